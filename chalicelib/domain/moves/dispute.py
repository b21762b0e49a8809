"""Disputes: the consumer raises a dispute, or staff identify it. A neutral officer who had no part in the
investigation leads the talks, and each side makes statements."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from chalicelib.domain.engine.deadlines import open_questions
from chalicelib.domain.engine.declare import IN_TALKS, OFTEN, Done, Shows, move, subjects_passing, where
from chalicelib.domain.engine.grounds import About, on_record
from chalicelib.domain.engine.lateness import announced_to, missed_duties
from chalicelib.domain.engine.letters_owed import to_both_sides, to_whom
from chalicelib.domain.engine.running import APOLOGY, running_of
from chalicelib.domain.engine.server_facts import FactContext, Server, fills, origins
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Party, refuse_if, required
from chalicelib.domain.model.case_records import BUSINESS, Dispute, Statement
from chalicelib.domain.model.codes import (
    TALKS,
    Fact,
    Nature,
    Outcome,
    Power,
    Reply,
    Role as R,
    Severity,
    Side,
    Stage as S,
)
from chalicelib.domain.model.field_marks import (
    ITSELF,
    ByStaff,
    Choice,
    ColleagueId,
    FormRule,
    Given,
    Names,
    OfficialText,
    Ours,
    Personal,
    SideOf,
    Story,
    Text,
    Whom,
)
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.moves.intake import SERIOUS, Person, way_of
from chalicelib.domain.moves.joint import for_all
from chalicelib.domain.moves.parties import KnownBy, complainant_of
from chalicelib.domain.roster import Roster

RAISED_AT = frozenset({S.INVESTIGATING, S.ANSWERED, S.PERFORMING, S.BREACHED, S.CLOSED})
"""The stages at which the consumer can raise a dispute."""
CONTESTED = frozenset(
    {
        Outcome.ANSWERED_ACCEPTED,
        Outcome.ANSWERED_NOT_CONTESTED,
        Outcome.ANSWERED_FINAL,
        Outcome.FULFILLED,
        Outcome.FULFILLED_AFTER_BREACH,
        Outcome.SETTLED_AT_ONCE,
    }
)
"""The outcomes of closed cases about which a dispute can be raised, while the time to contest runs. A
declined case is not among them: it can be disputed only after a reconsideration."""
ENOUGH_TRIES = 2
"""After this number of recorded failed attempts to hear a side, its statement is no longer needed."""
MOST_STATEMENTS, EACH = 20, 2
"""`MOST_STATEMENTS`: the most statements of one side, so that nobody fills up a case. `EACH`: the number of
statements that each person of a joint case can always make, even if their side has reached its most."""
Side_ = Annotated[Side | None, ByStaff(), SideOf()]
"""The side for which staff record something. Parties leave it out, because their own side is known."""


Barred = Annotated[tuple[str, ...], Given()]
"""The ids of the staff who investigated the case or answered for the company. They may not lead its talks."""


@fills("barred")
def _investigators(server: Server, context: FactContext) -> tuple[str, ...]:
    """Return the ids of the staff who investigated this case or answered for the company in it. If the case
    was split off from another case, the staff of that case are included."""
    kept = (server.contents(each).investigated for each in origins(server, context.case))
    return tuple(dict.fromkeys(who for investigated in kept for who in investigated))


def of_the_talks(case: Case, letter: str, at: datetime) -> bool:
    """Return whether a letter repeats something that was said in the talks. `letter` is its key. `at` is when
    it was written, or since when it waits to be read out (UTC)."""
    confided = letter_of(letter).confided
    talked = any(spell.stage in TALKS and spell.since <= at for spell in case.stages)
    return confided == "talks" or (confided == "put_in_talks" and talked)


def disputable(case: Case) -> bool:
    """Return whether a dispute can be raised at the stage and with the outcome of the case. The time limit
    for raising a dispute is not checked here."""
    upheld = case.outcome == Outcome.DECLINED and "decide_reconsideration" in case.taken
    # an agreement is in force, and the follow-up officer watches its obligations, so there is nothing to
    # dispute
    if case.bound:
        return False
    return case.stage in RAISED_AT and (case.stage != S.CLOSED or case.outcome in CONTESTED or upheld)


def _raisable(case: Case, act: Act) -> None:
    refuse_if(not disputable(case), "nothing_to_dispute")
    for_all(case, act)
    window = next(running_of(case, "answer_window"), None)
    over = window is None or (window.due is not None and window.due <= act.now)
    refuse_if(case.stage in (S.PERFORMING, S.BREACHED, S.CLOSED) and over, "dispute_window_over")


@move(
    at=RAISED_AT,
    to=S.NEGOTIATING,
    by=R.C,
    recorded_by=R.INTAKE | R.PARTNER,
    power=Power.NEGOTIATE,
    tells="dispute_opened → both, task → role:lead, mediation_invitation? → consumer",
    fits=disputable,
    shows=Shows(words=("about",), facts=("nature",)),
    part="dispute",
    answers=("answer_window",),
    task_due="assignment",
    about=where(_raisable),
    starts=("assignment",),
)
def raise_dispute(case: Case, act: Act, *, nature: Nature, about: Text, barred: Barred) -> Done:
    """Open talks with the company, because the consumer disputes the investigation or the answer. The
    consumer can do this during the investigation, and after the answer within the time to contest. `about`
    says what is disputed."""
    _raisable(case, act)
    return _opened(case, act, nature, (), barred)


def _severities(case: Case, _: str) -> Collection[Severity]:
    """Return the severities that staff can choose for a dispute. A critical or major case cannot get a lower
    severity."""
    return [severity for severity in Severity if case.severity not in SERIOUS or severity <= case.severity]


@move(
    at=frozenset({S.INVESTIGATING, S.ANSWERED}),
    to=S.NEGOTIATING,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.NEGOTIATOR | R.SUPERVISOR,
    tells=(
        "dispute_opened → both, task → role:lead, mediation_invitation? → consumer, task? → supervisor "
        "or executive"
    ),
    shows=Shows(words=("about",), facts=("nature", "others")),
    task_due="assignment",
    starts=("assignment",),
    begins=lambda case, _: {"severity": case.severity},
    changes=("severity",),
    kept=1,
)
def identify_dispute(
    case: Case,
    act: Act,
    *,
    about: OfficialText,
    nature: Nature,
    others: tuple[Nature, ...] = (),
    severity: Annotated[Severity, Choice(_severities)],
    agrees: bool,
    barred: Barred,
) -> Done:
    """Record that the two sides are in dispute. Staff do this when they see a dispute and the consumer agrees
    to negotiate (`agrees`). `nature` and `others` say what kind of dispute it is; `severity` becomes that of
    the case."""
    refuse_if(not agrees, "consumer_agrees_first", field="agrees")
    serious, told = _serious(case, severity)
    opened = _opened(serious, act, nature, others, barred)
    return replace(opened, tells=(*told, *opened.tells))


def _serious(case: Case, severity: Severity) -> tuple[Case, tuple[tuple[str, str], ...]]:
    """Return the case with this severity, and the letter to the executive or supervisor if the case is newly
    critical or major. Raises Refusal `severity_not_lowered` for a lower severity of a critical or major
    case."""
    refuse_if(case.severity in SERIOUS and severity > case.severity, "severity_not_lowered", field="severity")
    to = {Severity.S1: "role:executive", Severity.S2: "role:supervisor"}.get(severity)
    return replace(case, severity=severity), (("task", to),) if to and severity != case.severity else ()


def _opened(
    case: Case, act: Act, nature: Nature, others: tuple[Nature, ...], barred: tuple[str, ...]
) -> Done:
    """Return the case in negotiation, without an owner. `barred` are the ids of staff who may not lead the
    talks. Consents of the parties from before no longer count. If the company had offered mediation in
    advance, the consumer is invited to mediation at once."""
    back = case.stage if case.stage in (S.INVESTIGATING, S.ANSWERED) else S.ANSWERED
    # bar the owner of the investigation too, even if they have not done anything yet
    had = case.owner if case.stage == back else None
    now = act.who if act.role is R.INVESTIGATOR else None
    held = case.talks.dispute.held if case.talks.dispute else ()
    never = tuple(dict.fromkeys(filter(None, (*barred, had, now))))
    dispute = Dispute(act.now, case.said_by(act), back, nature, others, case.owner, never, held)
    opened = replace(
        case,
        stage=S.NEGOTIATING,
        outcome=None,
        owner=None,
        talks=replace(case.talks, dispute=dispute, mediation_offered=False, mediation=None, agreement=None),
        together=replace(case.together, proposal=None),
        parties=case.without_consents,
    )
    if not case.talks.mediation_offered:
        return Done(opened)
    invited = replace(dispute, invited=act.now, consents={Side.BUSINESS: True})
    return Done(
        replace(opened, talks=replace(opened.talks, dispute=invited)), (("mediation_invitation", "consumer"),)
    )


def dispute_of(case: Case) -> Dispute:
    """Return the dispute of a case, with its talks. Raises Refusal `no_dispute` if the case has none."""
    return required(case.talks.dispute, "no_dispute")


def neutral(case: Case, who: str, roster: Roster | None = None, field: str | None = None) -> None:
    """Raise Refusal if the person `who` may not own the case at its present stage.

    Staff who investigated or answered for the company may not own the case in talks. In a negotiation, only a
    negotiator in `roster` may. Nobody else may own the case while a mediator owns it, or before the severity
    is set. An earlier owner of the talks may not own the investigation. A person who speaks for the company
    on the case, or also serves a department that the case asks, may not own it. `field` is the input field
    that the Refusal names."""
    refuse_if(case.bars(who), "not_neutral", field=field)
    refuse_if(case.mediates, "mediator_accepted")
    refuse_if(who in case.colleagues, "speaks_for_company", field=field)
    refuse_if(
        roster and any(roster.serves(who, asked.department) for asked in open_questions(case)),
        "answers_for_department",
        field=field,
    )
    refuse_if(
        case.talks.dispute and case.stage == S.INVESTIGATING and who in case.talks.dispute.held,
        "held_talks",
        field=field,
    )
    refuse_if(
        roster
        and case.stage == S.NEGOTIATING
        and who not in {member.id for member in roster.people(case.team, R.NEGOTIATOR.code)},
        "no_negotiator",
        field=field,
    )
    refuse_if(
        case.stage in TALKS and case.severity is None, "severity_needed", field="severity" if field else None
    )


@move(
    at=S.NEGOTIATING,
    by=R.LEAD | R.SUPERVISOR,
    tells="task → owner, handler_named | handler_changed → both, task? → supervisor or executive",
    shows=Shows(facts=("to",)),
    part="talks",
    task_due="negotiation",
    answers=("assignment",),
    changes=("owner", "severity"),
    kept=1,
)
def assign_negotiator(
    case: Case,
    act: Act,
    *,
    to: ColleagueId,
    severity: Annotated[Severity | None, FormRule(("",), unless=lambda case: case.severity)] = None,
    roster: Annotated[Roster, Given()],
) -> Done:
    """Make the colleague `to` the neutral officer who leads the talks. The neutral officer may be neither the
    investigator nor the company's representative. `severity` must be given if the case has none."""
    case, told = _serious(case, severity) if severity else (case, ())
    refuse_if(not roster.serves(to, case.team), "unknown_person", field="to")
    refuse_if(to in case.inquiry.recused, "recused_before", field="to")
    neutral(case, to, roster, "to")
    return Done(held_by(case, to), (*told, *to_both_sides(naming(case))))


