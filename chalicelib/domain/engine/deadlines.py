"""The deadlines of a case, derived from its history, its policy and the calendar. Each deadline is declared
on the function that yields its runs. The docstring of that function says from when until when it runs."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, wraps
from itertools import pairwise

from chalicelib.domain.calendar import SHANGHAI, End, published
from chalicelib.domain.engine import (  # noqa: F401  (they declare theirs)
    action_deadlines,
    obligation_deadlines,
)
from chalicelib.domain.engine.declare import MOVES
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
    deadline,
    met,
    parts_of,
    reached,
    rule_of,
    running_of,
    started,
)
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, Question
from chalicelib.domain.model.codes import (
    ANY,
    AT_TABLE,
    AUTOMATIC,
    OPEN,
    TALKS,
    UNSIGNED,
    Outcome,
    PauseReason,
    Reply,
    Side,
    Stage as S,
    Wish,
)
from chalicelib.domain.model.letters import LETTERS, letter_of, opened_by
from chalicelib.domain.model.public_terms import PublicTerm
from chalicelib.domain.policy import policy

WEEKLY = timedelta(weeks=1)
UNASKED = frozenset({Outcome.JOINED, Outcome.INFORMATION_ONLY})
"""Outcomes without a survey: a joined case goes on elsewhere, and anonymous information has no address."""
APOLOGIES = tuple(name for name, letter in LETTERS.items() if letter.apology)
"""Letters that tell the consumer that we are late."""
DEMANDS = frozenset({Wish.REPAIR, Wish.REPLACE, Wish.RETURN, Wish.REFUND, Wish.COMPENSATE})
"""Demands for which a delay of more than 15 days counts as deliberate (侵害消费者权益行为处罚办法 8-10)."""
RECEIVED = frozenset({S.RECEIVED})
ASKED = frozenset({S.AWAITING_INFORMATION})
INVESTIGATING = frozenset({S.INVESTIGATING})
ANSWERED, MEDIATING = frozenset({S.ANSWERED}), frozenset({S.MEDIATING})
STILL = frozenset({PauseReason.INFORMATION, PauseReason.APPRAISAL})


def deadlines(case: Case) -> Mapping[str, Running]:
    """Return every deadline that runs on this case, by its key. A case joined to another has none, since
    the other case carries them. The result is cached on the case for each calendar, since a Case never
    changes."""
    calendar = published()
    if calendar not in case.running:
        case.running[calendar] = (
            {} if case.outcome == Outcome.JOINED else {run.key: run for run in _running(case)}
        )
    return case.running[calendar]


def _running(case: Case) -> Iterator[Running]:
    for declared in _possible(case.stage):
        during = case.stage in declared.during
        yield from (run for run in running_of(case, declared.name) if during or run.stopped)


@cache
def _possible(stage: S) -> tuple[Deadline, ...]:
    return tuple(each for each in DEADLINES.values() if stage in each.during | each.still)


def due(case: Case) -> dict[str, datetime]:
    """Return the due moment (UTC) of each running deadline by name; of several runs of one name, the
    earliest."""
    ends: dict[str, datetime] = {}
    for running in deadlines(case).values():
        if running.due:
            ends[running.name] = min(running.due, ends.get(running.name, running.due))
    return ends


def leads(case: Case) -> datetime | None:
    """Return the moment by which work lists are sorted: the earliest end of a duty of ours. If there is none,
    it is the earliest end of a window of others."""
    running = [run for run in deadlines(case).values() if run.due]
    return min(
        (run.due for run in running if run.due and run.duty),
        default=min((run.due for run in running if run.due), default=None),
    )


def look_at(case: Case) -> datetime | None:
    """Return when the clock must next look at this case: the earliest next step of all ladders."""
    return min((running.at for running in deadlines(case).values() if running.at), default=None)


def look_again(case: Case, now: datetime) -> datetime | None:
    """Return when the index of due cases must bring up the case: at its next step. While one of its dates
    needs a calendar that is still unpublished, the case comes up at least weekly.

    An outage only moves this moment to later. An index written before the register knew of an outage is
    therefore early. It is corrected when the case comes up.
    """
    running = deadlines(case).values()
    at = min((run.at for run in running if run.at), default=None)
    provisional = any(run.end and run.end.provisional for run in running)
    return min(at or now + WEEKLY, now + WEEKLY) if provisional else at


def unsettled(case: Case) -> dict[str, datetime]:
    """Return the ends, by run, that a calendar still to be published may move, and those told before it was
    published."""

    def open_(run: Running, end: End) -> bool:
        moves = end.reading == "generous" or rule_of(case.policy, run.name).length.endswith("w")
        return end.provisional and moves

    return {
        run.key: run.end.at
        for run in deadlines(case).values()
        if run.end and (run.key in case.clock.provisional or open_(run, run.end))
    }


def moved(case: Case) -> Iterator[Running]:
    """Yield the deadlines whose end moved to later when the calendar of its year was published."""
    for run in deadlines(case).values() if case.clock.provisional else ():
        told, end = case.clock.provisional.get(run.key), run.planned or run.end
        if told and end and not end.provisional and end.at > told:
            yield run


def _since(deadline: str) -> Runs:
    """Run from the last move that starts this deadline."""

    def runs(case: Case) -> Iterator[Run]:
        if starts := started(case, deadline):
            yield Run("", max(starts))

    return runs


def _since_told(*letters: str) -> Runs:
    """Run from the moment at which the last of these letters had reached everybody; paused until then."""

    def runs(case: Case) -> Iterator[Run]:
        told = reached(case, *letters)
        if told:
            yield Run("", None if None in told else max(moment for moment in told if moment))

    return runs


def _open(window: Runs) -> Runs:
    """Yield the runs of a window until its lapse goes to the lead; `lapse_review` runs from then on."""
    return wraps(window)(lambda case: iter(()) if case.clock.review else window(case))


def _answered_before(case: Case) -> bool:
    """Return whether the two sides talk about an answered matter. If not, the answer is still due during the
    talks."""
    return case.stage in AT_TABLE and not (case.talks.dispute and case.talks.dispute.back == S.INVESTIGATING)


def _invited(side: Side) -> Runs:
    """Run from the invitation of a side to mediation until one of three ends: it answers, the other side
    refuses, or an offer is accepted. A refusal by the company counts only once a second person confirms
    it."""

    def runs(case: Case) -> Iterator[Run]:
        talks = case.talks.dispute
        waiting = (MOVES[asked.move].answers for asked in case.approvals)
        confirmed = side == Side.CONSUMER or not any("mediation_consent" in answers for answers in waiting)
        if not talks or not talks.invited or talks.accepted or not confirmed:
            return
        if side not in talks.consents and False not in talks.consents.values():
            told = reached(case, "mediation_invitation" + ("" if side == Side.CONSUMER else f"#{side}"))
            # An answer to an invitation in earlier talks does not count.
            start = None if None in told else max((talks.invited, *(at for at in told if at)))
            yield Run("" if side == Side.CONSUMER else side, start)

    return runs


def missed(case: Case) -> Iterator[Running]:
    """Yield the duties to the consumer that we missed and have told them about. They stay missed when a new
    date is given."""
    for name in dict.fromkeys(parts_of(key)[0] for key in case.clock.steps):
        if DEADLINES[name].to_consumer and case.stage in DEADLINES[name].during:
            ladder = rule_of(case.policy, name).ladder
            told = next(n for n, step in enumerate(ladder, 1) if letter_of(step.consumer or "").apology)
            yield from (run for run in running_of(case, name) if run.done >= told and not run.stopped)


def _told_to(case: Case, whom: str, *letters: str) -> list[datetime | None]:
    """Return when these letters reached the company, or a complainant and their representatives; None for
    each letter that is still to arrive."""
    if whom == BUSINESS:
        return reached(case, *(f"{letter}#{BUSINESS}" for letter in letters))
    hear = ("", *(f"@{party.id}" for party in case.parties if whom in (party.id, party.represents)))
    return [case.told[letter + to] for letter in letters for to in hear if letter + to in case.told]


def without_drafts(case: Case) -> Case:
    """Return the case without letters and call tasks about a draft to sign. A draft that is withdrawn needs
    no call."""
    told = {key: at for key, at in case.told.items() if not of_a_draft(key)}
    waits = tuple(telling for telling in case.tellings if not of_a_draft(telling.letter))
    return replace(case, told=told, tellings=waits)


def of_a_draft(key: str) -> bool:
    """Return whether a letter asks people to sign a draft."""
    return "signing" in letter_of(key).opens


@deadline(RECEIVED, "received_at", seen_by=FILER, to_consumer=True, told=(PublicTerm(S.RECEIVED, 0),))
def acknowledgement(case: Case) -> Iterator[Run]:
    """Run from the receipt of the complaint until the first decision on it."""
    yield from _since("acknowledgement")(case)


@deadline(
    RECEIVED,
    "answer to a request made in received; reopening; separation",
    seen_by=FILER,
    to_consumer=True,
    told=(PublicTerm(S.RECEIVED, 1),),
)
def scope_decision(case: Case) -> Iterator[Run]:
    """Run from the answer to a request made before the decision, or from the return of the complaint to this
    stage."""
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
    """Run from the delivery of the request to its recipient."""
    yield from _since_told("information_request")(case)


@deadline(
    ASKED | ANSWERED | AT_TABLE | {S.DECLINED}, "lapse barred", seen_by=FILER, told=(PublicTerm(None, 5),)
)
def lapse_review(case: Case) -> Iterator[Run]:
    """Run from the moment at which a lapse went to the lead for review."""
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
    """Run from the delivery of the contestable decision. During talks, run only for a decision made before
    them."""
    if _answered_before(case) or (case.stage not in AT_TABLE and not case.clock.review):
        yield from _since_told(*opened_by("answer_window"))(case)


@deadline(
    ASKED | {S.UNDER_RECONSIDERATION},
    "request, or its admission",
    paused_by=frozenset({PauseReason.INFORMATION}),
    seen_by=FILER,
    to_consumer=True,
    told=(PublicTerm(S.UNDER_RECONSIDERATION, 0),),
)
def reconsideration(case: Case) -> Iterator[Run]:
    """Run from the request, or from its admission if it came late."""
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
    """Run from the request until a panel is appointed where one is needed; again from the recusal of a
    member."""
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
    """Run from the opening of the dispute until an offer is accepted or the negotiation is over."""
    if case.talks.dispute and not case.talks.dispute.accepted and not case.talks.dispute.ended:
        yield Run("", case.talks.dispute.at)


@deadline(TALKS, "offer accepted", seen_by=SIDES, beside=True, told=(PublicTerm(S.NEGOTIATING, 3),))
def drafting(case: Case) -> Iterator[Run]:
    """Run from the acceptance of an offer."""
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
    told=(PublicTerm(S.NEGOTIATING, 2),),
)
def offer(case: Case) -> Iterator[Run]:
    """Run until the day that the offer names. If its letter arrived later, the end moves by as many days.
    The run is paused until the letter arrives."""
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
    """Run from the invitation to mediation until the consumer answers."""
    yield from _invited(Side.CONSUMER)(case)


@deadline(
    frozenset({S.NEGOTIATING}),
    "invitation delivered",
    seen_by=SIDES,
    beside=True,
    answers_for=Side.BUSINESS,
    told=(PublicTerm(S.NEGOTIATING, 6),),
)
def company_consent(case: Case) -> Iterator[Run]:
    """Run from the invitation to mediation until the company answers."""
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
    """Run until the company answers the invitation to mediation. The run begins when the invitation has
    arrived and the negotiation is over, since the sides may talk until then."""
    over = case.talks.dispute and case.talks.dispute.ended
    for run in _invited(Side.BUSINESS)(case):
        if over:
            yield run._replace(start=run.start and max(run.start, over))


@deadline(MEDIATING, "both consents; the mediator gone", seen_by=SIDES, told=(PublicTerm(S.MEDIATING, 1),))
def mediator_appointment(case: Case) -> Iterator[Run]:
    """Run until a mediator has accepted the case; again from the loss of a mediator."""
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
    """Run for each side, from the letter that names the mediator: the side may object."""
    if case.talks.mediation and case.talks.mediation.accepted:
        for side in Side:
            told = reached(case, "mediator_appointed" + ("" if side == Side.CONSUMER else f"#{side}"))
            start = None if None in told else max((case.talks.mediation.accepted, *(at for at in told if at)))
            yield Run("" if side == Side.CONSUMER else side, start)


@deadline(MEDIATING, "objection to the mediator", seen_by=SIDES, told=(PublicTerm(S.MEDIATING, 3),))
def challenge_decision(case: Case) -> Iterator[Run]:
    """Run from the objection to the mediator until the decision on it."""
    if case.talks.mediation and case.talks.mediation.challenge:
        yield Run("", case.talks.mediation.challenge.at)


@deadline(MEDIATING, "mediator appointed", paused_by=frozenset({PauseReason.CHALLENGE}), to_mediator=True)
def first_meeting(case: Case) -> Iterator[Run]:
    """Run from the mediator's acceptance until the first meeting is held."""
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
    """Run until the day of the meeting, and then until its minutes are written."""
    meeting = case.talks.mediation.meeting if case.talks.mediation else None
    if meeting:
        yield Run(meeting.id, meeting.called, published().day_of(meeting.at))


