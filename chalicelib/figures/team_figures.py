"""The load, the times and the promises of each team and each person, for supervisors and team leads. The
nightly run stores them for the newest 90 days and for each recent month. The numbers are exact, so they stay
inside the company.

An event counts with the team and the person who had the complaint at that moment. A row without a person is
about the team as a whole. A person counts only while they owned the complaint."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from chalicelib.domain.model.codes import OPEN as OPEN_STAGES, Stage

Row = Mapping[str, Any]
FOLDER = "figures/teams/"
"""The folder of the store for these figures."""
LATELY = "lately"
"""The name of the period of the newest 90 days."""
MONTHS = 13
"""The number of months whose figures are kept up to date: the current month and the twelve before it."""
COUNTS = ("received", "handed_in", "handed_out", "closed", "missed", "due", "kept", "late")
"""The columns that count events. The SQL statement `teams/counts` says what each means."""
STEPS = ("acknowledged", "answered")
TIMES = tuple(f"{step}_{what}" for step in STEPS for what in ("n", "median_hours", "p90_hours"))
OPEN = tuple(f"open_{stage}" for stage in Stage if stage in OPEN_STAGES)
"""The columns that count open complaints, one for each stage."""
COLUMNS = ("team", "person", "open", *COUNTS, *TIMES, *OPEN)
"""The columns of a row, in their order."""
TRENDS = "figures/trends/"
"""The folder of the store for what happened in each week and month: a file for each team, and one for all."""
EVERYBODY = "all.teams"
"""The name of the file for all teams. No id of a team has a full stop."""
AGES = ("open_7", "open_30", "open_60", "open_older")
"""The columns that count open complaints by age: up to 7, 30 and 60 days, and older ones."""
SPANS = ("week", "month")
TREND = ("received", "closed", "acknowledged", "acknowledged_late", "answered", "answered_late", *AGES)
"""The columns that count complaints of a week or month. The SQL statement `teams/trend` says what each
means."""


def team_figures(
    load: Iterable[Row], counts: Iterable[Row], times: Iterable[Row], until: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name of each period and its figures as they are stored. The arguments are the rows of the SQL
    statements in the folder `teams`. `until` is the last day that is counted."""
    found = defaultdict[str, dict[tuple[str, str], dict[str, Any]]](lambda: defaultdict(dict))
    for row in counts:
        found[_name(row)][row["team"], row["owner"]][row["what"]] = row["n"]
    for row in times:
        said = found[_name(row)][row["team"], row["owner"]]
        for what in ("n", "median_hours", "p90_hours"):
            said[f"{row['step']}_{what}"] = round(row[what], 1) if what != "n" else row[what]
    months = sorted(found.keys() - {LATELY}, reverse=True)[:MONTHS]
    now = defaultdict[tuple[str, str], dict[str, int]](dict)
    for row in load:
        now[row["team"], row["owner"]][f"open_{row['stage']}"] = row["n"]
    for name in (LATELY, *months):
        rows = [
            _row(*whose, found[name].get(whose, {}), now.get(whose, {}))
            for whose in sorted(found[name].keys() | now.keys())
        ]
        yield name, {"until": until, "months": months, "rows": rows}


def trends(rows: Sequence[Row], until: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name of each file of `TRENDS` and its content. `rows` are those of the SQL statement
    `teams/trend`. `until` is the last day that is counted. Each span, from the oldest on, has its first day,
    and for each of `TREND` the number and the newest complaints behind it."""
    spans = sorted({(row["span"], row["begun"]) for row in rows if not row["team"]})
    found = defaultdict[tuple[str, str, date, str], tuple[int, list[str]]](lambda: (0, []))
    for row in rows:
        place = row["team"], row["span"], row["begun"], row["what"]
        found[place] = row["n"], [*found[place][1], row["ref"]]
    for team in sorted({"", *(row["team"] for row in rows)}):
        yield (
            team or EVERYBODY,
            {
                "until": until,
                **{
                    span: [
                        {"begun": begun, **{what: found[team, span, begun, what] for what in TREND}}
                        for of, begun in spans
                        if of == span
                    ]
                    for span in SPANS
                },
            },
        )


def _name(row: Row) -> str:
    return f"{row['month']:%Y-%m}" if row["month"] else LATELY


def _row(team: str, person: str, said: Row, now: Mapping[str, int]) -> Row:
    """Return a row with all `COLUMNS`. A time without any complaint is None."""
    zero = {"team": team, "person": person, "open": sum(now.values())}
    return {name: ({**said, **now, **zero}).get(name, None if "hours" in name else 0) for name in COLUMNS}
