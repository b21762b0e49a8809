"""What the page of a case says of the time since its reader last opened it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aws_calls import Calls
from tests.scenario import HOUR, SUN, WANG, Scenario
from tests.web.desk import Desk


@pytest.mark.parametrize("restarted", [False, True])
def test_news_are_those_since_the_last_opening(scenario: Scenario, client: Any, restarted: bool) -> None:
    """A first opening has no news. A later one names what others did in between, once, also in a process
    that did not serve the first one. What the reader did themselves is no news."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    desk, path = Desk(client, scenario, "sun"), f"/desk/cases/{ref}"
    assert "desk-since" not in desk.get(path)
    scenario.move(SUN, "note", ref, text="ours")
    assert "desk-since" not in desk.get(path)
    scenario.later(HOUR)
    scenario.move(WANG, "note", ref, text="theirs")
    if restarted:
        scenario.product.__dict__.pop("desk")
    page = desk.get(path)
    assert page.count("desk-since") == 1
    assert f'href="#entry-{scenario.product.file.load(ref).entries}"' in page
    assert "desk-since" not in desk.get(path)


def test_opening_a_case_again_costs_six_calls(scenario: Scenario, client: Any, calls: Calls) -> None:
    """They read the session, the case, its people, its entries, the addresses that refuse letters, and the
    drafts. The last opening is read only where it is written."""
    ref = scenario.submit().ref
    desk, path = Desk(client, scenario, "sun"), f"/desk/cases/{ref}"
    desk.get(path), calls.made()
    desk.get(path)
    assert calls.made() == {"GetItem": 2, "Query": 2, "BatchGetItem": 2}
