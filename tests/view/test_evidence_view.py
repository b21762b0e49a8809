"""Views of appraisals, information requests, proceedings at other bodies and questions to departments."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.access.authorization import Caller
from chalicelib.domain.calendar import day_end, published
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.model.codes import Missing, Role, Route, Side
from chalicelib.domain.moves.information import ask_information
from chalicelib.view.evidence import appraisals, information_request
from chalicelib.view.inquiry import questions
from chalicelib.view.outside import number_at, outside
from chalicelib.view.staff import Staff
from tests.domain.life import Life, accepted, joint
from tests.view.read import addressee, dossier, party, staff

TEST = {"laboratory": "质检院", "question": "是否漏电？", "custody": "封存。", "cost": "企业承担。"}


def test_a_letter_tells_what_was_asked_for_until_then() -> None:
    """A letter shows the information request of its own entry, and no later one."""
    life = Life()
    for item in (Missing.PHOTOS, Missing.ORDER_NUMBER):
        life.time += timedelta(hours=1)
        life.take("ask_information", "sun", items=(item,), why="看不清。")
        life.take("give_information", "li", answer="见照片。")
    first, second = dossier(life).numbers(ask_information)
    asked = [information_request(addressee(life), until) for until in (1, first, second, None)]
    assert [one and one.items for one in asked] == [None, ("photos",), ("order_number",), ("order_number",)]


def test_a_party_is_told_of_the_test_that_is_proposed_or_under_way() -> None:
    """A party sees only the current appraisal and the day its result is expected. Staff also see refused
    ones."""
    life = accepted()
    life.take("propose_appraisal", "zhao", **TEST)
    life.take("consent_appraisal", "zhao", agrees=False, side=Side.BUSINESS)
    life.take("propose_appraisal", "zhao", **TEST)
    for side in Side:
        life.take("consent_appraisal", "zhao", agrees=True, side=side)
    expected = published().day_of(life.time) + timedelta(days=9)
    life.take("start_appraisal", "zhao", expected=expected)
    (mine,), all_ = appraisals(party(life)), appraisals(staff(life, Role.INVESTIGATOR))
    assert [one.state for one in all_] == ["refused", "started"]
    assert (mine.state, mine.ends, mine.proposed) == ("started", day_end(expected), TEST)


def test_a_number_elsewhere_is_for_whoever_noted_it() -> None:
    """Each joint complainant sees only their own number. A letter shows the number as of its entry."""
    life, _ = joint(2)
    for n, id in enumerate(("p1", "p2", "p1")):
        life.says("note_outside_proceeding", id, body=Route.SAMR_12315, number=f"第{n}号")
    assert [[one.number for one in outside(party(life, id))] for id in ("p1", "p2")] == [["第2号"], ["第1号"]]
    assert number_at(addressee(life), Route.SAMR_12315, until=life.case.entries - 2) == "第0号"


def test_a_department_is_told_what_it_was_asked() -> None:
    """Only the asked department and the handling staff see the question and its deadline."""
    life = accepted()
    life.take("ask_department", "zhao", department="repair", question="修过几次？")

    def department_reader(team: str) -> Staff:
        return Staff(dossier(life), life.time, Caller("kong", Role.DEPARTMENT, frozenset({team})))

    (mine,), all_ = (
        questions(department_reader("repair"), own=True),
        questions(staff(life, Role.INVESTIGATOR)),
    )
    assert [mine] == all_
    assert mine.said["question"]
    assert (mine.by, mine.late) == (due(life.case)["department_answer"], False)
    assert questions(department_reader("office"), own=True) == []
    assert not questions(department_reader("office"))[0].said
