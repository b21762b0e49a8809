"""Letters about a breach: found or not, measures, cure, or referral."""

from __future__ import annotations

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.obligation_deadlines import due_moment
from chalicelib.domain.model.codes import Confirmation, Excuse, Measure, Side
from chalicelib.domain.model.obligation import total
from chalicelib.locale import formats
from tests.domain.life import DAY, HOUR, clause, returned, speaker, unopposed
from tests.letters.mediated import with_mediator
from tests.letters.performed import BOTH, agreed, broken, by_two, cured_by, end, has, late, sides, silent
from tests.letters.rendered import RenderedLife


def referred(life: RenderedLife | None = None) -> RenderedLife:
    """Return a case whose refund is referred after a measure without result."""
    life = broken(life)
    life.take(
        "take_measure", "feng", obligation="O1", measure=Measure.AGREED_PENALTY, basis="协议C1。", amount=5000
    )
    return by_two(life.over("measure"), "refer_breach", obligation="O1", reason="采取措施以后仍没有付款。")


@BOTH
def test_a_breach_is_told_to_both_with_facts_reason_and_what_follows(language: str) -> None:
    """Both sides read the dates, the counter-obligation, the agreed measure with its deadline, and how to
    object. The debtor can still perform."""
    life = broken()
    for read in sides(life, "breach_found#O1", language):
        has(
            read,
            "银行流水里没有这笔退款。",
            "消费者没有应当先做的事。",
            end(life, language),
            cured_by(life, language),
            life.until("measure#O1", language),
            formats.label(language, "agreed_penalty", "measure"),
            formats.money(language, 5000),
            "不同意" if language == "zh" else "do not agree",
            "法院" if language == "zh" else "court",
        )
        assert silent(read, language)
        assert life.until("measure#O1", language) in read.split("\n\n")[1]
    consumer, company = sides(life, "breach_found#O1", language)
    assert formats.choice(language, "claim_done") in company
    assert formats.choice(language, "claim_done") not in consumer
    assert formats.choice(language, "confirm_done") in consumer
    assert formats.choice(language, "confirm_done") not in company


@BOTH
def test_no_breach_is_told_with_its_reason_and_the_new_day(language: str) -> None:
    """An excuse states its ground; without a new date the obligation has ended."""
    life, day = late(), published().day_of(late().time) + 15 * DAY
    life.take("find_no_breach", "feng", obligation="O1", reason="银行退汇，已重新提交。", by=day)
    new = formats.moment(language, published().own(life.time, day).at)
    for read in sides(life, "no_breach#O1", language):
        has(read, "银行退汇，已重新提交。")
        assert new in read.split("\n\n")[1]
        assert silent(read, language)
    by_two(life, "excuse", obligation="O1", ground=Excuse.ACCOUNT_WRONG, reason="账户已注销。", by=day + DAY)
    later = formats.moment(language, published().own(life.time, day + DAY).at)
    for read in sides(life, "no_breach#O1", language):
        has(read, formats.label(language, "account_wrong", "excuse_ground"), later)
    by_two(life, "excuse", obligation="O1", ground=Excuse.FORCE_MAJEURE, reason="仓库被洪水冲毁。")
    for read in sides(life, "no_breach#O1", language):
        has(
            read,
            formats.label(language, "force_majeure", "excuse_ground"),
            "不用再履行" if language == "zh" else "need not be done any more",
        )
        assert new not in read
        assert later not in read


@BOTH
def test_a_penalty_is_told_as_an_item_of_its_own_with_the_total(language: str) -> None:
    """Both sides read the penalty's own number and date, and the total that they owe or are owed."""
    life, taken = broken(), {"measure": Measure.AGREED_PENALTY, "basis": "协议C1。", "amount": 5000}
    life.take("take_measure", "feng", obligation="O1", **taken)
    apart = next(o for o in life.case.open_obligations if o.of == "O1")
    day = formats.moment(language, due_moment(life.case, apart) or life.time)
    together = total(o for o in life.case.open_obligations if o.to == "p1")
    consumer, company = sides(life, "measure#O1", language)
    for read in (consumer, company):
        has(
            read,
            apart.id,
            formats.label(language, "agreed_penalty", "obligation_kind"),
            day,
            formats.money(language, together or 0),
        )
    assert ("对方应当向您支付" if language == "zh" else "other side has to pay you") in consumer
    assert ("您应当支付" if language == "zh" else "you have to pay") in company


