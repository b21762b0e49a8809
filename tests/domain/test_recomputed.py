"""Dates promised before the calendar of their year was published: stored, never shortened, announced again
when they move."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import moved_ends, unsettled
from tests.domain.life import ASK, DAY, DECLINED, Life, disputed, performing
from tests.domain.recomputed import promise_later, recomputed

YEARS_END = datetime(2026, 12, 22, 2, tzinfo=UTC)


def at_years_end() -> Life:
    """Return a complaint filed before the next year's holidays were known."""
    life = Life()
    life.time = YEARS_END
    life.case = replace(life.case, received_at=YEARS_END, taken={"submit": YEARS_END})
    return life


def requested() -> Life:
    """Return a complaint with a request to the consumer."""
    life = Life()
    life.take("ask_information", "wang", **ASK)
    return life


def test_ends_in_an_unpublished_year_are_stored() -> None:
    """Rolled windows and lengths in working days are stored. Strict days and hours, which no calendar moves,
    are not, nor are ends in a published year."""
    life = at_years_end()
    life.take("decline", "wang", **DECLINED)
    window = life.running["answer_window"]
    assert life.case.clock.provisional == {window.key: window.due} == unsettled(life.case)
    investigated = at_years_end()
    investigated.take("accept", "wang")
    assert investigated.running["investigation"].end.provisional
    assert not [key for key in investigated.case.clock.provisional if key.startswith("investigation")]
    assert requested().case.clock.provisional == {}


def test_a_window_that_got_longer_is_told_to_whoever_has_it() -> None:
    """The party and the handler get one letter; none is due afterwards."""
    life = recomputed(promise_later(requested(), "information", -1))
    assert [letter.to for letter in life.letters if letter.name == "deadline_recomputed"] == [
        "party:p1",
        "role:intake",
    ]
    (facts,) = life.facts("recompute_deadline")
    assert (facts["deadline"], facts["due"]) == (
        "information",
        f"{life.due['information']:%Y-%m-%dT%H:%M:%SZ}",
    )
    assert not list(moved_ends(life.case))


def test_a_duty_that_ends_later_is_told_inside_only() -> None:
    """The consumer's promise stays, as the later end gives them nothing."""
    life = disputed()
    before = life.letters_to()
    recomputed(promise_later(life, "assignment", -1))
    assert life.letters_to() == before
    assert "recompute_deadline" in life.case.taken


@pytest.mark.parametrize("days", [1, 3])
def test_a_date_that_was_told_is_never_shortened(days: int) -> None:
    """The calendar gives an earlier end: the promised day stays, nobody gets a letter, and later moves leave
    it."""
    life = requested()
    end = life.due["information"]
    promise_later(life, "information", days)
    assert life.due["information"] == end + days * DAY
    assert not list(moved_ends(life.case))
    life.take("take", "wang")
    assert life.due["information"] == end + days * DAY


@pytest.mark.parametrize("days", [-1, 2])
def test_a_date_that_an_older_release_told_counts_as_well(days: int) -> None:
    """An older release counted the answer to a proposed change as a reply, under another key. The day that it
    told is not shortened, and a later end is told."""
    life = performing()
    day = published().day_of(life.time) + 40 * DAY
    life.take("propose_change", "feng", obligation="O1", side="business", by=day, reason="盘点。")
    run = life.running["change_reply"]
    told = {run.key.replace("change_reply", "party_reply#change_proposed"): run.due + days * DAY}
    life.case = replace(life.case, clock=replace(life.case.clock, provisional=told))
    assert life.due["change_reply"] == run.due + max(days, 0) * DAY
    recomputed(life)
    assert ("recompute_deadline" in life.case.taken) is (days < 0)
    assert not list(moved_ends(life.case))
