"""The store of the keys by which officers find cases. Each key of a case is one row under the keyed hash of
the key, sorted by the moment of the filing. One more row of the case lists its hashes for an erasure."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from chalicelib.aws import rows
from chalicelib.aws.rows import Row, Write, stamped
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Lookup

FIND = "find"
"""The kind of lookup by which officers find cases."""
AT_ONCE = 50
"""How many rows one transaction writes or deletes outside a move."""


class Place(NamedTuple):
    """A case under a key. `at`: its place among the cases with this key; a later filing has a higher one.
    `ref`: the number of the case. `key`: the keyed hash."""

    at: str
    ref: str
    key: str


class FindRows:
    """The store of the keys by which officers find cases."""

    def newest(self, key: str, before: str, most: int) -> list[Place]:
        """Return at most `most` cases with a key, the newest filing first. `key`: a keyed hash. `before`:
        only those before this place; "" for all. It costs one query."""
        older = Row.sk < before if before else None
        found = Row.query(rows.lookup(FIND, key), older, scan_index_forward=False, limit=most)
        return [Place(row.sk, row.ref or "", key) for row in found]

    def keys(self, refs: Sequence[str]) -> dict[str, set[str]]:
        """Return the keyed hashes of all keys of each of these cases. It costs one batch read."""
        found = Row.several([(rows.found_by(ref), rows.ONE) for ref in refs], consistent=False)
        kept = {row.pk: {*(row.found_by or ())} for row in found}
        return {ref: kept.get(rows.found_by(ref), set()) for ref in refs}

    def add(self, case: Case, lookups: Sequence[Lookup]) -> None:
        """Add keys to a case that is stored already. Keys that it has are written again."""
        for n in range(0, len(lookups), AT_ONCE):
            with Write() as write:
                put(write, case.ref, lookups[n : n + AT_ONCE])

    def forget(self, case: Case, stays: Collection[str] = ()) -> None:
        """Delete the keys of a case. `stays`: the keyed hashes of the keys that are not deleted."""
        kept = Row.find(rows.found_by(case.ref), rows.ONE)
        gone = sorted((kept.found_by or set()) - {*stays}) if kept else []
        at = rows.found_at(stamp(case.recorded_at), case.ref)
        for n in range(0, len(gone), AT_ONCE):
            some = gone[n : n + AT_ONCE]
            with Write() as write:
                for key in some:
                    write.delete(Row(rows.lookup(FIND, key), at))
                write.update(
                    Row(rows.found_by(case.ref), rows.ONE), [Row.found_by.delete({*some}), stamped()]
                )
        if kept and not stays:
            kept.delete()


def put(write: Write, ref: str, lookups: Iterable[Lookup]) -> None:
    """Add to a transaction the rows of those `lookups` by which officers find the case `ref`."""
    keys = {one.key: stamp(one.at) for one in lookups if one.at}
    for key, at in keys.items():
        write.save(Row(rows.lookup(FIND, key), rows.found_at(at, ref), ref=ref))
    if keys:
        write.update(Row(rows.found_by(ref), rows.ONE), [Row.found_by.add({*keys}), stamped()])
