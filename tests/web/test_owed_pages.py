"""Tests of the pages about obligations: both sides read one ledger, and each form knows its obligation."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.running import DEADLINES, SIDES
from chalicelib.domain.model.codes import Channel, Role, Stage
from chalicelib.domain.model.obligation import Obligation
from chalicelib.locale.formats import day as day_of, label, moment, money
from chalicelib.web import partners
from chalicelib.web.pages.consumer import obligations as case_owed
from tests.closed import complete
from tests.life.contested import talking
from tests.scenario import CHEN, DAY, FENG, SUN, WANG, ZHOU, Scenario
from tests.web.agreement import links, state_label
from tests.web.browser import Browser, hidden, text
from tests.web.mediated import (
    ABOUT,
    MA,
    REFUNDS,
    YAN,
    appointed,
    back,
    bound,
    breached,
    called_on,
    change,
    consented,
    day,
    drafted,
    mediating,
    negotiating,
    refund,
    registered,
    run_obligations,
    signed,
    unopposed,
)
from tests.web.own import AGENT, answered, case_pages, everything, joint, open_case_page, own, performing
from tests.web.talks import case_by_interface, load, seen, shop

SHOP = "梧桐家电有限公司"
STATES = {
    "in force": "pending",
    "another date asked for": "pending",
    "date changed": "pending",
    "another amount asked for": "pending",
    "amount changed": "pending",
    "due today": "due",
    "called on": "in_cure",
    "time to make good is over": "in_cure_over",
    "in breach": "breached",
    "measure taken": "breached",
    "claimed": "claimed",
    "disputed": "disputed",
    "made good": "cured",
    "given up": "cured",
}
"""The state of the refund after each step."""
RUNS = {
    "due today": "obligation.{}silence",
    "called on": "cure.{}silence",
    "time to make good is over": "breach_decision.breach_what",
    "in breach": "measure.{}silence",
    "measure taken": "measure.{}silence",
    "claimed": "creditor_answer.{}silence",
    "disputed": "breach_decision.what",
}
"""The deadline that runs on the refund after each step."""
OF_BOTH = (
    "企业说月底才能打款。",
    "王芳说运费没有算。",
    "没有付款记录。",
    "洗衣机随时可以取。",
    "协议第1条。",
    "企业说已经转账。",
    "回单对不上。",
    "企业说机器不用退了。",
    "王芳说没有到账。",
)
"""The words that both sides of an obligation read."""
PROOF = {"proof": "payment_record", "what": "已经转账"}


@pytest.fixture
def browser(client: Any, request: Any) -> Browser:
    """Return a browser in one language, fixed by the test's name. test_saying checks that both languages have
    all texts.
    """
    return Browser(client, ("zh", "en")[sum(map(ord, request.node.name)) % 2])


def part(browser: Browser, path: str, **slots: Any) -> str:
    """Return the longest part of a sentence of the ledger that has neither dates nor names."""
    return max(own(browser, f"parts.owed.{path}", **{"by": "|", "at": "|", **slots}).split("|"), key=len)


def form(browser: Browser, move: str, id: str = "O1", **said: str) -> Any:
    """Open and send the form of a move about an obligation; return the answer."""
    return browser.post(
        f"/case/moves/{move}", {**hidden(browser.get(f"/case/moves/{move}?obligation={id}")), **said}
    )


def refusal(browser: Browser, code: str) -> str:
    """Return the beginning of a refusal in the browser's language."""
    return label(browser.headers["accept-language"], code, "refusal").partition("{")[0]


def promise(scenario: Scenario, ref: str, id: str = "O1") -> Obligation:
    """Return an obligation of a case."""
    return load(scenario, ref).obligation(id)


def test_both_sides_read_each_state_of_an_obligation(client: Any, scenario: Scenario) -> None:
    """Both sides read the same obligation, as debtor or creditor, with its deadline and the effect of
    silence. Both read words meant for both; neither reads words to the officer.
    """
    ref = mediating(scenario)
    for n, state in enumerate(run_obligations(scenario, ref)):
        for party, role, run, who in (
            ("p1", "owed", "agreed_", SHOP),
            (shop(scenario, ref).party, "owe", "owe_", "王芳"),
        ):
            browser = Browser(client, "zh" if (role == "owed") == n % 2 else "en")
            page = open_case_page(browser, scenario, ref, party, "promises")
            you = own(browser, "parts.owed.you" + ("" if party == "p1" else "_side"))
            assert state_label(browser, f"{role}.{STATES[state]}", who=who, you=you) in page, state
            assert not re.search(r"None|{|consumer\.(parts|runs)", page), state
            if state in RUNS:
                assert own(browser, "runs." + RUNS[state].format(run)) in page, state
    scenario.post()
    for party, hidden_ in (
        ("p1", ("回访里说的话",)),
        (shop(scenario, ref).party, ("回访里说的话", "王芳说收到了")),
    ):
        page = seen(Browser(client, "zh"), scenario, ref, party)
        assert not [words for words in OF_BOTH if words not in page]
        assert not [words for words in hidden_ if words in page]


