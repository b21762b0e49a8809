"""A stand-in for the short message gateway."""

from __future__ import annotations

from dataclasses import replace

from tests.scenario import Scenario

MOBILE, NEW = "+8613800138000", "+8613900139000"
BY_TEXT = {"name": "王芳", "phone": "13800138000", "way": "sms"}


class Messages:
    """A gateway that takes short messages, or raises `trouble`."""

    def __init__(self, scenario: Scenario) -> None:
        self.taken: list[tuple[str, str]] = []
        self.trouble: Exception | None = None
        scenario.product.__dict__["correspondence"] = replace(scenario.product.correspondence, messenger=self)
        scenario.product.__dict__.pop("clockwork", None)

    def send(self, to: str, text: str) -> str:
        """Record a message and return its id."""
        if self.trouble:
            raise self.trouble
        self.taken.append((to, text))
        return f"message-{len(self.taken)}"
