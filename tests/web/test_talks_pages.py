"""Tests of the pages of talks: each side reads its own and the common parts, in every state, on page,
interface and in letters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import Dossier
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.roster import Hours
from chalicelib.locale.formats import LANGUAGES, label, moment
from chalicelib.view import party as own_view
from chalicelib.web.pages.consumer import talks as case_talks
from chalicelib.web.pages.consumer.own_view import View
from tests.life.contested import MA, SHOP, staffed, talking
from tests.scenario import BY_CODE, DAY, SUN, WANG, ZHAO, ZHOU, Scenario, once
from tests.web.browser import Browser, hidden, text
from tests.web.mediated import negotiating
from tests.web.own import answered, case_pages, joint, open_case_page, own
from tests.web.provider import Provider
from tests.web.talks import ABOUT, case_by_interface, load, seen, shop

OFFER: dict[str, Any] = {
    "terms": "退三百元，机器归您。",
    "until": "2026-03-20",
    "amount": {"amount": "300.00"},
}
COUNTER: dict[str, Any] = {"terms": "至少退八百元。", "until": "2026-03-20", "amount": {"amount": "800.00"}}
OF_THE_CONSUMER = (
    "王芳",
    "13800138000",
    "wang.fang@",
    "洗衣机坏了",
    "消费者的底线",
    "消费者嫌少",
    "消费者不调解",
)
"""Words that only the complainants may read."""
OF_THE_COMPANY = (
    "秦店长",
    "qin@shop",
    "企业的底线",
    "企业嫌多",
    "企业不调解",
    "企业的留言",
    "企业的进货单",
    "只回店长",
)
"""Words that only the company's side may read."""
OF_THE_HOUSE = ("三次没人接", "colleague", '"severity"', "定级说明", "店长内部说")
"""Words that neither side reads."""
OF_THE_CASE = (
    "机器确有缺陷",
    "保修期已过",
    "查明第1项",
    "没有涉及安全",
    "没有人问过我",
    "已看机器",
    "3301-77",
    "只回王芳",
)
"""Words of the complaint, its answer and related proceedings, which the company does not read."""


@pytest.fixture
def ref(scenario: Scenario) -> str:
    """Return the number of an answered complaint in talks."""
    return disputed(scenario)


@once
def disputed(scenario: Scenario) -> str:
    """Return an answered complaint with many private words, in talks with a company representative."""
    staffed(scenario)
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(scenario.by_link(ref), "message", ref, text="王芳的留言")
    scenario.move(scenario.by_link(ref), "add_evidence", ref, shows="王芳的发票")
    scenario.move(scenario.by_link(ref), "note_outside_proceeding", ref, body="samr_12315", number="3301-77")
    scenario.move(SUN, "message", ref, text="只回王芳的话。")
    scenario.move(ZHAO, "tell_progress", ref, done="已看机器。", upcoming="再问厂家。")
    scenario.move(SUN, "set_severity", ref, severity="S3", why="定级说明。")
    answered(scenario, ref)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(scenario, ref)
    return ref


def part(browser: Browser, path: str, **slots: Any) -> str:
    """Return a sentence of the part about the talks."""
    return own(browser, f"parts.talks.{path}", **slots)


def life(scenario: Scenario, ref: str) -> Iterator[str]:
    """Take all moves of talks step by step; yield the name of each step."""
    consumer, business = scenario.by_link(ref), shop(scenario, ref)
    yield "opened"
    scenario.move(consumer, "state_position", ref, text="消费者的底线")
    scenario.move(business, "state_position", ref, text="企业的底线")
    scenario.move(MA, "state_position", ref, text="企业的底线，电话里说的", side="business")
    scenario.move(MA, "state_position", ref, text="消费者的底线，电话里说的", side="consumer")
    yield "stated"
    scenario.move(MA, "record_try", ref, side="business", what="三次没人接")
    scenario.move(business, "message", ref, text="企业的留言")
    scenario.move(MA, "message", ref, text="只回店长的话", party=business.party)
    scenario.move(business, "add_evidence", ref, shows="企业的进货单")
    scenario.move(business, "ask_handler_change", ref, reason="店长内部说：企业的留言")
    yield "tried"
    scenario.move(business, "offer", ref, **OFFER)
    yield "offered"
    scenario.move(consumer, "refuse_offer", ref, offer="F1", reason="消费者嫌少")
    scenario.move(consumer, "offer", ref, **COUNTER)
    scenario.move(business, "refuse_offer", ref, offer="F2", reason="企业嫌多")
    yield "refused"
    scenario.move(MA, "invite_mediation", ref)
    yield "invited"
    case = scenario.move(business, "refuse_mediation", ref, reason="企业不调解")
    yield "asked to confirm"
    scenario.move(ZHOU, "approve", ref, approval=case.approvals[-1].id)
    scenario.move(consumer, "refuse_mediation", ref, reason="消费者不调解")
    yield "mediation refused"
    scenario.move(business, "offer", ref, **OFFER)
    scenario.live(40 * DAY, ref)
    assert load(scenario, ref).stage in ("performing", "investigating")
    yield "ended"


