"""Cases with a contested answer: decided by a panel, negotiated, or closed without agreement."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.engine.deadlines import deadlines, due
from chalicelib.domain.roster import Roster, Team
from tests.life.complaint import answer, perform, refusal, report
from tests.life.contested import BAO, DENG, FAN, GU, MA, SHEN, _member, answered, panel, staffed, talking
from tests.scenario import DAY, SUN, WANG, WU, ZHAO, ZHOU, Scenario


def test_a_panel_overturns_the_answer(scenario: Scenario) -> None:
    """Two of three panel votes change the answer: the refused refund is promised, paid and confirmed.

    A handler of the case cannot sit on the panel. The vote count is recorded, and a second reconsideration
    is refused."""
    staffed(scenario)
    ref = answered(scenario)
    consumer = scenario.by_link(ref)
    asked = scenario.move(
        consumer, "ask_reconsideration", ref, reasons={"1": "机器根本不脱水，你们没有检测。"}
    )
    assert asked.stage == "under_reconsideration"
    assert due(asked)["reconsideration"] - scenario.time > 29 * DAY
    assert (
        refusal(scenario, ZHOU, "appoint_panel", ref, members=["deng", "fan", "zhao"], chair="deng")
        == "handled_before"
    )
    panel(scenario, ref, (DENG, {"1": "changed"}), (FAN, {"1": "changed"}), (GU, {"1": "confirmed"}))
    assert (
        refusal(scenario, FAN, "vote", ref, results={"1": "changed"}, reasons={"1": "再说一次。"})
        == "voted_before"
    )
    decided = scenario.move(
        DENG,
        "decide_reconsideration",
        ref,
        reasons={"1": "检测显示电机不合格，应当退款。"},
        conclusions={"1": "upheld"},
        terms="全额退款，原路退回。",
        remedies=[{"matter": 1, "kind": "refund", "by": "2026-03-20", "amount": {"amount": "1655.00"}}],
    )
    assert (decided.stage, decided.recourse.reviewed) == ("answered", (1,))
    assert scenario.lines(ref, "decide_reconsideration")[0]["votes"] == {"1": 2}
    scenario.post()
    told = next(mail["text"] for mail in reversed(scenario.sent()) if mail["to"] == "wang.fang@mail.example")
    assert "1,655.00" in told
    assert "审计部" not in told.partition("Deng")[2]
    assert (
        refusal(scenario, consumer, "ask_reconsideration", ref, reasons={"1": "还是不满意。"})
        == "reconsidered_before"
    )
    scenario.move(consumer, "accept_answer", ref)
    assert perform(scenario, ref).outcome == "fulfilled"
    assert scenario.late(ref) == set()
    letters = scenario.letters(ref)
    after = letters[letters.index("answer") + 1 :]
    assert after[:3] == ["reconsideration_received", "panel_named", "reconsideration_decision"]


def test_a_panel_confirms_and_the_consumer_accepts(scenario: Scenario) -> None:
    """Three of three members confirm the answer with reasons, and the consumer's acceptance closes the
    case."""
    staffed(scenario)
    ref = answered(scenario)
    scenario.move(
        WANG, "ask_reconsideration", ref, reasons={"1": "电话里说：不服。", "2": "电话里说：没有人来修。"}
    )
    confirmed = {"1": "confirmed", "2": "confirmed"}
    panel(scenario, ref, (DENG, confirmed), (FAN, confirmed), (GU, confirmed))
    scenario.move(DENG, "decide_reconsideration", ref, reasons={"1": "调查充分。", "2": "维修已按期完成。"})
    closed = scenario.move(scenario.by_link(ref), "accept_answer", ref)
    assert (closed.stage, closed.outcome) == ("closed", "answered_final")
    assert scenario.late(ref) == set()
    assert scenario.moves(ref)[-2:] == ["decide_reconsideration", "accept_answer"]


def test_a_panel_sends_it_back_once(scenario: Scenario) -> None:
    """A case sent back is investigated with a new promised date. After the second answer the panel can no
    longer send it back."""
    staffed(scenario)
    ref = answered(scenario)
    scenario.move(scenario.by_link(ref), "ask_reconsideration", ref, reasons={"1": "没有人问过我。"})
    panel(scenario, ref, (DENG, {"1": "sent_back"}), (FAN, {"1": "sent_back"}), (GU, {"1": "confirmed"}))
    back = scenario.move(DENG, "decide_reconsideration", ref, reasons={"1": "未听取消费者陈述，退回重查。"})
    assert (back.stage, back.owner) == ("investigating", "zhao")
    assert back.promised
    assert back.promised > scenario.time + 14 * DAY
    scenario.live(5 * DAY, ref)
    # the answer to matter 2 stands, so the report covers matter 1 only
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, conclusion="not_upheld"))
    scenario.move(SUN, "answer", ref)
    scenario.move(scenario.by_link(ref), "ask_reconsideration", ref, reasons={"1": "结论没变，理由也没变。"})
    named: dict[str, Any] = {"members": ["fan", "gu", "shen"], "chair": "gu"}
    assert (
        refusal(scenario, ZHOU, "appoint_panel", ref, **{**named, "members": ["deng", "gu", "shen"]})
        == "handled_before"
    )
    scenario.move(ZHOU, "appoint_panel", ref, **named)
    scenario.move(
        FAN, "declare_interest", ref, interest=True, conflict="other_doubt", reason="上次已表过态。"
    )
    scenario.move(ZHOU, "appoint_panel", ref, **{**named, "members": ["bao", "gu", "shen"]})
    for member in (BAO, GU, SHEN):
        scenario.move(member, "declare_interest", ref, interest=False)
    assert (
        refusal(scenario, GU, "vote", ref, results={"1": "sent_back"}, reasons={"1": "再查。"})
        == "sent_back_before"
    )
    for member in (BAO, GU, SHEN):
        scenario.move(member, "vote", ref, results={"1": "confirmed"}, reasons={"1": "已听取陈述。"})
    final = scenario.move(GU, "decide_reconsideration", ref, reasons={"1": "事实清楚。"})
    assert (final.stage, final.recourse.reviewed) == ("answered", (1,))
    assert scenario.late(ref) <= {"progress"}
    scenario.live(31 * DAY, ref)
    assert scenario.moves(ref)[-1] == "lapse_answer"


def test_a_company_of_six_has_no_panel(scenario: Scenario) -> None:
    """The executive decides alone where all but two have handled the case. The decision offers mediation,
    which begins with the consumer's consent."""
    scenario.product.file.keep_roster(
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
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "set_severity", ref, severity="S2", why="老人，生活困难。")
    scenario.move(ZHAO, "take", ref)
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2, conclusion="not_upheld"))
    scenario.agreed(ref, SUN, ZHOU, "answer")
    scenario.move(scenario.by_link(ref), "ask_reconsideration", ref, reasons={"2": "没有人来修。"})
    assert (
        refusal(scenario, ZHOU, "appoint_panel", ref, members=["wu", "feng", "sun"], chair="wu")
        == "executive_decides"
    )
    decided = scenario.move(
        WU, "decide_reconsideration", ref, results={"2": "confirmed"}, reasons={"2": "维修单显示已上门。"}
    )
    assert decided.talks.mediation_offered
    scenario.post()
    assert "调解" in [mail for mail in scenario.sent() if mail["to"] == "wang.fang@mail.example"][-1]["text"]
    raised = scenario.move(
        scenario.by_link(ref), "raise_dispute", ref, nature="facts", about="维修单上的字不是我签的。"
    )
    assert raised.talks.dispute
    assert raised.talks.dispute.invited
    assert "mediation_invitation" in scenario.letters(ref)[-2:]
    assert scenario.move(scenario.by_link(ref), "consent_mediation", ref).stage == "mediating"
    assert scenario.moves(ref)[-1] == "consent_mediation"
    assert scenario.late(ref) == set()


