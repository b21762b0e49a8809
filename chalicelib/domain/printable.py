"""The characters that a document can print, because its font has them. `printable.txt` lists the characters,
and a test compares the list with the font."""

from bisect import bisect_right
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("printable.txt")
LAYOUT = frozenset("\n\r\t")
"""Characters that only affect layout, such as line ends. They need no shape in the font."""


def unprintable(text: str) -> str:
    """Return the characters of a text that no document can print, as a string. Each is contained once, in the
    order of the text. The result is "" if all can be printed."""
    starts, ends = _ranges()
    return "".join(
        character
        for character in dict.fromkeys(text)
        if character not in LAYOUT
        and ((n := bisect_right(starts, ord(character))) == 0 or ord(character) > ends[n - 1])
    )


@cache
def _ranges() -> tuple[list[int], list[int]]:
    pairs = [line.split("-") for line in LIST.read_text("utf-8").split()]
    return [int(pair[0], 16) for pair in pairs], [int(pair[-1], 16) for pair in pairs]
