"""A step is notified at once, its repetitions once a morning; letters about one thing come to an end."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.delivery.correspondence import Standstill
from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.engine.sending_limits import this_morning
from chalicelib.domain.model.case import Case
from tests.casework.post import FakePost
from tests.casework.walks import walked
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario

WU = "wu@house.example"
"""The executive, the last step of the ladder of an untouched complaint."""


def days(scenario: Scenario, n: int, *cases: Case) -> None:
    """Let days pass: steps and letters at their moments, digests each morning."""
    end = scenario.time + n * DAY
    while scenario.time < end:
        steps = [at for case in cases if (at := look_at(scenario.product.file.load(case.ref)))]
        scenario.time = min([this_morning(scenario.time), end, *(max(at, scenario.time) for at in steps)])
        for case in cases:
            scenario.product.casework.look_at(case.ref, scenario.time)
        scenario.post()
        walked(scenario)


def digests(post: FakePost, to: str = WU) -> list[str]:
    """Return the texts of the digests to an address."""
    return [letter.text for address, id, letter in post.taken if address == to and id.startswith("digest.")]


def test_an_untouched_complaint_makes_few_letters(scenario: Scenario, post: FakePost) -> None:
    """Sixty days make at most fifteen letters besides digests, and nobody gets more than one digest a
    morning.
    """
    case = scenario.submit()
    days(scenario, 60, case)
    daily = Counter(to for to, id, _ in post.taken if id.startswith("digest."))
    assert len(post.taken) - daily.total() <= 15
    assert daily[WU] == max(daily.values()) <= 60
    ids = [(to, id) for to, id, _ in post.taken]
    assert len(ids) == len(set(ids))
    assert len(digests(post)) >= 57
    assert all(case.ref[:4] in text for text in digests(post))


def test_a_digest_lists_what_is_still_so_the_latest_first(scenario: Scenario, post: FakePost) -> None:
    """A digest leaves out what has been done since, and without lines it is not sent.

    Listed lines are deleted.
    """
    first = scenario.submit()
    scenario.later(5 * HOUR)
    second, third = scenario.submit(), scenario.submit()
    days(scenario, 4, first, second, third)
    (text,) = digests(post)[-1:]
    assert text.index(first.ref[:4]) < text.index(second.ref[:4])
    days(scenario, 1, first, second, third)
    scenario.move(WANG, "accept", first.ref)
    before = len(digests(post))
    scenario.time = this_morning(scenario.time)
    walked(scenario)
    (text,) = digests(post)[before:]
    assert first.ref[:4] not in text
    assert second.ref[:4] in text
    days(scenario, 1, second, third)
    for case in (second, third):
        scenario.move(WANG, "accept", case.ref)
    before = len(digests(post))
    scenario.time = this_morning(scenario.time)
    walked(scenario)
    assert digests(post)[before:] == []
    assert scenario.product.correspondence.lines.lines("wu") == []


def test_mail_down_for_days_makes_one_digest(scenario: Scenario, post: FakePost) -> None:
    """The first digest after the outage lists all lines; those of the days between are empty."""
    case = scenario.submit()
    days(scenario, 3, case)
    post.trouble = Standstill("down")
    before = len(digests(post))
    days(scenario, 3, case)
    post.trouble = None
    scenario.later(2 * HOUR)
    for _ in range(3):
        walked(scenario)
        scenario.later(timedelta(minutes=20))
    assert len(digests(post)) == before + 1


@pytest.mark.parametrize("at", ["sent", "drop"])
def test_a_worker_that_dies_over_a_digest_loses_nothing(scenario: Scenario, post: FakePost, at: str) -> None:
    """A digest may be sent again if its worker died before recording it.

    If the worker died later, lines that still hold are listed once more at most.
    """
    case = scenario.submit()
    days(scenario, 2, case)
    scenario.time = at_step = look_at(scenario.product.file.load(case.ref)) or scenario.time
    scenario.product.casework.look_at(case.ref, at_step)
    lines = scenario.product.correspondence.lines.lines("wu")
    assert [line["deadline"] for line in lines] == ["acknowledgement"]
    scenario.time = this_morning(scenario.time)
    working = scenario.product.correspondence
    dying = replace(
        working,
        **{"outbox": Dying(working.outbox, at)} if at == "sent" else {"lines": Dying(working.lines, at)},
    )
    id = f"digest.{scenario.time.date()}"
    with pytest.raises(KeyboardInterrupt):
        dying.deliver("HOUSE#wu", id, scenario.time)
    scenario.later(timedelta(minutes=6))
    walked(scenario)
    assert len(digests(post)) == (2 if at == "sent" else 1)
    assert bool(scenario.product.correspondence.lines.lines("wu")) == (at == "drop")


class Dying:
    """A store whose worker dies at the first of these steps."""

    def __init__(self, store: Any, at: str) -> None:
        self._store, self._at = store, at

    def __getattr__(self, name: str) -> Any:
        if name == self._at:
            raise KeyboardInterrupt
        return getattr(self._store, name)


def test_digests_of_a_question_go_to_people_with_an_account(scenario: Scenario, post: FakePost) -> None:
    """The department gets letters, each with its link to the question. The supervisor gets the repetitions in
    the digest, so a digest needs no link to a question."""
    case = scenario.move(WANG, "accept", scenario.submit().ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    scenario.move(ZHAO, "ask_department", case.ref, department="repair", question="修过几次？")
    days(scenario, 25, case)
    department = [
        (id, letter.text) for to, id, letter in post.taken if to in ("he@house.example", "shi@house.example")
    ]
    assert len(department) == 4
    assert not [id for id, _ in department if id.startswith("digest.")]
    assert all("/question/" in text for _, text in department)
    assert any("部门答复" in text for text in digests(post, "zhou@house.example"))


def test_first_report_is_a_letter_and_no_digest(scenario: Scenario, post: FakePost) -> None:
    """A repetition needs an earlier step: after days without a clock the executive gets a letter first."""
    case = scenario.submit()
    scenario.later(6 * DAY)
    scenario.product.casework.look_at(case.ref, scenario.time)
    scenario.post()
    assert len(post.to(WU)) == 1
    assert digests(post) == []
    days(scenario, 2, case)
    assert len(digests(post)) >= 1
    assert len(post.to(WU)) == 1 + len(digests(post))


def test_a_digest_that_comes_back_is_told_to_operations(
    scenario: Scenario, post: FakePost, capsys: pytest.CaptureFixture[str]
) -> None:
    """The provider's event is matched to the digest, although it belongs to no case."""
    from chalicelib.aws.post import _tag, events

    case = scenario.submit()
    days(scenario, 4, case)
    id = next(id for to, id, _ in post.taken if id.startswith("digest."))
    mail = {"messageId": "m-1", "tags": {"ref": [_tag("HOUSE#wu")], "letter": [id.replace(".", "_")]}}
    assert events({"eventType": "Send", "mail": mail})[2:4] == ("HOUSE#wu", id)
    scenario.product.provider_says(
        {"eventType": "Bounce", "mail": mail, "bounce": {"bounceType": "Permanent"}}
    )
    assert '"StaffAddressRefuses": 1' in capsys.readouterr().out
    assert scenario.product.outbox.letter("HOUSE#wu", id)["state"] == "bounced"
