"""Routing: the rules that choose the team of a complaint and the department of a question.

The rules are tried in order, and the first rule that matches decides. A default team gets the complaints that
no rule matches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import NamedTuple, Protocol

from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, refuse_if
from chalicelib.domain.model.case_records import RuledTeam, Ruling
from chalicelib.domain.model.codes import TYPES, Channel, GoodsClass, Language, Region, ServiceClass, Severity

CODES: Mapping[str, frozenset[str]] = {
    "problems": frozenset(TYPES),
    "goods": frozenset(GoodsClass),
    "services": frozenset(ServiceClass),
    "regions": frozenset(Region),
    "companies": frozenset(),
    "channels": frozenset(Channel),
    "languages": frozenset(Language),
    "severities": frozenset(Severity),
}
"""The criteria of a rule, and the codes that each may name. The companies are those of the policy."""
ALWAYS_KNOWN = frozenset({"channels", "languages"})
"""The criteria for which every complaint has a code."""
MOST_RULES = 100
MOST_STEPS = 5_000
"""The maximum number of parts of a rule that are compared, see `_reachable`. A rule that needs more
comparisons counts as one that can match."""


@frozen
class Criteria:
    """Codes by criterion: those that a rule asks for, or those that a complaint has. `regions`: codes of
    regions. `companies`: names of companies. `channels`: codes of channels. `languages`: codes of languages.
    `severities`: codes of severities."""

    problems: tuple[str, ...] = ()
    goods: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()


@frozen
class Facts(Criteria):
    """The facts of a complaint that the rules ask for, as codes. A fact that is not known is empty. Only
    `problems` and `companies` can have several codes."""


@frozen
class Rule(Criteria):
    """A rule of the routing. `to` is the id of a team: a team with cases gets complaints, a department gets
    questions. The other fields are its criteria. Each names codes, and an empty criterion fits everything.

    A complaint matches if it fits every criterion. It fits `goods` and `services`, which are one criterion,
    if one of them names what was bought. It fits `problems` if one of its matters has such a type."""

    to: str = field(kw_only=True)

    def matches(self, facts: Facts) -> bool:
        """Return whether a complaint with these facts fits every criterion."""
        has = _criteria(facts)
        return all(not codes or codes & has[name] for name, codes in _criteria(self).items())


@frozen
class Routing:
    """The rules in the order in which they are tried. `default` is the id of the team that gets complaints
    that no rule matches; "" stands for the team of the policy. `version` grows by one with each change.
    `rules`: the rules, in the order in which they are tried."""

    rules: tuple[Rule, ...] = ()
    default: str = ""
    version: int = 0

    def rule(self, n: int) -> Rule:
        """Return the rule with this number, from 1. Raises Refusal `rule_unknown` if there is none."""
        refuse_if(not 1 <= n <= len(self.rules), "rule_unknown", field="n")
        return self.rules[n - 1]

    def with_rule(self, rule: Rule, n: int | None) -> Routing:
        """Return the rules with `rule` in place of rule `n`, or as the last rule for None."""
        if n is None:
            return replace(self, rules=(*self.rules, rule))
        self.rule(n)
        return replace(self, rules=(*self.rules[: n - 1], rule, *self.rules[n:]))

    def without(self, n: int) -> Routing:
        """Return the rules without rule `n`."""
        self.rule(n)
        return replace(self, rules=(*self.rules[: n - 1], *self.rules[n:]))

    def moved(self, n: int, to: int) -> Routing:
        """Return the rules with rule `n` as rule `to`. Raises Refusal `rule_unknown` for a wrong number."""
        self.rule(to)
        rules = list(self.without(n).rules)
        rules.insert(to - 1, self.rule(n))
        return replace(self, rules=tuple(rules))


@frozen
class RoutingChange:
    """A change of the rules. `at`: when it was made (UTC). `who`: the id of the person who made it. `why`:
    their reason. `before` and `after`: the rules before and after it."""

    at: datetime
    who: str
    why: str
    before: Routing
    after: Routing


class Routed(NamedTuple):
    """The chosen team, and the number of the rule that chose it, from 1. `rule` is None if no rule did."""

    team: str
    rule: int | None


class RoutedRoster(Protocol):
    """A roster, as far as the routing uses it. `duties` returns the kinds of work of a team: "cases",
    "questions" or both. `fault` returns why a team cannot get cases or questions now: "unknown", "closed" or
    "unmanned". It returns "" for a team that can."""

    @property
    def routing(self) -> Routing: ...
    def duties(self, team: str) -> frozenset[str]: ...
    def fault(self, team: str, duty: str) -> str: ...


def ruling(routed: Routed, roster: RoutedRoster) -> Ruling:
    """Return the rule that chose a team, with the version of this roster's rules."""
    return Ruling(routed.rule or 0, roster.routing.version)


