"""A record that somebody changed in the table itself: found before a decision, marked, told, and nothing decided on it."""
from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.case import Refusal
from chalicelib.domain.codes import Fault
from tests.house import DAY, HOUR, SUN, WANG, ZHAO, ZHOU, House
from tests.life.test_lives import report


def edited(ref: str, **changes: Any) -> None:
    """Somebody with a hand in the table changes the head of a case."""
    row = Row.get(rows.case(ref), rows.HEAD)
    row.update(actions=[Row.body.set(json.dumps({**json.loads(row.body or "{}"), **changes}))])


def test_nothing_is_decided_on_a_head_that_somebody_changed(house: House) -> None:
    """The move that decides is refused, the case marked, the supervisor told and operations too; what a party does goes on."""
    ref = house.move(WANG, "accept", house.submit().ref).ref
    house.move(ZHAO, "file_report", ref, **report(house.time.date(), 1, 2))
    edited(ref, severity="S4")
    with pytest.raises(Refusal, match="record_in_doubt"):
        house.move(SUN, "answer", ref)
    case = house.product.file.load(ref)
    assert [doubt.fault for doubt in case.doubts] == [Fault.HEAD] and house.letters(ref, "role:supervisor")[-1] == "record_doubted"
    house.move(ZHAO, "message", ref, text="我们在看。")
    asked = house.move(ZHOU, "clear_doubt", ref, reason="已与备份核对。").approvals[0].id
    house.move(SUN, "approve", ref, approval=asked)
    assert house.move(SUN, "answer", ref).stage == "answered"


def test_the_clock_lets_nothing_lapse_on_a_changed_head(house: House) -> None:
    """A window that is over on a changed record stays as it is; ladders that only tell go on."""
    ref = house.move(WANG, "accept", house.submit().ref).ref
    house.move(ZHAO, "file_report", ref, **report(house.time.date(), 1, 2))
    house.move(SUN, "answer", ref)
    edited(ref, wish_amount=1)
    house.later(60 * DAY)
    house.product.casework.look_at(ref, house.time)
    case = house.product.file.load(ref)
    assert case.doubted and case.stage == "answered"
    house.later(HOUR)
    assert house.product.casework.look_at(ref, house.time)
    assert house.product.file.load(ref).stage == "answered" and house.moves(ref)[-1] == "take_step"
