"""The acts of parties by the words with which letters and pages name them, found again in a text."""

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
"""What a page calls a part of a move by itself."""


def _called(language: str) -> Iterator[tuple[str, str]]:
    """Each act of a party by what its own page calls it."""
    for name, said in texts(language)["page"]["consumer"]["move"].items():
        if PARTS.get(name, name) in MOVES and "name" in said:
            yield choice(language, name), PARTS.get(name, name)


CALLED = {language: dict(_called(language)) for language in LANGUAGES}
"""The acts of parties by the words of their buttons."""
BEGINS = {
    "^- (Raise a dispute|提出纠纷)": "raise_dispute",
    "^- (Withdraw:|撤回：)": "withdraw",
    "^- (Ask for more time|申请延长)": "extend_information",
    "^- (Ask to reopen|要求重新处理)": "reopen",
}
"""How a line of a letter begins that names an act in other words than its button."""


def named(language: str, text: str) -> Iterator[str]:
    """The acts that a text names in its own words; what somebody else said stands behind a mark."""
    own = "\n".join(line for line in text.splitlines() if not line.startswith(">"))
    yield from (
        CALLED[language][called] for called in re.findall("“([^”]+)”", own) if called in CALLED[language]
    )
    yield from (act for begins, act in BEGINS.items() if re.search(begins, own, re.MULTILINE))
