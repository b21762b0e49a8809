"""A case: a complaint with its stage, history and dates, as frozen values. A case holds codes and dates, and
never the words of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Annotated, Any, Literal, TypeVar

from chalicelib.domain.calendar import Span, published
from chalicelib.domain.frozen import frozen, replace, values
from chalicelib.domain.model.carrying import (
    CARRIED,
    DROPPED,
    FILED,
    FOLLOWS,
    KEPT,
    MADE,
    MERGED,
    OWN,
    STATE,
    UNDER_WAY,
    Resets,
    reset,
)
from chalicelib.domain.model.case_records import (
    BUSINESS,
    Agreement,
    Appraisal,
    Approval,
    CallTask,
    ConductFinding,
    Contents,
    Dispute,
    Doubt,
    Entered,
    ErasedPart,
    Evidence,
    Extension,
    Forward,
    Holder,
    Improvement,
    Joined,
    Matter,
    Mediation,
    Mention,
    Outside,
    PartnerAccess,
    Pause,
    Promise,
    Proposal,
    Question,
    Reconsideration,
    Report,
    Request,
    Restored,
    RuledTeam,
    Safety,
    Seat,
    Settled,
    SpeakerChoice,
    Stay,
    Story,
    Subject,
    TeamTerm,
    Training,
    UnconfirmedMail,
    Waiting,
)
from chalicelib.domain.model.codes import (
    ANEW,
    AT_TABLE,
    AUTOMATIC,
    Capacity,
    Channel,
    ConfirmedBy,
    Duty,
    EvidenceKind,
    FiledAs,
    Hurt,
    Known,
    Language,
    Measure,
    Outcome,
    Power,
    Region,
    Role,
    Sector,
    Severity,
    Side,
    Stage,
    Way,
    Wish,
    sectors_of,
)
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.outages import Outage


@frozen
class Confirmed:
    """How a party confirmed a move by which they give something up.

    `by`: the means of confirmation. `client`: what was recorded of the party's device, by name: the browser
    family and a keyed hash of the network. It is empty if nothing was recorded. These values are personal, so
    they are kept among the words of the entry.
    """

    by: ConfirmedBy
    client: Mapping[str, str] = field(default_factory=dict)


Limit = Literal["by_phrase", "asked", "deaf"]
"""A limit on what an actor may read or do on a case.

