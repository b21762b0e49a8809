"""Letters run apart from the clock: one row for all recipients, three kinds of failure, urgent letters first.

Every failure is reported.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.aws.post import Ses
from chalicelib.delivery.correspondence import Standstill, Unreachable
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.running import DEADLINES
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.model.letters import LETTERS
from chalicelib.letters import Rendered
from tests.casework.deliveries import LI, Dying, pass_time, states, told_by_provider
from tests.casework.post import FakePost
from tests.casework.unrendered import broken
from tests.scenario import DAY, HOUR, SUN, WANG, Scenario

MINUTE = timedelta(minutes=1)
AGENT = {
    "person": {"name": "李律师", "email": "lawyer@mail.example", "capacity": "lawyer"},
    "checked": True,
    "document": "E1",
    "powers": ["submit", "answer", "negotiate", "settle"],
}
LAWYER = "lawyer@mail.example"


def test_letters_open_existing_windows_and_have_one_kind() -> None:
    """A letter opens existing windows that are not our duties, and repeats an existing letter.

    It leaves alone only if it neither opens a window nor decides anything.
    """
    for letter in LETTERS.values():
        assert {*letter.opens} <= {name for name, window in DEADLINES.items() if not window.duty}, letter.name
        assert letter.repeats in {"", *LETTERS}, letter.name
        assert not (letter.leaves_alone and letter.matters), letter.name


def test_a_text_that_cannot_be_made_closes_no_case_against_its_reader(
    scenario: Scenario, post: FakePost, capsys: pytest.CaptureFixture[str]
) -> None:
    """After an hour the letter counts as not delivered: the window stops and an officer has to tell its
    content.

    It is parked with an alarm. Mended and put back, it is sent and starts the window.
    """
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    case = scenario.submit()
    scenario.post()
    whole = broken(scenario, "information_request")
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    scenario.post()
    pass_time(scenario, 40 * MINUTE, every=10 * MINUTE)
    assert scenario.product.file.load(case.ref).tellings == ()
    pass_time(scenario, 3 * HOUR, every=10 * MINUTE)
    case = scenario.product.file.load(case.ref)
    assert [telling.letter for telling in case.tellings] == ["information_request"]
    assert scenario.moves(case.ref).count("letter_failed") == 1
    assert [due.kind for due in parked()] == ["LETTER"]
    assert '"LettersParked": 1' in capsys.readouterr().out
    pass_time(scenario, timedelta(days=12), every=DAY)
    assert scenario.product.file.load(case.ref).stage == Stage.AWAITING_INFORMATION
    scenario.product.__dict__["correspondence"] = whole
    scenario.product.__dict__.pop("clockwork", None)
    (letter,) = parked()
    row = rows.Row(rows.case(case.ref), rows.letter(letter.id))
    row.update(actions=[rows.Row.shard.set(rows.post_shard(case.ref, 0)), rows.Row.faults.remove()])
    pass_time(scenario, 3 * MINUTE)
    case = scenario.product.file.load(case.ref)
    (due,) = [run.due for run in deadlines(case).values() if run.name == "information"]
    assert case.tellings == ()
    assert due
    assert due > scenario.time + timedelta(days=6)


def represented(scenario: Scenario) -> str:
    """Create a complaint of a person and a lawyer, both with mail, whose authority was checked."""
    case = scenario.submit()
    scenario.move(scenario.party(case), "add_evidence", case.ref, shows="授权委托书")
    scenario.move(WANG, "add_representative", case.ref, **AGENT)
    scenario.post()
    return case.ref


@pytest.mark.parametrize("first", ["party", "agent"])
def test_one_letter_read_by_either_of_two_is_enough(scenario: Scenario, post: FakePost, first: str) -> None:
    """One of the two letters bounces: the other recipient has theirs, so the window runs without a call task.

    If both bounce, the window stops with one call task.
    """
    ref = represented(scenario)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.post()
    both = [
        letter
        for letter in scenario.product.file.whole(ref).letters
        if letter["name"] == "information_request"
    ]
    assert {letter["to"] for letter in both} == {"party:p1", "party:p2"}
    assert len(post.to(LAWYER)) == 1
    one, other = both if first == "party" else reversed(both)
    bounce = {"bounce": {"bounceType": "Permanent"}}
    told_by_provider(scenario, "Bounce", ref, one["id"], **bounce)
    case = scenario.product.file.load(ref)
    assert case.tellings == ()
    assert all(run.due for run in deadlines(case).values() if run.name == "information")
    told_by_provider(scenario, "Bounce", ref, other["id"], **bounce)
    case = scenario.product.file.load(ref)
    assert len(case.tellings) == 1
    assert deadlines(case)["information"].stopped == "undelivered"


def test_a_post_is_expanded_once_whoever_dies_on_the_way(scenario: Scenario, post: FakePost) -> None:
    """The next worker finishes a half expanded post; each recipient gets it once, and the row leaves the
    index.
    """
    ref = represented(scenario)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    assert (
        len(
            [
                letter
                for letter in scenario.product.file.whole(ref).letters
                if letter["name"] == "information_request"
            ]
        )
        == 2
    )
    dying = replace(scenario.product.correspondence, outbox=Dying(scenario.product.outbox, "claim"))
    task = next(scenario._tasks("LETTERS_QUEUE"))
    with pytest.raises(KeyboardInterrupt):
        dying.nudged(task["ref"], task["letters"], task["posts"])
    for _ in range(2):
        scenario.product.correspondence.nudged(task["ref"], task["letters"], task["posts"])
    pass_time(scenario, 10 * MINUTE)
    assert [state for name, state in states(scenario, ref) if name == "information_request"] == [
        "sent",
        "sent",
    ]
    assert len(post.to(LAWYER)) == 1
    assert len(post.to(LI)) == len(set(post.to(LI)))
    assert scenario.minute() == 0


def test_a_nudge_with_no_time_left_leaves_the_rest_to_the_walk(scenario: Scenario, post: FakePost) -> None:
    """One of two letters stays owed for lack of time, and is sent once a few minutes later."""
    ref = represented(scenario)
    scenario.post()
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    (task,) = scenario._tasks("LETTERS_QUEUE")
    left = iter((120_000, 5_000))
    scenario.product.correspondence.nudged(task["ref"], task["letters"], task["posts"], lambda: next(left))
    asked = [state for name, state in states(scenario, ref) if name == "information_request"]
    assert sorted(asked) == ["owed", "sent"]
    pass_time(scenario, 10 * MINUTE)
    assert [state for name, state in states(scenario, ref) if name == "information_request"] == [
        "sent",
        "sent",
    ]
    assert len(post.to(LAWYER)) == 1
    assert len(post.to(LI)) == len(set(post.to(LI)))


def test_the_urgent_leave_first(scenario: Scenario, post: FakePost) -> None:
    """Decisions and letters that open a window are sent first, then information, then surveys, whatever their
    age.
    """
    post.trouble = Standstill("down")
    case = scenario.submit()
    scenario.move(SUN, "assign", case.ref, to="zhao")
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    scenario.later(5 * MINUTE)
    scenario.product.mail.goes(scenario.time)
    post.trouble = None
    scenario.minute()
    assert post.to(LI)[0].startswith("投诉受理告知书")
    assert post.taken[0][0] == LI


@pytest.mark.parametrize(
    ("code", "message", "ours"),
    [
        ("MessageRejected", "Email address is not verified. The following identities failed the check", True),
        ("MailFromDomainNotVerifiedException", "", True),
        ("SendingPausedException", "", True),
        ("AccountSuspendedException", "", True),
        ("TooManyRequestsException", "Maximum sending rate exceeded.", True),
        ("LimitExceededException", "Daily sending quota exceeded", True),
        ("NotFoundException", "Configuration set <redress> does not exist.", True),
        ("InternalFailure", "", True),
        ("MessageRejected", "Address blacklisted.", False),
        ("BadRequestException", "Domain contains dot-atom", False),
    ],
)
def test_a_fault_of_the_house_is_never_taken_for_one_of_the_address(
    code: str, message: str, ours: bool
) -> None:
    """A sandbox, an unverified address, a pause, a quota or a wrong setting stops all mail but ends no
    letter.
    """
    with pytest.raises(Standstill if ours else Unreachable):
        sent_by(ClientError({"Error": {"Code": code, "Message": message}}, "SendEmail"))


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x")]
)
def test_a_provider_that_hangs_or_is_away_is_a_fault_of_the_house(error: Exception) -> None:
    """The letter may have been sent; its own *send* event reports that before the next try."""
    with pytest.raises(Standstill):
        sent_by(error)


def sent_by(error: Exception) -> str:
    """Return the id of a letter whose sending raised `error`, or raise what our code makes of it."""

    class Provider:
        def send_email(self, **_: Any) -> dict[str, str]:
            raise error

    return Ses(Provider, "a@house.example", "set").send(
        "b@mail.example", Rendered("s", "t", "h"), "1", "2", "code"
    )


def test_a_row_that_belongs_to_nothing_leaves_the_index_with_an_alarm(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A head without a case or a row of an unknown kind is parked at once and not walked again."""
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    for n, (sk, shard) in enumerate([("CASE", 1), ("RIDDLE#1", 2), ("RIDDLE#2", rows.ranked(0, 1))]):
        rows.Row(rows.case(f"ghost{n}"), sk, shard=shard, look_at="2026-01-01T00:00:00Z").save()
    scenario.minute()
    assert len(list(parked())) == 3
    scenario.later(MINUTE)
    assert scenario.minute() == 0
    printed = capsys.readouterr().out
    assert printed.count('"Parked": 1') == 2
    assert printed.count('"LettersParked": 1') == 1
    assert '"ParkedNow": 3' in printed


