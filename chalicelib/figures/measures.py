"""The measures of the internal report. Each number of a report belongs to one measure, which is declared once
here, with its unit, with the moment by which it is counted, and with its group of counterparts. The words of
its definition are in `locale/`, in the file `pages/measures.json`."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.figures.outcome import FLOWS, Concluded
from chalicelib.figures.protection import LEAST
from chalicelib.figures.report import BROKEN_DOWN, ENDS, HAPPENED, HELP, LEARNT, WITHIN, Report, breakdowns
from chalicelib.figures.survey import SCORES

ALL = "all"
"""The facet of a number about everything in a report, and the only code of this facet."""


class Unit(StrEnum):
    """What a number counts or measures. A `SHARE` is from 0 to 1, a `PERCENT` from 0 to 100. Money is stored
    in fen, and told in `YUAN`."""

    COMPLAINTS = "complaints"
    CUSTOMERS = "customers"
    PER_1000 = "per_1000"
    EVENTS = "events"
    MATTERS = "matters"
    PROMISES = "promises"
    ANSWERS = "answers"
    PEOPLE = "people"
    YUAN = "yuan"
    HOURS = "hours"
    SHARE = "share"
    PERCENT = "percent"
    SCORE = "score"


class Basis(StrEnum):
    """The moment by whose month (China) a number is counted. `MOMENT`: the begin or the end of the period.
    `MEAN`: the mean of the months of the period."""

    RECEIPT = "receipt"
    CLOSING = "closing"
    EVENT = "event"
    DUE = "due"
    MOMENT = "moment"
    MEAN = "mean"


class Status(StrEnum):
    """How a number is to be read. `HIDDEN`: it is not shown, to protect people. `NOT_YET`: it cannot be told
    yet. `NO_CUSTOMERS`: the number of customers is not known. `FEW`: it is shown, but stands for fewer than
    ten complaints. `NOT_COMPARABLE`: it is shown, but the year before cannot be compared. `GAP`: it is
    shown, but of a month whose records seem to be missing."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    NOT_YET = "not_yet"
    NO_CUSTOMERS = "no_customers"
    FEW = "few"
    NOT_COMPARABLE = "not_comparable"
    GAP = "gap"


DERIVED = frozenset({Unit.HOURS, Unit.SHARE, Unit.PER_1000})
"""The units of numbers that say little if they stand for few complaints."""


class Measure(NamedTuple):
    """A measure. `like`: the group of its counterparts. `at`: the places of its numbers in a report, as keys
    that are joined by `/`, without the keys of facet and code. `name` and `says`: the paths of its name and
    of its definition under `page` in `locale/`. `words`: the path of the text for each gap in the name.
    `absent`: how a missing number is to be read."""

    code: str
    unit: Unit
    basis: Basis
    like: str
    at: Sequence[str]
    name: str
    says: str
    words: Mapping[str, str]
    absent: Status = Status.NOT_YET


class Number(NamedTuple):
    """A number of a report. `facet` and `code`: about which of its complaints it is. `value`: None if the
    report does not show it. `before`: the same number of the year before; None if there is none."""

    facet: str
    code: str
    measure: Measure
    value: float | None
    before: float | None
    status: Status


def _one(
    code: str, unit: Unit, basis: Basis, *at: str, like: str = "process", says: str = "", **words: str
) -> Measure:
    """Return the measure `code`. Without `at`, its numbers are found by its code. With `says`, it shares its
    definition with others, and `words` fill the gaps in its name. Without it, its name is that of its number
    in the tables of the report."""
    name = f"measures.name.{says}" if says else f"reports.count.{code}"
    return Measure(code, unit, basis, like, at or (code,), name, f"measures.says.{says or code}", words)


def _times(step: str) -> Iterator[Measure]:
    """Yield the measures of how long complaints took until a step."""
    for name in ("n", "open", "met", "missed", "median_hours", "p90_hours", *WITHIN):
        within = name in WITHIN
        asked_for = step != "acknowledged" and name in ("within_3_days", "within_8_weeks")
        yield _one(
            f"{step}_{name}",
            Unit.SHARE if within else Unit.HOURS if name.endswith("hours") else Unit.COMPLAINTS,
            Basis.RECEIPT,
            f"times/{step}/{'within/' if within else ''}{name}",
            like="in_time" if asked_for else "process",
            says="step_within" if within else f"step_{name}",
            step=f"figures.step.{step}",
            **{"within": f"reports.head.{name}"} if within else {},
        )


