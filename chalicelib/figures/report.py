"""What a house reads of a month or a year that is over: a plain value, made from the rows that the statements
gave, once, when the period is over and its days are all there, and never again otherwise. So what was printed
stays right, and a complaint that changes its team or type later moves nothing from one closed month to
another. Of the month and the year that run there is one so far, made anew every night.

Of the survey nothing is told of fewer than `FEW` answers, nor can it be reckoned: a table that adds up hides
one more (`editions.hidden`), one that does not hides what leaves only few (`editions.alone`), and no two
things are crossed. The year tells its sum only where the months that were too few cannot be reckoned from it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.codes import Verdict
from chalicelib.figures.editions import Cells, Found, alone, hidden

Row = Mapping[str, Any]
Report = Mapping[str, Any]
HOUSE = ""
"""In place of a team: the whole house."""
LEARNT = ("actions_opened", "actions_done", "actions_verified", *Verdict, "trainings")
"""What is told of learning, what was found of causes among it."""
REPORTS, SO_FAR, REPORTED = "figures/reports/", "figures/so-far/", "figures/reports.json"
"""Where reports lie in the store, a folder a period, those of a month and a year that run apart from the
others, and which periods have one."""
FEW = 5
"""Fewer answers to the survey than this are not told."""
READ = (
    "received",
    "closed",
    "events",
    "times",
    "decisions",
    "promises",
    "missed",
    "causes",
    "survey",
    "survey_rate",
    "learning",
)
"""The statements from which a report is made."""
MONTHS = range(1, 13)
QUARTER = 3
MOST_TERMS = 10
"""How many words are told of a type of complaint at most, the most typical first."""
TREND = len(MONTHS)
"""How many months a report shows in a row, its own the last one."""
FACETS = ("team", "type", "right", "channel")
"""By what a report counts complaints; a team's own not by team."""
ADDING = ("team", "type", "channel", "stage")
"""By what answers to the survey are counted once each."""
ENDS = ("kept", "kept_later", "broken", "given_up", "open")
SCORES = ("one", "two", "three", "four", "five")
HAPPENED = (
    "accepted",
    "declined",
    "answered",
    "withdrawn",
    "reopened",
    "reconsiderations",
    "disputes",
    "mediations",
    "agreements",
    "breaches",
    "cured",
    "measures",
)
"""What is counted as often as it happened."""


class Period:
    """A month (`2026-10`) or a year (`2026`) of China, without the months that have not begun on a day."""

    def __init__(self, name: str, day: date = date.max) -> None:
        self.name = name
        self.year, self.month = int(name[:4]), int(name[5:]) if name[4:] else None
        months = (date(self.year, month, 1) for month in ([self.month] if self.month else MONTHS))
        self.months = [month for month in months if month <= day]

    @property
    def before(self) -> list[date]:
        """The month before each of its months."""
        return [earlier(month) for month in self.months]

    @property
    def trend(self) -> list[date]:
        """Its last month with those before it, the first one first."""
        shown = [self.months[-1]]
        while len(shown) < TREND:
            shown.append(earlier(shown[-1]))
        return shown[::-1]


def report_key(period: str, team: str = HOUSE, place: str = REPORTS) -> str:
    """Where the report of a period lies, of the house or of a team."""
    return f"{place}{period}/{f'team-{team}' if team else 'house'}.json"


def earlier(month: date) -> date:
    """The month before."""
    return (month - timedelta(days=1)).replace(day=1)


def periods(months: Iterable[date]) -> Iterator[Period]:
    """The months, and after its last one each year."""
    for month in months:
        yield Period(f"{month:%Y-%m}")
        if month.month == len(MONTHS):
            yield Period(f"{month:%Y}")


class Figures:
    """What the statements gave, found by team, facet and code."""

    def __init__(self, found: Found) -> None:
        self.kinds = defaultdict[tuple[str, str, str], set[str]](set)
        self._rows = defaultdict[tuple[str, str, str, str], list[Row]](list)
        self.opinions = found.get("opinions", ())
        self.terms = found.get("terms", ())
        self.opinion_terms = found.get("opinion_terms", ())
        for name in READ:
            for row in found[name]:
                self.kinds[name, row["team"], row["facet"]].add(row["code"])
                self._rows[name, row["team"], row["facet"], row["code"]].append(row)

    def of(self, name: str, team: str, facet: str, code: str) -> list[Row]:
        """The rows of a statement for one kind of complaints of a team."""
        return self._rows.get((name, team, facet, code), [])


