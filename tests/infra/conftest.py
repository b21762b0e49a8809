"""Fixtures: the deployment package, built once from these files into `out/`, and its template."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra import build


@pytest.fixture(scope="session")
def out() -> Path:
    """The folder with the deployment package and its template."""
    return build.package()


@pytest.fixture(scope="session")
def packaged(out: Path) -> dict[str, Any]:
    """The packaged template."""
    found: dict[str, Any] = json.loads((out / "sam.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def resources(packaged: dict[str, Any]) -> dict[str, Any]:
    """The resources of the packaged template in a stack that adopts no store, by logical id."""
    found: dict[str, Any] = branches(packaged["Resources"], lambda store: False)
    return found


@pytest.fixture(scope="session")
def expanded(out: Path) -> dict[str, Any]:
    """The packaged template as CloudFormation expands it."""
    return build.translated(out)


def branches(node: Any, adopts: Callable[[str], bool]) -> Any:
    """Return a part of the packaged template in a stack that adopts these stores."""
    match node:
        case list():
            return [branches(item, adopts) for item in node]
        case {"Fn::If": [str(condition), adopted, made]} if condition.startswith("Adopts"):
            return branches(adopted if adopts(condition.removeprefix("Adopts")) else made, adopts)
        case dict():
            return {key: branches(value, adopts) for key, value in node.items()}
    return node
