"""What lies on a case besides the people and their matters: questions, tests, findings, promises, a safety tag. Codes and dates only."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.codes import Cause, Conclusion, Duty, EvidenceKind, Examined, Pause, Remedy, Right, Route, Side
from chalicelib.domain.said import Money


@dataclass(frozen=True)
class Outside:
    """The same complaint at another body: noted, never a reason to decline; the body's own date is `due`. `party`: whose it is alone."""

    body: Route
    since: date | None = None
    due: date | None = None
    replied: datetime | None = None
    party: str | None = None


@dataclass(frozen=True)
class Filed:
    """An uploaded file as it was checked: its id, the hash (sha256, hex) and size in bytes of what was kept, its type by content."""

    id: str
    sha256: str
    size: int
    type: str


@dataclass(frozen=True)
class Evidence:
    """Something that a finding of fact may rest on: its number on the case (E1, E2 …), and the entry where its words stand.

    `late`: it came after the answer.
    """

    id: str
    kind: EvidenceKind
    at: datetime
    by: str
    entry: int
    file: str | None = None
    late: bool = False


@dataclass(frozen=True)
class Question:
    """A question to a department (a team of the roster): answered within the policy's days, or by its own date. Words lie in `entry`."""

    id: str
    department: str
    at: datetime
    entry: int
    due: date | None = None
    answered: datetime | None = None


@dataclass(frozen=True)
class Appraisal:
    """An expert test: put to both sides, started when both have agreed, ended with its result. `said`: who of a joint case has agreed."""

    at: datetime
    entry: int
    agreed: tuple[Side, ...] = ()
    said: tuple[str, ...] = ()
    refused: tuple[Side, ...] = ()
    started: datetime | None = None
    expected: date | None = None
    ended: datetime | None = None


@dataclass(frozen=True)
class Waiting:
    """What waits for us since `at`: a message of `by`, somebody's wish for another handler."""

    id: str
    at: datetime
    by: str = ""


@dataclass(frozen=True)
class Halt:
    """A stretch in which clocks stand still, and why; None: it lasts."""

    why: Pause
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Extension:
    """More time that a second person granted for a deadline."""

    of: str
    at: datetime


@dataclass(frozen=True)
class Owed:
    """A remedy: of which kind, by when, for which matter; `amount` where it is money; to one party, or to each when none is named."""

    matter: int
    kind: Remedy
    by: date
    amount: Money | None = None
    party: str | None = None


@dataclass(frozen=True)
class Proposal:
    """What was put to each person of a joint case: its words lie in `entry`, `remedies` is what they agree to."""

    entry: int
    remedies: tuple[Owed, ...] = ()

    def of(self, party: str) -> tuple[Owed, ...]:
        """What one person is to get."""
        return tuple(owed for owed in self.remedies if owed.party in (None, party))


@dataclass(frozen=True)
class Obligation:
    """A promise with a life of its own: what the company owes whom by the end of `by`. Its words lie in `entry`.

    `since` is when its present state began; `claimed_by` who brought the proof.
    """

    id: str
    matter: int
    kind: Remedy
    by: date
    to: str
    entry: int
    since: datetime
    amount: int | None = None
    offer: bool = False
    state: Duty = Duty.PENDING
    claimed_by: str | None = None

    @property
    def open(self) -> bool:
        """Whether it is still owed."""
        return self.state not in (Duty.CONFIRMED, Duty.ACCEPTED)


@dataclass(frozen=True)
class Report:
    """What an investigation came to, in codes; its words lie in `entry`. `by` wrote it and does not issue the answer."""

    at: datetime
    by: str
    entry: int
    conclusions: Mapping[int, Conclusion]
    rights: Mapping[Right, Examined]
    causes: tuple[Cause, ...]
    remedies: tuple[Owed, ...] = ()


@dataclass(frozen=True)
class Safety:
    """A safety tag: since when the facts are known to us, and what was decided."""

    known: datetime
    by: str
    triaged: datetime | None = None
    real: bool | None = None
    reportable: bool | None = None
    reported: datetime | None = None
    stopped: datetime | None = None
    cleared: datetime | None = None
