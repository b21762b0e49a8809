"""The declaration of moves. A move is declared once, on the function that takes it, with its stages, actors,
letters and facts, and the parts that parties see."""

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
    Given,
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
"""The people who can take a move although no other move on the case is open to them.

`recused`: a person who stood back from the case. `colleague`: a colleague who speaks for the company.
`undeclared`: a panel member without a declaration of interests. `unaccepted`: a mediator before acceptance.
`objected_to`: a mediator with an open objection against them. `asked`: a department with a question.
`unchecked`: a representative whose authority is unchecked. `powerless`: a representative without the power,
or with an ended authority. `by_phrase`: a party who came by number and passphrase. Others may have overheard
the passphrase. So it is enough to add words, files and a danger; it is too weak to change or give up
anything.
"""
Confided = Literal["", "talks", "panel", "uninvolved", "colleagues", "house"]
"""The readers of a move's words. `talks`: the readers of the talks, and each side the words said to it.
`panel`: the panel. `uninvolved`: staff who see every case and had no part in this one, so that people can
judge us honestly. `colleagues`: staff, no mediator from outside. `house`: all staff, no partner system. "":
no restriction."""
Take = Callable[..., "Case | Done"]
"""The function that takes a move. Other modules refer to a move by this function. The reference leads to the
declaration, and a wrong name fails at import."""
Begins = Callable[[Case, Callable[[int], Mapping[str, Any]]], Mapping[str, Any]]
"""The initial values of a form, by the case and the words of its entries."""
About = Callable[[Case, Act], Iterable[str]]
"""The subjects of a move that an actor can take now: ids, or "" for a move without a subject. Raises the
Refusal for a move that is refused as a whole."""
Turn = Callable[..., bool]
"""The test of whose turn it is, by the case, the act and facts that the server fills in."""
NOBODY = Role(0)
ANYBODY = ~NOBODY
ALWAYS: Callable[..., bool] = lambda *case, **facts: True  # noqa: E731
"""For a move that always gives something up, or always needs a second person."""
OF_TALKS: Callable[[Case], str] = lambda case: "talks_not_heard"  # noqa: E731
"""For a move that always reads the statements of the talks."""
OFTEN, BY_EACH, IN_TALKS = 25, 250, 100
"""The number of newest entries of a move that the case's contents remember. `OFTEN`: the usual number.
`BY_EACH`: for a move taken by each of many people or for each of many obligations. `IN_TALKS`: for
statements, more than both sides together may make in one negotiation."""


@frozen
class Done:
    """The result of a move.

    `tells`: letters and their recipients. `facts`: added facts. `people`: rows with personal data. `also`:
    changes of other cases. `words`: words that the move composes. `repeated`: repeated ladder steps, which
    only a digest tells. `reaches`: a person who gets their first letter from us; all letters of the move wait
    for it. `granted`: the requested move that an approval has just taken. `said_in`: the entry with the words
    of that request.
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
    """The parts of a move's entry that the parties see.

    `words`: the visible words, in reading order. `words_for`: their readers among those who see the entry:
    all, the `speaker`, or the `side` that the entry comes from or concerns. `written`: only words that a
    party wrote. `facts`: the visible facts of an entry of the talks, which both sides see; None for other
    entries. `own`: facts that only the side they come from sees. `company`: the company's representative sees
    the entry although it is neither theirs nor part of the talks. `about_one`: the entry concerns one person
    also when staff record it, the first person if it names none. `yes`: the fact that holds yes or no.
    `code`: the fact that is shown by the label of its code list, in addition to those shown for every move.
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
    """The rule when a second person must confirm a move: `says` for the printed process, `needed` by case,
    act and facts."""

    says: str = "Always: a second person confirms it."
    needed: Callable[..., bool] = ALWAYS


class Tell(NamedTuple):
    """A letter of a declaration, its alternatives and its recipient. A single letter is always sent. Of
    several letters, or of an optional one, the body names the letter to send."""

    letters: tuple[str, ...]
    to: str
    optional: bool


