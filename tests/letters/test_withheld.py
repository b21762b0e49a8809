"""Letters to an unconfirmed address: free text is withheld, so that the mail cannot be used as a relay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain.model.letters import LETTERS
from chalicelib.letters import render
from chalicelib.letters.redaction import LEFT_OUT, OURS, WRITTEN, withheld
from chalicelib.locale import formats
from tests.letters.reading import covering, reads_whole
from tests.letters.sample import BRANCHES, facts, slots

CODES = re.compile(r"[A-Za-z0-9_:./#@-]*")
"""The pattern of our own codes and numbers."""
BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)
PARTY = [name for name, letter in LETTERS.items() if letter.to == "party"]
REGISTERED = {
    "mediator": {"name", "body", "qualification", "number", "experience"},
    "agreement": {"body", "qualification"},
}
"""Texts of ours and of the register in slots that also hold free text."""


def texts(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every text in a slot, with its path of names."""
    inside = vars(value) if isinstance(value, SimpleNamespace) else value
    if isinstance(inside, str):
        yield place, inside
    elif isinstance(inside, dict):
        for name, part in inside.items():
            yield from texts(part, (*place, str(name)))
    elif isinstance(inside, (list, tuple)):
        for part in inside:
            yield from texts(part, place)


def test_every_slot_is_marked() -> None:
    """Each slot with text is marked as free text, as left out, or as ours. Unmarked text in a marked slot
    looks like a code."""
    for branch in BRANCHES.values():
        for place, said in texts({name: value for name, value in branch.items() if not callable(value)}):
            slot = place[0]
            if slot in WRITTEN:
                known = slot == "words" or WRITTEN[slot] & {*place} or place[-1] in REGISTERED.get(slot, ())
                assert known or CODES.fullmatch(said), (place, said)
            else:
                assert slot in LEFT_OUT or slot in OURS or slot in ("promised", "due"), place
    assert not (WRITTEN.keys() & OURS)
    assert not (LEFT_OUT.keys() & OURS)


@cache
def left(language: str) -> list[dict[str, Any]]:
    """Return what remains of each branch after withholding."""
    return [withheld(branch, language) for branch in BRANCHES.values() if branch["side"] is not None]


@pytest.mark.parametrize("name", PARTY)
def test_words_are_in_no_letter_and_each_still_reads_whole(name: str) -> None:
    """Withheld letters contain no free text in subject or body, and read whole in each branch."""
    for language in formats.LANGUAGES:
        for branch in covering(name, language, left(language)):
            reads_whole(name, language, branch)
    evil = "evil.example"

    def with_evil(value: Any, parts: frozenset[str], every: bool) -> Any:
        if isinstance(value, SimpleNamespace):
            return SimpleNamespace(**with_evil(vars(value), parts, every))
        if isinstance(value, dict):
            return {part: with_evil(one, parts, every or part in parts) for part, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [with_evil(one, parts, every) for one in value]
        return evil if every and isinstance(value, str) else value

    filled = slots(facts=facts(about=None))
    filled |= {slot: with_evil(filled[slot], parts, slot == "words") for slot, parts in WRITTEN.items()}
    filled |= {
        "name": evil,
        "representative": evil,
        "outside_number": evil,
        "rules": [{"law": "contract", "article": evil}],
        "purchase": dict.fromkeys(filled["purchase"], evil),
        "changed": [("email", evil)],
    }
    for language in formats.LANGUAGES:
        letter = render(name, language, withheld(filled, language))
        assert evil not in f"{letter.subject}{letter.text}{letter.html}"
