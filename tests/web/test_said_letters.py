"""Tests that a letter stays what was said: as it was sent, read out, posted or fetched, whatever happens to
the case later.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from html import unescape
from random import Random
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import NotFound
from chalicelib.delivery.correspondence import Standstill, said_in
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Fault
from chalicelib.letters import without_links
from chalicelib.locale.formats import day
from tests.casework.messages import BY_TEXT, Messages
from tests.casework.post import FakePost
from tests.life.complaint import PROOF, report
from tests.scenario import CHEN, DAY, FENG, HOUR, SUN, WANG, ZHAO, Scenario
from tests.web.browser import unmarked
from tests.web.desk import GROUPS, Desk
from tests.web.links import held
from tests.web.mediated import negotiating
from tests.web.talks import shop

PHONED = {"name": "王芳", "phone": "13800138000"}
MAILED = {"name": "王芳", "email": "wang.fang@mail.example"}
LATE = {"zh": "这个时间已经过了", "en": "That time has passed and we apologise"}
CUT = {"zh": "请到投诉页面查看", "en": "to be read on the complaint page"}
CUT_SAYS = {"zh": "所以邮件省略了部分文字", "en": "The mail left out some words"}
BOUGHT, TERMS = "海贝洗衣机甲型", "企业愿意退还一半货款。"
TOLD = {"how": "phone", "told": "true", "said": "读给本人听。"}


def pages(client: Any, scenario: Scenario, ref: str, language: str = "zh") -> list[tuple[str, str]]:
    """Return how each letter on the party's page came and what it says, the newest first."""
    cookie = held(scenario, ref)["Cookie"] + f"; __Host-lang={language}"
    answer = client.http.get("/case/letters", headers={"Cookie": cookie})
    assert answer.status_code == 200
    page = unmarked(answer.body.decode())
    found = re.findall(r'site-time">[，,] ?([^<]*)</span>.*?site-words">(.*?)</div>', page, re.S)
    return [(how, unescape(re.sub(r"</?a\b[^>]*>", "", said))) for how, said in found]


def says(client: Any, scenario: Scenario, ref: str, language: str = "zh") -> list[str]:
    """Return the text of each letter on the party's page, the newest first."""
    return [said for _, said in pages(client, scenario, ref, language)]


def script(desk: Desk, case: Case) -> str:
    """Return the text that the case page asks an officer to read out."""
    page = desk.get(f"/desk/cases/{case.ref}")
    found = re.search(r'govuk-details__text site-words">(.*?)</div>', page, re.S)
    assert found
    return found[1]


def answered(scenario: Scenario, **changes: Any) -> str:
    """Return a complaint whose answer promises 449.50 yuan for each of two matters."""
    ref = scenario.submit(**changes).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date() + DAY, 1, 2, amount="449.50"))
    scenario.move(SUN, "answer", ref)
    return ref


def paid(scenario: Scenario, ref: str, by: Caller) -> None:
    """Accept the answer, pay and confirm, so that nothing is owed any more."""
    scenario.move(by, "accept_answer", ref)
    for owed in scenario.product.file.load(ref).open_obligations:
        scenario.move(FENG, "claim_done", ref, obligation=owed.id, **PROOF)
        scenario.move(CHEN, "confirm_done", ref, obligation=owed.id, remark="电话里确认收到。")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_receipt_read_out_does_not_apologise_after_a_timely_acceptance(
    client: Any, scenario: Scenario, language: str
) -> None:
    """The receipt is told two days later; the case was accepted within the day."""
    person = PHONED | ({"language": "en"} if language == "en" else {})
    case = scenario.submit(person=person)
    scenario.later(HOUR)
    scenario.move(WANG, "accept", case.ref)
    scenario.later(2 * DAY)
    receipt = scenario.product.file.whole(case.ref).letters[0]
    dossier, roster = scenario.product.file.whole(case.ref), scenario.product.file.roster()
    text = scenario.product.correspondence.read_out(dossier, receipt, roster, scenario.time).text
    assert LATE[language] not in text
    scenario.tell(case.ref)
    assert not [said for said in says(client, scenario, case.ref) if LATE[language] in said]


