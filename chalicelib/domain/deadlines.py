"""Which deadlines a case has now, and the next step of each ladder: derived from the case, its policy and the calendar, never set."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.calendar import SHANGHAI, End, Span, length, published, stamp
from chalicelib.domain.case import Case
from chalicelib.domain.codes import ANY, OPEN, Outcome
from chalicelib.domain.codes import Stage as S
from chalicelib.domain.policy import Rule, Step, policy

AMBER, RED = "-5w", "-2w"
"""Amber and red count back from `work_by`; S3 cases turn amber earlier."""
AMBER_S3 = "-7w"

WEEKLY = timedelta(weeks=1)

Run = tuple[str, datetime | None]
"""One run of a deadline: what tells it from others of its name (an id, or nothing), and its start (None: stopped, not begun)."""


@dataclass(frozen=True)
class Deadline:
    """A clock that the case's own history starts and stops.

    It runs from each of `runs(case)` while the case is in `during`, until a move in `met` was taken after the start, and stands
    still in the stages of `paused_in`. `duty`: ours towards the consumer; otherwise a window that we grant.
    """

    name: str
    runs: Callable[[Case], Iterator[Run]]
    during: frozenset[S]
    met: tuple[str, ...] = ()
    paused_in: frozenset[S] = frozenset()
    duty: bool = True
    since: str = ""


@dataclass(frozen=True)
class Running:
    """A deadline that runs. `end` is None while it stands still (`stopped` says why); `step` is what the clock does next, at `at`.

    `key` names the run: a deadline that restarts climbs its ladder afresh. `done` counts the steps behind it.
    """

    name: str
    key: str
    id: str
    start: datetime | None
    end: End | None
    duty: bool
    stopped: str = ""
    done: int = 0
    step: Step | None = None
    at: datetime | None = None

    @property
    def due(self) -> datetime | None:
        """The due moment, UTC."""
        return self.end.at if self.end else None


DEADLINES: dict[str, Deadline] = {}


def deadline(name: str, runs: Callable[[Case], Iterator[Run]], during: frozenset[S], since: str, *, met: tuple[str, ...] = (),
             paused_in: frozenset[S] = frozenset(), duty: bool = True) -> None:
    """Declare a deadline; `since` says in words what starts it, for the printed process."""
    DEADLINES[name] = Deadline(name, runs, during, met, paused_in, duty, since)


def deadlines(case: Case) -> dict[str, Running]:
    """Every deadline that runs on this case by its key; a case joined to another has none, since a linked case never fires."""
    if case.outcome == Outcome.JOINED:
        return {}
    found = (running for declared in DEADLINES.values() if case.stage in declared.during for running in _running(case, declared))
    return {running.key: running for running in found}


def due(case: Case) -> dict[str, datetime]:
    """The due moment of each running deadline by name; of several runs of one name, the earliest."""
    ends: dict[str, datetime] = {}
    for running in deadlines(case).values():
        if running.due:
            ends[running.name] = min(running.due, ends.get(running.name, running.due))
    return ends


def look_at(case: Case) -> datetime | None:
    """When the clock must look at this case next: the earliest next step of all its ladders."""
    return min((running.at for running in deadlines(case).values() if running.at), default=None)


def look_again(case: Case, now: datetime) -> datetime | None:
    """When the index brings a case up: at its next step, and weekly while a date of it rests on a year not yet published."""
    at = look_at(case)
    provisional = any(running.end and running.end.provisional for running in deadlines(case).values())
    return min(at or now + WEEKLY, now + WEEKLY) if provisional else at


def _running(case: Case, declared: Deadline) -> Iterator[Running]:
    rule = policy(case.policy).rules[declared.name]
    for id, start in declared.runs(case):
        if start is None:
            yield Running(declared.name, declared.name, id, None, None, declared.duty, "undelivered")
            continue
        if any(case.taken[move] >= start for move in declared.met if move in case.taken):
            continue
        key = f"{declared.name}#{id}#{stamp(start)}" if id else f"{declared.name}#{stamp(start)}"
        end = ends(case, declared, rule, start)
        if case.stage in declared.paused_in and case.spells[-1].since < end.at:      # what was missed before a pause stays missed
            yield Running(declared.name, key, id, start, None, declared.duty, str(case.stage))
            continue
        yield _climb(case, Running(declared.name, key, id, start, end, declared.duty, done=case.steps.get(key, 0)), rule)


def ends(case: Case, declared: Deadline, rule: Rule, start: datetime) -> End:
    """Where a run that began at `start` ends, its pauses and a granted extension counted in."""
    pauses = [Span(spell.since, spell.until) for spell in case.spells
              if spell.stage in declared.paused_in and spell.until and spell.until > start]
    span = length(rule.length)
    if declared.name == "information" and case.request and case.request.extended:
        more = length(rule.extension)
        span = type(span)(span.n + more.n, span.unit)
    return published().ends(start, span, generous=rule.generous, pauses=pauses, zone=SHANGHAI)


def when(case: Case, running: Running, rule: Rule, n: int) -> datetime | None:
    """The moment of step `n` (0-based) of a ladder; None past its end. The last step may repeat for ever (`every`)."""
    ladder = rule.ladder
    if not ladder or running.end is None or running.start is None or (n >= len(ladder) and not ladder[-1].every):
        return None
    step = ladder[min(n, len(ladder) - 1)]
    if not step.every:
        return _moment(case, running.start, running.end, step.at)
    before = when(case, running, rule, len(ladder) - 2)
    rounds = length(step.every)
    return before and published().shifted(before, type(rounds)(rounds.n * (n - len(ladder) + 2), rounds.unit), SHANGHAI)


def _moment(case: Case, start: datetime, end: End, at: str) -> datetime:
    calendar = published()
    if at == "due":
        return end.at
    if at.startswith("day "):
        return calendar.morning(start, int(at[4:]), SHANGHAI)
    if at in ("amber", "red"):
        back = RED if at == "red" else AMBER_S3 if case.severity == "S3" else AMBER
        warned = calendar.shifted(end.work_by, length(back), SHANGHAI)
        third: timedelta = (end.at - start) / 3
        return max(warned, (start + third).replace(microsecond=0)) if at == "amber" else warned
    if at.startswith("-"):
        return calendar.shifted(end.work_by, length(at), SHANGHAI)
    return calendar.shifted(end.at if at.startswith("+") else start, length(at.lstrip("+")), SHANGHAI)


def _climb(case: Case, running: Running, rule: Rule) -> Running:
    at = when(case, running, rule, running.done)
    if at is None:
        return running
    return replace(running, step=rule.ladder[min(running.done, len(rule.ladder) - 1)], at=at)


def _since(*moves: str) -> Callable[[Case], Iterator[Run]]:
    def runs(case: Case) -> Iterator[Run]:
        starts = [case.taken[move] for move in moves if move in case.taken]
        if starts:
            yield "", max(starts)
    return runs


def _told(*letters: str) -> Callable[[Case], Iterator[Run]]:
    """Since the last of these letters reached the person; stopped while one of them has not."""
    def runs(case: Case) -> Iterator[Run]:
        told = [case.told[letter] for letter in letters if letter in case.told]
        if told:
            yield "", None if None in told else max(moment for moment in told if moment)
    return runs


def _investigated(case: Case) -> Iterator[Run]:
    """From receipt; afresh after reopening or separation. Silent while a scope decision is still awaited."""
    if case.stage == S.AWAITING_INFORMATION and case.request and case.request.stage != S.INVESTIGATING:
        return
    yield from _since("submit", "reopen", "unlink_duplicate")(case)


def _unassigned(case: Case) -> Iterator[Run]:
    if case.owner is None:
        yield from _since("accept", "reopen", "unlink_duplicate")(case)


def _reviewed(case: Case) -> Iterator[Run]:
    if case.review:
        yield "", case.review


def _open(window: Callable[[Case], Iterator[Run]]) -> Callable[[Case], Iterator[Run]]:
    """A window until its lapse has been handed to the lead: from then on `lapse_review` runs."""
    return lambda case: iter(()) if case.review else window(case)


CLOSING_LETTERS = ("closed", "withdrawn", "not_pursued")
RECEIVED, ASKED = frozenset({S.RECEIVED}), frozenset({S.AWAITING_INFORMATION})

deadline("acknowledgement", _since("submit"), RECEIVED, "received_at",
         met=("accept", "decline", "ask_information", "withdraw", "link_duplicate"))
deadline("scope_decision", _since("give_information", "reopen", "unlink_duplicate", "lapse_information"), RECEIVED,
         "answer to a request made in received; reopening; separation")
deadline("information", _open(_told("information_request")), ASKED, "information_request delivered", duty=False)
deadline("lapse_review", _reviewed, ASKED | {S.DECLINED}, "lapse barred")
deadline("answer_window", _open(_told("declined", "unlinked")), frozenset({S.DECLINED}), "declined delivered; separation", duty=False)
deadline("investigation", _investigated, frozenset({S.INVESTIGATING}) | ASKED, "received_at; reopening; separation", paused_in=ASKED)
deadline("assignment", _unassigned, frozenset({S.INVESTIGATING}), "accept; reopening; separation")
deadline("message_reply", lambda case: ((m.id, m.at) for m in case.messages), ANY, "a party's message")
deadline("telling", lambda case: ((t.id, t.since) for t in case.tellings), ANY, "a letter cannot go by its first way")
deadline("approval", lambda case: ((a.id, a.at) for a in case.approvals), OPEN, "second person asked")
deadline("reopen_window", _told(*CLOSING_LETTERS), frozenset({S.CLOSED}), "closing told", duty=False)
