"""The drafts of forms at the desk, and the words of a form that was sent after the session had ended."""

import json
import secrets
from datetime import timedelta
from typing import Any

from chalicelib.cases.casework import Unavailable
from chalicelib.cases.drafts import Draft
from chalicelib.domain.model.case import Case
from chalicelib.logs import log
from chalicelib.web import callers, pages, signin
from chalicelib.web.problems import TooLarge
from chalicelib.wiring import product

TYPED_COOKIE, TYPED = "__Host-typed", "TYPED"
"""The cookie with the secret of the words that were typed before a sign-in, and the kind of their row."""
WAITS = timedelta(hours=1)
"""How long these words wait for the sign-in."""
OWN = frozenset({"key", "shown", "auto", "drop", "keep", "more", "edit", "insert", "reveal"})
"""The fields of a form that a draft leaves out, because they belong to one sending of it."""
NEW = "new"
"""What takes the place of the number for the draft of a complaint that has none yet. It expires."""
MOST = 300_000
"""The most bytes of a draft. A row of the table can have 400 kB."""


def keep(who: str, case: Case, move: str, form: pages.Form) -> None:
    """Store the draft of the officer `who`. Do nothing once the data of the case are destroyed. Raises
    TooLarge, and Unavailable."""
    pairs = typed(form)
    if not case.retention.destroyed:
        product.drafts.keep(who, case.ref, move, pairs)


def keep_new(who: str, move: str, form: pages.Form) -> None:
    """Store the draft of the officer `who` for a move that begins a case. Raises TooLarge, and
    Unavailable."""
    product.drafts.keep(who, NEW, move, typed(form))


def found_new(who: str, move: str) -> Draft | None:
    """Return the draft of the officer `who` for a move that begins a case. Return None if there is none, or
    if it cannot be read."""
    try:
        return product.drafts.find(who, NEW, move)
    except Unavailable:  # the form opens without it
        return None


def found(request: Any, who: str, case: Case, move: str) -> Draft | None:
    """Return the draft of the officer `who` for a move. Words of a form that they sent after the end of their
    session first become their draft. Return None if there is no draft, or if it cannot be read."""
    secret = callers.cookies(request).get(TYPED_COOKIE, "")
    try:
        waits = product.sessions.find(TYPED, secret, product.now()) if secret else None
        if waits and (waits["who"], waits["ref"], waits["move"]) == (who, case.ref, move):
            product.sessions.end(TYPED, secret)
            keep(who, case, move, pages.Form((name, value) for name, value in waits["pairs"]))
        return product.drafts.find(who, case.ref, move)
    except Unavailable:  # the form opens without it
        return None


def every(who: str, ref: str) -> list[Draft]:
    """Return the drafts of the officer `who` on a case; [] if they cannot be read."""
    try:
        return product.drafts.every(who, ref)
    except Unavailable:
        return []


def drop(who: str, ref: str, move: str) -> None:
    """Delete the draft of a form that was sent. If that fails, the draft expires."""
    try:
        product.drafts.drop(who, ref, move)
    except Unavailable:
        log.warning("a draft was not deleted", extra={"ref": ref, "move": move})


def keep_until_sign_in(request: Any) -> list[str]:
    """Store the words of a form that was sent after the session had ended, until its officer has signed in
    again. Return the cookie that finds them, in a list; [] if they are not stored. Only the officer of the
    ended session, which this browser still names, gets them back."""
    sid, names = callers.cookies(request).get(callers.DESK_COOKIE, ""), request.uri_params or {}
    who = signin.former(sid) if sid and names.keys() >= {"ref", "move"} else None
    try:
        if who is None:
            return []
        kept = {"who": who, "ref": names["ref"], "move": names["move"], "pairs": typed(pages.form(request))}
        secret = secrets.token_urlsafe(32)
        product.sessions.keep(TYPED, secret, kept, product.now() + WAITS)
    except (TooLarge, Unavailable):
        return []
    return [pages.cookie(TYPED_COOKIE, secret, int(WAITS.total_seconds()))]


def typed(form: pages.Form) -> list[tuple[str, str]]:
    """Return the names and values of a form that a draft stores. Raises TooLarge."""
    pairs = [(name, value) for name, value in form.pairs() if name not in OWN]
    if len(json.dumps(pairs, ensure_ascii=False).encode()) > MOST:
        raise TooLarge
    return pairs
