"""The declaration of moves. Each move is declared once, on the function that takes it. The declaration names
its stages, actors, letters and facts, and what parties see of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import field, fields, is_dataclass
from functools import cached_property
from inspect import Parameter, signature
from types import UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from chalicelib.domain.engine.running import MET_BY, STARTED_BY
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Act, Case, Refusal
from chalicelib.domain.model.change import Change, Recipient, Repetition
from chalicelib.domain.model.codes import Power, Role, Side, Stage
from chalicelib.domain.model.field_marks import (
    ByStaff,
    Choice,
    Contact,
    FormRule,
    Gist,
    Given,
    Named,
    Names,
    Ours,
    Personal,
    Words,
)

MOVES: dict[str, Move] = {}
M = TypeVar("M")
GivesUp = Callable[[Mapping[str, Any]], object]
Even = Literal[
    "recused",
    "colleague",
    "undeclared",
    "unaccepted",
    "objected_to",
    "asked",
    "unchecked",
    "powerless",
    "by_phrase",
]
"""Marks of actors to whom all moves on a case are closed, except the moves that name their mark.

`recused`: a person who stood back from the case. `colleague`: a staff member who speaks for the company.
`undeclared`: a panel member who has not declared their interests. `unaccepted`: a mediator before accepting
the case. `objected_to`: a mediator against whom an objection is open. `asked`: a department that was asked a
question. `unchecked`: a representative whose authority is unchecked. `powerless`: a representative without
the power for the move, or whose authority has ended.

`by_phrase`: a party who used number and passphrase. Somebody else may have overheard these. Such a party may
add words, files and a report of danger, but not change or give up anything.
"""
Confided = Literal["", "talks", "panel", "uninvolved", "colleagues", "house"]
"""Who may read the words of a move's entry. "": everybody who sees the entry.

