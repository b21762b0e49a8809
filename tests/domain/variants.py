"""Inputs of each move at any point of a random life, valid and invalid, and the starts of such lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from chalicelib.domain.calendar import published, stamp
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import Matter, Owed
from chalicelib.domain.model.codes import (
    Cause,
    Conclusion,
    Ground,
    Measure,
    MeetingWay,
    Nature,
    ObligationKind,
    Remedy,
    Result,
    Role,
    Route,
    Severity,
    Side,
    Type,
    Undelivered,
    Way,
)
from chalicelib.domain.moves.intake import Person
from chalicelib.domain.moves.reconsideration import appointable, contestable, majority, ready
from tests.domain.bodies import bodies
from tests.domain.life import (
    DAY,
    DECLINED,
    HOUR,
    OFFICE,
    PANEL,
    PERSON,
    ROLES,
    Life,
    bound,
    clause,
    contested,
    drafted,
    mediated,
    reported,
    returned,
    ruled,
    seated,
    text,
    unopposed,
    voice,
    voted,
)
from tests.domain.promises import breached, uncured


class Variants(Mapping[str, list[dict[str, Any]]]):
    """The inputs of each move now, valid and invalid. Types of parameters give them, except for the moves of
    `special`."""

    def __init__(self, life: Life, leading: Case) -> None:
        self.life, self.leading, self.special = life, leading, special(life, leading)

    def __getitem__(self, move: str) -> list[dict[str, Any]]:
        if move in OF_THE_ENGINE:
            raise KeyError(move)
        if move not in self.special:
            self.special[move] = bodies(self.life, self.leading, move)
        return self.special[move]

    def __iter__(self) -> Iterator[str]:
        return iter(MOVES.keys() - OF_THE_ENGINE)

    def __len__(self) -> int:
        return len(MOVES.keys() - OF_THE_ENGINE)


OF_THE_ENGINE = {
    "submit",
    "close_fulfilled",
    "lapse_answer",
    "lapse_decline",
    "lapse_change",
    "lapse_forward",
    "lapse_joint_consent",
    "lapse_representatives",
    "lapse_offer",
    "take_step",
    "watch_action",
}
"""The start of a complaint, and moves that the clock takes only on the day that a ladder names."""


def variants(life: Life, leading: Case) -> Variants:
    """Return the inputs of each move now, valid and invalid."""
    return Variants(life, leading)


def special(life: Life, leading: Case) -> dict[str, list[dict[str, Any]]]:
    """Return the inputs of the moves whose parameters depend on one another or on the case. A new move needs
    a line here only if none of its inputs by type is accepted."""
    part = {"declined": {2: Ground.NOT_COMPLAINT}, "reasons": {2: "无"}}
    day = published().day_of(life.time)
    remedies = (Owed(1, Remedy.REFUND, day + 5 * DAY, 30000), Owed(1, Remedy.APOLOGY, day + 3 * DAY))
    settled = {
        "agreement": "电话里同意了。",
        "causes": (Cause.LATE_ACTION,),
        "terms": "原路退回。",
        "read_back": True,
    }
    seats = [seat.who for seat in life.case.panel]
    return {
        # each declined matter needs its own reason, and one must be left
        "accept": [
            {},
            part,
            {**part, "declined": {2: Ground.NOT_FOR_LIVING}},
            {**part, "declined": {9: Ground.NOT_FOR_LIVING}},
        ],
        # the person says that both complaints are theirs, because no address is known to be theirs
        "link_duplicate": [{"leading": leading, "read_back": True}, {"leading": leading}],
        # without a rule of the roster, a department must be named
        "ask_department": [
            {"department": "repair", "question": "修过几次？", "papers": "维修单", "due": day + DAY},
            {"department": "repair", "question": "修过几次？"},
            {"department": "general", "question": "修过几次？"},
            {"question": "修过几次？"},
        ],
        # an act of a person is stored as one text
        "record_restored": [
            {"moment": life.time - DAY},
            {"moment": life.time - HOUR, "undone": (f"{stamp(life.time)} message consumer p1",)},
            {"moment": life.time - HOUR, "concerned": ("p1",)},
        ],
        # the figures come from the server
        "verify_action": [{"figures": None}],
        # a letter that was sent
        "letter_failed": [
            {"letter": sent.key, "id": sent.id, "party": sent.to[6:], "why": Undelivered.BOUNCE}
            for sent in life.letters[-3:]
            if sent.to.startswith("party:")
        ],
        "letter_late": [
            {
                "letter": sent.key,
                "id": sent.id,
                "since": life.case.told.get(sent.key) or life.time - DAY,
                "at": life.time,
            }
            for sent in life.letters[-3:]
            if sent.to.startswith("party:")
        ],
        # one fact must change, and an address must fit the way
        "change_contact": [
            {"phone": f"+86137{life.case.entries:08}"},
            {},
            {"email": "new@mail.example", "way": Way.EMAIL},
        ],
        # the joint complaint comes from the server
        "join_case": [
            {"own_wish": wish, "joint": leading if life.case.together.invited else None}
            for wish in (True, False)
        ],
        # remedies name a matter, a kind that fits, and an amount where it is money
        "ask_consent": [{"settlement": "每人退款。", "remedies": given} for given in ((), remedies)],
        "settle_at_once": [settled, {**settled, "remedies": remedies}],
        "file_report": [reported(life, conclusion) for conclusion in Conclusion],
        # decided matters stay
        "edit_matters": [
            {"matters": (*life.case.matters[:2], Matter(Type("price"), "overcharge")), "reason": "另有多收费"}
        ],
        # a business or a body, with the text for it
        "refer_outside": [
            {**given, "sent": "请办理。", "kept": "我们继续。", "contact": "0571-88001234"}
            for given in ({"company": "城东维修"}, {"body": Route.SAMR_12315}, {})
        ],
        # a number if it is taken, a reason if it is not
        "record_forward": [
            {"forward": one.id, "takes": yes, "on": day, **said}
            for one in life.case.forwards
            for yes, said in ((True, {"number": "A-1"}), (False, {"reason": "不归我们。"}), (True, {}))
        ],
        # a deadline that runs
        "recompute_deadline": [
            {"deadline": run.name, "run": run.key, "about": run.id, "was_due": run.due - DAY, "due": run.due}
            for run in deadlines(life.case).values()
            if run.due and not run.duty
        ][:1],
        # the member objected to
        "decide_handler_change": [
            {"change": yes, "reason": "理由", "member": who}
            for yes in (True, False)
            for who in (None, *seats)
        ],
        # which matters can be contested, and who can judge them, depends on the answer and on the panel
        "ask_reconsideration": [
            {"reasons": dict.fromkeys(about, "不服")}
            for about in ((1,), (2,), (1, 2), contestable(life.case), (9,))
        ],
        "appoint_panel": [
            *(
                {"members": who, "chair": chair}
                for who in (
                    PANEL,
                    ("hu", "gao", "luo"),
                    tuple(OFFICE),
                    ("lin", "feng", "mei"),
                    PANEL[:2],
                    (*PANEL[:2], "zhao"),
                )
                for chair in who[:2]
            ),
            *panels(life),
        ],
        "vote": [voice(life, result) for result in Result],
        "decide_reconsideration": decisions(life),
        **in_talks(life),
        **in_mediation(life),
        **of_an_agreement(life),
        **of_a_promise(life),
        **afterwards(),
    }


def panels(life: Life) -> list[dict[str, Any]]:
    """Return panels for a reconsideration: the members who sit, and those whom the supervisor or executive
    can add."""
    seats = sorted(life.case.panel, key=lambda seat: (not seat.votes, not seat.chair))
    sitting, said = [seat.who for seat in seats if life.roster.member(seat.who)], []
    for by in ("zhou", "wu") if life.case.recourse.reconsideration else ():
        added = appointable(life.case, by, life.roster, life.handled(), life.time)
        whole = tuple(dict.fromkeys((*sitting, *added)))
        for some in filter(None, (whole[:n] for n in (1, 3, 5))):
            said.append({"members": some, "chair": life.case.chair if life.case.chair in some else some[0]})
    return said


def decisions(life: Life) -> list[dict[str, Any]]:
    """Return the inputs of a decision: by the votes, or by the executive alone."""
    asked = life.case.recourse.reconsideration
    if asked is None:
        return [{"reasons": {}}]
    voted = majority(asked) if ready(life.case) else {}
    alone = [{**dict.fromkeys(asked.matters, result)} for result in Result]
    said = []
    for results in (voted, *alone):
        changed = [
            n
            for n, result in results.items()
            if result == Result.CHANGED and life.case.matters[n - 1].accepted
        ]
        said += [
            ruled(life, dict.fromkeys(changed, conclusion), results=results) for conclusion in Conclusion
        ]
    return said


def in_talks(life: Life) -> dict[str, list[dict[str, Any]]]:
    """Return the special inputs of moves of the talks."""
    day, talks = published().day_of(life.time), life.case.talks.dispute
    waits = talks.open.id if talks and talks.open else "F1"
    sides: list[dict[str, Any]] = [{}, *({"side": side} for side in Side)]
    boss = Person("店长", email="boss@shop.example")
    return {
        # an address of the company's staff or of a stranger, or none
        "name_business_representative": [
            {"person": boss},
            {"person": replace(boss, email="bai@house.example")},
            {"person": Person("店长", phone="+8613900000001")},
        ],
        # days that are too near and too far; an offer that waits must be countered
        "offer": [
            {**side, "terms": "退一半。", "until": day + days * DAY, **more}
            for side in sides
            for days in (0, 4, 30)
            for more in ({}, {"counters": waits})
        ],
    }


def in_mediation(life: Life) -> dict[str, list[dict[str, Any]]]:
    """Return the special inputs of moves of a mediation."""
    meetings = (
        [meeting.id for meeting in life.case.talks.mediation.meetings[-2:]]
        if life.case.talks.mediation
        else []
    )
    held: dict[str, Any] = {"minutes": "说了。", "next_step": "再谈。"}
    soon, later = life.time + HOUR, life.time + 12 * DAY
    return {
        # short notice needs the consent of both sides
        "call_meeting": [
            {"at": at, "minutes": 60, "way": MeetingWay.PHONE, "place": "电话", "both_waive": waived}
            for at, waived in ((later, None), (soon, "双方同意。"), (soon, None))
        ],
        # one fact must change
        "change_meeting": [
            {"meeting": id, "reason": "改期。", **more}
            for id in meetings
            for more in ({"at": later}, {"place": "二楼"}, {"cancel": True}, {})
        ],
        # either some sides were there or nobody was
        "record_meeting": [
            {"meeting": id, **there, **held}
            for id in meetings
            for there in ({}, {"nobody": True}, {"present": (Side.CONSUMER,)}, {"present": tuple(Side)})
        ],
    }


def of_an_agreement(life: Life) -> dict[str, list[dict[str, Any]]]:
    """Return the special inputs of moves of an agreement: texts that are complete, or fail in one point."""
    owed = [o.id for o in life.case.open_obligations][:1]
    refund, back = clause(life), returned(life)
    texts = [
        text(life, refund),
        text(life, back, replace(refund, by=None, after=1, days=3)),
        text(life, refund, replaces=tuple(owed)),
        text(life, replace(refund, measure=Measure.AGREED_PENALTY, penalty=9000)),
        text(life, replace(refund, by=None)),
        text(life, replace(refund, by=None, days=2)),
        text(life, replace(refund, by=None, after=1, days=3)),
        text(life, replace(refund, kind=ObligationKind.APOLOGY)),
        text(life, facts="消费者放弃投诉的权利。"),
        text(life, *(replace(refund, creditor=p.id) for p in life.case.consumers)),
    ]
    return {"draft_agreement": texts, "amend_draft": [{**said, "changed": "金额。"} for said in texts]}


def of_a_promise(life: Life) -> dict[str, list[dict[str, Any]]]:
    """Return the special inputs of moves about an obligation."""
    day, owed = published().day_of(life.time), life.case.open_obligations[:3]
    ids = [o.id for o in owed] or ["none"]
    whose: list[dict[str, Any]] = [{}, *({"side": side} for side in ("p1", "business"))]
    proposed = {o.id: o.proposed for o in owed if o.proposed}
    files = [piece.id for piece in life.case.evidence[-1:]]
    return {
        # a change of the day alone is read out, any other is signed
        "propose_change": [
            {"obligation": id, "reason": "晚几天。", **terms, **side}
            for id in ids
            for terms in ({"by": day + 3 * DAY}, {"by": day + 20 * DAY}, {"amount": 9900, "way": "转账。"})
            for side in whose
        ],
        "refuse_change": [{"obligation": id, **side} for id in ids for side in whose],
        # the digest is that of the change to the same obligation
        "agree_change": [
            {
                "obligation": id,
                "digest": proposed[id].digest if id in proposed else None,
                **read,
                **side,
                **scan,
            }
            for read in ({"read_back": True}, {})
            for id in ids
            for side in whose
            for scan in ({}, *({"scan": file} for file in files))
        ],
    }


def afterwards() -> dict[str, list[dict[str, Any]]]:
    """Return the special inputs of moves about a story: words that name somebody, and words to hide."""
    return {
        "consent_story": [
            {"text": "我是李雷，电话13800138000，终于退了。", "agrees": yes} for yes in (True, True, False)
        ],
        "release_story": [
            {"story": story, "hide": hide}
            for story in ("S1", "S2")
            for hide in ((), ("终于",), ("没有的话",))
        ],
    }


SPOKEN = ("talking", "invited", "mediating", "mediated", "drafted", "bound")
"""Starts with a representative of the company."""


def come(life: Life, how: str) -> None:
    """Bring a new complaint to the start of a random life: chance alone seldom gets that far."""
    if how == "joint":
        other = Life(replace(PERSON, phone="+8613600136000"))
        other.take("accept", "wang")
        other.take("invite_to_join", "sun", leading=life.case)
        life.keep(other.take("join_case", "li", own_wish=True, joint=life.case).also[0])
    if how == "declined":
        life.take("decline", "wang", **DECLINED)
    elif how == "in part":
        life.take("accept", "wang", declined={2: Ground.NOT_COMPLAINT}, reasons={2: "无"})
    elif how != "received":
        life.take("accept", "wang")
    if how == "tested":
        life.take(
            "propose_appraisal", "zhao", laboratory="质检院", question="是否合格", custody="封存", cost="企业"
        )
        for side in Side:
            life.take("consent_appraisal", "zhao", agrees=True, side=side)
    if how in ("reported", "answered", "performing", "done", "over", *LATE, *REVIEWED, *SPOKEN):
        life.take("file_report", "zhao", **reported(life))
    if how in ("answered", "performing", "done", "over", *LATE, *REVIEWED, *SPOKEN):
        life.take("answer", "zhou")
    if how in ("performing", "done", "over", *LATE):
        life.take("accept_answer", "li")
    if how in ("disputed", *SPOKEN):
        life.take("raise_dispute", "li", nature=Nature.AMOUNT, about="太少。")
    if how in SPOKEN:
        life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
        life.take("name_business_representative", "ma", person=Person("店长", email="boss@shop.example"))
    if how in SPOKEN[1:]:
        life.take("invite_mediation", "sun")
    for side in Side if how in SPOKEN[2:] else ():
        life.take("consent_mediation", "ma", side=side)
    if how in SPOKEN[3:]:
        mediated(life)
    if how in ("drafted", "bound"):
        unopposed(life)
        {"drafted": drafted, "bound": bound}[how](
            life, returned(life), clause(life, by=None, after=1, days=3), replaces=("O1",)
        )
    if how in LATE:
        {"late": uncured, "breached": breached}[how](life)
    for owed in life.case.open_obligations if how in ("done", "over") else ():
        life.take("confirm_done", "li", obligation=owed.id)
    if how == "over":  # with a consent to publish the story
        life.live(HOUR)
        life.take("consent_story", "li", text="李雷终于拿到退款。", agrees=True)
    if how in REVIEWED:
        contested(life)
    if how in ("heard", "voted", "sent back"):
        seated(life)
    if how in ("voted", "sent back"):
        voted(Result.SENT_BACK, life)
    if how == "sent back":
        life.take("decide_reconsideration", "mei", **ruled(life))


REVIEWED = ("contested", "heard", "voted", "sent back")
LATE = ("late", "breached")
"""Starts with an obligation that was not performed in time."""
STARTS = (
    "received",
    "investigating",
    "in part",
    "declined",
    "joint",
    "tested",
    "reported",
    "answered",
    "performing",
    "done",
    "over",
    *LATE,
    *REVIEWED,
    "disputed",
    *SPOKEN,
)


def somebody_does_something(life: Life, leading: Life, dice: Random) -> None:
    """Take the first of some moves that the case takes, as somebody who may."""
    able = [name for name, move in MOVES.items() if life.case.stage in move.at and move.fits(life.case)]
    said_now = variants(life, leading.case)
    for name in dice.sample(able, min(8, len(able))):
        by = [who for who in ROLES if role_of(life, who) in MOVES[name].by | MOVES[name].recorded_by]
        if by and said_now.get(name):
            who = dice.choice(by)
            try:
                life.take(
                    name, "p1" if who == "li" else who, role_of(life, who), **dice.choice(said_now[name])
                )
            except Refusal:
                continue
            return


def role_of(life: Life, who: str) -> Role:
    """Return the role in which somebody acts on the case."""
    return life.case.party(who).role if any(party.id == who for party in life.case.parties) else ROLES[who]
