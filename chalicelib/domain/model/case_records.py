"""The records on a case besides its people: matters, questions, tests, findings, promises, talks, a
mediation, an agreement, a story. They hold codes and dates only; the words are in the entries that they
name."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Annotated, Any

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
from chalicelib.domain.model.field_marks import MatterNumber, Money, Names, PartyId

BUSINESS, MEDIATOR = "business", "mediator"
"""The ids of the company and the mediator in an agreement, independent of the person who acts."""
AGAINST_COMPANY = frozenset(
    {
        Measure.PAY_FIRST,
        Measure.SUBSTITUTE,
        Measure.INTERNAL_SANCTION,
        Measure.BUDGET_CHARGE,
        Measure.REPORT_REGULATOR,
    }
)
"""Measures that only the company can bear; the others can be agreed against either side."""


@frozen
class Matter:
    """One point of a complaint with its own decision. `accepted` is None until decided; `amount` is in
    fen."""

    type: Type
    sub_type: Annotated[str, Names("problem", "sub_type")]
    amount: Money | None = None
    rights: tuple[Right, ...] = ()
    accepted: bool | None = None
    ground: Ground | None = None


@frozen
class Subject:
    """The purchased goods or service."""

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
    """A move that waits for a second person: its facts (codes only), its requester, and the roles that may
    approve it. Its words are in entry `entry`."""

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
    """A call about a letter that cannot go by itself: a member of staff reads it to the party. `letter` is
    its key in `Case.told`, `since` the moment from which it waits (UTC).

    `tries`: the last unanswered call of each day. `nowhere`: since when no way is left to reach the party,
    after three such days without an address for the post.
    """

    id: str
    letter: str
    party: str
    since: datetime
    tries: tuple[datetime, ...] = ()
    nowhere: datetime | None = None


@frozen
class Promise:
    """A date promised to the consumer. A later date is a new promise with a reason: a move's name, or a code.
    `what` is "answer", or the deadline whose missed `run` got a new date; `level` is the rank of the person
    who gave it."""

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
    """A stay in one stage until `until`; None for the present stage. The stage line, the pauses of deadlines
    and the age of a stage are read from these intervals."""

    stage: Stage
    since: datetime
    until: datetime | None = None


@frozen
class Doubt:
    """A place at which the record of a case was changed from outside, and when that was found. `noted`: the
    entry about it; 0 where the case that this one was split off from has it. `cleared`: when two people had
    examined it and accepted the record."""

    entry: int
    fault: Fault
    since: datetime
    noted: int
    cleared: datetime | None = None


@frozen
class Outside:
    """The same complaint at another body: noted, never a reason to decline. `due`: the body's own date.
    `party`: the person whose matter it is; None if it concerns everybody."""

    body: Route
    since: date | None = None
    due: date | None = None
    replied: datetime | None = None
    party: str | None = None


@frozen
class CheckedFile:
    """An uploaded file after its check: its id, the hash (sha256, hex) and size in bytes of the stored
    content, its type by content."""

    id: str
    sha256: str
    size: int
    type: str


@frozen
class Evidence:
    """A basis for findings of fact: its number on the case (E1, E2 …), and the entry with its words.

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
    """A question to a department (a team of the roster), due within the policy's days or on its own date. Its
    words are in `entry`."""

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
    """A request that waits for us since `at`: a message of `by`, or a request for another handler."""

    id: str
    at: datetime
    by: str = ""


@frozen
class Pause:
    """A suspension of the deadlines that this reason pauses. `until` is None while it lasts."""

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
    """A remedy for one matter: its kind and its last day. `amount`: fen, where it is money. `party`: its
    recipient; None: each complainant."""

    matter: MatterNumber
    kind: Remedy
    by: date
    amount: Money | None = None
    party: PartyId | None = None


@frozen
class Proposal:
    """A settlement proposed to each person of a joint case. Its words are in `entry`; `remedies` is its
    content."""

    entry: int
    remedies: tuple[Owed, ...] = ()

    def of(self, party: str) -> tuple[Owed, ...]:
        """Return the remedies for one person."""
        return tuple(owed for owed in self.remedies if owed.party in (None, party))


@frozen
class Report:
    """The result of an investigation, in codes; its words are in `entry`. `by` wrote it, and may not give the
    answer."""

    at: datetime
    by: str
    entry: int
    conclusions: Mapping[int, Conclusion]
    rights: Mapping[Right, Examined]
    causes: tuple[Cause, ...]
    remedies: tuple[Owed, ...] = ()


@frozen
class Settled:
    """A settlement at once, without an investigation, and its root causes."""

    at: datetime
    causes: tuple[Cause, ...]


@frozen
class Seat:
    """A member of a panel. `declared`: when they declared that they have no interest in the case. `votes`:
    their votes by matter."""

    who: str
    chair: bool = False
    declared: datetime | None = None
    votes: Mapping[int, Result] = field(default_factory=dict)


@frozen
class Reconsideration:
    """A request for reconsideration, its words in `entry`. `back`, `outcome` and `owner`: the stage, outcome
    and owner of the case before it.

    `by`: the requester, also where staff recorded the request. `late`: it came after its window, and waits
    for admission. `vacant`: since when the panel of `size` lacks a member who stood back.
    """

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
        """Return whether the panel is complete, so that its members may see the file. Every seat is filled,
        and each member has declared that they have no interest."""
        return bool(self.panel) and self.vacant is None and all(seat.declared for seat in self.panel)


@frozen
class Statement:
    """The statement of one side on the dispute, its words in `entry`. Only the neutral officer reads it until
    that side has `shared` it."""

    id: str
    side: Side
    entry: int
    by: str
    shared: datetime | None = None


