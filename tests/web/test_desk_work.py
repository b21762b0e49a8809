"""The desk through all the work: reports and answers by form, each form at its stage, and a department's
narrow view."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Member, Roster, Team
from chalicelib.domain.routing import Routing, Rule
from chalicelib.locale.formats import texts
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.conversation import MOST_SPOKEN
from tests.aws_calls import Calls
from tests.closed import complete
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario, roster
from tests.web.desk import GROUPS, Desk, visible, without_filters
from tests.web.worked import ALL, BOSS, story

HE = Caller("he", Role.DEPARTMENT, frozenset({"repair"}))
PEOPLE = {
    "boss": [f"role:{role.code}" for role in ALL] + ["team:general"],
    "he": ["role:department", "team:repair"],
    "lead_he": ["role:department", "role:lead", "team:repair"],
}
REPORT = {
    "findings__0__matter": "1",
    "findings__0__fact": "洗衣机不脱水",
    "findings__0__evidence": ["E1", "Q1"],
    "findings__1__matter": "2",
    "findings__1__fact": "商家拒绝维修",
    "findings__1__evidence": "E1",
    "rights__know": "not_infringed",
    "rights__choose": "not_examined",
    "rights__fair_trade": "infringed",
    "rights__safety": "not_infringed",
    "unexamined": "投诉没有涉及",
    "rules__0__law": "consumer_protection_2013",
    "rules__0__article": "第二十四条",
    "conclusions__1": "upheld",
    "conclusions__2": "not_established",
    "reasons__1": "符合退货条件",
    "reasons__2": "没有找到维修记录",
    "causes__0": "manufacture",
    "causes__1": "attitude",
    "remedies__0__matter": "1",
    "remedies__0__kind": "refund",
    "remedies__0__by": "2026-04-30",
    "remedies__0__amount": "1,655",
    "terms": "原路退回全部货款",
}
"""A complete report as form input."""


@pytest.fixture
def at(client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """Return the desk of a staff member, in a scenario with a repair department."""
    repair = Team(
        {"zh": "维修部", "en": "Repairs"}, duty={"department": (Member("he", "He", "he@house.example"),)}
    )
    scenario.product.file.keep_roster(Roster({**roster().teams, "repair": repair}))
    for who, groups in PEOPLE.items():
        monkeypatch.setitem(GROUPS, who, groups)
    return lambda who, language="en": Desk(client, scenario, who, language)


def department_asked(scenario: Scenario, **changes: Any) -> Case:
    """Return a case that Zhao investigates, with a question to the repair department."""
    case = scenario.submit(**changes)
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    return scenario.move(
        ZHAO, "ask_department", case.ref, department="repair", question="这台机器修过几次？", papers="维修单"
    )


def test_a_whole_report_is_filed_by_its_form(at: Any, scenario: Scenario) -> None:
    """The form of a report takes findings, evidence, rights, rules, conclusions, remedies and causes. The
    lead reads them all."""
    case = department_asked(scenario)
    scenario.later(30 * DAY)
    page = at("zhao").get(f"/desk/cases/{case.ref}/moves/file_report")
    assert "E1 · statement" in page
    assert "Q1 · no answer from the department" in page
    assert "这台机器修过几次" in page
    at("zhao").take(case, "file_report", **REPORT)
    report = scenario.product.file.load(case.ref).inquiry.report
    assert report
    assert report.causes == ("manufacture", "attitude")
    assert report.remedies[0].amount == 165500
    read = visible(at("sun").get(f"/desk/cases/{case.ref}/moves/answer"))
    for said in (
        "洗衣机不脱水",
        "E1, Q1",
        "right to fair trade: infringed",
        "第二十四条",
        "facts not established",
        "manufacture",
        "refund · Thursday 30 April 2026 · CNY 1,655.00",
        "原路退回全部货款",
    ):
        assert said in read, said
    assert "waits for the lead's answer" in visible(at("sun").get(f"/desk/cases/{case.ref}"))
    at("sun").take(case, "answer", routes="court")
    page = visible(at("sun").get(f"/desk/cases/{case.ref}"))
    assert "O1 · refund · CNY 1,655.00 not due yet" in page
    assert "business side → 王芳 · matter 1" in page


def test_wrong_report_returns_with_errors_at_its_fields(at: Any, scenario: Scenario) -> None:
    """Missing evidence, amounts or rights are errors at their fields. The typed text remains, and nothing is
    written."""
    case, desk = department_asked(scenario), at("zhao")
    for fields, bad in (
        ({"findings__1__evidence": "", "findings__0__evidence": "E1"}, "findings.1.evidence"),
        ({"findings__0__evidence": "E1", "remedies__0__amount": ""}, "remedies.0.amount"),
        ({"findings__0__evidence": "E1", "rights__safety": "", "unexamined": ""}, "rights"),
        ({"findings__0__evidence": "E1", "causes__0": "misunderstanding"}, "better"),
        ({"findings__0__evidence": "E1", "rules__0__article": ""}, "rules.0.article"),
    ):
        page = desk.take(case, "file_report", 422, **{**REPORT, **fields})
        assert re.findall(r'<li>\s*<a href="#([\w.]+)"', page) == [bad]
        assert f'id="{bad}"' in page
        assert "洗衣机不脱水" in page
        assert "商家拒绝维修" in page
        assert "没有找到维修记录" in page
        assert "原路退回全部货款" in page
    assert "file_report" not in scenario.moves(case.ref)


def test_button_for_more_rows_keeps_typed_values(at: Any, scenario: Scenario) -> None:
    """The button for more rows writes nothing and loses nothing."""
    case = department_asked(scenario)
    page = at("zhao").take(case, "file_report", 200, more="findings", **REPORT)
    assert "findings.5.fact" in page
    assert "findings.6.fact" not in page
    assert "商家拒绝维修" in page
    assert "There is a problem" not in page
    assert "file_report" not in scenario.moves(case.ref)
    page = at("wang").post("/desk/complain", {"more": "matters", "account.story": "还在打字"}, 200)
    assert "matters.1.sub_type" in page
    assert "还在打字" in page


def test_a_department_sees_its_question_and_nothing_else(at: Any, scenario: Scenario) -> None:
    """A department sees number, question, papers, deadline, the answer form and the danger report. It sees no
    person, story, stage or timeline, and after its answer no case. No filter
    tells it what it does not see."""
    case = department_asked(scenario, account={"story": "洗衣机坏了，梧桐路八号"})
    scenario.move(ZHAO, "message", case.ref, text="正在调查")
    for who in ("he", "lead_he"):
        page = at(who).get(f"/desk/cases/{case.ref}")
        assert "这台机器修过几次？" in page
        assert "维修单" in page
        assert "Please answer by" in page
        assert shown(case.ref) in page
        for address in re.findall(rf'href="(/desk/cases/{case.ref}[^"]*)"', page):
            page += at(who).get(address)
        assert set(re.findall(r"moves/(\w+)\"", page)) == {"answer_department", "tag_safety"}
        for hidden in ("王芳", "13800138000", "梧桐路", "正在调查", "Under investigation", "Zhao", "Quality"):
            assert hidden not in page, hidden
    line = visible(without_filters(at("he").get("/desk")))
    assert shown(case.ref) in line
    assert "Question to your department" in line
    assert "Quality" not in line
    assert "Zhao" not in line
    for query in ("type=quality", "stage=investigating", "channel=web", "person=zhao"):
        assert shown(case.ref) not in at("he").get(f"/desk?{query}"), query
    for route in ("files", "files/add"):
        assert at("he").client.http.get(
            f"/desk/cases/{case.ref}/{route}", headers=at("he").headers
        ).status_code in (303, 403, 404)
    at("he").post(f"/desk/cases/{case.ref}/moves/message", {"text": "您好", "key": "k"}, 403)
    form = {"key": "k1", "question": "Q1", "answer": "修过两次"}
    assert {at("he").post(f"/desk/cases/{case.ref}/moves/answer_department", form) for _ in range(2)} == {
        "/desk?done=answer_department"
    }
    assert "has been passed on" in at("he").get("/desk?done=answer_department")
    at("he").get(f"/desk/cases/{case.ref}", 404)
    page = visible(at("zhao").get(f"/desk/cases/{case.ref}"))
    assert "Q1 · Repairs answered" in page
    assert "E2 · answer of a department" in page
    assert "修过两次" in page


def test_a_department_does_not_stumble_over_what_others_did(at: Any, scenario: Scenario) -> None:
    """Events on the case do not invalidate the form of a department, which may not see them."""
    case, desk = department_asked(scenario), at("he")
    form = dict(
        re.findall(
            r'type="hidden" name="(\w+)" value="([^"]*)"',
            desk.get(f"/desk/cases/{case.ref}/moves/answer_department"),
        )
    )
    scenario.move(ZHAO, "message", case.ref, text="正在调查")
    desk.post(
        f"/desk/cases/{case.ref}/moves/answer_department", {**form, "question": "Q1", "answer": "修过两次"}
    )
    assert scenario.moves(case.ref)[-1] == "answer_department"


def test_message_is_previewed_before_it_leaves(at: Any, scenario: Scenario) -> None:
    """The form says who reads a message. The next page shows the whole letter and its recipients, and only a
    further click sends it."""
    case, desk = scenario.submit(), at("wang")
    page = desk.get(f"/desk/cases/{case.ref}/moves/message")
    assert "It is not an internal note" in page
    form = {
        **dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)),
        "text": "请问发票号是多少？",
    }
    page = desk.post(f"/desk/cases/{case.ref}/moves/message", form, 200)
    assert "By e-mail to: 王芳" in page
    assert "请问发票号是多少？" in page
    assert "以下是我们给您的留言" in page
    assert scenario.moves(case.ref) == ["submit"]
    assert "打开您的投诉页面：…" in page
    assert "请问发票号是多少？" in desk.post(
        f"/desk/cases/{case.ref}/moves/message", {**form, "edit": "yes"}, 200
    )
    desk.post(f"/desk/cases/{case.ref}/moves/message", {**form, "shown": "yes"})
    assert scenario.moves(case.ref)[-1] == "message"


def test_a_note_is_read_by_colleagues_only(at: Any, scenario: Scenario) -> None:
    """The form says that no party reads a note. One click records it on the desk's timeline."""
    case, desk = scenario.submit(), at("wang")
    page = desk.get(f"/desk/cases/{case.ref}/moves/note")
    assert "is not sent to any party" in page
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    desk.post(f"/desk/cases/{case.ref}/moves/note", {**form, "text": "像是上个月那批货"})
    assert "像是上个月那批货" in at("sun").get(f"/desk/cases/{case.ref}")


