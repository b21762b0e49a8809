"""The desk: work lists, case pages, a form for each move, recorded complaints; each for the roles that
may."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.policy import names, policy
from chalicelib.domain.reference import shown
from chalicelib.locale.formats import label, texts
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.problems import sentence
from chalicelib.web.routes.desk_lists import next_path
from tests.scenario import HOUR, SUN, WANG, ZHAO, Scenario
from tests.web.calls import bearing
from tests.web.desk import FORM, GROUPS, Desk, hidden, visible
from tests.web.provider import Provider


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Any:
    """Return the desk of a staff member: `at("wang")`, `at("wang", "zh")`."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def test_a_work_list_names_what_is_due_first(at: Any, scenario: Scenario) -> None:
    """Each line has the act, time left, name, safety flag, product or type, handler, stage and number. The
    earliest deadline comes first, and words repeat what a colour means."""
    late = scenario.submit(hurt="hurt", consents={"truthful": True, "data_use": True, "sensitive": True})
    calm = scenario.submit()
    scenario.move(WANG, "take", calm.ref)
    scenario.later(3 * HOUR)
    page = visible(at("wang").get("/desk?list=team"))
    assert page.index(shown(late.ref)) < page.index(shown(calm.ref))
    act, says = label("en", "accept", "move").capitalize(), "Registered, decision pending"
    assert f"New {act} {shown(late.ref)} 21 h left 王芳 Safety Quality Nobody yet {says}" in page
    assert f"New {act} {shown(calm.ref)} 21 h left 王芳 Quality Wang {says} {shown(calm.ref)}" in page
    scenario.later(22 * HOUR)
    assert "1 h late" in visible(at("wang").get("/desk?list=unassigned"))
    assert shown(calm.ref) in at("wang").get("/desk")
    assert shown(late.ref) not in at("wang").get("/desk?list=mine")
    assert "已逾期1小时" in at("wang", "zh").get("/desk?list=team")


