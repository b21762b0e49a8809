"""Several people on one case: second persons, joint complaints, departments, and two who act at once.

Nothing is half-written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.cases.casework import WriteConflict
from chalicelib.cases.stored_facts import reread
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Party, Refusal
from chalicelib.domain.model.case_records import CheckedFile, Owed
from chalicelib.domain.model.codes import Capacity, Fault, Power, Remedy, Role, Stage
from chalicelib.domain.policy import policy
from chalicelib.web import request_models
from tests.aws_calls import Calls
from tests.casework.joint import OTHER, rows, together, two
from tests.casework.routed import TAN, routed
from tests.domain.life import answered, joint
from tests.life.agreed import YAN, registered, text
from tests.life.complaint import answer, report
from tests.life.contested import MA, SHOP
from tests.scenario import DAY, FENG, HE, HOUR, QIAN, SUN, WANG, WU, ZHAO, ZHOU, Scenario


def move_from_form(scenario: Scenario, caller: Caller, name: str, ref: str, seen: int, **body: Any) -> str:
    """Take a move from a form made at entry `seen`; return "done" or "moved on"."""
    try:
        scenario.move(caller, name, ref, seen=seen, **body)
    except WriteConflict:
        return "moved on"
    return "done"


# Two at once


def test_two_handlers_at_once_one_is_told(scenario: Scenario) -> None:
    """The second of two handlers on the same state gets `Conflict`, and nothing of theirs is saved."""
    case = scenario.submit()
    assert move_from_form(scenario, WANG, "accept", case.ref, case.entries) == "done"
    before = rows(scenario)
    assert (
        move_from_form(
            scenario,
            SUN,
            "decline",
            case.ref,
            case.entries,
            grounds={"1": "outside_competence", "2": "outside_competence"},
            reasons={"1": "无", "2": "无"},
            routes=["court"],
        )
        == "moved on"
    )
    assert rows(scenario) == before
    assert scenario.product.file.load(case.ref).stage == Stage.INVESTIGATING


def test_a_stale_answer_is_a_conflict_not_an_answer(scenario: Scenario) -> None:
    """An answer from a report that was sent back raises `Conflict`, and the consumer gets no letter."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    seen = scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2)).entries
    scenario.move(SUN, "return_report", ref, reason="补充证据。")
    assert move_from_form(scenario, SUN, "answer", ref, seen) == "moved on"
    assert "answer" not in scenario.letters(ref)
    with pytest.raises(Refusal, match="no_report"):
        scenario.move(SUN, "answer", ref)


