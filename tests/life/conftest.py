"""Of every life here: nothing that its people are or said stands where it does not belong."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def marked(nothing_of_a_person_is_where_it_does_not_belong: None) -> None:
    """Each life is looked at when it is over."""
