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


_NUMERAL = re.compile("[零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟]+")
_DIGITS = {
    c: n for digits in ("零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖") for n, c in enumerate(digits)
} | {"两": 2}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_ABOUT = re.compile(
    "左右|上下|大约|大概|差不多|将近|接近|不到|超过|至少|最多|以上|约|近|多|余|来|≈|~|"
    r"\b(?:about|around|roughly|approx(?:imately|\.)?|nearly|almost|over|more than|less than|or so|some)\b",
    re.IGNORECASE,
)
_SLIP = re.compile("[-0-9., ¥元]*")
"""An amount that cannot be read although it has nothing but digits and signs: a slip, which must be put
right."""


class OtherCurrency(ValueError):
    """The error for an amount that names a currency other than renminbi."""


def fen(written: str) -> int:
    """Return a written amount as a number of fen. The text may contain signs of renminbi, separators of
    thousands, full-width digits, Chinese numerals, or 万 (ten thousand). Raises OtherCurrency if the text
    names another currency. Raises ValueError if the text is no amount, or if the amount is negative, too
    large, or has a fraction of a fen."""
    if len(written) > MOST_WRITTEN:
        raise ValueError("longer than any amount")
    text = " ".join(unicodedata.normalize("NFKC", written).split())
    if _OTHER.search(text) or any(unicodedata.category(c) == "Sc" and c != "¥" for c in text):
        raise OtherCurrency
    said = _AMOUNT.fullmatch(_NUMERAL.sub(_arabic, text))
    if said is None:
        raise ValueError("no amount")
    yuan = Decimal(re.sub("[, ]", "", said["whole"]) + (said["part"] or "")) * (10_000 if said["wan"] else 1)
    if yuan >= MOST_YUAN or yuan * 100 % 1:
        raise ValueError("out of proportion, or a fraction of a fen")
    return int(yuan * 100)


def roughly(written: str) -> tuple[int | None, bool]:
    """Return a written amount in fen, and whether it is exact. "1280元左右" is not exact. An amount in another
    currency, or of two amounts such as "1000到2000", is None: only its words can be kept. Raises ValueError if
    the text names no amount, or has a slip in it."""
    try:
        return fen(written), True
    except OtherCurrency:
        return None, False
    except ValueError:
        text = " ".join(unicodedata.normalize("NFKC", written).split())
        bare = _ABOUT.sub("", text).strip()
        if len(text) > MOST_WRITTEN or not re.search("[0-9]", _NUMERAL.sub(_arabic, bare)):
            raise
        if bare == text and _SLIP.fullmatch(text):
            raise
        try:
            return fen(bare), False
        except ValueError:
            if _SLIP.fullmatch(bare):
                raise
            return None, False


def _arabic(found: re.Match[str]) -> str:
    """Return Chinese numerals in digits. A last digit without its unit counts tenths of the unit before it,
    as in 三千五. A unit alone, such as the 万 of "1.5万", is left as it is."""
    if not {*found[0]} & {*_DIGITS, "十", "拾"}:
        return found[0]
    whole = part = digit = 0
    tenth = 1
    for c in found[0]:
        if c == "万":
            whole, part, digit, tenth = whole + (part + digit) * 10_000, 0, 0, 1_000
        elif c in _UNITS:
            part, digit, tenth = part + (digit or 1) * _UNITS[c], 0, _UNITS[c] // 10
        else:
            digit, tenth = _DIGITS[c], tenth if _DIGITS[c] else 1
    return str(whole + part + digit * tenth)
