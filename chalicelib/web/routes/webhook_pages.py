"""The page of webhooks on the desk, for the administrator: the endpoints of all partners, their secrets and
their log."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.model.codes import Language, Role
from chalicelib.hooks.endpoint import Endpoint
from chalicelib.locale.formats import label
from chalicelib.web import forms, pages, webhooks
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk
from chalicelib.web.routes.webhooks import EndpointAsked

routes = Blueprint(__name__)
FIELDS = {"partner": "line", "url": "line", "contact": "email", "language": "radios"}
"""The fields of the form for an endpoint: name → widget. The partner of an endpoint does not change."""
CHANGES: dict[str, Callable[[Endpoint], object]] = {
    "pause": webhooks.pause,
    "resume": webhooks.resume,
    "test": webhooks.send_test,
    "delete": webhooks.delete,
}
"""What one press of a button does with an endpoint."""
ASKED = frozenset({"rotate", "delete"})
"""What is asked first, because it cannot be undone."""
DONE = frozenset({*CHANGES, "change", "again"})


@routes.route("/desk/webhooks", methods=pages.GET)
@desk.staffed
def endpoints(request: Any, caller: Caller) -> Response:
    """Show the endpoints of all partners, and the state that each is in."""
    forbid_unless(caller.roles & Role.ADMINISTRATOR)
    done = (request.query_params or {}).get("done", "")
    return _list(request, caller, done if done in DONE else "")


@routes.route("/desk/webhooks/{deed}", methods=pages.GET)
@desk.staffed
def ask(request: Any, caller: Caller, deed: str) -> Response:
    """Show the form for an endpoint (`new`, `change`), or the log of one (`log`). Also show the question
    before a secret is replaced (`rotate`) or an endpoint deleted (`delete`)."""
    forbid_unless(caller.roles & Role.ADMINISTRATOR)
    query = request.query_params or {}
    if deed == "new":
        known = [("partner", query.get("partner", "")), ("language", Language.ZH)]
        return _form(request, caller, deed, pages.Form(known))
    endpoint = webhooks.found(caller, query.get("id", ""))
    if deed == "change":
        known = [("id", endpoint.id), *((name, str(getattr(endpoint, name))) for name in FIELDS)]
        return _form(request, caller, deed, pages.Form(known))
    if deed in ASKED:
        return desk.page(request, caller, "webhook_ask.html", deed=deed, endpoint=endpoint)
    if deed != "log":
        raise NotFound(deed)
    items, older = webhooks.log_page(endpoint, query.get("before", ""))
    return desk.page(
        request,
        caller,
        "webhook_log.html",
        endpoint=endpoint,
        items=items,
        older=older,
        back=bool(query.get("before")),
    )


@routes.route("/desk/webhooks/{deed}", methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda _, __: FIELDS)
def change(request: Any, caller: Caller, deed: str) -> Response:
    """Create or change an endpoint, replace its secret, or do what a button says. A new secret is shown on
    the answer itself. A form that is posted again makes no second endpoint and no further secret. After an
    error, the form is shown again with everything typed."""
    form = pages.form(request)
    forbid_unless(caller.roles & Role.ADMINISTRATOR)
    if deed in ("new", "change"):
        return _saved(request, caller, deed, form)
    endpoint = webhooks.found(caller, form["id"])
    if deed == "rotate":
        if form["generation"] != str(endpoint.secrets[0].generation):
            return _posted_again(request, caller, endpoint)
        return _list(request, caller, "", *webhooks.rotate(endpoint))
    if deed == "again":
        webhooks.replay_one(endpoint, form["webhook"])
    elif deed in CHANGES:
        CHANGES[deed](endpoint)
    else:
        raise NotFound(deed)
    return pages.redirect(f"/desk/webhooks?done={deed}")


def _saved(request: Any, caller: Caller, deed: str, form: pages.Form) -> Response:
    try:
        said = forms.posted_values(form, FIELDS)
        asked = EndpointAsked.model_validate_json(json.dumps(said, ensure_ascii=False))
        if deed == "new" and (made := webhooks.made_by(caller, form["id"])):
            return _posted_again(request, caller, made)
        if deed == "new":
            return _list(request, caller, "", *webhooks.add(caller, asked.partner, asked.wanted, form["id"]))
        webhooks.change(webhooks.found(caller, form["id"]), asked.wanted)
    except WriteConflict:  # the form was posted twice at one moment
        return _posted_again(request, caller, webhooks.found(caller, form["id"]))
    except pages.KEPT as error:
        return _form(request, caller, deed, form, error)
    return pages.redirect("/desk/webhooks?done=change")


def _posted_again(request: Any, caller: Caller, endpoint: Endpoint) -> Response:
    """Answer a form that was posted before. Directly after the first time the new secret is shown again."""
    if secret := webhooks.just_made(endpoint):
        return _list(request, caller, "", endpoint, secret)
    return pages.redirect("/desk/webhooks")


def _list(
    request: Any, caller: Caller, done: str, endpoint: Endpoint | None = None, secret: str = ""
) -> Response:
    return desk.page(
        request,
        caller,
        "webhooks.html",
        done=done,
        endpoint=endpoint,
        secret=secret,
        endpoints=[webhooks.answer(one) for one in webhooks.of(caller)],
        most=webhooks.MOST,
    )


def _form(
    request: Any, caller: Caller, deed: str, form: pages.Form, error: Exception | None = None
) -> Response:
    language = pages.language(request)
    languages = tuple(forms.Option(one, label(language, one, "language")) for one in Language)
    widgets = FIELDS | ({"partner": "unseen"} if deed == "change" else {})
    # an address can hold a password, so it is no draft
    asked = desk.AdministratorForm("webhooks", "webhook_form.html", widgets, {"language": languages}, False)
    id = form["id"] or secrets.token_hex(13)
    return desk.form_page(request, caller, asked, form, error, deed=deed, id=id)
