"""Two sides act on one case at the same moment, one is first; neutrality is read from the real timeline."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.cases.casework import Casework, WriteConflict, once
from chalicelib.domain.engine.deadlines import deadlines, look_at
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.server_facts import origins
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.web import request_models
from tests.casework.joint import rows, together
from tests.life.contested import MA, SHOP, answered, staffed, talking
from tests.scenario import DAY, SUN, WANG, ZHAO, ZHOU, Scenario, sure

OFFER: dict[str, Any] = {"terms": "退三百元。", "until": "2026-03-20", "amount": {"amount": "300.00"}}


@pytest.fixture
def talks(scenario: Scenario) -> tuple[str, Caller, Caller]:
    """A case in negotiation: its number, and the consumer and the company's representative by their links."""
    staffed(scenario)
    ref = answered(scenario)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="amount", about="太少。")
    return ref, scenario.by_link(ref), talking(scenario, ref)


def load(scenario: Scenario, ref: str) -> Case:
    """Return the present case."""
    return scenario.product.file.load(ref)


def body_of(scenario: Scenario, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return a request's body in the types of the move."""
    return request_models.arguments(name, json.dumps(body), scenario.time)


def race(scenario: Scenario, ref: str, *rivals: tuple[Caller, str, dict[str, Any]]) -> list[str]:
    """Let rivals act at the same moment on the same state; return the result of each."""
    turn = iter(rivals)

    def act(casework: Casework) -> str:
        caller, name, body = next(turn)
        caller, body = sure(caller, name, body)
        try:
            casework.move(name, ref, caller, body_of(scenario, name, body))
        except Refusal as refusal:
            return refusal.code
        return "done"

    return sorted(together(scenario, len(rivals), act))


# Two at once


def test_one_offer_is_accepted_once(scenario: Scenario, talks: tuple[str, Caller, Caller]) -> None:
    """Accepted by link and by phone at once, the offer has one acceptance and one pair of letters.

    The second caller gets `offer_over`.
    """
    ref, consumer, shop = talks
    scenario.move(shop, "offer", ref, **OFFER)
    told = race(
        scenario,
        ref,
        (consumer, "accept_offer", {"offer": "F1"}),
        (MA, "accept_offer", {"offer": "F1", "side": "consumer", "read_back": True}),
    )
    assert told == ["done", "offer_over"]
    assert scenario.moves(ref).count("accept_offer") == 1
    assert (
        scenario.letters(ref).count("offer_answered")
        == scenario.letters(ref, f"party:{shop.party}").count("offer_answered")
        == 1
    )


def test_an_offer_is_accepted_or_the_complaint_withdrawn(
    scenario: Scenario, talks: tuple[str, Caller, Caller]
) -> None:
    """After a withdrawal no offer can be accepted; after an acceptance withdrawing is still possible.

    Afterwards the person can come back, and the clock has nothing to do.
    """
    ref, consumer, shop = talks
    scenario.move(consumer, "offer", ref, **OFFER)
    told = race(scenario, ref, (shop, "accept_offer", {"offer": "F1"}), (consumer, "withdraw", {}))
    case = load(scenario, ref)
    assert case.outcome == "withdrawn"
    assert case.talks.dispute
    assert (told == ["done", "done"]) == (case.talks.dispute.accepted is not None)
    assert told in (["done", "done"], ["done", "move_not_allowed_in_stage"])
    assert {run.name for run in deadlines(case).values()} == {"reopen_window", "undo_withdrawal"}
    assert look_at(case) is None


def test_offers_that_cross_lose_nothing(scenario: Scenario, talks: tuple[str, Caller, Caller]) -> None:
    """One of two crossing offers is made; the other side gets `offer_waits` and nothing of theirs is saved.

    They answer the offer by its id.
    """
    ref, consumer, shop = talks
    assert race(
        scenario, ref, (consumer, "offer", OFFER), (shop, "offer", {**OFFER, "terms": "退一百元。"})
    ) == ["done", "offer_waits"]
    first = load(scenario, ref).talks.dispute
    assert first
    assert [offer.id for offer in first.offers] == ["F1"]
    late = shop if first.offers[0].side == "consumer" else consumer
    scenario.move(late, "offer", ref, **OFFER, counters="F1")
    after = load(scenario, ref).talks.dispute
    assert after
    assert [str(offer.state) for offer in after.offers] == ["countered", "open"]


def test_a_form_that_has_not_seen_the_other_offer_is_told(
    scenario: Scenario, talks: tuple[str, Caller, Caller]
) -> None:
    """Both saw the same entry; the second gets `Conflict`, and nothing is written."""
    ref, consumer, shop = talks
    seen = load(scenario, ref).entries
    scenario.move(shop, "offer", ref, seen=seen, **OFFER)
    before = rows(scenario)
    with pytest.raises(WriteConflict):
        scenario.move(consumer, "offer", ref, seen=seen, **OFFER)
    with pytest.raises(WriteConflict):
        scenario.move(consumer, "invite_mediation", ref, seen=seen)
    assert rows(scenario) == before


def test_an_acceptance_after_the_last_moment_comes_too_late_whether_the_clock_has_been_or_not(
    scenario: Scenario, talks: tuple[str, Caller, Caller]
) -> None:
    """After its day the offer is refused, before and after the clock runs.

    It lapses once, with one letter to each side.
    """
    ref, consumer, shop = talks
    scenario.move(shop, "offer", ref, **{**OFFER, "until": str((scenario.time + DAY).date())})
    scenario.post()
    scenario.later(3 * DAY)
    for _ in range(2):
        with pytest.raises(Refusal, match="offer_over"):
            scenario.move(consumer, "accept_offer", ref, offer="F1")
        scenario.product.casework.look_at(ref, scenario.time)
    assert scenario.moves(ref).count("lapse_offer") == 1
    assert scenario.letters(ref).count("offer_answered") == 1


def test_one_speaks_for_the_company_at_a_time(scenario: Scenario, talks: tuple[str, Caller, Caller]) -> None:
    """The later of two named at once speaks; links of the earlier one and of the first one open nothing."""
    ref, _, shop = talks
    told = race(
        scenario,
        ref,
        (SUN, "name_business_representative", {"person": {"name": "甲", "email": "a@shop.example"}}),
        (MA, "name_business_representative", {"person": {"name": "乙", "email": "b@shop.example"}}),
    )
    case = load(scenario, ref)
    assert told == ["done", "done"]
    assert [bool(p.left) for p in case.parties] == [False, True, True, False]
    for gone in (shop, replace(shop, who="p3", party="p3")):
        with pytest.raises(NotFound):
            scenario.move(gone, "state_position", ref, text="我还在。")
    scenario.move(scenario.by_link(ref, "p4"), "state_position", ref, text="现在是我。")


def test_both_agree_to_mediation_at_once(scenario: Scenario, talks: tuple[str, Caller, Caller]) -> None:
    """Mediation begins once, and both sides get one letter."""
    ref, consumer, shop = talks
    scenario.move(MA, "invite_mediation", ref)
    assert race(scenario, ref, (consumer, "consent_mediation", {}), (shop, "consent_mediation", {})) == [
        "done",
        "done",
    ]
    assert load(scenario, ref).stage == "mediating"
    assert scenario.letters(ref).count("mediation_opened") == 1


def test_a_word_of_the_consumer_and_the_clock_that_takes_silence_for_a_no(
    scenario: Scenario, talks: tuple[str, Caller, Caller]
) -> None:
    """A consent before the end of the week prevents the lapse; after it the case is closed and the consent
    refused.
    """
    ref, consumer, shop = talks
    for side in (consumer, shop):
        scenario.move(side, "state_position", ref, text="请依合同。")
    scenario.move(MA, "end_negotiation", ref, ending="no_prospect", reason="差距太大。")
    scenario.move(shop, "consent_mediation", ref)
    scenario.live(8 * DAY, ref)
    assert load(scenario, ref).outcome == "not_settled"
    with pytest.raises(Refusal, match="move_not_allowed_in_stage"):
        scenario.move(consumer, "consent_mediation", ref)


# Once


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("offer", OFFER),
        ("state_position", {"text": "请依合同。"}),
        ("invite_mediation", {}),
        ("accept_offer", {"offer": "F1"}),
        ("refuse_offer", {"offer": "F1", "reason": "太少。"}),
    ],
)
def test_a_second_click_says_nothing_twice(
    scenario: Scenario, talks: tuple[str, Caller, Caller], name: str, body: dict[str, Any]
) -> None:
    """A repeated key returns the same case, with one entry and one letter."""
    ref, consumer, shop = talks
    consumer, _ = sure(consumer, name, body)
    if "offer" in body:
        scenario.move(shop, "offer", ref, **OFFER)
    key, other = (once(consumer, f"{ref}/{name}", "k", raw) for raw in (b"1", b"2"))
    for _ in range(3):
        scenario.product.casework.move(name, ref, consumer, body_of(scenario, name, body), key)
    assert scenario.moves(ref).count(name) == 1
    before = rows(scenario)
    with pytest.raises(Refusal, match="wrong_key_reuse"):
        scenario.product.casework.move(name, ref, consumer, body_of(scenario, name, body), other)
    assert rows(scenario) == before


