"""Inputs of each move at any point of a random life, valid and invalid, and the starts of such lives."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import deadlines, missed_duties
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import Matter, Owed
from chalicelib.domain.model.codes import (
    Capacity,
    Cause,
    Conclusion,
    Confirmation,
    Conflict,
    Dismissal,
    Ending,
    Excuse,
    ExtensionReason,
    Fault,
    Ground,
    Measure,
    MeetingWay,
    Nature,
    ObligationKind,
    Power,
    Proof,
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
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    DECLINED,
    DECLINED_BY_TWO,
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
from tests.domain.surveyed import OPINION


class Bodies(dict[str, list[dict[str, Any]]]):
    """The inputs of each move."""

    def __missing__(self, move: str) -> list[dict[str, Any]]:
        raise LookupError(
            f"{move} has no inputs: add it to `variants` in tests/domain/variants.py, with values for "
            f"{[*MOVES[move].parameters]}. Decide what the laws try: an input that is taken, one for each "
            "other outcome, and one that is refused"
        )


def variants(life: Life, leading: Case) -> Bodies:
    """Return the inputs of each move now, valid and invalid."""
    approvals = [{"approval": a.id} for a in life.case.approvals] or [{"approval": "none"}]
    tellings = [t.id for t in life.case.tellings] or ["none"]
    part = {"declined": {2: Ground.NOT_COMPLAINT}, "reasons": {2: "无"}}
    day = published().day_of(life.time)
    asked = [q.id for q in life.case.inquiry.questions] or ["none"]
    agents = [p.id for p in life.case.parties if p.represents] or ["p9"]
    agent = {
        "person": Person("李雪", phone="+8613900139000", capacity=Capacity.AGENT),
        "powers": tuple(Power),
    }
    proven = {"checked": True, "document": "E1"}
    remedies = (Owed(1, Remedy.REFUND, day + 5 * DAY, 30000), Owed(1, Remedy.APOLOGY, day + 3 * DAY))
    settled = {
        "agreement": "电话里同意了。",
        "causes": (Cause.LATE_ACTION,),
        "terms": "原路退回。",
        "read_back": True,
    }
    seats = [seat.who for seat in life.case.panel]
    return Bodies(
        {
            "accept": [
                {},
                part,
                {**part, "declined": {2: Ground.OUT_OF_TIME}},
                {**part, "declined": {9: Ground.OUT_OF_TIME}},
            ],
            "open_action": [{}],
            "record_training": [{}],
            "finish_action": [{"done": "已改。"}],
            "verify_action": [{"figures": None}],
            "decline": [DECLINED, DECLINED_BY_TWO, {**DECLINED, "reasons": {}}],
            "ask_information": [ASK],
            "give_information": [{"answer": "在这里。"}],
            "extend_information": [{}],
            "lapse_information": [{"pursue": False}, {"pursue": True}],
            "link_duplicate": [{"leading": leading}, {"leading": life.case}],
            "unlink_duplicate": [{}],
            "withdraw": [{}],
            "undo_withdrawal": [{}],
            "refuse_reopening": [{"reason": "没有新的事实。"}],
            "reopen": [{"cause": "new_facts", "facts": "新情况"}],
            "approve": approvals,
            "refuse_approval": [{**approval, "reason": "不行"} for approval in approvals],
            "take": [{}],
            "assign": [{"to": "zhao"}, {"to": "nobody"}],
            "hand_over": [{"to": "lin", "reason": "休假"}],
            "doubt_record": [{"entry": 1, "fault": Fault.ENTRY}],
            "clear_doubt": [{"reason": "已与备份核对。"}],
            "message": [{"text": "还要多久？"}],
            "note": [{"text": "等厂家回电。"}],
            "record_telling": [
                {"telling": id, "how": Way.PHONE, "told": told, "said": "读了"}
                for id in tellings
                for told in (True, False)
            ],
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
            "edit_matters": [
                {
                    "matters": (*life.case.matters[:2], Matter(Type("price"), "overcharge")),
                    "reason": "另有多收费",
                }
            ],
            "set_severity": [{"severity": severity, "why": "按标准"} for severity in Severity],
            "tag_safety": [{"facts": "电池鼓包"}],
            "clear_safety": [{"reason": "已排除"}],
            "triage_safety": [
                {"real": real, "reportable": report, "reason": "判断"}
                for real in (True, False)
                for report in (True, False)
            ],
            "decide_stop_sale": [
                {"stop": stop, "departments": ("repair",), "product": "电池", "reason": "风险"}
                for stop in (True, False)
            ],
            "record_safety_report": [{"body": "市场监管局", "number": "B1", "reported_at": life.time}],
            "send_link": [{"party": "p1"}, {"party": "p9"}],
            "confirm_address": [{"party": "p1"}, {"party": "p1", "new": True}, {"party": "p9"}],
            "send_code": [{"party": id, "confirms": "waive", "code": "1"} for id in ("p1", "p9")],
            "renew_link": [{}],
            "release_address": [{"reason": "邮箱恢复了"}, {"reason": "?", "party": "p9"}],
            "change_contact": [
                {"phone": f"+86137{life.case.entries:08}"},
                {},
                {"email": "new@mail.example", "way": Way.EMAIL},
            ],
            "add_representative": [agent, {**agent, **proven}, {**agent, **proven, "until": day}],
            "check_authority": [
                {"representative": id, "document": "E1", "powers": tuple(Power), "until": day + 9 * DAY}
                for id in agents
            ],
            "end_representation": [{"representative": id} for id in agents],
            "substitute_party": [{"party": "p1", "person": BY_PHONE, "document": "E1", "reason": "继承"}],
            "invite_to_join": [{"leading": leading}],
            "join_case": [
                {"own_wish": wish, "joint": leading if life.case.together.invited else None}
                for wish in (True, False)
            ],
            "leave_case": [{}],
            "appoint_joint_representatives": [{"representatives": ("p1",), "each_agrees": True}],
            "ask_consent": [{"settlement": "每人退款。", "remedies": given} for given in ((), remedies)],
            "consent_represented": [{"agrees": True}],
            "note_outside_proceeding": [{"body": Route.SAMR_12315, "number": "1", "due": day + 4 * DAY}],
            "reply_outside": [{"body": Route.SAMR_12315, "reply": "已处理。"}],
            "refer_outside": [
                {"body": Route.GOV_12345, "consented": yes, "sent": "材料", "kept": "继续"}
                for yes in (True, False)
            ],
            "close_in_court": [{"body": Route.COURT, "number": "民初1号"}],
            "close_information": [{"passed_to": "质量部", "reason": "匿名"}],
            "add_evidence": [{"shows": "照片"}],
            "ask_department": [{"department": id, "question": "修过吗？"} for id in ("repair", "general")],
            "answer_department": [{"question": id, "answer": "没有。"} for id in asked],
            "invite_interview": [{"meeting": life.time + DAY, "how": Way.PHONE, "purpose": "了解经过"}],
            "record_interview": [
                {"person": "店长", "note": "说了", "shown": shown} for shown in (True, False)
            ],
            "propose_appraisal": [
                {"laboratory": "质检院", "question": "是否合格", "custody": "封存", "cost": "企业"}
            ],
            "consent_appraisal": [
                {"agrees": yes, "side": side} for yes in (True, True, False) for side in Side
            ]
            + [{"agrees": True}],
            "start_appraisal": [{"expected": day + 6 * DAY}],
            "end_appraisal": [{"result": "不合格"}],
            "tell_progress": [{"done": "查了", "upcoming": "再查"}],
            "recompute_deadline": [
                {
                    "deadline": run.name,
                    "run": run.key,
                    "about": run.id,
                    "was_due": run.due - DAY,
                    "due": run.due,
                }
                for run in deadlines(life.case).values()
                if run.due and not run.duty
            ][:1],
            "promise_anew": [
                {"deadline": run.name, "by": day + n * DAY, "reason": "等厂家"}
                for run in missed_duties(life.case)
                for n in (1, 9)
            ],
            "ask_extension": [{"reason": ExtensionReason.COMPLEX, "why": "案情复杂"}],
            "record_return": [{"received_on": day}],
            "file_report": [reported(life, conclusion) for conclusion in Conclusion],
            "return_report": [{"reason": "补充"}],
            "answer": [{}],
            "correct_answer": [{"wrong": "甲", "right": "乙"}],
            "accept_answer": [{}],
            "settle_at_once": [settled, {**settled, "remedies": remedies}],
            "recuse": [{"conflict": Conflict.RELATIVE}],
            "ask_handler_change": [{"reason": "态度差"}],
            "decide_handler_change": [
                {"change": yes, "reason": "理由", "member": who}
                for yes in (True, False)
                for who in (None, *seats)
            ],
            "ask_reconsideration": [
                {"reasons": dict.fromkeys(about, "不服")}
                for about in ((1,), (2,), (1, 2), contestable(life.case), (9,))
            ],
            "admit_late_request": [{"reason": "住院"}],
            "withdraw_request": [{}],
            "dismiss_request": [{"ground": ground, "reason": "不符"} for ground in Dismissal],
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
            "declare_interest": [
                {"interest": False},
                {"interest": False},
                {"interest": True, "conflict": Conflict.RELATIVE},
            ],
            "vote": [voice(life, result) for result in Result],
            "decide_reconsideration": decisions(life),
            "change_policy": [
                {"policy": name, "reason": "银行业务"} for name in ("bank-1", "telecom-1", "none")
            ],
            **in_talks(life),
            **in_mediation(life),
            **of_an_agreement(life),
            **of_a_promise(life),
            **afterwards(life),
        }
    )


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
    """Return the inputs of each move of the talks now."""
    day, talks = published().day_of(life.time), life.case.talks.dispute
    waits = talks.open.id if talks and talks.open else "F1"
    about = {"nature": Nature.AMOUNT, "about": "太少。"}
    sides: list[dict[str, Any]] = [{}, *({"side": side} for side in Side)]
    boss = Person("店长", email="boss@shop.example")
    return {
        "raise_dispute": [about],
        "identify_dispute": [
            {**about, "severity": each, "agrees": yes}
            for each in (Severity.S2, Severity.S4)
            for yes in (True, False)
        ],
        "assign_negotiator": [{"to": who, "severity": Severity.S3} for who in ("ma", "zhao", "sun", "nobody")]
        + [{"to": "bai"}],
        "name_business_representative": [
            {"person": boss},
            {"person": replace(boss, email="bai@house.example")},
            {"person": Person("店长", phone="+8613900000001")},
        ],
        "state_position": [
            {**side, "text": "请依合同。", "share": share} for side in sides for share in (True, False)
        ],
        "share_statement": [{**side, "statement": id} for side in sides for id in ("S1", "S2")],
        "record_try": [{"side": side, "what": "无人接听。"} for side in Side],
        "offer": [
            {**side, "terms": "退一半。", "until": day + days * DAY, **more}
            for side in sides
            for days in (0, 4, 30)
            for more in ({}, {"counters": waits})
        ],
        "accept_offer": [
            {**side, "offer": waits, **more} for side in sides for more in ({}, {"read_back": True})
        ],
        "refuse_offer": [{**side, "offer": waits} for side in sides],
        "record_on_the_spot": [
            {"done": "退了。", "consumer_confirms": True, "business_confirms": yes} for yes in (True, False)
        ],
        "invite_mediation": [{}],
        "consent_mediation": sides,
        "refuse_mediation": [{**side, "reason": "不要。"} for side in sides],
        "end_negotiation": [
            {"ending": ground, "reason": "谈不拢。"} for ground in (Ending.NO_PROSPECT, Ending.AGREED)
        ],
        "lapse_consent": [{"reason": "没有回音。"}, {}],
        "lapse_negotiation": [{"reason": "期满。"}, {}],
    }


def in_mediation(life: Life) -> dict[str, list[dict[str, Any]]]:
    """Return the inputs of each move of a mediation now."""
    meetings = (
        [meeting.id for meeting in life.case.talks.mediation.meetings[-2:]]
        if life.case.talks.mediation
        else []
    )
    sides: list[dict[str, Any]] = [{}, *({"side": side} for side in Side)]
    held: dict[str, Any] = {"minutes": "说了。", "next_step": "再谈。"}
    soon, later = life.time + HOUR, life.time + 12 * DAY
    return {
        "appoint_mediator": [{"mediator": who} for who in ("yan", "ren", "ren", "xie", "ma", "nobody")],
        "accept_appointment": [{"independent": yes} for yes in (True, True, False)],
        "challenge_mediator": [
            {**side, **more, "conflict": Conflict.BUSINESS_TIE, "reason": "他当过顾问。"}
            for side in sides
            for more in ({}, {"unknown_before": "昨天才知道。"})
        ],
        "decide_challenge": [{"upheld": yes, "reason": "理由。"} for yes in (True, False)],
        "agree_extension": [{}],
        "end_mediation": [
            {"ending": ground, "reason": "谈不拢。", "other_confirms": True} for ground in Ending
        ],
        "lapse_mediation": [{"reason": "期满。"}, {}],
        "call_meeting": [
            {"at": at, "minutes": 60, "way": MeetingWay.PHONE, "place": "电话", "both_waive": waived}
            for at, waived in ((later, None), (soon, "双方同意。"), (soon, None))
        ],
        "ask_meeting_change": [
            {**side, "meeting": id, "reason": "住院。"} for side in sides for id in meetings
        ],
        "change_meeting": [
            {"meeting": id, "reason": "改期。", **more}
            for id in meetings
            for more in ({"at": later}, {"place": "二楼"}, {"cancel": True}, {})
        ],
        "record_meeting": [
            {"meeting": id, **there, **held}
            for id in meetings
            for there in ({}, {"nobody": True}, {"present": (Side.CONSUMER,)}, {"present": tuple(Side)})
        ],
        "decide_absence": [
            {"meeting": id, "side": side, "good": good, "reason": "理由。", "explained": said}
            for id in meetings
            for side in Side
            for good in (True, False)
            for said in (None, "店里起火。")
        ],
    }


def of_an_agreement(life: Life) -> dict[str, list[dict[str, Any]]]:
    """Return the inputs of each move of an agreement now."""
    agreed, owed = life.case.talks.agreement, [o.id for o in life.case.open_obligations][:1]
    refund, back = clause(life), returned(life)
    texts = [
        text(life, refund),
        text(life, back, replace(refund, by=None, after=1, days=3)),
        text(life, refund, replaces=tuple(owed)),
        text(life, replace(refund, measure=Measure.AGREED_PENALTY, penalty=9000)),
        text(life, replace(refund, by=None)),
        text(life, replace(refund, by=None, after=1, days=3)),
        text(life, replace(refund, kind=ObligationKind.APOLOGY)),
        text(life, facts="消费者放弃投诉的权利。"),
        text(life, *(replace(refund, creditor=p.id) for p in life.case.consumers)),
    ]
    files = [piece.id for piece in life.case.evidence[-1:]]
    signers: list[dict[str, Any]] = [
        {},
        *({"signer": signer} for signer in (agreed.signers if agreed else ("p1",))),
    ]
    return {
        "draft_agreement": texts,
        "amend_draft": [{**said, "changed": "金额。"} for said in texts],
        "sign": [
            {"digest": agreed.digest if agreed else "", **signer, **more}
            for signer in signers
            for more in ({}, {"scan": files[0]})
        ]
        + [{"digest": "0" * 64}],
        "refuse_to_sign": signers,
        "lapse_signing": [{"reason": "期满。"}, {}],
        "record_seal": [{"sha256": "ab" * 32, "size": 48_000}],
        "withdraw_seal": [{"sha256": "ab" * 32}],
        "record_confirmation": [
            {"step": step, **more, **side}
            for step in Confirmation
            for side in ({}, {"side": Side.BUSINESS})
            for more in ({}, {"court": "某区人民法院", "number": "民特1号"})
        ],
    }


def of_a_promise(life: Life) -> dict[str, list[dict[str, Any]]]:
    """Return the inputs of each move about an obligation now."""
    day, owed = published().day_of(life.time), life.case.open_obligations[:3]
    ids = [o.id for o in owed] or ["none"]
    whose: list[dict[str, Any]] = [{}, *({"side": side} for side in ("p1", "business"))]
    proposed = {o.id: o.proposed for o in owed if o.proposed}
    files = [piece.id for piece in life.case.evidence[-1:]]

    def each(*said: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"obligation": id, **one} for id in ids for one in said]

    return {
        "claim_done": each({"proof": Proof.PAYMENT_RECORD, "what": "已退"}),
        "confirm_done": each({}),
        "dispute_done": each({"reason": "没收到"}),
        "decide_proof": each(*({"accepted": yes, "reason": "核对"} for yes in (True, False))),
        "waive": each({"words": "算了。"}, {"words": "算了。", "read_back": True}),
        "record_visit": [{"how": Way.PHONE, "said": "还没有。"}],
        "propose_change": each(
            *({"by": day + days * DAY, "reason": "晚几天。", **side} for days in (3, 20) for side in whose),
            *({"amount": 9900, "way": "转账。", "reason": "折旧。", **side} for side in whose),
        ),
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
        "excuse": each(
            *(
                {"ground": ground, "reason": "台风。", **by}
                for ground in Excuse
                for by in ({}, {"by": day + 9 * DAY})
            )
        ),
        "send_cure_notice": each({}),
        "find_breach": each({"reason": "没付。", "counter": "已经交还。"}),
        "find_no_breach": each({"reason": "账号有误。", "by": day + 6 * DAY}),
        "take_measure": each(
            *(
                {"measure": measure, "basis": "协议。", **money}
                for measure in Measure
                for money in ({}, {"amount": 100})
            )
        ),
        "record_cure": each({"what": "到账。"}),
        "refer_breach": each({"reason": "没有结果。"}),
    }


def afterwards(life: Life) -> dict[str, list[dict[str, Any]]]:
    """Return the inputs of each move about a closed complaint now."""
    scores = ("overall", "ease", "speed", "fairness", "clarity")
    whom: list[dict[str, Any]] = [{}, *({"party": party.id} for party in life.case.consumers[1:2])]
    return {
        "answer_survey": [
            {**dict.fromkeys(scores, score), **who, "comment": said}
            for score in (1, 5)
            for said in ("太慢。", None)
            for who in whom
        ],
        "ask_opinion": [{}],
        "give_opinion": [{**dict.fromkeys(OPINION, agreed), **who} for agreed in (1, 5) for who in whom],
        "consent_story": [
            {"text": "我是李雷，电话13800138000，终于退了。", "agrees": yes} for yes in (True, True, False)
        ],
        "withdraw_story": whom,
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
