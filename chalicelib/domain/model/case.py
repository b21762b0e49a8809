"""A complaint as frozen values: its stage, what was done on it and when. It holds codes and dates, never
personal words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Any, Literal, TypeVar

from chalicelib.domain.calendar import Calendar, published
from chalicelib.domain.frozen import frozen, replace, values
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
    """How it was confirmed that the party themselves gives something up (issue 14). `client` is the name of
    the program that they used: it is personal, so it is kept among the words of the entry."""

    by: ConfirmedBy
    client: Mapping[str, str] = field(default_factory=dict)


Limit = Literal["by_phrase", "asked", "deaf"]
"""What an actor's way to a case limits: a party came by number and passphrase; a department was asked a
question and reads nothing else; a member of staff may not hear the talks."""


@frozen
class Act:
    """One person (or the clock) doing one thing at one moment, in one role.

    `id` is new for each act, and the ids of all that comes of it are made from it; `salt` is random, and
    secret until it is erased; `party` is set when a party acts; `teams` are the teams of a staff member;
    `said_in` is the entry with the words of the move that a second person approves; `confirmed` is set when a
    party has confirmed what they do; `limits` are set by the actor's way to the case, see `Limit`.
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
"""The letter with somebody's own link, which also leads to the button that confirms their mailbox. They may
have just asked for it and wait for it, and it carries nothing that anybody wrote."""


@frozen
class Pending:
    """A new e-mail address, or telephone for short messages, that waits until its owner confirms it. The
    address itself lies in the person's row.

    `way` is how it is reached and `entry` the entry that named it. Of several that replaced one another
    unconfirmed, `first` is the entry of the first. Its one message, which only asks to confirm, leaves at
    `leaves` (UTC): beyond a limit that is later than `since`, when it was named. `own`: a party named it, not
    staff.
    """

    way: Way
    entry: int
    first: int
    since: datetime
    leaves: datetime
    own: bool = True


@frozen
class Party:
    """A person on the case as the head of the case keeps them: how they are reached and in what language, but
    nothing that tells who they are.

    `known_by` are keyed hashes of each phone number and e-mail address; `generation` dates the access link. A
    representative `represents` a party within `powers` until the end of `until`, once staff have `checked`
    the authority document. In a joint case `own` is the number the person had before they joined; `speaks`
    marks a joint representative; `left` says since when somebody belongs to it no longer; `consents` is their
    own answer to the settlement last put to them. `colleague`: the member of staff who speaks for the company
    here, and does nothing else on the case. `confirmed`: the owner of the mailbox at their e-mail address has
    said that it is theirs; `phone_confirmed`: the owner of the telephone that gets their short messages has;
    `readdressed`: when they gave the e-mail address themselves, by their link; `pending`: the new address
    that waits to be confirmed, while letters go on to the present one; `waits`: until when (UTC) the first
    letter to somebody whom a party named waits, beyond a limit. `kept` is the salted digest of the row
    with their name and addresses; empty where a release before kept it.
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
        """In what role this person acts."""
        if self.side == Side.BUSINESS:
            return Role.BUSINESS_REP
        return Role.REPRESENTATIVE if self.represents else Role.CONSUMER

    @property
    def says_phrase(self) -> bool:
        """Whether number and passphrase open the case for them: they get no letters by mail."""
        return (self.way != Way.EMAIL or self.held_back) and not self.left

    @property
    def proven(self) -> bool:
        """Whether the owner of the address to which their letters leave by themselves has confirmed it."""
        return {Way.EMAIL: self.confirmed, Way.SMS: self.phone_confirmed}.get(self.way, False)

    @property
    def held_back(self) -> bool:
        """Whether no letter leaves to them by itself: a new address waits, and nobody has confirmed the
        present one. Staff call them instead."""
        return self.pending is not None and self.way in AUTOMATIC and not self.proven

    @property
    def generations(self) -> tuple[int, ...]:
        """The generations of links that open the case for them. While an address waits, the device on which
        it was named has the next one already; once the address is confirmed only that one is good."""
        return (self.generation, self.generation + 1) if self.pending else (self.generation,)

    def same(self, other: Party) -> bool:
        """Whether these two places, on two cases, are the same person's: nobody else has taken over either of
        them, or the two have an address in common."""
        return self.generation == other.generation == 1 or not set(self.known_by).isdisjoint(other.known_by)

    def valid(self, today: date) -> bool:
        """Whether a representative's authority was checked and is in its term."""
        return self.checked and not self.left and (self.until is None or today <= self.until)


