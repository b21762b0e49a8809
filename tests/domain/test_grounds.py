"""The facts that a ground presupposes: a ground can be chosen only if the record shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, get_args

import pytest

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.grounds import SHOWN_BY, About, missing_fact
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import Absence, CheckedFile, Meeting
from chalicelib.domain.model.codes import (
    Conduct,
    Conflict,
    Dismissal,
    Duty,
    Ending,
    Excuse,
    ExtensionReason,
    Fact,
    Ground,
    GroundCode,
    MeetingWay,
    Missing,
    PauseReason,
    ReopenReason,
    Route,
    Severity,
    Side,
    Stage,
)
from chalicelib.domain.moves.intake import Person
from chalicelib.locale import formats
from tests.closed import complete
from tests.domain.life import (
    DAY,
    DISPUTE,
    Life,
    accepted,
    answered,
    disputed,
    mediated,
    mediating,
    settle,
    talking,
)
from tests.domain.promises import approved, both_owe, breached, confirms, promise, says_done

JUDGED: dict[type[GroundCode], dict[str, str]] = {
    Ground: {
        "not_complaint": "What somebody asks for stands in their words, which a person has to read.",
        "not_our_business": "Whose goods they are is read from the papers. The letter names whom to ask.",
        "not_for_living": "A purpose is weighed from all that is known. A second person confirms.",
        "outside_competence": "Which body the law puts in charge is a question of law, not of the record.",
    },
    Dismissal: {"not_entitled": "Whether somebody's rights are concerned is a question of law."},
    Ending: {
        "agreed": "Nobody chooses it: an agreement comes into force by its last signature.",
        "withdrawn": "Nobody chooses it: the consumer withdraws by a move of their own.",
        "out_of_time": "Nobody chooses it: it follows from a time that ran out.",
        "company_silent": "Nobody chooses it: it follows from a window that ran out.",
        "facts_unclear": "What cannot be established is the judgement of the neutral person who tried.",
        "outside_competence": "What may be mediated is a question of law.",
        "party_gone": "A death or the end of a company happens outside of the case and is told by anybody.",
        "suspected_crime": "A suspicion is a judgement. The supervisor confirms it.",
    },
    Excuse: {
        "force_majeure": "It happens outside of the case. A second person confirms.",
        "creditor_refused": "Carrier or shop see it, not the record. A second person confirms.",
        "account_wrong": "A bank finds it, not the record. A second person confirms.",
    },
    ReopenReason: {
        "new_facts": "The new facts are the words of the move, which are required.",
        "not_delivered": "That a letter did not arrive is known to its recipient alone.",
        "remedy_failed": "Whether it helped is known to the consumer alone. Anything can have failed.",
        "our_error": "An error of ours is often what the record does not show.",
    },
    ExtensionReason: {
        "complex": "How much there is to examine is a judgement. A second person confirms.",
        "third_party": "We ask outsiders outside of the case. A second person confirms.",
        "consumer_asked": "It is said on the telephone too. A second person confirms. A letter tells them.",
        "force_majeure": "It happens outside of the case. A second person confirms.",
    },
    Conflict: {
        "relative": "Families are no part of the record. One's own word is enough to stand back.",
        "interest": "Interests are no part of the record. One's own word is enough to stand back.",
        "prior_role": "A role can have been elsewhere. What the record shows bars the person anyway.",
        "business_tie": "Ties are no part of the record. Those in the register bar a mediator anyway.",
        "other_doubt": "A doubt is a judgement. Another person decides on the doubt of a party.",
    },
}
"""The grounds that presuppose no fact of the record, each with the reason why no record can show one."""


def refused(life: Life, move: str, by: str, **said: Any) -> tuple[str | None, dict[str, Any]]:
    """Return the field and the facts of the refusal of a ground, and check that nothing was written."""
    before = life.case
    with pytest.raises(Refusal) as found:
        life.take(move, by, **said)
    assert found.value.code == "ground_without_fact"
    assert life.case == before
    return found.value.field, dict(found.value.facts)


def declining(life: Life, ground: Ground) -> dict[str, Any]:
    """Return a decline of both matters, the second on this ground."""
    grounds = {1: Ground.NOT_COMPLAINT, 2: ground}
    return {"grounds": grounds, "reasons": {1: "这是咨询。", 2: "如上。"}, "routes": ()}


def asked(life: Life, *items: Missing) -> Life:
    """Let the consumer be asked for these items, and answer."""
    life.take("ask_information", "wang", items=items, why="请补充。")
    life.take("give_information", "li", answer="没有别的了。")
    return life


def test_each_ground_names_its_facts_or_is_a_judgement() -> None:
    """A new ground needs a decision: which fact of the record does it presuppose?"""
    lists = GroundCode.__subclasses__()
    assert set(JUDGED) == set(lists)
    for codes in lists:
        assert {code for code in codes if not code.facts} == {*JUDGED[codes]}, codes


def test_nobody_chooses_the_reason_of_a_pause() -> None:
    """A pause follows from a stage or from the move that makes its fact, so it needs no ground."""
    asked = {
        (move.name, name)
        for move in MOVES.values()
        for name, (hint, _) in move.parameters.items()
        if PauseReason in (hint, *get_args(hint))
    }
    assert asked == set()


@pytest.mark.parametrize("language", formats.LANGUAGES)
def test_each_fact_is_looked_up_and_has_words(language: str) -> None:
    """Some function finds each fact on the record, and both languages say what is missing."""
    complete(SHOWN_BY, Fact, "chalicelib/domain/moves", "register a function with @on_record")
    complete(formats.texts(language)["fact"], Fact, f"locale/{language}/codes.json", "say what is missing")
    assert {fact for codes in JUDGED for code in codes for fact in code.facts} == set(Fact)


ASKED = (
    (Ground.NO_FACTS, Fact.ASKED, (Missing.FACTS,)),
    (Ground.NO_CONSUMER_RELATION, Fact.ASKED_PURCHASE, (Missing.PURCHASE_PROOF, Missing.PHOTOS)),
    (Ground.NO_CONSUMER_RELATION, Fact.ASKED_PURCHASE, (Missing.ORDER_NUMBER,)),
    (Ground.NO_AUTHORITY, Fact.ASKED_AUTHORITY, (Missing.AUTHORITY,)),
    (Ground.IDENTITY_FALSE, Fact.ASKED_IDENTITY, (Missing.PHOTOS, Missing.IDENTITY)),
)
ELSEWISE = (Missing.ACCOUNT_FOR_REFUND, Missing.IDENTITY, Missing.AUTHORITY, Missing.WISH)
"""The items that are asked for other reasons than to learn what happened."""


@pytest.mark.parametrize(("ground", "fact", "items"), ASKED)
def test_a_ground_after_asking_needs_the_asking(
    ground: Ground, fact: Fact, items: tuple[Missing, ...]
) -> None:
    """Nobody is declined for a silence to which they were never asked. Another question does not count."""
    life = Life()
    said = declining(life, ground)
    named = ("grounds/2", {"ground": ground, "fact": fact})
    assert refused(life, "decline", "wang", **said) == named
    part = {"declined": {2: ground}, "reasons": {2: "如上。"}}
    assert refused(life, "accept", "wang", **part)[0] == "declined/2"
    for other in ELSEWISE if fact == Fact.ASKED else (Missing.PHOTOS,):
        assert refused(asked(Life(), other), "decline", "wang", **said) == named
    life = asked(life, *items)
    life.take("decline", "wang", **said)
    assert life.case.stage == Stage.DECLINED or life.case.approvals


@pytest.mark.parametrize(
    ("happened", "over"),
    [
        (None, False),
        (date(2026, 3, 1), False),
        (date(2023, 3, 5), False),
        (date(2023, 3, 4), True),
        (date(2020, 2, 29), True),
    ],
)
def test_three_years_are_counted_to_the_complaint(happened: date | None, over: bool) -> None:
    """The complaint of 5 March 2026 is out of time for what happened before 5 March 2023 (民法典 188)."""
    life = Life(happened_on=happened)
    assert (missing_fact(life.case, Ground.OUT_OF_TIME, About()) is None) == over
    if not over:
        assert refused(life, "decline", "wang", **declining(life, Ground.OUT_OF_TIME))[0] == "grounds/2"


def test_a_court_is_noted_before_it_is_a_ground() -> None:
    """A complaint at 12315 is no ground; a proceeding at a court is one."""
    life = Life()
    said = declining(life, Ground.COURT_OR_ARBITRATION)
    life.take("note_outside_proceeding", "wang", body=Route.SAMR_12315, number="1203-77")
    assert refused(life, "decline", "wang", **said)[1]["fact"] == Fact.IN_COURT
    life.take("note_outside_proceeding", "wang", body=Route.COURT, number="(2026)民初1号")
    life.take("decline", "wang", **said)
    assert life.case.stage == Stage.DECLINED


@pytest.mark.parametrize(
    ("reason", "fact"), [(ExtensionReason.MANY_PEOPLE, Fact.JOINT), (ExtensionReason.APPRAISAL, Fact.TEST)]
)
def test_more_time_needs_its_cause_on_record(reason: ExtensionReason, fact: Fact) -> None:
    """One person is not many, and nobody waits for a test that was never proposed."""
    life = accepted()
    said = {"reason": reason, "why": "还要时间。"}
    assert refused(life, "ask_extension", "zhao", **said) == ("reason", {"ground": reason, "fact": fact})


def test_a_reason_to_reopen_fits_how_the_case_ended() -> None:
    """Only a withdrawn complaint comes back as such, and a proof is wrong only if there was one."""
    life = Life()
    life.take("decline", "wang", **declining(life, Ground.NOT_OUR_BUSINESS), instead={2: "某某电器"})
    for cause, fact in ((ReopenReason.RETURNED, Fact.WITHDRAWN), (ReopenReason.PROOF_WRONG, Fact.PERFORMED)):
        found = refused(life, "reopen", "li", cause=cause, facts="我又想起来了。")
        assert found == ("cause", {"ground": cause, "fact": fact})
    back = Life()
    back.take("withdraw", "li")
    back.later(5 * DAY).take("reopen", "li", cause=ReopenReason.RETURNED, facts="还是要投诉。")
    assert back.case.outcome is None


def test_an_excuse_by_the_other_side_needs_its_debt() -> None:
    """Without a debt of the other side, the company is not excused."""
    life = both_owe()
    said = {"obligation": "O2", "reason": "如上。"}
    life.ask_approval("excuse", "feng", **said, ground=Excuse.OTHER_SIDE_FIRST)


def test_agreed_delay_needs_a_later_day_from_both_sides() -> None:
    """A delay is agreed on if each side has proposed a later day, and only until the earlier of these days.
    Two proposals of one side do not count as two sides. A day before the old one does not count."""
    life = both_owe()
    debt = promise(life, "O1")
    assert debt.by
    said = {"obligation": "O1", "reason": "双方都同意。", "ground": Excuse.AGREED_LATER}
    named = ("ground", {"ground": Excuse.AGREED_LATER, "fact": Fact.LATER_AGREED})
    assert refused(life, "excuse", "feng", **said) == named
    proposed = {"obligation": "O1", "reason": "在外地。"}
    for day in (9, 12):
        life.says("propose_change", "p1", **proposed, by=debt.by + day * DAY)
        assert refused(life, "excuse", "feng", **said) == named
    earlier = debt.by - DAY
    life.says("propose_change", "p2", **proposed, by=earlier)
    assert refused(life, "excuse", "feng", **said) == named
    life.says("propose_change", "p2", **proposed, by=debt.by + 20 * DAY)
    agreed = debt.by + 12 * DAY
    for day in (None, agreed + DAY):
        assert life.refused("excuse", "feng", **said, by=day) == "day_both_agreed"
    approved(life, "excuse", **said, by=agreed)
    assert (promise(life, "O1").state, promise(life, "O1").by) == (Duty.PENDING, agreed)


def test_a_refused_delay_is_not_agreed_on() -> None:
    """A side that refuses a later day, and then proposes one, has not agreed to the first."""
    life = both_owe()
    day = promise(life, "O1").by
    assert day
    life.says("propose_change", "p1", obligation="O1", reason="在外地。", by=day + 9 * DAY)
    life.says("refuse_change", "p2", obligation="O1")
    life.says("propose_change", "p2", obligation="O1", reason="可以晚两天。", by=day + 2 * DAY)
    said = {"obligation": "O1", "reason": "双方都同意。", "ground": Excuse.AGREED_LATER}
    assert refused(life, "excuse", "feng", **said)[1]["fact"] == Fact.LATER_AGREED


def test_silence_about_a_delay_is_no_agreement() -> None:
    """A side that let the proposal lapse, and proposes a later day itself, has not agreed before. Nor does a
    last proposal count that lapsed."""
    life = both_owe()
    day = promise(life, "O1").by
    assert day
    proposed = {"obligation": "O1", "reason": "在外地。"}
    for who, more in (("p1", 30), ("p2", 20), ("p1", 25)):
        life.says("propose_change", who, **proposed, by=day + more * DAY)
        asked = promise(life, "O1").proposed
        assert asked
        assert asked.other_by is None
        life.case = life.case.with_obligation(
            replace(promise(life, "O1"), proposed=replace(asked, lapsed=life.time))
        )
    said = {"obligation": "O1", "reason": "双方都同意。", "ground": Excuse.AGREED_LATER}
    assert refused(life, "excuse", "feng", **said)[1]["fact"] == Fact.LATER_AGREED
    life.says("propose_change", "p2", **proposed, by=day + 20 * DAY)
    life.says("propose_change", "p1", **proposed, by=day + 25 * DAY)
    asked = promise(life, "O1").proposed
    assert asked
    assert asked.other_by == day + 20 * DAY
    over = replace(promise(life, "O1"), proposed=replace(asked, lapsed=life.time))
    life.case = life.case.with_obligation(over)
    assert refused(life, "excuse", "feng", **said)[1]["fact"] == Fact.LATER_AGREED


TESTING = {"laboratory": "质检院", "question": "为什么不转？", "custody": "封存。", "cost": "各付一半。"}
SPOKEN = (Ending.REFUSED, Ending.NO_PROSPECT)


@pytest.mark.parametrize("ending", SPOKEN)
def test_only_words_of_the_mediation_end_it(ending: Ending) -> None:
    """Statements and refusals of the negotiation do not count in the mediation. A failed call, and a meeting
    without anybody, are no statement of a side."""
    life = talking(disputed())
    life.says("state_position", "p1", text="再谈也没有用。")
    life.says("offer", "p2", terms="三百元。", until=date(2026, 4, 1))
    life.says("refuse_offer", "p1", offer="F1")
    mediated(mediating(life.later(DAY)))
    said = {"ending": ending, "reason": "谈不拢。"}
    named = ("ending", {"ground": ending, "fact": Fact.SAID_NO})
    assert refused(life, "end_mediation", "yan", **said) == named
    life.take("record_try", "yan", side=Side.BUSINESS, what="三次无人接听。")
    assert refused(life, "end_mediation", "yan", **said) == named
    met(life, Side.CONSUMER, Side.BUSINESS)
    assert refused(life, "end_mediation", "yan", **said) == named
    met(life, Side.BUSINESS)
    life.take("end_mediation", "yan", **said)
    assert life.case.stage == Stage.CLOSED


def met(life: Life, *absent: Side) -> None:
    """Put a meeting of the mediation on record, from which these sides were absent."""
    mediation = life.case.talks.mediation
    assert mediation
    id = f"M{len(mediation.meetings) + 1}"
    held = Meeting(id, 1, life.time, 60, MeetingWay.ONLINE, life.time, recorded=life.time)
    away = (Absence(id, side, life.time) for side in absent)
    with_it = replace(mediation, meetings=(*mediation.meetings, held), absences=(*mediation.absences, *away))
    life.case = replace(life.case, talks=replace(life.case.talks, mediation=with_it))


def test_silence_is_no_refusal_to_negotiate() -> None:
    """Calls to both sides fail, and nobody answers the invitation to mediation. The ground is there only once
    the consumer refuses."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    for side in (*Side, *Side):
        life.take("record_try", "ma", side=side, what="无人接听。")
    life.take("invite_mediation", "ma")
    said = {"ending": Ending.REFUSED, "reason": "联系不上。"}
    assert refused(life, "end_negotiation", "ma", **said)[1]["fact"] == Fact.SAID_NO
    life.says("refuse_mediation", "p1")
    life.take("end_negotiation", "ma", **said)
    assert life.case.stage == Stage.CLOSED


