"""The clock stops, is set back or is wrong, or an operator enters an outage.

No party loses anything by silence, and no step is taken twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.aws import rows
from chalicelib.aws.outage_rows import OutageRows
from chalicelib.cases.casework import WriteConflict
from chalicelib.delivery.correspondence import Standstill
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.running import moment, rule_of
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.outages import GAP, Outage, Part
from chalicelib.domain.policy import names, policy
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import moment as moment_told
from chalicelib.view.deadlines import deadlines_view
from chalicelib.view.party import PartyReader
from infra import ops
from tests.aws_calls import Calls
from tests.casework.deliveries import LI
from tests.casework.post import FakePost
from tests.casework.windows import WINDOWS, lapses, request_photos, window
from tests.scenario import DAY, HOUR, Scenario

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
GRACE = 24 * HOUR
LONG = 10**9


@pytest.mark.parametrize("hours", [6, 30])
@pytest.mark.parametrize("when", ["reminder", "end"])
@pytest.mark.parametrize("name", WINDOWS)
def test_a_stopped_clock_ends_no_window(scenario: Scenario, name: str, when: str, hours: int) -> None:
    """A stop of 6 or 30 hours over the reminder or the end lets no window lapse.

    The window gets the lost time, its reminder keeps its planned age, and the grace has passed.
    """
    ref = WINDOWS[name](scenario)
    run, case = window(scenario, ref, name), scenario.product.file.load(ref)
    ladder = rule_of(case.policy, run.name).ladder
    reminder = next((step for step in ladder if step.consumer), None)
    assert run.start
    assert run.end
    assert run.due
    reminds = moment(case.severity, run.start, run.end, reminder.at) if reminder else run.due
    scenario.live((reminds if when == "reminder" else run.due) - HOUR - scenario.time, ref)
    assert lapses(scenario, ref) == []
    scenario.stands_still(hours * HOUR)
    assert lapses(scenario, ref) == [], "the clock is back, and nothing is over"
    after = window(scenario, ref, name)
    assert after.due
    assert after.due >= run.due + hours * HOUR
    back = scenario.time
    scenario.live(after.due + GRACE - SECOND - scenario.time, ref)
    assert lapses(scenario, ref) == [], "nothing before the end and the grace"
    reminded = max(reminds, back) if when == "reminder" else reminds
    scenario.live(40 * DAY, ref)
    ended = lapses(scenario, ref)
    assert ended[0] >= reminded + (run.due - reminds) + GRACE
    assert scenario.moves(ref).count("take_step") == len(
        {json.dumps(line) for line in scenario.lines(ref, "take_step")}
    )


def test_a_lapse_waits_for_a_reminder_that_left_late(scenario: Scenario) -> None:
    """Mail stopped for three days without an entered outage; the reminder's time counts from its sending.

    The late letter, the page and the next letter tell the end at which the window then lapses.
    """
    post = FakePost.into(scenario)
    ref = request_photos(scenario)
    ends = due(scenario.product.file.load(ref))["information"]
    scenario.live(3 * DAY, ref)
    post.trouble = Standstill("down")
    scenario.live(4 * DAY, ref)
    reminder = next(
        one for one in scenario.product.file.whole(ref).letters if one["name"] == "information_reminder"
    )
    assert reminder["state"] == "owed"
    post.trouble = None
    for _ in range(3):
        scenario.later(MINUTE)
        scenario.minute()
    left = scenario.time
    assert scenario.moves(ref)[-1] == "letter_late"
    holds = due(scenario.product.file.load(ref))["information"]
    reminded = instant(reminder["at"])
    assert holds >= left - 3 * MINUTE + (ends - reminded)
    (subject,) = (subject for subject in post.to(LI) if "提醒" in subject)
    assert moment_told("zh", holds) in subject
    reader = PartyReader(scenario.product.file.whole(ref), scenario.time, scenario.by_link(ref))
    (shown,) = (run for run in deadlines_view(reader, Roster) if run.deadline == "information")
    assert shown.due == holds
    assert shown.moved
    assert shown.moved.planned == ends
    assert [(one.part, one.since) for one in shown.moved.outages] == [("reminder", reminded)]
    scenario.live(30 * DAY, ref)
    assert lapses(scenario, ref)[0] == holds


def test_every_reminder_before_a_lapse_counts() -> None:
    """The letter before a lapse is a reminder of that window, in each policy."""
    for name in names():
        for of, rule in policy(name).rules.items():
            for n, step in enumerate(rule.ladder):
                before = [one.consumer for one in rule.ladder[:n] if one.consumer]
                if step.lapses and before:
                    assert of in letter_of(before[-1]).reminds


def test_duties_of_ours_do_not_move_and_the_highest_step_is_taken(scenario: Scenario) -> None:
    """After 30 hours without a clock the acknowledgement is late, and one step notifies the right role."""
    case = scenario.submit()
    ours = due(scenario.product.file.load(case.ref))
    scenario.stands_still(30 * HOUR)
    assert due(scenario.product.file.load(case.ref))["acknowledgement"] == ours["acknowledgement"]
    (step,) = scenario.lines(case.ref, "take_step")
    assert (step["to"], step["overtaken"], step["consumer"]) == ("zhou", 2, "late_acknowledgement")


@pytest.mark.parametrize(("by", "gaps"), [(GAP, 0), (GAP + SECOND, 1)])
def test_a_gap_is_longer_than_ten_minutes(scenario: Scenario, by: timedelta, gaps: int) -> None:
    """The limit is exact to the second."""
    scenario.stands_still(by)
    assert len(scenario.product.outages.listed(scenario.time).outages) == gaps


def test_a_held_clock_stands_still(scenario: Scenario) -> None:
    """A clock that operations held for an hour is a gap of an hour, once it is released."""
    scenario.product.outages.gap = GAP
    scenario.minute()
    held = replace(scenario.product.clockwork, held=lambda: {"clock"})
    for _ in range(12):
        scenario.later(5 * MINUTE)
        held.tick()
    assert scenario.product.outages.listed(scenario.time).outages == ()
    scenario.minute()
    (gap,) = scenario.product.outages.listed(scenario.time).outages
    assert gap.until - gap.since == HOUR


def test_each_gap_is_entered_once(scenario: Scenario) -> None:
    """Two gaps are two outages; two clocks at the same moment enter one."""
    for _ in range(2):
        scenario.stands_still(HOUR)
        scenario.later(DAY)
        scenario.minute()
    first, second = scenario.product.outages.listed(scenario.time).outages
    assert [one.until - one.since for one in (first, second)] == [HOUR, HOUR]
    assert {one.part for one in (first, second)} == {Part.CLOCK}
    scenario.later(HOUR)
    one, other = (OutageRows(scenario.product.macs) for _ in range(2))
    assert one.beat(scenario.time)
    assert other.beat(scenario.time) is None
    assert len(scenario.product.outages.listed(scenario.time).outages) == 3


def test_a_clock_set_back_takes_no_step_twice_and_makes_no_gap(scenario: Scenario) -> None:
    """The clock is set back two hours after a step: the step is not repeated and no window ends early.

    When the time has come again, no gap is entered.
    """
    ref, other = request_photos(scenario), scenario.submit().ref
    scenario.product.outages.gap = GAP
    for _ in range(16 * 6 + 1):
        scenario.time += 10 * MINUTE
        scenario.minute()
    before, ends = scenario.moves(other), due(scenario.product.file.load(ref))["information"]
    assert before.count("take_step") == 1
    scenario.time -= 2 * HOUR
    for _ in range(30):
        scenario.minute()
        scenario.time += 5 * MINUTE
    assert scenario.moves(other) == before
    assert due(scenario.product.file.load(ref))["information"] == ends
    assert scenario.product.outages.listed(scenario.time).outages == ()


def test_one_tick_forty_days_ahead_takes_no_step(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock that differs from the table's asks for no walk, walks do nothing, and operations see it."""
    case = scenario.submit()
    scenario.post()
    capsys.readouterr()
    wrong = replace(
        scenario.product.clockwork,
        casework=replace(scenario.product.casework, now=lambda: scenario.time + 40 * DAY),
    )
    assert wrong.tick() == 0
    assert '"ClockAstray": 1.0' in capsys.readouterr().out
    assert not any(wrong.walk(shard, lambda: LONG) for shard in scenario.product.index.shards())
    assert '"ClockAstray": 1.0' in capsys.readouterr().out
    assert scenario.moves(case.ref) == ["submit"]
    assert scenario.product.outages.listed(scenario.time).outages == ()


