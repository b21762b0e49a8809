"""The declaration of moves. A move is declared once, on the function that takes it. The declaration names the
stages, actors, letters and facts of the move, and what parties see of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import field, fields, is_dataclass
from functools import cache, cached_property
from inspect import Parameter, signature
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from chalicelib.domain.engine.running import MET_BY, STARTED_BY
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Act, Case, Refusal
from chalicelib.domain.model.change import Change, Recipient, Repetition
from chalicelib.domain.model.codes import Power, Role, Side, Stage
from chalicelib.domain.model.field_marks import (
    ByStaff,
    Choice,
    ColleagueId,
    Contact,
    FormRule,
    Gist,
    Given,
    Named,
    Names,
    ObligationId,
    Official,
    Ours,
    PartyId,
    Personal,
    SignerId,
    Words,
)
from chalicelib.domain.model.letters import LETTERS, Letter

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
    "destroyed",
]
"""The names of reasons for which all moves on a case are closed to an actor. A move stays open if its
declaration lists the reason in `even`.

`recused`: the actor stood back from the case. `colleague`: the actor is a staff member who speaks for the
company. `undeclared`: a panel member has not declared that they have no interest in the case. `unaccepted`: a
mediator has not accepted the case. `objected_to`: an objection to the mediator is open. `asked`: the actor
answers for a department that was asked a question. `unchecked`: a representative's authority is not checked.
`powerless`: a representative lacks the power for the move, or their authority has ended. `destroyed`: the
personal data of the case are destroyed, so nobody can be told anything.

`by_phrase`: a party opened the case with number and passphrase, which somebody else may have overheard. Such
a party may add words, files and a report of danger. They may not change or give up anything.
"""
Confided = Literal["", "talks", "panel", "uninvolved", "colleagues", "house"]
"""Who may read the words of a move's entry. "": everybody who sees the entry.

