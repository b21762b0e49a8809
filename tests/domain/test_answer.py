"""The report and the answer: what a report must have, who may answer, what the answer promises, and what
silence does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.process import take
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import Owed
from chalicelib.domain.model.codes import (
    AMOUNTS,
    Cause,
    Conclusion,
    Duty,
    Examined,
    Ground,
    HelpNeed,
    Hurt,
    Outcome,
    Remedy,
    ReopenReason,
    Right,
    Role,
    Route,
    Severity,
    Stage,
)
from chalicelib.domain.moves.answer import EXAMINED, GIVES, Finding
from chalicelib.domain.policy import policy
from tests.domain.life import (
    DAY,
    MATTERS,
    PERSON,
    T0,
    Life,
    accepted,
    answered,
    joint,
    reported,
    settle,
    triaged,
)

TODAY = published().day_of(T0)
REFUND = Owed(1, Remedy.REFUND, TODAY + 10 * DAY, 165500)
APOLOGY = Owed(2, Remedy.APOLOGY, TODAY + 3 * DAY)


def refusal(life: Life, name: str, by: str, said: dict[str, Any]) -> tuple[str, str | None]:
    """Return the code and the field with which a move is refused."""
    with pytest.raises(Refusal) as refused:
        take(name, life.case, life.act(by), **{**life._given(name, said), **said})
    return refused.value.code, refused.value.field


# The report


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        (
            {"findings": (Finding(1, "不脱水。", ("E1",)), Finding(2, "不修。", ()))},
            "finding_without_evidence",
            "findings/1/evidence",
        ),
        (
            {"findings": (Finding(1, "不脱水。", ("E9",)), Finding(2, "不修。", ("E1",)))},
            "evidence_unknown",
            "findings/0/evidence",
        ),
        ({"findings": (Finding(1, "不脱水。", ("E1",)),)}, "matter_without_finding", "findings"),
        ({"findings": (Finding(3, "不脱水。", ("E1",)),)}, "unknown_matter", "findings/0/matter"),
        ({"rights": {Right.SAFETY: Examined.NOT_INFRINGED}}, "right_missing", "rights"),
        ({"rights": dict.fromkeys(EXAMINED, Examined.NOT_EXAMINED)}, "unexamined_needs_reason", "unexamined"),
        ({"conclusions": {1: Conclusion.UPHELD}}, "every_matter_concluded", "conclusions"),
        ({"reasons": {1: "符合。"}}, "every_matter_concluded", "reasons"),
        ({"reasons": {1: "符合。", 2: "符合。", 3: "多了。"}}, "every_matter_concluded", "reasons"),
        ({"causes": (Cause.DESIGN, Cause.TERMS, Cause.SKILL, Cause.POLICY)}, "too_many_causes", "causes"),
        ({"causes": (Cause.DESIGN, Cause.DESIGN)}, "too_many_causes", "causes"),
        ({"causes": (Cause.MISUNDERSTANDING,)}, "better_needed", "better"),
        ({"causes": (Cause.NO_FAULT, Cause.EXPECTATION)}, "better_needed", "better"),
        ({"remedies": (REFUND,)}, "remedy_missing", "remedies"),
        ({"remedies": (REFUND, replace(APOLOGY, matter=7))}, "unknown_matter", "remedies/1/matter"),
        ({"remedies": (REFUND, replace(APOLOGY, by=TODAY - DAY))}, "remedy_in_past", "remedies/1/by"),
        ({"remedies": (replace(REFUND, amount=None), APOLOGY)}, "remedy_needs_amount", "remedies/0/amount"),
        ({"remedies": (replace(REFUND, amount=0), APOLOGY)}, "remedy_needs_amount", "remedies/0/amount"),
        ({"remedies": (REFUND, replace(APOLOGY, amount=100))}, "remedy_has_no_amount", "remedies/1/amount"),
        ({"remedies": (REFUND, replace(APOLOGY, party="p9"))}, "unknown_person", "remedies/1/party"),
        ({"terms": None}, "terms_needed", "terms"),
    ],
)
def test_a_report_with_a_part_missing_or_wrong_says_which(
    changes: dict[str, Any], code: str, field: str
) -> None:
    """Every fault has its own code and field; the case keeps no part of a refused report."""
    life = accepted()
    assert refusal(life, "file_report", "zhao", reported(life, **changes)) == (code, field)
    assert life.case.inquiry.report is None


@pytest.mark.parametrize("conclusion", Conclusion)
def test_remedies_need_a_conclusion_that_gives_one_except_goodwill(conclusion: Conclusion) -> None:
    """A refund needs a ground; goodwill needs none, and is never combined with the rest."""
    life = accepted()
    goodwill = reported(
        life, conclusion, remedies=tuple(Owed(n, Remedy.GOODWILL, TODAY, 5000) for n in (1, 2)), terms="券。"
    )
    refund = reported(life, conclusion, remedies=(REFUND, APOLOGY), terms="退款。")
    if conclusion in GIVES:
        life.take("file_report", "zhao", **refund)
    else:
        assert refusal(life, "file_report", "zhao", refund) == ("remedy_without_ground", "remedies/0/kind")
        life.take("file_report", "zhao", **goodwill)
    assert life.case.inquiry.report
    assert set(life.case.inquiry.report.conclusions.values()) == {conclusion}


def test_a_report_speaks_of_accepted_matters_only() -> None:
    """A declined matter has its own ground and window; a finding or conclusion about it is refused."""
    life = Life()
    life.take("accept", "wang", declined={2: Ground.NOT_COMPLAINT}, reasons={2: "这是咨询。"})
    assert refusal(
        life, "file_report", "zhao", reported(life, conclusions={1: Conclusion.UPHELD, 2: Conclusion.UPHELD})
    ) == ("every_matter_concluded", "conclusions")
    life.take("file_report", "zhao", **reported(life))
    assert life.case.inquiry.report
    assert set(life.case.inquiry.report.conclusions) == {1}


def test_the_head_keeps_the_reports_codes_and_the_entry_its_words() -> None:
    """Findings, reasons and rules are people's words: the line holds only their digest."""
    life = accepted()
    life.take("file_report", "zhao", **reported(life))
    assert life.case.inquiry.report
    assert life.case.inquiry.report.entry == life.case.entries
    assert "脱水" not in life.entries[-1].line
    assert "脱水" in str(life.words(life.case.entries)["findings"])
    assert life.letters_to("role:lead")[-1] == "task"