def test_clocks_that_close_at_once_close_once(scenario: Scenario) -> None:
    """Four workers find everything fulfilled at the same moment: one entry, one letter."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    answer(scenario, ref)
    scenario.move(scenario.by_link(ref), "accept_answer", ref)
    for owed in scenario.product.file.load(ref).open_obligations:
        scenario.move(scenario.by_link(ref), "confirm_done", ref, obligation=owed.id)
    scenario.post()
    scenario.later(HOUR)
    assert sorted(together(scenario, 4, lambda casework: casework.look_at(ref, scenario.time))) == [
        0,
        0,
        0,
        1,
    ]
    assert scenario.moves(ref).count("close_fulfilled") == 1
    assert scenario.letters(ref).count("fulfilled") == 1


def test_a_word_in_the_last_minute_and_the_clock_both_count(scenario: Scenario) -> None:
    """The consumer writes while the clock closes; the second of them finds the other's entry.

    The message waits for a reply.
    """
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    answer(scenario, ref)
    scenario.move(scenario.by_link(ref), "accept_answer", ref)
    for owed in scenario.product.file.load(ref).open_obligations:
        scenario.move(scenario.by_link(ref), "confirm_done", ref, obligation=owed.id)
    scenario.later(HOUR)
    first = iter((True, False))

    def act(casework: Any) -> None:
        if next(first):
            casework.look_at(ref, scenario.time)
        else:
            casework.move("message", ref, scenario.by_link(ref), {"text": "等等，数目不对。"})

    together(scenario, 2, act)
    scenario.minute()
    ended = scenario.product.file.load(ref)
    assert ended.outcome == "fulfilled"
    assert len(ended.messages) == 1
    assert scenario.moves(ref)[-2:] in (["close_fulfilled", "message"], ["message", "close_fulfilled"])


# Second persons


def severe(scenario: Scenario, ref: str) -> None:
    """Make the case serious."""
    scenario.move(SUN, "set_severity", ref, severity="S2", why="按标准。")


def reported(scenario: Scenario, ref: str) -> None:
    """Make the case serious and file its report."""
    severe(scenario, ref)
    scenario.move(WANG, "accept", ref)
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2))


def asked_before(scenario: Scenario, ref: str) -> None:
    """Ask for information and let the consumer give it."""
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.move(scenario.by_link(ref), "give_information", ref, answer="在这里。")


def triaged(scenario: Scenario, ref: str) -> None:
    """Tag the case for safety and triage it."""
    scenario.move(WANG, "tag_safety", ref, facts="冒烟。")
    scenario.move(QIAN, "triage_safety", ref, real=False, reportable=False, reason="已核实。")


def asked_to_mediate(scenario: Scenario, ref: str) -> None:
    """Let the consumer dispute the answer and ask for mediation."""
    scenario.move(WANG, "accept", ref)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="facts", about="没有核实。")
    scenario.move(scenario.by_link(ref), "invite_mediation", ref)


def spoken(scenario: Scenario, ref: str) -> None:
    """Bring a case into negotiation, with a statement of each side."""
    asked_to_mediate(scenario, ref)
    for side in ("consumer", "business"):
        scenario.move(MA, "state_position", ref, side=side, text="请依合同。")


def mediated(scenario: Scenario, ref: str) -> None:
    """Bring the dispute to a mediator who has accepted the appointment."""
    registered(scenario)
    asked_to_mediate(scenario, ref)
    scenario.move(SUN, "assign_negotiator", ref, to="ma", severity="S4")
    scenario.move(SUN, "consent_mediation", ref, side="business")
    scenario.move(SUN, "appoint_mediator", ref, mediator="yan")
    scenario.move(YAN, "accept_appointment", ref, independent=True)


def drafted(scenario: Scenario, ref: str) -> None:
    """Present a mediated text to everybody; the scan of a print that the consumer signed is in evidence."""
    mediated(scenario, ref)
    scenario.move(MA, "name_business_representative", ref, person=SHOP)
    scenario.live(15 * DAY, ref)
    scenario.move(YAN, "draft_agreement", ref, **text(scenario))
    scan = {"shows": "签字页", "file": CheckedFile("f1", "0" * 64, 9, "application/pdf")}
    scenario.product.casework.move("add_evidence", ref, MA, scan)


def accept_refunds(scenario: Scenario, ref: str) -> None:
    """Let the consumer accept an answer that promises two refunds."""
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    answer(scenario, ref)
    scenario.move(scenario.by_link(ref), "accept_answer", ref)


def late(scenario: Scenario, ref: str) -> None:
    """Leave both refunds unpaid until the time to make up for them is over."""
    accept_refunds(scenario, ref)
    scenario.live(30 * DAY, ref)


def breached(scenario: Scenario, ref: str) -> None:
    """Find a breach."""
    late(scenario, ref)
    scenario.agreed(ref, FENG, ZHOU, "find_breach", obligation="O1", reason="没付。", counter="没有。")


def cheaper(scenario: Scenario, ref: str) -> None:
    """Let the consumer propose less money; the scan of the company's signed consent is in evidence."""
    accept_refunds(scenario, ref)
    scenario.move(
        scenario.by_link(ref),
        "propose_change",
        ref,
        obligation="O1",
        amount={"amount": "900.00"},
        reason="用过几天。",
    )
    scenario.later(HOUR)
    scan = {"shows": "签字页", "file": CheckedFile("f1", "0" * 64, 9, "application/pdf")}
    scenario.product.casework.move("add_evidence", ref, FENG, scan)


