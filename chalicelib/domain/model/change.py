"""The change that one move makes: the case after the move, its timeline entry and the letters that it owes.
All of it is saved together, or nothing."""

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
    """One recipient of a letter.

    `to`: `party:<id>`, `staff:<id>`, or `role:<role>` for the person on duty when the letter leaves. `way`:
    how the letter reaches them, see below. `key`: the key in `Case.told` for this recipient. `whose`: the id
    of the person whom the letter concerns, also if a representative receives it.

    `way` is "email" or "sms", or else one of three. "telling": staff read the letter out on the phone.
    "fetch": an anonymous caller asks for it. "page": only the case page shows it.
    """

    to: str
    way: str = "email"
    key: str = ""
    whose: str = ""


class Recipient(NamedTuple):
    """A person who gets our first message, by e-mail or short message (`way`), because of a move.

    `leaves` (UTC): when the message leaves. If the limit of the case is reached, it leaves later than the
    move. `counted`: the limits of networks also count this message. They do not count a message that staff
    cause, or one that replaces an unsent message.
    """

    way: Way
    leaves: datetime
    counted: bool


@frozen
class Letter:
    """A letter to one recipient.

    `to`, `way`, `key`: see `Addressee`. Its text is made from the facts and words of timeline entry `entry`,
    from `facts`, and from the dates at the time of writing. `facts["about"]`: the subject of the letter, such
    as an obligation's id. `beside`: the ids of the same letter to other people who receive letters for the
    same person. It is enough if one of these letters is read.
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
    """A letter that a move owes, in one row for all its recipients. `audience`: the recipients when the
    letter was owed. `waits`: until when (UTC) a limit delays the letter; None: it leaves at once."""

    id: str
    name: str
    entry: int
    audience: tuple[Addressee, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    waits: datetime | None = None

    @cached_property
    def letters(self) -> tuple[Letter, ...]:
        """Return one letter for each recipient. Its id is derived from the id of this post."""

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
    """Return the id of the letter to recipient number `n` of a post, counted from 0."""
    return f"{post}.{n}"


@frozen
class Entry:
    """One entry of the timeline. `n`: its number. `line`: the exact text that was hashed; of personal words
    it has only hashes. `words`: the personal words, by field, as (salt, words). `brief`: the shorter form of
    long words that lists show. `kept`: the SHA-256 digest of the case that was saved with this entry; None if
    an early release wrote it."""

    n: int
    line: str
    hash: str
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    brief: Mapping[str, tuple[str, str]] | None = None
    kept: str | None = None


class Lookup(NamedTuple):
    """A keyed hash by which a case can be found. `kind` says of what: a person, a document, or a partner's
    own number. `unique`: only one case can have it, as with a partner's number."""

    kind: str
    key: str
    unique: bool = False


class Repetition(NamedTuple):
    """A repeated step of a ladder, told in the next daily digest of the staff member `who`. `run`: the key of
    the deadline run, which was due at `due` (UTC). `deadline`: the name of the deadline."""

    who: str
    run: str
    deadline: str
    due: datetime


@frozen
class Change:
    """The change that one move makes. All of it is saved in one transaction, or nothing.

    `before`: the case before the move, None for a new case. `case`: the case after it. `posts`: the letters
    that it owes. `people`: the personal rows that it adds or replaces, by person. `lookups`: keyed hashes to
    be added. `also`: changes of other cases in the same transaction. `repeated`: lines for the digests of
    staff. `reaches`: our first message to a person, if it causes one.
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
        """Return the same change without mail and short messages. A party then finds the letters on the case
        page. Staff find the case on their work lists and are alerted by the ladders."""

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
        """Return all letters that this change owes, one for each recipient."""
        return tuple(letter for post in self.posts for letter in post.letters)

    @property
    def confirmed(self) -> frozenset[str]:
        """Return the ids of the people whose mailbox or telephone becomes confirmed by this change."""
        before = self.before.parties if self.before else ()
        unconfirmed = {party.id for party in before if not party.proven}
        return frozenset(party.id for party in self.case.parties if party.proven) & unconfirmed

    @property
    def splits(self) -> bool:
        """Return whether this change marks a person to be split off the case. The split itself follows in a
        transaction of its own."""
        return bool(
            set(self.case.together.leaving) - set(self.before.together.leaving if self.before else ())
        )

    @property
    def needs_documents(self) -> bool:
        """Return whether documents must be made after this change. For an agreement in force, every move asks
        for them until it is sealed. For an obligation referred to the courts, only the move that refers it
        asks for the paper."""
        before = referred(self.before) if self.before else {}
        return self.case.unsealed or referred(self.case).keys() != before.keys()
