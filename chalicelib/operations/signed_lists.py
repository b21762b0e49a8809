"""Signed lists of the heads of cases, in a bucket in which nobody can change them. They are needed because an
older head that somebody puts back in the table has a valid MAC. But such a head does not match its list.

Each hour every shard gets a list of the cases on which a move was taken since its last list. The first list
of a day (UTC) also has all other open cases. A daily list has all cases on which a move was taken on that
day. The register of outages gets an hourly list of its own. A list is JSON, signed with the key of our seals,
in the bucket with object lock.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from chalicelib.cases.casework import Meters
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.frozen import frozen
from chalicelib.domain.outages import Snapshot
from chalicelib.domain.timeline import canonical
from chalicelib.logs import log

ROUND = 28
"""The number of days after which the cases of a daily list are checked again. Lists are also searched this
many days back."""
HOUR = timedelta(hours=1)
REGISTER = "outages"
"""The name that stands in place of a shard number in the lists of the register of outages."""
RESTORED = "restored"
"""The name that stands in place of a shard number in the lists of what restores undid."""
TO_THE_HOUR = len("2026-11-28T05")
"""The length of a time stamp up to its hour."""


class Listed(NamedTuple):
    """A case as a list describes it. `entries`: its number of entries. `head`: the hash of its last entry.
    `kept`: the digest of its head. `open`: the clock or a person still has something to do on the case."""

    ref: str
    entries: int
    head: str
    kept: str
    open: bool = True


class NewestList(NamedTuple):
    """The cases of a shard, by case number, each as the newest hourly list describes it. `at`: the time of
    the newest list (None: there is no list). `today`: the newest list is of today (UTC)."""

    cases: dict[str, Listed]
    at: datetime | None
    today: bool


class ListArchive(Protocol):
    """The store of lists. A list is written once, and cannot be deleted while the bucket's lock lasts."""

    def keep(self, key: str, content: bytes, type: str) -> bytes: ...
    def read(self, key: str) -> bytes: ...
    def keys(self, folder: str, after: str = "") -> Iterator[str]: ...


class ListKey(Protocol):
    """The key that signs lists. It is the key of our seals."""

    @property
    def public_key(self) -> bytes: ...
    def sign(self, data: bytes) -> bytes: ...


