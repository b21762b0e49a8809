"""The journal of the emulated tables. Every change of an item is appended to a file, so that no write is lost
if the process is killed.

A record is a line of JSON with all changes of one request. Reading the records in order gives the last state
of every item. Reading a record twice does no harm.

Data once written belongs to the kernel, so it survives a killed process. There is no fsync, so a loss of
power may cost the last seconds."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LARGEST = 64_000_000
"""The size in bytes above which the file may be rewritten without outdated changes. A file of this size is
read in about a second."""
Change = tuple[str, str, str, dict[str, Any] | None]
"""A change of an item: the table, the partition key, the sort key, and the new item. The new item is None if
the item was removed."""


class Journal:
    """The journal in the file `path`. Use it from one process and one thread at a time. The file is never
    `full` while it is smaller than `largest` bytes."""

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
        """Append the changes of one request as a record. The record begins with a line break, so that an
        incomplete record before it ends there."""
        self._file.write(b"\n" + json.dumps(list(changes)).encode())
        self._file.flush()

    @property
    def full(self) -> bool:
        """Whether the file should be rewritten: it is large, and has more than doubled since the last
        rewrite."""
        return self._file.tell() > max(self._largest, 2 * self._bare)

    def rewrite(self, changes: Iterable[Change]) -> None:
        """Replace the content of the file by these changes. If the process is killed meanwhile, the file is
        either the old one or the new one."""
        new = self._path.with_suffix(".new")
        with new.open("wb") as file:
            file.writelines(b"\n" + json.dumps([change]).encode() for change in changes)
        self._file.close()
        new.replace(self._path)
        self._open()
