"""The public figures as bar plots with tables below. The bars are SVG paths, which need neither script nor
style.

The page shows the published numbers unchanged, by one property at a time."""

from collections.abc import Iterator, Mapping, Sequence
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
from chalicelib.locale import formats
from chalicelib.locale.formats import month_name, texts
from chalicelib.web.pages import say

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
WIDE, HIGH, FEW, THIN = 10, 40, 3, 0.5
"""Measures of a plot, in its own units. WIDE: the width of a month. HIGH: the height of the highest possible
bar. FEW: the height of the mark for a hidden number. THIN: the least height of a bar."""
SOON = 72
"""The number of hours up to which a length of time is written in hours. A longer time is written in days."""
STEPS = ("acknowledged", "answered", "closed")
QUESTIONS = ("overall", "ease", "speed", "fairness", "clarity")
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
"""The tables whose codes have their labels among the words of this page, each with the section there."""


class FiguresRequest(NamedTuple):
    """The figures for which an address asks. `by`: the property by which complaints are broken down.
    `edition`: one of `KINDS`, or "" for the newest edition of each month. `first` and `last`: the first and
    last month, such as `2026-03`. `months`: all published months from `first` to `last`."""

    by: str
    edition: str
    first: str
    last: str
    months: Sequence[str]


class Plot(NamedTuple):
    """The plot of one series of numbers. `newest`: the last number as text. `alt`: the text alternative.
    `wide`: the width.

    `bars`, `behind` and `few` are SVG paths. `bars`: the bars. `behind`: the higher bars behind the bars.
    `few`: the marks for hidden numbers."""

    label: str
    newest: str
    alt: str
    wide: int
    bars: str
    behind: str = ""
    few: str = ""


class FiguresPart(NamedTuple):
    """A part of the page with its plots and its table.

    `full`: the number that a bar of full height means, as text. `more`: how many codes have no plot. `head`:
    the column heads. `lines`: the lines of the table. `table`: the name of the same table in the interface
    for programs."""

    name: str
    plots: list[Plot]
    full: str
    more: int
    head: Sequence[str]
    lines: list[list[str]]
    table: str


Values = Sequence[float | None]
"""A number for each month. It is None where the number is hidden."""


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
        yield _received(language, editions)
        yield _counted(language, f"received_by_{request.by}", editions)
        yield _counted(language, "closed_by_outcome", editions)
        yield _times(language, editions)
        labels = {name: say(language, f"figures.share.{name}") for name in SHARES}
        yield _shares(language, "shares", labels, editions)
        yield _counted(language, "open_by_age", editions)
        yield _counted(language, "promises_by_end", editions)
        yield _counted(language, "main_causes", editions)
        yield _satisfaction(language, editions)
        yield _shares(language, "clock", {"clock": say(language, "figures.part.clock.label")}, editions)


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


def _received(language: str, editions: Sequence[Edition]) -> FiguresPart:
    values = [edition["received"] for edition in editions]
    label = say(language, "figures.part.received.label")
    said = [
        say(language, "figures.nobody") if n == 0 else _count(language, n, "figures.under_ten")
        for n in values
    ]
    plots, full = plots_of(language, {label: values}, {label: said[-1]})
    return _part(language, "received", plots, full, editions, [[label, *said]])


def _counted(language: str, table: str, editions: Sequence[Edition]) -> FiguresPart:
    """Return the part of the page for `table`, with its numbers by code. `editions`: the figures of each
    month. A row with an empty code means that the number of a code without a row is hidden. In any other
    month it is zero."""
    given = [[*rows(table, edition)] for edition in editions]
    cells = [{row["code"]: row["number"] for row in those} for those in given]
    codes = sorted({code for month in cells for code in month if code})
    values = {code: [month.get(code, None if "" in month else 0) for month in cells] for code in codes}
    said = {code: [_count(language, n) for n in those] for code, those in values.items()}
    codes.sort(key=lambda code: values[code][-1] or 0, reverse=True)
    names = {code: _label(language, table, code) for code in codes}
    plots, full = plots_of(
        language,
        {names[code]: values[code] for code in codes[:DRAWN]},
        {names[code]: said[code][-1] for code in codes},
    )
    return _part(
        language,
        table,
        plots,
        full,
        editions,
        [[names[code], *said[code]] for code in codes],
        more=max(len(codes) - DRAWN, 0),
    )


