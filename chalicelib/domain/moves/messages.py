"""Messages between a party and the staff, mails that parties send to their reply address, and internal
notes."""

from typing import Annotated

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import OFTEN, Done, Shows, move, subjects_passing
from chalicelib.domain.engine.running import DEADLINES
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import Mention, UnconfirmedMail, Waiting
from chalicelib.domain.model.codes import ANY, EVERY, MailFault, MailOutcome, Role as R, Side
from chalicelib.domain.model.field_marks import (
    RARE,
    ColleagueId,
    Given,
    MailId,
    MeetingId,
    MentionedId,
    Message,
    OfficialMessage,
    PartyId,
    Text,
    Whom,
    YesNo,
)
from chalicelib.domain.moves.mentions import WRITERS
from chalicelib.domain.moves.parties import circle_of
from chalicelib.domain.roster import OVERSEES, Roster

UNCONFIRMED = frozenset({MailOutcome.ELSEWHERE, MailOutcome.UNVERIFIED})
"""What becomes of a mail that its supposed sender must confirm."""
MOST_UNCONFIRMED = 10
"""The most mails of one person that wait until the person confirms them."""
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
    shortcut="m",
)
def message(
    case: Case,
    act: Act,
    *,
    text: OfficialMessage,
    party: Whom = None,
    mail: Annotated[str | None, Given(noted=True)] = None,
) -> Done:
    """Write a message: a party to the company, or staff to a party. A party's message waits for a reply, and
    the time to reply starts with the first message that waits. A party can write only a limited number of
    messages a day. `mail`: it came by the mail or the short message with this id.

    A message from staff goes to the person `party`, or to all complainants. It answers the waiting messages
    of its recipients."""
    if act.role in R.PARTY:
        case = _written(case, act)
    if act.role in (R.PARTY | R.PARTNER):
        return Done(_waiting(case, act, by_mail=bool(mail)))
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


@move(at=EVERY, by=WRITERS, confided="colleagues", shortcut="n")
def note(
    case: Case,
    act: Act,
    *,
    text: Message,
    mentions: Annotated[tuple[MentionedId, ...], RARE] = (),
    named: Annotated[tuple[ColleagueId, ...], Given(noted=True)] = (),
    away: Annotated[tuple[ColleagueId, ...], Given(noted=True)] = (),
    roster: Annotated[Roster, Given()],
) -> Case:
    """Write an internal note for the colleagues who handle the case. Parties never see the note. If a
    supervisor writes it, the answers to a survey count as dealt with.

    The case is on the list of each colleague in `mentions`, and of each whom the text names after `@`, until
    they open it. A name in the text that fits nobody, or several people, mentions nobody. `named`: all of
    them. `away`: those who are absent. A mention changes neither owner nor deadlines, and makes nobody a
    handler. The author's own mention ends, because the note answers it."""
    refuse_if(act.who in mentions, "mention_of_oneself", field="mentions")
    others = (one for one in case.mentions if one.who not in (act.who, *named))
    new = (
        Mention(who, act.who, act.now, case.entries + 1, "" if roster.roles(who) & OVERSEES else case.team)
        for who in named
        if who != act.who
    )
    case = replace(case, mentions=(*others, *new))
    return (
        replace(case, feedback=replace(case.feedback, survey_waits=False))
        if act.role is R.SUPERVISOR
        else case
    )


@move(
    at=ANY,
    by=R.CLOCK,
    tells="mail_noted? → consumer",
    shows=Shows(words=("text",), about_one=True, code="became"),
    kept=OFTEN,
)
def note_mail(
    case: Case,
    act: Act,
    *,
    party: PartyId,
    became: MailOutcome,
    text: Message | None = None,
    unfiled: Text | None = None,
    file_faults: tuple[MailFault, ...] = (),
    meeting: MeetingId | None = None,
) -> Done:
    """Record what became of a mail that reached the reply address of a person, or of a short message that was
    not taken, and answer it. `unfiled` are the names of the files that were not taken, one a line, and
    `file_faults` the reason for each. `meeting`: the meeting whose invitation it answers.

    Only the words of a mail that the person must confirm, and of a short message, are kept here: they count
    for nothing."""
    to = case.somebody(party)
    if became in UNCONFIRMED:
        waiting = [mail for mail in case.mails if mail.by == to.id]
        refuse_if(len(waiting) >= MOST_UNCONFIRMED, "too_many_messages", most=MOST_UNCONFIRMED)
        new = UnconfirmedMail(act.id, act.now, to.id, case.entries + 1)
        case = replace(case, mails=(*case.mails, new))
    return Done(case, () if to.left else (("mail_noted", f"party:{party}"),))


@move(
    at=ANY,
    by=R.PARTY,
    fits=lambda case: case.mails,
    about=subjects_passing(
        lambda case: (mail.id for mail in case.mails),
        lambda case, act, id: any((mail.id, mail.by) == (id, act.who) for mail in case.mails),
    ),
    shows=Shows(about_one=True, yes="mine"),
    handles=False,
    part="now",
)
def confirm_mail(case: Case, act: Act, *, mail: MailId, mine: YesNo) -> Case:
    """Say whether a mail is yours. It came from another address, or our mail server does not vouch for its
    sender. If it is yours, it counts as your message of today, or as the answer to what we asked. If not, it
    counts for nothing."""
    found = next((one for one in case.mails if (one.id, one.by) == (mail, act.who)), None)
    required(found, "mail_unknown", field="mail")
    case = replace(case, mails=tuple(one for one in case.mails if one.id != mail))
    return _waiting(case, act, by_mail=True) if mine else case


def _waiting(case: Case, act: Act, *, by_mail: bool) -> Case:
    """Return the case with a message of this party that waits for a reply. A message by mail holds only the
    windows that no mail has held before; any other message holds all windows."""
    waiting = next((one for one in case.messages if one.by == act.who), None)
    if waiting and (by_mail or waiting.holds is None):
        return case
    now = tuple(key for key, run in deadlines(case).items() if DEADLINES[run.name].silence) if by_mail else ()
    holds = tuple(key for key in now if key not in case.clock.mail_held) if by_mail else None
    new = replace(waiting or Waiting(act.id, act.now, act.who), holds=holds)
    others = (one for one in case.messages if one is not waiting)
    case = replace(case, messages=(*others, new))
    return replace(case, clock=replace(case.clock, mail_held=now)) if by_mail else case


def _written(case: Case, act: Act) -> Case:
    """Return the case with this message added to today's count of the party's messages. Counts of other days
    are dropped. Raises Refusal `too_many_messages` if the count is above the limit."""
    today = published().day_of(act.now)
    written = {who: counted for who, counted in case.written.items() if counted[0] == today}
    count = written.get(act.who, (today, 0))[1] + 1
    refuse_if(count > MESSAGES_A_DAY, "too_many_messages", most=MESSAGES_A_DAY)
    return replace(case, written={**written, act.who: (today, count)})
