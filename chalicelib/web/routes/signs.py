"""Early warning signs on the desk: kinds of complaints that came more often than usual. The nightly run
computes them."""

import json
from datetime import date
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import Unavailable
from chalicelib.locale.formats import kind
from chalicelib.web import pages
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk
from chalicelib.wiring import product

routes = Blueprint(__name__)


@routes.route("/desk/signs", methods=pages.GET)
@desk.staffed
def signs(request: Any, caller: Caller) -> Response:
    """Show the kinds of complaints that came more often than usual in the last week. For each kind, show its
    newest complaints."""
    forbid_unless(caller.roles & desk.SEES_SIGNS)
    try:
        found = json.loads(product.shelf.read("figures/signs.json"))
    except Unavailable:  # the file does not exist before the first nightly run
        found = {"day": None, "signs": []}
    language, roster = pages.language(request), product.file.roster()
    told = [{**sign, "what": kind(language, sign["facet"], sign["code"], roster)} for sign in found["signs"]]
    return desk.page(
        request,
        caller,
        "desk_signs.html",
        day=date.fromisoformat(found["day"]) if found["day"] else None,
        signs=told,
    )
