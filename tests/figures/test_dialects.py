"""The SQL of figures in the dialects of Athena and Spark."""

from __future__ import annotations

from functools import cache

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from chalicelib.figures.engines import DIALECTS, Dialect, spark_plan
from chalicelib.figures.lake import SQL, VIEWS_BY_NAME, every_statement, name_of, statements
from chalicelib.figures.tables import KEPT
from infra.dialects import translated

HOURS = {"HOUR", "MINUTE", "SECOND"}
said = cache(translated)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_parses_every_view_and_statement(dialect: str) -> None:
    """sqlglot translates every SQL file, and parses the translation. Nothing is run."""
    made = said(dialect)
    for name, sql in {**made.views, **made.statements}.items():
        assert sqlglot.parse_one(sql, read=dialect), name
    assert made.views.keys() == VIEWS_BY_NAME.keys()
    assert len(made.views) + len(made.statements) == len([*SQL.rglob("*.sql")])
    assert {*statements()} <= made.statements.keys()


def columns() -> dict[str, dict[str, str]]:
    """Return the type of each column of the tables that the views read, by the name of the table."""
    kept = {
        f"{table}_kept": {**{c: k.kind for c, k in of.items()}, "day": "date"} for table, of in KEPT.items()
    }
    return kept | {"working_days": {"day": "date", "worked": "bigint"}}


def test_no_statement_adds_hours_to_a_date() -> None:
    """Athena cannot add hours to a date, as DuckDB and Spark do."""
    known, found = columns(), list[str]()
    files = [*VIEWS_BY_NAME.values(), *(SQL / f"{name}.sql" for name in every_statement())]
    for file in files:
        tree = sqlglot.parse_one(file.read_text("utf-8"), read="duckdb")
        typed = annotate_types(qualify(tree, schema=known, dialect="duckdb"), schema=known, dialect="duckdb")
        if file in VIEWS_BY_NAME.values():
            known[name_of(file)] = {one.alias_or_name: one.type.sql() for one in typed.selects}
        for node in typed.find_all(exp.Add, exp.Sub):
            unit = node.expression.args.get("unit") if isinstance(node.expression, exp.Interval) else None
            if (
                unit
                and unit.name.upper().rstrip("S") in HOURS
                and not node.this.is_type("timestamp", "timestampntz")
            ):
                found.append(f"{file.name}: {node.sql('duckdb')} ({node.this.type})")
    assert found == []


def test_plan_names_every_table() -> None:
    """The plan of the Spark job has each stored table with all its columns, and the working days."""
    plan = spark_plan(Dialect({}, {}), lambda table: [f"/{table}"] if table != "causes" else [])
    assert plan["tables"].keys() == columns().keys()
    assert plan["tables"]["causes_kept"]["places"] == []
    assert plan["tables"]["words_kept"] == {
        "columns": "`month` date, `type` string, `term` string, `who` string, `day` date",
        "places": ["/words"],
    }
