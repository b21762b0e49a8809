"""The table of every sum and promise before and after a move, for the page that offers the move."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.locale.formats import clause, date_called, label, money
from chalicelib.view.effects import Item, Row, effects
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View

DATED, OF_ANSWER = frozenset({"owed", "put"}), frozenset({"offered", "on_hold", "lost"})
"""Values of `Item.standing`. `DATED`: the table shows the last day. `OF_ANSWER`: an offer in our answer."""


class Line(NamedTuple):
    """A row of the table. `what`: the sum or promise. `of`: where it comes from. `before`, `after`: how it
    stands. `ends`: whether the move ends it. `same`: whether the move leaves it as it is."""

    what: str
    of: str
    before: str
    after: str
    ends: bool
    same: bool


class Table(NamedTuple):
    """The table before and after a move. `lines`: its rows. `sums`: the totals, as (label, before, after).
    `after`: the key of the heading of the last column."""

    lines: list[Line]
    sums: list[tuple[str, str, str]]
    after: str


def effects_table(view: View, move: str, about: Mapping[str, Any]) -> Table | None:
    """Return the table for the page that offers a move. `about`: the facts of the move that are known
    already. Return None if the reader has no sums and promises, or if the move touches none of them."""
    found = effects(view, move, about)
    if found is None or not found.rows or not (found.changed or found.decides):
        return None
    sums = (
        (f"gets{_side(view)}", found.before.gets, found.after.gets),
        (f"pays{_side(view)}", found.before.pays, found.after.pays),
    )
    return Table(
        [_line(view, row) for row in found.rows],
        [
            (_say(view, name), money(view.language, before), money(view.language, after))
            for name, before, after in sums
            if before or after
        ],
        "signed" if found.all_sign else "after",
    )


def _line(view: View, row: Row) -> Line:
    item, language = row.item, view.language
    kind = label(language, item.kind, "obligation_kind") if item.kind else _say(view, "settlement")
    amount = money(language, item.amount) if item.amount else ""
    before = _standing(view, row.before) if row.before else _say(view, "none")
    after = _standing(view, row.after) if row.after else _say(view, f"end.{row.end}")
    if row.before and row.after and row.before.amount != row.after.amount and row.after.amount:
        after = _joined(view, money(language, row.after.amount), after)
    what = _joined(view, kind, amount)
    return Line(what, _of(view, item), before, after, row.after is None, row.before == row.after)


def _standing(view: View, item: Item) -> str:
    """Return how far a sum or promise binds. If it is owed or can still be accepted, its last day follows."""
    own = "_own" if item.standing == "put" and item.own else ""
    dated = item.by and not own and item.standing in DATED
    day = _say(view, "by", by=date_called(view.language, item.by)) if dated and item.by else ""
    return _joined(view, _say(view, f"standing.{item.standing}{own}"), day)


def _of(view: View, item: Item) -> str:
    """Return where a sum or promise comes from, and whether the reader has to perform it."""
    if item.kind is None:
        return _say(view, "of.own" if item.own else "of.theirs", id=item.id)
    source = "text" if item.standing == "drafted" else "answer" if item.standing in OF_ANSWER else ""
    of = _say(view, f"of.{source}", id=clause(view.language, item.id)) if source else ""
    return _joined(view, _say(view, f"of.owes{_side(view)}") if item.owes else "", of)


def _joined(view: View, *texts: str) -> str:
    return ("，" if view.language == "zh" else ", ").join(filter(None, texts))


def _side(view: View) -> str:
    return "_side" if view.company or view.party.represents else ""


def _say(view: View, path: str, **facts: Any) -> str:
    return say(view.language, f"consumer.effects.{path}", **facts)
