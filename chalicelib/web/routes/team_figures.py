"""Load, times and promises by team and person, on the desk and in the interface. Supervisors read those of
all teams. A lead reads those of the teams that they lead."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, NotFound, teams_reported
from chalicelib.cases.casework import Unavailable
from chalicelib.figures.team_figures import COLUMNS, FOLDER, LATELY, Row
from chalicelib.locale.formats import date_called
from chalicelib.web import callers, pages
from chalicelib.web.pages.desk import team_figures as told
from chalicelib.web.pages.figures import wanted_format
from chalicelib.web.problems import PRIVATE, Answer, answers, forbid_unless
from chalicelib.web.routes import desk
from chalicelib.web.routes.figures import csv_headers, csv_text
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import TeamFigures

routes = Blueprint(__name__)
HOME = "/desk/teams"


@routes.route(HOME, methods=pages.GET)
@desk.staffed
def read(request: Any, caller: Caller) -> Response:
    """Show the figures of all teams, or of one team and its people, for the newest 90 days or for a month."""
    query, language, roster = request.query_params or {}, pages.language(request), product.file.roster()
    period = query.get("period") or LATELY
    led = _led(caller)
    found = _figures(period, query.get("period") is not None)
    teams = sorted({row["team"] for row in found["rows"]} if led is None else led)
    all_ = {"": pages.say(language, "reports.teams.all")} if led is None else {}
    tabs = {**all_, **{team: roster.team_name(team, language) for team in teams}}
    team = query.get("team") or next(iter(tabs), "")
    forbid_unless(team in tabs)
    return desk.page(
        request,
        caller,
        "desk_team_figures.html",
        tabs=tabs,
        team=team,
        period=period,
        periods={name: told.called(language, name) for name in (LATELY, *found["months"])},
        until=found["until"] and date_called(language, date.fromisoformat(found["until"])),
        parts=[*told.parts(language, found["rows"], team, roster)] if found["until"] else [],
    )


@routes.route(f"{HOME}/csv", methods=pages.GET)
@desk.staffed
def as_csv(request: Any, caller: Caller) -> Response:
    """Download the figures that a page shows as CSV: of all teams, or of one team with its people."""
    query, led = request.query_params or {}, _led(caller)
    period, team = query.get("period") or LATELY, query.get("team") or ""
    forbid_unless(led is None or not team or team in led)
    rows = _rows(_figures(period, True), led, team)
    return Response(csv_text(COLUMNS, rows), headers={**csv_headers(f"teams-{period}"), **PRIVATE})


@routes.route("/v1/team-figures/{period}", methods=["GET"])
@answers
def team_figures(period: str) -> Answer[TeamFigures]:
    """Get load, times and promises by team and person, as JSON or, with `format=csv`, as CSV with a header.
    For supervisors; a lead gets those of the teams that they lead. `period` is `lately` (the newest 90 days)
    or one of the last 13 months (YYYY-MM). The numbers are exact: please do not publish them."""
    request: Any = routes.current_request
    led = _led(callers.bearer(request))
    said_as = wanted_format(request.query_params or {})
    found = _figures(period, True)
    rows: Any = _rows(found, led)
    answer: Answer[TeamFigures] = Answer(
        {"period": period, "until": found["until"], "items": rows, "next": None}
    )
    if said_as == "csv":
        answer.body = csv_text(COLUMNS, rows)
        answer.headers.update(csv_headers(f"teams-{period}"))
    return answer


def _led(caller: Caller) -> frozenset[str] | None:
    """Return the teams that the caller leads; None for a supervisor, who reads those of all teams. Raises
    AccessForbidden for anybody else."""
    forbid_unless(caller.roles & desk.SEES_TEAMS)
    return teams_reported(caller, product.file.roster())


def _figures(period: str, needed: bool) -> Mapping[str, Any]:
    """Return the stored figures of a period. At most two files are read. Before the first night, return
    figures without rows, or raise NotFound if the period was asked for (`needed`). Raises NotFound for an
    unknown period."""
    try:
        lately: Mapping[str, Any] = json.loads(product.shelf.read(f"{FOLDER}{LATELY}.json"))
        if period == LATELY:
            return lately
        if period in lately["months"]:
            found: Mapping[str, Any] = json.loads(product.shelf.read(f"{FOLDER}{period}.json"))
            return found
    except Unavailable as error:
        if needed:
            raise NotFound(period) from error
        return {"until": "", "months": [], "rows": []}
    raise NotFound(period)


def _rows(found: Mapping[str, Any], led: Collection[str] | None, team: str = "") -> list[Row]:
    """Return the rows that the caller may read, with `COLUMNS`: of one `team`, or of every such team."""
    may = (row for row in found["rows"] if led is None or row["team"] in led)
    return [{name: row.get(name) for name in COLUMNS} for row in may if team in ("", row["team"])]
