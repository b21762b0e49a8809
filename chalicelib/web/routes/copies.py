"""The PDF copy of a complaint. The consumer requests the copy, a background worker makes it, and the consumer
can download it for a day."""

import json
from hashlib import sha256
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, NotFound, Thing
from chalicelib.domain.reference import shown
from chalicelib.web import callers, inputs, pages, read_log
from chalicelib.web.pages.consumer.copy import copy_data
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.routes.files import of_party
from chalicelib.wiring import product

routes = Blueprint(__name__)
HOME = "/case/copy"


@routes.route(HOME, methods=pages.GET)
@of_party
def offer_copy(request: Any, caller: Caller, ref: str) -> Response:
    """Show what a copy contains, with the button that requests one."""
    return pages.page(request, "case_copy.html", case=_view(request, caller).case)


@routes.route(HOME, methods=["POST"], content_types=pages.FORM)
@of_party
def ask_copy(request: Any, caller: Caller, ref: str) -> Response:
    """Request a copy of the complaint in its present state."""
    pages.form(request)
    view = _view(request, caller)
    product.ceilings.take("copy", account=callers.account(caller, ref))
    content = json.dumps(copy_data(view), ensure_ascii=False).encode()
    id = sha256(content).hexdigest()
    product.copies.ask(_name(caller, id), content)
    product.tasks.copy(ref, _name(caller, id))
    return pages.redirect(f"{HOME}/{id}")


@routes.route(f"{HOME}/{{id}}", methods=pages.GET)
@of_party
def copy(request: Any, caller: Caller, ref: str, id: str) -> Response:
    """Send the browser to the copy `id`. If the copy is not made yet, or could not be made, show a page that
    says so."""
    case = _view(request, caller).case
    if not inputs.DIGEST.fullmatch(id):
        raise NotFound(id)
    link = product.copies.link(_name(caller, id), f"{shown(ref)}.pdf")
    if link:
        return pages.redirect(link, absolute=True)
    failed = product.copies.failed(_name(caller, id))
    return pages.page(request, "case_copy.html", case=case, id=id, failed=failed)


def _view(request: Any, caller: Caller) -> View:
    """Return the case as its consumer sees it. Raises NotFound for a party on the company's side, because
    they may not have a copy."""
    dossier = product.file.dossier_of(read_log.load_and_log(caller.ref, Thing.PEOPLE, caller))
    view = View(dossier, product.now(), caller, pages.language(request), product)
    if view.company:
        raise NotFound(caller.ref)
    return view


def _name(caller: Caller, id: str) -> str:
    """Return the name under which a copy is stored. The name contains the party, so that knowing the id does
    not give access to another person's copy."""
    return f"{caller.ref}/{caller.party}/{id}"
