"""The conversation on a case page: what people said, what we wrote and noted, the letters that reached them,
and the steps between. The newest comes first."""

from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from chalicelib.view.conversation import SentLetter, Voice, letters_to_parties, voice
from chalicelib.web.pages.desk.reading import Line, Reading

LOOKED_AT = 25
"""The number of newest entries that one query reads. Other parts of the page quote most of them."""
MOST_SPOKEN, MOST_STEPS = 8, 12
"""The most entries with words that the page shows, and the most entries without."""


class Turn(NamedTuple):
    """One line of the conversation. `at`: when it was said or arrived (UTC). `voice`: the name of the speaker
    (see `Voice`), or "letter". `entry`: an entry as `Reading.entry` returns it; None for a letter.
    `evidence`: the number of the evidence that it added; "" for none. `account`: the words of the complaint,
    for the entry that filed it. `letters`: the letters that arrived together; ()
    for an entry."""

    at: datetime
    voice: str
    entry: dict[str, Any] | None = None
    evidence: str = ""
    account: list[Line] | None = None
    letters: tuple[SentLetter, ...] = ()


class Conversation(NamedTuple):
    """The newest part of a conversation. `turns`: its lines, the newest first; the last is the complaint
    itself, unless its entry is missing or unreadable. `waiting`: the letters that have reached nobody yet.
    `left_out`: the number of entries between the complaint and the line before it. Only the timeline shows
    these."""

    turns: list[Turn]
    waiting: list[SentLetter]
    left_out: int


def conversation(reading: Reading) -> Conversation:
    """Return the newest part of the conversation on a case, and the complaint itself. One query reads their
    entries, and those of the evidence for another part of the page."""
    last = reading.case.entries
    newest, proofs = (
        range(max(last - LOOKED_AT, 0) + 1, last + 1),
        (one.entry for one in reading.case.evidence),
    )
    reading.dossier.prefetch([1, *newest, *proofs])
    found, spoken, steps = list[Turn](), 0, 0
    n = last
    while n > max(last - LOOKED_AT, 1) and spoken < MOST_SPOKEN and steps < MOST_STEPS:
        if reading.dossier.has_entry(n):
            said = voice(reading.dossier.line(n))
            spoken, steps = spoken + (said is not Voice.STEP), steps + (said is Voice.STEP)
            found.append(_turn(reading, n, said))
        n -= 1
    letters = letters_to_parties(reading.reader)
    since = found[-1].at if found and n > 1 else None
    sent = [one for one in letters if one.at and (not since or one.at >= since)]
    arrived = [Turn(at, "letter", letters=tuple(some)) for at, some in groupby(sent, attrgetter("at"))]
    turns = sorted([*found, *arrived], key=lambda turn: (turn.at, bool(turn.letters)), reverse=True)
    if reading.dossier.has_entry(1):
        filed = reading.entry(1, brief=True)
        turns.append(Turn(filed["at"], Voice.CONSUMER, filed, account=reading.account()))
    return Conversation(turns, [one for one in letters if not one.at], max(n - 1, 0))


def _turn(reading: Reading, n: int, said: Voice) -> Turn:
    """Return entry `n` as a line of the conversation. The digest of a file is left out, because the timeline
    shows it."""
    entry, added = reading.entry(n, brief=True), reading.dossier.line(n)
    digest = reading.called(added["move"], "file") if "file" in added["facts"] else ""
    entry["facts"] = [fact for fact in entry["facts"] if fact[0] != digest]
    pieces = (piece.id for piece in reading.case.evidence if piece.entry == n)
    return Turn(entry["at"], said, entry, next(pieces, ""))