def test_performed_obligation_has_a_tick(browser: Browser, scenario: Scenario) -> None:
    """Both sides see the tick. An obligation that was waived, excused or referred to the courts has none."""
    ref = mediating(scenario)
    bound(
        scenario,
        ref,
        refund(scenario, by=day(scenario, 40)),
        back(),
        refund(scenario, by=day(scenario, 40), amount={"amount": "20.00"}),
    )
    scenario.move(scenario.by_link(ref), "confirm_done", ref, obligation="O1")
    scenario.move(scenario.by_link(ref), "waive", ref, obligation="O3", words="不要了。")
    scenario.agreed(
        ref, FENG, ZHOU, "excuse", obligation="O2", ground="force_majeure", reason="机器被水冲走了。"
    )
    for party in ("p1", shop(scenario, ref).party):
        page = open_case_page(browser, scenario, ref, party, "history", "promises")
        assert page.count(own(browser, "parts.owed.ticked")) == 1
        assert "机器被水冲走了。" in page
        assert own(browser, "parts.owed.intro.settled") in page
        assert own(browser, "case.nothing") not in page
        assert own(browser, "runs.judicial_confirmation.what") in page


def test_the_page_of_deadlines_leads_to_what_is_owed(browser: Browser, scenario: Scenario) -> None:
    """The page does not say "nothing runs" while only a promise is due."""
    open_case_page(browser, scenario, performing(scenario))
    page = text(browser.get("/case/deadlines"))
    assert own(browser, "case.owed_running") in page
    assert own(browser, "case.none_running") not in page
    assert 'href="/case/promises"' in browser.get("/case/deadlines").body.decode()


def test_referred_obligation_has_no_tick_or_button(browser: Browser, scenario: Scenario) -> None:
    """Both sides read the referral, without a tick and without a button; the case is closed."""
    ref = breached(scenario)
    scenario.agreed(ref, FENG, ZHOU, "refer_breach", obligation="O1", reason="企业没有能力支付。")
    assert load(scenario, ref).stage == Stage.CLOSED
    for party, role, who in (("p1", "owed", SHOP), (shop(scenario, ref).party, "owe", "王芳")):
        page = open_case_page(browser, scenario, ref, party, "promises")
        assert state_label(browser, f"{role}.referred", who=who) in page
        assert "site-tick" not in browser.get("/case/promises").body.decode()
        assert all(MOVES[name].part != "obligation" for name in links(browser) & MOVES.keys())


def test_a_date_is_asked_for_and_the_other_side_decides(browser: Browser, scenario: Scenario) -> None:
    """The form asks for the date first and names the readers of the reason. Both sides read the time to
    answer, and that silence means no. The other side agrees by a button; opening the page changes nothing.
    """
    ref = mediating(scenario)
    bound(scenario, ref)
    business = shop(scenario, ref).party
    open_case_page(browser, scenario, ref, business)
    asked = browser.get("/case/moves/propose_change?obligation=O1")
    names = re.findall(r' name="([\w.]+)"', asked.body.decode())
    assert [name for name in names if name in ("by", "reason", "amount", "way")] == [
        "by",
        "reason",
        "amount",
        "way",
    ]
    assert REFUNDS in text(asked)
    assert own(browser, "parts.owed.form.propose_change.reason") in text(asked)
    page = text(form(browser, "propose_change", by=day(scenario, 20), reason="月底才能打款"))
    assert part(browser, "next.propose_change", who="王芳") in page
    assert part(browser, "change.mine_side", who="王芳") in page
    assert "agree_change" not in links(browser)
    before = load(scenario, ref)
    page = open_case_page(browser, scenario, ref)
    for path in ("theirs", "until_theirs", "silence"):
        assert part(browser, f"change.{path}", who=SHOP) in page
        assert "月底才能打款" in page
    shown = browser.get("/case/moves/agree_change?obligation=O1")
    assert "月底才能打款" in text(shown)
    assert "digest" not in hidden(shown)
    assert load(scenario, ref) == before
    page = text(browser.post("/case/moves/agree_change", hidden(shown)))
    assert part(browser, "next.agree_change") in page
    assert load(scenario, ref).obligation("O1").by != before.obligation("O1").by
    assert part(browser, "change.theirs", who=SHOP) not in page


