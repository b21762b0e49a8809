"""The stories that consumers agreed to have published, on a public page and in the interface. A story has
only a text, a month and a type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib.domain.model.codes import TYPES
from chalicelib.web import pages
from chalicelib.web.pages.stories import month_of, story_page, story_search
from chalicelib.web.problems import answers
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import Stories

routes = Blueprint(__name__)


@routes.route("/stories", methods=pages.GET)
@pages.answered
def read(request: Any) -> Response:
    """Show the published stories, the newest first, with a search form."""
    asked = story_search(request.query_params or {})
    items, after = story_page(product.file.stories, asked)
    older = {name: said for name, said in asked._replace(cursor=after or "")._asdict().items() if said}
    return pages.page(
        request,
        "stories.html",
        stories=items,
        wanted=asked,
        types=TYPES,
        looked=bool(asked.words or asked.type or asked.month),
        older=urlencode(older) if after else "",
    )


@routes.route("/v1/stories", methods=["GET"])
@answers
def listed() -> Stories:
    """List the stories that consumers agreed to have published, the newest first. A story has a text, a type
    of complaint and a month of publication; nothing tells whose it is. Filters: `words` (all of them occur in
    the story), `type`, and `month` (YYYY-MM). `next` is the `cursor` of the next page. A page of a search
    looks at 200 stories. So a page may be empty although there are more pages."""
    items, after = story_page(product.file.stories, story_search(routes.current_request.query_params or {}))
    return {
        "items": [{"month": month_of(one), "type": one.type, "text": one.text} for one in items],
        "next": after,
    }
