"""The work that waits for a member of staff: for their name, their roles, or their vote. It comes from
several work lists, which are read together as one."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from heapq import merge
from typing import Any, NamedTuple, Protocol

from chalicelib.access.authorization import OF_DEPARTMENTS, OVERSEES, STAFF, Caller
from chalicelib.cases.drafts import Draft
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.model.codes import Role
from chalicelib.domain.work_queues import LISTED

QUEUES = {
    "mine": "PERSON#{who}",
    "team": "TEAM#{team}",
    "unassigned": "TEAM#{team}#unassigned",
    "tellings": "TEAM#{team}#tellings",
    "undelivered": "TEAM#{team}#undelivered",
    "approvals": "TEAM#{team}#approvals",
    "messages": "TEAM#{team}#messages",
    **{role.code: f"TEAM#{{team}}#{role.code}" for role in LISTED},
}
"""Name of a work list → key under which the list is stored. `mine` is the list of a person. All others are
lists of a team: the whole team's, one for each kind of waiting work, and one for each role."""
COUNTED = 100
"""How many lines of each work list are read for a page. The page counts no further."""
FILTERED = 1_200
"""How many lines are read together if a page is filtered. A line has at most some 800 bytes in the index, so
these are about 1 MB."""
MOST_LISTS = 8
"""The highest number of work lists that are read together."""
NAMED = 40
"""How many characters the name of a stored filter can have."""
UNDATED, IDLE = "8999-12-31T00:00:00Z", "9"
"""Parts of sort keys on the list of a person or a role. `UNDATED`: the key of a case whose act has no time,
or whose time is suspended. It is a time stamp, because an earlier release reads it as one. `IDLE`: the first
character of the key of a case that waits for somebody else. It sorts these cases after all others."""
NOT_READ = "-"
"""The part of a cursor for a list of which no line was shown yet. The cursor has a part for each list."""


class ListLine:
    """A line of a work list. `ref`: the number of the case. `key`: what the lines are sorted by; several can
    have the same. `stage`: the stage of the case. `card`: the other fields, as JSON. It is read only for
    lines that are shown or filtered, because a page counts many more. For the same reason the class is no
    frozen record."""

    def __init__(self, ref: str, key: str, stage: str, card: str) -> None:
        self.ref, self.key, self.stage, self.card = ref, key, stage, card

    @property
    def cursor(self) -> str:
        """Return the place of the line on its list, at which a page can end."""
        return f"{self.key}_{self.ref}"

    @cached_property
    def item(self) -> dict[str, Any]:
        """Return the fields of the row."""
        due = self.key if self.key < UNDATED else None
        return {"ref": self.ref, "stage": self.stage, "next_due": due, **json.loads(self.card or "{}")}


class LastOpening(NamedTuple):
    """When a member of staff last opened a case (UTC), and the number of entries that it had then."""

    at: datetime
    entries: int


class ListDetails(NamedTuple):
    """The data of a page of a list that its rows do not have. `opened_at`: the time stamp of the reader's
    last opening of a case, by case number. `people`: the stored data of the first complainant, by case
    number. `accounts`: the complaint in the person's words, by case number; {} if it was erased. `filters`:
    the query of each filter that the reader stored, by its name. `draft`: the reader's draft of a bulk act on
    this list; None if there is none."""

    opened_at: Mapping[str, str]
    people: Mapping[str, Mapping[str, Any]]
    accounts: Mapping[str, Mapping[str, Any]]
    filters: Mapping[str, str]
    draft: Draft | None


class ReadsLists(Protocol):
    """A function that reads a page of a work list: the list, the cursor of the page, the highest number of
    lines, and whether cases that wait for somebody else are left out. It returns the lines, and whether more
    follow."""

    def __call__(
        self, listed: str, after: str | None, limit: int, waiting: bool = False, /
    ) -> tuple[list[ListLine], bool]: ...


class ListPage(NamedTuple):
    """A page of several work lists as one. `lines`: the shown lines, as pairs of list name and line.
    `matching`: all lines that were read and match the filters. `after`: the cursor of the next page; None if
    this is the last. `cut`: whether more lines may follow that were not read. `read`: the number of lines
    that were read."""

    lines: list[tuple[str, ListLine]]
    matching: list[tuple[str, ListLine]]
    after: str | None
    cut: bool
    read: int


