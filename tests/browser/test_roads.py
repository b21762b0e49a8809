"""Each road of a complaint, taken by persons on their pages in a browser, while staff act."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from chalicelib.locale.formats import label
from tests.browser.served import Road, site
from tests.browser.visitors import DESKTOP, PHONE, SCREENS, Site, file, guest, number, sized
from tests.life import contested
from tests.scenario import FENG, HOUR, SUN, WANG, ZHAO, Scenario
from tests.web import mediated, own
from tests.web.talks import load

pytestmark = pytest.mark.browser
Begin = Callable[[str], Road]
SCORES = ("overall", "ease", "speed", "fairness", "clarity")
LONG_AGO = "二〇二五年底买的，修了三次还漏水，打了七次电话没人理！！！😡 " * 40


@pytest.fixture(params=["zh-CN", "en-GB"])
def begin(request: Any, client: Any, scenario: Scenario, chromium: Browser, axe: str) -> Iterator[Begin]:
    """A function that begins a road by its name, in each language."""
    with site(client) as address:
        yield lambda name: Road(name, scenario, chromium, address, request.param, axe)


def stage(scenario: Scenario, ref: str, locale: str) -> str:
    """Return the name of the case's stage in a language."""
    return label(locale[:2], str(load(scenario, ref).stage), "stage")


def test_a_complaint_is_filed_on_a_desktop(begin: Begin, scenario: Scenario) -> None:
    """A consumer files page by page on a wide screen, up to the case page."""
    road = begin("filed")
    page = guest(road.chromium, locale=road.locale, screen=DESKTOP)
    ref = file(page, Site(road.address, {}), lambda where: road.photograph(page, where))
    assert load(scenario, ref).stage == "received"
    page.goto(f"{road.address}/case")
    road.photograph(page, "case")


def test_a_draft_is_asked_about_deleted_and_restored(begin: Begin, scenario: Scenario) -> None:
    """The same complaint is asked about before it is sent again. Its draft is deleted only after a question,
    comes back, and says where it goes on. A withdrawal begins with the way back."""
    road = begin("drafts")
    page = guest(road.chromium, locale=road.locale)
    there = Site(road.address, {})
    ref = file(page, there)
    assert file(page, there) == ref
    road.photograph(page, "near")
    page.click("main a[href$='/complain/forget']")
    road.photograph(page, "ask")
    with page.expect_navigation():
        page.click("main form button.govuk-button--warning")
    road.photograph(page, "deleted")
    page.goto(f"{road.address}/complain")
    road.photograph(page, "begun")
    page.goto(f"{road.address}/complain/forgotten")
    with page.expect_navigation():
        page.click("main form[action$='/restore'] button")
    road.photograph(page, "restored")
    page.goto(f"{road.address}/case/{ref}")
    assert page.url.endswith("/case")
    person = road.party(ref)
    person.does("withdraw", reason="已经解决")
    assert person.page.locator("main a.govuk-button").first.get_attribute("href") == (
        "/case/moves/undo_withdrawal"
    )


def test_a_danger_is_reported_with_nothing_else_said(begin: Begin, scenario: Scenario) -> None:
    """The next screen gives advice, and one more tap sends the warning. The page after that has three phone
    screens at most."""
    road = begin("danger")
    person = road.visitor()
    person.goes("/complain")
    person.page.check("[name=hurt][value=hurt]")
    person.presses("main form button[type=submit]")
    road.photograph(person.page, "advice")
    assert person.page.url.endswith("/complain/danger")
    person.presses("main form button")
    road.photograph(person.page, "sent")
    sized(person.page, PHONE)
    assert person.page.evaluate("document.documentElement.scrollHeight") <= SCREENS * PHONE[1]
    assert load(scenario, number(person.page.inner_text("main"))).unsafe


def test_an_answer_is_accepted_kept_and_judged(begin: Begin, scenario: Scenario) -> None:
    """The consumer accepts the offer, confirms the payment, and rates our service."""
    road = begin("accepted")
    ref = own.answered(scenario)
    consumer = road.party(ref)
    consumer.goes("/case")
    consumer.does("accept_answer")
    scenario.move(FENG, "claim_done", ref, obligation="O1", proof="payment_record", what="已原路退回。")
    consumer.does("confirm_done", obligation="O1", remark=LONG_AGO)
    scenario.live(HOUR, ref)
    assert stage(scenario, ref, road.locale) in consumer.goes("/case")
    consumer.does("answer_survey", **dict.fromkeys(SCORES, "4"), comment=LONG_AGO)
    assert load(scenario, ref).feedback.surveyed == ("p1",)


