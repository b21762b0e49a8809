"""Letters are never lost and never sent twice; one that did not arrive becomes a task of an officer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.delivery.correspondence import Standstill, Unreachable
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.sending_limits import A_DAY, UNCONFIRMED_A_DAY, next_morning
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Stage, Undelivered
from chalicelib.locale.formats import day
from tests.casework.deliveries import LI, MINUTE, Dying, pass_time, states, told_by_provider
from tests.casework.post import FakePost
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario


def request_reached(scenario: Scenario, ref: str) -> datetime:
    """Return when the request for information reached its recipient."""
    at = scenario.product.file.load(ref).told["information_request"]
    assert at
    return at


def test_with_the_mail_provider_down_all_is_kept_and_the_letter_goes_once(
    scenario: Scenario, post: FakePost
) -> None:
    """The complaint is recorded and the ladder goes on; after the outage each letter is sent once."""
    post.trouble = Standstill("down")
    case = scenario.submit()
    scenario.post()
    pass_time(scenario, 17 * HOUR, every=HOUR)
    assert post.taken == []
    assert [facts["to"] for facts in scenario.lines(case.ref, "take_step")] == ["wang"]
    post.trouble = None
    pass_time(scenario, 2 * HOUR, every=timedelta(minutes=10))
    assert len(post.to(LI)) == 1
    assert len(post.to("wang@house.example")) == 1
    assert states(scenario, case.ref) == [("receipt", "sent"), ("warning", "sent")]
    assert scenario.minute() == 0


def test_mail_that_stands_still_is_tried_with_one_letter_a_minute(scenario: Scenario, post: FakePost) -> None:
    """Other letters are not claimed and lose no try; operations see the cause and the start of the
    standstill.
    """
    post.trouble = Standstill("AccountSuspendedException")
    people = [f"p{n}@mail.example" for n in range(6)]
    cases = [scenario.submit(person={"name": "王芳", "email": email}) for email in people]
    scenario.post()
    tried = []
    for _ in range(5):
        scenario.later(2 * MINUTE)
        before = post.tried
        scenario.minute()
        tried.append(post.tried - before)
    assert tried == [1] * 5
    standing = scenario.product.mail.outage(scenario.time)
    assert standing
    assert standing.why == "AccountSuspendedException"
    post.trouble = None
    pass_time(scenario, 20 * MINUTE)
    assert scenario.product.mail.outage(scenario.time) is None
    assert all(states(scenario, case.ref)[0] == ("receipt", "sent") for case in cases)
    assert [len(post.to(email)) for email in people] == [1] * 6


def test_mail_down_for_three_days_takes_nothing_from_anybody(scenario: Scenario, post: FakePost) -> None:
    """No letter is given up during the outage, and each is sent once after it.

    A window runs from the sending, as the letter and the case state.
    """
    post.trouble = Standstill("down")
    case = scenario.submit()
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    pass_time(scenario, timedelta(days=3), every=6 * HOUR)
    assert states(scenario, case.ref)[:2] == [("receipt", "owed"), ("information_request", "owed")]
    post.trouble = None
    pass_time(scenario, HOUR, every=MINUTE)
    sent = scenario.time
    assert [state for _, state in states(scenario, case.ref)] == ["sent"] * len(states(scenario, case.ref))
    assert len(post.to(LI)) == 2 == len({id for to, id, _ in post.taken if to == LI})
    due = deadlines(scenario.product.file.load(case.ref))[
        "information#" + stamp(request_reached(scenario, case.ref))
    ].due
    assert due
    assert due > sent + timedelta(days=7) - HOUR
    request = next(letter for to, _, letter in post.taken if to == LI and "补" in letter.subject)
    assert day("zh", due) in request.text
    assert "letter_late" in scenario.moves(case.ref)


def test_no_window_runs_out_on_words_that_never_left(scenario: Scenario, post: FakePost) -> None:
    """At its first step the window of an unsent letter stops, and an officer has to tell its content.

    If the letter leaves after all, its whole window begins.
    """
    case = scenario.submit()
    scenario.post()
    post.trouble = Standstill("down")
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    pass_time(scenario, timedelta(days=12), every=12 * HOUR)
    case = scenario.product.file.load(case.ref)
    assert case.stage == Stage.AWAITING_INFORMATION
    assert deadlines(case)["information"].stopped == "undelivered"
    assert [telling.letter for telling in case.tellings] == ["information_request"]
    assert ("information_request", "owed") in states(scenario, case.ref)
    post.trouble = None
    pass_time(scenario, 20 * MINUTE)
    case = scenario.product.file.load(case.ref)
    (due,) = [run.due for run in deadlines(case).values() if run.name == "information"]
    assert case.tellings == ()
    assert due
    assert due > scenario.time + timedelta(days=6)
    pass_time(scenario, timedelta(days=9), every=12 * HOUR)
    assert scenario.product.file.load(case.ref).stage == Stage.CLOSED
    assert "lapse_information" in scenario.moves(case.ref)


def test_late_letter_names_the_day_of_the_earlier_call(scenario: Scenario, post: FakePost) -> None:
    """After a call during the outage the window runs from the call, and the late letter names that day."""
    case = scenario.submit()
    scenario.post()
    post.trouble = Standstill("down")
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    pass_time(scenario, timedelta(days=5), every=12 * HOUR)
    scenario.tell(case.ref)
    due = [
        run.due
        for run in deadlines(scenario.product.file.load(case.ref)).values()
        if run.name == "information"
    ]
    post.trouble = None
    pass_time(scenario, 20 * MINUTE)
    assert due == [
        run.due
        for run in deadlines(scenario.product.file.load(case.ref)).values()
        if run.name == "information"
    ]
    assert day("zh", due[0]) in next(
        letter.text for to, _, letter in post.taken if to == LI and "补" in letter.subject
    )
    assert "letter_late" not in scenario.moves(case.ref)


def test_a_letter_that_left_late_without_a_record_moves_its_window_all_the_same(
    scenario: Scenario, post: FakePost
) -> None:
    """The worker died after the mail had left; the window's own step finds the time of sending and does not
    end it.
    """
    case = scenario.submit()
    scenario.post()
    post.trouble = Standstill("down")
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    scenario.post()
    scenario.later(timedelta(days=3))
    letter = scenario.product.file.whole(case.ref).letters[1]
    post.trouble = None
    dying = replace(scenario.product.correspondence, casework=Dying(scenario.product.casework, "move"))
    with pytest.raises(KeyboardInterrupt):
        dying.deliver(case.ref, letter["id"], scenario.time)
    left = scenario.time
    assert "letter_late" not in scenario.moves(case.ref)
    pass_time(scenario, timedelta(days=6), every=12 * HOUR)
    case = scenario.product.file.load(case.ref)
    assert case.stage == Stage.AWAITING_INFORMATION
    assert case.told["information_request"] == left


def test_an_address_that_cannot_be_becomes_a_telling_at_once(scenario: Scenario, post: FakePost) -> None:
    """After a permanent refusal an important letter becomes a call task without a second try; a receipt is
    skipped.
    """
    post.trouble = Unreachable(Undelivered.BOUNCE)
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    assert states(scenario, case.ref)[:2] == [("receipt", "skipped"), ("accepted", "given up")]
    assert scenario.moves(case.ref) == ["submit", "accept", "letter_failed"]
    assert len(scenario.product.file.load(case.ref).tellings) == 1


def test_a_worker_that_died_between_claim_and_record(scenario: Scenario, post: FakePost) -> None:
    """The claim expires after five minutes and another worker sends the letter once."""
    case = scenario.submit()
    (letter,) = scenario.product.file.whole(case.ref).letters
    assert scenario.product.outbox.claim(case.ref, letter["id"], "dead worker", scenario.time)
    scenario.post()
    pass_time(scenario, 4 * MINUTE)
    assert post.taken == []
    pass_time(scenario, 3 * MINUTE)
    assert len(post.taken) == 1
    assert states(scenario, case.ref) == [("receipt", "sent")]
    scenario.product.outbox.sent(case.ref, letter["id"], "dead worker", {"at": scenario.time})
    assert scenario.product.file.whole(case.ref).letters[0]["sent"]["message_id"] == "message-1"


def test_the_providers_word_marks_a_letter_sent_whose_worker_died(scenario: Scenario, post: FakePost) -> None:
    """The provider's *send* event marks the letter as sent, so it is not sent again."""
    case = scenario.submit()
    (letter,) = scenario.product.file.whole(case.ref).letters
    scenario.product.outbox.claim(case.ref, letter["id"], "dead worker", scenario.time)
    told_by_provider(scenario, "Send", case.ref, letter["id"])
    scenario.post()
    pass_time(scenario, 10 * MINUTE)
    assert post.taken == []
    assert states(scenario, case.ref) == [("receipt", "sent")]


