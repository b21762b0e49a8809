"""The hand-over link. A partner who filed a complaint gives it to the consumer. It works once: it has the
consumer's own access link mailed to the address on the case. It opens nothing."""

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
    """Return a hand-over link for the consumer of a case; None for a consumer without mail."""
    party = case.parties[0]
    if party.way != Way.EMAIL:
        return None
    token = secrets.token_urlsafe(32)
    product.sessions.keep(KEPT_AS, token, {"ref": case.ref, "party": party.id}, product.now() + LASTS)
    return f"{product.setting('PUBLIC_URL')}/handed/{token}"


@routes.route("/handed/{token}", methods=pages.GET)
@pages.answered
def ask(request: Any, token: str) -> Response:
    """Show number, stage and the button. Looking uses nothing up, since mail programs follow links too."""
    return _page(request, token, product.sessions.find(KEPT_AS, token, product.now()))


@routes.route("/handed/{token}", methods=["POST"], content_types=pages.FORM)
@pages.answered
def send(request: Any, token: str) -> Response:
    """Send the access link to the address on the case, and end the hand-over link."""
    pages.form(request)
    kept = product.sessions.find(KEPT_AS, token, product.now())
    if kept:
        try:
            product.casework.move(send_link.__name__, kept["ref"], CLOCK, {"party": kept["party"]})
        except Refusal as refusal:
            if refusal.code != "link_just_sent":  # the access link is on its way already
                raise
        product.sessions.end(KEPT_AS, token)
    return _page(request, "", kept)


def _page(request: Any, token: str, kept: dict[str, Any] | None) -> Response:
    """Return the page of a hand-over link, with the button while it can be pressed. For a used, expired or
    unknown link, the page shows how to ask for the access link again."""
    if kept is None:
        return pages.page(request, "handed.html", status=404, case=None, lost=pages.Form(), bad={})
    case = product.file.load(kept["ref"])
    carry(ref=case.ref)
    return pages.page(request, "handed.html", case=case, token=token)