def _survey() -> Iterator[Measure]:
    """Yield the measures of the survey and of the opinions on the process. Their missing numbers are
    hidden."""

    def hidden(
        code: str, unit: Unit, *at: str, basis: Basis = Basis.EVENT, says: str = "", **words: str
    ) -> Measure:
        made = _one(
            f"survey_{code}", unit, basis, *at, like="satisfaction", says=says or f"survey_{code}", **words
        )
        return made._replace(absent=Status.HIDDEN)

    yield hidden("rounded_to", Unit.ANSWERS, "survey/rounded_to")
    for name in ("asked", "answered"):
        yield hidden(name, Unit.COMPLAINTS, f"survey/{name}", basis=Basis.CLOSING)
    yield hidden("n", Unit.ANSWERS, "survey/n")
    yield hidden("mean", Unit.SCORE, "survey/mean")
    yield hidden("content", Unit.PERCENT, "survey/content", "survey/content/percent")
    for name in ("low", "high"):
        yield hidden(name, Unit.SCORE, f"survey/{name}", says=f"survey_{name}", of="reports.head.mean")
        at, of = f"survey/content/{name}", "reports.head.content"
        yield hidden(f"content_{name}", Unit.PERCENT, at, says=f"survey_{name}", of=of)
    for n, name in enumerate(SCORES, 1):
        at, score = f"survey/scores/{name}", f"measures.score.{n}"
        yield hidden(f"score_{n}", Unit.ANSWERS, at, says="survey_score", score=score)
    yield hidden("words", Unit.ANSWERS, "words")


def _money(what: str) -> Iterator[Measure]:
    """Yield the measures of money that was promised or paid (`what`). Missing sums are hidden."""
    for name, unit in (("people", Unit.PEOPLE), ("total", Unit.YUAN), ("goodwill", Unit.YUAN)):
        of = f"reports.redress.{what}"
        made = _one(
            f"{what}_{name}", unit, Basis.EVENT, f"redress/{what}/{name}", like="redress", says=name, of=of
        )
        yield made._replace(absent=Status.HIDDEN)


MEASURES: Mapping[str, Measure] = {
    measure.code: measure
    for measure in (
        _one("received", Unit.COMPLAINTS, Basis.RECEIPT, "received", "entered", like="received"),
        *(
            _one(code, unit, basis, like="per_customer", says=code)._replace(absent=Status.NO_CUSTOMERS)
            for code, unit, basis in (
                ("customers", Unit.CUSTOMERS, Basis.MEAN),
                ("per_1000", Unit.PER_1000, Basis.RECEIPT),
            )
        ),
        _one("closed", Unit.COMPLAINTS, Basis.CLOSING, "closed", "outcomes", like="closed"),
        _one("open", Unit.COMPLAINTS, Basis.MOMENT, "open", "stock/end", like="open", says="open"),
        _one("open_before", Unit.COMPLAINTS, Basis.MOMENT, "stock/before", like="open", says="open_before"),
        *(_one(name, Unit.EVENTS, Basis.EVENT) for name in (*HAPPENED, "decided")),
        *(_one(name, Unit.MATTERS, Basis.EVENT, says=name) for name in ("matters", "overturned")),
        *(
            _one(
                f"concluded_{said}",
                Unit.COMPLAINTS,
                Basis.EVENT,
                f"concluded/{said}",
                like="upheld",
                says="concluded",
                said=f"reports.concluded.{said}",
            )
            for said in Concluded
        ),
        _one("repeats", Unit.COMPLAINTS, Basis.RECEIPT),
        _one("unkept", Unit.EVENTS, Basis.EVENT),
        _one("mended", Unit.PROMISES, Basis.DUE),
        *(measure for what in FLOWS for measure in _money(what)),
        *(
            _one(
                f"action_{name}",
                Unit.COMPLAINTS,
                Basis.RECEIPT,
                f"actions/{name}",
                like="improvement",
                says=f"action_{name}",
            )
            for name in ("expected", "found")
        ),
        *(measure for step in ("acknowledged", "answered", "closed") for measure in _times(step)),
        _one("missed", Unit.COMPLAINTS, Basis.EVENT, says="missed"),
        *(
            _one(
                f"{whose}_{end}",
                Unit.PROMISES,
                Basis.DUE,
                f"promises/{whose}/{end}",
                says="promises",
                whose=f"reports.promises.{whose}",
                end=f"figures.end.{end}",
            )
            for whose in ("answers", "agreements")
            for end in ENDS
        ),
        _one("causes", Unit.COMPLAINTS, Basis.EVENT, like="causes", says="causes"),
        *(_one(name, Unit.EVENTS, Basis.EVENT, f"learning/{name}", like="improvement") for name in LEARNT),
        *_survey(),
    )
}
"""Every measure of the report, by its code."""
AT: Mapping[str, Measure] = {place: measure for measure in MEASURES.values() for place in measure.at}
"""The measure of each place in a report."""
CODED = {
    "entered": "entry",
    "outcomes": "outcome",
    "missed": "deadline",
    "measures": "measure",
    "causes": "cause",
}
"""The parts of a report with one number for each code, and the facet of these codes."""
FACETS = (
    ALL,
    *BROKEN_DOWN,
    "stage",
    "month",
    "age",
    *CODED.values(),
    "action",
    "question",
    "opinion",
    "word",
    "opinion_word",
)
"""The facets of numbers. `action` has improvement actions by number. `month` has the trend. A `word` has the
type of the complaint before it."""


