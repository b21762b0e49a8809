"""Moves are declared once, each with the function that takes it: at which stages, by whom, which letters it
owes, what parties are told of it, what can be chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import field, fields, is_dataclass
from functools import cached_property
from inspect import Parameter, signature
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from chalicelib.domain.engine.running import MET_BY, STARTED_BY
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Act, Case, Refusal
from chalicelib.domain.model.change import Change, Recipient, Repetition
from chalicelib.domain.model.codes import Power, Role, Side, Stage
from chalicelib.domain.model.field_marks import Asked, ByStaff, Choice, Contact, Given, Ours, Personal, Words

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
"""The people who can take a move although they can take nothing else on the case.

In this order: somebody who has stood back from it; a colleague who speaks for the company; a panel member who
has not declared their interests; a mediator who has not accepted; a mediator to whom a side objects; a
department that was asked something; a representative whose authority was not checked; a representative
without the power, or whose authority has ended; a party who came by number and passphrase. The passphrase may
have been overheard, so it is enough to add words, files and a danger, never to change or give up anything."""
Confided = Literal["", "talks", "panel", "uninvolved", "colleagues", "house"]
"""To whom the words of a move are confided: those who hear the talks, each side what is said to it; the
panel; whoever sees every case and had no part in this one, so that people can judge us honestly; colleagues,
no mediator from outside; everybody in the house, no partner system. "": nobody in particular."""
Take = Callable[..., "Case | Done"]
"""The function that takes a move. Other modules name a move by it, so that the name leads to the declaration
and a wrong one is no import (issue 15)."""
Begins = Callable[[Case, Callable[[int], Mapping[str, Any]]], Mapping[str, Any]]
"""What a form begins with, of the case and of what its entries say."""
About = Callable[[Case, Act], Iterable[str]]
"""What somebody can take a move about now: "" where it names nothing. Raises the Refusal for what cannot be
taken at all."""
Turn = Callable[..., bool]
"""Whether it is somebody's turn to take a move, by the case, the act and facts that the server fills in."""
NOBODY = Role(0)
ANYBODY = ~NOBODY
ALWAYS: Callable[..., bool] = lambda *case, **facts: True  # noqa: E731
"""For a move by which somebody gives something up, or which a second person confirms, whatever is said."""
OF_TALKS: Callable[[Case], str] = lambda case: "talks_not_heard"  # noqa: E731
"""For a move that always reads what was said in the talks."""
OFTEN, BY_EACH, IN_TALKS = 25, 250, 100
"""Of how many of the newest entries of a move the numbers are kept; of how many where each of many people
takes it, or it is taken for each of many promises; and of how many statements, which are more than both sides
together may make in one negotiation."""