def test_an_answer_is_looked_at_anew_by_others(begin: Begin, scenario: Scenario) -> None:
    """The consumer contests the answer, follows the panel, and reads its decision."""
    road = begin("reconsidered")
    contested.staffed(scenario)
    ref = contested.answered(scenario)
    consumer = road.party(ref)
    consumer.goes("/case")
    consumer.does("ask_reconsideration", reasons={"1": LONG_AGO})
    votes = [(who, {"1": "changed"}) for who in (contested.DENG, contested.FAN, contested.GU)]
    contested.panel(scenario, ref, *votes)
    consumer.goes("/case")
    scenario.move(
        contested.DENG,
        "decide_reconsideration",
        ref,
        reasons={"1": "检测记录与答复不符。"},
        conclusions={"1": "upheld"},
        remedies=[{**own.REFUND, "by": mediated.day(scenario, 10)}],
        terms="退到原付款账户。",
    )
    assert "检测记录与答复不符。" in consumer.goes("/case")


def test_two_sides_talk_and_agree_on_an_offer(begin: Begin, scenario: Scenario) -> None:
    """Each side states its position and makes offers on its own page, until one accepts."""
    road = begin("talks")
    ref = mediated.negotiating(scenario)
    consumer, shop = road.party(ref), road.party(ref, mediated.shop(scenario, ref).party)
    consumer.does("state_position", text=LONG_AGO, share=True)
    shop.does("state_position", text="超过了退货期，但可以商量。", share=True)
    shop.does("offer", terms="退三百元。", amount="300.00", until=mediated.day(scenario, 5))
    consumer.does(
        "offer", terms="退八百元。", amount="800.00", until=mediated.day(scenario, 5), counters="F1"
    )
    shop.does("accept_offer", offer="F2")
    offers = load(scenario, ref).talks.dispute
    assert offers
    assert [one.state for one in offers.offers] == ["countered", "accepted"]


def test_a_mediation_ends_in_a_text_that_three_sign(begin: Begin, scenario: Scenario) -> None:
    """Both sides agree to mediation; then they and the mediator sign the text on their pages. Each side
    performs its obligation."""
    road = begin("mediation")
    ref = mediated.negotiating(scenario)
    consumer, shop = road.party(ref), road.party(ref, mediated.shop(scenario, ref).party)
    scenario.move(contested.MA, "invite_mediation", ref)
    consumer.does("consent_mediation")
    shop.does("consent_mediation")
    mediated.appointed(scenario, ref)
    consumer.goes("/case")
    mediated.drafted(scenario, ref)
    consumer.does("sign")
    shop.does("sign")
    road.staff("yan", ref, "role:mediator").does("sign")
    agreement = load(scenario, ref).talks.agreement
    assert agreement
    assert agreement.in_force
    shop.does("claim_done", obligation="O1", proof="payment_record", what="已经退款。")
    consumer.does("confirm_done", obligation="O1")
    consumer.does("claim_done", obligation="O2", proof="delivery_record", what="已经交给取件的人。")
    shop.does("confirm_done", obligation="O2")
    assert not load(scenario, ref).open_obligations


def test_invited_consumer_joins_on_their_page(begin: Begin, scenario: Scenario) -> None:
    """An invited consumer joins on their page; each consumer accepts or refuses the common proposal for
    themselves."""
    road = begin("together")
    ref = scenario.submit().ref
    person = {"name": "赵敏", "email": "zhao.min@mail.example", "phone": "13700137000"}
    other = scenario.submit(person=person, account={"story": LONG_AGO}).ref
    scenario.move(WANG, "invite_to_join", other, leading=ref)
    road.party(other).does("join_case", own_wish=True)
    shares = [{**own.REFUND, "by": mediated.day(scenario, 9), "party": party} for party in ("p1", "p2")]
    scenario.move(SUN, "ask_consent", ref, settlement="每人退还货款。", remedies=shares)
    road.party(ref).does("consent_represented", agrees=True)
    road.party(ref, "p2").does("consent_represented", agrees=False)
    assert [party.id for party in load(scenario, ref).consumers] == ["p1", "p2"]


