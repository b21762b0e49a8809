"""Tests of reading a file for the import: encodings, separators, broken records, and the map to the fields of
the interface."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.bulk import sheets
from infra.bulk.mapping import Filing, Map, WrongMap
from infra.bulk.results import Journal, Result, defused, read
from infra.bulk.sheets import WrongFile
from tests.infra.bulk_files import MAP, as_csv, map_file, row, schema, why


def filings(folder: Path, content: bytes | str, name: str = "a.csv", map: str = MAP) -> list[Filing]:
    """Return the complaints for the records of a file."""
    found, path = Map(map_file(folder, map), schema()), folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    sheet = sheets.read(path, found.file, found.columns)
    if sheet.columns is not None:
        found.unused(sheet.columns)
    return [found.filing(record) for record in sheet.records]


def one(folder: Path, map: str = MAP, **said: str) -> Filing:
    """Return the complaint for one record with these cells."""
    [found] = filings(folder, as_csv([row(**said)]), map=map)
    return found


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "gbk"], ids=lambda encoding: encoding
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_file_is_read_in_the_encoding_and_with_the_separator_it_has(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    """UTF-8 and UTF-16 with their marks, UTF-8 without one, and what Excel writes in China."""
    [found] = filings(tmp_path, as_csv([row()], separator).encode(encoding))
    assert found.faults == []
    assert found.body["person"]["name"] == "王芳"
    assert found.body["account"]["story"] == "洗衣机坏了，商家不退。"


def test_utf_16_of_the_other_byte_order_is_read(tmp_path: Path) -> None:
    """The mark at the start says the order."""
    [found] = filings(tmp_path, "\ufeff".encode("utf-16-be") + as_csv([row()]).encode("utf-16-be"))
    assert found.body["person"]["name"] == "王芳"


def test_utf_16_without_a_mark_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """The order of its bytes cannot be known."""
    with pytest.raises(WrongFile, match="name its encoding in the map"):
        filings(tmp_path, as_csv([row()]).encode("utf-16-le"))


@pytest.mark.parametrize("name", ["Müller", "François Élysée"])
def test_an_encoding_that_cannot_be_told_is_asked_for(tmp_path: Path, name: str) -> None:
    """Nearly any bytes could be Chinese. Names of others would be filed as Chinese characters unnoticed."""
    text = as_csv([row(Name=name, story="The washing machine broke.", Kind="x")])
    with pytest.raises(WrongFile, match="name its encoding in the map"):
        filings(tmp_path, text.encode("cp1252"))
    [found] = filings(tmp_path, text.encode("cp1252"), map=f'[file]\nencoding = "cp1252"\n{MAP}')
    assert found.body["person"]["name"] == name


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_broken_byte_costs_its_record_only(tmp_path: Path, encoding: str) -> None:
    """The file keeps its encoding, and the records around are read."""
    lines = as_csv(row(f"A-{n}") for n in range(1, 6)).encode(encoding).split(b"\r\n")
    lines[3] = lines[3].replace("商家".encode(encoding), b"\xff\x81\xff")
    found = filings(tmp_path, b"\r\n".join(lines))
    assert [filing.n for filing in found if filing.faults] == [4]
    assert {filing.body["person"]["name"] for filing in found if not filing.faults} == {"王芳"}


def test_quoted_line_breaks_stay_in_the_words(tmp_path: Path) -> None:
    """The next record keeps the row that a spreadsheet gives it."""
    story = '第一行\r\n第二行，"引号"\n第三行'
    found = filings(tmp_path, as_csv([row(story=story), row("A-2")]))
    assert found[0].body["account"]["story"] == story
    assert [filing.n for filing in found] == [2, 3]


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    """Blank lines count as rows, as in a spreadsheet."""
    header, first, second = as_csv([row(), row("A-2")]).splitlines()
    found = filings(tmp_path, f"{header}\n\n{first}\n,,,,,\n{second}\n\n")
    assert [filing.n for filing in found] == [3, 5]


def test_a_broken_record_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    """A missing cell, an additional one, and words behind a quotation mark."""
    lines = as_csv(row(f"A-{n}") for n in range(1, 8)).splitlines()
    lines[2] = lines[2].rpartition(",")[0]
    lines[4] += ",more"
    lines[6] = lines[6].replace("王芳", '"王"芳')
    found = filings(tmp_path, "\n".join(lines))
    assert [filing.n for filing in found if filing.faults] == [3, 5, 7]
    assert [filing.external_id for filing in found if not filing.faults] == ["A-1", "A-3", "A-5", "A-7"]


def test_a_quotation_mark_that_is_never_closed_names_the_lines_it_swallows(tmp_path: Path) -> None:
    """No part of these lines is filed."""
    lines = as_csv(row(f"A-{n}") for n in range(1, 5)).splitlines()
    lines[3] = lines[3].replace("王芳", '"王芳')
    found = filings(tmp_path, "\n".join(lines))
    assert [filing.external_id for filing in found if not filing.faults] == ["A-1", "A-2"]
    assert "lines 4 to 5" in found[2].faults[0].why


def test_excels_line_about_the_separator_is_no_header(tmp_path: Path) -> None:
    """Excel writes `sep=;` as the first line."""
    [found] = filings(tmp_path, "sep=;\n" + as_csv([row()], ";"))
    assert found.faults == []


def test_a_formula_is_text(tmp_path: Path) -> None:
    """The story keeps the characters of the file."""
    formula = '=HYPERLINK("https://evil.example";"洗衣机")'
    assert one(tmp_path, story=formula).body["account"]["story"] == formula


@pytest.mark.parametrize("said", ["1.23E+15", "1,23E+15", "-1.234567E+08"])
def test_a_number_that_excel_shortened_is_refused(tmp_path: Path, said: str) -> None:
    """The last digits are lost, so the number would name another order."""
    found = one(tmp_path, order=said)
    assert why(found) == [("/external_id", "Order")]
    assert "format the column as text" in found.faults[0].why


@pytest.mark.parametrize(
    "said", ["2026-02-09", "2026/2/9", "2026.02.09", "2026年2月9日", "20260209", "2026-2-9"]
)
def test_a_day_is_read_in_every_way_that_means_one_day(tmp_path: Path, said: str) -> None:
    """The year stands first."""
    assert one(tmp_path, Day=said).body["happened_on"] == "2026-02-09"


def test_a_day_that_may_be_two_needs_the_word_of_the_map(tmp_path: Path) -> None:
    """02/09/2026 is a day in February or in September."""
    assert why(one(tmp_path, Day="02/09/2026")) == [("/happened_on", "Day")]
    for order, day in (("month first", "2026-02-09"), ("day first", "2026-09-02")):
        found = one(tmp_path, f'[file]\ndates = "{order}"\n{MAP}', Day="02/09/2026")
        assert found.body["happened_on"] == day
    found = one(tmp_path, f'[file]\ndates = "month first"\n{MAP}', Day="2/9/26")
    assert found.body["happened_on"] == "2026-02-09"


@pytest.mark.parametrize("said", ["2026-02-30", "46065", "yesterday", "13/13/2026", "2026-02-09 and later"])
def test_what_is_no_day_is_refused(tmp_path: Path, said: str) -> None:
    """A day number of Excel is none, either."""
    assert why(one(tmp_path, f'[file]\ndates = "day first"\n{MAP}', Day=said)) == [("/happened_on", "Day")]


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-02-09 09:30", "2026-02-09T09:30:00+08:00"),
        ("2026/2/9 9:30:15", "2026-02-09T09:30:15+08:00"),
        ("2026年2月9日 9：30", "2026-02-09T09:30:00+08:00"),
        ("2026-02-09T01:30:00Z", "2026-02-09T01:30:00+00:00"),
        ("2026-02-09", "2026-02-09T00:00:00+08:00"),
    ],
)
def test_a_time_gets_the_zone_of_the_map(tmp_path: Path, said: str, moment: str) -> None:
    """A zone in the cell goes before. A day stands for its beginning, from which the 24 hours run."""
    assert one(tmp_path, Heard=said).body["received_at"] == moment


@pytest.mark.parametrize("said", ["1655", "1,655.00", "1655元", "￥1,655", "一千"])
def test_an_amount_goes_as_it_was_written(tmp_path: Path, said: str) -> None:
    """The interface reads it, and says what is wrong with it."""
    assert one(tmp_path, Amount=said).body["matters"][0]["amount"] == {"amount": said}


def test_several_codes_stand_in_one_cell(tmp_path: Path) -> None:
    """All usual separators of lists count. A blank cell gets the map's `otherwise`."""
    assert one(tmp_path, Wishes="refund；apology, explanation").body["wishes"] == [
        "refund",
        "apology",
        "explanation",
    ]
    assert one(tmp_path).body["wishes"] == ["refund"]


