"""Closed complaints similar to the present one, for the forms of an answer, a report and an offer."""

import json
from typing import Any, NamedTuple

from chalicelib.access.authorization import HANDLES
from chalicelib.cases.casework import Unavailable
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import GoodsClass
from chalicelib.domain.roster import OVERSEES
from chalicelib.figures.comparable import ClosedCase, Comparison, comparable_key, compared
from chalicelib.figures.protection import LEAST
from chalicelib.locale.formats import date_called, label, money, month_name
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.reading import Reading


class Line(NamedTuple):
    """A closed complaint as a page shows it. `ref`: its number; "" if the reader may not open it."""

    ref: str
    about: str
    outcome: str
    redress: str
    month: str


class Shown(NamedTuple):
    """What a page shows of comparable closed complaints. `says` and `money` are sentences."""

    says: str
    money: str
    lines: tuple[Line, ...]


def comparable(reading: Reading, *moves: str) -> Shown | None:
    """Return the closed complaints that are most like this one in the type of its first matter. Return None
    if the forms of these moves show none, or if no nightly run has stored any yet."""
    if not any(MOVES[move].compares for move in moves):
        return None
    first, bought = reading.case.matters[0], reading.case.intake.subject
    try:
        stored = json.loads(reading.product.shelf.read(comparable_key(first.type)))
    except Unavailable:  # the file does not exist before the first nightly run
        return None
    kind = bought.goods_class or bought.service_class
    found = compared(stored, reading.case.ref, first.sub_type, kind)
    said = {"day": date_called(reading.language, found.until)}
    return Shown(
        say(reading.language, "comparable.says" if found.cases else "comparable.none", **said),
        _money(reading.language, found) if found.cases else "",
        tuple(_line(reading, one, first.type) for one in found.cases),
    )


def _money(language: str, found: Comparison) -> str:
    if found.low is None or found.middle is None or found.high is None:
        return say(language, "comparable.few", of=found.of, least=LEAST)
    amounts: dict[str, Any] = {
        name: money(language, fen)
        for name, fen in (("low", found.low), ("middle", found.middle), ("high", found.high))
    }
    return say(language, "comparable.range", of=found.of, **amounts)


def _line(reading: Reading, one: ClosedCase, type: str) -> Line:
    language, caller = reading.language, reading.caller
    opens = caller.roles & OVERSEES or (caller.roles & HANDLES and one.team in caller.teams)
    bought = one.kind and reading.label(
        one.kind, "goods_class" if one.kind in [*GoodsClass] else "service_class"
    )
    return Line(
        one.ref if opens else "",
        " · ".join(filter(None, [label(language, one.sub_type, "sub_type", type), bought])),
        label(language, one.outcome, "outcome"),
        money(language, one.redress) if one.redress else say(language, "comparable.no_money"),
        month_name(language, f"{one.month:%Y-%m}"),
    )
