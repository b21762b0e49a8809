"""The pages of a case in easy language: the case, signing, and the promises. `about.py` has the start and
what happens next. All of them say in short sentences what the usual pages say, from the same data.

The texts follow "Information for all" (Inclusion Europe, 2009). A sentence has one idea and a line of its
own. There are no abbreviations and no foreign words, and the print is large. People who read with difficulty
have not tested the texts yet, and the start page says so.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, NotFound, Thing
from chalicelib.view.answer import answer_view
from chalicelib.web import pages, read_log
from chalicelib.web.pages.consumer import agreement, case as case_page, deadlines, obligations
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.routes.files import of_party
from chalicelib.wiring import product

routes = Blueprint(__name__)


def _case(view: View) -> Mapping[str, Any]:
    """Return the data of the case in easy language: its status box, and the answer."""
    return {**case_page.case_data(view), "answer": answer_view(view)}


def _sign(view: View) -> Mapping[str, Any]:
    """Return the data of the page on signing. Raises NotFound if the reader has nothing to sign."""
    found = agreement.agreement(view)
    if found is None or not found["signs"]:
        raise NotFound("agreement")
    return {"agreement": found}


def _promises(view: View) -> Mapping[str, Any]:
    """Return the data of the page on promises. Raises NotFound if there are none for the reader."""
    if not view.visible_obligations():
        raise NotFound("promises")
    return {"ledger": obligations.ledger(view, obligations.about(deadlines.runs(view)))}


CASE: Mapping[str, Callable[[View], Mapping[str, Any]]] = {"": _case, "/sign": _sign, "/promises": _promises}
"""The functions that return the data of a page of the case, by the end of its path."""


def _shown(path: str) -> Callable[..., Response]:
    """Return the view that shows a page of the case in easy language. The pages are for consumers. Any other
    reader, and a person who may not read everything, is sent to the usual page."""

    def shown(request: Any, caller: Caller, ref: str) -> Response:
        case = read_log.load_and_log(ref, Thing.CASE, caller, caller.seen)
        view = View(product.file.dossier_of(case), product.now(), caller, pages.language(request), product)
        if view.company or caller.by_phrase or not view.authorised:
            return pages.redirect("/case")
        team = view.roster.teams.get(case.team)
        name = f"easy_{path.removeprefix('/') or 'case'}.html"
        return pages.page(request, name, **{"case": case, "view": view, "team": team, **CASE[path](view)})

    return of_party(shown)


for _path in CASE:
    _name = f"easy_{_path.removeprefix('/') or 'case'}"
    routes.route(f"/case/easy{_path}", methods=pages.GET, name=_name)(_shown(_path))
