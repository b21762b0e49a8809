"""The file of results beside an imported file: one line for each record. A run writes each line at once, so a
later run knows what was filed, even after a kill."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from infra.bulk.mapping import Fault, Filing

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The first characters by which spreadsheet programs take a text for a formula."""
FILED, KNOWN, REFUSED = "filed", "known", "refused"
"""What became of a record. `KNOWN`: the site had it before, with the same content."""


class Result(NamedTuple):
    """A line of the results. `row`: the row of the file. `number`: the number of the complaint, in groups.
    `field` and `column`: where something is wrong, as a JSON pointer of the interface and as a column of the
    file. `digest`: that of the request, by which an unchanged record is known again."""

    row: str
    external_id: str
    result: str
    number: str = ""
    field: str = ""
    column: str = ""
    problem: str = ""
    digest: str = ""

    @classmethod
    def of(cls, filing: Filing, result: str, number: str = "", faults: Iterable[Fault] = ()) -> "Result":
        """Return the result of a record. Several faults are joined, in one order in all three columns."""
        fields, columns, problems = (
            ("; ".join(said) for said in zip(*faults, strict=True)) if faults else [""] * 3
        )
        id, digest = filing.external_id, filing.digest
        return cls(str(filing.n), id, result, grouped(number), fields, columns, problems, digest)


def grouped(number: str) -> str:
    """Return the number of a case as people see it, 4821-0936-5174. Excel would round it otherwise."""
    return f"{number[:4]}-{number[4:8]}-{number[8:]}" if len(number) == 12 and number.isdecimal() else number


def defused(value: Any) -> str:
    """Return a value as a cell that no spreadsheet program takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def read(path: Path) -> list[Result]:
    """Return the results of earlier runs, in their order. A line that a kill cut off is left out."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = [row for row in csv.reader(file) if len(row) == len(Result._fields)]
    return [Result(*row) for row in found if row[0].isdecimal() and len(row[-1]) == 32]


class Journal:
    """The open file of results. `before`: the results of earlier runs."""

    def __init__(self, path: Path) -> None:
        self.path, self.before = path, read(path)
        self._rewrite(self.before)
        self._file: TextIO = path.open("a", encoding="utf-8", newline="")

    def add(self, result: Result) -> None:
        """Write a result at once."""
        csv.writer(self._file).writerow(map(defused, result))
        self._file.flush()

    def close(self, keep: Iterable[Result]) -> None:
        """Close the file. It has the results to `keep` then, by row."""
        self._file.close()
        self._rewrite(sorted(keep, key=lambda one: int(one.row)))

    def _rewrite(self, results: Iterable[Result]) -> None:
        beside = self.path.with_name(self.path.name + ".new")
        with beside.open("w", encoding="utf-8-sig", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(Result._fields)
            lines.writerows(map(defused, one) for one in results)
        os.replace(beside, self.path)
