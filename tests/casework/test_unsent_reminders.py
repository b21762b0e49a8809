"""A reminder that cannot leave holds the lapse, and staff have a call to make. The told date holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.delivery.correspondence import Standstill
from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.running import UNREMINDED
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Way
from chalicelib.letters import Rendered
from chalicelib.locale.formats import moment
from tests.casework.deliveries import LI, MINUTE, pass_time, told_by_provider
from tests.casework.joint import OTHER, two
from tests.casework.post import FakePost
from tests.casework.windows import WINDOWS, lapses, window
from tests.life.contested import MA
from tests.scenario import DAY, HOUR, WANG, Scenario

REMINDED = {name: WINDOWS[name] for name in WINDOWS if name != "offer"}
"""The windows with a reminder before their lapse."""


class PartPost(FakePost):
    """A mail provider that cannot reach the addresses in `down`."""

    down: tuple[str, ...] = ()

    def send(self, to: str, letter: Rendered, ref: str, id: str, name: str) -> str:
        """Record a letter and return its id."""
        if to in self.down:
            raise Standstill("down")
        return super().send(to, letter, ref, id, name)


def reminder(scenario: Scenario, ref: str) -> dict[str, Any]:
    """Return the last reminder of a case."""
    letters = scenario.product.file.whole(ref).letters
    return next(one for one in reversed(letters) if one["name"].endswith("_reminder"))


def state(scenario: Scenario, ref: str, name: str) -> str:
    """Return why a window has no end; "" if it has one."""
    return window(scenario, ref, name).stopped


def load(scenario: Scenario, ref: str) -> Case:
    """Return the case."""
    return scenario.product.file.load(ref)


def until_reminded(scenario: Scenario, ref: str, post: FakePost) -> None:
    """Let time pass until a reminder is owed that cannot leave."""
    post.trouble = Standstill("down")
    for _ in range(60):
        if any(one["name"].endswith("_reminder") for one in scenario.product.file.whole(ref).letters):
            return
        scenario.live(DAY, ref)
    raise AssertionError("no reminder")


@pytest.mark.parametrize("name", REMINDED)
def test_a_reminder_that_never_left_holds_the_lapse(scenario: Scenario, name: str) -> None:
    """Mail fails from before the reminder: nothing lapses, and staff get a call task. The window goes on when
    the call is made, and lapses at the end that was told then."""
    post = FakePost.into(scenario)
    ref = REMINDED[name](scenario)
    scenario.live(HOUR, ref)
    planned = window(scenario, ref, name)
    assert planned.due
    until_reminded(scenario, ref, post)
    row = reminder(scenario, ref)
    scenario.live(planned.due + 3 * DAY - scenario.time, ref)
    assert lapses(scenario, ref) == [], "the reminder has not left"
    assert state(scenario, ref, name) == UNREMINDED
    waiting = [telling for telling in load(scenario, ref).tellings if telling.letter == row["key"]]
    assert waiting, "staff have a call to make"
    assert "undelivered" in scenario.letters(ref, waiting_owner(scenario, ref))
    said = {"telling": waiting[0].id, "how": "phone", "told": True, "said": "读给本人听。"}
    scenario.move(MA if "signing" in row["name"] else WANG, "record_telling", ref, **said)
    told = scenario.time
    ends = window(scenario, ref, name).due
    assert ends
    assert ends >= told + (planned.due - instant(row["at"]))
    scenario.live(60 * DAY, ref)
    ended = [at for at in lapses(scenario, ref) if at >= ends]
    assert ended[:1] == [ends]


def waiting_owner(scenario: Scenario, ref: str) -> str:
    """Return the recipient of the last notice to staff of an undelivered letter."""
    letters = scenario.product.file.whole(ref).letters
    return str(next(one["to"] for one in reversed(letters) if one["name"] == "undelivered"))


def test_mail_that_comes_back_ends_the_call_and_tells_the_new_end(scenario: Scenario) -> None:
    """The letter leaves five days after the planned end. It names an end that is still to come and holds."""
    post = FakePost.into(scenario)
    ref = REMINDED["information"](scenario)
    scenario.live(HOUR, ref)
    ends = due(load(scenario, ref))["information"]
    until_reminded(scenario, ref, post)
    scenario.live(ends + 5 * DAY - scenario.time, ref)
    assert load(scenario, ref).tellings
    post.trouble = None
    pass_time(scenario, 5 * MINUTE)
    assert reminder(scenario, ref)["state"] == "sent"
    assert not load(scenario, ref).tellings
    holds = due(load(scenario, ref))["information"]
    assert holds > scenario.time
    (subject,) = (subject for subject in post.to(LI) if "提醒" in subject)
    assert moment("zh", holds) in subject
    scenario.live(40 * DAY, ref)
    assert lapses(scenario, ref) == [holds]


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_a_reminder_to_an_address_that_refuses_mail_is_told_by_a_call(scenario: Scenario, kind: str) -> None:
    """The address bounced or complained after the request. The reminder becomes a call; the lapse waits."""
    post = FakePost.into(scenario)
    ref = REMINDED["information"](scenario)
    scenario.live(HOUR, ref)
    request = next(
        one for one in scenario.product.file.whole(ref).letters if one["name"] == "information_request"
    )
    if kind == "complaint":
        told_by_provider(
            scenario,
            "Complaint",
            ref,
            request["id"],
            complaint={"complainedRecipients": [{"emailAddress": LI}]},
        )
    else:
        other = scenario.submit().ref
        scenario.post()
        receipt = next(one for one in scenario.product.file.whole(other).letters if one["name"] == "receipt")
        told_by_provider(
            scenario,
            "Bounce",
            other,
            receipt["id"],
            bounce={"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": LI}]},
        )
    before = len(post.taken)
    scenario.live(30 * DAY, ref)
    assert not [letter.subject for to, _, letter in post.taken[before:] if to == LI]
    assert lapses(scenario, ref) == []
    assert [telling.letter for telling in load(scenario, ref).tellings] == ["information_reminder"]
    scenario.tell(ref)
    holds = due(load(scenario, ref))["information"]
    scenario.live(30 * DAY, ref)
    assert lapses(scenario, ref) == [holds]


def test_a_late_reminder_of_one_of_two_counts_for_the_window_they_share(scenario: Scenario) -> None:
    """The reminder of the second person leaves three days late, that of the first person in time."""
    post = PartPost.into(scenario)
    assert isinstance(post, PartPost)
    ref, _ = two(scenario)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.live(HOUR, ref)
    ends = due(load(scenario, ref))["information"]
    post.down = (OTHER["email"],)
    scenario.live(4 * DAY, ref)
    scenario.live(3 * DAY, ref)
    post.down = ()
    pass_time(scenario, 5 * MINUTE)
    left: dict[str, datetime] = {
        one["to"]: instant(one["sent"]["at"])
        for one in scenario.product.file.whole(ref).letters
        if one["name"] == "information_reminder"
    }
    assert left["party:p2"] - left["party:p1"] > 2 * DAY
    holds = due(load(scenario, ref))["information"]
    assert holds >= left["party:p2"] + (ends - left["party:p1"]) - HOUR
    assert moment("zh", holds) in post.to(OTHER["email"])[-1]
    scenario.live(40 * DAY, ref)
    assert lapses(scenario, ref) == [holds]


def test_a_reminder_that_one_of_two_never_got_holds_the_window_they_share(scenario: Scenario) -> None:
    """The reminder of the second person never leaves, so the lapse waits for the call to them."""
    post = PartPost.into(scenario)
    assert isinstance(post, PartPost)
    ref, _ = two(scenario)
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.live(HOUR, ref)
    post.down = (OTHER["email"],)
    scenario.live(40 * DAY, ref)
    assert lapses(scenario, ref) == []
    assert [telling.letter for telling in load(scenario, ref).tellings] == ["information_reminder@p2"]


def test_a_reminder_that_bounces_after_the_window_is_told_to_nobody(scenario: Scenario) -> None:
    """The person gave the photos; a bounce of the reminder then opens no call."""
    FakePost.into(scenario)
    ref = REMINDED["information"](scenario)
    scenario.live(5 * DAY, ref)
    scenario.move(scenario.by_link(ref), "give_information", ref, answer="照片在附件里。")
    row = reminder(scenario, ref)
    bounced = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": LI}]}
    told_by_provider(scenario, "Bounce", ref, row["id"], bounce=bounced)
    assert "letter_failed" not in scenario.moves(ref)
    assert load(scenario, ref).tellings == ()


def test_a_reminder_that_neither_phone_nor_post_reaches_counts_as_told(scenario: Scenario) -> None:
    """A person who got the request does not answer on three days, and has no postal address: the window
    does not hang for ever."""
    scenario.submit()
    ref = scenario.submit(person={"name": "王芳", "phone": "13800138000"}, wishes=["explanation"]).ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.tell(ref)
    scenario.live(5 * DAY, ref)
    assert state(scenario, ref, "information") == UNREMINDED
    for how in (Way.PHONE, Way.PHONE, Way.PHONE, Way.POST):
        (telling,) = load(scenario, ref).tellings
        said = {"telling": telling.id, "how": how.value, "told": False, "said": "无人接听。"}
        scenario.move(WANG, "record_telling", ref, **said)
        scenario.live(DAY, ref)
    holds = due(load(scenario, ref))["information"]
    scenario.live(30 * DAY, ref)
    assert lapses(scenario, ref) == [holds]


def test_staff_read_out_the_end_that_holds(scenario: Scenario) -> None:
    """The text to read aloud names the end that holds if it is read now."""
    ref = scenario.submit(person={"name": "王芳", "phone": "13800138000"}, wishes=["explanation"]).ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    scenario.tell(ref)
    scenario.live(6 * DAY, ref)
    row, dossier = reminder(scenario, ref), scenario.product.file.whole(ref)
    letter = scenario.product.correspondence.read_out(
        dossier, row, scenario.product.file.roster(), scenario.time
    )
    scenario.tell(ref)
    assert moment("zh", due(load(scenario, ref))["information"]) in letter.subject
    assert timedelta() < due(load(scenario, ref))["information"] - scenario.time
