"""The next expected act of a reader, chosen by the earliest deadline that they can answer."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from random import Random
from typing import Any

import pytest

from chalicelib.access.authorization import STAFF, Caller, acting, staff_capacities
from chalicelib.access.offers import Offers, acts_of, offers
from chalicelib.cases.casework import work_lists
from chalicelib.domain.engine.deadlines import deadlines, due, look_at
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Conclusion, Hurt, Power, Result, Role, Side
from chalicelib.domain.moves.answer import GIVES
from chalicelib.domain.roster import Team
from chalicelib.domain.timeline import canonical
from chalicelib.domain.work_queues import LISTED
from chalicelib.view.expected import (
    KEPT_AS,
    Expected,
    awaited_of_staff,
    expected,
    expected_on,
    first_act,
    line,
    lists_left_out,
    stored,
)
from chalicelib.view.staff import Staff
from tests.domain.actions import Action
from tests.domain.everybody import LIVES, brought, everybody
from tests.domain.life import (
    DAY,
    DECLINED_BY_TWO,
    DEPARTMENT,
    HOUR,
    MINUTE,
    MORE_TIME,
    PERSON,
    T0,
    Life,
    accepted,
    answered,
    appoint,
    called,
    contested,
    disputed,
    drafted,
    held,
    invited,
    mediated,
    mediating,
    offered as offers_made,
    on_duty,
    represented,
    seated,
    talking,
    voice,
)
from tests.domain.promises import both_owe, changing, says_done, uncured
from tests.domain.surveyed import closed as surveyed
from tests.domain.variants import STARTS, come, somebody_does_something
from tests.view.read import dossier, party, staff


def of_staff(life: Life, role: Role, who: str = "x") -> Expected | None:
    """Return the act expected of a member of the case's team in one role."""
    reader = staff(life, role, who)
    return expected(reader, offers(life.case, reader.caller, life.time))


def of_party(life: Life, id: str = "p1") -> Expected | None:
    """Return the act expected of a party."""
    reader = party(life, id)
    return expected(reader, offers(life.case, reader.caller, life.time))


def test_expected_act_answers_the_earliest_own_deadline() -> None:
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


def test_lead_leaves_the_acts_of_the_owner_to_them() -> None:
    """A lead is expected to approve what waits for them, although the owner owes an earlier letter that a
    lead can write as well. If nothing else waits for the lead, that letter does."""
    life = accepted()
    life.later(8 * DAY)
    life.ask_approval("ask_extension", "zhao", **MORE_TIME)
    lead, owner = of_staff(life, Role.LEAD), of_staff(life, Role.INVESTIGATOR, "zhao")
    assert [one and one.move for one in (lead, owner)] == ["approve", "tell_progress"]
    ends = due(life.case)
    assert ends["progress"] < ends["approval"]
    acts = awaited_of_staff(life.case, life.time, {"roster": lambda: life.roster, "handled": life.handled})
    assert first_act(acts, Role.LEAD, "zhao") == lead
    assert first_act(acts, Role.INVESTIGATOR, "zhao", "zhao") == owner
    assert [one and one.move for one in [of_staff(accepted(), Role.LEAD)]] == ["tell_progress"]


def test_acts_recorded_for_others_are_not_expected_of_staff() -> None:
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
    offers_made(life, Side.BUSINESS)
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
def test_agent_who_can_only_refuse_has_no_expected_act(powers: Iterable[Power], move: str | None) -> None:
    """An agent who can refuse but not accept an offer has no expected act."""
    life = talking(disputed(represented(answered(Conclusion.NOT_UPHELD), powers=tuple(powers))))
    offers_made(life, Side.BUSINESS)
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


def row(life: Life, **changed: Any) -> dict[str, Any]:
    """Return the row of a work list as it is stored with the last move of a life."""
    case = life.case
    facts = {"roster": lambda: life.roster, "handled": life.handled}
    acts = json.loads(canonical(stored(awaited_of_staff(case, life.time, facts))))
    known = {"ref": case.ref, "stage": str(case.stage), "owner": case.owner, "team": case.team}
    return {**known, "next_due": None, KEPT_AS: acts, **changed}


