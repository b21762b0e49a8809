"""A case, meaning a complaint with its stage, history and dates, as frozen values. It holds codes and dates.
It never holds personal words."""

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
    """How a party confirmed that they mean to give something up by a move.

    `by`: the means of confirmation. `client`: the name of the program that they used. That name is personal,
    so it is kept among the words of the entry.
    """

    by: ConfirmedBy
    client: Mapping[str, str] = field(default_factory=dict)


Limit = Literal["by_phrase", "asked", "deaf"]
"""A limit on an actor, which comes from how they opened the case.

`by_phrase`: a party who used number and passphrase. `asked`: a department that was asked a question, and
reads nothing else. `deaf`: a member of staff who may not read the talks.
"""


@frozen
class Act:
    """One act of one actor, who is a person or the clock, in one role at one moment.

    `who`: the actor's id. `now`: the moment (UTC). `id`: new for each act; the ids of all its results derive
    from it. `salt`: random; it stays secret until it is erased. `teams`: the teams of a staff member.
    `said_in`: for an approval, the entry with the words of the approved move; 0 otherwise. `confirmed`: how a
    party confirmed the act, None without a confirmation. `limits`: see `Limit`.
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
"""The name of the letter with a person's own access link. The page behind the link also has the button that
confirms their mailbox. The letter carries no text that a person wrote."""


@frozen
class Pending:
    """A new e-mail address, or telephone for short messages, that its owner has not confirmed. The address
    itself is in the person's row.

    `way`: e-mail or short message. `entry`: the timeline entry that named the address. `first`: the same of
    the first address, if unconfirmed addresses have replaced each other. `since`: when it was named. `leaves`
    (UTC): when the one message that asks to confirm it leaves. A limit can make `leaves` later than `since`.
    `own`: a party named the address, not staff.
    """

    way: Way
    entry: int
    first: int
    since: datetime
    leaves: datetime
    own: bool = True


@frozen
class Party:
    """A person on the case: how they are reached and in what language. Nothing here identifies them.

    `known_by`: keyed hashes of their phone numbers and e-mail addresses. `generation`: the number of their
    present access link; a new number ends the old links. `represents`: for a representative, the id of the
    represented party. `powers`, `until`: what a representative may do, and the last day on which they may.
    `checked`: staff have checked the authority document. `own`: in a joint case, the number of the case that
    the person had before. `speaks`: this person is the joint representative. `left`: since when they no
    longer belong to the case. `consents`: their answer to the settlement last proposed to them; None: no
    answer yet.

    `colleague`: the id of the member of staff who speaks for the company here, and has no other part in the
    case. `confirmed`: the owner of their e-mail address has confirmed it. `phone_confirmed`: the owner of
    their telephone for short messages has confirmed it. `readdressed`: when they last changed the e-mail
    address by their own link. `pending`: a new address that waits for confirmation; letters go to the present
    address until then. `waits` (UTC): until when a limit delays the first letter to a person named by a
    party. `kept`: the salted digest of the row with their name and addresses; "" if an earlier release saved
    them.
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
        """Return the role in which this person acts on the case, such as CONSUMER."""
        if self.side == Side.BUSINESS:
            return Role.BUSINESS_REP
        return Role.REPRESENTATIVE if self.represents else Role.CONSUMER

    @property
    def says_phrase(self) -> bool:
        """Return whether this person may open the case with number and passphrase. They may if they get no
        letters by mail."""
        return (self.way != Way.EMAIL or self.held_back) and not self.left

    @property
    def proven(self) -> bool:
        """Return whether this person has confirmed the address to which their automatic letters go."""
        return {Way.EMAIL: self.confirmed, Way.SMS: self.phone_confirmed}.get(self.way, False)

    @property
    def held_back(self) -> bool:
        """Return whether this person's automatic letters are stopped. They are while a new address waits for
        confirmation and the present one is unconfirmed. Staff then call the person."""
        return self.pending is not None and self.way in AUTOMATIC and not self.proven

    @property
    def generations(self) -> tuple[int, ...]:
        """Return the numbers of the access links that open the case for this person. While a new address
        waits, the device on which it was named already has the next link. Once the address is confirmed, only
        the next link works."""
        return (self.generation, self.generation + 1) if self.pending else (self.generation,)

    def same(self, other: Party) -> bool:
        """Return whether this party and `other`, who is on another case, are the same person. They are if
        both still use their first link, so nobody took a place over, or if they share an address."""
        return self.generation == other.generation == 1 or not set(self.known_by).isdisjoint(other.known_by)

    def valid(self, today: date) -> bool:
        """Return whether staff have checked a representative's authority and it has not ended on the day
        `today`."""
        return self.checked and not self.left and (self.until is None or today <= self.until)


