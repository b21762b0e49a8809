"""Letters of a dispute to both sides: each reads its own part, and no confidential statement."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.codes import (
    Conclusion,
    Ending,
    Nature,
    Outcome,
    ReopenReason,
    Role,
    Severity,
    Side,
)
from chalicelib.domain.moves.intake import Person
from chalicelib.letters import render
from chalicelib.locale import formats
from tests.domain.life import DAY, answered, on_duty
from tests.letters.reading import reads_whole
from tests.letters.rendered import RenderedLife, rendered_life
from tests.letters.sample import MIDNIGHT, due, offered, slots, talks

BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)
REP = Person("何企", email="rep@corp.example", phone="+8613900001111")
NEUTRAL = Role.NEGOTIATOR
TO_COMPANY = (
    "dispute_opened",
    "offer",
    "offer_answered",
    "mediation_invitation",
    "mediation_invitation_reminder",
    "mediation_answered",
    "negotiation_ended",
    "mediation_opened",
    "on_the_spot",
    "handler_named",
    "handler_changed",
    "appraisal_proposal",
    "appraisal_started",
    "appraisal_result",
    "withdrawn",
    "access_link",
    "approval_decided",
    "message_reply",
    "recusal_decided",
    "mediator_appointed",
    "challenge_received",
    "challenge_decided",
    "meeting_notice",
    "meeting_changed",
    "meeting_cancelled",
    "meeting_reminder",
    "absence_asked",
    "minutes",
    "mediation_extended",
    "mediation_ended",
    "draft_agreement",
    "draft_changed",
    "signing_reminder",
    "not_signed",
    "in_force",
    "confirmation_offer",
    "confirmation_reminder",
    "obligation_due",
    "performance_question",
)
IN_CONFIDENCE = ("我的底线", "我们的底线", "太高了", "没有必要")
WITHIN_THE_DAY = timedelta(hours=1)


def disputed(conclusion: Conclusion | None = Conclusion.NOT_UPHELD) -> RenderedLife:
    """Return a case in negotiation with a neutral officer, after an answer or while one is awaited."""
    life = rendered_life(roster=on_duty(negotiator=("he_neutral",)))
    if conclusion:
        answered(conclusion, life=life)
    life.take("raise_dispute", "li", nature=Nature.AMOUNT, about="只肯退八百元。", barred=("zhao",))
    life.take("name_business_representative", "sun", person=REP)
    life.take("assign_negotiator", "sun", to="he_neutral", severity=Severity.S4)
    return life


def company(life: RenderedLife) -> str:
    """Return the id of the business representative."""
    assert life.case.business
    return life.case.business.id


def day(life: RenderedLife, days: int) -> date:
    """Return the day that many days from now."""
    return published().day_of(life.time + days * DAY)


def offer(life: RenderedLife, by: str, fen: int, **changes: Any) -> None:
    """Make a side's offer, valid for three days."""
    life.says(
        "offer",
        by,
        **{"terms": f"退款{fen // 100}元，三天之内到账。", "until": day(life, 3), "amount": fen, **changes},
    )


def ended(life: RenderedLife) -> RenderedLife:
    """Return the case after the ten working days of negotiation, with both sides silent."""
    life.live(15 * DAY)
    return life


@BOTH
@pytest.mark.parametrize("name", TO_COMPANY)
def test_the_company_reads_nothing_that_is_for_the_consumer_only(name: str, language: str) -> None:
    """The company reads nothing about relatives, a consumer's other legal ways, or "your complaint"."""
    for filled in (
        slots(side="business", stage=stage)
        for stage in ("negotiating", "closed", "performing", "investigating")
    ):
        reads_whole(name, language, filled)
        letter = render(name, language, filled)
        assert not re.search(
            "12315|12345|消费者协会|您的投诉|家人|consumer association|[Yy]our complaint|relative",
            letter.text,
        )
        assert slots()["link"] in letter.text


@BOTH
@pytest.mark.parametrize("side", ["consumer", "business"])
@pytest.mark.parametrize("name", ["offer", "mediation_invitation", "mediation_invitation_reminder"])
def test_question_to_a_side_names_its_end_and_the_effect_of_silence(
    name: str, side: str, language: str
) -> None:
    """The first lines name the deadline, and the letter states the effect of silence. A date is named only
    for a running deadline."""
    asked = slots(side=side, stage="negotiating", promised=None)
    end = formats.moment(language, MIDNIGHT)
    text = render(name, language, asked).text
    assert end in "\n".join(text.split("\n")[:6])
    assert re.search("逾期没有" if language == "zh" else r"[Ii]f (we hear nothing|you do not)", text)
    assert end not in render(name, language, {**asked, "due": {}}).text


