"""The characters that the documents' fonts can show, read from the fonts. `python -m
tests.documents.glyphs` writes the list that the domain reads."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from chalicelib.documents.typesetting import FONTS
from chalicelib.domain import printable
from infra import layer

UNSEEN = {"Cc", "Cf", "Co", "Cs"}
"""Categories of characters without a visible form: controls, format marks such as writing direction,
private use, surrogates."""


def shown(font: Path) -> set[int]:
    """Return every code point for which a TrueType font has a glyph (table `cmap`, subtable of format 12)."""
    content = font.read_bytes()
    tables = (
        struct.unpack_from(">4sIII", content, 12 + 16 * n)
        for n in range(struct.unpack_from(">H", content, 4)[0])
    )
    at = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
    subtables = (
        struct.unpack_from(">HHI", content, at + 4 + 8 * n)[2]
        for n in range(struct.unpack_from(">H", content, at + 2)[0])
    )
    wide = next(
        at + offset for offset in subtables if struct.unpack_from(">H", content, at + offset)[0] == 12
    )
    groups = (
        struct.unpack_from(">III", content, wide + 16 + 12 * n)
        for n in range(struct.unpack_from(">I", content, wide + 12)[0])
    )
    return {code for start, end, glyph in groups for code in range(start, end + 1) if glyph + code - start}


def ranges(codes: set[int]) -> Iterator[str]:
    """Yield code points as hexadecimal ranges."""
    start = last = -1
    for code in [*sorted(codes), 0x110000]:
        if code != last + 1:
            if last >= 0:
                yield f"{start:X}" if start == last else f"{start:X}-{last:X}"
            start = code
        last = code


def listed() -> str:
    """Return the stored list: visible characters that every font face has."""
    faces = [shown(layer.fonts() / layer.FOLDER / name) for name in FONTS]
    seen = {code for code in set.intersection(*faces) if unicodedata.category(chr(code)) not in UNSEEN}
    return "\n".join(ranges(seen)) + "\n"


if __name__ == "__main__":
    printable.LIST.write_text(listed(), "utf-8")
