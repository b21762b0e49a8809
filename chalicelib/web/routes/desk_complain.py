"""The form in which staff record a complaint for a consumer."""

from functools import partial
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import once
from chalicelib.domain.model.codes import Channel
from chalicelib.domain.moves.intake import submit
from chalicelib.logs import carry
from chalicelib.web import callers, filing, forms, pages
from chalicelib.web.forms import as_written
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.move_form import Frame, move_form
from chalicelib.web.pages.desk.passphrase import first_phrase
from chalicelib.web.problems import Problem, forbid_unless
from chalicelib.web.routes.desk import RECORDS, page, staffed
from chalicelib.wiring import product

routes = Blueprint(__name__)
HEARD = [channel for channel in Channel if channel not in (Channel.WEB, Channel.API, Channel.APP)]
"""The channels on which staff hear a complaint and record it, such as the telephone."""
FIRST = ("channel", "received_at", "late_reason")
"""The names of the fields that come first in the form for recording a complaint."""


@routes.route("/desk/complain", methods=pages.GET)
@staffed
def complain(request: Any, caller: Caller) -> Response:
    """Show the empty form for a complaint that staff record for a consumer."""
    return _complaint_form(request, caller)


@routes.route("/desk/complain", methods=["POST"], content_types=pages.FORM)
@staffed
def record(request: Any, caller: Caller) -> Response:
    """Record a complaint for a consumer. If it belongs to a team of which the officer is no member, show its
    number and its team instead of its page."""
    form = pages.form(request)
    forbid_unless(caller.roles & RECORDS)
    if form["more"]:
        return _complaint_form(request, caller, form)
    today = product.today()
    body = forms.body(submit.__name__, pages.Form(as_written.pairs(form.pairs(), today)))
    try:
        key = once(caller, submit.__name__, form["key"], body)
        made, _ = filing.file(caller, body, key, callers.network(request))
    except pages.KEPT as error:
        return _complaint_form(request, caller, form, error)
    carry(ref=made.ref)
    if product.casework.sees(made, caller):
        return pages.redirect(f"/desk/cases/{made.ref}?done={submit.__name__}")
    # the rules gave the complaint to another team, so the officer gets number and passphrase here
    return page(
        request,
        caller,
        "desk_recorded.html",
        case=made,
        team=product.file.roster().teams.get(made.team),
        phrase=first_phrase(made),
    )


def _complaint_form(
    request: Any, caller: Caller, form: pages.Form | None = None, error: Exception | None = None
) -> Response:
    forbid_unless(caller.roles & RECORDS)
    language = pages.language(request)

    def adapted(fields: list[forms.Field], wrong: Problem | None) -> list[forms.Field]:
        channel = next(field for field in fields if field.name == "channel")
        heard = tuple(option for option in channel.options if option.code in HEARD)
        fields[fields.index(channel)] = channel.changed(
            options=heard, values=channel.values if form else (Channel.PHONE.value,)
        )
        return sorted(
            fields,
            key=lambda field: (
                field.name == "consents",
                FIRST.index(field.name) if field.name in FIRST else len(FIRST),
            ),
        )

    def around(fields: list[forms.Field], wrong: Problem | None) -> dict[str, Any]:
        # sent before with other values, so the page says that this form has recorded a complaint
        again = wrong and wrong.code == "wrong_key_reuse"
        said = pages.say(language, "desk.complain.again")
        return {"problem": wrong._replace(title=said)} if wrong and again else {}

    show = partial(page, request, caller, "desk_complain.html")
    asking = Asking(submit.__name__, None, language)
    frame = Frame(asking, show, grows=True, adapted=adapted, around=around)
    return move_form(frame, form, error)
