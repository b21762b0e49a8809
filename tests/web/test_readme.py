"""The program in README's section about the interface, run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

from infra import build
from tests.browser.served import site
from tests.scenario import Scenario
from tests.web.links import shop
from tests.web.provider import Provider

SECTION = re.compile(r"^## The interface\n.*?^```python\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def test_program_in_readme_files_and_reads_a_complaint(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """A partner with a key runs it twice: it files one complaint, and prints its number and stage."""
    found = SECTION.search((build.ROOT / "README.md").read_text("utf-8"))
    assert found
    _, _, key = shop(client, provider)["Authorization"].partition(" ")
    with site(client) as address:
        settings = {**os.environ, "SITE": address, "KEY": key}
        runs = [
            subprocess.run([sys.executable, "-c", found[1]], env=settings, text=True, capture_output=True)
            for _ in range(2)
        ]
    assert [run.stderr for run in runs] == ["", ""]
    number, stage = runs[0].stdout.split()
    assert (stage, runs[1].stdout) == ("received", runs[0].stdout)
    assert scenario.product.file.load(number).intake.external_id == "T-2026-0815"
