"""The stored letters of real lives are those that the product makes today."""

from __future__ import annotations

import re

import pytest

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


@pytest.mark.parametrize("name", LETTERS)
def test_no_stored_letter_has_a_slip(name: str) -> None:
    """English sentences have a blank between them. No line begins or ends with a blank. A paragraph has an
    empty line after a list."""
    text = re.sub(r"https?://\S+", "…", (FOLDER / f"{name}.txt").read_text("utf-8"))
    assert re.findall(r"[a-z0-9)]\.[A-Z]\w+", text) == []
    assert re.findall(r"\S* $|^ \S+", text, re.MULTILINE) == []
    assert re.findall(r"^- .*\n[^->\s].*", text, re.MULTILINE) == []


@pytest.mark.parametrize("name", [name for name, one in LETTERS.items() if one.apology])
def test_no_stored_apology_says_a_thing_twice(name: str) -> None:
    """Duties of one kind with the same end say what each of them is about."""
    for text in (FOLDER / f"{name}.txt").read_text("utf-8").split("=" * 60):
        said = [line for line in text.splitlines() if line]
        assert len(said) == len(set(said))


def test_letters_to_staff_greet_the_person_of_the_subject() -> None:
    """A letter to a role names it in subject and greeting alike."""
    for file in FOLDER.glob("*.txt"):
        chinese = file.read_text("utf-8").partition("\n\n====")[0]
        subject, greeting, *_ = chinese.splitlines()
        if greeting.endswith("：") and "，" not in greeting and LETTERS[file.stem].to == "staff":
            assert subject.partition("：")[0] == greeting.removesuffix("："), file.name