@frozen
class Done:
    """What a move makes: the case, the letters it names (letter, recipient), facts it adds, personal rows,
    changes of other cases, words that it puts together from what was said, steps that only stand in a digest,
    and somebody to whom we write for the first time, on whose turn all letters of the move wait.

    `granted` names the asked move that an approval has just taken, and `said_in` the entry where it was said.
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
    """What parties are told of the entry that a move makes.

    `words`: which of its words, in the order in which they are read, and to which of those who see the entry:
    all, the `speaker` who said them, or everybody of the `side` that it comes from or is about; `written`:
    only where a party wrote them. `facts`: of an entry of the talks, which both sides see, the facts that are
    told, None for any other; `own`: those that only the side is told that they come from. `company`: the
    company's representative sees it although it is neither theirs nor of the talks. `about_one`: it is about
    one person also when staff write it down, the first where none is named. `yes`: the fact that says yes or
    no; `code`: the fact that is told as its code list calls it, beside those that are told wherever they
    stand."""

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
    """When a second person must confirm a move: in words, for the printed process, and by the case, the act
    and the facts."""

    says: str = "Always: a second person confirms it."
    needed: Callable[..., bool] = ALWAYS


class Tell(NamedTuple):
    """Letters of a declaration and their recipient. One letter is always sent; of several, or when optional,
    the body names it."""

    letters: tuple[str, ...]
    to: str
    optional: bool


@frozen
class Move:
    """A step that people or the clock can take: from which stages, to which, by whom or recorded by whom,
    what it tells whom.

    No `to`: the case stays where it is. Several: the move itself chooses one of them. `second` tells
    when another person must confirm; the policy names the roles that may. `fits` says whether there
    is anything on the case that it could be taken on, so that it is worth offering. `power` is what a
    representative needs for it.

    `decides`: it closes a case, lets a right lapse, seals, or decides against somebody; on a record that was
    changed from outside it waits (issue 14). `gives_up` tells from what is said whether a party gives
    something up for good by it, and so confirms it; None: never.

    `shows` is what parties are told of its entry; None: parties are not told of it. To whom its words are
    `confided` see `Confided`. Of its entries the head remembers where the newest `kept` stand, since pages,
    letters and documents look for them again. Who takes it has handled the case, and sits on no panel of it,
    unless not `handles`; `for_company`: they have answered for the company, or confirmed its answer.
    `grants`: it takes the move that somebody else asked for.

    `part` is the part of a page where it is offered, or that stands above its form, in which what is wanted
    most has the least `rank`; "" where it is folded away. `answers` are the deadlines, and the letters, that
    somebody answers by it: of acts that answer the same one, that with the least `rank` is expected.
    `task_due` is the deadline of the task that it gives, "" where that has its name, None where the task is
    due on no day; where it `needs_panel` and a request is before us, the task is to name who decides that.
    Its button `warns` where the complaint, a promise or somebody's part in it ends by it.

    `starts` and `meets` are the deadlines that begin, and end, when it is taken.

    `even` names who can take it although they can take nothing else: see `Even`. `about` is what somebody can
    take it about now, by its own preconditions, and `sides` for which sides of the talks staff can write it
    down. `reads_talks` names the refusal for an actor who may not hear the talks, where the move reads them.
    `turn` tells whether it is the actor's turn, by the server facts that its keyword parameters name.
    Its form `begins`
    with what the case has now.
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
        """Its facts: parameter → (type with its marks, default or Parameter.empty), without what the server
        fills in."""
        hints = get_type_hints(self.do, include_extras=True)
        return {
            p.name: (hints[p.name], p.default)
            for p in signature(self.do).parameters.values()
            if p.kind is Parameter.KEYWORD_ONLY and not marked(hints[p.name], Given)
        }

    @cached_property
    def turns_on(self) -> tuple[str, ...]:
        """The server facts on which it depends whose turn it is."""
        return tuple(p.name for p in signature(self.turn).parameters.values() if p.kind is p.KEYWORD_ONLY)

    @cached_property
    def takers(self) -> Role:
        """Who takes it, or for whom it is recorded."""
        return self.by | self.recorded_by

    @cached_property
    def always_tells(self) -> tuple[tuple[str, str], ...]:
        """The letters that it sends whatever its body says, each with its recipient."""
        return tuple((tell.letters[0], tell.to) for tell in self.tells if not tell.optional)

    @cached_property
    def about_one(self) -> bool:
        """Whether it is about one obligation."""
        return "obligation" in self.parameters

    @cached_property
    def by_digest(self) -> bool:
        """Whether it names the digest of the text that was shown: what others do meanwhile does not stop it,
        only another text does."""
        return "digest" in self.parameters and self.parameters["digest"][1] is Parameter.empty

    @cached_property
    def personal(self) -> frozenset[str]:
        """The parameters whose values are kept out of the hashed line."""
        return frozenset(
            name for name, (hint, _) in self.parameters.items() if marked(hint, Words, Personal, Contact)
        )

    @cached_property
    def emails(self) -> tuple[str, ...]:
        """Where an e-mail address is given by which somebody outside the company is reached: a parameter, or
        a part of one, such as `person/email`."""
        found = []
        for name, (hint, _) in self.parameters.items():
            kind = getattr(hint, "__origin__", hint)
            if marked(hint, Ours):
                continue
            if _reaches(hint):
                found.append(name)
            elif is_dataclass(kind) and isinstance(kind, type):
                hints = get_type_hints(kind, include_extras=True)
                found += [f"{name}/{part.name}" for part in fields(kind) if _reaches(hints[part.name])]
        return tuple(found)

    def choice(self, name: str) -> Choice:
        """What can be said for a parameter."""
        return self._marked(name, Choice) or Choice()

    def asked(self, name: str) -> Asked:
        """How a form asks for a parameter."""
        return self._marked(name, Asked) or Asked()

    def _marked(self, name: str, kind: type[M]) -> M | None:
        hint = self.parameters[name][0] if name in self.parameters else None
        return next((mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, kind)), None)

    @cached_property
    def by_staff(self) -> frozenset[str]:
        """The parameters that are not a party's to say."""
        return frozenset(name for name, (hint, _) in self.parameters.items() if marked(hint, ByStaff))

    @cached_property
    def names_address(self) -> bool:
        """Whether a parameter holds an e-mail address or a telephone number, also as a field of a record.
        Such a move can cause a first message to a person."""
        return any(holds_address(hint) for hint, _ in self.parameters.values())

    @cached_property
    def limited(self) -> bool:
        """Whether its message to a new person can wait for a limit: it has the parameter `leaves`."""
        return "leaves" in self.given

    @cached_property
    def given(self) -> dict[str, Given]:
        """The parameters that the server fills in."""
        hints = get_type_hints(self.do, include_extras=True)
        return {
            name: mark
            for name, hint in hints.items()
            for mark in getattr(hint, "__metadata__", ())
            if isinstance(mark, Given)
        }


