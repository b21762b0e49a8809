"""Tests of obligations at the desk and the interface: the ledger, the offered forms, a breach from notice to
cure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.deadlines import look_at
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Duty, Measure
from chalicelib.locale.formats import texts
from chalicelib.web.routes.desk_cases import TAKEN
from tests.scenario import DAY, FENG, HOUR, ZHOU, Scenario, once
from tests.store import PDF, Store
from tests.web.desk import GROUPS, Desk, visible
from tests.web.mediated import back, bound, day, load, mediating, refund, shop, unopposed
from tests.web.provider import Provider
from tests.web.talks import case_by_interface

FOUND = {
    "reason": "4月1日到期，4月2日催告，至今没有到账。",
    "counter": "消费者的退货在退款以后才到期，没有应当先履行的。",
}
BASIS = {"basis": "协议C1：支付利息。"}


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Callable[..., Desk]:
    """Return a function that opens the desk as a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


@pytest.fixture
def ref(scenario: Scenario) -> str:
    """Return a case with an agreement in force: the company refunds within ten days (O1), then the goods go
    back (O2).
    """
    ref = mediating(scenario)
    bound(scenario, ref)
    return ref


@once
def agreed(scenario: Scenario, *more: dict[str, Any]) -> str:
    """Bring an agreement into force with refund and return due on the same day; the consumer's duty is
    enforceable in court.
    """
    ref = mediating(scenario)
    unopposed(scenario, ref)
    bound(
        scenario,
        ref,
        refund(scenario),
        back(by=day(scenario, 10), after=None, days=None, measure="court"),
        *more,
    )
    return ref


def later(scenario: Scenario, ref: str, by: timedelta) -> None:
    """Let time pass; the clock carries out what falls due."""
    end = scenario.time + by
    while (at := look_at(load(scenario, ref)) or end) < end:
        scenario.time = max(at, scenario.time)
        scenario.minute()
    scenario.time = end


@once
def called(scenario: Scenario, ref: str) -> Case:
    """Pass the due date, so that the clock calls on the debtor to perform."""
    later(scenario, ref, 11 * DAY + HOUR)
    return load(scenario, ref)


@once
def found(scenario: Scenario, ref: str, obligation: str = "O1") -> Case:
    """Let two officers find a breach after the extra time."""
    called(scenario, ref)
    later(scenario, ref, 11 * DAY)
    return scenario.agreed(ref, FENG, ZHOU, "find_breach", obligation=obligation, **FOUND)


def obligation_of(case: Case, id: str = "O1") -> Any:
    """Return one obligation of a case."""
    return next(o for o in case.obligations if o.id == id)


def chosen(form: str, name: str) -> list[str]:
    """Return the options of a field, from a list or from radio buttons."""
    lists = re.findall(rf'<select[^>]* name="{name}".*?</select>', form, re.S)
    return (
        re.findall(r'<option value="(\w+)"', lists[0])
        if lists
        else re.findall(rf'name="{name}" type="radio" value="(\w+)"', form)
    )


def leads(page: str) -> set[str]:
    """Return the moves that a page links to."""
    return set(re.findall(r"/moves/(\w+)[\"?]", page))


def test_the_ledger_says_how_each_obligation_stands(at: Any, scenario: Scenario, ref: str) -> None:
    """The ledger shows debtor, creditor, item and due date or precondition, then the notice and the extra
    time. It comes first while the agreement is performed.
    """
    page = visible(at("feng").get(f"/desk/cases/{ref}"))
    assert "O1 · refund · CNY 800.00 not due yet business side → 王芳 · clause 1" in page
    assert "Waits for O1 · refund" in page
    assert page.index("Promises to be kept") < page.index("Digest of the text")
    called(scenario, ref)
    page = visible(at("feng").get(f"/desk/cases/{ref}"))
    assert not [
        said
        for said in ("in the extra time", "Cure notice", "Extra time until", "Agreed measure interest")
        if said not in page
    ]


