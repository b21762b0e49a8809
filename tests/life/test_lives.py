"""Complete cases through the product. Each test ends with its moves and its missed deadlines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.engine.deadlines import deadlines, due, leads
from tests.life.complaint import BY_PHONE, PROOF, SURE, WORKED, answer, perform, refusal, report
from tests.scenario import CHEN, DAY, FENG, HOUR, QIAN, SUN, WANG, WU, ZHAO, ZHOU, Scenario


def on(scenario: Scenario, day: date, hour: int = 10) -> None:
    """Send the mail, then set the time to this day and hour in Shanghai without running the clock."""
    scenario.post()
    scenario.time = datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI).astimezone(UTC)


def test_a_battery_on_fire_at_ten_to_midnight_before_a_holiday(scenario: Scenario) -> None:
    """A phone report of a burnt hand, ten minutes before midnight on the last working day before the
    Spring Festival, is handled at once.

    Safety advice is given on the call, triage follows within two hours, and the executive stops the sale.
    The safety report is recorded within two working days."""
    scenario.time = datetime(2026, 2, 14, 15, 50, tzinfo=UTC)
    case = scenario.submit(
        WANG,
        person=BY_PHONE,
        channel="phone",
        hurt="hurt",
        wishes=["refund", "compensate"],
        consents=SURE,
        subject={"kind": "goods", "goods_class": "e_bike"},
        matters=[{"type": "safety", "sub_type": "fire_explosion"}],
        account={"story": "电动车电池充电时起火，我的手烧伤了。"},
    )
    ref = case.ref
    assert (
        scenario.letters(ref, "role:safety") == scenario.letters(ref, "role:supervisor") == ["safety_alert"]
    )
    assert scenario.tell(ref) == 2
    assert due(case)["safety_triage"] == scenario.time + 4 * HOUR
    scenario.live(2 * HOUR, ref)
    scenario.move(QIAN, "triage_safety", ref, real=True, reportable=True, reason="电芯起火，同批次在售。")
    scenario.agreed(
        ref,
        QIAN,
        WU,
        "decide_stop_sale",
        stop=True,
        departments=["repair"],
        product="48V20Ah 电池",
        reason="起火伤人。",
    )
    assert scenario.letters(ref, "role:department_head@repair") == ["stop_sale"]
    on(scenario, date(2026, 2, 15))
    scenario.move(SUN, "set_severity", ref, severity="S2", why="有人受伤。")
    scenario.move(SUN, "accept", ref)
    scenario.tell(ref)
    scenario.live(5 * DAY, ref)
    scenario.move(ZHAO, "tell_progress", ref, **WORKED)
    scenario.tell(ref)
    on(scenario, date(2026, 2, 24))
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(
        QIAN,
        "record_safety_report",
        ref,
        body="市场监督管理部门",
        number="2026-0224",
        reported_at="2026-02-24T01:00:00Z",
    )
    scenario.tell(ref)
    scenario.move(ZHAO, "file_report", ref, **report(date(2026, 3, 6), 1, amount="3200.00"))
    waiting = scenario.move(SUN, "answer", ref)
    assert waiting.stage == "investigating"
    assert "answer" not in scenario.letters(ref)
    scenario.move(ZHOU, "approve", ref, approval=waiting.approvals[0].id)
    scenario.tell(ref)
    scenario.live(2 * DAY, ref)
    scenario.move(WANG, "accept_answer", ref)
    scenario.move(FENG, "claim_done", ref, obligation="O1", **PROOF)
    scenario.tell(ref)
    assert (
        refusal(scenario, FENG, "confirm_done", ref, obligation="O1", remark="电话里确认收到。")
        == "own_proof"
    )
    scenario.move(CHEN, "confirm_done", ref, obligation="O1", remark="电话里确认收到。")
    scenario.agreed(ref, QIAN, ZHOU, "clear_safety", reason="已召回并报告。")
    scenario.live(HOUR, ref)
    scenario.tell(ref)
    ended = scenario.product.file.load(ref)
    assert (ended.stage, ended.outcome, ended.unsafe) == ("closed", "fulfilled", False)
    assert scenario.letters(ref)[0] in ("receipt", "safety_advice")
    assert scenario.letters(ref)[-1] == "fulfilled"
    assert scenario.moves(ref)[-1] == "record_telling"
    assert scenario.late(ref) == set()


def test_a_refused_seven_day_return_is_settled_on_the_phone(scenario: Scenario) -> None:
    """A refund of 299 yuan agreed by phone on the first day takes one call and one payment, and
    misses no deadline."""
    case = scenario.submit(
        matters=[{"type": "return_refund", "sub_type": "no_reason_refused", "amount": {"amount": "299.00"}}],
        wishes=["return", "refund"],
        account={"story": "七天无理由被拒。", "order": "D-7712"},
    )
    ref = case.ref
    scenario.live(2 * HOUR, ref)
    scenario.move(
        WANG,
        "settle_at_once",
        ref,
        read_back=True,
        agreement="2月12日电话里同意退货退款。",
        causes=["wrong_decision"],
        terms="收到即原路退款。",
        remedies=[{"matter": 1, "kind": "refund", "by": "2026-02-13", "amount": {"amount": "299.00"}}],
    )
    scenario.post()
    assert "299.00" in scenario.sent()[-1]["text"]
    scenario.live(3 * HOUR, ref)
    closed = perform(scenario, ref)
    assert (closed.stage, closed.outcome) == ("closed", "fulfilled")
    assert scenario.late(ref) == set()
    assert scenario.letters(ref) == ["receipt", "settled_at_once", "performance_question", "fulfilled"]
    assert scenario.moves(ref) == [
        "submit",
        "settle_at_once",
        "take_step",
        "claim_done",
        "confirm_done",
        "close_fulfilled",
    ]
    # due tomorrow: the officer is reminded today
    assert [step["to"] for step in scenario.lines(ref, "take_step")] == ["feng"]
    scenario.live(89 * DAY, ref)
    assert scenario.moves(ref)[-3:] == ["close_fulfilled", "take_step", "take_step"]
    assert scenario.letters(ref)[-3:] == ["fulfilled", "survey", "survey_reminder"]


def test_six_complain_together_and_three_do_not_agree(scenario: Scenario) -> None:
    """Six neighbours join one case. Three refuse the settlement and continue under their own numbers; no
    mail names another complainant."""
    names = {f"邻居{n}": f"neighbour{n}@mail.example" for n in range(1, 7)}
    refs = [
        scenario.submit(
            person={"name": name, "email": mail}, matters=[{"type": "prepaid", "sub_type": "closed_shop"}]
        ).ref
        for name, mail in names.items()
    ]
    leading, *others = refs
    for ref in others:
        scenario.move(SUN, "invite_to_join", ref, leading=leading)
        scenario.move(scenario.by_link(ref), "join_case", ref, own_wish=True)
    refund = {"matter": 1, "kind": "refund", "by": "2026-02-13", "amount": {"amount": "300.00"}}
    scenario.move(WANG, "ask_consent", leading, settlement="每人退款300元，七日内到账。", remedies=[refund])
    for n in range(1, 7):
        scenario.move(scenario.by_link(leading, f"p{n}"), "consent_represented", leading, agrees=n <= 3)
    settled = {
        "agreement": "各自在页面上同意。",
        "causes": ["no_owner"],
        "terms": "退预付款余额。",
        "remedies": [refund],
    }
    assert refusal(scenario, SUN, "settle_at_once", leading, **settled) == "consent_of_each"
    for n in (4, 5, 6):
        scenario.move(scenario.by_link(leading, f"p{n}"), "leave_case", leading)
    scenario.move(SUN, "settle_at_once", leading, **settled)
    assert perform(scenario, leading).outcome == "fulfilled"
    for ref in refs[3:]:
        alone = scenario.product.file.load(ref)
        assert (alone.stage, len(alone.consumers)) == ("received", 1)
        assert "acknowledgement" in due(alone)
        scenario.move(SUN, "accept", ref)
        assert scenario.moves(ref) == ["submit", "invite_to_join", "join_case", "leave_case", "accept"]
    scenario.post()
    for mail in scenario.sent():
        others_named = {
            name for name, address in names.items() if address != mail["to"] and name in mail["text"]
        }
        assert not (mail["to"] in names.values() and others_named)
    assert all(scenario.late(ref) == set() for ref in refs)
    assert scenario.moves(leading)[-1] == "close_fulfilled"


def test_a_department_that_never_answers(scenario: Scenario) -> None:
    """The silence of a department is escalated once each to contact, owner, head and supervisor. The
    investigator reports it as a fact, and the answer leaves in time."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.live(6 * DAY, ref)
    scenario.move(ZHAO, "tell_progress", ref, **WORKED)
    on(scenario, date(2026, 2, 24), 9)  # after the holiday
    scenario.move(ZHAO, "tell_progress", ref, **WORKED)
    scenario.move(
        ZHAO,
        "ask_department",
        ref,
        department="repair",
        question="这台洗衣机修过几次？",
        papers="维修单。",
        due="2026-02-24",
    )
    assert (
        refusal(scenario, ZHAO, "file_report", ref, **report(date(2026, 3, 6), 1, 2, evidence="Q1"))
        == "evidence_unknown"
    )
    scenario.live(timedelta(hours=16), ref)
    asked = [
        (f["to"], f.get("also", []))
        for f in scenario.lines(ref, "take_step")
        if f["deadline"] == "department_answer"
    ]
    assert asked[-1] == ("he", ["zhao"])
    scenario.live(2 * DAY, ref)
    told = [f["to"] for f in scenario.lines(ref, "take_step") if f["deadline"] == "department_answer"]
    assert told[-2:] == ["shi", "zhou"]
    assert scenario.late(ref) == {"department_answer"}
    scenario.move(ZHAO, "file_report", ref, **report(date(2026, 3, 6), 1, 2, evidence="Q1"))
    scenario.move(SUN, "answer", ref)
    scenario.post()
    answered = scenario.sent()[-1]
    assert answered["to"] == "wang.fang@mail.example"
    assert "1,655.00" in answered["text"]
    # an answered case runs no question to the department
    assert "department_answer" not in {
        run.name for run in deadlines(scenario.product.file.load(ref)).values()
    }
    assert scenario.moves(ref)[-1] == "answer"


