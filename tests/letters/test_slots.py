"""Slots of letters that moves create: filled from the entry, the case, and the dates running at that time."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.calendar import published
from chalicelib.domain.model.case_records import Matter, Subject
from chalicelib.domain.model.codes import (
    Conclusion,
    ExtensionReason,
    Ground,
    Hurt,
    Language,
    Power,
    Proof,
    ReopenReason,
    Route,
    ServiceClass,
    Severity,
    SubjectKind,
    Type,
    Undelivered,
    Way,
)
from chalicelib.domain.moves.intake import Account, Person
from chalicelib.locale import formats
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    answered,
    disputed,
    join,
    neighbour,
    reported,
    represented,
    settle,
    talking,
)
from tests.letters.rendered import BOTH, RenderedLife, rendered_life


@BOTH
def test_company_product_and_order_stand_where_it_is_decided(language: str) -> None:
    """Receipt, acceptance and answer name company, product, order, and the person's own words for an
    unlisted type."""
    said = Account(
        "三个月坏了两次。",
        problem="充不进电",
        business="梧桐家电",
        shop="城西店",
        product="剃须刀A1",
        order="D-7712",
    )
    life = rendered_life(account=said, matters=(Matter(Type("other"), "other"),))
    answered(life=life)
    for letter in ("receipt", "accepted", "answer"):
        text = life.text(letter, language)
        assert all(part in text for part in ("梧桐家电", "城西店", "剃须刀A1", "D-7712", "充不进电")), letter


@BOTH
def test_the_authority_in_charge_is_named(language: str) -> None:
    """The answer names the authority for the class of service, and no other."""
    life = rendered_life(subject=Subject(SubjectKind.SERVICE, service_class=ServiceClass.DELIVERY))
    answered(life=life)
    text = life.text("answer", language)
    assert formats.label(language, "post_12305", "route") in text
    assert formats.label(language, "samr_12315", "route") not in text


@BOTH
def test_the_date_of_an_authority_is_told_with_its_name_and_number(language: str) -> None:
    """The reminder of another body's date names the body, its number, and the date."""
    life = rendered_life()
    day = (life.time + 8 * DAY).date()
    life.take("note_outside_proceeding", "zhao", body=Route.POST_12305, number="YZ-77", due=day)
    life.live(6 * DAY)
    text = life.text("outside_deadline", language)
    body = formats.label(language, "post_12305", "body")
    assert all(part in text for part in (body, "YZ-77", life.until("outside_due", language)))


@BOTH
def test_declined_matter_names_the_right_company(language: str) -> None:
    """A matter that is not ours is declined with the name and public contact of the right company. An English
    letter says that these words are in Chinese."""
    life = RenderedLife()
    life.take(
        "accept",
        "wang",
        declined={2: Ground.NOT_OUR_BUSINESS},
        reasons={2: "不是我们卖的。"},
        instead={2: "某某电器，400-000-0000"},
    )
    text = life.text("accepted_in_part", language)
    assert "某某电器，400-000-0000" in text
    assert ("某某电器，400-000-0000\n> (in Chinese)" in text) is (language == "en")


@BOTH
def test_joint_letters_hide_purchases_of_others(language: str) -> None:
    """Only the first person of a joint complaint reads product and order."""
    life = rendered_life(account=Account("三个月坏了两次。", product="剃须刀A1", order="D-7712"))
    join(life, neighbour(2))
    answered(life=life)
    assert "D-7712" in life.text("answer", language, "party:p1")
    assert not re.search("剃须刀|D-7712", life.text("answer", language, "party:p2"))


@BOTH
def test_the_answer_is_the_report(language: str) -> None:
    """The answer has the facts, reasons and remedies of the investigator's report, though another person
    sends it."""
    life = rendered_life()
    answered(life=life)
    text = life.text("answer", language)
    for part in (
        "洗衣机不脱水。",
        "E1",
        "符合退货条件。",
        "第二十四条",
        "全额退款，原路退回。",
        formats.money(language, 165500),
        formats.moment(language, life.due["answer_window"]),
    ):
        assert part in text


@BOTH
def test_an_answer_that_a_supervisor_confirms_reads_the_same(language: str) -> None:
    """An approved answer is rendered from the entry of its request."""
    life = rendered_life()
    life.take("set_severity", "zhao", severity=Severity.S2, why="有人受伤。")
    assert formats.label(language, "S2", "severity") in life.text("task", language)
    life.take("file_report", "zhao", **reported(life))
    life.take("approve", "zhou", approval=life.ask_approval("answer", "sun", routes=(Route.FINANCE_12378,)))
    text = life.text("answer", language)
    assert "符合退货条件。" in text
    assert formats.label(language, "finance_12378", "route") in text


