"""The complaint form: page by page, stored on the server, sent once, and no obstacle to a danger report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from segno import make_qr

from chalicelib.domain.engine.deadlines import due
from chalicelib.locale.formats import money
from chalicelib.web import pages
from chalicelib.web.drafts import COOKIE, KEPT, KIND, UNDO
from chalicelib.web.pages.consumer import complaint
from tests.scenario import Scenario
from tests.web.browser import Browser, hidden, link, rows, text, unmarked, value
from tests.web.desk import Desk
from tests.web.forms import fields_on
from tests.web.own import own

SAID = {
    "person.name": "王芳",
    "person.phone": "138 0013 8000",
    "person.email": "wang.fang@mail.example",
    "person.language": "zh",
    "person.capacity": "self",
    "matters.0.sub_type": "quality/defect",
    "matters.0.amount": "1,655.00",
    "matters.1.sub_type": "warranty/repair_refused",
    "matters.2.sub_type": "",
    "account.story": "洗衣机漏水，商家不退。",
    "account.business": "某某电器",
    "happened_on": "2026-02-01",
    "region": "440000",
    "outside.body": "samr_12315",
    "wishes": ["refund", "compensate"],
    "wish_amount": "1655",
    "hurt": "no",
    "consents.truthful": "true",
    "consents.data_use": "true",
}
"""A complaint as form input."""
WARNING = {
    "matters.0.sub_type": "safety/hazard",
    "account.story": "电池冒烟",
    "wishes": "stop",
    "hurt": "could_be",
    "person.language": "zh",
    "consents.truthful": "true",
    "consents.data_use": "true",
}
"""A danger reported without a name."""


MOST_QUESTIONS, MOST_PAGES = 12, 8
"""The most questions and pages of a plain complaint."""


def shown_fields(page: Any) -> list[str]:
    """Return the fields that a page shows without opening anything."""
    shown = re.sub(r"(?s)<details.*?</details>", "", page.body.decode())
    return [
        *dict.fromkeys(
            re.findall(r'<(?:input(?! type="hidden")|select|textarea)[^>]* name="([\w.]+)"', shown)
        )
    ]


def test_plain_complaint_is_twelve_questions_on_eight_pages(chinese: Browser) -> None:
    """The count covers every visible field from the start page to the number, with both consents as one."""
    chinese.complain(SAID, stop="you")
    pages = {page: shown_fields(chinese.get(f"/complain/{page}")) for page in complaint.PAGES}
    questions = {re.sub(r"^consents\..*", "consents", name) for names in pages.values() for name in names}
    assert all(pages.values()), questions
    assert len(pages) <= MOST_PAGES, questions
    assert len(questions) <= MOST_QUESTIONS, questions


def test_the_pages_ask_every_field_that_a_consumer_is_asked(chinese: Browser) -> None:
    """The pages ask every field of the move except those of staff, the rights that staff tag, and the
    language, which the page sets."""

    def leaves(asked: Any) -> Iterator[str]:
        for field in asked:
            yield from leaves(field.parts) if field.parts else [field.name]

    declared = {name for name in leaves(fields_on("submit", None, "zh")) if not name.endswith(".rights")}
    own = {name for page in complaint.PAGES for name in complaint.names(page)}
    assert own == declared - {*complaint.OURS, *complaint.WRITTEN, "person.language"}


@pytest.mark.parametrize(
    ("page", "said", "wrong"),
    [
        ("safety", {}, ["hurt"]),
        ("problem", {"matters.0.amount": "abc"}, ["matters.0.sub_type", "matters.0.amount"]),
        (
            "story",
            {"account.story": "长" * 50_001, "happened_on": "2031-01-01"},
            ["account.story", "happened_on"],
        ),
        ("tried", {"asked_business": "no", "outside.since": "2026-01-01"}, ["outside.body"]),
        ("wish", {}, ["wishes"]),
        ("you", {"person.name": "王芳"}, ["person.phone"]),
        ("you", {"person.phone": "12", "person.email": "x@"}, ["person.phone", "person.email"]),
        ("you", {"person.name": "王芳", "person.email": "info@complaints.example"}, ["person.email"]),
        ("check", {}, ["consents.truthful", "consents.data_use"]),
    ],
)
def test_filing_page_links_each_error_to_its_field(
    browser: Browser, scenario: Scenario, page: str, said: dict[str, str], wrong: list[str]
) -> None:
    """Every error of the page links to its field, also after a reload and in the other language. Fields of
    other pages are not checked, and nothing is written."""
    before, others = (
        rows(scenario),
        {name: SAID[name] for name in SAID if not complaint.is_on_page(page, name)},
    )
    answer = browser.complain({**others, **said}, stop=page)
    for shown in (answer, browser.get(f"/complain/{page}?lang=en"), browser.get(f"/complain/{page}?lang=zh")):
        assert re.findall(r'<a href="#([\w.]+)">', shown.body.decode()) == wrong
        assert all(f'id="{name}"' in shown.body.decode() for name in wrong)
        for name, typed in said.items():
            long = name == "account.story"
            assert typed in (value(shown, name) if long else shown.body.decode())
    assert browser.get("/complain", follow=False).headers["Location"].partition("?")[0] == f"/complain/{page}"
    assert rows(scenario) == before


def test_filing_form_links_to_the_error_that_keeps_it_from_being_sent(chinese: Browser) -> None:
    """Help needs its consent, and a wish of one's own needs words. The page links to the field."""
    said = {**SAID, "person.help": "elderly"}
    assert '<a href="#consents.sensitive">' in chinese.complain(said).body.decode()
    unnamed = {**SAID, "wishes": "fair_proposal", "account.fair": ""}
    assert '<a href="#account.fair">' in chinese.complain(unnamed).body.decode()
    assert chinese.complain({**unnamed, "account.fair": "换一台新的"}).status_code == 200
    assert "__Host-case" in chinese.cookies