def test_a_breach_from_its_notice_to_its_cure(at: Any, scenario: Scenario, ref: str) -> None:
    """An officer can find a breach after the extra time, with the counter-obligation in view. The supervisor
    confirms it, a measure follows, and the cure ends it.
    """
    called(scenario, ref)
    desk = at("feng")
    assert "find_breach" not in leads(desk.get(f"/desk/cases/{ref}"))
    later(scenario, ref, 11 * DAY)
    assert "moves/find_breach?obligation=O1" in desk.get(f"/desk/cases/{ref}")
    form = desk.get(f"/desk/cases/{ref}/moves/find_breach")
    assert chosen(form, "obligation") == ["O1"]
    assert "Extra time until" in visible(form)
    assert "Owed in return by the creditor O2 · return of goods" in visible(form)
    desk.take(load(scenario, ref), "find_breach", obligation="O1", **FOUND)
    form = visible(at("zhou").get(f"/desk/cases/{ref}/moves/approve"))
    wanted = ("asked for “find a breach”", FOUND["counter"], "Extra time until", "O2 · return of goods")
    assert not [said for said in wanted if said not in form]
    at("zhou").take(load(scenario, ref), "approve", approval=load(scenario, ref).approvals[0].id)
    page = desk.get(f"/desk/cases/{ref}")
    assert load(scenario, ref).stage == "breached"
    assert "Breach found" in visible(page)
    assert "govuk-tag--red" in page
    assert f'work-due--late">{texts("en")["stage"]["breached"]}<' in desk.get("/desk?list=team")
    desk.take(
        load(scenario, ref), "take_measure", obligation="O1", measure="interest", amount="12.50", **BASIS
    )
    page = desk.get(f"/desk/cases/{ref}")
    assert "interest is paid · CNY 12.50" in visible(page)
    assert "the last has time until" in visible(page)
    assert "take_measure" not in leads(page)
    desk.take(load(scenario, ref), "record_cure", obligation="O1", what="4月20日退款到账，附银行回单。")
    assert "put right" in visible(desk.get(f"/desk/cases/{ref}"))
    case = load(scenario, ref)
    assert (case.stage, obligation_of(case).state) == ("performing", Duty.CURED)
    assert obligation_of(case, "O2").by


def test_desk_refers_a_breach_with_approval(at: Any, scenario: Scenario, ref: str) -> None:
    """The supervisor's approval refers the breach and the obligations that wait for it. The page of the
    closed case stays readable.
    """
    found(scenario, ref)
    at("feng", "zh").take(load(scenario, ref), "refer_breach", obligation="O1", reason="企业仍不退款。")
    at("zhou", "zh").take(load(scenario, ref), "approve", approval=load(scenario, ref).approvals[0].id)
    page = visible(at("feng", "zh").get(f"/desk/cases/{ref}"))
    assert load(scenario, ref).outcome == "referred"
    assert page.count("已转介") >= 2
    assert "转介的事项：O1，O2" in page
    assert "None" not in page


def test_measures_are_those_that_can_be_taken(at: Any, scenario: Scenario) -> None:
    """The form offers no measure against the company that needs a court's confirmation. Against a consumer it
    offers those of agreement and law. Each obligation has its own form.
    """
    ref = agreed(scenario)
    found(scenario, ref)
    scenario.agreed(ref, FENG, ZHOU, "find_breach", obligation="O2", **FOUND)
    page = at("feng").get(f"/desk/cases/{ref}/moves/take_measure")
    assert "Choose which one this is about." in page
    assert 'name="measure"' not in page
    against = {
        id: set(chosen(at("feng").get(f"/desk/cases/{ref}/moves/take_measure?obligation={id}"), "measure"))
        for id in ("O1", "O2")
    }
    assert against["O2"] == {"hold_counter", "court"}
    assert against["O1"] == {*Measure} - {"agreed_penalty", "enforcement"}


def test_a_change_of_terms_is_signed_as_it_is_shown(at: Any, scenario: Scenario, ref: str) -> None:
    """The form shows old and new terms with the digest, which nobody types. On paper it needs a later scan
    and a second officer.
    """
    store = Store(scenario)

    def scan() -> str:
        upload = store.declare(load(scenario, ref), FENG, type="application/pdf", shows="签字页")
        store.tell(store.put(upload, PDF))
        return next(piece.id for piece in load(scenario, ref).evidence if piece.file == upload.id)

    before = scan()
    scenario.later(HOUR)
    scenario.move(
        shop(scenario, ref),
        "propose_change",
        ref,
        obligation="O1",
        amount={"amount": "600.00"},
        reason="分两次付。",
    )
    digest = obligation_of(load(scenario, ref)).proposed.digest
    form = at("feng").get(f"/desk/cases/{ref}/moves/agree_change")
    assert digest in form
    assert "As it is" in form
    assert "CNY 800.00" in form
    assert "CNY 600.00" in form
    assert "分两次付。" in form
    assert chosen(form, "side") == ["p1"]
    assert chosen(form, "scan") == []
    assert 'name="read_back"' not in form
    after = scan()
    form = at("feng").get(f"/desk/cases/{ref}/moves/agree_change")
    assert chosen(form, "scan") == [after]
    assert before != after
    at("feng").take(load(scenario, ref), "agree_change", obligation="O1", side="p1", scan=after)
    assert "takes effect once a second person approves" in at("sun").get(f"/desk/cases/{ref}")
    at("sun").take(load(scenario, ref), "approve", approval=load(scenario, ref).approvals[0].id)
    assert (obligation_of(load(scenario, ref)).amount, obligation_of(load(scenario, ref)).proposed) == (
        60000,
        None,
    )


