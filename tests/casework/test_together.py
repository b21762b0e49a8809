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
from tests.domain.life import answered, joint
from tests.house import DAY, FENG, HE, HOUR, QIAN, SUN, WANG, ZHAO, ZHOU, House
from tests.life.agreed import YAN, registered, text
from tests.life.complaint import answer, report
from tests.life.contested import MA, SHOP


def move_from_form(house: House, caller: Caller, name: str, ref: str, seen: int, **body: Any) -> str:
    """Take a move from a form made at entry `seen`; return "done" or "moved on"."""
    try:
        house.move(caller, name, ref, seen=seen, **body)
    except WriteConflict:
        return "moved on"
    return "done"


# Two at once


def test_two_handlers_at_once_one_is_told(house: House) -> None:
    """The second of two handlers on the same state gets `Conflict`, and nothing of theirs is saved."""
    case = house.submit()
    assert move_from_form(house, WANG, "accept", case.ref, case.entries) == "done"
    before = rows(house)
    assert (
        move_from_form(
            house,
            SUN,
            "decline",
            case.ref,
            case.entries,
            grounds={"1": "no_facts", "2": "no_facts"},
            reasons={"1": "无", "2": "无"},
            routes=["court"],
        )
        == "moved on"
    )
    assert rows(house) == before
    assert house.product.file.load(case.ref).stage == Stage.INVESTIGATING


def test_a_stale_answer_is_a_conflict_not_an_answer(house: House) -> None:
    """An answer from a report that was sent back raises `Conflict`, and the consumer gets no letter."""
    ref = house.move(WANG, "accept", house.submit().ref).ref
    seen = house.move(ZHAO, "file_report", ref, **report(house.time.date(), 1, 2)).entries
    house.move(SUN, "return_report", ref, reason="补充证据。")
    assert move_from_form(house, SUN, "answer", ref, seen) == "moved on"
    assert "answer" not in house.letters(ref)
    with pytest.raises(Refusal, match="no_report"):
        house.move(SUN, "answer", ref)


def test_clocks_that_close_at_once_close_once(house: House) -> None:
    """Four workers find everything fulfilled at the same moment: one entry, one letter."""
    ref = house.move(WANG, "accept", house.submit().ref).ref
    answer(house, ref)
    house.move(house.by_link(ref), "accept_answer", ref)
    for owed in house.product.file.load(ref).open_obligations:
        house.move(house.by_link(ref), "confirm_done", ref, obligation=owed.id)
    house.post()
    house.later(HOUR)
    assert sorted(together(house, 4, lambda casework: casework.look_at(ref, house.time))) == [0, 0, 0, 1]
    assert house.moves(ref).count("close_fulfilled") == 1
    assert house.letters(ref).count("fulfilled") == 1


def test_a_word_in_the_last_minute_and_the_clock_both_count(house: House) -> None:
    """The consumer writes while the clock closes; the second of them finds the other's entry.

    The message waits for a reply.
    """
    ref = house.move(WANG, "accept", house.submit().ref).ref
    answer(house, ref)
    house.move(house.by_link(ref), "accept_answer", ref)
    for owed in house.product.file.load(ref).open_obligations:
        house.move(house.by_link(ref), "confirm_done", ref, obligation=owed.id)
    house.later(HOUR)
    first = iter((True, False))

    def act(casework: Any) -> None:
        if next(first):
            casework.look_at(ref, house.time)
        else:
            casework.move("message", ref, house.by_link(ref), {"text": "等等，数目不对。"})

    together(house, 2, act)
    house.minute()
    ended = house.product.file.load(ref)
    assert ended.outcome == "fulfilled"
    assert len(ended.messages) == 1
    assert house.moves(ref)[-2:] in (["close_fulfilled", "message"], ["message", "close_fulfilled"])


# Second persons


def severe(house: House, ref: str) -> None:
    """Make the case serious."""
    house.move(SUN, "set_severity", ref, severity="S2", why="按标准。")


def reported(house: House, ref: str) -> None:
    """Make the case serious and file its report."""
    severe(house, ref)
    house.move(WANG, "accept", ref)
    house.move(ZHAO, "file_report", ref, **report(house.time.date(), 1, 2))


def asked_before(house: House, ref: str) -> None:
    """Ask for information and let the consumer give it."""
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    house.move(house.by_link(ref), "give_information", ref, answer="在这里。")


def triaged(house: House, ref: str) -> None:
    """Tag the case for safety and triage it."""
    house.move(WANG, "tag_safety", ref, facts="冒烟。")
    house.move(QIAN, "triage_safety", ref, real=False, reportable=False, reason="已核实。")


