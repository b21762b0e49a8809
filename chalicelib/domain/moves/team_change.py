"""Hand-over of a case to another team. The new team gets the case with everything that waits on it, and no
date that was given moves."""

from typing import Annotated

from chalicelib.domain.engine.deadlines import open_questions
from chalicelib.domain.engine.declare import ANYBODY, Done, Second, Shows, move, where
from chalicelib.domain.engine.letters_owed import to_both_sides
from chalicelib.domain.engine.server_facts import FactContext, Server, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.case_records import Ruling, TeamTerm
from chalicelib.domain.model.codes import ANY, AT_TABLE, Role as R, Stage as S
from chalicelib.domain.model.field_marks import Given, OfficialText, TeamId
from chalicelib.domain.roster import Roster

PLACES = ANY | {S.IMPROVING, S.VERIFYING}
"""The stages at which a case can go to another team. A training, and an action that is over, stay where they
are: they are records without open work."""
RETURNS = 2
"""How often a case can return to a team that had it before. A further return needs the supervisor."""


def at_work(case: Case) -> bool:
    """Return whether work is open on the case, so that the case goes with the work of its team. A closed case
    with an open obligation or danger counts. A case that continues in another case does not."""
    open_ = case.stage != S.CLOSED or case.unsafe or case.open_obligations
    return bool(open_) and not case.together.joined


def returns(case: Case) -> int:
    """Return how often the case has come back to a team that had it before."""
    had = [*(term.team for term in case.teams), case.team]
    return len(had) - len(set(had))


def unfit(case: Case, to: str, roster: Roster) -> str:
    """Return the code of the refusal if the team `to` cannot take over the case. Return "" if it can."""
    if to == case.team:
        return "same_team"
    match roster.fault(to, "cases"):
        case "unknown":
            return "unknown_team"
        case "closed":
            return "team_closed"
        case "unmanned":
            return "team_is_department" if "cases" not in roster.duties(to) else "team_empty"
    asked = {question.department for question in open_questions(case)}
    free = roster.handling(to) - {*case.inquiry.recused, *case.colleagues}
    if free and (to in asked or all(any(roster.serves(who, one) for one in asked) for who in free)):
        return "team_was_asked"
    return "" if free else "team_tied"


@fills("unfit")
def _unfit(server: Server, context: FactContext) -> str:
    return unfit(context.case, str(context.body.get("to")), server.roster())


def _own_team(case: Case, act: Act) -> None:
    """Raise Refusal unless the actor may hand over the case. Everybody but a supervisor needs to be in its
    team. A person who investigates may not end the work of the neutral officer who leads the talks."""
    refuse_if(act.role is not R.SUPERVISOR and case.team not in act.teams, "not_own_team")
    refuse_if(case.stage in AT_TABLE and act.role in R.INTAKE | R.INVESTIGATOR | R.FOLLOWUP, "not_neutral")


def _returns_again(case: Case, act: Act, **facts: str) -> bool:
    again = any(term.team == facts["to"] for term in case.teams)
    return again and returns(case) >= RETURNS and act.role is not R.SUPERVISOR


@move(
    at=PLACES,
    by=R.INTAKE | R.INVESTIGATOR | R.NEGOTIATOR | R.FOLLOWUP | R.LEAD | R.SUPERVISOR,
    tells="team_changed? → both, task? → owner",
    second=Second(
        "The third return of a case to a team that had it before, unless the supervisor hands it over.",
        _returns_again,
    ),
    fits=at_work,
    shows=Shows(words=("reason",), company=True),
    task_due="investigation",
    about=where(_own_team, ANYBODY),
    adds={"was": TeamId},
    changes=("team", "owner"),
)
def change_team(
    case: Case, act: Act, *, to: TeamId, reason: OfficialText, unfit: Annotated[str, Given(noted=True)] = ""
) -> Done:
    """Hand over a case to the team `to`. Both sides read the reason, and get a letter that names the new
    team. No deadline starts again. A mediator from outside stays, and so does the owner of an improvement
    action; any other case needs a new owner. `unfit` is why the new team cannot take it, or ""."""
    _own_team(case, act)
    return _handed(case, act, to, unfit)


@move(
    at=PLACES,
    by=R.CLOCK,
    tells="team_changed? → both, task? → owner",
    fits=at_work,
    shows=Shows(company=True, hides=("rule",)),
    adds={"was": TeamId},
)
def follow_rules(
    case: Case,
    act: Act,
    *,
    to: TeamId,
    rule: Annotated[Ruling | None, Given(noted=True)] = None,
    unfit: Annotated[str, Given(noted=True)] = "",
) -> Done:
    """Move a case to the team `to` that the rules of the roster name for it. The reason is that its team was
    closed, or that a fact on which the rules depend has changed. `rule` is the rule that names the team."""
    return _handed(case, act, to, unfit)


def _handed(case: Case, act: Act, to: str, unfit: str) -> Done:
    """Return the case after the team `to` has got it, and the letters about this. `unfit` is the code of the
    refusal if the team cannot take it."""
    refuse_if(not at_work(case), "nothing_to_hand_over")
    refuse_if(unfit, unfit, field="to")
    keeps = case.mediates or case.improvement is not None
    since = case.teams[-1].until if case.teams else case.recorded_at
    term = TeamTerm(case.team, since, act.now, None if keeps else case.owner)
    anew, dispute = case.recourse.reconsideration, case.talks.dispute
    moved = replace(
        case,
        team=to,
        teams=(*case.teams, term),
        owner=case.owner if keeps else None,
        # otherwise the end of the reconsideration or the talks would make a person of the old team the owner
        recourse=replace(case.recourse, reconsideration=anew and replace(anew, owner=None)),
        talks=replace(case.talks, dispute=dispute and replace(dispute, owner=None)),
    )
    inside = () if keeps or case.chair else (("task", "owner"),)
    told = () if case.improvement else to_both_sides("team_changed")
    return Done(moved, (*told, *inside), {"was": case.team})
