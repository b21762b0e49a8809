"""The content of the page with the form of a move at the desk, and the facts of the case that it shows."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from chalicelib.access.authorization import Caller, acting
from chalicelib.domain.engine.declare import MOVES, move_names
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.answer import accept_answer
from chalicelib.domain.moves.offers import accept_offer
from chalicelib.domain.moves.signing import sign
from chalicelib.web import callers, forms
from chalicelib.web.forms import Field, Posted, obligations as owed
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.pages.consumer.effects import Table, effects_table
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.desk import case_sections as desk_parts, obligations as desk_owed
from chalicelib.web.pages.desk.items import ItemGroup
from chalicelib.web.pages.desk.present_values import present_values
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.desk.shown_facts import Difference, ShownFacts, shown_facts
from chalicelib.wiring import product

ACCEPTED = move_names(accept_answer, accept_offer, sign)
"""The moves by which a consumer accepts something, and which staff record for them."""


class MoveContent(NamedTuple):
    """The content of the page with the form of a move. `ask`: the context of its fields. `about`: the
    things that the move is about. `choose`: the officer first chooses one of them. `leave`: the parameters
    without a field. `effects`: see `_effects`."""

    ask: Asking
    about: list[ItemGroup]
    choose: bool
    leave: Collection[str]
    effects: Table | None


def move_content(reading: Reading, move: str, picked: str) -> MoveContent:
    """Return the content of the page with the form of a move on the case as it is now. `picked`: the id of
    the obligation that was chosen; "" for none."""
    declared, ask = MOVES[move], desk_owed.asking(reading, move, picked)
    about_one = bool(declared.naming("obligation"))
    acted_on = (
        owed.acted_on(ask)
        if about_one
        else desk_owed.asked_of(reading)
        if declared.naming("approval")
        else []
    )
    # mediators sign only for themselves, so their form does not ask whose signature it is
    signs = declared.by & acting(reading.case, reading.caller).roles == Role.MEDIATOR
    own = (declared.naming("signer"), declared.naming("scan")) if signs and declared.naming("signer") else ()
    choose = about_one and not ask.seen.obligation and len(acted_on) > 1
    found = (desk_owed.to_choose if choose else desk_owed.about)(reading, move, acted_on)
    parts = desk_parts.work(reading) if declared.part else ()
    return MoveContent(
        ask,
        [*found, *present_values(reading, move), *(part for part in parts if part.name == declared.part)],
        choose,
        declared.parameters if choose else (*own, *owed.omitted_fields(ask)),
        _effects(reading, move),
    )


def differences_since(case: Case, move: str, caller: Caller, form: Posted) -> list[Difference]:
    """Return what has changed of the facts that a posted form showed, on the case as it is now. Return [] for
    a form that carries no facts."""
    before = ShownFacts.read(_last(form, "seen"))
    if before is None:
        return []
    reading = Reading(product.file.dossier_of(case), caller, before.language, product)
    picked = _last(form, MOVES[move].naming("obligation"))
    return facts_of(reading, move_content(reading, move, picked)).since(before, form)


def facts_of(reading: Reading, found: MoveContent, fresh: Iterable[Field] = ()) -> ShownFacts:
    """Return the facts that the form of a move shows on the case as it is now. `fresh`: the fields of the
    form as it opens, if the page has made them already."""
    fields = fresh or forms.fields(found.ask, leave=found.leave)
    return shown_facts(reading, found.ask, fields, found.about, found.effects)


def _effects(reading: Reading, move: str) -> Table | None:
    """Return the table of sums and promises that the consumer sees before they accept something. Staff who
    record the acceptance read it out. Return None for any other move, for several complainants, who each
    accept by themselves, and for a mediator, who signs for themselves."""
    if move not in ACCEPTED or len(reading.case.consumers) != 1 or reading.caller.roles & Role.MEDIATOR:
        return None
    caller = callers.of_party(reading.case, reading.case.consumers[0])
    view = View(reading.dossier, reading.now, caller, reading.language, product)
    return effects_table(view, move, {})


def _last(form: Posted, name: str) -> str:
    """Return the last value of a field that was posted; "" if there is none."""
    return (form.all(name) or [""])[-1]
