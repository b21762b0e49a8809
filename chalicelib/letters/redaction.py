"""Redaction of a mail to an unconfirmed address: all text that a person wrote is left out.

Redaction is needed because a complainant may name the address of a stranger. The owner of an address confirms
it with a link that only a letter to this address contains. Until then a mail to the address carries codes,
dates, amounts, numbers, our own name, and names from our registers. Where a person's words would stand, the
mail says where the reader finds them.

Each slot of a letter must be in exactly one of the lists below. A test fails for any other slot."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from chalicelib.locale.formats import texts

LEFT_OUT: Mapping[str, Any] = {
    "name": None,
    "purchase": {},
    "rules": [],
    "representative": None,
    "outside_number": None,
    "changed": [],
    "files": [],
}
"""The slots that are emptied in a mail to an unconfirmed address. The key is the slot, and the value what the
empty slot then holds."""
WRITTEN: Mapping[str, frozenset[str]] = {
    "words": frozenset(),
    "action": frozenset({"measure"}),
    "matters": frozenset({"reason", "problem", "instead", "fact"}),
    "offer": frozenset({"terms"}),
    "terms": frozenset({"terms"}),
    "change": frozenset({"what", "reason"}),
    "meeting": frozenset({"place", "papers"}),
    "mediator": frozenset({"past_cases"}),
    "agreement": frozenset(
        {"zh", "en", "what", "debtor", "creditor", "me", "name", "represented_by", "product", "order"}
    ),
}
"""The slots with text that a person wrote; in mail to an unconfirmed address a remark replaces this text. The
value holds the names of the fields in the slot that hold such text. In `words` and `terms` every field holds
such text."""
OURS = frozenset(
    {
        "number",
        "next",
        "policy",
        "link",
        "confirm",
        "by_text",
        "verify",
        "phrase",
        "code",
        "public_url",
        "team",
        "phone",
        "stage",
        "outcome",
        "wishes",
        "hurt",
        "facts",
        "rights",
        "said_by",
        "approver",
        "handler",
        "handler_phone",
        "authorities",
        "routes",
        "panel",
        "late",
        "moved",
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


def withheld(slots: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the slots of a letter for a mail to an unconfirmed address: text that a person wrote is left
    out, or replaced by a remark in this language."""
    instead = str(texts(language)["words"]["withheld"])
    covered = {
        slot: _covered(slots[slot], parts, instead, slot in ("words", "terms"))
        for slot, parts in WRITTEN.items()
    }
    return {**slots, **covered, **LEFT_OUT}


def _covered(value: Any, parts: frozenset[str], instead: str, every: bool) -> Any:
    """Return a slot's value in which `instead` replaces each text that a person wrote. These are the texts in
    the fields named in `parts`. If `every` is True, all texts are replaced."""
    if isinstance(value, str):
        return instead if every else value
    if isinstance(value, SimpleNamespace):
        return SimpleNamespace(**_covered(vars(value), parts, instead, every))
    if hasattr(value, "_asdict"):  # values of the room `view` are NamedTuples
        return SimpleNamespace(**_covered(value._asdict(), parts, instead, every))
    if isinstance(value, Mapping):
        return {name: _covered(part, parts, instead, every or name in parts) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_covered(part, parts, instead, every) for part in value]
    return value