def test_a_receipt_read_out_apologises_while_nothing_is_decided(scenario: Scenario) -> None:
    """Our ladder has moved the case on, and the date in the receipt is still not kept."""
    case = scenario.submit(person=PHONED)
    scenario.live(30 * HOUR, case.ref)
    dossier, roster = scenario.product.file.whole(case.ref), scenario.product.file.roster()
    receipt = next(row for row in dossier.letters if row["name"] == "receipt")
    assert dossier.case.entries > receipt["as_of"]
    text = scenario.product.correspondence.read_out(dossier, receipt, roster, scenario.time).text
    assert LATE["zh"] in text


def test_an_answer_that_waited_says_what_was_promised(scenario: Scenario) -> None:
    """Mail is down while the answer is written; it leaves after the money was paid."""
    post = FakePost.into(scenario)
    ref = answered(scenario)
    post.trouble = Standstill("down")
    scenario.post()
    paid(scenario, ref, WANG)
    post.trouble = None
    for _ in range(30):
        scenario.later(timedelta(minutes=5)), scenario.minute(), scenario.post()
    letters = scenario.product.file.whole(ref).letters
    waited = [row["id"] for row in letters if row["name"] == "answer" and row["to"] == "party:p1"]
    (answer,) = [letter for _, id, letter in post.taken if id in waited]
    assert "449.50" in answer.text
    assert "没有需要我们履行的措施" not in answer.text


def without_calls(page: str) -> str:
    """Return the page of an officer without the links that call a telephone number."""
    return re.sub(r'<a [^>]*href="tel:[^>]*>(.*?)</a>', r"\1", page)


def test_a_page_shows_what_was_read_out(client: Any, scenario: Scenario) -> None:
    """The page shows the text of the call byte for byte, also after the payment."""
    ref = answered(scenario, person=PHONED)
    desk, case = Desk(client, scenario, "wang", "zh"), scenario.product.file.load(ref)
    telling = next(one for one in case.tellings if one.letter == "answer")
    reading = scenario.product.correspondence.text_to_read(case, telling.id, scenario.time)
    assert reading
    assert reading in desk.get(f"/desk/cases/{ref}")
    desk.take(case, "record_telling", telling=telling.id, **TOLD)
    paid(scenario, ref, WANG)
    scenario.later(DAY)
    assert reading in says(client, scenario, ref)
    assert reading in without_calls(desk.get(f"/desk/cases/{ref}/letters"))


def test_a_call_is_refused_if_the_text_has_changed_meanwhile(client: Any, scenario: Scenario) -> None:
    """The form comes back with the present text and everything typed; nothing is recorded."""
    case = scenario.submit(person=PHONED)
    desk = Desk(client, scenario, "wang", "zh")
    path = f"/desk/cases/{case.ref}/moves/record_telling"
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', desk.get(path)))
    assert hidden["on_page"]
    scenario.later(timedelta(minutes=5))
    new = scenario.product.file.roster()
    team = replace(new.teams["general"], phone="400-800-9999")
    scenario.product.file.keep_roster(replace(new, teams={**new.teams, "general": team}))
    page = desk.post(path, {**hidden, **TOLD, "telling": case.tellings[0].id, "said": "写了很久"}, 422)
    assert "和刚才显示的不一样" in page
    assert "写了很久" in page
    assert "record_telling" not in scenario.moves(case.ref)
    again = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    desk.post(path, {**again, **TOLD, "telling": case.tellings[0].id})
    assert scenario.moves(case.ref).count("record_telling") == 1


def test_a_call_that_two_officers_record_is_recorded_once(client: Any, scenario: Scenario) -> None:
    """The second officer, who opened the form before, reads at the field that it is recorded already."""
    case, other = scenario.submit(person=PHONED), Desk(client, scenario, "sun", "zh")
    path = f"/desk/cases/{case.ref}/moves/record_telling"
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', other.get(path)))
    first = Desk(client, scenario, "wang")
    first.take(case, "record_telling", telling=case.tellings[0].id, **TOLD)
    told = {**hidden, **TOLD, "telling": case.tellings[0].id, "said": "我也读了一遍"}
    page = other.post(path, told, 422)
    assert re.search(r'href="#telling"[^>]*>\s*[^<]*可能同事已经记录过', page)
    assert "我也读了一遍" in page
    assert scenario.moves(case.ref).count("record_telling") == 1
    with pytest.raises(Refusal) as refused:
        scenario.move(
            SUN, "record_telling", case.ref, telling=case.tellings[0].id, how="phone", told=True, said="x"
        )
    assert (refused.value.code, refused.value.field) == ("telling_unknown", "telling")


