"""The declarations of all letters, and the keys by which a case records their delivery. The texts of the
letters are in `chalicelib/letters`.

A key is the name of the letter. "#about" follows if a case has several letters of that name about different
things. "@person" follows if several people get letters of their own.
"""

from enum import IntEnum
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Stage as S
from chalicelib.domain.model.public_terms import PublicTerm

Confided = Literal["", "talks", "put_in_talks"]
"""When a letter repeats statements from the talks. "": never. "talks": always. "put_in_talks": only if the
letter was written after the two sides had talked."""
To = Literal["party", "staff", "abroad"]
"""The readers of a letter. "party": a party. "staff": members of staff. "abroad": people outside, to whom
staff forward the letter."""


class Rank(IntEnum):
    """The order in which letters leave that are due at the same time. A letter with a lower rank leaves
    first."""

    URGENT, ORDINARY, LATER = range(3)


@frozen
class Letter:
    """The declaration of the letter called `name`. `to`: its readers.

    `opens`: the names of the windows that begin when the letter reaches a party. `reminds`: the names of the
    windows of which it reminds. Such a window does not lapse too soon after the letter was sent. `decides`:
    it carries a decision, a new date or a danger, so the party is harmed if it is lost. `leaves_alone`: it
    leaves only by e-mail or short message. Staff do not read it out to anybody else. `at_once`: it leaves
    among the first, because somebody is late, in danger or waiting.

    `repeats`: the name of an earlier letter with the same text. An unconfirmed mailbox may be a stranger's,
    so it gets only the first of such letters; the case page shows the rest. `apology`: it tells the consumer
    that we are late. `of_case`: it belongs to a case. `bare`: it has only a few lines, with no link and no
    name. `method`: the iCalendar method of the attached invitation; "" without an invitation. `encloses`: the
    paper of an agreement that is attached; "" without a paper.

    `urgent`: it cannot wait for the telephone hours of a team; outside them it goes to the cover rota.

    `before`: the names of the deadlines before whose end the letter is true, as a reminder is. `during`: the
    names of the deadlines during which it is true, even if they are overdue. `until`: the fact of its entry
    that is the moment until which it is true; "" for none. `of_owner`: it says who handles the case.
    `of_team`: it says which team handles the case. If these are empty, the letter stays true, because it says
    what happened.

    `confided`: see `Confided`. A letter that repeats the talks is read only by its recipient and neutral
    officers. `own`: only its recipient reads it. `of_both`: it asks each side for something. `told`: its
    place on the public page about the process; None if it is not there.
    """

    name: str
    to: To = "party"
    opens: tuple[str, ...] = ()
    reminds: tuple[str, ...] = ()
    decides: bool = False
    leaves_alone: bool = False
    at_once: bool = False
    urgent: bool = False
    repeats: str = ""
    apology: bool = False
    of_case: bool = True
    bare: bool = False
    method: str = ""
    encloses: str = ""
    before: tuple[str, ...] = ()
    during: tuple[str, ...] = ()
    until: str = ""
    of_owner: bool = False
    of_team: bool = False
    confided: Confided = ""
    own: bool = False
    of_both: bool = False
    told: PublicTerm | None = None

    @property
    def of_window(self) -> bool:
        """Return whether a window depends on the delivery of this letter. It does if the letter opens the
        window, or reminds of it."""
        return bool(self.opens or self.reminds)

    def only_before(self, deadline: str) -> bool:
        """Return whether the letter is only true before the end of `deadline`, and does not move that end by
        its delivery."""
        return deadline in self.before and deadline not in (*self.opens, *self.reminds)

    @property
    def asks(self) -> bool:
        """Return whether the letter only asks for something within a window, and carries no decision."""
        return self.of_window and not self.decides

    @property
    def matters(self) -> bool:
        """Return whether a party must get this letter. Such a letter opens a window, reminds of one, or
        decides something. If it cannot be delivered, staff tell the party what it says."""
        return self.of_window or self.decides

    @property
    def rank(self) -> Rank:
        """Return the rank of this letter among letters that are due at the same time. The lowest rank leaves
        first."""
        if self.leaves_alone or self.name == DIGEST:
            return Rank.LATER
        return Rank.URGENT if self.matters or self.at_once else Rank.ORDINARY


class Key(NamedTuple):
    """The parts of a letter's key. `name`: the name of the letter. `about`: the id of its subject. `person`:
    the id of its recipient. A part that the key does not have is ""."""

    name: str
    about: str = ""
    person: str = ""

    @property
    def topic(self) -> str:
        """Return the key without the person. It is the same for all recipients of the letter."""
        return letter_key(self.name, self.about)


