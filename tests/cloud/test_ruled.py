"""A rule about severity sends a case to another team, even if a worker dies between the two moves."""

from __future__ import annotations

import pytest

from tests.casework.routed import SHANGHAI, routed
from tests.cloud.driven import driven
from tests.cloud.faults import DEATHS, Faults
from tests.scenario import HOUR, WANG, Scenario

SEEDS = range(8)


class Deadly(Faults):
    """A schedule in which every third call ends in death."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, only=tuple(sorted(DEATHS)))
        self.rate, self.outages, self._stops = 0.3, [], []


@pytest.mark.parametrize("seed", SEEDS)
def test_case_moves_once_although_workers_die(seed: int) -> None:
    """The case has one entry for the severity and one for the hand-over, and only the new team has it."""
    faults = Deadly(seed)
    with driven(faults) as scenario:
        routed(scenario)
        ref = scenario.submit(region=SHANGHAI).ref
        scenario.move(WANG, "set_severity", ref, severity="S1", why="多人受影响。")
        faults.cease()
        scenario.live(HOUR, ref)
        assert arrived(scenario, ref)


def arrived(scenario: Scenario, ref: str) -> bool:
    """Return whether the case went to the south once, after its severity was set."""
    case, moves = scenario.product.file.load(ref), scenario.moves(ref)
    return (case.team, case.goes_to, moves[:3]) == ("south", None, ["submit", "set_severity", "follow_rules"])
