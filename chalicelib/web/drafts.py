"""A complaint that is being written. Its answers are kept on the server, so that no reload, language, Back or
closed tab loses them; who has the secret in the cookie goes on with it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, fields
from datetime import timedelta
from hashlib import sha256
from typing import Any

from chalicelib.cases.casework import Unavailable
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.moves.intake import DANGER
from chalicelib.evidence.enclosures import Enclosure
from chalicelib.web import callers
from chalicelib.web.pages import Form, cookie
from chalicelib.web.problems import TooLarge
from chalicelib.wiring import product

COOKIE, KIND = "__Host-draft", "DRAFT"
KEPT = timedelta(days=3)
"""How long a draft is kept after the last answer: over a weekend, and no longer than that."""
MOST = 350_000
"""The most bytes of answers that are kept: a row holds 400 kB, and the longest story takes 200 kB."""
FRESH = 24
"""Bytes of a secret."""


@frozen
class Draft:
    """What was answered so far, by field, on which pages, and on which of them something is `wrong`; the
    `files` that go with it. `key` makes sending harmless to repeat; `sent` is the number once it was."""

    secret: str
    key: str
    said: Mapping[str, Sequence[str]] = field(default_factory=dict)
    answered: Sequence[str] = ()
    wrong: Sequence[str] = ()
    sent: str = ""
    files: Sequence[Mapping[str, Any]] = ()

    @property
    def folder(self) -> str:
        """The folder in which its files lie: nobody guesses it, and it does not tell the secret."""
        return sha256(f"files of {self.secret}".encode()).hexdigest()

    @property
    def enclosed(self) -> list[Enclosure]:
        """The photos and files that go with the complaint."""
        return [Enclosure(**file) for file in self.files]

    @property
    def form(self) -> Form:
        """The answers as a form that was posted."""
        return Form((name, value) for name, values in self.said.items() for value in values)

    @property
    def warns(self) -> bool:
        """Whether somebody was or could be hurt: then nothing that lacks keeps it from being sent."""
        return self.form["hurt"] in [*map(str, DANGER)]

    @property
    def cookie(self) -> str:
        """The cookie by which the browser finds it again."""
        return cookie(COOKIE, self.secret, int(KEPT.total_seconds()))

    def answering(self, page: str, said: Mapping[str, Sequence[str]], asked: Callable[[str], bool]) -> Draft:
        """The draft with one page answered, or answered anew; `asked` tells whether a field is on it."""
        others = {name: values for name, values in self.said.items() if not asked(name)}
        answered = dict.fromkeys((*self.answered, page))
        return replace(self, said={**others, **said}, answered=[*answered])

    def typing(self, page: str, said: Mapping[str, Sequence[str]], asked: Callable[[str], bool]) -> Draft:
        """The draft with what is typed on a page so far, which was not answered yet."""
        typed = self.answering(page, said, asked)
        return replace(typed, answered=[each for each in typed.answered if each != page])

    def enclosing(self, files: Iterable[Enclosure]) -> Draft:
        """The draft with these files."""
        return replace(self, files=[vars(file) for file in files])

    def judged(self, page: str, wrong: bool) -> Draft:
        """The draft once it is known whether something is wrong on a page."""
        others = [each for each in self.wrong if each != page]
        return replace(self, wrong=[*others, page] if wrong else others)


def begun(request: Any) -> Draft | None:
    """The draft of whoever asks; None where there is none, or its time is over."""
    secret = callers.cookies(request).get(COOKIE, "")
    kept = product.sessions.find(KIND, secret, product.now()) if secret else None
    ours = {one.name for one in fields(Draft)}  # a newer release may keep more
    return Draft(secret, **{name: value for name, value in kept.items() if name in ours}) if kept else None


def fresh(request: Any) -> Draft:
    """A new draft. Raises TooMany for a network that begins too many."""
    product.ceilings.take("draft", network=callers.network(request))
    return Draft(secrets.token_urlsafe(FRESH), secrets.token_urlsafe(FRESH))


def keep(draft: Draft) -> None:
    """Keep a draft as it is now. Raises TooLarge for one that no row can hold."""
    kept = {name: value for name, value in vars(draft).items() if name != "secret"}
    if len(json.dumps(kept, ensure_ascii=False).encode()) > MOST:
        raise TooLarge
    product.sessions.keep(KIND, draft.secret, kept, product.now() + KEPT)


def looked_at(draft: Draft) -> Draft:
    """The draft with what has arrived of its files, which is kept. Raises Unavailable."""
    seen = draft.enclosing(product.enclosures.looked_at(draft.folder, draft.enclosed))
    if seen.files != [*draft.files]:
        with suppress(TooLarge):  # what was found out of them is found out again
            keep(seen)
    return seen


def forget(draft: Draft) -> str:
    """Delete a draft with its files; the cookie that makes the browser forget it too."""
    product.sessions.end(KIND, draft.secret)
    with suppress(Unavailable):  # nobody finds them any more, and they expire
        product.enclosures.remove(draft.folder, draft.enclosed)
    return cookie(COOKIE, "", 0)
