"""Tests of the pages of reconsideration: the consumer asks and reads; the panel declares, votes and decides;
each sees only their own part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Role
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Roster
from chalicelib.locale.lengths import lengths
from tests.scenario import CHEN, DAY, FENG, HE, SUN, WANG, ZHOU, Scenario, roster
from tests.web.browser import Browser, hidden, text
from tests.web.desk import GROUPS, Desk, visible, without_filters
from tests.web.own import REFUND, acting, answered, case_pages, joint, open_case_page, own
from tests.web.provider import Provider

PANEL = {"feng": FENG, "chen": CHEN, "he": HE}
WORDS = "维修单在我手里。"


@pytest.fixture
def at(client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """Return a function that opens the desk as a staff member."""
    monkeypatch.setitem(GROUPS, "he", ["role:department", "team:repair"])
    return lambda who, language="en": Desk(client, scenario, who, language)


def consumer(scenario: Scenario, ref: str) -> Caller:
    """Return the complainant as a caller."""
    return acting(scenario.product.file.load(ref))


def contested_case(scenario: Scenario, reasons: Any = None) -> Case:
    """Return a case whose answer is contested in the second matter."""
    ref = answered(scenario)
    scenario.later(DAY)
    return scenario.move(consumer(scenario, ref), "ask_reconsideration", ref, reasons=reasons or {"2": WORDS})


def panel_appointed(scenario: Scenario, declared: bool = True) -> Case:
    """Return a case with a panel of three, one of them from another team."""
    case = contested_case(scenario)
    case = scenario.move(ZHOU, "appoint_panel", case.ref, members=list(PANEL), chair="feng")
    for caller in PANEL.values() if declared else ():
        case = scenario.move(caller, "declare_interest", case.ref, interest=False)
    return case


def voted(scenario: Scenario, result: str = "changed") -> Case:
    """Return a case with all votes in, one of them different."""
    case = panel_appointed(scenario)
    for who, caller in PANEL.items():
        case = scenario.move(
            caller,
            "vote",
            case.ref,
            results={"2": "confirmed" if who == "he" else result},
            reasons={"2": f"{who}的理由"},
        )
    return case


def decided(scenario: Scenario) -> Case:
    """Return a case with a decision that changes the answer."""
    case = voted(scenario)
    return scenario.move(
        FENG,
        "decide_reconsideration",
        case.ref,
        reasons={"2": "维修单说明故障在保修期内。"},
        conclusions={"2": "upheld"},
        remedies=[{**REFUND, "matter": 2, "amount": {"amount": "200.00"}}],
        terms="退还维修费。",
    )


def bearing(provider: Provider, scenario: Scenario, who: str) -> dict[str, str]:
    """Return the headers of a staff member with a token issued now."""
    provider.now = scenario.time
    return {"Authorization": f"Bearer {provider.token(sub=who, **{'cognito:groups': GROUPS[who]})}"}


def part(browser: Browser, path: str, **slots: Any) -> str:
    """Return a sentence of the part about reconsideration."""
    return own(browser, f"parts.anew.{path}", **slots)


def test_a_consumer_asks_where_the_answer_stands(browser: Browser, scenario: Scenario) -> None:
    """The page says until when to ask, who decides and by when. The form has a box for each matter, contests
    the filled ones, and refuses an empty form.
    """
    ref = answered(scenario)
    page = open_case_page(browser, scenario, ref)
    assert own(browser, "choice.ask_reconsideration") in page
    page = case_pages(browser, "rights")
    assert "2026" in page[page.index(part(browser, "may")) :]
    form = browser.get("/case/moves/ask_reconsideration")
    assert re.findall(r'<textarea[^>]* name="([\w.]+)"', form.body.decode()) == ["reasons.1", "reasons.2"]
    assert browser.post("/case/moves/ask_reconsideration", hidden(form)).status_code == 422
    page = text(browser.post("/case/moves/ask_reconsideration", {**hidden(form), "reasons.2": WORDS}))
    request = scenario.product.file.load(ref).recourse.reconsideration
    assert request
    assert request.matters == (2,)
    assert WORDS in page
    assert part(browser, "unnamed", least=3) in page
    page += case_pages(browser, "deadlines", "rights")
    assert own(browser, "runs.reconsideration.silence") in page
    assert own(browser, "runs.panel_appointment.what") in page
    assert part(browser, "may") not in page
    assert own(browser, "choice.ask_reconsideration") not in page


def test_a_request_is_withdrawn_where_it_stands(browser: Browser, scenario: Scenario) -> None:
    """The withdrawal says what it does; afterwards the case is as before and can be contested again."""
    ref = contested_case(scenario).ref
    assert part(browser, "do.withdraw_request") in open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/withdraw_request")
    assert own(browser, "move.withdraw_request.says") in text(form)
    page = text(browser.post("/case/moves/withdraw_request", hidden(form)))
    assert own(browser, "choice.ask_reconsideration") in page
    assert part(browser, "may") in case_pages(browser, "rights")


def test_the_panel_is_told_by_its_units_and_can_be_objected_to(browser: Browser, scenario: Scenario) -> None:
    """The page names chair and members by unit only. The objection has its own text; the supervisor decides
    it and names the member.
    """
    ref = panel_appointed(scenario, declared=False).ref
    assert part(browser, "unnamed", least=3) in open_case_page(browser, scenario, ref)
    for caller in PANEL.values():
        scenario.move(caller, "declare_interest", ref, interest=False)
    page = text(browser.get("/case"))
    team, repair = (
        ("客户权益组", "维修部")
        if "zh" in browser.headers["accept-language"]
        else ("Customer rights team", "Repairs")
    )
    assert part(browser, "chair", units=team) in page
    assert part(browser, "member", units=repair) in page
    assert "Feng" not in page
    assert "Chen" not in page
    assert own(browser, "runs.party_reply.panel_named.silence") in case_pages(browser, "deadlines")
    form = browser.get("/case/moves/ask_handler_change")
    by = lengths(browser.headers["accept-language"], "default-1")["handler_change"]
    assert own(browser, "move.object.says", handler_change=by) in text(form)
    assert part(browser, "chair", units=team) in text(form)
    browser.post("/case/moves/ask_handler_change", {**hidden(form), "reason": "维修部的人修过这台机器。"})
    case = scenario.move(ZHOU, "decide_handler_change", ref, change=True, reason="有道理", member="he")
    assert [seat.who for seat in case.panel] == ["feng", "chen"]


def test_the_decision_is_read_with_its_reasons_and_nobodys_vote(browser: Browser, scenario: Scenario) -> None:
    """The page shows result, reasons and vote count, that the decision is final, and what remains. The
    original answer stays, with a note on the change.
    """
    page = open_case_page(browser, scenario, decided(scenario).ref)
    assert part(browser, "votes", n=2, of=3) in page
    assert "维修单说明故障在保修期内。" in page
    assert part(browser, "final") in page
    assert part(browser, "remains") in page
    assert part(browser, "changed_here") in page
    assert page.index(part(browser, "decided")) < page.index(own(browser, "parts.answer.title"))
    assert "退还维修费。" in page
    assert "200.00" in page
    assert "的理由" not in page
    assert "Feng" not in page
    body = browser.get("/case").body.decode()
    assert "/case/moves/accept_answer" in body
    # this is for the first matter, which nobody has reconsidered
    assert part(browser, "may") in case_pages(browser, "rights")


def test_decided_matters_cannot_be_contested_again(browser: Browser, scenario: Scenario) -> None:
    """After all matters are decided nothing can be contested, and the page names the remaining ways. During
    later talks the decision is folded.
    """
    case = contested_case(scenario, {"1": "要换新的。", "2": WORDS})
    scenario.move(ZHOU, "appoint_panel", case.ref, members=list(PANEL), chair="feng")
    for caller in PANEL.values():
        scenario.move(caller, "declare_interest", case.ref, interest=False)
    for caller in PANEL.values():
        scenario.move(
            caller,
            "vote",
            case.ref,
            results={"1": "confirmed", "2": "confirmed"},
            reasons={"1": "有据", "2": "有据"},
        )
    scenario.move(FENG, "decide_reconsideration", case.ref, reasons={"1": "维持一。", "2": "维持二。"})
    page = open_case_page(browser, scenario, case.ref, "p1", "rights", "deadlines")
    assert part(browser, "may") not in page
    assert own(browser, "runs.answer_window.final_silence") in page
    assert part(browser, "votes", n=3, of=3) in page
    folded = '<details class="govuk-details" id="anew">'
    assert folded not in browser.get("/case").body.decode()
    scenario.move(consumer(scenario, case.ref), "raise_dispute", case.ref, nature="remedy", about="要退货。")
    assert folded in browser.get("/case").body.decode()


def test_a_late_request_is_kept_and_waits(browser: Browser, scenario: Scenario) -> None:
    """The page says that a request is late, before and after it is made. An admitted request proceeds; a
    dismissed one shows the reason.
    """
    ref = answered(scenario, remedies=(REFUND,))
    scenario.later(60 * DAY)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "late", by="|").split("|")[1] in page
    form = browser.get("/case/moves/ask_reconsideration")
    page = text(browser.post("/case/moves/ask_reconsideration", {**hidden(form), "reasons.2": "住院了。"}))
    assert part(browser, "waits") in page
    assert "住院了。" in page
    assert part(browser, "may") not in case_pages(browser, "rights")
    scenario.move(ZHOU, "admit_late_request", ref, reason="住院证明属实。")
    page = text(browser.get("/case"))
    assert part(browser, "waits") not in page
    assert part(browser, "unnamed", least=3) in page
    assert "住院证明" not in page
    scenario.move(ZHOU, "dismiss_request", ref, ground="not_entitled", reason="授权已经到期。")
    assert "授权已经到期。" in text(browser.get("/case"))


def test_a_declined_matter_is_decided_under_a_number_of_its_own(browser: Browser, scenario: Scenario) -> None:
    """The rest of the case goes on. The page announces the separate number, then shows it with its subject
    and a link.
    """
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref, declined={"2": "outside_competence"}, reasons={"2": "不清楚"})
    assert part(browser, "apart") in open_case_page(browser, scenario, ref, "p1", "rights")
    form = browser.get("/case/moves/ask_reconsideration")
    assert re.findall(r'<textarea[^>]* name="([\w.]+)"', form.body.decode()) == ["reasons.2"]
    page = browser.post("/case/moves/ask_reconsideration", {**hidden(form), "reasons.2": WORDS})
    number = scenario.lines(ref, "ask_reconsideration")[0]["own"]
    assert part(browser, "own_says", number=shown(number)) in text(page)
    way = re.search(rf'href="(/case/{number}/[^"]+)"', page.body.decode())
    assert way
    there = text(browser.get(way[1]))
    assert part(browser, "from", number=shown(ref)) in there
    assert WORDS in there


def test_reasons_of_a_joint_complaint_are_read_by_their_author(browser: Browser, scenario: Scenario) -> None:
    """All people read what is reconsidered; only the author reads the words."""
    ref = joint(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    answered(scenario, ref)
    scenario.move(acting(scenario.product.file.load(ref)), "ask_reconsideration", ref, reasons={"2": WORDS})
    assert WORDS in open_case_page(browser, scenario, ref)
    page = open_case_page(browser, scenario, ref, "p2")
    assert part(browser, "unnamed", least=3) in page
    assert WORDS not in page
    assert "/case/moves/withdraw_request" not in browser.get("/case").body.decode()


SECRET = ("王芳", "洗衣机坏了", WORDS, "机器确有缺陷", "Quality", "Under reconsideration", "Zhao")


@pytest.mark.parametrize("who", ["feng", "he"])
def test_a_member_who_has_not_declared_sees_the_number_and_that_form_only(
    at: Any, client: Any, scenario: Scenario, provider: Provider, who: str
) -> None:
    """Before the declaration, page, interface and files show only the number and the form, and no filter of
    the list tells more. Afterwards the case file opens for a member without a conflict.
    """
    case, desk, headers = panel_appointed(scenario, declared=False), at(who), bearing(provider, scenario, who)
    page = desk.get(f"/desk/cases/{case.ref}")
    assert set(re.findall(r"moves/(\w+)\"", page)) == {"declare_interest"}
    page += desk.get(f"/desk/cases/{case.ref}/moves/declare_interest")
    page += without_filters(desk.get("/desk?list=mine"))
    assert shown(case.ref) in page
    assert "You sit on the reconsideration panel" in page
    assert not [words for words in SECRET if words in page]
    for query in ("type=quality", "stage=under_reconsideration", "channel=web", "person=zhao"):
        assert shown(case.ref) not in desk.get(f"/desk?list=mine&{query}"), query
    form = {"key": "k", "results.2": "confirmed", "reasons.2": "有据"}
    for more, status in (({}, 409), ({"more": "routes"}, 403)):
        page = desk.post(f"/desk/cases/{case.ref}/moves/vote", {**form, **more}, status)
        assert not [words for words in SECRET if words in page]
    for path in ("files", "files/add"):
        assert desk.client.http.get(f"/desk/cases/{case.ref}/{path}", headers=desk.headers).status_code == 403
    said = client.http.get(f"/v1/cases/{case.ref}", headers=headers).json_body
    assert said.pop("next")["move"] == "declare_interest"
    assert said == {"number": case.ref, "moves": ["declare_interest"], "etag": case.entries}
    for path in ("timeline?limit=100", "deadlines", "files"):
        assert client.http.get(f"/v1/cases/{case.ref}/{path}", headers=headers).status_code == 403
    assert set(client.http.get("/v1/work", headers=headers).json_body["items"][0]) == {
        "ref",
        "next_due",
        "next",
        "panel",
    }
    desk.take(case, "declare_interest", interest="false")
    assert WORDS in desk.get(f"/desk/cases/{case.ref}")


def test_conflicted_member_loses_access(at: Any, scenario: Scenario) -> None:
    """A member with a conflict loses access by the form, and the supervisor sees the vacancy."""
    case = panel_appointed(scenario, declared=False)
    assert (
        at("he").take(case, "declare_interest", interest="true", conflict="prior_role")
        == "/desk?done=declare_interest"
    )
    assert "declaration is recorded" in at("he").get("/desk?done=declare_interest")
    at("he").get(f"/desk/cases/{case.ref}", 404)
    assert "a place is empty" in at("zhou").get(f"/desk/cases/{case.ref}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_panel_decides_by_its_forms(at: Any, scenario: Scenario, language: str) -> None:
    """The supervisor appoints people without a part in the case. Each votes on each contested matter; the
    chair sees the votes and writes the decision.
    """
    case = contested_case(scenario)
    form = at("zhou", language).get(f"/desk/cases/{case.ref}/moves/appoint_panel")
    offered = re.findall(r'type="checkbox" value="(\w+)"', form)
    assert {"feng", "chen", "he", "shi", "qian"} <= set(offered)
    assert not {"wang", "sun", "zhao", "zhou", "wu"} & set(offered)
    assert WORDS in form
    at("zhou", language).take(case, "appoint_panel", members=["feng", "chen", "he"], chair="feng")
    for who in PANEL:
        at(who, language).take(case, "declare_interest", interest="false")
    for who in PANEL:
        form = at(who, language).get(f"/desk/cases/{case.ref}/moves/vote")
        assert sorted(set(re.findall(r'name="((?:results|reasons)\.\d)"', form))) == [
            "reasons.2",
            "results.2",
        ]
        at(who, language).take(
            case, "vote", results__2="confirmed" if who == "he" else "changed", reasons__2=f"{who}的理由"
        )
    form = at("feng", language).get(f"/desk/cases/{case.ref}/moves/decide_reconsideration")
    assert "he的理由" in form
    assert 'name="results' not in form
    assert 'name="conclusions.1"' not in form
    bad = at("feng", language).take(case, "decide_reconsideration", 422, reasons__2="维修单说明。")
    assert "#conclusions.2" in bad
    assert "维修单说明。" in bad
    at("feng", language).take(
        case,
        "decide_reconsideration",
        reasons__2="维修单说明。",
        conclusions__2="upheld",
        remedies__0__matter="2",
        remedies__0__kind="repair",
        remedies__0__by="2026-04-30",
        terms="免费维修",
    )
    page = visible(at("sun", language).get(f"/desk/cases/{case.ref}"))
    assert "维修单说明。" in page
    assert "None" not in page
    assert "{" not in page


def test_votes_are_seen_by_panel_and_supervisor_only(
    at: Any, client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The lead sees that members have voted; supervisor and panel see how and why, on page, timeline and
    interface.
    """
    case = voted(scenario)
    for who, knows in (("feng", True), ("zhou", True), ("sun", False), ("zhao", False)):
        assert ("chen的理由" in at(who).get(f"/desk/cases/{case.ref}")) is knows
        headers = bearing(provider, scenario, who)
        items = client.http.get(f"/v1/cases/{case.ref}/timeline?limit=100", headers=headers).json_body[
            "items"
        ]
        votes = [item for item in items if item["move"] == "vote"]
        assert len(votes) == 3
        assert all(bool(item["facts"] and item["words"]) is knows for item in votes)
        panel = client.http.get(f"/v1/cases/{case.ref}", headers=headers).json_body["reconsideration"][
            "panel"
        ]
        assert all(bool(seat["votes"]) is knows for seat in panel)


