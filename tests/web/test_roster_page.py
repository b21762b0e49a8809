"""Tests of the roster on the desk and the interface: all staff read it, authorized staff change it, typed
text is kept.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from chalicelib.domain.calendar import stamp
from chalicelib.domain.frozen import replace
from chalicelib.domain.roster import Hours, Member, Roster
from tests.scenario import DAY, HOUR, T0, Scenario, roster
from tests.web.bearer import bearing, call
from tests.web.desk import GROUPS, Desk, visible
from tests.web.provider import Provider

MEMBER = {
    "team": "general",
    "role": "investigator",
    "who": "qian",
    "name": "钱进",
    "email": "qian@house.example",
    "phone": "139",
}

TEAM = {"team": "general", "zh": "综合组", "en": "General"}
PLACE = {"team": "general", "role": "investigator", "who": "zhao"}


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Any:
    """Return a function that opens the desk as a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def member(scenario: Scenario, id: str) -> Member:
    """Return a member of the stored roster."""
    found = scenario.product.file.fresh_roster()[0].member(id)
    assert found
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", sorted(GROUPS))
def test_all_staff_read_it_and_every_link_on_it_opens(
    at: Any, scenario: Scenario, who: str, language: str
) -> None:
    """The page shows people on duty, deputies, hours, absences and gaps. Each link opens a form that this
    reader may use.
    """
    found = roster().enlisted(
        "general", "lead", Member("lin", "Lin", "lin@house.example", on=(Hours(T0 + HOUR, T0 + 9 * HOUR),))
    )
    scenario.product.file.keep_roster(
        found.away("sun", Hours(T0 - HOUR, T0 + 2 * HOUR), T0).away("wu", Hours(T0, T0 + DAY), T0)
    )
    desk = at(who, language)
    page = desk.get("/desk/roster")
    text = visible(page)
    assert "Sun" in text
    assert "sun@house.example" in text
    assert "None" not in text
    for words in (
        ("组长：", "现在无人在岗", "缺勤", "值班时间（1段）", "2026年2月12日（星期四）10:00")
        if language == "zh"
        else (
            "team lead: nobody, from",
            "Nobody now",
            "Away",
            "Hours of duty (1)",
            "Thursday 12 February 2026, 10:00",
        )
    ):
        assert words in text
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/desk/roster[^"]*)"', page)} - {
        "/desk/roster"
    }
    for link in links:
        assert "None" not in visible(desk.get(link))
    deeds = {link.split("/")[3].partition("?")[0] for link in links if link.count("/") > 2}
    assert deeds == {
        "zheng": {"absence", "team", "team_close", "member", "hours"},
        "sun": {"absence", "hand_over", "reroute"},
        "lin": {"absence", "hand_over", "reroute"},
        "zhou": {"absence", "hand_over", "reroute"},
        "auditor": set(),
        "stranger": set(),
    }.get(who, {"absence"})
    assert 'href="/desk/roster"' in desk.get("/desk/sessions")


