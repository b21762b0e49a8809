"""The figures of teams and people as tables of a page."""

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.domain.roster import Roster
from chalicelib.figures.team_figures import LATELY, OPEN, TIMES, Row
from chalicelib.locale.formats import label, whole_text
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.report import ReportLine, ReportPart, period_name
from chalicelib.web.pages.figures import time

PARTS = {
    "counts": ("received", "handed_in", "handed_out", "closed", "missed"),
    "times": TIMES,
    "promises": ("due", "kept", "late"),
}
"""The columns of each table, by the name of the table."""


def called(language: str, period: str) -> str:
    """Return the name of a period as text."""
    return say(language, "reports.teams.lately") if period == LATELY else period_name(language, period)


def parts(language: str, rows: Sequence[Row], team: str, roster: Roster) -> Iterator[ReportPart]:
    """Yield the tables: of all teams, or of one `team` and its people. `rows`: the rows of the figures."""
    shown = [row for row in rows if (row["team"] == team if team else not row["person"])]
    stages = [name for name in OPEN if any(row.get(name) for row in shown)]
    yield _table(language, "load", shown, ("open", *stages), team, roster)
    for name, columns in PARTS.items():
        yield _table(language, name, shown, columns, team, roster)


def _table(
    language: str, name: str, rows: Sequence[Row], columns: Sequence[str], team: str, roster: Roster
) -> ReportPart:
    """Return a table with a line for each row that has a number in one of the `columns`."""
    heads = [
        label(language, one.removeprefix("open_"), "stage")
        if one in OPEN
        else say(language, f"reports.teams.head.{one}")
        for one in columns
    ]
    lines = [
        ReportLine(_whose(language, row, team, roster), [_cell(language, one, row) for one in columns])
        for row in rows
        if any(row.get(one) for one in columns)
    ]
    return ReportPart(name, heads, lines)


def _whose(language: str, row: Row, team: str, roster: Roster) -> str:
    if not team:
        return roster.team_name(row["team"], language)
    member = roster.member(row["person"])
    whole = say(language, "reports.teams.whole")
    return (member.name if member else row["person"]) if row["person"] else whole


def _cell(language: str, name: str, row: Mapping[str, float | None]) -> str:
    """Return the text of a cell. The cell of a time is empty if no complaint came so far."""
    said = row.get(name)
    if name.endswith("hours"):
        return "" if said is None else time(language, said)
    return whole_text(language, int(said or 0))
