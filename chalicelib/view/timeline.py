"""The timeline of a case as it is told: which entries a party sees, and what of each its reader."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.domain.engine.declare import MOVES, named
from chalicelib.domain.engine.running import deadline_of, parts_of
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.moves.work import letter_failed, recompute_deadline, take_step
from chalicelib.view.party import Facts, PartyReader
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

ABOVE = ("lead", "supervisor", "executive")
"""Whom an escalation is reported to, as parties are told."""


OF_THE_CLOCK = named(take_step, letter_failed, recompute_deadline)
"""What the clock writes down by itself, where nobody has done anything."""
LOOKED_BACK = 25
"""How many entries are searched for what was last done; if all of them are the clock's, `Case.taken` tells
it."""


class Told(NamedTuple):
    """An entry that its reader is told of: the move it comes to, who made it and when, and of its facts and
    words those that are theirs; whether the words are `cut` short."""

    n: int
    move: str
    line: Mapping[str, Any]
    facts: Mapping[str, Any]
    words: Mapping[str, Any]
    cut: bool


def kept(reader: Staff, n: int, whole: bool = False) -> Told:
    """An entry as a member of staff, or a mediator, may see it; long words are cut short but for `whole`."""
    line, words, cut = reader.dossier.brief(n)
    if not reader.open(line):
        words, cut = {}, False
    elif cut and whole:
        words, cut = reader.dossier.entry(n)[1], False
    line = reader.told(line)
    return Told(n, line["move"], line, line["facts"], words, cut)


def told(reader: PartyReader, n: int, whole: bool = False) -> Told | None:
    """An entry as a party may see it; None where they may not. A move that waited for a second person appears
    once it is taken."""
    line, words, cut = reader.dossier.brief(n)
    move, facts, by, said = line["move"], line["facts"], line, n
    if MOVES[move].grants:
        said = facts.get("asked_in", n)
        by, words, cut = reader.dossier.brief(said)
        move, facts = facts["move"], facts["asked"]
    elif isinstance(facts.get("asked"), str):
        return None
    if Role[by["role"].upper()] & Role.PARTY:
        line = {**line, "who": by["who"], "role": by["role"]}
    if not (
        (_told_of(reader, facts) if move == take_step.__name__ else MOVES[move].shows)
        and reader.sees(n, move, by, facts)
    ):
        return None
    if not reader.hears(move, by, facts):
        words, cut = {}, False
    return Told(
        n,
        move,
        line,
        reader.facts(move, by, facts),
        reader.dossier.entry(said)[1] if cut and whole else words,
        cut and not whole,
    )


def _told_of(reader: PartyReader, facts: Facts) -> bool:
    """Whether a step of the clock is told: that something of ours to this party was late, reported to
    somebody above."""
    if facts["early"] or facts.get("role") not in ABOVE or facts["deadline"] not in reader.told_runs:
        return False
    about = parts_of(facts["run"])[1:2]
    if deadline_of(facts["deadline"]).of_promise:
        return any(o.id in about for o in reader.owed())
    return not reader.others or facts["deadline"] not in ("message_reply", "handler_change", "party_reply")


def last_done(reader: Reader, until: int) -> str:
    """The move that was last taken when entry `until` was written."""
    last = range(until, max(until - LOOKED_BACK, 0), -1)
    reader.dossier.ahead(last)
    found = (reader.dossier.line(n)["move"] for n in last)
    every = (*found, *reversed([*reader.case.taken]))
    return next((move for move in every if move not in OF_THE_CLOCK), submit.__name__)
