"""The frame of the desk: sign-in and sign-out, the signed-in member of staff, and the parts that all pages
of the desk share."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial, wraps
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from chalice import Blueprint, Response

from chalicelib.access.authorization import (
    HANDLES,
    HOUSE,
    READS_REGISTER,
    SEES_ALL,
    STAFF,
    Caller,
    NotFound,
    Thing,
)
from chalicelib.cases.casework import Once, once
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.call_tasks import record_telling
from chalicelib.domain.moves.improvement import open_action
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.roster import OVERSEES
from chalicelib.logs import log
from chalicelib.web import callers, desk_drafts, forms, pages, read_log, request_models, signin
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.move_form import Frame, move_form
from chalicelib.web.pages.desk.calls import OUTCOME
from chalicelib.web.problems import PRIVATE, AccessForbidden, TooLarge, forbid_unless, problem
from chalicelib.wiring import product

routes = Blueprint(__name__)
PAGE = 25
"""The highest number of lines on one page of a list."""
READS_CASES = STAFF & ~Role.ADMINISTRATOR
RECORDS = MOVES[submit.__name__].recorded_by & STAFF
SEES_SIGNS = SEES_ALL | Role.LEAD | Role.SAFETY
"""Roles that see which kinds of complaints come more often than usual."""
HEARS = SEES_ALL | Role.LEAD
"""The roles that read the suggestion box."""
SEES_REPORTS = SEES_ALL | Role.LEAD
"""Roles that read the reports of a month or a year. A lead reads only those of teams that they
lead."""
SEES_TEAMS = Role.SUPERVISOR | Role.LEAD
"""The roles that read the load and the times of teams and people. A lead reads only those of teams that they
lead."""
PROPOSES = OVERSEES
"""The roles that replay complaints under other lengths of deadlines."""
SEES_BOARD = OVERSEES | Role.LEAD
"""The roles that see the board. A lead sees only the teams that they lead."""


SCRIPTED = f"{pages.SCRIPT}connect-src 'self'; "
"""The additions to the content security policy of a page at the desk: our scripts show letters before they
are sent, and follow keys."""
KEYS = [(act.shortcut, act.name) for act in MOVES.values() if act.shortcut]
"""The keys of the common acts, each with the name of its move."""
NO_SESSION = pages.cookie(callers.DESK_COOKIE, "", 0)


Kinds = Callable[[pages.Form, Mapping[str, str]], Mapping[str, str]]
"""A function that returns the kind of each field of a posted form, by the name of the field. It gets the form
and the names in the address of the request."""


def staffed(view: Callable[..., Response]) -> Callable[..., Response]:
    """Decorate a view of the desk whose form, if any, is that of the move in its address. See
    `staffed_form`."""
    return staffed_form(lambda form, names: forms.kinds(names.get("move", ""), form.names))(view)


def staffed_form(kinds: Kinds) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Decorate a view of the desk: it gets the signed-in member of staff as second argument. Without a
    session, the browser is sent to the sign-in, and after it to the page that was asked for. If a post
    fails and its form is not shown again, the answer has what was typed. An example is a role that was
    removed while its holder typed. `kinds`: the fields of the posted form."""
    return partial(_staffed, kinds)


def _staffed(kinds: Kinds, view: Callable[..., Response]) -> Callable[..., Response]:
    @pages.answered
    @wraps(view)
    def seen(request: Any, **names: str) -> Response:
        try:
            caller = callers.staff(request)
        except signin.Refused as refused:
            return pages.page(
                request,
                "desk_signin.html",
                status=403,
                code=refused.code,
                typed=_typed(request, kinds, names),
                cookies=[NO_SESSION],
            )
        if caller is None and request.method == "POST":
            # no redirect, so that the typed words are still there after "back" in the browser
            kept, form_at = desk_drafts.keep_until_sign_in(request, address(request))
            typed = [] if kept else _typed(request, kinds, names)
            back = urlencode({"back": form_at}) if kept else ""
            return pages.page(
                request,
                "desk_signin.html",
                status=401,
                code="kept" if kept else "ended",
                back=back,
                typed=typed,
                cookies=kept,
            )
        if caller is None:
            return pages.redirect(f"/desk/sign-in?{urlencode({'back': address(request)})}")
        try:
            answer = view(request, caller, **names)
        except Exception as error:
            if not (typed := _typed(request, kinds, names)):
                raise
            if not isinstance(error, AccessForbidden | NotFound):
                return pages.problem_page(request, error, typed)
            status = 403 if isinstance(error, AccessForbidden) else 404
            return page(request, caller, "desk_unsent.html", status, typed=typed)
        if request.method == "POST" and answer.status_code == 303:
            desk_drafts.sent(request, caller.who)
        return answer

    return seen


