"""What every page says of who runs the site, the company in the heading of a case, and the folded stages."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest

from tests.scenario import Scenario
from tests.web.browser import Browser, text
from tests.web.mediated import bound, mediating
from tests.web.operated import OPERATOR
from tests.web.own import open_case_page, own

SAID = {
    "zh": ("安居家电有限公司", "上海市示例路1号", "400-800-4321", "工作日9:00–18:00"),
    "en": ("Anju Appliances Ltd.", "1 Example Road, Shanghai", "400-800-4321", "working days 9:00–18:00"),
}


@pytest.fixture(params=["zh", "en"])
def browser(client: Any, request: Any, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Return a browser in one language, on an installation that names its operator."""
    for name, said in OPERATOR.items():
        monkeypatch.setenv(name, said)
    return Browser(client, request.param)


PAGES = (
    "/",
    "/complain",
    "/privacy",
    "/process",
    "/accessibility",
    "/figures",
    "/stories",
    "/verify",
    "/desk",
)


@pytest.mark.parametrize("page", [*PAGES, "/case/link", "/complain/nothing", "/case"])
def test_every_page_names_its_operator(browser: Browser, scenario: Scenario, page: str) -> None:
    """Name, address and telephone with its hours stand at the foot of public pages, pages of a case, the
    desk's sign-in and error pages. A phone can call the number."""
    if page == "/case":
        open_case_page(browser, scenario, scenario.submit().ref)
    body = browser.get(page).body.decode()
    foot = body.partition("site-operator")[2]
    for said in SAID[browser.headers["accept-language"]]:
        assert said in foot, said
    assert 'href="tel:400-800-4321"' in foot


def test_the_privacy_notice_names_the_controller(browser: Browser) -> None:
    """The law asks for the name and the contact of who processes personal data (PIPL 17)."""
    notice = text(browser.get("/privacy")).partition(OPERATOR["OPERATOR_PHONE"])[0]
    for said in SAID[browser.headers["accept-language"]][:2]:
        assert said in notice, said


def test_one_language_serves_both(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator with one name is named so in both languages."""
    monkeypatch.setenv("OPERATOR_NAME", "一家公司")
    assert "一家公司" in text(browser.get("/case/link"))


def test_the_heading_of_a_case_names_the_company(browser: Browser, scenario: Scenario) -> None:
    """It stands beside the number, on the case, on its other pages and above each form."""
    company = SAID[browser.headers["accept-language"]][0]
    open_case_page(browser, scenario, scenario.submit().ref)
    for page in ("/case", "/case/history", "/case/moves/message"):
        heading = browser.get(page).body.decode().partition("<h1")[2].partition("</h1>")[0]
        assert company in heading, page


def test_a_first_visit_fits_in_40_kilobytes(browser: Browser) -> None:
    """The first page and what it loads, compressed as the site compresses it."""
    page = browser.get("/").body
    loaded = re.findall(rb'(?:href|src)="(/static/[^"]+)"', page)
    assert len(loaded) >= 2
    sent = [page, *(browser.get(path.decode()).body for path in loaded)]
    assert sum(len(gzip.compress(one)) for one in sent) <= 40_000


def test_past_stages_are_folded(browser: Browser, scenario: Scenario) -> None:
    """After several stages only the present one and those ahead are open; one past stage is not folded."""
    ref = scenario.submit().ref
    open_case_page(browser, scenario, ref)
    assert own(browser, "case.behind").partition("{")[0] not in text(browser.get("/case"))
    ref = mediating(scenario)
    bound(scenario, ref)
    open_case_page(browser, scenario, ref)
    folds = re.findall(r"<details.*?</details>", browser.get("/case").body.decode(), re.DOTALL)
    (fold,) = [one for one in folds if "is-behind" in one]
    assert fold.count("is-behind") > 3
    assert "is-now" not in fold
