"""Rules of a move for the read side are part of its declaration only."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment
from jinja2.nodes import Call, Compare, Const, Getattr, Name, Operand

import chalicelib
from chalicelib.access.authorization import STAFF
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.letters import LETTERS
from chalicelib.domain.moves.assignment import take
from chalicelib.locale.formats import texts

HERE = Path(chalicelib.__file__).parent


def test_moves_name_existing_deadlines_and_letters() -> None:
    """A move names existing deadlines, or a letter that asks."""
    for move in MOVES.values():
        unknown = {*move.starts, *move.meets, *filter(None, [move.task_due])} - DEADLINES.keys()
        unknown |= {*move.answers} - DEADLINES.keys() - LETTERS.keys()
        assert not unknown, (
            f"{move.name} names {sorted(unknown)}: declare it in domain/engine/deadlines.py or "
            "domain/model/letters.py, or correct the name"
        )


def test_shortcut_keys_lead_to_one_place() -> None:
    """Each common act of staff has a key of its own, which no link, tab or command of the desk has too."""
    common = [move for move in MOVES.values() if move.shortcut]
    templates = "".join(file.read_text("utf-8") for file in HERE.glob("web/templates/*.html"))
    taken = {*re.findall(r'data-key="([^"{]+)', templates), *"jkog?"} - {MOVES[take.__name__].shortcut}
    keys = [move.shortcut for move in common]
    assert len(common) == 10
    assert [key for key, n in Counter(keys).items() if n > 1 or key in taken or len(key) > 1] == []
    assert [move.name for move in common if not move.takers & STAFF] == []


def test_shown_words_are_parameters_of_their_move() -> None:
    """Words shown to a party are personal words of the move; its yes-or-no part is one of its parameters."""
    for move in MOVES.values():
        if move.shows:
            assert move.personal.issuperset(move.shows.words), move.name
            assert {move.shows.yes, move.shows.code} - {""} <= move.parameters.keys(), move.name


def only_of_moves() -> set[str]:
    """Return the names of moves that are no name of a letter, deadline or field."""
    fields = {name for move in MOVES.values() for name in move.parameters}
    return MOVES.keys() - {*LETTERS, *DEADLINES, *fields, "message"}


def names_of_moves(code: str) -> int:
    """Count the strings of a module that are names of moves only."""
    names = only_of_moves()
    return sum(isinstance(part, ast.Constant) and part.value in names for part in ast.walk(ast.parse(code)))


def test_no_string_elsewhere_is_the_name_of_a_move() -> None:
    """Other modules refer to a move by its function, not by a string of its name."""
    found = {
        str(file.relative_to(HERE)): names_of_moves(file.read_text("utf-8"))
        for file in HERE.rglob("*.py")
        if not file.is_relative_to(HERE / "domain" / "moves") and not file.is_relative_to(HERE / "locale")
    }
    assert {file: n for file, n in found.items() if n} == {}


def moves_named(template: str) -> Iterator[str]:
    """Yield the moves that a template names: in its questions, buttons and links, and in its comparisons with
    the moves offered."""
    for node in Environment().parse(template).find_all((Call, Compare)):
        match node:
            case Call(node=Name(name="buttons" | "links"), args=[moves, *_]):
                yield from (move.value for move in moves.find_all(Const))
            case (
                Call(
                    node=Name(name="can" | "button") | Getattr(attr="expects" | "urges"),
                    args=[Const(value=move), *_],
                )
                | Compare(
                    expr=Const(value=move),
                    ops=[
                        Operand(
                            expr=Name(name="offered" | "moves" | "above" | "boxed")
                            | Getattr(attr="moves" | "offers")
                        )
                    ],
                )
            ):
                yield move


def test_form_templates_belong_to_existing_forms() -> None:
    """Each template `case_move_<name>.html` belongs to a form that the page calls by this name."""
    named = {file.stem.removeprefix("case_move_") for file in HERE.glob("web/templates/case_move_*.html")}
    assert named
    assert named <= texts("en")["page"]["consumer"]["move"].keys()


def test_a_page_of_a_case_names_a_move_only_to_lead_to_it() -> None:
    """A template asks whether a move is offered or expected, and places its button or link; the rest is in
    its declaration. `desk_<move>.html` is the button of this move."""
    for file in (*HERE.glob("web/templates/case*.html"), *HERE.glob("web/templates/desk*.html")):
        template = file.read_text("utf-8")
        names = only_of_moves() - {file.stem.removeprefix("desk_")}
        every = Counter(
            part.value for part in Environment().parse(template).find_all(Const) if part.value in names
        )
        assert every == Counter(name for name in moves_named(template) if name in names), file.name


def test_a_letter_or_a_page_names_no_move_that_there_is_not() -> None:
    """An unknown name would be answered as a move that cannot be taken now, so its link would never be
    shown."""
    named = {
        (name, str(file.relative_to(HERE)))
        for file in (*HERE.glob("web/templates/case*.html"), *HERE.glob("letters/*/*.md"))
        for name in moves_named(file.read_text("utf-8"))
    }
    assert {name for name, _ in named} > {"ask_reconsideration", "challenge_mediator", "sign"}
    assert {(name, file) for name, file in named if name not in MOVES} == set()
