"""Random lives as input for figures, and the figures of times, open complaints and promises that follow from
their timelines, without SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

from chalicelib.domain.calendar import Length, instant, published
from chalicelib.domain.model.case_records import Owed
from chalicelib.domain.model.codes import Channel, Proof, Remedy, ReopenReason, Stage
from chalicelib.figures.export_rows import rows
from chalicelib.figures.lake import parquet, path
from tests.domain.life import DAY, DECLINED, HOUR, T0, Life, reported

ENDED = T0 + 118 * DAY
"""The last moment of all lives: 1 July 2026."""
STEPS = {"acknowledged": {"accept", "decline"}, "answered": {"answer"}, "closed": {"close_fulfilled"}}
"""The moves with which the lives here reach each step."""
GONE = {"withdraw", "link_duplicate", "close_fulfilled"}
"""The moves that close a complaint here."""
BACK = {"reopen", "undo_withdrawal"}
"""The moves that reopen a closed complaint here."""


Months = Mapping[date, Counter[str]]
"""Numbers by month and code."""


class Over(Exception):
    """The end of all lives has come."""


def lives(dice: Random, count: int) -> list[Life]:
    """Return so many random complaints, in their state at `ENDED`."""
    return [_life(dice) for _ in range(count)]


def _life(dice: Random) -> Life:
    at = T0 + timedelta(minutes=dice.randrange(115 * 1440))
    late = {"received_at": at - dice.uniform(1, 40) * DAY, "late_reason": "信件辗转。"}
    life = Life(at=at, by="wang", channel=Channel.POST, **late) if dice.random() < 0.2 else Life(at=at)
    with suppress(Over):
        _lived(life, dice)
    return life


def _wait(life: Life, hours: float) -> None:
    if life.time + hours * HOUR > ENDED:
        raise Over
    life.later(hours * HOUR)


def _lived(life: Life, dice: Random) -> None:
    """Let people act on a complaint, until it ends or the end of all lives comes."""
    first = min(dice.expovariate(1 / 15), 60)
    if life.time + first * HOUR > ENDED:
        raise Over
    life.live(first * HOUR)
    fate = dice.random()
    if fate < 0.1:
        life.take("withdraw", "li")
        if dice.random() < 0.5:
            _wait(life, dice.uniform(1, 48))
            life.take("undo_withdrawal", "li")
        return
    if fate < 0.2:
        life.take("link_duplicate", "wang", leading=Life(at=life.time).case)
        return
    if fate < 0.3:
        life.take("decline", "wang", **DECLINED)
        return
    life.take("accept", "wang")
    life.take("take", "zhao")
    _wait(life, dice.expovariate(1 / (18 * 24)))
    if dice.random() < 0.15:
        life.take("withdraw", "li")
        return
    today = published().day_of(life.time)
    owed = tuple(Owed(n, Remedy.REFUND, today + dice.randrange(2, 25) * DAY, 1000) for n in (1, 2))
    life.take("file_report", "zhao", **reported(life, remedies=owed))
    life.take("answer", "zhou")
    _wait(life, dice.uniform(1, 96))
    life.says("accept_answer", "p1")
    for promise in life.case.open_obligations:
        if dice.random() < 0.8:
            _perform(life, dice, promise.id)
    if not life.case.open_obligations and life.time + HOUR < ENDED:
        life.live(timedelta(minutes=2))
        if life.case.stage == Stage.CLOSED and dice.random() < 0.5:
            _wait(life, dice.uniform(1, 300))
            life.take("reopen", "zhou", cause=ReopenReason.OUR_ERROR, facts="漏看了一张单据。")


def _perform(life: Life, dice: Random, id: str) -> None:
    """Let the company perform a promise and say on which day, and the consumer confirm it days later."""
    begun = life.time
    _wait(life, dice.uniform(24, 500))
    days = (published().day_of(life.time) - published().day_of(begun)).days
    done_on = published().day_of(begun) + dice.randrange(days + 1) * DAY
    life.take(
        "claim_done", "feng", obligation=id, proof=Proof.PAYMENT_RECORD, what="已退款。", done_on=done_on
    )
    _wait(life, dice.expovariate(1 / 80))
    life.says("confirm_done", "p1", obligation=id)


def write(folder: Path, found: Iterable[Life]) -> None:
    """Write the export of all lives, as if they had moved on its last day only."""
    tables = defaultdict[str, list[Mapping[str, Any]]](list)
    for life in found:
        for table, row in rows(life.case, life.lines):
            tables[table].append(row)
    clock = {"ref": "0", "n": 1, "taken_at": ENDED, "move": "take_step", "asked": False}
    tables["moves"].append(clock)
    for table, written in tables.items():
        (file := folder / path(table, ENDED.date())).parent.mkdir(parents=True)
        file.write_bytes(parquet(table, written))


@dataclass
class Wait:
    """How long a complaint took until a step. `ended`: `reached`, `other` or `open`. `hours`: the time until
    then. `month`: the first day of the month of receipt. `in_3_days`: whether the step came within three
    working days; None before they are over. `missed`: whether a deadline of the step was missed before."""

    month: date
    ended: str
    hours: float
    in_3_days: bool | None
    missed: bool


def waits(found: Iterable[Life], step: str) -> Iterator[Wait]:
    """Yield the wait of each life for a step."""
    for life in found:
        lines, received = life.lines, life.case.received_at
        reached = _first(lines, STEPS[step])
        closed = closings(life)
        gone = next((since for since, until in closed if until is None), None)
        until = reached or gone or ENDED
        third = published().ends(received, Length(3, "w")).at
        late = [
            instant(line["at"])
            for line in lines
            if line["move"] == "take_step"
            and not line["facts"]["early"]
            and (step, line["facts"]["deadline"]) in MISSES
        ]
        yield Wait(
            month_of(received),
            "reached" if reached else "other" if gone else "open",
            _rounded((until - received) / HOUR),
            bool(reached and reached < third) if third <= ENDED else None,
            bool(late and (not reached or min(late) <= reached)),
        )


MISSES = {("acknowledged", "acknowledgement"), ("answered", "investigation")}


def _first(lines: Iterable[Mapping[str, Any]], moves: set[str]) -> datetime | None:
    return next((instant(line["at"]) for line in lines if line["move"] in moves), None)


def closings(life: Life) -> list[tuple[datetime, datetime | None]]:
    """Return each time in which a complaint was closed. The last one has no end if it is still closed."""
    turns = [(line["move"], instant(line["at"])) for line in life.lines if line["move"] in GONE | BACK]
    ends = [*(at for move, at in turns if move in BACK), None]
    return [*zip((at for move, at in turns if move in GONE), ends, strict=False)]


def _rounded(hours: float) -> float:
    """Return hours rounded up: to a tenth up to three days, to a whole number beyond."""
    return ceil(round(hours * 10, 6)) / 10 if hours <= 72 else ceil(round(hours, 6))


def month_of(moment: datetime) -> date:
    """Return the first day of the month of a moment (China)."""
    return published().day_of(moment).replace(day=1)


def incidence(given: Iterable[Wait]) -> tuple[list[tuple[float, float]], float]:
    """Return the cumulative incidence of the step by Aalen and Johansen: each time with the share that had
    the step by then. Return also the time at which the curve ends, because fewer than ten are watched and
    some were open before."""
    known = list(given)
    alive, share, curve, until = 1.0, 0.0, [], 0.0
    for at in sorted({wait.hours for wait in known}):
        risk = [wait for wait in known if wait.hours >= at]
        here = [wait for wait in risk if wait.hours == at]
        if len(risk) < 10 and any(wait.ended == "open" for wait in known if wait.hours < at):
            break
        ended = [wait for wait in here if wait.ended != "open"]
        share += alive * sum(wait.ended == "reached" for wait in here) / len(risk)
        alive *= 1 - len(ended) / len(risk)
        curve.append((at, share))
        until = float("inf") if len(ended) == len(risk) else at
    return curve, until


def quantile(curve: Iterable[tuple[float, float]], share: float) -> float | None:
    """Return the first time by which this share had the step; None if the curve does not get so far."""
    return next((at for at, reached in curve if reached >= share - 1e-9), None)


def within(curve: Iterable[tuple[float, float]], until: float, hours: float) -> float | None:
    """Return the share that had the step within some hours; None if that cannot be told."""
    return max((share for at, share in curve if at <= hours), default=0.0) if until >= hours else None


def received(found: Iterable[Life]) -> Months:
    """Return the number of complaints received, by month. One that was joined to another does not count."""
    return _by_month((month_of(life.case.received_at), "n") for life in _counted(found))


def entered(found: Iterable[Life]) -> Months:
    """Return when the complaints received in a month were entered here."""
    told = list[tuple[date, str]]()
    for life in _counted(found):
        month, day = month_of(life.case.received_at), published().day_of(instant(life.lines[0]["at"]))
        after = (month + 31 * DAY).replace(day=1)
        late = "later" if day < after + 60 * DAY else "after_final"
        told.append((month, "in_month" if day < after else late))
    return _by_month(told)


OUTCOMES = {"withdraw": "withdrawn", "close_fulfilled": "fulfilled"}
"""The outcomes with which complaints are closed here, by the move that closes them."""


def closed(found: Iterable[Life]) -> Months:
    """Return the number of complaints that are closed, by the month and the outcome of their last closing."""
    told = list[tuple[date, str]]()
    for life in _counted(found):
        turns = [line for line in life.lines if line["move"] in GONE | BACK]
        if turns and turns[-1]["move"] in GONE:
            told.append((month_of(instant(turns[-1]["at"])), OUTCOMES[turns[-1]["move"]]))
    return _by_month(told)


EVENTS = {
    "accept": "accepted",
    "decline": "declined",
    "answer": "answered",
    "withdraw": "withdrawn",
    "reopen": "reopened",
}
"""The events here, by their move."""


def events(found: Iterable[Life]) -> Months:
    """Return how often each event of `EVENTS` happened, by month."""
    return _by_month(
        (month_of(instant(line["at"])), EVENTS[line["move"]])
        for life in _counted(found)
        for line in life.lines
        if line["move"] in EVENTS
    )


def missed(found: Iterable[Life]) -> Months:
    """Return how many complaints missed each deadline, by the month in which that was first noticed."""
    told = list[tuple[date, str]]()
    for life in _counted(found):
        first = dict[str, date]()
        for line in life.lines:
            if line["move"] == "take_step" and not line["facts"]["early"]:
                first.setdefault(line["facts"]["deadline"], month_of(instant(line["at"])))
        told += ((month, deadline) for deadline, month in first.items())
    return _by_month(told)


def _counted(found: Iterable[Life]) -> Iterator[Life]:
    return (life for life in found if not life.case.together.joined)


def _by_month(told: Iterable[tuple[date, str]]) -> Months:
    months = defaultdict[date, Counter[str]](Counter)
    for month, code in told:
        months[month][code] += 1
    return months


def stock(found: Iterable[Life], month: date) -> Counter[str]:
    """Return the number of complaints that were open at the end of a month, by age."""
    end = published_end(month)
    told = Counter[str]()
    for life in found:
        gone = any(since < end and (until is None or until >= end) for since, until in closings(life))
        if life.case.received_at < end and not gone and not life.case.together.joined:
            age = end - life.case.received_at
            limits = {"up_to_3_days": 3, "up_to_4_weeks": 28, "up_to_8_weeks": 56}
            told[next((name for name, days in limits.items() if age <= days * DAY), "older")] += 1
    return told


def published_end(month: date) -> datetime:
    """Return the moment at which a month ends in China."""
    after = (month + 31 * DAY).replace(day=1)
    return datetime.combine(after, datetime.min.time(), T0.tzinfo) - 8 * HOUR


def promises(found: Iterable[Life], month: date) -> Counter[str]:
    """Return the number of promises that were due in a month, by their end. Reopening a complaint here opens
    its promises again."""
    told = Counter[str]()
    for life in found:
        by = {
            f"O{n}": date.fromisoformat(owed["by"])
            for facts in life.facts("file_report")
            for n, owed in enumerate(facts["remedies"], 1)
        }
        done = {
            facts["obligation"]: date.fromisoformat(facts["done_on"]) for facts in life.facts("confirm_done")
        }
        for id, day in by.items() if life.facts("answer") else ():
            if day.replace(day=1) == month and day < published().day_of(ENDED):
                again = id not in done or life.facts("reopen")
                told["open" if again else "kept" if done[id] <= day else "kept_later"] += 1
    return told
