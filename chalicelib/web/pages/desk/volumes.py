"""The numbers of customers on the desk: what is known of each part of them, and what a report uses."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from chalicelib.domain.calendar import SHANGHAI, instant
from chalicelib.domain.roster import Roster
from chalicelib.figures.report import Period, Report
from chalicelib.figures.volumes import COUNTED_BY, EVERY, Part, Volumes, by_part, codes, customers
from chalicelib.locale import formats
from chalicelib.locale.formats import whole_text
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.report import MOST_LINES, ReportLine, ReportPart
from chalicelib.web.pages.desk.report_data import label

COLUMNS = ("months", "newest", "now", "used", "state")


def volume_parts(
    language: str, stored: Volumes, report: Report, companies: Collection[str]
) -> Iterator[ReportPart]:
    """Yield a table for all customers and for each breakdown that can have numbers of them. A line has a part
    of the customers with its known months, its newest number, the mean in the period of the report as known
    now and as the report uses it, and a remark. Parts of which complaints were received come first. `stored`:
    the loaded numbers. `report`: that of the company. `companies`: those that the policy lists."""
    used: dict[Part, Report] = {(EVERY, EVERY): report["all"]}
    used |= {(by, code): told for by in COUNTED_BY for code, told in report["by"].get(by, {}).items()}
    known, months = by_part(stored), _months(report)
    heads = [say(language, f"volumes.head.{name}") for name in COLUMNS]
    for facet in (EVERY, *COUNTED_BY):
        allowed = codes(facet, companies)
        found = [part for part in {**used, **known} if part[0] == facet]
        lines = list[ReportLine]()
        for part in found[:MOST_LINES]:
            mine, now = known.get(part, {}), customers(stored, months, *part)
            missing = [month for month in months if f"{month:%Y-%m}" not in mine]
            cells = [
                f"{min(mine)} – {max(mine)}" if mine else "–",
                _number(language, mine[max(mine)] if mine else None),
                _number(language, now),
                _number(language, used.get(part, {}).get("customers")),
                say(language, "volumes.state.unknown")
                if part[1] not in allowed
                else _state(language, report, mine, missing, now, used.get(part)),
            ]
            label_ = say(language, "volumes.part.all") if facet == EVERY else label(language, *part, Roster())
            lines.append(ReportLine(label_, cells))
        cut = say(language, "volumes.cut", shown=MOST_LINES, n=len(found)) if len(found) > MOST_LINES else ""
        yield ReportPart(facet, heads, lines, remark=cut)


def _state(
    language: str,
    report: Report,
    known: Mapping[str, int],
    missing: Collection[date],
    now: float | None,
    told: Report | None,
) -> str:
    """Return whether the report uses the numbers of a part of the customers, and why it does not. `known`:
    its loaded numbers, without the months `missing`. `now`: their mean. `told`: its figures in the report."""
    if known and missing:
        months = formats.joined(language, (formats.month_name(language, f"{one:%Y-%m}") for one in missing))
        return say(language, "volumes.state.missing", months=months)
    if now is None:
        state = "none"
    elif "until" in report:
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
