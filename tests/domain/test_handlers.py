"""The handler of a case and its policy: recusal, another handler, handing over, another sector's policy."""

from __future__ import annotations

import pytest

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.codes import ExtensionReason, Role
from chalicelib.domain.policy import policy
from tests.domain.life import HOUR, accepted, extended


def test_recused_handler_is_not_assigned_again() -> None:
    """A declaration is enough: the case waits for another handler, and the lead gets a task. Neither
    assigning nor handing over brings it back."""
    life = accepted()
    life.take("recuse", "zhao", conflict="relative", reason="店长是我表弟。")
    assert life.case.owner is None
    assert life.letters_to("role:lead")[-1] == "task"
    assert "assignment" in life.running
    assert life.refused("assign", "sun", to="zhao") == "recused_before"
    assert life.refused("recuse", "zhao", conflict="relative") == "recused_before"
    life.take("assign", "sun", to="lin")
    assert life.refused("hand_over", "sun", to="zhao", reason="休假。") == "recused_before"


def test_recused_handler_cannot_take_the_case() -> None:
    """A recused handler cannot take the case either."""
    life = accepted()
    life.take("recuse", "zhao", conflict="relative")
    assert life.refused("take", "zhao") == "recused_before"


def test_letter_names_a_handler_once() -> None:
    """The consumer gets no letter about a new handler if the case is assigned to the handler whom a letter
    has named, or if the handler takes it. They get one once somebody else handles it."""
    life = accepted()
    named = ["handler_named"]
    for who, move, said in (("sun", "assign", {"to": "zhao"}), ("zhao", "take", {})):
        life.take(move, who, **said)
        assert [name for name in life.letters_to() if name.startswith("handler_")] == named, move
    life.take("assign", "sun", to="lin")
    assert [name for name in life.letters_to() if name.startswith("handler_")] == [*named, "handler_changed"]


def test_recusal_of_a_lead_leaves_the_handler() -> None:
    """A lead's recusal is noted; the owner works on, and nobody gets a letter."""
    life = accepted()
    tasks = life.letters_to("role:lead").count("task")
    life.take("recuse", "sun", conflict="interest")
    assert life.case.owner == "zhao"
    assert life.letters_to("role:lead").count("task") == tasks


@pytest.mark.parametrize("change", [True, False])
def test_a_request_for_another_handler_is_decided_in_two_working_days(change: bool) -> None:
    """A lead other than the handler decides with a reason, and the consumer gets a letter. After a yes the
    case waits to be assigned to another."""
    life = accepted()
    life.take("ask_handler_change", "li", reason="不接电话。")
    assert f"{life.due['handler_change'].astimezone(SHANGHAI):%m-%d %H:%M}" == "03-10 00:00"
    assert life.refused("ask_handler_change", "li", reason="还是他。") == "handler_change_asked"
    assert (
        life.refused("decide_handler_change", "zhao", Role.LEAD, change=False, reason="我没错。")
        == "own_request"
    )
    life.take("decide_handler_change", "sun", change=change, reason="核实过。")
    assert life.letters_to()[-1] == "recusal_decided"
    assert "handler_change" not in life.running
    assert (life.case.owner, life.case.inquiry.recused) == ((None, ("zhao",)) if change else ("zhao", ()))
    assert ("assignment" in life.running) == change
    assert life.refused("decide_handler_change", "sun", change=True, reason="x") == "handler_change_not_asked"


def test_a_change_of_handler_restarts_no_deadline() -> None:
    """Assigning and handing over move no deadline; the consumer learns the new handler's name."""
    life = accepted()
    before = dict(life.due)
    life.take("assign", "sun", to="lin")
    life.later(HOUR).take("hand_over", "sun", to="zhao", reason="休假。")
    assert {k: v for k, v in life.due.items() if k != "progress"} == {
        k: v for k, v in before.items() if k != "progress"
    }
    assert life.letters_to()[-2:] == ["handler_changed", "handler_changed"]
    assert life.facts("hand_over")[0]["was"] == "lin"


def test_the_last_case_of_a_hand_over_tells_both_which_they_were() -> None:
    """The last case sends both handlers one letter for all cases; the others inform only their consumer."""
    life = accepted()
    life.take("hand_over", "sun", to="lin", reason="休假。", cases=("000000000001", "000000000002"))
    assert life.letters_to("staff:zhao")[-1] == "hand_over"
    assert life.letters_to("staff:lin")[-1] == "hand_over"


# Another sector's policy


@pytest.mark.parametrize("name", ["none", "default-1"])
def test_rules_that_there_are_not_or_that_hold_already_are_refused(name: str) -> None:
    """The name must be a policy other than the present one."""
    assert accepted().refused("change_policy", "zhou", policy=name, reason="x") == "policy_unknown"


def test_a_change_of_rules_keeps_what_was_promised() -> None:
    """Granted days unknown to the new policy do not shorten a promised date; a later date would be a new
    promise."""
    life = extended(accepted())
    told = life.case.promised
    life.take("change_policy", "zhou", policy="telecom-1", reason="电信业务。")
    assert life.case.promised == told
    assert life.case.policy == "telecom-1"
    other = accepted(policy="telecom-1")
    other.take("change_policy", "zhou", policy="bank-1", reason="银行卡。")
    assert extended(other).case.promises[-1].reason == ExtensionReason.COMPLEX


def test_every_sector_has_every_rule() -> None:
    """A preset is the ordinary policy with its own rules in their place, so each deadline has a rule."""
    for name in ("default-1", "demo-1", "bank-1", "telecom-1"):
        assert policy(name).rules.keys() == policy("default-1").rules.keys()
        assert policy(name).approver("ask_extension") & Role.LEAD
    assert policy("bank-1").approver("ask_extension", 2) == Role.SUPERVISOR | Role.EXECUTIVE
