"""Tests of the facts shown in forms: the desk refuses a form only if a fact that matters to its move has
changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.access.authorization import STAFF, Caller
from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.aws.sessions import Sessions
from chalicelib.domain.bigrams import CHINESE
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.web import signin
from chalicelib.web.forms import Posted
from chalicelib.web.pages.desk.move_content import facts_of, move_content
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.desk.shown_facts import ShownFacts
from tests.life.contested import MA
from tests.scenario import HOUR, LIN, SUN, WANG, ZHAO, ZHOU, Scenario
from tests.web import mediated
from tests.web.desk import Desk, hidden, visible
from tests.web.talks import load
from tests.web.worked import BOSS, story

NOTE = {"text": "像是上个月那批货"}


class Everything(Posted):
    """A form in which every option is chosen."""

    def all(self, name: str) -> list[str]:
        """Return a list that has every value."""
        return Anything()  # type: ignore[return-value]


class Anything:
    """A list that has every value."""

    def __contains__(self, value: str) -> bool:
        return True


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Callable[..., Desk]:
    """Return the desk of a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def form(case: Case, move: str) -> str:
    """Return the address of the form of a move."""
    return f"/desk/cases/{case.ref}/moves/{move}"


def filled_form(desk: Desk, case: Case, move: str, **said: Any) -> dict[str, Any]:
    """Open the form of a move, and return its posted fields together with these."""
    return {**hidden(desk.get(form(case, move))), **said}


def test_a_reminder_of_the_clock_refuses_no_act(at: Any, scenario: Scenario) -> None:
    """A form that was opened before a reminder is accepted after it."""
    case, desk = scenario.submit(), at("wang")
    said = filled_form(desk, case, "accept")
    scenario.live(17 * HOUR, case.ref)
    assert "take_step" in scenario.moves(case.ref)
    desk.post(form(case, "accept"), said)
    assert scenario.moves(case.ref)[-1] == "accept"


def test_two_notes_at_once_are_both_registered(at: Any, scenario: Scenario) -> None:
    """The case keeps both notes of two officers who wrote at the same time."""
    case = scenario.submit()
    first, second = (filled_form(at(who), case, "note", text=f"{who}写的") for who in ("wang", "sun"))
    at("wang").once(form(case, "note"), first)
    at("sun").once(form(case, "note"), second)
    assert scenario.moves(case.ref) == ["submit", "note", "note"]