def test_a_report_goes_back_with_its_reason() -> None:
    """Nobody can answer from a returned report, and its author gets a task; a matter added later returns the
    report too."""
    life = accepted()
    assert life.refused("return_report", "sun", reason="x") == life.refused("answer", "sun") == "no_report"
    life.take("file_report", "zhao", **reported(life))
    life.take("return_report", "sun", reason="请写明维修记录。")
    assert life.case.inquiry.report is None
    assert life.letters_to("staff:zhao")[-1] == "task"
    life.take("file_report", "zhao", **reported(life))
    life.take("edit_matters", "zhao", matters=(*MATTERS, MATTERS[0]), reason="还有一台。")
    assert life.refused("answer", "sun") == "no_report"


# The answer


@pytest.mark.parametrize("role", [Role.LEAD, Role.SUPERVISOR])
def test_the_investigator_does_not_answer(role: Role) -> None:
    """The author of the report cannot answer, in any role; a colleague does."""
    life = accepted()
    life.take("file_report", "zhao", **reported(life))
    assert life.refused("answer", "zhao", role) == "own_report"
    life.take("answer", "sun", routes=(Route.SAMR_12315,))
    assert life.case.stage == Stage.ANSWERED
    assert life.letters_to()[-1] == "answer"


@pytest.mark.parametrize("severity", [None, *Severity])
def test_the_supervisor_confirms_the_answer_to_a_serious_case(severity: Severity | None) -> None:
    """Answers to S1 and S2 wait for the supervisor's yes, unless the supervisor answers; the others go out at
    once."""
    life = accepted()
    if severity:
        life.take("set_severity", "sun", severity=severity, why="按标准。")
    life.take("file_report", "zhao", **reported(life))
    life.take("answer", "sun")
    waits = severity in (Severity.S1, Severity.S2)
    assert bool(life.case.approvals) == waits == ("answer" not in life.letters_to())
    if waits:
        assert life.refused("approve", "lin", approval=life.case.approvals[0].id) == "approver_level"
        life.take("approve", "zhou", approval=life.case.approvals[0].id)
    assert life.case.stage == Stage.ANSWERED
    assert life.case.approvals == ()
    other = accepted()
    other.take("set_severity", "sun", severity=Severity.S1, why="按标准。")
    other.take("file_report", "zhao", **reported(other))
    other.take("answer", "zhou")
    assert other.case.stage == Stage.ANSWERED


