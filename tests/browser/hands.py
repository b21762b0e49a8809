"""A hand on a page of the desk: it counts its clicks and the pages that are loaded."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page


class Hand:
    """A hand on a page: it counts its clicks and the pages that are loaded."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.loads = page, 0, 0
        page.on("request", self._load)

    def _load(self, request: Any) -> None:
        self.loads += request.is_navigation_request() and not request.redirected_from

    def clicks_on(self, what: str) -> None:
        """Click on an element that leads to another page."""
        self.clicks += 1
        with self.page.expect_navigation():
            self.page.locator(what).first.click()

    def fills(self, form: str, said: dict[str, str]) -> None:
        """Fill in a form; that is typing, and counts as no click."""
        for name, value in said.items():
            field = self.page.locator(f"{form} [name='{name}']").first
            kind = field.evaluate("field => field.type")
            if kind in ("radio", "checkbox"):
                self.page.locator(f"{form} [name='{name}'][value='{value}']").check()
            elif kind.startswith("select"):
                field.select_option(value)
            else:
                field.fill(value)
