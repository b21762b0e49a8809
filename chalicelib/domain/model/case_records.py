"""The records on a case that are not about its people: matters, questions, expert tests, promises, talks, a
mediation, an agreement, stories. The records hold codes and dates only. The words are in timeline entries,
and a record holds the number of its entry."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple, Self

from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import (
    Cause,
    Conclusion,
    Conduct,
    Confirms,
    ConsentText,
    EvidenceKind,
    Examined,
    Fault,
    Forwarded,
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
    Role,
    Route,
    ScopeKind,
    ServiceClass,
    Side,
    Signed,
    Source,
    Stage,
    SubjectKind,
    Type,
    Unclear,
    Verdict,
)
from chalicelib.domain.model.field_marks import MatterNumber, Money, Names, PartyId

BUSINESS, MEDIATOR = "business", "mediator"
"""The ids of the company (`BUSINESS`) and of the mediator (`MEDIATOR`) in an agreement. An id does not change
if another person comes to act for the company, or to mediate."""
AGAINST_COMPANY = frozenset(
    {
        Measure.PAY_FIRST,
        Measure.SUBSTITUTE,
        Measure.INTERNAL_SANCTION,
        Measure.BUDGET_CHARGE,
        Measure.REPORT_REGULATOR,
    }
)
"""The measures for a breach that an agreement may contain only against the company. Any other measure may be
agreed against either side."""


@frozen
class EarlierCase:
    """The earlier case of the same consumer on which a decline rests. `ref`: its number. `on`: the local day
    on which it was settled or answered. `settled`: whether it was settled; otherwise it was answered."""

    ref: str
    on: date
    settled: bool


@frozen
class Matter:
    """One point of a complaint, which is decided separately. `amount`: the amount in dispute, in fen.
    `accepted`: whether we deal with the matter; None until that is decided. `ground`: the reason, if the
    matter was declined. `earlier`: the earlier case on which that ground rests; None for any other ground.
    `type`: the type of the problem. `sub_type`: the problem more exactly. `rights`: the rights that it
    touches."""

    type: Type
    sub_type: Annotated[str, Names("problem", "sub_type")]
    amount: Money | None = None
    rights: tuple[Right, ...] = ()
    accepted: bool | None = None
    ground: Ground | None = None
    earlier: EarlierCase | None = None


@frozen
class Subject:
    """The kind of the goods or of the service that was bought. A field is None if the kind is not known."""

    kind: SubjectKind | None = None
    goods_class: GoodsClass | None = None
    service_class: ServiceClass | None = None


@frozen
class Request:
    """A request for information from the consumer. `stage`: the stage to which the case returns after the
    answer. `items`: the missing items. `by`: the id of the person who asked. `extended`: when the time to
    reply was extended; None if it was not."""

    at: datetime
    stage: Stage
    items: tuple[Missing, ...]
    by: str
    extended: datetime | None = None


@frozen
class Approval:
    """A request of one person for a move that a second person must confirm. `move`: the name of the move.
    `facts`: its facts, without personal words. `by`, `role`: the id and the role of the person who requested
    it. `roles`: the roles that may confirm it. `entry`: the timeline entry of the request, with its words."""

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
    """A task for staff to call a party and read a letter to them, because the letter cannot leave by itself.
    `letter`: the letter's key in `Case.told`. `since`: from when (UTC) staff should call.

    `tries`: the last unanswered call of each day. `nowhere`: when it was found that neither telephone nor
    post reaches the party. That is found after three days with unanswered calls, if there is no postal
    address. `party`: the id of that person. `call_at`: when that person asked to be called (UTC); None if
    they named no time."""

    id: str
    letter: str
    party: str
    since: datetime
    tries: tuple[datetime, ...] = ()
    nowhere: datetime | None = None
    call_at: datetime | None = None


@frozen
class Promise:
    """A date `by` (UTC) that was promised to the consumer. `what`: "answer", or the name of a deadline that
    we missed. `told`: when it was promised. `reason`: the name of a move, or a code, that explains a date
    later than the one promised before; None for a first date.

    The last two fields are for a deadline that we missed. `run`: the key of its run. `level`: the role of the
    person who gave the new date.
    """

    what: str
    by: datetime
    told: datetime
    reason: str | None = None
    run: str = ""
    level: str = ""


@frozen
class Joined:
    """The other case in which this case is continued. `ref`: its number. `together`: True if it is a joint
    case that this case joined; False if it is the case that this case duplicates. `stage`: the stage to which
    this case returns if it turns out to be no duplicate."""

    ref: str
    stage: Stage
    together: bool = False


@frozen
class Entered:
    """A stage that the case entered, and when. The pauses of deadlines and the age of a stage are computed
    from these times."""

    stage: Stage
    since: datetime


class Stay(NamedTuple):
    """The time that the case spent in one stage. `until`: when it left the stage; None for the present
    stage."""

    stage: Stage
    since: datetime
    until: datetime | None


@frozen
class TeamTerm:
    """The time in which an earlier team had the case. `team`: its id. `until`: when the case went to another
    team. `owner`: the id of the person who owned the case then; None if nobody did, or if the owner kept
    it."""

    team: str
    since: datetime
    until: datetime
    owner: str | None = None


@frozen
class Ruling:
    """The rule that chose a team: its number, from 1, and the `version` of the rules.
    `rule` is 0 if no rule matched, so that it is the default team."""

    rule: int
    version: int


@frozen
class RuledTeam:
    """The team that a rule names for the severity of a case, while the case is still in another team."""

    team: str
    ruling: Ruling


@frozen
class Holder:
    """The team that has the case and the person who owns it (None: nobody), from the timeline entry with the
    number `entry` on. `since`: the moment of this entry. They have it until the next `Holder` begins."""

    team: str
    owner: str | None
    since: datetime
    entry: int


@frozen
class Doubt:
    """A place at which the record of a case was changed from outside. `entry`: the number of the timeline
    entry at that place. `since`: when the change was found. `noted`: the number of the entry that reports the
    change; 0 if that entry is in the case from which this case was split off. `cleared`: when two people had
    examined the change and accepted the record; None before that."""

    entry: int
    fault: Fault
    since: datetime
    noted: int
    cleared: datetime | None = None


@frozen
class Restored:
    """A restore of the table that undid the newest entries of a case. `moment`: the record was put back to
    this moment. `at`: when this was recorded, and `noted`: the number of the entry that records it. `heads`:
    the hashes of undone last entries that signed lists name. `letters`: the letters of undone entries that
    had left, each as in `departed`. All moments are in UTC."""

    moment: datetime
    at: datetime
    noted: int
    heads: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()


@frozen
class LostCase:
    """A case that a restore of the table undid as a whole. `received`: the day and time of its receipt, as
    far as the ledger of letters tells; None if it has no letter of the case. `moment`: the table was put back
    to this moment. `at`: when this was recorded. All moments are in UTC."""

    received: datetime | None
    moment: datetime
    at: datetime


class UndoneAct(NamedTuple):
    """An act of a person whose entry is missing since a restore of the table: when it was taken (UTC), the
    name of its move, and the role and the id of the person."""

    at: datetime
    move: str
    role: Role
    who: str

    @classmethod
    def read(cls, said: str) -> Self:
        """Return an act from the form in which `record_restored` stores it."""
        at, move, role, who = said.split(" ", 3)
        return cls(instant(at), move, Role[role.upper()], who)

    def __str__(self) -> str:
        """Return the act in the form in which `record_restored` stores it."""
        return f"{stamp(self.at)} {self.move} {self.role.code} {self.who}"


def departed(name: str, id: str) -> str:
    """Return how `Restored` names a letter that left: the name of its declaration, and the position of its
    recipient. The same letter of the same move has the same position, whenever the move is taken."""
    return f"{name}.{id.rpartition('.')[2]}"


@frozen
class Outside:
    """A procedure at another body, such as an authority, about the same complaint. We only note it, because
    it is never a reason to decline. `due`: the day by which the body wants our reply. `replied`: when we
    replied. `party`: the id of the person whom it concerns; None if it concerns everybody. `body`: the body.
    """

    body: Route
    since: date | None = None
    due: date | None = None
    replied: datetime | None = None
    party: str | None = None


@frozen
class Forward:
    """A complaint that we pass on to another business or body, with the consumer's consent. `id`: its number
    on the case (F1, F2 …). `party`: the id of the person whose complaint it is. `entry`: the timeline entry
    with the receiver and the text to be sent. `body`: the receiving body; None for another business, whose
    name is among the words of the entry. `since`: when it got its present state. `sent`: when it was passed
    on; None before that. `answer`: the entry with the receiver's answer; 0 without one."""

    id: str
    party: str
    entry: int
    since: datetime
    body: Route | None = None
    state: Forwarded = Forwarded.PROPOSED
    sent: datetime | None = None
    answer: int = 0

    @property
    def under_way(self) -> bool:
        """Return whether the consumer, our staff or the receiver must still act."""
        return self.state in (Forwarded.PROPOSED, Forwarded.AGREED, Forwarded.SENT)


