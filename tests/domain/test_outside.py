"""The same dispute elsewhere: noted with its own date, answered, passed on with consent, or taken over by a
court."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.engine.deadlines import deadlines, leads, look_at
from chalicelib.domain.model.case_records import Matter, Outside, Owed, Subject
from chalicelib.domain.model.codes import (
    TYPES,
    Conclusion,
    Duty,
    GoodsClass,
    Ground,
    Hurt,
    Outcome,
    Remedy,
    ReopenReason,
    Route,
    ServiceClass,
    Stage,
    Type,
    Wish,
)
from chalicelib.domain.moves.intake import Account
from chalicelib.domain.policy import policy
from tests.domain.life import ASK, BY_PHONE, DAY, DECLINED_BY_TWO, NOBODY, T0, Life, accepted, answered

TODAY = published().day_of(T0)
NOTED = {"body": Route.SAMR_12315, "number": "1203-77"}
COURT = {"body": Route.COURT, "number": "(2026)民初1号"}


def noted(life: Life, days: int | None = 4) -> Life:
    """Note that the complaint is at 12315 too, which wants its answer in so many days."""
    life.take(
        "note_outside_proceeding", "wang", **NOTED, due=TODAY + days * DAY if days is not None else None
    )
    return life


def outside(life: Life) -> list[tuple[str, list[str]]]:
    """Return the recipients of the steps for the other body's date."""
    return [(f["to"], f.get("also", [])) for f in life.facts("take_step") if f["deadline"] == "outside_due"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=4))
def test_the_earlier_date_leads(days: list[int]) -> None:
    """The work list sorts by the earliest date of other bodies and ours; a body's day counts to its end."""
    life = accepted()
    ours = leads(life.case)
    for body, due in zip(
        (Route.SAMR_12315, Route.GOV_12345, Route.ASSOCIATION, Route.POST_12305), days, strict=False
    ):
        life.take("note_outside_proceeding", "zhao", body=body, number="1", due=TODAY + due * DAY)
    ends = [published().own(T0, TODAY + due * DAY).at for due in days]
    assert ours
    assert leads(life.case) == min([*ends, *life.due.values()])
    assert all(end.astimezone(SHANGHAI).hour == 0 for end in ends)


def test_a_body_without_a_date_of_its_own_starts_no_clock() -> None:
    """The proceeding is noted and the consumer gets a letter: the case goes on."""
    life = noted(Life(), None)
    assert life.case.outside[0].body == Route.SAMR_12315
    assert "outside_due" not in life.due
    assert life.letters_to()[-1] == "outside_noted"


def test_outside_case_named_at_filing_sets_its_date() -> None:
    """A complaint filed as already at 12315 has that date from the first day."""
    life = Life(outside=Outside(Route.SAMR_12315, due=TODAY + 5 * DAY))
    assert f"{life.due['outside_due'].astimezone(SHANGHAI):%m-%d}" == "03-11"
    assert life.case.stage == Stage.RECEIVED


def test_noting_moves_no_clock_of_ours() -> None:
    """Another body's proceeding neither stops nor shortens a deadline of ours."""
    life = accepted(wishes=(Wish.REFUND,))
    before = {name: at for name, at in life.due.items() if name != "progress"}
    noted(life)
    assert {name: life.due[name] for name in before} == before
    assert set(life.due) - set(before) == {"outside_due", "progress"}


def test_a_body_that_sets_a_new_date_replaces_its_old_one() -> None:
    """Each body has one row; another body has its own."""
    life = noted(noted(Life(), 4), 9)
    life.take("note_outside_proceeding", "wang", body=Route.GOV_12345, number="B", due=TODAY + 2 * DAY)
    assert [(o.body, o.due) for o in life.case.outside] == [
        (Route.SAMR_12315, TODAY + 9 * DAY),
        (Route.GOV_12345, TODAY + 2 * DAY),
    ]


def test_the_ladder_of_another_bodys_date() -> None:
    """The owner is reminded three working days before, the lead too one before, and after it the owner and
    the executive. Each letter names the body."""
    life = noted(accepted(), 10)
    life.live(15 * DAY)
    assert outside(life)[:3] == [("zhao", []), ("zhao", ["sun"]), ("zhao", ["wu"])]
    assert [life.letters_to(f"staff:{who}").count("outside_deadline") for who in ("zhao", "sun", "wu")] == [
        3,
        1,
        1,
    ]


