"""The neutral officer of the talks, the representative of the company, and what each side says in
confidence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.entry_index import contents
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import (
    Conclusion,
    Conflict,
    Nature,
    PauseReason,
    ReopenReason,
    Role,
    Severity,
    Side,
    Stage,
    Undelivered,
    Way,
)
from chalicelib.domain.moves.dispute import EACH, MOST_STATEMENTS
from chalicelib.domain.moves.intake import Person
from tests.domain.life import (
    BY_PHONE,
    DAY,
    HOUR,
    SHOP,
    Life,
    accepted,
    answered,
    dispute,
    disputed,
    invited,
    joint,
    reported,
    represented,
    speaker,
    statements,
    talking,
)

IDENTIFIED: dict[str, Any] = {
    "nature": Nature.FACTS,
    "about": "双方各执一词。",
    "severity": Severity.S4,
    "agrees": True,
}


# The neutral officer


def test_the_neutral_officer_neither_investigated_nor_answered() -> None:
    """The author of the report and the officer who answered cannot take the case in any way; a colleague of
    the team can."""
    life = disputed(answered(life=accepted().later(HOUR)))
    assert dispute(life).barred == ("zhao", "zhou")
    for who in dispute(life).barred:
        assert life.refused("assign_negotiator", "sun", to=who, severity=Severity.S4) == "not_neutral"
        # only one move names them
        assert life.refused("assign", "sun", to=who) == "move_not_allowed_in_stage"
        assert life.refused("hand_over", "sun", to=who, reason="休假") == "not_neutral"
        assert life.refused("take", who, Role.NEGOTIATOR) == "not_neutral"
    # intake may take a case, but not hold talks
    assert life.refused("take", "wang") == "not_neutral"
    assert life.refused("assign_negotiator", "sun", to="nobody", severity=Severity.S4) == "unknown_person"
    assert life.refused("assign_negotiator", "sun", to="ma") == "severity_needed"
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    assert life.case.owner == "ma"
    assert life.letters_to("staff:ma") == ["task"]
    assert life.letters_to()[-1] == "handler_named"
    assert "assignment" not in life.running


def test_an_investigator_who_has_done_nothing_yet_is_barred_too() -> None:
    """Holding the investigation, or identifying the dispute in it, is enough."""
    life = Life()
    life.take("accept", "wang")
    life.take("assign", "sun", to="ma")
    assert dispute(disputed(life)).barred == ("ma",)
    seen = Life()
    seen.take("accept", "wang")
    seen.take("identify_dispute", "zhao", **IDENTIFIED)
    assert dispute(seen).barred == ("zhao",)


def test_second_person_of_the_answer_is_barred() -> None:
    """The second person of a major case answered for the company as much as the asker; one who refused did
    not."""
    life = accepted()
    life.take("set_severity", "zhou", severity=Severity.S2, why="受伤。")
    life.take("file_report", "zhao", **reported(life, Conclusion.NOT_UPHELD))
    asked = life.ask_approval("answer", "sun")
    life.take("refuse_approval", "wu", Role.SUPERVISOR, approval=asked, reason="再看看。")
    life.take("approve", "zhou", approval=life.ask_approval("answer", "lin"))
    assert set(dispute(disputed(life)).barred) == {"zhao", "sun", "lin", "zhou"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["answer", "message", "vote", "approve", "take", "file_report", "refuse_approval"]
            ),
            st.sampled_from(["investigator", "lead", "panel", "negotiator"]),
            st.sampled_from("abc"),
        )
    )
)
def test_barred_is_exactly_who_investigated_or_answered(lines: list[tuple[str, str, str]]) -> None:
    """Each barred person is listed once, in the order of their first part."""
    written = [
        {
            "n": n,
            "move": move,
            "role": role,
            "who": who,
            "facts": {"move": "answer"} if move in ("approve", "refuse_approval") else {},
        }
        for n, (move, role, who) in enumerate(lines, 1)
    ]
    wanted = {
        who
        for move, role, who in lines
        if role == "investigator" or move in ("answer", "vote", "approve", "file_report")
    }
    found = contents(written).investigated
    assert set(found) == wanted
    assert len(found) == len(wanted)


@pytest.mark.parametrize(
    "name", ["offer", "state_position", "record_try", "end_negotiation", "record_on_the_spot", "accept_offer"]
)
def test_barred_officer_is_refused_every_neutral_move(name: str) -> None:
    """A barred officer is refused every move in the neutral role, whatever the owner of the case."""
    life = talking()
    with pytest.raises(Refusal, match="not_neutral"):
        take(name, life.case, life.act("zhao", Role.NEGOTIATOR))


def test_a_neutral_officer_who_stands_back_is_followed_by_another() -> None:
    """The lead gets a task at once, another officer is due in a working day, and the recused one does not
    return."""
    life = talking().later(DAY)
    life.take("recuse", "ma", conflict=Conflict.RELATIVE)
    assert life.case.owner is None
    assert life.letters_to("role:lead")[-1] == "task"
    assert life.running["assignment"].start == life.time
    assert life.refused("assign_negotiator", "sun", to="ma") == "recused_before"
    assert life.refused("assign_negotiator", "sun", to="zhao") == "not_neutral"
    life.take("assign_negotiator", "sun", to="bai")
    life.says("ask_handler_change", speaker(life, Side.BUSINESS), reason="他帮消费者说话。")
    life.take("decide_handler_change", "sun", change=True, reason="避免疑虑。")
    assert life.case.inquiry.recused == ("ma", "bai")
    assert life.letters_to("party:p2")[-1] == "recusal_decided"


@pytest.mark.parametrize("assigned", [False, True])
def test_talks_that_nobody_holds_go_up(assigned: bool) -> None:
    """The lead is reminded after a working day, the supervisor after another; an owner ends that."""
    life = disputed()
    if assigned:
        life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    life.live(5 * DAY)
    told = [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "assignment"]
    assert told == ([] if assigned else ["sun", "zhou"])


def test_the_ten_working_days_warn_whoever_holds_them() -> None:
    """The owner is reminded three working days before the end; an appraisal stops the ten days, and they go
    on afterwards."""
    life = talking()
    life.live(11 * DAY)
    (warned,) = [facts for facts in life.facts("take_step") if facts["deadline"] == "negotiation"]
    assert (warned["to"], warned["early"]) == ("ma", True)
    tested = talking()
    before = tested.due["negotiation"]
    tested.take(
        "propose_appraisal", "ma", laboratory="质检院", question="合格吗", custody="封存", cost="企业"
    )
    assert tested.letters_to()[-1] == "appraisal_proposal" == tested.letters_to("party:p2")[-1]
    for side in Side:
        tested.says("consent_appraisal", speaker(tested, side), agrees=True)
    tested.take("start_appraisal", "ma", expected=(tested.time + 6 * DAY).date())
    tested.live(5 * DAY)
    assert tested.running["negotiation"].stopped == PauseReason.APPRAISAL
    tested.take("end_appraisal", "ma", result="不合格")
    assert tested.due["negotiation"] > before
    assert tested.letters_to("party:p2")[-1] == "appraisal_result"


# The company's representative


def test_the_company_is_spoken_for_by_whoever_was_named() -> None:
    """The representative needs a name and a contact. They get their own link, and from then on the letters to
    both sides."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    assert life.refused("name_business_representative", "ma", person=Person("秦店长")) == "contact_needed"
    assert (
        life.refused("name_business_representative", "ma", person=Person(email="qin@shop.example"))
        == "name_needed"
    )
    assert life.refused("name_business_representative", "li", person=SHOP) == "move_not_allowed_for_role"
    life.take("name_business_representative", "ma", person=SHOP)
    assert life.case.business
    assert (life.case.business.id, life.case.business.role) == ("p2", Role.BUSINESS_REP)
    assert life.letters_to("party:p2") == ["access_link"]
    assert life.people["p2"]["name"] == "秦店长"
    life.take("invite_mediation", "ma")
    assert life.letters_to("party:p2")[-1] == "mediation_invitation"
    assert "秦店长" not in life.entries[-2].line


