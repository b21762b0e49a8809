"""The hand-over link, which a partner that filed a complaint gives to the consumer. The consumer can use it
once, to have their access link mailed to the address on the case. The page of the link shows only the number
and the stage of the case."""

import secrets
from datetime import timedelta
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import CLOCK
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Way
from chalicelib.domain.moves.parties import send_link
from chalicelib.logs import carry
from chalicelib.web import pages
from chalicelib.wiring import product

routes = Blueprint(__name__)
KEPT_AS, LASTS = "HANDED", timedelta(hours=24)


def link(case: Case) -> str | None:
    """Return a new hand-over link for the consumer of a case; None if the consumer gets no mail."""
    party = case.parties[0]
    if party.way != Way.EMAIL:
        return None
    token = secrets.token_urlsafe(32)
    product.sessions.keep(KEPT_AS, token, {"ref": case.ref, "party": party.id}, product.now() + LASTS)
    return f"{product.setting('PUBLIC_URL')}/handed/{token}"


@routes.route("/handed/{token}", methods=pages.GET)
@pages.answered
def ask(request: Any, token: str) -> Response:
    """Show the number and stage of the case, and the button that sends the access link. Opening the page does
    not use up the hand-over link, because mail programs open links too."""
    return _page(request, token, product.sessions.find(KEPT_AS, token, product.now()))


@routes.route("/handed/{token}", methods=["POST"], content_types=pages.FORM)
@pages.answered
def send(request: Any, token: str) -> Response:
    """Mail the access link to the address on the case, and end the hand-over link."""
    pages.form(request)
    kept = product.sessions.find(KEPT_AS, token, product.now())
    if kept:
        try:
            product.casework.move(send_link.__name__, kept["ref"], CLOCK, {"party": kept["party"]})
        except Refusal as refusal:
            if refusal.code != "link_just_sent":  # this code means that the access link is on its way
                raise
        product.sessions.end(KEPT_AS, token)
    return _page(request, "", kept)


def _page(request: Any, token: str, kept: dict[str, Any] | None) -> Response:
    """Return the page of a hand-over link. `token`: the token of the link, or "" once it is used. `kept`:
    what is stored under the link, or None for a used, expired or unknown link. For None, the page tells how
    to ask for the access link."""
    if kept is None:
        return pages.page(request, "handed.html", status=404, case=None, lost=pages.Form(), bad={})
    case = product.file.load(kept["ref"])
    carry(ref=case.ref)
    return pages.page(request, "handed.html", case=case, token=token)
