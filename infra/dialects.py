"""The SQL of figures in the dialects of other engines than DuckDB. sqlglot translates the files of
`chalicelib/figures/sql`. It does not ship, so the build writes the translations into the package."""

import json
from collections.abc import Mapping
from pathlib import Path

import sqlglot

from chalicelib.figures.engines import DIALECTS, Dialect
from chalicelib.figures.lake import SQL, VIEWS_BY_NAME, every_statement


def translated(dialect: str) -> Dialect:
    """Return all views and statements in a dialect that sqlglot knows. Raises UnsupportedError for SQL that
    the dialect cannot say."""
    views = {name: in_dialect(file.read_text("utf-8"), dialect) for name, file in VIEWS_BY_NAME.items()}
    statements = {
        name: in_dialect((SQL / f"{name}.sql").read_text("utf-8"), dialect) for name in every_statement()
    }
    return Dialect(views, statements)


def in_dialect(sql: str, dialect: str) -> str:
    """Return SQL of DuckDB in another dialect. Raises UnsupportedError if the dialect cannot say it."""
    (said,) = sqlglot.transpile(
        sql, read="duckdb", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False
    )
    return said


def write(folder: Path) -> None:
    """Write a file for each dialect into the folder of the SQL files of a package."""
    for dialect in DIALECTS:
        said: Mapping[str, object] = translated(dialect)._asdict()
        (folder / f"{dialect}.json").write_text(json.dumps(said, ensure_ascii=False, indent=1), "utf-8")
