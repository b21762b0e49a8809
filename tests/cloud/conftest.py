"""Fixtures that ask moto and the small AWS the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.aws.rows import Row
from tests.cloud.both import Both


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    """Moto and the small AWS, side by side; what the table was connected to before it is again afterwards."""
    was = Row._connection
    yield Both()
    Row._connection = was
