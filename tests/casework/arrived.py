"""Mails that arrive, as our mail server hands them over."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from chalicelib.wiring import Product
from tests.scenario import Scenario

DOMAIN, SERVER = "reply.house.example", "mx.house.example"
PUBLIC = f"complaints@{DOMAIN}"
SETTINGS = {"REPLY_DOMAIN": DOMAIN, "MAIL_VERDICTS": SERVER, "PUBLIC_MAIL": PUBLIC}
"""The settings of a deployment that takes mail."""
WANG_FANG = "wang.fang@mail.example"
PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(100)


def eml(
    to: str,
    text: str,
    *,
    sender: str = WANG_FANG,
    id: str = "<1@mail.example>",
    verdict: str = "pass",
    by: str = SERVER,
    files: dict[str, bytes] | None = None,
    **headers: str,
) -> bytes:
    """Return a mail as it arrived. `verdict`: what the server `by` found of its sender."""
    made = EmailMessage()
    domain = sender.rpartition("@")[2]
    made["Received"] = f"from mx.{domain} by {SERVER} for <{to}>; Thu, 12 Feb 2026 01:00:00 +0000"
    made["Authentication-Results"] = f"{by}; dmarc={verdict} header.from={domain}"
    made["From"], made["To"], made["Subject"] = sender, to, headers.pop("subject", "回复")
    made["Message-ID"] = id
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for name, content in (files or {}).items():
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def address(product: Product, ref: str, party: str = "p1") -> str:
    """Return the reply address of a party."""
    return product.reply_addresses.of(ref, party)


def arrives(scenario: Scenario, raw: bytes, **more: Any) -> None:
    """Let a mail arrive, and deliver the letters that follow."""
    scenario.product.replies.arrived(raw, **more)
    scenario.post()
