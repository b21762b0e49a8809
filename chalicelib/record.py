"""The watch over the record: whether each case is what its timeline says, and signed lists of heads that are
kept where nobody can change them, so that a timeline written anew is found too (issue 14, finding S17).

A list holds, for one shard and one day (UTC), every case that moved on it: number, count of entries, hash of
the last one, digest of the head. It is made when the day is over, also for a day on which nothing moved, and
lies in the bucket with object lock: that it exists shows that its day has been dealt with. Each list is gone
through again every 28 days, so every case is verified as a whole at least once a month; a sample of
yesterday's cases is verified the next day.
"""

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, Protocol

from chalicelib.access import NotFound
from chalicelib.casework import Casework, Meters, Unreadable, work_lists
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Fault
from chalicelib.domain.moves.integrity import noted
from chalicelib.domain.timeline import beside, canonical, digest, faults
from chalicelib.dossier import OtherRow, Partition

log = logging.getLogger("redress")
ROUND = 28
"""Every how many days a list is gone through, and how many days back a missing one is still made."""
SAMPLE = 20
"""How many of yesterday's cases of a shard are verified the next day."""
HOURS = 24
MOST_NOTED = 10
"""How many changed places of a case are noted at one check: each is told to two people, and a timeline that
was altered throughout has thousands."""
NO_LETTERS = digest("", "")
"""The digest of letters in an entry that owes none."""
Found = list[tuple[int, Fault]]


class Listed(NamedTuple):
    """A case as it stood when a list was made."""

    ref: str
    entries: int
    head: str
    kept: str


class RecordFile(Protocol):
    """Where cases are read for the check, everything of a case in one query."""

    def load(self, ref: str) -> Case: ...
    def partition(self, ref: str) -> Partition: ...
    def moved_on(self, day: date, shard: int) -> Iterator[str]: ...


class Archive(Protocol):
    """Where lists are kept: a list is never written a second time, nor deleted while the bucket's lock
    holds."""

    def keep(self, key: str, content: bytes, type: str, same: Callable[[bytes], bool]) -> bytes: ...
    def read(self, key: str) -> bytes: ...
    def keys(self, folder: str) -> Iterator[str]: ...


class Key(Protocol):
    """The key that signs lists."""

    @property
    def public_key(self) -> bytes: ...
    def sign(self, data: bytes) -> bytes: ...