def test_a_message_of_the_consumer_refuses_no_act(at: Any, scenario: Scenario) -> None:
    """A question to the consumer is sent although they wrote while it was typed."""
    case, desk = scenario.submit(), at("wang")
    said = filled_form(desk, case, "ask_information", items="photos", why="看不清")
    scenario.move(scenario.party(case), "message", case.ref, text="我已经寄出照片")
    desk.post(form(case, "ask_information"), said)
    assert scenario.moves(case.ref) == ["submit", "message", "ask_information"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_second_of_two_officers_sees_what_the_first_did(at: Any, scenario: Scenario, language: str) -> None:
    """Two officers decide at once. The second sees the old and the new stage, who changed it and when, and
    their own words; nothing is done."""
    case, desk = scenario.submit(), at("sun", language)
    said = filled_form(desk, case, "ask_information", items="photos", why="看不清购买凭证")
    scenario.move(WANG, "accept", case.ref)
    page = desk.post(form(case, "ask_information"), said, 409)
    names = {
        "zh": ("已登记，待受理", "调查处理中"),
        "en": ("Registered, decision pending", "Under investigation"),
    }[language]
    for words in (*names, "Wang", "看不清购买凭证"):
        assert words in visible(page) + page, words
    assert scenario.moves(case.ref) == ["submit", "accept"]


def test_two_officers_accept_and_one_acceptance_counts(at: Any, scenario: Scenario) -> None:
    """The second acceptance is not taken; its officer sees the new stage, and is offered no form again."""
    case = scenario.submit()
    wang, sun = (filled_form(at(who), case, "accept") for who in ("wang", "sun"))
    at("wang").post(form(case, "accept"), wang)
    page = at("sun").post(form(case, "accept"), sun, 409)
    assert "Under investigation" in page
    assert scenario.moves(case.ref) == ["submit", "accept"]


def test_a_form_for_matters_that_changed_shows_them(at: Any, scenario: Scenario) -> None:
    """A matter that was edited while an officer declined it is shown as it was and as it is now."""
    case, desk = scenario.submit(), at("wang")
    said = filled_form(desk, case, "accept")
    matters = [
        {"type": "quality", "sub_type": "defect", "amount": {"amount": "1655.00", "currency": "CNY"}},
        {"type": "price", "sub_type": "overcharge"},
    ]
    scenario.move(SUN, "edit_matters", case.ref, matters=matters, reason="电话里说清楚了")
    page = visible(desk.post(form(case, "accept"), said, 409))
    assert "repair refused" in page
    assert "overcharged" in page


def test_only_the_chosen_thing_counts(at: Any, scenario: Scenario) -> None:
    """An officer can approve an unchanged request although a colleague has refused another request
    meanwhile."""
    case = scenario.submit(hurt="could_be")
    scenario.move(BOSS, "triage_safety", case.ref, real=True, reportable=False, reason="起火")
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    first = scenario.move(ZHAO, "ask_extension", case.ref, reason="complex", why="复杂").approvals[-1]
    second = scenario.move(BOSS, "clear_safety", case.ref, reason="已处理").approvals[-1]
    said = filled_form(at("sun"), case, "approve", approval=first.id)
    scenario.move(ZHOU, "refuse_approval", case.ref, approval=second.id, reason="还不行")
    at("sun").post(form(case, "approve"), said)
    assert scenario.moves(case.ref)[-1] == "approve"


def test_a_chosen_thing_that_has_gone_is_shown(at: Any, scenario: Scenario) -> None:
    """The form shows that a colleague has refused the chosen request meanwhile, with the colleague's
    reason."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    asked = scenario.move(ZHAO, "ask_extension", case.ref, reason="complex", why="复杂").approvals[-1]
    said = filled_form(at("sun"), case, "approve", approval=asked.id)
    scenario.move(LIN, "refuse_approval", case.ref, approval=asked.id, reason="还不行")
    page = visible(at("sun").post(form(case, "approve"), said, 409))
    assert "no longer there" in page
    assert "还不行" in page


def test_a_case_closed_while_typing_keeps_the_words(at: Any, scenario: Scenario) -> None:
    """The consumer withdraws while an officer writes a report of progress. The officer sees that, and what
    they wrote."""
    case, desk = scenario.submit(), at("sun")
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    said = filled_form(at("zhao"), case, "tell_progress", done="拆机检查过了。" * 50, upcoming="出报告")
    scenario.move(scenario.party(case), "withdraw", case.ref)
    page = at("zhao").post(form(case, "tell_progress"), said, 409)
    assert "拆机检查过了。" * 50 in page
    assert "Closed" in visible(page)
    assert desk.get(f"/desk/cases/{case.ref}")


def test_a_role_removed_while_typing_keeps_the_words(at: Any, scenario: Scenario) -> None:
    """An officer who lost the role for a move gets a refusal with their words; nothing is done."""
    case, desk = scenario.submit(), at("wang")
    said = filled_form(desk, case, "ask_information", items="photos", why="看不清购买凭证")
    kept = {"sub": "wang", "groups": ["role:followup", "team:general"], "since": stamp(scenario.time)}
    Sessions().keep(signin.SESSION, "wang", kept, scenario.time + HOUR)
    assert "看不清购买凭证" in desk.post(form(case, "ask_information"), said, 403)
    assert scenario.moves(case.ref) == ["submit"]


def test_a_case_that_went_to_another_team_gives_the_words_back(at: Any, scenario: Scenario) -> None:
    """An officer who may no longer open the case reads their own words, and nothing of the case."""
    case, desk = scenario.submit(), at("wang")
    said = filled_form(desk, case, "ask_information", items="photos", why="看不清购买凭证，请再拍一张。")
    kept = {"sub": "wang", "groups": ["role:intake", "team:retail"], "since": stamp(scenario.time)}
    Sessions().keep(signin.SESSION, "wang", kept, scenario.time + HOUR)
    page = desk.post(form(case, "ask_information"), said, 404)
    assert "看不清购买凭证，请再拍一张。" in page
    assert "王芳" not in page
    assert said["seen"][0] not in page


@pytest.mark.parametrize("press", [{}, {"items": []}, {"more": "items"}, {"insert": "why"}])
def test_officer_who_stood_back_gets_their_words_back(
    at: Any, scenario: Scenario, press: dict[str, Any]
) -> None:
    """An officer stands back from a case while a form is open, and another one leaves the team. Whichever
    button they press, and though the form has an error, each reads their own words and nothing of the
    case."""
    case, why = scenario.submit(), "不是七天，是第八天才退！！！ ＠客服"
    scenario.move(WANG, "accept", case.ref)
    typed = {who: filled_form(at(who), case, "ask_information", why=why) for who in ("zhao", "sun")}
    scenario.move(ZHAO, "recuse", case.ref, conflict="relative", reason="是我表妹。")
    apart, gone = at("zhao"), at("sun")
    kept = {"sub": "sun", "groups": ["role:lead", "team:retail"], "since": stamp(scenario.time)}
    Sessions().keep(signin.SESSION, "sun", kept, scenario.time + HOUR)
    refused = 403 if {"more", "insert"} & press.keys() else 422
    for desk, who, status in ((apart, "zhao", refused), (gone, "sun", 404)):
        page = desk.post(form(case, "ask_information"), {**typed[who], **press}, status)
        assert (why in page, "王芳" in page, "洗衣机" in page) == (True, False, False), who


def test_words_for_which_a_form_has_no_field_any_more_are_shown(at: Any, scenario: Scenario) -> None:
    """The consumer withdraws while an officer declines, so no matter is left to decline. The officer finds
    the reason above the form."""
    case, desk, why = scenario.submit(), at("wang"), "购买记录是2019年的，早就过了三包期。"
    said = filled_form(desk, case, "decline", **{"grounds.1": "not_consumer", "reasons.1": why})
    scenario.move(scenario.party(case), "withdraw", case.ref)
    page = desk.post(form(case, "decline"), said, 422)
    assert page.count(why) == 1
    assert "Grounds for declining" in visible(page)
    assert "grounds.1" not in visible(page)
    assert 'name="reasons"' not in page
    assert "This act is not possible now" in page
    assert "send it again" not in page
    assert "the form no longer asks for it" in page
    assert "the form no longer asks for it" not in desk.post(form(case, "note"), {"text": ""}, 422)


def test_words_stand_on_the_page_of_an_error_that_shows_no_form(at: Any, scenario: Scenario) -> None:
    """A newer release has stored the case while an officer of this one typed, so nobody can show the form
    again. The page of the error has the words."""
    case, desk, why = scenario.submit(), at("wang"), "客户说周三以前必须答复，不然去法院。"
    said = filled_form(desk, case, "note", text=why)
    Row(rows.case(case.ref), rows.HEAD).update(rows.changes(v=rows.READS + 1))
    page = desk.post(form(case, "note"), said, 503)
    assert (page.count(why), "Please copy it" in page, "go back in your browser" in page) == (1, True, False)


def test_form_of_an_earlier_release_is_compared_by_its_entries(at: Any, scenario: Scenario) -> None:
    """A form without facts, from before a deploy, is refused after any entry, as it was then."""
    case, desk = scenario.submit(), at("wang")
    said = {**filled_form(desk, case, "note", **NOTE), "seen": "1"}
    scenario.move(SUN, "note", case.ref, text="先记一下")
    page = desk.post(form(case, "note"), said, 409)
    assert NOTE["text"] in page
    desk.post(form(case, "note"), {**hidden(page), **NOTE})


def test_short_forms_of_the_case_page_follow_the_same_rule(at: Any, scenario: Scenario) -> None:
    """A note from the page of a case is registered after one of a colleague, and at the next stage. A message
    is not sent once the stage is another."""
    case, desk = scenario.submit(), at("wang")
    page = desk.get(f"/desk/cases/{case.ref}")
    note, message = (hidden(page[page.index(f'id="act-{move}"') :].partition("</form>")[0]) for move in SHORT)
    scenario.move(SUN, "note", case.ref, text="先记一下")
    desk.once(form(case, "note"), {**note, **NOTE})
    scenario.move(SUN, "accept", case.ref)
    assert "请寄照片" in desk.post(form(case, "message"), {**message, "text": "请寄照片"}, 409)
    desk.once(form(case, "note"), {**note, **NOTE, "key": ["another"]})
    assert scenario.moves(case.ref) == ["submit", "note", "note", "accept", "note"]


SHORT = ("note", "message")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_form_shows_the_present_handler_and_severity_with_who_set_them(
    at: Any, scenario: Scenario, language: str
) -> None:
    """The forms that assign a case and set its severity show the present value and its author. A form that
    was opened before a colleague changed that value is refused with both values."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    desk = at("sun", language)
    assign, severity = (filled_form(desk, case, move) for move in ("assign", "set_severity"))
    scenario.move(ZHAO, "take", case.ref)
    scenario.move(ZHOU, "set_severity", case.ref, severity="S2", why="涉及多人")
    page = visible(desk.post(form(case, "assign"), {**assign, "to": "zhao"}, 409))
    assert {"zh": "未分配", "en": "Nobody yet"}[language] in page
    assert "Zhao" in page
    page = visible(desk.post(form(case, "set_severity"), {**severity, "severity": "S4", "why": "一般"}, 409))
    assert "Zhou" in page
    short = desk.get(f"/desk/cases/{case.ref}")
    assert "Zhao" in visible(short[short.index('id="act-assign"') :].partition("</label>")[0])
    assert scenario.moves(case.ref) == ["submit", "accept", "take", "set_severity"]


def test_contact_of_another_person_refuses_no_form(at: Any, scenario: Scenario) -> None:
    """The form that changes a contact shows the present ones. In a joint complaint only that of the chosen
    person counts."""
    first, second = scenario.submit(), scenario.submit(person={"name": "李雷", "phone": "13900139000"})
    scenario.move(WANG, "invite_to_join", second.ref, leading=first.ref)
    scenario.move(scenario.party(second), "join_case", second.ref, own_wish=True)
    desk = at("wang")
    said = filled_form(desk, first, "change_contact", phone="13700137000", party="p1")
    assert "wang.fang@mail.example" in visible(desk.get(form(first, "change_contact")))
    scenario.move(WANG, "change_contact", first.ref, phone="13600136000", party="p2")
    desk.post(form(first, "change_contact"), said)
    said = filled_form(desk, first, "change_contact", phone="13500135000", party="p1")
    scenario.move(WANG, "change_contact", first.ref, phone="13400134000", party="p1")
    page = visible(desk.post(form(first, "change_contact"), said, 409))
    assert "13700137000" in page
    assert "13400134000" in page


CHANGED = ("owner", "team", "severity", "policy")
"""The values of a case that a move can set to what its form names."""


class Setting(Scenario):
    """A scenario that notes each move of staff that sets one of `CHANGED` to a value of its form. `noted`:
    names of the moves, with the value."""

    noted: set[tuple[str, str]]

    def move(self, caller: Caller, name: str, ref: str, seen: int | None = None, **body: Any) -> Case:
        """Take a move, as `Scenario.move` does."""
        before = load(self, ref)
        after = super().move(caller, name, ref, seen, **body)
        for value in CHANGED if caller.roles & STAFF else ():
            new = getattr(after, value)
            if new != getattr(before, value) and new in map(str, body.values()):
                self.noted.add((name, value))
        return after


@pytest.mark.parametrize("life", ["story", "signing"])
def test_move_that_sets_a_value_declares_that_its_form_shows_it(scenario: Scenario, life: str) -> None:
    """The form that names a handler, a team, a severity or a policy shows the present one."""
    scenario.__class__, scenario.played = Setting, None
    noted = scenario.__dict__.setdefault("noted", set[tuple[str, str]]())
    for _ in situations(scenario, life):
        pass
    assert noted
    assert [one for one in noted if one[1] not in MOVES[one[0]].changes] == []


def fresh(scenario: Scenario, caller: Caller, ref: str) -> Reading:
    """Return a case as an officer reads it now."""
    return Reading(scenario.product.file.dossier_of(load(scenario, ref)), caller, "zh", scenario.product)


def situations(scenario: Scenario, life: str) -> Iterator[tuple[Caller, str]]:
    """Yield an officer and a case, in every situation of a life."""
    if life == "story":
        yield from ((BOSS, case.ref) for case in story(scenario))
        return
    mediated.registered(scenario)
    ref = mediated.mediating(scenario)
    run = mediated.signing if life == "signing" else mediated.run_obligations
    for _ in run(scenario, ref):
        yield MA, ref
        yield SUN, ref


@pytest.mark.parametrize("life", ["story", "signing", "obligations"])
def test_note_message_and_reminder_change_no_fact_of_any_form(scenario: Scenario, life: str) -> None:
    """A note, a consumer's message and an hour change no shown fact of any form, unless they change the stage
    or an obligation. What a fact is has Chinese words, also if only an earlier form had it."""
    compared = set[str]()
    for caller, ref in situations(scenario, life):
        before = fresh(scenario, caller, ref)
        forms = {move: facts_of(before, move_content(before, move, "")) for move in before.offers}
        for move, shown in forms.items():
            assert [name for name in shown.facts if not CHINESE.search(shown.called(f"{name}9"))] == [], move
        for by, move in ((SUN, "note"), (scenario.party(before.case), "message"), (ZHAO, "note")):
            try:
                scenario.move(by, move, ref, **NOTE)
            except Refusal:  # where a party cannot write, or an officer stood back
                continue
        scenario.live(HOUR, ref)
        after = fresh(scenario, caller, ref)
        same = (before.case.stage, before.case.obligations) == (after.case.stage, after.case.obligations)
        for move in before.offers.keys() & after.offers.keys() if same else ():
            changed = facts_of(after, move_content(after, move, "")).since(forms[move], Everything())
            assert not changed, (move, changed)
            compared.add(move)
    assert len(compared & {name for name, move in MOVES.items() if move.takers & STAFF}) > 15


@given(st.dictionaries(st.text(min_size=1), st.text(max_size=300)), st.integers(0, 10**6))
def test_facts_survive_the_form(facts: dict[str, str], entries: int) -> None:
    """The reader of a posted form gets the same facts that the form packed."""
    shown = ShownFacts(entries, "zh", facts)
    assert ShownFacts.read(shown.packed) == shown


@pytest.mark.parametrize(
    "packed", ["", "7", "7.zh", "7.zh.x", "7.zh.!!", "x.zh.eJyrBgAAhQBD", "7.zh.eJyLBgAAXQBd"]
)
def test_facts_of_no_form_are_none(packed: str) -> None:
    """A field that no form of ours carries has no facts, and raises nothing."""
    assert ShownFacts.read(packed) is None
