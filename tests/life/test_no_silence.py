"""Cases in which people stay silent, are absent, or act twice: a deadline always runs, and the parties
learn the next step."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.roster import Hours, Member, Roster, Team
from tests.life.agreed import called, mediated
from tests.life.complaint import BY_PHONE, PROOF, SURE, answer, perform, refusal
from tests.life.contested import DENG, FAN, GU, MA, answered, panel, staffed, talking
from tests.life.promised import NOT_DONE, breached, called_on, of, settled, until
from tests.scenario import CHEN, DAY, FENG, HOUR, QIAN, SUN, WANG, WU, ZHAO, ZHOU, Scenario, roster


def test_overturned_refusal_is_investigated(scenario: Scenario) -> None:
    """A panel that did not handle the case overturns a refusal of all matters. The case is investigated
    with its own promised date, and fulfilled."""
    staffed(scenario)
    ref = scenario.submit().ref
    scenario.move(
        WANG,
        "decline",
        ref,
        grounds={"1": "outside_competence", "2": "not_complaint"},
        routes=["samr_12315"],
        reasons={"1": "没有订单，也没有写明是哪家店的哪台机器。", "2": "这是咨询保修条件。"},
    )
    scenario.live(6 * DAY, ref)
    scenario.move(
        scenario.by_link(ref),
        "ask_reconsideration",
        ref,
        reasons={"1": "订单号第一天就写了，你们没有看！！", "2": "我没有咨询，是你们拒绝保修。"},
    )
    panel(scenario, ref, *((who, {"1": "changed", "2": "changed"}) for who in (DENG, FAN, GU)))
    opened = scenario.move(
        DENG, "decide_reconsideration", ref, reasons={"1": "订单号写明了。", "2": "是投诉。"}
    )
    assert opened.stage == "investigating"
    assert opened.promised
    assert opened.promised > scenario.time + 14 * DAY
    scenario.move(SUN, "assign", ref, to="zhao")
    answer(scenario, ref)
    scenario.move(scenario.by_link(ref), "accept_answer", ref)
    closed = perform(scenario, ref)
    assert (closed.stage, closed.outcome) == ("closed", "fulfilled")
    assert scenario.late(ref) <= {"progress"}
    told = scenario.letters(ref)
    assert told[:2] == ["receipt", "declined"]
    assert "reconsideration_decision" in told
    assert told[-1] == "fulfilled"


def test_settled_on_the_phone_and_not_paid(scenario: Scenario) -> None:
    """A refund agreed by phone but unpaid is demanded, found in breach, and paid first by the company. The
    outcome is `fulfilled_after_breach`."""
    ref = scenario.submit(wishes=["refund"]).ref
    scenario.move(
        WANG,
        "settle_at_once",
        ref,
        read_back=True,
        agreement="2月12日电话里同意退款。",
        causes=["wrong_decision"],
        terms="三天内原路退款。",
        remedies=[{"matter": 1, "kind": "refund", "by": "2026-02-15", "amount": {"amount": "299.00"}}],
    )
    called_on(scenario, ref)
    assert scenario.letters(ref)[-1] == "performance_question"
    until(scenario, ref, "cure")
    scenario.agreed(ref, FENG, ZHOU, "find_breach", obligation="O1", **NOT_DONE)
    scenario.agreed(
        ref,
        FENG,
        ZHOU,
        "take_measure",
        obligation="O1",
        measure="pay_first",
        basis="先行赔付制度。",
        amount={"amount": "299.00"},
    )
    scenario.live(HOUR, ref)
    assert scenario.letters(ref)[-2:] == ["breach_found", "measure"]
    closed = perform(scenario, ref)
    assert (closed.stage, closed.outcome) == ("closed", "fulfilled_after_breach")
    assert scenario.letters(ref)[-1] == "fulfilled"


def test_consumer_with_only_a_telephone_hears_each_letter(scenario: Scenario) -> None:
    """A consumer with only a telephone hears each letter read aloud, each deadline starts with that call,
    and no mail is sent."""
    ref = scenario.submit(
        WANG, channel="phone", person=BY_PHONE, consents=SURE, account={"story": "热水器漏水，没人来修。"}
    ).ref
    scenario.tell(ref)
    scenario.move(WANG, "ask_information", ref, items=["purchase_proof"], why="需要知道是哪一天买的。")
    scenario.live(20 * DAY, ref)
    asked = next(
        run for run in deadlines(scenario.product.file.load(ref)).values() if run.name == "information"
    )
    # the letter was not read yet, so the deadline has not begun
    assert asked.stopped == "undelivered"
    assert "telling" in scenario.late(ref)
    scenario.tell(ref)
    scenario.move(WANG, "give_information", ref, answer="去年十月，发票在抽屉里，号码读给您。")
    scenario.move(WANG, "accept", ref)
    scenario.tell(ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.tell(ref)
    answer(scenario, ref)
    scenario.live(2 * HOUR, ref)
    scenario.tell(ref)
    scenario.move(WANG, "accept_answer", ref)
    for owed in scenario.product.file.load(ref).open_obligations:
        scenario.move(FENG, "claim_done", ref, obligation=owed.id, **PROOF)
        scenario.tell(ref)
        scenario.move(CHEN, "confirm_done", ref, obligation=owed.id, remark="电话里确认收到。")
    scenario.live(HOUR, ref)
    scenario.tell(ref)
    assert scenario.product.file.load(ref).outcome == "fulfilled"
    assert not [m for m in scenario.sent() if "mail.example" in m["to"]]
    assert not scenario.product.file.load(ref).tellings


def test_the_handler_is_away(scenario: Scenario) -> None:
    """Reminders of an absent handler go to a deputy. A reassignment names the new handler to the consumer
    and changes no date."""
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    promised = scenario.product.file.load(ref).promised
    scenario.live(DAY, ref)
    assert "handler_named" in scenario.letters(ref)
    duty = roster().teams["general"].duty
    ill = tuple(
        replace(one, absent=(Hours(scenario.time, scenario.time + 30 * DAY),)) for one in duty["investigator"]
    )
    teams = {
        **roster().teams,
        "general": replace(roster().teams["general"], duty={**duty, "investigator": ill}),
    }
    scenario.product.file.keep_roster(Roster(teams))
    scenario.live(7 * DAY, ref)
    steps = [step for step in scenario.lines(ref, "take_step") if step["deadline"] == "progress"]
    assert steps
    assert "zhao" not in {step["to"] for step in steps}
    scenario.move(SUN, "assign", ref, to="sun")
    scenario.live(HOUR, ref)
    assert scenario.letters(ref)[-1] == "handler_changed"
    assert scenario.product.file.load(ref).promised == promised


def test_the_same_complaint_over_three_channels(scenario: Scenario) -> None:
    """Three reports of one matter become one case: messages to each number reach it, the hotline's date
    leads, and one answer is sent."""
    web = scenario.submit().ref
    phone = scenario.submit(
        WANG, channel="phone", person={"name": "王芳", "phone": "13800138000"}, consents=SURE
    ).ref
    scenario.tell(phone)
    hotline = scenario.submit(
        WANG, channel="referral_12345", account={"story": "12345转来：洗衣机坏了。", "outside_number": "T-9"}
    ).ref
    for other in (phone, hotline):
        scenario.move(WANG, "link_duplicate", other, leading=web)
    scenario.move(WANG, "accept", web)
    scenario.move(WANG, "note_outside_proceeding", web, body="gov_12345", number="T-9", due="2026-02-24")
    scenario.move(scenario.by_link(phone), "message", phone, text="我打过三次电话了，到底有没有人管？")
    assert scenario.product.file.load(web).messages
    assert not scenario.product.file.load(phone).messages
    scenario.move(SUN, "assign", web, to="zhao")
    scenario.move(ZHAO, "message", web, text="您三次来电说的是同一件事，我们合在一起办。")
    scenario.move(ZHAO, "reply_outside", web, body="gov_12345", reply="已受理并答复消费者。")
    answer(scenario, web)
    scenario.live(HOUR, web, phone, hotline)
    assert scenario.letters(web).count("answer") == 1
    assert "answer" not in (*scenario.letters(phone), *scenario.letters(hotline))


def test_anonymous_danger_report_is_triaged(scenario: Scenario) -> None:
    """An anonymous safety report is triaged at once and closed as information only."""
    ref = scenario.submit(
        person={},
        hurt="could_be",
        account={"story": "你们卖的充电宝在我包里冒烟，别人还在买。"},
        matters=[{"type": "safety", "sub_type": "hazard"}],
        wishes=["stop"],
    ).ref
    case = scenario.product.file.load(ref)
    assert case.anonymous
    assert case.unsafe
    assert scenario.letters(ref, "role:safety") == ["safety_alert"]
    scenario.live(2 * HOUR, ref)
    scenario.move(
        QIAN, "triage_safety", ref, real=True, reportable=False, reason="同批次已经停售，没有新的批号。"
    )
    scenario.agreed(ref, QIAN, ZHOU, "clear_safety", reason="已停售并召回。")
    scenario.move(SUN, "close_information", ref, passed_to="质量部", reason="已停售，按召回办理。")
    scenario.live(DAY, ref)
    closed = scenario.product.file.load(ref)
    assert (closed.stage, closed.outcome) == ("closed", "information_only")
    assert scenario.late(ref) == set()
    assert {"receipt", "safety_advice"} == {*scenario.letters(ref)[:2]}
    assert scenario.letters(ref)[-1] == "closed"


def test_dispute_after_closing_opens_negotiation(scenario: Scenario) -> None:
    """A dispute raised within the window after closing opens negotiation, and its result is recorded."""
    staffed(scenario)
    ref = answered(scenario)
    consumer = scenario.by_link(ref)
    assert scenario.move(consumer, "accept_answer", ref).stage == "closed"
    scenario.live(20 * DAY, ref)
    raised = scenario.move(
        consumer, "raise_dispute", ref, nature="performance", about="又坏了，和你们答复里写的完全不一样。"
    )
    assert raised.stage == "negotiating"
    shop = talking(scenario, ref)
    until_ = str((scenario.time + 5 * DAY).date())
    scenario.move(shop, "offer", ref, terms="上门换一台新机。", until=until_)
    scenario.move(consumer, "accept_offer", ref, offer="F1")
    closed = scenario.move(
        MA, "record_on_the_spot", ref, done="已经换了新机。", consumer_confirms=True, business_confirms=True
    )
    assert (closed.stage, closed.outcome) == ("closed", "performed_on_the_spot")
    assert scenario.late(ref) == set()
    assert "dispute_opened" in scenario.letters(ref)


def test_withdrawn_in_the_middle_of_a_mediation(scenario: Scenario) -> None:
    """A withdrawal cancels the meeting for everyone and tells the mediator. The consumer can reopen the
    case once within the window."""
    ref, consumer, shop = mediated(scenario)
    called(scenario, ref)
    scenario.move(consumer, "withdraw", ref)
    scenario.live(HOUR, ref)
    assert {"withdrawn", "meeting_cancelled"} <= {*scenario.letters(ref)} & {
        *scenario.letters(ref, f"party:{shop.party}")
    }
    assert "meeting_cancelled" in scenario.letters(ref, "staff:yan")
    scenario.live(3 * DAY, ref)
    again = scenario.move(consumer, "reopen", ref, cause="returned", facts="我改主意了。")
    assert again.stage == "investigating"
    scenario.move(consumer, "withdraw", ref)
    scenario.post()
    assert refusal(scenario, consumer, "reopen", ref, cause="returned", facts="又改了。") == "reopened_before"


def test_both_owe_and_the_consumer_does_not(scenario: Scenario) -> None:
    """Goods that the consumer does not return suspend the refund: the company cannot be in breach, and
    `interest` is refused as a measure.

    The agreed measure is taken and the breach is referred. Both sides get a letter, and neither is offered
    to reopen."""
    ref, consumer, shop = settled(scenario)
    breached(scenario, ref)
    assert refusal(scenario, FENG, "find_breach", ref, obligation="O2", **NOT_DONE) == "other_side_first"
    assert (
        refusal(scenario, FENG, "take_measure", ref, obligation="O1", measure="interest", basis="协议。")
        == "measure_not_for_consumer"
    )
    scenario.move(FENG, "take_measure", ref, obligation="O1", measure="hold_counter", basis="协议第一条。")
    assert (
        refusal(scenario, FENG, "refer_breach", ref, obligation="O1", reason="没有交还。") == "measure_runs"
    )
    until(scenario, ref, "measure")
    closed = scenario.agreed(
        ref, FENG, ZHOU, "refer_breach", obligation="O1", reason="多次催告，机器没有交还。"
    )
    assert (closed.stage, closed.outcome) == ("closed", "referred")
    assert of(scenario, ref, "O2") == "referred"
    for party in (consumer, shop):
        assert "breach_referred" in scenario.letters(ref, f"party:{party.party}")
        assert "reopen" not in scenario.product.casework.offered(
            scenario.product.file.dossier_of(closed), party
        )


def test_executive_decides_without_a_panel(scenario: Scenario) -> None:
    """A panel member's recusal without a replacement makes the executive decide. Mediation is offered at
    once and begins with the consumer's consent."""

    def on_duty(**roles: str) -> dict[str, tuple[Member, ...]]:
        return {
            role: tuple(Member(who, who.title(), f"{who}@house.example") for who in whos.split())
            for role, whos in roles.items()
        }

    scenario.product.file.keep_roster(
        Roster(
            {
                "general": Team(
                    {"zh": "客服组", "en": "Service"},
                    "400-1",
                    on_duty(
                        intake="wang", investigator="zhao", lead="sun", supervisor="zhou", executive="wu"
                    ),
                ),
                "audit": Team({"zh": "审计部", "en": "Audit"}, "", on_duty(panel="deng fan gu")),
            }
        )
    )
    ref = answered(scenario)
    scenario.move(ZHOU, "set_severity", ref, severity="S3", why="标的额较大。")  # and so has handled it too
    scenario.move(
        scenario.by_link(ref), "ask_reconsideration", ref, reasons={"1": "没有检测就下结论，叫我怎么服气？"}
    )
    ids = ["deng", "fan", "gu"]
    scenario.move(ZHOU, "appoint_panel", ref, members=ids, chair="deng")
    scenario.move(DENG, "declare_interest", ref, interest=False)
    scenario.move(FAN, "declare_interest", ref, interest=True, conflict="relative", reason="我妹妹在这家店。")
    decided = scenario.move(
        WU, "decide_reconsideration", ref, results={"1": "confirmed"}, reasons={"1": "检测报告已经补上。"}
    )
    assert decided.talks.mediation_offered
    scenario.move(
        scenario.by_link(ref), "raise_dispute", ref, nature="facts", about="报告是补的，机器早拉走了。"
    )
    assert scenario.move(scenario.by_link(ref), "consent_mediation", ref).stage == "mediating"


