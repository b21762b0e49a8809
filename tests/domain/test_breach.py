"""An obligation that was not performed: a cure notice, time to make good, a breach found by two people,
measures, and referral."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.engine.deadlines import deadlines, leads
from chalicelib.domain.engine.obligation_deadlines import cure_end, due_moment
from chalicelib.domain.model.case_records import AGAINST_COMPANY, Owed
from chalicelib.domain.model.codes import (
    FOR_A_BREACH,
    Confirms,
    Duty,
    Excuse,
    Measure,
    ObligationKind,
    Outcome,
    Remedy,
    Role,
    Route,
    Stage,
    Way,
)
from chalicelib.domain.model.obligation import Obligation, total
from chalicelib.domain.moves.breach import BY_LAW, SERIOUS
from tests.domain.life import (
    DAY,
    T0,
    Life,
    accepted,
    agreement,
    bound,
    clause,
    disputed,
    mediated,
    mediating,
    performing,
    returned,
    talking,
    text,
    unopposed,
)
from tests.domain.promises import (
    NOT_PAID,
    approved,
    both_owe,
    breached,
    called_on,
    closed,
    confirms,
    promise,
    runs,
    says_done,
    state,
    uncured,
)

TODAY = published().day_of(T0)
TWO = {
    "remedies": (Owed(1, Remedy.REFUND, TODAY + 3 * DAY, 165500), Owed(2, Remedy.APOLOGY, TODAY + 40 * DAY))
}
PAYS = {"measure": Measure.PAY_FIRST, "basis": "消费者生活困难。", "amount": 165500}


# The cure notice


def test_cure_notice_leaves_at_the_due_moment() -> None:
    """The clock sends the cure notice once, at the due second. The creditor gets a letter that asks about the
    performance."""
    life = both_owe()
    end = life.due["obligation"]
    life.live(end - life.time - timedelta(seconds=1))
    assert state(life) == Duty.PENDING
    life.live(timedelta(seconds=1))
    assert state(life) == Duty.IN_CURE
    assert promise(life).notice == end
    assert life.keys()[-1] == "cure_notice#O1"
    assert life.keys("party:p2")[-1] == "performance_question#O1"
    assert state(life, "O2") == Duty.PENDING
    assert life.refused("send_cure_notice", "feng", obligation="O1") == "called_on_before"


def test_the_time_to_make_good_is_the_agreements_own() -> None:
    """The time to make good has as many days as its clause says, else seven. It starts on the day when the
    notice arrived and ends with a working day."""
    life = unopposed()
    life = called_on(bound(life, clause(life, cure_days=12)))
    notice = promise(life).notice
    assert notice
    assert life.due["cure"].astimezone(SHANGHAI).date() - notice.astimezone(SHANGHAI).date() >= 13 * DAY
    plain = called_on()
    assert f"{plain.due['cure'].astimezone(SHANGHAI):%m-%d %H:%M}" == "03-24 00:00"


def test_cure_time_stands_still_until_the_notice_arrives() -> None:
    """For a debtor on the phone the time to make good is stopped until somebody calls them; before that no
    breach can be found."""
    life = both_owe()
    life.case = life.case.with_party(replace(life.case.party("p1"), way=Way.PHONE))
    life = called_on(life)
    assert life.running["cure"].stopped == "undelivered"
    assert cure_end(life.case, promise(life)) is None
    life.live(20 * DAY)
    assert life.refused("find_breach", "feng", obligation="O1", **NOT_PAID) == "cure_runs"
    assert not runs(life, "breach_decision")
    while life.case.tellings:
        life.tell()
    assert life.due["cure"] - life.time > 6 * DAY


def test_a_company_that_nobody_speaks_for_is_called_on_through_the_lead() -> None:
    """An unpaid remedy of an answer is the company's own: the lead gets a task, and the time runs from the
    notice."""
    life = called_on()
    assert life.letters_to("role:lead")[-1] == "task"
    assert life.due["cure"] > life.time


def test_performance_in_time_prevents_the_cure_notice() -> None:
    """A claim, a confirmation or a waiver before the end of the day prevents the notice."""
    for how in ("claim", "confirm", "waive"):
        life = performing(**TWO)
        if how == "claim":
            says_done(life, "O1")
        elif how == "confirm":
            confirms(life, "O1")
        else:
            life.take("waive", "li", obligation="O1", words="不用退了。")
        life.live(5 * DAY)
        assert not life.facts("send_cure_notice")


def test_the_officer_may_call_on_after_a_dispute() -> None:
    """The officer sends the cure notice for a disputed claim after its day; before its day that is
    refused."""
    life = says_done(performing(**TWO), "O1")
    life.take("dispute_done", "li", obligation="O1", reason="没到账。")
    assert life.refused("send_cure_notice", "feng", obligation="O1") == "not_due_yet"
    life.live(5 * DAY)
    life.take("send_cure_notice", "feng", obligation="O1")
    assert state(life) == Duty.IN_CURE


# Obligations that wait for the other side


def test_obligation_waits_for_the_other_side_without_becoming_late() -> None:
    """The refund is due three days after the return of the goods: until then it has no day, no notice and no
    breach."""
    life = both_owe()
    life.live(60 * DAY)
    assert state(life, "O2") == Duty.PENDING
    assert promise(life, "O2").by is None
    assert not runs(life, "obligation")
    for move, said in (("send_cure_notice", {}), ("find_breach", NOT_PAID)):
        assert life.refused(move, "feng", obligation="O2", **said) == "other_side_first"
    says_done(life, "O1"), confirms(life, "O1")
    assert promise(life, "O2").by == published().day_of(life.time) + 3 * DAY
    assert runs(life, "obligation") == {"O2"}


def test_holding_back_stops_the_other_sides_clock() -> None:
    """The company holds its own obligation back while the consumer is in breach. That obligation is not due,
    and its clock goes on after the cure."""
    life = unopposed()
    day = published().day_of(life.time)
    life = breached(bound(life, returned(life), clause(life, by=day + 40 * DAY)))
    assert runs(life, "obligation") == {"O2"}
    life.take(
        "take_measure", "feng", obligation="O1", measure=Measure.HOLD_COUNTER, basis="民法典第五百二十六条。"
    )
    life.live(60 * DAY)
    assert state(life, "O2") == Duty.PENDING
    assert not runs(life, "obligation")
    assert life.refused("send_cure_notice", "feng", obligation="O2") == "other_side_first"
    life.take("record_cure", "chen", obligation="O1", what="已经取走。")
    assert runs(life, "obligation") == {"O2"}
    assert life.case.stage == Stage.PERFORMING


# The finding of a breach


def test_a_breach_is_found_by_two_people_after_the_time_to_make_good() -> None:
    """A breach cannot be found before the time to make good ends. The officer says what they checked with the
    other side, and the supervisor confirms. Both sides get a letter."""
    life = called_on(both_owe())
    end = life.due["cure"]
    life.live(end - life.time - timedelta(seconds=1))
    assert life.refused("find_breach", "feng", obligation="O1", **NOT_PAID) == "cure_runs"
    life.live(timedelta(seconds=1))
    assert runs(life, "breach_decision") == {"O1"}
    asked = life.ask_approval("find_breach", "feng", obligation="O1", **NOT_PAID)
    assert life.case.stage == Stage.PERFORMING
    assert life.refused("approve", "feng", approval=asked)
    life.take("approve", "zhou", approval=asked)
    assert life.case.stage == Stage.BREACHED
    assert state(life) == Duty.BREACHED
    assert not runs(life, "breach_decision")
    assert life.keys()[-1] == life.keys("party:p2")[-1] == "breach_found#O1"
    assert life.refused("find_breach", "feng", obligation="O1", **NOT_PAID) == "found_before"


def test_the_decision_takes_three_working_days() -> None:
    """The three days start with the end of the time to make good, and other moves do not restart them. If
    they pass, the supervisor and then the executive are reminded again and again."""
    life = uncured()
    due = {run.due for run in deadlines(life.case).values() if run.name == "breach_decision"}
    assert {f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" for at in due if at} == {"03-28 00:00"}
    breached(life)
    # the breach of one obligation leaves the other's deadline
    assert {run.due for run in deadlines(life.case).values() if run.name == "breach_decision"} == due
    life.live(20 * DAY)
    told = [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "breach_decision"]
    assert told[:2] == ["feng", "wu"]
    assert {*told[2:]} == {"wu"}
    assert leads(life.case)


def test_no_breach_needs_a_new_day() -> None:
    """A finding of no breach names a new day, and the obligation starts again with its whole ladder. Before
    its day nothing can be found."""
    life = performing(**TWO)
    new = {"reason": "银行退回了款项，账号有误。", "by": TODAY + 20 * DAY}
    assert life.refused("find_no_breach", "feng", obligation="O1", **new) == "not_due_yet"
    uncured(life).take("find_no_breach", "feng", obligation="O1", **new)
    assert state(life) == Duty.PENDING
    assert promise(life).by == new["by"]
    assert promise(life).notice is None
    assert life.keys()[-1] == "no_breach#O1"
    assert runs(life, "obligation") == {"O1", "O2"}
    called_on(life)
    assert promise(life).notice == life.case.taken["send_cure_notice"]


def test_withdrawing_a_finding_needs_a_second_person() -> None:
    """A wrong finding is withdrawn with the supervisor's yes, and the case is performed on."""
    life = breached(performing(**TWO))
    asked = life.ask_approval(
        "find_no_breach", "feng", obligation="O1", reason="款已到账。", by=TODAY + 30 * DAY
    )
    assert life.case.stage == Stage.BREACHED
    life.take("approve", "zhou", approval=asked)
    assert life.case.stage == Stage.PERFORMING
    assert promise(life).found is None


