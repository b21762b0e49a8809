"""Forewords of reports: who writes them, what is refused, and where they stand."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.documents.report import report as made
from chalicelib.domain.forewords import LONGEST, MOST_LINES, PARTS
from chalicelib.domain.roster import Roster
from chalicelib.figures.measures import MEASURES
from chalicelib.figures.report import HOUSE, READ, REPORTED, Period, ReportRows, report, report_key
from chalicelib.web.pages.desk.report import document
from tests.documents.reader import poppler_output
from tests.scenario import Scenario
from tests.web.desk import Desk, visible

PERIOD = "2026-10"
AT = f"/desk/report-foreword?period={PERIOD}&in="
ANGRY = '<script>alert(1)</script> "退款" & {{ 7*7 }}\n\nTwo lines, 😡'


@pytest.fixture
def reported(scenario: Scenario) -> Scenario:
    """Return a product with an empty report of the company and of a team."""
    told = json.dumps(report(ReportRows(dict.fromkeys(READ, ())), Period(PERIOD), date(2026, 12, 31)))
    for team in (HOUSE, "general"):
        scenario.product.shelf.put(report_key(PERIOD, team), told.encode())
    scenario.product.shelf.put(REPORTED, json.dumps({"periods": [PERIOD]}).encode())
    return scenario


def typed(desk: Desk, address: str, **texts: str) -> dict[str, str]:
    """Open the form; return its fields with these texts."""
    kept = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', desk.get(address)))
    return {**dict.fromkeys(PARTS, ""), **kept, **texts}


def test_words_stand_first_in_the_report_in_their_language_only(reported: Scenario, client: Any) -> None:
    """The report shows the words as text, with author and version. In the other language it says where they
    are, and before anybody has written it says so. Saving the same words again makes no version."""
    desk = Desk(client, reported, "zhou")
    assert "Nobody has written words on this report" in desk.get(f"/desk/reports/{PERIOD}")
    for _ in range(2):
        to = desk.post(f"{AT}en", typed(desk, f"{AT}en", heard=f"  {ANGRY}\r\n"))
        assert to.endswith(f"/desk/reports/{PERIOD}")
    raw = client.http.get(f"/desk/reports/{PERIOD}", headers=desk.headers).body.decode()
    assert "<script>alert" not in raw
    page = desk.get(f"/desk/reports/{PERIOD}")
    assert ANGRY in page
    assert page.index(ANGRY) < page.index("Month by month")
    assert ", version 1" in visible(page)
    chinese = visible(Desk(client, reported, "zhou", "zh").get(f"/desk/reports/{PERIOD}"))
    assert "English的说明见该语言的报告" in chinese
    assert "Two lines" not in chinese


@pytest.mark.parametrize(
    ("who", "team", "reads", "writes"),
    [
        ("zhou", "", True, True),
        ("wu", "", True, True),
        ("auditor", "", True, False),
        ("sun", "general", True, True),
        ("stranger", "general", False, False),
        ("wang", "", False, False),
    ],
)
def test_only_those_in_charge_write(
    reported: Scenario, client: Any, who: str, team: str, reads: bool, writes: bool
) -> None:
    """Supervisors and executives write on the company's report, and a lead on that of their team. An auditor
    reads the versions. Others do not."""
    desk, address = Desk(client, reported, who), f"{AT}en&team={team}"
    page = desk.get(address, 200 if reads else 403)
    assert ('name="heard"' in page) == writes
    desk.post(address, {"heard": "x", "version": "0"}, 303 if writes else 403)


def test_later_words_of_another_are_refused_with_what_changed(reported: Scenario, client: Any) -> None:
    """A form that was opened before another person wrote is refused. It shows what they changed, keeps what
    was typed, and can then be sent. Every version stays, with its author and moment."""
    mine, other = Desk(client, reported, "zhou"), Desk(client, reported, "wu")
    stale = typed(mine, f"{AT}zh", heard="我写的", asked="请批准")
    other.post(f"{AT}zh", typed(other, f"{AT}zh", heard="对方写的"))
    reported.later(timedelta(hours=1))
    refused = mine.post(f"{AT}zh", stale, 409)
    assert "wrote a version on" in visible(refused)
    for text in ("对方写的", "我写的", "请批准"):
        assert text in refused
    again = {**stale, **dict(re.findall(r'name="(version)" value="([^"]*)"', refused))}
    mine.post(f"{AT}zh", again)
    page = visible(other.get(f"{AT}zh"))
    assert page.index("version 2") < page.index("version 1")
    assert "对方写的" in page


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"heard": " \n "}, "at least one"),
        ({"heard": "x" * LONGEST["en"], "asked": "y"}, f"have {LONGEST['en'] + 1} characters"),
        ({"changed": "x\n" * (MOST_LINES + 1)}, f"{MOST_LINES + 1} lines"),
    ],
)
def test_words_that_fit_no_page_are_refused(
    reported: Scenario, client: Any, texts: dict[str, str], said: str
) -> None:
    """No words, and more than a page of them, are refused; what was typed is still in the form."""
    desk = Desk(client, reported, "zhou")
    refused = desk.post(f"{AT}en", typed(desk, f"{AT}en", **texts), 422)
    assert said in visible(refused)
    assert all(text.strip() in refused for text in texts.values())


def test_address_of_no_report_is_refused(reported: Scenario, client: Any) -> None:
    """An unknown period or language, and a team of somebody else, have no foreword."""
    supervisor, lead = Desk(client, reported, "zhou"), Desk(client, reported, "sun")
    for query in ("period=2026-11&in=en", "period=&in=en", f"period={PERIOD}&in=fr"):
        supervisor.get(f"/desk/report-foreword?{query}", 404)
    lead.get(f"{AT}en&team=north", 403)
    for before in ("0", "1", "9" * 9, "x"):
        supervisor.get(f"{AT}en&before={before}")


def test_longest_words_fill_one_page_of_the_document(reported: Scenario, fonts: Path) -> None:
    """The longest foreword ends on the first page of the PDF, and the numbers begin on the second. The annex
    defines each measure."""
    told = report(ReportRows(dict.fromkeys(READ, ())), Period(PERIOD), date(2026, 12, 31))
    for language, text in (("zh", "消费者反映退款慢。"), ("en", "Refunds came late. ")):
        longest = (text * LONGEST[language])[: LONGEST[language] // 3]
        written = {"title": "T", "parts": [["Part", longest]] * 3, "says": "END"}
        content = {**document(language, told, Roster(), "x"), "foreword": written}
        first, second, *others = poppler_output("pdftotext", made(content)).split("\f")
        assert "END" in first
        assert "END" not in second
        assert [code for code in MEASURES if code not in "".join(others)] == []


def test_draft_of_words_never_overwrites_a_later_version(reported: Scenario, client: Any) -> None:
    """What is typed is kept on the server and stands in the form again, also on another day. It still belongs
    to the version that its author saw, so a version of somebody else is not lost."""
    mine, other = Desk(client, reported, "zhou"), Desk(client, reported, "wu")
    draft = {**typed(mine, f"{AT}zh", heard="草稿里的话"), "draft": f"{AT}zh", "keep": "yes"}
    mine.post("/desk/draft", draft)
    other.post(f"{AT}zh", typed(other, f"{AT}zh", heard="对方写的"))
    assert "草稿里的话" in mine.get(f"{AT}zh")
    assert "草稿里的话" not in other.get(f"{AT}zh")
    refused = mine.post(f"{AT}zh", typed(mine, f"{AT}zh", heard="草稿里的话"), 409)
    assert "对方写的" in refused