@frozen
class ConductFinding:
    """A finding on the conduct of a sender. `id`: its number on the case (C1, C2 …). `entry`: the timeline
    entry with the facts in words. `evidence`: the ids of the evidence on which it rests. `withdrawn`: when it
    was withdrawn; None while it stands. `kind`: what was found, as a code."""

    id: str
    kind: Conduct
    at: datetime
    entry: int
    evidence: tuple[str, ...]
    withdrawn: datetime | None = None


@frozen
class CheckedFile:
    """An uploaded file that passed its check. `sha256`: the SHA-256 digest (hex) of the stored content.
    `size`: its size in bytes. `type`: the type that we found by looking at the content."""

    id: str
    sha256: str
    size: int
    type: str


@frozen
class Evidence:
    """A piece of evidence on which a finding of fact can rest. `id`: its number on the case (E1, E2 …). `by`:
    the id of the person who brought it. `entry`: the timeline entry with its words. `file`: the id of its
    file; None without a file. `late`: whether it came after the answer. `kind`: what kind of evidence it is.
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
    """A question to a department, which is a team of the roster. `entry`: the timeline entry with the words
    of the question. `due`: the last day for the answer; None if no day was set, so that the number of days in
    the policy counts. `department`: the id of the department that was asked. `answered`: when it was
    answered; None before that."""

    id: str
    department: str
    at: datetime
    entry: int
    due: date | None = None
    answered: datetime | None = None


@frozen
class Appraisal:
    """An expert test. `entry`: the timeline entry that proposes it. `agreed`: the sides that agreed to the
    proposal. `refused`: the sides that refused it. `said`: in a joint case, the ids of the people who agreed.
    `started`: when the test began, which is after both sides agreed. `expected`: the day that was agreed with
    the laboratory. `ended`: when the result came."""

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
    """A message or a request that waits for our reply. `at`: when it came. `by`: the id of the person who
    wrote the message, or who wants another handler. `holds`: the keys of the windows that a message by mail
    holds open until we reply; None for any other message, which holds all of them."""

    id: str
    at: datetime
    by: str = ""
    holds: tuple[str, ...] | None = None


@frozen
class Mention:
    """A mention of a colleague in a note, until they open the case. `who`: the id of the colleague. `by`: the
    id of the author of the note. `at`: when it was written. `entry`: the number of its entry. `team`: the
    team of the case at that time; "" for a colleague who oversees all teams."""

    who: str
    by: str
    at: datetime
    entry: int
    team: str = ""


@frozen
class UnconfirmedMail:
    """A mail to the reply address of a person that counts for nothing until the person confirms it. `at`:
    when it came. `by`: the id of the person. `entry`: the number of the timeline entry with its words."""

    id: str
    at: datetime
    by: str
    entry: int


@frozen
class Pause:
    """A suspension of deadlines. `why`: the reason for it; every deadline that pauses for this reason stops.
    `until`: when the suspension ended; None while it lasts."""

    why: PauseReason
    since: datetime
    until: datetime | None = None


@frozen
class Extension:
    """An extension of a deadline, which a second person confirmed. `of`: the name of the deadline."""

    of: str
    at: datetime


@frozen
class Owed:
    """A remedy for one matter. `by`: the last day for it. `amount`: in fen; None if it is not money. `party`:
    the id of the person who gets it; None if each complainant gets it. `matter`: the number of the matter.
    `kind`: what is owed, as a code."""

    matter: MatterNumber
    kind: Remedy
    by: date
    amount: Money | None = None
    party: PartyId | None = None


@frozen
class SpeakerChoice:
    """A proposal of the people who should speak for a joint case. `speakers`: their ids. `asked`: the ids of
    the people who must agree. `agreed`: the ids of those who have agreed; the first of them made the
    proposal."""

    speakers: tuple[str, ...]
    asked: tuple[str, ...]
    agreed: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Return whether everybody who was asked has agreed."""
        return {*self.asked} <= {*self.agreed}

    @property
    def holds(self) -> bool:
        """Return whether the proposal holds although some people have not answered. Each person who should
        speak must have agreed, and so must more than half of the people who were asked."""
        return {*self.speakers} <= {*self.agreed} and 2 * len(self.agreed) > len(self.asked)

    def without(self, id: str) -> Self | None:
        """Return the proposal after the person with this id has left. Return None if they made the proposal
        or should speak."""
        if id in (*self.speakers, self.agreed[0]):
            return None
        rest = (tuple(other for other in ids if other != id) for ids in (self.asked, self.agreed))
        return self.__class__(self.speakers, *rest)


