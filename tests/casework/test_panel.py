"""Panels in the use cases: when members see the case, its work lists, votes at once, and metrics."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chalicelib.access.authorization import Caller, NotFound, ReaderRole, acting, closed_to
from chalicelib.aws.mail_rows import AddressRows
from chalicelib.cases.casework import Casework, once, work_lists
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.domain.roster import Member, Roster, Team
from chalicelib.web import request_models
from tests.casework.joint import rows, together
from tests.casework.memory import Errands, Memory, Room, Tally
from tests.domain.life import PANEL, REGISTER, Life
from tests.life.agreed import YAN
from tests.life.complaint import answer
from tests.scenario import DAY, HE, SUN, T0, WANG, WU, ZHAO, ZHOU, Scenario, roster
from tests.store import Store

MEI, HU, GAO, LUO = (
    Caller(who, Role.PANEL, frozenset({"office"}), name=f"{who}@house.example")
    for who in ("mei", "hu", "gao", "luo")
)
"""Members of another team."""
WHY = {"1": "店长的说法没有核实。", "2": "同上。"}
REASONS = {"1": "证据不足。", "2": "证据不足。"}
NAMED = {"members": [*PANEL], "chair": "mei"}
NOT_UPHELD = {"conclusion": "not_upheld"}


@pytest.fixture
def court(scenario: Scenario) -> Scenario:
    """A scenario with an office whose members can sit on panels."""
    office = tuple(Member(who, who.title(), f"{who}@house.example") for who in ("mei", "hu", "gao", "luo"))
    teams = {**roster().teams, "office": Team({"zh": "总部", "en": "Head office"}, "", {"panel": office})}
    scenario.product.file.keep_roster(Roster(teams))
    return scenario


def contested(scenario: Scenario) -> str:
    """Create a case whose answer is under reconsideration."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    answer(scenario, ref, **NOT_UPHELD)
    scenario.later(DAY)
    return scenario.move(scenario.by_link(ref), "ask_reconsideration", ref, reasons=WHY).ref


def ready_panel(scenario: Scenario) -> str:
    """Create a case before a panel that may vote."""
    ref = scenario.move(ZHOU, "appoint_panel", contested(scenario), **NAMED).ref
    for member in (MEI, HU, GAO):
        scenario.move(member, "declare_interest", ref, interest=False)
    return ref


def votes(scenario: Scenario, ref: str, *results: str) -> None:
    """Let mei, hu and gao vote, each alike on both matters."""
    for member, result in zip((MEI, HU, GAO), results, strict=True):
        scenario.move(member, "vote", ref, results={"1": result, "2": result}, reasons=REASONS)


def listed(scenario: Scenario, seat: str) -> list[str]:
    """Return the numbers on a work list."""
    return [item["ref"] for item in scenario.product.file.work(seat, None, 50)[0]]


def test_a_seat_on_a_panel_is_no_case_of_the_member(court: Scenario) -> None:
    """The case is on the member's list, but counts as the case of its owner."""
    ref = ready_panel(court)
    assert listed(court, "PERSON#mei") == [ref]
    assert court.product.file.open_cases("mei") == 0


def test_a_member_of_another_team_sees_the_case_while_they_sit(court: Scenario) -> None:
    """A member sees the case from appointment to decision, and the files only after declaring interests.

    The case is on the member's list for as long.
    """
    ref, casework = contested(court), court.product.casework

    def now() -> Case:
        return court.product.file.load(ref)

    assert not casework.sees(now(), MEI)
    assert listed(court, "PERSON#mei") == []
    with pytest.raises(NotFound):
        court.move(MEI, "declare_interest", ref, interest=False)
    court.move(ZHOU, "appoint_panel", ref, **NAMED)
    assert casework.sees(now(), MEI)
    assert closed_to(now(), MEI) is ReaderRole.NAMED
    assert not casework.sees(now(), LUO)
    assert listed(court, "PERSON#mei") == listed(court, "PERSON#hu") == [ref]
    court.move(MEI, "declare_interest", ref, interest=False)
    assert closed_to(now(), MEI) is None
    assert closed_to(now(), HU) is ReaderRole.NAMED
    for member in (HU, GAO):
        court.move(member, "declare_interest", ref, interest=False)
    votes(court, ref, "confirmed", "confirmed", "changed")
    court.move(MEI, "decide_reconsideration", ref, reasons=REASONS)
    assert not casework.sees(now(), MEI)
    assert listed(court, "PERSON#mei") == []
    assert now().stage == Stage.ANSWERED
    assert court.moves(ref)[-2:] == ["vote", "decide_reconsideration"]