def test_an_empty_roster_can_be_filled_from_nothing(at: Any, scenario: Scenario) -> None:
    """The administrator enters team, people, order and hours on pages, without a script."""
    from chalicelib.aws import rows

    rows.Row(rows.ROSTER, rows.ROSTER).delete()
    desk = at("zheng")
    assert "The roster is empty" in desk.get("/desk/roster")
    assert (
        desk.post("/desk/roster/team", {"team": "general", "zh": "综合组", "en": "General", "phone": "400"})
        == "/desk/roster?done=team"
    )
    desk.post("/desk/roster/member", MEMBER)
    desk.post("/desk/roster/member", {**MEMBER, "who": "zhao", "name": "Zhao"})
    desk.post("/desk/roster/member_sooner", PLACE)
    desk.post(
        "/desk/roster/hours",
        {**PLACE, "since": "2026-02-12T18:00", "until": "2026-02-13T08:00", "weeks": "3"},
    )
    team = scenario.product.file.fresh_roster()[0].teams["general"]
    assert [m.id for m in team.duty["investigator"]] == ["zhao", "qian"]
    assert team.label == {"zh": "综合组", "en": "General"}
    on = team.duty["investigator"][0].on
    assert on == tuple(Hours(T0 + 9 * HOUR + n * 7 * DAY, T0 + 23 * HOUR + n * 7 * DAY) for n in range(3))
    page = desk.get("/desk/roster?done=hours")
    assert "The hours of duty are added." in page
    assert "On duty now: 钱进" in visible(page)
    for hours in on:
        desk.post(
            "/desk/roster/hours_end", {**PLACE, "since": stamp(hours.since), "until": stamp(hours.until)}
        )
    assert member(scenario, "zhao").on == ()
    desk.post("/desk/roster/member_out", PLACE)
    assert [m.id for m in scenario.product.file.fresh_roster()[0].people("general", "investigator")] == [
        "qian"
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_settings_of_a_team_are_typed_and_shown(at: Any, scenario: Scenario, language: str) -> None:
    """Place, telephone hours, assignment, languages, limit and cover rota are stored and shown. The forms
    have them when they open again."""
    desk = at("zheng", language)
    typed = "9:00-12:00，13：00—17：30" if language == "zh" else "09:00 to 12:00, 13:00-17:30"
    place = {"place_zh": "上海市浦东新区", "place_en": "Pudong, Shanghai"}
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), typed)
    desk.post("/desk/roster/team", {**TEAM, **place, **week, "assigns": "load", "phone": "400"})
    person = {"who": "zhao", "name": "赵", "email": "zhao@house.example", "languages": ["zh", "en"]}
    desk.post("/desk/roster/member", {**PLACE, **person, "most": "12"})
    desk.post("/desk/roster/member", {**PLACE, **person, "role": "cover", "most": "12"})
    page = visible(desk.get("/desk/roster"))
    for words in (
        (
            "地点：上海市浦东新区",
            "电话时间：周一至周五09:00–12:00、13:00–17:30，法定节假日除外",
            "投诉分派：分给未办结投诉最少的人",
            "中文、英语，最多12件",
            "电话时间以外的紧急轮值",
            "轮值的人",
        )
        if language == "zh"
        else (
            "Place: Pudong, Shanghai",
            "Monday to Friday 09:00–12:00 and 13:00–17:30 Beijing time, not on public holidays",
            "Cases: To the person with the fewest open cases",
            "Chinese, English, at most 12 cases",
            "Cover for urgent steps",
            "go to this rota first",
        )
    ):
        assert words in page
    again = desk.get("/desk/roster/team?team=general")
    assert 'value="09:00–12:00, 13:00–17:30"' in again
    assert re.search(r'value="load" checked', again)
    assert 'value="Pudong, Shanghai"' in again
    form = desk.get("/desk/roster/member?team=general&role=cover&who=zhao")
    assert form.count(" checked") == 2
    assert 'value="12"' in form
    fields = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', again))
    kept = scenario.product.file.fresh_roster()[0]
    assert desk.post("/desk/roster/team", {**TEAM, **fields, "assigns": "load"}).endswith(
        "done=team&waits=owner"
    )
    assert scenario.product.file.fresh_roster()[0] == kept
    desk.post("/desk/roster/member_out", {**PLACE, "role": "cover"})
    assert scenario.product.file.fresh_roster()[0].teams["general"].cover == ()


def test_roster_page_records_and_ends_an_absence(at: Any, scenario: Scenario) -> None:
    """Times are local; an absence without a beginning starts now. The button on the page ends it."""
    desk = at("wang")
    assert (
        desk.post("/desk/roster/absence", {"who": "wang", "since": "", "until": "2026-02-13T18:00"})
        == "/desk/roster?done=absence"
    )
    assert member(scenario, "wang").absent == (Hours(T0, T0 + 33 * HOUR),)
    page = desk.get("/desk/roster")
    assert "Away: from Thursday 12 February 2026, 09:00 until Friday 13 February 2026, 18:00" in visible(page)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    desk.post("/desk/roster/absence_end", hidden)
    assert member(scenario, "wang").absent == ()


