"""The story comes first in the complaint form: the type, the class and the authority are proposed from it,
and only what the type needs is asked afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.locale.formats import label
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer import complaint
from tests.scenario import Scenario
from tests.web.browser import Browser, text, value
from tests.web.forms import fields_on

REFUSED_CLAIM = "保险公司说我住院前没有如实告知，拒绝理赔，一分钱不赔。"
SAID = {
    "hurt": "no",
    "account.story": "洗衣机漏水，商家不退。",
    "wishes": "refund",
    "matters.0.sub_type": "quality/defect",
    "account.business": "某某电器",
    "person.name": "王芳",
    "person.phone": "138 0013 8000",
    "consents.truthful": "true",
    "consents.data_use": "true",
}
"""A complaint as form input."""
BY_MAIL = {"hurt": "no", "account.story": REFUSED_CLAIM, "wishes": "explanation"}


def choices(page: Any) -> list[str]:
    """Return the types that a page proposes."""
    return re.findall(r'name="matters\.0\.sub_type" type="radio" value="([\w/]+)"', page.body.decode())


def told(chinese: Browser, story: str) -> Any:
    """Tell the story, and return the page on which the problem is chosen."""
    chinese.complain({**BY_MAIL, "account.story": story}, stop="wish")
    return chinese.get("/complain/problem")


def test_story_follows_the_question_about_danger() -> None:
    """Nothing is asked before the story but whether anyone is in danger."""
    assert [*complaint.PAGES][:4] == ["safety", "story", "wish", "problem"]


def test_three_types_and_none_of_them_are_proposed(browser: Browser) -> None:
    """The right one is among them, with its group, and nothing is chosen for the reader."""
    page = told(browser, REFUSED_CLAIM)
    language = browser.headers["accept-language"]
    assert len(choices(page)) == 4
    assert "insurance/claim_refused" in choices(page)
    assert choices(page)[-1] == "none"
    assert label(language, "insurance", "type") in text(page)
    assert " checked" not in page.body.decode()


def test_none_of_them_leads_to_the_whole_list_and_loses_nothing(chinese: Browser) -> None:
    """Three wrong guesses lead to all types. Story and wishes stay, and the type can still be chosen."""
    told(chinese, REFUSED_CLAIM)
    page = chinese.post("/complain/problem", {"matters.0.sub_type": "none", "matters.0.amount": "1280"})
    shown = page.body.decode()
    assert choices(page) == []
    assert shown.count('<option value="') > 140
    assert 'class="govuk-error' not in shown
    assert 'value="1280"' in shown
    assert value(chinese.get("/complain/story"), "account.story") == REFUSED_CLAIM
    assert choices(chinese.get("/complain/problem")) == []
    after = chinese.post("/complain/problem", {"matters.0.sub_type": "fraud/phishing"})
    assert 'name="account.business"' in after.body.decode()
    assert "fraud/phishing" in choices(chinese.get("/complain/problem"))


def test_types_are_found_by_words_without_script(chinese: Browser) -> None:
    """The search on the page of all types proposes up to eight. None of these leads back to the list."""
    told(chinese, REFUSED_CLAIM)
    chinese.post("/complain/problem", {"matters.0.sub_type": "none"})
    found = chinese.post("/complain/problem", {"find": "行李", "look": "true"})
    assert "flight/baggage" in choices(found)
    assert len(choices(found)) <= complaint.FOUND + 1
    assert choices(chinese.post("/complain/problem", {"matters.0.sub_type": "none"})) == []


@pytest.mark.parametrize("story", ["Η μηχανή χάλασε μετά από τρεις εβδομάδες και κανείς δεν απαντά.", "……"])
def test_story_without_known_words_leads_to_the_list(chinese: Browser, story: str) -> None:
    """Without a guess, all types are shown."""
    page = told(chinese, story)
    assert choices(page) == []
    assert page.body.decode().count('<option value="') > 140


@pytest.mark.parametrize(
    ("story", "notes"),
    [
        ("洗衣机漏水。", []),
        ("The washing machine leaks and the shop does not answer my letters.", []),
        ("洗衣机漏水。The shop does not answer.", []),
        ("La lavadora pierde agua desde hace tres semanas y nadie contesta nunca.", ["foreign"]),
        ("La machine est en panne et le vendeur a promis à ma femme de la reprendre.", ["foreign"]),
        ("De wasmachine is kapot en de winkel was gesloten of nam niet op.", ["foreign"]),
        ("洗濯機が水漏れしているのに、お店はまったく返事をくれません。", ["foreign"]),
        ("他让我把钱打到6222 0212 3456 7890 123，再也不回。", ["card"]),
        ("洗衣机漏水。" * 1_000, ["long"]),
    ],
    ids=["zh", "en", "both", "es", "fr", "nl", "ja", "card", "long"],
)
def test_what_is_unusual_in_a_story_is_said(chinese: Browser, story: str, notes: list[str]) -> None:
    """A third language, a card's number, and a length that was not read whole are kept and said."""
    page = text(told(chinese, story))
    said = [
        name for name in ("foreign", "card", "long") if say("zh", f"consumer.complain.note.{name}") in page
    ]
    assert said == notes
    assert value(chinese.get("/complain/story"), "account.story") == story