def test_the_investigator_does_not_confirm_the_answer_either() -> None:
    """The author of the report cannot approve its answer, in any role; they may refuse it."""
    life = accepted()
    life.take("set_severity", "sun", severity=Severity.S1, why="按标准。")
    life.take("file_report", "zhao", **reported(life))
    approval = life.ask_approval("answer", "sun")
    assert life.refused("approve", "zhao", Role.SUPERVISOR, approval=approval) == "own_report"
    life.take("approve", "zhou", approval=approval)
    assert life.case.stage == Stage.ANSWERED


def test_a_yes_to_an_answer_whose_report_went_back_is_refused() -> None:
    """The second person's yes is refused with `no_report`: the report that it was for is gone."""
    life = accepted()
    life.take("set_severity", "sun", severity=Severity.S2, why="按标准。")
    life.take("file_report", "zhao", **reported(life))
    life.take("answer", "sun")
    life.take("return_report", "lin", reason="再查。")
    assert life.refused("approve", "zhou", approval=life.case.approvals[0].id) == "no_report"


@pytest.mark.parametrize("severity", [None, Severity.S2])
def test_an_answer_promises_no_day_that_is_past(severity: Severity | None) -> None:
    """An answer or its approval can come after the day in the report. Then the report goes back first."""
    life = accepted()
    if severity:
        life.take("set_severity", "sun", severity=severity, why="按标准。")
    life.take("file_report", "zhao", **reported(life, remedies=(REFUND, APOLOGY)))
    if severity:
        life.take("answer", "sun")
    life.live(6 * DAY)
    given = (
        ("approve", "zhou", {"approval": life.case.approvals[0].id}) if severity else ("answer", "sun", {})
    )
    move, by, said = given
    assert life.refused(move, by, **said) == "report_over"
    life.take("return_report", "lin", reason="日期过了。")
    life.take("file_report", "zhao", **reported(life))
    life.take("answer", "zhou")
    assert life.case.stage == Stage.ANSWERED


def test_an_answer_makes_every_remedy_an_obligation() -> None:
    """Each obligation has its matter, day, amount and the entry of its words; only an offer is marked as
    one."""
    life = answered(remedies=(REFUND, APOLOGY), conclusions={1: Conclusion.UPHELD, 2: Conclusion.OFFER})
    assert [(o.id, o.kind, o.amount, o.by, o.to, o.offer, o.state) for o in life.case.obligations] == [
        ("O1", Remedy.REFUND, 165500, REFUND.by, "p1", False, Duty.PENDING),
        ("O2", Remedy.APOLOGY, None, APOLOGY.by, "p1", True, Duty.PENDING),
    ]
    assert all(life.words(o.entry)["terms"] == "全额退款，原路退回。" for o in life.case.obligations)
    assert not {"investigation", "statutory_remedy", "progress"} & set(life.due)
    assert set(life.due) == {"answer_window", "obligation"}


