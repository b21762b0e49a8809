"""Load, times and promises by team and person: exact, and counted with those who had the complaint then."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case_records import Holder
from chalicelib.figures.lake import Lake, parquet, path
from chalicelib.figures.nightly import Nightly
from chalicelib.figures.team_figures import COLUMNS, FOLDER, LATELY, MONTHS, team_figures
from tests.casework.routed import TAN, routed
from tests.domain.life import accepted
from tests.scenario import DAY, HOUR, SUN, WANG, Scenario

WHY = "消费者住在北京，由北方组办理。"
TEAMS = ("general", "north", "south")
PEOPLE = ("zhao", "han", "guo", None)
BEGUN, LAST = datetime(2026, 1, 1), date(2026, 7, 31)


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
    ref = scenario.submit().ref
    scenario.later(2 * HOUR)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.later(DAY)
    scenario.move(SUN, "change_team", ref, to="north", reason=WHY)
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


class World:
    """Random complaints with their holders, moves and promises, counted without SQL."""

    def __init__(self, dice: Random, count: int) -> None:
        self.cases = [self._case(dice, n) for n in range(count)]

    def _case(self, dice: Random, n: int) -> dict[str, Any]:
        at = BEGUN + timedelta(minutes=dice.randrange(200 * 1440))
        kinds = ["hand", "hand", "accept", "answer", "miss"]
        dice.shuffle(kinds)
        holders: list[tuple[int, datetime, str, str | None]] = [(1, at, dice.choice(TEAMS), None)]
        moves: list[tuple[int, datetime, str, str | None]] = [(1, at, "submit", None)]
        now = at
        for entry, kind in enumerate(kinds[: dice.randrange(6)], 2):
            # some entries share a moment, because what one request does has one time
            now += timedelta(minutes=dice.choice((0, 1, 60, 1440, 9000)))
            if kind == "hand":
                team, owner = dice.choice(TEAMS), dice.choice(PEOPLE)
                moves.append((entry, now, "change_team", None))
                if (team, owner) != holders[-1][2:]:
                    holders.append((entry, now, team, owner))
            else:
                late = "investigation" if kind == "miss" else None
                moves.append((entry, now, "take_step" if kind == "miss" else kind, late))
        closed = now + timedelta(minutes=dice.randrange(1, 3000)) if dice.random() < 0.5 else None
        return {
            "ref": f"26{n:010}",
            "at": at,
            "holders": holders,
            "moves": moves,
            "closed": closed,
            "by": (at + timedelta(days=dice.randrange(40))).date(),
            "state": dice.choice(("confirmed", "waived", "due")),
            "done": (at + timedelta(days=dice.randrange(40))).date(),
        }

    def write(self, folder: Path, holders: bool = True) -> None:
        """Write the rows of the export."""
        tables = defaultdict[str, list[dict[str, Any]]](list)
        for case in self.cases:
            ref, stage = {"ref": case["ref"]}, "closed" if case["closed"] else "investigating"
            _, _, team, _ = case["holders"][-1]
            head = {"received_at": case["at"], "recorded_at": case["at"], "team": team, "stage": stage}
            closed = {"closed_at": case["closed"]} if case["closed"] else {}
            tables["complaints"].append(ref | head | closed | {"joined": False, "type": "price"})
            promise = {"id": "O1", "debtor": "business", "agreed": False, "by_day": case["by"]}
            ends = {"state": case["state"], "state_at": case["at"], "done_on": case["done"]}
            tables["promises"].append(ref | promise | ends | {"breached": False})
            for n, at, move, late in case["moves"]:
                row = {"n": n, "taken_at": at, "move": move, "asked": False, "early": False}
                tables["moves"].append(ref | row | ({"deadline": late} if late else {}))
            for n, at, team, owner in case["holders"] if holders else ():
                row = {"n": n, "since": at, "team": team}
                tables["holders"].append(ref | row | ({"owner": owner} if owner else {}))
        end = datetime.combine(LAST, datetime.min.time())
        last = {"ref": "0", "n": 1, "taken_at": end, "move": "submit", "asked": False}
        tables["moves"].append(last)
        for table, rows in tables.items():
            (file := folder / path(table, LAST)).parent.mkdir(parents=True)
            plain = [{k: v.isoformat() if isinstance(v, date) else v for k, v in r.items()} for r in rows]
            file.write_bytes(parquet(table, plain))

    def terms(self, case: dict[str, Any], people: bool) -> list[tuple[int, int, datetime, datetime, Any]]:
        """Return the terms of the teams or people of a case: their entries, moments and holders."""
        found: list[Any] = []
        for n, at, team, owner in case["holders"]:
            whose = (team, owner or "") if people else (team, "")
            if found and found[-1][4] == whose:
                continue
            if found:
                found[-1][1], found[-1][3] = n, at
            found.append([n, 10**9, at, datetime.max, whose])
        if not people:
            found[0][2] = datetime.min
        return [tuple(one) for one in found if one[4][1] or not people]

    def counted(self) -> dict[Any, int]:
        """Return the number of events by month (None: the newest 90 days), team, person and kind."""
        found: dict[Any, int] = defaultdict(int)

        def count(day: date, whose: tuple[str, str], what: str) -> None:
            found[day.replace(day=1), *whose, what] += 1
            if day > LAST - timedelta(days=90):
                found[None, *whose, what] += 1

        for case in self.cases:
            for people in (False, True):
                terms = self.terms(case, people)
                for n, (_, until_n, since, until, whose) in enumerate(terms):
                    began = case["at"] if since == datetime.min else since
                    count(local(began), whose, "handed_in" if n else "received")
                    if until_n < 10**9:
                        count(local(until), whose, "handed_out")
                    if case["closed"] and since < case["closed"] <= until:
                        count(local(case["closed"]), whose, "closed")
                    over = datetime.combine(case["by"], datetime.min.time()) + timedelta(hours=16)
                    if case["by"] < LAST and since < over <= until and case["state"] != "waived":
                        in_time = case["state"] == "confirmed" and case["done"] <= case["by"]
                        count(case["by"], whose, "due")
                        count(case["by"], whose, "kept" if in_time else "late")
                for entry, at, move, _ in case["moves"]:
                    if move == "take_step":
                        for first, last, _, _, whose in terms:
                            if first < entry <= last:
                                count(local(at), whose, "missed")
        return dict(found)

    def hours(self) -> dict[Any, list[float]]:
        """Return the hours that each team and person had the cases until a step."""
        found: dict[Any, list[float]] = defaultdict(list)
        steps = {"accept": "acknowledged", "answer": "answered"}
        for case in self.cases:
            for people in (False, True):
                for entry, at, move, _ in (one for one in case["moves"] if one[2] in steps):
                    own: dict[Any, float] = defaultdict(float)
                    for first, _, since, until, whose in self.terms(case, people):
                        if first < entry:
                            own[whose] += (min(until, at) - max(since, case["at"])) / HOUR
                    for whose, hours in own.items():
                        found[local(at).replace(day=1), *whose, steps[move]].append(hours)
                        if local(at) > LAST - timedelta(days=90):
                            found[None, *whose, steps[move]].append(hours)
        return found


def local(moment: datetime) -> date:
    """Return the day in China of a moment in UTC."""
    return (moment + timedelta(hours=8)).date()


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


def test_only_recent_months_are_kept_and_their_size_is_of_people_not_cases(tmp_path: Path) -> None:
    """However many months there are, at most `MONTHS` and the last 90 days are stored. A file has a row for
    each team and person."""
    world = World(Random(1), 300)
    world.write(tmp_path)
    lake = Lake(tmp_path)
    rows = [lake.run(f"teams/{name}") for name in ("load", "counts", "times")]
    old = [{**row, "month": date(2020 + n, 1, 1)} for n in range(20) for row in rows[1] if row["month"]]
    made = dict(team_figures(rows[0], [*rows[1], *old], rows[2], str(LAST)))
    assert len(made) == 1 + MONTHS
    assert max(len(one["rows"]) for one in made.values()) <= len(TEAMS) * (1 + len(PEOPLE))
