"""Masks over identity numbers, numbers of bank cards, and street addresses, for pages on which staff read
what people wrote. The kinds of details and their patterns are those of the scrubber (`scrub`). Telephone
numbers stay, because staff call them. Numbers of complaints stay too, and numbers that people call the number
of an order or a contract.

The scrubber's patterns take time for each character of a text. So a quick pattern first finds the places that
may hold such a detail, and only their surroundings are searched."""

import re
from collections.abc import Iterator
from functools import cache

from chalicelib.domain import scrub
from chalicelib.domain.disguises import Find

CONCEALED = frozenset({"identity", "card", "address"})
"""The kinds of details that are masked. They are keys of `scrub.MASKS`."""
AROUND = 60
"""The number of characters before and after a possible detail that are searched with it."""
_DIGIT = r"[\d零〇一二三四五六七八九十百两]"
DETAILS = (
    r"(?:[A-Z]{3}\d{12}|\d(?:\W{0,2}\d){7}|[A-Za-z]\s?\d{6}"
    rf"|{scrub.SPOKEN}(?:\s?{scrub.SPOKEN}){{15}}"
    rf"|(?:{_DIGIT}|[甲乙丙丁A-Za-z])\s*"
    r"(?:弄|[栋棟]|幢|座|室|[单單]元|[号號][楼樓]|[号號]院|[楼樓]|[门門组組队隊委村]|[号號](?!称|召|线))"
    r"|小[区區]|花[园園]|公寓|新村|家[园園]|花苑|佳苑|名苑|大[厦廈]|宿舍|公[馆館]|雅苑|住在|家住|位于|地址|寄到|送到"
    r"|\d-\d{1,2}-\d"
    r"|[A-Z]{2}\d\d\s?[A-Z\d]{4}|\d[A-Z\d]?\s\d[A-Z]{2}\b|/F\b"
    rf"|\s{scrub.ROAD}\b|\b{scrub.INDOORS}\.?\s)"
)
"""A pattern that finds at least one place in each detail of these kinds."""
FIRST = rf"(?=[\dA-Za-z\s/百甲乙丙丁小花公新家佳名大宿雅住位地寄送]|{_DIGIT}|{scrub.SPOKEN})"
"""A pattern for the first signs of such places. Plain words are searched faster if others are passed over."""
_POSSIBLE = re.compile(FIRST + DETAILS)
_ORDERS = re.compile(
    r"(?i:单号|订单|运单|编号|合同号|发票号|保单号|案号|序列号|order|tracking|invoice|contract)"
    r"(?:\s?(?:号|是|为|[:：=#]|no\.?|number|id))*\s?(?P<it>[A-Za-z]{0,4}[-#]?\d[-A-Za-z0-9]{2,})"
)

_HARMLESS = re.compile(
    r"(?<![\dA-Za-z-])(?:\d{4}-\d{4}-\d{4}|\d{12}|[48]00-\d{3}-\d{4}"
    r"|(?<!\d，)\d{4}，\d{4}，\d{4}(?!，\d))(?![\d-])"
)
"""A pattern for the number of a complaint, as it is written and as it is read out, and for the telephone
number of a company's service. Bank cards have more than twelve digits."""


def concealed(text: str, language: str) -> str:
    """Return the text with a mask in place of each identity number, number of a bank card, and street
    address. The masks are in `language`. A text without them is returned unchanged."""
    said, at = "", 0
    for start, end in _surroundings(text):
        said += text[at:start] + scrub.masked_once(text[start:end], language, _finds())
        at = end
    return said + text[at:]


def _surroundings(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of the text to search, as pairs of start and end. Parts that touch are joined. Harmless
    numbers are no reason to search, because nearly every letter has them."""
    start = end = 0
    for found in _POSSIBLE.finditer(text):
        number = _HARMLESS.match(text, found.start())
        if number and found.end() <= number.end():
            continue
        if found.start() - AROUND > end:
            if end > 0:
                yield start, end
            start = max(found.start() - AROUND, 0)
        end = min(found.end() + AROUND, len(text))
    if end > 0:
        yield start, end


def _stays(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of numbers that stay: those of orders and contracts, and harmless ones."""
    yield from (found.span("it") for found in _ORDERS.finditer(text))
    yield from (found.span() for found in _HARMLESS.finditer(text))


@cache
def _finds() -> tuple[tuple[str, Find], ...]:
    kinds = CONCEALED | {"", "phone"}
    found = ((code if code in CONCEALED else "", find) for code, find in scrub.rules() if code in kinds)
    return ("", _stays), *found
