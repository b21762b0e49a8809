"""Letters of a reconsideration, as moves create them: request, panel, decision, and the remaining ways."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from chalicelib.domain.calendar import published
from chalicelib.domain.model.codes import Conclusion, Conflict, Dismissal, Result
from chalicelib.domain.reference import shown
from chalicelib.locale import formats
from tests.domain.life import (
    DAY,
    DECLINED,
    answered,
    appoint,
    contested,
    decided,
    on_duty,
    ruled,
    seated,
    settle,
)
from tests.letters.rendered import BOTH, RenderedLife, rendered_life


def refused(**said: Any) -> RenderedLife:
    """Return a complaint whose answer upholds nothing."""
    life = rendered_life(**said)
    answered(Conclusion.NOT_UPHELD, life=life)
    return life


OFFERED = {"zh": "选择“申请复议”", "en": "choose “Ask for reconsideration”"}
"""The words with which a letter offers reconsideration."""


@BOTH
def test_a_request_is_received_with_what_it_is_about_and_by_when(language: str) -> None:
    """The letter names the contested matters and both dates: panel and decision. The supervisor gets a
    task."""
    life = refused()
    contested(life, 2)
    text = life.text("reconsideration_received", language)
    first, second = (formats.label(language, matter.type, "type") for matter in life.case.matters)
    assert second in text
    assert first not in text
    for name in ("reconsideration", "panel_appointment"):
        assert formats.moment(language, life.due[name]) in text
    assert formats.label(language, "panel_appointment", "task") in life.text(
        "task", language, to="role:supervisor"
    )


@BOTH
def test_a_panel_is_named_by_role_and_unit(language: str) -> None:
    """The parties read roles and units of the panel, no names, and until when to object. A recused member
    is replaced.

    The members read that they must declare first, and nothing about the case."""
    life = refused()
    appoint(contested(life))
    for who, seat in (("mei", "chair"), ("hu", "panel")):
        appointed = life.text("panel_appointment", language, to=f"staff:{who}")
        assert formats.label(language, seat, "role") in appointed.split("\n")[0]
        assert formats.label(language, "declare_interest", "move") in appointed
        assert "店长" not in appointed
    life.take("declare_interest", "gao", interest=True, conflict=Conflict.RELATIVE)
    assert formats.label(language, "panel_appointment", "task") in life.text(
        "task", language, to="role:supervisor"
    )
    seated(life, "mei", "hu", "luo")
    text = life.text("panel_named", language)
    assert [
        text.count(f"{formats.label(language, seat, 'role')}{colon}总部")
        for seat in ("chair", "panel")
        for colon in ("：" if language == "zh" else ": ",)
    ] == [1, 2]
    assert life.until("party_reply#panel_named", language) in text
    assert not any(name in text for name in ("Mei", "Hu", "Luo"))
    life.take("ask_handler_change", "li", reason="听说是亲戚。")
    life.take("decide_handler_change", "zhou", change=True, reason="确有亲属关系。", member="luo")
    assert formats.moment(language, life.due["reconsideration"]) in life.text("recusal_decided", language)


@BOTH
def test_a_decision_says_result_votes_reasons_remedies_and_what_is_left(language: str) -> None:
    """The letter has the new conclusion, votes, reasons and remedy with its date. The decision is final;
    other matters can still be contested."""
    life = refused()
    decided(Result.CHANGED, seated(contested(life, 1)))
    text = life.text("reconsideration_decision", language)
    for part in (
        formats.label(language, "upheld", "conclusion"),
        formats.money(language, 99900),
        "复议组核对了证据。",
        "> 退款。",
        formats.moment(language, published().own(life.time, life.case.obligations[0].by).at),
        formats.moment(language, life.due["answer_window"]),
        formats.label(language, "answered_not_contested", "outcome"),
    ):
        assert part in text
    assert ("复议组3人表决，3人赞成" if language == "zh" else "3 of the 3 panel members") in text
    assert (
        "事项1的决定在本企业内部是最终的" if language == "zh" else "On matter 1 this decision is final"
    ) in text
    assert OFFERED[language] in text
    life.live(21 * DAY)
    assert OFFERED[language] in life.text("answer_reminder", language)


@BOTH
def test_final_decision_offers_no_second_reconsideration(language: str) -> None:
    """After a confirmation of every matter no letter offers a second reconsideration."""
    life = refused()
    decided(Result.CONFIRMED, seated(contested(life)))
    text = life.text("reconsideration_decision", language)
    assert formats.label(language, "not_upheld", "conclusion") in text
    assert formats.label(language, "answered_final", "outcome") in text
    life.live(21 * DAY)
    reminded = life.text("answer_reminder", language)
    life.live(20 * DAY)
    closed = life.text("closed", language)
    assert not any(OFFERED[language] in said for said in (text, reminded, closed))
    assert formats.label(language, "answered_final", "outcome") in closed


@BOTH
def test_sent_back_matter_names_its_new_date(language: str) -> None:
    """The letter names the new promised date. The later answer says that other matters keep their answer,
    which can be contested with it."""
    life = refused()
    decided(Result.SENT_BACK, seated(contested(life, 1)))
    text = life.text("reconsideration_decision", language)
    assert life.case.promised
    assert formats.moment(language, life.case.promised) in text
    assert OFFERED[language] not in text
    assert formats.label(language, "decide_reconsideration", "task") in life.text(
        "task", language, to="role:lead"
    )
    answered(life=life)
    stands = "以前的答复不变" if language == "zh" else "our earlier answer stands"
    assert stands in life.text("answer", language)
    assert OFFERED[language] in life.text("answer", language)


@BOTH
def test_a_decline_is_upheld_or_overturned(language: str) -> None:
    """A confirmed refusal closes the case and names the time to raise a dispute. An overturned one names
    the promised date."""
    upheld, opened = RenderedLife(), RenderedLife()
    for life, result in ((upheld, Result.CONFIRMED), (opened, Result.CHANGED)):
        life.take("decline", "wang", **DECLINED)
        assert OFFERED[language] in life.text("declined", language)
        decided(result, seated(contested(life, 1)))
    text = upheld.text("reconsideration_decision", language)
    assert formats.moment(language, upheld.due["reopen_window"]) in text.split("\n")[3]
    assert OFFERED[language] in text, "of the other matter"
    assert opened.case.promised
    assert (
        formats.moment(language, opened.case.promised)
        in opened.text("reconsideration_decision", language).split("\n")[3]
    )


@BOTH
def test_executive_who_decides_alone_offers_mediation(language: str) -> None:
    """An executive who decides because no panel could be formed offers mediation. A higher office under
    its own policy does not."""
    alone = refused(
        roster=on_duty(lead=("zhou",), safety=("zhao",), followup=("zhao",), negotiator=(), panel=("wu",))
    )
    higher = refused(policy="bank-1")
    offers = "我们已经同意" if language == "zh" else "we have already agreed"
    for life, offered in ((alone, True), (higher, False)):
        contested(life, 1)
        life.case = replace(life.case, inquiry=replace(life.case.inquiry, recused=("he", "shi")))
        life.take("decide_reconsideration", "wu", **ruled(life, results={1: Result.CONFIRMED}))
        text = life.text("reconsideration_decision", language)
        assert (offers in text) == offered
        assert not re.search("人表决|panel members", text)
    assert formats.label(language, "reconsideration", "task") in higher.text(
        "task", language, to="role:executive"
    )


@BOTH
def test_outside_decider_is_described_without_a_name(language: str) -> None:
    """An outside decider is described as such, without a name. No majority is claimed, and mediation is
    offered."""
    life = refused(roster=on_duty(executive=(), panel=()))
    contested(life, 1)
    life.case = replace(
        life.case,
        inquiry=replace(life.case.inquiry, recused=("lin", "qian", "feng", "chen", "ma", "bai", "he", "shi")),
    )
    appoint(life, "yan")
    asked = life.text("panel_appointment", language, to="staff:yan")
    assert ("一人" if language == "zh" else "alone") in asked
    assert formats.label(language, "chair", "role") not in asked
    life.take("declare_interest", "yan", interest=False)
    named = life.text("panel_named", language)
    assert ("企业以外的人员" if language == "zh" else "from outside this company") in named
    assert "严明" not in named
    life.take("vote", "yan", results={1: Result.CONFIRMED}, reasons={1: "证据不足。"})
    life.take("decide_reconsideration", "yan", **ruled(life))
    text = life.text("reconsideration_decision", language)
    assert not re.search("人表决|多数|panel members|majority", text)
    assert ("我们已经同意" if language == "zh" else "we have already agreed") in text


@BOTH
def test_dismissal_letter_names_ground_and_window(language: str) -> None:
    """The letter names the ground, the reason and the running deadline. A late request reaches the
    supervisor with its reasons."""
    life = refused()
    contested(life).take("dismiss_request", "zhou", ground=Dismissal.NOT_ENTITLED, reason="来电的是邻居。")
    text = life.text("reconsideration_dismissed", language)
    for part in (
        formats.label(language, "not_entitled", "dismissal"),
        "来电的是邻居。",
        formats.label(language, "court", "route"),
        formats.moment(language, life.due["answer_window"]),
    ):
        assert part in text
    life.live(40 * DAY)
    contested(life)
    task = life.text("task", language, to="role:supervisor")
    assert formats.label(language, "ask_reconsideration", "task") in task
    assert "店长的说法没有核实。" in task


@BOTH
def test_accepted_answer_names_the_open_window(language: str) -> None:
    """Letters after an accepted answer or a settlement name the time left for reconsideration."""
    life = refused()
    window = formats.moment(language, life.due["answer_window"])
    life.take("accept_answer", "li")
    assert window in next(
        line for line in life.text("closed", language).split("\n") if OFFERED[language] in line
    )
    part = RenderedLife()
    part.take("accept", "wang", declined={2: DECLINED["grounds"][2]}, reasons={2: "这是咨询。"})
    part.take("settle_at_once", "sun", **settle())
    assert "2026" in next(
        line for line in part.text("settled_at_once", language).split("\n") if OFFERED[language] in line
    )


@BOTH
def test_a_declined_matter_of_its_own_names_both_numbers(language: str) -> None:
    """The letter on a split-off matter names both case numbers; the answer to the rest says that
    reconsideration was asked."""
    life = RenderedLife()
    life.take("accept", "wang", declined={2: DECLINED["grounds"][2]}, reasons={2: "这是咨询。"})
    assert OFFERED[language] in life.text("accepted_in_part", language)
    life.take("take", "zhao")
    (own,) = life.take("ask_reconsideration", "li", reasons={2: "不是咨询。"}).also
    apart = RenderedLife(at=life.time)
    apart.entries = []
    apart.keep(own)
    text = apart.text("reconsideration_received", language)
    assert shown(life.case.ref) in text
    assert shown(apart.case.ref) in text
    answered(Conclusion.NOT_UPHELD, life=life)
    assert ("已经申请过复议" if language == "zh" else "you have asked for reconsideration") in life.text(
        "answer", language
    )