def test_a_new_date_is_read_out_and_agreed(at: Any, scenario: Scenario, ref: str) -> None:
    """Staff record the proposing and the agreeing side. A change of the date alone is read out, not signed.
    An obligation without money has no amount field.
    """
    at("feng").take(
        load(scenario, ref),
        "propose_change",
        obligation="O1",
        side="p1",
        by=day(scenario, 15),
        reason="可以晚几天。",
    )
    form = at("feng").get(f"/desk/cases/{ref}/moves/agree_change")
    assert chosen(form, "side") == ["business"]
    assert 'name="scan"' not in form
    assert 'name="digest"' not in form
    assert "the other side can agree until" in visible(form)
    assert "read" in at("feng").take(
        load(scenario, ref), "agree_change", 422, obligation="O1", side="business"
    )
    at("feng").take(load(scenario, ref), "agree_change", obligation="O1", side="business", read_back="true")
    assert obligation_of(load(scenario, ref)).by.isoformat() == day(scenario, 15)
    assert 'name="amount"' not in at("feng").get(f"/desk/cases/{ref}/moves/propose_change?obligation=O2")
    assert 'name="amount"' in at("feng").get(f"/desk/cases/{ref}/moves/propose_change?obligation=O1")


def test_recorder_of_proof_is_not_offered_the_decision(at: Any, scenario: Scenario, ref: str) -> None:
    """The officer who recorded the proof is not offered the decision; another officer is."""
    scenario.move(FENG, "claim_done", ref, obligation="O1", proof="payment_record", what="店里说已退。")
    offered = [who for who in ("feng", "chen") if "decide_proof" in leads(at(who).get(f"/desk/cases/{ref}"))]
    assert offered == ["chen"]


def test_every_form_of_what_is_owed_opens_in_its_time(at: Any, scenario: Scenario) -> None:
    """Every offered move has a complete form for officers and supervisor, in every state; together the states
    offer every move.
    """
    ref = mediating(scenario)
    opened: set[str] = set()
    bound(scenario, ref)
    consumer, business = scenario.by_link(ref), shop(scenario, ref)

    def look() -> None:
        seen: set[tuple[str, str]] = set()
        for language, who in product(("zh", "en"), ("feng", "chen", "zhou")):
            page = at(who, language).get(f"/desk/cases/{ref}")
            assert "None" not in visible(page)
            assert "{" not in visible(page)
            for link in re.findall(rf"(/desk/cases/{ref}/moves/[\w?=]+)", page):
                if (link, language) in seen:
                    continue
                seen.add((link, language))
                form = visible(at(who, language).get(link))
                assert "None" not in form, link
                assert "{" not in form, link
                opened.add(re.findall(r"moves/(\w+)", link)[0])

    look()
    scenario.move(
        business, "propose_change", ref, obligation="O1", way="改为转到银行卡。", reason="原账户停用。"
    )
    scenario.move(business, "claim_done", ref, obligation="O1", proof="payment_record", what="已经退款。")
    look()
    scenario.move(consumer, "dispute_done", ref, obligation="O1", reason="没有收到。")
    later(scenario, ref, 11 * DAY + HOUR)
    look()
    scenario.move(FENG, "send_cure_notice", ref, obligation="O1")
    later(scenario, ref, 11 * DAY)
    look()
    scenario.agreed(ref, FENG, ZHOU, "find_breach", obligation="O1", **FOUND)
    look()
    ours = {
        name for name in TAKEN if MOVES[name].do.__module__.endswith((".performance", ".changing", ".breach"))
    }
    assert len(ours) == 16
    assert ours <= opened


