"""How often each root cause was found, by day of receipt, read from the nightly figures. Improvement actions
are verified by these counts.

A complaint counts once for each of its causes, because an action is to remove its cause wherever it is found.
It counts only if the cause was found within 28 days of receipt (`AGE`), so older and newer days compare."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import quote

from chalicelib.domain.calendar import DAY, published
from chalicelib.domain.engine.server_facts import CauseCounts, Days
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import ActionScope, Counted
from chalicelib.domain.model.codes import Cause
from chalicelib.domain.moves.improvement import before_action
from chalicelib.domain.policy import Sale
from chalicelib.domain.recurrence import AGE, Pair
from chalicelib.figures.run_chart import Week
from chalicelib.figures.signs import WEEK, Counts, Weeks, special_days, weeks
from chalicelib.figures.volumes import Volumes, growth

FOLDER = "figures/causes/"
"""The folder of the counts: a file for each scope, and one for all complaints."""
ALL = "all"
"""The name of the scope of all complaints. The key of the number of complaints with any cause is ""."""
WATCHED = timedelta(days=120)
"""How long the figures keep the days with an early sign of a cause. The clock's checks of an action are
closer together."""


def causes_key(scope: ActionScope | None = None) -> str:
    """Return the store key of the counts of a scope; None means all complaints."""
    return f"{FOLDER}{scope.kind}/{quote(scope.code, safe='')}.json" if scope else f"{FOLDER}{ALL}.json"


def tables(rows: Iterable[Mapping[str, Any]], since: date) -> Iterator[tuple[str, dict[str, list[int]]]]:
    """Yield the counts of each scope as a pair: its store key, and for each cause a list with the count of
    each day from `since` on. The scope of all complaints comes last, so a reader of it finds the others.
    `rows` are those of the SQL statement, grouped by scope."""
    whole: dict[str, list[int]] = {}
    for (kind, code), found in groupby(rows, key=lambda row: (row["kind"], row["code"])):
        table: dict[str, list[int]] = {}
        for row in found:
            if (at := (row["day"] - since).days) >= 0:
                counts = table.setdefault(row["cause"], [])
                counts.extend([0] * (at + 1 - len(counts)))
                counts[at] = row["n"]
        if kind == ALL:
            whole = table
        else:
            yield f"{FOLDER}{kind}/{quote(code, safe='')}.json", table
    yield causes_key(), whole


def signs(earlier: Mapping[str, Iterable[str]], night: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return for each cause the days with an early sign of it, the oldest first: those of the figures of an
    `earlier` night, and those of this `night`. Days are left out `WATCHED` after them. `night` is the file of
    early signs: its `day`, and its `signs` with their `facet` and `code`."""
    found, today = {code: {*days} for code, days in earlier.items()}, date.fromisoformat(night["day"])
    for sign in night["signs"]:
        if sign["facet"] == "cause":
            found.setdefault(sign["code"], set()).add(night["day"])
    first = str(today - WATCHED)
    return {code: sorted(day for day in days if day > first) for code, days in found.items()}


