"""Windows moved by our outage: the next letter and the interface explain it. Tests of the pages are in
tests/web/test_outage_pages.py."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.domain.outages import Outage, Part
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import moved
from chalicelib.view.deadlines import AwayView, MovedView, deadlines_view
from chalicelib.view.party import PartyReader
from chalicelib.web.api.cases import RUNNING
from tests.scenario import DAY, HOUR, T0, WANG, Scenario

SAYS = {
    "zh": "我们的网站自2026年2月13日（星期五）09:00至2026年2月13日（星期五）15:00无法访问",
    "en": "our website could not be reached from Friday 13 February 2026, 09:00 to "
    "Friday 13 February 2026, 15:00",
}


def request_photos(scenario: Scenario, language: str) -> str:
    """Return a complaint with a request for photos, followed by six hours of outage of the site."""
    person = {"name": "王芳", "email": "wang.fang@mail.example", "language": language}
    ref = scenario.submit(person=person, wishes=["explanation"]).ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.live(2 * DAY, ref)
    scenario.product.outages.enter(
        Outage(Part.SITE, scenario.time - DAY, scenario.time - DAY + 6 * HOUR, entered=scenario.time)
    )
    return ref


@pytest.mark.parametrize("language", SAYS)
def test_the_next_letter_says_that_the_window_ends_later_and_why(scenario: Scenario, language: str) -> None:
    """The reminder to the party names both dates and the outage; no other letter does."""
    ref = request_photos(scenario, language)
    scenario.live(3 * DAY, ref)
    (mail,) = [mail for mail in scenario.sent() if SAYS[language] in mail["text"]]
    ends, later = {
        "zh": ("由2026年2月24日（星期二）24:00延至2026年2月25日（星期三）24:00", "延后1天"),
        "en": (
            "on Wednesday 25 February 2026, 24:00 instead of Tuesday 24 February 2026, 24:00",
            "1 d later",
        ),
    }[language]
    assert mail["to"] == "wang.fang@mail.example"
    assert ends in mail["text"]
    assert later in mail["text"]


def test_the_interface_says_it(scenario: Scenario) -> None:
    """The interface names the part, the time of the outage, and the planned end."""
    ref = request_photos(scenario, "zh")
    reader = PartyReader(scenario.product.file.whole(ref), scenario.time, scenario.by_link(ref))
    (window,) = (RUNNING(run) for run in deadlines_view(reader, Roster) if run.deadline == "information")
    assert window["due"] == "2026-02-25T16:00:00Z"
    assert window["moved"] == {
        "planned": "2026-02-24T16:00:00Z",
        "outages": [{"part": "site", "since": "2026-02-13T01:00:00Z", "until": "2026-02-13T07:00:00Z"}],
    }


def test_many_outages_are_summed_up() -> None:
    """Three outages are named, the others counted."""
    away = tuple(AwayView(Part.CLOCK, T0 + n * DAY, T0 + n * DAY + HOUR) for n in range(5))
    run = SimpleNamespace(due=T0 + 2 * DAY, moved=MovedView(T0 + DAY, away))
    said = moved("en", run)
    assert said.count("our system stood still") == 3
    assert "the like happened 2 times before" in said
    assert timedelta(days=1) == run.due - run.moved.planned
