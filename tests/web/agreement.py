"""What the pages of a case say of an agreement."""

from __future__ import annotations

import re

from tests.web.browser import Browser
from tests.web.own import own


def links(browser: Browser) -> set[str]:
    """The moves that the case page leads to."""
    return set(re.findall(r"/case/moves/(\w+)", browser.get("/case").body.decode()))


def stands(browser: Browser, path: str, **slots: str) -> str:
    """How a duty stands, beside its dates."""
    return max(
        own(browser, f"parts.owed.state.{path}", at="|", **{"you": "", "who": "", **slots}).split("|"),
        key=len,
    )
