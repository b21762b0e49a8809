"""The arrival of the letters that opened a window, and of the reminder before its lapse. Nobody may lose a
right by silence if our letter did not reach them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.letters_owed import delivered_late
from chalicelib.domain.engine.running import DEADLINES, Running, reminder
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import AUTOMATIC, Undelivered
from chalicelib.domain.model.letters import key_of, letter_of
from chalicelib.domain.moves.call_tasks import letter_failed, letter_late
from chalicelib.domain.outages import LATE

Row = Mapping[str, Any]
News = tuple[str, dict[str, Any]]
"""A move about a letter, and its facts."""


def delivery_failures(case: Case, window: Running, posted: Callable[[str], Iterable[Row]]) -> Iterator[News]:
    """Yield the moves that the timeline still lacks for the letters that opened a window, with their facts;
    at its lapse also for the reminder before it.

    An unsent letter stops the window and becomes a call task. A letter that left late without a record moves
    the window. `posted` reads the letters of a post. If one of several recipients for the same person has the
    letter, that is enough."""
    reminds = reminder(case, window) if window.step and window.step.lapses else None
    for name, post in case.posted.items():
        opened = letter_of(name).name in DEADLINES[window.name].opening_letters
        if (opened or name == reminds) and name in case.told:
            letters, told = {letter["id"]: letter for letter in posted(post)}, set[str]()
            for letter in letters.values():
                news = None if told & {*letter["beside"]} else _unrecorded(case, letter, letters)
                if news:
                    told.add(letter["id"])
                    yield news[0], {"letter": letter["key"], "id": letter["id"], **news[1]}


def _unrecorded(case: Case, letter: Row, others: Mapping[str, Row]) -> News | None:
    """Return the missing move for a letter of a window, with its facts: the letter has not left, or left
    late.

    Return None when staff read it out, it was fetched, another recipient for the same person has it, or the
    recipient has left."""
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
