"""The hand-over of a case to another team, as people see it: the form at the desk, the consumer's page and
letter, the work lists, and the rights to read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role
from chalicelib.domain.roster import Member, Team
from chalicelib.domain.routing import Routing, Rule
from chalicelib.web.pages.desk.sections import SHOWN
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario, roster
from tests.web.browser import Browser
from tests.web.desk import GROUPS, Desk, visible
from tests.web.own import case_pages, open_case_page

SOUTH = {"nan": "lead", "yue": "investigator"}
NAN, YUE = (
    Caller(who, Role[role.upper()], frozenset({"south"}), name=f"{who}@house.example")
    for who, role in SOUTH.items()
)
WHY = "消费者住在广州，由南区组办理。"
PHONE = "020-8000-1234"
ACTS: dict[str, dict[str, str]] = {
    "take": {},
    "assign": {"to": "zhao"},
    "change_team": {"to": "general", "reason": "x"},
    "note": {"text": "x"},
}
"""The moves that a person of another team tries, with their fields."""


@pytest.fixture
def at(client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that opens the desk as a staff member; the south has a lead and an investigator."""
    duty = {role: (Member(who, who.title(), f"{who}@house.example"),) for who, role in SOUTH.items()}
    teams = {**roster().teams, "south": Team({"zh": "南区组", "en": "Team South"}, PHONE, duty)}
    scenario.product.file.keep_roster(replace(roster(), teams=teams))
    for who, role in SOUTH.items():
        monkeypatch.setitem(GROUPS, who, [f"role:{role}", "team:south"])
    monkeypatch.setitem(GROUPS, "he", ["role:department", "team:repair"])
    return lambda who, language="en": Desk(client, scenario, who, language)


def investigated(scenario: Scenario) -> Case:
    """Return a case that zhao investigates."""
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    return scenario.move(ZHAO, "take", ref)


def seats(scenario: Scenario, ref: str, *names: str) -> list[bool]:
    """Return for each of these work lists whether the case is on it."""
    return [ref in [item["ref"] for item in scenario.product.file.work(name, None, 100)[0]] for name in names]


def test_the_form_names_the_teams_that_can_take_the_case(at: Any, scenario: Scenario) -> None:
    """A department and the team itself are no choice."""
    ref = investigated(scenario).ref
    form = at("sun").get(f"/desk/cases/{ref}/moves/change_team")
    assert "Team South" in form
    assert 'value="repair"' not in form
    assert 'value="general"' not in form


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_consumer_reads_the_new_team_its_telephone_and_the_reason(
    at: Any, client: Any, scenario: Scenario, language: str
) -> None:
    """The page and the letter name the same team. The timeline says who moved the case and why."""
    case = investigated(scenario)
    at("sun").take(case, "change_team", to="south", reason=WHY)
    named = "南区组" if language == "zh" else "Team South"
    browser = Browser(client, language)
    page = visible(open_case_page(browser, scenario, case.ref))
    assert named in page
    assert PHONE in page
    assert "400-800-1234" not in page
    history = visible(case_pages(browser, "history"))
    assert named in history
    assert WHY in history


def test_the_letter_names_the_new_team_its_telephone_and_the_reason(at: Any, scenario: Scenario) -> None:
    """The letter leaves at once, and says that no date changes."""
    case = investigated(scenario)
    scenario.confirm(case.ref)
    scenario.post()
    at("sun").take(case, "change_team", to="south", reason=WHY)
    scenario.post()
    letter = next(
        sent for sent in scenario.sent() if sent["to"] == "wang.fang@mail.example" and WHY in sent["text"]
    )
    assert "南区组" in letter["text"]
    assert PHONE in letter["text"]
    assert "400-800-1234" not in letter["text"]
    assert "时间不变" in letter["text"]
    inside = [sent["to"] for sent in scenario.sent()]
    assert inside[-1] == "nan@house.example"


def test_work_lists_and_rights_follow_the_case(at: Any, scenario: Scenario) -> None:
    """The old team finds the case nowhere and may not know of it; the new team finds it and may take it."""
    case = investigated(scenario)
    before = ("TEAM#general", "PERSON#zhao", "TEAM#general#lead")
    after = ("TEAM#south", "TEAM#south#unassigned", "TEAM#south#lead")
    assert seats(scenario, case.ref, *before[:2], *after) == [True, True, False, False, False]
    at("sun").take(case, "change_team", to="south", reason=WHY)
    assert seats(scenario, case.ref, *before, *after) == [False, False, False, True, True, True]
    for who in ("zhao", "sun", "wang"):
        at(who).get(f"/desk/cases/{case.ref}", 404)
    assert WHY in at("nan").get(f"/desk/cases/{case.ref}")
    assert scenario.move(YUE, "take", case.ref).owner == "yue"


