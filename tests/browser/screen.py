"""Pages of the application on a screen, answered by the test client: no stack, no network."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from playwright.sync_api import Browser as Chromium, Page, Route

from tests.web.browser import Browser

ADDRESS = "https://redress.test"
"""Where the pages seem to stand; nobody is asked for it."""
KEPT = ("content-type", "content-language", "content-security-policy")
"""The headers that matter to what is shown."""


def screen(chromium: Chromium, browser: Browser, width: int, height: int, **more: Any) -> Page:
    """A screen of this size that shows the pages of `browser`, with its cookies and in its language."""

    def answer(route: Route) -> None:
        asked = route.request
        path = asked.url.removeprefix(ADDRESS)
        said = dict(parse_qsl(asked.post_data or "", keep_blank_values=True))
        given = browser.post(path, said) if asked.method == "POST" else browser.get(path)
        headers = {name: text for name, text in given.headers.items() if name.lower() in KEPT}
        route.fulfill(status=given.status_code, headers=headers, body=given.body)

    page = chromium.new_page(viewport={"width": width, "height": height}, **more)
    page.route("**/*", answer)
    return page
