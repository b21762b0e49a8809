"""Answers to our letters as mail programs write them: who wrote what, in every character set."""

from __future__ import annotations

import pytest

from chalicelib.incoming.mail import read
from chalicelib.incoming.quotes import cut
from tests.incoming.mails import OWN, PERSON, QUOTED, REPLIES, Reply, mail

NAMES = [one.name for one in REPLIES]


def test_the_replies_are_many_and_named_once() -> None:
    """Sixty answers at least are tried."""
    assert len(NAMES) >= 60
    assert len({*NAMES}) == len(NAMES)


@pytest.mark.parametrize("one", REPLIES, ids=NAMES)
def test_reply_is_cut_to_the_words_of_its_writer(one: Reply) -> None:
    """The quoted letter and the line of the device are cut; every word of the writer is kept."""
    got = read(mail(one.body, one.subject), OWN)
    assert got.text == one.said
    assert not [word for word in QUOTED if word in got.text]
    assert got.faults == frozenset()
    assert (got.sender, got.automatic, got.files) == (PERSON, None, ())


@pytest.mark.parametrize("one", REPLIES, ids=NAMES)
def test_whole_text_is_kept_beside(one: Reply) -> None:
    """Staff can read the whole mail, and cutting it once more changes nothing."""
    got = read(mail(one.body, one.subject), OWN)
    assert [line for line in one.said.split("\n") if line not in got.whole] == []
    assert cut(got.text) == got.text
