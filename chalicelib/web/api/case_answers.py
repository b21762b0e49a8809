"""The types of answers about a case, one for each kind of reader, so that no reader gets a field meant for
another."""

from typing import Annotated, Any, NotRequired, get_type_hints

from typing_extensions import TypedDict

from chalicelib.domain.model.case import RECORDS, Case
from chalicelib.domain.model.case_records import Mediation
from chalicelib.domain.model.codes import Channel, Conclusion, FiledAs, Nature, Outcome, Stage, Wish
from chalicelib.view.obligation import Totals
from chalicelib.web.api.cases import (
    CONSENT,
    CONTACT,
    DECIDED,
    EXPECTED,
    FORWARD,
    INSIDE,
    JOINT,
    KIND,
    MATTER,
    OUTLINE,
    PERSON,
    REVIEW,
    RUNNING,
    SHARED,
    STAFF_FORWARD,
    STAFF_JOINT,
    STAFF_REVIEW,
    STAFF_RUNNING,
    STAKE,
    STAY,
    PartnerReads,
)
from chalicelib.web.api.obligations import OBLIGATION, STAFF_OBLIGATION
from chalicelib.web.api.talks import AGREEMENT, MEDIATION, STAFF_AGREEMENT, STAFF_DISPUTE, TALKS
from chalicelib.web.api.values import AnswerShape, AnyMove, Moment, Money, MoveName, RoleCode, Told


class Deadlines(TypedDict):
    """The deadlines that run on a case."""

    items: list[Annotated[Told, STAFF_RUNNING] | Annotated[Told, RUNNING]]
    next: None


class TimelineEntry(TypedDict):
    """An entry of the timeline. `facts`: codes, dates and amounts. `words`: texts that people wrote. `hash`:
    binds the entry to the one before. If long texts are cut, `whole` is the path that returns them in full.
    `move`: the move. `was`: the hash of the entry before; missing in the first. `beside`: the digest of the
    letters of the move."""

    n: int
    move: AnyMove
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
    """A page of the timeline, the newest entry first. `next` is the `cursor` of the page after it."""

    items: list[TimelineEntry]
    next: str | None


class BareCase(TypedDict):
    """A case for a person who may not open it: only its number, and the moves that this person can take.
    `next`: the move that is expected of them, if any. A representative whose authority is not confirmed gets
    no `next`. `moves`: the names of the moves. `token`: the token of their new access link, after a change
    that replaces it."""

    number: str
    moves: list[MoveName]
    next: NotRequired[Annotated[Told, EXPECTED] | None]
    etag: int
    token: NotRequired[str]


class QuestionAsked(TypedDict):
    """A question to a department. `due`: when the answer is due. `question`: the question. `papers`: the
    papers that are wanted."""

    id: str
    due: Moment | None
    question: str
    papers: NotRequired[str]


class DepartmentCase(BareCase):
    """A case as a department sees it. `questions`: the questions to the department."""

    questions: list[QuestionAsked]


class Concerned(TypedDict):
    """A person or company that a case is about. `role`: their role on the case."""

    role: RoleCode
    name: str | None


class InvitedCase(BareCase):
    """A case as an invited mediator sees it before accepting. `parties`: the people and companies that the
    case is about. `nature`: the subjects of the dispute. `matters`: the kinds of matters."""

    parties: list[Concerned]
    nature: list[Nature]
    matters: list[Annotated[Told, KIND]]


class _Case(TypedDict):
    """A case as its readers see it. `outcome`: how the case ended; None while it is open. `received_at`: when
    the consumer spoke or the letter arrived. `channel`: how the complaint came. `filed_as`: whether it is a
    complaint or only a report. `wishes`: what the consumer wants. `wish_amount`: the amount that the consumer
    wants. `promised`: when we promised to answer; None without a promise. `matters`: the matters. `stages`:
    the stages so far, the oldest first. `reconsideration_decision`: the decision on the last request for
    reconsideration; None without one. `moves`: the moves that the reader can take now. `next`: the move that
    is expected of the reader; None without one."""

    number: str
    external_id: str | None
    stage: Stage
    outcome: Outcome | None
    received_at: Moment
    channel: Channel
    filed_as: FiledAs
    wishes: list[Wish]
    wish_amount: Money | None
    promised: Moment | None
    matters: list[Annotated[Told, MATTER]]
    stages: list[Annotated[Told, STAY]]
    reconsideration_decision: Annotated[Told, DECIDED] | None
    etag: int
    moves: list[MoveName]
    next: Annotated[Told, EXPECTED] | None


class PartnerCase(_Case):
    """A case as the partner that filed it sees it. `reads`: what it reads. `consent`: the last consent of the
    person to it; None if there never was one. `shared`: the account of the person, and our decisions and
    answer with their reasons; None without the consent. `obligations`: what was promised in the answer; empty
    without the consent. `totals`: the sums of these; empty without the consent. `reconsideration`: the
    request for reconsideration; None without one. `forwards`: what was passed on to other bodies. `dispute`:
    always None."""

    reads: PartnerReads
    consent: Annotated[Told, CONSENT] | None
    shared: Annotated[Told, SHARED] | None
    obligations: list[Annotated[Told, OBLIGATION]]
    totals: dict[str, Money | None]
    reconsideration: Annotated[Told, REVIEW] | None
    forwards: list[Annotated[Told, FORWARD]]
    dispute: None
    deadlines: list[Annotated[Told, RUNNING]]