def test_a_private_settlement_needs_words_of_both_sides() -> None:
    """The neutral officer cannot take it from one side that the two have settled."""
    life = disputed()
    life.take("assign_negotiator", "sun", to="ma", severity=Severity.S4)
    life.says("state_position", "p1", text="我们私下谈好了。")
    for _ in range(2):
        life.take("record_try", "ma", side=Side.BUSINESS, what="无人接听。")
    said = {"ending": Ending.SETTLED_PRIVATELY, "reason": "双方自行和解。"}
    named = ("ending", {"ground": Ending.SETTLED_PRIVATELY, "fact": Fact.BOTH_SPOKE})
    assert refused(life, "end_negotiation", "ma", **said) == named
    life.take("state_position", "ma", side=Side.BUSINESS, text="是的，已经和解。")
    life.take("end_negotiation", "ma", **said)
    assert life.case.stage == Stage.CLOSED


def test_a_test_that_was_refused_before_the_talks_does_not_end_them() -> None:
    """The cost of a test can only end the talks in which the test was refused."""
    life = accepted()
    life.take("propose_appraisal", "zhao", **TESTING)
    life.says("consent_appraisal", "p1", agrees=False)
    talking(disputed(life.later(DAY)))
    for side in Side:
        life.take("state_position", "ma", side=side, text="费用应当由对方出。")
    said = {"ending": Ending.APPRAISAL_COST, "reason": "费用谈不拢。"}
    assert refused(life, "end_negotiation", "ma", **said)[1]["fact"] == Fact.TEST_REFUSED
    life.take("propose_appraisal", "ma", **TESTING)
    life.says("consent_appraisal", "p1", agrees=False)
    life.take("end_negotiation", "ma", **said)
    assert life.case.talks.dispute
    assert life.case.talks.dispute.ended


