"""The search files: one SQLite database with a full-text index (FTS5) for the entries of each month. They are
in the store of figures. It keeps no earlier versions, so the next write removes destroyed words for good.

The interface is small, so that a search service can replace the files: `add` and `drop` entries of a month,
`search` a month, and forget a case."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from zlib import compress, decompress

from chalicelib.aws.buckets import translated
from chalicelib.aws.figure_store import S3Shelf
from chalicelib.cases.casework import Unavailable
from chalicelib.operations.word_writer import SearchEntry

FOLDER = "sought/"
"""The folder of the search files in the store."""
LARGEST = 2_000_000_000
"""The size in bytes at which a search file is full. Later entries of the month go into a further file."""
ROOM = 9_000_000_000
"""The most bytes of all local copies together. The function of the search has 10 GB."""
MADE = """
CREATE TABLE entries (id INTEGER PRIMARY KEY, ref TEXT, n INTEGER, tokens BLOB, UNIQUE (ref, n));
CREATE TABLE seen (ref TEXT PRIMARY KEY, n INTEGER);
"""
INDEX = """
CREATE VIRTUAL TABLE words
USING fts5(tokens, content='', detail='none', columnsize=0, tokenize='unicode61 remove_diacritics 0')
"""


class Place(NamedTuple):
    """An entry that was found: its place in the file, the number of its case, and its own number."""

    at: int
    ref: str
    n: int


def engine() -> Any:
    """Return the module that reads and writes the files: `sqlite3` if it has FTS5, else `apsw`. Lambda's
    Python 3.11 has an SQLite without FTS5. Raises Unavailable without either."""
    with suppress(sqlite3.Error):
        sqlite3.connect(":memory:").execute("CREATE VIRTUAL TABLE one USING fts5(a)")
        return sqlite3
    try:
        import apsw  # type: ignore[import-not-found, unused-ignore]  # Python 3.12 needs no apsw
    except ImportError as error:
        raise Unavailable("full-text search") from error
    return apsw


class WordFiles:
    """The search files in the store `shelf`. `folder`: the directory of the local copies, which have their
    ETags in their names."""

    def __init__(self, shelf: S3Shelf, folder: Path, largest: int = LARGEST) -> None:
        self._shelf, self._folder, self._largest = shelf, folder, largest

    def months(self) -> list[str]:
        """Return the months (YYYY-MM) that have files, the newest first. Raises Unavailable."""
        return sorted({key.removeprefix(FOLDER)[:7] for key, _ in self._shelf.etags(FOLDER)}, reverse=True)

    def search(self, month: str, tokens: Iterable[str], before: int, most: int) -> list[Place]:
        """Return at most `most` entries of a month that have all tokens, the latest first. `before`: only
        those before this place; 0 for all. Raises Unavailable if a file cannot be read."""
        asked = " ".join(f'"{token}"' for token in tokens)
        found: list[Place] = []
        for part, (key, etag) in reversed([*enumerate(sorted(self._shelf.etags(FOLDER + month)))]):
            first = part * self._largest
            with self._opened(self._fetched(key, etag)) as base:
                rows = base.execute(
                    "SELECT words.rowid, ref, n FROM words JOIN entries ON id = words.rowid "
                    "WHERE words MATCH ? AND words.rowid < ? ORDER BY words.rowid DESC LIMIT ?",
                    (asked, before - first if before else self._largest, most - len(found)),
                )
                found += [Place(first + at, ref, n) for at, ref, n in rows]
            if len(found) == most:
                break
        return found

    def seen(self, month: str) -> dict[str, int]:
        """Return the last entry of each case that was read for the files of a month. Raises Unavailable."""
        found: dict[str, int] = {}
        for key, etag in sorted(self._shelf.etags(FOLDER + month)):
            with self._opened(self._fetched(key, etag)) as base:
                found |= {
                    ref: max(n, found.get(ref, 0)) for ref, n in base.execute("SELECT ref, n FROM seen")
                }
        return found

    def add(self, month: str, entries: Iterable[SearchEntry], seen: Mapping[str, int]) -> None:
        """Add entries to the files of a month. An entry that is there already is left out. `seen`: the last
        entry of each case that was read for them. Raises Unavailable."""
        *_, (key, etag) = [("", ""), *sorted(self._shelf.etags(FOLDER + month))]
        file = self._fetched(key, etag) if key else None
        if file is None or file.stat().st_size >= self._largest:
            part = int(key.split(".")[1]) + 1 if key else 1
            key, file = f"{FOLDER}{month}.{part:02}.db", self._new()
        with self._opened(file) as base:
            base.execute("BEGIN")
            for one in entries:
                packed = compress(one.tokens.encode())
                for (id,) in base.execute(
                    "INSERT OR IGNORE INTO entries (ref, n, tokens) VALUES (?, ?, ?) RETURNING id",
                    (one.ref, one.n, packed),
                ):
                    base.execute("INSERT INTO words (rowid, tokens) VALUES (?, ?)", (id, one.tokens))
            for ref, n in seen.items():
                base.execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", (ref, n))
            base.execute("COMMIT")
        self._sent(key, file)

    def forget(self, month: str, refs: Iterable[str]) -> None:
        """Rebuild the files of a month without these cases, from the stored tokens of all others. The rebuilt
        files contain nothing of the removed words. Raises Unavailable."""
        gone = [*refs]
        for key, etag in sorted(self._shelf.etags(FOLDER + month)):
            file = self._fetched(key, etag)
            with self._opened(file) as base:
                base.execute("BEGIN")
                for ref in gone:
                    base.execute("DELETE FROM entries WHERE ref = ?", (ref,))
                    base.execute("DELETE FROM seen WHERE ref = ?", (ref,))
                base.execute("DROP TABLE words")
                base.execute(INDEX)
                for id, packed in [*base.execute("SELECT id, tokens FROM entries ORDER BY id")]:
                    base.execute(
                        "INSERT INTO words (rowid, tokens) VALUES (?, ?)", (id, decompress(packed).decode())
                    )
                base.execute("COMMIT")
                base.execute("VACUUM")
            self._sent(key, file)

    def drop(self, month: str) -> None:
        """Delete the files of a month. Raises Unavailable."""
        for key, _ in [*self._shelf.etags(FOLDER + month)]:
            self._shelf.drop(key)

    def _fetched(self, key: str, etag: str) -> Path:
        """Return the local copy of a file. It is fetched if it is missing, and earlier copies of the file are
        deleted. Raises Unavailable."""
        name = key.removeprefix(FOLDER)
        file = self._folder / f"{name}.{etag}"
        if not file.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            for older in self._folder.glob(f"{name}.*"):
                older.unlink()
            self._make_room()
            part = file.with_name(f"{name}.part")
            self._shelf.fetch(key, part)
            part.rename(file)
        return file

    def _make_room(self) -> None:
        """Delete the oldest local copies until one more file of the largest size fits into `ROOM`."""
        copies = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime)
        size = sum(file.stat().st_size for file in copies)
        for file in copies:
            if size + self._largest > ROOM:
                size -= file.stat().st_size
                file.unlink()

    def _new(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "new.db"
        file.unlink(missing_ok=True)
        with self._opened(file) as base:
            for made in (*filter(str.strip, MADE.split(";")), INDEX):
                base.execute(made)
        return file

    def _sent(self, key: str, file: Path) -> None:
        """Store a changed file. Delete its local copy, which has the ETag of the earlier version in its
        name."""
        try:
            self._shelf.send(key, file)
        finally:
            file.unlink()

    @contextmanager
    def _opened(self, file: Path) -> Iterator[Any]:
        """Open a file. Raises Unavailable if it is broken; the local copy is then deleted."""
        module = engine()
        options = {"isolation_level": None} if module is sqlite3 else {}
        base = (module.connect if module is sqlite3 else module.Connection)(str(file), **options)
        try:
            yield base
        except module.Error as error:
            base.close()
            file.unlink(missing_ok=True)
            raise Unavailable("a search file") from error
        finally:
            base.close()


Invoke = Callable[[Mapping[str, Any]], Any]
"""A function that asks the Lambda function of the search and returns its answer. Raises Unavailable."""


def invoked(client: Callable[[], Any], name: str) -> Invoke:
    """Return a function that asks the Lambda function `name`, in the version in use, and waits for its
    answer."""

    def invoke(asked: Mapping[str, Any]) -> Any:
        with translated():
            answered = client().invoke(
                FunctionName=name, Qualifier="live", Payload=json.dumps(asked).encode()
            )
            said = answered["Payload"].read()
        if answered.get("FunctionError"):
            raise Unavailable("search for words")
        return json.loads(said)

    return invoke


class RemoteWords:
    """The search files for the site. It asks the function of the search, which has local copies of them."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke

    def months(self) -> list[str]:
        """Return the months that have files, the newest first. Raises Unavailable."""
        return [*self._invoke({})]

    def search(self, month: str, tokens: Iterable[str], before: int, most: int) -> list[Place]:
        """Return the entries of a month that have all tokens, as `WordFiles.search` does."""
        asked = {"month": month, "tokens": [*tokens], "before": before, "most": most}
        return [Place(*one) for one in self._invoke(asked)]


def answer(files: WordFiles, asked: Mapping[str, Any]) -> Any:
    """Answer a request of `RemoteWords` in the function of the search. Raises Unavailable."""
    return files.search(**asked) if asked else files.months()
