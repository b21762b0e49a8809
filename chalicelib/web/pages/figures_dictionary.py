"""The dictionary of the figures: the meaning of the published columns, of the columns of the internal
reports, and of the exported rows, and the code lists."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from chalicelib.domain.model.codes import Measure
from chalicelib.domain.roster import Roster
from chalicelib.figures.code_lists import OF_PUBLISHED, code_label, lists
from chalicelib.figures.counterparts import Fit, Source
from chalicelib.figures.measures import FACETS, MEASURES, Basis, Status, Unit
from chalicelib.figures.published import CFPB, COLUMNS, KINDS, SINGLE
from chalicelib.figures.report import HELPED
from chalicelib.figures.tables import KEPT, OPINIONS
from chalicelib.locale.formats import LANGUAGES
from chalicelib.web.pages import say
from chalicelib.web.pages.desk import report_data

FORMAT = "dictionary-1"
"""The name of the JSON format. A change that a reader of the file would not understand gets a new number."""
ZONES: Mapping[str, Mapping[str, str]] = {
    "timestamp": {"zone": "UTC", "format": "YYYY-MM-DD HH:MM:SS"},
    "date": {"zone": "+08:00", "format": "YYYY-MM-DD"},
}
"""The zone and the format of the columns with a moment or a day, by the type of the column."""

TYPES: Mapping[str, str] = {
    **dict.fromkeys(("number", "median_hours", "p90_hours", "percent", "rounded_to"), "bigint"),
    **dict.fromkeys(("mean", "low", "high", "value", "year_before"), "double"),
    "hidden": "boolean",
    "as_of": "timestamp",
}
"""The type of each column of the published tables and of the reports that is no text."""
UNITS: Mapping[str, Unit] = {
    "number": Unit.COMPLAINTS,
    **dict.fromkeys(("median_hours", "p90_hours"), Unit.HOURS),
    **dict.fromkeys(("mean", "low", "high"), Unit.SCORE),
    "percent": Unit.PERCENT,
}
"""The unit of each column of the published tables that has one. Numbers of promises are in `PROMISES`."""
PROMISES = "promises_by_end"
"""The published table that counts promises."""
MONTH = {"zone": "+08:00", "format": "YYYY-MM"}
FORMATS: Mapping[str, Mapping[str, str]] = {
    "period": {"zone": "+08:00", "format": "YYYY-MM, YYYY-Qn, YYYY"},
    "as_of": {"zone": "+08:00", "format": "YYYY-MM-DDTHH:MM:SS+08:00"},
}
"""The zone and the format of the columns of reports with a period or a moment."""
OF_REPORTS = {
    "edition": "report_edition",
    "facet": "facet",
    "measure": "report_measure",
    "unit": "unit",
    "status": "status",
}
"""The code list of each coded column of a report. The column `code` has the list of its facet. As CSV, a
report has the labels of units and statuses."""
OF_FACETS = {
    **{facet: facet for facet in FACETS if facet in {*lists(), "measure", "help"}},
    "opinion": "opinion",
}
"""The code list of each facet whose codes are listed."""


@cache
def report_lists() -> Mapping[str, Sequence[str]]:
    """Return the codes of each list that only reports use."""
    return {
        "report_edition": (*KINDS, report_data.SO_FAR, SINGLE),
        "facet": FACETS,
        "report_measure": (*MEASURES,),
        "unit": (*Unit,),
        "status": (*Status,),
        "basis": (*Basis,),
        "fit": (*Fit,),
        "source": (*Source,),
        "measure": (*Measure,),
        "help": HELPED,
        "opinion": OPINIONS,
    }


def labelled(language: str, name: str, code: str) -> str:
    """Return the label of a code in the list `name`."""
    match name:
        case _ if name in lists():
            return code_label(language, name, code)
        case "report_edition":
            return say(language, f"figures.edition.{code}")
        case "report_measure":
            return report_data.name_of(language, MEASURES[code])
        case "measure" | "help" | "opinion":
            return report_data.label(language, name, code, Roster())
        case _:
            return say(language, f"measures.{name}.{code}")


@cache
def code_lists(language: str) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """Return the title of each code list, and its codes with their labels."""
    return [
        (say(language, f"dictionary.list.{name}"), [(one, labelled(language, name, one)) for one in codes])
        for name, codes in {**lists(), **report_lists()}.items()
    ]


@cache
def dictionary() -> Mapping[str, Any]:
    """Return the published tables, the columns of reports, the exported tables and the code lists as JSON.
    Each text is a mapping by language. `month` in a published table is a month of China. `stored_by`: the
    column by which exported tables are stored. `facets`: the code list of each facet of a report, or null."""
    return {
        "format": FORMAT,
        "published": {
            table: {
                name: {
                    "says": _both(f"figures.column.{name}"),
                    "type": TYPES.get(name, "varchar"),
                    "unit": Unit.PROMISES if (table, name) == (PROMISES, "number") else UNITS.get(name),
                    **(MONTH if name == "month" else {}),
                    "cfpb": CFPB.get((table, name)) or None,
                    "codes": OF_PUBLISHED.get((table, name)),
                }
                for name in columns
            }
            for table, columns in COLUMNS.items()
        },
        "reports": {
            "columns": {
                name: {
                    "says": _both(f"measures.column.{name}"),
                    "type": TYPES.get(name, "varchar"),
                    **FORMATS.get(name, {}),
                    "codes": OF_REPORTS.get(name),
                }
                for name in report_data.COLUMNS
            },
            "facets": {facet: OF_FACETS.get(facet) for facet in FACETS},
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
                    one: {language: labelled(language, name, one) for language in LANGUAGES} for one in codes
                },
            }
            for name, codes in {**lists(), **report_lists()}.items()
        },
    }


def _both(path: str) -> dict[str, str]:
    return {language: say(language, path) for language in LANGUAGES}
