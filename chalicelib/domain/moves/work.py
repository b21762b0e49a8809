"""Moves at any stage of a case: ownership, messages, call tasks, approvals, and the steps of the clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import ANYBODY, MOVES, Done, Shows, move, on_leaving, where
from chalicelib.domain.engine.letters_owed import asker_of, both, delivered, left, to_all
from chalicelib.domain.engine.permission import NEUTRAL
from chalicelib.domain.engine.process import granted, promised
from chalicelib.domain.engine.server_facts import Server, Wanted, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, Approval, CallTask, Waiting
from chalicelib.domain.model.change import Repetition
from chalicelib.domain.model.codes import (
    ANY,
    AT_TABLE,
    EVERY,
    OPEN,
    TALKS,
    Conflict,
    Role as R,
    Side,
    Stage as S,
    Undelivered,
    Way,
)
from chalicelib.domain.model.field_marks import Given, Message, Text, Whom
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.moves.dispute import held_by, naming, neutral, of_the_talks
from chalicelib.domain.moves.mediation import without_mediator
from chalicelib.domain.moves.parties import circle_of, meant
from chalicelib.domain.moves.performance import of_both, recipient, to_creditor, to_debtor
from chalicelib.domain.moves.reconsideration import vacated
from chalicelib.domain.policy import names
from chalicelib.domain.roster import Roster

MESSAGES_A_DAY = 50
"""The most messages of one party on a case in a local day. Files and warnings of danger are not limited by
it."""


@on_leaving(*S)
def _asked_no_more(case: Case, act: Act) -> Case:
    """Return the case without requests for approval that can no longer be taken. Requests survive while the
    case is open, but those of talks end with the talks."""
    return replace(
        case,
        approvals=tuple(
            asked
            for asked in case.approvals
            if case.stage in MOVES[asked.move].at
            or (case.stage != S.CLOSED and not MOVES[asked.move].at <= AT_TABLE)
        ),
    )


def _asked_of(case: Case, act: Act) -> bool:
    return any(act.role.code in asked.roles for asked in case.approvals)


@fills("asked")
def _facts_asked_for(server: Server, wanted: Wanted) -> Mapping[str, Any]:
    """Return the facts of the move that the named approval would take, in the move's own types; {} without
    such an approval."""
    asked = next((a for a in wanted.case.approvals if a.id == wanted.said.get("approval")), None)
    return server.reread(asked.move, asked.facts) if asked else {}


@move(
    at=EVERY,
    by=R.LEAD | R.SUPERVISOR | R.EXECUTIVE,
    tells="approval_decided? → asker",
    fits=lambda case: case.approvals,
    grants=True,
    about=where(_asked_of, ANYBODY),
    answers=("approval",),
)
def approve(
    case: Case, act: Act, *, approval: str, asked: Annotated[Mapping[str, Any], Given(noted=True)]
) -> Done:
    """Approve, as the second person: the requested move is taken in this same entry. `asked` are its facts,
    restored to their own types."""
    found = _approval(case, act, approval)
    # the author of the report may not confirm the answer either
    refuse_if(
        found.move == "answer" and case.inquiry.report and case.inquiry.report.by == act.who, "own_report"
    )
    rest = tuple(a for a in case.approvals if a.id != approval)
    return granted(replace(case, approvals=rest), act, found, asked)


@move(
    at=EVERY,
    by=R.LEAD | R.SUPERVISOR | R.EXECUTIVE,
    tells="approval_decided? → asker",
    fits=lambda case: case.approvals,
    about=where(_asked_of, ANYBODY),
)
def refuse_approval(case: Case, act: Act, *, approval: str, reason: Text) -> Done:
    """Refuse an approval, as the second person, with the reason. The requested move is not taken."""
    found = _approval(case, act, approval)
    rest = tuple(a for a in case.approvals if a.id != approval)
    return Done(replace(case, approvals=rest), (("approval_decided", asker_of(found)),), {"move": found.move})


def _approval(case: Case, act: Act, id: str) -> Approval:
    found = required(
        next((a for a in case.approvals if a.id == id), None), "approval_unknown", field="approval"
    )
    refuse_if(found.by == act.who, "own_request")
    refuse_if(act.role.code not in found.roles, "approver_level", roles=found.roles)
    return found


def _takeable(case: Case, act: Act) -> bool:
    """Return whether the actor can take the case. Talks need a negotiator other than the owner, and a
    severity."""
    neutral(case, act.who)
    talks = act.role is R.NEGOTIATOR and case.severity is not None and case.owner != act.who
    return case.stage not in TALKS or talks


@move(
    at=OPEN - {S.UNDER_RECONSIDERATION},
    by=R.INTAKE | R.INVESTIGATOR | R.NEGOTIATOR | R.FOLLOWUP,
    tells="handler_named? → both, handler_changed? → both",
    fits=lambda case: not case.mediates,
    about=where(_takeable, ANYBODY),
    rank=1,
    answers=("assignment",),
)
def take(case: Case, act: Act) -> Done:
    """Take a case of one's own team. The consumer learns who handles it, or both sides who leads their
    talks."""
    refuse_if(case.team not in act.teams, "not_own_team")
    refuse_if(case.stage in AT_TABLE and act.role is not R.NEGOTIATOR, "not_neutral")
    neutral(case, act.who)
    return Done(held_by(case, act.who), _named(case))


@move(
    at=OPEN - TALKS | {S.IMPROVING},
    by=R.LEAD | R.SUPERVISOR,
    tells="task | action_due → owner, handler_named? → consumer, handler_changed? → consumer",
    shows=Shows(),
    task_due="investigation",
    fits=lambda case: not case.mediates,
    answers=("assignment",),
)
def assign(case: Case, act: Act, *, to: str, roster: Annotated[Roster, Given()]) -> Done:
    """Assign a case, or an improvement action, to a colleague of its team; no deadline restarts. The consumer
    is informed once the case has been accepted."""
    given = _given_to(case, to, roster)
    return replace(given, tells=(("action_due" if case.improvement else "task", "owner"), *given.tells))


@move(
    at=OPEN | {S.IMPROVING},
    by=R.LEAD | R.SUPERVISOR,
    tells="handler_named? → both, handler_changed? → both, hand_over? → both colleagues",
    fits=lambda case: False,
    shows=Shows(),
    task_due="investigation",
)  # offered only for all cases of a colleague together
def hand_over(
    case: Case,
    act: Act,
    *,
    to: str,
    reason: Text,
    roster: Annotated[Roster, Given()],
    cases: Annotated[tuple[str, ...], Given(noted=True)] = (),
) -> Done:
    """Hand over one case of a colleague who leaves or is absent, together with all the others. The last one
    informs both colleagues which `cases` they were."""
    given, was = _given_to(case, to, roster), case.owner
    lists = (("hand_over", f"staff:{was}"), ("hand_over", f"staff:{to}")) if cases else ()
    return replace(given, tells=(*given.tells, *lists), facts={"was": was})


def _given_to(case: Case, to: str, roster: Roster) -> Done:
    """Return the case with a new owner of its team who has not stood back from it. The consumer is informed
    once it has been accepted."""
    refuse_if(not roster.serves(to, case.team), "unknown_person", field="to")
    refuse_if(to in case.inquiry.recused, "recused_before", field="to")
    neutral(case, to, roster, "to")
    return Done(held_by(case, to), _named(case))


def _named(case: Case) -> tuple[tuple[str, str], ...]:
    """Return the letter that names a new owner: of talks to both sides, else to the consumer, once the case
    has been accepted."""
    if case.stage in TALKS:
        return both(naming(case))
    return ((naming(case), "consumer"),) if any(matter.accepted for matter in case.matters) else ()


STANDS_BACK = (
    R.INVESTIGATOR | R.LEAD | R.PANEL | R.CHAIR | R.NEGOTIATOR | R.MEDIATOR | R.FOLLOWUP | R.SUPERVISOR
)


@move(
    at=OPEN,
    by=STANDS_BACK,
    tells="task? → lead",
    task_due="investigation",
    about=where(
        lambda case, act: not (act.role is R.MEDIATOR and case.talks.agreement and case.stage == S.SIGNING),
        ANYBODY,
    ),
    even=("unaccepted", "objected_to"),
    starts=("assignment",),
    needs_panel=True,
)
def recuse(case: Case, act: Act, *, conflict: Conflict, reason: Text | None = None) -> Done:
    """Stand back from a case by one's own word. A case that the person held waits for another owner. A
    mediator whose text is being signed must first refuse to sign it."""
    refuse_if(act.who in case.inquiry.recused, "recused_before")
    if case.seat(act.who):
        return Done(vacated(case, act, act.who), (("task", "role:supervisor"),))
    refuse_if(
        case.stage == S.SIGNING
        and case.talks.agreement
        and case.mediator == act.who
        and MEDIATOR in case.talks.agreement.signers,
        "draft_waits",
    )
    if case.mediator == act.who and case.stage == S.MEDIATING:
        gone = without_mediator(case, act)
        return Done(
            replace(gone, inquiry=replace(gone.inquiry, recused=(*case.inquiry.recused, act.who))),
            (("task", "role:lead"),),
        )
    owner = None if case.owner == act.who else case.owner
    told = (("task", "role:lead"),) if owner != case.owner else ()
    return Done(
        replace(case, inquiry=replace(case.inquiry, recused=(*case.inquiry.recused, act.who)), owner=owner),
        told,
    )


@move(
    at=OPEN,
    by=R.PARTY,
    recorded_by=R.INTAKE,
    tells="task? → role:lead",
    fits=lambda case: (
        (case.owner or case.recourse.reconsideration) and not case.handler_change and not case.mediates
    ),
    shows=Shows(words=("reason",), about_one=True),
    task_due="handler_change",
    about=where(
        lambda case, act: (
            case.place != S.UNDER_RECONSIDERATION
            or (case.recourse.reconsideration is not None and case.recourse.reconsideration.complete)
        )
    ),
)
def ask_handler_change(case: Case, act: Act, *, reason: Text, party: Whom = None) -> Done:
    """Ask for another handler, or another panel member, for a party. The decision follows within two working
    days."""
    refuse_if(case.handler_change, "handler_change_asked")
    refuse_if(case.mediates, "challenge_instead")
    decides = "supervisor" if case.place == S.UNDER_RECONSIDERATION else "lead"
    return Done(
        replace(case, handler_change=Waiting(act.id, act.now, meant(case, act, party).id)),
        (("task", f"role:{decides}"),),
    )


@move(
    at=OPEN,
    by=R.LEAD | R.SUPERVISOR,
    tells="recusal_decided? → asker",
    fits=lambda case: case.handler_change,
    shows=Shows(words=("reason",), yes="change"),
    starts=("assignment",),
    answers=("handler_change",),
)
def decide_handler_change(
    case: Case, act: Act, *, change: bool, reason: Text, member: str | None = None
) -> Done:
    """Decide, with the reason, whether the handler or `member` of the panel changes. The person concerned may
    not decide. A change needs a new appointment."""
    wish = required(case.handler_change, "handler_change_not_asked")
    refuse_if(case.owner == act.who, "own_request")
    # their own answer may be under reconsideration
    refuse_if(
        case.place == S.UNDER_RECONSIDERATION and act.role is R.LEAD,
        "move_not_allowed_for_role",
        move="decide_handler_change",
        role=act.role.code,
    )
    asker = case.party(wish.by)
    refuse_if(change and case.mediates, "challenge_instead")
    told = (("recusal_decided", f"for:{asker.id}"),) if not asker.left else ()
    case = replace(case, handler_change=None)
    if change and case.place == S.UNDER_RECONSIDERATION:
        member = member or (case.panel[0].who if len(case.panel) == 1 else "")
        refuse_if(case.seat(member) is None, "not_on_panel", field="member")
        case = vacated(case, act, member)
    elif change and case.owner:
        case = replace(
            case, inquiry=replace(case.inquiry, recused=(*case.inquiry.recused, case.owner)), owner=None
        )
    return Done(case, told, {"party": asker.id})


@move(at=OPEN, by=R.SUPERVISOR, tells="extension? → consumer")
def change_policy(case: Case, act: Act, *, policy: str, reason: Text) -> Done:
    """Change the policy of a case to another sector's or a newer version. A later date is a new promise with
    its reason."""
    refuse_if(policy not in names() or policy == case.policy, "policy_unknown", field="policy")
    moved = (
        promised(replace(case, policy=policy), act, "change_policy")
        if case.stage == S.INVESTIGATING
        else replace(case, policy=policy)
    )
    return Done(moved, (("extension", "consumer"),) if moved.promises != case.promises else ())


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
)
def message(case: Case, act: Act, *, text: Message, party: Whom = None) -> Done:
    """Write a message. A party's message waits for a reply, by the time of the first one that they wait with.
    A party can write a limited number a day.

    A message from staff goes to the consumer (of a joint case to one person or to all) and answers the
    waiting ones."""
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
    # a late request for reconsideration is decided on instead of being replied to
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
    """Write an internal note for colleagues who handle the case; parties never see it. A supervisor's note
    after a survey records its consequences."""
    return (
        replace(case, feedback=replace(case.feedback, survey_waits=False))
        if act.role is R.SUPERVISOR
        else case
    )


def _written(case: Case, act: Act) -> Case:
    """Return the case with one more message of this party today. Counts of other days are dropped. Raises
    Refusal above the limit."""
    today = published().day_of(act.now)
    written = {who: counted for who, counted in case.written.items() if counted[0] == today}
    count = written.get(act.who, (today, 0))[1] + 1
    refuse_if(count > MESSAGES_A_DAY, "too_many_messages", most=MESSAGES_A_DAY)
    return replace(case, written={**written, act.who: (today, count)})


TRIED = 3
"""The number of days without an answer by phone after which a letter is posted."""
BY_POST = timedelta(days=7)
"""The time after which a posted letter counts as arrived, unless its receipt was signed before."""


@move(
    at=ANY,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.SAFETY | R.NEGOTIATOR | R.FOLLOWUP,
    fits=lambda case: case.tellings,
    handles=False,
    reads_talks=lambda case: (
        "told_in_confidence" if all(of_the_talks(case, t.letter, t.since) for t in case.tellings) else ""
    ),
    even=("recused",),
    answers=("telling",),
)
def record_telling(
    case: Case, act: Act, *, telling: str, how: Way, told: bool, said: Text, signed: bool = False
) -> Case:
    """Record a read-out: who called the person, how, and what was read, with failed tries. After a read-out
    the person has the letter, and its window starts now.

    A posted letter has arrived when its receipt is `signed`, else after seven days. A letter of the talks is
    read out by a neutral officer who may hear the talks.

    A person who does not answer is tried on three days, then gets a letter by post. Without a postal address
    the letter waits and is checked every 30 days. It stops only its own window."""
    found = required(
        next((t for t in case.tellings if t.id == telling), None), "telling_unknown", field="telling"
    )
    confided = of_the_talks(case, found.letter, found.since)
    refuse_if(confided and ("deaf" in act.limits or act.role not in NEUTRAL), "told_in_confidence")
    if not told:
        tried = _tried(found, act, how)
        return replace(case, tellings=tuple(tried if t is found else t for t in case.tellings))
    newer = case.tellings[case.tellings.index(found) + 1 :]
    case = replace(case, tellings=tuple(t for t in case.tellings if t.id != telling))
    # a later letter began the window and still waits to be read out
    if any((t.letter, t.party) == (found.letter, found.party) for t in newer):
        return case
    return delivered(case, found.letter, act.now + BY_POST if how == Way.POST and not signed else act.now)


def _tried(telling: CallTask, act: Act, how: Way) -> CallTask:
    """Return the call task after a failed try. A letter without a postal address goes on waiting. Raises
    Refusal for posting before the three days."""
    refuse_if(how == Way.POST and len(telling.tries) < TRIED, "try_first", field="how", days=TRIED)
    if how == Way.POST:
        return replace(telling, nowhere=act.now)
    other_days = (at for at in telling.tries if published().day_of(at) != published().day_of(act.now))
    return replace(telling, tries=(*tuple(other_days)[-TRIED + 1 :], act.now), nowhere=None)


def to_post(telling: CallTask) -> bool:
    """Return whether a letter must be posted now, since nobody answered on the required number of days."""
    return len(telling.tries) >= TRIED and telling.nowhere is None


@move(at=ANY, by=R.CLOCK, tells="undelivered → owner")
def letter_failed(case: Case, act: Act, *, letter: str, id: str, party: str, why: Undelivered) -> Case:
    """Record that a letter did not arrive. The window that began with it stops, and staff tell the person
    instead."""
    refuse_if(any(t.id == id for t in case.tellings), "telling_unknown")
    hears = _instead(case, party)
    if hears is None:
        return case
    return replace(
        delivered(case, letter, None), tellings=(*case.tellings, CallTask(id, letter, hears, act.now))
    )


@move(at=ANY, by=R.CLOCK)
def letter_late(case: Case, act: Act, *, letter: str, id: str, since: datetime, at: datetime) -> Case:
    """Record that a letter left more than an hour after its move. Its window runs from then, as the letter
    says, and nobody needs to read it out."""
    after = left(case, letter, id, since, at)
    refuse_if(after == case, "telling_unknown")
    return after


def _instead(case: Case, id: str) -> str | None:
    """Return the person who gets the letters of somebody who has left: their successor or principal. Return
    None after a complainant has left."""
    gone = next((p for p in case.parties if p.id == id and p.left), None)
    if gone is None:
        return id
    if gone.side == Side.BUSINESS:
        return case.business.id if case.business else None
    return _instead(case, gone.represents) if gone.represents else None


@move(
    at=EVERY,
    by=R.CLOCK,
    tells="warning | escalation | outside_deadline | task | action_due → owner, "
    "late_acknowledgement | overdue | information_reminder | answer_reminder | obligation_reminder | "
    "obligation_due | visit | "
    "authority_ending | mediation_invitation_reminder | meeting_reminder | signing_reminder | "
    "confirmation_reminder | "
    "survey | survey_reminder → consumer",
    shows=Shows(company=True),
)
def take_step(
    case: Case,
    act: Act,
    *,
    deadline: str,
    run: str,
    step: int,
    overtaken: int,
    due: datetime,
    late_minutes: int,
    early: bool,
    waited_s: int = 0,
    by: datetime | None = None,
    to: str | None = None,
    role: str | None = None,
    passed_on: str | None = None,
    all_away: bool = False,
    also: tuple[str, ...] = (),
    consumer: str | None = None,
    review: bool = False,
    again: bool = False,
) -> Done:
    """Take one step of a ladder: a reminder, a warning or an escalation, once each. Overtaken lower steps are
    counted. A step that comes `again` is listed in its recipient's digest. `waited_s`: the delay of the clock
    itself, in seconds, for the figures."""
    case = replace(case, clock=replace(case.clock, steps={**case.clock.steps, run: step + 1}))
    if review:
        case = replace(case, clock=replace(case.clock, review=act.now))
    ours = "action_due" if case.improvement else "warning" if early else "escalation"
    letter = "task" if review else "outside_deadline" if deadline == "outside_due" else ours
    reached, concerned = [who for who in (to, *also) if who], _concerned(case, consumer) if consumer else ()
    if again:
        return Done(case, concerned, repeated=tuple(Repetition(who, run, deadline, due) for who in reached))
    return Done(case, (*((letter, f"staff:{who}") for who in reached), *concerned))


@move(at=EVERY, by=R.CLOCK, tells="deadline_recomputed → owner, deadline_recomputed? → consumer")
def recompute_deadline(
    case: Case, act: Act, *, deadline: str, run: str, about: str, was_due: datetime, due: datetime
) -> Done:
    """Announce a date that became later after the calendar of a year was loaded. The owner of the case is
    informed, and for a longer window its holder. An earlier date is not announced, since the announced date
    stays valid."""
    name = "deadline_recomputed" + (f"#{about}" if about and deadline != "party_reply" else "")
    return Done(case, _concerned(case, name) if DEADLINES[deadline].opened else ())


def _concerned(case: Case, letter: str) -> tuple[tuple[str, str], ...]:
    """Return a letter of the clock with its recipients.

    They are everybody for a meeting, the mediator who has not signed, or the sides that have not said whether
    they apply for confirmation. For an obligation they are its sides, for a visit all creditors. Otherwise it
    is the principal of the person concerned, or all complainants."""
    name, about, _ = key_of(letter)
    if name == "visit":
        return tuple(
            (letter if to != BUSINESS else f"{letter}#{to}", recipient(to))
            for to in dict.fromkeys(o.to for o in case.owed)
        )
    if owed := next((o for o in case.owed if o.id == about), None):
        sides = {"obligation_reminder": to_debtor, "obligation_due": of_both, "deadline_recomputed": of_both}
        return sides.get(name, to_creditor)(name, owed)
    if name == "meeting_reminder":
        return to_all(letter)
    if about == MEDIATOR:
        return ((letter, MEDIATOR),)
    if name == "confirmation_reminder":
        agreed = case.bound.applies if case.bound else ()
        return tuple(
            (told, to)
            for told, to in both(letter)
            if (Side.BUSINESS if to == BUSINESS else Side.CONSUMER) not in agreed
        )
    whom = {p.id: p.represents or p.id for p in case.parties}.get(about, about)
    return ((letter, BUSINESS if whom == BUSINESS else f"for:{whom}" if whom else "consumer"),)
