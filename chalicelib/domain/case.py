"""A complaint as frozen values: where it stands, what was done to it and when. It holds codes and dates, never personal words."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.domain.codes import (
    Capacity,
    Channel,
    GoodsClass,
    Ground,
    Hurt,
    Known,
    Language,
    Missing,
    Outcome,
    Right,
    Role,
    Route,
    ServiceClass,
    Severity,
    Stage,
    SubjectKind,
    Type,
    Way,
    Wish,
)
from chalicelib.domain.said import Money


@dataclass(frozen=True)
class Act:
    """One person (or the clock) doing one thing at one moment, in one role.

    `id` is fresh and names all that comes of it; `salt` is fresh and secret until erased; `party` is set when a party acts;
    `teams` are the teams of a staff member.
    """

    who: str
    role: Role
    now: datetime
    id: str
    salt: str
    teams: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Party:
    """A person on the case as the head knows them: how they are reached, in what language, nothing that names them.

    `known_by` are keyed hashes of each phone number and e-mail address; `generation` dates the access link.
    """

    id: str
    way: Way
    language: Language
    capacity: Capacity = Capacity.SELF
    side: str = "consumer"
    known_by: tuple[str, ...] = ()
    generation: int = 1
    needs_help: bool = False


@dataclass(frozen=True)
class Matter:
    """One point of a complaint with its own decision; `accepted` is None until decided, `amount` is in fen."""

    type: Type
    sub_type: str
    amount: Money | None = None
    rights: tuple[Right, ...] = ()
    accepted: bool | None = None
    ground: Ground | None = None


@dataclass(frozen=True)
class Outside:
    """The same complaint at another body: noted, never a reason to decline."""

    body: Route
    since: date | None = None


@dataclass(frozen=True)
class Subject:
    """What was bought."""

    kind: SubjectKind | None = None
    goods_class: GoodsClass | None = None
    service_class: ServiceClass | None = None


@dataclass(frozen=True)
class Request:
    """A request for information: it keeps the place to return to."""

    at: datetime
    stage: Stage
    items: tuple[Missing, ...]
    by: str
    extended: datetime | None = None


@dataclass(frozen=True)
class Approval:
    """A move that waits for a second person: what was asked (codes only), by whom, who may say yes. Words lie in entry `entry`."""

    id: str
    move: str
    facts: Mapping[str, Any]
    by: str
    role: str
    at: datetime
    roles: tuple[str, ...]
    entry: int


@dataclass(frozen=True)
class Telling:
    """A letter that cannot go by itself: somebody tells it, with its text as the script."""

    id: str
    letter: str
    party: str
    since: datetime


@dataclass(frozen=True)
class Waiting:
    """A party's message that waits for a reply."""

    id: str
    at: datetime


@dataclass(frozen=True)
class Promise:
    """A date told to the consumer; a later one is a new promise with a reason."""

    what: str
    by: datetime
    told: datetime
    reason: str | None = None


@dataclass(frozen=True)
class Joined:
    """The leading case of a duplicate, and the stage to return to when the two are separated."""

    ref: str
    stage: Stage


@dataclass(frozen=True)
class Spell:
    """A stay in one stage. The stage line, the pauses and 'since when' are all read from spells."""

    stage: Stage
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Case:
    """One complaint. `taken` holds when each move was last taken, `told` when each party letter last reached the person (None: not
    yet), `steps` how many ladder steps each deadline run has behind it; `review` is when a barred lapse was handed to the lead;
    `entries` counts the timeline and is the version."""

    ref: str
    policy: str
    stage: Stage
    channel: Channel
    received_at: datetime
    recorded_at: datetime
    team: str
    parties: tuple[Party, ...]
    matters: tuple[Matter, ...]
    wishes: tuple[Wish, ...] = ()
    wish_amount: int | None = None
    subject: Subject = Subject()
    happened_on: date | None = None
    asked_business: Known = Known.UNKNOWN
    outside: Outside | None = None
    hurt: Hurt = Hurt.UNKNOWN
    consents: tuple[str, ...] = ()
    severity: Severity | None = None
    owner: str | None = None
    partner: str | None = None
    outcome: Outcome | None = None
    joined: Joined | None = None
    requests: tuple[Request, ...] = ()
    approvals: tuple[Approval, ...] = ()
    tellings: tuple[Telling, ...] = ()
    messages: tuple[Waiting, ...] = ()
    promises: tuple[Promise, ...] = ()
    reopened: int = 0
    review: datetime | None = None
    spells: tuple[Spell, ...] = ()
    taken: Mapping[str, datetime] = field(default_factory=dict)
    told: Mapping[str, datetime | None] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)
    entries: int = 0
    head: str = ""

    def party(self, id: str) -> Party:
        """The party with this id; raises Refusal `unknown_person`."""
        for party in self.parties:
            if party.id == id:
                return party
        raise Refusal("unknown_person")

    @property
    def consumers(self) -> tuple[Party, ...]:
        """Everybody on the consumer's side."""
        return tuple(party for party in self.parties if party.side == "consumer")

    @property
    def request(self) -> Request | None:
        """The latest request for information."""
        return self.requests[-1] if self.requests else None

    @property
    def promised(self) -> datetime | None:
        """The date of the answer last told to the consumer."""
        return max((p.by for p in self.promises[-1:]), default=None)

    @property
    def shielded(self) -> bool:
        """A safety tag, severity S1 or a help need: never closed by lapse alone."""
        return self.hurt in (Hurt.HURT, Hurt.COULD_BE) or self.severity == Severity.S1 or any(p.needs_help for p in self.parties)


@dataclass(frozen=True)
class Letter:
    """A letter owed. `to` is `party:<id>`, `staff:<id>` or `role:<role>` (whoever is on duty when it leaves).

    It is rendered from the facts and words of timeline entry `entry`, its own `facts`, and the dates that ran when it was written.
    `way` is "email", "telling" (a person tells it, with its text as the script) or "fetch" (an anonymous caller asks for it).
    """

    id: str
    name: str
    to: str
    entry: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    way: str = "email"


@dataclass(frozen=True)
class Entry:
    """One line of the timeline: the very text that was hashed. Personal words lie beside it as (salt, words), bound by digest only."""

    n: int
    line: str
    hash: str
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class Find(NamedTuple):
    """A keyed hash under which a case is found: of a person, an order, a business and month, or (`unique`) a partner's own number."""

    kind: str
    key: str
    unique: bool = False


@dataclass(frozen=True)
class Change:
    """What one move makes of a case: everything that is saved in one transaction, or not at all.

    `people` are the personal rows that it adds or replaces; `finds` are lookups that it adds; `also` are changes of other cases in
    the same transaction.
    """

    before: Case | None
    case: Case
    entry: Entry
    letters: tuple[Letter, ...] = ()
    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    also: tuple[Change, ...] = ()
    finds: tuple[Find, ...] = ()


class Refusal(Exception):
    """A move that is not allowed. `code` is stable and has a sentence in each language; `field` points at what the caller sent."""

    def __init__(self, code: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.field, self.facts = code, field, facts
