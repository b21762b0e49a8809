"""Conversion of amounts of renminbi, as people write them, to whole fen. All forms and requests use it."""

import re
import unicodedata
from decimal import Decimal

MOST_YUAN = Decimal(10) ** 9
"""An amount of this many yuan or more is refused, because it must be a slip of the pen."""
MOST_WRITTEN = 50
"""The most characters that a written amount may have."""
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
"""A pattern for the names of other currencies. Their signs, such as $, are found by another rule."""


class OtherCurrency(ValueError):
    """The error for an amount that names a currency other than renminbi."""


def fen(written: str) -> int:
    """Return a written amount as a number of fen. The text may contain signs of renminbi, separators of
    thousands, full-width digits, or 万 (ten thousand). Raises OtherCurrency if the text names another
    currency. Raises ValueError if the text is no amount, or if the amount is negative, too large, or has a
    fraction of a fen."""
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