def test_longest_story_is_kept_whole(chinese: Browser, scenario: Scenario) -> None:
    """50,000 characters are filed as they were written."""
    story = ("保险公司拒赔。" * 8_000)[:50_000]
    said = {**SAID, "matters.0.sub_type": "insurance/claim_refused"}
    chinese.complain({**said, "account.story": story})
    ref = chinese.cookies["__Host-case"].partition(".")[0]
    assert story in chinese.get("/case/complaint").body.decode()
    assert [*scenario.product.file.load(ref).sectors] == ["insurance"]


@pytest.mark.parametrize(
    ("type_", "asked", "spared"),
    [
        ("quality/defect", {"account.product", "account.shop", "account.order", "subject.kind"}, set()),
        ("insurance/claim_refused", {"account.product", "account.order"}, {"account.shop", "subject.kind"}),
        ("flight/baggage", {"account.order"}, {"account.product", "account.shop", "subject.kind"}),
        ("conduct/rude", {"account.shop", "subject.kind"}, {"account.product", "account.order"}),
    ],
)
def test_only_what_the_type_needs_is_asked(
    chinese: Browser, type_: str, asked: set[str], spared: set[str]
) -> None:
    """A refused claim has no shop, and a rude clerk no order number."""
    chinese.complain({**BY_MAIL, "matters.0.sub_type": type_}, stop="problem")
    shown = chinese.get("/complain/business").body.decode()
    found = {name for name in asked | spared if f'name="{name}"' in shown}
    assert found == asked


def test_answer_that_another_type_does_not_need_stays(chinese: Browser) -> None:
    """After a change of the type, what was answered is still shown, so that it is not lost unseen."""
    chinese.complain({**SAID, "account.shop": "城北店"}, stop="business")
    chinese.post("/complain/problem", {"matters.0.sub_type": "insurance/claim_refused"})
    assert 'value="城北店"' in chinese.get("/complain/business").body.decode()


def test_class_is_proposed_and_can_be_changed(chinese: Browser) -> None:
    """What was bought is told by the story. The fold names it, and the check page shows it."""
    chinese.complain(
        {**SAID, "account.story": "酒店前台态度很差。", "matters.0.sub_type": "conduct/rude"}, stop="problem"
    )
    page = chinese.get("/complain/business")
    assert say("zh", "consumer.complain.about", what="住宿") in text(page)
    assert re.search(r'<option value="lodging" selected', page.body.decode())


