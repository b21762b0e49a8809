"""Redaction of a mail to an unconfirmed address: all text that a person wrote is left out.

A complainant may name a stranger's address. Its owner confirms it with a link that only a letter to this
address contains. Until then mail to it carries codes, dates, amounts, numbers, our own name and names from
our registers. In place of a person's words it says where they can be read. Each slot of a letter must be in
exactly one of the lists below; a test fails for any other."""

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
"""Slots that are emptied, each with its empty value."""
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
"""Slots that hold a person's words, each with the names of those of its fields that are words. In `words`
every field is."""
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
"""Slots without a person's words. They hold codes, numbers, our own addresses, and names of people and
offices from our registers."""


def withheld(slots: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the slots of a letter with all text that a person wrote left out, or replaced by a remark in
    this language."""
    instead = str(texts(language)["words"]["withheld"])
    covered = {
        slot: _covered(slots[slot], parts, instead, slot in ("words", "terms"))
        for slot, parts in WRITTEN.items()
    }
    return {**slots, **covered, **LEFT_OUT}


def _covered(value: Any, parts: frozenset[str], instead: str, every: bool) -> Any:
    """Return a slot's value with the words in it replaced by `instead`. Words are the fields named in
    `parts`, or with `every` all texts."""
    if isinstance(value, str):
        return instead if every else value
    if isinstance(value, SimpleNamespace):
        return SimpleNamespace(**_covered(vars(value), parts, instead, every))
    if hasattr(value, "_asdict"):  # a NamedTuple of the views
        return SimpleNamespace(**_covered(value._asdict(), parts, instead, every))
    if isinstance(value, Mapping):
        return {name: _covered(part, parts, instead, every or name in parts) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_covered(part, parts, instead, every) for part in value]
    return value
