"""The feed of changes: a partner system asks what changed on the complaints that it filed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.view.changes import KEPT
from chalicelib.web import callers
from chalicelib.web.api.values import view_json
from chalicelib.web.pages.paging import MOST, page_limit
from chalicelib.web.partners import Scope
from chalicelib.web.problems import answers
from chalicelib.web.sealed_cursors import sealed, unsealed
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import ChangeFeed

routes = Blueprint(__name__)
LIST, AFTER = "changes", "after"


@routes.route("/v1/changes", methods=["GET"])
@answers
def changes() -> ChangeFeed:
    """List what changed on the complaints that the partner filed, the oldest change first. A change is an
    entry of the timeline that the partner may read; it has no words of people.

    `next` is the `after` of the next request: ask with it again and again, whether or not there were items.
    Less than `limit` items, or none, means that nothing else has changed yet. No change is left out or comes
    before one that was given, however late it was stored. The changes of one case come in the order of
    `entry`; those of several cases come nearly in the order of `at`.

    Without `after`, the list begins with the oldest change that is kept. Changes are kept for 90 days, and
    `next` can be used for as long. All keys of a partner have the same list; each program keeps its own
    `next`. Changes from before this list existed are not in it. After a restore of our database, an `entry`
    that you saw may be gone, and another one may come under its number: the newest one counts."""
    request = routes.current_request
    who = callers.partner(request, Scope.READ).who
    query: Any = request.query_params or {}
    cursor, limit = query.get(AFTER, ""), page_limit(request, MOST)
    position = unsealed(LIST, who, cursor, AFTER, KEPT) if cursor else ""
    found, position = product.changed_rows.after(who, position, limit)
    items = [{name: view_json(one) for name, one in vars(each).items()} for each in found]
    return {"items": items, "next": sealed(LIST, who, position)}  # type: ignore[typeddict-item]
