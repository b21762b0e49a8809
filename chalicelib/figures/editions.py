"""The public figures of a month, called its edition. An edition is published once after the end of its month
and never changed. Its counts pass `figures.protection`: below 10 they are hidden, else rounded to 5.

The key `rounded_to` of an edition is 5. Editions of earlier releases lack the key. Their numbers are exact,
and they hide other cells instead. They stay as they are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.figures.protection import LEAST, STEP, cells, counted, percent
from chalicelib.figures.survey import SCORES, results

ResultTables = Mapping[str, Sequence[Mapping[str, Any]]]
"""The results of the SQL statements. The key is the name of a statement, and the value holds its rows."""
PARTS = ("type", "channel", "class")
"""The breakdowns (facets) in which each complaint has exactly one code. So the numbers of their codes add up
to all complaints."""
IN_TIME = (
    ("acknowledged", "within_24h"),
    ("answered", "within_3_days"),
    ("answered", "within_4_weeks"),
    ("answered", "within_8_weeks"),
)
"""The shares of complaints that an edition has: the step, and the column of the statement `times` with the
length. The name of a share joins both."""
STANDS_FOR_ALL = "all"


def closed_months(
    found: ResultTables, now: datetime, missing: Iterable[date]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name (YYYY-MM) and the edition of every month that is over and fully exported. `found` are
    the results of the SQL statements. `missing` are the past days that are not exported yet."""
    return ((f"{month:%Y-%m}", edition(found, month)) for month in finished_months(found, now, missing))


def finished_months(found: ResultTables, now: datetime, missing: Iterable[date]) -> Iterator[date]:
    """Yield the first day of every month that is over (China) and fully exported, beginning with the month of
    the first complaint. Months without complaints are included. Stop before the first month with a day that
    is not exported. `found` are the results of the SQL statements. `missing` are the past days that are not
    exported yet."""
    first = min((row["month"] for row in found["received"]), default=None)
    gap = min(missing, default=now.date())
    while first and (after := (first + timedelta(days=31)).replace(day=1)) <= gap:
        if after > now.astimezone(SHANGHAI).date():
            return
        yield first
        first = after


def edition(found: ResultTables, month: date) -> Mapping[str, Any]:
    """Return the figures of a month that are published for the whole company. `found` are the results of the
    SQL statements. `month` is the first day of the month."""

    def of(name: str, facet: str = STANDS_FOR_ALL) -> list[Mapping[str, Any]]:
        wanted = (month, "", facet)  # "" is the team of rows for the whole company
        return [row for row in found[name] if (row["month"], row["team"], row["facet"]) == wanted]

    received = sum(row["n"] for row in of("received"))
    tables = {
        **{f"received_by_{part}": _whole(_sums(of("received", part), "code"), received) for part in PARTS},
        "received_by_right": _sums(of("received", "right"), "code"),
        "closed_by_outcome": _sums(of("closed"), "outcome"),
        "promises_by_end": _sums((r for r in of("promises") if r["debtor"] == "business"), "ended"),
        "open_by_age": _sums(of("stock"), "age"),
        "main_causes": _sums(of("causes"), "cause", "main"),
    }
    steps = {row["step"]: row for row in of("times")}
    times = {
        step: {name: row[name] for name in ("median_hours", "p90_hours")}
        for step, row in steps.items()
        if row["n"] >= LEAST
    }
    decided = next((row for row in of("decisions") if row["n"] >= LEAST), None)
    satisfied = _satisfaction(of("survey"), of("survey_people"))
    return {
        "month": f"{month:%Y-%m}",
        "rounded_to": STEP,
        "received": counted(received),
        "tables": {name: cells(numbers) for name, numbers in tables.items()},
        "times": times,
        **{f"{step}_{by}": _within(steps.get(step), by) for step, by in IN_TIME},
        "clock": _clock(found["clock"], month),
        "overturned": decided and _share(int(decided["overturned"]), int(decided["matters"])),
        "satisfaction": {one: said["mean"] for one, said in satisfied.items() if said["mean"]},
        "satisfaction_between": {one: (said["low"], said["high"]) for one, said in satisfied.items()},
    }


def _satisfaction(
    answers: Iterable[Mapping[str, Any]], people: Iterable[Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Any]]:
    """Return the results of each question of the survey that may be shown."""
    wanted = "survey", "month"
    heard = sum(row["people"] for row in people if (row["what"], row["span"]) == wanted)
    told = {row["question"]: results([int(row[score]) for score in SCORES], heard) for row in answers}
    return {question: said for question, said in told.items() if said}


def _clock(days: Iterable[Mapping[str, Any]], month: date) -> Mapping[str, int] | None:
    """Return the share of a month's steps of our clock that were taken within a minute after they were due.
    `days` are the rows of the SQL statement. The delays of a day stay inside the company, because a day can
    have a single step."""
    given = [row for row in days if row["day"].replace(day=1) == month]
    within, steps = (int(sum(row[name] for row in given)) for name in ("within_60s", "n"))
    return _share(within, steps)


def _sums(rows: Iterable[Mapping[str, Any]], by: str, of: str = "n") -> dict[str, int]:
    found = defaultdict[str, int](int)
    for row in rows:
        found[str(row[by])] += int(row[of])
    return dict(found)


def _whole(cells: dict[str, int], total: int) -> dict[str, int]:
    """Return `cells` with the additional cell `unknown`, so that all cells add up to `total`. `unknown` is
    the number of complaints without a code."""
    rest = total - sum(cells.values())
    return cells | ({"unknown": rest} if rest else {})


def _within(row: Mapping[str, Any] | None, by: str) -> Mapping[str, int] | None:
    """Return the share of a month's complaints that had a step in time. `row` is a row of the statement
    `times`, and `by` its column. Return None while the share cannot be told."""
    return None if row is None or row[by] is None else _share(round(row[by] * row["n"]), row["n"])


def _share(part: int, total: int) -> Mapping[str, int] | None:
    """Return `part` of `total` as a share that is rounded to whole percent, or None if it is hidden."""
    shown = percent(part, total)
    return None if shown is None else {"percent": shown, "rounded_to": 1}
