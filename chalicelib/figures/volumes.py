"""The numbers of customers, which an operator loads as a CSV file. Reports need them for complaints per 1,000
customers, and verdicts on improvement actions for rates per customer.

The file is in UTF-8, with or without a byte order mark. Its first row is `HEADER`. Each other row has the
number of customers of a month: of the company (`by` and `code` empty), or of one product (`by` is `class`),
listed company (`company`) or region (`region`). Months follow each other without a gap. A file replaces the
one before. Rows for a part of the customers are optional.

The stored form is {"all/all": {"2026-01": 120000}, "class/appliance": {"2026-01": 40000}}."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from io import StringIO
from itertools import pairwise
from typing import NamedTuple

from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.codes import GoodsClass, Region, ServiceClass

VOLUMES = "figures/volumes.json"
"""The store key of the numbers of customers."""
LOADED = "figures/volumes-loaded.json"
"""The store key of who loaded these numbers from which file, and when (see `loaded`)."""
HEADER = ("month", "by", "code", "customers")
COUNTED_BY = ("class", "company", "region")
"""The breakdowns (facets) in which a file can have numbers of customers."""
UNKNOWN = {
    "class": "no product; products are {known}",
    "company": "no company that the policy lists",
    "region": f"no region; regions are codes of GB/T 2260, as {Region.BEIJING}",
}
"""What is wrong with a code that a breakdown does not have. `known`: the codes that it has."""
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
NUMBER = re.compile(r"[1-9]\d{0,9}", re.ASCII)
EVERY = "all"
"""The facet and the code of all customers."""
Volumes = Mapping[str, Mapping[str, int]]
"""The number of customers by month, for each part of them."""


Part = tuple[str, str]
"""A part of the customers: the columns `by` and `code` of its rows."""


class Entry(NamedTuple):
    """The number of customers of a part in a month, with the line of the file."""

    line: int
    customers: int


class WrongVolumes(ValueError):
    """A file of volumes that is wrong. `problems`: a sentence for each problem, with its line and value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = [*problems]
        super().__init__("; ".join(self.problems))


def read_volumes(content: bytes, companies: Collection[str]) -> Volumes:
    """Return the numbers of customers in a file. `companies` are those that the policy lists. Raises
    WrongVolumes with every problem of the file."""
    found, problems = defaultdict[Part, dict[str, Entry]](dict), list[str]()
    for line, (month, by, code, number) in _rows(_text(content)):
        wrong = [*_wrong(month, by, code, number, companies)]
        if former := found[by, code].get(month):
            wrong.append(f"{month} of {_named(by, code)} stands in line {former.line} already")
        found[by, code].setdefault(month, Entry(line, 0 if wrong else int(number)))
        problems += (f"line {line}: {one}" for one in wrong)
    if not found:
        problems.append("line 2: there is no row with a number of customers")
    if problems := problems or [*_joined(found)]:
        raise WrongVolumes(problems)
    return {
        _key(*part): {month: one.customers for month, one in sorted(each.items())}
        for part, each in found.items()
    }


def loaded(volumes: bytes, at: datetime, by: str, file: str) -> bytes:
    """Return the content of `LOADED`. `volumes`: the content of `VOLUMES`. `at`, `by`, `file`: the moment,
    the name of the operator and the name of the file."""
    told = {"at": stamp(at), "by": by, "file": file, "volumes": sha256(volumes).hexdigest()}
    return json.dumps(told, ensure_ascii=False).encode()


def loading(volumes: bytes, kept: bytes) -> Mapping[str, str] | None:
    """Return from the content of `LOADED` (`kept`) who loaded the stored numbers `volumes`. Return None if
    they were loaded by the former release, which did not note it."""
    told: Mapping[str, str] = json.loads(kept)
    return told if told["volumes"] == sha256(volumes).hexdigest() else None


