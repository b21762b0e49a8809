"""The agreement on the signers' pages: the exact text with its digest. Only a POST signs, each signer for
themselves, until the agreement is in force."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.domain.model.case_records import Agreement, CheckedFile
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.domain.moves.drafting import LEAST_DAYS, digest_of
from chalicelib.locale.formats import clause, label
from tests.casework.joint import together
from tests.life.contested import talking
from tests.scenario import BY_CODE, DAY, SUN, WANG, Scenario, once, staff
from tests.web.agreement import links, state_label
from tests.web.browser import Browser, hidden, text
from tests.web.mediated import (
    ABOUT,
    FACTS,
    MA,
    REFUNDS,
    REN,
    RETURNS,
    YAN,
    appointed,
    back,
    bound,
    consented,
    day,
    digest,
    drafted,
    mediating,
    negotiating,
    refund,
    registered,
    sealed,
    signed,
    text as terms,
    unopposed,
)
from tests.web.own import AGENT, answered, case_pages, investigated, joint, open_case_page, own
from tests.web.talks import case_by_interface, load, seen, shop


def part(browser: Browser, path: str, **slots: Any) -> str:
    """Return a sentence of the agreement section, up to its first slot without a value."""
    return own(browser, f"parts.agreement.{path}", **slots).partition("{")[0]


def lies(scenario: Scenario, ref: str) -> Agreement:
    """Return the agreement that waits for signatures or is in force."""
    found = load(scenario, ref).talks.agreement
    assert found
    return found


def sign(browser: Browser, **changes: str) -> Any:
    """Open the form to sign, tick it, send it, and return the answer."""
    return browser.post(
        "/case/moves/sign", {**hidden(browser.get("/case/moves/sign")), "read": "true", **changes}
    )


def test_the_text_is_shown_whole_with_what_one_does_and_gets_and_its_digest(
    browser: Browser, scenario: Scenario
) -> None:
    """Each side sees its own obligations first, then every clause with its debtor, date, proof and remedy.
    The page gives the signing deadline and says that nobody must sign."""
    ref = mediating(scenario)
    unopposed(scenario, ref)
    fine = refund(scenario, by=None, days=2, amount={"amount": "50.00"})
    drafted(scenario, ref, refund(scenario), back(), fine, remarks="其他按原合同。")
    first = clause(browser.headers["accept-language"], "C1")
    for party, owe in (("p1", RETURNS), (shop(scenario, ref).party, REFUNDS)):
        page = open_case_page(browser, scenario, ref, party)
        assert part(browser, "intro") in page
        assert own(browser, "runs.signing.mediating") in page
        assert part(browser, "title.waits") in page
        form = text(browser.get("/case/moves/sign"))
        for said in (
            FACTS,
            REFUNDS,
            RETURNS,
            "其他按原合同。",
            "梧桐家电有限公司",
            "王芳",
            "严明",
            digest(scenario, ref),
            "800.00",
        ):
            assert said in page, said
            assert said in form, said
        assert owe in form
        assert part(browser, "after", clause=first, days=5) in form
        assert part(browser, "days", days=2) in form
        assert part(browser, "least", days=LEAST_DAYS) in form


def test_signing_shows_every_sum_before_and_after(browser: Browser, scenario: Scenario) -> None:
    """The form shows one table of the sums of the signer, now and once everybody has signed. An obligation
    that the text replaces is named as ending. A replaced obligation has no tick."""
    registered(scenario)
    refunds = {"matter": 1, "kind": "refund", "by": "2026-06-01", "amount": {"amount": "1655.00"}}
    ref = answered(scenario, investigated(scenario), remedies=(refunds,))
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(scenario, ref)
    consented(scenario, ref)
    appointed(scenario, ref)
    unopposed(scenario, ref)
    drafted(scenario, ref, refund(scenario), replaces=["O1"])
    company = shop(scenario, ref).party
    for party, total in (("p1", "gets"), (company, "pays_side")):
        open_case_page(browser, scenario, ref, party)
        answer = browser.get("/case/moves/sign")
        levels = [int(level) for level in re.findall(r"<h([1-6])", answer.body.decode())]
        assert all(after - before <= 1 for before, after in pairwise(levels)), levels
        table = text(answer).partition(own(browser, "effects.title"))[2]
        assert own(browser, "effects.signed") in table
        assert own(browser, "effects.end.replaced").lower() in table.lower()
        sums = re.findall(r"[\d,]+\.\d\d", table.partition(own(browser, f"effects.{total}"))[2])
        assert sums[:2] == ["1,655.00", "800.00"]
    signed(scenario, ref, scenario.by_link(ref), shop(scenario, ref), YAN)
    for party in ("p1", company):
        page = open_case_page(browser, scenario, ref, party, "promises")
        assert own(browser, "parts.owed.state.owed.replaced") in page or party == company
        assert "site-tick" not in browser.get("/case/promises").body.decode()


def test_get_and_head_sign_nothing(chinese: Browser, scenario: Scenario) -> None:
    """GET and HEAD of the link and of every page behind it write nothing. Mail scanners follow links in this
    way."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    before, way = load(scenario, ref), scenario.product.links.path(ref, "p1", 1)
    for path in (
        way,
        "/case",
        "/case/moves/sign",
        f"/case/moves/sign?digest={digest(scenario, ref)}&read=true",
        "/case/moves/refuse_to_sign",
    ):
        for answer in (chinese.head(path), chinese.get(path)):
            assert answer.status_code in (200, 303)
    assert load(scenario, ref) == before


