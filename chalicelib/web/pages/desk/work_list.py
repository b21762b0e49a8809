"""The page of a work list at the desk: the choice of its lines, their filters, their counts, and their
texts."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from chalicelib.access.authorization import LISTS, SEES_ALL, Caller, Thing, card, reads_name, shows_whole
from chalicelib.cases.waiting import (
    COUNTED,
    FILTERED,
    QUEUES,
    ListDetails,
    ListLine,
    ListPage,
    has_own_lists,
    queries,
    read_together,
    waiting_lists,
)
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.conceal import concealed
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Channel, Right, Severity, Stage, Type
from chalicelib.domain.moves.assignment import take
from chalicelib.locale.formats import label, late, span
from chalicelib.view.expected import WAITING as LONGEST_FIRST, Expected, Line, line
from chalicelib.web import desk_drafts, pages
from chalicelib.web.forms.form_context import Option
from chalicelib.web.pages.desk.urgency import SOON, tone
from chalicelib.wiring import product

PAGE = 25
"""The highest number of lines on one page of a list."""
WAITING = "waiting"
"""The name of the list of everything that waits for the caller."""
BY_ROW = ("act", "stage", "channel", "type", "right", "severity", "company", "person")
"""The filters by a value of a line, in the order in which the page offers them."""
IN_CARD = frozenset(BY_ROW) - {"stage"}
"""The filters by a value that is written in the card of a line."""
FILTERS = (*BY_ROW, "team", "late", "of")
"""The names of all filters, as they stand in the address. `team`: the id of a team. `late`: only what is
overdue (`late`), or due within hours (`soon`). `of`: only one of the lists that are read together."""
PARAMETERS = ("list", *FILTERS)
LONGEST_VALUE = 80
"""The most characters of a value in the address. A longer one is ignored."""
LABELS = {
    "act": "move",
    "stage": "stage",
    "channel": "channel",
    "type": "type",
    "right": "right",
    "severity": "severity",
}
"""The filters whose values are codes, with the list of codes that has their labels."""
CODES: Mapping[str, Iterable[str]] = {
    "stage": Stage,
    "channel": Channel,
    "type": Type,
    "right": Right,
    "severity": Severity,
}
"""The filters by a code, with all their values."""
LONGEST_QUERY = 2_000
"""How many characters of a query in a form or a cookie are read. The cookie leaves out a longer one."""


@frozen
class ListRequest:
    """The list that a request names. `name`: the name of the list. `filters`: the filters, by their names.
    `after`: the cursor of the page; "" for the first."""

    name: str
    filters: Mapping[str, str]
    after: str = ""

    @property
    def query(self) -> str:
        """Return the query of the first page of this list, for an address."""
        return self.with_()

    @property
    def unfiltered(self) -> str:
        """Return the query of this list without its filters. The team of a team's list stays."""
        team = "" if self.name == WAITING else self.filters.get("team", "")
        return ListRequest(self.name, {"team": team}).query

    def with_(self, **changes: str) -> str:
        """Return the query of this list with some filters changed; "" removes a filter."""
        said = {"list": "" if self.name == WAITING else self.name, **self.filters, **changes}
        return urlencode({name: said[name] for name in (*PARAMETERS, "after") if said.get(name)})

    @property
    def narrowed(self) -> bool:
        """Return whether a filter needs the content of each line, and not only its place in the order of the
        list."""
        return any(self.filters.get(name) for name in (*BY_ROW, *(["team"] if self.name == WAITING else [])))


def list_request(query: Mapping[str, str], caller: Caller) -> ListRequest:
    """Return the list and the filters that the query of a request names. An unknown list becomes the caller's
    first list. A value that is too long is left out."""
    first, name = WAITING if has_own_lists(caller) else "team", query.get("list", "")
    said = {one: query[one] for one in FILTERS if query.get(one) and len(query[one]) <= LONGEST_VALUE}
    return ListRequest(name if name in QUEUES else first, said, query.get("after") or "")


def stored_request(query: str, caller: Caller) -> ListRequest:
    """Return the list and the filters that the query in a form or a cookie names."""
    return list_request(dict(parse_qsl(query[:LONGEST_QUERY])), caller)