DIGEST = "digest"
"""The name of the daily letter to a member of staff. It lists the reminders and escalations that were
repeated on that day, so that each does not need a letter of its own."""
LETTERS = {
    letter.name: letter
    for letter in (
        Letter(
            "absence_asked",
            opens=("party_reply",),
            confided="talks",
            of_both=True,
            told=PublicTerm(S.MEDIATING, 5),
        ),
        Letter("accepted", decides=True),
        Letter("accepted_in_part", decides=True),
        Letter("acted_for", decides=True, own=True),
        Letter("answer", opens=("answer_window",), decides=True),
        Letter("answer_corrected", decides=True),
        Letter("answer_reminder", reminds=("answer_window",), before=("creditor_answer",)),
        Letter("appraisal_proposal", opens=("party_reply",), told=PublicTerm(S.INVESTIGATING, 5)),
        Letter("appraisal_started", during=("appraisal",)),
        Letter("authority_ending", before=("authority_term",), own=True),
        Letter("authority_request", opens=("party_reply",), own=True, told=PublicTerm(None, 8)),
        Letter("breach_found", decides=True),
        Letter("breach_referred", decides=True),
        Letter("challenge_decided", decides=True),
        Letter("challenge_received", during=("challenge_decision",), confided="talks"),
        Letter("change_agreed", decides=True),
        Letter("change_proposed", opens=("change_reply",)),
        Letter("change_reminder", reminds=("change_reply",)),
        Letter("change_refused", decides=True),
        Letter("closed", opens=("reopen_window",), decides=True),
        Letter("confirm_contact", bare=True, own=True),
        Letter("confirmation_offer", decides=True, encloses="application"),
        Letter("confirmation_reminder", before=("judicial_confirmation",)),
        Letter("contact_changed", own=True),
        Letter("cure_notice", opens=("cure",)),
        Letter("cured", decides=True),
        Letter("decided_without", decides=True),
        Letter("declined", opens=("answer_window",), decides=True),
        Letter("dispute_opened", during=("negotiation", "drafting")),
        Letter("draft_agreement", opens=("signing",), confided="talks"),
        Letter("draft_changed", opens=("signing",), confided="talks"),
        Letter("entries_missing", decides=True),
        Letter("extension", decides=True),
        Letter("forward_answered", decides=True),
        Letter("forward_proposed", opens=("party_reply",), told=PublicTerm(None, 9)),
        Letter("fulfilled", opens=("reopen_window",), decides=True),
        Letter("handler_changed", of_owner=True),
        Letter("handler_named", of_owner=True),
        Letter("in_force", decides=True, encloses="agreement"),
        Letter("information_reminder", reminds=("information",)),
        Letter("information_request", opens=("information",)),
        Letter("interview_cancelled", until="meeting"),
        Letter("interview_invitation", until="meeting"),
        Letter(
            "joint_consent",
            opens=("party_reply", "joint_consent"),
            confided="put_in_talks",
            told=PublicTerm(None, 7),
        ),
        Letter("joint_invitation", opens=("party_reply",), told=PublicTerm(None, 6)),
        Letter("joint_representatives", opens=("speaker_choice",)),
        Letter("late_acknowledgement", at_once=True, repeats="late_acknowledgement", apology=True),
        Letter("linked", decides=True),
        Letter("mail_noted", own=True),
        Letter("measure", decides=True),
        Letter("mediation_ended", opens=("reopen_window",), decides=True, confided="talks"),
        Letter("mediation_extended", during=("mediation",)),
        Letter(
            "mediation_invitation",
            before=("mediation_consent", "company_consent"),
            opens=("mediation_consent", "company_silence"),
        ),
        Letter(
            "mediation_invitation_reminder",
            before=("mediation_consent", "company_consent"),
            reminds=("mediation_consent",),
        ),
        Letter("mediation_opened", decides=True),
        Letter("mediator_appointed", before=("challenge", "signing"), opens=("challenge",)),
        Letter("meeting_cancelled", decides=True, method="CANCEL"),
        Letter("meeting_changed", before=("meeting",), decides=True, method="REQUEST"),
        Letter("meeting_notice", before=("meeting",), decides=True, method="REQUEST"),
        Letter("meeting_reminder", before=("meeting",)),
        Letter(
            "minutes",
            opens=("party_reply",),
            decides=True,
            confided="talks",
            of_both=True,
            told=PublicTerm(S.MEDIATING, 6),
        ),
        Letter("negotiation_ended", opens=("reopen_window",), decides=True),
        Letter("no_breach", decides=True),
        Letter("not_pursued", opens=("reopen_window",), decides=True),
        Letter("not_signed", opens=("reopen_window",), decides=True),
        Letter("obligation_due", before=("obligation",)),
        Letter("obligation_reminder", before=("obligation", "cure")),
        Letter("offer", opens=("offer",), confided="talks"),
        Letter("offer_answered", confided="talks"),
        Letter("on_the_spot", opens=("reopen_window",), decides=True),
        Letter("one_time_code", at_once=True, bare=True),
        Letter("opinion", before=("opinion",), leaves_alone=True),
        Letter("overdue", at_once=True, repeats="overdue", apology=True),
        Letter(
            "panel_named", opens=("party_reply",), told=PublicTerm(S.UNDER_RECONSIDERATION, 2, panel=True)
        ),
        Letter("performance_question", before=("creditor_answer", "cure"), opens=("creditor_answer",)),
        Letter("progress", during=("investigation", "reconsideration"), repeats="progress"),
        Letter("proof_decided", decides=True),
        Letter("reconsideration_decision", opens=("answer_window", "reopen_window"), decides=True),
        Letter("reconsideration_dismissed", decides=True),
        Letter("reconsideration_received", during=("reconsideration",)),
        Letter("recusal_decided", decides=True),
        Letter("referred_outside", decides=True),
        Letter("reopened", decides=True),
        Letter("reopening_refused", decides=True),
        Letter("representatives_decided", decides=True),
        Letter("safety_advice", decides=True),
        Letter("settled_at_once", opens=("answer_window", "reopen_window"), decides=True),
        Letter("similar_filed", own=True),
        Letter("signing_reminder", reminds=("signing",)),
        Letter("story_released", leaves_alone=True),
        Letter("story_withdrawn", leaves_alone=True),
        Letter("survey", before=("survey",), leaves_alone=True, repeats="survey"),
        Letter("survey_reminder", before=("survey",), leaves_alone=True, repeats="survey"),
        Letter("team_changed", of_team=True),
        Letter("unlinked", opens=("answer_window",), decides=True),
        Letter("visit", during=("follow_up_visit",), repeats="visit"),
        Letter("waived", decides=True),
        Letter("withdrawn", opens=("reopen_window", "undo_withdrawal"), decides=True),
        Letter("action_due", during=("containment", "improvement_action", "verification"), to="staff"),
        Letter("approval_decided", to="staff"),
        Letter("approval_request", during=("approval",), to="staff"),
        Letter("calendar_missing", to="staff", of_case=False),
        Letter("digest", to="staff", of_case=False),
        Letter("early_warning", to="staff", of_case=False),
        Letter("escalation", to="staff", at_once=True),
        Letter("forward_stopped", to="abroad", at_once=True),
        Letter("forwarded_complaint", during=("forward_confirmation",), to="abroad"),
        Letter("group_alert", to="staff", of_case=False),
        Letter("hand_over", to="staff"),
        Letter("hook_disabled", to="abroad", of_case=False),
        Letter("mediator_engagement", during=("mediator_appointment",), to="abroad"),
        Letter("mediator_expiring", to="staff", of_case=False),
        Letter("outside_deadline", to="staff", at_once=True),
        Letter("outside_reply", to="abroad"),
        Letter("panel_appointment", during=("reconsideration",), to="staff"),
        Letter("record_doubted", to="staff", at_once=True),
        Letter("safety_alert", during=("safety_triage",), to="staff", at_once=True, urgent=True),
        Letter("stop_sale", to="staff", at_once=True, urgent=True),
        Letter("task", to="staff"),
        Letter("undelivered", during=("telling", "unreachable"), to="staff", at_once=True),
        Letter("warning", to="staff"),
    )
}
"""The declaration of every letter, by its name. A letter to a party without any of these properties is not
listed: the move that tells of it adds it (`tells` in `engine/declare.py`)."""


