"""Athena for tests: its queries run in DuckDB. sqlglot translates each back from Athena's dialect, which
shows what the translation means, not that Athena runs it."""

from __future__ import annotations

from typing import Any

import duckdb
import sqlglot

TYPES = {"VARCHAR": "varchar", "BIGINT": "bigint", "DATE": "date", "DOUBLE": "double", "HUGEINT": "bigint"}
"""The type that Athena names, by the type of DuckDB."""


class AthenaService:
    """The client of Athena. `db` has the tables of the export, which are not created again. `fails` is what
    Athena says of the query of a name that it refuses. `slow` is how often each query is still running when
    asked."""

    def __init__(self, db: duckdb.DuckDBPyConnection, page: int = 1000, slow: int = 0) -> None:
        self.db, self.page, self.slow = db, page, slow
        self.fails: dict[str, str] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self.ids: dict[str, str] = {}
        self.looks: dict[str, int] = {}
        self.found: dict[str, Any] = {}

    def start_query_execution(self, **asked: Any) -> dict[str, Any]:
        """Run a query, unless its token is known."""
        token = asked["ClientRequestToken"]
        assert 32 <= len(token) <= 128
        assert len(asked["QueryString"]) < 262_144
        if token not in self.ids:
            self.ids[token] = id = f"query{len(self.ids)}"
            self.asked[id], self.looks[id] = asked, self.slow
            self._run(id, asked["QueryString"])
        return {"QueryExecutionId": self.ids[token]}

    def _run(self, id: str, sql: str) -> None:
        if sql.startswith("CREATE EXTERNAL"):
            return
        if sql.startswith("DROP TABLE IF EXISTS `") and sql.endswith("_kept`"):
            return
        head, _, query = sql.partition(" AS ") if sql.startswith("CREATE TABLE") else ("", "", sql)
        query = sql.replace("`", "") if sql.startswith("DROP") else query
        if "working_days" in query and sql.startswith("DROP"):
            return
        (told,) = sqlglot.transpile(query, read="athena", write="duckdb")
        self.found[id] = self.db.execute(f"{head} as {told}" if head else told)
        if sql.startswith(("SELECT", "WITH")):
            columns = [(each[0], TYPES[str(each[1])]) for each in self.found[id].description]
            self.found[id] = columns, self.found[id].fetchall()

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:
        """Tell the state of a query."""
        self.looks[QueryExecutionId] -= 1
        sql = self.asked[QueryExecutionId]["QueryString"]
        refused = [why for word, why in self.fails.items() if word in sql]
        state = "FAILED" if refused else "RUNNING" if self.looks[QueryExecutionId] >= 0 else "SUCCEEDED"
        return {"QueryExecution": {"Status": {"State": state, "StateChangeReason": "".join(refused)}}}

    def get_query_results(self, QueryExecutionId: str, NextToken: str = "0") -> dict[str, Any]:
        """Return a page of rows. The first page begins with the names of the columns."""
        columns, rows = self.found[QueryExecutionId]
        names = [{"VarCharValue": name} for name, _ in columns]
        lines = [{"Data": names}, *({"Data": [_datum(value) for value in row]} for row in rows)]
        at = int(NextToken)
        told: dict[str, Any] = {
            "ResultSet": {
                "Rows": lines[at : at + self.page],
                "ResultSetMetadata": {"ColumnInfo": [{"Name": name, "Type": kind} for name, kind in columns]},
            }
        }
        return told | ({"NextToken": str(at + self.page)} if at + self.page < len(lines) else {})


def _datum(value: Any) -> dict[str, str]:
    return {} if value is None else {"VarCharValue": str(value)}
