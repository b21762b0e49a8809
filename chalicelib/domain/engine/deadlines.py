"""The deadlines of a case. They are computed from its history, its policy and the calendar. Each deadline is
declared on the function that yields its runs, and the docstring of the function says from when to when it
runs."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, wraps
from itertools import pairwise

from chalicelib.domain.calendar import SHANGHAI, End, published
from chalicelib.domain.engine import (  # noqa: F401  (importing these modules declares their deadlines)
    action_deadlines,
    obligation_deadlines,
)
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.lateness import announced_to, missed_duties
from chalicelib.domain.engine.overtaken import waiting_calls
from chalicelib.domain.engine.running import (
    CONSUMER,
    DEADLINES as DEADLINES,
    EVERYONE,
    FILER,
    SIDES,
    Deadline,
    Run,
    Running,
    Runs,
    announced_end,
    deadline,
    in_stage,
    met,
    once_a_case,
    reached,
    rule_of,
    started,
)
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, CallTask, Question
from chalicelib.domain.model.codes import (
    ANY,
    AT_TABLE,
    AUTOMATIC,
    OPEN,
    TALKS,
    UNSIGNED,
    Forwarded,
    Outcome,
    PauseReason,
    Reply,
    Severity,
    Side,
    Stage as S,
    Wish,
)
from chalicelib.domain.model.letters import LETTERS, letter_key, letter_of, opened_by
from chalicelib.domain.model.public_terms import PublicTerm
from chalicelib.domain.policy import policy

WEEKLY = timedelta(weeks=1)
UNASKED = frozenset({Outcome.JOINED, Outcome.INFORMATION_ONLY, Outcome.WITHDRAWN})
"""The outcomes after which nobody is asked how we did, or for a story. A joined case is not over, because it
is continued in another case. An anonymous caller has no address for a survey. A person who withdrew may still
undo that, and we had no chance to finish."""
APOLOGIES = tuple(name for name, letter in LETTERS.items() if letter.apology)
"""The names of the letters that tell a party that we are late."""
DEMANDS = frozenset({Wish.REPAIR, Wish.REPLACE, Wish.RETURN, Wish.REFUND, Wish.COMPENSATE})
"""The demands of the consumer that the law wants met within 15 days: a longer delay counts as deliberate
(侵害消费者权益行为处罚办法 8-10)."""
RECEIVED = frozenset({S.RECEIVED})
ASKED = frozenset({S.AWAITING_INFORMATION})
INVESTIGATING = frozenset({S.INVESTIGATING})
ANSWERED, MEDIATING = frozenset({S.ANSWERED}), frozenset({S.MEDIATING})
STILL = frozenset({PauseReason.INFORMATION, PauseReason.APPRAISAL})


def severe(case: Case) -> bool:
    """Return whether the steps of a case are too urgent to wait for the telephone hours. They are while a
    danger to people is not cleared, and in a case of severity S1."""
    return case.unsafe or case.severity == Severity.S1


@once_a_case
def deadlines(case: Case) -> Mapping[str, Running]:
    """Return every run of a deadline that counts on this case now, by the key of the run. The result is empty
    for a case that was joined to another case, because the other case has the deadlines. It is empty too once
    the personal data of the case are destroyed, because nobody can be told anything."""
    over = case.outcome == Outcome.JOINED or case.retention.destroyed
    possible = () if over else _possible(case.stage)
    return {run.key: run for each in possible for run in in_stage(case, each.name)}


@cache
def _possible(stage: S) -> tuple[Deadline, ...]:
    return tuple(each for each in DEADLINES.values() if stage in each.during | each.still)


@once_a_case
def due(case: Case) -> Mapping[str, datetime]:
    """Return when each deadline that runs on the case is due (UTC), by the name of the deadline. If a
    deadline has several runs, the earliest counts. Paused runs are left out."""
    ends: dict[str, datetime] = {}
    for running in deadlines(case).values():
        if running.due:
            ends[running.name] = min(running.due, ends.get(running.name, running.due))
    return ends


def leads(case: Case) -> datetime | None:
    """Return the moment by which work lists sort this case. It is the earliest end among our duties; if there
    are none, the earliest end among the windows of parties. Return None if nothing has an end."""
    running = [run for run in deadlines(case).values() if run.due]
    return min(
        (run.due for run in running if run.due and run.duty),
        default=min((run.due for run in running if run.due), default=None),
    )


def look_at(case: Case) -> datetime | None:
    """Return when the clock must take the next step on this case. Return None if no step is ahead."""
    return min((running.at for running in deadlines(case).values() if running.at), default=None)


def look_again(case: Case, now: datetime) -> datetime | None:
    """Return when the index of due cases must bring up the case, which is the time of the next step. If an
    end depends on a calendar that is not published yet, the case comes up once a week or earlier. Return None
    if there is neither a next step nor such an end.

    An outage moves this time to later. If the row in the index was written before the outage was registered,
    the case comes up too early, and the row is corrected then.
    """
    running = deadlines(case).values()
    at = min((run.at for run in running if run.at), default=None)
    provisional = any(run.end and run.end.provisional for run in running)
    return min(at or now + WEEKLY, now + WEEKLY) if provisional else at


def unsettled(case: Case) -> dict[str, datetime]:
    """Return the ends that may still move because the calendar of their year is not published. The key is the
    key of the deadline run. An end that we have announced stays in the result even when the calendar is
    published."""

    def open_(run: Running, end: End) -> bool:
        moves = end.reading == "generous" or rule_of(case.policy, run.name).length.endswith("w")
        return end.provisional and moves

    return {
        run.key: run.end.at
        for run in deadlines(case).values()
        if run.end and (announced_end(case, DEADLINES[run.name], run.key) or open_(run, run.end))
    }


def moved_ends(case: Case) -> Iterator[Running]:
    """Yield the deadline runs that end later than we announced, because the calendar of their year was
    published in the meantime."""
    for run in deadlines(case).values() if case.clock.provisional else ():
        told, end = announced_end(case, DEADLINES[run.name], run.key), run.planned or run.end
        if told and end and not end.provisional and end.at > told:
            yield run


def _since(deadline: str) -> Runs:
    """Return the function that yields the runs of the deadline named `deadline`. There is one run: it begins
    with the last move that starts the deadline."""

    def runs(case: Case) -> Iterator[Run]:
        if starts := started(case, deadline):
            yield Run("", max(starts))

    return runs


def _since_told(*letters: str) -> Runs:
    """Return the function that yields the runs of a deadline that begins when letters arrive. `letters`: the
    keys of these letters. There is one run: it begins when the last of the letters has reached everybody.
    Until then it is paused."""

    def runs(case: Case) -> Iterator[Run]:
        told = reached(case, *letters)
        if told:
            yield Run("", None if None in told else max(moment for moment in told if moment))

    return runs


def _open(window: Runs) -> Runs:
    """Return a function that yields the runs of `window`, but none while the team lead must decide about its
    lapse. In that time, the deadline `lapse_review` runs instead."""
    return wraps(window)(lambda case: iter(()) if case.clock.review else window(case))


def _answered_before(case: Case) -> bool:
    """Return whether the two sides talk about an answer or a decline that was given before the talks. If they
    talk without such a decision, the answer remains due during the talks."""
    return case.stage in AT_TABLE and not (case.talks.dispute and case.talks.dispute.back == S.INVESTIGATING)


def _invited(side: Side) -> Runs:
    """Return the function that yields the runs of the deadline by which `side` must answer the invitation to
    mediation.

    There is one run. It begins with the delivery of the invitation. It ends when the side answers, when the
    other side refuses, or when an offer is accepted. A refusal by the company must be confirmed by a second
    person, and no run counts while that is open.
    """

    def runs(case: Case) -> Iterator[Run]:
        talks = case.talks.dispute
        waiting = (MOVES[asked.move].answers for asked in case.approvals)
        confirmed = side == Side.CONSUMER or not any("mediation_consent" in answers for answers in waiting)
        if not talks or not talks.invited or talks.accepted or not confirmed:
            return
        if side not in talks.consents and False not in talks.consents.values():
            told = reached(case, "mediation_invitation" + ("" if side == Side.CONSUMER else f"#{side}"))
            # `told` may hold the delivery of an invitation to earlier talks, which must not start this run.
            start = None if None in told else max((talks.invited, *(at for at in told if at)))
            yield Run("" if side == Side.CONSUMER else side, start)

    return runs


def _told_to(case: Case, whom: str, *letters: str) -> list[datetime | None]:
    """Return when each of `letters` reached one party. None in the list stands for a letter that has not
    arrived. `whom`: "business", or the id of a complainant; letters to a representative of the complainant
    count too."""
    if whom == BUSINESS:
        return reached(case, *(f"{letter}#{BUSINESS}" for letter in letters))
    hear = ("", *(f"@{party.id}" for party in case.parties if whom in (party.id, party.represents)))
    return [case.told[letter + to] for letter in letters for to in hear if letter + to in case.told]


def spoken_for(case: Case) -> bool:
    """Return whether as many people as the policy wants speak for all people of a joint case."""
    fewest, _ = policy(case.policy).speakers(len(case.consumers))
    return sum(party.speaks for party in case.consumers) >= max(1, fewest)


def without_drafts(case: Case) -> Case:
    """Return the case without the deliveries and call tasks of letters that ask people to sign a draft. They
    are removed when the draft is withdrawn, because nobody needs a call about such a draft."""
    told = {key: at for key, at in case.told.items() if not of_a_draft(key)}
    waits = tuple(telling for telling in case.tellings if not of_a_draft(telling.letter))
    return replace(case, told=told, tellings=waits)


def of_a_draft(key: str) -> bool:
    """Return whether the letter with the key `key` asks people to sign a draft."""
    return "signing" in letter_of(key).opens


@deadline(RECEIVED, "received_at", seen_by=FILER, urgent=severe, told=(PublicTerm(S.RECEIVED, 0),))
def acknowledgement(case: Case) -> Iterator[Run]:
    """The deadline for the first decision on a complaint: it runs from the receipt of the complaint, until
    that decision, or until we ask for information."""
    yield from _since("acknowledgement")(case)


@deadline(
    RECEIVED,
    "answer to a request made in received; reopening; separation",
    seen_by=FILER,
    urgent=severe,
    told=(PublicTerm(S.RECEIVED, 1),),
)
def scope_decision(case: Case) -> Iterator[Run]:
    """The deadline for the decision on a complaint that came back to the first stage. It runs from the event
    that brought the complaint back, such as an answer to a request for information. It runs until the
    decision."""
    yield from _since("scope_decision")(case)


@deadline(
    ASKED,
    "information_request delivered",
    duty=False,
    seen_by=FILER,
    silence=True,
    told=(PublicTerm(S.AWAITING_INFORMATION, 0, silence=""),),
)
@_open
def information(case: Case) -> Iterator[Run]:
    """The window for giving missing information: it runs from the delivery of the request, until the consumer
    answers."""
    yield from _since_told("information_request")(case)


@deadline(
    ASKED | ANSWERED | AT_TABLE | {S.DECLINED}, "lapse barred", seen_by=FILER, told=(PublicTerm(None, 5),)
)
def lapse_review(case: Case) -> Iterator[Run]:
    """The deadline for the team lead to decide whether a window lapses that the clock may not let lapse: it
    runs from the moment at which the lead was asked, until the decision."""
    if case.clock.review:
        yield Run("", case.clock.review)


@deadline(
    ANSWERED | {S.DECLINED},
    "answer, decline or panel decision delivered; separation",
    paused_by=frozenset({PauseReason.TALKS}),
    still=AT_TABLE,
    duty=False,
    seen_by=FILER,
    silence=True,
    told=(
        PublicTerm(S.ANSWERED, 0, "answered", "answered_silence"),
        PublicTerm(S.ANSWERED, 1, "final", "final_silence"),
        PublicTerm(S.DECLINED, 0),
        PublicTerm(S.NEGOTIATING, 4, "answered", "paused"),
    ),
)
def answer_window(case: Case) -> Iterator[Run]:
    """The window for contesting an answer, a decline or a panel's decision: it runs from the delivery of the
    decision. It is paused during talks about the decision. During other talks there is no such window."""
    if _answered_before(case) or (case.stage not in AT_TABLE and not case.clock.review):
        yield from _since_told(*opened_by("answer_window"))(case)


@deadline(
    ASKED | {S.UNDER_RECONSIDERATION},
    "request, or its admission",
    paused_by=frozenset({PauseReason.INFORMATION}),
    seen_by=FILER,
    told=(PublicTerm(S.UNDER_RECONSIDERATION, 0),),
)
def reconsideration(case: Case) -> Iterator[Run]:
    """The deadline for deciding a request for reconsideration: it runs from the request, or from its
    admission if it came late, until the decision."""
    asked = case.recourse.reconsideration
    if asked and not asked.late:
        yield Run("", asked.at)


@deadline(
    frozenset({S.UNDER_RECONSIDERATION}),
    "request; a member stood back",
    seen_by=FILER,
    told=(PublicTerm(S.UNDER_RECONSIDERATION, 1, panel=True),),
)
def panel_appointment(case: Case) -> Iterator[Run]:
    """The deadline for appointing a panel, if the policy wants one: it runs from the request for
    reconsideration, until the appointment. It starts again when a member stands back."""
    asked = case.recourse.reconsideration
    if asked and (asked.vacant or not (asked.panel or policy(case.policy).higher_office)):
        yield Run("", asked.vacant or asked.at)


@deadline(
    frozenset({S.NEGOTIATING}),
    "dispute opened",
    paused_by=frozenset({PauseReason.APPRAISAL, PauseReason.SIGNING}),
    seen_by=SIDES,
    told=(PublicTerm(S.NEGOTIATING, 0),),
)
@_open
def negotiation(case: Case) -> Iterator[Run]:
    """The deadline for the negotiation: it runs from the opening of the dispute, until an offer is accepted
    or the negotiation has ended."""
    if case.talks.dispute and not case.talks.dispute.accepted and not case.talks.dispute.ended:
        yield Run("", case.talks.dispute.at)


@deadline(TALKS, "offer accepted", seen_by=SIDES, beside=True, told=(PublicTerm(S.NEGOTIATING, 3),))
def drafting(case: Case) -> Iterator[Run]:
    """The deadline for drafting an agreement: it runs from the acceptance of an offer, until the draft is
    made."""
    agreed = case.talks.dispute and case.talks.dispute.accepted
    if agreed and agreed.answered:
        yield Run("", agreed.answered)


@deadline(
    TALKS,
    "made, until its own day",
    duty=False,
    silence=True,
    seen_by=SIDES,
    beside=True,
    within=("negotiation", "mediation"),
    told=(PublicTerm(S.NEGOTIATING, 2),),
)
def offer(case: Case) -> Iterator[Run]:
    """The window for accepting an offer: it runs from the offer, until the end of the last day that the offer
    names, or until the talks end, if that is earlier. It is paused while the letter about the offer has not
    arrived. If that letter arrives some days after the offer, the window ends as many days later."""
    for offer in case.talks.dispute.offers if case.talks.dispute else ():
        if offer.state == Reply.OPEN:
            told = reached(case, f"offer#{offer.id}")
            heard = max((at for at in told if at), default=offer.at)
            days = max(timedelta(), published().day_of(heard) - published().day_of(offer.at))
            yield Run(offer.id, None if None in told else offer.at, offer.until + days)


@deadline(
    frozenset({S.NEGOTIATING}),
    "invitation delivered",
    duty=False,
    seen_by=CONSUMER,
    beside=True,
    silence=True,
    answers_for=Side.CONSUMER,
    told=(PublicTerm(S.NEGOTIATING, 5),),
)
@_open
def mediation_consent(case: Case) -> Iterator[Run]:
    """The window for the consumer to answer the invitation to mediation: it runs from the delivery of the
    invitation, until the answer. In a joint case, only the chosen speakers can answer. So there is no run
    while nobody speaks for all and the people choose them, and the run begins again after the choice."""
    chosen, choosing = case.together.chosen, case.together.choice and not spoken_for(case)
    for run in _invited(Side.CONSUMER)(case) if not choosing else ():
        yield run._replace(start=max(run.start, chosen)) if run.start and chosen else run


@deadline(
    frozenset({S.NEGOTIATING}),
    "invitation delivered",
    seen_by=SIDES,
    beside=True,
    answers_for=Side.BUSINESS,
    told=(PublicTerm(S.NEGOTIATING, 6),),
)
def company_consent(case: Case) -> Iterator[Run]:
    """The deadline for the company to answer the invitation to mediation: it runs from the delivery of the
    invitation, until the answer."""
    yield from _invited(Side.BUSINESS)(case)


@deadline(
    frozenset({S.NEGOTIATING}),
    "invitation delivered, negotiation over",
    duty=False,
    seen_by=SIDES,
    beside=True,
    told=(PublicTerm(S.NEGOTIATING, 7),),
)
@_open
def company_silence(case: Case) -> Iterator[Run]:
    """The window after which the talks end if the company does not answer the invitation to mediation. It
    runs from the delivery of the invitation, until the company answers. While the sides still negotiate, it
    does not run; it then begins when the negotiation ends."""
    over = case.talks.dispute and case.talks.dispute.ended
    for run in _invited(Side.BUSINESS)(case):
        if over:
            yield run._replace(start=run.start and max(run.start, over))


@deadline(MEDIATING, "both consents; the mediator gone", seen_by=SIDES, told=(PublicTerm(S.MEDIATING, 1),))
def mediator_appointment(case: Case) -> Iterator[Run]:
    """The deadline for finding a mediator: it runs from the consent of both sides, until a mediator has
    accepted the case. It starts again when the case loses its mediator."""
    if case.talks.mediation and not case.talks.mediation.accepted:
        yield Run("", case.talks.mediation.vacant or case.talks.mediation.since)


@deadline(
    MEDIATING,
    "mediator_appointed delivered, to each side",
    duty=False,
    seen_by=SIDES,
    own_date=True,
    right=True,
    beside=True,
    told=(PublicTerm(S.MEDIATING, 2),),
)
def challenge(case: Case) -> Iterator[Run]:
    """The window for each side to object to the mediator: it runs from the letter that names the mediator to
    that side."""
    if case.talks.mediation and case.talks.mediation.accepted:
        for side in Side:
            told = reached(case, "mediator_appointed" + ("" if side == Side.CONSUMER else f"#{side}"))
            start = None if None in told else max((case.talks.mediation.accepted, *(at for at in told if at)))
            yield Run("" if side == Side.CONSUMER else side, start)


@deadline(MEDIATING, "objection to the mediator", seen_by=SIDES, told=(PublicTerm(S.MEDIATING, 3),))
def challenge_decision(case: Case) -> Iterator[Run]:
    """The deadline for deciding on an objection to the mediator: it runs from the objection, until the
    decision."""
    if case.talks.mediation and case.talks.mediation.challenge:
        yield Run("", case.talks.mediation.challenge.at)


@deadline(
    MEDIATING,
    "mediator appointed",
    paused_by=frozenset({PauseReason.CHALLENGE}),
    seen_by=SIDES,
    to_mediator=True,
    told=(PublicTerm(S.MEDIATING, 7),),
)
def first_meeting(case: Case) -> Iterator[Run]:
    """The deadline for the first meeting: it runs from the mediator's acceptance of the case, until the
    minutes of a meeting are written."""
    if (
        case.talks.mediation
        and case.talks.mediation.accepted
        and not any(meeting.recorded for meeting in case.talks.mediation.meetings)
    ):
        yield Run("", case.talks.mediation.accepted)


@deadline(
    MEDIATING,
    "called, until its own day",
    seen_by=SIDES,
    to_mediator=True,
    beside=True,
    told=(PublicTerm(S.MEDIATING, 4),),
)
def meeting(case: Case) -> Iterator[Run]:
    """The deadline for a meeting and its minutes: it runs from the invitation, through the day of the
    meeting, until the minutes are written."""
    meeting = case.talks.mediation.meeting if case.talks.mediation else None
    if meeting:
        yield Run(meeting.id, meeting.called, published().day_of(meeting.at))


@deadline(
    MEDIATING,
    "both consents",
    paused_by=frozenset({PauseReason.CHALLENGE, PauseReason.APPRAISAL, PauseReason.SIGNING}),
    fixed=True,  # because the law sets the sixty days of a mediation
    seen_by=SIDES,
    to_mediator=True,
    leads_on=True,
    told=(PublicTerm(S.MEDIATING, 0, silence=""),),
)
@_open
def mediation(case: Case) -> Iterator[Run]:
    """The deadline for the whole mediation: it runs from the consent of both sides, until the mediation ends.
    If a draft stays unsigned and the mediation continues, the deadline runs on."""
    if case.talks.mediation:
        yield Run("", case.talks.mediation.since)


@deadline(
    frozenset({S.SIGNING}),
    "draft delivered, to each party",
    duty=False,
    silence=True,
    seen_by=SIDES,
    own_date=True,
    beside=True,
    leads_on=True,
    told=(PublicTerm(S.SIGNING, 0, silence=""),),
)
@_open
def signing(case: Case) -> Iterator[Run]:
    """The window for signing a draft. Each signer whose signature is missing has a run, until they sign. For
    a party, it runs from the delivery of the text to them or to their representative. For the mediator, who
    signs last, it runs from the last signature of a party."""
    agreement = case.talks.agreement
    for signer in agreement.missing if agreement else ():
        if agreement and agreement.missing == (MEDIATOR,):
            yield Run(MEDIATOR, max(signature.at for signature in agreement.signatures))
        elif agreement and signer != MEDIATOR:
            told = _told_to(case, signer, *opened_by("signing"))
            yield Run(signer, None if None in told else max((agreement.drafted, *(at for at in told if at))))


@deadline(frozenset({S.PERFORMING, S.BREACHED, S.CLOSED}), "in force")
def sealing(case: Case) -> Iterator[Run]:
    """The deadline for sealing the document of an agreement: it runs from the entry into force of the
    agreement, until the document is sealed."""
    if case.bound and case.unsealed:
        yield Run("", case.bound.in_force)


@deadline(
    frozenset({S.PERFORMING, S.BREACHED, S.CLOSED}),
    "in force",
    duty=False,
    fixed=True,
    seen_by=SIDES,
    right=True,
    beside=True,
    told=(PublicTerm(S.PERFORMING, 5),),
)
def judicial_confirmation(case: Case) -> Iterator[Run]:
    """The window for applying to a court to confirm an agreement: it runs from the entry into force of the
    agreement, until both sides have applied or a court has decided. It exists only if the agreement was made
    before a lawfully established body."""
    if case.bound and case.bound.lawful and case.bound.confirmed is None and not case.bound.applied:
        yield Run("", case.bound.in_force)


@deadline(ANY, "facts known to us", seen_by=FILER, urgent=severe, told=(PublicTerm(None, 0),))
def safety_triage(case: Case) -> Iterator[Run]:
    """The deadline for assessing a danger: it runs from the moment at which we knew of the danger, until the
    safety officer has assessed it."""
    if case.safety and case.unsafe and not case.safety.triaged:
        yield Run("", case.safety.known)


@deadline(ANY, "facts known to us, once found reportable", urgent=severe)
def safety_report(case: Case) -> Iterator[Run]:
    """The deadline for reporting a danger to an authority: it runs from the moment at which we knew of the
    danger, until the report. It exists only for a danger that was found reportable."""
    if case.safety and case.unsafe and case.safety.reportable and not case.safety.reported:
        yield Run("", case.safety.known)


@deadline(
    INVESTIGATING | {S.NEGOTIATING},
    "accept; dispute opened; reopening; separation; recusal; another team, if somebody owned the case",
    seen_by=FILER,
    urgent=severe,
    told=(PublicTerm(S.INVESTIGATING, 1), PublicTerm(S.NEGOTIATING, 1, "talks", "talks_silence")),
)
def assignment(case: Case) -> Iterator[Run]:
    """The deadline for giving the case an owner: it runs from the last event after which the case needed an
    owner, until it has one. A mediation has no such deadline, because its owner is the mediator (see
    `mediator_appointment`)."""
    if case.owner is None:
        since = _since("assignment")
        # Talks that end can leave the case without an owner, so the deadline starts again then.
        back = [entered.since for before, entered in pairwise(case.stages[-2:]) if before.stage in TALKS]
        back += [term.until for term in case.teams if term.owner]
        for run in since(case):
            yield Run("", max(filter(None, [run.start, *back])))


@deadline(
    INVESTIGATING | ASKED | AT_TABLE,
    "received_at; reopening; separation; sent back",
    paused_by=STILL,
    seen_by=FILER,
    inquiry=True,
    urgent=severe,
    told=(PublicTerm(S.INVESTIGATING, 0),),
)
def investigation(case: Case) -> Iterator[Run]:
    """The deadline for the answer to a complaint: it runs from the receipt of the complaint, if it is
    accepted, until the answer. It starts again if the case is reopened, separated from another case, or sent
    back by a reconsideration."""
    if case.place != S.INVESTIGATING and (case.stage not in AT_TABLE or _answered_before(case)):
        return
    yield from _since("investigation")(case)


@deadline(
    RECEIVED | ASKED | INVESTIGATING | AT_TABLE,
    "demand to repair, replace, return, refund, compensate",
    seen_by=FILER,
    inquiry=True,
    urgent=severe,
    told=(PublicTerm(S.INVESTIGATING, 3),),
)
def statutory_remedy(case: Case) -> Iterator[Run]:
    """The deadline for answering a demand that the law wants met quickly (see `DEMANDS`): it runs from the
    demand, until the answer."""
    if (
        set(case.intake.wishes) & DEMANDS
        and case.place != S.UNDER_RECONSIDERATION
        and not _answered_before(case)
    ):
        yield from _since("statutory_remedy")(case)


@deadline(ANY, "as the body set")
def outside_due(case: Case) -> Iterator[Run]:
    """The deadline for our reply to an authority: it runs until the reply, and at most until the end of the
    day that the authority set."""
    for other in case.outside:
        if other.due and not other.replied:
            yield Run(f"{other.body}-{other.due}", case.received_at, other.due)


@deadline(ANY, "consent to pass it on", seen_by=CONSUMER, beside=True, told=(PublicTerm(None, 10),))
def forward_sending(case: Case) -> Iterator[Run]:
    """The deadline for passing a complaint on: it runs from the consumer's consent, until it is sent."""
    for forward in case.forwards:
        if forward.state == Forwarded.AGREED:
            yield Run(forward.id, forward.since)


