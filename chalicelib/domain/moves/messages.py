"""Messages between a party and the staff, and internal notes."""

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import Done, Shows, move
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.case_records import Waiting
from chalicelib.domain.model.codes import ANY, EVERY, Role as R, Side
from chalicelib.domain.model.field_marks import Message, OfficialMessage, Whom
from chalicelib.domain.moves.parties import circle_of

MESSAGES_A_DAY = 50
"""The most messages that one party can write on a case in a local day. Files and warnings of danger are not
counted."""


@move(
    at=ANY,
    by=R.PARTY | R.INTAKE | R.INVESTIGATOR | R.LEAD | R.NEGOTIATOR | R.MEDIATOR | R.FOLLOWUP | R.SUPERVISOR,
    recorded_by=R.PARTNER,
    tells="message_reply? → consumer",
    shows=Shows(words=("text",)),
    handles=False,
    part="always",
    even=("unchecked", "by_phrase"),
    answers=("message_reply",),
    counted=True,
)
def message(case: Case, act: Act, *, text: OfficialMessage, party: Whom = None) -> Done:
    """Write a message: a party to the company, or staff to a party. A party's message waits for a reply, and
    the time to reply starts with the first message that waits. A party can write only a limited number of
    messages a day.

    A message from staff goes to the person `party`, or to all complainants. It answers the waiting messages
    of its recipients."""
    if act.role in R.PARTY:
        case = _written(case, act)
    if act.role in (R.PARTY | R.PARTNER):
        waits = any(waiting.by == act.who for waiting in case.messages)
        return Done(
            case if waits else replace(case, messages=(*case.messages, Waiting(act.id, act.now, act.who)))
        )
    company = frozenset(p.id for p in case.parties if p.side == Side.BUSINESS)
    answered = (
        circle_of(case, case.somebody(party).represents or party)
        if party
        else {w.by for w in case.messages} - company
    )
    answered |= company if party in company else frozenset()
    many = case.joint or company
    late = (
        case.recourse.reconsideration.at
        if case.recourse.reconsideration and case.recourse.reconsideration.late
        else None
    )
    # a late request for reconsideration also waits as a message; it needs a decision, so no message answers
    # it
    still = tuple(w for w in case.messages if w.at == late or (many and w.by not in answered))
    return Done(
        replace(case, messages=still), (("message_reply", f"party:{party}" if party else "consumer"),)
    )


@move(
    at=EVERY,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.SAFETY | R.FOLLOWUP | R.SUPERVISOR | R.EXECUTIVE,
    confided="colleagues",
)
def note(case: Case, act: Act, *, text: Message) -> Case:
    """Write an internal note for the colleagues who handle the case. Parties never see the note. If a
    supervisor writes it, the answers to a survey count as dealt with."""
    return (
        replace(case, feedback=replace(case.feedback, survey_waits=False))
        if act.role is R.SUPERVISOR
        else case
    )


def _written(case: Case, act: Act) -> Case:
    """Return the case with this message added to today's count of the party's messages. Counts of other days
    are dropped. Raises Refusal `too_many_messages` if the count is above the limit."""
    today = published().day_of(act.now)
    written = {who: counted for who, counted in case.written.items() if counted[0] == today}
    count = written.get(act.who, (today, 0))[1] + 1
    refuse_if(count > MESSAGES_A_DAY, "too_many_messages", most=MESSAGES_A_DAY)
    return replace(case, written={**written, act.who: (today, count)})
