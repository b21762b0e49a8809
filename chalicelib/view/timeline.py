"""The view of the timeline: which entries a reader sees, and which facts and words of each entry."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.domain.engine.declare import MOVES, move_names
from chalicelib.domain.engine.running import deadline_of, parts_of
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.assignment import assign_next
from chalicelib.domain.moves.call_tasks import letter_failed
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.moves.ladder_steps import recompute_deadline, take_step
from chalicelib.view.party import Facts, PartyReader
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

ABOVE = ("lead", "supervisor", "executive")
"""The roles to which we escalate a missed deadline so that parties see it. Escalations to any other role are
hidden from parties."""


OF_THE_CLOCK = move_names(take_step, letter_failed, recompute_deadline, assign_next)
"""The names of the moves that the clock takes by itself. They are not shown as the last thing that happened,
because nobody acted."""
LOOKED_BACK = 25
"""How many of the last entries are searched for a move that the clock did not take by itself. If they have
none, `Case.taken` is searched."""


class VisibleEntry(NamedTuple):
    """One entry of a timeline as one reader sees it. `n`: its number. `move`: the name of its move. `line`:
    its parsed line. `facts`, `words`: the facts and the words that the reader may know. `cut`: whether long
    words were shortened."""

    n: int
    move: str
    line: Mapping[str, Any]
    facts: Mapping[str, Any]
    words: Mapping[str, Any]
    cut: bool

    @property
    def escalates(self) -> bool:
        """Return whether the entry is about the escalation of a deadline that we missed."""
        return self.move == take_step.__name__


def staff_entry(reader: Staff, n: int, untruncated: bool = False) -> VisibleEntry:
    """Return entry `n` as an officer or a mediator sees it. Long words are shortened; if `untruncated` is
    true, they are not."""
    line, words, cut = reader.dossier.brief(n)
    if not reader.open(line):
        words, cut = {}, False
    elif cut and untruncated:
        words, cut = reader.dossier.entry(n)[1], False
    line = reader.visible_line(line)
    return VisibleEntry(n, line["move"], line, line["facts"], words, cut)


def party_entry(reader: PartyReader, n: int, untruncated: bool = False) -> VisibleEntry | None:
    """Return entry `n` as a party sees it. Return None if the party may not see it. If a move needed a second
    person, the party sees only the entry by which it was taken. Long words are shortened; if `untruncated` is
    true, they are not."""
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
    return VisibleEntry(
        n,
        move,
        line,
        reader.facts(move, by, facts),
        reader.dossier.entry(said)[1] if cut and untruncated else words,
        cut and not untruncated,
    )


def _told_of(reader: PartyReader, facts: Facts) -> bool:
    """Return whether the party sees an entry about the escalation of a deadline that we missed. `facts`: the
    facts of the entry."""
    if facts["early"] or facts.get("role") not in ABOVE or facts["deadline"] not in reader.told_runs:
        return False
    about = parts_of(facts["run"])[1:2]
    if deadline_of(facts["deadline"]).of_promise:
        return any(o.id in about for o in reader.visible_obligations())
    return not reader.others or facts["deadline"] not in ("message_reply", "handler_change", "party_reply")


def last_done(reader: Reader, until: int) -> str:
    """Return the name of the last move that somebody took, as of entry `until`. Moves that the clock takes by
    itself do not count."""
    last = range(until, max(until - LOOKED_BACK, 0), -1)
    reader.dossier.prefetch(last)
    found = (reader.dossier.line(n)["move"] for n in last)
    every = (*found, *reversed([*reader.case.taken]))
    return next((move for move in every if move not in OF_THE_CLOCK), submit.__name__)