@pytest.mark.parametrize(("by", "wrong"), [(120, False), (-120, False), (121, True), (-121, True)])
def test_two_minutes_are_borne(scenario: Scenario, by: int, wrong: bool) -> None:
    """A clock may differ by two minutes either way, and no more."""
    apart = replace(scenario.product.casework, now=lambda: scenario.time + by * SECOND)
    clock = replace(scenario.product.clockwork, casework=apart)
    scenario.product.index.oldest(0, scenario.time)
    assert clock.astray() == wrong


def test_message_from_before_an_outage_ends_no_window(scenario: Scenario) -> None:
    """A queued message can be handled before the clock; it must not end a window that the clock will
    lengthen.
    """
    ref = request_photos(scenario)
    ends = due(scenario.product.file.load(ref))["information"]
    scenario.live(ends - HOUR - scenario.time, ref)
    scenario.product.outages.beat(scenario.time)
    scenario.time += 30 * HOUR
    scenario.product.outages.gap = GAP
    walks = [
        scenario.product.clockwork.walk(shard, lambda: LONG) for shard in scenario.product.index.shards()
    ]
    assert walks == [0] * len(walks)
    assert lapses(scenario, ref) == []


def test_a_case_whose_window_moved_costs_a_look_and_a_settling(scenario: Scenario, calls: Calls) -> None:
    """Entering an outage writes no case; when a case is due, the index is corrected once. A write asks what
    is held, at most every ten seconds."""
    ref = request_photos(scenario)
    ends = due(scenario.product.file.load(ref))["information"]
    scenario.live(5 * DAY, ref)
    calls.made()
    scenario.product.outages.enter(
        Outage(Part.SITE, scenario.time - 6 * HOUR, scenario.time, entered=scenario.time)
    )
    assert calls.made() == {"Query": 2, "TransactWriteItems": 1}
    scenario.time = ends
    scenario.product.file.roster()
    calls.made()
    assert scenario.product.casework.look_at(ref, scenario.time) == 0
    assert calls.made() == {"GetItem": 1, "Query": 2, "UpdateItem": 1}
    row = rows.Row.get(rows.case(ref), rows.HEAD)
    assert row.look_at == stamp(due(scenario.product.file.load(ref))["information"] + GRACE)