def test_a_claim_in_the_last_minute_is_looked_at_first() -> None:
    """For a claim within the time to make good the creditor answers and an officer decides. If it is
    rejected, a breach can be found at once."""
    life = says_done(called_on(performing(**TWO)), "O1")
    life.live(3 * DAY)
    assert state(life) == Duty.CLAIMED
    life.over("creditor_answer")
    assert life.refused("find_breach", "chen", obligation="O1", **NOT_PAID) == "claimed_before"
    life.take("decide_proof", "chen", obligation="O1", accepted=False, reason="回单是另一笔。")
    assert state(life) == Duty.IN_CURE
    assert promise(life).notice
    assert (
        life.refused("decide_proof", "chen", obligation="O1", accepted=True, reason="x") == "nothing_claimed"
    )
    life.live(timedelta(minutes=1))
    assert "O1" in runs(life, "breach_decision")
    approved(life, "find_breach", "chen", obligation="O1", **NOT_PAID)
    assert life.case.stage == Stage.BREACHED


def test_claim_goes_to_the_officer_named_in_the_agreement() -> None:
    """Where the agreement names an officer, the claim goes to the officer at once, who decides within three
    working days."""
    life = unopposed()
    life = says_done(bound(life, clause(life, confirms=Confirms.OFFICER)), "O1")
    assert life.letters_to("role:followup")[-1] == "task"
    assert runs(life, "breach_decision") == {"O1"}
    assert not runs(life, "creditor_answer")
    assert "performance_question" not in life.letters_to()


