"""The joint application for judicial confirmation, in the form that courts use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.documents.confirmation import application
from chalicelib.documents.seal_marks import CheckResult, judge
from tests.documents.agreements import IN_FORCE, Text, agreement, messy, settlement
from tests.documents.reader import poppler_output, words

LAST = datetime(2027, 1, 1, 16, tzinfo=UTC)
"""The end of the thirtieth day after 2 December 2026, Beijing time."""


def test_application_is_filled_in_from_the_agreement() -> None:
    """The application names applicants, request, origin and clauses of the agreement, the declarations,
    papers, court and signatures."""
    said = words(application(agreement(), IN_FORCE, LAST))
    for told_ in (
        "司法确认申请书",
        "姓名王芳",
        "名称某某电器有限公司",
        "代理人李雷",
        "统一社会信用代码",
        "请求依法确认申请人王芳与某某电器有限公司于2026年12月2日（星期三）达成的调解协议（编号7151-1980-9316-1）有效。",
        "经浦东新区消费纠纷人民调解委员会调解员周明主持调解，自愿达成",
        "第1条：某某电器有限公司应当在2026年12月31日（星期四）24:00前对王芳履行：退还货款和服务费用，人民币1,299.00元。将购机款",
        "没有恶意串通、规避法律的行为",
        "不损害国家利益、社会公共利益和他人合法权益",
        "代理人的授权委托书",
        "此致",
        "人民法院",
        "签名或者盖章",
        "最后一日为2027年1月1日（星期五）24:00。",
        "第二百零五条",
    ):
        assert told_ in said


def test_everybody_applies_and_it_fits() -> None:
    """Every party is an applicant with a place to sign, and all these places are on one page."""
    pages = poppler_output("pdftotext", application(messy(), IN_FORCE), "-raw").split("\f")
    assert sum("签名或者盖章" in page for page in pages) == 1
    assert "".join(pages).count("签名或者盖章") == 3
    assert "最后一日" not in "".join(pages)


def test_application_is_unsealed_and_reproducible() -> None:
    """An application has no seal, since the applicants sign it themselves. Verification returns `UNKNOWN`."""
    pdf = application(agreement(), IN_FORCE, LAST)
    assert application(agreement(), IN_FORCE, LAST) == pdf
    assert b"/ByteRange" not in pdf
    assert b"urn:redress:application:7151-1980-9316-1" in pdf
    assert judge(pdf, lambda digest: None).state == CheckResult.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [settlement(), agreement(mediator={**agreement()["mediator"], "lawful": False})],
    ids=["settled", "other"],
)
def test_only_where_confirmation_is_open(text: Text) -> None:
    """An application raises ValueError for a settlement or a body that is not lawfully established."""
    with pytest.raises(ValueError, match="not open"):
        application(text, IN_FORCE)
