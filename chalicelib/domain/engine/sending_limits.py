"""The limits of sending: how many letters an address gets, and when waiting letters leave.

A letter to a party that opens a window or carries a decision *matters*: if it cannot be delivered, staff tell
the person.
"""

from datetime import UTC, date, datetime, time, timedelta

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.letters import letter_of

CODE = "one_time_code"
"""The letter with the code that confirms giving something up. Its recipient waits for it at their page."""
RECEIPT = "receipt"
"""The letter that confirms the receipt of a complaint, with its number."""
CONFIRM = "confirm_contact"
"""The one message to a new, unconfirmed address. Its link only confirms. It carries no access link, no name
and no text from a person."""
EXPIRING = "mediator_expiring"
"""The letter about the end of a mediator's qualification. Like the digest, it belongs to no case."""
MISSING = "calendar_missing"
"""The letter about a calendar year that is still to be loaded. It belongs to no case either."""
GROUP = "group_alert"
EARLY = "early_warning"
"""The letters about an unusual number of complaints of one kind: of something that many people may share, and
of a fault of ours. They belong to no case either."""
A_DAY, UNCONFIRMED_A_DAY, CASES_A_DAY = 10, 3, 10
"""The daily limits (local day) of letters that do not matter, to one address from one sender who named it.
`UNCONFIRMED_A_DAY` holds while the address is unconfirmed. The others wait for the next morning. The sender
is the network, the partner or the member of staff from which a complaint came. For an address named later it
is the case. So no sender can delay the letters about another sender's complaint.

For each case, as many links (`LINK`) of one generation may go there in addition. A further one is not sent if
the provider has accepted one of these: it is the same link, and still good. While the address is unconfirmed,
`CASES_A_DAY` limits the cases of one sender whose links leave on a day. A sender may file that many
complaints for it on a day.
"""
MORNING = time(9)
"""The local time at which letters leave that waited for the next day."""


def matters(name: str, to: str) -> bool:
    """Return whether a letter to this recipient must be delivered: it opens a party's window, or carries a
    decision for them."""
    return to.startswith("party:") and letter_of(name).matters


CODE_GOOD_FOR = timedelta(minutes=15)
"""The validity of a one-time code after its request."""


def morning(day: date) -> datetime:
    """Return the moment (UTC) of a local day at which waiting letters leave."""
    return datetime.combine(day, MORNING, SHANGHAI).astimezone(UTC)


def next_morning(now: datetime) -> datetime:
    """Return the morning (UTC) of the next local day."""
    return morning(now.astimezone(SHANGHAI).date() + timedelta(days=1))


def this_morning(now: datetime) -> datetime:
    """Return the next morning to come (UTC), today's if it is still ahead: when digests leave."""
    today = datetime.combine(now.astimezone(SHANGHAI).date(), MORNING, SHANGHAI).astimezone(UTC)
    return today if today > now else next_morning(now)


BEFORE_DIGESTS = timedelta(hours=2)
"""The time before the digests at which hourly findings without a case are written for them, and for which
they stay valid. So one missed hour does no harm."""
