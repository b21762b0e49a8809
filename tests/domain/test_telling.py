"""Delivery of letters: no window ends whose letter did not arrive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.overtaken import waiting_calls
from chalicelib.domain.model.codes import Conclusion, Hurt, Role, Stage, Undelivered, Way
from chalicelib.domain.moves.call_tasks import to_post
from chalicelib.domain.moves.intake import Person
from chalicelib.domain.undelivered_windows import delivery_failures
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    DECLINED,
    HOUR,
    NOBODY,
    T0,
    Life,
    accepted,
    answered,
    both_heard,
    disputed,
    drafted,
    mediated,
    mediating,
    represented,
    talking,
    text,
    unopposed,
)

AT_HOME = Person("李雷", phone="+8613800138000", address="梧桐路八号")
BY_MAIL = Person("李雷", email="li.lei@mail.example")


def failed(life: Life, letter: str) -> None:
    """Let the last letter of this name bounce."""
    found = next(sent for sent in reversed(life.letters) if sent.name == letter)
    life.take("letter_failed", "clock", letter=letter, id=found.id, party="p1", why=Undelivered.BOUNCE)


def open_window(window: str, person: object = None) -> Life:
    """Return a case whose window of this name was opened by its letter."""
    life = Life(person) if person else Life()  # type: ignore[arg-type]
    while life.case.tellings:
        life.tell()
    if window == "information":
        life.take("ask_information", "wang", **ASK)
    elif window == "answer_window":
        life.take("decline", "wang", **DECLINED)
    else:
        life.take("withdraw", "li")
    return life


WINDOWS = {"information": "information_request", "answer_window": "declined", "reopen_window": "withdrawn"}


@pytest.mark.parametrize(("window", "letter"), WINDOWS.items())
def test_a_bounce_stops_the_window_and_the_telling_starts_it_afresh(window: str, letter: str) -> None:
    """`letter_failed` stops the window for longer than its length; it starts afresh with the phone call."""
    life = open_window(window)
    length = life.due[window] - life.time
    life.later(DAY)
    failed(life, letter)
    assert life.running[window].stopped == "undelivered"
    assert "telling" in life.running
    assert life.letters[-1].name == "undelivered"
    assert life.letters[-1].to.startswith("role:")
    life.live(70 * DAY)
    assert life.running[window].stopped == "undelivered"
    told_at = life.time
    life.tell()
    assert life.running[window].start == told_at
    assert abs(life.due[window] - told_at - length) <= 5 * DAY
    assert life.running[window].done == 0
    assert life.case.tellings == ()


@pytest.mark.parametrize(("window", "letter"), WINDOWS.items())
def test_a_phone_only_consumers_window_starts_with_the_telling(window: str, letter: str) -> None:
    """Without e-mail the letter waits for a call from the beginning; a failed try does not count."""
    life = open_window(window, BY_PHONE)
    assert life.letters[-1].way == "telling"
    assert [t.letter for t in life.case.tellings] == [letter]
    assert life.running[window].stopped == "undelivered"
    life.later(2 * HOUR)
    life.tell(told=False)
    assert life.running[window].stopped == "undelivered"
    assert life.case.tellings
    life.later(2 * HOUR)
    life.tell()
    assert life.running[window].start == life.time


def test_a_letter_that_went_well_costs_no_further_entry() -> None:
    """The window starts with the move that sends its letter."""
    life = open_window("information")
    assert life.running["information"].start == T0
    assert life.case.entries == 2


def test_a_telling_has_its_own_ladder() -> None:
    """The owner is reminded after four hours between 08:00 and 21:00, the lead four clock hours later."""
    life = Life(BY_PHONE)
    life.take("take", "zhao")
    assert life.due["telling"] == T0 + 4 * HOUR
    life.live(9 * HOUR)
    assert [facts["to"] for facts in life.facts("take_step")] == ["zhao", "sun"]


def test_a_telling_is_recorded_once() -> None:
    """A call that was made, or never waited, is refused with `telling_unknown`."""
    life = Life(BY_PHONE)
    telling = life.call_task()
    life.tell()
    told = {"how": "phone", "told": True, "said": "读给本人听。"}
    assert life.refused("record_telling", "wang", telling=telling, **told) == "telling_unknown"


def test_a_failure_is_recorded_once() -> None:
    """The provider may report a bounce twice."""
    life = Life()
    failed(life, "receipt")
    letter = life.letters[0]
    assert (
        life.refused(
            "letter_failed", "clock", letter="receipt", id=letter.id, party="p1", why=Undelivered.BOUNCE
        )
        == "telling_unknown"
    )


def test_an_older_telling_does_not_start_a_newer_window() -> None:
    """A second request before any call replaces the first call, and the second starts its window."""
    life = Life(BY_PHONE)
    life.tell()
    life.take("ask_information", "sun", **ASK)
    life.later(HOUR).take("give_information", "li", answer="在这里。")
    life.later(HOUR).take("ask_information", "sun", **ASK)
    (second,) = (t for t in life.case.tellings if t.letter == "information_request")
    assert life.running["information"].stopped == "undelivered"
    life.later(HOUR).take(
        "record_telling", "wang", telling=second.id, how="phone", told=True, said="读给本人听。"
    )
    assert life.running["information"].start == life.time


def test_an_anonymous_callers_letters_wait_to_be_fetched() -> None:
    """The caller's windows do not run and no call is due; our own deadlines run."""
    life = Life(NOBODY, hurt=Hurt.HURT)
    life.take("accept", "wang")
    assert {letter.way for letter in life.letters if letter.to == "party:p1"} == {"fetch"}
    assert life.case.tellings == ()
    assert life.case.stage == Stage.INVESTIGATING
    assert set(life.due) == {"investigation", "assignment", "progress", "safety_triage"}


