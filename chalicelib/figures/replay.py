"""What a complaint's life would have been under another policy: whatever people did they do again, at the
moments at which they did it, and in between the clock goes by the other lengths and ladders.

Complaints that were written into each other, by joining, linking or splitting off, are played together, since
the lives of others are in theirs. The clock stands still in the replay where it did, and windows move by the
outages that the register knew at the time. Where the other policy would have ended a window before somebody
acted in it, they can no longer do what they did: there the replay ends, and says so. A life played under its
own policy is the life that it was, which is how this is tested.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from chalicelib.cases.dossier import Dossier, Said
from chalicelib.cases.stored_facts import reread
from chalicelib.domain.calendar import SHANGHAI, instant, length, published
from chalicelib.domain.engine.deadlines import open_questions
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.running import moment
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Act, Case, Confirmed, Refusal
from chalicelib.domain.model.case_records import Filed
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import ConfirmedBy, Role
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.moves.work import change_policy, take_step
from chalicelib.domain.outages import Outage, Part
from chalicelib.domain.policy import names, policy
from chalicelib.domain.roster import Roster
from chalicelib.domain.timeline import canonical

STEP, CHANGED = take_step.__name__, change_policy.__name__
MOST_STEPS = 10_000
"""More steps of the clock than this no life has."""
FROM_ELSEWHERE = frozenset({"joined", "from"})
"""Facts of an entry that was written by a move on another complaint, which they name."""
OTHERS = FROM_ELSEWHERE | {"leading", "own"}
"""Facts of an entry that name another complaint."""


class Taken(NamedTuple):
    """What the clock did: when, because of which deadline, by which move, with which step of the ladder, and
    whom it told of it."""

    at: datetime
    deadline: str
    move: str
    step: int = 0
    early: bool = False
    told: str = ""


@frozen
class Life:
    """A life as it was played: what the clock did in it, and why it was broken off, if it was: the entry that
    could not be played, in this complaint or in one played with it, and the code of the refusal."""

    ref: str
    taken: tuple[Taken, ...]
    broken: tuple[int, str] | None = None


def others(dossier: Dossier) -> frozenset[str]:
    """The complaints that this one was written into, or that were written into this one."""
    lines = (dossier.line(n) for n in range(1, dossier.case.entries + 1))
    return frozenset(ref for line in lines for ref in _named(line["facts"]))


def _named(facts: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(facts[name] for name in OTHERS & facts.keys())


def played(dossiers: Sequence[Dossier], roster: Roster, rules: str = "") -> list[Life]:
    """Play the lives of complaints, all that were written into each other, under a policy of this name and
    version; without one under those under which they were lived."""
    by_ref = {dossier.case.ref: dossier for dossier in dossiers}
    outages = {ref: dossier.case.outages for ref, dossier in by_ref.items()}
    cases, taken = dict[str, Case](), {ref: list[Taken]() for ref in by_ref}
    ids = {ref: _ids(dossier) for ref, dossier in by_ref.items()}
    broken: tuple[int, str] | None = None
    for at, n, ref in sorted(_entries(dossiers)):
        dossier = by_ref[ref]
        line = dossier.line(n)
        by_ladder = line["role"] == Role.CLOCK.code and line["move"] in of_ladders()
        if not by_ladder or n == dossier.case.entries:
            for one in {ref, *_named(line["facts"])} & cases.keys():
                for until in _learned(outages[one], at):
                    cases[one], done = _clock(cases[one], until, roster, outages[one])
                    cases[one] = replace(cases[one], outages=_known(outages[one], until))
                    taken[one] += done
        elsewhere = FROM_ELSEWHERE & line["facts"].keys()
        if by_ladder or elsewhere or (rules and line["move"] == CHANGED):
            continue
        try:
            change = _again(cases, dossier, n, ids[ref].get(n, ""), rules, roster)
        except (Refusal, LookupError, TypeError, ValueError) as refused:
            broken = n, refused.code if isinstance(refused, Refusal) else "unknown"
            break
        for made in (change.case, *(also.case for also in change.also)):
            cases[made.ref] = replace(made, outages=_known(outages[made.ref], at))
    return [Life(ref, tuple(done), broken) for ref, done in taken.items()]


def _known(outages: tuple[Outage, ...], at: datetime) -> tuple[Outage, ...]:
    """The outages that the register knew at a moment."""
    return tuple(outage for outage in outages if outage.entered <= at)


def _learned(outages: tuple[Outage, ...], until: datetime) -> list[datetime]:
    """The moments up to one at which the register learned of an outage, and that one."""
    return sorted({*(outage.entered for outage in outages if outage.entered < until), until})


def _ids(dossier: Dossier) -> Mapping[int, str]:
    """By entry the id of the act that wrote it, as the letters that it owed tell it."""
    return {row["entry"]: row["id"].partition(".")[0] for row in dossier.letters if row.get("entry")}


def _entries(dossiers: Sequence[Dossier]) -> Iterator[tuple[datetime, int, str]]:
    """Every entry of these complaints: when it was written, which it is, and in which."""
    for dossier in dossiers:
        for n in range(1, dossier.case.entries + 1):
            yield instant(dossier.line(n)["at"]), n, dossier.case.ref


def as_it_was(dossier: Dossier) -> Life:
    """What the clock did in the life as it was."""
    lines = (dossier.line(n) for n in range(1, dossier.case.entries + 1))
    found = [line for line in lines if line["role"] == Role.CLOCK.code and line["move"] in of_ladders()]
    return Life(
        dossier.case.ref, tuple(_taken(line["move"], line["facts"], instant(line["at"])) for line in found)
    )


def out_of_order(rules: str) -> Iterator[tuple[str, int]]:
    """The steps of a policy's ladders that come before the step above them, by deadline and number (from 1):
    such a ladder would overtake itself."""
    start = datetime(2026, 3, 2, 1, tzinfo=UTC)  # an ordinary Monday morning in China
    for name, rule in policy(rules).rules.items():
        if rule.length:
            end = published().ends(
                start, length(rule.length), generous=rule.generous, pauses=[], zone=SHANGHAI
            )
            at = [moment(None, start, end, step.at) for step in rule.ladder if step.at]
            yield from ((name, n + 2) for n, (one, two) in enumerate(pairwise(at)) if two < one)


def _telling(dossier: Dossier, case: Case, id: str) -> str:
    """The call task for a letter that somebody told: one that the clock owes has another id now."""
    row = dossier.letters.get(id)
    same = (
        task.id
        for task in case.tellings
        if row and (letter_of(task.letter).name, f"party:{task.party}") == (row["name"], row["to"])
    )
    return next((task.id for task in case.tellings if task.id == id), next(same, id))


def of_ladders() -> frozenset[str]:
    """The moves that the clock takes by a ladder of some policy."""
    steps = (one for name in names() for rule in policy(name).rules.values() for one in rule.ladder)
    return frozenset({STEP, *(move for one in steps if one.take for move in one.take.split(" | "))})


def _clock(
    case: Case, until: datetime, roster: Roster, outages: tuple[Outage, ...]
) -> tuple[Case, list[Taken]]:
    """The case after all that the clock does on it until a moment, and what that is. What is due in a gap of
    the clock waits for its end, and for the register to know of it."""
    taken = list[Taken]()
    while (running := due_step(case, until)) and running.at and len(taken) < MOST_STEPS:
        soonest = max(running.at, _last(case))
        at = _ran(outages, soonest)
        if at > soonest and at >= until:
            break
        act = Act("clock", Role.CLOCK, at, "clock", "")
        change = step(case, running, act, roster)
        case, line = change.case, json.loads(change.entry.line)
        taken.append(_taken(line["move"], line["facts"], act.now)._replace(deadline=running.name))
    return case, taken


def _ran(outages: tuple[Outage, ...], at: datetime) -> datetime:
    """When the clock ran: at this moment, or at the end of the gap that it lies in."""
    gaps = (one.until for one in outages if one.part == Part.CLOCK and one.since < at < one.until)
    return max(gaps, default=at)


def _taken(move: str, facts: Mapping[str, Any], at: datetime) -> Taken:
    if move != STEP:
        return Taken(at, "", move)
    return Taken(at, facts["deadline"], move, facts["step"], facts["early"], facts.get("role") or "")


def _last(case: Case) -> datetime:
    """When the complaint was last moved."""
    return max(case.recorded_at, *case.taken.values())


def _again(
    cases: Mapping[str, Case], dossier: Dossier, n: int, id: str, rules: str, roster: Roster
) -> Change:
    """What somebody's act changes who does again what an entry says."""
    case, (line, words) = cases.get(dossier.case.ref), dossier.entry(n)
    name, facts = line["move"], line["facts"]
    declared = MOVES[name]
    theirs = declared.parameters.keys() - (
        declared.by_staff if Role[line["role"].upper()] in Role.PARTY else ()
    )
    said = {key: value for key, value in {**facts, **words}.items() if key in theirs}
    named = {key: cases[said.pop(key)] for key in [*said] if declared.parameters[key][0] is Case}
    if case and "telling" in said:
        said["telling"] = _telling(dossier, case, said["telling"])
    confirmed = Confirmed(ConfirmedBy(facts["confirmed"]["by"])) if "confirmed" in facts else None
    waits = facts.get("asked")
    act = Act(
        line["who"],
        Role[line["role"].upper()],
        instant(line["at"]),
        waits if isinstance(waits, str) else id or f"entry{n}",
        "",
        frozenset({dossier.case.team, *(asked.department for asked in open_questions(case))} if case else ()),
        confirmed=confirmed,
    )
    asked = next((a for a in case.approvals if a.id == facts.get("approval")), None) if case else None
    own = facts.get("own")
    given: Mapping[str, Any] = {
        "ref": own or dossier.case.ref,
        "rules": rules or facts.get("rules"),
        "known_by": () if case else dossier.case.parties[0].known_by,
        "roster": roster,
        "people": dossier.people,
        "said": Said(dossier),
        "handled": {who: first for who, first in dossier.contents.handled.items() if first[0] < n},
        "file": Filed(**facts["file"]) if facts.get("file") else None,
        "barred": (),
        "joint": cases.get(facts.get("leading", "")),
        "own": cases.get(own or ""),
        "asked": reread(asked.move, json.loads(canonical(asked.facts))) if asked else {},
    }
    filled = {key: given[key] for key in declared.given if key in given}
    return take(name, case, act, **reread(name, said), **named, **filled)
