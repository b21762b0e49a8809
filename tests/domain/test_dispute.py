"""A dispute: when and by whom it is raised, who may hold the talks, who speaks for the company, and what each side says in confidence."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.calendar import published
from chalicelib.domain.case import Act, Case, Refusal
from chalicelib.domain.codes import (
    Conclusion,
    Conflict,
    Nature,
    Outcome,
    Pause,
    Power,
    ReopenReason,
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
from chalicelib.domain.moves.dispute import EACH, MOST_STATEMENTS, investigators
from chalicelib.domain.moves.intake import Person
from chalicelib.domain.parts import Dispute, Statement
from chalicelib.domain.process import MOVES, take
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    DECLINED,
    DISPUTE,
    HOUR,
    ROLES,
    SHOP,
    Life,
    accepted,
    answered,
    disputed,
    heard,
    joint,
    leave,
    offered,
    on_duty,
    performing,
    reported,
    represented,
    speaker,
    talking,
)

IDENTIFIED: dict[str, Any] = {"nature": Nature.FACTS, "about": "双方各执一词。", "severity": Severity.S4, "agrees": True}


def dispute(life: Life) -> Dispute:
    """The talks of a case."""
    assert life.case.dispute
    return life.case.dispute


def statements(life: Life) -> list[Statement]:
    """What was said so far."""
    return list(dispute(life).statements)


# Raised

def closed(life: Life | None = None) -> Life:
    """A complaint whose answer gave nothing and was accepted."""
    life = life or answered(Conclusion.NOT_UPHELD)
    life.take("accept_answer", "li")
    return life


@pytest.mark.parametrize(("make", "back"), [
    (accepted, Stage.INVESTIGATING), (answered, Stage.ANSWERED), (performing, Stage.ANSWERED), (closed, Stage.ANSWERED)])
def test_a_dispute_is_raised_while_it_is_investigated_or_can_be_contested(make: Any, back: Stage) -> None:
    """The talks begin: both are told, the lead names who holds them within a working day, they have ten, and what is owed stays owed."""
    life = make().later(HOUR)
    owner, owed = life.case.owner, life.case.owed
    disputed(life)
    assert (life.case.stage, life.case.outcome, life.case.owner, life.case.owed) == (Stage.NEGOTIATING, None, None, owed)
    assert (dispute(life).back, dispute(life).owner, dispute(life).at) == (back, owner, life.time)
    assert life.told()[-1] == "dispute_opened" and life.told("role:lead")[-1] == "task"
    assert life.due["assignment"] == (life.time + DAY).replace(hour=16) and life.due["negotiation"] == life.time.replace(hour=16) + 14 * DAY
    assert ("investigation" in life.running) == (back == Stage.INVESTIGATING) and life.words(life.case.entries)["about"] == DISPUTE["about"]


def not_disputable() -> list[tuple[str, Life, str]]:
    """Complaints that nothing can be disputed of, and how that is refused."""
    declined, asked, gone = Life(), accepted(), accepted()
    declined.take("decline", "wang", **DECLINED)
    asked.take("ask_information", "zhao", **ASK)
    gone.take("withdraw", "li")
    lapsed = declined_for_good()
    return [("received", Life(), "move_not_allowed_in_stage"), ("declined", declined, "move_not_allowed_in_stage"),
            ("asked", asked, "move_not_allowed_in_stage"),
            ("withdrawn", gone, "nothing_to_dispute"), ("declined for good", lapsed, "nothing_to_dispute"),
            ("disputed", disputed(), "move_not_allowed_in_stage")]


def declined_for_good() -> Life:
    """Every matter declined, and the window over."""
    life = Life()
    life.take("decline", "wang", **DECLINED)
    life.live(40 * DAY)
    return life


@pytest.mark.parametrize(("life", "code"), [each[1:] for each in not_disputable()], ids=[each[0] for each in not_disputable()])
def test_nothing_else_is_disputed(life: Life, code: str) -> None:
    """Not what is undecided, declined or withdrawn; nor twice."""
    assert life.refused("raise_dispute", "li", **DISPUTE) == code


@settings(max_examples=40, deadline=None)
@given(hours=st.integers(0, 60 * 24), owes=st.booleans())
def test_whoever_accepts_keeps_the_window_to_its_last_moment(hours: int, owes: bool) -> None:
    """Accepting or performing takes nothing away before the window ends, and nothing comes back after it."""
    life = answered(Conclusion.UPHELD if owes else Conclusion.NOT_UPHELD)
    ends = life.due["answer_window"]
    life.take("accept_answer", "li")
    life.later(timedelta(hours=hours))
    if life.time < ends:
        assert disputed(life).case.stage == Stage.NEGOTIATING
    else:
        assert life.refused("raise_dispute", "li", **DISPUTE) == "dispute_window_over"


def test_an_answer_that_did_not_arrive_can_still_be_disputed() -> None:
    """The window stands still until the consumer was told: whatever else went on meanwhile."""
    life = answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))
    life.take("accept_answer", "wang")
    life.later(90 * DAY)
    assert disputed(life, "wang").case.stage == Stage.NEGOTIATING


@pytest.mark.parametrize("who", ROLES)
def test_only_the_consumer_raises_a_dispute_or_who_writes_it_down(who: str) -> None:
    """The consumer, whoever speaks for them, intake and the partner on their behalf; nobody else."""
    life = represented(answered(Conclusion.NOT_UPHELD))
    if ROLES[who] in Role.C | Role.INTAKE | Role.PARTNER:
        assert disputed(life, who).case.stage == Stage.NEGOTIATING
    else:
        assert life.refused("raise_dispute", who, **DISPUTE) == "move_not_allowed_for_role"


def test_a_representative_needs_the_power_to_negotiate() -> None:
    """To raise a dispute, state and consent; to offer or accept, which binds, the power to settle. An unchecked one can nothing of it."""
    life = represented(answered(Conclusion.NOT_UPHELD), powers=(Power.SUBMIT, Power.ANSWER))
    assert life.refused("raise_dispute", "p2", **DISPUTE) == "power_missing"
    assert {name: MOVES[name].power for name in ("raise_dispute", "state_position", "share_statement", "refuse_offer",
                                                 "invite_mediation", "consent_mediation", "refuse_mediation")} == dict.fromkeys(
        ("raise_dispute", "state_position", "share_statement", "refuse_offer", "invite_mediation", "consent_mediation",
         "refuse_mediation"), Power.NEGOTIATE)
    assert MOVES["offer"].power == MOVES["accept_offer"].power == Power.SETTLE
    new = answered(Conclusion.NOT_UPHELD)
    new.take("add_representative", "li", person=Person("李雪", phone="+8613900139000", capacity="agent"), powers=tuple(Power))
    assert new.refused("raise_dispute", "p2", **DISPUTE) == "authority_unchecked"


def test_in_a_joint_case_the_chosen_ones_raise_it() -> None:
    """Once representatives were chosen nobody else drags all into talks; each can still leave and go on alone."""
    life, _ = joint(3, accepted())
    life.take("appoint_joint_representatives", "sun", representatives=("p2",), each_agrees=True)
    assert life.refused("raise_dispute", "p1", Role.CONSUMER, **DISPUTE) == "representatives_decide"
    life.says("raise_dispute", "p2", **DISPUTE)
    assert [life.told(f"party:{p.id}")[-1] for p in life.case.consumers] == ["dispute_opened"] * 3


def test_what_was_asked_before_is_asked_no_more() -> None:
    """A settlement put to each person, and its answers, end with the talks' beginning."""
    life, _ = joint(2, accepted())
    life.take("ask_consent", "sun", settlement="每人退款。")
    disputed(life, "p1")
    assert life.case.proposal is None and "party_reply" not in life.running


