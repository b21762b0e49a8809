"""The counts of recent complaints for a dry run of the routing. They say how many complaints of the last 90
days have the same facts and the same team. The nightly run makes them, so that a page needs one read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from chalicelib.domain.frozen import values
from chalicelib.domain.model.codes import GoodsClass, ServiceClass, SubjectKind
from chalicelib.domain.routing import ComplaintCount, Facts, known

ROUTING = "figures/routing.json"
"""The store key of the counts."""
DAYS = 90
"""The number of days for which complaints are counted. The SQL statement names the same number."""


class RecentComplaints(NamedTuple):
    """The counted complaints. `until`: the last day (China) that is counted."""

    until: date
    filed: tuple[ComplaintCount, ...]


def counted(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the counts as they are stored: how many complaints have the same facts and the same team. `rows`
    are those of the SQL statement `routing/filed_lately`, one for each matter, sorted by complaint."""
    found, until = Counter[tuple[str, Facts]](), None
    for _, each in groupby(rows, key=lambda row: row["ref"]):
        matters = [*each]
        found[matters[0]["team"], _facts(matters)] += 1
        until = str(matters[0]["newest"])
    return {
        "until": until,
        "filed": [{"team": team, "facts": values(facts), "n": n} for (team, facts), n in found.items()],
    }


def read(stored: Mapping[str, Any]) -> RecentComplaints | None:
    """Return the counts from their stored form. Return None if no complaint was counted."""
    if not stored["until"]:
        return None
    return RecentComplaints(
        date.fromisoformat(stored["until"]),
        tuple(
            ComplaintCount(
                Facts(**{name: tuple(codes) for name, codes in one["facts"].items()}), one["team"], one["n"]
            )
            for one in stored["filed"]
        ),
    )


def _facts(matters: list[Mapping[str, Any]]) -> Facts:
    first = matters[0]
    bought, kind = first["class"], first["subject"]
    return Facts(
        tuple(sorted({row["type"] for row in matters})),
        known(bought if bought in [*GoodsClass] and kind != SubjectKind.SERVICE else None),
        known(bought if bought in [*ServiceClass] and kind != SubjectKind.GOODS else None),
        known(first["region"]),
        known(first["company"], first["brand"]),
        known(first["channel"]),
        known(first["language"]),
        known(first["severity"]),
    )
