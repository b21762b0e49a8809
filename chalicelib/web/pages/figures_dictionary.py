"""The dictionary of the figures: the meaning of the published columns and of the exported rows, and the code
lists."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from chalicelib.figures.code_lists import OF_PUBLISHED, code_label, lists
from chalicelib.figures.published import CFPB, COLUMNS
from chalicelib.figures.tables import KEPT
from chalicelib.locale.formats import LANGUAGES
from chalicelib.web.pages import say

FORMAT = "dictionary-1"
"""The name of the JSON format. A change that a reader of the file would not understand gets a new number."""
ZONES: Mapping[str, Mapping[str, str]] = {
    "timestamp": {"zone": "UTC", "format": "YYYY-MM-DD HH:MM:SS"},
    "date": {"zone": "+08:00", "format": "YYYY-MM-DD"},
}
"""The zone and the format of the columns with a moment or a day, by the type of the column."""


@cache
def code_lists(language: str) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """Return the title of each code list, and its codes with their labels."""
    return [
        (say(language, f"dictionary.list.{name}"), [(one, code_label(language, name, one)) for one in codes])
        for name, codes in lists().items()
    ]


@cache
def dictionary() -> Mapping[str, Any]:
    """Return the published tables, the exported tables and the code lists as JSON. Each text is a mapping by
    language. `month` in a published table is a month of China. `stored_by`: the column by which exported
    tables are stored."""
    return {
        "format": FORMAT,
        "published": {
            table: {
                name: {
                    "says": _both(f"figures.column.{name}"),
                    **({"zone": "+08:00", "format": "YYYY-MM"} if name == "month" else {}),
                    "cfpb": CFPB.get((table, name)) or None,
                    "codes": OF_PUBLISHED.get((table, name)),
                }
                for name in columns
            }
            for table, columns in COLUMNS.items()
        },
        "stored_by": {
            "column": "day",
            "says": _both("dictionary.day"),
            "zone": "UTC",
            "format": "YYYY-MM-DD",
        },
        "exported": {
            table: {
                name: {
                    "says": _both(f"dictionary.column.{table}.{name}"),
                    "type": column.kind,
                    **ZONES.get(column.kind, {}),
                    "cfpb": column.cfpb or None,
                    "codes": column.codes or None,
                }
                for name, column in columns.items()
            }
            for table, columns in KEPT.items()
        },
        "codes": {
            name: {
                "says": _both(f"dictionary.list.{name}"),
                "codes": {
                    one: {language: code_label(language, name, one) for language in LANGUAGES}
                    for one in codes
                },
            }
            for name, codes in lists().items()
        },
    }


def _both(path: str) -> dict[str, str]:
    return {language: say(language, path) for language in LANGUAGES}
