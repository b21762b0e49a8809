"""Declining for an improper gain: only on recorded findings with evidence, by two people, never over a
danger, and judged anew by others. Declining a mere report of a violation."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import CheckedFile
from chalicelib.domain.model.codes import (
    SECOND_PERSON,
    Conduct,
    FiledAs,
    Ground,
    Hurt,
    Outcome,
    Result,
    Route,
    Stage,
)
from chalicelib.domain.moves.reconsideration import _once
from tests.domain.life import Life

FILE = CheckedFile("f1", "a" * 64, 900, "image/png")
DECLINE = {
    "grounds": dict.fromkeys((1, 2), Ground.IMPROPER_GAIN),
    "reasons": dict.fromkeys(
        (1, 2), "录像显示，放进商品的异物是结账以后放入的。没有材料能说明商品原来就有。"
    ),
    "routes": (Route.SAMR_12315,),
}


def filmed(**said: Any) -> Life:
    """Return a complaint with a film among its evidence."""
    life = Life(**said)
    life.take("add_evidence", "wang", shows="店内录像", file=FILE)
    return life


def found(kind: Conduct = Conduct.PLANTED, life: Life | None = None) -> Life:
    """Return a complaint with a finding that rests on the film."""
    life = life or filmed()
    life.take("record_conduct", "wang", conduct=kind, evidence=("E2",), fact="录像里能看到放入的过程。")
    return life


def against(life: Life, name: str, by: str, **said: Any) -> tuple[str, str | None, str]:
    """Return the code, the field and the missing fact with which a move is refused."""
    with pytest.raises(Refusal) as refusal:
        take(name, life.case, life.act(by), **{**life._given(name, said), **said})
    return refusal.value.code, refusal.value.field, str(refusal.value.facts.get("fact", ""))


def test_without_a_finding_the_ground_cannot_be_chosen() -> None:
    """However often somebody has complained, the record must show what they did."""
    assert against(filmed(), "decline", "wang", **DECLINE) == ("ground_without_fact", "grounds/1", "conduct")


@pytest.mark.parametrize("kind", [kind for kind in Conduct if kind is not Conduct.BOUGHT_KNOWINGLY])
def test_a_second_person_confirms_it(kind: Conduct) -> None:
    """The officer asks, the lead confirms, and only then the consumer hears. Reconsideration is open."""
    life = found(kind)
    life.take("decline", "wang", **DECLINE)
    assert Ground.IMPROPER_GAIN in SECOND_PERSON
    assert life.case.stage == Stage.RECEIVED
    assert "declined" not in life.letters_to()
    life.take("approve", "sun", approval=life.case.approvals[0].id)
    assert life.case.stage == Stage.DECLINED
    assert life.letters_to()[-1] == "declined"
    life.take("ask_reconsideration", "li", reasons={1: "不是我放的。", 2: "不是我放的。"})
    assert life.case.stage == Stage.UNDER_RECONSIDERATION


def test_knowing_the_defect_does_not_suffice_alone() -> None:
    """Who knows of a defect and buys for their needs keeps their rights."""
    life = found(Conduct.BOUGHT_KNOWINGLY)
    assert against(life, "decline", "wang", **DECLINE)[2] == "conduct"
    found(Conduct.PAID_SILENCE, life)
    life.take("decline", "wang", **DECLINE)
    assert len(life.case.approvals) == 1


@pytest.mark.parametrize(
    ("evidence", "code"), [(("E1",), "conduct_needs_evidence"), (("E9",), "evidence_unknown")]
)
def test_a_finding_needs_more_than_words(evidence: tuple[str, ...], code: str) -> None:
    """Neither the complaint itself nor evidence that is not there carries a finding."""
    said = {"conduct": Conduct.PLANTED, "evidence": evidence, "fact": "看起来是放进去的。"}
    assert against(filmed(), "record_conduct", "wang", **said)[:2] == (code, "evidence")


@pytest.mark.parametrize("real", [None, True, False])
def test_a_danger_excludes_it_until_found_not_real(real: bool | None) -> None:
    """A reported danger is assessed first; a real one is never declined so."""
    life = found(life=filmed(hurt=Hurt.COULD_BE))
    if real is not None:
        life.take("triage_safety", "qian", real=real, reportable=False, reason="已核实。")
    if real is False:
        life.take("decline", "wang", **DECLINE)
        assert len(life.case.approvals) == 1
    else:
        assert against(life, "decline", "wang", **DECLINE)[2] == "no_danger"


def test_a_withdrawn_proof_stops_the_second_person() -> None:
    """The message names the field; nothing is declined, and the request still waits."""
    life = found()
    life.take("decline", "wang", **DECLINE)
    asked = life.case.approvals[0].id
    life.take("withdraw_conduct", "wang", which="C1", reason="录像是另一位顾客的。")
    assert against(life, "approve", "sun", approval=asked) == ("ground_without_fact", "grounds/1", "conduct")
    assert life.case.stage == Stage.RECEIVED
    assert life.refused("withdraw_conduct", "wang", which="C1", reason="再撤一次。") == "conduct_unknown"


def test_a_withdrawn_proof_is_no_longer_upheld() -> None:
    """A panel cannot confirm a decline whose proof was withdrawn; the message names the matter."""
    life = found()
    life.take("decline", "wang", **DECLINE)
    life.take("approve", "sun", approval=life.case.approvals[0].id)
    _once(life.case, {1: Result.CONFIRMED})
    life.take("withdraw_conduct", "wang", which="C1", reason="录像是另一位顾客的。")
    with pytest.raises(Refusal) as refusal:
        _once(life.case, {1: Result.CONFIRMED})
    assert refusal.value.field == "results/1"
    _once(life.case, {1: Result.CHANGED})


@pytest.mark.parametrize(
    "word", ["这是职业索赔。", "职业打假人的投诉。", "属于恶意投诉。", "a professional claimant"]
)
def test_a_reason_judges_nobody(word: str) -> None:
    """A decline on any ground names facts; words about the person are refused at their field."""
    said = {**DECLINE, "reasons": {1: "录像显示是结账以后放入的。", 2: word}}
    assert against(found(), "decline", "wang", **said)[:2] == ("names_the_person", "reasons/2")


def test_a_report_is_declined_with_the_place_where_it_belongs() -> None:
    """The letter must say where to report; a complaint with a wish of its own stays a complaint."""
    said = {
        "grounds": dict.fromkeys((1, 2), Ground.REPORT_ONLY),
        "reasons": dict.fromkeys((1, 2), "您反映的是违法行为，没有您自己的要求。"),
        "routes": (Route.SAMR_12315,),
    }
    where = dict.fromkeys((1, 2), "向城东市场监管所举报，电话12315，或者登录全国12315平台。")
    assert against(Life(), "decline", "wang", **said, instead=where)[2] == "no_wish"
    life = Life(wishes=(), filed_as=FiledAs.REPORT)
    assert against(life, "decline", "wang", **said)[:2] == ("instead_needed", "instead/1")
    life.take("decline", "wang", **said, instead=where)
    assert life.case.stage == Stage.DECLINED


def test_a_report_with_an_address_is_closed_as_information() -> None:
    """It needs no decline: the lead names the department to which the facts went."""
    life = Life(wishes=(), filed_as=FiledAs.REPORT)
    life.take("close_information", "sun", passed_to="合规部", reason="已转合规部核查。")
    assert life.case.outcome == Outcome.INFORMATION_ONLY
    assert life.letters_to()[-1] == "closed"
