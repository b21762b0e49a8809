"""Moves are declared once, and one engine takes them: it checks stage, role and second person, and makes the
stage history, the timeline entry and the letters owed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, reduce
from inspect import Parameter, signature
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from chalicelib.domain import timeline
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import unsettled
from chalicelib.domain.engine.owing import watched
from chalicelib.domain.engine.post import ONLY_BY_MAIL, OPENS, REPEATS
from chalicelib.domain.engine.running import MET_BY, STARTED_BY, folded, running_of
from chalicelib.domain.model.case import Act, Case, Confirmed, Party, Refusal, refuse_if, required
from chalicelib.domain.model.change import Addressee, Change, Entry, Post, Repetition
from chalicelib.domain.model.codes import (
    AT_TABLE,
    ConfirmedBy,
    EvidenceKind,
    PauseReason,
    Power,
    Role,
    Side,
    Stage,
    Way,
)
from chalicelib.domain.model.parts import MEDIATOR, Approval, CallTask, Contents, Interval, Promise
from chalicelib.domain.model.said import Asked, ByStaff, Choice, Contact, Given, Personal, Words
from chalicelib.domain.policy import policy

MOVES: dict[str, Move] = {}
M = TypeVar("M")
GivesUp = Callable[[Mapping[str, Any]], object]
Even = Literal[
    "recused", "undeclared", "unaccepted", "objected_to", "asked", "unchecked", "powerless", "by_phrase"
]
"""Who can take a move although they can take nothing else on the case: somebody who has stood back from it; a
member of a panel who has not yet declared that nothing ties them to the case, or a mediator who has not; a
mediator to whom a side objects; a department that was asked something; a representative whose authority was
not checked yet, or who has no power for it; whoever came by number and passphrase, which is enough to add
words, files and a danger, never to change or give up anything (issue 14)."""
Begins = Callable[[Case, Callable[[int], Mapping[str, Any]]], Mapping[str, Any]]
"""What a form begins with, of the case and of what its entries say."""
About = Callable[[Case, Act], Iterable[str]]
"""What somebody can take a move about now: "" where it names nothing. Raises the Refusal for what cannot be
taken at all."""
NOBODY = Role(0)
ANYBODY = ~NOBODY
ON_PANEL = Role.PANEL | Role.CHAIR
NEUTRAL = Role.NEGOTIATOR | Role.MEDIATOR
"""Roles that hold talks: nobody who investigated or answered for the company may act in them."""
HOLDERS = {
    Stage.RECEIVED: Role.INTAKE,
    Stage.DECLINED: Role.INTAKE,
    Stage.UNDER_RECONSIDERATION: Role.CHAIR,
    Stage.NEGOTIATING: Role.NEGOTIATOR,
    Stage.PERFORMING: Role.FOLLOWUP,
    Stage.BREACHED: Role.FOLLOWUP,
}
"""The role that holds a case without a named owner, by stage; in all other stages the lead does until
somebody is assigned."""
LONGEST = timedelta(days=150)
"""How far ahead at most the ends lie that the calendar can move."""
ALWAYS: Callable[..., bool] = lambda *case, **facts: True  # noqa: E731
"""For a move by which somebody gives something up, or which a second person confirms, whatever is said."""
OFTEN, BY_EACH, IN_TALKS = 25, 250, 100
"""Of how many of the newest entries of a move the numbers are kept; of how many where each of many people
takes it, or it is taken for each of many promises; and of how many statements, which are more than both sides
together may make in one negotiation."""


@dataclass(frozen=True)
class Done:
    """What a move makes: the case, the letters it names (letter, recipient), facts it adds, personal rows,
    changes of other cases, words that it puts together from what was said, steps that only stand in a digest.

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


