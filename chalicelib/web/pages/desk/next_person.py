"""The defaults of forms on the desk that come from the roster. They are the next free person of a team in
which the clock assigns the cases, and the department that the rules name."""

from collections.abc import Iterable
from types import SimpleNamespace

from chalicelib.domain.assigning import HANDLES, NextFree
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.moves.investigation import ask_department, ruled_department
from chalicelib.web.forms import Field
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.wiring import product


def next_people(language: str, cases: Iterable[Case]) -> dict[str, str]:
    """Return for each case, by number, the sentence that names who gets it next, with the reason. Cases that
    the clock does not assign are left out. For them it costs nothing."""
    return {case.ref: _called(language, found) for case, found in product.casework.next_owners(cases)}


def next_person(reading: Reading) -> str:
    """Return the same sentence for the case of a page; "" for a case that the clock does not assign."""
    return next((_called(reading.language, found) for found in reading.next_owners), "")


def next_on_list(language: str, team: str, items: Iterable[SimpleNamespace]) -> dict[str, str]:
    """Return the same sentences for the items on the list of a team's cases without an owner. In a team that
    assigns by hand, no case is read."""
    if not product.file.roster().assigns_itself(team):
        return {}
    return next_people(language, (product.file.load(one.ref) for one in items if one.stage in HANDLES))


def suggested(reading: Reading, move: str, fields: list[Field]) -> list[Field]:
    """Return the fields of the form of a move. In a form that makes somebody the owner, the next free person
    is named as a hint, and chosen if nobody was chosen yet. In a form that asks a department, the department
    that the rules name is a hint. If they name none, the user must choose one."""
    if move == ask_department.__name__:
        ruled = ruled_department(reading.case, reading.roster)
        hint = (
            reading.words_of("by_rule", "named", department=reading.team(ruled))
            if ruled
            else reading.words_of("by_rule", "nobody")
        )
        return [
            one.changed(hint=hint, required=not ruled) if one.name == "department" else one for one in fields
        ]
    names_owner = "assignment" in MOVES[move].answers and "to" in MOVES[move].parameters
    for found in reading.next_owners if names_owner else ():
        hint, who = _called(reading.language, found), (found.member.id,) if found else ()
        fields = [
            one.changed(hint=hint, values=one.values or who) if one.name == "to" else one for one in fields
        ]
    return fields


def _called(language: str, found: NextFree | None) -> str:
    if found is None:
        return say(language, "desk.next_free.nobody")
    return say(language, f"desk.next_free.{found.why}", name=found.member.name, n=found.load)
