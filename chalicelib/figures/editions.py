"""What the public is told of a month: once, when it is over, and never again otherwise. No number of people
under ten can be read in it, or reckoned from it.

A table whose cells add up to a published total hides its small cells and, so that none of them is what is
missing from the total, one more (complementary cell suppression; Hundepool et al., Statistical Disclosure
Control, 2012, ch. 4). A share is rounded as far as hides ten people. Tables are by one
thing at a time, since each cross of two would have to be protected against both of its margins; and no sum
over months is published, from which the others could be subtracted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.codes import TYPES, Cause, Channel, GoodsClass, Outcome, ServiceClass

Found = Mapping[str, Sequence[Mapping[str, Any]]]
"""What the statements gave, by their names."""
Cells = Mapping[str, int | None]
"""A table by its codes; None: hidden."""
LEAST = 10
"""A number of people below this is not published."""
STEPS = (1, 2, 5, 10, 20, 50)
"""To so many percent a share is rounded: the first that hides `LEAST` people."""
PARTS = ("type", "channel", "class")
"""By what complaints are counted so that each is counted once."""
STANDS_FOR_ALL = "all"
DECLARED = {code: n for n, code in enumerate(chain(Channel, GoodsClass, ServiceClass, TYPES, Outcome, Cause))}
"""The codes of all tables in the order of their lists, which begin with what is common."""


def hidden(cells: Mapping[str, int], least: int = LEAST) -> Cells:
    """The cells of a table that adds up to a published total, the small ones hidden, and with them one more
    where these alone could be reckoned from the rest. Zero is shown, since it is nobody.

    Whoever knows this rule finds two values or more for each hidden cell. Which one more is hidden does not
    follow from its number: its being hidden would tell something of the others.
    """
    small = {code for code, n in cells.items() if 0 < n < least}
    large = [code for code, n in cells.items() if n >= least]
    together = sum(cells[code] for code in small)
    # two hidden ones of which each could be anything from 1 to `least` - 1, and not the most they can be
    enough = len(small) > 1 and least - 1 <= together - len(small) and together < (least - 1) * len(small)
    if small and not enough:
        small |= {*sorted(large, key=_rare)[-1:]}
    return {code: None if code in small else n for code, n in cells.items()}


def _rare(code: str) -> tuple[bool, int, str]:
    """A fixed order of codes, the common ones first: as they are declared, others last."""
    return code not in DECLARED, DECLARED.get(code, 0), code


def alone(cells: Mapping[str, int], whole: int, least: int = LEAST) -> Cells:
    """The cells of a table that does not add up, each a part of a published whole: the small ones are hidden,
    and those beside which only few of the whole are left."""
    return {
        code: n if all(part == 0 or part >= least for part in (n, whole - n)) else None
        for code, n in cells.items()
    }


def share(part: int, whole: int, least: int = LEAST) -> Mapping[str, int] | None:
    """A share in percent, and to how many percent it is rounded; None where it would say too much however it
    is rounded."""
    step = next((step for step in STEPS if whole * step >= least * 100), None)
    return None if step is None else {"percent": round(100 * part / whole / step) * step, "rounded_to": step}


def closed_months(
    found: Found, now: datetime, missing: Iterable[date]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The edition of every month that is over and whose days are all exported."""
    return ((f"{month:%Y-%m}", edition(found, month)) for month in over(found, now, missing))


def over(found: Found, now: datetime, missing: Iterable[date]) -> Iterator[date]:
    """Every month (China) that is over and whose days are all exported, from the first complaint on; also one
    without complaints."""
    first = min((row["month"] for row in found["received"]), default=None)
    gap = min(missing, default=now.date())
    while first and (after := (first + timedelta(days=31)).replace(day=1)) <= gap:
        if after > now.astimezone(SHANGHAI).date():
            return
        yield first
        first = after


def edition(found: Found, month: date) -> Mapping[str, Any]:
    """What is published of a month."""

    def of(name: str, facet: str = STANDS_FOR_ALL) -> list[Mapping[str, Any]]:
        wanted = (month, "", facet)  # of the whole house, which has no team
        return [row for row in found[name] if (row["month"], row["team"], row["facet"]) == wanted]

    received = sum(row["n"] for row in of("received"))
    tables = {
        **{
            f"received_by_{part}": hidden(_whole(_sums(of("received", part), "code"), received))
            for part in PARTS
        },
        "received_by_right": alone(_sums(of("received", "right"), "code"), received),
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
    """How late our clock was by day, without how many steps it took: a single one would be one complaint."""
    return [{name: said for name, said in day.items() if name != "n"} for day in days]


def causes(by_day: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """By the day of China on which they were received: complaints, and those with each main cause."""
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
    """The cells with what no code was given for, so that they add up to the total."""
    rest = total - sum(cells.values())
    return cells | ({"unknown": rest} if rest else {})


def _known(cells: Cells) -> bool:
    """Whether anything at all of a table is shown."""
    return any(cells.values())