def test_a_double_click_records_a_call_once(client: Any, scenario: Scenario) -> None:
    """The same form sent twice leads to the case both times."""
    case, desk = scenario.submit(person=PHONED), Desk(client, scenario, "wang", "zh")
    path = f"/desk/cases/{case.ref}/moves/record_telling"
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', desk.get(path)))
    told = {**hidden, **TOLD, "telling": case.tellings[0].id}
    assert desk.post(path, told) == desk.post(path, told)
    assert scenario.moves(case.ref).count("record_telling") == 1


def test_a_letter_that_waits_has_no_text_yet(client: Any, scenario: Scenario) -> None:
    """Once it has left, its page shows what the mail said, the link apart."""
    post, ref = FakePost.into(scenario), scenario.submit().ref
    assert says(client, scenario, ref) == ["这封信还没有发出。发出之后，您可以在这里看到全文。"]
    scenario.post()
    scenario.move(WANG, "accept", ref)
    scenario.later(2 * DAY)
    ((_, _, receipt),) = post.taken
    assert f"/case/{ref}/p1-1-" in receipt.text
    assert without_links(receipt.text) == says(client, scenario, ref)[-1]


def test_a_letter_that_is_only_on_the_page_is_kept_when_it_is_read(client: Any, scenario: Scenario) -> None:
    """A caller without contact details reads the receipt; later it says the same, without the passphrase."""
    ref = scenario.submit(person={"name": "匿名"}, hurt="hurt").ref
    first = says(client, scenario, ref)
    assert not [said for said in first if scenario.product.links.phrase(ref, "p1", 1) in said]
    letter = scenario.product.file.whole(ref).letters[0]
    assert letter["sent"]["text"] in first
    scenario.move(WANG, "accept", ref)
    scenario.later(3 * DAY)
    assert says(client, scenario, ref)[-len(first) :] == first
    assert not scenario.product.record.check(ref)


