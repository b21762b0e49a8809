"""Each field of a case declares what linking, joining and splitting do to it."""

from __future__ import annotations

import ast
from dataclasses import field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

import pytest

from chalicelib.domain.frozen import frozen, replace, values
from chalicelib.domain.model.carrying import (
    CARRIED,
    DROPPED,
    MERGED,
    OWN,
    Place,
    carried,
    declared,
    empty,
    reset,
)
from chalicelib.domain.model.case import Case, Party, Pending
from chalicelib.domain.model.case_records import Doubt
from chalicelib.domain.model.codes import Conclusion, Fault, Ground, Language, Way
from tests.domain.life import (
    DAY,
    T0,
    Life,
    accepted,
    answered,
    disputed,
    joint,
    leave,
    mediated,
    mediating,
    split_off,
    talking,
)
from tests.newer import rewritten

MOVES = Path(__file__).parents[2] / "chalicelib/domain/moves"


def partly() -> Life:
    """Return an accepted complaint with its second matter declined."""
    life = Life()
    life.take("accept", "wang", declined={2: Ground.NOT_COMPLAINT}, reasons={2: "这是咨询。"})
    life.take("take", "zhao")
    return life


@frozen
class Inner:
    """A record of a case."""

    deep: Annotated[int, OWN._replace(leave=DROPPED)] = 7


@frozen
class Outer:
    """A case with a field of each fate."""

    own: Annotated[int, OWN] = 0
    other: Annotated[int, OWN._replace(leave=CARRIED)] = 0
    both: Annotated[int, OWN._replace(leave=MERGED)] = 0
    none: Annotated[tuple[int, ...], OWN._replace(leave=DROPPED)] = field(default_factory=tuple)
    inner: Inner = Inner()


@frozen
class Undeclared:
    """A case with a field that declares nothing."""

    ref: Annotated[str, OWN] = ""
    callback: int | None = None


def test_every_field_of_a_case_declares_its_fate() -> None:
    """A field without a fate raises TypeError with the file to open and the decision to take."""
    assert len(declared(Case)) > len(fields(Case))


def test_a_field_without_a_fate_is_named_with_the_decision_to_take() -> None:
    """The message names the field, the places and the form of the declaration."""

    with pytest.raises(
        TypeError, match=r"Undeclared\.callback says nothing.*Open .* kept, carried over, merged"
    ):
        declared(Undeclared)


def test_a_dropped_field_has_a_default() -> None:
    """A field without a default cannot be dropped at any place."""
    records = [Case, *(type(one.default) for one in fields(Case) if is_dataclass(one.default))]
    for one in (one for kind in records for one in fields(kind)):
        if DROPPED in declared(Case).get(one.name, ()):
            empty(one)


