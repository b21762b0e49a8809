"""Calls to AWS, observed: every client reports each call, before it or after its answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import botocore.handlers
import pytest

from tests.cloud.session import HEARING, Hears


def _tell(event: str) -> Hears:
    def tell(**call: Any) -> Any:
        service = call["model"].service_model.service_name
        said = (hears(**call) for hears, but in HEARING[event] if service not in but)
        return next((one for one in said if one is not None), None)

    return tell


botocore.handlers.BUILTIN_HANDLERS += [(event, _tell(event)) for event in HEARING]


@contextmanager
def observed_calls(event: str, hears: Hears, *but: str) -> Iterator[None]:
    """Call `hears` for every call at botocore's `event` ("before-call", "after-call"), except calls to the
    services in `but`.

    An answer that it returns at "before-call" replaces AWS's own."""
    hearing = hears, frozenset(but)
    HEARING[event].append(hearing)
    try:
        yield
    finally:
        HEARING[event].remove(hearing)


class Calls:
    """A counter of calls to AWS by operation."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def note(self, model: Any, **_: Any) -> None:
        """Count one call."""
        self._seen[model.name] += 1

    def made(self) -> dict[str, int]:
        """Return the calls since the last time, and restart at zero."""
        seen, self._seen = dict(self._seen), Counter()
        return seen


@pytest.fixture
def calls() -> Iterator[Calls]:
    """A counter of the calls to AWS."""
    counted = Calls()
    with observed_calls("before-call", counted.note):
        yield counted


@pytest.fixture
def down() -> Iterator[set[str]]:
    """A set of operations of AWS; those in it fail."""
    failing = set[str]()

    def answer(model: Any, **_: Any) -> Any:
        refused = {"Error": {"Code": "InternalServerError", "Message": ""}, "ResponseMetadata": {}}
        return (SimpleNamespace(status_code=500), refused) if model.name in failing else None

    with observed_calls("before-call", answer):
        yield failing
