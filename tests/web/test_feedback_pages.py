"""Feedback after closing: the survey and the moves that a poor score offers, and a story from consent to
publication and withdrawal. Each role sees only its share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.access.authorization import CLOCK, Caller
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.feedback import answer_survey
from chalicelib.domain.reference import shown
from chalicelib.locale import formats
from chalicelib.web import pages, request_models
from chalicelib.web.pages.consumer.own_view import View
from tests.domain.surveyed import OPINION
from tests.scenario import DAY, HOUR, WANG, ZHOU, Scenario
from tests.web.browser import Browser, hidden, rows, text
from tests.web.desk import GROUPS, Desk, visible
from tests.web.feedback import closed
from tests.web.own import AGENT, EVERYTHING, joint, open_case_page, own, performing
from tests.web.provider import Provider

SCORES = {"overall": "2", "ease": "4", "speed": "1", "fairness": "3", "clarity": "3"}
COMMENT = "等得太久，电话没人接。"
TEXT = "我是王芳，电话13800138000。\n洗衣机修了三次，最后退了。"
LEFT = "我是〔姓名〕，电话〔电话〕。\n洗衣机修了三次，最后退了。"


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Callable[..., Desk]:
    """Return the desk of a staff member."""
    return lambda who, language="zh": Desk(client, scenario, who, language)


def answered(scenario: Scenario, **changes: Any) -> str:
    """Return a closed case whose consumer has answered the survey."""
    ref = closed(scenario)
    scenario.move(
        scenario.by_link(ref),
        "answer_survey",
        ref,
        **{name: int(score) for name, score in SCORES.items()},
        comment=COMMENT,
        **changes,
    )
    return ref


def consented(scenario: Scenario, text: str = TEXT) -> str:
    """Return a closed case whose consumer agrees to publish their story."""
    ref = closed(scenario)
    scenario.move(scenario.by_link(ref), "consent_story", ref, text=text, agrees=True)
    return ref


def part(browser: Browser, path: str, **slots: Any) -> str:
    """Return a sentence of the survey section."""
    return own(browser, f"parts.survey.{path}", **slots)


def test_the_survey_stands_on_the_closed_page_and_is_answered_there(
    browser: Browser, scenario: Scenario
) -> None:
    """The survey has five questions with five scores, needs no script, and is optional. After it, the page
    thanks the party and asks nothing more."""
    ref = performing(scenario)
    assert part(browser, "fill") not in open_case_page(browser, scenario, ref)
    ref = closed(scenario)
    assert part(browser, "fill") in open_case_page(browser, scenario, ref)
    form = browser.get("/case")
    body = form.body.decode()
    assert "<script" not in body
    assert own(browser, "case.nothing") not in text(form)
    assert own(browser, "runs.reopen_window.what") in text(form)
    assert [re.findall(rf'name="{name}" type="radio" value="(\d)"', body) for name in SCORES] == [
        ["5", "4", "3", "2", "1"]
    ] * 5
    assert not re.findall(r'type="radio"[^>]* checked', body)
    page = text(
        browser.post(
            "/case/moves/answer_survey", {**hidden(form), **SCORES, "overall": "4", "comment": COMMENT}
        )
    )
    assert part(browser, "done") in page
    assert part(browser, "next") in page
    assert COMMENT in page
    assert part(browser, "poor") not in page
    assert part(browser, "fill") not in page
    language = browser.headers["accept-language"]
    assert formats.label(language, "4", "score") in page
    assert formats.label(language, "1", "score") in page
    assert scenario.product.file.load(ref).feedback.surveyed == ("p1",)


def test_incomplete_survey_returns_with_its_choices(browser: Browser, scenario: Scenario) -> None:
    """The form comes back with the choices made and names the missing ones."""
    open_case_page(browser, scenario, closed(scenario))
    again = browser.post(
        "/case/moves/answer_survey", {**hidden(browser.get("/case")), "overall": "2", "comment": COMMENT}
    )
    assert again.status_code == 422
    assert COMMENT in text(again)
    assert re.search(r'name="overall" type="radio" value="2" checked', again.body.decode())
    assert again.body.decode().count('href="#') >= 4


def test_the_survey_begun_in_one_language_is_read_on_in_the_other(
    chinese: Browser, scenario: Scenario
) -> None:
    """A switch of language keeps the choices and the text, also without script. It records nothing."""
    ref = closed(scenario)
    open_case_page(chinese, scenario, ref)
    form = chinese.get("/case")
    (there,) = re.findall(r'formaction="(/case/moves/answer_survey[^"]*)"', form.body.decode())
    again = chinese.post(there, {**hidden(form), "overall": "2", "comment": COMMENT}).body.decode()
    assert '<html lang="en"' in again
    assert COMMENT in again
    assert 'value="2" checked' in again
    assert not scenario.product.file.load(ref).feedback.surveyed


def test_a_poor_answer_leads_to_reconsideration_in_one_click(browser: Browser, scenario: Scenario) -> None:
    """The page links to the forms for reconsideration, while its window is open, and for reopening."""
    ref = closed(scenario)
    open_case_page(browser, scenario, ref)
    page = browser.post("/case/moves/answer_survey", {**hidden(browser.get("/case")), **SCORES})
    assert part(browser, "poor") in text(page)
    links = re.findall(r'href="(/case/moves/\w+)">\s*([^<]+)</a>', page.body.decode())
    assert ("/case/moves/ask_reconsideration", part(browser, "anew")) in links
    assert "/case/moves/reopen" in dict(links)
    assert re.findall(
        r'<textarea[^>]* name="(reasons\.\d)"', browser.get("/case/moves/ask_reconsideration").body.decode()
    )


def test_a_poor_answer_after_the_windows_offers_what_is_still_open(
    browser: Browser, scenario: Scenario
) -> None:
    """After the windows have closed, the page offers no move that would be refused."""
    ref = closed(scenario)
    scenario.later(29 * DAY)
    open_case_page(browser, scenario, ref)
    page = browser.post("/case/moves/answer_survey", {**hidden(browser.get("/case")), **SCORES})
    assert part(browser, "anew") not in text(page) or "ask_reconsideration" in page.body.decode()
    scenario.later(70 * DAY)
    late = text(browser.get("/case"))
    assert part(browser, "poor") not in late
    assert part(browser, "done") in late


def test_opening_every_link_of_the_letter_twice_records_nothing(browser: Browser, scenario: Scenario) -> None:
    """Mail scanners open every link. The links open pages, and only the button sends an answer."""
    ref = closed(scenario)
    scenario.live(2 * DAY, ref)
    mail = next(mail for mail in reversed(scenario.sent()) if shown(ref) in mail["subject"])
    assert scenario.letters(ref)[-1] == "survey"
    before, entries = rows(scenario), scenario.moves(ref)
    links = re.findall(r'https://complaints\.example(/[^\s"<)]*)', mail["text"])
    assert links
    for path in links * 2:
        assert browser.get(path).status_code == 200
        assert browser.head(path).status_code in (200, 303)
    assert (rows(scenario), scenario.moves(ref)) == (before, entries)
    assert part(browser, "fill") in text(browser.get("/case"))


@pytest.mark.parametrize("who", ["wang", "zhao", "sun", "feng"])
def test_handler_sees_no_content_of_a_survey_answer(
    who: str, at: Callable[..., Desk], scenario: Scenario
) -> None:
    """The desk page shows a handler neither scores nor comment nor the party who answered."""
    ref = answered(scenario)
    page = visible(at(who).get(f"/desk/cases/{ref}"))
    entry = page[page.index("回访评价") :][:60]
    assert "回访评价 · 消费者（投诉人）" in entry
    assert "王芳" not in entry
    assert COMMENT not in page
    assert "很不满意" not in page


def test_opinion_has_a_page_of_its_own(browser: Browser, at: Callable[..., Desk], scenario: Scenario) -> None:
    """The case page links to the opinion form until it is answered. The desk has a form for an answer by
    phone."""
    language, ref = browser.headers["accept-language"], closed(scenario)
    scenario.move(CLOCK, "ask_opinion", ref)
    page = browser.get(scenario.product.links.path(ref, "p1", 1))
    assert 'href="/case/moves/give_opinion"' in page.body.decode()
    assert 'name="findable"' in at("wang").get(f"/desk/cases/{ref}/moves/give_opinion")
    asked = browser.get("/case/moves/give_opinion")
    assert all(formats.label(language, name, "label") in text(asked) for name in OPINION)
    assert formats.label(language, "5", "agreement") in text(asked)
    said = {**dict.fromkeys(OPINION, "2"), "comment": COMMENT}
    after = browser.post("/case/moves/give_opinion", {**hidden(asked), **said})
    assert pages.say(language, "consumer.parts.opinion.done") in text(after)
    assert scenario.product.file.load(ref).feedback.opined == ("p1",)


def test_intake_reads_the_survey_aloud_and_writes_the_answers_down(
    at: Callable[..., Desk], scenario: Scenario
) -> None:
    """The desk's form of the survey has an introduction to read out and the consumer's questions."""
    ref, wang = closed(scenario), at("wang")
    assert f"/desk/cases/{ref}/moves/answer_survey" in wang.get(f"/desk/cases/{ref}")
    page = visible(wang.get(f"/desk/cases/{ref}/moves/answer_survey"))
    assert "不评价也没有任何影响" in page
    assert "总的来说，您对这件投诉的办理满意吗" in page
    wang.take(scenario.product.file.load(ref), "answer_survey", **SCORES)
    assert scenario.product.file.load(ref).feedback.surveyed == ("p1",)


def test_a_supervisor_without_a_part_in_the_case_reads_the_answer(
    at: Callable[..., Desk], scenario: Scenario
) -> None:
    """A supervisor with a part in the case reads no more than its handler. The auditor reads scores and no
    comment."""
    ref = answered(scenario)
    page = visible(at("zhou").get(f"/desk/cases/{ref}"))
    assert COMMENT in page
    assert "很不满意" in page
    audited = visible(at("auditor").get(f"/desk/cases/{ref}"))
    assert "很不满意" in audited
    assert COMMENT not in audited
    scenario.move(ZHOU, "message", ref, text="我们看看。")
    assert COMMENT in visible(at("zhou").get(f"/desk/cases/{ref}"))
    scenario.move(ZHOU, "reopen", ref, cause="our_error", facts="漏看了一张单据。")
    page = visible(at("zhou").get(f"/desk/cases/{ref}"))
    assert COMMENT not in page
    assert "很不满意" not in page


def bearing(provider: Provider, scenario: Scenario, who: str) -> dict[str, str]:
    """Return the headers of a staff member, valid now."""
    provider.now = scenario.time
    return {"Authorization": f"Bearer {provider.token(sub=who, **{'cognito:groups': GROUPS[who]})}"}


def test_the_interface_keeps_the_answer_as_the_desk_does(
    client: Any, provider: Provider, scenario: Scenario
) -> None:
    """A handler's entry has no scores, comment or name. The consumer reads their own."""
    ref = answered(scenario)

    def entry(**headers: str) -> dict[str, Any]:
        found = json.loads(client.http.get(f"/v1/cases/{ref}/timeline?limit=100", headers=headers).body)[
            "items"
        ]
        return next(one for one in found if one["move"] == "answer_survey")

    for who in ("wang", "sun"):
        one = entry(**bearing(provider, scenario, who))
        assert (one["facts"], one["words"], one["who"], one["role"]) == ({}, {}, "consumer", "consumer")
    boss = entry(**bearing(provider, scenario, "zhou"))
    assert boss["facts"]["overall"] == 2
    assert boss["words"] == {"comment": COMMENT}
    assert boss["who"] == "p1"
    assert entry(**bearing(provider, scenario, "auditor"))["words"] == {}
    mine = entry(Authorization=f"Bearer {scenario.product.links.token(ref, 'p1', 1)}")
    assert mine["facts"]["overall"] == 2
    assert mine["words"] == {"comment": COMMENT}


