"""The public figures as plots with tables below. A plot also has the same months of the year before, where
their figures are published.

The page shows the published numbers unchanged, by one property at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter, methodcaller
from typing import Any, NamedTuple

from chalicelib.domain.model.case import refuse_if
from chalicelib.figures.published import (
    COLUMNS,
    COUNTED,
    KINDS,
    SHARES,
    SINGLE,
    Edition,
    Published,
    edition_kind,
    rows,
)
from chalicelib.figures.tables import QUESTIONS as QUESTIONS
from chalicelib.locale import formats
from chalicelib.locale.formats import month_name, texts, whole_text
from chalicelib.web.pages import say
from chalicelib.web.pages.plots import Axes, Plot, Values, months_scale, plot, plots_of, year_before

BY = tuple(name.removeprefix("received_by_") for name in COUNTED if name.startswith("received_by_"))
"""The properties by which the page can break down the received complaints, such as `type` or `channel`. The
page shows one property at a time."""
FILTERS = frozenset({"from", "to", "edition", "format"})
"""The query parameters of a published table in the interface for programs."""
FORMATS = ("json", "csv")
"""The formats of a table in the interface for programs, the usual one first."""
USUAL, MOST = 12, 24
"""USUAL: the number of months that the page shows by default. MOST: the highest number of months that it can
show."""
DRAWN = 6
"""The highest number of codes that get a plot. They are the codes with the highest numbers in the last month.
The table has every code."""
SOON = 72
"""The number of hours up to which a length of time is written in hours. A longer time is written in days."""
STEPS = ("acknowledged", "answered", "closed")
LISTS = {
    "received_by_type": ("type",),
    "received_by_channel": ("channel",),
    "received_by_class": ("goods_class", "service_class"),
    "received_by_right": ("right",),
    "closed_by_outcome": ("outcome",),
    "main_causes": ("cause",),
}
"""The sections of `locale/` that have the labels of a table's codes. The key is the name of the table."""


OWN_LABELS = {"promises_by_end": "end", "open_by_age": "age", "received_by_entry": "entry"}
"""The tables whose codes have their labels among the words of this page, each with the section there. The
codes are shown in the order of the labels."""


class FiguresRequest(NamedTuple):
    """The figures for which an address asks. `by`: the property by which complaints are broken down.
    `edition`: one of `KINDS`, or "" for the newest edition of each month. `first` and `last`: the first and
    last month, such as `2026-03`. `months`: all published months from `first` to `last`."""

    by: str
    edition: str
    first: str
    last: str
    months: Sequence[str]


class FiguresPart(NamedTuple):
    """A part of the page with its plots and its table.

    `more`: how many codes have no plot. `head`: the column heads. `lines`: the lines of the table. `table`:
    the name of the same table in the interface for programs."""

    name: str
    plots: list[Plot]
    more: int
    head: Sequence[str]
    lines: list[list[str]]
    table: str


class Shown(NamedTuple):
    """The editions that the page shows, the oldest first. `past`: the edition of the same month of the year
    before, for each of them; None where there is none."""

    editions: Sequence[Edition]
    past: Sequence[Edition | None]

    @property
    def months(self) -> list[str]:
        """The months of the editions."""
        return [edition["month"] for edition in self.editions]

    def each(self, found: Callable[[Edition], Any]) -> tuple[list[Any], list[Any]]:
        """Return what `found` returns for each edition, and for each of the year before; None where there is
        none."""
        return [found(one) for one in self.editions], [found(one) if one else None for one in self.past]


def refuse_unknown(query: Mapping[str, str], table: str) -> None:
    """Raise Refusal for a table that is not published, and for a filter in the query that no table has."""
    refuse_if(table not in COLUMNS, "unknown_figure", field="table")
    refuse_if(not query.keys() <= FILTERS, "unknown_filter", field=min(query.keys() - FILTERS, default=""))


def wanted_format(query: Mapping[str, str]) -> str:
    """Return the format that a request asks for, one of `FORMATS`. Raises Refusal for an unknown format."""
    said_as = query.get("format", FORMATS[0])
    refuse_if(said_as not in FORMATS, "unknown_format", field="format")
    return said_as