def naming(case: Case) -> str:
    """Return the key of the letter that announces the next owner of the case. It is `handler_named` for the
    first owner and `handler_changed` for a later owner. In talks, the first neutral officer counts as a first
    owner."""
    begun = case.talks.dispute.at if case.talks.dispute and case.stage in TALKS else case.recorded_at
    named = any(at is None or at >= begun for at in case.reached.get("handler_named", ()))
    return "handler_changed" if case.owner or named else "handler_named"


def held_by(case: Case, who: str) -> Case:
    """Return the case with the person `who` as its owner. In talks their id is also added to the list of
    owners of the talks, because they may not investigate or answer afterwards."""
    talks = case.talks.dispute
    held = replace(talks, held=(*talks.held, who)) if talks and case.stage in TALKS else talks
    return replace(case, owner=who, talks=replace(case.talks, dispute=held))


@move(
    at=TALKS | {S.SIGNING, S.PERFORMING, S.BREACHED},
    by=R.LEAD | R.NEGOTIATOR | R.SUPERVISOR,
    tells="access_link → business, offer? → business, overdue? → business",
    shows=Shows(facts=()),
)
def name_business_representative(
    case: Case,
    act: Act,
    *,
    person: Annotated[
        Person,
        Personal(),
        Ours(),
        FormRule(
            needed=("name",),
            without=("on_behalf_of", "help", "address", "way", "capacity"),
            unhinted=("name", "email"),
        ),
    ],
    known_by: KnownBy,
    roster: Annotated[Roster, Given()],
) -> Done:
    """Name the company's representative, who gets their own link. A person who investigated the case or owns
    it is refused. `known_by` are hashes of the representative's addresses. A former representative loses
    access. If a duty whose end the company knows is missed, the new representative gets our apology at
    once."""
    refuse_if(not person.name, "name_needed", field="person/name")
    refuse_if(not person.email and not person.phone, "contact_needed", field="person/email")
    address = (person.email or "").casefold()
    staff = next(
        (
            m.id
            for t in roster.teams.values()
            for m in t.people()
            if address and m.email.casefold() == address
        ),
        "",
    )
    refuse_if(
        staff and (staff == case.owner or (case.talks.dispute and staff in case.talks.dispute.barred)),
        "not_neutral",
        field="person/email",
    )
    refuse_if(
        set(known_by) & {key for p in case.parties if p.side == Side.CONSUMER for key in p.known_by},
        "other_side",
        field="person/email",
    )
    before = case.business
    gone = tuple(p.gone(act.now) if p == before else p for p in case.parties)
    id = f"p{len(case.parties) + 1}"
    named = Party(
        id,
        way_of(person, anonymous=False),
        person.language,
        person.capacity,
        Side.BUSINESS,
        known_by,
        colleague=staff or None,
    )
    talks = case.talks.dispute and replace(
        case.talks.dispute, barred=tuple(dict.fromkeys((*case.talks.dispute.barred, *filter(None, [staff]))))
    )
    # letters that must be read out to the former representative are now read out to the new one
    tellings = tuple(replace(t, party=id) if before and t.party == before.id else t for t in case.tellings)
    waits = talks.open if talks and not before and case.stage in TALKS else None
    # an offer of the consumer waited because the company had no representative, so send it now
    told = ((f"offer#{waits.id}", "business"),) if waits and waits.side == Side.CONSUMER else ()
    case = replace(case, parties=(*gone, named), tellings=tellings, talks=replace(case.talks, dispute=talks))
    if any(BUSINESS in announced_to(case, run) for run in missed_duties(case)):
        told = (*told, to_whom(APOLOGY, BUSINESS))
    return Done(
        case, told, facts={"representative": id, "colleague": staff or None}, people={id: vars(person)}
    )


