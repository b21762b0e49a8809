"""Moves named in letters: the reader can take each of them, in many cases and both languages."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import offers
from chalicelib.domain.engine.sending_limits import CODE
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Change
from chalicelib.letters import HERE
from tests.acts import PARTS, named_moves
from tests.domain.life import BY_PHONE, DAY, HOUR, PERSON, Life
from tests.domain.variants import STARTS, come, somebody_does_something
from tests.letters.rendered import RenderedLife


class Named(RenderedLife):
    """A case that reads its letters as they leave, and collects in `vain` the moves that the reader cannot
    take.

    Two letters are exempt. One-time codes belong to a move in progress, which a random case does not track
    (`one_time_code.py`). The decision on an approval quotes the requested move."""

    vain: list[tuple[str, str, str]]
    before: Case

    def keep(self, change: Change) -> Change:
        """Keep a change and read its letters."""
        if not hasattr(self, "vain"):
            self.vain = []
        before, self.before = len(self.texts), change.before or change.case
        super().keep(change)
        for key, to, language, text in self.texts[before:]:
            id = to[6:] if to.startswith("party:") else ""
            if key.partition("#")[0] != CODE and any(
                party.id == id and not party.left for party in self.case.parties
            ):
                able = offers(
                    self.case, Caller(id, self.case.party(id).role, ref=self.case.ref, party=id), self.time
                )
                quoted = {one.move for one in self.before.approvals} if key == "approval_decided" else set()
                acts = {*named_moves(language, text)} - {*able} - quoted
                self.vain += [(key, language, act) for act in acts]
        return change


def test_a_letter_asks_before_it_names_an_act() -> None:
    """Each template checks with `can` every move that it names by its button, except `message`, which is
    always possible."""
    for text in HERE.glob("*/*.md"):
        source = text.read_text("utf-8")
        acts = {PARTS.get(act, act) for act in re.findall(r"'(\w+)' \| choice", source)}
        assert acts - {"message"} <= {*re.findall(r"can\('(\w+)'", source)}, text


@pytest.mark.parametrize("how", STARTS)
def test_a_letter_names_only_what_its_reader_can_do(how: str) -> None:
    """A case from each start, left alone until every deadline has lapsed, names no impossible move."""
    life = Named(PERSON)
    come(life, how)
    life.live(120 * DAY)
    assert not life.vain


@settings(max_examples=15, deadline=None)
@given(dice=st.randoms(use_true_random=True))
def test_whatever_happens_a_letter_names_only_what_its_reader_can_do(dice: Random) -> None:
    """A case of random moves and pauses names no impossible move."""
    life, leading = Named(dice.choice([PERSON, BY_PHONE])), Life(PERSON)
    come(life, dice.choice(STARTS))
    for _ in range(14):
        if dice.random() < 0.3:
            life.live(dice.choice([HOUR, DAY, 8 * DAY, 25 * DAY]))
        else:
            somebody_does_something(life, leading, dice)
    assert not life.vain
