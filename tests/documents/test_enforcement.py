"""The court papers of a creditor: the application for enforcement of a confirmed agreement, otherwise a
statement of performance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from chalicelib.documents.enforcement import paper
from chalicelib.documents.seal_marks import CheckResult, judge
from chalicelib.domain.model.codes import Duty, ObligationKind
from tests.documents.agreements import ENDLESS, RARE, agreement, clause, messy, settlement
from tests.documents.reader import boxes, poppler_output, words
from tests.documents.referrals import referral, referred_obligation

COURT = ("上海市浦东新区人民法院", "（2026）沪0115民特117号")


def says(pdf: bytes, *told_: str) -> None:
    """Check that the document contains these texts and stays inside its page."""
    said = words(pdf)
    for one in told_:
        assert one in said
    assert all(left > 40 and right < 555 and bottom < 815 for left, _, right, bottom in boxes(pdf))


def test_confirmed_agreement_yields_the_application() -> None:
    """The application states the claim, the agreed penalty, statutory interest, and the dates of each
    step.

    The application is addressed to the court that made the ruling, has the applicant's signature, and
    names the last day by the two-year limit."""
    says(
        paper(referral(ruling=COURT)),
        "强制执行申请书",
        "申请执行人姓名王芳",
        "被执行人名称某某电器有限公司",
        "可供执行的财产线索",
        "作出裁定的法院上海市浦东新区人民法院",
        "民事裁定书编号（2026）沪0115民特117号",
        "调解协议（编号7151-1980-9316-1）",
        "强制某某电器有限公司对王芳履行调解协议（编号7151-1980-9316-1）第1条约定的义务：退还货款和服务费用，人民币1,299.00元。将购机款原路退回",
        "支付违约金人民币50.00元。",
        "加倍支付迟延履行期间的债务利息",
        "履行期限2026年12月31日（星期四）24:00",
        "2027年1月1日（星期五）00:00催告某某电器有限公司履行，宽限期到2027年1月7日（星期四）24:00为止。",
        "认定违约2027年1月11日（星期一）10:00",
        "2027年1月13日（星期三）：按约支付违约金，人民币50.00元",
        "此致上海市浦东新区人民法院",
        "签名或者盖章",
        "最迟在2028年12月31日（星期日）24:00前提出",
        "第二百五十条",
    )


def test_a_penalty_that_was_paid_is_not_asked_for() -> None:
    """The outstanding part of a separate penalty is claimed; a paid penalty is left out."""
    apart = replace(
        referred_obligation(), id="O2", kind=ObligationKind.AGREED_PENALTY, amount=5000, term=None, of="O1"
    )
    says(paper(referral(ruling=COURT, apart=(apart,))), "支付违约金人民币50.00元。")
    paid = paper(referral(ruling=COURT, apart=(replace(apart, state=Duty.CONFIRMED),)))
    assert "对王芳支付违约金" not in words(paid)


def test_else_it_is_a_statement() -> None:
    """The statement has the same facts for a court or an arbitration, without the enforcement that needs a
    confirmed agreement."""
    for text, name in ((agreement(), "调解协议"), (settlement(), "和解协议")):
        pdf = paper(referral(text))
        says(
            pdf,
            "履行情况说明",
            f"{name}（编号7151-1980-9316-1）",
            "义务方某某电器有限公司（由李雷代理）",
            "第1条：退还货款和服务费用，人民币1,299.00元",
            "催告某某电器有限公司履行",
            "按约支付违约金，人民币50.00元",
            "最迟在2029年12月31日（星期一）24:00前提出",
            "第一百八十八条",
        )
        assert "强制执行" not in words(pdf)
        assert "此致" not in words(pdf)


def test_a_consumer_can_be_the_debtor() -> None:
    """The company can apply against a consumer, who is named. An obligation other than money has a penalty
    for delay instead of interest."""
    text = agreement(
        clauses=[
            clause(
                debtor="p1",
                creditor="p2",
                kind="return_goods",
                amount=None,
                measure="hold_counter",
                penalty=None,
            )
        ]
    )
    it = referral(text, ruling=COURT)
    says(
        paper(replace(it, owed=replace(it.owed, measures=()))),
        "申请执行人名称某某电器有限公司",
        "统一社会信用代码",
        "被执行人姓名王芳",
        "强制王芳对某某电器有限公司履行",
        "责令王芳支付迟延履行金。",
        "已采取的措施没有",
        "营业执照复印件",
        "代理人的授权委托书",
    )


def test_changed_obligation_is_claimed_in_its_current_form() -> None:
    """A changed obligation is claimed in its current form, with its earlier date, amount and content. The
    time limit runs from the first date, the safe count."""
    it = referral(ruling=COURT)
    later = replace(
        it,
        owed=replace(it.owed, by=date(2027, 1, 20), amount=100000, way=12),
        what="改为转账到尾号0117的账户。",
    )
    says(
        paper(later),
        "人民币1,000.00元。改为转账到尾号0117的账户。",
        "履行期限：原为2026年12月31日（星期四）24:00。",
        "金额：原为人民币1,299.00元。",
        "内容：原为“将购机款原路退回消费者付款的账户。”",
        "最迟在2028年12月31日（星期日）24:00前",
        "变更的部分能不能强制执行，由人民法院审查",
    )


def test_the_other_obligations_of_the_two_sides_are_told() -> None:
    """The obligations of each side to the other are listed, because a court asks for them."""
    text = agreement(
        clauses=[
            clause(),
            clause("C2", debtor="p1", creditor="p2", kind="return_goods", amount=None, by="2026-12-20"),
        ]
    )
    back = referred_obligation(
        2, text, state=Duty.CONFIRMED, found=None, since=datetime(2026, 12, 18, 3, tzinfo=UTC)
    )
    says(
        paper(referral(text, others=(back,), ruling=COURT)),
        "C2王芳对某某电器有限公司：退回商品2026年12月20日（星期日）24:00已确认，2026年12月18日（星期五）",
    )
    assert "其他约定义务" not in words(paper(referral(text)))


def test_the_years_end_on_a_day_that_there_is() -> None:
    """The two years from 29 February end on 28 February."""
    text = agreement(clauses=[clause(by="2028-02-29")])
    says(paper(referral(text, ruling=COURT)), "最迟在2030年2月28日（星期四）24:00前提出")


def test_long_and_rare_words_fit() -> None:
    """Rare names, clauses over a page and long words fit. A character without a glyph, written after
    signing, becomes 〓."""
    for ruling in (COURT, None):
        it = referral(messy(), 3, ruling=ruling)
        long = paper(replace(it, what=ENDLESS * 40))
        says(long, f"欧阳{RARE}")
        assert words(long).count("由企业承担上门取货") == 40
        says(paper(replace(it, what="改为上门ก取件。")), "改为上门〓取件。")


def test_court_paper_is_unsealed_and_reproducible() -> None:
    """A court paper has no seal, so verification returns `UNKNOWN`; the place to sign is on one page."""
    for ruling in (COURT, None):
        pdf = paper(referral(ruling=ruling))
        assert paper(referral(ruling=ruling)) == pdf
        assert b"/ByteRange" not in pdf
        assert b"urn:redress:referral:7151-1980-9316-1:O1:" in pdf
        assert judge(pdf, lambda digest: None).state == CheckResult.UNKNOWN
    pages = poppler_output("pdftotext", paper(referral(messy(), ruling=COURT)), "-raw").split("\f")
    assert [
        ("此致" in page, "签名或者盖章" in page) for page in pages if "此致" in page or "签名" in page
    ].count((True, True)) == 1
