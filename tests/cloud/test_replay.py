"""What if: a life under its own policy is the life that it was, and under another one it is told what would
have been otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.replay import as_it_was, out_of_order, played
from infra.replay import compared, main, moved, told, wrong
from tests.cloud import laws
from tests.cloud.driven import Driven, driven
from tests.cloud.faults import Faults
from tests.cloud.lives import (
    broken_and_made_good,
    by_phone,
    decided_anew,
    left_alone,
    never_signed,
    represented,
    upheld_and_paid,
)
from tests.house import T0

LIVES = [broken_and_made_good, by_phone, decided_anew, left_alone, never_signed, represented, upheld_and_paid]
STRICT = """based_on = "default-1"

[deadline.acknowledgement]
length = "2h"
ladder = [{ at = "due", tell = "supervisor" }, { every = "24h", tell = "executive" }]

[deadline.answer_window]
length = "1h"
ladder = [{ at = "due", take = "lapse_answer" }]
"""


def quiet() -> Faults:
    """A schedule in which nothing goes wrong."""
    faults = Faults(0)
    faults.cease()
    return faults


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_under_its_own_policy_a_life_is_what_it_was(life: Callable[[Driven], None]) -> None:
    """Nobody is refused what they did, and the clock takes every step that it took: of the same deadline, the
    same one of its ladder, told to the same role."""
    with driven(quiet()) as house:
        life(house)
        for ref in laws.refs(house):
            dossier = house.product.file.whole(ref)
            again, was = played(dossier, house.product.file.roster()), as_it_was(dossier)
            assert again.broken is None
            steps = [one[2:] for one in again.taken]
            assert [one for one in was.taken if one[2:] not in steps] == [] and was.taken


def test_under_a_stricter_policy_it_is_said_what_would_have_been_late(tmp_path: Path) -> None:
    """A two-hour acknowledgement would have reached the executive; an answer that lapses after an hour is
    accepted too late to be accepted."""
    (strict := tmp_path / "next.toml").write_text(STRICT)
    with driven(quiet()) as house:
        upheld_and_paid(house)
        file, pairs = house.product.file, []
        assert moved(file, T0.date()) == {*laws.refs(house)}
        for ref in laws.refs(house):
            pairs += compared(file.whole(ref), file.roster(), str(strict))
    (pair,) = pairs
    assert pair[1].broken and pair[1].broken[1] == "move_not_allowed_in_stage"
    said = "\n".join(told(pairs))
    assert "1 closed complaints were played" in said and "answer_window" in said
    assert "1 in which more would have been late or lapsed" in said and "answer_window lapsed +1" in said
    assert "1 in which somebody did what they could no longer have done" in said


def test_a_file_that_is_no_policy_is_refused_with_its_place(tmp_path: Path) -> None:
    """One whose ladder is out of order names deadline and step; one that cannot be read, or names no policy
    to stand on, says so; ours are in order."""
    (crooked := tmp_path / "crooked.toml").write_text(
        STRICT.replace(
            '{ at = "due", tell = "supervisor" }',
            '{ at = "+4h", tell = "lead" }, { at = "1h", tell = "lead" }',
        )
    )
    (unread := tmp_path / "unread.toml").write_text("[deadline")
    (alone := tmp_path / "alone.toml").write_text('team = "general"\n')
    assert list(wrong(str(crooked))) == ["acknowledgement: step 2 comes before the one above it"]
    for file in (unread, alone, tmp_path / "none.toml"):
        assert "is no policy" in next(wrong(str(file)))
    with pytest.raises(SystemExit, match="comes before the one above it"):
        main(["--policy", str(crooked), "--since", "2026-01-01"], lambda *_: None)
    for ours in ("default-1", "bank-1", "telecom-1", "demo-1"):
        assert list(out_of_order(ours)) == []