def test_a_decline_is_contested_while_the_rest_is_investigated(scenario: Scenario) -> None:
    """A declined matter becomes a case of its own when contested. The panel changes it; the first case
    continues with its own deadlines."""
    staffed(scenario)
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "accept", ref, declined={"2": "not_complaint"}, reasons={"2": "这是咨询。"})
    scenario.move(SUN, "assign", ref, to="zhao")
    promised = scenario.product.file.load(ref).promised
    scenario.live(2 * DAY, ref)
    first = scenario.move(
        scenario.by_link(ref), "ask_reconsideration", ref, reasons={"2": "不是咨询，是保修被拒。"}
    )
    own = scenario.lines(ref, "ask_reconsideration")[0]["own"]
    assert (first.stage, first.promised) == ("investigating", promised)
    scenario.post()
    assert any(
        own[:4] in mail["subject"] for mail in scenario.sent() if mail["to"] == "wang.fang@mail.example"
    )
    assert (
        refusal(scenario, ZHOU, "appoint_panel", own, members=["deng", "fan", "wang"], chair="deng")
        == "handled_before"
    )
    panel(scenario, own, (DENG, {"1": "changed"}), (FAN, {"1": "changed"}), (GU, {"1": "changed"}))
    opened = scenario.move(DENG, "decide_reconsideration", own, reasons={"1": "属于投诉，应当受理。"})
    assert opened.stage == "investigating"
    assert due(opened)["investigation"] > scenario.time + 14 * DAY
    for each in (ref, own):
        answer(scenario, each, conclusion="not_established") if each == own else scenario.move(
            ZHAO, "file_report", each, **report(scenario.time.date(), 1, conclusion="not_upheld")
        )
    scenario.move(SUN, "answer", ref)
    for each in (ref, own):
        assert scenario.move(scenario.by_link(each), "accept_answer", each).outcome == "answered_accepted"
        assert scenario.moves(each)[-1] == "accept_answer"
        assert scenario.late(each) == set()


