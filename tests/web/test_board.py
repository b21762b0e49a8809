"""The supervisor's board: what waits now, from the rows of work lists, and what happened over time."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.aws.rows import Row
from chalicelib.cases.casework import DOUBTED
from chalicelib.domain.calendar import instant
from chalicelib.domain.frozen import replace
from chalicelib.domain.roster import Hours
from chalicelib.figures.lake import Lake
from chalicelib.figures.team_figures import EVERYBODY, TREND, TRENDS, trends
from chalicelib.web import pages
from chalicelib.web.pages import plots
from chalicelib.web.pages.desk import board
from tests.aws_calls import Calls
from tests.figures.handed import LAST, World, local
from tests.scenario import DAY, HOUR, T0, WANG, ZHAO, Scenario, roster
from tests.web.boards import company, listed, open_cases, stored, trend
from tests.web.desk import Desk, visible
from tests.web.own import investigated


@pytest.fixture
def busy(scenario: Scenario) -> list[Row]:
    """Return the rows of 300 open cases of nine teams, which are stored."""
    scenario.product.file.keep_roster(company())
    return stored(open_cases(scenario.time, 300))


def links(page: str) -> dict[str, str]:
    """Return the numbers of a page that lead to a list, by the query of their address."""
    found = re.findall(r'href="(/desk\?[^"]+)"[^>]*>([^<]+)</a>', page)
    return {urlsplit(href).query: text for href, text in found}


def test_each_number_is_that_of_the_rows_behind_its_filter(
    scenario: Scenario, client: Any, busy: list[Row]
) -> None:
    """A number of the board leads to a list with filters. As many rows have these filters."""
    now = scenario.time
    desk = Desk(client, scenario, "zhou")
    found = links(desk.get("/desk/board")) | links(desk.get("/desk/board?team=team1"))
    assert {"stage", "person", "late"} <= {name for query in found for name, _ in parse_qsl(query)}
    tones = {"late": lambda left: left <= 0 * HOUR, "soon": lambda left: 0 * HOUR < left <= board.SOON}
    for query, text in found.items():
        wanted = dict(parse_qsl(query))
        rows = [row for row in busy if row.seat == f"TEAM#{wanted['team']}" and wanted["list"] == "team"]
        if "stage" in wanted:
            rows = [row for row in rows if row.stage == wanted["stage"]]
        if "person" in wanted:
            rows = [row for row in rows if json.loads(row.card).get("owner") == wanted["person"]]
        if "late" in wanted:
            rows = [r for r in rows if tones[wanted["late"]](instant(r.next_due) - now)]
        assert (query, text) == (query, str(len(rows)))


@pytest.mark.usefixtures("busy")
def test_number_leads_to_a_list_of_as_many_cases(scenario: Scenario, client: Any) -> None:
    """The list that a number leads to has as many lines as the number says, up to a page."""
    desk = Desk(client, scenario, "zhou")
    found = links(desk.get("/desk/board?team=team1"))
    assert {"late", "soon"} <= {dict(parse_qsl(query)).get("late") for query in found}
    for query, text in found.items():
        refs = set(re.findall(r"/desk/cases/(\d{12})", desk.get(f"/desk?{query}")))
        assert (query, len(refs)) == (query, min(int(text), 25))


@pytest.mark.usefixtures("busy")
def test_board_costs_five_queries_a_team_whatever_is_closed(
    scenario: Scenario, client: Any, calls: Calls
) -> None:
    """The board reads the lists of each team, the records in doubt, and two stored files. It scans nothing,
    and more cases cost no more calls."""
    desk, teams = Desk(client, scenario, "zhou"), len(company().teams)
    desk.get("/desk/board"), calls.made()
    desk.get("/desk/board")
    first = calls.made()
    assert first["Query"] <= 5 * teams + 1
    assert first["GetObject"] == 2
    assert first.keys() <= {"Query", "GetObject", "GetItem"}
    stored([listed(5_000 + n, "team1", scenario.time + DAY, "received", None) for n in range(200)])
    calls.made()
    desk.get("/desk/board")
    assert calls.made() == first


def test_team_with_more_cases_than_are_counted_says_so(scenario: Scenario, client: Any) -> None:
    """A team has more than a thousand cases, and twelve of them are late. The board says that there are more
    cases, and that twelve are late."""
    scenario.product.file.keep_roster(company())
    now = scenario.time
    stored([listed(n, "team1", now - HOUR, "received", None) for n in range(12)])
    stored([listed(n, "team1", now + DAY, "received", None) for n in range(12, board.MOST + 20)])
    for language, many in (("en", "1,000+"), ("zh", "1000+")):
        found = links(Desk(client, scenario, "zhou", language).get("/desk/board?team=team1"))
        assert found["list=team&team=team1"] == many
        assert found["list=team&team=team1&late=late"] == "12"


def test_lead_sees_the_teams_that_they_lead_and_no_others(scenario: Scenario, client: Any) -> None:
    """A lead gets the board of their own team, without tabs of others. Executives get all teams. Others get
    none."""
    scenario.product.file.keep_roster(company())
    lead = Desk(client, scenario, "sun")
    page = lead.get("/desk/board")
    assert "Customer rights team" in visible(page)
    assert "Complaints team 1" not in visible(page)
    for path in ("/desk/board?team=team1", "/desk/board/cases?team=team1"):
        lead.get(path, 403)
    assert "Complaints team 9" in visible(Desk(client, scenario, "wu").get("/desk/board"))
    for who in ("wang", "zhao", "zheng", "auditor"):
        Desk(client, scenario, who).get("/desk/board", 403)
    assert "/desk/board" not in Desk(client, scenario, "wang").get("/desk")


def test_board_counts_what_waits_on_the_lists_of_a_team(scenario: Scenario, client: Any) -> None:
    """A complaint without a mailbox waits to be read out; the number leads to the list with its case."""
    ref = scenario.submit(person={"name": "王芳", "phone": "13800138000"}).ref
    scenario.post()
    desk = Desk(client, scenario, "zhou")
    found = links(desk.get("/desk/board?team=general"))
    assert found["list=tellings&team=general"] == "1"
    assert f"{ref[:4]}-{ref[4:8]}-{ref[8:]}" in desk.get("/desk?list=tellings&team=general").replace(" ", "-")


def test_question_counts_for_its_department_and_for_no_person(scenario: Scenario, client: Any) -> None:
    """A question of another team is an open line of the department. The owner of its case works elsewhere,
    so the case is load of theirs once."""
    ref = investigated(scenario)
    scenario.move(ZHAO, "ask_department", ref, department="repair", question="这批机器返修率是多少？")
    desk = Desk(client, scenario, "zhou")
    assert links(desk.get("/desk/board?team=repair")) == {"list=team&team=repair": "1"}
    people = [dict(parse_qsl(query)) for query in links(desk.get("/desk/board"))]
    assert {one["team"] for one in people if one.get("person") == "zhao"} == {"general"}


def test_person_whom_no_letter_reaches_is_counted_as_undelivered(scenario: Scenario, client: Any) -> None:
    """The board counts a case without a postal address as undelivered after three days of vain calls, until
    the person gets the letter."""

    ref = scenario.submit(person={"name": "王芳", "phone": "13800138000"}).ref
    scenario.post()
    for _ in range(3):
        (task, *_) = scenario.product.file.load(ref).tellings
        scenario.move(
            WANG, "record_telling", ref, telling=task.id, how="phone", told=False, said="无人接听。"
        )
        scenario.later(DAY)
    (task, *_) = scenario.product.file.load(ref).tellings
    scenario.move(WANG, "record_telling", ref, telling=task.id, how="post", told=False, said="没有地址。")
    desk = Desk(client, scenario, "zhou")
    assert links(desk.get("/desk/board?team=general"))["list=undelivered&team=general"] == "1"
    scenario.tell(ref)
    assert "list=undelivered&team=general" not in links(desk.get("/desk/board?team=general"))


def test_roles_without_anybody_in_the_next_week_are_named(scenario: Scenario, client: Any) -> None:
    """The only supervisor is away in five days. The board says from when until when, with 24:00 as the
    end."""
    found = roster()
    team = found.teams["general"]
    away = Hours(T0 + 5 * DAY, T0 + 5 * DAY + 15 * HOUR)
    duty = {**team.duty, "supervisor": (replace(team.duty["supervisor"][0], absent=(away,)),)}
    scenario.product.file.keep_roster(
        replace(found, teams={**found.teams, "general": replace(team, duty=duty)})
    )
    page = visible(Desk(client, scenario, "zhou").get("/desk/board"))
    assert "Supervisor: from Tuesday 17 February 2026, 09:00 to Tuesday 17 February 2026, 24:00" in page


def test_record_in_doubt_is_counted_with_its_team(scenario: Scenario, client: Any) -> None:
    """A case on the list of doubted records is named on the board of its team, and on no other."""
    scenario.product.file.keep_roster(company())
    row = listed(7, "team2", scenario.time, "investigating", None)
    row.seat, row.sk = DOUBTED, f"LIST#{DOUBTED}"
    stored([row])
    desk = Desk(client, scenario, "zhou")
    assert "/desk/cases/000000000007" in desk.get("/desk/board?team=team2")
    assert "/desk/cases/000000000007" not in desk.get("/desk/board?team=team1")


@pytest.mark.parametrize("seed", range(3))
def test_numbers_over_time_are_those_of_a_plain_count(tmp_path: Path, seed: int) -> None:
    """The SQL counts by week and month equal a plain count over random complaints, and name only counted
    complaints."""
    world = World(Random(seed), 120)
    world.write(tmp_path)
    made = dict(trends(Lake(tmp_path).run("teams/trend"), str(LAST)))
    assert made.keys() == {EVERYBODY, "general", "north", "south"}
    steps = {"accept": "acknowledged", "answer": "answered"}
    for name, found in made.items():
        cases = [case for case in world.cases if name in (EVERYBODY, case["holders"][-1][2])]
        for span, spans in ((span, found[span]) for span in ("week", "month")):
            count, begun_of = Counter[Any](), _week if span == "week" else _month
            for case in cases:
                count[begun_of(local(case["at"])), "received"] += 1
                if case["closed"]:
                    count[begun_of(local(case["closed"])), "closed"] += 1
                for _, at, move, _ in (one for one in case["moves"] if one[2] in steps):
                    count[begun_of(local(at)), steps[move]] += 1
                    if move == "accept" and at - case["at"] > DAY:
                        count[begun_of(local(at)), "acknowledged_late"] += 1
            for one in spans:
                for what in ("received", "closed", "acknowledged", "acknowledged_late", "answered"):
                    assert one[what][0] == count[one["begun"], what], (name, span, one["begun"], what)
                assert all(len(one[what][1]) == min(one[what][0], 20) for what in TREND)
    last = made[EVERYBODY]["month"][-1]
    open_ = sum(not case["closed"] or local(case["closed"]) > LAST for case in world.cases)
    assert sum(last[age][0] for age in TREND if age.startswith("open")) == open_


def _week(day: Any) -> Any:
    return day - day.weekday() * DAY


def _month(day: Any) -> Any:
    return day.replace(day=1)


def test_night_stores_what_the_board_shows_and_its_numbers_lead_to_cases(
    scenario: Scenario, client: Any, tmp_path: Path
) -> None:
    """After the night the board has the week of the complaint. The number leads to the case."""
    nightly = replace(scenario.product.figures, folder=tmp_path)
    ref = scenario.submit().ref
    scenario.later(DAY)
    nightly.night()
    for language in ("en", "zh"):
        desk = Desk(client, scenario, "zhou", language)
        page = desk.get("/desk/board?team=general")
        (cases,) = re.findall(r'href="(/desk/board/cases\?[^"]*span=week[^"]*of=received)"', page)
        assert f"/desk/cases/{ref}" in desk.get(cases)
        assert pages.say(language, "board.plot.open") in visible(page)


@pytest.mark.parametrize(
    "query", ["", "?team=general&span=day&begun=x&of=received", "?span=week&begun=2026-02-09&of=begun"]
)
def test_number_that_does_not_exist_leads_to_no_case(scenario: Scenario, client: Any, query: str) -> None:
    """An address that was changed by hand is answered with an empty page, before and after the first
    night."""
    desk = Desk(client, scenario, "zhou")
    for _ in range(2):
        assert "no complaint behind this number" in desk.get(f"/desk/board/cases{query}")
        content = json.dumps(trend(2, 10)).encode()
        for name in (EVERYBODY, "general"):
            scenario.product.shelf.put(f"{TRENDS}{name}.json", content)


def test_plot_has_an_axis_and_a_number_for_each_height(scenario: Scenario, client: Any) -> None:
    """No bar leaves the axis, and each shade has its key."""
    for language in ("en", "zh"):
        for plot in board.plots(language, trend(13, 70)["week"], "week"):
            bars = [shape for shape in plot.shapes if shape.kind != "grid"]
            places = re.findall(r" ([\d.]+)v-([\d.]+)h", "".join(shape.path for shape in bars))
            tops = [float(foot) - float(high) for foot, high in places]
            assert min(tops) >= plots.TOP
            assert (len(plot.keys) or 1) == len(bars)