def test_a_forged_paper_shows_a_false_identity_without_asking() -> None:
    """A finding with evidence that a paper was forged suffices. A withdrawn finding does not."""
    life = Life()
    life.take("add_evidence", "li", shows="身份证照片。", file=CheckedFile("f1", "0" * 64, 9, "image/jpeg"))
    found = {"conduct": Conduct.FORGED, "evidence": ("E2",), "fact": "照片上的号码被改过。"}
    life.take("record_conduct", "wang", **found)
    life.ask_approval("decline", "wang", **declining(life, Ground.IDENTITY_FALSE))
    life.take("withdraw_conduct", "wang", which="C1", reason="原件核对无误。")
    named = ("grounds/2", {"ground": Ground.IDENTITY_FALSE, "fact": Fact.ASKED_IDENTITY})
    assert refused(life, "approve", "sun", approval=life.case.approvals[0].id) == named


# An earlier case of the same consumer


def resting_on(ground: Ground, earlier: Case) -> dict[str, Any]:
    """Return a decline of the second matter on an earlier case."""
    return {**declining(Life(), ground), "earlier": {2: earlier.ref}}


def confirmed(life: Life) -> Life:
    """Let the consumer confirm the mailbox, so that an earlier case can be theirs."""
    life.take("confirm_address", "clock", party="p1")
    return life


