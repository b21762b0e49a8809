"""Letters: none is lost, none goes twice, and one that did not arrive becomes somebody's task."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.casework import Unavailable
from chalicelib.correspondence import Rejected, Throttled
from chalicelib.domain.codes import Stage
from chalicelib.domain.deadlines import deadlines
from tests.casework.post import FakePost
from tests.house import HOUR, SUN, WANG, House

LI = "wang.fang@mail.example"
MINUTE = timedelta(minutes=1)


def states(house: House, ref: str) -> list[tuple[str, str]]:
    """(letter, state) of every letter of a case, in order."""
    return [(letter["name"], letter["state"]) for letter in house.product.file.whole(ref).letters]


def pass_time(house: House, by: timedelta, every: timedelta = MINUTE) -> None:
    """Let time pass with the schedule running."""
    end = house.time + by
    while house.time < end:
        house.later(every)
        house.minute()


def told_by_provider(house: House, kind: str, ref: str, letter: str, **more: Any) -> None:
    """The provider's own word about a letter, as its topic brings it."""
    mail = {"messageId": "m-1", "tags": {"ref": [ref], "letter": [letter.replace(".", "_")]}}
    house.product.provider_says({"eventType": kind, "mail": mail, **more})


@pytest.mark.parametrize("trouble", [Unavailable("down"), Throttled("slow down")])
def test_with_the_mail_provider_down_all_is_kept_and_the_letter_goes_once(house: House, post: FakePost, trouble: Exception) -> None:
    """The complaint stands, the ladder climbs, and when the provider is back each letter leaves one time."""
    post.trouble = trouble
    case = house.submit()
    house.post()
    pass_time(house, 17 * HOUR, every=HOUR)
    assert post.taken == [] and [facts["to"] for facts in house.lines(case.ref, "take_step")] == ["wang"]
    post.trouble = None
    pass_time(house, 2 * HOUR, every=timedelta(minutes=10))
    assert len(post.to(LI)) == 1 and len(post.to("wang@house.example")) == 1
    assert states(house, case.ref) == [("receipt", "sent"), ("warning", "sent")]
    assert house.minute() == 0


