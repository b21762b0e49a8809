"""The table of OWASP ASVS 5.0 in tests/asvs.md: every requirement of levels 1 and 2 once, with an existing
test or a reason."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
LEVELS = {
    "1.1": "22",
    "1.2": "1111122223",
    "1.3": "112222222223",
    "1.4": "222",
    "1.5": "123",
    "2.1": "122",
    "2.2": "112",
    "2.3": "12223",
    "2.4": "23",
    "3.1": "3",
    "3.2": "113",
    "3.3": "12223",
    "3.4": "11222233",
    "3.5": "11122333",
    "3.6": "3",
    "3.7": "22333",
    "4.1": "12233",
    "4.2": "23333",
    "4.3": "22",
    "4.4": "1222",
    "5.1": "2",
    "5.2": "112333",
    "5.3": "113",
    "5.4": "222",
    "6.1": "122",
    "6.2": "111111112222",
    "6.3": "11223333",
    "6.4": "112233",
    "6.5": "22222333",
    "6.6": "2223",
    "6.7": "33",
    "6.8": "2222",
    "7.1": "222",
    "7.2": "1111",
    "7.3": "22",
    "7.4": "11222",
    "7.5": "223",
    "7.6": "22",
    "8.1": "1233",
    "8.2": "1123",
    "8.3": "133",
    "8.4": "23",
    "9.1": "111",
    "9.2": "1222",
    "10.1": "22",
    "10.2": "223",
    "10.3": "22223",
    "10.4": "1111122222233333",
    "10.5": "22222",
    "10.6": "22",
    "10.7": "222",
    "11.1": "2233",
    "11.2": "22233",
    "11.3": "11233",
    "11.4": "1222",
    "11.5": "23",
    "11.6": "23",
    "11.7": "33",
    "12.1": "12233",
    "12.2": "11",
    "12.3": "22223",
    "13.1": "2333",
    "13.2": "222223",
    "13.3": "2233",
    "13.4": "1222233",
    "14.1": "22",
    "14.2": "12223333",
    "14.3": "122",
    "15.1": "12233",
    "15.2": "12233",
    "15.3": "1222222",
    "15.4": "3333",
    "16.1": "2",
    "16.2": "22222",
    "16.3": "2222",
    "16.4": "222",
    "16.5": "2223",
    "17.1": "23",
    "17.2": "22223333",
    "17.3": "22",
}
"""The level of each requirement of each section of version 5.0.0, in order: 345 of them."""
REASONS = ("Documented: ", "Not ours: ", "Does not apply: ", "Not met")
"""Openings of a proof that is not a test."""
ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \|")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PLACE = re.compile(r"`((?:chalicelib|infra|tests|\.chalice)[\w/.]*|README\.md)`")


class Row(NamedTuple):
    """A requirement as a row of the table."""

    number: str
    level: str
    asks: str
    proof: str


TABLE = [Row(*row) for row in ROW.findall((ROOT / "tests/asvs.md").read_text("utf-8"))]


@cache
def written_in(file: str) -> frozenset[str]:
    """Return the names of the tests of a file; none if the file is missing."""
    path = ROOT / file
    tree = ast.parse(path.read_text("utf-8") if path.is_file() else "")
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_the_standard_is_whole() -> None:
    """The standard has 70 requirements of level 1, 183 of level 2, 92 of level 3."""
    assert Counter("".join(LEVELS.values())) == {"1": 70, "2": 183, "3": 92}


def test_every_requirement_stands_once_in_order() -> None:
    """The table has each requirement of levels 1 and 2 once, with its own level."""
    asked = [
        (f"{section}.{n}", level)
        for section, levels in LEVELS.items()
        for n, level in enumerate(levels, 1)
        if level != "3"
    ]
    assert [(row.number, row.level) for row in TABLE] == asked


def lacking(row: Row) -> list[str]:
    """Return the tests and places that a proof names and that do not exist, or that it is no proof."""
    named = TEST.findall(row.proof)
    tests = [f"{file}::{name}" for file, name in named if name not in written_in(file)]
    places = PLACE.findall(row.proof)
    gone = [place for place in places if not (ROOT / place).exists()]
    proves = (
        named
        if row.proof.startswith("`tests/")
        else row.proof.startswith(REASONS) and (places or not row.proof.startswith("Documented"))
    )
    return [*tests, *gone, *([] if proves and row.asks.strip() else ["a proof"])]


def test_every_requirement_has_its_proof() -> None:
    """Each proof is an existing test or a reason; documents and places that it names exist too."""
    assert {row.number: lacks for row in TABLE if (lacks := lacking(row))} == {}
