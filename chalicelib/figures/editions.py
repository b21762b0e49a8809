"""The public figures of a month, called its edition. A month has a provisional edition after its end, and a
final one sixty days later, which also has what was entered or found meanwhile. Both stay and never change.
Their counts pass `figures.protection`: below 10 they are hidden, else rounded to 5. Times are rounded to
whole hours, and above three days to whole days, because a median of ten complaints is the time of one.

The key `rounded_to` of an edition is 5. Editions of earlier releases lack the key. Their numbers are exact,
and they hide other cells instead. They stay as they are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.codes import TYPES, Channel, GoodsClass, ServiceClass
from chalicelib.figures.protection import (
    ANY,
    LEAST,
    STEP,
    Cell,
    Reader,
    cells,
    counted,
    fitting,
    percent,
    tells,
    total,
)
from chalicelib.figures.survey import SCORES, results

ResultTables = Mapping[str, Sequence[Mapping[str, Any]]]
"""The results of the SQL statements. The key is the name of a statement, and the value holds its rows."""
Numbers = Mapping[str, Mapping[str, int]]
Cells = Mapping[str, Mapping[str, int | None]]
"""The numbers of each table by code, exactly (`Numbers`) and as they may be shown (`Cells`)."""
UNKNOWN = "unknown"
"""The code of complaints without a code."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "type": (*TYPES,),
    "channel": (*Channel,),
    "class": (*GoodsClass, *ServiceClass, UNKNOWN),
}
"""The breakdowns (facets) in which each complaint has exactly one code, with these codes. So the numbers of
their codes add up to all complaints."""
IN_TIME = (
    ("acknowledged", "within_24h"),
    ("answered", "within_3_days"),
    ("answered", "within_4_weeks"),
    ("answered", "within_8_weeks"),
)
"""The shares of complaints that an edition has: the step, and the column of the statement `times` with the
length. The name of a share joins both."""
PROVISIONAL, FINAL = "provisional", "final"
"""The kinds of editions and of reports. A period has a provisional one when it is over, and a final one
`FINAL_AFTER` later. An edition or report of an earlier release has no kind, and is the only one of its
period."""
FINAL_AFTER = timedelta(days=60)
MUCH = 0.1
"""How far a number of the final edition may be from that of the provisional one, as a part of the latter,
before the final edition says that they differ much."""
RIGHTS = "received_by_right"
OVERLAP: Cell = ((-ANY[1], 0),) * 3
"""How many complaints are counted more than once in a table, as a negative number. With this cell the numbers
of the rights add up to all complaints, because a complaint can have several rights."""
STANDS_FOR_ALL = "all"
ENTERED_LATER = ("later", "after_final")
"""When complaints were entered that a final edition shows as entered later. It does not show how many were
entered in the month, because two numbers and their total tell more than one number and the total."""
NOT_YET: Mapping[str, int | None] = {"percent": None, "rounded_to": 1}
"""A share that cannot be told yet."""
WHOLE_HOURS, DAY_HOURS = 72, 24
"""Up to how many hours a time is rounded to whole hours, and the hours of a day."""


def finished_months(found: ResultTables, now: datetime, missing: Collection[date]) -> Iterator[date]:
    """Yield the first day of every month that is over (China), beginning with the first month that has
    complaints. Months without complaints after it are included. A month before records began counts from
    `LEAST` complaints on, because the year of a single one may be mistyped.

    Yield nothing while any day is missing, because every figure could be wrong. `found` are the results of
    the SQL statements. `missing` are the past days that are not exported yet."""
    begun = next((row["day"].replace(day=1) for row in found.get("begun", ())), date.min)
    house = [row for row in found["received"] if (row["team"], row["facet"]) == ("", STANDS_FOR_ALL)]
    month = min((row["month"] for row in house if row["month"] >= begun or row["n"] >= LEAST), default=None)
    over = min(now.date(), now.astimezone(SHANGHAI).date())
    while month and not missing and month_after(month) <= over:
        yield month
        month = month_after(month)


def month_after(month: date) -> date:
    """Return the first day of the month after `month`, which is the first day of a month."""
    return (month + timedelta(days=31)).replace(day=1)


def is_final(ended: date, now: datetime) -> bool:
    """Return whether it is time for the final edition of a period. `ended` is the first day (China) after the
    period."""
    return now.astimezone(SHANGHAI).date() >= ended + FINAL_AFTER


