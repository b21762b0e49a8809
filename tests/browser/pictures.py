"""Pictures of the pages that browser tests open, for people who look at them. `make pictures` stores them in
build/pages; a run of the tests alone stores none, because a picture takes as long as a page."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from infra import build

PICTURES = build.ROOT / "build" / "pages"
"""The folder of the pictures."""


def picture(page: Page, path: Path, full_page: bool = True) -> None:
    """Wait until a page has loaded, because a click returns before. Then store a picture of the page, or of
    its visible part, if this run stores pictures."""
    page.wait_for_load_state()
    if os.environ.get("PICTURES"):
        page.screenshot(path=path, full_page=full_page)
