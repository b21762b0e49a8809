"""Photos and files for a complaint that is still a draft: announce, upload to the store, remove. They are
optional."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Unavailable, once
from chalicelib.evidence.enclosures import Enclosure
from chalicelib.evidence.uploads import FORM_LASTS, LARGEST, PART, TAKES, refuse_size, safe_file_name
from chalicelib.web import callers, drafts, inputs, pages
from chalicelib.web.drafts import Draft
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.move_form import Frame, move_form
from chalicelib.web.pages import file_list
from chalicelib.web.pages.consumer import complaint
from chalicelib.web.routes.files import (
    by_script,
    count_bytes,
    count_parts,
    declaration_fields,
    file_declaration,
    not_taken,
    parts_to_send,
    to_send,
    undescribed,
)
from chalicelib.wiring import product

routes = Blueprint(__name__)
HOME = "/complain/files"
"""The path of the page that lists the files of a draft."""


def of_draft(path: str, method: str = "GET") -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Return a decorator that serves a view at the path `HOME` + `path` and passes it the caller's draft. A
    caller without a draft is sent to the first page of the form. If the draft was filed already, a page says
    so."""

    def placed(view: Callable[..., Response]) -> Callable[..., Response]:
        @pages.answered
        @wraps(view)
        def seen(request: Any, **names: str) -> Response:
            draft = drafts.begun(request)
            if draft is None:
                return pages.redirect("/complain")
            if draft.sent:
                return pages.page(request, "complain_again.html", status=409)
            return view(request, draft, **names)

        posted: dict[str, Any] = {"methods": ["POST"], "content_types": pages.FORM}
        how = posted if method == "POST" else {"methods": pages.GET}
        routes.route(HOME + path, name=view.__name__, **how)(seen)
        return view

    return placed


@of_draft("")
def enclosed(request: Any, draft: Draft) -> Response:
    """Show the files of the draft, and the form to add a file. After an upload, the file store sends the
    browser to this page."""
    return _page(request, draft)


@of_draft("/add", "POST")
def enclose(request: Any, draft: Draft) -> Response:
    """Announce a file, then go to the page that uploads the file. If the request comes from the page's
    script, answer with the upload form as JSON instead. A repeated request returns the same file."""
    form = pages.form(request)
    body = file_declaration(form, pages.language(request))
    try:
        said = declaration_fields(body)
        if size := said.get("size", 0):
            refuse_size(size)
        key = once(callers.ANYBODY, draft.folder, form["key"] or secrets.token_urlsafe(), body)
        assert key
        if key.key[:26] not in {file.id for file in draft.enclosed}:
            product.ceilings.take("enclosure", network=callers.network(request))
        one = Enclosure(key.key[:26], said["shows"], safe_file_name(said.get("name", "")))
        add = product.enclosures.add
        drafts.changed(request, draft, lambda now: now.enclosing(add(now.enclosed, one, size)))
        if by_script(request):
            form_ = partial(product.enclosures.store.form, draft.folder, one.id, "", size)
            return to_send(request, callers.ANYBODY, one.id, size, form_)
    except pages.KEPT as error:
        return not_taken(request, error) if by_script(request) else _page(request, draft, form, error)
    return pages.redirect(f"{HOME}/{one.id}/upload")


@of_draft("/{id}/upload")
def send_enclosure(request: Any, draft: Draft, id: str) -> Response:
    """Show the form that uploads a file to the file store. If the file has arrived, go to the list of files
    instead."""
    one = _one(draft, id)
    if one.size is not None:
        return pages.redirect(HOME)
    count_bytes(request, callers.ANYBODY)
    back = f"{product.setting('PUBLIC_URL')}{HOME}?sent={id}"
    return pages.page(
        request,
        "complain_file.html",
        shows=one.shows,
        form=product.enclosures.store.form(draft.folder, id, back),
        until=product.now() + FORM_LASTS,
        most=file_list.MOST,
    )


@of_draft("/{id}/parts", "POST")
def send_enclosure_parts(request: Any, draft: Draft, id: str) -> Response:
    """Answer the page's script with the links for the next parts of a large file. After an interruption the
    script asks again and sends only the missing parts. Without any link, the file has arrived."""
    size = inputs.whole_number(pages.form(request)["size"]) or 0
    try:
        refuse_size(size)
        parts = product.enclosures.store.parts(draft.folder, _one(draft, id).id, size)
        count_parts(request, callers.ANYBODY, size, parts)
        return parts_to_send(parts)
    except pages.KEPT as error:
        return not_taken(request, error)


@of_draft("/{id}/remove", "POST")
def remove_enclosure(request: Any, draft: Draft, id: str) -> Response:
    """Remove a file from the draft and from the store."""
    form = pages.form(request)
    with suppress(NotFound):  # after a second click, the file is gone already
        others = lambda now: now.enclosing(one for one in now.enclosed if one.id != id)  # noqa: E731
        drafts.changed(request, draft, others)
        with suppress(Unavailable):  # no harm: a file that stays in the store expires
            product.enclosures.remove(draft.folder, [_one(draft, id)])
    return pages.redirect(f"/complain/{complaint.LAST}" if form["check"] else HOME)


def _one(draft: Draft, id: str) -> Enclosure:
    """Return the file `id` of the draft. Raises NotFound if there is none."""
    found = next((file for file in draft.enclosed if file.id == id), None)
    if found is None:
        raise NotFound(id)
    return found


def _page(
    request: Any, draft: Draft, form: pages.Form | None = None, error: Exception | None = None
) -> Response:
    language = pages.language(request)
    with suppress(Unavailable):  # the page then shows the states of the files as last known
        draft = drafts.looked_at(draft)

    def show(status: int, **context: Any) -> Response:
        # 200 even for a wrong field, because the draft itself was stored
        return pages.page(
            request,
            "complain_files.html",
            status=200 if status == 422 else status,
            here=HOME,
            enclosed=file_list.enclosed(language, draft.enclosed),
            onward=complaint.onward(draft),
            most=file_list.MOST,
            all=file_list.ALL,
            part=PART,
            largest=LARGEST,
            policy=file_list.scripted(),
            **context,
        )

    frame = Frame(Asking(TAKES.name, None, language), show, adapted=undescribed)
    return move_form(frame, form, error)
