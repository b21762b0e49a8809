"""The records on a case other than its people: matters, questions, expert tests, promises, talks, a
mediation, an agreement, stories. They hold codes and dates only. The words are in timeline entries, whose
numbers the records hold."""

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
"""The ids of the company and of the mediator in an agreement. They stay the same whichever person acts for
the company or mediates."""
AGAINST_COMPANY = frozenset(
    {
        Measure.PAY_FIRST,
        Measure.SUBSTITUTE,
        Measure.INTERNAL_SANCTION,
        Measure.BUDGET_CHARGE,
        Measure.REPORT_REGULATOR,
    }
)
"""The measures for a breach that can be agreed only against the company. All others can be agreed against
either side."""


@frozen
class Matter:
    """One point of a complaint, which gets a decision of its own. `amount`: the amount in dispute, in fen.
    `accepted`: whether we deal with it; None until decided. `ground`: the reason if it was declined."""

    type: Type
    sub_type: Annotated[str, Names("problem", "sub_type")]
    amount: Money | None = None
    rights: tuple[Right, ...] = ()
    accepted: bool | None = None
    ground: Ground | None = None


@frozen
class Subject:
    """The goods or the service that was bought, with its class. A field is None if that is unknown."""

    kind: SubjectKind | None = None
    goods_class: GoodsClass | None = None
    service_class: ServiceClass | None = None


@frozen
class Request:
    """A request for information from the consumer. `stage`: the stage to which the case returns afterwards.
    `items`: what is missing. `by`: the person who asked. `extended`: when the time to reply was extended."""

    at: datetime
    stage: Stage
    items: tuple[Missing, ...]
    by: str
    extended: datetime | None = None


@frozen
class Approval:
    """A move that waits until a second person confirms it. `facts`: its facts, codes only. `by`, `role`: its
    requester and their role. `roles`: the roles that may confirm it. `entry`: the entry with its words."""

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
    """A task for staff to call a party and read them a letter that cannot leave by itself. `letter`: its key
    in `Case.told`. `since`: from when (UTC) the task waits.

    `tries`: the last unanswered call of each day. `nowhere`: since when neither telephone nor post reaches
    the party. It is set after three days with unanswered calls, if there is no postal address.
    """

    id: str
    letter: str
    party: str
    since: datetime
    tries: tuple[datetime, ...] = ()
    nowhere: datetime | None = None


@frozen
class Promise:
    """A date `by` that was promised to the consumer. A later date is a new promise with a `reason`, which is
    the name of a move or a code.

    `what`: "answer", or the name of a deadline that we missed. For a missed deadline, `run` is the key of its
    run, and `level` the rank of the person who gave the new date.
    """

    what: str
    by: datetime
    told: datetime
    reason: str | None = None
    run: str = ""
    level: str = ""


@frozen
class Joined:
    """The case on which this one goes on. If `together` is true, that is the joint case which it joined. Else
    it is the leading case of which it is a duplicate. `stage`: the stage to which this case returns if a
    duplicate is separated again."""

    ref: str
    stage: Stage
    together: bool = False


@frozen
class Interval:
    """A stay of the case in one stage. `until` is None for the present stage. The stages shown to people, the
    pauses of deadlines and the age of a stage are computed from these stays."""

    stage: Stage
    since: datetime
    until: datetime | None = None


@frozen
class Doubt:
    """A place at which the record of a case was changed from outside. `since`: when that was found. `noted`:
    the entry about it; 0 if that entry is in the case from which this one was split off. `cleared`: when two
    people had examined the change and accepted the record."""

    entry: int
    fault: Fault
    since: datetime
    noted: int
    cleared: datetime | None = None


@frozen
class Outside:
    """The same complaint at another body, such as an authority. It is only noted, and never a reason to
    decline. `due`: the day that the body set for our reply. `replied`: when we replied. `party`: the id of
    the person whose matter it is; None if it concerns everybody."""

    body: Route
    since: date | None = None
    due: date | None = None
    replied: datetime | None = None
    party: str | None = None


@frozen
class CheckedFile:
    """An uploaded file that passed its check. `sha256` (hex) and `size` (bytes) describe the content as
    stored. `type`: the type found from the content."""

    id: str
    sha256: str
    size: int
    type: str


@frozen
class Evidence:
    """A piece of evidence on which a finding can rest. `id`: its number on the case (E1, E2 …). `by`: who
    brought it. `entry`: the entry with its words. `file`: the id of its file. `late`: it came after the
    answer."""

    id: str
    kind: EvidenceKind
    at: datetime
    by: str
    entry: int
    file: str | None = None
    late: bool = False


@frozen
class Question:
    """A question to a department, which is a team of the roster. `entry`: the entry with its words. `due`:
    the day set for its answer; None: the policy's number of days holds."""

    id: str
    department: str
    at: datetime
    entry: int
    due: date | None = None
    answered: datetime | None = None


