"""How a declared deadline counts on one case: its runs with their pauses, extensions and ends, and the next
step of the clock. The steps of a deadline are its reminders and escalations. A policy lists them in order, as
the ladder of the deadline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache, partial, wraps
from typing import Any, Concatenate, Literal, NamedTuple, ParamSpec, TypeVar

from chalicelib.domain.calendar import SHANGHAI, End, Length, Span, length, published, stamp
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Pause
from chalicelib.domain.model.codes import AT_TABLE, Outcome, PauseReason, Severity, Side, Stage as S
from chalicelib.domain.model.public_terms import PublicTerm
from chalicelib.domain.outages import LATE, Outage, latest_end, lost, outside
from chalicelib.domain.policy import Rule, Step, policy

P = ParamSpec("P")
T = TypeVar("T")
AMBER, RED = "-5w", "-2w"
"""Lengths of time before the end of a deadline, from which it is shown in amber (`AMBER`) and in red (`RED`).
They count back from `work_by` of the end. In a case of severity S3, amber begins earlier (`AMBER_S3`)."""
AMBER_S3 = "-7w"
Reading = Literal["consumer", "company", "partner"]
CONSUMER: frozenset[Reading] = frozenset({"consumer"})
FILER: frozenset[Reading] = frozenset({"consumer", "partner"})
SIDES: frozenset[Reading] = frozenset({"consumer", "company"})
EVERYONE: frozenset[Reading] = frozenset({"consumer", "company", "partner"})
"""The groups of outside readers to whom a deadline can be shown. `CONSUMER`: the complainants. `FILER`: the
complainants and their partner system. `SIDES`: the complainants and the company. `EVERYONE`: all three."""
UNTOLD, UNREMINDED = "undelivered", "unreminded"
"""The reasons why a run has no end yet. `UNTOLD`: the letter that opens the window has not reached everybody.
`UNREMINDED`: the last reminder of the window has not reached everybody."""
PAUSED_IN = {S.AWAITING_INFORMATION: PauseReason.INFORMATION, **dict.fromkeys(AT_TABLE, PauseReason.TALKS)}
"""The stages in which deadlines pause, unless they are declared to run there. The value is the reason for the
pause."""


APOLOGY = "overdue"
"""The name of the letter that tells a party which of our duties are late."""
STARTED_BY: dict[str, list[str]] = defaultdict(list)
MET_BY: dict[str, list[str]] = defaultdict(list)
"""The moves that start a deadline (`STARTED_BY`), and the moves that meet it (`MET_BY`). The key is the name
of the deadline, the value the names of the moves. Declaring a move fills these tables."""
DEADLINES: dict[str, Deadline] = {}


class Run(NamedTuple):
    """One run of a deadline on a case. `id`: it distinguishes this run from other runs of the same deadline;
    "" if there is only one run. `start`: when the run begins; None while the letter that opens it is
    undelivered. `by`: the last local day; None if the policy's length counts."""

    id: str
    start: datetime | None
    by: date | None = None


Runs = Callable[[Case], Iterator[Run]]
"""A function that gets a case and yields the runs of one deadline on it."""


