"""What a mail leaves out while nobody has confirmed its address: everything that a person wrote (issue 14,
point 6).

Whoever files a complaint names an address, which may be a stranger's: until its owner presses the button that
only a letter to it leads to, mail there carries codes, dates, amounts, our own and registered names and the
number, and says of everything else where it can be read. A slot that is named in none of these fails a test.
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
"""Slots that such a mail leaves empty, each with the value that stands there instead."""
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
"""Slots that contain somebody's words, with the parts that are words; the slot `words` is words
altogether."""
OURS = frozenset(
    {
        "number",
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
"""Slots whose texts are all codes, numbers, addresses of ours and names of people and offices we keep."""


def withheld(slots: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The slots of a letter without anything that somebody wrote."""
    instead = str(texts(language)["words"]["withheld"])
    covered = {
        slot: _covered(slots[slot], parts, instead, slot in ("words", "terms"))
        for slot, parts in WRITTEN.items()
    }
    return {**slots, **covered, **LEFT_OUT}


def _covered(value: Any, parts: frozenset[str], instead: str, every: bool) -> Any:
    """A value with its words replaced, wherever they stand in it."""
    if isinstance(value, str):
        return instead if every else value
    if isinstance(value, SimpleNamespace):
        return SimpleNamespace(**_covered(vars(value), parts, instead, every))
    if hasattr(value, "_asdict"):  # a part of a view
        return SimpleNamespace(**_covered(value._asdict(), parts, instead, every))
    if isinstance(value, Mapping):
        return {name: _covered(part, parts, instead, every or name in parts) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_covered(part, parts, instead, every) for part in value]
    return value