def test_talks_pages_hide_the_other_side(client: Any, scenario: Scenario, ref: str) -> None:
    """Pages, forms, letters, files and interface hide the other side's confidential words, names, addresses
    and reasons, and internal notes.
    """
    browser = Browser(client, "zh")
    for state in life(scenario, ref):
        scenario.post()
        theirs = seen(browser, scenario, ref, "p1")
        assert not [words for words in (*OF_THE_COMPANY, *OF_THE_HOUSE) if words in theirs], state
        ours = seen(browser, scenario, ref, shop(scenario, ref).party)
        hidden_ = (*OF_THE_CONSUMER, *OF_THE_CASE, *OF_THE_HOUSE[:-1])
        assert not [words for words in hidden_ if words in ours], state
        assert ABOUT in theirs
        assert ABOUT in ours
    assert not [
        words
        for words in ("消费者的底线", "消费者嫌少", "消费者不调解", "洗衣机坏了", "机器确有缺陷")
        if words not in theirs
    ]
    assert not [
        words
        for words in ("企业的底线，电", "企业嫌多", "企业不调解", "企业的留言", "只回店长", "秦店长")
        if words not in ours
    ]
    mails = scenario.sent()
    secret = {SHOP["email"]: (*OF_THE_CONSUMER, *OF_THE_CASE), "wang.fang@mail.example": OF_THE_COMPANY}
    for to, words_ in secret.items():
        read = [mail["text"] for mail in mails if mail["to"] == to]
        assert len(read) > 5
        assert not [words for words in words_ if any(words in text_ for text_ in read)]