def test_a_case_that_12315_wants_answered_earlier(scenario: Scenario) -> None:
    """The earlier date of another body leads the work list, and the case is answered there and here by
    separate letters."""
    first, second = scenario.submit(), scenario.submit(account={"story": "同一家店，另一件事。"})
    for ref in (first.ref, second.ref):
        scenario.move(WANG, "accept", ref)
        scenario.move(SUN, "assign", ref, to="zhao")
    ours = leads(scenario.product.file.load(second.ref))
    noted = scenario.move(
        WANG, "note_outside_proceeding", second.ref, body="samr_12315", number="1203-77", due="2026-02-18"
    )
    assert ours
    assert due(noted)["outside_due"] == leads(noted) < ours
    items, _ = scenario.product.file.work("PERSON#zhao", None, 10)
    assert [item["ref"] for item in items] == [second.ref, first.ref]
    scenario.live(5 * DAY, first.ref, second.ref)
    scenario.move(ZHAO, "reply_outside", second.ref, body="samr_12315", reply="已受理，3月初答复消费者。")
    scenario.move(ZHAO, "tell_progress", second.ref, **WORKED)
    answer(scenario, second.ref)
    scenario.post()
    assert "1203-77" in next(
        mail["text"]
        for mail in scenario.sent()
        if mail["to"] == "zhao@house.example" and "1203-77" in mail["text"]
    )
    assert scenario.letters(second.ref)[-1] == "answer"
    assert scenario.late(second.ref) == set()
    assert scenario.moves(second.ref)[-1] == "answer"


