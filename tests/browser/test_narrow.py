"""The long lists of the complaint form, in a browser with script, on the pages of the product itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from tests.web.browser import Browser

pytestmark = pytest.mark.browser
SITE = "https://complaints.example"


@pytest.fixture(params=["zh", "en"])
def page(client: Any, request: Any) -> Iterator[Page]:
    """The page of the form that asks what the problem is, as a browser shows it."""
    person = Browser(client, request.param)
    for one, said in (("safety", {"hurt": "no"}), ("business", {"account.business": "某某家电"})):
        person.get("/complain"), person.post(f"/complain/{one}", said)

    def answer(route: Route) -> None:
        found = person.get(urlsplit(route.request.url).path)
        headers = {name: value for name, value in found.headers.items() if isinstance(value, str)}
        route.fulfill(status=found.status_code, headers=headers, body=found.body)

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        shown = chromium.new_context(viewport={"width": 360, "height": 640}).new_page()
        shown.route("**/*", answer)
        shown.goto(f"{SITE}/complain/problem")
        yield shown
        chromium.close()


def test_a_long_list_is_shortened_by_typing_and_loses_nothing(page: Page) -> None:
    """What has the words stays, how many is said; what was chosen stays too; cleared, the list is whole
    again; Enter sends nothing."""
    listed = page.locator('[name="matters.0.sub_type"]')
    typed = page.locator('[id="matters.0.sub_type-narrow"]')
    whole, first = listed.locator("option").count(), listed.locator("option").nth(1).text_content() or ""
    listed.select_option(index=40)
    chosen = listed.input_value()
    typed.fill(first[:2])
    left = listed.locator("option").all_text_contents()
    assert first in left and 1 < len(left) < whole and listed.input_value() == chosen
    assert typed.evaluate("box => box.nextElementSibling.textContent")
    typed.fill("zzzz")
    assert listed.locator("option").count() == 1 + bool(chosen)
    typed.press("Enter")
    assert page.url.endswith("/complain/problem")
    typed.fill("")
    assert listed.locator("option").count() == whole and listed.input_value() == chosen
