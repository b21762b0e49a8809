"""What tests of the web share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import House
from tests.web.provider import Provider, running


@pytest.fixture
def provider(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider, and the product set to use it."""
    with running() as found:
        found.now = house.time
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        yield found