def test_change_is_refused_on_the_page(browser: Browser, scenario: Scenario) -> None:
    """The page offers a refusal next to agreement, and it needs no reason. The old date stays, and the page
    no longer shows the proposal."""
    ref = mediating(scenario)
    bound(scenario, ref)
    business = shop(scenario, ref).party
    open_case_page(browser, scenario, ref, business)
    form(browser, "propose_change", by=day(scenario, 20), reason="月底才能打款")
    before = load(scenario, ref).obligation("O1").by
    open_case_page(browser, scenario, ref)
    assert {"agree_change", "refuse_change"} <= set(links(browser))
    page = text(form(browser, "refuse_change"))
    assert part(browser, "next.refuse_change", who=SHOP) in page
    assert part(browser, "change.theirs", who=SHOP) not in page
    assert load(scenario, ref).obligation("O1").by == before
    assert load(scenario, ref).obligation("O1").proposed is None


def test_change_form_shows_terms_and_requires_the_digest(browser: Browser, scenario: Scenario) -> None:
    """The form shows old and new terms, the digest and a tick for having read them. It refuses any other
    digest, and none.
    """
    ref = mediating(scenario)
    bound(scenario, ref)
    open_case_page(browser, scenario, ref)
    form(browser, "propose_change", amount="850", way="退到王芳的银行卡。", reason="运费没有算")
    open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    shown = browser.get("/case/moves/agree_change?obligation=O1")
    for said in (
        REFUNDS,
        "退到王芳的银行卡。",
        "800.00",
        "850.00",
        part(browser, "change.signed"),
        change(scenario, ref),
    ):
        assert said in text(shown), said
    assert hidden(shown)["digest"] == change(scenario, ref)
    unread = browser.post("/case/moves/agree_change", hidden(shown))
    assert unread.status_code == 422
    assert 'href="#read"' in unread.body.decode()
    for digest in ("0" * 64, ""):
        wrong = browser.post("/case/moves/agree_change", {**hidden(shown), "read": "true", "digest": digest})
        assert wrong.status_code in (409, 422)
        assert refusal(browser, "text_changed") in text(wrong)
        assert hidden(wrong)["digest"] == change(scenario, ref)
    browser.post("/case/moves/agree_change", {**hidden(shown), "read": "true", "key": "another"})
    owed = load(scenario, ref).obligation("O1")
    assert owed.amount == 85000
    assert not owed.proposed
    assert "退到王芳的银行卡。" in open_case_page(browser, scenario, ref)


def test_another_proposal_meanwhile_is_read_before_it_is_agreed_to(
    browser: Browser, scenario: Scenario
) -> None:
    """A form opened before the new proposal comes back with it, and nothing is agreed yet."""
    ref = mediating(scenario)
    bound(scenario, ref)
    business = shop(scenario, ref)
    scenario.move(business, "propose_change", ref, obligation="O1", by=day(scenario, 20), reason="先")
    open_case_page(browser, scenario, ref)
    old = hidden(browser.get("/case/moves/agree_change?obligation=O1"))
    scenario.move(business, "propose_change", ref, obligation="O1", by=day(scenario, 60), reason="再晚一些")
    back_ = browser.post("/case/moves/agree_change", old)
    assert back_.status_code == 409
    assert "再晚一些" in text(back_)
    assert load(scenario, ref).obligation("O1").proposed


def test_interest_stands_by_itself_and_in_the_total(browser: Browser, scenario: Scenario) -> None:
    """Both sides read what the interest is for, and the total."""
    ref, language = breached(scenario), browser.headers["accept-language"]
    interest = {"measure": "interest", "amount": {"amount": "12.50"}, "basis": "协议第1条。"}
    scenario.move(FENG, "take_measure", ref, obligation="O1", **interest)
    for party in ("p1", shop(scenario, ref).party):
        page = open_case_page(browser, scenario, ref, party, "promises")
        assert own(browser, "parts.owed.total", amount=money(language, 81250)) in page
        because = own(
            browser, "parts.owed.because", what=case_owed.obligation_label(promise(scenario, ref), language)
        )
        assert because in page or because[:1].upper() + because[1:] in page


@pytest.mark.parametrize(("language", "english"), [("en", True), ("zh", False)])
def test_a_clause_is_read_in_ones_own_language(
    client: Any, scenario: Scenario, language: str, english: bool
) -> None:
    """The page quotes a bilingual text in the reader's language, also in the form that agrees to a change."""
    ref, browser, said = mediating(scenario), Browser(client, language), "The price is paid back."
    drafted(
        scenario,
        ref,
        refund(scenario, by=day(scenario, 40), what_en=said),
        english=True,
        facts_en="It leaks.",
    )
    signed(scenario, ref, scenario.by_link(ref), shop(scenario, ref), YAN)
    scenario.move(
        shop(scenario, ref),
        "propose_change",
        ref,
        obligation="O1",
        reason="银行账户变了。",
        way="打到新的账户。",
    )
    open_case_page(browser, scenario, ref, "p1")
    for page in map(
        text,
        (
            browser.get("/case/moves/waive?obligation=O1"),
            browser.get("/case/moves/agree_change?obligation=O1"),
        ),
    ):
        assert (said in page, REFUNDS in page) == (english, not english)


