"""Load, times and promises by team and person. Each number is exact, and counts with the team and person who
had the complaint then."""

from __future__ import annotations

import json
from datetime import date
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case_records import Holder
from chalicelib.figures.lake import Lake
from chalicelib.figures.nightly import Nightly
from chalicelib.figures.team_figures import COLUMNS, FOLDER, LATELY, MONTHS, team_figures
from tests.casework.routed import TAN, handed_north, routed
from tests.domain.life import accepted
from tests.figures.handed import LAST, PEOPLE, TEAMS, World
from tests.scenario import DAY, HOUR, Scenario

WHY = "消费者住在北京，由北方组办理。"


def stored(nightly: Nightly, period: str = LATELY) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the stored rows of a period by team and person."""
    rows = json.loads(nightly.store.read(f"{FOLDER}{period}.json"))["rows"]
    return {(row["team"], row["person"]): row for row in rows}


def test_complaint_that_moved_counts_with_each_team_for_its_own_time(
    scenario: Scenario, nightly: Nightly
) -> None:
    """A complaint was acknowledged by one team and handed over. It is open in the other team, and the time of
    the acknowledgement stays with the first."""
    routed(scenario)
    ref = handed_north(scenario)
    scenario.later(HOUR)
    scenario.move(TAN, "assign", ref, to="han")
    holders = scenario.product.file.load(ref).holders
    assert [(one.team, one.owner) for one in holders] == [
        ("general", None),
        ("general", "zhao"),
        ("north", None),
        ("north", "han"),
    ]
    scenario.later(DAY)
    nightly.night()
    found = stored(nightly)
    general, zhao, north, han = (
        found[each] for each in (("general", ""), ("general", "zhao"), ("north", ""), ("north", "han"))
    )
    names = ("received", "handed_in", "handed_out", "open", "acknowledged_n")
    assert [[row[name] for name in names] for row in (general, zhao, north, han)] == [
        [1, 0, 1, 0, 1],
        [1, 0, 1, 0, 0],
        [0, 1, 0, 1, 0],
        [0, 1, 0, 1, 0],
    ]
    assert general["acknowledged_median_hours"] == 2.0
    assert north["open_investigating"] == 1
    assert stored(nightly, "2026-02") == found
    assert tuple(han) == COLUMNS


def test_case_of_an_older_release_begins_with_the_holder_it_had() -> None:
    """A case was saved without holders. Its next move adds its holder before that move."""
    life = accepted()
    life.case = replace(life.case, holders=())
    before = Holder("general", life.case.owner, life.case.recorded_at, 1)
    life.later(DAY).take("change_team", "sun", to="south", reason=WHY)
    assert life.case.holders == (before, Holder("south", None, life.time, life.case.entries))


def test_export_without_holders_counts_with_the_team_of_the_complaint(tmp_path: Path) -> None:
    """Rows of an older release have no holders. The present team then had the complaint all the time."""
    world = World(Random(3), 40)
    world.write(tmp_path, holders=False)
    rows = Lake(tmp_path).run("teams/counts")
    assert {row["owner"] for row in rows} == {""}
    whole = sum(row["n"] for row in rows if row["what"] == "received" and row["month"])
    assert whole == len(world.cases)
    assert not [row for row in rows if row["what"].startswith("handed")]


@pytest.mark.parametrize("seed", range(4))
def test_events_and_times_count_with_those_who_had_the_complaint_then(tmp_path: Path, seed: int) -> None:
    """Random complaints with hand-overs: SQL counts what a plain count over their lives counts."""
    world = World(Random(seed), 150)
    world.write(tmp_path)
    lake = Lake(tmp_path)
    counts = {
        (row["month"], row["team"], row["owner"], row["what"]): row["n"] for row in lake.run("teams/counts")
    }
    assert counts == world.counted()
    hours = world.hours()
    times = {(row["month"], row["team"], row["owner"], row["step"]): row for row in lake.run("teams/times")}
    assert times.keys() == hours.keys()
    for key, row in times.items():
        ranked = sorted(hours[key])
        half, most = (ranked[ceil(share * len(ranked)) - 1] for share in (0.5, 0.9))
        assert row["n"] == len(ranked)
        assert (row["median_hours"], row["p90_hours"]) == pytest.approx((half, most), abs=0.001)
    load = lake.run("teams/load")
    open_ = sum(not case["closed"] for case in world.cases)
    assert sum(row["n"] for row in load if not row["owner"]) == open_
    owned = sum(not case["closed"] and case["holders"][-1][3] is not None for case in world.cases)
    assert sum(row["n"] for row in load if row["owner"]) == owned


def test_recent_months_are_kept_with_a_row_for_each_person(tmp_path: Path) -> None:
    """At most `MONTHS` and the last 90 days are stored. A file has a row for each team and person, not for
    each case."""
    world = World(Random(1), 300)
    world.write(tmp_path)
    lake = Lake(tmp_path)
    rows = [lake.run(f"teams/{name}") for name in ("load", "counts", "times")]
    old = [{**row, "month": date(2020 + n, 1, 1)} for n in range(20) for row in rows[1] if row["month"]]
    made = dict(team_figures(rows[0], [*rows[1], *old], rows[2], str(LAST)))
    assert len(made) == 1 + MONTHS
    assert max(len(one["rows"]) for one in made.values()) <= len(TEAMS) * (1 + len(PEOPLE))
