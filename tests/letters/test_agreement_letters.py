"""Letters of an agreement: its text, the reader's part, signatures, judicial confirmation and obligations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.obligation_deadlines import due_moment
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import Conclusion, Confirmation, Language, ObligationKind, Proof, Side
from chalicelib.domain.moves.drafting import first_day
from chalicelib.locale import formats
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    PERSON,
    agreement,
    answered,
    bound,
    clause,
    disputed,
    drafted,
    join,
    mediated,
    mediating,
    neighbour,
    offered,
    returned,
    sign,
    speaker,
    talking,
    text,
    unopposed,
)
from tests.letters.mediated import (
    OF_THE_SIDES,
    mediation_without_mediator,
    to_both,
    to_mediator,
    with_mediator,
)
from tests.letters.rendered import RenderedLife, rendered_life

BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)
COMPANY = "梧桐家电有限公司"
AFTER = {
    "zh": "第1条确认履行后7个自然日内",
    "en": "within 7 calendar days after clause 1 is confirmed as performed",
}


def two_duties(life: RenderedLife) -> RenderedLife:
    """Draft a mediated agreement: a refund, and seven days after it the return of the goods."""
    unopposed(life)
    drafted(life, clause(life), returned(life, by=None, after=1, days=7), remarks="双方没有其他争议。")
    return life


def in_force(life: RenderedLife | None = None) -> RenderedLife:
    """Return a case with that agreement signed by all and sealed."""
    life = two_duties(life or with_mediator())
    sign(life)
    life.take("record_seal", "clock", sha256="ab" * 32, size=40_000, application="cd" * 32)
    return life


def settlement(life: RenderedLife) -> RenderedLife:
    """Draft a settlement without a mediator."""
    drafted(life, clause(life))
    return life


def window(life: RenderedLife, signer: str, language: str) -> str:
    """Return the end of a signer's time to sign, as text."""
    runs = deadlines(life.case).values()
    return next(
        formats.moment(language, run.due)
        for run in runs
        if (run.name, run.id) == ("signing", signer) and run.due
    )


@BOTH
def test_a_text_to_sign_is_told_whole_with_what_is_the_readers_on_top(language: str) -> None:
    """The letter has each clause with its terms, the digest, the deadline to sign, and that nobody has to
    sign. The reader's own obligations and claims come first."""
    life = two_duties(with_mediator())
    consumer, business = to_both(life, "draft_agreement", language)
    for read in (consumer, business, to_mediator(life, "draft_agreement", language)):
        for part in (
            "原路退回货款。",
            "把洗衣机交给上门取件的人员。",
            "双方没有其他争议。",
            "使用中不脱水",
            COMPANY,
            "李雷",
            "严明",
            formats.money(language, 80000),
            AFTER[language],
            agreement(life).digest,
            f"{life.case.ref[:4]}-",
            *(
                formats.label(language, code, name)
                for name, code in (
                    ("proof", "delivery_record"),
                    ("measure", "interest"),
                    ("obligation_kind", "return_goods"),
                )
            ),
        ):
            assert part in read
        assert not any(part in read for part in OF_THE_SIDES)
    for read, signer in ((consumer, "p1"), (business, BUSINESS)):
        for part in (
            window(life, signer, language),
            *(formats.choice(language, move) for move in ("sign", "refuse_to_sign", "message")),
            "没有人必须签署" if language == "zh" else "Nobody has to sign",
        ):
            assert part in read
    owes = (
        ("您要履行的：\n\n- 第2条", f"{COMPANY}要履行的：\n\n- 第1条")
        if language == "zh"
        else ("What you have to do:\n\n- Clause 2", f"What {COMPANY} has to do:\n\n- Clause 1")
    )
    assert owes[0] in consumer
    assert owes[1] in business


@BOTH
def test_joint_agreement_letter_names_only_own_obligations(language: str) -> None:
    """All people read the common text, but only their own obligations in the summary, and no other contact
    data."""
    life = rendered_life()
    id = join(life, neighbour(1))
    life.take("appoint_joint_representatives", "wang", representatives=("p1",), each_agrees=True)
    mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, life)))))
    drafted(life, clause(life, amount=80000), clause(life, creditor=id, amount=30000))
    mine, theirs = (life.text("draft_agreement", language, to=f"party:{who}") for who in ("p1", id))
    head = "协议全文" if language == "zh" else "The whole text"
    for read, who, fen, not_fen in ((mine, "p1", 80000, 30000), (theirs, id, 30000, 80000)):
        short, whole = read.split(head)
        assert formats.money(language, fen) in short
        assert formats.money(language, not_fen) not in short
        assert formats.money(language, not_fen) in whole
        assert window(life, who, language) in short
        assert "neighbour1@" not in read
        assert "li.lei@" not in read
    life.live(15 * DAY)
    missing = life.text(f"signing_reminder#{id}", language, to=f"party:{id}")
    assert "邻居1" not in missing.partition("\n\n")[2]
    assert ("另外一位消费者" if language == "zh" else "one other consumer") in missing