# Who is neutral


def test_barred_people_are_read_from_the_timeline(
    scenario: Scenario, talks: tuple[str, Caller, Caller]
) -> None:
    """Authors of the report and the answer are barred, but not the officer who accepted the complaint.

    A colleague who speaks for the company is barred as well.
    """
    ref, _, _ = talks
    dispute = load(scenario, ref).talks.dispute
    assert dispute
    assert set(dispute.barred) == {"zhao", "sun"}
    scenario.move(SUN, "name_business_representative", ref, person={**SHOP, "email": "WANG@house.example"})
    after = load(scenario, ref).talks.dispute
    assert after
    assert set(after.barred) == {"zhao", "sun", "wang"}
    both = replace(ZHAO, roles=Role.INVESTIGATOR | Role.NEGOTIATOR)
    for caller, name, body in (
        (both, "take", {}),
        (both, "record_try", {"side": "business", "what": "无人接听。"}),
    ):
        with pytest.raises(Refusal, match=r"not_neutral|move_not_allowed"):
            scenario.move(caller, name, ref, **body)


def test_investigators_of_the_joint_case_are_barred_in_the_split_case(scenario: Scenario) -> None:
    """A case that was split off has its own timeline; the other one names the handlers of the joint case."""
    staffed(scenario)
    first = scenario.submit(wishes=["explanation"])
    second = scenario.submit(
        person={"name": "邻居", "email": "neighbour@mail.example"}, wishes=["explanation"]
    )
    scenario.move(SUN, "invite_to_join", second.ref, leading=first.ref)
    scenario.move(scenario.by_link(second.ref), "join_case", second.ref, own_wish=True)
    ref = scenario.move(WANG, "accept", first.ref).ref
    scenario.move(ZHAO, "take", ref)
    scenario.move(ZHAO, "tell_progress", ref, done="查了。", upcoming="再查。")
    scenario.move(SUN, "assign", ref, to="wang")
    scenario.move(scenario.by_link(ref, "p2"), "leave_case", ref)
    case = scenario.move(
        scenario.by_link(second.ref), "raise_dispute", second.ref, nature="facts", about="没人核实。"
    )
    assert case.talks.dispute
    assert "zhao" in case.talks.dispute.barred
    with pytest.raises(Refusal, match="not_neutral"):
        scenario.move(SUN, "assign_negotiator", second.ref, to="zhao", severity="S4")


