"""The check whether a case agrees with its timeline, and the list of the cases that failed this check. Both
are on the desk, the check also in the interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import SEES_ALL, Caller, NotFound
from chalicelib.cases.casework import DOUBTED
from chalicelib.web import callers, inputs, pages, read_log
from chalicelib.web.problems import answers, forbid_unless
from chalicelib.web.routes import desk
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.operations.integrity import Found
    from chalicelib.web.api.answers import Checked, FaultFound

routes = Blueprint(__name__)
PAGE = 50
"""The most cases with a doubtful record that the page shows. Normally there are none."""


@routes.route("/v1/cases/{ref}/check", methods=["POST"])
@answers
def check(ref: str) -> Checked:
    """Check the record of a case now. The answer says that the record is intact, or names every place that
    was changed from outside. Such places are noted on the case."""
    found = _checked(callers.bearer(routes.current_request), ref)
    faults: list[FaultFound] = [{"entry": entry, "fault": fault} for entry, fault in found]
    return {"number": inputs.number(ref), "whole": not found, "faults": faults}


@routes.route("/desk/record", methods=pages.GET)
@desk.staffed
def show_doubtful_cases(request: Any, caller: Caller) -> Response:
    """Show the cases with a record in doubt, and a form that checks one case now."""
    return _page(request, caller)


@routes.route("/desk/record", methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda _, __: {"number": "number"})
def verify(request: Any, caller: Caller) -> Response:
    """Check the record of a case now, and show the result."""
    number = pages.form(request)["number"]
    try:
        return _page(request, caller, number=inputs.number(number), found=_checked(caller, number))
    except NotFound:
        return _page(request, caller, 404, number=number, unknown=True)


def _checked(caller: Caller, number: str) -> Found:
    forbid_unless(caller.roles & SEES_ALL)
    try:
        return product.record.check(inputs.number(number))
    except NotFound:
        read_log.refuse_lost(number, caller)
        raise


def _page(request: Any, caller: Caller, status: int = 200, **context: Any) -> Response:
    forbid_unless(caller.roles & SEES_ALL)
    items, _ = product.file.work(DOUBTED, None, PAGE)
    return desk.page(request, caller, "desk_record.html", status=status, items=items, **context)