@frozen
class Move:
    """A state transition that people or the clock can take: its stages, its actors, its letters.

    `at`: the stages at which it can be taken. `to`: the stages it leads to; empty: the case stays; several:
    the move chooses. `by`: the actors. `recorded_by`: the staff who record it for others. `tells`: its
    letters. `second`: when a second person must confirm; the policy names their roles. `fits`: whether the
    case holds anything to take it on, so that it is worth offering. `power`: the power that a representative
    needs.

    `decides`: it closes a case, lets a right lapse, seals, or decides against a person. Such a move waits
    while the record is in doubt. `gives_up`: whether a party gives something up for good by it, and so must
    confirm it; None: never.

    `shows`: what the parties see of its entry; None: nothing. `confided`: the readers of its words, see
    `Confided`. `kept`: how many of its newest entries the contents of the case remember, since pages, letters
    and documents read them again. `handles`: its actor counts as a handler of the case and cannot sit on a
    panel for it. `for_company`: its actor answers for the company, or confirms its answer. `grants`: it takes
    the move that another person requested.

    `part`: the part of a page that offers it or stands above its form; "" where it is folded away. `rank`:
    its place in that part, the most wanted move lowest. `answers`: the deadlines and letters that it answers;
    of several such moves, the one with the least `rank` is expected. `task_due`: the deadline of its task; ""
    where that has the name of the move, None where the task has no due day. `needs_panel`: while a request
    for reconsideration is open, the task is to appoint a panel for it. `warns`: its button warns, since the
    complaint, an obligation or a person's part in the case ends.

    `starts`, `meets`: the deadlines that it starts and ends.

    `even`: the people who can take it although no other move is open to them, see `Even`. `about`: its
    possible subjects now, by its own preconditions. `sides`: the sides of the talks for which staff can
    record it. `reads_talks`: the code of the refusal for an actor who may not read the talks; "" where the
    move does not read them. `turn`: whether it is the actor's turn, by the server facts that its keyword
    parameters name. `begins`: the initial values of its form. `says`: the docstring of its function.
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
        """Return its facts: parameter → (type with its marks, default or Parameter.empty), without server
        facts."""
        hints = get_type_hints(self.do, include_extras=True)
        return {
            p.name: (hints[p.name], p.default)
            for p in signature(self.do).parameters.values()
            if p.kind is Parameter.KEYWORD_ONLY and not has_annotation(hints[p.name], Given)
        }

    @cached_property
    def turns_on(self) -> tuple[str, ...]:
        """Return the server facts that decide whose turn it is."""
        return tuple(p.name for p in signature(self.turn).parameters.values() if p.kind is p.KEYWORD_ONLY)

    @cached_property
    def takers(self) -> Role:
        """Return its actors, and the staff who record it for others."""
        return self.by | self.recorded_by

    @cached_property
    def always_tells(self) -> tuple[tuple[str, str], ...]:
        """Return the letters that it sends whatever its body says, each with its recipient."""
        return tuple((tell.letters[0], tell.to) for tell in self.tells if not tell.optional)

    @cached_property
    def about_one(self) -> bool:
        """Return whether it is about one obligation."""
        return bool(self.naming("obligation"))

    @cached_property
    def by_digest(self) -> bool:
        """Return whether it names the digest of the displayed text. Only a change of that text stops such a
        move; other changes to the case do not."""
        return self.parameters.get(self.naming("digest"), ("", None))[1] is Parameter.empty

    @cached_property
    def personal(self) -> frozenset[str]:
        """Return the parameters whose values stay out of the hashed line."""
        return frozenset(
            name
            for name, (hint, _) in self.parameters.items()
            if has_annotation(hint, Words, Personal, Contact)
        )

    @cached_property
    def emails(self) -> tuple[str, ...]:
        """Return where it takes an e-mail address of a person outside the company: a parameter, or a part of
        one, such as `person/email`."""
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
        """Return the parameter that names one thing of a kind, or an empty string."""
        return self.things.get(kind, "")

    @cached_property
    def things(self) -> dict[str, str]:
        """Return the parameters that name one thing, by its kind."""
        found = ((names_of(hint), name) for name, (hint, _) in self.parameters.items())
        return {thing.kind: name for thing, name in found if thing}

    def choice(self, name: str) -> Choice:
        """Return the possible values of a parameter."""
        return self._marked(name, Choice) or Choice()

    def form_rule(self, name: str) -> FormRule:
        """Return how a form asks for a parameter."""
        return self._marked(name, FormRule) or FormRule()

    def _marked(self, name: str, kind: type[M]) -> M | None:
        hint = self.parameters[name][0] if name in self.parameters else None
        return next((mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, kind)), None)

    @cached_property
    def by_staff(self) -> frozenset[str]:
        """Return the parameters that only staff may fill in."""
        return frozenset(name for name, (hint, _) in self.parameters.items() if has_annotation(hint, ByStaff))

    @cached_property
    def names_address(self) -> bool:
        """Return whether a parameter holds an e-mail address or a telephone number, also as a field of a
        record. Such a move can cause a first message to a person."""
        return any(holds_address(hint) for hint, _ in self.parameters.values())

    @cached_property
    def limited(self) -> bool:
        """Return whether a limit can delay its message to a new person: it has the parameter `leaves`."""
        return "leaves" in self.given

    @cached_property
    def given(self) -> dict[str, Given]:
        """Return the parameters that the server fills in."""
        hints = get_type_hints(self.do, include_extras=True)
        return {
            name: mark
            for name, hint in hints.items()
            for mark in getattr(hint, "__metadata__", ())
            if isinstance(mark, Given)
        }


def confided_to(move: str) -> Confided:
    """Return the readers of an entry's words; "" for a move that is no longer declared."""
    return MOVES[move].confided if move in MOVES else ""