@BOTH
def test_draft_to_be_read_out_names_no_day(language: str) -> None:
    """A signer who must hear the text by phone reads no date, because the time to sign starts with the
    call."""
    life = two_duties(with_mediator(mediation_without_mediator(BY_PHONE)))
    consumer, business = to_both(life, "draft_agreement", language)
    assert window(life, BUSINESS, language) in business
    assert window(life, BUSINESS, language) not in consumer
    assert ("期限从本函告知您时起算" if language == "zh" else "starts when you are told") in consumer


@BOTH
def test_a_changed_text_says_what_changed_and_that_signatures_are_void(language: str) -> None:
    """The letter has the new text, the new deadline, and that the earlier signatures are void."""
    life = two_duties(with_mediator())
    sign(life, "p1")
    before = window(life, BUSINESS, language)
    life.later(2 * DAY).take(
        "amend_draft", "yan", changed="退款改为九百元。", **text(life, clause(life, amount=90000))
    )
    for read, signer in zip(to_both(life, "draft_changed", language), ("p1", BUSINESS), strict=True):
        for part in (
            "退款改为九百元。",
            formats.money(language, 90000),
            agreement(life).digest,
            window(life, signer, language),
            "作废" if language == "zh" else "void",
        ):
            assert part in read
        assert before not in read
        assert formats.money(language, 80000) not in read


@BOTH
def test_a_reminder_names_who_is_missing_by_role_only(language: str) -> None:
    """The reminder names missing signers by role, and is not sent to those who have signed."""
    life = two_duties(with_mediator())
    sign(life, "p1")
    life.live(5 * DAY)
    read = life.text("signing_reminder#business", language)
    assert window(life, BUSINESS, language) in read
    assert "李雷" not in read
    assert ("调解员" if language == "zh" else "the mediator") in read.split("\n\n")[2]
    assert "signing_reminder" not in life.letters_to("party:p1")
    sign(life, BUSINESS)
    life.live(5 * DAY)
    last = to_mediator(life, "signing_reminder#mediator", language)
    assert window(life, "mediator", language) in last
    assert ("还没有签署的：您。" if language == "zh" else "Not signed yet: you.") in last


@BOTH
def test_a_refusal_leads_back_to_the_talks_while_days_are_left(language: str) -> None:
    """The letter names the missing signer by role, not the reason, and states until when the talks go on."""
    life = two_duties(with_mediator())
    life.says("refuse_to_sign", speaker(life, Side.BUSINESS), reason="金额太高了。")
    consumer, business = to_both(life, "not_signed", language)
    for read in (consumer, business, to_mediator(life, "not_signed", language)):
        assert life.until("mediation", language) in read
        assert "金额太高了。" not in read
    assert (
        "没有签署的是：企业。" if language == "zh" else "has not been signed by the business."
    ) in consumer
    assert COMPANY in business
    back = settlement(told_talks())
    back.says("refuse_to_sign", "p1")
    assert back.until("negotiation", language) in back.text("not_signed", language)


def told_talks() -> RenderedLife:
    """Return a case in negotiation."""
    life = rendered_life()
    talking(disputed(answered(Conclusion.NOT_UPHELD, life)))
    return life


@BOTH
def test_silence_is_told_as_not_signing(language: str) -> None:
    """The letter names the missing signers by role to everyone; talks with days left go on until their own
    deadline."""
    life = two_duties(with_mediator())
    sign(life, "mediator")
    life.live(10 * DAY)
    consumer, business = to_both(life, "not_signed", language)
    both = "没有签署的是：您、企业。" if language == "zh" else "has not been signed by you and the business."
    assert both in consumer
    for read in (consumer, business, to_mediator(life, "not_signed", language)):
        assert life.until("mediation", language) in read
        assert ("不是认定哪一方有错" if language == "zh" else "blames neither side") in read


