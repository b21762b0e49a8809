"""Views of the people on a complaint: each sees their own part, and no other names."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.calendar import day_end, published
from chalicelib.domain.model.case_records import Owed
from chalicelib.domain.model.codes import Remedy, Role
from chalicelib.view.people import deciders, joint_view, people, put_in
from tests.domain.life import accepted, joint, represented, seated
from tests.view.read import addressee, house, party, staff


def test_proposed_settlement_shows_only_the_own_part() -> None:
    """Each joint complainant sees only their own part of a settlement, also in the letter. Staff see all
    parts with names."""
    life, _ = joint(2)
    by = published().day_of(life.time) + timedelta(days=5)
    remedies = tuple(Owed(1, Remedy.REFUND, by, 10000, id) for id in ("p1", "p2"))
    life.take("ask_consent", "sun", settlement="各退一百元。", remedies=remedies)
    mine, n = joint_view(party(life, "p2")), life.case.entries
    assert mine
    assert mine.put
    assert (mine.people, mine.number, mine.consents) == (2, "2", None)
    told = [mine.put, put_in(addressee(life, "p2"), n), put_in(house(life), n)]
    assert [put and put.remedies for put in told] == [remedies[1:], remedies[1:], remedies]
    assert put_in(house(life), n - 1) is None


def test_a_person_is_told_who_speaks_for_them_and_that_one_only_of_themselves() -> None:
    """A party sees the agent's term and whether it is valid now. An auditor sees no names."""
    life = accepted()
    represented(life, until=published().day_of(life.time) + timedelta(days=5))
    (agent,) = people(party(life))
    assert agent.until
    assert (agent.id, agent.ends, agent.valid_now) == ("p2", day_end(agent.until), True)
    assert [one.id for one in people(party(life, "p2"))] == ["p2"]
    assert [one.name for one in people(staff(life, Role.AUDITOR))] == [None, None]
    assert people(addressee(life)) == []
    life.time = agent.ends or life.time
    assert not people(party(life))[0].valid_now


def test_panel_members_are_shown_without_names() -> None:
    """Panel members are shown by chair flag and teams; a letter shows the panel as of its entry."""
    life = seated()
    now, then = deciders(party(life), life.roster), deciders(addressee(life), life.roster, life.case.entries)
    assert now == then
    assert [seat.chair for seat in now].count(True) == 1
    assert all(seat.teams for seat in now)
    assert deciders(addressee(life), life.roster, until=1) == []
