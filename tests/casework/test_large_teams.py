"""A team with ten thousand open cases. Its lists, its desk, its assignment and its hand-overs cost the calls,
and read the rows, that a team with ten cases costs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.codes import Assigns
from chalicelib.domain.roster import Member, Roster
from chalicelib.domain.routing import Routing, Rule
from chalicelib.operations.staffing import Rerouted
from tests.aws_calls import observed_calls
from tests.casework.routed import BEIJING, three_teams
from tests.scenario import HOUR, WANG, ZHAO, ZHOU, Scenario
from tests.web.desk import Desk

FEW, MANY = 10, 10_000
REROUTED = 20
WHY = "按地区分派。"


class Reads:
    """A counter of calls by operation, and of the rows that queries read."""

    def __init__(self) -> None:
        self.seen = Counter[str]()

    def note(self, model: Any, parsed: Any, **_: Any) -> None:
        """Count one answered call."""
        self.seen[model.name] += 1
        if model.name == "Query":
            self.seen["rows"] += parsed.get("ScannedCount", parsed.get("Count", 0))

    def of(self, act: Callable[[], object]) -> Counter[str]:
        """Return what an act costs."""
        self.seen = Counter()
        act()
        return Counter(self.seen)


@pytest.fixture
def reads() -> Iterator[Reads]:
    """A counter that gets every answered call."""
    reads = Reads()
    with observed_calls("after-call", reads.note):
        yield reads


def company(assigns: Assigns) -> Roster:
    """Return a roster with three teams. The general team assigns in this way and has two investigators."""
    found = three_teams(Rule(to="north", regions=(BEIJING,)))
    team = found.teams["general"]
    people = tuple(Member(id, id.title(), f"{id}@house.example") for id in ("zhao", "lan"))
    team = replace(team, assigns=assigns, duty={**team.duty, "investigator": people})
    return replace(found, teams={**found.teams, "general": team})


def multiplied(ref: str, times: int, first: str) -> None:
    """Copy the work-list row of a case to other case numbers, which begin with `first`. Other people own the
    copies of a case that zhao owns."""
    client, table = rows.connection().client, Row.Meta.table_name
    found = client.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": rows.case(ref)}},
    )["Items"]
    listed = [json.dumps(row) for row in found if "seat" in row]
    assert listed
    puts = [
        {
            "PutRequest": {
                "Item": json.loads(row.replace(ref, f"{first}{n:011}").replace("zhao", f"holder{n % 500}"))
            }
        }
        for n in range(times)
        for row in listed
    ]
    for n in range(0, len(puts), 25):
        client.batch_write_item(RequestItems={table: puts[n : n + 25]})


def grow(owned: str, waiting: str, times: int, first: int) -> None:
    """Give the team as many more cases: half with an owner, half without."""
    multiplied(owned, times // 2, str(first))
    multiplied(waiting, times // 2, str(first + 1))


def alike(what: str, few: Counter[str], many: Counter[str], most: int) -> None:
    """Check that an act takes the same calls in a large team, and that its queries read at most `most`
    rows."""
    assert {**many, "rows": 0} == {**few, "rows": 0}, what
    assert many["rows"] <= most, what


def test_a_large_team_costs_what_a_small_one_does(client: Any, scenario: Scenario, reads: Reads) -> None:
    """The desk reads a page of a list, and the form to close a team counts no further than a page of each.
    An assignment reads the lists of those who may get the case only. A move by the rules reads the cases that
    it looks at."""
    keep = scenario.product.file.keep_roster
    keep(replace(company(Assigns.HAND), routing=Routing()))
    early = [scenario.submit(region=BEIJING).ref for _ in range(2 * REROUTED)]
    scenario.later(HOUR)
    owned, waiting = scenario.submit().ref, scenario.submit().ref
    scenario.move(WANG, "accept", owned)
    scenario.move(ZHAO, "take", owned)
    wang, sun, zheng = (Desk(client, scenario, who) for who in ("wang", "sun", "zheng"))
    pages = {
        "/desk": wang,
        **dict.fromkeys(("/desk?list=team", "/desk?list=unassigned"), sun),
        f"/desk/cases/{owned}": sun,
        "/desk/roster": zheng,
        "/desk/roster/team_close": zheng,
    }

    def assigned(how: Assigns) -> Counter[str]:
        keep(company(how))
        ref = scenario.submit().ref
        scenario.move(WANG, "accept", ref)
        scenario.product.file.roster(), scenario.product.outages.known(scenario.time)
        cost = reads.of(lambda: scenario.product.casework.look_at(ref, scenario.time))
        assert scenario.product.file.load(ref).owner in ("zhao", "lan")
        return cost

    def costs() -> dict[str, Counter[str]]:
        scenario.later(HOUR)
        found = dict[str, Counter[str]]()
        for path, who in pages.items():
            who.get(path)  # what is read once a minute has been read
            found[path] = reads.of(partial(who.get, path))
        for how in (Assigns.ROTATION, Assigns.LOAD):
            found[how] = assigned(how)
        keep(company(Assigns.HAND))
        found["reroute"] = reads.of(
            lambda: moved.append(scenario.product.cover.reroute(ZHOU, "general", WHY, most=REROUTED))
        )
        return found

    moved = list[Rerouted]()
    grow(owned, waiting, FEW, 4)
    few = costs()
    grow(owned, waiting, MANY, 6)
    assert Row.lists.count("TEAM#general") > MANY
    many = costs()
    assert many["/desk"]["rows"] > 0
    for what, one in few.items():
        alike(what, one, many[what], 400 if what.endswith("close") else 120)
    assert [len(one.moved) for one in moved] == [REROUTED] * 2
    assert {scenario.product.file.load(ref).team for ref in early} == {"north"}
