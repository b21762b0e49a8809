"""Evidence that people add to a case: words, or a file that was checked. Staff can record a finding on the
conduct of the sender that rests on evidence."""

from typing import Annotated

from chalicelib.domain.engine.declare import OFTEN, Shows, move
from chalicelib.domain.engine.grounds import About, on_record
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import CheckedFile, ConductFinding
from chalicelib.domain.model.codes import OPEN, Conduct, EvidenceKind, Fact, Role as R, Wish
from chalicelib.domain.model.field_marks import Choice, ConductId, EvidenceIds, Given, OfficialText, Text

MOST_PIECES, MOST_TOGETHER = 50, 20
"""The most pieces of evidence that a party may add: `MOST_PIECES` on a case of their own, `MOST_TOGETHER` on
a joint case. Staff can add more for them."""
MOST_OF_ALL = 200
"""The most pieces of evidence that all people of a joint case may add together."""


@move(
    at=OPEN,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.NEGOTIATOR | R.MEDIATOR | R.FOLLOWUP | R.PARTNER,
    shows=Shows(words=("shows",), about_one=True),
    part="always",
    rank=1,
    even=("unchecked", "by_phrase"),
    counted=True,
)
def add_evidence(
    case: Case, act: Act, *, shows: Text, file: Annotated[CheckedFile | None, Given(noted=True)] = None
) -> Case:
    """Add evidence: the words of `shows`, or a file; `shows` then says what the file shows. Evidence that
    comes after the answer is accepted too, and marked as late.

    A `file` is added by the worker that checked it, in the name of its sender."""
    return with_evidence(case, act, file)


def with_evidence(case: Case, act: Act, file: CheckedFile | None) -> Case:
    """Return the case with one more piece of evidence: the file, or the words of this entry if `file` is
    None. Raises Refusal if the case has the file already, or if a party has reached their limit."""
    if act.role in R.PARTY:
        room_for(case, act.who)
    refuse_if(file and any(piece.file == file.id for piece in case.evidence), "evidence_known")
    return case.with_evidence(
        EvidenceKind.FILE if file else EvidenceKind.STATEMENT, act, file.id if file else None
    )


def most_pieces(case: Case) -> int:
    """Return how many pieces of evidence a party may add to this case."""
    return MOST_TOGETHER if case.joint else MOST_PIECES


def room_for(case: Case, who: str) -> None:
    """Raise Refusal if the person `who` has added as much evidence to this case as one person may. Raise
    Refusal if all people of a joint case together have added as much as they may."""
    refuse_if(
        sum(1 for piece in case.evidence if piece.by == who) >= most_pieces(case),
        "too_many_pieces",
        most=most_pieces(case),
    )
    people = {party.id for party in case.parties}
    refuse_if(
        case.joint and sum(1 for piece in case.evidence if piece.by in people) >= MOST_OF_ALL,
        "too_many_together",
        most=MOST_OF_ALL,
    )


EXAMINED = frozenset(EvidenceKind) - {EvidenceKind.STATEMENT, EvidenceKind.NO_ANSWER}
"""The kinds of evidence on which a finding on the conduct of a sender can rest. A mere statement does not
suffice."""


@move(at=OPEN, by=R.INTAKE | R.INVESTIGATOR | R.LEAD, kept=OFTEN)
def record_conduct(
    case: Case, act: Act, *, conduct: Conduct, evidence: EvidenceIds, fact: OfficialText
) -> Case:
    """Record a finding on the conduct of the sender: the fact in words, and the evidence that shows it. The
    evidence must be a file, an interview, a department's answer or an appraisal."""
    known = {piece.id: piece for piece in case.evidence}
    if unknown := next((id for id in evidence if id not in known), None):
        raise Refusal("evidence_unknown", field="evidence", evidence=unknown)
    refuse_if(
        not any(known[id].kind in EXAMINED for id in evidence), "conduct_needs_evidence", field="evidence"
    )
    found = ConductFinding(
        f"C{len(case.inquiry.conduct) + 1}", conduct, act.now, case.said_by(act), tuple(evidence)
    )
    return replace(case, inquiry=replace(case.inquiry, conduct=(*case.inquiry.conduct, found)))


@move(
    at=OPEN,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.SUPERVISOR,
    fits=lambda case: any(not one.withdrawn for one in case.inquiry.conduct),
    kept=OFTEN,
)
def withdraw_conduct(
    case: Case,
    act: Act,
    *,
    which: Annotated[
        ConductId, Choice(lambda case, _: [one.id for one in case.inquiry.conduct if not one.withdrawn])
    ],
    reason: OfficialText,
) -> Case:
    """Withdraw a finding on the conduct of the sender, because its proof does not hold. A decline that rests
    on it can then be neither confirmed by a second person nor upheld by a panel."""
    standing = (one for one in case.inquiry.conduct if one.id == which and not one.withdrawn)
    found = required(next(standing, None), "conduct_unknown", field="which")
    left = tuple(replace(one, withdrawn=act.now) if one is found else one for one in case.inquiry.conduct)
    return replace(case, inquiry=replace(case.inquiry, conduct=left))


on_record(Fact.CONDUCT)(
    lambda case, _: any(
        not one.withdrawn and one.kind != Conduct.BOUGHT_KNOWINGLY for one in case.inquiry.conduct
    )
)


@on_record(Fact.NO_DANGER)
def _no_danger_is_open(case: Case, about: About) -> bool:
    """Return whether no danger is reported, or the safety officer found that it is not real."""
    return not case.unsafe or (case.safety is not None and bool(case.safety.triaged) and not case.safety.real)


on_record(Fact.NO_WISH)(lambda case, _: not {*case.intake.wishes} - {Wish.SANCTION})
