"""The public figures of a month, called its edition. An edition is published once after the end of its month
and never changed. No number of people from 1 to 9 can be read in an edition or derived from it.

A table whose cells add up to a published total hides its small cells. The table also hides one more cell, so
that no small cell follows from the total (complementary cell suppression; Hundepool et al., Statistical
Disclosure Control, 2012, ch. 4). A share is rounded so coarsely that a rounding step stands for at least ten
people.

Tables have one dimension, because a table of two dimensions would need protection in its rows and its
columns. No sum over months is published, because a hidden month would follow from the sum by subtraction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.codes import TYPES, Cause, Channel, GoodsClass, Outcome, ServiceClass

ResultTables = Mapping[str, Sequence[Mapping[str, Any]]]
"""The results of the SQL statements. The key is the name of a statement, and the value holds its rows."""
Cells = Mapping[str, int | None]
"""The cells of a table. The key is a code, and the value its number, or None if the number is hidden."""
LEAST = 10
"""The smallest number of people, above zero, that is published."""
STEPS = (1, 2, 5, 10, 20, 50)
"""The rounding steps of a share, in percentage points. The smallest step that stands for at least `LEAST`
people is used."""
PARTS = ("type", "channel", "class")
"""The breakdowns (facets) in which each complaint has exactly one code. So the numbers of their codes add up
to all complaints."""
STANDS_FOR_ALL = "all"
DECLARED = {code: n for n, code in enumerate(chain(Channel, GoodsClass, ServiceClass, TYPES, Outcome, Cause))}
"""The rank of each code that a table can have; a common code has a low rank. `_rare` uses the rank to choose
the additional cell that a table hides."""


def hidden(cells: Mapping[str, int], least: int = LEAST) -> Cells:
    """Return the cells of a table that adds up to a published total, with each number from 1 to `least` - 1
    replaced by None (hidden). Zero is not hidden, because it identifies nobody.

    One more number is hidden if the hidden ones could be derived from the rest. A reader who knows this rule
    still finds at least two possible values for each hidden number. The additional cell is chosen by its
    code. A choice by number would reveal something about the other numbers."""
    small = {code for code, n in cells.items() if 0 < n < least}
    large = [code for code, n in cells.items() if n >= least]
    together = sum(cells[code] for code in small)
    # Enough is hidden if there are two hidden cells, and each could still be anything from 1 to `least` - 1.
    enough = len(small) > 1 and least - 1 <= together - len(small) and together < (least - 1) * len(small)
    if small and not enough:
        small |= {*sorted(large, key=_rare)[-1:]}
    return {code: None if code in small else n for code, n in cells.items()}


def _rare(code: str) -> tuple[bool, int, str]:
    """Return a key that sorts codes, the rarest last: first the codes in `DECLARED` by their rank, then all
    others by name."""
    return code not in DECLARED, DECLARED.get(code, 0), code


def hide_unsafe(cells: Mapping[str, int], total: int, least: int = LEAST) -> Cells:
    """Return the cells of a table that does not add up to the published `total`, with each unsafe number
    replaced by None (hidden). A number n is unsafe if n or `total` - n is from 1 to `least` - 1."""
    return {
        code: n if all(part == 0 or part >= least for part in (n, total - n)) else None
        for code, n in cells.items()
    }


def share(part: int, total: int, least: int = LEAST) -> Mapping[str, int] | None:
    """Return `part` of `total` as a rounded share: {"percent": …, "rounded_to": …}. The share is rounded to
    the smallest of `STEPS` that stands for at least `least` people. Return None if no step stands for so
    many."""
    step = next((step for step in STEPS if total * step >= least * 100), None)
    return None if step is None else {"percent": round(100 * part / total / step) * step, "rounded_to": step}


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
    """Return the daily delays of our clock, without the number of steps (`n`) that the clock took on the day.
    A reader who saw that `n` is one would know the delay of a single complaint. `days` are the rows of the
    SQL statement."""
    return [{name: said for name, said in day.items() if name != "n"} for day in days]


def causes(by_day: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return, for each local day of receipt (China), the number of complaints and of each main cause. The
    form is that of the figures in `figures.causes.Causes`, without `until`. `by_day` are the rows of the SQL
    statement, one for each day and cause."""
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
    """Return `cells` with the additional cell `unknown`, so that all cells add up to `total`. `unknown` is
    the number of complaints without a code."""
    rest = total - sum(cells.values())
    return cells | ({"unknown": rest} if rest else {})


def _known(cells: Cells) -> bool:
    """Return whether any cell of a table shows a number above zero."""
    return any(cells.values())
