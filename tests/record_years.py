"""Five years of signed lists and 60,000 open cases for the check of the record: one shard, hour by hour
through a day. Lists are generated and really signed. Each case is one of two real cases under another number,
so that reading and checking it is real work."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from time import process_time
from types import SimpleNamespace
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import tests.conftest  # noqa: F401  (the environment that clients need)
from chalicelib.cases.dossier import Head, Partition
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.domain.timeline import canonical
from chalicelib.operations.integrity import Cursor, goes_on
from chalicelib.operations.signed_lists import Listed, SignedLists
from infra.ops import NoMeters
from tests.cloud.scenario import cloud_scenario
from tests.scenario import DAY, HOUR, WANG, Scenario

SHARD = 3
TIMEOUT_MS, SHARE = 320_000, 512 / 1_769
"""The time limit of the function `watch`, and the share of a core that its memory gets."""


class Sizes(NamedTuple):
    """The size of the lists of one shard of 16 at 2,000 complaints a day. `days` with a daily list. `moved`:
    the cases on a daily list. `newest`: those of them that are on no newer list. `open`: the open cases."""

    days: int = 5 * 365
    moved: int = 1_000
    newest: int = 125
    open: int = 3_750


class Years:
    """The archive of lists: every daily list is made when it is read. `reads` are the keys that were read."""

    def __init__(self, sizes: Sizes, now: datetime, running: Case, ended: Case, first: str) -> None:
        self._sizes, self._now, self._running, self._ended, self._first = sizes, now, running, ended, first
        self._key = generate_private_key(65537, 2048)
        self.public_key = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.reads: list[str] = []
        self._kept: dict[str, bytes] = {}
        at = now.replace(hour=0)
        heads = [_listed(f"open{n:08}", running) for n in range(sizes.open)]
        told = {"shard": SHARD, "at": at, "whole": True, "missing": [], "heads": heads}
        self._kept[f"hours/{SHARD}/{stamp(at)}"] = self._signed(told)
        self._daily = {
            f"heads/{SHARD}/{day}": day
            for day in (now.date() - timedelta(days=n) for n in range(1, sizes.days + 1))
        }

    def sign(self, data: bytes) -> bytes:
        """Sign like the key of our seals."""
        return self._key.sign(data, PKCS1v15(), SHA256())

    def _signed(self, told: dict[str, Any]) -> bytes:
        text = canonical(told)
        signature = self.sign(sha256(text.encode()).hexdigest().encode())
        return canonical({"list": text, "signature": b64encode(signature).decode()}).encode()

    def keep(self, key: str, content: bytes, type: str) -> bytes:
        """Store a list."""
        return self._kept.setdefault(key, content)

    def read(self, key: str) -> bytes:
        """Return a list."""
        self.reads.append(key)
        if key in self._kept:
            return self._kept[key]
        day, sizes = self._daily[key], self._sizes
        earlier = _listed("", self._ended)._replace(entries=1, head=self._first)
        heads = [
            _listed(f"done{day}{n:04}", self._ended)
            if n < sizes.newest
            else earlier._replace(ref=f"done{day}{n:04}")
            for n in range(sizes.moved)
        ]
        return self._signed({"day": day, "shard": SHARD, "at": self._now, "heads": heads})

    def keys(self, folder: str, after: str = "") -> Iterator[str]:
        """Yield the keys that begin with `folder` and come after `after`."""
        yield from (
            key for key in sorted({*self._kept, *self._daily}) if key.startswith(folder) and key > after
        )


def _listed(ref: str, case: Case) -> Listed:
    return Listed(ref, case.entries, case.head, case.kept, ref.startswith("open"))


@dataclass
class Shard:
    """The store of cases, cursors and tasks of one shard."""

    file: Any
    running: Case
    ended: Case
    cursor: Cursor | None = None
    asked: int = 0
    checked: list[str] = field(default_factory=list)

    def load(self, ref: str) -> Case:
        """Read the real case behind a number."""
        self.checked.append(ref)
        case: Case = self.file.load(self.running.ref if ref.startswith("open") else self.ended.ref)
        return case

    def partition(self, case: Case) -> Partition:
        """Read all rows of a real case."""
        found: Partition = self.file.partition(case)
        return found

    def heads(self, listed: Mapping[str, tuple[int, str, str]]) -> Mapping[str, Head]:
        """Return that every head is the listed one."""
        return {ref: Head(n, True) for ref, (n, _, _) in listed.items()}

    def renew(self, case: Case) -> None:
        """Sign nothing, as every row is signed."""

    def sign(self, unsigned: Iterable[Any]) -> None:
        """Sign nothing, as every row is signed."""

    def pool(self, unpooled: Iterable[Any]) -> None:
        """Add nothing, as every row has its place in the index."""

    def has_entry(self, ref: str, entry: int, head: str) -> bool:
        """Return that a timeline has the listed entry."""
        return True

    def moved_on(self, day: date, shard: int) -> Iterator[str]:
        """Yield nothing: nothing moves today."""
        return iter(())

    def due_on(self, shard: int) -> Iterator[str]:
        """Yield nothing: every open case is on a list."""
        return iter(())

    def read(self, shard: int) -> Cursor | None:
        """Return how far the check has come."""
        return self.cursor

    def keep(self, shard: int, cursor: Cursor) -> None:
        """Save how far the check has come."""
        self.cursor = cursor

    def check(self, shard: int, rest: bool = False) -> None:
        """Count a request for another run."""
        self.asked += 1


def check(sizes: Sizes) -> Mapping[str, Any]:
    """Check a shard through one day, an hour after the other. Return what was found and what it took. Raises
    AssertionError if a run exceeds its time, or if the day ends before all that is due was checked."""
    with cloud_scenario() as scenario:
        return _checked(scenario, sizes)


def _checked(scenario: Scenario, sizes: Sizes) -> Mapping[str, Any]:
    ref = scenario.submit().ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.live(100 * DAY, ref)
    ended = scenario.product.file.load(ref)
    assert not goes_on(ended)
    running = scenario.move(WANG, "accept", scenario.submit().ref)
    running, now = scenario.product.file.load(running.ref), scenario.time.replace(hour=1, minute=0, second=0)
    first = scenario.product.file.partition(ended).entries[0].hash
    lists, shard = Years(sizes, now, running, ended, first), Shard(scenario.product.file, running, ended)
    shard.cursor = Cursor(now - DAY, now.date() - DAY)
    register = SimpleNamespace(renew=lambda at: None, snapshot=lambda at: None, doubt=lambda: None)
    record = replace(
        scenario.product.record,
        file=shard,
        register=register,
        cursors=shard,
        lists=SignedLists(lists, lists, NoMeters()),
        casework=replace(scenario.product.casework, tasks=shard, meters=NoMeters(), now=lambda: now),
    )
    runs, longest, found = 0, 0.0, list[str]()
    for hour in range(1, 24):
        now, rest = now.replace(hour=hour), False
        while True:
            began, shard.asked = process_time(), 0
            found += record.watch(
                SHARD, lambda began=began: int(TIMEOUT_MS - (process_time() - began) * 1000 / SHARE), rest
            )
            longest, runs = max(longest, (process_time() - began) / SHARE), runs + 1
            assert longest * 1000 < TIMEOUT_MS
            if not (rest := shard.asked > 0):
                break
    return _said(sizes, lists, shard, now, found) | {"runs": runs, "longest_s": round(longest)}


def _said(sizes: Sizes, lists: Years, shard: Shard, now: datetime, found: list[str]) -> dict[str, Any]:
    assert shard.cursor
    days = [key for key in lists.reads if key.startswith("heads/")]
    return {
        "changed": len(found),
        "open": len({ref for ref in shard.checked if ref.startswith("open")}),
        "others": len({ref for ref in shard.checked if ref.startswith("done")}),
        "lists": len(dict.fromkeys(days)),
        "newest_first": days == sorted(days, reverse=True),
        "open_lag_h": round((now - shard.cursor.checked) / HOUR),
        "others_lag_days": (now.date() - shard.cursor.turn).days,
    }
