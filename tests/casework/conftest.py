"""Fixtures of the use cases: counters and stand-ins for outside services."""

from __future__ import annotations

import pytest

from tests.casework.post import FakePost
from tests.scenario import Scenario


@pytest.fixture
def post(scenario: Scenario) -> FakePost:
    """A mail provider that the test controls, behind the same Protocol."""
    return FakePost.into(scenario)