def test_counter_offers_come_to_a_settlement(scenario: Scenario) -> None:
    """An offer accepted by phone needs a read-back, is confirmed in writing to both sides, and performed
    on the spot.

    Each side can counter an offer, but not accept its own. The shop's confidential statement is in no
    letter."""
    staffed(scenario)
    ref = answered(scenario)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="amount", about="一分不退不合理。")
    shop = talking(scenario, ref)
    consumer, secret = scenario.by_link(ref), "我们最多能让到一千二，别告诉对方"
    scenario.move(consumer, "state_position", ref, text="机器才用三个月。")
    scenario.move(shop, "state_position", ref, text=secret)
    until = str((scenario.time + 5 * DAY).date())
    scenario.move(shop, "offer", ref, terms="免费换新机。", until=until)
    assert refusal(scenario, consumer, "offer", ref, terms="退一千。", until=until) == "offer_waits"
    scenario.move(
        consumer,
        "offer",
        ref,
        terms="退一千元，机器留用。",
        until=until,
        counters="F1",
        amount={"amount": "1000.00"},
    )
    scenario.move(
        shop,
        "offer",
        ref,
        terms="退八百元，机器留用。",
        until=until,
        counters="F2",
        amount={"amount": "800.00"},
    )
    assert refusal(scenario, shop, "accept_offer", ref, offer="F3") == "own_offer"
    assert (
        refusal(scenario, MA, "accept_offer", ref, offer="F3", side="consumer", read_back=False)
        == "read_back_needed"
    )
    scenario.move(MA, "accept_offer", ref, offer="F3", side="consumer", read_back=True)
    assert refusal(scenario, consumer, "accept_offer", ref, offer="F3") == "offer_over"
    assert scenario.letters(ref)[-1] == scenario.letters(ref, f"party:{shop.party}")[-1] == "offer_answered"
    closed = scenario.move(
        MA, "record_on_the_spot", ref, done="当面转账八百元。", consumer_confirms=True, business_confirms=True
    )
    assert (closed.stage, closed.outcome) == ("closed", "performed_on_the_spot")
    assert scenario.late(ref) == set()
    scenario.post()
    assert not [mail for mail in scenario.sent() if secret in mail["text"]]
    assert scenario.moves(ref)[-1] == "record_on_the_spot"


def test_a_company_that_says_nothing(scenario: Scenario) -> None:
    """Silence of the company does not refuse the mediation: supervisor and executive are alerted. A
    refusal needs a reason and the supervisor's approval.

    The negotiation can end after two recorded attempts to reach the company."""
    staffed(scenario)
    ref = answered(scenario)
    consumer = scenario.by_link(ref)
    scenario.move(consumer, "raise_dispute", ref, nature="responsibility", about="谁都不认账。")
    shop = talking(scenario, ref)
    scenario.move(consumer, "state_position", ref, text="我只要一个说法。")
    assert (
        refusal(scenario, MA, "end_negotiation", ref, ending="no_prospect", reason="对方不理。")
        == "hear_first"
    )
    for what in ("电话无人接听。", "店里说负责人不在。"):
        scenario.move(MA, "record_try", ref, side="business", what=what)
    scenario.move(MA, "end_negotiation", ref, ending="no_prospect", reason="对方不回应。")
    scenario.move(consumer, "consent_mediation", ref)
    scenario.live(12 * DAY, ref)
    told = [step["to"] for step in scenario.lines(ref, "take_step") if step["deadline"] == "company_consent"]
    assert told == ["zhou", "zhou", "wu"]
    assert scenario.product.file.load(ref).stage == "negotiating"
    assert refusal(scenario, shop, "refuse_mediation", ref) == "reason_needed"
    waits = scenario.move(shop, "refuse_mediation", ref, reason="总部不同意调解。")
    assert waits.stage == "negotiating"
    assert refusal(scenario, SUN, "approve", ref, approval=waits.approvals[0].id) == "approver_level"
    closed = scenario.move(ZHOU, "approve", ref, approval=waits.approvals[0].id)
    assert (closed.stage, closed.outcome) == ("closed", "not_settled")
    assert scenario.letters(ref)[-1] == "negotiation_ended"
    assert set(scenario.letters(ref, f"party:{shop.party}")[-2:]) == {"negotiation_ended", "approval_decided"}
    scenario.post()
    assert scenario.moves(ref)[-1] == "approve"


