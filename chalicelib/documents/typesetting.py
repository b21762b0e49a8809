"""Typesetting of a view (plain data) with a typst template, in a child process with limits. The PDF is
PDF/A-3a and PDF/UA-1.

Before typesetting, the characters are checked against the font. typst itself rejects a character without a
glyph. A missing font family is only a warning in typst, but an error here."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from chalicelib.documents import FontMissing, GlyphMissing, RenderFailed, RenderStopped, RenderTimedOut
from chalicelib.documents.words import LOST, SAYS_LOST, map_texts, typesettable
from chalicelib.domain.printable import unprintable
from chalicelib.evidence.confined import MEGABYTE, MOST_MEMORY, Room, confine, run

ROOM = Room(MOST_MEMORY, 30)
"""The limits of the child process that typesets: memory, and 30 seconds. An ordinary document takes less than
one second and 115 MB. A document of 20,000 paragraphs takes three seconds and 300 MB."""
HERE = Path(__file__).parent
FOLDER = "redress_fonts"
"""The name of the font folder, which is searched in each folder of `sys.path`. In Lambda it is in the layer,
next to the packages."""
FONTS = ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf")
FAMILY, WEIGHTS = "Noto Sans SC", {400, 700}
REFUSED, FULL = 3, 4
"""Exit statuses of the child process. `REFUSED`: typst rejected the document, and the output is typst's
message. `FULL`: there was too little memory."""


def press(
    template: str, view: Mapping[str, Any], at: datetime, room: Room = ROOM, *, exact: bool = False
) -> bytes:
    """Return a PDF, typeset from the data `view`. `template` is the name of a .typ file in this folder. `at`
    is the moment that the metadata names. `room` holds the limits of the child process. The same arguments
    give the same bytes.

    The texts in `view["parts"]` are prepared by `typesettable` first, so characters without a glyph are
    replaced. With `exact`, for a signed text, such a character raises GlyphMissing instead. FontMissing,
    RenderFailed, RenderStopped and RenderTimedOut can be raised too."""
    missing = unprintable("".join(_words(view)))
    if missing and exact:
        raise GlyphMissing(missing)
    parts = map_texts(view["parts"], typesettable)
    lost = _count(parts) > _count(view["parts"])
    asked = {
        "template": template,
        "fonts": str(fonts()),
        "view": {**view, "parts": parts, "lost": SAYS_LOST[parts[0]["language"]] if lost else ""},
        "at": int(at.timestamp()),
    }
    try:
        done = run("documents.typesetting", room, json.dumps(asked).encode(), capture_output=True)
    except subprocess.TimeoutExpired:
        raise RenderTimedOut(f"{room.seconds:g} s") from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode < 0 or done.returncode == FULL:  # a negative status: ended by a signal
        raise RenderStopped(f"{room.memory // MEGABYTE} MB, {room.seconds:g} s: {done.returncode}")
    said = (done.stdout if done.returncode == REFUSED else done.stderr).decode(errors="replace")
    if refused := re.findall(r'the text `"(.+?)"` could not be displayed', said):
        raise GlyphMissing("".join(refused))
    if family := re.search(r"unknown font family: ([\w ]+)", said):
        raise FontMissing(family[1])
    raise RenderFailed(said)


def fonts() -> Path:
    """Return the font folder. Raises FontMissing if the folder or one of its fonts is missing."""
    for place in sys.path:
        if (folder := Path(place) / FOLDER).is_dir():
            if missing := [name for name in FONTS if not (folder / name).is_file()]:
                raise FontMissing(missing[0])
            return folder
    raise FontMissing(FOLDER)


def main(memory: str, seconds: str) -> None:
    """Limit this process, then read the data from the input and write the PDF to the output. If typst rejects
    the document, write typst's message instead. `memory` is in bytes."""
    confine(memory, seconds, 0)
    try:
        _typeset()
    except MemoryError:
        sys.exit(FULL)


def _typeset() -> NoReturn:
    import typst

    asked = json.load(sys.stdin.buffer)
    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[asked["fonts"]]
    ).fonts()
    if missing := WEIGHTS - {font.weight for font in found if font.family == FAMILY}:
        _answer(f"unknown font family: {FAMILY} {min(missing)}".encode(), REFUSED)
    compiler = typst.Compiler(
        str(HERE / f"{asked['template']}.typ"),
        root=str(HERE),
        font_paths=[asked["fonts"]],
        ignore_system_fonts=True,
        sys_inputs={"view": json.dumps(asked["view"], ensure_ascii=False)},
    )
    try:
        pdf, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=asked["at"]
        )
    except typst.TypstError as error:
        said = error.diagnostic
    else:
        said = "\n".join(warning.message for warning in warnings)
        if not said and isinstance(pdf, bytes):
            _answer(pdf, 0)
    _answer(said.encode(), REFUSED)


def _answer(content: bytes, status: int) -> NoReturn:
    sys.stdout.buffer.write(content)
    sys.exit(status)


def _count(value: Any) -> int:
    return sum(said.count(LOST) for said in _words(value))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _words(item)