@deadline(ANY, "passed on", seen_by=CONSUMER, beside=True, ends_nothing=True, told=(PublicTerm(None, 11),))
def forward_confirmation(case: Case) -> Iterator[Run]:
    """The deadline for getting the receiver's confirmation of a complaint that was passed on: it runs from
    the sending, until the receiver confirms or refuses. At its end the consumer learns that no answer
    came."""
    for forward in case.forwards:
        if forward.state == Forwarded.SENT:
            yield Run(forward.id, forward.sent)


@deadline(
    INVESTIGATING, "last thing told to the consumer", seen_by=FILER, told=(PublicTerm(S.INVESTIGATING, 2),)
)
def progress(case: Case) -> Iterator[Run]:
    """The deadline for telling the consumer how the inquiry is going: it runs from the last letter to the
    consumer. It starts again with each letter, but not with a letter that only says that we are late, that
    names another date, or that names another team."""
    told = (
        at
        for key, at in case.told.items()
        if at and not (letter_of(key).apology or letter_of(key).of_team or key == "extension")
    )
    yield Run("", max([case.stages[-1].since, *told]))


@deadline(
    ANY,
    "last told that a duty is missed",
    passing=True,
    lateness=True,
    seen_by=EVERYONE,
    told=(PublicTerm(None, 4),),
)
def overdue_notice(case: Case) -> Iterator[Run]:
    """The deadline for telling a party again that we are late. It runs from our last apology to that party
    until the missed duty is met. A letter to staff, or a new date, does not start it again. The complainants
    have one run together. The company has its own run. So has a person whom alone our delay affects."""
    since: dict[str, datetime] = {}
    for run in missed_duties(case):
        for whom in announced_to(case, run) if run.due else ():
            since[whom] = min(filter(None, (run.due, since.get(whom))))
    for whom, due in since.items():
        told = reached(case, *(letter_key(name, whom) for name in APOLOGIES))
        yield Run(whom, None if None in told else max((at for at in told if at), default=due))