def edition(
    found: ResultTables, month: date, kind: str, until: str, former: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """Return the figures of a month that are published for the whole company. `found` are the results of the
    SQL statements. `month` is the first day of the month. `kind` is `PROVISIONAL` or `FINAL`. `until` is the
    last exported day (UTC). `former` is the provisional edition, if this is the final one."""

    def of(name: str, facet: str = STANDS_FOR_ALL) -> list[Mapping[str, Any]]:
        wanted = (month, "", facet)  # "" is the team of rows for the whole company
        return [row for row in found[name] if (row["month"], row["team"], row["facet"]) == wanted]

    received = sum(row["n"] for row in of("received"))
    ours = [row for row in of("promises") if row["debtor"] == "business"]
    tables = {
        **{f"received_by_{part}": _whole(_sums(of("received", part), "code"), received) for part in PARTS},
        "received_by_entry": _sums((r for r in of("entered") if r["entered"] in ENTERED_LATER), "entered"),
        RIGHTS: _sums(of("received", "right"), "code"),
        "closed_by_outcome": _sums(of("closed"), "outcome"),
        "promises_by_end": _sums(ours, "ended"),
        "open_by_age": _sums(of("stock"), "age"),
        "main_causes": _sums(of("causes"), "cause", "main"),
    }
    shown: Cells = {
        name: cells(numbers, _promising(ours) if name == "promises_by_end" else {})
        for name, numbers in tables.items()
    }
    steps = {row["step"]: row for row in of("times")}
    times = {
        step: {name: _coarse(row[name]) for name in ("median_hours", "p90_hours")}
        for step, row in steps.items()
        if row["n"] >= LEAST
    }
    shown = _apart(tables, shown, former)
    shown_total = total(received, _readers(tables, shown, former))
    decided = next((row for row in of("decisions") if row["changed"] >= LEAST), None)
    satisfied = _satisfaction(of("survey"), of("survey_people"))
    return {
        "month": f"{month:%Y-%m}",
        "edition": kind,
        "until": until,
        "rounded_to": STEP,
        "received": shown_total,
        "tables": shown,
        "times": times,
        **{f"{step}_{by}": _within(steps.get(step), by, shown_total) for step, by in IN_TIME},
        "clock": _clock(found["clock"], month),
        "overturned": decided and _share(int(decided["overturned"]), int(decided["matters"])),
        "satisfaction": {one: said["mean"] for one, said in satisfied.items() if said["mean"]},
        "satisfaction_between": {one: (said["low"], said["high"]) for one, said in satisfied.items()},
    }


def _readers(tables: Numbers, shown: Cells, former: Mapping[str, Any] | None) -> list[Reader]:
    """Return what readers know of the received complaints, beside their total. They differ in what they know:
    which codes have no complaint, that each complaint has a right, and that the total of the provisional
    edition may be rounded otherwise."""

    def known(name: str, codes: Iterable[str]) -> list[Cell]:
        given = former["tables"].get(name, {}) if former else {}
        return [
            (fitting(given.get(code)) if former else ANY, ANY, fitting(shown[name].get(code)))
            for code in codes
        ]

    names = {f"received_by_{part}": codes for part, codes in PARTS.items()}
    some = [known(name, tables[name]) for name in names]
    every = [known(name, {*codes, *tables[name]}) for name, codes in names.items()]
    readers = [some, every]
    if sum(tables[RIGHTS].values()) >= sum(tables["received_by_type"].values()):
        readers.append([*some, [*known(RIGHTS, tables[RIGHTS]), OVERLAP]])
    if former is None:
        return [*map(Reader, readers)]
    later = 0, fitting(shown["received_by_entry"].get("later"))[1]
    before = [fitting(former["received"], off) for off in (STEP // 2, STEP + STEP // 2)]
    return [Reader(cells, one, later) for cells in readers for one in before]


def _apart(tables: Numbers, shown: Cells, former: Mapping[str, Any] | None) -> Cells:
    """Return the tables as they may be shown side by side. If a number below ten follows from two of them,
    the largest number of a table is shown as another near multiple. For example two types of 13 complaints
    each are shown as 15, and two channels of 17 and 9 as 15 and hidden. Only 26 is possible, and so 9."""
    names = [f"received_by_{part}" for part in PARTS]
    moves = product((0, -STEP, STEP), repeat=len(names))
    for each in sorted(moves, key=lambda by: sum(map(bool, by))):
        moved = {**shown, **{name: _moved(shown[name], by) for name, by in zip(names, each, strict=True)}}
        found = tells(_readers(tables, moved, former))
        if found is False or (found is None and not any(each)):
            return moved
    return shown


def _moved(cells: Mapping[str, int | None], by: int) -> Mapping[str, int | None]:
    """Return the cells of a table with `by` added to the largest number, if it stays at least `LEAST`."""
    most, code = max(((n, code) for code, n in cells.items() if n is not None), default=(0, ""))
    return {**cells, code: most + by} if most + by >= LEAST else cells


def _promising(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the lowest possible number of complaints with promises of each end. A complaint can have
    promises of an answer and of an agreement."""
    found = defaultdict[str, int](int)
    for row in rows:
        found[row["ended"]] = max(found[row["ended"]], int(row["complaints"]))
    return found


def _coarse(hours: float | None) -> float | None:
    """Return a time as it may be shown: up to `WHOLE_HOURS` in whole hours, else in whole days."""
    if hours is None or hours <= WHOLE_HOURS:
        return hours and round(hours)
    return DAY_HOURS * round(hours / DAY_HOURS)


def _satisfaction(
    answers: Iterable[Mapping[str, Any]], people: Iterable[Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Any]]:
    """Return the results of each question of the survey that may be shown."""
    wanted = "survey", "month"
    heard = sum(row["people"] for row in people if (row["what"], row["span"]) == wanted)
    told = {row["question"]: results([int(row[score]) for score in SCORES], heard) for row in answers}
    return {question: said for question, said in told.items() if said}


def _clock(days: Iterable[Mapping[str, Any]], month: date) -> Mapping[str, int | None] | None:
    """Return the share of a month's steps of our clock that were taken within a minute after they were due.
    `days` are the rows of the SQL statement. The delays of a day stay inside the company, because a day can
    have a single step."""
    given = [row for row in days if row["day"].replace(day=1) == month]
    within, steps = (int(sum(row[name] for row in given)) for name in ("within_60s", "n"))
    return _share(within, steps)


def finished(final: Mapping[str, Any], former: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the final edition of a month with the survey of the provisional one (`former`), and with the
    names of the parts that differ much (`differs`). The survey is not computed again, because the difference
    of two means could tell the answer of one person. `former` is None if there is none."""
    if former is None:
        return {**final, "differs": []}
    survey = {name: former[name] for name in ("satisfaction", "satisfaction_between")}
    return {**final, **survey, "differs": [*_differs(former, final)]}


def _differs(former: Mapping[str, Any], final: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the parts in which two editions of a month differ much: as published numbers, or in
    a share by ten percentage points. A number that one of them does not show is not compared. A hidden total
    is compared as the highest number that is hidden."""
    before, now = (LEAST - 1 if one["received"] is None else one["received"] for one in (former, final))
    if differ_much(before, now, STEP):
        yield "received"
    for name, shown in final["tables"].items():
        if _tables_differ(former["tables"].get(name, {}), shown):
            yield name
    if any(
        differ_much(former["times"].get(step, {}).get(name), hours)
        for step, times in final["times"].items()
        for name, hours in times.items()
    ):
        yield "times"
    shares = [f"{step}_{by}" for step, by in IN_TIME]
    percents = [
        [told[name] and told[name]["percent"] for told in (former, final)] for name in (*shares, "overturned")
    ]
    if any(abs(one - other) > 100 * MUCH for one, other in percents if one is not None and other is not None):
        yield "shares"


def differ_much(former: float | None, final: float | None, least: float = 0) -> bool:
    """Return whether two numbers differ by more than `MUCH` of the former, and by more than `least`. A number
    that is not known differs from none."""
    if former is None or final is None:
        return False
    return abs(final - former) > max(MUCH * former, least)


def _tables_differ(former: Mapping[str, int | None], final: Mapping[str, int | None]) -> bool:
    """Return whether two tables differ much in the sum of the cells that both show, or in one of them by more
    than `MUCH` of that sum."""
    both = [(n, m) for code, n in former.items() if n is not None and (m := final.get(code)) is not None]
    whole = sum(n for n, _ in both)
    return any(abs(m - n) > max(MUCH * whole, STEP) for n, m in [*both, (whole, sum(m for _, m in both))])


def _sums(rows: Iterable[Mapping[str, Any]], by: str, of: str = "n") -> dict[str, int]:
    found = defaultdict[str, int](int)
    for row in rows:
        found[str(row[by])] += int(row[of])
    return dict(found)


def _whole(cells: dict[str, int], total: int) -> dict[str, int]:
    """Return `cells` with the additional cell `unknown`, so that all cells add up to `total`. `unknown` is
    the number of complaints without a code."""
    rest = total - sum(cells.values())
    return cells | ({UNKNOWN: rest} if rest else {})


def _within(row: Mapping[str, Any] | None, by: str, received: int | None) -> Mapping[str, int | None] | None:
    """Return the share of a month's complaints that had a step in time. `row` is a row of the statement
    `times`, and `by` its column. `received` is the total as it is shown, because a share of another total
    would tell how it was rounded. The percentage is None while it cannot be told. Return None if the share is
    hidden."""
    if row is None or row["n"] < LEAST:
        return None
    if row[by] is None:
        return NOT_YET
    part = counted(round(row[by] * row["n"]))
    if part is None or received is None:
        return None
    return {"percent": min(100, round(100 * part / received)), "rounded_to": 1}


def _share(part: int, whole: int) -> Mapping[str, int | None] | None:
    """Return `part` of `whole` as a share that is rounded to whole percent, or None if it is hidden."""
    shown = percent(part, whole)
    return None if shown is None else {"percent": shown, "rounded_to": 1}
