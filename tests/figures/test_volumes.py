"""The file of volumes: what is accepted, and what each refusal names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.calendar import stamp
from chalicelib.domain.roster import Roster
from chalicelib.figures.report import READ, REPORTED, Period, ReportRows, report, report_key
from chalicelib.figures.volumes import (
    LOADED,
    VOLUMES,
    Volumes,
    WrongVolumes,
    customers,
    growth,
    loaded as loaded_note,
    loading,
    read_volumes,
)
from chalicelib.web.pages.desk.report import broken_down, parts, standing
from chalicelib.web.pages.desk.volumes import loaded_by, volume_parts
from tests.casework.terminal import Operator
from tests.scenario import Scenario
from tests.web.desk import Desk, visible

HEAD = "month,by,code,customers\n"
COMPANIES = ("安居家电", "乐途旅行社")
WHOLE = "2026-01,,,400000\n2026-02,,,410000\n2026-03,,,420000\n"
FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)


def problems(text: str | bytes) -> list[str]:
    """Return the problems for which a file is refused."""
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(WrongVolumes) as refused:
        read_volumes(content, COMPANIES)
    return refused.value.problems


@pytest.mark.parametrize("before", ["", "\ufeff"])
def test_file_gives_customers_by_part(before: str) -> None:
    """A file has all customers of each month and those of products, companies and regions, in any order of
    rows. Excel adds a byte order mark, ends lines with CR LF, and leaves rows of commas."""
    rows = "2026-02,class,appliance,50000\n2026-02,company,安居家电,9\n2026-02,region,440000,70000\n,,,\n"
    content = f"{before}{HEAD}{rows}{WHOLE}".replace("\n", "\r\n").encode()
    stored = read_volumes(content, COMPANIES)
    assert customers(stored, [FEBRUARY]) == 410_000
    assert customers(stored, [FEBRUARY], "class", "appliance") == 50_000
    assert customers(stored, [FEBRUARY], "company", "安居家电") == 9
    assert customers(stored, [FEBRUARY], "region", "440000") == 70_000
    assert customers(stored, [FEBRUARY, MARCH]) == 415_000
    assert customers(stored, [FEBRUARY, MARCH], "region", "440000") is None
    assert customers(stored, [FEBRUARY], "region", "110000") is None
    assert customers({}, [FEBRUARY]) is None


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2026-02,class,spaceship,5", "line 5: 'spaceship' is no product"),
        ("2026-02,company,王芳,5", "line 5: '王芳' is no company that the policy lists"),
        ("2026-02,region,广东,5", "line 5: '广东' is no region"),
        ("2026-02,team,north,5", "line 5: 'team' is none of class, company, region"),
        ("2026-02,,appliance,5", "line 5: the code 'appliance' needs one of"),
        ("2026-03,,,5", "line 5: 2026-03 of all customers stands in line 4 already"),
        ("2026-04,,,-5", "line 5: '-5' is no number of customers"),
        ("2026-04,,,0", "line 5: '0' is no number of customers"),
        ("2026-04,,,1.2E+06", "line 5: '1.2E+06' is no number of customers"),
        ("2026-04,,,４２", "line 5: '４２' is no number of customers"),
        ('2026-04,,,"420,000"', "line 5: '420,000' is no number of customers"),
        ("2026-04,,,", "line 5: '' is no number of customers"),
        ("Apr-26,,,5", "line 5: 'Apr-26' is no month"),
        ("2026-13,,,5", "line 5: '2026-13' is no month"),
        ("2026-05,,,430000", "line 5: 2026-05 of all customers follows 2026-03; 2026-04 is missing"),
        ("2026-04,class,food,5", "line 5: there is no row with all customers of 2026-04"),
        ("2026-03,class,food,420001", "line 5: 420001 customers of class food are more than all 420000 of"),
        ("2026-04,,,430000,", "line 5: '2026-04,,,430000,' has not 4 cells"),
        ('2026-04,,,"43', "line 5: this is no CSV"),
    ],
)
def test_wrong_row_is_refused_with_line_and_value(row: str, says: str) -> None:
    """A refusal names the line and the value."""
    (problem,) = problems(HEAD + WHOLE + row)
    assert problem.startswith(says)


def test_each_part_has_its_months_without_a_gap() -> None:
    """A product can begin later than the company. A month that is missing in between is named."""
    read_volumes(f"{HEAD}{WHOLE}2026-03,class,food,5\n".encode(), COMPANIES)
    rows = "2026-01,class,food,5\n2026-03,class,food,5\n"
    assert problems(HEAD + WHOLE + rows) == [
        "line 6: 2026-03 of class food follows 2026-01; 2026-02 is missing"
    ]


def test_every_problem_is_told_at_once() -> None:
    """A file with several wrong rows is refused once, with all of them."""
    told = problems(f"{HEAD}2026-01,,,x\n2026-02,class,x,y\n")
    assert [one.split(":")[0] for one in told] == ["line 2", "line 3", "line 3"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("month;by;code;customers\n2026-01;;;5\n", "line 1: the header is 'month;by;code;customers'"),
        ("", "line 1: the header is ''"),
        (HEAD, "line 2: there is no row"),
        (f"{HEAD}{WHOLE}2026-02,company,安居家电,5\n".encode("gbk"), "line 5: the bytes b0 b2"),
        (f"{HEAD}{WHOLE}".encode("utf-16"), "line 1: the bytes ff fe"),
        (b"PK\x03\x04\xff\x00", "line 1: the bytes ff 00 are not UTF-8"),
        (HEAD.encode() + b"\x00,,,\n", "line 2: "),
    ],
)
def test_other_files_are_refused(content: str | bytes, says: str) -> None:
    """Another separator, an empty file, and files in GBK, UTF-16 or of Excel are refused with a reason."""
    (problem, *_) = problems(content)
    assert problem.startswith(says)


@given(st.lists(st.integers(1, 10**10 - 1), min_size=1, max_size=40), st.integers(2000, 2090), st.data())
def test_mean_of_customers_is_that_of_the_file(numbers: list[int], year: int, data: st.DataObject) -> None:
    """Whatever the numbers and the order of rows, the mean of a stretch of months is that of its rows."""
    months = [date(year + n // 12, n % 12 + 1, 1) for n in range(len(numbers))]
    rows = [f"{month:%Y-%m},,,{n}\n" for month, n in zip(months, numbers, strict=True)]
    stored = read_volumes((HEAD + "".join(data.draw(st.permutations(rows)))).encode(), ())
    first = data.draw(st.integers(0, len(numbers) - 1))
    some = numbers[first:]
    assert customers(stored, months[first:]) == pytest.approx(sum(some) / len(some))
    assert customers(stored, [*months, date(2099, 12, 1)]) is None


def test_growth_is_that_of_a_part_and_of_the_others() -> None:
    """Days weigh the months. The others are all customers without the part. Without a number, without others,
    or for an unknown part nothing is told."""
    stored = {
        "all/all": {"2026-01": 1_000, "2026-02": 1_000, "2026-03": 3_000},
        "class/food": {"2026-01": 200, "2026-02": 300, "2026-03": 1_000},
        "region/440000": {"2026-02": 1_000, "2026-03": 3_000},
    }
    before, after = [date(2026, 1, 30), date(2026, 1, 31), FEBRUARY, date(2026, 2, 2)], [MARCH]
    assert growth(stored, before, after) == (3.0, 3.0)
    assert growth(stored, before, after, "class", "food") == (4.0, pytest.approx(2_000 / 750))
    assert growth(stored, before, after, "class", "travel") is None
    assert growth(stored, [FEBRUARY], after, "region", "440000") is None
    assert growth(stored, [date(2025, 12, 31), *before], after) is None
    assert growth({}, before, after) is None


@given(st.binary(max_size=60))
def test_any_bytes_give_volumes_or_a_refusal(content: bytes) -> None:
    """No file ends in another error."""
    for given_ in (content, HEAD.encode() + content):
        with suppress(WrongVolumes):
            assert read_volumes(given_, COMPANIES)


RECEIVED = {("all", "all"): 30, ("class", "food"): 12, ("company", "安居家电"): 3, ("region", "440000"): 6}
"""The number of complaints received in each month, by facet and code."""
NUMBERS = {"": 6_000, "class,food": 1_200, "company,安居家电": 60}
"""The number of customers in 2026, by the columns of the file. In 2025 they were half as many."""


def reported(volumes: Volumes, name: str, day: date = date.max, team: str = "") -> Mapping[str, Any]:
    """Return the report of a period, with `RECEIVED` in each month of two years."""
    months = [date(year, month, 1) for year in (2025, 2026) for month in range(1, 13)]
    rows = [
        {"team": whose, "facet": facet, "code": code, "month": month, "n": n}
        for (facet, code), n in RECEIVED.items()
        for month in months
        for whose in ("", "north")
    ]
    begun = [{"day": months[0]}]
    found = ReportRows({**dict.fromkeys(READ, ()), "received": rows, "begun": begun}, volumes)
    return report(found, Period(name, day), date(2027, 1, 1), team)


def loaded(*left_out: str) -> Volumes:
    """Return the volumes of two years, without these months of the company's customers."""
    rows = [
        f"{year}-{month:02},{part or ','},{n // (2 if year == 2025 else 1)}\n"
        for part, n in NUMBERS.items()
        for year in (2025, 2026)
        for month in range(1, 13)
    ]
    stored = read_volumes((HEAD + "".join(rows)).encode(), COMPANIES)
    return {part: {m: n for m, n in each.items() if m not in left_out} for part, each in stored.items()}