def test_small_house_leaves_the_decision_to_one_person(scenario: Scenario) -> None:
    """The executive alone is offered the decision if there are too few people for a panel.

    Without an executive the supervisor appoints a mediator from the register. That person sees the case while
    they sit, declares, votes and decides.
    """
    ref, casework, teams = contested(scenario), scenario.product.casework, roster().teams
    above = ("supervisor", "executive")
    here = {role: people for role, people in teams["general"].duty.items() if role in above}

    def offered(caller: Caller, *roles: str) -> set[str]:
        duty = {role: people for role, people in here.items() if role in roles}
        scenario.product.file.keep_roster(Roster({"general": replace(teams["general"], duty=duty)}))
        found = casework.offered(scenario.product.file.whole(ref), caller)
        return {"appoint_panel", "decide_reconsideration"} & set(found)

    assert offered(WU, *above) == {"decide_reconsideration"}
    assert offered(ZHOU, *above) == set()
    assert offered(ZHOU, "supervisor") == {"appoint_panel"}
    scenario.product.file.keep_register(REGISTER)
    scenario.move(ZHOU, "appoint_panel", ref, members=["yan"], chair="yan")
    assert listed(scenario, "PERSON#yan") == [ref]
    assert closed_to(scenario.product.file.load(ref), YAN) is ReaderRole.NAMED
    scenario.move(YAN, "declare_interest", ref, interest=False)
    scenario.move(YAN, "vote", ref, results={"1": "confirmed", "2": "confirmed"}, reasons=REASONS)
    assert scenario.move(YAN, "decide_reconsideration", ref, reasons=REASONS).stage == Stage.ANSWERED
    assert not casework.sees(scenario.product.file.load(ref), YAN)


def test_a_panel_that_waits_for_information_keeps_its_seats(court: Scenario) -> None:
    """Members stay on the panel and can read the answer when it arrives."""
    ref = ready_panel(court)
    case = court.move(MEI, "ask_information", ref, items=["photos"], why="看不清。")
    assert court.product.casework.sees(case, HU)
    assert listed(court, "PERSON#hu") == [ref]
    court.move(court.by_link(ref), "give_information", ref, answer="照片在此。")
    votes(court, ref, "confirmed", "confirmed", "confirmed")


def test_files_stay_closed_until_it_is_declared(court: Scenario) -> None:
    """A member cannot see evidence before declaring interests."""
    ref = court.move(ZHOU, "appoint_panel", contested(court), **NAMED).ref
    photo = Store(court).declare(court.product.file.load(ref))

    def seen(member: Caller) -> list[str]:
        return [upload.id for upload in court.product.uploads.seen(court.product.file.whole(ref), member)]

    assert seen(MEI) == []
    court.move(MEI, "declare_interest", ref, interest=False)
    assert seen(MEI) == [photo.id]
    assert seen(HU) == []


def test_panel_member_acts_in_the_panel_role_only(court: Scenario) -> None:
    """A member's other roles do not count on this case, and a panel role counts only for its members."""
    ref = ready_panel(court)
    case, many = court.product.file.load(ref), Role.PANEL | Role.LEAD | Role.SUPERVISOR | Role.EXECUTIVE
    assert acting(case, replace(HU, roles=many)).roles == Role.PANEL
    assert acting(case, replace(MEI, roles=many)).roles == Role.PANEL | Role.CHAIR
    assert acting(case, replace(SUN, roles=many | Role.CHAIR)).roles == many & ~Role.PANEL
    with pytest.raises(Refusal, match="move_not_allowed_for_role"):
        court.move(replace(HU, roles=many), "set_severity", ref, severity="S4", why="x")
    with pytest.raises(Refusal, match="move_not_allowed_for_role"):
        court.move(
            replace(SUN, roles=many), "vote", ref, results={"1": "changed", "2": "changed"}, reasons=REASONS
        )


