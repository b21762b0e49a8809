"""The work that waits for a member of staff: for their name, their roles, or their vote. It comes from
several work lists, which are read together as one."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from chalicelib.access.authorization import OF_DEPARTMENTS, STAFF, Caller
from chalicelib.cases.drafts import Draft
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.model.codes import Role
from chalicelib.domain.roster import OVERSEES
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
FILTERED = 800
"""How many lines are read together if a page is filtered. A line has at most some 800 bytes in the index, so
these are less than 1 MB. More lines would take a page more than 10 ms of CPU."""
POOLED = 600
"""How many lines that wait for any role in any team are read for a reader of many lists. With those of the
reader's own list they are at most `FILTERED`."""
MOST_QUERIES = 3
"""The highest number of queries that a page of work lists costs."""
NAMED = 40
"""How many characters the name of a stored filter can have."""
UNDATED, IDLE = "8999-12-31T00:00:00Z", "9"
"""Parts of sort keys on the list of a person or a role. `UNDATED`: the key of a case whose act has no time,
or whose time is suspended. It is a time stamp, because an earlier release reads it as one. `IDLE`: the first
character of the key of a case that waits for somebody else. It sorts these cases after all others."""
NOT_READ = "-"
"""The part of a cursor for a query of which no line was shown yet. The cursor has a part for each query."""


class ListLine:
    """A line of a work list. `listed`: the key of the list. `ref`: the number of the case. `key`: what the
    lines are sorted by; several can have the same. `stage`: the stage of the case. `card`: the other fields,
    as JSON. It is read only for lines that are shown or filtered, because a page counts many more. For the
    same reason the class is no frozen record."""

    def __init__(self, listed: str, ref: str, key: str, stage: str, card: str) -> None:
        self.listed, self.ref, self.key, self.stage, self.card = listed, ref, key, stage, card

    @property
    def cursor(self) -> str:
        """Return the place of the line on its list, at which a page can end."""
        return f"{self.key}_{self.ref}"

    @cached_property
    def item(self) -> dict[str, Any]:
        """Return the fields of the row."""
        due = self.key if self.key < UNDATED else None
        return {"ref": self.ref, "stage": self.stage, "next_due": due, **json.loads(self.card or "{}")}


class PooledLine(ListLine):
    """A line that was read together with those of other work lists, by one query."""

    @property
    def cursor(self) -> str:
        """Return the place of the line among the lines of all lists. It has no character with a meaning in
        addresses."""
        return f"{super().cursor}_{self.listed.replace('#', ':')}"


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


class LinesRead(NamedTuple):
    """The answer of a query for lines of work lists. `end`: the cursor at which the reading ended; None if
    nothing follows. `read`: the number of lines that were read, wanted or not."""

    lines: Sequence[ListLine]
    end: str | None
    read: int


class ReadsLists(Protocol):
    """The store of the work lists. Each method costs one query."""

    def lines(self, listed: str, after: str | None, limit: int, waiting: bool = False) -> LinesRead:
        """Read at most `limit` lines of one work list after a cursor. `waiting`: leave out cases that wait
        for somebody else."""

    def pooled_lines(self, lists: Collection[str], after: str | None, limit: int) -> LinesRead:
        """Read at most `limit` lines of all lists of roles and departments after a cursor, and return those
        of `lists`."""


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

    There is one list for the person, and one for each of their roles in each of their teams. A role that
    oversees all teams also has one list for all of them. People with several roles or teams read that one
    instead.

    `departments`: the teams that answer questions. `team`: leave out the roles in all other teams. For a role
    that oversees all teams, it can be any team."""
    teams, own = [team] if team else sorted(caller.teams), not team or team in caller.teams
    roles = [role for role in LISTED if role in caller.roles and (own or role in OVERSEES)]
    found = {f"PERSON#{caller.who}": "mine"} if has_own_lists(caller) else {}
    for role in roles:
        if role in OVERSEES and not team and len(roles) * len(teams) != 1:
            found[f"ROLE#{role.code}"] = role.code
        else:
            found |= {f"TEAM#{one}#{role.code}": role.code for one in teams}
    asked = [one for one in teams if one in departments and caller.roles & OF_DEPARTMENTS]
    return found | {f"TEAM#{one}": "team" for one in asked}


def has_own_lists(caller: Caller) -> bool:
    """Return whether something can wait for this member of staff. Nothing waits for those who only audit or
    administer."""
    return bool(caller.roles & STAFF & ~(Role.AUDITOR | Role.ADMINISTRATOR))


def queries(lists: Iterable[str]) -> list[list[str]]:
    """Return the work lists that each query of a page reads. At most `MOST_QUERIES` lists have a query each.
    If there are more, the list of the person has one, and all lists of roles and departments share
    another."""
    own, others = list[str](), list[str]()
    for listed in lists:
        (own if listed.startswith("PERSON#") else others).append(listed)
    if len(own) + len(others) <= MOST_QUERIES:
        return [[listed] for listed in (*own, *others)]
    return [*([listed] for listed in own), others]


def read_together(
    file: ReadsLists,
    lists: Mapping[str, str],
    after: str | None,
    page: int,
    wanted: Callable[[str, ListLine], bool] = lambda name, line: True,
    limit: int = COUNTED,
    waiting: bool = True,
) -> ListPage:
    """Return a page of work lists, merged by their order. A case on several lists is shown once. It costs at
    most `MOST_QUERIES` queries.

    `lists`: see `waiting_lists`. `after`: the cursor of the page. `page`: the highest number of lines shown.
    `wanted` returns whether a line is shown, from the name of its list and the line. `limit`: the highest
    number of lines read from a list that has a query of its own. `waiting`: leave out cases that wait for
    somebody else. Raises Refusal `bad_cursor` for an invalid `after`."""
    asked = queries(lists)
    starts = _starts(after, len(asked))
    pages = [
        file.pooled_lines(group, start, POOLED)
        if len(group) > 1
        else file.lines(group[0], start, limit, waiting and lists[group[0]] != "team")
        for group, start in zip(asked, starts, strict=True)
    ]
    # Behind the place at which a reading ended, a line may be missing.
    read_to = [one.end.partition("_")[0] if one.end else "~" for one in pages]
    bound = min(read_to, default="~")
    tagged = ((line.key, n, line) for n, one in enumerate(pages) for line in one.lines if line.key <= bound)
    # A cursor is made only for the last lines, because a page reads hundreds.
    last: list[ListLine | None] = [None] * len(asked)
    seen = set[str]()
    matching: list[tuple[str, ListLine]] = []
    reached: list[ListLine | None] | None = None
    for _, n, line in sorted(tagged, key=itemgetter(0)):
        name, ref = lists[line.listed], line.ref
        if wanted(name, line) and ref not in seen:
            if len(matching) == page:
                reached = list(last)
            seen.add(ref)
            matching.append((name, line))
        last[n] = line
    cut = bound != "~"
    # A reading can end behind its last wanted line, at the line of somebody else.
    ends = [
        one.end if cut and not reached and key == bound else line.cursor if line else start
        for one, key, line, start in zip(pages, read_to, reached or last, starts, strict=True)
    ]
    return ListPage(
        matching[:page],
        matching,
        ".".join(end or NOT_READ for end in ends) if reached or cut else None,
        cut,
        sum(one.read for one in pages),
    )


def _starts(after: str | None, parts: int) -> list[str | None]:
    if not after:
        return [None] * parts
    places = after.split(".")
    refuse_if(len(places) != parts, "bad_cursor", field="cursor")
    return [None if place == NOT_READ else place for place in places]
