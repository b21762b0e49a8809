"""The hold switch: the parts of the system that are stopped because an administrator or an operator decided
so."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.model.case import refuse_if

MAIL, HOOKS, CLOCK, MOVES = "mail", "hooks", "clock", "moves"
PARTS = (MAIL, HOOKS, CLOCK, MOVES)
"""The parts that can be held: letters, webhooks, the acts of the clock, and all changes of cases."""


class Switching(NamedTuple):
    """A use of the switch. `version`: its number, from 1; 0 if the switch was never used. `parts`: the parts
    that are held from then on. `at`: when (UTC); None for a row that this release cannot read. `who`: the id
    of the administrator; "" for an operator's command. `why`: the reason in their words."""

    version: int
    parts: tuple[str, ...] = ()
    at: datetime | None = None
    who: str = ""
    why: str = ""

    @property
    def readable(self) -> bool:
        """Whether this release could read the use. If it could not, everything counts as held."""
        return self.at is not None or not self.version


def next_use(
    newest: Switching, seen: int, parts: Collection[str], at: datetime, who: str, why: str
) -> Switching:
    """Return the use of the switch that holds exactly these parts. `newest`: the last use as stored now.
    `seen`: the version that the person saw.

    Raises Refusal `hold_switched` if somebody has used the switch since, and `hold_same` if nothing would
    change."""
    refuse_if(newest.version != seen, "hold_switched")
    refuse_if(newest.readable and {*parts} == {*newest.parts}, "hold_same", field="parts")
    return Switching(seen + 1, tuple(part for part in PARTS if part in parts), at, who, why)


def stopped(held: Iterable[str]) -> frozenset[str]:
    """Return the parts that are stopped if the parts `held` are held. While no case may change, all other
    parts are stopped too: they could not record what they did, and would do it again."""
    parts = frozenset(held)
    return frozenset(PARTS) if MOVES in parts else parts
