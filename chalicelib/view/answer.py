"""The view of the answer to a complaint, or of the report before the answer is given. For each matter it has
the conclusion, the reason and the evidence. It also has the examined rights and the applied rules."""

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
    """The basis of a fact: number and kind of a piece of evidence, or of a question that its department did
    not answer in time."""

    id: str
    kind: EvidenceKind


class Fact(NamedTuple):
    """A finding, and its basis."""

    fact: str
    evidence: tuple[Basis, ...]


class Concluded(NamedTuple):
    """The conclusion on matter `n`, with its facts and its reason. The company sees only the conclusion."""

    n: int
    type: str
    sub_type: str
    conclusion: Conclusion
    reason: str
    findings: tuple[Fact, ...]


class AppliedRule(NamedTuple):
    """An applied rule: the law or the contract, and its article."""

    law: Law
    article: str


@frozen
class AnswerView:
    """An answer. Its words are in `entry`; `by` wrote the report and `filed` it. `given` is None while the
    answer waits, which only staff see. `terms` describes each remedy and its performer. `unexamined` gives
    the reason for an unexamined right. Erased words are absent."""

    entry: int
    by: str
    filed: datetime
    given: datetime | None
    matters: tuple[Concluded, ...]
    rights: Mapping[Right, Examined]
    rules: tuple[AppliedRule, ...]
    terms: str | None
    unexamined: str | None


def answer_view(reader: Reader, until: int | None = None) -> AnswerView | None:
    """Return the answer as it was given, even if a reconsideration has changed conclusions since. The company
    gets the current conclusions. Staff also get a report that awaits its answer. For a letter, `until` gives
    the answer as of that entry. Return None without an answer for this reader."""
    case, company = reader.case, reader.principal == BUSINESS
    n = reader.dossier.last(file_report, until=until) if until else 0
    report = case.inquiry.report if until or reader.principal is None else case.answer
    if until and report and report.entry not in range(n, until + 1):
        report = None
    # After a split from a joint case the report is in the entry that records the split.
    n = report.entry if report else n
    if not n or not reader.authorised or isinstance(reader, Partner):
        return None
    line: Mapping[str, Any] = reader.dossier.line(n) if reader.has_entry(n, file_report) else {"facts": {}}
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
        tuple(AppliedRule(**rule) for rule in words.get("rules") or ()),
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
