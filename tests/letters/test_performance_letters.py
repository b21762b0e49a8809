"""Letters about obligations: due date, effect of silence, and consequences, for debtor and creditor."""

from __future__ import annotations

import pytest

from chalicelib.domain.calendar import published
from chalicelib.domain.model.codes import Conclusion, Confirms, EvidenceKind, Proof, Side
from chalicelib.locale import formats
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    answered,
    clause,
    disputed,
    join,
    mediated,
    mediating,
    neighbour,
    returned,
    speaker,
    talking,
    unopposed,
)
from tests.letters.mediated import mediation_without_mediator, with_mediator
from tests.letters.performed import BOTH, agreed, broken, by_two, cured_by, end, has, late, sides, silent
from tests.letters.rendered import rendered_life

AFTER = {
    "zh": ("第1条", "确认履行后7个自然日内"),
    "en": ("within 7 calendar days after clause 1", " is confirmed as performed"),
}


@BOTH
def test_awaited_obligation_is_named_by_its_clause(language: str) -> None:
    """A letter names the awaited obligation by its clause, since the reader knows the agreement and not
    our numbers."""
    before, after = AFTER[language]
    life = agreed()
    life.live(40 * DAY)
    told = [text for _, _, told_in, text in life.texts if told_in == language and after in text]
    assert told
    assert all(text.count(after) == text.count(before + after) for text in told)


@BOTH
def test_debtor_is_reminded_and_both_sides_hear_of_the_day(language: str) -> None:
    """The debtor gets a reminder with date and proof. On the due day both sides get a letter, each from
    their own view."""
    life = agreed()
    life.live(7 * DAY)
    assert "obligation_reminder" not in life.letters_to("party:p1")
    company = f"party:{speaker(life, Side.BUSINESS)}"
    read = life.text("obligation_reminder#O1", language, to=company)
    parts = (
        formats.clause(language, "C1"),
        formats.money(language, 80000),
        "原路退回货款。",
        end(life, language),
    )
    has(
        read,
        *parts,
        formats.choice(language, "claim_done"),
        formats.choice(language, "propose_change"),
        formats.label(language, "payment_record", "proof"),
    )
    assert silent(read, language)
    life.live(4 * DAY)
    for mine, move in zip(
        sides(life, "obligation_due#O1", language), ("confirm_done", "claim_done"), strict=True
    ):
        has(mine, *parts, formats.choice(language, move))
    owes = {
        "zh": ("企业应当向您履行", "企业应当向消费者履行"),
        "en": ("what the business owes you", "what the business owes the consumer"),
    }
    for mine, said in zip(sides(life, "obligation_due#O1", language), owes[language], strict=True):
        assert said in mine


@BOTH
def test_a_notice_to_perform_says_until_when_and_what_may_follow(language: str) -> None:
    """The demand has the missed date, the end of the cure period and the agreed measure, and invites a
    reason. One reminder follows; the creditor gets one letter and need not answer."""
    life = late()
    asked, notice = (
        life.text("performance_question#O1", language, to="party:p1"),
        life.text("cure_notice#O1", language),
    )
    last = cured_by(life, language)
    has(
        notice,
        end(life, language),
        formats.label(language, "agreed_penalty", "measure"),
        formats.money(language, 5000),
        "原路退回货款。",
        formats.label(language, "payment_record", "proof"),
        "欢迎说明" if language == "zh" else "please tell us",
    )
    assert last in notice.split("\n")[0]
    assert last in notice.split("\n\n")[1]
    assert silent(notice, language)
    assert "cure_notice" not in life.letters_to("party:p1")
    assert life.keys().count("performance_question#O1") == 1
    has(asked, last, end(life, language), formats.choice(language, "confirm_done"))
    assert formats.choice(language, "dispute_done") not in asked
    assert ("您不需要做什么" if language == "zh" else "nothing you need to do") in asked
    life.live(5 * DAY)
    again = life.text("obligation_reminder#O1", language)
    assert last in again.split("\n")[0]
    assert silent(again, language)


@BOTH
def test_a_consumer_who_owes_reads_their_own_duty(language: str) -> None:
    """The demand addresses the consumer as debtor; the company reads the end of the cure period."""
    life = with_mediator()
    unopposed(life)
    agreed(life, returned(life, cure_days=3))
    life.live(10 * DAY)
    has(
        life.text("cure_notice#O1", language, to="party:p1"),
        cured_by(life, language),
        "您应当向企业履行" if language == "zh" else "what you owe the business",
        formats.label(language, "hold_counter", "measure"),
    )
    has(
        life.text("performance_question#O1", language),
        cured_by(life, language),
        "消费者应当向企业履行" if language == "zh" else "what the consumer owes the business",
    )


