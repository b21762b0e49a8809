"""The export of the cases that a partner filed, into CSV or JSON Lines. A run that was stopped goes on behind
the last whole page."""

import csv
import io
import json
import os
from argparse import Namespace
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from infra.bulk.client import Answer, Client, Stopped
from infra.bulk.results import defused, grouped

COLUMNS = ("number", "external_id", "state", "stage", "filed_at")
"""The columns: the number of the case, the partner's own number, `open` or `closed`, the stage, and when it
was recorded (UTC)."""
PAGE = "100"
KINDS = frozenset({".csv", ".jsonl", ".ndjson"})


class Export:
    """A file that is being exported. Beside it are the pages so far (`.part`), and where to go on (`.next`):
    the query, its cursor, and the size of the whole pages. Raises Stopped if an export with another query was
    begun there."""

    def __init__(self, path: Path, query: Mapping[str, str]) -> None:
        self.path, self._query = path, dict(query)
        self._part, self._next = (path.with_name(path.name + end) for end in (".part", ".next"))
        self.cursor, self.cases = "", 0
        columns = [dict(zip(COLUMNS, COLUMNS, strict=True))]
        if self._next.exists():
            self._resume(json.loads(self._next.read_text("utf-8")))
        else:
            self._part.write_bytes("\ufeff".encode() + self._lines(columns) if path.suffix == ".csv" else b"")

    def _resume(self, begun: Mapping[str, Any]) -> None:
        if begun["query"] != self._query:
            raise Stopped(
                f"another export to {self.path} was not finished: go on with it or delete {self._next}"
            )
        self.cursor, self.cases = begun["cursor"], begun["cases"]
        with self._part.open("r+b") as file:
            file.truncate(begun["size"])  # a page that a kill cut off is read again

    def add(self, cases: Iterable[Mapping[str, Any]], cursor: str | None) -> None:
        """Write a page. `cursor`: that of the next page; None after the last, which completes the file."""
        page = [*cases]
        with self._part.open("ab") as file:
            file.write(self._lines(page))
            size = file.tell()
        self.cases += len(page)
        if cursor is None:
            os.replace(self._part, self.path)
            self._next.unlink(missing_ok=True)
            return
        self.cursor = cursor
        beside = self._next.with_name(self._next.name + ".new")
        where = {"query": self._query, "cursor": cursor, "size": size, "cases": self.cases}
        beside.write_text(json.dumps(where), "utf-8")
        os.replace(beside, self._next)

    def _lines(self, cases: Iterable[Mapping[str, Any]]) -> bytes:
        if self.path.suffix != ".csv":
            return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases).encode()
        text = io.StringIO()
        cells = ({**case, "number": grouped(str(case["number"]))} for case in cases)
        csv.writer(text).writerows([defused(case.get(name)) for name in COLUMNS] for case in cells)
        return text.getvalue().encode()


def exported(client: Client, asked: Namespace, say: Any) -> int:
    """Export the cases that the partner filed. Return the exit code. `say(words)` tells of the progress.
    Raises Stopped."""
    if asked.export.suffix not in KINDS or (asked.details and asked.export.suffix == ".csv"):
        raise Stopped("the name of an export ends with .csv or .jsonl; details go into .jsonl only")
    chosen = {"state": asked.state, "from": asked.since, "to": asked.until}
    query = {name: str(said) for name, said in chosen.items() if said} | {"order": "oldest", "limit": PAGE}
    export = Export(asked.export, query | {"details": str(asked.details), "site": client.site})
    with ThreadPoolExecutor(asked.threads) as pool:
        while True:
            page = _read(
                client.get("/v1/cases", query | ({"cursor": export.cursor} if export.cursor else {}))
            )
            cases = page["items"]
            if asked.details:
                read = pool.map(lambda case: _read(client.get(f"/v1/cases/{case['number']}")), cases)
                cases = [{**case, "case": whole} for case, whole in zip(cases, read, strict=True)]
            export.add(cases, page["next"])
            say(f"{export.cases} cases")
            if page["next"] is None:
                say(f"export: {export.path}")
                return 0


def _read(answer: Answer) -> Any:
    """Return the body of an answer. Raises Stopped for a refusal, with its sentence."""
    if answer.status != 200 or not isinstance(answer.body, dict):
        title = answer.body.get("title", "") if isinstance(answer.body, dict) else ""
        raise Stopped(f"the site answers {answer.status} {title}".strip())
    return answer.body
