"""The internal report of a past month or year: a plain value, made once from the statements' rows when all
its days are exported. So printed reports stay valid: a complaint that changes its team or type later changes
no past report. The current month and year have a provisional report, made again every night.

The survey part reveals nothing about fewer than `FEW` answers. A table that adds up hides one more cell
(`editions.hidden`). A table that does not add up hides cells that leave a small rest (`editions.alone`). No
table crosses two facets. The year shows its sum only if the months with too few answers cannot be derived
from it."""

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
"""The team value for the whole company."""
LEARNT = ("actions_opened", "actions_done", "actions_verified", *Verdict, "trainings")
"""The counts in the learning part, among them the verdicts on causes."""
REPORTS, SO_FAR, REPORTED = "figures/reports/", "figures/so-far/", "figures/reports.json"
"""The store folders of reports, one folder a period; provisional reports are apart. `REPORTED` lists the
periods with a report."""
FEW = 5
"""The smallest number of survey answers that is shown."""
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
"""The statements that a report needs."""
MONTHS = range(1, 13)
QUARTER = 3
MOST_TERMS = 10
"""The maximum number of terms for a type of complaint, the most typical first."""
TREND = len(MONTHS)
"""The number of months in a report's trend, its own month last."""
FACETS = ("team", "type", "right", "channel")
"""The facets of a report; a team's own report omits the team."""
ADDING = ("team", "type", "channel", "stage")
"""The facets that count each survey answer once."""
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
"""The counts of events."""


class Period:
    """A month (`2026-10`) or a year (`2026`) of China, without the months that begin after `day`."""

    def __init__(self, name: str, day: date = date.max) -> None:
        self.name = name
        self.year, self.month = int(name[:4]), int(name[5:]) if name[4:] else None
        months = (date(self.year, month, 1) for month in ([self.month] if self.month else MONTHS))
        self.months = [month for month in months if month <= day]

    @property
    def before(self) -> list[date]:
        """Return the month before each month of the period."""
        return [earlier(month) for month in self.months]

    @property
    def trend(self) -> list[date]:
        """Return the last month of the period and those before it, the oldest first."""
        shown = [self.months[-1]]
        while len(shown) < TREND:
            shown.append(earlier(shown[-1]))
        return shown[::-1]


def report_key(period: str, team: str = HOUSE, place: str = REPORTS) -> str:
    """Return the store key of a period's report, of the company or of a team."""
    return f"{place}{period}/{f'team-{team}' if team else 'house'}.json"


def earlier(month: date) -> date:
    """Return the month before."""
    return (month - timedelta(days=1)).replace(day=1)


def periods(months: Iterable[date]) -> Iterator[Period]:
    """Yield the months, and each year after its last month."""
    for month in months:
        yield Period(f"{month:%Y-%m}")
        if month.month == len(MONTHS):
            yield Period(f"{month:%Y}")


class Figures:
    """The results of the statements by team, facet and code."""

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
        """Return a statement's rows for one code of a team."""
        return self._rows.get((name, team, facet, code), [])


def report(figures: Figures, period: Period, made: date, team: str = HOUSE) -> Report:
    """Return the report of a period, for the company or a team; `made` is its day (China)."""
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
    """Return the provisional report of a current period, up to a moment. It omits people's answers, since the
    difference between two days could reveal one."""
    told = report(figures, period, made, team)
    return {**told, "survey": {}, "opinions": {}, "words": {}, "opinion_words": [], "until": stamp(until)}


class _Rows:
    """The rows of a period and a team."""

    def __init__(self, figures: Figures, period: Period, team: str) -> None:
        self._figures, self.period, self._team = figures, period, team

    def of(
        self, name: str, facet: str = "all", code: str = "all", months: Iterable[date] | None = None
    ) -> list[Row]:
        """Return the rows of a monthly statement."""
        wanted = set(self.period.months if months is None else months)
        given = self._figures.of(name, self._team, facet, code)
        return [row for row in given if row["month"] in wanted]

    def times(self, facet: str, code: str) -> dict[str, Row]:
        """Return the duration rows by step. A year has its own rows, since its median does not follow from
        those of its months."""
        span = self.period.year, self.period.months[0] if self.period.month else None
        given = self._figures.of("times", self._team, facet, code)
        return {row["step"]: row for row in given if (row["year"], row["month"]) == span}

    def codes(self, facet: str, *names: str) -> set[str]:
        """Return the codes of a facet in these statements."""
        return {code for name in names for code in self._figures.kinds[name, self._team, facet]}


