"""The change that one move makes: the case after the move, its timeline entry and the letters that it owes.
Either the whole change is saved, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import AUTOMATIC, Way
from chalicelib.domain.model.referral import referred


@frozen
class Turn:
    """The last assignment of a person by the clock: its number in the team and its time (UTC). `load` is the
    number of open cases that the person had after it; None if they were not counted."""

    n: int
    at: datetime
    load: int | None = None


@frozen
class TeamTurns:
    """The assignments that the clock made in one team. `made` is their number, `last` the last one of each
    person, by id."""

    made: int = 0
    last: Mapping[str, Turn] = field(default_factory=dict)

    def number(self, who: str) -> int:
        """Return the number of the last assignment of a person, or 0 if they never got one."""
        return self.last[who].n if who in self.last else 0

    def with_next(self, who: str, load: int | None, now: datetime, people: Iterable[str]) -> TeamTurns:
        """Return the turns after the person `who`, who had `load` open cases, got one more. `people` are the
        ids of the present members of the team. The turns of others are dropped."""
        made, kept = self.made + 1, {id: turn for id, turn in self.last.items() if id in {*people}}
        turn = Turn(made, now, None if load is None else load + 1)
        return replace(self, made=made, last={**kept, who: turn})


class Addressee(NamedTuple):
    """One recipient of a letter.

    `to`: `party:<id>`, `staff:<id>`, or `role:<role>` for the person in that role who is on duty when the
    letter leaves. `key`: the letter's key in `Case.told` for this recipient. `whose`: the id of the person
    whom the letter concerns. If a representative receives the letter, `whose` is the represented person.

    `way`: how the letter reaches the recipient. "email" and "sms": the letter is sent. "telling": staff read
    the letter out on the telephone. "fetch": an anonymous caller asks us for the letter. "page": only the
    case page shows the letter.
    """

    to: str
    way: str = "email"
    key: str = ""
    whose: str = ""


class Recipient(NamedTuple):
    """Our first message to a person, which a move causes. `way`: e-mail or short message. `leaves` (UTC):
    when the message leaves. That is later than the move if the limit of the case is reached.

    `counted`: whether the message also counts for the limits of networks. A message that staff cause does not
    count, nor does one that replaces an unsent message.
    """

    way: Way
    leaves: datetime
    counted: bool


@frozen
class OwedLetter:
    """A letter to one recipient. `name`: the name of its declaration. `to`, `way`, `key`: see `Addressee`.

    The text is made from the facts and words of the timeline entry with the number `entry`, from `facts`, and
    from the dates at the time of writing. `facts["about"]`: the subject of the letter, such as the id of an
    obligation.

    `beside`: the ids of the same letter to the other people who receive letters for the same person. They
    matter because it is enough if one of these people gets the letter.
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
    """A letter that a move owes, stored in one row for all its recipients. `name`: the name of its
    declaration. `entry`: the number of the move's timeline entry. `audience`: the recipients at the time of
    the move. `waits`: until when (UTC) a limit of sending delays the letter; None if it leaves at once."""

    id: str
    name: str
    entry: int
    audience: tuple[Addressee, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    waits: datetime | None = None

    @cached_property
    def letters(self) -> tuple[OwedLetter, ...]:
        """Return one letter for each recipient. Their ids are made from the id of this row."""

        def same_person_letters(one: Addressee) -> tuple[str, ...]:
            return tuple(
                letter_id(self.id, n)
                for n, other in enumerate(self.audience)
                if one.whose and other.whose == one.whose and other.to != one.to
            )

        return tuple(
            OwedLetter(
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
    """Return the id of the letter to one recipient. `post`: the id of the `Post`. `n`: the position of the
    recipient in its audience, counted from 0."""
    return f"{post}.{n}"


@frozen
class Entry:
    """One entry of the timeline. `n`: its number. `line`: the exact text that was hashed; it has only the
    hashes of personal words. `hash`: the hash of the line. `words`: the personal words, by field; each value
    is a salt and the words. `brief`: the same with long words shortened, for lists; None if nothing was
    shortened. `kept`: the SHA-256 digest of the case as it was saved with this entry; None if an early
    release wrote the entry."""

    n: int
    line: str
    hash: str
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    brief: Mapping[str, tuple[str, str]] | None = None
    kept: str | None = None


class Lookup(NamedTuple):
    """A hash by which a case can be found. `key`: the hash. `kind`: what was hashed. "person": an address or
    number of a person. "document": a sealed document. "external": a partner's own number for the case.
    "find": a key that an officer types, such as a name. `unique`: whether only one case can have this hash,
    as with a partner's number. `content`: keyed hashes of what was filed under such a number, under each key;
    a repeated request is recognised by them. `at`: the moment (UTC) by which the cases with this hash are
    sorted; None for those that are not sorted."""

    kind: str
    key: str
    unique: bool = False
    content: tuple[str, ...] = ()
    at: datetime | None = None


class Repetition(NamedTuple):
    """A reminder or escalation of a deadline that was repeated. It is a line in the next daily digest of the
    staff member with the id `who`. `run`: the key of the deadline run. `deadline`: the name of the deadline.
    `due`: when (UTC) the run was due."""

    who: str
    run: str
    deadline: str
    due: datetime


@frozen
class Change:
    """The change that one move makes. It is saved in one transaction.

    `before`: the case before the move; None for a new case. `case`: the case after the move. `entry`: the
    timeline entry. `posts`: the letters that the move owes. `people`: the rows with personal data that the
    move adds or replaces, by the id of the person. `lookups`: the keyed hashes that are added. `also`:
    changes of other cases, which are saved in the same transaction. `repeated`: repeated reminders and
    escalations, for the daily digests of staff. `reaches`: our first message to a person; None if the move
    causes no such message. `turns`: the turns of the case's team after an assignment by the clock; None for
    any other move.
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
    turns: TeamTurns | None = None

    @property
    def unmailed(self) -> Change:
        """Return the same change with no letters by e-mail or short message. Parties then find their letters
        on the case page. Letters to staff are dropped, because the case is on the work lists of staff, and
        escalations alert them."""

        def on_page(post: Post) -> Post:
            parties = (one for one in post.audience if one.to.startswith("party:"))
            return replace(
                post,
                audience=tuple(one._replace(way="page") if one.way in AUTOMATIC else one for one in parties),
            )

        posts = (on_page(post) for post in self.posts)
        return replace(self, posts=tuple(post for post in posts if post.audience))

    @property
    def letters(self) -> tuple[OwedLetter, ...]:
        """Return all letters that this change owes, one for each recipient."""
        return tuple(letter for post in self.posts for letter in post.letters)

    @property
    def to_parties(self) -> bool:
        """Return whether this change owes a letter to a party."""
        return any(one.to.startswith("party:") for post in self.posts for one in post.audience)

    @property
    def confirmed(self) -> frozenset[str]:
        """Return the ids of the people whose address for letters becomes confirmed by this change."""
        before = self.before.parties if self.before else ()
        unconfirmed = {party.id for party in before if not party.proven}
        return frozenset(party.id for party in self.case.parties if party.proven) & unconfirmed

    @property
    def splits(self) -> bool:
        """Return whether this change marks a person who is to be split off the case. The split itself is made
        later, in a transaction of its own."""
        return bool(
            set(self.case.together.leaving) - set(self.before.together.leaving if self.before else ())
        )

    @property
    def needs_documents(self) -> bool:
        """Return whether documents must be made after this change. The result is true after every move while
        an agreement in force is not sealed. It is also true after the move that refers an obligation to the
        courts, because the creditor then gets a paper."""
        before = referred(self.before) if self.before else {}
        return self.case.unsealed or referred(self.case).keys() != before.keys()
