"""The register of mediators, on the desk and in the interface: list, load from a file, change an entry,
suspend, strike off."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response
from pydantic import Field, TypeAdapter, ValidationError

from chalicelib.access.authorization import READS_REGISTER, Caller
from chalicelib.domain.register import Mediator, Register
from chalicelib.locale.formats import date_called
from chalicelib.web import callers, desk_drafts, forms, inputs, pages, request_models
from chalicelib.web.pages.desk import mediator_import
from chalicelib.web.problems import answers, forbid_unless, problem
from chalicelib.web.routes import desk, roster
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import MediatorList

routes = Blueprint(__name__)
ENTRY = {
    "id": "line",
    "name": "line",
    "email": "email",
    "phone": "phone",
    "body": "line",
    "lawful": "radios",
    "qualification": "line",
    "number": "line",
    "until": "date",
    "experience": "line",
    "fields": "many",
    "languages": "many",
    "employed": "radios",
    "ties": "line",
    "past": "number",
    "suspended": "hidden",
}
"""The fields of the form for an entry in the register: name → widget."""
HINTS = frozenset({"id", "lawful", "until", "experience", "fields", "employed", "ties", "past"})
DEEDS = frozenset({"entry", "load", "suspend", "restore", "strike"})


class Struck(roster.RosterRequest):
    """A mediator to be struck off the register."""

    who: str = Field(min_length=1, max_length=request_models.MOST_CODE)


def _enter(body: str) -> tuple[Mediator, ...]:
    inputs.bounded(body, inputs.MOST_ENTRIES)
    people = request_models.mediators(body, product.now(), product.cover.staff())
    product.cover.register(lambda register: register.entered(people))
    return people


@routes.route("/desk/mediators", methods=pages.GET)
@desk.staffed
def register(request: Any, caller: Caller) -> Response:
    """Show all mediators by the body they belong to, and the qualifications that have ended or end soon."""
    found, query = _read(caller), request.query_params or {}
    done, language = query.get("done", ""), pages.language(request)
    return desk.page(
        request,
        caller,
        "mediators.html",
        people=sorted(found.entries.values(), key=lambda m: (m.body, m.name)),
        ending=found.ending(product.cover.today),
        said=mediator_import.code_label,
        done=done if done in DEEDS else "",
        n=query.get("n", ""),
        today=product.cover.today,
        date=partial(date_called, language),
        administers=caller.administers,
    )


@routes.route("/desk/mediators/{deed}", methods=pages.GET)
@desk.staffed
def ask(request: Any, caller: Caller, deed: str) -> Response:
    """Show a form for changing the register. `deed`: `entry` for one mediator, or `load` for a file with
    many. For `table.csv`, return the whole register as a file."""
    found, language, query = _read(caller), pages.language(request), request.query_params or {}
    if deed == "table.csv":
        return Response(
            mediator_import.write(found.entries.values(), language),
            {
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": 'attachment; filename="mediators.csv"',
                "Cache-Control": "no-store",
            },
        )
    if deed not in ("entry", "load"):
        return pages.redirect("/desk/mediators")
    forbid_unless(caller.administers)
    return (
        _load_form(request, caller)
        if deed == "load"
        else _entry_form(request, caller, _first(found.member(query.get("id", ""))))
    )


@routes.route("/desk/mediators/{deed}", methods=["POST"], content_types=[*pages.FORM, "multipart/form-data"])
@desk.staffed_form(lambda _, __: {**ENTRY, "text": "story"})
def change(request: Any, caller: Caller, deed: str) -> Response:
    """Change the register. `deed`: load a file, change an entry, suspend, restore or strike off a mediator.
    After an error, nothing is changed, and the form is shown again with everything typed."""
    form, more = pages.form(request), ""
    forbid_unless(caller.administers)
    try:
        if deed == "load":
            more = f"&n={len(_enter(mediator_import.read(_file(form))))}"
        elif deed == "entry":
            _enter(_said(form))
        elif deed == "strike":
            product.cover.strike(form["who"])
        else:
            forbid_unless(deed in DEEDS)
            product.cover.register(lambda found: found.with_suspended(form["who"], deed == "suspend"))
    except pages.KEPT as error:
        if deed == "entry":
            return _entry_form(request, caller, form, error)
        if deed == "load":
            return _load_form(request, caller, _file(form), error)
        raise
    return pages.redirect(f"/desk/mediators?done={deed}{more}")


@routes.route("/v1/mediators", methods=["GET"])
@answers
def mediators() -> MediatorList:
    """List all mediators in the register; for the administrator, leads and supervisors."""
    return _told(_read(callers.bearer(routes.current_request)).entries.values())


@routes.route("/v1/mediators", methods=["POST"], content_types=[*inputs.JSON, "text/csv"])
@answers
def enter() -> MediatorList:
    """Enter mediators in the register, as JSON or as a table (`text/csv`); for the administrator. An entry
    with a known id replaces the one in the register. Mediators that the body does not name stay. If one entry
    is wrong, nothing is entered."""
    request = routes.current_request
    forbid_unless(callers.bearer(request).administers)
    said = inputs.body(request, inputs.MOST_ENTRIES).decode("utf-8", "replace")
    table = (request.headers.get("content-type") or "").startswith("text/csv")
    return _told(_enter(mediator_import.read(said) if table else said))


@routes.route("/v1/mediators", methods=["DELETE"], content_types=inputs.JSON)
@answers
def strike() -> MediatorList:
    """Strike a mediator off the register; for the administrator."""
    request = routes.current_request
    forbid_unless(callers.bearer(request).administers)
    raw = inputs.body(request, inputs.MOST_ENTRIES)
    return _told(product.cover.strike(Struck.model_validate_json(raw).who).entries.values())


def _told(people: Iterable[Mediator]) -> MediatorList:
    return {"mediators": json.loads(TypeAdapter(list[Mediator]).dump_json([*people]))}


def _read(caller: Caller) -> Register:
    forbid_unless(caller.roles & READS_REGISTER)
    return product.file.fresh_register()[0]


def _file(form: pages.Form) -> str:
    """Return the text of the uploaded file, or the pasted text if no file was uploaded."""
    return form["file"] if form["file"].strip() else form["text"]


def _said(form: pages.Form) -> str:
    """Return the request body for the posted form of an entry."""
    kinds = ENTRY | dict.fromkeys(mediator_import.TRUTHS, "question")
    return json.dumps({"mediators": [forms.posted_values(form, kinds)]}, ensure_ascii=False)


def _first(known: Mediator | None) -> pages.Form:
    """Return the form of an entry as it is first shown. It has the values of the mediator `known`, or is
    empty for None."""
    kept = {name: value for name, value in (asdict(known) if known else {}).items() if value is not None}
    return pages.Form(
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, value in kept.items()
        for one in (value if isinstance(value, tuple) else (value,))
    )


def _entry_form(request: Any, caller: Caller, form: pages.Form, error: Exception | None = None) -> Response:
    opened, draft = desk_drafts.open_form(request, caller.who, desk.address(request), form)
    form = opened or form
    language = pages.language(request)
    wrong = problem(language, error) if error else None
    errors = (
        [{**one, "pointer": "/" + "".join(one["pointer"].split("/")[3:4])} for one in wrong.errors]
        if wrong
        else []
    )
    at = {one["pointer"][1:]: one["message"] for one in errors}
    words = pages.say(language, "form.yes"), pages.say(language, "form.no")
    asked = [
        forms.Field(
            name,
            widget,
            mediator_import.column_label(language, name),
            pages.say(language, f"mediators.hint.{name}") if name in HINTS else "",
            mediator_import.COLUMNS[name],
            tuple(_options(language, name, words)),
            values=tuple(filter(None, form.all(name))),
            error=at.get(name, ""),
        )
        for name, widget in ENTRY.items()
    ]
    return desk.page(
        request,
        caller,
        "mediator_form.html",
        wrong.status if wrong else 200,
        draft=draft,
        fields=asked,
        problem=wrong,
        lines=forms.summary(language, asked, errors) if wrong else [],
        known=product.file.fresh_register()[0].member(form["id"]),
    )


def _options(language: str, name: str, words: tuple[str, str]) -> list[forms.Option]:
    if name in mediator_import.LISTS:
        return [
            forms.Option(code, mediator_import.code_label(language, name, code))
            for code in mediator_import.LISTS[name]
        ]
    return (
        [forms.Option("true", words[0]), forms.Option("false", words[1])]
        if name in mediator_import.TRUTHS
        else []
    )


def _load_form(request: Any, caller: Caller, text: str = "", error: Exception | None = None) -> Response:
    language = pages.language(request)
    wrong = problem(language, error) if error else None
    comma = "、" if language == "zh" else "; "
    values = {
        name: comma.join(mediator_import.code_label(language, name, code) for code in codes)
        for name, codes in mediator_import.LISTS.items()
    }
    return desk.page(
        request,
        caller,
        "mediators_load.html",
        wrong.status if wrong else 200,
        text=text,
        problem=wrong,
        values=values,
        lines=_lines(language, text, wrong.errors) if wrong and isinstance(error, ValidationError) else [],
    )


def _lines(language: str, text: str, errors: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return an error message for each faulty place in a file of mediators. In a table, the message names the
    row as a spreadsheet numbers it. In JSON, it names the entry."""
    kind, first = ("row", 2) if mediator_import.is_table(text) else ("entry", 1)
    found = []
    for error in errors:
        n, _, name = error["pointer"].removeprefix("/mediators").strip("/").partition("/")
        name = name.partition("/")[0]
        place = (
            pages.say(language, f"mediators.load.{kind}", n=int(n) + first)
            if n.isdecimal()
            else pages.say(language, "mediators.title")
        )
        column = mediator_import.column_label(language, name) if name in mediator_import.COLUMNS else name
        said = pages.say(
            language,
            f"mediators.load.{'wrong' if column else 'wrong_all'}",
            place=place,
            column=column,
            message=error["message"],
        )
        found.append({"text": said})
    return found
