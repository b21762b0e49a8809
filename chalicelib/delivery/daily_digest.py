"""The daily digest for an officer. It lists deadlines that were reported before and are still open, the
longest overdue first, then overdue trainings."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Protocol

from chalicelib.access.authorization import Caller, NotFound, staff_capacities
from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.overtaken import waiting_calls
from chalicelib.domain.engine.sending_limits import BEFORE_DIGESTS
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Member, Roster

LISTED, LOOKED_AT = 50, 100
"""The maximum number of lines that one digest lists, and the maximum number of lines whose cases are read to
choose them. Each line is a deadline. The digest gives only the number of all further lines."""
Line = Mapping[str, Any]


class WaitingLines(Protocol):
    """The store of the lines that wait for an officer's next digest. `lines` returns the lines of the officer
    `who`. `drop` removes lines that were sent. A line of a case holds the case number (`ref`), the key
    (`run`) and name (`deadline`) of a deadline, and its end (`due`)."""

    def lines(self, who: str) -> list[Line]: ...
    def drop(self, who: str, lines: Iterable[Line]) -> None: ...


@frozen
class DailyDigest:
    """Makes an officer's digest from the waiting lines. `load` returns a case by number."""

    load: Callable[[str], Case]

    def slots(
        self, lines: Iterable[Line], member: Member, roster: Roster, now: datetime, language: str
    ) -> dict[str, Any] | None:
        """Return the values for the digest of an officer; None if nothing in `lines` is open any more. Lines
        of cases come before lines of trainings, because people wait for an answer on a case."""
        teams = frozenset(id for id in roster.teams if roster.serves(member.id, id))
        reader = Caller(member.id, roster.roles(member.id), teams)
        oldest = sorted(lines, key=lambda line: ("training" in line, str(line["due"])))
        still = list(self._still(oldest[:LOOKED_AT], reader, now))
        for one in still:
            if one.training:
                one.number = roster.team_name(one.team, language)
        if not still:
            return None
        return {
            "number": still[0].number,
            "lines": still[:LISTED],
            "more": len(still[LISTED:]) + len(oldest[LOOKED_AT:]),
        }

    def _still(self, lines: Iterable[Line], reader: Caller, now: datetime) -> Iterator[SimpleNamespace]:
        """Yield the lines that the digest must still list. The line of a deadline is listed while the
        deadline runs and is overdue; to find out, its case is read. If another team has the case since, only
        a person who can read it there gets the line. The line of a training is listed if it was written in
        the last hours."""
        for line in lines:
            if "training" in line:
                if now - instant(line["at"]) <= BEFORE_DIGESTS:
                    late = (now - instant(line["due"])) // timedelta(minutes=1) if line["due"] else None
                    yield SimpleNamespace(**{**line, "late_minutes": late}, deadline="", untold=0)
                continue
            with suppress(NotFound):
                case = self.load(line["ref"])
                if case.teams and not staff_capacities(case, reader):
                    continue
                run = next((run for run in deadlines(case).values() if run.key == line["run"]), None)
                if run and run.due and run.due <= now and not run.stopped:
                    late = (now - run.due) // timedelta(minutes=1)
                    yield SimpleNamespace(
                        training=None,
                        number=shown(case.ref),
                        deadline=run.name,
                        due=instant(line["due"]),
                        late_minutes=late,
                        untold=len(waiting_calls(case)),
                    )
