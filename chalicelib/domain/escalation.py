"""The clock's part in deadlines: when a step is due, it notifies the person on duty, or takes the move that
follows silence."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.letters_owed import appoints, holding_role
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.running import DEADLINES, Running, nothing_follows, rule_of, when
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.domain.moves.ladder_steps import take_step
from chalicelib.domain.policy import Rule, Step, policy
from chalicelib.domain.roster import Roster

Reached = tuple[str, str, str]
"""A recipient of a step: the person's id, their role, and why the step was passed on to them ("" if it was
not)."""
ABOVE = [["supervisor"], ["executive"]]
"""The levels above every ladder, each a list of roles. A step goes there if everybody on its own ladder is
absent."""


def due_step(case: Case, now: datetime) -> Running | None:
    """Return the running deadline whose next step has been due longest, or None if none is due."""
    late = [running for running in deadlines(case).values() if running.at and running.at <= now]
    return min(late, key=lambda running: (running.at, running.key), default=None)


def step(
    case: Case,
    running: Running,
    act: Act,
    roster: Roster,
    on_hold: bool = False,
    given: Callable[[str], Mapping[str, Any]] = lambda move: {},
) -> Change:
    """Take the highest step of this deadline that is due. Lower steps are recorded as overtaken. A lapse (the
    move that follows silence) waits for a reminder that should have left before it.

    A step for a role in which nobody is present is passed on at once. Silence does not close a case with a
    safety tag, severity S1 or a need for help. It does not close a case either if it is `on_hold`, because an
    answer is on its way. Then the lead must review it first. `given` returns, for the name of a move, the
    facts that the server fills in."""
    rule = rule_of(case.policy, running.name)
    n = _highest(case, running, rule, act.now)
    due = _step_of(rule, n)
    barred = False
    if due.take:
        name = next(move for move in due.take.split(" | ") if case.stage in MOVES[move].at)
        # the run's id says which of several runs is meant, such as one of two authorities
        about = dict.fromkeys(list(MOVES[name].parameters)[:1], running.id) if running.id else {}
        change = take(name, case, act, **{**about, **given(name)})
        barred = (
            (case.shielded or on_hold) and name.startswith("lapse_") and change.case.stage == Stage.CLOSED
        )
        if not barred:
            return replace(
                change,
                case=replace(
                    change.case,
                    clock=replace(change.case.clock, steps={**change.case.clock.steps, running.key: n + 1}),
                ),
            )
    reached, all_away = _whom(case, running, rule, n, act.now, roster)
    who, role, passed_on = reached[0] if reached else ("", "", "")
    return take(
        take_step.__name__,
        case,
        act,
        **_facts(case, running, rule, n, act.now),
        to=who or None,
        role=role or None,
        passed_on=passed_on or None,
        all_away=all_away,
        also=tuple(dict.fromkeys(person for person, _, _ in reached[1:] if person not in ("", who))),
        consumer=_consumer(rule, running, n),
        review=barred,
        again=_again(rule, running),
    )


def told_with(case: Case, facts: Mapping[str, Any]) -> list[str]:
    """Return the roles that a step notified together, `owner` among them for the person who handles the case.
    `facts` are those of the entry of the step. They name only one role; the ladder names the others of its
    level."""
    role, ladder = facts.get("role") or "owner", rule_of(case.policy, facts["deadline"]).ladder
    levels = ladder[min(facts["step"], len(ladder) - 1) :]
    tells = (level.tell.split(" + ") for level in levels if level.tell and not facts.get("review"))
    return next((tell for tell in tells if role in tell), [role])


def _whom(
    case: Case, running: Running, rule: Rule, n: int, now: datetime, roster: Roster
) -> tuple[list[Reached], bool]:
    """Return the recipients of step `n` (from 0), and whether all the people of its own level are absent.

    If nobody of a level is present, the step goes to the next level at once. The steps of that level still
    come at their own time. Above the ladder come the roles of `ABOVE`. If they are absent too, the executive
    gets it and finds it on their return."""
    levels = rule.ladder[min(n, len(rule.ladder) - 1) :]
    if levels[0].take:
        levels = (Step(tell="lead"), *policy(case.policy).rules["lapse_review"].ladder)
    if not levels[0].tell:  # a letter to the parties only
        return [], False
    tells = [level.tell.split(" + ") for level in takewhile(lambda level: level.tell, levels)] + ABOVE
    reason = ""
    for tell in tells:
        found = [_reach(case, running, one, now, roster) for one in tell]
        reason = reason or next((why for _, _, why in found if why), "")
        if reached := [(who, role, reason) for who, role, _ in found if who]:
            return reached, tell is not tells[0]
    away = roster.people(case.team, Role.EXECUTIVE.code)
    return [(away[0].id if away else "", Role.EXECUTIVE.code, reason)], True


def _facts(case: Case, running: Running, rule: Rule, n: int, now: datetime) -> dict[str, Any]:
    assert running.due
    assert running.start
    upcoming = when(case, running, rule, n + 1)
    late = (now - running.due) // timedelta(minutes=1)
    # a complaint that was recorded late had overdue steps before the clock could take them
    could = max((at for at in (running.at, case.recorded_at, *case.taken.values()) if at), default=now)
    return {
        "deadline": running.name,
        "run": running.key,
        "step": n,
        "overtaken": max(0, n - running.done),
        "due": running.due,
        "by": upcoming if upcoming and upcoming > now else None,
        "late_minutes": late,
        "early": _step_of(rule, n).early,
        "waited_s": max(0, int((now - could).total_seconds())),
    }


def _highest(case: Case, running: Running, rule: Rule, now: datetime) -> int:
    n, waits = running.done, nothing_follows(case, running.name)
    while (upcoming := when(case, running, rule, n + 1)) and upcoming <= now:
        following = _step_of(rule, n + 1)
        if (waits and following.take) or (following.lapses and _reminds(running, rule, n)):
            break
        n += 1
    return n


def _reminds(running: Running, rule: Rule, n: int) -> bool:
    """Return whether an untaken step up to `n` is a reminder. It leaves first, and the lapse waits for it."""
    untaken = range(running.done, n + 1)
    return not DEADLINES[running.name].fixed and any(_step_of(rule, one).consumer for one in untaken)


def _again(rule: Rule, running: Running) -> bool:
    """Return whether the next step of this run only repeats an earlier notice. The last step of a ladder is
    repeated until the deadline is met."""
    last, before = rule.ladder[-1], rule.ladder[-2:-1]
    told = len(rule.ladder) - 1 if before and before[0].tell == last.tell else len(rule.ladder)
    return bool(last.every) and running.done >= told


def _step_of(rule: Rule, n: int) -> Step:
    """Return step `n` (from 0) of the ladder of a deadline. For numbers after the last step it is the last
    step."""
    return rule.ladder[min(n, len(rule.ladder) - 1)]


def _consumer(rule: Rule, running: Running, n: int) -> str | None:
    """Return the letter to the consumer that step `n` sends, or else the last one of a step that it overtook;
    None if there is none. So no apology is lost if the clock did not run."""
    owed = [each.consumer for each in rule.ladder[running.done : n + 1] if each.consumer]
    return f"{owed[-1]}#{running.id}".rstrip("#") if owed else None


def _reach(case: Case, running: Running, tell: str, now: datetime, roster: Roster) -> Reached:
    """Return the recipient of a step for one role of its `tell`. For `owner` it is the owner of the case. If
    the owner is absent, it is the person on duty for the role that holds the case."""
    role = holding_role(case) if tell == "owner" else Role[tell.upper()]
    absent = ""
    outside = case.owner == case.mediator and not DEADLINES[running.name].to_mediator
    if tell == "owner" and case.handler and not outside:
        owner = roster.member(case.handler)
        if owner and owner.present(now):
            return owner.id, "owner", ""
        absent = "absent"
    if role is Role.CHAIR:
        chair = roster.member(case.chair) if case.chair else None
        if chair and chair.present(now):
            return chair.id, role.code, absent
        # nobody chairs now: the role that can appoint the panel is asked
        role, absent = appoints(case), absent or ("absent" if chair else "")
    duty = roster.on_duty(_team(case, running, role), role, now)
    return duty.member.id if duty.member else "", role.code, absent or duty.passed_on


def _team(case: Case, running: Running, role: Role) -> str:
    """Return the team whose person on duty is asked. For the two roles of a department it is the department
    that got the question, else the team of the case."""
    asked = next((q.department for q in case.inquiry.questions if q.id == running.id), "")
    return asked if asked and role in Role.DEPARTMENT | Role.DEPARTMENT_HEAD else case.team