@frozen
class Withdrawn:
    """What a complaint had when it was withdrawn and loses by being closed. It is kept so that the complaint
    can go on as it stood if the withdrawal is undone. `told` and `tellings` are those of the text that both
    sides had before them."""

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
    """What was said when a complaint was filed, and the partner system through which it came. `company` is
    whom it is about, where that is a name that the policy lists: any other may be a person's."""

    wishes: tuple[Wish, ...] = ()
    wish_amount: int | None = None
    subject: Subject = NOTHING_SAID
    happened_on: date | None = None
    region: Region | None = None
    asked_business: Known = Known.UNKNOWN
    hurt: Hurt = Hurt.UNKNOWN
    consents: tuple[str, ...] = ()
    partner: str | None = None
    company: str | None = None


@frozen
class Inquiry:
    """What an investigation asks, tests and finds. `goods_back` is the day on which goods came back,
    `recused` are those who stood back or were taken off. What was settled at once has no report."""

    questions: tuple[Question, ...] = ()
    appraisals: tuple[Appraisal, ...] = ()
    report: Report | None = None
    settled: Settled | None = None
    goods_back: date | None = None
    recused: tuple[str, ...] = ()


@frozen
class Together:
    """How a complaint belongs with those of others. `joined`: the case that it goes on with; `invited`: the
    joint case that it may join; `origin`: the joint case it was split off from, and the party it was there;
    `proposal`: the settlement put to each person of a joint case; `leaving`: those of them who are about to
    be split off, each to a case of their own."""

    joined: Joined | None = None
    invited: str | None = None
    origin: tuple[str, str] | None = None
    proposal: Proposal | None = None
    leaving: tuple[str, ...] = ()


@frozen
class Talks:
    """What lies between the two sides. `dispute` are their talks, also when they are over;
    `mediation_offered`: the company agrees to mediation beforehand; `agreement` is the text before them, or
    in force, the last of so many `drafts`."""

    dispute: Dispute | None = None
    mediation_offered: bool = False
    mediation: Mediation | None = None
    agreement: Agreement | None = None
    drafts: int = 0


@frozen
class Recourse:
    """What was done about a decision. `reviewed` are the matters on which a reconsideration has decided for
    good, `sent_back` whether one has sent the case back, `answered` the matters whose answer stands while
    others are investigated anew; `reopened` counts; `withdrawn` is what a complaint had when its consumer
    took it back."""

    reconsideration: Reconsideration | None = None
    reviewed: tuple[int, ...] = ()
    sent_back: bool = False
    answered: tuple[int, ...] = ()
    reopened: int = 0
    withdrawn: Withdrawn | None = None


@frozen
class Feedback:
    """What was said afterwards. `surveyed` are those who have said how we did, since the case was closed;
    `survey_waits` until a supervisor has noted what follows from it. `asked` is when its people were asked
    about the process itself, `opined` are those who have said what they think of it."""

    surveyed: tuple[str, ...] = ()
    survey_waits: bool = False
    stories: tuple[Story, ...] = ()
    asked: datetime | None = None
    opined: tuple[str, ...] = ()


@frozen
class Clock:
    """What deadlines go by beside the dates of what happened. `review` is when a barred lapse was handed to
    the lead, `steps` how many ladder steps each deadline run has behind it; `provisional` are the ends, by
    run, that were told before the calendar of their year was published."""

    halts: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    review: datetime | None = None
    steps: Mapping[str, int] = field(default_factory=dict)
    provisional: Mapping[str, datetime] = field(default_factory=dict)


