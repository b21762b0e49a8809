"""What a letter names its reader can do at that moment: over lives that go well, badly and anyhow, in both languages (issue 13)."""
from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.access import Caller
from chalicelib.domain.case import Refusal
from chalicelib.domain.change import Change
from chalicelib.domain.codes import Role
from chalicelib.domain.process import MOVES
from chalicelib.letters.saying import LANGUAGES, choice, texts
from chalicelib.offers import offers
from tests.domain.life import BY_PHONE, DAY, HOUR, PERSON, ROLES, Life
from tests.domain.variants import STARTS, come, variants
from tests.letters.test_slots import Told

STEPS = {"agrees": "record_confirmation", "applied": "record_confirmation", "confirmed": "record_confirmation",
         "object": "ask_handler_change"}
"""What a page calls a part of a move by itself."""
CALLED = {language: {choice(language, name): STEPS.get(name, name) for name in texts(language)["page"]["consumer"]["move"]
                     if STEPS.get(name, name) in MOVES and "name" in texts(language)["page"]["consumer"]["move"][name]}
          for language in LANGUAGES}
"""The acts of parties by the words that letters and pages call them with."""


OPENS = {"^- (Raise a dispute|提出纠纷)": "raise_dispute", "^- (Withdraw:|撤回：)": "withdraw",
         "^- (Ask for more time|申请延长)": "extend_information", "^- (Ask to reopen|要求重新处理)": "reopen"}
"""How a line begins that names an act in other words than its button."""


def named(language: str, text: str) -> Iterator[str]:
    """The acts that a letter names in its own words; what somebody else said stands behind a mark."""
    own = "\n".join(line for line in text.splitlines() if not line.startswith(">"))
    yield from (CALLED[language][called] for called in re.findall("“([^”]+)”", own) if called in CALLED[language])
    yield from (act for opens, act in OPENS.items() if re.search(opens, own, re.MULTILINE))


class Named(Told):
    """A complaint whose letters are read as they leave: what one names that its reader cannot do is kept in `vain`."""

    vain: list[tuple[str, str, str]]

    def keep(self, change: Change) -> Change:
        """Read the letters of a move."""
        if not hasattr(self, "vain"):
            self.vain = []
        before = len(self.texts)
        super().keep(change)
        for key, to, language, text in self.texts[before:]:
            id = to[6:] if to.startswith("party:") else ""
            if any(party.id == id and not party.left for party in self.case.parties):
                able = offers(self.case, Caller(id, self.case.party(id).role, ref=self.case.ref, party=id), self.time)
                self.vain += [(key, language, act) for act in named(language, text) if act not in able]
        return change


@pytest.mark.parametrize("how", STARTS)
def test_a_letter_names_only_what_its_reader_can_do(how: str) -> None:
    """From wherever a complaint has come on, until everything that nobody does has lapsed."""
    life = Named(PERSON)
    come(life, how)
    life.live(120 * DAY)
    assert not life.vain


@settings(max_examples=25, deadline=None)
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


def somebody_does_something(life: Life, leading: Life, dice: Random) -> None:
    """The first of some moves, by somebody who may, that the case takes."""
    able = [name for name, move in MOVES.items() if life.case.stage in move.at and move.fits(life.case)]
    said_now: dict[str, list[dict[str, Any]]] = variants(life, leading.case)
    for name in dice.sample(able, min(8, len(able))):
        by = [who for who in ROLES if role_of(life, who) in MOVES[name].by | MOVES[name].recorded_by]
        if by and said_now.get(name):
            who = dice.choice(by)
            try:
                life.take(name, "p1" if who == "li" else who, role_of(life, who), **dice.choice(said_now[name]))
            except Refusal:
                continue
            return


def role_of(life: Life, who: str) -> Role:
    """In what role somebody acts on the case."""
    return life.case.party(who).role if any(party.id == who for party in life.case.parties) else ROLES[who]
