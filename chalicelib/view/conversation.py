"""A case as a conversation: the speaker of each entry, and the people whom each letter reached."""

from datetime import datetime
from enum import StrEnum, auto
from typing import NamedTuple

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Role, Side
from chalicelib.domain.model.letters import LETTERS, key_of
from chalicelib.view.staff import Line, Staff


class Voice(StrEnum):
    """The speaker of an entry, as officers tell entries apart."""

    CONSUMER = auto()
    """The complainants' side, also if staff or a partner wrote their words down."""
    COMPANY = auto()
    """The company's representative."""
    OURS = auto()
    """Staff, in words that reach a party."""
    INTERNAL = auto()
    """Staff, in words that no party sees."""
    STEP = auto()
    """Nobody: a step of the case without words."""


class SentLetter(NamedTuple):
    """A letter to the parties. `topic`: its key, without the person. `at`: from when on (UTC) it last counts
    as delivered to somebody; None while it is delivered to nobody. A mail counts from the move that wrote it,
    so it may still be on its way. `reached`: the number of recipients with such a delivery. `to`: the number
    of all recipients. `party`: the id of its only recipient; "" if there are several."""

    topic: str
    at: datetime | None
    reached: int
    to: int
    party: str


def voice(line: Line) -> Voice:
    """Return who speaks in an entry. `line`: the parsed line of the entry."""
    declared, role = MOVES.get(line["move"]), Role[line["role"].upper()]
    if not line["words"] or not declared or role is Role.CLOCK:
        return Voice.STEP
    if role & Role.BUSINESS_REP or line["facts"].get("side") == Side.BUSINESS:
        return Voice.COMPANY
    if role & (Role.PARTY | Role.PARTNER) or not role & declared.by:
        return Voice.CONSUMER
    told = any(LETTERS[name].to == "party" for tell in declared.tells for name in tell.letters)
    return Voice.OURS if declared.shows or told else Voice.INTERNAL


def letters_to_parties(reader: Staff) -> list[SentLetter]:
    """Return the letters to the parties, each with when it last reached somebody. A letter to several people
    is returned once. The newest comes first; a letter that has reached nobody comes before all others."""
    found: dict[str, list[tuple[str, datetime | None]]] = {}
    for key, at in reader.case.told.items():
        one = key_of(key)
        found.setdefault(one.topic, []).append((one.person, at))
    letters = []
    for topic, sent in found.items():
        reached = [at for _, at in sent if at]
        party = sent[0][0] if len(sent) == 1 else ""
        letters.append(SentLetter(topic, max(reached, default=None), len(reached), len(sent), party))
    return sorted(letters, key=lambda one: (one.at is None, one.at or reader.now), reverse=True)
