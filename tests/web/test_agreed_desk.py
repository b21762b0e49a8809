"""Mediation and agreements at the desk and in the staff interface: moves, forms, refusals and readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.drafting import Clause
from chalicelib.domain.register import Register
from chalicelib.locale.formats import moment
from chalicelib.web.forms.form_context import Seen
from chalicelib.web.pages import say
from tests.life.agreed import YAN, bound, called, digest, drafted, mediated, mediating, sign, text
from tests.life.complaint import refusal
from tests.life.contested import MA
from tests.scenario import DAY, FENG, HOUR, SUN, ZHOU, Scenario, once
from tests.store import PDF, Store
from tests.web.calls import post
from tests.web.desk import GROUPS, Desk, visible
from tests.web.fields import everything, json_of
from tests.web.forms import HOUSE, MEDIATING, SEEN, SIGNING, TALKING, Posted, fields_on, form_fields, leaves
from tests.web.provider import Provider

OTHERS = ("wang", "zhao", "sun", "wu", "feng", "qian")
"""Intake, investigator, lead, executive, follow-up, safety."""
SECRETS = {
    "minutes": "企业方说最多退一半",
    "explained": "店长说那天在外地",
    "facts": "双方都认可机器没有修好",
    "what": "上门取走旧机",
    "amount": "731.55",
    "refused": "总部嫌退得太多",
}
"""Words of a mediation or a draft."""
CHALLENGE = "调解员是店长的表弟"
IN = [
    name
    for name, move in MOVES.items()
    if move.do.__module__.rpartition(".")[2] in ("mediation", "meetings", "drafting", "signing", "leaving")
]


@pytest.fixture
def at(client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """Return the desk of a staff member, in a scenario with a negotiator and outside mediators, who have no
    team."""
    monkeypatch.setitem(GROUPS, "ma", ["role:negotiator", "team:general"])
    for who in ("yan", "ren", "xie"):
        monkeypatch.setitem(GROUPS, who, ["role:mediator"])
    return lambda who, language="en": Desk(client, scenario, who, language)


@once
def appointed(scenario: Scenario) -> str:
    """Return a dispute whose mediator yan is asked."""
    ref, _, _ = mediating(scenario)
    scenario.move(SUN, "appoint_mediator", ref, mediator="yan")
    return ref


@once
def written(scenario: Scenario, ref: str) -> Case:
    """Write everything that stays in the talks: minutes, an explained absence, a draft, a refusal to sign."""
    scenario.live(10 * DAY, ref)
    called(scenario, ref)
    scenario.live(10 * DAY + HOUR, ref)
    scenario.move(
        YAN,
        "record_meeting",
        ref,
        meeting="M1",
        present=["consumer"],
        minutes=SECRETS["minutes"],
        next_step="再约。",
    )
    scenario.move(
        YAN,
        "decide_absence",
        ref,
        meeting="M1",
        side="business",
        good=True,
        reason="情况属实。",
        explained=SECRETS["explained"],
    )
    scenario.move(YAN, "draft_agreement", ref, **draft(scenario))
    scenario.move(scenario.by_link(ref, "p2"), "refuse_to_sign", ref, reason=SECRETS["refused"])
    scenario.move(YAN, "draft_agreement", ref, **draft(scenario))
    return scenario.product.file.load(ref)


def draft(scenario: Scenario) -> dict[str, Any]:
    """Return a draft with words that only the talks may read."""
    said = text(scenario, facts=SECRETS["facts"])
    said["clauses"][0]["what"], said["clauses"][1]["amount"] = SECRETS["what"], {"amount": SECRETS["amount"]}
    return said


CLAUSE = {
    "debtor": "business",
    "creditor": "p1",
    "kind": "refund",
    "what": "原路退回。",
    "proof": "payment_record",
    "measure": "interest",
    "amount": "800.00",
}


def typed(scenario: Scenario, *rows: dict[str, str], **more: str) -> dict[str, str]:
    """Return the form input of a draft, each clause in the row of its number."""
    clauses = {f"clauses__{n}__{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    return {"company": "梧桐家电有限公司", "facts": "洗衣机不脱水。", **clauses, **more}


def day(scenario: Scenario, days: int = 10) -> str:
    """Return a date ahead, in the format of a form."""
    return (scenario.time + days * DAY).date().isoformat()


def test_a_mediator_is_chosen_from_the_register(at: Any, scenario: Scenario) -> None:
    """The list begins with the mediators who can be appointed. Each other shows the obstacle, which also
    refuses the appointment."""
    ref, _, _ = mediating(scenario)
    register = scenario.product.file.roster().mediators
    scenario.product.file.keep_register(
        Register(
            {
                "xie": replace(register.entries["ren"], id="xie", name="谢安", until=date(2026, 1, 31)),
                **register.entries,
            }
        )
    )
    form = at("sun", "zh").get(f"/desk/cases/{ref}/moves/appoint_mediator")
    assert re.findall(r'<option value="(\w+)"', form)[-1] == "xie"
    assert "谢安 · 和顺商事调解工作室 · 资质已到期" in form
    assert "2026年1月31日" in at("sun", "zh").take(
        scenario.product.file.load(ref), "appoint_mediator", 422, mediator="xie"
    )
    at("sun").take(scenario.product.file.load(ref), "appoint_mediator", mediator="yan")
    assert "asked, not accepted yet" in visible(at("zhou").get(f"/desk/cases/{ref}"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_proposed_mediator_sees_names_and_dispute_only(at: Any, scenario: Scenario, language: str) -> None:
    """A mediator asked for an appointment sees the names, the dispute, the deadline and two forms. Story and
    addresses are hidden; other mediators find no case."""
    ref = appointed(scenario)
    desk = at("yan", language)
    line = visible(desk.get("/desk"))
    assert ref[:4] in line
    assert "mediat" in line.lower() + "调解员：mediat"
    assert "sun" not in re.findall(r"\w+", line.lower())
    page = desk.get(f"/desk/cases/{ref}")
    assert "王芳" in page
    assert "秦店长" in page
    assert ("金额是多少" if language == "zh" else "how much money") in page
    assert not [
        secret
        for secret in ("13800138000", "wang.fang@", "qin@shop", "商家不退", "一分不退")
        if secret in page
    ]
    by = moment(language, due(scenario.product.file.load(ref))["mediator_appointment"])
    assert by in page
    assert say(language, "desk.asked.mediator_silence") in page
    assert {*re.findall(r"moves/(\w+)\"", page)} == {"accept_appointment", "recuse"}
    desk.get(f"/desk/cases/{ref}/moves/call_meeting", 303)
    desk.get(f"/desk/cases/{ref}/files/add", 403)
    at("ren").get(f"/desk/cases/{ref}", 404)
    assert at("ren").get("/desk").count(ref[:4]) == 0
    desk.take(scenario.product.file.load(ref), "accept_appointment", 422)
    desk.take(
        scenario.product.file.load(ref),
        "accept_appointment",
        independent="true",
        past_cases="两件，均为消费者一方申请。",
    )
    page = desk.get(f"/desk/cases/{ref}")
    assert "商家不退" in page
    assert "13800138000" in page
    assert "moves/record_try" in page
    assert "moves/call_meeting" not in page
    assert ("In formal mediation" if language == "en" else "正式调解") in visible(desk.get("/desk"))


def test_a_mediator_who_has_a_tie_stands_back(at: Any, scenario: Scenario) -> None:
    """A mediator who recuses themselves loses the case. The lead can appoint another mediator, not the same
    one."""
    ref = appointed(scenario)
    assert (
        at("yan")
        .take(scenario.product.file.load(ref), "recuse", conflict="relative", reason="表亲")
        .endswith("/desk?done=recuse")
    )
    assert "somebody else will be found" in at("yan").get("/desk?done=recuse")
    at("yan").get(f"/desk/cases/{ref}", 404)
    form = at("sun").get(f"/desk/cases/{ref}/moves/appoint_mediator")
    assert "has stood back or was replaced on this complaint" in form
    assert refusal(scenario, SUN, "appoint_mediator", ref, mediator="yan") == "mediator_rejected"


def test_the_interface_tells_a_mediator_no_more(
    client: Any, scenario: Scenario, provider: Provider, at: Any
) -> None:
    """Before acceptance the interface gives a mediator names, nature and two moves, and no timeline. The work
    list works without a team."""
    ref = appointed(scenario)
    provider.now = scenario.time
    bearer = {"Authorization": f"Bearer {provider.token(sub='yan', **{'cognito:groups': ['role:mediator']})}"}
    told = client.http.get(f"/v1/cases/{ref}", headers=bearer).json_body
    assert set(told) == {"number", "parties", "nature", "matters", "moves", "next", "etag"}
    assert [party["name"] for party in told["parties"]] == ["王芳", "秦店长"]
    assert told["moves"] == ["accept_appointment", "recuse"]
    assert client.http.get(f"/v1/cases/{ref}/timeline?limit=100", headers=bearer).status_code == 403
    [item] = client.http.get("/v1/work", headers=bearer).json_body["items"]
    assert set(item) == {"ref", "next_due", "mediator", "next"}
    assert client.http.get("/v1/work?queue=team", headers=bearer).status_code == 403


def test_mediation_is_hidden_from_other_staff(
    at: Any, client: Any, scenario: Scenario, provider: Provider
) -> None:
    """No page, form or interface answer gives other staff the minutes, reasons of absence, drafts or
    refusals. The mediator reads them all."""
    ref, _, _ = mediated(scenario)
    case = written(scenario, ref)
    for who in (*OTHERS, "zhou"):
        found = everything(at(who), case) + json_of(client, provider, scenario, who, ref)
        assert not [
            secret for secret in SECRETS.values() if secret in found or secret.replace(".", "") in found
        ], who
    page, told = everything(at("yan"), case), json_of(client, provider, scenario, "yan", ref)
    assert not [
        secret
        for secret in SECRETS.values()
        if secret not in page or secret not in told.replace("73155", "731.55")
    ]


def test_follow_up_officer_reads_the_agreement_in_force(
    at: Any, client: Any, scenario: Scenario, provider: Provider
) -> None:
    """After the last signature the follow-up officer reads the text and every obligation. Earlier words stay
    in the talks."""
    ref, consumer, shop = mediated(scenario)
    written(scenario, ref)
    sign(scenario, ref, consumer, shop, YAN)
    case = scenario.product.file.load(ref)
    page, told = everything(at("feng"), case), json_of(client, provider, scenario, "feng", ref)
    for name, secret in SECRETS.items():
        known = name in ("facts", "what", "amount")
        assert (secret in page) is known, name
        assert (secret in told.replace("73155", "731.55")) is known, name
    assert "Clause 2 · " in visible(page)
    assert case.bound
    assert case.bound.digest in page
    assert "731.55" in json_of(client, provider, scenario, "auditor", ref)
    assert SECRETS["facts"] not in json_of(client, provider, scenario, "auditor", ref)


def test_the_supervisor_reads_the_objection_they_decide_on(at: Any, scenario: Scenario) -> None:
    """The supervisor reads the objection on the form that decides it. Other staff and the mediator concerned
    do not."""
    ref, consumer, _ = mediated(scenario)
    scenario.move(
        consumer,
        "challenge_mediator",
        ref,
        conflict="relative",
        reason=CHALLENGE,
        unknown_before="昨天才听说。",
    )
    form = at("zhou").get(f"/desk/cases/{ref}/moves/decide_challenge")
    assert CHALLENGE in form
    assert "close relative" in visible(form)
    assert not [
        who
        for who in OTHERS
        if who not in ("wu",) and CHALLENGE in everything(at(who), scenario.product.file.load(ref))
    ]
    assert "moves/end_mediation" not in at("yan").get(f"/desk/cases/{ref}")
    assert CHALLENGE not in everything(at("yan"), scenario.product.file.load(ref))
    at("zhou").take(scenario.product.file.load(ref), "decide_challenge", upheld="true", reason="有亲属关系。")
    page = visible(at("sun").get(f"/desk/cases/{ref}"))
    assert "to be appointed" in page
    assert "appointed before, no longer" in page
    assert "consumer side" in page


def test_a_draft_is_written_clause_by_clause(at: Any, scenario: Scenario) -> None:
    """A blank row between clauses is dropped, and references to later rows move with them."""
    ref, _, _ = mediated(scenario)
    rows = (
        {**CLAUSE, "by": day(scenario)},
        {},
        {**CLAUSE, "kind": "apology", "amount": "", "by": day(scenario)},
        {**CLAUSE, "after": "3", "days": "5", "measure": "agreed_penalty", "penalty": "20"},
    )
    at("yan").take(scenario.product.file.load(ref), "draft_agreement", **typed(scenario, *rows))
    case = scenario.product.file.load(ref)
    assert case.talks.agreement
    assert [
        (term.id, term.kind, term.after, term.days, term.penalty) for term in case.talks.agreement.terms
    ] == [
        ("C1", "refund", None, None, None),
        ("C2", "apology", None, None, None),
        ("C3", "refund", "C2", 5, 2000),
    ]
    page = visible(at("yan").get(f"/desk/cases/{ref}"))
    for words in (
        "Clause 3 · refund · CNY 800.00",
        "within 5 days after clause 2",
        "the agreed penalty is paid · CNY 20.00",
        case.talks.agreement.digest,
        "not signed yet",
        "Mediation agreement",
    ):
        assert words in page, words


BAD: dict[str, tuple[dict[str, str], str, str]] = {
    "a fraction of a fen": ({"amount": "800.001"}, "clauses.0.amount", "at most two decimals"),
    "no date": ({"by": ""}, "clauses.0.by", "give the last day"),
    "no debtor": ({"debtor": ""}, "clauses.0.debtor", "Please fill this in"),
    "no measure": ({"measure": ""}, "clauses.0.measure", "Please fill this in"),
    "a day and a clause to wait for": ({"after": "2", "days": "3"}, "clauses.0.by", "one of the two"),
    "waiting for itself": ({"by": "", "after": "1", "days": "3"}, "clauses.0.after", "in a circle"),
    "waiting for nothing": ({"by": "", "after": "9", "days": "3"}, "clauses.0.after", "There is no clause 9"),
    "no number": ({"by": "", "after": "x", "days": "3"}, "clauses.0.after", "whole number"),
    "no days": ({"by": "", "after": "2"}, "clauses.0.days", "within how many days"),
    "one side only": ({"creditor": "business"}, "clauses.0.creditor", "the other a consumer"),
    "no amount": ({"amount": ""}, "clauses.0.amount", "needs an amount"),
    "a penalty of nothing": ({"measure": "agreed_penalty"}, "clauses.0.penalty", "needs its amount"),
    "a day that has passed": ({"by": "2026-01-31"}, "clauses.0.by", "before the end of the time to sign"),
    "a cure of a year": ({"cure_days": "365"}, "clauses.0.cure_days", "from 1 to 90 days"),
    "a regulator against a consumer": (
        {"debtor": "p1", "creditor": "business", "measure": "report_regulator"},
        "clauses.0.measure",
        "cannot be used against a consumer",
    ),
    "what no agreement may say": (
        {"what": "消费者承诺不再投诉。"},
        "clauses.0.what",
        "No agreement may say this: giving up the right",
    ),
    "half in English": ({"english": "true"}, "facts_en", "in English as well"),
}


def test_a_draft_that_cannot_be_performed_is_refused_where_it_lacks(at: Any, scenario: Scenario) -> None:
    """Each error has its sentence at its field. Nothing is written, and the typed text stays."""
    ref, _, _ = mediated(scenario)
    case, desk = scenario.product.file.load(ref), at("yan")
    for what, (changes, field, sentence) in BAD.items():
        top = {name: value for name, value in changes.items() if name == "english"}
        first = {
            **CLAUSE,
            "by": day(scenario),
            **{name: value for name, value in changes.items() if name not in top},
        }
        page = desk.take(
            case, "draft_agreement", 422, **typed(scenario, first, {**CLAUSE, "by": day(scenario)}, **top)
        )
        assert re.search(rf'<a href="#{re.escape(field)}">[^<]*{re.escape(sentence)}', page), (
            what,
            visible(page)[:800],
        )
        assert all(value in page for value in first.values()), what
    assert scenario.product.file.load(ref).entries == case.entries


def test_clauses_that_wait_for_each_other_are_refused(at: Any, scenario: Scenario) -> None:
    """A circle of three clauses is refused, here in Chinese."""
    ref, _, _ = mediated(scenario)
    rows = ({**CLAUSE, "after": str(after), "days": "1"} for after in (2, 3, 1))
    page = at("yan", "zh").take(
        scenario.product.file.load(ref), "draft_agreement", 422, **typed(scenario, *rows)
    )
    assert "各条之间互相等待，又回到了第1条" in page


def test_a_draft_is_changed_from_how_it_stands(at: Any, scenario: Scenario) -> None:
    """The form begins with the current text. Sent unchanged, it makes the same text with the next version
    number."""
    ref, _, _ = drafted(scenario)
    desk, case = at("yan"), scenario.product.file.load(ref)
    fields = fields_of(scenario, ref, "amend_draft")
    assert {
        name: fields[name] for name in ("clauses.0.kind", "clauses.1.amount", "clauses.1.after", "company")
    } == {
        "clauses.0.kind": "return_goods",
        "clauses.1.amount": "800.00",
        "clauses.1.after": "1",
        "company": "梧桐家电有限公司",
    }
    desk.take(
        case,
        "amend_draft",
        **{**{name.replace(".", "__"): value for name, value in fields.items()}, "changed": "没有变化。"},
    )
    again = scenario.product.file.load(ref)
    assert case.talks.agreement
    assert again.talks.agreement
    assert again.talks.agreement.terms == case.talks.agreement.terms
    assert again.talks.agreement.version == 2


def fields_of(scenario: Scenario, ref: str, move: str) -> dict[str, str]:
    """Return the initial values of a form at the mediator's desk."""
    from chalicelib.web.pages.desk.reading import Reading

    dossier = scenario.product.file.whole(ref)
    reading = Reading(dossier, YAN, "en", scenario.product)
    found = fields_on(move, reading.case, "en", roster=reading.roster, seen=reading.seen)
    return {field.name: field.value for field in leaves(found) if field.value}


