"""Paging through a long case, from the newest entries and letters to the oldest. A page is addressed by the
last item of the page before it."""

import re
from typing import Any, NamedTuple

from chalicelib.domain.model.case import Case, refuse_if

NUMBER, LETTER = re.compile(r"[1-9][0-9]{0,5}"), re.compile(r"[\w.]{1,60}")
MOST, LIMIT = 100, 25
"""MOST: the highest number of entries that a request to the interface can ask for. LIMIT: the default
number."""


class Position(NamedTuple):
    """Where a page of a case starts. `before`: the page shows entries with lower numbers than this; None for
    the newest. `letters`: the page shows letters older than the letter with this id; empty for the newest.
    `whole`: the number of the entry that is shown with its full words, 0 for none."""

    before: int | None = None
    letters: str = ""
    whole: int = 0


NEWEST = Position()


def turn(request: Any) -> Position:
    """Return the position that the query of the address gives. Raise Refusal `bad_cursor` for values that no
    link of ours has."""
    query = request.query_params or {}
    before, letters, whole = (query.get(name, "") for name in ("before", "letters", "whole"))
    refuse_if(
        any(said and not NUMBER.fullmatch(said) for said in (before, whole))
        or (letters and not LETTER.fullmatch(letters)),
        "bad_cursor",
    )
    return Position(int(before) if before else None, letters, int(whole or 0))


def cursor(case: Case, before: int | None) -> str | None:
    """Return the cursor of the next page of a timeline, for the interface; None after the last page. `before`
    is the number of the entry before which the next page starts."""
    return f"{case.ref}-{before}" if before else None


def start(case: Case, request: Any) -> tuple[int | None, int]:
    """Return the number of the entry before which a page starts (None for the newest), and how many entries
    it has. Raise Refusal `bad_cursor` if the cursor is not from this case, and `bad_limit` for an invalid
    limit."""
    query = request.query_params or {}
    ref, _, n = query.get("cursor", "").partition("-")
    refuse_if(
        "cursor" in query and not (ref == case.ref and NUMBER.fullmatch(n) and int(n) <= case.entries),
        "bad_cursor",
        field="cursor",
    )
    limit = query.get("limit", str(LIMIT))
    refuse_if(not (NUMBER.fullmatch(limit) and int(limit) <= MOST), "bad_limit", field="limit", most=MOST)
    return int(n) if n else None, int(limit)