def missed(life: Life, days: int) -> Life:
    """Record unanswered calls on so many days, twice on each."""
    for _ in range(days):
        life.tell(told=False)
        life.later(2 * HOUR).tell(told=False)
        life.later(22 * HOUR)
    return life


def test_call_in_vain_counts_for_every_letter_to_this_person() -> None:
    """Two letters wait for one person. A call in vain, and a time that they ask for, hold for both; a letter
    that was read out is gone alone. A letter that came later has calls of its own."""
    life = Life(BY_PHONE)
    life.take("accept", "wang")
    assert len(life.case.tellings) == 2
    life.tell(told=False)
    assert [task.tries for task in life.case.tellings] == [(life.time,)] * 2
    said = {"telling": life.call_task(), "how": Way.PHONE, "told": False, "said": "在开车"}
    life.take("record_telling", "wang", **said, call_at=life.time + HOUR)
    assert {task.call_at for task in life.case.tellings} == {life.time + HOUR}
    life.take("message", "wang", text="周三有人上门。")
    assert [len(task.tries) for task in life.case.tellings] == [1, 1, 0]
    life.tell()
    assert len(life.case.tellings) == 2


@pytest.mark.parametrize(("signed", "after"), [(True, 0 * DAY), (False, 7 * DAY)])
def test_letter_is_posted_after_three_failed_calls(signed: bool, after: timedelta) -> None:
    """The letter has arrived with its signed receipt, or else seven days later; the window runs from then."""
    life = missed(open_window("information", AT_HOME), 3)
    (telling,) = life.case.tellings
    assert len(telling.tries) == 3
    assert to_post(telling)
    assert life.running["information"].stopped == "undelivered"
    life.take(
        "record_telling", "wang", telling=telling.id, how=Way.POST, told=True, said="已寄出。", signed=signed
    )
    assert life.case.told["information_request"] == life.time + after
    assert life.case.tellings == ()
    life.later(after)
    assert life.running["information"].start == life.time


@pytest.mark.parametrize(
    ("person", "said", "code"),
    [
        (BY_PHONE, {"how": Way.POST, "told": True}, "address_not_on_record"),
        (BY_PHONE, {"how": Way.POST, "told": True, "signed": True}, "address_not_on_record"),
        (BY_PHONE, {"how": Way.PHONE, "told": True, "signed": True}, "signed_not_posted"),
        (BY_PHONE, {"how": Way.EMAIL, "told": True}, "told_otherwise"),
        (BY_PHONE, {"how": Way.NONE, "told": True}, "told_otherwise"),
        (BY_MAIL, {"how": Way.PHONE, "told": True}, "phone_not_on_record"),
        (BY_MAIL, {"how": Way.PHONE, "told": False}, "phone_not_on_record"),
    ],
)
def test_no_window_starts_on_words_that_were_sent_nowhere(
    person: Person, said: dict[str, Any], code: str
) -> None:
    """A call needs a number and a posted letter an address. A refused telling writes nothing."""
    life = Life(person)
    if not life.case.tellings:
        failed(life, "receipt")
    before = life.case
    task = {"telling": life.call_task(), "said": "已寄出。"}
    assert life.refused("record_telling", "wang", **task, **said) == code
    assert life.case == before
    life.take("record_telling", "wang", **task, how=Way.COUNTER, told=True)
    assert life.case.tellings == ()


def test_a_number_or_address_that_is_added_makes_the_telling_possible() -> None:
    """The clerk adds the address that the consumer names, and then posts the letter."""
    life = open_window("information", BY_PHONE)
    task = {"telling": life.call_task(), "how": Way.POST, "told": True, "said": "已寄出。"}
    assert life.refused("record_telling", "wang", **task) == "address_not_on_record"
    life.take("change_contact", "wang", address="梧桐路八号")
    life.take("record_telling", "wang", **task)
    assert life.case.told["information_request"] == life.time + 7 * DAY


