"""Fixtures: the deployment package, built once from these files into `out/`, and its template."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra import build
from infra.local.run import environment


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


TRANSLATE = """
import json, sys, types
from samtranslator.translator.transform import transform
packaged = json.load(sys.stdin)
for resource in packaged["Resources"].values():
    for name in {"CodeUri", "ContentUri"} & {*resource["Properties"]}:
        resource["Properties"][name] = "s3://b/k"
print(json.dumps(transform(packaged, {}, types.SimpleNamespace(load=dict))))
"""
"""A program that expands the template with the translator that AWS runs."""


@pytest.fixture(scope="session")
def expanded(out: Path) -> dict[str, Any]:
    """The packaged template as CloudFormation expands it."""
    done = subprocess.run(
        [environment(), "-c", TRANSLATE],
        input=(out / "sam.json").read_text(encoding="utf-8"),
        text=True,
        capture_output=True,
        check=True,
        env={"AWS_DEFAULT_REGION": "us-east-1"},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


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