def test_a_form_that_was_sent_before_is_another_act_after_the_error(at: Any, scenario: Scenario) -> None:
    """A changed form with a used key is refused and comes back with a fresh key. The officer can then send
    it."""
    case, desk = scenario.submit(), at("wang")
    place = f"/desk/cases/{case.ref}/moves/note"

    def hidden(page: str) -> dict[str, str]:
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))

    form = hidden(desk.get(place))
    desk.post(place, {**form, "text": "第一条"})
    again = hidden(desk.post(place, {**form, "text": "第二条"}, 422))
    assert again["key"] != form["key"]
    desk.post(place, {**again, "text": "第二条"})
    assert scenario.moves(case.ref).count("note") == 2


def test_the_safety_lane_stands_out(at: Any, scenario: Scenario) -> None:
    """A safety flag follows the stage, and its moves come first, until an officer clears it."""
    case = scenario.submit(hurt="could_be")
    page = visible(at("boss").get(f"/desk/cases/{case.ref}"))
    assert "Safety: to be assessed" in page
    assert page.index("assess") < page.index("Acceptance")
    scenario.move(BOSS, "triage_safety", case.ref, real=True, reportable=True, reason="电池起火")
    assert "Safety: must be reported" in visible(at("boss").get(f"/desk/cases/{case.ref}"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_move_of_staff_has_a_form_in_its_time(at: Any, scenario: Scenario, language: str) -> None:
    """Every staff move opens its form at its stage, and the case page has all its words. Modules in
    `elsewhere` have their own tests. The first six moves at the end need situations that are not built here.
    `read_mention` has no form, because opening the case takes it."""
    desk, opened = at("boss", language), set()
    for case in story(scenario):
        page = desk.get(f"/desk/cases/{case.ref}")
        assert "None" not in visible(page)
        assert "{" not in visible(page)
        for move in set(re.findall(rf"/desk/cases/{case.ref}/moves/(\w+)", page)) - opened:
            form = desk.get(f"/desk/cases/{case.ref}/moves/{move}")
            assert 'name="seen"' in form, move
            assert "<script" not in form.partition("<body")[2], move
            opened.add(move)
        assert "王芳" not in at("auditor", language).get(f"/desk/cases/{case.ref}")
        scenario.later(timedelta(minutes=5))
    from chalicelib.web.routes.desk_cases import TAKEN

    department = {name for name in TAKEN if not MOVES[name].by & ~(Role.DEPARTMENT | Role.DEPARTMENT_HEAD)}
    elsewhere = {
        "reconsideration",
        "dispute",
        "offers",
        "invitation",
        "mediation",
        "meetings",
        "drafting",
        "signing",
        "performance",
        "changing",
        "breach",
        "integrity",
        "improvement",
        "leaving",
        "retention",
        "partner_access",
    }
    apart = {name for name in TAKEN if MOVES[name].do.__module__.rpartition(".")[2] in elsewhere}
    complete(
        {
            "lapse_information",
            "lapse_decline",
            "lapse_answer",
            "give_opinion",
            "hand_over",
            "release_address",
            "read_mention",
        },
        TAKEN - opened - department - apart,
        "the list of this test",
        "let the life above come to where the desk offers it, or list it with the test that opens its form",
    )


def test_desk_timeline_shows_words_for_codes(at: Any, scenario: Scenario) -> None:
    """Dates, names, promises and lists on the timeline are words, not codes."""
    case = department_asked(scenario)
    scenario.move(
        SUN,
        "edit_matters",
        case.ref,
        reason="拆分",
        matters=[
            {"type": "quality", "sub_type": "defect", "amount": {"amount": "10.00"}},
            {"type": "price", "sub_type": "hidden_fee"},
            {"type": "conduct", "sub_type": "rude"},
        ],
    )
    scenario.move(ZHAO, "record_return", case.ref, received_on="2026-02-11")
    scenario.move(
        ZHAO,
        "invite_interview",
        case.ref,
        meeting=f"{scenario.time + DAY:%Y-%m-%dT%H:%M:%SZ}",
        how="phone",
        purpose="核实",
    )
    page = visible(at("sun").get(f"/desk/cases/{case.ref}"))
    for said in (
        "Matters before: Quality, defect or failure · CNY 1,655.00; After-sales, repair refused",
        "Wednesday 11 February 2026",
        "Repairs",
        "Friday 13 February 2026, 09:00",
        "Price and charges, undisclosed fee; Conduct, rude",
    ):
        assert said in page, said
    scenario.later(HOUR)


def test_parked_cases_are_shown_to_supervisors(at: Any, scenario: Scenario) -> None:
    """Only a supervisor's list shows the parked cases with their numbers. The page of letters marks parked
    letters."""
    from chalicelib.aws import rows

    case = scenario.submit()
    (letter,) = scenario.product.file.whole(case.ref).letters
    assert "Set aside" not in at("zhou").get("/desk")
    rows.Row.get(rows.case(case.ref), rows.letter(letter["id"])).update(
        actions=[rows.Row.shard.set(rows.PARKED)]
    )
    rows.Row.get(rows.case(case.ref), rows.HEAD).update(actions=[rows.Row.shard.set(rows.PARKED)])
    for language, says in (("en", "cases 1, letters 1"), ("zh", "投诉1件，信件1封")):
        assert says in at("zhou", language).get("/desk")
    link = f"/desk/cases/{case.ref}"
    assert link in at("zhou").get("/desk?list=mine")
    assert "Set aside" not in at("sun").get("/desk")
    assert '<strong class="govuk-tag govuk-tag--red">waits for a repair</strong>' in at("sun").get(
        f"{link}/letters"
    )


def test_an_address_that_refuses_our_letters_is_seen_on_the_case(at: Any, scenario: Scenario) -> None:
    """The case page marks the address, and a lead can release it. An auditor, who sees no addresses, does not
    see the mark."""
    case = scenario.submit()
    assert "release_address" not in at("sun").get(f"/desk/cases/{case.ref}")
    key = scenario.product.lookups.of("wang.fang@mail.example")[0]
    scenario.product.addresses.refuses(key, "bounce", scenario.time)
    for language, says in (("en", "returns or refuses our letters"), ("zh", "退回或者拒收我们的来信")):
        assert says in at("sun", language).get(f"/desk/cases/{case.ref}")
        assert says in at("wang", language).get(f"/desk/cases/{case.ref}")
    assert "returns or refuses" not in at("auditor").get(f"/desk/cases/{case.ref}")
    assert "release_address" not in at("wang").get(f"/desk/cases/{case.ref}")
    at("sun").take(case, "release_address", reason="邮箱已恢复")
    assert "returns or refuses" not in at("sun").get(f"/desk/cases/{case.ref}")


def test_desk_asks_to_post_after_three_failed_calls(at: Any, scenario: Scenario) -> None:
    """The page gives the days of the failed calls and asks to post the letter. Without a postal address it
    gives the date of the next review."""
    case = scenario.submit(person={"name": "王芳", "phone": "13800138000"})
    link, telling = f"/desk/cases/{case.ref}", case.tellings[0].id
    for _ in range(3):
        assert "post the letter" not in at("wang").get(link)
        scenario.move(
            WANG, "record_telling", case.ref, telling=telling, how="phone", told=False, said="没有人接。"
        )
        scenario.later(DAY)
    page = at("wang").get(link)
    assert "Days on which nobody answered: 3 (" in page
    assert "please post the letter below now" in page
    assert "三天都没有联系上：请现在把下面的文书邮寄给本人" in at("wang", "zh").get(link)
    digest = re.search(r"[0-9a-f]{64}", visible(page))
    assert digest, "paper is verified as mail is"
    assert scenario.product.authenticity.of_letter(case.ref, digest[0]).letter == "receipt"
    scenario.move(
        WANG, "record_telling", case.ref, telling=telling, how="post", told=False, said="没有地址。"
    )
    again = scenario.time + 31 * DAY  # when the thirtieth day is over
    assert f"looked at again on {again:%A} {again.day} {again:%B}" in at("wang").get(link)
    assert "please post" not in at("wang").get(link)
    assert "再看一次" in at("wang", "zh").get(link)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_first_desk_page_of_a_case_reads_no_letters_or_files(
    at: Any, scenario: Scenario, calls: Calls, language: str
) -> None:
    """The first page of a case links to these pages and reads neither letters nor files nor other cases. It
    shows the newest entries and the complaint, and says how many stand between."""
    other = scenario.submit().ref
    case = scenario.move(WANG, "accept", scenario.submit().ref)
    for n in range(MOST_SPOKEN + 1):
        scenario.move(SUN, "message", case.ref, text=f"第{n}次答复。")
    desk, home = at("sun", language), f"/desk/cases/{case.ref}"
    desk.get(home)  # record first that sun reads the case
    calls.made()
    page = desk.get(home)
    assert calls.made()["Query"] == 3  # people, the newest entries, and the reader's drafts
    sections = texts(language)["page"]["desk"]["section"]
    for name in ("timeline", "letters", "files", "related"):
        assert re.search(rf'href="{home}/{name}">{sections[name]}', page)
    assert re.findall(r'id="entry-(\d+)"', page) == [
        *map(str, range(case.entries + MOST_SPOKEN + 1, case.entries + 1, -1)),
        "1",
    ]
    assert f"第{MOST_SPOKEN}次答复" in page
    assert "第0次答复" not in page
    assert say(language, "desk.talk.left_out", n=2) in page
    assert shown(other) not in page
    assert 'id="entry-2"' in desk.get(f"{home}/timeline")
    assert texts(language)["letter"]["receipt"] in desk.get(f"{home}/letters")
    assert shown(other) in desk.get(f"{home}/related")


def test_entries_of_a_short_case_are_read_in_one_query(at: Any, scenario: Scenario, calls: Calls) -> None:
    """The newest entries are read before other parts of the page, which need some of them."""
    case = scenario.move(WANG, "accept", scenario.submit().ref)
    desk, home = at("sun", "en"), f"/desk/cases/{case.ref}"
    desk.get(home)  # record first that sun reads the case
    calls.made()
    desk.get(home)
    assert calls.made() == {
        "GetItem": 2,
        "Query": 3,
        "BatchGetItem": 1,
    }  # session, head; people, entries, drafts; refused addresses


def test_the_form_names_the_department_that_the_rules_name(at: Any, scenario: Scenario) -> None:
    """The form names the department beforehand, and it is asked if none is chosen. Without such a rule, the
    user must choose one."""
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    case = scenario.product.file.load(ref)
    form = f"/desk/cases/{ref}/moves/ask_department"
    assert "No rule names a department for this complaint" in at("zhao").get(form)
    page = at("zhao").take(case, "ask_department", 422, question="修过几次？")
    assert ("please choose one" in page, "修过几次？" in page) == (True, True)
    known = scenario.product.file.roster()
    scenario.product.file.keep_roster(replace(known, routing=Routing((Rule(to="repair"),), version=1)))
    assert "By the rules: Repairs." in at("zhao").get(form)
    assert "按规则应问：维修部。" in at("zhao", "zh").get(form)
    at("zhao").take(case, "ask_department", question="修过几次？")
    assert [one.department for one in scenario.product.file.load(ref).inquiry.questions] == ["repair"]
    assert "Department asked, by the rules: Repairs" in visible(at("zhao").get(f"/desk/cases/{ref}/timeline"))
