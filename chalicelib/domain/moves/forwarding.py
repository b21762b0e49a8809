"""A complaint that is passed on to another business, or to an authority. Staff propose it, the consumer
consents to the receiver and to the text, and staff send exactly that text. The case is then followed until
the receiver confirms it, refuses it, or lets the time pass.

The consent is the separate consent to giving personal data to somebody else. The consumer learns who gets the
data, how to reach the receiver, and what is sent for what purpose (个人信息保护法 23). The consumer can take it
back at any time (个人信息保护法 15)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import About, Done, Shows, move
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import Forward
from chalicelib.domain.model.codes import ANY, OPEN, PASSED_TO, Forwarded, Role as R, Route
from chalicelib.domain.model.field_marks import (
    ByStaff,
    Choice,
    ForwardId,
    Gist,
    OfficialBrand,
    OfficialShort,
    OfficialText,
    Past,
    Whom,
    YesNo,
)
from chalicelib.domain.moves.parties import STAFF, circle_of, complainant_of

PROPOSED, AGREED, SENT = (frozenset({one}) for one in (Forwarded.PROPOSED, Forwarded.AGREED, Forwarded.SENT))
STOPPABLE = frozenset({Forwarded.AGREED, Forwarded.SENT, Forwarded.SILENT, Forwarded.CONFIRMED})
"""The states in which the consumer can take the consent back."""
ANSWERABLE = frozenset({Forwarded.SENT, Forwarded.SILENT, Forwarded.CONFIRMED, Forwarded.NOT_TAKEN})
"""The states in which the receiver's answer can be recorded. An answer that comes late counts too, and so
does one that the receiver changes."""


def _of(states: frozenset[Forwarded]) -> About:
    """Return the `About` function of a move on a forward in one of these states. A party can take the move on
    their own forwards only."""
    return lambda case, act: [one.id for one in case.forwards if one.state in states and _own(case, act, one)]


def _choice(states: frozenset[Forwarded]) -> Choice:
    """Allow the ids of the forwards in one of these states."""
    return Choice(lambda case, _: [one.id for one in case.forwards if one.state in states])


def _own(case: Case, act: Act, forward: Forward) -> bool:
    return act.role not in R.PARTY or act.who in circle_of(case, forward.party)


def _found(case: Case, act: Act, id: str, states: frozenset[Forwarded]) -> Forward:
    """Return the forward with this id. Raise Refusal for the field `forward` if the person may not know it,
    or if it is in none of these states."""
    found = (one for one in case.forwards if one.id == id and _own(case, act, one))
    forward = required(next(found, None), "forward_unknown", field="forward")
    refuse_if(forward.state not in states, "forward_state", field="forward", forwarded=forward.state)
    return forward


def _with(case: Case, forward: Forward) -> Case:
    return replace(case, forwards=tuple(forward if one.id == forward.id else one for one in case.forwards))


def forward_words(forward: Forward, said: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the words of a forward: those of its proposal, and as `answer` those of the receiver's answer.
    `said`: the words of these two entries, by number. A case that was split off has the words of its forwards
    in the entry about the split."""
    words = said.get(forward.entry, {})
    words = (words.get("forwards") or {}).get(forward.id, words)
    return {**words, "answer": words.get("answer") or said.get(forward.answer, {})}


def _done(
    case: Case,
    act: Act,
    forward: Forward,
    state: Forwarded,
    *tells: tuple[str, str],
    sent: datetime | None = None,
) -> Done:
    """Return the result of a move on a forward: its new state, and the letters (pairs of name and recipient)
    about it. `sent`: when it was passed on, if that is done now."""
    after = replace(forward, state=state, since=act.now, sent=sent or forward.sent)
    letters = tuple((f"{letter}#{forward.id}", to) for letter, to in tells)
    return Done(_with(case, after), letters, {"forward": forward.id, "party": forward.party})


@move(
    at=OPEN,
    by=STAFF,
    tells="forward_proposed? → consumer",
    shows=Shows(words=("company", "contact", "sent", "kept"), code="body"),
)
def refer_outside(
    case: Case,
    act: Act,
    *,
    body: Annotated[Route | None, Choice(lambda case, _: PASSED_TO)] = None,
    company: Annotated[OfficialBrand | None, Gist()] = None,
    contact: OfficialShort | None = None,
    sent: OfficialText,
    kept: OfficialText,
    party: Whom = None,
) -> Done:
    """Propose to pass the complaint on to another business (`company`) or to another body (`body`). `contact`
    says how to reach the business. `sent` is the text that the receiver would get, word for word. `kept` says
    what the company goes on working on. In a joint case `party` is the person whose complaint it is.

    Nothing is sent before the consumer consents. A new proposal replaces one that was not sent yet."""
    whose = complainant_of(case, act, party).id
    refuse_if((body is None) == (company is None), "one_receiver", field="company")
    refuse_if(body and body not in PASSED_TO, "not_passed_there", field="body")
    refuse_if(company and not contact, "receiver_contact", field="contact")
    own = [one for one in case.forwards if one.party == whose]
    refuse_if(any(one.state == Forwarded.SENT for one in own), "forward_waits", field="company")
    new = Forward(f"W{len(case.forwards) + 1}", whose, case.said_by(act), act.now, body)
    kept_ = (
        replace(one, state=Forwarded.REPLACED, since=act.now) if one in own and one.under_way else one
        for one in case.forwards
    )
    return _done(
        replace(case, forwards=(*kept_, new)),
        act,
        new,
        Forwarded.PROPOSED,
        ("forward_proposed", f"for:{whose}"),
    )


