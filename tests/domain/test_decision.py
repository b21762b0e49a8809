"""Decisions of a panel: final inside the company, sent back once, sent to the person who asked. Their
deadlines, and all that goes on meanwhile."""

from __future__ import annotations

import pytest

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.engine.running import when
from chalicelib.domain.model.case_records import Owed
from chalicelib.domain.model.codes import (
    Conclusion,
    Conflict,
    Duty,
    Outcome,
    Remedy,
    ReopenReason,
    Role,
    Route,
    Severity,
    Stage,
    Wish,
)
from chalicelib.domain.moves.reconsideration import contestable
from chalicelib.domain.policy import policy
from chalicelib.domain.roster import Team
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    DECLINED_BY_TWO,
    HOUR,
    PANEL,
    T0,
    Life,
    accepted,
    answered,
    appoint,
    contested,
    decided,
    join,
    joint,
    leave,
    neighbour,
    on_duty,
    performing,
    reported,
    ruled,
    seated,
    voice,
    voted,
)
from tests.domain.reviewed import BACK, CHANGED, CONFIRMED, REVIEW, WHY, closed, declined, in_part

# The decision


def test_confirmed_decision_is_final() -> None:
    """The case is answered, with its own window. Accepted or not, it closes as decided for good, and no
    officer decides again."""
    for silent in (False, True):
        life = decided(CONFIRMED, seated(contested().later(5 * DAY)))
        assert (life.case.stage, life.case.recourse.reviewed, life.case.owner) == (
            Stage.ANSWERED,
            (1, 2),
            "zhao",
        )
        assert life.letters_to()[-1] == "reconsideration_decision"
        assert life.running["answer_window"].start == life.time
        if silent:
            life.live(45 * DAY)
        else:
            life.take("accept_answer", "li")
        assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.ANSWERED_FINAL)
        assert life.refused("ask_reconsideration", "li", reasons=WHY) == "reconsidered_before"


def test_changed_names_its_conclusion_and_its_remedy() -> None:
    """Each remedy has its ground, words and day. It becomes the obligation, in place of the old one on that
    matter."""
    life = voted(CHANGED, seated(contested(answered(Conclusion.UPHELD_IN_PART), 1)))
    old = {o.id for o in life.case.open_obligations if o.matter == 1}
    upheld = {1: Conclusion.UPHELD}
    for changes, code in [
        ({"remedies": ()}, "remedy_missing"),
        ({"terms": None}, "terms_needed"),
        ({"reasons": {}}, "every_matter_voted"),
        ({"conclusions": {1: Conclusion.NOT_UPHELD}}, "remedy_without_ground"),
        ({"conclusions": {}}, "changed_needs_conclusion"),
        ({"conclusions": {**upheld, 2: Conclusion.UPHELD}}, "changed_needs_conclusion"),
    ]:
        assert life.refused("decide_reconsideration", "mei", **ruled(life, upheld, **changes)) == code
    life.take("decide_reconsideration", "mei", **ruled(life, upheld))
    assert life.case.stage == Stage.ANSWERED
    assert life.case.inquiry.report
    assert life.case.inquiry.report.conclusions[1] == Conclusion.UPHELD
    assert [(o.matter, o.amount) for o in life.case.open_obligations] == [(2, 165500), (1, 99900)]
    assert not old & {o.id for o in life.case.open_obligations}
    life.take("accept_answer", "li")
    assert life.case.stage == Stage.PERFORMING
    assert len(life.case.open_obligations) == 2


def test_reconsideration_keeps_remedies_of_the_answer() -> None:
    """A panel may find nothing upheld. The remedies of the answer are still owed; an offer lapses."""
    life = decided(CHANGED, seated(contested(answered(Conclusion.UPHELD))), Conclusion.NOT_UPHELD)
    assert len(life.case.open_obligations) == 2
    assert life.case.inquiry.report
    assert set(life.case.inquiry.report.conclusions.values()) == {Conclusion.NOT_UPHELD}
    offered = decided(CHANGED, seated(contested(answered(Conclusion.OFFER))), Conclusion.NOT_UPHELD)
    assert offered.case.obligations == ()


