"""Validity of an access link: at least as long as the case allows or awaits anything."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engine.link_expiry import LINK_LASTS, link_ended, link_ends
from tests.domain.life import DAY, Life, accepted, performing
from tests.domain.surveyed import closed


def test_link_lasts_while_the_case_is_open() -> None:
    """The link is valid also while only our own work is awaited."""
    assert not any(link_ends(life.case) for life in (Life(), accepted(), performing()))


def test_link_ends_ninety_days_after_the_last_window() -> None:
    """A link ends ninety days after the reopening window or the survey, whichever is later, to the second."""
    life = closed()
    last = max(run.due for run in life.running.values() if run.due)
    assert link_ends(life.case) == last + LINK_LASTS == last + 90 * DAY
    life.live(last + LINK_LASTS - life.time - timedelta(seconds=1))
    assert not link_ended(life.case, life.time)
    assert link_ended(life.case, life.time + timedelta(seconds=1))


def test_link_lasts_while_a_message_waits() -> None:
    """The link is valid while a message has no reply, also long after the closing."""
    life = closed()
    life.live(200 * DAY)
    life.take("message", "li", text="还有一个问题。")
    assert link_ends(life.case) is None
    life.take("message", "wang", text="请看附件。")
    assert link_ends(life.case) == life.time + LINK_LASTS


def test_request_for_an_ended_link_sends_a_new_one() -> None:
    """The new link lasts as long again, and the ended one stays ended. A link that has not ended is sent
    again unchanged."""
    life = closed()
    life.take("send_link", "clock", party="p1")
    assert life.case.parties[0].generation == 1
    life.live(300 * DAY)
    assert link_ended(life.case, life.time)
    life.take("send_link", "clock", party="p1")
    assert life.case.parties[0].generation == 2
    assert link_ends(life.case) == life.time + LINK_LASTS