def _text(content: bytes) -> str:
    """Return the text of a file. Raises WrongVolumes if it is not in UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        value = content[error.start : error.start + 4].hex(" ")
        hint = "it may be GBK; in Excel, save it as “CSV UTF-8”"
        raise WrongVolumes([f"line {line}: the bytes {value} are not UTF-8; {hint}"]) from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the header, each with the number of its last line. Empty rows are left out. Raises
    WrongVolumes for another header, for a row with another number of cells, and for text that is no CSV."""
    read = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        head = next(read, [])
        if tuple(cell.strip() for cell in head) != HEADER:
            raise WrongVolumes([f"line 1: the header is {','.join(head)!r}; it must be {','.join(HEADER)!r}"])
        for row in read:
            cells = [cell.strip() for cell in row]
            if any(cells) and len(cells) != len(HEADER):
                raise WrongVolumes([f"line {read.line_num}: {','.join(row)!r} has not {len(HEADER)} cells"])
            if any(cells):
                yield read.line_num, cells
    except csv.Error as error:
        raise WrongVolumes([f"line {read.line_num}: this is no CSV ({error})"]) from None


def codes(by: str, companies: Collection[str]) -> Collection[str]:
    """Return the codes that a breakdown can have: one of `COUNTED_BY`, or `EVERY`. `companies` are those that
    the policy lists."""
    match by:
        case "class":
            return (*GoodsClass, *ServiceClass)
        case "company":
            return companies
        case "region":
            return [*Region]
    return [EVERY]


def by_part(stored: Volumes) -> dict[Part, Mapping[str, int]]:
    """Return the numbers of customers by facet and code."""
    return {(facet, code): known for key, known in stored.items() for facet, _, code in [key.partition("/")]}


def _wrong(month: str, by: str, code: str, customers: str, companies: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the cells of a row."""
    if not MONTH.fullmatch(month):
        yield f"{month!r} is no month; write it as 2026-01, in Excel in a column of text"
    if by not in ("", *COUNTED_BY):
        yield f"{by!r} is none of {', '.join(COUNTED_BY)}; leave it empty for all customers"
    elif not by and code:
        yield f"the code {code!r} needs one of {', '.join(COUNTED_BY)} before it"
    elif by and code not in (known := codes(by, companies)):
        yield f"{code!r} is {UNKNOWN[by].format(known=', '.join(known))}"
    if not NUMBER.fullmatch(customers):
        yield f"{customers!r} is no number of customers; write digits only, from 1 to ten digits"


def _joined(found: Mapping[Part, Mapping[str, Entry]]) -> Iterator[str]:
    """Yield what is wrong between rows that are right by themselves: a month that is missing in between, and
    a part of the customers without all of them, or with more."""
    every = found.get(("", ""), {})
    for part, each in found.items():
        name = _named(*part)
        for month, (line, number) in each.items():
            if month not in every:
                yield f"line {line}: there is no row with all customers of {month}"
            elif number > every[month].customers:
                of = every[month].customers
                yield f"line {line}: {number} customers of {name} are more than all {of} of {month}"
        for before, month in pairwise(sorted(each)):
            if (missing := _after(before)) != month:
                yield f"line {each[month].line}: {month} of {name} follows {before}; {missing} is missing"


def _after(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02}"


def _key(facet: str, code: str) -> str:
    return f"{facet or EVERY}/{code or EVERY}"


def _named(by: str, code: str) -> str:
    return f"{by} {code}" if by else "all customers"


def customers(stored: Volumes, days: Collection[date], facet: str = EVERY, code: str = EVERY) -> float | None:
    """Return the mean number of customers on these days. The first day of a month stands for the month.
    Return None if the number of any of their months is not known."""
    known = stored.get(_key(facet, code), {})
    found = [known.get(f"{day:%Y-%m}") for day in days]
    numbers = [n for n in found if n is not None]
    return sum(numbers) / len(numbers) if numbers and len(numbers) == len(found) else None


def growth(
    stored: Volumes, before: Collection[date], after: Collection[date], facet: str = EVERY, code: str = EVERY
) -> tuple[float, float] | None:
    """Return two growth factors of the mean number of customers from the days `before` to the days `after`.
    The first is that of a part, the second that of the other customers. For all customers both are the same.
    Return None if a number is not known, or if there are no others."""
    parts, others = list[float](), list[float]()
    for days in (before, after):
        every, part = customers(stored, days), customers(stored, days, facet, code)
        if every is None or part is None or (part >= every and facet != EVERY):
            return None
        parts.append(part)
        others.append(every if facet == EVERY else every - part)
    return parts[1] / parts[0], others[1] / others[0]
