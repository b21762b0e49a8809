"""The supervisor's board: the work that waits in each team, and the trend. Supervisors and executives see all
teams. A lead sees the teams that they lead."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, teams_led
from chalicelib.cases.casework import DOUBTED, Unavailable
from chalicelib.cases.waiting import QUEUES
from chalicelib.domain.roster import OVERSEES, Roster
from chalicelib.figures.team_figures import EVERYBODY, SPANS, TREND, TRENDS
from chalicelib.locale.formats import date_called
from chalicelib.web import pages
from chalicelib.web.pages.desk import board
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk
from chalicelib.wiring import product

routes = Blueprint(__name__)
HOME = "/desk/board"
NOTHING: Mapping[str, Any] = {"until": "", **{span: [] for span in SPANS}}
"""What the nightly figures hold before the first night."""


@routes.route(HOME, methods=pages.GET)
@desk.staffed
def read(request: Any, caller: Caller) -> Response:
    """Show the board of all teams, or of one team."""
    query, language, roster = request.query_params or {}, pages.language(request), product.file.roster()
    teams, team = _teams(caller, roster, query)
    span = next((one for one in SPANS if one == query.get("span")), SPANS[0])
    trend, now = _trend(team), product.now()
    shown = [team] if team else teams
    gaps = product.cover.gaps(roster, board.AHEAD)
    doubted, _ = product.file.work(DOUBTED, None, board.MOST + 1)
    found = [_now(one) for one in shown]
    signs = _signs()
    return desk.page(
        request,
        caller,
        "desk_board.html",
        teams=_tabs(language, caller, teams, roster),
        team=team,
        at=now,
        tables=[*board.tables(language, found, roster)],
        doubted=[item["ref"] for item in doubted if item["team"] in shown],
        gaps=board.gap_lines(language, {one: gaps.get(one, ()) for one in shown}, roster),
        signs=len(signs["signs"]),
        signs_day=signs["day"] and date_called(language, date.fromisoformat(signs["day"])),
        proposes=bool(caller.roles & desk.PROPOSES),
        span=span,
        spans=SPANS,
        until=trend["until"] and date_called(language, date.fromisoformat(trend["until"])),
        plots=board.plots(language, trend[span], span),
        trend=board.trend_table(language, trend[span], span, team),
    )


@routes.route(f"{HOME}/cases", methods=pages.GET)
@desk.staffed
def cases(request: Any, caller: Caller) -> Response:
    """Show the newest complaints behind a number of a week or a month."""
    query, language, roster = request.query_params or {}, pages.language(request), product.file.roster()
    _, team = _teams(caller, roster, query)
    span, what = query.get("span", ""), query.get("of", "")
    trend = _trend(team)
    spans = trend[span] if span in SPANS else []
    n, refs = next(
        (one[what] for one in spans if one["begun"] == query.get("begun") and what in TREND), (0, [])
    )
    return desk.page(
        request,
        caller,
        "desk_board_cases.html",
        n=n,
        refs=refs,
        what=what if n else "",
        name=board.span_name(language, span, query["begun"]) if n else "",
        team=team,
        team_name=roster.team_name(team, language) if team else "",
        span=span,
        until=date_called(language, date.fromisoformat(trend["until"])) if n else "",
    )


def _teams(caller: Caller, roster: Roster, query: Mapping[str, str]) -> tuple[list[str], str]:
    """Return the teams that the caller may see, and the one that the query names. It is "" for all teams. A
    lead of one team sees that team. Raises AccessForbidden for anybody else, and for another team."""
    forbid_unless(caller.roles & desk.SEES_BOARD)
    oversees = caller.roles & OVERSEES
    teams = sorted(roster.teams if oversees else teams_led(caller, roster) & roster.teams.keys())
    team = query.get("team") or ("" if oversees else next(iter(teams), ""))
    forbid_unless(team in teams or (oversees and not team))
    return teams, team


def _tabs(language: str, caller: Caller, teams: list[str], roster: Roster) -> dict[str, str]:
    """Return the names of the tabs by team: a tab for all teams, for those who oversee them, and one for each
    team."""
    all_ = {"": pages.say(language, "reports.teams.all")} if caller.roles & OVERSEES else {}
    return {**all_, **{one: roster.team_name(one, language) for one in teams}}


def _now(team: str) -> board.TeamNow:
    """Return what waits in a team now. It costs a query for its cases, and one for each list of
    `board.COUNTED` that can have cases."""
    items, _ = product.file.work(QUEUES["team"].format(team=team), None, board.MOST + 1)
    counts = dict.fromkeys(board.COUNTED, 0)
    for name, within in board.COUNTED.items():
        if not within or (items if within == "team" else counts[within]):
            counts[name] = product.file.count(QUEUES[name].format(team=team), board.MOST + 1)
    return board.team_now(team, items, counts, product.now())


def _trend(team: str) -> Mapping[str, Any]:
    """Return the figures of the weeks and months of a team ("" for all teams)."""
    return _stored(f"{TRENDS}{team or EVERYBODY}.json", NOTHING)


def _signs() -> Mapping[str, Any]:
    return _stored("figures/signs.json", {"day": None, "signs": []})


def _stored(key: str, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the stored figures under a key, or `otherwise` if no night has stored them."""
    try:
        found: Mapping[str, Any] = json.loads(product.shelf.read(key))
    except Unavailable:
        return otherwise
    return found