def offered(life: Life, caller: Caller, now: datetime) -> Offers:
    """Return the moves that a caller can take at a moment, checked against the server facts."""
    given, acts = {"roster": life.roster, "handled": life.handled()}, acts_of(life.case, caller, now)
    return {
        name: about
        for name, about in offers(life.case, caller, now).items()
        if {*MOVES[name].turns_on} <= {*given}
        and any(
            MOVES[name].turn(life.case, act, **{fact: given[fact] for fact in MOVES[name].turns_on})
            for act in acts
            if act.role in MOVES[name].takers
        )
    }


def colleagues(life: Life) -> Iterator[Caller]:
    """Return the staff and mediators who may read a life: everybody with each role and pair of roles, and a
    member of each department."""
    teams = ["repair", life.case.team, *(asked.department for asked in life.case.inquiry.questions)]
    people = {**DEPARTMENT, **dict.fromkeys((seat.who for seat in life.case.panel), Role.DEPARTMENT)}
    others = (Caller(who, role, frozenset({team})) for who, role in people.items() for team in set(teams))
    for caller in (*everybody(life), *others):
        if not caller.party and staff_capacities(life.case, caller):
            yield caller


def moments(life: Life) -> list[datetime]:
    """Return now and the moments until the clock next saves the case."""
    until = look_at(life.case) or life.time + DAY
    ends = {run.due for run in deadlines(life.case).values() if run.due and life.time < run.due < until}
    return [life.time, *sorted(ends), max(life.time, until - MINUTE)]


def in_the_office() -> Life:
    """A request for reconsideration that a higher office decides."""
    return contested(answered(Conclusion.NOT_UPHELD, accepted(policy="bank-1")))


def without_people() -> Life:
    """A request for reconsideration for which nobody but the lead and the supervisor is there."""
    life = contested(answered(Conclusion.NOT_UPHELD))
    life.roster = replace(life.roster, teams={"general": life.roster.teams["general"]})
    return life


def asked_twice() -> Life:
    """An investigation with a question to two departments and a message."""
    roster = on_duty()
    stock = Team(
        {"zh": "仓库", "en": "Stock"}, "", {"department": roster.teams["repair"].duty["department_head"]}
    )
    life = accepted(roster=replace(roster, teams={**roster.teams, "stock": stock}))
    life.take("ask_department", "zhao", department="repair", question="修过几次？")
    life.later(DAY)
    life.take("ask_department", "zhao", department="stock", question="退过货吗？")
    life.take("message", "li", text="到哪一步了？")
    return life


def by_mediator() -> Life:
    """A text that the mediator drafted, which they must sign as well."""
    return drafted(held())


def waits() -> Life:
    """A refusal to accept that waits for a second person."""
    life = Life()
    life.take("decline", "wang", **DECLINED_BY_TWO)
    return life


BUILT = {
    "office": in_the_office,
    "without people": without_people,
    "asked twice": asked_twice,
    "called": called,
    "held": held,
    "by mediator": by_mediator,
    "unsafe": lambda: Life(hurt=Hurt.HURT),
    "waits for approval": waits,
    "uncured": uncured,
    "changing": changing,
    "action": Action,
    "surveyed": surveyed,
}


def checked(life: Life, callers: Iterable[Caller]) -> None:
    """Assert that row and case name the same possible act for these readers, until the clock saves the
    case. They name one if a deadline of the reader waits for an act that has no subject."""
    kept = row(life)
    for caller, now in product(callers, moments(life)):
        can = offered(life, caller, now)
        reader = Staff(dossier(life), now, caller)
        act, waits = expected(reader, can), {run.name for run in reader.runs() if reader.must_answer(run)}
        assert expected_on(kept, caller, now) == act, (caller, now, kept)
        assert act is None or act.move in can, (caller, now)
        own = {name for name, about in can.items() if MOVES[name].by & acting(life.case, caller).roles}
        assert act or not any(waits & {*MOVES[name].answers} for name in own if not can[name]), (caller, now)


def test_a_row_of_an_earlier_release_names_no_act() -> None:
    """An earlier release kept the name of a deadline in the same field. No line shows that field."""
    told = line(row(Life(), **{KEPT_AS: "acknowledgement"}), staff(Life(), Role.INTAKE).caller, "team", T0)
    assert told.act is None
    assert KEPT_AS not in told.seen


def test_an_act_of_a_later_release_is_left_out() -> None:
    """Two releases run side by side. The earlier one reads the acts, roles and fields that it knows."""
    life = Life()
    [act] = row(life)[KEPT_AS]
    act[4] += " scribe"
    later = row(life, **{KEPT_AS: [["do_later", *act[1:]], [*act, "more"]]})
    found = expected_on(later, staff(life, Role.INTAKE).caller, life.time)
    assert found
    assert found.move == "accept"


