"""New recipients: a case, and a network, may name a limited number of them a day.

Waiting messages leave on the first day with room; replaced ones never leave.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.access.authorization import CLOCK, Caller
from chalicelib.aws.case_file import OLDER, READ_ONLY, DynamoCaseFile
from chalicelib.aws.versions import RowShape
from chalicelib.cases.casework import Once, Unavailable
from chalicelib.delivery.correspondence import Standstill, address
from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.case import Case
from chalicelib.domain.roster import Roster
from tests.aws_calls import Calls
from tests.casework.deliveries import LI, MINUTE, pass_time, states
from tests.casework.messages import MOBILE, Messages
from tests.casework.post import FakePost
from tests.scenario import DAY, HOUR, T0, WANG, Scenario

HOME, OTHER = "192.0.2.1", "2001:0db8:0000:0001"
THEIR_MORNING = timedelta(hours=24)


@pytest.fixture
def post(scenario: Scenario) -> FakePost:
    """The mailboxes of this scenario."""
    return FakePost.into(scenario)


def by(scenario: Scenario, case: Case, network: str = HOME) -> Caller:
    """Return the consumer of a case, calling from a network."""
    return replace(scenario.party(case), network=network)


def name_new_address(scenario: Scenario, network: str = HOME, **said: Any) -> datetime:
    """Create a complaint whose consumer names a new address; return when the message to it leaves."""
    case = scenario.submit()
    scenario.move(
        by(scenario, case, network),
        "change_contact",
        case.ref,
        **(said or {"email": f"{case.ref}@new.example"}),
    )
    return leaves(scenario, case.ref)


def leaves(scenario: Scenario, ref: str) -> datetime:
    """Return when the message to the consumer's new address leaves."""
    pending = scenario.product.file.load(ref).party("p1").pending
    assert pending
    return pending.leaves


def strangers(post: FakePost) -> list[str]:
    """Return the recipients who have confirmed nothing."""
    return [to for to, _, _ in post.taken if to != LI and not to.endswith("@house.example")]


def night(scenario: Scenario) -> None:
    """Let the schedule run until the middle of the next local day."""
    noon = scenario.time.astimezone(SHANGHAI).replace(hour=12, minute=0) + DAY
    scenario.time = noon.astimezone(UTC)
    scenario.minute(), scenario.post()


def test_sixty_changes_in_a_row_reach_four_strangers_in_two_days(scenario: Scenario, post: FakePost) -> None:
    """Three messages leave at once and the last of the others in the morning, without a link to the case.

    The replaced ones never leave.
    """
    case = scenario.submit()
    scenario.post()
    for n in range(60):
        scenario.move(by(scenario, case), "change_contact", case.ref, email=f"n{n}@mail.example")
        scenario.post()
    assert strangers(post) == ["n0@mail.example", "n1@mail.example", "n2@mail.example"]
    assert Counter(to for to, _, _ in post.taken)[LI] == 3
    for _ in range(3):
        night(scenario)
    assert strangers(post)[3:] == ["n59@mail.example"]
    assert not any("/case/" in letter.text for to, _, letter in post.taken if to in strangers(post))
    assert Counter(state for name, state in states(scenario, case.ref) if name == "confirm_contact") == {
        "sent": 4,
        "skipped": 56,
    }


def test_waiting_message_is_due_at_its_turn(scenario: Scenario, post: FakePost, calls: Calls) -> None:
    """The message is due in the index at its turn, and not before."""
    case = scenario.submit()
    for n in range(4):
        scenario.move(by(scenario, case), "change_contact", case.ref, email=f"n{n}@mail.example")
    scenario.post()
    before = len(post.taken)
    pass_time(scenario, 2 * HOUR, 10 * MINUTE)
    calls.made()
    assert scenario.minute() == 0
    assert len(post.taken) == before