def test_a_promise_that_is_being_kept_stays_beside_the_new_one() -> None:
    """An obligation with a claim stays: both are followed separately, and no number is used twice."""
    life = contested(performing())
    first = life.case.open_obligations[0]
    life.take("claim_done", "feng", obligation=first.id, proof="payment_record", what="已退。")
    decided(CHANGED, seated(life))
    assert {o.state for o in life.case.open_obligations if o.matter == first.matter} == {
        Duty.CLAIMED,
        Duty.PENDING,
    }
    ids = [o.id for o in life.case.obligations]
    assert len(ids) == len(set(ids))
    assert first.id in ids


def test_an_offer_of_the_panel_is_taken_up_or_lapses() -> None:
    """An offer of the panel is accepted or lapses like an offer of the answer."""
    life = decided(CHANGED, conclusion=Conclusion.OFFER)
    assert life.case.obligations
    assert not life.case.open_obligations
    life.take("accept_answer", "li")
    assert life.case.stage == Stage.PERFORMING
    assert len(life.case.open_obligations) == 2


def test_sent_back_is_investigated_anew() -> None:
    """The case goes back to its former investigator with a fresh deadline and a new promise, and the lead
    gets a task. The new report covers only the matters that were sent back."""
    life = seated(contested(answered(Conclusion.UPHELD), 2).later(5 * DAY))
    voted(BACK, life)
    life.take("decide_reconsideration", "mei", **ruled(life))
    case = life.case
    assert (
        case.stage,
        case.owner,
        case.inquiry.report,
        case.recourse.sent_back,
        case.recourse.reviewed,
        case.recourse.answered,
    ) == (Stage.INVESTIGATING, "zhao", None, True, (), (1,))
    assert life.running["investigation"].start == life.time
    assert life.letters_to("role:lead")[-1] == "task"
    assert case.promises[-1].reason == "decide_reconsideration"
    assert reported(life)["conclusions"].keys() == {2}
    owed = {o.id for o in case.open_obligations}
    answered(Conclusion.UPHELD, life)
    assert contestable(life.case) == (1, 2)
    assert len(life.case.open_obligations) == 2
    assert len(owed - {o.id for o in life.case.open_obligations}) == 1


def test_matter_is_sent_back_only_once() -> None:
    """The second reconsideration of a matter must decide, by votes or by the executive alone; then it is
    final."""
    life = answered(Conclusion.NOT_UPHELD, decided(BACK))
    life = seated(contested(life), "hu", "gao", "luo")
    assert life.refused("vote", "hu", **voice(life, BACK)) == "sent_back_before"
    decided(CONFIRMED, life)
    assert life.case.recourse.reviewed == (1, 2)
    assert contestable(life.case) == ()


def test_chair_of_a_decision_counts_as_handler() -> None:
    """The members of the first panel may sit again, its chair may not."""
    life = contested(answered(Conclusion.NOT_UPHELD, decided(BACK)))
    assert life.refused("appoint_panel", "zhou", members=PANEL, chair="hu") == "handled_before"
    appoint(life, "hu", "gao", "luo")


def test_an_offer_that_was_sent_back_stands_no_more() -> None:
    """Acceptance of the second answer takes up its offer, and none of the first answer's."""
    life = answered(Conclusion.OFFER, decided(BACK, seated(contested(answered(Conclusion.OFFER)))))
    life.take("accept_answer", "li")
    assert len(life.case.open_obligations) == 2 == len(life.case.obligations)


def test_a_decline_is_confirmed_or_overturned_but_not_sent_back() -> None:
    """A confirmed decline closes as declined, with the way to reopening; an overturned one is
    investigated."""
    life = seated(contested(declined()))
    assert life.refused("vote", "mei", **voice(life, BACK)) == "declined_not_sent_back"
    decided(CONFIRMED, life)
    assert (life.case.stage, life.case.outcome, life.case.recourse.reviewed) == (
        Stage.CLOSED,
        Outcome.DECLINED,
        (1, 2),
    )
    assert life.letters_to()[-1] == "reconsideration_decision"
    assert "reopen_window" in life.running
    assert contestable(life.case) == ()
    other = voted(CHANGED, seated(contested(declined())))
    assert (
        other.refused("decide_reconsideration", "mei", **ruled(other, {1: Conclusion.UPHELD}))
        == "changed_needs_conclusion"
    )
    other.take("decide_reconsideration", "mei", **ruled(other))
    assert other.case.stage == Stage.INVESTIGATING
    assert all(m.accepted and not m.ground for m in other.case.matters)
    assert other.case.recourse.reviewed == ()
    assert not other.case.recourse.sent_back
    assert {"investigation", "assignment"} <= other.running.keys()
    assert contestable(answered(Conclusion.NOT_UPHELD, other).case) == (1, 2)