@deadline(
    ANY, "promised anew, until its own day", lateness=True, seen_by=EVERYONE, told=(PublicTerm(None, 3),)
)
def new_date(case: Case) -> Iterator[Run]:
    """The deadline for keeping a new date that was promised because we missed a duty: it runs from the
    promise, until the end of the promised day."""
    for run in missed_duties(case) if case.promises else ():
        for promise in case.new_dates(run.key)[-1:]:
            yield Run("", promise.told, published().day_of(promise.by - timedelta.resolution))


@deadline(OPEN, "asked", passing=True, own_date=True)
def department_answer(case: Case) -> Iterator[Run]:
    """The deadline for a department to answer a question: it runs from the question, until the answer. Each
    question has a run of its own."""
    yield from (Run(question.id, question.at, question.due) for question in open_questions(case))


def open_questions(case: Case) -> list[Question]:
    """Return the questions to departments that have no answer yet. When the answer to the complaint is given,
    questions asked before it are no longer open."""
    unanswered = (question for question in case.inquiry.questions if not question.answered)
    return [question for question in unanswered if not met(case, "department_answer", question.at)]


@deadline(
    OPEN,
    "started, until the day agreed with the laboratory",
    seen_by=FILER,
    to_mediator=True,
    told=(PublicTerm(S.INVESTIGATING, 4),),
)
def appraisal(case: Case) -> Iterator[Run]:
    """The deadline for an expert test: it runs from the start of the test, until the day agreed with the
    laboratory, or until the result."""
    if case.appraisal and case.appraisal.started:
        yield Run("", case.appraisal.started, case.appraisal.expected)


