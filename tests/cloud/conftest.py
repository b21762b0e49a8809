"""Fixtures that send the same requests to moto and to the small AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.aws.rows import Row
from tests.cloud.both import Both


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    """Moto and the small AWS; afterwards the table's connection is restored."""
    was = Row._connection
    yield Both()
    Row._connection = was
