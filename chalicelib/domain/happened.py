"""Reading of dates as people write them, such as "5月左右" or "early May", as the first and last possible
day."""

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

from chalicelib.domain.numerals import arabic

MOST_WRITTEN = 60
"""The most characters that a written date may have. A longer text is a story, and is not read."""
NEAR = timedelta(days=3)
"""How far an approximate day, such as "around 3 May", can be off."""
NEAR_MONTH = timedelta(days=15)
"""How far an approximate month, such as "around May", can be off at each end."""
_ABOUT = re.compile(
    r"大概|大约|差不多|好像|应该|可能|左右|前后|上下|约|吧|～|~|"
    r"\b(?:some ?time|about|around|approx(?:imately|\.)?|roughly|circa|probably|maybe|or so)\b"
)
_FILLER = re.compile(
    r"那会儿|那时候|时候|期间|[的在是于,，。\s]|\b(?:in|on|at|the|of|during|was|it)\b|(?<=\d)(?:st|nd|rd|th)\b"
)
_NUMERAL = re.compile("[零〇一二三四五六七八九十两几]+(?=个?(?:月|日|号|天|周|星期|礼拜|年))")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
_NAMED += r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
_PARTS = {"初": (1, 10), "上旬": (1, 10), "中": (11, 20), "中旬": (11, 20), "底": (21, 31), "末": (21, 31)}
_PARTS |= {"下旬": (21, 31), "early": (1, 10), "beginning": (1, 10), "start": (1, 10), "mid": (11, 20)}
_PARTS |= {"middle": (11, 20), "late": (21, 31), "end": (21, 31), "": (1, 31)}
_SEASONS = {"春": (3, 5), "夏": (6, 8), "秋": (9, 11), "冬": (12, 14), "暑假": (7, 8), "寒假": (13, 14)}
_SEASONS |= {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 14)}
_SEASONS |= {"上半年": (1, 6), "下半年": (7, 12), "年中": (6, 7)}
_SEASONS |= dict.fromkeys(("初", "年初"), (1, 2)) | dict.fromkeys(("底", "末", "年底", "年末"), (11, 12))
_FEASTS = {
    "元旦": (1, 1, 3),
    "五一": (5, 1, 5),
    "劳动节": (5, 1, 5),
    "国庆": (10, 1, 8),
    "国庆节": (10, 1, 8),
}
_FEASTS |= {"双十一": (11, 11, 11), "双11": (11, 11, 11), "618": (6, 18, 18), "christmas": (12, 24, 26)}
_YEARS = {"今年": 0, "去年": 1, "前年": 2, "大前年": 3, "this year": 0, "this": 0, "last year": 1}
_DAYS = {"今天": 0, "昨天": 1, "昨晚": 1, "前天": 2, "大前天": 3, "today": 0, "yesterday": 1}
_UNITS = {"天": 1, "日": 1, "day": 1, "周": 7, "星期": 7, "礼拜": 7, "week": 7, "月": 30, "month": 30}
_UNITS |= {"年": 365, "year": 365}
_YEAR = r"(?P<year>大前年|前年|去年|今年|(?:19|20)?\d\d年|this year|last year|this|last|(?:19|20)\d\d)?"
_LATER = r"(?: ?(?P<later>(?:19|20)\d\d|this year|last year))?"


class Span(NamedTuple):
    """The first and the last day on which something can have happened."""

    first: date
    last: date


def span(written: str, today: date) -> Span | None:
    """Return the days that a written date can mean, as seen from `today`. A date without a year is the latest
    that is not in the future, and no span ends after `today` unless it begins after it. Return None for a
    text that is not understood."""
    text = unicodedata.normalize("NFKC", written).casefold().strip()
    if len(text) > MOST_WRITTEN:
        return None
    about = bool(_ABOUT.search(text))
    text = " ".join(_FILLER.sub(" ", _ABOUT.sub(" ", text)).split())
    text = re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)
    text = _NUMERAL.sub(lambda found: arabic(found[0].replace("几", "三")), text)
    try:
        found = _day(text, today) or _ago(text, today) or _month(text, today) or _season(text, today)
    except ValueError:  # a day that no calendar has, such as 31 April
        return None
    if found is None:
        return None
    if about:
        slack = NEAR if found.first == found.last else NEAR_MONTH
        found = Span(found.first - slack, found.last + slack)
    return Span(found.first, max(found.first, min(found.last, today)))


def _year(said: str | None, today: date) -> int | None:
    if not said:
        return None
    if said in _YEARS:
        return today.year - _YEARS[said]
    digits = said.rstrip("年")
    return None if not digits.isdecimal() else int(digits) + (2000 if len(digits) == 2 else 0)


