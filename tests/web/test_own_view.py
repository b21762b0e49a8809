"""Tests of the case as each person sees it: their answer, promises and representatives, and nothing about
others.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine import deadlines
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.locale.formats import label
from chalicelib.locale.lengths import lengths
from chalicelib.view.party import SEEN
from chalicelib.web import pages
from chalicelib.web.pages.consumer import case as case_page
from chalicelib.web.pages.consumer.acts import letters as letters_told
from chalicelib.web.pages.consumer.own_view import NEAR, View
from chalicelib.web.pages.consumer.sections import SHOWN, section_data
from chalicelib.web.pages.paging import NEWEST
from tests.closed import complete
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, ZHOU, Scenario, staff
from tests.web.browser import Browser, hidden, text
from tests.web.mediated import mediating
from tests.web.own import (
    AGENT,
    EVERYTHING,
    REFUND,
    acting,
    answered,
    case_pages,
    everything,
    investigated,
    joint,
    open_case_page,
    own,
    performing,
)

FOLLOWS = staff("wang", Role.FOLLOWUP)
TOLD_ELSEWHERE = {
    "send_code": "the code itself",
    "recompute_deadline": "the new date beside the old one",
    "ask_opinion": "the question about the handling of the case",
    "lapse_joint_consent": "each person's own consent",
    "appoint_panel": "who decides, with the reconsideration",
    "declare_interest": "who decides, with the reconsideration",
    "change_policy": "the new dates",
    "destroy_data": "the letter about it, a day before nothing is left to read",
    "joint_consent": "the consent to a settlement",
    "authority_term": "the end of the authority",
}
"""Moves and windows of which a party reads something else than the entry or the window, and what that is."""


def state_sentence(browser: Browser, state: str) -> str:
    """Return the longest part of the state of our obligation to the reader that has no dates."""
    us, you = own(browser, "parts.owed.us"), own(browser, "parts.owed.you")
    return max(own(browser, f"parts.owed.state.owed.{state}", who=us, you=you, at="|").split("|"), key=len)


def test_parties_see_every_move_that_is_theirs_or_writes_to_them() -> None:
    """Any other move of staff or the clock is internal unless it declares `shows`."""
    theirs = {
        name
        for name, move in MOVES.items()
        if move.takers & Role.PARTY or any(tell.to == "consumer" for tell in move.tells)
    }
    complete(
        TOLD_ELSEWHERE.keys() & MOVES.keys(),
        {name for name in theirs if not MOVES[name].shows},
        "TOLD_ELSEWHERE in tests/web/test_own_view.py",
        "declare `shows=Shows(…)` on it, or say there what parties read instead",
    )


def test_parties_see_every_window_and_every_duty_whose_delay_they_are_told() -> None:
    """A deadline that parties do not see would end a right, or run late, unseen."""
    theirs = {name for name, declared in DEADLINES.items() if declared.announced or not declared.duty}
    complete(
        TOLD_ELSEWHERE.keys() & DEADLINES.keys(),
        theirs - SEEN["consumer"],
        "TOLD_ELSEWHERE in tests/web/test_own_view.py",
        "declare `seen_by=` in domain/engine/deadlines.py, or say there what parties read instead",
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", sorted(SEEN["consumer"]))
def test_every_deadline_a_party_sees_says_what_silence_means(name: str, language: str) -> None:
    """The text says what the deadline is, and what happens if nobody acts."""
    file = f"chalicelib/locale/{language}/pages/consumer.json"
    runs = pages.formats.texts(language)["page"]["consumer"]["runs"]
    assert name in runs, f"{file}, `runs.{name}`: say `what` is due and what its `silence` means"
    texts = runs[name]
    for said in texts.values() if name == "party_reply" else [texts]:
        assert said["what"]
        assert any(key != "what" for key in said)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "move", [name for name, move in MOVES.items() if (move.by | move.recorded_by) & Role.PARTY and move.at]
)
def test_every_move_of_a_party_has_its_words(move: str, language: str) -> None:
    """The move has a button name, an explanation, a submit button and, if it gives something up, a text for
    that.
    """
    words = ("name", "says", "button", *(["gives_up"] if MOVES[move].gives_up else []))
    said = pages.formats.texts(language)["page"]["consumer"]["move"].get(move, {})
    complete(
        said.keys() & {*words},
        words,
        f"chalicelib/locale/{language}/pages/consumer.json, `move.{move}`",
        "say the button's name, what the act means, the button that sends it, and what it gives up for good",
    )


def test_a_form_says_what_is_given_up_and_which_letters_follow(browser: Browser, scenario: Scenario) -> None:
    """The form names the letters that follow for certain or perhaps, or says that none does."""
    language, ref = browser.headers["accept-language"], answered(scenario)
    open_case_page(browser, scenario, ref)
    for move, says, letters in (
        ("withdraw", "you", ["withdrawn"]),
        ("accept_answer", "you_perhaps", ["closed"]),
        ("add_evidence", "no_letter", []),
    ):
        form = text(browser.get(f"/case/moves/{move}"))
        named = pages.formats.listed(language, letters, "letter")
        assert own(browser, f"act.{says}", letters=named) in form
        assert (own(browser, "act.gives_up") in form) == (move != "add_evidence")
    lost = own(browser, "move.withdraw.gives_up", **lengths(language, "default-1"))
    assert lost in text(browser.get("/case/moves/withdraw"))


@pytest.mark.parametrize("company", [False, True])
def test_no_form_names_a_letter_twice(company: bool, scenario: Scenario) -> None:
    """A letter that goes to both sides is named once, in a sentence on both."""
    ref = mediating(scenario)
    dossier = scenario.product.file.whole(ref)
    business = dossier.case.business
    assert business
    caller = acting(dossier.case, business.id if company else "p1")
    view = View(dossier, scenario.time, caller, "zh", scenario.product)
    for move in MOVES:
        names = [
            name
            for said in letters_told(view, move)
            for name in said.rstrip("。").split("：")[-1].split("、")
        ]
        assert len(names) == len({*names}), move


CHOICES = ("accept_answer", "ask_reconsideration", "raise_dispute")
"""The responses to an answer, in the order of the page."""


def test_answer_offers_every_response_in_the_status_box(browser: Browser, scenario: Scenario) -> None:
    """Accepting the answer is one of three responses. The box names all of them, what each means, and what
    silence means."""
    ref = answered(scenario)
    open_case_page(browser, scenario, ref)
    box = browser.get("/case").body.decode().partition("site-stand")[2].partition("</div>")[0]
    for move in CHOICES:
        assert f'href="/case/moves/{move}">{own(browser, f"move.{move}.name")}</a>' in box
    for means in ("accept_answer", "talks", "ask_reconsideration"):
        assert own(browser, f"choice.{means}") in box
    assert own(browser, "runs.answer_window.answered_silence") in box


@pytest.mark.parametrize(("wish", "told"), [("refund", True), ("apology", False)])
def test_the_time_the_law_gives_is_told_beside_our_own(
    browser: Browser, scenario: Scenario, wish: str, told: bool
) -> None:
    """The page of a consumer who demands one of the five statutory remedies shows the statutory date and our
    promised one.
    """
    ref = scenario.submit(wishes=[wish]).ref
    scenario.move(WANG, "accept", ref)
    page = open_case_page(browser, scenario, ref, "p1", "deadlines")
    assert (own(browser, "runs.statutory_remedy.what") in page) == told
    assert own(browser, "runs.investigation.what") in page


def test_the_answer_is_read_per_matter_with_its_reason_and_facts(
    browser: Browser, scenario: Scenario
) -> None:
    """The answer has conclusion, reason, facts and evidence; the page does not show the report before it."""
    ref = investigated(scenario)
    page = open_case_page(browser, scenario, ref)
    assert own(browser, "parts.answer.title") not in page
    assert own(browser, "case.object_says") not in page
    answered(scenario, ref)
    page = open_case_page(browser, scenario, ref)
    assert all(
        words in page
        for words in ("机器确有缺陷。", "保修期已过。", "查明第1项。", "没有涉及安全。", "退到原付款账户。")
    )
    assert own(browser, "runs.answer_window.answered_silence") in page
    assert "/case/moves/accept_answer" in browser.get("/case").body.decode()


def test_a_report_that_was_not_given_as_answer_is_not_seen(chinese: Browser, scenario: Scenario) -> None:
    """The page shows nothing of a report that is filed, returned, or waiting for the supervisor."""
    ref = investigated(scenario)
    scenario.move(SUN, "set_severity", ref, severity="S2", why="伤人。")
    answered(scenario, ref)
    assert scenario.product.file.load(ref).approvals
    page = open_case_page(chinese, scenario, ref)
    assert "机器确有缺陷" not in page
    assert "伤人" not in page
    scenario.move(ZHOU, "approve", ref, approval=scenario.product.file.load(ref).approvals[0].id)
    assert "机器确有缺陷" in open_case_page(chinese, scenario, ref)


def test_an_offer_is_marked_as_one(browser: Browser, scenario: Scenario) -> None:
    """An offer counts only once accepted; an upheld claim needs no acceptance."""
    offered = {"matter": 2, "kind": "goodwill", "by": "2026-03-01", "amount": {"amount": "50.00"}}
    ref = answered(scenario, remedies=(REFUND, offered), second="offer")
    assert open_case_page(browser, scenario, ref).count(own(browser, "parts.owed.offer.offered")) == 1
    done = browser.post("/case/moves/accept_answer", hidden(browser.get("/case/moves/accept_answer")))
    assert done.status_code == 200
    assert own(browser, "parts.owed.offer.offered") not in text(done)
    assert [o.offer for o in scenario.product.file.load(ref).open_obligations] == [False, False]


def test_a_promise_is_confirmed_or_disputed_where_it_stands(browser: Browser, scenario: Scenario) -> None:
    """The page shows item, amount, date and state. Its links to confirm and dispute name the promise."""
    ref = performing(scenario)
    page = open_case_page(browser, scenario, ref)
    assert state_sentence(browser, "pending") in page
    assert "1,655.00" in page
    scenario.move(FOLLOWS, "claim_done", ref, obligation="O1", proof="payment_record", what="2月20日已退。")
    assert own(browser, "runs.creditor_answer.silence") in open_case_page(browser, scenario, ref)
    assert state_sentence(browser, "claimed") in text(browser.get("/case"))
    body = browser.get("/case").body.decode()
    assert "/case/moves/dispute_done?obligation=O1" in body
    box = body.partition("site-stand")[2].partition("</div>")[0]
    for move in ("confirm_done", "dispute_done"):
        link = f'href="/case/moves/{move}?obligation=O1">{own(browser, f"move.{move}.name")}</a>'
        assert link.lower() in box.lower()
    assert 'id="O1"' in browser.get("/case/promises").body.decode()
    form = browser.get("/case/moves/dispute_done?obligation=O1")
    assert hidden(form)["obligation"] == "O1"
    assert "1,655.00" in text(form)
    browser.post("/case/moves/dispute_done", {**hidden(form), "reason": "没有收到钱。"})
    assert state_sentence(browser, "disputed") in text(browser.get("/case"))
    browser.post("/case/moves/confirm_done", hidden(browser.get("/case/moves/confirm_done")))
    page = case_pages(browser, "promises")
    assert state_sentence(browser, "confirmed") in page
    assert own(browser, "parts.owed.ticked") in page
    assert scenario.product.file.load(ref).open_obligations == ()


def test_questions_to_departments_and_severity_stay_inside(chinese: Browser, scenario: Scenario) -> None:
    """Internal questions and notes do not reach the page."""
    ref = investigated(scenario)
    scenario.move(SUN, "set_severity", ref, severity="S3", why="定级的话")
    scenario.move(ZHAO, "recuse", ref, conflict="interest", reason="回避的话")
    page = open_case_page(chinese, scenario, ref, "p1", "history")
    assert not [words for words in ("定级", "回避的话") if words in page]


def test_page_keeps_every_promised_date(browser: Browser, scenario: Scenario) -> None:
    """The page keeps every promised date."""
    ref = investigated(scenario)
    before = scenario.product.file.load(ref).promised
    scenario.move(ZHAO, "ask_extension", ref, reason="third_party", why="等厂家的检测数据。")
    assert "等厂家" not in open_case_page(browser, scenario, ref, "p1", "history", "deadlines")
    scenario.move(SUN, "approve", ref, approval=scenario.product.file.load(ref).approvals[0].id)
    page = open_case_page(browser, scenario, ref, "p1", "history", "deadlines")
    after = scenario.product.file.load(ref).promised
    assert before
    assert after
    assert after > before
    language = browser.headers["accept-language"]
    for date in (before, after):
        assert pages.formats.moment(language, date) in page
    assert "等厂家的检测数据。" in page
    assert pages.formats.label(language, "third_party", "extension_reason") in page


def test_a_promise_of_an_answer_is_told_as_past_once_the_answer_is_there(
    browser: Browser, scenario: Scenario
) -> None:
    """The page no longer promises an answer that the reader already has."""
    ref = investigated(scenario)
    by = pages.formats.moment(browser.headers["accept-language"], scenario.product.file.load(ref).promised)
    assert own(browser, "case.promised", by=by) in open_case_page(browser, scenario, ref, "p1", "deadlines")
    answered(scenario, ref)
    page = open_case_page(browser, scenario, ref, "p1", "deadlines")
    assert by in page
    assert own(browser, "case.promised", by=by) not in page


def test_a_form_that_cannot_be_opened_now_says_so_on_the_case_page(
    browser: Browser, scenario: Scenario
) -> None:
    """A reader who follows a button of an outdated page learns why the form does not open."""
    ref = answered(scenario)
    open_case_page(browser, scenario, ref)
    name = own(browser, "move.give_information.name")
    assert own(browser, "case.past", move=name) in text(browser.get("/case/moves/give_information"))
    for other in ("", "?past=accept_answer", "?past=answer", "?past=<b>"):
        page = text(browser.get(f"/case{other}"))
        assert own(browser, "case.past", move="\0").partition("\0")[2] not in page


def test_a_date_promised_anew_is_on_the_page(browser: Browser, scenario: Scenario) -> None:
    """The page shows the new date with its reason next to the missed date."""
    ref = investigated(scenario)
    scenario.live(17 * DAY, ref)
    by = scenario.time.date() + 10 * DAY
    scenario.move(
        SUN, "promise_anew", ref, deadline="investigation", by=by.isoformat(), reason="等厂家的检测数据。"
    )
    page, due = (
        open_case_page(browser, scenario, ref, "p1", "history", "deadlines"),
        deadlines.due(scenario.product.file.load(ref)),
    )
    language = browser.headers["accept-language"]
    for said in (
        pages.formats.moment(language, due["new_date"]),
        pages.formats.moment(language, due["investigation"]),
        "等厂家的检测数据。",
        own(browser, "runs.new_date.what"),
    ):
        assert said in page


def test_danger_report_shows_safety_advice(browser: Browser, scenario: Scenario) -> None:
    """The page after filing and the case page show the safety advice and the time of the review, and no other
    safety work.
    """
    form = {
        "matters.0.sub_type": "safety/hazard",
        "account.story": "电池冒烟",
        "wishes": "stop",
        "hurt": "could_be",
        "person.email": "wang@mail.example",
        "consents.truthful": "true",
        "consents.data_use": "true",
    }
    done = browser.complain(form)
    ref = browser.cookies["__Host-case"].partition(".")[0]
    for page in (text(done), open_case_page(browser, scenario, ref)):
        assert label(browser.headers["accept-language"], "leave_unknown", "safety_step") in page
        assert "120" in page
        assert pages.formats.moment(browser.headers["accept-language"], scenario.time + 4 * HOUR) in page
    scenario.move(ZHOU, "triage_safety", ref, real=True, reportable=True, reason="内部研判话")
    page = open_case_page(browser, scenario, ref, "p1", "history")
    assert "内部研判话" not in page
    assert label(browser.headers["accept-language"], "leave_unknown", "safety_step") in page


def test_safety_advice_appears_only_after_a_report(browser: Browser, scenario: Scenario) -> None:
    """The advice appears once somebody reports a danger."""
    ref = scenario.submit().ref
    assert own(browser, "parts.safety.title") not in open_case_page(browser, scenario, ref)
    form = {**hidden(browser.get("/case/moves/tag_safety")), "facts": "孩子触电了"}
    page = text(browser.post("/case/moves/tag_safety", form))
    assert own(browser, "parts.safety.title") in page
    assert "孩子触电了" in case_pages(browser, "history")


def test_staffs_words_on_a_danger_are_not_shown(chinese: Browser, scenario: Scenario) -> None:
    """The page shows that staff reported a danger, but not their words."""
    ref = scenario.submit().ref
    scenario.move(WANG, "tag_safety", ref, facts="内部判断")
    page = open_case_page(chinese, scenario, ref, "p1", "history")
    assert "内部判断" not in page
    assert "安全提示" in page


def representative(
    scenario: Scenario, powers: list[str], until: str | None = None, checked: bool = True
) -> str:
    """Return a case with a representative, p2."""
    ref = scenario.submit().ref
    scenario.move(
        WANG,
        "add_representative",
        ref,
        **AGENT,
        powers=powers,
        **({"until": until} if until else {}),
        **({"checked": True, "document": "授权书"} if checked else {}),
    )
    return ref


def test_a_representative_sees_the_case_of_whom_they_speak_for(browser: Browser, scenario: Scenario) -> None:
    """A representative reads the story, the letters without the person's link, and their own powers."""
    ref = representative(scenario, EVERYTHING)
    scenario.post()
    page = open_case_page(browser, scenario, ref, "p2") + everything(browser)
    assert "洗衣机坏了" in page
    assert own(browser, "case.represents", name="王芳") in page
    assert scenario.product.links.token(ref, "p1", 1) not in browser.get("/case/letters").body.decode()
    assert "13800138000" not in page
    form = {**hidden(browser.get("/case/moves/message")), "text": "我是代理人"}
    assert browser.post("/case/moves/message", form).status_code == 200
    assert scenario.moves(ref)[-1] == "message"
    assert "我是代理人" in open_case_page(browser, scenario, ref, "p1", "history")


