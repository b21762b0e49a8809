"""A complaint as frozen values: its stage, its history and its dates. It holds codes and dates, never
personal words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Annotated, Any, Literal, TypeVar

from chalicelib.domain.calendar import Calendar, published
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
)
from chalicelib.domain.model.case_records import (
    BUSINESS,
    Agreement,
    Appraisal,
    Approval,
    CallTask,
    Contents,
    Dispute,
    Doubt,
    Evidence,
    Extension,
    Improvement,
    Interval,
    Joined,
    Matter,
    Mediation,
    Outside,
    Pause,
    Promise,
    Proposal,
    Question,
    Reconsideration,
    Report,
    Request,
    Safety,
    Seat,
    Settled,
    Story,
    Subject,
    Training,
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
    Hurt,
    Known,
    Language,
    Measure,
    Outcome,
    Power,
    Region,
    Role,
    Severity,
    Side,
    Stage,
    Way,
    Wish,
)
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.outages import Outage


@frozen
class Confirmed:
    """How a party confirmed that giving something up is their own will. `client` is the name of the program
    that they used: it is personal, so it is kept among the words of the entry."""

    by: ConfirmedBy
    client: Mapping[str, str] = field(default_factory=dict)


Limit = Literal["by_phrase", "asked", "deaf"]
"""The limits that come from an actor's way to a case. `by_phrase`: a party who came by number and passphrase.
`asked`: a department with a question, which reads nothing else. `deaf`: a member of staff who may not read
the talks."""


@frozen
class Act:
    """One act of one actor, a person or the clock, at one moment in one role.

    `id` is new for each act; the ids of all its results derive from it. `salt` is random, and secret until it
    is erased. `party` is set when a party acts. `teams`: the teams of a staff member. `said_in`: the entry
    with the words of the move that a second person approves. `confirmed`: set when a party has confirmed the
    act. `limits`: set by the actor's way to the case, see `Limit`.
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


LINK = "access_link"
"""The letter with a person's own link, which also leads to the button that confirms their mailbox. Its
recipient may have just asked for it and may wait for it. It carries no text from a person."""


@frozen
class Pending:
    """A new e-mail address or telephone for short messages that its owner has not confirmed. The address
    itself is in the person's row.

    `way`: how it is reached. `entry`: the entry that named it. `first`: the entry of the first of several
    unconfirmed addresses, each replacing the one before. `since`: when it was named. `leaves` (UTC): when its
    one message leaves, which only asks to confirm; a limit makes it later than `since`. `own`: a party named
    it, not staff.
    """

    way: Way
    entry: int
    first: int
    since: datetime
    leaves: datetime
    own: bool = True