# Identified by staff

def test_staff_identify_a_dispute_only_when_the_consumer_agrees_to_negotiate() -> None:
    """Its nature, how serious it is, and that they agree; from the investigation or the answer, by whoever deals with it."""
    life = accepted()
    assert life.refused("identify_dispute", "zhao", **{**IDENTIFIED, "agrees": False}) == "consumer_agrees_first"
    assert life.refused("identify_dispute", "li", **IDENTIFIED) == "move_not_allowed_for_role"
    assert closed().refused("identify_dispute", "sun", **IDENTIFIED) == "move_not_allowed_in_stage"
    life.take("identify_dispute", "zhao", **IDENTIFIED, others=(Nature.RULE,))
    assert (life.case.severity, dispute(life).nature, dispute(life).others) == (Severity.S4, Nature.FACTS, (Nature.RULE,))
    assert life.told()[-1] == "dispute_opened" and life.case.stage == Stage.NEGOTIATING


@pytest.mark.parametrize("before", [None, *Severity])
@pytest.mark.parametrize("after", Severity)
@pytest.mark.parametrize("move", ["identify_dispute", "assign_negotiator"])
def test_a_critical_case_is_never_made_less_so_this_way(move: str, before: Severity | None, after: Severity) -> None:
    """Lowering from critical or major takes the supervisor; becoming so tells the executive or the supervisor at once, once."""
    life = accepted() if move == "identify_dispute" else disputed()
    life.case = replace(life.case, severity=before)
    said: dict[str, Any] = {**IDENTIFIED, "severity": after} if move == "identify_dispute" else {"to": "ma", "severity": after}
    if before in ("S1", "S2") and after > before:
        assert life.refused(move, "sun", **said) == "severity_not_lowered"
        return
    change = life.take(move, "sun", **said)
    alarmed = {"S1": ["role:executive"], "S2": ["role:supervisor"]}.get(after, []) if before != after else []
    assert life.case.severity == after
    assert [sent.to for sent in change.letters if sent.name == "task" and sent.to in ("role:executive", "role:supervisor")] == alarmed


