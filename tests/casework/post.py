"""A mail provider that fails as it is told to."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.letters import Rendered
from tests.house import House


class FakePost:
    """Takes letters, or raises `trouble` instead; with `takes_it`, only after it has taken the letter, as on
    a lost answer."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, Rendered]] = []
        self.trouble: Exception | None = None
        self.takes_it, self.tried = False, 0

    @classmethod
    def into(cls, house: House) -> FakePost:
        """The provider of this house from now on."""
        post = cls()
        house.product.__dict__["correspondence"] = replace(house.product.correspondence, post=post)
        house.played = None  # it goes with this process: what is played is not put there again
        house.product.__dict__.pop("clockwork", None)
        return post

    def send(self, to: str, letter: Rendered, ref: str, id: str) -> str:
        """Take a letter and give it an id."""
        self.tried += 1
        if self.takes_it or not self.trouble:
            self.taken.append((to, id, letter))
        if self.trouble:
            raise self.trouble
        return f"message-{len(self.taken)}"

    def to(self, address: str) -> list[str]:
        """The subjects of the letters to this address."""
        return [letter.subject for to, _, letter in self.taken if to == address]
