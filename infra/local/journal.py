"""The journal of a table's items: one append-only file, so that no write is lost with the process.

A record is a line of JSON for one whole request. It holds the changes, each an address and its new item
(None: removed). Reading the records in order gives the last state of every item, however often a record is
read. Written data belongs to the kernel and survives a killed process. There is no fsync, so a loss of power
may cost the last seconds.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LARGEST = 64_000_000
"""The size in bytes above which the file may be rewritten without overtaken changes. Reading that much takes
about a second."""
Change = tuple[str, str, str, dict[str, Any] | None]
"""Table, partition key, sort key and the item."""


class Journal:
    """One file, for one process and one thread at a time."""

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self._path, self._largest = path, largest
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open()

    def _open(self) -> None:
        self._file = self._path.open("ab")
        self._bare = self._file.tell()

    def read(self) -> Iterator[Change]:
        """Yield every change in the order of writing. A record that was cut off is skipped, because its
        request had no answer."""
        with self._path.open("rb") as file:
            for line in file:
                try:
                    changes = json.loads(line)
                except ValueError:
                    continue
                yield from map(tuple, changes)

    def write(self, changes: Iterable[Change]) -> None:
        """Append the changes of one request. The line break comes first, because it also ends a record that
        was cut off before."""
        self._file.write(b"\n" + json.dumps(list(changes)).encode())
        self._file.flush()

    @property
    def full(self) -> bool:
        """True if a rewrite is worth its time: the file is large, and has more than doubled since the last
        one."""
        return self._file.tell() > max(self._largest, 2 * self._bare)

    def rewrite(self, changes: Iterable[Change]) -> None:
        """Replace the content by these changes. A kill leaves the old file or the new one."""
        new = self._path.with_suffix(".new")
        with new.open("wb") as file:
            file.writelines(b"\n" + json.dumps([change]).encode() for change in changes)
        self._file.close()
        new.replace(self._path)
        self._open()
