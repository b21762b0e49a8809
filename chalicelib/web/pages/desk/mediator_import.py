"""The register of mediators as a file: a spreadsheet table (comma, semicolon or tab), or the JSON of the
interface.

Columns, fields, languages, yes and no may have their code or their label, in either language."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from io import StringIO
from itertools import islice
from typing import Any

from chalicelib.domain.model.case import Refusal, refuse_if
from chalicelib.domain.register import Expertise, Mediator
from chalicelib.locale.formats import LANGUAGES, label, texts
from chalicelib.web.inputs import whole_number

COLUMNS = {field.name: field.default is MISSING for field in fields(Mediator)}
"""The columns, and whether each is required."""
LISTS: Mapping[str, Iterable[str]] = {"fields": [str(field) for field in Expertise], "languages": LANGUAGES}
"""Columns that hold several codes."""
TRUTHS = ("lawful", "employed", "suspended")
YES_NO = {
    "是": True,
    "yes": True,
    "true": True,
    "1": True,
    "否": False,
    "no": False,
    "false": False,
    "0": False,
}
MOST_ROWS, MOST_COLUMNS = 2_000, 100
"""The highest number of rows and columns of a table, empty ones included: far more than the register has."""
BETWEEN = re.compile(r"\s*[、；;，,/|\n]\s*")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
FORMULA = re.compile(r"[=@]|[+-](?!\d+$)")
"""The beginning of a cell that a spreadsheet would take for a formula."""


def is_table(text: str) -> bool:
    """Return whether a file is a table instead of JSON."""
    return not text.lstrip("\ufeff \t\r\n").startswith(("{", "["))


def read(text: str) -> str:
    """Return the request body of a file. Raise Refusal for an unreadable file."""
    text = text.removeprefix("\ufeff").strip("\r\n")
    refuse_if("\ufffd" in text, "sheet_encoding", field="file")
    refuse_if(not text.strip(), "sheet_empty", field="file")
    if not is_table(text):
        return f'{{"mediators": {text}}}' if text.lstrip().startswith("[") else text
    head = text.splitlines()[0]
    try:
        table = csv.reader(StringIO(text, newline=""), delimiter=max("\t;,", key=head.count), strict=True)
        first, *rows = islice(table, MOST_ROWS + 1)
    except csv.Error:
        raise Refusal("sheet_unreadable", field="file") from None
    refuse_if(
        len(rows) == MOST_ROWS or any(len(row) > MOST_COLUMNS for row in (first, *rows)),
        "sheet_unreadable",
        field="file",
    )
    # spreadsheets save empty rows below the last one
    while rows and not any(map(str.strip, rows[-1])):
        rows.pop()
    columns = [_column(name) for name in first]
    if lacking := [_called(name) for name, needed in COLUMNS.items() if needed and name not in columns]:
        raise Refusal("sheet_columns", field="file", columns=lacking)
    return json.dumps({"mediators": [dict(_entry(columns, row)) for row in rows]}, ensure_ascii=False)


def write(people: Iterable[Mediator], language: str) -> str:
    """Return the register as a table that staff can edit and load again. Without mediators it is an empty
    table to fill in."""
    kept = StringIO(newline="")
    rows = csv.writer(kept)
    rows.writerow(column_label(language, name) for name in COLUMNS)
    rows.writerows([_cell(language, name, getattr(person, name)) for name in COLUMNS] for person in people)
    return "\ufeff" + kept.getvalue()  # spreadsheets recognise UTF-8 by this mark


def column_label(language: str, column: str) -> str:
    """Return the label of a column."""
    return str(texts(language)["page"]["mediators"]["field"][column])


def code_label(language: str, list: str, code: str) -> str:
    """Return the label of a code in a column that holds several."""
    return (
        str(texts(language)["page"]["mediators"]["any"])
        if code == "any"
        else label(language, code, "type" if list == "fields" else "language")
    )


def _called(column: str) -> str:
    return f"{column_label('zh', column)} / {column_label('en', column)}"


def _column(name: str) -> str:
    known = {
        column_label(language, column).casefold(): column for language in LANGUAGES for column in COLUMNS
    }
    return known.get(name.strip().casefold(), name.strip().casefold())


def _entry(columns: list[str], row: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the values of a row, without the blank ones."""
    for n, cell in enumerate(row):
        words = cell.strip().removeprefix("'")
        if words:
            name = columns[n] if n < len(columns) else str(n + 1)
            yield name, _value(name, words)


def _value(name: str, words: str) -> Any:
    """Return a cell as a value of the body. Unreadable text stays as it is, for the request model to
    refuse."""
    if name in LISTS:
        codes = {
            code_label(language, name, code).casefold(): code
            for language in LANGUAGES
            for code in LISTS[name]
        }
        return [codes.get(part.casefold(), part) for part in BETWEEN.split(words) if part]
    if name in TRUTHS:
        return YES_NO.get(words.casefold(), words)
    if name == "past" and (count := whole_number(words)) is not None:
        return count
    if name == "until" and (day := DAY.fullmatch(words)):
        return f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}"
    return words


def _cell(language: str, name: str, value: Any) -> str:
    if name in LISTS:
        return "; ".join(code_label(language, name, code) for code in value)
    if name in TRUTHS:
        return str(texts(language)["page"]["form"]["yes" if value else "no"])
    words = "" if value is None else str(value)
    return f"'{words}" if FORMULA.match(words) else words
