"""The view of the answer to a complaint, or of the report before the answer is given. For each matter it has
the conclusion, the reason and the evidence. It also has the rights that were examined and the rules that were
applied."""

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
    """The basis of a finding: a piece of evidence, or a question that a department did not answer in time.
    `id`: the number of the piece, or the id of the question."""

    id: str
    kind: EvidenceKind


class Fact(NamedTuple):
    """One finding of fact, with the evidence that it rests on."""

    fact: str
    evidence: tuple[Basis, ...]


class Concluded(NamedTuple):
    """The conclusion on matter number `n`, with the reason and the findings. For the company, reason and
    findings are empty."""

    n: int
    type: str
    sub_type: str
    conclusion: Conclusion
    reason: str
    findings: tuple[Fact, ...]


class AppliedRule(NamedTuple):
    """A rule that the answer applies: an article of a law or of the contract."""

    law: Law
    article: str


@frozen
class AnswerView:
    """An answer, or a report that is not given as an answer yet. `entry`: the entry with its words. `by`,
    `filed`: who wrote the report, and when. `given`: when it was given as the answer; None while it waits,
    which only staff see. `terms`: what each remedy is and who performs it. `unexamined`: the reason why a
    right was not examined. Words that were erased are None or empty."""

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
    """Return the answer as it was given; None if there is none for this reader.

    A reconsideration may have changed conclusions since. Only the company then gets the changed ones. Staff
    also get a report that is not given as an answer yet. For a letter, `until` is a timeline entry: return
    the answer as of that entry.
    """
    case, company = reader.case, reader.principal == BUSINESS
    n = reader.dossier.last(file_report, until=until) if until else 0
    report = case.inquiry.report if until or reader.principal is None else case.answer
    if until and report and report.entry not in range(n, until + 1):
        report = None
    # A case split off a joint one has its report in the entry of the split, which filed no report.
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
