"""The limits of sending: how many letters an address gets, and when delayed letters leave.

The limits delay only letters that the sender of a complaint causes by filing it or by their own acts. What
our staff write, and what the process owes, always leaves. A letter to a party matters if it opens a window,
reminds of one, or carries a decision. If such a letter cannot be delivered, staff tell the person its
content.
"""

from datetime import UTC, date, datetime, time, timedelta

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.case import LINK
from chalicelib.domain.model.letters import letter_of

CODE = "one_time_code"
"""The name of the letter with the one-time code by which a person confirms that they give something up. It
must leave at once, because the person waits for it at the page."""
RECEIPT = "receipt"
"""The name of the letter that confirms the receipt of a complaint, with its number."""
CONFIRM = "confirm_contact"
"""The name of the one message that an unconfirmed address gets. Its link confirms the address and opens
nothing else. It has no name in it and no text that a person wrote."""
MAIL = "mail_noted"
"""The name of the letter that says what became of a mail."""
ON_REQUEST = frozenset({RECEIPT, CONFIRM, LINK, MAIL})
"""The letters that a stranger can cause without an act in the case: by filing a complaint, by naming an
address, by asking for a link, or by a mail."""
EXPIRING = "mediator_expiring"
"""The name of the letter about the end of a mediator's qualification. It belongs to no case."""
MISSING = "calendar_missing"
"""The name of the letter that asks staff to load the calendar of a year. It belongs to no case."""
HOOK = "hook_disabled"
"""The name of the letter that tells a partner that an endpoint gets no webhooks any more. It belongs to no
case."""
GROUP = "group_alert"
EARLY = "early_warning"
"""The names of the letters that report unusually many complaints of one kind. `GROUP`: about something that
may concern many people. `EARLY`: about a fault of ours. These letters belong to no case."""
A_DAY, UNCONFIRMED_A_DAY, CASES_A_DAY = 10, 3, 10
"""Limits for one address on one local day. `A_DAY` and `UNCONFIRMED_A_DAY` are how many letters one sender
can cause, to a confirmed and to an unconfirmed address. To a confirmed address only letters that do not
matter count (see `matters`). Further letters wait until the next morning.

The sender is the network, the partner or the staff member from which the complaint came. If an address was
named later, the case counts as the sender. So nobody can delay the letters about another sender's complaint.

Letters with an access link (`LINK`) are counted separately, for each case and link. A further letter is not
sent if an earlier letter with the link has left, because the link still works. `CASES_A_DAY`: on how many
cases one sender can cause such letters to an unconfirmed address. A sender can file no more complaints than
that with the address.
"""
MORNING = time(9)
"""The local time at which letters leave that wait for another day."""


def matters(name: str, to: str) -> bool:
    """Return whether a letter must reach its recipient. `name`: the name of the letter. `to`: the recipient,
    such as "party:<id>". The letter must if the recipient is a party, and the letter opens a window, reminds
    of one, or carries a decision."""
    return to.startswith("party:") and letter_of(name).matters


CODE_GOOD_FOR = timedelta(minutes=15)
"""How long a one-time code is valid. The time begins when the code is requested."""


def morning(day: date) -> datetime:
    """Return the moment (UTC) on the local day `day` at which delayed letters leave."""
    return datetime.combine(day, MORNING, SHANGHAI).astimezone(UTC)


def next_morning(now: datetime) -> datetime:
    """Return the moment (UTC) at which delayed letters leave on the local day after `now`."""
    return morning(now.astimezone(SHANGHAI).date() + timedelta(days=1))


def this_morning(now: datetime) -> datetime:
    """Return the moment (UTC) at which the next daily digests leave. It is today if that time is still ahead,
    and otherwise tomorrow."""
    today = datetime.combine(now.astimezone(SHANGHAI).date(), MORNING, SHANGHAI).astimezone(UTC)
    return today if today > now else next_morning(now)


BEFORE_DIGESTS = timedelta(hours=2)
"""How long before the daily digests the hourly jobs begin to write lines for them. These lines belong to no
case. A line stays valid for the same time, so it does no harm if a job fails in one hour."""
