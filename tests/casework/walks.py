"""The walk of letters that are due."""

from __future__ import annotations

from tests.house import House


def walked(house: House) -> None:
    """Walk through all letters that are due."""
    for shard in house.product.post_index.shards():
        if house.product.post_index.oldest(shard, house.time):
            house.product.clockwork.walk_letters(shard, lambda: 120_000)