def side_of(case: Case, act: Act, side: Side | None) -> Side:
    """Return the side for which the actor acts. A party acts for its own side, and a partner for the
    consumer. Staff name the `side`. Raises Refusal `side_needed` if staff name no side."""
    if act.role in R.PARTY:
        return case.party(act.who).side
    if act.role is R.PARTNER:
        return Side.CONSUMER
    return required(side, "side_needed", field="side")


def _speaker(case: Case, act: Act, side: Side | None = None, party: str | None = None) -> tuple[Side, str]:
    """Return the side, and the id of the person, whose statement is recorded. Staff name `side` and `party`.
    Raises Refusal `too_many_statements` if the side has made its most."""
    whose, dispute = side_of(case, act, side), dispute_of(case)
    by = (
        complainant_of(case, act, party).id
        if whose == Side.CONSUMER
        else case.business.id
        if case.business
        else act.who
    )
    own = sum(s.by == by for s in dispute.statements)
    refuse_if(
        sum(s.side == whose for s in dispute.statements) >= MOST_STATEMENTS
        and not (case.joint and own < EACH),
        "too_many_statements",
        most=MOST_STATEMENTS,
    )
    return whose, by


@move(
    at=TALKS,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.NEGOTIATOR | R.MEDIATOR,
    power=Power.NEGOTIATE,
    shows=Shows(words=("text",), facts=("statement",)),
    confided="talks",
    kept=IN_TALKS,
    part="talks",
    about=where(_speaker),
    answers=("absence_asked",),
)
def state_position(
    case: Case,
    act: Act,
    *,
    text: Story,
    share: bool = False,
    side: Annotated[Side_, ITSELF] = None,
    party: Whom = None,
) -> Done:
    """Record the statement of one side in the talks, for the neutral officer. The other side sees the
    statement only with `share`. A statement is without prejudice: it admits nothing."""
    dispute, (whose, by) = dispute_of(case), _speaker(case, act, side, party)
    said = Statement(
        f"S{len(dispute.statements) + 1}", whose, case.said_by(act), by, act.now if share else None, act.now
    )
    return Done(
        replace(
            case, talks=replace(case.talks, dispute=replace(dispute, statements=(*dispute.statements, said)))
        ),
        facts={"statement": said.id},
    )


