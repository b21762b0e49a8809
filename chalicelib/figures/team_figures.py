"""The load, the times and the promises of each team and each person, for supervisors and team leads. The
nightly run stores them for the newest 90 days and for each recent month. The numbers are exact, so they stay
inside the company.

An event counts with the team and the person who had the complaint at that moment. A row without a person is
about the team as a whole. A person counts only while they owned the complaint."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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


def _name(row: Row) -> str:
    return f"{row['month']:%Y-%m}" if row["month"] else LATELY


def _row(team: str, person: str, said: Row, now: Mapping[str, int]) -> Row:
    """Return a row with all `COLUMNS`. A time without any complaint is None."""
    zero = {"team": team, "person": person, "open": sum(now.values())}
    return {name: ({**said, **now, **zero}).get(name, None if "hours" in name else 0) for name in COLUMNS}
