"""The answer to a complaint as it is told, and until it is given the report that it is given from: per matter
what was concluded, why, and on which evidence; the rights that were examined; the rules that were applied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case_records import BUSINESS, Evidence
from chalicelib.domain.model.codes import Conclusion, EvidenceKind, Examined, Law, Right
from chalicelib.domain.moves.answer import answer, file_report
from chalicelib.domain.moves.joint import leave_case
from chalicelib.view.party import Partner
from chalicelib.view.reader import Reader


class Basis(NamedTuple):
    """What a fact rests on: the number of a piece of evidence and its kind, or of a question that its
    department had not answered by its day."""

    id: str
    kind: EvidenceKind


class Fact(NamedTuple):
    """A fact that was found, and what it rests on."""

    fact: str
    evidence: tuple[Basis, ...]


class Concluded(NamedTuple):
    """What was concluded on matter `n`, which facts that rests on, and why; the company is told no more than
    the conclusion."""

    n: int
    type: str
    sub_type: str
    conclusion: Conclusion
    reason: str
    findings: tuple[Fact, ...]


class Rule(NamedTuple):
    """A rule that was applied: the law or the contract, and its article."""

    law: Law
    article: str


@frozen
class AnswerView:
    """An answer: the words of its report stand in `entry`, `by` wrote it and `filed` it; it was `given` then,
    or waits for that (None), which parties are not told. `terms` says what each remedy is and who does it,
    `unexamined` why a right was not examined. What was erased is not there."""

    entry: int
    by: str
    filed: datetime
    given: datetime | None
    matters: tuple[Concluded, ...]
    rights: Mapping[Right, Examined]
    rules: tuple[Rule, ...]
    terms: str | None
    unexamined: str | None


def answer_view(reader: Reader, until: int | None = None) -> AnswerView | None:
    """The answer as it was given, though a reconsideration may have changed conclusions since; the company is
    told those that hold now, staff also the report that was not answered from yet. For a letter the answer as
    it stood when entry `until` was written. None where there is none for this reader."""
    case, company = reader.case, reader.principal == BUSINESS
    n = reader.dossier.last(file_report, until=until) if until else 0
    report = case.inquiry.report if until or reader.principal is None else case.answer
    if until and report and report.entry not in range(n, until + 1):
        report = None
    # after a person was split off from a joint case, the report stands in the entry that says so
    n = report.entry if report else n
    if not n or not reader.authorised or isinstance(reader, Partner):
        return None
    line: Mapping[str, Any] = reader.dossier.line(n) if reader.stands(n, file_report) else {"facts": {}}
    words = {} if company else reader.words(n, file_report, leave_case)
    filed = {} if company else line["facts"]
    concluded, rights = filed.get("conclusions", {}), filed.get("rights", {})
    if report and not (until and filed):
        concluded = {**{str(n): code for n, code in report.conclusions.items()}, **concluded}
        rights = {} if company else report.rights
    return AnswerView(
        n,
        report.by if report else line["who"],
        report.at if report else instant(line["at"]),
        case.taken.get(answer.__name__) if case.answer else None,
        tuple(_concluded(reader, int(n), code, words) for n, code in concluded.items()),
        rights,
        tuple(Rule(**rule) for rule in words.get("rules") or ()),
        words.get("terms"),
        words.get("unexamined"),
    )


def _concluded(reader: Reader, n: int, conclusion: str, words: Mapping[str, Any]) -> Concluded:
    known = {piece.id: piece for piece in reader.case.evidence}
    return Concluded(
        n,
        (matter := reader.case.matters[n - 1]).type,
        matter.sub_type,
        Conclusion(conclusion),
        (words.get("reasons") or {}).get(str(n), ""),
        tuple(
            Fact(found["fact"], tuple(_basis(id, known) for id in found["evidence"]))
            for found in words.get("findings") or ()
            if found["matter"] == n
        ),
    )


def _basis(id: str, known: Mapping[str, Evidence]) -> Basis:
    return Basis(id, known[id].kind if id in known else EvidenceKind.NO_ANSWER)