@on_record(Fact.SAID_NO)
def _said_no(case: Case, about: About) -> bool:
    """Return whether a side has spoken in the present negotiation or mediation, or has refused an offer or
    mediation in it. Silence does not count, and neither does a call that reached
    nobody."""
    talks, dispute = case.talks, case.talks.dispute
    if dispute is None:
        return False
    refused = [offer.answered for offer in dispute.offers if offer.state == Reply.REFUSED]
    if False in dispute.consents.values():
        refused.append(case.taken.get("refuse_mediation"))
    return bool(_spoke(case)) or any(map(talks.in_present, refused))


on_record(Fact.BOTH_SPOKE)(lambda case, _: _spoke(case) == {*Side})


def _spoke(case: Case) -> set[Side]:
    """Return the sides that have made a statement in the present negotiation or mediation, or were at one of
    its meetings."""
    talks = case.talks
    said = {
        each.side for each in (talks.dispute.statements if talks.dispute else ()) if _said_now(case, each)
    }
    if talks.mediation:
        away = {(absence.meeting, absence.side) for absence in talks.mediation.absences}
        met = [meeting.id for meeting in talks.mediation.meetings if meeting.recorded]
        said |= {side for side in Side for id in met if (id, side) not in away}
    return said


def _said_now(case: Case, statement: Statement) -> bool:
    # a statement of an earlier release has no date, and in a negotiation it can be of that negotiation only
    return case.talks.in_present(statement.at) or not (statement.at or case.talks.mediation)


