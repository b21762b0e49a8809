"""Duties of ours that we miss: each has an apology, a ladder and an end, and the time of the complainants
stands still until it is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib import letters
from chalicelib.domain.calendar import Span
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.lateness import apology_at, missed_duties
from chalicelib.domain.engine.running import DEADLINES, rule_of
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.codes import (
    Conclusion,
    Conflict,
    HelpNeed,
    Hurt,
    Outcome,
    Severity,
    Side,
    Stage,
    Wish,
)
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.policy import names
from tests.domain.life import (
    ASK,
    DAY,
    HOUR,
    PERSON,
    SHOP,
    SURE,
    T0,
    Life,
    accepted,
    answered,
    bound,
    called,
    contested,
    disputed,
    drafted,
    held,
    joint,
    mediated,
    mediating,
    mediation,
    offered,
    performing,
    seated,
    speaker,
    talking,
)
from tests.domain.promises import breached, uncured

LETTERS = Path(letters.__file__).parent


def agreed() -> Life:
    """Return a case in which an offer was accepted, and nobody drafts the agreement."""
    life = talking()
    life.says("accept_offer", speaker(life, Side.BUSINESS), offer=offered(life, Side.CONSUMER))
    return life


def objected() -> Life:
    """Return a case in which nobody decides on an objection to the mediator."""
    life = mediated()
    life.says("challenge_mediator", "p1", conflict=Conflict.BUSINESS_TIE, reason="他给这家企业当过法律顾问。")
    return life


def unrecorded() -> Life:
    """Return a case in which a meeting was held, and nobody writes the minutes."""
    life = called()
    meeting = mediation(life).meeting
    assert meeting
    life.live(meeting.at - life.time)
    return life


def written(life: Life | None = None) -> Life:
    """Return a case in which nobody replies to a message of the consumer."""
    life = life or accepted()
    life.says("message", "p1", text="有进展吗？")
    return life


def changes_wanted() -> Life:
    """Return a case in which nobody decides whether the handler changes."""
    life = accepted()
    life.take("ask_handler_change", "li", reason="不接电话。")
    return life


def shielded() -> Life:
    """Return a case in which nobody decides how to go on after a window that may not lapse by itself."""
    life = Life(replace(PERSON, help=(HelpNeed.ELDERLY,)), consents=SURE)
    life.take("ask_information", "wang", **ASK)
    return life


def sent_back() -> Life:
    """Return a case in which the goods came back, and nobody pays the refund."""
    life = accepted()
    life.take("record_return", "zhao", received_on=T0.date())
    return life


LATE: dict[str, Callable[[], Life]] = {
    "acknowledgement": Life,
    "safety_triage": lambda: Life(hurt=Hurt.HURT),
    "lapse_review": shielded,
    "assignment": disputed,
    "progress": accepted,
    "investigation": accepted,
    "statutory_remedy": lambda: accepted(wishes=(Wish.REFUND,)),
    "message_reply": written,
    "handler_change": changes_wanted,
    "return_refund": sent_back,
    "panel_appointment": contested,
    "reconsideration": lambda: seated(contested()),
    "drafting": agreed,
    "company_consent": lambda: _invited(talking()),
    "mediator_appointment": mediating,
    "challenge_decision": objected,
    "first_meeting": mediated,
    "meeting": unrecorded,
    "breach_decision": uncured,
    "measure": breached,
}
"""Lives in which a duty of ours, by its name, is missed if nobody acts."""


def _invited(life: Life) -> Life:
    life.take("invite_mediation", "ma")
    life.says("consent_mediation", "p1")
    return life


@pytest.mark.parametrize("name", LATE)
def test_what_we_miss_is_apologised_for_until_it_is_done(name: str) -> None:
    """The first letter leaves at the end of the duty, another at least every seven days. The ladder goes on,
    and an executive can promise a new date."""
    life = LATE[name]()
    while name not in life.running:
        life.live(DAY)
    life.live(life.due[name] - life.time + 15 * DAY)
    assert name in {run.name for run in missed_duties(life.case)}
    apologies = {"overdue", "late_acknowledgement"}
    assert sum(letter in apologies for letter in life.letters_to()) >= 3
    steps = [facts for facts in life.facts("take_step") if facts["deadline"] == name and not facts["early"]]
    assert len(steps) >= 2, "the ladder goes on"
    assert all(facts["to"] for facts in steps), "somebody has it"
    life.take("promise_anew", "wu", deadline=name, by=life.time.date() + 5 * DAY, reason="人手不足。")
    assert life.letters_to()[-1] == "extension"
    assert "new_date" in life.running


STAGES = [name for name in LATE if name not in ("acknowledgement", "investigation", "company_consent")]


@pytest.mark.parametrize("name", STAGES)
def test_nothing_ends_against_a_consumer_while_we_are_late(name: str) -> None:
    """Half a year passes, and neither the stage nor the case ends."""
    life = LATE[name]()
    life.live(20 * DAY)
    stage = life.case.stage
    life.live(160 * DAY)
    assert life.case.stage == stage
    assert life.case.outcome is None
    assert life.letters_to().count("overdue") > 20


def test_an_answer_that_the_company_owes_ends_the_talks_on_the_day_that_was_told() -> None:
    """The silence of the company is told to the consumer, and does not stop the time."""
    life = LATE["company_consent"]()
    life.live(9 * DAY)
    assert not life.case.behind
    assert "overdue" in life.letters_to()
    business = speaker(life, Side.BUSINESS)
    assert "overdue" not in life.letters_to(f"party:{business}")


def test_a_mediation_without_a_mediator_ends_later_by_as_long_as_we_were_late() -> None:
    """Its time stands still from the day on which a mediator was due. Afterwards it runs on, and the new end
    is told."""
    life = mediating()
    ends, due = life.due["mediation"], life.due["mediator_appointment"]
    life.live(due - life.time + 20 * DAY)
    assert life.running["mediation"].stopped == "late"
    assert "mediation" not in life.due
    life.take("appoint_mediator", "sun", mediator="yan")
    assert life.case.behind, "to be asked is not to have taken it on"
    life.take("accept_appointment", "yan", independent=True)
    assert not life.case.behind
    run = life.running["mediation"]
    assert run.due
    assert run.due - ends >= life.time - due
    assert run.planned
    assert run.planned.at == ends
    assert run.moved == run.due - ends
    assert [(span.since, span.until) for span in run.waited] == [(due, life.time)]


@pytest.mark.parametrize("days", [0, 1, 5, 12])
def test_a_window_moves_by_the_time_of_each_delay(days: int) -> None:
    """Two delays in one negotiation add up, and time on which nothing was late does not count."""
    life = talking()
    ends = life.due["negotiation"]
    for _ in range(2):
        written(life).live(life.due["message_reply"] - life.time + days * DAY)
        life.take("message", "ma", text="我们在核实。")
        life.later(timedelta(hours=1))
    late = sum((span.until - span.since for span in life.case.clock.late if span.until), timedelta())
    assert len(life.case.clock.late) == 2
    assert late == 2 * days * DAY
    assert (life.due["negotiation"] > ends) == bool(days)
    assert life.due["negotiation"] >= ends + late


def test_a_lead_ends_nothing_while_something_else_is_late() -> None:
    """A lapse that was handed to the lead is refused until the consumer has the reply that we owe."""
    person = replace(PERSON, help=(HelpNeed.ELDERLY,))
    life = held(talked_over(accepted(person=person, consents=SURE)))
    life.live(life.due["mediation"] - life.time)
    assert life.case.clock.review
    written(life).live(5 * DAY)
    assert life.refused("lapse_mediation", "sun", reason="期满。") == "duty_missed"
    life.take("message", "sun", text="请看会议记录。")
    life.take("lapse_mediation", "sun", reason="期满。")
    assert life.case.outcome == Outcome.NOT_SETTLED


def talked_over(life: Life) -> Life:
    """Bring a complaint without remedy into mediation, with a mediator."""
    return mediated(mediating(talking(disputed(answered(Conclusion.NOT_UPHELD, life)))))


def test_a_message_of_the_company_stops_no_time_of_the_consumer() -> None:
    """The company is told that our reply is late, the consumer is not, and the negotiation ends on its
    day."""
    life = talking()
    ends, business = life.due["negotiation"], speaker(life, Side.BUSINESS)
    life.says("message", business, text="请延长。")
    life.live(12 * DAY)
    assert life.letters_to(f"party:{business}").count("overdue") == 2
    assert "overdue" not in life.letters_to()
    assert life.due["negotiation"] == ends


def test_in_a_joint_case_only_the_person_who_wrote_is_told() -> None:
    """A late reply to one person concerns nobody else."""
    life, _ = joint(2, accepted())
    second = life.case.consumers[1].id
    life.take("tell_progress", "zhao", done="问了。", upcoming="再问。")
    life.says("message", second, text="有进展吗？")
    life.live(6 * DAY)
    assert life.letters_to(f"party:{second}").count("overdue") == 1
    assert "overdue" not in life.letters_to()


def test_a_drafted_text_reaches_both_and_their_time_to_sign_does_not_shrink() -> None:
    """A draft that comes late is signed in its own time, and the talks have the days that they had."""
    life = agreed()
    life.live(60 * DAY)
    assert life.case.stage == Stage.NEGOTIATING
    assert life.letters_to(f"party:{speaker(life, Side.BUSINESS)}").count("overdue") > 5
    drafted(life).live(6 * DAY)
    assert life.case.stage == Stage.SIGNING
    life.says("refuse_to_sign", "p1")
    assert life.case.stage == Stage.NEGOTIATING, "there is time left for the talks"


def test_what_was_upheld_and_not_paid_is_told_every_week() -> None:
    """Nobody decides on the breach for a hundred days: the creditor hears of it each week."""
    life = uncured(performing())
    told = len(life.letters_to())
    life.live(100 * DAY)
    assert life.letters_to()[told:].count("overdue") >= 13
    assert life.case.stage == Stage.PERFORMING


def test_a_case_with_an_agreement_in_force_is_not_closed_over_a_late_reply() -> None:
    """Everything is performed, but a message has no reply in time: the case closes after the reply."""
    life = bound()
    written(life).live(7 * DAY)
    owed = life.case.open_obligations[0]
    life.says(
        "claim_done", speaker(life, Side.BUSINESS), obligation=owed.id, proof="payment_record", what="已付。"
    )
    life.says("confirm_done", "p1", obligation=owed.id)
    life.live(3 * DAY)
    assert life.case.stage == Stage.PERFORMING
    life.take("message", "feng", text="已经核对。")
    life.live(DAY)
    assert life.case.outcome == Outcome.FULFILLED


# The declarations


@pytest.mark.parametrize("policy", names())
@pytest.mark.parametrize("name", [name for name, one in DEADLINES.items() if one.duty and one.seen_by])
def test_every_duty_whose_date_is_told_has_owner_ladder_apology_and_end(name: str, policy: str) -> None:
    """At its end the clock tells somebody of ours and apologises to the party, again and again, and a move
    ends it. Where the clock takes a move at the end, that move is its end."""
    rule, declared = rule_of(policy, name), DEADLINES[name]
    due = next(step for step in rule.ladder if step.at == "due")
    if due.take:
        return
    assert letter_of(due.consumer).apology
    assert name == "overdue_notice" or due.tell
    assert name == "overdue_notice" or rule.ladder[-1].every
    ends = [move for move in MOVES.values() if name in (*move.answers, *move.meets)]
    assert declared.lateness or ends
    assert declared.lateness or apology_at(policy, name)


def test_every_date_that_a_letter_or_the_public_page_names_is_known_to_the_party() -> None:
    """A duty whose end stands in a letter to a party, or in the process as published, is declared so."""
    told = {name for name, declared in DEADLINES.items() if declared.told}
    for file in LETTERS.glob("*/zh.md"):
        if letter_of(file.parent.name).to == "party":
            told |= {
                *re.findall(r"\bdue\.(?:get\('(\w+)'\)|(?!get\b)\w+)", file.read_text("utf-8"))
            } & DEADLINES.keys()
    ours = {name for name in told if DEADLINES[name].duty}
    assert ours - {"overdue_notice", "new_date"} <= {name for name, one in DEADLINES.items() if one.announced}
    assert "first_meeting" in ours


def test_both_sides_of_an_obligation_hear_that_a_measure_is_late() -> None:
    """Both sides know the day for the next measure, so both are told that it is late."""
    life = breached(bound())
    life.live(life.due["measure"] - life.time + DAY)
    assert "overdue" in life.letters_to()
    assert "overdue" in life.letters_to(f"party:{speaker(life, Side.BUSINESS)}")
    assert {BUSINESS, "p1"} == {life.case.open_obligations[0].debtor, life.case.open_obligations[0].to}


def test_a_letter_that_ends_a_delay_ends_it_with_its_move() -> None:
    """The time for news begins again with a letter about something else, so news is no longer late. The
    delay ends with the move that sends the letter, not with the next move."""
    life, _ = joint(2)
    life.take("accept", "wang")
    life.take("take", "zhao")
    since = life.due["progress"]
    life.live(since - life.time + DAY)
    assert life.case.behind
    life.take("ask_consent", "sun", settlement="退货退款。", remedies=())
    assert life.due["progress"] > life.time
    assert life.case.clock.late == (Span(since, life.time),)


def test_an_outage_that_undoes_a_delay_ends_it_with_its_entry() -> None:
    """The outage moved the end of the cure, and the decision about the breach begins with that end."""
    life = uncured()
    life.live(life.due["breach_decision"] - life.time + HOUR)
    since = life.time - HOUR
    assert life.case.behind
    life.had(since - 8 * DAY, 12 * HOUR)
    assert not life.case.behind
    assert life.case.clock.late == (Span(since, life.time),)


def test_an_outage_that_undoes_nothing_leaves_the_delay() -> None:
    """An outage after the end of the cure moves nothing, so the decision about the breach is late."""
    life = uncured()
    life.live(life.due["breach_decision"] - life.time + HOUR)
    life.had(life.time - DAY, 12 * HOUR)
    assert life.case.behind


def test_a_representative_named_after_a_missed_date_is_told_of_it_at_once() -> None:
    """The first apology to the company leaves by mail, although the consumer had one before. A successor
    gets one too."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    until = life.time.date() + 5 * DAY
    life.take("offer", "ma", side=Side.CONSUMER, terms="退三百元。", until=until, amount=30000)
    life.take("accept_offer", "ma", side=Side.BUSINESS, offer="F1")
    life.live(life.due["drafting"] - life.time + DAY)
    assert "overdue" in life.letters_to()
    life.take("name_business_representative", "ma", person=SHOP)
    first = life.case.business
    life.take("name_business_representative", "ma", person=replace(SHOP, name="赵店长"))
    told = [letter for letter in life.letters if letter.key == "overdue#business"]
    assert first
    assert life.case.business
    assert [letter.to for letter in told] == [f"party:{first.id}", f"party:{life.case.business.id}"]
    assert told[0].way == "email"
    assert {run.id for run in life.running.values() if run.name == "overdue_notice"} == {BUSINESS}


def test_a_representative_is_told_of_no_delay_when_there_is_none() -> None:
    """A naming in time brings the link alone."""
    life = talking()
    assert life.case.business
    assert life.letters_to(f"party:{life.case.business.id}") == ["access_link"]


def test_an_unconfirmed_mailbox_gets_one_letter_about_each_duty_that_is_late() -> None:
    """The second letter about a duty is on the page alone; the first about another duty leaves."""
    life = accepted()
    life.live(life.due["progress"] - life.time + 7 * DAY)
    missed = life.due["investigation"]
    ways = [letter.way for letter in life.letters if letter.name == "overdue"]
    assert ways == ["email", "page"]
    life.live(missed - life.time)
    assert [letter.way for letter in life.letters if letter.name == "overdue"] == [*ways, "email"]