def test_the_company_never_says_a_word(scenario: Scenario) -> None:
    """Silence of the company about mediation alerts supervisor and executive and ends the talks after
    twenty working days. The consumer can then ask for reconsideration or reopen."""
    staffed(scenario)
    ref = answered(scenario)
    consumer = scenario.by_link(ref)
    scenario.move(
        consumer, "raise_dispute", ref, nature="responsibility", about="打了十几个电话，没有一个人接。"
    )
    talking(scenario, ref)
    for what in ("电话无人接听。", "店里说负责人不在。"):
        scenario.move(MA, "record_try", ref, side="business", what=what)
    scenario.move(consumer, "state_position", ref, text="我只要一个说法。")
    scenario.move(MA, "end_negotiation", ref, ending="no_prospect", reason="对方不回应。")
    scenario.move(consumer, "consent_mediation", ref)
    window = next(
        run for run in deadlines(scenario.product.file.load(ref)).values() if run.name == "answer_window"
    )
    assert window.stopped
    scenario.live(40 * DAY, ref)
    closed = scenario.product.file.load(ref)
    assert (closed.stage, closed.outcome) == ("closed", "not_settled")
    ended = scenario.lines(ref, "lapse_consent")[-1]
    assert ended["ending"] == "company_silent"
    assert scenario.letters(ref)[-1] in ("negotiation_ended", "survey", "survey_reminder")
    steps = {step["to"] for step in scenario.lines(ref, "take_step") if step["deadline"] == "company_consent"}
    assert {"zhou", "wu"} <= steps
    assert {"ask_reconsideration", "reopen"} <= {
        *scenario.product.casework.offered(scenario.product.file.dossier_of(closed), consumer)
    }
    assert (
        scenario.move(consumer, "reopen", ref, cause="remedy_failed", facts="还是没有人理我。").stage
        == "negotiating"
    )