def test_move_without_the_power_is_not_offered(browser: Browser, scenario: Scenario) -> None:
    """A move outside the authority is not offered, and refused by code."""
    ref = representative(scenario, ["submit", "answer"])
    open_case_page(browser, scenario, ref, "p2")
    assert "/case/moves/withdraw" not in browser.get("/case").body.decode()
    page = browser.post("/case/moves/withdraw", {})
    assert page.status_code == 409
    language = browser.headers["accept-language"]
    assert pages.formats.texts(language)["refusal"]["power_missing"].partition("{")[0] in text(page)
    assert scenario.moves(ref)[-1] == "add_representative"


def test_an_authority_that_was_not_checked_shows_nothing_of_the_case(
    browser: Browser, scenario: Scenario
) -> None:
    """The page says what is missing and that the complaint goes on. It shows no story, and offers only moves
    that supply the missing proof.
    """
    ref = representative(scenario, EVERYTHING, checked=False)
    page = open_case_page(browser, scenario, ref, "p2", "letters")
    assert own(browser, "parts.authority.unchecked") in page
    assert "洗衣机坏了" not in page
    assert set(re.findall(r"/case/moves/(\w+)", browser.get("/case").body.decode())) == {
        name for name, move in MOVES.items() if "unchecked" in move.even
    }
    others = {*SHOWN} - {"letters"}
    assert {browser.get(f"/case/{section}").status_code for section in others} == {404}
    form = {**hidden(browser.get("/case/moves/message")), "text": "授权书随后寄到"}
    assert "洗衣机坏了" not in text(browser.post("/case/moves/message", form))
    scenario.move(SUN, "message", ref, text="只给王芳的话", party="p1")
    assert "只给王芳的话" not in text(browser.post("/case/moves/message", {**form, "key": "2"}))
    assert scenario.moves(ref)[-1] == "message"
    assert browser.post("/case/moves/withdraw", {}).status_code == 409