def test_a_mediator_signs_the_text_that_they_saw(at: Any, scenario: Scenario) -> None:
    """The form shows the whole text with its digest. A text amended since then is not signed; the form shows
    the new one."""
    ref, _, _ = drafted(scenario)
    desk, case = at("yan"), scenario.product.file.load(ref)
    form = desk.get(f"/desk/cases/{ref}/moves/sign")
    assert "交给上门取件的人员。" in form
    assert form.count(digest(scenario, ref)) >= 2
    assert 'name="signer"' not in form
    assert 'name="scan"' not in form
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    scenario.move(
        YAN, "amend_draft", ref, changed="加一条。", **text(scenario, remarks="双方不再有其他争议。")
    )
    back = desk.post(f"/desk/cases/{ref}/moves/sign", hidden, 422)
    assert "it was changed after you opened it" in back
    assert "双方不再有其他争议。" in back
    assert f'name="digest" value="{digest(scenario, ref)}"' in back
    assert refusal(scenario, YAN, "sign", ref, digest=hidden["digest"]) == "text_changed"
    desk.take(case, "sign")
    assert refusal(scenario, YAN, "sign", ref, digest=digest(scenario, ref)) == "signed_before"
    assert "moves/sign" not in desk.get(f"/desk/cases/{ref}")


