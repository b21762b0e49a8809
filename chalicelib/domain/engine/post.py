"""What the process knows of its letters: which open a window, which carry a decision, in which order they
leave.

Their texts are in `chalicelib/letters`. A letter to a party that opens a window or carries a decision
*matters*: if it cannot be delivered, staff tell the person instead (issue 12).
"""

from datetime import UTC, datetime, time, timedelta
from enum import IntEnum

from chalicelib.domain.calendar import SHANGHAI

ASKING = (
    "appraisal_proposal",
    "joint_invitation",
    "panel_named",
    "joint_consent",
    "absence_asked",
    "minutes",
    "change_proposed",
    "authority_request",
)
"""Letters that ask somebody to answer by a certain day."""
DRAFTS = ("draft_agreement", "draft_changed")
"""The time to sign begins with the last of these letters."""
CLOSING_LETTERS = (
    "closed",
    "negotiation_ended",
    "mediation_ended",
    "not_signed",
    "on_the_spot",
    "withdrawn",
    "not_pursued",
    "fulfilled",
    "settled_at_once",
    "reconsideration_decision",
)
"""The letters that tell of a closing."""
CONTESTED = ("declined", "unlinked", "answer", "settled_at_once", "reconsideration_decision")
"""The window to contest a decision begins with the last of these letters. Whoever settles keeps that window
for what was declined before."""
OPENS = frozenset(
    {
        "information_request",
        *CONTESTED,
        *CLOSING_LETTERS,
        "offer",
        "mediation_invitation",
        "mediator_appointed",
        *DRAFTS,
        *ASKING,
        "performance_question",
        "cure_notice",
    }
)
"""Letters with which a party's time to do something begins."""
DECIDES = frozenset(
    {
        "accepted",
        "accepted_in_part",
        "extension",
        "decided_without",
        "reconsideration_dismissed",
        "recusal_decided",
        "challenge_decided",
        "proof_decided",
        "breach_found",
        "no_breach",
        "measure",
        "breach_referred",
        "in_force",
        "answer_corrected",
        "change_agreed",
        "waived",
        "cured",
        "linked",
        "reopened",
        "confirmation_offer",
        "mediation_opened",
        "meeting_notice",
        "meeting_changed",
        "meeting_cancelled",
        "safety_advice",
        "reopening_refused",
    }
)
"""Letters that carry a decision, a new date or a danger: a party who never hears of them loses something."""
UNTOLD = frozenset({"survey", "survey_reminder", "opinion", "story_released", "story_withdrawn"})
"""Letters that leave by themselves, by e-mail or as a short message: nobody tells them to somebody whom
letters reach in another way."""
CODE = "one_time_code"
"""The letter with the code that confirms what gives something up: somebody waits for it before their page."""
RECEIPT = "receipt"
"""The letter that says that a complaint has come in, with its number."""
AT_ONCE = frozenset(
    {
        "escalation",
        "outside_deadline",
        "safety_alert",
        "stop_sale",
        "late_acknowledgement",
        "overdue",
        "undelivered",
        "record_doubted",
        CODE,
    }
)
"""Letters that leave first together with the letters that matter: somebody is late, in danger, or waits to be
told."""

REPEATS = {
    "progress": "progress",
    "overdue": "overdue",
    "late_acknowledgement": "late_acknowledgement",
    "visit": "visit",
    "survey": "survey",
    "survey_reminder": "survey",
}
"""Letters that say again, by the clock, what the case page says too, each with the letter that it repeats. An
address that nobody has confirmed may be a stranger's, named by whoever complains: it gets the first of them,
since somebody who waits must hear once that it is late; the others stand on the page, as they always do for
whoever gets short messages. What opens a window,
decides, reminds or replies goes there every time."""
DIGEST = "digest"
"""The daily letter to a member of staff, in place of one letter for each ladder step that is repeated."""
EXPIRING = "mediator_expiring"
"""The letter that a mediator's qualification ends: like the digest it belongs to no case."""
MISSING = "calendar_missing"
"""The letter that the calendar of a year is still to be loaded: it belongs to no case either."""
GROUP, EARLY = "group_alert", "early_warning"
"""The letters that more than usual came in of one kind of complaint: of what many people may have alike, and
of what may be wrong with us (issue 17). They belong to no case either."""
A_DAY, UNCONFIRMED_A_DAY = 10, 3
"""How many letters that do not matter may go to one address on a local day, for one sender who named it; and
how many while nobody has confirmed that address. The others wait for the next morning. The sender is the
network, the partner or the member of staff that a complaint came from; for an address named later it is the
case. So nobody keeps back the letters about another sender's complaint.

As many links (`LINK`) of one generation may go there besides for each case. A further one is not sent if the
provider has accepted one of these: it is the same link, and still good."""
MORNING = time(9)
"""When letters that have waited for the next day leave, local time."""


class Rank(IntEnum):
    """The order in which letters leave that are due at the same time."""

    URGENT, ORDINARY, LATER = range(3)


def matters(name: str, to: str) -> bool:
    """Whether a letter to this recipient must be sent or told: it opens a party's window, or carries a
    decision for them."""
    return to.startswith("party:") and name in OPENS | DECIDES


CODE_GOOD_FOR = timedelta(minutes=15)
"""How long after it was asked for a one-time code can be used (issue 14)."""


def next_morning(now: datetime) -> datetime:
    """The morning of the next local day."""
    tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
    return datetime.combine(tomorrow, MORNING, SHANGHAI).astimezone(UTC)


def this_morning(now: datetime) -> datetime:
    """The next morning to come, today's if it is still ahead: when digests leave."""
    today = datetime.combine(now.astimezone(SHANGHAI).date(), MORNING, SHANGHAI).astimezone(UTC)
    return today if today > now else next_morning(now)


BEFORE_DIGESTS = timedelta(hours=2)
"""How long before digests leave what is so in each hour, and belongs to no case, is written for them; and for
how long it then stands. So it does not matter when one of these hours is missed."""


def rank(name: str) -> Rank:
    """The rank of a letter."""
    if name in UNTOLD | {DIGEST}:
        return Rank.LATER
    return Rank.URGENT if name in OPENS | DECIDES | AT_ONCE else Rank.ORDINARY