def test_a_consumers_own_program_sees_the_same(client: Any, scenario: Scenario) -> None:
    """The interface shows matters, request date and expected date, then results and vote counts, but no name
    or single vote.
    """
    case = voted(scenario)
    link = scenario.product.links.token(case.ref, "p1", 1)
    headers = {"Authorization": f"Bearer {link}", "Content-Type": "application/json"}
    said = client.http.get(f"/v1/cases/{case.ref}", headers=headers).json_body
    request = said["reconsideration"]
    assert (request["matters"], request["late"], "panel" in request) == ([2], False, False)
    assert request["at"] < request["expected"]
    assert said["reconsideration_decision"] is None
    assert "withdraw_request" in said["moves"]
    timeline = client.http.get(f"/v1/cases/{case.ref}/timeline?limit=100", headers=headers).json_body["items"]
    assert {"vote", "appoint_panel", "declare_interest"}.isdisjoint(item["move"] for item in timeline)
    scenario.move(
        FENG,
        "decide_reconsideration",
        case.ref,
        reasons={"2": "有据。"},
        conclusions={"2": "upheld"},
        remedies=[{**REFUND, "matter": 2}],
        terms="退款。",
    )
    said = client.http.get(f"/v1/cases/{case.ref}", headers=headers).json_body
    decision = said["reconsideration_decision"]
    assert (decision["results"], decision["votes"], decision["of"]) == ({"2": "changed"}, {"2": 2}, 3)
    assert said["reconsideration"] is None
    assert "feng" not in json.dumps(said)


