"""The administrator's desk: the pages for people, teams, rules, keys and texts, the hold switch, and the
parked rows. It shows nothing of a case but its number."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from chalice import Blueprint, Response
from pydantic import BaseModel, StringConstraints

from chalicelib.access.authorization import Caller
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.holds import PARTS, Switching, next_use, stopped
from chalicelib.domain.model.case import Refusal
from chalicelib.web import forms, inputs, pages, request_models
from chalicelib.web.problems import forbid_unless
from chalicelib.web.routes import desk, roster
from chalicelib.wiring import product

routes = Blueprint(__name__)
PAGES = ("roster", "routing", "mediators", "keys", "webhooks", "texts", "sessions")
"""The pages of the desk that administrators keep."""
SHOWN = 50
"""The highest number of parked rows, and of repairs, on the page."""
USES = 10
"""How many uses of the hold switch the page shows."""
DONE = frozenset({"again", "gone", "held"})
FIELDS = {"parts": "many", "why": "text"}
"""The fields of the hold switch: name → widget."""


class HoldRequest(BaseModel):
    """The parts that are to be held from now on, and why."""

    model_config = request_models.STRICT

    parts: tuple[Literal["mail", "hooks", "clock", "moves"], ...] = ()
    why: Annotated[str, StringConstraints(min_length=1, max_length=500)]


@routes.route("/desk/administration", methods=pages.GET)
@desk.staffed
def administration(request: Any, caller: Caller) -> Response:
    """Show the administrator's pages, the hold switch, and the rows that failed too often."""
    forbid_unless(caller.administers)
    return _page(request, caller)


@routes.route("/desk/administration", methods=["POST"], content_types=pages.FORM)
@desk.staffed
def repair(request: Any, caller: Caller) -> Response:
    """Try a parked row again. If it is not parked any more, say so."""
    form = pages.form(request)
    forbid_unless(caller.administers)
    again = product.try_again(form["key"], caller.who, SHOWN)
    return pages.redirect(f"/desk/administration?done={'again' if again else 'gone'}")


@routes.route("/desk/administration/hold", methods=pages.GET)
@desk.staffed
def switch_again(request: Any, caller: Caller) -> Response:
    """Lead back to the switch: the question before it is used has no address of its own."""
    forbid_unless(caller.administers)
    return pages.redirect("/desk/administration#held")


@routes.route("/desk/administration/hold", methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda _, __: FIELDS)
def switch(request: Any, caller: Caller) -> Response:
    """Show what a use of the hold switch would do; confirmed, do it. After an error, show the page again with
    everything typed."""
    form = pages.form(request)
    forbid_unless(caller.administers)
    try:
        said = {"parts": [], "why": ""} | forms.posted_values(form, FIELDS)
        asked = HoldRequest.model_validate_json(json.dumps(said, ensure_ascii=False))
        newest, seen = product.holds.newest(), inputs.whole_number(form["seen"]) or 0
        use = next_use(newest, seen, asked.parts, product.now(), caller.who, asked.why)
        if not form["confirmed"]:
            return _confirm(request, caller, newest, use)
        product.holds.switch(use)
    except WriteConflict:
        return _page(request, caller, form, Refusal("hold_switched"))
    except pages.KEPT as error:
        return _page(request, caller, form, error)
    return pages.redirect("/desk/administration?done=held#held")


def _confirm(request: Any, caller: Caller, newest: Switching, use: Switching) -> Response:
    """Show what stops, what runs again and what goes on standing still, before the switch is used."""
    by_operators = product.held_by_operators
    before, after = (stopped({*parts, *by_operators}) for parts in (newest.parts, use.parts))
    return desk.page(
        request,
        caller,
        "hold_confirm.html",
        use=use,
        stops=[part for part in PARTS if part in after - before],
        runs=[part for part in PARTS if part in before - after],
        still=[part for part in PARTS if part in after & before],
        by_operators=[part for part in PARTS if part in by_operators],
        seconds=product.holds.believed_s,
    )


def _page(
    request: Any, caller: Caller, form: pages.Form | None = None, error: Exception | None = None
) -> Response:
    language, done = pages.language(request), (request.query_params or {}).get("done", "")
    uses = product.holds.uses(USES)
    newest, by_operators = uses[0] if uses else Switching(0), product.held_by_operators
    form = form or pages.Form([("parts", part) for part in newest.parts])
    options = tuple(
        forms.Option(
            part,
            pages.say(language, f"administration.part.{part}"),
            pages.say(language, f"administration.means.{part}"),
        )
        for part in PARTS
    )
    stands = stopped({*newest.parts, *by_operators})
    return desk.form_page(
        request,
        caller,
        desk.AdministratorForm("administration", "administration.html", FIELDS, {"parts": options}),
        form,
        error,
        kept=PAGES,
        parts=[(part, part in stands) for part in PARTS],
        by_operators=[part for part in PARTS if part in by_operators],
        newest=newest,
        uses=uses,
        stuck=product.stuck(SHOWN),
        repairs=product.repairs(SHOWN),
        names=roster.names(product.file.roster()),
        most=SHOWN,
        done=done if done in DONE else "",
    )