# Measures


def test_measures_come_one_after_another() -> None:
    """Each measure has ten working days; the next follows when they are over, and none is taken twice. If
    they pass, the supervisor and then the executive are reminded again and again."""
    life = breached(performing(**TWO))
    assert runs(life, "measure") == {"O1"}
    approved(life, "take_measure", obligation="O1", **PAYS)
    assert life.keys()[-1] == "measure#O1"
    assert [taken.measure for taken in promise(life).measures] == [Measure.PAY_FIRST]
    more: dict[str, Any] = {"obligation": "O1", "measure": Measure.BUDGET_CHARGE, "basis": "内部规定。"}
    assert life.refused("take_measure", "feng", **more) == "measure_runs"
    life.over("measure").take("take_measure", "feng", **more)
    life.over("measure")
    assert life.refused("take_measure", "feng", **more) == "measure_before"
    life.live(20 * DAY)
    told = [facts["to"] for facts in life.facts("take_step") if facts["deadline"] == "measure"]
    assert told.count("wu") >= 1
    assert told[0] == "feng"


@pytest.mark.parametrize("measure", Measure)
def test_against_a_consumer_only_what_the_agreement_or_the_law_gives(measure: Measure) -> None:
    """Against a consumer only these measures are allowed: those that their clause names, holding back the
    counter-performance, and the courts."""
    life = breached(both_owe())
    amount = 100 if measure in (Measure.AGREED_PENALTY, Measure.PAY_FIRST) else None
    said = {"obligation": "O1", "measure": measure, "basis": "协议第一条。", "amount": amount}
    if measure == Measure.ENFORCEMENT:
        assert life.refused("take_measure", "zhou", **said) == "not_enforceable"
        life.case = replace(
            life.case, talks=replace(life.case.talks, agreement=replace(agreement(life), confirmed=True))
        )
    # the clause's own measure, hold_counter, is one of them
    if measure in BY_LAW:
        life.take("take_measure", "zhou", **said)
    else:
        assert life.refused("take_measure", "zhou", **said) == "measure_not_for_consumer"


@pytest.mark.parametrize("measure", Measure)
def test_serious_measures_need_the_supervisor(measure: Measure) -> None:
    """Serious measures need the supervisor's yes; the officer takes the rest alone. Against the company of an
    answer all are allowed but those that need an agreement."""
    life = breached(performing(**TWO))
    amount = 100 if measure in (Measure.AGREED_PENALTY, Measure.PAY_FIRST) else None
    said = {"obligation": "O1", "measure": measure, "basis": "规定。", "amount": amount}
    code = {
        Measure.AGREED_PENALTY: "measure_not_agreed",
        Measure.ENFORCEMENT: "not_enforceable",
        Measure.HOLD_COUNTER: "nothing_to_hold",
    }
    if measure in code:
        assert life.refused("take_measure", "feng", **said) == code[measure]
        return
    life.take("take_measure", "feng", **said)
    assert bool(life.case.approvals) == (measure in SERIOUS)
    assert bool(promise(life).measures) == (measure not in SERIOUS)
    assert not AGAINST_COMPANY & BY_LAW


