"""What lies on a case besides the people and their matters: questions, tests, findings, promises, talks, a
mediation, an agreement, a story. Codes and dates only; the words stand in the entries that they name."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import (
    Cause,
    Conclusion,
    Confirms,
    EvidenceKind,
    Examined,
    Fault,
    GoodsClass,
    Ground,
    Lesson,
    Measure,
    MeetingWay,
    Missing,
    Nature,
    ObligationKind,
    Outcome,
    PauseReason,
    Proof,
    Remedy,
    Reply,
    Result,
    Right,
    Route,
    ServiceClass,
    Side,
    Signed,
    Source,
    Stage,
    SubjectKind,
    Type,
    Verdict,
)
from chalicelib.domain.model.field_marks import Money

BUSINESS, MEDIATOR = "business", "mediator"
"""The ids of the company and the mediator in an agreement, whoever speaks for the one or is the other."""
AGAINST_COMPANY = frozenset(
    {
        Measure.PAY_FIRST,
        Measure.SUBSTITUTE,
        Measure.INTERNAL_SANCTION,
        Measure.BUDGET_CHARGE,
        Measure.REPORT_REGULATOR,
    }
)
"""Consequences that only the company can be made to bear; the others can be agreed against either side."""


@frozen
class Matter:
    """One point of a complaint with its own decision; `accepted` is None until decided, `amount` is in
    fen."""

    type: Type
    sub_type: str
    amount: Money | None = None
    rights: tuple[Right, ...] = ()
    accepted: bool | None = None
    ground: Ground | None = None


@frozen
class Subject:
    """What was bought."""

    kind: SubjectKind | None = None
    goods_class: GoodsClass | None = None
    service_class: ServiceClass | None = None


@frozen
class Request:
    """A request for information. `stage` is the one to which the case returns."""

    at: datetime
    stage: Stage
    items: tuple[Missing, ...]
    by: str
    extended: datetime | None = None


@frozen
class Approval:
    """A move that waits for a second person: what was asked (codes only), by whom, and the roles that may
    approve it. Its words stand in entry `entry`."""

    id: str
    move: str
    facts: Mapping[str, Any]
    by: str
    role: str
    at: datetime
    roles: tuple[str, ...]
    entry: int


@frozen
class CallTask:
    """A letter that cannot go by itself: a member of staff calls the party and reads it aloud. `letter` is
    its key in `Case.told`, `since` the moment from which it waits (UTC).

    `tries` are the last one on each day on which nobody answered; `nowhere` says since when there is no way
    left to reach them: no address to post it to, after three such days.
    """

    id: str
    letter: str
    party: str
    since: datetime
    tries: tuple[datetime, ...] = ()
    nowhere: datetime | None = None


@frozen
class Promise:
    """A date told to the consumer; a later one is a new promise with a reason (a move's name, or a code of
    why). `what` is the answer, or the deadline whose missed `run` was promised anew, by somebody of this
    `level`."""

    what: str
    by: datetime
    told: datetime
    reason: str | None = None
    run: str = ""
    level: str = ""


@frozen
class Joined:
    """The leading case of a duplicate, and the stage to return to when the two are separated; or the joint
    case that was joined."""

    ref: str
    stage: Stage
    together: bool = False


@frozen
class Interval:
    """A stay in one stage, until `until`, or until now where that is None. The stage line, the pauses of
    deadlines and since when a stage has lasted are all read from these intervals."""

    stage: Stage
    since: datetime
    until: datetime | None = None


@frozen
class Doubt:
    """A place at which the record of a case was found to have been changed from outside, and since when;
    `noted` is the entry that says so, `cleared` when two people, who have examined it, let it stand."""

    entry: int
    fault: Fault
    since: datetime
    noted: int
    cleared: datetime | None = None


@frozen
class Outside:
    """The same complaint at another body: noted, never a reason to decline; the body's own date is `due`.
    `party`: the person whose matter it is, where it is not everybody's."""

    body: Route
    since: date | None = None
    due: date | None = None
    replied: datetime | None = None
    party: str | None = None