def test_panel_role_opens_no_case_before_the_appointment(court: Scenario) -> None:
    """A person who has read the file could not be asked afterwards for ties to it."""
    ref = court.move(ZHOU, "appoint_panel", contested(court), **NAMED).ref
    here = replace(LUO, teams=frozenset({"general"}))
    assert not court.product.casework.sees(court.product.file.load(ref), here)
    with pytest.raises(NotFound):
        court.move(here, "vote", ref, results={"1": "changed", "2": "changed"}, reasons=REASONS)


def test_a_department_that_is_asked_answers_without_its_panel_member(court: Scenario) -> None:
    """A panel member does not also give evidence for the department."""
    ref = court.move(ZHOU, "appoint_panel", contested(court), members=["mei", "hu", "he"], chair="mei").ref
    for member in (MEI, HU, HE):
        court.move(member, "declare_interest", ref, interest=False)
    court.later(DAY)
    case = court.move(MEI, "ask_department", ref, department="repair", question="修过几次？")
    assert acting(case, HE).roles == Role.PANEL
    with pytest.raises(Refusal, match="move_not_allowed_for_role"):
        court.move(HE, "answer_department", ref, question="Q1", answer="没有。")


def test_handlers_are_refused_as_panel_members(court: Scenario) -> None:
    """Handlers of the case are refused too, in whatever team they serve; the refusal names the entry."""
    ref = contested(court)
    for who, code in (
        ("zhou", "own_appointment"),
        ("zhao", "handled_before"),
        ("sun", "handled_before"),
        ("nobody", "unknown_person"),
    ):
        with pytest.raises(Refusal) as refused:
            court.move(ZHOU, "appoint_panel", ref, members=["mei", "hu", who], chair="mei")
        assert refused.value.code == code
    assert refused.value.field == "members"


def test_handlers_of_the_original_count_on_split_cases(court: Scenario) -> None:
    """Handlers of the first case count as handlers of a matter that was split off, and of a person's own
    case.
    """
    first, other = court.submit(), court.submit(person={"name": "邻居", "email": "n@mail.example"})
    ref = first.ref
    court.move(SUN, "invite_to_join", other.ref, leading=ref)
    court.move(court.by_link(other.ref), "join_case", other.ref, own_wish=True)
    court.move(WANG, "accept", ref, declined={"2": "not_complaint"}, reasons={"2": "这是咨询。"})
    court.move(ZHAO, "take", ref)
    court.move(court.by_link(ref), "ask_reconsideration", ref, reasons={"2": "不是咨询。"})
    own = court.lines(ref, "ask_reconsideration")[0]["own"]
    assert court.moves(own) == ["ask_reconsideration"]
    assert court.product.file.load(own).stage == Stage.UNDER_RECONSIDERATION
    assert own in court.product.casework.related(court.product.file.load(ref)), (
        "found again by the same address"
    )
    court.move(Caller("p2", Role.CONSUMER, ref=own, party="p2"), "leave_case", own)
    alone = court.lines(own, "leave_case")[0]["own"]
    for number in (own, alone):
        with pytest.raises(Refusal, match="handled_before"):
            court.move(ZHOU, "appoint_panel", number, members=["mei", "hu", "zhao"], chair="mei")
        court.move(ZHOU, "appoint_panel", number, **NAMED)


def test_two_members_who_vote_at_once_both_count(court: Scenario) -> None:
    """The loser of the race tries again on the fresh case, and no vote is doubled."""
    ref = ready_panel(court)
    callers = iter((HU, GAO))
    said = request_models.arguments(
        "vote", json.dumps({"results": {"1": "changed", "2": "confirmed"}, "reasons": REASONS}), court.time
    )
    together(court, 2, lambda casework: casework.move("vote", ref, next(callers), said))
    assert court.moves(ref).count("vote") == 2

    def again(casework: Casework) -> str:
        try:
            casework.move("vote", ref, MEI, said)
        except Refusal as refused:
            return refused.code
        return "done"

    assert sorted(together(court, 2, again)) == ["done", "voted_before"]
    decided = court.move(
        MEI, "decide_reconsideration", ref, reasons=REASONS, conclusions={"1": "not_established"}
    )
    assert decided.inquiry.report
    assert decided.inquiry.report.conclusions == {1: "not_established", 2: "not_upheld"}
    assert court.lines(ref, "decide_reconsideration")[0]["votes"] == {"1": 3, "2": 3}


