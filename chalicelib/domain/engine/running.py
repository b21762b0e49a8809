"""One declared deadline on one case: its runs, pauses and extensions, its end, and the next step of its
ladder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple

from chalicelib.domain.calendar import SHANGHAI, End, Length, Span, length, published, stamp
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Pause
from chalicelib.domain.model.codes import AT_TABLE, PauseReason, Severity, Side, Stage as S
from chalicelib.domain.model.letters import opened_by
from chalicelib.domain.model.public_terms import PublicTerm
from chalicelib.domain.outages import LATE, Outage, lost, outside
from chalicelib.domain.policy import Rule, Step, policy

AMBER, RED = "-5w", "-2w"
"""The time before `work_by` at which a deadline turns amber and red. Cases of severity S3 turn amber
earlier."""
AMBER_S3 = "-7w"
Reading = Literal["consumer", "company", "partner"]
CONSUMER: frozenset[Reading] = frozenset({"consumer"})
FILER: frozenset[Reading] = frozenset({"consumer", "partner"})
SIDES: frozenset[Reading] = frozenset({"consumer", "company"})
EVERYONE: frozenset[Reading] = frozenset({"consumer", "company", "partner"})
"""The outside readers who see a deadline: the consumers; the consumers and their partner system; both sides;
all."""
UNTOLD, UNREMINDED = "undelivered", "unreminded"
"""Why a run has no end: the letter that opens it, or the reminder before its lapse, has not reached
everybody."""
PAUSED_IN = {S.AWAITING_INFORMATION: PauseReason.INFORMATION, **dict.fromkeys(AT_TABLE, PauseReason.TALKS)}
"""The stages that pause every deadline that is not declared to run in them, with the reason."""


STARTED_BY: dict[str, list[str]] = defaultdict(list)
MET_BY: dict[str, list[str]] = defaultdict(list)
"""The moves that start a deadline, and those that meet it, from their declarations."""
DEADLINES: dict[str, Deadline] = {}


class Run(NamedTuple):
    """One run of a deadline. `id` tells it from other runs of its name; "" where there is one only. `start`
    is None while the letter that
    opens it is undelivered. `by` is its own last day (local), if one was set."""

    id: str
    start: datetime | None
    by: date | None = None


Runs = Callable[[Case], Iterator[Run]]
"""The runs of a deadline on a case."""


@frozen
class Deadline:
    """A clock that the case's own history starts and stops.

    It runs from each of `runs(case)` while the case is in `during`, until a move that `meets` it is taken
    after the start. It pauses for the reasons in `paused_by`; in the stages `still` it is always paused.
    `duty`: a duty of ours to the consumer; otherwise it is a window that we grant. `since`: its start in
    words. While a letter that `opened` it is undelivered, silence has no consequence. `passing`: each run has
    a unique id, so a run that is over never comes back. `fixed`: the law, a court or a document sets its end,
    so an outage of ours does not move it.

    `seen_by`: the outside readers who see it. `to_consumer`: the consumer learns when we miss it, and then
    every seven days. `silence`: at its end the consumer's silence takes effect, so it waits while a message
    from them has no reply. `leads_on`: at its end the case goes on at one of several stages. `right`: a party
    may act by then, and nobody waits for it. `answers_for`: the side that answers an invitation by then.

    `of_promise`: it belongs to one obligation, which both its sides see. `own_date`: several runs side by
    side, each letter with its own date. `to_mediator`: its steps for the owner go to a mediator who holds the
    case. All other steps go to staff, since a mediator comes from outside. `inquiry`: it belongs to our own
    inquiry, which goes on during the talks. `beside`: pages show it next to its subject. `queue`: the work
    list that is sorted by it. `told`: its lines on the public page about the process.
    """

    name: str
    runs: Runs
    during: frozenset[S]
    paused_by: frozenset[PauseReason] = frozenset()
    duty: bool = True
    since: str = ""
    passing: bool = False
    still: frozenset[S] = frozenset()
    fixed: bool = False
    seen_by: frozenset[Reading] = frozenset()
    of_promise: bool = False
    own_date: bool = False
    right: bool = False
    to_mediator: bool = False
    beside: bool = False
    inquiry: bool = False
    to_consumer: bool = False
    silence: bool = False
    leads_on: bool = False
    answers_for: Side | None = None
    queue: str = ""
    told: tuple[PublicTerm, ...] = ()

    @property
    def moves(self) -> bool:
        """Return whether an outage of ours moves its end. It moves the windows that we grant a party; it
        never moves our duties."""
        return not self.duty and not self.fixed

    @property
    def opening_letters(self) -> tuple[str, ...]:
        """Return the letters that open it."""
        return opened_by(self.name)


class Running(NamedTuple):
    """A run of a deadline with its end and its next step.

    `end` is None while the run is paused; `stopped` names the reason. `step` is the next step of the clock,
    at the moment `at` (UTC). `key` names the run: a deadline that restarts climbs its ladder from the
    beginning. `done` counts the steps taken. `outages` are those during the run. `behind` is by how much the
    reminder before a lapse was late, and `late` that time if it moves the end. `planned` is the end without
    the outages and that time.
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
    outages: tuple[Outage, ...] = ()
    planned: End | None = None
    behind: timedelta = timedelta()
    late: Span | None = None

    @property
    def due(self) -> datetime | None:
        """Return the due moment, UTC."""
        return self.end.at if self.end else None

    @property
    def moved(self) -> timedelta:
        """Return by how much our outages and a late reminder have moved its end."""
        return self.end.at - self.planned.at if self.end and self.planned else timedelta()


