"""Views of talks, mediation and agreement: what each side sees."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.codes import Role, Side
from chalicelib.view.agreement import agreement_view, text_until
from chalicelib.view.mediation import (
    mediation_inside,
    mediation_view,
    meeting_until,
    meeting_view,
    objects_until,
)
from chalicelib.view.party import PartyReader
from chalicelib.view.talks import talks_view
from tests.domain.life import (
    Life,
    both_heard,
    called,
    clause,
    disputed,
    drafted,
    held,
    invited,
    mediated,
    mediating,
    mediation,
    offered,
    returned,
    speaker,
    talking,
    unopposed,
)
from tests.domain.promises import speaks
from tests.view.read import addressee, party, staff


def both(life: Life) -> tuple[PartyReader, PartyReader]:
    """Return readers for the consumer and the company's representative."""
    return party(life), party(life, speaks(life, BUSINESS))


def table() -> Life:
    """Return a mediation whose agreement both sides are asked to sign."""
    life = unopposed(mediated(mediating(talking(disputed()))))
    drafted(life, returned(life), clause(life))
    return life


def test_an_offer_is_told_to_both_and_whose_it_is() -> None:
    """Both sides see the same offer and its deadline; only `own` differs."""
    life = talking(disputed())
    offered(life, Side.BUSINESS, amount=30000)
    seen = [talks_view(reader, life.roster) for reader in both(life)]
    mine, theirs = (found.offers[0] if found else None for found in seen)
    assert mine
    assert theirs
    assert (mine.own, theirs.own) == (False, True)
    assert mine._replace(own=True) == theirs
    assert theirs.until == due(life.case)["offer"]


def test_unshared_statement_is_seen_by_its_side_only() -> None:
    """A statement stays with its own side until it is shared."""
    life = both_heard(talking(disputed()))
    seen = [talks_view(reader, life.roster) for reader in both(life)]
    mine, theirs = (found.statements if found else None for found in seen)
    assert mine
    assert theirs is not None
    assert {one.id for one in mine if one.own} - {one.id for one in theirs} == {
        one.id for one in mine if one.own and not one.shared
    }


def test_each_side_has_its_own_time_to_answer_an_invitation() -> None:
    """Each side sees its own deadline for the invitation and that of the other side."""
    life = invited(talking(disputed()))
    mine, theirs = (found and found.asked for found in (talks_view(r, life.roster) for r in both(life)))
    assert mine
    assert theirs
    assert (mine.due, mine.due_theirs) == (theirs.due_theirs, theirs.due)


def test_a_mediator_is_named_once_they_have_taken_it_on() -> None:
    """The mediator's name appears after acceptance, with each side's deadline to object."""
    life = mediating(talking(disputed()))
    found = mediation_view(party(life), life.roster)
    assert found
    assert found.mediator is None
    assert found.mediator_by == due(life.case)["mediator_appointment"]
    mediated(life)
    for reader in both(life):
        found = mediation_view(reader, life.roster)
        assert found
        assert found.mediator
        assert found.mediator["name"] == "严明"
        assert found.objection_until == objects_until(reader) is not None


def test_a_meeting_is_ahead_until_it_begins() -> None:
    """A started meeting is `on`, so that late participants still find the place; later it is `past`."""
    life = called(unopposed(mediated(mediating(talking(disputed())))))

    def state() -> str:
        found = mediation_view(party(life), life.roster)
        return found.meetings[0].state if found else ""

    meeting = life.case.talks.mediation and life.case.talks.mediation.meeting
    assert meeting
    assert state() == "ahead"
    life.time = meeting.at
    assert state() == "on"
    life.time += (due(life.case)["meeting"] - meeting.at) * 2
    assert state() == "past"


def test_staff_read_the_mediation_that_the_sides_read() -> None:
    """State, details and absences of a meeting, and the agreed extension, are the same for staff and sides.
    Staff outside the talks see no minutes and no absence."""
    life = held(unopposed(mediated(mediating(talking(disputed())))), Side.CONSUMER)
    life.take("agree_extension", "yan")
    sides = [mediation_view(reader, life.roster) for reader in both(life)]
    inside = mediation_inside(staff(life, Role.MEDIATOR, "yan"))
    outside = mediation_inside(staff(life, Role.SAFETY))
    assert inside
    assert outside
    assert inside.mediator(life.roster) == life.roster.mediators.member("yan")
    for side in sides:
        assert side
        assert [(m.state, m.place, [*m.present]) for m in inside.meetings] == [
            (m.state, m.place, m.present) for m in side.meetings
        ]
        assert inside.extension == side.extension
        assert [(one.good, one.side) for one in inside.absences("M1")] == [
            (one.good, Side.BUSINESS) for one in side.absences
        ]
    assert [meeting.written for meeting in outside.meetings] == [0]
    assert not outside.absences("M1")


