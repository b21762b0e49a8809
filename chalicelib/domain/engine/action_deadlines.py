"""The deadlines of an improvement action: doing it, checking its effect, and checking later whether the cause
came back. Each deadline is declared on the function that yields its runs."""

from collections.abc import Iterator
from datetime import date, timedelta

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.running import DEADLINES, Run, deadline, ends
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Stage as S
from chalicelib.domain.policy import policy


@deadline(frozenset({S.IMPROVING}), "opened, until its own day; opened again by itself")
def improvement_action(case: Case) -> Iterator[Run]:
    """The deadline for doing an improvement action: it runs from the opening or reopening of the action,
    until it is done."""
    if case.improvement:
        yield Run("", case.improvement.since, case.improvement.due)


@deadline(frozenset({S.IMPROVING}), "opened, or opened again")
def containment(case: Case) -> Iterator[Run]:
    """The deadline for protecting people at once: it runs from the opening or reopening of an improvement
    action, until it is recorded what protects them."""
    if case.improvement and not case.improvement.contained:
        yield Run("", case.improvement.since)


@deadline(frozenset({S.VERIFYING}), "action done")
def verification(case: Case) -> Iterator[Run]:
    """The deadline for people to check the effect of an action: it runs from the completion of the action,
    until the next check."""
    yield from _next_look(case, verification.__name__)


@deadline(frozenset({S.IMPROVED}), "action done")
def recurrence_watch(case: Case) -> Iterator[Run]:
    """The deadline for the clock to check whether the cause came back: it runs from the completion of the
    action, until the next check."""
    yield from _next_look(case, recurrence_watch.__name__)


def _next_look(case: Case, name: str) -> Iterator[Run]:
    action = case.improvement
    taken = {look.id for look in action.looks} if action else set()
    left = (id for id in policy(case.policy).rules[name].lengths if id not in taken)
    if action and action.finished and (id := next(left, None)):
        yield Run(id, action.finished)


def next_look(case: Case) -> tuple[str, date] | None:
    """Return the id of the next check of an action's effect, and the first local day on which people can make
    that check. Return None if no check is left."""
    declared, rule = DEADLINES[verification.__name__], policy(case.policy).rules[verification.__name__]
    run = next(verification(case), None)
    # An end is the midnight after the last day, so subtract a moment to get the last day.
    return run and (run.id, published().day_of(ends(case, declared, rule, run, []).at - timedelta.resolution))
