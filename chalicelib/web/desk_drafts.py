"""The drafts of forms at the desk, and the words of a form that was sent after the session had ended."""

import json
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from chalicelib.cases.casework import Unavailable
from chalicelib.cases.drafts import KEPT, Draft
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.reference import read
from chalicelib.logs import log
from chalicelib.web import callers, pages, signin
from chalicelib.web.problems import TooLarge
from chalicelib.wiring import product

TYPED_COOKIE, TYPED = "__Host-typed", "TYPED"
"""The cookie with the secret of the words that were typed before a sign-in, and the kind of their row."""
WAITS = timedelta(hours=1)
"""How long these words wait for the sign-in."""
OWN = frozenset({"key", "shown", "auto", "drop", "keep", "more", "edit", "insert", "reveal", "draft"})
"""The fields of a form that a draft leaves out, because they belong to one sending of it."""
NEW = "new"
"""What takes the place of the number for the draft of a form that is about no case. It expires."""
FORM = re.compile(r"/desk(?:/[a-z][a-z/_-]{1,40})?(?:\?[!-~]{0,2000})?", re.ASCII)
"""The format of the address of a form that is about no case, or of a page with forms about several."""
LIST, LIST_LASTS = "/desk", timedelta(days=1)
"""The path of the work lists, and how long the draft of a bulk act is stored. The reason in it can repeat
words of several cases. A destruction of personal data begins a day after its decision at the earliest, so
such a draft has expired by then."""
DONE = re.compile(r"\?done=\w*$")
"""The pattern of the end of an address after an act was done."""
COMPLAIN = "/desk/complain"
"""The address of the form of a complaint, whose draft has the name of its move."""
MOST = 300_000
"""The most bytes of a draft. A row of the table can have 400 kB."""


class FormDraft(NamedTuple):
    """The draft of a form that is about no case. `name`: the address of the form. `at`: when the values that
    the form shows were stored (UTC); None if they are no draft."""

    name: str
    at: datetime | None = None


def open_form(
    request: Any, who: str, name: str, form: pages.Form | None, case: Case | None = None
) -> tuple[pages.Form | None, FormDraft]:
    """Return a form with a page of its own as the page shows it, and its draft. When the page is opened,
    these are the values of the draft of `who`, or else those of `form`. After a post they are those of
    `form`. `name`: the address of the page; the act that it says was done is no part of it. `case`: the case
    that the form is about, whose number it posts as `ref`; None if it is about no case."""
    name = DONE.sub("", name)
    if request.method == "POST":
        return form, FormDraft(form["draft"] if form and FORM.fullmatch(form["draft"]) else "")
    draft = found(request, who, case, key_of(name)) if case else found_new(request, who, name)
    return (pages.Form(draft.pairs), FormDraft(name, draft.at)) if draft else (form, FormDraft(name))


def key_of(name: str) -> str:
    """Return the key under which the draft of a form with this address is stored. It is a hash, because an
    address can name people. The form of a complaint has the name of its move."""
    return submit.__name__ if name == COMPLAIN else sha256(name.encode()).hexdigest()[:20]


def place(form: pages.Form) -> tuple[str, str]:
    """Return where the draft of a posted form with a page of its own is stored: the number of the case that
    it is about, or `NEW`, and its key."""
    return read(form["ref"]) or NEW, key_of(form["draft"])


def is_form(request: Any) -> bool:
    """Return whether a request posts a form without files."""
    return str(request.headers.get("content-type") or "").startswith(pages.FORM[0])


def sent(request: Any, who: str) -> None:
    """Delete the draft of a form with a page of its own, after its post was carried out."""
    if is_form(request):
        form = pages.form(request)
        if form["draft"] and not form["keep"]:
            drop(who, *place(form))


def keep(who: str, case: Case, move: str, form: pages.Form) -> None:
    """Store the draft of the officer `who`. Do nothing once the data of the case are destroyed. Raises
    TooLarge, and Unavailable."""
    pairs = typed(form)
    if not case.retention.destroyed:
        product.drafts.keep(who, case.ref, move, pairs)


