"""What one move makes of a case: the case as it is after it, its line on the timeline, the letters it owes;
saved whole or not at all."""

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
    """One recipient of a letter: `party:<id>`, `staff:<id>` or `role:<role>` (whoever is on duty when it
    leaves).

    `way` is "email", "sms", "telling" (a person tells it, with its text as the script), "fetch" (an anonymous
    caller asks for it) or "page" (it stands on the case page only). `key` is its key in `Case.told`. `whose`
    is the person it concerns: their own id also where a representative hears for them.
    """

    to: str
    way: str = "email"
    key: str = ""
    whose: str = ""


class Recipient(NamedTuple):
    """The first message to a person, by e-mail or short message (`way`), that a move calls for.

    The message leaves at `leaves` (UTC), which lies later than the move beyond the limit of the case.
    `counted`: the limits of networks count it too. They do not count what staff write down, nor a message
    that takes the turn of one that never left.
    """

    way: Way
    leaves: datetime
    counted: bool


@frozen
class Letter:
    """A letter to one recipient.

    It is rendered from the facts and words of timeline entry `entry`, its own `facts` (`about`: what it is
    about, such as an obligation's id), and the dates that ran when it was written. `beside` are the same
    letter's ids for others who hear for the same person: it is enough that one of them is read.
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
    """A letter that a move owes: one row however many recipients it has, who are those of the moment when it
    was owed. `waits`: until when (UTC) it may not leave, beyond a limit."""

    id: str
    name: str
    entry: int
    audience: tuple[Addressee, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    waits: datetime | None = None

    @cached_property
    def letters(self) -> tuple[Letter, ...]:
        """A letter for each recipient, with an id made from the post's."""

        def beside(one: Addressee) -> tuple[str, ...]:
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
                beside(one),
            )
            for n, one in enumerate(self.audience)
        )


def letter_id(post: str, n: int) -> str:
    """The id of the letter to the n-th recipient of a post, from 0."""
    return f"{post}.{n}"


@frozen
class Entry:
    """One line of the timeline: the very text that was hashed. Personal words lie beside it as (salt, words),
    and the line contains only their hashes. Where they are long, `brief` is what a list shows of them. `kept`
    is the digest (SHA-256) of the head as it was kept with this entry; None where an early release wrote the
    entry."""

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
    """A ladder step that somebody was told of before and that is repeated: it becomes a line in the next
    digest of `who`, about the run `run` of a deadline, which was due at `due` (UTC)."""

    who: str
    run: str
    deadline: str
    due: datetime


@frozen
class Change:
    """What one move makes of a case: everything that is saved in one transaction, or not at all.

    `people` are the personal rows that it adds or replaces; `lookups` are those that it adds; `also` are
    changes of other cases in the same transaction; `repeated` are lines of digests; `reaches` is a
    first message to a person."""

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
        """The same change with no mail or short message. A party reads its letters on the case page; staff
        find the case on their work lists, and the ladders tell them."""

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
        """Every letter that it owes, one a recipient."""
        return tuple(letter for post in self.posts for letter in post.letters)

    @property
    def confirmed(self) -> frozenset[str]:
        """The people with a mailbox or telephone that this change confirms."""
        before = self.before.parties if self.before else ()
        unconfirmed = {party.id for party in before if not party.proven}
        return frozenset(party.id for party in self.case.parties if party.proven) & unconfirmed

    @property
    def splits(self) -> bool:
        """Whether somebody is to be split off to a case of their own, which is done afterwards in one
        transaction each."""
        return bool(
            set(self.case.together.leaving) - set(self.before.together.leaving if self.before else ())
        )

    @property
    def needs_documents(self) -> bool:
        """Whether documents are to be made: those of an agreement in force, asked for with every move until
        it is sealed, or the paper for an obligation that this move refers to the courts."""
        before = referred(self.before) if self.before else {}
        return self.case.unsealed or referred(self.case).keys() != before.keys()