def known(*codes: str | None) -> tuple[str, ...]:
    """Return the codes without None, as a fact of a complaint."""
    return tuple(code for code in codes if code)


def facts_of(case: Case) -> Facts:
    """Return the facts of a case as they are now."""
    bought = case.intake.subject
    return Facts(
        tuple(matter.type for matter in case.matters),
        known(bought.goods_class),
        known(bought.service_class),
        known(case.intake.region),
        known(case.intake.company, case.intake.brand),
        (case.channel,),
        tuple(party.language for party in case.parties[:1]),
        known(case.severity),
    )


def team(facts: Facts, roster: RoutedRoster, otherwise: str) -> Routed:
    """Return the team of a complaint. Rules whose team cannot get complaints now are passed over. `otherwise`
    is the team of the policy, for a roster without a default team that can get complaints."""
    for n, rule in enumerate(roster.routing.rules, 1):
        if rule.matches(facts) and not roster.fault(rule.to, "cases"):
            return Routed(rule.to, n)
    default = roster.routing.default
    return Routed(otherwise if roster.fault(default, "cases") else default, None)


def severe_team(case: Case, roster: RoutedRoster) -> RuledTeam | None:
    """Return the other team to which a rule about severity sends a case as it is now. Return None if there is
    no such rule, or if the case stays with its team."""
    to = team(facts_of(case), roster, case.team)
    ruled = to.rule is not None and roster.routing.rules[to.rule - 1].severities
    return RuledTeam(to.team, ruling(to, roster)) if ruled and to.team != case.team else None


@frozen
class ComplaintCount:
    """Complaints with the same facts that are now in the same team: how many (`n`) there are. `facts` are as
    they were last known."""

    facts: Facts
    team: str
    n: int


class DryRun(NamedTuple):
    """The result of a dry run. `had`: how many of the complaints each team has now. `gets`: how many it would
    get. `by_rule`: how many each rule would decide, by its number; the key None stands for no rule."""

    had: Mapping[str, int]
    gets: Mapping[str, int]
    by_rule: Mapping[int | None, int]


def dry_run(filed: Iterable[ComplaintCount], roster: RoutedRoster, otherwise: str) -> DryRun:
    """Return where these complaints would go by the rules of the roster. `otherwise` is the team of the
    policy."""
    had, gets, by_rule = Counter[str](), Counter[str](), Counter[int | None]()
    for one in filed:
        to = team(one.facts, roster, otherwise)
        had[one.team] += one.n
        gets[to.team] += one.n
        by_rule[to.rule] += one.n
    return DryRun(had, gets, by_rule)


def department(facts: Facts, roster: RoutedRoster) -> str | None:
    """Return the department that answers questions about a complaint. Return None if no rule names a
    department that has people."""
    matching = (rule.to for rule in roster.routing.rules if rule.matches(facts))
    return next((to for to in matching if not roster.fault(to, "questions")), None)