def settled() -> Life:
    """Return an earlier case of the same consumer that was settled at once."""
    life = Life()
    life.take("settle_at_once", "wang", **settle())
    return life


def agreed() -> Life:
    """Return an earlier case of the same consumer with an agreement in force, which is broken."""
    return breached(both_owe())


EARLIER: dict[Ground, tuple[tuple[Callable[[], Life], bool], ...]] = {
    Ground.ALREADY_SETTLED: ((settled, True), (agreed, True), (answered, False), (accepted, False)),
    Ground.REPEAT: ((answered, True), (accepted, False), (Life, False), (disputed, False)),
}
"""The earlier cases of the same consumer, with whether a ground can rest on them. In the last the sides
talk again about the answer, so no answer stands."""


@pytest.mark.parametrize(
    ("ground", "earlier", "holds"),
    [(ground, build, holds) for ground, builds in EARLIER.items() for build, holds in builds],
)
def test_a_ground_rests_on_an_earlier_case_that_is_over(
    ground: Ground, earlier: Callable[[], Life], holds: bool
) -> None:
    """The earlier case was settled or answered, and its day is on record with its number."""
    before = earlier()
    life = confirmed(Life(at=before.time + DAY))
    said = resting_on(ground, before.case)
    if not holds:
        fact = Fact.SETTLED_BEFORE if ground == Ground.ALREADY_SETTLED else Fact.ANSWERED_BEFORE
        assert refused(life, "decline", "wang", **said) == ("grounds/2", {"ground": ground, "fact": fact})
        return
    life.take("decline", "wang", **said)
    if life.case.approvals:
        life.take("approve", "sun", approval=life.case.approvals[0].id)
    assert life.case.stage == Stage.DECLINED
    kept = life.case.matters[1].earlier
    assert kept
    assert (kept.ref, kept.settled) == (before.case.ref, ground == Ground.ALREADY_SETTLED)
    assert kept.on <= published().day_of(before.time)
    assert life.case.matters[0].earlier is None