@pytest.fixture
def say(client: Any, scenario: Scenario, provider: Provider) -> Callable[..., Any]:
    """Return a function that takes a move through the interface, or reads the case if no move is given."""

    def api_move(caller: Caller, ref: str, move: str = "", language: str = "en", **body: Any) -> Any:
        provider.now = scenario.time
        token = (
            scenario.product.links.token(ref, caller.party, 1)
            if caller.party
            else provider.token(sub=caller.who, **{"cognito:groups": GROUPS[caller.who]})
        )
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept-Language": language,
            "Content-Type": "application/json",
        }
        if not move:
            return client.http.get(f"/v1/cases/{ref}", headers=headers).json_body
        return client.http.post(
            f"/v1/cases/{ref}/moves/{move}", headers=headers, body=json.dumps(body).encode()
        )

    return api_move


def test_each_side_is_told_what_it_owes_and_is_owed(
    client: Any, scenario: Scenario, ref: str, say: Any
) -> None:
    """Each side reads state, date, precondition and proposed changes as its own or the other side's, without
    names. Staff read both sides.
    """
    consumer, business = scenario.by_link(ref), shop(scenario, ref)
    assert (
        say(
            business, ref, "propose_change", obligation="O1", by=day(scenario, 20), reason="要晚几天。"
        ).status_code
        == 200
    )
    mine, theirs = (
        case_by_interface(client, scenario, ref, who.party)["obligations"] for who in (consumer, business)
    )
    assert [o["owes"] for o in mine] == [False, True]
    assert [o["owes"] for o in theirs] == [True, False]
    assert mine[1]["waits_for"] == "O1"
    assert mine[1]["due_at"] is None
    assert mine[0]["due_at"].endswith("16:00:00Z")
    asked = mine[0]["proposed"]
    assert (asked["own"], theirs[0]["proposed"]["own"], asked["digest"], asked["reason"]) == (
        False,
        True,
        None,
        "要晚几天。",
    )
    assert (asked["old"]["by"], asked["new"]["by"], asked["new"]["amount"]["amount"]) == (
        day(scenario, 10),
        day(scenario, 20),
        "800.00",
    )
    assert asked["until"] > asked["at"]
    for one in (*mine, *theirs):
        names = {*one, *(one["term"] or {}), *(one["proposed"] or {})}
        assert names.isdisjoint({"debtor", "to", "creditor", "claimed_by", "entry", "by_side"})
    [first, _] = say(FENG, ref)["obligations"]
    assert (first["debtor"], first["to"], first["proposed"]["by_side"]) == ("business", "p1", "business")


def test_interface_shows_the_path_of_a_breach(client: Any, scenario: Scenario, ref: str, say: Any) -> None:
    """The interface shows the whole path: notice, end of the extra time, breach, measures, cure."""
    called(scenario, ref)
    consumer = scenario.by_link(ref)
    one = case_by_interface(client, scenario, ref, "p1")["obligations"][0]
    assert one["state"] == "in_cure"
    assert one["notice"] < one["cure_until"]
    assert one["found"] is None
    later(scenario, ref, 11 * DAY)
    assert say(FENG, ref, "find_breach", obligation="O1", **FOUND).status_code == 200
    assert (
        say(ZHOU, ref, "approve", approval=load(scenario, ref).approvals[0].id).json_body["stage"]
        == "breached"
    )
    assert say(FENG, ref, "take_measure", obligation="O1", measure="interest", **BASIS).status_code == 200
    one = case_by_interface(client, scenario, ref, "p1")["obligations"][0]
    assert (one["state"], [taken["measure"] for taken in one["measures"]]) == ("breached", ["interest"])
    assert (
        say(FENG, ref, "take_measure", obligation="O1", measure="substitute", **BASIS).json_body["type"]
        == "/problems/measure_runs"
    )
    assert say(consumer, ref, "confirm_done", obligation="O1").status_code == 200
    assert case_by_interface(client, scenario, ref, "p1")["obligations"][0]["state"] == "cured"
    assert say(FENG, ref)["stage"] == "performing"