def test_an_answer_that_was_lost_on_the_way_does_not_send_twice(scenario: Scenario, post: FakePost) -> None:
    """The provider took the letter but its answer was lost; its *send* event prevents a second sending."""
    post.trouble, post.takes_it = Standstill("ReadTimeoutError"), True
    case = scenario.submit()
    scenario.post()
    post.trouble = None
    (letter,) = scenario.product.file.whole(case.ref).letters
    told_by_provider(scenario, "Send", case.ref, letter["id"])
    pass_time(scenario, 10 * MINUTE)
    assert len(post.taken) == 1
    assert states(scenario, case.ref) == [("receipt", "sent")]


@pytest.mark.parametrize(
    ("kind", "more", "failed"),
    [
        ("Bounce", {"bounce": {"bounceType": "Permanent"}}, True),
        ("Reject", {}, True),
        ("Bounce", {"bounce": {"bounceType": "Transient"}}, False),
        ("Delivery", {}, False),
    ],
)
def test_a_bounce_stops_the_window_once(
    scenario: Scenario, post: FakePost, kind: str, more: dict[str, Any], failed: bool
) -> None:
    """A permanent bounce makes one entry, one call task and one notice to the owner, however often it is
    reported.

    The provider repeats a transient one.
    """
    case = scenario.submit()
    case = scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="看不清。")
    scenario.post()
    letter = scenario.product.file.whole(case.ref).letters[1]
    for _ in range(3):
        told_by_provider(scenario, kind, case.ref, letter["id"], **more)
    case = scenario.product.file.load(case.ref)
    assert scenario.moves(case.ref).count("letter_failed") == failed == len(case.tellings)
    running = {run.name: run for run in deadlines(case).values()}
    assert (running["information"].stopped == "undelivered") == failed
    assert states(scenario, case.ref)[1] == ("information_request", "bounced" if failed else "sent")
    if failed:
        scenario.move(
            WANG,
            "record_telling",
            case.ref,
            telling=case.tellings[0].id,
            how="phone",
            told=True,
            said="读给本人听。",
        )
        told_by_provider(scenario, kind, case.ref, letter["id"], **more)
        assert scenario.product.file.load(case.ref).tellings == ()


