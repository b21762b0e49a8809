"""Folding reads a text as a person reads it, and knows the typed place of every read character."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st

from chalicelib.domain.folding import fold, folded
from chalicelib.domain.pinyin import family, readings

ANY = st.text(max_size=200)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("１３８", "138"),
        ("①③⑧⓪", "1380"),
        ("❶❸❽⓿", "1380"),
        ("1️⃣3️⃣8️⃣", "138"),
        ("¹³⁸", "138"),
        ("𝟏𝟑𝟖", "138"),
        ("١٣٨", "138"),
        ("138\u20110013\u20128000", "138-0013-8000"),
        ("1\u200b3\u200d8\u00ad", "138"),
        ("1\u03323\u03328\u0332", "138"),
        ("Sаrаh", "Sarah"),
        ("Τοm", "Tom"),
        ("Ⓢⓐⓡⓐⓗ", "Sarah"),
        ("𝓢𝓪𝓻𝓪𝓱", "Sarah"),
        ("🅢🅐🅡🅐🅗", "SARAH"),
        ("Wáng Xiǎofāng", "Wang Xiaofang"),
        ("王\ufe0f小\u200d芳", "王小芳"),
        ("a＠b．com", "a@b.com"),
        ("王，小。芳", "王，小。芳"),
    ],
)
def test_disguised_signs_are_read_as_plain_ones(typed: str, read: str) -> None:
    """Digits and letters in any form, dashes of any length, and invisible characters are folded."""
    assert folded(typed) == read


@given(ANY)
@example("\ud800a\udfff")
@example("\u0301\u0301")
@example("﷽㍿ﬃ")
def test_every_place_that_is_read_is_a_place_that_was_typed(typed: str) -> None:
    """Each folded character has a place in the text: in order, not empty, and inside it."""
    read = fold(typed)
    assert len(read.text) == len(read.starts) == len(read.ends)
    assert read.starts == sorted(read.starts)
    assert all(0 <= start < end <= len(typed) for start, end in zip(read.starts, read.ends, strict=True))


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=200))
def test_plain_text_is_read_as_it_stands(typed: str) -> None:
    """A plain text is read letter for letter."""
    read = fold(typed)
    assert read.text == typed
    assert read.starts == [*range(len(typed))]


@given(ANY)
def test_folding_is_idempotent(typed: str) -> None:
    """Reading a folded text changes nothing."""
    assert folded(folded(typed)) == folded(typed)


@pytest.mark.parametrize(
    ("character", "syllable"),
    [
        ("王", "wang"),
        ("芳", "fang"),
        ("曾", "zeng"),
        ("单", "shan"),
        ("仇", "qiu"),
        ("吕", "lv"),
        ("翟", "zhai"),
    ],
)
def test_a_character_has_its_reading_as_a_family_name(character: str, syllable: str) -> None:
    """A character's reading as a family name comes in addition to its usual one."""
    assert syllable in readings(character)


def test_a_family_name_has_one_character_or_two() -> None:
    """Only the listed family names have two characters."""
    assert (family("王小芳"), family("欧阳明月"), family("欧阳")) == (1, 2, 1)


def test_other_scripts_have_no_reading() -> None:
    """Names in other scripts are not romanised."""
    assert readings("a") == readings("🙂") == ()
