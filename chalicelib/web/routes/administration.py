"""The administrator's desk: the pages for people, teams, rules, keys and texts, the parts on hold, and the
parked rows. It shows nothing of a case but its number."""

from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller
from chalicelib.web import pages
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk, roster
from chalicelib.wiring import product

routes = Blueprint(__name__)
PAGES = ("roster", "routing", "mediators", "keys", "webhooks", "texts", "sessions")
"""The pages of the desk that administrators keep."""
PARTS = ("mail", "hooks", "clock", "moves")
"""The parts that operators can hold."""
SHOWN = 50
"""The highest number of parked rows, and of repairs, on the page."""
DONE = frozenset({"again", "gone"})


@routes.route("/desk/administration", methods=pages.GET)
@desk.staffed
def administration(request: Any, caller: Caller) -> Response:
    """Show the administrator's pages, the parts on hold, and the rows that failed too often."""
    forbid_unless(caller.administers)
    done = (request.query_params or {}).get("done", "")
    return desk.page(
        request,
        caller,
        "administration.html",
        kept=PAGES,
        parts=[(part, part in product.held) for part in PARTS],
        stuck=product.stuck(SHOWN),
        repairs=product.repairs(SHOWN),
        names=roster.names(product.file.roster()),
        most=SHOWN,
        done=done if done in DONE else "",
    )


@routes.route("/desk/administration", methods=["POST"], content_types=pages.FORM)
@desk.staffed
def repair(request: Any, caller: Caller) -> Response:
    """Try a parked row again. If it is not parked any more, say so."""
    form = pages.form(request)
    forbid_unless(caller.administers)
    again = product.try_again(form["key"], caller.who, SHOWN)
    return pages.redirect(f"/desk/administration?done={'again' if again else 'gone'}")