@pytest.mark.parametrize("how", ["raised", "identified"])
def test_mediation_that_the_company_offered_beforehand_is_put_to_the_consumer_at_once(how: str) -> None:
    """Where the executive decided alone the company has consented already: one word of the consumer opens it, once."""
    life = answered(Conclusion.NOT_UPHELD)
    life.case = replace(life.case, mediation_offered=True)
    if how == "raised":
        disputed(life)
    else:
        life.take("identify_dispute", "sun", **IDENTIFIED)
    assert dispute(life).consents == {Side.BUSINESS: True} and not life.case.mediation_offered
    assert "mediation_invitation" in life.told() and "mediation_consent" in life.running and "company_consent" not in life.running
    life.take("consent_mediation", "li")
    assert life.case.stage == Stage.MEDIATING


def test_a_decline_that_was_upheld_by_the_executive_alone_can_be_mediated() -> None:
    """The case is closed as declined, and mediation was offered: the consumer takes it up inside the window, and later cannot."""
    life = declined_for_good()
    life.case = replace(life.case, mediation_offered=True, told={"reconsideration_decision": life.time},
                        taken={**life.case.taken, "decide_reconsideration": life.time})
    late = Life()
    late.case, late.time = life.case, life.time + 60 * DAY
    assert late.refused("raise_dispute", "li", **DISPUTE) == "dispute_window_over"
    assert disputed(life).case.stage == Stage.NEGOTIATING and "mediation_invitation" in life.told()


# Who holds the talks

def test_the_neutral_officer_neither_investigated_nor_answered() -> None:
    """Not whoever reported, not whoever gave the answer, by no way of coming to a case; a colleague of the team can."""
    life = disputed()
    assert dispute(life).barred == ("zhao", "zhou")
    for who in dispute(life).barred:
        assert life.refused("assign_negotiator", "sun", to=who, severity=Severity.S4) == "not_neutral"
        assert life.refused("assign", "sun", to=who) == "move_not_allowed_in_stage"          # there is one way to name them
        assert life.refused("hand_over", "sun", to=who, reason="休假") == "not_neutral"
        assert life.refused("take", who, Role.NEGOTIATOR) == "not_neutral"
    assert life.refused("take", "wang") == "not_neutral"                     # intake may take a case, but not hold talks
    assert life.refused("assign_negotiator", "sun", to="nobody", severity=Severity.S4) == "unknown_person"
    assert life.refused("assign_negotiator", "sun", to="ma") == "severity_needed"
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    assert life.case.owner == "ma" and life.told("staff:ma") == ["task"] and life.told()[-1] == "handler_changed"
    assert "assignment" not in life.running


def test_an_investigator_who_has_done_nothing_yet_is_barred_too() -> None:
    """Holding the investigation, or seeing the dispute in it, is enough."""
    life = Life()
    life.take("accept", "wang")
    life.take("assign", "sun", to="ma")
    assert dispute(disputed(life)).barred == ("ma",)
    seen = Life()
    seen.take("accept", "wang")
    seen.take("identify_dispute", "zhao", **IDENTIFIED)
    assert dispute(seen).barred == ("zhao",)