def changed_outside(scenario: Scenario, ref: str) -> None:
    """Note that the record of the case was changed from outside."""
    scenario.product.casework.doubt(scenario.product.file.load(ref), 1, Fault.ENTRY)


def given_up(scenario: Scenario, ref: str) -> None:
    """Let the consumer withdraw the complaint."""
    scenario.move(scenario.by_link(ref), "withdraw", ref)


def held(scenario: Scenario, ref: str) -> None:
    """Hold the records of the case."""
    scenario.agreed(ref, ZHOU, WU, "hold_records", reason="法院要求保全。")


def signed_text(case: Case) -> str | None:
    """Return the digest of the text to be signed: an agreement, or a change of an obligation."""
    proposed = next((o.proposed for o in case.open_obligations if o.proposed), None)
    return case.talks.agreement.digest if case.talks.agreement else proposed and proposed.digest


def returned_twice(scenario: Scenario, ref: str) -> None:
    """Let two teams hand the case back and forth, until its next return is the third."""
    routed(scenario)
    for to in ("north", "general", "north"):
        scenario.move(ZHOU, "change_team", ref, to=to, reason="换个团队办理。")


SECOND: dict[
    str, tuple[Callable[[Scenario, str], Any], Caller, Caller, dict[str, Any], Callable[[Case], Any]]
] = {
    "accept": (
        lambda *_: None,
        WANG,
        SUN,
        {"declined": {"2": "not_for_living"}, "reasons": {"2": "超过三年。"}},
        lambda case: [m.ground for m in case.matters] == [None, "not_for_living"],
    ),
    "decline": (
        lambda *_: None,
        WANG,
        SUN,
        {
            "grounds": {"1": "not_for_living", "2": "not_for_living"},
            "reasons": {"1": "甲", "2": "乙"},
            "routes": ["court"],
        },
        lambda case: case.stage == "declined",
    ),
    "ask_information": (
        asked_before,
        WANG,
        SUN,
        {"items": ["photos", "other"], "why": "还是看不清。"},
        lambda case: case.requests[-1].items == ("photos", "other"),
    ),
    "set_severity": (
        severe,
        WANG,
        ZHOU,
        {"severity": "S4", "why": "误判。"},
        lambda case: case.severity == "S4",
    ),
    "decide_stop_sale": (
        triaged,
        QIAN,
        ZHOU,
        {"stop": True, "departments": ["repair"], "product": "电池", "reason": "风险。"},
        lambda case: case.safety.stopped,
    ),
    "clear_safety": (triaged, QIAN, ZHOU, {"reason": "已排除。"}, lambda case: not case.unsafe),
    "ask_extension": (
        lambda scenario, ref: scenario.move(WANG, "accept", ref),
        ZHAO,
        SUN,
        {"reason": "complex", "why": "案情复杂。"},
        lambda case: len(case.promises) == 2 and case.promises[1].reason == "complex",
    ),
    "answer": (
        reported,
        SUN,
        ZHOU,
        {"routes": ["samr_12315", "court"]},
        lambda case: case.stage == "answered" and len(case.open_obligations) == 2,
    ),
    "settle_at_once": (
        lambda *_: None,
        WANG,
        SUN,
        {
            "read_back": True,
            "agreement": "电话里同意。",
            "causes": ["misunderstanding"],
            "better": "购买前说明。",
            "terms": "原路退回。",
            "remedies": [
                {
                    "matter": 1,
                    "kind": "refund",
                    "by": "2026-02-20",
                    "amount": {"amount": "1655.00"},
                    "party": "p1",
                }
            ],
        },
        lambda case: (
            [(o.amount, str(o.by), o.kind) for o in case.open_obligations]
            == [(165500, "2026-02-20", "refund")]
        ),
    ),
    "refuse_mediation": (
        asked_to_mediate,
        SUN,
        ZHOU,
        {"side": "business", "reason": "已无货可换。"},
        lambda case: (
            case.talks.dispute and case.talks.dispute.consents == {"consumer": True, "business": False}
        ),
    ),
    "sign": (
        drafted,
        MA,
        SUN,
        {"digest": "", "signer": "p1", "scan": "E2"},
        lambda case: case.talks.agreement and [s.of for s in case.talks.agreement.signatures] == ["p1"],
    ),
    "end_mediation": (
        mediated,
        YAN,
        ZHOU,
        {"ending": "suspected_crime", "reason": "发票系伪造。"},
        lambda case: case.stage != "mediating",
    ),
    "end_negotiation": (
        spoken,
        MA,
        ZHOU,
        {"ending": "suspected_crime", "reason": "发票系伪造。"},
        lambda case: case.stage != "negotiating",
    ),
    "find_breach": (
        late,
        FENG,
        ZHOU,
        {"obligation": "O1", "reason": "没付。", "counter": "没有。"},
        lambda case: case.stage == "breached",
    ),
    "find_no_breach": (
        breached,
        FENG,
        ZHOU,
        {"obligation": "O1", "reason": "账号有误。", "by": "2030-04-20"},
        lambda case: case.stage == "performing" and str(case.open_obligations[0].by) == "2030-04-20",
    ),
    "excuse": (
        late,
        FENG,
        ZHOU,
        {"obligation": "O1", "ground": "force_majeure", "reason": "洪水。"},
        lambda case: len(case.open_obligations) == 1,
    ),
    "take_measure": (
        breached,
        FENG,
        ZHOU,
        {"obligation": "O1", "measure": "pay_first", "basis": "制度。", "amount": {"amount": "1655.00"}},
        lambda case: (
            [(m.measure, m.amount) for m in case.open_obligations[0].measures] == [("pay_first", 165500)]
        ),
    ),
    "refer_breach": (
        breached,
        FENG,
        ZHOU,
        {"obligation": "O1", "reason": "拒绝。"},
        lambda case: len(case.open_obligations) == 1,
    ),
    "agree_change": (
        cheaper,
        FENG,
        SUN,
        {"obligation": "O1", "digest": "", "side": "business", "scan": "E2"},
        lambda case: case.open_obligations[0].amount == 90000,
    ),
    "clear_doubt": (changed_outside, ZHOU, SUN, {"reason": "已与备份核对。"}, lambda case: not case.doubted),
    "hold_records": (
        lambda scenario, ref: None,
        ZHOU,
        WU,
        {"reason": "法院要求保全。"},
        lambda case: case.retention.held,
    ),
    "release_records": (held, ZHOU, WU, {"reason": "诉讼已经结束。"}, lambda case: not case.retention.held),
    "destroy_data": (
        given_up,
        ZHOU,
        WU,
        {"ground": "asked", "reason": "本人来电要求删除。"},
        lambda case: case.retention.to_destroy,
    ),
    "change_team": (
        returned_twice,
        TAN,
        ZHOU,
        {"to": "general", "reason": "订单在综合组。"},
        lambda case: case.team == "general",
    ),
}