def test_without_a_number_nobody_has_to_call_three_times() -> None:
    """A bounced letter to somebody without number and address waits at once for an address."""
    life = Life(BY_MAIL)
    failed(life, "receipt")
    life.take("record_telling", "wang", telling=life.call_task(), how=Way.POST, told=False, said="没有地址。")
    assert life.case.tellings[0].nowhere == life.time


@pytest.mark.parametrize("days", [0, 1, 2])
def test_letter_is_given_up_after_three_days_of_calls(days: int) -> None:
    """A letter cannot be given up before three days of tries, however many calls those days had."""
    life = missed(open_window("information", BY_PHONE), days)
    said = {"telling": life.call_task(), "how": Way.POST, "told": False, "said": "没有地址。"}
    assert life.refused("record_telling", "wang", **said) == "try_first"
    assert len(life.case.tellings[0].tries) == days


def test_unreachable_person_is_reviewed_every_thirty_days() -> None:
    """Only the window of that letter is stopped. Another try starts the calls again, and the letter counts
    when the person answers."""
    life = missed(open_window("information", BY_PHONE), 3)
    telling = life.call_task()
    life.take("record_telling", "wang", telling=telling, how=Way.POST, told=False, said="没有地址。")
    assert life.running["information"].stopped == "undelivered"
    assert not any(run.name == "telling" for run in life.running.values())
    since, others = life.time, {name for name, run in life.running.items() if run.stopped}
    assert others == {"information"}
    life.live(95 * DAY)
    looked = [facts["due"] for facts in life.facts("take_step") if facts["deadline"] == "unreachable"]
    assert len(looked) == 3
    assert life.time - since >= 95 * DAY
    assert life.case.stage == Stage.AWAITING_INFORMATION
    life.tell(told=False)
    assert life.case.tellings[0].nowhere is None
    assert "telling" in life.running
    life.later(HOUR).tell()
    assert life.running["information"].start == life.time


@pytest.mark.parametrize(("other", "missing"), [("sent", []), ("owed", ["letter_failed"])])
def test_letter_read_by_a_representative_is_enough(other: str, missing: list[str]) -> None:
    """A window opened by the daughter's copy is not stopped by the person's unsent letter; if both are
    unsent, one call is made."""
    life = represented(answered())
    at = {"at": stamp(life.time)}
    to = {"key": "answer", "way": "email", "sent": at, **at}
    letters = [
        {"id": "L1", "to": "party:p1", "state": "owed", "beside": ["L2"], **to},
        {"id": "L2", "to": "party:p2", "state": other, "beside": ["L1"], **to},
    ]
    window = life.running["answer_window"]
    assert [move for move, _ in delivery_failures(life.case, window, lambda post: letters)] == missing


def called_steps(life: Life) -> dict[str, int]:
    """Return how many steps were taken about each call task, by the key of the run."""
    return {key: n for key, n in life.case.clock.steps.items() if key.startswith("telling#")}


def test_a_call_task_that_comes_back_takes_no_step_twice() -> None:
    """An apology waits for a call, and the owner was reminded of it. A drafted text ends the delay, and a
    refusal to sign brings the delay and the call task back. The owner is not reminded from the start."""
    by_phone = answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))
    life = unopposed(mediated(mediating(talking(disputed(by_phone)))))
    while life.case.tellings:
        life.tell("ma")
    life.live(20 * DAY)
    (apology,), before = life.case.tellings, called_steps(life)
    assert apology.letter == "overdue"
    assert before[f"telling#{apology.id}#{stamp(apology.since)}"] > 1
    life.take("draft_agreement", "yan", **text(life))
    assert apology not in waiting_calls(life.case)
    life.says("refuse_to_sign", "p1", reason="不同意。")
    assert apology in waiting_calls(life.case)
    assert called_steps(life) == before
    assert "take_step" not in life.clock()


def test_an_undone_withdrawal_takes_no_step_twice() -> None:
    """A call about a text to sign waits, and its owner was reminded. The call comes back with the undo of a
    withdrawal, with the steps that were taken before it."""
    by_phone = answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))
    life = drafted(both_heard(talking(disputed(by_phone))))
    life.live(2 * DAY)
    before = called_steps(life)
    assert max(before.values()) > 1
    life.take("withdraw", "p1", Role.CONSUMER)
    life.live(HOUR)
    life.take("undo_withdrawal", "p1", Role.CONSUMER)
    text_to_sign = next(task for task in waiting_calls(life.case) if task.letter == "draft_agreement")
    run = f"telling#{text_to_sign.id}#{stamp(text_to_sign.since)}"
    assert called_steps(life)[run] == before[run]