def _typed(request: Any, kinds: Kinds, names: Mapping[str, str]) -> list[str]:
    """Return what was typed into a posted form; [] for any other request, and for a form that is too
    large."""
    if request.method != "POST" or not desk_drafts.is_form(request):
        return []
    with suppress(TooLarge):
        form = pages.form(request)
        return forms.typed(form, kinds(form, names))
    return []


@routes.route("/desk/sign-in", methods=["GET"])
@pages.answered
def sign_in(request: Any) -> Response:
    """Send the browser to the identity provider's sign-in page."""
    address, state = signin.start((request.query_params or {}).get("back", signin.HOME))
    kept = pages.cookie(signin.STATE_COOKIE, state, int(signin.SIGN_IN_WITHIN.total_seconds()))
    return pages.redirect(address, cookies=[kept], absolute=True)


@routes.route("/desk/callback", methods=["GET"])
@pages.answered
def callback(request: Any) -> Response:
    """Finish the sign-in, when the identity provider sends the browser back."""
    query, forget = request.query_params or {}, pages.cookie(signin.STATE_COOKIE, "", 0)
    try:
        kept = callers.cookies(request).get(signin.STATE_COOKIE, "")
        sid, back = signin.finish(query.get("code", ""), query.get("state", ""), kept, callers.agent(request))
    except signin.Refused as refused:
        log.warning("not signed in", extra={"code": refused.code})
        return pages.page(
            request,
            "desk_signin.html",
            status=403 if refused.code in ("no_role", "out") else 400,
            code=refused.code,
            cookies=[forget],
        )
    if before := callers.cookies(request).get(callers.DESK_COOKIE):
        signin.forget(before)
    return pages.redirect(back, cookies=[forget, pages.cookie(callers.DESK_COOKIE, sid)])


@routes.route("/desk/sign-out", methods=["POST"], content_types=pages.FORM)
@pages.answered
def sign_out(request: Any) -> Response:
    """End the session here and at the identity provider."""
    pages.form(request)
    address = signin.end(callers.cookies(request).get(callers.DESK_COOKIE, ""))
    return pages.redirect(address, cookies=[NO_SESSION], absolute=True)


@routes.route("/desk/draft", methods=["POST"], content_types=pages.FORM)
@staffed_form(lambda form, _: OUTCOME if form["ref"] else {})
def keep_draft(request: Any, caller: Caller) -> Response:
    """Store the values of a form with a page of its own as the caller's draft, and go back. `draft`: the
    address of the form. `ref`: the number of the case that it is about, if any. A script gets no page.
    `drop`: delete the draft instead, and go to the form."""
    form = pages.form(request)
    forbid_unless(desk_drafts.FORM.fullmatch(form["draft"]))
    if form["drop"]:
        desk_drafts.drop(caller.who, *desk_drafts.place(form))
        return pages.redirect(form["draft"])
    if form["ref"]:
        case = read_log.load_and_log(form["ref"], Thing.CASE, caller, opens=False)
        desk_drafts.keep(caller.who, case, desk_drafts.key_of(form["draft"]), form)
    else:
        desk_drafts.keep_new(caller.who, form["draft"], form)
    back = form["draft"].partition("?")[0].rpartition("/")[0] or form["draft"]
    return Response("", {**PRIVATE}, 204) if form["auto"] else pages.redirect(back)


def case_path(case: Case) -> str:
    """Return the path of the page on the desk for a case, an improvement action, or a training."""
    kind = "actions" if case.improvement else "trainings" if case.training else "cases"
    return f"/desk/{kind}/{case.ref}"


def begun_form(
    request: Any,
    caller: Caller,
    move: str,
    template: str,
    form: pages.Form | None = None,
    error: Exception | None = None,
) -> Response:
    """Return the page with the form of the move that begins an improvement action or a training. `template`:
    the template of the page. After an error, `form` is the last post, and the page shows the error and
    everything typed."""
    form, draft = desk_drafts.open_form(request, caller.who, address(request), form)
    asking = Asking(move, None, pages.language(request), product.file.roster())
    return move_form(Frame(asking, partial(page, request, caller, template, draft=draft)), form, error)


