"""The watch over the record: whether each case is what its timeline says, and signed lists of heads that are kept where
nobody can change them, so that a timeline written anew is found too (issue 14, finding S17).

A list holds, for one shard and one day (UTC), every case that moved on it: number, count of entries, hash of the last
one, digest of the head. It is made when the day is over and lies in the bucket with object lock. Each list is gone
through again every 28 days, so every case is verified whole at least once a month; of yesterday's a sample at once.
"""
from __future__ import annotations

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from chalicelib.access import NotFound
from chalicelib.casework import Casework, Meters
from chalicelib.domain.case import Case
from chalicelib.domain.change import Entry
from chalicelib.domain.codes import Fault
from chalicelib.domain.timeline import canonical, faults

log = logging.getLogger("redress")
ROUND = 28
"""So many days after each other a list is gone through."""
MADE_UP = 7
"""Lists of so many days back are made where one is missing."""
SAMPLE = 20
"""So many of yesterday's cases of a shard are verified at once."""
HOURS = 24
Found = list[tuple[int, Fault]]


class Listed(NamedTuple):
    """A case as it stood when a list was made."""

    ref: str
    entries: int
    head: str
    kept: str


class Shelf(Protocol):
    """Where cases are kept, read for the check: everything of a case in one go."""

    def load(self, ref: str) -> Case: ...
    def partition(self, ref: str) -> tuple[list[Entry], list[tuple[str, str, dict[str, Any]]]]: ...
    def moved_on(self, day: date, shard: int) -> Iterator[str]: ...


class Archive(Protocol):
    """Where lists are kept: never written again, nor deleted while the bucket's lock holds."""

    def keep(self, key: str, content: bytes, type: str) -> bytes: ...
    def read(self, key: str) -> bytes: ...
    def keys(self, folder: str) -> Iterator[str]: ...


class Key(Protocol):
    """The key that signs lists."""

    @property
    def public_key(self) -> bytes: ...
    def sign(self, data: bytes) -> bytes: ...


@dataclass(frozen=True)
class Record:
    """The use cases. `lookups` gives the keyed hashes under which an address may be known, `shards` how many there are."""

    casework: Casework
    shelf: Shelf
    archive: Archive
    key: Key
    meters: Meters
    lookups: Callable[[str], Iterable[str]]
    shards: Callable[[], int]
    now: Callable[[], datetime]

    def hour(self) -> None:
        """What is to be done in this hour of the day: the lists of its shards that are missing, a sample of yesterday, and
        the lists whose turn it is."""
        for shard in range(self.shards()):
            if shard % HOURS == self.now().hour:
                self.day(shard)
        self.meters.count("RecordHeartbeat")

    def day(self, shard: int) -> None:
        """The day's work on one shard."""
        today = self.now().date()
        there = {date.fromisoformat(key.rpartition("/")[2]) for key in self.archive.keys(f"heads/{shard}/")}
        for back in range(MADE_UP, 0, -1):
            day = today - timedelta(days=back)
            if day not in there and (listed := self.list_of(day, shard)):
                for one in _sample(listed, today):
                    self.check(one.ref, one)
        for day in there:
            if (today - day).days % ROUND == 0:
                self.verify(day, shard)

    def list_of(self, day: date, shard: int) -> list[Listed]:
        """Make and keep the signed list of the cases of a shard that moved on a day."""
        found = []
        for ref in self.shelf.moved_on(day, shard):
            case = self.shelf.load(ref)
            found.append(Listed(ref, case.entries, case.head, case.kept))
        if found:
            text = canonical({"day": day, "shard": shard, "at": self.now(), "heads": found})
            signature = b64encode(self.key.sign(_digest(text))).decode()
            self.archive.keep(_key(day, shard), canonical({"list": text, "signature": signature}).encode(),
                              "application/json")
        return found

    def verify(self, day: date, shard: int) -> int:
        """Go through a list again, case by case; how many were found changed. A list that we did not sign is a find."""
        changed = 0
        for listed in self.signed(day, shard):
            changed += bool(self.check(listed.ref, listed))
        return changed

    def signed(self, day: date, shard: int) -> list[Listed]:
        """A list as it was signed; none where the signature is not ours, which operations hear of."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_der_public_key
        kept = json.loads(self.archive.read(_key(day, shard)))
        key: Any = load_der_public_key(self.key.public_key)
        try:
            key.verify(b64decode(kept["signature"]), _digest(kept["list"]), PKCS1v15(), SHA256())
        except InvalidSignature:
            log.error("a list of heads is not the one that was signed", extra={"day": str(day), "shard": shard})
            self.meters.count("RecordChanged")
            return []
        return [Listed(*one) for one in json.loads(kept["list"])["heads"]]

    def check(self, ref: str, listed: Listed | None = None) -> Found:
        """Verify a case whole, and against a list; every place that does not hold is noted on it. Raises NotFound for a
        number that was never given. What was found is looked at twice, since a case may move meanwhile."""
        try:
            found = self._faults(ref, listed) and self._faults(ref, listed)
        except NotFound:
            if listed is None:
                raise
            log.error("a case is gone that a signed list has", extra={"ref": ref})
            self.meters.count("RecordChanged")
            return [(listed.entries, Fault.LISTED)]
        for entry, fault in found:
            self.casework.doubt(self.shelf.load(ref), entry, fault)
        return found

    def _faults(self, ref: str, listed: Listed | None) -> Found:
        case = self.shelf.load(ref)
        entries, others = self.shelf.partition(ref)
        found = [*faults((entry for entry in entries if entry.n <= case.entries), case)]
        if listed and not any(entry.n == listed.entries and entry.hash == listed.head for entry in entries):
            found.append((listed.entries, Fault.LISTED))
        elif listed and case.entries == listed.entries and case.kept != listed.kept and (case.entries, Fault.HEAD) not in found:
            found.append((case.entries, Fault.HEAD))
        strange = any(entry.n > case.entries for entry in entries) or any(self._strange(case, *row) for row in others)
        return [*found, *([(1, Fault.ROW)] if strange else [])]

    def _strange(self, case: Case, kind: str, id: str, body: dict[str, Any]) -> bool:
        """Whether a row in the partition of a case belongs to none of its entries."""
        if kind == "PARTY":
            known = {party.id: party.known_by for party in case.parties}
            addresses = [body[way] for way in ("phone", "email") if body.get(way)]
            return id not in known or not all(set(self.lookups(one)) & set(known[id]) for one in addresses)
        if kind in ("LETTER", "POST"):
            return bool(body.get("entry", 1) > case.entries)
        if kind in ("WORDS", "SPLIT"):
            return int(id) > case.entries
        if kind == "FILE":
            return body["state"] == "kept" and id not in {piece.file for piece in case.evidence}
        return kind not in ("CASE", "SEAT")


def _sample(listed: list[Listed], today: date) -> list[Listed]:
    """Some of a list, other ones each day."""
    return sorted(listed, key=lambda one: sha256(f"{today}{one.ref}".encode()).digest())[:SAMPLE]


def _digest(text: str) -> bytes:
    return sha256(text.encode()).hexdigest().encode()


def _key(day: date, shard: int) -> str:
    return f"heads/{shard}/{day}"
