"""How often somebody may ask for what costs money or can be misused, and what they are told beyond that
(issue 14, point 5).

We count first by the number, address, key or account that a request is about, so that only whoever asks too
much is stopped. The network address is counted last, with a high ceiling, since a household, a call centre or
a mobile network shares one. Counts run in fixed windows from midnight UTC, so that each count is one row a
window.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Refusal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@frozen
class Ceiling:
    """At most so many requests in one window of this length; `why` explains the number."""

    most: int
    per: timedelta
    why: str

    def ends(self, now: datetime) -> datetime:
        """The end of the window in which a moment lies (UTC)."""
        return now + self.per - (now - EPOCH) % self.per


CEILINGS: Mapping[str, Mapping[str, Ceiling]] = {
    "filing": {
        "address": Ceiling(10, DAY, "more on one day is told by phone; a stranger's address gets no flood"),
        "key": Ceiling(5_000, HOUR, "a partner's busiest hour with its retries"),
        "account": Ceiling(200, HOUR, "nobody at the desk writes down one in eighteen seconds"),
        "network": Ceiling(300, HOUR, "a call centre's or a mobile network's people on a day of a recall"),
    },
    "draft": {"network": Ceiling(600, HOUR, "twice as many begin a complaint as file one")},
    "finding": {
        "address": Ceiling(5, HOUR, "a link that does not arrive is asked for twice or three times"),
        "network": Ceiling(200, HOUR, "many people of one network ask, a list of addresses is tried"),
    },
    "passphrase": {
        "number": Ceiling(10, HOUR, "of one network: people mistype, a program guesses"),
        "network": Ceiling(100, HOUR, "one network tries the numbers of many complaints"),
    },
    "code_sent": {
        "address": Ceiling(10, DAY, "a code that does not arrive is asked for again; no mailbox is filled")
    },
    "code": {
        "code": Ceiling(5, DAY, "of one code: six digits are mistyped"),
        "number": Ceiling(10, HOUR, "of one party: six digits are mistyped, a program guesses"),
        "network": Ceiling(200, HOUR, "one network tries the codes of many complaints"),
    },
    "verify": {"network": Ceiling(600, HOUR, "a court or a bank compares a whole bundle")},
    "upload": {
        "account": Ceiling(200, DAY, "of one person on one case: as many files as it may have"),
        "network": Ceiling(300, HOUR, "documents of nobody's case, stored for a while; the page counts"),
    },
    "enclosure": {
        "network": Ceiling(1_000, HOUR, "three photographs with each complaint of the busiest hour")
    },
    "suggestion": {"network": Ceiling(60, HOUR, "one a minute; a program fills the box")},
    "copy": {"account": Ceiling(20, DAY, "of one person on one case: one after each of its turns")},
    "message": {
        "account": Ceiling(60, HOUR, "of one person on one case: one a minute; a program fills it up")
    },
}
"""The ceilings by what is counted, each with the keys it is counted by, the narrowest first."""
GUESSED = frozenset({"passphrase", "code"})
"""Requests by which a secret could be guessed. When counting fails these are refused for the moment; all
others are let through."""


class TooMany(Refusal):
    """A ceiling was reached. Answered with 429: the next window begins at `at` (UTC), in `wait` seconds."""

    def __init__(self, now: datetime, at: datetime) -> None:
        super().__init__("rate_limited", at=at)
        self.wait = int((at - now).total_seconds())