def test_heads_say_it_for_their_people_and_others_for_nobody_else(at: Any, scenario: Scenario) -> None:
    """A colleague is not among the choices; posting one is refused at its field, and nothing is written."""
    away = {"who": "zhao", "until": "2026-02-13T18:00"}
    assert "zhao" not in at("wang").get("/desk/roster/absence")
    assert "for the people of your own team only" in at("wang").post("/desk/roster/absence", away, 422)
    assert member(scenario, "zhao").absent == ()
    at("sun").post("/desk/roster/absence", away)
    assert member(scenario, "zhao").absent
    assert re.search(r'value="wang" selected', at("wang").get("/desk/roster/absence"))


@pytest.mark.parametrize(
    ("deed", "said", "place", "words"),
    [
        ("absence", {"until": ""}, "until", "Please fill this in"),
        ("absence", {"until": "tomorrow"}, "until", "give date and time"),
        ("absence", {"until": "2026-02-11T18:00"}, "until", "later than the beginning"),
        ("absence", {"since": "2026-02-01T18:00", "until": "2026-02-11T18:00"}, "until", "in the past"),
        ("absence", {"until": "3026-02-11T18:00"}, "until", "longer than a year"),
        ("member", {**MEMBER, "email": "nowhere"}, "email", "not in the right form"),
        ("member", {**MEMBER, "team": "shop"}, "team", "not have this"),
        ("member", {**MEMBER, "role": "chef"}, "role", "no such role"),
        ("member", {**MEMBER, "name": " "}, "name", "Please fill this in"),
        ("team", {"team": "A b", "zh": "甲", "en": "A"}, "team", "small letters"),
        ("team", {"team": "a", "zh": "甲"}, "en", "fill this in"),
        ("team", {**TEAM, "place_zh": "上海"}, "place_zh", "in Chinese and in English"),
        ("team", {**TEAM, "monday": "nine to five"}, "monday", "Please write the hours like"),
        ("team", {**TEAM, "tuesday": "9:00-25:00"}, "tuesday", "Please write the hours like"),
        ("team", {**TEAM, "friday": "17:00-9:00"}, "friday", "later than the beginning"),
        ("team", {**TEAM, "sunday": "9:00-12:00, 11:00-13:00"}, "sunday", "must not overlap"),
        ("team", {**TEAM, "assigns": "dice"}, "assigns", "one of the listed"),
        ("member", {**MEMBER, "most": "0"}, "most", "less than 1"),
        ("member", {**MEMBER, "who": "he", "role": "cover"}, "who", "Only people of the team"),
        (
            "hours",
            {**PLACE, "since": "2026-02-12T18:00", "until": "2026-02-12T20:00", "weeks": "27"},
            "weeks",
            "more than 26",
        ),
        (
            "hours",
            {**PLACE, "since": "2026-02-12T18:00", "until": "2026-02-12T20:00", "weeks": "x"},
            "weeks",
            "whole number",
        ),
    ],
    ids=str,
)
def test_wrong_roster_form_returns_with_its_values(
    at: Any, scenario: Scenario, deed: str, said: dict[str, str], place: str, words: str
) -> None:
    """The form comes back with the typed values and a summary that links to the field; nothing is written."""
    page = at("zheng").post(f"/desk/roster/{deed}", {"who": "sun", **said}, 422)
    assert f'href="#{place}"' in page
    assert words in visible(page)
    assert all(
        f'value="{value}"' in page
        for name, value in said.items()
        if value.strip() and name in ("since", "until", "name", "zh")
    )
    assert scenario.product.file.fresh_roster() == (roster(), 1)


@pytest.mark.parametrize("who", ["wang", "sun", "zhou", "auditor"])
def test_only_the_administrator_changes_people_and_hours(at: Any, scenario: Scenario, who: str) -> None:
    """Other staff can use neither form nor post; a form from another site is refused too."""
    place = {"team": "general", "role": "lead", "who": "sun"}
    for deed in ("member", "member_out", "member_sooner", "hours", "hours_end", "team"):
        at(who).post(f"/desk/roster/{deed}", place, 403)
    at(who).get("/desk/roster/member?team=general", 403)
    at("zheng").post("/desk/roster/member_out", place, 403, **{"Sec-Fetch-Site": "cross-site"})
    assert scenario.product.file.fresh_roster() == (roster(), 1)


