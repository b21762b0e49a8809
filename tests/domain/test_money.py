"""Amounts as people write them: one reading, in fen."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.money import MOST_WRITTEN, OtherCurrency, fen, roughly
from chalicelib.locale.formats import LANGUAGES, money


@pytest.mark.parametrize(
    "written",
    [
        "1655",
        "1655.00",
        "1,655.00",
        "1655元",
        "¥1,655.00",
        "￥1655",
        "人民币1655",
        "人民币1,655.00元",
        "CNY 1,655.00",
        "RMB1655",
        "1655 RMB",
        "１６５５．００",
        "１，６５５元",
        " 1 655 ",
        "1655块",
        "1655元整",
        "1655 yuan",
        "人民币 ¥1655",
        "0.1655万元",
    ],
)
def test_an_amount_is_understood_as_people_write_it(written: str) -> None:
    """The marks of renminbi, separated thousands, full-width digits and 万 all give the same amount."""
    assert fen(written) == 165_500


@pytest.mark.parametrize(
    "written",
    [
        "",
        "元",
        "abc",
        "-1655",
        "1655.001",
        "16,55",
        "1.655,00",
        "1655或者1700",
        "100元200元",
        "1e3",
        "nan",
        "1000000000",
        "约1655元",
        "٣",
        "1" * (MOST_WRITTEN + 1),
    ],
)
def test_invalid_amount_is_refused(written: str) -> None:
    """Nonsense, two amounts, a negative one, a part of a fen and a typing error are refused."""
    with pytest.raises(ValueError, match=r"amount|fraction"):
        fen(written)


@pytest.mark.parametrize(
    "written",
    [
        "100美元",
        "$100",
        "US$100",
        "100 USD",
        "HK$1,655",
        "€50",
        "100港币",
        "¥100/$15",
        "100元（约15美元）",
        "5 euros",
    ],
)
def test_another_currency_is_refused_by_name(written: str) -> None:
    """Only renminbi is accepted, one currency at a time; no rate is applied."""
    with pytest.raises(OtherCurrency):
        fen(written)


@pytest.mark.parametrize(
    ("written", "yuan"),
    [
        ("一万元", 10_000),
        ("一万二", 12_000),
        ("三千五百块钱", 3_500),
        ("两千零五元", 2_005),
        ("三千五", 3_500),
        ("十五块", 15),
        ("一百二十", 120),
        ("壹万贰仟元整", 12_000),
        ("十二万三千四百五十六", 123_456),
    ],
)
def test_chinese_numerals_are_an_amount(written: str, yuan: int) -> None:
    """Also as people say them, without the last unit."""
    assert fen(written) == yuan * 100


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1280元左右", 128_000),
        ("大概一万多", 1_000_000),
        ("约1655元", 165_500),
        ("about 1,280 yuan", 128_000),
        ("roughly 300", 30_000),
        ("三千来块", 300_000),
        ("$50", None),
        ("about 50 dollars", None),
        ("1000到2000元", None),
        ("1655或者1700", None),
        ("退我一半，500", None),
    ],
)
def test_amount_that_is_not_exact_is_understood_or_kept_as_words(written: str, amount: int | None) -> None:
    """No rate is applied to another currency, and no sum is chosen out of two."""
    assert roughly(written) == (amount, False)


@pytest.mark.parametrize("written", ["", "abc", "-1655", "16,55", "1.655,00", "约16,55", "元左右", "1" * 51])
def test_slip_in_an_amount_is_no_words(written: str) -> None:
    """A typing error must be put right; words without a number are no amount."""
    with pytest.raises(ValueError, match=r"amount|fraction"):
        roughly(written)


@pytest.mark.parametrize("language", LANGUAGES)
@given(amount=st.integers(0, 10**11 - 1))
def test_written_amount_is_read_back_unchanged(language: str, amount: int) -> None:
    """Every amount is shown in one form per language, which can be typed again unchanged."""
    assert fen(money(language, amount)) == amount


@given(written=st.text(max_size=MOST_WRITTEN))
def test_any_text_is_an_amount_or_refused(written: str) -> None:
    """No typed text causes another error than `ValueError`, and no amount is negative."""
    with contextlib.suppress(ValueError):
        assert fen(written) >= 0
    with contextlib.suppress(ValueError):
        assert (roughly(written)[0] or 0) >= 0