def test_draft_is_kept_for_three_days(browser: Browser, scenario: Scenario) -> None:
    """Answers last for three days, across reloads, languages and closed tabs. Then the form is empty."""
    browser.complain(SAID, stop="story")
    for way in ("?lang=en", "?lang=zh", ""):
        assert browser.get(f"/complain{way}", follow=False).status_code == 303
    assert 'name="wishes"' in browser.get("/complain").body.decode()
    assert value(browser.get("/complain/story"), "account.story") == SAID["account.story"]
    scenario.later(KEPT - timedelta(minutes=1))
    assert 'name="wishes"' in browser.get("/complain").body.decode()
    scenario.later(timedelta(minutes=1))
    assert 'name="hurt"' in browser.get("/complain/story").body.decode()


def test_every_answer_can_be_changed_before_it_is_sent(chinese: Browser) -> None:
    """The last page shows each answer with a link to its page, which returns to the last page."""
    shown = chinese.complain(SAID, stop="you")
    assert all(words in text(shown) for words in ("洗衣机漏水，商家不退。", "广东省", "1,655.00元"))
    assert all(f'href="/complain/{page}"' in shown.body.decode() for page in ("story", "you", "wish"))
    again = chinese.post("/complain/story", {"account.story": "改过的话", "happened_on": "2026-01-02"})
    assert "改过的话" in text(again)
    assert "洗衣机漏水" not in text(again)


def test_complaint_is_sent_once(chinese: Browser, scenario: Scenario) -> None:
    """A form sent again returns 409 with a link to the case. A new complaint begins empty."""
    chinese.complain(SAID)
    first, before = chinese.cookies["__Host-case"], rows(scenario)
    for page in ("check", "story"):
        again = chinese.post(f"/complain/{page}", {**SAID, "account.story": "别的"})
        assert again.status_code == 409
        assert 'href="/case"' in again.body.decode()
    assert (chinese.cookies["__Host-case"], rows(scenario)) == (first, before)
    assert "checked" not in chinese.get("/complain").body.decode()
    chinese.complain({**SAID, "account.story": "快递把包裹放在楼下，丢了。"})
    assert chinese.cookies["__Host-case"] != first