def test_a_reply_ends_the_bodys_clock_and_no_other() -> None:
    """The owner stores our reply and passes it on; the consumer still gets an answer of their own."""
    life = noted(accepted())
    life.take("reply_outside", "zhao", body=Route.SAMR_12315, reply="已受理，正在调查。")
    assert "outside_due" not in life.due
    assert "investigation" in life.due
    assert life.letters_to("staff:zhao")[-1] == "outside_reply"
    assert (
        life.refused("reply_outside", "zhao", body=Route.SAMR_12315, reply="再答一次。") == "outside_unknown"
    )
    assert life.refused("reply_outside", "zhao", body=Route.GOV_12345, reply="x") == "outside_unknown"
    assert "已受理" not in life.entries[-2].line


@pytest.mark.parametrize("end", ["withdrawn", "answered", "declined"])
def test_the_bodys_date_outlives_ours(end: str) -> None:
    """After we have closed, answered or declined it, the body still waits for its reply, and its clock
    runs."""
    life = noted(accepted(), 10)
    if end == "withdrawn":
        life.take("withdraw", "li")
    elif end == "answered":
        answered(Conclusion.NOT_UPHELD, life)
    else:
        life = noted(Life(), 10)
        life.take(
            "decline",
            "wang",
            grounds={1: "outside_competence", 2: "outside_competence"},
            reasons={1: "查无此单。", 2: "查无此单。"},
            routes=(),
        )
    assert "outside_due" in life.due
    assert look_at(life.case)
    life.take("reply_outside", "zhao", body=Route.SAMR_12315, reply="消费者已撤回。")
    assert "outside_due" not in life.due


@pytest.mark.parametrize("body", Route)
def test_only_a_court_or_tribunal_takes_a_case_over(body: Route) -> None:
    """Another authority cannot close a case of ours."""
    life = accepted()
    if body not in (Route.COURT, Route.ARBITRATION):
        assert life.refused("close_in_court", "sun", body=body, number="1") == "not_a_court"
        return
    life.take("close_in_court", "sun", body=body, number="1")
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.IN_COURT)
    assert life.letters_to()[-1] == "closed"


