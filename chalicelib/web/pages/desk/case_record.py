"""The record of one case with its chain, for auditors and for those who oversee all teams: as JSON for
programs, and as the contents of a PDF. What people wrote is in it only as far as the reader may read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from typing_extensions import TypedDict

from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.reference import shown
from chalicelib.domain.timeline import verify
from chalicelib.locale.formats import label
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.reading import Reading

FORMAT = "case-record-1"
"""The name of the format. A change that a reader of the record would not understand gets a new number."""
MOST_BYTES = 3_000_000
"""The most bytes of the entries of a record. The site can answer with 6 MB, in which each quotation mark
takes two bytes."""
MOST_PRINTED = 300
"""The most entries of a PDF. A longer case is printed from its first entry, and the PDF says so."""
AT_ONCE = 100
"""How many entries are read in one query."""
RECIPE = ("first", "each", "last", "words", "command")
"""The steps of the recipe, in their order."""


class SaltedText(TypedDict):
    """A text that a person wrote. `text`: its canonical JSON. `salt`: the salt that is hashed before the
    text."""

    salt: str
    text: str


class RecordEntry(TypedDict):
    """An entry. `previous`: the hash of the entry before, "" for the first. `line`: the exact text that was
    hashed; None if the reader may not read it. `said`: what people wrote, by field, as far as the reader may
    read it."""

    n: int
    previous: str
    line: str | None
    hash: str
    said: dict[str, SaltedText]


class CaseRecord(TypedDict):
    """The record of a case. `how_to_verify`: the steps by which anybody checks it without our software.
    `head`: the hash of the last entry. `intact`: whether our own check finds the chain complete and
    unchanged. `next`: the number of the entry with which the next part of the record begins; None in the last
    part."""

    format: str
    how_to_verify: list[str]
    number: str
    made: str
    stage: str
    policy: str
    head: str
    intact: bool
    entries: list[RecordEntry]
    next: int | None


def recipe(language: str) -> list[str]:
    """Return the steps by which anybody checks the chain of a record."""
    return [say(language, f"case_record.recipe.{step}") for step in RECIPE]


def case_record(reading: Reading, first: int = 1) -> CaseRecord:
    """Return the record of a case from the entry with the number `first` on."""
    case, entries, size = reading.case, list[RecordEntry](), 0
    last = len(reading.dossier.entries)
    for entry in _entries(reading, max(first, 1)):
        size += len(json.dumps(entry, ensure_ascii=False).encode())
        if size > MOST_BYTES and entries:
            last = entry["n"] - 1
            break
        entries.append(entry)
    return {
        "format": FORMAT,
        "how_to_verify": recipe(reading.language),
        "number": shown(case.ref),
        "made": stamp(reading.now),
        "stage": case.stage,
        "policy": case.policy,
        "head": reading.dossier.case.head,
        "intact": verify(reading.dossier.entries, reading.dossier.case) is None,
        "entries": entries,
        "next": last + 1 if last < len(reading.dossier.entries) else None,
    }


def _entries(reading: Reading, first: int) -> Iterator[RecordEntry]:
    dossier, reader = reading.dossier, reading.reader
    for start in range(first, len(dossier.entries) + 1, AT_ONCE):
        end = min(start + AT_ONCE, len(dossier.entries) + 1)
        dossier.prefetch(range(max(start - 1, 1), end))
        for n in range(start, end):
            entry, line = dossier.entries[n - 1], dossier.line(n)
            said = entry.words if reader.open(line) else {}
            yield {
                "n": n,
                "previous": dossier.entries[n - 2].hash if n > 1 else "",
                "line": entry.line if reader.reads(line) else None,
                "hash": entry.hash,
                "said": {name: {"salt": salt, "text": text} for name, (salt, text) in said.items()},
            }


def printed_record(reading: Reading) -> dict[str, Any]:
    """Return the contents of the record as a document; `documents.copy` makes a PDF from them."""
    case, language = reading.case, reading.language
    last = min(len(reading.dossier.entries), MOST_PRINTED)
    intact = verify(reading.dossier.entries, reading.dossier.case) is None
    rows = {
        "number": shown(case.ref),
        "stage": label(language, case.stage, "stage"),
        "made": reading.moment(reading.now),
        "entries": say(language, "case_record.first_ones", n=last, of=len(reading.dossier.entries)),
        "head": reading.dossier.case.head,
        "chain": say(language, f"case_record.{'intact' if intact else 'broken'}"),
    }
    about = [(say(language, f"case_record.row.{name}"), value) for name, value in rows.items()]
    entries = [_printed(reading, n) for n in range(1, last + 1)]
    return {
        "language": language,
        "number": shown(case.ref),
        "title": say(language, "case_record.title"),
        "at": stamp(reading.now),
        "sections": [{"title": say(language, "case_record.about"), "rows": about}, *entries],
        "note": "\n".join([say(language, "case_record.folded"), *recipe(language)]),
    }


def _printed(reading: Reading, n: int) -> dict[str, Any]:
    language, line, entry = reading.language, reading.dossier.line(n), reading.dossier.entries[n - 1]
    told = reading.entry(n) if reading.dossier.has_entry(n) else {"facts": [], "words": []}
    move = label(language, line["move"], "move") if line["move"] else say(language, "case_record.unreadable")
    rows = [
        (say(language, "case_record.row.at"), reading.moment(instant(line["at"]))),
        (say(language, "case_record.row.who"), reading.name(line["who"]) if line["who"] else "–"),
        *((name, "\n".join(lines)) for name, lines in (*told["facts"], *told["words"]) if lines),
    ]
    withheld = say(language, "case_record.withheld")
    exact = entry.line if reading.reader.reads(line) else withheld
    chain = {"line": exact or "–", "hash": entry.hash or "–"}
    rows += [(say(language, f"case_record.row.{name}"), value) for name, value in chain.items()]
    return {"title": say(language, "case_record.entry", n=n, move=move), "rows": rows}
