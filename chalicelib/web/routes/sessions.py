"""The sessions of staff. Members of staff see and end their own sessions. The administrator sees and ends
those of anybody."""

from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.web import callers, inputs, pages, signin
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk
from chalicelib.wiring import product

routes = Blueprint(__name__)


@routes.route("/desk/sessions", methods=pages.GET)
@desk.staffed
def sessions(request: Any, caller: Caller) -> Response:
    """Show the caller's own sessions. The administrator can name another person in `who`."""
    who = _whose(caller, (request.query_params or {}).get("who", ""))
    member = product.file.roster().member(who)
    return desk.page(
        request,
        caller,
        "sessions.html",
        who=who,
        own=who == caller.who,
        name=member.name if member else who,
        sessions=signin.sessions(who),
        this=product.sessions.id(callers.cookies(request)[callers.DESK_COOKIE]),
        done=(request.query_params or {}).get("done") == "1",
    )


@routes.route("/desk/sessions", methods=["POST"], content_types=pages.FORM)
@desk.staffed
def end(request: Any, caller: Caller) -> Response:
    """End the posted session `id`. Without an `id`, end all sessions of the person `who`."""
    form = pages.form(request)
    who = _whose(caller, form["who"])
    if not form["id"]:
        signin.end_all(who)
    elif inputs.DIGEST.fullmatch(form["id"]):
        signin.end_one(who, form["id"])
    return pages.redirect("/desk/sessions?done=1" + (f"&who={who}" if who != caller.who else ""))


def _whose(caller: Caller, who: str) -> str:
    """Return the id of the person whose sessions the request is about; `who` "" means the caller. Raises
    AccessForbidden if the caller may not see that person's sessions. Raises NotFound for a person who is not
    on the roster."""
    if who in ("", caller.who):
        return caller.who
    forbid_unless(caller.administers)
    if product.file.roster().member(who) is None:
        raise NotFound(who)
    return who