class PartyCase(_Case):
    """A case as a consumer or their representative sees it. `token` is given after a change that replaces
    their access link: it is the token of the new link. `stakes`: what they can lose, the soonest first; the
    first is what the status box of their page shows. `message_at` is given if a limit delays the message to a
    new address: it is the moment at which the message leaves. `obligations`: what each side owes. `totals`:
    the sums of what is owed. `reconsideration`: the request for reconsideration; None without one. `dispute`:
    the negotiation; None before it begins. `mediation`: the mediation; None before it begins. `agreement`:
    the agreement; None before it is drafted. `contact`: how the reader is reached. `joint`: the joint case;
    None for any other case. `forwards`: what was passed on to other bodies."""

    obligations: list[Annotated[Told, OBLIGATION]]
    totals: Totals
    reconsideration: Annotated[Told, REVIEW] | None
    dispute: Annotated[Told, TALKS] | None
    mediation: Annotated[Told, MEDIATION] | None
    agreement: Annotated[Told, AGREEMENT] | None
    contact: Annotated[Told, CONTACT]
    joint: Annotated[Told, JOINT] | None
    forwards: list[Annotated[Told, FORWARD]]
    deadlines: list[Annotated[Told, RUNNING]]
    stakes: list[Annotated[Told, STAKE]]
    token: NotRequired[str]
    message_at: NotRequired[Moment]


class CompanyCase(TypedDict):
    """A case as the company's representative sees it. `conclusions`: the conclusions in the company's answer.
    The key is the number of the matter. `outcome`: how the case ended; None while it is open. `wishes`: what
    the consumer wants. `wish_amount`: the amount that the consumer wants. `matters`: the matters.
    `obligations`: what each side owes. `totals`: the sums of what is owed. `dispute`: the negotiation; None
    before it begins. `mediation`: the mediation; None before it begins. `agreement`: the agreement; None
    before it is drafted. `stakes`: what the company can lose, the soonest first. `moves`: the moves that the
    reader can take now. `next`: the move that is expected of the reader; None without one. `token`: the token
    of their new access link, after a change that replaces it."""

    number: str
    stage: Stage
    outcome: Outcome | None
    wishes: list[Wish]
    wish_amount: Money | None
    matters: list[Annotated[Told, OUTLINE]]
    conclusions: dict[str, Conclusion]
    obligations: list[Annotated[Told, OBLIGATION]]
    totals: Totals
    dispute: Annotated[Told, TALKS] | None
    mediation: Annotated[Told, MEDIATION] | None
    agreement: Annotated[Told, AGREEMENT] | None
    deadlines: list[Annotated[Told, RUNNING]]
    stakes: list[Annotated[Told, STAKE]]
    moves: list[MoveName]
    next: Annotated[Told, EXPECTED] | None
    etag: int
    token: NotRequired[str]


class _StaffCase(_Case):
    """A case for the staff who may open it. `obligations`: what each side owes. `totals`: always empty.
    `reconsideration`: the request for reconsideration; None without one. `joint`: the joint case; None for
    any other case. `forwards`: what was passed on to other bodies. `dispute`: the negotiation; None before it
    begins. `mediation`: the mediation; None before it begins. `agreement`: the agreement; None before it is
    drafted. `parties`: the people on the case. `owner`: the id of the handler; None without one. `team`: the
    id of the team. `policy`: the name of the policy whose deadlines apply. `severity`: the severity; None
    until it is set. `hurt`: whether somebody was hurt, or could be. `safety`: the work on a danger; None
    without one. `questions`: the questions to departments. `appraisals`: the expert tests. `conduct`: the
    findings on the conduct of the sender. `extensions`: the longer times that were granted. `report`: the
    report of the investigation; None before it. `outside`: the same matter before other bodies. `recused`:
    the ids of people who stood back. `goods_back`: the day on which the goods came back; None before that.
    `approvals`: the moves that wait for a second person. `tellings`: the calls by which letters are told that
    could not be sent. `evidence`: the evidence. `invited`: the number of the joint case that this case may
    join; None without one. `reviewed`: the numbers of the matters that a reconsideration has decided for
    good. `sent_back`: whether a reconsideration has ordered a new investigation. `stories`: the stories for
    publication. `improvement`: the improvement action; None for a complaint. `training`: the training; None
    for a complaint."""

    obligations: list[Annotated[Told, STAFF_OBLIGATION]]
    totals: dict[str, Money]
    reconsideration: Annotated[Told, STAFF_REVIEW] | None
    joint: Annotated[Told, STAFF_JOINT] | None
    forwards: list[Annotated[Told, STAFF_FORWARD]]
    deadlines: list[Annotated[Told, STAFF_RUNNING]]
    dispute: Annotated[Told, STAFF_DISPUTE] | None
    mediation: Mediation | None
    agreement: Annotated[Told, STAFF_AGREEMENT] | None
    parties: list[Annotated[Told, PERSON]]


HEAD = {
    name: hint
    for record in (Case, *(type(getattr(Case, name)) for name in RECORDS))
    for name, hint in get_type_hints(record, include_extras=True).items()
}
"""Field name → type, for every field of a case and of its records (`RECORDS`). `STAFF_CASE` takes the types
of its fields from here."""
STAFF_CASE = AnswerShape(
    "StaffCase",
    _StaffCase,
    " ".join((*get_type_hints(_StaffCase), *INSIDE)),
    **{name: HEAD[name] for name in INSIDE},
)
CaseAnswer = (
    Annotated[Told, STAFF_CASE]
    | PartyCase
    | CompanyCase
    | PartnerCase
    | DepartmentCase
    | InvitedCase
    | BareCase
)
"""The answer with a case. Each kind of reader gets a type of their own, with only the fields that they may
see."""