def test_a_mother_whose_daughter_speaks_for_her_on_the_phone(scenario: Scenario) -> None:
    """A consumer with only a telephone acts through her daughter, whose authority was checked. Each letter
    is read by phone, each deadline starts with that call, and the consumer gets no e-mail."""
    case = scenario.submit(
        WANG,
        channel="phone",
        person={**BY_PHONE, "help": ["elderly", "phone_only"]},
        wishes=["repair"],
        consents=SURE,
        account={"story": "热水器漏水，没人来修。"},
        matters=[{"type": "warranty", "sub_type": "repair_delay"}],
    )
    ref = case.ref
    scenario.tell(ref)
    scenario.move(
        WANG,
        "add_representative",
        ref,
        person={"name": "李雪", "phone": "13900139000", "capacity": "agent"},
        powers=["submit", "answer", "settle", "receive_money"],
        until="2026-12-31",
        checked=True,
        document="授权委托书",
    )
    scenario.move(WANG, "accept", ref)
    assert scenario.letters(ref, "party:p2") == ["accepted"]
    assert scenario.tell(ref) == 1
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.tell(ref)
    daughter = scenario.by_link(ref, "p2")
    assert daughter.roles.name == "REPRESENTATIVE"
    assert scenario.move(daughter, "message", ref, text="什么时候来修？").messages
    scenario.live(HOUR, ref)
    scenario.move(WANG, "message", ref, text="今天下午给您答复。")
    answer(scenario, ref)
    window = next(
        running
        for running in deadlines(scenario.product.file.load(ref)).values()
        if running.name == "answer_window"
    )
    assert window.stopped == "undelivered"
    scenario.live(2 * HOUR, ref)
    scenario.tell(ref)
    told = next(
        running
        for running in deadlines(scenario.product.file.load(ref)).values()
        if running.name == "answer_window"
    )
    assert told.start == scenario.time
    scenario.move(daughter, "accept_answer", ref)
    scenario.move(FENG, "claim_done", ref, obligation="O1", **PROOF)
    assert scenario.tell(ref) == 2  # the mother hears what her daughter accepted for her
    scenario.move(daughter, "confirm_done", ref, obligation="O1")
    scenario.live(HOUR, ref)
    scenario.tell(ref)
    closed = scenario.product.file.load(ref)
    assert (closed.stage, closed.outcome) == ("closed", "fulfilled")
    assert scenario.late(ref) == set()
    assert scenario.letters(ref, "party:p1") == ["receipt", "acted_for", "acted_for"]
    assert not any("mail.example" in mail["to"] for mail in scenario.sent())
    assert scenario.moves(ref)[-1] == "record_telling"