class Shows(NamedTuple):
    """What parties are told of the entry that a move makes.

    `words`: which of its words, in the order in which they are read, and to which of those who see the entry:
    all, the `speaker` who said them, or everybody of the `side` that it comes from or is about; `written`:
    only where a party wrote them. `facts`: of an entry of the talks, which both sides see, the facts that are
    told, None for any other; `own`: those that only the side is told that they come from. `company`: the
    company's representative sees it although it is neither theirs nor of the talks. `about_one`: it is about
    one person also when staff write it down, the first where none is named. `yes`: the fact that says yes or
    no."""

    words: tuple[str, ...] = ()
    words_for: Literal["all", "speaker", "side"] = "all"
    written: bool = False
    facts: tuple[str, ...] | None = None
    own: tuple[str, ...] = ()
    company: bool = False
    about_one: bool = False
    yes: str = ""


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


@dataclass(frozen=True)
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

    `shows` is what parties are told of its entry; None: parties are not told of it. Of its entries the head
    remembers where the newest `kept` stand, since pages, letters and documents look for them again. Who takes
    it has handled the case, and sits on no panel of it, unless not `handles`; `for_company`:
    they have answered for the company, or confirmed its answer. `grants`: it takes the move that somebody
    else asked for.

    `part` is the part of a page where it is offered, or that stands above its form, in which what is wanted
    most has the least `rank`; "" where it is folded away. `answers` are the deadlines, and the letters, that
    somebody answers by it: of acts that answer the same one, that with the least `rank` is expected.
    `task_due` is the deadline of the task that it gives, "" where that has its name, None where the task is
    due on no day.

    `starts` and `meets` are the deadlines that begin, and end, when it is taken.

    `even` names who can take it although they can take nothing else: see `Even`. `about` is what somebody can
    take it about now, by its own preconditions, and `sides` for which sides of the talks staff can write it
    down; who takes it must be able to read what was said in the talks where `reads_talks`. Its form `begins`
    with what the case has now.
    """

    name: str
    do: Callable[..., Case | Done]
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
    kept: int
    handles: bool
    for_company: bool
    grants: bool
    part: str
    rank: int
    answers: tuple[str, ...]
    task_due: str | None
    starts: tuple[str, ...]
    meets: tuple[str, ...]
    even: tuple[Even, ...]
    about: About
    sides: Callable[[Case], Collection[Side]] | None
    reads_talks: Callable[[Case], object]
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
    def takers(self) -> Role:
        """Who takes it, or for whom it is recorded."""
        return self.by | self.recorded_by

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
    def given(self) -> dict[str, Given]:
        """The parameters that the server fills in."""
        hints = get_type_hints(self.do, include_extras=True)
        return {
            name: mark
            for name, hint in hints.items()
            for mark in getattr(hint, "__metadata__", ())
            if isinstance(mark, Given)
        }


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
    kept: int = 0,
    handles: bool = True,
    for_company: bool = False,
    grants: bool = False,
    part: str = "",
    rank: int = 0,
    answers: tuple[str, ...] = (),
    task_due: str | None = "",
    starts: tuple[str, ...] = (),
    meets: tuple[str, ...] = (),
    even: tuple[Even, ...] = (),
    about: About = lambda case, act: ("",),
    sides: Callable[[Case], Collection[Side]] | None = None,
    reads_talks: Callable[[Case], object] = lambda case: False,
    begins: Begins = lambda case, said: {},
) -> Callable[[Callable[..., Case | Done]], Callable[..., Case | Done]]:
    """Declare a move. `tells` is "letter → recipient, letter | other → recipient, letter? → recipient"; of
    alternatives and of optional letters the body names those that are sent.

    The keyword parameters of the function are the move's facts: its request body, its schema and its form.
    """

    def many(stages: Stage | frozenset[Stage]) -> frozenset[Stage]:
        return frozenset([stages]) if isinstance(stages, Stage) else stages

    def declare(do: Callable[..., Case | Done]) -> Callable[..., Case | Done]:
        told = tuple(_tell(*tell.split(" → ")) for tell in filter(None, tells.split(", ")))
        for deadline in starts:
            STARTED_BY[deadline].append(do.__name__)
        for deadline in meets:
            MET_BY[deadline].append(do.__name__)
        MOVES[do.__name__] = Move(
            do.__name__,
            do,
            many(at),
            many(to),
            by,
            recorded_by,
            told,
            second,
            fits,
            power,
            decides,
            gives_up,
            shows,
            kept,
            handles,
            for_company,
            grants,
            part,
            rank,
            answers,
            task_due,
            starts,
            meets,
            even,
            about,
            sides,
            reads_talks,
            begins,
            (do.__doc__ or "").strip(),
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


def marked(hint: Any, *marks: type) -> bool:
    """Whether a type carries one of these marks, also inside a list, a dict or an optional."""
    return any(isinstance(mark, marks) for mark in getattr(hint, "__metadata__", ())) or (
        get_origin(hint) is not None and any(marked(part, *marks) for part in get_args(hint))
    )


def take(name: str, case: Case | None, act: Act, **said: Any) -> Change:
    """Take one move. Raises Refusal, and changes nothing, if the stage, the role or the move itself does not
    allow it."""
    declared = required(MOVES.get(name), "unknown_move", move=name)
    allowed(declared, case, act.role)
    empowered(declared, case, act)
    if case:
        unbiased(case, act, declared)
    if act.role in Role.PARTY and (claimed := sorted(declared.by_staff & said.keys())):
        raise Refusal("only_for_others", field=claimed[0])
    done = _done(declared, case, act, said)
    confirmed = confirmation(declared, case, act, said)
    facts = {
        key: value
        for key, value in said.items()
        if key not in declared.personal and declared.given.get(key, Given(noted=True)).noted
    }
    words = {key: said[key] for key in declared.personal if key in said}
    if case is not None and declared.second and declared.second.needed(case, act, **facts):
        done = _ask(declared, case, act, facts)
    after = done.case
    if not done.facts.get("asked"):
        moved = dict.fromkeys(filter(None, (name, done.granted)), facts.get("received_at") or act.now)
        others = {move: at for move, at in after.taken.items() if move not in moved}
        after = replace(after, taken=others | moved)
    after = _history(after, act, name)
    for follows in FOLLOWING:
        after, done = follows(case, after, done, act)
    line = {
        **{key: value.ref if isinstance(value, Case) else value for key, value in facts.items()},
        **done.facts,
    }
    if confirmed:
        line["confirmed"] = {"by": confirmed.by, "at": act.now}
        words |= {"client": confirmed.client} if confirmed.client else {}
    entry = timeline.write(case, name, act, line, {**words, **done.words})
    after, posts = _owe(counted(case, after, entry), act, done, entry.n)
    if after.clock.provisional or not published().knows((act.now + LONGEST).year):
        after = replace(after, clock=replace(after.clock, provisional=unsettled(after)))
    return Change(case, after, entry, posts, done.people, done.also, repeated=done.repeated)


def allowed(declared: Move, case: Case | None, role: Role) -> None:
    """Raise the Refusal that stage or role calls for, if any."""
    if (case is None) != (not declared.at) or (case and case.stage not in declared.at):
        raise Refusal("move_not_allowed_in_stage", move=declared.name, stage=case and case.stage)
    refuse_if(role not in declared.takers, "move_not_allowed_for_role", move=declared.name, role=role.code)
    refuse_if(case and case.doubted and declared.decides, "record_in_doubt")


def unbiased(case: Case, act: Act, declared: Move) -> None:
    """Raise the Refusal for whoever has stood back, acts in two roles where one excludes the other, or is not
    neutral in the talks."""
    refuse_if(act.who in case.inquiry.recused and "recused" not in declared.even, "recused_before")
    refuse_if(act.who in case.colleagues, "speaks_for_company")
    if act.role in ON_PANEL:
        seated(case, act, declared)
    elif case.seat(act.who):
        raise Refusal("sits_on_panel")
    if act.role is Role.MEDIATOR:
        mediates(case, act, declared)
    refuse_if(act.role in NEUTRAL and case.bars(act.who), "not_neutral")
    refuse_if(
        declared.name in ("file_report", "answer", "settle_at_once")
        and case.talks.dispute
        and act.who in case.talks.dispute.held,
        "held_talks",
    )


def seated(case: Case, act: Act, declared: Move) -> None:
    """Raise the Refusal for whoever acts as a panel member and is none, or has not yet declared that they
    have no interest in the case."""
    seat = required(case.seat(act.who), "not_on_panel")
    refuse_if(not seat.declared and "undeclared" not in declared.even, "declare_first")


def mediates(case: Case, act: Act, declared: Move) -> None:
    """Raise the Refusal for a mediator of other cases, for one who has not yet taken this one on, and while a
    side objects to them."""
    refuse_if(act.who != case.mediator, "not_the_mediator")
    refuse_if(
        not (case.talks.mediation and case.talks.mediation.accepted) and "unaccepted" not in declared.even,
        "accept_first",
    )
    refuse_if(
        case.talks.mediation and case.talks.mediation.challenge and "objected_to" not in declared.even,
        "challenge_waits",
    )


def empowered(declared: Move, case: Case | None, act: Act) -> None:
    """Raise the Refusal that a representative's authority calls for: not yet checked, past its term, or
    without the power used."""
    if case is None or act.role is not Role.REPRESENTATIVE or "powerless" in declared.even:
        return
    party = case.party(act.who)
    if not party.checked and not party.left:
        if "unchecked" in declared.even:
            return
        raise Refusal("authority_unchecked")
    refuse_if(not party.valid(published().day_of(act.now)), "authority_expired")
    refuse_if(declared.power not in party.powers, "power_missing", power=declared.power)


def confirmation(declared: Move, case: Case | None, act: Act, said: Mapping[str, Any]) -> Confirmed | None:
    """How it is known that a move which gives something up is the party's own will; None for any other move.

    A party confirms it with a one-time code or their own sign-in. Staff who write it down have rung the
    number on file and read it back, or have it on paper, its scan among the evidence; who acts for themselves
    at the desk has signed in. Raises the Refusal for what nobody has confirmed (issue 14)."""
    if declared.gives_up is None or not declared.gives_up(said):
        return None
    if act.role in Role.PARTY:
        return required(act.confirmed, "code_needed")
    if act.role in declared.by & ~Role.PARTY and declared.by & Role.PARTY:
        return Confirmed(ConfirmedBy.SIGNED_IN)
    if case and case.joint and not declared.by & Role.PARTY:  # each has confirmed it themselves before
        return None
    if said.get("scan"):
        files = {piece.id for piece in case.evidence if piece.kind == EvidenceKind.FILE} if case else set()
        refuse_if(said["scan"] not in files, "scan_needed", field="scan")
        return Confirmed(ConfirmedBy.PAPER)
    refuse_if(not said.get("read_back"), "read_back_needed", field="read_back")
    return Confirmed(ConfirmedBy.CALL)


def granted(case: Case, act: Act, approval: Approval, facts: Mapping[str, Any]) -> Done:
    """Take the asked move, as its asker and now, with the second person's yes."""
    declared = MOVES[approval.move]
    asker = replace(act, who=approval.by, role=Role[approval.role.upper()], said_in=approval.entry)
    allowed(declared, case, asker.role)
    if asker.role in ON_PANEL:
        seated(case, asker, declared)
    done = _done(declared, case, asker, {**dict.fromkeys(declared.personal), **facts})
    tells = (*done.tells, ("approval_decided", asker_of(approval)))
    return replace(
        done,
        tells=tells,
        granted=approval.move,
        said_in=approval.entry,
        facts={**done.facts, "move": approval.move, "asked_in": approval.entry},
    )


