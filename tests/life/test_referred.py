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
from tests.life.agreed import YAN, drafted, sign
from tests.life.referred import breached, passed_on, refund_outstanding
from tests.scenario import DAY, FENG, HOUR, ZHOU, Scenario

CONSUMER, COMPANY = "wang.fang@mail.example", "qin@shop.example"
COURT = {"court": "梧桐区人民法院", "number": "（2026）沪0115民特117号"}


def posted(scenario: Scenario) -> FakePost:
    """Replace the mail provider, also for the clock."""
    scenario.product.__dict__.pop("clockwork", None)
    return FakePost.into(scenario)


def mailed(post: FakePost) -> Mapping[str, dict[str, bytes]]:
    """Return the files attached to the referral letter, by name, for each address."""
    found = {
        to: {file.name: file.content for file in letter.attachments}
        for to, _, letter in post.taken
        if letter.attachments
    }
    assert sum(bool(letter.attachments) for _, _, letter in post.taken) == len(found), "each got them once"
    return found


def test_the_creditor_gets_both_papers_the_debtor_the_agreement(scenario: Scenario, fonts: Path) -> None:
    """The creditor of a court-confirmed agreement gets the sealed copy and the application; the debtor
    gets the copy only."""
    ref, *_ = refund_outstanding(scenario)
    scenario.move(FENG, "record_confirmation", ref, step="confirmed", **COURT)
    breached(scenario, ref)
    post = posted(scenario)
    passed_on(scenario, ref)
    assert scenario.documents()
    scenario.post()
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


def test_a_paper_that_is_not_there_yet_is_asked_for_again(scenario: Scenario, fonts: Path) -> None:
    """A lost request for a document is repeated by the mail. The letter waits for the document, and the
    page serves it afterwards."""
    ref, *_ = refund_outstanding(scenario)
    breached(scenario, ref)
    post = posted(scenario)
    passed_on(scenario, ref)
    boto3.client("sqs", "us-east-1").purge_queue(QueueUrl=scenario.product.setting("DOCUMENTS_QUEUE"))
    with pytest.raises(Unavailable):
        scenario.product.document(scenario.product.file.load(ref), "O2-statement")
    scenario.post()
    assert set(mailed(post)) == {COMPANY}
    assert scenario.documents() == 2
    scenario.later(HOUR)
    scenario.minute()
    assert len(mailed(post)[CONSUMER]) == 2
    case = scenario.product.file.load(ref)
    assert case.bound
    key = paper_key(ref, "O2-statement", mark_of(case.bound.digest, referred(case)["O2-statement"]))
    assert "履行情况说明" in words(scenario.product.archive.read(key))
    link = scenario.product.document(case, "O2-statement")
    assert link
    assert f"{key}?" in link


def test_a_court_that_confirms_late_opens_the_other_way(scenario: Scenario, fonts: Path) -> None:
    """A court ruling recorded after the referral replaces the statement by the application for
    enforcement."""
    ref, *_ = refund_outstanding(scenario)
    breached(scenario, ref)
    passed_on(scenario, ref)
    scenario.documents()
    scenario.move(FENG, "record_confirmation", ref, step="confirmed", **COURT)
    assert scenario.documents() == 1
    case = scenario.product.file.load(ref)
    assert scenario.product.document(case, "O2-enforcement")
    assert not scenario.product.document(case, "O2-statement")


def test_the_company_can_be_the_creditor(scenario: Scenario, fonts: Path) -> None:
    """A company whose goods are not returned gets the statement, the consumer only the agreement. The
    obligation that waited gets no document of its own."""
    ref, consumer, shop = drafted(scenario)
    sign(scenario, ref, consumer, shop, YAN)
    scenario.documents()
    scenario.live(30 * DAY, ref)
    scenario.agreed(
        ref, FENG, ZHOU, "find_breach", obligation="O1", reason="没有交还。", counter="企业没有先要履行的。"
    )
    post = posted(scenario)
    passed_on(scenario, ref, "O1")
    case = scenario.product.file.load(ref)
    assert (case.stage, set(referred(case))) == ("closed", {"O1-statement"})
    scenario.documents()
    scenario.post()
    assert {to: len(files) for to, files in mailed(post).items()} == {CONSUMER: 1, COMPANY: 2}


def test_letter_waits_for_a_failed_document(scenario: Scenario, fonts: Path) -> None:
    """The letter waits for a document that fails. After two days a call task to tell the party is created."""
    ref, *_ = refund_outstanding(scenario)
    breached(scenario, ref)
    post = posted(scenario)
    passed_on(scenario, ref)
    scenario.product.__dict__["documents"] = replace(scenario.product.documents, archive=_Full())
    with pytest.raises(SealFailed, match=r"^Unavailable$"):
        scenario.documents()
    scenario.post()
    assert set(mailed(post)) == {COMPANY}
    scenario.later(2 * DAY + HOUR)
    scenario.minute()
    assert set(mailed(post)) == {COMPANY}
    assert [telling.letter.partition("#")[0] for telling in scenario.product.file.load(ref).tellings] == [
        "breach_referred"
    ]


class _Full:
    """An archive that refuses every document."""

    def keep(self, key: str, content: bytes, *, same: object) -> bytes:
        """Raise `Unavailable`."""
        raise Unavailable("file store")
