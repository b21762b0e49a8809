"""Random companies with one to five teams, and the acts of their people, for laws over whole lives."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, settings, strategies as st

from chalicelib.access.authorization import HANDLES, Caller, NotFound
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Assigns, Language, Role
from chalicelib.domain.moves.team_change import at_work
from chalicelib.domain.phone_hours import PhoneHours
from chalicelib.domain.roster import OF_TEAM, Hours, Member, Roster, Team
from chalicelib.domain.routing import Routing, Rule, checked
from tests.scenario import DAY, HOUR, T0, Scenario

TEAMS = ("general", "north", "south", "web", "english")
PEOPLE = tuple(f"p{n}" for n in range(8))
CHIEF, BOSS = "chief", "boss"
"""The executive, who is always there, and the supervisor, whom some companies do not have."""
REGIONS = ("110000", "310000", "440000")
STARTED_BY_HAND_OVER = {"assignment", "approval", "telling"}
"""The internal deadlines that a hand-over may start."""
WHY = "团队调整。"
ROLES = st.sampled_from(sorted(OF_TEAM))
LANGUAGES = st.sampled_from([(), (Language.ZH,), (Language.EN,), (Language.ZH, Language.EN)])
OPEN = tuple(PhoneHours(day, time(9), time(18)) for day in range(1, 6))


def examples(part: int) -> settings:
    """Return the settings of a law over whole lives: the usual number of examples divided by `part`. They are
    not shortened."""
    return settings(
        max_examples=settings().max_examples // part,
        phases=(Phase.reuse, Phase.generate),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


class Step(NamedTuple):
    """A step of a random life. `kind`: what happens. The other fields are read modulo what there is: which
    case, person, team and further choice it is about."""

    kind: str
    case: int
    who: int
    team: int
    n: int


STEPS = st.builds(
    Step,
    st.sampled_from(
        ["file"] * 2
        + ["clock"] * 3
        + ["accept", "take", "assign"] * 2
        + ["severe", "message", "withdraw", "decline"]
        + ["change_team"] * 4
        + ["reroute", "close", "away", "split", "rules", "leave", "everybody_away"]
    ),
    *[st.integers(0, 30)] * 4,
)


@st.composite
def hours(draw: Any) -> tuple[Hours, ...]:
    """Draw an absence or a period of duty within the first weeks, or none."""
    if draw(st.integers(0, 3)):
        return ()
    since = T0 + draw(st.integers(-24, 200)) * HOUR
    return (Hours(since, since + draw(st.integers(1, 300)) * HOUR),)


@st.composite
def rosters(draw: Any) -> Roster:
    """Draw a company: people serve in several teams, roles are empty, people are away, and some rules
    choose among the teams."""
    known = {
        id: Member(
            id,
            id.title(),
            f"{id}@house.example",
            on=draw(hours()),
            absent=draw(hours()),
            languages=draw(LANGUAGES),
            most=draw(st.sampled_from([None, None, 1])),
        )
        for id in PEOPLE
    }
    teams = {}
    for id in TEAMS[: draw(st.integers(1, len(TEAMS)))]:
        duty: dict[str, tuple[Member, ...]] = {
            role: tuple(
                known[who] for who in draw(st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True))
            )
            for role in draw(st.sets(ROLES, min_size=2))
        }
        team = Team(
            {"zh": id, "en": id.title()}, "400", duty, assigns=draw(st.sampled_from(Assigns)), hours=OPEN
        )
        teams[id] = replace(team, cover=tuple(team.people()[: draw(st.integers(0, 1))]))
    heads = {"executive": (Member(CHIEF, "Chief", "chief@house.example"),)}
    if draw(st.booleans()):
        heads["supervisor"] = (Member(BOSS, "Boss", "boss@house.example"),)
    teams["general"] = replace(teams["general"], duty={**teams["general"].duty, **heads})
    return ruled(Roster(teams), draw(st.lists(st.integers(0, 200), max_size=4)))


def ruled(roster: Roster, drawn: list[int]) -> Roster:
    """Return the roster with those of the drawn rules that it can have."""
    for n in drawn:
        criteria: dict[str, Any] = [
            {"regions": (REGIONS[n % 3],)},
            {"channels": ("web",)},
            {"severities": ("S1",)},
            {"problems": ("quality",)},
        ][n % 4]
        rule = Rule(to=[*roster.teams][n % len(roster.teams)], **criteria)
        with suppress(Refusal):
            rules = checked(
                Routing((*roster.routing.rules, rule), "", roster.routing.version + 1), roster, (), "general"
            )
            roster = replace(roster, routing=rules)
    return roster


def serving(roster: Roster, id: str) -> frozenset[str]:
    """Return the teams of a person's account: those in which they serve. A team that cannot get cases lends
    its people, and their accounts have all teams."""
    own = {team for team in roster.teams if roster.serves(id, team)}
    return frozenset(roster.teams if any(not roster.handling(team) for team in own) else own)


def caller(roster: Roster, id: str) -> Caller:
    """Return a member of staff as their token says it: all their roles, and the teams of their account."""
    return Caller(id, roster.roles(id), serving(roster, id), name=f"{id}@house.example")


def entitled(case: Case, roster: Roster, id: str) -> bool:
    """Return whether a person may know of a case: they handle cases in its team, or answer for all teams."""
    roles = roster.roles(id)
    above = bool(roles & (Role.SUPERVISOR | Role.EXECUTIVE))
    return above or (bool(roles & HANDLES) and case.team in serving(roster, id))


class Company:
    """A company with its cases. Each act of its people may be refused; each step of the clock must work."""

    def __init__(self, scenario: Scenario, roster: Roster) -> None:
        self.scenario, self.refs, self.seen = scenario, list[str](), dict[str, int]()
        scenario.product.file.keep_roster(roster)

    @property
    def roster(self) -> Roster:
        """The roster as it is stored now."""
        return self.scenario.product.file.fresh_roster()[0]

    def case(self, ref: str) -> Case:
        """Return a case as it is stored now."""
        return self.scenario.product.file.load(ref)

    def dates(self) -> Mapping[tuple[str, str], datetime | None]:
        """Return the end of each deadline that a hand-over must not move, by case and run."""
        return {
            (ref, key): run.due
            for ref in self.refs
            for key, run in deadlines(self.case(ref)).items()
            if run.name not in STARTED_BY_HAND_OVER
        }

    def play(self, step: Step) -> None:
        """Play a step. The product may refuse it."""
        scenario, cover, roster = self.scenario, self.scenario.product.cover, self.roster
        teams, people = [*roster.teams], [*PEOPLE, CHIEF, BOSS]
        team, who = teams[step.team % len(teams)], people[step.who % len(people)]
        if step.kind == "file" or not self.refs:
            self.refs.append(scenario.submit(region=REGIONS[step.n % 3]).ref)
            return
        ref, by = self.refs[step.case % len(self.refs)], caller(roster, who)
        away = Hours(scenario.time, scenario.time + (1 + step.n) * 6 * HOUR)
        moves: dict[str, dict[str, Any]] = {
            "accept": {},
            "take": {},
            "assign": {"to": people[step.n % len(people)]},
            "set_severity": {"severity": "S1", "why": "多人受影响。"},
            "decline": {"grounds": {"1": "not_complaint", "2": "not_complaint"}, "routes": ["samr_12315"]}
            | {"reasons": {"1": "这是咨询。", "2": "这是咨询。"}},
            "message": {"text": "我们在查。"},
            "change_team": {"to": team, "reason": WHY},
        }
        name = {"severe": "set_severity"}.get(step.kind, step.kind)
        with suppress(Refusal, NotFound):
            match name:
                case "clock":
                    scenario.live((1 + step.n) * 2 * HOUR, *self.refs)
                    scenario.minute(), scenario.post()  # assignment is no deadline, so `live` passes it over
                case "withdraw":
                    scenario.move(scenario.by_link(ref), "withdraw", ref)
                case "reroute":
                    cover.reroute(by, team, WHY)
                case "close":
                    cover.close(team)
                case "away":
                    self.absent(who, away)
                case "everybody_away":
                    for one in people[: 2 + step.n % len(people)]:
                        self.absent(one, away)
                case "rules":
                    new = ruled(roster, [step.n, step.who]).routing
                    cover.rule(caller(roster, CHIEF), lambda _: new, WHY)
                case "leave":
                    role = sorted(roster.teams[team].duty)[step.n % max(1, len(roster.teams[team].duty))]
                    cover.dismiss(team, role, who)
                case "split":
                    # The people of a team divide, and a new team begins with half of them.
                    half = {
                        role: held[::2] for role, held in roster.teams[team].duty.items() if role in OF_TEAM
                    }
                    rest = {
                        role: held[1::2] if role in OF_TEAM else held
                        for role, held in roster.teams[team].duty.items()
                    }
                    new_team = Team({"zh": "新组", "en": "New"}, "400", half)
                    split = {
                        **roster.teams,
                        team: replace(roster.teams[team], duty=rest, cover=()),
                        "new": new_team,
                    }
                    cover.replace_teams(split, None)
                case _ if name in moves:
                    for one in people[step.who % len(people) :] + people[: step.who % len(people)]:
                        with suppress(Refusal, NotFound):
                            scenario.move(caller(roster, one), name, ref, **moves[name])
                            break

    def absent(self, who: str, hours: Hours) -> None:
        """Record an absence, if the person is on the roster."""
        now = self.scenario.time
        with suppress(Refusal):
            self.scenario.product.cover.edit(lambda found: found.away(who, hours, now))

    def new_steps(self, ref: str) -> list[dict[str, Any]]:
        """Return the steps of the clock on a case since the last call for it."""
        steps = self.scenario.lines(ref, "take_step")
        new = steps[self.seen.get(ref, 0) :]
        self.seen[ref] = len(steps)
        return new

    def listed(self, ref: str) -> list[str]:
        """Return the teams on whose list the case is."""
        return [
            team
            for team in {*self.roster.teams, *TEAMS, "new"}
            if ref in [item["ref"] for item in self.scenario.product.file.work(f"TEAM#{team}", None, 100)[0]]
        ]


def open_cases(company: Company) -> list[Case]:
    """Return the cases on which work is open."""
    return [case for ref in company.refs if at_work(case := company.case(ref))]


LONG: timedelta = 6 * DAY
"""A time after which a case without acts has missed an internal deadline."""
