"""The roles that must act next on a case; the case is on the work lists of these roles. The roles are
computed from the state of the case, so no move can forget a list."""

from collections.abc import Iterator

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.letters_owed import appoints, holding_role
from chalicelib.domain.engine.obligation_deadlines import WATCHED
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import AT_TABLE, Role, Stage
from chalicelib.domain.moves.feedback import unpublished_stories
from chalicelib.domain.policy import policy

FOR_SOMEBODY = AT_TABLE | {Stage.INVESTIGATING}
"""The stages at which a case needs an owner. A case without an owner is on the list of the team lead, who
names an owner. It is also on the list of the role that can take it."""


LISTED = (
    Role.INTAKE,
    Role.INVESTIGATOR,
    Role.LEAD,
    Role.SAFETY,
    Role.NEGOTIATOR,
    Role.FOLLOWUP,
    Role.SUPERVISOR,
    Role.EXECUTIVE,
)
"""The roles that have a work list in each team, in the order in which `pending_roles` returns them."""


def pending_roles(case: Case) -> list[Role]:
    """Return the roles that must act on the case now. Owners and panel members have the case on a list of
    their own, so their roles are not returned. The result is empty if only a party can act, or if the case is
    joined to another case."""
    waits = frozenset(_waits(case)) if not case.together.joined else frozenset()
    return [role for role in LISTED if role in waits]


def _waits(case: Case) -> Iterator[Role]:
    anew = case.recourse.reconsideration
    mediation = case.talks.mediation if case.stage == Stage.MEDIATING else None
    if case.unsafe:
        yield Role.SAFETY
    if case.stage in WATCHED or case.open_obligations:
        yield Role.FOLLOWUP
    if case.stage in FOR_SOMEBODY and not case.owner:
        yield Role.LEAD
        yield Role.NEGOTIATOR if case.stage in AT_TABLE else Role.INVESTIGATOR
    elif case.owner is None and case.stage in (Stage.RECEIVED, Stage.UNDER_RECONSIDERATION):
        yield holding_role(case)
    if case.messages and (case.owner is None or case.stage == Stage.CLOSED):
        yield holding_role(case)
    if (
        case.clock.review
        or (case.inquiry.report and case.stage == Stage.INVESTIGATING)
        or (mediation and not mediation.mediator)
    ):
        yield Role.LEAD
    if anew and (anew.late or anew.vacant or not anew.panel):
        yield Role.SUPERVISOR if anew.late else appoints(case)
    if case.handler_change:
        yield Role.SUPERVISOR if case.place == Stage.UNDER_RECONSIDERATION else Role.LEAD
    if (mediation and mediation.challenge) or case.feedback.survey_waits or any(unpublished_stories(case)):
        yield Role.SUPERVISOR
    for asked in case.approvals:
        yield from (Role[code.upper()] for code in asked.roles)
    yield from _told_late(case)


def _told_late(case: Case) -> Iterator[Role]:
    """Yield the roles that the clock last notified of an overdue task. The case stays on the work lists of
    these roles until the task is done."""
    for run in deadlines(case).values():
        ladder = policy(case.policy).rules[run.name].ladder
        step = ladder[min(run.done, len(ladder)) - 1] if run.done else None
        roles = (step.tell or "").split(" + ") if step else []
        yield from (Role[role.upper()] for role in roles if role not in ("", "owner"))
