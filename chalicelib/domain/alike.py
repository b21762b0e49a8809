"""Comparison of two stories: are they the same one, perhaps with small changes?"""

import unicodedata

ALIKE = 0.6
"""Two stories are alike if they share at least this part of their pairs of characters."""


def alike(one: str, other: str) -> bool:
    """Return whether two stories are nearly the same. Case, width, spaces and punctuation do not count. A
    story that begins with the whole other story is alike too, because something was added to it."""
    one, other = _bare(one), _bare(other)
    if not one or not other:
        return False
    if one.startswith(other) or other.startswith(one):
        return True
    pairs = [{text[n : n + 2] for n in range(len(text) - 1)} for text in (one, other)]
    return len(pairs[0] & pairs[1]) >= ALIKE * len(pairs[0] | pairs[1]) > 0


def _bare(text: str) -> str:
    """Return the letters and digits of a text, in one spelling."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