def test_change_without_an_answer_lapses_on_the_page(browser: Browser, scenario: Scenario) -> None:
    """After the time to answer, the page has no button and says which terms apply. An answer is refused."""
    ref = mediating(scenario)
    bound(scenario, ref, refund(scenario, by=day(scenario, 60)))
    scenario.move(
        shop(scenario, ref), "propose_change", ref, obligation="O1", by=day(scenario, 80), reason="再晚一些"
    )
    open_case_page(browser, scenario, ref)
    late = hidden(browser.get("/case/moves/agree_change?obligation=O1"))
    scenario.live(15 * DAY, ref)
    page = open_case_page(browser, scenario, ref, "p1", "history")
    assert part(browser, "change.over") in page
    assert label(browser.headers["accept-language"], "lapse_change", "move") in page.lower()
    assert part(browser, "change.until_theirs") not in page
    assert "agree_change" not in links(browser)
    answer = browser.post("/case/moves/agree_change", late)
    assert answer.status_code == 409


def test_a_window_that_is_over_is_told_as_an_officers_decision(browser: Browser, scenario: Scenario) -> None:
    """After the extra time, and after the time to confirm, the page says until when an officer decides."""
    ref = called_on(scenario)
    assert own(browser, "runs.cure.agreed_what") in open_case_page(browser, scenario, ref, "p1", "promises")
    scenario.live(10 * DAY, ref)
    page = open_case_page(browser, scenario, ref, "p1", "promises")
    assert own(browser, "runs.cure.agreed_what") not in page
    assert own(browser, "runs.breach_decision.breach_what") in page
    scenario.move(shop(scenario, ref), "claim_done", ref, obligation="O1", **PROOF)
    assert own(browser, "runs.creditor_answer.agreed_what") in open_case_page(
        browser, scenario, ref, "p1", "promises"
    )
    scenario.live(10 * DAY, ref)
    page = open_case_page(browser, scenario, ref, "p1", "promises")
    assert own(browser, "runs.creditor_answer.agreed_what") not in page
    assert own(browser, "runs.breach_decision.what") in page


@pytest.mark.parametrize(
    ("move", "said", "code"),
    [
        ("confirm_done", {}, "other_sides_obligation"),
        ("waive", {"words": "不用还了"}, "other_sides_obligation"),
        ("dispute_done", {"reason": "没做"}, "other_sides_obligation"),
        ("agree_change", {}, "own_proposal"),
        ("claim_done", {**PROOF, "obligation": "O2"}, "other_sides_obligation"),
        ("claim_done", {**PROOF, "obligation": "O9"}, "obligation_unknown"),
        ("propose_change", {"reason": "同一天"}, "nothing_changed"),
        ("agree_change", {"obligation": "O2"}, "nothing_proposed"),
    ],
)
def test_acts_on_the_other_sides_obligation_are_refused(
    browser: Browser, scenario: Scenario, move: str, said: dict[str, str], code: str
) -> None:
    """A debtor cannot confirm or waive their own debt, agree to their own proposal, or prove the other side's
    duty. Nothing is written, and the page offers no second attempt.
    """
    ref = mediating(scenario)
    bound(scenario, ref)
    scenario.move(
        shop(scenario, ref), "propose_change", ref, obligation="O1", by=day(scenario, 20), reason="月底"
    )
    open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    before = load(scenario, ref)
    answer = browser.post(f"/case/moves/{move}", {"obligation": "O1", "key": "1", **said})
    assert answer.status_code in (409, 422)
    assert refusal(browser, code) in text(answer)
    assert load(scenario, ref) == before
    assert ('name="seen"' in answer.body.decode()) == (move == "propose_change")


def test_second_claim_and_confirmation_are_refused(browser: Browser, scenario: Scenario) -> None:
    """A second claim and a second confirmation from another window are refused."""
    ref = mediating(scenario)
    bound(scenario, ref)
    open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    claim = hidden(browser.get("/case/moves/claim_done?obligation=O1"))
    assert part(browser, "next.claim_done", who="王芳") in text(
        browser.post("/case/moves/claim_done", {**claim, **PROOF})
    )
    again = browser.post(
        "/case/moves/claim_done", {**claim, **PROOF, "key": "2", "seen": str(load(scenario, ref).entries)}
    )
    assert refusal(browser, "claimed_before") in text(again)
    open_case_page(browser, scenario, ref)
    yes = hidden(browser.get("/case/moves/confirm_done?obligation=O1"))
    assert part(browser, "next.confirm_done") in text(browser.post("/case/moves/confirm_done", yes))
    again = browser.post(
        "/case/moves/confirm_done", {**yes, "key": "2", "seen": str(load(scenario, ref).entries)}
    )
    assert again.status_code in (409, 422)
    assert refusal(browser, "obligation_unknown") in text(again)


