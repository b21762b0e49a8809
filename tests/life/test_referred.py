"""Cases of referred agreements: the documents that each side gets by mail and on its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from chalicelib.cases.casework import Unavailable
from chalicelib.documents.paperwork import SealFailed, paper_key
from chalicelib.domain.model.referral import mark_of, referred
from chalicelib.domain.reference import shown
from tests.casework.post import FakePost
from tests.documents.reader import words
from tests.house import DAY, FENG, HOUR, ZHOU, House
from tests.life.agreed import YAN, drafted, sign
from tests.life.referred import breached, passed_on, refund_outstanding

CONSUMER, COMPANY = "wang.fang@mail.example", "qin@shop.example"
COURT = {"court": "梧桐区人民法院", "number": "（2026）沪0115民特117号"}


def posted(house: House) -> FakePost:
    """Replace the mail provider, also for the clock."""
    house.product.__dict__.pop("clockwork", None)
    return FakePost.into(house)


def mailed(post: FakePost) -> Mapping[str, dict[str, bytes]]:
    """Return the files attached to the referral letter, by name, for each address."""
    found = {
        to: {file.name: file.content for file in letter.attachments}
        for to, _, letter in post.taken
        if letter.attachments
    }
    assert sum(bool(letter.attachments) for _, _, letter in post.taken) == len(found), "each got them once"
    return found


def test_the_creditor_gets_both_papers_the_debtor_the_agreement(house: House, fonts: Path) -> None:
    """The creditor of a court-confirmed agreement gets the sealed copy and the application; the debtor
    gets the copy only."""
    ref, *_ = refund_outstanding(house)
    house.move(FENG, "record_confirmation", ref, step="confirmed", **COURT)
    breached(house, ref)
    post = posted(house)
    passed_on(house, ref)
    assert house.documents()
    house.post()
    files, number = mailed(post), shown(ref)
    assert set(files[CONSUMER]) == {f"agreement-{number}.pdf", f"O2-enforcement-{number}.pdf"}
    assert set(files[COMPANY]) == {f"agreement-{number}.pdf"}
    said = words(files[CONSUMER][f"O2-enforcement-{number}.pdf"])
    for told in (
        "强制执行申请书",
        "申请执行人姓名王芳",
        "梧桐区人民法院以（2026）沪0115民特117号民事裁定确认该协议有效",
        "人民币800.00元。原路退回。",
        "C1王芳对梧桐家电有限公司：退回商品",
        "已确认",
    ):
        assert told in said


def test_a_paper_that_is_not_there_yet_is_asked_for_again(house: House, fonts: Path) -> None:
    """A lost request for a document is repeated by the mail. The letter waits for the document, and the
    page serves it afterwards."""
    ref, *_ = refund_outstanding(house)
    breached(house, ref)
    post = posted(house)
    passed_on(house, ref)
    boto3.client("sqs", "us-east-1").purge_queue(QueueUrl=house.product.setting("DOCUMENTS_QUEUE"))
    with pytest.raises(Unavailable):
        house.product.document(house.product.file.load(ref), "O2-statement")
    house.post()
    assert set(mailed(post)) == {COMPANY}
    assert house.documents() == 2
    house.later(HOUR)
    house.minute()
    assert len(mailed(post)[CONSUMER]) == 2
    case = house.product.file.load(ref)
    assert case.bound
    key = paper_key(ref, "O2-statement", mark_of(case.bound.digest, referred(case)["O2-statement"]))
    assert "履行情况说明" in words(house.product.archive.read(key))
    link = house.product.document(case, "O2-statement")
    assert link
    assert f"{key}?" in link


def test_a_court_that_confirms_late_opens_the_other_way(house: House, fonts: Path) -> None:
    """A court ruling recorded after the referral replaces the statement by the application for
    enforcement."""
    ref, *_ = refund_outstanding(house)
    breached(house, ref)
    passed_on(house, ref)
    house.documents()
    house.move(FENG, "record_confirmation", ref, step="confirmed", **COURT)
    assert house.documents() == 1
    case = house.product.file.load(ref)
    assert house.product.document(case, "O2-enforcement")
    assert not house.product.document(case, "O2-statement")


def test_the_company_can_be_the_creditor(house: House, fonts: Path) -> None:
    """A company whose goods are not returned gets the statement, the consumer only the agreement. The
    obligation that waited gets no document of its own."""
    ref, consumer, shop = drafted(house)
    sign(house, ref, consumer, shop, YAN)
    house.documents()
    house.live(30 * DAY, ref)
    house.agreed(
        ref, FENG, ZHOU, "find_breach", obligation="O1", reason="没有交还。", counter="企业没有先要履行的。"
    )
    post = posted(house)
    passed_on(house, ref, "O1")
    case = house.product.file.load(ref)
    assert (case.stage, set(referred(case))) == ("closed", {"O1-statement"})
    house.documents()
    house.post()
    assert {to: len(files) for to, files in mailed(post).items()} == {CONSUMER: 1, COMPANY: 2}


def test_what_cannot_be_made_is_seen_and_nothing_leaves_without_it(house: House, fonts: Path) -> None:
    """The letter waits for a document that fails. After two days a call task to tell the party is created."""
    ref, *_ = refund_outstanding(house)
    breached(house, ref)
    post = posted(house)
    passed_on(house, ref)
    house.product.__dict__["documents"] = replace(house.product.documents, archive=_Full())
    with pytest.raises(SealFailed, match=r"^Unavailable$"):
        house.documents()
    house.post()
    assert set(mailed(post)) == {COMPANY}
    house.later(2 * DAY + HOUR)
    house.minute()
    assert set(mailed(post)) == {COMPANY}
    assert [telling.letter.partition("#")[0] for telling in house.product.file.load(ref).tellings] == [
        "breach_referred"
    ]


class _Full:
    """An archive that refuses every document."""

    def keep(self, key: str, content: bytes, *, same: object) -> bytes:
        """Raise `Unavailable`."""
        raise Unavailable("file store")