@frozen
class Withdrawn:
    """The parts of a case that a withdrawal removes. They are kept so that the case can be restored if the
    withdrawal is undone.

    `at`: when it was withdrawn. `told`, `tellings`: the deliveries and call tasks of the agreement text
    proposed to both sides.
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
    """The content of a complaint as it was filed. `partner`: the partner system that sent it, None for other
    channels. `company`: the name of the company complained about. It is set only if the policy lists that
    name, since any other name may be a person's."""

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
    """The questions, expert tests and findings of an investigation. `report`: None until it is written.
    `settled`: set in place of a report if the complaint was settled at once. `goods_back`: the day on which
    the goods came back. `recused`: the ids of people who stood back from the case or were taken off."""

    questions: Annotated[tuple[Question, ...], UNDER_WAY] = ()
    appraisals: Annotated[tuple[Appraisal, ...], UNDER_WAY] = ()
    report: Annotated[Report | None, UNDER_WAY._replace(leave=MERGED)] = None
    settled: Annotated[Settled | None, STATE] = None
    goods_back: Annotated[date | None, STATE._replace(contest=DROPPED)] = None
    recused: Annotated[tuple[str, ...], STATE._replace(leave=MERGED)] = ()


@frozen
class Together:
    """How a complaint is related to other cases. `joined`: the case on which it goes on. `invited`: the
    number of the joint case that it may join. `origin`: the joint case from which it was split off, and the
    id of its person there. `proposal`: the settlement proposed to each person of a joint case. `leaving`: the
    ids of people who are about to get cases of their own."""

    joined: Annotated[Joined | None, UNDER_WAY._replace(linked=MERGED, joined=MERGED)] = None
    invited: Annotated[str | None, UNDER_WAY._replace(joined=DROPPED)] = None
    origin: Annotated[tuple[str, str] | None, MADE] = None
    proposal: Annotated[Proposal | None, UNDER_WAY._replace(join=DROPPED)] = None
    leaving: Annotated[tuple[str, ...], UNDER_WAY._replace(left=MERGED)] = ()


@frozen
class Talks:
    """The talks between the two sides. `dispute`: the present or last talks. `mediation_offered`: the company
    has agreed to mediation in advance. `agreement`: the text proposed to both sides, or in force. `drafts`:
    the number of drafts so far."""

    dispute: Annotated[Dispute | None, UNDER_WAY] = None
    mediation_offered: Annotated[bool, STATE] = False
    mediation: Annotated[Mediation | None, UNDER_WAY] = None
    agreement: Annotated[Agreement | None, UNDER_WAY] = None
    drafts: Annotated[int, STATE] = 0


@frozen
class Recourse:
    """What was done against decisions of this case. `reconsideration`: the present or last request.
    `reviewed`: the numbers of matters that a reconsideration has decided for good. `sent_back`: a
    reconsideration has sent the case back to be investigated again. `answered`: the numbers of matters whose
    answer stays while others are investigated again. `reopened`: how often the case was reopened.
    `withdrawn`: what a withdrawal removed."""

    reconsideration: Annotated[Reconsideration | None, MADE._replace(left=MERGED)] = None
    reviewed: Annotated[tuple[int, ...], STATE._replace(contest=DROPPED)] = ()
    sent_back: Annotated[bool, STATE._replace(contest=DROPPED)] = False
    answered: Annotated[tuple[int, ...], STATE._replace(contest=DROPPED)] = ()
    reopened: Annotated[int, STATE] = 0
    withdrawn: Annotated[Withdrawn | None, STATE] = None


