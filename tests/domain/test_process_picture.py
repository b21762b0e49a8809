"""The printed process equals the declared one."""

from __future__ import annotations

from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.domain.policy import POLICIES, policy
from tests import process_picture as printed

AGAIN = "run: python -m tests.process_picture"


def test_the_printed_process_is_current() -> None:
    """The file tests/process.md has the declared roles, moves, stages and deadlines, so every change of them
    shows."""
    assert printed.GOLDEN.read_text("utf-8") == printed.document(), AGAIN


def test_the_picture_in_the_readme_is_current() -> None:
    """README.md shows the stages of a case as declared."""
    readme = printed.README.read_text("utf-8")
    assert readme == printed.with_picture(readme), AGAIN


def test_every_role_of_a_move_has_a_column() -> None:
    """Each role that may take a move has a column in the matrix; auditor and administrator take none."""
    shown = Role(0)
    for roles in printed.COLUMNS.values():
        shown |= roles
    for move in MOVES.values():
        assert (move.by | move.recorded_by) & ~(shown | Role.JOINT_REPRESENTATIVE) == Role(0), move.name
        assert not (move.by | move.recorded_by) & (Role.AUDITOR | Role.ADMINISTRATOR), move.name


def test_every_stage_that_is_reached_can_be_left_and_has_a_clock() -> None:
    """Each stage can be left and has a deadline; a training is a record, which does not go on."""
    for stage in printed.reached() - {Stage.TRAINED}:
        assert any(stage in move.at and move.to - {stage} for move in MOVES.values()), stage
        runs = any(stage in declared.during for declared in DEADLINES.values())
        assert stage == Stage.CLOSED or runs, stage


def test_every_policy_has_a_rule_for_every_deadline() -> None:
    """Each policy names each deadline, and the second person of each move that needs one; silence takes only
    moves of the clock."""
    for file in sorted(POLICIES.glob("*.toml")):
        rules = policy(file.stem)
        assert set(rules.rules) == set(DEADLINES), file.name
        assert {move.rstrip("_0123456789") for move in rules.approvers} == {
            move.name for move in MOVES.values() if move.second
        }, file.name
        assert {
            move
            for rule in rules.rules.values()
            for step in rule.ladder
            if step.take
            for move in step.take.split(" | ")
        } <= {move.name for move in MOVES.values() if Role.CLOCK in move.by}, file.name
