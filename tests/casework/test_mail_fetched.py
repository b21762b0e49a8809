"""Mails in a mailbox of a provider: fetched by the product, stored, and taken as those of SES are."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.aws import vault
from chalicelib.workers import handlers
from chalicelib.workers.batch import ScheduleFailed
from tests.casework.arrived import SETTINGS, WANG_FANG, address, eml
from tests.cloud.scenario import account as cloud_account
from tests.incoming.imap_server import LETS_IN, USER, Account, serving, trusting
from tests.scenario import Scenario
from tests.web.events import context, message, schedule

KEPT_AT = "arn:aws:secretsmanager:us-east-1:123456789012:secret:mailbox"


@pytest.fixture
def account(scenario: Scenario, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Account]:
    """A deployment that fetches from this mailbox."""
    made = Account()
    cloud_account()[0].secrets.create(KEPT_AT, "mailbox", json.dumps({"password": LETS_IN}))
    (root,) = trusting().get_ca_certs(binary_form=True)
    (tmp_path / "root.pem").write_text(ssl.DER_cert_to_PEM_cert(root), encoding="utf-8")
    with serving(made) as port:
        for name, value in {
            **SETTINGS,
            "SSL_CERT_FILE": str(tmp_path / "root.pem"),
            "MAIL_BOX": f"imaps://{USER}@localhost:{port}/INBOX",
            "MAIL_BOX_TAKEN": "Taken",
            "MAIL_BOX_SECRET": KEPT_AT,
        }.items():
            monkeypatch.setenv(name, value)
        scenario.product.__dict__.pop("replies", None)
        yield made


def stored(scenario: Scenario) -> list[str]:
    """Return the keys of the stored mails."""
    s3, bucket = scenario.product.client("s3"), scenario.product.setting("EVIDENCE")
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="mails/").get("Contents", ())]


def takes(scenario: Scenario, key: str) -> None:
    """Let the worker take a mail of whose arrival the store tells."""
    assert handlers.mails(message({"detail": {"object": {"key": key}}}), context()) == {
        "batchItemFailures": []
    }
    scenario.post()


def test_fetched_mail_becomes_a_message(scenario: Scenario, account: Account) -> None:
    """A fetched mail becomes one message on the case. The storage key of the mail names nobody."""
    ref = scenario.submit().ref
    scenario.confirm(ref)
    account.add(eml(address(scenario.product, ref), "什么时候有结果？"))
    handlers.fetch(schedule(), context())
    (key,) = stored(scenario)
    assert WANG_FANG not in key
    assert account.held("INBOX") == []
    takes(scenario, key)
    takes(scenario, key)
    assert scenario.moves(ref).count("message") == 1


def test_mail_beyond_the_limit_is_known_as_cut(
    scenario: Scenario, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker reads the same of it as of one that SES stored whole."""
    monkeypatch.setattr(vault, "LARGEST_MAIL", 100)
    account.add(b"x" * 5000)
    account.add(b"y" * 100)
    handlers.fetch(schedule(), context())
    found = [scenario.product.mails.read(key) for key in stored(scenario)]
    assert {(one[0][:1], len(one[0]), one[1]) for one in found if one} == {
        (b"x", 101, False),
        (b"y", 100, True),
    }


def test_refused_password_fails_the_run(
    scenario: Scenario, account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda counts the error, the log says why, and neither holds the password. The mail stays."""
    other = "old-one"
    cloud_account()[0].secrets.create(KEPT_AT, "mailbox", json.dumps({"password": other}))
    account.add(b"one")
    with pytest.raises(ScheduleFailed):
        handlers.fetch(schedule(), context())
    told = "".join(capsys.readouterr())
    assert "AUTHENTICATIONFAILED" in told
    assert other not in told
    assert USER not in told
    assert account.held("INBOX") == [b"one"]


def test_mails_wait_while_no_case_can_change(
    scenario: Scenario, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """During a restore they stay in the mailbox, as each try to take them would fail."""
    account.add(b"one")
    monkeypatch.setenv("HOLD", "moves")
    handlers.fetch(schedule(), context())
    assert stored(scenario) == []
    monkeypatch.setenv("HOLD", "")
    handlers.fetch(schedule(), context())
    assert len(stored(scenario)) == 1


def test_deployment_without_a_mailbox_opens_nothing(
    scenario: Scenario, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function runs each minute there, too, and only beats."""
    monkeypatch.setenv("MAIL_BOX", "")
    handlers.fetch(schedule(), context())
    assert account.said == []
