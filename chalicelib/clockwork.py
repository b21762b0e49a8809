"""The clock: once a minute it asks each shard whether anything is due; a worker walks a shard oldest first,
with one `now`.

Cases and letters have shards, queues, locks and workers of their own: slow mail never delays a deadline.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from chalicelib.access import NotFound
from chalicelib.casework import Casework, Meters, Newer, Tasks, Unavailable
from chalicelib.correspondence import Correspondence, Standstill

HAND_ON_MS = 20_000
"""A walk hands itself on when this much of its time is left."""
log = logging.getLogger("redress")


class Due(NamedTuple):
    """A row that is due: of which case, what (CASE, SPLIT, POST, LETTER), its id there, and since when."""

    ref: str
    kind: str
    id: str
    at: datetime


class Index(Protocol):
    """The sparse index of what is due: of cases, or of letters."""

    def shards(self) -> range: ...
    def oldest(self, shard: int, now: datetime) -> datetime | None: ...
    def walk(self, shard: int, now: datetime) -> Iterator[Due]: ...
    def lock(self, shard: int, owner: str, now: datetime) -> bool: ...
    def unlock(self, shard: int, owner: str) -> None: ...
    def failed(self, due: Due, now: datetime) -> bool: ...
    def park(self, due: Due, now: datetime) -> bool: ...


@dataclass(frozen=True)
class Walks:
    """The walks of one kind: over its index, asked for through `ask`, doing `do` to each row. `late` is the
    metric of how late it is, `parked` the one of what waits for a person. `ready` says whether a walk may
    begin."""

    index: Index
    meters: Meters
    ask: Callable[[int], None]
    do: Callable[[Due, datetime], object]
    fresh: Callable[[], str]
    late: str
    parked: str
    ready: Callable[[datetime], bool] = lambda now: True

    def measure(self, now: datetime) -> list[int]:
        """The shards on which something is due; reports for how long the first of all has been, unless none
        can be asked. One that cannot counts as busy, and holds up no other."""
        busy, answered = [], []
        for shard in self.index.shards():
            try:
                at = self.index.oldest(shard, now)
            except Unavailable:
                self.meters.count("ShardFailed")
                log.warning("shard not asked", extra={"shard": shard, "measures": self.late})
                busy.append(shard)
                continue
            answered.append(at or now)
            if at:
                busy.append(shard)
        if answered:
            self.meters.count(self.late, (now - min(answered)).total_seconds(), "Seconds")
        return busy

    def walk(self, shard: int, now: datetime, left_ms: Callable[[], int]) -> int:
        """Do everything that is due on a shard, oldest first, each on its own: one that fails backs off and
        holds up nobody. A walk that breaks off gives its shard back, so that the next minute walks it."""
        owner, done = self.fresh(), 0
        try:
            if not self.ready(now) or not self.index.lock(shard, owner, now):
                return 0
            for due in self.index.walk(shard, now):
                if left_ms() < HAND_ON_MS:
                    self.index.unlock(shard, owner)
                    self.ask(shard)
                    return done
                self._one(due, now)
                done += 1
        except Standstill:  # nothing can leave; the next minute tries one letter
            pass
        except (
            Exception
        ) as error:  # the next minute asks for this walk again: no old message needs to come back
            self.meters.count("WalkFailed")
            log.exception("a walk broke off", extra={"shard": shard, "error": type(error).__name__})
        with suppress(Unavailable):
            self.index.unlock(shard, owner)
        return done

    def _one(self, due: Due, now: datetime) -> None:
        try:
            self.do(due, now)
        except Standstill:
            raise
        except Newer:  # it stays due, for a worker of the release that wrote it
            log.info("left to a newer release", extra={"ref": due.ref, "kind": due.kind})
        except Unavailable as error:  # an outage is no fault of the row: it stays due
            self.meters.count("Transient")
            log.warning("not looked at yet", extra={"ref": due.ref, "kind": due.kind, "error": str(error)})
        except NotFound:
            log.error("due row that belongs to nothing", extra={"ref": due.ref, "kind": due.kind})
            if self.index.park(due, now):
                self.meters.count(self.parked)
        except Exception as error:  # one broken case must not keep the others from their deadlines
            self.meters.count("UnhandledError")
            about = {"ref": due.ref, "kind": due.kind, "error": type(error).__name__}
            log.exception("could not look at it", extra=about)
            if self.index.failed(due, now):
                self.meters.count(self.parked)


@dataclass(frozen=True)
class Clockwork:
    """Looks at what is due: of cases and of letters, each in its own index. `held` stops the clock of cases
    after a restore; `parked` counts what waits for a person."""

    casework: Casework
    correspondence: Correspondence
    indexes: tuple[Index, Index]
    tasks: Tasks
    meters: Meters
    parked: Callable[[], int]
    now: Callable[[], datetime]
    held: bool = False

    @property
    def cases(self) -> Walks:
        """The walks over what is due of cases."""
        return Walks(
            self.indexes[0],
            self.meters,
            self.tasks.walk,
            self.of_case,
            self.casework.fresh,
            "OldestOverdueSeconds",
            "Parked",
        )

    @property
    def letters(self) -> Walks:
        """The walks over what is due of letters."""
        return Walks(
            self.indexes[1],
            self.meters,
            self.tasks.walk_letters,
            self.of_letters,
            self.casework.fresh,
            "OldestLetterSeconds",
            "LettersParked",
            self.correspondence.ready,
        )

    def tick(self) -> int:
        """One message per shard on which something is due; how many. Tells each minute how late cases and
        letters are, whether mail goes, and what waits for a person, also when nothing does."""
        now, mail = self.now(), self.correspondence
        self.meters.count("ClockHeartbeat")
        self.meters.count("ClockHeld", float(self.held))
        self.meters.count("MailHeld", float(mail.held))
        asked = 0
        for walks, held in ((self.cases, self.held), (self.letters, mail.held)):
            busy = walks.measure(now)
            for shard in () if held else busy:
                walks.ask(shard)
                asked += 1
        self.meters.count("MailStandsStill", float(mail.mail.standing(now) is not None))
        self.meters.count("ParkedNow", self.parked())
        return asked

    def walk(self, shard: int, left_ms: Callable[[], int]) -> int:
        """Walk a shard of cases; how many rows were looked at."""
        return 0 if self.held else self.cases.walk(shard, self.now(), left_ms)

    def walk_letters(self, shard: int, left_ms: Callable[[], int]) -> int:
        """Walk a shard of letters; how many rows were looked at."""
        return self.letters.walk(shard, self.now(), left_ms)

    def of_case(self, due: Due, now: datetime) -> None:
        """Look at a case that is due, or split off who leaves it. Raises NotFound for what is none."""
        if due.kind == "LETTER":  # of a release that kept letters on the shards of cases
            self.correspondence.known(due.ref, due.id)
            self.tasks.nudge(due.ref, [due.id])
        elif due.kind == "SPLIT":
            self.casework.part(due.ref, due.id)
        elif due.kind == "CASE":
            self.casework.look_at(due.ref, now)
        else:
            raise NotFound(due.kind)

    def of_letters(self, due: Due, now: datetime) -> None:
        """Expand a post, or send a letter. Raises Standstill, and NotFound for what is neither."""
        do = {"POST": self.correspondence.expand, "LETTER": self.correspondence.deliver}.get(due.kind)
        if do is None:
            raise NotFound(due.kind)
        if due.kind == "LETTER":
            self.correspondence.known(due.ref, due.id)
        do(due.ref, due.id, now)
