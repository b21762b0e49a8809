"""An installation with one team, whose roster an older release wrote. The roster is read and kept without
loss. The cases go on as under a roster of this release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chalicelib.aws import rows
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.roster import Hours
from tests.cloud.moto_pool import whole_scenario
from tests.life.complaint import answer, perform
from tests.scenario import DAY, SUN, WANG, Scenario, roster

OLDER = (Path(__file__).parent / "older_roster.json").read_text(encoding="utf-8")
"""The body of the roster's row, as the release before the routing wrote it."""


def deployed() -> None:
    """Store the roster as the older release left it."""
    row = rows.Row.get(rows.ROSTER, rows.ROSTER)
    row.body = OLDER
    row.save()


def stored() -> Any:
    """Return the stored roster."""
    return json.loads(rows.Row.get(rows.ROSTER, rows.ROSTER).body)


def holds(now: Any, before: Any) -> bool:
    """Return whether everything in `before` is in `now` too. More fields may have come."""
    if isinstance(before, dict):
        return all(key in now and holds(now[key], value) for key, value in before.items())
    if isinstance(before, list):
        return len(now) == len(before) and all(map(holds, now, before))
    return bool(now == before)


def test_the_older_roster_is_written_back_without_loss(scenario: Scenario) -> None:
    """An absence is the first change after the deployment. Nothing else changes, and no rule appears."""
    deployed()
    away = Hours(scenario.time, scenario.time + DAY)
    scenario.product.cover.edit(lambda found: found.away("sun", away, scenario.time))
    assert scenario.product.file.fresh_roster()[0] == roster().away("sun", away, scenario.time)
    scenario.product.cover.edit(lambda found: found.back("sun", away))
    assert holds(stored(), json.loads(OLDER))
    assert stored()["routing"] == {"rules": [], "default": "", "version": 0}


def lived(scenario: Scenario) -> list[Any]:
    """Play a life from the filing to the survey, with late steps. Return its entries, its letters, and its
    stage, team, owner and dates after each move."""
    ref, seen = scenario.submit().ref, list[Any]()

    def look() -> None:
        case = scenario.product.file.load(ref)
        ends = sorted((run.name, run.due) for run in deadlines(case).values())
        seen.append((case.stage, case.team, case.owner, case.teams, ends))

    look()
    scenario.live(2 * DAY, ref), look()
    scenario.move(WANG, "accept", ref), look()
    scenario.live(DAY, ref), look()
    scenario.move(SUN, "assign", ref, to="zhao"), look()
    scenario.live(10 * DAY, ref), look()
    answer(scenario, ref), look()
    scenario.move(scenario.by_link(ref), "accept_answer", ref), look()
    perform(scenario, ref), look()
    scenario.live(30 * DAY, ref), look()
    kept = scenario.product.file.whole(ref)
    for line in (json.loads(entry.line) for entry in kept.entries):
        seen.append([line[name] for name in ("at", "who", "role", "move", "facts")])
    seen += [(letter["at"], letter["name"], letter["to"], letter["way"]) for letter in kept.letters]
    return seen + [mail["to"] for mail in scenario.sent()]


def test_a_life_under_the_older_roster_is_that_of_today() -> None:
    """The same moves give the same entries, letters and dates, to the same people."""
    with whole_scenario() as today:
        expected = lived(today)
    with whole_scenario() as older:
        deployed()
        assert lived(older) == expected
    assert len(expected) > 40
