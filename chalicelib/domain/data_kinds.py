"""The kinds of personal data that the product stores. They are declared in data.toml."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

DECLARED = Path(__file__).parents[1] / "data.toml"
NOTHING = "nothing"
"""The section of data.toml with the rows that hold nothing of a person."""


class Place(StrEnum):
    """A store of data: the two tables (`ROWS` that of cases, `SESSIONS` that of secrets), the three buckets,
    and the stores of AWS that are neither (`ELSEWHERE`)."""

    ROWS = "rows"
    SESSIONS = "sessions"
    EVIDENCE = "evidence"
    SEALED = "sealed"
    FIGURES = "figures"
    ELSEWHERE = "elsewhere"


class Ends(StrEnum):
    """How data end: the store deletes them by itself, they are destroyed with their case, a person deletes
    them, or the lock of the store keeps them for a fixed time."""

    STORE = "store"
    CASE = "case"
    PEOPLE = "people"
    LOCK = "lock"


@dataclass(frozen=True, kw_only=True)
class DataKind:
    """A kind of personal data. `of`: whose data it is (`consumers`, `visitors` or `staff`). `purposes`: why
    it is stored. `days`: how long; None for as long as it is needed. `copied`: the parts of a person's copy
    of their data that have it. `left_out`: the code of the reason why the copy does not have it; "" if it
    has. `stays`: what stays of it once the data of a case are destroyed: `number` or `paper`; "" for nothing.
    The other attributes are the patterns of its keys in each place."""

    name: str
    of: str
    purposes: tuple[str, ...]
    ends: Ends
    days: int | None = None
    copied: tuple[str, ...] = ()
    left_out: str = ""
    stays: str = ""
    rows: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    def lies_at(self, place: Place, key: str) -> bool:
        """Return whether the data under a key belong to this kind. `key`: the key of an object, or partition
        key and sort key of a row with a space between them."""
        return any(fnmatchcase(key, pattern) for pattern in getattr(self, place))

    @property
    def slots(self) -> dict[str, int]:
        """The time for which it is stored, for a text: `days`, and whole `years`."""
        return {"days": self.days, "years": self.days // 365} if self.days else {}


@cache
def data_kinds() -> tuple[DataKind, ...]:
    """Return all kinds of personal data, in the order of data.toml."""
    return tuple(_kind(name, said) for name, said in _declared().items() if name != NOTHING)


def backed_up() -> timedelta:
    """Return how long what was deleted is still in the backups of the database."""
    days = next(kind.days for kind in data_kinds() if "backup" in kind.elsewhere)
    return timedelta(days=days or 0)


def purposes() -> Iterator[str]:
    """Yield each purpose for which personal data are stored once, in the order of data.toml."""
    yield from dict.fromkeys(purpose for kind in data_kinds() for purpose in kind.purposes)


def holds_nothing(key: str) -> bool:
    """Return whether the row of the table of cases under a key holds nothing of a person. `key`: its
    partition key and its sort key with a space between them."""
    return any(fnmatchcase(key, pattern) for pattern in _declared()[NOTHING][Place.ROWS])


@cache
def _declared() -> dict[str, Any]:
    return tomllib.loads(DECLARED.read_text("utf-8"))


def _kind(name: str, said: dict[str, Any]) -> DataKind:
    lists = {key: tuple(value) for key, value in said.items() if isinstance(value, list)}
    return DataKind(**{"name": name, **said, **lists, "ends": Ends(said["ends"])})
