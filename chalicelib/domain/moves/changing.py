"""Changes of an obligation. Either both sides agree on a change, or an officer excuses a debtor who is not at
fault. Both sides sign a change of more than the date."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import ALWAYS, BY_EACH, Done, Second, Shows, move
from chalicelib.domain.engine.grounds import About, on_record
from chalicelib.domain.engine.obligation_deadlines import change_end, overdue
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import ANY, PAID, Duty, EvidenceKind, Excuse, Fact, Power, Role as R
from chalicelib.domain.model.field_marks import (
    ITSELF,
    ByStaff,
    Digest,
    EntryWords,
    Future,
    Money,
    Names,
    ObligationId,
    OfficialText,
    ReadBack,
    Scan,
    Text,
)
from chalicelib.domain.model.obligation import Amendment, Obligation, terms_in
from chalicelib.domain.moves.drafting import digest_of
from chalicelib.domain.moves.performance import (
    PARTIES,
    each_owed,
    no_more,
    of_both,
    on_side,
    others_first,
    outstanding,
    recipient,
)
from chalicelib.domain.reference import shown

OwnSide = Annotated[Annotated[str, Names("own_side", "side")] | None, ByStaff(), ITSELF]
"""The side of the obligation for which staff record something. Parties leave it out, because their own side
is known."""


def _proposes(case: Case, act: Act, obligation: Obligation, side: str | None) -> str:
    """Return the side of the obligation for which the actor acts, as `business` or a person's id. A party
    acts for its own side, and staff name the `side`. Raises Refusal if the actor is on neither side, or if
    staff name no side."""
    if act.role in PARTIES:
        on_side(case, act, obligation.id, creditor=case.stands_for(act.who) == obligation.to)
        return case.stands_for(act.who)
    return required(side if side in (obligation.debtor, obligation.to) else None, "side_needed", field="side")


def _proposed(case: Case, act: Act, obligation: Obligation, own: str) -> Amendment:
    """Return the proposed change of the obligation, if the side `own` can answer it. Raises Refusal if
    nothing is proposed, if `own` proposed the change, or if the time to answer is over."""
    asked = required(obligation.proposed, "nothing_proposed", field="obligation")
    refuse_if(own == asked.by_side, "own_proposal", field="obligation")
    refuse_if(
        proposal_over(case, obligation, act) or (asked.by and asked.by < published().day_of(act.now)),
        "proposal_over",
        field="obligation",
    )
    return asked


def _acceptable(case: Case, act: Act, obligation: Obligation, own: str) -> Amendment:
    """Return the proposed change of the obligation, if the side `own` can agree to it. Raises Refusal as
    `_proposed` does, and if an overdue obligation would get no new day."""
    asked = _proposed(case, act, obligation, own)
    late = asked.by is None and overdue(case, obligation, act.judged_at)
    refuse_if(late, "new_day_needed", field="obligation")
    return asked


def sides_owed(obligation: Obligation, *, answers: bool = False) -> tuple[str, ...]:
    """Return the sides of an obligation for which staff can record something: `business` or a person's id.
    Without `answers` both sides are returned. With `answers` the side that proposed the change is left
    out."""
    own = obligation.proposed.by_side if answers and obligation.proposed else ""
    return tuple(side for side in (obligation.debtor, obligation.to) if side != own)


def _proposable(case: Case, act: Act, id: str) -> None:
    owed = case.obligation(id)
    _proposes(case, act, owed, owed.debtor)


def _agreeable(case: Case, act: Act, id: str) -> None:
    owed = case.obligation(id)
    _acceptable(case, act, owed, _proposes(case, act, owed, sides_owed(owed, answers=True)[0]))


def _refusable(case: Case, act: Act, id: str) -> None:
    owed = case.obligation(id)
    _proposed(case, act, owed, _proposes(case, act, owed, sides_owed(owed, answers=True)[0]))


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    power=Power.NEGOTIATE,
    tells="change_proposed? → other side, task? → owner",
    fits=outstanding,
    shows=Shows(words=("reason", "way")),
    kept=BY_EACH,
    part="obligation",
    rank=1,
    about=each_owed(_proposable),
    task_due=None,
)
def propose_change(
    case: Case,
    act: Act,
    *,
    obligation: ObligationId,
    reason: Text,
    by: Annotated[date | None, Future()] = None,
    amount: Money | None = None,
    way: Text | None = None,
    side: OwnSide = None,
    said: EntryWords,
) -> Done:
    """Propose another date (`by`), `amount` or `way` of performing an obligation, for its debtor or creditor.
    The other side is asked, and silence counts as no. The proposal replaces an earlier proposal.

    After an answer, the company has no access to the case. The follow-up officer then gets a task, asks the
    company, and records its answer."""
    owed = case.obligation(obligation)
    own = _proposes(case, act, owed, side)
    refuse_if(
        amount is not None and not (amount and owed.kind in PAID),
        "remedy_has_no_amount" if owed.kind not in PAID else "remedy_needs_amount",
        field="amount",
    )
    refuse_if(
        (by or owed.by, amount or owed.amount, way) == (owed.by, owed.amount, None),
        "nothing_changed",
        field="by",
    )
    refuse_if(
        by is None and owed.by is not None and overdue(case, owed, act.now), "new_day_needed", field="by"
    )
    text = _text(case, act, owed, said.get(owed.way or owed.entry, {}), by, amount, way)
    # The obligation waits until another obligation is performed. A fixed day would end this, so both sides
    # must sign.
    signed = amount is not None or way or (by and case.first_owed(owed))
    digest = digest_of(text) if signed else None
    before = owed.proposed if owed.proposed and not owed.proposed.lapsed else None
    heard = None if before is None else before.other_by if before.by_side == own else before.by
    asked = Amendment(act.now, case.said_by(act), own, by, amount, bool(way), digest, heard)
    changed = replace(owed, proposed=asked)
    return Done(
        case.with_obligation(changed),
        (_to_side(case, f"change_proposed#{owed.id}", changed.answerer),),
        facts={"digest": digest} if digest else {},
        words={"text": text},
    )


def _to_side(case: Case, letter: str, side: str) -> tuple[str, str]:
    """Return a letter to one side of an obligation, as a pair of letter key and recipient. After an answer
    the company has no access to the case. Then the officer who handles the case gets a task instead."""
    inside = side == BUSINESS and case.business is None
    return ("task", "owner") if inside else (letter, recipient(side))


def _text(
    case: Case,
    act: Act,
    obligation: Obligation,
    words: Mapping[str, Any],
    by: date | None,
    amount: int | None,
    way: str | None,
) -> dict[str, Any]:
    """Return the text of the change, with the old and the new terms, as both sides read it. The text is
    signed if more than the date changes. `by`, `amount` and `way` are the new terms, None if unchanged.
    `words` are the words of the entry in which the obligation was promised."""
    return {
        "form": "change",
        "complaint": shown(case.ref),
        "obligation": obligation.id,
        "agreement": case.bound and case.bound.digest,
        "kind": obligation.kind,
        "debtor": obligation.debtor,
        "creditor": obligation.to,
        "proposed_on": published().day_of(act.now),
        "old": {"by": obligation.by, "amount": obligation.amount, "what": terms_in(obligation, words)},
        "new": {
            "by": by or obligation.by,
            "amount": obligation.amount if amount is None else amount,
            "what": way or terms_in(obligation, words),
        },
    }


def proposal_over(case: Case, obligation: Obligation, act: Act) -> bool:
    """Return whether the time to agree to the change that was proposed for this obligation is over."""
    end = change_end(case, obligation)
    return end is not None and end <= act.judged_at


def _on_paper(case: Case, act: Act, **facts: Any) -> bool:
    owed = next((o for o in case.open_obligations if o.id == facts["obligation"]), None)
    return (
        act.role is R.FOLLOWUP
        and owed is not None
        and owed.proposed is not None
        and owed.proposed.digest is not None
    )


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    power=Power.SETTLE,
    tells="change_agreed? → both",
    second=Second(
        "When more than the date changes and staff write the signature down from paper: a second person must "
        "look at the scan.",
        _on_paper,
    ),
    fits=lambda case: any(o.proposed for o in case.open_obligations),
    gives_up=ALWAYS,
    shows=Shows(),
    part="change",
    about=each_owed(_agreeable),
    answers=("change_reply",),
)
def agree_change(
    case: Case,
    act: Act,
    *,
    obligation: ObligationId,
    digest: Digest | None = None,
    side: OwnSide = None,
    read_back: ReadBack = False,
    scan: Annotated[Scan, ITSELF] = None,
) -> Done:
    """Agree to the change that the other side proposed. The obligation goes on with the new terms and no
    longer counts as late. If more than the date changes, the side signs by naming the `digest` of the text.
    Staff can record a signature on paper; `scan` is the id of its scan in the evidence."""
    owed = case.obligation(obligation)
    asked = _acceptable(case, act, owed, _proposes(case, act, owed, side))
    refuse_if(asked.digest and digest != asked.digest, "text_changed", field="digest")
    if act.role is R.FOLLOWUP:
        scans = {e.id for e in case.evidence if e.kind == EvidenceKind.FILE and e.at >= asked.at}
        refuse_if(asked.digest and scan not in scans, "scan_needed", field="scan")
    changed = replace(renewed(owed, act, asked.by or owed.by), broken=owed.ever_breached)
    changed = replace(
        changed,
        amount=owed.amount if asked.amount is None else asked.amount,
        way=asked.entry if asked.way else owed.way,
    )
    return Done(
        case.with_obligation(changed), of_both("change_agreed", owed), facts={"proposal": asked.entry}
    )


@move(
    at=ANY,
    by=PARTIES,
    recorded_by=R.FOLLOWUP,
    power=Power.NEGOTIATE,
    tells="change_refused? → other side, task? → owner",
    fits=lambda case: any(o.proposed for o in case.open_obligations),
    shows=Shows(words=("reason",)),
    part="change",
    rank=1,
    about=each_owed(_refusable),
    answers=("change_reply",),
    task_due=None,
)
def refuse_change(
    case: Case, act: Act, *, obligation: ObligationId, reason: Text | None = None, side: OwnSide = None
) -> Done:
    """Refuse the change that the other side proposed. The proposal ends, and the obligation keeps its day
    and terms. A letter tells the proposing side at once, with the `reason` if there is one."""
    owed = case.obligation(obligation)
    asked = _proposed(case, act, owed, _proposes(case, act, owed, side))
    return Done(
        case.with_obligation(replace(owed, proposed=None)),
        (_to_side(case, f"change_refused#{owed.id}", asked.by_side),),
        facts={"proposal": asked.entry},
    )


@move(
    at=ANY,
    by=R.CLOCK,
    tells="change_refused? → other side, task? → owner",
    decides=True,
    shows=Shows(),
    task_due=None,
)
def lapse_change(case: Case, act: Act, *, obligation: ObligationId) -> Done:
    """End a proposed change that the other side did not answer in time. Silence counts as no: the obligation
    keeps its day and terms. A letter tells the proposing side. What was proposed stays on record."""
    owed = case.obligation(obligation)
    asked = required(owed.proposed, "nothing_proposed", field="obligation")
    lapsed = replace(owed, proposed=replace(asked, lapsed=change_end(case, owed) or act.now))
    return Done(
        case.with_obligation(lapsed),
        (_to_side(case, f"change_refused#{owed.id}", asked.by_side),),
        facts={"proposal": asked.entry, "lapsed": True},
    )


def renewed(obligation: Obligation, act: Act, by: date | None) -> Obligation:
    """Return the obligation as not yet due, with `by` as its new day. An earlier delay no longer counts."""
    return replace(
        obligation,
        state=Duty.PENDING,
        since=act.now,
        dated=act.now,
        by=by,
        after=None if by else obligation.after,
        proposed=None,
        claimed_by=None,
        notice=None,
        found=None,
        measures=(),
        done_on=None,
    )


def still_ahead(act: Act, day: date) -> None:
    """Raise Refusal if this day is past. It can be past because time went by while the move waited for its
    approval."""
    refuse_if(day < published().day_of(act.now), "remedy_in_past", field="by")


@on_record(Fact.OTHER_SIDE_OWES)
def _other_side_owes(case: Case, about: About) -> bool:
    """Return whether the creditor of the obligation owes its debtor something too (民法典 525-526). Without an
    obligation, return whether that is so for any open one."""
    owes = {(owed.debtor, owed.to) for owed in case.open_obligations}
    return any((owed.to, owed.debtor) in owes for owed in _about(case, about.obligation))


on_record(Fact.LATER_AGREED)(
    lambda case, about: any(agreed_day(owed) for owed in _about(case, about.obligation))
)


def agreed_day(obligation: Obligation) -> date | None:
    """Return the day until which both sides have proposed to wait for an obligation: the earlier of their two
    proposals. Return None if a side has proposed no later day, or has not answered the other side's."""
    asked = obligation.proposed
    both = asked and not asked.lapsed and asked.by and asked.other_by and min(asked.by, asked.other_by)
    return both if both and obligation.by and both > obligation.by else None


