"""The hand-over link: a partner who filed a complaint gives it to the consumer, and it does one thing, once:
it has the consumer's own access link mailed to the address on the case. It opens nothing (issue 14)."""

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
    """A hand-over link for whose complaint it is; None for somebody who has no mail."""
    party = case.parties[0]
    if party.way != Way.EMAIL:
        return None
    token = secrets.token_urlsafe(32)
    product.sessions.keep(KEPT_AS, token, {"ref": case.ref, "party": party.id}, product.now() + LASTS)
    return f"{product.setting('PUBLIC_URL')}/handed/{token}"


@routes.route("/handed/{token}", methods=pages.GET)
@pages.answered
def ask(request: Any, token: str) -> Response:
    """Number and stage, and the button: looking uses nothing up, since mail programs follow links too."""
    return _page(request, token, product.sessions.find(KEPT_AS, token, product.now()))


@routes.route("/handed/{token}", methods=["POST"], content_types=pages.FORM)
@pages.answered
def send(request: Any, token: str) -> Response:
    """The access link goes to the address on the case; once it does, this one has done what it is for."""
    pages.form(request)
    kept = product.sessions.find(KEPT_AS, token, product.now())
    if kept:
        try:
            product.casework.move(send_link.__name__, kept["ref"], CLOCK, {"party": kept["party"]})
        except Refusal as refusal:
            if refusal.code != "link_just_sent":  # it is on its way already
                raise
        product.sessions.end(KEPT_AS, token)
    return _page(request, "", kept)


def _page(request: Any, token: str, kept: dict[str, Any] | None) -> Response:
    """What a hand-over link shows, with the button while it can be pressed; of one that is used up, over, or
    never was, how one's own link is asked for again."""
    if kept is None:
        return pages.page(request, "handed.html", status=404, case=None, lost=pages.Form(), bad={})
    case = product.file.load(kept["ref"])
    carry(ref=case.ref)
    return pages.page(request, "handed.html", case=case, token=token)
