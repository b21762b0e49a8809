"""The person whom an entry of the timeline concerns."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.engine.declare import MOVES, Shows
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.intake import submit

FIRST = "p1"
"""The id of the person who made the complaint. Only this person and their representatives may read its
words."""


def concerned(case: Case, move: str, line: Mapping[str, Any], facts: Mapping[str, Any]) -> str | None:
    """Return the id of the party who made an entry, or whom alone the entry concerns. Return None if staff
    made it and it concerns everybody. Return "" if it concerns a party who is not on the case any more.
    `move`, `line`, `facts`: the name of the entry's move, its parsed line, and its facts."""
    if move == submit.__name__ or "from" in facts:
        return FIRST
    if named := facts.get("party") or facts.get("left") or facts.get("whose"):
        return str(named)
    if "obligation" in facts:
        owed = next((o for o in case.obligations if o.id == facts["obligation"]), None)
        return (owed.debtor if owed.to == BUSINESS else owed.to) if owed else ""
    if id := facts.get("representative"):
        return next((party.represents for party in case.parties if party.id == id), "")
    if Role[line["role"].upper()] & Role.PARTY:
        return str(line["who"])
    return FIRST if (MOVES[move].shows or Shows()).about_one or line["role"] == "partner" else None