def waiting_lists(caller: Caller, departments: Iterable[str], team: str = "") -> dict[str, str]:
    """Return the work lists on which something waits for this member of staff, each with the name that pages
    show. The name is `mine` for the list of the person, the role for that of a role, and `team` for questions
    to a department.

    There is one list for the person, and one for each of their roles in each of their teams (`teams_read`). A
    role that oversees all teams also has one list for all of them. People with several roles or teams read
    that one instead.

    `departments`: the teams that answer questions. `team`: leave out the roles in all other teams. For a role
    that oversees all teams, it can be any team."""
    roles, teams = _roles(caller, team), teams_read(caller, departments, team)
    found = {f"PERSON#{caller.who}": "mine"} if has_own_lists(caller) else {}
    for role in roles:
        if role in OVERSEES and not team and len(roles) * len(teams) != 1:
            found[f"ROLE#{role.code}"] = role.code
        else:
            found |= {f"TEAM#{one}#{role.code}": role.code for one in teams}
    return found | {f"TEAM#{one}": "team" for one in _asked(caller, departments, teams)}


def has_own_lists(caller: Caller) -> bool:
    """Return whether something can wait for this member of staff. Nothing waits for those who only audit or
    administer."""
    return bool(caller.roles & STAFF & ~(Role.AUDITOR | Role.ADMINISTRATOR))


def teams_read(caller: Caller, departments: Iterable[str], team: str = "") -> list[str]:
    """Return the teams whose lists are read together for this member of staff: the chosen `team`, or all of
    theirs. If these are more than `MOST_LISTS` lists, return only the first team."""
    teams = [team] if team else sorted(caller.teams)
    lists = sum(1 if role in OVERSEES else len(teams) for role in _roles(caller, team))
    return teams[:1] if lists + len(_asked(caller, departments, teams)) >= MOST_LISTS else teams


def _roles(caller: Caller, team: str) -> list[Role]:
    own = not team or team in caller.teams
    return [role for role in LISTED if role in caller.roles and (own or role in OVERSEES)]


def _asked(caller: Caller, departments: Iterable[str], teams: Iterable[str]) -> list[str]:
    return [one for one in teams if one in departments and caller.roles & OF_DEPARTMENTS]


def read_together(
    lines: ReadsLists,
    lists: Mapping[str, str],
    after: str | None,
    page: int,
    wanted: Callable[[str, ListLine], bool] = lambda name, line: True,
    limit: int = COUNTED,
    waiting: bool = True,
) -> ListPage:
    """Return a page of work lists, merged by their order. A case on several lists is shown once. It costs one
    query for each list.

    `lists`: see `waiting_lists`. `after`: the cursor of the page. `page`: the highest number of lines shown.
    `wanted` returns whether a line is shown, from the name of its list and the line. `limit`: the highest
    number of lines read from each list. `waiting`: leave out cases that wait for somebody else. Raises
    Refusal `bad_cursor` for an invalid `after`."""
    starts = _starts(after, len(lists))
    pages = [
        lines(listed, start, limit, waiting and name != "team")
        for (listed, name), start in zip(lists.items(), starts, strict=True)
    ]
    # Behind the last line of a list that was not read to its end, a line of this list may be missing.
    bound = min((found[-1].key for found, more in pages if more and found), default="~")
    tagged = (
        [(line, n, name) for line in found if line.key <= bound]
        for n, (name, (found, _)) in enumerate(zip(lists.values(), pages, strict=True))
    )
    places, seen = list(starts), set[str]()
    matching: list[tuple[str, ListLine]] = []
    reached: list[str | None] | None = None
    for line, n, name in merge(*tagged, key=lambda one: one[0].key):
        if wanted(name, line) and line.ref not in seen:
            if len(matching) == page:
                reached = list(places)
            seen.add(line.ref)
            matching.append((name, line))
        places[n] = line.cursor
    cut = bound != "~"
    ends = reached or (places if cut else None)
    return ListPage(
        matching[:page],
        matching,
        ".".join(place or NOT_READ for place in ends) if ends else None,
        cut,
        sum(len(found) for found, _ in pages),
    )


def _starts(after: str | None, lists: int) -> list[str | None]:
    if not after:
        return [None] * lists
    places = after.split(".")
    refuse_if(len(places) != lists, "bad_cursor", field="cursor")
    return [None if place == NOT_READ else place for place in places]
