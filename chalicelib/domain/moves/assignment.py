"""Assignment: who handles a case, how a handler stands back or is replaced, and which policy the case
follows."""

from typing import Annotated

from chalicelib.domain.assigning import HANDLES
from chalicelib.domain.engine.deadlines import open_questions
from chalicelib.domain.engine.declare import ANYBODY, Done, Shows, move, where
from chalicelib.domain.engine.letters_owed import to_both_sides
from chalicelib.domain.engine.process import promise_answer
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import MEDIATOR, Waiting
from chalicelib.domain.model.codes import AT_TABLE, OPEN, TALKS, Assigns, Conflict, Role as R, Stage as S
from chalicelib.domain.model.field_marks import ColleagueId, Given, Names, OfficialText, Text, Whom, YesNo
from chalicelib.domain.moves.dispute import held_by, naming, neutral
from chalicelib.domain.moves.mediation import without_mediator
from chalicelib.domain.moves.parties import complainant_of
from chalicelib.domain.moves.reconsideration import vacated
from chalicelib.domain.policy import names
from chalicelib.domain.roster import Roster


def _takeable(case: Case, act: Act) -> bool:
    """Return whether the actor can take the case. Nobody takes a case that they own already, because a letter
    would name its owner once more. A case in talks can be taken only by a negotiator, and only once its
    severity is set. Raises Refusal for a person who may not own the case."""
    neutral(case, act.who)
    talks = act.role is R.NEGOTIATOR and case.severity is not None
    return case.owner != act.who and (case.stage not in TALKS or talks)


@move(
    at=OPEN - {S.UNDER_RECONSIDERATION},
    by=R.INTAKE | R.INVESTIGATOR | R.NEGOTIATOR | R.FOLLOWUP,
    tells="handler_named? → both, handler_changed? → both",
    fits=lambda case: not case.mediates,
    about=where(_takeable, ANYBODY),
    rank=1,
    answers=("assignment",),
    shortcut="t",
    changes=("owner",),
)
def take(case: Case, act: Act) -> Done:
    """Take a case of one's own team, and so become its owner. A letter names the new owner. During talks both
    sides get the letter, otherwise the consumer gets it once a matter was accepted."""
    refuse_if(case.team not in act.teams, "not_own_team")
    refuse_if(case.stage in AT_TABLE and act.role is not R.NEGOTIATOR, "not_neutral")
    refuse_if(any(asked.department in act.teams for asked in open_questions(case)), "answers_for_department")
    neutral(case, act.who)
    return Done(held_by(case, act.who), _named(case, act.who))


@move(
    at=OPEN - TALKS | {S.IMPROVING},
    by=R.LEAD | R.SUPERVISOR,
    tells="task | action_due → owner, handler_named? → consumer, handler_changed? → consumer",
    shows=Shows(),
    task_due="investigation",
    fits=lambda case: not case.mediates,
    answers=("assignment",),
    shortcut="s",
    changes=("owner",),
)
def assign(case: Case, act: Act, *, to: ColleagueId, roster: Annotated[Roster, Given()]) -> Done:
    """Make the colleague `to` the owner of a case or an improvement action. `to` must be in the same team. No
    deadline starts again. The consumer learns of the new owner once the case has been accepted."""
    given = _given_to(case, to, roster)
    return replace(given, tells=(("action_due" if case.improvement else "task", "owner"), *given.tells))


@move(
    at=OPEN | {S.IMPROVING},
    by=R.LEAD | R.SUPERVISOR,
    tells="handler_named? → both, handler_changed? → both, hand_over? → both colleagues",
    fits=lambda case: False,
    shows=Shows(),
    task_due="investigation",
)  # no page of a case offers this move: staff hand over all cases of a colleague at once
def hand_over(
    case: Case,
    act: Act,
    *,
    to: ColleagueId,
    reason: Text,
    roster: Annotated[Roster, Given()],
    cases: Annotated[tuple[str, ...], Given(noted=True)] = (),
) -> Done:
    """Hand over one case of a colleague who leaves or is absent to the colleague `to`. All cases of that
    colleague are handed over one after another. Only the last entry gets `cases`, the numbers of all these
    cases. Then both colleagues get a letter with the list."""
    given, was = _given_to(case, to, roster), case.owner
    lists = (("hand_over", f"staff:{was}"), ("hand_over", f"staff:{to}")) if cases else ()
    return replace(given, tells=(*given.tells, *lists), facts={"was": was})


