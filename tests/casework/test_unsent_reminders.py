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
from tests.house import DAY, HOUR, WANG, House
from tests.life.contested import MA

REMINDED = {name: WINDOWS[name] for name in WINDOWS if name != "offer"}
"""The windows with a reminder before their lapse."""


class PartPost(FakePost):
    """A mail provider that cannot reach the addresses in `down`."""

    down: tuple[str, ...] = ()

    def send(self, to: str, letter: Rendered, ref: str, id: str) -> str:
        """Record a letter and return its id."""
        if to in self.down:
            raise Standstill("down")
        return super().send(to, letter, ref, id)


def reminder(house: House, ref: str) -> dict[str, Any]:
    """Return the last reminder of a case."""
    letters = house.product.file.whole(ref).letters
    return next(one for one in reversed(letters) if one["name"].endswith("_reminder"))


def state(house: House, ref: str, name: str) -> str:
    """Return why a window has no end; "" if it has one."""
    return window(house, ref, name).stopped


def load(house: House, ref: str) -> Case:
    """Return the case."""
    return house.product.file.load(ref)


def until_reminded(house: House, ref: str, post: FakePost) -> None:
    """Let time pass until a reminder is owed that cannot leave."""
    post.trouble = Standstill("down")
    for _ in range(60):
        if any(one["name"].endswith("_reminder") for one in house.product.file.whole(ref).letters):
            return
        house.live(DAY, ref)
    raise AssertionError("no reminder")


@pytest.mark.parametrize("name", REMINDED)
def test_a_reminder_that_never_left_holds_the_lapse(house: House, name: str) -> None:
    """Mail fails from before the reminder: nothing lapses, and staff get a call task. The window goes on when
    the call is made, and lapses at the end that was told then."""
    post = FakePost.into(house)
    ref = REMINDED[name](house)
    house.live(HOUR, ref)
    planned = window(house, ref, name)
    assert planned.due
    until_reminded(house, ref, post)
    row = reminder(house, ref)
    house.live(planned.due + 3 * DAY - house.time, ref)
    assert lapses(house, ref) == [], "the reminder has not left"
    assert state(house, ref, name) == UNREMINDED
    waiting = [telling for telling in load(house, ref).tellings if telling.letter == row["key"]]
    assert waiting, "staff have a call to make"
    assert "undelivered" in house.letters(ref, waiting_owner(house, ref))
    said = {"telling": waiting[0].id, "how": "phone", "told": True, "said": "读给本人听。"}
    house.move(MA if "signing" in row["name"] else WANG, "record_telling", ref, **said)
    told = house.time
    ends = window(house, ref, name).due
    assert ends
    assert ends >= told + (planned.due - instant(row["at"]))
    house.live(60 * DAY, ref)
    ended = [at for at in lapses(house, ref) if at >= ends]
    assert ended[:1] == [ends]


def waiting_owner(house: House, ref: str) -> str:
    """Return the recipient of the last notice to staff of an undelivered letter."""
    letters = house.product.file.whole(ref).letters
    return str(next(one["to"] for one in reversed(letters) if one["name"] == "undelivered"))


def test_mail_that_comes_back_ends_the_call_and_tells_the_new_end(house: House) -> None:
    """The letter leaves five days after the planned end. It names an end that is still to come and holds."""
    post = FakePost.into(house)
    ref = REMINDED["information"](house)
    house.live(HOUR, ref)
    ends = due(load(house, ref))["information"]
    until_reminded(house, ref, post)
    house.live(ends + 5 * DAY - house.time, ref)
    assert load(house, ref).tellings
    post.trouble = None
    pass_time(house, 5 * MINUTE)
    assert reminder(house, ref)["state"] == "sent"
    assert not load(house, ref).tellings
    holds = due(load(house, ref))["information"]
    assert holds > house.time
    (subject,) = (subject for subject in post.to(LI) if "提醒" in subject)
    assert moment("zh", holds) in subject
    house.live(40 * DAY, ref)
    assert lapses(house, ref) == [holds]


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_a_reminder_to_an_address_that_refuses_mail_is_told_by_a_call(house: House, kind: str) -> None:
    """The address bounced or complained after the request. The reminder becomes a call; the lapse waits."""
    post = FakePost.into(house)
    ref = REMINDED["information"](house)
    house.live(HOUR, ref)
    request = next(
        one for one in house.product.file.whole(ref).letters if one["name"] == "information_request"
    )
    if kind == "complaint":
        told_by_provider(
            house, "Complaint", ref, request["id"], complaint={"complainedRecipients": [{"emailAddress": LI}]}
        )
    else:
        other = house.submit().ref
        house.post()
        receipt = next(one for one in house.product.file.whole(other).letters if one["name"] == "receipt")
        told_by_provider(
            house,
            "Bounce",
            other,
            receipt["id"],
            bounce={"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": LI}]},
        )
    before = len(post.taken)
    house.live(30 * DAY, ref)
    assert not [letter.subject for to, _, letter in post.taken[before:] if to == LI]
    assert lapses(house, ref) == []
    assert [telling.letter for telling in load(house, ref).tellings] == ["information_reminder"]
    house.tell(ref)
    holds = due(load(house, ref))["information"]
    house.live(30 * DAY, ref)
    assert lapses(house, ref) == [holds]


