"""The press refuses what it cannot set, and says so without anybody's words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.documents import FontMissing, GlyphMissing, RenderFailed, RenderTimedOut
from chalicelib.documents.agreement import render
from chalicelib.documents.typesetting import FONTS, press
from chalicelib.domain import printable
from tests.documents.agreements import IN_FORCE, RARE, VERIFY, Text, agreement, digest, signatures
from tests.documents.glyphs import listed
from tests.documents.reader import words

Made = Callable[[Text], bytes]


def named(name: str) -> Text:
    """An agreement with a consumer of this name."""
    return agreement(parties=[{**agreement()["parties"][0], "name": name}, agreement()["parties"][1]])


@pytest.mark.parametrize("name", ["王\U00020bb7芳", "王ก芳", "王😀"], ids=["rare", "thai", "picture"])
def test_a_character_without_a_glyph_is_an_error(made: Made, name: str) -> None:
    """Never an empty box: the error names each character by its code point, and nothing else of the text."""
    with pytest.raises(GlyphMissing) as error:
        made(named(name))
    missing = name.strip("王芳")
    assert error.value.characters == missing
    assert str(error.value) == f"U+{ord(missing):04X}"


def test_every_missing_character_is_named(made: Made) -> None:
    """So that one correction is enough."""
    with pytest.raises(GlyphMissing) as error:
        made(agreement(facts={"zh": "甲ก乙😀丙", "en": None}))
    assert set(error.value.characters) == {"ก", "😀"}


def test_what_is_refused_is_what_the_font_cannot_show(made: Made) -> None:
    """The list that is asked when an agreement is drafted is the font's own table; every character of it can
    be set."""
    assert printable.LIST.read_text("utf-8") == listed(), "python -m tests.documents.glyphs writes it anew"
    pairs = [line.split("-") for line in listed().split()]
    every = "".join(chr(code) for pair in pairs for code in range(int(pair[0], 16), int(pair[-1], 16) + 1))
    assert printable.unprintable(every) == ""
    assert printable.unprintable("王ก芳\r\n😀\tก") == "ก😀"
    assert len(made(agreement(facts={"zh": every, "en": None}))) > 1_000_000


def test_the_names_of_the_standard_list_can_all_be_written() -> None:
    """GB 2312 whole, and the characters in which the general standard list goes beyond it that names are
    known for."""
    chinese = "".join(
        bytes([row, cell]).decode("gb2312", errors="ignore")
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
    )
    assert len(chinese) == 6763
    assert printable.unprintable(chinese + RARE + "㙓𬘬𫘝玥喆煊镕") == ""


def test_line_ends_and_tabs_are_no_characters(made: Made) -> None:
    """What browsers send as line ends sets paragraphs."""
    assert "第一段第二段第三段" in words(
        made(agreement(facts={"zh": "第一段\r\n\r\n第二\t段\r第三段", "en": None}))
    )


@pytest.mark.parametrize("mark", ["\u202e", "\u0000", "\x1b", "\ue000", "\u200b", "\u2066"])
def test_marks_that_cannot_be_seen_are_errors(made: Made, mark: str) -> None:
    """What turns the direction of writing, controls, and characters of private use: print and text would not
    be the same."""
    with pytest.raises(GlyphMissing):
        made(named(f"王{mark}芳"))


def test_a_missing_font_is_an_error(
    made: Made, fonts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder, one face missing, or a file that is no font: never another font in its place."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(fonts.parent)])
    with pytest.raises(FontMissing, match=fonts.name):
        made(agreement())
    (folder := tmp_path / fonts.name).mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    (folder / FONTS[0]).write_bytes((fonts / FONTS[0]).read_bytes())
    with pytest.raises(FontMissing, match=FONTS[1]):
        made(agreement())
    for name in FONTS:
        (folder / name).write_bytes(b"not a font")
    with pytest.raises(FontMissing, match="Noto Sans SC 400"):
        made(agreement())


def test_a_render_that_takes_too_long_is_stopped() -> None:
    """The error names the limit."""
    text = agreement()
    with pytest.raises(RenderTimedOut, match=r"^0\.01 s$"):
        render(text, signatures(text), digest(text), IN_FORCE, VERIFY, limit=0.01)


def test_what_the_typesetter_says_stays_out_of_the_log() -> None:
    """A view that the template cannot use is refused; the error's own text names no words of it."""
    with pytest.raises(RenderFailed) as error:
        press("agreement", {"parts": [], "title": "王芳"}, IN_FORCE)
    assert "error" in error.value.said
    assert "王芳" not in str(error.value)
