"""Fixtures of the web tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenario import Scenario
from tests.web.browser import Browser
from tests.web.provider import Provider, running


@pytest.fixture
def provider(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Run the provider and set the product to use it."""
    with running() as found:
        found.now = scenario.time
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture(params=["zh", "en"])
def browser(client: Any, request: Any) -> Browser:
    """Return a browser in each language."""
    return Browser(client, request.param)


@pytest.fixture
def chinese(client: Any) -> Browser:
    """Return a browser in Chinese."""
    return Browser(client, "zh")