def test_a_post_signs_the_text_that_was_shown(browser: Browser, scenario: Scenario) -> None:
    """The form requires its tick. After signing, the page names the missing signers and offers no second
    signature. The last signature brings the agreement into force."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/sign")
    assert hidden(form)["digest"] == digest(scenario, ref)
    assert 'name="scan"' not in form.body.decode()
    unread = browser.post("/case/moves/sign", hidden(form))
    assert unread.status_code == 422
    assert 'href="#read"' in unread.body.decode()
    assert not lies(scenario, ref).signatures
    page = text(sign(browser))
    assert [one.of for one in lies(scenario, ref).signatures] == ["p1"]
    assert lies(scenario, ref).signatures[0].way == "link"
    comma = "、" if browser.headers["accept-language"] == "zh" else ", "
    assert part(browser, "next", who=comma.join(("梧桐家电有限公司", "严明"))) in page
    assert part(browser, "void") in page
    assert own(browser, "case.nothing_must") in page
    assert own(browser, "case.stake.others.silence") in page
    assert not {"sign", "refuse_to_sign"} & links(browser)
    again = browser.post("/case/moves/sign", {**hidden(form), "read": "true", "key": "another"})
    assert (again.status_code, 'role="status"' in again.body.decode()) == (200, True)
    assert len(lies(scenario, ref).signatures) == 1
    assert browser.get("/case/moves/sign", follow=False).status_code == 303
    scenario.move(YAN, "sign", ref, digest=digest(scenario, ref))
    open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    page = text(sign(browser))
    assert part(browser, "title.bound") in page
    assert load(scenario, ref).stage == Stage.PERFORMING


def test_the_same_click_twice_signs_once(chinese: Browser, scenario: Scenario) -> None:
    """A form sent twice gets the same answer and signs once."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    open_case_page(chinese, scenario, ref)
    form = {**hidden(chinese.get("/case/moves/sign")), "read": "true"}
    assert [chinese.post("/case/moves/sign", form).status_code for _ in range(2)] == [200, 200]
    assert len(lies(scenario, ref).signatures) == 1