class WorkList:
    """A page of a work list as one caller sees it. It is read at first use."""

    def __init__(self, caller: Caller, request: ListRequest, language: str) -> None:
        self.caller, self.request, self.language = caller, request, language
        self.now, self.roster = product.now(), product.file.roster()
        self._narrowed = request.narrowed
        # the act of a line takes the longest to find out, so the filter by it comes last
        self._by = [name for name in (*BY_ROW[1:], *BY_ROW[:1]) if request.filters.get(name)]
        self._only_stage = self._by == ["stage"] and not (self.waits and request.filters.get("team"))
        values = (value for name, value in request.filters.items() if name in IN_CARD and value != NOBODY)
        self._quoted = [json.dumps(value, ensure_ascii=False) for value in values]
        self._tabs = defaultdict[str, set[str]](set)
        self._lines: dict[tuple[str, str], Line] = {}
        self._soon = stamp(self.now + SOON)

    @cached_property
    def teams(self) -> list[str]:
        """Return the teams whose lists the caller may read."""
        own = self.caller.teams if self.caller.roles & LISTS else frozenset[str]()
        return sorted({*self.roster.teams, *own} if self.caller.roles & SEES_ALL else own)

    @cached_property
    def team(self) -> str:
        """Return the team whose list is shown; "" if the reader belongs to no team and has to choose one."""
        own = (self.request.filters.get("team"), *sorted(self.caller.teams))
        found = [one for one in own if one in self.teams] or (self.teams if len(self.teams) == 1 else [])
        return next(iter(found), "")

    @property
    def chooses(self) -> bool:
        """Return whether the reader must choose a team before a list can be shown."""
        return bool(self.teams) and not self.lists

    @property
    def has_own(self) -> bool:
        """Return whether something can wait for the reader."""
        return has_own_lists(self.caller)

    @property
    def waits(self) -> bool:
        """Return whether this is the list of what waits for the caller."""
        return self.request.name == WAITING

    @cached_property
    def lists(self) -> Mapping[str, str]:
        """Return the work lists that are read, with the name of each."""
        if not self.waits:
            stored = QUEUES[self.request.name].format(who=self.caller.who, team=self.team)
            return {stored: self.request.name} if self.team or self.request.name == "mine" else {}
        team = self.request.filters.get("team", "")
        return waiting_lists(self.caller, self.roster.departments, team if team in self.teams else "")

    @cached_property
    def page(self) -> ListPage:
        """Return the lines of the page as they are stored."""
        limit = FILTERED // max(len(self.lists), 1) if self._narrowed else COUNTED
        return read_together(
            product.file, self.lists, self.request.after or None, PAGE, self._wanted, limit, self.waits
        )

    def _wanted(self, name: str, row: ListLine) -> bool:
        """Return whether a line passes the filters, and count it on the tabs. Its card is taken apart only if
        a filter needs that, because it takes long for a thousand lines."""
        said = self.request.filters
        if self._narrowed:
            if said.get("stage", row.stage) != row.stage or any(one not in row.card for one in self._quoted):
                return False
            if not (self._only_stage and shows_whole(self.caller, name)) and not self._fits(name, row):
                return False
        press, ref = self._press(name, row), row.ref
        self._tabs[""].add(ref)
        self._tabs[name].add(ref)
        if press:
            self._tabs[press].add(ref)
        return said.get("late", press) == press and said.get("of", name) == name

    def _fits(self, name: str, row: ListLine) -> bool:
        """Return whether a line passes the filters by a value that the caller may see, and by a team."""
        seen, said = card(row.item, self.caller, name), self.request.filters
        for field in self._by:
            act = self._line(name, row).act if field == "act" else None
            if said[field] not in _values(field, seen, act):
                return False
        team = said.get("team") if self.waits else None
        return not team or self._team_of(seen) == team

    def _line(self, name: str, row: ListLine) -> Line:
        """Return a line as the caller sees it."""
        key = name, row.ref
        if key not in self._lines:
            self._lines[key] = line(row.item, self.caller, name, self.now)
        return self._lines[key]

    def _press(self, name: str, row: ListLine) -> str:
        """Return how urgent a line is by its place on the list, as `tone` does."""
        if row.key > self._soon or name in LONGEST_FIRST or '"mentions"' in row.card:
            return ""
        return tone(instant(row.key), self.now)

    def _team_of(self, seen: Mapping[str, Any]) -> str:
        """Return the team by which a line is filtered: that of the case, or the department that it asks."""
        asked = (listed.removeprefix("TEAM#") for listed, name in self.lists.items() if name == "team")
        return str(seen.get("team") or next(asked, ""))

    @property
    def tabs(self) -> list[tuple[str, str, str, bool]]:
        """Return the tabs of the list: label, query, number of lines as text, and whether it is shown. The
        number is "" on a later page."""
        _ = self.page
        names = list(dict.fromkeys(self.lists.values())) if self.waits else []
        own = names if len(names) > 1 else []
        said, found = self.request.filters, list[tuple[str, str, str, bool]]()
        for name in ("", "late", *own):
            refs, of = self._tabs[name], name if name in own else ""
            if name in own and not refs and said.get("of") != name:
                continue
            query = self.request.with_(late="late" if name == "late" else "", of=of)
            shown = (said.get("late", ""), said.get("of", "")) == ("late" if name == "late" else "", of)
            found.append((self._tab(name), query, self.counted(len(refs)), shown))
        return found

    def _tab(self, name: str) -> str:
        """Return the words of a tab, by its name."""
        if name in QUEUES and name not in ("mine", "team"):
            role = label(self.language, name, "role")
            return role[:1].upper() + role[1:]
        return pages.say(self.language, f"desk.tab.{name or 'all'}")

    @property
    def chosen(self) -> list[tuple[str, str, str]]:
        """Return the active filters by a value: name, value in words, and the query without the filter."""
        said = self.request.filters
        names = [name for name in (*BY_ROW, "team") if said.get(name)] if self.waits else BY_ROW
        found = ((name, said[name]) for name in names if said.get(name))
        return [
            (name, self.value_name(name, value), self.request.with_(**{name: ""})) for name, value in found
        ]

    @property
    def cut_short(self) -> bool:
        """Return whether the page ends before the end of the lists, because only a part of their lines was
        read and looked through."""
        return self.page.cut and (self._narrowed or self.pooled) and len(self.page.matching) <= PAGE

    @property
    def pooled(self) -> bool:
        """Return whether the reader has so many lists that their lines are chosen from those of all
        readers."""
        return any(len(group) > 1 for group in queries(self.lists))

    def counted(self, n: int) -> str:
        """Return the number of lines on a tab as text, up to 99+; "" on a later page. A number of which more
        may follow ends with a plus as well."""
        if self.request.after:
            return ""
        return "99+" if n > 99 else f"{n}+" if self.page.cut and (self._narrowed or self.pooled) else str(n)

    @cached_property
    def items(self) -> list[SimpleNamespace]:
        """Return the lines of the page. The names of people are read in one batch, and each is recorded as
        read. Raises Unavailable if it cannot be recorded."""
        return [self._shown(name, row) for name, row in self.page.lines]

    @cached_property
    def details(self) -> ListDetails:
        """Return the data of the page that its rows do not have: names, last openings, and stored filters."""
        readers = {
            row.ref: reader
            for name, row in self.page.lines
            if "stage" in self._line(name, row).seen and (reader := reads_name(row.item, self.caller))
        }
        if readers:
            product.reads.record_all(self.caller.who, readers, Thing.NAME)
        refs = [row.ref for _, row in self.page.lines]
        named = {row.ref: row.item["party"] for _, row in self.page.lines if row.ref in readers}
        draft = desk_drafts.NEW, desk_drafts.key_of(self.address)
        return product.desk.list_details(self.caller.who, refs, named, draft)

    def _shown(self, name: str, row: ListLine) -> SimpleNamespace:
        ref, one, details = row.ref, self._line(name, row), self.details
        seen, account = one.seen, details.accounts.get(ref, {})
        longest = _waited(name, one)
        due = one.act.due if one.act and not longest else one.at
        news, opened = seen.get("news", ""), details.opened_at.get(ref, "")
        subject = account.get("product") or seen.get("brand") or self._label(seen, "goods", *GOODS)
        owner = seen.get("owner")
        member = self.roster.member(owner) if owner else None
        by = seen.get("mentioned_by")
        author = self.roster.member(by) if by else None
        return SimpleNamespace(
            ref=ref,
            idle=name == "mine",
            mentioned_by=author.name if author else by,
            hidden=next((kind for kind in ("asked", "panel", "mediator") if seen.get(kind)), ""),
            act=one.act,
            takes=bool(one.act and one.act.move == take.__name__ and not one.act.about),
            at=due,
            waits=longest,
            tone="" if longest else tone(due, self.now),
            left=self._left(due, longest) if due else "",
            name=(details.people.get(ref) or {}).get("name"),
            subject=concealed(subject, self.language) if subject else self._label(seen, "type", "type"),
            company=account.get("business") or account.get("shop") or seen.get("company"),
            unread=bool(news > opened),
            owner_name=member.name if member else owner,
            ticked=f"{ref} {seen.get('team', '')} {owner or ''}",
            **{field: seen.get(field) for field in ("stage", "severity", "unsafe", "cause", "people")},
        )

    def _left(self, at: datetime, longest: bool) -> str:
        """Return in words the time left until a moment, or the time since it. `longest`: whether the case has
        waited since this moment."""
        if not longest:
            return late(self.language, self.now - at)
        minutes = max((self.now - at) // timedelta(minutes=1), 0)
        return pages.say(self.language, "desk.line.waited", span=span(self.language, minutes))

    def _label(self, seen: Mapping[str, Any], field: str, *kinds: str) -> str:
        code = str(seen.get(field) or "")
        for kind in kinds if code else ():
            try:
                return label(self.language, code, kind)
            except KeyError:
                continue
        return ""

    @property
    def choices(self) -> list[tuple[str, str, tuple[Option, ...]]]:
        """Return the filters of the page: name, chosen value, and the options. A filter by a code has all of
        its values. Any other has those on the page."""
        lines = (self._line(name, row) for name, row in self.page.lines)
        shown = [(one.seen, one.act) for one in lines]
        found = list[tuple[str, str, tuple[Option, ...]]]()
        for name in (*BY_ROW, "team") if self.waits else BY_ROW:
            chosen = self.request.filters.get(name, "")
            if name in CODES:
                every = [*CODES[name]]
            else:
                here = {value for seen, act in shown for value in _values(name, seen, act)}
                every = sorted({*here, *([chosen] if chosen else [])})
            if len(every) > 1 or chosen:
                options = (Option(value, self.value_name(name, value)) for value in every)
                found.append((name, chosen, tuple(options)))
        return found

    def value_name(self, name: str, value: str) -> str:
        """Return the value of a filter in words."""
        if name == "team":
            return self.roster.team_name(value, self.language)
        if name == "person":
            member = self.roster.member(value)
            return (
                member.name
                if member
                else pages.say(self.language, "desk.nobody")
                if value == NOBODY
                else value
            )
        try:
            return label(self.language, value, LABELS[name])
        except KeyError:
            return value

    @property
    def people(self) -> list[tuple[str, str]]:
        """Return the people who can get the lines of the page, as pairs of id and name. They handle cases in
        the teams of these lines."""
        teams = {row.item["team"] for _, row in self.page.lines if "team" in row.item} & {*self.teams}
        found = {who for team in teams for who in self.roster.handling(team)}
        named = [(who, member.name) for who in found if (member := self.roster.member(who))]
        return sorted(named, key=lambda one: one[1])

    @cached_property
    def other_teams(self) -> list[tuple[str, str]]:
        """Return the teams to which the cases of the page can be handed over, with their names."""
        here = {row.item.get("team") for _, row in self.page.lines}
        able = (id for id in self.roster.teams if here != {id} and not self.roster.fault(id, "cases"))
        return [(id, self.roster.team_name(id, self.language)) for id in sorted(able)]

    @property
    def address(self) -> str:
        """Return the address of the first page of the list, under which a bulk act has its draft."""
        return "?".join(filter(None, [desk_drafts.LIST, self.request.query]))

    @property
    def order(self) -> str:
        """Return the page as a cookie stores it, so that the next case can follow in this order: the query
        and the numbers of the cases."""
        query = quote(self.request.with_(after=self.request.after))
        kept = query if len(query) <= LONGEST_QUERY else ""
        return f"{kept}~{'.'.join(row.ref for _, row in self.page.lines)}"


GOODS = ("goods_class", "service_class", "subject_kind")
"""The lists of codes that can have the label of what was bought, in the order in which they are tried."""
NOBODY = "-"
"""The value of the filter by person for a case without an owner."""


def _values(field: str, seen: Mapping[str, Any], act: Expected | None) -> Collection[str]:
    """Return the values of a line for the filter by this field. `seen`: the fields of the line that the
    caller may see. `act`: the act that the line expects."""
    match field:
        case "act":
            return (act.move,) if act else ()
        case "right":
            return [*seen.get("rights", ())]
        case "person":
            return (seen.get("owner") or NOBODY,) if "stage" in seen else ()
    value = seen.get(field)
    return (value,) if value else ()


def _waited(name: str, one: Line) -> bool:
    """Return whether a line shows the moment since when it waits. That is so on a list with the longest wait
    first, and for a person who is mentioned."""
    return name in LONGEST_FIRST or ("mentioned_by" in one.seen and one.act is None)


def following(listed: WorkList, order: Sequence[str], ref: str) -> dict[str, Any] | None:
    """Return the item that follows the case `ref`. `order`: the numbers of the cases as the caller last saw
    them. Cases that wait no longer are left out. After the last one come new ones, then those before it.
    Return None if nothing else waits."""
    waits = {row.ref: row for _, row in listed.page.matching if row.ref != ref}
    at = order.index(ref) + 1 if ref in order else 0
    new = [one for one in waits if one not in order]
    ordered: Iterable[str] = (*order[at:], *new, *order[:at])
    return next((waits[one].item for one in ordered if one in waits), None)
