"""Check, before a time limit has consequences, that the letters about it arrived: those that started it, and
its last reminder. Nobody may lose a right by silence if our letter did not reach them."""

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
"""The name of a move about a letter, and the facts of that move."""


def delivery_failures(case: Case, window: Running, posted: Callable[[str], Iterable[Row]]) -> Iterator[News]:
    """Yield the moves, with their facts, that must still be taken for the letters that started a time limit.
    If its lapse is next, the reminder before the lapse is checked too.

    A letter that did not leave suspends the time limit and becomes a call task. A letter that left late moves
    the time limit. If several recipients stand for the same person, it is enough that one of them got the
    letter. `posted` returns the stored letters of one move, by the id that `case.posted` holds."""
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
    """Return the move, with its facts, that must still be taken for this letter, because it did not leave or
    left late.

    Return None if nothing is missing: staff read it out, it was fetched, another recipient for the same
    person got it, or the recipient has left the case. `others` are all letters of the same move, by id."""
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
