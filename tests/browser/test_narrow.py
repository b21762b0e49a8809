"""The long lists of the complaint form, in a browser with script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.served import site
from tests.browser.visitors import guest

pytestmark = pytest.mark.browser


@pytest.fixture(params=["zh-CN", "en-GB"])
def page(client: Any, chromium: Browser, request: Any) -> Iterator[Page]:
    """The page of the form that asks for the problem."""
    with site(client) as address:
        shown = guest(chromium, locale=request.param)
        shown.goto(f"{address}/complain")
        shown.check("[name=hurt][value=no]")
        shown.click("main form button")
        shown.wait_for_url("**/story")
        shown.goto(f"{address}/complain/problem")
        yield shown


def test_a_long_list_is_shortened_by_typing_and_loses_nothing(page: Page) -> None:
    """Options with the typed words stay, also by their everyday words, and so does the chosen option. The
    page says how many are left. An emptied field restores the list, and Enter does not send the form."""
    listed = page.locator('[name="matters.0.sub_type"]')
    typed = page.locator('[id="matters.0.sub_type-narrow"]')
    whole, first = listed.locator("option").count(), listed.locator("option").nth(1).text_content() or ""
    listed.select_option(index=40)
    chosen = listed.input_value()
    typed.fill(first[:2])
    left = listed.locator("option").all_text_contents()
    assert first in left
    assert 1 < len(left) < whole
    assert listed.input_value() == chosen
    assert typed.evaluate("box => box.nextElementSibling.textContent")
    zh = page.evaluate("document.documentElement.lang") == "zh-CN"
    for everyday, code in (
        ("坏了" if zh else "broken", "quality/defect"),
        ("快递" if zh else "parcel", "delivery/lost"),
    ):
        typed.fill(everyday)
        assert listed.locator(f"option[value='{code}']").count() == 1, everyday
    if not zh:  # a word is found where it begins: the "rent" in "different" is none
        typed.fill("rent")
        assert listed.locator("option[value='price/price_mismatch']").count() == 0
        assert listed.locator("option[value='housing/rent_deposit']").count() == 1
    typed.fill("zzzz")
    assert listed.locator("option").count() == 1 + bool(chosen)
    typed.press("Enter")
    assert page.url.endswith("/complain/problem")
    typed.fill("")
    assert listed.locator("option").count() == whole
    assert listed.input_value() == chosen
