"""Codes, dates, lengths of time and amounts as words in each language, for letters and pages."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.roster import Roster

LANGUAGES = ("zh", "en")
LOCALE = Path(__file__).parent.parent / "locale"
MOST_OUTAGES = 3
"""How many outages are named as the reason for a later deadline, at most. The text gives the number of the
others."""


@cache
def texts(language: str) -> dict[str, Any]:
    """Return all short texts of a language as nested mappings: section, then code. The sections come from all
    files in `locale/<language>`. Section `page` holds the content of each file in `pages`, by the name of the
    file."""
    folder, sections = LOCALE / language, dict[str, Any]()
    for file in sorted(folder.glob("*.json")):
        sections |= json.loads(file.read_text("utf-8"))
    pages = sorted((folder / "pages").glob("*.json"))
    return {**sections, "page": {file.stem: json.loads(file.read_text("utf-8")) for file in pages}}


def label(language: str, code: str, section: str, *within: str) -> str:
    """Return the label of `code` in a section of the texts. `within` names the outer keys, as for a sub-type
    its type. Raises KeyError for an unknown code."""
    codes = texts(language)[section]
    for outer in within:
        codes = codes[outer]
    return str(codes[code])


def kind(language: str, facet: str, code: str, roster: Roster) -> str:
    """Return the label of a kind of complaint in the figures. `facet` says what `code` is: a type, sub-type,
    class, company, region, right, team or cause."""
    if facet == "team":
        return roster.teams[code].label[language] if code in roster.teams else code
    if facet == "sub_type":
        type_, _, sub = code.partition("/")
        return f"{label(language, type_, 'type')} · {label(language, sub, 'sub_type', type_)}"
    if facet == "class":
        return str((texts(language)["goods_class"] | texts(language)["service_class"])[code])
    if facet in ("company", "region"):
        name = code if facet == "company" else label(language, code, facet)
        return str(texts(language)["page"]["signs"][facet]).format(name=name)
    return label(language, code, facet)


def listed(language: str, codes: Iterable[str], section: str) -> str:
    """Return the labels of several codes of a section, joined with commas."""
    return ("、" if language == "zh" else ", ").join(label(language, code, section) for code in codes)


def choice(language: str, move: str) -> str:
    """Return the name that a party's own page gives to a move, so that letters use the same name."""
    return label(language, "name", "page", "consumer", "move", move)


def clause(language: str, id: str) -> str:
    """Return the name of a clause of an agreement as used in a sentence, from its id: C2 is the second
    clause."""
    return str(texts(language)["words"]["clause"].format(n=id[1:]))


def masked(address: str) -> str:
    """Return an e-mail address or a telephone number with most of it hidden. Its owner recognises it, and
    others do not learn it."""
    shown = address.find("@") if "@" in address else len(address) - 4
    return address[:1] + "…" + address[max(shown, 1) :]


def day(language: str, when: datetime, end: bool = True) -> str:
    """Return the local date with its weekday. If `when` is midnight it is taken for the end of the day
    before, unless `end` is False."""
    local = when.astimezone(SHANGHAI)
    if end and (local.hour, local.minute, local.second) == (0, 0, 0):
        local -= timedelta(days=1)
    if language == "zh":
        return f"{local.year}年{local.month}月{local.day}日（星期{'一二三四五六日'[local.weekday()]}）"
    return f"{local:%A} {local.day} {local:%B %Y}"


def month(language: str, when: datetime) -> str:
    """Return the local month with its year."""
    local = when.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月" if language == "zh" else f"{local:%B %Y}"


def moment(language: str, when: datetime, end: bool = True) -> str:
    """Return the local date with weekday and time (24 hours). If `when` is midnight it is written as 24:00 of
    the day before, unless `end` is False."""
    clock = f"{when.astimezone(SHANGHAI):%H:%M:%S}"
    clock = "24:00" if end and clock == "00:00:00" else clock[:5]
    return day(language, when, end) + (clock if language == "zh" else f", {clock}")


def brief_date(language: str, when: datetime) -> str:
    """Return the end of a deadline without its year and weekday, for a short message."""
    clock, local = moment(language, when)[-5:], (when - timedelta.resolution).astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{clock}" if language == "zh" else f"{local.day} {local:%B}, {clock}"


def money(language: str, fen: int) -> str:
    """Return an amount in yuan; `fen` are hundredths."""
    amount = f"{fen // 100:,}.{fen % 100:02}"
    return f"人民币{amount}元" if language == "zh" else f"CNY {amount}"


def span(language: str, minutes: int) -> str:
    """Return a number of minutes in words, as days, hours and minutes. Only the two largest of these units
    that are not zero are named."""
    parts = (("days", minutes // 1440), ("hours", minutes % 1440 // 60), ("minutes", minutes % 60))
    said = [texts(language)["words"][unit].format(n=n) for unit, n in parts if n]
    return ("" if language == "zh" else " ").join(said[:2])


def moved(language: str, run: Any) -> str:
    """Return the reason why a deadline ends later: our outages during it, the planned end, the present end,
    and the difference. `run` has `due` and `moved` (see `view/deadlines.py`)."""
    said, away, planned = texts(language)["outage"], run.moved.outages, run.moved.planned
    told = [
        said[one.part].format(
            since=moment(language, one.since, False), until=moment(language, one.until, False)
        )
        for one in away[-MOST_OUTAGES:]
    ]
    if more := len(away) - len(told):
        told.append(said["more"].format(n=more))
    by = span(language, (run.due - planned) // timedelta(minutes=1))
    ends = {"planned": moment(language, planned), "due": moment(language, run.due)}
    return str(said["moved"].format(why=said["and"].join(told), by=by, **ends))


def late(language: str, by: int | timedelta) -> str:
    """Return how late something is, or how much time is left if `by` is negative. `by` is in minutes, or a
    timedelta."""
    minutes = by // timedelta(minutes=1) if isinstance(by, timedelta) else by
    said = texts(language)["words"]["late" if minutes > 0 else "left" if minutes < 0 else "due_now"]
    return str(said.format(span=span(language, abs(minutes))))