def begin(
    request: Any,
    caller: Caller,
    move: str,
    template: str,
    take: Callable[[Caller, dict[str, Any], Once | None], Case],
    to: str,
) -> Response:
    """Take the move that begins an improvement action or a training, and go to the page of the new action or
    training, under the path `to`. `take(caller, arguments, key)` carries the move out and returns the new
    case.

    After an error, show the form (`template`) again with everything typed."""
    form = pages.form(request)
    body = forms.body(move, form)
    try:
        said = request_models.arguments(move, body, product.now())
        made = take(caller, said, once(caller, move, form["key"], body))
    except pages.KEPT as error:
        return begun_form(request, caller, move, template, form, error)
    return pages.redirect(f"{to}/{made.ref}?done={move}")


def page(
    request: Any, caller: Caller, template: str, status: int = 200, policy: str = SCRIPTED, **context: Any
) -> Response:
    me = product.file.roster().member(caller.who)
    return pages.page(
        request,
        template,
        status=status,
        policy=policy,
        sheet_of_keys=_sheet_of_keys(pages.language(request)),
        me=me.name if me else caller.name,
        roles=[role.code for role in caller.roles],
        records=bool(caller.roles & RECORDS),
        finds=bool(caller.roles & READS_CASES),
        house=bool(caller.roles & HOUSE),
        page_of=case_path,
        opens_actions=bool(caller.roles & MOVES[open_action.__name__].takers),
        improves=bool(caller.roles & (HANDLES | SEES_ALL)),
        appoints=bool(caller.roles & READS_REGISTER),
        audits=bool(caller.roles & SEES_ALL),
        hears=bool(caller.roles & HEARS),
        sees_signs=bool(caller.roles & SEES_SIGNS),
        sees_reports=bool(caller.roles & SEES_REPORTS),
        sees_board=bool(caller.roles & SEES_BOARD),
        sees_teams=bool(caller.roles & SEES_TEAMS),
        calls_out=bool(caller.roles & MOVES[record_telling.__name__].takers),
        gives_keys=bool(caller.roles & Role.ADMINISTRATOR),
        **context,
    )


@cache
def _sheet_of_keys(language: str) -> str:
    """Return the HTML of the sheet of keys. It is the same on every page, so it is rendered once."""
    return pages.rendered(language, "desk_keys.html", common_keys=KEYS)


class AdministratorForm(NamedTuple):
    """A form of the administrator. `page`: the page that has the texts of its fields. `template`: the file
    that shows it. `widgets`: the fields and their widgets. `options`: the choices of the fields that have
    some. `drafted`: whether what is typed is kept as a draft; not where it can hold a secret."""

    page: str
    template: str
    widgets: Mapping[str, str]
    options: Mapping[str, tuple[forms.Option, ...]]
    drafted: bool = True


def form_page(
    request: Any,
    caller: Caller,
    asked: AdministratorForm,
    form: pages.Form,
    error: Exception | None,
    **context: Any,
) -> Response:
    """Show a form of the administrator with the values in `form`. `error`: the reason why the form was
    refused; None if it was not."""
    language, draft = pages.language(request), None
    if asked.drafted:
        found, draft = desk_drafts.open_form(request, caller.who, address(request), form)
        form = found or form
    wrong = problem(language, error) if error else None
    errors = {one["pointer"].split("/")[1]: one["message"] for one in wrong.errors} if wrong else {}
    fields = [
        forms.Field(
            name,
            widget,
            *_said(language, asked.page, name, widget),
            options=asked.options.get(name, ()),
            values=tuple(filter(None, form.all(name))),
            error=errors.get(name, ""),
        )
        for name, widget in asked.widgets.items()
    ]
    lines = [{"pointer": f"/{name}", "message": message} for name, message in errors.items()]
    return page(
        request,
        caller,
        asked.template,
        wrong.status if wrong else 200,
        fields=fields,
        problem=wrong,
        lines=forms.summary(language, fields, lines),
        draft=draft,
        **context,
    )


def _said(language: str, page: str, name: str, widget: str) -> tuple[str, str]:
    """Return the label and the hint of a field; "" for a hidden one."""
    if widget == "hidden":
        return "", ""
    hint = pages.say(language, f"{page}.hint.{name}")
    return pages.say(language, f"{page}.field.{name}"), forms.hinted(language, widget, hint)


def address(request: Any) -> str:
    """Return the path and query of a request, as a link."""
    path = request.path.format(
        **{name: quote(value, safe="") for name, value in (request.uri_params or {}).items()}
    )
    query = urlencode(request.query_params or {})
    return f"{path}?{query}" if query else path