def test_the_window_is_thirty_days_generous_and_reminds_once() -> None:
    """The window starts when the consumer gets the answer: a reminder on day 20, the lapse at the end of the
    last day."""
    life = answered()
    assert life.due["answer_window"] - life.time >= 30 * DAY
    life.live(25 * DAY)
    assert [letter.key for letter in life.letters].count("answer_reminder") == 1


def test_a_slip_of_the_pen_shortens_no_window() -> None:
    """The correction goes out by letter; the decision, the obligations and the window stay as they were."""
    life = answered()
    before = (life.due["answer_window"], life.case.obligations, life.case.inquiry.report)
    life.later(3 * DAY).take("correct_answer", "sun", wrong="1655", right="1655元")
    assert (life.due["answer_window"], life.case.obligations, life.case.inquiry.report) == before
    assert life.letters_to()[-1] == "answer_corrected"


# The consumer's reply


@pytest.mark.parametrize("conclusion", Conclusion)
def test_acceptance_owes_more_than_silence(conclusion: Conclusion) -> None:
    """After acceptance every remedy is owed, offers too. After silence upheld remedies are owed, offers
    lapse, and the rest closes."""
    yes, silent = answered(conclusion), answered(conclusion)
    yes.take("accept_answer", "li")
    silent.live(40 * DAY)
    owed = conclusion in GIVES
    assert yes.case.stage == (Stage.PERFORMING if owed else Stage.CLOSED)
    assert yes.case.outcome == (None if owed else Outcome.ANSWERED_ACCEPTED)
    assert not any(o.offer for o in yes.case.obligations)
    kept = conclusion in (Conclusion.UPHELD, Conclusion.UPHELD_IN_PART)
    assert silent.case.stage == (Stage.PERFORMING if kept else Stage.CLOSED)
    assert bool(silent.case.open_obligations) == kept
    assert silent.case.outcome == (None if kept else Outcome.ANSWERED_NOT_CONTESTED)


def test_an_offer_lapses_beside_what_was_upheld() -> None:
    """A refund that was upheld stays owed when the offer in the same answer lapses. Numbers of obligations
    are never used twice."""
    life = answered(
        remedies=(replace(REFUND, matter=2), replace(APOLOGY, matter=1)),
        terms="x",
        conclusions={1: Conclusion.OFFER, 2: Conclusion.UPHELD},
    )
    life.live(40 * DAY)
    assert [(o.id, o.kind) for o in life.case.open_obligations] == [("O1", Remedy.REFUND)]
    assert life.case.stage == Stage.PERFORMING


