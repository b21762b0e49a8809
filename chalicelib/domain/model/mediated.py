"""What formal mediation and an agreement leave on a case. Codes and dates only; the words stand in the
entries they name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from chalicelib.domain.model.codes import (
    Confirms,
    Measure,
    MeetingWay,
    ObligationKind,
    Proof,
    Side,
    Signed,
    Stage,
)
from chalicelib.domain.model.said import Money

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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Challenge:
    """A side objects to the mediator, its words in `entry`: everything waits until somebody else has
    decided."""

    side: Side
    at: datetime
    entry: int


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Signature:
    """Somebody signed the text: `of` is the party whose signature it is (or the mediator), `by` who gave it,
    in what role (its code), which way; of one on paper `evidence` is its scan."""

    of: str
    by: str
    role: str
    at: datetime
    way: Signed
    evidence: str | None = None


@dataclass(frozen=True)
class Sealed:
    """The sealed document: its sha256 (hex) and size in bytes, and those of the application for judicial
    confirmation that goes with it."""

    at: datetime
    sha256: str
    size: int
    application: str | None = None


@dataclass(frozen=True)
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