def test_the_link_of_a_representative_ends_with_the_authority(chinese: Browser, scenario: Scenario) -> None:
    """After its last day the authority shows nothing; once ended, its link opens nothing."""
    ref = representative(scenario, EVERYTHING, until="2026-02-20")
    assert "洗衣机坏了" in open_case_page(chinese, scenario, ref, "p2", "complaint")
    scenario.later(9 * DAY)
    assert "洗衣机坏了" not in open_case_page(chinese, scenario, ref, "p2", "letters")
    assert chinese.get("/case/complaint").status_code == 404
    scenario.move(acting(scenario.product.file.load(ref)), "end_representation", ref, representative="p2")
    assert chinese.get("/case").status_code == 404
    assert chinese.get(scenario.product.links.path(ref, "p2", 1)).status_code == 404
    assert chinese.get(scenario.product.links.path(ref, "p2", 2)).status_code == 404


def test_a_consumer_names_and_ends_a_representative_by_themselves(
    browser: Browser, scenario: Scenario
) -> None:
    """The form does not ask for the represented person or for a check. The page shows the representative as
    unchecked, with a link to end the authority.
    """
    ref = scenario.submit().ref
    open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/add_representative")
    names = set(re.findall(r' name="([\w.]+)"', form.body.decode()))
    assert not names & {"party", "checked", "document", "person.help", "person.on_behalf_of"}
    assert {"person.name", "person.capacity", "powers", "until"} <= names
    assert 'value="self"' not in form.body.decode()
    said = {
        "person.name": "李雷",
        "person.phone": "13900139000",
        "person.language": "zh",
        "person.capacity": "agent",
        "powers": ["answer"],
        "party": "p1",
        "checked": "true",
        "document": "假的",
    }
    page = browser.post("/case/moves/add_representative", {**hidden(form), **said})
    assert page.status_code == 200, text(page)
    assert not scenario.product.file.load(ref).party("p2").checked
    page = browser.get("/case/complaint")
    assert "李雷" in text(page)
    assert "/case/moves/end_representation?representative=p2" in page.body.decode()
    form = browser.get("/case/moves/end_representation?representative=p2")
    ended = browser.post("/case/moves/end_representation", {**hidden(form), "representative": "p2"})
    assert ended.status_code == 200
    assert scenario.product.file.load(ref).party("p2").left


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ({}, ["person.name", "person.phone", "person.capacity", "powers"]),
        ({"powers": "answer", "person.email": "li.lei@mail.example"}, ["person.name", "person.capacity"]),
    ],
)
def test_all_that_lacks_of_a_representative_is_named_at_once(
    browser: Browser, scenario: Scenario, said: dict[str, str], lacks: list[str]
) -> None:
    """The errors follow the order of the fields, each with a link. A contact is asked for only if there is
    none.
    """
    open_case_page(browser, scenario, scenario.submit().ref)
    address = "/case/moves/add_representative"
    page = browser.post(address, {**hidden(browser.get(address)), **said}).body.decode()
    assert re.findall(r'<a href="#([\w.]+)">', page) == lacks
    assert page.count('class="govuk-error-message"') == len(lacks)