def deadline(during: frozenset[S], since: str, **properties: Any) -> Callable[[Runs], Runs]:
    """Declare the deadline with the name of this function, which yields its runs. `since` says in words what
    starts it, for the printed process; `properties` are those of `Deadline`."""

    def declared(runs: Runs) -> Runs:
        DEADLINES[runs.__name__] = Deadline(runs.__name__, runs, during, since=since, **properties)
        return runs

    return declared


def deadline_of(name: str) -> Deadline:
    """Return the declaration of a deadline; for one that only a newer release declares, nothing but its
    name."""
    return DEADLINES.get(name) or Deadline(name, lambda case: iter(()), frozenset())


@cache
def rule_of(rules: str, name: str) -> Rule:
    """Return the rule of a deadline under a policy; `rules` is the policy's name and version. After the last
    step of its ladder, an unmet duty of ours repeats that step until it is met, so that no delay goes silent.
    A step that takes a move does not repeat, since the case goes on by that move."""
    found = policy(rules)
    rule = found.rules[name]
    if not DEADLINES[name].duty or not rule.ladder or rule.ladder[-1].every or not rule.ladder[-1].tell:
        return rule
    again = Step(every=found.repeat_hours if rule.hours else found.repeat, tell=rule.ladder[-1].tell)
    return replace(rule, ladder=(*rule.ladder, again))


def reached(case: Case, *letters: str) -> list[datetime | None]:
    """Return when these letters reached each person; None for each undelivered one."""
    return [at for letter in letters for at in case.reached.get(letter, ())]


def started(case: Case, name: str) -> list[datetime]:
    """Return when each move that starts a deadline was last taken."""
    return [case.taken[move] for move in STARTED_BY[name] if move in case.taken]


def met(case: Case, name: str, since: datetime) -> bool:
    """Return whether a move that meets a deadline was taken since it began."""
    return any(case.taken[move] >= since for move in MET_BY[name] if move in case.taken)


def running_of(case: Case, name: str, id: str | None = None) -> Iterator[Running]:
    """Yield the runs of one deadline on a case in any stage, or only the run with this id."""
    declared, rule = DEADLINES[name], rule_of(case.policy, name)
    for run in declared.runs(case):
        if id is not None and run.id != id:
            continue
        if run.start is None:
            yield Running(name, f"{name}#{run.id}".rstrip("#"), run.id, None, None, declared.duty, UNTOLD)
            continue
        if met(case, name, run.start):
            continue
        key = key_of(declared, run)
        pauses = _pauses(case, declared, run.start)
        end = ends(case, declared, rule, run, pauses)
        lasting = next((pause for pause in pauses if pause.until is None and pause.since < end.at), None)
        if lasting:  # A pause does not cure a deadline that was missed before it.
            yield Running(name, key, run.id, run.start, None, declared.duty, str(lasting.why))
            continue
        running = Running(name, key, run.id, run.start, end, declared.duty, done=case.clock.steps.get(key, 0))
        running = _reminded(case, running, run, pauses)
        if case.outages and not declared.fixed and (declared.moves or any(s.lapses for s in rule.ladder)):
            running = _touched(case, running, run, pauses)
        yield _climb(case, running, rule)


