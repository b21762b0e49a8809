"""Plots with two labelled axes, as shapes and words of an SVG picture. Pages and PDF documents show the same
plots.

Series differ in form, not only in colour: bars, higher hollow bars behind them, and a dotted line for the
year before. A line is broken where a number is missing."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import count
from math import ceil, floor, log10
from typing import NamedTuple

from chalicelib.locale import formats
from chalicelib.web.pages import say

Values = Sequence[float | None]
"""A number for each place of the x-axis. It is None where the number is hidden or missing."""
WIDE, TOP, FOOT, HIGH = 340, 22, 122, 158
"""Measures of a plot, in its own units, which are pixels on a phone. WIDE and HIGH: of the picture. TOP and
FOOT: the heights of the highest and the lowest mark of the y-axis."""
LETTER, CHARACTER = 7.7, 12
"""The width of a Latin letter or digit in a wide font, and that of a Chinese character."""
FEW, THIN = 4, 0.5
"""FEW: the height of the mark for a hidden number. THIN: the least height of a bar."""
MOST_STEPS, LEAST_STEPS = 5, 2
"""How many steps between two marks an axis has. So it has three to six marks."""
WHOLE = 1
"""The least step of an axis of whole numbers."""
KEYS = ("bar", "before", "few")
"""The kinds of shapes that mean the same in each plot: bars, the year before, and hidden numbers."""


class Scale(NamedTuple):
    """What the axes of a plot mean. `names`: the names of the places of the x-axis, such as months. `along`:
    the label of the x-axis. `unit`: the label of the y-axis. `high` and `low`: the numbers that the y-axis
    covers. `least`: the least step of the y-axis."""

    names: Sequence[str]
    along: str
    unit: str
    high: float = 0
    low: float = 0
    least: float = WHOLE


class Shape(NamedTuple):
    """An SVG path. `kind`: what it shows, as in a CSS class: `grid`, `bar`, `behind`, `before`, `few`, a
    shade `1` to `4`, or a part of a run chart."""

    kind: str
    path: str


class Word(NamedTuple):
    """A text in a plot. `anchor`: the part of the text that is at `x`: `start`, `middle` or `end`."""

    text: str
    x: float
    y: float
    anchor: str = "middle"


class Plot(NamedTuple):
    """The plot of a series of numbers. `newest`: the number next to its label. `alt`: the text
    alternative. `keys`: the kinds of its shapes, each with its meaning; empty if there is only one."""

    label: str
    newest: str
    alt: str
    shapes: Sequence[Shape]
    words: Sequence[Word]
    keys: tuple[tuple[str, str], ...] = ()


class Axes:
    """The axes of a plot. `x` and `y` return the place of a number on them."""

    def __init__(self, language: str, scale: Scale) -> None:
        self.scale, self.marks = scale, ticks(scale.low, scale.high, scale.least)
        texts = [_mark(language, n) for n in self.marks]
        self.left = 8 + max(map(_width, texts))
        self.slot = (WIDE - 8 - self.left) / max(len(scale.names), 1)
        heights = [self.y(mark) for mark in self.marks]
        self.grid = Shape("grid", "".join(f"M{self.left:g} {y:g}H{WIDE}" for y in heights))
        self.words = [
            Word(scale.unit, 0, 11, "start"),
            *(Word(text, self.left - 4, y + 4, "end") for text, y in zip(texts, heights, strict=True)),
            *self._names(),
            Word(scale.along, round((self.left + WIDE) / 2), FOOT + 33),
        ]

    def x(self, n: float) -> float:
        """Return the middle of the place `n` of the x-axis. The first place is 0."""
        return round(self.left + self.slot * (n + 0.5), 1)

    def y(self, value: float) -> float:
        """Return the height of a number."""
        low, high = self.marks[0], self.marks[-1]
        return round(FOOT - (FOOT - TOP) * (value - low) / (high - low), 1)

    def bars(
        self, kind: str, values: Values, under: Sequence[float] = (), part: tuple[float, float] = (0.1, 0.9)
    ) -> Shape:
        """Return the bars of these values. `under`: the values from which the bars rise; without them,
        they rise from the x-axis. `part`: where a bar begins and ends in its place, from 0 to 1."""
        path = ""
        for n, value in enumerate(values):
            stands = under[n] if under else self.marks[0]
            if value is None or value <= (0 if under else stands):
                continue
            foot, top = self.y(stands), self.y(value + stands if under else value)
            x, wide = self.left + self.slot * (n + part[0]), self.slot * (part[1] - part[0])
            path += f"M{x:.1f} {foot:g}v-{max(foot - top, THIN):.1f}h{wide:.1f}V{foot:g}z"
        return Shape(kind, path)

    def few(self, values: Values) -> Shape:
        """Return the marks of hidden numbers."""
        places = (self.left + self.slot * (n + 0.15) for n, value in enumerate(values) if value is None)
        wide = self.slot * 0.7
        return Shape("few", "".join(f"M{x:.1f} {FOOT - 1}v-{FEW}h{wide:.1f}v{FEW}z" for x in places))

    def line(self, kind: str, values: Values) -> Shape:
        """Return the line through these values, which is broken where one is missing. A value between two
        missing ones is a dot."""
        places = [
            None if value is None else f"{self.x(n):g} {self.y(value):g}" for n, value in enumerate(values)
        ]
        path = "".join(
            f"{'L' if former else 'M'}{place}{'' if former or later else 'h0'}"
            for former, place, later in zip([None, *places], places, [*places[1:], None], strict=False)
            if place
        )
        return Shape(kind, path)

    def ranges(self, kind: str, ends: Sequence[tuple[float, float] | None]) -> Shape:
        """Return upright lines from the lower to the higher number of each pair, with a bar at both ends."""
        path = ""
        for n, pair in enumerate(ends):
            if pair:
                x, (low, high) = self.x(n), map(self.y, pair)
                path += f"M{x:g} {low:g}V{high:g}" + "".join(f"M{x - 5:g} {y:g}h10" for y in (low, high))
        return Shape(kind, path)

    def _names(self) -> list[Word]:
        """Return the names of the places, of which the last has its name, and so many others as fit."""
        names = self.scale.names
        widest = max(map(_width, names), default=0)
        last, end = len(names) - 1, round(WIDE - widest / 2, 1)
        room = widest + 1 + max(self.x(last) - end, 0)  # the last name stays within the picture
        shown = range(last, -1, -ceil(room / self.slot))
        return [Word(names[n], min(self.x(n), end), FOOT + 16) for n in reversed(shown)]


def ticks(low: float, high: float, least: float = WHOLE) -> list[float]:
    """Return the numbers at which an axis has marks: three to six multiples of a round step, which cover all
    numbers from `low` to `high`. A round step is 1, 2 or 5 times a power of ten. `least`: the least step."""
    begin, end = Fraction(low), Fraction(high)
    span = max(high - low, 0) or least
    for power in count(floor(log10(max(span / MOST_STEPS, least)))):
        for part in (1, 2, 5):
            step = Fraction(part) * Fraction(10) ** power
            first = floor(begin / step)
            last = max(ceil(end / step), first + LEAST_STEPS)
            if step >= Fraction(str(least)) and last - first <= MOST_STEPS:
                numbers = [n * step for n in range(first, last + 1)]
                return [int(n) if n.denominator == 1 else float(n) for n in numbers]
    raise AssertionError("a step is found, because steps grow without end")


def plots_of(
    language: str,
    scale: Scale,
    values: Mapping[str, Values],
    newest: Mapping[str, str],
    before: Mapping[str, Values] | None = None,
) -> list[Plot]:
    """Return one plot for each series in `values`. All plots have the same scale, which covers every number.
    `values`, `newest` and `before` are keyed by label. `newest`: the number next to each label, as text.
    `before`: the numbers of the year before, if there are any."""
    before = before or {}
    every = [n for series in (values, before) for those in series.values() for n in those if n is not None]
    axes = Axes(language, scale._replace(high=max([scale.high, *every])))
    plots = []
    for label, those in values.items():
        shapes = [axes.grid, axes.bars("bar", those), axes.few(those)]
        past = before.get(label, ())
        if any(n is not None for n in past):
            shapes.append(axes.line("before", past))
        plots.append(plot(language, label, newest[label], axes, shapes))
    return plots


def plot(
    language: str,
    label: str,
    newest: str,
    axes: Axes,
    shapes: Sequence[Shape],
    means: Mapping[str, str] | None = None,
) -> Plot:
    """Return a plot of these shapes. `means`: what kinds of shapes mean, where it is not what `KEYS` name."""
    drawn = [shape for shape in shapes if shape.path]
    kinds = [shape.kind for shape in drawn]
    means = means or {}
    named = {**means, **{kind: say(language, f"figures.key.{kind}") for kind in KEYS if kind not in means}}
    keys = tuple((kind, meant) for kind, meant in named.items() if kind in kinds)
    unit, along = axes.scale.unit, axes.scale.along
    alt = say(language, "figures.alt", label=f"{label} {newest}".strip(), unit=unit, along=along)
    return Plot(label, newest, alt, drawn, axes.words, keys if len(keys) > 1 else ())


def day_name(language: str, day: date) -> str:
    """Return the name of a day without its year, short enough for a plot."""
    return f"{day.month}月{day.day}日" if language == "zh" else f"{day.day} {day:%b}"


def weeks_scale(language: str, days: Sequence[date], along: str, unit: str, high: float) -> Scale:
    """Return the scale of a plot by week, the oldest first. `days`: a day of each week. `along`: the name of
    the label of the x-axis in the texts. `unit`: the label of the y-axis. `high`: the highest number."""
    names = [day_name(language, day) for day in days]
    ends = [
        f"{day.year}年{name}" if language == "zh" else f"{name} {day.year}"
        for day, name in zip(days, names, strict=True)
    ]
    label = say(language, f"figures.along.{along}", first=ends[0], last=ends[-1])
    return Scale(names, label, unit, high)


def keys_of(plots: Sequence[Plot]) -> list[tuple[str, str]]:
    """Return the keys of plots that stand together, each once."""
    return [*dict.fromkeys(key for one in plots for key in one.keys)]


def months_scale(language: str, months: Sequence[str], unit: str, high: float = 0, low: float = 0) -> Scale:
    """Return the scale of a plot by month, the oldest first. `months`: such as `2026-03`. `unit`: the name of
    the unit of the y-axis in the texts. `high` and `low`: the numbers that the y-axis covers in any case."""
    ends = [formats.month_name(language, month) for month in dict.fromkeys((months[0], months[-1]))]
    name = "months" if len(ends) > 1 else "month"
    along = say(language, f"figures.along.{name}", first=ends[0], last=ends[-1])
    names = [
        f"{date(1, n, 1):%b}" if language == "en" else f"{n}月" for n in (int(month[5:]) for month in months)
    ]
    return Scale(names, along, say(language, f"figures.unit.{unit}"), high, low)


def year_before(month: str) -> str:
    """Return the same month of the year before. `month`: such as `2026-03`."""
    return f"{int(month[:4]) - 1:04}{month[4:]}"


def _mark(language: str, n: float) -> str:
    return formats.whole_text(language, n) if n == int(n) else f"{n:g}"


def _width(text: str) -> float:
    """Return about how wide a text is in a plot."""
    return sum(CHARACTER if letter > "⺀" else LETTER for letter in text)
