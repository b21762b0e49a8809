"""The rules of the routing through the interface: read, replaced, refused by name, and their changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.roster import Member
from chalicelib.domain.routing import Routing, Rule
from tests.casework.manned import ZHENG
from tests.casework.routed import BEIJING, NORTH_PHONE, RULES, SHANGHAI, SOUTH_PHONE, routed, three_teams
from tests.scenario import T0, Scenario, complaint
from tests.web.bearer import bearing, call
from tests.web.browser import Browser, text
from tests.web.own import open_case_page
from tests.web.provider import Provider

FOOD = {"to": "north", "goods": ["food"], "languages": ["zh"]}


def test_rules_are_read_replaced_and_their_change_is_kept(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """Staff read the rules; the administrator replaces them with a reason. The entry has the rules before and
    after."""
    routed(scenario)
    administrator, intake = bearing(provider, "zheng"), bearing(provider, "wang")
    kept = client.http.get("/v1/routing", headers=intake)
    assert kept.headers["ETag"] == '"1"'
    assert kept.json_body["rules"][0]["regions"] == [BEIJING, "120000"]
    said = {"rules": [FOOD], "default": "general", "reason": "食品投诉归北方组。"}
    assert call(client, "PUT", "/v1/routing", intake, said).status_code == 403
    answer = call(client, "PUT", "/v1/routing", {**administrator, "If-Match": '"1"'}, said)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    found = scenario.product.file.fresh_roster()[0]
    assert found.routing == Routing((Rule(to="north", goods=("food",), languages=("zh",)),), "general", 2)
    assert found.teams == three_teams().teams
    (change,) = client.http.get("/v1/routing/changes", headers=intake).json_body["changes"]
    assert (change["who"], change["why"], change["at"]) == ("zheng", said["reason"], "2026-02-12T01:00:00Z")
    assert (change["before"]["version"], change["after"]["version"]) == (1, 2)
    assert change["after"]["rules"][0]["goods"] == ["food"]
    older = client.http.get("/v1/routing/changes?before=2", headers=intake)
    assert older.json_body == {"changes": []}


def test_cases_that_changed_rules_send_elsewhere_go_there(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The lead of their team or a supervisor does it, and sees the numbers. Everybody else is refused."""
    routed(scenario, Rule(to="south", regions=(SHANGHAI,)))
    goes, stays = (scenario.submit(region=region).ref for region in (BEIJING, "440000"))
    routed(scenario)
    path, said = "/v1/hand-overs/by-rules", {"team": "general", "reason": "按地区分派。"}
    for who, asked, status in (
        ("wang", said, 403),
        ("zheng", said, 403),
        ("auditor", said, 403),
        ("stranger", said, 422),
        ("sun", {**said, "team": "north"}, 422),
        ("sun", {**said, "reason": " "}, 422),
        ("sun", {**said, "after": "9 x"}, 422),
    ):
        assert call(client, "POST", path, bearing(provider, who), asked).status_code == status
    asked = {"partner": "shop", "scopes": ["file", "add", "read"]}
    key = call(client, "POST", "/v1/keys", bearing(provider, "zheng"), asked).json_body["key"]
    partner = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    assert call(client, "POST", path, partner, said).status_code == 403
    assert scenario.product.file.load(goes).team == "general"
    done = call(client, "POST", path, bearing(provider, "sun"), said)
    assert done.json_body == {"moved": [goes], "failed": [], "after": None}
    assert [scenario.product.file.load(ref).team for ref in (goes, stays)] == ["north", "general"]


def test_two_administrators_at_once_lose_nothing(client: Any, scenario: Scenario, provider: Provider) -> None:
    """The second change of the rules is refused, and its refusal names the first. One without the version is
    refused. An absence that was recorded meanwhile does not
    refuse a change of the rules, and stays."""
    routed(scenario)
    administrator = {**bearing(provider, "zheng"), "If-Match": '"1"'}
    call(client, "POST", "/v1/absences", bearing(provider, "wang"), {"until": "2026-02-14T01:00:00Z"})
    said = {"rules": [FOOD], "reason": "一"}
    assert call(client, "PUT", "/v1/routing", administrator, said).status_code == 200
    second = call(client, "PUT", "/v1/routing", administrator, {"rules": [], "reason": "二"})
    assert (second.status_code, second.json_body["type"]) == (412, "/problems/routing_changed")
    assert "Zheng changed the routing rules on Thursday 12 February 2026, 09:00" in second.json_body["title"]
    blind = call(client, "PUT", "/v1/routing", bearing(provider, "zheng"), {"rules": [], "reason": "三"})
    assert (blind.status_code, blind.json_body["type"]) == (428, "/problems/if_match_needed")
    assert '"2"' in blind.json_body["title"]
    found = scenario.product.file.fresh_roster()[0]
    assert len(found.routing.rules) == 1
    assert found.teams["general"].duty["intake"][0].absent
    assert len(scenario.product.file.rule_changes(9, 9)) == 1


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"rules": [{**FOOD, "goods": ["sofa"]}]}, "rule_code_unknown", "/rules/0/goods/0"),
        ({"rules": [FOOD, {**FOOD, "to": "west"}]}, "rule_team_unknown", "/rules/1/to"),
        ({"rules": [FOOD, FOOD]}, "rule_never_matches", "/rules/1"),
        ({"default": "repair"}, "default_team_unmanned", "/default"),
        ({"reason": " "}, "fields", "/reason"),
        ({"rules": [{**FOOD, "colour": ["red"]}]}, "fields", "/rules/0/colour"),
        ({"rules": [{"goods": ["food"]}]}, "fields", "/rules/0/to"),
    ],
)
def test_rules_that_cannot_work_are_refused_with_their_place(
    client: Any, scenario: Scenario, provider: Provider, change: dict[str, Any], code: str, pointer: str
) -> None:
    """The pointer names the fault in the request, and no change is stored."""
    routed(scenario)
    said = {"rules": [FOOD], "reason": "试", **change}
    administrator = {**bearing(provider, "zheng"), "If-Match": "*"}
    answer = call(client, "PUT", "/v1/routing", administrator, said)
    assert (answer.status_code, answer.json_body["type"]) == (422, f"/problems/{code}")
    assert answer.json_body["errors"][0]["pointer"] == pointer
    assert scenario.product.file.fresh_roster()[0].routing.version == 1


