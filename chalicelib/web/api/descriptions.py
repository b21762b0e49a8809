"""The descriptions in the OpenAPI document, which are read from the declarations of the things described.

A docstring describes a field or a query parameter in the sentences after "`name`: ", or else in the sentence
that contains `name`. For a parameter of a move, and for a part of it, the label and the hint of its form are
the description, followed by the meaning of its type. A few names mean the same everywhere (`SHARED`).
"""

import re
from collections.abc import Iterator, Mapping
from inspect import getdoc
from typing import Any

from chalicelib.domain.engine.declare import MOVES, has_annotation
from chalicelib.domain.model.field_marks import ByStaff, Denied, Fen, Future, Names, Past
from chalicelib.web.api.values import OF
from chalicelib.web.forms import word

SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z`])")
"""The boundary between two sentences of a docstring."""
BEGINS = re.compile(r"^((?:`\w+`(?: \([^)]*\))?(?:, and |, | and )?)+): ")
"""The start of a sentence that describes fields: their names and a colon."""
NAME = re.compile(r"`(\w+)`")
SHARED = {
    "at": "When it happened.",
    "currency": "The currency of the amount. It is always CNY.",
    "deadlines": "The deadlines that run.",
    "due": "When it is due.",
    "email": "An e-mail address.",
    "etag": "The version of the case: the number of its entries. The header `ETag` begins with it.",
    "external_id": "The sender's own number for the complaint; null if they gave none.",
    "id": "The identifier. It is unique within the case or the list, and never changes.",
    "items": "The items of this page.",
    "n": "The position, beginning with 1.",
    "name": "The name.",
    "next": "The `cursor` of the page after this one; null if there is none.",
    "number": "The number of the case: 12 digits.",
    "path": "The path from which it is downloaded.",
    "phone": "A telephone number.",
    "ref": "The number of the case: 12 digits.",
    "role": "The role on the case.",
    "sha256": "The SHA-256 of the bytes, in hexadecimal.",
    "side": "The side of the dispute.",
    "since": "The beginning of the period.",
    "size": "The size in bytes.",
    "stage": "The stage of the case.",
    "state": "The state that it is in now.",
    "text": "The text.",
    "until": "The end of the period.",
    "who": "The id of the person.",
}
"""The descriptions of fields that mean the same in every answer. A docstring comes first."""
PARAMETERS = {
    "Confirmation-Code": "The one-time code that confirms the move. `POST /v1/cases/{ref}/codes` sends it.",
    "Idempotency-Key": "A text of at most 200 characters that you choose for this request. If the same"
    " request comes again with the same key within 30 days, it is carried out once. The answer then has the"
    " case as it is now.",
    "If-Match": "The ETag that you saw last. If something has changed since, nothing is written, and the"
    " answer is 412.",
    "If-None-Match": "The ETag that you saw last. If nothing has changed since, the answer is 304 without a"
    " body.",
    "Prefer": "`old-forms` for the forms of before, which end on 1 December 2027: 409 instead of 412 for"
    " `If-Match`, and amounts in fen in the facts of entries and in reports.",
    "cursor": "The `next` of the page before. Without it, the first page is answered.",
    "edition": "`provisional` or `final` for editions of this kind only.",
    "format": "`csv` for a table as CSV. Without it, the answer is JSON.",
    "limit": "The most items of the page, from 1 to 100.",
    "ref": "The number of the case: 12 digits.",
}
"""The descriptions of parameters in headers, paths and queries that mean the same in every operation."""
MARKED: Mapping[type, str] = {
    Fen: "In CNY, with at most two decimals.",
    Past: "It cannot lie in the future.",
    Future: "It cannot lie in the past.",
    ByStaff: "Only staff send it, when they record the move for another person.",
    Denied: "It must be false.",
}
"""What the mark on a parameter of a move says to callers."""
SPELT = {"None": "null", "True": "true", "False": "false"}
IN_FEN = re.compile(r"\bin fen\b", re.IGNORECASE)
"""What a docstring says of an amount in the domain. In JSON, amounts are in yuan."""
LACKING = ""
"""The description of what nobody has described. A test finds it."""


def of_parameter(name: str, view: Any) -> str:
    """Return the description of a header, a part of a path, or a query parameter. `view`: the function that
    answers the operation."""
    doc = getdoc(view) or ""
    return _as_json(_defined(doc, name) or PARAMETERS.get(name) or _mentioned(doc, name))


def of_field(kind: Any, name: str, moves: dict[type, str], sent: bool) -> str:
    """Return the description of a field of a model, a dataclass or a TypedDict. `moves`: the move of each
    request model that belongs to one. `sent`: whether it is part of a request, so that a form has a label for
    it. Return LACKING if nothing describes the field."""
    if kind in moves:
        return _asked(moves[kind], name)
    docs = [getdoc(one) or "" for one in _kinds(kind)]
    told = (said for way in (_defined, _mentioned) for doc in docs if (said := way(doc, name)))
    label = _labelled(kind.__name__.lower(), name) if sent else LACKING
    return _as_json(next(told, label or SHARED.get(name, LACKING)))


def of_kind(doc: str) -> str:
    """Return the description of a type: its docstring without the sentences about its fields."""
    told, fields = list[str](), False
    for paragraph in re.split(r"\n\s*\n", doc):
        for sentence in SENTENCE.split(" ".join(paragraph.split())):
            fields = bool(BEGINS.match(sentence)) or (fields and not NAME.search(sentence))
            told += [] if fields else [sentence]
        fields = False
    return _as_json(" ".join(told))


def _as_json(says: str) -> str:
    """Return a sentence about a value of the domain for readers of JSON, where None is null and amounts are
    in yuan."""
    for name, other in SPELT.items():
        says = re.sub(rf"\b{name}\b", other, says)
    return _sentence(IN_FEN.sub("in CNY", says))


def _asked(move: str, name: str) -> str:
    """Return the description of a parameter of a move: the label and the hint of its form, and what its type
    says."""
    hint = MOVES[move].parameters[name][0]
    named = next((mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Names)), None)
    kind = f"The id of the {named.kind}." if named and _has_id(named.kind) else ""
    told = (says for mark, says in MARKED.items() if has_annotation(hint, mark))
    return " ".join(part for part in (_labelled(move, name, hint), kind, *told) if part)


def _has_id(kind: str) -> bool:
    """Return whether things of a kind are named by their id, and not by a number, code or digest."""
    match kind:
        case "party" | "representative" | "signer" | "colleague" | "department" | "team" | "conduct":
            return True
        case "obligation" | "offer" | "meeting" | "forward" | "mail":
            return True
    return False


def _labelled(whole: str, name: str, hint: Any = None) -> str:
    """Return the label and the hint of the form field `name` of `whole`, a move or a part of a request.
    Return LACKING if there is no label."""
    try:
        label = word("en", "label", whole, name, hint)
    except KeyError:
        return LACKING
    more = word("en", "hint", whole, name, hint)
    # a hint with a gap depends on the policy of the case
    return " ".join(_sentence(part) for part in (label, more) if part and "{" not in part)


def _kinds(kind: Any) -> Iterator[Any]:
    """Yield a class and its bases, the class first. A TypedDict keeps its bases in another place."""
    yield kind
    for base in (getattr(kind, OF, None), *getattr(kind, "__orig_bases__", kind.__bases__)):
        if isinstance(base, type) and base.__module__.startswith("chalicelib."):
            yield from _kinds(base)


def _defined(doc: str, name: str) -> str:
    """Return what a docstring says of `name` after its name and a colon; LACKING if it does not."""
    told, mine = list[str](), False
    for sentence in SENTENCE.split(" ".join(doc.split())):
        if begins := BEGINS.match(sentence):
            mine = name in NAME.findall(begins[1])
            sentence = sentence[begins.end() :]
        elif NAME.search(sentence):
            mine = False
        if mine:
            told.append(_sentence(sentence))
    return " ".join(told)


def _mentioned(doc: str, name: str) -> str:
    """Return the sentence of a docstring that contains `name`; LACKING if none does."""
    sentences = SENTENCE.split(" ".join(doc.split()))
    return next((one for one in sentences if f"`{name}`" in one), LACKING)


def _sentence(text: str) -> str:
    """Return a text with a capital at its beginning and an end."""
    return text and f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!", ":")) else ".")