def test_a_penalty_is_never_more_than_was_agreed() -> None:
    """A penalty needs an amount, up to the agreed one; a measure without money has none."""
    life = unopposed()
    life = breached(bound(life, clause(life, measure=Measure.AGREED_PENALTY, penalty=5000)))
    said: dict[str, Any] = {"obligation": "O1", "measure": Measure.AGREED_PENALTY, "basis": "协议第一条。"}
    assert life.refused("take_measure", "feng", **said) == "measure_needs_amount"
    assert life.refused("take_measure", "feng", **said, amount=5001) == "penalty_above_agreed"
    assert (
        life.refused("take_measure", "feng", **{**said, "measure": Measure.BUDGET_CHARGE}, amount=1)
        == "measure_has_no_amount"
    )
    life.take("take_measure", "feng", **said, amount=5000)
    assert promise(life).measures[0].amount == 5000


def penalised(measure: Measure = Measure.AGREED_PENALTY, amount: int | None = 5000) -> Life:
    """A refund of 800 yuan (O1) in breach, with the penalty of 50 yuan or the interest for it (O2)."""
    life, agreed = unopposed(), {"penalty": 5000} if measure == Measure.AGREED_PENALTY else {}
    life = breached(bound(life, clause(life, measure=measure, **agreed)))
    life.take("take_measure", "feng", obligation="O1", measure=measure, basis="协议第一条。", amount=amount)
    return life


def later(life: Life) -> Life:
    """Let both sides agree to another day for the refund."""
    day = published().day_of(life.time) + 9 * DAY
    life.take("propose_change", "li", obligation="O1", by=day, reason="可以晚一点。")
    life.says("agree_change", "p2", obligation="O1")
    return life


@pytest.mark.parametrize(
    ("measure", "amount"), [(Measure.AGREED_PENALTY, 5000), (Measure.INTEREST, 120), (Measure.INTEREST, None)]
)
def test_a_penalty_or_interest_is_owed_by_itself(measure: Measure, amount: int | None) -> None:
    """The penalty is an obligation with its own number, between the same two sides, due when the measure's
    time ends. It is called on and proved by itself."""
    life = penalised(measure, amount)
    apart, owed = promise(life, "O2"), promise(life)
    assert (apart.of, apart.kind, apart.amount) == ("O1", measure, amount)
    assert (apart.debtor, apart.to) == (owed.debtor, owed.to)
    assert due_moment(life.case, apart) == life.due["measure"]
    assert life.facts("take_measure")[-1]["owed"] == "O2"
    assert "O2" in runs(life, "obligation")
    confirms(says_done(life, "O2"), "O2")
    assert (state(life), state(life, "O2")) == (Duty.BREACHED, Duty.CONFIRMED)
    refused = life.refused("take_measure", "feng", obligation="O1", measure=measure, basis="x", amount=amount)
    assert refused == "measure_before"


@pytest.mark.parametrize("how", ["confirm", "cure", "waive", "change"])
def test_penalty_outlives_its_principal(how: str) -> None:
    """A penalty is still owed after its principal was performed, waived or changed; the case closes after the
    penalty."""
    life = penalised()
    if how == "confirm":
        confirms(says_done(life, "O1"), "O1")
    elif how == "cure":
        life.take("record_cure", "chen", obligation="O1", what="到账。")
    elif how == "waive":
        life.take("waive", "li", obligation="O1", words="算了。")
    else:
        confirms(later(life), "O1")
    assert closed(life).case.stage == Stage.PERFORMING
    assert state(life, "O2") == Duty.PENDING
    closed(confirms(life, "O2"))
    assert life.case.outcome == Outcome.FULFILLED_AFTER_BREACH


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("excuse", {"ground": Excuse.FORCE_MAJEURE, "reason": "台风停运。"}),
        ("find_no_breach", {"reason": "已按时付款。"}),
    ],
)
def test_withdrawn_breach_ends_its_penalty(how: str, said: dict[str, Any]) -> None:
    """Two people withdraw a breach, and its unpaid penalty ends with it."""
    life = penalised()
    later = {"by": published().day_of(life.time) + 9 * DAY} if how == "find_no_breach" else {}
    approved(life, how, obligation="O1", **said, **later)
    assert state(life, "O2") == Duty.EXCUSED