@frozen
class Appraisal:
    """An expert test. `agreed`, `refused`: the sides that have agreed to the proposed test, or refused it.
    `said`: the ids of the people of a joint case who have agreed. `started`: when the test began, after both
    sides had agreed. `expected`: the day agreed with the laboratory. `ended`: when its result came."""

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
    """A request that waits for us since `at`. It is a message of the person `by`, or a request for another
    handler."""

    id: str
    at: datetime
    by: str = ""


@frozen
class Pause:
    """A suspension from `since` to `until` (None while it lasts). It stops every deadline that the reason
    `why` pauses."""

    why: PauseReason
    since: datetime
    until: datetime | None = None


@frozen
class Extension:
    """More time for the deadline named `of`, granted by a second person."""

    of: str
    at: datetime


@frozen
class Owed:
    """A remedy for one matter. `by`: the last day for it. `amount`: in fen, for a remedy in money. `party`:
    the id of the person who gets it; None: each complainant."""

    matter: MatterNumber
    kind: Remedy
    by: date
    amount: Money | None = None
    party: PartyId | None = None


@frozen
class Proposal:
    """A settlement proposed to each person of a joint case. `entry`: the entry with its words. `remedies`:
    what each person gets."""

    entry: int
    remedies: tuple[Owed, ...] = ()

    def of(self, party: str) -> tuple[Owed, ...]:
        """Return the remedies for the person with the id `party`."""
        return tuple(owed for owed in self.remedies if owed.party in (None, party))


@frozen
class Report:
    """The report on an investigation, in codes. `entry`: the entry with its words. `by`: its author, who may
    not give the answer. `conclusions`: the conclusion on each matter, by its number."""

    at: datetime
    by: str
    entry: int
    conclusions: Mapping[int, Conclusion]
    rights: Mapping[Right, Examined]
    causes: tuple[Cause, ...]
    remedies: tuple[Owed, ...] = ()


@frozen
class Settled:
    """A settlement at once, without an investigation. `causes`: the root causes of the complaint."""

    at: datetime
    causes: tuple[Cause, ...]


@frozen
class Seat:
    """One member of a panel. `who`: their id. `declared`: when they declared that they have no interest in
    the case. `votes`: their vote on each matter, by its number."""

    who: str
    chair: bool = False
    declared: datetime | None = None
    votes: Mapping[int, Result] = field(default_factory=dict)


@frozen
class Reconsideration:
    """A request for reconsideration of the numbered `matters`. `entry`: the entry with its words. `back`,
    `outcome`, `owner`: the stage, outcome and owner that the case had before it.

    `by`: the person who asked, even if staff recorded it. `late`: it came after its window, and is yet to be
    admitted. `panel`: the seats, `size` in number. `vacant`: since when a seat is empty because a member
    stood back.
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
        """Return whether every seat of the panel is filled and every member has declared their interests.
        Only then may the members see the file."""
        return bool(self.panel) and self.vacant is None and all(seat.declared for seat in self.panel)


@frozen
class Statement:
    """The statement of one side on the dispute. `entry`: the entry with its words. `shared`: when the side
    showed it to the other side; until then, only the neutral officer reads it."""

    id: str
    side: Side
    entry: int
    by: str
    shared: datetime | None = None


@frozen
class Offer:
    """An offer of one side. `entry`: the entry with its words. `until`: the last day on which it can be
    accepted. It becomes binding when it is accepted. `answered`: when it was."""

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
    """The talks between the two sides, from their opening to their end. `nature`, `others`: the chief subject
    of the dispute and its further subjects. `entry`: the entry with the words that opened it.

    `back`, `owner`: the stage and owner that the case had before the talks. `barred`: people who
    investigated, or answered for the company, and so cannot be the neutral officer. `held`: the neutral
    officers so far. `tries`: the side of each recorded attempt to hear a side. `invited`: when the sides were
    invited to mediation. `consents`: the answer of each side to that invitation. `ended`: when the
    negotiation ended; after that, only the invitation may still wait.
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
        """Return the offer that waits for an answer; None without one. At most one waits, since the sides
        take turns."""
        return next((offer for offer in self.offers if offer.state == Reply.OPEN), None)

    @property
    def accepted(self) -> Offer | None:
        """Return the offer that was accepted; None without one."""
        return next((offer for offer in self.offers if offer.state == Reply.ACCEPTED), None)