def test_every_move_with_a_second_person_is_tried_here() -> None:
    """A new move with a second person must be added to the list below."""
    assert SECOND.keys() == {name for name, move in MOVES.items() if move.second}


@pytest.mark.parametrize("name", SECOND)
def test_approval_takes_the_requested_move(scenario: Scenario, name: str) -> None:
    """Facts wait as text and return in their own types; the approval takes the move and sends its letter."""
    prepare, asker, second, body, holds = SECOND[name]
    ref = scenario.submit().ref
    prepare(scenario, ref)
    body = {**body, "digest": signed_text(scenario.product.file.load(ref))} if "digest" in body else body
    scenario.move(asker, name, ref, **body)
    waiting = scenario.product.file.load(ref)
    (asked,) = waiting.approvals
    assert reread(name, asked.facts) == {
        key: value
        for key, value in request_models.arguments(name, json.dumps(body), scenario.time).items()
        if key not in MOVES[name].personal
    }
    assert not holds(waiting)
    # a mediator has no other role there
    with pytest.raises(Refusal, match=r"own_request|move_not_allowed_for_role"):
        scenario.move(replace(asker, roles=second.roles), "approve", ref, approval=asked.id)
    scenario.post()
    scenario.later(HOUR)
    after = scenario.move(second, "approve", ref, approval=asked.id)
    assert holds(after)
    assert after.approvals == ()
    assert scenario.letters(ref, f"staff:{asker.who}")[-1] == "approval_decided"
    scenario.post()
    assert scenario.moves(ref)[-1] == "approve"


