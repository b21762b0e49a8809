"""Nobody who is away or has left is named to a party as the person to ask, in a letter or on a page."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.roster import Hours
from tests.domain.life import PERSON, STAFF, on_duty
from tests.domain.variants import STARTS, come
from tests.letters.rendered import RenderedLife
from tests.scenario import DAY

NAMES = re.compile(rf"(?<![A-Za-z])({'|'.join(who.title() for who in STAFF)})(?![A-Za-z])")
"""The pattern of the name of any member of staff."""


@pytest.mark.parametrize("how", STARTS)
def test_absent_handler_is_in_no_letter_to_a_party(how: str) -> None:
    """With everybody away, letters to parties give the team and its number."""
    life = RenderedLife(PERSON, roster=on_duty(*STAFF))
    come(life, how)
    life.live(10 * DAY)
    told = [(key, text) for key, to, _, text in life.texts if to.startswith("party:")]
    assert not [(key, found.group()) for key, text in told if (found := NAMES.search(text))]


def test_handler_is_named_again_after_an_absence() -> None:
    """The letter about the handler names the person who is there."""
    life = RenderedLife(PERSON)
    life.take("accept", "wang")
    life.take("take", "zhao")
    assert "Zhao" in life.text("handler_named")
    assert life.roster.contact("zhao", life.time)
    away = life.roster.away("zhao", Hours(life.time, life.time + DAY), life.time)
    assert away.contact("zhao", life.time) is None
    assert away.contact("zhao", life.time + DAY)
    assert away.contact("gone", life.time) is None