def test_a_message_that_waits_does_not_leave_with_what_is_nudged(scenario: Scenario, post: FakePost) -> None:
    """Confirming the old mailbox names the message's row to a worker; the message keeps its turn."""
    case = scenario.submit()
    for n in range(4):
        scenario.move(by(scenario, case), "change_contact", case.ref, email=f"n{n}@mail.example")
    scenario.post()
    scenario.product.casework.move("confirm_address", case.ref, CLOCK, {"party": "p1"})
    scenario.post()
    assert "n3@mail.example" not in strangers(post)


def test_thirty_new_people_a_network_and_day(scenario: Scenario, post: FakePost) -> None:
    """The next thirty wait for the next day, and so on; another network is not delayed."""
    at = [name_new_address(scenario) for _ in range(65)]
    day = (scenario.time - scenario.time.replace(hour=0, minute=0)) // DAY
    assert day == 0
    midnight = scenario.time.replace(hour=0) + DAY
    assert Counter(at) == {scenario.time: 30, midnight: 30, midnight + DAY: 5}
    assert name_new_address(scenario, OTHER) == scenario.time
    scenario.post()
    assert len(strangers(post)) == 31
    scenario.time = midnight + MINUTE
    scenario.minute(), scenario.post()
    assert len(strangers(post)) == 61


def test_a_case_beyond_its_own_limit_takes_no_turn_of_its_neighbours(scenario: Scenario) -> None:
    """One person of a household changes again and again; messages of the others leave at once."""
    case = scenario.submit()
    for n in range(60):
        scenario.move(by(scenario, case), "change_contact", case.ref, email=f"n{n}@mail.example")
    assert [name_new_address(scenario) for _ in range(27)] == [scenario.time] * 27
    assert name_new_address(scenario) > scenario.time


def test_ten_of_them_by_short_message(scenario: Scenario) -> None:
    """The eleventh short message of a day waits; a mail still leaves at once."""
    messages = Messages(scenario)
    at = [name_new_address(scenario, phone=f"1390013{n:04}", way="sms") for n in range(12)]
    assert [moment == scenario.time for moment in at] == [True] * 10 + [False] * 2
    assert name_new_address(scenario) == scenario.time
    scenario.post()
    assert len(messages.taken) == 10
    assert MOBILE not in dict(messages.taken)


def test_an_idempotent_repeat_is_not_counted(scenario: Scenario) -> None:
    """The repeated request gets its first answer, however often it comes."""
    case, key = scenario.submit(), Once("k", "d")
    for _ in range(40):
        scenario.product.casework.move(
            "change_contact", case.ref, by(scenario, case), {"email": "new@mail.example"}, key
        )
    assert [name_new_address(scenario) for _ in range(29)] == [scenario.time] * 29
    assert scenario.moves(case.ref) == ["submit", "change_contact"]


def test_staff_are_counted_nowhere(scenario: Scenario, calls: Calls) -> None:
    """Staff record what callers say, so their changes touch no count."""
    cases = [scenario.submit() for _ in range(40)]
    calls.made()
    for case in cases:
        scenario.move(WANG, "change_contact", case.ref, email=f"{case.ref}@new.example")
    assert "UpdateItem" not in calls.made()
    assert {leaves(scenario, case.ref) for case in cases} == {scenario.time}
    assert name_new_address(scenario) == scenario.time


def test_a_move_that_reaches_nobody_new_costs_no_call_more(scenario: Scenario, calls: Calls) -> None:
    """Another language or telephone number is not counted; an address costs one write."""
    case, costs = scenario.submit(), []
    said: list[dict[str, Any]] = [{"language": "en"}, {"phone": "13700137000"}, {"email": "new@mail.example"}]
    for one in said:
        calls.made()
        scenario.move(by(scenario, case), "change_contact", case.ref, **one)
        costs.append(calls.made().get("UpdateItem", 0))
    assert costs == [0, 0, 1]


