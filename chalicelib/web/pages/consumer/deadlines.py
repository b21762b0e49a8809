"""The deadlines of a complaint as a party sees them: what is to be done, until when, and what happens if
nobody acts.

A party sees only the deadlines whose declaration lets them; all others are for staff."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from chalicelib.locale.formats import label, late, moved, texts
from chalicelib.locale.lengths import lengths
from chalicelib.view import deadlines
from chalicelib.view.deadlines import RunView, says
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View


class Runs(NamedTuple):
    """A running deadline as a party's page shows it.

    `id`: the id of the thing that it concerns. `what`: what is to be done. `silence`: what happens if nobody
    acts. `ours`: it is our duty. `due`: its end (UTC). `left`: the time left, as text. `provisional`: the end
    may still move. `still`: why it is suspended, empty if it runs. `mine`: this party must perform by then.
    `moved`: why it ends later than planned."""

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


def promised_dates(view: View) -> Iterator[tuple[datetime, datetime, str]]:
    """Yield each date for which we promised the answer, as (time of the announcement, promised date, why it
    was changed). Without a recorded reason, the last is an empty string."""
    for promise in deadlines.announced_dates(view):
        why = promise.reason or ""
        listed = "extension_reason" if why in texts(view.language)["extension_reason"] else "move"
        yield promise.told, promise.by, label(view.language, why, listed) if why else ""


def runs(view: View) -> list[Runs]:
    """Return the running deadlines that the party may see. The one that ends next is first; suspended ones
    are last."""
    shown = view.authorised or view.caller.by_phrase
    found = [_runs(view, run) for run in (deadlines.deadlines_view(view) if shown else ())]
    return sorted(found, key=lambda run: (run.due is None, run.due or view.case.received_at))


def elsewhere(view: View, running: Iterable[Runs] | None = None) -> list[Runs]:
    """Return the deadlines for the page "deadlines": those that no other page shows next to the thing that
    they concern. `running` are all deadlines of the party, if they are known already."""
    return [
        run
        for run in (runs(view) if running is None else running)
        if not deadlines.shown_beside(run.name) and not run.id.startswith("change_proposed#")
    ]


def _runs(view: View, run: RunView) -> Runs:
    language, slots = view.language, lengths(view.language, view.case.policy)
    still = label(language, run.stopped, "pause_reason") if run.stopped else ""
    what, silent = (say(language, f"consumer.runs.{run.deadline}.{key}", **slots) for key in says(view, run))
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
    )


def _left(view: View, run: RunView) -> str:
    """Return the time left until the end of `run`, as text. After the end, return that we are late, or that
    the window is closed."""
    if view.past(run.due):
        return say(view.language, f"consumer.case.{'late' if run.ours else 'closed'}")
    return late(view.language, view.now - run.due) if run.due else ""
