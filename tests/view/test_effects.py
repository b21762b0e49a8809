"""Every sum and promise before and after a move. The move then does just that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import offers
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Case, Confirmed, Refusal
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.codes import AT_TABLE, Conclusion, ConfirmedBy, Role, Side, Stage
from chalicelib.view.effects import ENDED, Effects, effects, items
from tests.domain.life import PERSON, Life, answered, disputed, drafted, offered, talking
from tests.domain.variants import STARTS, come, somebody_does_something, variants
from tests.view.read import party

SEEDS = range(settings().max_examples // 50)
"""The random lives of each start."""


def shown(life: Life, move: str, id: str = "p1", **about: Any) -> Effects:
    """Return what a move changes for a party."""
    found = effects(party(life, id), move, about)
    assert found
    return found


def ends(found: Effects) -> list[tuple[str, str]]:
    """Return the ids of what a move ends, and how it ends."""
    return [(row.item.id, row.end) for row in found.rows if row.after is None]


def test_accepting_the_answer_makes_its_offer_count() -> None:
    """The offer of an answer is in no total before, and in the total after it was accepted."""
    found = shown(answered(Conclusion.OFFER), "accept_answer")
    assert {row.before.standing for row in found.rows if row.before} == {"offered"}
    assert {row.after.standing for row in found.rows if row.after} == {"owed"}
    assert (found.before.gets, found.after.gets) == (0, sum(row.item.amount or 0 for row in found.rows))


def test_a_dispute_holds_up_the_offer_of_the_answer() -> None:
    """Once the sides talk, the offer of the answer cannot be accepted any more."""
    row = shown(answered(Conclusion.OFFER), "raise_dispute").rows[0]
    assert row.after
    assert row.after.standing == "lost"


def test_no_move_leads_from_talks_back_to_an_answer() -> None:
    """So nothing after the talks can accept an offer in the answer, and the table says that it is lost. A
    move that can also be taken at an answer keeps the stage of the case."""
    back = {
        name
        for name, move in MOVES.items()
        if move.at & AT_TABLE and Stage.ANSWERED in move.to and Stage.ANSWERED not in move.at
    }
    assert back == set()


def test_leaving_the_talks_ends_the_offer_of_the_answer() -> None:
    """If talks end without an agreement, the offer of the answer ends."""
    found = shown(talking(disputed(answered(Conclusion.OFFER))), "leave_talks")
    assert {end for _, end in ends(found)} == {ENDED}


def test_an_offer_in_talks_ends_by_another_one() -> None:
    """Who answers an offer by another one does not accept it."""
    life = talking()
    offered(life, Side.BUSINESS)
    assert ends(shown(life, "offer", counters="F1")) == [("F1", ENDED)]


def test_signing_shows_what_holds_once_everybody_has_signed() -> None:
    """A signature shows the clauses as owed, also while others have not signed."""
    life = drafted()
    agreement = life.case.talks.agreement
    assert agreement
    found = shown(life, "sign", digest=agreement.digest)
    assert found.all_sign
    assert {row.after.standing for row in found.rows if row.after} == {"owed"}
    assert found.before.gets == 0
    assert found.after.gets > 0


def really(life: Life, case: Case, move: str, id: str, said: dict[str, Any]) -> Case:
    """Return the case after a party has taken a move. A signature is the last one: the others sign before."""
    for signer in case.talks.agreement.missing if MOVES[move].by_digest and case.talks.agreement else ():
        if signer != case.stands_for(id):
            who = {BUSINESS: case.business and case.business.id, MEDIATOR: case.mediator}.get(signer, signer)
            assert who
            case = taken(life, case, move, who, said)
    return taken(life, case, move, id, said)


def taken(life: Life, case: Case, move: str, who: str, said: dict[str, Any]) -> Case:
    """Return the case after a move, as the one who takes it confirms it."""
    role = Role.MEDIATOR if who == case.mediator else case.party(who).role
    act = replace(life.act(who, role), confirmed=Confirmed(ConfirmedBy.CODE))
    return take(move, case, act, **{**life._given(move, said), **said}).case


def tables(life: Life) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each move that a party can take now, with the party and each input."""
    could = variants(life, Life(PERSON).case)
    for one in (one for one in life.case.parties if not one.left):
        caller = Caller(one.id, one.role, ref=life.case.ref, party=one.id)
        for name in offers(life.case, caller, life.time):
            if one.role in MOVES[name].takers:
                yield from ((name, one.id, said) for said in could.get(name, []))


@pytest.mark.parametrize("how", STARTS)
def test_the_table_after_a_move_is_what_the_case_then_owes(how: str) -> None:
    """Play random lives, and take each offered move on a copy of the case. Its sums and promises are those of
    the table, and each that is gone has a row that names its end."""
    for seed in SEEDS:
        dice, life, leading = Random(f"{how}{seed}"), Life(), Life(PERSON)
        come(life, how)
        for _ in range(4):
            somebody_does_something(life, leading, dice)
            for move, id, said in tables(life):
                agreed(life, move, id, said)


def agreed(life: Life, move: str, id: str, said: dict[str, Any]) -> None:
    """Check the table of one move against the case after it. Only what its form states is known before."""
    about = {name: said[name] for name in MOVES[move].stated | {"digest", "counters"} if said.get(name)}
    reader = party(life, id)
    if not reader.authorised:
        return
    found = effects(reader, move, about)
    try:
        after = really(life, life.case, move, id, said)
    except Refusal:
        return
    if after.party(id).left or len(after.approvals) > len(life.case.approvals):
        return
    had = items(life.case, reader.principal)
    has = {key: item for key, item in items(after, reader.principal).items() if key in had or not item.own}
    if found is None:
        assert had == has, (move, said)
        return
    assert [row.after for row in found.rows if row.after] == [*has.values()], (move, said)
    assert {row.item.id for row in found.rows if row.end} == {had[key].id for key in had.keys() - has.keys()}
    assert found.after.gets == sum(
        owed.amount or 0 for owed in after.open_obligations if owed.to == reader.principal and not owed.offer
    )
