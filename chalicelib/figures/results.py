"""The rows of statements that an engine has written as Parquet files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from chalicelib.figures.engines import EngineFailed

AT_ONCE = 10_000
"""The number of rows that are fetched at once."""


class StoredResults:
    """The rows of each statement, read from its files in the order of their names. The folder of a statement
    has its name and lies in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Do nothing, because no file is open between two statements."""

    def run(self, statement: str) -> list[dict[str, Any]]:
        """Return the rows of a statement. Raises EngineFailed if it has no file."""
        return [*self.stream(statement)]

    def stream(self, statement: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a statement. Raises EngineFailed if it has no file."""
        import duckdb

        files = [str(file) for file in sorted((self._folder / statement).glob("*.parquet"))]
        if not files:
            raise EngineFailed(f"no result of {statement}")
        with duckdb.connect() as db:
            found = db.execute("select * from read_parquet(?)", [files])
            columns = [each[0] for each in found.description or ()]
            while rows := found.fetchmany(AT_ONCE):
                yield from (dict(zip(columns, row, strict=True)) for row in rows)