@deadline(
    ANY,
    "a letter asking until when",
    paused_by=frozenset({PauseReason.WITHDRAWN}),
    duty=False,
    seen_by=EVERYONE,
    own_date=True,
    to_mediator=True,
)
def party_reply(case: Case) -> Iterator[Run]:
    """The deadline for a party to reply to a letter that asks for a reply: it runs from the delivery of the
    letter, until the reply. Each such letter has a run of its own. In a closed case only a proposal to pass
    the complaint on still waits for a reply, unless the case was withdrawn."""
    withdrawn = case.outcome == Outcome.WITHDRAWN
    waits: dict[str, object] = {
        f"forward_proposed#{one.id}": one.state == Forwarded.PROPOSED and not withdrawn
        for one in case.forwards
    }
    for letter, waiting in (waits | (_waits(case) if case.stage in OPEN else {})).items():
        told = reached(case, letter)
        if waiting and told:
            yield Run(letter, None if None in told else max(at for at in told if at))


def _waits(case: Case) -> dict[str, object]:
    """Return whether a letter still waits for its reply, by letter key. The letters are those of an open case
    that ask for a reply."""
    return {
        "appraisal_proposal": case.appraisal and Side.CONSUMER not in case.appraisal.agreed,
        f"appraisal_proposal#{BUSINESS}": case.appraisal and Side.BUSINESS not in case.appraisal.agreed,
        "joint_invitation": case.together.invited and not case.open_obligations,
        "panel_named": case.place == S.UNDER_RECONSIDERATION
        and case.recourse.reconsideration
        and case.recourse.reconsideration.complete,
        "joint_consent": case.together.proposal and any(party.consents is None for party in case.consumers),
        **{a.letter: a.good is None for a in (case.talks.mediation.absences if case.talks.mediation else ())},
        **{
            letter: case.stage == S.MEDIATING
            for m in (case.talks.mediation.meetings[-1:] if case.talks.mediation else ())
            if m.recorded
            for letter in (f"minutes#{m.id}", f"minutes#{m.id}#{BUSINESS}")
        },
        "authority_request": any(
            party.represents and not party.checked and not party.left for party in case.parties
        ),
    }