def report(figures: Figures, period: Period, made: date, team: str = HOUSE) -> Report:
    """The report of a period, for the house or a team; `made`: on which day (China)."""
    rows = _Rows(figures, period, team)
    facets = [facet for facet in FACETS if facet != "team" or team == HOUSE]
    return {
        "period": period.name,
        "made": str(made),
        "all": _figures(rows, "all", "all"),
        "trend": [*_trend(rows)],
        "missed": _sums(rows.of("missed"), "deadline"),
        "outcomes": _sums(rows.of("closed"), "outcome"),
        "measures": _sums((row for row in rows.of("events") if row["what"] == "measures"), "detail"),
        "causes": _sums(rows.of("causes"), "cause", "main"),
        "learning": {name: _often(rows.of("learning"), name) for name in LEARNT},
        "by": {facet: _each(rows, facet) for facet in facets},
        "survey": _survey(rows),
        "opinions": _opinions(figures, period) if team == HOUSE else {},
        "words": _words(figures, period) if team == HOUSE else {},
        "opinion_words": _opinion_words(figures, period) if team == HOUSE else [],
    }


def so_far(figures: Figures, period: Period, made: date, until: datetime, team: str = HOUSE) -> Report:
    """The report of a period that is not over, up to a moment, which replaces the one of the day before.
    Without what people said: between two days of it somebody's answer could be reckoned."""
    told = report(figures, period, made, team)
    return {**told, "survey": {}, "opinions": {}, "words": {}, "opinion_words": [], "until": stamp(until)}


class _Rows:
    """The rows of a period and a team."""

    def __init__(self, figures: Figures, period: Period, team: str) -> None:
        self._figures, self.period, self._team = figures, period, team

    def of(
        self, name: str, facet: str = "all", code: str = "all", months: Iterable[date] | None = None
    ) -> list[Row]:
        """Those of a statement that is by month."""
        wanted = set(self.period.months if months is None else months)
        given = self._figures.of(name, self._team, facet, code)
        return [row for row in given if row["month"] in wanted]

    def times(self, facet: str, code: str) -> dict[str, Row]:
        """How long each step took: a median of a year is none of its months'."""
        span = self.period.year, self.period.months[0] if self.period.month else None
        given = self._figures.of("times", self._team, facet, code)
        return {row["step"]: row for row in given if (row["year"], row["month"]) == span}

    def codes(self, facet: str, *names: str) -> set[str]:
        """The codes of a facet that these statements have."""
        return {code for name in names for code in self._figures.kinds[name, self._team, facet]}


def _each(rows: _Rows, facet: str) -> dict[str, Report]:
    """Every kind of which something was received, closed or done, the most received first."""
    found = {code: _figures(rows, facet, code) for code in rows.codes(facet, "received")}
    some = (
        code
        for code, told in found.items()
        if told["times"] or any(n for n in told.values() if isinstance(n, int))
    )
    return {code: found[code] for code in sorted(some, key=lambda code: (-found[code]["received"], code))}


def _figures(rows: _Rows, facet: str, code: str) -> Report:
    """What is told of all complaints, and of those of one kind."""
    events, times = rows.of("events", facet, code), rows.times(facet, code)
    decisions, promises = rows.of("decisions", facet, code), rows.of("promises", facet, code)
    return {
        "received": sum(row["n"] for row in rows.of("received", facet, code)),
        "closed": sum(row["n"] for row in rows.of("closed", facet, code)),
        **{name: _often(events, name) for name in HAPPENED},
        "times": {
            step: {
                name: round(row[name], 1) if name.endswith("hours") else int(row[name])
                for name in ("n", "median_hours", "p90_hours", "within_24h", "met")
            }
            for step, row in times.items()
        },
        "decided": sum(row["n"] for row in decisions),
        "matters": int(sum(row["matters"] for row in decisions)),
        "overturned": int(sum(row["overturned"] for row in decisions)),
        "promises": {
            whose: {
                end: sum(
                    row["n"]
                    for row in promises
                    if row["ended"] == end and (row["agreed"] if whose == "agreements" else not row["agreed"])
                )
                for end in ENDS
            }
            for whose in ("answers", "agreements")
        },
    }


def _trend(rows: _Rows) -> Iterator[Report]:
    for month in rows.period.trend:
        yield {
            "month": f"{month:%Y-%m}",
            "received": sum(row["n"] for row in rows.of("received", months=[month])),
            "answered": _often(rows.of("events", months=[month]), "answered"),
            "closed": sum(row["n"] for row in rows.of("closed", months=[month])),
        }


def _often(rows: Iterable[Row], what: str) -> int:
    """How often something happened."""
    return sum(row["n"] for row in rows if row["what"] == what)


def _sums(rows: Iterable[Row], by: str, of: str = "n") -> dict[str, int]:
    """Numbers by code, the largest first."""
    found = dict[str, int]()
    for row in rows:
        found[str(row[by])] = found.get(str(row[by]), 0) + int(row[of])
    return {code: n for code, n in sorted(found.items(), key=lambda one: (-one[1], one[0])) if n}