def test_the_same_rules_make_no_new_version(scenario: Scenario) -> None:
    """A repeated request changes nothing and leaves no entry."""
    routed(scenario)
    same = scenario.product.cover.rule(ZHENG, lambda _: Routing(RULES), "再来一次")
    assert same.version == 1
    assert scenario.product.file.rule_changes(9, 9) == []


def test_a_replaced_roster_keeps_the_rules_and_their_people(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """Teams are replaced without the rules, as an older client sends them. A team of a rule must stay."""
    routed(scenario)
    administrator = {**bearing(provider, "zheng"), "If-Match": "*"}
    kept = client.http.get("/v1/roster", headers=administrator).json_body
    assert call(client, "PUT", "/v1/roster", administrator, kept).status_code == 200
    assert scenario.product.file.fresh_roster()[0].routing == Routing(RULES, "", 1)
    del kept["teams"]["south"]
    refused = call(client, "PUT", "/v1/roster", administrator, kept)
    assert (refused.status_code, refused.json_body["type"]) == (422, "/problems/rule_team_unknown")
    assert "south" in refused.json_body["title"]


def test_an_edit_of_the_roster_races_with_a_change_of_the_rules(scenario: Scenario) -> None:
    """The later change is made again on the stored rules, so neither is lost."""
    cover, file = scenario.product.cover, scenario.product.file
    routed(scenario)
    added = Member("yu", "Yu", "yu@house.example")

    def meanwhile(was: Routing) -> Routing:
        if not file.fresh_roster()[0].member("yu"):
            cover.edit(lambda roster: roster.enlisted("north", "lead", added))
        return replace(was, default="general")

    cover.rule(ZHENG, meanwhile, "加上默认团队")
    found = file.fresh_roster()[0]
    assert found.member("yu") == added
    assert found.routing.default == "general"
    (change,) = file.rule_changes(9, 9)
    assert (change.who, change.at) == ("zheng", T0)


def test_a_rule_cannot_be_added_for_a_team_that_lost_its_people_meanwhile(scenario: Scenario) -> None:
    """The rules are checked against the roster with which they are stored."""
    cover = scenario.product.cover
    routed(scenario, Rule(to="north", goods=("food",)))

    def meanwhile(was: Routing) -> Routing:
        if scenario.product.file.fresh_roster()[0].teams["south"].duty["investigator"]:
            for role, who in (("investigator", "guo"), ("intake", "xu")):
                cover.edit(lambda roster, role=role, who=who: roster.dismissed("south", role, who))
        return replace(was, rules=(*was.rules, Rule(to="south")))

    with pytest.raises(Refusal, match="rule_team_unmanned"):
        cover.rule(ZHENG, meanwhile, "南方组")


def test_a_roster_of_an_older_release_is_read(scenario: Scenario) -> None:
    """The older roster has no rules. An older release that edits the roster keeps the rules."""
    from chalicelib.aws import rows
    from chalicelib.aws.case_file import ROSTER

    routed(scenario)
    kept = rows.Row.get(rows.ROSTER, rows.ROSTER)
    body = json.loads(kept.body or "")
    assert body.pop("routing")["version"] == 1
    assert ROSTER.read(rows.Row(body=json.dumps(body), v=kept.v)).routing == Routing()


def test_every_channel_files_with_the_team_of_the_rules(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The web form's interface, staff and partner systems file through the same rules. A request cannot name
    the team."""
    routed(scenario)
    administrator = bearing(provider, "zheng")
    key = call(client, "POST", "/v1/keys", administrator, {"partner": "shop", "channel": "app"}).json_body
    staff, partner = bearing(provider, "wang"), {"Authorization": f"Bearer {key['key']}"}
    said = complaint(region=BEIJING)
    for caller in ({}, staff, partner):
        number = call(client, "POST", "/v1/complaints", caller, said).json_body["number"]
        assert scenario.product.file.load(number.replace("-", "")).team == "north"
        refused = call(client, "POST", "/v1/complaints", caller, {**said, "team": "south"})
        assert (refused.status_code, refused.json_body["errors"][0]["pointer"]) == (422, "/team")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_case_page_names_the_team_and_its_number(client: Any, scenario: Scenario, language: str) -> None:
    """The consumer reads the team that the rules chose. The help page names the default team."""
    routed(scenario, default="south")
    case = scenario.submit(region=BEIJING)
    page = open_case_page(Browser(client, language), scenario, case.ref)
    assert NORTH_PHONE in page
    assert ("北方组" if language == "zh" else "Team North") in page
    assert SOUTH_PHONE in text(Browser(client, language).get("/accessibility"))
