"""The laws of the process, on random lives: legal and illegal moves by anybody, in any order, with the clock on time or away."""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain import timeline
from chalicelib.domain.calendar import published
from chalicelib.domain.case import Case, Refusal
from chalicelib.domain.codes import (
    TALKS,
    Capacity,
    Cause,
    Conclusion,
    Confirmation,
    Conflict,
    Dismissal,
    Ending,
    ExtensionReason,
    Ground,
    Hurt,
    Measure,
    MeetingWay,
    Nature,
    ObligationKind,
    Outcome,
    Pause,
    Power,
    Proof,
    Remedy,
    Reply,
    Result,
    Role,
    Route,
    Severity,
    Side,
    Stage,
    Undelivered,
    Way,
    Wish,
)
from chalicelib.domain.deadlines import deadlines, look_at
from chalicelib.domain.escalation import due_step
from chalicelib.domain.mediated import BUSINESS, MEDIATOR
from chalicelib.domain.moves.dispute import TOLD_IN_CONFIDENCE
from chalicelib.domain.moves.drafting import digest_of
from chalicelib.domain.moves.intake import Person
from chalicelib.domain.moves.reconsideration import NOT_HANDLING, contestable, counted, ready
from chalicelib.domain.parts import Matter, Owed
from chalicelib.domain.policy import policy
from chalicelib.domain.process import MOVES, take
from chalicelib.domain.running import Running, when
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    DECLINED,
    DECLINED_BY_TWO,
    HOUR,
    MINUTE,
    NOBODY,
    OFFICE,
    PANEL,
    PERSON,
    ROLES,
    STAFF,
    Life,
    bound,
    clause,
    contested,
    drafted,
    mediated,
    on_duty,
    reported,
    returned,
    ruled,
    seated,
    text,
    voice,
    voted,
)
from tests.process_picture import reached

OF_THE_CLOCK = {"take_step", "lapse_decline", "lapse_answer", "close_fulfilled", "lapse_offer"}
LAPSES = {"lapse_information", "lapse_consent", "lapse_negotiation", "lapse_mediation", "lapse_signing"}
"""The clock's through the ladders, the lead's once they were handed over."""
"""Taken through the ladders only."""
NEVER_RESTART = {"message", "assign", "hand_over", "take", "refuse_approval", "extend_information", "add_evidence",
                 "ask_department",
                 "tag_safety", "triage_safety", "record_interview", "note_outside_proceeding", "change_contact", "add_representative"}
MAY_START = {"message_reply", "telling", "progress", "department_answer", "safety_triage", "safety_report", "outside_due", "party_reply",
             "authority_term", "approval", "investigation"}
"""Deadlines that such a move may start of itself; `progress` starts with whatever the consumer is told."""
ROSTERS = (on_duty(), on_duty("sun", "wang"), on_duty(lead=(), executive=()), on_duty(intake=()), on_duty("mei", panel=PANEL),
           on_duty(panel=(), lead=(), followup=(), safety=(), negotiator=()))
SPANS = st.sampled_from([timedelta(0), MINUTE, 3 * HOUR, 16 * HOUR, DAY, 3 * DAY, 8 * DAY, 25 * DAY, 50 * DAY])


