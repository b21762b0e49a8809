"""The mailbox of the local run: every letter and short message that the emulator caught."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chalicelib.cases.casework import Unavailable

CAUGHT, TEXTED = "/_ministack/ses/messages", "/_ministack/sns/sms-messages"
MOST = 100
"""The highest number of letters that the page shows."""


class Attached(NamedTuple):
    """A file attached to a letter, with its content as a data URL, under which a browser saves it."""

    name: str
    url: str


class CaughtLetter(NamedTuple):
    """A letter as it would have been sent; `n` counts from the first one caught."""

    n: int
    to: str
    subject: str
    text: str
    html: str
    at: datetime
    attached: tuple[Attached, ...] = ()


class Text(NamedTuple):
    """A short message as it would have been sent."""

    to: str
    text: str


def texts(store: str) -> list[Text]:
    """Return the short messages that the emulator at this address caught, newest first for each number."""
    by_number: dict[str, list[dict[str, Any]]] = _caught(store + TEXTED)["sms_messages"]
    return [
        Text(number, one["Message"])
        for number, caught in by_number.items()
        for one in caught[: -MOST - 1 : -1]
    ]


def mails(store: str) -> list[CaughtLetter]:
    """Return the letters that the emulator at this address caught, newest first."""
    accounts: dict[str, list[dict[str, Any]]] = _caught(store + CAUGHT)["messages"]
    caught = [message for messages in accounts.values() for message in messages]
    return [_mail(n, message) for n, message in enumerate(caught, 1)][: -MOST - 1 : -1]


def _caught(address: str) -> dict[str, Any]:
    """Return the messages that the emulator caught. Raise Unavailable if it does not answer."""
    from urllib.request import urlopen

    try:
        with urlopen(address, timeout=5) as answer:
            told: dict[str, Any] = json.load(answer)
    except OSError as error:
        raise Unavailable("mailbox") from error
    return told


def _mail(n: int, message: dict[str, Any]) -> CaughtLetter:
    at = datetime.fromtimestamp(message["Timestamp"], UTC)
    files = tuple(
        Attached(file["Name"], f"data:{file['Type']};base64,{file['Content']}")
        for file in message.get("Attachments", ())
    )
    return CaughtLetter(
        n, ", ".join(message["To"]), message["Subject"], message["BodyText"], message["BodyHtml"], at, files
    )
