"""The sending of letters: how many an address gets, and when those leave that wait.

A letter to a party that opens a window or carries a decision *matters*: if it cannot be delivered, staff tell
the person instead.
"""

from datetime import UTC, date, datetime, time, timedelta

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.letters import letter_of

CODE = "one_time_code"
"""The letter with the code that confirms what gives something up: somebody waits for it before their page."""
RECEIPT = "receipt"
"""The letter that says that a complaint has come in, with its number."""
CONFIRM = "confirm_contact"
"""The one message to a new address that nobody has confirmed: its link only confirms. It carries no access
link, no name and nothing that anybody wrote."""
EXPIRING = "mediator_expiring"
"""The letter that a mediator's qualification ends: like the digest it belongs to no case."""
MISSING = "calendar_missing"
"""The letter that the calendar of a year is still to be loaded: it belongs to no case either."""
GROUP = "group_alert"
EARLY = "early_warning"
"""The letters that more than usual came in of one kind of complaint: of what many people may have alike, and
of what may be wrong with us. They belong to no case either."""
A_DAY, UNCONFIRMED_A_DAY, CASES_A_DAY = 10, 3, 10
"""How many letters that do not matter may go to one address on a local day, for one sender who named it; and
how many while nobody has confirmed that address. The others wait for the next morning. The sender is the
network, the partner or the member of staff that a complaint came from; for an address named later it is the
case. So nobody keeps back the letters about another sender's complaint.

As many links (`LINK`) of one generation may go there besides for each case. A further one is not sent if the
provider has accepted one of these: it is the same link, and still good. While nobody has confirmed the
address, links of so many cases of one sender leave on a day: as many as a sender may file for it on one."""
MORNING = time(9)
"""When letters that have waited for the next day leave, local time."""


def matters(name: str, to: str) -> bool:
    """Whether a letter to this recipient must be sent or told: it opens a party's window, or carries a
    decision for them."""
    return to.startswith("party:") and letter_of(name).matters


CODE_GOOD_FOR = timedelta(minutes=15)
"""How long after it was asked for a one-time code can be used."""


def morning(day: date) -> datetime:
    """The moment of a local day at which letters leave that have waited for it (UTC)."""
    return datetime.combine(day, MORNING, SHANGHAI).astimezone(UTC)


def next_morning(now: datetime) -> datetime:
    """The morning of the next local day."""
    return morning(now.astimezone(SHANGHAI).date() + timedelta(days=1))


def this_morning(now: datetime) -> datetime:
    """The next morning to come, today's if it is still ahead: when digests leave."""
    today = datetime.combine(now.astimezone(SHANGHAI).date(), MORNING, SHANGHAI).astimezone(UTC)
    return today if today > now else next_morning(now)


BEFORE_DIGESTS = timedelta(hours=2)
"""How long before digests leave what is so in each hour, and belongs to no case, is written for them; and for
how long it then stands. So it does not matter when one of these hours is missed."""
