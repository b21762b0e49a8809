"""The layout of pages and their use by keyboard (WCAG 2.2: 1.4.10, 2.1.1, 2.1.2, 2.4.1, 2.4.7). Tests cover
length on a phone, 320 pixels and 400 %, tab order and focus."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.codes import Assigns, Channel, Language
from chalicelib.domain.phone_hours import PhoneHours
from chalicelib.figures.lake import Lake
from chalicelib.figures.report import READ, REPORTED, Period, ReportRows, report, report_key
from chalicelib.figures.team_figures import EVERYBODY, FOLDER, TRENDS
from chalicelib.figures.volumes import VOLUMES
from chalicelib.hooks.endpoint import (
    Delivery,
    DeliveryFault,
    Endpoint,
    Failing,
    Off,
    Signing,
    WebhookKind,
    Why,
)
from chalicelib.web import partners
from chalicelib.web.partners import Scope
from tests.browser.pictures import picture
from tests.browser.served import Road, site
from tests.browser.visitors import DESKTOP, PHONE, SCREENS, found, leave, sized
from tests.casework.routed import three_teams
from tests.figures.handed import World
from tests.figures.made import published_files, year
from tests.scenario import Scenario
from tests.web.boards import company, half_replayed, open_cases, stored, trend
from tests.web.desk import GROUPS
from tests.web.feedback import closed
from tests.web.mediated import YAN, bound, breached, drafted, mediating, meeting, negotiating, unopposed
from tests.web.operated import OPERATOR
from tests.web.own import answered
from tests.web.talks import load

pytestmark = pytest.mark.browser
DESK_SCREENS = 6
"""The limit for a case at the desk, which shows its deadlines, its people and the newest entries unfolded."""
NARROW = (320, 256)
"""The room of 1280 × 1024 pixels at 400 %, which is also the narrowest phone."""


def met(scenario: Scenario) -> str:
    """Return a case in mediation, with a meeting ahead."""
    ref = mediating(scenario)
    unopposed(scenario, ref)
    scenario.move(YAN, "call_meeting", ref, **meeting(scenario))
    return ref


def signing(scenario: Scenario) -> str:
    """Return a case with a text that waits for signatures."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    return ref


def performing(scenario: Scenario) -> str:
    """Return a case with an agreement in force and obligations of both sides."""
    return bound(scenario, mediating(scenario)).ref


STAGES: dict[str, Callable[[Scenario], str]] = {
    "answered": answered,
    "answered with an offer": lambda scenario: answered(scenario, first="offer"),
    "answered with nothing": lambda scenario: answered(scenario, remedies=(), first="not_established"),
    "negotiating": negotiating,
    "mediating": met,
    "signing": signing,
    "performing": performing,
    "breached": breached,
    "closed": closed,
}


FORMS = {"signing": ("sign", "refuse_to_sign"), "answered with an offer": ("accept_answer", "raise_dispute")}
"""The forms with a table of sums, by stage."""
Look = Callable[[str], Road]


@pytest.fixture
def look(
    client: Any, scenario: Scenario, chromium: Browser, axe: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Look]:
    """A function that begins a road in a language, on an installation that names its operator."""
    for name, said in OPERATOR.items():
        monkeypatch.setenv(name, said)
    with site(client) as address:
        yield lambda locale: Road("layout", scenario, chromium, address, locale, axe)


@pytest.mark.parametrize("stage", STAGES)
def test_no_page_of_a_case_is_longer_than_three_phone_screens(
    look: Look, scenario: Scenario, stage: str
) -> None:
    """Pages of both sides, and the forms with a table of sums, stay within three screens, whatever the stage;
    the rest is folded. The consumer reads English, as that is longer. Case page, obligations and forms break
    no rule of axe."""
    ref, long, broken = STAGES[stage](scenario), {}, {}
    scenario.post()
    business = load(scenario, ref).business
    for party, locale in (("p1", "en-GB"), (business.id, "zh-CN")) if business else (("p1", "en-GB"),):
        road = look(locale)
        page = sized(road.party(ref, party).page, PHONE)
        forms = [f"/case/moves/{move}" for move in FORMS.get(stage, ()) if party == "p1"]
        for path in ("/case", *sections(page), *forms):
            page.goto(road.address + path)
            height = page.evaluate("document.documentElement.scrollHeight")
            if height > SCREENS * PHONE[1]:
                long[party, path] = height
            if path in ("/case", "/case/promises", *forms) and (wrong := found(page, road.axe)):
                broken[party, path] = wrong
        leave(page)
    assert (long, broken) == ({}, {})