def test_whoever_confirmed_the_answer_is_barred_too() -> None:
    """The second person of a major case answered for the company as much as the one who asked; one who said no did not."""
    life = accepted()
    life.take("set_severity", "zhou", severity=Severity.S2, why="受伤。")
    life.take("file_report", "zhao", **reported(life, Conclusion.NOT_UPHELD))
    asked = life.ask_approval("answer", "sun")
    life.take("refuse_approval", "wu", Role.SUPERVISOR, approval=asked, reason="再看看。")
    life.take("approve", "zhou", approval=life.ask_approval("answer", "lin"))
    assert set(dispute(disputed(life)).barred) == {"zhao", "sun", "lin", "zhou"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["answer", "message", "vote", "approve", "take", "file_report", "refuse_approval"]),
                          st.sampled_from(["investigator", "lead", "panel", "negotiator"]), st.sampled_from("abc"))))
def test_barred_is_exactly_who_investigated_or_answered(lines: list[tuple[str, str, str]]) -> None:
    """Each once, in the order of their first part in it."""
    written = [{"move": move, "role": role, "who": who, "facts": {"move": "answer"} if move in ("approve", "refuse_approval") else {}}
               for move, role, who in lines]
    wanted = {who for move, role, who in lines if role == "investigator" or move in ("answer", "vote", "approve", "file_report")}
    assert set(investigators(written)) == wanted and len(investigators(written)) == len(wanted)


@pytest.mark.parametrize("name", ["offer", "state_position", "record_try", "end_negotiation", "record_on_the_spot", "accept_offer"])
def test_who_is_barred_takes_no_part_of_a_neutral_officer(name: str) -> None:
    """Not even by a single move in that role, whoever holds the case."""
    life = talking()
    with pytest.raises(Refusal, match="not_neutral"):
        take(name, life.case, life.act("zhao", Role.NEGOTIATOR))


def test_a_neutral_officer_who_stands_back_is_followed_by_another() -> None:
    """The lead hears of it at once, another is due in a working day, and the same one does not come back."""
    life = talking().later(DAY)
    life.take("recuse", "ma", conflict=Conflict.RELATIVE)
    assert life.case.owner is None and life.told("role:lead")[-1] == "task" and life.running["assignment"].start == life.time
    assert life.refused("assign_negotiator", "sun", to="ma") == "recused_before"
    assert life.refused("assign_negotiator", "sun", to="zhao") == "not_neutral"
    life.take("assign_negotiator", "sun", to="bai")
    life.says("ask_handler_change", speaker(life, Side.BUSINESS), reason="他帮消费者说话。")
    life.take("decide_handler_change", "sun", change=True, reason="避免疑虑。")
    assert life.case.recused == ("ma", "bai") and life.told("party:p2")[-1] == "recusal_decided"


@pytest.mark.parametrize("assigned", [False, True])
def test_talks_that_nobody_holds_go_up(assigned: bool) -> None:
    """After a working day the lead, after another the supervisor; once somebody holds them, nobody."""
    life = disputed()
    if assigned:
        life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    life.live(5 * DAY)
    told = [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "assignment"]
    assert told == ([] if assigned else ["sun", "zhou"])


def test_the_ten_working_days_warn_whoever_holds_them() -> None:
    """Three working days before, the owner; an expert test makes them stand still, and they go on afterwards."""
    life = talking()
    life.live(11 * DAY)
    (warned,) = [facts for facts in life.facts("take_step") if facts["deadline"] == "negotiation"]
    assert (warned["to"], warned["early"]) == ("ma", True)
    tested = talking()
    before = tested.due["negotiation"]
    tested.take("propose_appraisal", "ma", laboratory="质检院", question="合格吗", custody="封存", cost="企业")
    assert tested.told()[-1] == "appraisal_proposal" == tested.told("party:p2")[-1]
    for side in Side:
        tested.says("consent_appraisal", speaker(tested, side), agrees=True)
    tested.take("start_appraisal", "ma", expected=(tested.time + 6 * DAY).date())
    tested.live(5 * DAY)
    assert tested.running["negotiation"].stopped == Pause.APPRAISAL
    tested.take("end_appraisal", "ma", result="不合格")
    assert tested.due["negotiation"] > before and tested.told("party:p2")[-1] == "appraisal_result"


