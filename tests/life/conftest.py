"""A check of every case here for personal data in the wrong places."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def personal_data_check(nothing_of_a_person_is_where_it_does_not_belong: None) -> None:
    """Check the personal data of each case after its test."""
