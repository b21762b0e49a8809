"""Server facts: every given fact of a move has one provider, and no use case names one."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.cases import casework
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.server_facts import FILLS

FROM_THE_USE_CASE = {"rules", "unread", "named_by", "team", "rule", "file", "cases", "leaves"} | {
    "mail",
    "by_mail",
}
"""The facts that one use case gives to its move. They are the policy, unreadable parts of a filing, the namer
of an address, a team and the rule that chose it. Others are an uploaded file, the cases of a hand-over, the
time of a message, and the mail by which words came."""


def test_every_server_fact_has_a_provider() -> None:
    """A move with a new server fact registers its provider with `@fills` next to the move."""
    needed = {fact for move in MOVES.values() for fact in move.given}
    assert needed - FROM_THE_USE_CASE == FILLS.keys()


@pytest.mark.parametrize("fact", sorted(FILLS.keys() - {"roster", "ref", "known_by"}))
def test_casework_names_no_fact_of_a_move(fact: str) -> None:
    """A new fact of a move leaves the use cases as they are."""
    assert f'"{fact}"' not in Path(casework.__file__).read_text("utf-8")