@BOTH
def test_silence_is_a_no_of_the_consumer_and_no_answer_of_the_company(language: str) -> None:
    """Silence of the consumer declines mediation, silence of the company does not; the next step depends
    on the stage."""
    silent = {
        "zh": ("视为您不同意", "既不算同意", "协商照常进行", "回到调查"),
        "en": (
            "that means no",
            "neither a yes nor a no",
            "the negotiation goes on",
            "the investigation goes on",
        ),
    }[language]
    no, neither, on, investigated = silent
    still, over = slots(dispute=talks()), slots(dispute=talks(over=True), promised=None)
    texts = [
        render("mediation_invitation", language, filled).text
        for filled in (still, over, {**over, "promised": MIDNIGHT}, {**over, "side": "business"})
    ]
    assert [(no in text, on in text, investigated in text) for text in texts] == [
        (True, True, False),
        (True, False, False),
        (True, False, True),
        (False, False, False),
    ]
    assert formats.label(language, "not_settled", "outcome") in texts[1]
    assert neither in texts[3]


@BOTH
def test_an_offer_says_all_of_it_and_what_it_answers(language: str) -> None:
    """The letter has terms, amount, last moment, and the offer that it counters. In a joint complaint it
    says that each person must agree."""
    life = disputed()
    offer(life, company(life), 80000)
    first = life.text("offer#F1", language)
    offer(life, "p1", 120000, counters="F1")
    second = life.text("offer#F2", language)
    for text, fen in ((first, 80000), (second, 120000)):
        assert f"退款{fen // 100}元，三天之内到账。" in text
        assert formats.money(language, fen) in text
        assert life.until("offer#F2", language) in text
    assert "F1" in second
    assert "F2" not in first
    joint = "每一位投诉人" if language == "zh" else "each person"
    assert [
        joint in render("offer", language, slots(dispute=talks(joint=joint_))).text
        for joint_ in (True, False)
    ] == [True, False]


@BOTH
def test_acceptance_by_phone_is_confirmed_in_writing(language: str) -> None:
    """The accepting side reads the recorded terms and until when to object; the other side reads the
    acceptance."""
    life = disputed()
    offer(life, company(life), 80000)
    life.take("accept_offer", "he_neutral", NEUTRAL, offer="F1", read_back=True, side=Side.CONSUMER)
    theirs, ours = (
        life.text("offer_answered#F1", language, to=f"party:{id}") for id in ("p1", company(life))
    )
    objects = "如果您没有接受" if language == "zh" else "If you did not accept it"
    assert objects in theirs
    assert objects not in ours
    for text in (theirs, ours):
        assert life.until("drafting", language) in text
        assert formats.money(language, 80000) in text


@BOTH
def test_an_offer_that_was_refused_or_lapsed_is_over(language: str) -> None:
    """A refused or lapsed offer is named by its number; the reason stays with the neutral officer."""
    life = disputed()
    offer(life, company(life), 80000)
    life.take("refuse_offer", "li", offer="F1", reason="太高了")
    assert "F1" in life.text("offer_answered#F1", language)
    offer(life, "p1", 120000)
    life.live(5 * DAY)
    lapsed = [life.text("offer_answered#F2", language, to=f"party:{id}") for id in ("p1", company(life))]
    assert all(("已经失效" if language == "zh" else "has lapsed") in text for text in lapsed)
    assert not any(secret in text for *_, text in life.texts for secret in IN_CONFIDENCE)


@BOTH
def test_talks_letters_omit_confidential_statements(language: str) -> None:
    """Confidential statements, attempts and refusal reasons are in no letter to a party. Both sides read
    the reason for the end."""
    life = disputed()
    life.take("state_position", "li", text="我的底线")
    life.says("state_position", company(life), text="我们的底线")
    offer(life, company(life), 80000)
    life.take("refuse_offer", "li", offer="F1", reason="太高了")
    life.take(
        "end_negotiation", "he_neutral", NEUTRAL, ending=Ending.NO_PROSPECT, reason="金额的分歧没有缩小。"
    )
    life.says("refuse_mediation", company(life), reason="没有必要")
    life.take("approve", "zhou", approval=life.case.approvals[-1].id)
    told_ = [text for name, to, spoken, text in life.texts if to.startswith("party:") and spoken == language]
    assert not any(secret in text for text in told_ for secret in IN_CONFIDENCE)
    for key in ("negotiation_ended", "negotiation_ended#business"):
        why = [text for name, _, spoken, text in life.texts if name == key and spoken == language]
        assert formats.label(language, "no_prospect", "ending") in why[0]
        assert "金额的分歧没有缩小。" in why[0]
        assert formats.label(language, "not_settled", "outcome") in why[1]
    theirs = [text for _, to, _, text in life.texts if to == f"party:{company(life)}"]
    assert not any(part in text for text in theirs for part in ("13800138000", "li.lei@", "梧桐路", "李雷"))