def test_survey_answer_is_seen_by_its_author_only(chinese: Browser, scenario: Scenario) -> None:
    """Each consumer of a joint complaint sees and gives only their own answer."""
    ref = joint(scenario)
    scenario.move(replace(WANG, roles=Role.LEAD), "close_in_court", ref, body="court", number="民初1号")
    scenario.move(
        scenario.by_link(ref, "p2"), "answer_survey", ref, **dict.fromkeys(SCORES, 1), comment=COMMENT
    )
    assert COMMENT in open_case_page(chinese, scenario, ref, "p2")
    page = open_case_page(chinese, scenario, ref, "p1")
    assert COMMENT not in page
    assert "填写评价" in page
    assert "评价这次办理 ·" not in page


def test_representative_reads_only_their_own_survey_answer(scenario: Scenario) -> None:
    """A consumer's own answer is private. An answer given by the representative is visible to both."""
    ref = performing(scenario)
    scenario.move(
        WANG, "add_representative", ref, **AGENT, powers=EVERYTHING, checked=True, document="授权书"
    )
    scenario.move(scenario.by_link(ref), "confirm_done", ref, obligation="O1")
    scenario.live(HOUR, ref)

    def seen(by: str) -> list[str]:
        view = View(
            scenario.product.file.whole(ref), scenario.time, scenario.by_link(ref, by), "zh", scenario.product
        )
        found = ((n, line) for n, (line, _) in view.dossier.of(answer_survey))
        return [line["who"] for n, line in found if view.sees(n, "answer_survey", line, line["facts"])]

    scenario.move(scenario.by_link(ref, "p2"), "answer_survey", ref, **dict.fromkeys(SCORES, 3))
    assert seen("p1") == seen("p2") == ["p2"]
    scenario.move(replace(WANG, roles=Role.LEAD), "reopen", ref, cause="new_facts", facts="又坏了。")
    scenario.move(replace(WANG, roles=Role.LEAD), "close_in_court", ref, body="court", number="民初1号")
    scenario.move(scenario.by_link(ref), "answer_survey", ref, **dict.fromkeys(SCORES, 3))
    assert (seen("p1"), seen("p2")) == (["p2", "p1"], ["p2"])