@deadline(
    MEDIATING,
    "both consents",
    paused_by=frozenset({PauseReason.CHALLENGE, PauseReason.APPRAISAL, PauseReason.SIGNING}),
    fixed=True,  # The law sets the sixty days.
    seen_by=SIDES,
    to_mediator=True,
    leads_on=True,
    told=(PublicTerm(S.MEDIATING, 0, silence=""),),
)
@_open
def mediation(case: Case) -> Iterator[Run]:
    """Run from the consent of both sides to mediation; go on after a draft that remained unsigned."""
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
    """Run for each party whose signature is missing, from the delivery of the text to them or their
    representative. Run for the mediator from the last signature of the parties."""
    agreement = case.talks.agreement
    for signer in agreement.missing if agreement else ():
        if agreement and agreement.missing == (MEDIATOR,):
            yield Run(MEDIATOR, max(signature.at for signature in agreement.signatures))
        elif agreement and signer != MEDIATOR:
            told = _told_to(case, signer, *opened_by("signing"))
            yield Run(signer, None if None in told else max((agreement.drafted, *(at for at in told if at))))


@deadline(frozenset({S.PERFORMING, S.BREACHED, S.CLOSED}), "in force")
def sealing(case: Case) -> Iterator[Run]:
    """Run from the entry into force of the agreement until its document is sealed."""
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
    """Run from the entry into force of an agreement made with a lawfully established body, until a court has
    decided or both sides have applied."""
    if case.bound and case.bound.lawful and case.bound.confirmed is None and not case.bound.applied:
        yield Run("", case.bound.in_force)