def test_a_worker_that_dies_while_giving_up_loses_nothing(scenario: Scenario, post: FakePost) -> None:
    """The call task is created before the letter ends; a repeat by the next worker adds no second task."""
    post.trouble = Unreachable(Undelivered.BOUNCE)
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    letter = scenario.product.file.whole(case.ref).letters[1]
    dying = replace(scenario.product.correspondence, outbox=Dying(scenario.product.outbox, "ended"))
    with pytest.raises(KeyboardInterrupt):
        dying.deliver(case.ref, letter["id"], scenario.time)
    pass_time(scenario, 7 * MINUTE)
    assert states(scenario, case.ref)[1] == ("accepted", "given up")
    assert scenario.moves(case.ref) == ["submit", "accept", "letter_failed"]


def test_a_worker_that_dies_on_a_bounce_loses_nothing(scenario: Scenario, post: FakePost) -> None:
    """The provider's event is delivered again from its queue, and the window stops once."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    letter = scenario.product.file.whole(case.ref).letters[1]
    dying = replace(scenario.product.correspondence, outbox=Dying(scenario.product.outbox, "mark"))
    with pytest.raises(KeyboardInterrupt):
        dying.event("bounce", "m-1", case.ref, letter["id"], "accepted", True, [LI], scenario.time)
    told_by_provider(scenario, "Bounce", case.ref, letter["id"], bounce={"bounceType": "Permanent"})
    assert states(scenario, case.ref)[1] == ("accepted", "bounced")
    assert scenario.moves(case.ref) == ["submit", "accept", "letter_failed"]


def test_a_word_about_a_letter_that_nobody_knows_is_let_go(scenario: Scenario) -> None:
    """An event of another deployment or about an unknown letter raises no error, which would repeat it for
    ever.
    """
    case = scenario.submit()
    told_by_provider(scenario, "Bounce", case.ref, "no.0", bounce={"bounceType": "Permanent"})
    scenario.product.provider_says(
        {"eventType": "Bounce", "mail": {"messageId": "unknown"}, "bounce": {"bounceType": "Permanent"}}
    )
    scenario.product.provider_says({"notificationType": "Bounce", "mail": {}})
    assert scenario.moves(case.ref) == ["submit"]


def test_a_letter_whose_nudge_was_lost_leaves_with_the_clock(
    down: set[str], scenario: Scenario, post: FakePost
) -> None:
    """The queue fails after the commit; the complaint is recorded, and the clock sends its letter after 90
    seconds.
    """
    down |= {"SendMessage", "SendMessageBatch"}
    case = scenario.submit()
    down.clear()
    scenario.later(timedelta(seconds=60))
    scenario.minute()
    assert post.taken == []
    scenario.later(timedelta(seconds=60))
    scenario.minute()
    assert len(post.to(LI)) == 1
    assert scenario.moves(case.ref) == ["submit"]


def test_a_letter_says_what_was_true_when_it_was_written(scenario: Scenario, post: FakePost) -> None:
    """A late letter states the dates of its move, in the recipient's language."""
    case = scenario.submit(person={"name": "Ann", "email": LI, "language": "en"})
    scenario.later(12 * HOUR)
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    receipt, accepted = (letter for to, _, letter in post.taken if to == LI)
    assert "13 February 2026" in receipt.text
    assert case.ref[:4] in receipt.subject
    assert "27 February 2026" in accepted.text