def test_partner_system_reads_no_word_of_the_talks(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """A partner system reads that there are talks, but no word of either side."""
    staffed(scenario)
    zheng = provider.token(sub="zheng", **{"cognito:groups": ["role:administrator", "team:general"]})
    administrator = {"Authorization": f"Bearer {zheng}", "content-type": "application/json"}
    key = client.http.post(
        "/v1/keys", headers=administrator, body=json.dumps({"partner": "market", "channel": "api"})
    ).json_body["key"]
    ref = scenario.submit(Caller("partner:market", Role.PARTNER, channel=Channel.API)).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(scenario, ref)
    for _ in life(scenario, ref):
        found = [
            client.http.get(f"/v1/cases/{ref}{path}", headers={"Authorization": f"Bearer {key}"})
            for path in ("", "/timeline?limit=100")
        ]
        said = "".join(answer.body.decode() for answer in found)
        assert all(answer.status_code == 200 for answer in found)
        secret = (
            "消费者的底线",
            "消费者嫌少",
            "消费者不调解",
            *OF_THE_COMPANY,
            *OF_THE_HOUSE,
            OFFER["terms"],
            '"barred"',
        )
        assert not [words for words in secret if words in said]
        assert not re.search(r"(?<!\w)300\.?00(?!\w)", said)  # a digest may contain these digits by chance
    assert '"raise_dispute"' in said


def test_a_statement_is_the_other_sides_to_read_once_it_is_shown(
    browser: Browser, scenario: Scenario, ref: str
) -> None:
    """A statement is confidential by default. Its own side can share it now or later, and sees it marked."""
    business = shop(scenario, ref)
    open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/state_position")
    assert 'name="side"' not in form.body.decode()
    assert 'name="party"' not in form.body.decode()
    page = browser.post("/case/moves/state_position", {**hidden(form), "text": "消费者的底线"})
    assert "消费者的底线" in text(page)
    assert f"<strong>{part(browser, 'kept')}</strong>" in page.body.decode()
    assert "消费者的底线" not in seen(browser, scenario, ref, business.party)
    open_case_page(browser, scenario, ref)
    assert "/case/moves/share_statement?statement=S1" in browser.get("/case").body.decode()
    form = browser.get("/case/moves/share_statement?statement=S1")
    assert "消费者的底线" in text(form)
    assert hidden(form)["statement"] == "S1"
    page = text(browser.post("/case/moves/share_statement", hidden(form)))
    assert part(browser, "shown", at="|").strip("|") in page
    assert "share_statement?statement" not in browser.get("/case").body.decode()
    page = open_case_page(browser, scenario, ref, business.party)
    assert "消费者的底线" in page
    assert part(browser, "theirs.business") in page
    form = {**hidden(browser.get("/case/moves/state_position")), "text": "我们愿意修。", "share": "true"}
    browser.post("/case/moves/state_position", form)
    assert "我们愿意修。" in open_case_page(browser, scenario, ref)
    assert part(browser, "theirs.consumer") in text(browser.get("/case"))


def test_joint_statement_is_read_by_its_author_only(browser: Browser, scenario: Scenario) -> None:
    """Other people in the joint complaint never read the statement, even after the company does. All read an
    offer to them; each must agree before it is accepted.
    """
    staffed(scenario)
    ref = joint(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    business = talking(scenario, ref)
    scenario.move(scenario.by_link(ref), "state_position", ref, text="王芳一人的话")
    scenario.move(scenario.by_link(ref, "p2"), "state_position", ref, text="赵敏一人的话", share=True)
    scenario.move(MA, "state_position", ref, text="赵敏电话里的话", side="consumer", party="p2")
    scenario.move(business, "offer", ref, **OFFER)
    first, second, ours = (seen(browser, scenario, ref, id) for id in ("p1", "p2", business.party))
    assert "王芳一人的话" in first
    assert "赵敏" not in first
    assert "赵敏一人的话" in second
    assert "赵敏电话里的话" in second
    assert "王芳一人的话" not in second
    assert "赵敏一人的话" in ours
    assert "王芳一人的话" not in ours
    assert "赵敏电话里的话" not in ours
    assert "zhao.min" not in ours
    assert OFFER["terms"] in first
    assert OFFER["terms"] in second
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "each") in page
    assert "/case/moves/accept_offer" not in browser.get("/case").body.decode()
    scenario.move(SUN, "appoint_joint_representatives", ref, representatives=["p2"], each_agrees=True)
    scenario.move(scenario.by_link(ref, "p2"), "refuse_offer", ref, offer="F1", reason="赵敏嫌少")
    assert "赵敏嫌少" not in seen(browser, scenario, ref, "p1")
    assert "赵敏嫌少" in seen(browser, scenario, ref, "p2")


def test_an_offer_is_read_answered_and_countered_where_it_stands(
    browser: Browser, scenario: Scenario, ref: str
) -> None:
    """The page shows side, terms, amount and date. The form of a counter-offer has the offer's id hidden. A
    side's own offer waits without a button.
    """
    business = shop(scenario, ref)
    scenario.move(business, "offer", ref, **OFFER)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "of_business", id="F1") in page
    assert OFFER["terms"] in page
    assert "300.00" in page
    assert {"accept_offer", "offer", "refuse_offer"} <= set(
        re.findall(r"/case/moves/(\w+)", browser.get("/case").body.decode())
    )
    form = browser.get("/case/moves/offer")
    assert hidden(form)["counters"] == "F1"
    assert OFFER["terms"] in text(form)
    said = {"terms": "至少退八百元。", "until": "2026-03-20", "amount": "800"}
    page = text(browser.post("/case/moves/offer", {**hidden(form), **said}))
    assert part(browser, "own", id="F2") in page
    assert part(browser, "waits_theirs") in page
    assert not {"accept_offer", "offer", "refuse_offer"} & set(
        re.findall(r"/case/moves/(\w+)", browser.get("/case").body.decode())
    )
    page = open_case_page(browser, scenario, ref, business.party)
    assert part(browser, "of_consumer", id="F2") in page
    assert "800.00" in page
    assert part(browser, "waits_yours") in page
    form = browser.get("/case/moves/refuse_offer")
    assert hidden(form)["offer"] == "F2"
    browser.post("/case/moves/refuse_offer", {**hidden(form), "reason": "企业嫌多"})
    page = open_case_page(browser, scenario, ref)
    assert "企业嫌多" not in page
    assert part(browser, "waits_theirs") not in page


