"""The acts that officers take most often, as short forms on the page of a case. Their fields are those of the
moves' own forms. A field that is rarely filled in is only on the page of the whole form."""

from typing import NamedTuple

from chalicelib.domain.engine.declare import MOVES
from chalicelib.view.expected import Expected
from chalicelib.web.forms import Field, fields
from chalicelib.web.forms.shapes import shape
from chalicelib.web.move_form import key_of
from chalicelib.web.pages.desk.canned import offering
from chalicelib.web.pages.desk.items import ItemGroup
from chalicelib.web.pages.desk.letter_preview import is_shown_first
from chalicelib.web.pages.desk.next_person import suggested
from chalicelib.web.pages.desk.obligations import asking
from chalicelib.web.pages.desk.present_values import present_values
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.desk.shown_facts import shown_facts

LONG = frozenset({"rows", "each", "keyed"})
"""The kinds of fields that make a form long. A move that asks for such a field has only a page of its
own."""


class CaseAct(NamedTuple):
    """A common act that the reader can take now. `move`: its name. `key`: its shortcut key. `expected`:
    whether the case expects it now. `things`: the kinds of things on the case of which the act names one.
    `shown_first`: whether its letters are shown before they are sent.

    `fields`: the fields of its short form; None if it has only a page of its own. `whole`: whether the short
    form has every field of the move. `idempotency`: the idempotency key of the form. `present`: the present
    values of what the act changes. `seen`: the facts that the form shows."""

    move: str
    key: str
    expected: bool
    things: tuple[str, ...]
    shown_first: bool
    fields: list[Field] | None
    whole: bool
    idempotency: str
    present: list[ItemGroup]
    seen: str


def case_acts(reading: Reading, next: Expected | None) -> list[CaseAct]:
    """Return the common acts that the reader can take now. The act `next`, which the case expects, comes
    first. Then come the acts that answer a deadline or letter."""
    found = [
        _act(reading, name, next is not None and next.move == name)
        for name in reading.offers
        if MOVES[name].shortcut
    ]
    return sorted(found, key=lambda act: (not act.expected, not MOVES[act.move].answers))


def _act(reading: Reading, move: str, expected: bool) -> CaseAct:
    declared = MOVES[move]
    folded = [name for name in declared.parameters if declared.form_rule(name).folded]
    kinds = {shape(hint)[0] for name, (hint, _) in declared.parameters.items() if name not in folded}
    things, first = (*declared.things,), is_shown_first(move)
    about = CaseAct(move, declared.shortcut, expected, things, first, None, not folded, "", [], "")
    if kinds & LONG:
        return about
    ask = asking(reading, move)
    asked, present = fields(ask, leave=folded), present_values(reading, move, brief=True)
    return about._replace(
        fields=[_short(move, one) for one in offering(reading, move, None, suggested(reading, move, asked))],
        idempotency=key_of(None),
        present=present,
        seen=shown_facts(reading, ask, asked, present, short=True).packed,
    )


def _short(move: str, field: Field) -> Field:
    """Return the field for the form of `move` on a page with several forms. A box for text has a few lines
    and no hint."""
    parts = tuple(_short(move, part) for part in field.parts)
    if field.widget not in ("story", "text"):
        return field.changed(form=move, parts=parts)
    return field.changed(form=move, widget="text", hint="")
