"""Athena as an engine of figures. Statements read tables over the export, and views that are made first as
tables of the same database. Only this code uses the database, and one run at a time."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cases.casework import Unavailable
from chalicelib.figures.engines import Dialect, EngineFailed, Export, external_tables

POLL_S = 2
"""The seconds between two looks whether a query has ended."""
READ: Mapping[str, Callable[[str], Any]] = {
    "bigint": int,
    "boolean": "true".__eq__,
    "date": date.fromisoformat,
    "double": float,
    "integer": int,
    "timestamp": datetime.fromisoformat,
    "varchar": str,
}
"""How a value of each type is read from its text."""


class Athena:
    """An `engines.Engine`. `bucket` holds the export. `sql` returns the views and statements in Athena's
    dialect. `pause` waits for some seconds."""

    def __init__(
        self,
        client: Callable[[], Any],
        workgroup: str,
        database: str,
        bucket: str,
        sql: Callable[[], Dialect],
        pause: Callable[[float], None],
    ) -> None:
        self._client, self._workgroup, self._database = client, workgroup, database
        self._bucket, self._sql, self._pause = bucket, sql, pause

    def results(self, run: str, export: Export, more: Callable[[], bool]) -> "AthenaResults | None":
        """See `engines.Engine`. The tables of the earlier run are dropped first."""
        sql, client = self._sql(), self._client()
        tables = external_tables(self._bucket, export)
        made = {f"view {name}": f"CREATE TABLE {name} AS {said}" for name, said in sql.views.items()}
        steps: list[Mapping[str, str]] = [
            {f"drop {name}": f"DROP TABLE IF EXISTS `{name}`" for name in (*tables, *sql.views)},
            {f"table {name}": said for name, said in tables.items()},
            *({name: said} for name, said in made.items()),
            sql.statements,
        ]
        ids: Mapping[str, str] = {}
        for step in steps:
            ids = {name: self._started(client, run, name, said) for name, said in step.items()}
            for name, id in ids.items():
                while not _ended(client, name, id):
                    if not more():
                        return None
                    self._pause(POLL_S)
        return AthenaResults(client, ids)

    def _started(self, client: Any, run: str, name: str, sql: str) -> str:
        """Start a query, and return its id. If this run has started it before, return the id of then."""
        with _translated():
            started = client.start_query_execution(
                QueryString=sql,
                ClientRequestToken=sha256(f"{run}\0{name}\0{sql}".encode()).hexdigest(),
                QueryExecutionContext={"Database": self._database},
                WorkGroup=self._workgroup,
            )
        return str(started["QueryExecutionId"])


class AthenaResults:
    """The results of finished queries. `ids`: the id of the query of each statement."""

    def __init__(self, client: Any, ids: Mapping[str, str]) -> None:
        self._client, self._ids = client, ids

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Do nothing: Athena deletes what it keeps after some days, and the store deletes the rest."""

    def run(self, statement: str) -> list[dict[str, Any]]:
        """Return the rows of a statement, each as a mapping from column to value."""
        return [*self.stream(statement)]

    def stream(self, statement: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a statement, page by page."""
        asked = {"QueryExecutionId": self._ids[statement]}
        head = True
        while asked:
            with _translated():
                page = self._client.get_query_results(**asked)
            columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            read = [(column["Name"], READ[column["Type"]]) for column in columns]
            for row in page["ResultSet"]["Rows"][head:]:  # the first row of the first page has the names
                texts = (value.get("VarCharValue") for value in row["Data"])
                yield {
                    name: None if text is None else value(text)
                    for (name, value), text in zip(read, texts, strict=True)
                }
            head = False
            asked = {**asked, "NextToken": page["NextToken"]} if page.get("NextToken") else {}


def _ended(client: Any, name: str, id: str) -> bool:
    """Return whether a query has succeeded; False while it runs. Raises EngineFailed if it failed or was
    cancelled, as Athena does when it reads more bytes than the workgroup allows."""
    with _translated():
        status = client.get_query_execution(QueryExecutionId=id)["QueryExecution"]["Status"]
    if status["State"] in ("FAILED", "CANCELLED"):
        raise EngineFailed(f"Athena, {name}, {status['State']}: {status.get('StateChangeReason', '')}")
    return bool(status["State"] == "SUCCEEDED")


@contextmanager
def _translated() -> Iterator[None]:
    """A context manager that turns errors of AWS, such as too many requests, into Unavailable."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("Athena") from error