def test_list_page_and_interface_name_the_same_act(
    at: Any, client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The act that the list names is the first of the case, marked green, and the `next` of both answers, for
    the roles of the officer who reads."""
    case = scenario.submit(hurt="hurt", consents={"truthful": True, "data_use": True, "sensitive": True})
    scenario.move(WANG, "accept", case.ref)
    named = {}
    for who in ("zhao", "sun", "qian", "feng"):
        own = bearing(provider, who, GROUPS[who][0])
        lines = client.http.get("/v1/work?queue=team", headers=own).json_body["items"]
        told = client.http.get(f"/v1/cases/{case.ref}", headers=own).json_body["next"]
        green = rf'"/desk/cases/{case.ref}/moves/(\w+)'
        page = re.search(green, at(who).get(f"/desk/cases/{case.ref}").partition("desk-acts")[2])
        listed = next(line for line in lines if line["ref"] == case.ref).get("next")
        named[who] = {listed, told and told["move"], page and page[1]}
    assert named == {"zhao": {"take"}, "sun": {"assign"}, "qian": {"triage_safety"}, "feng": {"take"}}


def test_the_desk_opens_on_what_waits_for_the_reader(at: Any, scenario: Scenario) -> None:
    """The first list has a new case for everybody in the role that must act, and an assigned case for its
    owner alone."""
    case = scenario.submit()
    assert shown(case.ref) in at("wang").get("/desk")
    assert shown(case.ref) not in at("zhao").get("/desk")
    assert shown(case.ref) not in at("wang").get("/desk?list=mine")
    scenario.move(WANG, "accept", case.ref)
    assert [shown(case.ref) in at(who).get("/desk") for who in ("zhao", "sun", "wang")] == [True, True, False]
    scenario.move(SUN, "assign", case.ref, to="zhao")
    assert [shown(case.ref) in at(who).get("/desk") for who in ("zhao", "sun")] == [True, False]


def test_lists_of_tellings_approvals_and_messages(at: Any, scenario: Scenario) -> None:
    """Call tasks, approvals and messages each have their list."""
    told = scenario.submit(person={"name": "王芳", "phone": "13800138000"})
    asked = scenario.submit()
    scenario.move(
        WANG,
        "decline",
        asked.ref,
        grounds={"1": "not_for_living", "2": "not_for_living"},
        reasons={"1": "a", "2": "b"},
        routes=["court"],
    )
    wrote = scenario.submit()
    scenario.move(scenario.party(wrote), "message", wrote.ref, text="到哪一步了？")
    for queue, case in (("tellings", told), ("approvals", asked), ("messages", wrote)):
        numbers = re.findall(r"\d{4}-\d{4}-\d{4}", at("sun").get(f"/desk?list={queue}"))
        assert {*numbers} == {shown(case.ref)}
        assert "waiting since Thursday 12 February 2026, 09:00" in at("sun").get(f"/desk?list={queue}")


def test_a_long_list_is_turned_page_by_page(at: Any, scenario: Scenario) -> None:
    """Every case is on exactly one page. A spoilt cursor returns 422."""
    made = {shown(scenario.submit().ref) for _ in range(27)}
    first = at("wang").get("/desk?list=team")
    after = re.search(r'href="(/desk\?list=team[^"]*after=[^"]+)"', first)
    assert after
    second = at("wang").get(after[1])
    found = [re.findall(r"work-number\">(\d{4}-\d{4}-\d{4})", page) for page in (first, second)]
    assert (len(found[0]), len(found[1])) == (25, 2)
    assert {*found[0], *found[1]} == made
    assert 'rel="next"' not in second
    at("wang").get("/desk?list=team&after=%25spoilt", 422)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_case_can_be_read_and_acted_on_at_every_turn(at: Any, scenario: Scenario, language: str) -> None:
    """After each move from filing to reopening, every permitted role sees the case, and every offered move
    has a form."""
    person = {"name": "<b>王芳</b>", "phone": "13800138000", "email": "wang.fang@mail.example"}
    case = scenario.submit(person=person, wish_amount={"amount": "1655.00"})
    turns: list[tuple[Any, str, dict[str, Any]]] = [
        (WANG, "take", {}),
        (WANG, "ask_information", {"items": ["photos", "order_number"], "why": "需要照片"}),
        (scenario.party(case), "extend_information", {}),
        (scenario.party(case), "give_information", {"answer": "照片在信里 <script>"}),
        (
            WANG,
            "decline",
            {
                "grounds": {"1": "not_for_living", "2": "outside_competence"},
                "reasons": {"1": "已答复", "2": "不清楚"},
                "routes": ["court"],
            },
        ),
        (SUN, "refuse_approval", {"reason": "再看看"}),
        (WANG, "accept", {"declined": {"2": "outside_competence"}, "reasons": {"2": "不清楚"}}),
        (SUN, "assign", {"to": "zhao"}),
        (scenario.party(case), "message", {"text": "到哪一步了？"}),
        (ZHAO, "message", {"text": "正在调查"}),
        (scenario.party(case), "withdraw", {}),
        (SUN, "reopen", {"cause": "new_facts", "facts": "新的照片"}),
    ]
    opened: set[str] = set()
    for caller, move, body in [(None, "", {}), *turns]:
        if caller:
            body = dict(body)
            if move == "refuse_approval":
                body["approval"] = scenario.product.file.load(case.ref).approvals[0].id
            scenario.later(HOUR)
            scenario.move(caller, move, case.ref, **body)
        for who in ("wang", "sun", "auditor"):
            desk = at(who, language)
            page = desk.client.http.get(f"/desk/cases/{case.ref}", headers=desk.headers)
            html = page.body.decode()
            assert page.status_code == 200, html
            assert "<script" not in html.partition("<body")[2]
            assert "<b>王" not in html
            assert "None" not in visible(html)
            links = set(re.findall(rf'href="(/desk/cases/{case.ref}/moves/\w+)"', html))
            for link in links - opened:
                assert 'name="seen"' in desk.get(link)
            opened |= links
    assert scenario.product.file.load(case.ref).stage == Stage.INVESTIGATING


def test_a_move_is_taken_by_its_form(at: Any, scenario: Scenario) -> None:
    """A partial acceptance from the form is recorded, sent as a letter, and shown on the page."""
    case = scenario.submit()
    address = at("wang").take(
        case,
        "accept",
        declined__2="outside_competence",
        reasons__2="不清楚是哪件商品",
        routes=["court", "association"],
    )
    assert address == f"/desk/cases/{case.ref}?done=accept"
    page = visible(at("wang").get(address))
    assert "Recorded: accept." in page
    assert f"declined: {label('en', 'outside_competence', 'decline_ground')}" in page
    assert "an answer by" in page
    assert "不清楚是哪件商品" in page
    assert "Part acceptance → 王芳" in visible(at("wang").get(f"/desk/cases/{case.ref}/letters"))
    assert scenario.moves(case.ref) == ["submit", "accept"]


def test_a_second_person_sees_what_was_asked_and_decides(at: Any, scenario: Scenario) -> None:
    """A decline waits for the approval of the lead, who reads ground and reason. The asker cannot approve
    it."""
    case = scenario.submit()
    reason = "去年已答复"
    at("wang").take(
        case,
        "decline",
        grounds__1="not_for_living",
        grounds__2="not_for_living",
        reasons__1=reason,
        reasons__2=reason,
        routes="court",
    )
    assert "takes effect once approved: decline" in visible(
        at("wang").get(f"/desk/cases/{case.ref}?done=decline")
    )
    page = visible(at("sun").get(f"/desk/cases/{case.ref}/moves/approve"))
    assert "Wang asked for “decline”" in page
    assert reason in page
    assert label("en", "not_for_living", "decline_ground") in page
    at("sun").take(case, "approve", approval=scenario.product.file.load(case.ref).approvals[0].id)
    assert scenario.product.file.load(case.ref).stage == Stage.DECLINED


def test_a_letter_to_tell_stands_with_its_script(at: Any, scenario: Scenario) -> None:
    """Without e-mail, the case page shows the script of the letter and the phone number. The record of the
    call delivers the letter."""
    case = scenario.submit(person={"name": "王芳", "phone": "13800138000"})
    page = visible(at("wang").get(f"/desk/cases/{case.ref}"))
    assert "What to say" in page
    assert shown(case.ref).replace("-", "，") in page
    assert "王芳 · +8613800138000" in page
    # no one reads a link aloud, and no staff member gets the consumer's own link
    assert "/case/…" not in page
    assert "p1-1-" not in page
    at("wang").take(
        case, "record_telling", telling=case.tellings[0].id, how="phone", told="true", said="已读全文"
    )
    assert not scenario.product.file.load(case.ref).tellings
    assert "told by staff" in visible(at("wang").get(f"/desk/cases/{case.ref}/letters"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_ground_without_its_fact_is_shown_with_what_is_missing(
    at: Any, scenario: Scenario, language: str
) -> None:
    """Nobody was asked, so the ground "after asking" stands in the list and cannot be chosen; the interface
    refuses it at its field. After the asking it can be chosen."""
    case = scenario.submit()
    form = f"/desk/cases/{case.ref}/moves/decline"
    ground, why = label(language, "no_facts", "decline_ground"), label(language, "asked", "fact")
    shown_as = texts(language)["page"]["form"]["not_now"].format(label=ground, why=why)
    assert f'<option value="no_facts" disabled>{shown_as}</option>' in at("wang", language).get(form)
    said = {"grounds": {"1": "not_complaint", "2": "no_facts"}, "reasons": {"1": "咨询", "2": "不清楚"}}
    with pytest.raises(Refusal, match="ground_without_fact") as refused:
        scenario.move(WANG, "decline", case.ref, **said, routes=["court"])
    assert refused.value.field == "grounds/2"
    assert sentence(language, refused.value) == texts(language)["refusal"]["ground_without_fact"].format(
        ground=ground, fact=why
    )
    scenario.move(WANG, "ask_information", case.ref, items=["facts"], why="哪一台？")
    scenario.move(scenario.by_link(case.ref, "p1"), "give_information", case.ref, answer="忘了。")
    assert f'<option value="no_facts">{ground}</option>' in at("wang", language).get(form)


def test_incomplete_desk_form_returns_with_its_text(at: Any, scenario: Scenario) -> None:
    """An incomplete form comes back with its text and links to the bad fields. Nothing is written."""
    case = scenario.submit()
    page = at("wang").take(case, "decline", 422, grounds__1="outside_competence", reasons__1="写了很久的理由")
    assert "写了很久的理由" in page
    assert re.findall(r'<li>\s*<a href="#([\w.]+)"', page) == ["routes"]
    page = at("wang").take(
        case, "decline", 422, grounds__1="outside_competence", reasons__1="写了很久的理由", routes="court"
    )
    assert "Every declined matter needs a ground." in visible(page)
    assert "写了很久的理由" in page
    assert scenario.moves(case.ref) == ["submit"]


def test_a_change_meanwhile_is_shown_before_anything_is_done(at: Any, scenario: Scenario) -> None:
    """The desk returns an outdated form with the changes and the typed text, and accepts it when the officer
    sends it again."""
    case, desk = scenario.submit(), at("sun")
    path = f"/desk/cases/{case.ref}/moves/message"
    old = {**hidden(desk.get(path)), "text": "请寄照片"}
    scenario.move(WANG, "accept", case.ref)
    page = desk.post(path, old, 409)
    assert "has changed since you opened the form" in page
    assert "Under investigation" in page
    assert "请寄照片" in page
    assert scenario.moves(case.ref) == ["submit", "accept"]
    desk.post(path, {**hidden(page), "text": "请寄照片"})
    assert scenario.moves(case.ref) == ["submit", "accept", "message"]


def test_a_double_click_does_it_once(at: Any, scenario: Scenario) -> None:
    """The same form sent twice makes one entry and redirects to the case each time."""
    case, desk = scenario.submit(), at("wang")
    form = {"seen": case.entries, "key": "k1"}
    addresses = {desk.post(f"/desk/cases/{case.ref}/moves/take", form) for _ in range(2)}
    assert addresses == {f"/desk/cases/{case.ref}?done=take"}
    assert scenario.moves(case.ref) == ["submit", "take"]
    call = {
        "key": "k2",
        "channel": "phone",
        "person.phone": "13800138001",
        "account.story": "坏了",
        "matters.0.sub_type": "quality/defect",
        "wishes": "refund",
        "hurt": "no",
        "consents.truthful": "true",
        "consents.data_use": "true",
    }
    assert len({desk.post("/desk/complain", call) for _ in range(2)}) == 1
    again = desk.post("/desk/complain", {**call, "account.story": "另一件"}, 422)
    assert "This form has recorded a complaint already" in again
    assert "另一件" in again
    assert 'value="k2"' not in again


def test_a_call_is_written_down_later(at: Any, scenario: Scenario) -> None:
    """Staff enter channel and time. The 24 hours run from the local time of the call, and a late record needs
    a reason."""
    desk = at("wang")
    page = desk.get("/desk/complain")
    assert page.index('id="part-heard"') < page.index('name="received_at"') < page.index('name="late_reason"')
    assert '<option value="web"' not in page
    assert '<option value="phone" selected>' in page
    call = {
        "channel": "phone",
        "received_at": "2026-02-12T06:30",
        "person.name": "李雷",
        "person.phone": "13900139000",
        "account.story": "电话里说……",
        "matters.0.sub_type": "price/overcharge",
        "matters.0.amount": "25.50",
        "region": "810000",
        "wishes": ["refund", "apology"],
        "hurt": "no",
        "consents.truthful": "true",
        "consents.data_use": "true",
    }
    page = desk.post("/desk/complain", call, 422)
    assert 'href="#late_reason"' in page
    assert "电话里说" in page
    ref = desk.post("/desk/complain", {**call, "late_reason": "系统故障"}).split("/")[3].partition("?")[0]
    case = scenario.product.file.load(ref)
    assert (case.channel, case.received_at, case.matters[0].amount) == (
        "phone",
        scenario.time - 2.5 * HOUR,
        2550,
    )
    page = at("sun").get(f"/desk/cases/{ref}")
    assert "Thursday 12 February 2026, 06:30" in page
    assert "Hong Kong" in page


def test_a_danger_on_the_phone_is_written_down_as_it_is_said(at: Any, scenario: Scenario) -> None:
    """The desk's form accepts every danger report. Unreadable values are shown as they were typed."""
    address = at("wang").post(
        "/desk/complain",
        {"channel": "phone", "hurt": "could_be", "person.phone": "138", "wish_amount": "很多"},
    )
    page = at("sun").get(address.partition("/receipt")[0])
    assert scenario.product.file.load(address.split("/")[3]).unsafe
    assert "138" in page
    assert "很多" in page


def test_an_anonymous_caller_gets_a_passphrase_once(at: Any, scenario: Scenario) -> None:
    """The staff member who records the complaint reads out its number and passphrase. Later the case page
    does not show them."""
    safety = {
        "channel": "phone",
        "account.story": "充电器冒烟",
        "matters.0.sub_type": "safety/hazard",
        "wishes": "stop",
        "hurt": "could_be",
        "consents.truthful": "true",
        "consents.data_use": "true",
    }
    address = at("wang").post("/desk/complain", safety)
    case = scenario.product.file.load(address.split("/")[3].partition("?")[0])
    phrase = scenario.product.links.phrase(case.ref, "p1", 1)
    assert phrase in at("wang").get(address)
    assert phrase not in at("sun").get(address)
    assert phrase not in at("wang").get(address.partition("?")[0])


def test_an_auditor_reads_but_sees_nobody_and_moves_nothing(at: Any, scenario: Scenario) -> None:
    """An auditor reads codes, dates and the chain of moves, without names, contacts or free text. They can
    take no move."""
    case = scenario.submit(person={"name": "王芳", "phone": "13800138000"}, account={"story": "洗衣机坏了"})
    scenario.move(scenario.party(case), "message", case.ref, text="我的电话没人接")
    page = at("auditor").get(f"/desk/cases/{case.ref}")
    assert not [word for word in ("王芳", "13800138000", "洗衣机坏了", "没人接") if word in page]
    assert "(not shown to your role)" in page
    assert "/moves/" not in page
    at("auditor").post(f"/desk/cases/{case.ref}/moves/take", {"seen": 2, "key": "k"}, 403)
    at("auditor").post("/desk/complain", {}, 403)
    at("auditor").get("/desk/complain", 403)
    assert shown(case.ref) in at("auditor").get("/desk?list=team&team=general")
    assert scenario.moves(case.ref) == ["submit", "message"]


def test_an_administrator_opens_no_case(at: Any, scenario: Scenario) -> None:
    """An administrator can neither read lists and cases nor take moves."""
    case = scenario.submit()
    assert shown(case.ref) not in at("zheng").get("/desk?list=team", 303)
    at("zheng").get(f"/desk/cases/{case.ref}", 404)
    at("zheng").post(f"/desk/cases/{case.ref}/moves/take", {}, 404)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_recused_officer_cannot_read_the_case(
    at: Any, client: Any, scenario: Scenario, language: str
) -> None:
    """A recused officer sees that the case exists, why it is closed to them, and the danger report. File,
    evidence, papers and refused forms show nothing of the case."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    scenario.move(ZHAO, "take", ref)
    scenario.move(ZHAO, "recuse", ref, conflict="other_doubt", reason="是我表妹。")
    desk = at("zhao", language)
    page, why = desk.get(f"/desk/cases/{ref}"), say(language, "desk.asked.apart_title")
    assert why in page
    assert "洗衣机坏了" not in page
    assert "王芳" not in page
    assert set(re.findall(r"/moves/(\w+)", page)) == {"tag_safety"}
    refused = texts(language)["refusal"]["reads_nothing_apart"]
    for path in ("files", "files/x", "files/x/picture", "files/add", "agreement"):
        assert refused in desk.get(f"/desk/cases/{ref}/{path}", 403)
    assert "王芳" not in desk.post(
        f"/desk/cases/{ref}/moves/message", {"text": "x", "party": "p1", "shown": "1"}, 409
    )


def test_panel_member_sees_no_team_list(at: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """A panel member sees only the cases of their panel, so a panel role opens no team list."""
    monkeypatch.setitem(GROUPS, "deng", ["role:panel", "team:general"])
    case = scenario.submit()
    assert shown(case.ref) not in at("deng").get("/desk?list=team&team=general")
    at("deng").get(f"/desk/cases/{case.ref}", 404)


def test_another_teams_case_looks_like_no_case(at: Any, scenario: Scenario) -> None:
    """Another team's case gets the same answer as an unknown number, on every route. Its lists are empty."""
    case = scenario.submit()
    for ref in (case.ref, "100000000005", "1"):
        at("stranger").get(f"/desk/cases/{ref}", 404)
        at("stranger").post(f"/desk/cases/{ref}/moves/take", {}, 404)
    assert shown(case.ref) not in at("stranger").get("/desk?list=team&team=general")
    assert shown(case.ref) in at("zhou").get("/desk?list=team&team=general")


def test_a_form_from_another_site_does_nothing(at: Any, scenario: Scenario) -> None:
    """A form that the browser reports as cross-site is refused."""
    case = scenario.submit()
    at("wang").post(
        f"/desk/cases/{case.ref}/moves/take", {"seen": 1, "key": "k"}, 403, **{"Sec-Fetch-Site": "cross-site"}
    )
    at("wang").post("/desk/complain", {}, 403, **{"Sec-Fetch-Site": "cross-site"})
    assert scenario.moves(case.ref) == ["submit"]


def test_moves_that_are_not_for_people_have_no_form(at: Any, scenario: Scenario) -> None:
    """Moves of the clock, `submit` and unknown names return 403. A move that does not fit the stage redirects
    to the case."""
    case = scenario.submit()
    for move in ("take_step", "letter_failed", "submit", "nothing"):
        at("sun").post(f"/desk/cases/{case.ref}/moves/{move}", {"seen": 1}, 403)
    desk = at("sun")
    answer = desk.client.http.get(f"/desk/cases/{case.ref}/moves/reopen", headers=desk.headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/desk/cases/{case.ref}")
    assert scenario.moves(case.ref) == ["submit"]


def test_every_page_of_the_desk_can_be_left(at: Any, scenario: Scenario) -> None:
    """Every page has the sign-out button."""
    ref = scenario.submit().ref
    for path in (
        "/desk",
        "/desk/complain",
        "/desk/roster",
        "/desk/mediators",
        f"/desk/cases/{ref}",
        f"/desk/cases/{ref}/moves/accept",
    ):
        assert 'action="/desk/sign-out"' in at("sun").get(path), path


def test_a_session_that_ends_while_typing_loses_nothing(client: Any, scenario: Scenario) -> None:
    """A form sent after the session ended gets a page that says how to return to the typed text."""
    case = scenario.submit()
    answer = client.http.post(
        f"/desk/cases/{case.ref}/moves/take", headers={**FORM, "Accept-Language": "en"}, body=b"seen=1"
    )
    assert answer.status_code == 401
    assert "go back to the form with your browser" in answer.body.decode()


def test_erased_words_say_so(at: Any, scenario: Scenario) -> None:
    """Erased text is marked as erased, and the page still opens."""
    from chalicelib.aws import rows

    case = scenario.submit()
    row = rows.Row.get(rows.case(case.ref), rows.entry(1))
    row.update(actions=[rows.Row.words.set("{}")])
    assert "(these words have been erased)" in at("wang").get(f"/desk/cases/{case.ref}")


def test_two_roles_have_the_rights_of_both(
    at: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An auditor who is also a lead handles cases."""
    monkeypatch.setitem(GROUPS, "both", ["role:auditor", "role:lead", "team:general"])
    case = scenario.submit()
    page = at("both").get(f"/desk/cases/{case.ref}")
    assert "王芳" in page
    assert "moves/accept" in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_step_of_every_ladder_can_be_told(scenario: Scenario, language: str) -> None:
    """Each step has words for its recipients, its letters and its moves, under every policy."""
    dossier = scenario.product.file.whole(scenario.submit().ref)
    reading = Reading(dossier, WANG, language, scenario.product)
    steps = [step for name in names() for rule in policy(name).rules.values() for step in rule.ladder]
    assert len(steps) > 100
    for step in steps:
        takes = [move for move in step.take.split(" | ") if move]
        for stage in Stage if takes else [Stage.RECEIVED]:
            told = replace(reading, dossier=replace(dossier, case=replace(dossier.case, stage=stage))).step(
                step
            )
            here = [move for move in takes if stage in MOVES[move].at]
            assert bool(told) == bool(step.tell or step.consumer or here)
            assert "{" not in told
            assert "_" not in told


def test_next_case_follows_the_list(at: Any, scenario: Scenario) -> None:
    """The link leads from a case to the one after it, and from the last one to another that still waits."""
    first = scenario.submit()
    scenario.later(HOUR)
    second = scenario.submit()
    desk = at("wang")
    for case, other in ((first, second), (second, first)):
        answer = desk.client.http.get(next_path(case.ref), headers=desk.headers)
        assert answer.headers["Location"] == f"/desk/cases/{other.ref}"