@frozen
class Proposal:
    """A settlement that was proposed to each person of a joint case. `entry`: the timeline entry with its
    words. `remedies`: the remedies for these people."""

    entry: int
    remedies: tuple[Owed, ...] = ()

    def of(self, party: str) -> tuple[Owed, ...]:
        """Return the remedies for the person with the id `party`."""
        return tuple(owed for owed in self.remedies if owed.party in (None, party))


@frozen
class Report:
    """The report on an investigation, without its words. `entry`: the timeline entry with its words. `by`:
    the id of its author. A different person must give the answer. `conclusions`: the conclusion on each
    matter, by the number of the matter. `rights`: the finding on each right of the consumer. `causes`: the
    root causes, the main one first. `remedies`: what the company owes according to the report."""

    at: datetime
    by: str
    entry: int
    conclusions: Mapping[int, Conclusion]
    rights: Mapping[Right, Examined]
    causes: tuple[Cause, ...]
    remedies: tuple[Owed, ...] = ()


@frozen
class Settled:
    """A settlement that was made at once, without an investigation. `causes`: the root causes of the
    complaint."""

    at: datetime
    causes: tuple[Cause, ...]


@frozen
class Seat:
    """One seat on a panel. `who`: the id of the member. `declared`: when the member declared that they have
    no interest in the case. `votes`: the member's vote on each matter, by the number of the matter. `chair`:
    whether the member leads the panel."""

    who: str
    chair: bool = False
    declared: datetime | None = None
    votes: Mapping[int, Result] = field(default_factory=dict)