def test_the_executive_decides_alone_only_where_no_panel_can(at: Any, scenario: Scenario) -> None:
    """While a panel is possible, the executive is not offered the decision. Otherwise their form also asks
    for results and new conclusions, and the supervisor cannot appoint.
    """
    case = contested_case(scenario)
    assert "/moves/decide_reconsideration" not in at("wu").get(f"/desk/cases/{case.ref}")
    with pytest.raises(Refusal, match="panel_first"):
        scenario.move(
            Caller("wu", Role.EXECUTIVE, frozenset({"general"})),
            "decide_reconsideration",
            case.ref,
            results={"2": "confirmed"},
            reasons={"2": "维持"},
        )
    general = roster().teams["general"]
    above = {role: people for role, people in general.duty.items() if role in ("supervisor", "executive")}
    scenario.product.file.keep_roster(Roster({"general": replace(general, duty=above)}))
    assert "/moves/appoint_panel" not in at("zhou").get(f"/desk/cases/{case.ref}")
    form = at("wu").get(f"/desk/cases/{case.ref}/moves/decide_reconsideration")
    assert 'name="results.2"' in form
    assert 'name="conclusions.2"' in form
    assert 'name="results.1"' not in form


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_form_of_a_reconsideration_opens_in_its_time(
    at: Any, scenario: Scenario, language: str
) -> None:
    """Every form opens for its readers in both languages, with complete text."""
    opened: set[str] = set()

    def read(case: Case, *people: str) -> None:
        for who in people:
            page = at(who, language).get(f"/desk/cases/{case.ref}")
            for move in set(re.findall(r"moves/(\w+)\"", page)) - opened:
                page += at(who, language).get(f"/desk/cases/{case.ref}/moves/{move}")
                opened.add(move)
            assert "None" not in visible(page)
            assert "{" not in visible(page)

    read(scenario.product.file.load(answered(scenario)), "wang")
    read(contested_case(scenario), "zhou", "wang")
    read(panel_appointed(scenario, declared=False), "feng")
    read(panel_appointed(scenario), "feng")
    read(voted(scenario), "feng", "zhou", "sun")
    read(decided(scenario), "sun", "zhou")
    late = answered(scenario)
    scenario.later(60 * DAY)
    read(scenario.move(consumer(scenario, late), "ask_reconsideration", late, reasons={"2": WORDS}), "zhou")
    unopened = {
        name for name, move in MOVES.items() if move.do.__module__.endswith(".reconsideration")
    } - opened
    assert not unopened, f"read a case above on which the desk or the page offers {sorted(unopened)}"