def test_uncounted_message_waits_for_the_morning(scenario: Scenario) -> None:
    """The change is saved, and the message waits for the morning rather than leave uncounted."""

    class Broken:
        def next(self, network: str, text: bool, first: datetime) -> datetime:
            raise Unavailable("counts")

    scenario.product.__dict__["casework"] = replace(scenario.product.casework, ceilings=Broken())
    at = name_new_address(scenario)
    assert timedelta(0) < at - scenario.time <= THEIR_MORNING


def test_a_representative_who_waits_has_the_whole_time_once_the_letter_has_left(
    scenario: Scenario, post: FakePost
) -> None:
    """The time to send the authority document begins when the letter leaves."""
    case = scenario.submit()
    for n in range(4):
        person = {"name": "李雪", "email": f"r{n}@mail.example", "capacity": "agent"}
        scenario.move(by(scenario, case), "add_representative", case.ref, person=person, powers=["submit"])
    scenario.post()
    assert strangers(post) == ["r0@mail.example", "r1@mail.example", "r2@mail.example"]
    scenario.confirm(case.ref)
    night(scenario)
    assert strangers(post)[3:] == ["r3@mail.example"]
    told = scenario.product.file.load(case.ref).told
    assert told["authority_request"] == scenario.time


# What leaves meanwhile


def test_a_decision_goes_to_the_old_mailbox_if_it_is_confirmed(scenario: Scenario, post: FakePost) -> None:
    """The letter contains the old link, which is valid until the new mailbox is confirmed."""
    case = scenario.submit()
    scenario.confirm(case.ref)
    scenario.move(by(scenario, case), "change_contact", case.ref, email="new@mail.example")
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    assert post.taken[-1][0] == LI
    assert scenario.product.links.path(case.ref, "p1", 1) in post.taken[-1][2].text
    assert strangers(post) == ["new@mail.example"]


def test_a_decision_is_told_by_telephone_where_nobody_confirmed_it(
    scenario: Scenario, post: FakePost
) -> None:
    """The decision is a call task at once, neither mailbox gets it, and the acknowledgement is in time."""
    case = scenario.submit()
    scenario.post()
    scenario.move(by(scenario, case), "change_contact", case.ref, email="new@mail.example")
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    assert [telling.letter for telling in scenario.product.file.load(case.ref).tellings] == ["accepted"]
    seats = [item["ref"] for item in scenario.product.file.work("TEAM#general#tellings", None, 50)[0]]
    assert seats == [case.ref]
    assert Counter(letter.subject for to, _, letter in post.taken if to == "new@mail.example").total() == 1


def test_a_decision_that_was_on_its_way_is_told_by_telephone_too(scenario: Scenario, post: FakePost) -> None:
    """During a mail outage the person named another mailbox, so the old one may belong to nobody."""
    case = scenario.submit()
    scenario.post()
    post.trouble = Standstill("down")
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    scenario.move(by(scenario, case), "change_contact", case.ref, email="new@mail.example")
    post.trouble = None
    pass_time(scenario, 20 * MINUTE)
    after = scenario.product.file.load(case.ref)
    assert [telling.letter for telling in after.tellings] == ["accepted"]
    assert after.told["accepted"] is None
    assert strangers(post) == ["new@mail.example"]


def test_the_receipt_of_filing_still_leaves(scenario: Scenario, post: FakePost) -> None:
    """The receipt is sent even if the address changes before it leaves."""
    case = scenario.submit()
    scenario.move(by(scenario, case), "change_contact", case.ref, email="new@mail.example")
    scenario.post()
    assert len(post.to(LI)) == 2
    assert ("receipt", "sent") in states(scenario, case.ref)


def test_the_owner_of_a_confirmed_mailbox_is_warned_at_once(scenario: Scenario, post: FakePost) -> None:
    """The warning ignores the day's limit, since a thief of the link could use that up first."""
    case = scenario.submit()
    scenario.confirm(case.ref)
    for _ in range(12):
        scenario.move(WANG, "message", case.ref, text="在办。")
    scenario.post()
    scenario.move(by(scenario, case), "change_contact", case.ref, email="thief@mail.example")
    scenario.post()
    assert "联系方式变更提示" in post.to(LI)[-1]


