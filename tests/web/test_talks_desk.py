"""Tests of negotiation at the desk and the staff interface: confidentiality, offered moves, the text of the
page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role, Severity, Stage
from chalicelib.domain.roster import Member, Roster
from chalicelib.web.forms.form_context import Seen
from tests.life.contested import MA, answered, staffed
from tests.scenario import DAY, SUN, WANG, ZHAO, ZHOU, Scenario, once
from tests.web.desk import GROUPS, Desk, visible
from tests.web.fields import everything, json_of
from tests.web.forms import CASE, HOUSE, TALKING, TALKS, fields_on, form_fields
from tests.web.own import joint
from tests.web.provider import Provider

UNTIL = "2026-03-20"
SHOP = {"name": "秦店长", "phone": "13900139000"}
SECRETS = {
    "state_position": "我们最多能让到一千二",
    "record_try": "店里的电话一直没有人接",
    "offer": "机器退回，退还货款",
    "amount": "731.55",
    "refuse_offer": "这个数目连维修费都不够",
    "record_telling": "她说至少要八百块",
}
"""Confidential statements of the talks, and the offered amount."""
OTHERS = ("wang", "zhao", "sun", "zhou", "wu", "feng", "qian", "both", "odd")
"""Intake, investigator, lead, supervisor, executive, follow-up, safety, and a lead and a follow-up officer
who negotiate other cases.
"""
IN = [
    name
    for name, move in MOVES.items()
    if move.do.__module__.rpartition(".")[2] in ("dispute", "offers", "invitation")
]


@pytest.fixture
def at(client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """Return a function that opens the desk as a staff member, with a negotiator on the roster."""
    staffed(scenario)
    for who, roles in {
        "ma": "negotiator",
        "both": "lead negotiator",
        "odd": "followup negotiator",
        "reads": "auditor lead",
    }.items():
        monkeypatch.setitem(GROUPS, who, [*(f"role:{role}" for role in roles.split()), "team:general"])
    return lambda who, language="en": Desk(client, scenario, who, language)


@once
def disputed(scenario: Scenario) -> Case:
    """Return a case whose answer the consumer contests."""
    ref = answered(scenario)
    return scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="amount", about="赔得太少。")


@once
def negotiator_assigned(scenario: Scenario) -> Case:
    """Return a case with a negotiator, and with a company representative who has only a telephone."""
    ref = disputed(scenario).ref
    scenario.move(SUN, "assign_negotiator", ref, to="ma", severity="S4")
    return scenario.move(MA, "name_business_representative", ref, person=SHOP)


@once
def statements_made(scenario: Scenario) -> Case:
    """Return talks with all confidential statements, a waiting offer of the consumer, and letters to be read
    out.
    """
    ref = negotiator_assigned(scenario).ref
    shop = scenario.by_link(ref, "p2")
    scenario.move(shop, "state_position", ref, text=SECRETS["state_position"])
    scenario.move(MA, "record_try", ref, side="business", what=SECRETS["record_try"])
    offer = {"until": UNTIL, "amount": {"amount": SECRETS["amount"]}}
    scenario.move(shop, "offer", ref, terms=SECRETS["offer"], **offer)
    scenario.move(scenario.by_link(ref), "refuse_offer", ref, offer="F1", reason=SECRETS["refuse_offer"])
    scenario.post()
    case = scenario.move(scenario.by_link(ref), "offer", ref, terms=SECRETS["offer"], **offer)
    told = next(telling for telling in case.tellings if telling.letter == "offer_answered#F1")
    return scenario.move(
        MA, "record_telling", ref, telling=told.id, how="phone", told=True, said=SECRETS["record_telling"]
    )


@once
def ended(scenario: Scenario) -> Case:
    """Return the same talks, ended without an agreement."""
    ref = statements_made(scenario).ref
    scenario.move(scenario.by_link(ref), "state_position", ref, text="我要一个说法。")
    scenario.move(MA, "end_negotiation", ref, ending="no_prospect", reason="谈不拢。")
    return scenario.move(scenario.by_link(ref), "refuse_mediation", ref)


@pytest.mark.parametrize("situation", [statements_made, ended])
def test_talks_are_hidden_from_other_staff(
    at: Any, client: Any, scenario: Scenario, provider: Provider, situation: Callable[[Scenario], Case]
) -> None:
    """Pages, forms, scripts, letters and the interface hide it from everybody else, during the talks and
    after.
    """
    case = situation(scenario)
    for who in OTHERS:
        found = everything(at(who), case) + json_of(client, provider, scenario, who, case.ref)
        assert not [
            secret for secret in SECRETS.values() if secret in found or secret.replace(".", "") in found
        ], who
    page, told = everything(at("ma"), case), json_of(client, provider, scenario, "ma", case.ref)
    assert not [
        secret
        for secret in SECRETS.values()
        if secret not in page or secret not in told.replace("73155", "731.55")
    ]


def test_an_auditor_knows_the_course_and_no_words(
    at: Any, client: Any, scenario: Scenario, provider: Provider
) -> None:
    """An auditor sees amounts and dates but no words; an auditor who is also a lead sees what a lead sees."""
    case = statements_made(scenario)
    words = [secret for name, secret in SECRETS.items() if name != "amount"]
    found = everything(at("auditor"), case) + json_of(client, provider, scenario, "auditor", case.ref)
    assert "731.55" in found
    assert not [secret for secret in words if secret in found]
    found = everything(at("reads"), case) + json_of(client, provider, scenario, "reads", case.ref)
    assert not [secret for secret in SECRETS.values() if secret in found]


def test_a_lead_who_negotiates_knows_it_while_they_hold_the_talks(at: Any, scenario: Scenario) -> None:
    """A lead who negotiates reads nothing before they hold the talks, and nothing after the end."""
    case = statements_made(scenario)
    assert SECRETS["offer"] not in at("both").get(f"/desk/cases/{case.ref}")
    scenario.move(Caller("both", Role.NEGOTIATOR, frozenset({"general"})), "take", case.ref)
    assert SECRETS["offer"] in at("both").get(f"/desk/cases/{case.ref}")
    scenario.move(scenario.by_link(case.ref), "withdraw", case.ref)
    assert SECRETS["offer"] not in at("both").get(f"/desk/cases/{case.ref}")
    assert SECRETS["offer"] in at("ma").get(f"/desk/cases/{case.ref}")


def test_investigator_is_offered_no_talks(
    at: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The investigator reads no statement and is offered no move of the talks, even with the role of a
    negotiator.
    """
    monkeypatch.setitem(GROUPS, "zhao", ["role:negotiator", "team:general"])
    case = statements_made(scenario)
    page = at("zhao").get(f"/desk/cases/{case.ref}")
    assert not [secret for secret in SECRETS.values() if secret in page]
    assert not {*re.findall(r"moves/(\w+)\"", page)} & {
        "offer",
        "state_position",
        "record_try",
        "take",
        "end_negotiation",
    }


