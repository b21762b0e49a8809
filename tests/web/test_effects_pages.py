"""The forms of moves show every sum and promise before and after the move."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from chalicelib.locale.formats import label
from tests.scenario import Scenario
from tests.web.browser import Browser, text, unmarked
from tests.web.desk import Desk
from tests.web.mediated import ABOUT, appointed, consented, drafted, refund, registered, talking, unopposed
from tests.web.own import answered, investigated, open_case_page, own

TABLE = re.compile(r'(?s)<table class="govuk-table site-effects">.*?</table>')
OFFER = {"matter": 1, "kind": "refund", "by": "2026-06-01", "amount": {"amount": "421.26"}}


@pytest.fixture(params=["zh", "en"])
def browser(client: Any, request: Any) -> Browser:
    """Return a browser in one language."""
    return Browser(client, request.param)


def offered(scenario: Scenario) -> str:
    """Return a case whose answer offers a refund, and does not uphold the second matter."""
    registered(scenario)
    return answered(scenario, investigated(scenario), remedies=(OFFER,), first="offer")


def standing(browser: Browser, code: str) -> str:
    """Return how a sum stands, as the table begins a cell with it."""
    said = own(browser, f"effects.{code}")
    return said[:1].upper() + said[1:]


def test_the_form_to_accept_says_what_one_gets_and_what_was_refused(
    browser: Browser, scenario: Scenario
) -> None:
    """The offer counts afterwards, and both matters that were not upheld are named."""
    open_case_page(browser, scenario, offered(scenario))
    form = text(browser.get("/case/moves/accept_answer"))
    table, _, rest = form.partition(own(browser, "effects.refused"))
    for said in ("421.26", standing(browser, "standing.offered"), standing(browser, "standing.owed")):
        assert said in table
    for conclusion in ("offer", "not_upheld"):
        named = label(browser.headers["accept-language"], conclusion, "conclusion")
        assert named[:1].upper() + named[1:] in rest


@pytest.mark.parametrize(
    ("move", "end"),
    [
        ("raise_dispute", "standing.lost"),
        ("withdraw", "end.ended"),
        ("ask_reconsideration", "standing.on_hold"),
    ],
)
def test_a_move_says_before_that_an_offer_ends_or_waits(
    browser: Browser, scenario: Scenario, move: str, end: str
) -> None:
    """Whoever disputes, withdraws or asks for reconsideration reads first what becomes of the offer."""
    open_case_page(browser, scenario, offered(scenario))
    form = text(browser.get(f"/case/moves/{move}"))
    assert "421.26" in form
    assert standing(browser, end) in form


def test_the_page_of_rights_says_that_talks_end_the_offer(browser: Browser, scenario: Scenario) -> None:
    """The choice between the ways is made on that page, so the warning stands there too."""
    open_case_page(browser, scenario, offered(scenario))
    assert own(browser, "parts.talks.may.offer") in text(browser.get("/case/rights"))


def test_signing_names_the_offer_of_the_answer_that_ends(browser: Browser, scenario: Scenario) -> None:
    """The total after signing is that of the text alone; the offer of the answer is named as ending."""
    ref = offered(scenario)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(scenario, ref)
    consented(scenario, ref)
    appointed(scenario, ref)
    unopposed(scenario, ref)
    drafted(scenario, ref, refund(scenario))
    first = open_case_page(browser, scenario, ref)
    assert "421.26" in first.partition(own(browser, "effects.ends"))[2]
    table = text(browser.get("/case/moves/sign")).partition(own(browser, "effects.title"))[2]
    assert "421.26" in table
    assert standing(browser, "end.ended") in table
    assert "800.00" in table.partition(own(browser, "effects.gets"))[2]


def test_a_message_has_no_table(browser: Browser, scenario: Scenario) -> None:
    """A move that touches no sum shows none."""
    open_case_page(browser, scenario, offered(scenario))
    assert own(browser, "effects.title") not in text(browser.get("/case/moves/message"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_staff_who_record_an_acceptance_see_the_same_table(
    client: Any, scenario: Scenario, language: str
) -> None:
    """The staff member on the call reads out the same table that the consumer sees on their page."""
    ref = offered(scenario)
    theirs = Browser(client, language)
    open_case_page(theirs, scenario, ref)
    rows_ = TABLE.findall(unescape(unmarked(theirs.get("/case/moves/accept_answer").body.decode())))
    assert len(rows_) == 1
    form = Desk(client, scenario, "wang", language).get(f"/desk/cases/{ref}/moves/accept_answer")
    assert TABLE.findall(form) == rows_
    assert "421.26" in rows_[0]