def test_two_who_agree_at_once_agree_once(scenario: Scenario) -> None:
    """The second approval finds no waiting request: one answer, one letter."""
    ref = scenario.submit().ref
    reported(scenario, ref)
    asked = scenario.move(SUN, "answer", ref).approvals[0].id
    done = together(
        scenario, 2, lambda casework: _tried(lambda: casework.move("approve", ref, ZHOU, {"approval": asked}))
    )
    assert sorted(done) == ["approval_unknown", "done"]
    assert scenario.letters(ref).count("answer") == 1


def _tried(act: Callable[[], Any]) -> str:
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return "done"


# Joint complaints


def test_joining_is_one_transaction_of_two_cases(scenario: Scenario) -> None:
    """The own case is joined and the joint one gets the person in one transaction; a rival on either voids
    both.
    """
    first, second = scenario.submit(), scenario.submit(person=OTHER)
    scenario.move(SUN, "invite_to_join", second.ref, leading=first.ref)
    file, before = scenario.product.file, rows(scenario)
    saved = file.save

    def rival_first(change: Any, once: Any = None) -> Case:
        file.__dict__.pop("save")
        scenario.move(WANG, "message", first.ref, text="我们在看。")
        return saved(change, once)

    file.__dict__["save"] = rival_first
    scenario.move(scenario.by_link(second.ref), "join_case", second.ref, own_wish=True)
    assert scenario.moves(first.ref) == ["submit", "message", "join_case"]
    assert scenario.moves(second.ref)[-1] == "join_case"
    assert len(rows(scenario)) > len(before)
    assert scenario.product.file.whole(first.ref).people["p2"]["name"] == "邻居"


def test_a_joiner_who_writes_by_their_old_link_writes_as_themselves(scenario: Scenario) -> None:
    """Messages on their own case, or on its duplicate, reach the joint case in their own name."""
    leading, own = two(scenario)
    again = scenario.submit(person=OTHER)
    scenario.move(WANG, "link_duplicate", again.ref, leading=leading)
    for ref in (own, again.ref):
        scenario.move(scenario.by_link(ref), "message", ref, text="我的订单号是 D-8。")
        entry = scenario.product.file.whole(leading).entries[-1]
        assert '"move":"message"' in entry.line
        assert '"who":"p2"' in entry.line


def test_leaver_loses_access_to_the_joint_case(scenario: Scenario) -> None:
    """The link to the joint case opens nothing any more, and the own number works again.

    Waiting answers wait there.
    """
    leading, own = two(scenario)
    link = scenario.by_link(leading, "p2")
    scenario.move(link, "leave_case", leading)
    with pytest.raises(NotFound):
        scenario.product.casework.visible(scenario.product.file.load(leading), link)
    assert scenario.product.file.load(own).stage == "received"
    assert scenario.moves(own)[-1] == "leave_case"