def test_two_clicks_are_one_vote(court: Scenario) -> None:
    """The same key returns the first result; without a key the second vote gets `voted_before`."""
    ref = ready_panel(court)
    body = json.dumps({"results": {"1": "confirmed", "2": "confirmed"}, "reasons": REASONS})
    said, key = request_models.arguments("vote", body, court.time), once(HU, f"{ref}/vote", "k-1", body)
    entries = [court.product.casework.move("vote", ref, HU, said, key).entries for _ in range(2)]
    assert entries[0] == entries[1]
    assert court.moves(ref).count("vote") == 1
    before = rows(court)
    with pytest.raises(Refusal, match="voted_before"):
        court.move(HU, "vote", ref, **json.loads(body))
    with pytest.raises(Refusal, match="wrong_key_reuse"):
        court.product.casework.move("vote", ref, HU, said, once(HU, f"{ref}/vote", "k-1", "other"))
    assert rows(court) == before


def test_two_clicks_are_one_decision(court: Scenario) -> None:
    """The repeated key also works for the chair, who no longer sees the decided case."""
    ref = ready_panel(court)
    votes(court, ref, "confirmed", "confirmed", "confirmed")
    body = json.dumps({"reasons": REASONS})
    said, key = (
        request_models.arguments("decide_reconsideration", body, court.time),
        once(MEI, f"{ref}/decide_reconsideration", "k-1", body),
    )
    stages = [
        court.product.casework.move("decide_reconsideration", ref, MEI, said, key).stage for _ in range(2)
    ]
    assert stages == [Stage.ANSWERED] * 2
    assert court.moves(ref).count("decide_reconsideration") == 1
    with pytest.raises(NotFound):
        court.product.casework.move("decide_reconsideration", ref, MEI, said)


def test_overturned_matters_are_counted_for_the_team(court: Scenario) -> None:
    """One of two reconsidered matters was not confirmed, and is counted for the team."""
    counted: list[tuple[str, float, str]] = []

    class Meters(Tally):
        def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
            counted.append((name, value, team))

    ref = ready_panel(court)
    for member in (MEI, HU, GAO):
        court.move(member, "vote", ref, results={"1": "changed", "2": "confirmed"}, reasons=REASONS)
    casework = replace(court.product.casework, meters=Meters())
    said = request_models.arguments(
        "decide_reconsideration",
        json.dumps({"reasons": REASONS, "conclusions": {"1": "not_established"}}),
        court.time,
    )
    casework.move("decide_reconsideration", ref, MEI, said)
    assert counted == [("Reconsidered", 2, "general"), ("Overturned", 1, "general")]


def test_the_votes_are_read_from_the_stored_case(court: Scenario) -> None:
    """The votes are the same after the case was written and read again."""
    ref = ready_panel(court)
    votes(court, ref, "changed", "confirmed", "confirmed")
    stored = court.product.file.load(ref)
    assert [dict(seat.votes) for seat in stored.panel] == [
        {1: "changed", 2: "changed"},
        *[{1: "confirmed", 2: "confirmed"}] * 2,
    ]
    assert "证据不足" not in "".join(entry.line for entry in court.product.file.whole(ref).entries)
    assert {name for name in work_lists(stored) if name.startswith("PERSON#")} == {
        "PERSON#mei",
        "PERSON#hu",
        "PERSON#gao",
    }


def test_a_case_in_memory_is_handled_by_whom_its_timeline_says() -> None:
    """Each timeline is read once, even if own numbers lead back to the first case in a circle."""
    memory = Memory()
    casework = Casework(
        memory,
        Errands(),
        Tally(),
        lambda: T0,
        lambda: "id",
        lambda: 1,
        lambda key: (key,),
        "default-1",
        AddressRows(),
        Room(),
    )
    one, two = Life(), Life()
    one.take("accept", "wang"), two.take("take", "zhao")
    for life, other in ((one, two), (two, one)):
        life.case = replace(life.case, together=replace(life.case.together, origin=(other.case.ref, "p1")))
        memory.add(life.case, life.entries)
    assert casework.handled(one.case).keys() == casework.handled(two.case).keys() == {"li", "wang", "zhao"}