def asker_of(approval: Approval) -> str:
    """The recipient of a letter to whoever asked for a second person's yes."""
    return "business" if approval.role == Role.BUSINESS_REP.code else f"staff:{approval.by}"


def note(
    name: str,
    before: Case | None,
    case: Case,
    act: Act,
    facts: Mapping[str, Any],
    tells: tuple[tuple[str, str], ...] = (),
    people: Mapping[str, Any] | None = None,
    words: Mapping[str, Any] | None = None,
) -> Change:
    """What a move on another case makes of this one, `before` (None: a new case) and after, with its
    entry."""
    case = _history(case, act, name)
    entry = timeline.write(before, name, act, facts, words or {})
    after, posts = _owe(counted(before, case, entry), act, Done(case, tells), entry.n)
    return Change(before, after, entry, posts, people or {})


def counted(before: Case | None, after: Case, entry: Entry) -> Case:
    """The case with its new entry counted, without the ladder steps of deadlines that are over for good.
    Where the head before it kept no contents, neither does this one."""
    kept = before.contents if before else Contents()
    return replace(
        folded(after),
        entries=entry.n,
        head=entry.hash,
        contents=kept and including(kept, json.loads(entry.line)),
    )


def including(kept: Contents, line: Mapping[str, Any]) -> Contents:
    """The contents of a timeline with one more entry, by its line."""
    n, who, facts = line["n"], line["who"], line["facts"]
    declared = MOVES[line["move"]]
    taken = MOVES[facts["move"]] if declared.grants else declared
    investigates = line["role"] == Role.INVESTIGATOR.code or taken.for_company
    return Contents(
        _with(kept.entries, declared, n) if declared.kept else kept.entries,
        _with(kept.granted, taken, n) if declared.grants else kept.granted,
        kept.handled
        if not declared.handles or who in kept.handled
        else {**kept.handled, who: (n, declared.name)},
        # never the neutral officer of the same case
        tuple(
            dict.fromkeys(
                [
                    *kept.investigated,
                    *([who] if investigates else []),
                    *filter(None, [facts.get("colleague")]),
                ]
            )
        ),
    )


