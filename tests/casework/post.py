"""A mail provider whose failures the test sets."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.letters import Rendered
from tests.scenario import Scenario


class FakePost:
    """A mail provider that records letters, or raises `trouble`.

    With `takes_it` it records the letter before it raises, as when its answer is lost.
    """

    reports = True

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, Rendered]] = []
        self.trouble: Exception | None = None
        self.takes_it, self.tried = False, 0

    @classmethod
    def into(cls, scenario: Scenario) -> FakePost:
        """Make this the mail provider of the scenario."""
        post = cls()
        scenario.product.__dict__["correspondence"] = replace(scenario.product.correspondence, post=post)
        scenario.played = None  # it goes with this process: what is played is not put there again
        scenario.product.__dict__.pop("clockwork", None)
        return post

    def send(self, to: str, letter: Rendered, ref: str, id: str, name: str) -> str:
        """Record a letter and return its id."""
        self.tried += 1
        if self.takes_it or not self.trouble:
            self.taken.append((to, id, letter))
        if self.trouble:
            raise self.trouble
        return f"message-{len(self.taken)}"

    def to(self, address: str) -> list[str]:
        """Return the subjects of the letters to this address."""
        return [letter.subject for to, _, letter in self.taken if to == address]
