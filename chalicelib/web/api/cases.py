"""A case in the interface, as JSON for each kind of reader."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from chalicelib.access.authorization import ReaderRole
from chalicelib.access.offers import Offers
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import Matter, PartnerAccess, Seat, Stay
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import masked
from chalicelib.view.agreement import agreement_view
from chalicelib.view.answer import AnswerView, answer_view
from chalicelib.view.contact import ContactView, contact_view
from chalicelib.view.deadlines import RunView, deadlines_view
from chalicelib.view.expected import Expected, expected
from chalicelib.view.forwarding import ForwardView, forwards
from chalicelib.view.inquiry import questions
from chalicelib.view.mediation import mediation_inside, mediation_view
from chalicelib.view.obligation import totals
from chalicelib.view.party import Partner, PartyReader
from chalicelib.view.people import JointInside, JointView, joint_inside, joint_view
from chalicelib.view.review import Decided, ReviewView, decided, review_view
from chalicelib.view.shared import SharedView, promised, shared_view
from chalicelib.view.staff import Staff
from chalicelib.view.stakes import Stake, stakes
from chalicelib.view.talks import talks_view
from chalicelib.web.api import obligations as api_owed, talks as api_talks
from chalicelib.web.api.values import (
    AnswerShape,
    DeadlineName,
    MoveName,
    PlainOf,
    RoleCode,
    StakeName,
    Stopped,
    Told,
    money,
    plain,
    stamped,
    view_json,
)

PartnerReads = Literal["what_was_filed", "as_the_person"]
"""What a partner reads of a complaint. "as_the_person": with the person's consent, what they may read.
"what_was_filed": without it, how the complaint stands."""
MATTER = AnswerShape("CaseMatter", Matter, "type sub_type amount rights accepted ground n", type=str, n=int)
OUTLINE = AnswerShape("MatterInOutline", Matter, "n type sub_type amount", type=str, n=int)
KIND = AnswerShape("Kind", Matter, "type sub_type", type=str)
ANSWER = AnswerShape("AnswerWithReasons", AnswerView, "given matters rights rules terms unexamined")
SHARED = AnswerShape(
    "Shared", SharedView, " ".join(SharedView._fields), answer=Annotated[Told, ANSWER] | None
)
CONSENT = AnswerShape("ConsentToPartner", PartnerAccess, "version at stated ended")
STAY = AnswerShape("Stay", Stay, "stage since until")
PERSON = PlainOf("StaffParty", Party, role=RoleCode)
CONTACT = AnswerShape("Contact", ContactView, " ".join(ContactView._fields))
JOINT = AnswerShape("Joint", JointView, "people number own speak choice consents")
STAFF_JOINT = AnswerShape("StaffJoint", JointInside, " ".join(JointInside._fields))
SEAT = PlainOf("Seat", Seat)
REVIEW = AnswerShape("Reconsideration", ReviewView, "matters at expected late")
STAFF_REVIEW = AnswerShape(
    "StaffReconsideration", ReviewView, "matters at expected late panel", panel=list[Seat]
)
DECIDED = AnswerShape("DecidedAnew", Decided, "at results votes of")
RUN: dict[str, Any] = {"deadline": DeadlineName, "stopped": Stopped | None}
RUNNING = AnswerShape("Running", RunView, "deadline about since due stopped provisional moved late", **RUN)
STAFF_RUNNING = AnswerShape(
    "StaffRunning",
    RunView,
    "deadline about since due stopped provisional moved late next_step work_by",
    **RUN,
)
EXPECTED = AnswerShape(
    "Expected", Expected, "move about deadline due", move=MoveName, about=str | None, deadline=DeadlineName
)
STAKE = AnswerShape("Stake", Stake, "deadline about due moves", deadline=StakeName, moves=list[MoveName])
FORWARD = AnswerShape(
    "Forward", ForwardView, "id state since body company contact text kept sent due number receiver reason"
)
STAFF_FORWARD = AnswerShape("StaffForward", ForwardView, " ".join(ForwardView._fields))
INSIDE = (
    "owner",
    "team",
    "policy",
    "severity",
    "hurt",
    "safety",
    "questions",
    "appraisals",
    "conduct",
    "extensions",
    "report",
    "outside",
    "recused",
    "goods_back",
    "approvals",
    "tellings",
    "evidence",
    "invited",
    "reviewed",
    "sent_back",
    "stories",
    "improvement",
    "training",
)
"""The names of the fields of a case that only the answer to staff has."""


def closed(reader: Staff, capacity: ReaderRole, offers: Offers) -> Told:
    """Return the answer for a member of staff who may not open the case. `capacity`: in which role they read
    it. `offers`: the moves that they can take.

    A department gets its questions. An invited mediator gets the parties and the kinds of matters. Others get
    only the moves."""
    case, told = reader.case, dict[str, Any]()
    if capacity is ReaderRole.DEPARTMENT:
        told["questions"] = [
            {"id": one.id, "due": stamped(one.by), **one.said} for one in questions(reader, own=True)
        ]
    elif capacity is ReaderRole.INVITED:
        about = reader.concerned()
        told = {
            "parties": [{"role": role.code, "name": name} for role, name in about.people],
            "nature": about.natures,
            "matters": [KIND(matter) for matter in about.matters],
        }
    return {
        "number": case.ref,
        **told,
        "moves": [*offers],
        "next": _next(reader, offers),
        "etag": case.entries,
    }


def open_case(reader: PartyReader | Partner | Staff, offers: Offers, roster: Callable[[], Roster]) -> Told:
    """Return the answer for a party, a partner, or a member of staff who may open the case. `offers`: the
    moves that the reader can take. `roster` returns the roster; it is called only if names of staff are
    needed.

    A representative whose authority is not confirmed gets only the number of the case, and no moves."""
    case = reader.case
    if not reader.authorised:
        return {"number": case.ref, "moves": [], "etag": case.entries}
    if isinstance(reader, PartyReader) and reader.company:
        return _to_company(reader, offers, roster)
    told = {
        "number": case.ref,
        "external_id": case.intake.external_id,
        "stage": case.stage,
        "outcome": case.outcome,
        "received_at": stamped(case.received_at),
        "channel": case.channel,
        "filed_as": case.intake.filed_as,
        "wishes": case.intake.wishes if reader.first else (),
        "wish_amount": money(case.intake.wish_amount if reader.first else None),
        "promised": stamped(case.promised),
        "matters": [
            MATTER(matter, n=n, amount=matter.amount if reader.first else None)
            for n, matter in enumerate(case.matters, 1)
        ],
        "stages": [STAY(one) for one in case.stays],
        "obligations": [] if isinstance(reader, Partner) else api_owed.obligations(reader),
        "totals": view_json(reader.totals) if isinstance(reader, PartyReader) else {},
        **(_shared(reader) if isinstance(reader, Partner) else {}),
        "reconsideration": (review := review_view(reader)) and REVIEW(review),
        "reconsideration_decision": (last := decided(reader)) and DECIDED(last),
        **(_agreed(reader, offers, roster) if isinstance(reader, PartyReader) else {"dispute": None}),
        **(_of_party(reader, offers) if isinstance(reader, PartyReader) else {}),
        "forwards": [FORWARD(one) for one in forwards(reader)],
        "deadlines": running(reader, roster),
        "etag": case.entries,
        "moves": [*offers],
        "next": _next(reader, offers),
    }
    return told | _inside(reader, review) if isinstance(reader, Staff) else told


def reads(case: Case) -> PartnerReads:
    """Return whether the partner that filed a case reads it as its person does."""
    return "as_the_person" if case.partner_reads else "what_was_filed"


def _shared(reader: Partner) -> Told:
    """Return the fields that say what the partner reads, and those that it reads with the consent of its
    person."""
    found, given = shared_view(reader), reader.case.parties[0].shares if reader.case.parties else None
    told: Told = {
        "reads": reads(reader.case),
        "consent": given and CONSENT(given),
        "shared": found and SHARED(found, answer=found.answer and ANSWER(found.answer)),
    }
    if reader.shared is None:
        return told
    owed = promised(reader.shared)
    sums = totals(reader.shared, (one for one in owed if one.open))
    return told | {"obligations": api_owed.obligations(reader.shared, owed), "totals": view_json(sums)}


def _inside(reader: Staff, review: ReviewView | None) -> Told:
    """Return the fields of the answer that only staff get. `review`: the reconsideration, or None."""
    case = reader.case
    panel = [SEAT(seat) for seat in review.panel] if review else []
    return {
        **{name: plain(had) for name, had in case.flat.items() if name in INSIDE},
        "reconsideration": review and STAFF_REVIEW(review, panel=panel),
        "forwards": [STAFF_FORWARD(one) for one in forwards(reader)],
        "dispute": api_talks.staff_talks(reader),
        "joint": (one := joint_inside(case)) and STAFF_JOINT(one),
        "mediation": (found := mediation_inside(reader)) and plain(found.record),
        "agreement": api_talks.staff_agreement(reader),
        "parties": [PERSON(p, role=p.role.code, known_by=[], kept="") for p in case.parties],
    }


def _to_company(reader: PartyReader, offers: Offers, roster: Callable[[], Roster]) -> Told:
    """Return the answer for the company's representative. `offers`: the moves that they can take."""
    case, answer = reader.case, answer_view(reader)
    return {
        "number": case.ref,
        "stage": case.stage,
        "outcome": case.outcome,
        "wishes": case.intake.wishes,
        "wish_amount": money(case.intake.wish_amount),
        "matters": [OUTLINE(matter, n=n) for n, matter in enumerate(case.matters, 1)],
        "conclusions": {one.n: one.conclusion for one in answer.matters} if answer else {},
        "obligations": api_owed.obligations(reader),
        "totals": view_json(reader.totals),
        **_agreed(reader, offers, roster),
        "deadlines": running(reader, roster),
        "moves": [*offers],
        "stakes": [STAKE(one) for one in stakes(reader, offers)],
        "next": _next(reader, offers),
        "etag": case.entries,
    }


