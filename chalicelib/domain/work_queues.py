"""The roles that must act next on a case, which puts it on their work lists. They are derived from the case,
so that no move can forget them."""

from collections.abc import Iterator

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.letters_owed import appoints, holder
from chalicelib.domain.engine.obligation_deadlines import WATCHED
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import AT_TABLE, Role, Stage
from chalicelib.domain.moves.feedback import waiting
from chalicelib.domain.policy import policy

FOR_SOMEBODY = AT_TABLE | {Stage.INVESTIGATING}
"""Stages in which the lead must name an owner while the case has none."""


LISTED = (
    Role.INTAKE,
    Role.LEAD,
    Role.SAFETY,
    Role.NEGOTIATOR,
    Role.FOLLOWUP,
    Role.SUPERVISOR,
    Role.EXECUTIVE,
)
"""The roles with a work list of their own in each team."""


def pending_roles(case: Case) -> list[Role]:
    """Return the roles that the case waits for now. A case with an owner or panel members is on their own
    lists instead. While only a party can act, it waits for no role."""
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
    elif case.owner is None and case.stage in (Stage.RECEIVED, Stage.UNDER_RECONSIDERATION):
        yield holder(case)
    if case.messages and (case.owner is None or case.stage == Stage.CLOSED):
        yield holder(case)
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
    if (mediation and mediation.challenge) or case.feedback.survey_waits or any(waiting(case)):
        yield Role.SUPERVISOR
    for asked in case.approvals:
        yield from (Role[code.upper()] for code in asked.roles)
    yield from _told_late(case)


def _told_late(case: Case) -> Iterator[Role]:
    """Yield the roles that the clock last notified of something late. The case stays on their lists until
    that is done."""
    for run in deadlines(case).values():
        ladder = policy(case.policy).rules[run.name].ladder
        step = ladder[min(run.done, len(ladder)) - 1] if run.done else None
        roles = (step.tell or "").split(" + ") if step else []
        yield from (Role[role.upper()] for role in roles if role not in ("", "owner"))