def test_a_part_of_a_list_without_a_cell_stays_out(tmp_path: Path) -> None:
    """A constant of the map alone makes no second matter."""
    assert len(one(tmp_path).body["matters"]) == 1
    [_, second] = one(tmp_path, Warranty="repair_refused").body["matters"]
    assert second == {"type": "warranty", "sub_type": "repair_refused"}


@pytest.mark.parametrize(("said", "is_"), [("是", True), ("no", False), ("1", True), ("FALSE", False)])
def test_yes_and_no_are_read_in_both_languages(tmp_path: Path, said: str, is_: bool) -> None:
    """Other words are refused."""
    assert one(tmp_path, Agreed=said).body["consents"]["data_use"] is is_
    assert why(one(tmp_path, Agreed="perhaps")) == [("/consents/data_use", "Agreed")]


def test_what_the_schema_refuses_is_named_with_its_column(tmp_path: Path) -> None:
    """Without a word of what the record says."""
    found = one(tmp_path, Wishes="refund;everything", story="")
    assert why(found) == [("/account", "Story"), ("/wishes/1", "Wishes")]
    assert not [fault for fault in found.faults if "everything" in fault.why]


def test_a_record_without_its_own_number_is_refused(tmp_path: Path) -> None:
    """A second run could file such a record again."""
    assert why(one(tmp_path, order="")) == [("/external_id", "Order")]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('"person.emial" = "Name"', "did you mean person.email"),
        ('"person.email" = 3', "neither a column nor a table"),
        ('"person.email" = { column = "Name", txet = "x" }', "'txet' is none of"),
        ('"person.email" = { column = "Name", text = "x" }', "one of column, text and value"),
        ('"person.email" = { column = "Name", table = "none" }', "needs the table 'none'"),
        ('"person.email" = { column = 3 }', "column is no text"),
        ('"person.email" = "E-mail"', "no column 'E-mail'"),
        ('"person.email" = "Nmae"', "did you mean 'Name'"),
    ],
)
def test_a_map_that_cannot_work_is_refused_before_anything_is_filed(
    tmp_path: Path, wrong: str, words: str
) -> None:
    """The reason names the line."""
    with pytest.raises(WrongMap, match=words):
        one(tmp_path, MAP.replace("[fields]", f"[fields]\n{wrong}"))


