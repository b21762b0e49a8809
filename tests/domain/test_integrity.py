"""A record changed from outside: decisions wait for two people, all else goes on, and no party loses a
window."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.permission import may
from chalicelib.domain.model.case_records import UndoneAct
from chalicelib.domain.model.codes import Fault, Ground, Role, Stage
from chalicelib.domain.timeline import chain_faults, is_bound, link
from tests.domain.life import Life, accepted, answered, represented, talking
from tests.scenario import DAY, HOUR


def doubted(life: Life) -> Life:
    """Note a doubt on the record of a case."""
    life.take("doubt_record", "clock", entry=1, fault=Fault.ENTRY)
    return life


def cleared(life: Life) -> Life:
    """Let two people clear the doubts."""
    approval = life.ask_approval("clear_doubt", "zhou", reason="已与备份核对。")
    life.take("approve", "sun", approval=approval)
    return life


@pytest.mark.parametrize("name", [name for name, move in MOVES.items() if move.at])
def test_doubtful_record_refuses_only_moves_that_decide(name: str) -> None:
    """A record in doubt refuses only moves that decide, at every stage and for every role."""
    move, life = MOVES[name], doubted(Life())
    refused = [
        may(move, replace(life.case, stage=stage), life.act("p1", role))
        for stage in move.at
        for role in move.takers
    ]
    waits = {against is not None and against.code == "record_in_doubt" for against in refused}
    assert waits == {move.decides}


def test_moves_that_close_lapse_or_seal_are_declared_deciding() -> None:
    """Moves of staff or the clock decide that can only close a case, that lapse a right, or that seal. So do
    those that find whether an obligation was performed, and those that excuse it."""
    parties = Role.PARTY | Role.PARTNER
    closing = {name for name, move in MOVES.items() if move.to == {Stage.CLOSED} and not move.by & parties}
    lapses = {name for name in MOVES if name.startswith("lapse_")}
    finds = {"decide_proof", "excuse", "find_breach", "find_no_breach", "record_cure"}
    deciding = {name: move for name, move in MOVES.items() if move.decides}
    missing = sorted((closing | lapses | finds | {"record_seal"}) - deciding.keys())
    assert not missing, (
        f"declare `decides=True` on {missing}: it closes, lapses or seals, so it waits in doubt"
    )
    assert not [name for name, move in deciding.items() if move.by & Role.C], "a party's own acts go on"


def test_a_matter_is_not_declined_on_a_doubted_record() -> None:
    """A decline of one matter waits like a full decline; an acceptance of all goes on."""
    life = doubted(Life())
    said = {"declined": {2: Ground.NOT_COMPLAINT}, "reasons": {2: "这是咨询。"}}
    assert life.refused("accept", "wang", **said) == "record_in_doubt"
    life.take("accept", "wang")


def test_messages_files_safety_and_the_partys_own_acts_go_on() -> None:
    """Parties can write, add evidence, report a danger and withdraw while two people check the record."""
    life = doubted(accepted())
    life.take("message", "li", text="请尽快处理。")
    life.take("add_evidence", "li", shows="裂缝")
    life.take("tag_safety", "li", facts="冒烟。")
    life.take("withdraw", "li")
    assert life.case.stage == Stage.CLOSED
    assert life.whole()


def test_silence_has_no_consequence_until_two_people_have_looked() -> None:
    """The window of an answer ends on a doubted record without closing it; once the doubt is cleared, the
    clock goes on."""
    life = doubted(answered())
    life.live(60 * DAY)
    assert life.case.stage == Stage.ANSWERED
    assert "lapse_answer" not in life.case.taken
    cleared(life).live(HOUR)
    assert "lapse_answer" in life.case.taken


def test_one_person_alone_lets_no_record_stand() -> None:
    """The person who asked cannot confirm, and a doubt found after their request stays."""
    life = doubted(accepted())
    approval = life.ask_approval("clear_doubt", "zhou", reason="已核对。")
    assert life.refused("approve", "zhou", approval=approval) == "own_request"
    life.take("doubt_record", "clock", entry=2, fault=Fault.HEAD)
    life.take("approve", "sun", approval=approval)
    assert [doubt.cleared is None for doubt in life.case.doubts] == [False, True]
    assert life.case.doubted


def test_the_same_place_is_noted_once() -> None:
    """A cleared doubt is not noted again: an edited entry stays edited."""
    life = cleared(doubted(accepted()))
    assert life.refused("doubt_record", "clock", entry=1, fault=Fault.ENTRY) == "doubted_before"
    assert life.letters_to("role:supervisor").count("record_doubted") == 1


def test_each_place_is_named_once() -> None:
    """Two edited entries and a removed one are three places, not all that follows the first."""
    life = doubted(accepted())
    for n in range(8):
        life.take("message", "li", text=f"第{n}次催问。")
    edited = [
        replace(entry, line=entry.line.replace('"who":"', '"who":"x')) if entry.n in (2, 5) else entry
        for entry in life.entries
    ]
    assert [n for n, _ in chain_faults([one for one in edited if one.n != 7], life.case)] == [2, 5, 7]


def test_a_head_that_was_not_kept_with_its_entry_is_found() -> None:
    """The last entry shows it at once, and later the line of the next move, which binds the head before
    it."""
    life = accepted()
    last = replace(life.entries[-1], kept="a" * 64)
    assert is_bound(replace(life.case, kept="a" * 64), last)
    assert not is_bound(replace(life.case, kept="b" * 64), last)
    assert not is_bound(replace(life.case, kept="b" * 64), replace(last, kept=None)), (
        "its digest was taken away"
    )
    line = json.dumps({**json.loads(last.line), "n": last.n + 1, "was": "b" * 64, "words": {}})
    later = replace(last, n=last.n + 1, line=line, hash=link(last.hash, line), words={}, kept=None)
    case = replace(life.case, entries=later.n, head=later.hash)
    assert list(chain_faults([*life.entries[:-1], last, later], case)) == [(last.n, Fault.HEAD)]


def put_back(life: Life, *acts: tuple[str, Role, str], concerned: tuple[str, ...] | None) -> list[str]:
    """Record that a restore undid these acts (move, role, id of the person). Return the recipients of the
    letters about it."""
    undone = tuple(str(UndoneAct(life.time, *act)) for act in acts)
    life.take("record_restored", "clock", moment=life.time - HOUR, undone=undone, concerned=concerned)
    return [letter.to for letter in life.letters if letter.name == "entries_missing"]


def test_each_person_is_told_of_their_own_missing_acts() -> None:
    """The lead who assigned and the consumer who wrote are told, and everybody who may take the case."""
    told = put_back(Life(), ("assign", Role.LEAD, "sun"), ("message", Role.CONSUMER, "p1"), concerned=("p1",))
    assert sorted(told) == ["party:p1", "role:intake", "staff:sun"]


def test_nobody_is_told_of_missing_acts_twice() -> None:
    """The officer belongs to the role that works on the case, or is its owner."""
    assert put_back(Life(), ("take", Role.INTAKE, "wang"), concerned=()) == ["role:intake"]
    owned = Life()
    owned.take("take", "wang")
    assert put_back(owned, ("edit_matters", Role.INTAKE, "wang"), concerned=()) == ["staff:wang"]


def test_party_whom_nothing_missing_concerns_is_not_told() -> None:
    """Only a step of the clock or an inner step of staff is missing."""
    assert put_back(Life(), concerned=()) == []
    assert "party:p1" not in put_back(Life(), ("take", Role.INTAKE, "wang"), concerned=())


def test_everybody_is_told_if_nobody_knows_what_is_missing() -> None:
    """The former table cannot be read, or was changed."""
    life = talking()
    assert sorted(put_back(life, concerned=None)) == ["party:p1", "party:p2", "staff:ma"]


def test_party_who_has_left_is_not_told() -> None:
    """Their address belongs to them, and the complaint no longer does."""
    life = represented(Life())
    life.take("end_representation", "li", representative="p2")
    told = put_back(life, ("message", Role.REPRESENTATIVE, "p2"), concerned=("p1", "p2"))
    assert [to for to in told if to.startswith("party:")] == ["party:p1"]


def test_nobody_is_told_once_the_data_are_destroyed() -> None:
    """There is no address any more. The loss is recorded all the same."""
    life = Life()
    life.take("withdraw", "li")
    retention = replace(life.case.retention, destroyed=life.time)
    life.case = replace(life.case, retention=retention)
    assert put_back(life, concerned=None) == []
    assert life.case.restored


def test_act_is_stored_and_read_alike() -> None:
    """An id of a partner or of a person may hold a space."""
    act = UndoneAct(Life().time, "message", Role.BUSINESS_REP, "shop 7")
    assert UndoneAct.read(str(act)) == act
