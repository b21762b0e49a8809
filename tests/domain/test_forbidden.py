"""Clauses that no agreement may contain, in everyday words; and honest sentences that sound like them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.forbidden import forbidden_clause
from chalicelib.domain.model.codes import Forbidden

REFUSED = {
    Forbidden.RIGHTS: (
        "甲方自愿放弃投诉、举报的权利。",
        "消费者承诺不再就此事向12315投诉。",
        "消费者收到款项后，不得再以任何方式向市场监督管理部门、消费者协会或者媒体进行投诉或者曝光。",
        "双方再无争议，消费者不得起诉。",
        "消费者同意撤回在12315平台上的投诉。",
        "消费者应当在三日内撤销对该店的举报。",
        "消费者撤诉并放弃诉讼权利。",
        "消费者放弃通过仲裁解决争议。",
        "消费者应当删除差评，并改为好评。",
        "消费者今后不得在网络平台发表任何不利于企业的言论。",
        "消费者不得再发布负面评价。",
        "消费者不得以任何理由维权。",
        "消费者今后无权再向任何部门申诉。",
        "如消费者再次投诉，应当退还全部款项并支付违约金五千元。",
        "若消费者向媒体曝光，企业有权要求返还退款。",
        "消费者同意不向媒体反映本次事件。",
        "消费者保证不到法院起诉企业。",
        "消费者不向市场监管部门举报。",
        "签字后消费者不得追究企业任何法律责任。",
        "禁止消费者向任何第三方如实陈述产品质量情况。",
        "消费者不得因任何原因再投诉。",
        "消费者不得于收款后再次投诉。",
        "消费者不得违反本协议再次举报。",
        "消费者保证不再通过任何渠道、任何方式向任何部门投诉、举报、信访。",
        "消费者自愿终止一切投诉行为。",
        "双方今后互不起诉。",
        "消费者承诺息诉，今后不投诉。",
        "企业有权要求消费者撤回投诉。",
        "The consumer waives the right to complain to any authority.",
        "The customer shall not sue the company.",
        "The customer will not report this matter to the regulator.",
        "The consumer agrees not to post any negative review.",
        "The consumer gives up every claim in court.",
        "The consumer shall withdraw the complaint filed with 12315.",
        "The consumer may not speak to the press about the product.",
        "The consumer relinquishes all rights to litigate or arbitrate.",
        "The consumer undertakes not to contact the market regulator.",
        "The consumer must delete the negative review.",
        "The consumer refrains from bringing any lawsuit.",
        "The consumer shall never complain about this again.",
        "The consumer has no right to sue.",
    ),
    Forbidden.HAZARD: (
        "消费者对产品存在的安全隐患保密。",
        "双方对电池缺陷事宜承担保密义务。",
        "消费者不得将电池鼓包一事告知他人或者监管部门。",
        "消费者不得向任何人透露产品漏电的情况。",
        "双方同意对起火原因不予公开。",
        "消费者应当隐瞒刹车失灵的危险。",
        "任何一方不得对外公开本产品的安全问题。",
        "The consumer shall keep the defect confidential.",
        "The consumer shall not disclose the safety hazard.",
        "The parties keep secret that the battery is a fire danger.",
        "The consumer will not tell anybody about the hazard.",
    ),
    Forbidden.INJURY: (
        "因产品造成的人身伤害，企业不承担责任。",
        "企业对消费者今后出现的任何伤亡概不负责。",
        "消费者免除企业对人身损害的赔偿责任。",
        "使用中受伤的，后果由消费者自行承担。",
        "消费者自愿承担使用该产品受伤的全部后果。",
        "今后发生人身伤害的，与企业无关。",
        "企业对人身伤害的赔偿以五千元为限。",
        "消费者死亡的，企业的赔偿责任不超过一万元。",
        "The company is not liable for any injury.",
        "The company excludes liability for death.",
        "The company's liability for personal injury is limited to CNY 5,000.",
        "The consumer releases the company from liability for bodily injury.",
        "The consumer assumes all risk of injury.",
        "No liability is accepted for injuries caused by the heater.",
    ),
    Forbidden.OUTSIDERS: (
        "店员张三（身份证号110105199003071234）当场承认。",
        "由其母亲（身份证：11010519491231002X）代收。",
        "款项汇至其朋友的银行账户6222021234567890123。",
        "退到卡号6222 0212 3456 7890 128的银行卡。",
        "Paid to the account 6222021234567890123 of his brother.",
    ),
}
HONEST = (
    "企业在2026年3月15日前退还货款人民币800.00元，原路退回。",
    "本协议不影响消费者依法投诉、举报、起诉的权利。",
    "消费者仍有权向监管部门投诉，也可以向人民法院起诉。",
    "企业不得因本次投诉对消费者区别对待。",
    "企业不得拒绝处理消费者今后的投诉。",
    "企业不得阻止消费者投诉、举报或者如实评价。",
    "企业不得打击报复投诉、举报的消费者。",
    "企业不会要求消费者撤回投诉。",
    "企业不得以消费者曾投诉为由拒绝保修。",
    "企业承诺不因消费者投诉而降低服务标准。",
    "企业收到投诉后24小时内答复。",
    "因仲裁条款无效，双方不得不向法院起诉。",
    "消费者在12315平台上的投诉由其自行决定是否撤回。",
    "双方互不追究违约责任。",
    "企业停止侵害消费者的名誉。",
    "消费者无需撤回在12315平台上的投诉。",
    "任何一方不得限制对方依法起诉的权利。",
    "协商不能解决的，可以向人民法院起诉。",
    "协商不能解决的可以向人民法院起诉。",
    "如企业未按期履行，消费者可以向12315投诉并要求支付违约金。",
    "一方不履行的，另一方可以依法申请仲裁或者提起诉讼，并要求赔偿损失。",
    "消费者不得已向12315投诉，企业随后联系了消费者。",
    "洗衣机不能正常使用，消费者多次投诉。",
    "洗衣机不能脱水后消费者投诉。",
    "消费者认为企业不予处理其投诉。",
    "企业不予退款消费者遂向12315投诉。",
    "企业不再脱销后才答复消费者的投诉。",
    "本协议履行完毕后，双方就本次纠纷再无其他争议。",
    "消费者收到退款后不再主张其他赔偿。",
    "双方对本协议约定的金额保密。",
    "双方不得向第三方披露本协议的金额和条款。",
    "双方不得将协议内容向他人透露。",
    "企业不得向第三方披露消费者的个人信息。",
    "双方不得发布不实或者侮辱性的言论。",
    "消费者删除2026年2月1日发布的不实评价，企业在店铺首页发布说明。",
    "企业收到撤诉裁定后三日内支付案件受理费。",
    "企业不得隐瞒产品的安全隐患。",
    "企业应当公开说明该批次产品的安全隐患，并启动召回。",
    "本协议的金额保密，但不包括产品的安全问题，消费者可以向监管部门报告。",
    "产品安全问题不在保密范围内。",
    "洗衣机存在缺陷，双方对协议金额保密。",
    "企业不得公开消费者的危险驾驶记录以外的个人信息。",
    "企业一次性赔偿消费者人身损害医疗费5000元。",
    "本次故障未造成人身伤害，企业免收维修费。",
    "无人受伤，企业不承担医疗费用。",
    "本协议不免除企业对人身伤害的责任。",
    "本次赔偿不包括人身损害，消费者可以另行主张。",
    "消费者另有人身损害的，可以另行主张，不以本协议金额为限。",
    "运费不超过50元，由企业承担。",
    "订单号4012345678901234567，2026年1月2日付款。",
    "运单SF1234567890123，2026年3月10日签收。",
    "订单编号：202601021234567890",
    "退款至消费者尾号1234的银行卡。",
    "客服电话400-800-1234。",
    "The company refunds CNY 800.00 by 15 March 2026.",
    "Nothing in this agreement limits the consumer's right to complain, report or sue.",
    "Nothing in this agreement excludes or limits liability for injury or death.",
    "The company shall not retaliate if the consumer complains to a regulator.",
    "The company will not prevent the consumer from suing.",
    "The washing machine will not spin, as the repair report of 3 March shows.",
    "If the refund is not paid in time, the consumer may sue.",
    "The parties will not disclose the amount paid.",
    "The company shall not disclose the consumer's personal data.",
    "The amount is confidential, but safety hazards may be reported to any authority.",
    "The company must not conceal any safety hazard.",
    "Confidentiality does not cover defects or dangers of the product.",
    "The company does not exclude its liability for injury.",
    "No one was injured; the company pays the repair.",
    "The company will not charge for the review of the machine.",
    "The consumer keeps the right to report to 12315 at any time.",
    "The company is not allowed to make the refund depend on a withdrawn complaint.",
    "Order 4012345678901234567, paid on 2 January 2026.",
)


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in REFUSED.items() for text in texts]
)
def test_forbidden_clauses_are_found_in_many_wordings(code: Forbidden, text: str) -> None:
    """Each kind has many wordings: a right given up, silence about a danger, no liability for injury, numbers
    of people outside."""
    assert forbidden_clause([("remarks", text)]) == ("remarks", code)


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_text_passes(text: str) -> None:
    """A sentence that protects, narrates or only sounds like a forbidden clause is accepted."""
    assert forbidden_clause([("remarks", text)]) is None


def test_every_kind_but_the_penalty_is_found_by_words() -> None:
    """The penalty is a comparison of two numbers, which needs no words."""
    assert set(REFUSED) == set(Forbidden) - {Forbidden.PENALTY}


@given(
    before=st.sampled_from(HONEST),
    bad=st.sampled_from([(code, text) for code, texts in REFUSED.items() for text in texts]),
    after=st.sampled_from(HONEST),
)
def test_forbidden_clause_is_found_between_honest_sentences(
    before: str, bad: tuple[Forbidden, str], after: str
) -> None:
    """A forbidden clause between honest sentences is found, with the name of its field."""
    text = f"{before}\n{bad[1]}\n{after}"
    assert forbidden_clause([("facts", before), ("facts_en", None), ("clauses/0/what", text)]) == (
        "clauses/0/what",
        bad[0],
    )


@given(st.text(alphabet="不得放弃投诉，。撤回保密缺陷免除人身伤害0123456789 abc", max_size=400))
def test_reading_takes_no_time_to_speak_of(text: str) -> None:
    """Every text is read at once: no pattern backtracks without end."""
    forbidden_clause([("facts", text * 20)])