@frozen
class Feedback:
    """The opinions that people gave after the closing. `surveyed`: the ids of people who answered the survey
    since the case was closed. `survey_waits`: a supervisor has yet to note what follows from the answers.
    `asked`: when people were asked about the process. `opined`: the ids of people who answered that
    question."""

    surveyed: Annotated[tuple[str, ...], STATE._replace(leave=MERGED)] = ()
    survey_waits: Annotated[bool, STATE] = False
    stories: Annotated[tuple[Story, ...], OWN._replace(contest=DROPPED)] = ()
    asked: Annotated[datetime | None, STATE] = None
    opined: Annotated[tuple[str, ...], STATE._replace(leave=MERGED)] = ()


@frozen
class Clock:
    """The inputs of the deadlines, besides the dates of events. `halts`: suspensions of deadlines. `review`:
    since when a lapse waits for the lead, because the clock may not take it alone. `steps`: how many ladder
    steps were taken, by deadline run. `provisional`: ends that we announced before the calendar of their year
    was published, by run."""

    halts: Annotated[tuple[Pause, ...], UNDER_WAY._replace(leave=MERGED)] = ()
    extensions: Annotated[tuple[Extension, ...], STATE._replace(contest=DROPPED)] = ()
    review: Annotated[datetime | None, STATE._replace(contest=DROPPED)] = None
    steps: Annotated[Mapping[str, int], UNDER_WAY._replace(leave=MERGED)] = field(default_factory=dict)
    provisional: Annotated[Mapping[str, datetime], STATE] = field(default_factory=dict)


