"""A withdrawal is undone within three days of its letter, and the complaint is as before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import PauseReason, Side, Stage
from tests.domain.life import BY_PHONE, DAY, Life, dispute, offered, talking
from tests.domain.variants import STARTS, come

CHANGED: dict[str, Any] = {
    "halts": (),
    "told": {},
    "posted": {},
    "taken": {},
    "steps": {},
    "promises": (),
    "dispute": None,
    "entries": 0,
    "head": "",
    "contents": None,
    "mediation": None,
    "surveyed": (),
    "provisional": {},
}
"""Fields that may differ: letters and moves since then, the pause, a promise of a later day, a cancelled
meeting."""


def withdrawn(how: str) -> tuple[Life, Case]:
    """Return a complaint withdrawn at this stage, and as it was before; skip where that is not allowed."""
    life = Life()
    come(life, how)
    if "withdraw" in life.case.taken or life.case.stage == Stage.CLOSED or life.case.bound or life.case.joint:
        pytest.skip("nothing to withdraw")
    before = life.case
    life.take("withdraw", "li")
    return life, before


@pytest.mark.parametrize("how", STARTS)
def test_undone_withdrawal_restores_the_case(how: str) -> None:
    """Stage, text, request, offers, approvals and obligations are as they were. Every stopped deadline ends
    later by the time withdrawn, none is taken twice, and the right to reopen is unused."""
    life, before = withdrawn(how)
    ran, stood_at = {key: run for key, run in deadlines(before).items() if run.due}, life.time
    life.live(2 * DAY)
    life.take("undo_withdrawal", "li")
    after = life.case
    assert {**after.flat, **CHANGED} == {**before.flat, **CHANGED}
    assert after.recourse.reopened == before.recourse.reopened
    assert "withdraw" not in after.taken
    runs = deadlines(after)
    for key, run in ran.items():
        assert key in runs or run.name in ("progress", "meeting"), f"{key} runs no more"
        assert key not in runs or not runs[key].due or runs[key].due >= run.due, f"{key} ends earlier"
    over = {run.key for run in runs.values() if run.due and run.due <= life.time and not run.duty}
    assert over <= {key for key, run in ran.items() if run.due and run.due <= stood_at}, (
        "nobody's window ran out meanwhile"
    )
    assert life.whole()
    assert life.letters_to()[-1] == "withdrawal_undone"


def test_a_window_ends_as_much_later_as_it_was_withdrawn() -> None:
    """Two days of withdrawal cost nobody a day."""
    life = Life()
    life.take("accept", "wang")
    due = life.due["investigation"]
    life.take("withdraw", "li")
    life.later(2 * DAY).take("undo_withdrawal", "li")
    assert life.due["investigation"] == due + 2 * DAY
    assert life.case.promised == due + 2 * DAY
    assert [pause.why for pause in life.case.clock.halts] == [PauseReason.WITHDRAWN]


def test_until_the_end_of_the_third_day_by_link_or_on_the_phone() -> None:
    """The page offers it until then; a party on the phone has three days from the call; later only reopening
    is left."""
    life = Life()
    life.take("withdraw", "li")
    ends = life.due["undo_withdrawal"]
    assert 3 * DAY <= ends - life.time < 4 * DAY
    life.time = ends - timedelta(seconds=1)
    life.take("undo_withdrawal", "wang")
    life.take("withdraw", "li")
    life.time = life.due["undo_withdrawal"]
    assert life.refused("undo_withdrawal", "li") == "undo_over"
    phone = Life(BY_PHONE)
    phone.take("withdraw", "wang")
    assert phone.running["undo_withdrawal"].stopped == "undelivered"
    phone.later(5 * DAY)
    while phone.case.tellings:
        phone.tell()
    assert phone.due["undo_withdrawal"] > phone.time + 2 * DAY
    phone.take("undo_withdrawal", "wang")
    assert phone.case.stage == Stage.RECEIVED


def test_withdrawal_is_followed_by_no_survey() -> None:
    """A withdrawal can be undone, and we had no chance to finish: no survey runs or leaves."""
    life = Life()
    life.take("withdraw", "li")
    assert "survey" not in life.running
    life.live(40 * DAY)
    assert not [letter for letter in life.letters_to() if letter.startswith("survey")]


def test_undo_withdrawal_needs_a_withdrawal() -> None:
    """A case closed otherwise, or reopened since, has no withdrawal to undo."""
    life = Life()
    life.take("withdraw", "li")
    life.take("reopen", "li", cause="returned", facts="想了想。")
    assert life.case.recourse.withdrawn is None
    assert life.refused("undo_withdrawal", "li") == "move_not_allowed_in_stage"


def test_an_open_offer_is_open_as_many_days_longer() -> None:
    """The day of an offer moves by the time in which nobody could answer it."""
    life = talking()
    offered(life, Side.BUSINESS)
    before = dispute(life).open
    life.take("withdraw", "li")
    life.later(2 * DAY).take("undo_withdrawal", "li")
    after = dispute(life).open
    assert before
    assert after
    assert after.until == before.until + 2 * DAY
