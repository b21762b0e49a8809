"""The rules of the routing on the desk: read by all staff, changed by the administrator with a reason, tried
out before they are saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.frozen import replace
from chalicelib.domain.reference import shown
from chalicelib.domain.routing import Routing, Rule
from chalicelib.figures.filed import ROUTING
from tests.aws_calls import Calls
from tests.casework.routed import BEIJING, NORTH_PHONE, RULES, routed
from tests.scenario import Scenario
from tests.web.desk import GROUPS, Desk, visible

Opens = Callable[..., Desk]
NORTH_GETS = "Complaints where the region is Beijing or Tianjin go to Team North."
SOUTH_GETS = (
    "Complaints where the region is Shanghai, and the severity is Critical or Major go to Team South."
)


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Opens:
    """Return a function that opens the desk as a staff member."""
    routed(scenario)
    return lambda who, language="en": Desk(client, scenario, who, language)


def rules(scenario: Scenario) -> Routing:
    """Return the stored rules."""
    return scenario.product.file.fresh_roster()[0].routing


def counted(scenario: Scenario, *filed: dict[str, Any]) -> None:
    """Store what the nightly run has counted."""
    stored = {"until": "2026-02-11", "filed": list(filed)}
    scenario.product.shelf.put(ROUTING, json.dumps(stored).encode(), "application/json")


def some(n: int, team: str, **facts: str) -> dict[str, Any]:
    """Return `n` counted complaints with these facts, each of one code."""
    return {"n": n, "team": team, "facts": {name: [code] for name, code in facts.items()}}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", sorted(GROUPS))
def test_all_staff_read_the_rules_and_only_the_administrator_changes_them(
    at: Opens, who: str, language: str
) -> None:
    """Only the administrator sees the links to the forms, and opens the forms."""
    page = at(who, language).get("/desk/routing")
    assert ("北方组" if language == "zh" else "Team North") in page
    changes = ["/desk/routing/rule", "/desk/routing/default", "/desk/routing/delete?n=1"]
    administers = who == "zheng"
    assert [f'href="{path}"' in page for path in changes] == [administers] * 3
    for path in changes:
        at(who, language).get(path, 200 if administers else 403)
    if not administers:
        at(who, language).post("/desk/routing/rule", {"to": "north"}, 403)


def test_the_rules_are_sentences_in_their_order(at: Opens) -> None:
    """A rule joins the codes of one condition with "or", and its conditions with "and"."""
    page = visible(at("wang").get("/desk/routing"))
    assert page.index(NORTH_GETS) < page.index(SOUTH_GETS)
    assert "All other complaints go to Customer rights team." in page
    chinese = visible(at("wang", "zh").get("/desk/routing"))
    assert (
        "地区为上海，并且严重程度为特别严重或者重大的投诉，分给南方组。" in chinese.replace(" ", "")
        or chinese
    )


def test_a_rule_is_added_changed_moved_and_deleted(at: Opens, scenario: Scenario) -> None:
    """Each change is stored with its reason, and listed with its author."""
    desk = at("zheng")
    said = {"version": 1, "to": "north", "goods": ["food", "vehicle"], "reason": "食品和车辆归北方组"}
    assert desk.post("/desk/routing/rule", said) == "/desk/routing?done=rule"
    assert rules(scenario).rules == (*RULES, Rule(to="north", goods=("food", "vehicle")))
    form = desk.get("/desk/routing/rule?n=3")
    assert 'value="food" checked' in form
    change = {"version": 2, "n": 3, "to": "south", "languages": "en", "reason": "改为英语"}
    desk.post("/desk/routing/rule", change)
    assert rules(scenario).rules[2] == Rule(to="south", languages=("en",))
    desk.post("/desk/routing/sooner", {"version": 3, "n": 3, "reason": "先看语言"})
    assert [rule.languages for rule in rules(scenario).rules] == [(), ("en",), ()]
    desk.post("/desk/routing/later", {"version": 4, "n": 2, "reason": "还是放后面"})
    desk.post("/desk/routing/delete", {"version": 5, "n": 3, "reason": "不用了"})
    desk.post("/desk/routing/default", {"version": 6, "to": "south", "reason": "总组解散"})
    assert rules(scenario) == Routing(RULES, "south", 7)
    page = visible(desk.get("/desk/routing"))
    for words in (
        "食品和车辆归北方组",
        "Removed: Complaints where the language is English go to Team South.",
        "The rules are tried in another order.",
        "New default team: Team South",
        "All other complaints go to Team South.",
        "Version 7",
    ):
        assert words in page, words
    assert page.count("Zheng") >= 6
    assert "语言为英语的投诉，分给南方组" in visible(at("zheng", "zh").get("/desk/routing"))


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", "不在值班名册上的人员（zheng）"), ("en", "a person who is not on the roster (zheng)")],
)
def test_a_change_by_somebody_who_left_says_so(
    at: Opens, scenario: Scenario, language: str, said: str
) -> None:
    """The roster no longer has the name of the person, so the page shows their id with words."""
    at("zheng").post("/desk/routing/default", {"version": "1", "to": "north", "reason": "北方组人多。"})
    assert said not in visible(at("zhou", language).get("/desk/routing"))
    found, version = scenario.product.file.fresh_roster()
    teams = {
        id: replace(
            team,
            duty={
                role: people for role, people in team.duty.items() if "zheng" not in {p.id for p in people}
            },
        )
        for id, team in found.teams.items()
    }
    scenario.product.file.keep_roster(replace(found, teams=teams), version)
    assert said in visible(Desk(at("zhou").client, scenario, "zhou", language).get("/desk/routing"))


def test_a_change_is_tried_before_it_is_saved(at: Opens, scenario: Scenario) -> None:
    """The form shows the teams that would get the complaints, and the load of each person. Nothing is saved,
    and no reason is needed yet."""
    counted(
        scenario,
        some(30, "general", regions="440000", goods="food"),
        some(12, "north", regions=BEIJING),
        some(8, "general", regions="440000"),
    )
    desk = at("zheng")
    page = visible(desk.get("/desk/routing"))
    assert "Counted: 50 complaints" in page
    assert "12 of the complaints counted below" in page
    assert "。 其中" not in visible(at("zheng", "zh").get("/desk/routing"))
    tried = desk.post(
        "/desk/routing/rule", {"version": 1, "to": "south", "goods": "food", "try": "true"}, 200
    )
    assert "The change is not saved yet." in tried
    assert 'value="food" checked' in tried
    assert "Team South 0 30 2 15.0" in visible(tried)
    assert "Customer rights team 38 8" in visible(tried)
    assert rules(scenario).version == 1


def test_a_dry_run_costs_one_read_however_much_is_counted(
    at: Opens, scenario: Scenario, calls: Calls
) -> None:
    """The number of calls does not grow with the complaints or the changes of the rules."""
    desk, cost = at("zheng"), []
    for kinds in (1, 400):
        counted(scenario, *(some(9, "general", regions=BEIJING) for _ in range(kinds)))
        desk.get("/desk/routing")
        calls.made()
        desk.get("/desk/routing")
        cost.append(calls.made())
    assert cost[0] == cost[1]
    assert cost[0]["GetObject"] == 1
    assert sum(cost[0].values()) <= 5


def test_a_rule_with_a_code_of_a_newer_release_is_shown(at: Opens, scenario: Scenario) -> None:
    """The code itself is shown, and the form opens, so that the rule can be changed."""
    desk = at("zheng")
    routed(scenario, Rule(to="north", goods=("spacecraft",), companies=("某公司",)))
    words = "the product or service is spacecraft, and the company or brand is 某公司"
    assert words in visible(desk.get("/desk/routing"))
    assert words in visible(desk.get("/desk/routing/rule?n=1"))


def test_without_figures_the_page_says_so(at: Opens) -> None:
    """Before the first night nothing is counted."""
    assert "No complaints are counted yet." in at("zheng").get("/desk/routing")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"to": "north", "regions": BEIJING}, "Rule 3 can never apply"),
        ({"to": ""}, "Please fill this in or choose."),
        ({"to": "north", "goods": "sofa"}, "which is not on the list"),
        ({"to": "north", "goods": "food", "reason": ""}, "Please fill this in or choose."),
        ({"to": "north", "goods": "food", "version": 0}, "changed the routing rules"),
        ({"to": "north", "goods": "food", "n": 9}, "There is no rule with this number."),
    ],
)
def test_a_refused_change_keeps_what_was_typed(
    at: Opens, scenario: Scenario, change: dict[str, Any], words: str
) -> None:
    """The form is shown again with the error."""
    said = {"version": 1, "reason": "试一试", **change}
    page = at("zheng").post("/desk/routing/rule", said, 409 if change.get("version") == 0 else 422)
    assert words in visible(page)
    assert said["reason"] in page
    assert rules(scenario).version == 1


def test_the_roster_keeps_the_last_person_of_a_rule(at: Opens, scenario: Scenario) -> None:
    """The roster's page names the rule that would be left without people."""
    routed(scenario, Rule(to="repair", goods=("food",)))
    page = at("zheng").post(
        "/desk/roster/member_out", {"team": "repair", "role": "department", "who": "he"}, 422
    )
    assert "Rule 1 names the team “repair”, and nobody there could take its work." in visible(page)
    assert scenario.product.file.fresh_roster()[0].people("repair", "department")


RECORDED = {
    "key": "k1",
    "channel": "phone",
    "person.phone": "13800138001",
    "account.story": "坏了",
    "matters.0.sub_type": "quality/defect",
    "region": BEIJING,
    "wishes": "refund",
    "hurt": "no",
    "consents.truthful": "true",
    "consents.data_use": "true",
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_officer_who_records_for_another_team_gets_its_number(
    at: Opens, scenario: Scenario, language: str
) -> None:
    """The page of the complaint opens for its team only. The officer can still tell the caller the number of
    the complaint, the team, its telephone number and the passphrase."""
    desk = at("wang", language)
    page = desk.post("/desk/complain", RECORDED, 200)
    (item,) = scenario.product.file.work("TEAM#north", None, 9)[0]
    team = "北方组" if language == "zh" else "Team North"
    for words in (shown(item["ref"]), team, NORTH_PHONE, scenario.product.links.phrase(item["ref"], "p1", 1)):
        assert words in page, words
    assert "。 请把该团队" not in visible(page)
    assert shown(item["ref"]) in desk.post("/desk/complain", RECORDED, 200)
    assert len(scenario.product.file.work("TEAM#north", None, 9)[0]) == 1
    desk.get(f"/desk/cases/{item['ref']}", 404)