@frozen
class Case:
    """One complaint. `taken` holds when each move was last taken, the latest last, `told` when each party
    letter last reached the person (None: not yet), `posted` under which id the last letter of each name that
    opens a window was owed; `messages` holds, for each person, the first that waits for a reply; `written`
    how many a party has written on their last day, `recipients` how many new addresses parties have named on
    the last day on which one did; `doubts` are the places at which its record was changed
    from outside; `entries` counts the timeline and is the version, `contents` is where its entries are found
    again (None: the head was written by a release that kept none); `improvement` is set on an improvement
    action and `training` on a training, which have neither parties nor matters; `beside` is the last
    entry's number and the digest of the letters that it owes; `listed` is that number and, for each work list
    on which the case stands, a digest of its row there; `kept` is the digest (SHA-256) of the head as it was
    read, empty for one that was not; `altered`: the head that was read is not the one that was written.
    `outages` are those of our system, as the register has them: they are put here when a case is read, and
    not stored with it."""

    ref: str
    policy: str
    stage: Stage
    channel: Channel
    received_at: datetime
    recorded_at: datetime
    team: str
    parties: tuple[Party, ...]
    matters: tuple[Matter, ...]
    intake: Intake = Intake()
    inquiry: Inquiry = Inquiry()
    together: Together = Together()
    talks: Talks = Talks()
    recourse: Recourse = Recourse()
    feedback: Feedback = Feedback()
    clock: Clock = Clock()
    outside: tuple[Outside, ...] = ()
    severity: Severity | None = None
    owner: str | None = None
    outcome: Outcome | None = None
    requests: tuple[Request, ...] = ()
    approvals: tuple[Approval, ...] = ()
    tellings: tuple[CallTask, ...] = ()
    messages: tuple[Waiting, ...] = ()
    written: Mapping[str, tuple[date, int]] = field(default_factory=dict)
    recipients: tuple[date, int] | None = None
    promises: tuple[Promise, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    safety: Safety | None = None
    handler_change: Waiting | None = None
    improvement: Improvement | None = None
    training: Training | None = None
    spells: tuple[Interval, ...] = ()
    taken: Mapping[str, datetime] = field(default_factory=dict)
    told: Mapping[str, datetime | None] = field(default_factory=dict)
    posted: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    entries: int = 0
    head: str = ""
    contents: Contents | None = None
    beside: tuple[int, str] | None = field(default=None, compare=False)
    listed: tuple[int, Mapping[str, str]] | None = field(default=None, compare=False)
    kept: str = field(default="", compare=False)
    altered: bool = field(default=False, compare=False)
    outages: tuple[Outage, ...] = field(default=(), compare=False)

    @property
    def flat(self) -> Mapping[str, Any]:
        """All that it holds by the names of the fields, in whichever record they stand."""
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in RECORDS}
        return own | {name: had for of in RECORDS for name, had in values(getattr(self, of)).items()}

    def party(self, id: str) -> Party:
        """The party with this id; raises Refusal `unknown_person`."""
        return required(next((p for p in self.parties if p.id == id), None), "unknown_person")

    def somebody(self, id: str) -> Party:
        """Who belongs to the case now, as staff name them; raises Refusal `unknown_person`."""
        here = next((p for p in self.parties if p.id == id and not p.left), None)
        return required(here, "unknown_person", field="party")

    def stands_for(self, id: str) -> str:
        """Whose debts and claims a party speaks for: their own, those of the person they represent, or for
        the company's representative the company's."""
        party = self.party(id)
        return BUSINESS if party.side == Side.BUSINESS else party.represents or party.id

    @cached_property
    def running(self) -> dict[Calendar, Mapping[str, Any]]:
        """A cache of the deadlines that run, by the calendar with which they were worked out."""
        return {}

    def kept_with(self, **digests: Any) -> Case:
        """The same case with digests of what is kept of it. None of them bears on what runs, which is not
        worked out again."""
        kept = replace(self, **digests)
        kept.running.update(self.running)
        return kept

    @cached_property
    def consumers(self) -> tuple[Party, ...]:
        """Everybody who complains; not their representatives, nor those who have left the case."""
        return tuple(p for p in self.parties if p.side == Side.CONSUMER and not p.represents and not p.left)

    @property
    def business(self) -> Party | None:
        """Who speaks for the company, once somebody has been named."""
        return next((p for p in self.parties if p.side == Side.BUSINESS and not p.left), None)

    @property
    def colleagues(self) -> frozenset[str]:
        """The members of staff who speak, or spoke, for the company on this case."""
        return frozenset(p.colleague for p in self.parties if p.colleague)

    def bars(self, who: str) -> bool:
        """Whether somebody cannot be the neutral officer of talks that go on, since they investigated the
        case or answered for the company."""
        return self.stage in AT_TABLE and self.talks.dispute is not None and who in self.talks.dispute.barred

    @property
    def mediator(self) -> str | None:
        """Who mediates, or was asked to."""
        return self.talks.mediation.mediator if self.talks.mediation else None

    def mediated_by(self, who: str) -> bool:
        """Whether somebody mediates here, or was asked to, or an agreement is in force that they helped to:
        after a mediation without an agreement they may no longer read the case."""
        return who == self.mediator and (self.stage in AT_TABLE or self.bound is not None)

    @property
    def mediates(self) -> bool:
        """Whether the mediator holds the case. Then nobody else is put in their place, unless a side objects
        to them or they stand back themselves."""
        return self.stage in AT_TABLE and self.owner is not None and self.owner == self.mediator

    @property
    def doubted(self) -> bool:
        """Whether its record was changed from outside and two people have not yet examined that and let it
        stand."""
        return any(doubt.cleared is None for doubt in self.doubts)

    @property
    def bound(self) -> Agreement | None:
        """The agreement that is in force."""
        return self.talks.agreement if self.talks.agreement and self.talks.agreement.in_force else None

    @property
    def unsealed(self) -> bool:
        """Whether an agreement is in force whose document is not made yet."""
        return self.bound is not None and self.bound.sealed is None

    @property
    def handler(self) -> str | None:
        """Who works on the case: its owner. On a closed case with something still owed this is only somebody
        who followed it up before, since that is no task for whoever investigated it or led its talks."""
        followed = any(
            interval.stage in (Stage.PERFORMING, Stage.BREACHED) for interval in self.spells[-2:-1]
        )
        return self.owner if followed or self.stage != Stage.CLOSED or not self.owed else None

    @property
    def held_before(self) -> str | None:
        """Who held the case before the talks, unless they have stood back since."""
        return (
            self.talks.dispute.owner
            if self.talks.dispute and self.talks.dispute.owner not in self.inquiry.recused
            else None
        )

    @property
    def joint(self) -> bool:
        """Whether several people complain together."""
        return len(self.consumers) > 1

    def speakers(self, party: Party, today: date) -> tuple[Party, ...]:
        """Who receives a party's letters: a representative whose authority was checked and is in its term,
        and the party themselves if their letters leave by themselves."""
        agents = tuple(
            p
            for p in self.parties
            if p.represents == party.id and p.valid(today) and Power.SUBMIT in p.powers
        )
        mailed = party.way in AUTOMATIC and not party.held_back
        return (*agents, *([party] if not agents or mailed else []))

    def with_party(self, party: Party) -> Case:
        """The case with a party changed, or added when it is new. A link that was sent before theirs was
        renewed is no longer the one that they would be sent."""
        before = next((p for p in self.parties if p.id == party.id), None)
        if before is None:
            return replace(self, parties=(*self.parties, party))
        own = f"{LINK}#{party.id}" if party.generation != before.generation else ""
        told = {letter: at for letter, at in self.told.items() if letter != own} if own else self.told
        parties = tuple(party if p.id == party.id else p for p in self.parties)
        return replace(self, parties=parties, told=told)

    @property
    def unsafe(self) -> bool:
        """Whether a safety tag stands that has not been cleared."""
        return self.safety is not None and self.safety.cleared is None

    @cached_property
    def reached(self) -> Mapping[str, list[datetime | None]]:
        """When each letter reached each person, by its name and what it is about; None where it has not."""
        found: dict[str, list[datetime | None]] = {}
        for letter, at in self.told.items():
            found.setdefault(key_of(letter).topic, []).append(at)
        return found

    @cached_property
    def owed(self) -> tuple[Obligation, ...]:
        """The obligations that are still owed; an offer is none until it is accepted."""
        return tuple(o for o in self.obligations if o.open and not o.offer)

    @property
    def answer(self) -> Report | None:
        """The report that the answer was given from; None before that."""
        given = self.taken.get("answer")
        return (
            self.inquiry.report if self.inquiry.report and given and given >= self.inquiry.report.at else None
        )

    def obligation(self, id: str) -> Obligation:
        """The open obligation with this id; raises Refusal `obligation_unknown`."""
        found = next((o for o in self.owed if o.id == id), None)
        return required(found, "obligation_unknown", field="obligation")

    def with_obligation(self, obligation: Obligation) -> Case:
        """The case with one obligation changed. If it is performed by that, an obligation that waits for it
        gets its day now. Approvals that were asked for it as it stood before are dropped."""
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

    def first_owed(self, owed: Obligation) -> Obligation | None:
        """What the creditor of an obligation must perform before it can be asked for: the one that it waits
        for; and, while the creditor is in breach themselves and the debtor holds back because of that, what
        the creditor has not performed (民法典 525-527). This excuses nobody who was late before."""
        waits = (o for o in self.owed if o.id == owed.after)
        held = (
            o
            for o in self.owed
            if o.found
            and not owed.notice
            and (o.debtor, o.to) == (owed.to, owed.debtor)
            and any(taken.measure == Measure.HOLD_COUNTER for taken in o.measures)
        )
        return next(chain(waits, held), None)

    def extended(self, of: str) -> int:
        """How often this deadline was extended since the case was taken up."""
        return sum(1 for more in self.clock.extensions if more.of == of)

    def seat(self, who: str) -> Seat | None:
        """The place of somebody on the panel that decides now, also while it waits for information."""
        return next((seat for seat in self.panel if seat.who == who), None)

    @property
    def panel(self) -> tuple[Seat, ...]:
        """The panel that decides now."""
        return self.recourse.reconsideration.panel if self.recourse.reconsideration else ()

    @property
    def chair(self) -> str | None:
        """Who leads the panel that decides now."""
        return next((seat.who for seat in self.panel if seat.chair), None)

    @property
    def place(self) -> Stage:
        """The stage of the case, or while information is awaited the stage to which it will return."""
        return self.request.stage if self.stage == Stage.AWAITING_INFORMATION and self.request else self.stage

    @property
    def anonymous(self) -> bool:
        """Whether nobody who complains has left an address or number."""
        return all(party.way == Way.NONE for party in self.consumers)

    @property
    def appraisal(self) -> Appraisal | None:
        """The expert test that is proposed or under way."""
        return next((a for a in self.inquiry.appraisals if not a.ended and not a.refused), None)

    @property
    def request(self) -> Request | None:
        """The latest request for information."""
        return self.requests[-1] if self.requests else None

    @property
    def promised(self) -> datetime | None:
        """The date of the answer last told to the consumer."""
        return next((p.by for p in reversed(self.promises) if p.what == "answer"), None)

    def anew(self, run: str) -> tuple[Promise, ...]:
        """The dates that were given anew for a duty that was missed, by the run of its deadline."""
        return tuple(promise for promise in self.promises if promise.run == run)

    def said_by(self, act: Act) -> int:
        """The number of the entry with the words of an act: the one now being written, or for an approval the
        one in which it was asked for."""
        return act.said_in or self.entries + 1

    def with_evidence(self, kind: EvidenceKind, act: Act, file: str | None = None) -> Case:
        """The case with one more piece of evidence."""
        late = self.stage in (Stage.ANSWERED, Stage.SIGNING, Stage.PERFORMING, Stage.BREACHED)
        piece = Evidence(f"E{len(self.evidence) + 1}", kind, act.now, act.who, self.said_by(act), file, late)
        return replace(self, evidence=(*self.evidence, piece))

    @property
    def reopens(self) -> bool:
        """Whether the consumer can still have the case reopened themselves once it is closed: they can do so
        once."""
        return not self.recourse.reopened and not self.together.joined and self.outcome not in ANEW

    @property
    def shielded(self) -> bool:
        """Whether the case is never closed by lapse alone: it has a safety tag, severity S1 or a help
        need."""
        return self.unsafe or self.severity == Severity.S1 or any(p.needs_help for p in self.parties)


RECORDS = [one.name for one in fields(Case) if is_dataclass(one.default)]
"""The fields of a case that hold a record."""


class Refusal(Exception):
    """A move that is not allowed. `code` is stable and has a sentence in each language; `field` points at
    what the caller sent."""

    def __init__(self, code: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.field, self.facts = code, field, facts


def refuse_if(so: object, code: str, *, field: str | None = None, **facts: Any) -> None:
    """Raise the Refusal with this code where it is so."""
    if so:
        raise Refusal(code, field=field, **facts)


def required(value: T | None, code: str, *, field: str | None = None, **facts: Any) -> T:
    """A value that must be there; raises the Refusal with this code where there is none."""
    if value is None:
        raise Refusal(code, field=field, **facts)
    return value