@pytest.mark.parametrize(("name", "months"), [("2026-05", 1), ("2026-Q2", 3), ("2026", 12)])
def test_report_has_complaints_per_1000_customers(name: str, months: int) -> None:
    """All complaints, and those of a product and of a company, are told per 1,000 of their customers, also of
    the year before. Regions that the file does not have are blank."""
    told = reported(loaded(), name)
    for found, of in ((told, "all"), (told["by"]["class"], "food"), (told["by"]["company"], "安居家电")):
        facet = {"all": "all", "food": "class", "安居家电": "company"}[of]
        before = found["before"] if of == "all" else found[of]["before"]
        number = NUMBERS["" if of == "all" else f"{facet},{of}"]
        assert found[of]["per_1000"] == round(1000 * months * RECEIVED[facet, of] / number, 3)
        assert before["per_1000"] == 2 * found[of]["per_1000"]
    assert told["by"]["region"]["440000"]["per_1000"] is None
    assert told["uncounted"] == []


def test_rate_is_blank_with_a_reason() -> None:
    """One month without customers leaves the rate of its period blank, and the report names the month. So
    does no file at all. A period that is not over and a team have no rate."""
    gone = reported(loaded("2026-04"), "2026-Q2")
    assert (gone["all"]["per_1000"], gone["uncounted"]) == (None, ["2026-04"])
    assert gone["before"]["per_1000"] == 30.0
    assert any("April 2026" in sentence for sentence in standing("en", gone))
    assert len(reported({}, "2026")["uncounted"]) == 12
    running = reported(loaded(), "2026", date(2026, 5, 5))
    assert (running["all"]["per_1000"], running["uncounted"]) == (None, [])
    of_team = reported(loaded(), "2026", team="north")
    assert ("per_1000" in of_team["all"], of_team["uncounted"]) == (False, [])