def test_a_person_without_e_mail_gets_no_mail_and_a_telling(scenario: Scenario, post: FakePost) -> None:
    """The letter's text is stored for the call, and the letters worker does not send it."""
    case = scenario.submit(person={"name": "王芳", "phone": "13800138000"})
    scenario.post()
    pass_time(scenario, 5 * MINUTE)
    assert post.taken == []
    assert states(scenario, case.ref) == [("receipt", "told by staff")]
    (telling,) = scenario.product.file.load(case.ref).tellings
    scenario.move(
        SUN, "record_telling", case.ref, telling=telling.id, how="phone", told=True, said="读给本人听。"
    )
    assert scenario.product.file.load(case.ref).tellings == ()


def test_a_hold_keeps_every_letter_and_costs_no_try(scenario: Scenario, post: FakePost) -> None:
    """After a restore mail is held: every letter stays owed and keeps its tries until the release."""
    free = scenario.product.correspondence
    scenario.product.__dict__["correspondence"] = replace(free, held=lambda: {"mail"})
    scenario.product.__dict__.pop("clockwork", None)
    case = scenario.submit()
    scenario.post()
    (letter,) = scenario.product.file.whole(case.ref).letters
    assert post.taken == []
    assert (letter["state"], letter["tries"]) == ("owed", 0)
    pass_time(scenario, timedelta(days=4), every=DAY)
    assert post.taken == []
    assert states(scenario, case.ref)[0] == ("receipt", "owed")
    scenario.product.__dict__["correspondence"] = free
    scenario.product.__dict__.pop("clockwork")
    scenario.minute()
    assert len(post.to(LI)) == 2


BOUNCED = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "Wang.Fang@mail.example"}]}
COMPLAINED = {"complainedRecipients": [{"emailAddress": f"王芳 <{LI}>"}]}


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Bounce", {"bounce": BOUNCED}),
        ("Complaint", {"complaint": COMPLAINED}),
        ("Bounce", {"bounce": {"bounceType": "Permanent"}}),
    ],
)
def test_an_address_that_bounced_or_complained_gets_no_mail_at_all(
    scenario: Scenario, post: FakePost, kind: str, more: dict[str, Any]
) -> None:
    """Important letters become call tasks and others are skipped, on every case.

    A repeated event, or one of another shape, changes nothing.
    """
    first, second = scenario.submit(), scenario.submit()
    scenario.post()
    letter = scenario.product.file.whole(first.ref).letters[0]["id"]
    sent = len(post.taken)
    for _ in range(2):
        mail = {
            "messageId": "m-1",
            "destination": [LI],
            "tags": {"ref": [first.ref], "letter": [letter.replace(".", "_")]},
        }
        scenario.product.provider_says({"eventType": kind, "mail": mail, **more})
    scenario.move(WANG, "take", second.ref)
    scenario.move(WANG, "accept", second.ref)
    scenario.move(SUN, "message", second.ref, text="我们在办理。")
    scenario.post()
    assert post.to(LI) == post.to(LI)[:sent]
    letters = scenario.product.file.whole(second.ref).letters
    found = {letter["name"]: (letter["state"], (letter["sent"] or {}).get("why")) for letter in letters}
    assert found["accepted"] == ("given up", "suppressed")
    assert found["message_reply"] == ("skipped", "suppressed")
    assert [telling.letter for telling in scenario.product.file.load(second.ref).tellings] == ["accepted"]


