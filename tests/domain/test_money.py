"""Amounts as people write them: one reading, in fen."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.money import MOST_WRITTEN, OtherCurrency, fen
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
