"""The company's reports of months, quarters and years on the desk, and the results of the survey. A period
has a provisional report when it has ended, and a final one sixty days later. Before, it has a report so far.
A lead reads only those of the teams that they lead."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib.access.authorization import SEES_ALL, Caller, NotFound, teams_led
from chalicelib.cases.casework import Unavailable
from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.forewords import Foreword
from chalicelib.figures.counterparts import VERSIONS, valid_on
from chalicelib.figures.editions import FINAL, PROVISIONAL
from chalicelib.figures.published import KINDS
from chalicelib.figures.report import (
    FINAL_REPORTS,
    HOUSE,
    REPORTED,
    REPORTS,
    SO_FAR,
    Period,
    Report,
    Span,
    breakdowns,
    cut_key,
    report_key,
    surveyed,
)
from chalicelib.figures.volumes import LOADED, VOLUMES, Volumes, loading
from chalicelib.locale import formats
from chalicelib.operations.forewords import may_write_foreword
from chalicelib.web import inputs, pages
from chalicelib.web.pages.desk import report as told, report_data as data
from chalicelib.web.pages.desk.volumes import loaded_by, volume_parts
from chalicelib.web.pages.figures import wanted_format
from chalicelib.web.problems import PRIVATE, forbid_unless
from chalicelib.web.routes import desk
from chalicelib.web.routes.figures import csv_text
from chalicelib.wiring import product

routes = Blueprint(__name__)
HOME = "/desk/reports"
MOST_BYTES = 3_000_000
"""The most bytes of a file in an answer. The site can answer with 6 MB, in which each quotation mark takes
two bytes."""
MIMES = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}
"""The types of the files, by the ending of their names."""
SCHEMA = "/report.schema.json"
"""The address of the schema of a report as data."""


@routes.route(HOME, methods=pages.GET)
@desk.staffed
def reports(request: Any, caller: Caller) -> Response:
    """Show the list of months, quarters and years that have a report, the newest first."""
    teams, team = teams_read(request, caller)
    language, (over, running) = pages.language(request), _periods()
    names = {name: told.period_name(language, name, name in running) for name in (*over, *running)[::-1]}
    return desk.page(
        request,
        caller,
        "desk_reports.html",
        team=team,
        teams=teams,
        sees_volumes=bool(caller.roles & SEES_ALL),
        listed={
            span: {name: called for name, called in names.items() if Period(name).span == span}
            for span in (Span.YEAR, Span.QUARTER, Span.MONTH)
        },
    )


@routes.route(f"{HOME}/{{period}}", methods=pages.GET)
@desk.staffed
def report(request: Any, caller: Caller, period: str) -> Response:
    """Show the report of a period. If the period has not ended, show the report so far. With `by`, show its
    breakdown by this facet."""
    teams, team = teams_read(request, caller)
    edition = _edition(request)
    found, language = stored_report(period, team, edition), pages.language(request)
    facet = (request.query_params or {}).get("by", "")
    if facet not in ("", *breakdowns(found)):
        raise NotFound(facet)

    def opens(team: str) -> bool:
        return bool(caller.roles & SEES_ALL) or team in caller.teams

    kinds = [kind for kind in KINDS if period in _listed().get(kind, ())]
    roster, forewords = product.file.roster(), {} if facet else _forewords(period, team)
    chosen = told.broken_down(language, found, facet, roster) if facet else None
    written = forewords.get(language)
    return desk.page(
        request,
        caller,
        "desk_report.html",
        team=team,
        teams=teams,
        period=period,
        called=told.period_name(language, period, "until" in found),
        sees_volumes=bool(caller.roles & SEES_ALL),
        standing=[*told.standing(language, found)],
        edition=edition,
        version=data.valid_for(found).name,
        others=[kind for kind in kinds if len(kinds) > 1 and kind != found.get("edition")],
        foreword=told.foreword(language, written, roster) if written else None,
        no_foreword=told.no_foreword(language, forewords),
        tongues={one: formats.label(language, one, "language") for one in forewords},
        writes=may_write_foreword(caller, team, roster),
        facet=facet,
        facets=[] if facet else [*breakdowns(found)],
        parts=[*(chosen or told.parts(language, found, roster, opens))],
    )


@routes.route(f"{HOME}/{{period}}", methods=["POST"], content_types=pages.FORM)
@desk.staffed
def ask_document(request: Any, caller: Caller, period: str) -> Response:
    """Request the report of a period as a PDF document. A background worker makes the document."""
    pages.form(request)
    teams, team = teams_read(request, caller)
    found, language = stored_report(period, team, _edition(request)), pages.language(request)
    content = told.document(
        language, found, product.file.roster(), whose(language, teams, team), _forewords(period, team)
    )
    written = json.dumps(content, ensure_ascii=False).encode()
    id = sha256(written).hexdigest()
    product.copies.ask(_name(period, team, id), written)
    product.tasks.copy(period, _name(period, team, id))
    return pages.redirect(f"{HOME}/{period}/{id}" + (f"?{urlencode({'team': team})}" if team else ""))


@routes.route(f"{HOME}/{{period}}/{{id}}", methods=pages.GET)
@desk.staffed
def document(request: Any, caller: Caller, period: str, id: str) -> Response:
    """Send the browser to the PDF document `id` of a report. If the document is not made yet, or could not be
    made, show a page that says so."""
    (_, team), language = teams_read(request, caller), pages.language(request)
    over, running = _periods()
    if period not in (*over, *running) or not inputs.DIGEST.fullmatch(id):
        raise NotFound(period)
    called = told.period_name(language, period, period in running)
    link = product.copies.link(
        _name(period, team, id), f"{pages.say(language, 'reports.heading', period=called)}.pdf"
    )
    if link:
        return pages.redirect(link, absolute=True)
    return desk.page(
        request,
        caller,
        "desk_report_document.html",
        called=called,
        period=period,
        id=id,
        team=team,
        failed=product.copies.failed(_name(period, team, id)),
    )


@routes.route(f"{HOME}/{{period}}/data", methods=pages.GET)
@desk.staffed
def report_as_data(request: Any, caller: Caller, period: str) -> Response:
    """Download the report of a period as JSON or, with `format=csv`, as CSV, with a row for each number."""
    (_, team), language, edition = teams_read(request, caller), pages.language(request), _edition(request)
    found, roster = stored_report(period, team, edition, whole=True), product.file.roster()
    name = "-".join(filter(None, ("report", period, team, edition)))
    if wanted_format({"format": "json", **(request.query_params or {})}) == "csv":
        table = csv_text(*data.csv_table(language, found, roster, team))
        # the first character tells spreadsheet programs that the text is UTF-8
        return _file(period, team, f"{name}.csv", f"\ufeff{table}")
    schema = f"{product.setting('PUBLIC_URL')}{SCHEMA}"
    notes, written = told.standing(language, found), product.forewords.newest(period, team, language)
    whole = data.report_data(language, found, roster, team, schema, notes, written)
    return _file(period, team, f"{name}.json", json.dumps(whole, ensure_ascii=False, separators=(",", ":")))


def _file(period: str, team: str, called: str, text: str) -> Response:
    """Return a file to be saved as `called`. A file with more than `MOST_BYTES` is stored for a day, and the
    answer sends the browser to it."""
    content, ending = text.encode(), called.rpartition(".")[2]
    if len(content) > MOST_BYTES:
        name = _name(period, team, sha256(content).hexdigest())
        product.copies.keep(name, content, ending)
        if link := product.copies.link(name, called, ending):
            return pages.redirect(link, absolute=True)
    saved = {"Content-Disposition": f'attachment; filename="{called}"', **PRIVATE}
    return Response(text, headers={"Content-Type": MIMES[ending], **saved})


@routes.route(SCHEMA, methods=["GET"])
@pages.answered
def report_schema(request: Any) -> Response:
    """Return the JSON Schema of a report as data."""
    from pydantic import TypeAdapter

    from chalicelib.web.api.openapi import Schemas

    made = TypeAdapter(data.ReportData).json_schema(mode="serialization", schema_generator=Schemas)
    kept = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "public, max-age=3600"}
    return Response(json.dumps(made), headers={**kept})


@routes.route(f"{HOME}/measures", methods=pages.GET)
@desk.staffed
def measures(request: Any, caller: Caller) -> Response:
    """Show the definition and the counterparts of each measure of the reports. `version`: the version of the
    counterparts; without it, the one that is valid today."""
    forbid_unless(caller.roles & desk.SEES_REPORTS)
    today, language = product.now().astimezone(SHANGHAI).date(), pages.language(request)
    name = (request.query_params or {}).get("version") or valid_on(today).name
    if name not in VERSIONS:
        raise NotFound(name)
    return desk.page(request, caller, "desk_measures.html", told=data.definitions(language, VERSIONS[name]))


@routes.route(f"{HOME}/volumes", methods=pages.GET)
@desk.staffed
def volumes(request: Any, caller: Caller) -> Response:
    """Show the numbers of customers that operations loaded, what is missing in them, and which of them the
    report of a `period` of the company uses. Without a period, show those of the newest one."""
    forbid_unless(caller.roles & SEES_ALL)
    language, (over, running) = pages.language(request), _periods()
    period = (request.query_params or {}).get("period") or next(iter([*over[::-1], *running]), "")
    found = stored_report(period, HOUSE, _edition(request), whole=True) if period else None
    content = product.shelf.read(VOLUMES) if VOLUMES in product.shelf.keys(VOLUMES) else b"{}"
    stored: Volumes = json.loads(content)
    return desk.page(
        request,
        caller,
        "desk_volumes.html",
        period=period,
        periods={name: told.period_name(language, name, name in running) for name in (*over, *running)[::-1]},
        loaded=loaded_by(language, _loading(content)) if stored else "",
        parts=[*volume_parts(language, stored, found, product.policy.companies)] if found else [],
    )


def _loading(volumes: bytes) -> Mapping[str, str] | None:
    """Return who loaded the stored numbers of customers, and when; None if that is not known."""
    try:
        return loading(volumes, product.shelf.read(LOADED))
    except Unavailable:  # the former release did not write it
        return None


@routes.route("/desk/survey", methods=pages.GET)
@desk.staffed
def survey(request: Any, caller: Caller) -> Response:
    """Show the answers to the survey in a period. If the request names none, show the newest month."""
    teams, team = teams_read(request, caller)
    language, (over, _) = pages.language(request), _periods()
    newest = next((name for name in over[::-1] if Period(name).span == Span.MONTH), "")
    period = (request.query_params or {}).get("period") or newest
    if period and period not in over:
        raise NotFound(period)
    chosen, whole = (Period(period), stored_report(period, team)) if period else (None, {})
    found: Report = whole.get("survey", {})
    roster = product.file.roster()
    parts = [told.questions(language, found), *told.answers_by(language, found, roster)] if found else []
    if whole.get("opinions"):
        parts.append(told.opinions(language, whole["opinions"]))
    if whole.get("opinion_words"):
        parts.append(told.opinion_words(language, whole["opinion_words"]))
    if whole.get("words"):
        parts.append(told.words(language, whole["words"]))
    return desk.page(
        request,
        caller,
        "desk_survey.html",
        team=team,
        teams=teams,
        period=period,
        periods={name: told.period_name(language, name) for name in over[::-1]},
        quarterly=bool(chosen and chosen.span == Span.MONTH and surveyed(chosen, quarterly=True)),
        rate=told.rate(language, found) if found else "",
        protects=told.protects(language, found) if found else "",
        parts=parts,
    )


def teams_read(request: Any, caller: Caller) -> tuple[Mapping[str, str], str]:
    """Return the teams whose reports the caller may read, as id → name, and the id of the chosen team. For a
    caller who may read all reports, return no teams and `HOUSE`. Raises AccessForbidden for a caller who may
    read none, or for another team."""
    forbid_unless(caller.roles & desk.SEES_REPORTS)
    if caller.roles & SEES_ALL:
        return {}, HOUSE
    roster, language = product.file.roster(), pages.language(request)
    teams = {id: roster.team_name(id, language) for id in sorted(teams_led(caller, roster))}
    wanted = (request.query_params or {}).get("team") or next(iter(teams), "")
    forbid_unless(wanted in teams)
    return teams, wanted


def whose(language: str, teams: Mapping[str, str], team: str) -> str:
    if team:
        return pages.say(language, "reports.of_team", team=teams[team])
    return pages.say(language, "reports.of_house")


def _forewords(period: str, team: str) -> Mapping[str, Foreword | None]:
    """Return the newest foreword of a report in each language; None where nobody has written one."""
    return {language: product.forewords.newest(period, team, language) for language in formats.LANGUAGES}


def _name(period: str, team: str, id: str) -> str:
    """Return the name under which a report's PDF document is stored. The name contains the team, so that
    knowing the id does not give access to the document of another team."""
    return f"reports/{period}/{f'team-{team}' if team else 'house'}/{id}"


def _listed() -> Mapping[str, list[str]]:
    """Return the lists of periods with a report, the oldest first: `periods` that have ended, of these those
    with a `provisional` and with a `final` report, and `so_far` those that have not ended. All are empty
    before the first nightly run. `cut`: the keys of the cut reports."""
    try:
        found: Mapping[str, list[str]] = json.loads(product.shelf.read(REPORTED))
    except Unavailable:
        return {}
    return found


def _periods() -> tuple[list[str], list[str]]:
    """Return two lists of periods with a report, the oldest first: the periods that have ended, and those
    that have not."""
    listed = _listed()
    return listed.get("periods", []), listed.get("so_far", [])


def _edition(request: Any) -> str:
    """Return the kind of report that the request asks for, one of `KINDS`; "" for the newest. Raises NotFound
    for any other."""
    kind: str = (request.query_params or {}).get("edition", "")
    if kind not in ("", *KINDS):
        raise NotFound(kind)
    return kind


def stored_report(period: str, team: str, edition: str = "", whole: bool = False) -> Report:
    """Return the report of a period for a team. `edition`: one of `KINDS`; without it, the newest report.
    `whole`: with all codes of its breakdowns, also with those that no page shows.
    Raises NotFound if there is no such report of the period, or if the team did not exist in it."""
    listed = _listed()
    over, final = listed.get("periods", ()), listed.get(FINAL, ())
    if period not in (*over, *listed.get("so_far", ())) or (
        edition and period not in listed.get(edition, ())
    ):
        raise NotFound(period)
    ended = FINAL_REPORTS if period in final and edition != PROVISIONAL else REPORTS
    key = report_key(period, team, ended if period in over else SO_FAR)
    if not whole and cut_key(key) in listed.get("cut", ()):
        key = cut_key(key)
    try:
        found: Report = json.loads(product.shelf.read(key))
    except Unavailable as error:
        raise NotFound(period) from error
    return found
