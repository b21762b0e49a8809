"""A record that somebody changed in the table itself: found before a decision, marked, told, and nothing
decided on it."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Fault
from chalicelib.domain.timeline import link
from chalicelib.record import MOST_NOTED, ROUND
from tests.casework.recorded import edited, life, tamper, through_the_day
from tests.house import DAY, HOUR, SUN, WANG, ZHAO, ZHOU, House
from tests.life.complaint import report


def test_nothing_is_decided_on_a_head_that_somebody_changed(house: House) -> None:
    """The move that decides is refused, the case marked, the supervisor told and operations too; what a party
    does goes on."""
    ref = house.move(WANG, "accept", house.submit().ref).ref
    house.move(ZHAO, "file_report", ref, **report(house.time.date(), 1, 2))
    edited(ref, severity="S4")
    with pytest.raises(Refusal, match="record_in_doubt"):
        house.move(SUN, "answer", ref)
    case = house.product.file.load(ref)
    assert [doubt.fault for doubt in case.doubts] == [Fault.HEAD] and house.letters(ref, "role:supervisor")[
        -1
    ] == "record_doubted"
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


FOUND = {
    "line": (2, Fault.ENTRY),
    "words": (3, Fault.ENTRY),
    "removed": (2, Fault.ENTRY),
    "swapped": (2, Fault.ENTRY),
    "unreadable": (2, Fault.ENTRY),
    "broken": (1, Fault.ROW),
    "beginning": (5, Fault.ENTRY),
    "head": (5, Fault.HEAD),
    "added": (1, Fault.ROW),
    "stranger": (1, Fault.ROW),
    "redirected": (1, Fault.ROW),
    "renamed": (1, Fault.ROW),
    "listed": (1, Fault.ROW),
    "letter": (4, Fault.ROW),
    "letter of no entry": (1, Fault.ROW),
    "letter of a later entry": (1, Fault.ROW),
    "letter of a post": (1, Fault.ROW),
    "letter changed": (4, Fault.ROW),
    "letter removed": (4, Fault.ROW),
    "post changed": (1, Fault.ROW),
}


@pytest.mark.parametrize("what", FOUND)
def test_the_check_finds_whatever_was_changed_and_marks_the_case(house: House, what: str) -> None:
    """An edited or unreadable line, edited words, also where only their beginning is shown, a removed,
    swapped or added entry, an edited head; a person, name, address, letter or place on a list of a wrong
    hand."""
    ref, untouched = life(house), life(house)
    tamper(ref, what)
    assert FOUND[what] in house.product.record.check(ref) and house.product.record.check(untouched) == []
    case = house.product.file.load(ref)
    assert FOUND[what] in [(doubt.entry, doubt.fault) for doubt in case.doubts]
    house.product.record.check(ref)
    assert house.product.file.load(ref).entries == case.entries, "the same places are noted once"


def test_a_deleted_entry_is_one_place(house: House) -> None:
    """The entry before it is not said to be changed, because what follows it now was taken on another
    head."""
    ref = life(house)
    tamper(ref, "removed")
    assert house.product.record.check(ref) == [(2, Fault.ENTRY)]


def forged(ref: str) -> None:
    """Somebody writes a whole timeline anew: another handler, every hash after it, and the head."""
    pk, head = rows.case(ref), ""
    entries = sorted(
        (row for row in Row.query(pk) if rows.kind(row.sk)[0] == "ENTRY"), key=lambda row: row.sk
    )
    for row in entries:
        row.body = (row.body or "").replace('"who":"wang"', '"who":"sun"')
        row.hash = head = link(head, row.body)
    edited(ref, head=head)
    entries[-1].kept = sha256((Row.get(pk, rows.HEAD).body or "").encode()).hexdigest()
    for row in entries:
        row.save()


def test_yesterdays_heads_are_signed_and_kept(house: House) -> None:
    """A timeline that somebody wrote anew, hashes, head and all, is not the one in the list: the next round
    finds it."""
    ref, other, first = life(house), life(house), house.time
    through_the_day(house, first + DAY, ref, other)
    lists = [
        house.product.record.signed(first.date(), shard) for shard in {rows.shard(ref), rows.shard(other)}
    ]
    assert {ref, other} == {one.ref for listed in lists for one in listed}
    forged(ref)
    assert house.product.record.check(ref) == [], "by itself it holds"
    through_the_day(house, first + ROUND * DAY, ref, other)
    assert [doubt.fault for doubt in house.product.file.load(ref).doubts] == [Fault.LISTED]
    assert not house.product.file.load(other).doubts


def test_a_list_that_was_not_signed_by_us_and_a_case_that_is_gone_are_told(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Operations hear of both; the other cases are checked all the same."""
    ref, first = life(house), house.time
    through_the_day(house, first + DAY, ref)
    for row in [*Row.query(rows.case(ref))]:
        row.delete()
    capsys.readouterr()
    assert house.product.record.verify(first.date(), rows.shard(ref)) == 1
    key = f"heads/{rows.shard(ref)}/{first.date() - 2 * ROUND * DAY}"
    house.product.archive.keep(key, json.dumps({"list": "{}", "signature": "AAAA"}).encode())
    assert house.product.record.verify((first - 2 * ROUND * DAY).date(), rows.shard(ref)) == 0
    assert capsys.readouterr().out.count('"RecordChanged": 1') == 2