@frozen
class Reconsideration:
    """A request for reconsideration. `matters`: the numbers of the matters that it concerns. `entry`: the
    timeline entry with its words. `back`, `outcome`, `owner`: the stage, outcome and owner of the case before
    the request.

    `by`: the id of the person who wants the reconsideration, even if staff recorded the request. `late`:
    whether the request came after its window and waits to be admitted. `panel`: the seats. `size`: the number
    of members that the panel must have. `vacant`: since when a seat is empty because a member stood back;
    None if none is.
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
        """Return whether every seat of the panel has a member, and every member has declared that they have
        no interest in the case. The members may read the case only then."""
        return bool(self.panel) and self.vacant is None and all(seat.declared for seat in self.panel)


@frozen
class Statement:
    """The statement of one side on the dispute. `entry`: the timeline entry with its words. `by`: the id of
    its author. `shared`: when it was shown to the other side; None if it was not. Until it is shown, only the
    neutral officer reads it. `at`: when it was made; None if an earlier release recorded it."""

    id: str
    side: Side
    entry: int
    by: str
    shared: datetime | None = None
    at: datetime | None = None


@frozen
class Offer:
    """An offer of one side to end the dispute. `entry`: the timeline entry with its words. `until`: the last
    day on which the other side can accept it. `answered`: when the other side answered it; None before that.
    Only an accepted offer binds. `amount`: the money in it, in fen; None without money."""

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
    """The talks between the two sides, from their opening to their end. `nature`: the chief subject of the
    dispute. `others`: its further subjects. `entry`: the timeline entry that opened the talks, with its
    words. `back`, `owner`: the stage and owner of the case before the talks.

    `barred`: the ids of people who cannot be the neutral officer, because they investigated the case or
    answered for the company. `held`: the ids of the neutral officers so far. `tries`: for each recorded
    attempt to hear a side, the side.

    `invited`: when the sides were invited to mediation. `consents`: whether each side that has answered the
    invitation agreed to a mediation. `ended`: when the negotiation ended; the sides may then still answer the
    invitation. `statements`: what the sides said, without the words. `offers`: the offers, without the words.
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
        """Return the offer that waits for an answer; None if none does. No more than one can wait, because
        the sides take turns."""
        return next((offer for offer in self.offers if offer.state == Reply.OPEN), None)

    @property
    def accepted(self) -> Offer | None:
        """Return the offer that was accepted; None without one."""
        return next((offer for offer in self.offers if offer.state == Reply.ACCEPTED), None)