@pytest.mark.parametrize("stage", ["answered", "signing", "breached"])
def test_a_dark_theme_breaks_no_rule_of_axe(look: Look, scenario: Scenario, stage: str) -> None:
    """Where the system asks for dark colours, the page is dark, and its contrasts are enough."""
    ref, road, broken = STAGES[stage](scenario), look("zh-CN"), {}
    forms = {
        "answered": ["accept_answer", "raise_dispute"],
        "signing": ["sign"],
        "breached": ["waive?obligation=O1"],
    }
    page = road.party(ref).page
    page.emulate_media(color_scheme="dark")
    for path in ("/case", "/case/promises", "/case/history", *(f"/case/moves/{one}" for one in forms[stage])):
        page.goto(road.address + path)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(map(int, re.findall(r"\d+", ground)[:3])) < 60, ground
        if wrong := found(page, road.axe):
            broken[path] = wrong
    leave(page)
    assert broken == {}


def test_past_present_and_future_stages_differ_in_forced_colours(look: Look, scenario: Scenario) -> None:
    """With the few colours of the system, the marks of the three kinds of stages still look different."""
    road = look("zh-CN")
    page = road.party(performing(scenario)).page
    page.emulate_media(forced_colors="active")
    page.goto(f"{road.address}/case")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    marks = {
        kind: page.locator(f".site-stages .is-{kind}").first.evaluate(
            "one => { const mark = getComputedStyle(one, '::before');"
            " return [mark.backgroundColor, mark.borderStyle, mark.outlineStyle] }"
        )
        for kind in ("behind", "now", "ahead")
    }
    leave(page)
    assert len(set(map(tuple, marks.values()))) == 3, marks


def sections(page: Page) -> list[str]:
    """Return the paths of the other pages of the open case."""
    listed: list[str] = page.locator(".site-sections a").evaluate_all(
        "links => links.map(one => one.getAttribute('href'))"
    )
    return listed


FILING = ("/", "/complain", "/complain/business", "/complain/story", "/complain/you", "/case/link")
MOVES = ("message", "sign", "refuse_to_sign", "withdraw", "raise_dispute", "add_representative")


@pytest.fixture
def reader(look: Look, scenario: Scenario, request: Any) -> Iterator[tuple[str, Page]]:
    """The consumer of a case with a text to sign, who has begun another complaint too: the site's address
    and the page."""
    road = look(getattr(request, "param", "zh-CN"))
    page = road.party(signing(scenario)).page
    page.goto(f"{road.address}/complain")
    page.check("[name=hurt][value=no]")
    page.click("main form button[type=submit]")
    page.goto(f"{road.address}/case")
    yield road.address, page
    leave(page)


CUT = """() => {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")].filter(one => {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (!box.width || style.clip !== "auto") return false;
    if (one.closest(".govuk-visually-hidden, .govuk-skip-link")) return false;
    if (one.closest("[role=region][tabindex], .site-scroll")) return false;
    return box.right > wide + 1 || box.left < -1
      || (style.overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1);
  }).map(one => one.outerHTML.slice(0, 160));
}"""
"""A script that returns the elements outside the screen's width, or cut off there."""


