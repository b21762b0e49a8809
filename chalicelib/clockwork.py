"""The clock: once a minute it asks each shard whether anything is due; a worker walks a shard oldest first, with one `now`."""
from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.access import NotFound
from chalicelib.casework import Casework, Meters, Newer, Tasks
from chalicelib.correspondence import Correspondence

HAND_ON_MS = 20_000
"""A walk hands itself on when this much of its time is left."""
log = logging.getLogger("redress")


class Index(Protocol):
    """The sparse index of what is due."""

    def shards(self) -> range: ...
    def anything(self, shard: int, now: datetime) -> bool: ...
    def walk(self, shard: int, now: datetime) -> Iterator[tuple[str, str, str]]: ...
    def lock(self, shard: int, now: datetime) -> bool: ...
    def unlock(self, shard: int) -> None: ...
    def failed(self, ref: str, kind: str, id: str, now: datetime) -> bool: ...


@dataclass(frozen=True)
class Clockwork:
    """Looks at what is due. `held` stops the clock after a restore, when everything owed would go out again."""

    casework: Casework
    correspondence: Correspondence
    index: Index
    tasks: Tasks
    meters: Meters
    now: Callable[[], datetime]
    held: bool = False

    def tick(self) -> int:
        """One message per shard on which something is due; how many. An idle minute costs one query a shard."""
        self.meters.count("ClockHeartbeat")
        if self.held:
            return 0
        busy = [shard for shard in self.index.shards() if self.index.anything(shard, self.now())]
        for shard in busy:
            self.tasks.walk(shard)
        return len(busy)

    def walk(self, shard: int, left_ms: Callable[[], int]) -> int:
        """Do everything that is due on a shard, oldest first, each on its own: one that fails backs off and holds up nobody."""
        now, done = self.now(), 0
        if self.held or not self.index.lock(shard, now):
            return 0
        for ref, kind, id in self.index.walk(shard, now):
            if left_ms() < HAND_ON_MS:
                self.index.unlock(shard)
                self.tasks.walk(shard)
                return done
            self._one(ref, kind, id, now)
            done += 1
        self.index.unlock(shard)
        return done

    def _one(self, ref: str, kind: str, id: str, now: datetime) -> None:
        try:
            if kind == "CASE":
                self.casework.look_at(ref, now)
            else:
                self.correspondence.deliver(ref, id, now)
        except NotFound:
            log.warning("due row without a case", extra={"ref": ref})
        except Newer:               # it stays due, for a worker of the release that wrote it
            log.info("left to a newer release", extra={"ref": ref, "kind": kind})
        except Exception as error:  # each item is isolated: one broken case must not keep the others from their deadlines
            self.meters.count("UnhandledError")
            log.exception("could not look at it", extra={"ref": ref, "kind": kind, "error": type(error).__name__})
            if self.index.failed(ref, kind, id, now):
                self.meters.count("Parked")