`talks`: the people who may read the talks. Each side also reads what was said to that side. `panel`: the
members of the panel. `uninvolved`: staff who may see every case, but had no part in this case, so that people
can judge us honestly. `colleagues`: staff, but not a mediator from outside. `house`: all staff, but no
partner system.
"""
Take = Callable[..., "Case | Done"]
"""The function that takes a move. Other modules refer to a move by this function and not by its name, so a
wrong name already fails when the module is imported."""
Begins = Callable[[Case, Callable[[int], Mapping[str, Any]]], Mapping[str, Any]]
"""A function that returns the values that the form of a move has when it opens, by field. It gets the case,
and a function that returns the words of an entry by the number of the entry."""
About = Callable[[Case, Act], Iterable[str]]
"""A function that returns the ids of the things on which an actor can take a move now. For a move on the
whole case, it returns "" as the only id. It gets the case and the act. It raises a Refusal if the actor can
take the move on nothing."""
Turn = Callable[..., bool]
"""A function that returns whether it is an actor's turn to take a move. It gets the case and the act. Its
keyword parameters name the server facts that it gets too."""
UNLIMITED, PLAIN = Choice(), FormRule()
"""The rules for a parameter without a declared one: `UNLIMITED` for its values, `PLAIN` for its form."""
NOBODY = Role(0)
ANYBODY = ~NOBODY
ALWAYS: Callable[..., bool] = lambda *case, **facts: True  # noqa: E731  (short enough as a lambda)
"""Returns True for any arguments. It is the condition of a move that always gives something up, or that
always needs a second person."""
OF_TALKS: Callable[[Case], str] = lambda case: "talks_not_heard"  # noqa: E731  (short enough as a lambda)
"""The value of `Move.reads_talks` for a move that always reads the talks. It returns the code of the refusal
for an actor who may not read them."""
OFTEN, BY_EACH, IN_TALKS = 25, 250, 100
"""Values of `Move.kept`: how many of the newest entries of a move the index of the timeline remembers.
`OFTEN`: for most moves. `BY_EACH`: for a move that many people take, or that is taken on many obligations.
`IN_TALKS`: for statements; more than both sides can make in one negotiation."""


@frozen
class Done:
    """The result of a move. `case`: the case after the move. `tells`: the letters that the move owes, as
    pairs of letter and recipient. `facts`: facts for the timeline entry, in addition to those of the request.
    `words`: words for the entry that the move itself composed. `people`: the rows with personal data to be
    saved, by the id of the person. `also`: changes of other cases.

    `repeated`: repeated reminders and escalations, which are only told in daily digests. `reaches`: our first
    message to a person, if the move causes one. The move's letters to parties then wait until that message
    may leave.

    The last two fields are for an approval, which takes the move that another person requested. `granted`:
    the name of that move; "" if the move is no approval. `said_in`: the number of the entry of the request,
    which holds the words.
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

    `words`: the fields of words that are shown, in reading order. `words_for`: who reads the words. "all":
    everybody who sees the entry. "speaker": only the author. "side": only the side that made the entry or
    whom it concerns. `written`: whether words are shown only if a party wrote them. `facts`: for an entry of
    the talks, the facts that both sides see; None for any other entry. `own`: the facts that only the side of
    the author sees. `hides`: the facts that no party sees.

    `company`: whether the company's representative sees the entry, although it is neither their own nor about
    the talks. `about_one`: whether the entry concerns one person, even if staff recorded it. If the entry
    does not name that person, it concerns the complainant who filed. `yes`: the name of a fact that is shown
    as yes or no. `code`: the name of a fact that is shown by the label of its code.
    """

    words: tuple[str, ...] = ()
    words_for: Literal["all", "speaker", "side"] = "all"
    written: bool = False
    facts: tuple[str, ...] | None = None
    own: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    company: bool = False
    about_one: bool = False
    yes: str = ""
    code: str = ""


class Second(NamedTuple):
    """The rule that a second person must confirm a move. `says`: the rule in words, for the printed process.
    `needed`: a function that returns whether the rule applies. It gets the case, the act and the facts of the
    move."""

    says: str = "Always: a second person confirms it."
    needed: Callable[..., bool] = ALWAYS


class Tell(NamedTuple):
    """Letters that a move declares for one recipient. `letters`: the names of the letters. `to`: the
    recipient. `optional`: False if the only letter is always sent. If `optional` is true, the function of the
    move decides whether a letter is sent, and which."""

    letters: tuple[str, ...]
    to: str
    optional: bool


@frozen
class Move:
    """The declaration of a move. `name`: its name. `do`: the function that takes it. `says`: the docstring of
    that function.

    These fields say when it can be taken, and by which actors. `at`: the stages. `to`: the stages to which it
    leads. If `to` is empty, the stage does not change; if it has several, the function chooses one. `by`: the
    roles of its actors. `recorded_by`: the roles of staff who may record it for another person. `power`: the
    power that a representative needs. `even`: the reasons that close other moves, but not this one, see
    `Even`. `second`: when a second person must confirm it; None: never. `fits`: gets the case, and returns
    whether there is anything that it could be taken on. `about`, `turn`, `begins`: see `About`, `Turn` and
    `Begins`. `sides`: gets the case, and returns the sides of the talks for which staff can record it.

    These fields say what it does. `tells`: its letters. `decides`: whether it closes a case, lets a right
    lapse, seals a document, or decides against a person. It cannot be taken while the record of the case is
    in doubt. `gives_up`: gets the facts, and returns whether a party gives something up for good, so that
    they must confirm the move; None: never. `grants`: whether it takes a move that another person requested.
    `person_hears`: whether a represented complainant gets a letter of their own if their representative takes
    it; see `tells_person`. `handles`: whether its actor becomes a handler of the case, who cannot sit on a
    panel for it.
    `for_company`: whether its actor answers for the company, or confirms its answer. `starts`: the deadlines
    that it starts. `meets`: the deadlines that it meets.

    These fields are about its entry. `shows`: what parties see of the entry; None: nothing. `confided`: who
    may read the words, see `Confided`. `kept`: how many of the newest entries the index of the timeline
    remembers. `reads_talks`: gets the case, and returns the code of the refusal for an actor who may not read
    the talks. It returns "" if the move does not read them. `adds`: the types of facts that the move itself
    adds, by name, if the name alone does not tell the type (see `fact_type`).

    These fields are for pages and work lists. `part`: the part of the page that offers the move; "": it is
    folded away. `rank`: its position in that part, lowest first. `answers`: the names of the deadlines and
    letters that it answers. If several moves answer one deadline, the move with the lowest `rank` is
    expected. `task_due`: the name of the deadline for its task. "": the deadline with the name of the move.
    None: the task has no last day. `compares`: whether its form shows comparable closed cases. `shortcut`:
    for a common act, the key that leads to its short form on the page of a case; "" for any other move.
    `changes`: the names of the values on the case that its form shows, because the move replaces them.
    `needs_panel`: whether it appoints a panel, as the task for an open request for reconsideration. `warns`:
    whether its button carries a warning, because it ends the complaint, an obligation, or a person's part in
    the case.

    `renews`: whether the party who takes it gets a new access link. `counted`: whether a party or a partner
    can add text or evidence by it without end, so that there is a limit for each sender.
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
    person_hears: bool
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
    compares: bool
    shortcut: str
    changes: tuple[str, ...]
    warns: bool
    needs_panel: bool
    renews: bool
    counted: bool
    starts: tuple[str, ...]
    meets: tuple[str, ...]
    even: tuple[Even, ...]
    about: About
    sides: Callable[[Case], Collection[Side]] | None
    reads_talks: Callable[[Case], str]
    turn: Turn
    begins: Begins
    adds: Mapping[str, Any] = field(compare=False)  # a mapping has no hash
    says: str

    @cached_property
    def hints(self) -> dict[str, Any]:
        """Return the types of all parameters of the function, with their marks, by name."""
        return get_type_hints(self.do, include_extras=True)

    @cached_property
    def parameters(self) -> dict[str, tuple[Any, Any]]:
        """Return the facts that a request gives. The key is the name of the parameter. The value is its type
        with the marks, and its default (or Parameter.empty). Server facts are left out."""
        return {
            p.name: (self.hints[p.name], p.default)
            for p in signature(self.do).parameters.values()
            if p.kind is Parameter.KEYWORD_ONLY and not has_annotation(self.hints[p.name], Given)
        }

    @cached_property
    def turns_on(self) -> tuple[str, ...]:
        """Return the names of the server facts that `turn` gets, which decide whether it is an actor's
        turn."""
        return tuple(p.name for p in signature(self.turn).parameters.values() if p.kind is p.KEYWORD_ONLY)

    @cached_property
    def takers(self) -> Role:
        """Return the roles that may take the move: those of its actors, and those of staff who record it for
        others."""
        return self.by | self.recorded_by

    def tells_person(self, said: Mapping[str, Any]) -> bool:
        """Return whether a represented complainant hears that their representative took the move, because it
        gives something up or ends something. `said`: the facts of the move."""
        return self.person_hears or (self.gives_up is not None and bool(self.gives_up(said)))

    @cached_property
    def always_tells(self) -> tuple[tuple[str, str], ...]:
        """Return the letters that the move always sends, as pairs of letter and recipient."""
        return tuple((tell.letters[0], tell.to) for tell in self.tells if not tell.optional)

    @cached_property
    def about_one(self) -> bool:
        """Return whether the move is taken on one obligation."""
        return bool(self.naming("obligation"))

    @cached_property
    def by_digest(self) -> bool:
        """Return whether a request for the move must give the digest of the text that the person saw. Such a
        request is refused if that text has changed, but not if other parts of the case have changed."""
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
    def official(self) -> frozenset[str]:
        """Return the names of the parameters with texts that our staff write themselves."""
        return frozenset(n for n, (hint, _) in self.parameters.items() if has_annotation(hint, Official))

    @cached_property
    def gists(self) -> list[str]:
        """Return the names of the words that can summarise an entry, the best first. Words with the mark Gist
        come first. Then follow the required words that are no name."""
        marked = [name for name, (hint, _) in self.parameters.items() if has_annotation(hint, Gist)]
        words = self._marked(Words)
        return marked + [
            name
            for name, (hint, default) in self.parameters.items()
            if default is Parameter.empty and name in words and not has_annotation(hint, Named)
        ]

    @cached_property
    def emails(self) -> tuple[str, ...]:
        """Return the parameters that take an e-mail address, by name. An address that may be the company's
        own is left out. A field of a record is given by its path, such as `person/email`."""
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
        """Return the name of the parameter that holds the id of a thing of this kind, such as `obligation`.
        Return "" if no parameter does."""
        return self.things.get(kind, "")

    @cached_property
    def things(self) -> dict[str, str]:
        """Return the parameters that hold the id of one thing on the case. The key is the kind of the thing.
        The value is the name of the parameter."""
        found = ((names_of(hint), name) for name, (hint, _) in self.parameters.items())
        return {thing.kind: name for thing, name in found if thing}

    @cached_property
    def stated(self) -> frozenset[str]:
        """Return the names of the parameters that a party's form does not ask for, because it states the
        thing."""
        found = ((names_of(hint), name) for name, (hint, _) in self.parameters.items())
        return frozenset(name for thing, name in found if thing and thing.stated)

    def choice(self, name: str) -> Choice:
        """Return which values the parameter `name` can have. If that is not declared, return a Choice that
        limits nothing."""
        return self._choices.get(name, UNLIMITED)

    def form_rule(self, name: str) -> FormRule:
        """Return the rule for how a form asks for the parameter `name`. If none is declared, return a
        FormRule with the defaults."""
        return self._form_rules.get(name, PLAIN)

    @cached_property
    def _choices(self) -> Mapping[str, Choice]:
        return self._marked(Choice)

    @cached_property
    def _form_rules(self) -> Mapping[str, FormRule]:
        return self._marked(FormRule)

    def _marked(self, kind: type[M]) -> Mapping[str, M]:
        return {
            name: mark
            for name, (hint, _) in self.parameters.items()
            for mark in getattr(hint, "__metadata__", ())
            if isinstance(mark, kind)
        }

    @cached_property
    def by_staff(self) -> frozenset[str]:
        """Return the names of the parameters that only staff may fill in."""
        return frozenset(name for name, (hint, _) in self.parameters.items() if has_annotation(hint, ByStaff))

    @cached_property
    def limited(self) -> bool:
        """Return whether a limit can delay the first message to a person that this move causes. Such a move
        has the parameter `leaves`."""
        return "leaves" in self.given

    @cached_property
    def given(self) -> dict[str, Given]:
        """Return the parameters that the server fills in. The key is the name of the parameter, the value its
        mark."""
        return {
            name: mark
            for name, hint in self.hints.items()
            for mark in getattr(hint, "__metadata__", ())
            if isinstance(mark, Given)
        }


