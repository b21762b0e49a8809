"""What tests of the use cases count and put in place of the world outside."""

from __future__ import annotations

import pytest

from tests.casework.post import FakePost
from tests.house import House


@pytest.fixture
def post(house: House) -> FakePost:
    """A mail provider in the test's hands, behind the same Protocol."""
    return FakePost.into(house)
