"""The page on which a supervisor proposes other lengths of deadlines, and reads their effect on the
complaints of the last weeks."""

from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Refusal, refuse_if
from chalicelib.figures.what_if import COLUMNS, DAYS, MOST_CASES, changeable, checked, shortened
from chalicelib.locale.formats import label, whole_text
from chalicelib.locale.lengths import lasts
from chalicelib.web import desk_drafts, pages
from chalicelib.web.problems import forbid_unless, problem
from chalicelib.web.routes import desk
from chalicelib.wiring import product

routes = Blueprint(__name__)
HOME = "/desk/what-if"
FIELD = "length."
"""The first characters of the name of a form's field; the name of the deadline follows."""


@routes.route(HOME, methods=pages.GET)
@desk.staffed
def read(request: Any, caller: Caller) -> Response:
    """Show the form of a proposal, and the newest proposals."""
    forbid_unless(caller.roles & desk.PROPOSES)
    return _form(request, caller, pages.Form([("days", str(DAYS[1]))]))


@routes.route(HOME, methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda form, _: {name: "line" for name in form.names if name.startswith(FIELD)})
def propose(request: Any, caller: Caller) -> Response:
    """Store a proposal. Its replay begins within the hour. After an error, show the form again with
    everything typed."""
    form = pages.form(request)
    forbid_unless(caller.roles & desk.PROPOSES)
    rules = product.policy
    try:
        refuse_if(form["days"] not in map(str, DAYS), "nothing_proposed", field="days")
        said = {name: form[FIELD + name] or today for name, today in changeable(rules).items()}
        id = product.proposals.ask(caller.who, checked(rules, said), int(form["days"]))
    except Refusal as error:
        return _form(request, caller, form, error)
    return pages.redirect(f"{HOME}/{id}")


@routes.route(f"{HOME}/{{id}}", methods=pages.GET)
@desk.staffed
def result(request: Any, caller: Caller, id: str) -> Response:
    """Show how far the replay of a proposal is, and its numbers so far next to those of today's policy."""
    forbid_unless(caller.roles & desk.PROPOSES)
    language, found = pages.language(request), product.proposals.one(id)
    rules, numbers = product.policy, found["result"]["numbers"]
    lines = [
        {
            "deadline": label(language, deadline, "deadline"),
            "column": column,
            "today": _side(language, numbers[f"{deadline} {column}"]["today"]),
            "proposed": _side(language, numbers[f"{deadline} {column}"]["proposed"]),
            "more": numbers[f"{deadline} {column}"]["proposed"][0]
            - numbers[f"{deadline} {column}"]["today"][0],
        }
        for deadline in sorted({key.split()[0] for key in numbers})
        for column in COLUMNS
        if f"{deadline} {column}" in numbers
    ]
    today = changeable(rules)
    return desk.page(
        request,
        caller,
        "desk_what_if_result.html",
        asked=found,
        result=found["result"],
        state=_state(found),
        most=MOST_CASES,
        changes=[
            {
                "deadline": label(language, name, "deadline"),
                "today": lasts(language, today.get(name, ""), exact=True),
                "proposed": lasts(language, proposed, exact=True),
                "shortened": name in shortened(rules, {name: proposed}) if name in today else False,
            }
            for name, proposed in found["lengths"].items()
        ],
        differing=[line for line in lines if line["more"]],
        same=[line for line in lines if not line["more"]],
    )


@routes.route(f"{HOME}/{{id}}", methods=["POST"], content_types=pages.FORM)
@desk.staffed
def cancel(request: Any, caller: Caller, id: str) -> Response:
    """End the replay of a proposal. Its numbers so far stay."""
    pages.form(request)
    forbid_unless(caller.roles & desk.PROPOSES)
    product.proposals.one(id)
    product.proposals.cancel(id)
    return pages.redirect(f"{HOME}/{id}")


def _side(language: str, side: list[Any]) -> dict[str, Any]:
    return {"n": whole_text(language, side[0]), "refs": list(dict.fromkeys(side[1]))}


def _state(found: Any) -> str:
    """Return how far the replay of a proposal is: `cancelled`, `waits`, `runs` or `done`."""
    refs = found["result"]["refs"]
    if refs == []:
        return "done"
    return "cancelled" if found["cancelled"] else "waits" if refs is None else "runs"


def _form(request: Any, caller: Caller, form: pages.Form, error: Refusal | None = None) -> Response:
    opened, draft = desk_drafts.open_form(request, caller.who, desk.address(request), form)
    form = opened or form
    language, rules = pages.language(request), product.policy
    wrong = problem(language, error) if error else None
    message = wrong.errors[0]["message"] if wrong and wrong.errors else wrong.title if wrong else ""
    field = (error.field or "").removeprefix(FIELD) if error else ""
    return desk.page(
        request,
        caller,
        "desk_what_if.html",
        draft=draft,
        status=wrong.status if wrong else 200,
        error={"field": field, "message": message} if wrong else None,
        lengths=[
            {
                "name": name,
                "label": label(language, name, "deadline"),
                "today": lasts(language, today, exact=True),
                "said": form[FIELD + name] or today,
                "source": source and label(language, source, "page", "process", "source"),
            }
            for name, today in changeable(rules).items()
            for source in (rules.rules[name].source,)
        ],
        days=DAYS,
        chosen=form["days"],
        most=MOST_CASES,
        proposals=[
            {
                **one,
                "lengths": {name: lasts(language, text, exact=True) for name, text in one["lengths"].items()},
            }
            for one in ([] if error else product.proposals.all())
        ],
    )
