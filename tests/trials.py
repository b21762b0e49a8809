"""A trial of a conclusion that the figures draw, in simulated worlds whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Trial(NamedTuple):
    """A trial of one conclusion. `name` is its key in `MEASURED`; `says` names what is measured.

    `measure` takes the number of runs (or of simulated years) in each world and returns the rate in each
    world, by the name of the world. Its seeds are fixed. `runs` is the number of runs of `make worlds`.

    `at_most` and `at_least` are the required bounds of the rate in every world, or None. A rate is a share
    if `share` is true, else a number."""

    name: str
    says: str
    measure: Callable[[int], Mapping[str, float]]
    runs: int
    at_most: float | None = None
    at_least: float | None = None
    share: bool = True

    def missed(self, rates: Mapping[str, float]) -> list[str]:
        """Return the worlds in which a required bound is missed."""
        low = -1.0 if self.at_least is None else self.at_least
        high = float("inf") if self.at_most is None else self.at_most
        return [world for world, rate in rates.items() if not low <= rate <= high]

    def record(self, runs: int) -> dict[str, Any]:
        """Run the trial, and return its entry of `MEASURED`."""
        stated = {"says": self.says, "runs": runs, "share": self.share}
        bounds = {"at_most": self.at_most, "at_least": self.at_least}
        return stated | bounds | {"rates": {world: round(x, 4) for world, x in self.measure(runs).items()}}
