"""Typesets a view (plain data) with a typst template, in a process of its own that can be stopped when it
takes too long.

The PDF is PDF/A-3a and PDF/UA-1. Characters are held against the font before anything is set, and typst
itself refuses one without a glyph; a family that is not there is a warning of typst's, which counts as an
error here.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from chalicelib.documents import FontMissing, GlyphMissing, RenderFailed, RenderTimedOut
from chalicelib.documents.words import LOST, SAYS_LOST, bounded, each
from chalicelib.domain.printable import unprintable

LIMIT = 30.0
"""How many seconds a document may take; an ordinary one takes less than one."""
HERE = Path(__file__).parent
FOLDER = "redress_fonts"
"""The name of the folder with the fonts. It lies beside the packages of the layer, wherever that is on
`sys.path`."""
FONTS = ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf")
FAMILY, WEIGHTS = "Noto Sans SC", {400, 700}
CHILD = (
    "import sys; sys.path[:] = sys.argv[1:]; from chalicelib.documents import typesetting; typesetting.main()"
)
REFUSED = 3
"""The exit status with which the process says that typst refused; its output is then typst's message."""


def press(
    template: str, view: Mapping[str, Any], at: datetime, limit: float = LIMIT, *, exact: bool = False
) -> bytes:
    """Typeset a view; the same view and moment give the same bytes. What its `parts` say is bounded first.

    `exact`: a text that people have signed, where no character may be written as another one. Raises
    GlyphMissing there, and FontMissing, RenderFailed or RenderTimedOut."""
    missing = unprintable("".join(_words(view)))
    if missing and exact:
        raise GlyphMissing(missing)
    parts = each(view["parts"], bounded)
    lost = _count(parts) > _count(view["parts"])
    asked = {
        "template": template,
        "fonts": str(fonts()),
        "view": {**view, "parts": parts, "lost": SAYS_LOST[parts[0]["language"]] if lost else ""},
        "at": int(at.timestamp()),
    }
    command = [sys.executable, "-c", CHILD, *sys.path]
    try:
        done = subprocess.run(command, input=json.dumps(asked).encode(), capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise RenderTimedOut(f"{limit:g} s") from None
    if done.returncode == 0:
        return done.stdout
    said = (done.stdout if done.returncode == REFUSED else done.stderr).decode(errors="replace")
    if refused := re.findall(r'the text `"(.+?)"` could not be displayed', said):
        raise GlyphMissing("".join(refused))
    if family := re.search(r"unknown font family: ([\w ]+)", said):
        raise FontMissing(family[1])
    raise RenderFailed(said)


def fonts() -> Path:
    """The folder with the fonts; raises FontMissing."""
    for place in sys.path:
        if (folder := Path(place) / FOLDER).is_dir():
            if missing := [name for name in FONTS if not (folder / name).is_file()]:
                raise FontMissing(missing[0])
            return folder
    raise FontMissing(FOLDER)


def main() -> None:
    """What the process of its own does: it reads a view and writes a PDF, or typst's message."""
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


def _answer(words: bytes, status: int) -> NoReturn:
    sys.stdout.buffer.write(words)
    sys.exit(status)


def _count(value: Any) -> int:
    return sum(said.count(LOST) for said in _words(value))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _words(item)
