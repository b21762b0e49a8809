"""The permission to take a move. It depends on the declaration of the move, on the case, and on the act.
Moves, offers, approvals and uploads of evidence all ask here. The permission does not say whether the case
has anything that the move could be taken on: `offers` decides that."""

from collections.abc import Iterator

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import Move
from chalicelib.domain.model.case import Act, Case, Refusal
from chalicelib.domain.model.codes import Role, Stage

ON_PANEL = Role.PANEL | Role.CHAIR
NEUTRAL = Role.NEGOTIATOR | Role.MEDIATOR
"""The roles that lead talks. A person who investigated the case, or answered for the company, cannot take a
move in these roles."""


def may(move: Move, case: Case | None, act: Act) -> Refusal | None:
    """Return the Refusal that the actor of `act` gets for a move now. Return None if the move is permitted.
    `case`: None for a move that creates a case."""
    return next(_against(move, case, act), None)


def permit(move: Move, case: Case | None, act: Act) -> None:
    """Raise the Refusal that the actor of `act` gets for a move now. Do nothing if the move is permitted."""
    if against := may(move, case, act):
        raise against


def _against(move: Move, case: Case | None, act: Act) -> Iterator[Refusal]:
    # The passphrase is checked first: a stranger who overheard it must not learn the stage of the case.
    if "by_phrase" in act.limits and "by_phrase" not in move.even:
        yield Refusal("passphrase_only_adds")
    yield from _stage_and_role(move, case, act.role)
    if case:
        if act.role is Role.REPRESENTATIVE:
            yield from _authority(move, case, act)
        yield from _independence(move, case, act)
        if act.limits:
            yield from _reading(move, case, act)


def _stage_and_role(move: Move, case: Case | None, role: Role) -> Iterator[Refusal]:
    if (case is None) != (not move.at) or (case and case.stage not in move.at):
        yield Refusal("move_not_allowed_in_stage", move=move.name, stage=case and case.stage)
    if role not in move.takers:
        yield Refusal("move_not_allowed_for_role", move=move.name, role=role.code)
    if case and case.doubted and move.decides:
        yield Refusal("record_in_doubt")
    if case and case.retention.destroyed and "destroyed" not in move.even:
        yield Refusal("data_destroyed")


def _authority(move: Move, case: Case, act: Act) -> Iterator[Refusal]:
    """Yield a Refusal if a representative may not take the move: if their authority is unchecked or has
    ended, or lacks the power for this move."""
    if "powerless" in move.even:
        return
    agent = case.party(act.who)
    if not agent.valid(published().day_of(act.now)):
        if agent.checked or agent.left:
            yield Refusal("authority_expired")
        elif "unchecked" not in move.even:
            yield Refusal("authority_unchecked")
    elif move.power not in agent.powers:
        yield Refusal("power_missing", power=move.power)


def _independence(move: Move, case: Case, act: Act) -> Iterator[Refusal]:
    """Yield a Refusal for each reason why the actor is not independent. The actor may have stood back, have
    another role on the case, or have led its talks."""
    if act.role in ON_PANEL:
        yield from _seat(move, case, act)
    if act.who in case.inquiry.recused and "recused" not in move.even:
        yield Refusal("recused_before")
    if act.who in case.colleagues and "colleague" not in move.even:
        yield Refusal("speaks_for_company")
    if act.role not in ON_PANEL and case.seat(act.who):
        yield Refusal("sits_on_panel")
    if act.role is Role.MEDIATOR:
        yield from _mediator(move, case, act)
    if act.role in NEUTRAL and case.bars(act.who):
        yield Refusal("not_neutral")
    # The moves of a reconsideration need no check here: they refuse everybody who handled the case.
    answers = move.for_company and case.stage != Stage.UNDER_RECONSIDERATION
    if answers and case.talks.dispute and act.who in case.talks.dispute.held:
        yield Refusal("held_talks")


def _seat(move: Move, case: Case, act: Act) -> Iterator[Refusal]:
    """Yield a Refusal if the actor has no seat on the panel, or has not declared yet that they have no
    interest in the case."""
    seat = case.seat(act.who)
    if seat is None:
        yield Refusal("not_on_panel")
    elif not seat.declared and "undeclared" not in move.even:
        yield Refusal("declare_first")


def _mediator(move: Move, case: Case, act: Act) -> Iterator[Refusal]:
    """Yield a Refusal if the actor is not the mediator of this case, has not accepted the case, or if an
    objection to them is open."""
    mediation = case.talks.mediation
    if act.who != case.mediator:
        yield Refusal("not_the_mediator")
    if not (mediation and mediation.accepted) and "unaccepted" not in move.even:
        yield Refusal("accept_first")
    if mediation and mediation.challenge and "objected_to" not in move.even:
        yield Refusal("challenge_waits")


def _reading(move: Move, case: Case, act: Act) -> Iterator[Refusal]:
    """Yield a Refusal if the actor would need to read parts of the case that they may not read, because of
    the limits of the act."""
    if "asked" in act.limits and "asked" not in move.even:
        yield Refusal("reads_its_question")
    if "deaf" in act.limits and (against := move.reads_talks(case)):
        yield Refusal(against)