def test_decision_overturns_one_of_several_declined_matters() -> None:
    """The overturned matter is investigated; the other stays declined for good."""
    life = seated(contested(declined()))
    for who in PANEL:
        life.take("vote", who, results={1: CHANGED, 2: CONFIRMED}, reasons={1: "有单。", 2: "是咨询。"})
    life.take("decide_reconsideration", "mei", **ruled(life))
    assert life.case.stage == Stage.INVESTIGATING
    assert [m.accepted for m in life.case.matters] == [True, False]
    assert life.case.recourse.reviewed == (2,)
    assert reported(life)["conclusions"].keys() == {1}
    assert life.refused("ask_reconsideration", "li", reasons={2: "?"}) == "reconsidered_before"


def test_new_report_covers_the_overturned_matter_only() -> None:
    """After a decline is overturned, the new report covers that matter only: the rest was answered and
    performed."""
    life = answered(life=in_part())
    life.take("accept_answer", "li")
    for owed in life.case.open_obligations:
        life.says("confirm_done", "p1", obligation=owed.id)
    decided(CHANGED, seated(contested(life, 2)))
    assert life.case.stage == Stage.INVESTIGATING
    assert life.case.owner is None
    assert reported(life)["conclusions"].keys() == {2}
    answered(Conclusion.UPHELD, life)
    assert [(o.matter, o.open) for o in life.case.obligations] == [(1, False), (2, True)]
    assert contestable(life.case) == (1, 2)


def test_a_decision_on_a_closed_case_opens_its_own_window() -> None:
    """A decision after acceptance confirms the answer: the case is answered again, and silence closes it."""
    life = decided(CONFIRMED, seated(contested(closed())))
    assert life.case.stage == Stage.ANSWERED
    assert life.case.outcome is None
    life.live(45 * DAY)
    assert life.case.outcome == Outcome.ANSWERED_FINAL


def test_decision_returns_no_case_to_a_recused_handler() -> None:
    """A handler who was recused while the panel sat does not get the case back; an owner named meanwhile
    keeps it."""
    life = seated()
    life.take("recuse", "zhao", conflict=Conflict.OTHER_DOUBT)
    assert decided(CONFIRMED, life).case.owner is None
    other = contested()
    other.take("assign", "sun", to="lin")
    assert decided(CONFIRMED, seated(other)).case.owner == "lin"


def test_reopened_case_is_investigated_as_a_whole() -> None:
    """A final case reopened with new facts is investigated as a whole, and its answer can be contested
    again."""
    life = decided(CONFIRMED)
    life.take("accept_answer", "li")
    life.take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="有新检测。")
    assert (
        life.case.recourse.reviewed,
        life.case.recourse.answered,
        life.case.recourse.sent_back,
        life.case.stage,
    ) == ((), (), False, Stage.INVESTIGATING)
    assert contestable(answered(Conclusion.NOT_UPHELD, life).case) == (1, 2)


# Clocks


def steps(life: Life, name: str) -> list[tuple[str, bool]]:
    """Return the recipient of each step of a deadline so far, and whether it came before the end."""
    return [
        (facts.get("to", ""), facts["early"])
        for facts in life.facts("take_step")
        if facts["deadline"] == name
    ]


def test_three_requests_one_decided_one_in_time_one_broken() -> None:
    """A decided request causes no reminder, nor does one in time. Where no panel is named the supervisor is
    reminded, then the executive. The consumer is told when the panel is late, again every week, and on the
    day on which the decision is overdue."""
    done, early, broken = decided(CONFIRMED), contested(), contested()
    done.live(2 * DAY), early.live(2 * DAY), broken.live(40 * DAY)
    assert (
        steps(done, "reconsideration")
        == steps(done, "panel_appointment")
        == steps(early, "panel_appointment")
        == []
    )
    assert steps(broken, "panel_appointment")[:2] == [("zhou", False), ("wu", False)]
    assert steps(broken, "reconsideration")[:4] == [
        ("zhou", True),
        ("zhou", True),
        ("zhou", False),
        ("wu", False),
    ]
    assert broken.letters_to().count("overdue") == 6
    assert broken.case.stage == REVIEW