def test_an_acceptance_says_what_it_means_and_what_comes_next(
    browser: Browser, scenario: Scenario, ref: str
) -> None:
    """The form shows the offer and its effect. Then both sides read the acceptance and the date of the draft
    agreement.
    """
    business = shop(scenario, ref)
    scenario.move(business, "offer", ref, **OFFER)
    open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/accept_offer")
    assert own(browser, "move.accept_offer.says") in text(form)
    assert OFFER["terms"] in text(form)
    assert "300.00" in text(form)
    page = browser.post("/case/moves/accept_offer", hidden(form))
    for shown in (text(page), open_case_page(browser, scenario, ref, business.party)):
        assert part(browser, "accepted", id="F1") in shown
        assert part(browser, "drafted", by="|").split("|")[1] in shown
    offered = case_by_interface(browser.client, scenario, ref, "p1")["moves"]
    assert [name for name in offered if MOVES[name].part == "talks"] in ([], ["state_position"])


def test_an_offer_that_came_meanwhile_is_shown_before_anything_is_accepted(
    browser: Browser, scenario: Scenario, ref: str
) -> None:
    """The outdated form comes back with the new offer and its terms, and nothing is accepted."""
    business = shop(scenario, ref)
    scenario.move(business, "offer", ref, **OFFER)
    open_case_page(browser, scenario, ref)
    form = hidden(browser.get("/case/moves/accept_offer"))
    scenario.move(MA, "refuse_offer", ref, offer="F1", side="consumer")
    scenario.move(business, "offer", ref, **{**OFFER, "terms": "只退一百元。"})
    page = browser.post("/case/moves/accept_offer", form)
    assert page.status_code == 409
    assert "只退一百元。" in text(page)
    assert hidden(page)["offer"] == "F2"
    talks = load(scenario, ref).talks.dispute
    assert talks
    assert talks.accepted is None


def test_mediation_is_asked_for_and_each_side_answers_for_itself(
    browser: Browser, scenario: Scenario, ref: str
) -> None:
    """The page explains mediation, its date and what silence means to each side. The company must give a
    reason, and the supervisor must approve its refusal.
    """
    business = shop(scenario, ref)
    scenario.move(MA, "invite_mediation", ref)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "what") in page
    assert part(browser, "silence.consumer") in page
    assert part(browser, "reason") not in page
    form = text(browser.get("/case/moves/refuse_mediation"))
    assert form.count(part(browser, "no_reason")) == 1
    page = open_case_page(browser, scenario, ref, business.party)
    assert part(browser, "silence.business") in page
    assert part(browser, "reason") in page
    form = browser.get("/case/moves/refuse_mediation")
    assert browser.post("/case/moves/refuse_mediation", hidden(form)).status_code in (409, 422)
    page = text(
        browser.post("/case/moves/refuse_mediation", {**hidden(form), "key": "2", "reason": "企业不调解"})
    )
    assert part(browser, "confirms") in page
    assert "/case/moves/refuse_mediation" not in browser.get("/case").body.decode()
    page = open_case_page(browser, scenario, ref)
    assert "企业不调解" not in page
    assert part(browser, "refused_theirs") not in page
    browser.post("/case/moves/consent_mediation", hidden(browser.get("/case/moves/consent_mediation")))
    scenario.move(ZHOU, "approve", ref, approval=load(scenario, ref).approvals[-1].id)
    page = text(browser.get("/case"))
    assert part(browser, "refused_theirs") in page
    assert "企业不调解" not in page
    open_case_page(browser, scenario, ref, business.party)
    browser.post("/case/moves/consent_mediation", hidden(browser.get("/case/moves/consent_mediation")))
    assert load(scenario, ref).stage == "mediating"
    for party in ("p1", business.party):
        assert own(browser, "parts.mediation.found_by").partition("{")[0] in open_case_page(
            browser, scenario, ref, party
        )