@deadline(
    UNSIGNED - ANSWERED,
    "joint_consent delivered, to each person, once somebody has agreed",
    duty=False,
    silence=True,
)
def joint_consent(case: Case) -> Iterator[Run]:
    """The window for the people of a joint case to agree to a settlement. It exists once one of them has
    agreed. Each person who has not agreed has a run, which begins with the delivery of the proposal to
    them."""
    if case.together.proposal and any(party.consents for party in case.consumers):
        for person in case.consumers:
            told = _told_to(case, person.id, "joint_consent")
            if not person.consents and person.id not in case.together.leaving and told:
                yield Run(person.id, None if None in told else max(at for at in told if at))


@deadline(
    OPEN,
    "joint_representatives delivered, to each person",
    duty=False,
    silence=True,
    ends_nothing=True,
    seen_by=CONSUMER,
    beside=True,
    told=(PublicTerm(None, 9),),
)
def speaker_choice(case: Case) -> Iterator[Run]:
    """The window for the people of a joint case to agree to the proposed speakers: it runs from the delivery
    of the proposal to the last of them, until all have answered."""
    if case.together.choice:
        yield from _since_told(*opened_by("speaker_choice"))(case)


@deadline(OPEN, "asked", passing=True, seen_by=EVERYONE, told=(PublicTerm(None, 2),))
def handler_change(case: Case) -> Iterator[Run]:
    """The deadline for deciding on a request for another handler: it runs from the request, until the
    decision."""
    yield from (Run(asked.id, asked.at) for asked in filter(None, [case.handler_change]))


