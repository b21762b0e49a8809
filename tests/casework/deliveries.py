"""Helpers for the delivery of letters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.scenario import Scenario

LI = "wang.fang@mail.example"
MINUTE = timedelta(minutes=1)


def states(scenario: Scenario, ref: str) -> list[tuple[str, str]]:
    """Return (letter, state) of every letter of a case, in order."""
    return [(letter["name"], letter["state"]) for letter in scenario.product.file.whole(ref).letters]


def pass_time(scenario: Scenario, by: timedelta, every: timedelta = MINUTE) -> None:
    """Let time pass with the schedule running."""
    end = scenario.time + by
    while scenario.time < end:
        scenario.later(every)
        scenario.minute()


def told_by_provider(scenario: Scenario, kind: str, ref: str, letter: str, **more: Any) -> None:
    """Send a mail provider's event about a letter to the product, in the form of its topic."""
    mail = {"messageId": "m-1", "tags": {"ref": [ref], "letter": [letter.replace(".", "_")]}}
    scenario.product.provider_says({"eventType": kind, "mail": mail, **more})


class Dying:
    """A store of letter states whose worker dies at the first of the given steps."""

    def __init__(self, outbox: Any, at: str) -> None:
        self._outbox, self._at = outbox, at

    def __getattr__(self, name: str) -> Any:
        if name == self._at:
            self._at = ""
            raise KeyboardInterrupt
        return getattr(self._outbox, name)
