"""The stored letters of real lives are those that the product makes today."""

from __future__ import annotations

from chalicelib.domain.model.letters import LETTERS
from tests.letters.real_letters import FOLDER, letters

UNSEEN = {"deadline_recomputed", "mediation_answered"}
"""Kinds of letters to parties that no stored life sends. A new kind is added to a life instead."""


def test_stored_letters_are_those_of_today() -> None:
    """Each kind reads as its file says; run `python -m tests.letters.real_letters` and read what changed."""
    stored = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.txt")}
    today = letters()
    changed = sorted(name for name in {*stored, *today} if stored.get(name) != today.get(name))
    assert not changed, "read the new texts: python -m tests.letters.real_letters"
    kinds = {name for name, letter in LETTERS.items() if letter.to == "party"}
    assert {name.removesuffix(".txt") for name in stored} == kinds - UNSEEN