def test_a_company_that_does_not_answer_leaves_nobody_waiting_for_a_day_that_has_passed(
    client: Any, scenario: Scenario, ref: str
) -> None:
    """The company's week is over. The consumer reads that this was reported, when the waiting ends, and its
    effect. The company reads that its answer is late. The time for reconsideration is shown as suspended.
    """
    business, browsers = shop(scenario, ref), [Browser(client, language) for language in LANGUAGES]
    scenario.move(scenario.by_link(ref), "state_position", ref, text="我只要一个说法。")
    for what in ("电话无人接听。", "店里说负责人不在。"):
        scenario.move(MA, "record_try", ref, side="business", what=what)
    scenario.move(MA, "end_negotiation", ref, ending="no_prospect", reason="对方不回应。")
    scenario.move(scenario.by_link(ref), "consent_mediation", ref)
    for browser in browsers:
        page = open_case_page(browser, scenario, ref, "p1", "deadlines")
        assert own(browser, "runs.answer_window.paused") in page
    scenario.live(10 * DAY, ref)
    ends = due(load(scenario, ref))
    for browser in browsers:
        language = browser.headers["accept-language"]
        last, week = (moment(language, ends[name]) for name in ("company_silence", "company_consent"))
        page = open_case_page(browser, scenario, ref)
        for key, by in (("waits_late", week), ("ends.performing", last)):
            assert part(browser, key, by=by) in page
        page = open_case_page(browser, scenario, ref, business.party)
        for key, by in (("answer_late", week), ("ends.business", last)):
            assert part(browser, key, by=by) in page
    scenario.live(40 * DAY, ref)
    assert load(scenario, ref).stage == "performing"
    for browser in browsers:
        ending = label(browser.headers["accept-language"], "company_silent", "ending")
        assert ending in open_case_page(browser, scenario, ref)


def test_a_side_that_asks_for_mediation_has_agreed(browser: Browser, scenario: Scenario, ref: str) -> None:
    """The other side is asked, and reads that this side has agreed."""
    open_case_page(browser, scenario, ref)
    browser.post("/case/moves/invite_mediation", hidden(browser.get("/case/moves/invite_mediation")))
    assert part(browser, "agreed") in text(browser.get("/case"))
    assert part(browser, "agreed_theirs") in open_case_page(browser, scenario, ref, shop(scenario, ref).party)


def test_a_dispute_is_raised_beside_reconsideration(browser: Browser, scenario: Scenario) -> None:
    """The page names both ways. The form lists the natures of a dispute. It is offered only while the time to
    contest runs.
    """
    staffed(scenario)
    ref = answered(scenario)
    page = open_case_page(browser, scenario, ref, "p1", "rights")
    assert part(browser, "may.two") in page
    assert own(browser, "parts.anew.may") in page
    assert part(browser, "may.runs_on") in page
    form = browser.get("/case/moves/raise_dispute")
    assert len(re.findall(r'type="radio" value="\w+"', form.body.decode())) == 9
    wrong = browser.post("/case/moves/raise_dispute", {**hidden(form), "about": ABOUT})
    assert wrong.status_code == 422
    assert ABOUT in text(wrong)
    page = text(
        browser.post(
            "/case/moves/raise_dispute", {**hidden(form), "key": "2", "nature": "amount", "about": ABOUT}
        )
    )
    assert ABOUT in page
    assert part(browser, "rules") in page
    assert part(browser, "named_by", by="|", phone="").split("|")[0] in page
    page += case_pages(browser, "deadlines", "rights")
    assert own(browser, "runs.negotiation.silence") in page
    assert part(browser, "may.title") not in page
    late = answered(scenario)
    scenario.move(scenario.by_link(late), "accept_answer", late)
    scenario.later(60 * DAY)
    open_case_page(browser, scenario, late)
    assert "raise_dispute" not in browser.get("/case").body.decode()