def _day(text: str, today: date) -> Span | None:
    """Return the span of a single day, or None."""
    day = None
    if text in _DAYS:
        day = today - timedelta(days=_DAYS[text])
    elif said := re.fullmatch(r"((?:19|20)\d\d)[-/.年]?(\d\d?)[-/.月]?(\d\d?)[日号]?", text):
        day = date(*map(int, said.groups()))
    elif said := re.fullmatch(rf"{_YEAR}(?P<month>\d\d?)月(?P<day>\d\d?)[日号]?", text):
        day = _latest(_year(said["year"], today), int(said["month"]), int(said["day"]), today)
    elif said := re.fullmatch(
        rf"(?:(?P<a>\d\d?) (?P<m>{_NAMED})|(?P<n>{_NAMED}) (?P<b>\d\d?)){_LATER}", text
    ):
        month = _MONTHS.index((said["m"] or said["n"])[:3]) + 1
        day = _latest(_year(said["later"], today), month, int(said["a"] or said["b"]), today)
    elif said := re.fullmatch("上(?:周|星期|礼拜)([一二三四五六日天])", text):
        day = today - timedelta(days=today.weekday() + 7 - "一二三四五六日天".index(said[1]) % 7)
    return Span(day, day) if day else None


def _latest(year: int | None, month: int, day: int, today: date) -> date:
    """Return the day in the year, or without a year the latest such day that is not in the future."""
    found = date(year or today.year, month, day)
    return found.replace(year=found.year - 1) if not year and found > today else found


def _ago(text: str, today: date) -> Span | None:
    """Return the span of a time before today, such as "两个月前", or None."""
    if text in ("上周", "上星期", "上礼拜", "last week"):
        monday = today - timedelta(days=today.weekday() + 7)
        return Span(monday, monday + timedelta(days=6))
    if text in ("上个月", "上月", "last month"):
        last = today.replace(day=1) - timedelta(days=1)
        return Span(last.replace(day=1), last)
    if text in ("半年前", "half year ago", "half a year ago"):
        text = "6个月前"
    said = re.fullmatch(
        r"(?P<n>\d\d?|an?|one|two|three|few|a few) ?个?(?P<unit>天|日|周|星期|礼拜|月|年|day|week|month|year)s? ?"
        r"(?:以?前|ago)",
        text,
    )
    if not said:
        return None
    words = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "few": 3, "a few": 3}
    count, unit = words.get(said["n"]) or int(said["n"]), _UNITS[said["unit"]]
    middle, slack = today - timedelta(days=count * unit), timedelta(days=unit // 2)
    return Span(middle - slack, middle + slack)


def _month(text: str, today: date) -> Span | None:
    """Return the span of a month or a part of it, or None."""
    said = re.fullmatch(
        rf"{_YEAR}(?P<month>\d\d?)月份?(?P<part>[上中下]旬|[初中底末])?", text
    ) or re.fullmatch(
        rf"(?P<part>early|beginning|start|mid|middle|late|end)?[ -]?{_YEAR} ?(?P<month>{_NAMED}){_LATER}",
        text,
    )
    if not said:
        return None
    month = int(said["month"]) if said["month"].isdecimal() else _MONTHS.index(said["month"][:3]) + 1
    year = _year(said.groupdict().get("later") or said["year"], today)
    if said["year"] == "last":  # the last such month, which may be of this year
        year = None
    first, last = _PARTS[said["part"] or ""]
    begins = _latest(year, month, first, today)
    return Span(begins, begins.replace(day=min(last, monthrange(begins.year, month)[1])))


def _season(text: str, today: date) -> Span | None:
    """Return the span of a season, a feast, a part of a year or a year, or None."""
    said = re.fullmatch(rf"{_YEAR} ?(?P<what>\D*|618|双11){_LATER}", text)
    if not said or not text:
        return None
    last, what = said["year"] == "last", said["what"].strip()
    year = _year(said["later"] or said["year"], today)
    what = what.removesuffix("天").removesuffix("季") if what not in _SEASONS else what
    if what in _FEASTS:
        month, first, end = _FEASTS[what]
        begins = _latest(None if last else year, month, first, today)
        return Span(begins, begins.replace(day=end))
    if what in _SEASONS:
        first, end = _SEASONS[what]
        year = today.year if last or year is None else year
        found = _months(year, first, end)
        # "last spring" is over; a season without a year has begun
        late = found.last >= today if last else found.first > today
        return _months(year - 1, first, end) if late and (last or not said["year"]) else found
    return _months(year, 1, 12) if year and not what and not last else None


def _months(year: int, first: int, last: int) -> Span:
    """Return the span from the first to the last month. Months above 12 are of the next year."""
    end, month = year + (last - 1) // 12, (last - 1) % 12 + 1
    begin = date(year + (first - 1) // 12, (first - 1) % 12 + 1, 1)
    return Span(begin, date(end, month, monthrange(end, month)[1]))