@deadline(
    ANY,
    "a party's message",
    passing=True,
    seen_by=EVERYONE,
    to_mediator=True,
    queue="messages",
    urgent=severe,
    told=(PublicTerm(None, 1),),
)
def message_reply(case: Case) -> Iterator[Run]:
    """The deadline for replying to a party's message: it runs from the message, until the reply. Each message
    has a run of its own."""
    yield from (Run(message.id, message.at) for message in case.messages)


def _calls(tasks: Iterable[CallTask]) -> Iterator[Run]:
    for task in tasks:
        if task.nowhere is None:
            again = published().morning(task.tries[-1], 1, SHANGHAI) if task.tries else task.since
            yield Run(task.id, again)


def _nowhere(tasks: Iterable[CallTask]) -> Iterator[Run]:
    return (Run(task.id, task.nowhere) for task in tasks if task.nowhere)


@deadline(
    ANY,
    "a letter cannot go by its first way; the morning after a try; three tries: post",
    passing=True,
    resting=lambda case: _calls(case.tellings),
    queue="tellings",
)
def telling(case: Case) -> Iterator[Run]:
    """The deadline for staff to call a party about a letter: it runs from the opening of the call task, until
    the letter is read out. After a call that nobody answered, it runs from the next morning."""
    yield from _calls(waiting_calls(case))


