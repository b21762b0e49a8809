"""The person of an open complaint gets a letter about a very similar one that names their address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.reference import shown
from chalicelib.web import request_models
from tests.casework.post import FakePost
from tests.scenario import CONSUMER, HOUR, Scenario, complaint

STORY = "我上个月在你们店里买的洗衣机，用了不到两个星期就漏水，打电话没人管。"
VICTIM = {"name": "李雪", "email": "li.xue@mail.example", "language": "zh"}
SECRET = "楼下邻居要我赔三千元"


@pytest.fixture
def post(scenario: Scenario) -> FakePost:
    """Return the mail provider of the test."""
    return FakePost.into(scenario)


def filed(scenario: Scenario, story: str = STORY, **changes: Any) -> Case:
    """File a complaint with the address of the victim, and let everything leave."""
    account = {"story": story, **changes.pop("account", {})}
    case = scenario.submit(**{"person": VICTIM, "account": account, **changes})
    scenario.post(), scenario.post()  # what the first post causes leaves with the second
    return case


def confirmed(scenario: Scenario, **changes: Any) -> str:
    """File a complaint and confirm its address; return its number."""
    ref = filed(scenario, **changes).ref
    scenario.confirm(ref)
    scenario.post()
    scenario.later(HOUR)
    return ref


def letters_sent(post: FakePost) -> list[str]:
    """Return the texts of the letters about similar complaints that have left."""
    return [letter.text for _, _, letter in post.taken if letter.subject.startswith("收到一件相似的投诉")]


def test_person_of_the_earlier_complaint_gets_a_letter(scenario: Scenario, post: FakePost) -> None:
    """The letter has the new complaint's number, but none of its words. Letters on the new complaint's case
    do not name the earlier one."""
    ref = confirmed(scenario)
    new = filed(scenario, STORY + SECRET)
    (text,) = letters_sent(post)
    assert shown(new.ref) in text
    assert shown(ref) in text
    assert SECRET not in text
    assert scenario.moves(new.ref) == ["submit"]
    receipts = [letter.text for _, _, letter in post.taken if shown(new.ref) in letter.subject]
    assert not [text for text in receipts if shown(ref) in text]


@pytest.mark.parametrize(("named", "is_said"), [("海澜电器", True), ("点此领奖", False)])
def test_company_is_named_only_if_the_person_named_it_too(
    scenario: Scenario, post: FakePost, named: str, is_said: bool
) -> None:
    """Else a stranger could have us mail their words."""
    confirmed(scenario, account={"business": "海澜电器"})
    filed(scenario, account={"business": named})
    assert [named in text for text in letters_sent(post)] == [is_said]


def test_an_earlier_complaint_tells_once_a_day(scenario: Scenario, post: FakePost) -> None:
    """An earlier complaint causes one letter a day, so a stranger cannot fill the mailbox."""
    confirmed(scenario)
    for _ in range(3):
        filed(scenario)
    assert len(letters_sent(post)) == 1
    scenario.later(24 * HOUR)
    filed(scenario)
    assert len(letters_sent(post)) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"story": "我在你们店里买的空调，师傅装的时候把墙打坏了，现在要我自己出钱修。"},
        {"person": VICTIM | {"email": "another@mail.example"}},
        {"caller": Caller("shop-crm", Role.PARTNER, channel=Channel.API)},
    ],
)
def test_other_stories_people_and_partners_tell_nobody(
    scenario: Scenario, post: FakePost, other: dict[str, Any]
) -> None:
    """A partner that passes on a hundred complaints causes no letter."""
    confirmed(scenario)
    filed(scenario, **other)
    assert not letters_sent(post)


def test_unconfirmed_and_closed_complaints_tell_nobody(scenario: Scenario, post: FakePost) -> None:
    """Who holds an unconfirmed mailbox is unknown. A closed complaint has nothing to be joined with."""
    filed(scenario)
    closed = confirmed(scenario)
    scenario.move(scenario.by_link(closed), "withdraw", closed)
    scenario.later(HOUR)
    filed(scenario)
    assert not letters_sent(post)


def test_sender_who_was_asked_in_the_browser_gets_no_letter(scenario: Scenario, post: FakePost) -> None:
    """The page has asked them whether this is another matter."""
    ref = confirmed(scenario)
    body = json.dumps(complaint(person=VICTIM, account={"story": STORY}))
    said = request_models.arguments("submit", body, scenario.time)
    scenario.product.casework.submit(CONSUMER, said, here=ref)
    scenario.post()
    assert not letters_sent(post)
