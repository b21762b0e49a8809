"""A case as the interface tells it, by who reads it: a type for each kind of reader, so that no field of one
is ever sent to another."""

from typing import Annotated, Any, NotRequired

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.domain.engine.process import MOVES
from chalicelib.domain.model.case import Party
from chalicelib.domain.model.codes import (
    Channel,
    Conclusion,
    Duty,
    Ground,
    Hurt,
    Measure,
    Nature,
    ObligationKind,
    Outcome,
    Result,
    Right,
    Severity,
    Stage,
    Wish,
)
from chalicelib.domain.model.mediated import Agreement, Mediation, Term
from chalicelib.domain.model.parts import (
    Appraisal,
    Approval,
    CallTask,
    Dispute,
    Evidence,
    Extension,
    Offer,
    Outside,
    Question,
    Report,
    Safety,
    Seat,
)
from chalicelib.domain.model.stories import Story
from chalicelib.web.api.answers import DeadlineName, MoveName
from chalicelib.web.api.talks import AGREEMENT, MEDIATION, TALKS
from chalicelib.web.api.values import Day, Moment, Money, PlainOf, RoleCode, Stopped, Told


class Running(TypedDict):
    """A deadline: since when it runs and until when, what it is about, and why it stands still."""

    deadline: DeadlineName
    about: str | None
    since: Moment | None
    due: Moment | None
    stopped: Stopped | None
    provisional: bool


class StaffRunning(Running):
    """The same for staff: when the next step of its ladder is taken, and by when work is to be done."""

    next_step: Moment | None
    work_by: Moment | None


class Expected(TypedDict):
    """The one act that is expected of the caller: a move that they can take now, what it is about, and the
    deadline that it answers; `due` is null while that stands still."""

    move: MoveName
    about: str | None
    deadline: DeadlineName
    due: Moment | None


class Deadlines(TypedDict):
    """What runs on a case."""

    items: list[StaffRunning | Running]
    next: None


class Entry(TypedDict):
    """An entry of the timeline: codes in `facts`, what somebody said in `words`, and the hash that binds it
    to the one before. `whole` is where all of its words are, when they are cut."""

    n: int
    move: Annotated[str, WithJsonSchema({"type": "string", "enum": [*MOVES]})]
    who: str
    role: RoleCode
    at: Moment
    facts: dict[str, Any]
    words: dict[str, Any]
    was: NotRequired[str]
    beside: NotRequired[Any]
    hash: str
    whole: NotRequired[str]


class Timeline(TypedDict):
    """A page of the timeline, the newest entry first, and the `cursor` of the page after it."""

    items: list[Entry]
    next: str | None


class CaseMatter(TypedDict):
    """A point of a complaint, and whether it was accepted."""

    type: str
    sub_type: str
    amount: Money | None
    rights: list[Right]
    accepted: bool | None
    ground: Ground | None
    n: int


class MatterInOutline(TypedDict):
    """A point of a complaint as the company's representative knows it."""

    n: int
    type: str
    sub_type: str
    amount: Money | None


class Stay(TypedDict):
    """Since when and until when a case stood in a stage."""

    stage: Stage
    since: Moment
    until: Moment | None


class Consequence(TypedDict):
    """A measure taken for what was not performed."""

    measure: Measure
    at: Moment
    amount: Money | None


class Version(TypedDict):
    """What is owed before or after a change."""

    by: Day | None
    amount: Money | None
    what: str | None


class _Proposed(TypedDict):
    at: Moment
    until: Moment | None
    digest: str | None
    old: Version
    new: Version
    reason: str | None


class Proposed(_Proposed):
    """A change of an obligation that one of its sides has proposed."""

    by_side: str


class ProposedToSide(_Proposed):
    """The same for one of its sides: whether it is its own."""

    own: bool


StaffTerm = Annotated[Told, PlainOf("StaffTerm", Term, amount=Money | None, penalty=Money | None)]
SideTerm = Annotated[
    Told, PlainOf("SideTerm", Term, amount=Money | None, penalty=Money | None, debtor=None, creditor=None)
]


class _Obligation(TypedDict):
    id: str
    matter: int
    kind: ObligationKind
    by: Day | None
    after: str | None
    of: str | None
    offer: bool
    state: Duty
    amount: Money | None
    due_at: Moment | None
    waits_for: str | None
    notice: Moment | None
    cure_until: Moment | None
    found: Moment | None
    measures: list[Consequence]


class StaffObligation(_Obligation):
    """An obligation with both of its sides."""

    term: StaffTerm | None
    proposed: Proposed | None
    debtor: str
    to: str
    since: Moment
    claimed_by: str | None
    entry: int
    way: int


class Obligation(_Obligation):
    """An obligation for one of its sides: whether it is the one that owes it."""

    term: SideTerm | None
    proposed: ProposedToSide | None
    owes: bool


