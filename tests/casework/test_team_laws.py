"""Laws over random companies, people, rules and absences. Each case has exactly one team, and only that team
reads it. Its ladder reaches a person who can act. No hand-over moves a date."""

from __future__ import annotations

from hypothesis import given, strategies as st

from chalicelib.domain.model.codes import Stage
from chalicelib.domain.roster import Roster
from tests.casework.companies import (
    BOSS,
    CHIEF,
    LONG,
    PEOPLE,
    STEPS,
    Company,
    Step,
    caller,
    entitled,
    examples,
    open_cases,
    rosters,
)
from tests.cloud.moto_pool import whole_scenario

LIVES = st.lists(STEPS, min_size=5, max_size=25)


def one_team_has_each_case(company: Company) -> None:
    """Check that each open case is on the list of its team and of no other."""
    for case in open_cases(company):
        assert company.listed(case.ref) == [case.team]


def only_its_people_know_of_it(company: Company) -> None:
    """Check that exactly the people of its team, and those above all teams, may know of each case."""
    roster = company.roster
    for case in map(company.case, company.refs):
        people = (*PEOPLE, CHIEF, BOSS)
        sees = [who for who in people if company.scenario.product.casework.sees(case, caller(roster, who))]
        assert sees == [who for who in people if entitled(case, roster, who)]


def each_step_reaches_a_reader(company: Company) -> None:
    """Check that each new step of the clock that tells somebody inside reached a person who may know of the
    case."""
    roster = company.roster
    for ref in company.refs:
        for step in company.new_steps(ref):
            if "role" in step:
                assert step.get("to"), step
                assert entitled(company.case(ref), roster, step["to"]), step


@examples(12)
@given(rosters(), LIVES)
def test_whatever_happens_each_case_has_one_team_and_its_people(roster: Roster, steps: list[Step]) -> None:
    """The laws are checked after every step, and again long after the last one."""
    with whole_scenario() as scenario:
        company = Company(scenario, roster)
        for step in [Step("file", 0, 0, 0, 0), *steps]:
            before = company.dates()
            company.play(step)
            if step.kind in ("change_team", "reroute", "close", "split", "rules"):
                after = company.dates()
                assert {key: after[key] for key in before if key in after} == {
                    key: before[key] for key in before if key in after
                }
            one_team_has_each_case(company)
            only_its_people_know_of_it(company)
            each_step_reaches_a_reader(company)
        scenario.live(LONG, *company.refs)
        one_team_has_each_case(company)
        each_step_reaches_a_reader(company)
        for case in open_cases(company):
            if case.stage in (Stage.RECEIVED, Stage.INVESTIGATING):
                assert any("role" in step for step in scenario.lines(case.ref, "take_step"))