def numbers(report: Report) -> Iterator[Number]:
    """Yield each number of a report with its measure and with that of the year before. A number of an earlier
    release that has no measure any more is left out."""
    found = {place: value for place, value in _places(report) if place[-1] in AT}
    for (now, facet, code, at), value in found.items():
        if not now:
            continue
        measure, before = AT[at], found.get((False, facet, code, at))
        status = measure.absent if value is None else Status.SHOWN
        if value is not None and measure.unit in DERIVED:
            few = found.get((True, facet, code, "received"), LEAST)
            status = Status.FEW if few is not None and few < LEAST else status
        if status == Status.SHOWN and facet in (ALL, *BROKEN_DOWN) and report.get("unlike"):
            status = Status.NOT_COMPARABLE
        if facet == "month" and code in report.get("gaps", ()):
            status = Status.GAP
        yield Number(facet, code, measure, value, before, status)


Place = tuple[bool, str, str, str]
"""The place of a number: whether it is of the period itself, its facet, its code, and the place as in
`AT`."""


def _places(report: Report) -> Iterator[tuple[Place, float | None]]:
    """Yield the place and the value of each number of a report, also of the hidden ones."""
    listed = {
        "trend": {month["month"]: month for month in report["trend"]},
        "trend_before": {_year_after(one["month"]): one for one in report.get("trend_before", ())},
        "words": {type_: dict(terms) for type_, terms in report.get("words", {}).items()},
        "opinion_words": dict(report.get("opinion_words", ())),
    }
    others = {name: told for name, told in report.items() if name != HELP}
    for path, value in _leaves({**others, "by": breakdowns(report), **listed}):
        match path:
            case ("all", *at):
                place = True, ALL, ALL, at
            case ("before", *at):
                place = False, ALL, ALL, at
            case ("by", facet, code, "before", *at):
                place = False, facet, code, at
            case ("by", facet, code, *at):
                place = True, facet, code, at
            case ("actions", _, code, name):
                place = True, "action", code, ["actions", name]
            case ("trend", code, *at):
                place = True, "month", code, at
            case ("trend_before", code, *at):
                place = False, "month", code, at
            case ("stock", when, code):
                place = True, "age", code, ["stock", when]
            case ("survey", "by", facet, code, *at):
                place = True, facet, code, ["survey", *at]
            case ("survey", "questions", code, *at):
                place = True, "question", code, ["survey", *at]
            case ("opinions", code, *at):
                place = True, "opinion", code, ["survey", *at]
            case ("words", type_, term):
                place = True, "word", f"{type_}/{term}", ["words"]
            case ("opinion_words", term):
                place = True, "opinion_word", term, ["words"]
            case (part, code) if part in CODED:
                place = True, CODED[part], code, [part]
            case _:
                place = True, ALL, ALL, [*path]
        now, facet, code, at = place
        yield (now, facet, code, "/".join(at)), value


def _year_after(month: str) -> str:
    """Return the same month (YYYY-MM) a year later."""
    return f"{int(month[:4]) + 1}{month[4:]}"


def _leaves(told: Any, *path: str) -> Iterator[tuple[tuple[str, ...], float | None]]:
    """Yield the path and the value of each number, and of each None. A list of scores without any number is
    one of five hidden numbers. Other lists, texts and an absent year before are no numbers."""
    if path and path[-1] == "scores":
        told = dict(zip(SCORES, told or [None] * len(SCORES), strict=True))
    if isinstance(told, Mapping):
        for key, value in told.items():
            yield from _leaves(value, *path, key)
    elif not isinstance(told, (str, Sequence)) and path[-1] not in ("before", "unlike", "edition"):
        yield path, told
