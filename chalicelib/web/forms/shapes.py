"""The kinds of form fields for the types of parameters, with their code lists and parts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields as parts_of, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from chalicelib.domain.engine.declare import has_annotation
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Excuse, Ground, Known, Missing
from chalicelib.domain.model.field_marks import Contact, Fen, Number, Words
from chalicelib.web.forms import choices, obligations as owed
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.request_models import DECIDED_LATER

LINE = 200
"""The highest number of characters of a one-line text field."""
PAGE = 2_000
"""The highest number of characters of a small text box; longer text gets a large one."""
SCALE = 5
"""The highest number on a scale, where each point has a label; larger numbers are typed."""
SECTIONS: dict[type, str] = {
    Ground: "decline_ground",
    Missing: "missing_item",
    Known: "asked_business",
    Excuse: "excuse_ground",
}
"""Code lists whose labels are in a section of another name."""
SIMPLE: dict[Any, str] = {bool: "bool", int: "count", date: "date", datetime: "moment", Case: "number"}
SHOWN: Mapping[str, Callable[[Asking], str]] = {"digest": owed.digest}
"""Fields whose current value a form shows and posts back, so that people sign the displayed text."""
TOGETHER = {"type": "sub_type"}
"""Parts without a field of their own: the part, and the part whose field also gives it."""


def section(codes: type[StrEnum]) -> str:
    """Return the section of the labels of a code list."""
    return SECTIONS.get(codes, re.sub(r"(?<!^)(?=[A-Z])", "_", codes.__name__).lower())


def shape(hint: Any, name: str) -> tuple[str, Any]:
    """Return the kind of field for a type, and what the field contains. Raise TypeError for a type without a
    field."""
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
        if has_annotation(inside[0], Words):
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
    """Return the parts of a value that a form asks for: name, type, default."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        (part.name, hints[part.name], part.default)
        for part in parts_of(kind)
        if part.name not in DECIDED_LATER.get(kind.__name__, ())
        and not (part.name in TOGETHER and TOGETHER[part.name] in hints)
    )
