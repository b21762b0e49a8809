"""The signing of the agreement by each party. With the last signature the agreement is in force. Then its
document is sealed, and a court can confirm the agreement."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Annotated

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import without_drafts
from chalicelib.domain.engine.declare import (
    ALWAYS,
    BY_EACH,
    OF_TALKS,
    OFTEN,
    Done,
    Second,
    Shows,
    move,
    on_leaving,
    subjects_passing,
    where,
)
from chalicelib.domain.engine.letters_owed import to_all, to_both_sides
from chalicelib.domain.engine.process import resumed
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, Agreement, Sealed, Signature, Term
from chalicelib.domain.model.codes import (
    TALKS,
    Confirmation,
    Duty,
    EvidenceKind,
    PauseReason,
    Power,
    Reply,
    Role as R,
    Side,
    Signed,
    Stage as S,
)
from chalicelib.domain.model.field_marks import (
    ITSELF,
    ByStaff,
    Choice,
    Digest,
    FormRule,
    Scan,
    Short,
    SignerId,
    Text,
)
from chalicelib.domain.model.obligation import Obligation, following
from chalicelib.domain.moves.dispute import Side_, dispute_of, side_of, without_offers
from chalicelib.domain.moves.drafting import LEAST_DAYS, agreement_of
from chalicelib.domain.moves.information import reviewed
from chalicelib.domain.moves.invitation import OVER, concluded
from chalicelib.domain.moves.joint import for_all, parting
from chalicelib.domain.moves.offers import lapsed

FALLS_BACK = OVER | {S.MEDIATING}
APPLICABLE = frozenset({S.PERFORMING, S.BREACHED, S.CLOSED})


def signer_of(case: Case, act: Act, signer: str | None) -> str:
    """Return the signer whose signature the actor gives: a person's id, `business` or `mediator`. A party
    signs for itself, and a representative for the person they represent. Staff who hold a signed paper name
    the `signer`. Raises Refusal if this person does not sign this text, or if staff name nobody."""
    agreement = agreement_of(case)
    own = MEDIATOR if act.role is R.MEDIATOR else case.stands_for(act.who) if act.role in R.PARTY else None
    refuse_if(own and own not in agreement.signers, "unknown_person")
    refuse_if(own and signer not in (None, own), "only_for_others", field="signer")
    # staff cannot record a mediator's signature, because mediators sign at the desk under their own account
    named = signer if signer in agreement.signers and signer != MEDIATOR else None
    return required(own or named, "signer_needed", field="signer")


@on_leaving(S.SIGNING)
def _not_before_anybody(case: Case, act: Act) -> Case:
    """Return the case without a text that not everybody has signed. The case leaves the stage of signing, so
    the time to sign is over."""
    over = without_drafts(resumed(case, act, PauseReason.SIGNING))
    return replace(over, talks=replace(over.talks, agreement=case.bound))


def _unsigned(agreement: Agreement, whose: str) -> None:
    refuse_if(whose not in agreement.missing, "signed_before")


def _waits(case: Case, act: Act) -> None:
    """Raise Refusal if the actor has signed already, or if the actor does not sign this text."""
    _unsigned(agreement_of(case), signer_of(case, act, None))


@move(
    at=S.SIGNING,
    to=frozenset({S.SIGNING, S.PERFORMING}),
    by=R.C | R.BUSINESS_REP | R.MEDIATOR,
    recorded_by=R.LEAD | R.NEGOTIATOR,
    power=Power.SIGN,
    second=Second(
        "When staff write a signature down: a second person must look at the scan.",
        lambda case, act, **facts: act.role in R.LEAD | R.NEGOTIATOR,
    ),
    fits=lambda case: case.talks.agreement,
    gives_up=ALWAYS,
    shows=Shows(facts=("of", "version", "in_force")),
    kept=BY_EACH,
    part="agreement",
    answers=("signing",),
    about=where(_waits, R.PARTY | R.MEDIATOR),
    reads_talks=OF_TALKS,
    adds={"of": SignerId, "in_force": bool},
)
def sign(
    case: Case,
    act: Act,
    *,
    digest: Digest,
    signer: Annotated[SignerId | None, ByStaff(), ITSELF] = None,
    scan: Annotated[Scan, ITSELF] = None,
) -> Done:
    """Sign the text that has this `digest`. Staff can record a signature on paper: they name the `signer` and
    the `scan` in the evidence, and a second person confirms it. With the last signature the agreement is in
    force."""
    agreement, whose = agreement_of(case), signer_of(case, act, signer)
    refuse_if(digest != agreement.digest, "text_changed", field="digest")
    _unsigned(agreement, whose)
    on_paper = act.role in R.LEAD | R.NEGOTIATOR
    files = {
        piece.id
        for piece in case.evidence
        if piece.kind == EvidenceKind.FILE and piece.at >= agreement.drafted
    }
    # the scan must be newer than the text, so that it shows this text
    refuse_if(on_paper and scan not in files, "scan_needed", field="scan")
    method = Signed.PAPER if on_paper else Signed.DESK if act.role is R.MEDIATOR else Signed.LINK
    role = act.role if not on_paper else R.BUSINESS_REP if whose == BUSINESS else R.CONSUMER
    given = Signature(whose, act.who, role.code, act.now, method, scan if on_paper else None)
    signed = replace(agreement, signatures=(*agreement.signatures, given))
    facts = {"of": whose, "version": agreement.version}
    if signed.missing:
        return Done(replace(case, talks=replace(case.talks, agreement=signed)), facts=facts)
    return Done(_in_force(case, act, signed), facts={**facts, "in_force": True})


def _in_force(case: Case, act: Act, agreement: Agreement) -> Case:
    """Return the case with its agreement in force, because the last signature binds everybody (民法典 490; for a
    mediated agreement also 人民调解法 29).

    Each clause becomes an obligation, which the follow-up officer watches. It is due on its day, but no
    earlier than `LEAST_DAYS` after today. The earlier obligations that the agreement replaces end."""
    first, today = following(case.obligations), published().day_of(act.now)
    number = {term.id: f"O{first + n}" for n, term in enumerate(agreement.terms)}
    owed = tuple(
        Obligation(
            number[t.id],
            0,
            t.kind,
            _due_day(t, today),
            t.creditor,
            agreement.entry,
            act.now,
            t.amount,
            debtor=t.debtor,
            term=t,
            after=number[t.after] if t.after else None,
        )
        for t in agreement.terms
    )
    # only an open obligation is replaced; if it was performed meanwhile, it stays performed
    kept = tuple(
        replace(o, state=Duty.REPLACED, since=act.now) if o.id in agreement.replaces and o.open else o
        for o in without_offers(case).obligations
    )
    talks = replace(lapsed(dispute_of(case), act), ended=dispute_of(case).ended or act.now)
    return replace(
        case,
        stage=S.PERFORMING,
        owner=None,
        obligations=(*kept, *owed),
        talks=replace(case.talks, dispute=talks, agreement=replace(agreement, in_force=act.now)),
        clock=replace(case.clock, review=None),
        together=replace(case.together, proposal=None),
    )


def _due_day(term: Term, today: date) -> date | None:
    """Return the last day of a clause of an agreement that comes into force today (`today`). Return None if
    the clause waits for another one."""
    if term.by:
        return max(term.by, today + timedelta(days=LEAST_DAYS))
    return today + timedelta(days=term.days) if term.days and not term.after else None


@move(
    at=S.SIGNING,
    to=FALLS_BACK,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.NEGOTIATOR | R.MEDIATOR,
    power=Power.NEGOTIATE,
    tells="not_signed → all",
    fits=lambda case: case.talks.agreement,
    person_hears=True,
    shows=Shows(words=("reason",), facts=("missing", "back"), words_for="speaker"),
    confided="talks",
    kept=OFTEN,
    part="agreement",
    answers=("signing",),
    about=where(_waits),
)
def refuse_to_sign(
    case: Case,
    act: Act,
    *,
    reason: Text | None = None,
    signer: Annotated[SignerId | None, ByStaff(), ITSELF] = None,
) -> Done:
    """Refuse to sign, which everybody is free to do. The talks go on at the stage at which the text was
    drafted. If the time of that stage is over, the talks are over."""
    whose = (
        signer
        if act.role is R.MEDIATOR and signer in agreement_of(case).signers
        else signer_of(case, act, signer)
    )
    _unsigned(agreement_of(case), whose)
    return unsigned_by(case, act, (whose,))


@move(
    at=S.SIGNING,
    to=FALLS_BACK,
    by=R.CLOCK | R.LEAD,
    tells="not_signed → all",
    fits=lambda case: case.clock.review and case.talks.agreement,
    decides=True,
    shows=Shows(facts=("missing", "back")),
    kept=OFTEN,
    part="agreement",
    answers=("lapse_review",),
)
def lapse_signing(
    case: Case,
    act: Act,
    *,
    signer: Annotated[SignerId | None, FormRule(without=("",))] = None,
    reason: Text | None = None,
) -> Done:
    """End the time to sign. People who have not signed count as refusing.

    In a joint case the people who have not signed then leave the case, so that the other people can sign a
    text of their own. They leave only if the talks go on, the company has signed, and another complainant has
    signed."""
    reviewed(case, act, reason)
    missing = agreement_of(case).missing
    silent = tuple(run.id for run in running_of(case, "signing") if run.due and run.due <= act.now)
    silent = tuple(person.id for person in case.consumers if person.id in silent)
    done = unsigned_by(case, act, missing)
    wanted = BUSINESS not in missing and any(person.id not in missing for person in case.consumers)
    if not silent or not wanted or done.case.stage not in TALKS:
        return done
    return replace(done, case=parting(done.case, silent), facts={**done.facts, "leaving": silent})


def unsigned_by(case: Case, act: Act, who: tuple[str, ...]) -> Done:
    """Return the case at the stage at which the text was drafted, without an agreement. `who` are the signers
    who did not sign. If the time of that stage is over, the talks are over."""
    back = agreement_of(case).back
    talks = lapsed(dispute_of(case), act, Reply.ACCEPTED)
    again = resumed(case, act, PauseReason.SIGNING)
    again = replace(
        again,
        stage=back,
        talks=replace(again.talks, agreement=None, dispute=talks),
        clock=replace(again.clock, review=None),
    )
    left = "mediation" if back == S.MEDIATING else "negotiation"
    over = not any(run.due is None or run.due > act.now for run in running_of(again, left))
    done = concluded(again, act, ()) if over else Done(again)
    return replace(done, facts={"missing": who, "back": done.case.stage})


@move(
    at=APPLICABLE,
    by=R.CLOCK,
    tells="in_force? → all, confirmation_offer? → both",
    fits=lambda case: False,
    decides=True,
    shows=Shows(facts=("sha256", "size")),
    kept=OFTEN,
)
def record_seal(
    case: Case, act: Act, *, sha256: str, size: int, application: str | None = None, key: str | None = None
) -> Done:
    """Record that the document of the agreement was sealed: its digest (`sha256`), its size in bytes, and its
    `key` in the archive. `application` is the digest of the application to the court, None if there is none.
    All parties get the document."""
    agreement = agreement_of(case)
    refuse_if(not agreement.in_force, "no_draft")
    refuse_if(agreement.sealed, "sealed_before")
    sealed = replace(agreement, sealed=Sealed(act.now, sha256, size, application, key))
    offered = to_both_sides("confirmation_offer") if agreement.lawful else ()
    return Done(replace(case, talks=replace(case.talks, agreement=sealed)), (*to_all("in_force"), *offered))


@move(at=APPLICABLE, by=R.CLOCK, fits=lambda case: False, shows=Shows(facts=("sha256",)), kept=OFTEN)
def withdraw_seal(case: Case, act: Act, *, sha256: str) -> Case:
    """Withdraw the sealed document with this digest, because its seal is not valid. The document no longer
    counts as ours, and a new document is made from the signed text."""
    agreement = agreement_of(case)
    refuse_if(not agreement.sealed or agreement.sealed.sha256 != sha256, "not_sealed")
    return replace(case, talks=replace(case.talks, agreement=replace(agreement, sealed=None)))


def _confirmable(case: Case, act: Act, step: Confirmation) -> Agreement:
    """Return the agreement, if this step of its judicial confirmation is still possible. Raises Refusal if
    the agreement is not in force, or not by a lawful mediator. Raises Refusal if the court has decided, or if
    it is too late to apply."""
    agreement = agreement_of(case)
    refuse_if(not agreement.in_force or not agreement.lawful, "not_confirmable")
    refuse_if(agreement.confirmed is not None, "confirmed_before")
    over = any(run.due and run.due <= act.now for run in running_of(case, "judicial_confirmation"))
    refuse_if(
        over and step in (Confirmation.AGREES, Confirmation.APPLIED) and not agreement.applied,
        "confirmation_over",
    )
    for_all(case, act, binds=True)
    return agreement


def _open_step(case: Case, act: Act, step: Confirmation, side: Side | None = None) -> Side:
    """Return the side that agrees to the application to the court. For any other step the result has no
    meaning. Raises Refusal if the actor may not take this step of the judicial confirmation, or if it was
    taken before."""
    agreement = agreement_of(case)
    if step == Confirmation.AGREES:
        whose = side_of(case, act, side)
        refuse_if(whose in agreement.applies, "agreed_before")
        return whose
    if step == Confirmation.APPLIED:
        refuse_if(agreement.applied, "applied_before")
        refuse_if(act.role in R.PARTY and set(agreement.applies) != set(Side), "both_agree_first")
    elif act.role not in R.FOLLOWUP:
        raise Refusal("only_for_others", field="step")
    return Side.CONSUMER


def _step(case: Case, act: Act, step: Confirmation) -> None:
    _confirmable(case, act, step)
    _open_step(case, act, step)


def _steps(case: Case, _: str) -> Collection[Confirmation]:
    """Return the steps of judicial confirmation that can still be recorded. After the application these are
    only the court's decisions."""
    applied = case.talks.agreement is not None and bool(case.talks.agreement.applied)
    return frozenset(Confirmation) - ({Confirmation.AGREES, Confirmation.APPLIED} if applied else frozenset())