def test_the_penalty_of_an_earlier_breach_stays() -> None:
    """After an agreed new day, an excuse for the second delay leaves the first penalty."""
    life = penalised()
    breached(later(life), "O1")
    approved(life, "excuse", obligation="O1", ground=Excuse.FORCE_MAJEURE, reason="台风停运。")
    assert promise(life, "O2").open


def test_referral_refers_an_unclaimed_penalty_too() -> None:
    """A claimed penalty is decided on here and is not referred."""
    life = penalised().over("measure")
    approved(life, "refer_breach", obligation="O1", reason="拒绝。")
    assert state(life, "O2") == Duty.REFERRED
    assert life.case.outcome == Outcome.REFERRED
    paid = says_done(penalised(), "O2").over("measure")
    approved(paid, "refer_breach", obligation="O1", reason="拒绝。")
    assert state(paid, "O2") == Duty.CLAIMED
    assert paid.case.stage == Stage.PERFORMING


def test_penalties_bear_no_penalty() -> None:
    """Interest and penalties have no interest or penalty of their own, and neither is a clause by itself."""
    life = breached(penalised(), "O2")
    said = {"obligation": "O2", "basis": "x", "amount": 100}
    for measure in (Measure.INTEREST, Measure.AGREED_PENALTY):
        assert life.refused("take_measure", "feng", measure=measure, **said) == "measure_not_agreed"
    life = unopposed()
    for kind in FOR_A_BREACH:
        draft = text(life, clause(life, kind=kind))
        assert life.refused("draft_agreement", "yan", **draft) == "kind_for_a_breach"


@given(st.lists(st.tuples(st.booleans(), st.none() | st.integers(1, 10**6)), max_size=6))
def test_sums_are_of_what_is_money(owed: list[tuple[bool, int | None]]) -> None:
    """The total has principal, penalty and interest, and no open offer; a single sum has no total."""
    first = Obligation("O1", 1, ObligationKind.REFUND, TODAY, "p1", 1, T0)
    amounts = [amount for offer, amount in owed if amount and not offer]
    known = [replace(first, offer=offer, amount=amount) for offer, amount in owed]
    assert total(known) == (sum(amounts) if len(amounts) > 1 else None)


def test_obligation_without_breach_allows_no_measure() -> None:
    """An obligation without a breach, or claimed by now, allows no measure, no cure and no referral."""
    life = breached(performing(**TWO))
    for move, said in (
        ("take_measure", PAYS),
        ("record_cure", {"what": "x"}),
        ("refer_breach", {"reason": "x"}),
    ):
        assert life.refused(move, "feng", obligation="O2", **said) == "not_breached"
    says_done(life, "O1")
    assert life.refused("take_measure", "feng", obligation="O1", **PAYS) == "claimed_before"


# Cure and referral


@pytest.mark.parametrize("how", ["confirm", "accept", "cure", "waive", "excuse", "date", "no_breach"])
def test_the_case_is_in_breach_no_longer_than_a_promise_is(how: str) -> None:
    """Any move that ends the last breach returns the case to performance; the other obligation keeps its own
    clock."""
    life = breached(performing(**TWO))
    due = life.due["obligation"]
    if how in ("confirm", "accept"):
        says_done(life, "O1")
        assert life.case.stage == Stage.BREACHED  # a claim alone ends nothing
        confirms(life, "O1") if how == "confirm" else life.take(
            "decide_proof", "chen", obligation="O1", accepted=True, reason="核实。"
        )
    elif how == "cure":
        life.take("record_cure", "chen", obligation="O1", what="三月二十六日到账。")
    elif how == "waive":
        life.take("waive", "li", obligation="O1", words="我不要了。")
    elif how == "excuse":
        approved(life, "excuse", obligation="O1", ground=Excuse.CREDITOR_REFUSED, reason="消费者拒收。")
    elif how == "date":
        life.take("propose_change", "li", obligation="O1", by=TODAY + 60 * DAY, reason="可以晚一点。")
        life.take("agree_change", "feng", obligation="O1", side="business", read_back=True)
    else:
        approved(life, "find_no_breach", obligation="O1", reason="x", by=TODAY + 60 * DAY)
    assert life.case.stage == Stage.PERFORMING
    assert life.due["obligation"] == due
    assert state(life) == {
        "confirm": Duty.CURED,
        "accept": Duty.CURED,
        "cure": Duty.CURED,
        "waive": Duty.WAIVED,
        "excuse": Duty.EXCUSED,
    }.get(how, Duty.PENDING)