def confided_to(move: str) -> Confided:
    """To whom the words of an entry are confided; of an entry that is gone, to nobody."""
    return MOVES[move].confided if move in MOVES else ""


def named(*moves: Take) -> tuple[str, ...]:
    """The names of moves, as timelines, offers and addresses have them."""
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
    """Declare a move. `tells` is "letter → recipient, letter | other → recipient, letter? → recipient"; of
    alternatives and of optional letters the body names those that are sent.

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
    """What a move that names nothing can be taken about: where a check raises no Refusal and says nothing
    false. Whoever is not `of` these roles writes down for somebody, and is checked when they say for whom."""
    return lambda case, act: ("",) if act.role not in of or check(case, act) is not False else ()


def each(named: Callable[[Case], Iterable[Any]], check: Callable[[Case, Act, Any], object]) -> About:
    """What a move can be taken about that names one of several: those on which a check raises no Refusal and
    says nothing false."""

    def about(case: Case, act: Act) -> Iterator[str]:
        for one in named(case):
            with suppress(Refusal):
                if check(case, act, one) is not False:
                    yield str(one)

    return about


def able(move: Move, case: Case, act: Act) -> list[str]:
    """What somebody can take a move about now."""
    try:
        return [*move.about(case, act)]
    except Refusal:
        return []


Ends = Callable[[Case, Act], Case]
LEAVING: dict[Stage, list[Ends]] = defaultdict(list)
ENTERING: dict[Stage, list[Callable[[Case, Act, str], Case]]] = defaultdict(list)
"""What ends when a case leaves a stage, whatever move it leaves it by, and what begins when it comes to one,
by which move: as the modules of the phases register it."""
FOLLOWING: list[Callable[[Case | None, Case, Done, Act], tuple[Case, Done]]] = []
"""What follows from any move for something that is under way, by the case before and after it."""


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
    """Whether a value of this type is an e-mail address, or may be one."""
    own = any(
        isinstance(mark, Contact) and mark.kind != "phone" for mark in getattr(hint, "__metadata__", ())
    )
    return own or (get_origin(hint) is not None and any(map(_reaches, get_args(hint))))


def marked(hint: Any, *marks: type) -> bool:
    """Whether a type carries one of these marks, also inside a list, a dict or an optional."""
    return any(isinstance(mark, marks) for mark in getattr(hint, "__metadata__", ())) or (
        get_origin(hint) is not None and any(marked(part, *marks) for part in get_args(hint))
    )


def holds_address(hint: Any) -> bool:
    """Whether a value of this type holds an e-mail address or a telephone number, at any depth."""
    if marked(hint, Contact):
        return True
    if isinstance(hint, type) and is_dataclass(hint):
        return any(map(holds_address, get_type_hints(hint, include_extras=True).values()))
    inner = (hint.__origin__,) if hasattr(hint, "__metadata__") else get_args(hint)
    return any(map(holds_address, inner))