@move(
    at=frozenset(HANDLES),
    by=R.CLOCK,
    tells="task → owner, handler_named? → both, handler_changed? → both",
    fits=lambda case: not case.owner,
    shows=Shows(hides=("assigns", "load")),
    task_due="investigation",
)
def assign_next(
    case: Case,
    act: Act,
    *,
    to: ColleagueId,
    assigns: Annotated[Assigns, Names("assigns")],
    load: int | None = None,
    roster: Annotated[Roster, Given()],
) -> Done:
    """Make the colleague `to` the owner of a case that has none, in a team whose cases the clock assigns.
    `assigns` is the rule by which they were chosen. `load` is their number of open cases, if that decided. No
    deadline starts again."""
    refuse_if(case.owner, "has_owner")
    given = _given_to(case, to, roster)
    return replace(given, tells=(("task", "owner"), *given.tells))


def _given_to(case: Case, to: str, roster: Roster) -> Done:
    """Return the case with `to` as its new owner, and the letter that names the new owner. Raises Refusal if
    `to` is not in the team of the case, has stood back from the case, or may not own it."""
    refuse_if(not roster.serves(to, case.team), "unknown_person", field="to")
    refuse_if(to in case.inquiry.recused, "recused_before", field="to")
    neutral(case, to, roster, "to")
    return Done(held_by(case, to), _named(case, to))


def _named(case: Case, owner: str) -> tuple[tuple[str, str], ...]:
    """Return the letter that names the new owner of the case, once for each recipient: pairs of letter key
    and recipient. In talks both sides get it, otherwise the consumer. The result is empty outside talks while
    no matter was accepted. It is empty too if the owner stays and a letter has named them already."""
    if case.owner == owner and case.reached.keys() & {"handler_named", "handler_changed"}:
        return ()
    if case.stage in TALKS:
        return to_both_sides(naming(case))
    return ((naming(case), "consumer"),) if any(matter.accepted for matter in case.matters) else ()


STANDS_BACK = (
    R.INVESTIGATOR | R.LEAD | R.PANEL | R.CHAIR | R.NEGOTIATOR | R.MEDIATOR | R.FOLLOWUP | R.SUPERVISOR
)
"""The roles that can stand back from a case because of a conflict of interest."""


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
    """Stand back from a case because of one's own conflict of interest. A case that the person owned then
    needs another owner. A mediator whose signature is still missing under the agreement must first refuse to
    sign."""
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
    return Done(
        replace(case, inquiry=replace(case.inquiry, recused=(*case.inquiry.recused, act.who)), owner=owner),
        (("task", "role:lead"),) if owner != case.owner else (),
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
    """Ask, for a party, that another person handles the case or sits on the panel. The decision follows
    within two working days."""
    refuse_if(case.handler_change, "handler_change_asked")
    refuse_if(case.mediates, "challenge_instead")
    decides = "supervisor" if case.place == S.UNDER_RECONSIDERATION else "lead"
    return Done(
        replace(case, handler_change=Waiting(act.id, act.now, complainant_of(case, act, party).id)),
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
    changes=("owner",),
)
def decide_handler_change(
    case: Case,
    act: Act,
    *,
    change: YesNo,
    reason: OfficialText,
    member: Annotated[str, Names("seat", "member")] | None = None,
) -> Done:
    """Decide whether a person is replaced, as a party asked. The person is the owner of the case, or `member`
    of the panel. The owner of the case may not decide. A replaced person stands back from the case, and
    another must be appointed."""
    wish = required(case.handler_change, "handler_change_not_asked")
    refuse_if(case.owner == act.who, "own_request")
    # a team lead does not decide about a panel, because the panel may be reviewing the team lead's own answer
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


@move(at=OPEN, by=R.SUPERVISOR, tells="extension? → consumer", changes=("policy", "promised"), kept=1)
def change_policy(
    case: Case, act: Act, *, policy: Annotated[str, Names("policy")], reason: OfficialText
) -> Done:
    """Change the policy of a case, to that of another sector or to a newer version. If the promised date of
    the answer becomes later, the consumer gets the new date with the reason."""
    refuse_if(policy not in names() or policy == case.policy, "policy_unknown", field="policy")
    moved = (
        promise_answer(replace(case, policy=policy), act, "change_policy")
        if case.stage == S.INVESTIGATING
        else replace(case, policy=policy)
    )
    return Done(moved, (("extension", "consumer"),) if moved.promises != case.promises else ())