def test_representative_acts_after_the_check(begin: Begin, scenario: Scenario) -> None:
    """A relative named on the case acts once an officer has checked the authority."""
    road = begin("represented")
    ref = own.investigated(scenario)
    scenario.move(ZHAO, "add_representative", ref, **own.AGENT, powers=own.EVERYTHING)
    agent = road.party(ref, load(scenario, ref).parties[-1].id)
    agent.goes("/case")
    scenario.move(
        ZHAO,
        "check_authority",
        ref,
        representative=agent.party,
        document="授权委托书原件",
        powers=own.EVERYTHING,
        until="2026-12-31",
    )
    assert agent.does("message", text=LONG_AGO)
    assert stage(scenario, ref, road.locale) in agent.goes("/case")


def test_a_department_answers_without_an_account(begin: Begin, scenario: Scenario) -> None:
    """The link of the letter leads to the question. An empty answer comes back, and then nothing is left."""
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(
        ZHAO, "ask_department", ref, department="repair", question="这台洗衣机修过几次？", papers="维修单"
    )
    he = begin("question").visitor()
    assert "这台洗衣机修过几次？" in he.goes(scenario.product.links.question_path(ref, "Q1", "he"))
    he.page.click("main button")
    he.road.photograph(he.page, "refused")
    he.page.fill("[name=answer]", "修过两次。")
    he.page.click("main button")
    he.road.photograph(he.page, "over")
    assert he.page.locator("[name=answer]").count() == 0
    he.goes("/question/100000000009/Q1-1-x")


def test_a_lost_link_is_sent_again(begin: Begin, scenario: Scenario) -> None:
    """Number and address request the link. The page answers the same to every visitor, and the mail holds a
    link that opens the case."""
    road = begin("lost link")
    ref = scenario.submit().ref
    stranger = road.visitor()
    for mail in ("wang.fang@mail.example", "nobody@mail.example"):
        stranger.goes("/case/link")
        stranger.page.fill("[name=number] >> nth=0", ref)
        stranger.page.fill("[name=contact]", mail)
        stranger.presses("form:has([name=contact]) button")
        road.photograph(stranger.page, "asked")
    scenario.post()
    scenario.post()
    links = re.findall(rf"/case/{ref}/[\w-]+", scenario.sent()[-1]["text"])
    assert number(stranger.goes(links[0])) == ref


def test_typed_text_outlives_a_reload_and_a_change_of_language(begin: Begin, scenario: Scenario) -> None:
    """Typed text stays until it is sent, on the complaint form and on a form of a case."""
    road = begin("typed")
    writer, at = road.party(scenario.submit().ref), "main textarea >> nth=0"
    stranger = road.visitor()
    stranger.page.goto(f"{road.address}/complain")
    stranger.page.check("[name=hurt][value=no]")
    stranger.presses("main form button")
    for person, path in ((writer, "/case/moves/message"), (stranger, "/complain/story")):
        page = person.page
        page.goto(road.address + path)
        page.fill(at, LONG_AGO)
        page.reload()
        person.presses("header a[href*='lang=']")
        assert page.locator(at).input_value().strip() == LONG_AGO.strip()
        person.presses("main form button[type=submit]")
        page.goto(road.address + path)
        assert page.locator(at).input_value().strip() == (LONG_AGO.strip() if person is stranger else "")


def test_typed_text_stays_with_its_case(begin: Begin, scenario: Scenario) -> None:
    """Two persons who open their cases in one tab do not see each other's text."""
    road = begin("shared tab")
    ours, theirs = road.party(scenario.submit().ref), scenario.submit().ref
    ours.page.goto(f"{road.address}/case/moves/message")
    ours.page.fill("main textarea >> nth=0", LONG_AGO)
    ours.page.goto(road.address + scenario.product.links.path(theirs, "p1", 1))
    ours.page.goto(f"{road.address}/case/moves/message")
    assert ours.page.locator("main textarea >> nth=0").input_value() == ""