def test_bad_input_is_refused_by_name(scenario: Scenario, say: Any) -> None:
    """Each refusal has its code and a complete sentence in the caller's language; nothing is written."""
    ref = agreed(scenario, back())
    consumer, business = scenario.by_link(ref), shop(scenario, ref)

    def refuses(caller: Caller, move: str, code: str, **body: Any) -> None:
        before = load(scenario, ref).entries
        for language in ("zh", "en"):
            problem = say(caller, ref, move, language, **body).json_body
            assert (problem["type"], load(scenario, ref).entries) == (f"/problems/{code}", before), (
                move,
                problem,
            )
            assert not re.search(r"[{}]|None|–", str(problem["title"])), problem
            if code in texts(language)["refusal"] and "{" not in texts(language)["refusal"][code]:
                assert problem["title"] == texts(language)["refusal"][code]

    refuses(business, "confirm_done", "other_sides_obligation", obligation="O1")
    refuses(
        business, "claim_done", "other_sides_obligation", obligation="O2", proof="receipt", what="已取走。"
    )
    refuses(FENG, "waive", "read_back_needed", obligation="O1", words="邮件里说不用退了。")
    refuses(FENG, "find_breach", "other_side_first", obligation="O3", **FOUND)
    refuses(
        FENG, "find_no_breach", "other_side_first", obligation="O3", reason="还没到期。", by=day(scenario, 30)
    )
    refuses(business, "dispute_done", "other_side_first", obligation="O3", reason="还没寄回。")
    scenario.move(business, "propose_change", ref, obligation="O1", by=day(scenario, 20), reason="要晚几天。")
    refuses(business, "agree_change", "own_proposal", obligation="O1")
    refuses(FENG, "agree_change", "side_needed", obligation="O1", read_back=True)
    called(scenario, ref)
    refuses(FENG, "find_breach", "cure_runs", obligation="O1", **FOUND)
    later(scenario, ref, 11 * DAY)
    scenario.agreed(ref, FENG, ZHOU, "find_breach", obligation="O2", **FOUND)
    refuses(FENG, "take_measure", "fields", obligation="O2", measure="shame", **BASIS)
    refuses(
        FENG,
        "take_measure",
        "measure_not_for_consumer",
        obligation="O2",
        measure="internal_sanction",
        **BASIS,
    )
    refuses(FENG, "take_measure", "not_breached", obligation="O1", measure="interest", **BASIS)
    scenario.move(consumer, "confirm_done", ref, obligation="O1")
    refuses(consumer, "confirm_done", "obligation_unknown", obligation="O1")
    assert load(scenario, ref).stage == "breached"


def test_an_approver_sees_that_a_ground_has_lost_its_fact(at: Any, scenario: Scenario) -> None:
    """The company was to be excused because the consumer owed the goods. They are back meanwhile: the page
    says so, the approval is refused with the field, and the request is still there."""
    ref = agreed(scenario)
    said = {"obligation": "O1", "ground": "other_side_first", "reason": "对方还没有寄回。"}
    scenario.move(FENG, "excuse", ref, **said)
    (asked,) = load(scenario, ref).approvals
    assert "This cannot be approved now" not in visible(at("zhou").get(f"/desk/cases/{ref}"))
    scenario.move(FENG, "confirm_done", ref, obligation="O2")
    before = load(scenario, ref).entries
    for language, words in (("en", "This cannot be approved now. The choice “"), ("zh", "现在不能批准。“")):
        assert words in visible(at("zhou", language).get(f"/desk/cases/{ref}"))
        assert texts(language)["fact"]["other_side_owes"] in visible(
            at("zhou", language).get(f"/desk/cases/{ref}/moves/approve")
        )
    with pytest.raises(Refusal) as refused:
        scenario.move(ZHOU, "approve", ref, approval=asked.id)
    assert (refused.value.code, refused.value.field) == ("ground_without_fact", "ground")
    assert (load(scenario, ref).entries, load(scenario, ref).approvals) == (before, (asked,))
    scenario.move(ZHOU, "refuse_approval", ref, approval=asked.id, reason="已经寄回。")


def test_a_denial_that_was_overruled_stays_on_the_list(at: Any, scenario: Scenario, client: Any) -> None:
    """The consumer's No and the decision stand on the desk and in the answer of the interface, with reasons,
    also once the obligation counts as performed."""
    ref = agreed(scenario)
    scenario.move(shop(scenario, ref), "claim_done", ref, obligation="O1", proof="receipt", what="已经退款。")
    scenario.move(scenario.by_link(ref, "p1"), "dispute_done", ref, obligation="O1", reason="账户里没有。")
    scenario.move(FENG, "decide_proof", ref, obligation="O1", accepted=True, reason="回单上有入账时间。")
    for language, words in (("en", "the proof was accepted"), ("zh", "认可证明：已经履行")):
        page = visible(at("feng", language).get(f"/desk/cases/{ref}"))
        assert all(part in page for part in ("账户里没有。", words, "回单上有入账时间。"))
    expected = {"reason": "账户里没有。", "done_on": None, "accepted": True, "why": "回单上有入账时间。"}
    for who in ("p1", "p2"):
        (first, *_) = case_by_interface(client, scenario, ref, who)["obligations"]
        assert (first["state"], first["denied"]) == ("accepted", expected)
