"""Terms from survey comments: subjects without names."""

from __future__ import annotations

from chalicelib.figures.terms import terms

ANGRY = """我姓欧阳，2月3日在苏宁好家电旗舰店买的洗衣机，订单号A2026020311，用了三天就漏水！！客服小李态度极其恶劣，
王芳说第二天回电，等了两个星期没有人回电话。维修师傅李明上门两次都没修好，还要收上门费300元，这不是欺骗消费者吗？
我住在海淀区中关村大街27号院3号楼502，电话13800138000。退款一拖再拖，张伟经理说华为和京东都不管，我要去上海！
I bought it from Best Home Appliances and it leaked. Maria said that Mr Brown would call back, but nobody
from Shanghai did. The courier was rude, the refund is late and I DEMAND my money. Don't tell me to wait!"""
KNOWN = {
    "names": ["王芳", "李明"],
    "numbers": ["13800138000"],
    "keep": ["苏宁好家电旗舰店", "Best Home Appliances"],
}


def test_terms_tell_what_it_is_about_and_no_name() -> None:
    """A long comment in two languages yields goods, faults and conduct. People, places, firms, the shop,
    numbers and times are removed."""
    found = terms(ANGRY, KNOWN)
    assert {"洗衣机", "漏水", "态度", "恶劣", "退款", "欺骗", "courier", "rude", "refund", "money"} <= found
    gone = (
        "欧阳",
        "李",
        "王",
        "芳",
        "张",
        "伟",
        "苏宁",
        "家电",
        "华为",
        "京东",
        "上海",
        "海淀",
        "中关村",
        "星期",
        "三",
    )
    assert not [term for term in found for part in gone if part in term]
    assert not found & {"maria", "brown", "shanghai", "best", "home", "appliances", "demand", "that", "没有"}
    assert not [term for term in found if any(c.isdigit() for c in term)]
