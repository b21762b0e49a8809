"""Inputs of a move, made from the types of its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from inspect import Parameter
from itertools import islice, product
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import MOVES, has_annotation, names_of
from chalicelib.domain.engine.lateness import missed_duties
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import BUSINESS, Matter
from chalicelib.domain.model.codes import Assigns, Capacity, EvidenceKind, Type
from chalicelib.domain.model.field_marks import Contact, Fen, Future, Names, Number, SideOf, Words
from chalicelib.domain.moves.intake import Person
from chalicelib.domain.moves.mentions import mentionable
from chalicelib.domain.policy import names
from tests.domain.life import DAY, PANEL, Life

MOST = 40
"""The most inputs of one move."""
CONTACTS = {"email": "new@mail.example", "phone": "+8613700000001", "contact": "new@mail.example"}
NONE = ("none",)
"""The id of a thing that no case has."""


def bodies(life: Life, leading: Case, move: str) -> list[dict[str, Any]]:
    """Return inputs of a move now: the combinations of values of its required parameters, each alone and with
    every optional one. `leading`: the complaint to be named."""
    declared = MOVES[move].parameters.items()
    needed, free = (
        {
            name: values(hint, life, leading, move, name)
            for name, (hint, default) in declared
            if (default is Parameter.empty) == required
        }
        for required in (True, False)
    )
    told = {name: free.pop(name) for name in [*free] if whose(MOVES[move].parameters[name][0])}
    needed |= {name: (None, *found) for name, found in told.items()}
    combined = islice(product(*needed.values()), MOST)
    alone = [
        {name: value for name, value in zip(needed, each, strict=True) if value is not None}
        for each in combined
    ]
    whole = {name: found[0] for name, found in free.items() if found != NONE}
    return [*alone, *({**said, **whole} for said in alone if whole)]


def whose(hint: Any) -> bool:
    """Return whether a parameter says for which side or signer staff record a move."""
    thing = names_of(hint)
    return has_annotation(hint, SideOf) or bool(thing and thing.kind in ("own_side", "signer"))


def values(hint: Any, life: Life, leading: Case, move: str, name: str) -> tuple[Any, ...]:
    """Return the values of a type on a case, the most usual one first."""
    if (of := MOVES[move].choice(name).of) and names_of(hint):
        return (*of(life.case, ""),) or NONE
    marks = getattr(hint, "__metadata__", ())
    for mark in marks:
        match mark:
            case Names():
                return (*things(life, mark.kind),) or ((1,) if hint.__origin__ is int else NONE)
            case Words():
                return ("理由。",)
            case Contact():
                return (CONTACTS[mark.kind],)
            case Fen():
                return (100,)
            case Number():
                return (mark.least, mark.most)
    origin, inside = get_origin(hint), get_args(hint)
    if marks:
        later = has_annotation(hint, Future)
        found = values(hint.__origin__, life, leading, move, name)
        return tuple(one + 5 * DAY for one in found) if later else found
    if origin in (Union, UnionType):
        return values(next(one for one in inside if one is not NoneType), life, leading, move, name)
    if origin is tuple:
        found = values(inside[0], life, leading, move, name)
        return (found[:1], found) if len(found) > 1 else (found,)
    if origin in (dict, Mapping):
        keys = MOVES[move].choice(name).matters or open_matters
        about = [*keys(life.case)] if inside[0] is int else [*inside[0]]
        return tuple(dict.fromkeys(about, value) for value in values(inside[1], life, leading, move, name))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return (*hint,)
    if isinstance(hint, type) and is_dataclass(hint) and hint is not Case:
        return RECORDS.get(hint) or (record(hint, life, leading, move, name),)
    return PLAIN[hint](life, leading)


PLAIN: Mapping[Any, Any] = {
    bool: lambda life, leading: (True, False),
    int: lambda life, leading: (60,),
    str: lambda life, leading: ("ab" * 32,),
    date: lambda life, leading: (published().day_of(life.time),),
    datetime: lambda life, leading: (life.time,),
    Case: lambda life, leading: (leading, life.case),
}
"""The values of types without a mark."""


RECORDS: Mapping[Any, tuple[Any, ...]] = {
    Person: (Person("李雪", phone="+8613900139000", capacity=Capacity.AGENT),),
    Matter: (Matter(Type("price"), "overcharge"),),
}
"""Records that are more than their parts: a person has a contact, a type has its own sub-types."""


def record(kind: Any, life: Life, leading: Case, move: str, name: str) -> Any:
    """Return a record with the first value of each required part."""
    hints = get_type_hints(kind, include_extras=True)
    needed = [part.name for part in fields(kind) if part.default is MISSING]
    return kind(**{part: values(hints[part], life, leading, move, name)[0] for part in needed})


def open_matters(case: Case) -> list[int]:
    """Return the numbers of the matters that are not declined."""
    return [n for n, matter in enumerate(case.matters, 1) if matter.accepted is not False]


def things(life: Life, kind: str) -> Iterable[Any]:
    """Return the ids of the things of a kind that a case has now."""
    case, talks, mediation = life.case, life.case.talks.dispute, life.case.talks.mediation
    agreement, seats = case.talks.agreement, [seat.who for seat in case.panel]
    owed = [one.id for one in case.open_obligations[:4]]
    found = {
        "deadline": [run.name for run in missed_duties(case)],
        "approval": [one.id for one in case.approvals],
        "telling": [one.id for one in case.tellings],
        "mail": [one.id for one in case.mails],
        "script": [],
        "earlier": [],
        "colleague": ["ma", "zhao", "sun", "lin", "bai", "nobody"],
        "mentioned": [who for who in ("sun", "zhao") if mentionable(case, who, life.roster)],
        "owner": ["sun"],
        "staff": ["wang", "sun"],
        "problem": ["defect"],
        "matter": open_matters(case),
        "party": [party.id for party in case.parties],
        "representative": [party.id for party in case.parties if party.represents],
        "complainant": [party.id for party in case.consumers],
        "obligation": owed,
        "own_side": ["p1", BUSINESS],
        "question": [one.id for one in case.inquiry.questions],
        "department": ["repair", "general"],
        "team": ["south", "general", "office"],
        "any_team": ["south", "general"],
        # demo-1 has minutes for days, so a month under it would be some ten thousand steps
        "policy": [*(name for name in names() if name != "demo-1"), "none"],
        "evidence": [one.id for one in case.evidence],
        "impartial": PANEL,
        "seat": seats,
        "offer": [talks.open.id] if talks and talks.open else ["F1"],
        "conduct": [one.id for one in case.inquiry.conduct] or ["C1"],
        "forward": [one.id for one in case.forwards[-2:]] or ["W1"],
        "statement": [one.id for one in talks.statements] if talks else [],
        "mediator": ["ren", "yan", "xie", "nobody"],
        "meeting": [one.id for one in mediation.meetings[-2:]] if mediation else [],
        "story": [one.id for one in case.feedback.stories],
        "bound": [BUSINESS, "p1"],
        "signer": agreement.signers if agreement else ["p1"],
        "scan": [one.id for one in case.evidence if one.kind == EvidenceKind.FILE][-1:],
        "letter": ["receipt"],
        "digest": [agreement.digest if agreement else "0" * 64, "0" * 64],
        "move": ["waive"],
        "role": ["lead"],
        "passed_on": ["absent"],
        "assigns": [*Assigns],
    }
    if kind not in found:
        raise LookupError(
            f"no case of the tests has a {kind}: add it to `things` in tests/domain/bodies.py, with the ids "
            "that a case has now"
        )
    return found[kind]