@BOTH
def test_routes_that_staff_add_stand_beside_the_authority(language: str) -> None:
    """The answer of a bank names its regulator, whatever further routes staff choose."""
    life = rendered_life(policy="bank-1")
    life.take("file_report", "zhao", **reported(life))
    life.take("answer", "sun", routes=(Route.SAMR_12315, Route.COURT))
    text = life.text("answer", language)
    named = [route for route in Route if f"- {formats.label(language, route, 'route')}" in text]
    assert named == [Route.ASSOCIATION, Route.SAMR_12315, Route.FINANCE_12378, Route.COURT]


@BOTH
def test_each_question_has_its_own_day(language: str) -> None:
    """Each question to a department has its own date."""
    life = rendered_life()
    life.take(
        "ask_department",
        "zhao",
        department="repair",
        question="修过几次？",
        papers=None,
        due=(life.time + DAY).date(),
    )
    life.take("ask_department", "zhao", department="repair", question="换过零件吗？", papers="维修单")
    first, second = (
        text for key, _, spoken, text in life.texts if key == "task" and spoken == language and "？" in text
    )
    assert life.until("department_answer#Q1", language) in first
    assert life.until("department_answer#Q2", language) in second
    assert life.until("department_answer#Q1", language) not in second


@BOTH
def test_each_promise_is_asked_about_by_itself(language: str) -> None:
    """Question, reminder, decision and final letter of an obligation name its own amount and date."""
    life = rendered_life()
    day = published().day_of(life.time)
    life.take("settle_at_once", "sun", **settle())
    life.take(
        "claim_done", "feng", obligation="O1", proof=Proof.PAYMENT_RECORD, what="3月6日转账，尾号8821。"
    )
    asked = life.text("performance_question#O1", language)
    for part in (
        formats.money(language, 30000),
        "3月6日转账，尾号8821。",
        life.until("creditor_answer#O1", language),
        formats.label(language, "payment_record", "proof"),
    ):
        assert part in asked
    life.take(
        "letter_failed", "clock", letter="performance_question#O1", id="x", party="p1", why=Undelivered.BOUNCE
    )
    assert formats.label(language, "performance_question", "letter") in life.text("undelivered", language)
    life.tell("feng")
    life.live(4 * DAY)
    assert life.until("creditor_answer#O1", language) in life.text("answer_reminder#O1", language)
    life.take("dispute_done", "li", obligation="O1", reason="没有收到。")
    life.take("decide_proof", "chen", obligation="O1", accepted=False, reason="没有到账。")
    assert formats.day(language, published().own(life.time, day + 5 * DAY).at) in life.text(
        "proof_decided#O1", language
    )
    life.live(25 * DAY)
    assert formats.money(language, 30000) in life.text("obligation_due#O1", language)
    life.take("confirm_done", "li", obligation="O1")
    life.live(HOUR)
    assert formats.label(language, "confirmed", "duty") in life.text("fulfilled", language)


@BOTH
def test_extension_letter_names_both_dates(language: str) -> None:
    """The letter on an extension has the reason and both dates."""
    life = rendered_life()
    before = life.case.promised
    asked = life.ask_approval(
        "ask_extension", "zhao", reason=ExtensionReason.THIRD_PARTY, why="等厂家的报告。"
    )
    life.take("approve", "zhou", approval=asked)
    text = life.text("extension", language)
    for at in (before, life.case.promised):
        assert at
        assert formats.moment(language, at) in text
    assert "等厂家的报告。" in text
    assert formats.label(language, "third_party", "extension_reason") in text


@BOTH
def test_a_letter_to_the_old_address_hides_the_new_one(language: str) -> None:
    """The letter to the old address has only a hint of the new one."""
    life = rendered_life()
    life.take("change_contact", "li", email="lei.neu@mail.example", phone="+8613911112222")
    old = life.text("contact_changed#before", language)
    assert "l…@mail.example" in old
    assert "…2222" in old
    assert "lei.neu" not in old
    assert "400-800-1234" in old


@BOTH
def test_the_message_to_a_new_address_says_nothing_of_the_complaint(language: str) -> None:
    """The message to a new address has the number and our phone, without names, links, addresses or free
    text."""
    life = rendered_life()
    life.take("change_contact", "li", email="lei.neu@mail.example", phone="+8613911112222")
    text = life.text("confirm_contact#p1", language)
    for hidden in ("李雷", "lei.neu", "2222", "/case/", "洗衣机"):
        assert hidden not in text
    assert "400-800-1234" in text


