"""The papers of an agreement in force are made once and kept for good; no failure leaves half of one."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from chalicelib.aws.archive import S3Archive
from chalicelib.aws.seal import KmsKey
from chalicelib.cases.casework import KeptOther, Unavailable
from chalicelib.documents.office import Office
from chalicelib.documents.paperwork import SealFailed, application_key, paper_key
from chalicelib.documents.seal_marks import CheckResult, judge
from chalicelib.domain.model.case import Refusal
from chalicelib.wiring import Product
from chalicelib.workers.handlers import documents
from tests.casework.sealing import REF, Desk, Erring, counted, erring, failures
from tests.documents.agreements import agreement, digest
from tests.documents.conftest import Key
from tests.documents.reader import attached, poppler_output, words
from tests.documents.referrals import referral


@pytest.fixture
def desk(product: Product, fonts: Path) -> Desk:
    """A case with an agreement to be sealed."""
    return Desk(product)


def test_an_agreement_is_set_sealed_kept_and_recorded(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """The key service seals the document; its digest and size are recorded.

    An independent reader finds the seal valid.
    """
    assert desk.paperwork.make(REF)
    [(key, pdf)] = desk.archive().items()
    assert key == desk.key == f"agreements/{REF}/1-{digest(desk.text)[:16]}.pdf"
    assert desk.sealed == [{"sha256": sha256(pdf).hexdigest(), "size": len(pdf), "key": key}]
    said = poppler_output("pdfsig", pdf)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "签章名称：消费者权益保护与纠纷处理电子签章（自签名，证明完整性，不证明身份）" in words(pdf)
    assert attached(pdf)["agreement.json"]["digest"] == digest(desk.text)
    known = {line["sha256"]: REF for line in desk.sealed}.get
    assert judge(pdf, known, (desk.product.seal_key.public_key,)).state == CheckResult.AUTHENTIC
    assert judge(pdf + b"\n", known, (desk.product.seal_key.public_key,)).state == CheckResult.ALTERED
    assert failures(capsys) == 0


def test_there_is_nothing_to_do_on_other_cases(desk: Desk) -> None:
    """A document that is not in force or already sealed is not made, however often it is asked for."""
    assert desk.paperwork.make(REF)
    before = desk.archive()
    assert not desk.paperwork.make(REF)
    assert desk.archive() == before
    assert len(desk.sealed) == 1


def test_an_eligible_agreement_has_its_application_too(desk: Desk) -> None:
    """The application is filled in, kept unsealed with the agreement, and its digest is recorded."""
    desk.confirmable = True
    assert desk.paperwork.make(REF)
    kept = desk.archive()
    form = kept[application_key(desk.key)]
    assert set(kept) == {desk.key, f"agreements/{REF}/1-{digest(desk.text)[:16]}-confirmation.pdf"}
    assert desk.sealed[0]["application"] == sha256(form).hexdigest()
    assert "最后一日为2027年1月1日（星期五）24:00" in words(form)


def test_referred_claim_has_its_paper(desk: Desk) -> None:
    """A referred claim's paper is made with the agreement or later, kept once, and not recorded."""
    desk.passed_on = {"O1-statement": referral()}
    assert desk.paperwork.make(REF)
    desk.passed_on |= {"O2-statement": referral(ruling=("某某法院", "1号"))}
    assert desk.paperwork.make(REF)
    kept = desk.archive()
    first, second = (paper_key(REF, name, one.mark) for name, one in desk.passed_on.items())
    assert set(kept) == {desk.key, first, second}
    assert "履行情况说明" in words(kept[first])
    assert "强制执行申请书" in words(kept[second])
    assert len(desk.sealed) == 1