@frozen
class Deadline:
    """The declaration of a deadline. `name`: its name. `runs`: the function that yields its runs. `since`:
    what starts it, in words.

    These fields say how it counts. `during`: the stages in which it runs. `still`: further stages, in which
    it exists only while it is paused. `paused_by`: the reasons that pause it. `duty`: whether it is our own
    duty; otherwise it is a window in which a party may act. `fixed`: whether a law, a court or a document
    sets its end, so that our outages do not move it. `passing`: whether an ended run never comes back,
    because each run has an id of its own. `resting`: a function that yields its runs and those that may come
    back; None if none can. A run also ends when a move that meets the deadline is taken after its start.

    These fields say what follows from it. `lateness`: it is about another duty of ours that we missed, and
    that duty has the apology. `silence`: the consumer's silence until its end has an effect. Such a deadline
    takes no effect while a message of the consumer has no reply. `leads_on`: at its end, the case goes to one
    of several stages. `right`: a party may act until its end, but nobody expects an act. `answers_for`: the
    side that must answer an invitation to mediation by its end. `within`: the deadlines at whose end this one
    ends too, if that is earlier. `ends_nothing`: what the clock does at its
    end costs nobody a right, so it does not wait until we are on time with everything else. `urgent`: returns
    whether its steps on a case are urgent; outside the telephone hours they go to the cover rota.

    These fields say who sees it, and where. `seen_by`: the outside readers. `of_promise`: it belongs to one
    obligation, whose debtor and creditor see it. `own_date`: it can have several runs, and each letter about
    one names the end of that run. `to_mediator`: whether a mediator who owns the case gets its letters to the
    owner. For other deadlines staff get these letters, because a mediator comes from outside. `inquiry`: it
    belongs to our own inquiry, which continues during talks. `beside`: pages show it next to the thing that
    it is about. `queue`: the name of the work list that it sorts; "" for none. `told`: its lines on the
    public page about the process. `counted_as`: the first part of the keys under which an older release
    counted its runs; "" if the keys did not change.
    """

    name: str
    runs: Runs
    during: frozenset[S]
    paused_by: frozenset[PauseReason] = frozenset()
    duty: bool = True
    since: str = ""
    passing: bool = False
    resting: Runs | None = None
    still: frozenset[S] = frozenset()
    fixed: bool = False
    seen_by: frozenset[Reading] = frozenset()
    of_promise: bool = False
    own_date: bool = False
    right: bool = False
    to_mediator: bool = False
    beside: bool = False
    inquiry: bool = False
    lateness: bool = False
    silence: bool = False
    leads_on: bool = False
    answers_for: Side | None = None
    within: tuple[str, ...] = ()
    ends_nothing: bool = False
    urgent: Callable[[Case], bool] = lambda case: False
    queue: str = ""
    told: tuple[PublicTerm, ...] = ()
    counted_as: str = ""

    @property
    def moves(self) -> bool:
        """Return whether our outages move the end of this deadline to later. They do so for a window of a
        party, unless its end is fixed. They never do so for our own duties."""
        return not self.duty and not self.fixed

    @property
    def announced(self) -> bool:
        """Return whether this is a duty of ours whose end a party knows. If we miss it, we apologise to that
        party, and again every seven days. Their windows are suspended meanwhile."""
        return self.duty and bool(self.seen_by) and not self.lateness

    @property
    def of_one(self) -> bool:
        """Return whether each run of this deadline concerns one person: the author of a message or a request,
        or the two sides of an obligation."""
        return self.of_promise or self.name in ("message_reply", "handler_change")