def test_obligation_of_a_leaver_keeps_its_words(scenario: Scenario) -> None:
    """Letters under the own number leave like others, and the reminder states what was promised."""
    leading, own = two(scenario, wishes=["explanation"])
    for _ in range(3):
        scenario.move(WANG, "message", leading, text="我们在看。")
    scenario.move(WANG, "accept", leading)
    answer(scenario, leading)
    for id in ("p1", "p2"):
        scenario.move(scenario.by_link(leading, id), "accept_answer", leading)
    scenario.move(scenario.by_link(leading, "p2"), "leave_case", leading)
    scenario.confirm(own)  # else the letters would contain no free text
    scenario.live(11 * DAY, own)
    reminders = [
        mail["text"]
        for mail in scenario.sent()
        if mail["to"] == OTHER["email"] and "全额退款" in mail["text"]
    ]
    assert "obligation_due" in scenario.letters(own)
    assert len(reminders) >= 2


def test_an_old_link_stays_dead_when_its_person_comes_back_from_a_joint_case(scenario: Scenario) -> None:
    """A representative whose authority ended on the own case does not regain it as a speaker on the joint
    one.
    """
    leading, own = scenario.submit().ref, scenario.submit(person=OTHER).ref
    agent = {
        "person": {"name": "旧代理", "phone": "13900139000", "capacity": "agent"},
        "powers": ["submit", "answer"],
        "checked": True,
        "document": "委托书",
    }
    scenario.move(WANG, "add_representative", own, **agent)
    link = product_link(scenario, own, "p2")
    scenario.move(scenario.by_link(own), "end_representation", own, representative="p2")
    assert not opens(scenario, own, link)
    scenario.move(SUN, "invite_to_join", own, leading=leading)
    scenario.move(scenario.by_link(own), "join_case", own, own_wish=True)
    scenario.move(scenario.by_link(leading, "p2"), "leave_case", leading)
    scenario.move(
        WANG,
        "add_representative",
        own,
        **{**agent, "person": {"name": "新代理", "phone": "13600136000", "capacity": "lawyer"}},
    )
    assert not opens(scenario, own, link)


def product_link(scenario: Scenario, ref: str, id: str) -> str:
    """Return the present token of a person's access link."""
    return scenario.product.links.token(ref, id, scenario.product.file.load(ref).party(id).generation)


def opens(scenario: Scenario, ref: str, token: str) -> bool:
    """Return whether a link opens a case for any party."""
    return any(
        not p.left and scenario.product.links.fits(token, ref, p.id, p.generation)
        for p in scenario.product.file.load(ref).parties
    )


@pytest.mark.parametrize("agents", [0, 1])
def test_a_letter_to_everybody_fits_one_transaction(scenario: Scenario, agents: int) -> None:
    """The letter is one row, even to the most people that the policy allows, each with an agent.

    Everybody gets it once.
    """
    people = policy("default-1").people
    life, _ = joint(people)
    for n, person in enumerate(life.case.consumers if agents else ()):
        agent = Party(
            f"a{n}",
            person.way,
            person.language,
            Capacity.AGENT,
            represents=person.id,
            powers=tuple(Power),
            checked=True,
        )
        life.case = life.case.with_party(agent)
    change = life.take("ask_consent", "sun", settlement="每人退款300元。")
    assert len(change.letters) == people * (1 + agents)
    before = len(rows(scenario))
    scenario.product.file.save(change)
    (post,) = change.posts
    assert len(rows(scenario)) - before < 10
    assert len(scenario.product.file.posted(life.case.ref, post.id)) == people * (1 + agents)
    for _ in range(2):
        scenario.product.outbox.expand(life.case.ref, post.id, scenario.time)
    assert sum(
        sk.startswith("LETTER#") for pk, sk in rows(scenario) if pk.endswith(life.case.ref)
    ) == people * (1 + agents)


def test_a_full_joint_case_can_be_kept(scenario: Scenario) -> None:
    """Every step can be saved with the most people, each with obligations and reminders."""
    life = joint(policy("default-1").people)[0]
    life.take("accept", "wang")
    day = published().day_of(life.time) + 5 * DAY
    answered(life=life, remedies=tuple(Owed(1 + n % 2, Remedy.REFUND, day, 10000) for n in range(2)))
    for party in life.case.consumers:
        life.says("accept_answer", party.id)
    life.live(9 * DAY)
    scenario.product.file.save(life.take("message", "wang", text="已安排付款。"))