ADDED: Mapping[str, Any] = {
    **dict.fromkeys(("party", "left", "leaving", "representative", "speak", "stay"), PartyId),
    **dict.fromkeys(("was", "to", "colleague", "mediator"), ColleagueId),
    **dict.fromkeys(("missing", "extends"), SignerId),
    **dict.fromkeys(("own", "from", "joined", "leading", "cases"), Case),
    **dict.fromkeys(("renewed", "waits", "called"), bool),
    **dict.fromkeys(("side", "absent"), Side),
    "obligation": ObligationId,
    "back": Stage,
    **{
        kind: Annotated[str, Names(kind)]
        for kind in ("move", "role", "deadline", "unclear", "verdict", "letter")
    },
}
"""The types of the facts that moves and the engine add to entries, by the name of the fact. For a list, the
value is the type of an item. A move with another type for the name declares it in `adds`."""


def fact_type(move: str, name: str) -> Any:
    """Return the type of the fact `name` in an entry of the move `move`. Return None for an unknown fact."""
    if move not in MOVES:
        return ADDED.get(name)
    declared = MOVES[move]
    asked = declared.parameters.get(name, (None, None))[0]
    return declared.adds.get(name) or asked or ADDED.get(name) or declared.hints.get(name)


def confided_to(move: str) -> Confided:
    """Return who may read the words of an entry of the move named `move`, see `Confided`. Return "" for a
    move that is no longer declared."""
    return MOVES[move].confided if move in MOVES else ""