class Running(NamedTuple):
    """A run of a deadline, with its end and its next step. A step is a reminder, an escalation or a move of
    the clock. `name`: the name of the deadline. `id`, `start`: see `Run`. `duty`: whether it is our own duty.

    `key`: the name of the deadline, with the id and the start of the run. Because of the start, a deadline
    that begins again also takes its steps again from the first. `end`: None while the run is paused.
    `stopped`: the reason for the pause; "" for a run that is not paused.

    `done`: how many steps were taken. `step`: the next step; None if no step is ahead. `at`: when (UTC) that
    step is due. `outages`: our outages during the run. `behind`: by how much the last reminder was late.
    `late`: the time by which it was late, if that moves the end. `waited`: the times in which it was
    suspended because we had missed a duty. `planned`: the end as it would be without outages, a late reminder
    and missed duties; None if there were none.
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
    waited: tuple[Span, ...] = ()

    @property
    def due(self) -> datetime | None:
        """Return when the run is due (UTC); None while it is paused."""
        return self.end.at if self.end else None

    @property
    def moved(self) -> timedelta:
        """Return how much later the run ends because of our outages, a late reminder and missed duties."""
        return self.end.at - self.planned.at if self.end and self.planned else timedelta()


def deadline(during: frozenset[S], since: str, **properties: Any) -> Callable[[Runs], Runs]:
    """Declare a deadline on the function that yields its runs. The deadline has the name of the function.
    `during`: the stages in which it runs. `since`: what starts it, in words for the printed process.
    `properties`: further fields of `Deadline`."""

    def declared(runs: Runs) -> Runs:
        DEADLINES[runs.__name__] = Deadline(runs.__name__, runs, during, since=since, **properties)
        return runs

    return declared


def deadline_of(name: str) -> Deadline:
    """Return the declaration of the deadline `name`. If only a newer release declares it, return a
    declaration that has only the name."""
    return DEADLINES.get(name) or Deadline(name, lambda case: iter(()), frozenset())


@cache
def rule_of(rules: str, name: str) -> Rule:
    """Return the rule of the deadline `name` from a policy: its length and its steps. `rules`: the name and
    version of the policy. Raises LookupError if the policy has no such rule.

    For our own duties, a repetition of the last step is added. So we report a delay again until the duty is
    met. No repetition is added if the last step takes a move, because the case continues by that move. If a
    party knows the end of the duty, the step at that end gets an apology, unless the policy names a letter.
    """
    found = policy(rules)
    if name not in found.rules:
        raise LookupError(
            f"[deadline.{name}] is missing in domain/policy/{rules}.toml: give length and source"
        )
    rule, declared = found.rules[name], DEADLINES[name]
    if declared.duty and declared.seen_by:
        ladder = (
            replace(step, consumer=step.consumer or APOLOGY) if step.at == "due" and step.tell else step
            for step in rule.ladder
        )
        rule = replace(rule, ladder=tuple(ladder))
    if not declared.duty or not rule.ladder or rule.ladder[-1].every or not rule.ladder[-1].tell:
        return rule
    again = Step(every=found.repeat_hours if rule.hours else found.repeat, tell=rule.ladder[-1].tell)
    return replace(rule, ladder=(*rule.ladder, again))


def reached(case: Case, *letters: str) -> list[datetime | None]:
    """Return when letters reached each of their recipients. `letters`: the keys of the letters, without a
    person. None in the list stands for a recipient whom a letter has not reached."""
    return [at for letter in letters for at in case.reached.get(letter, ())]


def started(case: Case, name: str) -> list[datetime]:
    """Return when the moves that start the deadline `name` were last taken, one moment for each move."""
    return [case.taken[move] for move in STARTED_BY[name] if move in case.taken]


def met(case: Case, name: str, since: datetime) -> bool:
    """Return whether a move that meets the deadline `name` was taken at `since` or later."""
    return any(case.taken[move] >= since for move in MET_BY[name] if move in case.taken)


def running_of(case: Case, name: str, id: str | None = None) -> Iterator[Running]:
    """Yield the runs of the deadline `name` on a case, even if the deadline does not run at the present
    stage. `id`: if it is given, only the run with this id is yielded. Runs that a move has met are left
    out."""
    declared = DEADLINES[name]
    for run in declared.runs(case):
        if (id is None or run.id == id) and (running := _running(case, declared, run)):
            yield running


def _running(case: Case, declared: Deadline, run: Run) -> Running | None:
    """Return a run of a deadline with its end and its next step. Return None if a move has met it."""
    name = declared.name
    if run.start is None:
        return Running(name, f"{name}#{run.id}".rstrip("#"), run.id, None, None, declared.duty, UNTOLD)
    if met(case, name, run.start):
        return None
    key, rule = key_of(declared, run), rule_of(case.policy, name)
    pauses = _pauses(case, declared, run.start)
    end = ends(case, declared, rule, run, pauses)
    late = _standing(case, declared, rule)
    stands = (*pauses, *(Pause(PauseReason.LATE, span.since, span.until) for span in late))
    lasting = next((pause for pause in stands if pause.until is None and pause.since < end.at), None)
    # Only a pause that began before the end counts: a later one does not undo a missed deadline.
    if lasting:
        return Running(name, key, run.id, run.start, None, declared.duty, str(lasting.why))
    running = Running(name, key, run.id, run.start, end, declared.duty, done=case.clock.steps.get(key, 0))
    running = _reminded(case, running, run, pauses)
    if case.clock.late and running.end:
        running = _waited(case, running, run, pauses)
    if case.outages and not declared.fixed and (declared.moves or any(s.lapses for s in rule.ladder)):
        running = _touched(case, running, run, pauses)
    return _climb(case, _within(case, running, declared), rule)


def once_a_case(compute: Callable[Concatenate[Case, P], T]) -> Callable[Concatenate[Case, P], T]:
    """Cache what a function computes from a case, on the case and for each calendar. A changed case is a new
    object, so it has an empty cache."""

    @wraps(compute)
    def cached(case: Case, /, *names: P.args, **named: P.kwargs) -> T:
        key = published(), compute.__name__, *names
        if key not in case.computed:
            case.computed[key] = compute(case, *names, **named)
        return case.computed[key]  # type: ignore[no-any-return]

    return cached


@once_a_case
def in_stage(case: Case, name: str) -> tuple[Running, ...]:
    """Return the runs of the deadline `name` that count at the present stage of the case."""
    declared = deadline_of(name)
    during = case.stage in declared.during
    runs = declared.runs(case) if during or case.stage in declared.still else ()
    return tuple(
        running for run in runs if (running := _running(case, declared, run)) and (during or running.stopped)
    )


@cache
def reminder_of(rules: str, name: str) -> int | None:
    """Return the position of the last reminder among the steps of the window `name`, counted from 0. Return
    None if the window has no reminder. `rules`: the name and version of the policy."""
    ladder = rule_of(rules, name).ladder
    lapse = next((n for n, step in enumerate(ladder) if step.lapses), 0)
    before = [n for n, step in enumerate(ladder[:lapse]) if step.consumer]
    return before[-1] if before and DEADLINES[name].moves else None


def reminder(case: Case, running: Running) -> str | None:
    """Return the key of the letter that was the last reminder of this run. Return None if the reminder was
    not sent yet, or there is none."""
    n = reminder_of(case.policy, running.name)
    if n is None or running.done <= n:
        return None
    return f"{rule_of(case.policy, running.name).ladder[n].consumer}#{running.id}".rstrip("#")


def _reminded(case: Case, running: Running, run: Run, pauses: list[Pause]) -> Running:
    """Return a run with the effect of its last reminder on its end. If the reminder was sent but has not
    reached everybody, the run has no end.

    A reminder that came late moves the end, as an outage does. It counts as late if the delay was more than
    `LATE`, or if it came after the end.
    """
    key, n = reminder(case, running), reminder_of(case.policy, running.name)
    told = reached(case, key) if key else []
    if n is None or not told or running.start is None or running.end is None:
        return running
    if None in told:
        return running._replace(end=None, stopped=UNREMINDED)
    declared, rule = DEADLINES[running.name], rule_of(case.policy, running.name)
    at = moment(case.severity, running.start, running.end, rule.ladder[n].at)
    arrived = max([at, *(one for one in told if one)])
    late = Span(at, arrived)
    behind = sum(
        (span.until - span.since for span in outside(late, _spans(pauses)) if span.until), timedelta()
    )
    if behind <= LATE and arrived < running.end.at:
        return running._replace(behind=behind)
    return running._replace(
        end=ends(case, declared, rule, run, pauses, late),
        planned=ends(_on_time(case), declared, rule, run, pauses),
        behind=behind,
        late=late,
    )


def _on_time(case: Case) -> Case:
    """Return the case as if we had had no outage and had missed no duty."""
    return replace(case, outages=(), clock=replace(case.clock, late=()))


def stands_still(declared: Deadline, rule: Rule) -> bool:
    """Return whether a deadline is suspended while a duty of ours is missed. It is if the clock takes a
    move at its end that lets a window lapse or closes the case."""
    return not declared.ends_nothing and any(step.concludes for step in rule.ladder)


def _standing(case: Case, declared: Deadline, rule: Rule) -> tuple[Span, ...]:
    """Return the times in which a deadline is suspended because we missed a duty."""
    return case.clock.late if case.clock.late and stands_still(declared, rule) else ()


def _waited(case: Case, running: Running, run: Run, pauses: list[Pause]) -> Running:
    """Return a run with the times in which it was suspended because we had missed a duty, and with the end
    that it would have without them."""
    assert running.start
    assert running.end
    declared, rule = DEADLINES[running.name], rule_of(case.policy, running.name)
    waited = tuple(
        span
        for span in _standing(case, declared, rule)
        if span.until and span.until > running.start and span.since < running.end.at
    )
    if not waited:
        return running
    planned = running.planned or ends(_on_time(case), declared, rule, run, pauses)
    return running._replace(waited=waited, planned=planned)


def _touched(case: Case, running: Running, run: Run, pauses: list[Pause]) -> Running:
    """Return a run with the outages that fell into it, and with the end that it would have without
    outages."""
    declared, rule = DEADLINES[running.name], rule_of(case.policy, running.name)
    if running.end is None or running.start is None:
        return running
    end = running.end
    spans = [span for span in lost(case.outages, running.start, _spans(pauses)) if span.since < end.at]
    if not spans:
        return running
    planned = running.planned or (
        ends(_on_time(case), declared, rule, run, pauses) if declared.moves else end
    )
    outages = tuple(
        outage for outage in case.outages if any(one.meets(span) for one in outage.spans for span in spans)
    )
    return running._replace(outages=outages, planned=planned)


def _within(case: Case, running: Running, declared: Deadline) -> Running:
    """Return a run that ends with the first of the deadlines within which it lies, if that is earlier than
    its own end. No outage has moved such an end."""
    around = (each for name in declared.within for each in in_stage(case, name))
    for end in (each.end for each in around if each.end):
        if running.end and end.at < running.end.at:
            running = running._replace(end=end, planned=None)
    return running


def _spans(pauses: list[Pause]) -> list[Span]:
    return [Span(pause.since, pause.until) for pause in pauses]


def key_of(declared: Deadline, run: Run) -> str:
    """Return the key of a run: the name of the deadline, the id of the run and its start, joined by "#". A
    part that is empty is left out."""
    return "#".join(filter(None, (declared.name, run.id, stamp(run.start) if run.start else "")))


def parts_of(key: str) -> list[str]:
    """Split the key of a run into its parts: the name of the deadline, the id of the run, and its start. An
    id that contains "#" gives several parts."""
    return key.split("#")


def drop_past_steps(case: Case) -> Case:
    """Return the case without its counts of steps (reminders, escalations and moves of the clock) for runs
    that can never come back. Only runs of deadlines declared as `passing` can never come back. Other counts
    are kept, because a run that comes back must not take its steps a second time. A withdrawn case keeps all
    counts, because the consumer can undo the withdrawal."""
    passing = {name for key in case.clock.steps if deadline_of(name := parts_of(key)[0]).passing}
    if not passing or case.outcome == Outcome.WITHDRAWN:
        return case
    declared = [DEADLINES[name] for name in passing]
    run = {key_of(one, run) for one in declared for run in (one.resting or one.runs)(case)}
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
    """Return the pauses of a run that began at `start`. Some are stays in a stage that pauses the deadline,
    and some are suspensions on the case."""
    every = _suspensions(case)
    if not every:
        return []
    stops = declared.paused_by | ({PauseReason.WITHDRAWN} if S.CLOSED not in declared.during else set())
    return [pause for pause in every if pause.why in stops and (pause.until is None or pause.until > start)]


@once_a_case
def _suspensions(case: Case) -> tuple[Pause, ...]:
    stays = (stay for stay in case.stays if stay.stage in PAUSED_IN)
    return (*(Pause(PAUSED_IN[stay.stage], stay.since, stay.until) for stay in stays), *case.clock.halts)


def ends(case: Case, declared: Deadline, rule: Rule, run: Run, pauses: list[Pause], *late: Span) -> End:
    """Return the end of a run. It depends on granted extensions, outages, `pauses`, the times in which we had
    missed a duty, and `late`: the spans of time by which the reminder was late.

    The end is never earlier than an end that we have announced. We may have announced one before the calendar
    of its year was published.
    """
    end = _reckoned(case, declared, rule, run, pauses, *late)
    told = announced_end(case, declared, key_of(declared, run)) if case.clock.provisional else None
    return end._replace(at=told) if told and told > end.at else end


def announced_end(case: Case, declared: Deadline, key: str) -> datetime | None:
    """Return the end (UTC) of the run with this `key` that we announced before the calendar of its year was
    published. Return None if we announced none."""
    told, older = case.clock.provisional, declared.counted_as + key.removeprefix(declared.name)
    return told.get(key) or (told.get(older) if declared.counted_as else None)


def _reckoned(case: Case, declared: Deadline, rule: Rule, run: Run, pauses: list[Pause], *late: Span) -> End:
    """Return the end of a run by the calendar as published now, whatever end was announced before."""
    assert run.start
    start, stood = run.start, _spans(pauses)
    waited = [span for span in _standing(case, declared, rule) if span.until]
    if run.by and rule.own_day:
        counted = partial(published().own, start, run.by, generous=rule.generous, zone=SHANGHAI)
    else:
        over = [pause for pause in stood if pause.until]
        span = _length(case, declared, rule, run)
        counted = partial(published().ends, start, span, generous=rule.generous, pauses=over, zone=SHANGHAI)
    return latest_end(
        lambda outages: counted(lost=lost(outages, start, stood, *late, *waited)),
        start,
        case.outages if declared.moves else (),
    )


def _length(case: Case, declared: Deadline, rule: Rule, run: Run) -> Length:
    """Return the length of a run with its granted extensions."""
    assert run.start
    span = length(rule.length)
    if rule.lengths:
        tags = (str(case.outcome), str(case.severity), run.id, "joint" if case.joint else "")
        span = next((length(rule.lengths[tag]) for tag in tags if tag in rule.lengths), span)
    granted = sum(1 for more in case.clock.extensions if more.of == declared.name and more.at >= run.start)
    for more in rule.extensions[:granted]:
        span = Length(span.n + length(more).n, span.unit)
    return span


def when(case: Case, running: Running, rule: Rule, n: int) -> datetime | None:
    """Return the moment (UTC) of a step of a run. `n`: the position of the step, counted from 0. Return None
    if the run is paused or there is no such step. If the last step repeats, there is a step for every higher
    `n`."""
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
    """Return the moment (UTC) of step `n`, at which a window lapses. It can be later than the end that people
    know. A reminder that was late by at most `LATE` delays it by the same time. An outage delays it by the
    grace time of the policy. Nothing delays it for a `fixed` deadline."""
    assert running.start
    assert running.end
    at = moment(case.severity, running.start, running.end, rule.ladder[n].at)
    if DEADLINES[running.name].fixed:
        return at
    at += timedelta() if running.late else running.behind
    grace = length(policy(case.policy).grace)
    return published().shifted(at, grace, SHANGHAI) if running.outages else at


def moment(severity: Severity | None, start: datetime, end: End, at: str) -> datetime:
    """Return the moment (UTC) of a step of a run from `start` to `end`. `at`: the time of the step as the
    policy writes it, such as "due", "morning", "amber", "day 3" or "+2w". `severity`: the severity of the
    case, which moves "amber"."""
    calendar = published()
    if at == "due":
        return end.at
    if at == "morning":  # at 09:00 on the last day
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
    """Return whether the clock must not take a move when the deadline `name` ends.

    The clock must not while the record of the case is in doubt. It must not let a window lapse or close the
    case while a duty of ours is missed. It must not while the register of outages is
    in doubt, if outages move this deadline. If silence has an effect at the end, the clock must not while a
    message has no reply. Messages from the company do not count for that. A message by mail holds a window
    only once, because mails are easily sent by machines.
    """
    declared = DEADLINES[name]
    if case.doubted or (case.uncertain and declared.moves):
        return True
    if case.behind and stands_still(declared, rule_of(case.policy, name)):
        return True
    return held_by_message(case, name)


def held_by_message(case: Case, name: str) -> bool:
    """Return whether the window `name` stays open at its end, because a message has no reply yet. Messages
    from the company do not count for that."""
    if not DEADLINES[name].silence:
        return False
    company = {party.id for party in case.parties if party.side == Side.BUSINESS}
    return any(
        waiting.by not in company
        and (waiting.holds is None or any(parts_of(key)[0] == name for key in waiting.holds))
        for waiting in case.messages
    )
