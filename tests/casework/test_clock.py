"""The clock handles due cases once, oldest first, and leaves others alone; a broken case delays no other."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.access.authorization import NotFound
from chalicelib.aws.mail_rows import AddressRows
from chalicelib.cases.casework import Casework, Unavailable
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.deadlines import deadlines, look_at
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Missing, Role
from chalicelib.operations.clockwork import HAND_ON_MS, Clockwork, DueRow
from tests.casework.memory import Errands, Memory, Room, Steady, Tally
from tests.domain.life import Life
from tests.scenario import HOUR, T0, WANG, Scenario

LONG = 10**9


def alarm(case: Case) -> Any:
    """Return the row of a case's head, as the index sees it."""
    from chalicelib.aws import rows

    return rows.Row.get(rows.case(case.ref), rows.HEAD)


def test_one_due_one_not_due_one_broken(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    """The due case is escalated and the other is left alone.

    The broken case backs off longer each time and is parked after eight failures.
    """
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    due, broken = scenario.submit(), scenario.submit()
    scenario.post()
    row = alarm(broken)
    row.update(actions=[rows.Row.body.set("{}")])
    scenario.later(16 * HOUR)
    fresh = scenario.submit()
    scenario.post()
    scenario.minute()
    assert scenario.moves(due.ref) == ["submit", "take_step"]
    assert scenario.moves(fresh.ref) == ["submit"]
    waits = []
    for _ in range(7):
        at = instant(str(alarm(broken).look_at))
        waits.append((at - scenario.time) // timedelta(minutes=1))
        scenario.time = at
        scenario.minute()
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    assert alarm(broken).shard == rows.PARKED
    assert [due.ref for due in parked()] == [broken.ref]
    printed = capsys.readouterr().out
    assert printed.count('"Parked": 1') == 1
    assert printed.count('"UnhandledError": 1') == 8


STRAYS = {
    "of no case": ("CASE#999999999999", "CASE"),
    "letter of no case": ("CASE#999999999999", "LETTER#x.0"),
    "of another kind": ("{case}", "HOOK#1"),
    "of no kind": ("{case}", "HOOK#"),
    "elsewhere": ("ODD#1", "THING"),
}
"""Due rows that belong to no case."""


@pytest.mark.parametrize("look_at", ["2026-02-12T00:00:00Z", "2026-02-12", "0"])
@pytest.mark.parametrize("shard", [0, 1_000])
@pytest.mark.parametrize("stray", STRAYS)
def test_orphaned_due_row_is_parked_at_once(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], stray: str, shard: int, look_at: str
) -> None:
    """The first minute parks the row whatever its key and date, and reports it once.

    A due case is still handled, and a case that is not due is left alone.
    """
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    due = scenario.submit()
    scenario.later(16 * HOUR)
    fresh = scenario.submit()
    scenario.post()
    pk, sk = STRAYS[stray][0].format(case=rows.case(due.ref)), STRAYS[stray][1]
    rows.Row(pk, sk, shard=shard, look_at=look_at).save()
    assert scenario.minute() >= 2
    assert scenario.moves(due.ref) == ["submit", "take_step"]
    assert scenario.moves(fresh.ref) == ["submit"]
    assert [(row.pk, row.sk) for row in rows.Row.due.query(rows.PARKED)] == [(pk, sk)]
    assert len([*parked()]) == 1
    scenario.later(timedelta(minutes=1))
    scenario.post()
    assert scenario.minute() == 0
    printed = capsys.readouterr().out
    assert printed.count('"Parked": 1') + printed.count('"LettersParked": 1') == 1


def test_the_next_move_forgives_what_failed(scenario: Scenario) -> None:
    """A parked case is in the index again after its next save, with its failures forgotten."""
    from chalicelib.aws import rows

    case = scenario.submit()
    for _ in range(8):
        scenario.product.index.failed(
            DueRow(case.ref, "CASE", "", instant(alarm(case).look_at)), scenario.time
        )
    assert alarm(case).shard == rows.PARKED
    case = scenario.move(WANG, "take", case.ref)
    row = alarm(case)
    assert row.faults is None
    assert row.look_at == stamp(look_at(case))


def test_a_head_without_a_body_is_no_case(scenario: Scenario) -> None:
    """A head without a body leaves the index at once with an alarm, and reading it raises `NotFound`."""
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    empty, due = scenario.submit(), scenario.submit()
    scenario.post()
    alarm(empty).update(actions=[rows.Row.body.remove()])
    scenario.later(16 * HOUR)
    scenario.minute()
    assert [due.ref for due in parked()] == [empty.ref]
    assert scenario.moves(due.ref) == ["submit", "take_step"]
    with pytest.raises(NotFound):
        scenario.product.file.load(empty.ref)


def test_failed_look_at_an_old_state_delays_nothing(scenario: Scenario) -> None:
    """A failed look at an overtaken state delays no step of the current state."""
    case = scenario.submit()
    seen = instant(alarm(case).look_at)
    case = scenario.move(WANG, "accept", case.ref)
    now = alarm(case).look_at
    overtaken = DueRow(case.ref, "CASE", "", seen)
    assert instant(now) != seen
    assert not scenario.product.index.failed(overtaken, scenario.time)
    assert (alarm(case).look_at, alarm(case).faults) == (now, None)


@pytest.mark.parametrize("kept", [True, False])
def test_a_letter_that_cannot_be_written_backs_off_and_is_parked(scenario: Scenario, kept: bool) -> None:
    """A letter that is broken or has no body does not delay its case, whose page shows the other letters."""
    from chalicelib.aws import rows

    case = scenario.submit()
    (letter,) = scenario.product.file.whole(case.ref).letters
    row = rows.Row.get(rows.case(case.ref), rows.letter(letter["id"]))
    broken = {"id": letter["id"], "name": "no_such_letter", "to": "party:p1", "at": stamp(T0), "entry": 1}
    row.body = json.dumps(broken) if kept else None
    scenario.product.macs.letter(row).save()
    for _ in range(8):
        scenario.later(timedelta(minutes=70))
        scenario.minute()
    assert rows.Row.get(rows.case(case.ref), rows.letter(letter["id"])).shard == rows.PARKED
    assert [one["id"] for one in scenario.product.file.whole(case.ref).letters] == [letter["id"]] * kept
    scenario.later(16 * HOUR)
    scenario.minute()
    assert scenario.moves(case.ref) == ["submit", "take_step"]


def test_a_shard_is_walked_by_one_and_handed_on_in_time(scenario: Scenario) -> None:
    """A lock keeps other walks away until it expires or its owner releases it.

    With 20 s left a walk hands itself on, and the next walk takes the steps.
    """
    cases = [scenario.submit() for _ in range(3)]
    scenario.later(16 * HOUR)
    index = scenario.product.index
    shard = next(n for n in index.shards() if index.oldest(n, scenario.time))
    assert index.lock(shard, "one", scenario.time)
    assert not index.lock(shard, "two", scenario.time)
    index.unlock(shard, "two")
    assert scenario.product.clockwork.walk(shard, lambda: LONG) == 0
    scenario.later(timedelta(seconds=151))
    assert scenario.product.clockwork.walk(shard, lambda: 1) == 0
    for task in scenario._tasks("CLOCK_QUEUE"):
        assert scenario.product.clockwork.walk(task["shard"], lambda: LONG) > 0
    scenario.minute()
    assert all(scenario.moves(case.ref)[:2] == ["submit", "take_step"] for case in cases)


@pytest.mark.parametrize("broken", ["lock", "walk"])
def test_a_walk_that_breaks_off_says_so_and_gives_its_shard_back(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    """The failed walk is counted, whether it began or not, and the next minute walks the shard again."""
    case = scenario.submit()
    scenario.later(16 * HOUR)
    index, shard = (
        scenario.product.index,
        next(n for n in scenario.product.index.shards() if scenario.product.index.oldest(n, scenario.time)),
    )

    def breaks(*_: Any) -> Any:
        raise Unavailable("index")

    index.__dict__[broken] = breaks
    assert scenario.product.clockwork.walk(shard, lambda: LONG) == 0
    assert '"WalkFailed": 1' in capsys.readouterr().out
    del index.__dict__[broken]
    scenario.later(timedelta(minutes=1))
    scenario.minute()
    assert scenario.moves(case.ref) == ["submit", "take_step"]


def test_unanswered_shards_report_no_lateness(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    """No lateness is reported, since a zero would keep the alarm from being raised."""

    def breaks(*_: Any) -> Any:
        raise Unavailable("index")

    scenario.product.index.__dict__["oldest"] = breaks
    scenario.product.clockwork.tick()
    printed = capsys.readouterr().out
    assert printed.count('"ShardFailed": 1') == len(scenario.product.index.shards())
    assert '"OldestLetterSeconds": 0.0' in printed
    assert '"OldestOverdueSeconds": ' not in printed


def test_cases_spread_over_the_shards_also_while_their_number_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every shard is written and read.

    During a change the new number is written and the larger of both is read.
    """
    from chalicelib.aws import rows

    refs = [f"{n:012}" for n in range(500)]
    for setting, written, read in [("16", 16, 16), ("16,64", 64, 64), ("16,4", 4, 16)]:
        monkeypatch.setenv("SHARDS", setting)
        assert rows.shards() == (written, read)
        assert {rows.shard(ref) for ref in refs} == set(range(written))


def test_a_held_clock_beats_but_does_nothing(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    """After a restore the heartbeat goes on, but nothing is escalated."""
    case = scenario.submit()
    scenario.post()
    scenario.later(16 * HOUR)
    held = replace(scenario.product.clockwork, held=lambda: {"clock"})
    assert held.tick() == 0
    printed = capsys.readouterr().out
    assert all(
        shown in printed for shown in ('"ClockHeartbeat": 1', '"ClockHeld": 1.0', '"OldestOverdueSeconds": ')
    )
    assert all(held.walk(shard, lambda: LONG) == 0 for shard in scenario.product.index.shards())
    assert scenario.moves(case.ref) == ["submit"]


class Crowd:
    """Complaints in memory, received a second after each other, with a clock on them."""

    def __init__(self, many: int) -> None:
        self.file, self.errands, self.tally, self.life, numbers = (
            Memory(),
            Errands(),
            Tally(),
            Life(),
            count(1),
        )
        self.casework = Casework(
            self.file,
            self.errands,
            self.tally,
            lambda: self.life.time,
            lambda: f"id{next(numbers)}",
            lambda: next(numbers),
            lambda key: (key,),
            "default-1",
            AddressRows(),
            Room(),
        )
        mail = SimpleNamespace(ready=lambda now: True, mail=SimpleNamespace(outage=lambda now: None))
        self.clock = Clockwork(self.casework, mail, (self.file, Memory()), lambda: 0, Steady())
        for n in range(many):
            at = self.life.case.received_at + timedelta(seconds=n)
            case = replace(self.life.case, ref=f"{n * 7919 % many:012}", received_at=at, taken={"submit": at})
            self.file.add(case, list(self.life.entries))


def test_two_thousand_due_at_once() -> None:
    """Walks go oldest first on every shard and skip no case; a walk that runs out of time hands itself on."""
    crowd = Crowd(2_000)
    _, broken = crowd.file.alarms[3][0]
    crowd.file.broken.add(broken)
    crowd.life.later(timedelta(days=2))
    assert crowd.clock.tick() == 16
    while crowd.errands.walks:
        # room for 30 cases, so that the walk hands itself on
        left = iter(range(HAND_ON_MS + 30, 0, -1))
        crowd.clock.walk(crowd.errands.walks.pop(0), lambda left=left: next(left))
    done = [ref for ref, entries in crowd.file.entries.items() if len(entries) == 2]
    assert len(done) == 1_999
    assert broken not in done
    assert crowd.tally.counted["Parked"] == 1
    for shard in crowd.file.shards():
        seen = [at for on, at, _ in crowd.file.looked if on == shard]
        assert seen == sorted(seen)
    assert crowd.clock.tick() == 0
    assert crowd.tally.counted["OldestOverdueSeconds"] == 2


def test_a_case_far_behind_takes_the_highest_step_only() -> None:
    """One look takes the highest step only, and the next look finds nothing."""
    crowd = Crowd(1)
    crowd.life.later(timedelta(days=40))
    (ref,) = crowd.file.cases
    assert [crowd.casework.look_at(ref, crowd.life.time) for _ in range(2)] == [1, 0]
    assert crowd.clock.tick() == 0
    assert len(crowd.file.entries[ref]) == 2
    assert crowd.tally.counted["LadderExhausted"] == 1


def test_a_date_in_an_unpublished_year_is_looked_at_weekly(scenario: Scenario) -> None:
    """Until the year's calendar is loaded the case is looked at once a week, without an early step."""
    scenario.time = T0.replace(month=12, day=15)
    case = scenario.submit()
    case = scenario.move(scenario.party(case), "withdraw", case.ref)
    assert look_at(case) is None
    scenario.post()
    week = timedelta(weeks=1)
    assert alarm(case).look_at == stamp(scenario.time + week)
    scenario.later(week)
    assert scenario.minute() >= 1
    assert alarm(case).look_at == stamp(scenario.time + week)
    assert scenario.product.file.load(case.ref).entries == case.entries


def test_a_date_that_a_loaded_calendar_moves_is_told_once(scenario: Scenario) -> None:
    """The clock finds the moved date at its look.

    It writes one entry, one letter to the owner and one to the party who has more time now.
    """
    case = scenario.submit()
    act = scenario.product.casework.act(WANG, Role.INTAKE, scenario.time)
    change = take("ask_information", case, act, items=(Missing.PHOTOS,), why="看不清故障。")
    (window,) = (run for run in deadlines(change.case).values() if run.name == "information" and run.due)
    told = {window.key: window.due - timedelta(days=1)}  # as it was before the notice
    scenario.product.file.save(
        replace(change, case=replace(change.case, clock=replace(change.case.clock, provisional=told)))
    )
    for _ in range(2):
        scenario.product.casework.look_at(case.ref, scenario.time)
    assert scenario.moves(case.ref)[-1] == "recompute_deadline"
    assert scenario.moves(case.ref).count("recompute_deadline") == 1
    assert scenario.letters(case.ref).count("deadline_recomputed") == 1