def test_every_place_uses_the_declaration_once() -> None:
    """No move carries fields by hand where cases are linked, joined or split."""
    calls = [
        node
        for file in sorted(MOVES.glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "carried"
    ]
    assert sorted(ast.literal_eval(call.args[0]) for call in calls) == sorted(get_args(Place))


def test_each_fate_takes_its_value() -> None:
    """The case keeps, takes over, merges or drops a field, also in a record."""

    one, two = Outer(1, 1, 1, (1,), Inner(1)), Outer(2, 2, 2, (2,), Inner(2))
    assert carried("leave", one, two, both=3) == Outer(1, 2, 3, (), Inner(7))
    for wrong in ({}, {"both": 3, "own": 3}):
        with pytest.raises(TypeError, match="give each value"):
            carried("leave", one, two, **wrong)


def test_a_leaver_has_only_their_own_counts_and_answers() -> None:
    """Counts and answers of the others, and an invitation that they never got, stay with the joint case."""
    life, own = joint(3, accepted())
    day = (life.time.date(), 7)
    life.case = replace(
        life.case,
        written={"p1": (day[0], 50), "p2": day},
        feedback=replace(life.case.feedback, opined=("p1", "p3")),
        together=replace(life.case.together, invited="CX-1"),
    )
    alone = leave(life, "p2", own["p2"])
    assert alone.case.written == {"p1": day}
    assert alone.case.feedback.opined == ()
    assert alone.case.together.invited is None
    assert life.case.together.invited == "CX-1"


def test_doubts_of_the_record_survive_joining_and_leaving() -> None:
    """A person's own case stays in doubt, and takes over the doubts of the joint case at its new entry."""
    life, own = joint(2)
    doubt = Doubt(1, Fault.HEAD, life.time, 2)
    own["p2"].case = replace(own["p2"].case, doubts=(doubt,))
    life.case = replace(
        life.case, doubts=(Doubt(3, Fault.ROW, life.time, 4), replace(doubt, cleared=life.time))
    )
    alone = leave(life, "p2", own["p2"])
    assert [(one.entry, one.fault) for one in alone.case.doubts] == [
        (1, Fault.HEAD),
        (alone.case.entries, Fault.ROW),
    ]


def test_staff_who_stood_back_from_a_persons_case_get_no_part_in_it_again() -> None:
    """Recusals of both cases hold after a person has left, and bar the owner."""
    life, own = joint(2, accepted())
    life.take("take", "zhao")
    other = own["p2"].case
    own["p2"].case = replace(other, inquiry=replace(other.inquiry, recused=("zhao",)))
    alone = leave(life, "p2", own["p2"])
    assert alone.case.inquiry.recused == ("zhao",)
    assert alone.case.owner is None


def test_fields_of_a_party_reset_in_their_situations_only() -> None:
    """A party's field returns to its default in the situations that it declares, and in no other."""
    held = Party(
        "p1",
        Way.EMAIL,
        Language.ZH,
        generation=5,
        own="000000000001",
        speaks=True,
        consents=True,
        confirmed=True,
        phone_confirmed=True,
        readdressed=T0,
        pending=Pending(Way.SMS, 3, 3, T0, T0),
        needs_help=True,
    )
    places: tuple[Literal["arrives", "leaves", "replaced"], ...] = ("arrives", "leaves", "replaced")
    ends = {
        place: {n for n, had in values(reset(place, held)).items() if had != values(held)[n]}
        for place in places
    }
    assert ends == {
        "arrives": {"generation", "own", "consents"},
        "leaves": {"speaks", "consents"},
        "replaced": {"confirmed", "phone_confirmed", "readdressed", "pending"},
    }


def test_leaver_no_longer_speaks_or_consents_in_the_joint_case() -> None:
    """The link of the leaver ends too, and the moment at which they first left stays."""
    life, own = joint(3, accepted())
    life.take("appoint_joint_representatives", "wang", representatives=("p2",), each_agrees=True)
    life.take("ask_consent", "sun", settlement="每人退款。")
    life.says("consent_represented", "p2", agrees=True)
    leave(life, "p2", own["p2"])
    gone = life.case.party("p2")
    assert (gone.speaks, gone.consents, gone.generation, gone.left) == (False, None, 2, life.time)
    assert gone.gone(life.time + DAY).left == life.time


def test_contested_matters_leave_the_talks_behind() -> None:
    """The case of a declined matter has no mediation, no text and nobody who is leaving."""
    life = mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, partly())))))
    assert life.case.talks.mediation
    life.case = replace(life.case, together=replace(life.case.together, leaving=("p9",)))
    part = split_off(life, 2)
    assert part.case.talks.mediation is None
    assert part.case.talks.dispute is None
    assert part.case.together.leaving == ()
    assert life.case.talks.mediation


def test_unknown_fields_of_a_newer_release_stay_with_their_case() -> None:
    """A person who leaves gets back what a newer release kept on their own case."""
    life, own = joint(2, accepted())
    own["p2"].case = rewritten(own["p2"].case)
    alone = leave(life.later(DAY), "p2", own["p2"])
    assert vars(alone.case)["carried"] == {"news": "新"}
