"""The search page of the desk. A form posts the typed words, so that no address and no log contains them."""

from datetime import timedelta
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, Thing
from chalicelib.cases.search import Results
from chalicelib.domain.engine.deadlines import leads
from chalicelib.domain.finding import Typed, typed
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.reference import DIGITS, read
from chalicelib.locale.formats import month_name
from chalicelib.logs import log
from chalicelib.web import pages, read_log
from chalicelib.web.problems import problem
from chalicelib.web.routes.desk import READS_CASES, page, staffed, staffed_form
from chalicelib.web.sealed_cursors import sealed, unsealed
from chalicelib.wiring import product

routes = Blueprint(__name__)
GOES_ON = timedelta(days=1)
"""For how long after a page of results the next page can be asked for."""


@routes.route("/desk/find", methods=pages.GET)
@staffed
def ask(request: Any, caller: Caller) -> Response:
    """Show the empty search."""
    return _page(request, caller, "")


@routes.route("/desk/find", methods=["POST"], content_types=pages.FORM)
@staffed_form(lambda _, __: {"words": "line"})
def find(request: Any, caller: Caller) -> Response:
    """Show the cases that are found by the typed words, the newest first, or say why nothing was searched."""
    form = pages.form(request)
    words = form["words"]
    if form["in"] == "words":
        return _words(request, caller, form)
    if not caller.roles & READS_CASES:
        return _page(request, caller, "")
    try:
        asked = typed(words)
        after = unsealed("find", caller.who, form["after"], "after", GOES_ON) if form["after"] else ""
        found = product.search.page(caller, asked, after)
    except Refusal as refusal:
        wrong = problem(pages.language(request), refusal)
        return _page(request, caller, words, wrong.status, problem=wrong)
    _logged(caller, asked, found)
    return _page(
        request,
        caller,
        words,
        found=found,
        leads=leads,
        later=bool(form["after"]),
        mistyped=len(asked.digits) == DIGITS + 1 and read(asked.digits) is None,
        after=sealed("find", caller.who, found.after) if found.after else "",
    )


def _words(request: Any, caller: Caller, form: pages.Form) -> Response:
    """Show the entries that have the typed words, the latest first, and which months were searched."""
    words = form["words"]
    if not caller.roles & READS_CASES:
        return _page(request, caller, "")
    try:
        after = unsealed("words", caller.who, form["after"], "after", GOES_ON) if form["after"] else ""
        found = product.word_search.page(caller, words, after, pages.language(request))
    except Refusal as refusal:
        wrong = problem(pages.language(request), refusal)
        return _page(request, caller, words, wrong.status, problem=wrong)
    for hit in found.hits:
        read_log.log_read(hit.case, Thing.PEOPLE, caller)
    log.info("searched words", extra={"who": caller.who, "results": len(found.hits), "away": found.away})
    return _page(
        request,
        caller,
        words,
        written=found,
        months=[month_name(pages.language(request), month) for month in found.months],
        after=sealed("words", caller.who, found.after) if found.after else "",
    )


def _logged(caller: Caller, asked: Typed, found: Results) -> None:
    """Log the search without its words, and record the read of each case whose people the page names."""
    for hit in found.hits:
        read_log.log_read(hit.case, Thing.PEOPLE if hit.known else Thing.CASE, caller)
    log.info("searched", extra={"who": caller.who, "number": bool(asked.digits), "results": len(found.hits)})


def _page(request: Any, caller: Caller, words: str, status: int = 200, **context: Any) -> Response:
    return page(request, caller, "desk_find.html", status, searched=words, **context)
