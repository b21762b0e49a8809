"""The journal of the emulated tables. Every change of an item is appended to this file, so that no write is
lost if the process is killed.

A record is a line of JSON with all changes of one request. Reading the records in order gives the last state
of every item, and a record may be read twice without harm. Data once written belongs to the kernel and
survives a killed process. There is no fsync, so a loss of power may cost the last seconds."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LARGEST = 64_000_000
"""The size in bytes above which the file may be rewritten without outdated changes. A file of that size is
read in about a second."""
Change = tuple[str, str, str, dict[str, Any] | None]
"""A change of an item: table, partition key, sort key, and the new item, or None if it was removed."""


class Journal:
    """The journal in the file `path`. Use it from one process and one thread at a time. `largest` is the size
    above which it may be `full`."""

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self._path, self._largest = path, largest
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open()

    def _open(self) -> None:
        self._file = self._path.open("ab")
        self._bare = self._file.tell()

    def read(self) -> Iterator[Change]:
        """Yield every change in the order of writing. An incomplete record is skipped, because its request
        was never answered."""
        with self._path.open("rb") as file:
            for line in file:
                try:
                    changes = json.loads(line)
                except ValueError:
                    continue
                yield from map(tuple, changes)

    def write(self, changes: Iterable[Change]) -> None:
        """Append the changes of one request. The line break comes first, because it also ends an incomplete
        record before it."""
        self._file.write(b"\n" + json.dumps(list(changes)).encode())
        self._file.flush()

    @property
    def full(self) -> bool:
        """Whether a rewrite is worth its time: the file is large, and has more than doubled since the last
        rewrite."""
        return self._file.tell() > max(self._largest, 2 * self._bare)

    def rewrite(self, changes: Iterable[Change]) -> None:
        """Replace the content by these changes. If the process is killed meanwhile, either the old file or
        the new one is there."""
        new = self._path.with_suffix(".new")
        with new.open("wb") as file:
            file.writelines(b"\n" + json.dumps([change]).encode() for change in changes)
        self._file.close()
        new.replace(self._path)
        self._open()
