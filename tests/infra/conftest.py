"""Fixtures: the deployment package, built once from these files into `out/`, and its template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra import build


@pytest.fixture(scope="session")
def out() -> Path:
    """The folder with the deployment package and its template."""
    return build.package()


@pytest.fixture(scope="session")
def resources(out: Path) -> dict[str, Any]:
    """The resources of the packaged template, by logical id."""
    found: dict[str, Any] = json.loads((out / "sam.json").read_text(encoding="utf-8"))["Resources"]
    return found