def variants(life: Life, leading: Case) -> dict[str, list[dict[str, Any]]]:
    """What the body of each move may say now, well or badly."""
    approvals = [{"approval": a.id} for a in life.case.approvals] or [{"approval": "none"}]
    tellings = [t.id for t in life.case.tellings] or ["none"]
    part = {"declined": {2: Ground.NOT_COMPLAINT}, "reasons": {2: "无"}}
    day = published().day_of(life.time)
    owed = [o.id for o in life.case.owed][:2] or ["none"]
    asked = [q.id for q in life.case.questions] or ["none"]
    agents = [p.id for p in life.case.parties if p.represents] or ["p9"]
    agent = {"person": Person("李雪", phone="+8613900139000", capacity=Capacity.AGENT), "powers": tuple(Power)}
    proven = {"checked": True, "document": "E1"}
    remedies = (Owed(1, Remedy.REFUND, day + 5 * DAY, 30000), Owed(1, Remedy.APOLOGY, day + 3 * DAY))
    settled = {"agreement": "电话里同意了。", "causes": (Cause.LATE_ACTION,), "terms": "原路退回。"}
    seats = [seat.who for seat in life.case.panel]
    return {
        "accept": [{}, part, {**part, "declined": {2: Ground.OUT_OF_TIME}}, {**part, "declined": {9: Ground.OUT_OF_TIME}}],
        "decline": [DECLINED, DECLINED_BY_TWO, {**DECLINED, "reasons": {}}],
        "ask_information": [ASK], "give_information": [{"answer": "在这里。"}], "extend_information": [{}],
        "lapse_information": [{"pursue": False}, {"pursue": True}],
        "link_duplicate": [{"leading": leading}, {"leading": life.case}], "unlink_duplicate": [{}],
        "withdraw": [{}], "reopen": [{"cause": "new_facts", "facts": "新情况"}], "approve": approvals,
        "refuse_approval": [{**approval, "reason": "不行"} for approval in approvals], "take": [{}],
        "assign": [{"to": "zhao"}, {"to": "nobody"}], "hand_over": [{"to": "lin", "reason": "休假"}],
        "message": [{"text": "还要多久？"}],
        "record_telling": [{"telling": id, "how": Way.PHONE, "told": told, "said": "读了"} for id in tellings for told in (True, False)],
        "letter_failed": [{"letter": sent.key, "id": sent.id, "party": sent.to[6:], "why": Undelivered.BOUNCE}
                          for sent in life.letters[-3:] if sent.to.startswith("party:")],
        "edit_matters": [{"matters": (*life.case.matters[:2], Matter("price", "overcharge")), "reason": "另有多收费"}],
        "set_severity": [{"severity": severity, "why": "按标准"} for severity in Severity],
        "tag_safety": [{"facts": "电池鼓包"}], "clear_safety": [{"reason": "已排除"}],
        "triage_safety": [{"real": real, "reportable": report, "reason": "判断"} for real in (True, False) for report in (True, False)],
        "decide_stop_sale": [{"stop": stop, "departments": ("repair",), "product": "电池", "reason": "风险"} for stop in (True, False)],
        "record_safety_report": [{"body": "市场监管局", "number": "B1", "reported_at": life.time}],
        "change_contact": [{"phone": "+8613700137000"}, {}, {"email": "new@mail.example", "way": Way.EMAIL}],
        "add_representative": [agent, {**agent, **proven}, {**agent, **proven, "until": day}],
        "check_authority": [{"representative": id, "document": "E1", "powers": tuple(Power), "until": day + 9 * DAY} for id in agents],
        "end_representation": [{"representative": id} for id in agents],
        "substitute_party": [{"party": "p1", "person": BY_PHONE, "document": "E1", "reason": "继承"}],
        "invite_to_join": [{"leading": leading}], "join_case": [{"own_wish": wish, "joint": leading} for wish in (True, False)],
        "leave_case": [{}], "appoint_joint_representatives": [{"representatives": ("p1",), "each_agrees": True}],
        "ask_consent": [{"settlement": "每人退款。", "remedies": given} for given in ((), remedies)],
        "consent_represented": [{"agrees": True}],
        "note_outside_proceeding": [{"body": Route.SAMR_12315, "number": "1", "due": day + 4 * DAY}],
        "reply_outside": [{"body": Route.SAMR_12315, "reply": "已处理。"}],
        "refer_outside": [{"body": Route.GOV_12345, "consented": yes, "sent": "材料", "kept": "继续"} for yes in (True, False)],
        "close_in_court": [{"body": Route.COURT, "number": "民初1号"}], "close_information": [{"passed_to": "质量部", "reason": "匿名"}],
        "add_evidence": [{"shows": "照片"}],
        "ask_department": [{"department": id, "question": "修过吗？"} for id in ("repair", "general")],
        "answer_department": [{"question": id, "answer": "没有。"} for id in asked],
        "invite_interview": [{"meeting": life.time + DAY, "how": Way.PHONE, "purpose": "了解经过"}],
        "record_interview": [{"person": "店长", "note": "说了", "shown": shown} for shown in (True, False)],
        "propose_appraisal": [{"laboratory": "质检院", "question": "是否合格", "custody": "封存", "cost": "企业"}],
        "consent_appraisal": [{"agrees": yes, "side": side} for yes in (True, True, False) for side in Side] + [{"agrees": True}],
        "start_appraisal": [{"expected": day + 6 * DAY}], "end_appraisal": [{"result": "不合格"}],
        "tell_progress": [{"done": "查了", "upcoming": "再查"}],
        "ask_extension": [{"reason": ExtensionReason.COMPLEX, "why": "案情复杂"}], "record_return": [{"received_on": day}],
        "file_report": [reported(life, conclusion) for conclusion in Conclusion], "return_report": [{"reason": "补充"}],
        "answer": [{}], "correct_answer": [{"wrong": "甲", "right": "乙"}], "accept_answer": [{}],
        "settle_at_once": [settled, {**settled, "remedies": remedies}],
        "claim_done": [{"obligation": id, "proof": Proof.PAYMENT_RECORD, "what": "已退"} for id in owed],
        "confirm_done": [{"obligation": id} for id in owed], "dispute_done": [{"obligation": id, "reason": "没收到"} for id in owed],
        "decide_proof": [{"obligation": id, "accepted": yes, "reason": "核对", "by": None if yes else day + 5 * DAY}
                         for id in owed for yes in (True, False)],
        "recuse": [{"conflict": Conflict.RELATIVE}], "ask_handler_change": [{"reason": "态度差"}],
        "decide_handler_change": [{"change": yes, "reason": "理由", "member": who} for yes in (True, False) for who in (None, *seats)],
        "ask_reconsideration": [{"reasons": dict.fromkeys(about, "不服")} for about in ((1,), (2,), (1, 2), contestable(life.case), (9,))],
        "admit_late_request": [{"reason": "住院"}], "withdraw_request": [{}],
        "dismiss_request": [{"ground": ground, "reason": "不符"} for ground in Dismissal],
        "appoint_panel": [{"members": who, "chair": chair} for who in (PANEL, ("hu", "gao", "luo"), tuple(OFFICE), ("lin", "feng", "mei"),
                                                                       ("mei", "hu"), ("mei", "hu", "zhao")) for chair in who[:2]],
        "declare_interest": [{"interest": False}, {"interest": False}, {"interest": True, "conflict": Conflict.RELATIVE}],
        "vote": [voice(life, result) for result in Result], "decide_reconsideration": decisions(life),
        "change_policy": [{"policy": name, "reason": "银行业务"} for name in ("bank-1", "telecom-1", "none")],
        **in_talks(life), **in_mediation(life), **of_an_agreement(life),
    }


