"""An internal report as texts, plots and tables. The page and the PDF document show the same parts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.forewords import Foreword
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Roster
from chalicelib.figures.editions import FINAL
from chalicelib.figures.outcome import FLOWS, ActionState, Concluded, rates
from chalicelib.figures.protection import LEAST
from chalicelib.figures.report import (
    AGES,
    ENDS,
    ENTERED,
    MONTHS,
    MOST_LINES,
    WITHIN,
    Period,
    Report,
    Span,
    breakdowns,
    left_out,
)
from chalicelib.locale import formats
from chalicelib.locale.formats import whole_text
from chalicelib.web.pages import rendered, say
from chalicelib.web.pages.desk.report_data import capital, definitions, label, valid_for
from chalicelib.web.pages.figures import QUESTIONS, STEPS, joined, mean_text, time
from chalicelib.web.pages.plots import Axes, Plot, Scale, keys_of, months_scale, plot, plots_of, year_before

COUNTED = ("received", "accepted", "declined", "answered", "closed", "withdrawn", "reopened")
ANEW = ("reconsiderations", "decided", "matters", "overturned")
TALKED = ("disputes", "mediations", "mediated", "unmediated", "agreements", "breaches", "cured", "measures")
SCORED = range(1, 6)
SCORE_ENDS = [str(SCORED[0]), str(SCORED[-1])]
CODES = {
    "outcomes": ("outcomes", "outcome"),
    "missed": ("missed", "deadline"),
    "causes": ("causes", "cause"),
    "measures": ("measures", "measure"),
}
"""The parts of a report that count complaints by a code. The key is the name of the part. The value is (key
of the numbers in the report, section of `locale/` with the labels of the codes)."""


class ReportLine(NamedTuple):
    """A line of a table. `cells`: the texts of the cells. `bar`: the length of the bar next to the cells,
    from 0 to 100; None for no bar. `page`: the path of the page about what the first cell names; "" for
    none."""

    label: str
    cells: Sequence[str]
    bar: int | None = None
    page: str = ""


class ReportPart(NamedTuple):
    """A part of a report with its table. `name`: the key of its texts in `locale/`. `head`: the heads of the
    columns. `lines`: the lines of the table.

    `plots`: the plots. `remark`: a sentence on numbers that are hidden, rounded or left out. `ends`: the
    numbers at the two ends of the axis of the bars, as text. `measure`: the measure to whose definition the
    part leads; "" if it leads to none."""

    name: str
    head: Sequence[str]
    lines: Sequence[ReportLine]
    plots: Sequence[Plot] = ()
    remark: str = ""
    ends: Sequence[str] = ()
    measure: str = ""


class ShownForeword(NamedTuple):
    """A foreword as pages and documents show it. `parts`: each part with words, as heading and text. `says`:
    who wrote it, and when. `lang`: the tag of its language. `version`: 1 for the first."""

    parts: Sequence[tuple[str, str]]
    says: str
    lang: str
    version: int


def foreword(language: str, written: Foreword, roster: Roster) -> ShownForeword:
    """Return a version of a foreword with its headings, in `language`. `roster`: has the names of authors."""
    who = roster.member(written.who)
    parts = [
        (say(language, f"reports.foreword.field.{name}"), text)
        for name, text in written.texts.items()
        if text
    ]
    says = say(
        language,
        "reports.foreword.by",
        who=who.name if who else written.who,
        at=formats.moment(language, written.at, end=False),
        n=written.version,
    )
    return ShownForeword(
        parts, says, "zh-CN" if written.language == "zh" else written.language, written.version
    )


def no_foreword(language: str, others: Mapping[str, Foreword | None]) -> str:
    """Return a sentence on a foreword that nobody has written in `language`. `others`: the forewords of the
    report, by language."""
    for other in (one for one, written in others.items() if written):
        return say(language, "reports.foreword.only", tongue=formats.label(language, other, "language"))
    return say(language, "reports.foreword.none")


def foreword_changes(language: str, seen: Foreword | None, now: Foreword) -> list[Mapping[str, str]]:
    """Return the parts that differ between two versions of a foreword, with their texts `before` and `now`.
    `seen`: None if there was no version before."""
    old = seen.texts if seen else {}
    return [
        {"label": say(language, f"reports.foreword.field.{name}"), "before": old.get(name, ""), "now": text}
        for name, text in now.texts.items()
        if text != old.get(name, "")
    ]


def period_name(language: str, period: str, runs: bool = False) -> str:
    """Return the name of a month, quarter or year as text. `period`: such as `2026-03`, `2026-Q3` or `2026`.
    `runs`: the period has not ended, and the name says so."""
    match Period(period).span:
        case Span.MONTH:
            whole = formats.month_name(language, period)
        case Span.QUARTER:
            whole = say(language, f"reports.quarter.{period[6:]}", year=period[:4])
        case Span.YEAR:
            whole = f"{period}年" if language == "zh" else period
    return say(language, "reports.so_far", period=whole) if runs else whole


def standing(language: str, report: Report) -> Iterator[str]:
    """Yield sentences on how far a report can be relied on. They say which records it covers, whether it is
    provisional or final, and in which numbers a final report differs much from the provisional one. They also
    say in which months records seem to be missing, and whether the year before can be compared."""
    yield _made(language, report)
    if kind := report.get("edition"):
        # the final report of a year is made on the day of those of its last month and quarter
        ends_year = kind == FINAL and Period(report["period"]).months[-1].month == MONTHS[-1]
        yield say(language, f"reports.edition.{kind}{'_of_year' if ends_year else ''}")
    if differs := report.get("differs"):
        names = [say(language, f"reports.differing.{name}") for name in differs]
        yield say(language, "reports.differs", numbers=formats.joined(language, names))
    if 0 < (received := report["all"]["received"]) < LEAST:
        yield say(language, "reports.few", n=received, least=LEAST)
    if begun := report.get("begun"):
        of_team = len(begun) == len("2026-03")
        since = formats.month_name(language, begun) if of_team else _day(language, begun)
        yield say(language, "reports.begun", since=since)
    if gaps := report.get("gaps"):
        months = formats.joined(language, (formats.month_name(language, month) for month in gaps))
        yield say(language, "reports.gaps", months=months)
    if uncounted := report.get("uncounted"):
        months = formats.joined(language, (formats.month_name(language, month) for month in uncounted))
        yield say(language, "reports.uncounted", months=months)
    if "unlike" in report:
        before = period_name(language, Period(report["period"]).before.name)
        why = report["unlike"]
        yield say(language, f"reports.unlike.{why}" if why else "reports.compared", period=before)


def _made(language: str, report: Report) -> str:
    """Return a sentence on which records the report covers. If the period has not ended, the sentence says
    until when."""
    if until := report.get("until"):
        return say(language, "reports.made_so_far", until=formats.moment(language, instant(until)))
    return say(language, "reports.made", day=_day(language, report["made"]))


def _day(language: str, day: str) -> str:
    return formats.date_called(language, date.fromisoformat(day))


def parts(
    language: str, report: Report, roster: Roster, opens: Callable[[str], bool] = lambda team: False
) -> Iterator[ReportPart]:
    """Yield the parts of a report in their order, without its breakdowns. `report`: the numbers. `roster`:
    has the names of the teams. `opens` returns whether the reader may open the improvement actions of a
    team."""
    every = report["all"]
    yield _trend(language, report)
    before = report.get("before")
    counts = _counts(language, "counts", every, COUNTED, before=before)
    yield counts._replace(lines=[*counts.lines, *_rate(language, every, before)])
    if "entered" in report:  # a report of an earlier release lacks some parts
        yield _counts(language, "entered", report["entered"], ENTERED, "figures.entry")._replace(
            measure="received"
        )
    yield _coded(language, "outcomes", report)._replace(measure="closed")
    yield _times(language, every["times"])
    if "stock" in report:
        yield _stock(language, report["stock"])
    yield _promises(language, every["promises"])
    yield _coded(language, "missed", report)
    yield _coded(language, "causes", report)
    if "concluded" in every:
        yield from _results(language, report, opens)
    yield _counts(language, "anew", every, ANEW, before=before)
    yield _counts(language, "talked", every, [name for name in TALKED if name in every], before=before)
    yield _coded(language, "measures", report)
    yield _counts(language, "learning", report["learning"], tuple(report["learning"]))
    if report["survey"]:
        yield questions(language, report["survey"])


def broken_down(language: str, report: Report, facet: str, roster: Roster) -> Iterator[ReportPart]:
    """Yield the parts of a report that break its numbers down by one of its facets. The other arguments are
    those of `parts`."""
    kinds, rest = dict([*breakdowns(report)[facet].items()][:MOST_LINES]), left_out(report, facet)
    counts = {"shown": len(kinds), **rest, "received": whole_text(language, rest["received"])}
    remark = say(language, "reports.cut", **counts) if rest["left"] else ""
    yield _by(language, facet, kinds, roster)._replace(remark=remark)
    if "concluded" in report["all"]:
        yield _results_by(language, facet, kinds, roster)._replace(remark=remark)


def document(
    language: str,
    report: Report,
    roster: Roster,
    whose: str,
    forewords: Mapping[str, Foreword | None] | None = None,
) -> Mapping[str, Any]:
    """Return the data for the PDF of a report. `whose`: the line under the title, which names the team that
    the report is about. `forewords`: the newest foreword in each language."""
    forewords = forewords or {}
    written = forewords.get(language)
    shown = foreword(language, written, roster) if written else None
    period = period_name(language, report["period"], "until" in report)
    facets = (broken_down(language, report, facet, roster) for facet in breakdowns(report))
    kind = "so_far" if "until" in report else report.get("edition")
    return {
        "language": language,
        "period": report["period"],
        "title": say(language, "reports.heading", period=period),
        "at": f"{report['made']}T00:00:00Z",
        "edition": say(language, f"reports.kind.{kind}") if kind else "",
        "says": [whose, *standing(language, report), say(language, "measures.printed")],
        "foreword": {
            "title": say(language, "reports.foreword.title"),
            "parts": shown.parts if shown else [],
            "says": shown.says if shown else no_foreword(language, forewords),
        },
        "parts": [_printed(language, part) for part in chain(parts(language, report, roster), *facets)],
        "annex": definitions(language, valid_for(report)),
    }


def _printed(language: str, part: ReportPart) -> Mapping[str, Any]:
    return {
        "title": say(language, f"reports.part.{part.name}.title"),
        "says": joined(language, say(language, f"reports.part.{part.name}.says"), part.remark),
        "nothing": say(language, "reports.nothing"),
        "head": [capital(one) for one in part.head],
        "lines": [[capital(line.label), [*line.cells], line.bar] for line in part.lines],
        "ends": part.ends,
        "drawn": [
            [capital(one.label), one.newest, one.alt, rendered(language, "plot.svg", plot=one)]
            for one in part.plots
        ],
        "keys": [
            [rendered(language, "plot_key.svg", kind=kind), meant] for kind, meant in keys_of(part.plots)
        ],
    }


def _trend(language: str, report: Report) -> ReportPart:
    """Return the part of the report with the numbers of each month. A plot has the number of the whole period
    next to its label. Reports of earlier releases have no months of the year before."""
    months, past = report["trend"], report.get("trend_before", ())
    labels = {name: say(language, f"reports.count.{name}") for name in ("received", "answered", "closed")}
    names = [month["month"] for month in months]
    by_month = {month["month"]: month for month in past}
    earlier = [by_month.get(year_before(name)) for name in names]
    given = {label: [month[name] for month in months] for name, label in labels.items()}
    before = {label: [month[name] if month else None for month in earlier] for name, label in labels.items()}
    whole = {label: whole_text(language, report["all"][name]) for name, label in labels.items()}
    columns = {
        head: those
        for name, each in given.items()
        for head, those in ((name, each), (say(language, "reports.of_year_before", of=name), before[name]))
        if those is each or past
    }
    lines = [
        ReportLine(
            formats.month_name(language, name), ["–" if n is None else whole_text(language, n) for n in each]
        )
        for name, *each in zip(names, *columns.values(), strict=True)
    ]
    drawn = plots_of(language, months_scale(language, names, "complaints"), given, whole, before)
    return ReportPart("trend", [*columns], lines, drawn, measure="received")


def _counts(
    language: str,
    name: str,
    every: Report,
    counted: Sequence[str],
    words: str = "reports.count",
    before: Report | None = None,
) -> ReportPart:
    """Return a part with the numbers of `every` under the keys `counted`. `words`: the path of their labels.
    `before`: the numbers a year before; None if they cannot be compared."""
    given = [every] if before is None else [every, before]
    most = max(every[one] for one in counted)
    lines = [
        ReportLine(
            say(language, f"{words}.{one}"),
            [whole_text(language, numbers[one]) for numbers in given],
            _length(every[one], most),
        )
        for one in counted
    ]
    heads = _heads(language, *("n", "year_before")[: len(given)])
    some = most or (before and any(before[one] for one in counted))
    return ReportPart(name, heads, lines if some else [], ends=_ends(language, most), measure=counted[0])


def _rate(language: str, every: Report, before: Report | None) -> Iterator[ReportLine]:
    """Yield the line with the complaints received per 1,000 customers, if their number is known."""
    if every.get("per_1000") is not None:
        given = [every] if before is None else [every, before]
        label = say(language, "reports.head.per_1000")
        yield ReportLine(label, [_per_1000(numbers) for numbers in given])


def _per_1000(numbers: Report | None) -> str:
    """Return the complaints received per 1,000 customers as text; a dash if the number of customers is not
    known."""
    rate = numbers and numbers.get("per_1000")
    return "–" if rate is None else f"{rate:.2f}"


def _coded(language: str, name: str, report: Report) -> ReportPart:
    where, list_ = CODES[name]
    most = max(report[where].values(), default=0)
    lines = [
        ReportLine(_label(language, list_, code), [whole_text(language, n)], _length(n, most))
        for code, n in report[where].items()
    ]
    head = [say(language, "reports.head.n")]
    return ReportPart(name, head, lines, ends=_ends(language, most), measure=where)


def _times(language: str, times: Mapping[str, Any]) -> ReportPart:
    lines = [
        ReportLine(
            say(language, f"figures.step.{step}"),
            [
                whole_text(language, found["n"]),
                whole_text(language, found["open"]) if "open" in found else "",
                time(language, found["median_hours"]),
                time(language, found["p90_hours"]),
                *(_within(language, step, found, by) for by in WITHIN),
                _share(found["met"], found["met"] + _missed(found)) if step != "closed" else "–",
            ],
        )
        for step in STEPS
        if (found := times.get(step))
    ]
    heads = _heads(language, "n", "not_yet", "half", "most", *WITHIN, "met")
    return ReportPart("times", heads, lines, measure="acknowledged_n")


def _within(language: str, step: str, found: Mapping[str, Any], by: str) -> str:
    """Return the share of complaints that had a step by then, as text. `found`: the numbers of the step.
    `by`: one of `WITHIN`. A report of an earlier release has only a number within 24 hours."""
    if "within" not in found:
        return _share(found["within_24h"], found["n"]) if (step, by) == ("acknowledged", WITHIN[0]) else ""
    share = found["within"][by]
    return say(language, "figures.not_yet") if share is None else f"{100 * share:.0f}%"


def _missed(found: Mapping[str, Any]) -> int:
    """Return the number of complaints that missed the deadline of a step. A report of an earlier release
    counts only complaints that had the step."""
    return int(found.get("missed", found["n"] - found["met"]))


def _stock(language: str, stock: Mapping[str, Mapping[str, int]]) -> ReportPart:
    """Return the part of the report with the open complaints by age, before the period and at its end."""
    heads = _heads(language, "open_before", "open_end")
    before, end = ([stock[when][age] for age in AGES] for when in ("before", "end"))
    lines = [
        ReportLine(say(language, f"figures.age.{age}"), [*map(partial(whole_text, language), pair)])
        for age, *pair in zip(AGES, before, end, strict=True)
    ]
    scale = Scale(
        [say(language, f"figures.short_age.{age}") for age in AGES],
        say(language, "figures.along.ages"),
        say(language, "figures.unit.complaints"),
        max(*before, *end),
    )
    axes = Axes(language, scale)
    shapes = [
        axes.grid,
        axes.bars("behind", before, part=(0.12, 0.47)),
        axes.bars("bar", end, part=(0.53, 0.88)),
    ]
    title, newest = say(language, "reports.part.stock.title"), whole_text(language, sum(end))
    drawn = plot(language, title, newest, axes, shapes, dict(zip(("behind", "bar"), heads, strict=True)))
    return ReportPart("stock", heads, lines, [drawn], measure="open")


def _promises(language: str, promises: Mapping[str, Mapping[str, int]]) -> ReportPart:
    lines = [
        ReportLine(
            say(language, f"reports.promises.{whose}"),
            [*(whole_text(language, ends[end]) for end in ENDS), _kept(ends)],
            _length(ends["kept"], sum(ends.values())),
        )
        for whose, ends in promises.items()
        if any(ends.values())
    ]
    heads = [*(say(language, f"figures.end.{end}") for end in ENDS), say(language, "reports.head.kept")]
    return ReportPart("promises", heads, lines, ends=["0%", "100%"], measure="answers_kept")


def questions(language: str, survey: Report) -> ReportPart:
    """Return the part of the report with the answers to the survey. The part has a line for each question.
    `survey`: the numbers."""
    told = {name: survey["questions"][name] for name in QUESTIONS if name in survey["questions"]}
    names = {name: say(language, f"figures.question.{name}") for name in told}
    lines = [ReportLine(names[name], _scores(language, said)) for name, said in told.items()]
    hidden = protects(language, survey)
    drawn = _of_survey(language, names, told)
    return ReportPart("survey", _of_scores(language), lines, drawn, hidden, measure="survey_n")


def _of_survey(language: str, names: Mapping[str, str], told: Mapping[str, Report]) -> list[Plot]:
    """Return the plot of the means of questions with their intervals; none without an answer. A report of an
    earlier release has no interval. `names`: the labels of the questions."""
    if not told:
        return []
    unit, along = say(language, "figures.unit.score"), say(language, "figures.along.questions")
    axes = Axes(language, Scale([*names.values()], along, unit, SCORED[-1], SCORED[0]))
    ends = [(said["low"], said["high"]) if "low" in said else None for said in told.values()]
    means = [said["mean"] for said in told.values()]
    shapes = [axes.grid, axes.bars("bar", means, part=(0.25, 0.75)), axes.ranges("range", ends)]
    keys = {kind: say(language, f"figures.key.{kind}") for kind in ("mean", "range")}
    meant = {"bar": keys["mean"], "range": keys["range"]}
    return [plot(language, say(language, "reports.part.survey.title"), "", axes, shapes, meant)]


def protects(language: str, survey: Report) -> str:
    """Return a sentence on which numbers of a survey are hidden or rounded. Reports of earlier releases have
    exact numbers, and hide others. `survey`: the numbers."""
    return say(language, "reports.protects.rounded" if "rounded_to" in survey else "reports.protects.exact")


def opinions(language: str, reports: Mapping[str, Report]) -> ReportPart:
    """Return the part of the report with the opinions on the process. The part has a line for each question.
    The opinions come from a random sample of people. `reports`: the numbers of each question, by its name."""
    lines = [
        ReportLine(_label(language, "label", one), _scores(language, said), _score(said))
        for one, said in reports.items()
    ]
    return ReportPart("opinions", _of_scores(language), lines, ends=SCORE_ENDS)


def words(language: str, counts: Mapping[str, Sequence[tuple[str, int]]]) -> ReportPart:
    """Return the part of the report with the words that people used in free answers to the survey. `counts`:
    for each type of complaint, pairs of a word and the number of answers with this word."""
    most = max((n for said in counts.values() for _, n in said), default=0)
    lines = [
        ReportLine(term, [_label(language, "type", type_), whole_text(language, n)], _length(n, most))
        for type_, said in counts.items()
        for term, n in said
    ]
    return ReportPart("words", _heads(language, "type", "answers"), lines, ends=_ends(language, most))


def opinion_words(language: str, counts: Sequence[tuple[str, int]]) -> ReportPart:
    """Return the part of the report with the words that people used in opinions on the process. `counts`:
    pairs of a word and the number of opinions with this word."""
    most = max((n for _, n in counts), default=0)
    lines = [ReportLine(term, [whole_text(language, n)], _length(n, most)) for term, n in counts]
    return ReportPart("opinion_words", _heads(language, "answers"), lines, ends=_ends(language, most))


def answers_by(language: str, survey: Report, roster: Roster) -> Iterator[ReportPart]:
    """Yield the parts of the report that break down the answers to the survey. There is a part for each
    property, such as type or team. `survey`: the numbers. `roster`: has the names of the teams."""
    for facet, kinds in survey["by"].items():
        lines = [_answers(language, label(language, facet, code, roster), kinds[code]) for code in kinds]
        heads = [say(language, "reports.head.rate"), *_of_scores(language)]
        yield ReportPart(f"by_{facet}", heads, lines, ends=SCORE_ENDS)


def _answers(language: str, label: str, told: Report | None) -> ReportLine:
    """Return the line of a code. A report of an earlier release has None for a hidden code."""
    if told is None:
        return ReportLine(
            label, ["", say(language, "reports.hidden"), *("" for _ in (*SCORED, "mean", "content"))]
        )
    return ReportLine(label, [rate(language, told), *_scores(language, told)], _score(told))


def rate(language: str, report: Report) -> str:
    """Return the response rate of a survey as text. Return an empty string if nobody was asked, or if a
    number is hidden to protect people. `report`: the numbers of the survey."""
    if report["answered"] is None or not report["asked"]:
        return ""
    return f"{_share(report['answered'], report['asked'])} ({report['answered']}/{report['asked']})"


def _of_scores(language: str) -> list[str]:
    scores = [say(language, "reports.head.score", n=score) for score in SCORED]
    return [*_heads(language, "answers", "mean", "content"), *scores]


def _scores(language: str, told: Report) -> list[str]:
    """Return the cells of a question: number, mean, share of content people, and the number of each score. A
    report of an earlier release has a margin instead of an interval, and no share."""
    if "margin" in told:
        mean, content = f"{told['mean']:.2f} ± {told['margin']:.2f}", ""
    else:
        mean = mean_text(language, told["mean"], told["low"], told["high"])
        content = _content(language, told["content"])
    scores = [whole_text(language, n) for n in told["scores"]] or ["–" for _ in SCORED]
    return [whole_text(language, told["n"]), mean, content, *scores]


def _content(language: str, share: Report | None) -> str:
    if share is None:
        return "–"
    between = f"{share['low']}–{share['high']}%"
    return say(language, "figures.mean_between", mean=f"{share['percent']}%", between=between)


def _score(told: Report) -> int:
    mean = (told["low"] + told["high"]) / 2 if told["mean"] is None else told["mean"]
    return _length(mean - SCORED[0], SCORED[-1] - SCORED[0])


def _by(language: str, facet: str, kinds: Mapping[str, Report], roster: Roster) -> ReportPart:
    most = max((told["received"] for told in kinds.values()), default=0)
    lines, rated = [], any(told.get("per_1000") is not None for told in kinds.values())
    for code, told in kinds.items():
        answered, acknowledged = (told["times"].get(step) for step in ("answered", "acknowledged"))
        before = told.get("before")
        cells = [
            whole_text(language, told["received"]),
            whole_text(language, before["received"]) if before else "–",
            *((_per_1000(told), _per_1000(before)) if rated else ()),
            whole_text(language, told["open"]) if "open" in told else "–",
            time(language, answered["median_hours"]) if answered else "–",
            time(language, answered["p90_hours"]) if answered else "–",
            _within(language, "acknowledged", acknowledged, WITHIN[0]) if acknowledged else "–",
            _kept(told["promises"]["answers"]),
            _share(told["overturned"], told["matters"]),
        ]
        lines.append(ReportLine(label(language, facet, code, roster), cells, _length(told["received"], most)))
    received = [say(language, "reports.count.received"), *_heads(language, "year_before")]
    heads = _heads(language, "open_end", "half", "most", "decided_in_time", "kept", "overturned")
    rates = _heads(language, "per_1000_short", "per_1000_before") if rated else []
    heads = [*received, *rates, *heads]
    return ReportPart(f"by_{facet}", heads, lines, ends=_ends(language, most), measure="received")


def _results(language: str, report: Report, opens: Callable[[str], bool]) -> Iterator[ReportPart]:
    """Yield the parts of the report on what complaints led to: conclusions, rates, money, and actions against
    the main causes. `opens` as in `parts`."""
    every, before = report["all"], report.get("before")
    yield _actions(language, report, opens)
    past = before["concluded"] if before else None
    concluded = _counts(language, "concluded", every["concluded"], [*Concluded], "reports.concluded", past)
    yield concluded._replace(measure="concluded_upheld")
    past_rates = rates(before) if before else {}
    lines = [
        ReportLine(
            say(language, f"reports.rate.{name}"),
            [
                *(whole_text(language, n) for n in pair),
                *(_share(*each[name]) for each in (rates(every), past_rates) if each),
            ],
        )
        for name, pair in rates(every).items()
    ]
    ends = ["year_before"] if before else []
    yield ReportPart("rates", _heads(language, "n", "of", "share", *ends), lines, measure="concluded_upheld")
    lines = [
        ReportLine(
            say(language, f"reports.redress.{what}"),
            [
                whole_text(language, told["people"]),
                *(_money(language, told[name]) for name in ("total", "goodwill")),
                *([_money(language, before["redress"][what]["total"])] if before else []),
            ],
        )
        for what, told in every["redress"].items()
    ]
    heads = _heads(language, "people", "sum", "goodwill", *ends)
    yield ReportPart("redress", heads, lines, measure="promised_people")


def _actions(language: str, report: Report, opens: Callable[[str], bool]) -> ReportPart:
    """Return the part of the report with the improvement actions against each main cause."""
    lines, unprotected = [], say(language, "reports.not_contained")
    for cause, found in report["actions"].items():
        label, n = _label(language, "cause", cause), whole_text(language, report["causes"][cause])
        if not found:
            lines.append(ReportLine(label, [say(language, "reports.no_action"), n, "", "", "", ""]))
        for ref, action in found.items():
            looked = action["verdict"] and action["expected"] is not None
            cells = [
                shown(ref),
                n,
                say(language, f"reports.action.{action['state']}"),
                action["contained"] or (unprotected if action["state"] == ActionState.OPEN else ""),
                action["verdict"] and _label(language, "verdict", action["verdict"]),
                say(language, "reports.expected", **action) if looked else "",
            ]
            page = f"/desk/actions/{ref}" if opens(action["team"]) else ""
            lines.append(ReportLine(label, cells, page=page))
    heads = _heads(language, "action", "complaints", "state", "contained", "verdict", "effect")
    return ReportPart("actions", heads, lines, measure="action_expected")


def _results_by(language: str, facet: str, kinds: Mapping[str, Report], roster: Roster) -> ReportPart:
    """Return the part of the report with the rates and the money of each code of a facet."""
    names = ("upheld", "mediated", "broken", "mended", "repeats")
    lines = []
    for code, told in kinds.items():
        found = rates(told)
        pairs = [found[name] for name in names]
        cells = [f"{_share(*pair)} ({pair[0]}/{pair[1]})" if pair[1] else "–" for pair in pairs]
        sums = [each["total"] for each in told["redress"].values()]
        cells += [say(language, "reports.hidden") if fen is None else f"{fen / 100:,.2f}" for fen in sums]
        lines.append(ReportLine(label(language, facet, code, roster), cells))
    heads = [*_heads(language, *(f"rate_{name}" for name in names))]
    heads += [say(language, f"reports.in_yuan.{what}") for what in FLOWS]
    return ReportPart(f"results_{facet}", heads, lines, measure="concluded_upheld")


def _money(language: str, fen: int | None) -> str:
    return say(language, "reports.hidden") if fen is None else formats.money(language, fen)


def _label(language: str, list_: str, code: str) -> str:
    return _or_code(lambda: formats.label(language, code, list_), code)


def _or_code(label: Callable[[], str], code: str) -> str:
    """Return the label of a code. `label`: the function that returns it. If there is no label, return `code`,
    because a later release may have made the report."""
    try:
        return label()
    except LookupError:
        return code


def _heads(language: str, *names: str) -> list[str]:
    return [say(language, f"reports.head.{name}") for name in names]


def _kept(ends: Mapping[str, int]) -> str:
    """Return the share of promises that were kept by their due date, as text. Waived promises do not count.
    `ends`: the number of promises for each way in which a promise can end."""
    return _share(ends["kept"], sum(n for end, n in ends.items() if end != "given_up"))


def _share(part: int, of: int) -> str:
    return f"{100 * part / of:.0f}%" if of else "–"


def _ends(language: str, most: float) -> list[str]:
    """Return the ends of the axis of bars, the longest of which stands for `most`."""
    return ["0", whole_text(language, most)]


def _length(part: float, of: float) -> int:
    return round(100 * part / of) if of else 0