@BOTH
def test_a_letter_that_brings_a_new_link_says_that_the_old_one_has_ended(language: str) -> None:
    """A letter with a renewed link says that the old one has ended. A lost link is sent again unchanged."""
    life = rendered_life()
    ended = {"zh": ("不能再打开",), "en": ("no longer opens it", "no longer opens the complaint page")}[
        language
    ]
    for move, said, letter, by in (
        ("renew_link", {}, "access_link#p1", "li"),
        ("renew_link", {}, "access_link#p1", "wang"),
        ("change_contact", {"phone": "+8613911112222"}, "contact_changed", "li"),
    ):
        life.take(move, by, **said)
        assert any(words in life.text(letter, language) for words in ended)
    life.take("change_contact", "li", language=Language.EN)
    life.later(DAY).take("send_link", "clock", party="p1")
    assert not any(
        words in life.text(name, language)
        for name in ("contact_changed", "access_link#p1")
        for words in ended
    )


@BOTH
def test_letters_of_joining_and_leaving_have_both_numbers(language: str) -> None:
    """A person who joins reads nothing about the others, and each gets the request for consent."""
    life, other = RenderedLife(), neighbour(1)
    id = join(life, other)
    linked = life.text("linked", language, to=f"party:{id}")
    assert "李雷" not in linked
    life.take("ask_consent", "sun", settlement="每人退款三百元。")
    assert all(
        "每人退款三百元。" in life.text("joint_consent", language, to=f"party:{party}")
        for party in ("p1", id)
    )


@BOTH
def test_a_representative_is_named_where_their_authority_is_spoken_of(language: str) -> None:
    """The agent is asked for the authority document; the letter on the end of the authority names the
    agent."""
    life = rendered_life()
    life.take(
        "add_representative",
        "li",
        person=Person("赵云", email="zhao.yun@mail.example", capacity="agent"),
        powers=(Power.SUBMIT, Power.ANSWER),
    )
    agent = life.case.parties[-1].id
    assert life.until("party_reply", language) in life.text(
        "authority_request", language, to=f"party:{agent}"
    )
    life.take("end_representation", "li", representative=agent)
    assert "赵云" in life.text("authority_ending", language)


@BOTH
def test_danger_is_told_to_those_who_act_and_to_the_consumer(language: str) -> None:
    """Safety advice and alert leave with the complaint. A stop of sale names the product and no person."""
    life = RenderedLife(hurt=Hurt.HURT)
    triage = formats.moment(language, life.due["safety_triage"])
    assert triage in life.text("safety_advice", language)
    assert triage in life.text("safety_alert", language)
    life.take(
        "decide_stop_sale", "zhou", stop=True, departments=("repair",), product="A1电池", reason="起火。"
    )
    stop = life.text("stop_sale", language)
    assert "A1电池" in stop
    assert "李雷" not in stop


@BOTH
def test_offers_lapse_and_slips_are_corrected(language: str) -> None:
    """A correction names both wordings and the deadline; the closing letter names the outcome."""
    life = rendered_life()
    answered(Conclusion.OFFER, life=life)
    life.take("correct_answer", "sun", wrong="3月15日", right="3月16日")
    text = life.text("answer_corrected", language)
    assert all(
        part in text for part in ("3月15日", "3月16日", formats.moment(language, life.due["answer_window"]))
    )
    life.live(40 * DAY)
    assert formats.label(language, "answered_not_contested", "outcome") in life.text("closed", language)


@BOTH
def test_another_body_is_named_as_such_with_its_number(language: str) -> None:
    """Letters to the consumer and to another body name that body and its number."""
    life = rendered_life()
    life.take("note_outside_proceeding", "wang", body=Route.COURT, number="民初9号", due=None)
    life.take("reply_outside", "wang", body=Route.COURT, reply="已经退款。")
    for letter in ("outside_noted", "outside_reply"):
        assert "民初9号" in life.text(letter, language)
        assert formats.label(language, "court", "body") in life.text(letter, language)


@BOTH
def test_an_invitation_names_time_way_and_place(language: str) -> None:
    """An invitation names time, way, place and purpose in words."""
    life = rendered_life()
    life.take(
        "invite_interview",
        "zhao",
        meeting=life.time + 2 * DAY,
        how=Way.COUNTER,
        purpose="了解经过",
        where="梧桐路门店",
    )
    text = life.text("interview_invitation", language)
    for part in (
        formats.moment(language, life.time + 2 * DAY),
        formats.label(language, "counter", "talk"),
        "了解经过",
        "梧桐路门店",
    ):
        assert part in text


@BOTH
def test_a_second_withdrawal_promises_no_reopening_again(language: str) -> None:
    """The first withdrawal offers to reopen until its deadline; the second explains only how to ask the
    team lead."""
    life = RenderedLife()
    life.take("withdraw", "li")
    way = formats.choice(language, "reopen")
    first = life.text("withdrawn", language)
    assert way in first
    assert life.until("reopen_window", language) in first
    life.take("reopen", "li", cause=ReopenReason.RETURNED, facts="还是要说。")
    life.take("withdraw", "li")
    again = life.text("withdrawn", language)
    heard = "由组长决定是否重新处理" if language == "zh" else "the team lead decides whether to reopen"
    assert way not in again
    assert heard in again


