"""What the process knows of its letters: which open a window, which carry a decision, in which order they
leave.

Not their text: that is in `chalicelib/letters`. A letter to a party that opens a window or carries a decision
*matters*: it is never given up in silence, somebody tells the person instead (design of delivery, issue 12).
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import IntEnum

from chalicelib.domain.calendar import SHANGHAI

OPENS = frozenset(
    {
        "information_request",
        "declined",
        "unlinked",
        "answer",
        "settled_at_once",
        "reconsideration_decision",
        "closed",
        "negotiation_ended",
        "mediation_ended",
        "not_signed",
        "on_the_spot",
        "withdrawn",
        "not_pursued",
        "fulfilled",
        "offer",
        "mediation_invitation",
        "mediator_appointed",
        "draft_agreement",
        "draft_changed",
        "appraisal_proposal",
        "joint_invitation",
        "panel_named",
        "joint_consent",
        "absence_asked",
        "minutes",
        "change_proposed",
        "authority_request",
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
REMINDS = frozenset(
    {
        "information_reminder",
        "answer_reminder",
        "signing_reminder",
        "mediation_invitation_reminder",
        "confirmation_reminder",
        "meeting_reminder",
        "authority_ending",
        "obligation_reminder",
        "obligation_due",
    }
)
"""Reminders of a window or a duty that runs against their reader."""
ONLY_BY_MAIL = frozenset({"survey", "survey_reminder", "story_released", "story_withdrawn"})
"""Letters that nobody is rung up for: without an e-mail address they do not go out at all."""
CODE = "one_time_code"
"""The letter with the code that confirms what gives something up: somebody waits for it before their page."""
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
"""What leaves first beside the letters that matter: somebody is late, in danger, or waits to be told."""

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
since somebody who waits must hear once that it is late; the others stand on the page. What opens a window,
decides, reminds or replies goes there every time."""
DIGEST = "digest"
"""The daily letter to somebody inside the house that stands for the steps that come again."""
EXPIRING = "mediator_expiring"
"""The letter that a mediator's qualification ends: of no case, like the digest."""
MISSING = "calendar_missing"
"""The letter that the calendar of a year is still to be loaded: of no case either."""
A_DAY, UNCONFIRMED_A_DAY = 10, 3
"""So many letters that do not matter go to one address on a local day, over all cases, and so many while
nobody has confirmed it; the others wait for the next morning."""
MORNING = time(9)
"""When what has waited for the next day leaves, local time."""


class Rank(IntEnum):
    """In which order letters leave that are due at the same time."""

    URGENT, ORDINARY, LATER = range(3)


def matters(name: str, to: str) -> bool:
    """Whether a letter to this recipient must be sent or told: it opens a party's window, or carries a
    decision for them."""
    return to.startswith("party:") and name in OPENS | DECIDES


CODE_GOOD_FOR = timedelta(minutes=15)
"""So long after it was asked for a one-time code can be used (issue 14)."""


def next_morning(now: datetime) -> datetime:
    """The morning of the next local day."""
    tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
    return datetime.combine(tomorrow, MORNING, SHANGHAI).astimezone(UTC)


def this_morning(now: datetime) -> datetime:
    """The next morning to come, today's if it is still ahead: when digests leave."""
    today = datetime.combine(now.astimezone(SHANGHAI).date(), MORNING, SHANGHAI).astimezone(UTC)
    return today if today > now else next_morning(now)


def rank(name: str) -> Rank:
    """In which rank a letter leaves."""
    if name in ONLY_BY_MAIL | {DIGEST}:
        return Rank.LATER
    return Rank.URGENT if name in OPENS | DECIDES | AT_ONCE else Rank.ORDINARY
