"""The stored letters of real lives are those that the product makes today."""

from __future__ import annotations

from chalicelib.domain.model.letters import LETTERS
from tests.letters.real_letters import FOLDER, letters


def test_stored_letters_are_those_of_today() -> None:
    """Each kind reads as its file says; run `python -m tests.letters.real_letters` and read what changed.

    Each kind has a stored letter in both languages, without exception. A new kind is added to a life. A kind
    that no life can send is dead: its declaration and its texts are deleted."""
    stored = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.txt")}
    today = letters()
    changed = sorted(name for name in {*stored, *today} if stored.get(name) != today.get(name))
    assert not changed, "read the new texts: python -m tests.letters.real_letters"
    assert {name.removesuffix(".txt") for name in stored} == LETTERS.keys()