def decisions(life: Life) -> list[dict[str, Any]]:
    """What a decision may say: as the votes are, or as the executive would alone."""
    asked = life.case.reconsideration
    if asked is None:
        return [{"reasons": {}}]
    voted = counted(asked) if ready(life.case) else {}
    alone = [{**dict.fromkeys(asked.matters, result)} for result in Result]
    said = []
    for results in (voted, *alone):
        changed = [n for n, result in results.items() if result == Result.CHANGED and life.case.matters[n - 1].accepted]
        said += [ruled(life, dict.fromkeys(changed, conclusion), results=results) for conclusion in Conclusion]
    return said


def in_talks(life: Life) -> dict[str, list[dict[str, Any]]]:
    """What the body of each move of the talks may say now."""
    day, talks = published().day_of(life.time), life.case.dispute
    waits = talks.open.id if talks and talks.open else "F1"
    about = {"nature": Nature.AMOUNT, "about": "太少。"}
    sides: list[dict[str, Any]] = [{}, *({"side": side} for side in Side)]
    boss = Person("店长", email="boss@shop.example")
    return {
        "raise_dispute": [about],
        "identify_dispute": [{**about, "severity": each, "agrees": yes} for each in (Severity.S2, Severity.S4) for yes in (True, False)],
        "assign_negotiator": [{"to": who, "severity": Severity.S3} for who in ("ma", "zhao", "sun", "nobody")] + [{"to": "bai"}],
        "name_business_representative": [{"person": boss}, {"person": replace(boss, email="bai@house.example")},
                                         {"person": Person("店长", phone="+8613900000001")}],
        "state_position": [{**side, "text": "请依合同。", "share": share} for side in sides for share in (True, False)],
        "share_statement": [{**side, "statement": id} for side in sides for id in ("S1", "S2")],
        "record_try": [{"side": side, "what": "无人接听。"} for side in Side],
        "offer": [{**side, "terms": "退一半。", "until": day + days * DAY, **more} for side in sides for days in (0, 4, 30)
                  for more in ({}, {"counters": waits})],
        "accept_offer": [{**side, "offer": waits, **more} for side in sides for more in ({}, {"read_back": True})],
        "refuse_offer": [{**side, "offer": waits} for side in sides],
        "record_on_the_spot": [{"done": "退了。", "consumer_confirms": True, "business_confirms": yes} for yes in (True, False)],
        "invite_mediation": [{}], "consent_mediation": sides, "refuse_mediation": [{**side, "reason": "不要。"} for side in sides],
        "end_negotiation": [{"ending": ground, "reason": "谈不拢。"} for ground in (Ending.NO_PROSPECT, Ending.AGREED)],
        "lapse_consent": [{"reason": "没有回音。"}, {}], "lapse_negotiation": [{"reason": "期满。"}, {}],
    }