@pytest.mark.parametrize("wrong", ["fields = 3", "[file]\nencodign = 'x'", "tables = []", "x = 1", "= 1"])
def test_a_map_of_another_form_is_refused(tmp_path: Path, wrong: str) -> None:
    """The reason is a sentence for people."""
    with pytest.raises(WrongMap):
        one(tmp_path, wrong)


def test_commas_at_the_end_of_each_line_are_no_cells(tmp_path: Path) -> None:
    """Some programs write them behind the last column."""
    header, *lines = as_csv([row(), row("A-2")]).splitlines()
    found = filings(tmp_path, "\n".join([header, *(f"{line},," for line in lines)]))
    assert [filing.faults for filing in found] == [[], []]


def test_a_map_without_the_partners_number_is_refused(tmp_path: Path) -> None:
    """Without it, a second run would file everything again."""
    with pytest.raises(WrongMap, match="external_id is needed"):
        one(tmp_path, MAP.replace('external_id = "Order"', ""))


def test_a_line_of_json_is_a_record(tmp_path: Path) -> None:
    """A broken line, a list and a shortened number are refused, each by its line."""
    lines = [
        json.dumps(row("A-1"), ensure_ascii=False),
        '{"Order": "A-2",',
        "[1]",
        "",
        json.dumps({**row(), "Order": 123456789012345678, "Wishes": ["refund", "apology"]}),
        json.dumps(row()).replace('"A-1"', "1.23E+15"),
        json.dumps({**row("A-7"), "Story": {"a": "b"}}),
    ]
    found = filings(tmp_path, "\n".join(lines), "a.jsonl")
    assert [filing.n for filing in found if filing.faults] == [2, 3, 6, 7]
    assert found[3].external_id == "123456789012345678"
    assert found[3].body["wishes"] == ["refund", "apology"]