@frozen
class Safety:
    """A warning on a case that a product or service may be dangerous. `known`: since when we have known of
    the danger. `by`: the id of the person who reported it. `triaged`: when the safety officer assessed it.
    `real`: whether the officer found that the danger exists. `reportable`: whether we must report it to an
    authority. `reported`: when we did. `stopped`: when a stop of the sale was ordered. `cleared`: when the
    warning was lifted."""

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
    """A meeting of both sides with the mediator. Its place, papers and minutes are in timeline entries. `at`:
    when it begins. `minutes`: its length.

    `called`: when people were last invited to it, or told its new time. `entry`: the timeline entry of that.
    `sequence`: how often it was changed; calendar programs need this number to follow the changes.
    `cancelled`: when it was cancelled. `recorded`: when its minutes were written. `asks`: how often each side
    has asked for another time. `way`: how it is held."""

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
        """Return whether the meeting is neither cancelled nor recorded in minutes."""
        return not self.cancelled and not self.recorded


@frozen
class Absence:
    """The absence of a side from a meeting. `meeting`: the id of the meeting. `asked`: when we asked the side
    for its reason. `good`: whether the mediator accepted the reason; None if the mediator has not decided."""

    meeting: str
    side: Side
    asked: datetime
    good: bool | None = None

    @property
    def letter(self) -> str:
        """Return the key of the letter that asks the side for its reason, as in `Case.told`."""
        return f"absence_asked#{self.meeting}" + (f"#{self.side}" if self.side == Side.BUSINESS else "")


@frozen
class Challenge:
    """An objection of one side to the mediator. `entry`: the timeline entry with its words. The mediation is
    suspended until another person has decided on the objection."""

    side: Side
    at: datetime
    entry: int