@pytest.mark.parametrize(
    "more",
    [
        {"eventType": "Bounce", "bounce": {**BOUNCED, "bounceType": "Transient"}},
        {"eventType": "Complaint", "complaint": {**COMPLAINED, "complaintFeedbackType": "not-spam"}},
        {"eventType": "Reject"},
        {"eventType": "Delivery"},
    ],
)
def test_unrelated_mail_events_block_no_address(
    scenario: Scenario, post: FakePost, more: dict[str, Any]
) -> None:
    """A full mailbox, a withdrawn complaint or a refused content does not block the address.

    An event for an unknown letter does not either.
    """
    case = scenario.submit()
    scenario.post()
    for id in (scenario.product.file.whole(case.ref).letters[0]["id"], "unknown.0"):
        mail = {
            "messageId": "m-9",
            "destination": [LI],
            "tags": {"ref": [case.ref], "letter": [id.replace(".", "_")]},
        }
        scenario.product.provider_says({"mail": mail, **more})
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    assert len(post.to(LI)) == 2


def test_an_address_is_written_to_again_once_somebody_says_why(scenario: Scenario, post: FakePost) -> None:
    """A lead releases the address for all cases, recorded on the timeline; the person's other address was
    never blocked.

    The move is offered only where an address refuses our letters.
    """

    def offered(case: Case) -> bool:
        whole = scenario.product.file.whole(case.ref)
        return "release_address" in scenario.product.casework.offered(whole, SUN)

    first, second = scenario.submit(), scenario.submit()
    scenario.post()
    letter = scenario.product.file.whole(first.ref).letters[0]["id"]
    told_by_provider(scenario, "Complaint", first.ref, letter, complaint=COMPLAINED)
    scenario.move(WANG, "change_contact", first.ref, email="new@mail.example")
    scenario.post(), scenario.confirm(first.ref), scenario.post()
    assert len(post.to("new@mail.example")) == 2
    assert len(post.to(LI)) == 2
    with pytest.raises(Refusal):
        scenario.move(WANG, "release_address", second.ref, reason="我看可以")
    assert offered(second)
    assert not offered(first)
    scenario.move(SUN, "release_address", second.ref, reason="本人来电说误点了举报。")
    assert not offered(second)
    scenario.move(WANG, "accept", second.ref)
    scenario.post()
    assert len(post.to(LI)) == 3
    assert scenario.lines(second.ref, "release_address") == [{"party": "p1"}]
    scenario.move(SUN, "release_address", second.ref, reason="再来一次也无妨。")


def test_a_bounce_of_staff_is_told_to_operations(
    scenario: Scenario, post: FakePost, capsys: pytest.CaptureFixture[str]
) -> None:
    """A staff address stays in use, since staff must get their letters; operations see the bounce."""
    case = scenario.submit()
    scenario.later(16 * HOUR)
    scenario.minute(), scenario.post()
    letter = next(
        letter for letter in scenario.product.file.whole(case.ref).letters if letter["name"] == "warning"
    )
    told_by_provider(scenario, "Bounce", case.ref, letter["id"], bounce={"bounceType": "Permanent"})
    assert '"StaffAddressRefuses": 1' in capsys.readouterr().out
    scenario.later(8 * HOUR)
    scenario.minute(), scenario.post()
    assert len(post.to("sun@house.example")) == 1


def walked(scenario: Scenario) -> None:
    """Walk through all letters that are due."""
    for shard in scenario.product.post_index.shards():
        scenario.product.clockwork.walk_letters(shard, lambda: 120_000)


def test_a_stranger_is_no_target_of_a_flood(scenario: Scenario, post: FakePost) -> None:
    """Ten complaints in another person's name send three mails that day; the others wait for the mornings."""
    cases = [scenario.submit() for _ in range(10)]
    scenario.post()
    assert len(post.to(LI)) == UNCONFIRMED_A_DAY == 3
    scenario.later(12 * HOUR)
    walked(scenario)
    assert len(post.to(LI)) == 3
    waits = next(
        letter
        for case in cases
        for letter in scenario.product.file.whole(case.ref).letters
        if letter["state"] == "owed"
    )
    assert waits["tries"] == 0
    for total in (6, 9, 10, 10):
        scenario.time = next_morning(scenario.time)
        walked(scenario)
        assert len(post.to(LI)) == total
    assert [states(scenario, case.ref)[0] for case in cases] == [("receipt", "sent")] * 10