def test_two_who_send_the_same_draft_make_one_complaint(chinese: Browser, scenario: Scenario) -> None:
    """Two identical posts with the same draft, as in a double click, file one complaint."""
    chinese.complain(SAID, stop="you")
    ticks = {name: SAID[name] for name in SAID if complaint.is_on_page("check", name)}
    draft = chinese.cookies["__Host-draft"]
    one, before = chinese.post("/complain/check", ticks), rows(scenario)
    chinese.cookies["__Host-draft"] = draft
    assert chinese.post("/complain/check", ticks).status_code == 409
    assert one.status_code == 200
    assert rows(scenario) == before


def test_filing_form_shows_the_open_complaint(browser: Browser, scenario: Scenario) -> None:
    """The form shows the number of a complaint only in a browser that has it open with a valid token."""
    number = re.compile(r"\d{4}-\d{4}-\d{4}")
    assert not number.search(text(browser.get("/complain")))
    browser.complain(SAID)
    assert number.search(text(browser.get("/complain")))
    ref = browser.cookies["__Host-case"].partition(".")[0]
    browser.cookies["__Host-case"] = f"{ref}.wrong"
    assert not number.search(text(browser.get("/complain")))


@pytest.mark.parametrize("hurt", ["hurt", "could_be"])
def test_safety_advice_follows_the_danger_answer(browser: Browser, scenario: Scenario, hurt: str) -> None:
    """Safety advice comes before any question and before anything is sent. From there, one tap sends the
    report."""
    before = rows(scenario)
    page = browser.post("/complain/safety", {"hurt": hurt})
    assert "120" in text(page)
    assert rows(scenario) == before
    assert browser.post("/complain/check", {}).status_code == 200
    assert scenario.product.file.load(browser.cookies["__Host-case"].partition(".")[0]).unsafe


def test_a_warning_goes_on_whatever_is_wrong_on_a_page(chinese: Browser) -> None:
    """An invalid phone number stops no report, and each page can send it."""
    chinese.post("/complain/safety", {"hurt": "hurt"})
    onward = chinese.post("/complain/problem", {"matters.0.amount": "abc"}).body.decode()
    assert 'name="account.story"' in onward
    assert 'class="govuk-error-summary"' not in onward
    page = chinese.post("/complain/you", {"person.phone": "one-three-eight", "send": "true"})
    assert "__Host-case" in chinese.cookies
    assert page.status_code == 200


def test_a_draft_that_no_row_can_hold_is_refused(chinese: Browser) -> None:
    """A draft too large for a row is refused, and the stored answers remain."""
    chinese.complain(SAID, stop="story")
    assert chinese.post("/complain/tried", {"account.tried": "长" * 75_000}).status_code in (200, 413)
    assert value(chinese.get("/complain/story"), "account.story") == SAID["account.story"]


def test_a_draft_of_a_newer_release_is_read(chinese: Browser, scenario: Scenario) -> None:
    """Unknown fields are ignored, because two releases run side by side for some minutes."""
    chinese.complain(SAID, stop="story")
    secret, sessions = chinese.cookies["__Host-draft"], scenario.product.sessions
    kept = sessions.find(KIND, secret, scenario.time)
    sessions.change(KIND, secret, {**kept, "more": 1})
    assert value(chinese.get("/complain/story"), "account.story") == SAID["account.story"]


def test_draft_deleted_for_good_leaves_nothing(chinese: Browser) -> None:
    """On a shared device nothing of the draft remains, with or without the cookies."""
    chinese.complain(SAID, stop="story")
    secret = chinese.cookies["__Host-draft"]
    assert 'value="all"' in chinese.get("/complain/forget").body.decode()
    chinese.post("/complain/forget", {"for_good": "all"})
    assert (chinese.cookies["__Host-draft"], chinese.cookies["__Host-deleted-draft"]) == ("", "")
    for name in ("__Host-draft", "__Host-deleted-draft"):
        chinese.cookies[name] = secret
    assert 'name="hurt"' in chinese.get("/complain/story").body.decode()
    chinese.post("/complain/restore", {})
    assert 'name="hurt"' in chinese.get("/complain").body.decode()