def test_another_signature_meanwhile_stops_nobody(at: Any, scenario: Scenario) -> None:
    """A signature of another party while the form is open changes nothing. A form sent twice signs once."""
    ref, consumer, _ = drafted(scenario)
    form = at("yan").get(f"/desk/cases/{ref}/moves/sign")
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    sign(scenario, ref, consumer)
    for _ in range(2):
        at("yan").post(f"/desk/cases/{ref}/moves/sign", hidden)
    case = scenario.product.file.load(ref)
    assert case.talks.agreement
    assert [signature.of for signature in case.talks.agreement.signatures] == ["p1", "mediator"]


def test_a_signature_on_paper_is_written_down_with_its_scan(at: Any, scenario: Scenario) -> None:
    """The negotiator names the signer and the file. Without a file, the form says to upload it first."""
    ref, _, shop = drafted(scenario)
    sign(scenario, ref, YAN, shop)
    case, desk = scenario.product.file.load(ref), at("ma")
    form = desk.get(f"/desk/cases/{ref}/moves/sign")
    assert re.findall(r'<option value="(\w+)"', form) + re.findall(r'type="radio" value="(\w+)"', form) == [
        "p1"
    ]
    assert "Upload the signed page under “Files”" in form
    assert "If there is none yet, upload it under “Files” first." in desk.take(case, "sign", 422, signer="p1")
    store = Store(scenario)
    scan = store.declare(case, MA, type="application/pdf", shows="消费者签字的协议")
    store.tell(store.put(scan, PDF))
    piece = next(piece for piece in scenario.product.file.load(ref).evidence if piece.file == scan.id)
    desk.take(scenario.product.file.load(ref), "sign", signer="p1", scan=piece.id)
    scenario.move(SUN, "approve", ref, approval=scenario.product.file.load(ref).approvals[-1].id)
    signed = scenario.product.file.load(ref)
    assert signed.stage == "performing"
    assert signed.bound
    page = visible(at("feng").get(f"/desk/cases/{ref}"))
    assert f"on paper · recorded by Ma · {piece.id}" in page
    assert "In force: Yes" in page
    assert "Members of the panel" not in page
    assert "being made, usually within minutes" in page