# The company's representative

def test_the_company_is_spoken_for_by_whoever_was_named() -> None:
    """With a link of their own; from then on they hear what both hear. A name and a way to be reached are needed."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    assert life.refused("name_business_representative", "ma", person=Person("秦店长")) == "contact_needed"
    assert life.refused("name_business_representative", "ma", person=Person(email="qin@shop.example")) == "name_needed"
    assert life.refused("name_business_representative", "li", person=SHOP) == "move_not_allowed_for_role"
    life.take("name_business_representative", "ma", person=SHOP)
    assert life.case.business and (life.case.business.id, life.case.business.role) == ("p2", Role.BUSINESS_REP)
    assert life.told("party:p2") == ["access_link"] and life.people["p2"]["name"] == "秦店长"
    life.take("invite_mediation", "ma")
    assert life.told("party:p2")[-1] == "mediation_invitation" and "秦店长" not in life.entries[-2].line


def test_another_representative_takes_over_everything_that_waits() -> None:
    """The old link opens nothing any more; what was still to be told is told to the new one, and so is what bounces afterwards."""
    life = talking(disputed())
    life.take("name_business_representative", "ma", person=Person("吴店长", phone="+8613900000001"))
    life.take("invite_mediation", "ma")
    waits = [t.letter for t in life.case.tellings]
    assert waits == ["access_link", "mediation_invitation#business"] and life.running["company_consent"].stopped == "undelivered"
    life.take("name_business_representative", "sun", person=Person("郑店长", phone="+8613900000002"))
    old, older = life.case.party("p3"), life.case.party("p2")
    assert life.case.business and life.case.business.id == "p4" and old.left and older.left and (old.generation, older.generation) == (2, 2)
    assert {t.party for t in life.case.tellings} == {"p4"}
    sent = next(letter for letter in life.letters if letter.to == "party:p2")
    life.take("letter_failed", "clock", letter=sent.key, id=sent.id, party="p2", why=Undelivered.BOUNCE)
    assert {t.party for t in life.case.tellings} == {"p4"}
    while life.case.tellings:
        life.tell("ma")
    assert life.running["company_consent"].start == life.time


def test_nobody_speaks_for_the_company_who_investigated_or_holds_the_case() -> None:
    """Known by their address; and whoever speaks for it never holds the talks, by no way, also in later ones."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    for who in ("ma", "zhao", "zhou"):
        colleague = Person("某某", email=f"{who.title()}@house.example")
        assert life.refused("name_business_representative", "sun", person=colleague) == "not_neutral"
    life.take("name_business_representative", "ma", person=Person("白经理", email="bai@house.example"))
    assert "bai" in dispute(life).barred and life.refused("take", "bai") == "speaks_for_company"
    assert life.refused("message", "bai", Role.LEAD, text="我来办。") == "speaks_for_company"           # nor anything else on it
    assert life.refused("hand_over", "sun", to="bai", reason="休假") == life.refused("assign_negotiator", "sun", to="bai") == "not_neutral"
    life.take("name_business_representative", "ma", person=SHOP)
    assert life.refused("take", "bai") == "speaks_for_company"
    life.take("record_on_the_spot", "ma", done="退款。", consumer_confirms=True, business_confirms=True)
    life.take("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="又坏了。")
    assert life.refused("take", "bai") == "speaks_for_company"
    named = accepted()
    named.take("identify_dispute", "sun", **IDENTIFIED)
    named.take("name_business_representative", "sun", person=Person("白经理", email="bai@house.example"))
    assert "bai" in named._given("raise_dispute", {})["barred"]


# What each side says

def test_what_a_side_says_is_for_the_neutral_officer_until_that_side_shares_it() -> None:
    """By that side only, and once; it cannot be taken back."""
    life = talking()
    life.says("state_position", "p1", text="机器才用三个月。")
    life.says("state_position", "p2", text="最多让到一千二，别告诉对方。")
    life.says("state_position", "p2", text="保修期内免费修。", share=True)
    assert [(s.id, s.side, s.by, bool(s.shared)) for s in statements(life)] == [
        ("S1", Side.CONSUMER, "p1", False), ("S2", Side.BUSINESS, "p2", False), ("S3", Side.BUSINESS, "p2", True)]
    assert life.refused("share_statement", "p1", statement="S2") == "statement_unknown"
    assert life.refused("share_statement", "ma", statement="S2", side=Side.CONSUMER) == "statement_unknown"
    assert life.refused("share_statement", "p1", statement="S9") == "statement_unknown"
    assert life.refused("share_statement", "ma", statement="S1") == "side_needed"
    life.later(HOUR).says("share_statement", "p1", statement="S1")
    assert statements(life)[0].shared == life.time and not statements(life)[1].shared
    assert life.refused("share_statement", "p1", statement="S1") == "shared_before"
    assert "一千二" not in life.entries[statements(life)[1].entry - 1].line and life.whole()


def test_staff_write_down_what_was_said_on_the_phone() -> None:
    """For the side they name, whoever is meant; a party says nothing for the other side, nor for somebody else."""
    life = talking()
    assert life.refused("state_position", "ma", text="电话里说。") == "side_needed"
    life.take("state_position", "ma", text="电话里说。", side=Side.BUSINESS)
    life.take("state_position", "ma", text="电话里说。", side=Side.CONSUMER)
    assert [s.by for s in statements(life)] == ["p2", "p1"]
    for said in ({"side": Side.BUSINESS}, {"party": "p1"}):
        assert life.refused("state_position", "p1", text="替他说。", **said) == "only_for_others"


def test_in_a_joint_case_each_speaks_and_shares_for_themselves() -> None:
    """What one person said is not another's to show; whoever speaks for them can."""
    life, _ = joint(3, accepted())
    represented(life, party="p2")
    disputed(life, "p1")
    life.says("state_position", "p4", text="李雪替邻居说。")
    assert statements(life)[0].by == "p2" and life.refused("share_statement", "p1", statement="S1") == "statement_unknown"
    life.says("share_statement", "p2", statement="S1")
    life.take("state_position", "ma", text="邻居二说。", side=Side.CONSUMER, party="p3")
    assert statements(life)[1].by == "p3"


def test_nobody_fills_a_case_up_with_statements() -> None:
    """Each side has so many; in a joint case one who talks much silences nobody else."""
    life = talking()
    for _ in range(MOST_STATEMENTS):
        life.says("state_position", "p1", text="再说一遍。")
    assert life.refused("state_position", "p1", text="再说一遍。") == "too_many_statements"
    life.says("state_position", "p2", text="我也说。")
    many, _ = joint(2, accepted())
    disputed(many, "p1")
    for _ in range(MOST_STATEMENTS):
        many.says("state_position", "p1", text="再说一遍。")
    assert many.refused("state_position", "p1", text="再说一遍。") == "too_many_statements"
    for _ in range(EACH):
        many.says("state_position", "p2", text="轮到我了。")
    assert many.refused("state_position", "p2", Role.CONSUMER, text="还要说。") == "too_many_statements"


def test_messages_reach_the_side_they_are_for() -> None:
    """A reply to the consumer leaves the company waiting, one to the company the consumer; a new representative has the old one's reply."""
    life = talking()
    life.says("message", "p1", text="什么时候有结果？")
    life.says("message", "p2", text="请延两天。")
    life.take("message", "ma", text="正在安排。")
    assert [w.by for w in life.case.messages] == ["p2"] and life.told()[-1] == "message_reply" != life.told("party:p2")[-1]
    life.says("message", "p1", text="好的，谢谢。")
    life.take("name_business_representative", "ma", person=Person("吴店长", email="wu@shop.example"))
    life.take("message", "ma", text="可以延到周五。", party="p3")
    assert [w.by for w in life.case.messages] == ["p1"] and life.told("party:p3")[-1] == "message_reply"
    assert life.refused("message", "ma", text="在吗？", party="p2") == "unknown_person"


def accepted_by_all(life: Life) -> Life:
    """A joint complaint that is being investigated by zhao."""
    life.take("accept", "wang")
    life.take("take", "zhao")
    return life


# What goes on meanwhile, and what ends the talks from outside

def test_what_was_not_answered_is_still_due_while_the_sides_talk() -> None:
    """The investigation's date and that of the law run on and warn in time; after an answer neither runs."""
    life = accepted(wishes=(Wish.REFUND,))
    before = {name: life.due[name] for name in ("investigation", "statutory_remedy")}
    talking(disputed(life))
    assert {name: life.due[name] for name in before} == before and "progress" not in life.running
    life.live(16 * DAY)
    late = {facts["deadline"] for facts in life.facts("take_step") if not facts["early"]}
    assert late >= set(before)
    told = talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(wishes=(Wish.REFUND,)))))
    assert not {"investigation", "statutory_remedy"} & told.running.keys()


