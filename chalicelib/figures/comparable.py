"""Closed complaints of each type with their outcome and redress, for officers who decide a similar one. The
nightly run stores the newest of each type in a file, so that a page needs one read. They hold no words of
people."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from statistics import median
from typing import Any, NamedTuple

from chalicelib.figures.protection import LEAST

SHOWN = 6
"""The most closed complaints that a page shows."""


class ClosedCase(NamedTuple):
    """A closed complaint. `kind`: the class of what was bought; None if it is not known. `month`: the first
    day of the month in which it was closed (China). `redress`: what the company promised in money, in fen;
    None without money."""

    ref: str
    team: str
    sub_type: str
    kind: str | None
    outcome: str
    month: date
    redress: int | None


class Comparison(NamedTuple):
    """The closed complaints that are most like a complaint. `until`: the last day (China) of the figures.
    `of`: the number of complaints with redress in money behind the next three fields. `low`, `middle`,
    `high`: the smallest, the median and the largest redress, in fen; None if there are fewer than `LEAST`."""

    cases: tuple[ClosedCase, ...]
    until: date
    of: int
    low: int | None = None
    middle: int | None = None
    high: int | None = None


def comparable_key(type: str) -> str:
    """Return the store key of the closed complaints of a type."""
    return f"figures/comparable/{type}.json"


def by_type(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each type with its closed complaints as they are stored. `rows` are those of the SQL statement
    `comparable/closed`, sorted by type."""
    for type_, each in groupby(rows, key=lambda row: row["type"]):
        cases = [*each]
        names = ("ref", "team", "sub_type", "class", "outcome", "month", "redress")
        yield (
            type_,
            {"until": cases[0]["newest"], "cases": [{name: case[name] for name in names} for case in cases]},
        )


def compared(stored: Mapping[str, Any], ref: str, sub_type: str, kind: str | None) -> Comparison:
    """Return the closed complaints that are most like a complaint. First come those with its sub-type and the
    class of what was bought, then those with its sub-type, then the others of its type.

    `stored`: the complaints of its type. `ref`: the number of the complaint itself, which is left out. The
    redress is that of its sub-type, or of its type if there are too few."""
    cases = [
        ClosedCase(
            one["ref"],
            one["team"],
            one["sub_type"],
            one["class"],
            one["outcome"],
            date.fromisoformat(one["month"]),
            one["redress"],
        )
        for one in stored["cases"]
        if one["ref"] != ref
    ]
    near = sorted(cases, key=lambda one: (one.sub_type != sub_type, one.kind != kind))
    paid = [one.redress for one in cases if one.redress and one.sub_type == sub_type]
    if len(paid) < LEAST:
        paid = [one.redress for one in cases if one.redress]
    until, shown = date.fromisoformat(stored["until"]), tuple(near[:SHOWN])
    if len(paid) < LEAST:
        return Comparison(shown, until, len(paid))
    return Comparison(shown, until, len(paid), min(paid), round(median(paid)), max(paid))
