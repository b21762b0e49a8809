"""Fixtures: the running stack and the browser that opens its pages."""

from __future__ import annotations

import fcntl
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from infra import build, npm
from tests.browser.visitors import FREE, LENT, VISITORS, Site, leave
from tests.infra.running import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The packaged application, deployed to the local emulator."""
    build.package()
    started = Stack(Path(tmp_path_factory.mktemp("data")))
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def site(stack: Stack) -> Site:
    """The site of the packaged application."""
    passwords = dict(re.findall(r"([\w-]+)@redress\.example\s+(\S+)", stack.said))
    return Site(f"http://127.0.0.1:{stack.port}", passwords)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser of this machine, started once. Chromium without windows takes a third less CPU than the
    whole one."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--in-process-gpu"]
        )
        yield browser
        FREE.clear()
        browser.close()


@pytest.fixture(autouse=True)
def all_leave() -> Iterator[None]:
    """Let all visitors and guests leave at the end of a test."""
    yield
    while VISITORS:
        VISITORS.pop().context.close()
    for page in [*LENT]:
        leave(page)


AXE = npm.Release(
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core with its rules, best practices included. One worker fetches it for all."""
    folder = build.LOCAL / "axe"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not script.is_file():
            npm.fetch([AXE], folder)
    return script.read_text("utf-8")