def checked(routing: Routing, roster: RoutedRoster, companies: Collection[str], otherwise: str) -> Routing:
    """Return the rules if they are valid for this roster. `companies` are those that the policy lists.
    `otherwise` is the team of the policy, which is the default team if the rules name none.

    Raises Refusal with the place of the first fault. Faults are too many rules, an unknown code, a team that
    cannot get what the rule sends it, and a rule that can never match."""
    refuse_if(len(routing.rules) > MOST_RULES, "rules_too_many", field="rules", most=MOST_RULES)
    for n, rule in enumerate(routing.rules):
        for name, codes in CODES.items():
            for at, code in enumerate(getattr(rule, name)):
                listed = code in (companies if name == "companies" else codes)
                refuse_if(not listed, "rule_code_unknown", field=f"rules/{n}/{name}/{at}", n=n + 1, said=code)
    check_teams(replace(routing, default=routing.default or otherwise), roster)
    for n, rule in enumerate(routing.rules):
        before = [(roster.duties(one.to), _criteria(one)) for one in routing.rules[:n]]
        able = any(
            _reachable(rule, [criteria for duties, criteria in before if duty in duties])
            for duty in roster.duties(rule.to)
        )
        refuse_if(not able, "rule_never_matches", field=f"rules/{n}", n=n + 1)
    return routing


def check_teams(routing: Routing, roster: RoutedRoster) -> None:
    """Check the teams of all rules and the default team. Raises Refusal for a team that is not on the roster,
    that is closed, or that has no people for its work. The refusal names the rule's number and the team."""
    for n, rule in enumerate(routing.rules):
        fault = next(filter(None, (roster.fault(rule.to, duty) for duty in roster.duties(rule.to))), "")
        refuse_if(fault, f"rule_team_{fault}", field=f"rules/{n}/to", n=n + 1, team=rule.to)
    fault = routing.default and roster.fault(routing.default, "cases")
    refuse_if(fault, f"default_team_{fault}", field="default", team=routing.default)


def _criteria(of: Criteria) -> dict[str, frozenset[str]]:
    """Return the codes of each criterion. Goods and services become one criterion, because a complaint is
    about one of them."""
    codes = {name: frozenset(getattr(of, name)) for name in CODES}
    bought = frozenset(f"{name} {code}" for name in ("goods", "services") for code in codes.pop(name))
    return {**codes, "bought": bought}


def _reachable(rule: Rule, earlier: Sequence[Mapping[str, frozenset[str]]]) -> bool:
    """Return whether some complaint matches `rule` and none of the `earlier` rules. Several earlier rules can
    cover a rule together.

    A part is the set of complaints that have one of certain codes for each criterion; "" stands for a fact
    that is not known. Each earlier rule removes the complaints that it matches from a part."""
    named = frozenset(code for one in earlier for code in one["companies"])
    whole = _criteria(Facts(**{name: tuple(codes) for name, codes in CODES.items()})) | {"companies": named}
    every = {name: codes if name in ALWAYS_KNOWN else codes | {""} for name, codes in whole.items()}
    parts = [({name: codes or every[name] for name, codes in _criteria(rule).items()}, 0)]
    for _ in range(MOST_STEPS):
        if not parts:
            return False
        part, n = parts.pop()
        if n == len(earlier):
            return True
        parts += ((rest, n + 1) for rest in _without(part, earlier[n]))
    return True


def _without(
    part: Mapping[str, frozenset[str]], rule: Mapping[str, frozenset[str]]
) -> Iterator[dict[str, frozenset[str]]]:
    """Yield what remains of a part without the complaints that a rule matches, as parts that do not
    overlap."""
    inside = dict(part)
    named = {name: codes for name, codes in rule.items() if codes}
    if any(codes.isdisjoint(part[name]) for name, codes in named.items()):
        yield inside
        return
    for name, codes in named.items():
        if outside := inside[name] - codes:
            yield {**inside, name: outside}
        inside[name] &= codes