@frozen
class Causes:
    """The nightly counts of causes. `read` returns the content of a store key, or None if there is none.

    The form of a content is {"since": "2026-01-01", "until": "2026-11-29", "counts": {"": [12, 9], "design":
    [3, 0]}}. A list has a count for each local day of receipt from `since` on; days without complaints at its
    end are left out. `since` is the day on which the first complaint was recorded. `until` is the last day
    that the figures contain whole.

    The content for all complaints also has `actions`: the number, the cause and the day of completion of each
    action. `signs` holds for each cause the days with an early sign. `volumes` are the numbers of customers;
    the former release did not store them.

    `sales`: returns the yearly sales, in which early signs are stricter."""

    read: Callable[[str], Mapping[str, Any] | None]
    sales: Callable[[], Iterable[Sale]] = tuple

    def weeks(self, action: Case) -> list[Week]:
        """Return the weeks of a run chart of the action's cause, the oldest first: from the beginning of the
        days before the action, to the newest week whose complaints are all 28 days old. Return none without
        figures."""
        house, of = self.read(causes_key()), action.improvement
        figures = self.read(causes_key(of.scope)) if of and of.scope else house
        if house is None or figures is None or of is None:
            return []
        (since, _), last = before_action(action), date.fromisoformat(house["until"]) - AGE
        begun = max(since, date.fromisoformat(house["since"]))
        days = ((begun + n * WEEK, begun + n * WEEK + WEEK - DAY) for n in range((last - begun).days // 7))
        return [Week(week[0], *(counted(figures, code, week) for code in ("", of.cause))) for week in days]

    def counts(self, action: Case, before: Days, after: Days, through: date) -> CauseCounts | None:
        """Return how often the cause of an action was found in two periods of days of receipt. Return None if
        the figures are not complete up to the day `through`. The period `before` begins no earlier than the
        figures."""
        house, of = self.read(causes_key()), action.improvement
        if house is None or of is None or house["until"] < through.isoformat():
            return None
        part = (self.read(causes_key(of.scope)) if of.scope else house) or {"until": ""}
        current = part if part["until"] >= house["until"] else {**house, "counts": {}}
        since, until = before
        before = min(max(since, date.fromisoformat(house["since"])), until), until

        def pair(figures: Mapping[str, Any], code: str) -> Pair:
            return counted(figures, code, before), counted(figures, code, after)

        found, known = pair(current, of.cause), pair(current, "")
        whole = pair(house, of.cause)
        return CauseCounts(
            Counted(*before, known[0], found[0]),
            Counted(*after, known[1], found[1]),
            tuple(pair(current, code) for code in Cause if code != of.cause),
            (whole[0] - found[0], whole[1] - found[1]) if of.scope else None,
            tuple(_parallel(house, action, (before[1], after[1]))),
            _growth(house.get("volumes", {}), of.scope, before, after),
        )

    def sign(self, action: Case, since: date) -> date | None:
        """Return the newest day after `since` with an early sign of the cause of an action, or None. Without
        a scope it is a sign of the nightly figures. With a scope, the cause is compared with the other causes
        in the scope, by day of receipt. So such a day is known 28 days later, and `since` means the day 28
        days before it."""
        if (of := action.improvement) is None:
            return None
        if of.scope is None:
            told = (self.read(causes_key()) or {}).get("signs", {}).get(of.cause, ())
            return max((day for day in map(date.fromisoformat, told) if day > since), default=None)
        if (figures := self.read(causes_key(of.scope))) is None:
            return None
        last = date.fromisoformat(figures["until"]) - AGE + DAY
        counts = Counts(by_week(figures), special_days(published(), self.sales(), last))
        days = (last - n * DAY for n in range(min((last - (since - AGE)).days, WATCHED.days)))
        signs = (day for day in days for sign in counts.signs(day) if sign.code == of.cause)
        return next(signs, None)


def by_week(figures: Mapping[str, Any]) -> Weeks:
    """Return the weekly counts of each cause from the content of a store key."""
    since = date.fromisoformat(figures["since"])
    return weeks(
        {"day": since + n * DAY, "late": 0, "facet": "cause", "code": code, "n": found}
        for code, counts in figures["counts"].items()
        for n, found in enumerate(counts)
        if code
    )


def counted(figures: Mapping[str, Any], code: str, between: Days) -> int:
    """Return how often a cause was found in complaints received on the days of a period, both included."""
    since = date.fromisoformat(figures["since"])
    first, last = ((day - since).days for day in between)
    return sum(figures["counts"].get(code, ())[max(first, 0) : max(last + 1, 0)])


def _growth(
    volumes: Volumes, scope: ActionScope | None, before: Days, after: Days
) -> tuple[float, float] | None:
    """Return the growth factors of the customers in the scope of an action, and of the others. Return None if
    they are not known. A team has no customers of its own."""
    first, last = (
        [since + n * DAY for n in range((until - since).days + 1)] for since, until in (before, after)
    )
    return growth(volumes, first, last, *((scope.kind, scope.code) if scope else ()))


def _parallel(house: Mapping[str, Any], action: Case, between: Days) -> Iterator[str]:
    """Yield the numbers of the other actions against the same cause that were done in a period."""
    since, until = map(date.isoformat, between)
    for other in house["actions"]:
        same = action.improvement and other["cause"] == action.improvement.cause
        if same and other["ref"] != action.ref and since <= other["done"] <= until:
            yield other["ref"]
