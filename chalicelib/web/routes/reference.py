"""The reference of the interface: its document to be read by people, set by Swagger UI."""

from typing import Any

from chalice import Blueprint, Response

from chalicelib.web import pages

routes = Blueprint(__name__)
POLICY = f"{pages.SCRIPT}connect-src 'self'; "
"""The two scripts on the page read the document. Nothing in line, and nothing from elsewhere."""


@routes.route("/reference", methods=pages.GET)
@pages.answered
def reference(request: Any) -> Response:
    """Every operation with what it takes and answers, and an example of each."""
    return pages.page(request, "reference.html", policy=POLICY)
