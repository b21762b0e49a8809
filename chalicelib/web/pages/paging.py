"""Paging back through a long case: the newest entries and letters first, then the next older ones, by the
last one on a page."""

import re
from typing import Any, NamedTuple

from chalicelib.domain.model.case import Case, refuse_if

NUMBER, LETTER = re.compile(r"[1-9][0-9]{0,5}"), re.compile(r"[\w.]{1,60}")
MOST, LIMIT = 100, 25
"""How many entries a page of the interface has at most, and how many if the request does not say."""


class Turn(NamedTuple):
    """How far back: the entry and the letter before which a page goes on; and the entry whose words stand
    there whole."""

    before: int | None = None
    letters: str = ""
    whole: int = 0


NEWEST = Turn()


def turn(request: Any) -> Turn:
    """What the address of a page says; raises Refusal `bad_cursor` for what no page of ours links to."""
    query = request.query_params or {}
    before, letters, whole = (query.get(name, "") for name in ("before", "letters", "whole"))
    refuse_if(
        any(said and not NUMBER.fullmatch(said) for said in (before, whole))
        or (letters and not LETTER.fullmatch(letters)),
        "bad_cursor",
    )
    return Turn(int(before) if before else None, letters, int(whole or 0))


def cursor(case: Case, before: int | None) -> str | None:
    """Where the next page of a case's timeline starts, as the interface tells it."""
    return f"{case.ref}-{before}" if before else None


def start(case: Case, request: Any) -> tuple[int | None, int]:
    """Before which entry a page starts, and how many it holds; raises Refusal for a start that no page of
    this case has told, and for a number that no page has."""
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
