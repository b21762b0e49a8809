"""Codes, dates, lengths of time and amounts as words in each language, for letters and pages."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any

from chalicelib.domain.calendar import SHANGHAI, instant
from chalicelib.domain.model.codes import Excuse, Ground, Known, Missing
from chalicelib.domain.phone_hours import MIDNIGHT, MONDAY, SUNDAY, PhoneHours
from chalicelib.domain.roster import Roster

LANGUAGES = ("zh", "en")
LOCALE = Path(__file__).parent.parent / "locale"
SECTIONS: dict[type, str] = {
    Ground: "decline_ground",
    Missing: "missing_item",
    Known: "asked_business",
    Excuse: "excuse_ground",
}
"""The code lists whose labels are in a section of `locale/` that is not named after the code list. The value
is the name of the section."""
MOST_OUTAGES = 3
"""The maximum number of outages that the reason for a later deadline names. For the other outages the text
gives only their number."""

CHINESE, ENGLISH = r"[\u4e00-\u9fff]", r"[A-Za-z]{2,}"
"""Regular expressions for a Chinese character and for an English word. They are compiled at their first use,
because the first takes two milliseconds."""
FEW = 3
"""How many English words without a Chinese character count as a text in English. Fewer may be a name or a
code."""


@cache
def texts(language: str) -> dict[str, Any]:
    """Return all short texts of a language as nested mappings, by section and then by code. The sections come
    from all files in `locale/<language>`. The section `page` holds the texts of each file in the folder
    `pages`, by the name of the file."""
    folder, sections = LOCALE / language, dict[str, Any]()
    for file in sorted(folder.glob("*.json")):
        sections |= json.loads(file.read_text("utf-8"))
    pages = sorted((folder / "pages").glob("*.json"))
    return {**sections, "page": {file.stem: json.loads(file.read_text("utf-8")) for file in pages}}


def consent_texts(language: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the texts by which a person lets a partner read their complaint. The key is the version, see
    `ConsentText`."""
    found: Mapping[str, Mapping[str, Any]] = texts(language)["page"]["consents"]
    return found


def label(language: str, code: str, section: str, *within: str) -> str:
    """Return the label of `code` in a section of the texts. `within` are the keys between the section and the
    code. For example, the key before a sub-type is its type. Raises KeyError for an unknown code."""
    codes = texts(language)[section]
    for outer in within:
        codes = codes[outer]
    return str(codes[code])


@cache
def section(codes: type[StrEnum]) -> str:
    """Return the section of `locale/` that holds the labels of a code list, such as `obligation_kind` for
    ObligationKind."""
    return SECTIONS.get(codes, re.sub(r"(?<!^)(?=[A-Z])", "_", codes.__name__).lower())


def kind(language: str, facet: str, code: str, roster: Roster) -> str:
    """Return the label of a code in the figures. `facet` says what kind of code it is: a type, sub-type,
    class, company, region, right, team or cause. `roster` holds the labels of teams."""
    if facet == "team":
        return roster.team_name(code, language)
    if facet == "sub_type":
        type_, _, sub = code.partition("/")
        return f"{label(language, type_, 'type')} · {label(language, sub, 'sub_type', type_)}"
    if facet == "class":
        return str((texts(language)["goods_class"] | texts(language)["service_class"])[code])
    if facet in ("company", "region"):
        name = code if facet == "company" else label(language, code, facet)
        return str(texts(language)["page"]["signs"][facet]).format(name=name)
    return label(language, code, facet)


def joined(language: str, texts: Iterable[str]) -> str:
    """Return several texts as one text, joined with the commas of the language."""
    return ("、" if language == "zh" else ", ").join(texts)


def listed(language: str, codes: Iterable[str], section: str) -> str:
    """Return the labels of several codes of one section, joined with commas."""
    return joined(language, (label(language, code, section) for code in codes))


def choice(language: str, move: str) -> str:
    """Return the name that a party's own page gives to the move `move`. Letters use it, so that a reader
    finds the same name on the page."""
    return label(language, "name", "page", "consumer", "move", move)


def clause(language: str, id: str) -> str:
    """Return the name of a clause of an agreement, as used in a sentence. `id` is the id of the clause; C2 is
    the second clause."""
    return str(texts(language)["words"]["clause"].format(n=id[1:]))


