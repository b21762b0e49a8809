"""What a letter names its reader can do at that moment: over lives that go well, badly and anyhow, in both
languages (issue 13)."""

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
from tests.acts import PARTS, named
from tests.domain.life import BY_PHONE, DAY, HOUR, PERSON, Life
from tests.domain.variants import STARTS, come, somebody_does_something
from tests.letters.told import Told


class Named(Told):
    """A complaint whose letters are read as they leave: what one names that its reader cannot do is kept in
    `vain`. A code is asked for only by whoever is about to do what it confirms, which a random life does not
    look at (`one_time_code.py`). What became of an approval quotes the act that was asked for."""

    vain: list[tuple[str, str, str]]
    before: Case

    def keep(self, change: Change) -> Change:
        """Read the letters of a move."""
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
                acts = {*named(language, text)} - {*able} - quoted
                self.vain += [(key, language, act) for act in acts]
        return change


def test_a_letter_asks_before_it_names_an_act() -> None:
    """Whether its reader can take it, of each act that it names by its button; writing to us is always
    possible."""
    for text in HERE.glob("*/*.md"):
        source = text.read_text("utf-8")
        acts = {PARTS.get(act, act) for act in re.findall(r"'(\w+)' \| choice", source)}
        assert acts - {"message"} <= {*re.findall(r"can\('(\w+)'", source)}, text


@pytest.mark.parametrize("how", STARTS)
def test_a_letter_names_only_what_its_reader_can_do(how: str) -> None:
    """From wherever a complaint has come on, until everything that nobody does has lapsed."""
    life = Named(PERSON)
    come(life, how)
    life.live(120 * DAY)
    assert not life.vain


@settings(max_examples=15, deadline=None)
@given(dice=st.randoms(use_true_random=True))
def test_whatever_happens_a_letter_names_only_what_its_reader_can_do(dice: Random) -> None:
    """In anybody's hands, with time passing in between."""
    life, leading = Named(dice.choice([PERSON, BY_PHONE])), Life(PERSON)
    come(life, dice.choice(STARTS))
    for _ in range(14):
        if dice.random() < 0.3:
            life.live(dice.choice([HOUR, DAY, 8 * DAY, 25 * DAY]))
        else:
            somebody_does_something(life, leading, dice)
    assert not life.vain