def test_mediation_offered_beforehand_is_said_before_a_dispute_is_raised(scenario: Scenario) -> None:
    """The offer is put to the consumer at once."""
    staffed(scenario)
    ref = answered(scenario)
    case = replace(load(scenario, ref), talks=replace(load(scenario, ref).talks, mediation_offered=True))
    view = View(Dossier(case, {}, ()), scenario.time, scenario.by_link(ref), "zh", scenario.product)
    found = case_talks.dispute_offer(view)
    assert found
    assert found["mediation"]
    assert found["anew"]


def test_case_page_shows_the_performance_on_the_spot(browser: Browser, scenario: Scenario, ref: str) -> None:
    """A settlement performed on the spot shows its content. No more moves of the talks are offered."""
    scenario.move(
        MA, "record_on_the_spot", ref, done="当场退了三百元。", consumer_confirms=True, business_confirms=True
    )
    for party in ("p1", shop(scenario, ref).party):
        page = open_case_page(browser, scenario, ref, party)
        assert "当场退了三百元。" in page
        assert part(browser, "after.done") in page
        assert part(browser, "rest") in page
        offered = re.findall(r"/case/moves/(\w+)", browser.get("/case").body.decode())
        assert all(MOVES[name].part != "talks" for name in offered)


def test_offered_talks_moves_can_be_taken(client: Any, scenario: Scenario, ref: str) -> None:
    """A side can take every move of the talks that it is offered, in every state. After the talks the time to
    contest runs on, and the consumer may ask for new talks.
    """
    bodies: dict[str, dict[str, Any]] = {
        "state_position": {"text": "x"},
        "refuse_mediation": {"reason": "x"},
        "raise_dispute": {"nature": "amount", "about": "x"},
    }
    for _ in life(scenario, ref):
        for party in ("p1", shop(scenario, ref).party):
            case, caller = load(scenario, ref), scenario.by_link(ref, party)
            talks, offered = case.talks.dispute, case_by_interface(client, scenario, ref, party)["moves"]
            assert talks
            assert ("raise_dispute" in offered) == (case.stage == "performing" and party == "p1")
            waits = talks.open.id if talks.open else None
            side = case.party(party).side
            kept = next(
                (
                    one.id
                    for one in talks.statements
                    if one.side == side and not one.shared and one.by == party
                ),
                None,
            )
            said = {
                **bodies,
                "offer": {"terms": "x", "until": scenario.time.date(), "counters": waits},
                "accept_offer": {"offer": waits},
                "refuse_offer": {"offer": waits},
                "share_statement": {"statement": kept},
            }
            for move in (name for name in offered if MOVES[name].part == "talks"):
                scenario.product.casework._take(
                    move, case, replace(caller, confirmed=BY_CODE), said.get(move, {})
                )
            if party != "p1":
                assert not set(offered) & {
                    name for name, move in MOVES.items() if not move.by & Role.BUSINESS_REP
                }
                assert not set(offered) & {"confirm_done", "dispute_done", "withdraw", "accept_answer"}


def test_the_company_is_told_a_whitelist_of_a_case(client: Any, scenario: Scenario, ref: str) -> None:
    """The company's case has these fields only. Its timeline has its own and common entries, and its
    deadlines are those of the talks.
    """
    scenario.move(shop(scenario, ref), "message", ref, text="企业的留言")
    case = case_by_interface(client, scenario, ref, shop(scenario, ref).party)
    assert set(case) == {
        "number",
        "stage",
        "outcome",
        "wishes",
        "wish_amount",
        "matters",
        "conclusions",
        "obligations",
        "dispute",
        "mediation",
        "agreement",
        "deadlines",
        "stakes",
        "moves",
        "next",
        "etag",
        "totals",
    }
    assert set(case["dispute"]) == {
        "about",
        "nature",
        "others",
        "since",
        "ends",
        "ended",
        "negotiator",
        "statements",
        "offers",
        "invited",
        "consents",
    }
    assert case["dispute"]["negotiator"] == "Ma"
    assert case["conclusions"] == {"1": "upheld", "2": "not_upheld"}
    assert {"to", "claimed_by", "entry"}.isdisjoint(case["obligations"][0])
    assert {run["deadline"] for run in case["deadlines"]} <= own_view.SEEN["company"]
    assert [run["deadline"] for run in case["deadlines"]].count("message_reply") == 1
    token = scenario.product.links.token(ref, shop(scenario, ref).party, 1)
    items = client.http.get(
        f"/v1/cases/{ref}/timeline?limit=100", headers={"Authorization": f"Bearer {token}"}
    ).json_body["items"]
    assert [item["move"] for item in items] == [
        "message",
        "name_business_representative",
        "assign_negotiator",
        "raise_dispute",
    ]
    assert items[-1]["who"] == "consumer"
    assert items[-1]["facts"] == {"nature": "remedy", "side": "consumer"}
    first = case_by_interface(client, scenario, ref, "p1")
    assert first["dispute"]["about"] == ABOUT
    assert {"barred", "tries", "owner", "back"}.isdisjoint(first["dispute"])