def test_the_sealed_document_and_its_confirmation(at: Any, scenario: Scenario) -> None:
    """The page shows digest and size, the deadline for judicial confirmation, which sides agreed, and the
    result."""
    ref = bound(scenario)
    from chalicelib.access.authorization import CLOCK

    scenario.product.casework.move(
        "record_seal", ref, CLOCK, {"sha256": "a" * 64, "size": 250_000, "application": "b" * 64}
    )
    page = at("feng").get(f"/desk/cases/{ref}")
    assert "a" * 64 in page
    assert "244 KB" in page
    assert "to be applied for by" in page
    for link in (f"/desk/cases/{ref}/agreement", f"/desk/cases/{ref}/agreement?paper=application"):
        assert f'href="{link}"' in page
        at("feng").get(link, 303)
        at("auditor").get(link, 403)
    assert f"/desk/cases/{ref}/agreement" not in at("auditor").get(f"/desk/cases/{ref}")
    form = at("feng").get(f"/desk/cases/{ref}/moves/record_confirmation")
    assert 'value="agrees"' in form
    at("feng").take(scenario.product.file.load(ref), "record_confirmation", step="agrees", side="consumer")
    assert 'value="consumer"' not in at("feng").get(f"/desk/cases/{ref}/moves/record_confirmation")
    at("feng").take(
        scenario.product.file.load(ref), "record_confirmation", step="applied", court="梧桐区人民法院"
    )
    assert 'value="agrees"' not in at("feng").get(f"/desk/cases/{ref}/moves/record_confirmation")
    scenario.move(
        FENG, "record_confirmation", ref, step="confirmed", court="梧桐区人民法院", number="（2026）民特1号"
    )
    page = visible(at("feng").get(f"/desk/cases/{ref}"))
    assert "confirmed by the court" in page
    assert "（2026）民特1号" in page
    assert "moves/record_confirmation" not in page


