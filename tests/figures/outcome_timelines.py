"""Random lives with answers, reconsiderations, mediations, breaches and repeated complaints, and what follows
from their timelines, without SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from chalicelib.domain.calendar import instant, published
from chalicelib.domain.model.case_records import Matter, Owed
from chalicelib.domain.model.codes import Conclusion, Conflict, Ending, Remedy, Result, Type
from chalicelib.domain.moves.answer import GIVES
from chalicelib.domain.moves.intake import Person
from tests.domain.life import (
    DAY,
    T0,
    Life,
    answered,
    bound,
    clause,
    contested,
    decided,
    disputed,
    heard,
    joint,
    mediated,
    mediating,
    reported,
    seated,
    settle,
    talking,
    unopposed,
)
from tests.domain.promises import breached, confirms, says_done
from tests.figures.timelines import Months, month_of

PEOPLE = [Person(f"投诉人{n}", phone=f"+86138{n:08}", email=f"person{n}@mail.example") for n in range(14)]
FATES = ("settled", "answered", "contested", "mediated", "breached", "joint")


def lives(dice: Random, count: int) -> list[Life]:
    """Return so many random complaints, in which each fate of `FATES` occurs equally often."""
    return [_life(dice, FATES[n % len(FATES)]) for n in range(count)]


def _life(dice: Random, fate: str) -> Life:
    first = dice.choice((Matter(Type("quality"), "defect"), Matter(Type("price"), "overcharge")))
    at = T0 + timedelta(minutes=dice.randrange(50 * 1440))
    life = Life(dice.choice(PEOPLE), at=at, matters=(first, Matter(Type("warranty"), "repair_refused")))
    life.later(dice.uniform(1, 20) * timedelta(hours=1))
    if fate == "settled":
        amount = dice.randrange(1, 30_000)
        day = published().day_of(life.time) + 5 * DAY
        life.take("settle_at_once", "wang", **settle(remedies=(Owed(1, Remedy.REFUND, day, amount),)))
        return _performed(life, dice)
    if fate == "joint":
        joint(2, life)
    life.take("accept", "wang")
    life.take("take", "zhao")
    if fate == "mediated":
        return _talks(answered(Conclusion.NOT_UPHELD, life), dice)
    _answer(life, dice, upheld=fate == "breached")
    if fate == "contested":
        result = dice.choice([*Result])
        life = decided(result, seated(contested(life, 1, 2)), dice.choice([*Conclusion][:3]))
        if result == Result.SENT_BACK and dice.random() < 0.5:
            _answer(life, dice)
    elif fate == "breached":
        life.says("accept_answer", "p1")
        breached(life, life.case.open_obligations[0].id)
        if dice.random() < 0.5:
            id = life.case.open_obligations[0].id
            life.take("record_cure", "chen", obligation=id, what="已经付清。")
    else:
        for party in life.case.consumers:
            life.says("accept_answer", party.id)
        _performed(life, dice)
    return life


def _answer(life: Life, dice: Random, upheld: bool = False) -> None:
    """Answer a complaint with a random conclusion on each matter, and random sums."""
    said = {n: Conclusion.UPHELD if upheld else dice.choice([*Conclusion]) for n in (1, 2)}
    day = published().day_of(life.time) + dice.randrange(3, 20) * DAY
    owed = [Owed(n, Remedy.REFUND, day, dice.randrange(1, 90_000)) for n in said if said[n] in GIVES]
    if dice.random() < 0.4:
        owed.append(Owed(1, Remedy.GOODWILL, day, dice.randrange(1, 9_000)))
    terms = "原路退回。" if owed else None
    facts = reported(life, conclusions=said, remedies=tuple(owed), terms=terms)
    life.take("file_report", "zhao", **facts)
    life.take("answer", "zhou")


def _performed(life: Life, dice: Random) -> Life:
    """Let the company perform some of its promises, and the consumer confirm it."""
    for promise in life.case.open_obligations:
        if dice.random() < 0.7:
            life.later(dice.uniform(1, 40) * timedelta(hours=12))
            says_done(life, promise.id)
            confirms(life, promise.id)
    return life


def _talks(life: Life, dice: Random) -> Life:
    """Let the sides mediate: with an agreement, without one, or with a mediator who gives way to another."""
    life, chance = mediated(mediating(talking(disputed(life)))), dice.random()
    if chance < 0.3:
        life.says("challenge_mediator", "p1", conflict=Conflict.BUSINESS_TIE, reason="他是商家的顾问。")
        life.take("decide_challenge", "zhou", upheld=True, reason="情况属实。")
        mediated(life, "ren")
    if chance < 0.5:
        bound(life, clause(life, amount=dice.randrange(1, 90_000)))
        life.take("record_seal", "clock", sha256="0" * 64, size=1)
        return _performed(life, dice)
    if chance < 0.8:
        unopposed(heard(life)).take("end_mediation", "yan", ending=Ending.NO_PROSPECT, reason="分歧过大。")
    return life


def told(life: Life) -> Iterator[tuple[str, date, Mapping[str, Any]]]:
    """Yield the entries of a timeline that did something: the move, the month (China) and the facts. An
    approval has the facts of its request."""
    lines = life.lines
    for line in lines:
        facts = line["facts"]
        if not isinstance(facts.get("asked"), str):
            asked = lines[facts["asked_in"] - 1]["facts"] if "asked_in" in facts else {}
            yield facts["move"] if asked else line["move"], month_of(instant(line["at"])), {**asked, **facts}


def upheld(found: Iterable[Life]) -> Months:
    """Return what the answers said, by the month of the answer."""
    months = defaultdict[date, Counter[str]](Counter)
    for life in found:
        said: dict[str, str] = {}
        report: Mapping[str, Any] = {}
        stands, gift, answered_in = "", False, None
        for move, month, facts in told(life):
            if move == "file_report":
                report = facts
            if move == "answer":
                said, answered_in, stands = {**report["conclusions"]}, month, "answer"
            if move == "settle_at_once":
                answered_in, stands = month, "settled"
            if move == "decide_reconsideration":
                said |= facts.get("conclusions", {})
                stands = "" if "sent_back" in facts["results"].values() else stands
            if move in ("answer", "decide_reconsideration"):
                remedies = (report if move == "answer" else facts).get("remedies", ())
                gift = gift or any(owed["kind"] == "goodwill" for owed in remedies)
        if answered_in and stands:
            months[answered_in]["settled" if stands == "settled" else _whole([*said.values()], gift)] += 1
    return months


def _whole(said: list[str], gift: bool) -> str:
    if all(one == "upheld" for one in said):
        return "upheld"
    if any(one.startswith("upheld") for one in said):
        return "upheld_in_part"
    return "offered" if "offer" in said else "goodwill" if gift else "rejected"


def talks(found: Iterable[Life]) -> Months:
    """Return how many mediations began and ended, and how many breaches were found, by month."""
    months = defaultdict[date, Counter[str]](Counter)
    for life in found:
        mediating_now = False
        for move, month, _ in told(life):
            if move == "accept_appointment" and not mediating_now:
                months[month]["mediations"] += 1
                mediating_now = True
            if move in ("record_seal", "end_mediation"):
                months[month]["mediated" if move == "record_seal" else "unmediated"] += mediating_now
                mediating_now = False
            months[month]["breaches"] += move == "find_breach"
    return months


def broken(found: Iterable[Life]) -> Months:
    """Return how many promises were found broken, by month of their last day."""
    return _by_last_day(found, "find_breach", "broken")


def mended(found: Iterable[Life]) -> Months:
    """Return how many broken promises were performed in the end, by month of their last day."""
    return _by_last_day(found, "record_cure", "mended")


def _by_last_day(found: Iterable[Life], wanted: str, code: str) -> Months:
    months = defaultdict[date, Counter[str]](Counter)
    for life in found:
        due = dict[str, date]()
        for move, _, facts in told(life):
            if move == "file_report":
                days = (date.fromisoformat(owed["by"]) for owed in facts["remedies"])
                due = {f"O{n}": day.replace(day=1) for n, day in enumerate(days, 1)}
            if move == wanted:
                months[due[facts["obligation"]]][code] += 1
    return months


def overturned(found: Iterable[Life]) -> Months:
    """Return how many matters reconsiderations decided, how many of them otherwise than before, and in how
    many complaints."""
    months = defaultdict[date, Counter[str]](Counter)
    for life in found:
        changed = set[date]()
        for move, month, facts in told(life):
            if move == "decide_reconsideration":
                results = [*facts["results"].values()]
                months[month]["matters"] += len(results)
                months[month]["overturned"] += sum(one != "confirmed" for one in results)
                changed |= {month} if {*results} - {"confirmed"} else set()
        for month in changed:
            months[month]["changed"] += 1
    return months


def main_causes(found: Iterable[Life]) -> Months:
    """Return how often each main cause was found, by month of the report or settlement. A complaint that is
    investigated again has none."""
    months = defaultdict[date, Counter[str]](Counter)
    for life in found:
        main: tuple[date, str] | None = None
        for move, month, facts in told(life):
            if move in ("file_report", "settle_at_once"):
                main = month, facts["causes"][0]
            if move == "decide_reconsideration" and "sent_back" in facts["results"].values():
                main = None
        if main:
            months[main[0]][main[1]] += 1
    return months


def repeats(found: Iterable[Life]) -> Months:
    """Return how many complaints repeat one of the same person and type in the ninety days before, by month
    of receipt."""
    months, earlier = defaultdict[date, Counter[str]](Counter), defaultdict[Any, list[Any]](list)
    for life in sorted(found, key=lambda life: life.case.received_at):
        key, at = (
            (life.people["p1"]["phone"], life.facts("submit")[0]["matters"][0]["type"]),
            life.case.received_at,
        )
        months[month_of(at)]["n"] += any(at - before <= 90 * DAY for before in earlier[key])
        earlier[key].append(at)
    return months


def money(found: Iterable[Life], what: str) -> dict[date, Counter[str]]:
    """Return how many fen were promised or paid (`what`) to each person, by month."""
    months = defaultdict[date, Counter[str]](Counter)
    for life in found:
        for month, party, amount in _flows(life, what):
            months[month][life.people[party]["phone"]] += amount
    return months


def _flows(life: Life, what: str) -> Iterator[tuple[date, str, int]]:
    """Yield each promise or payment: its month, the person and the amount."""
    owed = dict[str, tuple[Mapping[str, Any], str, date | None]]()
    report: Mapping[str, Any] = {}
    paid = list[tuple[date, str, int]]()
    people = [party.id for party in life.case.consumers]
    for entry, (move, month, facts) in enumerate(told(life), 1):
        if move == "file_report":
            report = facts
        if move in ("answer", "decide_reconsideration", "settle_at_once"):
            by = report if move == "answer" else facts
            said, first = by.get("conclusions", {}), 1 + max([0, *(int(id[1:]) for id in owed)])
            matters = {one["matter"] for one in by.get("remedies", ())} | {int(n) for n in said}
            if move != "settle_at_once":
                owed = {id: each for id, each in owed.items() if each[0]["matter"] not in matters}
            each_owed = [(one, party) for one in by.get("remedies", ()) for party in people]
            for n, (one, party) in enumerate(each_owed, first):
                offered = said.get(str(one["matter"])) == "offer"
                owed[f"O{n}"] = one, party, None if offered else month
        if move in ("accept_answer", "record_seal"):
            owed = {id: (one, party, since or month) for id, (one, party, since) in owed.items()}
        if move == "draft_agreement":
            owed |= {f"O{n}": (one, "p1", None) for n, one in enumerate(life.words(entry)["clauses"], 1)}
        if move in ("confirm_done", "record_cure"):
            one, party, _ = owed[facts["obligation"]]
            paid.append((date.fromisoformat(facts["done_on"]).replace(day=1), party, one["amount"]))
    if what == "paid":
        yield from paid
    else:
        yield from ((since, party, one["amount"]) for one, party, since in owed.values() if since)