def test_deletion_names_what_goes_and_deletes_nothing_by_itself(browser: Browser) -> None:
    """The link on a page of the form only asks; the answers that would go are listed."""
    browser.complain(SAID, stop="business")
    assert 'action="/complain/forget"' not in browser.get("/complain/story").body.decode()
    shown = text(browser.get("/complain/forget"))
    assert SAID["account.story"] in shown
    assert SAID["account.business"] in shown
    assert value(browser.get("/complain/story"), "account.story") == SAID["account.story"]


def test_deleted_draft_can_be_restored_for_a_day(chinese: Browser, scenario: Scenario) -> None:
    """The answers come back at the page at which they stopped. After a day they do not."""
    chinese.complain(SAID, stop="story")
    page = chinese.post("/complain/forget", {})
    assert chinese.cookies["__Host-draft"] == ""
    assert "恢复" in text(page)
    assert "/complain/forgotten" in chinese.get("/complain").body.decode()
    scenario.time += UNDO - timedelta(minutes=1)
    chinese.post("/complain/restore", {})
    assert value(chinese.get("/complain/story"), "account.story") == SAID["account.story"]
    assert "/complain/forgotten" not in chinese.get("/complain/story").body.decode()
    chinese.post("/complain/forget", {})
    scenario.time += UNDO + timedelta(minutes=1)
    chinese.post("/complain/restore", {})
    assert 'name="hurt"' in chinese.get("/complain/story").body.decode()


def test_restoring_a_draft_loses_no_draft_begun_since(chinese: Browser) -> None:
    """The two drafts change places."""
    chinese.complain(SAID, stop="business")
    chinese.post("/complain/forget", {})
    chinese.complain({**SAID, "account.business": "另一家"}, stop="business")
    for company in (SAID["account.business"], "另一家"):
        chinese.post("/complain/restore", {})
        assert f'value="{company}"' in chinese.get("/complain/business").body.decode()


def test_two_windows_with_one_draft_lose_nothing(browser: Browser) -> None:
    """A form opened before another window changed its page shows both versions. Pressing again decides."""
    browser.complain(SAID, stop="story")
    early = hidden(browser.get("/complain/story"))
    late = hidden(browser.get("/complain/story"))
    browser.post("/complain/story", {"account.story": "第一个窗口写的", **early})
    page = browser.post("/complain/story", {"account.story": "第二个窗口写的", **late})
    assert "第一个窗口写的" in text(page)
    assert value(page, "account.story") == "第二个窗口写的"
    assert value(browser.get("/complain/story"), "account.story") == "第一个窗口写的"
    browser.post("/complain/story", {"account.story": "第二个窗口写的", **hidden(page)})
    assert value(browser.get("/complain/story"), "account.story") == "第二个窗口写的"