def test_a_meeting_is_called_and_written_down_by_forms(at: Any, scenario: Scenario) -> None:
    """Meetings use local time and are recorded once they have begun. The form requires an explicit tick if
    neither side came."""
    ref, _, _ = mediated(scenario)
    scenario.live(6 * DAY, ref)
    desk = at("yan")
    soon = {"at": f"{day(scenario, 1)}T09:30", "minutes": "60", "way": "in_person", "place": "三楼调解室"}
    assert "The notice is too short: the meeting can be at" in desk.take(
        scenario.product.file.load(ref), "call_meeting", 422, **soon
    )
    desk.take(
        scenario.product.file.load(ref),
        "call_meeting",
        **{**soon, "at": f"{day(scenario, 12)}T09:30", "papers": "订单"},
    )
    assert "moves/record_meeting" not in desk.get(f"/desk/cases/{ref}")
    desk.take(
        scenario.product.file.load(ref),
        "change_meeting",
        meeting="M1",
        reason="调解室占用",
        at=f"{day(scenario, 13)}T14:00",
    )
    page = visible(desk.get(f"/desk/cases/{ref}"))
    assert "14:00" in page
    assert "changed 1×" in page
    assert "三楼调解室" in page
    assert "Time it had" in page
    scenario.live(14 * DAY, ref)
    assert "over, minutes to be written" in visible(desk.get(f"/desk/cases/{ref}"))
    said = {"meeting": "M1", "minutes": "说明了情况。", "next_step": "再约。"}
    assert "tick “neither side came”" in desk.take(
        scenario.product.file.load(ref), "record_meeting", 422, **said
    )
    desk.take(scenario.product.file.load(ref), "record_meeting", nobody="true", **said)
    form = desk.get(f"/desk/cases/{ref}/moves/decide_absence")
    assert 'value="consumer"' in form
    assert 'value="business"' in form
    assert "M1 ·" in form
    page = visible(desk.get(f"/desk/cases/{ref}"))
    assert "neither side" in page
    assert page.count("to be explained and decided") == 2


