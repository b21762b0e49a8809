"""The change that one move makes to a case: the case after the move, its timeline entry and the letters it
owes. It is saved whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import AUTOMATIC, Way
from chalicelib.domain.model.referral import referred


class Addressee(NamedTuple):
    """One recipient of a letter: `party:<id>`, `staff:<id>` or `role:<role>` (the person on duty when it
    leaves).

    `way` is "email", "sms", "telling", "fetch" or "page". For "telling", staff read the letter out on the
    phone. For "fetch", an anonymous caller asks for it. For "page", only the case page shows it. `key` is its
    key in `Case.told`. `whose` is the person it concerns, also where a representative receives their letters.
    """

    to: str
    way: str = "email"
    key: str = ""
    whose: str = ""


class Recipient(NamedTuple):
    """The first message to a person, by e-mail or short message (`way`), that a move calls for.

    The message leaves at `leaves` (UTC); beyond the limit of the case that is later than the move. `counted`:
    the limits of networks count it too. They do not count messages that staff cause, nor a message that
    replaces an unsent one.
    """

    way: Way
    leaves: datetime
    counted: bool


@frozen
class Letter:
    """A letter to one recipient.

    It is rendered from the facts and words of timeline entry `entry`, its own `facts`, and the dates at the
    time of writing. The fact `about` is its subject, such as an obligation's id. `beside`: the ids of the
    same letter to others who receive letters for the same person; it is enough that one of them is read.
    """

    id: str
    name: str
    to: str
    entry: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    way: str = "email"
    key: str = ""
    beside: tuple[str, ...] = ()


@frozen
class Post:
    """A letter that a move owes: one row for all its recipients, as they were when it was owed. `waits`:
    until when (UTC) a limit delays it."""

    id: str
    name: str
    entry: int
    audience: tuple[Addressee, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    waits: datetime | None = None

    @cached_property
    def letters(self) -> tuple[Letter, ...]:
        """Return a letter for each recipient, with an id derived from the post's id."""

        def same_person_letters(one: Addressee) -> tuple[str, ...]:
            return tuple(
                letter_id(self.id, n)
                for n, other in enumerate(self.audience)
                if one.whose and other.whose == one.whose and other.to != one.to
            )

        return tuple(
            Letter(
                letter_id(self.id, n),
                self.name,
                one.to,
                self.entry,
                self.facts,
                one.way,
                one.key,
                same_person_letters(one),
            )
            for n, one in enumerate(self.audience)
        )


def letter_id(post: str, n: int) -> str:
    """Return the id of the letter to the n-th recipient of a post, from 0."""
    return f"{post}.{n}"


@frozen
class Entry:
    """One line of the timeline: the exact text that was hashed. `words`: personal words as (salt, words); the
    line contains only their hashes. `brief`: what a list shows of long words. `kept`: the digest (SHA-256) of
    the head stored with this entry; None where an early release wrote the entry."""

    n: int
    line: str
    hash: str
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    brief: Mapping[str, tuple[str, str]] | None = None
    kept: str | None = None


class Lookup(NamedTuple):
    """A keyed hash under which a case is found: of a person, a document, or (`unique`) a partner's own
    number."""

    kind: str
    key: str
    unique: bool = False


class Repetition(NamedTuple):
    """A repeated ladder step. It becomes a line in the next digest of `who`, about the run `run` of a
    deadline, which was due at `due` (UTC)."""

    who: str
    run: str
    deadline: str
    due: datetime


@frozen
class Change:
    """The change that one move makes to a case: everything that is saved in one transaction, or not at all.

    `people`: the personal rows that it adds or replaces. `lookups`: those that it adds. `also`: changes of
    other cases in the same transaction. `repeated`: lines of digests. `reaches`: a first message to a person.
    """

    before: Case | None
    case: Case
    entry: Entry
    posts: tuple[Post, ...] = ()
    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    also: tuple[Change, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    repeated: tuple[Repetition, ...] = ()
    reaches: Recipient | None = None

    @property
    def unmailed(self) -> Change:
        """Return the same change without mail and short messages. A party reads its letters on the case page.
        Staff find the case on their work lists, and the ladders alert them."""

        def on_page(post: Post) -> Post:
            parties = (one for one in post.audience if one.to.startswith("party:"))
            return replace(
                post,
                audience=tuple(one._replace(way="page") if one.way in AUTOMATIC else one for one in parties),
            )

        posts = (on_page(post) for post in self.posts)
        return replace(self, posts=tuple(post for post in posts if post.audience))

    @property
    def letters(self) -> tuple[Letter, ...]:
        """Return every letter that it owes, one for each recipient."""
        return tuple(letter for post in self.posts for letter in post.letters)

    @property
    def confirmed(self) -> frozenset[str]:
        """Return the people whose mailbox or telephone this change confirms."""
        before = self.before.parties if self.before else ()
        unconfirmed = {party.id for party in before if not party.proven}
        return frozenset(party.id for party in self.case.parties if party.proven) & unconfirmed

    @property
    def splits(self) -> bool:
        """Return whether this change marks a person to be split off. Each split follows in a transaction of
        its own."""
        return bool(
            set(self.case.together.leaving) - set(self.before.together.leaving if self.before else ())
        )

    @property
    def needs_documents(self) -> bool:
        """Return whether documents must be made. The documents of an agreement in force are requested with
        every move until it is sealed. The paper of an obligation is requested by the move that refers it to
        the courts."""
        before = referred(self.before) if self.before else {}
        return self.case.unsealed or referred(self.case).keys() != before.keys()