def _of_party(reader: PartyReader, offers: Offers) -> Told:
    """Return the fields `stakes`, `contact` and `joint`. `stakes`: what the party can lose, and when.
    `contact`: how the party is reached, and their new address if it waits for confirmation, partly masked.
    `joint`: the joint case; None for any other case."""
    told = reader.dossier.people.get(reader.party.id, {}) if reader.party.pending else {}
    found = contact_view(reader.party, told)
    return {
        "stakes": [STAKE(one) for one in stakes(reader, offers)],
        "contact": CONTACT(found, new_address=found.new_address and masked(found.new_address)),
        "joint": (one := joint_view(reader)) and JOINT(one),
    }


def _next(reader: PartyReader | Partner | Staff, offers: Offers) -> Told | None:
    """Return the move that is expected of the reader; None if nothing is expected of them."""
    found = expected(reader, offers)
    return EXPECTED(found, about=found.about or None) if found else None


def _agreed(reader: PartyReader, offers: Offers, roster: Callable[[], Roster]) -> Told:
    """Return the fields `dispute` (the negotiation), `mediation` and `agreement` as a party may know them.
    Each is None if it has not begun."""
    talking = reader.case.talks.dispute or reader.case.talks.mediation
    people = roster() if talking else Roster()  # without talks, the answer names no member of staff
    talks, mediation = talks_view(reader, people), mediation_view(reader, people)
    agreement = agreement_view(reader, offers)
    return {
        "dispute": talks and api_talks.TALKS(talks),
        "mediation": mediation and api_talks.MEDIATION(mediation),
        "agreement": agreement and api_talks.agreement(reader, agreement),
    }


def running(reader: PartyReader | Partner | Staff, roster: Callable[[], Roster]) -> list[Told]:
    """Return the deadlines that run on a case and that the reader may see. For staff, each deadline also has
    its next escalation. `roster`: a function that returns the roster; it is called if we are late."""
    told = STAFF_RUNNING if isinstance(reader, Staff) else RUNNING
    return [told(run) for run in deadlines_view(reader, roster)]
