"""The acts of parties under the names that letters and pages give them, found again in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chalicelib.domain.engine.declare import MOVES
from chalicelib.locale.formats import LANGUAGES, choice, texts

PARTS = {
    "agrees": "record_confirmation",
    "applied": "record_confirmation",
    "confirmed": "record_confirmation",
    "object": "ask_handler_change",
}
"""The move behind a part of a move that pages name separately."""


def _called(language: str) -> Iterator[tuple[str, str]]:
    """Yield each act of a party: its name on the party's page, and the move."""
    for name, said in texts(language)["page"]["consumer"]["move"].items():
        if PARTS.get(name, name) in MOVES and "name" in said:
            yield choice(language, name), PARTS.get(name, name)


CALLED = {language: dict(_called(language)) for language in LANGUAGES}
"""The moves of parties by the text of their buttons, for each language."""
BEGINS = {
    "^- (Raise a dispute|提出纠纷)": "raise_dispute",
    "^- (Withdraw:|撤回：)": "withdraw",
    "^- (Ask for more time|申请延长)": "extend_information",
    "^- (Ask to reopen|要求重新处理)": "reopen",
}
"""The beginnings of letter lines that name a move in other words than its button."""


def named_moves(language: str, text: str) -> Iterator[str]:
    """Yield the moves that a text names itself; quoted lines, which start with ">", are left out."""
    own = "\n".join(line for line in text.splitlines() if not line.startswith(">"))
    yield from (
        CALLED[language][called] for called in re.findall("“([^”]+)”", own) if called in CALLED[language]
    )
    yield from (act for begins, act in BEGINS.items() if re.search(begins, own, re.MULTILINE))