def test_another_representative_takes_over_everything_that_waits() -> None:
    """The old link ends. Waiting phone calls go to the new representative, and so do letters that bounce
    later."""
    life = talking(disputed())
    life.take("name_business_representative", "ma", person=Person("吴店长", phone="+8613900000001"))
    life.take("invite_mediation", "ma")
    waits = [t.letter for t in life.case.tellings]
    assert waits == ["access_link", "mediation_invitation#business"]
    assert life.running["company_consent"].stopped == "undelivered"
    life.take("name_business_representative", "sun", person=Person("郑店长", phone="+8613900000002"))
    old, older = life.case.party("p3"), life.case.party("p2")
    assert life.case.business
    assert life.case.business.id == "p4"
    assert old.left
    assert older.left
    assert (old.generation, older.generation) == (2, 2)
    assert {t.party for t in life.case.tellings} == {"p4"}
    sent = next(letter for letter in life.letters if letter.to == "party:p2")
    life.take("letter_failed", "clock", letter=sent.key, id=sent.id, party="p2", why=Undelivered.BOUNCE)
    assert {t.party for t in life.case.tellings} == {"p4"}
    while life.case.tellings:
        life.tell("ma")
    assert life.running["company_consent"].start == life.time


def test_no_time_is_gained_by_changing_who_speaks_for_the_company() -> None:
    """The company's deadline keeps its end when its representative leaves in the middle of the talks."""
    life = invited()
    before = {name: life.due[name] for name in ("company_consent", "company_silence")}
    named = Person("吴店长", email="wu@shop.example")
    life.later(3 * DAY).take("name_business_representative", "ma", person=named)
    assert before.items() <= life.due.items()