def fits(page: Page, address: str, paths: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the elements that need sideways scrolling or are cut off, by page."""
    wide = {}
    for path in paths:
        answer = page.goto(address + path)
        assert answer, path
        assert answer.ok, path
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        if cut := page.evaluate(CUT):
            wide[path] = cut
    return wide


@pytest.mark.parametrize("reader", ["zh-CN", "en-GB"], indirect=True)
def test_at_400_per_cent_nothing_is_cut_off(reader: tuple[str, Page]) -> None:
    """The pages of the complaint form, the case with everything unfolded, and its moves fit a narrow
    screen."""
    address, page = reader
    paths = (*FILING, "/case", *sections(page), *(f"/case/moves/{move}" for move in MOVES))
    assert fits(sized(page, NARROW), address, paths) == {}


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_desk_fits_too(look: Look, scenario: Scenario, locale: str) -> None:
    """Lists, a case, its further pages and a form fit; only tables scroll by themselves. On a phone a
    mediator finds the case within a few screens."""
    road, ref = look(locale), signing(scenario)
    page = road.staff("sun", ref, *GROUPS["sun"]).page
    case = f"/desk/cases/{ref}"
    paths = ("/desk", case, f"{case}/timeline", f"{case}/letters", f"{case}/moves/message", "/desk/sessions")
    assert fits(sized(page, NARROW), road.address, paths) == {}
    sized(page, PHONE).goto(road.address + case)
    assert page.evaluate("document.documentElement.scrollHeight") <= DESK_SCREENS * PHONE[1]


def found_at(size: str, road: Road, page: Page) -> list[tuple[str, str]]:
    """Return the broken rules of axe on a page that is opened on both screens in both languages. axe checks
    it in Chinese on a phone and in English on a desktop."""
    return found(page, road.axe) if (size == "phone") == (road.locale == "zh-CN") else []


def test_pale_text_is_found_on_a_page_like_others(look: Look) -> None:
    """Contrasts are measured again on a page where one text looks like none before."""
    road = look("zh-CN")
    page = road.visitor().page
    page.goto(f"{road.address}/")
    assert found(page, road.axe) == []
    page.locator("main p").first.evaluate("one => { one.style.color = '#bbbbbc' }")
    assert [rule for rule, _ in found(page, road.axe)] == ["color-contrast"]


def test_figures_are_read_on_a_phone(look: Look, scenario: Scenario) -> None:
    """Each plot shows in both languages and breaks no rule of axe. With all numbers unfolded the narrowest
    screen cuts nothing off."""
    for key, content in published_files(300, ended="2026-03-01").items():
        scenario.product.shelf.put(key, content)
    for road in map(look, ("zh-CN", "en-GB")):
        page = sized(road.visitor().page, PHONE)
        page.goto(f"{road.address}/figures?by=channel")
        assert page.locator("svg").count() == page.locator("svg:has(path:not([d='']))").count() > 8
        picture(page, road.pictures / "figures.png")
        assert road.locale == "en-GB" or found(page, road.axe) == []
        paths = ("/figures?by=channel", "/figures/dictionary") if road.locale == "en-GB" else ()
        assert fits(sized(page, NARROW), road.address, paths) == {}
        leave(page)


def test_figures_of_teams_are_read_on_phone_and_desktop(
    look: Look, scenario: Scenario, tmp_path: Path
) -> None:
    """Load, times and promises of three teams and their people show in both languages and break no rule of
    axe. Only the tables scroll."""
    scenario.product.file.keep_roster(three_teams())
    for name, told in World(Random(1), 150).stored(tmp_path).items():
        scenario.product.shelf.put(f"{FOLDER}{name}.json", json.dumps(told).encode())
    screens = (("phone", PHONE), ("desktop", (DESKTOP["width"], DESKTOP["height"])))
    for road in map(look, ("zh-CN", "en-GB")):
        page = road.staff("zhou", "0", *GROUPS["zhou"]).page
        for size, screen in screens:
            for team in ("", "general"):
                sized(page, screen).goto(f"{road.address}/desk/teams?team={team}")
                road.pictures.mkdir(parents=True, exist_ok=True)
                picture(page, road.pictures / f"teams-{team}-{size}.png")
                assert found_at(size, road, page) == []
        assert fits(sized(page, NARROW), road.address, ["/desk/teams", "/desk/teams?team=general"]) == {}
        leave(page)


def test_the_board_and_the_calendar_are_read_on_phone_and_desktop(look: Look, scenario: Scenario) -> None:
    """The board, its cases, the calendar and a running replay pass axe in both languages with two thousand
    open cases, and only tables scroll."""
    scenario.product.file.keep_roster(company())
    stored(open_cases(scenario.time, 2_000))
    for name in (EVERYBODY, "team1"):
        content = json.dumps(trend(13, 180 if name == EVERYBODY else 20)).encode()
        scenario.product.shelf.put(f"{TRENDS}{name}.json", content)
    id = scenario.product.proposals.ask("zhou", {"acknowledgement": "12h", "answer_window": "20d"}, 30)
    scenario.product.proposals.keep(id, half_replayed())
    paths = {
        "what-if": "/desk/what-if",
        "replayed": f"/desk/what-if/{id}",
        "all": "/desk/board",
        "one": "/desk/board?team=team1&span=month",
        "cases": "/desk/board/cases?team=&span=week&begun=2025-11-24&of=received",
        "calendar": "/desk/calendar",
    }
    screens = (("phone", PHONE), ("desktop", (DESKTOP["width"], DESKTOP["height"])))
    for road in map(look, ("zh-CN", "en-GB")):
        page = road.staff("zhou", "0", *GROUPS["zhou"]).page
        page.goto(f"{road.address}/desk/calendar")
        page.click("main button[value=make] >> nth=0")
        for size, screen in screens:
            for name, path in paths.items():
                sized(page, screen).goto(road.address + path)
                road.pictures.mkdir(parents=True, exist_ok=True)
                picture(page, road.pictures / f"board-{name}-{size}.png")
                assert found_at(size, road, page) == []
        assert fits(sized(page, NARROW), road.address, [*paths.values()]) == {}
        leave(page)


def test_report_and_its_words_are_read_on_phone_and_desktop(
    look: Look, scenario: Scenario, tmp_path: Path
) -> None:
    """A report with its plots, the form of its words, and the numbers of customers show in both languages and
    break no rule of axe. Only the tables scroll."""
    year(tmp_path, 200)
    with Lake(tmp_path) as lake:
        rows = ReportRows({name: lake.run(name) for name in READ})
    told = report(rows, Period("2026-10"), date(2026, 12, 31))
    told = {
        **told,
        "trend_before": [{**month, "month": f"2025{month['month'][4:]}"} for month in told["trend"]],
    }
    scenario.product.shelf.put(report_key("2026-10"), json.dumps(told).encode())
    scenario.product.shelf.put(REPORTED, json.dumps({"periods": ["2026-10"]}).encode())
    scenario.product.shelf.put(VOLUMES, b'{"all/all": {"2026-10": 9000}, "class/food": {"2026-09": 70}}')
    paths = {
        "report": "/desk/reports/2026-10",
        "words": "/desk/report-foreword?period=2026-10",
        "volumes": "/desk/reports/volumes",
    }
    screens = (("phone", PHONE), ("desktop", (DESKTOP["width"], DESKTOP["height"])))
    for road in map(look, ("zh-CN", "en-GB")):
        page = road.staff("zhou", "0", *GROUPS["zhou"]).page
        for size, screen in screens:
            for name, path in paths.items():
                sized(page, screen).goto(road.address + path)
                road.pictures.mkdir(parents=True, exist_ok=True)
                picture(page, road.pictures / f"{name}-{size}.png")
                assert found_at(size, road, page) == []
        assert fits(sized(page, NARROW), road.address, [*paths.values()]) == {}
        leave(page)


def test_the_roster_and_its_forms_are_used_on_phone_and_desktop(look: Look, scenario: Scenario) -> None:
    """The pages show in both languages, break no rule of axe, and cut nothing off, also no text of an option.
    They are the roster with all settings, its forms, and the answer to a team that begins to assign."""
    found_roster = three_teams()
    north = found_roster.teams["north"]
    hours = tuple(PhoneHours(day, time(9), time(17, 30)) for day in range(1, 6))
    place = {"zh": "北京市朝阳区", "en": "Chaoyang, Beijing"}
    north = replace(north, place=place, hours=hours, assigns=Assigns.ROTATION, cover=north.duty["lead"])
    han = replace(north.duty["investigator"][0], languages=(Language.ZH, Language.EN), most=12)
    north = replace(north, duty={**north.duty, "investigator": (han,)})
    scenario.product.file.keep_roster(replace(found_roster, teams={**found_roster.teams, "north": north}))
    paths = {
        "roster": "/desk/roster",
        "saved": "/desk/roster?done=team&waits=owner",
        "person": "/desk/roster/member?team=north&role=investigator&who=han",
        "new-person": "/desk/roster/member?team=north",
        "team": "/desk/roster/team?team=north",
        "close": "/desk/roster/team_close",
    }
    screens = (("phone", PHONE), ("desktop", (DESKTOP["width"], DESKTOP["height"])))
    for road in map(look, ("zh-CN", "en-GB")):
        page = road.staff("zheng", "0", *GROUPS["zheng"]).page
        for size, screen in screens:
            for name, path in paths.items():
                sized(page, screen).goto(road.address + path)
                road.pictures.mkdir(parents=True, exist_ok=True)
                picture(page, road.pictures / f"roster-{name}-{size}.png")
                assert size == "phone" or found(page, road.axe) == []
        assert fits(sized(page, NARROW), road.address, [*paths.values()]) == {}
        cut = {}
        for name, path in paths.items():
            sized(page, PHONE).goto(road.address + path)
            if fields := page.locator("select").evaluate_all(CUT_OFF):
                cut[name] = fields
        assert cut == {}
        leave(page)


def test_the_pages_of_keys_are_used_on_phone_and_desktop(look: Look, scenario: Scenario) -> None:
    """The pages show in both languages, break no rule of axe, and cut nothing off, also no new key."""
    partners.give("call-centre", Channel.PHONE, partners.FILES, timedelta(days=20), "zheng")
    partners.give("hr", Channel.API, [Scope.ABSENCES], timedelta(days=365), "")
    paths = ("/desk/keys", "/desk/keys/give", "/desk/keys/revoke?id=hr_1")
    for n, road in enumerate(map(look, ("zh-CN", "en-GB")), 1):
        page = road.staff("zheng", "0", *GROUPS["zheng"]).page
        for size, screen in (("phone", PHONE), ("desktop", (DESKTOP["width"], DESKTOP["height"]))):
            road.pictures.mkdir(parents=True, exist_ok=True)
            for path in paths:
                sized(page, screen).goto(road.address + path)
                name = path[6:].partition("?")[0].replace("/", "-")
                picture(page, road.pictures / f"{name}-{size}.png")
                assert found_at(size, road, page) == []
            page.goto(f"{road.address}/desk/keys/give?partner=shop{n}-{size}")
            page.locator("main button[data-prevent-double-click]").dblclick()
            page.locator("main code").wait_for()
            picture(page, road.pictures / f"key-{size}.png")
            assert page.locator("main code").count() == 1
            assert page.locator("main code").inner_text().startswith(f"rk_shop{n}-{size}_1_")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert found_at(size, road, page) == []
        assert fits(sized(page, NARROW), road.address, [*paths]) == {}
        leave(page)


def test_the_pages_of_webhooks_are_used_on_phone_and_desktop(look: Look, scenario: Scenario) -> None:
    """The pages show in both languages, break no rule of axe, and cut nothing off, also no new secret. A
    double press makes one endpoint."""
    product, at = scenario.product, scenario.time
    failing = Failing(at, DeliveryFault.TLS, None, "msg_1_1", WebhookKind.LIVE, "{}", at)
    states: dict[str, dict[str, Any]] = {
        "e1": {},
        "e2": {"failing": failing},
        "e3": {"failing": failing, "off": Off(at, Why.FAILED)},
        "e4": {"off": Off(at, Why.PAUSED)},
    }
    for id, state in states.items():
        url = f"https://crm.call-centre.example.com/webhooks/redress/{id}?tenant=general"
        signing = (Signing(2, "1"), Signing(1, "1", at + timedelta(hours=3)))
        made = Endpoint(id, "call-centre", url, "it@call-centre.example", "zh", at, signing)
        product.endpoints.add(replace(made, **state))
    taken = Delivery("msg_260212000018_3", WebhookKind.LIVE, at, 204, None, 88)
    fault = Delivery("msg_260212000018_4", WebhookKind.LIVE, at, 503, DeliveryFault.STATUS, 88)
    product.endpoints.log("e2", at, [taken, fault])
    deeds = ("new", "change?id=e1", "log?id=e2", "rotate?id=e1", "delete?id=e1")
    paths = ["/desk/webhooks", *(f"/desk/webhooks/{deed}" for deed in deeds)]
    for n, road in enumerate(map(look, ("zh-CN", "en-GB")), 1):
        page = road.staff("zheng", "0", *GROUPS["zheng"]).page
        for size, screen in (("phone", PHONE), ("desktop", (DESKTOP["width"], DESKTOP["height"]))):
            road.pictures.mkdir(parents=True, exist_ok=True)
            for path in paths:
                sized(page, screen).goto(road.address + path)
                name = path[6:].partition("?")[0].replace("/", "-")
                picture(page, road.pictures / f"{name}-{size}.png")
                assert found_at(size, road, page) == []
            page.goto(f"{road.address}/desk/webhooks/new?partner=shop{n}-{size}")
            page.locator("[name=url]").fill("https://shop.example.com/hooks")
            page.locator("[name=contact]").fill("it@shop.example")
            page.locator("main button[data-prevent-double-click]").dblclick()
            page.locator("main code").filter(has_text="whsec_").wait_for()
            picture(page, road.pictures / f"webhook-secret-{size}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert found_at(size, road, page) == []
            assert sum(one.partner == f"shop{n}-{size}" for one in product.endpoints.every()) == 1
        assert fits(sized(page, NARROW), road.address, paths) == {}
        leave(page)


@pytest.mark.parametrize("script", [True, False])
def test_a_double_press_shows_one_key_and_a_reload_none(look: Look, script: bool) -> None:
    """The page behaves alike with script and without it. The browser's way back shows no key either."""
    road = look("en-GB")
    page = road.staff("zheng", "0", *GROUPS["zheng"], script=script).page
    page.goto(f"{road.address}/desk/keys/give?partner=shop")
    page.locator("main button[data-prevent-double-click]").dblclick()
    page.locator("main code").wait_for()
    assert page.locator("main code").count() == 1
    assert page.locator("main section").count() == 1
    page.reload()
    assert page.locator("main code").count() == 0
    page.goto(f"{road.address}/desk")
    page.go_back()
    assert page.locator("main code").count() == 0
    leave(page)


CUT_OFF = """selects => selects.filter(one => {
  const shown = one.offsetWidth;
  Object.assign(one.style, {width: "max-content", maxWidth: "none"});
  return one.offsetWidth > shown;
}).map(one => one.name)"""
"""A script that returns the names of the lists that are too narrow for one of their texts."""


CONTROLS = """() => {
  window.look = one => {
    const ring = /radio|checkbox/.test(one.type) && getComputedStyle(one.nextElementSibling, "::before");
    return [getComputedStyle(one), ...ring ? [ring] : []]
      .map(style => [style.outline, style.boxShadow, style.backgroundColor, style.borderColor].join()).join();
  };
  window.called = one => one.type === "radio" ? `radio ${one.name}` : one.dataset.n;
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  return [...document.querySelectorAll(controls)]
    .filter(one => one.checkVisibility() && !one.disabled)
    .map((one, n) => { one.dataset.n = n; one.plain = look(one); return called(one); });
}"""
"""A script that returns every control of a page that is not folded away; radio buttons of one name are one
control."""
FOCUSED = """() => {
  const one = document.activeElement, box = one?.getBoundingClientRect();
  return !one || one === document.body ? null : [
    called(one),
    look(one) !== one.plain && box.bottom > 0 && box.top < innerHeight && box.width > 0,
    one.outerHTML.slice(0, 120),
  ];
}"""
"""A script that returns the focused control, and whether its focus is visible."""


def walked(page: Page, most: int) -> Iterator[tuple[str, bool, str]]:
    """Yield the controls that the tab key reaches, from the top of a page until it leaves the page."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            return
        yield at


@pytest.mark.parametrize(
    "path", ["/complain/you", "/complain/story", "/case", "/case/moves/sign", "/case/moves/raise_dispute"]
)
def test_the_keyboard_alone_reaches_everything(reader: tuple[str, Page], path: str) -> None:
    """The tab key reaches each control once, in page order and with visible focus, and leaves the page at
    the end. The first control skips the page's head."""
    address, page = reader
    sized(page, PHONE).goto(address + path)
    controls = list(dict.fromkeys(page.evaluate(CONTROLS)))
    seen = list(walked(page, 2 * len(controls) + 9))
    assert list(dict.fromkeys(name for name, _, _ in seen)) == controls
    assert len(seen) < 2 * len(controls)
    # a date field has several stops
    assert {name for name, _, _ in seen} == {name for name, visible, _ in seen if visible}
    page.goto(address + path)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


EASY = {"answered": ("/case/easy",), "signing": ("/case/easy/sign",), "performing": ("/case/easy/promises",)}
"""The pages of a case in easy language, by the stage in which a reader needs them."""


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_pages_in_easy_language_fit_a_phone(look: Look, scenario: Scenario, locale: str) -> None:
    """They break no rule of axe, and the narrowest screen cuts nothing off their large print."""
    road, broken, wide = look(locale), {}, {}
    for stage, paths in {"": ("/easy", "/easy/next"), **EASY}.items():
        reader = road.party(STAGES[stage](scenario)) if stage else road.visitor()
        for path in paths:
            sized(reader.page, PHONE).goto(road.address + path)
            picture(reader.page, road.pictures / f"{path[1:].replace('/', '-')}.png")
            if wrong := found(reader.page, road.axe):
                broken[path] = wrong
        wide |= fits(sized(reader.page, NARROW), road.address, paths)
        leave(reader.page)
    assert (broken, wide) == ({}, {})