def test_a_bank_case_that_takes_sixty_days(scenario: Scenario) -> None:
    """The bank policy allows 15 more days with the lead's approval, then 30 with the supervisor's. Every
    extension is a new promise with its reason, the older ones are kept, and progress is reported weekly."""
    ref = scenario.submit(
        wishes=["explanation"], matters=[{"type": "price", "sub_type": "unauthorised_charge"}]
    ).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(ZHOU, "change_policy", ref, policy="bank-1", reason="银行卡业务。")
    first = scenario.product.file.load(ref).promised
    for asked, by in ((10, SUN), (15, ZHOU)):
        for _ in range(asked // 5):
            scenario.live(5 * DAY, ref)
            scenario.move(ZHAO, "tell_progress", ref, **WORKED)
        if by is ZHOU:
            assert (
                refusal(
                    scenario,
                    SUN,
                    "approve",
                    ref,
                    approval=scenario.move(
                        ZHAO, "ask_extension", ref, reason="third_party", why="等卡组织回复。"
                    )
                    .approvals[0]
                    .id,
                )
                == "approver_level"
            )
            scenario.move(ZHOU, "approve", ref, approval=scenario.product.file.load(ref).approvals[0].id)
        else:
            scenario.agreed(ref, ZHAO, by, "ask_extension", reason="complex", why="案情复杂。")
    promises = scenario.product.file.load(ref).promises
    assert first
    assert [(p.by - first) // DAY for p in promises] == [0, 15, 45]
    assert [p.reason for p in promises] == [None, "complex", "third_party"]
    assert (
        refusal(scenario, ZHAO, "ask_extension", ref, reason="complex", why="再等等。")
        == "extensions_used_up"
    )
    for _ in range(4):
        scenario.live(5 * DAY, ref)
        scenario.move(ZHAO, "tell_progress", ref, **WORKED)
    answer(scenario, ref, conclusion="not_established")
    scenario.post()
    assert scenario.letters(ref).count("extension") == 2
    assert scenario.letters(ref)[-1] == "answer"
    assert scenario.late(ref) == set()
    assert scenario.moves(ref)[-1] == "answer"


def test_a_message_on_day_45_after_closing(scenario: Scenario) -> None:
    """A message after the reopening window still has a reply deadline, and its miss alerts the lead. The
    lead reopens the case with new deadlines."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    answer(scenario, ref, conclusion="not_upheld")
    scenario.move(scenario.by_link(ref), "accept_answer", ref)
    assert scenario.product.file.load(ref).outcome == "answered_accepted"
    scenario.live(45 * DAY, ref)
    consumer = scenario.by_link(ref)
    assert (
        refusal(scenario, consumer, "reopen", ref, cause="new_facts", facts="又坏了。")
        == "reopen_window_over"
    )
    scenario.move(consumer, "message", ref, text="洗衣机又坏了，同样的毛病。")
    scenario.live(3 * DAY, ref)
    assert "message_reply" in scenario.late(ref)
    assert scenario.letters(ref, "staff:sun")[-1] == "escalation"
    scenario.move(SUN, "reopen", ref, cause="new_facts", facts="同一故障再次出现。")
    scenario.move(SUN, "message", ref, text="我们重新处理，十五天内答复您。")
    reopened = scenario.product.file.load(ref)
    assert reopened.stage == "investigating"
    assert reopened.messages == ()
    assert due(reopened)["investigation"] >= scenario.time + 14 * DAY
    scenario.live(2 * DAY, ref)
    answer(scenario, ref)
    scenario.move(scenario.by_link(ref), "accept_answer", ref)
    assert perform(scenario, ref).outcome == "fulfilled"
    assert scenario.late(ref) == {"message_reply"}
    assert scenario.moves(ref)[-1] == "close_fulfilled"