def test_cases_that_were_split_off_each_other_are_read_once(scenario: Scenario) -> None:
    """Reading who handled the cases ends, even if they were split off from each other."""
    first, second = scenario.submit(), scenario.submit()
    file = scenario.product.file
    for case, other in ((first, second), (second, first)):
        act = scenario.product.casework.act(WANG, Role.INTAKE, scenario.time)
        change = take("message", case, act, text="在办。")
        file.save(
            replace(
                change,
                case=replace(change.case, together=replace(change.case.together, origin=(other.ref, "p1"))),
            )
        )
    assert [each.ref for each in origins(scenario.product.casework.server, load(scenario, first.ref))] == [
        second.ref,
        first.ref,
    ]


# The sweep


def test_sweep_moves_only_the_due_case(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """An expired offer lapses, an open one does not, and an unreadable case delays neither."""
    staffed(scenario)
    due, later, broken = (answered(scenario) for _ in range(3))
    for ref, day in ((due, 1), (later, 9), (broken, 1)):
        scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="amount", about="太少。")
        shop = talking(scenario, ref)
        scenario.move(shop, "offer", ref, **{**OFFER, "until": str((scenario.time + day * DAY).date())})
    loaded = scenario.product.file.load
    scenario.post()

    def load_or_fail(ref: str) -> Case:
        if ref == broken:
            raise RuntimeError("broken")
        return loaded(ref)

    scenario.later(4 * DAY)
    scenario.product.file.__dict__["load"] = load_or_fail
    scenario.minute()
    scenario.product.file.__dict__.pop("load")
    states = {
        ref: [str(o.state) for o in found.offers]
        for ref in (due, later, broken)
        if (found := load(scenario, ref).talks.dispute)
    }
    assert states == {due: ["lapsed"], later: ["open"], broken: ["open"]}


# Who may look in


def test_the_company_sees_the_case_by_its_own_link_only(
    scenario: Scenario, talks: tuple[str, Caller, Caller]
) -> None:
    """A link to another case or of a replaced representative opens nothing.

    The company cannot take the consumer's moves.
    """
    ref, consumer, shop = talks
    other = scenario.submit().ref
    for name in ("raise_dispute", "withdraw", "accept_answer", "reopen"):
        with pytest.raises(Refusal, match=r"move_not_allowed"):
            scenario.move(
                shop,
                name,
                ref,
                **(
                    {"nature": "amount", "about": "x"}
                    if name == "raise_dispute"
                    else {"cause": "returned", "facts": "x"}
                    if name == "reopen"
                    else {}
                ),
            )
    with pytest.raises(NotFound):
        scenario.move(shop, "message", other, text="在吗？")
    with pytest.raises(Refusal, match="only_for_others"):
        scenario.move(consumer, "state_position", ref, text="替店里说。", side="business")
    offered_now = scenario.product.casework.offered(scenario.product.file.whole(ref), shop)
    assert {"state_position", "offer", "invite_mediation", "message"} <= set(offered_now)
    assert "withdraw" not in offered_now
    assert shop.channel == Channel.WEB
    assert scenario.product.casework.sees(load(scenario, ref), ZHOU)
