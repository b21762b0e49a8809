"""Seals after a restore, with documents of an earlier release, and with foreign content under a document's
key.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.access.authorization import CLOCK
from chalicelib.aws.rows import Row, connection
from chalicelib.cases.casework import Unavailable
from chalicelib.documents import SealInvalid
from chalicelib.documents.office import Office
from chalicelib.documents.paperwork import SealFailed, agreement_key_of, application_key, paper_key
from chalicelib.documents.seal_marks import CheckResult, judge
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Agreement
from chalicelib.domain.model.referral import mark_of, referred
from chalicelib.domain.reference import shown
from chalicelib.wiring import Product
from tests.casework.sealing import REF, Desk, failures
from tests.casework.terminal import Operator
from tests.documents.agreements import IN_FORCE, agreement, digest, signatures
from tests.documents.conftest import Key
from tests.documents.reader import attached, words
from tests.life.agreed import YAN, bound, mediated, sign, text
from tests.life.referred import breached, passed_on, refund_outstanding
from tests.scenario import DAY, Scenario

Table = list[Mapping[str, Any]]


@pytest.fixture
def desk(product: Product, fonts: Path) -> Desk:
    """A case with an agreement to be sealed."""
    return Desk(product)


def rows() -> Table:
    """Return every row of the table."""
    client, found, start = connection().client, [], {}
    while True:
        page = client.scan(TableName=Row.Meta.table_name, ConsistentRead=True, **start)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def restore(table: Table) -> None:
    """Restore the table to these rows."""
    client, name = connection().client, Row.Meta.table_name
    for row in rows():
        client.delete_item(TableName=name, Key={key: row[key] for key in ("pk", "sk")})
    for row in table:
        client.put_item(TableName=name, Item=row)


def in_force(scenario: Scenario, ref: str) -> tuple[Case, Agreement]:
    """Return the case with its agreement, which is sealed."""
    case = scenario.product.file.load(ref)
    assert case.bound
    assert case.bound.sealed
    return case, case.bound


def test_restore_before_a_draft_seals_the_new_text(scenario: Scenario, fonts: Path) -> None:
    """The version counter repeats; the new text is sealed and recorded, and the lost text's document is not
    used.
    """
    ref, consumer, shop = mediated(scenario)
    scenario.confirm(ref)
    scenario.confirm(ref, shop.party)
    before = rows()
    scenario.move(YAN, "draft_agreement", ref, **text(scenario, facts="第一次写下的事实。"))
    sign(scenario, ref, consumer, shop, YAN)
    scenario.documents()
    _, lost = in_force(scenario, ref)
    restore(before)
    scenario.later(timedelta(hours=1))
    scenario.move(YAN, "draft_agreement", ref, **text(scenario, facts="恢复以后写下的事实。"))
    sign(scenario, ref, consumer, shop, YAN)
    scenario.documents()
    case, agreement = in_force(scenario, ref)
    assert agreement.version == lost.version
    pdf = scenario.product.archive.read(agreement_key_of(case))
    assert agreement.sealed
    assert agreement.sealed.sha256 == sha256(pdf).hexdigest()
    assert "恢复以后写下的事实。" in words(pdf)
    assert attached(pdf)["agreement.json"]["digest"] == agreement.digest
    form = scenario.product.archive.read(application_key(agreement_key_of(case)))
    assert sha256(form).hexdigest() == agreement.sealed.application
    assert lost.sealed
    verdicts = [
        scenario.product.authenticity.of_digest(one.sha256).verdict for one in (lost.sealed, agreement.sealed)
    ]
    assert verdicts == [CheckResult.UNKNOWN, CheckResult.AUTHENTIC]


def test_restore_before_the_signatures_seals_the_new_signatures(scenario: Scenario, fonts: Path) -> None:
    """The same text is signed a second time; its document lists these signatures under a key of its own."""
    ref, consumer, shop = mediated(scenario)
    scenario.confirm(ref)
    scenario.confirm(ref, shop.party)
    scenario.move(YAN, "draft_agreement", ref, **text(scenario))
    before = rows()
    sign(scenario, ref, consumer, shop, YAN)
    scenario.documents()
    first = agreement_key_of(scenario.product.file.load(ref))
    restore(before)
    scenario.later(timedelta(hours=1))
    sign(scenario, ref, consumer, shop, YAN)
    scenario.documents()
    case, agreement = in_force(scenario, ref)
    key = agreement_key_of(case)
    assert key.startswith(first.removesuffix(".pdf") + "-")
    told = attached(scenario.product.archive.read(key))["agreement.json"]
    assert told["signatures"][0]["at"] == agreement.signatures[0].at.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("what", ["nothing of ours", "another text", "a broken seal", "somebody else's seal"])
def test_something_else_under_the_key_is_refused(
    desk: Desk, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """The foreign content is neither recorded nor replaced, and operations see the failure."""
    office = desk.product.documents.office
    ours = office.agreement(desk.text, signatures(desk.text), digest(desk.text), IN_FORCE)
    other = agreement(facts={"zh": "另一份协议。", "en": None})
    there = {
        "nothing of ours": b"%PDF-1.7",
        "another text": office.agreement(other, signatures(other), digest(other), IN_FORCE),
        "a broken seal": ours[:2000] + bytes([ours[2000] ^ 1]) + ours[2001:],
        "somebody else's seal": Office(_Held(Key()), "某某", "https://complaints.example/verify").agreement(
            desk.text, signatures(desk.text), digest(desk.text), IN_FORCE
        ),
    }[what]
    desk.product.archive.keep(desk.key, there)
    with pytest.raises(SealFailed, match=r"^KeptOther"):
        desk.paperwork.make(REF)
    printed = capsys.readouterr().out
    assert (printed.count('"KeptOther": 1'), printed.count('"SealFailed": 1')) == (1, 1)
    assert (desk.archive(), desk.sealed) == ({desk.key: there}, [])


class _Held:
    """A test key in the form that the office accepts."""

    def __init__(self, key: Key) -> None:
        self.public_key, self.made, self.sign = key.public, IN_FORCE, key.sign


def test_an_unsealed_paper_of_another_text_is_refused(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """An application typeset by another release is accepted, one over another text is not."""
    desk.confirmable = True
    office = desk.product.documents.office
    other = agreement(facts={"zh": "另一份协议。", "en": None})
    form = application_key(desk.key)
    desk.product.archive.keep(form, office.application(other, IN_FORCE, None))
    with pytest.raises(SealFailed, match=r"^KeptOther"):
        desk.paperwork.make(REF)
    assert (desk.sealed, failures(capsys)) == ([], 1)
    s3 = boto3.client("s3", "us-east-1")
    s3.delete_object(
        Bucket=desk.product.setting("SEALED"), Key=form
    )  # as the runbook says: the version stays
    earlier = office.application(desk.text, IN_FORCE, None)
    assert desk.product.archive.keep(form, earlier) == earlier
    assert desk.paperwork.make(REF)
    assert desk.sealed[0]["application"] == sha256(earlier).hexdigest()


def test_another_document_than_was_to_be_sealed_is_never_kept(desk: Desk) -> None:
    """Any invalid seal stops the sealing, even if the key itself does not notice."""
    held = Key()
    lying = _Held(held)
    office = Office(lying, "某某", "https://complaints.example/verify")
    assert office.certificates  # made while the key was in order, and cached
    lying.sign = lambda data: held.sign(b"other data")
    with pytest.raises(SealFailed, match=r"^SealInvalid: intact$"):
        replace(desk.paperwork, office=office).make(REF)
    assert (desk.archive(), desk.sealed) == ({}, [])


def test_seals_by_every_published_key_are_valid(desk: Desk) -> None:
    """Seals of a replaced but published key are accepted; an unpublished key's are not."""
    key, other = Key(), Key()
    text, name, url = desk.text, "某某", "https://complaints.example/verify"
    before = Office(_Held(key), name, url)
    pdf = before.agreement(text, signatures(text), digest(text), IN_FORCE)
    now = Office(_Held(other), name, url, published=lambda: (other.public, key.public))
    assert now.sealed(pdf)["digest"] == digest(text)
    with pytest.raises(SealInvalid, match=r"^key$"):
        Office(_Held(other), name, url).sealed(pdf)


