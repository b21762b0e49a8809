"""The answer to a complaint: the investigator's report, the company's answer, and the consumer's acceptance
of the answer. Also the settlement of a plain case at once."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import (
    ALWAYS,
    BY_EACH,
    ENTERING,
    OFTEN,
    Done,
    Second,
    Shows,
    move,
    where,
)
from chalicelib.domain.engine.process import promise_answer
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Owed, Report, Settled
from chalicelib.domain.model.codes import (
    AMOUNTS,
    Cause,
    Conclusion,
    Examined,
    Law,
    ObligationKind,
    Outcome,
    Power,
    Remedy,
    Right,
    Role as R,
    Route,
    Severity,
    Stage as S,
)
from chalicelib.domain.model.field_marks import (
    RARE,
    Choice,
    EvidenceIds,
    FormRule,
    Gist,
    MatterNumber,
    Official,
    OfficialText,
    Personal,
    Ranked,
    ReadBack,
    Scan,
    Short,
    Text,
    Whom,
)
from chalicelib.domain.model.obligation import Obligation, following
from chalicelib.domain.moves.information import reviewed
from chalicelib.domain.policy import policy

EXAMINED = (Right.KNOW, Right.CHOOSE, Right.FAIR_TRADE, Right.SAFETY)
"""The consumer rights on which every report must make a statement. If the report says that a right was not
examined, it must give a reason."""
GIVES = frozenset({Conclusion.UPHELD, Conclusion.UPHELD_IN_PART, Conclusion.OFFER})
"""The conclusions on a matter that must come with a remedy. With any other conclusion a remedy can only be
goodwill."""
TELL_BETTER = frozenset({Cause.MISUNDERSTANDING, Cause.EXPECTATION})
"""The root causes for which the report must say, in `better`, how the company could have explained the matter
better."""
MOST_CAUSES = 3
Causes = Annotated[tuple[Cause, ...], Ranked(MOST_CAUSES)]
"""The root causes of a complaint, the main cause first."""
MOST_OBLIGATIONS = 200
"""The largest number of obligations on one case. More are refused, because each obligation has its own
deadlines and reminders."""
SETTLED = frozenset({S.PERFORMING, S.CLOSED})
"""The stages to which a settled case can go: performing while something is owed, otherwise closed."""


@frozen
class Finding:
    """A fact that the report finds on a matter (`matter` is its number). `evidence` are the ids of pieces of
    evidence (E1, E2 …). The id of a question that a department did not answer in time can also be named."""

    matter: MatterNumber
    fact: Text
    evidence: EvidenceIds


@frozen
class Cited:
    """A rule that the report applied: the law in its version, or the contract, with the article."""

    law: Law
    article: Short


ENTERING[S.INVESTIGATING].append(promise_answer)


def unanswered(case: Case) -> frozenset[int]:
    """Return the numbers of the accepted matters that no answer has decided yet."""
    return frozenset(
        n for n, matter in enumerate(case.matters, 1) if matter.accepted and n not in case.recourse.answered
    )


@move(
    at=S.INVESTIGATING,
    by=R.INVESTIGATOR,
    tells="task → role:lead",
    kept=OFTEN,
    for_company=True,
    task_due="investigation",
    rank=1,
    answers=("investigation", "statutory_remedy"),
    compares=True,
    shortcut="r",
)
def file_report(
    case: Case,
    act: Act,
    *,
    conclusions: Annotated[dict[int, Conclusion], Choice(matters=unanswered)],
    reasons: Annotated[dict[int, OfficialText], Choice(matters=unanswered)],
    rights: Annotated[dict[Right, Examined], FormRule(codes=EXAMINED)],
    unexamined: Annotated[OfficialText | None, RARE] = None,
    findings: Annotated[tuple[Finding, ...], Personal(), Official(), Choice(matters=unanswered)],
    rules: Annotated[tuple[Cited, ...], Personal(), Official()],
    causes: Causes,
    better: Annotated[Text | None, RARE] = None,
    remedies: Annotated[tuple[Owed, ...], Choice(matters=unanswered)] = (),
    terms: Annotated[OfficialText, Gist()] | None = None,
) -> Case:
    """File the investigator's report: facts with their evidence, rights, rules, conclusions, remedies and
    root causes.

    `conclusions` and `reasons` have one value for each matter, keyed by its number. The reasons are written
    for the consumer, because the answer quotes them. `unexamined` says why a right was not examined. `better`
    says how the company could have explained the matter better. `terms` says what each remedy is and who
    provides it."""
    accepted = unanswered(case)
    _found(case, act, accepted, findings)
    _examined(rights, unexamined)
    for name, given in (("conclusions", conclusions), ("reasons", reasons)):
        refuse_if(set(given) != accepted, "every_matter_concluded", field=name)
    remedied(case, act, conclusions, remedies, terms)
    _caused(causes, better)
    return replace(
        case,
        inquiry=replace(
            case.inquiry,
            report=Report(act.now, act.who, case.said_by(act), conclusions, rights, causes, remedies),
        ),
    )


def _found(case: Case, act: Act, accepted: Iterable[int], findings: tuple[Finding, ...]) -> None:
    """Raise Refusal if a matter has no finding, or if a finding has no evidence or unknown evidence.
    `accepted` are the numbers of the matters. A question that a department did not answer in time counts as
    evidence."""
    over = {run.id for run in deadlines(case).values() if run.due and run.due <= act.now}
    late = {q.id for q in case.inquiry.questions if not q.answered and q.id in over}
    known = {piece.id for piece in case.evidence} | late
    for n, finding in enumerate(findings):
        refuse_if(
            finding.matter not in accepted, "unknown_matter", field=f"findings/{n}/matter", n=finding.matter
        )
        refuse_if(not finding.evidence, "finding_without_evidence", field=f"findings/{n}/evidence")
        if unknown := [id for id in finding.evidence if id not in known]:
            raise Refusal("evidence_unknown", field=f"findings/{n}/evidence", evidence=unknown)
    if missing := sorted(set(accepted) - {finding.matter for finding in findings}):
        raise Refusal("matter_without_finding", field="findings", n=missing[0])


def _examined(rights: Mapping[Right, Examined], unexamined: str | None) -> None:
    if missing := [right for right in EXAMINED if right not in rights]:
        raise Refusal("right_missing", field="rights", right=missing[0])
    refuse_if(
        Examined.NOT_EXAMINED in rights.values() and not unexamined,
        "unexamined_needs_reason",
        field="unexamined",
    )


def _caused(causes: tuple[Cause, ...], better: object) -> None:
    refuse_if(len(causes) > MOST_CAUSES or len(set(causes)) < len(causes), "too_many_causes", field="causes")
    refuse_if(set(causes) & TELL_BETTER and not better, "better_needed", field="better")


def remedied(
    case: Case, act: Act, conclusions: Mapping[int, Conclusion], remedies: tuple[Owed, ...], terms: str | None
) -> None:
    """Raise Refusal if a matter that was upheld or offered has no remedy, or if any other matter gets more
    than goodwill. Raise Refusal if `terms`, the description of the remedies, is missing. `conclusions` is
    keyed by the number of the matter."""
    checked(case, act, remedies)
    refuse_if(remedies and not terms, "terms_needed", field="terms")
    for n, owed in enumerate(remedies):
        refuse_if(
            conclusions.get(owed.matter) not in GIVES and owed.kind != Remedy.GOODWILL,
            "remedy_without_ground",
            field=f"remedies/{n}/kind",
        )
    for matter, conclusion in conclusions.items():
        refuse_if(
            conclusion in GIVES and not any(owed.matter == matter for owed in remedies),
            "remedy_missing",
            field="remedies",
            n=matter,
        )


def checked(case: Case, act: Act, remedies: tuple[Owed, ...]) -> None:
    """Raise Refusal if a remedy has an unknown matter or person, or a day that is past. Raise Refusal if a
    remedy in money has no amount, or any other remedy has an amount. Raise Refusal if the case would get too
    many obligations."""
    people = len(case.consumers)
    refuse_if(
        len(case.obligations) + sum(1 if owed.party else people for owed in remedies) > MOST_OBLIGATIONS,
        "too_many_obligations",
        field="remedies",
        most=MOST_OBLIGATIONS,
    )
    for n, owed in enumerate(remedies):
        refuse_if(
            not 1 <= owed.matter <= len(case.matters),
            "unknown_matter",
            field=f"remedies/{n}/matter",
            n=owed.matter,
        )
        refuse_if(owed.by < published().day_of(act.now), "remedy_in_past", field=f"remedies/{n}/by")
        refuse_if(
            (owed.kind in AMOUNTS) != bool(owed.amount),
            "remedy_needs_amount" if owed.kind in AMOUNTS else "remedy_has_no_amount",
            field=f"remedies/{n}/amount",
        )
        refuse_if(
            owed.party and owed.party not in {party.id for party in case.consumers},
            "unknown_person",
            field=f"remedies/{n}/party",
        )


@move(
    at=S.INVESTIGATING,
    by=R.LEAD,
    tells="task → owner",
    fits=lambda case: case.inquiry.report,
    part="report",
    task_due="investigation",
)
def return_report(case: Case, act: Act, *, reason: Text) -> Case:
    """Send the report back to the investigator who wrote it, with the reason. The case then has no report."""
    refuse_if(case.inquiry.report is None, "no_report")
    return replace(case, inquiry=replace(case.inquiry, report=None))


@move(
    at=S.INVESTIGATING,
    to=S.ANSWERED,
    by=R.LEAD | R.SUPERVISOR,
    tells="answer → consumer",
    second=Second(
        "The answer to a critical or major case (S1, S2), unless the supervisor gives it.",
        lambda case, act, **facts: (
            case.severity in (Severity.S1, Severity.S2) and act.role is not R.SUPERVISOR
        ),
    ),
    fits=lambda case: case.inquiry.report,
    decides=True,
    shows=Shows(),
    for_company=True,
    part="report",
    answers=("investigation", "statutory_remedy"),
    meets=("department_answer",),
    compares=True,
    shortcut="w",
)
def answer(case: Case, act: Act, *, routes: Annotated[tuple[Route, ...], RARE] = ()) -> Case:
    """Give the answer that the report of the investigation states, for each matter and each right. The author
    of the report may not give it. The remedies of the report become obligations. If the day of a remedy is
    past, the report must be returned first, because an answer promises no day that is past. `routes` are
    other bodies to which the consumer can turn."""
    report = required(case.inquiry.report, "no_report")
    refuse_if(report.by == act.who, "own_report")
    day = min((owed.by for owed in report.remedies), default=date.max)
    refuse_if(day < published().day_of(act.now), "report_over", day=day)
    offered = {n for n, conclusion in report.conclusions.items() if conclusion == Conclusion.OFFER}
    asked_anew = replace(case, together=replace(case.together, proposal=None), parties=case.without_consents)
    return promise_remedies(asked_anew, act, report.remedies, report.entry, offered)


def promise_remedies(
    case: Case, act: Act, remedies: tuple[Owed, ...], entry: int, offered: Iterable[int] = ()
) -> Case:
    """Return the case with the remedies as obligations. Each remedy is owed to the person that it names. If
    it names nobody, it is owed to every complainant. `entry` is the number of the entry in which the remedies
    are described. Remedies for the matters (numbers) in `offered` stay offers until the consumer accepts.

    A new obligation replaces an earlier obligation to the same person on the same matter. The earlier
    obligation stays if somebody has already claimed that it was performed."""
    first = following(case.obligations)
    owed: list[Obligation] = []
    for remedy in remedies:
        for party in case.consumers:
            if remedy.party in (None, party.id):
                owed.append(
                    Obligation(
                        f"O{first + len(owed)}",
                        remedy.matter,
                        ObligationKind(remedy.kind),
                        remedy.by,
                        party.id,
                        entry,
                        act.now,
                        remedy.amount,
                        remedy.matter in offered,
                    )
                )
    anew = {(o.matter, o.to) for o in owed}
    kept = (o for o in case.obligations if o.state != o.unclaimed or (o.matter, o.to) not in anew)
    return replace(case, obligations=(*kept, *owed))


@move(at=S.ANSWERED, by=R.LEAD, tells="answer_corrected → consumer", shows=Shows(words=("wrong", "right")))
def correct_answer(case: Case, act: Act, *, wrong: OfficialText, right: OfficialText) -> Case:
    """Correct a slip of the pen in the answer: the words `wrong` are replaced by `right`. The decision stays
    the same, and no time limit becomes shorter."""
    return case


@move(
    at=S.ANSWERED,
    to=SETTLED | {S.ANSWERED},
    by=R.C,
    recorded_by=R.INTAKE,
    tells="closed? → consumer",
    power=Power.SETTLE,
    gives_up=ALWAYS,
    shows=Shows(about_one=True),
    kept=BY_EACH,
    part="now",
    answers=("answer_window",),
    about=where(lambda case, act: case.party(case.stands_for(act.who)).consents is not True),
)
def accept_answer(
    case: Case, act: Act, *, party: Whom = None, read_back: ReadBack = False, scan: Scan = None
) -> Done:
    """Accept the answer, and any offer in it, for a consumer. Staff name the person who accepted (`party`). A
    joint case goes on to its next stage when every complainant has accepted."""
    who = case.party(act.who).represents or act.who if act.role in R.C else party or case.consumers[0].id
    refuse_if(who not in {person.id for person in case.consumers}, "unknown_person", field="party")
    owed = tuple(_taken_up(o, act) if o.to == who else o for o in case.obligations)
    case = replace(case.with_party(replace(case.party(who), consents=True)), obligations=owed)
    if any(other.consents is not True for other in case.consumers):
        return Done(case)
    return settled(case, act, Outcome.ANSWERED_FINAL if final(case) else Outcome.ANSWERED_ACCEPTED)


def _taken_up(obligation: Obligation, act: Act) -> Obligation:
    """Return an offered obligation as owed from now on. Its day moves by as many days as the consumer took to
    accept. Any other obligation is returned unchanged."""
    if not obligation.offer:
        return obligation
    took = published().day_of(act.now) - published().day_of(obligation.since)
    return replace(
        obligation, offer=False, by=obligation.by and obligation.by + took, since=act.now, dated=act.now
    )


@move(
    at=S.ANSWERED,
    to=SETTLED,
    by=R.CLOCK | R.LEAD,
    tells="closed? → consumer",
    fits=lambda case: case.clock.review,
    decides=True,
    shows=Shows(),
    answers=("lapse_review",),
)
def lapse_answer(case: Case, act: Act, *, reason: Text | None = None) -> Done:
    """End the time in which the consumer can contest the answer. Upheld remedies are still owed, and offers
    in the answer end. The case makes no further decision. The clock takes this move, or the team lead if the
    clock handed it to them."""
    reviewed(case, act, reason)
    kept = replace(case, obligations=tuple(o for o in case.obligations if not o.offer))
    return settled(kept, act, Outcome.ANSWERED_FINAL if final(case) else Outcome.ANSWERED_NOT_CONTESTED)


def final(case: Case) -> bool:
    """Return whether reconsideration has decided on every accepted matter. Such a decision is final inside
    the company."""
    accepted = {n for n, matter in enumerate(case.matters, 1) if matter.accepted}
    return bool(accepted) and accepted <= set(case.recourse.reviewed)


def settled(case: Case, act: Act, outcome: Outcome, letter: str = "closed") -> Done:
    """Return the case at its next stage, and the letter about this to the consumer. While anything is owed,
    the case goes to performing, without an owner. Otherwise the case is closed with `outcome`. `letter` is
    the key of the letter."""
    if case.open_obligations:
        return Done(
            replace(case, stage=S.PERFORMING, owner=None),
            ((letter, "consumer"),) if letter != "closed" else (),
        )
    return Done(replace(case, stage=S.CLOSED, outcome=outcome), ((letter, "consumer"),))


def _large(case: Case, act: Act, **facts: tuple[Owed, ...]) -> bool:
    shares = (
        (owed.amount or 0) * (1 if owed.party else len(case.consumers)) for owed in facts.get("remedies", ())
    )
    return act.role is not R.LEAD and sum(shares) > policy(case.policy).settle_most


@move(
    at=frozenset({S.RECEIVED, S.INVESTIGATING}),
    to=SETTLED,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD,
    tells="settled_at_once? → consumer",
    second=Second("An amount above the policy's, unless the lead settles.", _large),
    fits=lambda case: not case.unsafe,
    decides=True,
    gives_up=ALWAYS,
    shows=Shows(words=("agreement", "terms")),
    for_company=True,
    meets=("acknowledgement", "department_answer"),
    begins=lambda case, _: {"remedies": agreed_remedies(case)} if case.joint else {},
    compares=True,
)
def settle_at_once(
    case: Case,
    act: Act,
    *,
    agreement: OfficialText,
    causes: Causes,
    better: Text | None = None,
    remedies: tuple[Owed, ...] = (),
    terms: Annotated[OfficialText, Gist()] | None = None,
    read_back: ReadBack = False,
    scan: Scan = None,
) -> Done:
    """Settle a plain case at once, because the consumer has agreed: on the phone, at the number on file, or
    on paper. `agreement` says how and when the consumer agreed. `terms` says what each remedy is. Each remedy
    becomes an obligation with its day."""
    refuse_if(case.unsafe, "safety_open")
    if case.joint:
        _agreed_by_each(case, remedies)
    checked(case, act, remedies)
    _caused(causes, better or act.said_in)
    matters = tuple(
        replace(matter, accepted=True, ground=None, earlier=None) if matter.accepted is None else matter
        for matter in case.matters
    )
    promised = promise_remedies(
        replace(
            case,
            matters=matters,
            together=replace(case.together, proposal=None),
            inquiry=replace(case.inquiry, report=None, settled=Settled(act.now, causes)),
        ),
        act,
        remedies,
        case.said_by(act),
    )
    return settled(promised, act, Outcome.SETTLED_AT_ONCE, "settled_at_once")


def agreed_remedies(case: Case) -> tuple[Owed, ...]:
    """Return the remedies of the settlement that was proposed to the people of a joint case. Remedies for
    people who have left the case are left out. The result is empty if nothing was proposed."""
    stay = {None, *(party.id for party in case.consumers)}
    return (
        tuple(owed for owed in case.together.proposal.remedies if owed.party in stay)
        if case.together.proposal
        else ()
    )


def _agreed_by_each(case: Case, remedies: tuple[Owed, ...]) -> None:
    """Raise Refusal unless each person of a joint case has agreed to exactly these remedies."""
    silent = [party.id for party in case.consumers if party.consents is not True]
    refuse_if(case.together.proposal is None or silent, "consent_of_each", people=silent)
    refuse_if(
        sorted(map(repr, remedies)) != sorted(map(repr, agreed_remedies(case))),
        "not_as_agreed",
        field="remedies",
    )