class Totals(TypedDict):
    """What a side still has to pay altogether, and is still to be paid."""

    owe: Money | None
    owed: Money | None


class _Reconsideration(TypedDict):
    matters: list[int]
    at: Moment
    expected: Moment | None
    late: bool


class Reconsideration(_Reconsideration):
    """A request to decide anew: which matters, since when, by when it is decided."""


class StaffReconsideration(_Reconsideration):
    """The same for staff, with the panel; who voted how only for those who may know it."""

    panel: list[Seat]


class DecidedAnew(TypedDict):
    """What a reconsideration decided per matter, and by how many of how many votes."""

    at: Moment
    results: dict[str, Result]
    votes: dict[str, int]
    of: int


class BareCase(TypedDict):
    """A case that is not open to its reader: its number, and what they are asked on it."""

    number: str
    moves: list[MoveName]
    etag: int
    token: NotRequired[str]


class QuestionAsked(TypedDict):
    """What a department was asked, and by when it answers."""

    id: str
    due: Moment | None
    question: str
    papers: NotRequired[str]


class DepartmentCase(BareCase):
    """All that a department sees of a case."""

    questions: list[QuestionAsked]


class Concerned(TypedDict):
    """Somebody who is concerned by a case."""

    role: RoleCode
    name: str | None


class Kind(TypedDict):
    """What a matter is about."""

    type: str
    sub_type: str


class InvitedCase(BareCase):
    """All that somebody who is asked to mediate learns before they take it on."""

    parties: list[Concerned]
    nature: list[Nature]
    matters: list[Kind]


class _Case(TypedDict):
    number: str
    stage: Stage
    outcome: Outcome | None
    received_at: Moment
    channel: Channel
    wishes: list[Wish]
    wish_amount: Money | None
    promised: Moment | None
    matters: list[CaseMatter]
    stages: list[Stay]
    reconsideration_decision: DecidedAnew | None
    etag: int
    moves: list[MoveName]
    next: Expected | None


class PartnerCase(_Case):
    """A case as the partner that filed it sees it."""

    obligations: list[Obligation]
    totals: dict[str, Money]
    reconsideration: Reconsideration | None
    dispute: None
    deadlines: list[Running]


class PartyCase(_Case):
    """A case as a consumer sees it, or who represents them; `token` comes where their link was renewed."""

    obligations: list[Obligation]
    totals: Totals
    reconsideration: Reconsideration | None
    dispute: Annotated[Told, TALKS] | None
    mediation: Annotated[Told, MEDIATION] | None
    agreement: Annotated[Told, AGREEMENT] | None
    deadlines: list[Running]
    token: NotRequired[str]


class CompanyCase(TypedDict):
    """All that the company's representative sees of a case; `conclusions` are those of the answer, per
    matter."""

    number: str
    stage: Stage
    outcome: Outcome | None
    wishes: list[Wish]
    wish_amount: Money | None
    matters: list[MatterInOutline]
    conclusions: dict[str, Conclusion]
    obligations: list[Obligation]
    totals: Totals
    dispute: Annotated[Told, TALKS] | None
    mediation: Annotated[Told, MEDIATION] | None
    agreement: Annotated[Told, AGREEMENT] | None
    deadlines: list[Running]
    moves: list[MoveName]
    next: Expected | None
    etag: int
    token: NotRequired[str]


StaffOffer = Annotated[Told, PlainOf("StaffOffer", Offer, amount=Money | None)]
StaffDispute = Annotated[Told, PlainOf("StaffDispute", Dispute, offers=list[StaffOffer])]
StaffParty = Annotated[Told, PlainOf("StaffParty", Party, role=RoleCode)]
StaffAgreement = Annotated[
    Told,
    PlainOf(
        "StaffAgreement", Agreement, terms=list[StaffTerm], missing=list[str], text=dict[str, Any] | None
    ),
]


class StaffCase(_Case):
    """A case as staff see it whom it is open to."""

    obligations: list[StaffObligation]
    totals: dict[str, Money]
    reconsideration: StaffReconsideration | None
    deadlines: list[StaffRunning]
    owner: str | None
    team: str
    policy: str
    severity: Severity | None
    hurt: Hurt
    safety: Safety | None
    questions: list[Question]
    appraisals: list[Appraisal]
    extensions: list[Extension]
    report: Report | None
    outside: list[Outside]
    recused: list[str]
    goods_back: Day | None
    approvals: list[Approval]
    tellings: list[CallTask]
    evidence: list[Evidence]
    invited: str | None
    reviewed: list[int]
    sent_back: bool
    stories: list[Story]
    dispute: StaffDispute | None
    mediation: Mediation | None
    agreement: StaffAgreement | None
    parties: list[StaffParty]


CaseAnswer = StaffCase | PartyCase | CompanyCase | PartnerCase | DepartmentCase | InvitedCase | BareCase
"""A case as whoever asks may know it."""