@frozen
class Safety:
    """A safety tag on a case, with the moments of the decisions on it. `known`: since when we have known of
    the danger. `real`: whether the safety officer found it real. `reportable`: whether it must be reported.
    `cleared`: when the tag was lifted."""

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
    """A meeting of both sides with the mediator. `at`: when it begins. Its place, papers and minutes are in
    timeline entries.

    `called`: when it was last called or moved, by the entry `entry`. `sequence`: the number of its changes,
    which calendars need to follow them. `recorded`: when its minutes were written. `asks`: how often each
    side has asked for another time.
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
    """The absence of a side from a meeting. `meeting`: the meeting's id. `asked`: when the side was asked for
    its reason. `good`: whether the mediator accepted the reason; None: not decided."""

    meeting: str
    side: Side
    asked: datetime
    good: bool | None = None

    @property
    def letter(self) -> str:
        """Return the key, in `Case.told`, of the letter that asks the side for its reason."""
        return f"absence_asked#{self.meeting}" + (f"#{self.side}" if self.side == Side.BUSINESS else "")


@frozen
class Challenge:
    """An objection of one side to the mediator. `entry`: the entry with its words. The mediation is on hold
    until another person has decided on the objection."""

    side: Side
    at: datetime
    entry: int


@frozen
class Mediation:
    """A formal mediation. `since`: when both sides had agreed to it. `mediator`: the mediator's id in the
    register. `lawful`: the mediator belongs to a lawfully established body. `accepted`: when the mediator
    took the case.

    `vacant`: since when another mediator must be found. `past`: the ids of former mediators. `extends`: the
    ids of the people who agreed to more time.
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
        """Return the meeting that is still to be held or recorded; None without one."""
        return next((meeting for meeting in self.meetings if meeting.upcoming), None)


@frozen
class Term:
    """A clause of an agreement that creates one obligation. `debtor` owes it to `creditor`. It is due on the
    day `by`, or `days` after the obligation with the id `after` is performed.

    `proof`: what shows its performance. `confirms`: who confirms its performance. `cure_days`: the days to
    make it good after a demand. `measure`: what follows from a breach. `amount` and `penalty` are in fen.
    """

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
    """A signature on the text of an agreement. `of`: the id of the party who is bound, or "mediator". `by`,
    `role`: the person who signed for them, and their role. `evidence`: the number of the scan, for a
    signature on paper."""

    of: str
    by: str
    role: str
    at: datetime
    way: Signed
    evidence: str | None = None


@frozen
class Sealed:
    """The sealed document of an agreement. `sha256` (hex) and `size` (bytes): of its file. `application`: the
    sha256 of the application for judicial confirmation; None without an application. `key`: where it is in
    the archive; None if an earlier release stored it."""

    at: datetime
    sha256: str
    size: int
    application: str | None = None
    key: str | None = None


@frozen
class Agreement:
    """The text of an agreement, proposed to both sides or in force. `entry`: the entry with its words.
    `digest`: the digest that each of `signers` signs. `in_force`: since when it is in force, from the last
    signature on.

    `back`: the stage in which it was drafted. `version`: its number among the drafts of the case. `lawful`:
    the mediator's body is lawfully established. `replaces`: the ids of the earlier obligations that it
    replaces. `applies`: the sides that agree to apply for judicial confirmation. `applied`: when both had
    applied. `confirmed`: whether the court confirmed it; None: no decision yet.
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
        """Return the ids of the signers who have not signed."""
        signed = {signature.of for signature in self.signatures}
        return tuple(signer for signer in self.signers if signer not in signed)


@frozen
class Story:
    """A story of the person with the id `of`. `entry`: the entry with its words. It is public from `released`
    until `withdrawn`."""

    id: str
    of: str
    entry: int
    released: datetime | None = None
    withdrawn: datetime | None = None

    @property
    def public(self) -> bool:
        """Return whether the story is public now: it was released and is not withdrawn."""
        return self.released is not None and self.withdrawn is None


@frozen
class Counted:
    """Counts of complaints received on the local days from `since` to `until`, both included. `complaints`:
    all complaints for which a main cause was found. `cause`: those of them whose main cause is the one in
    question."""

    since: date
    until: date
    complaints: int
    cause: int


@frozen
class Look:
    """One check of whether an improvement action had an effect. `by`: who made it. `before`, `after`: the
    counts of the two periods.

    `ratio`: the rate of the cause after the action, divided by the rate before. `low`, `high`: the ends of
    its 95 % confidence interval. Each of the three is None if it cannot be computed. If the clock made a
    check without figures, all the numbers are None.
    """

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
    """The content of an improvement action, which is to remove the root cause `cause`.

    `source`: what led to it. `since`: when it was opened or reopened. `of`: the number of the complaint that
    showed the cause. `due`: the day by which it must be done; None for a reopened action, whose time is set
    by the policy. `finished`, `finisher`: when it was done, and who reported that. `looks`: the checks of its
    effect. `returned`: how often the cause came back. `training`: the training that the person who does the
    action must attend by its day.
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
    """The content of a training. `day`: the local day. `people`: the ids of those who attended. `answers`:
    the number of the improvement action for which it was held. `cause`: the root cause that it is about."""

    topic: Lesson
    day: date
    people: tuple[str, ...]
    answers: str | None = None
    cause: Cause | None = None


@frozen
class Contents:
    """An index of a timeline, which holds codes only. `entries`: the entry numbers of each move, in order.
    `granted`: for each move, the numbers of the entries in which a second person's approval took it.
    `handled`: by the id of each handler, the entry and move with which they first handled the case.
    `investigated`: the ids of people who investigated, or answered for the company."""

    entries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    granted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    handled: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    investigated: tuple[str, ...] = ()
