"""What gives something up is confirmed with a one-time code, on the page and over the interface; nothing typed is lost."""
from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.case import Refusal
from chalicelib.domain.codes import Duty
from chalicelib.letters.saying import texts
from chalicelib.web import pages
from chalicelib.wiring import product
from tests.house import FENG, SUN, House, sent_code
from tests.web.test_consumer_pages import Browser, hidden, link, text
from tests.web.test_own_view import REFUND, performing

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["zh", "en"])
def browser(client: Any, request: Any) -> Browser:
    """A browser in each language whose user enters no code by themselves."""
    return Browser(client, request.param, confirms=False)


@pytest.fixture
def ref(house: House, browser: Browser) -> str:
    """A complaint of which a refund is owed, its page open, its mailbox confirmed."""
    ref = performing(house)
    house.confirm(ref)
    browser.get(link(house, ref))
    return ref


def waive(browser: Browser, **said: str) -> Any:
    """The answer to the form with which the refund is given up."""
    form = hidden(browser.get("/case/moves/waive?obligation=O1"))
    return browser.post("/case/moves/waive", {**form, "words": "不要了，算了。", **said})


def enter(browser: Browser, page: Any, code: str, **said: str) -> Any:
    """The answer to the page on which a code is entered."""
    return browser.post("/case/moves/waive", {**hidden(page), "code": code, **said})


def said(browser: Browser, code: str) -> str:
    """The sentence of a refusal."""
    return str(texts(browser.headers["accept-language"])["refusal"][code])


def state(house: House, ref: str) -> Duty:
    """How the refund stands."""
    return house.product.file.load(ref).obligations[0].state


def test_a_code_by_mail_confirms_what_was_typed(browser: Browser, house: House, ref: str) -> None:
    """Form, code by mail, entered: done in the words that were typed; the mail alone has the code, masked everywhere
    else; how it was confirmed is kept with the act, the program among what can be erased."""
    page = waive(browser)
    assert state(house, ref) != Duty.WAIVED
    house.post()
    mail, code = house.sent()[-1], sent_code(product, ref)
    assert mail["to"] == "wang.fang@mail.example" and code in mail["text"] and code not in mail["subject"]
    assert "w…@mail.example" in text(page) and "不要了，算了。" in text(page) and code not in page.body.decode()
    enter(browser, page, f"{code[:3]} {code[3:]}")
    assert state(house, ref) == Duty.WAIVED
    (facts,) = house.lines(ref, "waive")
    assert facts["confirmed"]["by"] == "code"
    dossier = house.product.file.whole(ref)
    _, words = dossier.said(dossier.case.entries)
    assert words["words"] == "不要了，算了。" and set(words["client"]) == {"agent", "network"}
    letter = next(row for row in dossier.letters if row["name"] == "one_time_code")
    assert code not in json.dumps(letter, default=str) and code not in browser.get("/case").body.decode()


def test_what_is_wrong_with_a_code_is_said_by_name_and_changes_nothing(browser: Browser, house: House, ref: str) -> None:
    """A wrong one, one for other words, one that is late, one that was tried too often: each by its own name, on the
    page with everything typed; a new one then does it, and is used up."""
    page = waive(browser)
    assert said(browser, "code_wrong") in text(enter(browser, page, "x"))
    other = enter(browser, page, sent_code(product, ref), words="另一句话")
    assert said(browser, "code_of_another_act") in text(other) and "另一句话" in text(other)
    house.later(15 * MINUTE)
    late = enter(browser, page, sent_code(product, ref))
    assert said(browser, "code_late") in text(late) and "不要了，算了。" in text(late)
    first = sent_code(product, ref)
    again = enter(browser, page, "", way="again")
    assert said(browser, "code_wrong") in text(enter(browser, again, first)), "the one before is good no more"
    for _ in range(5):
        spent = enter(browser, again, "000000")
    for tried in (spent, enter(browser, again, sent_code(product, ref))):
        assert said(browser, "code_spent") in text(tried)
    assert state(house, ref) != Duty.WAIVED
    house.later(60 * MINUTE)
    done = enter(browser, again, "", way="again")
    code = sent_code(product, ref)
    enter(browser, done, code)
    assert state(house, ref) == Duty.WAIVED
    assert said(browser, "code_used") in text(enter(browser, done, code, key="another"))


def test_the_same_form_sent_twice_is_one_act(browser: Browser, house: House, ref: str) -> None:
    """A second click after the first had done it finds what it did."""
    page = waive(browser)
    first, second = (enter(browser, page, sent_code(product, ref)) for _ in range(2))
    assert first.status_code == second.status_code == 200 and len(house.lines(ref, "waive")) == 1


def test_whoever_goes_back_finds_what_they_wrote(browser: Browser, house: House, ref: str) -> None:
    """The form again, filled in."""
    back = enter(browser, waive(browser), "", way="back")
    assert "不要了，算了。" in text(back) and 'name="words"' in back.body.decode()