@deadline(
    ANY,
    "nobody answers on three days, and there is no address to post to",
    passing=True,
    resting=lambda case: _nowhere(case.tellings),
    queue="undelivered",
)
def unreachable(case: Case) -> Iterator[Run]:
    """The deadline for deciding what to do about a party whom neither telephone nor post reaches: it runs
    from the moment at which that was found."""
    yield from _nowhere(waiting_calls(case))


@deadline(ANY, "second person asked", passing=True, queue="approvals")
def approval(case: Case) -> Iterator[Run]:
    """The deadline for a second person to confirm or refuse a move: it runs from the request, until the
    decision."""
    yield from (Run(asked.id, asked.at) for asked in case.approvals)


@deadline(OPEN, "document, until its last day", duty=False, fixed=True)
def authority_term(case: Case) -> Iterator[Run]:
    """The end of a representative's authority: it runs until the last day of the authority. After that the
    representative may no longer act."""
    for party in case.parties:
        if party.represents and party.checked and party.until and not party.left:
            yield Run(party.id, case.received_at, party.until)


@deadline(
    frozenset({S.CLOSED}),
    "closing told, where the consumer can still have it taken up again",
    duty=False,
    seen_by=FILER,
    right=True,
    told=(PublicTerm(S.CLOSED, 0),),
)
def reopen_window(case: Case) -> Iterator[Run]:
    """The window for having a closed case reopened: it runs from the delivery of the letter about the
    closing. It exists only if the case can be reopened."""
    if case.reopens:
        yield from _since_told(*opened_by("reopen_window"))(case)