def _with(kept: Mapping[str, tuple[int, ...]], declared: Move, n: int) -> Mapping[str, tuple[int, ...]]:
    return {**kept, declared.name: (*kept.get(declared.name, ()), n)[-(declared.kept or OFTEN) :]}


def contents(lines: Iterable[Mapping[str, Any]]) -> Contents:
    """The contents of a whole timeline, by its lines in order: of a case whose head does not have them."""
    return reduce(including, lines, Contents())


def _done(declared: Move, case: Case | None, act: Act, said: Mapping[str, Any]) -> Done:
    result = declared.do(case, act, **said)
    done = result if isinstance(result, Done) else Done(result)
    if len(declared.to) == 1:
        done = replace(done, case=replace(done.case, stage=min(declared.to)))
    assert done.granted or done.case.stage in (declared.to or {case and case.stage}), (
        f"{declared.name} chose {done.case.stage}"
    )
    always = ((tell.letters[0], tell.to) for tell in declared.tells if not tell.optional)
    wide: dict[str, Callable[[str], tuple[tuple[str, str], ...]]] = {"both": both, "all": to_all}
    told = (each for letter, to in always for each in (wide[to](letter) if to in wide else ((letter, to),)))
    return replace(done, tells=(*done.tells, *told))


def both(letter: str) -> tuple[tuple[str, str], ...]:
    """A letter to both sides."""
    return ((letter, "consumer"), (f"{letter}#{Side.BUSINESS}", "business"))


