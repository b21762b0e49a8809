"""Amounts of renminbi as people write them, read into fen, for every form and every request."""

import re
import unicodedata
from decimal import Decimal

MOST_YUAN = Decimal(10) ** 9
"""The amount in yuan from which on an amount is refused as a slip of the pen."""
MOST_WRITTEN = 50
"""The most characters of an amount, with its signs."""
_MARK = "(?:人民币|RMB|CNY|¥)?"
_AMOUNT = re.compile(
    rf"{_MARK} ?{_MARK} ?(?P<whole>[0-9]{{1,3}}(?:[, ][0-9]{{3}})+|[0-9]{{1,12}})"
    rf"(?P<part>\.[0-9]{{1,6}})? ?(?P<wan>万)? ?(?:元|圆|块|yuan)?(?:钱|整)? ?{_MARK}",
    re.IGNORECASE,
)
_OTHER = re.compile(
    "美元|美金|港元|港币|港纸|欧元|英镑|日元|日圆|韩元|韩币|卢布|泰铢|台币|澳门币|澳币|新币|法郎|[澳加新]元|"
    "dollar|euro|pound|yen|USD|EUR|GBP|HKD|MOP|TWD|JPY|KRW|SGD|AUD|NZD|CAD|CHF|THB|RUB",
    re.IGNORECASE,
)
"""The names of other currencies. Currencies with a sign are recognised by the sign."""


class OtherCurrency(ValueError):
    """The error for an amount in a currency other than renminbi, or in two."""


def fen(written: str) -> int:
    """Return an amount in whole fen. The text may have marks of renminbi, separated thousands, full-width
    digits, or 万.

    Raises OtherCurrency for another currency or two of them. Raises ValueError for a text that is no amount,
    or an amount that is negative, out of proportion or has a fraction of a fen."""
    if len(written) > MOST_WRITTEN:
        raise ValueError("longer than any amount")
    text = " ".join(unicodedata.normalize("NFKC", written).split())
    if _OTHER.search(text) or any(unicodedata.category(c) == "Sc" and c != "¥" for c in text):
        raise OtherCurrency
    said = _AMOUNT.fullmatch(text)
    if said is None:
        raise ValueError("no amount")
    yuan = Decimal(re.sub("[, ]", "", said["whole"]) + (said["part"] or "")) * (10_000 if said["wan"] else 1)
    if yuan >= MOST_YUAN or yuan * 100 % 1:
        raise ValueError("out of proportion, or a fraction of a fen")
    return int(yuan * 100)
