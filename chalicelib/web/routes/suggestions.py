"""The suggestion box. Anybody can write into it, on the page about complaint handling. On the desk, staff
read the suggestions and record what is done about each."""

import json
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.codes import Follows, Role
from chalicelib.web import callers, pages, request_models
from chalicelib.web.problems import forbid_unless, problem
from chalicelib.web.routes import about, desk
from chalicelib.web.routes.actions import OPENS
from chalicelib.wiring import product

routes = Blueprint(__name__)
MARKS = desk.HEARS & ~Role.AUDITOR
"""The roles that may record what is done about a suggestion."""


@routes.route("/suggestions", methods=["POST"], content_types=pages.FORM)
@pages.answered
def suggest(request: Any) -> Response:
    """Store a suggestion, and go to the page that thanks for it. After an error, show the suggestion box
    again with the typed words."""
    form, network = pages.form(request), callers.network(request)
    said = {name: form[name] for name in ("text", "topic") if form[name]}
    try:
        text, topic = request_models.suggestion(json.dumps(said))
        product.ceilings.take("suggestion", network=network)
        key = product.lookups.of(f"suggestion\n{network}\n{topic}\n{text}")[0]
        product.suggestions.keep(text, topic, key)
    except pages.KEPT as error:
        return about.process_again(request, form, problem(pages.language(request), error))
    return pages.redirect("/suggestions/sent")


@routes.route("/suggestions", methods=pages.GET)
@pages.answered
def box(request: Any) -> Response:
    """Go to the suggestion box on the page about complaint handling."""
    return pages.redirect("/process#suggestions")


@routes.route("/suggestions/sent", methods=pages.GET)
@pages.answered
def sent(request: Any) -> Response:
    """Thank the reader for the suggestion, and say that no reply will follow."""
    return pages.page(request, "suggestion_sent.html")


@routes.route("/desk/suggestions", methods=pages.GET)
@desk.staffed
def read(request: Any, caller: Caller) -> Response:
    """Show the suggestions, the newest first, each with its follow-up."""
    forbid_unless(caller.roles & desk.HEARS)
    after, roster = (request.query_params or {}).get("after", ""), product.file.roster()
    items, older = product.suggestions.newest(after, desk.PAGE)
    return desk.page(
        request,
        caller,
        "suggestions.html",
        items=items,
        after=after,
        older=older,
        follows=[*Follows],
        marks=bool(caller.roles & MARKS),
        opens=bool(caller.roles & OPENS),
        named=lambda who: member.name if (member := roster.member(who)) else who,
    )


@routes.route("/desk/suggestions", methods=["POST"], content_types=pages.FORM)
@desk.staffed
def mark(request: Any, caller: Caller) -> Response:
    """Record what is done about a suggestion."""
    form = pages.form(request)
    forbid_unless(caller.roles & MARKS)
    product.suggestions.mark(form["id"], form["follows"], caller.who)
    return pages.redirect("/desk/suggestions")
