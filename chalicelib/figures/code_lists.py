"""The code lists of the exported and of the published columns, with the label of each code. The codes are
those that the domain declares."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, get_args

from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES, fact_type
from chalicelib.domain.model import codes
from chalicelib.domain.model.codes import GoodsClass, Role, ServiceClass, Type
from chalicelib.domain.roster import Roster
from chalicelib.figures.editions import PARTS
from chalicelib.figures.export_rows import CODES
from chalicelib.figures.outcome import Concluded
from chalicelib.figures.published import COLUMNS, KINDS, SHARES, SINGLE
from chalicelib.figures.report import AGES, ENDS, ENTERED
from chalicelib.figures.tables import QUESTIONS
from chalicelib.locale import formats

OF_DOMAIN = (
    codes.Channel,
    codes.Stage,
    codes.Outcome,
    codes.Severity,
    codes.Type,
    codes.SubjectKind,
    codes.Language,
    codes.Region,
    codes.Hurt,
    codes.FiledAs,
    codes.Ground,
    codes.Conclusion,
    codes.Right,
    codes.Examined,
    codes.Cause,
    codes.ObligationKind,
    codes.Side,
    codes.Duty,
    codes.Verdict,
)
"""The lists that a type of the domain declares."""
OF_FIGURES = {
    "age": AGES,
    "end": ENDS,
    "entry": ENTERED,
    "concluded": tuple(Concluded),
    "question": QUESTIONS,
    "share": SHARES,
    "step": ("acknowledged", "answered", "closed"),
    "edition": (*KINDS, SINGLE),
}
"""The lists of the figures themselves."""
OF_PUBLISHED = {
    **{(table, "edition"): "edition" for table in COLUMNS},
    **{(f"received_by_{part}", "code"): part for part in (*PARTS, "right", "entry")},
    ("closed_by_outcome", "code"): "outcome",
    ("promises_by_end", "code"): "end",
    ("open_by_age", "code"): "age",
    ("main_causes", "code"): "cause",
    ("times", "step"): "step",
    ("shares", "share"): "share",
    ("satisfaction", "question"): "question",
}
"""The code list of each coded column of a published table. The key is the table and the column. In the column
`code` there can also be `unknown`, for complaints without a code."""


@cache
def lists() -> Mapping[str, tuple[str, ...]]:
    """Return the codes of each list, by the name of the list. A code of `sub_type` has the type before it,
    and one of `event` the move. The list `event` has the codes of the column `code` in the table `moves`."""
    return {
        **{formats.section(one): tuple(one) for one in OF_DOMAIN},
        "class": (*GoodsClass, *ServiceClass),
        "deadline": tuple(DEADLINES),
        "event": tuple(f"{move}/{code}" for move in MOVES for one in _of_move(move) for code in one),
        "move": tuple(MOVES),
        "role": tuple(role.code for role in Role),
        "sub_type": tuple(f"{type_}/{sub}" for type_ in Type for sub in type_.sub_types),
        **OF_FIGURES,
    }


def code_label(language: str, name: str, code: str) -> str:
    """Return the label of a code in the list `name`."""
    if name in OF_FIGURES:
        page = "reports" if name == "concluded" else "figures"
        return str(formats.texts(language)["page"][page][name][code])
    move, _, inner = code.partition("/")
    if name == "event":
        return next(
            formats.label(language, inner, formats.section(one)) for one in _of_move(move) if inner in {*one}
        )
    if name == "region":
        return formats.label(language, code, name)
    return formats.kind(language, name, code, Roster())


def _of_move(move: str) -> Iterator[type[StrEnum]]:
    """Yield the code lists of the facts of a move that can fill the column `code`. Only improvement actions
    and trainings have a `cause` from the list of causes, and these have a table of their own."""
    declared = MOVES[move]
    had = {*declared.parameters, *declared.adds, *((declared.shows and declared.shows.facts) or ())}
    found = (one for name in CODES if name in had for one in _lists_in(fact_type(move, name)))
    return (one for one in found if one is not codes.Cause)


def _lists_in(hint: Any) -> Iterator[type[StrEnum]]:
    """Yield the code lists in the type of a parameter."""
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        yield hint
    for inner in get_args(hint):
        yield from _lists_in(inner)
