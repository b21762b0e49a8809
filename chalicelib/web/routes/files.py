"""Evidence files of a case, on pages and in the interface: announce a file, upload it to the store, see its
state, download it, withdraw an announced file."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any, Literal

from chalice import Blueprint, Response
from pydantic import BaseModel, Field, create_model

from chalicelib.access.authorization import STAFF, Caller, NotFound, Thing
from chalicelib.cases.casework import Dossier, once
from chalicelib.domain.model.referral import referred
from chalicelib.evidence.confined import MEGABYTE
from chalicelib.evidence.uploads import (
    ANY,
    CEILING,
    DECLARED,
    FORM_LASTS,
    LARGEST,
    PART,
    TAKES,
    FileState,
    Parts,
    PresignedForm as StoreForm,
    Upload,
    part_sizes,
)
from chalicelib.web import callers, forms, inputs, pages, read_log, request_models
from chalicelib.web.api.values import view_json
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.move_form import Frame, move_form
from chalicelib.web.pages.file_list import ALL, LONGEST_NAME, MOST, called_as, home, listed_files, scripted
from chalicelib.web.partners import Scope
from chalicelib.web.problems import Answer, Created, answers, forbid_unless, problem
from chalicelib.web.routes import desk
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import File, Files, ListedFile

routes = Blueprint(__name__)
TYPE: Any = Literal[DECLARED]
View = Callable[..., Response]


@cache
def new_file() -> type[BaseModel]:
    """Return the request model that announces a file."""
    model: type[BaseModel] = create_model(
        "NewFile",
        __base__=request_models.body_of(TAKES.name),
        __doc__="A file that will come: what it shows, its media type or kind, size and name.",
        type=(TYPE, ...),
        size=(int | None, None),
        name=(str, Field("", max_length=LONGEST_NAME)),
    )
    return model


@routes.route("/v1/cases/{ref}/files", methods=["POST"], content_types=inputs.JSON)
@answers
def declare(ref: str) -> Created[File]:
    """Announce a file and get the form to upload it with. Post its `fields` and then the file, as
    multipart/form-data, to its `url`."""
    request = routes.current_request
    caller, raw = callers.bearer(request, Scope.ADD), inputs.body(request)
    dossier = _dossier(ref, caller)
    key = once(caller, f"{dossier.case.ref}/files", request.headers.get("idempotency-key"), raw)
    said = declaration_fields(raw)

    def count() -> None:
        _counting(caller, dossier.case.ref)()
        count_bytes(request, caller, said.get("size") or LARGEST)

    upload = product.uploads.declare(dossier.case.ref, caller, said, key, count)
    return Created(_shown(upload, dossier, caller), Location=f"/v1/cases/{upload.ref}/files/{upload.id}")


@routes.route("/v1/cases/{ref}/files", methods=["GET"])
@answers
def files(ref: str) -> Files:
    """List the files of a case that the caller may see, the newest first."""
    caller = callers.bearer(routes.current_request, Scope.READ)
    dossier = _dossier(ref, caller)
    return {"items": [file_json(upload) for upload in product.uploads.seen(dossier, caller)], "next": None}


@routes.route("/v1/cases/{ref}/files/{id}", methods=["GET"])
@answers
def file(ref: str, id: str) -> File:
    """Get the state of a file. A file that was kept comes with a download link, valid for five minutes. `id`:
    the id of the file."""
    caller = callers.bearer(routes.current_request, Scope.READ)
    dossier = _dossier(ref, caller)
    return _shown(product.uploads.find(dossier, caller, id), dossier, caller)


def of_party(view: View) -> View:
    """Decorate a page of the case: the view gets the party whom the case cookie identifies, and the case
    number. If the cookie identifies no party, the browser is sent to the case page, which explains how to get
    in."""

    @pages.answered
    @wraps(view)
    def seen(request: Any, **names: str) -> Response:
        caller = callers.party(request)
        return view(request, caller, caller.ref, **names) if caller else pages.redirect("/case")

    return seen


def on_both_sites(path: str, method: str = "GET") -> Callable[[View], View]:
    """Return a decorator that serves a view at two addresses: `path` below a party's files, and `path` below
    the files of a case on the desk."""

    def placed(view: View) -> View:
        how: dict[str, Any] = (
            {"methods": pages.GET} if method == "GET" else {"methods": [method], "content_types": pages.FORM}
        )
        routes.route(f"/case/files{path}", name=f"case_{view.__name__}", **how)(of_party(view))
        at_desk = routes.route(f"/desk/cases/{{ref}}/files{path}", name=f"desk_{view.__name__}", **how)
        at_desk(desk.staffed_form(lambda form, _: forms.kinds(TAKES.name, form.names))(view))
        return view

    return placed


@on_both_sites("")
def list_files(request: Any, caller: Caller, ref: str) -> Response:
    """Show the files of the case. After an upload, the file store sends the browser to this page."""
    sent = (request.query_params or {}).get("sent", "")
    dossier = _dossier(ref, caller)
    return _page(
        request,
        caller,
        "files.html",
        case=dossier.case,
        sent=sent,
        files=listed_files(product.uploads, dossier, caller, pages.language(request), sent),
        policy=scripted(),
    )


@on_both_sites("/add")
def ask_file(request: Any, caller: Caller, ref: str) -> Response:
    """Show the form that asks what a file shows. The file itself is chosen later. With JavaScript, the page
    takes several files and asks for each."""
    return _form(request, caller, ref)


@on_both_sites("/add", "POST")
def declare_file(request: Any, caller: Caller, ref: str) -> Response:
    """Announce a file, then go to the page that uploads the file. If the request comes from the page's
    script, answer with the upload form as JSON instead. A repeated request returns the same file."""
    form, scripted_ = pages.form(request), by_script(request)
    body = file_declaration(form, pages.language(request))
    try:
        said = declaration_fields(body)
        key = once(caller, f"{ref}/files", form["key"], body)
        upload = product.uploads.declare(ref, caller, said, key, _counting(caller, ref))
        if scripted_ and upload.state == FileState.EXPECTED:
            form_ = partial(product.uploads.form, upload, caller, most=said["size"])
            return to_send(request, caller, upload.id, said["size"], form_)
        if scripted_:
            return Answer({"id": upload.id, "anew": product.uploads.ended(upload)})
    except pages.KEPT as error:
        return not_taken(request, error) if scripted_ else _form(request, caller, ref, form, error)
    return pages.redirect(f"{home(caller, ref)}/files/{upload.id}/upload")


def _counting(caller: Caller, ref: str) -> Callable[[], None]:
    """Return a function that counts one more file of the caller on a case. The function raises TooMany beyond
    the limit."""
    return lambda: product.ceilings.take("upload", account=callers.account(caller, ref))


def by_script(request: Any) -> bool:
    """Return whether the request comes from the page's script, which reads JSON."""
    return "application/json" in (request.headers.get("Accept") or "")


