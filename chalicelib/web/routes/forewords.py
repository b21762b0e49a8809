"""The forewords of reports on the desk: the form of their writers, and all versions for their readers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.domain.forewords import LONGEST, PARTS, Foreword
from chalicelib.domain.model.case import Refusal
from chalicelib.locale.formats import LANGUAGES, label
from chalicelib.operations.forewords import may_write_foreword, write_foreword
from chalicelib.web import inputs, pages
from chalicelib.web.pages.desk import report as told
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk
from chalicelib.web.routes.reports import HOME, stored_report, teams_read, whose
from chalicelib.wiring import product

routes = Blueprint(__name__)
PAGE = "/desk/report-foreword"
SHOWN = 20
"""The most versions on one page."""
CHANGED = "foreword_changed"
"""The code of the refusal of words after somebody else wrote a version."""
FIELDS = {**dict.fromkeys(PARTS, "story"), "version": "hidden"}
"""The fields of the form: name → widget. `version` is the version that its author saw."""


@routes.route(PAGE, methods=pages.GET)
@desk.staffed
def foreword(request: Any, caller: Caller) -> Response:
    """Show the versions of the foreword of a report, and the form to those who may write it. `period` and
    `team` name the report, and `in` the language of the foreword. `before`: only versions before this one."""
    return _page(request, caller, None, None)


@routes.route(PAGE, methods=["POST"], content_types=pages.FORM)
@desk.staffed
def write(request: Any, caller: Caller) -> Response:
    """Store a version of the foreword. After an error, show the form again with everything typed. If somebody
    else wrote a version meanwhile, show what they changed."""
    form = pages.form(request)
    period, team, language = _asked(request, caller)
    roster = product.file.roster()
    forbid_unless(may_write_foreword(caller, team, roster))
    new = Foreword(
        period=period,
        team=team,
        language=language,
        **{name: _text(form[name]) for name in PARTS},
        who=caller.who,
        at=product.now(),
        version=(inputs.whole_number(form["version"]) or 0) + 1,
    )
    try:
        write_foreword(product.forewords, new, roster)
    except pages.KEPT as error:
        return _page(request, caller, form, error)
    return pages.redirect(f"{HOME}/{period}" + (f"?{urlencode({'team': team})}" if team else ""))


def _asked(request: Any, caller: Caller) -> tuple[str, str, str]:
    """Return the period, the team and the language of the foreword that a request names. Raises NotFound for
    an unknown language, and for a report that does not exist."""
    query = request.query_params or {}
    _, team = teams_read(request, caller)
    period, language = query.get("period", ""), query.get("in") or pages.language(request)
    if language not in LANGUAGES:
        raise NotFound(language)
    stored_report(period, team)
    return period, team, language


def _text(typed: str) -> str:
    """Return a text as it is stored: without spaces around it, and with the line ends of Unix."""
    return "\n".join(line.rstrip() for line in typed.strip().splitlines())


def _page(request: Any, caller: Caller, form: pages.Form | None, error: Exception | None) -> Response:
    """Return the page. `form`: the refused words; None when the page is opened. After somebody else wrote a
    version, the page shows what they changed, and the form then belongs to their version."""
    period, team, language = _asked(request, caller)
    teams, _ = teams_read(request, caller)
    own, roster, query = pages.language(request), product.file.roster(), request.query_params or {}
    kept, before = product.forewords, inputs.whole_number(query.get("before", ""))
    found = kept.versions(period, team, language, SHOWN, before)
    newest = kept.newest(period, team, language) if before else next(iter(found), None)
    changes = []
    if form and newest and isinstance(error, Refusal) and error.code == CHANGED:
        seen = kept.versions(period, team, language, 1, (inputs.whole_number(form["version"]) or 0) + 1)
        changes = told.foreword_changes(own, next(iter(seen), None), newest)
        form = pages.Form([*form.pairs(), ("version", str(newest.version))])
    texts = newest.texts if newest else {}
    named = {"period": period, "in": language, **({"team": team} if team else {})}
    return desk.form_page(
        request,
        caller,
        desk.AdministratorForm("reports.foreword", "desk_foreword.html", FIELDS, {}),
        form or pages.Form([*texts.items(), ("version", str(newest.version if newest else 0))]),
        error,
        at=f"{PAGE}?{urlencode(named)}",
        report_at=f"{HOME}/{period}" + (f"?{urlencode({'team': team})}" if team else ""),
        called=told.period_name(own, period),
        whose=whose(own, teams, team),
        tongue=label(own, language, "language"),
        most=LONGEST[language],
        writes=may_write_foreword(caller, team, roster),
        changes=changes,
        versions=[told.foreword(own, one, roster) for one in found],
        older=found[-1].version if len(found) == SHOWN else None,
        back=bool(before),
    )
