"""Cases with a contested answer: decided by a panel, negotiated, or closed without agreement."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.engine.deadlines import deadlines, due
from chalicelib.domain.roster import Roster, Team
from tests.house import DAY, SUN, WANG, WU, ZHAO, ZHOU, House
from tests.life.complaint import answer, perform, refusal, report
from tests.life.contested import BAO, DENG, FAN, GU, MA, SHEN, _member, answered, panel, staffed, talking


def test_a_panel_overturns_the_answer(house: House) -> None:
    """Two of three panel votes change the answer: the refused refund is promised, paid and confirmed.

    A handler of the case cannot sit on the panel. The vote count is recorded, and a second reconsideration
    is refused."""
    staffed(house)
    ref = answered(house)
    consumer = house.by_link(ref)
    asked = house.move(consumer, "ask_reconsideration", ref, reasons={"1": "机器根本不脱水，你们没有检测。"})
    assert asked.stage == "under_reconsideration"
    assert due(asked)["reconsideration"] - house.time > 29 * DAY
    assert (
        refusal(house, ZHOU, "appoint_panel", ref, members=["deng", "fan", "zhao"], chair="deng")
        == "handled_before"
    )
    panel(house, ref, (DENG, {"1": "changed"}), (FAN, {"1": "changed"}), (GU, {"1": "confirmed"}))
    assert (
        refusal(house, FAN, "vote", ref, results={"1": "changed"}, reasons={"1": "再说一次。"})
        == "voted_before"
    )
    decided = house.move(
        DENG,
        "decide_reconsideration",
        ref,
        reasons={"1": "检测显示电机不合格，应当退款。"},
        conclusions={"1": "upheld"},
        terms="全额退款，原路退回。",
        remedies=[{"matter": 1, "kind": "refund", "by": "2026-03-20", "amount": {"amount": "1655.00"}}],
    )
    assert (decided.stage, decided.recourse.reviewed) == ("answered", (1,))
    assert house.lines(ref, "decide_reconsideration")[0]["votes"] == {"1": 2}
    house.post()
    told = next(mail["text"] for mail in reversed(house.sent()) if mail["to"] == "wang.fang@mail.example")
    assert "1,655.00" in told
    assert "审计部" not in told.partition("Deng")[2]
    assert (
        refusal(house, consumer, "ask_reconsideration", ref, reasons={"1": "还是不满意。"})
        == "reconsidered_before"
    )
    house.move(consumer, "accept_answer", ref)
    assert perform(house, ref).outcome == "fulfilled"
    assert house.late(ref) == set()
    letters = house.letters(ref)
    after = letters[letters.index("answer") + 1 :]
    assert after[:3] == ["reconsideration_received", "panel_named", "reconsideration_decision"]


def test_a_panel_confirms_and_the_consumer_accepts(house: House) -> None:
    """Three of three members confirm the answer with reasons, and the consumer's acceptance closes the
    case."""
    staffed(house)
    ref = answered(house)
    house.move(
        WANG, "ask_reconsideration", ref, reasons={"1": "电话里说：不服。", "2": "电话里说：没有人来修。"}
    )
    confirmed = {"1": "confirmed", "2": "confirmed"}
    panel(house, ref, (DENG, confirmed), (FAN, confirmed), (GU, confirmed))
    house.move(DENG, "decide_reconsideration", ref, reasons={"1": "调查充分。", "2": "维修已按期完成。"})
    closed = house.move(house.by_link(ref), "accept_answer", ref)
    assert (closed.stage, closed.outcome) == ("closed", "answered_final")
    assert house.late(ref) == set()
    assert house.moves(ref)[-2:] == ["decide_reconsideration", "accept_answer"]


def test_a_panel_sends_it_back_once(house: House) -> None:
    """A case sent back is investigated with a new promised date. After the second answer the panel can no
    longer send it back."""
    staffed(house)
    ref = answered(house)
    house.move(house.by_link(ref), "ask_reconsideration", ref, reasons={"1": "没有人问过我。"})
    panel(house, ref, (DENG, {"1": "sent_back"}), (FAN, {"1": "sent_back"}), (GU, {"1": "confirmed"}))
    back = house.move(DENG, "decide_reconsideration", ref, reasons={"1": "未听取消费者陈述，退回重查。"})
    assert (back.stage, back.owner) == ("investigating", "zhao")
    assert back.promised
    assert back.promised > house.time + 14 * DAY
    house.live(5 * DAY, ref)
    # the answer to matter 2 stands, so the report covers matter 1 only
    house.move(ZHAO, "file_report", ref, **report(house.time.date(), 1, conclusion="not_upheld"))
    house.move(SUN, "answer", ref)
    house.move(house.by_link(ref), "ask_reconsideration", ref, reasons={"1": "结论没变，理由也没变。"})
    named: dict[str, Any] = {"members": ["fan", "gu", "shen"], "chair": "gu"}
    assert (
        refusal(house, ZHOU, "appoint_panel", ref, **{**named, "members": ["deng", "gu", "shen"]})
        == "handled_before"
    )
    house.move(ZHOU, "appoint_panel", ref, **named)
    house.move(FAN, "declare_interest", ref, interest=True, conflict="other_doubt", reason="上次已表过态。")
    house.move(ZHOU, "appoint_panel", ref, **{**named, "members": ["bao", "gu", "shen"]})
    for member in (BAO, GU, SHEN):
        house.move(member, "declare_interest", ref, interest=False)
    assert (
        refusal(house, GU, "vote", ref, results={"1": "sent_back"}, reasons={"1": "再查。"})
        == "sent_back_before"
    )
    for member in (BAO, GU, SHEN):
        house.move(member, "vote", ref, results={"1": "confirmed"}, reasons={"1": "已听取陈述。"})
    final = house.move(GU, "decide_reconsideration", ref, reasons={"1": "事实清楚。"})
    assert (final.stage, final.recourse.reviewed) == ("answered", (1,))
    assert house.late(ref) <= {"progress"}
    house.live(31 * DAY, ref)
    assert house.moves(ref)[-1] == "lapse_answer"


def test_a_company_of_six_has_no_panel(house: House) -> None:
    """The executive decides alone where all but two have handled the case. The decision offers mediation,
    which begins with the consumer's consent."""
    house.product.file.keep_roster(
        Roster(
            {
                "general": Team(
                    {"zh": "客服组", "en": "Service"},
                    "400-1",
                    {
                        role: (_member(who),)
                        for role, who in (
                            ("intake", "wang"),
                            ("investigator", "zhao"),
                            ("lead", "sun"),
                            ("supervisor", "zhou"),
                            ("executive", "wu"),
                            ("followup", "feng"),
                        )
                    },
                )
            }
        )
    )
    ref = house.submit(wishes=["explanation"]).ref
    house.move(WANG, "accept", ref)
    house.move(SUN, "set_severity", ref, severity="S2", why="老人，生活困难。")
    house.move(ZHAO, "take", ref)
    house.move(ZHAO, "file_report", ref, **report(house.time.date(), 1, 2, conclusion="not_upheld"))
    house.agreed(ref, SUN, ZHOU, "answer")
    house.move(house.by_link(ref), "ask_reconsideration", ref, reasons={"2": "没有人来修。"})
    assert (
        refusal(house, ZHOU, "appoint_panel", ref, members=["wu", "feng", "sun"], chair="wu")
        == "executive_decides"
    )
    decided = house.move(
        WU, "decide_reconsideration", ref, results={"2": "confirmed"}, reasons={"2": "维修单显示已上门。"}
    )
    assert decided.talks.mediation_offered
    house.post()
    assert "调解" in [mail for mail in house.sent() if mail["to"] == "wang.fang@mail.example"][-1]["text"]
    raised = house.move(
        house.by_link(ref), "raise_dispute", ref, nature="facts", about="维修单上的字不是我签的。"
    )
    assert raised.talks.dispute
    assert raised.talks.dispute.invited
    assert "mediation_invitation" in house.letters(ref)[-2:]
    assert house.move(house.by_link(ref), "consent_mediation", ref).stage == "mediating"
    assert house.moves(ref)[-1] == "consent_mediation"
    assert house.late(ref) == set()