def test_a_dispute_says_who_decides_by_when(browser: Browser, scenario: Scenario) -> None:
    """A dispute is offered after a claim of performance or a missed date, never before."""
    ref = mediating(scenario)
    bound(scenario, ref)
    open_case_page(browser, scenario, ref)
    assert "dispute_done" not in links(browser)
    assert browser.get("/case/moves/dispute_done?obligation=O1", follow=False).status_code == 303
    scenario.move(shop(scenario, ref), "claim_done", ref, obligation="O1", **PROOF)
    page = open_case_page(browser, scenario, ref)
    assert PROOF["what"] in page
    assert "dispute_done" in links(browser)
    assert part(browser, "next.dispute_done", who=SHOP) in text(
        form(browser, "dispute_done", reason="没有到账")
    )


def test_giving_up_is_warned_of_and_in_ones_own_words(browser: Browser, scenario: Scenario) -> None:
    """The form names the effect, says that nobody may ask for a waiver, and names the readers. Then both
    sides get it in writing.
    """
    ref = mediating(scenario)
    bound(scenario, ref, refund(scenario, by=day(scenario, 40)))
    open_case_page(browser, scenario, ref)
    shown = browser.get("/case/moves/waive?obligation=O1")
    what = re.escape(
        case_owed.obligation_label(load(scenario, ref).obligation("O1"), browser.headers["accept-language"])
    )
    assert re.search(what, text(shown))
    assert own(browser, "parts.owed.waived", what="|", who="|").rpartition("|")[2] in text(shown)
    assert form(browser, "waive").status_code == 422
    assert load(scenario, ref).open_obligations
    page = text(form(browser, "waive", words="小额，不要了。"))
    assert own(browser, "parts.owed.next.waive_last", what="|", who=SHOP).rpartition("|")[2] in page
    assert not load(scenario, ref).open_obligations


def test_page_names_the_officer_who_confirms(browser: Browser, scenario: Scenario) -> None:
    """If the agreement says so, the proof goes to the officer, and both sides read that."""
    ref = mediating(scenario)
    bound(scenario, ref, refund(scenario, by=day(scenario, 40), confirms="officer"))
    open_case_page(browser, scenario, ref, shop(scenario, ref).party)
    assert part(browser, "next.claim_done_officer") in text(form(browser, "claim_done", **PROOF))
    assert state_label(browser, "owed.claimed_officer", who=SHOP) in open_case_page(browser, scenario, ref)


def test_a_representative_settles_only_with_the_power_to(browser: Browser, scenario: Scenario) -> None:
    """A representative without the power reads the reason. Waiver and consent are not offered, and refused by
    code.
    """
    ref = negotiating(scenario)
    scenario.move(
        WANG,
        "add_representative",
        ref,
        **{**AGENT, "powers": ["submit", "negotiate"]},
        checked=True,
        document="授权委托书",
    )
    agent = next(p.id for p in load(scenario, ref).parties if p.represents)
    drafted(scenario, ref, refund(scenario, by=None, days=10), by=MA)
    signed(scenario, ref, scenario.by_link(ref), shop(scenario, ref))
    scenario.move(
        shop(scenario, ref), "propose_change", ref, obligation="O1", by=day(scenario, 20), reason="月底"
    )
    page = open_case_page(browser, scenario, ref, agent, "promises")
    assert part(browser, "powerless", name="王芳") in page
    assert own(browser, "parts.owed.owed_side") in page
    assert not {"agree_change", "waive"} & links(browser)
    assert "propose_change" in links(browser)
    for move, said in (("agree_change", {}), ("waive", {"words": "不要了"})):
        answer = browser.post(f"/case/moves/{move}", {"obligation": "O1", "key": move, **said})
        assert answer.status_code == 409
        assert refusal(browser, "power_missing") in text(answer)
    assert load(scenario, ref).obligation("O1").proposed


