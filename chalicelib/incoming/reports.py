"""Reports that a mail of ours cannot be delivered (RFC 3464), where the mail provider sends no events.
Anybody can write such a report, so what it names is compared with the letter."""

import re
from typing import NamedTuple

from chalicelib.letters import OURS

READ = 1_000_000
"""How many bytes of a report are read. The letter that it returns may be longer."""
LINES = re.IGNORECASE | re.MULTILINE
ID = re.compile(rb"^%b:[ \t]*([0-9A-Z]{26})[ \t\r]*$" % OURS.encode(), LINES)
RECIPIENT = re.compile(rb"^(?:Final|Original)-Recipient:[ \t]*rfc822[ \t]*;[ \t]*<?([^\s<>]{3,254})", LINES)
FAILED = re.compile(rb"^Action:[ \t]*failed\b", LINES)
STATUS = re.compile(rb"^Status:[ \t]*(\d)\.(\d{1,3})\.\d{1,3}", LINES)


class Failed(NamedTuple):
    """A report that a mail failed for good. `id` is that of the mail, in its header `OURS`. `addresses` are
    those of its recipient. `unknown`: there is no such address (status 5.1)."""

    id: str
    addresses: tuple[str, ...]
    unknown: bool


def failed(raw: bytes) -> Failed | None:
    """Return what a report says. Return None if it is no report that one mail of ours failed for good."""
    raw = raw[:READ]
    ids, status = {*ID.findall(raw)}, STATUS.findall(raw)
    if len(ids) != 1 or len(status) != 1 or status[0][0] != b"5" or not FAILED.search(raw):
        return None
    addresses = tuple(one.decode("ascii", "replace") for one in RECIPIENT.findall(raw))
    return Failed(ids.pop().decode(), addresses, status[0][1] == b"1")
