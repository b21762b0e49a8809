"""Cases in which people stay silent, are absent, or act twice: a deadline always runs, and the parties
learn the next step."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.roster import Hours, Member, Roster, Team
from tests.house import CHEN, DAY, FENG, HOUR, QIAN, SUN, WANG, WU, ZHAO, ZHOU, House, roster
from tests.life.agreed import called, mediated
from tests.life.complaint import BY_PHONE, PROOF, SURE, answer, perform, refusal
from tests.life.contested import DENG, FAN, GU, MA, answered, panel, staffed, talking
from tests.life.promised import NOT_DONE, breached, called_on, of, settled, until


def test_overturned_refusal_is_investigated(house: House) -> None:
    """A panel that did not handle the case overturns a refusal of all matters. The case is investigated
    with its own promised date, and fulfilled."""
    staffed(house)
    ref = house.submit().ref
    house.move(
        WANG,
        "decline",
        ref,
        grounds={"1": "no_facts", "2": "not_complaint"},
        routes=["samr_12315"],
        reasons={"1": "没有订单，也没有写明是哪家店的哪台机器。", "2": "这是咨询保修条件。"},
    )
    house.live(6 * DAY, ref)
    house.move(
        house.by_link(ref),
        "ask_reconsideration",
        ref,
        reasons={"1": "订单号第一天就写了，你们没有看！！", "2": "我没有咨询，是你们拒绝保修。"},
    )
    panel(house, ref, *((who, {"1": "changed", "2": "changed"}) for who in (DENG, FAN, GU)))
    opened = house.move(DENG, "decide_reconsideration", ref, reasons={"1": "订单号写明了。", "2": "是投诉。"})
    assert opened.stage == "investigating"
    assert opened.promised
    assert opened.promised > house.time + 14 * DAY
    house.move(SUN, "assign", ref, to="zhao")
    answer(house, ref)
    house.move(house.by_link(ref), "accept_answer", ref)
    closed = perform(house, ref)
    assert (closed.stage, closed.outcome) == ("closed", "fulfilled")
    assert house.late(ref) <= {"progress"}
    told = house.letters(ref)
    assert told[:2] == ["receipt", "declined"]
    assert "reconsideration_decision" in told
    assert told[-1] == "fulfilled"


def test_settled_on_the_phone_and_not_paid(house: House) -> None:
    """A refund agreed by phone but unpaid is demanded, found in breach, and paid first by the company. The
    outcome is `fulfilled_after_breach`."""
    ref = house.submit(wishes=["refund"]).ref
    house.move(
        WANG,
        "settle_at_once",
        ref,
        read_back=True,
        agreement="2月12日电话里同意退款。",
        causes=["wrong_decision"],
        terms="三天内原路退款。",
        remedies=[{"matter": 1, "kind": "refund", "by": "2026-02-15", "amount": {"amount": "299.00"}}],
    )
    called_on(house, ref)
    assert house.letters(ref)[-1] == "performance_question"
    until(house, ref, "cure")
    house.agreed(ref, FENG, ZHOU, "find_breach", obligation="O1", **NOT_DONE)
    house.agreed(
        ref,
        FENG,
        ZHOU,
        "take_measure",
        obligation="O1",
        measure="pay_first",
        basis="先行赔付制度。",
        amount={"amount": "299.00"},
    )
    house.live(HOUR, ref)
    assert house.letters(ref)[-2:] == ["breach_found", "measure"]
    closed = perform(house, ref)
    assert (closed.stage, closed.outcome) == ("closed", "fulfilled_after_breach")
    assert house.letters(ref)[-1] == "fulfilled"


def test_consumer_with_only_a_telephone_hears_each_letter(house: House) -> None:
    """A consumer with only a telephone hears each letter read aloud, each deadline starts with that call,
    and no mail is sent."""
    ref = house.submit(
        WANG, channel="phone", person=BY_PHONE, consents=SURE, account={"story": "热水器漏水，没人来修。"}
    ).ref
    house.tell(ref)
    house.move(WANG, "ask_information", ref, items=["purchase_proof"], why="需要知道是哪一天买的。")
    house.live(20 * DAY, ref)
    asked = next(run for run in deadlines(house.product.file.load(ref)).values() if run.name == "information")
    # the letter was not read yet, so the deadline has not begun
    assert asked.stopped == "undelivered"
    assert "telling" in house.late(ref)
    house.tell(ref)
    house.move(WANG, "give_information", ref, answer="去年十月，发票在抽屉里，号码读给您。")
    house.move(WANG, "accept", ref)
    house.tell(ref)
    house.move(SUN, "assign", ref, to="zhao")
    house.tell(ref)
    answer(house, ref)
    house.live(2 * HOUR, ref)
    house.tell(ref)
    house.move(WANG, "accept_answer", ref)
    for owed in house.product.file.load(ref).open_obligations:
        house.move(FENG, "claim_done", ref, obligation=owed.id, **PROOF)
        house.tell(ref)
        house.move(CHEN, "confirm_done", ref, obligation=owed.id, remark="电话里确认收到。")
    house.live(HOUR, ref)
    house.tell(ref)
    assert house.product.file.load(ref).outcome == "fulfilled"
    assert not [m for m in house.sent() if "mail.example" in m["to"]]
    assert not house.product.file.load(ref).tellings


def test_the_handler_is_away(house: House) -> None:
    """Reminders of an absent handler go to a deputy. A reassignment names the new handler to the consumer
    and changes no date."""
    ref = house.submit().ref
    house.move(WANG, "accept", ref)
    house.move(SUN, "assign", ref, to="zhao")
    promised = house.product.file.load(ref).promised
    house.live(DAY, ref)
    assert "handler_named" in house.letters(ref)
    duty = roster().teams["general"].duty
    ill = tuple(
        replace(one, absent=(Hours(house.time, house.time + 30 * DAY),)) for one in duty["investigator"]
    )
    teams = {
        **roster().teams,
        "general": replace(roster().teams["general"], duty={**duty, "investigator": ill}),
    }
    house.product.file.keep_roster(Roster(teams))
    house.live(7 * DAY, ref)
    steps = [step for step in house.lines(ref, "take_step") if step["deadline"] == "progress"]
    assert steps
    assert "zhao" not in {step["to"] for step in steps}
    house.move(SUN, "assign", ref, to="sun")
    house.live(HOUR, ref)
    assert house.letters(ref)[-1] == "handler_changed"
    assert house.product.file.load(ref).promised == promised


def test_the_same_complaint_over_three_channels(house: House) -> None:
    """Three reports of one matter become one case: messages to each number reach it, the hotline's date
    leads, and one answer is sent."""
    web = house.submit().ref
    phone = house.submit(
        WANG, channel="phone", person={"name": "王芳", "phone": "13800138000"}, consents=SURE
    ).ref
    house.tell(phone)
    hotline = house.submit(
        WANG, channel="referral_12345", account={"story": "12345转来：洗衣机坏了。", "outside_number": "T-9"}
    ).ref
    for other in (phone, hotline):
        house.move(WANG, "link_duplicate", other, leading=web)
    house.move(WANG, "accept", web)
    house.move(WANG, "note_outside_proceeding", web, body="gov_12345", number="T-9", due="2026-02-24")
    house.move(house.by_link(phone), "message", phone, text="我打过三次电话了，到底有没有人管？")
    assert house.product.file.load(web).messages
    assert not house.product.file.load(phone).messages
    house.move(SUN, "assign", web, to="zhao")
    house.move(ZHAO, "message", web, text="您三次来电说的是同一件事，我们合在一起办。")
    house.move(ZHAO, "reply_outside", web, body="gov_12345", reply="已受理并答复消费者。")
    answer(house, web)
    house.live(HOUR, web, phone, hotline)
    assert house.letters(web).count("answer") == 1
    assert "answer" not in (*house.letters(phone), *house.letters(hotline))


def test_somebody_without_a_name_warns_of_a_danger(house: House) -> None:
    """An anonymous safety report is triaged at once and closed as information only."""
    ref = house.submit(
        person={},
        hurt="could_be",
        account={"story": "你们卖的充电宝在我包里冒烟，别人还在买。"},
        matters=[{"type": "safety", "sub_type": "hazard"}],
        wishes=["stop"],
    ).ref
    case = house.product.file.load(ref)
    assert case.anonymous
    assert case.unsafe
    assert house.letters(ref, "role:safety") == ["safety_alert"]
    house.live(2 * HOUR, ref)
    house.move(
        QIAN, "triage_safety", ref, real=True, reportable=False, reason="同批次已经停售，没有新的批号。"
    )
    house.agreed(ref, QIAN, ZHOU, "clear_safety", reason="已停售并召回。")
    house.move(SUN, "close_information", ref, passed_to="质量部", reason="已停售，按召回办理。")
    house.live(DAY, ref)
    closed = house.product.file.load(ref)
    assert (closed.stage, closed.outcome) == ("closed", "information_only")
    assert house.late(ref) == set()
    assert {"receipt", "safety_advice"} == {*house.letters(ref)[:2]}
    assert house.letters(ref)[-1] == "closed"


def test_dispute_after_closing_opens_negotiation(house: House) -> None:
    """A dispute raised within the window after closing opens negotiation, and its result is recorded."""
    staffed(house)
    ref = answered(house)
    consumer = house.by_link(ref)
    assert house.move(consumer, "accept_answer", ref).stage == "closed"
    house.live(20 * DAY, ref)
    raised = house.move(
        consumer, "raise_dispute", ref, nature="performance", about="又坏了，和你们答复里写的完全不一样。"
    )
    assert raised.stage == "negotiating"
    shop = talking(house, ref)
    until_ = str((house.time + 5 * DAY).date())
    house.move(shop, "offer", ref, terms="上门换一台新机。", until=until_)
    house.move(consumer, "accept_offer", ref, offer="F1")
    closed = house.move(
        MA, "record_on_the_spot", ref, done="已经换了新机。", consumer_confirms=True, business_confirms=True
    )
    assert (closed.stage, closed.outcome) == ("closed", "performed_on_the_spot")
    assert house.late(ref) == set()
    assert "dispute_opened" in house.letters(ref)


def test_withdrawn_in_the_middle_of_a_mediation(house: House) -> None:
    """A withdrawal cancels the meeting for everyone and tells the mediator. The consumer can reopen the
    case once within the window."""
    ref, consumer, shop = mediated(house)
    called(house, ref)
    house.move(consumer, "withdraw", ref)
    house.live(HOUR, ref)
    assert {"withdrawn", "meeting_cancelled"} <= {*house.letters(ref)} & {
        *house.letters(ref, f"party:{shop.party}")
    }
    assert "meeting_cancelled" in house.letters(ref, "staff:yan")
    house.live(3 * DAY, ref)
    again = house.move(consumer, "reopen", ref, cause="returned", facts="我改主意了。")
    assert again.stage == "investigating"
    house.move(consumer, "withdraw", ref)
    house.post()
    assert refusal(house, consumer, "reopen", ref, cause="returned", facts="又改了。") == "reopened_before"


def test_both_owe_and_the_consumer_does_not(house: House) -> None:
    """Goods that the consumer does not return suspend the refund: the company cannot be in breach, and
    `interest` is refused as a measure.

    The agreed measure is taken and the breach is referred. Both sides get a letter, and neither is offered
    to reopen."""
    ref, consumer, shop = settled(house)
    breached(house, ref)
    assert refusal(house, FENG, "find_breach", ref, obligation="O2", **NOT_DONE) == "other_side_first"
    assert (
        refusal(house, FENG, "take_measure", ref, obligation="O1", measure="interest", basis="协议。")
        == "measure_not_for_consumer"
    )
    house.move(FENG, "take_measure", ref, obligation="O1", measure="hold_counter", basis="协议第一条。")
    assert refusal(house, FENG, "refer_breach", ref, obligation="O1", reason="没有交还。") == "measure_runs"
    until(house, ref, "measure")
    closed = house.agreed(ref, FENG, ZHOU, "refer_breach", obligation="O1", reason="多次催告，机器没有交还。")
    assert (closed.stage, closed.outcome) == ("closed", "referred")
    assert of(house, ref, "O2") == "referred"
    for party in (consumer, shop):
        assert "breach_referred" in house.letters(ref, f"party:{party.party}")
        assert "reopen" not in house.product.casework.offered(house.product.file.dossier_of(closed), party)


def test_executive_decides_without_a_panel(house: House) -> None:
    """A panel member's recusal without a replacement makes the executive decide. Mediation is offered at
    once and begins with the consumer's consent."""

    def on_duty(**roles: str) -> dict[str, tuple[Member, ...]]:
        return {
            role: tuple(Member(who, who.title(), f"{who}@house.example") for who in whos.split())
            for role, whos in roles.items()
        }

    house.product.file.keep_roster(
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
    ref = answered(house)
    house.move(ZHOU, "set_severity", ref, severity="S3", why="标的额较大。")  # and so has handled it too
    house.move(
        house.by_link(ref), "ask_reconsideration", ref, reasons={"1": "没有检测就下结论，叫我怎么服气？"}
    )
    ids = ["deng", "fan", "gu"]
    house.move(ZHOU, "appoint_panel", ref, members=ids, chair="deng")
    house.move(DENG, "declare_interest", ref, interest=False)
    house.move(FAN, "declare_interest", ref, interest=True, conflict="relative", reason="我妹妹在这家店。")
    decided = house.move(
        WU, "decide_reconsideration", ref, results={"1": "confirmed"}, reasons={"1": "检测报告已经补上。"}
    )
    assert decided.talks.mediation_offered
    house.move(house.by_link(ref), "raise_dispute", ref, nature="facts", about="报告是补的，机器早拉走了。")
    assert house.move(house.by_link(ref), "consent_mediation", ref).stage == "mediating"


def test_the_company_never_says_a_word(house: House) -> None:
    """Silence of the company about mediation alerts supervisor and executive and ends the talks after
    twenty working days. The consumer can then ask for reconsideration or reopen."""
    staffed(house)
    ref = answered(house)
    consumer = house.by_link(ref)
    house.move(
        consumer, "raise_dispute", ref, nature="responsibility", about="打了十几个电话，没有一个人接。"
    )
    talking(house, ref)
    for what in ("电话无人接听。", "店里说负责人不在。"):
        house.move(MA, "record_try", ref, side="business", what=what)
    house.move(consumer, "state_position", ref, text="我只要一个说法。")
    house.move(MA, "end_negotiation", ref, ending="no_prospect", reason="对方不回应。")
    house.move(consumer, "consent_mediation", ref)
    window = next(
        run for run in deadlines(house.product.file.load(ref)).values() if run.name == "answer_window"
    )
    assert window.stopped
    house.live(40 * DAY, ref)
    closed = house.product.file.load(ref)
    assert (closed.stage, closed.outcome) == ("closed", "not_settled")
    ended = house.lines(ref, "lapse_consent")[-1]
    assert ended["ending"] == "company_silent"
    assert house.letters(ref)[-1] in ("negotiation_ended", "survey", "survey_reminder")
    steps = {step["to"] for step in house.lines(ref, "take_step") if step["deadline"] == "company_consent"}
    assert {"zhou", "wu"} <= steps
    assert {"ask_reconsideration", "reopen"} <= {
        *house.product.casework.offered(house.product.file.dossier_of(closed), consumer)
    }
    assert (
        house.move(consumer, "reopen", ref, cause="remedy_failed", facts="还是没有人理我。").stage
        == "negotiating"
    )
