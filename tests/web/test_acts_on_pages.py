"""Case pages offer and name only moves that their reader can take at that moment, at each stage and in both
languages."""

from __future__ import annotations

import json
import re
from html import unescape
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.timeline import canonical
from chalicelib.locale.formats import LANGUAGES, moment
from chalicelib.view.stakes import stakes
from chalicelib.web import pages
from chalicelib.web.pages.consumer import case as case_page, sections as case_sections
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.paging import NEWEST
from tests.acts import named_moves
from tests.domain.life import DAY, HOUR, PERSON, Life
from tests.domain.variants import STARTS, come, somebody_does_something
from tests.scenario import Scenario

QUOTED = re.compile(r"<blockquote.*?</blockquote>|<textarea.*?</textarea>", re.DOTALL)
"""Quotations of a person, which are not our sentences."""


def page(view: View) -> str:
    """Return the case page and its section pages as this party reads them."""
    shown = {"done": "", "past": "", "next": "", "asked_how": [], "key": "k", **case_page.case_data(view)}
    found = rendered(view, "case.html", shown)
    for section in case_sections.reader_pages(view):
        if section.name in case_sections.SHOWN:
            shown = {"section": section.name, **case_sections.section_data(view, section.name, NEWEST)}
            found += rendered(view, f"case_{section.name}.html", shown)
    return found


def box_is_true(view: View, html: str) -> None:
    """Check the status box: it names the first moment at which the reader can lose something, it says that
    nothing is to be done only if nothing can be lost, and it stresses no button among several."""
    box = unescape(html.partition("site-stand")[2].partition("<h2")[0])
    ahead = stakes(view, view.offers)
    idle = pages.say(view.language, "consumer.case.nothing") in box
    assert idle == (not ahead and view.next is None)
    waits = view.next and not any(view.next.due == one.due and view.next.move in one.moves for one in ahead)
    if ahead and not waits:
        begins = ahead[0].deadline in ("meeting", "interview")
        assert moment(view.language, ahead[0].due, end=not begins) in box
        assert all(f"/case/moves/{move}" in box for move in ahead[0].moves)
        if len(ahead[0].moves) > 1:
            assert pages.say(view.language, "consumer.case.do_nothing").lower() in box.lower()
            assert 'class="govuk-button"' not in box


def rendered(view: View, template: str, shown: dict[str, Any]) -> str:
    """Return a page of the case as this party reads it."""
    request = SimpleNamespace(path="/case", method="GET", headers={}, query_params={}, context={})
    body = pages.page(request, template, language=view.language, **shown).body
    return body if isinstance(body, str) else body.decode()


def names_only_what_can_be_done(life: Life, scenario: Scenario) -> int:
    """Check the links, named acts and green buttons of every party's pages in both languages. Each must be an
    offered move; a green button must be the expected one. Return the number of acts found."""
    scenario.time, acts = life.time, 0
    dossier = Dossier(life.case, json.loads(canonical(life.people)), tuple(life.entries))
    # the link of a destroyed complaint opens no page
    there = () if life.case.retention.destroyed else life.case.parties
    for party in (party for party in there if not party.left):
        caller = Caller(party.id, party.role, ref=life.case.ref, party=party.id)
        for language in LANGUAGES:
            view = View(dossier, scenario.time, caller, language, scenario.product)
            html = page(view)
            if view.authorised:
                box_is_true(view, html)
            found = {
                *re.findall(r"/case/moves/(\w+)", html),
                *named_moves(language, unescape(re.sub("<[^>]+>", "", QUOTED.sub("", html)))),
            }
            assert found <= {*view.offers}
            green = re.findall(r'class="govuk-button" role="button" href="[^"]*/case/moves/(\w+)', html)
            assert {*green} <= {view.next and view.next.move}
            acts += len(found)
    return acts


@pytest.mark.parametrize("how", STARTS)
def test_a_page_names_only_what_its_reader_can_do(scenario: Scenario, how: str) -> None:
    """Pages name only possible moves at once, and days and weeks after a complaint has reached its stage."""
    life = Life(PERSON)
    come(life, how)
    assert names_only_what_can_be_done(life, scenario)
    for later in (9 * DAY, 51 * DAY):
        life.live(later)
        assert names_only_what_can_be_done(life, scenario)


@pytest.mark.parametrize("seed", [*range(8), 48])
def test_pages_of_random_lives_name_only_possible_moves(scenario: Scenario, seed: int) -> None:
    """Pages name only possible moves after random moves of anybody, with time passing in between."""
    dice = Random(seed)
    life, leading = Life(PERSON), Life(PERSON)
    come(life, dice.choice(STARTS))
    for _ in range(14):
        life.live(dice.choice([HOUR, 3 * DAY, 25 * DAY])) if dice.random() < 0.3 else somebody_does_something(
            life, leading, dice
        )
        # a joined case has the leading case's page, which this test does not build
        if life.case.together.joined:
            return
        if life.case.together.invited:
            scenario.keep(leading.case)
        names_only_what_can_be_done(life, scenario)
