"""Fixtures of the use cases: counters and stand-ins for outside services."""

from __future__ import annotations

import pytest

from tests.casework.post import FakePost
from tests.house import House


@pytest.fixture
def post(house: House) -> FakePost:
    """A mail provider that the test controls, behind the same Protocol."""
    return FakePost.into(house)