def test_numbers_of_obligations_are_never_given_twice() -> None:
    """A new answer after a lapsed obligation uses new numbers, so each can be claimed and confirmed by
    itself."""
    life = answered(
        remedies=(replace(APOLOGY, matter=1), replace(REFUND, matter=2)),
        conclusions={1: Conclusion.OFFER, 2: Conclusion.UPHELD},
    )
    life.live(40 * DAY)
    life.take("withdraw", "li")
    life.take("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="又坏了。")
    answered(life=life)
    ids = [o.id for o in life.case.obligations]
    # the new obligations replace the lapsed offer and those not begun
    assert ids == ["O3", "O4"]


@pytest.mark.parametrize("shield", ["help", "safety", "severity"])
def test_silence_closes_no_shielded_case(shield: str) -> None:
    """The lead decides within a working day, with a reason, for a help need, a safety tag or S1; earlier the
    lead cannot."""
    person = replace(PERSON, help=(HelpNeed.ELDERLY,)) if shield == "help" else PERSON
    life = triaged(accepted(person=person, hurt=Hurt.HURT if shield == "safety" else Hurt.NO))
    if shield == "severity":
        life.take("set_severity", "sun", severity=Severity.S1, why="x")
    answered(Conclusion.NOT_UPHELD, life)
    assert life.refused("lapse_answer", "sun", reason="到期。") == "lapse_not_barred"
    life.live(35 * DAY)
    assert life.case.stage == Stage.ANSWERED
    assert "lapse_review" in life.running
    assert life.letters_to("staff:sun").count("task") >= 1
    assert life.refused("lapse_answer", "sun") == "reason_needed"
    life.take("lapse_answer", "sun", reason="已电话确认，没有异议。")
    assert life.case.outcome == Outcome.ANSWERED_NOT_CONTESTED


def test_a_joint_answer_is_accepted_when_everybody_has() -> None:
    """Nobody accepts for another; the last person's yes moves the case."""
    life, _ = joint(3)
    life.take("accept", "wang")
    answered(life=life)
    for id in ("p1", "p2"):
        life.says("accept_answer", id)
        assert life.case.stage == Stage.ANSWERED
    life.says("accept_answer", "p3")
    assert life.case.stage == Stage.PERFORMING


def test_a_yes_to_a_settlement_is_no_yes_to_an_answer() -> None:
    """A party who agreed to a failed settlement has not accepted the answer that was given later."""
    life, _ = joint(2)
    life.take("accept", "wang")
    life.take("ask_consent", "zhao", settlement="每人退一半。")
    life.says("consent_represented", "p1", agrees=True)
    life.says("consent_represented", "p2", agrees=False)
    answered(life=life)
    life.says("accept_answer", "p2")
    assert life.case.stage == Stage.ANSWERED


@settings(max_examples=80, deadline=None)
@given(
    people=st.integers(1, 5),
    remedies=st.lists(
        st.tuples(
            st.sampled_from(sorted(Remedy)),
            st.integers(1, 10**9),
            st.integers(0, 60),
            st.sampled_from([None, "p1", "p2", "p5"]),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_money_adds_up_per_person(people: int, remedies: list[tuple[Remedy, int, int, str | None]]) -> None:
    """An answer promises each person what the report says for them and for everybody, to the fen. Nobody gets
    another's remedy. A report that names somebody who is not on the case is refused."""
    life, _ = joint(people)
    life.take("accept", "wang")
    owed = tuple(
        Owed(1 + n % 2, kind, TODAY + days * DAY, amount if kind in AMOUNTS else None, to)
        for n, (kind, amount, days, to) in enumerate(remedies)
    )
    owed += tuple(Owed(matter, Remedy.EXPLANATION, TODAY) for matter in (1, 2))
    ids = {p.id for p in life.case.consumers}
    if any(o.party and o.party not in ids for o in owed):
        assert life.refused("file_report", "zhao", **reported(life, remedies=owed)) == "unknown_person"
        return
    answered(life=life, remedies=owed)
    for id in ids:
        mine = [(o.matter, o.kind, o.amount, o.by) for o in life.case.obligations if o.to == id]
        assert mine == [(o.matter, o.kind, o.amount, o.by) for o in owed if o.party in (None, id)]
    assert len({o.id for o in life.case.obligations}) == len(life.case.obligations)
    assert {o.to for o in life.case.obligations} <= ids


# Settled at once


@pytest.mark.parametrize(
    ("amount", "by", "waits"),
    [(50000, "wang", False), (50001, "wang", True), (50001, "sun", False), (50001, "zhao", True)],
)
def test_a_small_amount_settles_at_once_and_a_large_one_by_the_lead(
    amount: int, by: str, waits: bool
) -> None:
    """Any handler settles up to the policy's amount on the phone; above it the lead does, or the lead
    agrees."""
    assert policy("default-1").settle_most == 50000
    life = Life()
    life.take("settle_at_once", by, **settle(remedies=(Owed(1, Remedy.REFUND, TODAY, amount),)))
    assert bool(life.case.approvals) == waits
    assert (life.case.stage == Stage.RECEIVED) == waits
    if waits:
        life.take("approve", "sun", approval=life.case.approvals[0].id)
    assert life.case.stage == Stage.PERFORMING
    assert life.letters_to()[-1] == "settled_at_once"
    assert life.words(life.case.obligations[0].entry)["terms"] == "原路退回。"


def test_amounts_of_a_settlement_count_together() -> None:
    """Two refunds below the limit wait for the lead if their sum exceeds it."""
    life = Life()
    life.take(
        "settle_at_once",
        "wang",
        **settle(remedies=(Owed(1, Remedy.REFUND, TODAY, 30000), Owed(2, Remedy.COMPENSATE, TODAY, 30000))),
    )
    assert life.case.approvals


def test_a_joint_settlement_counts_what_everybody_gets() -> None:
    """A refund to each of three people counts three times against the limit that needs the lead."""
    life, _ = joint(3)
    life.take("ask_consent", "wang", settlement="每人退300元。", remedies=settle()["remedies"])
    for party in life.case.consumers:
        life.says("consent_represented", party.id, agrees=True)
    life.take("settle_at_once", "wang", **settle())
    assert life.case.approvals
    assert life.case.stage == Stage.RECEIVED


def test_settling_without_a_remedy_closes() -> None:
    """A settlement by apology on the phone closes the case at once, tells the consumer, and counts as
    acknowledgement."""
    life = Life()
    life.take("settle_at_once", "wang", **settle(remedies=(), terms=None))
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.SETTLED_AT_ONCE)
    assert life.letters_to()[-1] == "settled_at_once"
    assert set(life.due) == {"reopen_window", "survey"}
    assert all(matter.accepted for matter in life.case.matters)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"remedies": (Owed(1, Remedy.REFUND, TODAY - DAY, 100),)}, "remedy_in_past", "remedies/0/by"),
        ({"remedies": (Owed(1, Remedy.REFUND, TODAY, None),)}, "remedy_needs_amount", "remedies/0/amount"),
        ({"remedies": (Owed(4, Remedy.APOLOGY, TODAY),)}, "unknown_matter", "remedies/0/matter"),
        ({"causes": (Cause.SKILL,) * 2}, "too_many_causes", "causes"),
    ],
)
def test_a_settlement_is_held_to_the_rules_of_remedies(
    changes: dict[str, Any], code: str, field: str
) -> None:
    """A remedy needs a future day, an amount if it is money, and a matter of the case."""
    assert refusal(Life(), "settle_at_once", "wang", settle(**changes)) == (code, field)


