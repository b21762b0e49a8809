"""Deadlines as they are told: who must act by then, what silence means, and what only staff know of them."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import Conclusion, Role
from chalicelib.view.deadlines import RunView, deadlines_view, promised, says
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Reader
from tests.domain.life import Life, accepted, answered, extended
from tests.domain.promises import both_owe, speaks
from tests.view.read import party, staff


def run(reader: Reader, name: str) -> RunView:
    """One deadline as its reader is told it."""
    return next(one for one in deadlines_view(reader) if one.deadline == name)


def silence(life: Life, name: str) -> str:
    """What silence means at the end of a deadline of the consumer."""
    reader: PartyReader = party(life)
    return says(reader, run(reader, name)).silence


def test_what_the_clock_does_next_only_staff_are_told() -> None:
    """A party knows until when."""
    life = accepted()
    told, known = (run(of, "investigation") for of in (party(life), staff(life, Role.INVESTIGATOR)))
    assert told.due == known.due == due(life.case)["investigation"] and known.next_step and known.work_by
    assert (told.next_step, told.work_by) == (None, None)


def test_whoever_owes_is_told_that_it_is_theirs() -> None:
    """And whom it is owed to, what follows where it comes from an agreement."""
    life = both_owe()
    mine, theirs = (run(party(life, id), "obligation") for id in ("p1", speaks(life, BUSINESS)))
    assert (mine.mine, theirs.mine) == (True, False)
    assert says(party(life), mine).what == "owe_what"


def test_what_silence_means_goes_with_what_is_owed() -> None:
    """An answer that promises something holds; one that gives nothing has nothing to hold."""
    assert silence(answered(Conclusion.UPHELD), "answer_window") == "answered_silence"
    assert silence(answered(Conclusion.NOT_UPHELD), "answer_window") == "answered_nothing"


def test_every_date_that_was_promised_is_told() -> None:
    """The latest first."""
    life = accepted()
    before = [one.by for one in promised(party(life))]
    life.time += timedelta(days=1)
    after = [one.by for one in promised(party(extended(life)))]
    assert after[1:] == before and after[0] > before[0]