@frozen
class Offer:
    """A proposal of one side, its words in `entry`, valid until the end of its own day. It becomes binding by
    its acceptance."""

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
    """The talks between the two sides: their subject (words in `entry`), their origin, and their progress.

    `back` and `owner`: the stage and the owner of the case before the talks. `barred`: the people who
    investigated or answered for the company, so cannot be the neutral officer. `held`: the neutral officers
    so far. `tries`: the recorded attempts to hear a side. `ended`: the negotiation is over and only an
    invitation to mediation may still wait. `consents`: the sides' answers to that invitation.
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
        """Return the offer that waits for an answer. There is at most one, since the sides take turns."""
        return next((offer for offer in self.offers if offer.state == Reply.OPEN), None)

    @property
    def accepted(self) -> Offer | None:
        """Return the offer that was accepted."""
        return next((offer for offer in self.offers if offer.state == Reply.ACCEPTED), None)


@frozen
class Safety:
    """A safety tag: since when we have known the facts, and the decisions on it."""

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
    """A meeting of both sides with the mediator: its moment and its length in `minutes`. Its place, papers
    and minutes are in entries.

    `called`: when it was last called or moved, by `entry`. `sequence`: the number of its changes, so that
    calendars follow. `asks`: how often each side has asked for another time.
    """

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
    def upcoming(self) -> bool:
        """Return whether the meeting is still to be held or recorded."""
        return not self.cancelled and not self.recorded


@frozen
class Absence:
    """The absence of a side from a meeting. `asked`: when it was asked for the reason. `good`: whether the
    mediator accepted the reason (None: not decided yet)."""

    meeting: str
    side: Side
    asked: datetime
    good: bool | None = None

    @property
    def letter(self) -> str:
        """Return the key in `Case.told` of the letter that asks for the reason."""
        return f"absence_asked#{self.meeting}" + (f"#{self.side}" if self.side == Side.BUSINESS else "")


@frozen
class Challenge:
    """A side's objection to the mediator, its words in `entry`. Everything waits until another person has
    decided on it."""

    side: Side
    at: datetime
    entry: int


@frozen
class Mediation:
    """A formal mediation, which begins with the consent of both sides. `mediator`: an id of the register.
    `lawful`: the mediator's body is lawfully established.

    `vacant`: since when another mediator must be found. `past`: the former mediators. `extends`: the people
    who have agreed to more time.
    """

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
        """Return the meeting that is still to be held."""
        return next((meeting for meeting in self.meetings if meeting.upcoming), None)


@frozen
class Term:
    """A clause of an agreement that creates an obligation: debtor, creditor and content. Its day is `by`, or
    `days` after the performance of the obligation `after`. It has its proof, the person who confirms, the
    days to make it good and the measure for a breach. `amount` and `penalty` are in fen."""

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
    """A signature on the text. `of`: the party whose signature it is, or the mediator. `by`, `role`: the
    person who gave it, and the code of their role. `evidence`: the scan of a signature on paper."""

    of: str
    by: str
    role: str
    at: datetime
    way: Signed
    evidence: str | None = None


@frozen
class Sealed:
    """The sealed document: its sha256 (hex) and size in bytes. `application`: the sha256 of the application
    for judicial confirmation. `key`: its key in the archive, None where an earlier release stored it."""

    at: datetime
    sha256: str
    size: int
    application: str | None = None
    key: str | None = None


@frozen
class Agreement:
    """A text for both sides, its words in `entry`. Each of `signers` signs its digest; it is in force with
    the last signature.

    `back`: the stage in which it was drafted. `version`: the number of drafts of the case. `replaces`: the
    promises that it replaces. `applies`: the sides that agree to apply for judicial confirmation. `applied`:
    when both had applied. `confirmed`: the decision of the court.
    """

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
        """Return the signers whose signature is missing."""
        signed = {signature.of for signature in self.signatures}
        return tuple(signer for signer in self.signers if signer not in signed)


@frozen
class Story:
    """A story of the person `of`, with its words in `entry`. It is public from `released` to `withdrawn`."""

    id: str
    of: str
    entry: int
    released: datetime | None = None
    withdrawn: datetime | None = None

    @property
    def public(self) -> bool:
        """Return whether everybody can read it now."""
        return self.released is not None and self.withdrawn is None


@frozen
class Counted:
    """The counts for the local days from `since` to `until`, both included. `complaints`: the complaints
    received with a main cause found. `cause`: those of them with the cause in question."""

    since: date
    until: date
    complaints: int
    cause: int


@frozen
class Look:
    """A check of the figures of an improvement action: the `id` of the check, its actor, the counts before
    and after. `ratio`: the second rate divided by the first, between `low` and `high` with a confidence of
    95 %. Each is None where it has no value, or no end. A check by the clock without figures has none of
    them."""

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
    """The content of an improvement action.

    `cause`: the root cause to remove. `source`: the occasion. `of`: the number of the complaint that showed
    it. `due`: its day; a reopened action has the length of the policy from `since`. `finished` and
    `finisher`: when it was done, and the person who reported that. `looks`: the later checks of the figures.
    `returned`: how often the cause came back. `training`: the training that the person who does it must
    attend by its day.
    """

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
    """The content of a training: its topic, the local `day`, and its participants. `answers`: the number of
    the improvement action that it serves. `cause`: the cause that it addresses."""

    topic: Lesson
    day: date
    people: tuple[str, ...]
    answers: str | None = None
    cause: Cause | None = None


@frozen
class Contents:
    """An index of the timeline, codes only. `entries`: the numbers of entries by their move, in order.
    `granted`: the numbers of entries in which a second person's approval took a move. `handled`: all handlers
    of the case, with entry and move of their first handling. `investigated`: the people who investigated it
    or answered for the company."""

    entries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    granted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    handled: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    investigated: tuple[str, ...] = ()