def asked_to_mediate(house: House, ref: str) -> None:
    """Let the consumer dispute the answer and ask for mediation."""
    house.move(WANG, "accept", ref)
    house.move(house.by_link(ref), "raise_dispute", ref, nature="facts", about="没有核实。")
    house.move(house.by_link(ref), "invite_mediation", ref)


def mediated(house: House, ref: str) -> None:
    """Bring the dispute to a mediator who has accepted the appointment."""
    registered(house)
    asked_to_mediate(house, ref)
    house.move(SUN, "assign_negotiator", ref, to="ma", severity="S4")
    house.move(SUN, "consent_mediation", ref, side="business")
    house.move(SUN, "appoint_mediator", ref, mediator="yan")
    house.move(YAN, "accept_appointment", ref, independent=True)


def drafted(house: House, ref: str) -> None:
    """Present a mediated text to everybody; the scan of a print that the consumer signed is in evidence."""
    mediated(house, ref)
    house.move(MA, "name_business_representative", ref, person=SHOP)
    house.live(15 * DAY, ref)
    house.move(YAN, "draft_agreement", ref, **text(house))
    scan = {"shows": "签字页", "file": CheckedFile("f1", "0" * 64, 9, "application/pdf")}
    house.product.casework.move("add_evidence", ref, MA, scan)


def accept_refunds(house: House, ref: str) -> None:
    """Let the consumer accept an answer that promises two refunds."""
    house.move(WANG, "accept", ref)
    house.move(SUN, "assign", ref, to="zhao")
    answer(house, ref)
    house.move(house.by_link(ref), "accept_answer", ref)


def late(house: House, ref: str) -> None:
    """Leave both refunds unpaid until the time to make up for them is over."""
    accept_refunds(house, ref)
    house.live(30 * DAY, ref)


def breached(house: House, ref: str) -> None:
    """Find a breach."""
    late(house, ref)
    house.agreed(ref, FENG, ZHOU, "find_breach", obligation="O1", reason="没付。", counter="没有。")


def cheaper(house: House, ref: str) -> None:
    """Let the consumer propose less money; the scan of the company's signed consent is in evidence."""
    accept_refunds(house, ref)
    house.move(
        house.by_link(ref),
        "propose_change",
        ref,
        obligation="O1",
        amount={"amount": "900.00"},
        reason="用过几天。",
    )
    house.later(HOUR)
    scan = {"shows": "签字页", "file": CheckedFile("f1", "0" * 64, 9, "application/pdf")}
    house.product.casework.move("add_evidence", ref, FENG, scan)


def changed_outside(house: House, ref: str) -> None:
    """Note that the record of the case was changed from outside."""
    house.product.casework.doubt(house.product.file.load(ref), 1, Fault.ENTRY)


def signed_text(case: Case) -> str | None:
    """Return the digest of the text to be signed: an agreement, or a change of an obligation."""
    proposed = next((o.proposed for o in case.open_obligations if o.proposed), None)
    return case.talks.agreement.digest if case.talks.agreement else proposed and proposed.digest


