"""The foreword of a report: a page of words that a person in charge writes, in each language by itself."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import refuse_if

PARTS = ("heard", "changed", "asked")
"""The parts of a foreword: what we heard, what we changed, and what we ask of the board."""
LONGEST = {"zh": 900, "en": 2_400}
"""How many characters all parts can have together in each language. They fill about a page."""
MOST_LINES = 24
"""How many lines with text all parts can have together."""


@frozen
class Foreword:
    """A version of a foreword. `period` and `team` name the report; a team of "" is the whole company.
    `who`: the id of its author. `at`: when it was written (UTC). `version`: 1 for the first."""

    period: str
    team: str
    language: str
    heard: str
    changed: str
    asked: str
    who: str
    at: datetime
    version: int

    @property
    def texts(self) -> dict[str, str]:
        """The text of each part."""
        return {name: getattr(self, name) for name in PARTS}


def refuse_overlong(language: str, texts: list[str]) -> None:
    """Raise Refusal if these texts of a foreword are all empty, or together longer than a page."""
    refuse_if(not any(texts), "foreword_empty", field=PARTS[0])
    n, most = sum(map(len, texts)), LONGEST[language]
    lines = sum(1 for text in texts for line in text.splitlines() if line.strip())
    longest = max(zip(map(len, texts), PARTS, strict=True))[1]
    refuse_if(
        n > most or lines > MOST_LINES,
        "foreword_too_long",
        field=longest,
        n=n,
        most=most,
        lines=lines,
        most_lines=MOST_LINES,
    )
