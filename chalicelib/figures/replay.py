"""The replay of a complaint under another policy. What people did is repeated at the moments at which they
did it. Between these moments the clock acts by the deadlines of the other policy, and by its reminders and
escalations.

Complaints connected by joining, linking or splitting are replayed together, because a move on one of them
also changes the others.

In the replay the clock pauses during our outages. Each deadline ends later by the outages that were in our
register at that moment.

If the other policy ends a period before a person acted in it, the act of that person is no longer possible.
The replay then stops and reports the act. Replay under the same policy reproduces the case, and the tests
rely on that."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from chalicelib.cases.dossier import Dossier, PersonalWords
from chalicelib.cases.stored_facts import reread
from chalicelib.domain.calendar import SHANGHAI, instant, length, published
from chalicelib.domain.engine.deadlines import open_questions
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.lateness import with_outages
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.running import moment
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Act, Case, Confirmed, Refusal
from chalicelib.domain.model.case_records import CheckedFile
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import ConfirmedBy, Role, Stage
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.moves.assignment import change_policy
from chalicelib.domain.moves.ladder_steps import take_step
from chalicelib.domain.outages import Outage, Part
from chalicelib.domain.policy import names, policy
from chalicelib.domain.roster import Roster
from chalicelib.domain.timeline import canonical

STEP, CHANGED = take_step.__name__, change_policy.__name__
MOST_STEPS = 10_000
"""The maximum number of acts of the clock between two acts of people. No real case comes near this number; it
stops a replay that would never end."""
FROM_ELSEWHERE = frozenset({"joined", "from"})
"""The names of facts that mark an entry as written by a move on another complaint. The value of the fact is
the number of the other complaint."""
OTHERS = FROM_ELSEWHERE | {"leading", "own"}
"""The names of all facts of an entry that hold the number of another complaint."""


class Taken(NamedTuple):
    """An act of the clock: its moment, its deadline and its move.

    If the act is a reminder or an escalation, it has more fields. `step`: its number among those of the
    deadline. `early`: whether it warns before the end of the deadline. `told`: the role that it notifies."""

    at: datetime
    deadline: str
    move: str
    step: int = 0
    early: bool = False
    told: str = ""


@frozen
class Life:
    """The result of a replay for one complaint: the acts of the clock, in their order (`taken`), and the
    number of letters that they caused (`letters`).

    `broken` is None if the replay succeeded. Otherwise `broken` holds the number of the entry that could not
    be repeated, and the code of the refusal. This entry may belong to another complaint of the same
    replay."""

    ref: str
    taken: tuple[Taken, ...]
    broken: tuple[int, str] | None = None
    letters: int = 0


def others(dossier: Dossier) -> frozenset[str]:
    """Return the numbers of the other complaints that the timeline of this complaint names. A move on one of
    them has written an entry here, or a move on this complaint has written an entry there."""
    lines = (dossier.line(n) for n in range(1, dossier.case.entries + 1))
    return frozenset(ref for line in lines for ref in _named(line["facts"]))


def _named(facts: Mapping[str, Any]) -> frozenset[str]:
    return frozenset([*(facts[name] for name in OTHERS & facts.keys()), *_earlier(facts).values()])


def _earlier(facts: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the numbers of the earlier complaints that a decline names, or an approval of a decline."""
    asked = facts.get("asked")
    return facts.get("earlier") or (asked.get("earlier") if isinstance(asked, Mapping) else None) or {}


