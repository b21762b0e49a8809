"""Helpers for joint complaints, rival saves and the rows of a case."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Barrier, RLock
from typing import Any

from chalicelib.cases.casework import Casework
from chalicelib.domain.model.case import Case
from tests.scenario import SUN, Scenario

OTHER = {"name": "邻居", "email": "neighbour@mail.example"}
"""A second complainant."""


def rows(scenario: Scenario) -> dict[tuple[str, str], dict[str, Any]]:
    """Return every row of the table by its key."""
    from chalicelib.aws.rows import Row

    return {(row.pk, row.sk): row.attribute_values for row in Row.scan()}


class Crossing:
    """A case file that holds back saves until `rivals` workers have arrived.

    One call at a time reaches the table beneath, because its local stand-in is not made for threads.
    """

    def __init__(self, file: Any, rivals: int) -> None:
        self._file, self._lock, self._all, self._arrived = file, RLock(), Barrier(rivals, timeout=30), count()
        self._rivals = rivals

    def save(self, *change: Any) -> Case:
        """Save after every rival has arrived."""
        if next(self._arrived) < self._rivals:
            self._all.wait()
        with self._lock:
            return self._file.save(*change)

    def __getattr__(self, name: str) -> Any:
        def one_at_a_time(*given: Any) -> Any:
            with self._lock:
                return getattr(self._file, name)(*given)

        return one_at_a_time


def together(scenario: Scenario, rivals: int, do: Callable[[Casework], Any]) -> list[Any]:
    """Let `rivals` workers do the same at once; return the result of each."""
    casework = replace(scenario.product.casework, file=Crossing(scenario.product.file, rivals))
    with ThreadPoolExecutor(rivals) as pool:
        return list(pool.map(lambda _: do(casework), range(rivals)))


def two(scenario: Scenario, **changes: Any) -> tuple[str, str]:
    """Create a joint complaint of two; return its number and the own number of the second person."""
    first, second = scenario.submit(**changes), scenario.submit(person=OTHER, **changes)
    scenario.move(SUN, "invite_to_join", second.ref, leading=first.ref)
    scenario.move(scenario.by_link(second.ref), "join_case", second.ref, own_wish=True)
    return first.ref, second.ref
