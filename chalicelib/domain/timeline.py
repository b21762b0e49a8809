"""The hash chain of the timeline. Each entry has a line (JSON), and each line is hashed together with the
hash of the line before it. A line holds only hashes of what people wrote, so these words can be erased
without breaking the chain."""

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

CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
"""The encoder of `canonical`. To make one for each text would be slow."""
BEGINNING, SHORTEST, FEW = 500, 100, 3
"""How much of long words a list shows. A text is cut after `BEGINNING` characters. If several texts share
this limit, each gets less, but at least `SHORTEST`, so that codes and dates stay complete. Of many values
only the first `FEW` are shown.

An entry also stores the shortened words, and `_bound_words` compares them with the full words. After a change
of these figures, that function must still accept words that the former figures shortened."""


def write(
    case: Case | None, move: str, act: Act, facts: Mapping[str, Any], words: Mapping[str, Any]
) -> Entry:
    """Return the next entry of the timeline. `facts` are codes and `words` what people wrote, both keyed by
    field.

    The line of the entry holds the facts. For each field of `words` it holds only sha256(salt + words), each
    with another salt. It also holds two digests: one of the head of the case before this move, and one of the
    letters of the entry before. So neither the head nor the letters can be changed without breaking the
    chain."""
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


def brief_words(words: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return the words shortened for a list: the beginning of each text, and the first few of many texts. The
    key of `words` is the field, the value a salt and a JSON text."""
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
    """Return the number of the first entry that was deleted, changed or moved. Return None if the chain is
    complete up to the head of the case."""
    return next((n for n, _ in chain_faults(entries, case)), None)


def chain_faults(entries: Iterable[Entry], case: Case) -> Iterator[tuple[int, Fault]]:
    """Yield every place at which the chain is broken: the number of an entry, and the kind of fault. Either
    the entry is wrong, or the head of the case is not the head that was saved with the entry. A fault is
    named only once, because the next entry is compared with the wrong entry."""
    head, n, before, earlier = "", 0, None, dict[str, Any]()
    for entry in entries:
        line = line_content(entry.line)
        follows = before and entry.n == before.n + 1
        if follows and line.get("was") and line["was"] != before.kept and "was" in earlier:
            yield before.n, Fault.HEAD
        if (entry.n, entry.hash) != (n + 1, link(head, entry.line)) or not _bound_words(line, entry):
            yield n + 1, Fault.ENTRY
        head, n, before, earlier = entry.hash, entry.n, entry, line
    if (n, head) != (case.entries, case.head):
        yield min(n, case.entries) + 1, Fault.ENTRY
    elif before and not is_bound(case, before):
        yield n, Fault.HEAD


def is_bound(case: Case, last: Entry) -> bool:
    """Return whether the head of the case is the head that was saved with its `last` entry. Entries from an
    older release hold no digest of the head and are accepted."""
    return (last.n, last.hash) == (case.entries, case.head) and (
        not case.kept
        or last.kept == case.kept
        or (last.kept is None and "was" not in line_content(last.line))
    )


def letter_digests(entries: Iterable[Entry], case: Case) -> dict[int, str]:
    """Return the digest of the letters of each entry, keyed by the number of the entry. The digest is taken
    from the line of the next entry, or for the last entry from the head of the case. Entries from older
    releases have no digest."""
    bound = (line_content(entry.line).get("beside") for entry in entries if entry.n <= case.entries)
    return dict(pair for pair in (*bound, case.beside) if pair)


def _bound_words(line: Mapping[str, Any], entry: Entry) -> bool:
    """Return whether the stored words of an entry match the hashes in its line, and its shortened words match
    its full words."""
    bound_by = line.get("words", {})
    whole = bool(line) and all(bound_by.get(name) == digest(*salted) for name, salted in entry.words.items())
    return whole and entry.brief in (None, brief_words(entry.words))


def line_content(line: str) -> dict[str, Any]:
    """Return the content of a line. Return {} if the line was deleted or cannot be read, which means that
    somebody changed it."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def link(head: str, line: str) -> str:
    """Return the hash of a line. `head` is the hash of the line before, or "" for the first line."""
    return sha256(f"{head}\n{line}".encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return the canonical JSON text of a value: keys sorted, no spaces, timestamps in UTC and whole seconds,
    enums as codes. Equal values give the same text, so that their hashes agree."""
    return CANONICAL.encode(_plain(value))


def digest(salt: str, words: str) -> str:
    """Return the hash of words together with their salt. When the words are erased, the salt is erased too,
    so nobody can guess the words from the hash."""
    return sha256(f"{salt}{words}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    # The most frequent types come first, because a check for an abstract class is slow.
    if value is None or isinstance(value, (str, int)):  # codes are text too
        return value
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, (dict, Mapping)):
        return {
            key if key.__class__ is str else str(_plain(key)): item if item.__class__ is str else _plain(item)
            for key, item in value.items()
            if item is not None
        }
    if is_dataclass(value) and not isinstance(value, type):
        return _plain({one.name: getattr(value, one.name) for one in fields(value)})
    if isinstance(value, date):
        return value.isoformat()
    return value.code if isinstance(value, Role) else value