def figures_request(query: Mapping[str, str], months: Sequence[str], most: int = MOST) -> FiguresRequest:
    """Return the figures for which the query of an address asks. `months`: the published months. Raise
    Refusal for an unknown property or edition, a month that is not published, a first month after the
    last month, or more months than `most`."""
    by = query.get("by", BY[0])
    refuse_if(by not in BY, "unknown_figure", field="by")
    edition = query.get("edition", "")
    refuse_if(edition not in ("", *KINDS), "unknown_edition", field="edition")
    last = query.get("to") or (months[-1] if months else "")
    usual = months[max(months.index(last) + 1 - min(USUAL, most), 0)] if last in months else ""
    first = query.get("from") or usual
    for name, month in (("from", first), ("to", last)):
        refuse_if(month and month not in months, "month_not_published", field=name)
    refuse_if(first > last, "months_reversed", field="from")
    chosen = [month for month in months if first <= month <= last]
    refuse_if(len(chosen) > most, "too_many_months", field="from", most=most)
    return FiguresRequest(by, edition, first, last, chosen)


def differences(language: str, editions: Sequence[Edition]) -> Iterator[str]:
    """Yield a sentence for each final edition that differs much from the provisional one, with the parts in
    which it does."""
    for edition in editions:
        if differs := edition.get("differs"):
            parts = [say(language, f"figures.part.{name}.title") for name in differs]
            yield say(
                language,
                "figures.differs",
                month=month_name(language, edition["month"]),
                parts=formats.joined(language, parts),
            )


def parts(language: str, found: Published, request: FiguresRequest) -> Iterator[FiguresPart]:
    """Yield the parts of the page in their order. `found`: the published figures. `request`: the months and
    the property to show."""
    editions = found.editions(request.months, request.edition)
    if editions:
        there = {*found.months()}
        wanted = (year_before(edition["month"]) for edition in editions)
        past = found.editions([month for month in wanted if month in there], request.edition)
        by_month = {edition["month"]: edition for edition in past}
        shown = Shown(editions, [by_month.get(year_before(edition["month"])) for edition in editions])
        yield _received(language, shown)
        yield _counted(language, f"received_by_{request.by}", shown)
        yield _counted(language, "closed_by_outcome", shown)
        yield _times(language, shown)
        labels = {name: say(language, f"figures.share.{name}") for name in SHARES}
        yield _shares(language, "shares", labels, shown)
        yield _counted(language, "open_by_age", shown)
        yield _counted(language, "promises_by_end", shown, "promises")
        yield _counted(language, "main_causes", shown)
        yield _satisfaction(language, shown)
        yield _shares(language, "clock", {"clock": say(language, "figures.part.clock.label")}, shown)


def protects(language: str, editions: Sequence[Edition]) -> str:
    """Return the sentences on which numbers of these editions are hidden or rounded. The numbers of earlier
    releases are exact, and stay so."""
    exact = [edition["month"] for edition in editions if "rounded_to" not in edition]
    said = [say(language, "figures.rounds")] if len(exact) < len(editions) else []
    if exact:
        span = [month_name(language, month) for month in dict.fromkeys((exact[0], exact[-1]))]
        between = span[0] if len(span) == 1 else say(language, "figures.span", first=span[0], last=span[1])
        said.append(say(language, "figures.exact", months=between))
    return joined(language, *said)


def joined(language: str, *sentences: str) -> str:
    """Return these sentences as one text. Empty ones are left out."""
    return ("" if language == "zh" else " ").join(filter(None, sentences))


def _received(language: str, shown: Shown) -> FiguresPart:
    values, past = shown.each(itemgetter("received"))
    label = say(language, "figures.part.received.label")
    said = [
        say(language, "figures.nobody") if n == 0 else _count(language, n, "figures.under_ten")
        for n in values
    ]
    scale = months_scale(language, shown.months, "complaints")
    plots = plots_of(language, scale, {label: values}, {label: said[-1]}, {label: past})
    return _part(language, "received", plots, shown, [[label, *said]])


