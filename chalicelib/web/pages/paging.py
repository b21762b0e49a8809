"""Paging through a long case: the newest entries and letters first. The last item of a page marks where the
next page starts."""

import re
from typing import Any, NamedTuple

from chalicelib.domain.model.case import Case, refuse_if

NUMBER, LETTER = re.compile(r"[1-9][0-9]{0,5}"), re.compile(r"[\w.]{1,60}")
MOST, LIMIT = 100, 25
"""The highest number of entries of a page of the interface, and the default."""


class Position(NamedTuple):
    """A position in a case: the entry and the letter before which a page continues, and the entry with its
    full words."""

    before: int | None = None
    letters: str = ""
    whole: int = 0


NEWEST = Position()


def turn(request: Any) -> Position:
    """Return the position in the address of a page. Raise Refusal `bad_cursor` for an address that no page of
    ours links to."""
    query = request.query_params or {}
    before, letters, whole = (query.get(name, "") for name in ("before", "letters", "whole"))
    refuse_if(
        any(said and not NUMBER.fullmatch(said) for said in (before, whole))
        or (letters and not LETTER.fullmatch(letters)),
        "bad_cursor",
    )
    return Position(int(before) if before else None, letters, int(whole or 0))


def cursor(case: Case, before: int | None) -> str | None:
    """Return the cursor of the next page of a case's timeline, for the interface."""
    return f"{case.ref}-{before}" if before else None


def start(case: Case, request: Any) -> tuple[int | None, int]:
    """Return the entry before which a page starts, and the number of its entries. Raise Refusal for a cursor
    that is not from this case, and for an invalid limit."""
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
