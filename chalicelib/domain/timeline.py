"""The hash chain of the timeline. Each line contains the hash of the one before it. Personal words can be
erased without breaking the chain."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Act, Case
from chalicelib.domain.model.change import Entry
from chalicelib.domain.model.codes import Fault, Role

BEGINNING, SHORTEST, FEW = 500, 100, 3
"""The parts of long words that a list shows. A text shows `BEGINNING` characters; one text among many shows
fewer, but at least `SHORTEST`, so that codes and dates stay complete. A list shows its first `FEW` values.

Entries store the words shortened by these figures, and `faults` compares them. After a change it must also
compare with the former figures."""


def write(
    case: Case | None, move: str, act: Act, facts: Mapping[str, Any], words: Mapping[str, Any]
) -> Entry:
    """Return the next entry.

    Its line holds codes and, of personal words, only sha256(salt + words), each value with its own salt. It
    also holds the digests of the head on which the move was taken, and of the letters of the entry before.
    Neither can then be changed without breaking the chain."""
    n = case.entries + 1 if case else 1
    said = {name: canonical(value) for name, value in words.items() if value is not None}
    kept = {
        name: (sha256(f"{act.salt}{name}".encode()).hexdigest()[:32], text) for name, text in said.items()
    }
    line = canonical(
        {
            "n": n,
            "move": move,
            "who": act.who,
            "role": act.role.code,
            "at": act.now,
            "facts": facts,
            "words": {name: digest(*salted) for name, salted in kept.items()},
            "was": case.kept if case else "",
            "beside": case.beside if case else None,
        }
    )
    return Entry(n, line, link(case.head if case else "", line), kept)


def brief(words: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return the parts of long words that a list shows: the beginning of each text, and the first few of many
    texts."""
    return {name: (salt, canonical(_begun(json.loads(text)))) for name, (salt, text) in words.items()}


def _begun(value: Any, most: int = BEGINNING) -> Any:
    if isinstance(value, str):
        return value if len(value) <= most else value[:most].rstrip() + "…"
    if isinstance(value, dict):
        return {key: _begun(item, max(most // max(len(value), 1), SHORTEST)) for key, item in value.items()}
    return (
        [_begun(item, max(most // FEW, SHORTEST)) for item in value[:FEW]]
        if isinstance(value, list)
        else value
    )


def verify(entries: Iterable[Entry], case: Case) -> int | None:
    """Return the number of the first entry that was deleted, edited or moved; None if the chain is complete
    up to the case's head."""
    return next((n for n, _ in faults(entries, case)), None)


def faults(entries: Iterable[Entry], case: Case) -> Iterator[tuple[int, Fault]]:
    """Yield every place at which the chain is broken, by the number of its entry. It is a wrong entry, or a
    head other than the one saved with its last entry. An entry after a wrong one is compared with the wrong
    one, so that each place is named only once."""
    head, n, before, earlier = "", 0, None, dict[str, Any]()
    for entry in entries:
        line = said_in(entry.line)
        follows = before and entry.n == before.n + 1
        if follows and line.get("was") and line["was"] != before.kept and "was" in earlier:
            yield before.n, Fault.HEAD
        if (entry.n, entry.hash) != (n + 1, link(head, entry.line)) or not _bound_words(line, entry):
            yield n + 1, Fault.ENTRY
        head, n, before, earlier = entry.hash, entry.n, entry, line
    if (n, head) != (case.entries, case.head):
        yield min(n, case.entries) + 1, Fault.ENTRY
    elif before and not bound(case, before):
        yield n, Fault.HEAD


def bound(case: Case, last: Entry) -> bool:
    """Return whether a head is the one that was saved with its last entry. A head saved by a release before
    this rule is accepted."""
    return (last.n, last.hash) == (case.entries, case.head) and (
        not case.kept or last.kept == case.kept or (last.kept is None and "was" not in said_in(last.line))
    )


def letter_digests(entries: Iterable[Entry], case: Case) -> dict[int, str]:
    """Return the digests of the letters of the entries, by the entries' numbers. The next line holds each, or
    the head for the last entry. Entries of a release before this rule have none."""
    bound = (said_in(entry.line).get("beside") for entry in entries if entry.n <= case.entries)
    return dict(pair for pair in (*bound, case.beside) if pair)


def _bound_words(line: Mapping[str, Any], entry: Entry) -> bool:
    """Return whether the stored words of a line match the hashes in it, and the shortened words are their
    beginning."""
    bound_by = line.get("words", {})
    whole = bool(line) and all(bound_by.get(name) == digest(*salted) for name, salted in entry.words.items())
    return whole and entry.brief in (None, brief(entry.words))


def said_in(line: str) -> dict[str, Any]:
    """Return the content of a line, or {} if somebody made it unreadable or deleted it."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def link(head: str, line: str) -> str:
    """Return the hash of a line that follows `head`."""
    return sha256(f"{head}\n{line}".encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: keys sorted, no spaces, timestamps in UTC and whole seconds, codes
    for enums."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(salt: str, words: str) -> str:
    """Return the salted hash of erasable words. Without the salt it does not allow guessing them."""
    return sha256(f"{salt}{words}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int)):  # most values, including codes, which are text
        return value
    if isinstance(value, (dict, Mapping)):
        return {
            key if key.__class__ is str else str(_plain(key)): item if item.__class__ is str else _plain(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _plain({one.name: getattr(value, one.name) for one in fields(value)})
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.code if isinstance(value, Role) else value