def test_a_joint_settlement_needs_everybodys_own_yes() -> None:
    """A person who was not asked, is silent or refuses has not agreed. A new text asks everybody again. A
    person who refuses can go on alone, and the rest settle."""
    life, own = joint(3)
    assert refusal(life, "settle_at_once", "sun", settle())[0] == "consent_of_each"
    life.take("ask_consent", "wang", settlement="每人退300元。", remedies=settle()["remedies"])
    for id in ("p1", "p2"):
        life.says("consent_represented", id, agrees=True)
    assert refusal(life, "settle_at_once", "sun", settle())[0] == "consent_of_each"
    life.says("consent_represented", "p3", agrees=False)
    assert refusal(life, "settle_at_once", "sun", settle())[0] == "consent_of_each"
    life.says("leave_case", "p3", own=own["p3"].case)
    life.take("settle_at_once", "sun", **settle())
    assert sorted(o.to for o in life.case.open_obligations) == ["p1", "p2"]


def test_a_new_text_asks_everybody_anew() -> None:
    """A yes counts only for the text that it was given to."""
    life, _ = joint(2)
    for text in ("每人退300元。", "每人退100元。"):
        life.take("ask_consent", "wang", settlement=text, remedies=settle()["remedies"])
        if text.startswith("每人退300"):
            for id in ("p1", "p2"):
                life.says("consent_represented", id, agrees=True)
    assert refusal(life, "settle_at_once", "sun", settle())[0] == "consent_of_each"