@frozen
class Party:
    """A person in the head of the case: how they are reached and in what language, but nothing that
    identifies them.

    `known_by`: keyed hashes of each phone number and e-mail address. `generation` dates the access link.
    `represents`, `powers`, `until`: a representative acts for that party within these powers until the end of
    that day. `checked`: staff have checked the authority document. `own`: in a joint case, the number that
    the person had before they joined. `speaks`: a joint representative. `left`: since when the person no
    longer belongs to the case. `consents`: their answer to the settlement last proposed to them.

    `colleague`: the member of staff who speaks for the company here, and does nothing else on the case.
    `confirmed`: the owner of the mailbox at their e-mail address has confirmed it. `phone_confirmed`: the
    owner of the telephone for their short messages has confirmed it. `readdressed`: when they gave the e-mail
    address themselves, by their link. `pending`: the new address that waits for confirmation; letters go to
    the present one until then. `waits` (UTC): until when a limit delays the first letter to a person whom a
    party named. `kept`: the salted digest of the row with their name and addresses; empty where a release
    before kept it.
    """

    id: str
    way: Way
    language: Language
    capacity: Capacity = Capacity.SELF
    side: Side = Side.CONSUMER
    known_by: tuple[str, ...] = ()
    generation: int = 1
    needs_help: bool = False
    represents: str | None = None
    powers: tuple[Power, ...] = ()
    until: date | None = None
    checked: bool = False
    own: str | None = None
    speaks: bool = False
    left: datetime | None = None
    consents: bool | None = None
    colleague: str | None = None
    confirmed: bool = False
    phone_confirmed: bool = False
    readdressed: datetime | None = None
    pending: Pending | None = None
    waits: datetime | None = None
    kept: str = field(default="", compare=False)

    @property
    def role(self) -> Role:
        """Return the role in which this person acts."""
        if self.side == Side.BUSINESS:
            return Role.BUSINESS_REP
        return Role.REPRESENTATIVE if self.represents else Role.CONSUMER

    @property
    def says_phrase(self) -> bool:
        """Return whether number and passphrase open the case for them, since they get no letters by mail."""
        return (self.way != Way.EMAIL or self.held_back) and not self.left

    @property
    def proven(self) -> bool:
        """Return whether the owner of the address for their automatic letters has confirmed it."""
        return {Way.EMAIL: self.confirmed, Way.SMS: self.phone_confirmed}.get(self.way, False)

    @property
    def held_back(self) -> bool:
        """Return whether their automatic letters are stopped: a new address waits, and the present one is
        unconfirmed. Staff call them instead."""
        return self.pending is not None and self.way in AUTOMATIC and not self.proven

    @property
    def generations(self) -> tuple[int, ...]:
        """Return the generations of links that open the case for them. While an address waits, the device on
        which it was named already has the next one. Once the address is confirmed, only that one is good."""
        return (self.generation, self.generation + 1) if self.pending else (self.generation,)

    def same(self, other: Party) -> bool:
        """Return whether these two places, on two cases, belong to the same person: neither was taken over by
        another person, or they share an address."""
        return self.generation == other.generation == 1 or not set(self.known_by).isdisjoint(other.known_by)

    def valid(self, today: date) -> bool:
        """Return whether a representative's authority was checked and is in its term."""
        return self.checked and not self.left and (self.until is None or today <= self.until)


@frozen
class Withdrawn:
    """The parts of a withdrawn complaint that its closing removes, kept to restore it if the withdrawal is
    undone. `told` and `tellings` are those of the agreement text that was proposed to both sides."""

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
    """The content of a complaint at filing, and the partner system through which it came. `company`: the
    company it is about, if the policy lists that name; any other name may be a person's."""

    wishes: Annotated[tuple[Wish, ...], FILED] = ()
    wish_amount: Annotated[int | None, FILED] = None
    subject: Annotated[Subject, FILED] = NOTHING_SAID
    happened_on: Annotated[date | None, FILED] = None
    region: Annotated[Region | None, FILED] = None
    asked_business: Annotated[Known, FILED] = Known.UNKNOWN
    hurt: Annotated[Hurt, FILED] = Hurt.UNKNOWN
    consents: Annotated[tuple[str, ...], FILED] = ()
    partner: Annotated[str | None, FILED._replace(left=MERGED)] = None
    company: Annotated[str | None, FILED] = None


@frozen
class Inquiry:
    """The questions, tests and findings of an investigation. `goods_back`: the day on which goods came back.
    `recused`: the people who stood back or were taken off. A complaint settled at once has no report."""

    questions: Annotated[tuple[Question, ...], UNDER_WAY] = ()
    appraisals: Annotated[tuple[Appraisal, ...], UNDER_WAY] = ()
    report: Annotated[Report | None, UNDER_WAY._replace(leave=MERGED)] = None
    settled: Annotated[Settled | None, STATE] = None
    goods_back: Annotated[date | None, STATE._replace(contest=DROPPED)] = None
    recused: Annotated[tuple[str, ...], STATE._replace(leave=MERGED)] = ()


@frozen
class Together:
    """The relations of a complaint to those of others. `joined`: the case that it goes on with. `invited`:
    the joint case that it may join. `origin`: the joint case it was split off from, and its party there.
    `proposal`: the settlement proposed to each person of a joint case. `leaving`: the people about to be
    split off, each to a case of their own."""

    joined: Annotated[Joined | None, UNDER_WAY._replace(linked=MERGED, joined=MERGED)] = None
    invited: Annotated[str | None, UNDER_WAY._replace(joined=DROPPED)] = None
    origin: Annotated[tuple[str, str] | None, MADE] = None
    proposal: Annotated[Proposal | None, UNDER_WAY._replace(join=DROPPED)] = None
    leaving: Annotated[tuple[str, ...], UNDER_WAY._replace(left=MERGED)] = ()