def test_unknown_roster_form_redirects_to_the_roster(at: Any, scenario: Scenario) -> None:
    """Unknown forms, and forms without their team and role, redirect to the roster."""
    desk = at("zheng")
    for deed in ("nonsense", "hours", "member_out"):
        answer = desk.client.http.get(f"/desk/roster/{deed}", headers=desk.headers)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/roster")
    desk.post("/desk/roster/nonsense", {}, 403)


def test_all_cases_of_somebody_are_handed_over_by_a_form(at: Any, scenario: Scenario) -> None:
    """The lead chooses both people and gives the reason; the page lists the moved cases. Without a reason
    nothing moves.
    """
    scenario.product.file.keep_roster(
        roster().enlisted("general", "investigator", Member("qian", "钱进", "qian@house.example"))
    )
    cases = [scenario.submit() for _ in range(2)]
    assert "钱进 · 调查员、安全专员" in at("sun", "zh").get(f"/desk/cases/{cases[0].ref}/moves/assign")
    for case in cases:
        at("sun").take(case, "assign", to="zhao")
    said = {"from": "zhao", "to": "qian"}
    page = at("sun").post("/desk/roster/hand_over", said, 422)
    assert 'href="#reason"' in page
    assert page.count(" selected") == 2
    handed = at("sun").post("/desk/roster/hand_over", {**said, "reason": "休假"}, 200)
    assert "Complaints handed over, 2:" in handed
    assert all(f"/desk/cases/{case.ref}" in handed for case in cases)
    assert [scenario.product.file.load(case.ref).owner for case in cases] == ["qian", "qian"]
    assert "No complaint was handed over" in at("sun").post(
        "/desk/roster/hand_over", {**said, "reason": "休假"}, 200
    )
    at("wang").post("/desk/roster/hand_over", {**said, "reason": "休假"}, 403)
    at("wang").get("/desk/roster/hand_over", 403)
    page = at("sun").post("/desk/roster/hand_over", {"from": "qian", "to": "qian", "reason": "休假"}, 422)
    assert "same person" in page


