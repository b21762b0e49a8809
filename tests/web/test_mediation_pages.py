"""Tests of the pages of formal mediation: mediator, objections, meetings, minutes, absence, extension."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.locale import formats
from chalicelib.view import party as own_view, timeline
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View
from tests.life.complaint import answer
from tests.life.contested import talking
from tests.scenario import BY_CODE, DAY, HOUR, SUN, WANG, ZHOU, Scenario, once
from tests.web.browser import Browser, hidden, text
from tests.web.mediated import (
    FACTS,
    OF_THE_COMPANY,
    OF_THE_CONSUMER,
    OF_THE_HOUSE,
    REFUNDS,
    REN,
    YAN,
    appointed,
    consented,
    drafted,
    life,
    mediating,
    meeting,
    negotiating,
    registered,
    signing,
)
from tests.web.own import open_case_page, own
from tests.web.talks import ABOUT, case_by_interface, load, seen, shop


def part(browser: Browser, path: str, **slots: Any) -> str:
    """Return a sentence of the mediation part, up to its first slot without a value."""
    return own(browser, f"parts.mediation.{path}", **slots).partition("{")[0]


def links(browser: Browser) -> set[str]:
    """Return the moves that the case page links to."""
    return set(re.findall(r"/case/moves/(\w+)", browser.get("/case").body.decode()))


def sent(browser: Browser, move: str, **said: str) -> str:
    """Fill in a form, send it, and return the text of the next page."""
    return text(browser.post(f"/case/moves/{move}", {**hidden(browser.get(f"/case/moves/{move}")), **said}))


def states(scenario: Scenario, ref: str) -> Iterator[str]:
    """Yield every state from the start of the talks to an agreement that is kept."""
    yield from life(scenario, ref)
    yield from signing(scenario, ref)


@once
def called(scenario: Scenario) -> str:
    """Bring a case into mediation with a meeting called after the time to object; return its number."""
    ref = mediating(scenario)
    scenario.live(14 * DAY, ref)
    scenario.move(YAN, "call_meeting", ref, **meeting(scenario))
    return ref


def met(scenario: Scenario, ref: str) -> None:
    """Hold the first meeting of a mediation on its eighteenth day, with both sides present."""
    scenario.live(14 * DAY, ref)
    scenario.move(YAN, "call_meeting", ref, **meeting(scenario, days=4, both_waive="双方都同意提前。"))
    scenario.live(4 * DAY + 3 * HOUR, ref)
    sides, said = ["consumer", "business"], {"minutes": "双方说明了情况。", "next_step": "再约。"}
    scenario.move(YAN, "record_meeting", ref, meeting="M1", present=sides, **said)


def test_mediation_pages_hide_the_other_side(client: Any, scenario: Scenario) -> None:
    """Pages, forms, letters, files and the interface hide the other side's reasons, explanations and
    addresses, in every state that adds some.
    """
    ref, browser = negotiating(scenario), Browser(client, "zh")
    business = shop(scenario, ref).party
    for state in states(scenario, ref):
        if state not in ("objected", "moved", "cancelled", "amended", "the other side's turn"):
            continue
        scenario.post()
        theirs, ours = seen(browser, scenario, ref, "p1"), seen(browser, scenario, ref, business)
        assert not [words for words in (*OF_THE_COMPANY, *OF_THE_HOUSE) if words in theirs], state
        assert not [words for words in (*OF_THE_CONSUMER, *OF_THE_HOUSE) if words in ours], state
    assert not [
        words for words in ("王芳的回避理由", "王芳不能来的理由", "王芳的底线") if words not in theirs
    ]
    assert not [words for words in OF_THE_COMPANY if words not in ours]


def test_the_pages_have_words_for_a_whole_life(client: Any, scenario: Scenario) -> None:
    """The pages have words for every state of mediation and signing, for both sides, in both languages."""
    ref = negotiating(scenario)
    for state in states(scenario, ref):
        for language in ("zh", "en"):
            for party in ("p1", shop(scenario, ref).party):
                page = open_case_page(Browser(client, language), scenario, ref, party)
                assert not re.search(r"None|\{|consumer\.parts|Undefined", page), state


def test_offered_mediation_moves_can_be_taken(client: Any, scenario: Scenario) -> None:
    """Each side can take every move of mediation or agreement that it is offered, in every state."""
    ref, taken = negotiating(scenario), set()
    for _ in states(scenario, ref):
        for party in ("p1", shop(scenario, ref).party):
            case, caller = load(scenario, ref), replace(scenario.by_link(ref, party), confirmed=BY_CODE)
            offered, found = (
                case_by_interface(client, scenario, ref, party)["moves"],
                case.talks.mediation and case.talks.mediation.meeting,
            )
            step = (
                "agrees"
                if case.talks.agreement and case.party(party).side not in case.talks.agreement.applies
                else "applied"
            )
            said: dict[str, dict[str, Any]] = {
                "challenge_mediator": {"conflict": "other_doubt", "reason": "x", "unknown_before": "x"},
                "agree_extension": {},
                "ask_meeting_change": {"meeting": found.id if found else "", "reason": "x"},
                "refuse_to_sign": {},
                "sign": {"digest": case.talks.agreement.digest if case.talks.agreement else ""},
                "record_confirmation": {"step": step, "court": "x"},
            }
            for move in set(offered) & set(said):
                scenario.product.casework._take(move, case, caller, said[move])
                taken.add(move)
    assert taken == set(said), "each was offered at some time"


def test_the_mediator_is_introduced_with_until_when_to_object(browser: Browser, scenario: Scenario) -> None:
    """The page names first the date of the choice, then that a mediator was asked, then the mediator: body,
    qualification, number, earlier cases, independence.
    """
    ref = negotiating(scenario)
    consented(scenario, ref)
    assert part(browser, "found_by") in open_case_page(browser, scenario, ref)
    scenario.move(SUN, "appoint_mediator", ref, mediator="ren")
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "asked") in page
    assert "任平" not in page
    assert "challenge_mediator" not in links(browser)
    scenario.move(REN, "accept_appointment", ref, independent=True, past_cases="去年一件。")
    for party in ("p1", shop(scenario, ref).party):
        page = open_case_page(browser, scenario, ref, party)
        assert not [
            words
            for words in ("任平", "和顺商事调解工作室", "人民调解员", "RT-ren", "去年一件。")
            if words not in page
        ]
        assert part(browser, "unlawful") in page
        assert part(browser, "independent") in page
        assert own(browser, "runs.challenge.what") in page
        assert "challenge_mediator" in links(browser)
    scenario.live(14 * DAY, ref)
    assert part(browser, "objects_later") in open_case_page(browser, scenario, ref)


def test_an_objection_stops_the_time_and_its_reason_stays_with_its_side(
    browser: Browser, scenario: Scenario
) -> None:
    """An objection in time needs no excuse; both sides read who decides by when. A late one must say what was
    unknown before.
    """
    ref = mediating(scenario)
    open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/challenge_mediator")
    assert 'name="unknown_before"' not in form.body.decode()
    assert 'name="side"' not in form.body.decode()
    page = sent(browser, "challenge_mediator", conflict="relative", reason="王芳的回避理由")
    assert part(browser, "objected.own") in page
    assert "王芳的回避理由" in page
    page = open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    assert part(browser, "objected.theirs") in page
    assert "王芳的回避理由" not in page
    assert own(browser, "runs.challenge_decision.silence") in page
    assert "challenge_mediator" not in links(browser)
    scenario.move(ZHOU, "decide_challenge", ref, upheld=False, reason="没有亲属关系。")
    scenario.live(14 * DAY, ref)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "not_upheld") in page
    assert "没有亲属关系。" in page
    wrong = browser.post(
        "/case/moves/challenge_mediator",
        {
            **hidden(browser.get("/case/moves/challenge_mediator")),
            "conflict": "relative",
            "reason": "又想起来了",
        },
    )
    assert wrong.status_code in (409, 422)
    assert "又想起来了" in text(wrong)
    assert 'name="unknown_before"' in wrong.body.decode()
    page = sent(
        browser, "challenge_mediator", conflict="relative", reason="才知道的", unknown_before="昨天看到合影"
    )
    assert part(browser, "objected.own") in page


def test_a_meeting_is_read_with_time_place_and_what_absence_means(
    browser: Browser, scenario: Scenario
) -> None:
    """The page names the time zone. A side can ask twice for another time. A moved or cancelled meeting has
    its reason.
    """
    ref = called(scenario)
    page = open_case_page(browser, scenario, ref)
    zone = "北京时间" if browser.headers["accept-language"] == "zh" else "Beijing time"
    assert zone in page
    assert "市民中心三楼调解室" in page
    assert "购买凭证、身份证" in page
    assert part(browser, "absence") in page
    for _ in range(2):
        page = sent(browser, "ask_meeting_change", reason="王芳不能来的理由")
    assert "ask_meeting_change" not in links(browser)
    assert part(browser, "asked_often") in page
    business = open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    assert "ask_meeting_change" in links(browser)
    assert "王芳不能来的理由" not in business
    scenario.move(YAN, "change_meeting", ref, meeting="M1", reason="场地有变", place="四楼")
    page = open_case_page(browser, scenario, ref)
    assert "四楼" in page
    assert "场地有变" in page
    assert "购买凭证、身份证" in page
    scenario.move(YAN, "change_meeting", ref, meeting="M1", reason="先电话谈", cancel=True)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "state.cancelled") in page
    assert "先电话谈" in page
    assert "ask_meeting_change" not in links(browser)


def test_meeting_is_shown_until_its_length_is_over(browser: Browser, scenario: Scenario) -> None:
    """A meeting is current until its length is over; until then the page does not say "nothing to do"."""
    ref = called(scenario)
    mediation = load(scenario, ref).talks.mediation
    assert mediation
    assert mediation.meeting
    idle = say(browser.headers["accept-language"], "consumer.case.nothing")
    place = f"<strong>{part(browser, 'place.in_person')}</strong>"
    assert idle not in open_case_page(browser, scenario, ref)
    scenario.live(mediation.meeting.at - scenario.time + HOUR, ref)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "state.past") not in page
    assert idle not in page
    assert place in browser.get("/case").body.decode()
    assert part(browser, "state.on", phone="|").partition("|")[0] in page
    scenario.live(HOUR, ref)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "state.past") in page
    assert place not in browser.get("/case").body.decode()


def test_minutes_are_for_both_and_who_was_absent_is_asked_why(browser: Browser, scenario: Scenario) -> None:
    """Only the absent side is asked why, with the date and the effect of silence. Only that side reads the
    mediator's reason.
    """
    ref = called(scenario)
    scenario.live(20 * DAY + 3 * HOUR, ref)
    assert part(browser, "state.past") in open_case_page(browser, scenario, ref)
    scenario.move(
        YAN,
        "record_meeting",
        ref,
        meeting="M1",
        present=["business"],
        minutes="企业说明了情况。",
        next_step="再约。",
    )
    page = open_case_page(browser, scenario, ref, "p1", "deadlines")
    assert "企业说明了情况。" in page
    assert "再约。" in page
    assert part(browser, "missed", id="M1") in page
    assert own(browser, "runs.party_reply.absence_asked.silence") in page
    assert own(browser, "runs.party_reply.minutes.silence") in page
    assert own(browser, "case.nothing") not in page
    asked = (
        browser.get("/case")
        .body.decode()
        .partition(part(browser, "explain_how", phone="|").partition("|")[0])[2]
    )
    # the side explains its absence in confidence, as the letter says
    assert "/case/moves/state_position" in asked.partition("</a>")[0]
    page = open_case_page(browser, scenario, ref, shop(scenario, ref).party, "deadlines")
    assert "企业说明了情况。" in page
    assert part(browser, "missed_theirs", id="M1") in page
    assert part(browser, "undecided") in page
    assert own(browser, "runs.party_reply.absence_asked.what") not in page
    assert own(browser, "runs.party_reply.minutes.what") in page
    scenario.move(
        YAN,
        "decide_absence",
        ref,
        meeting="M1",
        side="consumer",
        good=True,
        reason="有住院证明。",
        explained="那天住院。",
    )
    page = open_case_page(browser, scenario, ref, "p1", "history")
    assert "有住院证明。" in page
    assert "那天住院。" in page
    assert part(browser, "good") in page
    page = open_case_page(browser, scenario, ref, shop(scenario, ref).party, "history")
    assert "住院" not in page
    assert part(browser, "good") in page


def test_extension_page_needs_all_three_consents(browser: Browser, scenario: Scenario) -> None:
    """Both sides read who has agreed; the third consent moves the end."""
    ref = mediating(scenario)
    before = case_by_interface(browser.client, scenario, ref, "p1")["mediation"]["ends"]
    open_case_page(browser, scenario, ref)
    page = sent(browser, "agree_extension")
    assert "agree_extension" not in links(browser)
    assert part(browser, "longer_days", n=30) in page
    scenario.move(YAN, "agree_extension", ref)
    open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    page = sent(browser, "agree_extension")
    assert part(browser, "extended") in page
    after = case_by_interface(browser.client, scenario, ref, "p1")["mediation"]
    assert after["ends"] > before
    assert after["extension"] == {"agreed": ["consumer", "business", "mediator"], "extended": True}


def test_day_sixty_ends_it_and_both_read_why(client: Any, scenario: Scenario) -> None:
    """Before the end the page says what happens then. Afterwards it says that nobody is blamed, and keeps the
    course of the mediation. The mediation ends only if its first meeting was held.
    """
    ref, browsers = mediating(scenario), [Browser(client, language) for language in formats.LANGUAGES]
    for browser in browsers:
        assert own(browser, "runs.mediation.investigating") in open_case_page(browser, scenario, ref)
    met(scenario, ref)
    scenario.live(44 * DAY, ref)
    assert load(scenario, ref).stage == Stage.INVESTIGATING
    for browser, party in product(browsers, ("p1", shop(scenario, ref).party)):
        page = open_case_page(browser, scenario, ref, party)
        assert own(browser, "parts.talks.no_blame_mediation") in page
        assert part(browser, "earlier") in page
        assert "严明" in page
        assert all(MOVES[name].part != "mediation" for name in links(browser) & MOVES.keys())


def test_a_suspected_offence_is_told_as_a_ground_without_its_reason(client: Any, scenario: Scenario) -> None:
    """Both sides read the ground only after a second person has confirmed it, and never the reason."""
    ref, browser = mediating(scenario), Browser(client, "zh")
    ground = own(browser, "parts.talks.ending", ending=formats.label("zh", "suspected_crime", "ending"))
    case = scenario.move(YAN, "end_mediation", ref, ending="suspected_crime", reason="疑似伪造票据")
    for party in ("p1", shop(scenario, ref).party):
        assert ground not in open_case_page(browser, scenario, ref, party)
        assert part(browser, "rules") in text(browser.get("/case"))
    scenario.move(ZHOU, "approve", ref, approval=case.approvals[-1].id)
    for party in ("p1", shop(scenario, ref).party):
        assert ground in open_case_page(browser, scenario, ref, party)
        token = scenario.product.links.token(ref, party, 1)
        timeline = client.http.get(
            f"/v1/cases/{ref}/timeline?limit=100", headers={"Authorization": f"Bearer {token}"}
        ).body.decode()
        assert "suspected_crime" in timeline
        assert "疑似伪造票据" not in timeline


def test_a_case_that_may_not_lapse_says_that_the_lead_looks_at_it(client: Any, scenario: Scenario) -> None:
    """Silence never closes the case of a consumer with a help need; the page says that a review follows."""
    elderly = {"name": "王芳", "phone": "13800138000", "email": "wang.fang@mail.example", "help": ["elderly"]}
    registered(scenario)
    ref = scenario.submit(
        person=elderly, consents={"truthful": True, "data_use": True, "sensitive": True}
    ).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    answer(scenario, ref, conclusion="not_upheld")
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(scenario, ref)
    consented(scenario, ref)
    appointed(scenario, ref)
    browsers = [Browser(client, language) for language in formats.LANGUAGES]
    for browser in browsers:
        assert own(browser, "runs.mediation.shielded") in open_case_page(browser, scenario, ref)
    met(scenario, ref)
    scenario.live(44 * DAY, ref)
    assert load(scenario, ref).stage == Stage.MEDIATING
    for browser in browsers:
        assert part(browser, "review") in open_case_page(browser, scenario, ref)


def test_the_interface_tells_a_mediation_to_its_sides(client: Any, scenario: Scenario) -> None:
    """The interface returns the mediator, the end of the time to object, the deadline of the first meeting,
    meetings in UTC and absences, but not the other side's reasons.
    """
    ref = mediating(scenario)
    scenario.move(
        shop(scenario, ref), "challenge_mediator", ref, conflict="relative", reason="企业的回避理由"
    )
    found = case_by_interface(client, scenario, ref, "p1")["mediation"]
    assert found["mediator"]["name"] == "严明"
    assert found["mediator"]["lawful"] is True
    assert found["objection"]["by"]
    assert (found["objection"]["own"], found["objection"]["reason"], found["stopped"]) == (
        False,
        "",
        "challenge",
    )
    scenario.move(ZHOU, "decide_challenge", ref, upheld=False, reason="没有。")
    scenario.live(14 * DAY, ref)
    scenario.move(YAN, "call_meeting", ref, **meeting(scenario))
    for party in ("p1", shop(scenario, ref).party):
        (one,) = case_by_interface(client, scenario, ref, party)["mediation"]["meetings"]
        assert one["at"].endswith("T02:00:00Z")
        assert one["state"] == "ahead"
        assert one["place"] == "市民中心三楼调解室"
    deadlines = {
        run["deadline"]
        for run in case_by_interface(client, scenario, ref, shop(scenario, ref).party)["deadlines"]
    }
    assert deadlines <= own_view.SEEN["company"]
    assert {"meeting", "first_meeting"} <= deadlines


def test_upheld_objection_shows_when_the_next_mediator_is_due(browser: Browser, scenario: Scenario) -> None:
    """After an upheld objection the page says why and by when another mediator is chosen. It no longer names
    the rejected one.
    """
    ref = mediating(scenario, REN)
    scenario.move(scenario.by_link(ref), "challenge_mediator", ref, conflict="relative", reason="亲戚")
    scenario.move(ZHOU, "decide_challenge", ref, upheld=True, reason="是亲戚。")
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "found_again") in page
    assert part(browser, "upheld") in page
    assert "是亲戚。" in page
    assert part(browser, "who") not in re.findall(r"<h3[^>]*>([^<]*)", browser.get("/case").body.decode())
    scenario.live(20 * DAY, ref)
    assert part(browser, "found_again_late") in open_case_page(browser, scenario, ref)
    appointed(scenario, ref)
    assert "严明" in open_case_page(browser, scenario, ref)


def test_a_partner_reads_nothing_of_a_text(scenario: Scenario) -> None:
    """A partner system reads no word of an agreement, even in a case that it filed."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    seer = replace(scenario.by_link(ref), roles=Role.PARTNER)
    view = View(scenario.product.file.whole(ref), scenario.time, seer, "zh", scenario.product)
    entries = [one for n in range(1, view.case.entries + 1) if (one := timeline.party_entry(view, n))]
    words = json.dumps([list(one.words.values()) for one in entries], ensure_ascii=False)
    assert FACTS not in words
    assert REFUNDS not in words


def test_next_deadline_in_mediation_is_not_the_inquiry(browser: Browser, scenario: Scenario) -> None:
    """The next deadline is that of the first meeting. The inquiry's deadline also runs on, but the page must
    not tell its reader to wait for an answer."""
    page = open_case_page(browser, scenario, mediating(scenario))
    assert own(browser, "case.ahead_is", what=own(browser, "runs.first_meeting.what")) in page
    assert own(browser, "runs.investigation.what") not in page
