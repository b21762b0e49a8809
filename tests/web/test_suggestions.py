"""Tests of the suggestion box: the form on /process and the list on the desk."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.aws import rows, suggestion_rows
from chalicelib.aws.rows import Row
from chalicelib.domain.model.codes import Topic
from chalicelib.web import pages
from tests.scenario import DAY, Scenario
from tests.web.browser import Browser, text, value
from tests.web.desk import Desk, visible


def boxed() -> list[Row]:
    """Return the rows of the suggestion box."""
    return [row for row in Row.scan() if row.pk.startswith(rows.suggestions(""))]


def test_suggestion_is_kept_once_and_anonymously(browser: Browser, scenario: Scenario) -> None:
    """The row has text, topic and an expiry after two years, and nothing about the author."""
    said = {"text": " 信里的\u0007\u200e<b>日期</b>看不懂\r\n", "topic": "letters"}
    for _ in range(2):
        thanked = browser.post("/suggestions", said)
    assert pages.say(browser.headers["accept-language"], "suggestions.thanks") in text(thanked)
    [row] = boxed()
    assert row.body == '{"text":"信里的\u200e<b>日期</b>看不懂","topic":"letters"}'
    assert row.ttl == int((scenario.time + suggestion_rows.KEPT).timestamp())
    kept = {name for name, set_ in row.attribute_values.items() if set_ is not None}
    assert kept == {"pk", "sk", "v", "body", "ttl"}


def test_invalid_suggestion_returns_with_its_text(browser: Browser, scenario: Scenario) -> None:
    """Empty and long texts, unknown topics and forms from other sites are refused. A GET of that address
    shows the form, without thanks.
    """
    long = "长" * 2_001
    for wrong in ({"text": " "}, {"text": long}, {"text": "好", "topic": "x"}):
        page = browser.post("/suggestions", wrong)
        assert page.status_code == 422
        assert "govuk-error-summary" in page.body.decode()
        assert value(page, "text") == wrong["text"]
    assert browser.post("/suggestions", {"text": "好"}, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not boxed()
    looked = browser.get("/suggestions")
    assert 'action="/suggestions"' in looked.body.decode()
    assert pages.say(browser.headers["accept-language"], "suggestions.thanks") not in text(looked)


def test_the_desk_reads_the_newest_first_page_by_page_and_says_what_follows(
    client: Any, scenario: Scenario
) -> None:
    """An auditor can only read. Staff who may open improvement actions get a link to that form. Another
    officer can change the recorded follow-up.
    """
    assert all(pages.say(one, f"suggestions.topics.{topic}") for one in ("zh", "en") for topic in Topic)
    for n in range(27):
        scenario.product.suggestions.keep(f"第{n}条", None, f"k{n}")
        scenario.time += 3 * DAY
    sun = Desk(client, scenario, "sun", "zh")
    first = sun.get("/desk/suggestions")
    found = [int(n) for n in re.findall(r"第(\d+)条", visible(first))]
    assert found == [*range(26, 1, -1)]
    second = sun.get(re.findall(r'href="(/desk/suggestions\?after=[^"]+)"', first)[0])
    assert [int(n) for n in re.findall(r"第(\d+)条", visible(second))] == [1, 0]
    id = re.findall(r'name="id" value="([^"]+)"', first)[0]
    sun.post("/desk/suggestions", {"id": id, "follows": "action"})
    page = sun.get("/desk/suggestions")
    assert "Sun看过：需要改进" in visible(page)
    assert 'href="/desk/open-action"' in page
    zhou = Desk(client, scenario, "zhou", "zh")
    own = zhou.get("/desk/suggestions").partition(id)[2].partition("</form>")[0]
    assert re.findall(r'name="follows" value="(\w+)"', own) == ["noted", "not_ours"]
    zhou.post("/desk/suggestions", {"id": id, "follows": "not_ours"})
    assert "Zhou看过：与我们无关" in visible(sun.get("/desk/suggestions"))
    auditor = Desk(client, scenario, "auditor", "zh")
    assert 'name="follows"' not in auditor.get("/desk/suggestions")
    auditor.post("/desk/suggestions", {"id": id, "follows": "noted"}, 403)
    sun.post("/desk/suggestions", {"id": id, "follows": "x"}, 404)
    sun.post("/desk/suggestions", {"id": "x", "follows": "noted"}, 404)
    sun.get("/desk/suggestions?after=x", 422)
