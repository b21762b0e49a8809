"""Random complaints that go from team to team, as rows of the export, and their figures without SQL."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from chalicelib.figures.lake import Lake, parquet, path
from chalicelib.figures.team_figures import team_figures
from tests.scenario import HOUR

TEAMS = ("general", "north", "south")
PEOPLE = ("zhao", "han", "guo", None)
BEGUN, LAST = datetime(2026, 1, 1), date(2026, 7, 31)


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

    def stored(self, folder: Path) -> dict[str, Any]:
        """Write the rows, and return the figures that the night stores."""
        self.write(folder)
        lake = Lake(folder)
        rows = (lake.run(f"teams/{name}") for name in ("load", "counts", "times"))
        return dict(team_figures(*rows, until=str(LAST)))


def local(moment: datetime) -> date:
    """Return the day in China of a moment in UTC."""
    return (moment + timedelta(hours=8)).date()