@BOTH
def test_each_measure_is_told_to_both_with_its_basis_and_its_time(language: str) -> None:
    """Both sides read basis, start and end of a measure, and the earlier ones. The approver reads which
    measure and why."""
    life = broken()
    life.take(
        "take_measure",
        "feng",
        obligation="O1",
        measure=Measure.AGREED_PENALTY,
        basis="协议C1的违约金。",
        amount=5000,
    )
    for read in sides(life, "measure#O1", language):
        has(
            read,
            formats.label(language, "agreed_penalty", "measure"),
            formats.money(language, 5000),
            "协议C1的违约金。",
            formats.day(language, life.time, end=False),
            life.until("measure#O1", language),
        )
        assert silent(read, language)
    life.live(18 * DAY)
    asked = life.ask_approval(
        "take_measure",
        "feng",
        obligation="O1",
        measure=Measure.PAY_FIRST,
        basis="先行赔付承诺。",
        amount=80000,
    )
    request = life.text("approval_request", language)
    has(
        request,
        formats.label(language, "pay_first", "measure"),
        "先行赔付承诺。",
        formats.clause(language, "C1"),
    )
    life.take("approve", "zhou", approval=asked)
    for read in sides(life, "measure#O1", language):
        has(
            read,
            formats.label(language, "pay_first", "measure"),
            formats.money(language, 80000),
            "先行赔付承诺。",
            formats.label(language, "agreed_penalty", "measure"),
            life.until("measure#O1", language),
        )


@BOTH
def test_cure_is_told_to_both_sides(language: str) -> None:
    """Both sides read about the cure and the waiver. The consumer is offered to reopen until the deadline,
    the company is not."""
    life = broken()
    life.take("record_cure", "feng", obligation="O1", what="4月6日到账800元。")
    for read in sides(life, "cured#O1", language):
        has(
            read,
            "4月6日到账800元。",
            formats.clause(language, "C2"),
            end(life, language, "O2"),
            formats.day(language, life.time, end=False),
        )
        assert silent(read, language)
    life.says("waive", speaker(life, Side.BUSINESS), obligation="O2", words="旧机不用退了。")
    life.live(HOUR)
    consumer, company = life.text("fulfilled", language), life.text("fulfilled#business", language)
    for read in (consumer, company):
        has(
            read,
            *(formats.label(language, code, "duty") for code in ("cured", "waived")),
            life.until("reopen_window", language),
            formats.label(language, "fulfilled_after_breach", "outcome"),
            "不用再履行" if language == "zh" else "need not be done",
        )
    button = f"“{formats.choice(language, 'reopen')}”"
    assert button in consumer
    assert button not in company


@BOTH
def test_referral_letter_names_the_legal_ways(language: str) -> None:
    """Both sides read the outstanding obligations, also those that waited, and the legal ways. Enforcement
    is named only for a confirmed agreement."""
    life = referred()
    consumer, company = sides(life, "breach_referred#O1", language)
    for read in (consumer, company):
        has(
            read,
            "采取措施以后仍没有付款。",
            formats.clause(language, "C2"),
            formats.money(language, 80000),
            formats.money(language, 5000),
            formats.money(language, 85000),
            formats.label(language, "agreed_penalty", "measure"),
            "第一百八十八条" if language == "zh" else "Articles 188 and 195",
        )
        assert ("申请强制执行：" if language == "zh" else "Enforcement:") not in read
        assert silent(read, language)
    statement = "履行情况说明" if language == "zh" else "statement of what was done"
    assert formats.label(language, "samr_12315", "route") in consumer
    assert statement in consumer
    assert formats.label(language, "samr_12315", "route") not in company
    assert statement not in company
    for read in (life.text("closed", language), life.text("closed#business", language)):
        has(
            read,
            formats.label(language, "referred", "outcome"),
            formats.clause(language, "C1"),
            formats.clause(language, "C2"),
        )
        assert formats.choice(language, "reopen") not in read


@BOTH
def test_confirmed_agreement_is_called_enforceable(language: str) -> None:
    """A confirmed agreement can be enforced within two years; only the creditor gets the application."""
    life = agreed()
    for who in ("p1", speaker(life, Side.BUSINESS)):
        life.says("record_confirmation", who, step=Confirmation.AGREES)
    for step in (Confirmation.APPLIED, Confirmation.CONFIRMED):
        life.take("record_confirmation", "feng", step=step, court="梧桐区人民法院", number="（2026）民特1号")
    consumer, company = sides(referred(life), "breach_referred#O1", language)
    for read in (consumer, company):
        has(
            read,
            "申请强制执行：" if language == "zh" else "Enforcement:",
            "第二百五十条" if language == "zh" else "Article 250",
        )
    application = "强制执行申请书" if language == "zh" else "application for enforcement"
    assert application in consumer
    assert application not in company


@BOTH
def test_one_is_referred_while_the_others_go_on(language: str) -> None:
    """The letter names the remaining obligations and does not say that the complaint is closed."""
    life = with_mediator()
    unopposed(life)
    later = published().day_of(life.time) + 90 * DAY
    referred(
        agreed(life, clause(life, measure=Measure.AGREED_PENALTY, penalty=5000), returned(life, by=later))
    )
    for read in sides(life, "breach_referred#O1", language):
        has(read, formats.clause(language, "C2"), end(life, language, "O2"))
        assert ("结案" if language == "zh" else "is closed") not in read
    assert "closed" not in life.letters_to()