def test_absences_through_the_interface(client: Any, scenario: Scenario, provider: Provider) -> None:
    """Staff enter their own absences; a personnel system enters anybody's with a key for that. Other keys get
    403, callers without credentials 401.
    """
    until = stamp(T0 + DAY)
    own = call(client, "POST", "/v1/absences", bearing(provider, "wang"), {"until": until})
    assert own.json_body == {"who": "wang", "absent": [{"since": stamp(T0), "until": until}]}
    keys = [
        call(client, "POST", "/v1/keys", bearing(provider, "zheng"), body).json_body["key"]
        for body in ({"partner": "personnel", "scopes": ["absences"]}, {"partner": "call-centre"})
    ]
    system, other = ({"Content-Type": "application/json", "Authorization": f"Bearer {key}"} for key in keys)
    asked = {"who": "sun", "since": "2026-02-20T08:00:00+08:00", "until": "2026-02-21T08:00:00+08:00"}
    assert call(client, "POST", "/v1/absences", system, asked).status_code == 200
    assert member(scenario, "sun").absent == (
        Hours(datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"])),
    )
    assert call(client, "DELETE", "/v1/absences", system, asked).json_body == {"who": "sun", "absent": []}
    assert call(client, "POST", "/v1/absences", other, asked).status_code == 403
    assert (
        call(client, "POST", "/v1/absences", {"Content-Type": "application/json"}, asked).status_code == 401
    )
    assert (
        call(client, "POST", "/v1/absences", bearing(provider, "wang"), asked).json_body["type"]
        == "/problems/not_your_people"
    )
    gone = call(client, "DELETE", "/v1/absences", system, asked)
    assert (gone.status_code, gone.json_body["errors"][0]["pointer"]) == (422, "/since")
    naive = call(client, "POST", "/v1/absences", system, {**asked, "until": "2026-02-21T08:00:00"})
    assert naive.json_body["errors"][0]["code"] == "datetime_zone"


def test_a_hand_over_through_the_interface(client: Any, scenario: Scenario, provider: Provider) -> None:
    """The answer counts moved, failed and remaining cases."""
    scenario.product.file.keep_roster(
        roster().enlisted("general", "investigator", Member("qian", "钱进", "qian@house.example"))
    )
    case = scenario.submit()
    call(client, "POST", f"/v1/cases/{case.ref}/moves/assign", bearing(provider, "sun"), {"to": "zhao"})
    said = {"from": "zhao", "to": "qian", "reason": "休假"}
    assert call(client, "POST", "/v1/hand-overs", bearing(provider, "wang"), said).status_code == 403
    assert (
        call(client, "POST", "/v1/hand-overs", bearing(provider, "sun"), {**said, "reason": ""}).status_code
        == 422
    )
    assert call(client, "POST", "/v1/hand-overs", bearing(provider, "sun"), said).json_body == {
        "moved": 1,
        "failed": [],
        "left": 0,
    }
    assert scenario.product.file.load(case.ref).owner == "qian"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_team_that_begins_to_assign_says_by_when_waiting_complaints_have_an_owner(
    at: Any, scenario: Scenario, language: str
) -> None:
    """The answer names a time within the hour and a few minutes. It names none for a team that assigns by
    hand."""
    desk = at("zheng", language)
    gone = desk.post("/desk/roster/team", {**TEAM, "assigns": "rotation"})
    said = visible(desk.get(gone))
    words = {
        "zh": "在2026年2月12日（星期四）10:04前自动分派",
        "en": "are assigned by Thursday 12 February 2026, 10:04",
    }
    assert words[language] in said
    assert desk.post("/desk/roster/team", TEAM) == "/desk/roster?done=team"


@pytest.mark.parametrize("page_first", [True, False])
def test_two_administrators_lose_nothing_to_each_other(
    client: Any, at: Any, scenario: Scenario, provider: Provider, page_first: bool
) -> None:
    """One administrator adds a person on the page, the other sends the whole roster as read before. The later
    change is added to the stored roster, or is refused with the advice to look again."""
    administrator = bearing(provider, "zheng")
    kept = client.http.get("/v1/roster", headers=administrator)
    seen = {**administrator, "If-Match": kept.headers["ETag"]}
    whole = kept.json_body
    whole["teams"]["general"]["phone"] = "400-1"

    def enlist() -> None:
        at("zheng").post("/desk/roster/member", MEMBER)

    def send() -> int:
        return int(call(client, "PUT", "/v1/roster", seen, whole).status_code)

    if page_first:
        enlist()
        assert send() == 412
    else:
        assert send() == 200
        enlist()
    team = scenario.product.file.fresh_roster()[0].teams["general"]
    assert (team.phone == "400-1") is not page_first
    assert "qian" in [person.id for person in team.duty["investigator"]]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_roster_is_not_replaced_without_its_version(
    client: Any, scenario: Scenario, provider: Provider, language: str
) -> None:
    """Without `If-Match` the answer names the version to send, and nothing is written. `*` overwrites. The
    first roster needs no version, and only the first of two."""
    from chalicelib.aws import rows

    administrator = {**bearing(provider, "zheng"), "Accept-Language": language}
    whole = client.http.get("/v1/roster", headers=administrator).json_body
    call(client, "POST", "/v1/absences", bearing(provider, "wang"), {"until": stamp(T0 + DAY)})
    refused = call(client, "PUT", "/v1/roster", administrator, whole)
    assert (refused.status_code, refused.json_body["type"]) == (428, "/problems/if_match_needed")
    assert '"2"' in refused.json_body["title"]
    assert member(scenario, "wang").absent
    forced = call(client, "PUT", "/v1/roster", {**administrator, "If-Match": "*"}, whole)
    assert (forced.status_code, member(scenario, "wang").absent) == (200, ())
    rows.Row(rows.ROSTER, rows.ROSTER).delete()
    first = [call(client, "PUT", "/v1/roster", administrator, whole).status_code for _ in range(2)]
    assert first == [200, 428]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_form_opened_before_a_change_does_not_overwrite_it(
    at: Any, scenario: Scenario, language: str
) -> None:
    """Two windows show the same team and the same person. The second is refused, also after it was shown
    again; an absence or another team refuses neither."""
    desk = at("zheng", language)
    opened = {
        deed: dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', desk.get(f"/desk/roster/{deed}?{of}")))
        for deed, of in (("team", "team=general"), ("member", "team=general&role=investigator&who=zhao"))
    }
    place = {"team": "general", "role": "investigator"}
    desk.post("/desk/roster/absence", {"who": "zhao", "until": "2026-02-13T18:00"})
    desk.post("/desk/roster/team", {**opened["team"], "phone": "400-1"})
    desk.post("/desk/roster/member", {**opened["member"], **place, "languages": "zh"})
    kept = scenario.product.file.fresh_roster()
    for deed, stale in (("team", opened["team"]), ("member", {**opened["member"], **place})):
        again = desk.post(f"/desk/roster/{deed}", stale, 409)
        assert {"zh": "名册刚被别人修改", "en": "Somebody else has just changed the roster"}[
            language
        ] in visible(again)
        shown = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', again))
        desk.post(f"/desk/roster/{deed}", {**stale, **shown}, 409)
    assert scenario.product.file.fresh_roster() == kept


def test_a_further_role_keeps_what_the_empty_form_did_not_show(at: Any, scenario: Scenario) -> None:
    """A person of one team is lent to another by a form that was opened for nobody. What was typed counts in
    each role, and what was left blank stays. The form of the person can empty it."""
    desk = at("zheng")
    person = {"who": "zhao", "name": "赵", "email": "zhao@house.example"}
    more = {"languages": "zh", "most": "12", "phone": "139"}
    desk.post("/desk/roster/member", {**PLACE, **person, **more})
    for form, kept in (("?team=repair", 12), ("?team=general&role=investigator&who=zhao", None)):
        seen = re.findall(r'name="seen" value="([^"]*)"', desk.get(f"/desk/roster/member{form}"))
        typed = {**person, "name": f"赵{kept}", "team": "repair", "role": "department", "seen": seen}
        desk.post("/desk/roster/member", typed)
        found = member(scenario, "zhao")
        assert (found.most, bool(found.languages), bool(found.phone)) == (kept, bool(kept), bool(kept))
        assert found.name == f"赵{kept}"
    team = scenario.product.file.fresh_roster()[0].teams["repair"]
    assert "zhao" in [one.id for one in team.duty["department"]]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_new_team_does_not_overwrite_a_team(at: Any, scenario: Scenario, language: str) -> None:
    """The form of a new team, or of another team, refuses a code that the roster has."""
    desk = at("zheng", language)
    for form in ("/desk/roster/team", "/desk/roster/team?team=repair"):
        seen = re.findall(r'name="seen" value="([^"]*)"', desk.get(form))
        page = desk.post("/desk/roster/team", {**TEAM, "seen": seen}, 422)
        assert 'href="#team"' in page
        desk.post("/desk/roster/team", {**TEAM, "team": f"new-{len(form)}", "seen": seen})
    assert scenario.product.file.fresh_roster()[0].teams["general"] == roster().teams["general"]


def test_edit_applies_to_a_roster_that_was_replaced_meanwhile(scenario: Scenario) -> None:
    """The whole roster arrives between the reading and the writing of the page's change."""
    cover, raced = scenario.product.cover, iter([True])

    def enlisted(found: Roster) -> Roster:
        if next(raced, False):
            teams = {id: replace(team, phone="400-1") for id, team in found.teams.items()}
            cover.replace_teams(teams, scenario.product.file.fresh_roster()[1])
        return found.enlisted("general", "investigator", Member("qian", "钱进", "qian@house.example"))

    cover.edit(enlisted)
    team = scenario.product.file.fresh_roster()[0].teams["general"]
    assert team.phone == "400-1"
    assert "qian" in [person.id for person in team.duty["investigator"]]


def test_a_whole_roster_says_where_a_person_differs(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The languages, the limit and the absences of a person are the same in each of their roles."""
    administrator = {**bearing(provider, "zheng"), "If-Match": "*"}
    whole = client.http.get("/v1/roster", headers=administrator).json_body
    (one,) = whole["teams"]["general"]["duty"]["lead"]
    whole["teams"]["general"]["duty"]["followup"].append({**one, "most": 7})
    refused = call(client, "PUT", "/v1/roster", administrator, whole)
    place = f"/teams/general/duty/followup/{len(whole['teams']['general']['duty']['followup']) - 1}/most"
    assert (refused.status_code, refused.json_body["errors"][0]["pointer"]) == (422, place)
    assert "same name" in json.dumps(refused.json_body)
    assert scenario.product.file.fresh_roster()[0] == roster()


def test_a_whole_roster_does_not_overwrite_what_it_has_not_seen(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """An absence entered after the roster was read makes its tag stale: the answer is 409. An invalid roster
    is refused with a pointer.
    """
    administrator = bearing(provider, "zheng")
    kept = client.http.get("/v1/roster", headers=administrator)
    call(client, "POST", "/v1/absences", bearing(provider, "wang"), {"until": stamp(T0 + DAY)})
    stale = call(
        client, "PUT", "/v1/roster", {**administrator, "If-Match": kept.headers["ETag"]}, kept.json_body
    )
    assert (stale.status_code, stale.json_body["type"]) == (412, "/problems/roster_changed")
    assert member(scenario, "wang").absent
    fresh = client.http.get("/v1/roster", headers=administrator)
    again = call(
        client, "PUT", "/v1/roster", {**administrator, "If-Match": fresh.headers["ETag"]}, kept.json_body
    )
    assert again.status_code == 200
    assert again.headers["ETag"] != fresh.headers["ETag"]
    assert not member(scenario, "wang").absent
    wrong = kept.json_body
    wrong["teams"]["general"]["duty"]["lead"][0]["on"] = [
        {"since": "2026-02-12T00:00:00", "until": "2026-02-13T00:00:00"}
    ]
    refused = call(client, "PUT", "/v1/roster", {**administrator, "If-Match": "*"}, wrong)
    assert (refused.status_code, refused.json_body["errors"][0]["pointer"]) == (
        422,
        "/teams/general/duty/lead/0/on",
    )
    assert client.http.get("/v1/roster", headers=bearing(provider, "auditor")).status_code == 200


def test_settings_of_teams_through_the_interface(client: Any, scenario: Scenario, provider: Provider) -> None:
    """Place, hours, assignment, cover, languages and limits are read and replaced. The refusal of a mistake
    names its place, and nothing is written."""
    administrator = {**bearing(provider, "zheng"), "If-Match": "*"}
    kept = client.http.get("/v1/roster", headers=administrator).json_body
    team = kept["teams"]["general"]
    assert (team["assigns"], team["hours"], team["place"], team["cover"]) == ("hand", [], {}, [])
    new = {"place": {"zh": "上海", "en": "Shanghai"}, "assigns": "rotation"}
    hours = [{"day": 1, "since": "09:00", "until": "17:30"}]
    lead = {**team["duty"]["lead"][0], "languages": ["en"], "most": 20}
    team |= {**new, "hours": hours, "cover": [lead], "duty": {**team["duty"], "lead": [lead]}}
    answer = call(client, "PUT", "/v1/roster", administrator, kept)
    assert answer.status_code == 200, answer.json_body
    assert answer.json_body["teams"]["general"]["hours"] == [
        {"day": 1, "since": "09:00:00", "until": "17:30:00"}
    ]
    assert scenario.product.file.fresh_roster()[0].teams["general"].cover[0].most == 20
    for place, wrong in (
        ("/teams/general/hours", {"hours": [{"day": 9, "since": "09:00", "until": "17:30"}]}),
        ("/teams/general/hours/0/since", {"hours": [{"day": 1, "since": "nine", "until": "17:30"}]}),
        ("/teams/general/place", {"place": {"zh": "上海"}}),
        ("/teams/general/assigns", {"assigns": "dice"}),
        ("/teams/general/cover/0", {"cover": [{**lead, "id": "nobody"}]}),
        ("/teams/general/cover/0/languages/0", {"cover": [{**lead, "languages": ["fr"]}]}),
        ("/teams/general/cover/0/most", {"cover": [{**lead, "most": -1}]}),
    ):
        refused = call(
            client,
            "PUT",
            "/v1/roster",
            administrator,
            {"teams": {**kept["teams"], "general": {**team, **wrong}}},
        )
        assert (refused.status_code, refused.json_body["errors"][0]["pointer"]) == (422, place)
    assert scenario.product.file.fresh_roster()[0].teams["general"].place == new["place"]