def test_a_paper_after_a_crash_is_the_one_that_was_kept(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keeping the second of two papers failed; the next run reuses the first and makes the second."""
    desk.passed_on = {"O1-statement": referral(), "O2-statement": referral()}
    keep = desk.product.archive.keep

    def once(key: str, content: bytes, **more: Any) -> bytes:
        if "O2" in key:
            raise Unavailable("file store")
        return keep(key, content, **more)

    with pytest.raises(SealFailed, match=r"^Unavailable$"):
        replace(desk.paperwork, archive=SimpleNamespace(keep=once)).make(REF)
    before = desk.archive()
    first, second = (paper_key(REF, name, one.mark) for name, one in desk.passed_on.items())
    assert (set(before), failures(capsys)) == ({desk.key, first}, 1)
    desk.passed_on["O1-statement"] = referral(what="后来的内容。")
    assert desk.paperwork.make(REF)
    after = desk.archive()
    assert after.items() > before.items()
    assert second in after


def test_a_run_after_a_crash_finds_what_was_kept(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """After a crash before recording, the next run records the kept document, even in another release."""
    desk.trouble = [Unavailable("table")]
    with pytest.raises(SealFailed, match=r"^Unavailable$"):
        desk.paperwork.make(REF)
    assert (desk.sealed, failures(capsys)) == ([], 1)
    [pdf] = desk.archive().values()
    newer = Office(desk.product.seal_key, "另一个名称", "https://elsewhere.example/verify")
    assert replace(desk.paperwork, office=newer).make(REF)
    assert desk.archive() == {desk.key: pdf}
    assert desk.sealed == [{"sha256": sha256(pdf).hexdigest(), "size": len(pdf), "key": desk.key}]


def test_two_runs_at_once_make_one_document(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """The slower run finds the document recorded, and ends without failure."""
    paperwork = desk.paperwork
    seen = [desk.paper(REF), desk.paper(REF)]
    late = replace(paperwork, paper=lambda ref: seen.pop() if seen else desk.paper(ref))
    assert late.make(REF)
    assert late.make(REF)
    assert (len(desk.archive()), len(desk.sealed), failures(capsys)) == (1, 1, 0)


def test_a_refusal_of_the_case_is_seen(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """A case that refuses the record counts as a failure."""
    desk.trouble = [Refusal("move_not_allowed_in_stage")]
    with pytest.raises(SealFailed, match=r"^Refusal$"):
        desk.paperwork.make(REF)
    assert failures(capsys) == 1


def test_a_missing_glyph_stops_it_and_is_named(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the code point and no word of the text; nothing is kept."""
    desk.text = agreement(facts={"zh": "王芳说：ก", "en": None})
    with pytest.raises(SealFailed, match=r"^GlyphMissing: U\+0E01$") as error:
        desk.paperwork.make(REF)
    assert error.value.__suppress_context__
    assert (desk.archive(), desk.sealed, failures(capsys)) == ({}, [], 1)


def test_a_disabled_key_stops_it_until_it_is_enabled(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """A disabled key keeps nothing; once it signs again, the next try succeeds."""
    kms, key = boto3.client("kms", "us-east-1"), desk.product.setting("SEAL_KEY")
    office = Office(
        KmsKey(lambda: kms, key, desk.product.meters), "某某", "https://complaints.example/verify"
    )
    # made while the key was enabled, and cached
    assert office.certificates
    with Stubber(kms) as stubbed:
        for code in ("DisabledException", "AccessDeniedException", "KMSInvalidStateException"):
            stubbed.add_client_error("sign", code)
            with pytest.raises(SealFailed, match=r"^Unavailable$"):
                replace(desk.paperwork, office=office).make(REF)
    assert (desk.archive(), desk.sealed, failures(capsys)) == ({}, [], 3)
    assert replace(desk.paperwork, office=office).make(REF)


@pytest.mark.parametrize("wrong", [1, 2])
def test_sign_repeats_a_wrong_signature(desk: Desk, capsys: pytest.CaptureFixture[str], wrong: int) -> None:
    """Each wrong signature is counted; the one that is used is valid."""
    key = erring(desk, wrong)
    signature = key.sign(b"the data")
    assert counted(capsys, "SignatureWrong") == wrong
    assert signature == desk.product.seal_key.sign(b"the data")


def test_wrong_signatures_keep_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong signature at the certificate, the seal or both keeps nothing; later the document is made."""
    name, url = "某某", "https://complaints.example/verify"
    service = Erring(0)
    key = KmsKey(lambda: service, desk.product.setting("SEAL_KEY"), desk.product.meters)
    at_seal = Office(key, name, url)
    assert at_seal.certificates
    service.wrong = 99
    for office in (Office(erring(desk, 99), name, url), at_seal):
        with pytest.raises(SealFailed, match=r"^WrongSignature$"):
            replace(desk.paperwork, office=office).make(REF)
    printed = capsys.readouterr().out
    assert (printed.count('"SignatureWrong": 1'), printed.count('"SealFailed": 1')) == (6, 2)
    assert (desk.archive(), desk.sealed) == ({}, [])
    assert desk.paperwork.make(REF)


def test_a_store_that_refuses_stops_it(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """The failure records nothing, and the next try begins again."""
    refusing = replace(
        desk.paperwork, archive=S3Archive(lambda: boto3.client("s3", "us-east-1"), "no-such-bucket")
    )
    with pytest.raises(SealFailed, match=r"^Unavailable$"):
        refusing.make(REF)
    assert (desk.sealed, failures(capsys)) == ([], 1)
    assert desk.paperwork.make(REF)


def test_kept_document_cannot_be_replaced_or_deleted(desk: Desk) -> None:
    """Other content under the same key does not replace the first, and its version is locked."""
    archive, key = desk.product.archive, desk.key
    assert archive.keep(key, b"first") == b"first"
    with pytest.raises(KeptOther):
        archive.keep(key, b"second")
    assert archive.keep(key, b"second", same=b"first".__eq__) == b"first"
    assert archive.read(key) == b"first"
    s3, bucket = boto3.client("s3", "us-east-1"), desk.product.setting("SEALED")
    version = s3.head_object(Bucket=bucket, Key=key)
    assert version["ObjectLockMode"] == "GOVERNANCE"
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])
    with pytest.raises(Unavailable):
        archive.read("agreements/nothing.pdf")


def test_a_kept_document_is_downloaded_under_its_name(desk: Desk) -> None:
    """The link lasts five minutes and saves the file without showing it."""
    link = desk.product.archive.link(desk.key, "调解协议书 7151-1980-9316-1.pdf")
    assert f"{desk.key}?" in link
    assert quote(
        "attachment; filename*=UTF-8''" + quote("调解协议书 7151-1980-9316-1.pdf"), safe=""
    ) in link.replace("+", "%20")
    assert "X-Amz-Expires=300" in link


def test_an_authority_s_certificate_is_a_setting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is read from the archive; one over another key is refused, and nothing is kept."""
    monkeypatch.setenv("SEAL_CERTIFICATE", "certificates/authority.der")
    with pytest.raises(SealFailed, match=r"^Unavailable$"):
        desk.paperwork.make(REF)
    put = boto3.client("s3", "us-east-1").put_object
    put(
        Bucket=desk.product.setting("SEALED"),
        Key="certificates/authority.der",
        Body=Key().certificate,
        ChecksumAlgorithm="SHA256",
    )
    with pytest.raises(SealFailed, match=r"^SealRefused: the certificate is over another key$"):
        desk.paperwork.make(REF)
    assert set(desk.archive()) == {"certificates/authority.der"}
    assert desk.sealed == []


def test_a_failed_task_stays_in_the_queue_and_the_log_names_no_words(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """A failed task goes back to the queue; a finished one does not."""
    desk.product.__dict__["documents"] = desk.paperwork
    event = {"Records": [{"messageId": "m1", "body": json.dumps({"ref": REF})}]}
    in_time = SimpleNamespace(get_remaining_time_in_millis=lambda: 120_000)
    desk.text = agreement(facts={"zh": "王芳说：ก", "en": None})
    assert documents(event, in_time) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert "SealFailed: GlyphMissing: U+0E01" in caplog.text
    assert "王芳" not in caplog.text
    assert "ก" not in caplog.text
    desk.text = agreement()
    assert documents(event, in_time) == {"batchItemFailures": []}
    assert len(desk.sealed) == 1
