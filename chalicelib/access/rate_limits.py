"""Rate limits: the maximum number of requests of one sender in a time window, and the refusal of further
requests.

Each ceiling is counted under a key that the sender cannot choose: the network that the gateway saw, an
account, or a partner's key. An address or a case number in a request counts only together with the network,
so that no sender can use up the allowance of another. The ceiling of a network alone is high, because a
household, a school, a call centre or a mobile network shares one address. Windows have a fixed length and
begin at midnight UTC, so each count needs one row per window.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Refusal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@frozen
class Ceiling:
    """A ceiling: at most `most` requests in a window of the length `per`. `why` is the reason for this
    number."""

    most: int
    per: timedelta
    why: str

    def ends(self, now: datetime) -> datetime:
        """Return the end of the window in which the moment `now` lies (UTC)."""
        return now + self.per - (now - EPOCH) % self.per


SHOWN: Mapping[str, str] = {
    "network": "the address that the gateway saw, of IPv6 its /64; no header changes it",
    "account": "a member of staff who is signed in, or a party or partner on one case",
    "key": "a partner's secret key",
    "code": "a code that was sent to the party who enters it",
}
"""The parts of a counting key that the server itself establishes about the sender. The key is the name of the
part, the value explains it. No sender can make requests count under another sender's part."""
NAMED: Mapping[str, str] = {
    "address": "an e-mail address or a telephone number in a request",
    "number": "the number of a case in a request",
}
"""The parts of a counting key that a stranger can write into a request. The key is the name of the part, the
value explains it. A counting key with such a part must also have a part of `SHOWN`."""
By = tuple[str, ...]
"""The names of the parts of a counting key, from `SHOWN` and `NAMED`."""
CEILINGS: Mapping[str, Mapping[By, Ceiling]] = {
    "filing": {
        ("network", "address"): Ceiling(10, DAY, "a family's mailbox; more on one day is told by phone"),
        ("key",): Ceiling(5_000, HOUR, "a partner's busiest hour with its retries"),
        ("account",): Ceiling(200, HOUR, "nobody at the desk writes down one in eighteen seconds"),
        ("network",): Ceiling(300, HOUR, "a school or a mobile network on the day of a recall, one in 12 s"),
    },
    "draft": {("network",): Ceiling(600, HOUR, "twice as many begin a complaint as file one")},
    "finding": {
        ("network", "address"): Ceiling(10, DAY, "two people of a household ask for a few links each"),
        ("network",): Ceiling(200, HOUR, "many people of one network ask; a list of addresses is tried"),
    },
    "passphrase": {
        ("network", "number"): Ceiling(10, HOUR, "people mistype, a program guesses"),
        ("network",): Ceiling(100, HOUR, "one network tries the numbers of many complaints"),
    },
    "recipient": {
        ("network",): Ceiling(
            30, DAY, "new recipients named by parties: a household or an office on a busy day"
        )
    },
    "texted": {("network",): Ceiling(10, DAY, "of these by short message, each of which is paid for")},
    "code_sent": {
        ("account",): Ceiling(10, DAY, "a code that does not arrive is asked for again; no mailbox is filled")
    },
    "code": {
        ("code",): Ceiling(5, DAY, "six digits are mistyped"),
        ("account",): Ceiling(10, HOUR, "six digits are mistyped, a program guesses"),
        ("network",): Ceiling(200, HOUR, "one network tries the codes of many complaints"),
    },
    "question": {
        ("account",): Ceiling(60, HOUR, "of one person on one case: an answer that is refused is sent again"),
        ("network",): Ceiling(
            300, HOUR, "wrong links only: a whole office opens old letters, a program tries tokens"
        ),
    },
    "calendar": {
        ("account",): Ceiling(
            60, HOUR, "of one calendar: programs fetch it every 15 minutes, some each minute"
        ),
        ("network",): Ceiling(
            600,
            HOUR,
            "wrong addresses only: an office keeps calendars that have ended, a program tries secrets",
        ),
    },
    "verify": {("network",): Ceiling(600, HOUR, "a court or a bank compares a whole bundle")},
    "upload": {
        ("account",): Ceiling(200, DAY, "of one person on one case: as many files as it may have"),
        ("network",): Ceiling(300, HOUR, "documents of nobody's case, stored for a while; the page counts"),
    },
    "enclosure": {
        ("network",): Ceiling(1_000, HOUR, "three photographs with each complaint of the busiest hour")
    },
    "megabytes": {
        ("network",): Ceiling(
            10_000,
            DAY,
            "of files that a party sends: fifty of the largest, or a mobile network's photographs",
        )
    },
    "suggestion": {("network",): Ceiling(60, HOUR, "one a minute; a program fills the box")},
    "copy": {("account",): Ceiling(20, DAY, "of one person on one case: one after each of its turns")},
    "message": {
        ("account",): Ceiling(60, HOUR, "of one person on one case: one a minute; a program fills it up")
    },
}
"""The ceilings for each kind of request. The key is the kind. The value holds one ceiling for each counting
key, which is given by its parts. The narrowest counting key comes first."""
GUESSED = frozenset({"passphrase", "code"})
"""The kinds of request with which a secret could be guessed. If the count of a request cannot be written, a
request of these kinds is refused. A request of any other kind is allowed then."""


class Counted(NamedTuple):
    """A ceiling under which the request being served was counted. `left`: how many more the window takes, or
    None if others count under the same key, because nobody may learn what others did. `wait`: the seconds
    until the window ends."""

    kind: str
    by: By
    ceiling: Ceiling
    left: int | None
    wait: int


counted: ContextVar[list[Counted] | None] = ContextVar("counted", default=None)
"""The ceilings under which the request being served was counted; None if nobody asks for them."""
OWN = frozenset({"account", "key"})
"""The parts of a counting key under which nobody but the sender counts."""


class TooMany(Refusal):
    """A ceiling is reached, so the request is refused with status 429. The next window begins at `at` (UTC).
    `wait` is the number of seconds until then."""

    def __init__(self, now: datetime, at: datetime) -> None:
        super().__init__("rate_limited", at=at)
        self.wait = int((at - now).total_seconds())
