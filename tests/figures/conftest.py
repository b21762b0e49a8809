"""Fixture for the nightly figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.figures.nightly import Nightly
from tests.house import House


@pytest.fixture
def nightly(house: House, tmp_path: Path) -> Iterator[Nightly]:
    """Yield the nightly job of the house, with a folder of its own."""
    made = replace(house.product.figures, folder=tmp_path)
    house.product.figures = made
    yield made
    house.product.__dict__.pop("figures", None)