# What an operator enters


@pytest.fixture
def says(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """A function that runs a command; it returns the output or the reason why it stops."""

    def typed(*command: str) -> str:
        capsys.readouterr()
        try:
            ops.main(["outage", *command], lambda stack, endpoint: None)
        except SystemExit as stopped:
            return str(stopped)
        return capsys.readouterr().out

    return typed


def test_an_operator_enters_lists_and_corrects(scenario: Scenario, says: Callable[..., str]) -> None:
    """A command needs `--do`; a shorter correction leaves time already given, and the list shows both."""
    ref = request_photos(scenario)
    scenario.live(3 * DAY, ref)
    ends = due(scenario.product.file.load(ref))["information"]
    since, until = stamp(scenario.time - 30 * HOUR), stamp(scenario.time)
    assert "would enter" in says("--of", "site", "--from", since, "--to", until)
    assert says() == "No outages.\n"
    assert "entered" in says("--of", "site", "--from", since, "--to", until, "--do")
    moved = due(scenario.product.file.load(ref))["information"]
    assert moved == ends + 2 * DAY
    (outage,) = scenario.product.outages.listed(scenario.time).outages
    later = stamp(scenario.time - 20 * HOUR)
    assert "corrected" in says("--correct", outage.id, "--from", later, "--to", until, "--do")
    scenario.later(2 * MINUTE)
    assert due(scenario.product.file.load(ref))["information"] == moved
    assert since.replace("T", " ").removesuffix("Z") in says()
    wider = stamp(scenario.time - 60 * HOUR)
    says("--correct", outage.id, "--from", wider, "--to", until, "--do")
    scenario.later(2 * MINUTE)
    assert due(scenario.product.file.load(ref))["information"] > moved


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("--of", "site"), "--from and --to"),
        (("--of", "mail", "--from", "2026-02-12T03:00Z", "--to", "2026-02-12T02:00Z"), "--from and --to"),
        (("--of", "mail", "--from", "2026-02-12T00:00Z", "--to", "2026-02-12T02:00Z"), "must be over"),
        (("--of", "site", "--from", "2025-02-12T00:00Z", "--to", "2026-02-12T00:00Z"), "longer than 31 days"),
        (("--correct", "x", "--from", "2026-02-11T00:00Z", "--to", "2026-02-12T00:00Z"), "no outage x"),
        (("--from", "2026-02-11T00:00Z"), "--of"),
    ],
)
def test_impossible_outage_is_refused(says: Callable[..., str], command: tuple[str, ...], why: str) -> None:
    """The refusal names its reason, and nothing is written."""
    assert why in says(*command, "--do")
    assert says() == "No outages.\n"


def test_the_same_outage_is_entered_once(scenario: Scenario) -> None:
    """The second of two operators gets `Conflict`."""
    outage = Outage(Part.MAIL, scenario.time - DAY, scenario.time, entered=scenario.time)
    scenario.product.outages.enter(outage)
    with pytest.raises(WriteConflict):
        scenario.product.outages.enter(outage)


def test_every_policy_says_how_long_the_grace_is() -> None:
    """The grace is a day, or a minute in the policy for demonstrations."""
    found = {name: policy(name).grace for name in ("default-1", "bank-1", "telecom-1", "demo-1")}
    assert found == {"default-1": "24h", "bank-1": "24h", "telecom-1": "24h", "demo-1": "1m"}
