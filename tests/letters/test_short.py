"""Short messages: each fits into two segments, for every letter."""

from __future__ import annotations

from itertools import product

from chalicelib.domain.model.letters import LETTERS
from chalicelib.letters import render
from chalicelib.letters.short import PLAIN, WIDE, message_text, most
from chalicelib.locale import formats
from chalicelib.locale.formats import brief_date
from tests.letters.reading import covering
from tests.letters.sample import BRANCHES, MIDNIGHT, TODAY

PARTY = sorted(name for name, letter in LETTERS.items() if letter.to == "party")
NUMBER = "4821-0936-5174"
LINK = "https://complaints.example.com/case/482109365174/p1-1-gfo4nuusw55hzhenehqh7h3gpj"
COMPANY = {"zh": "晨光电器服务有限公司", "en": "Morning Light Appliances"}


def test_every_letter_has_a_short_message() -> None:
    """A short message has the company first, the number, and the link last, within two segments, in each
    branch."""
    for name, language in product(PARTY, formats.LANGUAGES):
        for branch in covering(name, language, BRANCHES.values()):
            subject = render(name, language, branch, mailed=False).subject
            for until in (None, MIDNIGHT):
                text = message_text(language, COMPANY[language], NUMBER, subject, until, LINK)
                assert text.lstrip("【").startswith(COMPANY[language]), text
                assert text.endswith(LINK), text
                assert NUMBER in text, text
                assert len(text) <= most(text), text


def test_an_end_at_midnight_is_that_of_the_day_before() -> None:
    """An end at midnight is written as in letters, without year and weekday."""
    assert [brief_date("zh", at) for at in (MIDNIGHT, TODAY)] == ["12月8日24:00", "12月1日15:30"]
    assert brief_date("en", MIDNIGHT) == "8 December, 24:00"


def test_one_character_of_another_alphabet_makes_every_message_shorter() -> None:
    """A character outside the plain alphabet reduces the two segments from 153 to 67 characters each."""
    assert (most("Read it here: a_b"), most("naïve"), most("信")) == (PLAIN, WIDE, WIDE)
