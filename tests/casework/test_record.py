"""A record that somebody changed in the table itself: found before a decision, marked, told, and nothing decided on it."""
from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.case import Refusal
from chalicelib.domain.codes import Fault
from chalicelib.domain.timeline import link
from chalicelib.record import ROUND
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
    case = house.product.file.load(ref)
    assert case.stage == "answered" and {"take_step", "letter_failed"} <= case.taken.keys()


def life(house: House) -> str:
    """A case with several entries, people, letters."""
    ref = house.move(WANG, "accept", house.submit().ref).ref
    house.move(ZHAO, "message", ref, text="我们在看。")
    house.move(ZHAO, "file_report", ref, **report(house.time.date(), 1, 2))
    house.post()
    return ref


def tamper(ref: str, what: str) -> None:
    """One change by somebody with a hand in the table."""
    pk = rows.case(ref)
    second = Row.get(pk, rows.entry(2))
    if what == "line":
        second.update(actions=[Row.body.set((second.body or "").replace('"who":"wang"', '"who":"sun"'))])
    elif what == "words":
        row = Row.get(pk, rows.entry(3))
        row.update(actions=[Row.words.set((row.words or "").replace("我们在看", "我们不看"))])
    elif what == "removed":
        second.delete()
    elif what == "swapped":
        third = Row.get(pk, rows.entry(3))
        second.body, third.body = third.body, second.body
        second.save(), third.save()
    elif what == "head":
        edited(ref, severity="S4")
    elif what == "added":
        Row(pk, rows.entry(9), body=second.body, hash=second.hash, words=second.words).save()
    elif what == "stranger":
        Row(pk, rows.party("p7"), body=json.dumps({"name": "x", "email": "x@evil.example"})).save()
    elif what == "redirected":
        row = Row.get(pk, rows.party("p1"))
        row.update(actions=[Row.body.set(json.dumps({**json.loads(row.body or "{}"), "email": "x@evil.example"}))])


FOUND = {"line": (2, Fault.ENTRY), "words": (3, Fault.ENTRY), "removed": (2, Fault.ENTRY), "swapped": (2, Fault.ENTRY),
         "head": (4, Fault.HEAD), "added": (1, Fault.ROW), "stranger": (1, Fault.ROW), "redirected": (1, Fault.ROW)}


@pytest.mark.parametrize("what", FOUND)
def test_the_check_finds_whatever_was_changed_and_marks_the_case(house: House, what: str) -> None:
    """An edited line, edited words, a removed, swapped or added entry, an edited head, a person or address of a wrong hand."""
    ref, untouched = life(house), life(house)
    tamper(ref, what)
    assert FOUND[what] in house.product.record.check(ref) and house.product.record.check(untouched) == []
    case = house.product.file.load(ref)
    assert FOUND[what] in [(doubt.entry, doubt.fault) for doubt in case.doubts]
    house.product.record.check(ref)
    assert house.product.file.load(ref).entries == case.entries, "the same places are noted once"


def forged(ref: str) -> None:
    """Somebody writes a whole timeline anew: another handler, every hash after it, and the head."""
    pk, head = rows.case(ref), ""
    entries = sorted((row for row in Row.query(pk) if rows.kind(row.sk)[0] == "ENTRY"), key=lambda row: row.sk)
    for row in entries:
        row.body = (row.body or "").replace('"who":"wang"', '"who":"sun"')
        row.hash = head = link(head, row.body)
    edited(ref, head=head)
    entries[-1].kept = sha256((Row.get(pk, rows.HEAD).body or "").encode()).hexdigest()
    for row in entries:
        row.save()


def through_the_day(house: House, day: datetime) -> None:
    """Every hour of a day the schedule fires."""
    for hour in range(24):
        house.later(day.replace(hour=hour) - house.time)
        house.product.record.hour()


def test_yesterdays_heads_are_signed_and_kept(house: House) -> None:
    """A timeline that somebody wrote anew, hashes, head and all, is not the one in the list: the next round finds it."""
    ref, other, first = life(house), life(house), house.time
    through_the_day(house, first + DAY)
    lists = [house.product.record.signed(first.date(), shard) for shard in {rows.shard(ref), rows.shard(other)}]
    assert {ref, other} == {one.ref for listed in lists for one in listed}
    forged(ref)
    assert house.product.record.check(ref) == [], "by itself it holds"
    through_the_day(house, first + ROUND * DAY)
    assert [doubt.fault for doubt in house.product.file.load(ref).doubts] == [Fault.LISTED]
    assert not house.product.file.load(other).doubts


def test_a_list_that_was_not_signed_by_us_and_a_case_that_is_gone_are_told(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Operations hear of both; the other cases are checked all the same."""
    ref, first = life(house), house.time
    through_the_day(house, first + DAY)
    for row in [*Row.query(rows.case(ref))]:
        row.delete()
    capsys.readouterr()
    assert house.product.record.verify(first.date(), rows.shard(ref)) == 1
    key = f"heads/{rows.shard(ref)}/{first.date() - DAY}"
    house.product.archive.keep(key, json.dumps({"list": "{}", "signature": "AAAA"}).encode())
    assert house.product.record.verify((first - DAY).date(), rows.shard(ref)) == 0
    assert capsys.readouterr().out.count('"RecordChanged": 1') == 2
