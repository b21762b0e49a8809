"""The walk of letters that are due."""

from __future__ import annotations

from tests.scenario import Scenario


def walked(scenario: Scenario) -> None:
    """Walk through all letters that are due."""
    for shard in scenario.product.post_index.shards():
        if scenario.product.post_index.oldest(shard, scenario.time):
            scenario.product.clockwork.walk_letters(shard, lambda: 120_000)