def test_the_letters_of_the_talks_are_told_by_the_negotiator(at: Any, scenario: Scenario) -> None:
    """Other staff see letter, recipient and task; the negotiator reads it out and records that."""
    case = statements_made(scenario)
    waits = [telling.id for telling in case.tellings if telling.letter.startswith("offer")]
    assert waits
    page = visible(at("wang").get(f"/desk/cases/{case.ref}"))
    assert "An offer" in page
    assert "The negotiation officer tells the person" in page
    form = at("wang").get(f"/desk/cases/{case.ref}/moves/record_telling")
    assert not [id for id in waits if id in form]
    desk = at("ma")
    assert SECRETS["offer"] in desk.get(f"/desk/cases/{case.ref}/moves/record_telling")
    for telling in [*scenario.product.file.load(case.ref).tellings]:
        desk.take(case, "record_telling", telling=telling.id, how="phone", told="true", said="读给本人听")
    assert not scenario.product.file.load(case.ref).tellings


def test_a_text_of_the_talks_in_a_joint_case_is_told_by_the_negotiator(
    at: Any, client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The key of such a letter names the person. Pages, forms, scripts and interface still hide it from other
    staff and refuse their record; the negotiator reads it out.
    """
    ref = joint_by_phone(scenario)
    case = scenario.product.file.load(ref)
    (waits,) = [t for t in case.tellings if t.letter.startswith("offer")]
    assert waits.letter == "offer#F1@p2"
    told = {"telling": waits.id, "how": "phone", "told": True, "said": "念了全文。"}
    for who in ("wang", "zhao", "sun", "feng", "qian", "both", "odd"):
        found = everything(at(who), case) + json_of(client, provider, scenario, who, ref)
        assert SECRETS["offer"] not in found, who
        assert f'value="{waits.id}"' not in found, who
        assert call(client, provider, scenario, who, f"/v1/cases/{ref}/moves/record_telling", told) in (
            (403, "told_in_confidence"),
            (409, "told_in_confidence"),
            (403, "move_not_allowed_for_role"),
        ), who
    form = at("ma").get(f"/desk/cases/{ref}/moves/record_telling")
    assert SECRETS["offer"] in form
    assert waits.id in form
    at("ma").take(case, "record_telling", **{**told, "told": "true"})
    assert waits.id not in {telling.id for telling in scenario.product.file.load(ref).tellings}


@once
def joint_by_phone(scenario: Scenario) -> str:
    """Return joint talks with an offer of the company; the second person has only a telephone."""
    ref = scenario.submit().ref
    by_phone = {"name": "赵敏", "phone": "13700137000"}
    other = scenario.submit(WANG, person=by_phone, account={"story": "赵敏的经过"}, channel="phone").ref
    scenario.move(WANG, "invite_to_join", other, leading=ref)
    scenario.move(scenario.by_link(other), "join_case", other, own_wish=True)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(
        ZHAO, "identify_dispute", ref, about="意见不一。", nature="amount", severity="S4", agrees=True
    )
    scenario.move(SUN, "assign_negotiator", ref, to="ma")
    named = scenario.move(
        MA, "name_business_representative", ref, person={**SHOP, "email": "qin@shop.example"}
    )
    assert named.business
    scenario.move(scenario.by_link(ref, named.business.id), "offer", ref, terms=SECRETS["offer"], until=UNTIL)
    return ref


def call(
    client: Any, provider: Provider, scenario: Scenario, who: str, path: str, body: dict[str, Any]
) -> tuple[int, str]:
    """Send a body to the interface as a staff member; return the status and the refusal's code."""
    provider.now = scenario.time
    token = provider.token(sub=who, **{"cognito:groups": GROUPS[who]})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = client.http.post(path, headers=headers, body=json.dumps(body))
    return answer.status_code, answer.json_body.get("type", "").rpartition("/")[2]


def test_a_text_put_to_each_in_talks_is_for_the_talks(
    at: Any, client: Any, scenario: Scenario, provider: Provider
) -> None:
    """Staff on a joint case read a text put before the talks; during the talks only the negotiator does."""
    ref = joint(scenario)
    scenario.move(WANG, "ask_consent", ref, settlement="各退一半，先问一问")
    scenario.later(DAY)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(
        ZHAO, "identify_dispute", ref, about="意见不一。", nature="amount", severity="S4", agrees=True
    )
    scenario.move(SUN, "assign_negotiator", ref, to="ma")
    scenario.move(MA, "ask_consent", ref, settlement=SECRETS["offer"])
    for who, knows in (("ma", True), ("sun", False), ("zhao", False)):
        found = everything(at(who), scenario.product.file.load(ref)) + json_of(
            client, provider, scenario, who, ref
        )
        assert "先问一问" in found
        assert (SECRETS["offer"] in found) is knows


def test_the_supervisor_reads_the_refusal_they_confirm(at: Any, scenario: Scenario) -> None:
    """The form of approval shows the company's reason against mediation."""
    ref = negotiator_assigned(scenario).ref
    scenario.move(scenario.by_link(ref), "invite_mediation", ref)
    scenario.move(scenario.by_link(ref, "p2"), "refuse_mediation", ref, reason="总部不同意。")
    assert "总部不同意。" in at("zhou").get(f"/desk/cases/{ref}/moves/approve")
    form = at("ma").get(f"/desk/cases/{ref}/moves/refuse_mediation")
    assert 'value="consumer"' in form
    assert 'value="business"' not in form


def test_a_negotiator_is_named_from_those_who_can(at: Any, scenario: Scenario) -> None:
    """The form lists the team's negotiators first, and no one who investigated or answered. It asks for the
    severity once.
    """
    ref = disputed(scenario).ref
    form = at("sun").get(f"/desk/cases/{ref}/moves/assign_negotiator")
    offered = re.findall(r'<option value="(\w+)"', form) or re.findall(r'type="radio" value="(\w+)"', form)
    assert offered[0] == "ma"
    assert not {"zhao", "sun"} & set(offered)
    assert 'name="severity"' in form
    assert "赔得太少。" in form
    assert "moves/take" not in at("ma").get(f"/desk/cases/{ref}")
    at("sun").take(scenario.product.file.load(ref), "assign_negotiator", to="ma", severity="S3")
    assert 'name="severity"' not in at("sun").get(f"/desk/cases/{ref}/moves/assign_negotiator")
    assert ref[:4] in at("ma").get("/desk?list=mine")


def test_an_offer_is_written_down_and_accepted_by_forms(at: Any, scenario: Scenario) -> None:
    """The negotiator records offers by phone: the counter is preselected, and only the side that may answer
    is asked. The agreement can be performed on the spot.
    """
    case, desk = negotiator_assigned(scenario), at("ma")
    desk.take(case, "offer", side="business", terms="退三百元。", until=UNTIL, amount="300")
    page = desk.get(f"/desk/cases/{case.ref}/moves/offer")
    assert 'value="business"' not in page
    assert re.search(r'<option value="F1" selected>F1 · business side · CNY 300.00 · 退三百元。', page)
    desk.take(case, "offer", side="consumer", counters="F1", terms="退五百元。", until=UNTIL, amount="500")
    assert "moves/share_statement" not in desk.get(f"/desk/cases/{case.ref}")
    desk.take(case, "accept_offer", offer="F2", side="business", read_back="true")
    page = desk.get(f"/desk/cases/{case.ref}")
    assert not {*re.findall(r"moves/(\w+)\"", page)} & {
        "offer",
        "accept_offer",
        "refuse_offer",
        "invite_mediation",
        "end_negotiation",
    }
    assert "offer accepted" in visible(page)
    desk.take(
        case, "record_on_the_spot", done="当面转账。", consumer_confirms="true", business_confirms="true"
    )
    assert scenario.product.file.load(case.ref).outcome == "performed_on_the_spot"


def test_a_representative_is_named_by_name_and_address(at: Any, scenario: Scenario) -> None:
    """The form asks for name, e-mail, phone and language only."""
    ref = disputed(scenario).ref
    scenario.move(SUN, "assign_negotiator", ref, to="ma", severity="S4")
    form = at("ma").get(f"/desk/cases/{ref}/moves/name_business_representative")
    assert set(re.findall(r'name="person\.(\w+)"', form)) == {"name", "email", "phone", "language"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_talks_read_as_people_read(at: Any, scenario: Scenario, language: str) -> None:
    """The page shows dispute, negotiator, barred staff, statements, attempts, offers, mediation, ending."""
    case = ended(scenario)
    page = visible(at("ma", language).get(f"/desk/cases/{case.ref}"))
    for words in ("赔得太少。", "秦店长", "F1", "F2", "S1", *SECRETS.values(), "谈不拢。"):
        assert words in page, words
    assert "None" not in page
    assert "{" not in page


def states(scenario: Scenario) -> Iterator[Case]:
    """Yield talks in every situation that offers a move to staff."""
    investigating = scenario.submit().ref
    scenario.move(WANG, "accept", investigating)
    yield scenario.product.file.load(investigating)
    yield disputed(scenario)
    yield negotiator_assigned(scenario)
    case = statements_made(scenario)
    yield case
    scenario.move(scenario.by_link(case.ref), "state_position", case.ref, text="我要一个说法。")
    yield scenario.move(MA, "invite_mediation", case.ref)
    shielded = negotiator_assigned(scenario)
    scenario.move(ZHOU, "set_severity", shielded.ref, severity="S1", why="有人受伤。")
    scenario.later(30 * DAY)
    scenario.minute()
    yield scenario.product.file.load(shielded.ref)
    refused = negotiator_assigned(scenario)
    scenario.move(ZHOU, "set_severity", refused.ref, severity="S1", why="有人受伤。")
    scenario.move(MA, "invite_mediation", refused.ref)
    scenario.move(scenario.by_link(refused.ref), "refuse_mediation", refused.ref)
    scenario.later(30 * DAY)
    scenario.minute()
    yield scenario.product.file.load(refused.ref)


def test_every_form_of_the_talks_opens_in_its_time(at: Any, scenario: Scenario) -> None:
    """Every form opens for its readers in both languages, with complete text."""
    opened: dict[str, set[str]] = {"zh": set(), "en": set()}
    for case in states(scenario):
        for language, who in product(opened, ("wang", "sun", "zhou", "ma")):
            page = at(who, language).get(f"/desk/cases/{case.ref}")
            for move in set(re.findall(r"moves/(\w+)\"", page)) - opened[language]:
                page += at(who, language).get(f"/desk/cases/{case.ref}/moves/{move}")
                opened[language].add(move)
            assert "None" not in visible(page)
            assert "{" not in visible(page)
    clock = {name for name in IN if MOVES[name].by == Role.CLOCK}
    assert all({*IN} <= each | clock for each in opened.values())


def test_talks_forms_list_only_possible_sides() -> None:
    """The forms list only the side that may answer an offer, the sides with unshared statements, and the
    other side's offer.
    """

    def codes(move: str, name: str, case: Case = TALKING, **more: Any) -> list[str]:
        found = next(
            (field for field in fields_on(move, case, "en", roster=HOUSE, **more) if field.name == name), None
        )
        return [option.code for option in found.options] if found else []

    assert (
        codes("accept_offer", "side")
        == codes("refuse_offer", "side")
        == codes("offer", "side")
        == ["consumer"]
    )
    assert codes("accept_offer", "offer") == codes("offer", "counters") == ["F1"]
    assert codes("share_statement", "statement") == ["S1", "S2"]
    assert codes("consent_mediation", "side") == ["consumer"]
    assert codes("refuse_mediation", "side") == ["consumer", "business"]
    silent = replace(TALKING, talks=replace(TALKING.talks, dispute=replace(TALKS, offers=())))
    assert codes("offer", "side", silent) == ["consumer", "business"]
    assert codes("offer", "counters", silent) == []
    assert codes("accept_offer", "offer", seen=Seen(party="p1")) == ["F1"]
    assert codes("share_statement", "statement", seen=Seen(party="p1")) == ["S1"]
    assert codes("share_statement", "statement", seen=Seen(party="p2")) == []


def test_talks_forms_limit_endings_and_severity() -> None:
    """Endings with their own moves are not listed. A dispute cannot lower the severity of a major case."""
    assert not {"agreed", "out_of_time", "absent", "withdrawn"} & {
        option.code for option in form_fields("end_negotiation")[0].options
    }
    major = replace(CASE, stage=Stage.ANSWERED, severity=Severity.S2)
    field = next(field for field in fields_on("identify_dispute", major, "en") if field.name == "severity")
    assert ([option.code for option in field.options], field.value) == (["S1", "S2"], "S2")


def test_talks_are_given_to_whoever_may_hold_them() -> None:
    """The form lists negotiators first, and no investigator, recused officer or company representative."""
    people = {
        role: (Member(role, role, f"{role}@house.example"),)
        for role in ("intake", "investigator", "lead", "negotiator")
    }
    people["investigator"] = (Member("zhao", "Zhao", "zhao@house.example"),)
    scenario = Roster({"general": replace(HOUSE.teams["general"], duty=people)})

    def offered(move: str, **seen: str) -> list[str]:
        field = next(
            f for f in fields_on(move, TALKING, "en", roster=scenario, seen=Seen(**seen)) if f.name == "to"
        )
        return [option.code for option in field.options]

    assert offered("assign_negotiator") == offered("assign") == ["negotiator", "intake", "lead"]
    assert offered("assign_negotiator", company="Lead@house.example") == ["negotiator", "intake"]
    needed = {
        field.name: field.required for field in fields_on("assign_negotiator", TALKING, "en", roster=scenario)
    }
    assert needed["severity"]
