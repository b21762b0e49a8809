"""The internal report of a past month, quarter or year. A period has a provisional report after its end, and
a final one sixty days later. Each is made once, when all days are exported, and stored as plain data. So a
printed report stays valid, even if a complaint later changes its team or type. The current month, quarter and
year have a report so far, which is made again every night.

A report has the same numbers of the same period a year before, counted from the same rows. It says why they
cannot be compared, if that is so.

Each count of the survey part passes `figures.protection`: below 10, or of fewer than 10 distinct people, it
is hidden, else rounded to 5. The survey of a team, and each breakdown of the company's survey, are those of a
quarter or a year. Sums of money are rounded (see `summed`). All other numbers are exact, because a report
stays inside the company."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum, auto
from itertools import islice
from typing import Any

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.codes import Verdict
from chalicelib.figures.counterparts import valid_on
from chalicelib.figures.editions import ResultTables, differ_much, month_after
from chalicelib.figures.outcome import actions, outcomes, redress
from chalicelib.figures.protection import LEAST, STEP, counted
from chalicelib.figures.survey import SCORES, results
from chalicelib.figures.volumes import COUNTED_BY, EVERY, Volumes, customers

Row = Mapping[str, Any]
Report = Mapping[str, Any]
HOUSE = ""
"""The value of `team` that means the whole company."""
LEARNT = ("actions_opened", "actions_done", "actions_verified", *Verdict, "trainings")
"""The names of the numbers in the report's part about improvement actions and trainings. A name that is a
`Verdict` is the number of actions that were verified with this verdict."""
REPORTS, FINAL_REPORTS = "figures/reports/", "figures/final-reports/"
SO_FAR, REPORTED, CUT = "figures/so-far/", "figures/reports.json", "figures/cut/"
"""Names in the store. `REPORTS`: the folder of provisional reports and of those of earlier releases.
`FINAL_REPORTS`: the folder of final reports. `SO_FAR`: the folder of reports of periods that are not over.
Each of these folders has a folder for every period. `REPORTED`: the key of the list of periods that have a
report. `CUT`: the folder of cut reports."""
MOST_LINES = 100
"""The most lines of a breakdown on a page and in a document. The files to download have all."""
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
    "upheld",
    "repeats",
    "redress",
)
"""The names of the SQL statements whose rows `ReportRows` groups by team, facet and code. Reports are made
from these rows."""
WITHIN = ("within_24h", "within_3_days", "within_4_weeks", "within_8_weeks")
"""The columns of the statement `times` with the shares of complaints that had a step by then."""
BEGINNING = timedelta(days=7)
"""How late in a period the first complaint of all may be recorded, so that the period still counts as
complete."""
MONTHS = range(1, 13)
QUARTER = 3
MOST_TERMS = 10
"""The maximum number of terms from survey answers that a report shows for a type of complaint. The most
typical terms are shown."""
TREND = len(MONTHS)
"""The number of months in the trend of a report. The last of these months is the last month of the report's
period."""
OF_TEAMS = ("type", "right", "channel")
"""The breakdowns (facets) of the report of a single team."""
FACETS = ("team", *OF_TEAMS, "class", "company", "region")
"""The breakdowns (facets) of the report of the company. `class`: the product. `company`: only companies that
the policy lists."""
HELP = "help"
"""The breakdown by whether a person of the complaint stated a need of help, in the report of the company. It
has a key of its own in a report, because an earlier release shows every breakdown under `by`, and has no
words for this one."""
HELPED = ("stated", "not_stated")
"""The codes of this breakdown."""
BROKEN_DOWN = (*FACETS, HELP)
"""All breakdowns (facets) of the report of the company."""
SURVEYED = ("team", *OF_TEAMS, "stage")
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
    "mediated",
    "unmediated",
    "agreements",
    "breaches",
    "cured",
    "measures",
)
"""The names of the numbers of events in a report."""


class Span(StrEnum):
    """The lengths of periods."""

    MONTH = auto()
    QUARTER = auto()
    YEAR = auto()


class Unlike(StrEnum):
    """Why a period cannot be compared with the same period a year before. `RUNNING`: it is not over.
    `BEGINNING`: the first complaint of the company, or of the team, came after the earlier period had begun.
    `NOTHING`: the earlier one has no complaints. `GAP`: one of the two has a month without any (see
    `_gaps`)."""

    RUNNING = auto()
    BEGINNING = auto()
    NOTHING = auto()
    GAP = auto()


class Period:
    """A month (`name` is like `2026-10`), a quarter (`2026-Q3`) or a year (`2026`), in the time of China.
    `months` holds the first day of each of its months, but no month that begins after `day`. `running`: the
    period is not over on this day."""

    def __init__(self, name: str, day: date = date.max) -> None:
        self.name, self.year = name, int(name[:4])
        if name[5:6] == "Q":
            self.span, months = Span.QUARTER, MONTHS[QUARTER * (int(name[6:]) - 1) :][:QUARTER]
        elif name[4:]:
            self.span, months = Span.MONTH, MONTHS[int(name[5:]) - 1 :][:1]
        else:
            self.span, months = Span.YEAR, MONTHS
        every = [date(self.year, month, 1) for month in months]
        self.running = day < month_after(every[-1])
        self.months = [month for month in every if month <= day]

    @property
    def before(self) -> "Period":
        """The same period a year before."""
        return Period(f"{self.year - 1}{self.name[4:]}")

    @property
    def cohort(self) -> tuple[int, int | None, date | None]:
        """The year, quarter and month by which the statement `times` names the period."""
        first = self.months[0]
        return (
            self.year,
            quarter_of(first) if self.span == Span.QUARTER else None,
            first if self.span == Span.MONTH else None,
        )

    @property
    def trend(self) -> list[date]:
        """The first days of the months in the trend, the oldest first. The last is the last month of the
        period."""
        shown = [self.months[-1]]
        while len(shown) < TREND:
            shown.append(earlier(shown[-1]))
        return shown[::-1]


def quarter_of(month: date) -> int:
    """Return the number of the quarter of a month, from 1 to 4."""
    return (month.month - 1) // QUARTER + 1


def surveyed(period: Period, quarterly: bool) -> Period | None:
    """Return the period whose survey the report of a period shows. `quarterly`: the survey of a team, or a
    breakdown, which quarters and years show, and the last month of a quarter. Return None for the other
    months."""
    if period.span == Span.MONTH and quarterly:
        return _quarter_ending(period)
    return period


def _quarter_ending(period: Period) -> Period | None:
    """Return the quarter that is the period, or whose last month is the period. Return None for any other."""
    last = period.months[-1]
    if period.span == Span.YEAR or last.month % QUARTER:
        return None
    return Period(f"{period.year}-Q{quarter_of(last)}")


def report_key(period: str, team: str = HOUSE, place: str = REPORTS) -> str:
    """Return the store key of the report of a period. `period` is the name of the period. `team` is the id of
    a team, or `HOUSE` for the whole company. `place` is the folder, `REPORTS` or `SO_FAR`."""
    return f"{place}{period}/{f'team-{team}' if team else 'house'}.json"


def cut_key(key: str) -> str:
    """Return the store key of the cut report (see `cut`) of the report with this key."""
    return CUT + key.removeprefix("figures/")


def earlier(month: date) -> date:
    """Return the first day of the month before `month`, which is the first day of a month."""
    return (month - timedelta(days=1)).replace(day=1)


def periods(months: Iterable[date]) -> Iterator[Period]:
    """Yield the period of each of these months, given as their first days. After the last month of a quarter
    or year also yield the quarter and the year."""
    for month in months:
        yield Period(f"{month:%Y-%m}")
        if not month.month % QUARTER:
            yield Period(f"{month.year}-Q{quarter_of(month)}")
        if month.month == len(MONTHS):
            yield Period(f"{month:%Y}")


def running_on(day: date) -> Iterator[Period]:
    """Yield the month, the quarter and the year that are not over on a day."""
    for name in (f"{day:%Y-%m}", f"{day.year}-Q{quarter_of(day)}", f"{day:%Y}"):
        yield Period(name, day)


class ReportRows:
    """The rows of all statements. `found` are the results of the statements. `kinds` holds the codes that
    occur in the rows, by statement, team and facet. `begun`: the day on which the first complaint was
    recorded. `volumes`: the numbers of customers."""

    def __init__(self, found: ResultTables, volumes: Volumes | None = None) -> None:
        self.volumes = volumes or {}
        self.kinds = defaultdict[tuple[str, str, str], set[str]](set)
        self._rows = defaultdict[tuple[str, str, str, str], list[Row]](list)
        self.begun: date = next((row["day"] for row in found.get("begun", ())), date.max)
        self.opinions = found.get("opinions", ())
        self.terms = found.get("terms", ())
        self.actions = found.get("actions", ())
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
    counterparts of its measures.

    `before` has the numbers of `all` a year before; None if they cannot be compared, for the reason `unlike`.
    Each code in `by` has its own `before`. `begun` is the day (of a team, the month) from which on there are
    records, if it is later than the beginning of the period; else "". The trend has no month before it.
    `gaps` are the months of the trend in which records seem to be missing.
    `uncounted` are the months without a number of customers, so without rates per 1,000 customers."""
    rows, unlike = _Rows(figures, period, team), _unlike(figures, period, team)
    begun = _since(figures, team)
    before = None if unlike else _Rows(figures, period.before, team)
    causes = _sums(rows.of("causes"), "cause", "main")
    return {
        "period": period.name,
        "made": str(made),
        "counterparts": valid_on(period.months[-1]).name,
        "begun": _begun_within(period, begun, house=begun == figures.begun),
        "gaps": [f"{month:%Y-%m}" for month in _gaps(figures, period, period.trend)],
        "uncounted": [] if team else [f"{month:%Y-%m}" for month in _uncounted(figures, period)],
        "all": _figures(rows, "all", "all"),
        "before": before and _figures(before, "all", "all"),
        "unlike": unlike,
        "trend": [*_trend(rows, _told(rows, begun))],
        "trend_before": [*_trend(rows, _recorded(begun, period.before.trend))],
        "stock": {
            "before": _ages(rows.of("stock", months=[earlier(period.months[0])])),
            "end": _ages(rows.of("stock", months=period.months[-1:])),
        },
        "entered": {code: _sums(rows.of("entered"), "entered").get(code, 0) for code in ENTERED},
        "missed": _sums(rows.of("missed"), "deadline"),
        "outcomes": _sums(rows.of("closed"), "outcome"),
        "measures": _sums((row for row in rows.of("events") if row["what"] == "measures"), "detail"),
        "causes": causes,
        "actions": actions(figures.actions, causes, month_after(period.months[-1])),
        "learning": {name: _often(rows.of("learning"), name) for name in LEARNT},
        "by": {facet: _each(rows, facet, before) for facet in (OF_TEAMS if team else FACETS)},
        HELP: {} if team else _each(rows, HELP, before),
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
    kept = {name: former.get(name, nothing) for name, nothing in UNSURVEYED.items()}
    return {**final, **kept, "differs": [*_differs(former["all"], final["all"])] if former else []}


def breakdowns(report: Report) -> Mapping[str, Mapping[str, Report]]:
    """Return the figures of a report by facet and code."""
    return {**report["by"], **({HELP: report[HELP]} if report.get(HELP) else {})}


def cut(report: Report) -> Report | None:
    """Return a report that has `MOST_LINES` codes of each breakdown at most, as pages and documents show
    them. Return None if the report has no more. Most of the time of a page would go into reading them."""
    every = breakdowns(report)
    if max(map(len, every.values()), default=0) <= MOST_LINES:
        return None
    kept = {facet: dict(islice(codes.items(), MOST_LINES)) for facet, codes in every.items()}
    by = {facet: kept[facet] for facet in report["by"]}
    return {
        **report,
        "by": by,
        HELP: kept.get(HELP, {}),
        "left": {one: left_out(report, one) for one in every},
    }


def left_out(report: Report, facet: str) -> Mapping[str, int]:
    """Return how many codes of a breakdown pages and documents leave out (`left`), and how many complaints
    were received with these codes (`received`)."""
    if cut_off := report.get("left"):
        found: Mapping[str, int] = cut_off[facet]
        return found
    codes = [*breakdowns(report)[facet].values()][MOST_LINES:]
    return {"left": len(codes), "received": sum(told["received"] for told in codes)}


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


def _unlike(figures: ReportRows, period: Period, team: str) -> Unlike | None:
    """Return why a period cannot be compared with the same period a year before; None if it can."""
    if period.running:
        return Unlike.RUNNING
    if _since(figures, team) >= period.before.months[0] + BEGINNING:
        return Unlike.BEGINNING
    if not _Rows(figures, period.before, team).received():
        return Unlike.NOTHING
    if any([*_gaps(figures, one, one.months)] for one in (period, period.before)):
        return Unlike.GAP
    return None


def _since(figures: ReportRows, team: str) -> date:
    """Return the day on which records begin. A team can begin later than the company, in the month of its
    first complaint."""
    months = (row["month"] for row in figures.of("received", team, "all", "all"))
    return max(figures.begun, min(months, default=date.min))


def _begun_within(period: Period, begun: date, house: bool) -> str:
    """Return the day on which records begin (`begun`) if it is later than the beginning of the period, else
    "". `house`: whether the records of the company begin on this day. Of a team that began later, only the
    month is known and returned."""
    if begun == date.max or begun < period.months[0] + BEGINNING:
        return ""
    return str(begun) if house else f"{begun:%Y-%m}"


def _told(rows: "_Rows", begun: date) -> Sequence[date]:
    """Return the months of the trend that have records: the month in which records began, those after it, and
    earlier months with complaints that were entered later."""
    every = rows.period.trend
    return [month for month in every if month_after(month) > begun or rows.received(month)] or every[-1:]


def _recorded(begun: date, months: Iterable[date]) -> Iterator[date]:
    """Yield those of these months in whose beginning complaints were recorded already."""
    return (month for month in months if begun < month + BEGINNING)


def _gaps(figures: ReportRows, period: Period, months: Iterable[date]) -> Iterator[date]:
    """Yield those of these months, which are of the trend of a period, in which records seem to be missing:
    the company has no complaints, but in the other months of the trend ten or more on average. A small
    company has empty months by chance. A month that is not over can be empty, too."""
    house = _Rows(figures, period, HOUSE)
    each = {month: house.received(month) for month in period.trend}
    some = [n for n in each.values() if n]
    running = period.months[-1] if period.running else None
    for month in months if sum(some) >= LEAST * len(some) > 0 else ():
        if not each[month] and month > figures.begun and month != running:
            yield month


def _uncounted(figures: ReportRows, period: Period) -> Iterator[date]:
    """Yield the months of a period that is over without a number of all customers."""
    return (m for m in period.months if not period.running and customers(figures.volumes, [m]) is None)


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

    def received(self, *months: date) -> int:
        """Return the number of complaints received in these months; without any, in the period."""
        return sum(row["n"] for row in self.of("received", months=months or None))

    def rate(self, facet: str, code: str) -> Report:
        """Return the mean number of customers of one code of a facet, and the complaints received per 1,000
        of them. Both are None if the number of a month is not known, or if the period is not over. Return {}
        for a facet without customers, and for a team."""
        if self.team or facet not in (EVERY, *COUNTED_BY):
            return {}
        months, running = self.period.months, self.period.running
        mean = None if running else customers(self._figures.volumes, months, facet, code)
        n = sum(row["n"] for row in self.of("received", facet, code))
        return {
            "customers": mean and round(mean, 1),
            "per_1000": None if mean is None else round(1000 * n / mean, 3),
        }

    def people(self, what: str, asked: Period, facet: str = "all", code: str = "all") -> int:
        """Return how many distinct people the numbers `what` of the survey of a period are about, for one
        code of a facet."""
        given = self._figures.of("survey_people", self.team, facet, code)
        wanted = what, asked.span, asked.months[0]
        return next((row["people"] for row in given if (row["what"], row["span"], row["month"]) == wanted), 0)

    def times(self, facet: str, code: str) -> dict[str, Row]:
        """Return the rows with the durations of one code of a facet, by step (acknowledged, answered,
        closed). A quarter and a year have rows of their own, because a median does not follow from the
        medians of the months."""
        given = self._figures.of("times", self.team, facet, code)
        wanted = self.period.cohort
        return {row["step"]: row for row in given if (row["year"], row["quarter"], row["month"]) == wanted}

    def codes(self, facet: str, *names: str) -> set[str]:
        """Return the codes of a facet that occur in the rows of the statements `names`."""
        return {code for name in names for code in self._figures.kinds[name, self.team, facet]}


def _each(rows: _Rows, facet: str, before: _Rows | None) -> dict[str, Report]:
    """Return the figures for each code of a facet, by code, with those a year `before`. The code with the
    most received complaints comes first. Codes whose figures are all zero in both periods are left out."""
    found = {
        code: {**_figures(rows, facet, code), "before": before and _figures(before, facet, code)}
        for code in rows.codes(facet, "received")
    }
    some = (code for code, told in found.items() if _any(told) or (told["before"] and _any(told["before"])))
    return {code: found[code] for code in sorted(some, key=lambda code: (-found[code]["received"], code))}


def _any(figures: Report) -> bool:
    """Return whether any of these figures is not zero."""
    return bool(figures["times"]) or any(n for n in figures.values() if isinstance(n, int))


def _figures(rows: _Rows, facet: str, code: str) -> Report:
    """Return the figures of the complaints with one code of a facet. If both `facet` and `code` are "all",
    return the figures of all complaints."""
    events, times = rows.of("events", facet, code), rows.times(facet, code)
    decisions, promises = rows.of("decisions", facet, code), rows.of("promises", facet, code)
    return {
        "received": sum(row["n"] for row in rows.of("received", facet, code)),
        "closed": sum(row["n"] for row in rows.of("closed", facet, code)),
        "open": sum(row["n"] for row in rows.of("stock", facet, code, rows.period.months[-1:])),
        **rows.rate(facet, code),
        **{name: _often(events, name) for name in HAPPENED},
        "times": {
            step: {
                **{name: int(row[name]) for name in ("n", "open", "met", "missed")},
                **{name: row[name] for name in ("median_hours", "p90_hours")},
                "within": {by: row[by] and round(row[by], 4) for by in WITHIN},
            }
            for step, row in times.items()
        },
        **outcomes(rows.of("upheld", facet, code), rows.of("repeats", facet, code), events),
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
        "mended": sum(row["mended"] for row in promises),
        "redress": redress(rows.of("redress", facet, code), rows.period.span, rows.period.running),
    }


def _trend(rows: _Rows, months: Iterable[date]) -> Iterator[Report]:
    for month in months:
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


def _asked(rows: _Rows, span: Period, facet: str = "all", code: str = "all") -> Report:
    """Return how many were asked, and how many of these answered, in one cell of the survey."""
    rate = rows.of("survey_rate", facet, code, [earlier(month) for month in span.months])
    asked, answered = (sum(row[name] for row in rate) for name in ("asked", "answered"))
    people = rows.people("survey_rate", span, facet, code)
    return {"asked": counted(asked), "answered": counted(answered, people)}


def _by(rows: _Rows, facet: str) -> dict[str, Report]:
    """Return the survey results on the question "overall", by code of a facet. The code with the most answers
    comes first. A code whose results are hidden is left out, so that it cannot be told from one without
    answers."""
    if (span := surveyed(rows.period, quarterly=True)) is None:
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
    period is a quarter, or the last month of one."""
    given = _of_quarter(period, figures.opinions)
    told = {row["question"]: results(_often_each([row], row["question"]), row["people"]) for row in given}
    return {question: said for question, said in told.items() if said}


def _opinion_words(figures: ReportRows, period: Period) -> list[tuple[str, int]]:
    """Return the terms in the free text of opinions on the process in a quarter, each with the number of
    opinions that use the term. Return [] unless the period is a quarter, or the last month of one."""
    return _terms(_of_quarter(period, figures.opinion_terms))


def _of_quarter(period: Period, rows: Iterable[Row]) -> list[Row]:
    """Return those `rows` whose quarter ends with this period. Return [] if the period is a year, or a month
    in which no quarter ends."""
    quarter = _quarter_ending(period)
    return [row for row in rows if quarter and row["quarter"] == quarter.months[0]]


def _words(figures: ReportRows, period: Period) -> dict[str, list[tuple[str, int]]]:
    """Return the terms in the free text of a month's survey answers, by type of complaint. Each term has the
    number of answers that use it. Return {} unless the period is a month."""
    given = defaultdict[str, list[Row]](list)
    for row in figures.terms if period.span == Span.MONTH else ():
        if row["month"] in period.months:
            given[row["type"]].append(row)
    return {type_: said for type_, rows in given.items() if (said := _terms(rows))}


def _terms(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """Return the first `MOST_TERMS` terms whose number may be shown, each with this number."""
    shown = ((row["term"], n) for row in rows if (n := counted(row["n"])) is not None)
    return [*islice(shown, MOST_TERMS)]
