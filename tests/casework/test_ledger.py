"""The ledger of letters that left: one locked object for each, apart from the table."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.ledger import LOCKED, Departure
from chalicelib.cases.casework import Unavailable
from tests.casework.deliveries import states, told_by_provider
from tests.casework.messages import BY_TEXT, Messages
from tests.casework.post import FakePost
from tests.scenario import HOUR, WANG, Scenario


class Away:
    """A ledger that does not answer."""

    def left(self, ref: str, letter: str, name: str, now: datetime) -> None:
        """Raise `Unavailable`."""
        raise Unavailable("file store")


def entered(scenario: Scenario, since: timedelta = HOUR) -> list[tuple[str, str, str]]:
    """Return (case, letter, name) of the entries of the last hour."""
    found = scenario.product.ledger.since(scenario.time - since)
    return [(one.ref, one.letter, one.name) for one in found]


def receipt(scenario: Scenario) -> tuple[str, str]:
    """Return number and id of the receipt of a new complaint, which left by mail."""
    case = scenario.submit()
    scenario.post()
    return case.ref, scenario.product.file.whole(case.ref).letters[0]["id"]


def sent(ref: str, letter: str, *names: str) -> dict[str, Any]:
    """Return the provider's event that a mail left. `names`: the name of the letter."""
    tags = {"ref": [ref], "letter": [letter.replace(".", "_")], **({"name": [*names]} if names else {})}
    return {"eventType": "Send", "mail": {"messageId": "m-1", "tags": tags}}


def test_mail_is_entered_when_the_provider_reports_it(scenario: Scenario, post: FakePost) -> None:
    """The sending worker itself calls nothing more; a repeated event adds no entry."""
    ref, letter = receipt(scenario)
    assert entered(scenario) == []
    for _ in range(2):
        scenario.product.provider_says(sent(ref, letter, "receipt"))
    assert entered(scenario) == [(ref, letter, "receipt")]


def test_mail_carries_the_name_of_its_letter(scenario: Scenario) -> None:
    """The provider returns the tag with its events."""
    taken: list[dict[str, Any]] = []

    class Provider:
        def send_email(self, **asked: Any) -> dict[str, str]:
            taken.append(asked)
            return {"MessageId": "m-1"}

    scenario.product.correspondence.post.__dict__["_ses"] = Provider()
    receipt(scenario)
    assert {"Name": "name", "Value": "receipt"} in taken[0]["EmailTags"]


def test_mail_of_an_earlier_release_is_entered_without_a_name(scenario: Scenario, post: FakePost) -> None:
    """Its event has no tag with the name."""
    ref, letter = receipt(scenario)
    told_by_provider(scenario, "Send", ref, letter)
    assert entered(scenario) == [(ref, letter, "unnamed")]


def test_letter_of_no_case_is_entered_with_its_reference(scenario: Scenario, post: FakePost) -> None:
    """The reference has characters that a key must not have unescaped."""
    scenario.product.ledger.left("HOUSE#wu/1", "digest.2026-02-13", "digest", scenario.time)
    assert entered(scenario) == [("HOUSE#wu/1", "digest.2026-02-13", "digest")]


def test_short_message_is_entered_by_its_worker(scenario: Scenario) -> None:
    """No event reports a short message."""
    Messages(scenario)
    case = scenario.submit(person=BY_TEXT)
    scenario.post()
    letter = scenario.product.file.whole(case.ref).letters[0]["id"]
    assert entered(scenario) == [(case.ref, letter, "receipt")]


def test_ledger_that_does_not_answer_stops_no_message(scenario: Scenario) -> None:
    """The message is sent once, and counts as sent."""
    messages = Messages(scenario)
    correspondence = replace(scenario.product.correspondence, ledger=Away())
    scenario.product.__dict__["correspondence"] = correspondence
    case = scenario.submit(person=BY_TEXT)
    scenario.post()
    scenario.post()
    assert len(messages.taken) == 1
    assert states(scenario, case.ref) == [("receipt", "sent")]


def test_event_is_repeated_until_the_ledger_answers(scenario: Scenario, post: FakePost) -> None:
    """The queue delivers the event again, since the worker fails."""
    ref, letter = receipt(scenario)
    whole = scenario.product.correspondence
    scenario.product.__dict__["correspondence"] = replace(whole, ledger=Away())
    with pytest.raises(Unavailable):
        scenario.product.provider_says(sent(ref, letter, "receipt"))
    scenario.product.__dict__["correspondence"] = whole
    scenario.product.provider_says(sent(ref, letter, "receipt"))
    assert entered(scenario) == [(ref, letter, "receipt")]


def test_ledger_is_read_from_a_moment_on(scenario: Scenario, post: FakePost) -> None:
    """Earlier entries of the same hour and of earlier hours are left out."""
    for minutes in (0, 70, 80):
        scenario.later(timedelta(minutes=minutes))
        scenario.product.ledger.left("1", f"{minutes}.0", "receipt", scenario.time)
    found = [*scenario.product.ledger.since(scenario.time - timedelta(minutes=5))]
    assert found == [Departure("1", "80.0", "receipt", scenario.time)]


def test_entry_that_the_store_took_in_the_next_hour_is_found(scenario: Scenario, post: FakePost) -> None:
    """Its key has the hour before, in which the worker wrote it."""
    hour = scenario.time.replace(minute=0) + HOUR
    scenario.time = hour + timedelta(seconds=1)
    scenario.product.ledger.left("1", "1.0", "receipt", hour - timedelta(seconds=1))
    assert [one.letter for one in scenario.product.ledger.since(hour)] == ["1.0"]


def test_entry_is_locked_for_sixty_days(scenario: Scenario, post: FakePost) -> None:
    """The lock is longer than a table can be restored, and shorter than that of an agreement."""
    ref, letter = receipt(scenario)
    scenario.product.provider_says(sent(ref, letter, "receipt"))
    s3, bucket = scenario.product.archive._s3, scenario.product.setting("SEALED")
    (key,) = scenario.product.archive.keys("sent/")
    hour = f"{scenario.time:%Y-%m-%d/%H}"
    assert key == f"sent/{hour}/{ref}/{letter}/receipt"
    found = s3.head_object(Bucket=bucket, Key=key)
    assert found["ObjectLockRetainUntilDate"] == scenario.time + LOCKED
    assert timedelta(days=60) == LOCKED


def test_short_message_keeps_the_order_of_its_worker(scenario: Scenario) -> None:
    """The message is recorded as sent before the ledger is asked: a worker that dies between the two does not
    send it again."""
    messages = Messages(scenario)

    class Dies:
        def left(self, *_: Any) -> None:
            raise KeyboardInterrupt

    whole = scenario.product.correspondence
    scenario.product.__dict__["correspondence"] = replace(whole, ledger=Dies())
    case = scenario.submit(person=BY_TEXT)
    with pytest.raises(KeyboardInterrupt):
        scenario.post()
    scenario.product.__dict__["correspondence"] = whole
    scenario.move(WANG, "take", case.ref)
    scenario.post()
    assert [text for _, text in messages.taken if case.ref[:4] in text] == [messages.taken[0][1]]
