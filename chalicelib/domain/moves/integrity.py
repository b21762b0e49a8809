"""Tampering with the record of a case: the case is marked, and two people clear the mark. A restore of the
table is no tampering, and is recorded on each case of which it undid entries."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from chalicelib.domain.engine.declare import Done, Second, Shows, move
from chalicelib.domain.engine.letters_owed import holding_role, to_both_sides
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.case_records import Doubt, Restored, UndoneAct
from chalicelib.domain.model.codes import EVERY, Fault, Role as R
from chalicelib.domain.model.field_marks import Number, Text

MOST_ENTRIES = 1_000_000
OUTSIDE = R.PARTY | R.PARTNER | R.CLOCK
"""The roles that get no letters as staff."""


@move(
    at=EVERY,
    by=R.CLOCK,
    tells="record_doubted → role:supervisor, record_doubted → role:executive",
    even=("destroyed",),
)
def doubt_record(
    case: Case, act: Act, *, entry: Annotated[int, Number(1, MOST_ENTRIES)], fault: Fault
) -> Case:
    """Mark that somebody changed the record from outside. `entry` is the number of the entry that was
    changed, and `fault` the kind of change. While the mark stands, nobody decides on, closes or seals
    anything in the case, and silence has no consequences. Two people must examine the mark.

    The same `fault` of the same entry is marked only once. A fault in a row of the case that is no entry
    can be marked again after two people have cleared it."""
    refuse_if(already_noted(case, entry, fault), "doubted_before")
    return replace(case, doubts=(*case.doubts, Doubt(entry, fault, act.now, case.entries + 1)))


def already_noted(case: Case, entry: int, fault: Fault) -> bool:
    """Return whether the case already has this mark, so that it must not be added again. For a row that
    belongs to no entry (`Fault.ROW`) a cleared mark does not count."""
    return any(
        (doubt.entry, doubt.fault) == (entry, fault) and not (doubt.cleared and fault == Fault.ROW)
        for doubt in case.doubts
    )


@move(
    at=EVERY,
    by=R.SUPERVISOR | R.EXECUTIVE,
    second=Second(),
    fits=lambda case: case.doubted,
    even=("destroyed",),
)
def clear_doubt(case: Case, act: Act, *, reason: Text) -> Case:
    """Clear the marks of tampering, after two people have examined them and accept the record. `reason` is
    what they found. Marks that were added after the request for approval stay."""
    asked = case.said_by(act)
    return replace(
        case,
        doubts=tuple(
            replace(doubt, cleared=doubt.cleared or act.now) if doubt.noted < asked else doubt
            for doubt in case.doubts
        ),
    )


@move(
    at=EVERY,
    by=R.CLOCK,
    tells="entries_missing? → owner, entries_missing? → party",
    handles=False,
    even=("destroyed",),
    shows=Shows(hides=("heads", "letters", "undone", "concerned"), company=True),
)
def record_restored(
    case: Case,
    act: Act,
    *,
    moment: datetime,
    heads: tuple[str, ...] = (),
    letters: tuple[str, ...] = (),
    undone: tuple[str, ...] = (),
    concerned: tuple[str, ...] | None = None,
) -> Done:
    """Record that the table was restored to `moment`, so that the newest entries of the case are missing.
    `heads` are the hashes of missing last entries that signed lists name, so that nobody takes their absence
    for tampering. `letters` are the letters of missing entries that had left.

    `undone` are the missing acts of people, each as in `UndoneAct`. `concerned` are the ids of the parties
    who took one of them, or had got a letter of a missing entry. Both are read in the former table. If it
    does not prove what is missing, `concerned` is None, and every party gets a letter. Staff get one for
    their own acts, and the owner for the acts of all people, so that they are taken again."""
    refuse_if(any(one.moment == moment for one in case.restored), "restored_before")
    one = Restored(moment, act.now, case.entries + 1, heads, letters)
    return Done(
        replace(case, restored=(*case.restored, one)),
        () if case.retention.destroyed else tuple(_told(case, undone, concerned)),
    )


def _told(
    case: Case, undone: tuple[str, ...], concerned: tuple[str, ...] | None
) -> Iterator[tuple[str, str]]:
    """Yield the letters about missing entries, as pairs of letter and recipient. If the case has no owner,
    everybody in the role that works on it gets the letter to the owner."""
    letter = "entries_missing"
    acts = [UndoneAct.read(said) for said in undone]
    if acts or concerned is None:
        yield letter, "owner"
    told = OUTSIDE if case.chair or case.handler else OUTSIDE | holding_role(case)
    for who in {act.who: None for act in acts if not act.role & told}:
        yield letter, f"staff:{who}"
    if concerned is None:
        yield from to_both_sides(letter)
    for party in case.parties:
        if not party.left and party.id in (concerned or ()):
            yield letter, f"party:{party.id}"
