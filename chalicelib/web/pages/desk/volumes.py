"""The numbers of customers on the desk: what is known of each part of them, and what a report uses."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from chalicelib.domain.calendar import SHANGHAI, instant
from chalicelib.domain.roster import Roster
from chalicelib.figures.report import MOST_LINES, Period, Report
from chalicelib.figures.volumes import COUNTED_BY, EVERY, Part, Volumes, by_part, codes, customers
from chalicelib.locale import formats
from chalicelib.locale.formats import whole_text
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.report import ReportLine, ReportPart
from chalicelib.web.pages.desk.report_data import label
from chalicelib.web.pages.figures import joined

COLUMNS = ("months", "newest", "now", "used", "state")


def volume_parts(
    language: str, stored: Volumes, report: Report, companies: Collection[str]
) -> Iterator[ReportPart]:
    """Yield a table for all customers and for each breakdown that can have numbers of them. A line has a part
    of the customers: its known months, its newest number, two means in the period of the report, and a
    remark. The first mean is that of the numbers as known now, the second the one that the report uses. A
    sentence names the parts of which there are complaints, but no numbers.

    `stored`: the loaded numbers. `report`: that of the company. `companies`: those that the policy lists."""
    used: dict[Part, Report] = {(EVERY, EVERY): report["all"]}
    used |= {(by, code): told for by in COUNTED_BY for code, told in report["by"].get(by, {}).items()}
    known, months = by_part(stored), _months(report)
    heads = [say(language, f"volumes.head.{name}") for name in COLUMNS]
    for facet in (EVERY, *COUNTED_BY):
        allowed, lines, without = codes(facet, companies), list[ReportLine](), list[str]()
        for part in {**used, **known}:
            if part[0] != facet:
                continue
            called = say(language, "volumes.part.all") if facet == EVERY else label(language, *part, Roster())
            if part not in known:
                without.append(called)
                continue
            mine, now = known[part], customers(stored, months, *part)
            missing = [month for month in months if f"{month:%Y-%m}" not in mine]
            cells = [
                f"{min(mine)} – {max(mine)}",
                whole_text(language, mine[max(mine)]),
                _number(language, now),
                _number(language, used.get(part, {}).get("customers")),
                _state(language, report, missing, now, used.get(part))
                if part[1] in allowed or used.get(part, {}).get("customers")
                else say(language, "volumes.state.unknown"),
            ]
            lines.append(ReportLine(called, cells))
        says = [say(language, "volumes.cut", shown=MOST_LINES, n=len(lines))] if lines[MOST_LINES:] else []
        if without:
            names = formats.joined(language, without[:MOST_LINES])
            says.append(say(language, "volumes.without", n=len(without), names=names))
        yield ReportPart(facet, heads, lines[:MOST_LINES], remark=joined(language, *says))


def loaded_by(language: str, told: Mapping[str, str] | None) -> str:
    """Return a sentence on the loading of the numbers: its moment, its operator and its file. `told`: as
    `figures.volumes.loading` returns it."""
    if told is None:
        return say(language, "volumes.loaded_before")
    at = formats.moment(language, instant(told["at"]), end=False)
    return say(language, "volumes.loaded", at=at, by=told["by"], file=told["file"])


def _state(
    language: str, report: Report, missing: Collection[date], now: float | None, told: Report | None
) -> str:
    """Return whether the report uses the numbers of a part of the customers, and why it does not. `missing`:
    the months of the report without a number. `now`: their mean. `told`: the figures of the part in the
    report."""
    if missing or now is None:
        months = formats.joined(language, (formats.month_name(language, f"{one:%Y-%m}") for one in missing))
        return say(language, "volumes.state.missing", months=months)
    if "until" in report:
        state = "running"
    elif told is None:
        state = "no_complaints"
    else:
        state = "used" if told.get("customers") == round(now, 1) else "later"
    return say(language, f"volumes.state.{state}")


def _months(report: Report) -> Collection[date]:
    """Return the first days of the months of a report that have begun."""
    if until := report.get("until"):
        return Period(report["period"], instant(until).astimezone(SHANGHAI).date()).months
    return Period(report["period"]).months


def _number(language: str, mean: float | None) -> str:
    return "–" if mean is None else whole_text(language, round(mean))