def masked(address: str) -> str:
    """Return an e-mail address or a telephone number with most of it hidden. The owner recognises it, and
    nobody else learns it."""
    shown = address.find("@") if "@" in address else len(address) - 4
    return address[:1] + "…" + address[max(shown, 1) :]


def foreign(language: str, words: str) -> str:
    """Return a remark in this language that a person's words are in another language. Return "" if they are
    in this language, or too short to tell. The two languages are Chinese and English."""
    chinese, english = len(re.findall(CHINESE, words)), len(re.findall(ENGLISH, words))
    other = chinese > english if language == "en" else not chinese and english >= FEW
    return str(texts(language)["words"]["foreign"]) if other else ""


def original(language: str, words: str) -> str:
    """Return a person's words in one line, with a remark if they are in another language."""
    remark = foreign(language, words)
    return " ".join((words, remark)) if remark and language == "en" else words + remark


def day(language: str, when: datetime, end: bool = True) -> str:
    """Return the local date of `when`, with its weekday. If `when` is midnight and `end` is True, return the
    day before, because a deadline at midnight ends with that day."""
    local = when.astimezone(SHANGHAI)
    if end and (local.hour, local.minute, local.second) == (0, 0, 0):
        local -= timedelta(days=1)
    if language == "zh":
        return f"{local.year}年{local.month}月{local.day}日（星期{'一二三四五六日'[local.weekday()]}）"
    return f"{local:%A} {local.day} {local:%B %Y}"


def date_called(language: str, when: date) -> str:
    """Return a date as text, with its weekday."""
    return day(language, datetime.combine(when, time(), SHANGHAI), end=False)


def month(language: str, when: datetime) -> str:
    """Return the local month of `when`, with its year."""
    local = when.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月" if language == "zh" else f"{local:%B %Y}"


def month_name(language: str, said: str) -> str:
    """Return the name of a month as `month` writes it. `said`: the month, such as `2026-03`."""
    return month(language, datetime.strptime(said, "%Y-%m").replace(tzinfo=SHANGHAI))


def whole_text(language: str, n: float) -> str:
    """Return a whole number as text. English text separates thousands by commas."""
    return f"{n:,.0f}" if language == "en" else f"{n:.0f}"


def moment(language: str, when: datetime, end: bool = True) -> str:
    """Return the local date of `when`, with its weekday and time (24 hours). If `when` is midnight and `end`
    is True, write it as 24:00 of the day before, because a deadline at midnight ends with that day."""
    local = when.astimezone(SHANGHAI)
    midnight = end and (local.hour, local.minute, local.second) == (0, 0, 0)
    clock = "24:00" if midnight else f"{local.hour:02}:{local.minute:02}"
    return day(language, local, end) + (clock if language == "zh" else f", {clock}")


def moment_of(language: str, stamped: str) -> str:
    """Return the local date and time of a moment in a fact of a timeline entry, as `moment` writes it."""
    return moment(language, instant(stamped), end=False)


def brief_date(language: str, when: datetime) -> str:
    """Return the local day, month and time of `when` for a short message, which has no room for year and
    weekday. Midnight is written as 24:00 of the day before."""
    clock, local = moment(language, when)[-5:], (when - timedelta.resolution).astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{clock}" if language == "zh" else f"{local.day} {local:%B}, {clock}"


def telephone(language: str, number: str) -> str:
    """Return a telephone number as people write it. `number`: the number as rows have it, for example
    +861062221234;ext=801."""
    line, _, extension = number.partition(";ext=")
    return (
        line + str(texts(language)["page"]["common"]["extension"]).format(n=extension) if extension else line
    )


def phone_hours(language: str, hours: Iterable[PhoneHours]) -> str:
    """Return the telephone hours of a team in words, with those on public holidays. Consecutive days with the
    same hours are named together. Return "" if there are no hours."""
    said, days = texts(language)["phone_hours"], texts(language)["weekday"]
    of = {day: phone_hours_on(day, hours, said["and"]) for day in range(MONDAY, SUNDAY + 1)}
    found = []
    for times, group in groupby(of, key=lambda day: of[day]):
        first, *more = group
        name = said["to" if more[1:] else "both"] if more else "{first}"
        name = name.format(first=days[str(first)], last=days[str((more or [first])[-1])])
        if times:
            found.append(
                said["on"].format(days=said["daily"] if len(more) == SUNDAY - 1 else name, times=times)
            )
    holidays = "same" if len(set(of.values())) == 1 else "sunday" if of[SUNDAY] else "closed"
    return str(said[holidays].format(hours=said["then"].join(found))) if found else ""


