"""What the clock does when a deadline's step is due: tell the person on duty, or take the move that silence means."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.case import Act, Case, Change
from chalicelib.domain.codes import Role
from chalicelib.domain.deadlines import Running, deadlines, when
from chalicelib.domain.policy import Rule, Step, policy
from chalicelib.domain.process import holder, take
from chalicelib.domain.roster import Roster


def due_step(case: Case, now: datetime) -> Running | None:
    """The running deadline whose next step has been due longest; None when nothing is due."""
    late = [running for running in deadlines(case).values() if running.at and running.at <= now]
    return min(late, key=lambda running: (running.at, running.key), default=None)


def step(case: Case, running: Running, act: Act, roster: Roster) -> Change:
    """Take the highest step that is due; lower ones are recorded as overtaken. An absent or empty role passes it straight on."""
    rule = policy(case.policy).rules[running.name]
    n = _highest(case, running, rule, act.now)
    rung = _rung(rule, n)
    if rung.take and not case.shielded:
        change = take(rung.take, case, act)
        return replace(change, case=replace(change.case, steps={**change.case.steps, running.key: n + 1}))
    who, role, passed_on = _whom(case, rule, n, act.now, roster)
    return take("take_step", case, act, **_facts(case, running, rule, n, act.now), to=who or None, role=role or None,
                passed_on=passed_on or None, consumer=_consumer(rule, running.done, n), review=bool(rung.take))


def _whom(case: Case, rule: Rule, n: int, now: datetime, roster: Roster) -> tuple[str, str, str]:
    """Who is told of step `n`: (person, role, why passed on). With nobody there it goes straight to the next level, whose own steps
    still come at their own time: nobody is told too early that something is late."""
    levels = rule.ladder[min(n, len(rule.ladder) - 1):]
    if levels[0].take:
        levels = (Step(tell="lead"), *policy(case.policy).rules["lapse_review"].ladder)
    who = role = passed_on = ""
    for level in levels:
        if who or not level.tell:
            break
        who, role, why = _reach(case, level.tell, now, roster)
        passed_on = passed_on or why
    return who, role, passed_on


def _facts(case: Case, running: Running, rule: Rule, n: int, now: datetime) -> dict[str, Any]:
    assert running.due and running.start
    upcoming = when(case, running, rule, n + 1)
    late = (now - running.due) // timedelta(minutes=1)
    return {"deadline": running.name, "run": running.key, "step": n, "overtaken": max(0, n - running.done), "due": running.due,
            "by": upcoming if upcoming and upcoming > now else None, "late_minutes": late, "early": _rung(rule, n).early}


def _highest(case: Case, running: Running, rule: Rule, now: datetime) -> int:
    n = running.done
    while (upcoming := when(case, running, rule, n + 1)) and upcoming <= now:
        n += 1
    return n


def _rung(rule: Rule, n: int) -> Step:
    return rule.ladder[min(n, len(rule.ladder) - 1)]


def _consumer(rule: Rule, done: int, n: int) -> str | None:
    """The letter to the consumer that this step or one it overtook owes: an apology is not lost because the clock was away."""
    owed = [rung.consumer for rung in rule.ladder[done:n + 1] if rung.consumer]
    return owed[-1] if owed else None


def _reach(case: Case, tell: str, now: datetime, roster: Roster) -> tuple[str, str, str]:
    """Who is told: (person, role, why passed on). The owner when present, else whoever is on duty for the role that holds the case."""
    role = holder(case) if tell == "owner" else Role[tell.upper()]
    absent = ""
    if tell == "owner" and case.owner:
        owner = roster.member(case.owner)
        if owner and owner.present(now):
            return owner.id, "owner", ""
        absent = "absent"
    duty = roster.on_duty(case.team, role, now)
    return duty.member.id if duty.member else "", role.code, absent or duty.passed_on
