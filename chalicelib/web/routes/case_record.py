"""The pages of the record of one case with its chain, for auditors and for those who oversee all teams: the
explanation, the JSON, and the PDF, which a worker makes."""

import json
from hashlib import sha256
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import SEES_ALL, Caller, NotFound, Thing
from chalicelib.web import callers, inputs, pages, read_log
from chalicelib.web.pages.consumer.copy import file_name
from chalicelib.web.pages.desk.case_record import case_record, printed_record, recipe
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.problems import PRIVATE, forbid_unless
from chalicelib.web.routes import desk
from chalicelib.wiring import product

routes = Blueprint(__name__)
HOME = "/desk/cases/{ref}/record"


@routes.route(HOME, methods=pages.GET)
@desk.staffed
def offer_record(request: Any, caller: Caller, ref: str) -> Response:
    """Show the contents of the record of a case, the steps to check it, and the buttons for JSON and PDF."""
    return _page(request, _reading(request, caller, ref))


@routes.route(HOME, methods=["POST"], content_types=pages.FORM)
@desk.staffed
def ask_document(request: Any, caller: Caller, ref: str) -> Response:
    """Request the record as PDF."""
    pages.form(request)
    reading = _whole(request, caller, ref)
    product.ceilings.take("copy", account=callers.account(caller, ref))
    content = json.dumps(printed_record(reading), ensure_ascii=False).encode()
    id = sha256(content).hexdigest()
    product.copies.ask(_name(caller, ref, id), content)
    product.tasks.copy(ref, _name(caller, ref, id))
    return pages.redirect(f"/desk/cases/{ref}/record/{id}")


@routes.route(f"{HOME}/{{id}}", methods=pages.GET)
@desk.staffed
def document(request: Any, caller: Caller, ref: str, id: str) -> Response:
    """Send the browser to the PDF `id`. If it is not made yet, or could not be made, show a page that says
    so."""
    reading = _reading(request, caller, ref)
    if not inputs.DIGEST.fullmatch(id):
        raise NotFound(id)
    link = product.copies.link(_name(caller, ref, id), file_name(ref, "pdf"))
    if link:
        return pages.redirect(link, absolute=True)
    return _page(request, reading, id=id, failed=product.copies.failed(_name(caller, ref, id)))


@routes.route("/desk/cases/{ref}/record-json", methods=pages.GET)
@desk.staffed
def record_json(request: Any, caller: Caller, ref: str) -> Response:
    """Return the record as a file for programs. `from`: the number of the entry with which it begins, for the
    further parts of a long record."""
    reading = _whole(request, caller, ref)
    first = inputs.whole_number((request.query_params or {}).get("from", "")) or 1
    body = json.dumps(case_record(reading, first), ensure_ascii=False, indent=1)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{file_name(ref, "json")}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, {**headers, **PRIVATE})


def _page(request: Any, reading: Reading, **context: Any) -> Response:
    return desk.page(
        request,
        reading.caller,
        "desk_case_record.html",
        reading=reading,
        case=reading.case,
        recipe=recipe(reading.language),
        **context,
    )


def _reading(request: Any, caller: Caller, ref: str) -> Reading:
    """Return the case as the caller may read it, and record that its record was read."""
    forbid_unless(caller.roles & SEES_ALL)
    case = read_log.load_and_log(ref, Thing.TIMELINE, caller)
    return Reading(product.file.dossier_of(case), caller, pages.language(request), product)


def _whole(request: Any, caller: Caller, ref: str) -> Reading:
    """Return the case for a download of its record, which is recorded by itself. Nothing in a record is
    masked, because its hashes cover the whole words."""
    reading = _reading(request, caller, ref)
    read_log.log_reveal(reading.dossier.case, "record", caller, Thing.TIMELINE)
    return reading


def _name(caller: Caller, ref: str, id: str) -> str:
    """Return the name under which the PDF is stored. It contains the reader, so that knowing the id does not
    give access to the document of another reader."""
    return f"{ref}/{sha256(caller.who.encode()).hexdigest()[:16]}/{id}"