@pytest.mark.parametrize(
    ("how", "said", "outcome"),
    [
        ("change", {}, Outcome.FULFILLED_AFTER_BREACH),
        ("waive", {"words": "算了。"}, Outcome.FULFILLED_AFTER_BREACH),
        ("excuse", {"ground": Excuse.FORCE_MAJEURE, "reason": "台风停运。"}, Outcome.FULFILLED),
        ("find_no_breach", {"reason": "消费者没有给账户。"}, Outcome.FULFILLED),
    ],
)
def test_a_breach_stays_in_the_outcome_unless_it_is_taken_back(
    how: str, said: dict[str, Any], outcome: Outcome
) -> None:
    """After a change or a waiver the case closes as fulfilled after a breach. If two people find no breach,
    or that nobody is at fault, it closes as fulfilled."""
    life = breached()
    later = {"by": published().day_of(life.time) + 20 * DAY}
    if how == "change":
        life.take("propose_change", "li", obligation="O1", reason="可以晚一点。", **later)
        life.take("agree_change", "feng", obligation="O1", side="business", read_back=True)
    elif how == "waive":
        life.take("waive", "li", obligation="O1", **said)
    else:
        approved(life, how, obligation="O1", **said, **(later if how == "find_no_breach" else {}))
    for owed in life.case.open_obligations:
        confirms(life, owed.id)
    assert closed(life).case.outcome == outcome


@pytest.mark.parametrize(
    ("end", "by", "said"),
    [
        ("withdraw", "li", {}),
        ("close_in_court", "sun", {"body": Route.COURT, "number": "（2026）沪0101民初1号"}),
    ],
)
def test_a_breach_is_found_and_answered_in_a_closed_case(end: str, by: str, said: dict[str, Any]) -> None:
    """An open obligation still gets its notice, its breach and its measures in a case that is withdrawn or
    before a court. It is made good or referred as usual. The case stays closed with its outcome."""
    life = performing(**TWO)
    life.take(end, by, **said)
    outcome = life.case.outcome
    breached(life, "O1")
    assert promise(life).breached
    assert runs(life, "measure") == {"O1"}
    assert life.keys()[-1] == "breach_found#O1"
    life.take("take_measure", "zhou", obligation="O1", **PAYS)
    life.take("record_cure", "chen", obligation="O1", what="到账。")
    breached(life, "O2")
    approved(life, "refer_breach", obligation="O2", reason="拒绝。")
    assert (state(life), state(life, "O2")) == (Duty.CURED, Duty.REFERRED)
    assert life.letters_to()[-1] == "breach_referred"
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, outcome)
    assert life.whole()


def test_closed_case_reminds_the_follow_up_officer() -> None:
    """The leader of the talks before a withdrawal has no part in the earlier obligations."""
    life = talking(disputed(performing(**TWO)))
    life.take("withdraw", "li")
    called_on(life, "O1").over("cure")
    told = [facts.get("to") for facts in life.facts("take_step") if facts["deadline"] == "cure"]
    assert life.case.owner == "ma"
    assert told[-1] == "feng"


def test_cured_breach_closes_as_fulfilled_after_breach() -> None:
    """The case closes as fulfilled after a breach and may be reopened for ninety days; then an officer checks
    its proofs again."""
    life = breached(performing(**TWO))
    life.take("record_cure", "chen", obligation="O1", what="到账。")
    closed(confirms(life, "O2"))
    assert life.case.outcome == Outcome.FULFILLED_AFTER_BREACH
    assert life.letters_to()[-1] == "fulfilled"
    assert life.due["reopen_window"] - life.time > 89 * DAY
    life.take("reopen", "li", cause="proof_wrong", facts="又被扣回去了。")
    assert life.case.stage == Stage.PERFORMING
    assert runs(life, "breach_decision") == {"O1", "O2"}
    life.take("decide_proof", "chen", obligation="O1", accepted=False, reason="确实扣回。")
    closed(life)
    assert state(life) == Duty.IN_CURE  # it gets a cure notice again
    closed(confirms(confirms(life, "O1"), "O2"))
    assert life.case.outcome == Outcome.FULFILLED_AFTER_BREACH  # also when reopened


def test_record_cure_rejects_the_officer_who_brought_the_proof() -> None:
    """The officer who brought the proof does not decide on it, in a breach as before."""
    life = says_done(breached(performing(**TWO)), "O1")
    assert life.refused("record_cure", "feng", obligation="O1", what="我付的。") == "own_proof"
    life.take("record_cure", "chen", obligation="O1", what="核对了回单。")
    assert state(life) == Duty.CURED