def _survey(rows: _Rows) -> Report:
    """What people said who were asked how we did. The rate is of those whose complaint was closed a month
    earlier, who have had the time to answer."""
    given = rows.of("survey")
    told = {one: _scores(given, one) for one in sorted({row["question"] for row in given})}
    rate = rows.of("survey_rate", months=rows.period.before)
    return {
        "asked": sum(row["asked"] for row in rate),
        "answered": shown(sum(row["answered"] for row in rate)),
        "questions": {one: said for one, said in told.items() if said and _adds_up(rows, one)},
        "by": {facet: _by(rows, facet) for facet in (*ADDING, "right")}
        if rows.period.month and told.get("overall")
        else {},
    }


def _opinions(figures: Figures, period: Period) -> dict[str, Report]:
    """What people who were drawn said of the process in the quarter that ends with this month."""
    given = _of_quarter(period, figures.opinions)
    told = {row["question"]: _scores(given, row["question"]) for row in given}
    return {question: said for question, said in told.items() if said}


def _opinion_words(figures: Figures, period: Period) -> list[tuple[str, int]]:
    """What was said of the process in free words in the quarter that ends with this month: each word with the
    number of opinions in which it stands."""
    return [(row["term"], row["n"]) for row in _of_quarter(period, figures.opinion_terms)[:MOST_TERMS]]


def _of_quarter(period: Period, rows: Iterable[Row]) -> list[Row]:
    """The rows of the quarter that ends with a month; none for any other month, or a year."""
    if not period.month or period.month % QUARTER:
        return []
    begun = date(period.year, period.month - QUARTER + 1, 1)
    return [row for row in rows if row["quarter"] == begun]


def _words(figures: Figures, period: Period) -> dict[str, list[tuple[str, int]]]:
    """What was said in free words in a month, by type of complaint: each word with the number of answers in
    which it stands."""
    told = dict[str, list[tuple[str, int]]]()
    for row in figures.terms if period.month else ():
        if row["month"] in period.months and len(words := told.setdefault(row["type"], [])) < MOST_TERMS:
            words.append((row["term"], row["n"]))
    return told


def shown(n: int) -> int | None:
    """A number of answers, where it may be told."""
    return n if n == 0 or n >= FEW else None


def _adds_up(rows: _Rows, question: str) -> bool:
    """Whether nothing of a month that was too small is left when the other months are taken from the sum."""
    months = [
        sum(row["n"] for row in rows.of("survey", months=[month]) if row["question"] == question)
        for month in rows.period.months
    ]
    few = [n for n in months if 0 < n < FEW]
    return not few or (len(few) > 1 and sum(few) >= FEW)


def _by(rows: _Rows, facet: str) -> dict[str, Report | None]:
    """What was said of everything by one thing; None: hidden, and then its place tells nothing either."""

    def of(name: str, months: Iterable[date]) -> list[Row]:
        return [row for code in rows.codes(facet, name) for row in rows.of(name, facet, code, months)]

    said = [row for row in of("survey", rows.period.months) if row["question"] == "overall"]
    rate = of("survey_rate", rows.period.before)
    heard, answered, asked = (
        _sums(said, "code"),
        _sums(rate, "code", "answered"),
        _sums(rate, "code", "asked"),
    )
    whole = sum(row["n"] for row in rows.of("survey") if row["question"] == "overall")
    given = sum(row["answered"] for row in rows.of("survey_rate", months=rows.period.before))
    may, known = _may(facet, heard, whole), _may(facet, answered, given)
    return {
        code: None
        if n is None
        else {
            **(_scores([row for row in said if row["code"] == code], "overall") or {}),
            "asked": asked.get(code, 0),
            "answered": known.get(code, 0),
        }
        for code, n in sorted(may.items(), key=lambda one: (one[1] is None, -(one[1] or 0), one[0]))
    }


def _may(facet: str, cells: Mapping[str, int], whole: int) -> Cells:
    return hidden(cells, FEW) if facet in ADDING else alone(cells, whole, FEW)


def _scores(rows: Iterable[Row], question: str) -> Report | None:
    """Mean, half of its interval of 95 % (normal), and how often each score was given, from 1 to 5; None of
    too few."""
    given = [row for row in rows if row["question"] == question]
    often = [int(sum(row[score] for row in given)) for score in SCORES]
    if (n := sum(often)) < FEW:
        return None
    mean = sum(score * times for score, times in enumerate(often, 1)) / n
    spread = sum(times * (score - mean) ** 2 for score, times in enumerate(often, 1)) / (n - 1)
    return {"n": n, "mean": round(mean, 2), "margin": round(1.96 * sqrt(spread / n), 2), "scores": often}