@frozen
class Filed:
    """An uploaded file as it was checked: its id, the hash (sha256, hex) and size in bytes of what was kept,
    its type by content."""

    id: str
    sha256: str
    size: int
    type: str


@frozen
class Evidence:
    """Something that a finding of fact may rest on: its number on the case (E1, E2 …), and the entry where
    its words stand.

    `late`: it came after the answer.
    """

    id: str
    kind: EvidenceKind
    at: datetime
    by: str
    entry: int
    file: str | None = None
    late: bool = False


@frozen
class Question:
    """A question to a department (a team of the roster): answered within the policy's days, or by its own
    date. Words lie in `entry`."""

    id: str
    department: str
    at: datetime
    entry: int
    due: date | None = None
    answered: datetime | None = None


@frozen
class Appraisal:
    """An expert test. It is proposed to both sides, started when both have agreed, and ended with its result.
    `said`: the people of a joint case who have agreed."""

    at: datetime
    entry: int
    agreed: tuple[Side, ...] = ()
    said: tuple[str, ...] = ()
    refused: tuple[Side, ...] = ()
    started: datetime | None = None
    expected: date | None = None
    ended: datetime | None = None


@frozen
class Waiting:
    """What has waited for us since `at`: a message of `by`, or somebody's wish for another handler."""

    id: str
    at: datetime
    by: str = ""


@frozen
class Pause:
    """A stretch in which the deadlines that this reason pauses stand still; `until` is None while it
    lasts."""

    why: PauseReason
    since: datetime
    until: datetime | None = None


@frozen
class Extension:
    """More time that a second person granted for a deadline."""

    of: str
    at: datetime


@frozen
class Owed:
    """A remedy: of which kind, by when, for which matter; `amount` where it is money; to one person, or to
    each of those who complain when none is named."""

    matter: int
    kind: Remedy
    by: date
    amount: Money | None = None
    party: str | None = None


@frozen
class Proposal:
    """What was put to each person of a joint case: its words lie in `entry`, `remedies` is what they agree
    to."""

    entry: int
    remedies: tuple[Owed, ...] = ()

    def of(self, party: str) -> tuple[Owed, ...]:
        """The remedies for one person."""
        return tuple(owed for owed in self.remedies if owed.party in (None, party))


@frozen
class Report:
    """The result of an investigation, in codes; its words stand in `entry`. `by` wrote it, and may not give
    the answer."""

    at: datetime
    by: str
    entry: int
    conclusions: Mapping[int, Conclusion]
    rights: Mapping[Right, Examined]
    causes: tuple[Cause, ...]
    remedies: tuple[Owed, ...] = ()


@frozen
class Settled:
    """That a complaint was settled at once, without an investigation, and the root causes that were seen."""

    at: datetime
    causes: tuple[Cause, ...]


@frozen
class Seat:
    """A member of a panel: who, whether as its chair, since when they have declared that they have no
    interest in the case, and their votes."""

    who: str
    chair: bool = False
    declared: datetime | None = None
    votes: Mapping[int, Result] = field(default_factory=dict)


@frozen
class Reconsideration:
    """A request to decide matters anew, its words in `entry`; `back` is the stage it came from, `outcome` and
    `owner` what the case had.

    `by`: the person who asked, or for whom it was written down. `late`: it came after its window, and waits
    to be admitted. `vacant`: since when the panel of `size` lacks somebody who has stood back."""

    at: datetime
    entry: int
    matters: tuple[int, ...]
    back: Stage
    outcome: Outcome | None = None
    owner: str | None = None
    by: str = ""
    late: bool = False
    panel: tuple[Seat, ...] = ()
    size: int = 0
    vacant: datetime | None = None

    @property
    def complete(self) -> bool:
        """Whether the panel is complete, so that its members may see the file: as many as were appointed,
        each of whom has declared that they have no interest."""
        return bool(self.panel) and self.vacant is None and all(seat.declared for seat in self.panel)


@frozen
class Statement:
    """What one side said of the dispute, its words in `entry`: only the neutral officer reads it, until that
    side has `shared` it."""

    id: str
    side: Side
    entry: int
    by: str
    shared: datetime | None = None


