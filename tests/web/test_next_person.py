"""The desk names the next free person before a case is assigned: on its page, the list, and in the form."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.codes import Assigns
from chalicelib.domain.roster import Hours, Member
from tests.aws_calls import Calls
from tests.scenario import DAY, T0, WANG, ZHAO, Scenario, roster
from tests.web.desk import Desk, visible

BOTH = pytest.mark.parametrize("language", ["zh", "en"])


def staffed(scenario: Scenario, assigns: Assigns, **more: Any) -> None:
    """Keep a roster in which zhao and lan investigate, and the team assigns in this way."""
    found = roster()
    team = found.teams["general"]
    people = tuple(Member(id, id.title(), f"{id}@house.example", **more) for id in ("zhao", "lan"))
    new = replace(team, assigns=assigns, duty={**team.duty, "investigator": people})
    scenario.product.file.keep_roster(replace(found, teams={**found.teams, "general": new}))


def accepted(scenario: Scenario) -> str:
    """File and accept a complaint; return its number."""
    return scenario.move(WANG, "accept", scenario.submit().ref).ref


@BOTH
def test_desk_names_the_next_person_and_the_reason(client: Any, scenario: Scenario, language: str) -> None:
    """With load the reason has the number of cases. The list counts its cases one after the other, and the
    form has the person chosen."""
    staffed(scenario, Assigns.HAND)
    scenario.move(ZHAO, "take", accepted(scenario))
    staffed(scenario, Assigns.LOAD)
    refs = [accepted(scenario) for _ in range(2)]
    desk = Desk(client, scenario, "sun", language)
    first = (
        "下一位承办人：Lan，未办结的投诉最少（0件）"
        if language == "zh"
        else "Lan, with the fewest open cases (0)"
    )
    second = "最少（1件）" if language == "zh" else "with the fewest open cases (1)"
    assert first in visible(desk.get(f"/desk/cases/{refs[0]}"))
    listed = visible(desk.get("/desk?list=unassigned"))
    assert listed.count(first) == 1
    assert second in listed
    form = desk.get(f"/desk/cases/{refs[0]}/moves/assign")
    assert first in visible(form)
    assert re.search(r'value="lan" selected', form)
    desk.take(scenario.product.file.load(refs[0]), "assign", to="zhao")
    assert scenario.product.file.load(refs[0]).owner == "zhao"
    assert first not in visible(desk.get(f"/desk/cases/{refs[0]}"))


@BOTH
def test_desk_names_the_turn_or_that_nobody_is_free(client: Any, scenario: Scenario, language: str) -> None:
    """The reason with rotation is the turn. If everybody is away, the page says so."""
    staffed(scenario, Assigns.ROTATION)
    ref = accepted(scenario)
    desk = Desk(client, scenario, "sun", language)
    assert ("轮到的承办人：Zhao" if language == "zh" else "Next handler, in turn: Zhao") in visible(
        desk.get(f"/desk/cases/{ref}")
    )
    staffed(scenario, Assigns.ROTATION, absent=(Hours(T0 - DAY, T0 + DAY),))
    nobody = "现在没有人可以接手" if language == "zh" else "Nobody is free to handle it now"
    assert nobody in visible(desk.get(f"/desk/cases/{ref}"))
    assert nobody in visible(desk.get("/desk?list=unassigned"))
    assert nobody in visible(desk.get(f"/desk/cases/{ref}/moves/assign"))


def test_pages_of_a_team_that_assigns_by_hand_cost_nothing_more(
    client: Any, scenario: Scenario, calls: Calls
) -> None:
    """The pages name nobody, and read neither turns nor numbers of open cases."""

    def cost(path: str) -> dict[str, int]:
        desk.get(path), calls.made()
        text = visible(desk.get(path))
        assert "fewest" not in text
        assert "in turn" not in text
        return calls.made()

    desk = Desk(client, scenario, "sun")
    staffed(scenario, Assigns.HAND)
    ref = accepted(scenario)
    paths = ("/desk?list=unassigned", f"/desk/cases/{ref}", f"/desk/cases/{ref}/moves/assign")
    free = [cost(path) for path in paths]
    scenario.move(ZHAO, "take", ref)
    owned = [cost(path) for path in paths[1:]]
    assert free[1:] == owned
    assert free[0].get("Query") == 1
    scenario.later(timedelta(minutes=2))