def test_a_court_or_a_danger_in_the_middle() -> None:
    """A court ends the talks and their clocks for good; a danger runs beside them until two have cleared it."""
    life = heard()
    life.says("tag_safety", "p2", facts="电池鼓包。")
    assert life.case.unsafe and "safety_triage" in life.running and "negotiation" in life.running
    life.take("close_in_court", "sun", body=Route.COURT, number="民初1号")
    assert life.case.outcome == Outcome.IN_COURT and set(life.running) == {"safety_triage", "reopen_window"}
    assert life.refused("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="判了。") == "complain_anew"


def test_whoever_leaves_a_joint_case_leaves_its_talks() -> None:
    """Their own case is back where it was before, held by whoever held it then, with no trace of what others said; the talks go on."""
    life, own = joint(3, accepted())
    talking(disputed(life, "p1"))
    life.says("state_position", "p1", text="我只对协商员说。")
    life.take("invite_mediation", "ma")
    alone = leave(life.later(DAY), "p2", own["p2"])
    assert (alone.case.stage, alone.case.owner, alone.case.dispute) == (Stage.INVESTIGATING, "zhao", None) and look_at(alone.case)
    assert life.case.stage == Stage.NEGOTIATING and life.case.dispute and len(life.case.dispute.statements) == 1
    disputed(alone).take("invite_mediation", "ma")
    assert alone.running["company_consent"].start == alone.time          # the earlier invitation was to the others' talks


def test_whoever_leaves_after_the_talks_takes_nothing_of_them_along() -> None:
    """What was said and offered stands on the joint timeline, which is not theirs."""
    life, own = joint(2)
    disputed(performing(life=accepted_by_all(life)), "p1")
    for side in Side:
        life.says("state_position", speaker(life, side), text="请依合同。") if side == Side.CONSUMER else life.take(
            "record_try", "sun", side=side, what="电话无人接。")
    life.take("record_try", "sun", side=Side.BUSINESS, what="电话无人接。")
    life.take("end_negotiation", "sun", ending="no_prospect", reason="对方不理。")
    assert life.refused("refuse_mediation", "p1") == "representatives_first"           # nobody refuses for the others unasked
    life.take("appoint_joint_representatives", "sun", representatives=("p1",), each_agrees=True)
    life.take("refuse_mediation", "p1")
    assert life.case.stage == Stage.PERFORMING and dispute(life).ended
    assert leave(life, "p2", own["p2"]).case.dispute is None


def test_nobody_joins_once_an_offer_was_accepted() -> None:
    """What the others agreed to was never put to them."""
    life, _ = joint(2, accepted())
    talking(disputed(life, "p1"))
    other = Life(replace(BY_PHONE, phone="+8613611112222"))
    other.take("invite_to_join", "sun", leading=life.case)
    offered(life, Side.BUSINESS)
    life.take("ask_consent", "ma", settlement="每人退三百元。")
    for party in life.case.consumers:
        life.says("consent_represented", party.id, agrees=True)
    life.says("accept_offer", "p1", offer="F1")
    assert other.refused("join_case", "li", own_wish=True, joint=life.case) == "cannot_be_joined"


def test_a_letter_to_somebody_who_left_stops_nothing() -> None:
    """A bounce of what was sent to a person who has left is nobody's task; of a former representative it is told to whom they spoke for."""
    life, own = joint(2, accepted())
    leave(life, "p2", own["p2"])
    life.take("letter_failed", "clock", letter="accepted@p2", id="gone", party="p2", why=Undelivered.BOUNCE)
    assert life.case.tellings == ()
    agent = represented(accepted())
    agent.take("end_representation", "li", representative="p2")
    agent.take("letter_failed", "clock", letter="accepted", id="late", party="p2", why=Undelivered.BOUNCE)
    assert [t.party for t in agent.case.tellings] == ["p1"]


def test_every_move_of_the_talks_needs_talks() -> None:
    """A case in talks always has them; whoever is asked without is refused by name."""
    life = talking()
    bare: Case = replace(life.case, dispute=None)
    for name, said in {"state_position": {"text": "x"}, "end_negotiation": {"ending": "no_prospect", "reason": "x"}}.items():
        with pytest.raises(Refusal, match="no_dispute"):
            take(name, bare, Act("ma", Role.NEGOTIATOR, life.time, "a", "s"), **said, **({"side": Side.BUSINESS} if "text" in said else {}))


@pytest.mark.parametrize("by", [Way.EMAIL, Way.PHONE])
def test_a_dispute_told_on_the_phone_has_its_telling(by: Way) -> None:
    """The talks begin at once all the same: it is no window of the consumer's."""
    life = disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE) if by == Way.PHONE else accepted()))
    assert ("dispute_opened" in {t.letter for t in life.case.tellings}) == (by == Way.PHONE)
    assert "negotiation" in life.running and on_duty().member("ma") and all(run.name for run in deadlines(life.case).values())


