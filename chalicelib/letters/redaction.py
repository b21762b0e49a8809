"""Redaction of a mail to an unconfirmed address: text of other people than our staff is left out.

Redaction is needed because a complainant may name the address of a stranger. The owner of an address confirms
it with a link that only a letter to this address contains. Until then a mail to the address carries codes,
dates, amounts, numbers, our own name, names from our registers, and the texts of our staff (the mark
`Official`). Where the words of another person would stand, the mail says where the reader finds them. A text
of our staff may repeat words of a party; these words are left out too.

Each slot of a letter must be in exactly one of the lists below. A test fails for any other slot."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from chalicelib.locale.formats import texts

LEFT_OUT: Mapping[str, Any] = {
    "name": None,
    "action": None,
    "purchase": {},
    "representative": None,
    "asker_name": None,
    "outside_number": None,
    "changed": [],
    "files": [],
}
"""The slots that are emptied in a mail to an unconfirmed address. The key is the slot, and the value what the
empty slot then holds."""
OTHERS: Mapping[str, frozenset[str]] = {
    "matters": frozenset({"problem"}),
    "offer": frozenset({"terms"}),
    "terms": frozenset({"terms"}),
    "change": frozenset({"what", "reason"}),
    "mediator": frozenset({"past_cases"}),
    "agreement": frozenset(
        {"zh", "en", "what", "debtor", "creditor", "me", "name", "represented_by", "product", "order"}
    ),
}
"""The slots with text that another person than our staff may have written. In mail to an unconfirmed address
a remark replaces this text. The value holds the names of the fields in the slot that hold such text. In
`terms` every field holds such text."""
STAFF: Mapping[str, frozenset[str]] = {
    "matters": frozenset({"reason", "instead", "fact"}),
    "meeting": frozenset({"place", "papers"}),
    "forward": frozenset({"company", "contact", "text", "kept"}),
    "rules": frozenset({"article"}),
}
"""The slots with text that our staff wrote. The value holds the names of the fields in the slot that hold
such text. The slot `words` is in no list: the marks of the move say which of its fields our staff wrote."""
OURS = frozenset(
    {
        "number",
        "own_number",
        "next",
        "policy",
        "link",
        "question_link",
        "confirm",
        "by_text",
        "powerless",
        "verify",
        "phrase",
        "code",
        "public_url",
        "team",
        "phone",
        "phone_hours",
        "stage",
        "outcome",
        "wishes",
        "hurt",
        "shares",
        "reports",
        "facts",
        "rights",
        "said_by",
        "said_at",
        "asker",
        "acted",
        "approver",
        "handler",
        "handler_phone",
        "advice",
        "authorities",
        "routes",
        "panel",
        "late",
        "moved",
        "waited",
        "still",
        "side",
        "nature",
        "parties",
        "about",
        "ledger",
        "owed",
        "remedies",
        "total",
        "excused",
        "challenge",
        "other",
        "lines",
    }
)
"""The slots without a person's words, which stay unchanged. They hold codes, numbers, our own addresses, and
names of people and offices from our registers."""


WHOLE, REPEATED, LONG = 4, 10, 30
"""When a passage of a party's text counts as repeated. A whole text, such as the name of a product, needs
`WHOLE` characters. A part of a text needs `REPEATED` characters in a row and `LONG` bytes in UTF-8, which are
ten Chinese characters or thirty Latin letters."""
CONTACT = re.compile(r"[\w.+-]+@[\w.-]+|(https?://)?[\w-]+(\.[\w-]+)+(/[!-~]*)?|\+?\d[\d -]{5,}\d", re.ASCII)
"""The pattern of an e-mail address, a link or a number to call. They count as repeated at any length."""


class Shared(NamedTuple):
    """The texts that a mail to an unconfirmed address may repeat.

    `words`: the names of the fields of the slot `words` that our staff wrote. `staff`: whether it may contain
    texts of our staff at all. `heard`: the texts of parties, whose passages are left out of the texts of our
    staff."""

    words: Collection[str] = ()
    staff: bool = False
    heard: tuple[str, ...] = ()


NOTHING = Shared()
"""The mail may contain no text that a person wrote."""


def withheld(slots: Mapping[str, Any], language: str, shared: Shared = NOTHING) -> dict[str, Any]:
    """Return the slots of a letter for a mail to an unconfirmed address: text that it may not contain is left
    out, or replaced by a remark in this language. `shared`: the texts that it may contain."""
    instead = str(texts(language)["words"]["withheld"])
    cover = lambda text: instead  # noqa: E731  (short enough as a lambda)
    keep = partial(without_repeats, heard=shared.heard, instead=instead) if shared.staff else cover
    found = {slot: _covered(slots[slot], parts, keep) for slot, parts in STAFF.items()}
    found |= {
        slot: _covered(found.get(slot, slots[slot]), parts, cover, slot == "terms")
        for slot, parts in OTHERS.items()
    }
    found["words"] = {
        name: _covered(said, frozenset(), keep if name in shared.words else cover, True)
        for name, said in (slots["words"] or {}).items()
    }
    return {**slots, **found, **LEFT_OUT}


def all_texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, which may be a record or a list."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from all_texts(part)


def without_repeats(text: str, heard: Collection[str], instead: str) -> str:
    """Return a text of our staff in which `instead` replaces each passage that repeats one of the texts in
    `heard`. So nobody can have us mail their words to a stranger, not even by having staff quote them."""
    said, cut = "\n".join(heard), set[int]()
    for whole in filter(lambda one: len(one) >= WHOLE, heard):
        for found in re.finditer(re.escape(whole), text):
            cut |= {*range(*found.span())}
    known = {said[n : n + REPEATED] for n in range(len(said) - REPEATED + 1)}
    at = [n for n in range(len(text) - REPEATED + 1) if text[n : n + REPEATED] in known]
    for first, last in _runs(at):
        if len(text[first : last + REPEATED].encode()) >= LONG:
            cut |= {*range(first, last + REPEATED)}
    for found in CONTACT.finditer(text):
        if found.group().lower() in said.lower():
            cut |= {*range(*found.span())}
    for first, last in reversed([*_runs(sorted(cut))]):
        text = text[:first] + instead + text[last + 1 :]
    return text


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last number of each run of successive numbers. `numbers` ascend."""
    first = last = -1
    for n in numbers:
        if first >= 0 and n == last + 1:
            last = n
            continue
        if first >= 0:
            yield first, last
        first = last = n
    if first >= 0:
        yield first, last


def _covered(value: Any, parts: frozenset[str], put: Callable[[str], str], every: bool = False) -> Any:
    """Return a slot's value in which `put` has replaced each text that a person wrote. These are the texts in
    the fields named in `parts`. If `every` is True, all texts are replaced."""
    if isinstance(value, str):
        return put(value) if every else value
    if isinstance(value, SimpleNamespace):
        return SimpleNamespace(**_covered(vars(value), parts, put, every))
    if hasattr(value, "_asdict"):  # values of the room `view` are NamedTuples
        return SimpleNamespace(**_covered(value._asdict(), parts, put, every))
    if isinstance(value, Mapping):
        return {name: _covered(part, parts, put, every or name in parts) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_covered(part, parts, put, every) for part in value]
    return value
