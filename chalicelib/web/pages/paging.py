"""The pages of a case, and paging through its entries and letters from the newest to the oldest. The address
of a page of entries or letters names the last one of the page before it."""

import re
from typing import Any, NamedTuple

from chalicelib.domain.model.case import Case, refuse_if

NUMBER, LETTER = re.compile(r"[1-9][0-9]{0,5}"), re.compile(r"[\w.]{1,60}")
MOST, LIMIT = 100, 25
"""MOST: the highest number of entries for which a program can ask in a request. LIMIT: the number of entries
if the request names no number."""


class CasePage(NamedTuple):
    """A page of a case. `name`: the last part of its address. `holds`: the number of things on the page; None
    if it is not counted, because all things would have to be read."""

    name: str
    holds: int | None = None


class Position(NamedTuple):
    """The place where a page of a case starts. `before`: the page shows entries with lower numbers than this;
    None for the newest. `letters`: the page shows letters older than the letter with this id; empty for the
    newest. `whole`: the number of the entry that is shown with its full words; 0 for no such entry."""

    before: int | None = None
    letters: str = ""
    whole: int = 0


NEWEST = Position()


def turn(request: Any) -> Position:
    """Return the position that the query of the request gives. Raise Refusal `bad_cursor` for a value that no
    link of our pages has."""
    query = request.query_params or {}
    before, letters, whole = (query.get(name, "") for name in ("before", "letters", "whole"))
    refuse_if(
        any(said and not NUMBER.fullmatch(said) for said in (before, whole))
        or (letters and not LETTER.fullmatch(letters)),
        "bad_cursor",
    )
    return Position(int(before) if before else None, letters, int(whole or 0))


def cursor(case: Case, before: int | None) -> str | None:
    """Return the cursor of the next page of a timeline, for programs. Return None after the last page.
    `before`: the number of the entry before which the next page starts."""
    return f"{case.ref}-{before}" if before else None


def start(case: Case, request: Any) -> tuple[int | None, int]:
    """Return where a page of a timeline starts, for a request of a program. Return (number of the entry
    before which the page starts, number of entries on the page). The first is None for the newest entries.

    Raise Refusal `bad_cursor` if the cursor is not from this case, and what `page_limit` raises."""
    query = request.query_params or {}
    ref, _, n = query.get("cursor", "").partition("-")
    refuse_if(
        "cursor" in query and not (ref == case.ref and NUMBER.fullmatch(n) and int(n) <= case.entries),
        "bad_cursor",
        field="cursor",
    )
    return int(n) if n else None, page_limit(request)


def whole_cursor(text: str, form: re.Pattern[str]) -> str:
    """Return a cursor that a request gives; "" for none. `form`: the format of the cursors of the list. Raise
    Refusal `bad_cursor` for any other text."""
    refuse_if(text and not form.fullmatch(text), "bad_cursor", field="cursor")
    return text


def page_limit(request: Any, usual: int = LIMIT) -> int:
    """Return how many items a request of a program wants at most; `usual` if it does not say. Raise Refusal
    `bad_limit` for any value but a whole number from 1 to `MOST`."""
    limit = (request.query_params or {}).get("limit", str(usual))
    refuse_if(not (NUMBER.fullmatch(limit) and int(limit) <= MOST), "bad_limit", field="limit", most=MOST)
    return int(limit)
