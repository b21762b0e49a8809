"""Access to a case, the moves offered on it, and its work lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.access.authorization import STAFF, Caller, NotFound
from chalicelib.access.offers import acts_of
from chalicelib.cases.casework import work_lists
from chalicelib.domain.engine.declare import MOVES, able
from chalicelib.domain.engine.permission import may
from chalicelib.domain.model.codes import ANY, Conclusion, Conflict, Hurt, Role, Route
from chalicelib.domain.work_queues import LISTED, pending_roles
from tests.domain.life import (
    ASK,
    BY_PHONE,
    DAY,
    DECLINED,
    DECLINED_BY_TWO,
    PANEL,
    ROLES,
    Life,
    accepted,
    answered,
    contested,
    disputed,
    drafted,
    mediated,
    mediating,
    reported,
    seated,
    talking,
)
from tests.domain.promises import both_owe, breached
from tests.scenario import SUN, WANG, ZHAO, ZHOU, Scenario
from tests.view.read import dossier


def lives() -> list[Life]:
    """Return a case at each point that matters for lists and offers."""
    found = {
        name: Life(BY_PHONE)
        for name in (
            "received",
            "taken",
            "asked",
            "waiting",
            "investigating",
            "closed",
            "forwarded",
            "joined",
        )
    }
    found["taken"].take("take", "zhao")
    found["asked"].take("ask_information", "wang", **ASK)
    found["waiting"].ask_approval("decline", "wang", **DECLINED_BY_TWO)
    found["investigating"].take("accept", "wang")
    found["investigating"].take("message", "li", text="还要多久？")
    found["closed"].take("withdraw", "li")
    found["forwarded"].take(
        "refer_outside", "wang", body=Route.SAMR_12315, sent="请办理。", kept="我们继续。"
    )
    found["joined"].take("link_duplicate", "wang", leading=found["received"].case)
    return [*found.values()]


def test_an_open_case_is_on_somebodys_list() -> None:
    """An open case is on its team's list and its handler's, or on the unassigned one.

    A task for a person is on that person's list too.
    """
    for life in lives():
        case, on = life.case, work_lists(life.case)
        assert ("TEAM#general" in on) == (case.stage != "closed")
        assert (f"PERSON#{case.owner}" in on) == (case.owner is not None)
        assert ("TEAM#general#unassigned" in on) == (case.owner is None and case.stage != "closed")
        assert {name: f"TEAM#general#{name}" in on for name in ("tellings", "approvals", "messages")} == {
            "tellings": bool(case.tellings),
            "approvals": bool(case.approvals),
            "messages": bool(case.messages),
        }


def waits() -> dict[str, tuple[Life, set[str]]]:
    """Return cases for every stage and every other reason to act, each with its required lists."""
    filed, anew = accepted(), contested(answered())
    filed.take("file_report", "zhao", **reported(filed))
    asked = Life(BY_PHONE)
    asked.take("ask_information", "wang", **ASK)
    declined = Life(BY_PHONE)
    declined.take("decline", "wang", **DECLINED)
    over, wrote, surveyed = (answered(Conclusion.NOT_UPHELD) for _ in range(3))
    for each in (over, wrote, surveyed):
        each.take("accept_answer", "li")
    wrote.take("message", "li", text="还有一个问题。")
    surveyed.take(
        "answer_survey", "li", **dict.fromkeys(("overall", "ease", "speed", "fairness", "clarity"), 1)
    )
    unassigned = Life()
    unassigned.take("accept", "wang")
    second = Life(BY_PHONE)
    second.ask_approval("decline", "wang", **DECLINED_BY_TWO)
    changed = accepted()
    changed.take("ask_handler_change", "li", reason="态度不好。")
    opened, objected = disputed(), mediated()
    objected.take("challenge_mediator", "li", conflict=Conflict.INTEREST, reason="是亲戚。")
    overdue = accepted()
    overdue.live(40 * DAY)
    return {
        "received": (Life(), {"intake"}),
        "danger": (Life(hurt=Hurt.HURT), {"intake", "safety"}),
        "asked": (asked, set()),
        "declined": (declined, set()),
        "second person": (second, {"intake", "lead", "supervisor"}),
        "unassigned": (unassigned, {"lead"}),
        "investigating": (accepted(), {"zhao"}),
        "report filed": (filed, {"zhao", "lead"}),
        "handler to change": (changed, {"zhao", "lead"}),
        "overdue": (overdue, {"zhao", "executive"}),
        "answered": (answered(), {"zhao"}),
        "no panel": (anew, {"supervisor"}),
        "panel": (seated(), set(PANEL)),
        "disputed": (opened, {"lead"}),
        "talking": (talking(), {"ma"}),
        "no mediator": (mediating(), {"lead"}),
        "mediated": (mediated(), {"yan"}),
        "objected": (objected, {"yan", "supervisor"}),
        "signing": (drafted(), {"yan"}),
        "performing": (both_owe(), {"followup"}),
        "breached": (breached(), {"followup"}),
        "closed": (over, set()),
        "wrote after closing": (wrote, {"lead"}),
        "surveyed": (surveyed, {"supervisor"}),
    }


def test_a_case_is_on_the_list_of_whoever_must_act_next() -> None:
    """Each stage lists the case for its handler or the role it waits for, or for nobody if only a party can
    act.
    """
    stages = set()
    for name, (life, lists) in waits().items():
        on = work_lists(life.case)
        mine = {list.rpartition("#")[2] for list in on if list.startswith(("PERSON#", "TEAM#general#"))}
        assert mine & ({role.code for role in LISTED} | set(ROLES)) >= lists, (name, mine)
        assert lists or not mine & {role.code for role in LISTED}, (name, mine)
        stages.add(life.case.stage)
    assert stages == ANY


def test_survey_waits_for_a_note_by_the_supervisor() -> None:
    """A note by anybody else changes nothing."""
    life, _ = waits()["surveyed"]
    life.take("note", "sun", text="看过了。")
    assert Role.SUPERVISOR in pending_roles(life.case)
    life.take("note", "zhou", text="回访说明，整改。")
    assert Role.SUPERVISOR not in pending_roles(life.case)


@pytest.mark.parametrize("who", [who for who, role in ROLES.items() if role & STAFF])
def test_offered_moves_are_permitted_and_fit(scenario: Scenario, who: str) -> None:
    """A member of staff is offered a move exactly if they may take it, it fits the case, and it has a
    subject."""
    caller = Caller(who, ROLES[who], frozenset({"general"}))
    for life in lives():
        offered = scenario.product.casework.offered(dossier(life), caller)
        for name, declared in MOVES.items():
            acts = [
                one for one in acts_of(life.case, caller, life.time) if may(declared, life.case, one) is None
            ]
            possible = any(able(declared, life.case, act) for act in acts)
            asked = name not in ("approve", "refuse_approval") or any(
                caller.roles.code in approval.roles for approval in life.case.approvals
            )
            # the consumer can still have it reopened, and no address refuses our letters
            turn = name not in ("refuse_reopening", "release_address")
            assert (name in offered) == bool(possible and asked and turn and declared.fits(life.case)), name


def test_a_case_is_seen_by_its_party_its_team_and_those_who_see_all(scenario: Scenario) -> None:
    """Other callers get the same error as for an unknown number."""
    case = scenario.submit()
    other = scenario.submit()
    sees = scenario.product.casework.visible
    for caller in (
        scenario.party(case),
        WANG,
        SUN,
        replace(ZHOU, teams=frozenset()),
        Caller("a", Role.AUDITOR),
    ):
        assert sees(case, caller) is case
    for caller in (
        scenario.party(other),
        replace(scenario.party(case), party="p2"),
        replace(ZHAO, teams=frozenset({"telecom"})),
        Caller("consumer", Role.CONSUMER),
        Caller("k", Role.PARTNER),
    ):
        with pytest.raises(NotFound):
            sees(case, caller)


def test_the_stored_lists_follow_the_case(scenario: Scenario) -> None:
    """Rows of lists that the case leaves are deleted in the same transaction.

    A list is sorted by next deadline and paged.
    """

    def listed(seat: str) -> list[str]:
        items, found, after = [], None, None
        while found is None or after:
            found, after = scenario.product.file.work(seat, after, 2)
            items += [item["ref"] for item in found]
        return items

    first = scenario.submit()
    scenario.later(DAY / 24)
    second, third = scenario.submit(), scenario.submit()
    assert listed("TEAM#general#unassigned")[0] == first.ref
    assert set(listed("TEAM#general")) == {first.ref, second.ref, third.ref}
    scenario.move(WANG, "take", first.ref)
    assert listed("PERSON#wang") == [first.ref]
    assert first.ref not in listed("TEAM#general#unassigned")
    scenario.move(SUN, "assign", first.ref, to="zhao")
    assert listed("PERSON#wang") == []
    assert listed("PERSON#zhao") == [first.ref]
    scenario.move(WANG, "withdraw", first.ref)
    assert listed("PERSON#zhao") == []
    assert set(listed("TEAM#general")) == {second.ref, third.ref}


def test_one_person_with_two_roles_acts_in_the_one_that_may(scenario: Scenario) -> None:
    """The timeline names the role that acted, and it is a permitted one."""
    case = scenario.submit()
    scenario.move(replace(ZHAO, roles=Role.INVESTIGATOR | Role.LEAD), "assign", case.ref, to="wang")
    entry = scenario.product.file.whole(case.ref).entries[1]
    assert '"role":"lead"' in entry.line
    assert '"who":"zhao"' in entry.line
