"""Missing information: one request for all of it, a pause as long as the request took, and what silence
does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.codes import HelpNeed, Hurt, Outcome, Severity, Stage
from tests.domain.life import ASK, DAY, HOUR, PERSON, T0, Life, triaged


def information_requested(stage: Stage = Stage.RECEIVED, life: Life | None = None) -> Life:
    """A case with a request for information at this stage."""
    life = life or Life()
    if stage == Stage.INVESTIGATING:
        life.take("accept", "wang")
        life.later(2 * DAY)
    life.take("ask_information", "wang" if stage == Stage.RECEIVED else "zhao", **ASK)
    return life


def test_a_request_meets_the_acknowledgement_and_the_answer_is_decided_in_24_hours() -> None:
    """A request in received tells the consumer what is missing; after any answer a scope decision is due 24
    clock hours later."""
    life = information_requested()
    assert set(life.running) == {"information"}
    assert life.letters_to()[-1] == "information_request"
    # 7 days: 24:00 of the 12th
    assert life.due["information"].astimezone(SHANGHAI).date() == date(2026, 3, 13)
    life.later(3 * DAY)
    life.take("give_information", "li", answer="发票在附件里。")
    assert life.case.stage == Stage.RECEIVED
    assert life.due == {"scope_decision": T0 + 3 * DAY + 24 * HOUR}
    assert life.live(48 * HOUR)[0] == (3 * 24 + 16, "take_step")


def test_an_answer_in_the_same_second_leaves_no_case_without_a_clock() -> None:
    """An answer in the second of its request starts the deadline for the scope decision."""
    life = information_requested()
    life.take("give_information", "li", answer="在这里。")
    assert set(life.due) == {"scope_decision"}


@pytest.mark.parametrize("by", ["li", "wang", "zhao", "12345"])
def test_any_answer_by_any_way_resumes_where_it_was_asked(by: str) -> None:
    """The case resumes at the stage of the request; an answer counts the same on any channel."""
    life = information_requested(Stage.INVESTIGATING)
    assert life.running["investigation"].stopped == "information"
    life.take("give_information", by, answer="订单号 8812。")
    assert life.case.stage == Stage.INVESTIGATING
    assert life.letters_to()[-1] == "information_received"


def test_the_investigation_pauses_as_long_as_the_asking_took() -> None:
    """The end moves by the midnights in between and becomes a new promise; the old promise is never
    shortened."""
    life = Life()
    life.take("accept", "wang")
    promised = life.case.promised
    assert promised == life.due["investigation"]
    life.later(2 * DAY).take("ask_information", "zhao", **ASK)
    life.later(4 * DAY + HOUR)
    life.take("give_information", "li", answer="在附件里。")
    assert life.due["investigation"] == promised + 4 * DAY == life.case.promised
    assert [promise.reason for promise in life.case.promises] == [None, "give_information"]


def test_an_answer_on_the_same_day_moves_no_date_and_makes_no_new_promise() -> None:
    """A pause without a midnight moves no date."""
    life = information_requested(Stage.INVESTIGATING)
    life.later(HOUR).take("give_information", "li", answer="在这里。")
    assert len(life.case.promises) == 1
    assert life.case.promised == life.due["investigation"]


def test_waiting_message_holds_the_lapse() -> None:
    """The window does not lapse while a message waits for a reply of staff."""
    life = information_requested()
    life.live(6 * DAY)
    life.take("message", "li", text="发票找到了，明天拍给你们。")
    life.live(5 * DAY)
    assert life.case.stage == Stage.AWAITING_INFORMATION
    life.take("message", "wang", text="好的，请拍清楚。")
    life.live(HOUR)
    assert life.case.outcome == Outcome.NOT_PURSUED


def test_information_window_is_extended_once() -> None:
    """The consumer gets seven more days once; a second extension is refused."""
    life = information_requested()
    before = life.due["information"]
    life.live(5 * DAY)
    life.take("extend_information", "li")
    assert life.due["information"] == before + 7 * DAY
    assert life.refused("extend_information", "wang") == "already_extended"
    life.live(8 * DAY)
    assert life.case.stage == Stage.AWAITING_INFORMATION
    life.live(3 * DAY)
    assert life.case.stage == Stage.CLOSED


def test_silence_to_a_request_made_in_received_closes_it_as_not_pursued() -> None:
    """A reminder goes on the fourth day at 09:00; then the case closes, and can be reopened for 30 days."""
    life = information_requested()
    assert [name for _, name in life.live(8 * DAY)] == ["take_step", "lapse_information"]
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.NOT_PURSUED)
    assert life.letters_to()[2:] == ["information_reminder", "not_pursued"]
    assert set(life.due) == {"reopen_window", "survey"}


def test_silence_to_a_later_request_goes_on_with_what_is_there() -> None:
    """A request while investigating: the investigation resumes, with the pause counted in and the new date
    promised."""
    life = information_requested(Stage.INVESTIGATING)
    first = life.case.promised
    life.live(10 * DAY)
    assert life.case.stage == Stage.INVESTIGATING
    assert life.letters_to().count("decided_without") == 1
    assert life.case.promised == life.due["investigation"] > first
    assert life.case.promises[-1].reason == "lapse_information"


@pytest.mark.parametrize("how", ["hurt", "could be", "S1", "help"])
def test_a_shielded_case_is_never_closed_by_lapse(how: str) -> None:
    """A safety tag, severity S1 or a help need gives the lead a task, due in a working day. The lead takes
    the lapse, or goes on."""
    hurt = {"hurt": Hurt.HURT, "could be": Hurt.COULD_BE}.get(how, Hurt.NO)
    life = Life(replace(PERSON, help=(HelpNeed.ELDERLY,) * (how == "help")), hurt=hurt)
    information_requested(life=triaged(life))
    life.case = replace(life.case, severity=Severity.S1 if how == "S1" else None)
    assert life.refused("lapse_information", "sun") == "lapse_not_barred"
    life.live(10 * DAY)
    assert life.case.stage == Stage.AWAITING_INFORMATION
    assert life.letters_to("staff:sun")[-1] == "task"
    assert set(life.running) - {"overdue_notice"} == {"lapse_review"}
    life.live(5 * DAY)
    assert [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "lapse_review"] == [
        "zhou",
        "wu",
        "wu",
    ]
    life.take("lapse_information", "sun", reason="多次联系未果。")
    assert life.case.stage == Stage.CLOSED


def test_a_shielded_case_asked_later_goes_on_by_itself() -> None:
    """Silence to a request while investigating closes no case: the investigation resumes."""
    life = information_requested(Stage.INVESTIGATING, triaged(Life(hurt=Hurt.HURT)))
    life.live(10 * DAY)
    assert life.case.stage == Stage.INVESTIGATING
    assert life.case.clock.review is None


def test_extension_is_refused_after_the_hand_over() -> None:
    """After the hand-over an answer is still taken, an extension is not."""
    life = information_requested(life=triaged(Life(hurt=Hurt.HURT)))
    life.live(10 * DAY)
    assert life.refused("extend_information", "li") == "extension_too_late"
    life.take("give_information", "li", answer="在这里。")
    assert life.case.stage == Stage.RECEIVED
    assert life.case.clock.review is None


def test_the_lead_may_go_on_with_a_shielded_case() -> None:
    """After `pursue` the scope is decided within 24 hours, without the information."""
    life = information_requested(life=triaged(Life(hurt=Hurt.HURT)))
    life.live(10 * DAY)
    assert life.refused("lapse_information", "sun", pursue=True) == "reason_needed"
    life.take("lapse_information", "sun", pursue=True, reason="伤情已由医院说明。")
    assert life.case.stage == Stage.RECEIVED
    assert life.due["scope_decision"] == life.time + 24 * HOUR


def test_a_second_request_at_the_same_stage_needs_the_lead() -> None:
    """The first request needs no second person, nor does a request of the lead. Before the yes the case does
    not move."""
    life = information_requested()
    life.take("give_information", "li", answer="在这里。")
    asked_again = life.ask_approval("ask_information", "wang", **ASK)
    assert life.case.stage == Stage.RECEIVED
    assert "scope_decision" in life.due
    life.take("approve", "sun", approval=asked_again)
    assert life.case.stage == Stage.AWAITING_INFORMATION

    lead = information_requested()
    lead.take("give_information", "li", answer="在这里。")
    lead.take("ask_information", "sun", **ASK)
    assert lead.case.stage == Stage.AWAITING_INFORMATION
