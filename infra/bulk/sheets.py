"""Records of a file: CSV, JSON Lines or Excel. A record that cannot be read is kept with its fault, so that
the records after it are still read."""

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""The marks at the start of a text file, each with the encoding that it stands for."""
GUESSED = "utf-8", "gb18030"
"""The encodings of a file without a mark, in the order in which they are tried. Excel in China writes
GB18030."""
SEPARATORS = ",;\t|"
LOST = "\ufffd"
"""The character that replaces bytes which the encoding does not have."""
EXACT = 10**15
"""Excel keeps fifteen digits of a number. From this number on, it has replaced the last ones by zeros."""
LONGEST_CELL = 1_000_000
"""The most characters of a cell of a CSV file. More means a quotation mark that is never closed."""


class Unreadable(NamedTuple):
    """A cell whose value is lost or is none. `why`: what to do about it."""

    why: str


Cell = str | bool | date | datetime | list[Any] | Unreadable
FORMULA = Unreadable("holds a formula: save the sheet with values")
ERROR = Unreadable("holds an error of Excel")
OBJECT = Unreadable("holds an object of JSON where one value is expected")
SHORTENED = Unreadable(
    "is a number whose last digits Excel has dropped: format the column as text and export the file again"
)


class Record(NamedTuple):
    """A record of a file. `n`: its row, as a spreadsheet numbers it, or its line in JSON Lines. `cells`:
    column → value, without blank cells. `fault`: why the record cannot be read, or ""."""

    n: int
    cells: Mapping[str, Cell]
    fault: str = ""


class Sheet(NamedTuple):
    """The content of a file. `columns`: the columns in their order; None for JSON Lines, in which each record
    names its own. `read_as`: how the file was understood, for the person who runs the import."""

    columns: list[str] | None
    records: list[Record]
    read_as: str


class WrongFile(Exception):
    """The error for a file that cannot be read at all, in words for a person."""


def read(path: Path, settings: Mapping[str, Any], mapped: Collection[str]) -> Sheet:
    """Return the records of a file; blank ones are left out. The ending of the name says what the file is.
    `settings`: the table `file` of the map. `mapped`: the columns that the map names, by which the separator
    of a CSV file is found. Raises WrongFile."""
    kind = path.suffix.lower()
    if kind in (".xlsx", ".xlsm"):
        return _excel(path, settings.get("sheet"))
    if kind not in (".csv", ".txt", ".tsv", ".jsonl", ".ndjson"):
        raise WrongFile(f"{path.name}: only .csv, .tsv, .txt, .jsonl, .ndjson, .xlsx and .xlsm can be read")
    text, encoding = _text(path.read_bytes(), settings.get("encoding"))
    if kind in (".jsonl", ".ndjson"):
        return Sheet(None, [*_lines(text)], f"JSON Lines in {encoding}")
    return _table(text, encoding, settings.get("separator"), mapped)


def _text(raw: bytes, wanted: str | None) -> tuple[str, str]:
    """Return the text of a file and its encoding. Bytes that are not of the encoding become `LOST`, so that
    only their record is refused."""
    marked = next((encoding for mark, encoding in BOMS.items() if raw.startswith(mark)), None)
    if encoding := marked or wanted:
        try:
            return raw.decode(encoding, "replace"), encoding
        except LookupError:
            raise WrongFile(f"encoding: Python knows no encoding {wanted!r}") from None
    if b"\0" in raw[:1000]:
        raise WrongFile("the file looks like UTF-16 without a mark: name its encoding in the map, utf-16-le")
    # a broken byte in a long file must not turn all of it into another encoding
    found = [(raw.decode(encoding, "replace"), encoding) for encoding in GUESSED]
    text, encoding = min(found, key=lambda one: one[0].count(LOST) / (1 + len(_wide(one[0]))))
    # nearly any bytes are GB18030, but those of another encoding become rare characters
    if encoding == "gb18030" and len(_wide(text).encode("gb2312", "ignore")) < len(_wide(text)):
        raise WrongFile("the file is neither UTF-8 nor Chinese: name its encoding in the map, as cp1252")
    return text, encoding


def _wide(text: str) -> str:
    return "".join(c for c in text if c > "\x7f" and c != LOST)


def _table(text: str, encoding: str, separator: str | None, mapped: Collection[str]) -> Sheet:
    csv.field_size_limit(LONGEST_CELL)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own first line
        separator, text = separator or first.strip()[4], rest
    if separator is None:
        header = next(iter(text.splitlines()), "")

        def known(one: str) -> tuple[int, int]:
            columns = [name.strip() for name in next(csv.reader([header], delimiter=one), [])]
            return len({*columns} & {*mapped}), len(columns)

        separator = max(SEPARATORS, key=known)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns = [name.strip() for name in next(reader, [])]
    return Sheet(columns, [*_rows(reader, columns)], f"CSV in {encoding}, separated by {separator!r}")


def _rows(reader: Any, columns: Sequence[str]) -> Iterator[Record]:
    n, before = 1, reader.line_num
    while True:
        n += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            at = f"lines {before + 1} to {reader.line_num}"
            yield Record(n, {}, f"{at} are no record ({error}): look for a quotation mark that is not closed")
            row = []
        before = reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        row = row[: len(columns)] if not any(row[len(columns) :]) else row  # commas at the end are usual
        fault = f"has {len(row)} cells and not {len(columns)}" if len(row) != len(columns) else ""
        if any(LOST in cell for cell in row):
            fault = "has bytes that are not of the encoding of the file"
        yield Record(n, {} if fault else _filled(zip(columns, row, strict=True)), fault)


def _lines(text: str) -> Iterator[Record]:
    for n, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line, parse_float=str)
        except (ValueError, RecursionError):
            said = None
        if LOST in line:
            yield Record(n, {}, "has bytes that are not of the encoding of the file")
        elif not isinstance(said, dict):
            yield Record(n, {}, "is no JSON object")
        else:
            yield Record(n, _filled(said.items()))


def _filled(pairs: Any) -> dict[str, Cell]:
    """Return the cells that are not blank, each as a value of ours."""
    cells = ((name, _cell(value)) for name, value in pairs)
    return {name: value for name, value in cells if value not in ("", [])}


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool | date | list | Unreadable):
        return value
    if isinstance(value, int | float):
        whole = int(value) == value
        return format(Decimal(str(value)), "f") if not whole else str(int(value))
    return OBJECT if isinstance(value, dict) else str(value)


def _excel(path: Path, sheet: str | None) -> Sheet:
    # openpyxl is a tool for development, and is not needed for other files
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True)
        if sheet is not None and sheet not in book.sheetnames:
            raise WrongFile(
                f"{path.name} has no sheet {sheet!r}, but {', '.join(map(repr, book.sheetnames))}"
            )
        page = book[sheet] if sheet else book.worksheets[0]
        page.reset_dimensions()  # the dimensions that other programs write are often wrong
        found = enumerate(page.iter_rows(), 1)
        columns = [str(cell.value or "").strip() for cell in next(found, (0, ()))[1]]
        records = [*_of_sheet(found, columns)]
        book.close()
    except (
        OSError,
        BadZipFile,
        ParseError,
        LookupError,
        ValueError,
        TypeError,
        InvalidFileException,
    ) as error:
        raise WrongFile(f"{path.name} is no Excel file that can be read: {type(error).__name__}") from None
    return Sheet(columns, records, f"Excel, sheet {page.title!r}")


def _of_sheet(rows: Iterable[tuple[int, Any]], columns: Sequence[str]) -> Iterator[Record]:
    for n, row in rows:
        cells = [_cell(_of_excel(cell)) for cell in row]
        more = [cell for cell in cells[len(columns) :] if cell != ""]
        fault = f"has more cells than the {len(columns)} columns" if more else ""
        filled = _filled(zip(columns, cells, strict=False))
        if filled or fault:
            yield Record(n, {} if fault else filled, fault)


def _of_excel(cell: Any) -> Any:
    value = cell.value
    if cell.data_type == "f":
        return FORMULA
    if cell.data_type == "e":
        return ERROR
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= EXACT:
        return SHORTENED
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date()
    return value