def test_an_earlier_case_must_be_named() -> None:
    """A ground without the number of a case, or a number without a ground, is refused at its field."""
    before = answered()
    life = confirmed(Life(at=before.time + DAY))
    said = resting_on(Ground.REPEAT, before.case)
    for wrong, code in (({}, "earlier_needed"), ({1: before.case.ref}, "earlier_needed")):
        assert life.refused("decline", "wang", **{**said, "earlier": wrong}) == code
    part = {"declined": {1: Ground.NOT_COMPLAINT}, "reasons": {1: "咨询。"}, "earlier": {2: before.case.ref}}
    assert life.refused("accept", "wang", **part) == "earlier_unknown"
    named = {**part, "declined": {2: Ground.REPEAT}, "reasons": {2: "已答复。"}}
    life.ask_approval("accept", "wang", **named)


def test_only_an_earlier_case_of_the_same_consumer_counts() -> None:
    """One refusal answers five numbers: of no case, of a stranger's case, of a case of one of two people, of
    a later case, and of the case itself."""
    before = answered()
    life = confirmed(Life(at=before.time + DAY))
    foreign = answered(life=accepted(person=Person("韩梅", phone="+8613700137000")))
    later = answered(life=accepted(at=life.time + DAY))
    unknown = replace(before.case, ref="999999999999")
    for other in (unknown, foreign.case, later.case, life.case):
        with pytest.raises(Refusal) as found:
            life.take("decline", "wang", **resting_on(Ground.REPEAT, other))
        assert (found.value.code, found.value.field) == ("earlier_unknown", "earlier/2")
        assert found.value.facts == {}
    two = replace(life.case.parties[0], id="p9", known_by=("another",))
    life.case = replace(life.case, parties=(*life.case.parties, two))
    assert life.refused("decline", "wang", **resting_on(Ground.REPEAT, before.case)) == "earlier_unknown"


