"""Fixture for the nightly figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.figures.nightly import Nightly
from tests.scenario import Scenario


@pytest.fixture
def nightly(scenario: Scenario, tmp_path: Path) -> Iterator[Nightly]:
    """Yield the nightly job of the scenario, with a folder of its own."""
    made = replace(scenario.product.figures, folder=tmp_path)
    scenario.product.figures = made
    yield made
    scenario.product.__dict__.pop("figures", None)
