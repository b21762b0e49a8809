"""A dispute, raised by the consumer or identified by staff. A neutral officer with no part in the
investigation leads it, and each side makes statements."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from chalicelib.domain.engine.declare import IN_TALKS, OFTEN, Done, Shows, each, move, where
from chalicelib.domain.engine.letters_owed import both
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.engine.server_facts import FactContext, Server, fills, origins
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Party, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Dispute, Statement
from chalicelib.domain.model.codes import TALKS, Nature, Outcome, Power, Role as R, Severity, Side, Stage as S
from chalicelib.domain.model.field_marks import (
    ITSELF,
    ByStaff,
    Choice,
    ColleagueId,
    FormRule,
    Given,
    Names,
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
"""Outcomes after which a dispute can be raised while the window to contest is open. A declined case qualifies
after a reconsideration."""
ENOUGH_TRIES = 2
"""The number of recorded tries to hear a side that replace its statement."""
MOST_STATEMENTS, EACH = 20, 2
"""The most statements of one side, which keeps a case from being filled up. In a joint case each person may
make the second number even beyond the first."""
Side_ = Annotated[Side | None, ByStaff(), SideOf()]
"""The side for which staff record something. A party's own side is known."""


Barred = Annotated[tuple[str, ...], Given()]
"""The people who investigated the case or answered for the company, from its timeline."""


@fills("barred")
def _investigators(server: Server, context: FactContext) -> tuple[str, ...]:
    """Return the people who investigated this case, or one that it was split off from, or answered for the
    company."""
    kept = (server.contents(each).investigated for each in origins(server, context.case))
    return tuple(dict.fromkeys(who for investigated in kept for who in investigated))


def of_the_talks(case: Case, letter: str, at: datetime) -> bool:
    """Return whether a letter, by its key, repeats something said in the talks. `at`: the moment it was
    written, or since which it waits to be read out (UTC)."""
    confided = letter_of(letter).confided
    talked = any(spell.stage in TALKS and spell.since <= at for spell in case.spells)
    return confided == "talks" or (confided == "put_in_talks" and talked)


def disputable(case: Case) -> bool:
    """Return whether the decision or the investigation can be disputed now, apart from the time left."""
    upheld = case.outcome == Outcome.DECLINED and "decide_reconsideration" in case.taken
    # the dispute is settled, and follow-up watches the obligations
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
    task_due="assignment",
    about=where(_raisable),
    starts=("assignment",),
)
def raise_dispute(case: Case, act: Act, *, nature: Nature, about: Text, barred: Barred) -> Done:
    """Open talks with the company at the consumer's wish. This is possible during the investigation, and
    after the answer while it can be contested."""
    _raisable(case, act)
    return _opened(case, act, nature, (), barred)


def _severities(case: Case, _: str) -> Collection[Severity]:
    """Return the severities to choose from. A dispute cannot lower a critical or major case."""
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
)
def identify_dispute(
    case: Case,
    act: Act,
    *,
    about: Text,
    nature: Nature,
    others: tuple[Nature, ...] = (),
    severity: Annotated[Severity, Choice(_severities)],
    agrees: bool,
    barred: Barred,
) -> Done:
    """Identify a dispute: staff see that the two sides differ, and the consumer agrees to negotiate. Record
    its nature and its severity."""
    refuse_if(not agrees, "consumer_agrees_first", field="agrees")
    serious, told = _serious(case, severity)
    opened = _opened(serious, act, nature, others, barred)
    return replace(opened, tells=(*told, *opened.tells))


def _serious(case: Case, severity: Severity) -> tuple[Case, tuple[tuple[str, str], ...]]:
    """Return the case with its severity and the letters that go out at once. A critical or major case is
    never lowered."""
    refuse_if(case.severity in SERIOUS and severity > case.severity, "severity_not_lowered", field="severity")
    to = {Severity.S1: "role:executive", Severity.S2: "role:supervisor"}.get(severity)
    return replace(case, severity=severity), (("task", to),) if to and severity != case.severity else ()


