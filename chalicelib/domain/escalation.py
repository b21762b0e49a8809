"""What the clock does about deadlines. When a step of a deadline is due, the clock notifies people, or takes
the move that follows the silence of a party."""

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
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.moves.ladder_steps import take_step
from chalicelib.domain.policy import Rule, Step, policy
from chalicelib.domain.roster import Roster

Reached = tuple[str, str, str]
"""One recipient of a step: the person's id, the code of their role, and the reason why the step was passed on
to them. The reason is "" if the step was not passed on."""
ABOVE = [["supervisor"], ["executive"]]
"""The role codes to which a step goes if everybody on its own ladder is absent: first the supervisor, then
the executive."""


OUTSIDE_HOURS = "outside_hours"
"""The reason why an urgent step went to the cover rota of the team."""


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
    """Return the change made by the highest due step of this deadline. Lower steps are recorded as overtaken.

    A lapse is a step that takes a move because a party was silent. A lapse waits for a reminder that should
    have left before it. If nobody of a step is present, this step tells the people of the next step.

    Silence does not close a case with a safety tag, severity S1 or a need for help. Silence does not close a
    case that is `on_hold`, because an answer is on its way. In these cases the team lead must review the case
    first.

    `given` is a function. It takes the name of a move and returns the facts that the server fills in."""
    rule = rule_of(case.policy, running.name)
    n = _highest(case, running, rule, act.now)
    due = _step_of(rule, n)
    barred = False
    if due.take:
        name = next(move for move in due.take.split(" | ") if case.stage in MOVES[move].at)
        # the id says which obligation, question or proceeding this deadline is about, if the case has several
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
        consumer=_consumer(rule, running, n, act.now),
        review=barred,
        again=_again(rule, running),
    )


def after_step(case: Case, running: Running, now: datetime) -> Running:
    """Return a run as it is once the clock has taken the step that is due at the moment `now`. If no step is
    due, the run is returned as it is."""
    if running.at is None or running.at > now:
        return running
    rule = rule_of(case.policy, running.name)
    done = _highest(case, running, rule, now) + 1
    return running._replace(done=done, step=_step_of(rule, done), at=when(case, running, rule, done))


def holders(case: Case, running: Running, now: datetime, roster: Roster) -> list[tuple[str, str]]:
    """Return who has a missed duty now, as pairs of a person's id and the code of their role. They are the
    people of the last step of its ladder who are present, or of the next step if none of them is. If
    everybody is absent, the id is "" and the role is that of the executive."""
    rule = rule_of(case.policy, running.name)
    told = [n for n, step in enumerate(rule.ladder[: running.done]) if step.tell]
    reached = _whom(case, running, rule, told[-1], now, roster)[0] if told else []
    here = (roster.member(who) for who, _, _ in reached)
    present = [one is not None and one.present(now) for one in here]
    return [(who if at else "", role) for (who, role, _), at in zip(reached, present, strict=True)]


def told_with(case: Case, facts: Mapping[str, Any]) -> list[str]:
    """Return the roles that a step notified together. `owner` among them means the person who handles the
    case. `facts` are the facts in the entry of the step. These facts name only one role, so the other roles
    are read from the ladder."""
    role, ladder = facts.get("role") or "owner", rule_of(case.policy, facts["deadline"]).ladder
    levels = ladder[min(facts["step"], len(ladder) - 1) :]
    tells = (level.tell.split(" + ") for level in levels if level.tell and not facts.get("review"))
    return next((tell for tell in tells if role in tell), [role])


