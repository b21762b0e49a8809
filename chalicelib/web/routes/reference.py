"""The reference of the interface for developers: the OpenAPI document, shown by Swagger UI."""

from typing import Any

from chalice import Blueprint, Response

from chalicelib.web import pages

routes = Blueprint(__name__)
POLICY = f"{pages.SCRIPT}connect-src 'self'; "
"""The content security policy of the page. Its scripts may fetch only from this site, because they need only
the OpenAPI document."""


@routes.route("/reference", methods=pages.GET)
@pages.answered
def reference(request: Any) -> Response:
    """Show every operation with its input, its answer and an example."""
    return pages.page(request, "reference.html", policy=POLICY)