def _times(language: str, editions: Sequence[Edition]) -> FiguresPart:
    plots, lines = [], []
    for step in STEPS:
        given = [edition["times"].get(step) for edition in editions]
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
        full = max((n for n in most if n), default=0)
        bars, behind = _bars(half, full), _bars(most, full)
        plots.append(
            Plot(label, told, _alt(language, label, told), WIDE * len(given), bars, behind, _few(half))
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
    return _part(language, "times", plots, "", editions, lines)


def _shares(language: str, table: str, names: Mapping[str, str], editions: Sequence[Edition]) -> FiguresPart:
    """Return the part of the page for `table`, with its shares. `names`: the label of each share."""
    given = {name: [edition.get(name) for edition in editions] for name in names}
    said = {
        name: [
            say(language, "figures.rounded", n=one["percent"], to=one["rounded_to"])
            if one
            else say(language, "figures.nothing")
            for one in those
        ]
        for name, those in given.items()
    }
    plots, _ = plots_of(
        language,
        {names[name]: [one and one["percent"] for one in those] for name, those in given.items()},
        {names[name]: said[name][-1] for name in names},
        most=100,
    )
    return _part(language, table, plots, "100%", editions, [[names[name], *said[name]] for name in names])


def _satisfaction(language: str, editions: Sequence[Edition]) -> FiguresPart:
    given = [{row["question"]: row for row in rows("satisfaction", edition)} for edition in editions]
    labels = {name: say(language, f"figures.question.{name}") for name in QUESTIONS}
    nothing = {"mean": None, "low": None, "high": None}
    found = {label: [month.get(name, nothing) for month in given] for name, label in labels.items()}
    values = {label: [row["mean"] for row in those] for label, those in found.items()}
    said = {
        label: [mean_text(language, row["mean"], row["low"], row["high"]) for row in those]
        for label, those in found.items()
    }
    plots, full = plots_of(language, values, {label: those[-1] for label, those in said.items()}, most=5)
    lines = [[label, *those] for label, those in said.items()]
    return _part(language, "satisfaction", plots, full, editions, lines)


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
    language: str,
    name: str,
    plots: list[Plot],
    full: str,
    editions: Sequence[Edition],
    lines: list[list[str]],
    more: int = 0,
) -> FiguresPart:
    head = [
        month
        if (kind := edition_kind(edition)) == SINGLE
        else say(language, f"figures.edition.head.{kind}", month=month)
        for edition in editions
        if (month := edition["month"])
    ]
    return FiguresPart(name, plots, full, more, head, lines, name)


def plots_of(
    language: str, values: Mapping[str, Values], newest: Mapping[str, str], most: float = 0
) -> tuple[list[Plot], str]:
    """Return one plot for each series in `values`, and the number that full height means, as text. All plots
    have the same scale. `values` and `newest` are keyed by label. `newest`: the last number of each series,
    as text. `most`: the number at full height; without it, the largest number in `values`."""
    full = most or max((n for those in values.values() for n in those if n), default=0)
    plots = [
        Plot(
            label,
            newest[label],
            _alt(language, label, newest[label]),
            WIDE * len(those),
            _bars(those, full),
            few=_few(those),
        )
        for label, those in values.items()
    ]
    return plots, whole_text(language, full) if full else ""


def _bars(values: Values, full: float) -> str:
    heights = ((n, max(round(HIGH * value / full, 1), THIN)) for n, value in enumerate(values) if value)
    return "".join(f"M{n * WIDE + 1} {HIGH}v-{height:g}h{WIDE - 2}v{height:g}z" for n, height in heights)


def _few(values: Values) -> str:
    return "".join(
        f"M{n * WIDE + 2} {HIGH - 1}v-{FEW}h{WIDE - 4}v{FEW}z"
        for n, value in enumerate(values)
        if value is None
    )


def _alt(language: str, label: str, newest: str) -> str:
    return say(language, "figures.alt", label=label, newest=newest)


def _count(language: str, n: float | None, hidden: str = "figures.nothing") -> str:
    return say(language, hidden) if n is None else whole_text(language, n)


def whole_text(language: str, n: float) -> str:
    """Return a whole number as text. English text separates thousands by commas."""
    return f"{n:,.0f}" if language == "en" else f"{n:.0f}"


def _numbers(language: str, values: Values) -> list[str]:
    return [say(language, "figures.nothing") if n is None else f"{n:.1f}" for n in values]


def time(language: str, hours: float | None) -> str:
    """Return a length of time as text, in hours or days. `hours`: the length. None means that too few
    complaints have got so far, and the text says so."""
    if hours is None:
        return say(language, "figures.not_yet")
    if hours <= SOON:
        return say(language, "figures.hours", n=f"{hours:.1f}")
    return say(language, "figures.days", n=f"{hours / 24:.1f}")


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