def _statement(case: Case, act: Act, id: str, side: Side | None = None) -> Statement:
    """Return the statement with this id, if it belongs to the side for which the actor acts. Raises Refusal
    `statement_unknown` if the side has no such statement, or if a complainant names the statement of another
    person."""
    whose = side_of(case, act, side)
    # a complainant can name only their own statement, even in a joint case
    by = complainant_of(case, act, None).id if act.role in R.C else None
    own = (s for s in dispute_of(case).statements if s.side == whose and by in (None, s.by))
    return required(next((s for s in own if s.id == id), None), "statement_unknown", field="statement")


def _unshared(found: Statement) -> None:
    refuse_if(found.shared, "shared_before", field="statement")


@move(
    at=TALKS,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.NEGOTIATOR | R.MEDIATOR,
    power=Power.NEGOTIATE,
    fits=lambda case: case.talks.dispute and any(not s.shared for s in case.talks.dispute.statements),
    shows=Shows(facts=("statement",)),
    kept=IN_TALKS,
    part="talks",
    about=subjects_passing(
        lambda case: (said.id for said in dispute_of(case).statements),
        lambda case, act, id: _unshared(_statement(case, act, id)),
    ),
    sides=lambda case: {said.side for said in dispute_of(case).statements if not said.shared},
)
def share_statement(
    case: Case,
    act: Act,
    *,
    statement: Annotated[str, Names("statement", stated=True)],
    read_back: Annotated[bool, ByStaff()] = False,
    side: Side_ = None,
) -> Case:
    """Show a statement of one's own side to the other side. This cannot be undone. Staff may do this only
    after the side has agreed to show exactly these words (`read_back`)."""
    dispute, found = dispute_of(case), _statement(case, act, statement, side)
    refuse_if(act.role not in R.PARTY and not read_back, "read_back_needed", field="read_back")
    _unshared(found)
    shared = tuple(replace(s, shared=act.now) if s.id == statement else s for s in dispute.statements)
    return replace(case, talks=replace(case.talks, dispute=replace(dispute, statements=shared)))


@move(at=TALKS, by=R.LEAD | R.NEGOTIATOR | R.MEDIATOR, kept=OFTEN, part="talks", confided="talks")
def record_try(case: Case, act: Act, *, side: Side, what: Text) -> Case:
    """Record a failed attempt to hear a side. `what` says when, how and why it failed. After two attempts the
    statement of this side is no longer needed."""
    dispute = dispute_of(case)
    return replace(case, talks=replace(case.talks, dispute=replace(dispute, tries=(*dispute.tries, side))))


def hearing_complete(dispute: Dispute, side: Side) -> bool:
    """Return whether this side was heard: it has made a statement, or two failed attempts to hear it were
    recorded."""
    return any(s.side == side for s in dispute.statements) or dispute.tries.count(side) >= ENOUGH_TRIES


def unanswered(case: Case) -> bool:
    """Return whether the talks began during the investigation. If so, the complaint still needs an answer."""
    return case.talks.dispute is not None and case.talks.dispute.back == S.INVESTIGATING


def without_offers(case: Case) -> Case:
    """Return the case without the obligations that the answer only offered and that the consumer did not
    accept."""
    return replace(case, obligations=tuple(o for o in case.obligations if not o.offer))
