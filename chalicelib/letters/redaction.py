"""Redaction of a mail to an unconfirmed address: it leaves out all text that a person wrote.

A complainant names an address, which may be a stranger's. Its owner confirms it with a link that only a
letter to it contains. Until then mail there carries codes, dates, amounts, our own and registered names and
the number. For everything else it says where it can be read. A test fails for a slot that is in none of these
lists.
"""

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
"""Slots that such a mail leaves empty, each with the value to use instead."""
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
"""Slots that contain a person's words, with the parts that are words. The slot `words` consists of words
only."""
OURS = frozenset(
    {
        "number",
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
"""Slots with codes, numbers, our own addresses and names of people and offices in our registers only."""


def withheld(slots: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the slots of a letter without text that a person wrote."""
    instead = str(texts(language)["words"]["withheld"])
    covered = {
        slot: _covered(slots[slot], parts, instead, slot in ("words", "terms"))
        for slot, parts in WRITTEN.items()
    }
    return {**slots, **covered, **LEFT_OUT}


def _covered(value: Any, parts: frozenset[str], instead: str, every: bool) -> Any:
    """Return a value with all words in it replaced."""
    if isinstance(value, str):
        return instead if every else value
    if isinstance(value, SimpleNamespace):
        return SimpleNamespace(**_covered(vars(value), parts, instead, every))
    if hasattr(value, "_asdict"):  # A part of a view.
        return SimpleNamespace(**_covered(value._asdict(), parts, instead, every))
    if isinstance(value, Mapping):
        return {name: _covered(part, parts, instead, every or name in parts) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_covered(part, parts, instead, every) for part in value]
    return value