def test_a_text_that_was_changed_meanwhile_comes_back_anew(browser: Browser, scenario: Scenario) -> None:
    """A form with the old digest signs nothing. It comes back with the change and the new text, which can
    then be signed. Earlier signatures are void."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    signed(scenario, ref, shop(scenario, ref))
    open_case_page(browser, scenario, ref)
    old = hidden(browser.get("/case/moves/sign"))
    changed = terms(scenario, refund(scenario, amount={"amount": "912.00"}), back())
    scenario.move(YAN, "amend_draft", ref, changed="退款多一些。", **changed)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "anew", n=2) in page
    assert "退款多一些。" in page
    answer = browser.post("/case/moves/sign", {**old, "read": "true"})
    assert answer.status_code in (409, 422)
    assert not lies(scenario, ref).signatures
    page = text(answer)
    assert "912.00" in page
    assert "退款多一些。" in page
    assert part(browser, "other_says", n=2) in page
    assert hidden(answer)["digest"] == digest(scenario, ref) != old["digest"]
    sign(browser)
    assert [one.of for one in lies(scenario, ref).signatures] == ["p1"]
    assert part(browser, "title.waits") in open_case_page(browser, scenario, ref, shop(scenario, ref).party)


def test_two_who_sign_in_the_same_second_have_both_signed(chinese: Browser, scenario: Scenario) -> None:
    """Both signatures count, if one arrives while the other's form is open or if both arrive at once."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    theirs, business = Browser(chinese.client, "zh"), shop(scenario, ref)
    open_case_page(chinese, scenario, ref), open_case_page(theirs, scenario, ref, business.party)
    first, second = ({**hidden(one.get("/case/moves/sign")), "read": "true"} for one in (chinese, theirs))
    assert chinese.post("/case/moves/sign", first, follow=False).status_code == 303
    assert theirs.post("/case/moves/sign", second, follow=False).status_code == 303
    assert {one.of for one in lies(scenario, ref).signatures} == {"p1", "business"}
    other = mediating(scenario)
    drafted(scenario, other)
    sides = (replace(one, confirmed=BY_CODE) for one in (scenario.by_link(other), shop(scenario, other)))
    people, said = iter([*sides, YAN]), {"digest": digest(scenario, other)}
    together(scenario, 3, lambda casework: casework.move("sign", other, next(people), said))
    assert load(scenario, other).stage == Stage.PERFORMING
    assert len(lies(scenario, other).signatures) == 3