@deadline(ANY, "facts known to us", seen_by=FILER, told=(PublicTerm(None, 0),))
def safety_triage(case: Case) -> Iterator[Run]:
    """Run from the moment at which we knew of the danger until the safety officer has judged it."""
    if case.safety and case.unsafe and not case.safety.triaged:
        yield Run("", case.safety.known)


@deadline(ANY, "facts known to us, once found reportable")
def safety_report(case: Case) -> Iterator[Run]:
    """Run from the moment at which we knew of a reportable danger until it is reported."""
    if case.safety and case.unsafe and case.safety.reportable and not case.safety.reported:
        yield Run("", case.safety.known)


@deadline(
    INVESTIGATING | TALKS,
    "accept; dispute opened; consents complete; reopening; separation; recusal",
    seen_by=FILER,
    told=(PublicTerm(S.INVESTIGATING, 1), PublicTerm(S.NEGOTIATING, 1, "talks", "talks_silence")),
)
def assignment(case: Case) -> Iterator[Run]:
    """Run while the case has no owner."""
    if case.owner is None:
        since = _since("assignment")
        # Talks may end and leave the case without an owner: it runs from then too.
        back = [interval.since for before, interval in pairwise(case.spells[-2:]) if before.stage in TALKS]
        for run in since(case):
            yield Run("", max(filter(None, [run.start, *back])))


