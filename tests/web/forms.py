"""Cases on which every form of the desk has fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Evidence, Inquiry, Party
from chalicelib.domain.model.case_records import (
    Absence,
    Agreement,
    Approval,
    CallTask,
    ConductFinding,
    Dispute,
    Forward,
    Matter,
    Mediation,
    Meeting,
    Offer,
    Outside,
    Question,
    Reconsideration,
    Seat,
    Signature,
    Statement,
    Story,
    UnconfirmedMail,
)
from chalicelib.domain.model.codes import (
    Channel,
    Conduct,
    Duty,
    EvidenceKind,
    Forwarded,
    Language,
    MeetingWay,
    Nature,
    Power,
    Remedy,
    Right,
    Route,
    Side,
    Signed,
    Stage,
    Type,
    Way,
)
from chalicelib.domain.model.obligation import Amendment, Obligation
from chalicelib.domain.reference import reference
from chalicelib.domain.roster import Member, Roster, Team
from chalicelib.web import forms
from chalicelib.web.forms import Field
from chalicelib.web.forms.form_context import Asking, Seen
from tests.domain.life import REGISTER, answered
from tests.scenario import DAY, T0, roster

LI = Party("p2", Way.EMAIL, Language.ZH)
AGENT = Party(
    "p3",
    Way.EMAIL,
    Language.ZH,
    represents="p1",
    powers=(Power.SUBMIT, Power.ANSWER),
    until=date(2026, 12, 31),
)
CASE = Case(
    "100000000005",
    "default-1",
    Stage.RECEIVED,
    Channel.WEB,
    T0,
    T0,
    "general",
    (Party("p1", Way.PHONE, Language.ZH), LI, AGENT, replace(AGENT, id="p4", represents="p2")),
    (Matter(Type("quality"), "defect", 165500, (Right.FAIR_TRADE,)), Matter(Type("warranty"), "parts")),
    approvals=(Approval("a1", "decline", {}, "wang", "intake", T0, ("lead",), 2),),
    tellings=(CallTask("t1", "receipt", "p1", T0),),
    evidence=(
        Evidence("E1", EvidenceKind.STATEMENT, T0, "p1", 1),
        Evidence("E2", EvidenceKind.FILE, T0, "p1", 3, "f1"),
    ),
    inquiry=Inquiry(
        conduct=(ConductFinding("C1", Conduct.PLANTED, T0, 18, ("E2",)),),
        questions=(
            Question("Q1", "repair", T0, 4),
            Question("Q2", "shops", T0, 5),
            Question("Q3", "repair", T0, 6, answered=T0),
        ),
    ),
    obligations=(
        Obligation("O1", 1, Remedy.REFUND, date(2026, 3, 1), "p1", 7, T0, 165500),
        Obligation("O2", 1, Remedy.APOLOGY, date(2026, 3, 1), "p2", 7, T0),
    ),
    outside=(Outside(Route.SAMR_12315), Outside(Route.COURT)),
    forwards=(
        Forward("W1", "p2", 15, T0),
        Forward("W2", "p2", 16, T0, Route.SAMR_12315, Forwarded.AGREED),
        Forward("W3", "p2", 17, T0, None, Forwarded.SENT, T0),
    ),
    mails=(UnconfirmedMail("m1", T0, "p2", 18),),
)
ASKED = Reconsideration(T0, 8, (1, 2), Stage.ANSWERED, panel=(Seat("wu", True), Seat("he"), Seat("shi")))
REVIEWED = replace(
    CASE,
    stage=Stage.UNDER_RECONSIDERATION,
    matters=tuple(replace(m, accepted=True) for m in CASE.matters),
    recourse=replace(CASE.recourse, reconsideration=ASKED),
)
DECLINED = replace(
    CASE, stage=Stage.DECLINED, matters=tuple(replace(m, accepted=False) for m in CASE.matters)
)
INVESTIGATED = replace(REVIEWED, stage=Stage.INVESTIGATING, recourse=CASE.recourse)
TALKS = Dispute(
    T0,
    8,
    Stage.ANSWERED,
    Nature.AMOUNT,
    barred=("zhao",),
    invited=T0,
    consents={Side.BUSINESS: True},
    statements=(
        Statement("S1", Side.CONSUMER, 9, "p1"),
        Statement("S2", Side.BUSINESS, 10, "p5"),
        Statement("S3", Side.BUSINESS, 11, "p5", T0),
    ),
    offers=(Offer("F1", Side.BUSINESS, 12, T0, date(2026, 3, 1), 30000),),
)
TALKING = replace(CASE, stage=Stage.NEGOTIATING, talks=replace(CASE.talks, dispute=TALKS))
MEETING = Meeting("M1", 13, T0 + 9 * DAY, 60, MeetingWay.IN_PERSON, T0)
MEDIATING = replace(
    TALKING,
    stage=Stage.MEDIATING,
    talks=replace(
        TALKING.talks,
        mediation=Mediation(
            T0,
            "yan",
            True,
            T0,
            T0,
            meetings=(MEETING, replace(MEETING, id="M2", recorded=T0)),
            absences=(Absence("M2", Side.BUSINESS, T0),),
        ),
    ),
)
SIGNING = replace(
    MEDIATING,
    stage=Stage.SIGNING,
    talks=replace(
        MEDIATING.talks,
        agreement=Agreement(
            1,
            14,
            "d" * 64,
            T0,
            Stage.MEDIATING,
            (),
            ("p1", "p2", "business", "mediator"),
            signatures=(Signature("p1", "p1", "consumer", T0, Signed.LINK),),
        ),
    ),
)
OWED = CASE.obligations[0]
CLAIMED = replace(CASE, obligations=(replace(OWED, state=Duty.CLAIMED),))
CALLED = replace(CASE, stage=Stage.PERFORMING, obligations=(replace(OWED, state=Duty.IN_CURE, notice=T0),))
FOUND = replace(
    CASE, stage=Stage.BREACHED, obligations=(replace(OWED, state=Duty.BREACHED, notice=T0, found=T0),)
)
ASKED_AT = T0 + 39 * DAY
PROPOSED = replace(
    CASE,
    evidence=tuple(replace(piece, at=ASKED_AT) for piece in CASE.evidence),
    obligations=(
        replace(OWED, proposed=Amendment(ASKED_AT, 9, "p1", date(2036, 1, 1), 100, digest="d" * 64)),
    ),
)
CLOSED = replace(
    CASE,
    stage=Stage.CLOSED,
    feedback=replace(CASE.feedback, stories=(Story("S1", "p1", 9), Story("S2", "p2", 10, T0))),
)
MISSED = replace(
    CASE, taken={"submit": T0}, clock=replace(CASE.clock, steps={f"acknowledgement#{stamp(T0)}": 2})
)
OWN_TIME = {
    "promise_anew": MISSED,
    "file_report": INVESTIGATED,
    "decide_proof": CLAIMED,
    "release_story": CLOSED,
    "destroy_data": replace(CASE, stage=Stage.CLOSED),
    **dict.fromkeys(("agree_change", "refuse_change"), PROPOSED),
    **dict.fromkeys(("find_breach", "find_no_breach"), CALLED),
    **dict.fromkeys(("take_measure", "record_cure", "refer_breach"), FOUND),
    **dict.fromkeys(("offer", "accept_offer", "refuse_offer", "share_statement"), TALKING),
    "ask_reconsideration": DECLINED,
    **dict.fromkeys((name for name, move in MOVES.items() if move.at == {Stage.MEDIATING}), MEDIATING),
    **dict.fromkeys((name for name, move in MOVES.items() if move.at == {Stage.SIGNING}), SIGNING),
    **dict.fromkeys(("vote", "decide_reconsideration", "decide_handler_change"), REVIEWED),
}
"""Cases for the moves whose forms have nothing to ask on `CASE`."""
EARLIER = replace(answered().case, ref=reference(7))
"""An earlier case of the same consumer, which was answered."""
SEEN = Seen(
    {"p1": "王芳", "p2": "李雷", "p3": "赵律师"},
    lambda n: f"第{n}条",
    T0 + 40 * DAY,
    shown=lambda: ["e" * 16],
    earlier=lambda: [EARLIER],
)
DEPARTMENTS = {
    id: Team({"zh": zh, "en": en}, duty={"department": (Member(id, id, f"{id}@house.example"),)})
    for id, zh, en in (("repair", "维修部", "Repair"), ("shops", "门店部", "Shops"))
}
SOUTH = Team({"zh": "南区组", "en": "South"}, duty={"lead": (Member("nan", "Nan", "nan@house.example"),)})
HOUSE = Roster({**roster().teams, **DEPARTMENTS, "south": SOUTH}, REGISTER)


class Posted(dict[str, list[str]]):
    """A posted form."""

    def all(self, name: str) -> list[str]:
        """Return every value of a name."""
        return self.get(name, [])


def fields_on(
    move: str,
    case: Case | None,
    language: str,
    *,
    roster: Roster | None = None,
    seen: Seen | None = None,
    **more: Any,
) -> list[Field]:
    """Return the fields of a move's form on a case. `more`: the other arguments of `forms.fields`."""
    return forms.fields(Asking(move, case, language, roster or Roster(), seen or Seen()), **more)


def form_fields(move: str, language: str = "zh", **more: Any) -> list[Field]:
    """Return the fields of a move's form, on a case where all its choices are open."""
    return fields_on(move, OWN_TIME.get(move, CASE), language, **{"roster": HOUSE, "seen": SEEN, **more})


def leaves(fields: list[Field] | tuple[Field, ...]) -> Iterator[Field]:
    """Yield every field that takes a value."""
    for field in fields:
        yield from leaves(field.parts) if field.parts else (field,)
