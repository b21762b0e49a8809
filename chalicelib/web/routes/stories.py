"""The stories that consumers agreed to have published: a page and an endpoint for anybody, with nothing in
them but words and a month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.web import pages
from chalicelib.web.problems import answers
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import Stories

routes = Blueprint(__name__)
NEWEST = 20
"""How many stories are shown."""


@routes.route("/stories", methods=pages.GET)
@pages.answered
def read(request: Any) -> Response:
    """What consumers tell, the newest first."""
    return pages.page(request, "stories.html", stories=product.file.stories(NEWEST))


@routes.route("/v1/stories", methods=["GET"])
@answers
def listed() -> Stories:
    """List the stories that consumers agreed to have published, the newest first: text and month of
    publication, nothing that tells whose."""
    found = product.file.stories(NEWEST)
    return {
        "items": [
            {"month": f"{released.astimezone(SHANGHAI):%Y-%m}", "text": text} for released, text in found
        ],
        "next": None,
    }