def in_mediation(life: Life) -> dict[str, list[dict[str, Any]]]:
    """What the body of each move of a mediation may say now."""
    meetings = [meeting.id for meeting in life.case.mediation.meetings[-2:]] if life.case.mediation else []
    sides: list[dict[str, Any]] = [{}, *({"side": side} for side in Side)]
    held: dict[str, Any] = {"minutes": "说了。", "next_step": "再谈。"}
    soon, later = life.time + HOUR, life.time + 12 * DAY
    return {
        "appoint_mediator": [{"mediator": who} for who in ("yan", "ren", "ren", "xie", "ma", "nobody")],
        "accept_appointment": [{"independent": yes} for yes in (True, True, False)],
        "challenge_mediator": [{**side, **more, "conflict": Conflict.BUSINESS_TIE, "reason": "他当过顾问。"} for side in sides
                               for more in ({}, {"unknown_before": "昨天才知道。"})],
        "decide_challenge": [{"upheld": yes, "reason": "理由。"} for yes in (True, False)],
        "agree_extension": [{}],
        "end_mediation": [{"ending": ground, "reason": "谈不拢。", "other_confirms": True} for ground in Ending],
        "lapse_mediation": [{"reason": "期满。"}, {}],
        "call_meeting": [{"at": at, "minutes": 60, "way": MeetingWay.PHONE, "place": "电话", "both_waive": waived}
                         for at, waived in ((later, None), (soon, "双方同意。"), (soon, None))],
        "ask_meeting_change": [{**side, "meeting": id, "reason": "住院。"} for side in sides for id in meetings],
        "change_meeting": [{"meeting": id, "reason": "改期。", **more} for id in meetings
                           for more in ({"at": later}, {"place": "二楼"}, {"cancel": True}, {})],
        "record_meeting": [{"meeting": id, "present": present, **held} for id in meetings
                           for present in ((), (Side.CONSUMER,), tuple(Side))],
        "decide_absence": [{"meeting": id, "side": side, "good": good, "reason": "理由。", "explained": said} for id in meetings
                           for side in Side for good in (True, False) for said in (None, "店里起火。")],
    }


def of_an_agreement(life: Life) -> dict[str, list[dict[str, Any]]]:
    """What the body of each move of an agreement may say now."""
    agreed, owed = life.case.agreement, [o.id for o in life.case.owed][:1]
    refund, back = clause(life), returned(life)
    texts = [text(life, refund), text(life, back, replace(refund, by=None, after=1, days=3)), text(life, refund, replaces=tuple(owed)),
             text(life, replace(refund, measure=Measure.AGREED_PENALTY, penalty=9000)), text(life, replace(refund, by=None)),
             text(life, replace(refund, by=None, after=1, days=3)), text(life, replace(refund, kind=ObligationKind.APOLOGY)),
             text(life, facts="消费者放弃投诉的权利。"), text(life, *(replace(refund, creditor=p.id) for p in life.case.consumers))]
    files = [piece.id for piece in life.case.evidence[-1:]]
    signers: list[dict[str, Any]] = [{}, *({"signer": signer} for signer in (agreed.signers if agreed else ("p1",)))]
    return {
        "draft_agreement": texts, "amend_draft": [{**said, "changed": "金额。"} for said in texts],
        "sign": [{"digest": agreed.digest if agreed else "", **signer, **more} for signer in signers for more in ({}, {"scan": files[0]})]
        + [{"digest": "0" * 64}],
        "refuse_to_sign": signers, "lapse_signing": [{"reason": "期满。"}, {}],
        "record_seal": [{"sha256": "ab" * 32, "size": 48_000}],
        "record_confirmation": [{"step": step, **more, **side} for step in Confirmation for side in ({}, {"side": Side.BUSINESS})
                                for more in ({}, {"court": "某区人民法院", "number": "民特1号"})],
    }


SPOKEN = ("talking", "invited", "mediating", "mediated", "drafted", "bound")
"""Starts at which the company has somebody who speaks for it."""


def come(life: Life, how: str) -> None:
    """Bring a new complaint to where a random life goes on from: chance alone seldom gets that far."""
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
        life.take("propose_appraisal", "zhao", laboratory="质检院", question="是否合格", custody="封存", cost="企业")
        for side in Side:
            life.take("consent_appraisal", "zhao", agrees=True, side=side)
    if how in ("reported", "answered", "performing", "done", *REVIEWED, *SPOKEN):
        life.take("file_report", "zhao", **reported(life))
    if how in ("answered", "performing", "done", *REVIEWED, *SPOKEN):
        life.take("answer", "zhou")
    if how in ("performing", "done"):
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
        {"drafted": drafted, "bound": bound}[how](life, returned(life), clause(life, by=None, after=1, days=3), replaces=("O1",))
    for owed in life.case.owed if how == "done" else ():
        life.take("confirm_done", "li", obligation=owed.id)
    if how in REVIEWED:
        contested(life)
    if how in ("heard", "voted", "sent back"):
        seated(life)
    if how in ("voted", "sent back"):
        voted(Result.SENT_BACK, life)
    if how == "sent back":
        life.take("decide_reconsideration", "mei", **ruled(life))


