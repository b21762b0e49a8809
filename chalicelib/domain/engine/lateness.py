"""The duties of ours that we missed: the parties who know their ends, and the time for which the windows of
the complainants are suspended because of them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache

from chalicelib.domain.calendar import Span
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.running import (
    DEADLINES,
    Running,
    deadline_of,
    once_a_case,
    parts_of,
    rule_of,
    running_of,
)
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import Side, Stage as S
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.outages import Outage


@once_a_case
def missed_duties(case: Case) -> tuple[Running, ...]:
    """Return the runs of those duties of ours that we missed, and of which we have told the parties who know
    their ends. A new date for a duty does not remove its run."""
    names = dict.fromkeys(parts_of(key)[0] for key in case.clock.steps)
    here = (name for name in names if case.stage in deadline_of(name).during)
    told = ((name, n) for name in here if (n := apology_at(case.policy, name)))
    return tuple(run for name, n in told for run in running_of(case, name) if run.done >= n and run.due)


@cache
def apology_at(rules: str, name: str) -> int | None:
    """Return the number of the step with which we apologise for missing the duty `name`, counted from 1.
    Return None if no party knows its end, or if the clock takes a move at its end, so that it cannot be
    missed. `rules`: the name and version of the policy."""
    steps = enumerate(rule_of(rules, name).ladder if DEADLINES[name].announced else (), 1)
    return next((n for n, step in steps if letter_of(step.consumer).apology), None)


def announced_to(case: Case, run: Running) -> tuple[str, ...]:
    """Return the parties who know the end of our duty `run`. "" stands for every complainant, "business" for
    the company, and the id of a complainant for one person of a joint case. A side that owes the answer
    itself is left out, and so is the company as long as nobody represents it."""
    declared, about = DEADLINES[run.name], tuple[str, ...]()
    if declared.of_promise:
        about = next(((o.debtor, o.to) for o in case.obligations if o.id == run.id), ())
    elif run.name == "forward_sending":
        about = tuple(one.party for one in case.forwards if one.id == run.id)
    elif run.name == "overdue_notice":
        about = (run.id,)
    elif declared.of_one:
        about = (_askers(case).get(run.id, case.parties[0].id),)
    elif run.name == "new_date":
        again = (r for r in missed_duties(case) if any(p.told == run.start for p in case.new_dates(r.key)))
        about = tuple(whom for missed in again for whom in announced_to(case, missed))
    elif "company" in declared.seen_by and declared.answers_for != Side.BUSINESS:
        about = ("", BUSINESS)
    else:
        about = ("",)
    alone = "" if case.joint else case.consumers[0].id
    whom = dict.fromkeys("" if one == alone else one for one in about if one != BUSINESS or case.business)
    return tuple(one for one in whom if "" not in whom or one in ("", BUSINESS))


@once_a_case
def _askers(case: Case) -> Mapping[str, str]:
    """Return who waits for the answer to each message and to the wish for another handler, by its id."""
    known = {party.id for party in case.parties}
    asked = (one for one in (*case.messages, case.handler_change) if one and one.by in known)
    return {one.id: case.stands_for(one.by) for one in asked}


def late_with(case: Case) -> Iterator[Running]:
    """Yield the missed duties that suspend the windows of the complainants. A duty that the company
    alone knows is left out, and so is an answer that a side owes. A duty that nobody can do at the present
    stage is left out too: otherwise the windows would be suspended until the stage ends, and the stage would
    not end."""
    for run in missed_duties(case):
        theirs = any(whom != BUSINESS for whom in announced_to(case, run))
        if theirs and not DEADLINES[run.name].answers_for and case.stage in _done_at(run.name):
            yield run


@cache
def _done_at(name: str) -> frozenset[S]:
    """Return the stages at which a move answers or meets the deadline `name`."""
    answers = (move for move in MOVES.values() if name in (*move.answers, *move.meets))
    return frozenset(stage for move in answers for stage in move.at)


def standing_still(case: Case, now: datetime) -> Case:
    """Return the case with the time in which a duty is missed: it begins with the end of the duty, and is
    over at `now` if no duty is missed any more."""
    spans, since = case.clock.late, min((run.due for run in late_with(case) if run.due), default=None)
    if since and not case.behind:
        spans = (*spans, Span(since, None))
    elif case.behind and not since:
        spans = (*spans[:-1], Span(spans[-1].since, now))
    return case if spans is case.clock.late else replace(case, clock=replace(case.clock, late=spans))


def with_outages(case: Case, outages: tuple[Outage, ...]) -> Case:
    """Return the case with the outages in our register. An outage that is entered late can postpone a duty,
    so that the duty was not missed after all. The suspension of the windows then ends with the entry of that
    outage."""
    case, entered = replace(case, outages=outages), [outage.entered for outage in outages]
    waits = case.behind and any(at >= case.clock.late[-1].since for at in entered)
    return standing_still(case, max(entered)) if waits else case
