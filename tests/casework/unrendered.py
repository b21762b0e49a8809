"""A scenario in which one letter cannot be rendered."""

from __future__ import annotations

from typing import Any

from chalicelib.letters import Rendered
from tests.scenario import Scenario


def broken(scenario: Scenario, name: str) -> Any:
    """Make the rendering of the letter with this name fail in this scenario."""
    whole = scenario.product.correspondence

    class Unmade(type(whole)):  # type: ignore[misc]
        def rendered(self, dossier: Any, row: Any, *more: Any, **named: Any) -> Rendered:
            if row["name"] == name:
                raise KeyError("a slot that is not there")
            return super().rendered(dossier, row, *more, **named)  # type: ignore[no-any-return]

    scenario.product.__dict__["correspondence"] = Unmade(**whole.__dict__)
    scenario.product.__dict__.pop("clockwork", None)
    return whole
