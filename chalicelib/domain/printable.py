"""Which characters a document can be printed with: those that its font shows (`printable.txt`, made from the
font, held by a test)."""

from bisect import bisect_right
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("printable.txt")
LAYOUT = frozenset("\n\r\t")
"""Characters that only move what follows, such as line ends: a font needs no glyph for them."""


def unprintable(words: str) -> str:
    """The characters of these words that no document can show, each once, in the order in which they occur;
    empty when there are none."""
    starts, ends = _ranges()
    return "".join(
        dict.fromkeys(
            character
            for character in words
            if character not in LAYOUT
            and ((n := bisect_right(starts, ord(character))) == 0 or ord(character) > ends[n - 1])
        )
    )


@cache
def _ranges() -> tuple[list[int], list[int]]:
    pairs = [line.split("-") for line in LIST.read_text("utf-8").split()]
    return [int(pair[0], 16) for pair in pairs], [int(pair[-1], 16) for pair in pairs]
