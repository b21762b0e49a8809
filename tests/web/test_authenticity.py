"""Anybody can check whether a document is ours, without sign-in and script. The answer names no person."""

from __future__ import annotations

import json
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest

from chalicelib.access.authorization import CLOCK
from chalicelib.aws.seal import KmsKey
from chalicelib.documents.seal_marks import fingerprint
from chalicelib.domain.reference import shown
from chalicelib.locale.formats import label
from chalicelib.web.routes.verify import COMMANDS
from tests.life.agreed import bound
from tests.scenario import Scenario
from tests.store import Store

JSON, FORM = (
    {"Content-Type": "application/json"},
    {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"},
)
SEALED = b"%PDF-1.7 urn:redress:agreement: what both sides signed"
ALTERED = {"a byte": SEALED.replace(b"both", b"bath"), "added to": SEALED + b" and more", "cut": SEALED[:-3]}


@pytest.fixture
def sealed(scenario: Scenario) -> str:
    """Return the number of a complaint with an agreement in force and a sealed document."""
    ref = bound(scenario)
    scenario.product.casework.move(
        "record_seal", ref, CLOCK, {"sha256": sha256(SEALED).hexdigest(), "size": len(SEALED)}
    )
    return ref


@pytest.fixture
def store(scenario: Scenario) -> Store:
    """Return the store of files."""
    return Store(scenario)


def drop(store: Store, key: str, content: bytes) -> None:
    """Upload a file as a browser does with the form."""
    store.s3.put_object(Bucket=store.bucket, Key=key, Body=content)


def digest_verdict(client: Any, digest: str, status: int = 200) -> dict[str, Any]:
    """Return the endpoint's answer about a digest."""
    answer = client.http.post("/v1/verify", headers=JSON, body=json.dumps({"sha256": digest}).encode())
    assert answer.status_code == status, answer.body
    return dict(json.loads(answer.body))


def uploaded(client: Any, store: Store, content: bytes) -> dict[str, Any]:
    """Upload a document with the endpoint's form and return the verdict."""
    made = json.loads(client.http.post("/v1/verify/uploads", headers=JSON, body=b"").body)
    assert made["upload"]["url"].startswith("https://")
    assert "verify/" in made["upload"]["fields"]["key"]
    drop(store, made["upload"]["fields"]["key"], content)
    return dict(json.loads(client.http.get(f"/v1/verify/uploads/{made['id']}").body))


def test_a_document_sent_again_by_the_same_form_changes_nothing(
    client: Any, scenario: Scenario, store: Store, sealed: str
) -> None:
    """A second upload by the same form changes nothing, so that nobody can replace a checked document."""
    made = json.loads(client.http.post("/v1/verify/uploads", headers=JSON, body=b"").body)
    for content in (SEALED, b"%PDF-1.7 another"):
        drop(store, made["upload"]["fields"]["key"], content)
    assert (
        json.loads(client.http.get(f"/v1/verify/uploads/{made['id']}").body)["sha256"]
        == sha256(SEALED).hexdigest()
    )


def test_a_digest_that_we_sealed_is_authentic(client: Any, scenario: Scenario, sealed: str) -> None:
    """The answer gives the agreement, the date and the number of signatures, but names nobody. Spaces and
    capitals in the digest do not matter."""
    digest = sha256(SEALED).hexdigest()
    found = digest_verdict(client, digest)
    assert (found["verdict"], found["signatures"]) == ("authentic", 3)
    assert found["agreement"].endswith("-1")
    assert found["in_force"]
    spaced = " ".join(digest[n : n + 8] for n in range(0, 64, 8)).upper()
    assert digest_verdict(client, spaced) == found
    assert not any(
        name in json.dumps(found, ensure_ascii=False) for name in ("王芳", "秦店长", "mail.example")
    )


def test_verify_answers_unknown_digests_and_refuses_invalid_ones(client: Any, scenario: Scenario) -> None:
    """An unknown digest gets the verdict `unknown`; an invalid one returns 422."""
    assert digest_verdict(client, "0" * 64) == {
        "verdict": "unknown",
        "sha256": "0" * 64,
        "agreement": None,
        "in_force": None,
        "sealed": None,
        "signatures": None,
    }
    digest_verdict(client, "z" * 64, 422)
    digest_verdict(client, "abc", 422)


def test_an_uploaded_original_is_authentic_and_a_changed_copy_altered(
    client: Any, scenario: Scenario, sealed: str, store: Store
) -> None:
    """A copy with a changed byte, an addition or a cut is altered. Another file is unknown."""
    assert uploaded(client, store, SEALED)["verdict"] == "authentic"
    for how, content in ALTERED.items():
        assert uploaded(client, store, content)["verdict"] == "altered", how
    assert uploaded(client, store, b"%PDF-1.7 a menu")["verdict"] == "unknown"
    assert client.http.get("/v1/verify/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV").status_code == 409


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_letter_is_verified_by_its_number_and_digest(
    client: Any, scenario: Scenario, language: str
) -> None:
    """The answer names the letter and the time of sending, not its recipient. Another number or digest is
    unknown."""
    ref, cookie = scenario.submit().ref, {"Cookie": f"__Host-lang={language}"}
    scenario.post()
    [letter] = [row for row in scenario.product.file.whole(ref).letters if row["name"] == "receipt"]
    digest = letter["sent"]["digest"]
    assert digest in letter["sent"]["text"]
    assert digest in scenario.sent()[-1]["text"]

    def verify_answer(**said: str) -> dict[str, Any]:
        answer = client.http.post("/v1/verify", headers=JSON, body=json.dumps(said).encode())
        return dict(json.loads(answer.body))

    assert verify_answer(sha256=digest, number=shown(ref)) == {
        "verdict": "authentic",
        "sha256": digest,
        "number": shown(ref),
        "letter": "receipt",
        "sent": letter["sent"]["at"],
    }
    other = scenario.submit(person={"name": "李雷", "email": "lei@mail.example"}).ref
    for sha256_, number in ((digest, other), ("1" * 64, ref)):
        assert verify_answer(sha256=sha256_, number=number)["verdict"] == "unknown"

    def posted(number: str) -> Any:
        body = urlencode({"sha256": digest, "number": number}).encode()
        return client.http.post("/verify", headers={**FORM, **cookie}, body=body)

    page, wrong = posted(ref), posted("12")
    assert page.status_code == 200
    assert label(language, "receipt", "letter") in unescape(page.body.decode())
    assert wrong.status_code == 422
    assert 'value="12"' in wrong.body.decode()


def test_letter_that_was_not_mailed_names_no_verification(scenario: Scenario) -> None:
    """A letter read out by phone or shown only on the page was never mailed, so no check could find it."""
    ref = scenario.submit(person={"name": "王芳", "phone": "13800138000"}).ref
    case = scenario.product.file.whole(ref)
    [row] = [row for row in case.letters if row["name"] == "receipt"]
    letters, roster = scenario.product.correspondence, scenario.product.file.roster()
    text = letters.rendered(case, row, roster, scenario.product.now()).text
    assert "/verify" not in text


def test_how_our_seal_is_told_stands_on_the_page_and_in_readme(client: Any, scenario: Scenario) -> None:
    """The page gives the fingerprint of the key. Page and README give the commands that read it from a
    file."""
    kms = boto3.client("kms", "us-east-1")
    made = kms.create_key(KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")
    scenario.product.seal_key = KmsKey(lambda: kms, made["KeyMetadata"]["KeyId"], scenario.product.meters)
    page = unescape(client.http.get("/verify").body.decode())
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text("utf-8").split())
    assert fingerprint(scenario.product.seal_key.public_key) in page
    assert all(command in page and command in readme for command in COMMANDS)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_works_without_script(
    client: Any, scenario: Scenario, sealed: str, store: Store, language: str
) -> None:
    """The page has a form that uploads directly to the store and one for a digest. It gives each verdict in
    plain words."""
    cookie = {"Cookie": f"__Host-lang={language}"}
    page = unescape(client.http.get("/verify", headers=cookie).body.decode())
    assert 'enctype="multipart/form-data"' in page
    assert 'name="sha256"' in page
    assert "<script" not in page
    words = {
        "authentic": {"zh": "文件真实", "en": "genuine"},
        "unknown": {"zh": "没有找到", "en": "do not know"},
    }
    for digest, verdict in ((sha256(SEALED).hexdigest(), "authentic"), ("1" * 64, "unknown")):
        answer = client.http.post(
            "/verify", headers={**FORM, **cookie}, body=urlencode({"sha256": digest}).encode()
        )
        assert answer.status_code == 200
        assert words[verdict][language] in answer.body.decode()
    wrong = client.http.post("/verify", headers={**FORM, **cookie}, body=urlencode({"sha256": "12"}).encode())
    assert wrong.status_code == 422
    assert 'value="12"' in wrong.body.decode()
    drop(store, "verify/01ARZ3NDEKTSV4RRFFQ69G5FAW", ALTERED["a byte"])
    page = client.http.get("/verify/01ARZ3NDEKTSV4RRFFQ69G5FAW", headers=cookie).body.decode()
    assert {"zh": "已改动", "en": "been changed"}[language] in page
    assert client.http.get("/verify/01ARZ3NDEKTSV4RRFFQ69G5FAZ", headers=cookie).status_code == 409
