"""Cases with a contested answer: reviewed by a panel, or negotiated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.codes import Role
from chalicelib.domain.roster import Member, Roster, Team
from tests.life.complaint import answer
from tests.scenario import DAY, SUN, WANG, ZHOU, Scenario, once, roster

MA = Caller("ma", Role.NEGOTIATOR, frozenset({"general"}), name="ma@house.example")
AUDIT = ("deng", "fan", "gu", "shen", "bao")
DENG, FAN, GU, SHEN, BAO = (
    Caller(who, Role.PANEL, frozenset({"audit"}), name=f"{who}@house.example") for who in AUDIT
)
SHOP = {"name": "秦店长", "email": "qin@shop.example"}


@once
def staffed(scenario: Scenario) -> None:
    """Store staff with a negotiator and a second department whose members may sit on a panel."""
    teams = dict(roster().teams)
    teams["general"] = replace(
        teams["general"], duty={**teams["general"].duty, "negotiator": (_member("ma"),)}
    )
    teams["audit"] = Team({"zh": "审计部", "en": "Audit"}, "", {"panel": tuple(map(_member, AUDIT))})
    scenario.product.file.keep_roster(Roster(teams))


def _member(who: str) -> Member:
    return Member(who, who.title(), f"{who}@house.example")


@once
def answered(scenario: Scenario, **changes: Any) -> str:
    """Return the number of a complaint answered after a few days. The default conclusion leaves nothing
    outstanding."""
    ref = scenario.submit(wishes=["explanation"]).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.live(4 * DAY, ref)
    answer(scenario, ref, **{"conclusion": "not_upheld", **changes})
    scenario.live(2 * DAY, ref)
    return ref


def panel(scenario: Scenario, ref: str, *votes: tuple[Caller, dict[str, str]]) -> None:
    """Appoint these members, the first as chair; each declares no interest and votes."""
    members = [who.who for who, _ in votes]
    scenario.move(ZHOU, "appoint_panel", ref, members=members, chair=members[0])
    for who, _ in votes:
        scenario.move(who, "declare_interest", ref, interest=False)
    scenario.live(5 * DAY, ref)
    for who, results in votes:
        scenario.move(
            who, "vote", ref, results=results, reasons=dict.fromkeys(results, "依据合同和检测记录。")
        )


def talking(scenario: Scenario, ref: str) -> Caller:
    """Assign the negotiator and name the company's representative; return the representative."""
    severity = str(scenario.product.file.load(ref).severity or "S4")
    scenario.move(SUN, "assign_negotiator", ref, to="ma", severity=severity)
    named = scenario.move(MA, "name_business_representative", ref, person=SHOP)
    assert named.business
    return scenario.by_link(ref, named.business.id)
