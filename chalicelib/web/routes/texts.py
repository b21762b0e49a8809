"""The address to which the gateway of short messages posts its reports, and the messages that people send
back. Only the gateway knows it: a part of the address is secret."""

import hmac
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import NotFound
from chalicelib.domain.model.case import Refusal
from chalicelib.web import inputs, pages
from chalicelib.web.problems import answers
from chalicelib.wiring import product

routes = Blueprint(__name__)


@routes.route("/texts/{key}", methods=["POST"], content_types=[*inputs.JSON, *pages.FORM])
@answers
def texts(key: str) -> Any:
    """Take a post of the gateway. Raises NotFound for a wrong key, and for a report on a message that we do
    not know yet: the gateway reports again."""
    if not product.setting("SMS_REPORTS") or not any(
        hmac.compare_digest(key.encode(), good.encode()) for good in product.text_keys
    ):
        product.meters.count("WrongLink")
        raise NotFound(key)
    taking = product.text_arrivals
    try:
        known = taking.posted(inputs.body(routes.current_request))
    except ValueError as error:
        raise Refusal("bad_json") from error
    if not known:
        raise NotFound("message")
    answer = taking.fields.answer
    kind = "application/json" if answer.startswith("{") else "text/plain"
    return Response(answer, {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-store"})
