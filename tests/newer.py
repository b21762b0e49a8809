"""Heads of cases as a newer release writes them, with fields that this release does not know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chalicelib.aws.case_file import CASE
from chalicelib.aws.rows import SCHEMA, Row
from chalicelib.domain.model.case import Case

CHOSEN = frozenset(
    {
        "taken",
        "told",
        "posted",
        "steps",
        "facts",
        "conclusions",
        "rights",
        "votes",
        "consents",
        "asks",
        "written",
        "granted",
        "handled",
        "provisional",
        "interviews",
        "listed",
    }
)
"""Fields that hold a mapping: the case chooses its keys, no release does."""


def records(plain: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a head's JSON that is a record: it has fields, not keys that the case chose."""
    if isinstance(plain, dict):
        yield plain
        for name, inner in plain.items():
            yield from (
                () if name in CHOSEN or (name == "entries" and isinstance(inner, dict)) else records(inner)
            )
    elif isinstance(plain, list):
        for inner in plain:
            yield from records(inner)


def rewritten(case: Case) -> Case:
    """Return the case, read from a head in which each record has an unknown field."""
    plain = json.loads(CASE.written(case))
    for record in records(plain):
        record["news"] = "新"
    return CASE.read(Row(body=json.dumps(plain), v=SCHEMA))