@frozen
class Offer:
    """A proposal of one side, its words in `entry`, valid until the end of its own day. It binds nobody until
    it is accepted."""

    id: str
    side: Side
    entry: int
    at: datetime
    until: date
    amount: Money | None = None
    state: Reply = Reply.OPEN
    answered: datetime | None = None


@frozen
class Dispute:
    """The talks between the two sides: about what (words in `entry`), where the case comes from, and how far
    they have come.

    `back` and `owner` are the stage and the holder that the case had; `barred` are those who investigated or
    answered for the company, so never the neutral officer, `held` those who have been the neutral officer;
    `tries` are the recorded attempts to hear a side. `ended`: the negotiation is over and only an invitation
    to mediation may still wait. `consents` are the sides' answers to it.
    """

    at: datetime
    entry: int
    back: Stage
    nature: Nature
    others: tuple[Nature, ...] = ()
    owner: str | None = None
    barred: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    tries: tuple[Side, ...] = ()
    offers: tuple[Offer, ...] = ()
    invited: datetime | None = None
    consents: Mapping[Side, bool] = field(default_factory=dict)
    ended: datetime | None = None

    @property
    def open(self) -> Offer | None:
        """The offer that waits for an answer: sides take turns, so there is one at most."""
        return next((offer for offer in self.offers if offer.state == Reply.OPEN), None)

    @property
    def accepted(self) -> Offer | None:
        """The offer that was accepted."""
        return next((offer for offer in self.offers if offer.state == Reply.ACCEPTED), None)


@frozen
class Safety:
    """A safety tag: since when we have known the facts, and what was decided."""

    known: datetime
    by: str
    triaged: datetime | None = None
    real: bool | None = None
    reportable: bool | None = None
    reported: datetime | None = None
    stopped: datetime | None = None
    cleared: datetime | None = None


@frozen
class Meeting:
    """A meeting of both sides with the mediator, at a moment, for so many minutes; place, papers and minutes
    lie in entries.

    `called` is when it was last called or moved, by `entry`; `sequence` counts its changes, so that calendars
    follow. `asks`: how often each side has asked for another time."""

    id: str
    entry: int
    at: datetime
    minutes: int
    way: MeetingWay
    called: datetime
    sequence: int = 0
    cancelled: datetime | None = None
    recorded: datetime | None = None
    asks: Mapping[Side, int] = field(default_factory=dict)

    @property
    def ahead(self) -> bool:
        """Whether it is still to be held, or to be recorded."""
        return not self.cancelled and not self.recorded


@frozen
class Absence:
    """A side that was not at a meeting: asked why at `asked`; `good` is whether the mediator found its reason
    good (None: not decided yet)."""

    meeting: str
    side: Side
    asked: datetime
    good: bool | None = None

    @property
    def letter(self) -> str:
        """The letter that asks why, as it is kept in `Case.told`."""
        return f"absence_asked#{self.meeting}" + (f"#{self.side}" if self.side == Side.BUSINESS else "")


@frozen
class Challenge:
    """A side objects to the mediator, its words in `entry`: everything waits until somebody else has
    decided."""

    side: Side
    at: datetime
    entry: int


@frozen
class Mediation:
    """Formal mediation since both sides agreed to it: who mediates (an id of the register), since when,
    whether their body is lawfully established; objections, meetings, absences.

    `vacant`: since when another mediator must be found; `past`: those who mediate here no more; `extends`:
    who has agreed to more time."""

    since: datetime
    mediator: str | None = None
    lawful: bool = False
    appointed: datetime | None = None
    accepted: datetime | None = None
    vacant: datetime | None = None
    past: tuple[str, ...] = ()
    challenge: Challenge | None = None
    meetings: tuple[Meeting, ...] = ()
    absences: tuple[Absence, ...] = ()
    extends: tuple[str, ...] = ()

    @property
    def meeting(self) -> Meeting | None:
        """The meeting that is still to be held."""
        return next((meeting for meeting in self.meetings if meeting.ahead), None)