@frozen
class Talks:
    """The dealings between the two sides. `dispute`: their talks, also finished ones. `mediation_offered`:
    the company agrees to mediation in advance. `agreement`: the text proposed to them, or in force. `drafts`:
    the number of drafts so far."""

    dispute: Annotated[Dispute | None, UNDER_WAY] = None
    mediation_offered: Annotated[bool, STATE] = False
    mediation: Annotated[Mediation | None, UNDER_WAY] = None
    agreement: Annotated[Agreement | None, UNDER_WAY] = None
    drafts: Annotated[int, STATE] = 0


@frozen
class Recourse:
    """The remedies used against a decision. `reviewed`: the matters on which a reconsideration has decided
    for good. `sent_back`: whether one has sent the case back. `answered`: the matters whose answer holds
    while others are investigated again. `reopened`: a count. `withdrawn`: the removed parts of a withdrawn
    complaint."""

    reconsideration: Annotated[Reconsideration | None, MADE._replace(left=MERGED)] = None
    reviewed: Annotated[tuple[int, ...], STATE._replace(contest=DROPPED)] = ()
    sent_back: Annotated[bool, STATE._replace(contest=DROPPED)] = False
    answered: Annotated[tuple[int, ...], STATE._replace(contest=DROPPED)] = ()
    reopened: Annotated[int, STATE] = 0
    withdrawn: Annotated[Withdrawn | None, STATE] = None


@frozen
class Feedback:
    """The opinions given after the closing. `surveyed`: the people who have answered the survey since the
    case was closed. `survey_waits`: a supervisor has yet to note what follows from it. `asked`: when its
    people were asked about the process itself. `opined`: the people who have answered that."""

    surveyed: Annotated[tuple[str, ...], STATE._replace(leave=MERGED)] = ()
    survey_waits: Annotated[bool, STATE] = False
    stories: Annotated[tuple[Story, ...], OWN._replace(contest=DROPPED)] = ()
    asked: Annotated[datetime | None, STATE] = None
    opined: Annotated[tuple[str, ...], STATE._replace(leave=MERGED)] = ()


@frozen
class Clock:
    """The inputs of deadlines in addition to the dates of events. `review`: when a barred lapse went to the
    lead. `steps`: the number of ladder steps taken in each deadline run. `provisional`: the ends, by run,
    that we announced before the calendar of their year was published."""

    halts: Annotated[tuple[Pause, ...], UNDER_WAY._replace(leave=MERGED)] = ()
    extensions: Annotated[tuple[Extension, ...], STATE._replace(contest=DROPPED)] = ()
    review: Annotated[datetime | None, STATE._replace(contest=DROPPED)] = None
    steps: Annotated[Mapping[str, int], UNDER_WAY._replace(leave=MERGED)] = field(default_factory=dict)
    provisional: Annotated[Mapping[str, datetime], STATE] = field(default_factory=dict)


