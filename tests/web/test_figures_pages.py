"""Public figures: the page, the tables for programs and their dictionary. All of them together reveal no
number below ten."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from io import StringIO
from itertools import combinations
from typing import Any

import pytest

from chalicelib.figures.protection import LEAST, STEP
from chalicelib.figures.published import COLUMNS, COUNTED
from chalicelib.locale.formats import month_name
from chalicelib.web import pages
from chalicelib.web.pages.figures import BY, MOST
from tests.figures.made import published_files
from tests.scenario import Scenario
from tests.web.browser import Browser, text

EMPTY, THIN = "2026-02", "2026-03"
"""A month without complaints, and a month with few."""
PLANTED = f"""
delete from made where strftime(came_at + interval '8' hour, '%Y-%m') = '{EMPTY}';
delete from made where strftime(came_at + interval '8' hour, '%Y-%m') = '{THIN}' and i % 10 > 0;
update made set channel = 'post' where i % 40 = 0;
"""


@cache
def made() -> dict[str, bytes]:
    """Return the published files of four generated months, by key."""
    return published_files(900, PLANTED, "2026-05-01")


@pytest.fixture
def published(scenario: Scenario) -> list[str]:
    """Publish the generated months and return them."""
    for key, content in made().items():
        scenario.product.shelf.put(key, content)
    return [key[7:14] for key in made()]


def table(browser: Browser, name: str, query: str = "") -> list[dict[str, Any]]:
    """Return the rows of a table."""
    answer = browser.get(f"/v1/figures/{name}{query}")
    assert answer.status_code == 200
    rows: list[dict[str, Any]] = json.loads(answer.body)["items"]
    return rows


def sentence(browser: Browser, key: str, **slots: Any) -> str:
    """Return a sentence of the page."""
    return pages.say(browser.headers["accept-language"], f"figures.{key}", **slots)


def drawn(page: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the tables of the page with the name of their section: the header, then each row. A section
    without a number to show has no table."""
    for name, body in re.findall(r'class="site-figures" id="(\w+)"(.*?)</section>', page, re.DOTALL):
        lines = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
        if lines:
            yield name, [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", line) for line in lines]


def test_before_the_first_edition_a_sentence_says_so(browser: Browser, scenario: Scenario) -> None:
    """Before the first edition the page has no plot and no form, and a month is refused."""
    page = browser.get("/figures")
    assert page.status_code == 200
    assert sentence(browser, "none") in text(page)
    assert "<svg" not in page.body.decode()
    assert "<form" not in page.body.decode()
    assert json.loads(browser.get("/v1/figures").body)["months"] == []
    assert [table(browser, name) for name in COLUMNS] == [[]] * len(COLUMNS)
    assert browser.get("/figures?from=2026-01").status_code == 422


def test_every_part_is_drawn_with_its_numbers_beside_it(browser: Browser, published: list[str]) -> None:
    """Each plot has a text alternative, and its table has a column for each month. The page needs no script
    and no inline style."""
    answer = browser.get("/figures?by=channel")
    page = answer.body.decode()
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script|style=", page)
    pictures = [said for said in re.findall(r"<svg ([^>]*)", page) if "aria-hidden" not in said]
    assert all(said.startswith('role="img" aria-label="') for said in pictures)
    assert len(pictures) > 8
    found = dict(drawn(page))
    assert list(found)[:3] == ["received", "received_by_channel", "closed_by_outcome"]
    clock = table(browser, "clock")
    assert [row["month"] for row in clock] == [month for month in published if month != THIN]
    assert {*found["clock"][1][1:]} == {
        sentence(browser, "nothing"),
        *(sentence(browser, "rounded", n=row["percent"], to=1) for row in clock),
    }
    heads = [sentence(browser, "edition.head.provisional", month=month) for month in published]
    assert all(lines[0][1:] == heads for lines in found.values())
    numbers = {row["month"]: row["number"] for row in table(browser, "received")}
    received = found["received"][1][1:]
    assert numbers[EMPTY] is None
    assert received[published.index(EMPTY)] == sentence(browser, "under_ten")
    assert numbers[published[0]] >= LEAST
    assert received[0] == str(numbers[published[0]])
    hidden = [row for row in table(browser, "received_by_channel") if row["hidden"]]
    assert {row["code"] for row in hidden} == {""}
    assert {row["rounded_to"] for row in hidden} == {STEP}
    assert sentence(browser, "nothing") in {one for line in found["received_by_channel"] for one in line}
    assert sentence(browser, "none") not in text(answer)


def test_a_month_with_few_is_told_as_that(chinese: Browser, scenario: Scenario, published: list[str]) -> None:
    """A hidden small number reads "fewer than ten", never "none"."""
    edition = json.loads(made()[f"public/{THIN}.json"])
    few = {**edition, "received": None, "tables": {key: {"": None} for key in edition["tables"]}}
    scenario.product.shelf.put(f"public/{THIN}.json", json.dumps(few).encode())
    found = dict(drawn(chinese.get(f"/figures?from={THIN}&to={THIN}").body.decode()))
    assert found["received"][1][1] == "少于10件"
    assert list(found) == ["received", "times", "shares", "satisfaction", "clock"]
    assert table(chinese, "received", f"?from={THIN}&to={THIN}") == [
        {"month": THIN, "edition": "provisional", "number": None, "hidden": True, "rounded_to": STEP}
    ]


def test_a_range_of_months_has_the_rows_of_these_months(chinese: Browser, published: list[str]) -> None:
    """A range of months returns exactly the rows of these months, without sums. Each number is rounded, and
    the page shows only numbers of the tables."""
    whole = {name: table(chinese, name) for name in COLUMNS}
    for name, (first, last) in ((n, c) for n in COUNTED for c in combinations(published, 2)):
        chosen = table(chinese, name, f"?from={first}&to={last}")
        assert chosen == [row for row in whole[name] if first <= row["month"] <= last]
    for name in COUNTED:
        shown = [row["number"] for row in whole[name] if not row["hidden"]]
        assert all(n >= LEAST and n % STEP == 0 for n in shown), name
    for by in BY:
        for name, lines in drawn(chinese.get(f"/figures?by={by}").body.decode()):
            for line in lines[1:] if name in COUNTED else ():
                for head, cell in zip(lines[0][1:], line[1:], strict=True):
                    month = head[:7]
                    numbers = {str(row["number"]) for row in whole[name] if row["month"] == month}
                    assert cell in numbers or cell == "不公布", (name, month, cell)


def test_both_editions_of_a_month_can_be_read(
    browser: Browser, scenario: Scenario, published: list[str]
) -> None:
    """Page and tables have the newest edition of each month, marked, and either kind if it is asked for. The
    page says in which parts a final edition differs much."""
    former = json.loads(made()[f"public/{published[0]}.json"])
    final = {**former, "edition": "final", "received": former["received"] + 50, "differs": ["received"]}
    scenario.product.shelf.put(f"final/{published[0]}.json", json.dumps(final).encode())

    def read(query: str) -> list[tuple[str, str, int]]:
        rows = table(browser, "received", query)
        return [(row["month"], row["edition"], row["number"]) for row in rows]

    newest, *others = read("")
    assert newest == (published[0], "final", final["received"])
    assert {kind for _, kind, _ in others} == {"provisional"}
    assert read("?edition=final") == [newest]
    assert read("?edition=provisional")[0] == (published[0], "provisional", former["received"])
    page = text(browser.get("/figures"))
    assert sentence(browser, "edition.head.final", month=published[0]) in page
    month = month_name(browser.headers["accept-language"], published[0])
    parts = sentence(browser, "part.received.title")
    assert sentence(browser, "differs", month=month, parts=parts) in page
    assert sentence(browser, "edition.none") in text(browser.get(f"/figures?edition=final&from={THIN}"))
    assert browser.get("/figures?edition=x").status_code == 422


def test_editions_of_an_earlier_release_stay_exact(
    browser: Browser, scenario: Scenario, published: list[str]
) -> None:
    """An edition that was published under the former rule keeps its exact numbers: a code without a row is
    zero. The page says which months are exact and which are rounded."""
    old = json.loads(made()[f"public/{published[0]}.json"])
    tables = {**{name: {} for name in COUNTED}, "received_by_channel": {"web": 23, "post": None}}
    del old["rounded_to"], old["edition"]
    old = {**old, "month": "2025-12", "received": 27, "tables": tables}
    scenario.product.shelf.put("public/2025-12.json", json.dumps(old).encode())
    page = browser.get("/figures?by=channel")
    found = dict(drawn(page.body.decode()))
    lines = {line[0]: line[1] for line in found["received_by_channel"][1:]}
    assert found["received"][1][1] == "27"
    assert sorted(lines.values()) == sorted(["0", "0", "0", "23", sentence(browser, "nothing")])
    assert sentence(browser, "rounds") in text(page)
    month = month_name(browser.headers["accept-language"], "2025-12")
    assert sentence(browser, "exact", months=month) in text(page)
    rows = table(browser, "received_by_channel", "?to=2025-12")
    assert [(row["code"], row["number"], row["rounded_to"]) for row in rows] == [
        ("post", None, 1),
        ("web", 23, 1),
    ]
    assert sentence(browser, "rounds") not in text(browser.get("/figures?to=2025-12"))


def as_csv(value: object) -> str:
    """Return a value in CSV format."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_a_table_is_the_same_as_csv(chinese: Browser, published: list[str]) -> None:
    """The CSV has the listed columns in order and may be cached for an hour."""
    listed = {one["table"]: one["columns"] for one in json.loads(chinese.get("/v1/figures").body)["tables"]}
    for name in COLUMNS:
        answer = chinese.get(f"/v1/figures/{name}?format=csv")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        read = csv.DictReader(StringIO(answer.body.decode()))
        assert read.fieldnames == [column["name"] for column in listed[name]]
        assert [*read] == [{key: as_csv(one) for key, one in row.items()} for row in table(chinese, name)]


def test_invalid_figures_query_is_refused(browser: Browser, published: list[str]) -> None:
    """An unknown code or month and a reversed range are refused in the caller's language. Pages say so
    plainly; programs get a problem document that names the field."""
    months = ("from=2026-13", "to=2019-01", f"from={THIN}&to=2026-01", "from=x&to=y")
    for query in ("by=13800138000", "by=team", *months):
        page = browser.get(f"/figures?{query}")
        assert page.status_code in (404, 422), query
        assert "<svg" not in page.body.decode(), query
        assert "13800138000" not in text(page)
        answer = browser.get(f"/v1/figures/received?{query}")
        (error,) = json.loads(answer.body)["errors"]
        assert answer.headers["Content-Language"] == browser.headers["accept-language"]
        assert answer.status_code == 422
        assert query.startswith("by=") or error["message"] in text(page)
    for path, status in (("nobody", 404), ("clock?format=xml", 422), ("received?ref=1", 422)):
        answer = browser.get(f"/v1/figures/{path}")
        assert answer.status_code == status, path
        assert json.loads(answer.body)["errors"], path


def test_the_page_shows_two_years_at_most(chinese: Browser, scenario: Scenario) -> None:
    """Without a range the page shows the last twelve months. More than two years return 422; the tables have
    every month."""
    (edition,) = (json.loads(content) for key, content in made().items() if EMPTY in key)
    months = [f"{2020 + n // 12}-{n % 12 + 1:02}" for n in range(MOST + 4)]
    for month in months:
        scenario.product.shelf.put(f"public/{month}.json", json.dumps({**edition, "month": month}).encode())
    heads = dict(drawn(chinese.get("/figures").body.decode()))["received"][0][1:]
    assert [head[:7] for head in heads] == months[-12:]
    assert chinese.get(f"/figures?from={months[4]}").status_code == 200
    assert chinese.get(f"/figures?from={months[3]}").status_code == 422
    assert len(table(chinese, "received")) == len(months)


def test_an_edition_is_read_once(chinese: Browser, scenario: Scenario, published: list[str]) -> None:
    """A second page reads nothing. After an hour, only the list of editions is read again. The daily
    delays of the clock, which earlier releases published, are not read."""
    shelf, read = scenario.product.shelf, list[str]()

    class Counted:
        def keys(self, folder: str) -> Iterator[str]:
            read.append(folder)
            return shelf.keys(folder)

        def read(self, key: str) -> bytes:
            read.append(key)
            return shelf.read(key)

    scenario.product.shelf.put("public/clock.json", b'[{"day": "2026-01-01", "median_s": 7}]')
    scenario.product.published._store = Counted()
    chinese.get("/figures"), chinese.get("/figures?by=class")
    assert sorted(read) == ["final/", "public/", *(f"public/{month}.json" for month in published)]
    scenario.later(timedelta(hours=2))
    chinese.get("/figures")
    assert len(read) == len(published) + 4


def test_the_dictionary_names_every_column_and_the_fields_of_the_cfpb(
    browser: Browser, scenario: Scenario
) -> None:
    """The dictionary names the published columns in the reader's language, and the CFPB fields of the rows
    behind them."""
    page = text(browser.get("/figures/dictionary"))
    for name, columns in COLUMNS.items():
        assert name in page
        assert sentence(browser, f"table.{name}") in page
        assert all(sentence(browser, f"column.{column}") in page for column in columns)
    assert "(CFPB: Company response to consumer)" in page
    assert "CFPB: Sub-issue" in page


def test_published_values_have_the_types_of_the_dictionary(chinese: Browser, published: list[str]) -> None:
    """Each value of each published table has the type that the dictionary states, and each number a unit or a
    sentence that says what it is. Months have a zone."""
    found = json.loads(chinese.client.http.get("/figures/dictionary.json").body.decode())["published"]
    kinds = {"varchar": str, "bigint": int, "double": (int, float), "boolean": bool}
    for name, columns in COLUMNS.items():
        assert [*found[name]] == [*columns]
        for row in table(chinese, name):
            wrong = {
                column: value
                for column, value in row.items()
                if value is not None and not isinstance(value, kinds[found[name][column]["type"]])
            }
            assert wrong == {}, name
    assert found["received"]["month"]["zone"] == "+08:00"
    units = {name: told["number"]["unit"] for name, told in found.items() if "number" in told}
    assert {name for name, unit in units.items() if unit != "complaints"} == {"promises_by_end"}


def test_the_dictionary_has_every_code_for_people_and_for_machines(browser: Browser) -> None:
    """The JSON has each column with its zone and its code list, and each code with its labels in both
    languages. The page has them in the language of its reader."""
    found = json.loads(browser.client.http.get("/figures/dictionary.json").body.decode())
    exported = [column for table in found["exported"].values() for column in table.values()]
    zones = {(one["type"], one.get("zone")) for one in exported if one["type"] in ("timestamp", "date")}
    assert zones == {("timestamp", "UTC"), ("date", "+08:00")}
    assert found["published"]["closed_by_outcome"]["code"]["codes"] == "outcome"
    page, language = text(browser.get("/figures/dictionary")), browser.headers["accept-language"]
    for name, code in (("region", "110000"), ("sub_type", "quality/defect"), ("event", "reopen/our_error")):
        assert code in page
        assert found["codes"][name]["codes"][code][language] in page