def test_a_decline_is_contested_while_the_rest_is_investigated(house: House) -> None:
    """A declined matter becomes a case of its own when contested. The panel changes it; the first case
    continues with its own deadlines."""
    staffed(house)
    ref = house.submit(wishes=["explanation"]).ref
    house.move(WANG, "accept", ref, declined={"2": "not_complaint"}, reasons={"2": "这是咨询。"})
    house.move(SUN, "assign", ref, to="zhao")
    promised = house.product.file.load(ref).promised
    house.live(2 * DAY, ref)
    first = house.move(
        house.by_link(ref), "ask_reconsideration", ref, reasons={"2": "不是咨询，是保修被拒。"}
    )
    own = house.lines(ref, "ask_reconsideration")[0]["own"]
    assert (first.stage, first.promised) == ("investigating", promised)
    house.post()
    assert any(own[:4] in mail["subject"] for mail in house.sent() if mail["to"] == "wang.fang@mail.example")
    assert (
        refusal(house, ZHOU, "appoint_panel", own, members=["deng", "fan", "wang"], chair="deng")
        == "handled_before"
    )
    panel(house, own, (DENG, {"1": "changed"}), (FAN, {"1": "changed"}), (GU, {"1": "changed"}))
    opened = house.move(DENG, "decide_reconsideration", own, reasons={"1": "属于投诉，应当受理。"})
    assert opened.stage == "investigating"
    assert due(opened)["investigation"] > house.time + 14 * DAY
    for each in (ref, own):
        answer(house, each, conclusion="not_established") if each == own else house.move(
            ZHAO, "file_report", each, **report(house.time.date(), 1, conclusion="not_upheld")
        )
    house.move(SUN, "answer", ref)
    for each in (ref, own):
        assert house.move(house.by_link(each), "accept_answer", each).outcome == "answered_accepted"
        assert house.moves(each)[-1] == "accept_answer"
        assert house.late(each) == set()