@cache
def reminder_of(rules: str, name: str) -> int | None:
    """Return the place in a window's ladder of the last reminder before its lapse; None without one. `rules`
    is the policy's name and version."""
    ladder = rule_of(rules, name).ladder
    lapse = next((n for n, step in enumerate(ladder) if step.lapses), 0)
    before = [n for n, step in enumerate(ladder[:lapse]) if step.consumer]
    return before[-1] if before and DEADLINES[name].moves else None


def reminder(case: Case, running: Running) -> str | None:
    """Return the key of the reminder that this run has sent before its lapse; None before that."""
    n = reminder_of(case.policy, running.name)
    if n is None or running.done <= n:
        return None
    return f"{rule_of(case.policy, running.name).ladder[n].consumer}#{running.id}".rstrip("#")


def _reminded(case: Case, running: Running, run: Run, pauses: list[Pause]) -> Running:
    """Return a run after the reminder before its lapse was sent. While that has not reached everybody, the
    run has no end. A reminder that was late by more than `LATE` moves the end, as an outage does."""
    key, n = reminder(case, running), reminder_of(case.policy, running.name)
    told = reached(case, key) if key else []
    if n is None or not told or running.start is None or running.end is None:
        return running
    if None in told:
        return running._replace(end=None, stopped=UNREMINDED)
    declared, rule = DEADLINES[running.name], rule_of(case.policy, running.name)
    at = moment(case.severity, running.start, running.end, rule.ladder[n].at)
    late = Span(at, max([at, *(one for one in told if one)]))
    behind = sum(
        (span.until - span.since for span in outside(late, _spans(pauses)) if span.until), timedelta()
    )
    if behind <= LATE:
        return running._replace(behind=behind)
    end = ends(case, declared, rule, run, pauses, late)
    planned = ends(replace(case, outages=()), declared, rule, run, pauses)
    return running._replace(end=end, planned=planned, behind=behind, late=late)


def _touched(case: Case, running: Running, run: Run, pauses: list[Pause]) -> Running:
    """Return a run with the outages during it, and the end that it would have without them."""
    declared, rule = DEADLINES[running.name], rule_of(case.policy, running.name)
    if running.end is None or running.start is None:
        return running
    end = running.end
    spans = [span for span in lost(case.outages, running.start, _spans(pauses)) if span.since < end.at]
    if not spans:
        return running
    planned = ends(replace(case, outages=()), declared, rule, run, pauses) if declared.moves else end
    outages = tuple(
        outage for outage in case.outages if any(one.meets(span) for one in outage.spans for span in spans)
    )
    return running._replace(outages=outages, planned=planned)


def _spans(pauses: list[Pause]) -> list[Span]:
    return [Span(pause.since, pause.until) for pause in pauses]


def key_of(declared: Deadline, run: Run) -> str:
    """Return the key of a run that has begun: the deadline's name, the run's id, and its start."""
    return "#".join(filter(None, (declared.name, run.id, stamp(run.start) if run.start else "")))


def parts_of(key: str) -> list[str]:
    """Split the key of a run: the deadline's name, the parts of the run's id, and its start if it has
    begun."""
    return key.split("#")


def folded(case: Case) -> Case:
    """Return the case without the steps of runs that are over for good, those of `passing` deadlines. The
    steps of all others stay: a stage or a letter may bring a run back, and each step is taken once."""
    passing = {name for key in case.clock.steps if DEADLINES[name := parts_of(key)[0]].passing}
    if not passing:
        return case
    run = {key_of(DEADLINES[name], run) for name in passing for run in DEADLINES[name].runs(case)}
    return replace(
        case,
        clock=replace(
            case.clock,
            steps={
                key: n for key, n in case.clock.steps.items() if parts_of(key)[0] not in passing or key in run
            },
        ),
    )


def _pauses(case: Case, declared: Deadline, start: datetime) -> list[Pause]:
    """Return the pauses of a deadline that runs from `start`: stays in certain stages, and suspensions on the
    case."""
    stays = [
        Pause(PAUSED_IN[interval.stage], interval.since, interval.until)
        for interval in case.spells
        if interval.stage in PAUSED_IN
    ]
    stops = declared.paused_by | ({PauseReason.WITHDRAWN} if S.CLOSED not in declared.during else set())
    return [
        pause
        for pause in (*stays, *case.clock.halts)
        if pause.why in stops and (pause.until is None or pause.until > start)
    ]