def states(scenario: Scenario) -> Iterator[Case]:
    """Yield a mediation in every situation in which staff have a move of their own."""
    ref, consumer, shop = mediating(scenario)
    yield scenario.product.file.load(ref)
    yield scenario.move(SUN, "appoint_mediator", ref, mediator="yan")
    yield scenario.move(YAN, "accept_appointment", ref, independent=True)
    scenario.move(shop, "challenge_mediator", ref, conflict="relative", reason=CHALLENGE)
    yield scenario.product.file.load(ref)
    yield scenario.move(ZHOU, "decide_challenge", ref, upheld=False, reason="不成立。")
    scenario.live(10 * DAY, ref)
    yield called(scenario, ref)
    scenario.live(11 * DAY, ref)
    yield scenario.product.file.load(ref)
    scenario.move(
        YAN,
        "record_meeting",
        ref,
        meeting="M1",
        present=["consumer"],
        minutes="只有一方到场。",
        next_step="再约。",
    )
    yield scenario.move(YAN, "agree_extension", ref)
    yield scenario.move(YAN, "draft_agreement", ref, **text(scenario))
    sign(scenario, ref, consumer, shop, YAN)
    yield scenario.product.file.load(ref)
    shielded, _, _ = mediated(scenario)
    called(scenario, shielded)
    scenario.live(10 * DAY + HOUR, shielded)
    both, minutes = ["consumer", "business"], {"minutes": "双方说明了情况。", "next_step": "起草协议。"}
    scenario.move(YAN, "record_meeting", shielded, meeting="M1", present=both, **minutes)
    scenario.move(YAN, "draft_agreement", shielded, **text(scenario))
    scenario.move(ZHOU, "set_severity", shielded, severity="S1", why="有人受伤。")
    scenario.live(80 * DAY, shielded)
    yield scenario.product.file.load(shielded)


