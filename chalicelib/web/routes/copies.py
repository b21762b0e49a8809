"""The copies of a complaint. For the PDF copy, the consumer requests it, a background worker makes it, and
the consumer can download it for a day. The copy of the data, for programs, is the answer to the request."""

import json
from hashlib import sha256
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import COPIES_DATA, Caller, NotFound, Thing, hears
from chalicelib.domain.model.case import Case, refuse_if
from chalicelib.web import callers, inputs, pages, read_log
from chalicelib.web.pages.consumer.copy import copy_data, file_name
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk
from chalicelib.web.routes.files import file_json, of_party
from chalicelib.wiring import product

routes = Blueprint(__name__)
HOME = "/case/copy"
SCHEMA = "/data-copy.schema.json"
"""The address of the schema of the copy of the data."""


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
    link = product.copies.link(_name(caller, id), file_name(ref, "pdf"))
    if link:
        return pages.redirect(link, absolute=True)
    failed = product.copies.failed(_name(caller, id))
    return pages.page(request, "case_copy.html", case=case, id=id, failed=failed)


@routes.route("/case/data", methods=["POST"], content_types=pages.FORM)
@of_party
def ask_data(request: Any, caller: Caller, ref: str) -> Response:
    """Return the copy of the party's data as a file."""
    pages.form(request)
    view = _view(request, caller)
    product.ceilings.take("copy", account=callers.account(caller, ref))
    return _data(view)


@routes.route("/desk/cases/{ref}/data/{party}", methods=pages.GET)
@desk.staffed
def data_of(request: Any, caller: Caller, ref: str, party: str) -> Response:
    """Return the copy of the data of a complainant, or of a representative, for the lead, the supervisor or
    the negotiator, who answer a request for it. It is the same that the person gets. Raises Refusal
    `talks_not_heard` if it has what was said in talks that the caller may not read."""
    case = read_log.load_and_log(ref, Thing.PEOPLE, caller)
    forbid_unless(caller.roles & COPIES_DATA)
    whose = case.somebody(party)
    refuse_if((case.talks.dispute or case.talks.mediation) and not hears(case, caller), "talks_not_heard")
    return _data(_seen(request, case, callers.of_party(case, whose)))


@routes.route(SCHEMA, methods=["GET"])
@pages.answered
def data_schema(request: Any) -> Response:
    """Return the JSON Schema of the copy of the data."""
    from chalicelib.web.pages.consumer.data_copy import schema

    return _json(json.dumps(schema()), {"Cache-Control": "public, max-age=3600"})


def _data(view: View) -> Response:
    from chalicelib.web.pages.consumer.data_copy import data_copy

    name = file_name(view.case.ref, "json")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    at = f"{product.setting('PUBLIC_URL')}{SCHEMA}"
    return _json(data_copy(view, at, file_json).decode(), headers)


def _json(body: str, more: dict[str, Any]) -> Response:
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff"}
    return Response(body, headers | more)


def _view(request: Any, caller: Caller) -> View:
    """Return the case as its consumer sees it. Raises NotFound for a party on the company's side, because
    they may not have a copy."""
    return _seen(request, read_log.load_and_log(caller.ref, Thing.PEOPLE, caller), caller)


def _seen(request: Any, case: Case, caller: Caller) -> View:
    dossier = product.file.dossier_of(case)
    view = View(dossier, product.now(), caller, pages.language(request), product)
    if view.company:
        raise NotFound(case.ref)
    return view


def _name(caller: Caller, id: str) -> str:
    """Return the name under which a copy is stored. The name contains the party, so that knowing the id does
    not give access to another person's copy."""
    return f"{caller.ref}/{caller.party}/{id}"