@frozen
class Case:
    """One complaint, or one improvement action or training.

    `taken`: when each move was last taken, by move name, the latest last. `told`: when each letter to a party
    last reached them, by letter key (None: not yet). `posted`: the id of the last post of each letter on
    which a window depends, by letter key. `messages`: each person's first message without a reply. `written`:
    by party, their last day with messages and how many they wrote on it. `recipients`: the last day on which
    parties named new addresses, and how many they named. `doubts`: the places at which somebody changed the
    record from outside.

    `entries`: the number of timeline entries, which is also the version of the case. `head`: the hash of the
    last entry. `contents`: an index of the entries (None: saved by a release without an index). `improvement`
    is set on an improvement action, `training` on a training. Both of these have neither parties nor matters.

    `beside`: the number of the last entry, and the digest of the letters that it owes. `listed`: the same
    number, and the digest of the case's row in each work list. `kept`: the SHA-256 digest of the stored case
    as read; "" for a case not read from the store. `altered`: that digest differs from the one that was
    saved. `outages`: our outages, from the register; added on reading, never stored in the case. `uncertain`:
    somebody changed that register, so the ends of windows may be wrong.
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
        """Return the value of every field by its name. The fields of records such as `intake` stand among
        them."""
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in RECORDS}
        return own | {name: had for of in RECORDS for name, had in values(getattr(self, of)).items()}

    def party(self, id: str) -> Party:
        """Return the party with this id. Raises Refusal `unknown_person` if the case has none."""
        return required(next((p for p in self.parties if p.id == id), None), "unknown_person")

    def somebody(self, id: str) -> Party:
        """Return the party with this id, as staff name people in a request. Raises Refusal `unknown_person`
        if the case has no such party, or they have left it."""
        here = next((p for p in self.parties if p.id == id and not p.left), None)
        return required(here, "unknown_person", field="party")

    def stands_for(self, id: str) -> str:
        """Return the id of the debtor and creditor that the party with this id represents. It is "business"
        for the company's representative, the represented person for other representatives, and else the
        party."""
        party = self.party(id)
        return BUSINESS if party.side == Side.BUSINESS else party.represents or party.id

    @cached_property
    def running(self) -> dict[Calendar, Mapping[str, Any]]:
        """Return a cache for the running deadlines of this case, by the calendar with which they were
        computed. It starts empty."""
        return {}

    def kept_with(self, **digests: Any) -> Case:
        """Return the case with the fields `digests`, which describe its stored rows. They do not affect
        deadlines, so the cached deadlines stay."""
        kept = replace(self, **digests)
        kept.running.update(self.running)
        return kept

    @cached_property
    def consumers(self) -> tuple[Party, ...]:
        """Return the complainants, without representatives and people who have left the case."""
        return tuple(p for p in self.parties if p.side == Side.CONSUMER and not p.represents and not p.left)

    @property
    def business(self) -> Party | None:
        """Return the company's representative; None until one is named."""
        return next((p for p in self.parties if p.side == Side.BUSINESS and not p.left), None)

    @property
    def colleagues(self) -> frozenset[str]:
        """Return the ids of the staff members who speak, or spoke, for the company on this case."""
        return frozenset(p.colleague for p in self.parties if p.colleague)

    def bars(self, who: str) -> bool:
        """Return whether the person `who` cannot lead the present talks as neutral officer. That is so if
        they investigated the case or answered for the company."""
        return self.stage in AT_TABLE and self.talks.dispute is not None and who in self.talks.dispute.barred

    @property
    def mediator(self) -> str | None:
        """Return the id of the appointed or invited mediator; None without one."""
        return self.talks.mediation.mediator if self.talks.mediation else None

    def mediated_by(self, who: str) -> bool:
        """Return whether the person `who` is the mediator of the present talks, even if only invited, or
        mediated the agreement in force. After a mediation without an agreement, the mediator may no longer
        read the case."""
        return who == self.mediator and (self.stage in AT_TABLE or self.bound is not None)

    @property
    def mediates(self) -> bool:
        """Return whether the mediator owns the case during the talks. Nobody may then take the case from
        them, unless a side objects to them or they stand back."""
        return self.stage in AT_TABLE and self.owner is not None and self.owner == self.mediator

    @property
    def doubted(self) -> bool:
        """Return whether the record of this case was changed from outside and two people have not yet
        examined and cleared the change."""
        return any(doubt.cleared is None for doubt in self.doubts)

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
        """Return the id of the member of staff who works on the case: its owner, or None.

        A closed case may have an open obligation. Its owner then counts only if they already followed up
        obligations before the closing. Its investigator and the neutral officer of its talks have no such
        task.
        """
        followed = any(
            interval.stage in (Stage.PERFORMING, Stage.BREACHED) for interval in self.spells[-2:-1]
        )
        return self.owner if followed or self.stage != Stage.CLOSED or not self.open_obligations else None

    @property
    def held_before(self) -> str | None:
        """Return the id of the owner before the talks; None if there was none, or they have stood back from
        the case."""
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
        """Return the people who receive the letters to `party` on the day `today`: their representatives with
        a checked, unexpired authority and the power to submit. The party also receives them if there is no
        such representative, or if their letters leave by mail or short message."""
        agents = tuple(
            p
            for p in self.parties
            if p.represents == party.id and p.valid(today) and Power.SUBMIT in p.powers
        )
        mailed = party.way in AUTOMATIC and not party.held_back
        return (*agents, *([party] if not agents or mailed else []))

    def with_party(self, party: Party) -> Case:
        """Return the case with `party` changed, or added if new. If the party has a new access link, the
        recorded delivery of their old link is removed."""
        before = next((p for p in self.parties if p.id == party.id), None)
        if before is None:
            return replace(self, parties=(*self.parties, party))
        own = f"{LINK}#{party.id}" if party.generation != before.generation else ""
        told = {letter: at for letter, at in self.told.items() if letter != own} if own else self.told
        parties = tuple(party if p.id == party.id else p for p in self.parties)
        return replace(self, parties=parties, told=told)

    @property
    def unsafe(self) -> bool:
        """Return whether the case has a safety tag that is not cleared."""
        return self.safety is not None and self.safety.cleared is None

    @cached_property
    def reached(self) -> Mapping[str, list[datetime | None]]:
        """Return when each letter reached each of its recipients; None in the list stands for an undelivered
        letter. The key is the letter's key without the person."""
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
        """Return the report on which the company's answer is based; None before the answer."""
        given = self.taken.get("answer")
        return (
            self.inquiry.report if self.inquiry.report and given and given >= self.inquiry.report.at else None
        )

    def obligation(self, id: str) -> Obligation:
        """Return the open obligation with this id. Raises Refusal `obligation_unknown` if there is none."""
        found = next((o for o in self.open_obligations if o.id == id), None)
        return required(found, "obligation_unknown", field="obligation")

    def with_obligation(self, obligation: Obligation) -> Case:
        """Return the case with `obligation` in place of the one with the same id. If it is no longer open, an
        obligation that waits for it gets its last day. If its state, day or amount differs from before,
        requests for approval about it are removed."""
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
        """Return the obligation that the creditor must perform before this one; None if there is none.

        It is the obligation for which `obligation` waits. Else it is one that the creditor has breached, so
        that the debtor may hold back performance (民法典 525-527). A debtor who was already late before may not
        hold back.
        """
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
        """Return how often the deadline named `of` was extended since the case was last taken up."""
        return sum(1 for more in self.clock.extensions if more.of == of)

    def seat(self, who: str) -> Seat | None:
        """Return the seat of the person `who` on the deciding panel; None without a seat. The panel keeps its
        seats while it waits for information."""
        return next((seat for seat in self.panel if seat.who == who), None)

    @property
    def panel(self) -> tuple[Seat, ...]:
        """Return the seats of the panel that decides the reconsideration; empty before its appointment."""
        return self.recourse.reconsideration.panel if self.recourse.reconsideration else ()

    @property
    def chair(self) -> str | None:
        """Return the id of the panel's chair; None without one."""
        return next((seat.who for seat in self.panel if seat.chair), None)

    @property
    def place(self) -> Stage:
        """Return the stage of the case. While the case waits for information, return the stage to which it
        will return."""
        return self.request.stage if self.stage == Stage.AWAITING_INFORMATION and self.request else self.stage

    @property
    def anonymous(self) -> bool:
        """Return whether no complainant has given an address or a telephone number."""
        return all(party.way == Way.NONE for party in self.consumers)

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
        """Return when the answer is due, by the date last told to the consumer; None without such a date."""
        return next((p.by for p in reversed(self.promises) if p.what == "answer"), None)

    def new_dates(self, run: str) -> tuple[Promise, ...]:
        """Return the new dates that were promised after we missed a deadline. `run` is the key of the missed
        deadline run."""
        return tuple(promise for promise in self.promises if promise.run == run)

    def said_by(self, act: Act) -> int:
        """Return the number of the entry that holds the words of an act. For an approval, that is the entry
        of the request. For any other act, it is the entry that is about to be written."""
        return act.said_in or self.entries + 1

    def with_evidence(self, kind: EvidenceKind, act: Act, file: str | None = None) -> Case:
        """Return the case with one more piece of evidence, brought by `act`. `file`: the id of its file, if
        it has one."""
        late = self.stage in (Stage.ANSWERED, Stage.SIGNING, Stage.PERFORMING, Stage.BREACHED)
        piece = Evidence(f"E{len(self.evidence) + 1}", kind, act.now, act.who, self.said_by(act), file, late)
        return replace(self, evidence=(*self.evidence, piece))

    @property
    def reopens(self) -> bool:
        """Return whether the consumer may reopen this case after its closing. They may once, but not if the
        case was joined to another, referred, or taken to a court."""
        return not self.recourse.reopened and not self.together.joined and self.outcome not in ANEW

    @property
    def shielded(self) -> bool:
        """Return whether the clock must not close this case alone when a window lapses. That is so for an
        uncleared safety tag, severity S1, or a person who needs help."""
        return self.unsafe or self.severity == Severity.S1 or any(p.needs_help for p in self.parties)


RECORDS = [one.name for one in fields(Case) if is_dataclass(one.default)]
"""The names of the fields of a case that hold a record of further fields, such as `intake`."""


class Refusal(Exception):
    """The refusal of a move. `code`: stable, with a sentence in each language. `field`: the faulty part of
    the request, if one is at fault. `facts`: values for the sentence."""

    def __init__(self, code: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.field, self.facts = code, field, facts


def refuse_if(so: object, code: str, *, field: str | None = None, **facts: Any) -> None:
    """Raise a Refusal with this code, field and facts if `so` is true."""
    if so:
        raise Refusal(code, field=field, **facts)


def required(value: T | None, code: str, *, field: str | None = None, **facts: Any) -> T:
    """Return `value`. Raises a Refusal with this code, field and facts if it is None."""
    if value is None:
        raise Refusal(code, field=field, **facts)
    return value