@BOTH
def test_a_represented_person_is_not_told_that_they_asked_themselves(language: str) -> None:
    """The letter about a withdrawal, its undoing or the end of talks says that the representative did it. The
    letter about the withdrawal, which is read out on the telephone, names the undo and its time."""
    life = represented(rendered_life(person=BY_PHONE))
    answered(Conclusion.NOT_UPHELD, life)
    talking(disputed(life))
    life.says("withdraw", "p2")
    text = life.text("withdrawn", language, "party:p1")
    assert {"zh": "按照代理人李雪的要求", "en": "As 李雪, the representative, asked"}[language] in text
    assert {"zh": "撤回没有得到您的同意", "en": "you did not agree to the withdrawal"}[language] in text
    assert formats.choice(language, "undo_withdrawal") in text
    assert {"zh": "您改变主意", "en": "you asked"}[language] not in text
    own = life.text("withdrawn", language, "party:p2")
    assert {"zh": "按照您的要求", "en": "As you asked"}[language] in own
    life.says("undo_withdrawal", "p2")
    text = life.text("withdrawal_undone", language, "party:p1")
    assert {"zh": "按照代理人李雪的要求", "en": "As 李雪, the representative, asked"}[language] in text
    life.says("leave_talks", "p2")
    left = {
        "zh": "代理人代表消费者一方退出了协商",
        "en": "The representative left on behalf of the consumer",
    }[language]
    assert left in life.text("negotiation_ended", language, "party:p1")
    assert left not in life.text("negotiation_ended#business", language)


@BOTH
@pytest.mark.parametrize(("asked_by", "reader"), [("p1", "p1"), ("p1", "p2"), ("p2", "p1"), ("p2", "p2")])
def test_letter_about_a_call_names_who_called(language: str, asked_by: str, reader: str) -> None:
    """Staff recorded the call of the person or of the representative. Only the caller reads "you asked"."""
    life = represented(rendered_life(person=BY_PHONE))
    named = {
        "zh": {"p1": "按照李雷的要求", "p2": "按照代理人李雪的要求"},
        "en": {"p1": "As 李雷 asked", "p2": "As 李雪, the representative, asked"},
    }[language]
    asked = named[asked_by] if asked_by != reader else {"zh": "按照您的要求", "en": "As you asked"}[language]
    for move, letter in (("withdraw", "withdrawn"), ("undo_withdrawal", "withdrawal_undone")):
        life.take(move, "wang", asked_by=asked_by)
        text = life.text(letter, language, f"party:{reader}")
        assert asked in text
        assert not [other for other in named.values() if other in text and other != asked]


@BOTH
def test_letter_about_an_act_of_a_representative_names_it(language: str) -> None:
    """The letter to the person says who did what, about which promise, and how to end the representation."""
    life = represented(rendered_life(person=BY_PHONE), powers=tuple(Power))
    answered(life=life)
    life.says("accept_answer", "p2")
    life.says("confirm_done", "p2", obligation="O1")
    text = life.text(f"acted_for#{life.case.entries}", language, "party:p1")
    for part in ("李雪", formats.label(language, "confirm_done", "move"), formats.money(language, 165500)):
        assert part in text
    assert formats.choice(language, "end_representation") in text


@BOTH
def test_no_letter_promises_a_date_that_we_have_missed(language: str) -> None:
    """The decision whether the complaint is accepted is late. A letter about its matters does not name the
    day of that decision, which has passed, as one to come."""
    life = RenderedLife()
    missed = life.due["acknowledgement"]
    life.live(2 * DAY)
    life.take("edit_matters", "wang", matters=(*life.case.matters, life.case.matters[0]), reason="还有一台。")
    assert formats.moment(language, missed) not in life.text("matters_changed", language)


@BOTH
def test_a_representative_without_the_power_to_answer_is_told_so(language: str) -> None:
    """The letter asks nothing of a representative who may only file and get letters. The person gets the
    request by telephone too."""
    life = represented(rendered_life(person=BY_PHONE), powers=(Power.SUBMIT,))
    test = {"laboratory": "检测中心", "question": "有缺陷吗？", "custody": "门店", "cost": "企业承担"}
    life.take("propose_appraisal", "zhao", **test)
    own, agents = (life.text("appraisal_proposal", language, f"party:{id}") for id in ("p1", "p2"))
    assert formats.choice(language, "consent_appraisal") in own
    assert formats.choice(language, "consent_appraisal") not in agents
    said = {"zh": "您的授权不包括“陈述补充”", "en": "Your authority does not cover this: answer and add."}
    assert said[language] in agents
    assert said[language] not in own