def played(
    dossiers: Sequence[Dossier], roster: Roster, rules: str = "", until: datetime | None = None
) -> list[Life]:
    """Replay connected complaints, and return the result for each complaint.

    `roster`: the staff and their teams. `rules`: the policy to use, by name and version (`default-1`) or as
    the path of its file. Rules that begin with `+` are other lengths for the policy of each complaint.
    Without `rules` each complaint keeps its own policy. `until`: the moment up to which the clock goes on in
    complaints that are open; without it, it ends with their last entry."""
    by_ref = {dossier.case.ref: dossier for dossier in dossiers}
    outages = {ref: dossier.case.outages for ref, dossier in by_ref.items()}
    cases, taken = dict[str, Case](), {ref: list[Taken]() for ref in by_ref}
    ids = {ref: _ids(dossier) for ref, dossier in by_ref.items()}
    letters = Counter[str]()

    def goes_on(one: str, end: datetime) -> None:
        for part in _learned(outages[one], end):
            cases[one], done, sent = _clock(cases[one], part, roster, outages[one])
            cases[one] = with_outages(cases[one], _known(outages[one], part))
            taken[one] += done
            letters[one] += sent

    broken: tuple[int, str] | None = None
    for at, n, ref in sorted(_entries(dossiers)):
        dossier = by_ref[ref]
        line = dossier.line(n)
        by_ladder = line["role"] == Role.CLOCK.code and line["move"] in of_ladders()
        if not by_ladder or n == dossier.case.entries:
            for one in {ref, *_named(line["facts"])} & cases.keys():
                goes_on(one, at)
        elsewhere = FROM_ELSEWHERE & line["facts"].keys()
        if by_ladder or elsewhere or (rules and not rules.startswith("+") and line["move"] == CHANGED):
            continue
        try:
            change = _again(cases, dossier, n, ids[ref].get(n, ""), rules, roster)
        except (Refusal, LookupError, TypeError, ValueError) as refused:
            broken = n, refused.code if isinstance(refused, Refusal) else "unknown"
            break
        for made in (change.case, *(also.case for also in change.also)):
            named = made.policy + (rules if rules.startswith("+") and "+" not in made.policy else "")
            cases[made.ref] = with_outages(replace(made, policy=named), _known(outages[made.ref], at))
    if until and not broken:
        for ref in cases.keys() & by_ref.keys():
            if by_ref[ref].case.stage != Stage.CLOSED:
                goes_on(ref, until)
    return [Life(ref, tuple(done), broken, letters[ref]) for ref, done in taken.items()]


def _known(outages: tuple[Outage, ...], at: datetime) -> tuple[Outage, ...]:
    """Return those of the `outages` that were already in our register at the moment `at`."""
    return tuple(outage for outage in outages if outage.entered <= at)


def _learned(outages: tuple[Outage, ...], until: datetime) -> list[datetime]:
    """Return the moments before `until` at which one of these outages was entered in our register, in order,
    and then `until` itself."""
    return sorted({*(outage.entered for outage in outages if outage.entered < until), until})


def _ids(dossier: Dossier) -> Mapping[int, str]:
    """Return the id of the act that wrote an entry, by the number of the entry. The ids are read from the
    letters, so an entry without a letter is absent."""
    return {row["entry"]: row["id"].partition(".")[0] for row in dossier.letters if row.get("entry")}


def _entries(dossiers: Sequence[Dossier]) -> Iterator[tuple[datetime, int, str]]:
    """Yield every entry of these complaints as its moment, its number and the number of its complaint."""
    for dossier in dossiers:
        for n in range(1, dossier.case.entries + 1):
            yield instant(dossier.line(n)["at"]), n, dossier.case.ref


def out_of_order(rules: str) -> Iterator[tuple[str, int]]:
    """Yield each reminder or escalation in the policy `rules` that comes earlier than the one before it. Each
    is yielded as the name of its deadline and its number (from 1). Their order in such a policy is wrong."""
    start = datetime(2026, 3, 2, 1, tzinfo=UTC)  # an ordinary Monday morning in China
    for name, rule in policy(rules).rules.items():
        if rule.length:
            end = published().ends(
                start, length(rule.length), generous=rule.generous, pauses=[], zone=SHANGHAI
            )
            at = [moment(None, start, end, step.at) for step in rule.ladder if step.at]
            yield from ((name, n + 2) for n, (one, two) in enumerate(pairwise(at)) if two < one)


def _telling(dossier: Dossier, case: Case, id: str) -> str:
    """Return the id of a call task (a letter that staff read out on the phone) in the replayed `case`. `id`
    is the id of this task in the original complaint.

    If the replayed clock created the task, its id differs. Then the task for the same letter and the same
    party is returned."""
    row = dossier.letters.get(id)
    same = (
        task.id
        for task in case.tellings
        if row and (letter_of(task.letter).name, f"party:{task.party}") == (row["name"], row["to"])
    )
    return next((task.id for task in case.tellings if task.id == id), next(same, id))