def test_nobody_is_sent_codes_without_end(browser: Browser, house: House, ref: str) -> None:
    """Beyond the ceiling the page says so, and the address gets no more mail."""
    page = waive(browser)
    for _ in range(12):
        page = enter(browser, page, "", way="again")
    assert page.status_code == 429 and len(house.lines(ref, "send_code")) == 10


def test_without_a_confirmed_mailbox_three_ways_are_offered(browser: Browser, house: House) -> None:
    """The letter that confirms it, our call, paper: with everything typed on the page; once it is confirmed, going on
    does it; a call is a message of theirs that is answered in two working days."""
    ref = performing(house)
    browser.get(link(house, ref))
    page = waive(browser)
    for way in ("address_title", "call_title", "paper_title"):
        assert pages.say(browser.headers["accept-language"], f"consumer.code.{way}") in text(page)
    called = enter(browser, page, "", way="call")
    assert pages.say(browser.headers["accept-language"], "consumer.code.call_done") in text(called)
    _, words = house.product.file.whole(ref).said(house.product.file.load(ref).entries)
    assert "不要了，算了。" in words["text"] and house.product.file.load(ref).messages
    mailed = enter(browser, called, "", way="address")
    assert "access_link" in house.letters(ref) and not house.lines(ref, "send_code")
    house.confirm(ref)
    enter(browser, browser.post("/case/moves/waive", hidden(mailed)), sent_code(product, ref))
    assert state(house, ref) == Duty.WAIVED


def test_without_mail_staff_ring_read_back_and_record(browser: Browser, house: House) -> None:
    """Who has no e-mail address is offered the telephone and paper, and nothing else; what was read back on the phone
    counts as what they confirmed."""
    ref = house.submit(person={"name": "王芳", "phone": "13800138000"}).ref
    house.move(SUN, "settle_at_once", ref, agreement="电话同意", causes=["attitude"], terms="退款。", remedies=[REFUND])
    browser.get(link(house, ref))
    shown = waive(browser).body.decode()
    assert 'value="call"' in shown and 'value="address"' not in shown
    with pytest.raises(Refusal, match="read_back_needed"):
        house.move(FENG, "waive", ref, obligation="O1", words="算了。", read_back=False)
    house.move(FENG, "waive", ref, obligation="O1", words="算了。", read_back=True)
    assert house.lines(ref, "waive")[0]["confirmed"]["by"] == "call"


def test_over_the_interface_a_header_carries_the_code(client: Any, house: House) -> None:
    """403 `code_needed` without one; one is asked for with the very body; another body is another act; once."""
    ref = performing(house)
    token, body = house.product.links.token(ref, "p1", 1), {"obligation": "O1", "words": "不要了。"}

    def ask(path: str, body: Any, **headers: str) -> Any:
        return client.http.post(f"/v1/cases/{ref}/{path}", body=json.dumps(body).encode(),
                                headers={"authorization": f"Bearer {token}", "content-type": "application/json", **headers})
    assert ask("codes", {"move": "waive", "said": body}).json_body["type"] == "/problems/address_unconfirmed"
    house.confirm(ref)
    assert ask("codes", {"move": "message", "said": {"text": "x"}}).json_body["type"] == "/problems/code_not_needed"
    refused = ask("moves/waive", body)
    assert (refused.status_code, refused.json_body["type"]) == (403, "/problems/code_needed")
    assert ask("codes", {"move": "waive", "said": body}).status_code == 200
    code = {"confirmation-code": sent_code(product, ref)}
    assert ask("moves/waive", {**body, "words": "别的"}, **code).json_body["type"] == "/problems/code_of_another_act"
    done = ask("moves/waive", body, **code, **{"idempotency-key": "k1"})
    assert (done.status_code, state(house, ref)) == (200, Duty.WAIVED)
    assert ask("moves/waive", body, **code, **{"idempotency-key": "k1"}).status_code == 200, "a retry"
    used = ask("moves/waive", body, **code)
    assert (used.status_code, used.json_body["type"]) == (422, "/problems/code_used")


def test_a_code_is_for_one_person_on_one_case(client: Any, house: House) -> None:
    """The code of another case is no code here."""
    first, second = performing(house), performing(house)
    for ref in (first, second):
        house.confirm(ref)
    tokens = {ref: house.product.links.token(ref, "p1", 1) for ref in (first, second)}
    body = {"obligation": "O1", "words": "不要了。"}
    for ref in (first, second):
        client.http.post(f"/v1/cases/{ref}/codes", body=json.dumps({"move": "waive", "said": body}).encode(),
                         headers={"authorization": f"Bearer {tokens[ref]}", "content-type": "application/json"})
    foreign = client.http.post(f"/v1/cases/{second}/moves/waive", body=json.dumps(body).encode(),
                               headers={"authorization": f"Bearer {tokens[second]}", "content-type": "application/json",
                                        "confirmation-code": sent_code(product, first)})
    assert foreign.json_body["type"] == "/problems/code_wrong" and not re.search(sent_code(product, second), foreign.body.decode())
