"""Pages in easy language: short sentences with the facts of the usual pages, for consumers only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from chalicelib.domain.model.codes import ANY, Conclusion
from chalicelib.locale.formats import texts
from tests.scenario import Scenario
from tests.web.browser import Browser, text
from tests.web.mediated import drafted, mediating
from tests.web.own import answered, open_case_page, performing
from tests.web.talks import load, shop

LONGEST = {"en": 16, "zh": 30}
"""The most words of an English sentence, and the most characters of a Chinese one. Rules for easy language
advise about 10 to 15 words."""


def sentences(told: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every line of the pages."""
    if isinstance(told, dict):
        for name, inner in told.items():
            yield from sentences(inner, f"{place}.{name}")
    else:
        yield from ((place, line) for line in told.split("\n"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_line_is_one_short_sentence(language: str) -> None:
    """No line has a second sentence, a comma splice of clauses, or more words than easy language allows."""
    for place, line in sentences(texts(language)["page"]["easy"]):
        long = len(line) if language == "zh" else len(line.split())
        assert long <= LONGEST[language], (place, line)
        if place not in (".conclusion.offer",):
            assert len(re.findall(r"[.。?？!！](?=.)", line)) == 0, (place, line)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_stage_and_every_conclusion_has_its_sentences(language: str) -> None:
    """A new stage or conclusion cannot be forgotten: write its lines into locale/*/pages/easy.json."""
    told = texts(language)["page"]["easy"]
    assert {*told["stage"]} == {str(stage) for stage in ANY}
    assert {*told["conclusion"]} == {str(one) for one in Conclusion}


def shown(browser: Browser, path: str) -> str:
    """Return the text of a page."""
    answer = browser.get(path)
    assert answer.status_code == 200
    return unescape(text(answer))


def easy(browser: Browser, path: str) -> Any:
    """Return a text of the pages in the browser's language."""
    told: Any = texts(browser.headers["accept-language"])["page"]["easy"]
    for step in path.split("."):
        told = told[step]
    return told


@pytest.mark.parametrize("path", ["/easy", "/easy/next"])
def test_the_public_pages_say_whom_to_call(browser: Browser, scenario: Scenario, path: str) -> None:
    """They are linked from every page, need no script, and show the numbers of the rules in force."""
    assert 'href="/easy"' in browser.get("/").body.decode()
    page = shown(browser, path)
    assert "400-800-1234" in page
    assert "{" not in page


def test_the_answered_case_says_who_is_right_and_what_one_can_do(
    browser: Browser, scenario: Scenario
) -> None:
    """The status box is that of the usual page, so the two cannot differ in a date."""
    open_case_page(browser, scenario, answered(scenario))
    page, usual = shown(browser, "/case/easy"), browser.get("/case").body.decode()
    assert easy(browser, "stage.answered").split("\n")[0] in page
    assert any(easy(browser, f"conclusion.{one}") in page for one in Conclusion)
    assert 'href="/case/easy"' in usual
    box = re.search(r'<div class="site-card site-stand.*?</div>', usual, re.S)
    assert box
    assert box[0] in browser.get("/case/easy").body.decode()


def test_signing_says_what_changes(browser: Browser, scenario: Scenario) -> None:
    """Each sum and promise stands with how it is now and after all have signed. Before and after the time to
    sign there is no such page."""
    ref = mediating(scenario)
    open_case_page(browser, scenario, ref)
    assert browser.get("/case/easy/sign").status_code == 404
    drafted(scenario, ref)
    page = shown(browser, "/case/easy/sign")
    assert easy(browser, "sign.changes") in page
    assert easy(browser, "sign.after").partition("{")[0] in page
    assert '/case/moves/sign"' in browser.get("/case/easy/sign").body.decode()


def test_promises_say_who_does_what(browser: Browser, scenario: Scenario) -> None:
    """Each promise has its state and what its reader can say of it. A case without promises has no page."""
    open_case_page(browser, scenario, performing(scenario))
    page = shown(browser, "/case/easy/promises")
    assert easy(browser, "promises.title") in page
    assert "1,655" in page or "1655" in page


def test_other_readers_get_the_usual_page(browser: Browser, scenario: Scenario) -> None:
    """The words are for consumers; the company reads its own page."""
    ref = mediating(scenario)
    open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    for path in ("", "/sign", "/promises"):
        answer = browser.get(f"/case/easy{path}", follow=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/case")
    assert "/case/easy" not in browser.get("/case").body.decode()
    assert load(scenario, ref)