def _each(rows: _Rows, facet: str) -> dict[str, Report]:
    """Return the figures by code, for codes with any number, the most received first."""
    found = {code: _figures(rows, facet, code) for code in rows.codes(facet, "received")}
    some = (
        code
        for code, told in found.items()
        if told["times"] or any(n for n in told.values() if isinstance(n, int))
    )
    return {code: found[code] for code in sorted(some, key=lambda code: (-found[code]["received"], code))}


def _figures(rows: _Rows, facet: str, code: str) -> Report:
    """Return the figures of all complaints, or of those of one code."""
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
    """Return the number of events of a kind."""
    return sum(row["n"] for row in rows if row["what"] == what)


def _sums(rows: Iterable[Row], by: str, of: str = "n") -> dict[str, int]:
    """Return sums by code, the largest first."""
    found = dict[str, int]()
    for row in rows:
        found[str(row[by])] = found.get(str(row[by]), 0) + int(row[of])
    return {code: n for code, n in sorted(found.items(), key=lambda one: (-one[1], one[0])) if n}


def _survey(rows: _Rows) -> Report:
    """Return the survey results. The response rate covers complaints closed a month earlier, whose people
    have had the time to answer."""
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
    """Return the sampled people's opinions on the process in the quarter that ends with this month."""
    given = _of_quarter(period, figures.opinions)
    told = {row["question"]: _scores(given, row["question"]) for row in given}
    return {question: said for question, said in told.items() if said}


def _opinion_words(figures: Figures, period: Period) -> list[tuple[str, int]]:
    """Return the terms of free-text opinions on the process in the quarter that ends with this month, each
    with its number of opinions."""
    return [(row["term"], row["n"]) for row in _of_quarter(period, figures.opinion_terms)[:MOST_TERMS]]


def _of_quarter(period: Period, rows: Iterable[Row]) -> list[Row]:
    """Return the rows of the quarter that ends with a month; none for any other month, or for a year."""
    if not period.month or period.month % QUARTER:
        return []
    begun = date(period.year, period.month - QUARTER + 1, 1)
    return [row for row in rows if row["quarter"] == begun]


def _words(figures: Figures, period: Period) -> dict[str, list[tuple[str, int]]]:
    """Return the terms of a month's free-text answers by type of complaint, each with its number of
    answers."""
    told = dict[str, list[tuple[str, int]]]()
    for row in figures.terms if period.month else ():
        if row["month"] in period.months and len(words := told.setdefault(row["type"], [])) < MOST_TERMS:
            words.append((row["term"], row["n"]))
    return told


def shown(n: int) -> int | None:
    """Return a number of answers, or None if it must be hidden."""
    return n if n == 0 or n >= FEW else None


def _adds_up(rows: _Rows, question: str) -> bool:
    """Return whether the sum reveals no month that was too small, once the other months are subtracted."""
    months = [
        sum(row["n"] for row in rows.of("survey", months=[month]) if row["question"] == question)
        for month in rows.period.months
    ]
    few = [n for n in months if 0 < n < FEW]
    return not few or (len(few) > 1 and sum(few) >= FEW)


def _by(rows: _Rows, facet: str) -> dict[str, Report | None]:
    """Return the overall survey results by code of one facet; None for a hidden code. Hidden codes come last,
    so that their position reveals nothing."""

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
    """Return mean, half width of its 95 % confidence interval (normal), and frequency of each score from 1 to
    5. Return None for too few answers."""
    given = [row for row in rows if row["question"] == question]
    often = [int(sum(row[score] for row in given)) for score in SCORES]
    if (n := sum(often)) < FEW:
        return None
    mean = sum(score * times for score, times in enumerate(often, 1)) / n
    spread = sum(times * (score - mean) ** 2 for score, times in enumerate(often, 1)) / (n - 1)
    return {"n": n, "mean": round(mean, 2), "margin": round(1.96 * sqrt(spread / n), 2), "scores": often}