def test_referral_closes_the_case_as_referred() -> None:
    """The supervisor agrees to a referral, and the obligations that wait for this one are referred too. Both
    sides get a letter, and the case is not reopened."""
    life = breached(both_owe())
    approved(life, "refer_breach", obligation="O1", reason="三项措施都没有结果。")
    assert state(life) == state(life, "O2") == Duty.REFERRED
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.REFERRED)
    assert life.keys()[-2:] == ["breach_referred#O1", "closed"]
    assert life.keys("party:p2")[-2:] == ["breach_referred#O1", "closed#business"]
    assert life.refused("reopen", "li", cause="new_facts", facts="x") == "complain_anew"
    assert not life.case.open_obligations


def test_referral_waits_for_the_end_of_the_last_measure() -> None:
    """A referral before the end of the last measure's time is refused: letters promise that one step follows
    the other."""
    life = breached(performing(**TWO))
    approved(life, "take_measure", obligation="O1", **PAYS)
    life.live(life.due["measure"] - life.time - timedelta(seconds=1))
    assert life.refused("refer_breach", "feng", obligation="O1", reason="拒绝付款。") == "measure_runs"
    approved(life.later(timedelta(seconds=1)), "refer_breach", obligation="O1", reason="拒绝付款。")
    assert state(life) == Duty.REFERRED


def test_one_is_passed_on_while_others_go_on() -> None:
    """The case is performed until all are settled; its outcome then says that one was referred."""
    life = breached(performing(**TWO))
    approved(life, "refer_breach", obligation="O1", reason="拒绝付款。")
    assert life.case.stage == Stage.PERFORMING
    assert runs(life, "obligation") == {"O2"}
    assert life.letters_to()[-1] == "breach_referred"
    closed(confirms(life, "O2"))
    assert life.case.outcome == Outcome.REFERRED
    assert life.letters_to()[-1] == "closed"


def test_one_in_breach_while_another_goes_on() -> None:
    """Each obligation has its own clock; a case with two in breach stays in breach until the last of them has
    ended."""
    life = breached(
        performing(
            remedies=(
                Owed(1, Remedy.REFUND, TODAY + 3 * DAY, 100),
                Owed(2, Remedy.REFUND, TODAY + 3 * DAY, 200),
            )
        )
    )
    approved(life, "find_breach", obligation="O2", **NOT_PAID)
    life.take("record_cure", "chen", obligation="O1", what="到账。")
    assert life.case.stage == Stage.BREACHED
    life.take("record_cure", "chen", obligation="O2", what="到账。")
    assert life.case.stage == Stage.PERFORMING


def test_a_breach_shortens_no_window_that_was_told() -> None:
    """Within the window the consumer may still ask for reconsideration or talks; the breach remains
    afterwards."""
    life = breached(performing(**TWO))
    life.take("ask_reconsideration", "li", reasons={1: "退款太少。"})
    assert life.case.stage == Stage.UNDER_RECONSIDERATION
    life.take("withdraw_request", "li")
    assert life.case.stage == Stage.BREACHED
    life.take("raise_dispute", "li", nature="performance", about="答应的不付。")
    assert life.case.stage == Stage.NEGOTIATING


def test_only_people_of_the_follow_up_find_and_measure() -> None:
    """Only officers find a breach or take a measure: the sides do not, and the clock only computes dates."""
    life = uncured(both_owe())
    for who, role in (
        ("li", Role.CONSUMER),
        ("p2", Role.BUSINESS_REP),
        ("clock", Role.CLOCK),
        ("zhao", Role.INVESTIGATOR),
    ):
        assert (
            life.refused("find_breach", who, role, obligation="O1", **NOT_PAID) == "move_not_allowed_for_role"
        )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400), st.integers(1, 60))
def test_the_time_to_make_good_never_ends_on_a_rest_day_nor_early(after: int, days: int) -> None:
    """The time has that many whole days after the notice, and ends with a working day where the year is
    published."""
    life = unopposed(mediated(mediating(talking(disputed(accepted(at=T0 + after * DAY))))))
    life = called_on(bound(life, clause(life, cure_days=days, by=None, days=2)))
    notice, end = promise(life).notice, cure_end(life.case, promise(life))
    assert notice
    assert end
    last = (end - timedelta(seconds=1)).astimezone(SHANGHAI).date()
    assert last >= published().day_of(notice) + days * DAY
    assert published().is_working(last)


# Special cases


def test_a_proof_that_came_early_keeps_its_question() -> None:
    """An obligation that waits for another can be done before it. When the other is confirmed and it gets its
    day, the creditor's window stays the same."""
    life = says_done(both_owe(), "O2")
    asked = life.due["creditor_answer"]
    confirms(says_done(life, "O1"), "O1")
    assert life.due["creditor_answer"] == asked
    assert promise(life, "O2").by
    assert state(life, "O2") == Duty.CLAIMED


