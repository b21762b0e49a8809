"""The page of load, times and promises by team and person, and the same in the interface."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.frozen import replace
from chalicelib.figures.nightly import Nightly
from chalicelib.figures.team_figures import COLUMNS, FOLDER, LATELY
from tests.aws_calls import Calls
from tests.casework.routed import handed_north, three_teams
from tests.scenario import DAY, Scenario
from tests.web.bearer import bearing
from tests.web.desk import GROUPS, Desk, visible
from tests.web.provider import Provider


@pytest.fixture
def counted(scenario: Scenario, tmp_path: Path) -> Nightly:
    """Return the nightly job that has counted a complaint that two teams had. Sun leads `general`, and only
    investigates in the south."""
    found = three_teams()
    south = found.teams["south"]
    own = {"investigator": (*south.duty["investigator"], found.teams["general"].duty["lead"][0])}
    teams = {**found.teams, "south": replace(south, duty={**south.duty, **own})}
    scenario.product.file.keep_roster(replace(found, teams=teams))
    handed_north(scenario)
    scenario.later(DAY)
    nightly = replace(scenario.product.figures, folder=tmp_path)
    nightly.night()
    return nightly


@pytest.mark.usefixtures("counted")
def test_supervisor_reads_teams_and_then_the_people_of_one(scenario: Scenario, client: Any) -> None:
    """The page begins with all teams and leads to the people of each, in both languages."""
    words = {
        "en": (
            "Team North",
            "The whole team",
            "2.0 hours",
            "Last 90 days",
            "February 2026",
            "No complaint is open.",
        ),
        "zh": ("北方组", "整个团队", "2.0小时", "最近90天", "2026年2月", "没有在办的投诉。"),
    }
    for language, (north, whole, hours, lately, month, none_open) in words.items():
        desk = Desk(client, scenario, "zhou", language)
        page = visible(desk.get("/desk/teams"))
        assert [one for one in (north, hours, lately, month) if one not in page] == []
        assert whole not in page
        of_team = visible(desk.get("/desk/teams?team=general&period=2026-02"))
        assert [one for one in (whole, "Zhao", hours, none_open) if one not in of_team] == []
    assert "/desk/teams" in Desk(client, scenario, "zhou").get("/desk/reports")


@pytest.mark.usefixtures("counted")
def test_lead_reads_the_teams_that_they_lead_and_nobody_else_reads_any(
    scenario: Scenario, client: Any, provider: Provider
) -> None:
    """A lead of one team who investigates in another reads the first only, on the page and in the interface.
    An administrator and a handler read none."""
    lead = Desk(client, scenario, "sun")
    assert "Team North" not in visible(lead.get("/desk/teams"))
    for team in ("north", "south", ""):
        path = f"/desk/teams/csv?team={team}"
        if team:
            lead.get(f"/desk/teams?team={team}", 403), lead.get(path, 403)
        else:
            assert {row["team"] for row in csv.DictReader(StringIO(lead.get(path)))} == {"general"}
    for who in ("wang", "zheng", "auditor"):
        Desk(client, scenario, who).get("/desk/teams", 403)
        path = f"/v1/team-figures/{LATELY}"
        assert client.http.get(path, headers=bearing(provider, who)).status_code == 403
    whole = client.http.get(f"/v1/team-figures/{LATELY}", headers=bearing(provider, "zhou")).json_body
    assert {row["team"] for row in whole["items"]} == {"general", "north"}
    own = client.http.get("/v1/team-figures/2026-02", headers=bearing(provider, "sun")).json_body
    assert [row["person"] for row in own["items"]] == ["", "zhao"]
    assert (own["until"], own["next"]) == ("2026-02-13", None)


@pytest.mark.usefixtures("counted")
def test_lead_reads_the_reports_and_the_survey_of_the_teams_that_they_lead(
    scenario: Scenario, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sun also investigates in the south. The roster decides which of the two teams Sun leads."""
    monkeypatch.setitem(GROUPS, "sun", ["role:lead", "role:investigator", "team:general", "team:south"])
    lead = Desk(client, scenario, "sun")
    for path in ("/desk/reports", "/desk/survey"):
        assert "Team South" not in visible(lead.get(path))
        lead.get(f"{path}?team=general")
        lead.get(f"{path}?team=south", 403)
    monkeypatch.setitem(GROUPS, "guo", ["role:lead", "role:investigator", "team:north", "team:south"])
    Desk(client, scenario, "guo").get("/desk/reports", 403)


@pytest.mark.usefixtures("counted")
def test_csv_has_the_rows_of_the_interface(client: Any, provider: Provider) -> None:
    """Both formats have the same numbers. An unknown format or period is refused by name."""
    headers, path = bearing(provider, "zhou"), f"/v1/team-figures/{LATELY}"
    items = client.http.get(path, headers=headers).json_body["items"]
    answer = client.http.get(f"{path}?format=csv", headers=headers)
    rows = [*csv.DictReader(StringIO(answer.body.decode()))]
    said = [{name: "" if n is None else str(n) for name, n in row.items()} for row in items]
    assert rows == said
    assert tuple(rows[0]) == COLUMNS
    assert answer.headers["Cache-Control"] == "no-store"
    refused = client.http.get(f"{path}?format=xml", headers=headers)
    assert refused.json_body["type"] == "/problems/unknown_format"
    for period in ("2026-01", "2026", "..%2Fhouse", "x"):
        assert client.http.get(f"/v1/team-figures/{period}", headers=headers).status_code == 404


def test_page_before_the_first_night_says_so(scenario: Scenario, client: Any) -> None:
    """Without figures the page says when they come."""
    assert "There are no figures yet" in visible(Desk(client, scenario, "zhou").get("/desk/teams"))
    assert "还没有数据" in visible(Desk(client, scenario, "zhou", "zh").get("/desk/teams"))


def test_page_reads_two_files_however_many_complaints_there_are(
    scenario: Scenario, counted: Nightly, client: Any, calls: Calls
) -> None:
    """The page reads no case. Fifty more complaints and another night change neither its calls nor its
    rows."""
    desk = Desk(client, scenario, "zhou")

    def read() -> tuple[dict[str, int], int]:
        desk.get("/desk/teams?period=2026-02")
        calls.made()
        desk.get("/desk/teams?period=2026-02")
        made = calls.made()
        rows = json.loads(counted.store.read(f"{FOLDER}2026-02.json"))["rows"]
        return made, len(rows)

    before = read()
    for _ in range(50):
        scenario.submit()
    scenario.later(DAY)
    counted.night()
    assert read() == before
    assert before[0]["GetObject"] == 2
    assert sum(before[0].values()) == 3, "two files and the session"
