"""Reading of days and moments as people type them into a form. A moment is a day and a time of day in China
(Asia/Shanghai)."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.numerals import arabic

MOST_WRITTEN = 60
"""The most characters of a written day or moment. A longer text is not read, because that would take long."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NEAR_DAYS = {
    "前天": -2,
    "昨天": -1,
    "今天": 0,
    "明天": 1,
    "后天": 2,
    "yesterday": -1,
    "today": 0,
    "tomorrow": 1,
}
AFTERNOON = ("下午", "晚上", "晚", "pm")
WEEKDAY = re.compile(
    r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
)
"""A day of the week. A written day may name it, but it is not checked."""
NUMERAL = re.compile("[一二三四五六七八九]?十[一二三四五六七八九]?|[零〇一二两三四五六七八九]+")
"""A number up to 99 in Chinese characters, or its digits one by one, as in a year."""
NAMED = "(?P<name>" + "|".join(MONTHS) + ")[a-z]*"
DAYS = [
    re.compile(form)
    for form in (
        r"(?P<year>[1-9]\d{3})[-/.年](?P<month>\d\d?)[-/.月](?P<day>\d\d?)[日号]?",
        r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<month>\d\d?)月(?P<day>\d\d?)[日号]",
        rf"(?P<day>\d\d?) ?{NAMED}(?: ?(?P<year>[1-9]\d{{3}}))?",
        rf"{NAMED} ?(?P<day>\d\d?)(?: (?P<year>[1-9]\d{{3}}))?",
    )
]
CLOCK = re.compile(
    r"(?P<half>上午|早上|中午|下午|晚上|晚)?(?P<hour>\d\d?)(?:[:点时](?P<minute>[0-5]\d|半)?分?(?::00)?)?"
    r"(?P<after>[ap]m)?"
)


def day_written(text: str, today: date) -> date | None:
    """Return the day that a text names, such as 2026-03-15, 2026年3月15日 or 15 March 2026. A day without a year
    is the one nearest to `today`. Return None for a text that is not understood."""
    if len(text) > MOST_WRITTEN:
        return None
    plain = _plain(text)
    if plain in NEAR_DAYS:
        return today + timedelta(days=NEAR_DAYS[plain])
    for form in DAYS:
        if said := form.fullmatch(plain):
            part = said.groupdict()
            name, year = part.get("name"), part.get("year")
            month = MONTHS.index(name) + 1 if name else int(part["month"])
            years = [int(year)] if year else [today.year, today.year - 1, today.year + 1]
            found = [day for one in years if (day := _calendar_day(one, month, int(part["day"])))]
            return min(found, key=lambda day: abs(day - today), default=None)
    return None


def moment_written(text: str, today: date) -> datetime | None:
    """Return the moment that a text names, such as 2026-03-15 09:30 or 3月15日下午3点, with its time zone. The
    time 24:00 is the end of the day. A text in ISO format with a time zone keeps its zone. Return None for a
    text that is not understood, and for a day without a time of day."""
    if len(text) > MOST_WRITTEN:
        return None
    try:
        if (said := datetime.fromisoformat(text.strip())).tzinfo:
            return said
    except ValueError:
        pass
    plain = _plain(re.sub(r"(?<=\d)T(?=\d)", " ", text.strip()))
    for at in (found.start() for found in re.finditer(r"(?<!\d)(?:[上早中下晚]|\d)", plain)):
        day, clock = day_written(plain[:at], today), _time(plain[at:])
        if day and clock is not None and day < date.max:
            return datetime.combine(day, time(), SHANGHAI) + clock
    return None


def written(moment: datetime) -> str:
    """Return a moment as a form shows it, and as `moment_written` reads it: 2026-03-15 09:30."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _plain(text: str) -> str:
    """Return a text in one spelling, without weekdays and commas, with Arabic digits, and with spaces between
    English words only."""
    plain = re.sub(r"[,、]", " ", unicodedata.normalize("NFKC", text).casefold())
    plain = " ".join(NUMERAL.sub(lambda found: arabic(found[0]), WEEKDAY.sub(" ", plain)).split())
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", plain)


def _calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(text: str) -> timedelta | None:
    """Return the time of day that a text names, as the time since midnight. Return None for a text that is
    not understood. A number alone is no time of day."""
    said = CLOCK.fullmatch(text.strip().replace(" ", ""))
    if not said or not (said["after"] or re.search("[:点时]", text)):
        return None
    hour, minute = int(said["hour"]), 30 if said["minute"] == "半" else int(said["minute"] or 0)
    half = said["half"] or said["after"]
    if half in AFTERNOON and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    return timedelta(hours=hour, minutes=minute) if (hour, minute) <= (24, 0) else None