def test_a_company_that_never_says_anything(scenario: Scenario) -> None:
    """Twenty working days of silence by the company end the talks. The consumer learns the reason and
    other routes, and can still ask for reconsideration."""
    staffed(scenario)
    ref = answered(scenario)
    consumer = scenario.by_link(ref)
    scenario.move(consumer, "raise_dispute", ref, nature="responsibility", about="谁都不认账。")
    talking(scenario, ref)
    scenario.move(consumer, "state_position", ref, text="我只要一个说法。")
    for what in ("电话无人接听。", "店里说负责人不在。"):
        scenario.move(MA, "record_try", ref, side="business", what=what)
    scenario.move(MA, "end_negotiation", ref, ending="no_prospect", reason="对方不回应。")
    scenario.move(consumer, "consent_mediation", ref)
    scenario.live(40 * DAY, ref)
    case = scenario.product.file.load(ref)
    assert (case.stage, case.outcome) == ("closed", "not_settled")
    assert scenario.lines(ref, "lapse_consent")[-1]["ending"] == "company_silent"
    assert scenario.letters(ref).count("negotiation_ended") == 2
    anew = scenario.move(consumer, "ask_reconsideration", ref, reasons={"1": "答复没有看我的照片。"})
    assert anew.stage == "under_reconsideration"
    scenario.post()


def test_a_consumer_who_says_nothing(scenario: Scenario) -> None:
    """Silence of the consumer ends the negotiation after ten working days and then declines the mediation.
    The investigation goes on with its holder and its date.

    Staff identified the dispute with the consumer's consent."""
    staffed(scenario)
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    asked: dict[str, Any] = {"nature": "remedy", "about": "双方各执一词。", "severity": "S4"}
    assert refusal(scenario, ZHAO, "identify_dispute", ref, **asked, agrees=False) == "consumer_agrees_first"
    scenario.move(ZHAO, "identify_dispute", ref, **asked, agrees=True)
    assert refusal(scenario, SUN, "assign_negotiator", ref, to="zhao") == "not_neutral"
    talking(scenario, ref)
    scenario.live(40 * DAY, ref)
    case = scenario.product.file.load(ref)
    assert (case.stage, case.owner) == ("investigating", "zhao")
    assert {"investigation"} <= scenario.late(ref)
    assert [
        letter for letter in scenario.letters(ref) if "mediation" in letter or "negotiation" in letter
    ] == ["negotiation_ended", "mediation_invitation", "mediation_invitation_reminder", "negotiation_ended"]
    assert {"lapse_negotiation", "lapse_consent"} <= set(scenario.moves(ref))


def test_withdrawn_in_the_middle_of_the_talks(scenario: Scenario) -> None:
    """A withdrawal during talks notifies both sides, ends the open offer, and can be reversed within its
    window."""
    staffed(scenario)
    ref = answered(scenario)
    consumer = scenario.by_link(ref)
    scenario.move(consumer, "raise_dispute", ref, nature="amount", about="太少。")
    shop = talking(scenario, ref)
    scenario.move(
        shop,
        "offer",
        ref,
        terms="退三百元。",
        until=str((scenario.time + 9 * DAY).date()),
        amount={"amount": "300.00"},
    )
    gone = scenario.move(consumer, "withdraw", ref)
    assert (gone.stage, gone.outcome) == ("closed", "withdrawn")
    assert refusal(scenario, consumer, "accept_offer", ref, offer="F1") == "move_not_allowed_in_stage"
    assert scenario.letters(ref)[-1] == scenario.letters(ref, f"party:{shop.party}")[-1] == "withdrawn"
    scenario.live(timedelta(days=12), ref)
    assert (
        scenario.move(consumer, "reopen", ref, cause="returned", facts="想了想，还是要个说法。").stage
        == "investigating"
    )
    assert "offer" not in {run.name for run in deadlines(scenario.product.file.load(ref)).values()}