def test_the_ladder_of_the_decision_climbs_to_the_chair() -> None:
    """Warnings come in working days before the end; at the end the chair and the supervisor are reminded, two
    working days later the executive."""
    life = seated()
    running, rule = life.running["reconsideration"], policy("default-1").rules["reconsideration"]
    moments = [when(life.case, running, rule, n) for n in range(4)]
    told = [f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" for at in moments if at]
    assert told == ["03-27 09:00", "04-01 09:00", "04-05 00:00", "04-09 00:00"]
    life.live(40 * DAY)
    assert steps(life, "reconsideration")[:4] == [("mei", True), ("mei", True), ("mei", False), ("wu", False)]
    assert life.letters_to("staff:zhou")[-1] == "escalation"
    assert life.letters_to()[-1] == "overdue"


def test_a_chair_who_is_away_is_stood_in_for() -> None:
    """The reminder goes to somebody who can name another chair, with the reason."""
    life = seated()
    life.roster = on_duty("mei")
    life.live(25 * DAY)
    first = next(facts for facts in life.facts("take_step") if facts["deadline"] == "reconsideration")
    assert (first["to"], first["passed_on"]) == ("zhou", "absent")


def test_the_clock_stands_still_while_information_is_asked() -> None:
    """The chair asks, and gets the case back with the answer. A question to the consumer leaves them their
    window."""
    life = seated(contested().later(DAY))
    before = life.due["reconsideration"]
    life.take("ask_information", "mei", **ASK)
    assert life.case.stage == Stage.AWAITING_INFORMATION
    assert life.running["reconsideration"].stopped == "information"
    assert life.case.recourse.reconsideration
    assert not {"investigation", "statutory_remedy", "panel_appointment"} & life.running.keys()
    life.later(3 * DAY).take("give_information", "li", answer="照片在此。")
    assert life.case.stage == REVIEW
    assert life.due["reconsideration"] == before + 3 * DAY
    assert len(life.case.panel) == 3
    assert decided(CONFIRMED, life).case.stage == Stage.ANSWERED


def test_silence_to_the_panels_question_brings_the_case_back() -> None:
    """After silence the panel decides without the information; a second question needs the lead's yes and an
    asker who still sits."""
    life = seated()
    life.take("ask_information", "mei", **ASK)
    life.live(12 * DAY)
    assert life.case.stage == REVIEW
    assert life.letters_to()[-1] == "decided_without"
    waiting = life.ask_approval("ask_information", "mei", **ASK)
    life.take("recuse", "mei", conflict=Conflict.OTHER_DOUBT)
    assert life.refused("approve", "sun", approval=waiting) == "not_on_panel"


def test_a_test_that_runs_elsewhere_does_not_stop_the_panel() -> None:
    """Only a request for information stops the panel."""
    life = accepted()
    life.take("propose_appraisal", "zhao", laboratory="质检院", question="?", custody="封存", cost="企业")
    for side in ("consumer", "business"):
        life.take("consent_appraisal", "zhao", agrees=True, side=side)
    life.take("start_appraisal", "zhao", expected=T0.date() + 30 * DAY)
    contested(answered(Conclusion.NOT_UPHELD, life))
    assert life.running["reconsideration"].due


def test_our_fifteen_days_do_not_begin_to_run_late_under_reconsideration() -> None:
    """The answer met the demand; if it is sent back, the demand is open again."""
    life = seated(contested(answered(Conclusion.NOT_UPHELD, accepted(wishes=(Wish.REFUND,))).later(20 * DAY)))
    life.take("ask_information", "mei", **ASK)
    assert "statutory_remedy" not in life.running
    life.take("give_information", "li", answer="x")
    assert "statutory_remedy" in decided(BACK, life).running


def test_the_objection_window_of_an_earlier_panel_does_not_open_again() -> None:
    """The objection window of the second reconsideration opens with its own letter."""
    life = contested(answered(Conclusion.NOT_UPHELD, decided(BACK)).later(20 * DAY))
    assert "party_reply" not in life.running
    seated(life, "hu", "gao", "luo")
    assert life.running["party_reply"].start == life.time


# Other moves during a reconsideration


@pytest.mark.parametrize("how", ["withdraw", "close_in_court"])
@pytest.mark.parametrize("awaiting", [False, True])
def test_a_case_that_ends_meanwhile_ends_the_reconsideration(how: str, awaiting: bool) -> None:
    """After a withdrawal or a court no panel goes on, and the obligations stay."""
    life = seated(contested(answered()))
    owed = life.case.open_obligations
    if awaiting:
        life.take("ask_information", "mei", **ASK)
    if how == "withdraw":
        life.take("withdraw", "li")
    else:
        life.take("close_in_court", "sun", body=Route.COURT, number="1")
    assert life.case.stage == Stage.CLOSED
    assert life.case.recourse.reconsideration is None
    assert life.case.open_obligations == owed
    assert life.case.seat("mei") is None
    assert not {"reconsideration", "panel_appointment", "party_reply"} & life.running.keys()


def test_a_decline_withdrawn_under_reconsideration_comes_back_to_its_scope() -> None:
    """A declined matter was never accepted, so its acceptance is decided again; an accepted one is
    investigated."""
    life = seated(contested(declined()))
    life.take("ask_information", "mei", **ASK)
    life.take("withdraw", "li")
    life.take("reopen", "li", cause=ReopenReason.RETURNED, facts="x")
    assert life.case.stage == Stage.RECEIVED
    assert all(m.accepted is None for m in life.case.matters)
    other = contested()
    other.take("withdraw", "li")
    other.take("reopen", "li", cause=ReopenReason.RETURNED, facts="x")
    assert other.case.stage == Stage.INVESTIGATING


def test_a_case_of_the_panel_is_not_linked_away_nor_its_matters_rewritten() -> None:
    """A case of the panel can be neither linked nor rewritten, also while it waits for information."""
    life = seated()
    other = Life()
    for _ in range(2):
        assert life.refused("link_duplicate", "wang", leading=other.case) == "move_not_allowed_in_stage"
        assert (
            life.refused("edit_matters", "zhao", matters=life.case.matters, reason="x")
            == "move_not_allowed_in_stage"
        )
        if life.case.stage == REVIEW:
            life.take("ask_information", "mei", **ASK)


def test_a_danger_is_still_a_danger() -> None:
    """A member of the panel who learns of a danger tags it, and its clock runs together with the panel's."""
    life = seated()
    life.take("tag_safety", "hu", facts="电池鼓包。")
    assert {"safety_triage", "reconsideration"} <= life.running.keys()
    assert decided(CONFIRMED, life).case.unsafe


def test_the_asked_and_the_promised_go_on_under_reconsideration() -> None:
    """An obligation of an answer is due on its day; it can be claimed, confirmed and disputed."""
    life = seated(contested(performing()))
    first, second = life.case.open_obligations
    life.says("confirm_done", "p1", obligation=first.id)
    life.live(15 * DAY)
    assert [facts["run"] for facts in life.facts("take_step") if facts["deadline"] == "obligation"]
    assert life.case.stage == REVIEW
    assert decided(CONFIRMED, life).case.open_obligations
    assert second.id == life.case.open_obligations[0].id


def test_joint_request_is_withdrawn_by_its_author() -> None:
    """Another person cannot withdraw the request; the chosen representatives ask and withdraw for all."""
    life, _ = joint(3)
    life.take("accept", "wang")
    answered(Conclusion.NOT_UPHELD, life)
    life.says("ask_reconsideration", "p2", reasons=WHY)
    assert life.refused("withdraw_request", "p3", Role.CONSUMER) == "leave_first"
    life.says("withdraw_request", "p2")
    life.take("appoint_joint_representatives", "wang", representatives=("p1",), each_agrees=True)
    assert life.refused("ask_reconsideration", "p2", Role.CONSUMER, reasons=WHY) == "representatives_decide"
    life.says("ask_reconsideration", "p1", reasons=WHY)
    life.says("withdraw_request", "p1")
    assert life.case.stage == Stage.ANSWERED


def test_leaver_under_reconsideration_keeps_the_panel() -> None:
    """The separate case has the same panel and stage, and only the leaver gets its decision."""
    life, own = joint(2)
    life.take("accept", "wang")
    seated(contested(answered(Conclusion.NOT_UPHELD, life), by="p1"))
    life.take("vote", "hu", **voice(life, CONFIRMED))
    alone = leave(life, "p2", own["p2"])
    assert [(seat.who, bool(seat.votes)) for seat in alone.case.panel] == [
        (who, who == "hu") for who in PANEL
    ]
    for who in ("mei", "gao"):
        alone.take("vote", who, **voice(alone, CONFIRMED))
    alone.take("decide_reconsideration", "mei", **ruled(alone))
    assert alone.case.stage == Stage.ANSWERED
    assert life.case.stage == REVIEW
    assert alone.letters_to()[-1] == "reconsideration_decision"


def test_everybody_of_a_joint_case_says_yes_to_the_decision_anew() -> None:
    """A yes to the answer does not count as a yes to the panel's decision."""
    life, _ = joint(2)
    life.take("accept", "wang")
    answered(Conclusion.NOT_UPHELD, life)
    life.says("accept_answer", "p1")
    decided(CONFIRMED, seated(contested(life, by="p2")))
    assert all(party.consents is None for party in life.case.consumers)
    life.says("accept_answer", "p1"), life.says("accept_answer", "p2")
    assert life.case.outcome == Outcome.ANSWERED_FINAL


def test_party_without_mail_is_called_about_each_step() -> None:
    """A party without e-mail is called about the receipt, the panel and the decision; each window starts with
    its call."""
    life = answered(Conclusion.NOT_UPHELD, accepted(person=BY_PHONE))
    while life.case.tellings:
        life.tell()
    decided(CONFIRMED, seated(contested(life)))
    waiting = [telling.letter for telling in life.case.tellings]
    assert waiting == ["reconsideration_received", "panel_named", "reconsideration_decision"]
    assert life.running["answer_window"].stopped == "undelivered"
    life.later(DAY).tell(), life.tell(), life.tell()
    assert life.running["answer_window"].start == life.time


def test_a_case_joined_others_before_its_answer_is_contested_together() -> None:
    """A party who joined gets the letter about the request."""
    life, other = Life(), neighbour(1)
    join(life, other)
    life.take("accept", "wang")
    contested(answered(Conclusion.NOT_UPHELD, life), by="p2")
    assert "reconsideration_received" in life.letters_to()
    assert "reconsideration_received" in life.letters_to("party:p2")


def test_the_answer_to_a_department_goes_to_the_chair() -> None:
    """The chair asked and holds the case."""
    life = seated()
    life.later(HOUR).take("ask_department", "mei", department="repair", question="修过几次？")
    life.take("answer_department", "he", question="Q1", answer="三次。")
    assert life.letters_to("staff:mei")[-1] == "task"
    before = contested()
    before.take("message", "li", text="还要多久？")
    before.live(9 * DAY)
    assert steps(before, "message_reply")[0][0] == "zhou"


def test_an_answer_that_needs_two_is_contested_like_any_other() -> None:
    """The person who confirmed a critical case, or a decline by two people, counts as a handler."""
    life = Life()
    life.take("approve", "lin", approval=life.ask_approval("decline", "wang", **DECLINED_BY_TWO))
    contested(life)
    assert (
        life.refused("appoint_panel", "zhou", members=("mei", "hu", "lin"), chair="mei") == "handled_before"
    )
    serious = accepted()
    serious.take("set_severity", "zhao", severity=Severity.S1, why="x")
    serious.take("file_report", "zhao", **reported(serious, Conclusion.NOT_UPHELD))
    serious.take("approve", "zhou", approval=serious.ask_approval("answer", "sun"))
    assert decided(CONFIRMED, seated(contested(serious))).case.stage == Stage.ANSWERED


def test_a_remedy_of_the_panel_may_be_one_persons() -> None:
    """A remedy in a joint case may be for one person. It replaces what they were promised before, and the
    others keep theirs."""
    life, _ = joint(2)
    life.take("accept", "wang")
    life = voted(CHANGED, seated(contested(answered(Conclusion.UPHELD_IN_PART, life), 1, by="p1")))
    day = T0.date() + 9 * DAY
    life.take(
        "decide_reconsideration",
        "mei",
        **ruled(life, {1: Conclusion.UPHELD}, remedies=(Owed(1, Remedy.REFUND, day, 200000, "p1"),)),
    )
    assert sorted((o.matter, o.to, o.amount) for o in life.case.open_obligations) == [
        (1, "p1", 200000),
        (1, "p2", 165500),
        (2, "p1", 165500),
        (2, "p2", 165500),
    ]


def test_teams_are_as_they_were() -> None:
    """A panel does not change the team and the number of the case."""
    life = Life()
    team = life.case.team
    life.take("accept", "wang")
    assert decided(CONFIRMED, seated(contested(answered(Conclusion.NOT_UPHELD, life)))).case.team == team
    assert isinstance(life.roster.teams["office"], Team)