@frozen
class Term:
    """A duty of an agreement: who owes whom what by when, or so many days after another was performed; how
    that is shown, who confirms it, how many days there are to make it good, and what follows if it is not.
    `amount` and `penalty` are in fen."""

    id: str
    debtor: str
    creditor: str
    kind: ObligationKind
    proof: Proof
    confirms: Confirms
    cure_days: int
    measure: Measure
    amount: Money | None = None
    by: date | None = None
    after: str | None = None
    days: int | None = None
    penalty: Money | None = None


@frozen
class Signature:
    """Somebody signed the text: `of` is the party whose signature it is (or the mediator), `by` who gave it,
    in what role (its code), which way; of one on paper `evidence` is its scan."""

    of: str
    by: str
    role: str
    at: datetime
    way: Signed
    evidence: str | None = None


@frozen
class Sealed:
    """The sealed document: its sha256 (hex) and size in bytes, the sha256 of the application for judicial
    confirmation that goes with it, and its key in the archive, None where an earlier release has kept it."""

    at: datetime
    sha256: str
    size: int
    application: str | None = None
    key: str | None = None


@frozen
class Agreement:
    """A text before both sides, in words in `entry`, and its digest, which each of `signers` signs; in force
    with the last signature.

    `back` is the stage it was drafted in; `version` counts the drafts of a case; `replaces` are promises that
    it takes the place of. `applies` are the sides that agree to apply for judicial confirmation, `applied`
    and `confirmed` when that was done."""

    version: int
    entry: int
    digest: str
    drafted: datetime
    back: Stage
    terms: tuple[Term, ...]
    signers: tuple[str, ...]
    lawful: bool = False
    replaces: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    in_force: datetime | None = None
    sealed: Sealed | None = None
    applies: tuple[Side, ...] = ()
    applied: datetime | None = None
    confirmed: bool | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Whose signature is still missing."""
        signed = {signature.of for signature in self.signatures}
        return tuple(signer for signer in self.signers if signer not in signed)


@frozen
class Story:
    """A story: `of` which person, with its words in `entry`; `released` and `withdrawn` when that was. It
    stands until it is withdrawn."""

    id: str
    of: str
    entry: int
    released: datetime | None = None
    withdrawn: datetime | None = None

    @property
    def public(self) -> bool:
        """Whether everybody can read it now."""
        return self.released is not None and self.withdrawn is None


@frozen
class Counted:
    """Of how many complaints that came in on the local days from `since` to `until`, both included, the main
    cause was found, and of how many it was a certain one."""

    since: date
    until: date
    complaints: int
    cause: int


@frozen
class Look:
    """A look at the figures of an improvement action: the `id` of the look, who took it, what was counted
    before and after. `ratio` is that of the second rate to the first, between `low` and `high` with a
    confidence of 95 %; None where it has no value, or no end. A look of the clock for which there were no
    figures has none."""

    id: str
    at: datetime
    by: str
    verdict: Verdict
    before: Counted | None = None
    after: Counted | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


@frozen
class Improvement:
    """What a case is about that is an improvement action: the `cause` that it is to take away, what it was
    opened from, and the number of the complaint `of` which that was seen. It is `due` on a day; one that was
    opened again has the length of the policy, since `since`. `finished` and `finisher` say when it was done
    and who said so, `looks` what the figures have shown since, `returned` how often the cause came back. Who
    does it for the team has a `training` to go to by its day."""

    source: Source
    cause: Cause
    since: datetime
    due: date | None
    of: str | None = None
    finished: datetime | None = None
    finisher: str | None = None
    looks: tuple[Look, ...] = ()
    returned: int = 0
    training: Lesson | None = None


@frozen
class Training:
    """What a case is about that is a training: on which local `day` it was held, what about, and the people
    who were there; the number of the improvement action that it `answers`, or the cause."""

    topic: Lesson
    day: date
    people: tuple[str, ...]
    answers: str | None = None
    cause: Cause | None = None


@frozen
class Contents:
    """The numbers of `entries` by their move, and of those in which a second person's yes took a move
    (`granted`), in order; everybody who has `handled` the case, with entry and move of their first handling;
    who `investigated` it or answered for the company. Codes only."""

    entries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    granted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    handled: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    investigated: tuple[str, ...] = ()
