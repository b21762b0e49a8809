"""Routing: the first rule that matches decides, every complaint has a team, and rules that cannot work are
refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Language, Severity
from chalicelib.domain.roster import Member, Roster, Team
from chalicelib.domain.routing import (
    CODES,
    MOST_RULES,
    Facts,
    Routed,
    Routing,
    Rule,
    check_teams,
    checked,
    department,
    team,
)

POLICY_TEAM = "general"
COMPANIES = ("安居家电", "乐途旅行社")
LABEL = {"zh": "组", "en": "Team"}


def person(id: str) -> Member:
    """Return a person."""
    return Member(id, id.title(), f"{id}@house.example")


def having(**roles: str) -> Team:
    """Return a team with one person in each role: role → id."""
    return Team(LABEL, duty={role: (person(id),) for role, id in roles.items()})


TEAMS = {
    "general": having(lead="a"),
    "north": having(intake="b", investigator="c"),
    "south": having(investigator="d"),
    "repair": having(department="e"),
    "law": having(department="f", lead="g"),
}


def ruled(*rules: Rule, default: str = "", teams: dict[str, Team] = TEAMS) -> Roster:
    """Return a roster with these rules."""
    return Roster(teams, routing=Routing(rules, default))


def refused(*rules: Rule, default: str = "", teams: dict[str, Team] = TEAMS) -> tuple[str, str | None]:
    """Return the code and the place of the refusal of these rules."""
    roster = ruled(*rules, default=default, teams=teams)
    with pytest.raises(Refusal) as refusal:
        checked(roster.routing, roster, COMPANIES, POLICY_TEAM)
    return refusal.value.code, refusal.value.field


def accepted(*rules: Rule, default: str = "") -> bool:
    """Return whether these rules are accepted."""
    roster = ruled(*rules, default=default)
    return checked(roster.routing, roster, COMPANIES, POLICY_TEAM) is roster.routing


FOOD = Facts(problems=("quality", "price"), goods=("food",), regions=("110000",), languages=("zh",))


@pytest.mark.parametrize(
    ("rules", "default", "routed"),
    [
        ((), "", Routed("general", None)),
        ((), "south", Routed("south", None)),
        ((Rule(to="north"),), "south", Routed("north", 1)),
        (
            (Rule(to="north", regions=("310000",)), Rule(to="south", regions=("110000",))),
            "",
            Routed("south", 2),
        ),
        ((Rule(to="north", problems=("price",)),), "", Routed("north", 1)),
        ((Rule(to="north", goods=("food",), services=("telecom",)),), "", Routed("north", 1)),
        ((Rule(to="north", services=("telecom",)),), "", Routed("general", None)),
        ((Rule(to="north", goods=("food",), languages=("en",)),), "", Routed("general", None)),
        ((Rule(to="north", severities=("S1",)),), "", Routed("general", None)),
        ((Rule(to="repair"), Rule(to="north")), "", Routed("north", 2)),
    ],
)
def test_the_first_rule_that_fits_every_criterion_decides(
    rules: tuple[Rule, ...], default: str, routed: Routed
) -> None:
    """One of several problem types is enough, and goods and services are one criterion."""
    assert team(FOOD, ruled(*rules, default=default), POLICY_TEAM) == routed


def test_departments_get_questions_and_teams_get_complaints() -> None:
    """A rule for a department answers for questions only. A team that is both can get both."""
    assert department(FOOD, ruled(Rule(to="north"))) is None
    assert department(FOOD, ruled(Rule(to="north"), Rule(to="repair", goods=("food",)))) == "repair"
    assert department(FOOD, ruled(Rule(to="law"), Rule(to="repair"))) == "law"
    assert team(FOOD, ruled(Rule(to="law")), POLICY_TEAM).team == "law"


codes = {name: [*sorted(COMPANIES if name == "companies" else all)] for name, all in CODES.items()}


def some(name: str, least: int = 0, most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    """Return a strategy for a few codes of a criterion. Few codes are drawn, so that rules overlap."""
    return st.lists(st.sampled_from(codes[name][:4]), min_size=least, max_size=most, unique=True).map(tuple)


rule_lists = st.lists(
    st.builds(Rule, to=st.sampled_from([*TEAMS, "gone", "shut"]), **{name: some(name) for name in CODES}),
    max_size=6,
)
complaints = st.builds(Facts, **{name: some(name, 0, 1) for name in CODES})
shut = {**TEAMS, "shut": replace(having(lead="h"), closed=date(2026, 1, 1)), "empty": having()}
rosters = st.builds(
    lambda rules, default, ids: Roster({id: shut[id] for id in ids}, routing=Routing(tuple(rules), default)),
    rule_lists,
    st.sampled_from(["", "gone", *shut]),
    st.sets(st.sampled_from([*shut])),
)


@given(rosters, complaints)
def test_every_complaint_has_one_team_that_can_take_it(roster: Roster, facts: Facts) -> None:
    """The team of the policy is the only exception: it gets a complaint that no other team can take."""
    found, rule = team(facts, roster, POLICY_TEAM)
    assert found == POLICY_TEAM or not roster.fault(found, "cases")
    if rule:
        assert roster.routing.rules[rule - 1].matches(facts)
    before = roster.routing.rules[: (rule or len(roster.routing.rules) + 1) - 1]
    assert not [one for one in before if one.matches(facts) and not roster.fault(one.to, "cases")]


@given(rosters, complaints)
def test_a_question_goes_to_a_department_with_people_or_to_none(roster: Roster, facts: Facts) -> None:
    """The routing never names a department that could not answer."""
    found = department(facts, roster)
    assert found is None or "department" in roster.teams[found].duty


def everything(*names: str) -> Iterator[Facts]:
    """Yield every combination of the first codes of these criteria; "" stands for none."""
    for chosen in product(*(["", *codes[name][:4]] for name in names)):
        yield Facts(**{name: (code,) if code else () for name, code in zip(names, chosen, strict=True)})


NARROW = ("problems", "regions", "severities")


@given(st.lists(st.builds(Rule, to=st.just("north"), **{name: some(name) for name in NARROW}), max_size=6))
def test_a_rule_is_refused_exactly_if_it_can_never_match(rules: list[Rule]) -> None:
    """The check agrees with trying every complaint that the rules can tell apart."""
    roster = ruled(*rules)
    used = {team(facts, roster, POLICY_TEAM).rule for facts in everything(*NARROW)}
    dead = [n for n in range(1, len(rules) + 1) if n not in used]
    if dead:
        assert refused(*rules) == ("rule_never_matches", f"rules/{dead[0] - 1}")
    else:
        assert accepted(*rules)


def test_several_rules_can_cover_a_rule_together() -> None:
    """Rules for the two languages cover every language. Rules for the four severities do not cover a
    complaint without a severity."""
    halves = [Rule(to="north", languages=(language,)) for language in Language]
    assert refused(*halves, Rule(to="south")) == ("rule_never_matches", "rules/2")
    assert accepted(*(Rule(to="north", severities=(severity,)) for severity in Severity), Rule(to="south"))
    split = (Rule(to="north", regions=("110000",)), Rule(to="south", regions=("310000",)))
    assert refused(*split, Rule(to="general", regions=("310000", "110000")))[0] == "rule_never_matches"


def test_a_rule_for_questions_covers_no_rule_for_complaints() -> None:
    """Each kind of rule is compared with its own kind. A team that is both needs only one of the two."""
    assert accepted(Rule(to="repair"), Rule(to="north"))
    assert accepted(Rule(to="repair"), Rule(to="law"))
    assert refused(Rule(to="law"), Rule(to="repair")) == ("rule_never_matches", "rules/1")


@pytest.mark.parametrize(
    ("rules", "default", "refusal"),
    [
        ((Rule(to="north", goods=("food", "sofa")),), "", ("rule_code_unknown", "rules/0/goods/1")),
        ((Rule(to="north", companies=("某公司",)),), "", ("rule_code_unknown", "rules/0/companies/0")),
        ((Rule(to="north", goods=("food",)), Rule(to="east")), "", ("rule_team_unknown", "rules/1/to")),
        ((), "east", ("default_team_unknown", "default")),
        ((), "repair", ("default_team_unmanned", "default")),
        ((Rule(to="north", goods=("food",)),) * 2, "", ("rule_never_matches", "rules/1")),
        ((Rule(to="north"),) * (MOST_RULES + 1), "", ("rules_too_many", "rules")),
    ],
)
def test_a_fault_is_refused_with_its_place(
    rules: tuple[Rule, ...], default: str, refusal: tuple[str, str]
) -> None:
    """The place is the path in the uploaded rules."""
    assert refused(*rules, default=default) == refusal


def without(**changes: Any) -> dict[str, Team]:
    """Return the teams with `north` changed."""
    return {**TEAMS, "north": replace(TEAMS["north"], **changes)}


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"closed": date(2026, 1, 1)}, "closed"), ({"duty": {"executive": (person("x"),)}}, "unmanned")],
)
def test_a_team_that_gets_work_is_open_and_has_people(changes: dict[str, Any], code: str) -> None:
    """An executive alone handles no complaint."""
    assert refused(Rule(to="north"), teams=without(**changes)) == (f"rule_team_{code}", "rules/0/to")
    assert refused(default="north", teams=without(**changes)) == (f"default_team_{code}", "default")


def test_the_team_of_the_policy_is_the_default_where_none_is_named() -> None:
    """Taking the default away must not send complaints to a team that is closed."""
    closed = {**TEAMS, "general": replace(TEAMS["general"], closed=date(2026, 1, 1))}
    assert refused(Rule(to="north", goods=("food",)), teams=closed) == ("default_team_closed", "default")
    roster = ruled(default="north", teams=closed)
    assert checked(roster.routing, roster, COMPANIES, POLICY_TEAM)


def test_the_last_person_of_a_rule_cannot_leave() -> None:
    """The refusal names the rule and the team. A team without a rule can become empty, as before."""
    roster = ruled(Rule(to="repair"), Rule(to="south", goods=("food",)), default="general")
    for team_id, role, who, code, facts in (
        ("south", "investigator", "d", "rule_team_unmanned", {"n": 2, "team": "south"}),
        ("repair", "department", "e", "rule_team_unmanned", {"n": 1, "team": "repair"}),
        ("general", "lead", "a", "default_team_unmanned", {"team": "general"}),
    ):
        with pytest.raises(Refusal, match=code) as refusal:
            roster.dismissed(team_id, role, who)
        assert refusal.value.facts == facts
    assert not ruled().dismissed("south", "investigator", "d").people("south", "intake")[1:]
    assert roster.dismissed("north", "intake", "b").teams["north"].duty["intake"] == ()


def test_a_whole_roster_is_checked_with_its_rules() -> None:
    """A roster from outside cannot leave a rule behind without its team."""
    with pytest.raises(Refusal, match="rule_team_unknown"):
        ruled(Rule(to="south"), teams={"north": TEAMS["north"]}).checked()
    check_teams(Routing(), Roster())
