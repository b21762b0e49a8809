"""The deadlines of a complaint as a party sees them: what is to be done, until when, and what happens if
nobody acts.

A party sees a deadline only if its declaration allows that. All other deadlines are for staff."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, TypeVar

from chalicelib.domain.engine.running import Running, held_by_message
from chalicelib.locale.formats import follows_late, label, late, moved, overdue, texts
from chalicelib.locale.lengths import lengths
from chalicelib.view import deadlines
from chalicelib.view.deadlines import RunView, says
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View

T = TypeVar("T", "Runs", Running)


class Runs(NamedTuple):
    """A running deadline as a party's page shows it.

    `name`: the name of the deadline. `id`: the id of the thing that the deadline concerns. `what`: what is to
    be done. `silence`: what happens if nobody acts. `ours`: it is our duty. `due`: the end of the deadline
    (UTC). `left`: the time left, as text. `late`: the end has passed. `provisional`: the end may still move.
    `still`: why the deadline is suspended; empty if it runs. `mine`: this party must perform an obligation by
    then. `moved`: why the deadline ends later than planned. `overdue`: the sentence on what we did not do in
    time. `follows`: the sentences on who has it now and by when we act. Both are empty if we are not late.
    `waits`: the deadline is suspended because we are late with something."""

    name: str
    id: str
    what: str
    silence: str
    ours: bool
    due: datetime | None
    left: str
    late: bool
    provisional: bool
    still: str
    mine: bool
    moved: str
    overdue: str
    follows: str
    waits: bool


def promised_dates(view: View) -> Iterator[tuple[datetime, datetime, str]]:
    """Yield each day for which we promised the answer, as (when we announced it, promised day, why the day
    changed). The last is an empty string if no reason is recorded."""
    for promise in deadlines.announced_dates(view):
        why = promise.reason or ""
        listed = "extension_reason" if why in texts(view.language)["extension_reason"] else "move"
        yield promise.told, promise.by, label(view.language, why, listed) if why else ""


def runs(view: View) -> list[Runs]:
    """Return the running deadlines that the party may see. The deadline that ends next comes first. Suspended
    deadlines come last."""
    shown = view.authorised or view.caller.by_phrase
    found = [
        _runs(view, run) for run in (deadlines.deadlines_view(view, lambda: view.roster) if shown else ())
    ]
    return sorted(found, key=lambda run: (run.due is None, run.due or view.case.received_at))


def elsewhere(running: Iterable[T]) -> list[T]:
    """Return the deadlines for the page "deadlines". A deadline is left out if another page shows it next to
    the thing that it concerns. `running`: all deadlines of the party."""
    return [run for run in running if not deadlines.shown_beside(run.name)]


def _runs(view: View, run: RunView) -> Runs:
    language, slots = view.language, lengths(view.language, view.case.policy)
    still = label(language, run.stopped, "pause_reason") if run.stopped else ""
    what, silent = (say(language, f"consumer.runs.{run.deadline}.{key}", **slots) for key in says(view, run))
    if held_by_message(view.case, run.deadline):
        silent = say(language, "consumer.case.held_by_message")
    return Runs(
        run.deadline,
        run.about or "",
        what,
        silent,
        run.ours,
        run.due,
        _left(view, run),
        bool(run.due and run.due < view.now),
        run.provisional,
        still,
        run.mine,
        moved(language, run) if run.moved else "",
        overdue(language, run) if run.late else "",
        follows_late(language, run) if run.late else "",
        run.held,
    )


def _left(view: View, run: RunView) -> str:
    """Return the time left until the end of the deadline `run`, as text. After the end, return that we are
    late, or that the time to act is over. Return an empty string for a deadline without an end."""
    if view.past(run.due):
        return say(view.language, f"consumer.case.{'late' if run.ours else 'closed'}")
    return late(view.language, view.now - run.due) if run.due else ""
