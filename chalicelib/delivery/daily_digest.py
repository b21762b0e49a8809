"""The daily digest of a member of staff: what was reported to them before and is still not done, the most
delayed first, and trainings after them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Protocol

from chalicelib.access.authorization import NotFound
from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.sending_limits import BEFORE_DIGESTS
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Member, Roster
from chalicelib.letters import Rendered, render

LISTED, LOOKED_AT = 50, 100
"""How many deadlines one digest lists at most, and for how many lines the case is looked at; the rest are
only counted."""
Line = Mapping[str, Any]


class Lines(Protocol):
    """The lines that wait for somebody's next digest: each has the case's number (`ref`), the `run` of a
    deadline, its name (`deadline`) and when it was `due`."""

    def lines(self, who: str) -> list[Line]: ...
    def drop(self, who: str, lines: Iterable[Line]) -> None: ...


@frozen
class Digest:
    """Makes the digest of a person out of the lines that wait for it, in the company's name."""

    load: Callable[[str], Case]
    public_url: str
    company: str

    def made(self, member: Member, lines: Iterable[Line], roster: Roster, now: datetime) -> Rendered | None:
        """The digest as a letter; None when all that was reported is done. People who wait come before
        trainings."""
        oldest = sorted(lines, key=lambda line: ("training" in line, str(line["due"])))
        still = list(self._still(oldest[:LOOKED_AT], now))
        for one in still:
            if one.training:
                of = roster.teams.get(one.team)
                one.number = of.label["zh"] if of else one.team
        if not still:
            return None
        team = next((team for team in roster.teams.values() if member in team.people()), None)
        return render(
            "digest",
            "zh",
            {
                "name": member.name,
                "number": still[0].number,
                "lines": still[:LISTED],
                "more": len(still[LISTED:]) + len(oldest[LOOKED_AT:]),
                "link": f"{self.public_url}/desk",
                "team": team.label["zh"] if team else "",
                "today": now,
                "side": None,
                "verify": None,
                "words": {},
            },
            self.company,
        )

    def _still(self, lines: Iterable[Line], now: datetime) -> Iterator[SimpleNamespace]:
        """The lines whose deadline still runs and is past its due moment; each costs one read of a case. One
        of a training, which belongs to no case, is true if it was written in the last hours."""
        for line in lines:
            if "training" in line:
                if now - instant(line["at"]) <= BEFORE_DIGESTS:
                    late = (now - instant(line["due"])) // timedelta(minutes=1) if line["due"] else None
                    yield SimpleNamespace(**{**line, "late_minutes": late}, deadline="", untold=0)
                continue
            with suppress(NotFound):
                case = self.load(line["ref"])
                run = next((run for run in deadlines(case).values() if run.key == line["run"]), None)
                if run and run.due and run.due <= now and not run.stopped:
                    late = (now - run.due) // timedelta(minutes=1)
                    yield SimpleNamespace(
                        training=None,
                        number=shown(case.ref),
                        deadline=run.name,
                        due=instant(line["due"]),
                        late_minutes=late,
                        untold=len(case.tellings),
                    )
