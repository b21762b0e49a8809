"""A check before a time limit has consequences: did the letters about the time limit reach the parties? These
letters are the one that started the time limit, and its last reminder. Nobody may lose a right by silence if
our letter did not reach them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.letters_owed import delivered_late
from chalicelib.domain.engine.running import Running, reminder
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import AUTOMATIC, Undelivered
from chalicelib.domain.model.letters import key_of, letter_of, opened_by
from chalicelib.domain.moves.call_tasks import letter_failed, letter_late
from chalicelib.domain.outages import LATE

Row = Mapping[str, Any]
News = tuple[str, dict[str, Any]]
"""The name of a move about a letter (`letter_failed` or `letter_late`), and the facts for that move."""


def delivery_failures(case: Case, window: Running, posted: Callable[[str], Iterable[Row]]) -> Iterator[News]:
    """Yield the moves, with their facts, that must be taken first because letters about a time limit
    (`window`) did not leave or left late. Checked are the letters that started the time limit. If its next
    step would end the time limit, the last reminder is checked too.

    A letter that did not leave suspends the time limit and becomes a call task. A letter that left late moves
    the time limit. If several recipients receive letters for the same person, one letter that left is enough.
    `posted` is a function: it takes an id from `case.posted` and returns the stored letters of one move."""
    reminds = reminder(case, window) if window.step and window.step.lapses else None
    for name, post in case.posted.items():
        opened = letter_of(name).name in opened_by(window.name)
        if (opened or name == reminds) and name in case.told:
            letters, told = {letter["id"]: letter for letter in posted(post)}, set[str]()
            for letter in letters.values():
                news = None if told & {*letter["beside"]} else _unrecorded(case, letter, letters)
                if news:
                    told.add(letter["id"])
                    yield news[0], {"letter": letter["key"], "id": letter["id"], **news[1]}


def _unrecorded(case: Case, letter: Row, others: Mapping[str, Row]) -> News | None:
    """Return the move that must be taken because this letter did not leave or left late, with its facts.

    Return None if no move is needed. That is so if staff read the letter out, if it was fetched, or if
    another recipient for the same person got it. It is also so if the recipient has left the case. `others`
    are all letters of the same move, keyed by id."""
    key, since = letter["key"], instant(letter["at"])
    told = case.told.get(key, case.told.get(key_of(key).topic))
    if (
        letter["way"] not in AUTOMATIC
        or told is None
        or delivered_late(case, key, since)
        or case.party(letter["to"][6:]).left
    ):
        return None
    if letter["state"] == "sent":
        at = instant(letter["sent"]["at"])
        return (letter_late.__name__, {"since": since, "at": at}) if at - told > LATE else None
    if letter["state"] == "bounced" or any(others[id]["state"] == "sent" for id in letter["beside"]):
        return None
    return letter_failed.__name__, {"party": letter["to"][6:], "why": Undelivered.NOT_SENT}
