"""The mailbox of the local run. It shows every letter and short message that our system gave to the emulator
of AWS for sending."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chalicelib.cases.casework import Unavailable

CAUGHT, TEXTED = "/_ministack/ses/messages", "/_ministack/sns/sms-messages"
POSTED = "/_local/mail"
"""The path of the emulator to which the page posts a mail, as its mail server."""
MOST = 100
"""The highest number of letters on the page, and the highest number of short messages to each telephone
number."""


class Attached(NamedTuple):
    """A file attached to a letter. `url`: a data URL with the content of the file, so that a browser can save
    the file."""

    name: str
    url: str


class CaughtLetter(NamedTuple):
    """A letter that the emulator received for sending. `n`: the number of the letter; the first letter
    received has the number 1. `reply_to`: the address to which a reply goes; "" if it asks for none."""

    n: int
    to: str
    subject: str
    text: str
    html: str
    at: datetime
    attached: tuple[Attached, ...] = ()
    reply_to: str = ""


class Text(NamedTuple):
    """A short message that the emulator received for sending. `to`: a telephone number."""

    to: str
    text: str


def texts(store: str) -> list[Text]:
    """Return the short messages that the emulator received, newest first for each telephone number. `store`:
    the address of the emulator."""
    by_number: dict[str, list[dict[str, Any]]] = _caught(store + TEXTED)["sms_messages"]
    return [
        Text(number, one["Message"])
        for number, caught in by_number.items()
        for one in caught[: -MOST - 1 : -1]
    ]


def mails(store: str) -> list[CaughtLetter]:
    """Return the letters that the emulator received, newest first. `store`: the address of the emulator."""
    accounts: dict[str, list[dict[str, Any]]] = _caught(store + CAUGHT)["messages"]
    caught = [message for messages in accounts.values() for message in messages]
    return [_mail(n, message) for n, message in enumerate(caught, 1)][: -MOST - 1 : -1]


def _caught(address: str) -> dict[str, Any]:
    """Return the JSON answer of the emulator at `address`. Raise Unavailable if the emulator does not
    answer."""
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
        n,
        ", ".join(message["To"]),
        message["Subject"],
        message["BodyText"],
        message["BodyHtml"],
        at,
        files,
        message.get("ReplyTo", ""),
    )