@BOTH
def test_cure_notice_to_be_read_out_names_no_day(language: str) -> None:
    """The demand to a debtor who must be called names no date, because the cure period starts with the
    call."""
    life = with_mediator(mediation_without_mediator(BY_PHONE))
    unopposed(life)
    agreed(life, returned(life))
    life.live(10 * DAY)
    read = life.text("cure_notice#O1", language)
    assert ("宽限期从本函告知您时起算" if language == "zh" else "starts when you are told") in read
    assert end(life, language) in read.split("\n\n")[1]
    assert (
        "期限从告知消费者时起算" if language == "zh" else "starts when the consumer has been told"
    ) in life.text("performance_question#O1", language)


@BOTH
def test_lead_of_an_unrepresented_company_gets_the_notice(language: str) -> None:
    """The lead of a company without a representative gets a task with the promise and its cure period. The
    consumer gets the usual letter."""
    life = rendered_life()
    answered(life=life)
    life.says("accept_answer", "p1")
    life.live(11 * DAY)
    task = life.text("task", language, to="role:lead")
    has(
        task,
        cured_by(life, language),
        formats.money(language, 165500),
        formats.label(language, "send_cure_notice", "task"),
    )
    has(
        life.text("performance_question#O1", language),
        cured_by(life, language),
        "我们答应您" if language == "zh" else "what we promised you",
    )


@BOTH
def test_proof_for_the_officer_is_not_asked_of_the_creditor(language: str) -> None:
    """The officer's task names the obligation and the date of the decision; the creditor is not asked."""
    life = agreed(None, confirms=Confirms.OFFICER)
    life.says(
        "claim_done",
        speaker(life, Side.BUSINESS),
        obligation="O1",
        proof=Proof.PAYMENT_RECORD,
        what="已转账。",
    )
    assert "performance_question" not in life.letters_to()
    has(
        life.text("task", language),
        formats.clause(language, "C1"),
        life.until("breach_decision#O1", language),
        formats.label(language, "claim_done", "task"),
    )


@BOTH
def test_a_decision_on_the_proof_tells_both_what_follows(language: str) -> None:
    """A rejected proof leaves the obligation as it was: before its date, in the cure period, or in breach."""
    life = agreed()

    def not_accepted() -> tuple[str, str]:
        life.says(
            "claim_done",
            speaker(life, Side.BUSINESS),
            obligation="O1",
            proof=Proof.PAYMENT_RECORD,
            what="已转账。",
        )
        life.says("dispute_done", "p1", obligation="O1", reason="没有收到。")
        life.take("decide_proof", "chen", obligation="O1", accepted=False, reason="流水里没有。")
        return sides(life, "proof_decided#O1", language)

    for read in not_accepted():
        has(read, "流水里没有。", end(life, language))
        assert silent(read, language)
    late(life)
    for read in not_accepted():
        has(read, cured_by(life, language))
    broken(life)
    for read in not_accepted():
        has(read, "仍处在违约中" if language == "zh" else "still in breach")
        assert cured_by(life, language) not in read
    life.says(
        "claim_done",
        speaker(life, Side.BUSINESS),
        obligation="O1",
        proof=Proof.PAYMENT_RECORD,
        what="今天转账。",
    )
    life.take("decide_proof", "chen", obligation="O1", accepted=True, reason="已到账。")
    for read in sides(life, "proof_decided#O1", language):
        has(read, "已到账。", "已经完成" if language == "zh" else "was done on")


@BOTH
def test_a_new_date_is_put_to_the_other_side_and_then_told_to_both(language: str) -> None:
    """The other side reads both dates, the reason, its own deadline, and that silence means no. A change
    of date alone needs no signature."""
    life = agreed()
    before, day = end(life, language), published().day_of(life.time) + 20 * DAY
    life.says(
        "propose_change", speaker(life, Side.BUSINESS), obligation="O1", reason="银行系统升级。", by=day
    )
    read = life.text("change_proposed#O1", language)
    new = formats.moment(language, published().own(life.time, day).at)
    has(
        read,
        before,
        new,
        "银行系统升级。",
        formats.choice(language, "agree_change"),
        "视为不同意" if language == "zh" else "means no",
    )
    assert life.until("change_reply#O1", language) in read.split("\n\n")[1]
    assert "SHA-256" not in read
    assert "change_proposed" not in life.letters_to(f"party:{speaker(life, Side.BUSINESS)}")
    life.says("agree_change", "p1", obligation="O1")
    for mine in sides(life, "change_agreed#O1", language):
        has(mine, before, new, formats.clause(language, "C1"))
        assert silent(mine, language)