def test_class_against_the_type_is_not_proposed(chinese: Browser) -> None:
    """A claim for a broken car belongs to the insurer's authority alone."""
    said = {
        **SAID,
        "account.story": "汽车被撞，保险公司拒赔。",
        "matters.0.sub_type": "insurance/claim_refused",
    }
    chinese.complain(said, stop="problem")
    assert 'value="vehicle" selected' not in chinese.get("/complain/business").body.decode()


@pytest.mark.parametrize(
    ("type_", "authority", "others"),
    [
        ("credit/collection", "finance_12378", ["samr_12315", "gov_12345"]),
        ("telecom/charges", "telecom_12300", ["samr_12315", "gov_12345"]),
        ("insurance/claim_refused", "finance_12378", ["samr_12315", "gov_12345"]),
        ("flight/baggage", "aviation_12326", ["samr_12315", "rail_12306"]),
        ("fraud/phishing", "police_110", ["finance_12378"]),
        ("quality/defect", "samr_12315", ["finance_12378"]),
    ],
)
def test_check_page_names_the_authority_of_the_type(
    chinese: Browser, type_: str, authority: str, others: list[str]
) -> None:
    """The type tells the sector, and the sector the authority. It can be changed before sending."""
    said = {**SAID, "matters.0.sub_type": type_}
    page = chinese.complain(said, stop="you")
    assert say("zh", "consumer.complain.authority", bodies="|").partition("|")[0] in text(page)
    assert label("zh", authority, "route") in text(page)
    assert not [one for one in others if label("zh", one, "route") in text(page)]
    assert 'href="/complain/problem"' in page.body.decode()


def test_problem_on_no_list_needs_no_second_description(chinese: Browser, scenario: Scenario) -> None:
    """The story says what it is."""
    chinese.complain({**SAID, "matters.0.sub_type": "other/other"})
    ref = chinese.cookies["__Host-case"].partition(".")[0]
    assert [matter.type for matter in scenario.product.file.load(ref).matters] == ["other"]


def test_report_of_a_violation_has_no_page_of_wishes(chinese: Browser) -> None:
    """Its pages are counted without it, and the way back leaves it out."""
    chinese.post("/complain/safety", {"hurt": "no", "filed_as": "report"})
    page = chinese.post("/complain/story", {"account.story": "货架上写着保证治病。"})
    assert 'href="/complain/story"' in page.body.decode()
    assert say("zh", "consumer.complain.step", n=3, of=7) in text(page)


def test_danger_report_is_sent_from_the_page_of_types(chinese: Browser, scenario: Scenario) -> None:
    """ "None of these" stops no warning."""
    chinese.post("/complain/safety", {"hurt": "could_be"})
    chinese.post("/complain/story", {"account.story": "电池冒烟"})
    assert (
        chinese.post("/complain/problem", {"matters.0.sub_type": "none", "send": "true"}).status_code == 200
    )
    assert scenario.product.file.load(chinese.cookies["__Host-case"].partition(".")[0]).unsafe


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "诈骗 健身 培训 汽车 航班 酒店 保险 拒赔 账号被封 游戏 宽带 行李 房贷 征信 态度恶劣"),
        (
            "en",
            "scam flight hotel baggage gym identity mortgage insurance data rent rude broadband parcel car",
        ),
    ],
)
def test_everyday_word_is_found_in_the_whole_list(language: str, words: str) -> None:
    """The list has the word at the beginning of a word (English), or anywhere (Chinese)."""
    field = next(one for one in fields_on("submit", None, language) if one.name == "matters")
    options = next(one for one in leaves([field]) if one.name == "matters.0.sub_type").options
    said = [f" {one.under} {one.label} {one.search}".lower() for one in options]
    sought = words.split()
    found = [word for word in sought if any((f" {word}" if word.isascii() else word) in one for one in said)]
    assert found == sought


def leaves(asked: Any) -> Iterator[Any]:
    """Yield the fields without parts among these fields and their parts."""
    for field in asked:
        yield from leaves(field.parts) if field.parts else [field]