@frozen
class Mediation:
    """A formal mediation. `since`: when both sides had agreed to it. `mediator`: the mediator's id in the
    register of mediators. `lawful`: whether the mediator belongs to a lawfully established body. `appointed`:
    when the mediator was asked to take the case. `accepted`: when the mediator took it.

    `vacant`: since when another mediator must be found; None if none is needed. `past`: the ids of former
    mediators. `challenge`: an objection that is not decided yet. `extends`: the ids of the people who agreed
    to extend the mediation. `meetings`: its meetings. `absences`: the absences from them that were examined.
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
        """Return the meeting that is neither cancelled nor recorded in minutes; None without such a
        meeting."""
        return next((meeting for meeting in self.meetings if meeting.upcoming), None)


@frozen
class Term:
    """A clause of an agreement that creates one obligation. `debtor` owes it to `creditor`. The obligation is
    due on the day `by`, or `days` days after another obligation is performed, which has the id `after`.
    Without `after`, the `days` count from the entry into force of the agreement.

    `proof`: the kind of proof of performance. `confirms`: who confirms the performance. `cure_days`: how many
    days the debtor has to perform after a demand. `measure`: the consequence of a breach. `amount`,
    `penalty`: in fen. `kind`: what is owed, as a code."""

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
    """A signature on the text of an agreement. `of`: the id of the party whom it binds, or "mediator". `by`,
    `role`: the id and the role of the person who signed. `way`: how they signed. `evidence`: for a signature
    on paper, the evidence number of the scan."""

    of: str
    by: str
    role: str
    at: datetime
    way: Signed
    evidence: str | None = None


@frozen
class Sealed:
    """The sealed document of an agreement. `sha256`: the SHA-256 digest (hex) of the file. `size`: its size
    in bytes. `application`: the SHA-256 digest (hex) of the application for judicial confirmation; None
    without an application. `key`: the key of the file in the archive; None if an earlier release stored the
    file."""

    at: datetime
    sha256: str
    size: int
    application: str | None = None
    key: str | None = None


@frozen
class Agreement:
    """The text of an agreement, which is proposed to both sides or in force. `version`: its number among the
    drafts of the case. `entry`: the timeline entry with its words. `digest`: the digest of the text, which
    each of `signers` signs. `back`: the stage in which it was drafted. `in_force`: when it came into force,
    by the last signature; None before that.

    `lawful`: whether the mediator belongs to a lawfully established body. `replaces`: the ids of the earlier
    obligations that the agreement replaces. `applies`: the sides that agree to apply for judicial
    confirmation. `applied`: when both sides had applied. `confirmed`: whether the court confirmed the
    agreement; None if the court has not decided. `drafted`: when it was drafted. `terms`: its obligations.
    `signatures`: the signatures so far. `sealed`: its sealed document; None before that. `missing`: the ids
    of the people who have not signed."""

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
        """Return the ids of those signers who have not signed yet."""
        signed = {signature.of for signature in self.signatures}
        return tuple(signer for signer in self.signers if signer not in signed)


@frozen
class ErasedPart:
    """The personal data of one complainant among several, or of a former representative. They are destroyed
    while the case keeps those of the others. `of`: the id of the person. `decided`: when that was decided.
    `done`: when it was done; None before."""

    of: str
    decided: datetime
    done: datetime | None = None


@frozen
class Story:
    """The story of a person for publication. `of`: the id of the person. `entry`: the timeline entry with its
    words. `released`: when it was published. `withdrawn`: when it was withdrawn."""

    id: str
    of: str
    entry: int
    released: datetime | None = None
    withdrawn: datetime | None = None

    @property
    def public(self) -> bool:
        """Return whether the story is public now, which means that it was published and not withdrawn."""
        return self.released is not None and self.withdrawn is None


@frozen
class Counted:
    """How many complaints we received on the local days from `since` to `until`, with these two days
    included. `complaints`: the complaints with a cause that was found within 28 days of receipt. `cause`: the
    complaints among them with one particular cause."""

    since: date
    until: date
    complaints: int
    cause: int

    @property
    def days(self) -> int:
        """Return the number of days."""
        return (self.until - self.since).days + 1

    @property
    def a_week(self) -> float:
        """Return the mean number of complaints with the cause in seven days."""
        return 7 * self.cause / self.days


@frozen
class RateChange:
    """The change of a cause after an improvement action. `ratio`: its rate after the action, divided by the
    rate before. `low`, `high`: the ends of the confidence interval of `ratio`."""

    ratio: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        """Return whether the whole interval says that the cause fell or rose."""
        if self.high < 1:
            return Verdict.FELL
        return Verdict.ROSE if self.low > 1 else Verdict.CANNOT_BE_TOLD


@frozen
class Look:
    """One check of whether an improvement action had an effect. `by`: the id of the person who made it.
    `verdict`: the result. `unclear`: why the result is that nothing can be told; None with another result.
    `before`, `after`: the numbers of complaints in the days before and after the action.

    `ratio`: the number of complaints with the cause a day after the action, divided by that before; per
    customer if `customers_grew`. `low`, `high`: the ends of its confidence interval. `beside`: the same
    change against the median of the other causes. `outside`: the same change against the same cause outside
    the action's scope. Each is None if it cannot be computed.

    `expected`: how many complaints with the cause were to be expected after the action without any change.
    `needed`: with how many a halved cause is found with a probability of 80 %; None if no number is enough.
    `parallel`: the numbers of other actions against the same cause that were done in the same time. `sign`:
    the newest day with an early sign of the cause, if the clock checked; None if there was none.

    `customers_grew`: the growth factor of the customers whom the action reaches; None if it is not known."""

    id: str
    at: datetime
    by: str
    verdict: Verdict
    before: Counted | None = None
    after: Counted | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    unclear: Unclear | None = None
    beside: RateChange | None = None
    outside: RateChange | None = None
    expected: float | None = None
    needed: int | None = None
    parallel: tuple[str, ...] = ()
    sign: date | None = None
    customers_grew: float | None = None

    @property
    def own(self) -> RateChange | None:
        """Return the change of the cause by itself; None if it cannot be computed."""
        if self.ratio is None or self.low is None or self.high is None:
            return None
        return RateChange(self.ratio, self.low, self.high)


@frozen
class ActionScope:
    """A part of all complaints, for which an improvement action is taken. `kind`: the field that chooses the
    part. `code`: the class of goods or services, the listed company, the id of the team, or the region."""

    kind: ScopeKind
    code: str


@frozen
class Improvement:
    """The content of an improvement action. `cause`: the root cause of complaints that the action is to
    remove. `scope`: the part of the complaints that it is to change; None for all. `source`: what led to the
    action. `of`: the number of the complaint that showed the cause.
    `since`: when the action was opened or reopened. `due`: the last day for doing it; None for a reopened
    action, because the policy sets its time.

    `contained`: when it was recorded what protects people at once; None before. `finished`: when the action
    was done. `finisher`: the id of the person who reported that. `looks`: the
    checks of its effect. `returned`: how often the cause came back. `training`: the topic of a training that
    the team must attend by the last day; None without a training.
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
    scope: ActionScope | None = None
    contained: datetime | None = None


@frozen
class Training:
    """The content of a training. `topic`: its topic. `day`: the local day. `people`: the ids of the people
    who attended. `answers`: the number of the improvement action for which it was held. `cause`: the root
    cause that it is about."""

    topic: Lesson
    day: date
    people: tuple[str, ...]
    answers: str | None = None
    cause: Cause | None = None


@frozen
class PartnerAccess:
    """A person's consent that the partner that filed their complaint reads it as they do. `version`: the text
    that they were shown. `at`: when they agreed. `stated`: whether the partner says that they agreed; False
    if they said so on their own page. `ended`: when the consent was ended; None while it holds."""

    version: ConsentText
    at: datetime
    stated: bool = True
    ended: datetime | None = None


@frozen
class Contents:
    """An index of the timeline of a case. It holds codes only. `entries`: for each move, the numbers of its
    entries, in order. `granted`: for each move, the numbers of the approvals of a second person by which the
    move was taken. `handled`: for each handler, by id, the number and the move of the first entry with which
    they handled the case. `investigated`: the ids of people who investigated the case or answered for the
    company."""

    entries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    granted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    handled: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    investigated: tuple[str, ...] = ()