def _agreeing(case: Case, _: str) -> Collection[Side]:
    """Return the sides that have not yet agreed to apply to the court. If both have agreed, return both,
    because the form then does not ask for this step any more."""
    said = case.talks.agreement.applies if case.talks.agreement else ()
    return frozenset(Side) - frozenset(said) or frozenset(Side)


@move(
    at=APPLICABLE,
    by=R.C | R.BUSINESS_REP | R.FOLLOWUP,
    power=Power.SIGN,
    fits=lambda case: case.bound and case.bound.lawful and case.bound.confirmed is None,
    shows=Shows(words=("court", "number"), facts=("step",)),
    kept=OFTEN,
    part="agreement",
    answers=("judicial_confirmation",),
    about=subjects_passing(lambda case: Confirmation, _step),
)
def record_confirmation(
    case: Case,
    act: Act,
    *,
    step: Annotated[Confirmation, Choice(_steps)],
    court: Short | None = None,
    number: Short | None = None,
    side: Annotated[Side_, Choice(_agreeing)] = None,
) -> Case:
    """Record a step of judicial confirmation: a side agrees to apply, the application was made, or the court
    decided. `number` is that of the decision, and `side` the side that agrees.

    Both sides apply together, within thirty days after the agreement came into force (人民调解法 33). A party can
    record the application once both sides have agreed to apply."""
    agreement = _confirmable(case, act, step)
    refuse_if(step != Confirmation.AGREES and not court, "court_needed", field="court")
    whose = _open_step(case, act, step, side)
    if step == Confirmation.AGREES:
        return replace(
            case, talks=replace(case.talks, agreement=replace(agreement, applies=(*agreement.applies, whose)))
        )
    if step == Confirmation.APPLIED:
        return replace(
            case,
            talks=replace(case.talks, agreement=replace(agreement, applied=act.now, applies=tuple(Side))),
        )
    refuse_if(not number, "number_needed", field="number")
    return replace(
        case,
        talks=replace(case.talks, agreement=replace(agreement, confirmed=step == Confirmation.CONFIRMED)),
    )
