"""Bad input in the forms of a case: it never becomes markup, typed text is not lost, and each error names its
field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest

from tests.scenario import Scenario
from tests.web import mediated, own
from tests.web.browser import Browser, hidden, link
from tests.web.feedback import closed

MARKUP = '</textarea><script>alert(1)</script><b id="x">&amp; \'"\u202egnorts\u2069'
FIELD = re.compile(r'<(?:textarea|input)[^>]*? name="([\w.]+)"[^>]*>')
CLOSED_TYPES = re.compile(r'type="(?:hidden|radio|checkbox|file|submit)"')
Situation = Callable[[Scenario], str]


def drafted(scenario: Scenario) -> str:
    """Return a case whose text waits for the signatures of both sides."""
    ref = mediated.mediating(scenario)
    mediated.drafted(scenario, ref)
    return ref


SITUATIONS: dict[str, Situation] = {
    "received": lambda scenario: scenario.submit().ref,
    "answered": own.answered,
    "talking": mediated.negotiating,
    "signing": drafted,
    "performing": own.performing,
    "closed": closed,
}
pytestmark = pytest.mark.parametrize("situation", SITUATIONS)


@pytest.fixture
def browser(client: Any, situation: str) -> Browser:
    """Return a browser that confirms no codes, in Chinese and English by turns."""
    return Browser(client, ("zh", "en")[[*SITUATIONS].index(situation) % 2], confirms=False)


@pytest.fixture
def ref(scenario: Scenario, browser: Browser, situation: str) -> str:
    """Return a complaint in this situation, whose page is open."""
    found = SITUATIONS[situation](scenario)
    browser.get(link(scenario, found))
    return found


def forms(browser: Browser) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Yield every form that the case page links to: address, hidden fields, names of the text fields."""
    found = browser.get("/case").body.decode()
    for address in sorted({unescape(one) for one in re.findall(r'href="(/case/moves/[^"]+)"', found)}):
        page = browser.get(address, follow=False)
        if page.status_code == 200:
            fields = FIELD.finditer(page.body.decode())
            typed = [field[1] for field in fields if not CLOSED_TYPES.search(field[0])]
            yield address.partition("?")[0], hidden(page), typed


def test_markup_and_marks_of_direction_stay_words(browser: Browser, scenario: Scenario, ref: str) -> None:
    """Markup in any field stays text, on the page that comes back and on every later page of the case."""
    for address, given, typed in forms(browser):
        answer = browser.post(address, {**given, **dict.fromkeys(typed, MARKUP)})
        assert answer.status_code < 500, address
        sections = set(re.findall(r'href="(/case/\w+)"', browser.get("/case").body.decode()))
        for page in (answer, *map(browser.get, ("/case", *sorted(sections)))):
            body = page.body.decode()
            assert "<script>alert" not in body, address
            assert '<b id="x">' not in body, address


def test_forms_name_missing_fields_and_refuse_oversized_text(
    browser: Browser, scenario: Scenario, ref: str
) -> None:
    """An empty form comes back with a summary that links to each field, unless it needs nothing. Oversized
    text is refused."""
    for address, given, typed in forms(browser):
        long = browser.post(address, {**given, **dict.fromkeys(typed, "长" * 70_000)}) if typed else None
        assert long is None or long.status_code in (413, 422), address
        before = scenario.moves(ref)
        answer = browser.post(address, {**given, "key": f"{given['key']}-empty"})
        if answer.status_code == 422:
            assert 'class="govuk-error-summary' in answer.body.decode(), address
            assert scenario.moves(ref) == before, address
            assert re.search(r'govuk-error-summary.*?href="#[\w.-]+"', answer.body.decode(), re.DOTALL)


def test_a_form_of_another_site_does_nothing(browser: Browser, scenario: Scenario, ref: str) -> None:
    """A form from another site is refused, though the browser sends the cookie along."""
    before = scenario.moves(ref)
    for address, given, typed in forms(browser):
        said = {**given, **dict.fromkeys(typed, "1")}
        assert browser.post(address, said, **{"sec-fetch-site": "cross-site"}).status_code == 403, address
    assert scenario.moves(ref) == before