def test_a_late_reminder_of_one_of_two_counts_for_the_window_they_share(house: House) -> None:
    """The reminder of the second person leaves three days late, that of the first person in time."""
    post = PartPost.into(house)
    assert isinstance(post, PartPost)
    ref, _ = two(house)
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    house.live(HOUR, ref)
    ends = due(load(house, ref))["information"]
    post.down = (OTHER["email"],)
    house.live(4 * DAY, ref)
    house.live(3 * DAY, ref)
    post.down = ()
    pass_time(house, 5 * MINUTE)
    left: dict[str, datetime] = {
        one["to"]: instant(one["sent"]["at"])
        for one in house.product.file.whole(ref).letters
        if one["name"] == "information_reminder"
    }
    assert left["party:p2"] - left["party:p1"] > 2 * DAY
    holds = due(load(house, ref))["information"]
    assert holds >= left["party:p2"] + (ends - left["party:p1"]) - HOUR
    assert moment("zh", holds) in post.to(OTHER["email"])[-1]
    house.live(40 * DAY, ref)
    assert lapses(house, ref) == [holds]


def test_a_reminder_that_one_of_two_never_got_holds_the_window_they_share(house: House) -> None:
    """The reminder of the second person never leaves, so the lapse waits for the call to them."""
    post = PartPost.into(house)
    assert isinstance(post, PartPost)
    ref, _ = two(house)
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    house.live(HOUR, ref)
    post.down = (OTHER["email"],)
    house.live(40 * DAY, ref)
    assert lapses(house, ref) == []
    assert [telling.letter for telling in load(house, ref).tellings] == ["information_reminder@p2"]


def test_a_reminder_that_bounces_after_the_window_is_told_to_nobody(house: House) -> None:
    """The person gave the photos; a bounce of the reminder then opens no call."""
    FakePost.into(house)
    ref = REMINDED["information"](house)
    house.live(5 * DAY, ref)
    house.move(house.by_link(ref), "give_information", ref, answer="照片在附件里。")
    row = reminder(house, ref)
    bounced = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": LI}]}
    told_by_provider(house, "Bounce", ref, row["id"], bounce=bounced)
    assert "letter_failed" not in house.moves(ref)
    assert load(house, ref).tellings == ()


def test_a_reminder_that_neither_phone_nor_post_reaches_counts_as_told(house: House) -> None:
    """A person who got the request does not answer on three days, and has no postal address: the window
    does not hang for ever."""
    house.submit()
    ref = house.submit(person={"name": "王芳", "phone": "13800138000"}, wishes=["explanation"]).ref
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    house.tell(ref)
    house.live(5 * DAY, ref)
    assert state(house, ref, "information") == UNREMINDED
    for how in (Way.PHONE, Way.PHONE, Way.PHONE, Way.POST):
        (telling,) = load(house, ref).tellings
        said = {"telling": telling.id, "how": how.value, "told": False, "said": "无人接听。"}
        house.move(WANG, "record_telling", ref, **said)
        house.live(DAY, ref)
    holds = due(load(house, ref))["information"]
    house.live(30 * DAY, ref)
    assert lapses(house, ref) == [holds]


def test_staff_read_out_the_end_that_holds(house: House) -> None:
    """The text to read aloud names the end that holds if it is read now."""
    ref = house.submit(person={"name": "王芳", "phone": "13800138000"}, wishes=["explanation"]).ref
    house.move(WANG, "ask_information", ref, items=["photos"], why="看不清。")
    house.tell(ref)
    house.live(6 * DAY, ref)
    row, dossier = reminder(house, ref), house.product.file.whole(ref)
    letter = house.product.correspondence.read_out(dossier, row, house.product.file.roster(), house.time)
    house.tell(ref)
    assert moment("zh", due(load(house, ref))["information"]) in letter.subject
    assert timedelta() < due(load(house, ref))["information"] - house.time