def test_a_letter_that_fails_is_tried_less_and_less_often(house: House, post: FakePost) -> None:
    """After 2, 4, 8, … minutes, at most an hour; being throttled is no try."""
    from chalicelib.domain.calendar import instant
    post.trouble = Unavailable("down")
    case = house.submit()
    (letter,) = house.product.file.whole(case.ref).letters
    waits = []
    from chalicelib.aws import rows
    for _ in range(7):
        house.product.correspondence.deliver(case.ref, letter["id"], house.time)
        due = instant(str(rows.Row.get(rows.case(case.ref), rows.letter(letter["id"])).look_at))
        waits.append((due - house.time) // MINUTE)
        house.time = due
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    post.trouble = Throttled("slow down")
    for _ in range(3):
        house.product.correspondence.deliver(case.ref, letter["id"], house.time)
        (now,) = house.product.file.whole(case.ref).letters
        assert (now["state"], now["tries"]) == ("owed", 7)


def test_after_two_days_a_letter_is_given_up_and_told_instead(house: House, post: FakePost) -> None:
    """Not after a number of tries; the consumer's window had not been running on words that did not arrive."""
    post.trouble = Unavailable("down")
    case = house.submit()
    case = house.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    pass_time(house, 48 * HOUR, every=6 * HOUR)
    assert states(house, case.ref) == [("receipt", "owed"), ("information_request", "owed")]
    pass_time(house, 6 * HOUR, every=3 * HOUR)
    assert [state for name, state in states(house, case.ref) if name in ("receipt", "information_request")] == ["given up", "given up"]
    case = house.product.file.load(case.ref)
    assert {telling.letter for telling in case.tellings} == {"receipt", "information_request"}
    assert deadlines(case)["information"].stopped == "undelivered"
    pass_time(house, timedelta(days=9), every=timedelta(days=1))
    assert house.product.file.load(case.ref).stage == Stage.AWAITING_INFORMATION
    house.moves(case.ref)


def test_an_address_that_cannot_be_becomes_a_telling_at_once(house: House, post: FakePost) -> None:
    """Refused by the provider for good: given up without a second try."""
    post.trouble = Rejected("no such address")
    case = house.submit()
    house.post()
    assert states(house, case.ref)[0] == ("receipt", "given up")
    assert house.moves(case.ref) == ["submit", "letter_failed"] and len(house.product.file.load(case.ref).tellings) == 1


def test_a_worker_that_died_between_claim_and_record(house: House, post: FakePost) -> None:
    """The claim runs out after five minutes and another worker sends the letter, once."""
    case = house.submit()
    (letter,) = house.product.file.whole(case.ref).letters
    assert house.product.index.claim(case.ref, letter["id"], "dead worker", house.time)
    house.post()
    pass_time(house, 4 * MINUTE)
    assert post.taken == []
    pass_time(house, 3 * MINUTE)
    assert len(post.taken) == 1 and states(house, case.ref) == [("receipt", "sent")]
    house.product.index.sent(case.ref, letter["id"], "dead worker", {"at": house.time})
    assert house.product.file.whole(case.ref).letters[0]["sent"]["message_id"] == "message-1"


def test_the_providers_word_marks_a_letter_sent_whose_worker_died(house: House, post: FakePost) -> None:
    """It had gone out: the provider's own *send* event says so, and it does not go again."""
    case = house.submit()
    (letter,) = house.product.file.whole(case.ref).letters
    house.product.index.claim(case.ref, letter["id"], "dead worker", house.time)
    told_by_provider(house, "Send", case.ref, letter["id"])
    house.post()
    pass_time(house, 10 * MINUTE)
    assert post.taken == [] and states(house, case.ref) == [("receipt", "sent")]


def test_an_answer_that_was_lost_on_the_way_does_not_send_twice(house: House, post: FakePost) -> None:
    """The provider took the letter but its answer never came: its *send* event keeps the next try from repeating it."""
    post.trouble, post.takes_it = Unavailable("read timeout"), True
    case = house.submit()
    house.post()
    post.trouble = None
    (letter,) = house.product.file.whole(case.ref).letters
    told_by_provider(house, "Send", case.ref, letter["id"])
    pass_time(house, 10 * MINUTE)
    assert len(post.taken) == 1 and states(house, case.ref) == [("receipt", "sent")]


@pytest.mark.parametrize(("kind", "more", "failed"), [
    ("Bounce", {"bounce": {"bounceType": "Permanent"}}, True), ("Reject", {}, True),
    ("Bounce", {"bounce": {"bounceType": "Transient"}}, False), ("Delivery", {}, False),
])
def test_a_bounce_stops_the_window_once(house: House, post: FakePost, kind: str, more: dict[str, Any], failed: bool) -> None:
    """A permanent one, told once or three times: one entry, one telling, the owner told; a transient one is the provider's to repeat."""
    case = house.submit()
    case = house.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    house.post()
    letter = house.product.file.whole(case.ref).letters[1]
    for _ in range(3):
        told_by_provider(house, kind, case.ref, letter["id"], **more)
    case = house.product.file.load(case.ref)
    assert house.moves(case.ref).count("letter_failed") == failed == len(case.tellings)
    running = {run.name: run for run in deadlines(case).values()}
    assert (running["information"].stopped == "undelivered") == failed
    assert states(house, case.ref)[1] == ("information_request", "bounced" if failed else "sent")
    if failed:
        house.move(WANG, "record_telling", case.ref, telling=case.tellings[0].id, how="phone", told=True, said="读给本人听。")
        told_by_provider(house, kind, case.ref, letter["id"], **more)
        assert house.product.file.load(case.ref).tellings == ()


class Dying:
    """The states of letters, kept by a worker that dies at the first of these steps."""

    def __init__(self, outbox: Any, at: str) -> None:
        self._outbox, self._at = outbox, at

    def __getattr__(self, name: str) -> Any:
        if name == self._at:
            self._at = ""
            raise KeyboardInterrupt
        return getattr(self._outbox, name)


def test_a_worker_that_dies_while_giving_up_loses_nothing(house: House, post: FakePost) -> None:
    """The telling is opened before the letter ends: done again by the next worker, it is still one telling."""
    post.trouble = Rejected("no such address")
    case = house.submit()
    (letter,) = house.product.file.whole(case.ref).letters
    dying = replace(house.product.correspondence, outbox=Dying(house.product.index, "ended"))
    with pytest.raises(KeyboardInterrupt):
        dying.deliver(case.ref, letter["id"], house.time)
    pass_time(house, 7 * MINUTE)
    assert states(house, case.ref)[0] == ("receipt", "given up") and house.moves(case.ref) == ["submit", "letter_failed"]


def test_a_worker_that_dies_on_a_bounce_loses_nothing(house: House, post: FakePost) -> None:
    """The provider's word comes again from its queue, and the window stops all the same, once."""
    case = house.submit()
    house.post()
    (letter,) = house.product.file.whole(case.ref).letters
    dying = replace(house.product.correspondence, outbox=Dying(house.product.index, "mark"))
    with pytest.raises(KeyboardInterrupt):
        dying.event("bounce", "m-1", case.ref, letter["id"], True, house.time)
    told_by_provider(house, "Bounce", case.ref, letter["id"], bounce={"bounceType": "Permanent"})
    assert states(house, case.ref)[0] == ("receipt", "bounced") and house.moves(case.ref) == ["submit", "letter_failed"]


def test_a_word_about_a_letter_that_nobody_knows_is_let_go(house: House) -> None:
    """Of another deployment, or older than the table: no error that would come back for ever."""
    case = house.submit()
    told_by_provider(house, "Bounce", case.ref, "no.0", bounce={"bounceType": "Permanent"})
    house.product.provider_says({"eventType": "Bounce", "mail": {"messageId": "unknown"}, "bounce": {"bounceType": "Permanent"}})
    house.product.provider_says({"notificationType": "Bounce", "mail": {}})
    assert house.moves(case.ref) == ["submit"]


def test_a_letter_whose_nudge_was_lost_leaves_with_the_clock(house: House, post: FakePost) -> None:
    """The queue does not answer after the commit: the complaint stands, and the clock sends its letter after 90 seconds."""
    import boto3
    sqs, url = boto3.client("sqs", "us-east-1"), house.product.setting("LETTERS_QUEUE")
    sqs.delete_queue(QueueUrl=url)
    case = house.submit()
    house.later(timedelta(seconds=60))
    house.minute()
    assert post.taken == []
    house.later(timedelta(seconds=60))
    house.minute()
    assert len(post.to(LI)) == 1 and house.moves(case.ref) == ["submit"]


def test_a_letter_says_what_was_true_when_it_was_written(house: House, post: FakePost) -> None:
    """Sent late, it still tells the dates of its move; in the person's language."""
    case = house.submit(person={"name": "Ann", "email": LI, "language": "en"})
    house.later(12 * HOUR)
    house.move(WANG, "accept", case.ref)
    house.post()
    receipt, accepted = (letter for to, _, letter in post.taken if to == LI)
    assert "13 February 2026" in receipt.text and case.ref[:4] in receipt.subject
    assert "27 February 2026" in accepted.text


def test_a_person_without_e_mail_gets_no_mail_and_a_telling(house: House, post: FakePost) -> None:
    """The script is kept with the letter; the letters worker leaves it alone."""
    case = house.submit(person={"name": "王芳", "phone": "13800138000"})
    house.post()
    pass_time(house, 5 * MINUTE)
    assert post.taken == [] and states(house, case.ref) == [("receipt", "told by staff")]
    (telling,) = house.product.file.load(case.ref).tellings
    house.move(SUN, "record_telling", case.ref, telling=telling.id, how="phone", told=True, said="读给本人听。")
    assert house.product.file.load(case.ref).tellings == ()


def test_a_hold_keeps_every_letter_and_costs_no_try(house: House, post: FakePost) -> None:
    """After a restore the mail is held: nothing leaves until it is let go."""
    free = house.product.correspondence
    house.product.__dict__["correspondence"] = replace(free, held=True)
    case = house.submit()
    house.post()
    (letter,) = house.product.file.whole(case.ref).letters
    assert post.taken == [] and (letter["state"], letter["tries"]) == ("owed", 0)
    house.product.__dict__["correspondence"] = free
    house.later(timedelta(minutes=6))
    free.deliver(case.ref, letter["id"], house.time)
    assert len(post.taken) == 1