def phone_hours_on(day: int, hours: Iterable[PhoneHours], between: str = ", ") -> str:
    """Return the telephone hours on one day of the week (from 1) in figures. Midnight is 24:00."""
    return between.join(
        f"{one.since:%H:%M}–" + ("24:00" if one.until == MIDNIGHT else f"{one.until:%H:%M}")
        for one in sorted(hours, key=lambda one: one.since)
        if one.day == day
    )


def money(language: str, fen: int) -> str:
    """Return an amount of money in words. `fen` is the amount in hundredths of a yuan."""
    amount = f"{fen // 100:,}.{fen % 100:02}"
    return f"人民币{amount}元" if language == "zh" else f"CNY {amount}"


def span(language: str, minutes: int) -> str:
    """Return a length of time in words, as days, hours and minutes. Of these units only the two largest that
    are not zero are named."""
    parts = (("days", minutes // 1440), ("hours", minutes % 1440 // 60), ("minutes", minutes % 60))
    said = [texts(language)["words"][unit].format(n=n) for unit, n in parts if n]
    return ("" if language == "zh" else " ").join(said[:2])


def moved(language: str, run: Any, when: Callable[[datetime], str] | None = None) -> str:
    """Return the sentence that tells why a deadline ends later: our outages during the deadline, its planned
    end, its present end, and the difference.

    `run`: a deadline that our outages have moved, a `RunView` of `view/deadlines.py`. Its field `due` is the
    present end. Its field `moved` has the outages and the planned end. `when`: the function that writes the
    present end, `moment` by default."""
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
    ends = {"planned": moment(language, planned), "due": (when or partial(moment, language))(run.due)}
    return str(said["moved"].format(why=said["and"].join(told), by=by, **ends))


def overdue(language: str, run: Any) -> str:
    """Return the sentence that says what we did not do in time. `run` is the deadline as the room `view`
    gives it, with the fields `due` and `late` (see `view/deadlines.py`)."""
    about = _about(language, run.late.promise) if run.late.promise else ""
    said = texts(language)["overdue"]["what"][run.late.what].format(by=moment(language, run.due), about=about)
    if run.late.broken:
        said += _gap(language) + texts(language)["overdue"]["broken"].format(
            by=moment(language, run.late.broken)
        )
    return str(said)


def _about(language: str, owed: Any) -> str:
    """Return in brackets which obligation a sentence is about. `owed`: the obligation as `view` gives it."""
    said = texts(language)["overdue"]
    which = said["clause"].format(clause=clause(language, owed.clause)) if owed.clause else ""
    parts = (
        which or said["matter"].format(n=owed.matter),
        label(language, owed.kind, "obligation_kind"),
        money(language, owed.amount) if owed.amount else "",
    )
    return str(said["about"].format(what=("，" if language == "zh" else ", ").join(filter(None, parts))))


def follows_late(language: str, run: Any, when: Callable[[datetime], str] | None = None) -> str:
    """Return the sentences about the next steps of a late duty: who has it now, and when we act at the
    latest. `run`: see `overdue`. `when`: the function that writes these dates, `moment` by default."""
    said, late, when = texts(language)["overdue"], run.late, when or partial(moment, language)

    def names(roles: Any) -> str:
        listed = (
            late.name if role == "owner" and late.name else label(language, role, "role") for role in roles
        )
        return str(said["and"].join(dict.fromkeys(listed)))

    found = [said["who"].format(who=names(late.roles))] if late.roles else []
    if late.promised:
        found.append(said["promised"].format(by=when(late.promised)))
    elif late.then:
        higher = [role for role in late.then_roles if role not in ("owner", *late.roles)]
        key = "then" if higher else "again"
        found.append(said[key].format(by=when(late.then), who=names(higher)))
    return _gap(language).join(found)


def _gap(language: str) -> str:
    """Return what stands between two sentences."""
    return "" if language == "zh" else " "


def late(language: str, by: int | timedelta) -> str:
    """Return in words how late something is. If `by` is negative, return how much time is left. `by` is a
    number of minutes or a timedelta."""
    minutes = by // timedelta(minutes=1) if isinstance(by, timedelta) else by
    said = texts(language)["words"]["late" if minutes > 0 else "left" if minutes < 0 else "due_now"]
    return str(said.format(span=span(language, abs(minutes))))