def test_a_joint_move_costs_what_it_must(calls: Calls, scenario: Scenario) -> None:
    """Leaving reads both cases and their texts at most twice, then costs one transaction and one nudge for
    both.
    """
    leading, own = two(scenario)
    scenario.post()
    calls.made()
    scenario.move(scenario.by_link(leading, "p2"), "leave_case", leading)
    made = calls.made()
    assert made["TransactWriteItems"] == 1
    assert made["GetItem"] <= 4
    assert made["Query"] <= 2
    assert made["SendMessage"] == 1
    assert scenario.moves(own)[-1] == "leave_case"


# Departments


def test_a_department_sees_a_case_while_it_is_asked(scenario: Scenario) -> None:
    """A department's contact sees the case from the question to the answer, on the department's own list.

    Contacts of other departments never see it.
    """
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    file, sees = scenario.product.file, scenario.product.casework.visible
    elsewhere = replace(HE, who="x", teams=frozenset({"shop"}))

    def hidden(caller: Caller) -> bool:
        try:
            sees(file.load(ref), caller)
        except NotFound:
            return True
        return False

    assert hidden(HE)
    assert hidden(elsewhere)
    scenario.move(ZHAO, "ask_department", ref, department="repair", question="修过几次？")
    assert not hidden(HE)
    assert hidden(elsewhere)
    assert [item["ref"] for item in file.work("TEAM#repair", None, 9)[0]] == [ref]
    offered = scenario.product.casework.offered(file.whole(ref), HE)
    assert set(offered) == {"answer_department", "tag_safety"}
    with pytest.raises(NotFound):
        scenario.move(elsewhere, "answer_department", ref, question="Q1", answer="我们来答。")
    scenario.move(HE, "answer_department", ref, question="Q1", answer="修过两次。")
    assert hidden(HE)
    assert file.work("TEAM#repair", None, 9)[0] == []
    assert scenario.letters(ref, "staff:zhao") == []


def test_a_closed_case_asks_nobody(scenario: Scenario) -> None:
    """After a withdrawal the department's deadline ends, and nobody there sees the case any more."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    scenario.move(ZHAO, "ask_department", ref, department="repair", question="修过几次？")
    scenario.move(scenario.by_link(ref), "withdraw", ref)
    with pytest.raises(NotFound):
        scenario.product.casework.visible(scenario.product.file.load(ref), HE)
    assert scenario.product.file.work("TEAM#repair", None, 9)[0] == []


def test_contact_of_two_teams_sees_the_whole_case(scenario: Scenario) -> None:
    """A department's contact who also investigates in the handling team sees the whole case."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    both = Caller("he", Role.DEPARTMENT | Role.INVESTIGATOR, frozenset({"repair", "general"}))
    assert "file_report" in scenario.product.casework.offered(scenario.product.file.whole(ref), both)


# What comes back


def test_a_bad_report_names_every_field_and_writes_nothing(scenario: Scenario) -> None:
    """Each bad amount, date, finding and code is named at once."""
    from pydantic import ValidationError

    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    before = rows(scenario)
    body = report(scenario.time.date(), 1, 2)
    body["remedies"] = [
        {"matter": 1, "kind": "refund", "amount": {"amount": "10.005"}},
        {"matter": 2, "kind": "gift", "by": "2026-02-30"},
    ]
    body["conclusions"] = {"1": "won", "2": "upheld"}
    with pytest.raises(ValidationError) as refused:
        scenario.move(ZHAO, "file_report", ref, **body)
    where = {".".join(map(str, error["loc"])) for error in refused.value.errors()}
    assert {"remedies.0.by", "remedies.0.amount", "remedies.1.kind", "remedies.1.by"} <= where
    assert any("conclusions" in loc for loc in where)
    past = [{"matter": 1, "kind": "refund", "by": "2026-02-01", "amount": {"amount": "1.00"}}]
    bare = [{"matter": 1, "fact": "x", "evidence": []}]
    for changes, code in [
        ({"remedies": past}, "remedy_in_past"),
        ({"findings": bare}, "finding_without_evidence"),
    ]:
        with pytest.raises(Refusal, match=code):
            scenario.move(ZHAO, "file_report", ref, **{**report(scenario.time.date(), 1, 2), **changes})
    with pytest.raises(ValidationError):
        scenario.move(
            ZHAO,
            "ask_department",
            ref,
            department="repair",
            question="x",
            due=str(scenario.time.date() - DAY),
        )
    with pytest.raises(ValidationError):
        scenario.move(ZHAO, "invite_interview", ref, meeting="2026-02-11T00:00:00Z", how="phone", purpose="x")
    assert rows(scenario) == before