def test_switching_language_keeps_a_move_form(browser: Browser, scenario: Scenario) -> None:
    """The last button switches the language: it neither submits nor checks, and later pages keep that
    language.
    """
    ref = scenario.submit().ref
    open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/add_representative")
    other = "en" if browser.headers["accept-language"] == "zh" else "zh"
    last = re.findall(r'<button type="submit"[^>]*>', form.body.decode())[-1]
    there = f"/case/moves/add_representative?lang={other}"
    assert f'formaction="{there}"' in last
    said = {"person.name": "李雷", "person.capacity": "agent", "powers": ["answer"], "person.email": "x"}
    again = browser.post(there, {**hidden(form), **said})
    shown = again.body.decode()
    assert (again.status_code, scenario.moves(ref)) == (200, ["submit"])
    assert 'class="govuk-error' not in shown
    assert 'value="李雷"' in shown
    assert 'value="x"' in shown
    assert re.search(r'value="answer"[^>]* checked', shown)
    assert all(page.headers["Content-Language"].startswith(other) for page in (again, browser.get("/case")))


def test_joint_page_hides_the_other_people(browser: Browser, scenario: Scenario) -> None:
    """The page hides names, contacts, messages, letters, orders, promises and consents of others, and shows
    how many people there are.
    """
    ref = joint(scenario)
    scenario.move(acting(scenario.product.file.load(ref), "p2"), "message", ref, text="赵敏的私话")
    scenario.move(SUN, "message", ref, text="只回赵敏的话", party="p2")
    scenario.move(WANG, "change_contact", ref, phone="13600136000", party="p2")
    shares = [
        {**REFUND, "party": id, "amount": {"amount": amount}}
        for id, amount in (("p1", "601.00"), ("p2", "602.00"))
    ]
    scenario.move(WANG, "ask_consent", ref, settlement="每人退600元。", remedies=shares)
    scenario.move(acting(scenario.product.file.load(ref), "p2"), "consent_represented", ref, agrees=False)
    scenario.post()
    theirs = {
        "p1": (
            "王芳",
            "wang.fang",
            "13800138000",
            "王芳的私话",
            "只回王芳的话",
            "洗衣机坏了",
            "1,655.00",
            "601.00",
        ),
        "p2": (
            "赵敏",
            "zhao.min",
            "13700137000",
            "13600136000",
            "赵敏的私话",
            "只回赵敏的话",
            "赵敏的经过",
            "602.00",
        ),
    }
    for party, other in (("p1", "p2"), ("p2", "p1")):
        page = open_case_page(browser, scenario, ref, party) + everything(browser)
        assert not [words for words in theirs[other] if words in page]
        assert own(browser, "parts.joint.people", n=2, number=party[1:]) in page
        assert "每人退600元。" in page
        assert theirs[party][-1] in page
        assert own(browser, "parts.joint." + {"p1": "none", "p2": "no"}[party]) in page
        assert scenario.product.links.token(ref, other, 1) not in page
        assert theirs[party][3 if party == "p1" else 4] in page


