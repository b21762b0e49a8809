"""The internal report of a past month or year. The report is made once, when all its days are exported, and
stored as plain data. So a printed report stays valid, even if a complaint later changes its team or type. The
current month and year have a provisional report, which is made again every night.

The survey part shows no number of answers from 1 to `FEW` - 1, and none from which such a number follows. A
table that adds up hides one more cell (`editions.hidden`). A table that does not add up hides cells that
leave a small rest (`editions.hide_unsafe`). No table combines two breakdowns (facets). The report of a team
shows only its cell of the company's table by team. So no difference between the company and its teams reveals
a small number. The survey results of a year are shown only if they reveal no month with too few answers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.codes import Verdict
from chalicelib.figures.editions import Cells, ResultTables, hidden, hide_unsafe

Row = Mapping[str, Any]
Report = Mapping[str, Any]
HOUSE = ""
"""The value of `team` that means the whole company."""
LEARNT = ("actions_opened", "actions_done", "actions_verified", *Verdict, "trainings")
"""The names of the numbers in the report's part about improvement actions and trainings. A name that is a
`Verdict` is the number of actions that were verified with this verdict."""
REPORTS, SO_FAR, REPORTED = "figures/reports/", "figures/so-far/", "figures/reports.json"
"""Names in the store. `REPORTS`: the folder of final reports. `SO_FAR`: the folder of provisional reports.
Each of these two folders has a folder for every period. `REPORTED`: the key of the list of periods that have
a report."""
FEW = 5
"""The smallest number of survey answers, above zero, that a report shows."""
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
"""The names of the SQL statements whose rows `ReportRows` groups by team, facet and code. Reports are made
from these rows."""
MONTHS = range(1, 13)
QUARTER = 3
MOST_TERMS = 10
"""The maximum number of terms from survey answers that a report shows for a type of complaint. The most
typical terms are shown."""
TREND = len(MONTHS)
"""The number of months in the trend of a report. The last of these months is the last month of the report's
period."""
FACETS = ("team", "type", "right", "channel")
"""The breakdowns (facets) of a report. The report of a single team omits the facet `team`."""
ADDING = ("team", "type", "channel", "stage")
"""The facets in which each survey answer is counted exactly once, so that the numbers of their codes add up
to all answers."""
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
"""The names of the numbers of events in a report."""


class Period:
    """A month (`name` is like `2026-10`) or a year (`2026`), in the time of China. `months` holds the first
    day of each of its months, but no month that begins after `day`."""

    def __init__(self, name: str, day: date = date.max) -> None:
        self.name = name
        self.year, self.month = int(name[:4]), int(name[5:]) if name[4:] else None
        months = (date(self.year, month, 1) for month in ([self.month] if self.month else MONTHS))
        self.months = [month for month in months if month <= day]

    @property
    def before(self) -> list[date]:
        """The first day of the month before each month of the period."""
        return [earlier(month) for month in self.months]

    @property
    def trend(self) -> list[date]:
        """The first days of the months in the trend, the oldest first. The last is the last month of the
        period."""
        shown = [self.months[-1]]
        while len(shown) < TREND:
            shown.append(earlier(shown[-1]))
        return shown[::-1]


def report_key(period: str, team: str = HOUSE, place: str = REPORTS) -> str:
    """Return the store key of the report of a period. `period` is the name of the period. `team` is the id of
    a team, or `HOUSE` for the whole company. `place` is the folder, `REPORTS` or `SO_FAR`."""
    return f"{place}{period}/{f'team-{team}' if team else 'house'}.json"


def earlier(month: date) -> date:
    """Return the first day of the month before `month`, which is the first day of a month."""
    return (month - timedelta(days=1)).replace(day=1)


def periods(months: Iterable[date]) -> Iterator[Period]:
    """Yield the period of each of these months, given as their first days. After each December also yield the
    period of the year."""
    for month in months:
        yield Period(f"{month:%Y-%m}")
        if month.month == len(MONTHS):
            yield Period(f"{month:%Y}")


class ReportRows:
    """The rows of all statements. `found` are the results of the statements. `kinds` holds the codes that
    occur in the rows, by statement, team and facet."""

    def __init__(self, found: ResultTables) -> None:
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
        """Return the rows of the statement `name` for one code of a facet. `team` is the id of a team, or
        `HOUSE` for the whole company."""
        return self._rows.get((name, team, facet, code), [])


def report(figures: ReportRows, period: Period, made: date, team: str = HOUSE) -> Report:
    """Return the report of a period as plain data. `made` is the day (China) on which the report is made.
    `team` is the id of a team, or `HOUSE` for the whole company."""
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
        "survey": _survey(rows) if team == HOUSE else _survey_of_team(rows, _Rows(figures, period, HOUSE)),
        "opinions": _opinions(figures, period) if team == HOUSE else {},
        "words": _words(figures, period) if team == HOUSE else {},
        "opinion_words": _opinion_words(figures, period) if team == HOUSE else [],
    }


def so_far(figures: ReportRows, period: Period, made: date, until: datetime, team: str = HOUSE) -> Report:
    """Return the provisional report of a period that is not over, with what happened until the moment
    `until`. The other arguments are those of `report`.

    A provisional report omits the answers to surveys, because the difference between two nights could reveal
    a single answer."""
    told = report(figures, period, made, team)
    return {**told, "survey": {}, "opinions": {}, "words": {}, "opinion_words": [], "until": stamp(until)}


class _Rows:
    """The rows of all statements for one period, and for one team or the whole company (`HOUSE`)."""

    def __init__(self, figures: ReportRows, period: Period, team: str) -> None:
        self._figures, self.period, self.team = figures, period, team

    def of(
        self, name: str, facet: str = "all", code: str = "all", months: Iterable[date] | None = None
    ) -> list[Row]:
        """Return the rows of the statement `name` for one code of a facet, of these months only. `months` are
        first days of months; the default is the months of the period. The statement must count by month."""
        wanted = set(self.period.months if months is None else months)
        return [row for row in self._figures.of(name, self.team, facet, code) if row["month"] in wanted]

    def times(self, facet: str, code: str) -> dict[str, Row]:
        """Return the rows with the durations of one code of a facet, by step (acknowledged, answered,
        closed). For a year the rows of the year are returned, because a median does not follow from the
        medians of the months."""
        span = self.period.year, self.period.months[0] if self.period.month else None
        given = self._figures.of("times", self.team, facet, code)
        return {row["step"]: row for row in given if (row["year"], row["month"]) == span}

    def codes(self, facet: str, *names: str) -> set[str]:
        """Return the codes of a facet that occur in the rows of the statements `names`."""
        return {code for name in names for code in self._figures.kinds[name, self.team, facet]}


def _each(rows: _Rows, facet: str) -> dict[str, Report]:
    """Return the figures for each code of a facet, by code. The code with the most received complaints comes
    first. Codes whose figures are all zero are left out."""
    found = {code: _figures(rows, facet, code) for code in rows.codes(facet, "received")}
    some = (
        code
        for code, told in found.items()
        if told["times"] or any(n for n in told.values() if isinstance(n, int))
    )
    return {code: found[code] for code in sorted(some, key=lambda code: (-found[code]["received"], code))}


def _figures(rows: _Rows, facet: str, code: str) -> Report:
    """Return the figures of the complaints with one code of a facet. If both `facet` and `code` are "all",
    return the figures of all complaints."""
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
    """Return the number of events of the kind `what` in these rows."""
    return sum(row["n"] for row in rows if row["what"] == what)


def _sums(rows: Iterable[Row], by: str, of: str = "n") -> dict[str, int]:
    """Return the sum of the column `of` for each value of the column `by`. The largest sum comes first. Sums
    of zero are left out."""
    found = dict[str, int]()
    for row in rows:
        found[str(row[by])] = found.get(str(row[by]), 0) + int(row[of])
    return {code: n for code, n in sorted(found.items(), key=lambda one: (-one[1], one[0])) if n}


def _survey(rows: _Rows) -> Report:
    """Return the results of the survey. The numbers of people who were asked and who answered are those of
    complaints closed a month earlier, because people need time to answer."""
    given = rows.of("survey")
    told = {one: _scores(given, one) for one in sorted({row["question"] for row in given})}
    rate = rows.of("survey_rate", months=rows.period.before)
    return {
        "asked": sum(row["asked"] for row in rate),
        "answered": publishable(sum(row["answered"] for row in rate)),
        "questions": {one: said for one, said in told.items() if said and _adds_up(rows, one)},
        "by": {facet: _by(rows, facet) for facet in (*ADDING, "right")}
        if rows.period.month and told.get("overall")
        else {},
    }


def _survey_of_team(rows: _Rows, house: _Rows) -> Report:
    """Return the results of the survey for one team. They are part of one table with those of the whole
    company (`house`), whose cells are the teams. If the table hides a team, the report of the team shows no
    results. There is no breakdown within a team, and no result of a year, because both would be tables of two
    dimensions. A team that has all answers has the results of the company."""
    before = rows.period.before
    given, rate = rows.of("survey"), rows.of("survey_rate", months=before)
    every = house.of("survey"), house.of("survey_rate", months=before)
    if _counts(given, "n") == _counts(every[0], "n") and _counts(rate, "asked") == _counts(every[1], "asked"):
        return _survey(house)
    if not rows.period.month:
        return {}
    shown = _team_cells(house, "survey", "n").get(rows.team)
    return {
        "asked": sum(row["asked"] for row in rate),
        "answered": _team_cells(house, "survey_rate", "answered").get(rows.team, 0),
        "questions": {row["question"]: _scores(given, row["question"]) for row in given} if shown else {},
        "by": {},
    }


def _counts(rows: Iterable[Row], of: str) -> set[tuple[date, str | None, int]]:
    return {(row["month"], row.get("question"), row[of]) for row in rows}


def _team_cells(house: _Rows, name: str, of: str) -> Cells:
    """Return the sum of the column `of` for each team, with the small cells hidden. The rows are those of the
    statement `name`. An answer to the survey counts once, by its question "overall", because every answer has
    all questions."""
    months = house.period.before if name == "survey_rate" else None
    found = (row for code in house.codes("team", name) for row in house.of(name, "team", code, months))
    return hidden(_sums((row for row in found if row.get("question") in (None, "overall")), "code", of), FEW)


def _opinions(figures: ReportRows, period: Period) -> dict[str, Report]:
    """Return the opinions of sampled people on the process in a quarter, by question. Return {} unless the
    period is the last month of a quarter."""
    given = _of_quarter(period, figures.opinions)
    told = {row["question"]: _scores(given, row["question"]) for row in given}
    return {question: said for question, said in told.items() if said}


def _opinion_words(figures: ReportRows, period: Period) -> list[tuple[str, int]]:
    """Return the terms in the free text of opinions on the process in a quarter, each with the number of
    opinions that use the term. Return [] unless the period is the last month of a quarter."""
    return [(row["term"], row["n"]) for row in _of_quarter(period, figures.opinion_terms)[:MOST_TERMS]]


def _of_quarter(period: Period, rows: Iterable[Row]) -> list[Row]:
    """Return those `rows` whose quarter ends with this period. Return [] if the period is a year, or a month
    in which no quarter ends."""
    if not period.month or period.month % QUARTER:
        return []
    begun = date(period.year, period.month - QUARTER + 1, 1)
    return [row for row in rows if row["quarter"] == begun]


def _words(figures: ReportRows, period: Period) -> dict[str, list[tuple[str, int]]]:
    """Return the terms in the free text of a month's survey answers, by type of complaint. Each term has the
    number of answers that use it. Return {} if the period is a year."""
    told = dict[str, list[tuple[str, int]]]()
    for row in figures.terms if period.month else ():
        if row["month"] in period.months and len(words := told.setdefault(row["type"], [])) < MOST_TERMS:
            words.append((row["term"], row["n"]))
    return told


def publishable(n: int) -> int | None:
    """Return `n`, a number of answers. Return None if `n` is too small to be shown."""
    return n if n == 0 or n >= FEW else None


def _adds_up(rows: _Rows, question: str) -> bool:
    """Return whether the results of a question may be shown for the whole period. They may not be shown if a
    reader could subtract the other months, and so find the result of a single month with too few answers."""
    months = [
        sum(row["n"] for row in rows.of("survey", months=[month]) if row["question"] == question)
        for month in rows.period.months
    ]
    few = [n for n in months if 0 < n < FEW]
    return not few or (len(few) > 1 and sum(few) >= FEW)


def _by(rows: _Rows, facet: str) -> dict[str, Report | None]:
    """Return the survey results on the question "overall", by code of a facet. The result of a hidden code is
    None. Hidden codes come last, so that their position reveals nothing."""

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
    return hidden(cells, FEW) if facet in ADDING else hide_unsafe(cells, whole, FEW)


def _scores(rows: Iterable[Row], question: str) -> Report | None:
    """Return the results of a question from these rows: the number of answers (`n`), the `mean`, how many
    gave each score from 1 to 5 (`scores`), and the `margin`. The margin is half the width of the 95 %
    confidence interval of the mean (normal distribution). Return None if there are fewer than `FEW`
    answers."""
    given = [row for row in rows if row["question"] == question]
    often = [int(sum(row[score] for row in given)) for score in SCORES]
    if (n := sum(often)) < FEW:
        return None
    mean = sum(score * times for score, times in enumerate(often, 1)) / n
    spread = sum(times * (score - mean) ** 2 for score, times in enumerate(often, 1)) / (n - 1)
    return {"n": n, "mean": round(mean, 2), "margin": round(1.96 * sqrt(spread / n), 2), "scores": often}
