"""Masks over identity numbers, numbers of bank cards and street addresses in what people wrote."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.conceal import AROUND, DETAILS, FIRST, concealed
from chalicelib.domain.scrub import mask

PROSE = st.text(alphabet="我家洗衣机又漏水了，你们客服说等等等😡！\n ", max_size=3 * AROUND)
PRIVATE = (
    ("310104198505123217", "identity"),
    ("31010419850512321X", "identity"),
    ("310104 19850512 3217", "identity"),
    ("E12345678", "identity"),
    ("6222021001116245702", "card"),
    ("6222 0210 0111 6245 702", "card"),
    ("６２２２０２１００１１１６２４５", "card"),
    ("上海市徐汇区天钥桥路1188弄12号楼503室", "address"),
    ("上海市浦東新區世紀大道１００號３樓", "address"),
    ("A123456(7)", "identity"),
    ("C12345678", "identity"),
    ("12-3-401", "address"),
    ("221 Baker Street", "address"),
    ("阳光花苑", "address"),
    ("CHN110119900101", "identity"),
    ("1234567(8)", "identity"),
    ("5/123456/7", "identity"),
    ("军字第2001988号", "identity"),
    ("一一零一零一一九九零零三零七四二五八", "identity"),
    ("六二二二 零二一零 零一零零 零一二三 四五六", "card"),
    ("3782 822463 10005", "card"),
    ("4111.1111.1111.1111", "card"),
    ("6222  0210  0111  6245", "card"),
    ("GB29NWBK60161331926819", "card"),
    ("DE89 3704 0044 0532 0130 00", "card"),
    ("地区疏附县托克扎克镇2村3组45号", "address"),
    ("昭觉县解放乡火普村一组", "address"),
    ("渝中区解放碑八一路177号18-6", "address"),
    ("方庄芳古园一区12楼3门402", "address"),
    ("兴华南街58甲3-2-1", "address"),
    ("朝阳区建国路甲92号", "address"),
    ("甲3号", "address"),
    ("旺角彌敦道610號", "address"),
    ("12/F", "address"),
    ("P.O. Box 1234", "address"),
    ("Nanjing West Rd. 1376", "address"),
    ("NW1 6XE", "address"),
)


@pytest.mark.parametrize(("said", "code"), PRIVATE)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_private_detail_is_masked(said: str, code: str, language: str) -> None:
    """Each kind of private detail is replaced by the mask of its kind, in the reader's language."""
    assert concealed(f"，{said}，", language) == f"，{mask(code, language)}，"


@pytest.mark.parametrize(
    "said",
    [
        "电话13800138000，白天打不通就打021-62345678",
        "打了7次400-820-8820",
        "10月3日付了1,655.00元，型号XQG80-14",
        "订单号1234567890123456",
        "投诉3560-8716-9362提出方案F1，编号356087169362",
        "编号是3102，0260，5071，请致电400-800-1234（客户权益组）",
        "Order no. 1234567890123456 of 3 May",
        "台胞證還在，保证12345678天不坏，型號B123456，訂單編號1234567890123456",
        "按GB 4706.24-2008，身份证号我不告诉你们",
        "3月5号三门冰箱坏了，12号2组人来修，客服二组3号说不管，频道3号没有节目",
        "小区3组织了投诉，1到3楼都没信号，村里3个人都买了，打了一一零和一二零",
        "",
    ],
)
def test_what_officers_need_stays(said: str) -> None:
    """Telephone numbers, order numbers, dates and amounts stay readable."""
    assert concealed(said, "zh") == said


def test_number_of_a_document_is_masked_by_what_it_is_called() -> None:
    """A number that looks like any other is masked if the text calls it the number of a document."""
    assert concealed("台胞證號碼：12345678，謝謝", "zh") == "台胞證號碼：〔证件号〕，謝謝"
    assert (
        concealed("my passport number is 123456789", "en")
        == f"my passport number is {mask('identity', 'en')}"
    )


@given(PROSE, st.sampled_from(PRIVATE[:2] + PRIVATE[4:5]), PROSE)
def test_number_is_masked_anywhere_in_a_long_text(before: str, private: tuple[str, str], after: str) -> None:
    """The quick search finds a number at every place of a text, and changes nothing around it."""
    said, code = private
    assert concealed(f"{before}，{said}，{after}", "zh") == f"{before}，{mask(code, 'zh')}，{after}"


@given(st.from_regex(DETAILS))
def test_no_detail_begins_with_a_sign_that_is_passed_over(text: str) -> None:
    """The signs with which a detail can begin are complete."""
    found = re.search(DETAILS, text)
    assert found
    assert re.compile(FIRST).match(text, found.start())


@given(st.text(max_size=400))
def test_concealing_twice_changes_nothing_more(text: str) -> None:
    """A masked text has nothing left to mask."""
    once = concealed(text, "zh")
    assert concealed(once, "zh") == once


def test_long_story_takes_little_time() -> None:
    """A story of the greatest length without private details is only searched once."""
    story = "十月三日买的洗衣机，二十天就漏水！打了七次电话没人来😡\n" * 1_000
    assert concealed(story, "zh") is story or concealed(story, "zh") == story