def _whom(
    case: Case, running: Running, rule: Rule, n: int, now: datetime, roster: Roster
) -> tuple[list[Reached], bool]:
    """Return the recipients of step `n` (from 0), and whether everybody whom the step itself names is absent.

    If nobody of a step is present, the recipients are those of the next step of the ladder. That next step is
    still taken at its own time. After the last step come the roles of `ABOVE`. If these are absent too, the
    recipient is the first executive, who reads the notice on their return."""
    levels = rule.ladder[min(n, len(rule.ladder) - 1) :]
    if levels[0].take:
        levels = (Step(tell="lead"), *policy(case.policy).rules["lapse_review"].ladder)
    if not levels[0].tell:  # the step only sends a letter to the parties
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
    # Count the clock's delay from the last change of the case. A complaint that was recorded late had overdue
    # steps before the clock could take them.
    could = max((at for at in (running.at, case.recorded_at, *case.taken.values()) if at), default=now)
    return {
        "deadline": running.name,
        "run": running.key,
        "step": n,
        "overtaken": max(0, n - running.done),
        "due": running.due,
        "by": upcoming if upcoming and upcoming > now else None,
        "late_minutes": (now - running.due) // timedelta(minutes=1),
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
    """Return whether a step up to `n` that was not yet taken sends a reminder. The reminder leaves first, and
    the lapse waits for the reminder."""
    untaken = range(running.done, n + 1)
    return not DEADLINES[running.name].fixed and any(_step_of(rule, one).consumer for one in untaken)


def _again(rule: Rule, running: Running) -> bool:
    """Return whether the next step of this deadline only repeats an earlier notice to the same roles. The
    last step of a ladder is repeated until the deadline is met."""
    last, before = rule.ladder[-1], rule.ladder[-2:-1]
    told = len(rule.ladder) - 1 if before and before[0].tell == last.tell else len(rule.ladder)
    return bool(last.every) and running.done >= told


def _step_of(rule: Rule, n: int) -> Step:
    """Return step `n` (from 0) of the ladder of a deadline. If `n` is beyond the last step, return the last
    step."""
    return rule.ladder[min(n, len(rule.ladder) - 1)]


def _consumer(rule: Rule, running: Running, n: int, now: datetime) -> str | None:
    """Return the key of the letter to the consumer that goes out with step `n`. If step `n` has no such
    letter, return the last one of the steps that were overtaken, so that no apology is lost while the clock
    stood still. Return None if there is none. A reminder that is only true before the end of its deadline is
    left out after that end, unless it moves the end."""
    over = running.due is not None and running.due <= now
    owed = [
        each.consumer
        for each in rule.ladder[running.done : n + 1]
        if each.consumer and not (over and letter_of(each.consumer).only_before(running.name))
    ]
    if owed and letter_of(owed[-1]).apology:  # one letter names every duty that is late
        return owed[-1]
    return f"{owed[-1]}#{running.id}".rstrip("#") if owed else None


def _reach(case: Case, running: Running, tell: str, now: datetime, roster: Roster) -> Reached:
    """Return the recipient of a step for one role code in its `tell`. For `owner` the recipient is the owner
    of the case. If the owner is absent, or works for other teams by now, the recipient is the person on duty
    for the role that handles cases at this stage. Outside the telephone hours, an urgent step goes to the
    cover rota of the team. The supervisor and the executive still get theirs."""
    role = holding_role(case) if tell == "owner" else Role[tell.upper()]
    urgent = DEADLINES[running.name].urgent(case)
    if urgent and (cover := roster.covering(case.team, role.code, now)):
        return cover.id, "owner" if tell == "owner" else role.code, OUTSIDE_HOURS
    absent = ""
    outside = case.owner == case.mediator and not DEADLINES[running.name].to_mediator
    if tell == "owner" and case.handler and not outside:
        owner = roster.member(case.handler)
        here = case.handler == case.mediator or roster.works_for(case.handler, case.team)
        if owner and here and owner.present(now):
            return owner.id, "owner", ""
        absent = "absent"
    if role is Role.CHAIR:
        chair = roster.member(case.chair) if case.chair else None
        if chair and chair.present(now):
            return chair.id, role.code, absent
        # no chair is present, so ask the role that can appoint the panel
        role, absent = appoints(case), absent or ("absent" if chair else "")
    duty = roster.on_duty(_team(case, running, role), role, now)
    return duty.member.id if duty.member else "", role.code, absent or duty.passed_on


def _team(case: Case, running: Running, role: Role) -> str:
    """Return the team whose person on duty is notified. For the two roles of a department it is the
    department that was asked the question. For any other role it is the team of the case."""
    asked = next((q.department for q in case.inquiry.questions if q.id == running.id), "")
    return asked if asked and role in Role.DEPARTMENT | Role.DEPARTMENT_HEAD else case.team
