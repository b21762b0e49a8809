"""Declarations of letters and deadlines: no table elsewhere states a property of several of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from chalicelib.domain.engine.running import DEADLINES
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.model.letters import LETTERS
from tests.domain.life import DAY, drafted

PRODUCT = sorted((Path(__file__).parents[2] / "chalicelib").rglob("*.py"))
SAME_WORDS = {
    "TYPES",
    "__all__",
    "READ",
    "HAPPENED",
    "OUTLINE",
    "PICKS",
    "SILENT",
    "COUNTED",
    "OF_TALKS",
    "OF_FACETS",
}
"""Tables with the same words for other things: types, slots, pages, moves, parameters, facts, facets."""
DECLARES = {"Letter", "Deadline"}


def tables() -> Iterator[tuple[str, str, set[str]]]:
    """Yield every module-level table of the product without declarations: file, name, strings."""
    for path in PRODUCT:
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                continue
            calls = {getattr(n.func, "id", "") for n in ast.walk(node.value) if isinstance(n, ast.Call)}
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            strings = {n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)}
            if not calls & DECLARES:
                yield path.name, ast.unparse(target), {text for text in strings if isinstance(text, str)}


def test_letters_and_deadlines_are_named_in_declarations_only() -> None:
    """A table that names two of them states a property: give it to `Letter` (domain/model/letters.py) or to
    `Deadline` (domain/engine/running.py), and derive the table."""
    named = LETTERS.keys() | DEADLINES.keys()
    found = [(file, table) for file, table, strings in tables() if len(strings & named) > 1]
    stating = [f"{table} in {file}" for file, table in found if table not in SAME_WORDS]
    assert not stating, (
        f"{stating} names several letters or deadlines. Make the property an attribute of `Letter` "
        "(domain/model/letters.py) or `Deadline` (domain/engine/running.py) and derive the table; or, if the "
        "words mean other things there, rename the new one, or add the table to SAME_WORDS here"
    )


def test_every_table_of_the_same_words_exists() -> None:
    """A table that is gone must not excuse a new one."""
    assert SAME_WORDS - {"__all__"} <= {table for _, table, _ in tables()}


def test_windows_that_end_by_a_consumers_silence_are_decided_one_by_one() -> None:
    """An unread message of the consumer holds each of them, as it may be the answer. Windows of the company,
    and those in which a party may act, are not held."""
    held = {name for name, declared in DEADLINES.items() if declared.silence}
    windows = {"information", "answer_window", "mediation_consent", "offer", "signing"}
    assert held == {*windows, "joint_consent", "speaker_choice", "change_reply"}


def test_a_text_to_sign_does_not_lapse_while_a_message_of_the_consumer_waits() -> None:
    """The message may announce a signature on paper; once staff have replied, the text lapses as usual."""
    life = drafted()
    life.take("message", "li", text="我周三来现场签字，请等我。")
    life.over("signing").live(DAY)
    assert life.case.stage == Stage.SIGNING
    life.take("message", "ma", text="好的，周三等您。")
    life.live(40 * DAY)
    assert life.case.stage != Stage.SIGNING