def test_a_day_keeps_its_beginning() -> None:
    """Claims, disputes and decisions move no day and start no ladder again: its steps are taken once."""
    life = performing(**TWO)
    before = next(run for run in deadlines(life.case).values() if (run.name, run.id) == ("obligation", "O1"))
    says_done(life, "O1").take("decide_proof", "chen", obligation="O1", accepted=False, reason="不是这一笔。")
    after = next(run for run in deadlines(life.case).values() if (run.name, run.id) == ("obligation", "O1"))
    assert (after.start, after.due) == (before.start, before.due)


def test_a_question_about_one_lateness_is_not_answered_for_another() -> None:
    """A request for a second person's yes falls with any change of the obligation; the same request is
    refused while one waits."""
    life = uncured(performing(**TWO))
    asked = life.ask_approval("find_breach", "feng", obligation="O1", **NOT_PAID)
    assert life.refused("find_breach", "feng", obligation="O1", **NOT_PAID) == "asked_before"
    life.take(
        "propose_change", "li", obligation="O1", by=published().day_of(life.time) + 5 * DAY, reason="晚几天。"
    )
    life.take("agree_change", "feng", obligation="O1", side="business", read_back=True)
    uncured(life)
    assert not life.case.approvals
    assert life.refused("approve", "zhou", approval=asked)


def test_referral_leaves_claimed_obligations() -> None:
    """A claimed obligation is not referred before its proof is read, nor is one that waits for another once
    it is claimed."""
    life = breached(both_owe())
    says_done(life, "O1")
    assert life.refused("refer_breach", "feng", obligation="O1", reason="x") == "claimed_before"
    other = says_done(breached(both_owe()), "O2")
    approved(other, "refer_breach", obligation="O1", reason="拒绝。")
    assert state(other, "O2") == Duty.CLAIMED
    assert other.case.stage == Stage.PERFORMING


def test_holding_back_saves_nobody_who_was_late_before() -> None:
    """An obligation with a cure notice cannot be held back. An obligation held back is referred together with
    the other."""
    life = unopposed()
    day = published().day_of(life.time)
    life = bound(
        life,
        returned(life, by=day + 9 * DAY),
        clause(life, by=day + 9 * DAY),
        clause(life, by=day + 90 * DAY, amount=100),
    )
    breached(life, "O1")
    life.take(
        "take_measure", "feng", obligation="O1", measure=Measure.HOLD_COUNTER, basis="民法典第五百二十六条。"
    )
    assert life.case.first_owed(promise(life, "O2")) is None
    assert life.case.first_owed(promise(life, "O3")) == promise(life, "O1")
    approved(life.over("measure"), "refer_breach", obligation="O1", reason="拒绝。")
    assert state(life, "O3") == Duty.REFERRED
    assert state(life, "O2") == Duty.IN_CURE


def test_a_day_that_has_passed_by_the_second_yes_is_none() -> None:
    """A day that has passed by the second yes is refused, as an excuse and as no breach. A proposal ends with
    the day that it names."""
    life = uncured(performing(**TWO))
    soon = published().day_of(life.time) + 2 * DAY
    asked = [
        life.ask_approval("excuse", "feng", obligation="O1", ground=Excuse.ACCOUNT_WRONG, reason="x", by=soon)
    ]
    life.live(4 * DAY)
    assert life.refused("approve", "zhou", approval=asked[0]) == "remedy_in_past"
    life.take("propose_change", "li", obligation="O1", by=published().day_of(life.time) + DAY, reason="x")
    life.live(3 * DAY)
    assert (
        life.refused("agree_change", "feng", obligation="O1", side="business", read_back=True)
        == "proposal_over"
    )


def test_reopening_checks_settled_obligations_again() -> None:
    """An officer decides on every settled obligation of a reopened case, also a waived or excused one."""
    life = performing(**TWO)
    for id in ("O1", "O2"):
        life.take("waive", "li", obligation=id, words="算了。")
    closed(life).take("reopen", "li", cause="new_facts", facts="那不是我写的。")
    assert runs(life, "breach_decision") == {"O1", "O2"}
    for id in ("O1", "O2"):
        life.take("decide_proof", "chen", obligation=id, accepted=True, reason="本人书面确认过。")
    assert closed(life).case.outcome == Outcome.FULFILLED


def test_one_officer_is_not_both_sides_of_a_duty() -> None:
    """The officer who recorded a claim cannot record its confirmation."""
    life = says_done(performing(**TWO), "O1")
    assert life.refused("confirm_done", "feng", obligation="O1") == "own_proof"
    life.take("confirm_done", "chen", obligation="O1")
