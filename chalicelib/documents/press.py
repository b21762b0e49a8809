"""The press: sets a view with a typst template in a process of its own, which can be stopped when it takes too long.

The PDF is PDF/A-3a and PDF/UA-1: typst itself refuses a character that no font has, and a family that is not there is a warning, which
counts as an error here.
"""
from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from chalicelib.documents import FontMissing, GlyphMissing, RenderFailed, RenderTimedOut

LIMIT = 30.0
"""So many seconds a document may take; an ordinary one takes less than one."""
HERE = Path(__file__).parent
FOLDER = "redress_fonts"
"""The folder of the fonts, beside the packages of the layer, wherever that is on `sys.path`."""
FONTS = ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf")
FAMILY, WEIGHTS = "Noto Sans SC", {400, 700}
CHILD = "import sys; sys.path[:] = sys.argv[1:]; from chalicelib.documents import press; press.main()"
REFUSED = 3
"""The exit status that says: typst refused, and what it said is the output."""
UNSEEN = {"Cc", "Cf", "Co", "Cs"}
"""Characters without a form of their own: controls, marks that turn the direction of writing, private ones."""


def press(template: str, view: Mapping[str, Any], at: datetime, limit: float = LIMIT) -> bytes:
    """Set a view; the same bytes for the same view and moment. Raises GlyphMissing, FontMissing, RenderFailed or RenderTimedOut."""
    asked = json.dumps({"template": template, "fonts": str(fonts()), "view": view, "at": int(at.timestamp())}, ensure_ascii=False)
    if unseen := {character for character in _words(view) if character != "\n" and unicodedata.category(character) in UNSEEN}:
        raise GlyphMissing("".join(unseen))
    try:
        done = subprocess.run([sys.executable, "-c", CHILD, *sys.path], input=asked.encode(), capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise RenderTimedOut(f"{limit:g} s") from None
    if done.returncode == 0:
        return done.stdout
    said = (done.stdout if done.returncode == REFUSED else done.stderr).decode(errors="replace")
    if missing := re.findall(r'the text `"(.+?)"` could not be displayed', said):
        raise GlyphMissing("".join(missing))
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
    """The process that sets: a view comes in, a PDF goes out, or what typst said."""
    import typst
    asked = json.load(sys.stdin.buffer)
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[asked["fonts"]]).fonts()
    if missing := WEIGHTS - {font.weight for font in found if font.family == FAMILY}:
        _answer(f"unknown font family: {FAMILY} {min(missing)}".encode(), REFUSED)
    compiler = typst.Compiler(str(HERE / f"{asked['template']}.typ"), root=str(HERE), font_paths=[asked["fonts"]], ignore_system_fonts=True,
                              sys_inputs={"view": json.dumps(asked["view"], ensure_ascii=False)})
    try:
        pdf, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=asked["at"])
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


def _words(value: Any) -> str:
    """Everything in a view that is text."""
    if isinstance(value, Mapping):
        return "".join(map(_words, value.values()))
    return "".join(map(_words, value)) if isinstance(value, (list, tuple)) else value if isinstance(value, str) else ""