@BOTH
def test_the_end_reads_by_where_it_leads(language: str) -> None:
    """The letter on the end of negotiation names the next step: mediation question, closing with the time
    to reopen, investigation, or performance."""
    life = ended(disputed())
    assert life.until("mediation_consent", language) in life.text("negotiation_ended", language)
    assert life.until("company_consent", language) in life.text("negotiation_ended#business", language)
    life.take("refuse_mediation", "li")
    closed = life.text("negotiation_ended", language)
    for part in (
        life.until("reopen_window", language),
        formats.choice(language, "reopen"),
        formats.label(language, "samr_12315", "route"),
    ):
        assert part in closed
    life.take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="有新的报价。")
    assert life.until("negotiation", language) in life.text("reopened", language)
    before = disputed(None)
    before.take("invite_mediation", "li")
    before.says("refuse_mediation", company(before), reason="没有必要")
    before.take("approve", "zhou", approval=before.case.approvals[-1].id)
    assert before.until("negotiation", language) in before.text("mediation_answered#business", language)
    before.live(14 * DAY + 14 * WITHIN_THE_DAY)
    assert before.case.promised
    assert formats.moment(language, before.case.promised) in before.text("negotiation_ended", language)
    performed = ended(disputed(Conclusion.UPHELD))
    performed.take("refuse_mediation", "li")
    assert formats.money(language, 165500) in performed.text("negotiation_ended", language)
    assert formats.money(language, 165500) not in performed.text("negotiation_ended#business", language)


@BOTH
def test_talks_letters_promise_no_second_answer(language: str) -> None:
    """Letters of the talks name the promised date only while the answer is awaited."""
    for conclusion in (None, Conclusion.NOT_UPHELD):
        life = disputed(conclusion)
        assert life.case.promised
        promised = formats.moment(language, life.case.promised)
        life.take(
            "propose_appraisal",
            "he_neutral",
            NEUTRAL,
            laboratory="检测中心",
            question="有缺陷吗？",
            custody="门店",
            cost="企业承担",
        )
        life.take("consent_appraisal", "li", agrees=True)
        life.says("consent_appraisal", company(life), agrees=True)
        life.take("start_appraisal", "he_neutral", NEUTRAL, expected=day(life, 5))
        assert (promised in life.text("dispute_opened", language)) == (conclusion is None)
        assert (promised in life.text("appraisal_started", language)) == (conclusion is None)
        assert promised not in life.text("appraisal_started#business", language)


@BOTH
@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("over", [True, False])
def test_a_refusal_says_who_and_why_only_where_it_may_be_said(share: bool, over: bool, language: str) -> None:
    """Both sides read which side declined mediation. The reason is passed on only with the permission of
    that side."""
    life = ended(disputed()) if over else disputed()
    if not over:
        life.take("invite_mediation", "he_neutral", NEUTRAL)
    life.says("refuse_mediation", company(life), reason="总部要求走法院程序。", share=share)
    life.take("approve", "zhou", approval=life.case.approvals[-1].id)
    read = life.text("negotiation_ended" if over else "mediation_answered#business", language)
    assert ("企业没有同意调解" if language == "zh" else "business did not agree to mediation") in read
    assert ("总部要求走法院程序。" in read) == share
    if over:
        own = life.text("negotiation_ended#business", language)
        assert ("您没有同意调解" if language == "zh" else "you did not agree to mediation") in own


@BOTH
def test_a_consumer_who_is_silent_has_not_agreed(language: str) -> None:
    """Both sides read that a silent consumer did not agree to mediation."""
    life = ended(disputed()).over("mediation_consent")
    assert life.case.outcome == Outcome.NOT_SETTLED
    theirs, own = (life.text("negotiation_ended" + to, language) for to in ("#business", ""))
    assert ("消费者没有同意调解" if language == "zh" else "consumer did not agree to mediation") in theirs
    assert ("您没有同意调解" if language == "zh" else "you did not agree to mediation") in own