def test_company_representative_is_no_investigator_or_owner() -> None:
    """A colleague is recognised by their address. A representative of the company never holds the talks, also
    later ones."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    for who in ("ma", "zhao", "zhou"):
        colleague = Person("某某", email=f"{who.title()}@house.example")
        assert life.refused("name_business_representative", "sun", person=colleague) == "not_neutral"
    life.take("name_business_representative", "ma", person=Person("白经理", email="bai@house.example"))
    assert "bai" in dispute(life).barred
    assert life.refused("take", "bai") == "speaks_for_company"
    # every other move is refused too
    assert life.refused("message", "bai", Role.LEAD, text="我来办。") == "speaks_for_company"
    assert (
        life.refused("hand_over", "sun", to="bai", reason="休假")
        == life.refused("assign_negotiator", "sun", to="bai")
        == "not_neutral"
    )
    life.take("name_business_representative", "ma", person=SHOP)
    assert life.refused("take", "bai") == "speaks_for_company"
    life.take("record_on_the_spot", "ma", done="退款。", consumer_confirms=True, business_confirms=True)
    life.take("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="又坏了。")
    assert life.refused("take", "bai") == "speaks_for_company"
    named = accepted()
    named.take("identify_dispute", "sun", **IDENTIFIED)
    named.take("name_business_representative", "sun", person=Person("白经理", email="bai@house.example"))
    assert "bai" in named._given("raise_dispute", {})["barred"]


# Statements


def test_statement_is_shared_only_by_its_side() -> None:
    """Only that side shares it, once, and cannot undo it."""
    life = talking()
    life.says("state_position", "p1", text="机器才用三个月。")
    life.says("state_position", "p2", text="最多让到一千二，别告诉对方。")
    life.says("state_position", "p2", text="保修期内免费修。", share=True)
    assert [(s.id, s.side, s.by, bool(s.shared)) for s in statements(life)] == [
        ("S1", Side.CONSUMER, "p1", False),
        ("S2", Side.BUSINESS, "p2", False),
        ("S3", Side.BUSINESS, "p2", True),
    ]
    assert life.refused("share_statement", "p1", statement="S2") == "statement_unknown"
    assert life.refused("share_statement", "ma", statement="S2", side=Side.CONSUMER) == "statement_unknown"
    assert life.refused("share_statement", "p1", statement="S9") == "statement_unknown"
    assert life.refused("share_statement", "ma", statement="S1") == "side_needed"
    life.later(HOUR).says("share_statement", "p1", statement="S1")
    assert statements(life)[0].shared == life.time
    assert not statements(life)[1].shared
    assert life.refused("share_statement", "p1", statement="S1") == "shared_before"
    assert "一千二" not in life.entries[statements(life)[1].entry - 1].line
    assert life.whole()


def test_staff_write_down_what_was_said_on_the_phone() -> None:
    """Staff name the side they record for; a party says nothing for the other side or another person."""
    life = talking()
    assert life.refused("state_position", "ma", text="电话里说。") == "side_needed"
    life.take("state_position", "ma", text="电话里说。", side=Side.BUSINESS)
    life.take("state_position", "ma", text="电话里说。", side=Side.CONSUMER)
    assert [s.by for s in statements(life)] == ["p2", "p1"]
    for said in ({"side": Side.BUSINESS}, {"party": "p1"}):
        assert life.refused("state_position", "p1", text="替他说。", **said) == "only_for_others"


def test_joint_statement_is_shared_by_its_author_only() -> None:
    """One person cannot show another's statement; their representative can."""
    life, _ = joint(3, accepted())
    represented(life, party="p2")
    disputed(life, "p1")
    life.says("state_position", "p4", text="李雪替邻居说。")
    assert statements(life)[0].by == "p2"
    assert life.refused("share_statement", "p1", statement="S1") == "statement_unknown"
    life.says("share_statement", "p2", statement="S1")
    life.take("state_position", "ma", text="邻居二说。", side=Side.CONSUMER, party="p3")
    assert statements(life)[1].by == "p3"