def to_all(letter: str) -> tuple[tuple[str, str], ...]:
    """A letter to both sides and the mediator, if there is one."""
    return (*both(letter), (letter, MEDIATOR))


def to_mediator(case: Case, letter: str) -> tuple[tuple[str, str], ...]:
    """A letter to whoever mediates, or was asked to, when something other than their own talks ends the
    mediation."""
    return ((letter, MEDIATOR),) if case.stage in AT_TABLE and case.mediator else ()


def _ask(declared: Move, case: Case, act: Act, facts: Mapping[str, Any]) -> Done:
    """The move waits for a second person: its facts are kept on the case, its words on this entry."""
    refuse_if(any((a.move, a.facts) == (declared.name, facts) for a in case.approvals), "asked_before")
    roles = policy(case.policy).approver(declared.name, 1 + case.extended("investigation"))
    asked = Approval(
        act.id,
        declared.name,
        facts,
        act.who,
        act.role.code,
        act.now,
        tuple(each.code for each in roles),
        case.entries + 1,
    )
    first = f"role:{min(roles & ~act.role or roles, key=lambda each: each.value).code}"
    return Done(
        replace(case, approvals=(*case.approvals, asked)), (("approval_request", first),), {"asked": asked.id}
    )


def _history(case: Case, act: Act, move: str) -> Case:
    """The case with its stages written on. What ends with the stage that it leaves, and begins with the one
    it comes to, the modules of the phases have registered."""
    case = watched(case)
    if case.spells and case.spells[-1].stage == case.stage:
        return case
    for ends in LEAVING[case.spells[-1].stage] if case.spells else ():
        case = ends(case, act)
    ended = tuple(replace(interval, until=interval.until or act.now) for interval in case.spells)
    case = replace(
        case, spells=(*ended, Interval(case.stage, act.now)), clock=replace(case.clock, review=None)
    )
    for begins in ENTERING[case.stage]:
        case = begins(case, act, move)
    return case


