"""What a report shows of results: rates, money, and actions against causes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from chalicelib.domain.roster import Roster
from chalicelib.figures.report import HOUSE, READ, REPORTED, Period, Report, ReportRows, report, report_key
from chalicelib.web.pages.desk.report import document
from tests.scenario import Scenario
from tests.web.desk import Desk, visible

MARCH, MADE = date(2026, 3, 1), date(2026, 4, 1)
EVERY = {"team": HOUSE, "facet": "all", "code": "all", "month": MARCH}
OF_TYPE = EVERY | {"facet": "type", "code": "quality"}
OWN, OTHER = "260301000001", "260301000002"


def money(what: str, people: int, total: int, largest: int) -> dict[str, Any]:
    """Return a row of the statement `redress` without goodwill."""
    sums = {"people": people, "total": total, "largest": largest}
    gifts = {f"goodwill_{name}": 0 for name in sums}
    return {**EVERY, "what": what, "span": "month", **sums, **gifts}


def entry(ref: str, team: str, day: int, move: str, **said: Any) -> dict[str, Any]:
    """Return a row of the statement `actions` about the cause `design`."""
    looked = {"verdict": None, "expected": None, "found": None, **said}
    return {"ref": ref, "team": team, "cause": "design", "day": date(2026, 3, day), "move": move, **looked}


def told(team: str = HOUSE) -> Report:
    """Return a report of March: twelve complaints, eight answers, money, two causes and two actions."""
    rows: dict[str, Any] = {
        **dict.fromkeys(READ, ()),
        "received": [each | {"n": 12} for each in (EVERY, OF_TYPE)],
        "repeats": [EVERY | {"n": 3}],
        "upheld": [
            each | {"conclusion": said, "n": n}
            for each in (EVERY, OF_TYPE)
            for said, n in (
                ("upheld", 2),
                ("upheld_in_part", 1),
                ("goodwill", 1),
                ("rejected", 4),
                ("settled", 2),
            )
        ],
        "redress": [money("promised", 11, 165_501, 20_000), money("paid", 11, 165_501, 90_000)],
        "causes": [
            EVERY | {"cause": "design", "n": 5, "main": 4},
            EVERY | {"cause": "skill", "n": 2, "main": 2},
        ],
        "actions": [
            entry(OWN, "general", 2, "open_action"),
            entry(OWN, "general", 3, "contain"),
            entry(OTHER, "north", 4, "open_action"),
            entry(OTHER, "north", 5, "finish_action"),
            entry(OTHER, "north", 20, "verify_action", verdict="fell", expected=40, found=12),
        ],
    }
    for name in ("received", "causes"):
        rows[name] = [row | {"team": team} for row in rows[name]]
    return report(ReportRows(rows), Period("2026-03"), MADE, team)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "zh",
            (
                "全部或者部分支持诉求的，占有认定的答复 3 8 38%",
                "重复投诉，占收到的投诉 3 12 25%",
                "承诺的款项 11 人民币2,000.00元",
                "支付的款项 11 不列出 人民币0.00元",
                "设计缺陷 2603-0100-0001 4 进行中 2026-03-03",
                "设计缺陷 2603-0100-0002 4 已核验 下降 实际12件，预计40件",
                "技能不足 没有改进项 2",
                "质量问题 38% (3/8)",
            ),
        ),
        (
            "en",
            (
                "uphold, wholly or in part, of those with findings 3 8 38%",
                "of those received 3 12 25%",
                "Promised 11 CNY 2,000.00",
                "Paid 11 not shown CNY 0.00",
                "Design 2603-0100-0001 4 open 2026-03-03",
                "Design 2603-0100-0002 4 verified fell 12 found, 40 expected",
                "Skill no action 2",
                "Quality 38% (3/8)",
            ),
        ),
    ],
)
def test_report_shows_rates_money_and_actions(
    scenario: Scenario, client: Any, language: str, texts: tuple[str, ...]
) -> None:
    """The page has each rate with both numbers, hides a sum with one large amount and says so, and names a
    cause without an action. The PDF has the same parts. A lead gets links to actions of the own team only."""
    for team in (HOUSE, "general"):
        scenario.product.shelf.put(report_key("2026-03", team), json.dumps(told(team)).encode())
    scenario.product.shelf.put(REPORTED, json.dumps({"periods": ["2026-03"]}).encode())
    whole = Desk(client, scenario, "zhou", language).get("/desk/reports/2026-03")
    by_type = Desk(client, scenario, "zhou", language).get("/desk/reports/2026-03?by=type")
    page = " ".join(visible(whole + by_type).split())
    assert [text for text in texts if text not in page] == []
    printed = document(language, told(), Roster(), "x")
    cells = " ".join(cell for part in printed["parts"] for line in part["lines"] for cell in line[1])
    assert texts[-1].split(" ", 1)[1] in cells
    own = Desk(client, scenario, "sun", language).get("/desk/reports/2026-03")
    assert [f"/desk/actions/{ref}" in text for text in (whole, own) for ref in (OWN, OTHER)] == [
        True,
        True,
        True,
        False,
    ]


def test_report_of_an_earlier_release_has_no_results(scenario: Scenario, client: Any) -> None:
    """A stored report without results is shown without these parts."""
    old = told()
    lacking = ("concluded", "repeats", "unkept", "mended", "redress", "mediated", "unmediated")
    every = {name: said for name, said in old["all"].items() if name not in lacking}
    kept = {name: said for name, said in old.items() if name != "actions"} | {"all": every, "by": {}}
    scenario.product.shelf.put(report_key("2026-03"), json.dumps(kept).encode())
    scenario.product.shelf.put(REPORTED, json.dumps({"periods": ["2026-03"]}).encode())
    page = visible(Desk(client, scenario, "zhou", "en").get("/desk/reports/2026-03"))
    assert "Received and handled" in page
    assert "Money promised and paid" not in page
