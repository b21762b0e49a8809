"""The clock: what is due is done, oldest first, once; what is not is left; what is broken holds up nobody."""

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
from chalicelib.operations.clockwork import HAND_ON_MS, Clockwork, Due
from tests.casework.memory import Errands, Memory, Room, Steady, Tally
from tests.domain.life import Life
from tests.house import HOUR, T0, WANG, House

LONG = 10**9


def alarm(case: Case) -> Any:
    """The row of a case's head, as the index sees it."""
    from chalicelib.aws import rows

    return rows.Row.get(rows.case(case.ref), rows.HEAD)


def test_one_due_one_not_due_one_broken(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """The due one is escalated, the other left alone, the broken one backs off longer each time and is parked
    after eight."""
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
    assert house.moves(due.ref) == ["submit", "take_step"] and house.moves(fresh.ref) == ["submit"]
    waits = []
    for _ in range(7):
        at = instant(str(alarm(broken).look_at))
        waits.append((at - house.time) // timedelta(minutes=1))
        house.time = at
        house.minute()
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    assert alarm(broken).shard == rows.PARKED and [due.ref for due in parked()] == [broken.ref]
    printed = capsys.readouterr().out
    assert printed.count('"Parked": 1') == 1 and printed.count('"UnhandledError": 1') == 8


STRAYS = {
    "of no case": ("CASE#999999999999", "CASE"),
    "letter of no case": ("CASE#999999999999", "LETTER#x.0"),
    "of another kind": ("{case}", "HOOK#1"),
    "of no kind": ("{case}", "HOOK#"),
    "elsewhere": ("ODD#1", "THING"),
}
"""Due rows that belong to nothing."""


@pytest.mark.parametrize("look_at", ["2026-02-12T00:00:00Z", "2026-02-12", "0"])
@pytest.mark.parametrize("shard", [0, 1_000])
@pytest.mark.parametrize("stray", STRAYS)
def test_what_is_due_and_belongs_to_nothing_is_parked_at_once(
    house: House, capsys: pytest.CaptureFixture[str], stray: str, shard: int, look_at: str
) -> None:
    """It leaves every walk with the first minute, whatever its key and its date, and operations are told
    once; what is due beside it is done, what is not due is left alone (S26)."""
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    due = house.submit()
    house.later(16 * HOUR)
    fresh = house.submit()
    house.post()
    pk, sk = STRAYS[stray][0].format(case=rows.case(due.ref)), STRAYS[stray][1]
    rows.Row(pk, sk, shard=shard, look_at=look_at).save()
    assert house.minute() >= 2
    assert house.moves(due.ref) == ["submit", "take_step"] and house.moves(fresh.ref) == ["submit"]
    assert [(row.pk, row.sk) for row in rows.Row.due.query(rows.PARKED)] == [(pk, sk)] and len(
        [*parked()]
    ) == 1
    house.later(timedelta(minutes=1))
    house.post()
    assert house.minute() == 0
    printed = capsys.readouterr().out
    assert printed.count('"Parked": 1') + printed.count('"LettersParked": 1') == 1


def test_the_next_move_forgives_what_failed(house: House) -> None:
    """A case that was parked is in the index again as soon as it is saved, and its failures are forgotten."""
    from chalicelib.aws import rows

    case = house.submit()
    for _ in range(8):
        house.product.index.failed(Due(case.ref, "CASE", "", instant(alarm(case).look_at)), house.time)
    assert alarm(case).shard == rows.PARKED
    case = house.move(WANG, "take", case.ref)
    row = alarm(case)
    assert row.faults is None and row.look_at == stamp(look_at(case))


def test_a_head_without_a_body_is_no_case(house: House) -> None:
    """It leaves the index at once, with an alarm, and whoever asks for it is told that there is none."""
    from chalicelib.aws import rows
    from chalicelib.aws.due_index import parked

    empty, due = house.submit(), house.submit()
    house.post()
    alarm(empty).update(actions=[rows.Row.body.remove()])
    house.later(16 * HOUR)
    house.minute()
    assert [due.ref for due in parked()] == [empty.ref] and house.moves(due.ref) == ["submit", "take_step"]
    with pytest.raises(NotFound):
        house.product.file.load(empty.ref)


def test_what_was_saved_meanwhile_is_not_put_off(house: House) -> None:
    """A look that failed on what has been overtaken delays no step of what is there now (D10)."""
    case = house.submit()
    seen = instant(alarm(case).look_at)
    case = house.move(WANG, "accept", case.ref)
    now = alarm(case).look_at
    overtaken = Due(case.ref, "CASE", "", seen)
    assert instant(now) != seen and not house.product.index.failed(overtaken, house.time)
    assert (alarm(case).look_at, alarm(case).faults) == (now, None)


@pytest.mark.parametrize("kept", [True, False])
def test_a_letter_that_cannot_be_written_backs_off_and_is_parked(house: House, kept: bool) -> None:
    """A letter is a row of its own: broken, or without a body, it does not hold up its case, whose page shows
    the letters that there are."""
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
    """A lock saves work until it runs out or its owner gives it back; with 20 s left the walk hands itself
    on, and leaves nothing."""
    cases = [house.submit() for _ in range(3)]
    house.later(16 * HOUR)
    index = house.product.index
    shard = next(n for n in index.shards() if index.oldest(n, house.time))
    assert index.lock(shard, "one", house.time) and not index.lock(shard, "two", house.time)
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
    """Whether it never began or broke off on the way: it is counted, and the next minute walks that shard."""
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
    """Silence raises the alarm; a zero would keep it down."""

    def breaks(*_: Any) -> Any:
        raise Unavailable("index")

    house.product.index.__dict__["oldest"] = breaks
    house.product.clockwork.tick()
    printed = capsys.readouterr().out
    assert (
        printed.count('"ShardFailed": 1') == len(house.product.index.shards())
        and '"OldestLetterSeconds": 0.0' in printed
        and '"OldestOverdueSeconds": ' not in printed
    )


def test_cases_spread_over_the_shards_also_while_their_number_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every shard is used and read; while the number changes the new one is written and the larger of both is
    read."""
    from chalicelib.aws import rows

    refs = [f"{n:012}" for n in range(500)]
    for setting, written, read in [("16", 16, 16), ("16,64", 64, 64), ("16,4", 4, 16)]:
        monkeypatch.setenv("SHARDS", setting)
        assert rows.shards() == (written, read) and {rows.shard(ref) for ref in refs} == set(range(written))


def test_a_held_clock_beats_but_does_nothing(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """After a restore: the heartbeat goes on, nobody is escalated."""
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
    """So many complaints in memory, each a second after the other, and a clock on them."""

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
    """Oldest first on every shard, none starves, no silent cap: walks that run out of time hand themselves on
    until all is done."""
    crowd = Crowd(10_000)
    _, broken = crowd.file.alarms[3][0]
    crowd.file.broken.add(broken)
    crowd.life.later(timedelta(days=2))
    assert crowd.clock.tick() == 16
    while crowd.errands.walks:
        # room for 150 cases, then it hands itself on
        left = iter(range(HAND_ON_MS + 150, 0, -1))
        crowd.clock.walk(crowd.errands.walks.pop(0), lambda left=left: next(left))
    done = [ref for ref, entries in crowd.file.entries.items() if len(entries) == 2]
    assert len(done) == 9_999 and broken not in done and crowd.tally.counted["Parked"] == 1
    for shard in crowd.file.shards():
        seen = [at for on, at, _ in crowd.file.looked if on == shard]
        assert seen == sorted(seen)
    assert crowd.clock.tick() == 0 and crowd.tally.counted["OldestOverdueSeconds"] == 2


def test_a_case_far_behind_takes_the_highest_step_only() -> None:
    """A look does not take one step after the other, and the next look finds nothing."""
    crowd = Crowd(1)
    crowd.life.later(timedelta(days=40))
    (ref,) = crowd.file.cases
    assert [crowd.casework.look_at(ref, crowd.life.time) for _ in range(2)] == [1, 0]
    assert (
        crowd.clock.tick() == 0
        and len(crowd.file.entries[ref]) == 2
        and crowd.tally.counted["LadderExhausted"] == 1
    )


def test_a_date_in_an_unpublished_year_is_looked_at_weekly(house: House) -> None:
    """Until the year's calendar is loaded the case comes up once a week, and nothing is done that is not
    due."""
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
    """The clock finds it when it looks at the case: one entry, a letter to the owner and one to whoever has
    more time now."""
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
    assert (
        house.moves(case.ref)[-1] == "recompute_deadline"
        and house.moves(case.ref).count("recompute_deadline") == 1
    )
    assert house.letters(case.ref).count("deadline_recomputed") == 1