def test_counter_offers_come_to_a_settlement(house: House) -> None:
    """An offer accepted by phone needs a read-back, is confirmed in writing to both sides, and performed
    on the spot.

    Each side can counter an offer, but not accept its own. The shop's confidential statement is in no
    letter."""
    staffed(house)
    ref = answered(house)
    house.move(house.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = talking(house, ref)
    consumer, secret = house.by_link(ref), "我们最多能让到一千二，别告诉对方"
    house.move(consumer, "state_position", ref, text="机器才用三个月。")
    house.move(shop, "state_position", ref, text=secret)
    until = str((house.time + 5 * DAY).date())
    house.move(shop, "offer", ref, terms="免费换新机。", until=until)
    assert refusal(house, consumer, "offer", ref, terms="退一千。", until=until) == "offer_waits"
    house.move(
        consumer,
        "offer",
        ref,
        terms="退一千元，机器留用。",
        until=until,
        counters="F1",
        amount={"amount": "1000.00"},
    )
    house.move(
        shop,
        "offer",
        ref,
        terms="退八百元，机器留用。",
        until=until,
        counters="F2",
        amount={"amount": "800.00"},
    )
    assert refusal(house, shop, "accept_offer", ref, offer="F3") == "own_offer"
    assert (
        refusal(house, MA, "accept_offer", ref, offer="F3", side="consumer", read_back=False)
        == "read_back_needed"
    )
    house.move(MA, "accept_offer", ref, offer="F3", side="consumer", read_back=True)
    assert refusal(house, consumer, "accept_offer", ref, offer="F3") == "offer_over"
    assert house.letters(ref)[-1] == house.letters(ref, f"party:{shop.party}")[-1] == "offer_answered"
    closed = house.move(
        MA, "record_on_the_spot", ref, done="当面转账八百元。", consumer_confirms=True, business_confirms=True
    )
    assert (closed.stage, closed.outcome) == ("closed", "performed_on_the_spot")
    assert house.late(ref) == set()
    house.post()
    assert not [mail for mail in house.sent() if secret in mail["text"]]
    assert house.moves(ref)[-1] == "record_on_the_spot"


def test_a_company_that_says_nothing(house: House) -> None:
    """Silence of the company does not refuse the mediation: supervisor and executive are alerted. A
    refusal needs a reason and the supervisor's approval.

    The negotiation can end after two recorded attempts to reach the company."""
    staffed(house)
    ref = answered(house)
    consumer = house.by_link(ref)
    house.move(consumer, "raise_dispute", ref, nature="responsibility", about="谁都不认账。")
    shop = talking(house, ref)
    house.move(consumer, "state_position", ref, text="我只要一个说法。")
    assert (
        refusal(house, MA, "end_negotiation", ref, ending="no_prospect", reason="对方不理。") == "hear_first"
    )
    for what in ("电话无人接听。", "店里说负责人不在。"):
        house.move(MA, "record_try", ref, side="business", what=what)
    house.move(MA, "end_negotiation", ref, ending="no_prospect", reason="对方不回应。")
    house.move(consumer, "consent_mediation", ref)
    house.live(12 * DAY, ref)
    told = [step["to"] for step in house.lines(ref, "take_step") if step["deadline"] == "company_consent"]
    assert told == ["zhou", "zhou", "wu"]
    assert house.product.file.load(ref).stage == "negotiating"
    assert refusal(house, shop, "refuse_mediation", ref) == "reason_needed"
    waits = house.move(shop, "refuse_mediation", ref, reason="总部不同意调解。")
    assert waits.stage == "negotiating"
    assert refusal(house, SUN, "approve", ref, approval=waits.approvals[0].id) == "approver_level"
    closed = house.move(ZHOU, "approve", ref, approval=waits.approvals[0].id)
    assert (closed.stage, closed.outcome) == ("closed", "not_settled")
    assert house.letters(ref)[-1] == "negotiation_ended"
    assert set(house.letters(ref, f"party:{shop.party}")[-2:]) == {"negotiation_ended", "approval_decided"}
    house.post()
    assert house.moves(ref)[-1] == "approve"


def test_a_company_that_never_says_anything(house: House) -> None:
    """Twenty working days of silence by the company end the talks. The consumer learns the reason and
    other routes, and can still ask for reconsideration."""
    staffed(house)
    ref = answered(house)
    consumer = house.by_link(ref)
    house.move(consumer, "raise_dispute", ref, nature="responsibility", about="谁都不认账。")
    talking(house, ref)
    house.move(consumer, "state_position", ref, text="我只要一个说法。")
    for what in ("电话无人接听。", "店里说负责人不在。"):
        house.move(MA, "record_try", ref, side="business", what=what)
    house.move(MA, "end_negotiation", ref, ending="no_prospect", reason="对方不回应。")
    house.move(consumer, "consent_mediation", ref)
    house.live(40 * DAY, ref)
    case = house.product.file.load(ref)
    assert (case.stage, case.outcome) == ("closed", "not_settled")
    assert house.lines(ref, "lapse_consent")[-1]["ending"] == "company_silent"
    assert house.letters(ref).count("negotiation_ended") == 2
    anew = house.move(consumer, "ask_reconsideration", ref, reasons={"1": "答复没有看我的照片。"})
    assert anew.stage == "under_reconsideration"
    house.post()


def test_a_consumer_who_says_nothing(house: House) -> None:
    """Silence of the consumer ends the negotiation after ten working days and then declines the mediation.
    The investigation goes on with its holder and its date.

    Staff identified the dispute with the consumer's consent."""
    staffed(house)
    ref = house.submit(wishes=["explanation"]).ref
    house.move(WANG, "accept", ref)
    house.move(SUN, "assign", ref, to="zhao")
    asked: dict[str, Any] = {"nature": "remedy", "about": "双方各执一词。", "severity": "S4"}
    assert refusal(house, ZHAO, "identify_dispute", ref, **asked, agrees=False) == "consumer_agrees_first"
    house.move(ZHAO, "identify_dispute", ref, **asked, agrees=True)
    assert refusal(house, SUN, "assign_negotiator", ref, to="zhao") == "not_neutral"
    talking(house, ref)
    house.live(40 * DAY, ref)
    case = house.product.file.load(ref)
    assert (case.stage, case.owner) == ("investigating", "zhao")
    assert {"investigation"} <= house.late(ref)
    assert [letter for letter in house.letters(ref) if "mediation" in letter or "negotiation" in letter] == [
        "negotiation_ended",
        "mediation_invitation",
        "mediation_invitation_reminder",
        "negotiation_ended",
    ]
    assert {"lapse_negotiation", "lapse_consent"} <= set(house.moves(ref))


def test_withdrawn_in_the_middle_of_the_talks(house: House) -> None:
    """A withdrawal during talks notifies both sides, ends the open offer, and can be reversed within its
    window."""
    staffed(house)
    ref = answered(house)
    consumer = house.by_link(ref)
    house.move(consumer, "raise_dispute", ref, nature="amount", about="太少。")
    shop = talking(house, ref)
    house.move(
        shop,
        "offer",
        ref,
        terms="退三百元。",
        until=str((house.time + 9 * DAY).date()),
        amount={"amount": "300.00"},
    )
    gone = house.move(consumer, "withdraw", ref)
    assert (gone.stage, gone.outcome) == ("closed", "withdrawn")
    assert refusal(house, consumer, "accept_offer", ref, offer="F1") == "move_not_allowed_in_stage"
    assert house.letters(ref)[-1] == house.letters(ref, f"party:{shop.party}")[-1] == "withdrawn"
    house.live(timedelta(days=12), ref)
    assert (
        house.move(consumer, "reopen", ref, cause="returned", facts="想了想，还是要个说法。").stage
        == "investigating"
    )
    assert "offer" not in {run.name for run in deadlines(house.product.file.load(ref)).values()}