def test_a_line_without_the_file_names_the_act_that_it_waits_for() -> None:
    """A department, a panel member and an invited mediator see number, date and act of a case, not more."""
    asked, panel, asks = asked_twice(), seated(), mediating()
    asks.take("appoint_mediator", "sun", mediator="yan")
    he = Caller("he", Role.DEPARTMENT, frozenset({"repair"}))
    mei = Caller("mei", Role.PANEL, frozenset({"office"}))
    yan = Caller("yan", Role.MEDIATOR)
    expects = (
        (asked, he, "team", "answer_department"),
        (panel, mei, "mine", "vote"),
        (asks, yan, "mine", "accept_appointment"),
    )
    told = [line(row(life), who, queue, life.time) for life, who, queue, _ in expects]
    assert [one.act and one.act.move for one in told] == [move for *_, move in expects]
    assert all("stage" not in one.seen for one in told)


def test_a_panel_member_declares_and_votes_once() -> None:
    """The list of a panel member names the declaration until it is made, and the vote once all have declared.
    After the vote it names nothing. The chair decides at the end."""

    def acts(who: str) -> str | None:
        caller = Caller(who, Role.PANEL, frozenset({"office"}))
        found = expected_on(row(life), caller, life.time)
        return found.move if found else None

    life = appoint(contested())
    members = [seat.who for seat in life.case.panel]
    told = [[acts(who) for who in members]]
    for move, said in (("declare_interest", {"interest": False}), ("vote", None)):
        for who in members:
            life.take(move, who, **(said or voice(life, Result.CONFIRMED)))
            told.append([acts(one) for one in members])
    declare, vote, decide = "declare_interest", "vote", "decide_reconsideration"
    assert told == [
        [declare, declare, declare],
        [None, declare, declare],
        [None, None, declare],
        [vote, vote, vote],
        [None, vote, vote],
        [None, None, vote],
        [decide, None, None],
    ]


@pytest.mark.parametrize("how", [*STARTS, *LIVES, *BUILT])
def test_list_and_case_expect_the_same_possible_act(how: str) -> None:
    """For every reader, the row of a list names the act that the case names, until the row is written again.
    It is one that the reader can take."""
    life = BUILT[how]() if how in BUILT else brought(how)
    checked(life, colleagues(life))


def unseen(life: Life) -> list[str]:
    """Return the acts that a case awaits, and that are on no list of somebody who can take them."""
    case = life.case
    acts = awaited_of_staff(case, life.time, {"roster": lambda: life.roster, "handled": life.handled})
    lists = {**work_lists(case)}
    lists |= lists_left_out(case, acts, lists)
    people = [name.removeprefix("PERSON#") for name in lists if name.startswith("PERSON#")]
    seen = set[tuple[str, str]]()
    for one in acts:
        named = any(first_act([one], STAFF, None, who) for who in people)
        roles = (f"TEAM#{case.team}#{role.code}" in lists for role in LISTED if role in one.by)
        if f"TEAM#{one.team}" in lists if one.team else named or any(roles):
            seen.add((one.act.deadline, one.act.about))
    return [one.act.move for one in acts if (one.act.deadline, one.act.about) not in seen]


@pytest.mark.parametrize("how", [*STARTS, *LIVES, *BUILT])
def test_whatever_is_awaited_waits_for_somebody_who_can_do_it(how: str) -> None:
    """Each act that a duty of ours needs is on the list of a person, a role or a department that can take it,
    so that nothing waits unseen."""
    assert unseen(BUILT[how]() if how in BUILT else brought(how)) == []


@pytest.mark.parametrize("seed", range(12))
def test_list_and_case_agree_in_random_lives(seed: int) -> None:
    """The same holds wherever chance leads a complaint."""
    dice, life, leading = Random(seed), Life(PERSON), Life(PERSON)
    come(life, dice.choice(STARTS))
    for _ in range(12):
        if dice.random() < 0.3:
            life.live(dice.choice([HOUR, 3 * DAY, 25 * DAY]))
        else:
            somebody_does_something(life, leading, dice)
        assert unseen(life) == []
        readers = [*colleagues(life)]
        checked(life, dice.sample(readers, min(6, len(readers))))
