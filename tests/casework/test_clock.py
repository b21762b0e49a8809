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
from tests.house import HOUR, T0, WANG, House

LONG = 10**9


def alarm(case: Case) -> Any:
    """Return the row of a case's head, as the index sees it."""
    from chalicelib.aws import rows

    return rows.Row.get(rows.case(case.ref), rows.HEAD)


def test_one_due_one_not_due_one_broken(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """The due case is escalated and the other is left alone.

    The broken case backs off longer each time and is parked after eight failures.
    """
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    due, broken = house.submit(), house.submit()
    house.post()
    row = alarm(broken)
    row.update(actions=[rows.Row.body.set("{}")])
    house.later(16 * HOUR)
    fresh = house.submit()
    house.post()
    house.minute()
    assert house.moves(due.ref) == ["submit", "take_step"]
    assert house.moves(fresh.ref) == ["submit"]
    waits = []
    for _ in range(7):
        at = instant(str(alarm(broken).look_at))
        waits.append((at - house.time) // timedelta(minutes=1))
        house.time = at
        house.minute()
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
def test_what_is_due_and_belongs_to_nothing_is_parked_at_once(
    house: House, capsys: pytest.CaptureFixture[str], stray: str, shard: int, look_at: str
) -> None:
    """The first minute parks the row whatever its key and date, and reports it once.

    A due case is still handled, and a case that is not due is left alone.
    """
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    due = house.submit()
    house.later(16 * HOUR)
    fresh = house.submit()
    house.post()
    pk, sk = STRAYS[stray][0].format(case=rows.case(due.ref)), STRAYS[stray][1]
    rows.Row(pk, sk, shard=shard, look_at=look_at).save()
    assert house.minute() >= 2
    assert house.moves(due.ref) == ["submit", "take_step"]
    assert house.moves(fresh.ref) == ["submit"]
    assert [(row.pk, row.sk) for row in rows.Row.due.query(rows.PARKED)] == [(pk, sk)]
    assert len([*parked()]) == 1
    house.later(timedelta(minutes=1))
    house.post()
    assert house.minute() == 0
    printed = capsys.readouterr().out
    assert printed.count('"Parked": 1') + printed.count('"LettersParked": 1') == 1


def test_the_next_move_forgives_what_failed(house: House) -> None:
    """A parked case is in the index again after its next save, with its failures forgotten."""
    from chalicelib.aws import rows

    case = house.submit()
    for _ in range(8):
        house.product.index.failed(DueRow(case.ref, "CASE", "", instant(alarm(case).look_at)), house.time)
    assert alarm(case).shard == rows.PARKED
    case = house.move(WANG, "take", case.ref)
    row = alarm(case)
    assert row.faults is None
    assert row.look_at == stamp(look_at(case))


def test_a_head_without_a_body_is_no_case(house: House) -> None:
    """A head without a body leaves the index at once with an alarm, and reading it raises `NotFound`."""
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    empty, due = house.submit(), house.submit()
    house.post()
    alarm(empty).update(actions=[rows.Row.body.remove()])
    house.later(16 * HOUR)
    house.minute()
    assert [due.ref for due in parked()] == [empty.ref]
    assert house.moves(due.ref) == ["submit", "take_step"]
    with pytest.raises(NotFound):
        house.product.file.load(empty.ref)


def test_what_was_saved_meanwhile_is_not_put_off(house: House) -> None:
    """A failed look at an overtaken state delays no step of the current state."""
    case = house.submit()
    seen = instant(alarm(case).look_at)
    case = house.move(WANG, "accept", case.ref)
    now = alarm(case).look_at
    overtaken = DueRow(case.ref, "CASE", "", seen)
    assert instant(now) != seen
    assert not house.product.index.failed(overtaken, house.time)
    assert (alarm(case).look_at, alarm(case).faults) == (now, None)


@pytest.mark.parametrize("kept", [True, False])
def test_a_letter_that_cannot_be_written_backs_off_and_is_parked(house: House, kept: bool) -> None:
    """A letter that is broken or has no body does not delay its case, whose page shows the other letters."""
    from chalicelib.aws import rows

    case = house.submit()
    (letter,) = house.product.file.whole(case.ref).letters
    row = rows.Row.get(rows.case(case.ref), rows.letter(letter["id"]))
    broken = {"id": letter["id"], "name": "no_such_letter", "to": "party:p1", "at": stamp(T0), "entry": 1}
    row.body = json.dumps(broken) if kept else None
    house.product.macs.letter(row).save()
    for _ in range(8):
        house.later(timedelta(minutes=70))
        house.minute()
    assert rows.Row.get(rows.case(case.ref), rows.letter(letter["id"])).shard == rows.PARKED
    assert [one["id"] for one in house.product.file.whole(case.ref).letters] == [letter["id"]] * kept
    house.later(16 * HOUR)
    house.minute()
    assert house.moves(case.ref) == ["submit", "take_step"]


def test_a_shard_is_walked_by_one_and_handed_on_in_time(house: House) -> None:
    """A lock keeps other walks away until it expires or its owner releases it.

    With 20 s left a walk hands itself on, and the next walk takes the steps.
    """
    cases = [house.submit() for _ in range(3)]
    house.later(16 * HOUR)
    index = house.product.index
    shard = next(n for n in index.shards() if index.oldest(n, house.time))
    assert index.lock(shard, "one", house.time)
    assert not index.lock(shard, "two", house.time)
    index.unlock(shard, "two")
    assert house.product.clockwork.walk(shard, lambda: LONG) == 0
    house.later(timedelta(seconds=151))
    assert house.product.clockwork.walk(shard, lambda: 1) == 0
    for task in house._tasks("CLOCK_QUEUE"):
        assert house.product.clockwork.walk(task["shard"], lambda: LONG) > 0
    house.minute()
    assert all(house.moves(case.ref)[:2] == ["submit", "take_step"] for case in cases)


@pytest.mark.parametrize("broken", ["lock", "walk"])
def test_a_walk_that_breaks_off_says_so_and_gives_its_shard_back(
    house: House, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    """The failed walk is counted, whether it began or not, and the next minute walks the shard again."""
    case = house.submit()
    house.later(16 * HOUR)
    index, shard = (
        house.product.index,
        next(n for n in house.product.index.shards() if house.product.index.oldest(n, house.time)),
    )

    def breaks(*_: Any) -> Any:
        raise Unavailable("index")

    index.__dict__[broken] = breaks
    assert house.product.clockwork.walk(shard, lambda: LONG) == 0
    assert '"WalkFailed": 1' in capsys.readouterr().out
    del index.__dict__[broken]
    house.later(timedelta(minutes=1))
    house.minute()
    assert house.moves(case.ref) == ["submit", "take_step"]


def test_while_no_shard_answers_nobody_says_that_the_clock_is_on_time(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """No lateness is reported, since a zero would keep the alarm from being raised."""

    def breaks(*_: Any) -> Any:
        raise Unavailable("index")

    house.product.index.__dict__["oldest"] = breaks
    house.product.clockwork.tick()
    printed = capsys.readouterr().out
    assert printed.count('"ShardFailed": 1') == len(house.product.index.shards())
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


def test_a_held_clock_beats_but_does_nothing(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """After a restore the heartbeat goes on, but nothing is escalated."""
    case = house.submit()
    house.post()
    house.later(16 * HOUR)
    held = replace(house.product.clockwork, held=True)
    assert held.tick() == 0
    printed = capsys.readouterr().out
    assert all(
        shown in printed for shown in ('"ClockHeartbeat": 1', '"ClockHeld": 1.0', '"OldestOverdueSeconds": ')
    )
    assert all(held.walk(shard, lambda: LONG) == 0 for shard in house.product.index.shards())
    assert house.moves(case.ref) == ["submit"]


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
        mail = SimpleNamespace(
            held=False, ready=lambda now: True, mail=SimpleNamespace(outage=lambda now: None)
        )
        self.clock = Clockwork(
            self.casework,
            mail,
            (self.file, Memory()),
            self.errands,
            self.tally,  # type: ignore[arg-type]
            lambda: 0,
            lambda: self.life.time,
            Steady(),
        )
        for n in range(many):
            at = self.life.case.received_at + timedelta(seconds=n)
            case = replace(self.life.case, ref=f"{n * 7919 % many:012}", received_at=at, taken={"submit": at})
            self.file.add(case, list(self.life.entries))


def test_ten_thousand_due_at_once() -> None:
    """Walks go oldest first on every shard and skip no case; a walk that runs out of time hands itself on."""
    crowd = Crowd(10_000)
    _, broken = crowd.file.alarms[3][0]
    crowd.file.broken.add(broken)
    crowd.life.later(timedelta(days=2))
    assert crowd.clock.tick() == 16
    while crowd.errands.walks:
        # room for 150 cases, so that the walk hands itself on
        left = iter(range(HAND_ON_MS + 150, 0, -1))
        crowd.clock.walk(crowd.errands.walks.pop(0), lambda left=left: next(left))
    done = [ref for ref, entries in crowd.file.entries.items() if len(entries) == 2]
    assert len(done) == 9_999
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


def test_a_date_in_an_unpublished_year_is_looked_at_weekly(house: House) -> None:
    """Until the year's calendar is loaded the case is looked at once a week, without an early step."""
    house.time = T0.replace(month=12, day=15)
    case = house.submit()
    house.move(house.party(case), "withdraw", case.ref)
    case = house.move(
        house.party(case), "answer_survey", case.ref, overall=3, ease=3, speed=3, fairness=3, clarity=3
    )
    assert look_at(case) is None
    house.post()
    week = timedelta(weeks=1)
    assert alarm(case).look_at == stamp(house.time + week)
    house.later(week)
    assert house.minute() >= 1
    assert alarm(case).look_at == stamp(house.time + week)
    assert house.product.file.load(case.ref).entries == case.entries


def test_a_date_that_a_loaded_calendar_moves_is_told_once(house: House) -> None:
    """The clock finds the moved date at its look.

    It writes one entry, one letter to the owner and one to the party who has more time now.
    """
    case = house.submit()
    act = house.product.casework.act(WANG, Role.INTAKE, house.time)
    change = take("ask_information", case, act, items=(Missing.PHOTOS,), why="看不清故障。")
    (window,) = (run for run in deadlines(change.case).values() if run.name == "information" and run.due)
    told = {window.key: window.due - timedelta(days=1)}  # as it was before the notice
    house.product.file.save(
        replace(change, case=replace(change.case, clock=replace(change.case.clock, provisional=told)))
    )
    for _ in range(2):
        house.product.casework.look_at(case.ref, house.time)
    assert house.moves(case.ref)[-1] == "recompute_deadline"
    assert house.moves(case.ref).count("recompute_deadline") == 1
    assert house.letters(case.ref).count("deadline_recomputed") == 1