def move_names(*moves: Take) -> tuple[str, ...]:
    """Return the names of the moves that these functions take. Timelines, offers and URLs use the names."""
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
    person_hears: bool = False,
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
    compares: bool = False,
    shortcut: str = "",
    changes: tuple[str, ...] = (),
    warns: bool = False,
    needs_panel: bool = False,
    renews: bool = False,
    counted: bool = False,
    starts: tuple[str, ...] = (),
    meets: tuple[str, ...] = (),
    even: tuple[Even, ...] = (),
    about: About = lambda case, act: ("",),
    sides: Callable[[Case], Collection[Side]] | None = None,
    reads_talks: Callable[[Case], str] = lambda case: "",
    turn: Turn = lambda case, act: True,
    begins: Begins = lambda case, said: {},
    adds: Mapping[str, Any] = MappingProxyType({}),
) -> Callable[[Take], Take]:
    """Declare a move on the function that takes it. The arguments are the fields of `Move`. The keyword
    parameters of the function are the facts of the move, from which request body, schema and form are made.

    `tells` lists letters with their recipients, as in "letter → recipient, letter | other → recipient,
    letter? → recipient". Of letters that are joined by "|", the function chooses one or none. A letter marked
    with "?" is sent only if the function says so. A letter without special properties needs no declaration
    besides (`LETTERS`).
    """

    def many(stages: Stage | frozenset[Stage]) -> frozenset[Stage]:
        return frozenset([stages]) if isinstance(stages, Stage) else stages

    def declare(do: Take) -> Take:
        told = tuple(_tell(*tell.split(" → ")) for tell in filter(None, tells.split(", ")))
        for name in (name for tell in told for name in tell.letters):
            LETTERS.setdefault(name, Letter(name))
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
            person_hears=person_hears,
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
            compares=compares,
            shortcut=shortcut,
            changes=changes,
            warns=warns,
            needs_panel=needs_panel,
            renews=renews,
            counted=counted,
            starts=starts,
            meets=meets,
            even=even,
            about=about,
            sides=sides,
            reads_talks=reads_talks,
            turn=turn,
            begins=begins,
            adds=adds,
            says=(do.__doc__ or "").strip(),
        )
        return do

    return declare