def resumed(case: Case, act: Act, why: PauseReason) -> Case:
    """The case with time running again that stood still for this reason."""
    halts = tuple(
        replace(h, until=act.now) if (h.why, h.until) == (why, None) else h for h in case.clock.halts
    )
    return replace(case, clock=replace(case.clock, halts=halts))


def promised(case: Case, act: Act, why: str) -> Case:
    """The case with its answer promised by the date that runs now, if that is new: a date once told is never
    shortened."""
    runs = running_of(case, "investigation")
    new = min((run.due for run in runs if run.due), default=None)
    if new is None or (case.promised and new <= case.promised):
        return case
    return replace(
        case, promises=(*case.promises, Promise("answer", new, act.now, why if case.promises else None))
    )


def _owe(case: Case, act: Act, done: Done, entry: int) -> tuple[Case, tuple[Post, ...]]:
    """The letters that a move owes, each once whoever it goes to; a letter that cannot go by itself opens a
    call task. A window starts with the letter that opens it.

    A letter is named "letter" or, where several of a name run side by side, "letter#what it is about".
    Letters to staff and letters to parties are two posts, since only a party's has a name in `Case.told`.
    """
    owed: dict[tuple[str, bool], dict[str, Addressee]] = {}
    before = {key.partition("@")[0].partition("#")[0] for key in case.told}
    for said, to in done.tells:
        name = said.partition("#")[0]
        for one in _recipients(case, to, act):
            if (
                REPEATS.get(name) in before
                and one.way == "email"
                and one.whose
                and not case.party(one.to[6:]).confirmed
            ):
                one = one._replace(way="page")
            if one.way in ("email", "page") or name not in ONLY_BY_MAIL:
                owed.setdefault((said, one.to.startswith("party:")), {}).setdefault(one.to, one)
    posts: list[Post] = []
    for (said, outside), found in owed.items():
        name, _, about = said.partition("#")
        each = outside and len(found) > 1
        audience = tuple(one._replace(key=f"{said}@{one.to[6:]}" if each else said) for one in found.values())
        n = done.said_in if done.said_in and name != "approval_decided" else entry
        posts.append(Post(f"{act.id}.{len(posts)}", name, n, audience, {"about": about} if about else {}))
        if outside:
            case = _told(case, said, posts[-1], act)
    return case, tuple(posts)