`talks`: the people who may read the talks, and each side what was said to it. `panel`: the panel.
`uninvolved`: staff who see every case and had no part in this one, so that people can judge us honestly.
`colleagues`: staff, but not a mediator from outside. `house`: all staff, but no partner system.
"""
Take = Callable[..., "Case | Done"]
"""The function that takes a move. Other modules name a move by its function, so a wrong name fails at
import."""
Begins = Callable[[Case, Callable[[int], Mapping[str, Any]]], Mapping[str, Any]]
"""Returns the initial values of a move's form, by field. It gets the case, and a function that returns the
words of an entry by its number."""
About = Callable[[Case, Act], Iterable[str]]
"""Returns what an actor can now take a move on: ids of things on the case, or "" for a move on the case as a
whole. Raises the Refusal if the move as a whole is refused."""
Turn = Callable[..., bool]
"""Returns whether it is the actor's turn to take a move. It gets the case, the act, and the server facts that
its keyword parameters name."""
NOBODY = Role(0)
ANYBODY = ~NOBODY
ALWAYS: Callable[..., bool] = lambda *case, **facts: True  # noqa: E731
"""The condition of a move that always gives something up, or always needs a second person."""
OF_TALKS: Callable[[Case], str] = lambda case: "talks_not_heard"  # noqa: E731
"""The refusal code of a move that always reads the statements of the talks."""
OFTEN, BY_EACH, IN_TALKS = 25, 250, 100
"""How many of a move's newest entries the index of the timeline remembers. `OFTEN`: usually. `BY_EACH`: for a
move taken by each of many people, or on each of many obligations. `IN_TALKS`: for statements, more than both
sides can make in one negotiation."""


@frozen
class Done:
    """The result of a move. `case`: the case after it.

    `tells`: the letters to send, as pairs of letter and recipient. `facts`: facts for the entry, besides
    those of the request. `people`: the personal rows to save, by person. `also`: changes of other cases.
    `words`: words for the entry that the move itself composes. `repeated`: ladder steps that are repeated,
    which go into daily digests only. `reaches`: a person who gets our first message by this move; the move's
    letters to parties wait until that message can leave.

    `granted`: for an approval, the name of the requested move, which it has just taken. `said_in`: the entry
    of that request, which has the words.
    """

    case: Case
    tells: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    people: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[Change, ...] = ()
    granted: str = ""
    said_in: int = 0
    words: Mapping[str, Any] = field(default_factory=dict)
    repeated: tuple[Repetition, ...] = ()
    reaches: Recipient | None = None


class Shows(NamedTuple):
    """What the parties see of a move's entry.

    `words`: the visible words, in reading order. `words_for`: who of those who see the entry also sees the
    words. It is all of them, the `speaker`, or the `side` that the entry comes from or concerns. `written`:
    only words that a party wrote are shown. `facts`: the visible facts of an entry of the talks, which both
    sides see; None for an entry outside the talks. `own`: facts that only the side they come from sees.

    `company`: the company's representative sees the entry, although it is neither theirs nor part of the
    talks. `about_one`: the entry concerns one person even if staff recorded it; if it names nobody, that is
    the complainant who filed. `yes`: the name of a fact that is shown as yes or no. `code`: the name of a
    fact that is shown by the label of its code.
    """

    words: tuple[str, ...] = ()
    words_for: Literal["all", "speaker", "side"] = "all"
    written: bool = False
    facts: tuple[str, ...] | None = None
    own: tuple[str, ...] = ()
    company: bool = False
    about_one: bool = False
    yes: str = ""
    code: str = ""


class Second(NamedTuple):
    """The rule that a second person must confirm a move. `says`: the rule in words, for the printed process.
    `needed`: returns whether it applies, from the case, the act and the facts."""

    says: str = "Always: a second person confirms it."
    needed: Callable[..., bool] = ALWAYS


class Tell(NamedTuple):
    """A letter that a move declares, with its recipient `to`. If `letters` has one name and it is not
    `optional`, that letter is always sent. Otherwise the function of the move decides which one is sent, if
    any."""

    letters: tuple[str, ...]
    to: str
    optional: bool


@frozen
class Move:
    """The declaration of a move, which people or the clock take: its stages, actors and letters.

    `do`: the function that takes it. `at`: the stages at which it can be taken. `to`: the stages to which it
    leads; if empty, the case stays where it is; if several, the function chooses. `by`: the roles of its
    actors. `recorded_by`: the staff roles that may record it for others. `tells`: its letters. `second`: when
    a second person must confirm it; the policy names the roles of that person. `fits`: whether the case holds
    anything to take it on, so that it is worth offering. `power`: the power that a representative needs for
    it.

    `decides`: it closes a case, lets a right lapse, seals a document, or decides against a person. Such a
    move waits while the record of the case is in doubt. `gives_up`: returns whether a party gives something
    up for good by it, and so must confirm it; None: never.

    `shows`: what parties see of its entry; None: nothing. `confided`: who may read its words, see `Confided`.
    `kept`: how many of its newest entries the index of the timeline remembers. `handles`: its actor counts as
    a handler of the case, and cannot sit on a panel for it. `for_company`: its actor answers for the company,
    or confirms its answer. `grants`: it takes the move that another person requested.

    `part`: the part of the page that offers it, and the heading of its form; "": it is folded away. `rank`:
    its place in that part, lowest first. `answers`: the names of deadlines and letters that it answers; of
    several such moves, the one with the lowest `rank` is expected. `task_due`: the deadline of its task; "":
    the one named like the move; None: the task has no due day. `needs_panel`: while a request for
    reconsideration is open, its task is to appoint a panel. `warns`: its button carries a warning, since it
    ends the complaint, an obligation, or a person's part in the case.

    `starts`, `meets`: the deadlines that it starts, and those that it meets.

    `even`: actors who can take it although other moves are closed to them, see `Even`. `about`: what an actor
    can take it on now. `sides`: the sides of the talks for which staff can record it. `reads_talks`: returns
    the refusal code for an actor who may not read the talks; "": the move does not read them. `turn`: returns
    whether it is the actor's turn. `begins`: returns the initial values of its form. `says`: the docstring of
    its function.
    """

    name: str
    do: Take
    at: frozenset[Stage]
    to: frozenset[Stage]
    by: Role
    recorded_by: Role
    tells: tuple[Tell, ...]
    second: Second | None
    fits: Callable[[Case], object]
    power: Power
    decides: bool
    gives_up: GivesUp | None
    shows: Shows | None
    confided: Confided
    kept: int
    handles: bool
    for_company: bool
    grants: bool
    part: str
    rank: int
    answers: tuple[str, ...]
    task_due: str | None
    warns: bool
    needs_panel: bool
    starts: tuple[str, ...]
    meets: tuple[str, ...]
    even: tuple[Even, ...]
    about: About
    sides: Callable[[Case], Collection[Side]] | None
    reads_talks: Callable[[Case], str]
    turn: Turn
    begins: Begins
    says: str

    @cached_property
    def parameters(self) -> dict[str, tuple[Any, Any]]:
        """Return the facts that a request gives: for each parameter, its type with marks, and its default or
        Parameter.empty. Server facts are left out."""
        hints = get_type_hints(self.do, include_extras=True)
        return {
            p.name: (hints[p.name], p.default)
            for p in signature(self.do).parameters.values()
            if p.kind is Parameter.KEYWORD_ONLY and not has_annotation(hints[p.name], Given)
        }

    @cached_property
    def turns_on(self) -> tuple[str, ...]:
        """Return the names of the server facts that decide whose turn it is."""
        return tuple(p.name for p in signature(self.turn).parameters.values() if p.kind is p.KEYWORD_ONLY)

    @cached_property
    def takers(self) -> Role:
        """Return all roles that may take it: its actors, and staff who record it for others."""
        return self.by | self.recorded_by

    @cached_property
    def always_tells(self) -> tuple[tuple[str, str], ...]:
        """Return the letters that it always sends, as pairs of letter and recipient."""
        return tuple((tell.letters[0], tell.to) for tell in self.tells if not tell.optional)

    @cached_property
    def about_one(self) -> bool:
        """Return whether it is taken on one obligation."""
        return bool(self.naming("obligation"))

    @cached_property
    def by_digest(self) -> bool:
        """Return whether a request must name the digest of the text on display. Such a request fails only if
        that text has changed, not if other parts of the case have."""
        return self.parameters.get(self.naming("digest"), ("", None))[1] is Parameter.empty

    @cached_property
    def personal(self) -> frozenset[str]:
        """Return the names of the parameters whose values are kept out of the hashed line of the entry."""
        return frozenset(
            name
            for name, (hint, _) in self.parameters.items()
            if has_annotation(hint, Words, Personal, Contact)
        )

    @cached_property
    def gists(self) -> list[str]:
        """Return the words that can summarise an entry, the best first: those marked as its gist, then its
        required words that are no name."""
        marked = [name for name, (hint, _) in self.parameters.items() if has_annotation(hint, Gist)]
        return marked + [
            name
            for name, (hint, default) in self.parameters.items()
            if default is Parameter.empty
            and self._marked(name, Words) is not None
            and not has_annotation(hint, Named)
        ]

    @cached_property
    def emails(self) -> tuple[str, ...]:
        """Return the names of the parameters that take an e-mail address of a person outside the company. A
        part of a parameter is given by its path, such as `person/email`."""
        found = []
        for name, (hint, _) in self.parameters.items():
            kind = getattr(hint, "__origin__", hint)
            if has_annotation(hint, Ours):
                continue
            if _reaches(hint):
                found.append(name)
            elif is_dataclass(kind) and isinstance(kind, type):
                hints = get_type_hints(kind, include_extras=True)
                found += [f"{name}/{part.name}" for part in fields(kind) if _reaches(hints[part.name])]
        return tuple(found)

    def naming(self, kind: str) -> str:
        """Return the name of the parameter that names one thing of this kind, such as `obligation`; ""
        without one."""
        return self.things.get(kind, "")

    @cached_property
    def things(self) -> dict[str, str]:
        """Return the parameters that name one thing on the case. The key is the kind of the thing, the value
        the name of the parameter."""
        found = ((names_of(hint), name) for name, (hint, _) in self.parameters.items())
        return {thing.kind: name for thing, name in found if thing}

    def choice(self, name: str) -> Choice:
        """Return the declared choice of values for the parameter `name`; without a declaration, a Choice that
        limits nothing."""
        return self._marked(name, Choice) or Choice()

    def form_rule(self, name: str) -> FormRule:
        """Return how a form asks for the parameter `name`; without a declaration, a FormRule with its
        defaults."""
        return self._marked(name, FormRule) or FormRule()

    def _marked(self, name: str, kind: type[M]) -> M | None:
        hint = self.parameters[name][0] if name in self.parameters else None
        return next((mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, kind)), None)

    @cached_property
    def by_staff(self) -> frozenset[str]:
        """Return the names of the parameters that only staff may fill in."""
        return frozenset(name for name, (hint, _) in self.parameters.items() if has_annotation(hint, ByStaff))

    @cached_property
    def names_address(self) -> bool:
        """Return whether a parameter, or a field of a record in one, holds an e-mail address or a telephone
        number. Such a move can cause a first message to a person."""
        return any(holds_address(hint) for hint, _ in self.parameters.values())

    @cached_property
    def limited(self) -> bool:
        """Return whether a limit can delay its message to a person who gets their first one. Such a move has
        the parameter `leaves`."""
        return "leaves" in self.given

    @cached_property
    def given(self) -> dict[str, Given]:
        """Return the parameters that the server fills in, each with its mark."""
        hints = get_type_hints(self.do, include_extras=True)
        return {
            name: mark
            for name, hint in hints.items()
            for mark in getattr(hint, "__metadata__", ())
            if isinstance(mark, Given)
        }


def confided_to(move: str) -> Confided:
    """Return who may read the words of an entry of this move, see `Confided`. Return "" for a move that is no
    longer declared."""
    return MOVES[move].confided if move in MOVES else ""


def move_names(*moves: Take) -> tuple[str, ...]:
    """Return the names of these moves, as timelines, offers and URLs use them."""
    return tuple(move.__name__ for move in moves)


def move(
    *,
    by: Role,
    recorded_by: Role = NOBODY,
    at: Stage | frozenset[Stage] = frozenset(),
    to: Stage | frozenset[Stage] = frozenset(),
    tells: str = "",
    second: Second | None = None,
    fits: Callable[[Case], object] = lambda case: True,
    power: Power = Power.ANSWER,
    decides: bool = False,
    gives_up: GivesUp | None = None,
    shows: Shows | None = None,
    confided: Confided = "",
    kept: int = 0,
    handles: bool = True,
    for_company: bool = False,
    grants: bool = False,
    part: str = "",
    rank: int = 0,
    answers: tuple[str, ...] = (),
    task_due: str | None = "",
    warns: bool = False,
    needs_panel: bool = False,
    starts: tuple[str, ...] = (),
    meets: tuple[str, ...] = (),
    even: tuple[Even, ...] = (),
    about: About = lambda case, act: ("",),
    sides: Callable[[Case], Collection[Side]] | None = None,
    reads_talks: Callable[[Case], str] = lambda case: "",
    turn: Turn = lambda case, act: True,
    begins: Begins = lambda case, said: {},
) -> Callable[[Take], Take]:
    """Declare a move on the function that takes it. The arguments are the fields of `Move`.

    `tells` lists letters with their recipients: "letter → recipient, letter | other → recipient, letter? →
    recipient". The function of the move decides which of the letters joined by "|", or marked with "?", are
    sent. Its keyword parameters are the facts of the move, from which request body, schema and form are made.
    """

    def many(stages: Stage | frozenset[Stage]) -> frozenset[Stage]:
        return frozenset([stages]) if isinstance(stages, Stage) else stages

    def declare(do: Take) -> Take:
        told = tuple(_tell(*tell.split(" → ")) for tell in filter(None, tells.split(", ")))
        for deadline in starts:
            STARTED_BY[deadline].append(do.__name__)
        for deadline in meets:
            MET_BY[deadline].append(do.__name__)
        MOVES[do.__name__] = Move(
            name=do.__name__,
            do=do,
            at=many(at),
            to=many(to),
            by=by,
            recorded_by=recorded_by,
            tells=told,
            second=second,
            fits=fits,
            power=power,
            decides=decides,
            gives_up=gives_up,
            shows=shows,
            confided=confided,
            kept=kept,
            handles=handles,
            for_company=for_company,
            grants=grants,
            part=part,
            rank=rank,
            answers=answers,
            task_due=task_due,
            warns=warns,
            needs_panel=needs_panel,
            starts=starts,
            meets=meets,
            even=even,
            about=about,
            sides=sides,
            reads_talks=reads_talks,
            turn=turn,
            begins=begins,
            says=(do.__doc__ or "").strip(),
        )
        return do

    return declare


def where(check: Callable[[Case, Act], object], of: Role = Role.PARTY) -> About:
    """Return the `about` rule of a move on the case as a whole: it gives `("",)` if `check` passes. It passes
    if it raises no Refusal and does not return False.

    An actor outside the roles `of` records the move for another person. For them `check` is left until they
    have named that person.
    """
    return lambda case, act: ("",) if act.role not in of or check(case, act) is not False else ()


def subjects_passing(
    subjects: Callable[[Case], Iterable[Any]], check: Callable[[Case, Act, Any], object]
) -> About:
    """Return the `about` rule of a move on one of several things: it yields each of `subjects` if `check`
    passes on it. It passes if it raises no Refusal and does not return False."""

    def about(case: Case, act: Act) -> Iterator[str]:
        for one in subjects(case):
            with suppress(Refusal):
                if check(case, act, one) is not False:
                    yield str(one)

    return about


def able(move: Move, case: Case, act: Act) -> list[str]:
    """Return the ids of the things on which an actor can take a move now; "" stands for the case as a whole.
    The result is empty if the move is refused."""
    try:
        return [*move.about(case, act)]
    except Refusal:
        return []


Ends = Callable[[Case, Act], Case]
LEAVING: dict[Stage, list[Ends]] = defaultdict(list)
ENTERING: dict[Stage, list[Callable[[Case, Act, str], Case]]] = defaultdict(list)
"""Hooks by stage, which the modules of the phases register. A hook in `LEAVING` runs when a case leaves the
stage, and ends what was begun in it. A hook in `ENTERING` runs when a case enters the stage; it also gets the
name of the move that led to it."""
FOLLOWING: list[Callable[[Case | None, Case, Done, Act], tuple[Case, Done]]] = []
"""Functions that run after every move and adapt other proceedings of the case to it. They get the case before
and after the move, the result and the act. They return the case and the result."""


def on_leaving(*stages: Stage) -> Callable[[Ends], Ends]:
    """Return a decorator that registers a function to run when a case leaves one of these stages. The
    function returns the case without what was begun in the stage."""

    def register(ends: Ends) -> Ends:
        for stage in stages:
            LEAVING[stage].append(ends)
        return ends

    return register


def _tell(letters: str, to: str) -> Tell:
    names = tuple(letter.rstrip("?") for letter in letters.split(" | "))
    return Tell(names, to, letters.endswith("?") or len(names) > 1)


def _reaches(hint: Any) -> bool:
    """Return whether a value of the type `hint` is an e-mail address, or may be one."""
    own = any(
        isinstance(mark, Contact) and mark.kind != "phone" for mark in getattr(hint, "__metadata__", ())
    )
    return own or (get_origin(hint) is not None and any(map(_reaches, get_args(hint))))


def has_annotation(hint: Any, *marks: type) -> bool:
    """Return whether the type `hint` carries one of these marks, also inside a list, a dict or an
    optional."""
    return any(isinstance(mark, marks) for mark in getattr(hint, "__metadata__", ())) or (
        get_origin(hint) is not None and any(has_annotation(part, *marks) for part in get_args(hint))
    )


def names_of(hint: Any) -> Names | None:
    """Return the mark that says what a single value of the type `hint` names. Return None for a type without
    this mark, and for a list."""
    marks = getattr(hint, "__metadata__", ())
    if found := next((mark for mark in marks if isinstance(mark, Names)), None):
        return found
    inner = (hint.__origin__,) if marks else get_args(hint) if get_origin(hint) in (Union, UnionType) else ()
    return next(filter(None, map(names_of, inner)), None)


def holds_address(hint: Any) -> bool:
    """Return whether a value of the type `hint` holds an e-mail address or a telephone number, at any
    depth."""
    if has_annotation(hint, Contact):
        return True
    if isinstance(hint, type) and is_dataclass(hint):
        return any(map(holds_address, get_type_hints(hint, include_extras=True).values()))
    inner = (hint.__origin__,) if hasattr(hint, "__metadata__") else get_args(hint)
    return any(map(holds_address, inner))