def test_a_score_is_counted_for_the_team_and_for_nobody(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The metric carries team and score, neither case nor person."""
    ref = answered(scenario)
    line = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if "SurveyScore" in line)
    assert (line["SurveyScore"], line["Team"]) == (2, "general")
    assert ref not in json.dumps(line)
    assert {key for key in line if key != "_aws"} == {"SurveyScore", "Team", "Stack"}


# A story


def test_a_story_is_told_shown_as_it_was_scrubbed_and_taken_back(
    browser: Browser, scenario: Scenario
) -> None:
    """Consent is not ticked beforehand and is required. The masked story is shown at once; a withdrawn story
    is gone."""
    ref = closed(scenario)
    assert own(browser, "parts.story.says") in open_case_page(browser, scenario, ref)
    form = browser.get("/case/moves/consent_story")
    assert " checked" not in form.body.decode()
    refused = browser.post("/case/moves/consent_story", {**hidden(form), "text": TEXT})
    assert refused.status_code == 422
    assert scenario.product.file.load(ref).feedback.stories == ()
    page = text(
        browser.post("/case/moves/consent_story", {**hidden(refused), "text": TEXT, "agrees": "true"})
    )
    assert LEFT in page
    assert "13800138000" not in page[page.index(own(browser, "parts.story.waits")) :][:600]
    assert own(browser, "parts.story.masked") in page
    assert TEXT not in "".join(str(entry.words) for entry in scenario.product.file.whole(ref).entries)
    page = text(browser.post("/case/moves/withdraw_story", hidden(browser.get("/case/moves/withdraw_story"))))
    assert own(browser, "parts.story.says") in page


def test_a_supervisor_releases_what_is_left_and_anybody_reads_it(
    at: Callable[..., Desk], browser: Browser, scenario: Scenario
) -> None:
    """The form shows only the masked text, and the supervisor can mask more. The public page has text, month
    and type. Withdrawal removes the story in the same move."""
    ref = consented(scenario)
    case = scenario.product.file.load(ref)
    assert scenario.letters(ref, "role:supervisor") == ["task"]
    desk = at("zhou")
    form = desk.get(f"/desk/cases/{ref}/moves/release_story")
    assert "洗衣机修了三次" in form
    assert "13800138000" not in form
    assert "第1行" in visible(desk.take(case, "release_story", 422, story="S1", hide="没有的话"))
    scenario.confirm(ref)  # a mail to an unconfirmed address says only that the story was released
    desk.take(scenario.product.file.load(ref), "release_story", story="S1", hide="三次\n")
    scenario.post()
    assert scenario.letters(ref)[-1] == "story_released"
    assert "修了〔略〕" in scenario.sent()[-1]["text"]
    public = browser.get("/stories")
    assert public.status_code == 200
    assert "洗衣机修了〔略〕，最后退了。" in text(public)
    assert formats.month(browser.headers["accept-language"], scenario.time) in text(public)
    assert not [
        told for told in (ref, shown(ref), "王芳", "p1", "400-800-1234") if told in public.body.decode()
    ]
    answer = browser.get("/v1/stories")
    assert json.loads(answer.body) == {
        "items": [{"month": "2026-02", "type": "quality", "text": LEFT.replace("三次", "〔略〕")}],
        "next": None,
    }
    assert own(browser, "parts.story.published") in open_case_page(browser, scenario, ref)
    browser.post("/case/moves/withdraw_story", hidden(browser.get("/case/moves/withdraw_story")))
    scenario.post()
    assert json.loads(browser.get("/v1/stories").body)["items"] == []
    page = browser.get("/stories")
    assert pages.say(browser.headers["accept-language"], "stories.none") in text(page)
    assert 'role="search"' not in page.body.decode()
    assert 'role="search"' in browser.get("/stories?words=x").body.decode()
    assert scenario.letters(ref)[-1] == "story_withdrawn"
    assert [row for row in Row.scan() if row.pk == "STORIES"] == []


@pytest.mark.parametrize(
    ("language", "reasons"),
    [
        ("zh", ("可能是人名", "可能是账号或网名", "可能是地址")),
        ("en", ("may be a name", "may be an account or a nickname", "may be an address")),
    ],
)
def test_the_reviewer_is_shown_what_may_still_tell_who_somebody_is(
    at: Callable[..., Desk], scenario: Scenario, language: str, reasons: tuple[str, ...]
) -> None:
    """The form marks each doubtful passage with its reason. Only the reviewer masks it."""
    told = "刘倩倩说不退。来看@漏水日记，店在河北省保定市清苑区。洗衣机花了3299元。"
    ref = consented(scenario, told)
    form = at("zhou", language).get(f"/desk/cases/{ref}/moves/release_story")
    marked = re.findall(
        r'<mark class="desk-mark">([^<]+)</mark><small class="desk-why">([^<]+)</small>', form
    )
    assert [(piece, why.strip(" （）()")) for piece, why in marked] == [
        ("刘倩倩", reasons[0]),
        ("@漏水日记", reasons[1]),
        ("河北省保定市清苑区", reasons[2]),
    ]
    assert "。洗衣机花了3299元。" in form
    at("zhou").take(scenario.product.file.load(ref), "release_story", story="S1", hide="刘倩倩\n")
    (story,) = scenario.product.file.stories(20)
    assert story.text == told.replace("刘倩倩", "〔略〕")


def test_a_story_without_doubts_says_so(at: Callable[..., Desk], scenario: Scenario) -> None:
    """Without doubtful passages, the form asks the reviewer to read the whole story."""
    ref = consented(scenario)
    assert "请仍然通读一遍" in at("zhou").get(f"/desk/cases/{ref}/moves/release_story")


def test_release_story_rejects_handlers_of_the_case(at: Callable[..., Desk], scenario: Scenario) -> None:
    """A supervisor who handled the case is refused with the reason, and nothing is published."""
    ref = consented(scenario)
    scenario.move(ZHOU, "tag_safety", ref, facts="查看一下")
    page = visible(at("zhou").take(scenario.product.file.load(ref), "release_story", 409, story="S1"))
    assert "您办理过这件投诉" in page
    assert scenario.product.file.stories(20) == []


def store_story(when: str, words: str, **coded: str) -> None:
    """Store a story released at this moment; without codes, as an older release wrote it."""
    Row("STORIES", f"{when}#x#S1", body=words, card=json.dumps(coded) if coded else None).save()


def looked(chinese: Browser, query: str = "") -> tuple[list[str], str | None]:
    """Return the stories found and the cursor of the next page."""
    found = json.loads(chinese.get(f"/v1/stories?{query}").body)
    return [one["text"] for one in found["items"]], found["next"]


def test_twenty_stories_are_a_page_and_the_next_goes_on_behind_them(
    chinese: Browser, scenario: Scenario
) -> None:
    """The order is by release time across all cases, and stories of one second share a page. The cursor
    contains no case number."""
    ref = consented(scenario)
    scenario.move(ZHOU, "release_story", ref, story="S1")
    for n in range(24):
        store_story(f"2026-01-{n + 1:02}T00:00:00Z", f"第{n + 1}篇")
    Row("STORIES", "2026-01-06T00:00:00Z#y#S1", body="同一秒").save()
    first, after = looked(chinese)
    assert (first, after) == ([LEFT, *(f"第{n}篇" for n in range(24, 6, -1))], "2026-01-07T00:00:00Z")
    rest = ["同一秒", *(f"第{n}篇" for n in range(6, 0, -1))]
    assert looked(chinese, f"cursor={after}") == (rest, None)
    page = chinese.get("/stories").body.decode()
    older = re.search(r'href="(/stories\?cursor=[^"]+)"', page)
    assert older
    assert text(chinese.get(older[1])).count("公开") > 5
    assert "第5篇" in text(chinese.get(older[1]))


def test_stories_are_looked_through_by_words_type_and_month(browser: Browser, scenario: Scenario) -> None:
    """Search ignores case and order of words. A story without a type is found by its words and month; months
    follow China time."""
    store_story("2026-01-31T15:59:59Z", "Washing machine: REFUND in time", type="quality")
    store_story("2026-01-31T16:00:00Z", "退款很快，refund", type="price")
    store_story("2025-12-01T00:00:00Z", "以前的，没有refund类型")
    assert looked(browser, "words=refund")[0] == [
        "退款很快，refund",
        "Washing machine: REFUND in time",
        "以前的，没有refund类型",
    ]
    assert looked(browser, "words=time+Machine")[0] == ["Washing machine: REFUND in time"]
    assert looked(browser, "type=price")[0] == looked(browser, "month=2026-02")[0] == ["退款很快，refund"]
    assert looked(browser, "month=2025-12&words=%E7%B1%BB%E5%9E%8B")[0] == ["以前的，没有refund类型"]
    nothing = browser.get("/stories?type=privacy&words=%22%3E%3Cb%3E")
    assert pages.say(browser.headers["accept-language"], "stories.none_found") in text(nothing)
    assert '"><b>' not in nothing.body.decode()


def test_a_search_reads_two_hundred_stories_and_says_where_it_goes_on(
    chinese: Browser, scenario: Scenario
) -> None:
    """The search gives a cursor also if none of the stories fits."""
    for n in range(205):
        store_story(f"2026-01-01T00:{n // 60:02}:{n % 60:02}Z", "最早的" if n == 0 else "别的")
    items, after = looked(chinese, "words=%E6%9C%80%E6%97%A9")
    assert items == []
    assert after == "2026-01-01T00:00:05Z"
    assert "可以接着查找更早的" in text(chinese.get("/stories?words=%E6%9C%80%E6%97%A9"))
    assert looked(chinese, f"words=%E6%9C%80%E6%97%A9&cursor={after}") == (["最早的"], None)


def test_invalid_story_query_is_refused(browser: Browser, scenario: Scenario) -> None:
    """An invalid query returns 422 in the reader's language and shows no stories."""
    store_story("2026-01-01T00:00:00Z", "一篇")
    cursor = "cursor=2026-01-01T00:00:00Z%23260213"
    for query in ("type=13800138000", "month=2026-13", cursor, "words=" + "x" * 101):
        page, answer = browser.get(f"/stories?{query}"), browser.get(f"/v1/stories?{query}")
        assert page.status_code == answer.status_code == 422, query
        assert "一篇" not in text(page), query
        assert json.loads(answer.body)["errors"][0]["message"] in text(page)


def test_a_release_that_loses_a_race_publishes_nothing(scenario: Scenario) -> None:
    """The row of a story is written in the same transaction as its entry."""
    ref = consented(scenario)
    before = scenario.product.file.load(ref)
    change = scenario.product.casework._take(
        "release_story",
        before,
        ZHOU,
        request_models.arguments("release_story", '{"story": "S1"}', scenario.time),
    )
    scenario.move(scenario.by_link(ref), "withdraw_story", ref)
    with pytest.raises(WriteConflict):
        scenario.product.file.save(change)
    assert scenario.product.file.stories(20) == []


def test_a_partner_reads_neither_answer_nor_story(scenario: Scenario) -> None:
    """A consumer's own words are hidden from the system that filed the complaint."""
    ref = answered(scenario)
    scenario.move(scenario.by_link(ref), "consent_story", ref, text=TEXT, agrees=True)
    view = View(
        scenario.product.file.whole(ref),
        scenario.time,
        Caller("shop-crm", Role.PARTNER, ref=ref, party="p1"),
        "zh",
        scenario.product,
    )
    lines = map(view.dossier.line, range(1, view.case.entries + 1))
    moves = [line["move"] for line in lines if view.sees(line["n"], line["move"], line, line["facts"])]
    assert not {"answer_survey", "consent_story"} & {*moves}
    assert "answer" in moves