def keep_new(who: str, name: str, form: pages.Form) -> None:
    """Store the draft of the officer `who` for a form that is about no case. `name`: its address. Raises
    TooLarge, and Unavailable."""
    lasts = LIST_LASTS if name.partition("?")[0] == LIST else KEPT
    product.drafts.keep(who, NEW, key_of(name), typed(form), lasts)


def found_new(request: Any, who: str, name: str) -> Draft | None:
    """Return the draft of the officer `who` for a form that is about no case. `name`: its address. See
    `found`."""
    return _found(request, who, NEW, key_of(name), lambda form: keep_new(who, name, form))


def list_draft(request: Any, who: str, name: str, stored: Draft | None) -> Draft | None:
    """Return the draft of a bulk act of the officer `who`. `name`: the address of its list. `stored`: the
    draft that the page of the list has read. What they sent after the end of their session replaces it."""
    return found_new(request, who, name) if TYPED_COOKIE in callers.cookies(request) else stored


def found(request: Any, who: str, case: Case, move: str) -> Draft | None:
    """Return the draft of the officer `who` for a move. Words of a form that they sent after the end of their
    session first become their draft. Return None if there is no draft, or if it cannot be read."""
    return _found(request, who, case.ref, move, lambda form: keep(who, case, move, form))


def _found(request: Any, who: str, ref: str, name: str, keeps: Callable[[pages.Form], None]) -> Draft | None:
    secret = callers.cookies(request).get(TYPED_COOKIE, "")
    try:
        waits = product.sessions.find(TYPED, secret, product.now()) if secret else None
        if waits and (waits["who"], waits["ref"], waits["move"]) == (who, ref, name):
            product.sessions.end(TYPED, secret)
            keeps(pages.Form((field, value) for field, value in waits["pairs"]))
        return product.drafts.find(who, ref, name)
    except Unavailable:  # the form opens without it
        return None


def every(who: str, ref: str) -> list[Draft]:
    """Return the drafts of the officer `who` for moves on a case; [] if they cannot be read."""
    try:
        return [one for one in product.drafts.every(who, ref) if one.move in MOVES]
    except Unavailable:
        return []


def drop(who: str, ref: str, move: str) -> None:
    """Delete the draft of a form that was sent. If that fails, the draft expires."""
    try:
        product.drafts.drop(who, ref, move)
    except Unavailable:
        log.warning("a draft was not deleted", extra={"ref": ref, "move": move})


def keep_until_sign_in(request: Any, back: str) -> tuple[list[str], str]:
    """Store the words of a form that was sent after the session had ended, until its officer has signed in
    again. Return the cookie that finds them, in a list; [] if they are not stored. Then return the address of
    the form, to which the sign-in leads; it is `back` for a form on a case. Only the officer of the ended
    session, which this browser still names, gets the words back."""
    sid, names = callers.cookies(request).get(callers.DESK_COOKIE, ""), request.uri_params or {}
    try:
        form = pages.form(request)
        address = form["draft"] if FORM.fullmatch(form["draft"]) else ""
        ref, move = place(form) if address else (names.get("ref"), names.get("move"))
        who = signin.former(sid) if sid and ref and move else None
        if who is None:
            return [], back
        kept = {"who": who, "ref": ref, "move": move, "pairs": typed(form)}
        secret = secrets.token_urlsafe(32)
        product.sessions.keep(TYPED, secret, kept, product.now() + WAITS)
    except (TooLarge, Unavailable):
        return [], back
    return [pages.cookie(TYPED_COOKIE, secret, int(WAITS.total_seconds()))], address or back


def typed(form: pages.Form) -> list[tuple[str, str]]:
    """Return the names and values of a form that a draft stores. Raises TooLarge."""
    pairs = [(name, value) for name, value in form.pairs() if name not in OWN]
    if len(json.dumps(pairs, ensure_ascii=False).encode()) > MOST:
        raise TooLarge
    return pairs
