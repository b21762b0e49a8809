"""The clock. Once a minute it looks in each shard for due rows: cases with a due step, and letters to be
sent. For each shard with due rows it asks a worker to handle them, the longest due first. A worker uses the
same `now` for all rows of a run. Cases and letters have separate shards, queues, locks and workers, so that
slow mail never delays a deadline."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Casework, Meters, Newer, Unavailable
from chalicelib.delivery.correspondence import Correspondence, Standstill
from chalicelib.domain.frozen import frozen
from chalicelib.domain.holds import CLOCK, MAIL, MOVES, PARTS
from chalicelib.logs import log

HAND_ON_MS = 20_000
"""If less time than this is left (milliseconds), a worker stops and asks for another run that handles the
rest."""
ASTRAY = timedelta(minutes=2)
"""How far a worker's clock may differ from the time of the database. If it differs by more, the worker does
nothing, because it would take steps too early or too late."""


class DueRow(NamedTuple):
    """A due row. `ref`: its case number. `kind`: CASE, SPLIT, POST or LETTER. `id`: its id within the case,
    empty for the case itself. `at`: since when it is due (UTC)."""

    ref: str
    kind: str
    id: str
    at: datetime


class Index(Protocol):
    """The index of due cases, or that of due letters. `oldest` returns since when the longest due row of a
    shard is due. `walk` yields the due rows of a shard. `lock` and `unlock` keep other runs from a shard.
    `failed` postpones a row after an error; it returns whether the row is parked now. `park` parks a row
    until a person has looked at it."""

    def shards(self) -> range: ...
    def oldest(self, shard: int, now: datetime) -> datetime | None: ...
    def walk(self, shard: int, now: datetime) -> Iterator[DueRow]: ...
    def lock(self, shard: int, owner: str, now: datetime) -> bool: ...
    def unlock(self, shard: int, owner: str) -> None: ...
    def failed(self, due: DueRow, now: datetime) -> bool: ...
    def park(self, due: DueRow, now: datetime) -> bool: ...


class Watch(Protocol):
    """The record of the clock's runs, from which its outages are found. `beat` records a run. `beats` returns
    whether the clock has run lately. `table_time` returns the database's own time at its last answer."""

    def beat(self, now: datetime) -> object: ...
    def beats(self, now: datetime) -> bool: ...
    def table_time(self) -> datetime | None: ...


@frozen
class Walks:
    """The runs over the due rows of one index, one shard at a time.

    `ask` asks a worker for a run over a shard. `do` handles one row. `fresh` returns a new id. `ready`
    returns whether a run may begin. `astray` returns whether our clock is wrong; it compares with the time of
    the database's last answer. Two fields are names of metrics: `late` for how long the oldest row has been
    due, `parked` for parked rows. `held` returns whether such runs are held; it is asked before each row, so
    that a hold also stops a run that has begun.
    """

    index: Index
    meters: Meters
    ask: Callable[[int], None]
    do: Callable[[DueRow, datetime], object]
    fresh: Callable[[], str]
    late: str
    parked: str
    ready: Callable[[datetime], bool] = lambda now: True
    astray: Callable[[], bool] = lambda: False
    held: Callable[[], bool] = lambda: False

    def measure(self, now: datetime) -> list[int]:
        """Return the shards with due rows. A shard that does not answer is included, because it may have due
        rows. Report as a metric for how long the oldest row has been due. If no shard answers, nothing is
        reported."""
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
        """Handle all due rows of a shard, the longest due first, and return how many were handled. Nothing is
        handled while our clock is wrong. A row that fails is tried again later and does not stop the others.

        `left_ms` returns the worker's remaining milliseconds. If the time runs out, another run is asked for.
        After any end the shard is unlocked, so that the next run can begin.
        """
        owner, done = self.fresh(), 0
        try:
            if self.held() or not self.ready(now) or not self.index.lock(shard, owner, now):
                return 0
            for due in () if self.astray() else self.index.walk(shard, now):
                if self.held():
                    break
                if left_ms() < HAND_ON_MS:
                    self.index.unlock(shard, owner)
                    self.ask(shard)
                    return done
                self._one(due, now)
                done += 1
        except Standstill:  # no letter can leave now; the next minute tries one
            pass
        except (
            Exception
        ) as error:  # the clock asks for this shard again next minute, so the queue need not repeat
            self.meters.count("WalkFailed")
            log.exception("a walk broke off", extra={"shard": shard, "error": type(error).__name__})
        with suppress(Unavailable):
            self.index.unlock(shard, owner)
        return done

    def _one(self, due: DueRow, now: datetime) -> None:
        try:
            self.do(due, now)
        except Standstill:
            raise
        except Newer:  # the row stays due, for a worker of the release that wrote it
            log.info("left to a newer release", extra={"ref": due.ref, "kind": due.kind})
        except Unavailable as error:  # in an outage the row stays due, and no error is counted for it
            self.meters.count("Transient")
            log.warning("not looked at yet", extra={"ref": due.ref, "kind": due.kind, "error": str(error)})
        except NotFound:
            log.error("due row that belongs to nothing", extra={"ref": due.ref, "kind": due.kind})
            if self.index.park(due, now):
                self.meters.count(self.parked)
        except Exception as error:  # one broken case must not delay the deadlines of the others
            self.meters.count("UnhandledError")
            about = {"ref": due.ref, "kind": due.kind, "error": type(error).__name__}
            log.exception("could not look at it", extra=about)
            if self.index.failed(due, now):
                self.meters.count(self.parked)