@deadline(
    INVESTIGATING | ASKED | AT_TABLE,
    "received_at; reopening; separation; sent back",
    paused_by=STILL,
    seen_by=FILER,
    inquiry=True,
    to_consumer=True,
    told=(PublicTerm(S.INVESTIGATING, 0),),
)
def investigation(case: Case) -> Iterator[Run]:
    """Run from receipt. Restart at a reopening, at a separation from another case, or when a reconsideration
    sends the case back. Before the acceptance of the complaint there is no run."""
    if case.place != S.INVESTIGATING and (case.stage not in AT_TABLE or _answered_before(case)):
        return
    yield from _since("investigation")(case)


@deadline(
    RECEIVED | ASKED | INVESTIGATING | AT_TABLE,
    "demand to repair, replace, return, refund, compensate",
    seen_by=FILER,
    inquiry=True,
    told=(PublicTerm(S.INVESTIGATING, 3),),
)
def statutory_remedy(case: Case) -> Iterator[Run]:
    """Run from the demand for such a remedy until the answer."""
    if (
        set(case.intake.wishes) & DEMANDS
        and case.place != S.UNDER_RECONSIDERATION
        and not _answered_before(case)
    ):
        yield from _since("statutory_remedy")(case)


@deadline(ANY, "as the body set")
def outside_due(case: Case) -> Iterator[Run]:
    """Run until the day that an authority has set for our reply."""
    for other in case.outside:
        if other.due and not other.replied:
            yield Run(f"{other.body}-{other.due}", case.received_at, other.due)