def test_only_a_negotiator_is_named() -> None:
    """An intake officer or a follow-up officer could not take a single step of the talks."""
    life = disputed()
    for who in ("wang", "feng"):
        assert life.refused("assign_negotiator", "sun", to=who, severity=Severity.S4) == "no_negotiator"


def test_whoever_led_the_talks_investigates_nothing_afterwards() -> None:
    """The case is back in investigation: neither by taking it nor by being given it, nor with a report or an answer."""
    life = talking(disputed(accepted()))
    for side in Side:
        life.take("record_try", "ma", side=side, what="电话无人接。")
        life.take("record_try", "ma", side=side, what="店里说不在。")
    life.take("end_negotiation", "ma", ending="settled_privately", reason="双方自行和解。")
    assert life.case.stage == Stage.INVESTIGATING
    assert life.refused("take", "ma", Role.INVESTIGATOR) == life.refused("assign", "sun", to="ma") == "held_talks"
    assert life.refused("file_report", "ma", Role.INVESTIGATOR, **reported(life)) == "held_talks"


def test_a_complaint_withdrawn_from_the_talks_returns_to_who_held_it_before() -> None:
    """Reopened, it is investigated by its investigator, not by the neutral officer."""
    life = talking(disputed(accepted()))
    life.take("withdraw", "li")
    life.take("reopen", "li", cause="returned", facts="再谈。")
    assert life.case.stage == Stage.INVESTIGATING and life.case.owner == "zhao"
    assert life.refused("file_report", "ma", Role.INVESTIGATOR, **reported(life)) == "held_talks"


