"""The types of moves' parameters as kinds of fields: what asks for each, which list its codes are from, what
is inside it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields as parts_of, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from chalicelib.domain.engine.declare import marked
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Excuse, Ground, Known, Missing
from chalicelib.domain.model.field_marks import Contact, Fen, Number, Words
from chalicelib.web.forms import choices, obligations as owed
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.request_models import DECIDED_LATER

LINE = 200
"""Up to how many characters words are asked in one line."""
PAGE = 2_000
"""Up to how many characters words are asked in a small box; longer ones get a large one."""
SCALE = 5
"""Whole numbers up to this are points of a scale, each with its words; larger ones are typed."""
SECTIONS: dict[type, str] = {
    Ground: "decline_ground",
    Missing: "missing_item",
    Known: "asked_business",
    Excuse: "excuse_ground",
}
"""Lists whose labels are not found under their own name."""
SIMPLE: dict[Any, str] = {bool: "bool", int: "count", date: "date", datetime: "moment", Case: "number"}
SHOWN: Mapping[str, Callable[[Asking], str]] = {"digest": owed.digest}
"""What a form shows and sends back as it was shown: the text that stands above it is the one that is
signed."""
TOGETHER = {"type": "sub_type"}
"""Parts that are said together with another one."""


def section(codes: type[StrEnum]) -> str:
    """Where the labels of a code list stand."""
    return SECTIONS.get(codes, re.sub(r"(?<!^)(?=[A-Z])", "_", codes.__name__).lower())


def shape(hint: Any, name: str) -> tuple[str, Any]:
    """The kind of field that asks for a type, and what is inside. Raises TypeError for a type that no form
    can ask."""
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, Words):
            return "line" if mark.most <= LINE else "text" if mark.most <= PAGE else "story", None
        if isinstance(mark, Contact | Fen):
            return mark.kind if isinstance(mark, Contact) else "money", None
        if isinstance(mark, Number) and mark.most <= SCALE:
            return "scale", mark
    if hasattr(hint, "__metadata__"):
        return shape(hint.__origin__, name)
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return shape(next(part for part in inside if part is not NoneType), name)
    if origin is tuple:
        if marked(inside[0], Words):
            return "lines", None
        if inside[0] is str and name in choices.PICKS:
            return "picks", choices.PICKS[name]
        return "rows" if is_dataclass(
            inside[0]
        ) else "ordered" if name in choices.ORDERED else "many", inside[0]
    if origin is dict:
        return ("each", inside[1]) if inside[0] is int else ("keyed", inside)
    if hint in (str, int) and name in choices.PICKS:
        return "pick" if hint is str else "index", choices.PICKS[name]
    if hint in SIMPLE or name in SHOWN:
        return SIMPLE.get(hint, "shown"), None
    if is_dataclass(hint):
        return "group", hint
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "one", hint
    raise TypeError(f"no form can ask for {name}: {hint}")


@cache
def parts(kind: type) -> tuple[tuple[str, Any, Any], ...]:
    """The parts of a value that a form asks: name, type, default."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        (part.name, hints[part.name], part.default)
        for part in parts_of(kind)
        if part.name not in DECIDED_LATER.get(kind.__name__, ())
        and not (part.name in TOGETHER and TOGETHER[part.name] in hints)
    )