def test_joint_pages_show_only_own_obligations(chinese: Browser, scenario: Scenario) -> None:
    """Page and interface hide the others' proposals, breaches and measures. No form takes a move on them."""
    registered(scenario)
    ref = joint(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    business = talking(scenario, ref)
    theirs = refund(
        scenario, creditor="p2", amount={"amount": "77.00"}, what="退给赵敏。", by=day(scenario, 30)
    )
    drafted(scenario, ref, refund(scenario, by=None, days=10), theirs, by=MA)
    signed(scenario, ref, scenario.by_link(ref), scenario.by_link(ref, "p2"), business)
    scenario.move(
        scenario.by_link(ref),
        "propose_change",
        ref,
        obligation="O1",
        amount={"amount": "850.00"},
        reason="王芳的理由",
    )
    scenario.live(22 * DAY, ref)
    scenario.agreed(
        ref, FENG, ZHOU, "find_breach", obligation="O1", reason="王芳没收到钱。", counter="没有对待义务。"
    )
    scenario.move(FENG, "take_measure", ref, obligation="O1", measure="interest", basis="给王芳的利息。")
    scenario.move(CHEN, "record_visit", ref, how="phone", said="回访里说的话")
    page = open_case_page(chinese, scenario, ref, "p2") + everything(chinese)
    assert own(chinese, "parts.owed.intro.others") in page
    assert own(chinese, "parts.owed.found", at="|").partition("|")[2] not in page
    said = str(case_by_interface(chinese.client, scenario, ref, "p2"))
    for words in ("王芳的理由", "王芳没收到钱。", "给王芳的利息。", "850.00", "回访里说的话"):
        assert words not in page, words
        assert words not in said, words
    answer = chinese.post("/case/moves/waive", {"obligation": "O1", "words": "替别人放弃", "key": "1"})
    assert answer.status_code in (409, 422)
    assert "800.00" not in text(answer).partition("第2条")[0]
    assert load(scenario, ref).obligation("O1")
    assert own(chinese, "parts.owed.intro.breached") in open_case_page(chinese, scenario, ref)
    assert "王芳没收到钱。" in text(chinese.get("/case/history"))


def test_unchecked_representative_sees_no_obligation(chinese: Browser, scenario: Scenario) -> None:
    """An unchecked representative sees no obligation, neither by sending a form nor on the page after it."""
    ref = mediating(scenario)
    bound(scenario, ref)
    scenario.move(WANG, "add_representative", ref, **{**AGENT, "powers": ["settle"]})
    agent = next(p.id for p in load(scenario, ref).parties if p.represents)
    open_case_page(chinese, scenario, ref, agent)
    for answer in (
        chinese.post("/case/moves/waive", {"obligation": "O1", "words": "不要了"}),
        chinese.get("/case?done=waive&about=O1"),
    ):
        assert "800.00" not in text(answer)
        assert REFUNDS not in text(answer)
    assert load(scenario, ref).obligation("O1").open


def test_promise_of_an_answer_gets_a_cure_notice(browser: Browser, scenario: Scenario) -> None:
    """A promise in an answer is our debt: the page shows the notice, its date and the consequence."""
    ref = performing(scenario)
    scenario.live(18 * DAY, ref)
    page = open_case_page(browser, scenario, ref)
    us = own(browser, "parts.owed.us")
    assert state_label(browser, "owed.in_cure", who=us) in page
    assert own(browser, "runs.cure.silence") in page
    assert own(browser, "parts.owed.owe") not in page
    assert own(browser, "case.owner_followup") in page


def test_partner_system_reads_no_word_of_an_obligation(client: Any, scenario: Scenario) -> None:
    """A partner system reads the move, but neither the reason nor the decision and its grounds."""
    ref = mediating(scenario, caller=Caller("partner:market", Role.PARTNER, channel=Channel.API))
    bound(scenario, ref)
    scenario.move(
        shop(scenario, ref),
        "propose_change",
        ref,
        obligation="O1",
        by=day(scenario, 20),
        reason="月底才能打款",
    )
    key, _ = partners.give("market", Channel.API, partners.FILES, DAY, "zheng")
    found = client.http.get(
        f"/v1/cases/{ref}/timeline?limit=100", headers={"Authorization": f"Bearer {key}"}
    ).json_body["items"]
    assert [one["words"] for one in found if one["move"] == "propose_change"] == [{}]


def test_every_entry_about_a_duty_is_told_to_its_sides_or_kept_on_purpose() -> None:
    """Every move on an obligation declares which words the sides see; only the words of a visit stay
    internal.
    """
    modules = ("performance", "changing", "breach")
    declared = {name for name, move in MOVES.items() if move.do.__module__.rpartition(".")[2] in modules}
    complete(
        {"record_visit"},
        {name for name in declared if not MOVES[name].shows},
        "this test",
        "declare `shows=Shows(…)` with the words that the sides see",
    )
    complete(
        {name for name, move in MOVES.items() if move.part in ("obligation", "change")},
        {name for name in declared if MOVES[name].by & Role.PARTY},
        "the declared moves",
        'give it `part="obligation"` or `part="change"`, so that it stands beside its obligation',
    )
    of_promises = [declared for declared in DEADLINES.values() if declared.of_promise]
    assert of_promises
    assert all(declared.seen_by == SIDES for declared in of_promises)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_ones_own_no_stays_with_the_decision(browser: Browser, scenario: Scenario, language: str) -> None:
    """An officer overrules the consumer's No. Both pages still have it, with the decision, both reasons, and
    the day on which it was done. The company reads the same from its side."""
    ref = mediating(scenario)
    bound(scenario, ref)
    scenario.move(shop(scenario, ref), "claim_done", ref, obligation="O1", **PROOF)
    consumer = scenario.by_link(ref, "p1")
    scenario.move(consumer, "dispute_done", ref, obligation="O1", reason="账户里没有这笔钱。")
    scenario.move(FENG, "decide_proof", ref, obligation="O1", accepted=True, reason="回单上有入账时间。")
    browser.headers["accept-language"] = language
    for party, side in (("p1", "owed"), ("p2", "owe")):
        page = open_case_page(browser, scenario, ref, party, "promises")
        for words in (
            "账户里没有这笔钱。",
            "回单上有入账时间。",
            part(browser, f"denied.{side}", who="|", you="|"),
            part(browser, "denied.accepted"),
            part(browser, "done_on", day=day_of(language, scenario.time, end=False)),
        ):
            assert words in page, words
        first = text(browser.get("/case"))
        for words in ("账户里没有这笔钱。", part(browser, "denied.accepted"), "回单上有入账时间。"):
            assert words in first, words


@pytest.mark.parametrize("how", ["called on", "over", "in breach", "claimed in breach"])
@pytest.mark.parametrize("page", ["", "/promises"])
def test_what_can_be_confirmed_can_be_denied(
    chinese: Browser, scenario: Scenario, how: str, page: str
) -> None:
    """Once an obligation is due, "done" and "not done" stand side by side. After a No that changes no state,
    the page has its reason."""
    ref = breached(scenario) if "breach" in how else called_on(scenario)
    if how == "over":
        scenario.live(10 * DAY, ref)
    if "claimed" in how:
        scenario.move(shop(scenario, ref), "claim_done", ref, obligation="O1", **PROOF)
    open_case_page(chinese, scenario, ref)
    shown = chinese.get(f"/case{page}").body.decode()
    for move in ("confirm_done", "dispute_done"):
        assert f"/case/moves/{move}?obligation=O1" in shown
    done = text(form(chinese, "dispute_done", reason="卡里没有这笔钱。"))
    noted = part(chinese, "next.dispute_done_noted", who=SHOP)
    assert (noted in done) == ("claimed" not in how)
    assert "卡里没有这笔钱。" in text(chinese.get(f"/case{page}"))


def test_a_breach_keeps_its_mark_while_proof_is_looked_at(chinese: Browser, scenario: Scenario) -> None:
    """The page speaks of what is marked as a breach, so the mark stays until the breach has ended."""
    ref = breached(scenario)
    scenario.move(shop(scenario, ref), "claim_done", ref, obligation="O1", **PROOF)
    page = open_case_page(chinese, scenario, ref)
    assert own(chinese, "parts.owed.intro.breached") in page
    assert " 违约 " in page


def test_one_debtor_has_one_name_for_an_answer_and_an_agreement(chinese: Browser, scenario: Scenario) -> None:
    """What an answer upheld and what an agreement adds are both owed by the company of the agreement."""
    registered(scenario)
    ref = answered(scenario)
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(scenario, ref)
    assert part(chinese, "from", who="我们") in open_case_page(chinese, scenario, ref)
    consented(scenario, ref)
    appointed(scenario, ref)
    unopposed(scenario, ref)
    bound(scenario, ref, refund(scenario))
    open_case_page(chinese, scenario, ref)
    page = case_pages(chinese, "promises")
    assert len(load(scenario, ref).open_obligations) == 2
    assert page.count(part(chinese, "from", who=SHOP)) == 2
    assert part(chinese, "from", who="我们") not in page


def test_the_worst_promise_stands_first(chinese: Browser, scenario: Scenario) -> None:
    """The case page and the page of promises show an overdue obligation before one that is not due, whatever
    their order in the agreement."""
    ref = mediating(scenario)
    unopposed(scenario, ref)
    late = refund(scenario, by=day(scenario, 20), amount={"amount": "66.00"})
    bound(scenario, ref, refund(scenario, by=day(scenario, 60)), late)
    scenario.live(22 * DAY, ref)
    open_case_page(chinese, scenario, ref)
    for path in ("/case", "/case/promises"):
        page = text(chinese.get(path)).partition(part(chinese, "intro.performing"))[2]
        assert page.index("66.00") < page.index("800.00"), path


def test_the_side_that_owes_the_worst_comes_first(chinese: Browser, scenario: Scenario) -> None:
    """The page of promises begins with the side whose obligation is in breach."""
    open_case_page(chinese, scenario, breached(scenario))
    page = text(chinese.get("/case/promises"))
    assert page.index(part(chinese, "owed")) < page.index(part(chinese, "owe"))


@pytest.mark.parametrize("stage", ["in cure", "over", "in breach"])
def test_marks_of_an_overdue_promise_agree_with_its_state(
    chinese: Browser, scenario: Scenario, stage: str
) -> None:
    """A mark says that the extra time is over once it is, and each late line bears its mark."""
    ref = breached(scenario) if stage == "in breach" else called_on(scenario)
    if stage == "over":
        scenario.live(10 * DAY, ref)
    page = open_case_page(chinese, scenario, ref)
    marks = {"in cure": "宽限期内", "over": "宽限期已满", "in breach": "违约"}
    found = re.findall(r"宽限期内|宽限期已满|宽限期未起算| 违约 ", page)
    assert {mark.strip() for mark in found} == {marks[stage]}


def test_penalty_has_the_debtor_of_the_broken_promise(chinese: Browser, scenario: Scenario) -> None:
    """On one page the debtor has one name."""
    ref = breached(scenario)
    said = {"measure": "interest", "basis": "协议第1条。"}
    scenario.move(FENG, "take_measure", ref, obligation="O1", **said)
    open_case_page(chinese, scenario, ref)
    page = text(chinese.get("/case/promises"))
    assert "由梧桐家电有限公司履行" in page
    assert "由我们履行" not in page


@pytest.mark.parametrize("by_shop", [False, True])
@pytest.mark.parametrize("answer", ["agree_change", "refuse_change", ""])
def test_change_is_proposed_after_a_court_took_the_case(
    browser: Browser, scenario: Scenario, answer: str, by_shop: bool
) -> None:
    """The case is closed, but its promises go on. The letter leaves with the last day to answer, and a
    reminder follows. The other side agrees, refuses or stays silent. The page of each side shows the
    result."""
    ref = mediating(scenario)
    bound(scenario, ref)
    scenario.move(SUN, "close_in_court", ref, body="court", number="(2026)沪0101民初9号")
    business = shop(scenario, ref).party
    proposer, other = (business, "p1") if by_shop else ("p1", business)
    name = "王芳" if by_shop else SHOP
    open_case_page(browser, scenario, ref, proposer)
    before = load(scenario, ref).obligation("O1").by
    page = text(form(browser, "propose_change", by=day(scenario, 40), reason="两边都要换一天"))
    assert part(browser, "next.propose_change", who=name) in page
    scenario.live(DAY, ref)
    assert scenario.letters(ref, f"party:{other}").count("change_proposed") == 1
    found = scenario.product.file.whole(ref).letters
    assert [one["state"] for one in found if one["name"] == "change_proposed"] == ["sent"]
    page = open_case_page(browser, scenario, ref, other, "promises")
    until = next(run.due for run in deadlines(load(scenario, ref)).values() if run.name == "change_reply")
    assert part(browser, "change.until_theirs") in page
    assert moment(browser.headers["accept-language"], until) in page
    box = browser.get("/case").body.decode().partition("site-stand")[2].partition("</div>")[0]
    for move in ("agree_change", "refuse_change"):
        link = f'href="/case/moves/{move}?obligation=O1">{own(browser, f"move.{move}.name")}</a>'
        assert link.lower() in box.lower()  # in English a later choice goes on in small letters
    assert "两边都要换一天" in page
    if answer:
        form(browser, answer)
    else:
        scenario.live(until - scenario.time + DAY, ref)
        assert scenario.letters(ref, f"party:{other}").count("change_reminder") == 1
    scenario.live(DAY, ref)
    owed = load(scenario, ref).obligation("O1")
    assert (owed.proposed is None) == bool(answer)
    assert (owed.by != before) == (answer == "agree_change")
    told = "change_agreed" if answer == "agree_change" else "change_refused"
    assert scenario.letters(ref, f"party:{proposer}").count(told) == 1
    page = open_case_page(browser, scenario, ref, proposer, "history", "promises")
    assert part(browser, "change.mine" + ("_side" if by_shop else ""), who=name) not in page
    lapsed = label(browser.headers["accept-language"], "lapse_change", "move")
    assert (own(browser, f"move.{answer}.name") if answer else lapsed).lower() in page.lower()


def test_change_after_closing_in_a_joint_case_concerns_one_person(
    browser: Browser, scenario: Scenario
) -> None:
    """Each person of a joint case has promises of their own. The letter, its last day and the answer belong
    to the creditor of the promise, also in a closed case."""
    ref = joint(scenario)
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    answered(scenario, ref)
    for id in ("p1", "p2"):
        scenario.move(scenario.by_link(ref, id), "accept_answer", ref)
    scenario.move(SUN, "close_in_court", ref, body="court", number="(2026)沪0101民初9号")
    (owed,) = (o for o in load(scenario, ref).open_obligations if o.to == "p2")
    said = {"obligation": owed.id, "side": "business", "by": day(scenario, 40), "reason": "月底才能打款"}
    scenario.move(FENG, "propose_change", ref, **said)
    scenario.live(DAY, ref)
    assert "change_proposed" in scenario.letters(ref, "party:p2")
    assert "change_proposed" not in scenario.letters(ref, "party:p1")
    assert "月底才能打款" not in open_case_page(browser, scenario, ref, "p1", "promises", "deadlines")
    assert part(browser, "change.until_theirs") in open_case_page(browser, scenario, ref, "p2", "promises")
    form(browser, "refuse_change", owed.id)
    assert load(scenario, ref).obligation(owed.id).proposed is None
