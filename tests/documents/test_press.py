"""The press refuses text that it cannot typeset, and its errors omit that text."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from chalicelib.documents import (
    DocumentFailed,
    FontMissing,
    GlyphMissing,
    RenderFailed,
    RenderStopped,
    RenderTimedOut,
)
from chalicelib.documents.agreement import render
from chalicelib.documents.typesetting import FONTS, ROOM, press
from chalicelib.domain import printable
from chalicelib.evidence.confined import MEGABYTE
from tests.documents.agreements import IN_FORCE, RARE, VERIFY, Text, agreement, digest, signatures
from tests.documents.glyphs import listed
from tests.documents.reader import words

Made = Callable[[Text], bytes]


def agreement_named(name: str) -> Text:
    """Return an agreement with a consumer of this name."""
    return agreement(parties=[{**agreement()["parties"][0], "name": name}, agreement()["parties"][1]])


@pytest.mark.parametrize("name", ["王\U00020bb7芳", "王ก芳", "王😀"], ids=["rare", "thai", "picture"])
def test_a_character_without_a_glyph_is_an_error(made: Made, name: str) -> None:
    """A missing glyph raises an error with the code point of each character and no other text."""
    with pytest.raises(GlyphMissing) as error:
        made(agreement_named(name))
    missing = name.strip("王芳")
    assert error.value.characters == missing
    assert str(error.value) == f"U+{ord(missing):04X}"


def test_every_missing_character_is_named(made: Made) -> None:
    """All missing characters are named, so that one correction is enough."""
    with pytest.raises(GlyphMissing) as error:
        made(agreement(facts={"zh": "甲ก乙😀丙", "en": None}))
    assert set(error.value.characters) == {"ก", "😀"}


def test_refused_characters_are_those_missing_in_the_font(made: Made) -> None:
    """The list that is checked when an agreement is drafted equals the font's own table, and each of its
    characters can be typeset."""
    assert printable.LIST.read_text("utf-8") == listed(), "python -m tests.documents.glyphs writes it anew"
    pairs = [line.split("-") for line in listed().split()]
    every = "".join(chr(code) for pair in pairs for code in range(int(pair[0], 16), int(pair[-1], 16) + 1))
    assert printable.unprintable(every) == ""
    assert printable.unprintable("王ก芳\r\n😀\tก") == "ก😀"
    assert len(made(agreement(facts={"zh": every, "en": None}))) > 1_000_000


def test_the_names_of_the_standard_list_can_all_be_written() -> None:
    """The fonts have all of GB 2312, and the characters for names that the general standard list adds."""
    chinese = "".join(
        bytes([row, cell]).decode("gb2312", errors="ignore")
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
    )
    assert len(chinese) == 6763
    assert printable.unprintable(chinese + RARE + "㙓𬘬𫘝玥喆煊镕") == ""


def test_line_ends_and_tabs_are_no_characters(made: Made) -> None:
    """Line ends as browsers send them start a paragraph."""
    assert "第一段第二段第三段" in words(
        made(agreement(facts={"zh": "第一段\r\n\r\n第二\t段\r第三段", "en": None}))
    )


@pytest.mark.parametrize("mark", ["\u202e", "\u0000", "\x1b", "\ue000", "\u200b", "\u2066"])
def test_marks_that_cannot_be_seen_are_errors(made: Made, mark: str) -> None:
    """Direction marks, controls and private-use characters raise an error, because print and text would
    differ."""
    with pytest.raises(GlyphMissing):
        made(agreement_named(f"王{mark}芳"))


def test_a_missing_font_is_an_error(
    made: Made, fonts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing folder, font face or valid font raises an error; no other font is used instead."""
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
    """An exceeded time limit raises an error that names the limit."""
    text = agreement()
    with pytest.raises(RenderTimedOut, match=r"^0\.01 s$"):
        render(text, signatures(text), digest(text), IN_FORCE, VERIFY, room=ROOM._replace(seconds=0.01))


LONG = "甲乙丙丁，戊己庚辛。\n\n" * 20_000


@pytest.mark.parametrize("megabytes", [96, 192], ids=["for a page", "for this text"])
def test_a_document_that_needs_too_much_memory_fails(made: Made, megabytes: int) -> None:
    """The child ends and the failure names its limits. The worker goes on."""
    text = agreement(facts={"zh": LONG, "en": None})
    room = ROOM._replace(memory=megabytes * MEGABYTE)
    with pytest.raises(RenderStopped, match=rf"^{megabytes} MB, 30 s: "):
        render(text, signatures(text), digest(text), IN_FORCE, VERIFY, room=room)
    assert made(agreement())


def test_a_child_that_cannot_start_fails(made: Made) -> None:
    """Too little memory to load the typesetter is a failure too, and the worker goes on."""
    text = agreement()
    with pytest.raises(DocumentFailed):
        render(text, signatures(text), digest(text), IN_FORCE, VERIFY, room=ROOM._replace(memory=MEGABYTE))
    assert made(text)


def test_a_long_document_fits() -> None:
    """A text of 20,000 paragraphs needs half of the room that a worker leaves in its function."""
    text, room = agreement(facts={"zh": LONG, "en": None}), ROOM._replace(memory=384 * MEGABYTE)
    assert render(text, signatures(text), digest(text), IN_FORCE, VERIFY, room=room)


def test_the_child_knows_no_secret(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's environment contains none of the worker's."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret")
    setting = Thread(target=made, args=(agreement(facts={"zh": LONG, "en": None}),))
    setting.start()
    seen = set()
    while setting.is_alive():
        for known in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                ours = f"PPid:\t{os.getpid()}\n" in (known.parent / "status").read_text()
                if ours and b"typesetting import main" in (known.parent / "cmdline").read_bytes():
                    seen.add(known.read_bytes())
    given = [line.split(b"=")[0] for environment in seen for line in environment.split(b"\0")]
    assert b"MALLOC_ARENA_MAX" in given
    assert b"AWS_SECRET_ACCESS_KEY" not in given


def test_typesetter_error_omits_the_texts() -> None:
    """Data that the template rejects raises an error whose message omits the texts of the parties."""
    with pytest.raises(RenderFailed) as error:
        press("agreement", {"parts": [], "title": "王芳"}, IN_FORCE)
    assert "error" in error.value.said
    assert "王芳" not in str(error.value)
