"""The next expected act of a reader, chosen by the earliest deadline that they can answer."""

from collections.abc import Iterable

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.access.offers import offers
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.model.codes import Conclusion, Power, Role, Side
from chalicelib.domain.moves.answer import GIVES
from chalicelib.view.next import Expected, line, next_of_party, next_of_staff
from tests.domain.life import (
    Life,
    accepted,
    answered,
    disputed,
    invited,
    mediated,
    offered,
    represented,
    talking,
)
from tests.domain.promises import both_owe, says_done
from tests.view.read import party, staff


def of_staff(life: Life, role: Role, who: str = "x") -> Expected | None:
    """Return the act expected of a member of the case's team in one role."""
    reader = staff(life, role, who)
    return next_of_staff(life.case, reader.caller, offers(life.case, reader.caller, life.time))


def of_party(life: Life, id: str = "p1") -> Expected | None:
    """Return the act expected of a party."""
    reader = party(life, id)
    return next_of_party(reader, offers(life.case, reader.caller, life.time))


def test_it_answers_the_earliest_deadline_of_ours_that_one_can_answer() -> None:
    """Intake is expected to accept before the acknowledgement deadline, an investigator to report
    progress. Readers without such a task get None."""
    life = Life()
    wanted = Expected("accept", "", "acknowledgement", due(life.case)["acknowledgement"])
    assert of_staff(life, Role.INTAKE) == wanted
    assert of_party(life) is None
    assert of_staff(life, Role.FOLLOWUP) is None
    life = accepted()
    first = of_staff(life, Role.INVESTIGATOR, "zhao")
    assert first
    assert (first.move, first.due) == ("tell_progress", due(life.case)["progress"])
    assert due(life.case)["progress"] < due(life.case)["investigation"]


def test_what_staff_write_down_for_others_is_not_expected_of_them() -> None:
    """Staff can record a party's proof, but are not expected to."""
    life = both_owe()
    caller = staff(life, Role.FOLLOWUP).caller
    assert "claim_done" in offers(life.case, caller, life.time)
    wanted = of_staff(life, Role.FOLLOWUP)
    assert wanted
    assert wanted.move != "claim_done"


def test_a_window_is_answered_by_whose_it_is() -> None:
    """Only the receiver of an offer is expected to answer it. Each side has its own deadline for the
    invitation."""
    life = talking()
    offered(life, Side.BUSINESS)
    business = life.case.business
    assert business
    wanted = of_party(life)
    assert wanted
    assert wanted.move == "accept_offer"
    assert of_party(life, business.id) is None
    life = invited()
    deadlines = {wanted.deadline for id in ("p1", business.id) if (wanted := of_party(life, id))}
    assert deadlines == {"mediation_consent", "company_consent"}


@pytest.mark.parametrize(
    ("powers", "move"), [((Power.ANSWER, Power.NEGOTIATE), None), (Power, "accept_offer")]
)
def test_who_may_only_refuse_is_not_led_to_refuse(powers: Iterable[Power], move: str | None) -> None:
    """An agent who can refuse but not accept an offer has no expected act."""
    life = talking(disputed(represented(answered(Conclusion.NOT_UPHELD), powers=tuple(powers))))
    offered(life, Side.BUSINESS)
    agent = next(one.id for one in life.case.parties if one.represents)
    assert "refuse_offer" in offers(life.case, party(life, agent).caller, life.time)
    wanted = of_party(life, agent)
    assert (wanted and wanted.move) == move


@pytest.mark.parametrize("conclusion", Conclusion)
def test_only_an_answer_that_is_good_for_its_reader_is_to_be_accepted(conclusion: Conclusion) -> None:
    """Acceptance is expected only of an answer that promises something, though every answer can be
    accepted."""
    life = answered(conclusion)
    wanted = Expected("accept_answer", "", "answer_window", due(life.case)["answer_window"])
    assert of_party(life) == (wanted if conclusion in GIVES else None)
    assert "accept_answer" in offers(life.case, party(life).caller, life.time)


def test_an_obligation_is_answered_by_who_owes_it_then_by_whom_it_is_owed_to() -> None:
    """The debtor is expected to claim performance first; then the creditor is expected to confirm it."""
    life = both_owe()
    business = life.case.business
    assert business
    wanted = of_party(life)
    assert wanted
    assert wanted[:3] == ("claim_done", "O1", "obligation")
    assert of_party(life, business.id) is None
    life = says_done(life, "O1")
    wanted = of_party(life, business.id)
    assert wanted
    assert wanted[:3] == ("confirm_done", "O1", "creditor_answer")
    assert of_party(life) is None


def test_a_right_is_not_expected() -> None:
    """Optional rights, such as the objection to a mediator, are never expected."""
    life = mediated()
    assert "challenge_mediator" in offers(life.case, party(life).caller, life.time)
    assert of_party(life) is None


@pytest.mark.parametrize(
    ("queue", "role", "move"),
    [
        ("team", Role.INTAKE, "accept"),
        ("messages", Role.LEAD, "message"),
        ("tellings", Role.INTAKE, "record_telling"),
        ("team", Role.FOLLOWUP, None),
    ],
)
def test_a_line_of_a_work_list_names_the_act_that_answers_what_is_due_there(
    queue: str, role: Role, move: str | None
) -> None:
    """A work list shows the next act only to a role that can take it, and hides the deadline."""
    caller = Caller("x", role, frozenset({"t"}))
    item = {"ref": "1", "stage": "received", "team": "t", "next_due": None, "deadline": "acknowledgement"}
    told = line(item, caller, queue)
    assert told.get("next") == move
    assert "deadline" not in told