def test_moved_meeting_keeps_its_papers() -> None:
    """Both sides and the mediator see the papers to bring, the new place, and the reason."""
    life = called(unopposed(mediated(mediating(talking(disputed())))), papers="维修单。")
    life.take("change_meeting", "yan", meeting="M1", reason="三楼在装修。", place="市民中心二楼。")
    for reader in (*both(life), staff(life, Role.MEDIATOR, "yan")):
        found = meeting_view(reader, mediation(life), mediation(life).meetings[0])
        assert (found.place, found.papers, found.why) == ("市民中心二楼。", "维修单。", "三楼在装修。")


def test_a_letter_tells_a_meeting_as_its_own_entry_left_it() -> None:
    """A letter shows time and place of a meeting as of its entry, and the earlier time of a moved one."""
    life = unopposed(mediated(mediating(talking(disputed()))))
    first = called(life).case.entries
    at = life.time + timedelta(days=12)
    life.take("change_meeting", "yan", meeting="M1", reason="三楼在装修。", at=at)
    then, now = (meeting_until(addressee(life), "M1", n) for n in (first, life.case.entries))
    assert then
    assert now
    assert (then.sequence, then.was, now.sequence, now.at) == (0, None, 1, at)
    assert (now.was, now.place) == (then.at, then.place)
    assert meeting_until(addressee(life), "M1", first - 1) is None


def test_a_letter_tells_a_text_as_it_stood_then() -> None:
    """A letter shows missing signatures and the reader's part in each clause as of its entry."""
    life = table()
    before = life.case.entries
    life.take("sign", "p1", digest=life.case.talks.agreement.digest if life.case.talks.agreement else "")
    then, now = (text_until(addressee(life), n) for n in (before, life.case.entries))
    assert then
    assert now
    assert then.missing == ("p1", *now.missing)
    assert now.me
    assert [clause.owes or clause.gets for clause in now.duties] == [True] * len(now.duties)
    assert text_until(addressee(life), until=1) is None


def test_missing_signer_sees_the_deadline() -> None:
    """A signer sees the deadline to sign and the stage that follows a lapse. After signing there is no
    deadline."""
    life = table()
    reader = party(life)
    found = agreement_view(reader, {})
    assert found
    assert found.signs
    assert found.sign_until
    assert found.text
    assert found.confirmation is None
    assert found.lapse == "mediating"
    life.take("sign", "p1", digest=found.digest)
    signed = agreement_view(party(life), {})
    assert signed
    assert not signed.signs
    assert signed.sign_until is None
    assert party(life).by_role(signed.missing) == [BUSINESS, MEDIATOR]


def test_absent_party_sees_the_time_to_explain() -> None:
    """An absent party sees the deadline to explain until the mediator has decided."""
    life = held(unopposed(mediated(mediating(talking(disputed())))), Side.CONSUMER)

    def until() -> object:
        found = mediation_view(party(life, speaker(life, Side.BUSINESS)), life.roster)
        return found and found.absences[0].until

    asked = [run.id for run in party(life, speaker(life, Side.BUSINESS)).runs() if run.name == "party_reply"]
    assert asked == ["absence_asked#M1#business", "minutes#M1#business"]
    assert until() == due(life.case)["party_reply"]
    said = {"meeting": "M1", "side": Side.BUSINESS, "explained": "车坏了。", "good": True}
    life.take("decide_absence", "yan", **said, reason="有维修单。")
    assert until() is None


def test_each_side_may_correct_the_minutes_for_as_long_as_it_has_had_them() -> None:
    """Each side sees its own deadline to correct the minutes."""
    life = held(unopposed(mediated(mediating(talking(disputed())))), *Side)
    for reader, letter in zip(both(life), ("minutes#M1", "minutes#M1#business"), strict=True):
        found, runs = mediation_view(reader, life.roster), reader.runs()
        own = {run.id: run.due for run in runs if run.name == "party_reply"}
        assert found
        assert own == {letter: found.meetings[0].correct}
        assert own[letter]