def test_sign_rejects_other_links_and_names(client: Any, scenario: Scenario) -> None:
    """A stranger, another party's link or another signer's name cannot sign."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    stranger = Browser(client, "zh")
    open_case_page(stranger, scenario, scenario.submit().ref)
    answer = stranger.post("/case/moves/sign", {"digest": digest(scenario, ref), "read": "true", "key": "1"})
    assert answer.status_code >= 400
    assert (
        Browser(client, "zh")
        .post("/case/moves/sign", {"digest": digest(scenario, ref), "read": "true"})
        .status_code
        == 401
    )
    other, body = scenario.submit().ref, {"digest": digest(scenario, ref)}
    tokens = {
        token: scenario.product.links.token(number, "p1", 1)
        for token, number in (("own", ref), ("foreign", other))
    }

    def posted(token: str, **said: str) -> Any:
        headers = {"Authorization": f"Bearer {tokens[token]}", "content-type": "application/json", **code}
        return client.http.post(
            f"/v1/cases/{ref}/moves/sign", headers=headers, body=json.dumps({**body, **said})
        )

    code: dict[str, str] = {}
    assert posted("foreign").status_code in (401, 404)
    assert posted("own", signer="business").status_code >= 400
    assert posted("own", signer="mediator").status_code >= 400
    assert not lies(scenario, ref).signatures
    code |= scenario.code(ref, "sign", **body)
    assert posted("own").status_code == 200
    assert [one.of for one in lies(scenario, ref).signatures] == ["p1"]


def test_the_interface_tells_the_text_and_takes_a_signature(client: Any, scenario: Scenario) -> None:
    """The interface gives the text, its digest, the signers, the missing signers and the deadline. An old
    digest and a second signature are refused."""
    ref = mediating(scenario)
    drafted(scenario, ref)

    def post(code: dict[str, str] | None = None, **body: str) -> Any:
        headers = {
            "Authorization": f"Bearer {scenario.product.links.token(ref, 'p1', 1)}",
            "content-type": "application/json",
        }
        return client.http.post(
            f"/v1/cases/{ref}/moves/sign", headers={**headers, **(code or {})}, body=json.dumps(body)
        )

    found = case_by_interface(client, scenario, ref, "p1")["agreement"]
    assert digest_of(found["text"]) == found["digest"] == digest(scenario, ref)
    assert found["missing"] == ["p1", "business", "mediator"]
    assert found["signs"] is True
    assert found["sign_until"]
    assert not found["in_force"]
    assert post(digest="0" * 64).json_body["type"] == "/problems/text_changed"
    assert post().status_code == 422
    answer = post(scenario.code(ref, "sign", digest=found["digest"]), digest=found["digest"])
    assert answer.status_code == 200
    assert answer.json_body["agreement"]["signatures"][0]["of"] == "p1"
    assert post(digest=found["digest"]).json_body["type"] == "/problems/signed_before"
    signed(scenario, ref, shop(scenario, ref), YAN)
    sealed(scenario, ref)
    for party in ("p1", shop(scenario, ref).party):
        found = case_by_interface(client, scenario, ref, party)["agreement"]
        assert found["in_force"]
        assert found["sealed"]["sha256"] == "ab" * 32
        assert not found["missing"]
        assert found["confirmation"]["lawful"]


def test_reason_not_to_sign_is_read_by_its_side_only(browser: Browser, scenario: Scenario) -> None:
    """The signer's own side alone reads the reason. The talks continue at their stage, and the text can no
    longer be signed."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/refuse_to_sign")
    assert FACTS in text(form)
    assert part(browser, "no_reason") in text(form)
    page = text(browser.post("/case/moves/refuse_to_sign", {**hidden(form), "reason": "王芳不签的理由"}))
    page += case_pages(browser, "history")
    assert part(browser, "unsigned.mediating") in page
    assert "王芳不签的理由" in page
    assert load(scenario, ref).stage == Stage.MEDIATING
    page = seen(browser, scenario, ref, shop(scenario, ref).party)
    assert part(browser, "unsigned.title") in page
    assert "王芳不签的理由" not in page
    assert part(browser, "unsigned.no_blame") in page
    late = browser.post("/case/moves/sign", {"digest": "0" * 64, "read": "true", "key": "1"})
    assert late.status_code == 409
    assert part(browser, "gone") in text(late)
    assert 'value="I sign' not in text(late)