@deadline(
    INVESTIGATING, "last thing told to the consumer", seen_by=FILER, told=(PublicTerm(S.INVESTIGATING, 2),)
)
def progress(case: Case) -> Iterator[Run]:
    """Run from the last letter to the consumer."""
    yield Run("", max([case.spells[-1].since, *(at for at in case.told.values() if at)]))


@deadline(
    OPEN,
    "last told that a duty to the consumer is missed",
    passing=True,
    seen_by=FILER,
    told=(PublicTerm(None, 4),),
)
def overdue_notice(case: Case) -> Iterator[Run]:
    """Run from the last letter that told the consumer of a delay, for as long as the delay lasts. Notices to
    staff and new dates do not restart it."""
    late, told = next(missed(case), None), reached(case, *APOLOGIES)
    if late and told:
        yield Run("", None if None in told else max(at for at in told if at))


@deadline(OPEN, "promised anew, until its own day", seen_by=FILER, told=(PublicTerm(None, 3),))
def new_date(case: Case) -> Iterator[Run]:
    """Run from the letter with a new date for a missed duty until that day."""
    for run in missed(case) if case.promises else ():
        for promise in case.new_dates(run.key)[-1:]:
            yield Run("", promise.told, published().day_of(promise.by - timedelta.resolution))


@deadline(OPEN, "asked", passing=True, own_date=True)
def department_answer(case: Case) -> Iterator[Run]:
    """Run for each question to a department that waits for its answer."""
    yield from (Run(question.id, question.at, question.due) for question in open_questions(case))


def open_questions(case: Case) -> list[Question]:
    """Return the unanswered questions to departments. An answer to the consumer given without theirs ends
    them all."""
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
    """Run while a laboratory tests."""
    if case.appraisal and case.appraisal.started:
        yield Run("", case.appraisal.started, case.appraisal.expected)


@deadline(OPEN, "a letter asking until when", duty=False, seen_by=EVERYONE, own_date=True, to_mediator=True)
def party_reply(case: Case) -> Iterator[Run]:
    """Run for each letter that asks a party for a reply by a day, until the reply comes."""
    waits = {
        "appraisal_proposal": case.appraisal and Side.CONSUMER not in case.appraisal.agreed,
        "joint_invitation": case.together.invited,
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
        **{f"change_proposed#{o.id}": o.proposed for o in case.open_obligations},
        "authority_request": any(
            party.represents and not party.checked and not party.left for party in case.parties
        ),
    }
    for letter, waiting in waits.items():
        told = reached(case, letter)
        if waiting and told:
            yield Run(letter, None if None in told else max(at for at in told if at))