def file_declaration(form: pages.Form, language: str) -> str:
    """Return the request body that announces a file, made from a posted form. It says what the file shows,
    and its name and size if known. A file without a description is described by its name. Its type is `ANY`,
    because the type is determined from the content."""
    size, name = inputs.whole_number(form["size"]), called_as(form["name"])
    known = {part: value for part, value in (("size", size), ("name", name)) if value}
    said = {**json.loads(forms.body(TAKES.name, form)), "type": ANY, **known}
    said["shows"] = (said.get("shows") or "").strip() or name or pages.say(language, "files.undescribed")
    return json.dumps(said, ensure_ascii=False)


def count_bytes(request: Any, caller: Caller, size: int = LARGEST) -> None:
    """Count the bytes that a form or a link lets a party send, by network and day. A form for a file of
    unknown size counts as the largest file. Raises TooMany. Staff are not counted, because they are known by
    name."""
    if not caller.roles & STAFF:
        weight = -(-size // MEGABYTE)
        product.ceilings.take("megabytes", weight, network=callers.network(request))


def parts_to_send(parts: Parts) -> Response:
    """Return the answer to the page's script with the links for the next parts of a file."""
    return Answer({"size": parts.size, "parts": [{"n": n, "url": url} for n, url in parts.links.items()]})


def count_parts(request: Any, caller: Caller, size: int, parts: Parts) -> None:
    """Count the bytes of the parts that have a link, of a file of `size` bytes. A part whose link was not
    used counts again with its next link. Raises TooMany."""
    sizes = part_sizes(size)
    if parts.links:
        count_bytes(request, caller, sum(sizes[n] for n in parts.links))


def to_send(request: Any, caller: Caller, id: str, size: int, form: Callable[[], StoreForm]) -> Response:
    """Return the answer to the page's script after it announced the file `id` of `size` bytes. It has the
    upload form, or for a larger file the word that the file goes in parts. Raises TooMany."""
    if size > PART:
        return Answer({"id": id, "parts": True})
    count_bytes(request, caller, size)
    made = form()
    return Answer({"id": id, "form": {"url": made.url, "fields": {**made.fields}}})


def not_taken(request: Any, error: Exception) -> Response:
    """Return the answer to the page's script if a file is refused. It has the message to show with the
    file."""
    wrong = problem(pages.language(request), error)
    answer = Answer({"wrong": next((one["message"] for one in wrong.errors), wrong.title)})
    answer.status_code = wrong.status
    return answer


@on_both_sites("/{id}/parts", "POST")
def send_parts(request: Any, caller: Caller, ref: str, id: str) -> Response:
    """Answer the page's script with the links for the next parts of a large file. After an interruption the
    script asks again and sends only the missing parts. Without any link, the file has arrived."""
    size = inputs.whole_number(pages.form(request)["size"]) or 0
    try:
        upload = product.uploads.find(_dossier(ref, caller), caller, id)
        parts = product.uploads.parts(upload, caller, size)
        count_parts(request, caller, size, parts)
        return parts_to_send(parts)
    except pages.KEPT as error:
        return not_taken(request, error)


@on_both_sites("/{id}/remove", "POST")
def remove_file(request: Any, caller: Caller, ref: str, id: str) -> Response:
    """Withdraw a file that was announced and has not arrived."""
    pages.form(request)
    dossier = _dossier(ref, caller)
    with suppress(NotFound):  # nothing to withdraw: the list shows whether the file has arrived or is gone
        product.uploads.forget(product.uploads.find(dossier, caller, id), caller)
    return pages.redirect(f"{home(caller, ref)}/files")


@on_both_sites("/{id}/upload")
def choose_file(request: Any, caller: Caller, ref: str, id: str) -> Response:
    """Show the form that uploads a file to the file store. If the file has arrived, go to the list of files
    instead."""
    dossier = _dossier(ref, caller)
    upload, at = product.uploads.find(dossier, caller, id), home(caller, ref)
    try:
        count_bytes(request, caller)
        form = product.uploads.form(upload, caller, f"{product.setting('PUBLIC_URL')}{at}/files?sent={id}")
    except NotFound:
        return pages.redirect(f"{at}/files")
    return _page(
        request,
        caller,
        "file_upload.html",
        case=dossier.case,
        shows=upload.shows,
        form=form,
        home=at,
        until=min(upload.until, product.now() + FORM_LASTS),
        most=MOST,
    )


@on_both_sites("/{id}")
def download(request: Any, caller: Caller, ref: str, id: str) -> Response:
    """Send the browser to the file. The browser saves the file and does not display it."""
    return _to_store(caller, ref, id)


@on_both_sites("/{id}/picture")
def picture(request: Any, caller: Caller, ref: str, id: str) -> Response:
    """Send the browser to the thumbnail of the file."""
    return _to_store(caller, ref, id, small=True)


def view(request: Any, caller: Caller, ref: str, id: str) -> Response:
    """Send the browser to the file, which it shows or plays in the page."""
    return _to_store(caller, ref, id, shown=True)


routes.route("/desk/cases/{ref}/files/{id}/view", methods=pages.GET, name="desk_view")(desk.staffed(view))


def agreement(request: Any, caller: Caller, ref: str) -> Response:
    """Send the browser to the sealed agreement. With `?paper=`, send it to the court paper with this name.

    A reader who may read the text of the agreement gets the agreement, and the application to the court for
    it. The court paper of a referred obligation is only for its creditor and for staff. Raises
    AccessForbidden for another party, NotFound if there is no such document."""
    case = read_log.load_and_log(ref, Thing.DOCUMENTS, caller)
    name = (request.query_params or {}).get("paper", "agreement")
    owed = referred(case).get(name)
    forbid_unless(not owed or not caller.party or case.stands_for(caller.party) == owed.to)
    link = product.document(case, name)
    if link is None:
        raise NotFound(ref)
    return pages.redirect(link, absolute=True)


routes.route("/case/agreement", methods=pages.GET, name="case_agreement")(of_party(agreement))
routes.route("/desk/cases/{ref}/agreement", methods=pages.GET, name="desk_agreement")(desk.staffed(agreement))


def _to_store(caller: Caller, ref: str, id: str, *, small: bool = False, shown: bool = False) -> Response:
    dossier = _dossier(ref, caller)
    upload = product.uploads.find(dossier, caller, id)
    return pages.redirect(product.uploads.link(upload, dossier.case, small, shown), absolute=True)


def _form(
    request: Any, caller: Caller, ref: str, form: pages.Form | None = None, error: Exception | None = None
) -> Response:
    language, case = pages.language(request), _dossier(ref, caller).case
    if error is None:
        product.uploads.may_add(case, caller)
    show = partial(
        _page,
        request,
        caller,
        "file_add.html",
        awaited=case.request.items if case.request and product.uploads.answers(case, caller) else (),
        home=home(caller, ref),
        most=MOST,
        all=ALL,
        part=PART,
        largest=LARGEST,
        policy=scripted(),
    )
    frame = Frame(Asking(TAKES.name, case, language), show, adapted=undescribed)
    return move_form(frame, form, error)


def undescribed(asked: list[forms.Field], _: Any) -> list[forms.Field]:
    """Return the fields of the form that adds a file, with the description optional."""
    return [field.changed(required=False) for field in asked]


def _page(request: Any, caller: Caller, template: str, status: int = 200, **context: Any) -> Response:
    if caller.party:
        return pages.page(request, template, status=status, frame="base.html", **context)
    return desk.page(request, caller, template, status, frame="desk_base.html", **context)


def _dossier(ref: str, caller: Caller) -> Dossier:
    return product.file.dossier_of(
        read_log.load_and_log(ref, Thing.FILES if caller.roles & STAFF else Thing.SENT, caller)
    )


def declaration_fields(raw: bytes | str) -> dict[str, Any]:
    """Return the fields in a request body that announces a file. Raises ValidationError with all faulty
    fields."""
    body = new_file().model_validate_json(raw or b"{}")
    return {name: getattr(body, name) for name in body.model_fields_set}


def file_json(upload: Upload) -> ListedFile:
    """Return the fields of a file in the interface, without links and upload form."""
    return {
        "id": upload.id,
        "state": upload.state,
        "shows": upload.shows,
        "name": upload.name or None,
        "type": upload.found or upload.type,
        "at": view_json(upload.at),
        "size": upload.size,
        "sha256": upload.sha256 or None,
        "verdict": upload.verdict,
        "why": upload.remark or None,
    }


def _shown(upload: Upload, dossier: Dossier, caller: Caller) -> File:
    told = file_json(upload)
    if upload.state == FileState.KEPT:
        return {
            **told,
            "download": product.uploads.link(upload, dossier.case),
            "small": product.uploads.link(upload, dossier.case, small=True) if upload.small else None,
        }
    if upload.state == FileState.EXPECTED and upload.by.who == caller.who:
        form, until = product.uploads.form(upload, caller), min(upload.until, product.now() + FORM_LASTS)
        return {
            **told,
            "upload": {
                "url": form.url,
                "fields": {**form.fields},
                "until": view_json(until),
                "largest": CEILING,
            },
        }
    return told
