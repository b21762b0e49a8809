"""Readers of what the case pages show of an agreement."""

from __future__ import annotations

import re

from tests.web.browser import Browser
from tests.web.own import own


def links(browser: Browser) -> set[str]:
    """Return the moves that the case page and the page of promises link to."""
    found = browser.get("/case").body.decode() + browser.get("/case/promises").body.decode()
    return set(re.findall(r"/case/moves/(\w+)", found))


def state_label(browser: Browser, path: str, **slots: str) -> str:
    """Return the longest fixed part of an obligation's state label, without its dates."""
    return max(
        own(browser, f"parts.owed.state.{path}", at="|", **{"you": "", "who": "", **slots}).split("|"),
        key=len,
    )