SECOND: dict[
    str, tuple[Callable[[House, str], Any], Caller, Caller, dict[str, Any], Callable[[Case], Any]]
] = {
    "accept": (
        lambda *_: None,
        WANG,
        SUN,
        {"declined": {"2": "out_of_time"}, "reasons": {"2": "超过三年。"}},
        lambda case: [m.ground for m in case.matters] == [None, "out_of_time"],
    ),
    "decline": (
        lambda *_: None,
        WANG,
        SUN,
        {
            "grounds": {"1": "out_of_time", "2": "repeat"},
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
        lambda house, ref: house.move(WANG, "accept", ref),
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
}


def test_every_move_with_a_second_person_is_tried_here() -> None:
    """A new move with a second person must be added to the list below."""
    assert SECOND.keys() == {name for name, move in MOVES.items() if move.second}


@pytest.mark.parametrize("name", SECOND)
def test_what_a_second_person_agrees_to_is_what_was_asked(house: House, name: str) -> None:
    """Facts wait as text and return in their own types; the approval takes the move and sends its letter."""
    prepare, asker, second, body, holds = SECOND[name]
    ref = house.submit().ref
    prepare(house, ref)
    body = {**body, "digest": signed_text(house.product.file.load(ref))} if "digest" in body else body
    house.move(asker, name, ref, **body)
    waiting = house.product.file.load(ref)
    (asked,) = waiting.approvals
    assert reread(name, asked.facts) == {
        key: value
        for key, value in request_models.arguments(name, json.dumps(body), house.time).items()
        if key not in MOVES[name].personal
    }
    assert not holds(waiting)
    # a mediator has no other role there
    with pytest.raises(Refusal, match=r"own_request|move_not_allowed_for_role"):
        house.move(replace(asker, roles=second.roles), "approve", ref, approval=asked.id)
    house.post()
    house.later(HOUR)
    after = house.move(second, "approve", ref, approval=asked.id)
    assert holds(after)
    assert after.approvals == ()
    assert house.letters(ref, f"staff:{asker.who}")[-1] == "approval_decided"
    house.post()
    assert house.moves(ref)[-1] == "approve"


def test_two_who_agree_at_once_agree_once(house: House) -> None:
    """The second approval finds no waiting request: one answer, one letter."""
    ref = house.submit().ref
    reported(house, ref)
    asked = house.move(SUN, "answer", ref).approvals[0].id
    done = together(
        house, 2, lambda casework: _tried(lambda: casework.move("approve", ref, ZHOU, {"approval": asked}))
    )
    assert sorted(done) == ["approval_unknown", "done"]
    assert house.letters(ref).count("answer") == 1


def _tried(act: Callable[[], Any]) -> str:
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return "done"


# Joint complaints


def test_joining_is_one_transaction_of_two_cases(house: House) -> None:
    """The own case is joined and the joint one gets the person in one transaction; a rival on either voids
    both.
    """
    first, second = house.submit(), house.submit(person=OTHER)
    house.move(SUN, "invite_to_join", second.ref, leading=first.ref)
    file, before = house.product.file, rows(house)
    saved = file.save

    def rival_first(change: Any, once: Any = None) -> Case:
        file.__dict__.pop("save")
        house.move(WANG, "message", first.ref, text="我们在看。")
        return saved(change, once)

    file.__dict__["save"] = rival_first
    house.move(house.by_link(second.ref), "join_case", second.ref, own_wish=True)
    assert house.moves(first.ref) == ["submit", "message", "join_case"]
    assert house.moves(second.ref)[-1] == "join_case"
    assert len(rows(house)) > len(before)
    assert house.product.file.whole(first.ref).people["p2"]["name"] == "邻居"


def test_a_joiner_who_writes_by_their_old_link_writes_as_themselves(house: House) -> None:
    """Messages on their own case, or on its duplicate, reach the joint case in their own name."""
    leading, own = two(house)
    again = house.submit(person=OTHER)
    house.move(WANG, "link_duplicate", again.ref, leading=leading)
    for ref in (own, again.ref):
        house.move(house.by_link(ref), "message", ref, text="我的订单号是 D-8。")
        entry = house.product.file.whole(leading).entries[-1]
        assert '"move":"message"' in entry.line
        assert '"who":"p2"' in entry.line


def test_who_leaves_is_seen_no_more_and_sees_no_more(house: House) -> None:
    """The link to the joint case opens nothing any more, and the own number works again.

    Waiting answers wait there.
    """
    leading, own = two(house)
    link = house.by_link(leading, "p2")
    house.move(link, "leave_case", leading)
    with pytest.raises(NotFound):
        house.product.casework.visible(house.product.file.load(leading), link)
    assert house.product.file.load(own).stage == "received"
    assert house.moves(own)[-1] == "leave_case"


def test_what_is_owed_to_somebody_who_left_keeps_its_words(house: House) -> None:
    """Letters under the own number leave like others, and the reminder states what was promised."""
    leading, own = two(house, wishes=["explanation"])
    for _ in range(3):
        house.move(WANG, "message", leading, text="我们在看。")
    house.move(WANG, "accept", leading)
    answer(house, leading)
    for id in ("p1", "p2"):
        house.move(house.by_link(leading, id), "accept_answer", leading)
    house.move(house.by_link(leading, "p2"), "leave_case", leading)
    house.confirm(own)  # else the letters would contain no free text
    house.live(11 * DAY, own)
    reminders = [
        mail["text"] for mail in house.sent() if mail["to"] == OTHER["email"] and "全额退款" in mail["text"]
    ]
    assert "obligation_due" in house.letters(own)
    assert len(reminders) >= 2


def test_an_old_link_stays_dead_when_its_person_comes_back_from_a_joint_case(house: House) -> None:
    """A representative whose authority ended on the own case does not regain it as a speaker on the joint
    one.
    """
    leading, own = house.submit().ref, house.submit(person=OTHER).ref
    agent = {
        "person": {"name": "旧代理", "phone": "13900139000", "capacity": "agent"},
        "powers": ["submit", "answer"],
        "checked": True,
        "document": "委托书",
    }
    house.move(WANG, "add_representative", own, **agent)
    link = product_link(house, own, "p2")
    house.move(house.by_link(own), "end_representation", own, representative="p2")
    assert not opens(house, own, link)
    house.move(SUN, "invite_to_join", own, leading=leading)
    house.move(house.by_link(own), "join_case", own, own_wish=True)
    house.move(house.by_link(leading, "p2"), "leave_case", leading)
    house.move(
        WANG,
        "add_representative",
        own,
        **{**agent, "person": {"name": "新代理", "phone": "13600136000", "capacity": "lawyer"}},
    )
    assert not opens(house, own, link)


def product_link(house: House, ref: str, id: str) -> str:
    """Return the present token of a person's access link."""
    return house.product.links.token(ref, id, house.product.file.load(ref).party(id).generation)


def opens(house: House, ref: str, token: str) -> bool:
    """Return whether a link opens a case for any party."""
    return any(
        not p.left and house.product.links.fits(token, ref, p.id, p.generation)
        for p in house.product.file.load(ref).parties
    )


@pytest.mark.parametrize("agents", [0, 1])
def test_a_letter_to_everybody_fits_one_transaction(house: House, agents: int) -> None:
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
    before = len(rows(house))
    house.product.file.save(change)
    (post,) = change.posts
    assert len(rows(house)) - before < 10
    assert len(house.product.file.posted(life.case.ref, post.id)) == people * (1 + agents)
    for _ in range(2):
        house.product.outbox.expand(life.case.ref, post.id, house.time)
    assert sum(sk.startswith("LETTER#") for pk, sk in rows(house) if pk.endswith(life.case.ref)) == people * (
        1 + agents
    )


def test_a_full_joint_case_can_be_kept(house: House) -> None:
    """Every step can be saved with the most people, each with obligations and reminders."""
    life = joint(policy("default-1").people)[0]
    life.take("accept", "wang")
    day = published().day_of(life.time) + 5 * DAY
    answered(life=life, remedies=tuple(Owed(1 + n % 2, Remedy.REFUND, day, 10000) for n in range(2)))
    for party in life.case.consumers:
        life.says("accept_answer", party.id)
    life.live(9 * DAY)
    house.product.file.save(life.take("message", "wang", text="已安排付款。"))


def test_a_joint_move_costs_what_it_must(calls: Calls, house: House) -> None:
    """Leaving reads both cases and their texts at most twice, then costs one transaction and one nudge for
    both.
    """
    leading, own = two(house)
    house.post()
    calls.made()
    house.move(house.by_link(leading, "p2"), "leave_case", leading)
    made = calls.made()
    assert made["TransactWriteItems"] == 1
    assert made["GetItem"] <= 4
    assert made["Query"] <= 2
    assert made["SendMessage"] == 1
    assert house.moves(own)[-1] == "leave_case"


# Departments


def test_a_department_sees_a_case_while_it_is_asked(house: House) -> None:
    """A department's contact sees the case from the question to the answer, on the department's own list.

    Contacts of other departments never see it.
    """
    ref = house.move(WANG, "accept", house.submit().ref).ref
    file, sees = house.product.file, house.product.casework.visible
    elsewhere = replace(HE, who="x", teams=frozenset({"shop"}))

    def hidden(caller: Caller) -> bool:
        try:
            sees(file.load(ref), caller)
        except NotFound:
            return True
        return False

    assert hidden(HE)
    assert hidden(elsewhere)
    house.move(ZHAO, "ask_department", ref, department="repair", question="修过几次？")
    assert not hidden(HE)
    assert hidden(elsewhere)
    assert [item["ref"] for item in file.work("TEAM#repair", None, 9)[0]] == [ref]
    offered = house.product.casework.offered(file.whole(ref), HE)
    assert set(offered) == {"answer_department", "tag_safety"}
    with pytest.raises(NotFound):
        house.move(elsewhere, "answer_department", ref, question="Q1", answer="我们来答。")
    house.move(HE, "answer_department", ref, question="Q1", answer="修过两次。")
    assert hidden(HE)
    assert file.work("TEAM#repair", None, 9)[0] == []
    assert house.letters(ref, "staff:zhao") == []


def test_a_closed_case_asks_nobody(house: House) -> None:
    """After a withdrawal the department's deadline ends, and nobody there sees the case any more."""
    ref = house.move(WANG, "accept", house.submit().ref).ref
    house.move(ZHAO, "ask_department", ref, department="repair", question="修过几次？")
    house.move(house.by_link(ref), "withdraw", ref)
    with pytest.raises(NotFound):
        house.product.casework.visible(house.product.file.load(ref), HE)
    assert house.product.file.work("TEAM#repair", None, 9)[0] == []


def test_somebody_of_two_teams_sees_the_whole_case(house: House) -> None:
    """A department's contact who also investigates in the handling team sees the whole case."""
    ref = house.move(WANG, "accept", house.submit().ref).ref
    both = Caller("he", Role.DEPARTMENT | Role.INVESTIGATOR, frozenset({"repair", "general"}))
    assert "file_report" in house.product.casework.offered(house.product.file.whole(ref), both)


# What comes back


def test_a_bad_report_names_every_field_and_writes_nothing(house: House) -> None:
    """Each bad amount, date, finding and code is named at once."""
    from pydantic import ValidationError

    ref = house.move(WANG, "accept", house.submit().ref).ref
    before = rows(house)
    body = report(house.time.date(), 1, 2)
    body["remedies"] = [
        {"matter": 1, "kind": "refund", "amount": {"amount": "10.005"}},
        {"matter": 2, "kind": "gift", "by": "2026-02-30"},
    ]
    body["conclusions"] = {"1": "won", "2": "upheld"}
    with pytest.raises(ValidationError) as refused:
        house.move(ZHAO, "file_report", ref, **body)
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
            house.move(ZHAO, "file_report", ref, **{**report(house.time.date(), 1, 2), **changes})
    with pytest.raises(ValidationError):
        house.move(
            ZHAO, "ask_department", ref, department="repair", question="x", due=str(house.time.date() - DAY)
        )
    with pytest.raises(ValidationError):
        house.move(ZHAO, "invite_interview", ref, meeting="2026-02-11T00:00:00Z", how="phone", purpose="x")
    assert rows(house) == before


def test_a_reply_by_an_old_number_reaches_the_end_of_the_chain(house: House) -> None:
    """A duplicate's leading complaint has joined another: the message arrives there, under the person's own
    id.
    """
    second, duplicate, first = house.submit(person=OTHER), house.submit(person=OTHER), house.submit()
    house.move(WANG, "link_duplicate", duplicate.ref, leading=second.ref)
    house.move(SUN, "invite_to_join", second.ref, leading=first.ref)
    house.move(house.by_link(second.ref), "join_case", second.ref, own_wish=True)
    assert (
        house.move(house.by_link(duplicate.ref), "message", duplicate.ref, text="请问进展？").ref == first.ref
    )
    assert [waiting.by for waiting in house.product.file.load(first.ref).messages] == ["p2"]


def test_who_comes_back_writes_in_the_place_they_have_now(house: House) -> None:
    """A person who left and joined again writes in the present place."""
    ref, own = two(house)
    house.move(house.by_link(ref, "p2"), "leave_case", ref)
    house.move(SUN, "invite_to_join", own, leading=ref)
    house.move(house.by_link(own), "join_case", own, own_wish=True)
    house.move(house.by_link(own), "message", own, text="退款呢？")
    assert [waiting.by for waiting in house.product.file.load(ref).messages] == ["p3"]


def test_somebody_without_a_place_on_the_leading_case_does_not_write_in_anothers_name(house: House) -> None:
    """A representative without a place there is refused, and nothing is written."""
    first, second, third = (
        house.submit(),
        house.submit(person=OTHER),
        house.submit(person={"name": "丙", "email": "third@mail.example"}),
    )
    house.move(
        WANG,
        "add_representative",
        third.ref,
        person={"name": "代理", "address": "一号", "way": "post", "capacity": "agent"},
        powers=["submit", "answer"],
        checked=True,
        document="委托书",
    )
    for own in (second, third):
        house.move(SUN, "invite_to_join", own.ref, leading=first.ref)
        house.move(house.by_link(own.ref), "join_case", own.ref, own_wish=True)
    agent = Caller("p2", Role.REPRESENTATIVE, ref=third.ref, party="p2")
    before = rows(house)
    with pytest.raises(Refusal, match="linked_case"):
        house.move(agent, "message", third.ref, text="我代他问。")
    assert rows(house) == before


def test_whose_place_somebody_else_took_writes_no_more(house: House) -> None:
    """After a succession the old person's link to their own number reaches nothing on the joint complaint."""
    ref, own = two(house)
    guardian = {"name": "监护人", "email": "guardian@mail.example"}
    house.move(WANG, "substitute_party", ref, party="p2", person=guardian, document="E1", reason="监护")
    with pytest.raises(Refusal, match="linked_case"):
        house.move(house.by_link(own), "message", own, text="还是我。")
    house.move(house.by_link(ref, "p2"), "leave_case", ref)
    assert house.product.file.load(own).parties[0].generation == 2
