"""The page of partners' keys on the desk, for the administrator: list, give, revoke."""

import json
import re
import secrets
from datetime import timedelta
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.domain.model.codes import Channel
from chalicelib.locale.formats import label
from chalicelib.web import callers, forms, pages, partners
from chalicelib.web.pages import say
from chalicelib.web.partners import Scope
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk, roster
from chalicelib.web.routes.api import NewKey
from chalicelib.wiring import product

routes = Blueprint(__name__)
COOKIE, SHOWN_WITHIN = "__Host-given", timedelta(minutes=5)
"""The cookie with the random text of the form that gave a key, and how long it lasts. The page after the
redirect shows the key by it. So the key is in no address, and no reload shows it again."""
UNIQUE = re.compile(r"[\w-]{43}", re.ASCII)
"""The format of the random text in a form: that of `secrets.token_urlsafe`."""
SOON = timedelta(days=30)
"""The page marks a key that expires within this time."""
FIELDS = {"partner": "line", "channel": "select", "scopes": "many", "days": "count"}
"""The fields of the form for a new key: name → widget."""
DONE = frozenset({"give", "revoke"})


@routes.route("/desk/keys", methods=pages.GET)
@desk.staffed
def keys(request: Any, caller: Caller) -> Response:
    """Show the keys of each partner. After the form for a new key, show the new key itself, once."""
    forbid_unless(caller.administers)
    done = (request.query_params or {}).get("done", "")
    form = callers.cookies(request).get(COOKIE, "")
    shown = done == "give" and form and request.method == "GET"
    answer = desk.page(
        request,
        caller,
        "keys.html",
        done=done if done in DONE else "",
        secret=partners.show_once(form) if shown else "",
        keys=[key | {"soon": partners.lasts_for(key) <= SOON} for key in partners.valid_keys()],
        names=roster.names(product.file.roster()),
        most=partners.AT_ONCE,
    )
    if shown:
        answer.headers["Set-Cookie"] = [pages.cookie(COOKIE, "", 0)]
    return answer


@routes.route("/desk/keys/{deed}", methods=pages.GET)
@desk.staffed
def ask(request: Any, caller: Caller, deed: str) -> Response:
    """Show the form for a new key (`give`), or the question whether a key should be revoked (`revoke`)."""
    forbid_unless(caller.administers)
    query = request.query_params or {}
    if deed == "give":
        known = [("partner", query.get("partner", "")), ("channel", Channel.API), ("days", "365")]
        return _form(request, caller, pages.Form([*known, *(("scopes", one) for one in partners.FILES)]))
    found = next((key for key in partners.valid_keys() if key["id"] == query.get("id")), None)
    if deed != "revoke" or found is None:
        raise NotFound(deed)
    return desk.page(request, caller, "key_revoke.html", key=found)


@routes.route("/desk/keys/{deed}", methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda _, __: FIELDS)
def change(request: Any, caller: Caller, deed: str) -> Response:
    """Give or revoke a key. After an error, show the form again with everything typed."""
    form = pages.form(request)
    forbid_unless(caller.administers and deed in DONE)
    if deed == "revoke":
        partners.revoke(form["id"])
        return pages.redirect("/desk/keys?done=revoke")
    unique = form["key"] if UNIQUE.fullmatch(form["key"]) else secrets.token_urlsafe()
    try:
        # a form without a tick permits nothing, and must not get the scopes that the interface gives then
        said = {"scopes": []} | forms.posted_values(form, FIELDS)
        asked = NewKey.model_validate_json(json.dumps(said))
        lasts = timedelta(days=asked.days)
        partners.give_by_form(unique, asked.partner, asked.channel, asked.scopes, lasts, caller.who)
    except pages.KEPT as error:
        return _form(request, caller, form, error)
    shown_by = pages.cookie(COOKIE, unique, int(SHOWN_WITHIN.total_seconds()))
    return pages.redirect("/desk/keys?done=give", cookies=[shown_by])


def _form(request: Any, caller: Caller, form: pages.Form, error: Exception | None = None) -> Response:
    language = pages.language(request)
    options = {
        "channel": tuple(forms.Option(one, label(language, one, "channel")) for one in Channel),
        "scopes": tuple(
            forms.Option(one, say(language, f"keys.scope.{one}"), say(language, f"keys.permits.{one}"))
            for one in Scope
        ),
    }
    asked = desk.AdministratorForm("keys", "key_form.html", FIELDS, options)
    return desk.form_page(request, caller, asked, form, error, key=secrets.token_urlsafe())
