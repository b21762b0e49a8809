"""The action of the clock when a deadline's step is due: a notice to the person on duty, or the move that
follows silence."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.letters_owed import appoints, holder
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
"""The recipient of a step: (person, role, reason why it was passed on to them)."""
ABOVE = [["supervisor"], ["executive"]]
"""The roles above every ladder. A step goes to them when everybody on its ladder is absent."""


def due_step(case: Case, now: datetime) -> Running | None:
    """Return the running deadline whose next step has been due longest, or None when nothing is due."""
    late = [running for running in deadlines(case).values() if running.at and running.at <= now]
    return min(late, key=lambda running: (running.at, running.key), default=None)


def step(
    case: Case,
    running: Running,
    act: Act,
    roster: Roster,
    held: bool = False,
    given: Callable[[str], Mapping[str, Any]] = lambda move: {},
) -> Change:
    """Take the highest step that is due. Lower ones are recorded as overtaken, but a lapse waits for a
    reminder that we owed.

    If nobody is present in a role, the step is passed on at once. Silence does not close a case that is
    shielded, or `held` by an answer on its way: the lead reviews it first. `given` returns the facts of a
    move that the server fills in."""
    rule = rule_of(case.policy, running.name)
    n = _highest(case, running, rule, act.now)
    due = _step_of(rule, n)
    barred = False
    if due.take:
        name = next(move for move in due.take.split(" | ") if case.stage in MOVES[move].at)
        # the run's id tells several runs apart, such as those of two authorities
        about = dict.fromkeys(list(MOVES[name].parameters)[:1], running.id) if running.id else {}
        change = take(name, case, act, **{**about, **given(name)})
        barred = (case.shielded or held) and name.startswith("lapse_") and change.case.stage == Stage.CLOSED
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
    """Return the roles that a step notified together. Its entry keeps one of them, the ladder the others of
    that level. `owner` is the person who handles the case."""
    role, ladder = facts.get("role") or "owner", rule_of(case.policy, facts["deadline"]).ladder
    levels = ladder[min(facts["step"], len(ladder) - 1) :]
    tells = (level.tell.split(" + ") for level in levels if level.tell and not facts.get("review"))
    return next((tell for tell in tells if role in tell), [role])


def _whom(
    case: Case, running: Running, rule: Rule, n: int, now: datetime, roster: Roster
) -> tuple[list[Reached], bool]:
    """Return the recipients of step `n`, and whether all its intended ones are absent.

    With nobody present it goes to the next level at once, whose own steps still come at their time. Above the
    ladder are the roles of `ABOVE`. If these are absent too, the executive still gets it, and finds it on
    their return."""
    levels = rule.ladder[min(n, len(rule.ladder) - 1) :]
    if levels[0].take:
        levels = (Step(tell="lead"), *policy(case.policy).rules["lapse_review"].ladder)
    if not levels[0].tell:  # a letter to the parties alone
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
    # a complaint that was recorded late had overdue steps before the clock could see it
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
        if (waits and following.take) or (following.lapses and _reminds(case, running, rule, n)):
            break
        n += 1
    return n


def _reminds(case: Case, running: Running, rule: Rule, n: int) -> bool:
    """Return whether an untaken step up to `n` is a reminder whose moment came while the window ran. It
    leaves first, and the lapse waits for it."""
    declared = DEADLINES[running.name]
    if declared.fixed:
        return False
    for reminder in range(running.done, n + 1):
        at = when(case, running, rule, reminder) if _step_of(rule, reminder).consumer else None
        stays = (
            stay for stay in case.spells if at and stay.since <= at and not (stay.until and stay.until <= at)
        )
        if any(stay.stage in declared.during for stay in stays):
            return True
    return False


def _again(rule: Rule, running: Running) -> bool:
    """Return whether a step only repeats an earlier notice of this run. The last step of a ladder does so
    until the deadline is met."""
    last, before = rule.ladder[-1], rule.ladder[-2:-1]
    told = len(rule.ladder) - 1 if before and before[0].tell == last.tell else len(rule.ladder)
    return bool(last.every) and running.done >= told


def _step_of(rule: Rule, n: int) -> Step:
    """Return step `n` (0-based) of a ladder. The last one is repeated for all later numbers."""
    return rule.ladder[min(n, len(rule.ladder) - 1)]


def _consumer(rule: Rule, running: Running, n: int) -> str | None:
    """Return the letter to the consumer that this step or an overtaken one owes, or None. So no apology is
    lost while the clock was not running."""
    owed = [each.consumer for each in rule.ladder[running.done : n + 1] if each.consumer]
    return f"{owed[-1]}#{running.id}".rstrip("#") if owed else None


def _reach(case: Case, running: Running, tell: str, now: datetime, roster: Roster) -> Reached:
    """Return the recipient for one role of a step's `tell`. For `owner` this is the owner if present, else
    the person on duty for the role that holds the case."""
    role = holder(case) if tell == "owner" else Role[tell.upper()]
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
        # the role that can name another chair, or the first one
        role, absent = appoints(case), absent or ("absent" if chair else "")
    duty = roster.on_duty(_team(case, running, role), role, now)
    return duty.member.id if duty.member else "", role.code, absent or duty.passed_on


def _team(case: Case, running: Running, role: Role) -> str:
    """Return the team whose person on duty is meant. For the two roles of a department this is the department
    that was asked."""
    asked = next((q.department for q in case.inquiry.questions if q.id == running.id), "")
    return asked if asked and role in Role.DEPARTMENT | Role.DEPARTMENT_HEAD else case.team