def _told(case: Case, said: str, post: Post, act: Act) -> Case:
    """A letter that goes at once is told; those of it that somebody must tell are open until then, each for
    its person."""
    # an anonymous caller fetches the letter, so it counts as told: otherwise no deadline would run, and
    # nobody would look at the case
    rest = {key: at for key, at in case.told.items() if key.partition("@")[0] != said}
    opened = {**case.posted, said: post.id} if post.name in OPENS else case.posted
    case = delivered(replace(case, told=rest, posted=opened), said, act.now)
    for letter in post.letters:
        if letter.way == "telling":
            case = delivered(case, letter.key, None)
            older = (letter.key, letter.to[6:])
            # what it said is said by the newer letter
            rest_ = tuple(t for t in case.tellings if (t.letter, t.party) != older)
            case = replace(case, tellings=(*rest_, CallTask(letter.id, letter.key, letter.to[6:], act.now)))
    return case


def delivered(case: Case, letter: str, at: datetime | None) -> Case:
    """Record when a party's letter reached them; None stops the window that began with it."""
    return replace(case, told={**case.told, letter: at})


LATE = timedelta(hours=1)
"""A letter that leaves later than this after its move opens its window when it leaves, and says so (issue
12)."""


def heard(case: Case, letter: str, since: datetime) -> bool:
    """Whether a letter that was owed at `since` has been told by somebody, or has left late: its window runs
    from then."""
    told = case.told.get(letter)
    return told is not None and ("@" in letter or told != since)


def left(case: Case, letter: str, id: str, since: datetime, at: datetime) -> Case:
    """The case once a letter that was owed at `since` has left `at`: nobody needs to tell it any more, and
    the window that it opens runs from then if that is late, unless somebody has told it meanwhile."""
    name = letter.partition("@")[0]
    told = case.told.get(letter, case.told.get(name))
    waits = any(telling.id == id for telling in case.tellings)
    begins = name.partition("#")[0] in OPENS and (told is None or at - told > LATE)
    if name not in case.told or heard(case, letter, since) or not (waits or begins):
        return case
    rest = tuple(telling for telling in case.tellings if telling.id != id)
    return delivered(replace(case, tellings=rest), letter if waits or told is None else name, at)


def _recipients(case: Case, to: str, act: Act) -> list[Addressee]:
    ways = {Way.EMAIL: "email", Way.NONE: "fetch"}

    def sent(party: Party, whose: Party) -> Addressee:
        return Addressee(f"party:{party.id}", ways.get(party.way, "telling"), whose=whose.id)

    # everybody who complains, or one of them, each through whoever hears for them
    if to == "consumer" or to.startswith("for:"):
        today = published().day_of(act.now)
        people = case.consumers if to == "consumer" else (case.party(to[4:]),)
        return [sent(speaker, party) for party in people for speaker in case.speakers(party, today)]
    if to.startswith("party:"):
        party = case.party(to[6:])
        return [sent(party, party)]
    # the company may not have named anybody yet: whoever it names later sees everything on their page
    if to == "business":
        return [sent(case.business, case.business)] if case.business else []
    if to == MEDIATOR:
        return [Addressee(f"staff:{case.mediator}")] if case.mediator else []
    if to == "owner":
        who = case.chair or case.handler
        return [Addressee(f"staff:{who}" if who else f"role:{holder(case).code}")]
    return [Addressee(to)]


def holder(case: Case) -> Role:
    """The role that holds a case with no named owner; before there is a panel, whoever appoints it."""
    if case.place == Stage.UNDER_RECONSIDERATION and not case.chair:
        return appoints(case)
    if case.stage == Stage.CLOSED and case.owed:
        return Role.FOLLOWUP
    return HOLDERS.get(case.place, Role.LEAD)


def appoints(case: Case) -> Role:
    """The role whose task a request for reconsideration is at first: to appoint a panel, or to decide as the
    higher office."""
    return Role.EXECUTIVE if policy(case.policy).higher_office else Role.SUPERVISOR