@frozen
class Clockwork:
    """The clock for due cases and due letters. `indexes` are the index of cases and that of letters. `held`
    returns the parts of the system that are stopped (`domain/holds.py`). `parked` returns the number of
    parked rows. A parked row is not tried again until a person has looked at it."""

    casework: Casework
    correspondence: Correspondence
    indexes: tuple[Index, Index]
    parked: Callable[[], int]
    watch: Watch
    held: Callable[[], Collection[str]] = frozenset

    @property
    def cases(self) -> Walks:
        """The runs over due cases, one shard at a time."""
        return Walks(
            self.indexes[0],
            self.casework.meters,
            self.casework.tasks.walk,
            self.of_case,
            self.casework.fresh,
            "OldestOverdueSeconds",
            "Parked",
            self.watch.beats,
            self.astray,
            lambda: CLOCK in self._held()[0],
        )

    @property
    def letters(self) -> Walks:
        """The runs over due letters, one shard at a time."""
        return Walks(
            self.indexes[1],
            self.casework.meters,
            self.casework.tasks.walk_letters,
            self.of_letters,
            self.casework.fresh,
            "OldestLetterSeconds",
            "LettersParked",
            self.correspondence.ready,
            self.astray,
            lambda: MAIL in self._held()[0],
        )

    def _held(self) -> tuple[Collection[str], bool]:
        """Return the parts that are stopped, and whether the table said so. While it does not answer,
        everything counts as held, and the next minute asks again."""
        try:
            return self.held(), True
        except Unavailable:
            return PARTS, False

    def astray(self) -> bool:
        """Return whether our clock differs by more than `ASTRAY` from the database's time at its last answer,
        and report such a difference. Return False if the database has not answered yet."""
        table = self.watch.table_time()
        apart = self.casework.now() - table if table else timedelta()
        if abs(apart) <= ASTRAY:
            return False
        self.casework.meters.count("ClockAstray", 1.0)
        log.error("our clock is wrong", extra={"seconds": int(apart.total_seconds())})
        return True

    def tick(self) -> int:
        """Ask a worker for a run over each shard with due rows, and return for how many shards. This is
        called each minute. If our clock is wrong, no run is asked for. While the clock is held, no run over
        cases is asked for; while mail is held, none over letters.

        First of all, record that the clock runs. If it has not run for some time, this enters an outage,
        which extends windows. Also report metrics: for how long cases and letters have been due, whether mail
        can leave, and the number of parked rows.
        """
        now, mail = self.casework.now(), self.correspondence
        self.casework.meters.count("ClockHeartbeat")
        held, known = self._held()
        for metric, part in (("ClockHeld", CLOCK), ("MailHeld", MAIL), ("MovesHeld", MOVES)):
            if known:
                self.casework.meters.count(metric, float(part in held))
        self.watch.table_time()  # forget the database's answer of an earlier minute
        with suppress(Unavailable):  # the shards are asked anyway, and report the failure
            self.casework.meters.count("ParkedNow", self.parked())  # this query also gets the database's time
        if self.astray():
            return 0
        self.casework.meters.count("ClockAstray", 0.0)
        if CLOCK not in held:
            with suppress(Unavailable):
                self.watch.beat(now)
        asked = 0
        for walks, part in ((self.cases, CLOCK), (self.letters, MAIL)):
            busy = walks.measure(now)
            for shard in () if part in held else busy:
                walks.ask(shard)
                asked += 1
        self.casework.meters.count("MailStandsStill", float(mail.mail.outage(now) is not None))
        return asked

    def walk(self, shard: int, left_ms: Callable[[], int]) -> int:
        """Handle the due cases of a shard, and return how many rows were handled."""
        return self.cases.walk(shard, self.casework.now(), left_ms)

    def walk_letters(self, shard: int, left_ms: Callable[[], int]) -> int:
        """Handle the due letters of a shard, and return how many rows were handled."""
        return self.letters.walk(shard, self.casework.now(), left_ms)

    def of_case(self, due: DueRow, now: datetime) -> None:
        """Handle a due row of a case: take the case's due steps, or split people off from it. Raises NotFound
        for a row of another kind."""
        if due.kind == "LETTER":  # an early release kept letters on the shards of cases
            self.correspondence.known(due.ref, due.id)
            self.casework.tasks.nudge(due.ref, [due.id])
        elif due.kind == "SPLIT":
            self.casework.split_off(due.ref, due.id)
        elif due.kind == "CASE":
            self.casework.look_at(due.ref, now)
        else:
            raise NotFound(due.kind)

    def of_letters(self, due: DueRow, now: datetime) -> None:
        """Handle a due row of letters. For a post, which is a letter to several recipients, make and send all
        of its letters. For any other row, send one letter. Raises Standstill, and NotFound for a row of
        another kind."""
        do = {"POST": self.correspondence.expand, "LETTER": self.correspondence.deliver}.get(due.kind)
        if do is None:
            raise NotFound(due.kind)
        if due.kind == "LETTER":
            self.correspondence.known(due.ref, due.id)
        do(due.ref, due.id, now)
