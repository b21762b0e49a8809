"""The published figures as rows of tables: the monthly editions. The figures are read from the store as they
were published, and no sum is computed. So a table reveals no more than the editions do."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.figures.editions import FINAL, IN_TIME, PARTS, PROVISIONAL
from chalicelib.figures.tables import COMPLAINTS

Edition = Mapping[str, Any]
Row = Mapping[str, Any]
PUBLIC, FINAL_EDITIONS = "public/", "final/"
"""The folders of the store for published figures: provisional editions and those of earlier releases, and
final editions."""
SINGLE = "single"
"""The kind of an edition of an earlier release, which is the only one of its month."""
KINDS = (PROVISIONAL, FINAL)
FETCHED_AT_ONCE = 16
"""How many files are fetched from the store in parallel."""
BELIEVED = timedelta(hours=1)
"""How long a container of the site uses the list of editions before it reads it again. An edition itself
never changes."""
COUNTED = (
    *(f"received_by_{part}" for part in (*PARTS, "right", "entry")),
    "closed_by_outcome",
    "promises_by_end",
    "open_by_age",
    "main_causes",
)
"""The names of the tables that have one number for each code. An edition has these tables under the same
names."""
SHARES = (*(f"{step}_{by}" for step, by in IN_TIME), "overturned")
"""The names of the shares in an edition. An edition of an earlier release lacks some of them."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "received": ("month", "edition", "number", "hidden", "rounded_to"),
    **dict.fromkeys(COUNTED, ("month", "edition", "code", "number", "hidden", "rounded_to")),
    "times": ("month", "edition", "step", "median_hours", "p90_hours"),
    "shares": ("month", "edition", "share", "percent", "rounded_to"),
    "satisfaction": ("month", "edition", "question", "mean", "low", "high"),
    "clock": ("month", "edition", "percent", "rounded_to"),
}
"""The columns of each published table, in their order. `hidden` is true if the number of a row is suppressed.
A row with an empty `code` says that the numbers of all other codes of the month are hidden. Without such a
row they are zero; only earlier releases published such months."""
CFPB: Mapping[tuple[str, str], str] = {
    ("received", "month"): COMPLAINTS["received_at"].cfpb,
    ("received_by_type", "code"): COMPLAINTS["type"].cfpb,
    ("received_by_channel", "code"): COMPLAINTS["channel"].cfpb,
    ("received_by_class", "code"): COMPLAINTS["class"].cfpb,
    ("closed_by_outcome", "code"): COMPLAINTS["outcome"].cfpb,
}
"""The corresponding field of the CFPB's public complaint database. The key is a published table and its
column."""


class Store(Protocol):
    """The store of the published figures. `read` returns the content of a key, and `keys` yields the keys in
    a folder."""

    def read(self, key: str) -> bytes: ...
    def keys(self, folder: str) -> Iterator[str]: ...


class Published:
    """Reads the published figures. `store` is their store, and `now` returns the present moment. Every method
    raises Unavailable while the store does not answer."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        self._editions: dict[str, Edition] = {}
        self._listed: tuple[datetime, Collection[str]] | None = None

    def months(self) -> Sequence[str]:
        """Return the published months as YYYY-MM, the oldest first."""
        return sorted({key.partition("/")[2] for key in self._keys()})

    def editions(self, months: Iterable[str], kind: str = "") -> list[Edition]:
        """Return the editions of these months (YYYY-MM), in the same order. Each month must be published.
        `kind`: one of `KINDS`; months without such an edition are left out. Without it, the newest edition of
        each month."""
        there = self._keys()
        folders = (FINAL_EDITIONS, PUBLIC) if kind != PROVISIONAL else (PUBLIC,)
        keys = (
            next((key for folder in folders if (key := f"{folder}{month}") in there), None)
            for month in months
        )
        wanted = [key for key in keys if key]
        missing = [key for key in wanted if key not in self._editions]
        with ThreadPoolExecutor(FETCHED_AT_ONCE) as pool:
            read = pool.map(self._store.read, (f"{key}.json" for key in missing))
            self._editions |= {key: json.loads(said) for key, said in zip(missing, read, strict=True)}
        found = (self._editions[key] for key in wanted)
        return [edition for edition in found if kind in ("", edition_kind(edition))]

    def _keys(self) -> Collection[str]:
        """Return the keys of all editions, without their ending."""
        if self._listed is None or self._now() - self._listed[0] > BELIEVED:
            folders = (PUBLIC, FINAL_EDITIONS)
            keys = {key.removesuffix(".json") for folder in folders for key in self._store.keys(folder)}
            self._listed = self._now(), keys - {f"{PUBLIC}clock"}  # a file of earlier releases
        return self._listed[1]


def edition_kind(edition: Edition) -> str:
    """Return the kind of an edition: one of `KINDS`, or `SINGLE`."""
    return str(edition.get("edition", SINGLE))


def rows(table: str, edition: Edition) -> Iterator[Row]:
    """Yield the rows of one month in a published table. `edition` is the edition of the month."""
    month = {"month": edition["month"], "edition": edition_kind(edition)}

    def number(said: int | None) -> dict[str, Any]:
        return {"number": said, "hidden": said is None, "rounded_to": edition.get("rounded_to", 1)}

    if table == "received":
        yield {**month, **number(edition["received"])}
    elif table == "times":
        yield from ({**month, "step": step, **said} for step, said in edition["times"].items())
    elif table == "shares":
        yield from ({**month, "share": name, **edition[name]} for name in SHARES if edition.get(name))
    elif table == "clock":
        yield from ({**month, **said} for said in (edition.get(table),) if said)
    elif table == "satisfaction":
        means, between = edition[table], edition.get("satisfaction_between", {})
        for name in {**means, **between}:
            low, high = between.get(name, (None, None))
            yield {**month, "question": name, "mean": means.get(name), "low": low, "high": high}
    else:
        cells = edition["tables"].get(table, {})  # an edition of an earlier release lacks some tables
        yield from ({**month, "code": code, **number(cells[code])} for code in sorted(cells))
        if not cells and not (table.startswith("received") and edition["received"] == 0):
            yield {**month, "code": "", **number(None)}
