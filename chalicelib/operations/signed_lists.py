"""Signed lists of heads, in a bucket where nobody can change them. They reveal an older head that somebody
put back in the table, although its MAC is good.

An hourly list of a shard holds every case that moved since the list before it. The first list of a day (UTC)
also holds every other open case. A daily list holds every case that moved on the day. An hourly list of its
own holds the register of outages. Lists are JSON, signed with the sealing key, in the bucket with object
lock.
"""

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from chalicelib.cases.casework import Meters
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.frozen import frozen
from chalicelib.domain.outages import Snapshot
from chalicelib.domain.timeline import canonical

log = logging.getLogger("redress")
ROUND = 28
"""After how many days a case of a daily list is checked again, and how many days back lists are searched."""
HOUR = timedelta(hours=1)
REGISTER = "outages"
"""The name of the register of outages in the place of a shard's number."""
TO_THE_HOUR = len("2026-11-28T05")
"""The length of the part of a stamp up to its hour."""


class Listed(NamedTuple):
    """A case at the time of a list. `open`: the clock or a person still has something to do."""

    ref: str
    entries: int
    head: str
    kept: str
    open: bool = True


class Roster(NamedTuple):
    """The cases of a shard, each by its last entry in the hourly lists of one day.

    `at`: the time of the last of these lists (None: there is none). `today`: that list is of this day.
    """

    cases: dict[str, Listed]
    at: datetime | None
    today: bool


class Archive(Protocol):
    """The store of lists. A list is written once, and not deleted while the bucket's lock holds."""

    def keep(self, key: str, content: bytes, type: str) -> bytes: ...
    def read(self, key: str) -> bytes: ...
    def keys(self, folder: str, after: str = "") -> Iterator[str]: ...


class Key(Protocol):
    """The key that signs lists."""

    @property
    def public_key(self) -> bytes: ...
    def sign(self, data: bytes) -> bytes: ...


@frozen
class SignedLists:
    """The signed lists, made and read. `shards` are the numbers of shards that may hold cases."""

    archive: Archive
    key: Key
    meters: Meters

    def days(self, shard: int, since: date | None = None) -> list[date]:
        """Return the days with a daily list, in their order, from `since` on."""
        folder = f"heads/{shard}/"
        after = f"{folder}{since - timedelta(days=1)}" if since else ""
        return [date.fromisoformat(_last(key)) for key in self.archive.keys(folder, after)]

    def of_day(self, day: date, shard: int) -> list[Listed]:
        """Return the daily list of a shard; empty for a list that we did not sign, which is reported."""
        told = self._read(_of_day(day, shard), shard)
        if told is None or told.get("day") != str(day):
            return [] if told is None else self._strange(_of_day(day, shard))
        return [Listed(*one) for one in told["heads"]]

    def keep_day(self, day: date, shard: int, heads: Iterable[Listed], now: datetime) -> None:
        """Keep the daily list of a shard."""
        self._keep(_of_day(day, shard), {"day": day, "shard": shard, "at": now, "heads": [*heads]})

    def roster(self, shard: int, now: datetime) -> Roster:
        """Return the cases of a shard from the hourly lists of the last day that has any. A list that we did
        not sign is left out and reported."""
        found, last = dict[str, Listed](), None
        for told in self._hours(shard, now):
            last = last or instant(told["at"])
            found = {one[0]: Listed(*one) for one in told["heads"]} | found
            if told["whole"]:
                break
        return Roster(found, last, last is not None and last.date() == now.date())

    def register(self, now: datetime) -> Snapshot | None:
        """Return the register of outages from its last list; None without one."""
        return next((Snapshot(*told["register"]) for told in self._hours(REGISTER, now)), None)

    def keep_register(self, register: Snapshot, now: datetime) -> None:
        """Keep an hourly list of the register of outages."""
        self._keep(f"hours/{REGISTER}/{stamp(now)}", {"shard": REGISTER, "at": now, "register": register})

    def _hours(self, shard: int | str, now: datetime) -> Iterator[dict[str, Any]]:
        """Yield the hourly lists of a shard or of the register, the newest first. A list that we did not sign
        is left out and reported. The lists of today and yesterday are named first, and those of 28 days only
        where more are wanted."""
        folder, seen = f"hours/{shard}/", stamp(now) + "~"
        for days in (1, ROUND):
            since = f"{folder}{(now - timedelta(days=days)).date()}"
            keys = [key for key in self.archive.keys(folder, since) if _last(key) < seen]
            for key in reversed(keys):
                seen = _last(key)
                told = self._read(key, shard)
                if told and told["at"] != seen:
                    self._strange(key)
                elif told:
                    yield told

    def keep_hour(
        self, shard: int, heads: Iterable[Listed], all_open: bool, missing: list[str], now: datetime
    ) -> None:
        """Keep an hourly list of a shard: all open cases, or those that have moved. It names the hours before
        it without a list."""
        listed = {"shard": shard, "at": now, "whole": all_open, "missing": missing, "heads": [*heads]}
        self._keep(f"hours/{shard}/{stamp(now)}", listed)

    def _keep(self, key: str, listed: dict[str, Any]) -> None:
        text = canonical(listed)
        signature = b64encode(self.key.sign(_digest(text))).decode()
        content = canonical({"list": text, "signature": signature}).encode()
        self.archive.keep(key, content, "application/json")

    def _read(self, key: str, shard: int | str) -> dict[str, Any] | None:
        """Return the content of a list; None where we did not sign it for this shard."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            kept = json.loads(self.archive.read(key))
            signature = b64decode(kept["signature"])
            self._public.verify(signature, _digest(kept["list"]), PKCS1v15(), SHA256())
            told: dict[str, Any] = json.loads(kept["list"])
            if told["shard"] == shard:
                return told
        except (InvalidSignature, AttributeError, KeyError, TypeError, ValueError):
            pass
        self._strange(key)
        return None

    @cached_property
    def _public(self) -> Any:
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        return load_der_public_key(self.key.public_key)

    def _strange(self, key: str) -> list[Listed]:
        """Report a list that we did not sign, or not for this place, by a log line and a metric."""
        log.error("a list of heads is not the one that was signed", extra={"key": key})
        self.meters.count("RecordChanged")
        return []


def missed(last: datetime | None, now: datetime) -> list[str]:
    """Return the hours (UTC, as 2026-11-28T05) between the last list and this hour. Each of them should have
    a list."""
    if last is None:
        return []
    first = last.replace(minute=0, second=0)
    hours = int((now.replace(minute=0, second=0) - first) / HOUR)
    return [stamp(first + n * HOUR)[:TO_THE_HOUR] for n in range(1, hours)]


def _digest(text: str) -> bytes:
    return sha256(text.encode()).hexdigest().encode()


def _of_day(day: date, shard: int) -> str:
    return f"heads/{shard}/{day}"


def _last(key: str) -> str:
    return key.rpartition("/")[2]
