"""Tests of the download of court papers: for the creditor and staff, never for the debtor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.life.referred import breached, passed_on, refund_outstanding
from tests.scenario import Scenario
from tests.web.browser import Browser
from tests.web.desk import Desk
from tests.web.own import open_case_page


def test_referral_paper_is_downloaded_by_creditor_and_staff(
    client: Any, scenario: Scenario, fonts: Path, provider: Any
) -> None:
    """The creditor's page and the desk link to the paper; the debtor has no link and gets 403. A missing
    paper answers 503 and is requested again. An unknown name answers 404.
    """
    ref, _, shop = refund_outstanding(scenario)
    breached(scenario, ref)
    passed_on(scenario, ref)
    list(scenario._tasks("DOCUMENTS_QUEUE"))  # the task is lost
    link, browser = "/case/agreement?paper=O2-statement", Browser(client, "zh")
    assert "下载履行情况说明（第2条，PDF）" in open_case_page(browser, scenario, ref)
    assert f'href="{link}"' in browser.get("/case").body.decode()
    assert browser.get(link).status_code == 503
    assert scenario.documents() == 1
    answer = browser.get(link, follow=False)
    assert (answer.status_code, "/O2-statement-" in answer.headers["Location"]) == (303, True)
    assert browser.get("/case/agreement?paper=O1-statement").status_code == 404
    open_case_page(browser, scenario, ref, shop.party)
    assert link not in browser.get("/case").body.decode()
    assert browser.get(link).status_code == 403
    desk = Desk(client, scenario, "feng", "zh")
    assert "下载履行情况说明（O2，只给权利方）" in desk.get(f"/desk/cases/{ref}")
    desk.get(f"/desk/cases/{ref}/agreement?paper=O2-statement", 303)