def test_a_list_of_another_day_and_a_strangers_list_are_told(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also one that we signed, when it stands where another belongs; and at once where it stands before
    ours."""
    ref, first, archive = life(house), house.time, house.product.archive
    shard = rows.shard(ref)
    through_the_day(house, first + DAY, ref)
    archive.keep(f"heads/{shard}/{first.date() + DAY}", archive.read(f"heads/{shard}/{first.date()}"))
    archive.keep(f"heads/{shard}/{first.date() + 2 * DAY}", b"[]")
    assert not house.product.record.signed(first.date() + DAY, shard)
    capsys.readouterr()
    through_the_day(house, first + 3 * DAY, ref)
    assert capsys.readouterr().out.count('"RecordChanged": 1') == 1


def test_a_day_on_which_the_schedule_stood_still_is_made_up_for(house: House) -> None:
    """Its list is made, also where nothing moved, and the lists whose turn it was are gone through."""
    ref, first = life(house), house.time
    through_the_day(house, first + DAY, ref)
    through_the_day(house, first + (ROUND - 1) * DAY, ref)
    forged(ref)
    through_the_day(house, first + (ROUND + 2) * DAY, ref)
    kept = {key.rpartition("/")[2] for key in house.product.archive.keys(f"heads/{rows.shard(ref)}/")}
    assert {str(first.date() + n * DAY) for n in range(ROUND + 2)} <= kept
    assert [doubt.fault for doubt in house.product.file.load(ref).doubts] == [Fault.LISTED]


def test_a_case_that_can_be_neither_read_nor_marked_is_told_and_holds_up_no_other(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken head; a changed one with an entry of a wrong hand where its mark would stand."""
    broken, blocked, other = life(house), life(house), life(house)
    Row.get(rows.case(broken), rows.HEAD).update(actions=[Row.body.set("{")])
    edited(blocked, severity="S4")
    Row(rows.case(blocked), rows.entry(6), body="{}", words="{}").save()
    tamper(other, "line")
    capsys.readouterr()
    through_the_day(house, house.time + DAY, broken, blocked, other)
    told = capsys.readouterr().out
    assert told.count('"RecordChanged": 1') >= 3
    assert [doubt.fault for doubt in house.product.file.load(other).doubts] == [Fault.ENTRY]


def test_of_a_timeline_that_is_broken_as_a_whole_some_places_are_noted(house: House) -> None:
    """Nobody gets thousands of letters about one case, and it is in doubt all the same."""
    ref = life(house)
    for n in range(MOST_NOTED + 5):
        house.move(ZHAO, "message", ref, text=f"第{n}次。")
    for row in [*Row.query(rows.case(ref), Row.sk.startswith("ENTRY#"))]:
        row.update(actions=[Row.body.set("{}")])
    assert len(house.product.record.check(ref)) > MOST_NOTED
    assert len(house.product.file.load(ref).doubts) == MOST_NOTED


def test_what_was_changed_after_they_asked_is_not_let_stand_with_the_rest(house: House) -> None:
    """The second yes is not taken on a head that was changed meanwhile; nor any move on a last entry that
    was."""
    ref = life(house)
    tamper(ref, "line")
    house.product.record.check(ref)
    asked = house.move(ZHOU, "clear_doubt", ref, reason="已与备份核对。").approvals[0].id
    edited(ref, severity="S4")
    assert house.move(SUN, "approve", ref, approval=asked).doubted
    asked = house.move(ZHOU, "clear_doubt", ref, reason="已与备份核对。").approvals[0].id
    case = house.move(SUN, "approve", ref, approval=asked)
    assert not case.doubted
    Row.get(rows.case(ref), rows.entry(case.entries)).update(actions=[Row.hash.set("0" * 64)])
    with pytest.raises(Refusal, match="record_in_doubt"):
        house.move(SUN, "answer", ref)


def test_whoever_changes_their_address_often_stays_who_they_are(house: House) -> None:
    """What is still theirs is among the addresses that are known of them, however often the other one
    changes."""
    ref = life(house)
    for n in range(12):
        house.move(house.by_link(ref), "change_contact", ref, email=f"n{n}@mail.example")
    assert house.product.record.check(ref) == []