@BOTH
def test_the_company_is_told_whether_its_refusal_counts(language: str) -> None:
    """A refusal that is not approved leaves the deadline unchanged, and the company reads the reason. The
    supervisor reads the name of the refusing person."""
    life = disputed()
    life.take("invite_mediation", "li")
    life.says("refuse_mediation", company(life), reason="没有必要")
    assert REP.name in life.text("approval_request", language)
    life.take("refuse_approval", "zhou", approval=life.case.approvals[-1].id, reason="请先听取消费者的意见。")
    text = life.text("approval_decided", language)
    for part in (
        life.until("company_consent", language),
        "请先听取消费者的意见。",
        formats.choice(language, "consent_mediation"),
    ):
        assert part in text
    life.says("consent_mediation", company(life))
    for id in ("p1", company(life)):
        assert life.until("mediation", language) in life.text(
            "mediation_opened" if id == "p1" else "mediation_opened#business", language
        )


@BOTH
def test_a_serious_dispute_is_the_supervisors_to_watch_and_the_leads_to_give_out(language: str) -> None:
    """A serious dispute creates two tasks: assignment for the lead, severity for the supervisor."""
    life = rendered_life()
    life.take(
        "identify_dispute",
        "zhao",
        about="电池起火的责任。",
        nature=Nature.RESPONSIBILITY,
        others=(Nature.AMOUNT,),
        severity=Severity.S2,
        agrees=True,
        barred=("zhao",),
    )
    for to, task in (("role:lead", "identify_dispute"), ("role:supervisor", "set_severity")):
        assert formats.label(language, task, "task") in life.text("task", language, to=to)
    opened = life.text("dispute_opened", language)
    for part in (
        *(formats.label(language, nature, "nature") for nature in ("responsibility", "amount")),
        "电池起火的责任。",
        life.until("negotiation", language),
        life.until("assignment", language),
    ):
        assert part in opened


@BOTH
def test_performance_on_the_spot_is_told_to_both_sides(language: str) -> None:
    """Both sides read what was done and confirmed; the consumer also reads the time to reopen."""
    life = disputed()
    life.take(
        "record_on_the_spot",
        "he_neutral",
        NEUTRAL,
        done="当场退现金八百元。",
        consumer_confirms=True,
        business_confirms=True,
    )
    assert life.until("reopen_window", language) in life.text("on_the_spot", language)
    assert all(
        "当场退现金八百元。" in life.text(key, language) for key in ("on_the_spot", "on_the_spot#business")
    )


@BOTH
def test_hostile_offers_come_out_literally(language: str) -> None:
    """Markup in an offer stays plain text."""
    said = "<b>粗</b> [点我](javascript:alert(1))\n# 题"
    html = render("offer", language, slots(offer=offered(terms=said), due=due("offer"))).html
    assert "&lt;b&gt;" in html
    assert not re.search(r"<b>|<h1>题|javascript:[^)]*\"", html)


@BOTH
def test_the_time_for_reconsideration_is_named_from_the_opening_to_the_closing(language: str) -> None:
    """The consumer reads that the time for reconsideration is suspended during talks, and its new end
    afterwards. The company does not."""
    life = disputed()
    still = "申请复议的期限" if language == "zh" else "time to ask for reconsideration"
    assert still in life.text("dispute_opened", language)
    life.live(15 * DAY)
    assert still in life.text("negotiation_ended", language)
    life.says("refuse_mediation", life.case.consumers[0].id)
    (run,) = running_of(life.case, "answer_window")
    assert run.due
    told = life.text("negotiation_ended", language)
    assert formats.moment(language, run.due) in told
    assert formats.choice(language, "ask_reconsideration") in told
    assert still not in life.text("negotiation_ended#business", language)


@BOTH
def test_a_company_that_never_answers_is_told_of_to_both(language: str) -> None:
    """The invitation names the end of our wait. The closing letter names the company's silence, other
    ways, and the time to reopen."""
    life = ended(disputed())
    life.says("consent_mediation", life.case.consumers[0].id)
    last = life.until("company_silence", language)
    assert last in life.text("mediation_invitation#business", language)
    life.live(40 * DAY)
    for key in ("negotiation_ended", "negotiation_ended#business"):
        text = life.text(key, language)
        assert formats.label(language, "company_silent", "ending") in text
        assert formats.texts(language)["words"]["erased"] not in text
    told = life.text("negotiation_ended", language)
    for part in (
        life.until("reopen_window", language),
        formats.choice(language, "reopen"),
        formats.label(language, "samr_12315", "route"),
    ):
        assert part in told
