"""Files for the import of complaints, and a map for them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from app import app
from chalicelib.web.api import openapi
from infra.bulk.mapping import Filing, Schema

MAP = """
[fields]
external_id = "Order"
hurt = { value = "no" }
"person.name" = "Name"
"person.phone" = "Phone"
"account.story" = "Story"
"matters.0.type" = { column = "Kind", table = "type" }
"matters.0.sub_type" = { column = "Kind", table = "sub_type" }
"matters.0.amount" = { column = "Amount", optional = true }
"matters.1.type" = { value = "warranty" }
"matters.1.sub_type" = { column = "Warranty", optional = true }
wishes = { column = "Wishes", otherwise = "refund" }
happened_on = { column = "Day", optional = true }
received_at = { column = "Heard", optional = true }
"consents.truthful" = { value = true }
"consents.data_use" = { column = "Agreed", optional = true, otherwise = "yes" }
[tables.type]
"坏了" = "quality"
"*" = "price"
[tables.sub_type]
"坏了" = "defect"
"*" = "overcharge"
"""
"""A map of a shop's columns. The columns of amount, second matter, days and consent may be missing."""
COLUMNS = ("Order", "Name", "Phone", "Story", "Kind", "Wishes")


def row(order: str = "A-1", story: str = "洗衣机坏了，商家不退。", **more: str) -> dict[str, str]:
    """Return a record of the shop, with changes."""
    said = {
        "Order": order,
        "Name": "王芳",
        "Phone": "13800138000",
        "Story": story,
        "Kind": "坏了",
        "Wishes": "",
    }
    return {**said, **more}


def as_csv(rows: Iterable[dict[str, str]], separator: str = ",") -> str:
    """Return records as the text of a CSV file."""
    kept = [*rows]
    columns = [*dict.fromkeys([*COLUMNS, *(name for one in kept for name in one)])]
    file = io.StringIO()
    lines = csv.DictWriter(file, columns, restval="", delimiter=separator)
    lines.writeheader()
    lines.writerows(kept)
    return file.getvalue()


def map_file(folder: Path, text: str = MAP) -> Path:
    """Write a map and return its path."""
    path = folder / "map.toml"
    path.write_text(text, "utf-8")
    return path


@cache
def schema() -> Schema:
    """Return the schema of a complaint, as the interface gives it."""
    return Schema(json.loads(json.dumps(openapi.document(app))))


def why(filing: Filing) -> list[tuple[str, str]]:
    """Return the faults of a record as field and column."""
    return [(fault.field, fault.column) for fault in filing.faults]
