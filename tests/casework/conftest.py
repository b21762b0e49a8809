"""What tests of the use cases count and put in place of the world outside."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.casework.post import FakePost
from tests.house import House
from tests.overheard import overheard


class Calls:
    """Every call to AWS since it was last asked, by operation."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def note(self, model: Any, **_: Any) -> None:
        """Count one call as botocore makes it."""
        self._seen[model.name] += 1

    def made(self) -> dict[str, int]:
        """The calls since the last time, and start anew."""
        seen, self._seen = dict(self._seen), Counter()
        return seen


@pytest.fixture
def calls() -> Iterator[Calls]:
    """A counter of calls; ask for it before `house`, whose clients must be made after it."""
    counted = Calls()
    with overheard("before-call", counted.note):
        yield counted


@pytest.fixture
def post(house: House) -> FakePost:
    """A mail provider in the test's hands, behind the same Protocol."""
    return FakePost.into(house)