@frozen
class Record:
    """Makes and checks the signed lists, and verifies cases. `lookups` gives the keyed hashes under which an
    address may be known, `shards` how many shards there are."""

    casework: Casework
    file: RecordFile
    archive: Archive
    key: Key
    meters: Meters
    lookups: Callable[[str], Iterable[str]]
    shards: Callable[[], int]
    now: Callable[[], datetime]

    def hour(self) -> None:
        """Do the work of this hour of the day (UTC), for its share of the shards: make the lists that are
        missing, verify a sample of yesterday's cases, and go through the lists whose turn it is."""
        for shard in range(self.now().hour, self.shards(), HOURS):
            self.day(shard)
        self.meters.count("RecordHeartbeat")

    def day(self, shard: int) -> None:
        """The day's work on one shard, and that of every day before on which it was not done."""
        today = self.now().date()
        there = {date.fromisoformat(key.rpartition("/")[2]) for key in self.archive.keys(f"heads/{shard}/")}
        missing = {today - timedelta(days=back) for back in range(1, ROUND + 1)} - there
        for day in sorted(missing):
            found = self.list_of(day, shard)
            found.sort(key=lambda one: sha256(f"{today}{one.ref}".encode()).digest())  # other ones each day
            for one in found[:SAMPLE]:
                self.check(one.ref, one)
        # it was made by an earlier try, or forged by somebody
        if (yesterday := today - timedelta(days=1)) in there:
            self.signed(yesterday, shard)
        turns = {today, *(day + timedelta(days=1) for day in missing)}
        for day in sorted(there):
            if any(turn > day and (turn - day).days % ROUND == 0 for turn in turns):
                self.verify(day, shard)

    def list_of(self, day: date, shard: int) -> list[Listed]:
        """Make and keep the signed list of the cases of a shard that moved on a day."""
        found = []
        for ref in self.file.moved_on(day, shard):
            try:
                case = self.file.load(ref)
            except (NotFound, Unreadable):
                self._lost(ref, 1, Fault.LISTED)
            else:
                found.append(Listed(ref, case.entries, case.head, case.kept))
        text = canonical({"day": day, "shard": shard, "at": self.now(), "heads": found})
        signature = b64encode(self.key.sign(_digest(text))).decode()
        self.archive.keep(
            _key(day, shard),
            canonical({"list": text, "signature": signature}).encode(),
            "application/json",
            lambda there: self._opened(there, day, shard) is not None,  # another run was faster
        )
        return found

    def verify(self, day: date, shard: int) -> int:
        """Go through a list again, case by case; gives how many cases were found changed. A list that we did
        not sign counts as one."""
        changed = 0
        for listed in self.signed(day, shard):
            changed += bool(self.check(listed.ref, listed))
        return changed

    def signed(self, day: date, shard: int) -> list[Listed]:
        """A list as it was signed for this day and shard; none where we did not sign it, which
        operations hear of."""
        listed = self._opened(self.archive.read(_key(day, shard)), day, shard)
        if listed is None:
            log.error(
                "a list of heads is not the one that was signed", extra={"day": str(day), "shard": shard}
            )
            self.meters.count("RecordChanged")
        return listed or []

    def _opened(self, content: bytes, day: date, shard: int) -> list[Listed] | None:
        """What a list of this day and shard says; None where we did not sign it."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        key = load_der_public_key(self.key.public_key)
        assert isinstance(key, RSAPublicKey)
        try:
            kept = json.loads(content)
            key.verify(b64decode(kept["signature"]), _digest(kept["list"]), PKCS1v15(), SHA256())
            told = json.loads(kept["list"])
            # we signed it, but for another day or shard
            if (told["day"], told["shard"]) != (str(day), shard):
                raise InvalidSignature
        except (InvalidSignature, AttributeError, KeyError, TypeError, ValueError):
            return None
        return [Listed(*one) for one in told["heads"]]

    def check(self, ref: str, listed: Listed | None = None) -> Found:
        """Verify a case as a whole, and against a list; places that were changed are noted on it. Raises
        NotFound for a number that was never given. A case with changed places is read and checked a second
        time, since it may have been saved between two reads."""
        try:
            found = self._faults(ref, listed) and self._faults(ref, listed)
        except NotFound:
            if listed is None:
                raise
            return self._lost(ref, listed.entries, Fault.LISTED)
        except Unreadable:
            return self._lost(ref, 1, Fault.HEAD)
        if found:
            case = self.file.load(ref)
            for place in [place for place in found if not noted(case, *place)][:MOST_NOTED]:
                case = self.casework.doubt(case, *place)
        return found

    def _lost(self, ref: str, entry: int, fault: Fault) -> Found:
        """Report a head that is gone or unreadable. Nothing can be noted on such a case, so only operations
        hear of it."""
        log.error("the head of a case is gone or broken", extra={"ref": ref})
        self.meters.count("RecordChanged")
        return [(entry, fault)]

    def _faults(self, ref: str, listed: Listed | None) -> Found:
        case = self.file.load(ref)
        try:
            return self._compared(case, listed)
        except (AttributeError, KeyError, TypeError, ValueError):  # a row that no release of ours writes
            return [(1, Fault.ROW)]

    def _compared(self, case: Case, listed: Listed | None) -> Found:
        entries, letters, others = self.file.partition(case.ref)
        found = [*faults((entry for entry in entries if entry.n <= case.entries), case)]
        if listed and not any((entry.n, entry.hash) == (listed.entries, listed.head) for entry in entries):
            found.append((listed.entries, Fault.LISTED))
        elif listed and case.entries == listed.entries and case.kept != listed.kept:
            found.append((case.entries, Fault.HEAD))
        bound = beside(entries, case)
        found += [(n, Fault.ROW) for n in bound if letters.get(n, NO_LETTERS) != bound[n]]
        added = max(letters, default=0) > case.entries or any(entry.n > case.entries for entry in entries)
        if added or any(self._strange(case, row, bound) for row in others):
            found.append((1, Fault.ROW))
        return [*dict.fromkeys(found)]

    def _strange(self, case: Case, row: OtherRow, bound: Collection[int]) -> bool:
        """Whether a row in the partition of a case belongs to none of its entries. A letter of an entry that
        is not `bound` is not strange: it was written by a release that did not bind letters."""
        kind, id, body, digest = row
        if kind == "PARTY":
            known = {party.id: party for party in case.parties}
            addresses = [body[way] for way in ("phone", "email") if body.get(way)]
            if id not in known or (known[id].kept and known[id].kept != digest):
                return True
            return not all(set(self.lookups(one)) & set(known[id].known_by) for one in addresses)
        if kind in ("LETTER", "POST"):
            return body["entry"] in bound or body["entry"] > case.entries
        if kind == "SEAT":
            return id not in work_lists(case)
        if kind in ("WORDS", "SPLIT"):
            return int(id) > case.entries
        if kind == "FILE":
            return body["state"] == "kept" and id not in {piece.file for piece in case.evidence}
        return kind != "CASE"


def _digest(text: str) -> bytes:
    return sha256(text.encode()).hexdigest().encode()


def _key(day: date, shard: int) -> str:
    return f"heads/{shard}/{day}"