def test_confirmed_address_gets_ten_letters_a_day_about_own_acts(scenario: Scenario, post: FakePost) -> None:
    """The owner of a confirmed address withdraws and undoes it ten times. The receipt counts too, so the
    tenth notice waits for the morning. Each letter that opens a window leaves."""
    ref = scenario.submit().ref
    scenario.post()
    scenario.confirm(ref)
    for _ in range(A_DAY):
        scenario.move(scenario.by_link(ref), "withdraw", ref)
        scenario.move(scenario.by_link(ref), "undo_withdrawal", ref)
    scenario.post()
    assert states(scenario, ref).count(("withdrawal_undone", "sent")) == A_DAY - 1 == 9
    assert ("withdrawal_undone", "owed") in states(scenario, ref)
    assert ("withdrawn", "owed") not in states(scenario, ref)


def test_decisions_leave_beyond_the_daily_limit(scenario: Scenario, post: FakePost) -> None:
    """A decision is sent at once, whatever its address got that day; a repeated try counts once."""
    cases = [scenario.submit() for _ in range(UNCONFIRMED_A_DAY)]
    post.trouble = Standstill("down")
    for _ in range(5):
        scenario.minute(), scenario.later(2 * MINUTE)
    post.trouble = None
    pass_time(scenario, 20 * MINUTE)
    assert len(post.to(LI)) == UNCONFIRMED_A_DAY
    last = scenario.submit()
    scenario.move(WANG, "accept", last.ref)
    scenario.post()
    assert states(scenario, last.ref) == [("receipt", "owed"), ("accepted", "sent")]
    assert len(cases) == 3


def test_no_flood_delays_what_we_write(scenario: Scenario, post: FakePost) -> None:
    """A stranger on the same network uses up the day of an unconfirmed mailbox. The apology of the clock, a
    notice and the words of staff leave at once nevertheless."""
    ref = scenario.submit().ref
    scenario.post()
    scenario.live(23 * HOUR, ref)
    floods = [scenario.submit() for _ in range(UNCONFIRMED_A_DAY + 1)]
    scenario.post()
    assert ("receipt", "owed") in states(scenario, floods[-1].ref)
    scenario.live(2 * HOUR, ref)
    scenario.move(WANG, "message", ref, text="今天决定。")
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.post()
    letters = scenario.product.file.whole(ref).letters
    named = [one["name"] for one in letters if (one["to"], one["state"]) == ("party:p1", "sent")]
    assert named == ["receipt", "late_acknowledgement", "message_reply", "accepted", "handler_named"]


def test_own_acts_are_limited_for_an_unconfirmed_mailbox(scenario: Scenario, post: FakePost) -> None:
    """Somebody who named a stranger's mailbox withdraws and undoes it again and again. Each act makes a
    letter, and three letters leave on that day."""
    ref = scenario.submit().ref
    for _ in range(3):
        scenario.move(scenario.by_link(ref), "withdraw", ref)
        scenario.move(scenario.by_link(ref), "undo_withdrawal", ref)
    scenario.post()
    assert len(post.to(LI)) == UNCONFIRMED_A_DAY


def test_repetitions_to_an_address_that_nobody_confirmed_stand_on_the_page(
    scenario: Scenario, post: FakePost
) -> None:
    """The first progress letter is mailed; the second is only on the page; after confirmation the third is
    mailed.
    """
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    for _ in range(2):
        scenario.move(ZHAO, "tell_progress", case.ref, done="已检测。", upcoming="等结果。")
    scenario.post()
    progress = [
        letter for letter in scenario.product.file.whole(case.ref).letters if letter["name"] == "progress"
    ]
    assert [letter["state"] for letter in progress] == ["sent", "skipped"]
    assert progress[1]["sent"] == {"why": "unconfirmed"}
    sent = len(post.to(LI))
    scenario.confirm(case.ref)
    scenario.move(ZHAO, "tell_progress", case.ref, done="结果来了。", upcoming="写报告。")
    scenario.post()
    assert len(post.to(LI)) == sent + 1
    assert "/address/" in next(letter.text for to, _, letter in post.taken if to == LI)
    assert "/address/" not in post.taken[-1][2].text