def test_a_request_that_was_not_admitted_says_why(browser: Browser, scenario: Scenario) -> None:
    """The page shows ground and reason, like the letter, until a new request is made."""
    case = contested_case(scenario)
    scenario.move(
        ZHOU, "dismiss_request", case.ref, ground="not_entitled", reason="须由本人提出，来电的是邻居。"
    )
    page = open_case_page(browser, scenario, case.ref)
    assert "须由本人提出，来电的是邻居。" in page
    assert part(browser, "dismissed") in page
    scenario.move(consumer(scenario, case.ref), "ask_reconsideration", case.ref, reasons={"2": WORDS})
    assert part(browser, "dismissed") not in open_case_page(browser, scenario, case.ref)


def test_long_words_are_folded_behind_their_beginning(chinese: Browser, scenario: Scenario) -> None:
    """Folding keeps the next action in view; short words are shown in full."""
    long = contested_case(scenario, {"2": "修了三次还漏水！" * 40})
    open_case_page(chinese, scenario, long.ref)
    page = chinese.get("/case").body.decode()
    assert re.search(r'summary-text">修了三次[^<]{30,40}…</span>', page)
    assert "修了三次还漏水！" * 40 in page
    open_case_page(chinese, scenario, contested_case(scenario).ref)
    assert f'site-quote">{WORDS}</div>' in chinese.get("/case").body.decode()
