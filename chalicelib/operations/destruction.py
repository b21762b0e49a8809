"""The destruction of personal data. Each hour a worker decides for the cases whose time of retention is over,
and destroys the data of the cases for which the destruction was decided at least a day ago. The day leaves
time to send the letter about it, and to stop a mistake by a hold."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Protocol

from chalicelib.access.authorization import CLOCK, NotFound
from chalicelib.cases.casework import Casework, Meters, Newer, Unreadable
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.moves.retention import begin_destruction, expire_data, kept_until, later
from chalicelib.domain.policy import names, policy

WAITS = timedelta(days=1)
"""How long after the decision the data are destroyed."""
DAY = timedelta(days=1)
FIRST_DAY = date(2025, 1, 1)
"""The day with which the search for old cases begins. No installation has an older case."""
HAND_ON_MS = 20_000
"""If less time than this is left (milliseconds), the next hour goes on."""


class PersonalRows(Protocol):
    """The rows that hold personal data. `decided` yields the numbers of the cases for which the destruction
    was decided. `erase` deletes all personal rows and texts of a case, and takes the case off the list;
    repeated, it deletes what is left.
    `reached` returns the last day (UTC) whose cases were looked at, of those that are kept for so many years;
    None at first. `reach` stores it."""

    def decided(self) -> Iterator[str]: ...
    def erase(self, case: Case) -> None: ...
    def reached(self, years: int) -> date | None: ...
    def reach(self, years: int, day: date) -> None: ...


class Files(Protocol):
    """The store of evidence. `erase` deletes all files of a case in all versions. Raises Unavailable."""

    def erase(self, ref: str) -> None: ...


class Ledger(Protocol):
    """The ledger apart from the table, by which data are destroyed again after a restore of the table."""

    def erased(self, ref: str, now: datetime) -> None: ...


class CaseFile(Protocol):
    """The store of cases. `moved_on` yields the cases of a shard on which a move was taken on a day (UTC)."""

    def load(self, ref: str) -> Case: ...
    def moved_on(self, day: date, shard: int) -> Iterator[str]: ...


@frozen
class Destruction:
    """The destruction of personal data. `shards` returns the number of shards of cases."""

    casework: Casework
    file: CaseFile
    rows: PersonalRows
    files: Files
    ledger: Ledger
    meters: Meters
    shards: Callable[[], int]
    now: Callable[[], datetime]

    def hour(self, left_ms: Callable[[], int]) -> int:
        """Destroy what is due, then decide for old cases, while time is left. Return how many cases were
        destroyed. `left_ms` returns the worker's remaining milliseconds."""

        def more() -> bool:
            return left_ms() > HAND_ON_MS

        done = sum(self._destroy(ref) for ref in takewhile(lambda ref: more(), self.rows.decided()))
        for years in sorted({policy(name).keep_years for name in names()}):
            self._decide(years, more)
        self.meters.count("DestroyHeartbeat")
        return done

    def _destroy(self, ref: str) -> bool:
        """Destroy the data of a case. Return False if it is too early, if a hold or a doubt about the record
        stops it, or if only a newer release can read the case. First a move on the case begins it, so nobody
        acts on the case meanwhile. A destruction that broke off goes on."""
        with suppress(NotFound, Unreadable, Newer, Refusal):
            case = self.file.load(ref)
            decided = case.retention.to_destroy
            if decided and not case.doubted and self.now() >= decided + WAITS:
                case = self.casework.move(begin_destruction.__name__, ref, CLOCK, {})
            if case.retention.destroyed:
                self.ledger.erased(ref, self.now())
                self.files.erase(ref)
                self.rows.erase(case)
                return True
        return False

    def _decide(self, years: int, more: Callable[[], bool]) -> None:
        """Decide for the cases that are kept for so many years and were last moved before that, one day after
        another, while `more` returns true. So the cost follows the cases that are due."""
        day = (self.rows.reached(years) or FIRST_DAY - DAY) + DAY
        while (over := later(day + DAY, years)) <= self.now().date():
            for shard in range(self.shards()):
                for ref in self.file.moved_on(day, shard):
                    if not more():
                        return
                    self._decide_on(ref, years, over)
            self.rows.reach(years, day)
            day += DAY

    def _decide_on(self, ref: str, years: int, over: date) -> None:
        """Decide to destroy the data of a case, if its time of retention was over on the day `over`. A case
        that is open, held, in doubt or destroyed is left alone."""
        with suppress(NotFound, Unreadable, Newer, Refusal):
            case = self.file.load(ref)
            mine = case.stage == Stage.CLOSED and policy(case.policy).keep_years == years
            if mine and not case.retention.destroyed and kept_until(case).date() <= over:
                self.casework.move(expire_data.__name__, ref, CLOCK, {})