def where(check: Callable[[Case, Act], object], of: Role = Role.PARTY) -> About:
    """Return the `About` function of a move on the whole case. It returns `("",)` if `check` returns anything
    but False; it raises the Refusal that `check` raises.

    `of`: the roles for which `check` is called. Any other actor records the move for another person. For such
    an actor, `check` waits until they have named that person.
    """
    return lambda case, act: ("",) if act.role not in of or check(case, act) is not False else ()


def subjects_passing(
    subjects: Callable[[Case], Iterable[Any]], check: Callable[[Case, Act, Any], object]
) -> About:
    """Return the `About` function of a move on one of several things. `subjects` returns the things. The id
    of a thing is yielded if `check` returns anything but False for it, and raises no Refusal."""

    def about(case: Case, act: Act) -> Iterator[str]:
        for one in subjects(case):
            with suppress(Refusal):
                if check(case, act, one) is not False:
                    yield str(one)

    return about


def able(move: Move, case: Case, act: Act) -> list[str]:
    """Return the ids of the things on which an actor can take a move now. For a move on the whole case, the
    result is `[""]`. The result is empty if the actor can take the move on nothing."""
    try:
        return [*move.about(case, act)]
    except Refusal:
        return []


Ends = Callable[[Case, Act], Case]
LEAVING: dict[Stage, list[Ends]] = defaultdict(list)
ENTERING: dict[Stage, list[Callable[[Case, Act, str], Case]]] = defaultdict(list)
"""Functions that run when a case changes its stage, by stage. The modules of the moves register them. Those
in `LEAVING` run when a case leaves the stage, and end what was begun in the stage. Those in `ENTERING` run
when a case enters the stage. They also get the name of the move that led to it."""
FOLLOWING: list[Callable[[Case | None, Case, Done, Act], tuple[Case, Done]]] = []
"""Functions that run after every move, to adapt other proceedings of the case to the move. They get the case
before the move, the case after the move, the result of the move, and the act. They return the case and the
result."""


def on_leaving(*stages: Stage) -> Callable[[Ends], Ends]:
    """Return a decorator for a function that runs when a case leaves one of these stages. The function gets
    the case and the act, and returns the case without what was begun in the stage."""

    def register(ends: Ends) -> Ends:
        for stage in stages:
            LEAVING[stage].append(ends)
        return ends

    return register


def _tell(letters: str, to: str) -> Tell:
    names = tuple(letter.rstrip("?") for letter in letters.split(" | "))
    return Tell(names, to, letters.endswith("?") or len(names) > 1)


def _reaches(hint: Any) -> bool:
    """Return whether a value of the type `hint` can be an e-mail address."""
    own = any(
        isinstance(mark, Contact) and mark.kind != "phone" for mark in getattr(hint, "__metadata__", ())
    )
    return own or (get_origin(hint) is not None and any(map(_reaches, get_args(hint))))


@cache
def has_annotation(hint: Any, *marks: type) -> bool:
    """Return whether the type `hint` has one of these marks. A mark on the items of a list or dict counts,
    and so does a mark on an optional value."""
    return any(isinstance(mark, marks) for mark in getattr(hint, "__metadata__", ())) or (
        get_origin(hint) is not None and any(has_annotation(part, *marks) for part in get_args(hint))
    )


def names_of(hint: Any) -> Names | None:
    """Return the mark `Names` of the type `hint`, which says what kind of thing a value names. Return None
    for a type without this mark, and for a list."""
    marks = getattr(hint, "__metadata__", ())
    if found := next((mark for mark in marks if isinstance(mark, Names)), None):
        return found
    inner = (hint.__origin__,) if marks else get_args(hint) if get_origin(hint) in (Union, UnionType) else ()
    return next(filter(None, map(names_of, inner)), None)