@BOTH
def test_in_force_letter_names_duties_and_verification(language: str) -> None:
    """The letter names the date in force, the digests, the verification page, the follow-up officer and
    the deadline for judicial confirmation."""
    life = in_force()
    since = agreement(life).in_force
    assert since
    last = life.until("judicial_confirmation", language)
    for read in (*to_both(life, "in_force", language), to_mediator(life, "in_force", language)):
        for part in (
            formats.moment(language, since, end=False),
            "ab" * 32,
            agreement(life).digest,
            "https://redress.example/verify",
            formats.money(language, 80000),
            AFTER[language],
            last,
            agreement(life).digest,
            "跟进专员" if language == "zh" else "follow-up officer",
        ):
            assert part in read
        assert not any(part in read for part in OF_THE_SIDES)


@BOTH
def test_judicial_confirmation_is_offered_with_its_last_day_and_nothing_promised(language: str) -> None:
    """Judicial confirmation is offered only after mediation by a lawfully established body. The reminder
    goes to the side that has not agreed, and states the other side's consent."""
    life = in_force()
    last = life.until("judicial_confirmation", language)
    for read in to_both(life, "confirmation_offer", language):
        for part in (
            last,
            formats.choice(language, "agrees"),
            "人民调解法》第三十三条" if language == "zh" else "Article 33",
            "由法院决定" if language == "zh" else "for the court to decide",
        ):
            assert part in read
    life.says("record_confirmation", "p1", step=Confirmation.AGREES)
    life.live(20 * DAY)
    assert not any(name == "confirmation_reminder" for name, *_ in life.texts)
    read = life.text("confirmation_reminder#business", language)
    assert last in read
    assert ("对方已经同意" if language == "zh" else "The other side has agreed") in read
    other = mediation_without_mediator()
    mediated(other, "ren")
    read = in_force(other).text("in_force", language)
    assert "confirmation_offer" not in other.letters_to()
    assert ("司法确认" if language == "zh" else "Judicial confirmation") not in read


@BOTH
def test_company_is_asked_about_an_obligation_of_the_consumer(language: str) -> None:
    """An obligation of the consumer gets its date after the company's. The company reads it as its own
    claim and confirms it."""
    life = in_force()
    life.says("confirm_done", "p1", obligation="O1")
    owed = life.case.obligations[1]
    assert owed.by
    life.live(10 * DAY)
    company = f"party:{speaker(life, Side.BUSINESS)}"
    due, called_on = (
        life.text(f"{name}#O2", language, to=company) for name in ("obligation_due", "performance_question")
    )
    for read in (due, called_on):
        for part in (
            formats.label(language, "return_goods", "obligation_kind"),
            formats.clause(language, "C2"),
            "消费者" if language == "zh" else "consumer",
            formats.choice(language, "confirm_done"),
        ):
            assert part in read
        assert ("您的投诉" if language == "zh" else "your complaint") not in read
    assert "把洗衣机交给上门取件的人员。" in due
    life.says("claim_done", "p1", obligation="O2", proof=Proof.DELIVERY_RECORD, what="3月20日已取走。")
    asked = life.text("performance_question#O2", language)
    assert "3月20日已取走。" in asked
    life.live(5 * DAY)
    for read in (asked, life.text("answer_reminder#O2", language)):
        assert life.until("creditor_answer#O2", language) in read
    life.says("dispute_done", speaker(life, Side.BUSINESS), obligation="O2", reason="少了一根管子。")
    life.take("decide_proof", "chen", obligation="O2", accepted=True, reason="管子不属于商品。")
    assert formats.clause(language, "C2") in life.text("proof_decided#O2", language)
    life.live(HOUR)
    assert ("协议约定的事项" if language == "zh" else "that was agreed") in life.text("fulfilled", language)


@BOTH
def test_replaced_promise_is_named_in_the_draft(language: str) -> None:
    """An earlier promise that the agreement replaces is named in the draft, and is not listed as
    fulfilled."""
    talks = rendered_life()
    talking(disputed(answered(Conclusion.UPHELD, talks)))
    drafted(talks, clause(talks), replaces=tuple(o.id for o in talks.case.obligations))
    read = talks.text("draft_agreement", language)
    assert ("由本协议代替" if language == "zh" else "takes the place of") in read
    assert formats.money(language, 165500) in read
    sign(talks)
    talks.take("record_seal", "clock", sha256="ab" * 32, size=1)
    owed = talks.case.open_obligations
    assert [o.kind for o in owed] == [ObligationKind.REFUND]
    talks.says("confirm_done", "p1", obligation=owed[0].id)
    talks.live(HOUR)
    assert formats.money(language, 165500) not in talks.text("fulfilled", language)