def test_a_reply_by_an_old_number_reaches_the_end_of_the_chain(scenario: Scenario) -> None:
    """A duplicate's leading complaint has joined another: the message arrives there, under the person's own
    id.
    """
    second, duplicate, first = scenario.submit(person=OTHER), scenario.submit(person=OTHER), scenario.submit()
    scenario.move(WANG, "link_duplicate", duplicate.ref, leading=second.ref)
    scenario.move(SUN, "invite_to_join", second.ref, leading=first.ref)
    scenario.move(scenario.by_link(second.ref), "join_case", second.ref, own_wish=True)
    assert (
        scenario.move(scenario.by_link(duplicate.ref), "message", duplicate.ref, text="请问进展？").ref
        == first.ref
    )
    assert [waiting.by for waiting in scenario.product.file.load(first.ref).messages] == ["p2"]


def test_returning_person_writes_as_the_present_party(scenario: Scenario) -> None:
    """A person who left and joined again writes in the present place."""
    ref, own = two(scenario)
    scenario.move(scenario.by_link(ref, "p2"), "leave_case", ref)
    scenario.move(SUN, "invite_to_join", own, leading=ref)
    scenario.move(scenario.by_link(own), "join_case", own, own_wish=True)
    scenario.move(scenario.by_link(own), "message", own, text="退款呢？")
    assert [waiting.by for waiting in scenario.product.file.load(ref).messages] == ["p3"]


def test_representative_without_a_place_cannot_write(scenario: Scenario) -> None:
    """A representative without a place there is refused, and nothing is written."""
    first, second, third = (
        scenario.submit(),
        scenario.submit(person=OTHER),
        scenario.submit(person={"name": "丙", "email": "third@mail.example"}),
    )
    scenario.move(
        WANG,
        "add_representative",
        third.ref,
        person={"name": "代理", "address": "一号", "way": "post", "capacity": "agent"},
        powers=["submit", "answer"],
        checked=True,
        document="委托书",
    )
    for own in (second, third):
        scenario.move(SUN, "invite_to_join", own.ref, leading=first.ref)
        scenario.move(scenario.by_link(own.ref), "join_case", own.ref, own_wish=True)
    agent = Caller("p2", Role.REPRESENTATIVE, ref=third.ref, party="p2")
    before = rows(scenario)
    with pytest.raises(Refusal, match="linked_case"):
        scenario.move(agent, "message", third.ref, text="我代他问。")
    assert rows(scenario) == before


def test_replaced_person_cannot_write_any_more(scenario: Scenario) -> None:
    """After a succession the old person's link to their own number reaches nothing on the joint complaint."""
    ref, own = two(scenario)
    guardian = {"name": "监护人", "email": "guardian@mail.example"}
    scenario.move(WANG, "substitute_party", ref, party="p2", person=guardian, document="E1", reason="监护")
    with pytest.raises(Refusal, match="linked_case"):
        scenario.move(scenario.by_link(own), "message", own, text="还是我。")
    scenario.move(scenario.by_link(ref, "p2"), "leave_case", ref)
    assert scenario.product.file.load(own).parties[0].generation == 2
