"""Reconsideration: a request in time and once per matter, a decision by people with no part in the case,
final inside the company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Settled
from chalicelib.domain.model.codes import (
    Cause,
    Conclusion,
    Dismissal,
    Outcome,
    Power,
    ReopenReason,
    Role,
    Route,
    Stage,
    Undelivered,
    Wish,
)
from chalicelib.domain.moves.reconsideration import contestable
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    ELDERLY,
    MINUTE,
    PERSON,
    T0,
    Life,
    accepted,
    answered,
    contested,
    decided,
    joint,
    leave,
    performing,
    reported,
    represented,
    seated,
    settle,
    split_off,
    voice,
)
from tests.domain.reviewed import CHANGED, CONFIRMED, PART, REVIEW, WHY, closed, declined, in_part

DISMISSED = {"ground": Dismissal.NOT_ENTITLED, "reason": "不是当事人。", "routes": (Route.COURT,)}


def settled(**said: Any) -> Life:
    """Return a complaint with one matter declined and the other settled at once."""
    life = in_part()
    life.take("settle_at_once", "wang", **settle(**said))
    return life


def late(life: Life | None = None) -> Life:
    """Return a complaint with a request after its window."""
    life = life or answered(Conclusion.NOT_UPHELD)
    life.live(40 * DAY)
    return contested(life)


WHERE: dict[str, Callable[[], Life]] = {
    "declined": declined,
    "answered": answered,
    "performing": performing,
    "closed": closed,
}


# The request


@pytest.mark.parametrize("where", WHERE)
def test_request_in_the_window_reaches_a_panel(where: str) -> None:
    """After a decline, an answer, performance or closing, a request in the window brings the case to a panel.
    The consumer learns the date."""
    life = WHERE[where]().later(29 * DAY)
    contested(life)
    assert (life.case.stage, life.case.outcome, life.case.owner) == (REVIEW, None, None)
    assert life.letters_to()[-1] == "reconsideration_received"
    assert life.letters_to("role:supervisor")[-1:] == ["task"]
    assert {"reconsideration", "panel_appointment"} <= life.running.keys()
    assert life.running["reconsideration"].start == life.running["panel_appointment"].start == life.time
    assert life.whole()
    assert "店长" not in life.entries[-1].line
    assert life.words(life.case.entries)["reasons"]["1"]


@pytest.mark.parametrize("by", ["wang", "zhao", "12345"])
def test_request_may_be_recorded_for_the_consumer(by: str) -> None:
    """Intake, the investigator or a partner records it; the recording does not make a handler."""
    life = contested(answered(), by=by)
    assert life.case.stage == REVIEW
    assert life.handled().get(by, ("", "x"))[1] != "ask_reconsideration"
    assert {name for name, move in MOVES.items() if not move.handles} == {
        "ask_reconsideration",
        "appoint_panel",
        "declare_interest",
        "vote",
        "record_restored",
        "record_telling",
        "message",
        "confirm_mail",
        "give_partner_access",
        "end_partner_access",
        "release_story",
        "release_address",
        "read_mention",
    }


def test_only_matters_that_were_decided_can_be_asked_about() -> None:
    """A request is refused for an unknown matter, before any decision, and during an investigation of all
    matters."""
    life = answered()
    assert life.refused("ask_reconsideration", "li", reasons={3: "?"}) == "unknown_matter"
    assert accepted().refused("ask_reconsideration", "li", reasons=WHY) == "nothing_to_review"
    part = in_part()
    assert contestable(part.case) == (2,)
    assert part.refused("ask_reconsideration", "li", reasons=WHY) == "unknown_matter"
    filed = accepted()
    filed.take("file_report", "zhao", **reported(filed))
    assert filed.refused("ask_reconsideration", "li", reasons=WHY) == "nothing_to_review"


@pytest.mark.parametrize("how", ["withdrawn", "in_court", "joined", "not_pursued", "settled_at_once"])
def test_case_without_a_decision_has_nothing_to_reconsider(how: str) -> None:
    """A case withdrawn, in court, joined, not pursued or settled by agreement has none."""
    life = answered() if how in ("withdrawn", "in_court", "joined") else Life()
    if how == "withdrawn":
        life.take("withdraw", "li")
    elif how == "in_court":
        life.take("close_in_court", "sun", body=Route.COURT, number="1")
    elif how == "joined":
        life = answered(Conclusion.NOT_UPHELD)
        life.take("link_duplicate", "wang", leading=Life().case)
    elif how == "not_pursued":
        life.take("ask_information", "wang", **ASK)
        life.live(12 * DAY)
    else:
        life = accepted()
        life.take("file_report", "zhao", **reported(life))
        life.take("settle_at_once", "wang", **settle(remedies=()))
    assert life.case.outcome == how
    assert contestable(life.case) == ()
    assert life.refused("ask_reconsideration", "li", reasons=WHY) == "nothing_to_review"


def test_a_second_request_while_one_runs_is_refused() -> None:
    """A further request is refused under reconsideration, while one waits to be admitted, and while
    information is asked."""
    life = seated(contested(answered(), 1))
    assert life.refused("ask_reconsideration", "li", reasons={2: "?"}) == "move_not_allowed_in_stage"
    life.take("ask_information", "mei", **ASK)
    assert life.refused("ask_reconsideration", "li", reasons={2: "?"}) == "reconsideration_asked"
    waits = late()
    assert waits.refused("ask_reconsideration", "li", reasons=WHY) == "reconsideration_asked"


def test_a_matter_is_looked_at_once() -> None:
    """A panel's decision on a matter is final; the other matter has its own request, in the window after the
    decision."""
    life = decided(CONFIRMED, seated(contested(answered(), 1)))
    assert (life.case.stage, life.case.recourse.reviewed, contestable(life.case)) == (
        Stage.ANSWERED,
        (1,),
        (2,),
    )
    assert life.refused("ask_reconsideration", "li", reasons=WHY) == "reconsidered_before"
    assert contested(life.later(29 * DAY), 2).case.stage == REVIEW


@pytest.mark.parametrize("power", [None, Power.NEGOTIATE, Power.ANSWER])
def test_a_representative_asks_within_their_powers(power: Power | None) -> None:
    """Asking needs the power to answer; withdrawing the request gives something up and needs the power to
    settle."""
    life = represented(answered(), powers=(power,) if power else ())
    if power != Power.ANSWER:
        assert life.refused("ask_reconsideration", "p2", Role.REPRESENTATIVE, reasons=WHY) == "power_missing"
        return
    life.says("ask_reconsideration", "p2", reasons=WHY)
    assert life.refused("withdraw_request", "p2", Role.REPRESENTATIVE) == "power_missing"
    life.take("withdraw_request", "li")
    assert life.case.stage == Stage.ANSWERED


# In time and late


@pytest.mark.parametrize("before", [MINUTE, timedelta(0)])
@pytest.mark.parametrize("clock", ["first", "behind"])
def test_the_last_minute_counts_and_the_end_does_not(before: timedelta, clock: str) -> None:
    """A request a minute before the end is in time; one at the end is late, whether the clock has closed the
    case or not. An open case closes once the late request is decided on."""
    life = answered(Conclusion.NOT_UPHELD)
    ends = life.due["answer_window"]
    life.live(ends - MINUTE - life.time)
    life.time = ends - before
    if clock == "first":
        life.clock()
    contested(life)
    assert life.case.stage == (REVIEW if before else Stage.CLOSED if clock == "first" else Stage.ANSWERED)
    assert life.case.recourse.reconsideration
    assert life.case.recourse.reconsideration.late != bool(before)
    life.clock()
    if clock == "behind" and not before:
        assert life.case.stage == Stage.ANSWERED
        life.take("dismiss_request", "zhou", **{**DISMISSED, "ground": Dismissal.LATE})
        life.clock()
    assert life.case.stage == (REVIEW if before else Stage.CLOSED)


def test_no_window_runs_out_on_words_that_did_not_arrive() -> None:
    """A bounced answer stops the window, so a request 90 days later is in time; the call starts the window
    again."""
    life = answered(Conclusion.NOT_UPHELD)
    sent = next(letter for letter in life.letters if letter.name == "answer")
    life.take("letter_failed", "clock", letter=sent.key, id=sent.id, party="p1", why=Undelivered.BOUNCE)
    life.live(90 * DAY)
    assert life.case.stage == Stage.ANSWERED
    assert contested(life).case.stage == REVIEW
    life.take("withdraw_request", "li")
    life.tell()
    assert life.running["answer_window"].start == life.time


def test_a_barred_lapse_leaves_the_window_open_to_whoever_needs_help() -> None:
    """A request is in time while the lead decides on the lapse."""
    life = answered(Conclusion.NOT_UPHELD, accepted(person=ELDERLY))
    while life.case.tellings:
        life.tell()
    life.live(25 * DAY)
    life.tell()
    life.live(20 * DAY)
    assert life.case.clock.review
    assert life.case.stage == Stage.ANSWERED
    assert contested(life).case.stage == REVIEW
    assert life.case.clock.review is None


def test_a_late_request_is_kept_as_a_message() -> None:
    """The case keeps its stage and the message waits for a reply. The supervisor gets a task, and no clock of
    a panel runs."""
    life = late()
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.ANSWERED_NOT_CONTESTED)
    assert len(life.case.messages) == 1
    assert "message_reply" in life.running
    assert life.letters_to("role:supervisor") == ["task"]
    assert not {"reconsideration", "panel_appointment"} & life.running.keys()
    assert "reconsideration_received" not in life.letters_to()


def test_a_late_request_waits_for_its_decision_not_for_a_word() -> None:
    """A reply does not meet it: the ladder goes on until the supervisor has decided."""
    life = late()
    life.take("message", "li", text="收到了吗？")
    life.take("message", "sun", text="主管会看。")
    assert "message_reply" in life.running
    life.live(9 * DAY)
    assert [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "message_reply"][
        -1
    ] == "zhou"
    life.take("dismiss_request", "zhou", **{**DISMISSED, "ground": Dismissal.LATE})
    assert life.case.messages == ()
    assert life.case.recourse.reconsideration is None
    assert life.letters_to()[-1] == "reconsideration_dismissed"
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.ANSWERED_NOT_CONTESTED)


def test_the_supervisor_admits_a_late_request_for_a_good_reason() -> None:
    """The clocks begin with the admission. Other officers cannot admit, and a request in time needs no
    admission."""
    life = late()
    assert life.refused("admit_late_request", "sun", reason="住院。") == "move_not_allowed_for_role"
    life.later(DAY).take("admit_late_request", "zhou", reason="住院。")
    assert life.case.stage == REVIEW
    assert life.running["reconsideration"].start == life.time
    assert life.case.messages == ()
    life.take("withdraw_request", "li")
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.ANSWERED_NOT_CONTESTED)
    assert answered().refused("admit_late_request", "zhou", reason="x") == "no_late_request"


def test_a_late_request_on_a_case_that_ended_meanwhile_is_not_admitted() -> None:
    """A late request came while the clock was away. After a withdrawal nothing is left to reconsider; in a
    joined case the leading one is asked."""
    life = answered(Conclusion.NOT_UPHELD).later(40 * DAY)
    contested(life).take("withdraw", "li")
    assert life.refused("admit_late_request", "zhou", reason="住院。") == "nothing_to_review"
    life.take("dismiss_request", "zhou", **DISMISSED)
    assert life.case.outcome == Outcome.WITHDRAWN
    other = contested(answered(Conclusion.NOT_UPHELD).later(40 * DAY))
    other.take("link_duplicate", "wang", leading=Life().case)
    assert other.case.recourse.reconsideration is None
    other.take("unlink_duplicate", "wang")
    assert contested(other).case.stage == REVIEW


def test_reopening_ends_a_late_request() -> None:
    """The whole case is reopened, so none of it is under reconsideration."""
    life = performing()
    for owed in life.case.open_obligations:
        life.says("confirm_done", "p1", obligation=owed.id)
    late(life).take("message", "sun", text="请重新处理。")
    life.take("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="又坏了。")
    assert life.case.recourse.reconsideration is None
    assert look_at(life.case)


# Dismissal and withdrawal of a request


def with_fact(case: Case, ground: Dismissal) -> Case:
    """Return the case with the fact on its record that a ground presupposes."""
    if ground == Dismissal.SECOND_REQUEST:
        return replace(case, taken={**case.taken, "dismiss_request": T0})
    if ground == Dismissal.SETTLED:
        return replace(case, inquiry=replace(case.inquiry, settled=Settled(T0, (Cause.SKILL,))))
    if ground == Dismissal.NOTHING_TO_REVIEW:
        undecided = tuple(replace(matter, accepted=None) for matter in case.matters)
        return replace(case, matters=undecided, inquiry=replace(case.inquiry, report=None))
    return case


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("how", ["dismiss_request", "withdraw_request"])
@pytest.mark.parametrize("ground", [ground for ground in Dismissal if ground != Dismissal.LATE])
def test_the_case_is_back_where_it_was(where: str, how: str, ground: Dismissal) -> None:
    """After a dismissal on a listed ground or a withdrawal of the request, stage, outcome, handler,
    obligations and window are as before."""
    life = WHERE[where]().later(3 * DAY)
    before = life.case
    window = before.told
    contested(life).later(DAY)
    if how == "dismiss_request":
        # the first step to what the record must show for each ground; its own test says what is refused
        life.case = with_fact(life.case, ground)
        life.take(how, "zhou", **{**DISMISSED, "ground": ground})
        assert life.letters_to()[-1] == "reconsideration_dismissed"
    else:
        life.take(how, "li")
    now = life.case
    assert (now.stage, now.outcome, now.owner, now.obligations) == (
        before.stage,
        before.outcome,
        before.owner,
        before.obligations,
    )
    over = how == "dismiss_request" and ground in (Dismissal.SECOND_REQUEST, Dismissal.NOTHING_TO_REVIEW)
    assert now.recourse.reconsideration is None
    assert bool(now.recourse.reviewed) == over
    assert {key: now.told[key] for key in window} == window
    # a request that was dismissed for good cannot be repeated
    if over:
        assert life.refused("ask_reconsideration", "li", reasons={1: "再看一次。"}) in (
            "reconsidered_before",
            "nothing_to_review",
        )
        return
    assert contested(life).case.stage == REVIEW, "inside the window it may be asked again"


def test_a_window_that_ended_meanwhile_has_ended() -> None:
    """A withdrawn request does not restart the window: the clock closes the case at once."""
    life = answered(Conclusion.NOT_UPHELD)
    life.live(25 * DAY)
    seated(contested(life)).live(10 * DAY)
    life.take("withdraw_request", "li")
    assert life.clock()[-1] == "lapse_answer"
    assert life.case.outcome == Outcome.ANSWERED_NOT_CONTESTED


def test_a_request_in_time_is_not_dismissed_as_late() -> None:
    """A request that does not exist cannot be dismissed, nor can the lead who answered dismiss one."""
    life = contested()
    for ground in set(Dismissal) - {Dismissal.NOT_ENTITLED}:
        said = {**DISMISSED, "ground": ground}
        assert life.refused("dismiss_request", "zhou", **said) == "ground_without_fact", ground
    assert life.refused("dismiss_request", "sun", **DISMISSED) == "move_not_allowed_for_role"
    assert answered().refused("dismiss_request", "zhou", **DISMISSED) == "nothing_asked"


def test_a_vote_cannot_be_dismissed() -> None:
    """After the first vote the supervisor cannot dismiss the request: the panel decides."""
    life = seated()
    life.take("vote", "hu", **voice(life, CHANGED))
    assert life.refused("dismiss_request", "zhou", **DISMISSED) == "panel_decides"


# Split off


def test_a_declined_matter_goes_on_as_a_case_of_its_own() -> None:
    """The separate case is linked, of the same people, under reconsideration with its own clocks; the
    original goes on."""
    life = in_part(wishes=(Wish.REFUND,)).later(5 * DAY)
    clocks = life.running
    own = split_off(life, 2)
    case = own.case
    assert (case.stage, case.together.origin, case.matters, case.entries) == (
        REVIEW,
        (life.case.ref, "p1"),
        life.case.matters[1:],
        1,
    )
    assert [p.id for p in case.consumers] == ["p1"]
    assert own.people["p1"]["name"] == PERSON.name
    assert own.whole()
    assert life.whole()
    assert own.running.keys() == {"reconsideration", "panel_appointment"}
    assert own.running["reconsideration"].start == life.time
    assert own.letters_to() == ["reconsideration_received"]
    assert own.letters_to("role:supervisor") == ["task"]
    assert life.facts("ask_reconsideration")[-1]["own"] == case.ref
    assert own.facts("ask_reconsideration") == [{"from": life.case.ref}]
    assert life.case.stage == Stage.INVESTIGATING
    assert life.running == clocks
    assert life.case.recourse.reviewed == (2,)
    assert own.words(1)["reasons"] == {"1": "我不是咨询，是投诉。"}
    assert "咨询" not in own.entries[0].line


def test_second_split_is_refused() -> None:
    """A second split is refused, while the first runs and after it, also once the rest is answered."""
    life = in_part()
    split_off(life)
    assert life.refused("ask_reconsideration", "li", reasons={2: "?"}) == "reconsidered_before"
    answered(life=life)
    assert contestable(life.case) == (1,)
    assert life.refused("ask_reconsideration", "li", reasons={2: "?"}) == "reconsidered_before"


def test_split_leaves_the_request_for_information() -> None:
    """The request about the rest still waits for its answer."""
    life = in_part()
    life.take("ask_information", "zhao", **ASK)
    own = split_off(life)
    assert life.case.stage == Stage.AWAITING_INFORMATION
    assert "information" in life.running
    assert own.case.requests == ()


def test_handlers_of_the_original_are_refused_for_the_split_panel() -> None:
    """The handlers of the original are refused for its panel too."""
    own = split_off(in_part())
    assert {"wang", "zhao"} <= own.handled().keys()
    assert (
        own.refused("appoint_panel", "zhou", members=("mei", "hu", "zhao"), chair="mei") == "handled_before"
    )


@pytest.mark.parametrize("told", [True, False])
def test_withdrawn_split_case_stays_declined(told: bool) -> None:
    """The window is that of the part-decline, and runs: a consumer who contests a decline knows of it."""
    life = in_part(person=BY_PHONE)
    life.tell()
    if told:
        life.tell()
    own = split_off(life.later(DAY))
    own.take("withdraw_request", "li")
    assert own.case.stage == Stage.DECLINED
    assert own.running["answer_window"].start == life.time - (DAY if told else 0 * DAY)
    own.live(25 * DAY)
    while own.case.tellings:
        own.tell()
    own.live(20 * DAY)
    assert own.case.outcome == Outcome.DECLINED


def test_people_of_a_joint_case_are_all_on_what_was_split_off() -> None:
    """Each person has their own link. A leaver gets a new number, since their old one waits with the
    original."""
    life, _ = joint(2)
    life.take("accept", "wang", **PART)
    own = split_off(life, by="p1")
    assert [p.id for p in own.case.consumers] == ["p1", "p2"]
    assert own.letters_to("party:p2") == ["reconsideration_received"]
    alone = leave(own, "p2")
    assert alone.case.stage == REVIEW
    assert alone.case.entries == 1
    assert alone.case.ref != own.case.ref
    assert len(life.case.consumers) == 2
    assert look_at(alone.case)


def test_a_declined_matter_of_a_case_settled_at_once_can_be_contested() -> None:
    """The window applies. A confirmed decline brings the case back with its obligations; an overturned matter
    is investigated alone."""
    life = contested(settled())
    assert life.case.recourse.reconsideration
    assert life.case.recourse.reconsideration.matters == (2,)
    promised = life.case.open_obligations
    decided(CONFIRMED, seated(life))
    assert life.case.stage == Stage.PERFORMING
    assert life.case.open_obligations == promised
    assert contestable(life.case) == ()
    other = decided(CHANGED, seated(contested(settled())))
    assert other.case.stage == Stage.INVESTIGATING
    assert other.case.open_obligations
    assert reported(other)["conclusions"].keys() == {2}
    answered(Conclusion.NOT_UPHELD, other)
    assert contestable(other.case) == (2,)
    assert other.case.open_obligations
    assert late(settled(remedies=())).case.stage == Stage.CLOSED
    at_once = contested(settled(remedies=()))
    decided(CONFIRMED, seated(at_once))
    assert (at_once.case.stage, at_once.case.outcome) == (Stage.CLOSED, Outcome.SETTLED_AT_ONCE)
