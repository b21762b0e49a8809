"""Fixtures: the running stack and the browser that opens its pages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from infra import build, npm
from tests.browser.visitors import FREE, LENT, Site, leave
from tests.infra.running import free_port, running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The packaged application, deployed to the local emulator."""
    build.package()
    port, data = free_port(), Path(tmp_path_factory.mktemp("data"))
    with running(port, free_port(), data) as said:
        yield Site(f"http://127.0.0.1:{port}", dict(re.findall(r"([\w-]+)@redress\.example\s+(\S+)", said)))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of this machine. Chromium without windows takes a third less CPU than the whole one."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--in-process-gpu"]
        )
        yield browser
        FREE.clear()
        browser.close()


@pytest.fixture(autouse=True)
def guests_leave() -> Iterator[None]:
    """Let all guests leave at the end of a test."""
    yield
    for page in [*LENT]:
        leave(page)


AXE = npm.Release(
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core with its rules, best practices included."""
    folder = build.LOCAL / "axe"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        npm.fetch([AXE], folder)
    return script.read_text("utf-8")