@pytest.mark.parametrize(("language", "head"), [("zh", "每千名客户"), ("en", "per 1,000 customers")])
def test_page_shows_rates(language: str, head: str) -> None:
    """The rate is a line of the first table with that of the year before, and columns of the products."""
    told = reported(loaded(), "2026-05")
    (line,) = (one for part in parts(language, told, Roster()) for one in part.lines if head in one.label)
    assert [*line.cells] == ["5.00", "10.00"]
    product, region = (next(broken_down(language, told, facet, Roster())) for facet in ("class", "region"))
    assert [*product.lines[0].cells[2:4]] == ["10.00", "20.00"]
    assert len(region.head) == len(product.head) - 2
    old = reported({}, "2026-05")
    assert not [line for part in parts(language, old, Roster()) for line in part.lines if head in line.label]


def test_operator_loads_volumes(
    scenario: Scenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file is loaded with `--do` only. A wrong one is refused with its lines, and the former one stays. A
    file with fewer months says which it leaves out."""
    operator, file, store = Operator(scenario, capsys), tmp_path / "volumes.csv", scenario.product.shelf
    file.write_text(HEAD + WHOLE, "utf-8")
    assert "Nothing was done" in operator.says("volumes", str(file))
    assert [*store.keys(VOLUMES)] == []
    assert "all/all: 2026-01 to 2026-03" in operator.says("volumes", str(file), "--by", "陈", "--do")
    kept = store.read(VOLUMES)
    assert customers(json.loads(kept), [MARCH]) == 420_000
    told = loading(kept, store.read(LOADED))
    assert told
    assert (told["at"], told["file"], told["by"]) == (stamp(scenario.time), "volumes.csv", "陈")
    assert "volumes.csv" in loaded_by("en", told)
    file.write_text(f"{HEAD}{WHOLE}2026-03,company,无名公司,5\n", "utf-8")
    said = operator.says("volumes", str(file), "--do")
    assert "line 5: '无名公司' is no company" in said
    assert "Nothing was loaded" in said
    assert store.read(VOLUMES) == kept
    file.write_text(f"{HEAD}2026-03,,,420000\n", "utf-8")
    assert "all/all: no longer known of 2026-01, 2026-02" in operator.says("volumes", str(file))
    assert "No such file" in operator.says("volumes", str(tmp_path / "gone.csv"))


def states(volumes: Volumes, told: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the cells of the desk's tables by the label of their line."""
    found = volume_parts("en", volumes, told, COMPANIES)
    return {line.label: (*line.cells,) for part in found for line in part.lines}


def test_desk_says_which_numbers_a_report_uses() -> None:
    """Each part of the customers has its months, its newest number, the mean of the period, and whether the
    report uses it: or what is missing, changed, not listed any more, or not used yet."""
    now, told = loaded(), reported(loaded(), "2026-Q2")
    found = states(now, told)
    used = ("2025-01 – 2026-12", "6,000", "6,000", "6,000", "used by the report")
    assert found["All customers"] == used
    assert found["food"][-1] == "used by the report"
    *_, regions = volume_parts("en", now, told, COMPANIES)
    assert (regions.lines, regions.remark) == (
        [],
        "With complaints, but without loaded numbers (1): Guangdong.",
    )
    changed = states({**now, "all/all": {**now["all/all"], "2026-05": 9_000}}, told)
    assert changed["All customers"][2:4] == ("7,000", "6,000")
    assert changed["All customers"][-1].startswith("loaded or changed after")
    gone = states(loaded("2026-04"), told)["All customers"]
    assert (gone[2], gone[-1]) == ("–", "April 2026 missing, so this report has no rate")
    odd = states({**now, "class/hovercraft": {"2026-05": 5}, "class/furniture": now["class/food"]}, told)
    assert odd["hovercraft"][-1] == "no longer in the system; no report uses it"
    *_, companies, _ = volume_parts("en", now, told, ())
    assert companies.lines[0].cells[-1] == "used by the report", "the report was made while it was listed"
    assert any("no complaint in this period" in cells[-1] for cells in odd.values())
    running = states(now, {**reported(now, "2026", date(2026, 5, 5)), "until": "2026-05-04T16:00:00Z"})
    assert running["All customers"][3:] == ("–", "used once the period is over")


@pytest.mark.parametrize(
    ("language", "none", "before", "state"),
    [
        ("zh", "还没有录入客户数", "录入的时间和人员没有记录", "报告已经使用"),
        ("en", "No numbers of customers were loaded", "not known when these numbers", "used by the report"),
    ],
)
def test_supervisor_reads_the_volumes(
    scenario: Scenario, client: Any, language: str, none: str, before: str, state: str
) -> None:
    """The page is there before anything is loaded and before there is a report. A lead does not read it, for
    teams have no customers."""
    desk, at, shelf = (
        Desk(client, scenario, "zhou", language),
        "/desk/reports/volumes",
        scenario.product.shelf,
    )
    assert none in desk.get(at)
    shelf.put(report_key("2026-05"), json.dumps(reported(loaded(), "2026-05")).encode())
    shelf.put(REPORTED, json.dumps({"periods": ["2026-05"]}).encode())
    assert none in desk.get(at)
    shelf.put(VOLUMES, json.dumps(loaded()).encode())
    assert before in desk.get(at)
    shelf.put(LOADED, loaded_note(shelf.read(VOLUMES), scenario.time, "Ops/chen", "客户&2026.csv"))
    page = visible(desk.get(at))
    assert "Ops/chen" in page
    assert "客户&2026.csv" in page
    assert state in page
    assert "安居家电" in page
    assert "/desk/reports/volumes?period=2026-05" in desk.get("/desk/reports/2026-05")
    desk.get(f"{at}?period=2026-06", 404)
    Desk(client, scenario, "sun", language).get(at, 403)
