"""Tests of the spelling of search keys: stored text and typed text give the same key."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, strategies

from chalicelib.domain.finding import MOST_TYPED, keys_of_account, keys_of_person, plain, typed
from chalicelib.domain.model.case import Refusal


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("王芳", "王 芳"),
        ("王芳", "王芳女士"),
        ("王先生", "王先生"),
        ("欧阳娜娜", " 欧阳娜娜 小姐 "),
        ("阿卜杜拉·买买提", "阿卜杜拉买买提"),
        ("阿卜杜拉•买买提", "买买提"),
        ("John Smith", "SMITH, John"),
        ("John Smith", "Mr. John Smith"),
        ("John Smith", "johnsmith"),
        ("John Smith", "smith"),
        ("Mary-Jane O'Neil", "mary jane oneil"),
        ("José Muñoz", "Jose Munoz"),
        ("O'Brien-Łukasz", "lukasz"),
        ("O’Brien‐Łukasz", "O'BRIEN LUKASZ"),
        ("Mr. Søren Đỗ", "do soren"),
        ("Anne Marie de la Croix-Saint-Étienne", "croix saint etienne"),
        ("Ｊｏｈｎ　Ｓｍｉｔｈ", "john smith"),
    ],
)
def test_name_is_found_in_any_spelling(stored: str, said: str) -> None:
    """Case, width, spaces, hyphens, accents, titles and the order of Latin names do not count."""
    assert {*keys_of_person({"name": stored})} & {*typed(said).keys}


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("13800138000", "138-0013 8000"),
        ("13800138000", "+86 138 0013 8000"),
        ("008613800138000", "１３８００１３８０００"),
        ("021-5555 1234", "(021) 55551234"),
        ("+862155551234", "021-5555 1234"),
        ("+862155551234;ext=803", "+86 21 5555 1234"),
        ("+8675588881234", "0086 755 8888 1234"),
        ("+442079460958", "0044 20 7946 0958"),
    ],
)
def test_telephone_is_found_in_any_spelling(stored: str, said: str) -> None:
    """Signs, width and the country code of a mobile number do not count."""
    assert {*keys_of_person({"phone": stored})} & {*typed(said).keys}


def test_mailboxes_that_differ_in_a_dot_are_two() -> None:
    """A mailbox is compared with its signs, since they tell people apart."""
    stored = {*keys_of_person({"email": "a.b@mail.example"})}
    assert stored & {*typed(" A.B@Mail.Example ").keys}
    assert stored & {*typed("<a.b@mail.example>").keys}
    assert not stored & {*typed("ab@mail.example").keys}


def test_order_and_company_are_found_in_any_spelling() -> None:
    """Order, company, shop and the number at an authority are keys without spaces, hyphens and case."""
    account = {
        "order": "TB-2024 0001",
        "business": "晴天 电器",
        "shop": "Sunny Shop",
        "outside_number": "市监〔2026〕8",
    }
    stored = {*keys_of_account(account)}
    for said in ("tb20240001", "晴天电器", "SUNNY-SHOP", "市监20268"):
        assert stored & {*typed(said).keys}, said


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("晴天电器（上海）有限公司", "晴天电器"),
        ("晴天电器", "晴天电器 股份有限公司"),
        ("K&R Appliances Co., Ltd.", "k & r appliances"),
        ("Sunny Inc", "Sunny Ltd."),
        ("有限公司", "有限公司"),
        ("a" + "  co" * 50 + "x", "a" + "co" * 50 + "x"),
    ],
)
def test_company_is_found_without_its_legal_form(stored: str, said: str) -> None:
    """People leave out the legal form of a company and its place in brackets."""
    assert {*keys_of_account({"business": stored})} & {*typed(said).keys}
    assert {*keys_of_account({"shop": stored})} & {*typed(said).keys}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("", "search_empty"),
        ("  ", "search_empty"),
        ("😡", "search_empty"),
        ("'';--", "search_empty"),
        ("王", "search_too_short"),
        ("a", "search_too_short"),
        ("123", "search_few_digits"),
        ("x" * (MOST_TYPED + 1), "search_too_long"),
        ("王" * 10_000, "search_too_long"),
    ],
)
def test_what_cannot_be_searched_is_refused(said: str, code: str) -> None:
    """A text that is empty, too short, too long, or without letters and digits raises the code of its
    reason."""
    with pytest.raises(Refusal) as refused:
        typed(said)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("said", "begins", "ends"),
    [
        ("4821", "begins 4821", "ends 4821"),
        ("４８２１-09", "begins 4821", "ends 2109"),
        ("4821 0936", "begins 48210936", "ends 48210936"),
        ("48210936517", "begins 48210936", "ends 10936517"),
        ("482109365174", "", ""),
        ("4821a", "", ""),
    ],
)
def test_part_of_a_number_is_its_beginning_or_end(said: str, begins: str, ends: str) -> None:
    """Four to eleven digits may begin or end a case number."""
    assert (typed(said).begins, typed(said).ends) == (begins, ends)
    assert typed(said).within == ("within 4821" if len(said) == 4 else "")


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("13800138000 王芳", ["13800138000", "王芳"]),
        ("王芳１３８００１３８０００", ["13800138000", "王芳"]),
        ("+86 138 0013 8000 王芳 退款", ["+86 138 0013 8000", "王芳", "退款"]),
        ("4821 0936 5174，李强", ["4821 0936 5174", "李强"]),
        ("021 5555 1234 李强", ["021 5555 1234", "李强"]),
        ("李强 12", ["李强"]),
        ("王芳", []),
        ("13800138000", []),
        ("TB13800138000", []),
    ],
)
def test_text_has_the_parts_that_people_mean(said: str, parts: list[str]) -> None:
    """Numbers, mailboxes and words of one text are parts, the exact ones first."""
    assert [part.text for part in typed(said).parts] == parts


@given(strategies.text(max_size=300))
def test_any_text_is_spelled_or_refused(said: str) -> None:
    """No text breaks the search, and its spelling has letters and digits only."""
    assert all(c.isalnum() for c in plain(said)) or not plain(said).isascii()
    with suppress(Refusal):
        assert all(typed(said).keys)