def test_every_form_of_mediation_and_agreement_opens_in_its_time(at: Any, scenario: Scenario) -> None:
    """Every form opens for each role that may take it, in both languages, with all its labels.
    `lapse_signing` is the exception: a lead ends the signing time only when no day is left for the talks."""
    opened: dict[str, set[str]] = {"zh": set(), "en": set()}
    for case in states(scenario):
        for language, who in product(opened, ("wang", "sun", "zhou", "ma", "yan", "feng")):
            if not scenario.product.casework.sees(
                case,
                Caller(
                    who,
                    Role[GROUPS[who][0][5:].upper()],
                    frozenset(group[5:] for group in GROUPS[who] if group.startswith("team:")),
                ),
            ):
                continue
            page = at(who, language).get(f"/desk/cases/{case.ref}")
            for move in set(re.findall(r"moves/(\w+)\"", page)) - opened[language]:
                page += at(who, language).get(f"/desk/cases/{case.ref}/moves/{move}")
                opened[language].add(move)
            assert "None" not in visible(page)
            assert "{" not in visible(page)
    clock = {name for name in IN if MOVES[name].by == Role.CLOCK}
    assert all({*IN} - each - clock == {"lapse_signing"} for each in opened.values())


def test_the_interface_takes_nested_clauses(
    client: Any, scenario: Scenario, provider: Provider, at: Any
) -> None:
    """Money is an object and a code a string. An error names its place. Staff read mediation, text, terms and
    the missing signers."""
    ref, _, _ = mediated(scenario)
    provider.now = scenario.time
    headers = {
        "Content-Type": "application/json",
        "Accept-Language": "en",
        "Authorization": f"Bearer {provider.token(sub='yan', **{'cognito:groups': ['role:mediator']})}",
    }
    path, said = f"/v1/cases/{ref}/moves/draft_agreement", text(scenario)
    for n, (change, code) in enumerate(
        [
            ({"amount": {"amount": "800.001"}}, "money"),
            ({"amount": 80000}, "money"),
            ({"debtor": None}, "string_type"),
            ({"measure": "revenge"}, "enum"),
            ({"after": 1.5}, "int_type"),
            ({"colour": "red"}, "extra"),
            ({"after": 2}, "clause_circular"),
            ({"by": None, "after": None, "days": None}, "clause_needs_day"),
        ]
    ):
        clauses = [said["clauses"][0], {**said["clauses"][1], **change}]
        answer = post(client, path, {**said, "clauses": clauses}, headers)
        assert (answer.status_code, answer.json_body["errors"][0]["code"]) == (422, code), n
        assert answer.json_body["errors"][0]["pointer"].startswith("/clauses/1/")
    lacking = {
        name: value
        for name, value in said["clauses"][1].items()
        if name not in ("debtor", "measure", "proof")
    }
    answer = post(client, path, {**said, "clauses": [lacking]}, headers)
    assert {error["pointer"] for error in answer.json_body["errors"]} == {
        f"/clauses/0/{name}" for name in ("debtor", "measure", "proof")
    }
    assert post(client, path, {**said, "clauses": []}, headers).status_code == 422
    told = post(client, path, said, headers).json_body
    assert told["agreement"]["terms"][1]["amount"] == {"amount": "800.00", "currency": "CNY"}
    assert told["agreement"]["missing"] == ["p1", "business", "mediator"]
    assert told["agreement"]["text"]["form"] == "agreement-1"
    assert told["mediation"]["mediator"] == "yan"
    assert told["stage"] == "signing"
    signed = post(client, f"/v1/cases/{ref}/moves/sign", {"digest": told["agreement"]["digest"]}, headers)
    assert signed.json_body["agreement"]["missing"] == ["p1", "business"]
    again = post(client, f"/v1/cases/{ref}/moves/sign", {"digest": told["agreement"]["digest"]}, headers)
    assert (again.status_code, again.json_body["type"]) == (409, "/problems/signed_before")
    stale = post(client, f"/v1/cases/{ref}/moves/sign", {"digest": "0" * 64}, headers)
    assert (stale.status_code, stale.json_body["type"]) == (422, "/problems/text_changed")


def test_the_openapi_document_tells_what_a_clause_is(client: Any, scenario: Scenario) -> None:
    """The document lists every part of a clause and the required ones. Sealing is a move of the clock and has
    no path."""
    document = client.http.get("/openapi.json").json_body
    clause = document["components"]["schemas"]["Clause"]
    assert set(clause["properties"]) == set(Clause.__dataclass_fields__)
    assert set(clause["required"]) == {"debtor", "creditor", "kind", "what", "proof", "measure"}
    moves = {path.rpartition("/")[2] for path in document["paths"] if "/moves/" in path}
    assert {*IN} - moves == {"record_seal", "withdraw_seal"}


