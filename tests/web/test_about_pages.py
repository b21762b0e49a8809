"""The pages about how we work: made from the rules in force, in both languages, with our contact."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape

import pytest

from chalicelib.domain.calendar import length
from chalicelib.domain.data_kinds import Ends, data_kinds, purposes
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import ANY, Stage
from chalicelib.domain.policy import names, policy
from chalicelib.locale.formats import label, texts
from chalicelib.view.progress import ROAD
from chalicelib.web import pages
from chalicelib.web.pages.consumer.process import STAGES, lines, process_data
from tests.scenario import Scenario
from tests.web.browser import Browser, text

ABOUT = ("/easy", "/process", "/figures", "/accessibility", "/privacy")


def shown(browser: Browser, path: str) -> str:
    """Return the text of a page."""
    answer = browser.get(path)
    assert answer.status_code == 200
    return unescape(text(answer))


def test_every_stage_and_every_deadline_that_consumers_are_told_of_is_on_the_page(
    browser: Browser, scenario: Scenario
) -> None:
    """The process page names every stage and every deadline with its legal source. The main path comes
    first."""
    language = browser.headers["accept-language"]
    page = shown(browser, "/process").lower()
    for stage in ANY:
        assert label(language, stage, "stage").lower() in page, stage
    for one in (line for stage in (None, *STAGES) for line in lines(stage)):
        assert pages.say(language, f"{one.texts}.{one.told.what}").lower() in page, one
        source = policy("default-1").rules[one.deadline].source
        assert label(language, source, "page", "process", "source").lower() in page, one
    assert STAGES[: len(ROAD)] == ROAD
    assert {*STAGES} == ANY


def test_no_deadline_of_the_case_page_is_left_out_and_none_stands_where_it_cannot_run() -> None:
    """The process page names every deadline of the case page, and only in stages in which it can run."""
    runs = texts("en")["page"]["consumer"]["runs"]
    everything = [line for stage in (None, *STAGES) for line in lines(stage)]
    assert {one.deadline for one in everything} == {*runs}
    letters = {one.letter for one in everything if one.deadline == "party_reply"}
    assert letters == {*runs["party_reply"]}
    for stage in STAGES:
        for one in lines(stage):
            assert stage in DEADLINES[one.deadline].during | DEADLINES[one.deadline].still, (stage, one)


@pytest.mark.parametrize("rules", names())
@pytest.mark.parametrize("language", ["zh", "en"])
def test_lengths_come_from_the_policy(language: str, rules: str) -> None:
    """Each deadline shows the length and extensions of its policy, and whether a rest day moves its end."""
    found = policy(rules)
    steps = process_data(language, rules)
    for step in [*steps["road"], *steps["others"]]:
        terms = [one for one in lines(step.stage) if not (found.higher_office and one.told.panel)]
        for one, term in zip(terms, step.terms, strict=True):
            rule = found.rules[one.deadline]
            lasts = rule.lengths.get(one.letter, rule.length)
            assert bool(term.lasts) == bool(lasts)
            assert not lasts or term.lasts.startswith(f"{length(lasts).n}"), (step.stage, one)
            assert len(term.longer) == len(rule.extensions)
            assert term.rolls == rule.generous


def test_a_changed_policy_changes_the_page(
    browser: Browser, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process page and the start page follow the policy in force."""
    zh = browser.headers["accept-language"] == "zh"
    ordinary = shown(browser, "/process")
    assert ("15个自然日以内" if zh else "within 15 calendar days") in ordinary
    assert ("24小时内" if zh else "Within 24 hours") in shown(browser, "/")
    assert ("每7天" if zh else "every 7 days") in ordinary
    assert "168" not in ordinary
    monkeypatch.setenv("POLICY", "demo-1")
    start = shown(browser, "/")
    assert ("3分钟内" if zh else "Within 3 minutes") in start
    assert "24" not in start
    quick = shown(browser, "/process")
    assert ("15分钟以内" if zh else "within 15 minutes") in quick
    assert quick != ordinary
    monkeypatch.setenv("POLICY", "bank-1")
    assert label("zh" if zh else "en", "panel", "role") not in shown(browser, "/process")


def test_process_page_names_the_deciding_roles() -> None:
    """The page names the roles that may accept, and the role that the policy asks to approve it."""
    term = process_data("en", "default-1")["road"][0].terms[0]
    assert term.by == [label("en", role.code, "role") for role in MOVES["accept"].by]
    assert term.second == [label("en", role.code, "role") for role in policy("default-1").approver("accept")]


def test_the_ways_off_the_road_are_those_that_moves_lead_to() -> None:
    """Each stage names the side stages that its moves lead to."""
    ways = {step.stage: step.ways for step in process_data("en", "default-1")["road"]}
    assert ways == {
        Stage.RECEIVED: [Stage.AWAITING_INFORMATION, Stage.DECLINED],
        Stage.INVESTIGATING: [Stage.AWAITING_INFORMATION, Stage.NEGOTIATING],
        Stage.ANSWERED: [Stage.UNDER_RECONSIDERATION, Stage.NEGOTIATING],
        Stage.PERFORMING: [Stage.UNDER_RECONSIDERATION, Stage.NEGOTIATING, Stage.BREACHED],
        Stage.CLOSED: [Stage.UNDER_RECONSIDERATION, Stage.NEGOTIATING],
    }