def letter_key(name: str, about: str = "", person: str = "") -> str:
    """Return the key of a letter. `name`: the name of the letter. `about`: the id of its subject, such as an
    obligation; "" if it has none. `person`: the id of its recipient, if each recipient has a letter of their
    own; otherwise ""."""
    return name + (f"#{about}" if about else "") + (f"@{person}" if person else "")


@lru_cache(4096)
def key_of(key: str) -> Key:
    """Split the key of a letter into its parts."""
    topic, _, person = key.partition("@")
    name, _, about = topic.partition("#")
    return Key(name, about, person)


def subject_of(about: str) -> str:
    """Return the id of the subject from the `about` part of a letter's key. A side that follows the id is cut
    off."""
    return about.partition("#")[0]


@lru_cache(4096)
def letter_of(key: str) -> Letter:
    """Return the declaration of the letter with this key. If only a newer release declares the letter, return
    a declaration with its name and default properties."""
    name = key_of(key).name
    return LETTERS.get(name) or Letter(name)


@cache
def opened_by(deadline: str) -> tuple[str, ...]:
    """Return the names of the letters that open the window of the deadline named `deadline`, in the order of
    their declaration. The result is empty if no letter opens it."""
    return tuple(name for name, letter in LETTERS.items() if deadline in letter.opens)