def test_an_outage_of_the_table_parks_nothing(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    """An outage, however long, is no fault of the case, which takes its step when the table is back."""
    from chalicelib.cases.casework import Unavailable

    case = scenario.submit()
    scenario.post()
    scenario.later(16 * HOUR)
    saved = scenario.product.file.save

    def unavailable(*_: Any) -> None:
        raise Unavailable("case file")

    scenario.product.file.__dict__["save"] = unavailable
    for _ in range(12):
        scenario.minute()
        scenario.later(MINUTE)
    scenario.product.file.__dict__["save"] = saved
    scenario.minute()
    assert scenario.moves(case.ref) == ["submit", "take_step"]
    assert '"Parked": ' not in capsys.readouterr().out


def test_a_shard_that_cannot_be_asked_stops_no_other(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shard is still walked, and the failure counted; the clock's lateness is measured on the other
    shards.
    """
    from chalicelib.cases.casework import Unavailable

    case = scenario.submit()
    scenario.post()
    scenario.later(17 * HOUR)
    index = scenario.product.index
    due = next(shard for shard in index.shards() if index.oldest(shard, scenario.time))
    asked = index.oldest

    def oldest(shard: int, now: Any) -> Any:
        if shard != due:
            raise Unavailable("index")
        return asked(shard, now)

    index.__dict__["oldest"] = oldest
    scenario.product.clockwork.tick()
    printed = capsys.readouterr().out
    others = len(index.shards()) - 1
    assert printed.count('"ShardFailed": 1') == others
    assert '"OldestOverdueSeconds": 3600.0' in printed
    index.__dict__.pop("oldest")
    scenario.minute()
    assert scenario.moves(case.ref) == ["submit", "take_step"]