@deadline(
    frozenset({S.CLOSED}),
    "withdrawal told",
    duty=False,
    seen_by=FILER,
    right=True,
    told=(PublicTerm(S.CLOSED, 1),),
)
def undo_withdrawal(case: Case) -> Iterator[Run]:
    """The window for undoing a withdrawal: it runs from the delivery of the letter about the withdrawal."""
    if case.recourse.withdrawn and case.outcome == Outcome.WITHDRAWN:
        yield from _since_told("withdrawn")(case)


@deadline(
    frozenset({S.CLOSED}),
    "closed",
    duty=False,
    seen_by=FILER,
    right=True,
    beside=True,
    told=(PublicTerm(S.CLOSED, 2),),
)
def survey(case: Case) -> Iterator[Run]:
    """The window for answering the survey: it runs from the closing. Each complainant who has not answered
    has a run. A complainant has none if no letters leave by e-mail or short message to them or their
    representative."""
    closed = case.stages[-1].since
    for person in case.consumers if case.outcome not in UNASKED else ():
        if person.id not in case.feedback.surveyed and written_to(case, person, closed):
            yield Run(person.id, closed)


@deadline(
    frozenset({S.CLOSED}),
    "asked about the process",
    duty=False,
    seen_by=FILER,
    right=True,
    beside=True,
    told=(PublicTerm(S.CLOSED, 3),),
)
def opinion(case: Case) -> Iterator[Run]:
    """The window for giving an opinion on the process: it runs from the letter that asks for the opinion.
    Each complainant who has not answered has a run."""
    asked = case.feedback.asked
    for person in case.consumers:
        if asked and person.id not in case.feedback.opined and written_to(case, person, asked):
            yield Run(person.id, asked)


def written_to(case: Case, person: Party, now: datetime) -> bool:
    """Return whether letters to the complainant `person` leave by e-mail or short message on the local day of
    `now`. It is enough if they leave so to a representative."""
    return any(hears.way in AUTOMATIC for hears in case.speakers(person, published().day_of(now)))
