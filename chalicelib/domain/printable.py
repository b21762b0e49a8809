"""The characters that a document can print: those of its font. `printable.txt` lists them; a test compares it
with the font."""

from bisect import bisect_right
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("printable.txt")
LAYOUT = frozenset("\n\r\t")
"""Characters that only affect layout, such as line ends, and so need no shape in the font."""


def unprintable(words: str) -> str:
    """Return the characters of a text that no document can print, each once, in their order; "" if there are
    none."""
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
