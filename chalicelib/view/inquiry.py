"""How the work on a complaint goes on, as a party is told: the talks that they are invited to, and what was
last told of it."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.model.codes import Stage, Way
from chalicelib.domain.moves.investigation import HEARING, invite_interview, tell_progress
from chalicelib.view.party import PartyReader


class Interview(NamedTuple):
    """A talk that somebody is invited to: when, how, where, and what about."""

    at: datetime
    how: Way
    where: str
    purpose: str


class Progress(NamedTuple):
    """What was told of the work, and when: what has been done, and what comes next."""

    at: datetime
    done: str
    upcoming: str


def interviews(reader: PartyReader) -> list[Interview]:
    """The talks that are still to come, while the facts are being found."""
    if reader.case.stage not in HEARING:
        return []
    return [
        Interview(at, line["facts"]["how"], words.get("where") or "", words.get("purpose") or "")
        for n, (line, words) in reader.dossier.of(invite_interview)
        if (at := instant(line["facts"]["meeting"])) > reader.now
        and n >= reader.since
        and reader.made_by(line["move"], line, line["facts"]) in reader.circle
    ]


def progress(reader: PartyReader) -> Progress | None:
    """What was last told of the work, while it goes on, since they came to the case."""
    n = reader.dossier.last(tell_progress) if reader.case.stage == Stage.INVESTIGATING else 0
    if not n or n < reader.since:
        return None
    words, at = reader.words(n), instant(reader.dossier.line(n)["at"])
    return Progress(at, words.get("done", ""), words.get("upcoming", ""))