@once
def unsigned(scenario: Scenario) -> str:
    """Return a case whose text one side signed, and the other did not sign in time."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    signed(scenario, ref, scenario.by_link(ref))
    scenario.live(15 * DAY, ref)
    return ref


def test_silence_is_no_signature(browser: Browser, scenario: Scenario) -> None:
    """A text unsigned after seven days counts as refused. Both pages name the side that did not sign, by
    role, and say what happens next."""
    ref = unsigned(scenario)
    assert load(scenario, ref).stage == Stage.MEDIATING
    for party in ("p1", shop(scenario, ref).party):
        page = open_case_page(browser, scenario, ref, party)
        assert part(browser, "unsigned.late", at="|", who="").partition("|")[0] in page
        assert part(browser, "unsigned.mediating") in page


def test_a_representative_signs_with_the_power_to_and_reads_why_not_without(
    browser: Browser, scenario: Scenario
) -> None:
    """The signature counts as the principal's. A representative without the power reads the reason and cannot
    sign."""
    ref = negotiating(scenario)
    few = {
        "person": {**AGENT["person"], "name": "周岚", "email": "lan@mail.example"},
        "powers": ["submit", "negotiate"],
    }
    for agent in ({**AGENT, "powers": ["submit", "negotiate", "sign"]}, few):
        scenario.move(WANG, "add_representative", ref, **agent, checked=True, document="授权委托书")
    consented(scenario, ref)
    appointed(scenario, ref)
    drafted(scenario, ref)
    may, may_not = (
        next(p.id for p in load(scenario, ref).parties if p.represents and ("sign" in p.powers) is able)
        for able in (True, False)
    )
    page = open_case_page(browser, scenario, ref, may_not)
    assert part(browser, "powerless", name="王芳") in page
    assert "sign" not in links(browser)
    assert browser.get("/case/moves/sign", follow=False).status_code == 303
    answer = browser.post("/case/moves/sign", {"digest": digest(scenario, ref), "read": "true", "key": "1"})
    assert answer.status_code >= 400
    assert not lies(scenario, ref).signatures
    assert own(browser, "effects.gets_side") in open_case_page(browser, scenario, ref, may)
    sign(browser)
    (one,) = lies(scenario, ref).signatures
    assert (one.of, one.by, one.role) == ("p1", may, "representative")
    assert part(browser, "done", at="|").partition("|")[0] in open_case_page(browser, scenario, ref)


def test_joint_complainants_sign_for_themselves(chinese: Browser, scenario: Scenario) -> None:
    """Everybody reads the one text. Each sees their own claims and signature by name, and only the number of
    the others."""
    registered(scenario)
    ref = joint(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    business = talking(scenario, ref)
    drafted(
        scenario,
        ref,
        refund(scenario, by=day(scenario, 20)),
        refund(scenario, creditor="p2", amount={"amount": "77.00"}, what="退给赵敏。", by=day(scenario, 20)),
        by=MA,
    )
    for id, other in (("p1", "p2"), ("p2", "p1")):
        page = open_case_page(chinese, scenario, ref, id)
        assert "77.00" in page
        assert "800.00" in page
        assert part(chinese, "others", n=1) in page
        found = case_by_interface(chinese.client, scenario, ref, id)["agreement"]
        assert found["missing"] == ([id, "consumer"] if id == "p1" else ["consumer", id]) + ["business"]
        short = text(chinese.get("/case/moves/sign")).partition("和解协议书")[0]
        assert ("77.00" in short) == (id == "p2")
        assert ("800.00" in short) == (id == "p1")
        assert scenario.product.links.token(ref, other, 1) not in page
    open_case_page(chinese, scenario, ref, "p2")
    sign(chinese)
    assert [one.of for one in lies(scenario, ref).signatures] == ["p2"]
    assert "sign" in case_by_interface(chinese.client, scenario, ref, "p1")["moves"]
    signed(scenario, ref, scenario.by_link(ref), business)
    for id, amount, none in (("p1", 80000, 7700), ("p2", 7700, 80000)):
        owed = {
            o["amount"]["amount"] for o in case_by_interface(chinese.client, scenario, ref, id)["obligations"]
        }
        assert f"{amount // 100}.00" in owed
        assert f"{none // 100}.00" not in owed
        assert part(chinese, "court_not.settlement") in open_case_page(chinese, scenario, ref, id)


def test_party_without_mail_signs_on_paper(browser: Browser, scenario: Scenario) -> None:
    """The signing time of a party without mail begins when staff read the text to them. The page shows a
    signature on paper."""
    ref = mediating(scenario, person={"name": "王芳", "phone": "13800138000", "way": "phone"})
    drafted(scenario, ref)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "start") in page
    assert "sign" in links(browser)
    scenario.tell(ref, MA)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "start") not in page
    assert own(browser, "runs.signing.mediating") in page
    scan = {"shows": "签字页", "file": CheckedFile("f1", "0" * 64, 9, "application/pdf")}
    scenario.product.casework.move("add_evidence", ref, MA, scan)
    scenario.agreed(
        ref,
        MA,
        SUN,
        "sign",
        digest=digest(scenario, ref),
        signer="p1",
        scan=load(scenario, ref).evidence[-1].id,
    )
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "done", at="|").partition("|")[0] in page
    assert "sign" not in links(browser)
    assert lies(scenario, ref).signatures[0].way == "paper"


def test_page_of_an_agreement_in_force_lists_obligations(browser: Browser, scenario: Scenario) -> None:
    """On either side, the debtor sends proof and the creditor confirms or objects. A later obligation gets
    its date once the earlier one is performed."""
    ref = mediating(scenario)
    bound(scenario, ref)
    business = shop(scenario, ref).party
    refunded = label(browser.headers["accept-language"], "refund", "obligation_kind")
    assert own(browser, "parts.owed.state.owe.waits", first=f"{refunded}|").partition("|")[
        0
    ] in open_case_page(browser, scenario, ref, "p1", "promises")
    assert {"claim_done?obligation=O2", "confirm_done?obligation=O1"} <= _buttons(browser)
    assert "O1" not in _asked(browser, "claim_done")
    open_case_page(browser, scenario, ref, business)
    assert {"claim_done?obligation=O1", "confirm_done?obligation=O2"} <= _buttons(browser)
    assert "O2" not in _asked(browser, "claim_done")
    form = browser.get("/case/moves/claim_done?obligation=O1")
    browser.post(
        "/case/moves/claim_done",
        {**hidden(form), "obligation": "O1", "proof": "payment_record", "what": "已经转账"},
    )
    page = open_case_page(browser, scenario, ref)
    assert state_label(browser, "owed.claimed", who="梧桐家电有限公司") in page
    assert own(browser, "runs.creditor_answer.agreed_silence") in page
    form = browser.get("/case/moves/confirm_done?obligation=O1")
    browser.post("/case/moves/confirm_done", {**hidden(form), "obligation": "O1", "remark": "王芳的补充"})
    page = case_pages(browser, "promises")
    assert state_label(browser, "owed.confirmed", you=own(browser, "parts.owed.you")) in page
    assert own(browser, "runs.obligation.owe_silence") in page
    page = seen(browser, scenario, ref, business)
    assert state_label(browser, "owe.confirmed", who="王芳") in page
    assert "王芳的补充" not in page
    form = browser.get("/case/moves/claim_done?obligation=O2")
    refused = browser.post(
        "/case/moves/claim_done", {**hidden(form), "obligation": "O2", "proof": "receipt", "what": "代她交了"}
    )
    assert refused.status_code in (409, 422)


def _buttons(browser: Browser) -> set[str]:
    return set(re.findall(r"/case/moves/(\w+\?obligation=O\d)", browser.get("/case/promises").body.decode()))


def _asked(browser: Browser, move: str) -> set[str]:
    """Return the promises that a form offers to choose."""
    return set(re.findall(r'value="(O\d+)"', browser.get(f"/case/moves/{move}").body.decode()))


def test_the_document_is_awaited_then_its_digest_is_told(browser: Browser, scenario: Scenario) -> None:
    """Before the seal, the page says that the agreement is in force and the document is being made.
    Afterwards it gives the digest and how to check it."""
    ref = mediating(scenario)
    bound(scenario, ref)
    assert part(browser, "sealing") in open_case_page(browser, scenario, ref)
    assert "/case/agreement" not in browser.get("/case").body.decode()
    sealed(scenario, ref)
    for party in ("p1", shop(scenario, ref).party):
        page = open_case_page(browser, scenario, ref, party)
        assert "ab" * 32 in page
        assert part(browser, "sealing") not in page
        leads = browser.get("/case").body.decode()
        assert 'href="https://complaints.example/verify"' in leads
        assert 'href="/case/agreement"' in leads
        assert 'href="/case/agreement?paper=application"' in leads


def test_the_court_is_asked_together_in_time_or_not_at_all(browser: Browser, scenario: Scenario) -> None:
    """Both sides must agree before the application is noted, and it needs its court. One side's wish alone is
    no application."""
    ref = mediating(scenario)
    bound(scenario, ref)
    page = open_case_page(browser, scenario, ref)
    assert part(browser, "court_what") in page
    assert part(browser, "court_need") in page
    assert part(browser, "court_theirs.no") in page
    form = browser.get("/case/moves/record_confirmation?step=agrees")
    assert hidden(form)["step"] == "agrees"
    assert 'name="court"' not in form.body.decode()
    page = text(browser.post("/case/moves/record_confirmation", hidden(form)))
    assert part(browser, "court_mine.yes") in page
    assert "record_confirmation" not in links(browser)
    open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    assert part(browser, "court_theirs.yes") in text(browser.get("/case"))
    browser.post(
        "/case/moves/record_confirmation", hidden(browser.get("/case/moves/record_confirmation?step=agrees"))
    )
    assert part(browser, "court_both") in text(browser.get("/case"))
    form = browser.get("/case/moves/record_confirmation?step=applied")
    assert hidden(form)["step"] == "applied"
    assert 'name="court"' in form.body.decode()
    assert browser.post("/case/moves/record_confirmation", hidden(form)).status_code == 422
    page = text(
        browser.post("/case/moves/record_confirmation", {**hidden(form), "key": "2", "court": "区人民法院"})
    )
    assert part(browser, "court_applied", court="区人民法院", at="|").partition("|")[0] in page
    forged = browser.post("/case/moves/record_confirmation", {"step": "confirmed", "court": "x", "key": "3"})
    assert forged.status_code >= 400
    assert lies(scenario, ref).confirmed is None


@once
def too_late_for_the_court(scenario: Scenario) -> str:
    """Return an agreement in force for which judicial confirmation can no longer be requested."""
    ref = mediating(scenario)
    bound(scenario, ref, refund(scenario, by="2026-06-30"))
    scenario.live(31 * DAY, ref)
    return ref


def test_the_time_for_the_court_runs_out(browser: Browser, scenario: Scenario) -> None:
    """After the deadline nothing is offered, and the agreement is still in force."""
    page = open_case_page(browser, scenario, too_late_for_the_court(scenario))
    assert part(browser, "court_over") in page
    assert "record_confirmation" not in links(browser)
    assert part(browser, "title.bound") in page


def test_unlawful_body_offers_no_judicial_confirmation(browser: Browser, scenario: Scenario) -> None:
    """Without a lawfully established body the page says in one sentence that a court cannot confirm the
    agreement."""
    ref = mediating(scenario, REN)
    drafted(scenario, ref, by=REN)
    signed(scenario, ref, scenario.by_link(ref), shop(scenario, ref), REN)
    assert part(browser, "court_not.mediation") in open_case_page(browser, scenario, ref)
    assert "record_confirmation" not in links(browser)


@pytest.mark.parametrize("whose", ["business", "mediator"])
def test_why_somebody_does_not_sign_is_for_them_alone(
    chinese: Browser, scenario: Scenario, whose: str
) -> None:
    """Only the side that did not sign reads the reason, also if the neutral officer recorded it."""
    ref = mediating(scenario)
    drafted(scenario, ref)
    who, signer = (MA, {"signer": whose}) if whose == "business" else (YAN, {})
    scenario.move(who, "refuse_to_sign", ref, reason="等对方先让步。", **signer)
    for party in ("p1", shop(scenario, ref).party):
        assert ("等对方先让步" in seen(chinese, scenario, ref, party)) is (
            whose == "business" and party != "p1"
        )


def test_recorded_objection_is_read_by_the_debtor(chinese: Browser, scenario: Scenario) -> None:
    """The debtor reads an objection, also one recorded by an officer, to be able to answer it. Only the
    creditor's side reads a remark made while confirming."""
    ref = mediating(scenario)
    unopposed(scenario, ref)
    goods = {
        name: value
        for name, value in back(by=refund(scenario)["by"]).items()
        if name not in ("after", "days")
    }
    bound(scenario, ref, goods)
    scenario.move(
        scenario.by_link(ref),
        "claim_done",
        ref,
        obligation="O1",
        proof="delivery_record",
        what="昨天取走了。",
    )
    scenario.move(
        staff("wang", Role.FOLLOWUP), "dispute_done", ref, obligation="O1", reason="店里说少了一个零件。"
    )
    scenario.move(staff("sun", Role.FOLLOWUP), "confirm_done", ref, obligation="O1", remark="零件找到了。")
    both = ("p1", shop(scenario, ref).party)
    assert [
        [words in seen(chinese, scenario, ref, party) for party in both]
        for words in ("少了一个零件", "零件找到了")
    ] == [[True, True], [False, True]]