def test_papers_of_a_former_key_stay_valid(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key changes, as when another region is to have it. A paper that was sealed with the former key is
    still ours, and is not sealed again; without its public key in the settings it would be in doubt. The page
    of documents names both."""
    key = desk.paperwork.make(REF) and desk.key
    pdf, before = desk.archive()[key], desk.product.seal_key.public_key
    made = boto3.client("kms", "us-east-1").create_key(KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")
    monkeypatch.setenv("SEAL_KEY", made["KeyMetadata"]["KeyId"])
    with pytest.raises(SealInvalid, match=r"^key$"):
        Product().documents.office.sealed(pdf)
    monkeypatch.setenv("FORMER_SEALS", b64encode(before).decode())
    now = Product()
    assert now.documents.office.sealed(pdf)["digest"] == digest(desk.text)
    assert now.seal_keys == (now.seal_key.public_key, before)
    assert now.seal_key.public_key != before
    newer = now.documents.office.agreement(desk.text, signatures(desk.text), digest(desk.text), IN_FORCE)
    assert now.documents.office.sealed(newer)
    altered = judge(pdf[:-3], lambda sha256: None, now.seal_keys)
    assert altered.state == CheckResult.ALTERED


def test_seals_names_what_is_wrong_and_has_it_made_again(
    scenario: Scenario, fonts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An earlier release kept and recorded a document with a wrong signature, which `/verify` calls
    authentic.

    The command finds it; then the right document is made, announced and recorded. It works by pages and can
    be repeated.
    """
    said = Operator(scenario, capsys).says
    good, bad = sorted((bound(scenario), bound(scenario)))
    papers = scenario.product.documents
    paper = papers.paper(bad)
    assert paper
    wrong = _misprinted(papers.office.agreement(paper.text, paper.signatures, paper.digest, paper.in_force))
    scenario.product.archive.keep(f"agreements/{bad}/1.pdf", wrong)
    recorded = {"sha256": sha256(wrong).hexdigest(), "size": len(wrong)}
    scenario.product.casework.move("record_seal", bad, CLOCK, recorded)
    scenario.documents()
    verdict = scenario.product.authenticity.of_digest
    assert verdict(recorded["sha256"]).verdict == CheckResult.AUTHENTIC
    assert said("seals") == (
        f"{shown(bad)}: SealInvalid: intact\n2 looked at, 1 wrong.\nNothing was done. With --do it is.\n"
    )
    assert said("seals", "--most", "1").endswith(f"There are more: --after {shown(good)}\nAll valid.\n")
    assert "1 looked at, 1 wrong." in said("seals", "--after", shown(good), "--do")
    assert verdict(recorded["sha256"]).verdict == CheckResult.UNKNOWN
    assert scenario.product.file.load(bad).unsealed
    assert scenario.documents()
    case, agreement = in_force(scenario, bad)
    assert agreement.sealed
    assert verdict(agreement.sealed.sha256).verdict == CheckResult.AUTHENTIC
    assert agreement_key_of(case) == f"agreements/{bad}/1-{agreement.digest[:16]}.pdf"
    assert said("seals") == "2 looked at, 0 wrong.\nAll valid.\n"


def _misprinted(pdf: bytes) -> bytes:
    at = pdf.index(b"stream\n") + 300
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def test_papers_of_an_earlier_release_stay_readable(scenario: Scenario, fonts: Path) -> None:
    """An agreement without a recorded key is found under the older key.

    So is a creditor's paper, unless it is older than the referral.
    """
    ref, *_ = refund_outstanding(scenario)
    case, agreement = in_force(scenario, ref)
    assert agreement.sealed
    old = replace(
        case,
        talks=replace(case.talks, agreement=replace(agreement, sealed=replace(agreement.sealed, key=None))),
    )
    link = scenario.product.document(old)
    assert link
    assert f"agreements/{ref}/1.pdf?" in link
    breached(scenario, ref)
    passed_on(scenario, ref)
    scenario.product.archive.keep(paper_key(ref, "O2-statement"), b"made by an earlier release")
    case = scenario.product.file.load(ref)
    assert scenario.product.paper(case, "O2-statement") == b"made by an earlier release"
    owed = referred(case)["O2-statement"]
    again = replace(owed, since=owed.since + 3650 * DAY)
    later = replace(case, obligations=tuple(again if one == owed else one for one in case.obligations))
    with pytest.raises(Unavailable):
        scenario.product.paper(later, "O2-statement")
    assert scenario.documents()
    made = scenario.product.archive.read(paper_key(ref, "O2-statement", mark_of(agreement.digest, owed)))
    assert scenario.product.paper(case, "O2-statement") == made
