"""What became of the items of a table, in one file that is only added to, so that nothing written is lost
with the process.

A record is a line of JSON that stands for one request as a whole: its changes, each an address and what is
there since (None: nothing). Reading them in order gives the last state of every item, however often a record
is read. What was written belongs to the kernel, which a killed process does not take along; there is no
fsync, so a loss of power may cost the last seconds.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LARGEST = 64_000_000
"""Bytes that a file may have before it is written anew without what has been overtaken: read in about a
second."""
Change = tuple[str, str, str, dict[str, Any] | None]
"""Table, partition key, sort key and the item."""


class Journal:
    """One file; used by one process and one thread at a time."""

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self._path, self._largest = path, largest
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open()

    def _open(self) -> None:
        self._file = self._path.open("ab")
        self._bare = self._file.tell()

    def read(self) -> Iterator[Change]:
        """Yield every change in the order of writing. A record that was cut off, whose request nobody was
        answered, is passed over."""
        with self._path.open("rb") as file:
            for line in file:
                try:
                    changes = json.loads(line)
                except ValueError:
                    continue
                yield from map(tuple, changes)

    def write(self, changes: Iterable[Change]) -> None:
        """Add what one request changed. The line's end comes first: it also ends a record that was cut off
        before."""
        self._file.write(b"\n" + json.dumps(list(changes)).encode())
        self._file.flush()

    @property
    def full(self) -> bool:
        """Whether writing it anew is worth its time: it is large, and more than half of it has been overtaken
        since the last time."""
        return self._file.tell() > max(self._largest, 2 * self._bare)

    def rewrite(self, changes: Iterable[Change]) -> None:
        """Hold these changes and nothing else; a kill leaves the old file or the new one."""
        new = self._path.with_suffix(".new")
        with new.open("wb") as file:
            file.writelines(b"\n" + json.dumps([change]).encode() for change in changes)
        self._file.close()
        new.replace(self._path)
        self._open()