@pytest.mark.parametrize("stage", ["received", "awaiting", "investigating", "answered", "performing"])
def test_a_court_takes_over_at_any_open_stage(stage: str) -> None:
    """Our deadlines end, but obligations and dangers go on. The case is not reopened: a new complaint names
    the old one."""
    life = Life(hurt=Hurt.HURT)
    if stage == "awaiting":
        life.take("ask_information", "wang", **ASK)
    elif stage != "received":
        life.take("accept", "wang")
    if stage in ("answered", "performing"):
        answered(life=life)
    if stage == "performing":
        life.take("accept_answer", "li")
    life.take("close_in_court", "sun", **COURT)
    assert "safety_triage" in life.due
    assert ("obligation" in life.due) == (stage in ("answered", "performing"))
    assert not {"acknowledgement", "investigation", "information", "answer_window", "statutory_remedy"} & set(
        life.due
    )
    assert life.refused("reopen", "li", cause=ReopenReason.NEW_FACTS, facts="x") == "complain_anew"
    assert life.refused("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="x") == "complain_anew"


def test_a_closed_case_is_still_reminded_of_what_it_promised() -> None:
    """The work list sorts by the obligation, its ladder goes on, and the officer decides: an upheld claim
    needs no court."""
    life = answered(
        life=accepted(),
        remedies=(Owed(1, Remedy.REFUND, TODAY + 3 * DAY, 5000), Owed(2, Remedy.APOLOGY, TODAY + 3 * DAY)),
    )
    life.take("close_in_court", "sun", **COURT)
    assert leads(life.case) == life.due["obligation"]
    life.live(30 * DAY)
    assert any(running.name == "breach_decision" for running in deadlines(life.case).values())
    life.take("claim_done", "feng", obligation="O1", proof="payment_record", what="已付。")
    life.take("dispute_done", "li", obligation="O1", reason="少了。")
    life.take("decide_proof", "chen", obligation="O1", accepted=True, reason="银行回单。")
    assert life.case.obligations[0].state == Duty.ACCEPTED
    assert life.case.outcome == Outcome.IN_COURT


def test_information_without_a_sender_is_closed_as_such() -> None:
    """Information passed on inside the company closes as such, and can be reopened; with a sender it cannot
    be closed that way."""
    life = Life(NOBODY, hurt=Hurt.COULD_BE)
    life.take("triage_safety", "qian", real=False, reportable=False, reason="已核实。")
    life.take("close_information", "sun", passed_to="质量部", reason="匿名。")
    assert life.case.outcome == Outcome.INFORMATION_ONLY
    life.later(timedelta(days=3)).take("reopen", "sun", cause=ReopenReason.NEW_FACTS, facts="又有人来电。")
    assert life.case.stage == Stage.RECEIVED
    assert look_at(life.case)
    assert (
        Life(BY_PHONE).refused("close_information", "sun", passed_to="质量部", reason="x")
        == "somebody_to_answer"
    )


# Other bodies to turn to


FINANCE, POST, TELECOM = [Route.FINANCE_12378], [Route.POST_12305], [Route.TELECOM_12300]
SECURITIES, ORDINARY = [Route.SECURITIES_12386], [Route.SAMR_12315, Route.GOV_12345]
ROADS = [Route.TRANSPORT_12328, Route.AVIATION_12326, Route.RAIL_12306]
OF_SERVICES = {
    "finance": FINANCE + SECURITIES,
    "insurance": FINANCE,
    "telecom": TELECOM,
    "delivery": POST,
    "transport": ROADS,
    "ride": [Route.TRANSPORT_12328],
    "air": [Route.AVIATION_12326],
    "rail": [Route.RAIL_12306],
    "securities": SECURITIES,
}
"""The bodies for classes of service with a regulator of their own, by the hotlines of the ministries.
Everything else is the market regulator's and the city hotline's."""
OF_TYPES = {
    "credit": FINANCE,
    "bank": FINANCE,
    "investment": FINANCE + SECURITIES,
    "insurance": FINANCE,
    "telecom": TELECOM,
    "flight": [Route.AVIATION_12326],
    "rail": [Route.RAIL_12306],
    "road": [Route.TRANSPORT_12328],
    "delivery": POST + ORDINARY,
    "fraud": [Route.POLICE_110, *ORDINARY],
}
"""The bodies that a type of problem adds, whatever was bought."""
BOUGHT = [None, *GoodsClass, *ServiceClass]


def in_charge(life: Life) -> list[Route]:
    """Return the authorities of a complaint, in the order of its letters."""
    return list(policy(life.case.policy).competent(life.case.sectors))


def complaint_about(bought: object, *types: str, rules: str = "default-1") -> Life:
    """Return a complaint about something bought, with a matter of each of these types."""
    subject = Subject(
        goods_class=bought if isinstance(bought, GoodsClass) else None,
        service_class=bought if isinstance(bought, ServiceClass) else None,
    )
    matters = tuple(Matter(Type(kind), TYPES[kind][0]) for kind in types)
    account = Account("三个月坏了两次。", problem="其他", product="某物")
    return Life(policy=rules, matters=matters, subject=subject, account=account)


@pytest.mark.parametrize("kind", TYPES)
def test_the_authority_in_charge_follows_from_type_and_class(kind: str) -> None:
    """Each type of problem with each class of goods or services leads to its regulator."""
    for bought in BOUGHT:
        found = in_charge(complaint_about(bought, kind))
        expected = {
            *OF_TYPES.get(kind, ()),
            *(OF_SERVICES.get(bought, ORDINARY) if bought or kind not in OF_TYPES else ()),
        }
        assert (set(found), len(found)) == (expected, len(expected)), bought


def test_a_mixed_complaint_names_all_authorities() -> None:
    """A loan and a broken washing machine have different regulators, and both are named."""
    assert in_charge(complaint_about(None, "credit", "quality")) == FINANCE + ORDINARY
    assert in_charge(complaint_about(GoodsClass.APPLIANCE, "credit")) == FINANCE + ORDINARY
    assert in_charge(complaint_about(ServiceClass.TELECOM, "credit")) == FINANCE + TELECOM


@pytest.mark.parametrize(("rules", "authority"), [("bank-1", FINANCE), ("telecom-1", TELECOM)])
def test_a_sector_with_its_own_rules_has_its_own_authority(rules: str, authority: list[Route]) -> None:
    """A bank's complaint leads to the bank's regulator, whatever it is about."""
    for bought in BOUGHT:
        assert in_charge(complaint_about(bought, "delivery", "credit", rules=rules)) == authority


def test_about_another_business_it_is_said_whom_to_ask() -> None:
    """A matter of another business is declined with the address of that business, also where a second person
    confirms the rest."""
    part = {"declined": {2: Ground.NOT_OUR_BUSINESS}, "reasons": {2: "不是我们卖的。"}}
    life, said = Life(), {**part, "instead": {2: "某某电器，400-000-0000"}}
    assert life.refused("accept", "wang", **part) == "instead_needed"
    life.take("accept", "wang", **said)
    whole = {**DECLINED_BY_TWO, "grounds": {1: Ground.NOT_FOR_LIVING, 2: Ground.NOT_OUR_BUSINESS}}
    other = Life()
    assert other.refused("decline", "wang", **whole) == "instead_needed"
    asked = other.ask_approval("decline", "wang", **whole, instead=said["instead"])
    other.take("approve", "sun", approval=asked)
    assert (life.case.stage, other.case.stage) == (Stage.INVESTIGATING, Stage.DECLINED)