def test_how_serious_staff_find_a_dispute_is_told_to_neither_side(client: Any, scenario: Scenario) -> None:
    """Both sides read what is disputed and its nature, but no severity."""
    staffed(scenario)
    ref = answered(scenario)
    scenario.move(
        SUN,
        "identify_dispute",
        ref,
        nature="amount",
        others=["facts"],
        about=ABOUT,
        severity="S2",
        agrees=True,
    )
    talking(scenario, ref)
    for party in ("p1", shop(scenario, ref).party):
        token = scenario.product.links.token(ref, party, 1)
        items = client.http.get(
            f"/v1/cases/{ref}/timeline?limit=100", headers={"Authorization": f"Bearer {token}"}
        ).json_body["items"]
        found = {item["move"]: (item["facts"], item["words"]) for item in items}
        assert found["identify_dispute"] == ({"nature": "amount", "others": ["facts"]}, {"about": ABOUT})
        assert set(found["assign_negotiator"][0]) == {"to"}
        assert case_by_interface(client, scenario, ref, party)["dispute"]["others"] == ["facts"]


def test_acting_colleague_is_shown_as_the_business(client: Any, scenario: Scenario, ref: str) -> None:
    """The consumer reads neither id nor name; a colleague who speaks for the company is shown as its
    representative.
    """
    scenario.move(shop(scenario, ref), "offer", ref, **OFFER)
    token = scenario.product.links.token(ref, "p1", 1)
    items = client.http.get(
        f"/v1/cases/{ref}/timeline?limit=100", headers={"Authorization": f"Bearer {token}"}
    ).json_body["items"]
    assert items[0]["who"] == "business"
    assert items[0]["words"] == {"terms": OFFER["terms"]}
    named = next(item for item in items if item["move"] == "name_business_representative")
    assert named["facts"] == {}
    assert named["words"] == {}


def test_a_link_opens_nothing_to_a_stranger_or_whoever_speaks_no_more(
    browser: Browser, scenario: Scenario, ref: str
) -> None:
    """Another case's token and a replaced representative's open nothing. The successor reads on, with the
    company's statements.
    """
    before = shop(scenario, ref)
    scenario.move(before, "state_position", ref, text="企业的底线")
    scenario.move(before, "message", ref, text="企业的留言")
    old = scenario.product.links.path(ref, before.party, 1)
    assert browser.get(old).status_code == 200
    scenario.move(
        MA,
        "name_business_representative",
        ref,
        person={**SHOP, "name": "魏经理", "email": "wei@shop.example"},
    )
    assert browser.get("/case").status_code == 404
    assert browser.get(old).status_code == 404
    assert browser.get(scenario.product.links.path(ref, before.party, 2)).status_code == 404
    stranger = scenario.product.links.token(scenario.submit().ref, "p1", 1)
    assert browser.get(f"/case/{ref}/{stranger}").status_code == 404
    for path in ("", "/timeline?limit=100", "/deadlines"):
        for token in (stranger, scenario.product.links.token(ref, before.party, 1)):
            answer = browser.client.http.get(
                f"/v1/cases/{ref}{path}", headers={"Authorization": f"Bearer {token}"}
            )
            assert answer.status_code in (401, 404)
    page = seen(browser, scenario, ref, shop(scenario, ref).party)
    assert "企业的底线" in page
    assert "秦店长" not in page
    assert "魏经理" not in seen(browser, scenario, ref, "p1")