@BOTH
def test_a_text_in_two_languages_reads_in_the_readers(language: str) -> None:
    """An English reader gets the English text of an agreement in two languages. Both letters say that the
    Chinese text prevails."""
    life = with_mediator()
    drafted(
        life,
        clause(life, what_en="Paid back the way it came."),
        english=True,
        facts_en="The washer did not spin.",
    )
    read = life.text("draft_agreement", language)
    words = ("The washer did not spin.", "Paid back the way it came.")
    assert [part in read for part in words] == [language == "en"] * 2
    assert ("以中文为准" if language == "zh" else "the Chinese prevails") in read


def in_two_languages() -> tuple[RenderedLife, str, str]:
    """Return an agreement in force with an English reader who returns the goods, and its clause in both
    languages."""
    life = with_mediator(mediation_without_mediator(replace(PERSON, language=Language.EN)))
    unopposed(life)
    back = returned(life, what_en="Give the machine to the driver.")
    bound(life, back, english=True, facts_en="The washer did not spin.")
    return life, back.what, back.what_en or ""


def test_each_party_reads_its_own_languages_clause() -> None:
    """Reminders, notices and changes quote a clause in the reader's language."""
    life, chinese, english = in_two_languages()
    life.says(
        "propose_change", speaker(life, Side.BUSINESS), obligation="O1", reason="司机没空。", way="送到门店。"
    )
    asked = life.case.open_obligations[0].proposed
    life.says("agree_change", "p1", obligation="O1", digest=asked and asked.digest)
    mine, theirs = (
        life.text("change_proposed#O1", "en", "party:p1"),
        life.text("change_agreed#O1", "zh", "party:p2"),
    )
    assert english in mine
    assert chinese not in mine
    assert chinese in theirs
    assert english not in theirs
    life, chinese, english = in_two_languages()
    life.live(20 * DAY)
    for key in ("obligation_reminder#O1", "obligation_due#O1", "cure_notice#O1"):
        mine = life.text(key, "en", "party:p1")
        assert english in mine, key
        assert chinese not in mine, key
    assert chinese in life.text("obligation_due#O1", "zh", "party:p2")


@BOTH
def test_an_offer_in_mediation_is_the_mediators_to_know(language: str) -> None:
    """A refused offer's reason goes to the mediator, not to an officer of the company."""
    life = with_mediator()
    offered(life, Side.BUSINESS)
    assert ("只给调解员看" if language == "zh" else "only the mediator sees it") in life.text(
        "offer#F1", language
    )
    life.says("accept_offer", "p1", offer="F1")
    read = life.text("offer_answered#F1", language)
    assert ("请告诉调解员" if language == "zh" else "tell the mediator") in read


def test_summary_for_a_representative_names_the_company() -> None:
    """The summary for a representative names the company as debtor or creditor instead of "you"."""
    life = two_duties(with_mediator())
    own, company = (
        next(life.slots(life.case, letter)["agreement"] for letter in life.letters if letter.key == key)
        for key in ("draft_agreement", "draft_agreement#business")
    )
    assert (own.me, company.me) == (None, COMPANY)
    assert [(d.id, d.owes, d.gets) for d in own.duties] == [("C1", False, True), ("C2", True, False)]
    assert [(d.id, d.owes, d.gets) for d in company.duties] == [("C1", True, False), ("C2", False, True)]


@BOTH
def test_letter_about_the_entry_into_force_names_the_days_that_count(language: str) -> None:
    """The last signature comes after the day of a clause. The text says so before, and counts days from the
    entry into force. The letter about the entry into force names the days that follow from it."""
    life = with_mediator()
    unopposed(life)
    early, days = clause(life, by=first_day(life.case, life.time)), clause(life, by=None, days=2)
    drafted(life, early, days)
    read = life.text("draft_agreement", language)
    assert {"zh": "协议生效后2个自然日内", "en": "within 2 calendar days after the agreement comes"}[
        language
    ] in read
    assert {"zh": "最迟在生效后第3个自然日履行", "en": "is due 3 calendar days after"}[language] in read
    sign(life, "p1", "business").later(12 * DAY)
    sign(life)
    life.take("record_seal", "clock", sha256="ab" * 32, size=40_000, application="cd" * 32)
    read = life.text("in_force", language)
    assert life.case.obligations[0].by > early.by
    for owed in life.case.obligations:
        assert formats.moment(language, due_moment(life.case, owed)) in read