@frozen
class Case:
    """One complaint.

    `taken`: when each move was last taken, the latest last. `told`: when each party letter last reached the
    person (None: not yet). `posted`: the id of the last post of each letter on which a window depends.
    `messages`: for each person, the first message without a reply. `written`: how many messages a party has
    written on their last day. `recipients`: how many new addresses parties have named on the last such day.
    `doubts`: the places at which its record was changed from outside.

    `entries`: the number of timeline entries, which is also the version. `contents`: where its entries are
    found again (None: the head was written by a release that kept none). `improvement` is set on an
    improvement action and `training` on a training; both have neither parties nor matters.

    `beside`: the last entry's number and the digest of the letters that it owes. `listed`: that number and,
    for each work list with the case, a digest of its row there. `kept`: the digest (SHA-256) of the head as
    it was read, empty for a head that was not read. `altered`: the head as read differs from the head as
    written. `outages`: our system's outages from the register; they are added when a case is read, and not
    stored with it. `uncertain`: somebody changed that register, so ends of windows may be wrong.
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
    outside: Annotated[tuple[Outside, ...], FOLLOWS] = ()
    severity: Annotated[Severity | None, STATE] = None
    owner: Annotated[str | None, UNDER_WAY._replace(leave=MERGED)] = None
    outcome: Annotated[Outcome | None, STATE._replace(linked=MERGED, joined=MERGED)] = None
    requests: Annotated[tuple[Request, ...], STATE._replace(contest=DROPPED)] = ()
    approvals: Annotated[tuple[Approval, ...], UNDER_WAY] = ()
    tellings: Annotated[
        tuple[CallTask, ...], UNDER_WAY._replace(linked=DROPPED, joined=DROPPED, left=MERGED)
    ] = ()
    messages: Annotated[tuple[Waiting, ...], FOLLOWS._replace(linked=DROPPED, joined=DROPPED)] = ()
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
    spells: Annotated[tuple[Interval, ...], UNDER_WAY._replace(leave=MERGED)] = ()
    taken: Annotated[Mapping[str, datetime], MADE] = field(default_factory=dict)
    told: Annotated[Mapping[str, datetime | None], MADE._replace(left=MERGED)] = field(default_factory=dict)
    posted: Annotated[Mapping[str, str], UNDER_WAY] = field(default_factory=dict)
    doubts: Annotated[tuple[Doubt, ...], MADE] = ()
    entries: Annotated[int, OWN] = 0
    head: Annotated[str, OWN] = ""
    contents: Annotated[Contents | None, OWN] = None
    beside: Annotated[tuple[int, str] | None, OWN] = field(default=None, compare=False)
    listed: Annotated[tuple[int, Mapping[str, str]] | None, OWN] = field(default=None, compare=False)
    kept: Annotated[str, OWN] = field(default="", compare=False)
    altered: Annotated[bool, OWN] = field(default=False, compare=False)
    outages: Annotated[tuple[Outage, ...], OWN] = field(default=(), compare=False)
    uncertain: Annotated[bool, OWN] = field(default=False, compare=False)

    @property
    def flat(self) -> Mapping[str, Any]:
        """Return all field values by name, including those of the records."""
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in RECORDS}
        return own | {name: had for of in RECORDS for name, had in values(getattr(self, of)).items()}

    def party(self, id: str) -> Party:
        """Return the party with this id; raise Refusal `unknown_person`."""
        return required(next((p for p in self.parties if p.id == id), None), "unknown_person")

    def somebody(self, id: str) -> Party:
        """Return the party with this id who still belongs to the case, as staff name them; raise Refusal
        `unknown_person`."""
        here = next((p for p in self.parties if p.id == id and not p.left), None)
        return required(here, "unknown_person", field="party")

    def stands_for(self, id: str) -> str:
        """Return the side whose debts and claims a party speaks for. That is themselves, the person they
        represent, or, for the company's representative, the company."""
        party = self.party(id)
        return BUSINESS if party.side == Side.BUSINESS else party.represents or party.id

    @cached_property
    def running(self) -> dict[Calendar, Mapping[str, Any]]:
        """Return the cache of running deadlines, by the calendar with which they were computed."""
        return {}

    def kept_with(self, **digests: Any) -> Case:
        """Return the same case with digests of its stored rows. The digests do not affect the deadlines, so
        their cache is kept."""
        kept = replace(self, **digests)
        kept.running.update(self.running)
        return kept

    @cached_property
    def consumers(self) -> tuple[Party, ...]:
        """Return the complainants, without representatives and people who have left the case."""
        return tuple(p for p in self.parties if p.side == Side.CONSUMER and not p.represents and not p.left)

    @property
    def business(self) -> Party | None:
        """Return the company's representative, once one has been named."""
        return next((p for p in self.parties if p.side == Side.BUSINESS and not p.left), None)

    @property
    def colleagues(self) -> frozenset[str]:
        """Return the members of staff who speak, or spoke, for the company on this case."""
        return frozenset(p.colleague for p in self.parties if p.colleague)

    def bars(self, who: str) -> bool:
        """Return whether a person cannot be the neutral officer of the present talks, since they investigated
        the case or answered for the company."""
        return self.stage in AT_TABLE and self.talks.dispute is not None and who in self.talks.dispute.barred

    @property
    def mediator(self) -> str | None:
        """Return the mediator, appointed or invited."""
        return self.talks.mediation.mediator if self.talks.mediation else None

    def mediated_by(self, who: str) -> bool:
        """Return whether a person mediates here, is invited to, or mediated an agreement in force. After a
        mediation without an agreement they may no longer read the case."""
        return who == self.mediator and (self.stage in AT_TABLE or self.bound is not None)

    @property
    def mediates(self) -> bool:
        """Return whether the mediator holds the case. Then nobody replaces them, unless a side objects to
        them or they stand back."""
        return self.stage in AT_TABLE and self.owner is not None and self.owner == self.mediator

    @property
    def doubted(self) -> bool:
        """Return whether its record was changed from outside and two people have yet to examine and clear
        that."""
        return any(doubt.cleared is None for doubt in self.doubts)

    @property
    def bound(self) -> Agreement | None:
        """Return the agreement that is in force."""
        return self.talks.agreement if self.talks.agreement and self.talks.agreement.in_force else None

    @property
    def unsealed(self) -> bool:
        """Return whether the document of the agreement in force is still to be made."""
        return self.bound is not None and self.bound.sealed is None

    @property
    def handler(self) -> str | None:
        """Return the member of staff who works on the case: its owner. On a closed case with an open
        obligation, that is only a person who followed it up before. Following up is no task for its
        investigator or the neutral officer of its talks."""
        followed = any(
            interval.stage in (Stage.PERFORMING, Stage.BREACHED) for interval in self.spells[-2:-1]
        )
        return self.owner if followed or self.stage != Stage.CLOSED or not self.open_obligations else None

    @property
    def held_before(self) -> str | None:
        """Return the owner of the case before the talks, unless they have stood back since."""
        return (
            self.talks.dispute.owner
            if self.talks.dispute and self.talks.dispute.owner not in self.inquiry.recused
            else None
        )

    @property
    def joint(self) -> bool:
        """Return whether several people complain together."""
        return len(self.consumers) > 1

    def speakers(self, party: Party, today: date) -> tuple[Party, ...]:
        """Return the recipients of a party's letters: representatives whose authority was checked and is in
        its term. The party themselves is one if there is no representative, or if their letters leave by
        themselves."""
        agents = tuple(
            p
            for p in self.parties
            if p.represents == party.id and p.valid(today) and Power.SUBMIT in p.powers
        )
        mailed = party.way in AUTOMATIC and not party.held_back
        return (*agents, *([party] if not agents or mailed else []))

    def with_party(self, party: Party) -> Case:
        """Return the case with a party changed, or added when it is new. A new generation of links makes the
        delivered link obsolete, so its delivery is forgotten."""
        before = next((p for p in self.parties if p.id == party.id), None)
        if before is None:
            return replace(self, parties=(*self.parties, party))
        own = f"{LINK}#{party.id}" if party.generation != before.generation else ""
        told = {letter: at for letter, at in self.told.items() if letter != own} if own else self.told
        parties = tuple(party if p.id == party.id else p for p in self.parties)
        return replace(self, parties=parties, told=told)

    @property
    def unsafe(self) -> bool:
        """Return whether an uncleared safety tag is on the case."""
        return self.safety is not None and self.safety.cleared is None

    @cached_property
    def reached(self) -> Mapping[str, list[datetime | None]]:
        """Return when each letter reached each person, by its name and subject; None for an undelivered
        one."""
        found: dict[str, list[datetime | None]] = {}
        for letter, at in self.told.items():
            found.setdefault(key_of(letter).topic, []).append(at)
        return found

    @cached_property
    def open_obligations(self) -> tuple[Obligation, ...]:
        """Return the open obligations. An offer is none until it is accepted."""
        return tuple(o for o in self.obligations if o.open and not o.offer)

    @property
    def answer(self) -> Report | None:
        """Return the report on which the answer is based; None before the answer."""
        given = self.taken.get("answer")
        return (
            self.inquiry.report if self.inquiry.report and given and given >= self.inquiry.report.at else None
        )

    def obligation(self, id: str) -> Obligation:
        """Return the open obligation with this id; raise Refusal `obligation_unknown`."""
        found = next((o for o in self.open_obligations if o.id == id), None)
        return required(found, "obligation_unknown", field="obligation")

    def with_obligation(self, obligation: Obligation) -> Case:
        """Return the case with one obligation changed. If the change completes it, an obligation that waits
        for it gets its day now. Requested approvals for the former state of the obligation are dropped."""
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
        """Return the obligation that the creditor must perform first. That is the one for which `obligation`
        waits. It is also an obligation of the creditor in breach, because of which the debtor holds back
        performance (民法典 525-527). A debtor who was late before is not excused."""
        waits = (o for o in self.open_obligations if o.id == obligation.after)
        held = (
            o
            for o in self.open_obligations
            if o.found
            and not obligation.notice
            and (o.debtor, o.to) == (obligation.to, obligation.debtor)
            and any(taken.measure == Measure.HOLD_COUNTER for taken in o.measures)
        )
        return next(chain(waits, held), None)

    def extended(self, of: str) -> int:
        """Return how often this deadline was extended since the case was taken up."""
        return sum(1 for more in self.clock.extensions if more.of == of)

    def seat(self, who: str) -> Seat | None:
        """Return a person's seat on the deciding panel, also while the panel waits for information."""
        return next((seat for seat in self.panel if seat.who == who), None)

    @property
    def panel(self) -> tuple[Seat, ...]:
        """Return the deciding panel."""
        return self.recourse.reconsideration.panel if self.recourse.reconsideration else ()

    @property
    def chair(self) -> str | None:
        """Return the chair of the deciding panel."""
        return next((seat.who for seat in self.panel if seat.chair), None)

    @property
    def place(self) -> Stage:
        """Return the stage of the case, or while information is awaited the stage to which it will return."""
        return self.request.stage if self.stage == Stage.AWAITING_INFORMATION and self.request else self.stage

    @property
    def anonymous(self) -> bool:
        """Return whether all complainants are without an address and a number."""
        return all(party.way == Way.NONE for party in self.consumers)

    @property
    def appraisal(self) -> Appraisal | None:
        """Return the expert test that is proposed or under way."""
        return next((a for a in self.inquiry.appraisals if not a.ended and not a.refused), None)

    @property
    def request(self) -> Request | None:
        """Return the latest request for information."""
        return self.requests[-1] if self.requests else None

    @property
    def promised(self) -> datetime | None:
        """Return the date of the answer last told to the consumer."""
        return next((p.by for p in reversed(self.promises) if p.what == "answer"), None)

    def new_dates(self, run: str) -> tuple[Promise, ...]:
        """Return the new dates that were given for a missed duty, by the run of its deadline."""
        return tuple(promise for promise in self.promises if promise.run == run)

    def said_by(self, act: Act) -> int:
        """Return the number of the entry with the words of an act. That is the entry now being written; for
        an approval it is the entry of the request."""
        return act.said_in or self.entries + 1

    def with_evidence(self, kind: EvidenceKind, act: Act, file: str | None = None) -> Case:
        """Return the case with one more piece of evidence."""
        late = self.stage in (Stage.ANSWERED, Stage.SIGNING, Stage.PERFORMING, Stage.BREACHED)
        piece = Evidence(f"E{len(self.evidence) + 1}", kind, act.now, act.who, self.said_by(act), file, late)
        return replace(self, evidence=(*self.evidence, piece))

    @property
    def reopens(self) -> bool:
        """Return whether the consumer can reopen the case themselves after it is closed. They can do so
        once."""
        return not self.recourse.reopened and not self.together.joined and self.outcome not in ANEW

    @property
    def shielded(self) -> bool:
        """Return whether the case is never closed by lapse alone: it has a safety tag, severity S1 or a help
        need."""
        return self.unsafe or self.severity == Severity.S1 or any(p.needs_help for p in self.parties)


RECORDS = [one.name for one in fields(Case) if is_dataclass(one.default)]
"""The fields of a case that hold a record."""


class Refusal(Exception):
    """A refusal of a move. `code` is stable and has a sentence in each language; `field` names the faulty
    part of the request."""

    def __init__(self, code: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.field, self.facts = code, field, facts


def refuse_if(so: object, code: str, *, field: str | None = None, **facts: Any) -> None:
    """Raise the Refusal with this code if the condition is true."""
    if so:
        raise Refusal(code, field=field, **facts)


def required(value: T | None, code: str, *, field: str | None = None, **facts: Any) -> T:
    """Return a value that must exist; raise the Refusal with this code if it is None."""
    if value is None:
        raise Refusal(code, field=field, **facts)
    return value
