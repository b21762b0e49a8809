"""The rows that the export writes for a complaint, an improvement action or a training: codes and dates
only."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import Conclusion, ObligationKind, Result, Stage
from chalicelib.domain.moves.answer import answer, settle_at_once
from chalicelib.domain.moves.feedback import answer_survey, give_opinion
from chalicelib.domain.moves.reconsideration import decide_reconsideration
from chalicelib.figures.outcome import Concluded
from chalicelib.figures.tables import TABLES

Row = Mapping[str, Any]
SURVEYS = (answer_survey.__name__, give_opinion.__name__)
"""The moves with which a party answers a survey."""
ANSWERS = (answer.__name__, settle_at_once.__name__, decide_reconsideration.__name__)
"""The moves that state what we conclude about a complaint."""
CODES = ("ground", "reason", "ending", "cause", "measure", "outcome", "why", "back")
"""The names of facts that can fill the column `code` of a row of the table `moves`. The first of these facts
that the timeline entry has is used."""


def rows(case: Case, lines: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Row]]:
    """Yield the rows that the export writes for a complaint, each as the name of its table and the row.
    `case` is the complaint in its current state. `lines` are the timeline entries to export. A column without
    a value is absent from the row."""
    for table, row in (*_head(case), *(("moves", _move(case, line)) for line in lines)):
        yield table, {"ref": case.ref, **{name: said for name, said in row.items() if said is not None}}


def learnt(case: Case, lines: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Row]]:
    """Yield the rows that the export writes for an improvement action or a training (`case`): one row of the
    table `learning` for each timeline entry in `lines`. Each is yielded as the name of the table and the
    row."""
    cause = case.improvement and case.improvement.cause
    for line in lines:
        facts = line["facts"]
        expected, since = facts.get("expected_cases"), facts.get("counted_since")
        row = {
            **{"ref": case.ref, "n": line["n"], "move": line["move"], "taken_at": line["at"]},
            **{"team": case.team, "verdict": facts.get("verdict"), "cause": cause},
            "expected": None if expected is None else round(expected),
            "found": since and since["cause"],
        }
        yield "learning", {name: said for name, said in row.items() if said is not None}


def _head(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    first, subject, report = case.matters[0], case.intake.subject, case.inquiry.report
    conclusions = case.answer.conclusions if case.answer else {}
    who = next(iter(case.consumers), case.parties[0])
    yield (
        "complaints",
        {
            "received_at": case.received_at,
            "recorded_at": case.recorded_at,
            "channel": case.channel,
            "policy": case.policy,
            "team": case.team,
            "stage": case.stage,
            "outcome": case.outcome,
            "closed_at": case.stages[-1].since if case.stage == Stage.CLOSED else None,
            "severity": case.severity,
            "type": first.type,
            "sub_type": first.sub_type,
            "subject": subject.kind,
            "class": subject.goods_class or subject.service_class,
            "company": case.intake.company,
            "brand": case.intake.brand,
            "language": case.parties[0].language,
            "region": case.intake.region,
            "hurt": case.intake.hurt,
            "filed_as": case.intake.filed_as,
            "people": len(case.consumers),
            "represented": any(party.represents for party in case.parties),
            "needs_help": any(party.needs_help for party in case.parties),
            "story": any(story.released and not story.withdrawn for story in case.feedback.stories),
            "reopened": case.recourse.reopened,
            "joined": case.together.joined is not None,
            "repeats": digest_of(case, who.id, f"{first.type} {case.intake.company or ''}"),
        },
    )
    for n, matter in enumerate(case.matters, 1):
        yield (
            "matters",
            {
                "n": n,
                "type": matter.type,
                "sub_type": matter.sub_type,
                "amount": matter.amount,
                "accepted": matter.accepted,
                "ground": matter.ground,
                "conclusion": conclusions.get(n),
            },
        )
    examined = report.rights if report else {}
    for code in sorted({right for matter in case.matters for right in matter.rights} | examined.keys()):
        yield "rights", {"code": code, "examined": examined.get(code)}
    if found := report or case.inquiry.settled:
        for rank, cause in enumerate(found.causes, 1):
            yield "causes", {"rank": rank, "code": cause, "found_at": found.at}
    for owed in case.obligations:
        yield (
            "promises",
            {
                "id": owed.id,
                "kind": owed.kind,
                "debtor": BUSINESS if owed.debtor == BUSINESS else "consumer",
                "agreed": owed.term is not None,
                "by_day": owed.by,
                "state": owed.state,
                "state_at": owed.since,
                "done_on": owed.done_on,
                "breached": owed.ever_breached,
                "amount": owed.amount,
                "offered": owed.offer,
                "promised_at": owed.begun,
                "person": digest_of(case, owed.to) if owed.debtor == BUSINESS else None,
            },
        )
    for had in case.holders:
        yield "holders", {"n": had.entry, "since": had.since, "team": had.team, "owner": had.owner}
    for stay in case.stays:
        if stay.stage == Stage.CLOSED and stay.until:
            yield "reopenings", {"closed_at": stay.since, "reopened_at": stay.until}


def digest_of(case: Case, party: str, term: str = "") -> str:
    """Return a keyed digest of a party of a case, which is the same in each of their complaints. With `term`,
    return a digest of the party and the term together.

    It is made from the keyed hash of the first address of the party or of their representative, and tells
    nothing without this hash. A party without an address has a digest for this complaint only."""
    known = [one.known_by for one in case.parties if party in (one.id, one.represents) and one.known_by]
    return sha256(f"survey {term} {known[0][0] if known else (case.ref, party)}".encode()).hexdigest()[:32]


def _move(case: Case, line: Mapping[str, Any]) -> dict[str, Any]:
    facts, wanted = line["facts"], TABLES["moves"].keys()
    move = facts["move"] if "asked_in" in facts else line["move"]
    decided = facts.get("results")
    return {
        **{
            name: said
            for name, said in facts.items()
            if name in wanted and not isinstance(said, (dict, list))
        },
        **{name: line[name] for name in ("n", "role")},
        "taken_at": line["at"],
        "move": move,
        "asked": isinstance(facts.get("asked"), str),  # a mapping if the entry approves
        "code": next((facts[name] for name in CODES if isinstance(facts.get(name), str)), None),
        "person": digest_of(case, facts.get("party", "")) if line["move"] in SURVEYS else None,
        "decided": decided and len(decided),
        "overturned": decided and sum(result != Result.CONFIRMED for result in decided.values()),
        "conclusion": _concluded(case) if move in ANSWERS else None,
    }


def _concluded(case: Case) -> Concluded | None:
    """Return the conclusion on a complaint as a whole, from the conclusions of the answer on each matter.
    Return None if there is no answer, because the complaint is investigated again."""
    if case.inquiry.settled and not case.inquiry.report:
        return Concluded.SETTLED
    if not case.answer:
        return None
    said = {*case.answer.conclusions.values()}
    if said == {Conclusion.UPHELD}:
        return Concluded.UPHELD
    if said & {Conclusion.UPHELD, Conclusion.UPHELD_IN_PART}:
        return Concluded.UPHELD_IN_PART
    if Conclusion.OFFER in said:
        return Concluded.OFFERED
    goodwill = any(o.kind == ObligationKind.GOODWILL and not o.term for o in case.obligations)
    return Concluded.GOODWILL if goodwill else Concluded.REJECTED


def lines_of_day(day: date, lines: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Return those timeline entries (`lines`) that were written on a day (UTC). Entries of a move that the
    software no longer has are left out."""
    return (line for line in lines if line["move"] in MOVES and line["at"][:10] == str(day))
