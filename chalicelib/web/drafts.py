"""The draft of a complaint. The server stores the answers, so that a reload, a change of language or a closed
tab loses nothing. The browser that holds the secret in its cookie can continue the draft."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from chalicelib.cases.casework import TRIES, Unavailable, WriteConflict
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.moves.intake import DANGER
from chalicelib.evidence.enclosures import Enclosure
from chalicelib.web import callers
from chalicelib.web.pages import Form, cookie
from chalicelib.web.problems import TooLarge
from chalicelib.wiring import product

COOKIE, KIND = "__Host-draft", "DRAFT"
DELETED = "__Host-deleted-draft"
"""The cookie with the secret of a draft that was deleted in this browser and can still be restored."""
KEPT = timedelta(days=3)
"""How long a draft is kept after its last change: long enough for a weekend."""
UNDO = timedelta(days=1)
"""How long a deleted draft can be restored."""
MOST = 350_000
"""The most bytes of a stored draft. A table row holds 400 kB, and the longest story takes 200 kB."""
FRESH = 24
"""The length of the secret of a new draft, in random bytes."""


@frozen
class Draft:
    """A stored draft of a complaint.

    `secret`: the value of the browser's cookie. `key`: the idempotency key for filing. `said`: the answers by
    form field. `answered`: the pages that were answered. `wrong`: the pages with an error. `sent`: the number
    of the complaint once it is filed, else "". `files`: the photos and files. `deleted`: the moment of the
    deletion (ISO 8601 with offset), "" for a draft that is not deleted. `turn`: how often it was stored."""

    secret: str
    key: str
    said: Mapping[str, Sequence[str]] = field(default_factory=dict)
    answered: Sequence[str] = ()
    wrong: Sequence[str] = ()
    sent: str = ""
    files: Sequence[Mapping[str, Any]] = ()
    deleted: str = ""
    turn: int = 0

    @property
    def folder(self) -> str:
        """The storage folder of the draft's files: a hash, so that it cannot be guessed and does not reveal
        the secret."""
        return sha256(f"files of {self.secret}".encode()).hexdigest()

    @property
    def enclosed(self) -> list[Enclosure]:
        """The photos and files that will be filed with the complaint."""
        return [Enclosure(**file) for file in self.files]

    @property
    def form(self) -> Form:
        """The stored answers as a posted form."""
        return Form((name, value) for name, values in self.said.items() for value in values)

    @property
    def restorable_until(self) -> datetime:
        """The moment (UTC) until which the deleted draft can be restored."""
        return datetime.fromisoformat(self.deleted) + UNDO

    @property
    def warns(self) -> bool:
        """Whether the draft reports that a person was or could be hurt. Such a draft can be filed with parts
        missing."""
        return self.form["hurt"] in [*map(str, DANGER)]

    @property
    def cookie(self) -> str:
        """The cookie by which the browser finds the draft again."""
        return cookie(COOKIE, self.secret, int(KEPT.total_seconds()))

    def answering(
        self, page: str, answers: Mapping[str, Sequence[str]], on_page: Callable[[str], bool]
    ) -> Draft:
        """Return the draft with the answers of a page stored and the page marked as answered.
        `on_page(field)` returns whether a field belongs to the page. Older answers to the fields of the page
        are dropped."""
        others = {name: values for name, values in self.said.items() if not on_page(name)}
        return replace(self, said={**others, **answers}, answered=[*dict.fromkeys((*self.answered, page))])

    def typing(
        self, page: str, answers: Mapping[str, Sequence[str]], on_page: Callable[[str], bool]
    ) -> Draft:
        """Return the draft with the words typed on a page so far. The page does not count as answered.
        `on_page(field)` returns whether a field belongs to the page."""
        typed = self.answering(page, answers, on_page)
        return replace(typed, answered=[each for each in typed.answered if each != page])

    def enclosing(self, files: Iterable[Enclosure]) -> Draft:
        """Return the draft with these files instead of its present ones."""
        # an empty field is left out, because an older release may not know it
        kept = [{name: value for name, value in vars(file).items() if value} for file in files]
        return replace(self, files=kept)

    def filed_as(self, ref: str) -> Draft:
        """Return the draft after its complaint was filed under the number `ref`, without answers and
        files."""
        return replace(self, said={}, answered=(), files=(), sent=ref)

    def judged(self, page: str, wrong: bool) -> Draft:
        """Return the draft with a page marked as wrong (`wrong` true), or without that mark."""
        others = [each for each in self.wrong if each != page]
        return replace(self, wrong=[*others, page] if wrong else others)


def begun(request: Any) -> Draft | None:
    """Return the draft that the request's cookie names. Return None without a cookie, or if the draft has
    expired or was deleted."""
    return _found(request, COOKIE, deleted=False)


def deleted(request: Any) -> Draft | None:
    """Return the draft that was deleted in this browser and can still be restored, or None."""
    return _found(request, DELETED, deleted=True)


def _found(request: Any, name: str, *, deleted: bool) -> Draft | None:
    """Return the draft with the secret in the cookie `name`. Return None if there is none, or if it is
    deleted and `deleted` is false, or the other way round."""
    secret = callers.cookies(request).get(name, "")
    kept = product.sessions.find(KIND, secret, product.now()) if secret else None
    if kept is None or bool(kept.get("deleted")) != deleted:
        return None
    ours = {one.name for one in fields(Draft)}  # skip fields that only a newer release knows
    return Draft(secret, **{name: value for name, value in kept.items() if name in ours})


def digest(answers: Mapping[str, Sequence[str]]) -> str:
    """Return a short hash of the stored answers of a page. A form carries it, so that the server sees whether
    another window has changed the page since."""
    return sha256(json.dumps([*sorted(answers.items())]).encode()).hexdigest()[:12]


def fresh(request: Any) -> Draft:
    """Return a new draft, which is not stored yet. Raises TooMany if too many drafts were begun from this
    network."""
    product.ceilings.take("draft", network=callers.network(request))
    return Draft(secrets.token_urlsafe(FRESH), secrets.token_urlsafe(FRESH))


def keep(draft: Draft, anyway: bool = False) -> Draft:
    """Store a draft and return it as stored. Raises WriteConflict if another window has stored it since it
    was read, unless it is stored `anyway`. Raises TooLarge if it does not fit into a table row."""
    stored = replace(draft, turn=draft.turn + 1)
    kept = {name: value for name, value in vars(stored).items() if name != "secret"}
    if not draft.deleted and len(json.dumps(kept, ensure_ascii=False).encode()) > MOST:
        raise TooLarge
    until = product.now() + (UNDO if draft.deleted else KEPT)
    if anyway:
        kept["turn"] = 0
    product.sessions.keep(KIND, draft.secret, kept, until, turn=None if anyway else draft.turn)
    return stored


def changed(request: Any, draft: Draft, change: Callable[[Draft], Draft]) -> Draft:
    """Store the draft as `change` returns it. If another window has stored the draft since it was read,
    change that one. Raises WriteConflict if this happens again and again."""
    for _ in range(TRIES):
        try:
            return keep(change(draft))
        except WriteConflict:
            draft = begun(request) or draft
    raise WriteConflict


def looked_at(draft: Draft) -> Draft:
    """Check which files of a draft have arrived in the file store, save the result in the draft, and return
    the draft. Raises Unavailable if the file store cannot be read."""
    seen = draft.enclosing(product.enclosures.looked_at(draft.folder, draft.enclosed))
    if seen.files != [*draft.files]:
        with suppress(TooLarge, WriteConflict):  # no loss: the next check finds these states again
            return keep(seen)
    return seen


def set_aside(draft: Draft) -> list[str]:
    """Delete a draft so that this browser can restore it for a day. Return the cookies that say so."""
    keep(replace(draft, deleted=product.now().isoformat()), anyway=True)
    return [cookie(COOKIE, "", 0), cookie(DELETED, draft.secret, int(UNDO.total_seconds()))]


def restored(request: Any) -> list[str]:
    """Restore the draft that was deleted in this browser. Return the cookies that open it. A draft that was
    begun since then is deleted instead, and can be restored in turn."""
    old, new = deleted(request), begun(request)
    if old is None:
        return []
    aside = set_aside(new) if new and not new.sent else [cookie(DELETED, "", 0)]
    keep(replace(old, deleted=""), anyway=True)
    return [aside[-1], old.cookie]


def forget(draft: Draft) -> None:
    """Delete a draft and its files for good."""
    product.sessions.end(KIND, draft.secret)
    with suppress(Unavailable):  # no harm: nobody can reach these files, and they expire
        product.enclosures.remove(draft.folder, draft.enclosed)
