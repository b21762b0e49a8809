"""The limits of sending: how many letters an address gets, and when delayed letters leave.

A letter to a party that opens a window or carries a decision *matters*: if it cannot be delivered, staff tell
the person its content. These limits delay only letters that do not matter.
"""

from datetime import UTC, date, datetime, time, timedelta

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.letters import letter_of

CODE = "one_time_code"
"""The name of the letter with the one-time code for confirming that something is given up. Its recipient
waits for it at the page."""
RECEIPT = "receipt"
"""The name of the letter that confirms the receipt of a complaint, with its number."""
CONFIRM = "confirm_contact"
"""The name of the one message to a new, unconfirmed address. The link in it only confirms the address. It has
no access link, no name and no text from a person."""
EXPIRING = "mediator_expiring"
"""The name of the letter about the end of a mediator's qualification. It belongs to no case."""
MISSING = "calendar_missing"
"""The name of the letter that asks staff to load the calendar of a year. It belongs to no case."""
GROUP = "group_alert"
EARLY = "early_warning"
"""The names of the letters about unusually many complaints of one kind. `GROUP`: about something that many
people may share. `EARLY`: about a fault of ours. They belong to no case."""
A_DAY, UNCONFIRMED_A_DAY, CASES_A_DAY = 10, 3, 10
"""The limits, per local day, of letters that do not matter to one address from one sender. `A_DAY`: for a
confirmed address. `UNCONFIRMED_A_DAY`: for an unconfirmed one. Further letters wait until the next morning.

The sender is the network, partner or staff member from which a complaint came. For an address that was named
later, the case is the sender. So nobody can delay the letters about another sender's complaint.

Letters with an access link (`LINK`) are counted apart. For each case, an address gets the same number of
letters with one link. A further one is not sent if the provider has accepted an earlier one, since that link
still works. `CASES_A_DAY` is for an unconfirmed address: how many cases of one sender can send it a link on a
day. A sender can file as many complaints for that address on a day.
"""
MORNING = time(9)
"""The local time at which letters leave that were delayed to another day."""


def matters(name: str, to: str) -> bool:
    """Return whether the letter `name` must reach the recipient `to`. It must if `to` is a party and it opens
    their window or carries a decision for them."""
    return to.startswith("party:") and letter_of(name).matters


CODE_GOOD_FOR = timedelta(minutes=15)
"""How long a one-time code is valid after it was requested."""


def morning(day: date) -> datetime:
    """Return the moment (UTC) at which delayed letters leave on a local day."""
    return datetime.combine(day, MORNING, SHANGHAI).astimezone(UTC)


def next_morning(now: datetime) -> datetime:
    """Return the moment (UTC) at which delayed letters leave on the next local day."""
    return morning(now.astimezone(SHANGHAI).date() + timedelta(days=1))


def this_morning(now: datetime) -> datetime:
    """Return the next moment (UTC) at which digests leave. It is today's if that is still ahead."""
    today = datetime.combine(now.astimezone(SHANGHAI).date(), MORNING, SHANGHAI).astimezone(UTC)
    return today if today > now else next_morning(now)


BEFORE_DIGESTS = timedelta(hours=2)
"""How long before the daily digests the hourly jobs begin to write findings without a case for them. A
finding stays valid for the same time, so a failed hour does no harm."""
