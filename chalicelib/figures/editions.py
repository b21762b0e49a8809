"""The public figures of a month (its edition), published once after its end and never changed. No number of
people from 1 to 9 can be read in them or derived from them.

A table whose cells add up to a published total hides its small cells. It hides one more cell, so that none
follows from the total (complementary cell suppression; Hundepool et al., Statistical Disclosure Control,
2012, ch. 4). A share is rounded so coarsely that ten people fit into one step. Tables have one dimension,
since a table of two would need protection in its rows and its columns. No sum over months is published, since
a hidden month would follow from it by subtraction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.codes import TYPES, Cause, Channel, GoodsClass, Outcome, ServiceClass

ResultTables = Mapping[str, Sequence[Mapping[str, Any]]]
"""The results of the SQL statements: the rows of each, by its name."""
Cells = Mapping[str, int | None]
"""A table: for each code its number, or None if the number is hidden."""
LEAST = 10
"""The smallest published number of people."""
STEPS = (1, 2, 5, 10, 20, 50)
"""The rounding steps of a share, in percentage points. The smallest step that stands for at least `LEAST`
people is used."""
PARTS = ("type", "channel", "class")
"""The breakdowns (facets) with exactly one code for each complaint, so that their numbers add up to all
complaints."""
STANDS_FOR_ALL = "all"
DECLARED = {code: n for n, code in enumerate(chain(Channel, GoodsClass, ServiceClass, TYPES, Outcome, Cause))}
"""The rank of each code that a table can have. A low rank marks a common code."""


def hidden(cells: Mapping[str, int], least: int = LEAST) -> Cells:
    """Return `cells` with each number from 1 to `least` - 1 replaced by None. It is for a table that adds up
    to a published total. One more number is hidden if the small ones could be derived from the rest. Zero
    stays, since it identifies nobody.

    A reader who knows this rule still finds at least two possible values for each hidden number. The
    additional one is chosen by its code. If it were chosen by its number, its being hidden would reveal
    something about the others."""
    small = {code for code, n in cells.items() if 0 < n < least}
    large = [code for code, n in cells.items() if n >= least]
    together = sum(cells[code] for code in small)
    # Enough is hidden if there are at least two hidden cells, and none of them can be computed. Each could be
    # anything from 1 to `least` - 1, but they cannot all have the maximum.
    enough = len(small) > 1 and least - 1 <= together - len(small) and together < (least - 1) * len(small)
    if small and not enough:
        small |= {*sorted(large, key=_rare)[-1:]}
    return {code: None if code in small else n for code, n in cells.items()}


def _rare(code: str) -> tuple[bool, int, str]:
    """Return the sort key of a code, the rarest last: codes in `DECLARED` by their rank, then all others by
    name."""
    return code not in DECLARED, DECLARED.get(code, 0), code


def hide_unsafe(cells: Mapping[str, int], total: int, least: int = LEAST) -> Cells:
    """Return `cells` with unsafe numbers replaced by None. It is for a table whose cells overlap, so that
    they do not add up to the published `total`. A number n is unsafe if n or `total` - n is from 1 to `least`
    - 1."""
    return {
        code: n if all(part == 0 or part >= least for part in (n, total - n)) else None
        for code, n in cells.items()
    }


def share(part: int, total: int, least: int = LEAST) -> Mapping[str, int] | None:
    """Return `part` of `total` as {"percent": …, "rounded_to": …}. The rounding step is the smallest of
    `STEPS` that stands for at least `least` people. Return None if none does."""
    step = next((step for step in STEPS if total * step >= least * 100), None)
    return None if step is None else {"percent": round(100 * part / total / step) * step, "rounded_to": step}


def closed_months(
    found: ResultTables, now: datetime, missing: Iterable[date]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name (YYYY-MM) and the edition of every month that is over and fully exported. `missing` are
    the days that are not exported yet."""
    return ((f"{month:%Y-%m}", edition(found, month)) for month in finished_months(found, now, missing))


def finished_months(found: ResultTables, now: datetime, missing: Iterable[date]) -> Iterator[date]:
    """Yield the first day of every month that is over (China), from that of the first complaint on, including
    months without complaints. Stop before the first month with a day that is not exported. `missing` are the
    days that are not exported yet."""
    first = min((row["month"] for row in found["received"]), default=None)
    gap = min(missing, default=now.date())
    while first and (after := (first + timedelta(days=31)).replace(day=1)) <= gap:
        if after > now.astimezone(SHANGHAI).date():
            return
        yield first
        first = after


def edition(found: ResultTables, month: date) -> Mapping[str, Any]:
    """Return the published figures of the month that begins on the day `month`, for the whole company."""

    def of(name: str, facet: str = STANDS_FOR_ALL) -> list[Mapping[str, Any]]:
        wanted = (month, "", facet)  # the whole company, which has no team
        return [row for row in found[name] if (row["month"], row["team"], row["facet"]) == wanted]

    received = sum(row["n"] for row in of("received"))
    tables = {
        **{
            f"received_by_{part}": hidden(_whole(_sums(of("received", part), "code"), received))
            for part in PARTS
        },
        "received_by_right": hide_unsafe(_sums(of("received", "right"), "code"), received),
        "closed_by_outcome": hidden(_sums(of("closed"), "outcome")),
        "promises_by_end": hidden(_sums((r for r in of("promises") if r["debtor"] == "business"), "ended")),
        "main_causes": hidden(_sums(of("causes"), "cause", "main")),
    }
    times = {
        row["step"]: {"median_hours": round(row["median_hours"], 1), "p90_hours": round(row["p90_hours"], 1)}
        for row in of("times")
        if row["n"] >= LEAST
    }
    acknowledged = next((row for row in of("times") if row["step"] == "acknowledged"), None)
    decided = next(iter(of("decisions")), None)
    return {
        "month": f"{month:%Y-%m}",
        "received": received if received == 0 or received >= LEAST else None,
        "tables": {name: cells if _known(cells) else {} for name, cells in tables.items()},
        "times": times,
        "acknowledged_within_24h": acknowledged and share(acknowledged["within_24h"], acknowledged["n"]),
        "overturned": decided and share(int(decided["overturned"]), int(decided["matters"])),
        "satisfaction": {row["question"]: round(row["mean"], 1) for row in of("survey") if row["n"] >= LEAST},
    }


def lateness(days: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the daily delays of our clock without the number of steps taken (`n`). If that were one, its
    delay would be that of a single complaint."""
    return [{name: said for name, said in day.items() if name != "n"} for day in days]


def causes(by_day: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return, by local day of receipt (China), the number of complaints and of each main cause. The form is
    that of `figures.causes.Causes`, without `until`."""
    days: dict[str, dict[str, Any]] = defaultdict(lambda: {"received": 0, "causes": {}})
    for row in by_day:
        day = days[str(row["day"])]
        day["received"] += row["n"]
        if row["cause"]:
            day["causes"][row["cause"]] = row["n"]
    return {"days": days}


def _sums(rows: Iterable[Mapping[str, Any]], by: str, of: str = "n") -> dict[str, int]:
    found = defaultdict[str, int](int)
    for row in rows:
        found[str(row[by])] += int(row[of])
    return dict(found)


def _whole(cells: dict[str, int], total: int) -> dict[str, int]:
    """Return the cells with one more, `unknown`, for the complaints without a code, so that all add up to
    `total`."""
    rest = total - sum(cells.values())
    return cells | ({"unknown": rest} if rest else {})


def _known(cells: Cells) -> bool:
    """Return whether a table shows any number above zero."""
    return any(cells.values())
