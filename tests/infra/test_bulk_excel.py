"""Tests of reading Excel files for the import."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from infra.bulk import sheets
from infra.bulk.mapping import Filing, Map, WrongMap
from infra.bulk.sheets import WrongFile
from tests.infra.bulk_files import MAP, map_file, row, schema, why


def filings(folder: Path, *rows: dict[str, Any], map: str = MAP) -> list[Filing]:
    """Return the complaints for the rows of an Excel file; None stands for a blank row."""
    book, columns = Workbook(), [*dict.fromkeys(name for one in rows for name in one)]
    assert book.active
    for cells in [columns, *([one.get(name) for name in columns] for one in rows)]:
        book.active.append(cells)
    book.save(folder / "a.xlsx")
    found = Map(map_file(folder, map), schema())
    sheet = sheets.read(folder / "a.xlsx", found.file, found.columns)
    assert sheet.columns
    found.unused(sheet.columns)
    return [found.filing(record) for record in sheet.records]


def test_dates_times_and_amounts_of_excel_are_values(tmp_path: Path) -> None:
    """A number is written without an exponent, and a date in a text column as a date."""
    said = {"Day": date(2026, 2, 9), "Heard": datetime(2026, 2, 9, 9, 30), "Amount": 1655.5, "Agreed": True}
    [found] = filings(tmp_path, row() | said)
    assert found.faults == []
    assert found.body["happened_on"] == "2026-02-09"
    assert found.body["received_at"] == "2026-02-09T09:30:00+08:00"
    assert found.body["matters"][0]["amount"] == {"amount": "1655.5"}
    assert found.body["consents"]["data_use"] is True


@pytest.mark.parametrize(("number", "kept"), [(123456789012345, "123456789012345"), (7, "7")])
def test_a_number_that_excel_keeps_whole_is_an_order_number(tmp_path: Path, number: int, kept: str) -> None:
    """Up to fifteen digits none is lost, though Excel shows 1.23457E+14."""
    [found] = filings(tmp_path, row() | {"Order": number})
    assert found.external_id == kept


@pytest.mark.parametrize("number", [1234567890123450, 1.23e15, 12345678901234567890])
def test_a_number_that_excel_shortened_is_refused(tmp_path: Path, number: float) -> None:
    """Excel replaces the digits after the fifteenth by zeros."""
    [found] = filings(tmp_path, row() | {"Order": number})
    assert why(found) == [("/external_id", "Order")]
    assert "format the column as text" in found.faults[0].why


def test_a_formula_is_refused_and_its_text_is_text(tmp_path: Path) -> None:
    """The value of a formula may be missing in the file. A text cell that looks like one is filed as text."""
    [formula] = filings(tmp_path, row() | {"Story": '=HYPERLINK("https://evil.example","洗衣机")'})
    assert why(formula) == [("/account/story", "Story")]
    assert "save the sheet with values" in formula.faults[0].why


def test_blank_rows_are_left_out_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    """The numbers are those that Excel shows."""
    found = filings(tmp_path, row("A-1"), {}, row("A-2"))
    assert [filing.n for filing in found] == [2, 4]


def test_a_sheet_and_a_column_that_are_missing_are_named(tmp_path: Path) -> None:
    """The reason names the sheets that are there."""
    with pytest.raises(WrongFile, match="no sheet 'Cases', but 'Sheet'"):
        filings(tmp_path, row(), map=f'[file]\nsheet = "Cases"\n{MAP}')
    with pytest.raises(WrongMap, match="no column 'Phone'"):
        filings(tmp_path, {name: said for name, said in row().items() if name != "Phone"})


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_excel_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """Any bytes lead to a sentence for people."""
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(WrongFile, match="is no Excel file"):
        sheets.read(tmp_path / "a.xlsx", {}, ())