@BOTH
@pytest.mark.parametrize("paper", [False, True])
def test_change_letter_has_both_texts_and_the_digest(language: str, paper: bool) -> None:
    """The letter has both texts, both amounts and the digest, also for a paper signature recorded by
    staff."""
    life = late()
    life.says(
        "propose_change",
        "p1",
        obligation="O1",
        reason="我要换货。",
        way="换一台同型号的洗衣机。",
        amount=70000,
        by=published().day_of(life.time) + 9 * DAY,
    )
    owed = life.case.obligations[0]
    assert owed.proposed
    assert owed.proposed.digest
    read = life.text("change_proposed#O1", language, to=f"party:{speaker(life, Side.BUSINESS)}")
    parts = (
        "原路退回货款。",
        "换一台同型号的洗衣机。",
        formats.money(language, 80000),
        formats.money(language, 70000),
        owed.proposed.digest,
    )
    has(
        read,
        *parts,
        "签署" if language == "zh" else "sign it",
        "不再计算" if language == "zh" else "no longer counts",
    )
    if paper:
        life.case = life.case.with_evidence(EvidenceKind.FILE, life.act("feng"))
        by_two(
            life,
            "agree_change",
            obligation="O1",
            digest=owed.proposed.digest,
            side="business",
            scan=life.case.evidence[-1].id,
        )
    else:
        life.says("agree_change", speaker(life, Side.BUSINESS), obligation="O1", digest=owed.proposed.digest)
    for mine in sides(life, "change_agreed#O1", language):
        has(mine, *parts)
    life.live(8 * DAY)
    has(
        life.text("obligation_reminder#O1", language),
        "换一台同型号的洗衣机。",
        formats.money(language, 70000),
    )


@BOTH
def test_a_waiver_is_confirmed_in_the_waivers_own_words_with_what_stays(language: str) -> None:
    """Both sides read the creditor's own words and the remaining obligations; the creditor also reads how
    to object."""
    life = agreed()
    life.says("waive", "p1", obligation="O1", words="钱我不要了，机器我自己修。")
    consumer, company = sides(life, "waived#O1", language)
    for read in (consumer, company):
        has(
            read,
            "钱我不要了，机器我自己修。",
            formats.label(language, "return_goods", "obligation_kind"),
            formats.clause(language, "C2"),
            end(life, language, "O2"),
        )
    assert ("不能再要求履行" if language == "zh" else "can no longer ask for it") in consumer
    assert silent(consumer, language)
    assert ("不用再履行" if language == "zh" else "need not be done any more") in company


@BOTH
def test_a_visit_asks_each_side_about_what_it_is_owed(language: str) -> None:
    """Each side is asked three short questions about its own claims, and nobody has to answer."""
    life = agreed()
    life.live(31 * DAY)
    consumer, company = life.text("visit", language), life.text("visit#business", language)
    for read, own, other in (
        (consumer, formats.clause(language, "C1"), "- " + formats.clause(language, "C2").capitalize()),
        (company, formats.clause(language, "C2"), formats.money(language, 80000)),
    ):
        has(read, own, formats.choice(language, "message"), formats.choice(language, "confirm_done"))
        assert other not in read
        assert silent(read, language)
    assert "1. " in consumer
    assert "3. " in consumer


@BOTH
def test_joint_letters_name_only_own_obligations(language: str) -> None:
    """The company reads all obligations. Each person's letters omit the claims of the others."""
    life = rendered_life()
    id = join(life, neighbour(1))
    life.take("appoint_joint_representatives", "wang", representatives=("p1",), each_agrees=True)
    mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, life)))))
    unopposed(life)
    days = {"by": None, "days": 10}
    late(agreed(life, clause(life, amount=80000, **days), clause(life, creditor=id, amount=30000, **days)))
    life.says("waive", id, obligation="O2", words="我不要了。")
    life.says("confirm_done", "p1", obligation="O1")
    life.live(HOUR)
    for key in ("performance_question#O1", "obligation_due#O1", "fulfilled@p1"):
        read = life.text(key.partition("@")[0], language, to="party:p1")
        assert formats.money(language, 80000) in read
        assert formats.money(language, 30000) not in read
        assert "邻居" not in read
    other = life.text("waived#O2", language, to=f"party:{id}")
    assert formats.money(language, 80000) not in other
    company = life.text("fulfilled#business", language)
    assert formats.money(language, 80000) in company
    assert formats.money(language, 30000) in company


@BOTH
def test_the_house_is_told_which_promise_a_deadline_is_about(language: str) -> None:
    """A letter to staff names the obligation of its deadline, since a case can have several."""
    life = late()
    life.over("cure")
    has(
        life.text("escalation", language),
        formats.clause(language, "C1"),
        formats.money(language, 80000),
        formats.label(language, "cure", "task"),
    )
    life = broken()
    life.live(18 * DAY)
    has(
        life.text("escalation", language),
        formats.clause(language, "C1"),
        formats.label(language, "measure", "task"),
    )
