"""Views of deadlines: who must act, what silence means, and what only staff see."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import Conclusion, Role
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import overdue
from chalicelib.view.deadlines import RunView, announced_dates, deadlines_view, says
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Reader
from tests.domain.life import Life, accepted, answered, extended
from tests.domain.promises import both_owe, speaks, uncured
from tests.view.read import party, staff


def run(reader: Reader, name: str) -> RunView:
    """Return one deadline as its reader sees it."""
    return next(one for one in deadlines_view(reader, Roster) if one.deadline == name)


def silence(life: Life, name: str) -> str:
    """Return the label for silence at the end of a consumer's deadline."""
    reader: PartyReader = party(life)
    return says(reader, run(reader, name)).silence


def test_next_step_of_a_deadline_is_shown_to_staff_only() -> None:
    """A party sees when a deadline ends; staff also see its next step and the work target."""
    life = accepted()
    told, known = (run(of, "investigation") for of in (party(life), staff(life, Role.INVESTIGATOR)))
    assert told.due == known.due == due(life.case)["investigation"]
    assert known.next_step
    assert known.work_by
    assert (told.next_step, told.work_by) == (None, None)


def test_deadline_of_the_debtor_is_marked_as_theirs() -> None:
    """The debtor's own deadline is marked as theirs, and an obligation from an agreement says so."""
    life = both_owe()
    mine, theirs = (run(party(life, id), "obligation") for id in ("p1", speaks(life, BUSINESS)))
    assert (mine.mine, theirs.mine) == (True, False)
    assert says(party(life), mine).what == "owe_what"


def test_effect_of_silence_depends_on_the_promise() -> None:
    """Silence after an answer with a promise keeps the promise; after any other answer nothing remains to
    keep."""
    assert silence(answered(Conclusion.UPHELD), "answer_window") == "answered_silence"
    assert silence(answered(Conclusion.NOT_UPHELD), "answer_window") == "answered_nothing"


def test_every_date_that_was_promised_is_told() -> None:
    """All promised dates are listed, the latest first."""
    life = accepted()
    before = [one.by for one in announced_dates(party(life))]
    life.time += timedelta(days=1)
    after = [one.by for one in announced_dates(party(extended(life)))]
    assert after[1:] == before
    assert after[0] > before[0]


def test_a_step_that_is_due_already_counts_as_taken() -> None:
    """At the moment of a step, a letter about another duty names who has this duty then, and the step after
    it."""
    life = accepted()
    life.time = due(life.case)["investigation"]
    before = run(party(life), "investigation").late
    life.clock()
    assert before
    assert before.roles
    assert before.then
    assert before.then > life.time
    assert before == run(party(life), "investigation").late


def test_late_decisions_about_two_promises_say_which() -> None:
    """Each sentence names its obligation, so that no two are equal."""
    life = uncured()
    life.live(due(life.case)["breach_decision"] - life.time)
    late = [one for one in deadlines_view(party(life), Roster) if one.deadline == "breach_decision"]
    said = [overdue("zh", one) for one in late]
    assert len(said) == 2
    assert len({*said}) == 2
    assert all("事项" in one for one in said)