def test_statements_are_limited_per_side() -> None:
    """Each side has a limit. In a joint case, one person at the limit leaves each other person their own
    share."""
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
    """A reply to one side leaves the message of the other waiting; a new representative gets the reply to the
    old one."""
    life = talking()
    life.says("message", "p1", text="什么时候有结果？")
    life.says("message", "p2", text="请延两天。")
    life.take("message", "ma", text="正在安排。")
    assert [w.by for w in life.case.messages] == ["p2"]
    assert life.letters_to()[-1] == "message_reply" != life.letters_to("party:p2")[-1]
    life.says("message", "p1", text="好的，谢谢。")
    life.take("name_business_representative", "ma", person=Person("吴店长", email="wu@shop.example"))
    life.take("message", "ma", text="可以延到周五。", party="p3")
    assert [w.by for w in life.case.messages] == ["p1"]
    assert life.letters_to("party:p3")[-1] == "message_reply"
    assert life.refused("message", "ma", text="在吗？", party="p2") == "unknown_person"


def test_only_a_negotiator_is_named() -> None:
    """An intake or follow-up officer could take no move of the talks."""
    life = disputed()
    for who in ("wang", "feng"):
        assert life.refused("assign_negotiator", "sun", to=who, severity=Severity.S4) == "no_negotiator"


def test_former_negotiator_cannot_investigate() -> None:
    """Back in the investigation, the former leader of the talks can neither take nor get the case, nor report
    or answer."""
    life = talking(disputed(accepted()))
    for side in Side:
        life.take("record_try", "ma", side=side, what="电话无人接。")
        life.take("record_try", "ma", side=side, what="店里说不在。")
    life.take("end_negotiation", "ma", ending="settled_privately", reason="双方自行和解。")
    assert life.case.stage == Stage.INVESTIGATING
    assert (
        life.refused("take", "ma", Role.INVESTIGATOR)
        == life.refused("assign", "sun", to="ma")
        == "held_talks"
    )
    assert life.refused("file_report", "ma", Role.INVESTIGATOR, **reported(life)) == "held_talks"


def test_a_complaint_withdrawn_from_the_talks_returns_to_who_held_it_before() -> None:
    """The reopened case returns to its investigator, not to the neutral officer."""
    life = talking(disputed(accepted()))
    life.take("withdraw", "li")
    life.take("reopen", "li", cause="returned", facts="再谈。")
    assert life.case.stage == Stage.INVESTIGATING
    assert life.case.owner == "zhao"
    assert life.refused("file_report", "ma", Role.INVESTIGATOR, **reported(life)) == "held_talks"


def test_the_company_s_link_goes_only_to_whom_it_names() -> None:
    """Officers cannot redirect its letters to their own address, and a consumer's address is never the
    company's."""
    life = talking()
    assert life.refused("change_contact", "wang", party="p2", email="mine@mail.example") == "unknown_person"
    assert (
        life.refused(
            "name_business_representative",
            "ma",
            person=Person("店长", email="li.lei@mail.example"),
            known_by=life.case.party("p1").known_by,
        )
        == "other_side"
    )


def test_a_company_named_late_is_told_of_the_offer_that_waits() -> None:
    """The offer was made before a representative was named."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    life.says("offer", "p1", terms="退一千。", until=published().day_of(life.time) + 5 * DAY)
    change = life.take("name_business_representative", "ma", person=SHOP)
    assert [(letter.name, letter.to) for letter in change.letters] == [
        ("offer", "party:p2"),
        ("access_link", "party:p2"),
    ]


def test_a_letter_of_the_talks_is_told_by_the_neutral_officer_only() -> None:
    """An officer who may not read a letter may not read it out."""
    life = talking(disputed(answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))))
    life.says("offer", "p2", terms="退五百。", until=published().day_of(life.time) + 5 * DAY)
    telling = next(each.id for each in life.case.tellings if each.letter.startswith("offer"))
    said = {"telling": telling, "how": Way.PHONE, "told": True, "said": "念了。"}
    assert life.refused("record_telling", "wang", **said) == "told_in_confidence"
    life.take("record_telling", "ma", **said)


def test_the_officer_shows_a_statement_only_with_that_side_s_yes() -> None:
    """Showing a statement cannot be undone, so the officer reads its words back first."""
    life = talking()
    life.says("state_position", "p1", text="我的底线是五百。")
    assert life.refused("share_statement", "ma", statement="S1", side=Side.CONSUMER) == "read_back_needed"
    life.take("share_statement", "ma", statement="S1", side=Side.CONSUMER, read_back=True)