def test_every_page_leads_to_them(browser: Browser, scenario: Scenario) -> None:
    """The footer of each consumer page links to the pages about how we work. The start page itself links to
    the process page, which links to the figures."""
    for path in ("/", "/complain", "/stories", *ABOUT):
        foot = browser.get(path).body.decode().partition("<footer")[2]
        assert all(f'href="{about}"' in foot for about in ABOUT), path
    assert 'href="/process"' in browser.get("/").body.decode().partition("<footer")[0]
    assert 'href="/figures"' in browser.get("/process").body.decode().partition("<footer")[0]


@pytest.mark.parametrize("path", ["/accessibility", "/privacy"])
def test_they_say_how_we_are_reached(browser: Browser, scenario: Scenario, path: str) -> None:
    """Each page shows the phone number of the team on the roster."""
    assert "400-800-1234" in shown(browser, path)


def test_the_privacy_notice_has_a_line_for_each_kind_of_data(browser: Browser, scenario: Scenario) -> None:
    """Each kind of data.toml stands on the page with its time, and each purpose with its ground."""
    page, language = shown(browser, "/privacy"), browser.headers["accept-language"]
    for kind in data_kinds():
        assert pages.say(language, f"privacy.times.{kind.name}", keep=3, **kind.slots) in page
    for purpose in purposes():
        assert pages.say(language, f"privacy.kept.{purpose}.law.pipl") in page


def test_the_privacy_notice_follows_the_law_of_the_setting(
    browser: Browser, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the GDPR the notice names its grounds and rights, and no article of the Chinese law."""
    monkeypatch.setenv("PRIVACY_LAW", "gdpr")
    page, zh = shown(browser, "/privacy"), browser.headers["accept-language"] == "zh"
    assert ("GDPR第十五条" if zh else "GDPR arts 15") in page
    assert ("个保法" if zh else "PIPL") not in page


@pytest.mark.parametrize("region", ["", "eu-west-1"])
def test_the_privacy_notice_tells_of_copies_where_there_are_any(
    browser: Browser, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    """Another data centre with copies stands on the page only while there is one."""
    monkeypatch.setenv("REPLICA_REGION", region)
    told = pages.say(browser.headers["accept-language"], "privacy.copies")
    assert (told in shown(browser, "/privacy")) == bool(region)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_privacy_notice_names_what_stays_after_a_destruction(language: str) -> None:
    """What neither a store deletes by itself nor the destruction of its case ends has a kind of rest, and its
    line names it."""
    words = {"zh": {"number": "编号", "paper": "盖章"}, "en": {"number": "number", "paper": "Sealed"}}[
        language
    ]
    rests = {
        kind for kind in data_kinds() if kind.of == "consumers" and kind.ends in (Ends.PEOPLE, Ends.LOCK)
    }
    assert {kind for kind in data_kinds() if kind.stays} == rests
    for kind in rests:
        assert words[kind.stays] in texts(language)["page"]["privacy"]["times"][kind.name]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_privacy_notice_has_no_line_without_a_kind(language: str) -> None:
    """A text about a time belongs to a kind of data.toml, and a text about a purpose to one of its
    purposes."""
    told = texts(language)["page"]["privacy"]
    assert list(told["times"]) == [kind.name for kind in data_kinds()]
    assert {*told["kept"]} == {*purposes()}


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        ("security@shop.example", "mailto:security@shop.example"),
        ("mailto:security@shop.example", "mailto:security@shop.example"),
        ("https://shop.example/report", "https://shop.example/report"),
    ],
)
def test_security_txt_names_the_contact(
    browser: Browser, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, contact: str, told: str
) -> None:
    """`security.txt` follows RFC 9116: plain text with a contact, our languages, and an expiry within a
    year."""
    monkeypatch.setenv("SECURITY_CONTACT", contact)
    answer = browser.get("/.well-known/security.txt")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    fields = dict(line.split(": ", 1) for line in answer.body.decode().splitlines())
    assert fields.pop("Contact") == told
    expires = datetime.fromisoformat(fields.pop("Expires"))
    assert timedelta(days=150) < expires - scenario.time < timedelta(days=365)
    assert fields == {
        "Preferred-Languages": "zh, en",
        "Canonical": "https://complaints.example/.well-known/security.txt",
    }


def test_security_txt_without_a_contact_is_missing(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a contact, `security.txt` returns 404."""
    monkeypatch.setenv("SECURITY_CONTACT", "")
    assert browser.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize("path", ["/", "/complain/report"])
def test_each_way_outside_is_named_once(browser: Browser, scenario: Scenario, path: str) -> None:
    """The police are named once, although they are in charge of frauds and of any danger."""
    page = browser.get(path).body.decode()
    named = re.findall(r"<li><strong>([^<]+)</strong>", page)
    assert len(named) == len({*named}), named
