"""The register of mediators as a file. The file is a table from a spreadsheet (separated by commas,
semicolons or tabs), or JSON as programs send it.

A table can have codes or labels in either language. This holds for columns, fields of expertise, languages,
yes and no."""

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
"""The columns of the table. The key is the name of the column, the value tells whether the column is
required."""
LISTS: Mapping[str, Iterable[str]] = {"fields": [str(field) for field in Expertise], "languages": LANGUAGES}
"""The columns whose cells hold several codes. The value has the codes that the column accepts."""
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
"""The highest numbers of rows and columns that a table may have. Empty rows and columns count. The numbers
are far higher than any real register needs."""
BETWEEN = re.compile(r"\s*[、；;，,/|\n]\s*")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
FORMULA = re.compile(r"[=@]|[+-](?!\d+$)")
"""A regular expression for the beginning of a cell that a spreadsheet program would take for a formula."""


def is_table(text: str) -> bool:
    """Return whether the text of a file is a table. A text that is not a table is taken for JSON."""
    return not text.lstrip("\ufeff \t\r\n").startswith(("{", "["))


def read(text: str) -> str:
    """Return the request body (JSON) for the text of a file. Raise Refusal for a file that is empty, not in
    UTF-8, too large, not readable as a table, or without a required column."""
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
    # empty rows at the end are dropped, because spreadsheet programs save them below the last row
    while rows and not any(map(str.strip, rows[-1])):
        rows.pop()
    columns = [_column(name) for name in first]
    if lacking := [_called(name) for name, needed in COLUMNS.items() if needed and name not in columns]:
        raise Refusal("sheet_columns", field="file", columns=lacking)
    return json.dumps({"mediators": [dict(_entry(columns, row)) for row in rows]}, ensure_ascii=False)


def write(people: Iterable[Mediator], language: str) -> str:
    """Return the register as a CSV table. Staff can edit the table and load it again. `people`: the
    mediators. Without mediators, the table has only the heads of the columns. `language`: the language of
    heads and labels."""
    kept = StringIO(newline="")
    rows = csv.writer(kept)
    rows.writerow(column_label(language, name) for name in COLUMNS)
    rows.writerows([_cell(language, name, getattr(person, name)) for name in COLUMNS] for person in people)
    return "\ufeff" + kept.getvalue()  # the first character tells spreadsheet programs that the text is UTF-8


def column_label(language: str, column: str) -> str:
    """Return the label of a column of the table."""
    return str(texts(language)["page"]["mediators"]["field"][column])


def code_label(language: str, list: str, code: str) -> str:
    """Return the label of a code. `list`: the column with the code, `fields` or `languages`."""
    return (
        str(texts(language)["page"]["mediators"]["any"])
        if code == "any"
        else label(language, code, "type" if list == "fields" else "spoken_language")
    )


def _called(column: str) -> str:
    return f"{column_label('zh', column)} / {column_label('en', column)}"


def _column(name: str) -> str:
    known = {
        column_label(language, column).casefold(): column for language in LANGUAGES for column in COLUMNS
    }
    return known.get(name.strip().casefold(), name.strip().casefold())


def _entry(columns: list[str], row: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield (column, value) for each cell of a row that is not blank. `columns`: the names of the columns. A
    cell beyond them gets its number as column."""
    for n, cell in enumerate(row):
        words = cell.strip().removeprefix("'")
        if words:
            name = columns[n] if n < len(columns) else str(n + 1)
            yield name, _value(name, words)


def _value(name: str, text: str) -> Any:
    """Return the value of a cell for the request body. `name`: the column. `text`: the text of the cell.
    Text that cannot be read is returned unchanged, because the request model refuses it."""
    if name in LISTS:
        codes = {
            code_label(language, name, code).casefold(): code
            for language in LANGUAGES
            for code in LISTS[name]
        }
        if name == "languages":  # older tables have the names as each language writes them
            codes |= {label("zh", code, "language").casefold(): code for code in LANGUAGES}
        return [codes.get(part.casefold(), part) for part in BETWEEN.split(text) if part]
    if name in TRUTHS:
        return YES_NO.get(text.casefold(), text)
    if name == "past" and (count := whole_number(text)) is not None:
        return count
    if name == "until" and (day := DAY.fullmatch(text)):
        return f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}"
    return text


def _cell(language: str, name: str, value: Any) -> str:
    if name in LISTS:
        return "; ".join(code_label(language, name, code) for code in value)
    if name in TRUTHS:
        return str(texts(language)["page"]["form"]["yes" if value else "no"])
    words = "" if value is None else str(value)
    return f"'{words}" if FORMULA.match(words) else words