def test_the_company_s_link_goes_only_to_whom_it_names() -> None:
    """No colleague turns its letters to an address of their own, nor is a consumer's address the company's."""
    life = talking()
    assert life.refused("change_contact", "wang", party="p2", email="mine@mail.example") == "unknown_person"
    assert life.refused("name_business_representative", "ma", person=Person("店长", email="li.lei@mail.example"),
                        known_by=life.case.party("p1").known_by) == "other_side"


def test_a_company_named_late_is_told_of_the_offer_that_waits() -> None:
    """Nobody was there when the consumer made it."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    life.says("offer", "p1", terms="退一千。", until=published().day_of(life.time) + 5 * DAY)
    change = life.take("name_business_representative", "ma", person=SHOP)
    assert [(letter.name, letter.to) for letter in change.letters] == [("offer", "party:p2"), ("access_link", "party:p2")]


def test_a_letter_of_the_talks_is_told_by_the_neutral_officer_only() -> None:
    """Whoever may not read it does not tell it either."""
    life = talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))))
    life.says("offer", "p2", terms="退五百。", until=published().day_of(life.time) + 5 * DAY)
    telling = next(each.id for each in life.case.tellings if each.letter.startswith("offer"))
    said = {"telling": telling, "how": Way.PHONE, "told": True, "said": "念了。"}
    assert life.refused("record_telling", "wang", **said) == "told_in_confidence"
    life.take("record_telling", "ma", **said)


def test_the_officer_shows_a_statement_only_with_that_side_s_yes() -> None:
    """It cannot be taken back: the words are read back first."""
    life = talking()
    life.says("state_position", "p1", text="我的底线是五百。")
    assert life.refused("share_statement", "ma", statement="S1", side=Side.CONSUMER) == "read_back_needed"
    life.take("share_statement", "ma", statement="S1", side=Side.CONSUMER, read_back=True)