def _counted(language: str, table: str, shown: Shown, unit: str = "complaints") -> FiguresPart:
    """Return the part of the page for `table`, with its numbers by code. `unit`: what it counts."""
    given, past = shown.each(partial(_cells, table))
    codes = sorted({code for month in given if month for code in month if code})
    values, before = (
        {code: [_cell(month, code) for month in those] for code in codes} for those in (given, past)
    )
    said = {code: [_count(language, n) for n in those] for code, those in values.items()}
    order = [*texts(language)["page"]["figures"].get(OWN_LABELS.get(table, ""), ())]
    codes.sort(key=lambda code: ([*order, code].index(code), -(values[code][-1] or 0)))
    names, drawn = {code: _label(language, table, code) for code in codes}, codes[:DRAWN]
    plots = plots_of(
        language,
        months_scale(language, shown.months, unit),
        {names[code]: values[code] for code in drawn},
        {names[code]: said[code][-1] for code in drawn},
        {names[code]: before[code] for code in drawn},
    )
    lines = [[names[code], *said[code]] for code in codes]
    return _part(language, table, plots, shown, lines, more=max(len(codes) - DRAWN, 0))


def _cells(table: str, edition: Edition) -> dict[str, int | None]:
    """Return the numbers of a table in an edition, by code; None for a hidden number."""
    return {row["code"]: row["number"] for row in rows(table, edition)}


def _cell(month: Mapping[str, int | None] | None, code: str) -> int | None:
    """Return the number of a code in the cells of a month. An empty code in them means that the number of a
    code without a row is hidden. In any other month it is zero. `month`: None for a month without an
    edition."""
    return None if month is None else month.get(code, None if "" in month else 0)


def _times(language: str, shown: Shown) -> FiguresPart:
    plots, lines = [], []
    for step in STEPS:
        given, past = shown.each(partial(_step, step))
        label = say(language, f"figures.step.{step}")
        half, most = ([one and one[name] for one in given] for name in ("median_hours", "p90_hours"))
        newest = given[-1]
        told = (
            say(
                language,
                "figures.half_and_most",
                half=time(language, newest["median_hours"]),
                most=time(language, newest["p90_hours"]),
            )
            if newest
            else say(language, "figures.nothing")
        )
        plots.append(
            _times_plot(
                language,
                shown.months,
                (label, told),
                half,
                most,
                [one and one["median_hours"] for one in past],
            )
        )
        for name, values in (("median_hours", half), ("p90_hours", most)):
            lines.append(
                [
                    f"{label} · {say(language, f'figures.reached.{name}')}",
                    *(
                        say(language, "figures.not_yet") if one and n is None else number
                        for one, n, number in zip(given, values, _numbers(language, values), strict=True)
                    ),
                ]
            )
    return _part(language, "times", plots, shown, lines)


def _step(step: str, edition: Edition) -> Mapping[str, float | None] | None:
    found: Mapping[str, float | None] | None = edition["times"].get(step)
    return found


def _times_plot(
    language: str, months: Sequence[str], said: tuple[str, str], half: Values, most: Values, past: Values
) -> Plot:
    """Return the plot of a step: the hours within which half of the complaints had it, and nine in ten.
    `said`: the label, and the newest numbers. `past`: the hours of the half in the year before. A plot of
    long times has days."""
    high = max((n for n in (*half, *most, *past) if n), default=0)
    unit, hours = ("days", 24) if high > SOON else ("hours", 1)
    halves, nines, before = ([n and n / hours for n in those] for those in (half, most, past))
    axes = Axes(language, months_scale(language, months, unit, high / hours))
    shapes = [
        axes.grid,
        axes.bars("behind", nines, part=(0, 1)),
        axes.bars("bar", halves, part=(0.25, 0.75)),
        axes.few(half),
    ]
    if any(n is not None for n in before):
        shapes.append(axes.line("before", before))
    means = {name: say(language, f"figures.key.{name}") for name in ("half", "nine", "half_before")}
    meant = {"bar": means["half"], "behind": means["nine"], "before": means["half_before"]}
    return plot(language, *said, axes, shapes, meant)


