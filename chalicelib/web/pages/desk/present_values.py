"""The present values of a case that a move replaces, such as its handler or its severity. The form of the
move shows each value with its author and its moment."""

from collections.abc import Callable, Iterator, Mapping

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case_records import Holder
from chalicelib.web.pages.desk.items import DeskItem, ItemGroup
from chalicelib.web.pages.desk.reading import Reading

Found = Iterator[tuple[DeskItem, int]]
"""Present values, each with the number of the entry that set it; 0 if that is not shown."""


def present_values(reading: Reading, move: str, brief: bool = False) -> list[ItemGroup]:
    """Return the group of the present values of what the move changes (`Move.changes`); [] if it changes
    none. `brief`: without who set them, because that needs their entries."""
    found = [
        item if brief or not n else item._replace(look=_set_by(reading, n))
        for name in MOVES[move].changes
        for item, n in ITEMS[name](reading, name)
    ]
    # of several people, only the one whom the form names counts
    declared = MOVES[move]
    field = (declared.naming("party") or declared.naming("representative")) if len(found) > 1 else ""
    found = [item._replace(of=f"{field}={item.of}" if field and item.of else "") for item in found]
    return [ItemGroup("present", found)] if found else []


def _holder(reading: Reading, name: str) -> Found:
    """Yield the handler or the team of the case."""
    case, held = reading.case, [*reading.case.holders]

    def value(holder: Holder) -> str | None:
        return holder.owner if name == "owner" else holder.team

    while len(held) > 1 and value(held[-1]) == value(held[-2]):
        held.pop()
    text = reading.team(case.team)
    if name == "owner":
        text = reading.name(case.owner) if case.owner else reading.words_of("nobody")
    yield DeskItem(reading.words_of("head", name), tag=text), held[-1].entry if held else 0


def _set(reading: Reading, name: str) -> Found:
    """Yield the severity or the policy of the case; nothing if nobody has set it."""
    code = getattr(reading.case, name)
    if not code:
        return
    moves = [move.do for move in MOVES.values() if name in move.changes]
    entries = reading.dossier.numbers(*moves, granted=True)
    reading.dossier.prefetch(entries)
    done = [n for n in entries if not isinstance(reading.dossier.line(n)["facts"].get("asked"), str)]
    label = reading.label(code, "severity") if name == "severity" else code
    yield DeskItem(reading.words_of("head", name), tag=label), done[-1] if done else 0


def _promised(reading: Reading, name: str) -> Found:
    """Yield the day by which the answer is promised, if it is."""
    if reading.case.promised:
        yield DeskItem(reading.words_of("present", name), text=reading.by(reading.case.promised)), 0


def _asked(reading: Reading, name: str) -> Found:
    """Yield the end of the time in which the consumer gives the information that was asked for."""
    due = next((run.due for run in reading.runs() if run.name == name and run.due), None)
    if due:
        yield DeskItem(reading.words_of("present", name), text=reading.by(due)), 0


def _people(reading: Reading, name: str) -> Found:
    """Yield the addresses and the powers of each person on the case."""
    for id, role, lines in reading.people():
        if not reading.case.party(id).left:
            yield DeskItem(role, lines=tuple(lines), of=id), 0


def _speakers(reading: Reading, name: str) -> Found:
    """Yield the people who speak for all of a joint case."""
    names = [reading.name(party.id) for party in reading.case.consumers if party.speaks]
    text = reading.words_of("comma").join(names) or reading.words_of("nobody")
    yield DeskItem(reading.words_of("person", "speaks"), text=text), 0


ITEMS: Mapping[str, Callable[[Reading, str], Found]] = {
    "owner": _holder,
    "team": _holder,
    "severity": _set,
    "policy": _set,
    "promised": _promised,
    "information": _asked,
    "people": _people,
    "speakers": _speakers,
}
"""The functions that yield the present values, by their names in `Move.changes`."""


def _set_by(reading: Reading, n: int) -> str:
    """Return a text on the entry `n`, which set a value: the move, its actor and its moment. Return "" if the
    entry is missing."""
    if not reading.dossier.has_entry(n):
        return ""
    line = reading.dossier.line(n)
    at, move = reading.entry_moment(n), line["facts"].get("move") or line["move"]
    return f"{reading.label(move, 'move')} · {reading.who(line)} · {at}"