def offering(scenario: Scenario, language: str) -> str:
    """Return a complaint in negotiation whose company makes an offer. The mailbox of the consumer is not
    confirmed."""
    person = {"name": "王芳", "email": "wang.fang@mail.example", "language": language}
    ref = negotiating(scenario, person=person, account={"story": "漏水。", "product": BOUGHT})
    until = str((scenario.time + 9 * DAY).date())
    scenario.move(shop(scenario, ref), "offer", ref, terms=TERMS, until=until)
    return ref


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_and_the_desk_show_the_words_that_a_mail_left_out(
    client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """The offer and the product are on the page for good, also after the offer is over."""
    post, ref = FakePost.into(scenario), offering(scenario, language)
    scenario.post()
    mailed = {id: without_links(letter.text) for _, id, letter in post.taken}
    letters = {row["id"]: row for row in scenario.product.file.whole(ref).letters if row["id"] in mailed}
    own = {id: row for id, row in letters.items() if row["to"] == "party:p1"}
    assert not [text for id, text in mailed.items() if id in own and (TERMS in text or BOUGHT in text)]
    offer = next(id for id, row in own.items() if row["name"] == "offer")
    assert CUT[language] in mailed[offer]
    scenario.move(scenario.by_link(ref), "refuse_offer", ref, offer="F1")
    scenario.confirm(ref)
    scenario.later(DAY)
    first = says(client, scenario, ref, language)
    assert sum(TERMS in said for said in first) == 1
    assert sum(BOUGHT in said for said in first) == sum(
        row["name"] in ("receipt", "accepted") for row in own.values()
    )
    assert not [said for said in first if CUT[language] in said]
    monkeypatch.setitem(GROUPS, "ma", ["role:negotiator", "team:general"])
    desk = Desk(client, scenario, "ma", language).get(f"/desk/cases/{ref}/letters")
    assert own[offer]["sent"]["whole"] in without_calls(desk)
    mailbox = {"zh": "这是您的邮箱吗", "en": "Is this your mailbox"}[
        language
    ]  # the page has no mailbox to confirm
    assert mailbox in mailed[offer]
    assert mailbox not in own[offer]["sent"]["whole"]
    assert desk.count(CUT_SAYS[language]) == sum("whole" in row["sent"] for row in letters.values())
    assert not scenario.product.record.check(ref)


def test_a_mail_that_leaves_out_nothing_is_stored_once(scenario: Scenario) -> None:
    """Neither the greeting nor a confirmed mailbox costs a second text."""
    scenario.submit()
    ref = scenario.submit(account={"story": "漏水。", "product": BOUGHT}).ref
    scenario.confirm(ref)
    scenario.post()
    texts = [json.loads(row.words) for row in Row.scan() if row.sk.startswith("LETTER#") and row.words]
    assert texts
    assert not [words for words in texts if "whole" in words]


def test_an_erased_or_altered_whole_text_is_like_the_mailed_one(client: Any, scenario: Scenario) -> None:
    """An erased text does not give way to the mailed one; an altered text is found."""
    FakePost.into(scenario)
    ref = scenario.submit(account={"story": "漏水。", "product": BOUGHT}).ref
    scenario.post()
    row = stored(scenario, ref)
    words = row.words or ""
    row.update(actions=[Row.words.set(words.replace(BOUGHT, "电视机"))])
    assert [fault for _, fault in scenario.product.record.check(ref)] == [Fault.ROW]
    left = {name: salted for name, salted in json.loads(words).items() if name != "whole"}
    row.update(actions=[Row.words.set(json.dumps(left))])
    assert says(client, scenario, ref) == ["（此处文字已删除）"]
    assert not scenario.product.record.check(ref)


def test_the_page_behind_a_short_message_shows_the_whole_letter(client: Any, scenario: Scenario) -> None:
    """A short message quotes nobody; its letter says on the page what was bought."""
    messages = Messages(scenario)
    ref = scenario.submit(person=BY_TEXT, account={"story": "漏水。", "product": BOUGHT}).ref
    scenario.post()
    assert not [text for _, text in messages.taken if BOUGHT in text]
    assert [BOUGHT in said for said in says(client, scenario, ref)] == [True]


def stored(scenario: Scenario, ref: str, state: str = "sent") -> Row:
    """Return the row of a letter that has a text."""
    return next(row for row in Row.query(rows.case(ref), Row.sk.startswith("LETTER#")) if row.words)


def test_an_erased_text_leaves_the_record_whole(client: Any, scenario: Scenario) -> None:
    """The texts of a sent letter and of a call are erased with their salts; the record verifies, and no page
    makes them anew."""
    ref = scenario.submit(person=PHONED | {"email": "wang.fang@mail.example"}).ref
    scenario.post()
    own = scenario.submit(person=PHONED).ref
    scenario.tell(own)
    stored(scenario, ref).update(actions=[Row.words.remove()])
    entry = Row.get(rows.case(own), rows.entry(2))
    entry.update(actions=[Row.words.set("{}")])
    if entry.beside:
        Row(rows.case(own), rows.words(2)).update(actions=[Row.words.set("{}")])
    for each in (ref, own):
        assert not scenario.product.record.check(each)
        assert says(client, scenario, each) == ["（此处文字已删除）"]
    assert not scenario.product.file.load(ref).doubts


@pytest.mark.parametrize("what", ["sent", "read out"])
def test_an_altered_text_is_noticed(scenario: Scenario, what: str) -> None:
    """A text that somebody edits in the table does not match its digest in the record."""
    ref = scenario.submit(**({"person": PHONED} if what == "read out" else {})).ref
    scenario.post()
    if what == "read out":
        scenario.tell(ref)
        row = next(
            row
            for row in Row.query(rows.case(ref))
            if row.words and "投诉" in row.words and row.sk == "ENTRY#000002"
        )
    else:
        row = stored(scenario, ref)
    row.update(actions=[Row.words.set((row.words or "").replace("投诉", "感谢"))])
    assert [fault for _, fault in scenario.product.record.check(ref)] == [
        Fault.ENTRY if what == "read out" else Fault.ROW
    ]


def test_a_changed_earlier_head_is_not_believed(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A letter is never made from an earlier state that somebody edited; the change is reported."""
    case = scenario.submit(person=PHONED)
    scenario.move(WANG, "accept", case.ref)
    row = Row.get(rows.heads(case.ref), rows.entry(1))
    row.update(actions=[Row.body.set((row.body or "").replace('"no"', '"hurt"'))])
    capsys.readouterr()
    assert scenario.product.file.whole(case.ref).past(1) is None
    assert '"RecordChanged": ' in capsys.readouterr().out
    assert scenario.product.file.whole(case.ref).past(2) is not None


def test_the_text_of_a_call_without_a_page_is_kept_too(scenario: Scenario) -> None:
    """The interface may leave out what a page showed; the record then has the text as it is at the call."""
    case = scenario.submit(person=PHONED)
    now = scenario.product.correspondence.text_to_read(case, case.tellings[0].id, scenario.time)
    scenario.tell(case.ref)
    dossier = scenario.product.file.whole(case.ref)
    said = said_in(dossier, dossier.letters[0])
    assert said
    assert said.text == now
    facts = json.loads(dossier.entries[-1].line)
    assert set(facts["words"]) == {"said", "read_text"}
    assert now not in dossier.entries[-1].line


def test_a_late_letter_names_the_day_of_its_move(scenario: Scenario) -> None:
    """The complaint was withdrawn the day before the letter leaves, and nothing else happened since."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    scenario.move(scenario.by_link(ref), "withdraw", ref)
    withdrawn = scenario.time
    scenario.later(DAY)
    dossier, roster = scenario.product.file.whole(ref), scenario.product.file.roster()
    letter = next(row for row in dossier.letters if row["name"] == "withdrawn")
    text = scenario.product.correspondence.rendered(dossier, letter, roster, scenario.time).text
    assert day("zh", withdrawn, end=False) in text.partition("\n----")[0]
    assert day("zh", scenario.time, end=False) not in text.partition("\n----")[0]


STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("wang", "accept", {}),
    ("wang", "ask_information", {"items": ["purchase_proof"], "why": "请补充。"}),
    ("p1", "give_information", {"answer": "发票在这里。"}),
    ("sun", "assign", {"to": "zhao"}),
    ("sun", "answer", {}),
    ("wang", "accept_answer", {}),
    ("p1", "raise_dispute", {"nature": "amount", "about": "太少。"}),
    ("sun", "assign_negotiator", {"to": "ma", "severity": "S4"}),
    ("p1", "message", {"text": "还有一件事。"}),
    ("wang", "message", {"text": "收到，明天回复您。"}),
    ("p1", "ask_handler_change", {"reason": "不公正。"}),
    ("wang", "withdraw", {}),
    ("wang", "undo_withdrawal", {}),
    ("p1", "change_contact", {"language": "en"}),
    ("sun", "reopen", {"cause": "new_facts", "facts": "有新的证据。"}),
)
"""Moves that cause letters, by somebody, in any order."""


@pytest.mark.parametrize("seed", range(6))
def test_pages_of_random_lives_show_what_was_sent_or_read_out(scenario: Scenario, seed: int) -> None:
    """The mail fails now and then, people read letters out or fetch them, and time passes. The text of a
    letter on the page is, byte for byte, the one that was mailed, read out or fetched last."""
    dice, post, first = Random(seed), FakePost.into(scenario), dict[str, str]()
    staff = {"wang": WANG, "sun": SUN}
    ref = scenario.submit(person=dice.choice([PHONED, MAILED, {**MAILED, "language": "en"}])).ref
    for _ in range(30):
        who, move, said = dice.choice(STEPS)
        post.trouble = Standstill("down") if dice.random() < 0.2 else None
        with suppress(Refusal, NotFound):
            if move == "answer":
                scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date() + DAY, 1, 2))
            scenario.move(staff.get(who) or scenario.by_link(ref), move, ref, **said)
        scenario.post()
        if dice.random() < 0.4:
            scenario.later(dice.choice([HOUR, DAY, 9 * DAY])), scenario.minute(), scenario.post()
        if dice.random() < 0.4:
            with suppress(Refusal):
                scenario.tell(ref)
        shown_is_what_was_said(scenario, post, ref, first)
    assert first


def shown_is_what_was_said(scenario: Scenario, post: FakePost, ref: str, first: dict[str, str]) -> None:
    """Check each letter to the consumer that has a text. `first`: the text that each showed at first, by
    id."""
    dossier, roster = scenario.product.file.whole(ref), scenario.product.file.roster()
    mailed = {id: without_links(letter.text) for _, id, letter in post.taken}
    calls = (dossier.entry(n) for n in range(1, dossier.case.entries + 1))
    read = {line["facts"]["telling"]: words["read_text"] for line, words in calls if "read_text" in words}
    for row in dossier.letters:
        if row["to"] != "party:p1":
            continue
        found = scenario.product.correspondence.shown(dossier, row, roster, scenario.time)
        if found is None or found.text is None:
            continue
        if row["state"] == "sent" and "whole" in (row["sent"] or {}):
            assert found.text == row["sent"]["whole"] == first.setdefault(row["id"], found.text)
        elif row["state"] == "sent" and row["id"] in mailed:
            assert found.text == mailed[row["id"]]
        else:
            assert found.text == (read.get(row["id"]) or first.setdefault(row["id"], found.text))