def test_two_windows_that_store_at_the_same_moment_lose_nothing(
    chinese: Browser, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other window stores another page, and a file, between reading and storing of this one."""
    chinese.complain(SAID, stop="you")
    sessions, waiting = scenario.product.sessions, ["/complain/business", "/complain/files/add"]
    find = sessions.find
    said = [{"account.business": "另一家"}, {"shows": "发票", "key": "k1"}]

    def found(kind: str, secret: str, now: datetime) -> Any:
        kept = find(kind, secret, now)
        if kind == KIND and waiting:
            path = waiting.pop()
            chinese.post(path, said[len(waiting)])
        return kept

    monkeypatch.setattr(sessions, "find", found)
    chinese.post("/complain/story", {"account.story": "这个窗口写的"})
    assert not waiting
    draft = find(KIND, chinese.cookies[COOKIE], scenario.time)
    assert draft
    assert draft["said"]["account.business"] == ["另一家"]
    assert draft["said"]["account.story"] == ["这个窗口写的"]
    assert [one["shows"] for one in draft["files"]] == ["发票"]


def test_last_page_sends_nothing_that_another_window_changed_unread(chinese: Browser) -> None:
    """The changed answers are shown first."""
    chinese.complain(SAID, stop="you")
    check = hidden(chinese.get("/complain/check"))
    chinese.post("/complain/business", {"account.business": "另一家"})
    consents = {name: "true" for name in SAID if name.startswith("consents")}
    page = chinese.post("/complain/check", {**consents, **check})
    assert "另一家" in text(page)
    assert "__Host-case" not in chinese.cookies
    assert "编号" in text(chinese.post("/complain/check", {**consents, **hidden(page)}))


def test_words_in_a_window_left_open_are_shown_after_the_complaint_was_sent(chinese: Browser) -> None:
    """The words are not registered, and the page says so."""
    chinese.complain(SAID)
    page = chinese.post("/complain/story", {"account.story": "还有一件事"})
    assert page.status_code == 409
    assert "还有一件事" in text(page)


def test_the_draft_of_nobody_else_is_opened(chinese: Browser) -> None:
    """An unknown cookie opens an empty form."""
    chinese.complain(SAID, stop="story")
    chinese.cookies["__Host-draft"] = "a" * 32
    assert 'name="hurt"' in chinese.get("/complain/story").body.decode()


def test_consents_are_never_ticked_before(chinese: Browser) -> None:
    """The empty form has no ticked box."""
    assert not re.findall(r'type="checkbox"[^>]* checked', chinese.get("/complain").body.decode())


def test_a_complaint_is_filed_and_its_person_told_what_comes_next(
    browser: Browser, scenario: Scenario
) -> None:
    """The page gives number, link, deadline and everything that was typed."""
    page = browser.complain({**SAID, "key": "k"})
    assert page.status_code == 200
    ref = browser.cookies["__Host-case"].partition(".")[0]
    assert f"{ref[:4]}-{ref[4:8]}-{ref[8:]}" in text(page)
    assert link(scenario, ref) in text(page)
    assert "wang.fang@mail.example" in text(page)
    assert "09:00" in text(page)
    case = text(browser.get("/case/complaint"))
    assert "洗衣机漏水，商家不退。" in case
    assert "+8613800138000" in case
    assert "广东省" in case or "Guangdong" in case
    dossier = scenario.product.file.whole(ref)
    assert [matter.sub_type for matter in dossier.case.matters] == ["defect", "repair_refused"]
    assert dossier.case.matters[0].amount == 165_500
    assert dossier.case.intake.consents == ("truthful", "data_use")
    assert (dossier.case.channel, [other.body for other in dossier.case.outside]) == ("web", ["samr_12315"])


def test_other_kind_needs_no_words_besides_the_story(chinese: Browser, scenario: Scenario) -> None:
    """A box that is called optional is optional, for the problem and for the kind of goods."""
    other = {"subject.kind": "goods", "subject.goods_class": "other", "matters.0.sub_type": "other/other"}
    page = chinese.complain({name: said for name, said in {**SAID, **other}.items() if said})
    assert "编号" in text(page)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("5月左右", "2025-04-16", "2025-06-15"),
        ("early May", "2025-05-01", "2025-05-10"),
        ("last spring", "2025-03-01", "2025-05-31"),
        ("孩子放暑假以前", None, None),
    ],
)
def test_approximate_date_is_kept_as_written_with_its_range(
    browser: Browser, scenario: Scenario, written: str, first: str | None, last: str | None
) -> None:
    """The words are shown to the person and to staff; nothing is refused that is no slip."""
    browser.complain({**SAID, "happened_on": written}, stop="you")
    assert written in text(browser.get("/complain/check"))
    page = browser.complain({**SAID, "happened_on": written})
    ref = browser.cookies["__Host-case"].partition(".")[0]
    assert page.status_code == 200
    assert written in text(browser.get("/case/complaint"))
    intake = scenario.product.file.load(ref).intake
    assert [day and day.isoformat() for day in (intake.happened_on, intake.happened_until)] == [first, last]


def test_exact_date_has_no_range_and_a_slip_is_reported(chinese: Browser, scenario: Scenario) -> None:
    """A date in the future, or one that no calendar has, is put right by the person."""
    for slip in ("2031-01-01", "2025-13-45"):
        page = chinese.complain({**SAID, "happened_on": slip}, stop="story")
        assert 'href="#happened_on"' in page.body.decode()
    chinese.complain({**SAID, "happened_on": "2025年5月3号"})
    ref = chinese.cookies["__Host-case"].partition(".")[0]
    intake = scenario.product.file.load(ref).intake
    assert (str(intake.happened_on), intake.happened_until) == ("2025-05-03", None)


@pytest.mark.parametrize(
    ("written", "amount", "kept"),
    [
        ("一万元", 1_000_000, False),
        ("1280元左右", 128_000, True),
        ("about 1,280 yuan", 128_000, True),
        ("$50", None, True),
    ],
)
def test_amount_is_taken_as_people_write_it(
    browser: Browser, scenario: Scenario, written: str, amount: int | None, kept: bool
) -> None:
    """What is approximate or in another currency is kept in the person's words too."""
    browser.complain({**SAID, "matters.0.amount": written, "wish_amount": written})
    case = scenario.product.file.load(browser.cookies["__Host-case"].partition(".")[0])
    assert (case.matters[0].amount, case.intake.wish_amount) == (amount, amount)
    assert (written in text(browser.get("/case/complaint"))) == kept


def test_check_page_shows_the_story_and_says_each_thing_once(browser: Browser) -> None:
    """A story of ordinary length is read without a tap; of a very long one, the beginning is."""
    story = "洗衣机第" + "、".join(map(str, range(100))) + "次漏水。"
    browser.complain({**SAID, "account.story": story}, stop="you")
    shown = re.sub(r"(?s)<details.*?</details>", "", unmarked(browser.get("/complain/check").body.decode()))
    assert story in unescape(shown)
    visible = re.sub(r'<dt class="govuk-visually-hidden">[^<]*</dt>', "", shown)
    language = browser.headers["accept-language"][:2]
    heading = pages.say(language, "consumer.complain.part.wish")
    assert visible.count(heading) <= 2  # once to read, once in the hidden text of the link to change it
    long = "长" * 5_000
    browser.post("/complain/story", {"account.story": long})
    page = unmarked(browser.get("/complain/check").body.decode())
    assert "长" * 300 in re.sub(r"(?s)<details.*?</details>", "", page)
    assert page.count("长") == len(long)


def test_check_page_writes_amounts_with_their_currency(browser: Browser) -> None:
    """A bare number is no amount to check."""
    browser.complain({**SAID, "wish_amount": "349"}, stop="you")
    assert money(browser.headers["accept-language"][:2], 34_900) in text(browser.get("/complain/check"))


def test_telephone_and_mailbox_are_not_called_optional(chinese: Browser) -> None:
    """One of the two is needed, which one sentence says."""
    page = text(chinese.complain(SAID, stop="wish"))
    page = text(chinese.get("/complain/you"))
    assert page.count("至少留一项") + page.count("填一项就可以") == 1
    assert "电话（选填）" not in page
    assert "电子邮箱（选填）" not in page


def test_resumed_draft_says_where_it_goes_on(browser: Browser) -> None:
    """Only on the way back in, not while one goes through the pages."""
    browser.complain(SAID, stop="story")
    resumed = pages.say(browser.headers["accept-language"], "consumer.complain.resumed")
    assert resumed in text(browser.get("/complain"))
    assert resumed not in text(browser.get("/complain/tried"))


def test_same_complaint_is_asked_about_in_the_browser_of_the_first(browser: Browser) -> None:
    """It is not sent until the person says that it is another matter. Nothing typed is lost."""
    browser.complain(SAID)
    first = browser.cookies["__Host-case"].partition(".")[0]
    again = {**SAID, "account.story": SAID["account.story"] + "今天又漏了。"}
    page = browser.complain(again)
    assert f"{first[:4]}-{first[4:8]}-{first[8:]}" in text(page)
    assert again["account.story"] in text(page)
    assert browser.cookies["__Host-case"].startswith(first)
    consents = {name: "true" for name in SAID if name.startswith("consents")}
    browser.post("/complain/check", {**consents, **hidden(page)})
    assert not browser.cookies["__Host-case"].startswith(first)


def test_same_complaint_is_not_asked_about_elsewhere(chinese: Browser, client: Any) -> None:
    """Another browser learns nothing of the first complaint, even with the same mailbox. Another story in the
    same browser, and a report of danger, are sent at once."""
    chinese.complain(SAID)
    first = chinese.cookies["__Host-case"]
    other = Browser(client, "zh")
    assert "编号" in text(other.complain(SAID))
    assert other.cookies["__Host-case"] != first
    chinese.complain({**SAID, "account.story": "另外一台空调，师傅安装的时候把墙打坏了，没有人修。"})
    second = chinese.cookies["__Host-case"]
    assert second != first
    chinese.complain(
        {**SAID, **WARNING, "account.story": "另外一台空调，师傅安装的时候把墙打坏了，没有人修。"}
    )
    assert chinese.cookies["__Host-case"] != second


def test_receipt_says_what_comes_next_before_link_and_code(browser: Browser) -> None:
    """A code for the telephone that the reader holds must not push the next step off the screen."""
    shown = browser.complain(SAID).body.decode()
    language = browser.headers["accept-language"]
    following, code = (pages.say(language, f"consumer.done.{name}") for name in ("next", "code"))
    assert shown.index(f">{following}<") < shown.index(f'alt="{code}"')


def test_a_danger_comes_through_with_nothing_else_right(browser: Browser, scenario: Scenario) -> None:
    """An invalid phone number and missing fields stop no report. The advice comes first, then the missing
    fields."""
    page = browser.complain(
        {"hurt": "hurt", "person.phone": "one-three-eight", "person.help": "elderly", "key": "k"}
    )
    assert page.status_code == 200
    shown, english = page.body.decode(), browser.headers["accept-language"] == "en"
    assert shown.index('id="safety"') < shown.index("What we still need" if english else "还请您补充")
    lacking = re.findall(
        r"<li>([^<]+)</li>",
        shown[shown.index("What we still need" if english else "还请您补充") :].partition("</ul>")[0],
    )
    assert ("Phone" if english else "电话") in lacking
    assert len(lacking) == 7
    case = scenario.product.file.load(browser.cookies["__Host-case"].partition(".")[0])
    assert case.unsafe
    assert "safety_triage" in due(case)
    assert "one-three-eight" in text(browser.get("/case/complaint"))


@pytest.mark.parametrize(
    "story",
    ["😡" * 20_000, ("投诉\r\n\x00\x07é\u200d𠮷<b>&amp;{{7*7}}'\"%s" * 1_000)[:20_000]],
    ids=["emoji", "messy"],
)
def test_a_long_and_messy_story_passes(chinese: Browser, story: str) -> None:
    """A story of 20,000 characters in any script is accepted, and markup in it stays text."""
    assert chinese.complain({**SAID, "account.story": story}).status_code == 200
    case = chinese.get("/case/complaint").body.decode()
    assert "<b>&" not in case
    assert ("😡" * 20_000 in case) == story.startswith("😡")


def test_form_is_decoded_once(chinese: Browser) -> None:
    """The form is decoded once: %3Ci%3E, &lt; and + stay the characters that were typed."""
    typed = "100%25 %3Ci%3E &lt;i&gt; a+b"
    chinese.complain({**SAID, "account.story": typed})
    assert typed in text(chinese.get("/case/complaint"))


def test_an_anonymous_warning_gets_a_passphrase_that_opens_it(browser: Browser) -> None:
    """Number and passphrase open an anonymous case in any spelling. The page does not promise a call."""
    page = browser.complain(WARNING)
    unreached = pages.say(browser.headers["accept-language"], "consumer.parts.safety.who_unreached", by="|")
    assert unreached.partition("|")[2] in text(page)
    phrase = re.findall(r'site-number">(\d{4} \d{4} \d{4})<', page.body.decode())[0]
    ref = browser.cookies.pop("__Host-case").partition(".")[0]
    assert browser.post("/case/find", {"number": ref, "phrase": "0000 0000 0000"}).status_code == 404
    opened = browser.post("/case/find", {"number": f"{ref[:4]}－{ref[4:8]} {ref[8:]}", "phrase": phrase})
    assert opened.status_code == 200


def test_short_messages_are_offered_where_there_is_a_gateway(
    chinese: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short messages are offered only with a gateway. The confirmation names the number that gets the
    link."""
    for gateway in ("", "sns"):
        monkeypatch.setenv("SMS_GATEWAY", gateway)
        person = next(field for field in fields_on("submit", None, "zh") if field.name == "person")
        way = next(field for field in person.parts if field.name == "person.way")
        assert ("sms" in [option.code for option in way.options]) == bool(gateway)
    done = text(chinese.complain({**SAID, "person.way": "sms"}))
    assert "登记回执的链接会用短信发到+8613800138000" in done


def test_the_record_to_keep_has_the_link_as_a_code_and_for_whoever_leaves_no_mail_a_passphrase(
    browser: Browser, scenario: Scenario
) -> None:
    """The QR code holds the link that is shown above it and has a text alternative. The page links to the PDF
    copy. A passphrase is shown unless the person gets the link by mail."""
    language = browser.headers["accept-language"]
    for way, said in {"mail": SAID, "phone": {**SAID, "person.email": ""}, "nowhere": WARNING}.items():
        page = Browser(browser.client, language).complain(said)
        shown = page.body.decode()
        address = re.findall(r'class="govuk-link site-link" href="([^"]+)"', shown)
        drawn = re.findall(r'<img class="site-code" src="([^"]+)" alt="([^"]+)"', shown)
        assert [(unescape(picture), alt) for picture, alt in drawn] == [
            (
                make_qr(address[0]).svg_data_uri(scale=4, svgclass=None, lineclass=None),
                own(browser, "done.code"),
            )
        ], way
        assert 'href="/case/copy"' in shown
        assert own(browser, "done.code_says") in text(page)
        assert (own(browser, "done.phrase_says") in text(page)) == (way != "mail"), way


def test_switching_language_keeps_the_draft(browser: Browser, scenario: Scenario) -> None:
    """A button switches the language without checks, in a draft or after it expired. Enter presses another
    button. A cross-site post is refused."""
    other = "en" if browser.headers["accept-language"] == "zh" else "zh"
    buttons = re.findall(r'<button type="submit"[^>]*>', browser.get("/complain").body.decode())
    assert "formaction" not in buttons[0]
    assert f'formaction="/complain/safety?lang={other}"' in buttons[-1]
    for typed in ("漏水 & <b>", ""):
        browser.complain(SAID, stop="wish")
        if typed:
            scenario.later(KEPT)
        said, there = {"account.story": typed, "happened_on": "2999-01-01"}, f"/complain/story?lang={other}"
        assert browser.post(there, said, **{"sec-fetch-site": "cross-site"}).status_code == 403
        again = browser.post(there, said)
        shown = again.body.decode()
        assert again.headers["Content-Language"].startswith(other)
        assert 'class="govuk-error' not in shown
        assert value(again, "account.story") == typed
        assert 'value="2999-01-01"' in shown
        onward = browser.get("/complain").body.decode()
        assert f'action="/complain/{"safety" if typed else "story"}"' in onward


def test_names_of_companies_are_offered_while_one_is_typed(
    chinese: Browser, client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policy's names are offered without script, at the desk too, and any other name can be typed.
    Without names in the policy, nothing is offered."""
    chinese.post("/complain/safety", {"hurt": "no"})
    assert "<datalist" not in chinese.get("/complain/business").body.decode()
    monkeypatch.setenv("POLICY", "demo-1")
    ours = chinese.get("/complain/business").body.decode()
    for page in (ours, Desk(client, scenario, "wang").get("/desk/complain")):
        (offered,) = re.findall(r'<datalist id="offered">(.*?)</datalist>', page)
        assert re.search(r'name="account.business"[^>]* list="offered"', page)
        assert "乐途旅行社" in offered