@move(
    at=ANY,
    by=R.C,
    recorded_by=STAFF,
    shows=Shows(yes="agrees"),
    part="now",
    answers=("forward_proposed",),
    about=_of(PROPOSED),
)
def consent_forward(
    case: Case,
    act: Act,
    *,
    forward: Annotated[ForwardId, _choice(PROPOSED)],
    agrees: YesNo,
    read_back: Annotated[bool, ByStaff()] = False,
) -> Done:
    """Consent to passing the complaint on to the named receiver with exactly the shown text, or refuse it
    (`agrees` false). Staff may record a consent only after they have read the receiver and the whole text
    out (`read_back`)."""
    found = _found(case, act, forward, PROPOSED)
    refuse_if(agrees and act.role not in R.PARTY and not read_back, "read_back_needed", field="read_back")
    return _done(case, act, found, Forwarded.AGREED if agrees else Forwarded.REFUSED)


@move(
    at=ANY, by=R.C, recorded_by=STAFF, tells="forward_stopped? → owner", shows=Shows(), about=_of(STOPPABLE)
)
def stop_forward(case: Case, act: Act, *, forward: Annotated[ForwardId, _choice(STOPPABLE)]) -> Done:
    """Take back the consent to pass the complaint on. Before it was sent, nothing is sent. After that, staff
    must ask the receiver to stop using what they got, and to delete it."""
    found = _found(case, act, forward, STOPPABLE)
    return _done(case, act, found, Forwarded.STOPPED, *([("forward_stopped", "owner")] if found.sent else []))


@move(
    at=ANY,
    by=STAFF,
    tells="forwarded_complaint? → owner, referred_outside? → consumer",
    shows=Shows(),
    answers=("forward_sending",),
    about=_of(AGREED),
)
def send_forward(case: Case, act: Act, *, forward: Annotated[ForwardId, _choice(AGREED)]) -> Done:
    """Pass the complaint on, with exactly the text to which the consumer consented. Staff get the letter for
    the receiver. The consumer learns by when the receiver should confirm it."""
    found = _found(case, act, forward, AGREED)
    tells = (("forwarded_complaint", "owner"), ("referred_outside", f"for:{found.party}"))
    return _done(case, act, found, Forwarded.SENT, *tells, sent=act.now)


@move(
    at=ANY,
    by=STAFF,
    tells="forward_answered? → consumer",
    shows=Shows(words=("number", "contact", "reason"), yes="takes"),
    answers=("forward_confirmation",),
    about=_of(ANSWERABLE),
)
def record_forward(
    case: Case,
    act: Act,
    *,
    forward: Annotated[ForwardId, _choice(ANSWERABLE)],
    takes: YesNo,
    on: Annotated[date, Past()],
    number: OfficialShort | None = None,
    contact: OfficialShort | None = None,
    reason: OfficialText | None = None,
) -> Done:
    """Record the receiver's answer of the day `on`: whether it takes the complaint (`takes`). If it does,
    `number` or `contact` says how the consumer finds it there. If it does not, `reason` is what it said. A
    receiver can change its answer, but the same answer is recorded once."""
    found = replace(_found(case, act, forward, ANSWERABLE), answer=case.said_by(act))
    state = Forwarded.CONFIRMED if takes else Forwarded.NOT_TAKEN
    refuse_if(found.state == state, "forward_state", field="forward", forwarded=state)
    refuse_if(found.sent and on < published().day_of(found.sent), "before_sending", field="on")
    refuse_if(takes and not (number or contact), "receiver_number", field="number")
    refuse_if(not takes and not reason, "reason_needed", field="reason")
    return _done(case, act, found, state, ("forward_answered", f"for:{found.party}"))


@move(at=ANY, by=R.CLOCK, tells="forward_answered? → consumer", decides=True, shows=Shows())
def lapse_forward(case: Case, act: Act, *, forward: Annotated[ForwardId, _choice(SENT)]) -> Done:
    """Stop waiting for a receiver that did not answer in time, and tell the consumer where else to go."""
    found = _found(case, act, forward, SENT)
    return _done(case, act, found, Forwarded.SILENT, ("forward_answered", f"for:{found.party}"))