@pytest.mark.parametrize("who", ["zhao", "sun", "wang", "he", "zheng", "yue"])
def test_no_page_of_the_case_opens_for_people_outside_its_team(at: Any, scenario: Scenario, who: str) -> None:
    """No form opens, and no request changes the case. The others are the earlier team, a department that was
    not asked, an administrator, and a team that does not have the case yet."""
    case = investigated(scenario)
    if who != "yue":
        case = scenario.move(SUN, "change_team", case.ref, to="south", reason=WHY)
    desk, home = at(who), f"/desk/cases/{case.ref}"
    pages = (*SHOWN, "files", "agreement", "reads", *(f"moves/{move}" for move in ACTS))
    for page in ("", *(f"/{page}" for page in pages)):
        text = desk.get(home + page, 404)
        assert WHY not in text
    for move, said in ACTS.items():
        desk.post(f"{home}/moves/{move}", {**said, "seen": str(case.entries)}, 404)
    assert scenario.product.file.load(case.ref).entries == case.entries
    for queue in ("mine", "team", "unassigned"):
        assert case.ref not in desk.get(f"/desk?queue={queue}", 303 if who == "zheng" else 200)


def test_the_ladder_asks_people_of_the_new_team_only(at: Any, scenario: Scenario) -> None:
    """A deadline that is missed after the hand-over goes to the new lead."""
    case = investigated(scenario)
    scenario.move(SUN, "change_team", case.ref, to="south", reason=WHY)
    scenario.post()
    before = len(scenario.sent())
    scenario.live(40 * DAY, case.ref)
    told = {sent["to"] for sent in scenario.sent()[before:] if sent["to"].endswith("@house.example")}
    assert "nan@house.example" in told
    assert not told & {"sun@house.example", "zhao@house.example", "wang@house.example"}


def test_a_lead_hands_over_by_the_rules_and_an_administrator_closes_the_team(
    at: Any, scenario: Scenario
) -> None:
    """The form to close names what is open in each team. It refuses with that number, until the rules have
    moved it."""
    ref = investigated(scenario).ref
    found, _ = scenario.product.file.fresh_roster()
    ruled = Routing((Rule(to="south", regions=("310000",)),), "south", 1)
    scenario.product.file.keep_roster(replace(found, routing=ruled))
    admin, lead = at("zheng"), at("sun")
    assert "Customer rights team (1 open)" in admin.get("/desk/roster/team_close")
    page = visible(admin.post("/desk/roster/team_close", {"team": "general"}, 422))
    assert page.count("Still open in this team: 1 (") == 2  # in the summary, and at the field
    assert "Team South" not in visible(lead.get("/desk/roster/reroute?by=rules"))
    done = visible(lead.post("/desk/roster/reroute", {"team": "general", "reason": WHY, "after": ""}, 200))
    assert "Complaints handed over, 1:" in done
    assert "All complaints of the team were looked at." in done
    assert scenario.product.file.load(ref).team == "south"
    assert admin.post("/desk/roster/team_close", {"team": "general"}).endswith("done=team_close")
    assert "Closed on" in visible(at("zheng").get("/desk/roster"))
    admin.post("/desk/roster/team_open", {"team": "general"})
    assert "Closed on" not in visible(at("zheng").get("/desk/roster"))


@pytest.mark.parametrize("deed", ["reroute?by=rules", "team_close"])
@pytest.mark.parametrize("who", ["zhao", "nan", "zheng", "sun"])
def test_only_heads_move_cases_and_only_administrators_close_teams(at: Any, deed: str, who: str) -> None:
    """The other roles are refused."""
    may = who in (("sun", "nan") if "reroute" in deed else ("zheng",))
    at(who).get(f"/desk/roster/{deed}", 200 if may else 403)


def test_a_letter_that_leaves_after_the_hand_over_names_the_new_team(at: Any, scenario: Scenario) -> None:
    """The letter was written before the hand-over, and its reader calls the number that it gives."""
    case = investigated(scenario)
    scenario.move(SUN, "change_team", case.ref, to="south", reason=WHY)
    scenario.later(HOUR)
    scenario.post()
    mails = [sent["text"] for sent in scenario.sent() if sent["to"] == "wang.fang@mail.example"]
    assert len(mails) >= 2
    assert all(PHONE in text and "400-800-1234" not in text for text in mails)
    assert not any("Zhao" in text for text in mails)


@pytest.mark.parametrize("together", [True, False])
def test_the_page_of_a_joined_complaint_names_the_team_of_the_leading_case(
    at: Any, client: Any, scenario: Scenario, together: bool
) -> None:
    """A joined complaint has no work of its own, so it stays where it was. Its person calls the team that has
    the leading case."""
    leading = scenario.submit().ref
    other = {"name": "赵敏", "email": "zhao.min@mail.example"}
    own = scenario.submit(**({"person": other} if together else {}))
    if together:
        scenario.move(WANG, "invite_to_join", own.ref, leading=leading)
        scenario.move(scenario.party(own), "join_case", own.ref, own_wish=True)
    else:
        scenario.move(WANG, "link_duplicate", own.ref, leading=leading)
    scenario.move(SUN, "change_team", leading, to="south", reason=WHY)
    page = visible(open_case_page(Browser(client, "en"), scenario, own.ref))
    assert PHONE in page
    assert "400-800-1234" not in page