def _shares(language: str, table: str, names: Mapping[str, str], shown: Shown) -> FiguresPart:
    """Return the part of the page for `table`, with its shares. `names`: the label of each share."""
    every = {name: shown.each(methodcaller("get", name)) for name in names}
    said = {
        name: [
            say(language, "figures.nothing")
            if not one
            else say(language, "figures.share_not_yet")
            if one["percent"] is None
            else say(language, "figures.rounded", n=one["percent"], to=one["rounded_to"])
            for one in those
        ]
        for name, (those, _) in every.items()
    }
    values, before = (
        {names[name]: [one and one["percent"] for one in both[n]] for name, both in every.items()}
        for n in range(2)
    )
    scale = months_scale(language, shown.months, "percent", 100)
    plots = plots_of(language, scale, values, {names[name]: said[name][-1] for name in names}, before)
    return _part(language, table, plots, shown, [[names[name], *said[name]] for name in names])


def _satisfaction(language: str, shown: Shown) -> FiguresPart:
    given, past = shown.each(lambda edition: {row["question"]: row for row in rows("satisfaction", edition)})
    labels = {name: say(language, f"figures.question.{name}") for name in QUESTIONS}
    nothing = {"mean": None, "low": None, "high": None}
    found = {label: [month.get(name, nothing) for month in given] for name, label in labels.items()}
    values = {label: [row["mean"] for row in those] for label, those in found.items()}
    before = {
        label: [(month or {}).get(name, nothing)["mean"] for month in past] for name, label in labels.items()
    }
    said = {
        label: [mean_text(language, row["mean"], row["low"], row["high"]) for row in those]
        for label, those in found.items()
    }
    scale = months_scale(language, shown.months, "score", 5, 1)
    plots = plots_of(language, scale, values, {label: those[-1] for label, those in said.items()}, before)
    return _part(language, "satisfaction", plots, shown, [[label, *those] for label, those in said.items()])


def mean_text(language: str, mean: float | None, low: float | None, high: float | None) -> str:
    """Return a mean of scores with its interval as text. Without a mean, return the interval alone, or that
    nothing is shown. `low`, `high`: the ends of the interval; None in editions of earlier releases."""
    if low is None or high is None:
        return say(language, "figures.nothing") if mean is None else f"{mean:.1f}"
    between = f"{low:.1f}–{high:.1f}"
    return (
        between
        if mean is None
        else say(language, "figures.mean_between", mean=f"{mean:.1f}", between=between)
    )


def _part(
    language: str, name: str, plots: list[Plot], shown: Shown, lines: list[list[str]], more: int = 0
) -> FiguresPart:
    head = [
        month
        if (kind := edition_kind(edition)) == SINGLE
        else say(language, f"figures.edition.head.{kind}", month=month)
        for edition in shown.editions
        if (month := edition["month"])
    ]
    return FiguresPart(name, plots, more, head, lines, name)


def _count(language: str, n: float | None, hidden: str = "figures.nothing") -> str:
    return say(language, hidden) if n is None else whole_text(language, n)


def _numbers(language: str, values: Values) -> list[str]:
    return [
        say(language, "figures.nothing") if n is None else f"{n:.0f}" if isinstance(n, int) else f"{n:.1f}"
        for n in values
    ]


def time(language: str, hours: float | None) -> str:
    """Return a length of time as text, in hours or days. `hours`: the length, an integer if it was rounded.
    None means that too few complaints have got so far, and the text says so."""
    if hours is None:
        return say(language, "figures.not_yet")
    whole = isinstance(hours, int)
    if hours <= SOON:
        return say(language, "figures.hours", n=hours if whole else f"{hours:.1f}")
    return say(language, "figures.days", n=f"{hours / 24:g}" if whole else f"{hours / 24:.1f}")


def _label(language: str, table: str, code: str) -> str:
    """Return the label of a code in `table`. Return the code if there is no label for it, because a later
    release may have published the figures."""
    lists: dict[str, Any] = texts(language)
    if table in OWN_LABELS:
        found = lists["page"]["figures"][OWN_LABELS[table]].get(code)
    elif code == "unknown" and table.startswith("received"):
        found = say(language, "figures.unknown")
    else:
        found = next((lists[name][code] for name in LISTS[table] if code in lists[name]), None)
    return str(found or code)