@frozen
class SignedLists:
    """Makes and reads the signed lists of the heads of cases. They show changes of the table from outside.
    `key` signs new lists. `former` are the public keys (DER) of which the signatures on older lists count
    too."""

    archive: ListArchive
    key: ListKey
    meters: Meters
    former: tuple[bytes, ...] = ()

    def days(self, shard: int, since: date | None = None) -> list[date]:
        """Return the days for which a shard has a daily list, the earliest first. With `since`, return only
        this day and later ones."""
        folder = f"heads/{shard}/"
        after = f"{folder}{since - timedelta(days=1)}" if since else ""
        return [date.fromisoformat(_last(key)) for key in self.archive.keys(folder, after)]

    def of_day(self, day: date, shard: int) -> list[Listed]:
        """Return the daily list of a shard. Return [] if our key did not sign the list for this day and
        shard, and report this."""
        told = self._read(_of_day(day, shard), shard)
        if told is None or told.get("day") != str(day):
            return [] if told is None else self._strange(_of_day(day, shard))
        return [Listed(*one) for one in told["heads"]]

    def keep_day(self, day: date, shard: int, heads: Iterable[Listed], now: datetime) -> None:
        """Sign and store the daily list of a shard. `heads` are the cases on it, `now` is the time of the
        list."""
        self._keep(_of_day(day, shard), {"day": day, "shard": shard, "at": now, "heads": [*heads]})

    def roster(self, shard: int, now: datetime) -> NewestList:
        """Return the cases of a shard, from the hourly lists of the last day that has lists. A list that our
        key did not sign is left out and reported."""
        found, last = dict[str, Listed](), None
        for told in self._hours(shard, now):
            last = last or instant(told["at"])
            found = {one[0]: Listed(*one) for one in told["heads"]} | found
            if told["whole"]:
                break
        return NewestList(found, last, last is not None and last.date() == now.date())

    def register(self, now: datetime) -> Snapshot | None:
        """Return the register of outages as its last list describes it. Return None if there is no list."""
        return next((Snapshot(*told["register"]) for told in self._hours(REGISTER, now)), None)

    def keep_register(self, register: Snapshot, now: datetime) -> None:
        """Sign and store an hourly list of the register of outages."""
        self._keep(f"hours/{REGISTER}/{stamp(now)}", {"shard": REGISTER, "at": now, "register": register})

    def _hours(self, shard: int | str, now: datetime) -> Iterator[dict[str, Any]]:
        """Yield the content of each hourly list, the newest first. `shard` is a shard number, or `REGISTER`.
        A list that our key did not sign is left out and reported. The lists of today and yesterday are
        searched first. Those of the last 28 days are searched only if the caller needs more."""
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

    def since(self, shard: int, at: datetime) -> Iterator[Listed]:
        """Yield the cases on the lists of a shard that were made at the moment `at` or later: on the hourly
        lists first, and then on the daily lists. A list that our key did not sign is left out and
        reported."""
        hours, days = f"hours/{shard}/", f"heads/{shard}/"
        for key in self.archive.keys(hours, f"{hours}{stamp(at)[:TO_THE_HOUR]}"):
            told = self._read(key, shard)
            if told and told["at"] == _last(key) >= stamp(at):
                yield from (Listed(*one) for one in told["heads"])
        for key in self.archive.keys(days, f"{days}{at.date() - timedelta(days=1)}"):
            told = self._read(key, shard)
            if told and instant(told["at"]) >= at:
                yield from (Listed(*one) for one in told["heads"])

    def keep_restored(self, moment: datetime, losses: object, now: datetime) -> None:
        """Sign and store what a restore of the table to `moment` undid, as it is recorded on the cases
        (`losses`)."""
        listed = {"shard": RESTORED, "at": now, "moment": moment, "losses": losses}
        self._keep(f"hours/{RESTORED}/{stamp(now)}", listed)

    def keep_hour(
        self, shard: int, heads: Iterable[Listed], all_open: bool, missing: list[str], now: datetime
    ) -> None:
        """Sign and store an hourly list of a shard. `heads` are the cases on it. `all_open`: these are all
        open cases; else only those on which a move was taken. `missing` are the hours since the last list for
        which there is no list."""
        listed = {"shard": shard, "at": now, "whole": all_open, "missing": missing, "heads": [*heads]}
        self._keep(f"hours/{shard}/{stamp(now)}", listed)

    def _keep(self, key: str, listed: dict[str, Any]) -> None:
        text = canonical(listed)
        signature = b64encode(self.key.sign(_digest(text))).decode()
        content = canonical({"list": text, "signature": signature}).encode()
        self.archive.keep(key, content, "application/json")

    def _read(self, key: str, shard: int | str) -> dict[str, Any] | None:
        """Return the content of the list under `key`. Return None if no key of ours signed it for this shard,
        and report this."""
        try:
            kept = json.loads(self.archive.read(key))
            signed = self._signed(b64decode(kept["signature"]), _digest(kept["list"]))
            told: dict[str, Any] = json.loads(kept["list"])
            if signed and told["shard"] == shard:
                return told
        except (AttributeError, KeyError, TypeError, ValueError):
            pass
        self._strange(key)
        return None

    def _signed(self, signature: bytes, data: bytes) -> bool:
        """Return whether a signature of the data is by a key of ours."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        for public in self._public:
            with suppress(InvalidSignature):
                public.verify(signature, data, PKCS1v15(), SHA256())
                return True
        return False

    @cached_property
    def _public(self) -> list[Any]:
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        return [*map(load_der_public_key, (self.key.public_key, *self.former))]

    def _strange(self, key: str) -> list[Listed]:
        """Report, by a log line and a metric, that a list was not signed by our key, or was signed for
        another shard or time. Return [], in place of its cases."""
        log.error("a list of heads is not the one that was signed", extra={"key": key})
        self.meters.count("RecordChanged")
        return []


def hours_without_list(last: datetime | None, now: datetime) -> list[str]:
    """Return the hours between the last list and the present hour, which have no list although they should.
    An hour is written like 2026-11-28T05 (UTC). `last` is the time of the last list; for None, return []."""
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
