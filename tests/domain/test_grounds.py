"""The facts that a ground presupposes: a ground can be chosen only if the record shows them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.engine.grounds import SHOWN_BY, missing_fact
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import (
    Dismissal,
    Ending,
    Excuse,
    ExtensionReason,
    Fact,
    Ground,
    GroundCode,
    Missing,
    ReopenReason,
    Route,
    Stage,
)
from chalicelib.locale import formats
from tests.closed import complete
from tests.domain.life import DAY, Life, accepted
from tests.domain.promises import both_owe, confirms, promise, says_done

JUDGED = {
    Ground: {
        "not_complaint",
        "not_our_business",
        "already_settled",
        "repeat",
        "not_for_living",
        "identity_false",
        "outside_competence",
    },
    Dismissal: {"not_entitled"},
    Ending: {"agreed", "settled_privately", "withdrawn", "out_of_time", "company_silent"}
    | {"facts_unclear", "outside_competence", "party_gone", "suspected_crime"},
    Excuse: {"force_majeure", "creditor_refused", "account_wrong"},
    ReopenReason: {"new_facts", "not_delivered", "remedy_failed", "our_error"},
    ExtensionReason: {"complex", "third_party", "consumer_asked", "force_majeure"},
}
"""The grounds that presuppose no fact of the record. They rest on a judgement, which needs a reason in words,
or have another move or condition of their own."""


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
        assert {code for code in codes if not code.facts} == JUDGED[codes], codes


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
)


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
    if fact != Fact.ASKED:
        assert refused(asked(Life(), Missing.PHOTOS), "decline", "wang", **said) == named
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
    assert (missing_fact(life.case, Ground.OUT_OF_TIME) is None) == over
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
    """A company is not excused by a debt that nobody owes it, nor by a delay that nobody proposed."""
    life = both_owe()
    said = {"obligation": "O2", "reason": "如上。"}
    later = refused(life, "excuse", "feng", **said, ground=Excuse.AGREED_LATER)
    assert later == ("ground", {"ground": Excuse.AGREED_LATER, "fact": Fact.LATER_PROPOSED})
    life.ask_approval("excuse", "feng", **said, ground=Excuse.OTHER_SIDE_FIRST)


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