def test_only_what_can_be_chosen_is_offered() -> None:
    """The choices are open ones: meetings ahead, undecided absences, missing signers, file scans, replaceable
    promises, possible endings."""

    def codes(move: str, name: str, case: Case, **more: Any) -> list[str]:
        found = [
            field
            for field in leaves(fields_on(move, case, "en", **{"roster": HOUSE, "seen": SEEN, **more}))
            if field.name == name
        ]
        return [option.code for field in found for option in field.options if not option.disabled]

    assert (
        codes("change_meeting", "meeting", MEDIATING)
        == codes("record_meeting", "meeting", MEDIATING)
        == ["M1"]
    )
    assert codes("decide_absence", "meeting", MEDIATING) == ["M2"]
    assert codes("decide_absence", "side", MEDIATING) == ["business"]
    assert "absent" not in codes("end_mediation", "ending", MEDIATING)
    assert "agreed" not in codes("end_mediation", "ending", MEDIATING)
    assert codes("sign", "signer", SIGNING) == ["p2", "business", "mediator"]
    assert codes("sign", "scan", SIGNING) == ["E2"]
    assert codes("amend_draft", "replaces", SIGNING) == ["O1", "O2"]
    assert codes("amend_draft", "clauses.0.debtor", SIGNING) == ["business", "p1", "p2"]
    assert codes("appoint_mediator", "mediator", MEDIATING) == ["yan", "ren", "xie"]


def accepted() -> Case:
    """Return a joint case in talks whose first offer was accepted."""
    assert TALKING.talks.dispute
    return replace(
        TALKING,
        talks=replace(
            TALKING.talks,
            dispute=replace(
                TALKING.talks.dispute, offers=(replace(TALKING.talks.dispute.offers[0], state="accepted"),)
            ),
        ),
    )


@pytest.mark.parametrize(
    ("terms", "days", "by"),
    [
        ("十日内退三百元。", "10", ""),
        ("收到洗衣机后二十五天以内付款。", "25", ""),
        ("Refund within 14 days.", "14", ""),
        ("2026年5月20号前付清。", "", "2026-05-20"),
        ("We pay in full by 20 May 2026.", "", "2026-05-20"),
        ("By May 20, 2026 we pay.", "", "2026-05-20"),
        ("Back by 3 May, paid within 14 days.", "", ""),
        ("We may pay 20 yuan.", "", ""),
        ("三日内或者5日内都可以。", "", ""),
        ("三五日内付款。", "", ""),
        ("十个工作日内付款。", "", ""),
    ],
)
def test_a_draft_begins_with_the_one_time_that_the_offer_names(terms: str, days: str, by: str) -> None:
    """The draft takes the days or the day of the accepted words, and neither if the words name several or
    working days."""
    alone = replace(accepted(), parties=accepted().parties[:1], obligations=())
    asked = fields_on(
        "draft_agreement", alone, "zh", roster=HOUSE, seen=Seen(said=lambda n: {"terms": terms})
    )
    found = {field.name: "".join(field.values) for field in leaves(asked)}
    assert (found["clauses.0.days"], found["clauses.0.by"]) == (days, by)


def test_a_draft_begins_with_the_offer_that_was_accepted() -> None:
    """The draft takes the words of the accepted offer, owed by the company to each complainant. It takes the
    amount only for a single one, since an offer does not divide it."""
    dealt = accepted()
    alone = replace(dealt, parties=dealt.parties[:1], obligations=())
    seen = Seen(said=lambda n: {"terms": "退三百元。"})
    for case, creditors, amount in ((dealt, ("p1", "p2"), ()), (alone, ("p1",), ("300.00",))):
        found = {
            field.name: field.values
            for field in leaves(fields_on("draft_agreement", case, "en", roster=HOUSE, seen=seen))
        }
        for n, creditor in enumerate(creditors):
            begun = tuple(found[f"clauses.{n}.{name}"] for name in ("debtor", "creditor", "amount", "what"))
            assert begun == (("business",), (creditor,), amount, ("退三百元。",))
        assert not found[f"clauses.{len(creditors)}.debtor"]
    assert not [
        field
        for field in leaves(form_fields("draft_agreement"))
        if field.name.startswith("clauses.0.amount") and field.values
    ]


def test_signing_form_holds_the_current_digest() -> None:
    """A form that comes back holds the digest of the current text."""
    again = fields_on("sign", SIGNING, "en", roster=HOUSE, seen=SEEN, form=Posted({"digest": ["0" * 64]}))
    assert next(field.values for field in again if field.name == "digest") == ("d" * 64,)
