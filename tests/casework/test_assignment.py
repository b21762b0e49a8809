"""The assignment of cases by the clock, in teams with rotation or load. The tests cover the choice of the
person, the cost, a team with nobody free, and two assignments at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws import rows
from chalicelib.aws.case_file import DynamoCaseFile
from chalicelib.aws.rows import Row
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.change import TeamTurns
from chalicelib.domain.model.codes import Assigns, Language
from chalicelib.domain.roster import Hours, Member, Roster
from tests.aws_calls import Calls
from tests.casework.actions import open_action
from tests.scenario import DAY, HOUR, SUN, T0, WANG, ZHAO, Scenario, roster

MINUTE = timedelta(minutes=1)
THREE = ("zhao", "lan", "he2")


def person(id: str, **more: Any) -> Member:
    """Return a person of the team."""
    return Member(id, id.title(), f"{id}@house.example", **more)


def staffed(scenario: Scenario, assigns: Assigns, *people: Member) -> Roster:
    """Keep and return the roster with these investigators, in a team that assigns in this way."""
    found = roster()
    team = found.teams["general"]
    duty = {**team.duty, "investigator": people or tuple(map(person, THREE))}
    kept = replace(found, teams={**found.teams, "general": replace(team, assigns=assigns, duty=duty)})
    scenario.product.file.keep_roster(kept)
    return kept


def accepted(scenario: Scenario, **changes: Any) -> str:
    """File and accept a complaint; return its number."""
    return scenario.move(WANG, "accept", scenario.submit(**changes).ref).ref


def owner(scenario: Scenario, ref: str) -> str | None:
    """Return the owner of a case."""
    return scenario.product.file.load(ref).owner


def looked_at(ref: str) -> str | None:
    """Return when the clock looks at a case, as stored in the index."""
    return Row.get(rows.case(ref), rows.HEAD).look_at


@pytest.mark.parametrize("assigns", [Assigns.ROTATION, Assigns.LOAD])
def test_accepted_cases_are_assigned_within_a_minute(scenario: Scenario, assigns: Assigns) -> None:
    """Three people get two of six cases each. The entry names the rule, and the letters leave."""
    staffed(scenario, assigns)
    refs = [accepted(scenario) for _ in range(6)]
    assert {owner(scenario, ref) for ref in refs} == {None}
    scenario.later(MINUTE)
    scenario.minute()
    assert Counter(owner(scenario, ref) for ref in refs) == dict.fromkeys(THREE, 2)
    (facts,) = scenario.lines(refs[0], "assign_next")
    assert facts["assigns"] == assigns
    assert facts.get("load") in ({None} if assigns == Assigns.ROTATION else {0, 1})
    assert scenario.moves(refs[0]) == ["submit", "accept", "assign_next"]
    scenario.post()
    assert scenario.letters(refs[0])[-1] == "handler_named"
    assert scenario.letters(refs[0], f"staff:{facts['to']}") == ["task"]


def test_load_counts_what_people_have_already(scenario: Scenario) -> None:
    """A person who has cases already gets none until the others have as many. Nobody gets more than their
    limit."""
    staffed(scenario, Assigns.HAND)
    for _ in range(3):
        scenario.move(ZHAO, "take", accepted(scenario))
    scenario.later(DAY)
    staffed(scenario, Assigns.LOAD, person("zhao"), person("lan"), person("he2", most=1))
    scenario.later(HOUR)
    refs = [accepted(scenario) for _ in range(4)]
    scenario.later(MINUTE)
    scenario.minute()
    assert Counter(owner(scenario, ref) for ref in refs) == {"lan": 3, "he2": 1}


def test_load_is_the_number_of_open_cases_that_a_person_owns(scenario: Scenario) -> None:
    """An improvement action does not count as a case."""
    staffed(scenario, Assigns.LOAD)
    for _ in range(2):
        open_action(scenario, owner="zhao")
    open_action(scenario, owner="lan")
    scenario.move(SUN, "assign", accepted(scenario), to="zhao")
    loads = {who: scenario.product.file.open_cases(who) for who in THREE}
    assert loads == {"zhao": 1, "lan": 0, "he2": 0}


def test_assignment_costs_the_same_with_many_open_cases(calls: Calls, scenario: Scenario) -> None:
    """An assignment reads the case and the turns, counts the cases of each person who may get it, and makes
    one transaction and one send. With rotation no cases are counted."""

    def cost(ref: str) -> dict[str, int]:
        scenario.product.file.roster(), scenario.product.outages.known(scenario.time), calls.made()
        assert scenario.product.casework.look_at(ref, scenario.time) == 0
        return calls.made()

    staffed(scenario, Assigns.LOAD)
    first = accepted(scenario)
    one = cost(first)
    # the last read settles the index of the case, since no step is due
    assert one == {"GetItem": 2, "Query": 3, "TransactWriteItems": 1, "SendMessage": 1, "UpdateItem": 1}
    for ref in [accepted(scenario) for _ in range(12)]:
        scenario.product.casework.look_at(ref, scenario.time)
    assert cost(accepted(scenario)) == one
    staffed(scenario, Assigns.ROTATION)
    scenario.later(2 * MINUTE)
    assert cost(accepted(scenario)) == {name: n for name, n in one.items() if name != "Query"}


def test_assignment_by_hand_costs_nothing(calls: Calls, scenario: Scenario) -> None:
    """The clock does not look at the case before the deadline for naming an owner, and then counts nobody."""
    staffed(scenario, Assigns.HAND)
    scenario.product.file.roster()
    scenario.product.outages.known(scenario.time)
    ref = scenario.submit().ref
    calls.made()
    scenario.move(WANG, "accept", ref)
    assert calls.made() == {"GetItem": 1, "TransactWriteItems": 1, "SendMessage": 1}
    assert looked_at(ref) > stamp(scenario.time + HOUR)
    scenario.live(4 * DAY, ref)
    assert owner(scenario, ref) is None
    assert Row.find(rows.TURNS, "general") is None


def test_the_hourly_check_brings_waiting_cases_to_the_clock(calls: Calls, scenario: Scenario) -> None:
    """A team that assigned by hand begins to take turns. Cases that wait to be accepted stay. Later checks
    change nothing: the clock looks at cases without a free person by itself."""
    staffed(scenario, Assigns.HAND)
    refs, received = [accepted(scenario) for _ in range(3)], scenario.submit().ref
    scenario.later(HOUR)
    staffed(scenario, Assigns.ROTATION)
    scenario.minute()
    assert {owner(scenario, ref) for ref in refs} == {None}
    scenario.product.cover.file.fresh_roster(), calls.made()
    scenario.product.cover.watch()
    made = calls.made()
    assert (made["BatchGetItem"], made["UpdateItem"]) == (1, 3)
    assert looked_at(received) > stamp(scenario.time + 2 * HOUR)
    assert scenario.product.cover.assigned_by() <= scenario.time + 65 * MINUTE
    scenario.later(2 * MINUTE)
    scenario.minute()
    assert Counter(owner(scenario, ref) for ref in refs) == dict.fromkeys(THREE, 1)
    staffed(scenario, Assigns.ROTATION, *away(*THREE, until=30 * DAY))
    waits = accepted(scenario)
    scenario.minute()
    before, _ = looked_at(waits), calls.made()
    scenario.product.cover.watch()
    assert "UpdateItem" not in calls.made()
    assert looked_at(waits) == before


@pytest.mark.parametrize(("waiting", "pages"), [(50, 2), (0, 10)])
def test_the_hourly_check_takes_a_hundred_cases_of_a_team(
    scenario: Scenario, waiting: int, pages: int
) -> None:
    """The check reads the list page by page, at most ten pages."""
    asked: list[int] = []

    class Long(DynamoCaseFile):
        """A file with a list that never ends."""

        def work(self, listed: str, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
            """Return a page of cases under investigation."""
            return [{"ref": str(n), "stage": "investigating"} for n in range(limit)], "more"

        def wake(self, refs: Sequence[str], at: datetime, unless: datetime) -> int:
            """Count what is asked."""
            asked.append(len(refs))
            return waiting

    found = staffed(scenario, Assigns.LOAD)
    file = Long(lambda: scenario.time, macs=scenario.product.macs, outages=scenario.product.outages)
    replace(scenario.product.cover, file=file)._wake(found)
    assert asked == [100] * pages


def test_the_hourly_check_wakes_no_case_that_is_parked(scenario: Scenario) -> None:
    """A case with an error waits for the delay after it, and for a person in the end."""
    staffed(scenario, Assigns.HAND)
    ref = accepted(scenario)
    row = Row.get(rows.case(ref), rows.HEAD)
    row.update(actions=[Row.faults.set(8), Row.shard.set(rows.PARKED)])
    staffed(scenario, Assigns.ROTATION)
    scenario.product.cover.watch()
    assert (looked_at(ref), Row.get(rows.case(ref), rows.HEAD).shard) == (row.look_at, rows.PARKED)


def test_two_assignments_at_once_go_to_two_people(scenario: Scenario) -> None:
    """Both workers choose the same person. The write of the second one fails, and it chooses again."""
    staffed(scenario, Assigns.LOAD)
    first, second = accepted(scenario), accepted(scenario)
    casework = scenario.product.casework

    class Raced(DynamoCaseFile):
        """A file in which another worker assigns a case between the reading of the turns and the save."""

        def turns(self, team: str) -> TeamTurns:
            found = super().turns(team)
            if owner(scenario, second) is None:
                casework.look_at(second, scenario.time)
            return found

    file = Raced(lambda: scenario.time, macs=scenario.product.macs, outages=scenario.product.outages)
    replace(casework, file=file).look_at(first, scenario.time)
    assert {owner(scenario, first), owner(scenario, second)} == {"zhao", "lan"}
    assert scenario.product.file.turns("general").made == 2
    assert scenario.moves(first) == ["submit", "accept", "assign_next"]


def test_two_workers_assign_one_case_once(scenario: Scenario) -> None:
    """The first worker has written the entry already, so the second worker changes nothing."""
    staffed(scenario, Assigns.ROTATION)
    ref = accepted(scenario)
    casework = scenario.product.casework

    class Raced(DynamoCaseFile):
        """A file in which another worker assigns the same case meanwhile."""

        def turns(self, team: str) -> TeamTurns:
            found = super().turns(team)
            casework.look_at(ref, scenario.time)
            return found

    file = Raced(lambda: scenario.time, macs=scenario.product.macs, outages=scenario.product.outages)
    replace(casework, file=file).look_at(ref, scenario.time)
    assert scenario.moves(ref) == ["submit", "accept", "assign_next"]
    assert scenario.product.file.turns("general").made == 1


def away(*who: str, until: timedelta) -> tuple[Member, ...]:
    """Return people who are absent until then."""
    return tuple(person(id, absent=(Hours(T0 - DAY, T0 + until),)) for id in who)


def test_without_anybody_the_ladder_goes_to_the_lead(scenario: Scenario) -> None:
    """Nobody is on duty for days. The lead gets the step of the ladder on the day, and can assign the
    case."""
    staffed(scenario, Assigns.LOAD, *away("zhao", "lan", until=30 * DAY))
    ref = accepted(scenario)
    for _ in range(34):
        scenario.later(2 * HOUR)
        scenario.minute()
    assert owner(scenario, ref) is None
    assert [facts["deadline"] for facts in scenario.lines(ref, "take_step")] == ["assignment", "assignment"]
    assert [facts["to"] for facts in scenario.lines(ref, "take_step")] == ["sun", "zhou"]
    scenario.move(SUN, "assign", ref, to="zhao")
    assert owner(scenario, ref) == "zhao"


def test_case_waits_for_the_first_person_who_comes(scenario: Scenario) -> None:
    """The clock looks again at the moment when an absence ends, not a minute earlier or an hour later."""
    staffed(scenario, Assigns.ROTATION, *away("zhao", until=30 * MINUTE), *away("lan", until=DAY))
    ref = accepted(scenario)
    scenario.minute()
    assert owner(scenario, ref) is None
    assert looked_at(ref) == stamp(T0 + 30 * MINUTE)
    scenario.later(29 * MINUTE)
    scenario.minute()
    assert owner(scenario, ref) is None
    scenario.later(MINUTE)
    scenario.minute()
    assert owner(scenario, ref) == "zhao"


def test_case_waits_an_hour_for_people_at_their_limit(scenario: Scenario) -> None:
    """A person who finishes a case gets the next one; while it waits, the clock looks once an hour."""
    staffed(scenario, Assigns.ROTATION, person("zhao", most=1))
    first, second = accepted(scenario), accepted(scenario)
    scenario.minute()
    assert [owner(scenario, ref) for ref in (first, second)].count("zhao") == 1
    held, waits = (first, second) if owner(scenario, first) else (second, first)
    for _ in range(3):
        scenario.later(MINUTE)
        scenario.minute()
    assert looked_at(waits) == stamp(T0 + HOUR)
    scenario.move(SUN, "assign", held, to="sun")
    scenario.later(HOUR)
    scenario.minute()
    assert owner(scenario, waits) == "zhao"


def test_person_who_stands_back_is_replaced_by_the_next(scenario: Scenario) -> None:
    """The case goes to somebody else at once, and the consumer learns of the change."""
    staffed(scenario, Assigns.LOAD)
    ref = accepted(scenario)
    scenario.minute()
    assert owner(scenario, ref) == "zhao"
    scenario.move(ZHAO, "recuse", ref, conflict="relative")
    scenario.later(MINUTE)
    scenario.minute()
    assert owner(scenario, ref) in ("lan", "he2")
    scenario.post()
    assert "handler_changed" in scenario.letters(ref)


def test_case_in_english_goes_to_a_person_who_speaks_it(scenario: Scenario) -> None:
    """The other people wait for the next case in Chinese."""
    staffed(scenario, Assigns.ROTATION, person("zhao", languages=(Language.ZH,)), person("lan"))
    english = {"name": "Ann", "email": "ann@mail.example", "language": "en"}
    ref = accepted(scenario, person=english)
    scenario.minute()
    assert owner(scenario, ref) == "lan"
    other = accepted(scenario)
    scenario.minute()
    assert owner(scenario, other) == "zhao"


@pytest.mark.parametrize(
    "reorganise",
    [
        lambda found: replace(found, teams={"repair": found.teams["repair"]}),
        lambda found: found.dismissed("general", "investigator", "zhao"),
    ],
    ids=["team gone", "person gone"],
)
def test_reorganisation_in_the_middle_loses_no_case(
    scenario: Scenario, reorganise: Callable[[Roster], Roster]
) -> None:
    """The ladder has the case of a team that is gone or has no people. No step fails."""
    found = staffed(scenario, Assigns.LOAD, person("zhao"))
    ref = accepted(scenario)
    scenario.product.file.keep_roster(reorganise(found))
    scenario.later(2 * MINUTE)
    scenario.minute()
    assert owner(scenario, ref) is None
    assert scenario.product.clockwork.parked() == 0
    scenario.product.file.keep_roster(found)
    scenario.later(2 * DAY)
    scenario.minute()
    assert owner(scenario, ref) == "zhao"


def test_case_that_goes_to_another_team_is_assigned_there(scenario: Scenario) -> None:
    """After a hand-over to a team with rotation, the case has no owner for a minute only. Each team has its
    own turns, and no date moves."""
    found = staffed(scenario, Assigns.HAND)
    retail = replace(
        found.teams["general"], assigns=Assigns.ROTATION, duty={"investigator": (person("lan"),)}
    )
    scenario.product.file.keep_roster(replace(found, teams={**found.teams, "retail": retail}))
    ref = accepted(scenario)
    scenario.move(ZHAO, "take", ref)
    before = due(scenario.product.file.load(ref))
    scenario.move(SUN, "change_team", ref, to="retail", reason="归门店组办理。")
    scenario.later(MINUTE)
    scenario.minute()
    case = scenario.product.file.load(ref)
    assert (case.team, case.owner) == ("retail", "lan")
    assert due(case) == before
    assert scenario.product.file.turns("retail").made == 1
    assert scenario.product.file.turns("general").made == 0


def test_turns_of_a_newer_release_are_kept(scenario: Scenario) -> None:
    """A field that this release does not know survives an assignment."""
    staffed(scenario, Assigns.ROTATION)
    accepted(scenario)
    scenario.minute()
    row = Row.get(rows.TURNS, "general")
    row.update(actions=[Row.body.set(str(row.body)[:-1] + ',"colour":"blue"}')])
    accepted(scenario)
    scenario.minute()
    kept = str(Row.get(rows.TURNS, "general").body)
    assert '"made":2' in kept
    assert '"colour":"blue"' in kept
