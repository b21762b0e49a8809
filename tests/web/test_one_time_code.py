"""Tests of one-time codes: they confirm moves that give something up, on the page and the interface; typed
text is kept.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.access.rate_limits import CEILINGS, TooMany
from chalicelib.domain.engine.deadlines import deadlines, due
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Duty, Stage
from chalicelib.locale.formats import moment, texts
from chalicelib.locale.lengths import lengths
from chalicelib.web import pages
from chalicelib.web.pages.consumer.obligations import obligation_label
from chalicelib.wiring import product
from tests.scenario import DAY, FENG, SUN, WANG, Scenario, sent_code
from tests.web.browser import Browser, hidden, link, text
from tests.web.desk import Desk
from tests.web.mediated import MA, negotiating
from tests.web.own import REFUND, answered, performing

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["zh", "en"])
def browser(client: Any, request: Any) -> Browser:
    """Return a browser in each language that does not enter codes by itself."""
    return Browser(client, request.param, confirms=False)


@pytest.fixture
def ref(scenario: Scenario, browser: Browser) -> str:
    """Return the number of a complaint with a refund owed, its page open and its mailbox confirmed."""
    ref = performing(scenario)
    scenario.confirm(ref)
    browser.get(link(scenario, ref))
    return ref


def waive(browser: Browser, **said: str) -> Any:
    """Send the form that gives up the refund; return the answer."""
    form = hidden(browser.get("/case/moves/waive?obligation=O1"))
    return browser.post("/case/moves/waive", {**form, "words": "不要了，算了。", **said})


def enter(browser: Browser, page: Any, code: str, **said: str) -> Any:
    """Enter a code on its page; return the answer."""
    return browser.post("/case/moves/waive", {**hidden(page), "code": code, **said})


def full_width(digits: str) -> str:
    """Return digits as full-width characters, as a Chinese keyboard may write them."""
    return digits.translate({ord("0") + n: ord("０") + n for n in range(10)})


def refusal_text(browser: Browser, code: str) -> str:
    """Return the sentence of a refusal."""
    return str(texts(browser.headers["accept-language"])["refusal"][code])


def state(scenario: Scenario, ref: str) -> Duty:
    """Return the state of the refund."""
    return scenario.product.file.load(ref).obligations[0].state


def test_a_code_by_mail_confirms_what_was_typed(browser: Browser, scenario: Scenario, ref: str) -> None:
    """The typed words are carried out once the mailed code is entered. Only the mail has the code; it is
    masked everywhere else. The entry records the confirmation; data on the client are erasable.
    """
    page = waive(browser)
    assert state(scenario, ref) != Duty.WAIVED
    scenario.post()
    mail, code = scenario.sent()[-1], sent_code(product, ref)
    assert re.fullmatch("[0-9]{6}", code)
    assert mail["to"] == "wang.fang@mail.example"
    assert code in mail["text"]
    assert code not in mail["subject"]
    assert "w…@mail.example" in text(page)
    assert "不要了，算了。" in text(page)
    assert code not in page.body.decode()
    enter(browser, page, f"{code[:3]} {full_width(code[3:])}")
    assert state(scenario, ref) == Duty.WAIVED
    (facts,) = scenario.lines(ref, "waive")
    assert facts["confirmed"]["by"] == "code"
    dossier = scenario.product.file.whole(ref)
    _, words = dossier.entry(dossier.case.entries)
    assert words["words"] == "不要了，算了。"
    assert set(words["client"]) == {"agent", "network"}
    letter = next(row for row in dossier.letters if row["name"] == "one_time_code")
    assert code not in json.dumps(letter, default=str)
    assert code not in browser.get("/case").body.decode()


def test_wrong_code_is_refused_with_its_reason(browser: Browser, scenario: Scenario, ref: str) -> None:
    """A wrong, late or spent code, and one for other words, each has its own message on a page with the typed
    text. A new code then works once.
    """
    page = waive(browser)
    assert refusal_text(browser, "code_wrong") in text(enter(browser, page, "x"))
    other = enter(browser, page, sent_code(product, ref), words="另一句话")
    assert refusal_text(browser, "code_of_another_act") in text(other)
    assert "另一句话" in text(other)
    scenario.later(15 * MINUTE)
    late = enter(browser, page, sent_code(product, ref))
    assert refusal_text(browser, "code_late") in text(late)
    assert "不要了，算了。" in text(late)
    first = sent_code(product, ref)
    again = enter(browser, page, "", way="again")
    assert refusal_text(browser, "code_wrong") in text(enter(browser, again, first)), (
        "the one before is good no more"
    )
    for _ in range(5):
        spent = enter(browser, again, "000000")
    for tried in (spent, enter(browser, again, sent_code(product, ref))):
        assert refusal_text(browser, "code_spent") in text(tried)
    assert state(scenario, ref) != Duty.WAIVED
    scenario.later(60 * MINUTE)
    done = enter(browser, again, "", way="again")
    code = sent_code(product, ref)
    enter(browser, done, code)
    assert state(scenario, ref) == Duty.WAIVED
    assert refusal_text(browser, "code_used") in text(enter(browser, done, code, key="another"))


def test_a_code_that_cannot_be_asked_for_now_loses_no_word(
    down: set[str], browser: Browser, scenario: Scenario, ref: str
) -> None:
    """During a write failure the page has status 503 and the typed text, and offers another code."""
    form = hidden(browser.get("/case/moves/waive?obligation=O1"))
    down.add("TransactWriteItems")
    page = browser.post("/case/moves/waive", {**form, "words": "不要了，算了。"})
    assert page.status_code == 503
    assert "不要了，算了。" in text(page)
    down.clear()
    enter(browser, enter(browser, page, "", way="again"), sent_code(product, ref))
    assert state(scenario, ref) == Duty.WAIVED


def test_the_same_form_sent_twice_is_one_act(browser: Browser, scenario: Scenario, ref: str) -> None:
    """A second click returns the result of the first."""
    page = waive(browser)
    first, second = (enter(browser, page, sent_code(product, ref)) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert len(scenario.lines(ref, "waive")) == 1


def test_going_back_shows_the_filled_form(browser: Browser, scenario: Scenario, ref: str) -> None:
    """Going back shows the form, filled in."""
    back = enter(browser, waive(browser), "", way="back")
    assert "不要了，算了。" in text(back)
    assert 'name="words"' in back.body.decode()


def test_codes_stop_at_the_ceiling(browser: Browser, scenario: Scenario, ref: str) -> None:
    """Above the ceiling the page says so, and no more mail leaves."""
    page = waive(browser)
    for _ in range(12):
        page = enter(browser, page, "", way="again")
    assert page.status_code == 429
    assert len(scenario.lines(ref, "send_code")) == 10


def test_no_code_goes_to_an_address_that_the_link_has_just_named(
    browser: Browser, scenario: Scenario, ref: str
) -> None:
    """A thief of a link cannot give something up through their own mailbox: codes wait three days, and the
    page names other ways. An address that staff entered takes codes at once.
    """
    own, said_ = scenario.by_link(ref), {"obligation": "O1", "words": "不要了。"}
    browser.post(
        "/case/moves/change_contact",
        {**hidden(browser.get("/case/moves/change_contact")), "email": "thief@mail.example"},
    )
    scenario.confirm(ref)
    what = pages.say(browser.headers["accept-language"], "consumer.move.waive.name")
    assert pages.say(browser.headers["accept-language"], "consumer.code.new", what=what) in text(
        waive(browser)
    )
    assert 'value="call"' in waive(browser).body.decode()
    assert not scenario.lines(ref, "send_code")
    with pytest.raises(Refusal, match="address_new"):
        scenario.product.codes.send(own, "waive", said_)
    scenario.later(3 * DAY)
    scenario.product.codes.send(own, "waive", said_)
    scenario.move(WANG, "change_contact", ref, email="new@mail.example")
    scenario.confirm(ref)
    scenario.product.codes.send(own, "waive", said_)


def test_codes_are_counted_for_each_person_on_each_complaint(scenario: Scenario) -> None:
    """All hundred people of a joint complaint can confirm on one day. Codes for one complaint do not count
    against another that names the same mailbox.
    """
    said = {"obligation": "O1", "words": "不要了。"}
    for ref in (performing(scenario), performing(scenario)):
        scenario.confirm(ref)
        for _ in range(CEILINGS["code_sent"]["account",].most):
            scenario.product.codes.send(scenario.by_link(ref), "waive", said)
        with pytest.raises(TooMany):
            scenario.product.codes.send(scenario.by_link(ref), "waive", said)
        assert len(scenario.lines(ref, "send_code")) == 10


def test_code_page_offers_three_ways_without_a_confirmed_mailbox(
    browser: Browser, scenario: Scenario
) -> None:
    """The page keeps the typed text and offers the confirming letter, our call and paper. After the
    confirmation the person can continue. A request for a call is a message, due in two working days.
    """
    ref = performing(scenario)
    browser.get(link(scenario, ref))
    page = waive(browser)
    for way in ("address_title", "call_title", "paper_title"):
        assert pages.say(browser.headers["accept-language"], f"consumer.code.{way}") in text(page)
    called = enter(browser, page, "", way="call")
    language = browser.headers["accept-language"]
    numbers = lengths(language[:2], "default-1")
    assert pages.say(language, "consumer.code.call_done", **numbers) in text(called)
    _, words = scenario.product.file.whole(ref).entry(scenario.product.file.load(ref).entries)
    assert "不要了，算了。" in words["text"]
    assert scenario.product.file.load(ref).messages
    mailed = enter(browser, called, "", way="address")
    assert "access_link" in scenario.letters(ref)
    assert not scenario.lines(ref, "send_code")
    scenario.confirm(ref)
    enter(browser, browser.post("/case/moves/waive", hidden(mailed)), sent_code(product, ref))
    assert state(scenario, ref) == Duty.WAIVED


def test_the_page_of_the_code_names_what_is_given_up(browser: Browser, scenario: Scenario, ref: str) -> None:
    """The page names the promise in question above the typed text, because there may be several."""
    language = browser.headers["accept-language"]
    [owed] = scenario.product.file.load(ref).obligations
    assert obligation_label(owed, language) in text(waive(browser))


def test_call_is_not_offered_without_a_number(browser: Browser, scenario: Scenario) -> None:
    """A person with only an e-mail address is offered no call: they confirm the address, or write."""
    browser.get(
        link(scenario, performing(scenario, person={"name": "王芳", "email": "wang.fang@mail.example"}))
    )
    page = text(waive(browser))
    offered = {
        way: pages.say(browser.headers["accept-language"], f"consumer.code.{way}") in page
        for way in ("address_title", "call_title", "paper_title")
    }
    assert offered == {"address_title": True, "call_title": False, "paper_title": True}


def test_call_request_obeys_the_limits_of_a_message(browser: Browser, scenario: Scenario) -> None:
    """A request for a call obeys the limits of a message: length, control characters, ceiling. Other moves
    ignore `way`.
    """
    ref = performing(scenario)
    browser.get(link(scenario, ref))
    page = waive(browser)
    long = enter(browser, page, "", way="call", words="长" * 2_001)
    assert long.status_code == 422
    assert "message" not in scenario.moves(ref)
    enter(browser, page, "", way="call", words="不要了\x00。", key="another")
    dossier = scenario.product.file.whole(ref)
    assert "不要了。" in dossier.entry(dossier.case.entries)[1]["text"]
    with suppress(TooMany):
        for _ in range(CEILINGS["message"]["account",].most):
            scenario.product.ceilings.take("message", account=f"{ref}/p1")
    assert enter(browser, page, "", way="call", key="a third").status_code == 429
    scenario.later(timedelta(hours=1))
    browser.post("/case/moves/message", {"text": "您好", "way": "call", "key": "k"})
    dossier = scenario.product.file.whole(ref)
    assert dossier.entry(dossier.case.entries)[1]["text"] == "您好"


def test_code_page_without_mail_offers_phone_and_paper(browser: Browser, scenario: Scenario) -> None:
    """A person without e-mail is offered telephone and paper only. What staff read back on the phone counts
    as confirmed.
    """
    ref = scenario.submit(person={"name": "王芳", "phone": "13800138000"}).ref
    scenario.move(
        SUN,
        "settle_at_once",
        ref,
        read_back=True,
        agreement="电话同意",
        causes=["attitude"],
        terms="退款。",
        remedies=[REFUND],
    )
    browser.get(link(scenario, ref))
    shown = waive(browser).body.decode()
    assert 'value="call"' in shown
    assert 'value="address"' not in shown
    with pytest.raises(Refusal, match="read_back_needed"):
        scenario.move(FENG, "waive", ref, obligation="O1", words="算了。", read_back=False)
    scenario.move(FENG, "waive", ref, obligation="O1", words="算了。", read_back=True)
    assert scenario.lines(ref, "waive")[0]["confirmed"]["by"] == "call"


def test_over_the_interface_a_header_carries_the_code(client: Any, scenario: Scenario) -> None:
    """Without a code the answer is 403 `code_needed`. A code is bound to the exact body and works once; a
    retry with its idempotency key succeeds.
    """
    ref = performing(scenario)
    token, body = scenario.product.links.token(ref, "p1", 1), {"obligation": "O1", "words": "不要了。"}

    def ask(path: str, body: Any, **headers: str) -> Any:
        return client.http.post(
            f"/v1/cases/{ref}/{path}",
            body=json.dumps(body).encode(),
            headers={"authorization": f"Bearer {token}", "content-type": "application/json", **headers},
        )

    assert ask("codes", {"move": "waive", "said": body}).json_body["type"] == "/problems/address_unconfirmed"
    scenario.confirm(ref)
    assert (
        ask("codes", {"move": "message", "said": {"text": "x"}}).json_body["type"]
        == "/problems/code_not_needed"
    )
    refused = ask("moves/waive", body)
    assert (refused.status_code, refused.json_body["type"]) == (403, "/problems/code_needed")
    assert ask("codes", {"move": "waive", "said": body}).status_code == 200
    code = {"confirmation-code": sent_code(product, ref)}
    assert (
        ask("moves/waive", {**body, "words": "别的"}, **code).json_body["type"]
        == "/problems/code_of_another_act"
    )
    done = ask("moves/waive", body, **code, **{"idempotency-key": "k1"})
    assert (done.status_code, state(scenario, ref)) == (200, Duty.WAIVED)
    assert ask("moves/waive", body, **code, **{"idempotency-key": "k1"}).status_code == 200, "a retry"
    used = ask("moves/waive", body, **code)
    assert (used.status_code, used.json_body["type"]) == (422, "/problems/code_used")


def test_a_code_is_for_one_person_on_one_case(client: Any, scenario: Scenario) -> None:
    """A code of another case is refused."""
    first, second = performing(scenario), performing(scenario)
    for ref in (first, second):
        scenario.confirm(ref)
    tokens = {ref: scenario.product.links.token(ref, "p1", 1) for ref in (first, second)}
    body = {"obligation": "O1", "words": "不要了。"}
    for ref in (first, second):
        client.http.post(
            f"/v1/cases/{ref}/codes",
            body=json.dumps({"move": "waive", "said": body}).encode(),
            headers={"authorization": f"Bearer {tokens[ref]}", "content-type": "application/json"},
        )
    foreign = client.http.post(
        f"/v1/cases/{second}/moves/waive",
        body=json.dumps(body).encode(),
        headers={
            "authorization": f"Bearer {tokens[second]}",
            "content-type": "application/json",
            "confirmation-code": sent_code(product, first),
        },
    )
    assert foreign.json_body["type"] == "/problems/code_wrong"
    assert not re.search(sent_code(product, second), foreign.body.decode())


@pytest.mark.parametrize("why", ["address", "mail"])
def test_a_code_that_cannot_be_sent_holds_the_window(browser: Browser, scenario: Scenario, why: str) -> None:
    """If the address refuses our letters, or no mail leaves, the time to accept stops and the page says so.
    It starts again once staff have told the person by phone.
    """
    ref = answered(scenario)
    scenario.confirm(ref)
    browser.get(link(scenario, ref))
    if why == "address":
        scenario.product.addresses.refuses(
            scenario.product.lookups.of("wang.fang@mail.example")[0], "bounce", scenario.time
        )
    else:
        scenario.product.mail.stand("SendingPausedException", scenario.time)
    page = browser.post("/case/moves/accept_answer", hidden(browser.get("/case/moves/accept_answer")))
    what = pages.say(browser.headers["accept-language"], "consumer.move.accept_answer.name")
    assert pages.say(browser.headers["accept-language"], "consumer.code.unsent", what=what) in text(page)
    (run,) = (
        run for run in deadlines(scenario.product.file.load(ref)).values() if run.name == "answer_window"
    )
    assert run.stopped == "undelivered"
    assert not scenario.lines(ref, "send_code")
    scenario.later(40 * DAY)
    scenario.tell(ref)
    assert due(scenario.product.file.load(ref))["answer_window"] > scenario.time + 29 * DAY


def test_a_withdrawal_is_undone_on_the_page(browser: Browser, scenario: Scenario) -> None:
    """The page says what ends and what goes on, and until when a withdrawal can be undone. Afterwards the
    undo stands first, and nobody is asked how we did or for a story. The letter names the last day."""
    ref = answered(scenario)
    language = browser.headers["accept-language"]
    browser.get(link(scenario, ref))
    form = browser.get("/case/moves/withdraw")
    parts = texts(language)["page"]["consumer"]["parts"]["withdraw"]
    before = text(form)
    assert not [name for name in ("work", "offers", "safety", "routes", "anew") if parts[name] not in before]
    assert parts["none_owed"] not in before
    assert "1,655.00" in before
    closed = browser.post("/case/moves/withdraw", hidden(form))
    runs = due(scenario.product.file.load(ref))
    for window in ("undo_withdrawal", "reopen_window"):
        assert moment(language, runs[window]) in before
    page = text(closed)
    assert moment(language, runs["undo_withdrawal"]) in page
    buttons = re.findall(r"/case/moves/(\w+)", closed.body.decode())
    assert (buttons[0], buttons.count("undo_withdrawal")) == ("undo_withdrawal", 1)
    assert not {"answer_survey", "consent_story"} & {*buttons}
    scenario.post()
    assert (
        moment("zh", due(scenario.product.file.load(ref))["undo_withdrawal"]) in scenario.sent()[-1]["text"]
    )
    browser.post("/case/moves/undo_withdrawal", hidden(browser.get("/case/moves/undo_withdrawal")))
    after = scenario.product.file.load(ref)
    assert (after.stage, after.recourse.reopened, after.outcome) == (Stage.ANSWERED, 0, None)


def test_a_colleague_who_speaks_for_the_company_is_confirmed_by_their_own_sign_in(
    client: Any, scenario: Scenario
) -> None:
    """A user signed in at the desk as that colleague needs no code; one signed in as somebody else does."""
    ref = negotiating(scenario)
    scenario.move(
        MA, "name_business_representative", ref, person={"name": "陈", "email": "chen@house.example"}
    )
    company = scenario.product.file.load(ref).business
    assert company
    assert company.colleague == "chen"
    scenario.move(
        scenario.by_link(ref), "offer", ref, terms="退一半。", until=str((scenario.time + 3 * DAY).date())
    )
    browser = Browser(client, "zh", confirms=False)
    browser.get(scenario.product.links.path(ref, company.id, company.generation))
    for who in ("feng", "chen"):
        assert not scenario.lines(ref, "accept_offer")
        Desk(client, scenario, who, "zh")
        browser.cookies |= {"__Host-desk": who}
        browser.post("/case/moves/accept_offer", hidden(browser.get("/case/moves/accept_offer")))
    assert scenario.lines(ref, "accept_offer")[0]["confirmed"]["by"] == "signed_in"


def test_a_colleague_who_was_signed_out_needs_a_code(client: Any, scenario: Scenario) -> None:
    """A signed-out session confirms nothing, and is not an error of ours."""
    ref = negotiating(scenario)
    scenario.move(
        MA, "name_business_representative", ref, person={"name": "陈", "email": "chen@house.example"}
    )
    scenario.move(
        scenario.by_link(ref), "offer", ref, terms="退一半。", until=str((scenario.time + 3 * DAY).date())
    )
    company = scenario.product.file.load(ref).business
    assert company
    browser = Browser(client, "zh", confirms=False)
    browser.get(scenario.product.links.path(ref, company.id, company.generation))
    Desk(client, scenario, "chen", "zh")
    browser.cookies |= {"__Host-desk": "chen"}
    scenario.later(MINUTE)
    scenario.product.staff.sign_out("chen", scenario.time)
    scenario.later(MINUTE)
    page = browser.post("/case/moves/accept_offer", hidden(browser.get("/case/moves/accept_offer")))
    assert pages.say("zh", "consumer.code.address_title") in text(page)
    assert not scenario.lines(ref, "accept_offer")