CFPB = (
    "Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,"
    "Company public response,Company,State,ZIP code,Tags,Consumer consent provided?,Submitted via,"
    "Date sent to company,"
    "Company response to consumer,Timely response?,Consumer disputed?,Complaint ID"
)


@pytest.mark.parametrize(
    ("narrative", "story"),
    [
        ("They took XXXX twice.", "They took XXXX twice."),
        ("", "Mortgage: Trouble during payment process. Late fee"),
    ],
)
def test_the_columns_of_the_cfpb_have_a_map(tmp_path: Path, narrative: str, story: str) -> None:
    """The map uses each column or gives a reason. Without a narrative, the categories make the story."""
    cells = (
        f'2019-09-24,Mortgage,FHA mortgage,Trouble during payment process,Late fee,"{narrative}",,ACME BANK,'
        "CA,90210,,N/A,Web,09/25/19,Closed with explanation,Yes,N/A,3384392"
    )
    path, found = tmp_path / "complaints.csv", Map(Path("infra/maps/cfpb.toml"), schema())
    path.write_text(f"{CFPB}\n{cells}\n")
    sheet = sheets.read(path, found.file, found.columns)
    assert sheet.columns is not None
    assert found.unused(sheet.columns) == []
    [filing] = map(found.filing, sheet.records)
    assert filing.faults == []
    assert filing.external_id == "cfpb-3384392"
    assert filing.body["received_at"] == "2019-09-25T00:00:00-04:00"
    assert filing.body["account"]["story"] == story
    assert filing.body["matters"] == [{"type": "credit", "sub_type": "mortgage"}]


@pytest.mark.parametrize("said", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_the_results_is_a_formula(tmp_path: Path, said: str) -> None:
    """A spreadsheet program shows the text."""
    assert defused(said) == f"'{said}"
    journal = Journal(tmp_path / "r.csv")
    journal.close([Result("2", said, "filed", digest="d" * 32)])
    assert f",{said}" not in (tmp_path / "r.csv").read_text("utf-8-sig")


def test_results_survive_a_line_that_was_cut_off(tmp_path: Path) -> None:
    """The next run writes behind whole lines only."""
    path, first, second = tmp_path / "r.csv", Result("2", "A-1", "filed", "1", digest="d" * 32), "3,A-2,fil"
    journal = Journal(path)
    journal.add(first)
    with path.open("a") as file:
        file.write(second)
    again = Journal(path)
    assert again.before == [first]
    again.add(first._replace(row="4"))
    assert [result.row for result in read(path)] == ["2", "4"]


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """The reason names those that can be read."""
    with pytest.raises(WrongFile, match=r"only \.csv"):
        filings(tmp_path, b"%PDF", "a.pdf")
