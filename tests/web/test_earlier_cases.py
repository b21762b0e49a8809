"""Declines that rest on an earlier case of the same consumer: form, interface, approval and letter."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.reference import shown
from chalicelib.locale.formats import label, texts
from chalicelib.web.problems import sentence
from tests.scenario import DAY, SUN, WANG, Scenario
from tests.web.desk import Desk, visible
from tests.web.own import answered, investigated

SOMEBODY = {"name": "赵丽", "email": "zhao.li@mail.example", "phone": "13700137000"}
AT_ONCE = {
    "agreement": "电话里同意。",
    "causes": ["no_owner"],
    "terms": "退款三百元。",
    "remedies": [{"matter": 1, "kind": "refund", "by": "2026-03-08", "amount": {"amount": "300.00"}}],
}


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Any:
    """Return the desk of a staff member: `at("wang")`, `at("wang", "zh")`."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def again(scenario: Scenario, **changes: Any) -> str:
    """File the complaint again a day later, from a mailbox that its owner has confirmed."""
    scenario.later(DAY)
    ref = scenario.submit(**changes).ref
    scenario.confirm(ref)
    return ref


def naming(earlier: str, ground: str = "repeat") -> dict[str, Any]:
    """Return a decline whose second matter rests on an earlier case."""
    grounds = {"1": "not_complaint", "2": ground}
    return {
        "grounds": grounds,
        "reasons": {"1": "这是咨询。", "2": "与上次相同。"},
        "earlier": {"2": earlier},
        "routes": ["court"],
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_form_offers_the_ground_and_the_number_if_there_is_an_earlier_case(
    at: Any, scenario: Scenario, language: str
) -> None:
    """Without an earlier case the ground cannot be chosen and no number is asked for. With one, its number is
    offered with the day of the answer. The case of somebody else is never offered."""
    foreign = answered(scenario, investigated(scenario, person=SOMEBODY))
    first = scenario.submit()
    form = f"/desk/cases/{first.ref}/moves/decline"
    ground, why = label(language, "repeat", "decline_ground"), label(language, "answered_before", "fact")
    shown_as = texts(language)["page"]["form"]["not_now"].format(label=ground, why=why)
    page = at("wang", language).get(form)
    assert f'<option value="repeat" disabled>{shown_as}</option>' in page
    assert "earlier." not in page
    ref = answered(scenario)
    second = again(scenario)
    page = at("wang", language).get(f"/desk/cases/{second}/moves/decline")
    assert f'<option value="repeat">{ground}</option>' in page
    assert f'<option value="{ref}">{shown(ref)} · ' in page
    assert shown(foreign) not in page
    assert shown(first.ref) not in page


def test_the_answer_is_the_same_for_a_foreign_and_an_unknown_number(scenario: Scenario) -> None:
    """Nobody learns from the refusal whether a case exists. Nothing is written."""
    foreign = answered(scenario)
    ref = again(scenario, person=SOMEBODY)
    said = []
    for number in (foreign, "100000000009"):
        with pytest.raises(Refusal) as refused:
            scenario.move(WANG, "decline", ref, **naming(number))
        said.append((refused.value.code, refused.value.field, refused.value.facts))
    assert said == [("earlier_unknown", "earlier/2", {})] * 2
    assert scenario.moves(ref) == ["submit", "confirm_address"]


def test_a_number_of_somebody_else_in_a_complaint_reveals_nothing(at: Any, scenario: Scenario) -> None:
    """Somebody files with the telephone number of another person and a mailbox of their own. The earlier case
    of that person is neither offered nor accepted, since the letter would go to the stranger."""
    first = answered(scenario)
    ref = again(scenario, person={**SOMEBODY, "phone": "13800138000"})
    assert shown(first) not in at("wang").get(f"/desk/cases/{ref}/moves/decline")
    with pytest.raises(Refusal, match="earlier_unknown"):
        scenario.move(WANG, "decline", ref, **naming(first))


def test_the_letter_names_the_earlier_case_and_how_to_go_on(at: Any, scenario: Scenario) -> None:
    """A second person sees the number, and the decline takes effect with their yes. The letter has number and
    day of the answer, the way to the earlier case, and what is possible there."""
    first = answered(scenario)
    ref = again(scenario)
    scenario.move(WANG, "decline", ref, **naming(first))
    page = visible(at("sun").get(f"/desk/cases/{ref}/moves/approve"))
    assert shown(first) in page
    scenario.move(SUN, "approve", ref, approval=scenario.product.file.load(ref).approvals[0].id)
    assert scenario.product.file.load(ref).stage == Stage.DECLINED
    scenario.post()
    letter = next(
        one["text"] for one in reversed(scenario.sent()) if one["subject"].startswith("不予受理告知书")
    )
    assert f"您以前的投诉{shown(first)}" in letter
    assert "/case/link" in letter
    assert "<p>怎样打开那件投诉：" in letter
    assert "有新的事实" in letter


def test_a_case_that_was_settled_at_once_says_so_in_english(scenario: Scenario) -> None:
    """The letter about a settled dispute tells how to claim what was settled."""
    first = scenario.submit().ref
    scenario.move(SUN, "settle_at_once", first, **AT_ONCE)
    person = {"name": "Wang Fang", "email": "wang.fang@mail.example", "language": "en"}
    ref = again(scenario, person=person)
    scenario.move(WANG, "decline", ref, **naming(first, "already_settled"))
    scenario.post()
    letter = next(one["text"] for one in reversed(scenario.sent()) if one["subject"].startswith("We decline"))
    assert f"Your earlier complaint {shown(first)} about this was settled on" in letter
    assert "If what was settled is not done" in letter
    assert "<p>To open that complaint, " in letter


def test_an_approval_is_refused_when_the_earlier_answer_no_longer_stands(at: Any, scenario: Scenario) -> None:
    """The consumer disputes the earlier answer meanwhile. The second person reads why the decline cannot be
    approved, and the approval is refused."""
    first = answered(scenario)
    ref = again(scenario)
    scenario.move(WANG, "decline", ref, **naming(first))
    scenario.move(scenario.by_link(first), "raise_dispute", first, nature="amount", about="太少。")
    why = label("en", "answered_before", "fact")
    assert why in visible(at("sun").get(f"/desk/cases/{ref}/moves/approve"))
    assert "拒绝保修：" in visible(at("sun", "zh").get(f"/desk/cases/{ref}/moves/approve"))
    with pytest.raises(Refusal, match="ground_without_fact") as refused:
        scenario.move(SUN, "approve", ref, approval=scenario.product.file.load(ref).approvals[0].id)
    assert why in sentence("en", refused.value)
