"""Signatures of webhooks: the published vector, the receiver in README, and one in another language."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from chalicelib.access.links import PurposeKeys
from chalicelib.hooks.endpoint import Signing, WebhookKind, secret, shown_secret
from chalicelib.hooks.sending import Webhook, event, headers
from chalicelib.view.changes import Changed

HERE = Path(__file__)
KEYS = PurposeKeys("1", {"1": "k" * 64})
NEW, OLD = (secret(KEYS, "e1", Signing(n, "1")) for n in (2, 1))
EVENT = event(
    Changed("260212000018", "订单-7 ✓", "accept", 3, datetime(2026, 2, 12, tzinfo=UTC), "investigating"),
    WebhookKind.LIVE,
    1,
)
LATE = timedelta(minutes=6)
Verifies = Callable[[bytes, bytes, dict[str, str]], str]


def readme(secret: bytes, body: bytes, sent: dict[str, str]) -> str:
    """Return the type of an event by the code in README; "refused" if it raises."""
    text = (HERE.parents[2] / "README.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(from standardwebhooks.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    try:
        return str(names["received"](shown_secret(secret), body, sent)["type"])
    except WebhookVerificationError:
        return "refused"


def node(secret: bytes, body: bytes, sent: dict[str, str]) -> str:
    """Return the type of an event by a receiver in JavaScript; "refused" if it does not fit."""
    if not (found := shutil.which("node")):
        pytest.skip("Node is not installed")
    asked = {"secret": shown_secret(secret), "body": body.decode(), "headers": sent}
    asked["now"] = datetime.now(UTC).timestamp()
    done = subprocess.run(
        [found, str(HERE.with_name("verify.mjs"))],
        input=json.dumps(asked),
        text=True,
        capture_output=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_published_vector_is_signed() -> None:
    """The vector is that of the libraries of Standard Webhooks (their tests "sign function works")."""
    key = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    webhook = Webhook("msg_p5jXN8AQM9LWM0D4loKWxJek", WebhookKind.LIVE, '{"test": 2432232314}')
    sent = headers(webhook, at, [key])
    assert sent["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert sent["webhook-timestamp"] == "1614265330"
    assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("verifies", [readme, node])
def test_a_receiver_takes_only_what_we_signed_now(verifies: Verifies) -> None:
    """A receiver accepts our event with either secret during a rotation. It refuses another body, id or
    secret, and an old signature."""
    now, body = datetime.now(UTC), EVENT.body.encode()
    sent = headers(EVENT, now, [NEW, OLD])
    assert verifies(NEW, body, sent) == "complaint.accept"
    assert verifies(OLD, body, sent) == "complaint.accept"
    assert verifies(NEW, body.replace(b'"entry":3', b'"entry":4'), sent) == "refused"
    assert verifies(NEW, body, {**sent, "webhook-id": "msg_260212000018_4"}) == "refused"
    assert verifies(secret(KEYS, "e2", Signing(1, "1")), body, sent) == "refused"
    assert verifies(NEW, body, headers(EVENT, now - LATE, [NEW])) == "refused"
