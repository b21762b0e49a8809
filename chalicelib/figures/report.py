"""The internal report of a past month or year. A period has a provisional report after its end, and a final
one sixty days later. Each is made once, when all days are exported, and stored as plain data. So a printed
report stays valid, even if a complaint later changes its team or type. The current month and year have a
report so far, which is made again every night.

Each count of the survey part passes `figures.protection`: below 10, or of fewer than 10 distinct people, it
is hidden, else rounded to 5. The survey of a team, and the company's survey by team, are those of a quarter
or a year. All other numbers are exact, because a report stays inside the company."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.codes import Verdict
from chalicelib.figures.counterparts import valid_on
from chalicelib.figures.editions import ResultTables, differ_much
from chalicelib.figures.protection import STEP, counted
from chalicelib.figures.survey import SCORES, results

Row = Mapping[str, Any]
Report = Mapping[str, Any]
HOUSE = ""
"""The value of `team` that means the whole company."""
LEARNT = ("actions_opened", "actions_done", "actions_verified", *Verdict, "trainings")
"""The names of the numbers in the report's part about improvement actions and trainings. A name that is a
`Verdict` is the number of actions that were verified with this verdict."""
REPORTS, FINAL_REPORTS = "figures/reports/", "figures/final-reports/"
SO_FAR, REPORTED = "figures/so-far/", "figures/reports.json"
"""Names in the store. `REPORTS`: the folder of provisional reports and of those of earlier releases.
`FINAL_REPORTS`: the folder of final reports. `SO_FAR`: the folder of reports of periods that are not over.
Each of these folders has a folder for every period. `REPORTED`: the key of the list of periods that have a
report."""
ENTERED = ("in_month", "later", "after_final")
"""When complaints were entered: in the month of receipt, in the sixty days after it, or after these."""
UNSURVEYED: Report = {"survey": {}, "opinions": {}, "words": {}, "opinion_words": []}
"""The parts of a report about surveys, if it tells nothing of them."""
READ = (
    "received",
    "entered",
    "closed",
    "events",
    "times",
    "decisions",
    "promises",
    "stock",
    "missed",
    "causes",
    "survey",
    "survey_rate",
    "survey_people",
    "learning",
)
"""The names of the SQL statements whose rows `ReportRows` groups by team, facet and code. Reports are made
from these rows."""
WITHIN = ("within_24h", "within_3_days", "within_4_weeks", "within_8_weeks")
"""The columns of the statement `times` with the shares of complaints that had a step by then."""
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
SURVEYED = (*FACETS, "stage")
"""The breakdowns (facets) of the survey in the report of the company."""
ENDS = ("kept", "kept_later", "broken", "given_up", "open")
AGES = ("up_to_3_days", "up_to_4_weeks", "up_to_8_weeks", "older")
"""The ages of open complaints since their receipt. Each complaint counts with the first that fits."""
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
    def trend(self) -> list[date]:
        """The first days of the months in the trend, the oldest first. The last is the last month of the
        period."""
        shown = [self.months[-1]]
        while len(shown) < TREND:
            shown.append(earlier(shown[-1]))
        return shown[::-1]


class Span(NamedTuple):
    """The months of a survey. `name`: `month`, `quarter` or `year`. `months`: their first days."""

    name: str
    months: Sequence[date]


def surveyed(period: Period, quarterly: bool) -> Span | None:
    """Return the months whose survey the report of a period shows. `quarterly`: the survey of teams, which
    only the last month of a quarter and a year show. Return None for the other months."""
    if not period.month:
        return Span("year", period.months)
    if not quarterly:
        return Span("month", period.months)
    if period.month % QUARTER:
        return None
    return Span("quarter", [date(period.year, period.month - n, 1) for n in range(QUARTER)][::-1])


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
    `team` is the id of a team, or `HOUSE` for the whole company. `counterparts` is the version of the
    counterparts of its measures."""
    rows = _Rows(figures, period, team)
    facets = [facet for facet in FACETS if facet != "team" or team == HOUSE]
    return {
        "period": period.name,
        "made": str(made),
        "counterparts": valid_on(period.months[-1]).name,
        "all": _figures(rows, "all", "all"),
        "trend": [*_trend(rows)],
        "stock": {
            "before": _ages(rows.of("stock", months=[earlier(period.months[0])])),
            "end": _ages(rows.of("stock", months=period.months[-1:])),
        },
        "entered": {code: _sums(rows.of("entered"), "entered").get(code, 0) for code in ENTERED},
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


def so_far(figures: ReportRows, period: Period, made: date, until: datetime, team: str = HOUSE) -> Report:
    """Return the report of a period that is not over, with what happened until the moment `until`. The other
    arguments are those of `report`.

    The report omits the answers to surveys, because many nights would show in which of them a rounded number
    changes."""
    return {**report(figures, period, made, team), **UNSURVEYED, "until": stamp(until)}


def finished(final: Report, former: Report | None) -> Report:
    """Return the final report of a period with the survey of the provisional one (`former`), and with the
    names of the numbers in which the two differ much (`differs`). The survey is not computed again, because
    its difference could tell the answer of one person. `former` is None if there is no provisional report,
    and empty if there is none of this team."""
    if former is None:
        return {**final, "differs": []}
    surveyed = {name: former.get(name, nothing) for name, nothing in UNSURVEYED.items()}
    return {**final, **surveyed, "differs": [*_differs(former["all"], final["all"])] if former else []}


def _differs(former: Report, final: Report) -> Iterator[str]:
    """Yield the names of the numbers in which two reports differ much: `received`, `closed` and `open`, the
    steps with `_hours`, and `kept` for the number of promises that were kept in time."""
    for name in ("received", "closed", "open"):
        if differ_much(former[name], final[name], STEP):
            yield name
    for step, found in final["times"].items():
        given = former["times"].get(step, {})
        if any(differ_much(given.get(name), found[name]) for name in ("median_hours", "p90_hours")):
            yield f"{step}_hours"
    kept, now = (sum(ends["kept"] for ends in told["promises"].values()) for told in (former, final))
    if differ_much(kept, now, STEP):
        yield "kept"


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

    def people(self, what: str, span: Span, facet: str = "all", code: str = "all") -> int:
        """Return how many distinct people the numbers `what` of the survey are about, for one code of a
        facet."""
        given = self._figures.of("survey_people", self.team, facet, code)
        wanted = what, span.name, span.months[0]
        return next((row["people"] for row in given if (row["what"], row["span"], row["month"]) == wanted), 0)

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
        "open": sum(row["n"] for row in rows.of("stock", facet, code, rows.period.months[-1:])),
        **{name: _often(events, name) for name in HAPPENED},
        "times": {
            step: {
                **{name: int(row[name]) for name in ("n", "open", "met", "missed")},
                **{name: row[name] for name in ("median_hours", "p90_hours")},
                "within": {by: row[by] and round(row[by], 4) for by in WITHIN},
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


def _ages(rows: Iterable[Row]) -> dict[str, int]:
    """Return the number of open complaints by age, from these rows of one month."""
    found = _sums(rows, "age")
    return {age: found.get(age, 0) for age in AGES}


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
    complaints closed a month earlier, because people need time to answer. The survey of a team has no
    breakdown."""
    if (span := surveyed(rows.period, bool(rows.team))) is None:
        return {}
    given = rows.of("survey", months=span.months)
    people = rows.people("survey", span)
    questions = sorted({row["question"] for row in given})
    told = {one: results(_often_each(given, one), people) for one in questions}
    return {
        "rounded_to": STEP,
        **_asked(rows, span),
        "questions": {one: said for one, said in told.items() if said},
        "by": {} if rows.team else {facet: _by(rows, facet) for facet in SURVEYED},
    }


def _asked(rows: _Rows, span: Span, facet: str = "all", code: str = "all") -> Report:
    """Return how many were asked, and how many of these answered, in one cell of the survey."""
    rate = rows.of("survey_rate", facet, code, [earlier(month) for month in span.months])
    asked, answered = (sum(row[name] for row in rate) for name in ("asked", "answered"))
    people = rows.people("survey_rate", span, facet, code)
    return {"asked": counted(asked), "answered": counted(answered, people)}


def _by(rows: _Rows, facet: str) -> dict[str, Report]:
    """Return the survey results on the question "overall", by code of a facet. The code with the most answers
    comes first. A code whose results are hidden is left out, so that it cannot be told from one without
    answers."""
    if (span := surveyed(rows.period, facet == "team")) is None:
        return {}
    found = dict[str, Report]()
    for code in rows.codes(facet, "survey"):
        often = _often_each(rows.of("survey", facet, code, span.months), "overall")
        if said := results(often, rows.people("survey", span, facet, code)):
            found[code] = {**said, **_asked(rows, span, facet, code)}
    return {code: found[code] for code in sorted(found, key=lambda code: (-found[code]["n"], code))}


def _often_each(rows: Iterable[Row], question: str) -> list[int]:
    """Return how many answers to a question gave each score from 1 to 5."""
    given = [row for row in rows if row["question"] == question]
    return [int(sum(row[score] for row in given)) for score in SCORES]


def _opinions(figures: ReportRows, period: Period) -> dict[str, Report]:
    """Return the opinions of sampled people on the process in a quarter, by question. Return {} unless the
    period is the last month of a quarter."""
    given = _of_quarter(period, figures.opinions)
    told = {row["question"]: results(_often_each([row], row["question"]), row["people"]) for row in given}
    return {question: said for question, said in told.items() if said}


def _opinion_words(figures: ReportRows, period: Period) -> list[tuple[str, int]]:
    """Return the terms in the free text of opinions on the process in a quarter, each with the number of
    opinions that use the term. Return [] unless the period is the last month of a quarter."""
    return _terms(_of_quarter(period, figures.opinion_terms))


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
    given = defaultdict[str, list[Row]](list)
    for row in figures.terms if period.month else ():
        if row["month"] in period.months:
            given[row["type"]].append(row)
    return {type_: said for type_, rows in given.items() if (said := _terms(rows))}


def _terms(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """Return the first `MOST_TERMS` terms whose number may be shown, each with this number."""
    shown = ((row["term"], n) for row in rows if (n := counted(row["n"])) is not None)
    return [*islice(shown, MOST_TERMS)]
