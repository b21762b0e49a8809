"""The common acts on the page of a case: what their forms cost, and what happens if they are posted late, by
somebody whose role has ended, or into the wrong box."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.web.pages import STATIC
from chalicelib.web.pages.desk.case_acts import case_acts
from chalicelib.web.pages.desk.reading import Reading
from tests.aws_calls import Calls
from tests.scenario import FENG, SUN, WANG, ZHAO, Scenario
from tests.web.desk import GROUPS, Desk, visible
from tests.web.own import investigated

ANGRY = "你们打了七次电话没人理！！！😡 <b>王</b> & '; -- " * 20


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Callable[..., Desk]:
    """Return the desk of a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def hidden(page: str, move: str) -> dict[str, str]:
    """Return the hidden fields of the short form of a move on the page of a case."""
    form = re.search(rf'<form[^>]*id="act-{move}".*?</form>', page, re.DOTALL)
    assert form, move
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


@pytest.mark.parametrize("caller", [WANG, ZHAO, SUN, FENG], ids=lambda caller: caller.who)
def test_short_forms_need_no_calls(scenario: Scenario, calls: Calls, caller: Caller) -> None:
    """The forms of the common acts make no call to AWS after the page has read the case and the team's canned
    texts."""
    for team in ("general", ""):
        scenario.product.canned_texts.of_team(team)
    for ref in (scenario.submit().ref, investigated(scenario)):
        dossier = scenario.product.file.dossier_of(scenario.product.file.load(ref))
        reading = Reading(dossier, caller, "en", scenario.product)
        reading.people(), reading.offers, calls.made()
        assert case_acts(reading, None)
        assert calls.made() == {}


@pytest.mark.parametrize("who", ["wang", "sun", "zhao"])
def test_a_page_with_all_its_forms_stays_small(at: Any, scenario: Scenario, who: str) -> None:
    """A compressed case page weighs at most 20 kB, and at most 60 kB with its style sheets and scripts."""
    case = scenario.submit()
    desk = at(who)
    page = desk.client.http.get(f"/desk/cases/{case.ref}", headers=desk.headers).body
    named = re.findall(r"/static/([\w-]+)\.\w{12}\.(css|js)", page.decode())
    files = [next(STATIC.rglob(f"{stem}.{ending}")).read_bytes() for stem, ending in named]
    assert len(gzip.compress(page)) <= 20_000
    assert sum(len(gzip.compress(one)) for one in (page, *files)) <= 60_000


def test_an_act_of_a_role_that_has_ended_keeps_what_was_typed(
    at: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody lost their role while they typed. They read that they may not do this, and their words are
    still there."""
    case = scenario.submit()
    kept = hidden(at("wang").get(f"/desk/cases/{case.ref}"), "ask_information")
    monkeypatch.setitem(GROUPS, "wang", ["role:followup", "team:general"])
    path = f"/desk/cases/{case.ref}/moves/ask_information"
    page = at("wang").post(path, {**kept, "items": "photos", "why": ANGRY}, 403)
    assert ANGRY.strip() in page
    assert scenario.moves(case.ref) == ["submit"]


def test_an_act_on_a_case_that_closed_meanwhile_keeps_what_was_typed(at: Any, scenario: Scenario) -> None:
    """The consumer withdrew while an officer typed. Nothing is sent, and the words are still there."""
    case = scenario.submit()
    kept = hidden(at("wang").get(f"/desk/cases/{case.ref}"), "ask_information")
    scenario.move(scenario.by_link(case.ref), "withdraw", case.ref, reason="已经解决")
    path = f"/desk/cases/{case.ref}/moves/ask_information"
    page = at("wang").post(path, {**kept, "items": "photos", "why": ANGRY}, 409)
    assert ANGRY.strip() in page
    assert scenario.moves(case.ref) == ["submit", "withdraw"]


def test_a_note_typed_into_the_message_does_not_leave_at_once(at: Any, scenario: Scenario) -> None:
    """The box of a message names its reader, and the first press sends nothing: it shows the letter. The box
    of a note says that nothing leaves, and sends no letter."""
    ref = investigated(scenario)
    page, path = at("zhao").get(f"/desk/cases/{ref}"), f"/desk/cases/{ref}/moves"
    assert "王芳 reads this" in visible(page)
    before = scenario.moves(ref)
    seen = at("zhao").post(f"{path}/message", {**hidden(page, "message"), "text": ANGRY}, 200)
    assert "王芳" in visible(seen)
    assert scenario.moves(ref) == before
    letters = len(scenario.product.file.whole(ref).letters)
    at("zhao").post(f"{path}/note", {**hidden(page, "note"), "text": ANGRY})
    assert scenario.moves(ref) == [*before, "note"]
    assert len(scenario.product.file.whole(ref).letters) == letters


def test_a_case_taken_on_its_line_leads_back_to_the_list(at: Any, scenario: Scenario) -> None:
    """The officer comes back to the list as it was filtered; no other site can be named."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    path = f"/desk/cases/{case.ref}/moves/take"
    sent = {"key": "a" * 22, "list": "list=unassigned&team=general&next=//evil.example\r\nX: y"}
    place = at("zhao").post(path, sent)
    assert place.startswith("/desk?list=unassigned&team=general&")
    assert "\r" not in place
    assert scenario.product.file.load(case.ref).owner == "zhao"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_second_of_two_who_take_a_case_from_the_list_learns_who_has_it(
    at: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """Two investigators have the list open, and both take the same case. The second does not take it away
    from the first, and reads who has it."""
    monkeypatch.setitem(GROUPS, "qian", GROUPS["zhao"])
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    path, forms = f"/desk/cases/{case.ref}/moves/take", {}
    for who in ("zhao", "qian"):
        form = re.search(rf'<form[^>]*action="{path}".*?</form>', at(who, language).get("/desk"), re.DOTALL)
        assert form
        forms[who] = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    scenario.move(SUN, "note", case.ref, text="照片已收到。")
    at("zhao", language).post(path, forms["zhao"])
    page = visible(at("qian", language).post(path, forms["qian"], 409))
    assert ("Zhao" in page, "承办人" in page or "Handler" in page) == (True, True)
    assert scenario.product.file.load(case.ref).owner == "zhao"


def test_owner_is_not_offered_their_own_case(at: Any, scenario: Scenario) -> None:
    """A colleague can take the case over. Its owner cannot take it once more, because a letter would name the
    same handler again."""
    ref = investigated(scenario)
    assert 'id="act-take"' not in at("zhao").get(f"/desk/cases/{ref}")
    scenario.move(SUN, "assign", ref, to="feng")
    assert 'id="act-take"' in at("zhao").get(f"/desk/cases/{ref}")