`by_phrase`: the actor is a party who opened the case with number and passphrase. `asked`: the actor answers
for a department that was asked a question, and reads nothing else. `deaf`: the actor is a member of staff who
may not read the talks.
"""


@frozen
class Act:
    """An act of one actor, in one role at one moment. The actor is a person or the clock.

    `who`: the actor's id. `now`: the moment (UTC). `id`: a new id for each act; the ids of everything that
    the act creates are made from it. `salt`: a random text for the hashes of words; it stays secret until it
    is erased. `teams`: the teams of a staff member.

    `said_in`: for an approval, the number of the entry with the words of the approved move; otherwise 0.
    `asked`: for an approval, when the approved move was requested; otherwise None.

    `confirmed`: how a party confirmed the act; None without a confirmation. `limits`: see `Limit`.
    """

    who: str
    role: Role
    now: datetime
    id: str
    salt: str
    teams: frozenset[str] = frozenset()
    said_in: int = 0
    confirmed: Confirmed | None = None
    limits: frozenset[Limit] = frozenset()
    asked: datetime | None = None

    @property
    def judged_at(self) -> datetime:
        """Return the moment (UTC) for which the conditions on time are judged. A request in time stays in
        time, however late a second person confirms it."""
        return self.asked or self.now


LINK = "access_link"
"""The name of the letter with a person's own access link. The page behind the link has the button that
confirms the person's mailbox. The letter carries no text that a person wrote, because it also goes to
unconfirmed mailboxes."""


@frozen
class Pending:
    """A new e-mail address, or a new telephone for short messages, that its owner has not confirmed. The
    address itself is stored in the person's row.

    `way`: whether it is an e-mail address or a telephone. `entry`: the number of the timeline entry that
    named the address. `first`: the number of the entry that named the first unconfirmed address, if
    unconfirmed addresses replaced one another. `since`: when the address was named.

    `leaves` (UTC): when the one message leaves that asks the owner to confirm the address. A limit of sending
    can make `leaves` later than `since`. `own`: whether a party named the address; False if staff did.
    """

    way: Way
    entry: int
    first: int
    since: datetime
    leaves: datetime
    own: bool = True


@frozen
class Party:
    """A person on the case: how letters reach them, in what language, and what they may do. Nothing here
    identifies the person.

    `known_by`: keyed hashes of their phone numbers and e-mail addresses. `generation`: the number of their
    present access link. When the number changes, earlier links stop working. `represents`: for a
    representative, the id of the represented party. `powers`: what the representative may do. `until`: the
    last day on which the representative may act. `checked`: staff have checked the representative's authority
    document.

    `own`: in a joint case, the number of the case that the person had before. `speaks`: this person is the
    joint representative. `left`: when they left the case; None while they belong to it. `consents`: their
    answer to the settlement that was last proposed to them; None before their answer. `colleague`: the id of
    the member of staff who speaks for the company here, and has no other part in the case.

    `confirmed`: they have confirmed their e-mail address. `phone_confirmed`: they have confirmed their
    telephone for short messages. `readdressed`: when they last changed the e-mail address by their own link.
    `pending`: a new address that waits for confirmation. Letters go to the old address until the new address
    is confirmed.

    `waits` (UTC): until when a limit delays our first letter to a person whom another party named. `kept`:
    the salted digest of the row with the person's name and addresses; "" if an earlier release saved that
    row. `way`: how letters reach them. `language`: the language of their letters. `capacity`: in what
    capacity they complain. `needs_help`: whether they need help. `shares`: their consent that the partner
    that filed the complaint reads it as they do; None without one. It goes to no other case."""

    id: str
    way: Way
    language: Language
    capacity: Capacity = Capacity.SELF
    side: Side = Side.CONSUMER
    known_by: tuple[str, ...] = ()
    generation: Annotated[int, Resets(arrives=True)] = 1
    needs_help: bool = False
    represents: str | None = None
    powers: tuple[Power, ...] = ()
    until: date | None = None
    checked: bool = False
    own: Annotated[str | None, Resets(arrives=True)] = None
    speaks: Annotated[bool, Resets(leaves=True)] = False
    left: datetime | None = None
    consents: Annotated[bool | None, Resets(arrives=True, leaves=True)] = None
    colleague: str | None = None
    confirmed: Annotated[bool, Resets(replaced=True)] = False
    phone_confirmed: Annotated[bool, Resets(replaced=True)] = False
    readdressed: Annotated[datetime | None, Resets(replaced=True)] = None
    pending: Annotated[Pending | None, Resets(replaced=True)] = None
    waits: datetime | None = None
    kept: str = field(default="", compare=False)
    shares: Annotated[PartnerAccess | None, Resets(arrives=True, leaves=True, replaced=True)] = None

    @property
    def role(self) -> Role:
        """Return the role in which this person acts on the case. It is the company's representative, a
        representative of a complainant, or a complainant."""
        if self.side == Side.BUSINESS:
            return Role.BUSINESS_REP
        return Role.REPRESENTATIVE if self.represents else Role.CONSUMER

    @property
    def says_phrase(self) -> bool:
        """Return whether this person may open the case with number and passphrase. A person may who gets no
        letters by e-mail now, and who has not left the case."""
        return (self.way != Way.EMAIL or self.held_back) and not self.left

    @property
    def proven(self) -> bool:
        """Return whether this person has confirmed the address to which their letters leave. The result is
        False for a person whose letters do not leave by e-mail or short message."""
        return {Way.EMAIL: self.confirmed, Way.SMS: self.phone_confirmed}.get(self.way, False)

    @property
    def identified(self) -> bool:
        """Return whether the address to which this person's letters go is known to be theirs: they have
        confirmed it, or staff have read a letter to them at this number."""
        return self.proven or (self.way == Way.PHONE and self.phone_confirmed)

    @property
    def held_back(self) -> bool:
        """Return whether we stop the person's letters by e-mail or short message. We stop them while a new
        address waits for confirmation and the old address is unconfirmed too. Staff then call the person."""
        return self.pending is not None and self.way in AUTOMATIC and not self.proven

    @property
    def generations(self) -> tuple[int, ...]:
        """Return the numbers of the access links with which this person can open the case.

        While a new address waits for confirmation, two links work. The device on which the address was named
        already has the next link. Once the address is confirmed, only the next link works.
        """
        return (self.generation, self.generation + 1) if self.pending else (self.generation,)

    def gone(self, now: datetime) -> Party:
        """Return this party after the person left the case at the moment `now`. Their access link stops
        working. For a person who left before, the earlier moment stays."""
        return reset("leaves", self, left=self.left or now, generation=self.generation + 1)

    def same(self, other: Party) -> bool:
        """Return whether this party is the same person as `other`, a party on another case. They are the same
        if they share an address. They are also the same if neither access link was ever replaced, since then
        nobody else can have taken over a place."""
        return self.generation == other.generation == 1 or not set(self.known_by).isdisjoint(other.known_by)

    def valid(self, today: date) -> bool:
        """Return whether a representative may act on the day `today`. They may if staff have checked their
        authority, it has not ended, and they have not left the case."""
        return self.checked and not self.left and (self.until is None or today <= self.until)


@frozen
class Withdrawn:
    """The parts of a case that were removed when the complaint was withdrawn. They are kept so that the case
    can be restored if the withdrawal is undone.

    `at`: when it was withdrawn. `told`: the deliveries of the letters about the proposed agreement text.
    `tellings`: the call tasks for these letters. The other fields are those of the case with the same names.
    """

    at: datetime
    obligations: tuple[Obligation, ...] = ()
    approvals: tuple[Approval, ...] = ()
    halts: tuple[Pause, ...] = ()
    tellings: tuple[CallTask, ...] = ()
    told: Mapping[str, datetime | None] = field(default_factory=dict)
    agreement: Agreement | None = None
    reconsideration: Reconsideration | None = None
    review: datetime | None = None


T = TypeVar("T")
NOTHING_SAID = Subject()


@frozen
class Intake:
    """The content of a complaint as it was filed. `partner`: the partner system that sent the complaint; None
    if no partner did. `external_id`: the sender's own number for it; None on a complaint from before it was
    kept here. `company`: the name of the company complained about. `brand`: the name given as the product or
    the shop. These two are set only if the policy lists the name, because any other name may be a person's.
    `happened_on`: the day on which it happened, or the first possible day; `happened_until` is then the last
    possible day."""

    wishes: Annotated[tuple[Wish, ...], FILED] = ()
    wish_amount: Annotated[int | None, FILED] = None
    subject: Annotated[Subject, FILED] = NOTHING_SAID
    happened_on: Annotated[date | None, FILED] = None
    region: Annotated[Region | None, FILED] = None
    asked_business: Annotated[Known, FILED] = Known.UNKNOWN
    hurt: Annotated[Hurt, FILED] = Hurt.UNKNOWN
    filed_as: Annotated[FiledAs, FILED] = FiledAs.COMPLAINT
    consents: Annotated[tuple[str, ...], FILED] = ()
    partner: Annotated[str | None, FILED._replace(left=MERGED)] = None
    company: Annotated[str | None, FILED] = None
    brand: Annotated[str | None, FILED] = None
    happened_until: Annotated[date | None, FILED] = None
    external_id: Annotated[str | None, FILED._replace(left=MERGED)] = None


@frozen
class Inquiry:
    """The questions, expert tests and findings of an investigation. `report`: the report on it; None until it
    is written. `settled`: the settlement, if the complaint was settled at once; there is then no report.
    `conduct`: the findings on the conduct of the sender.
    `goods_back`: the day on which the goods came back. `recused`: the ids of people who stood back from the
    case or were taken off it. `interviews`: when each invited person is heard, by their id. A past interview
    is dropped with the next invitation or record of one."""

    questions: Annotated[tuple[Question, ...], UNDER_WAY] = ()
    interviews: Annotated[Mapping[str, datetime], UNDER_WAY] = field(default_factory=dict)
    appraisals: Annotated[tuple[Appraisal, ...], UNDER_WAY] = ()
    report: Annotated[Report | None, UNDER_WAY._replace(leave=MERGED)] = None
    settled: Annotated[Settled | None, STATE] = None
    goods_back: Annotated[date | None, STATE._replace(contest=DROPPED)] = None
    recused: Annotated[tuple[str, ...], STATE._replace(leave=MERGED)] = ()
    conduct: Annotated[tuple[ConductFinding, ...], STATE._replace(leave=DROPPED)] = ()


@frozen
class Together:
    """How a complaint is related to other cases. `joined`: the other case in which this case is continued.
    `invited`: the number of the joint case that this case may join. `origin`: the number of the joint case
    from which this case was split off, and the id that its person had there. `proposal`: the settlement
    proposed to each person of a joint case. `leaving`: the ids of people who are about to get cases of their
    own. `choice`: the open proposal of the people who should speak for a joint case. `chosen`: when the last
    such proposal was decided."""

    joined: Annotated[Joined | None, UNDER_WAY._replace(linked=MERGED, joined=MERGED)] = None
    invited: Annotated[str | None, UNDER_WAY._replace(linked=DROPPED, joined=DROPPED)] = None
    origin: Annotated[tuple[str, str] | None, MADE] = None
    proposal: Annotated[Proposal | None, UNDER_WAY._replace(join=DROPPED)] = None
    leaving: Annotated[tuple[str, ...], UNDER_WAY._replace(left=MERGED)] = ()
    choice: Annotated[SpeakerChoice | None, UNDER_WAY._replace(left=MERGED)] = None
    chosen: Annotated[datetime | None, UNDER_WAY] = None


@frozen
class Talks:
    """The talks between the two sides. `dispute`: the present or last talks. `mediation_offered`: the company
    has agreed in advance to a mediation. `agreement`: the agreement whose text is proposed to both sides, or
    in force. `drafts`: how many texts were drafted so far."""

    dispute: Annotated[Dispute | None, UNDER_WAY] = None
    mediation_offered: Annotated[bool, STATE] = False
    mediation: Annotated[Mediation | None, UNDER_WAY] = None
    agreement: Annotated[Agreement | None, UNDER_WAY] = None
    drafts: Annotated[int, STATE] = 0

    def in_present(self, at: datetime | None) -> bool:
        """Return whether the moment `at` lies in the present negotiation or mediation. A mediation begins
        when both sides have agreed to it. So it contains nothing of the negotiation."""
        begun = self.mediation.since if self.mediation else self.dispute.at if self.dispute else None
        return at is not None and begun is not None and begun <= at


@frozen
class Recourse:
    """What was done against decisions of this case. `reconsideration`: the present or last request for
    reconsideration. `reviewed`: the numbers of matters that a reconsideration has decided for good.
    `sent_back`: whether a reconsideration has ordered a new investigation. `answered`: the numbers of matters
    whose answer stays while other matters are investigated again. `reopened`: how often the case was
    reopened. `withdrawn`: what was removed when the complaint was withdrawn; None if it is not withdrawn."""

    reconsideration: Annotated[Reconsideration | None, MADE._replace(left=MERGED)] = None
    reviewed: Annotated[tuple[int, ...], STATE._replace(contest=DROPPED)] = ()
    sent_back: Annotated[bool, STATE._replace(contest=DROPPED)] = False
    answered: Annotated[tuple[int, ...], STATE._replace(contest=DROPPED)] = ()
    reopened: Annotated[int, STATE] = 0
    withdrawn: Annotated[Withdrawn | None, STATE] = None


@frozen
class Feedback:
    """The opinions that people gave after the closing. `surveyed`: the ids of people who answered the survey
    since the case was closed. `survey_waits`: whether a supervisor has yet to note what follows from the
    answers. `asked`: when people were asked for an opinion on the process. `opined`: the ids of people who
    gave that opinion."""

    surveyed: Annotated[tuple[str, ...], STATE._replace(leave=MERGED)] = ()
    survey_waits: Annotated[bool, STATE] = False
    stories: Annotated[tuple[Story, ...], OWN._replace(contest=DROPPED)] = ()
    asked: Annotated[datetime | None, STATE] = None
    opined: Annotated[tuple[str, ...], STATE._replace(leave=MERGED)] = ()


@frozen
class Retention:
    """The decisions about the personal data of the case. `held`: since when they must not be destroyed,
    because a lawsuit or an authority needs them; None if they may be. `to_destroy`: when their destruction
    was decided; None if it was not. `destroyed`: when they were destroyed; None while they are there.
    `parts`: the complainants whose own data are destroyed, while those of the others stay."""

    held: Annotated[datetime | None, STATE] = None
    to_destroy: Annotated[datetime | None, OWN] = None
    destroyed: Annotated[datetime | None, OWN] = None
    parts: Annotated[tuple[ErasedPart, ...], OWN] = ()

    @property
    def waiting(self) -> frozenset[str]:
        """Return the ids of the people whose own data will be destroyed, and are there."""
        return frozenset(part.of for part in self.parts if not part.done)


@frozen
class Clock:
    """The values on which deadlines depend, besides the dates of events. `halts`: suspensions of deadlines.
    `extensions`: extensions that were granted. `review`: since when the team lead must decide about a window
    that the clock may not let lapse. `steps`: how many steps of a deadline run (reminders, escalations and
    moves of the clock) were taken, by the key of the run. `provisional`: the ends that we announced before
    the calendar of their year was published, by the key of the deadline run. `late`: the times in which a
    duty of ours was missed; the last of them has no end while one is. `mail_held`: the keys of the windows
    that a message by mail has held open."""

    halts: Annotated[tuple[Pause, ...], UNDER_WAY._replace(leave=MERGED)] = ()
    extensions: Annotated[tuple[Extension, ...], STATE._replace(contest=DROPPED)] = ()
    review: Annotated[datetime | None, STATE._replace(contest=DROPPED)] = None
    steps: Annotated[Mapping[str, int], UNDER_WAY._replace(leave=MERGED)] = field(default_factory=dict)
    provisional: Annotated[Mapping[str, datetime], STATE] = field(default_factory=dict)
    late: Annotated[tuple[Span, ...], UNDER_WAY._replace(leave=MERGED)] = ()
    mail_held: Annotated[tuple[str, ...], UNDER_WAY] = ()


@frozen
class Case:
    """One complaint, or one improvement action, or one training.

    `taken`: when each move was last taken, by the name of the move; the latest stands last. `told`: when each
    letter to a party last reached them, by the letter's key; None while it has not. `posted`: for each letter
    on which a window depends, the id of its last `Post`, by the letter's key. `tellings`: the call tasks.
    `team`: the team that has the case. `teams`: the teams that had it before, the oldest first. `holders`:
    every team and owner that the case has had, the present ones last; empty until its first move under a
    release that keeps them. `goes_to`: the team to which the clock still has to move the case, because a rule
    names it for the new severity; None if there is none.
    `messages`: the first message of each person that has no reply. `written`: for each party, the last day on
    which they sent messages, and how many they sent on it. `recipients`: the last day on which parties named
    new addresses, and how many they named on it. `mails`: the mails that wait until a person confirms them.
    `mentions`: the mentions of colleagues in notes who have not opened the case since, one for each.

    `forwards`: what we pass on to other businesses and bodies, the newest last.

    `stages`: the stage history, the present stage last. `doubts`: the places at which somebody changed the
    record from outside.
    `entries`: the number of timeline entries, which is also the version of the case. `head`: the hash of the
    last entry. `contents`: an index of the entries; None if a release without an index saved the case.
    `improvement`: set only on an improvement action. `training`: set only on a training. Improvement actions
    and trainings have neither parties nor matters.

    The next fields protect the stored rows. `beside`: the number of the last entry, and the digest of the
    letters that this entry owes. `listed`: the number of the last entry, and the digest of the case's row in
    each work list. `kept`: the SHA-256 digest of the stored case as we read it; "" for a case that was not
    read from the store. `altered`: whether `kept` differs from the digest of the case as it was saved.
    `row_version`: the version of the row from which the case was read; 0 for a new case.

    `fed`: the moment (UTC) under which a feed of changes was last told of the case. It keeps the changes of a
    case in their order; None if no feed was told.

    `outages`: our outages, from the register of outages. They are added on reading and never stored in the
    case. `uncertain`: whether somebody changed that register from outside, so that the ends of windows may be
    wrong.
    """

    ref: Annotated[str, OWN]
    policy: Annotated[str, STATE]
    stage: Annotated[Stage, MADE]
    channel: Annotated[Channel, FILED]
    received_at: Annotated[datetime, FILED]
    recorded_at: Annotated[datetime, FILED]
    team: Annotated[str, STATE]
    parties: Annotated[tuple[Party, ...], MADE._replace(join=MERGED, joined=MERGED, left=MERGED)]
    matters: Annotated[tuple[Matter, ...], MADE]
    intake: Intake = Intake()
    inquiry: Inquiry = Inquiry()
    together: Together = Together()
    talks: Talks = Talks()
    recourse: Recourse = Recourse()
    feedback: Feedback = Feedback()
    clock: Clock = Clock()
    retention: Retention = Retention()
    outside: Annotated[tuple[Outside, ...], FOLLOWS] = ()
    forwards: Annotated[tuple[Forward, ...], UNDER_WAY._replace(leave=MERGED, left=MERGED)] = ()
    severity: Annotated[Severity | None, STATE] = None
    owner: Annotated[str | None, UNDER_WAY._replace(leave=MERGED)] = None
    outcome: Annotated[Outcome | None, STATE._replace(linked=MERGED, joined=MERGED)] = None
    requests: Annotated[tuple[Request, ...], STATE._replace(contest=DROPPED)] = ()
    approvals: Annotated[tuple[Approval, ...], UNDER_WAY] = ()
    tellings: Annotated[tuple[CallTask, ...], UNDER_WAY._replace(joined=DROPPED, left=MERGED)] = ()
    messages: Annotated[tuple[Waiting, ...], FOLLOWS._replace(linked=DROPPED, joined=DROPPED)] = ()
    mails: Annotated[tuple[UnconfirmedMail, ...], UNDER_WAY._replace(linked=DROPPED, joined=DROPPED)] = ()
    mentions: Annotated[tuple[Mention, ...], UNDER_WAY] = ()
    teams: Annotated[tuple[TeamTerm, ...], STATE] = ()
    holders: Annotated[tuple[Holder, ...], UNDER_WAY._replace(leave=MERGED)] = ()
    goes_to: Annotated[RuledTeam | None, UNDER_WAY] = None
    written: Annotated[Mapping[str, tuple[date, int]], STATE._replace(leave=MERGED)] = field(
        default_factory=dict
    )
    recipients: Annotated[tuple[date, int] | None, STATE] = None
    promises: Annotated[tuple[Promise, ...], STATE._replace(contest=DROPPED)] = ()
    evidence: Annotated[tuple[Evidence, ...], MADE] = ()
    obligations: Annotated[tuple[Obligation, ...], UNDER_WAY._replace(leave=MERGED, left=MERGED)] = ()
    safety: Annotated[Safety | None, FOLLOWS._replace(leave=CARRIED, left=KEPT)] = None
    handler_change: Annotated[Waiting | None, UNDER_WAY] = None
    improvement: Annotated[Improvement | None, OWN] = None
    training: Annotated[Training | None, OWN] = None
    stages: Annotated[tuple[Entered, ...], UNDER_WAY._replace(leave=MERGED)] = ()
    taken: Annotated[Mapping[str, datetime], MADE] = field(default_factory=dict)
    told: Annotated[Mapping[str, datetime | None], MADE._replace(left=MERGED)] = field(default_factory=dict)
    posted: Annotated[Mapping[str, str], UNDER_WAY] = field(default_factory=dict)
    doubts: Annotated[tuple[Doubt, ...], MADE] = ()
    restored: Annotated[tuple[Restored, ...], OWN] = ()
    entries: Annotated[int, OWN] = 0
    head: Annotated[str, OWN] = ""
    contents: Annotated[Contents | None, OWN] = None
    beside: Annotated[tuple[int, str] | None, OWN] = field(default=None, compare=False)
    listed: Annotated[tuple[int, Mapping[str, str]] | None, OWN] = field(default=None, compare=False)
    fed: Annotated[datetime | None, OWN] = field(default=None, compare=False)
    kept: Annotated[str, OWN] = field(default="", compare=False)
    altered: Annotated[bool, OWN] = field(default=False, compare=False)
    row_version: Annotated[int, OWN] = field(default=0, compare=False)
    outages: Annotated[tuple[Outage, ...], OWN] = field(default=(), compare=False)
    uncertain: Annotated[bool, OWN] = field(default=False, compare=False)

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        """Return the stage history with the end of each stay. A stay ends when the next one begins."""
        ends = (*(entered.since for entered in self.stages[1:]), None)
        return tuple(Stay(one.stage, one.since, end) for one, end in zip(self.stages, ends, strict=False))

    @property
    def flat(self) -> Mapping[str, Any]:
        """Return the value of every field by its name. The fields of records such as `intake` are included,
        in place of the record."""
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in RECORDS}
        return own | {name: had for of in RECORDS for name, had in values(getattr(self, of)).items()}

    @property
    def partner_reads(self) -> bool:
        """Return whether the partner that filed this complaint reads it as its person does. It does while the
        person consents, is on the case, and the personal data are not destroyed. Without that it reads how
        the complaint stands, and no words of the complaint or of its answer."""
        return any(
            party.shares and not party.shares.ended and not party.left and not self.erased(party.id)
            for party in self.parties[:1]
            if self.intake.partner
        )

    def party(self, id: str) -> Party:
        """Return the party with this id. Raises Refusal `unknown_person` if no party of the case has the
        id."""
        return required(next((p for p in self.parties if p.id == id), None), "unknown_person")

    def somebody(self, id: str) -> Party:
        """Return the party with this id, which a request of staff names. Raises Refusal `unknown_person` for
        the request's field `party`, if no party has the id or the party has left the case."""
        here = next((p for p in self.parties if p.id == id and not p.left), None)
        return required(here, "unknown_person", field="party")

    def erased(self, id: str) -> bool:
        """Return whether the personal data of the party with this id are destroyed. Those of representatives
        are destroyed together with those of the person whom they represent, or before them."""
        whose = {id, *(p.represents for p in self.parties if p.id == id)}
        parts = self.retention.parts
        return bool(self.retention.destroyed) or any(part.done and part.of in whose for part in parts)

    def stands_for(self, id: str) -> str:
        """Return the id under which obligations and signatures count for the party with the id `id`. For the
        company's representative it is "business". For a representative of a complainant it is the id of the
        complainant. For any other party it is their own id."""
        party = self.party(id)
        return BUSINESS if party.side == Side.BUSINESS else party.represents or party.id

    @cached_property
    def computed(self) -> dict[tuple[Any, ...], Any]:
        """Return the cache of what `engine/running.py` computes once a case. It starts empty. The key is the
        calendar of the computation, the name of the function, and its arguments."""
        return {}

    def kept_with(self, **digests: Any) -> Case:
        """Return the case with the fields in `digests`, such as `kept`, set to new values. These fields do
        not affect deadlines, so what was computed is kept."""
        kept = replace(self, **digests)
        kept.computed.update(self.computed)
        return kept

    @cached_property
    def consumers(self) -> tuple[Party, ...]:
        """Return the complainants, without representatives and people who have left the case."""
        return tuple(p for p in self.parties if p.side == Side.CONSUMER and not p.represents and not p.left)

    @cached_property
    def business(self) -> Party | None:
        """Return the company's representative; None until one is named."""
        return next((p for p in self.parties if p.side == Side.BUSINESS and not p.left), None)

    @cached_property
    def colleagues(self) -> frozenset[str]:
        """Return the ids of the staff members who speak, or spoke, for the company on this case."""
        return frozenset(p.colleague for p in self.parties if p.colleague)

    @property
    def without_consents(self) -> tuple[Party, ...]:
        """Return the parties without their answers to a proposal, because the proposal has ended or a new one
        is made."""
        return tuple(replace(party, consents=None) for party in self.parties)

    def bars(self, who: str) -> bool:
        """Return whether the person `who` is barred from leading the present talks as neutral officer. A
        person is barred who investigated the case, or answered for the company."""
        return self.stage in AT_TABLE and self.talks.dispute is not None and who in self.talks.dispute.barred

    @property
    def mediator(self) -> str | None:
        """Return the id of the mediator who is invited or has accepted; None without a mediator."""
        return self.talks.mediation.mediator if self.talks.mediation else None

    def mediated_by(self, who: str) -> bool:
        """Return whether the person `who` may read the case as its mediator. The mediator may during the
        talks, even if only invited, and after them if an agreement is in force. After a mediation without an
        agreement, the mediator may no longer read the case."""
        return who == self.mediator and (self.stage in AT_TABLE or self.bound is not None)

    @property
    def mediates(self) -> bool:
        """Return whether the mediator owns the case during the talks. Nobody may then take the case from the
        mediator, unless a side objects to the mediator or the mediator stands back."""
        return self.stage in AT_TABLE and self.owner is not None and self.owner == self.mediator

    def undone(self, head: str) -> bool:
        """Return whether a restore of the table undid the entry with the hash `head`."""
        return any(head in restored.heads for restored in self.restored)

    @property
    def doubted(self) -> bool:
        """Return whether the record of this case was changed from outside, and two people have not yet
        examined and accepted the change."""
        return any(doubt.cleared is None for doubt in self.doubts)

    @property
    def behind(self) -> bool:
        """Return whether a duty of ours is missed, so that the windows of the complainants are suspended."""
        return bool(self.clock.late) and self.clock.late[-1].until is None

    @property
    def bound(self) -> Agreement | None:
        """Return the agreement that is in force; None without one."""
        return self.talks.agreement if self.talks.agreement and self.talks.agreement.in_force else None

    @property
    def unsealed(self) -> bool:
        """Return whether the case has an agreement in force whose document is not sealed yet."""
        return self.bound is not None and self.bound.sealed is None

    @property
    def handler(self) -> str | None:
        """Return the id of the owner of the case, if the owner still works on it. Return None if nobody does.

        In a closed case with an open obligation, somebody must follow up the obligation. The owner counts
        there only if the case came from performance or breach, so that the owner did that before. An
        investigator or neutral officer has no such task.
        """
        followed = any(entered.stage in (Stage.PERFORMING, Stage.BREACHED) for entered in self.stages[-2:-1])
        return self.owner if followed or self.stage != Stage.CLOSED or not self.open_obligations else None

    @property
    def held_before(self) -> str | None:
        """Return the id of the person who owned the case before the talks. Return None if nobody did, or if
        that person has stood back from the case."""
        return (
            self.talks.dispute.owner
            if self.talks.dispute and self.talks.dispute.owner not in self.inquiry.recused
            else None
        )

    @property
    def joint(self) -> bool:
        """Return whether several people complain together in this case."""
        return len(self.consumers) > 1

    def speakers(self, party: Party, today: date) -> tuple[Party, ...]:
        """Return the people who receive the letters to `party` on the day `today`.

        They are the representatives of `party` with the power to submit, whose authority is checked and not
        expired. The party is included if no such representative has the power to answer, or if the party's
        letters leave by e-mail or short message. So a letter that asks reaches somebody who can answer.
        """
        agents = tuple(
            p
            for p in self.parties
            if p.represents == party.id and p.valid(today) and Power.SUBMIT in p.powers
        )
        mailed = party.way in AUTOMATIC and not party.held_back
        answered = any(Power.ANSWER in agent.powers for agent in agents)
        return (*agents, *([party] if not answered or mailed else []))

    def with_party(self, party: Party) -> Case:
        """Return the case with `party` in place of the party with the same id, or with `party` added if the
        id is new. If the party has a new access link, the recorded delivery of the old link is removed."""
        before = next((p for p in self.parties if p.id == party.id), None)
        if before is None:
            return replace(self, parties=(*self.parties, party))
        own = f"{LINK}#{party.id}" if party.generation != before.generation else ""
        return replace(
            self,
            parties=tuple(party if p.id == party.id else p for p in self.parties),
            told={letter: at for letter, at in self.told.items() if letter != own} if own else self.told,
        )

    @property
    def passed_on(self) -> bool:
        """Return whether a forward of this case is under way, so that somebody must still act on it."""
        return any(forward.under_way for forward in self.forwards)

    @property
    def unsafe(self) -> bool:
        """Return whether the case has a safety tag that is not cleared."""
        return self.safety is not None and self.safety.cleared is None

    @cached_property
    def reached(self) -> Mapping[str, list[datetime | None]]:
        """Return when each letter reached each of its recipients. The key is the letter's key without the
        person. The value has one moment for each recipient; None stands for a recipient whom the letter has
        not reached."""
        found: dict[str, list[datetime | None]] = {}
        for letter, at in self.told.items():
            found.setdefault(key_of(letter).topic, []).append(at)
        return found

    @cached_property
    def open_obligations(self) -> tuple[Obligation, ...]:
        """Return the open obligations. An offered obligation does not count until the offer is accepted."""
        return tuple(o for o in self.obligations if o.open and not o.offer)

    @property
    def answer(self) -> Report | None:
        """Return the report on which the company's answer is based. Return None if the answer is not given
        yet."""
        given = self.taken.get("answer")
        return (
            self.inquiry.report if self.inquiry.report and given and given >= self.inquiry.report.at else None
        )

    @cached_property
    def _held_against(self) -> tuple[Obligation, ...]:
        """Return the breached obligations for which the other side may hold back its own performance."""
        holds = (o for o in self.open_obligations if o.found)
        return tuple(o for o in holds if any(one.measure == Measure.HOLD_COUNTER for one in o.measures))

    def obligation(self, id: str) -> Obligation:
        """Return the open obligation with this id. Raises Refusal `obligation_unknown` if there is none."""
        found = next((o for o in self.open_obligations if o.id == id), None)
        return required(found, "obligation_unknown", field="obligation")

    def with_obligation(self, obligation: Obligation) -> Case:
        """Return the case with `obligation` in place of the obligation with the same id.

        If `obligation` is no longer open, any obligation that waits for it gets its last day. If the state,
        day or amount has changed, requests for approval about this obligation are removed.
        """
        done, since = not obligation.open, obligation.since
        day = published().day_of(since)
        was = next(o for o in self.obligations if o.id == obligation.id)
        obligation = replace(obligation, dated=obligation.dated or was.begun)
        same = (obligation.state, obligation.by, obligation.amount) == (was.state, was.by, was.amount)
        asked = tuple(a for a in self.approvals if same or a.facts.get("obligation") != obligation.id)

        def follows(o: Obligation) -> Obligation:
            waits = done and o.open and o.after == obligation.id and o.by is None and o.term is not None
            if not (waits and o.term):
                return o
            return replace(
                o,
                by=day + timedelta(days=o.term.days or 0),
                dated=since,
                since=since if o.state == Duty.PENDING else o.since,
            )

        changed = tuple(obligation if o.id == obligation.id else follows(o) for o in self.obligations)
        return replace(self, approvals=asked, obligations=changed)

    def first_owed(self, obligation: Obligation) -> Obligation | None:
        """Return the obligation that must be performed before `obligation`, by its creditor. Return None if
        there is no such obligation.

        Two obligations can come first. `obligation` may have to wait for one by agreement. Another is one
        that the creditor has breached, so that the debtor may hold back performance (民法典 525-527). A debtor
        who has already got a demand for performance may not hold back.
        """
        waits = (o for o in self.open_obligations if o.id == obligation.after) if obligation.after else ()
        held = (
            o
            for o in self._held_against
            if not obligation.notice and (o.debtor, o.to) == (obligation.to, obligation.debtor)
        )
        return next(chain(waits, held), None)

    def extended(self, of: str) -> int:
        """Return how often the deadline named `of` was extended. Extensions before the last reopening, or
        before the last order to investigate again, do not count."""
        return sum(1 for more in self.clock.extensions if more.of == of)

    def seat(self, who: str) -> Seat | None:
        """Return the seat of the person `who` on the panel that decides the reconsideration; None without a
        seat. The seats remain while the case waits for information."""
        return next((seat for seat in self.panel if seat.who == who), None)

    @property
    def panel(self) -> tuple[Seat, ...]:
        """Return the seats of the panel that decides the reconsideration. The result is empty before the
        panel is appointed."""
        return self.recourse.reconsideration.panel if self.recourse.reconsideration else ()

    @property
    def chair(self) -> str | None:
        """Return the id of the chair of the panel; None without a chair."""
        return next((seat.who for seat in self.panel if seat.chair), None)

    @property
    def place(self) -> Stage:
        """Return the stage of the case. While the case waits for information, return the stage to which it
        will return."""
        return self.request.stage if self.stage == Stage.AWAITING_INFORMATION and self.request else self.stage

    @property
    def awaits_owner(self) -> bool:
        """Return whether the case has no owner and needs one before it is answered. A case that a panel
        decides needs no owner."""
        return self.owner is None and self.place in (Stage.RECEIVED, Stage.INVESTIGATING)

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """Return the sectors that the complaint belongs to: those of its matters and of what was bought."""
        subject = self.intake.subject
        return sectors_of(
            (matter.type for matter in self.matters), subject.service_class or subject.goods_class
        )

    @property
    def anonymous(self) -> bool:
        """Return whether no complainant has given an address or a telephone number."""
        return all(party.way == Way.NONE for party in self.consumers)

    @property
    def reports(self) -> bool:
        """Return whether the sender only reports a violation and wants nothing for themselves."""
        return self.intake.filed_as == FiledAs.REPORT

    @property
    def appraisal(self) -> Appraisal | None:
        """Return the expert test that is proposed or under way; None without one."""
        return next((a for a in self.inquiry.appraisals if not a.ended and not a.refused), None)

    @property
    def request(self) -> Request | None:
        """Return the latest request for information; None without one."""
        return self.requests[-1] if self.requests else None

    @property
    def promised(self) -> datetime | None:
        """Return when (UTC) the answer is due by the date that we last promised to the consumer. Return None
        if we promised no date."""
        return next((p.by for p in reversed(self.promises) if p.what == "answer"), None)

    def new_dates(self, run: str) -> tuple[Promise, ...]:
        """Return the new dates that were promised to the consumer after we missed a deadline. `run`: the key
        of the deadline run that we missed."""
        return tuple(promise for promise in self.promises if promise.run == run)

    def said_by(self, act: Act) -> int:
        """Return the number of the timeline entry that holds the words of an act. For an approval, that is
        the entry of the request. For any other act, it is the entry that will be written next."""
        return act.said_in or self.entries + 1

    def with_evidence(self, kind: EvidenceKind, act: Act, file: str | None = None) -> Case:
        """Return the case with one more piece of evidence of this kind, which the actor of `act` brought.
        `file`: the id of its file; None if it has no file."""
        late = self.stage in (Stage.ANSWERED, Stage.SIGNING, Stage.PERFORMING, Stage.BREACHED)
        piece = Evidence(f"E{len(self.evidence) + 1}", kind, act.now, act.who, self.said_by(act), file, late)
        return replace(self, evidence=(*self.evidence, piece))

    @property
    def reopens(self) -> bool:
        """Return whether the consumer may reopen this case after its closing. A case can be reopened once. It
        cannot be reopened if it was joined to another case, referred to the courts, or taken to a court."""
        return not self.recourse.reopened and not self.together.joined and self.outcome not in ANEW

    @property
    def shielded(self) -> bool:
        """Return whether the clock must not close this case alone when a window lapses. That is so for an
        uncleared safety tag, severity S1, or a person who needs help."""
        return self.unsafe or self.severity == Severity.S1 or any(p.needs_help for p in self.parties)


RECORDS = [one.name for one in fields(Case) if is_dataclass(one.default)]
"""The names of those fields of `Case` that hold a record with further fields, such as `intake`."""


class Refusal(Exception):
    """The refusal of a move. `code`: a code that never changes; `locale/` has its sentence in each language.
    `field`: the path of the faulty part of the request; None if no part is at fault. `facts`: the values that
    the sentence mentions."""

    def __init__(self, code: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.field, self.facts = code, field, facts


def refuse_if(so: object, code: str, *, field: str | None = None, **facts: Any) -> None:
    """Raise a Refusal with this code, field and facts if the condition `so` is true."""
    if so:
        raise Refusal(code, field=field, **facts)


def required(value: T | None, code: str, *, field: str | None = None, **facts: Any) -> T:
    """Return `value` if it is not None. Otherwise raise a Refusal with this code, field and facts."""
    if value is None:
        raise Refusal(code, field=field, **facts)
    return value
