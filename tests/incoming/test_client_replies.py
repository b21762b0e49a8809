"""Answers to our letters as mail programs write them: who wrote what, in every character set."""

from __future__ import annotations

import pytest

from chalicelib.incoming.mail import read
from chalicelib.incoming.quotes import cut
from tests.incoming.mails import OWN, PERSON, QUOTED, REPLIES, SAID_ZH, Reply, mail, part

NAMES = [one.name for one in REPLIES]


def test_the_replies_are_many_and_named_once() -> None:
    """Sixty answers at least are tried."""
    assert len(NAMES) >= 60
    assert len({*NAMES}) == len(NAMES)


@pytest.mark.parametrize("one", REPLIES, ids=NAMES)
def test_reply_is_cut_to_the_words_of_its_writer(one: Reply) -> None:
    """The quoted letter and the line of the device are cut; every word of the writer is kept."""
    got = read(mail(one.body, one.subject), OWN)
    assert got.text == one.said
    assert not [word for word in QUOTED if word in got.text]
    assert got.faults == frozenset()
    assert (got.sender, got.automatic, got.files) == (PERSON, None, ())


@pytest.mark.parametrize("one", REPLIES, ids=NAMES)
def test_whole_text_is_kept_beside(one: Reply) -> None:
    """Staff can read the whole mail, and cutting it once more changes nothing."""
    got = read(mail(one.body, one.subject), OWN)
    assert [line for line in one.said.split("\n") if line not in got.whole] == []
    assert cut(got.text, OWN.senders) == got.text


KEPT = {
    "a mail of the shop": (
        "下面是店家的回复\n\nshop@example.net 于2026年6月3日周三 下午2:20写道：\n> 不予退款\n> 店长\n\n请处理"
    ),
    "headers of others": (
        "店家这样说\n\n发件人: 店家 <shop@example.net>\n发送时间: 2026-06-03 14:20\n收件人: 我\n主题: 退款\n\n不予退款"
    ),
    "a story": "事情是这样\n2026年6月3日 14:20，商家写道：\n不予退款\n我不同意",
    "a chat": "客服在6月3日写道：\n不退\n我问为什么，没有回答",
    "amounts": "两笔都多收了：\n>500元\n>300元\n请退",
    "a letter": "From the shop I got this on 3 May:\nto be honest it was late\nsubject to refund",
    "a list": "时间：2026-06-03\n地点：北京\n商家：某店\n主题：退款",
    "a heart": "发自我的内心，感谢你们的处理。",
    "a device": "我的华为手机坏了，发自内心希望退货",
    "a line": "第一件事\n----------\n第二件事",
}


@pytest.mark.parametrize("name", KEPT)
def test_words_that_only_look_like_a_quote_are_kept(name: str) -> None:
    """Mails that the writer shows, stories about mails, amounts, lists and lines are words of the writer."""
    assert read(mail(part(KEPT[name], "text/plain")), OWN).text == KEPT[name]


@pytest.mark.parametrize("label", ["utf-8", "", "gbk", "us-ascii"])
def test_text_that_was_cut_within_a_character_is_read(label: str) -> None:
    """Some programs cut a text after a number of bytes."""
    body = part(SAID_ZH.encode()[:-1], f"text/plain{label and '; charset='}{label}", "", "8bit")
    assert read(mail(body), OWN).text == SAID_ZH[:-1] + "\ufffd"