def move_names(*moves: Take) -> tuple[str, ...]:
    """Return the names of moves, as timelines, offers and addresses use them."""
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
    """Declare a move. `tells` is "letter → recipient, letter | other → recipient, letter? → recipient". Of
    alternatives and of optional letters the body names those to send.

    The keyword parameters of the function are the move's facts: its request body, its schema and its form.
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
    """Return the subject "" where `check` passes: it raises no Refusal and does not return False. An actor
    outside the roles `of` records the move for another person; the check follows when they name that
    person."""
    return lambda case, act: ("",) if act.role not in of or check(case, act) is not False else ()


def each(subjects: Callable[[Case], Iterable[Any]], check: Callable[[Case, Act, Any], object]) -> About:
    """Return the `subjects` for which `check` passes: it raises no Refusal and does not return False."""

    def about(case: Case, act: Act) -> Iterator[str]:
        for one in subjects(case):
            with suppress(Refusal):
                if check(case, act, one) is not False:
                    yield str(one)

    return about


def able(move: Move, case: Case, act: Act) -> list[str]:
    """Return the possible subjects of a move for an actor now."""
    try:
        return [*move.about(case, act)]
    except Refusal:
        return []


Ends = Callable[[Case, Act], Case]
LEAVING: dict[Stage, list[Ends]] = defaultdict(list)
ENTERING: dict[Stage, list[Callable[[Case, Act, str], Case]]] = defaultdict(list)
"""The hooks that the modules of the phases register, by stage. A hook of `LEAVING` ends what a stage has
begun. A hook of `ENTERING` also gets the move that leads to the stage."""
FOLLOWING: list[Callable[[Case | None, Case, Done, Act], tuple[Case, Done]]] = []
"""Consequences of any move for a matter under way, by the case before and after the move."""


def on_leaving(*stages: Stage) -> Callable[[Ends], Ends]:
    """Register what ends when a case leaves one of these stages."""

    def register(ends: Ends) -> Ends:
        for stage in stages:
            LEAVING[stage].append(ends)
        return ends

    return register


def _tell(letters: str, to: str) -> Tell:
    names = tuple(letter.rstrip("?") for letter in letters.split(" | "))
    return Tell(names, to, letters.endswith("?") or len(names) > 1)


def _reaches(hint: Any) -> bool:
    """Return whether a value of this type is an e-mail address, or may be one."""
    own = any(
        isinstance(mark, Contact) and mark.kind != "phone" for mark in getattr(hint, "__metadata__", ())
    )
    return own or (get_origin(hint) is not None and any(map(_reaches, get_args(hint))))


def has_annotation(hint: Any, *marks: type) -> bool:
    """Return whether a type carries one of these marks, also inside a list, a dict or an optional."""
    return any(isinstance(mark, marks) for mark in getattr(hint, "__metadata__", ())) or (
        get_origin(hint) is not None and any(has_annotation(part, *marks) for part in get_args(hint))
    )


def names_of(hint: Any) -> Names | None:
    """Return the kind of thing that one value of this type names; None for any other type, and for a list."""
    marks = getattr(hint, "__metadata__", ())
    if found := next((mark for mark in marks if isinstance(mark, Names)), None):
        return found
    inner = (hint.__origin__,) if marks else get_args(hint) if get_origin(hint) in (Union, UnionType) else ()
    return next(filter(None, map(names_of, inner)), None)


def holds_address(hint: Any) -> bool:
    """Return whether a value of this type holds an e-mail address or a telephone number, at any depth."""
    if has_annotation(hint, Contact):
        return True
    if isinstance(hint, type) and is_dataclass(hint):
        return any(map(holds_address, get_type_hints(hint, include_extras=True).values()))
    inner = (hint.__origin__,) if hasattr(hint, "__metadata__") else get_args(hint)
    return any(map(holds_address, inner))