def test_promises_in_a_joint_complaint_are_each_ones_own(chinese: Browser, scenario: Scenario) -> None:
    """Each person sees their own amount, but not the proof and replies of the others."""
    ref = joint(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    mine, theirs = {**REFUND, "party": "p1"}, {**REFUND, "party": "p2", "amount": {"amount": "77.00"}}
    answered(scenario, ref, remedies=(mine, theirs))
    for party in ("p1", "p2"):
        scenario.move(acting(scenario.product.file.load(ref), party), "accept_answer", ref)
    scenario.move(FOLLOWS, "claim_done", ref, obligation="O2", proof="payment_record", what="已付赵敏。")
    scenario.move(
        acting(scenario.product.file.load(ref), "p2"),
        "dispute_done",
        ref,
        obligation="O2",
        reason="赵敏没有收到。",
    )
    first, second = (open_case_page(chinese, scenario, ref, id, "promises", "history") for id in ("p1", "p2"))
    assert "77.00" not in first
    assert "赵敏" not in first
    assert "77.00" in second
    assert "赵敏没有收到。" in second
    assert "obligation=O1" not in chinese.get("/case").body.decode()
    page = chinese.post("/case/moves/confirm_done", {"obligation": "O1"})
    assert page.status_code >= 400
    assert scenario.product.file.load(ref).obligation("O1").state == "pending"


def test_the_own_case_leads_to_the_joint_one_and_back_after_leaving(
    browser: Browser, scenario: Scenario
) -> None:
    """A person who joined reaches the joint page from their own case. After leaving they cannot open it, and
    their own case goes on.
    """
    ref = joint(scenario)
    other = next(party.own for party in scenario.product.file.load(ref).parties if party.own)
    open_case_page(browser, scenario, other)
    way = scenario.product.links.path(ref, "p2", 1)
    assert way in browser.get("/case").body.decode()
    assert browser.get(way).status_code == 200
    page = browser.post("/case/moves/leave_case", hidden(browser.get("/case/moves/leave_case")), follow=False)
    assert page.status_code == 200
    assert own(browser, "left.title") in text(page)
    assert browser.get(way).status_code == 404
    assert browser.get("/case").status_code in (401, 404)
    page = open_case_page(browser, scenario, other, "p1", "complaint")
    assert "赵敏的经过" in page
    assert own(browser, "parts.joint.nobody") not in page


def test_representatives_of_all_are_chosen_by_number(chinese: Browser, scenario: Scenario) -> None:
    """Staff record the people that all agreed on; the page shows numbers, not names."""
    ref = joint(scenario)
    scenario.move(WANG, "appoint_joint_representatives", ref, representatives=["p1", "p2"], each_agrees=True)
    page = open_case_page(chinese, scenario, ref, "p2") + everything(chinese)
    assert "王芳" not in page
    assert own(chinese, "parts.joint.speak", numbers="1、2") in page


def test_a_test_is_agreed_to_on_what_was_put(browser: Browser, scenario: Scenario) -> None:
    """Page and form show laboratory, question, custody and cost; the form does not ask for the consenting
    side.
    """
    ref = investigated(scenario)
    scenario.move(
        ZHAO,
        "propose_appraisal",
        ref,
        laboratory="省质检院",
        question="是否漏电",
        custody="由您保管",
        cost="我们承担",
    )
    assert "省质检院" in open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/consent_appraisal")
    assert "由您保管" in text(form)
    assert ' name="side"' not in form.body.decode()
    page = browser.post("/case/moves/consent_appraisal", {**hidden(form), "agrees": "true"})
    assert page.status_code == 200
    assert "/case/moves/consent_appraisal" not in page.body.decode()
    scenario.move(ZHAO, "consent_appraisal", ref, agrees=True, side="business")
    scenario.move(ZHAO, "start_appraisal", ref, expected="2026-03-20")
    page_text = open_case_page(browser, scenario, ref, "p1", "deadlines")
    assert pages.formats.label(browser.headers["accept-language"], "appraisal", "pause_reason") in page_text


def test_talks_progress_and_other_bodies_are_told(browser: Browser, scenario: Scenario) -> None:
    """The page shows meetings, progress and next steps, and says that another body's proceedings do not stop
    ours.
    """
    ref = investigated(scenario)
    meeting = (scenario.time + timedelta(days=2)).isoformat()
    held = {"how": "counter", "where": "三楼接待室", "purpose": "谈安装经过"}
    scenario.move(ZHAO, "invite_interview", ref, meeting=meeting, **held)
    scenario.move(ZHAO, "tell_progress", ref, done="已看机器", upcoming="问厂家")
    form = {
        **hidden(
            browser.get(scenario.product.links.path(ref, "p1", 1))
            and browser.get("/case/moves/note_outside_proceeding")
        ),
        "body": "samr_12315",
        "number": "3301-77",
    }
    assert browser.post("/case/moves/note_outside_proceeding", form).status_code == 200
    page = open_case_page(browser, scenario, ref, "p1", "complaint")
    assert all(words in page for words in ("谈安装经过", "三楼接待室", "已看机器", "问厂家", "3301-77"))
    assert pages.formats.label(browser.headers["accept-language"], "counter", "talk") in page
    assert pages.formats.label(browser.headers["accept-language"], "counter", "way") not in page
    assert own(browser, "parts.outside.says") in page


def test_a_cancelled_talk_is_told_in_the_history(browser: Browser, scenario: Scenario) -> None:
    """The history names the reason and the time for which the talk was planned, in words."""
    ref = investigated(scenario)
    at = scenario.time + timedelta(days=2)
    scenario.move(ZHAO, "invite_interview", ref, meeting=at.isoformat(), how="phone", purpose="谈安装经过")
    scenario.move(ZHAO, "cancel_interview", ref, reason="调查员生病")
    page = open_case_page(browser, scenario, ref, "p1", "history")
    assert "调查员生病" in page
    planned = pages.formats.moment_of(browser.headers["accept-language"], stamp(at))
    assert own(browser, "case.meeting_cancelled", at=planned) in page


def test_ending_moves_are_folded_away() -> None:
    """Moves that end or change something are folded away, in no part of the page."""
    assert not MOVES["withdraw"].part
    assert not MOVES["change_contact"].part
    assert {MOVES[name].part for name in ("give_information", "accept_answer", "reopen")} == {"now"}


def test_a_party_of_the_business_sees_no_consumers_words(chinese: Browser, scenario: Scenario) -> None:
    """The company sees its obligation and can claim performance. It does not see the consumer's story and
    contact.
    """
    from dataclasses import replace

    from chalicelib.domain.model.case import Party
    from chalicelib.domain.model.codes import Language, Side, Way
    from chalicelib.web.pages.consumer.own_view import View

    ref = performing(scenario)
    dossier = scenario.product.file.whole(ref)
    case = replace(
        dossier.case, parties=(*dossier.case.parties, Party("p9", Way.EMAIL, Language.ZH, side=Side.BUSINESS))
    )
    view = View(
        replace(dossier, case=case),
        scenario.time,
        Caller("p9", Role.BUSINESS_REP, ref=ref, party="p9", channel=Channel.WEB),
        "zh",
        scenario.product,
    )
    seen = case_page.case_data(view)
    assert section_data(view, "complaint", NEWEST)["own"] == []
    assert [
        line.move for line in section_data(view, "history", NEWEST)["lines"] if line.move == "submit"
    ] == []
    assert [(one.pressed, one.rare) for one in seen["ledger"]["owe"]] == [
        (["claim_done"], ["propose_change"])
    ]
    assert not seen["ledger"]["owed"]
    assert "withdraw" not in seen["offered"]


def test_leaver_sees_their_promises_in_their_own_case(chinese: Browser, scenario: Scenario) -> None:
    """A person who left sees their promises in their own case, although the answer is in the joint one."""
    ref = joint(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    answered(scenario, ref, remedies=(REFUND,))
    other = scenario.product.file.load(ref).party("p2").own
    assert other
    scenario.move(acting(scenario.product.file.load(ref), "p2"), "leave_case", ref)
    page = open_case_page(chinese, scenario, other, "p1") + everything(chinese)
    assert "1,655.00" in page
    assert "王芳" not in page
    assert chinese.get("/case/moves/accept_answer").status_code == 200
    scenario.post()
    assert chinese.get("/case").status_code == 200


def test_a_reply_from_ones_own_case_is_ones_own_in_the_joint_one(
    chinese: Browser, scenario: Scenario
) -> None:
    """The reply appears in the joint case as that person's, and others there do not see it."""
    ref = joint(scenario)
    open_case_page(chinese, scenario, scenario.product.file.load(ref).party("p2").own or "")
    page = chinese.post(
        "/case/moves/message", {**hidden(chinese.get("/case/moves/message")), "text": "赵敏从自己的页面留言"}
    )
    assert page.status_code == 200
    assert scenario.moves(ref)[-1] == "message"
    assert "赵敏从自己的页面留言" not in open_case_page(chinese, scenario, ref, "p1", "history")
    assert "赵敏从自己的页面留言" in open_case_page(chinese, scenario, ref, "p2", "history")


@pytest.mark.parametrize("good", [True, False])
def test_the_status_box_urges_nobody_to_accept_an_answer(
    browser: Browser, scenario: Scenario, good: bool
) -> None:
    """The status box lists every response side by side, and no button is green, whatever the answer gives."""
    remedies, first = ((REFUND,), "upheld") if good else ((), "not_established")
    ref = answered(scenario, investigated(scenario), remedies=remedies, first=first)
    open_case_page(browser, scenario, ref)
    page = browser.get("/case").body.decode()
    buttons = re.findall(r'class="govuk-button( govuk-button--secondary)?"[^>]*/case/moves/(\w+)"', page)
    names = [name for _, name in buttons]
    assert names[:3] == ["accept_answer", "raise_dispute", "ask_reconsideration"]
    assert all(secondary for secondary, _ in buttons)
    assert pages.say(browser.headers["accept-language"], "common.next") not in page
    assert own(browser, "case.do_nothing").capitalize() in page


def test_a_day_far_off_is_not_marked_as_urgent(browser: Browser, scenario: Scenario) -> None:
    """A deadline is marked as urgent only in its last three days."""
    ref = answered(scenario)
    scenario.post()
    open_case_page(browser, scenario, ref)
    due = deadlines.due(scenario.product.file.load(ref))["answer_window"]
    assert due
    assert "site-card--due" not in browser.get("/case").body.decode()
    scenario.later(due - scenario.time - NEAR)
    assert "site-card--due" in browser.get("/case").body.decode()


def test_the_page_opens_with_where_it_stands_the_one_thing_to_do_and_what_silence_means(
    browser: Browser, scenario: Scenario
) -> None:
    """Stage, action and effect of silence come before the overview of stages. Without an action the page says
    so and names the promised date.
    """
    language, road = browser.headers["accept-language"], own(browser, "case.stages")
    ref = answered(scenario)
    top = open_case_page(browser, scenario, ref).partition(road)[0]
    assert label(language, "answered", "stage") in top
    assert own(browser, "move.accept_answer.name") in top
    assert own(browser, "runs.answer_window.answered_silence") in top
    nothing = answered(scenario, investigated(scenario), remedies=(), first="not_upheld")
    assert own(browser, "runs.answer_window.answered_nothing") in open_case_page(browser, scenario, nothing)
    assert (
        own(browser, "case.nothing")
        in open_case_page(browser, scenario, scenario.submit().ref).partition(road)[0]
    )
    ref = investigated(scenario)
    promised = pages.formats.moment(language, scenario.product.file.load(ref).promised)
    assert (
        own(browser, "case.promised", by=promised)
        in open_case_page(browser, scenario, ref).partition(road)[0]
    )