def _opened(
    case: Case, act: Act, nature: Nature, others: tuple[Nature, ...], barred: tuple[str, ...]
) -> Done:
    """Return the case in negotiation, without an owner. Earlier questions to the parties no longer count. If
    the company has offered mediation in advance, the consumer is invited at once."""
    back = case.stage if case.stage in (S.INVESTIGATING, S.ANSWERED) else S.ANSWERED
    # the owner of the investigation counts even before they have done anything
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
        parties=tuple(replace(p, consents=None) for p in case.parties),
    )
    if not case.talks.mediation_offered:
        return Done(opened)
    invited = replace(dispute, invited=act.now, consents={Side.BUSINESS: True})
    return Done(
        replace(opened, talks=replace(opened.talks, dispute=invited)), (("mediation_invitation", "consumer"),)
    )


def dispute_of(case: Case) -> Dispute:
    """Return the talks of a case. Raises Refusal `no_dispute` without any."""
    return required(case.talks.dispute, "no_dispute")


def neutral(case: Case, who: str, roster: Roster | None = None, field: str | None = None) -> None:
    """Raise the Refusal for an officer who cannot hold the talks.

    Barred are people who investigated or answered for the company, or are not negotiators, and everybody
    while a mediator holds them. An earlier holder of the talks may not hold the investigation."""
    refuse_if(case.bars(who), "not_neutral", field=field)
    refuse_if(case.mediates, "mediator_accepted")
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
    if case.stage in TALKS and case.severity is None:
        raise Refusal("severity_needed", field="severity" if field else None)


@move(
    at=S.NEGOTIATING,
    by=R.LEAD | R.SUPERVISOR,
    tells="task → owner, handler_named | handler_changed → both, task? → supervisor or executive",
    shows=Shows(facts=("to",)),
    part="talks",
    task_due="negotiation",
    answers=("assignment",),
)
def assign_negotiator(
    case: Case,
    act: Act,
    *,
    to: ColleagueId,
    severity: Annotated[Severity | None, FormRule(("",), unless=lambda case: case.severity)] = None,
    roster: Annotated[Roster, Given()],
) -> Done:
    """Name the neutral officer who holds the talks, neither the investigator nor the company's
    representative. Set the severity where it is not set yet."""
    case, told = _serious(case, severity) if severity else (case, ())
    refuse_if(not roster.serves(to, case.team), "unknown_person", field="to")
    refuse_if(to in case.inquiry.recused, "recused_before", field="to")
    neutral(case, to, roster, "to")
    return Done(held_by(case, to), (*told, *both(naming(case))))


def naming(case: Case) -> str:
    """Return the letter that names the person who holds the case. The first letter names the handler, or in
    talks the neutral officer; a later one announces a change."""
    begun = case.talks.dispute.at if case.talks.dispute and case.stage in TALKS else case.recorded_at
    named = any(at is None or at >= begun for at in case.reached.get("handler_named", ()))
    return "handler_changed" if case.owner or named else "handler_named"


def held_by(case: Case, who: str) -> Case:
    """Return the case with its new owner. An owner of talks is remembered, since they may not investigate or
    answer afterwards."""
    talks = case.talks.dispute
    held = replace(talks, held=(*talks.held, who)) if talks and case.stage in TALKS else talks
    return replace(case, owner=who, talks=replace(case.talks, dispute=held))