def test_talks_that_are_taken_up_again_begin_anew(browser: Browser, scenario: Scenario, ref: str) -> None:
    """Statements are numbered from one again, so an earlier shared statement does not reveal a new one."""
    scenario.move(scenario.by_link(ref), "state_position", ref, text="以前给看的话", share=True)
    *_, last = life_without_agreement(scenario, ref)
    assert last == "closed"
    scenario.move(scenario.by_link(ref), "reopen", ref, cause="new_facts", facts="新的报价单")
    scenario.move(scenario.by_link(ref), "state_position", ref, text="消费者的底线")
    page = seen(browser, scenario, ref, shop(scenario, ref).party)
    assert "以前给看的话" in page
    assert "消费者的底线" not in page
    assert "新的报价单" not in page
    assert "消费者的底线" in seen(browser, scenario, ref, "p1")


def life_without_agreement(scenario: Scenario, ref: str) -> Iterator[str]:
    """Take the talks to a closed case: both heard, ended, no mediation. Yield the stage after each step."""
    for owed in load(scenario, ref).open_obligations:
        scenario.move(scenario.by_link(ref), "confirm_done", ref, obligation=owed.id)
    scenario.move(MA, "state_position", ref, text="企业的底线", side="business")
    scenario.move(MA, "state_position", ref, text="消费者的底线", side="consumer")
    scenario.move(MA, "end_negotiation", ref, ending="no_prospect", reason="分歧没有缩小。")
    yield str(load(scenario, ref).stage)
    scenario.move(scenario.by_link(ref), "refuse_mediation", ref)
    yield str(load(scenario, ref).stage)


def test_why_it_ended_is_read_by_both(browser: Browser, scenario: Scenario, ref: str) -> None:
    """Both sides read ending and reason, then whether they still have to answer about mediation, then that
    the case is closed.
    """
    for stage in life_without_agreement(scenario, ref):
        for party in ("p1", shop(scenario, ref).party):
            page = open_case_page(browser, scenario, ref, party, "history")
            assert "分歧没有缩小。" in page
            assert (part(browser, "ended") in page) == (stage == "negotiating")
            assert (part(browser, "after.not_settled") in page) == (stage == "closed")


def test_every_entry_of_the_talks_is_told_or_kept_on_purpose() -> None:
    """Every move of the talks declares the facts that parties see; only an attempt to reach a side stays
    internal. Facts for both sides are declared by no other move."""
    modules = ("dispute", "offers", "invitation", "mediation", "meetings", "drafting", "signing", "leaving")
    declared = {name for name, move in MOVES.items() if move.do.__module__.rpartition(".")[2] in modules}
    assert {
        name for name, move in MOVES.items() if move.shows and move.shows.facts is not None
    } == declared - {"record_try"}


def test_the_page_has_words_for_a_whole_life(client: Any, scenario: Scenario, ref: str) -> None:
    """The pages have complete text in every state, for both sides, in both languages."""
    for state in life(scenario, ref):
        for language in ("zh", "en"):
            for party in ("p1", shop(scenario, ref).party):
                page = open_case_page(Browser(client, language), scenario, ref, party)
                assert not re.search(r"None|{|consumer\.parts", page), state


def test_pages_name_no_officer_who_is_away(browser: Browser, scenario: Scenario) -> None:
    """Both sides read that the officer is away, with the number of the team. The negotiation goes on."""
    ref = negotiating(scenario)
    hours = Hours(scenario.time, scenario.time + DAY)
    scenario.product.file.keep_roster(scenario.product.file.roster().away("ma", hours, scenario.time))
    for party in ("p1", shop(scenario, ref).party):
        page = open_case_page(browser, scenario, ref, party)
        assert not re.search(r"(?<![A-Za-z])Ma(?![A-Za-z])", page)
        assert own(browser, "parts.talks.away", phone="400-800-1234") in page
    scenario.later(2 * DAY)
    assert "Ma" in open_case_page(browser, scenario, ref)