def test_an_unconfirmed_address_shows_no_earlier_case() -> None:
    """A stranger may have named the address of another person. The decline would tell them of that person's
    case."""
    before = answered()
    life = Life(at=before.time + DAY)
    assert life.refused("decline", "wang", **resting_on(Ground.REPEAT, before.case)) == "earlier_unknown"


def test_approval_checks_the_earlier_case_again() -> None:
    """The answer of the earlier case is disputed meanwhile, so it no longer stands."""
    before = answered()
    life = confirmed(Life(at=before.time))
    life.case = replace(life.case, recorded_at=life.case.recorded_at + DAY)
    approval = life.ask_approval("decline", "wang", **resting_on(Ground.REPEAT, before.case))
    before.take("raise_dispute", "li", **DISPUTE)
    named = ("grounds/2", {"ground": Ground.REPEAT, "fact": Fact.ANSWERED_BEFORE})
    assert refused(life, "approve", "sun", approval=approval) == named


def test_an_approval_ends_with_the_fact_of_its_ground() -> None:
    """The consumer has performed meanwhile, so the company is no longer excused by them. The refusal names
    the ground, nothing is written, and the request can be refused."""
    life = both_owe()
    said = {"obligation": "O2", "reason": "对方还没有交货。", "ground": Excuse.OTHER_SIDE_FIRST}
    approval = life.ask_approval("excuse", "feng", **said)
    says_done(life, "O1")
    confirms(life, "O1")
    named = ("ground", {"ground": Excuse.OTHER_SIDE_FIRST, "fact": Fact.OTHER_SIDE_OWES})
    assert refused(life, "approve", "zhou", approval=approval) == named
    assert promise(life, "O2").open
    life.take("refuse_approval", "zhou", approval=approval, reason="对方已经交货。")
    assert life.case.approvals == ()