@deadline(
    UNSIGNED - ANSWERED,
    "joint_consent delivered, to each person, once somebody has agreed",
    duty=False,
    silence=True,
)
def joint_consent(case: Case) -> Iterator[Run]:
    """Run for each person of a joint case who has not agreed to the settlement, from its delivery to them.
    The runs begin once one person has agreed."""
    if case.together.proposal and any(party.consents for party in case.consumers):
        for person in case.consumers:
            told = _told_to(case, person.id, "joint_consent")
            if not person.consents and person.id not in case.together.leaving and told:
                yield Run(person.id, None if None in told else max(at for at in told if at))


@deadline(OPEN, "asked", passing=True, seen_by=EVERYONE, told=(PublicTerm(None, 2),))
def handler_change(case: Case) -> Iterator[Run]:
    """Run while a request for another handler is open."""
    yield from (Run(asked.id, asked.at) for asked in filter(None, [case.handler_change]))


@deadline(
    ANY,
    "a party's message",
    passing=True,
    seen_by=EVERYONE,
    to_mediator=True,
    queue="messages",
    told=(PublicTerm(None, 1),),
)
def message_reply(case: Case) -> Iterator[Run]:
    """Run for each message that has no reply."""
    yield from (Run(message.id, message.at) for message in case.messages)


@deadline(
    ANY,
    "a letter cannot go by its first way; the morning after a try; three tries: post",
    passing=True,
    queue="tellings",
)
def telling(case: Case) -> Iterator[Run]:
    """Run from the opening of a call task; after a call that reached nobody, from the next morning."""
    for telling in case.tellings:
        if telling.nowhere is None:
            again = published().morning(telling.tries[-1], 1, SHANGHAI) if telling.tries else telling.since
            yield Run(telling.id, again)


@deadline(ANY, "nobody answers on three days, and there is no address to post to", passing=True)
def unreachable(case: Case) -> Iterator[Run]:
    """Run from the finding that neither telephone nor post reaches a person."""
    for telling in case.tellings:
        if telling.nowhere:
            yield Run(telling.id, telling.nowhere)


@deadline(ANY, "second person asked", passing=True, queue="approvals")
def approval(case: Case) -> Iterator[Run]:
    """Run for each move that waits for a second person."""
    yield from (Run(asked.id, asked.at) for asked in case.approvals)


@deadline(OPEN, "document, until its last day", duty=False, fixed=True)
def authority_term(case: Case) -> Iterator[Run]:
    """Run until the last day of a representative’s authority."""
    for party in case.parties:
        if party.represents and party.checked and party.until and not party.left:
            yield Run(party.id, case.received_at, party.until)


@deadline(
    frozenset({S.CLOSED}),
    "closing told, where the consumer can still have it taken up again",
    duty=False,
    seen_by=FILER,
    told=(PublicTerm(S.CLOSED, 0),),
)
def reopen_window(case: Case) -> Iterator[Run]:
    """Run from the delivery of the closing letter, while the consumer can have the case reopened."""
    if case.reopens:
        yield from _since_told(*opened_by("reopen_window"))(case)


@deadline(
    frozenset({S.CLOSED}), "withdrawal told", duty=False, seen_by=FILER, told=(PublicTerm(S.CLOSED, 1),)
)
def undo_withdrawal(case: Case) -> Iterator[Run]:
    """Run from the delivery of the withdrawal letter, while the withdrawal can be undone."""
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
    """Run from the closing, for each complainant who is asked and has not answered. They or their
    representative must receive letters by mail or short message."""
    closed = case.spells[-1].since
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
    """Run from the question about the process, for each complainant who has not given an opinion."""
    asked = case.feedback.asked
    for person in case.consumers:
        if asked and person.id not in case.feedback.opined and written_to(case, person, asked):
            yield Run(person.id, asked)


def written_to(case: Case, person: Party, now: datetime) -> bool:
    """Return whether letters to a complainant or their representative leave by themselves."""
    today = published().day_of(now)
    return any(hears.way in AUTOMATIC for hears in case.speakers(person, today))
