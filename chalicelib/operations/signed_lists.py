"""Signed lists of the heads of cases, in a bucket in which nobody can change them. If somebody puts back an
older head in the table, its MAC is valid, but it does not match the list.

Each hour every shard gets a list of the cases on which a move was taken since its last list. The first list
of a day (UTC) also has all other open cases. A daily list has all cases on which a move was taken on that
day. The register of outages gets an hourly list of its own. A list is JSON, signed with the key of our seals,
in the bucket with object lock.
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
"""The number of days after which a case of a daily list is checked again, and for which lists are
searched."""
HOUR = timedelta(hours=1)
REGISTER = "outages"
"""The name that the lists of the register of outages have in place of a shard number."""
TO_THE_HOUR = len("2026-11-28T05")
"""The length of a time stamp up to its hour."""


class Listed(NamedTuple):
    """A case as a list has it. `entries`: its number of entries. `head`: the hash of the last entry. `kept`:
    the digest of its head. `open`: the clock or a person still has something to do on it."""

    ref: str
    entries: int
    head: str
    kept: str
    open: bool = True


class Roster(NamedTuple):
    """The cases of a shard, each as the hourly lists of one day have it last.

    `at`: the time of the last of these lists (None: there is no list). `today`: that list is of today.
    """

    cases: dict[str, Listed]
    at: datetime | None
    today: bool


class Archive(Protocol):
    """The store of lists. A list is written once, and cannot be deleted while the bucket's lock lasts."""

    def keep(self, key: str, content: bytes, type: str) -> bytes: ...
    def read(self, key: str) -> bytes: ...
    def keys(self, folder: str, after: str = "") -> Iterator[str]: ...


class Key(Protocol):
    """The key that signs lists: that of our seals."""

    @property
    def public_key(self) -> bytes: ...
    def sign(self, data: bytes) -> bytes: ...


@frozen
class SignedLists:
    """Makes and reads the signed lists."""

    archive: Archive
    key: Key
    meters: Meters

    def days(self, shard: int, since: date | None = None) -> list[date]:
        """Return the days of which a shard has a daily list, the earliest first; with `since`, only from that
        day on."""
        folder = f"heads/{shard}/"
        after = f"{folder}{since - timedelta(days=1)}" if since else ""
        return [date.fromisoformat(_last(key)) for key in self.archive.keys(folder, after)]

    def of_day(self, day: date, shard: int) -> list[Listed]:
        """Return the daily list of a shard. If we did not sign it for this day and shard, report that and
        return an empty list."""
        told = self._read(_of_day(day, shard), shard)
        if told is None or told.get("day") != str(day):
            return [] if told is None else self._strange(_of_day(day, shard))
        return [Listed(*one) for one in told["heads"]]

    def keep_day(self, day: date, shard: int, heads: Iterable[Listed], now: datetime) -> None:
        """Sign and store the daily list of a shard. `heads` are its cases, `now` is the time of the list."""
        self._keep(_of_day(day, shard), {"day": day, "shard": shard, "at": now, "heads": [*heads]})

    def roster(self, shard: int, now: datetime) -> Roster:
        """Return the cases of a shard, from the hourly lists of the last day that has any. A list that we did
        not sign is left out and reported."""
        found, last = dict[str, Listed](), None
        for told in self._hours(shard, now):
            last = last or instant(told["at"])
            found = {one[0]: Listed(*one) for one in told["heads"]} | found
            if told["whole"]:
                break
        return Roster(found, last, last is not None and last.date() == now.date())

    def register(self, now: datetime) -> Snapshot | None:
        """Return the register of outages as its last list has it; None if there is no list."""
        return next((Snapshot(*told["register"]) for told in self._hours(REGISTER, now)), None)

    def keep_register(self, register: Snapshot, now: datetime) -> None:
        """Sign and store an hourly list of the register of outages."""
        self._keep(f"hours/{REGISTER}/{stamp(now)}", {"shard": REGISTER, "at": now, "register": register})

    def _hours(self, shard: int | str, now: datetime) -> Iterator[dict[str, Any]]:
        """Yield the hourly lists of a shard, or of the register of outages, the newest first. A list that we
        did not sign is left out and reported. First only the lists of today and yesterday are looked for; if
        the caller wants more, those of the last 28 days."""
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
        """Sign and store an hourly list of a shard. `heads` are its cases: all open ones if `all_open`, else
        those on which a move was taken. `missing` are the hours since the last list that have none."""
        listed = {"shard": shard, "at": now, "whole": all_open, "missing": missing, "heads": [*heads]}
        self._keep(f"hours/{shard}/{stamp(now)}", listed)

    def _keep(self, key: str, listed: dict[str, Any]) -> None:
        text = canonical(listed)
        signature = b64encode(self.key.sign(_digest(text))).decode()
        content = canonical({"list": text, "signature": signature}).encode()
        self.archive.keep(key, content, "application/json")

    def _read(self, key: str, shard: int | str) -> dict[str, Any] | None:
        """Return the content of a list. If we did not sign it for this shard, report that and return None."""
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
        """Report, by a log line and a metric, a list that we did not sign, or signed for another place.
        Return an empty list."""
        log.error("a list of heads is not the one that was signed", extra={"key": key})
        self.meters.count("RecordChanged")
        return []


def hours_without_list(last: datetime | None, now: datetime) -> list[str]:
    """Return the hours (UTC, such as 2026-11-28T05) after that of the last list and before this one. Each of
    them should have a list."""
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
