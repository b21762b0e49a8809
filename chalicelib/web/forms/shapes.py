"""Decides by the type of a parameter which kind of form field the parameter gets, and which code list or
which parts the field has."""

from dataclasses import fields as parts_of, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from chalicelib.domain.model.case import Case
from chalicelib.domain.model.field_marks import Contact, Fen, Names, Number, Ranked, TwoAnswers, Words
from chalicelib.locale.formats import section as section
from chalicelib.web.request_models import DECIDED_LATER

SIMPLE: dict[Any, str] = {bool: "tick", int: "count", date: "date", datetime: "moment", Case: "number"}
TOGETHER = {"type": "sub_type"}
"""Parts of a value that share a form field. The key is a part without a form field of its own. The value is
the part whose form field asks for the two parts together."""


@cache
def shape(hint: Any) -> tuple[str, Any]:
    """Return (kind of form field, content) for the type `hint`. The content depends on the kind: the type of
    a row or of a group, the code list, a mark with limits, or None. Raises TypeError for a type without a
    form field."""
    for mark in getattr(hint, "__metadata__", ()):
        match mark:
            case Words():
                return mark.box, None
            case Contact():
                return mark.kind, None
            case Fen():
                return "money", None
            case TwoAnswers():
                return "question", None
            case Number(scale=str(scale)) if scale:
                return "scale", mark
            case Names(kind="digest"):
                return "shown", mark
            case Names(kind="script"):
                return "unseen", mark
            case Names():
                return "index" if hint.__origin__ is int else "pick", mark
            case Ranked():
                return "ordered", (get_args(hint.__origin__)[0], mark.most)
    if hasattr(hint, "__metadata__"):
        return shape(hint.__origin__)
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return shape(next(part for part in inside if part is not NoneType))
    if origin is tuple:
        kind, within = ("rows", inside[0]) if is_dataclass(inside[0]) else shape(inside[0])
        kinds = {"pick": "picks", "one": "many", "rows": "rows", "unseen": "unseen"}
        return kinds.get(kind, "lines"), within
    if origin is dict:
        return ("each", inside[1]) if inside[0] is int else ("keyed", inside)
    if hint in SIMPLE:
        return SIMPLE[hint], None
    if is_dataclass(hint):
        return "group", hint
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "one", hint
    raise TypeError(f"no form can ask for {hint}")


def key(hint: Any) -> str:
    """Return the key of the label that belongs to the type `hint`. It is the kind of thing that the type
    names, or the name of its code list. Return an empty string for any other type."""
    kind, inside = shape(hint)
    if isinstance(inside, Names):
        return inside.key
    return section(inside) if kind in ("one", "many") else ""


@cache
def parts(kind: type) -> tuple[tuple[str, Any, Any], ...]:
    """Return the parts of the dataclass `kind` for which a form asks, as (name, type, default). Left out are
    parts that no request gives, and parts that share the form field of another part (TOGETHER)."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        (part.name, hints[part.name], part.default)
        for part in parts_of(kind)
        if part.name not in DECIDED_LATER.get(kind.__name__, ())
        and not (part.name in TOGETHER and TOGETHER[part.name] in hints)
    )
