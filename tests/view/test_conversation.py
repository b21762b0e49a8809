"""Tests of the voice of each entry in the conversation of a case."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Role
from chalicelib.domain.model.letters import LETTERS
from chalicelib.view.conversation import Voice, voice


def line(move: str, role: str, *words: str, **facts: Any) -> dict[str, Any]:
    """Return the parsed line of an entry, with these fields of words."""
    return {"move": move, "role": role, "facts": facts, "words": dict.fromkeys(words, "digest")}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (line("submit", "consumer", "account"), Voice.CONSUMER),
        (line("message", "representative", "text"), Voice.CONSUMER),
        (line("message", "partner", "text"), Voice.CONSUMER),
        (line("add_evidence", "intake", "shows"), Voice.CONSUMER),
        (line("message", "business_rep", "text"), Voice.COMPANY),
        (line("offer", "negotiator", "terms", side="business"), Voice.COMPANY),
        (line("message", "investigator", "text"), Voice.OURS),
        (line("decline", "intake", "reasons"), Voice.OURS),
        (line("note", "investigator", "text"), Voice.INTERNAL),
        (line("file_report", "investigator", "findings"), Voice.INTERNAL),
        (line("ask_department", "investigator", "question"), Voice.INTERNAL),
        (line("take", "investigator"), Voice.STEP),
        (line("take_step", "clock", "text"), Voice.STEP),
        (line("a_move_of_a_later_release", "lead", "text"), Voice.STEP),
    ],
    ids=lambda one: f"{one['move']}-{one['role']}" if isinstance(one, dict) else str(one),
)
def test_each_entry_has_its_voice(said: dict[str, Any], expected: Voice) -> None:
    """An entry has the voice of the side that spoke, even if staff wrote it down."""
    assert voice(said) is expected


@pytest.mark.parametrize("move", [name for name, declared in MOVES.items() if declared.at])
def test_words_are_internal_only_if_no_party_gets_them(move: str) -> None:
    """Staff words are marked as internal if and only if the move shows parties nothing and writes to no
    party."""
    declared = MOVES[move]
    for role in (Role.INVESTIGATOR, Role.LEAD, Role.SUPERVISOR):
        if role & declared.by:
            reaches = bool(declared.shows) or any(
                LETTERS[name].to == "party" for tell in declared.tells for name in tell.letters
            )
            assert (voice(line(move, role.code, "text")) is Voice.INTERNAL) != reaches