def of_ladders() -> frozenset[str]:
    """Return the names of all moves that the clock takes by itself as reminders or escalations, or when a
    deadline ends, under any policy."""
    steps = (one for name in names() for rule in policy(name).rules.values() for one in rule.ladder)
    return frozenset({STEP, *(move for one in steps if one.take for move in one.take.split(" | "))})


def _clock(
    case: Case, until: datetime, roster: Roster, outages: tuple[Outage, ...]
) -> tuple[Case, list[Taken], int]:
    """Let the clock act on a case until the moment `until`. Return the case after that, the acts, and the
    number of letters that they caused. An act that is due during an outage of the clock is taken when the
    outage ends."""
    taken, letters = list[Taken](), 0
    while (running := due_step(case, until)) and running.at and len(taken) < MOST_STEPS:
        soonest = max(running.at, _last(case))
        at = _ran(outages, soonest)
        if at > soonest and at >= until:
            break
        act = Act("clock", Role.CLOCK, at, "clock", "")
        change = step(case, running, act, roster)
        case, line = change.case, json.loads(change.entry.line)
        letters += len(change.letters)
        taken.append(_taken(line["move"], line["facts"], act.now)._replace(deadline=running.name))
    return case, taken, letters


def _ran(outages: tuple[Outage, ...], at: datetime) -> datetime:
    """Return when the clock could act: the end of the outage of the clock during which `at` lies, or else
    `at`."""
    gaps = (one.until for one in outages if one.part == Part.CLOCK and one.since < at < one.until)
    return max(gaps, default=at)


def _taken(move: str, facts: Mapping[str, Any], at: datetime) -> Taken:
    if move != STEP:
        return Taken(at, "", move)
    return Taken(at, facts["deadline"], move, facts["step"], facts["early"], facts.get("role") or "")


def _last(case: Case) -> datetime:
    """Return the moment of the last move on a complaint."""
    return max(case.recorded_at, *case.taken.values())


def _again(
    cases: Mapping[str, Case], dossier: Dossier, n: int, id: str, rules: str, roster: Roster
) -> Change:
    """Repeat the act that wrote entry `n` of the original complaint (`dossier`), and return the change that
    the act makes.

    `cases`: the replayed complaints by number. `id`: the id that the act had, or "". `rules`: the policy to
    use, or "" for that of the complaint. Raises Refusal if the act is not possible in the replay."""
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
    waits = facts.get("asked")
    act = Act(
        line["who"],
        Role[line["role"].upper()],
        instant(line["at"]),
        waits if isinstance(waits, str) else id or f"entry{n}",
        "",
        frozenset({case.team, *(asked.department for asked in open_questions(case))} if case else ()),
        confirmed=Confirmed(ConfirmedBy(facts["confirmed"]["by"])) if "confirmed" in facts else None,
    )
    asked = next((a for a in case.approvals if a.id == facts.get("approval")), None) if case else None
    own = facts.get("own")
    earlier = {ref: cases[ref] for ref in _earlier(facts).values() if ref in cases}
    given: Mapping[str, Any] = {
        "ref": own or dossier.case.ref,
        "rules": rules if rules and not rules.startswith("+") else facts.get("rules", "") + rules,
        "team": facts.get("team", ""),
        "known_by": () if case else dossier.case.parties[0].known_by,
        "roster": roster,
        "by_rule": facts.get("by_rule"),
        "people": dossier.people,
        "said": PersonalWords(dossier),
        "handled": {who: first for who, first in dossier.contents.handled.items() if first[0] < n},
        "named": tuple(facts.get("named", ())),
        "away": tuple(facts.get("away", ())),
        "file": CheckedFile(**facts["file"]) if facts.get("file") else None,
        "barred": (),
        "joint": cases.get(facts.get("leading", "")),
        "own": cases.get(own or ""),
        "earlier_cases": earlier,
        "reached_by": {},
        "leading_reached_by": {},
        "afresh": {"earlier_cases": earlier} if earlier else {},
        "asked": reread(asked.move, json.loads(canonical(asked.facts))) if asked else {},
    }
    filled = {key: given[key] for key in declared.given if key in given}
    return take(name, case, act, **reread(name, said), **named, **filled)