def test_a_change_that_counted_is_told_though_another_follows(scenario: Scenario, post: FakePost) -> None:
    """During a mail outage a thief named a mailbox, confirmed it and named the next.

    The owner gets a warning about the first.
    """
    case = scenario.submit()
    scenario.confirm(case.ref), scenario.post()
    before = len(post.to(LI))
    post.trouble = Standstill("down")
    scenario.move(by(scenario, case), "change_contact", case.ref, email="thief@mail.example")
    scenario.post(), scenario.confirm(case.ref)
    scenario.move(by(scenario, case), "change_contact", case.ref, email="other@mail.example")
    post.trouble = None
    pass_time(scenario, 20 * MINUTE)
    assert "联系方式变更提示" in post.to(LI)[before]
    assert len(post.to("thief@mail.example")) == 2


def test_a_late_warning_tells_a_stranger_nothing_and_says_that_it_counts(
    scenario: Scenario, post: FakePost
) -> None:
    """Nobody had confirmed the old mailbox, and the new one was confirmed during a mail outage.

    The late warning to the old one contains no name and no address.
    """
    case = scenario.submit()
    scenario.post()
    post.trouble = Standstill("down")
    scenario.move(by(scenario, case), "change_contact", case.ref, email="new@mail.example")
    scenario.post(), scenario.confirm(case.ref)
    post.trouble = None
    pass_time(scenario, 20 * MINUTE)
    (text,) = (letter.text for to, _, letter in post.taken[1:] if to == LI)
    assert "现在已经确认" in text
    assert "王芳" not in text
    assert "n…@mail.example" not in text
    assert "/case/" not in text


# Rows of the release before


class BeforeShape(RowShape[Case]):
    """Heads as the earlier release wrote them, without a pending address or a confirmed telephone."""

    def written(self, value: Case, version: int = 0) -> bytes:
        """Return the body without the fields that the earlier release did not know."""
        body = json.loads(super().written(value, version))
        body.pop("recipients", None)
        for party in body["parties"]:
            for name in ("pending", "phone_confirmed", "waits"):
                party.pop(name, None)
        return json.dumps(body, ensure_ascii=False).encode()


def test_a_head_of_the_release_before_is_read_as_it_was_meant(scenario: Scenario, post: FakePost) -> None:
    """The mailbox stays confirmed or not, nothing is pending, and the next change works."""
    shape = BeforeShape(Case, older=OLDER, leaves=READ_ONLY)
    file = DynamoCaseFile(lambda: scenario.time, shape, scenario.product.macs)
    before, now = replace(scenario.product.casework, file=file), scenario.product.casework
    case = scenario.submit()
    before.move("confirm_address", case.ref, CLOCK, {"party": "p1", "new": False})
    party = scenario.product.file.load(case.ref).party("p1")
    assert (party.confirmed, party.pending, party.phone_confirmed, party.waits) == (True, None, False, None)
    now.move("change_contact", case.ref, by(scenario, case), {"email": "new@mail.example"})
    scenario.post(), scenario.confirm(case.ref), scenario.post()
    assert post.to("new@mail.example")[-1].startswith("新联系方式已经确认")


def test_a_letter_about_a_change_of_the_release_before_finds_the_old_mailbox() -> None:
    """The earlier release stored only the addresses before the last change."""
    person = {"email": "new@mail.example", "before": {"email": LI}}
    dossier: Any = SimpleNamespace(people={"p1": person}, case=None)
    row = {
        "to": "party:p1",
        "name": "contact_changed",
        "way": "email",
        "entry": 2,
        "facts": {"about": "before"},
    }
    assert address(dossier, row, Roster(), T0) == LI
