"""The view of the answer to a complaint, or of a report that is not given as the answer yet. It has the
conclusion, reason and evidence for each matter, the rights that were examined, and the rules that were
applied."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import Conclusion, EvidenceKind, Examined, Law, Right
from chalicelib.domain.moves.answer import answer, file_report
from chalicelib.domain.moves.joint import leave_case
from chalicelib.view.party import Partner
from chalicelib.view.reader import Reader


class Basis(NamedTuple):
    """One thing on which a finding of fact rests. `kind`: the kind of evidence, or NO_ANSWER for a question
    that a department did not answer in time. `id`: the number of the evidence, or the id of the question."""

    id: str
    kind: EvidenceKind


class SupportedFact(NamedTuple):
    """One finding of fact. `fact`: its text. `evidence`: the things on which it rests."""

    fact: str
    evidence: tuple[Basis, ...]


class Concluded(NamedTuple):
    """The conclusion on one matter. `n`: the number of the matter. `type`: its type. `sub_type`: its
    sub-type. `conclusion`: what we concluded. `reason`: the reason, in words. `findings`: the findings of
    fact. The company gets neither reason nor findings."""

    n: int
    type: str
    sub_type: str
    conclusion: Conclusion
    reason: str
    findings: tuple[SupportedFact, ...]


class AppliedRule(NamedTuple):
    """A rule that the answer cites. `law`: the law, or the contract of the parties. `article`: the article of
    it."""

    law: Law
    article: str


@frozen
class AnswerView:
    """An answer, or a report that is not given as the answer yet. `entry`: the number of the timeline entry
    with its words. `by`: the id of the person who wrote the report. `filed`: when they filed it. `given`:
    when it was given as the answer; None for a report that still waits, which only staff see.

    `matters`: the conclusion on each matter. `rights`: the finding on each right. `rules`: the rules that it
    cites. `terms`: what each remedy is and who performs it, in words.
    `unexamined`: why a right was not examined, in words. Words that were erased are None or "".
    """

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
    """Return the answer to the complaint as this reader may know it. Return None if there is none for the
    reader. `until`: for a letter, the number of a timeline entry; the result is then the answer as of that
    entry.

    Staff also get a report that is not given as the answer yet. If a reconsideration changed conclusions
    later, the result still has those of the answer. Only for the company, it has the changed ones.
    """
    case, company = reader.case, reader.principal == BUSINESS
    n = reader.dossier.last(file_report, until=until) if until else 0
    report = case.inquiry.report if until or reader.principal is None else case.answer
    if until and report and report.entry not in range(n, until + 1):
        report = None
    # If the case was split off a joint case, the entry of the split has the report, by another move.
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
    known = {piece.id: piece.kind for piece in reader.case.evidence}
    return Concluded(
        n,
        (matter := reader.case.matters[n - 1]).type,
        matter.sub_type,
        Conclusion(conclusion),
        (words.get("reasons") or {}).get(str(n), ""),
        tuple(
            SupportedFact(
                found["fact"],
                tuple(Basis(id, known.get(id, EvidenceKind.NO_ANSWER)) for id in found["evidence"]),
            )
            for found in words.get("findings") or ()
            if found["matter"] == n
        ),
    )