def ends(case: Case, declared: Deadline, rule: Rule, run: Run, pauses: list[Pause], *late: Span) -> End:
    """Return the end of a run after past pauses, granted extensions, outages, and the time by which its
    reminder was `late`. It is never before an end that we told while the calendar of its year was
    unpublished."""
    end = _reckoned(case, declared, rule, run, pauses, *late)
    told = case.clock.provisional.get(key_of(declared, run)) if case.clock.provisional else None
    return end._replace(at=told) if told and told > end.at else end


def _reckoned(case: Case, declared: Deadline, rule: Rule, run: Run, pauses: list[Pause], *late: Span) -> End:
    """Return the end of a run by the calendar as published now."""
    assert run.start
    stood = _spans(pauses)
    taken = lost(case.outages, run.start, stood, *late) if declared.moves else []
    if run.by and rule.own_day:
        return published().own(run.start, run.by, generous=rule.generous, lost=taken, zone=SHANGHAI)
    over = [pause for pause in stood if pause.until]
    tags = (str(case.outcome), str(case.severity), run.id, "joint" if case.joint else "")
    span = length(next((rule.lengths[tag] for tag in tags if tag in rule.lengths), rule.length))
    granted = sum(1 for more in case.clock.extensions if more.of == declared.name and more.at >= run.start)
    for more in rule.extensions[:granted]:
        span = Length(span.n + length(more).n, span.unit)
    return published().ends(run.start, span, generous=rule.generous, pauses=over, lost=taken, zone=SHANGHAI)


def when(case: Case, running: Running, rule: Rule, n: int) -> datetime | None:
    """Return the moment of step `n` (0-based) of a ladder. Return None after its end, unless its last step
    repeats (`every`)."""
    ladder = rule.ladder
    if (
        not ladder
        or running.end is None
        or running.start is None
        or (n >= len(ladder) and not ladder[-1].every)
    ):
        return None
    step = ladder[min(n, len(ladder) - 1)]
    if step.lapses:
        return _lapse(case, running, rule, n)
    if not step.every:
        return moment(case.severity, running.start, running.end, step.at)
    before = when(case, running, rule, len(ladder) - 2)
    rounds = length(step.every)
    return before and published().shifted(
        before, Length(rounds.n * (n - len(ladder) + 2), rounds.unit), SHANGHAI
    )


def _lapse(case: Case, running: Running, rule: Rule, n: int) -> datetime:
    """Return the moment of step `n`, at which a window lapses. A reminder that was late by at most `LATE`
    delays it as much. After an outage the policy's grace is added. The end that we tell stays the same: this
    is time beyond it. A `fixed` end gives a fixed lapse."""
    assert running.start
    assert running.end
    at = moment(case.severity, running.start, running.end, rule.ladder[n].at)
    if DEADLINES[running.name].fixed:
        return at
    at += timedelta() if running.late else running.behind
    grace = length(policy(case.policy).grace)
    return published().shifted(at, grace, SHANGHAI) if running.outages else at


def moment(severity: Severity | None, start: datetime, end: End, at: str) -> datetime:
    """Return the moment of a step from its place `at` in the ladder."""
    calendar = published()
    if at == "due":
        return end.at
    if at == "morning":  # 09:00 of the last day
        return max(calendar.morning(end.at - timedelta.resolution, 0, SHANGHAI), start)
    if at.startswith("day "):
        return calendar.morning(start, int(at[4:]), SHANGHAI)
    if at in ("amber", "red"):
        back = RED if at == "red" else AMBER_S3 if severity == "S3" else AMBER
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
    step = rule.ladder[min(running.done, len(rule.ladder) - 1)]
    waits = step.take and nothing_follows(case, running.name)
    return running if waits else running._replace(step=step, at=at)


def nothing_follows(case: Case, name: str) -> bool:
    """Return whether the clock must not take a move when this deadline ends. It must not while the record of
    the case is in doubt, or the register of outages that moves this window. Where silence has an effect, it
    must not while a message from the consumer's side or their partner waits for our reply."""
    declared = DEADLINES[name]
    if case.doubted or (case.uncertain and declared.moves):
        return True
    if not declared.silence:
        return False
    company = {party.id for party in case.parties if party.side == Side.BUSINESS}
    return any(waiting.by not in company for waiting in case.messages)