@move(
    at=TALKS | {S.SIGNING, S.PERFORMING, S.BREACHED},
    by=R.LEAD | R.NEGOTIATOR | R.SUPERVISOR,
    tells="access_link → business, offer? → business",
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
    """Name the company's representative, who gets their own link. People who investigated the case or hold it
    are barred. The former representative loses access."""
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
    gone = tuple(
        replace(p, left=act.now, generation=p.generation + 1) if p == before else p for p in case.parties
    )
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
    # read-outs for the former representative go to the new one
    tellings = tuple(replace(t, party=id) if before and t.party == before.id else t for t in case.tellings)
    waits = talks.open if talks and not before and case.stage in TALKS else None
    # an offer that waited while the company had no representative
    told = ((f"offer#{waits.id}", "business"),) if waits and waits.side == Side.CONSUMER else ()
    return Done(
        replace(case, parties=(*gone, named), tellings=tellings, talks=replace(case.talks, dispute=talks)),
        told,
        facts={"representative": id, "colleague": staff or None},
        people={id: vars(person)},
    )


def side_of(case: Case, act: Act, side: Side | None) -> Side:
    """Return the side that a statement belongs to: a party's own, or the side that staff name."""
    if act.role in R.PARTY:
        return case.party(act.who).side
    if act.role is R.PARTNER:
        return Side.CONSUMER
    return required(side, "side_needed", field="side")


def _speaker(case: Case, act: Act, side: Side | None = None, party: str | None = None) -> tuple[Side, str]:
    """Return the side and the person whose statement it is, if they can still make one. Raises Refusal."""
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
    """Record the statement of one side, for the neutral officer. The other side sees it only once it is
    shared. It is without prejudice."""
    dispute, (whose, by) = dispute_of(case), _speaker(case, act, side, party)
    said = Statement(
        f"S{len(dispute.statements) + 1}", whose, case.said_by(act), by, act.now if share else None
    )
    return Done(
        replace(
            case, talks=replace(case.talks, dispute=replace(dispute, statements=(*dispute.statements, said)))
        ),
        facts={"statement": said.id},
    )


def _statement(case: Case, act: Act, id: str, side: Side | None = None) -> Statement:
    """Return a statement of this side; a complainant can name only their own. Raises Refusal."""
    whose = side_of(case, act, side)
    # in a joint case a person cannot name another person's statement
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
    about=each(
        lambda case: (said.id for said in dispute_of(case).statements),
        lambda case, act, id: _unshared(_statement(case, act, id)),
    ),
    sides=lambda case: {said.side for said in dispute_of(case).statements if not said.shared},
)
def share_statement(
    case: Case,
    act: Act,
    *,
    statement: Annotated[str, Names("statement")],
    read_back: Annotated[bool, ByStaff()] = False,
    side: Side_ = None,
) -> Case:
    """Show a statement of one's own side to the other side. This cannot be undone. Staff share it after that
    side has agreed to the exact words."""
    dispute, found = dispute_of(case), _statement(case, act, statement, side)
    refuse_if(act.role not in R.PARTY and not read_back, "read_back_needed", field="read_back")
    _unshared(found)
    shared = tuple(replace(s, shared=act.now) if s.id == statement else s for s in dispute.statements)
    return replace(case, talks=replace(case.talks, dispute=replace(dispute, statements=shared)))


@move(at=TALKS, by=R.LEAD | R.NEGOTIATOR | R.MEDIATOR, kept=OFTEN, part="talks", confided="talks")
def record_try(case: Case, act: Act, *, side: Side, what: Text) -> Case:
    """Record a failed try to hear a side: when, by which way, and why it failed. Two tries replace the
    statement of a silent side."""
    dispute = dispute_of(case)
    return replace(case, talks=replace(case.talks, dispute=replace(dispute, tries=(*dispute.tries, side))))


def hearing_complete(dispute: Dispute, side: Side) -> bool:
    """Return whether a side has made a statement, or two tries to hear it were recorded."""
    return any(s.side == side for s in dispute.statements) or dispute.tries.count(side) >= ENOUGH_TRIES


def unanswered(case: Case) -> bool:
    """Return whether the talks began before the answer, so that a matter still waits for it."""
    return case.talks.dispute is not None and case.talks.dispute.back == S.INVESTIGATING


def without_offers(case: Case) -> Case:
    """Return the case without the offers of the answer, which were not accepted."""
    return replace(case, obligations=tuple(o for o in case.obligations if not o.offer))