REVIEWED = ("contested", "heard", "voted", "sent back")
STARTS = ("received", "investigating", "in part", "declined", "joint", "tested", "reported", "answered", "performing", "done", *REVIEWED,
          "disputed", *SPOKEN)


class RandomLife(RuleBasedStateMachine):
    """One complaint in anybody's hands."""

    @initialize(person=st.sampled_from([PERSON, BY_PHONE, NOBODY]), hurt=st.sampled_from(Hurt), roster=st.sampled_from(ROSTERS),
                wish=st.sampled_from([Wish.REFUND, Wish.APOLOGY]), how=st.sampled_from(STARTS))
    def filed(self, person: Any, hurt: Hurt, roster: Any, wish: Wish, how: str) -> None:
        """A complaint arrives, and has come some way."""
        self.leading = Life(PERSON)
        self.life = Life(person, hurt=Hurt.HURT if person is NOBODY else hurt, wishes=(wish,))
        come(self.life, how)
        self.life.roster = roster
        self.promised: datetime | None = None
        self.before, self.votes, self.acted = self.life.case, dict[tuple[int, str], Any](), ""

    @rule(data=st.data())
    def somebody_may(self, data: st.DataObject) -> None:
        """Somebody takes a move that stage and role allow."""
        case = self.life.case
        names = [name for name in MOVES if name not in OF_THE_CLOCK and case.stage in MOVES[name].at and MOVES[name].fits(case)]
        name = data.draw(st.sampled_from(names))
        may = MOVES[name].by | MOVES[name].recorded_by
        self.tried(name, data.draw(st.sampled_from([who for who in ROLES if self.role(who) in may] or ["mei"])), data)

    @precondition(lambda self: self.life.case.stage == Stage.UNDER_RECONSIDERATION)
    @rule(data=st.data())
    def the_panel_goes_on(self, data: st.DataObject) -> None:
        """Whoever is next on the way to a decision tries their step."""
        case = self.life.case
        silent = [seat.who for seat in case.panel if not seat.declared] or [seat.who for seat in case.panel if not seat.votes]
        if not case.panel or (case.reconsideration and case.reconsideration.vacant):
            self.tried("appoint_panel", "zhou", data)
        elif silent:
            self.tried("vote" if all(seat.declared for seat in case.panel) else "declare_interest", silent[0], data)
        else:
            self.tried("decide_reconsideration", case.chair or "wu", data)

    @rule(data=st.data(), name=st.sampled_from(sorted(MOVES.keys() - OF_THE_CLOCK - {"submit"})), by=st.sampled_from(list(ROLES)))
    def somebody_tries(self, data: st.DataObject, name: str, by: str) -> None:
        """Somebody tries any move."""
        self.tried(name, by, data)

    @rule(by=SPANS)
    def time_passes(self, by: timedelta) -> None:
        """The clock fires as things fall due."""
        self.life.live(by)

    @rule(by=SPANS)
    def the_clock_was_away(self, by: timedelta) -> None:
        """An outage, after which everything due is done at once."""
        self.life.later(by).clock()

    @precondition(lambda self: self.life.case.tellings)
    @rule()
    def somebody_calls(self) -> None:
        """What waits is told on the phone, what was said in confidence by a neutral officer."""
        in_confidence = self.life.case.tellings[0].letter.partition("#")[0] in TOLD_IN_CONFIDENCE
        neutral = {"ma", "bai"} - self.life.case.colleagues - {who for who in ("ma", "bai") if self.life.case.bars(who)}
        for who in sorted(neutral)[:1] if in_confidence else ["wang"]:
            self.life.tell(who)

    @precondition(lambda self: self.life.case.stage == Stage.SIGNING)
    @rule(data=st.data())
    def the_text_is_signed(self, data: st.DataObject) -> None:
        """Somebody whose signature is missing signs what lies before them."""
        agreed = self.life.case.agreement
        assert agreed
        of = data.draw(st.sampled_from(agreed.missing))
        who = {BUSINESS: "shop", MEDIATOR: self.life.case.mediator or "yan"}.get(of, of)
        self.tried("sign", who, data, {"digest": agreed.digest})

    def role(self, who: str) -> Role:
        """In what role somebody acts: whoever speaks for the company now is the shop."""
        return self.life.case.party(who).role if any(p.id == who for p in self.life.case.parties) else ROLES[who]

    def tried(self, name: str, by: str, data: st.DataObject, *said_: dict[str, Any]) -> None:
        """Try a move: refused, it changes nothing; taken, it is one entry."""
        life, before, clocks = self.life, self.life.case, deadlines(self.life.case)
        options = list(said_) or variants(life, self.leading.case)[name]
        if not options or (name in LAPSES and ROLES[by].code == "clock"):
            return
        if by == "shop" and life.case.business:
            by = life.case.business.id
        said = data.draw(st.sampled_from(options))
        asked = {**life._given(name, said), **said}
        shown = repr(before)
        try:
            change = take(name, before, life.act(by, self.role(by)), **asked)
        except Refusal:
            assert repr(before) == shown
            return
        assert repr(before) == shown and change.before is before and change.entry.n == before.entries + 1 == change.case.entries
        life.keep(change)
        for also in change.also:
            if also.before is None:                     # somebody left a joint case and goes on alone
                alone = also.case
                assert look_at(alone) and timeline.verify([also.entry], alone) is None
            else:
                self.leading.keep(also)
                assert self.leading.whole()
        if name in NEVER_RESTART:
            self.unmoved(clocks, extended=name == "extend_information")

    def unmoved(self, before: dict[str, Running], extended: bool) -> None:
        """No clock that ran before starts anew or ends elsewhere, but a request that was given more time."""
        now = deadlines(self.life.case)
        for key, running in now.items():
            assert key in before or running.name in MAY_START, f"{key} was started"
            if key in before and not (extended and running.name == "information"):
                assert (running.start, running.end, running.done) == (before[key].start, before[key].end, before[key].done)

    @invariant()
    def an_open_case_is_never_in_limbo(self) -> None:
        """It has a deadline that runs, or one that stands still until a person is told, which somebody is to do."""
        case = self.life.case
        if case.stage == Stage.CLOSED:
            return
        running = deadlines(case).values()
        waits = any(run.stopped == "undelivered" for run in running) and bool(case.tellings)
        assert waits or any(run.end for run in running), (case.stage, [*running])

    @invariant()
    def there_is_no_dead_end(self) -> None:
        """Some person's move leads on from every open stage, beside giving up, linking and the courts; or the clock is about to."""
        case = self.life.case
        giving_up = {"withdraw", "link_duplicate", "close_in_court", "join_case"}
        ways = [name for name, move in MOVES.items() if name not in giving_up and case.stage in move.at and move.to - {case.stage}
                and move.fits(case) and (move.by | move.recorded_by) & ~Role.CLOCK]
        assert case.stage == Stage.CLOSED or ways or case.owed or "closing" in self.life.due, case.stage

    @invariant()
    def nobody_with_a_part_in_the_case_sits_on_its_panel(self) -> None:
        """What they did there they did as its members; and nobody sits who stood back."""
        case, sits = self.life.case, {seat.who for seat in self.life.case.panel}
        lines = [json.loads(entry.line) for entry in self.life.entries]
        handled = {line["who"] for line in lines if line["move"] not in NOT_HANDLING and line["role"] not in ("panel", "chair")}
        wrote = {line["who"] for line in lines if line["move"] == "decide_reconsideration"}
        assert not sits & (handled | wrote | set(case.recused)) and len(case.panel) == len(sits)

    @invariant()
    def a_request_lies_on_a_case_under_reconsideration(self) -> None:
        """Or waits to be admitted, or for information; its matters are decided, and none of them was looked at before."""
        case, asked = self.life.case, self.life.case.reconsideration
        assert (asked is not None and not asked.late) == (case.place == Stage.UNDER_RECONSIDERATION)
        assert not asked or not case.joined
        assert not asked or not set(asked.matters) & set(case.reviewed)
        assert not asked or asked.late or case.place == Stage.UNDER_RECONSIDERATION
        assert case.reopened or set(self.before.reviewed) <= set(case.reviewed) or "reopen" in case.taken

    @invariant()
    def a_vote_stands(self) -> None:
        """It never changes, and is lost only with a member who stood back."""
        case, asked = self.life.case, self.life.case.reconsideration
        for seat in case.panel:
            if seat.votes and asked:
                assert self.votes.setdefault((asked.entry, seat.who), seat.votes) == seat.votes
        for entry, who in self.votes:
            assert not asked or asked.entry != entry or case.seat(who) or who in case.recused

    @invariant()
    def the_chain_is_whole(self) -> None:
        """Every entry binds the one before it, up to the head."""
        assert self.life.whole()

    @invariant()
    def the_alarm_is_the_earliest_step(self) -> None:
        """`look_at` is the minimum over every running deadline of its next step, and after the clock fired nothing is due."""
        case = self.life.case
        rules = policy(case.policy).rules
        steps = [when(case, run, rules[run.name], case.steps.get(run.key, 0)) for run in deadlines(case).values()]
        assert look_at(case) == min(filter(None, steps), default=None)
        self.life.clock()
        assert due_step(self.life.case, self.life.time) is None
        assert (at := look_at(self.life.case)) is None or at > self.life.time

    @invariant()
    def no_step_is_taken_twice(self) -> None:
        """Each step of each run is on the timeline once, and each run climbs upwards only."""
        taken = [(facts["run"], facts["step"]) for facts in self.life.facts("take_step")]
        assert len(set(taken)) == len(taken)
        for run in {run for run, _ in taken}:
            steps = [step for of, step in taken if of == run]
            assert steps == sorted(steps)

    @invariant()
    def a_date_once_told_is_never_shortened(self) -> None:
        """A promise is only ever replaced by a later one, with a reason; while investigated it is the deadline's own date or later."""
        case = self.life.case
        if self.promised:
            assert case.promised and case.promised >= self.promised
        self.promised = case.promised
        assert all(promise.reason for promise in case.promises[1:])
        end = deadlines(case).values() if case.stage == Stage.INVESTIGATING else ()
        assert all(case.promised and run.due <= case.promised for run in end if run.name == "investigation" and run.due)

    @invariant()
    def stays_join_up(self) -> None:
        """The stage line has no gap, and a joined case is silent."""
        case = self.life.case
        assert all(one.until == two.since for one, two in zip(case.spells, case.spells[1:], strict=False))
        assert case.spells[-1].stage == case.stage and case.spells[-1].until is None
        assert case.outcome != Outcome.JOINED or (look_at(case) is None and case.joined)

    @invariant()
    def talks_are_kept_in_order(self) -> None:
        """A case in talks has them; one offer waits at most; an accepted one stays the only one, nothing is offered after it and only
        drafting runs of them; a statement is shared once; nobody who is barred holds them."""
        case, was = self.life.case, self.before
        talks, before = case.dispute, was.dispute
        assert case.stage not in TALKS or talks
        if talks is None:
            return
        assert sum(offer.state == Reply.OPEN for offer in talks.offers) <= 1
        assert case.stage not in TALKS or case.owner not in talks.barred
        assert not (talks.accepted and talks.ended) or case.stage not in TALKS
        if talks.accepted and case.stage == Stage.NEGOTIATING:
            assert not {"negotiation", "offer", "mediation_consent", "company_consent", "lapse_review"} & {
                run.name for run in deadlines(case).values()}
        if before and before.at == talks.at:
            ended = {offer.id: offer for offer in before.offers if offer.state != Reply.OPEN}
            assert all(ended.get(offer.id, offer) == offer or (talks.ended and ended[offer.id].state == Reply.ACCEPTED)
                       for offer in talks.offers)
            both = zip(before.statements, talks.statements, strict=False)
            assert all(now.shared == then.shared or then.shared is None for then, now in both)

    @invariant()
    def a_text_lies_before_people_in_its_stage_only(self) -> None:
        """One that not all have signed lies there exactly while they sign; then a window runs, or stands still until they were told,
        or the lead decides on its end; nothing else stands still for it, and nothing of it is told afterwards."""
        case = self.life.case
        assert (case.agreement is not None and not case.agreement.in_force) == (case.stage == Stage.SIGNING)
        assert any(h.why == Pause.SIGNING and not h.until for h in case.halts) == (case.stage == Stage.SIGNING)
        if case.stage == Stage.SIGNING:
            assert {run.name for run in deadlines(case).values()} & {"signing", "lapse_review"}
        else:
            assert case.bound or not [t for t in case.tellings if t.letter.startswith("draft_")]

    @invariant()
    def what_is_in_force_was_signed_by_all(self) -> None:
        """Each signature is over the very text that is kept, by its own side, once; a change voids it."""
        agreed, life = self.life.case.agreement, self.life
        if agreed is None:
            return
        assert digest_of(life.words(agreed.entry)["text"]) == agreed.digest
        assert len({s.of for s in agreed.signatures}) == len(agreed.signatures) and {s.of for s in agreed.signatures} <= set(agreed.signers)
        assert bool(agreed.in_force) == (not agreed.missing)
        since = [(entry, json.loads(entry.line)) for entry in life.entries[agreed.entry:]]
        given = {line["facts"]["of"]: line for entry, line in since if line["move"] == "sign"}
        assert set(given) == {s.of for s in agreed.signatures}
        for s in agreed.signatures:
            line = given[s.of]
            own = MEDIATOR if line["role"] == "mediator" else life.case.stands_for(line["who"]) if line["role"] != "negotiator" else s.of
            assert (line["who"], line["facts"]["version"], own) == (s.by, agreed.version, s.of)
            assert line["role"] != "negotiator" or s.evidence
        assert not agreed.in_force or agreed.in_force == max(s.at for s in agreed.signatures)

    @invariant()
    def what_is_owed_by_an_agreement_is_what_it_says(self) -> None:
        """Term by term; what waits for another duty waits for one of the same agreement, and lacks a day only while that is open."""
        case = self.life.case
        owed = [o for o in case.obligations if o.term]
        if not case.bound:
            assert not owed
            return
        assert [o.term for o in owed] == list(case.bound.terms)
        ids = {o.term.id: o for o in owed if o.term}
        for o in owed:
            assert o.term and (o.kind, o.amount, o.debtor, o.to) == (o.term.kind, o.term.amount, o.term.debtor, o.term.creditor)
            first = ids[o.term.after] if o.term.after else None
            assert o.after == (first.id if first else None) and (o.by or not o.open or (first and first.open))
        assert not [o for o in case.owed if o.id in case.bound.replaces]

    @invariant()
    def the_mediator_is_one_whom_nobody_rejected(self) -> None:
        """Nor stood back, nor is of the house; time stands still for an objection exactly while one waits; one meeting is ahead."""
        case, mediation = self.life.case, self.life.case.mediation
        waits = bool(mediation and mediation.challenge) and case.stage == Stage.MEDIATING
        assert any(h.why == Pause.CHALLENGE and not h.until for h in case.halts) == waits
        assert case.stage != Stage.MEDIATING or mediation
        if mediation is None:
            return
        if case.stage in (Stage.MEDIATING, Stage.SIGNING):
            assert mediation.mediator not in (*mediation.past, *case.recused, *STAFF)
        assert sum(meeting.ahead for meeting in mediation.meetings) <= 1
        assert bool(mediation.accepted) <= bool(mediation.mediator) and bool(mediation.lawful) <= (mediation.mediator == "yan")

    @invariant()
    def what_is_private_was_shared_by_its_own_side(self) -> None:
        """Every shared statement has the word of its side behind it: said so from the beginning, or shown later."""
        case = self.life.case
        for statement in case.dispute.statements if case.dispute else ():
            line = json.loads(self.life.entries[statement.entry - 1].line)
            shown = [json.loads(entry.line) for entry in self.life.entries[statement.entry:] if '"share_statement"' in entry.line]
            by = [line] if line["facts"].get("share") else [each for each in shown if each["facts"]["statement"] == statement.id]
            assert bool(statement.shared) == bool(by)
            for each in by:
                own = Role[each["role"].upper()] in Role.PARTY
                assert statement.side == (case.party(each["who"]).side if own else each["facts"]["side"])

    @invariant()
    def what_was_owed_never_vanishes(self) -> None:
        """It is done, or goes along with its person, or something newer is owed to them on that matter in its place."""
        case = self.life.case
        for owed in self.before.owed:
            newer = [o for o in case.obligations if (o.matter, o.to) == (owed.matter, owed.to) and int(o.id[1:]) >= int(owed.id[1:])]
            assert newer or case.party(owed.to).left
        self.before = case


TestRandomLife = RandomLife.TestCase
TestRandomLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_every_stage_there_is_is_come_to() -> None:
    """From one of the starts, by a single move of anybody or by silence: no part of the process is left out of the random lives."""
    seen: set[Stage] = set()
    for how in STARTS:
        leading, first = Life(PERSON), Life()
        come(first, how)
        seen.add(first.case.stage)
        said_now = variants(first, leading.case)
        for name, move in MOVES.items():
            for said in said_now.get(name, []) if first.case.stage in move.at else []:
                for who, role in ((who, role) for who, role in ROLES.items() if role in move.by | move.recorded_by):
                    try:
                        seen.add(take(name, first.case, first.act(who, role), **{**first._given(name, said), **said}).case.stage)
                    except (Refusal, TypeError):            # the clock's own moves say nothing
                        continue
        first.live(90 * DAY)
        seen.add(first.case.stage)
    assert seen == reached()