def _about(case: Case, obligation: str) -> list[Obligation]:
    return [owed for owed in case.open_obligations if obligation in ("", owed.id)]


@move(
    at=ANY,
    by=R.FOLLOWUP,
    tells="no_breach? → both",
    second=Second(),
    fits=outstanding,
    decides=True,
    shows=Shows(words=("reason",), code="ground"),
    about=each_owed(lambda case, act, id: None),
)
def excuse(
    case: Case,
    act: Act,
    *,
    obligation: ObligationId,
    ground: Excuse,
    reason: OfficialText,
    by: Annotated[date | None, Future()] = None,
) -> Done:
    """Excuse a debtor who did not perform but is not at fault. A second person confirms. With `by` the
    obligation is due on that new day. Without `by` the obligation ends. If both sides agreed to wait, `by` is
    needed, and can be no later than the day to which both agreed."""
    owed = case.obligation(obligation)
    if ground == Excuse.AGREED_LATER and (until := agreed_day(owed)):
        refuse_if(by is None or by > until, "day_both_agreed", field="by", day=until)
    if by:
        still_ahead(act, by)
        others_first(case, owed, "by")
    excused = replace(owed, state=Duty.EXCUSED, since=act.now, proposed=None, found=None)
    after = renewed(owed, act, by) if by else excused
    return Done(no_more(case.with_obligation(after), act, owed), of_both("no_breach", owed))
