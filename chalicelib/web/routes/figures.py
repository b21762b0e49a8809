"""Public figures: a page with charts, the meaning of the columns, and each table as JSON or CSV. The figures
come from the published editions; no case is read."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Mapping
from io import StringIO
from itertools import chain
from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib.figures.published import CFPB, COLUMNS, KINDS, rows
from chalicelib.figures.tables import TABLES
from chalicelib.locale.formats import month_name
from chalicelib.web import pages
from chalicelib.web.pages import figures
from chalicelib.web.problems import Answer, answers, language
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import Figures, FiguresTable

routes = Blueprint(__name__)
KEPT = {"Cache-Control": "public, max-age=3600"}
"""The headers of an answer with published figures. It may be cached for an hour, because published rows do
not change and new ones are only added."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""The first characters of a cell that a spreadsheet program may take for a formula."""
EVER = 1_200
"""The most months in a table: a hundred years, so that no published month is cut off."""


@routes.route("/figures", methods=pages.GET)
@pages.answered
def read(request: Any) -> Response:
    """Show the published figures on complaints and on our own clock by month."""
    found, said_in = product.published, pages.language(request)
    months = found.months()
    wanted = figures.figures_request(request.query_params or {}, months)
    editions = found.editions(wanted.months, wanted.edition)
    return pages.page(
        request,
        "figures.html",
        wanted=wanted,
        months={month: month_name(said_in, month) for month in months},
        by={code: pages.say(said_in, f"figures.by.{code}") for code in figures.BY},
        kinds={kind: pages.say(said_in, f"figures.edition.{kind or 'newest'}") for kind in ("", *KINDS)},
        protects=figures.protects(said_in, editions),
        differs=[*figures.differences(said_in, editions)],
        shown=bool(editions),
        parts=[*figures.parts(said_in, found, wanted)],
    )


@routes.route("/figures/dictionary", methods=pages.GET)
@pages.answered
def read_dictionary(request: Any) -> Response:
    """Show the meaning of each column of the published tables, and of the internal rows from which they are
    computed, and the code lists."""
    from chalicelib.figures.code_lists import OF_PUBLISHED
    from chalicelib.web.pages.figures_dictionary import code_lists, dictionary

    return pages.page(
        request,
        "figures_dictionary.html",
        columns=COLUMNS,
        meant=dict.fromkeys(chain.from_iterable(COLUMNS.values())),
        coded=OF_PUBLISHED,
        cfpb=CFPB,
        export=TABLES,
        reports=dictionary()["reports"],
        lists=code_lists(pages.language(request)),
    )


@routes.route("/figures/dictionary.json", methods=["GET"])
@pages.answered
def dictionary_as_json(request: Any) -> Response:
    """Return the columns and the code lists as JSON, with all texts in both languages."""
    from chalicelib.web.pages.figures_dictionary import dictionary

    told = json.dumps(dictionary(), ensure_ascii=False)
    return Response(told, headers={"Content-Type": "application/json; charset=utf-8", **KEPT})


@routes.route("/v1/figures", methods=["GET"])
@answers
def published() -> Answer[Figures]:
    """List the published months and tables, each column with its meaning. If the CFPB's public complaint
    database has the same column, its name there is given too."""
    said_in = language(routes.current_request)
    told: Figures = {
        "months": [*product.published.months()],
        "tables": [
            {
                "table": table,
                "says": pages.say(said_in, f"figures.table.{table}"),
                "columns": [
                    {
                        "name": name,
                        "says": pages.say(said_in, f"figures.column.{name}"),
                        "cfpb": CFPB.get((table, name)),
                    }
                    for name in columns
                ],
            }
            for table, columns in COLUMNS.items()
        ],
    }
    return Answer(told, **KEPT, Vary="Accept-Language")


@routes.route("/v1/figures/{table}", methods=["GET"])
@answers
def published_table(table: str) -> Answer[FiguresTable]:
    """Get a published table, as JSON or, with `format=csv`, as CSV with a header. `from` and `to` (YYYY-MM)
    limit the months; both are included. Each month has its newest edition; with `edition=provisional`
    or `edition=final`, only editions of this kind are returned. A number under ten is not shown, nor
    whether it is zero: `hidden` is then true. Any other number is rounded to `rounded_to`. A row with
    an empty `code` stands for all codes that have no row. `table`: the name of the table."""
    query = dict(routes.current_request.query_params or {})
    figures.refuse_unknown(query, table)
    said_as = figures.wanted_format(query)
    found = product.published
    months = found.months()
    whole = {"from": months[0]} if months else {}
    wanted = figures.figures_request({**whole, **query}, months, EVER)
    editions = found.editions(wanted.months, wanted.edition)
    items: list[Any] = [dict(row) for one in editions for row in rows(table, one)]
    answer: Answer[FiguresTable] = Answer({"table": table, "items": items, "next": None}, **KEPT)
    if said_as == "csv":
        answer.body = csv_text(COLUMNS[table], items)
        answer.headers.update(csv_headers(table))
    return answer


def csv_text(columns: Collection[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV (RFC 4180) with a header. A missing value becomes an empty cell. A text that a
    spreadsheet program would take for a formula gets a quotation mark in front."""
    text = StringIO()
    written = csv.DictWriter(text, columns)
    written.writeheader()
    written.writerows({name: _plain(said) for name, said in row.items()} for row in rows)
    return text.getvalue()


def csv_headers(name: str) -> dict[str, str]:
    """Return the headers of a CSV file to be saved. `name`: its name without the ending."""
    return {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}.csv"',
    }


def _plain(said: object) -> object:
    if isinstance(said, str) and said.startswith(FORMULA):
        return f"'{said}"
    return str(said).lower() if isinstance(said, bool) else said
