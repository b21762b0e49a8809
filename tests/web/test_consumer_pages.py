"""The consumer's pages: complete without script, in both languages. They keep typed text and hide internal
matters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from jinja2 import UndefinedError

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import ANY, Dismissal, Excuse, Measure, Role
from chalicelib.locale.formats import label, texts
from chalicelib.web import pages
from chalicelib.web.forms.form_context import Option
from chalicelib.web.pages.consumer import history
from chalicelib.web.pages.consumer.own_view import View
from tests.domain.life import Life, contested, performing
from tests.domain.promises import approved, breached
from tests.scenario import DAY, HOUR, SUN, WANG, Scenario
from tests.view.read import party
from tests.web.browser import Browser, hidden, link, rows, text, value
from tests.web.own import own


@pytest.fixture
def chinese(client: Any) -> Browser:
    """Return a browser whose user prefers Chinese."""
    return Browser(client, "zh-CN,zh;q=0.9,en;q=0.8")


def test_the_start_page_tells_what_happens_and_that_other_ways_are_open(browser: Browser) -> None:
    """The start page links to the form, gives the time of the decision, and names the outside routes."""
    answer = browser.get("/")
    assert answer.status_code == 200
    assert 'href="/complain"' in answer.body.decode()
    assert "24" in text(answer)
    assert "12315" in text(answer)
    assert "<script" not in answer.body.decode()


def test_a_page_may_not_be_kept_framed_or_scripted(chinese: Browser) -> None:
    """The headers of every page forbid caching, framing and scripts. Other sites learn neither the address
    nor the content."""
    headers = chinese.get("/").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    policy = headers["Content-Security-Policy"]
    assert all(part in policy for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"))
    assert "script-src" not in policy
    assert "<script" not in chinese.get("/").body.decode()


def test_the_language_is_chosen_per_person_and_kept(chinese: Browser) -> None:
    """A cookie of this host alone stores the language of `?lang=`. The parameter leaves the address, and the
    cookie overrides the browser's preference."""
    answer = chinese.get("/complain?lang=en", follow=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/complain")
    kept = "__Host-lang=en; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000"
    assert answer.headers["Set-Cookie"] == [kept]
    page = chinese.get("/complain")
    assert '<html lang="en"' in page.body.decode()
    assert "Make a complaint" in text(page)


def test_expired_deadline_is_worded_by_its_owner(browser: Browser, scenario: Scenario) -> None:
    """An expired deadline of ours is a promise not kept; an expired deadline of the party is closed. Neither
    shows how late it is."""
    late, asked = scenario.submit().ref, scenario.submit().ref
    scenario.move(WANG, "ask_information", asked, items=["photos"], why="看不清。")
    english = browser.headers["accept-language"] == "en"
    said = {
        late: "the promised time has passed" if english else "已超过承诺时间",
        asked: "closed" if english else "已截止",
    }
    scenario.later(20 * DAY)
    for ref, words in said.items():
        page = text(browser.get(link(scenario, ref))) + text(browser.get("/case/deadlines"))
        assert words in page
        assert not re.search(r"已逾期|\d (d|h|min) late", page)


def test_an_address_fills_in_no_form(chinese: Browser, scenario: Scenario) -> None:
    """Only fields in the body of a form count, not fields in its address."""
    ref = scenario.submit().ref
    chinese.get(link(scenario, ref))
    assert chinese.post("/case/moves/message?text=x", {"key": "k", "seen": "1"}).status_code == 422
    assert scenario.moves(ref) == ["submit"]


def test_an_access_link_is_never_used_up_and_does_not_stay_in_the_address(
    chinese: Browser, scenario: Scenario
) -> None:
    """The link sets the cookie and redirects to the case each time it is opened, also by mail scanners."""
    ref = scenario.submit().ref
    for ask in (
        chinese.head,
        lambda path: chinese.get(path, follow=False),
        lambda path: chinese.get(path, follow=False),
    ):
        answer = ask(link(scenario, ref))
        assert (answer.status_code, answer.headers["Location"]) == (303, "/case")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    cookie = answer.headers["Set-Cookie"][0]
    assert all(part in cookie for part in ("__Host-case=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert chinese.get("/case").status_code == 200


def test_a_wrong_token_and_an_unknown_number_look_alike(chinese: Browser, scenario: Scenario) -> None:
    """A wrong token and an unknown number get the same answer, so that nobody learns which complaints
    exist."""
    ref = scenario.submit().ref
    token = link(scenario, ref).rpartition("/")[2]
    wrong = chinese.get(f"/case/{ref}/{token[:-1]}{'y' if token.endswith('x') else 'x'}")
    unknown = chinese.get("/case/482109365174/p1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa")
    said = [re.sub(r"<strong>[0-9a-f]{8}</strong>", "", answer.body.decode()) for answer in (wrong, unknown)]
    assert wrong.status_code == 404
    assert said[0] == said[1]


def test_case_page_without_a_link_asks_for_one(chinese: Browser) -> None:
    """Without a link, nothing of a case is shown. Text typed before the cookie expired is returned."""
    assert chinese.get("/case").status_code == 401
    assert chinese.get("/case/moves/withdraw").status_code == 401
    answer = chinese.post("/case/moves/withdraw", {"key": "k-1", "reason": "不想等了 <b>"})
    assert answer.status_code == 401
    assert "不想等了 &lt;b&gt;" in answer.body.decode()
    assert "k-1" not in answer.body.decode()


def test_the_case_can_be_left_on_a_shared_phone(chinese: Browser, scenario: Scenario) -> None:
    """The page has a button that ends the cookie."""
    chinese.get(link(scenario, scenario.submit().ref))
    assert 'action="/case/leave"' in chinese.get("/case").body.decode()
    answer = chinese.post("/case/leave", {}, follow=False)
    assert "Max-Age=0" in answer.headers["Set-Cookie"][0]
    assert chinese.get("/case").status_code == 401


def test_the_case_page_tells_who_acts_until_when_and_what_silence_means(
    browser: Browser, scenario: Scenario
) -> None:
    """The page gives the team's phone number, the next deadline and the meaning of silence. The letters have
    a page of their own."""
    ref = scenario.submit().ref
    scenario.post()
    page = text(browser.get(link(scenario, ref)))
    language = browser.headers["accept-language"]
    assert "400-800-1234" in page
    assert pages.say(language, "consumer.runs.acknowledgement.silence") in page
    assert "13" in page
    # the letter is in the person's own language
    assert "投诉登记回执（编号" in text(browser.get("/case/letters"))


def test_a_request_for_information_shows_what_silence_would_do(browser: Browser, scenario: Scenario) -> None:
    """Silence closes a case asked at the stage `received`, unless the person needs help. The page shows the
    items and the reason."""
    language = browser.headers["accept-language"]
    for help_needed, silence in (([], "received"), (["elderly"], "shielded")):
        consents = {"truthful": True, "data_use": True, "sensitive": True}
        ref = scenario.submit(
            person={"name": "王芳", "email": "wang@mail.example", "help": help_needed}, consents=consents
        ).ref
        scenario.move(WANG, "ask_information", ref, items=["photos"], why="看损坏情况。")
        assert pages.say(language, f"consumer.runs.information.{silence}") in text(
            browser.get(link(scenario, ref))
        )
        assert "看损坏情况。" in text(browser.get("/case"))
        assert "看损坏情况。" in text(browser.get("/case/moves/give_information"))


def test_case_page_hides_internal_steps(chinese: Browser, scenario: Scenario) -> None:
    """A decline that waits for approval is hidden until it takes effect. An escalation of our missed deadline
    names the role it was reported to."""
    ref = scenario.submit().ref
    scenario.later(25 * HOUR)
    scenario.minute()
    scenario.move(WANG, "take", ref)
    scenario.move(
        WANG,
        "decline",
        ref,
        grounds={"1": "not_for_living", "2": "not_for_living"},
        reasons={"1": "已于上月答复。", "2": "同上。"},
        routes=["samr_12315"],
    )
    page = text(chinese.get(link(scenario, ref))) + text(chinese.get("/case/history"))
    assert "已上报组长" in page
    assert "已于上月答复" not in page
    assert "认领" not in page
    scenario.move(SUN, "approve", ref, approval=scenario.product.file.load(ref).approvals[0].id)
    for page in (text(chinese.get("/case")), text(chinese.get("/case/history"))):
        assert "已于上月答复" in page
        assert "审批" not in page
        assert "批准" not in page


def test_every_entry_and_letter_a_life_leaves_can_be_shown(browser: Browser, scenario: Scenario) -> None:
    """The history has words for every entry, from submission to reopening."""
    ref = scenario.submit().ref
    party = scenario.party(scenario.product.file.load(ref))
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看损坏情况。")
    browser.get(link(scenario, ref))
    scenario.move(party, "extend_information", ref, reason="出差")
    scenario.move(party, "give_information", ref, answer="照片见附件。")
    scenario.move(
        SUN,
        "accept",
        ref,
        declined={"2": "not_our_business"},
        reasons={"2": "不是我们卖的。"},
        instead={"2": "某某电器，400-000-0000"},
    )
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(party, "message", ref, text="何时答复？")
    scenario.move(SUN, "message", ref, text="本周五之前。")
    scenario.move(SUN, "note_outside_proceeding", ref, body="samr_12315", number="3301-77")
    assert browser.get("/case/history").status_code == 200
    scenario.move(party, "withdraw", ref)
    scenario.later(DAY)
    scenario.move(party, "reopen", ref, cause="new_facts", facts="又坏了一次。")
    scenario.post()
    page = text(browser.get("/case/history"))
    assert browser.get("/case/letters").status_code == 200
    assert all(
        words in page
        for words in ("照片见附件。", "不是我们卖的。", "Zhao", "何时答复？", "本周五之前。", "又坏了一次。")
    )
    language = browser.headers["accept-language"]
    assert label(language, "samr_12315", "route") in page
    assert own(browser, "case.asked", items=label(language, "photos", "missing_item")) in page


def excused() -> Life:
    """Return a performance that an officer excused: the company is not at fault."""
    return approved(performing(), "excuse", obligation="O1", ground=Excuse.FORCE_MAJEURE, reason="台风停运。")


def dismissed() -> Life:
    """Return a request for reconsideration that was not admitted."""
    life = contested()
    life.take("dismiss_request", "zhou", ground=Dismissal.NOT_ENTITLED, reason="不是当事人。")
    return life


def measured() -> Life:
    """Return a breach that interest follows."""
    life = breached()
    life.take("take_measure", "feng", obligation="O1", measure=Measure.INTEREST, basis="逾期利息。")
    return life


@pytest.mark.parametrize(
    ("build", "code", "section"),
    [
        (excused, Excuse.FORCE_MAJEURE, "excuse_ground"),
        (dismissed, Dismissal.NOT_ENTITLED, "dismissal"),
        (measured, Measure.INTEREST, "measure"),
    ],
)
def test_the_history_tells_the_code_on_which_something_was_decided(
    scenario: Scenario, build: Callable[[], Life], code: str, section: str
) -> None:
    """The history names the ground of an excuse, the ground of a dismissal, and the measure after a
    breach."""
    reader = party(build())
    view = View(reader.dossier, reader.now, reader.caller, "zh", scenario.product)
    lines, _ = history.timeline(view)
    assert label("zh", code, section) in [sentence for sentence, _ in lines[0].said]


def moves_of_a_consumer() -> list[str]:
    """Return every move that a consumer may take on a case."""
    return [name for name, move in MOVES.items() if move.by & Role.CONSUMER and move.at]


@pytest.mark.parametrize("move", moves_of_a_consumer())
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_move_of_a_consumer_says_what_it_means(move: str, language: str) -> None:
    """Every move has a sentence and a button label, and its entry is visible to consumers."""
    assert pages.say(language, f"consumer.move.{move}.says")
    assert pages.say(language, f"consumer.move.{move}.button")
    assert MOVES[move].shows
    assert MOVES[move].at <= ANY


def ask(scenario: Scenario) -> tuple[str, str, dict[str, str]]:
    """Ask for missing information; return the case, the move that answers, and its form input."""
    ref = scenario.submit().ref
    scenario.move(WANG, "ask_information", ref, items=["photos"], why="看损坏情况。")
    return ref, "give_information", {"answer": "照片见附件。"}


def contest(scenario: Scenario) -> tuple[str, str, dict[str, str]]:
    """Decline a case; return it with the move that contests the decline, and its form input."""
    ref = scenario.submit().ref
    scenario.move(
        WANG,
        "decline",
        ref,
        grounds={"1": "not_our_business", "2": "not_our_business"},
        reasons={"1": "不是我们卖的。", "2": "同上。"},
        instead={"1": "某某电器", "2": "某某电器"},
        routes=["samr_12315"],
    )
    return ref, "reopen", {"cause": "new_facts", "facts": "有发票为证。"}


Situation = Callable[[Scenario], tuple[str, str, dict[str, str]]]


@pytest.mark.parametrize(
    "situation",
    [
        ask,
        contest,
        lambda scenario: (scenario.submit().ref, "message", {"text": "有发票"}),
        lambda scenario: (scenario.submit().ref, "withdraw", {}),
        lambda scenario: (ask(scenario)[0], "extend_information", {}),
    ],
    ids=["answer", "contest", "message", "withdraw", "extend"],
)
def test_form_of_an_offered_move_takes_it_once(
    browser: Browser, scenario: Scenario, situation: Situation
) -> None:
    """The case page offers the move and its form takes it. A second click changes nothing, and the page
    confirms the move."""
    ref, move, said = situation(scenario)
    assert f"/case/moves/{move}" in browser.get(link(scenario, ref)).body.decode()
    form = {**hidden(browser.get(f"/case/moves/{move}")), **said}
    done = browser.post(f"/case/moves/{move}", form)
    assert done.status_code == 200
    assert 'role="status"' in done.body.decode()
    before = scenario.moves(ref)
    assert before[-1] == move
    assert browser.post(f"/case/moves/{move}", form).status_code == 200
    assert scenario.moves(ref) == before


def test_outdated_form_returns_with_the_news_and_the_text(browser: Browser, scenario: Scenario) -> None:
    """A form older than the case comes back with the news and the typed text. Sent again, it is accepted."""
    ref = scenario.submit().ref
    browser.get(link(scenario, ref))
    form = {**hidden(browser.get("/case/moves/withdraw")), "reason": "不想投诉了"}
    scenario.move(SUN, "accept", ref)
    page = browser.post("/case/moves/withdraw", form)
    assert page.status_code == 409
    assert pages.say(browser.headers["accept-language"], "consumer.move.changed") in text(page)
    assert value(page, "reason") == "不想投诉了"
    assert browser.post("/case/moves/withdraw", {**hidden(page), "reason": "不想投诉了"}).status_code == 200
    assert scenario.moves(ref)[-1] == "withdraw"


def test_internal_entry_does_not_return_a_form(chinese: Browser, scenario: Scenario) -> None:
    """An entry that the consumer cannot see is no reason to ask them again."""
    ref = scenario.submit().ref
    chinese.get(link(scenario, ref))
    form = {**hidden(chinese.get("/case/moves/message")), "text": "有发票"}
    scenario.move(WANG, "take", ref)
    assert chinese.post("/case/moves/message", form).status_code == 200
    assert scenario.moves(ref) == ["submit", "take", "message"]


def test_another_message_from_another_window_is_not_taken_for_a_double_click(
    chinese: Browser, scenario: Scenario
) -> None:
    """The second of two forms opened together shows the first message before it is sent. Both messages are
    recorded."""
    ref = scenario.submit().ref
    chinese.get(link(scenario, ref))
    first, second = (hidden(chinese.get("/case/moves/message")) for _ in range(2))
    chinese.post("/case/moves/message", {**first, "text": "一"})
    page = chinese.post("/case/moves/message", {**second, "text": "二"})
    assert page.status_code == 409
    chinese.post("/case/moves/message", {**hidden(page), "text": "二"})
    assert scenario.moves(ref) == ["submit", "message", "message"]


def test_a_form_sent_again_with_other_words_is_a_new_one(chinese: Browser, scenario: Scenario) -> None:
    """A form sent again with other text shows the first text. Sent once more, it adds a new message."""
    ref = scenario.submit().ref
    chinese.get(link(scenario, ref))
    form = hidden(chinese.get("/case/moves/message"))
    chinese.post("/case/moves/message", {**form, "text": "一"})
    page = chinese.post("/case/moves/message", {**form, "text": "二"})
    assert (page.status_code, value(page, "text")) == (409, "二")
    assert chinese.post("/case/moves/message", {**hidden(page), "text": "二"}).status_code == 200
    assert scenario.moves(ref) == ["submit", "message", "message"]


def test_a_move_that_is_not_allowed_now_is_refused_with_what_was_typed(
    browser: Browser, scenario: Scenario
) -> None:
    """A move that is not allowed now is refused above its form, which keeps the typed text. Moves of other
    roles return 404."""
    browser.get(link(scenario, scenario.submit().ref))
    page = browser.post("/case/moves/give_information", {"answer": "照片"})
    assert (page.status_code, value(page, "answer")) == (409, "照片")
    assert browser.get("/case/moves/reopen", follow=False).status_code == 303
    for move in ("accept", "submit", "lapse_decline", "nonsense"):
        assert browser.get(f"/case/moves/{move}").status_code == 404
        assert browser.post(f"/case/moves/{move}", {}).status_code == 404


def test_an_empty_answer_is_an_error_at_its_field(chinese: Browser, scenario: Scenario) -> None:
    """A blank answer is an error at its field."""
    ref, move, _ = ask(scenario)
    chinese.get(link(scenario, ref))
    page = chinese.post(f"/case/moves/{move}", {"answer": " \n "})
    assert page.status_code == 422
    assert '<a href="#answer"' in page.body.decode()


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}]
)
def test_a_form_on_somebody_elses_page_does_nothing(
    chinese: Browser, scenario: Scenario, headers: dict[str, str]
) -> None:
    """A form on another site's page is refused by the headers that the browser sends."""
    ref = scenario.submit().ref
    chinese.get(link(scenario, ref))
    assert chinese.post("/case/moves/withdraw", {}, **headers).status_code == 403
    assert scenario.moves(ref) == ["submit"]


def test_unreadable_posts_get_a_page_in_the_callers_language(browser: Browser, scenario: Scenario) -> None:
    """A form that is too large, has too many fields or is of another type writes nothing and gets a page that
    says so."""
    before = rows(scenario)
    assert browser.post("/complain/story", {"account.story": "x" * 800_000}).status_code == 413
    assert browser.post("/complain/story", {str(n): "" for n in range(5000)}).status_code == 413
    other = browser.client.http.post(
        "/complain/story", headers={**browser.headers, "content-type": "application/json"}, body=b"{}"
    )
    assert other.status_code == 415
    assert pages.say(browser.headers["accept-language"], "common.problem.415") in text(other)
    assert (
        browser.post("/complain/you", {"person.name": "\ud800".encode("utf-8", "surrogatepass")}).status_code
        == 200
    )
    assert rows(scenario) == before


def test_failed_table_returns_the_form_with_its_text(
    chinese: Browser, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the table, a form comes back with its text and a page returns 503."""
    ref = scenario.submit().ref
    chinese.get(link(scenario, ref))
    from chalicelib.aws.rows import Row, Secret

    for table in (Row, Secret):
        monkeypatch.setattr(table.Meta, "table_name", "nowhere")
        monkeypatch.setattr(table, "_connection", None)
    page = chinese.post("/complain/story", {"account.story": "洗衣机漏水"})
    assert (page.status_code, value(page, "account.story")) == (503, "洗衣机漏水")
    assert chinese.get("/case").status_code == 503


def test_style_sheets_may_be_kept_under_their_hashed_names_only(chinese: Browser) -> None:
    """A page names style sheets with their hash. No other file is served."""
    names = re.findall(r'href="(/static/[^"]+)"', chinese.get("/").body.decode())
    assert len(names) == 2
    for name in names:
        answer = chinese.get(name)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
        assert "immutable" in answer.headers["Cache-Control"]
        assert "url(/assets" not in answer.body.decode()
        assert "GDS Transport" not in answer.body.decode()
    assert chinese.get("/static/site.css").headers["Cache-Control"] == "no-cache"
    for name in ("site.000000000000.css", "pages.py", "..%2fpages.py", "nothing.css"):
        assert chinese.get(f"/static/{name}").status_code == 404


def test_the_log_holds_the_route_never_the_path(
    chinese: Browser, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log must not contain the path, which may hold an access token."""
    ref = scenario.submit().ref
    chinese.get(link(scenario, ref))
    said = capsys.readouterr().out
    assert '"route": "/case/{ref}/{token}"' in said
    assert link(scenario, ref).rpartition("/")[2] not in said


@pytest.fixture
def caught(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run an emulator that caught one letter and one short message."""
    letter = {
        "MessageId": "m",
        "To": ["wang@mail.example"],
        "Subject": "投诉登记回执",
        "BodyText": "打开您的投诉页面：http://127.0.0.1:8000/case/1/t\n<i>",
        "BodyHtml": "<p style='color: red'>您好</p>",
        "Timestamp": 1795570622.5,
        "Attachments": [{"Name": "invite.ics", "Type": "application/ics", "Content": "QkVHSU4="}],
    }

    told = {
        "messages": {"1": [letter]},
        "sms_messages": {"+8613800138000": [{"Message": "http://x.example/1"}]},
    }

    class Emulator(BaseHTTPRequestHandler):
        """A server that answers every request with the caught messages."""

        def do_GET(self) -> None:
            """Send the letters and the short messages."""
            self.send_response(200)
            self.end_headers()
            with suppress(BrokenPipeError):
                self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = HTTPServer(("127.0.0.1", 0), Emulator)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("LOCAL", "1")
    monkeypatch.setenv("MAILBOX", f"http://127.0.0.1:{server.server_port}")
    yield
    server.shutdown()


@pytest.mark.usefixtures("caught")
def test_the_mailbox_of_the_local_run_shows_letters_with_working_links(browser: Browser) -> None:
    """A letter is shown as text with its links, and as the page that a mail program shows."""
    page = browser.get("/mailbox").body.decode()
    assert 'href="http://127.0.0.1:8000/case/1/t"' in page
    assert "&lt;i&gt;" in page
    assert 'href="data:application/ics;base64,QkVHSU4=" download="invite.ics"' in page
    shown = browser.get("/mailbox/1")
    assert shown.body.decode().startswith("<p style")
    assert "style-src 'unsafe-inline'" in shown.headers["Content-Security-Policy"]
    assert browser.get("/mailbox/2").status_code == 404
    assert "wang@mail.example" in page
    assert "+8613800138000" in page
    assert 'href="http://x.example/1"' in page


def test_mailbox_page_exists_only_locally(chinese: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the local run has a mailbox page."""
    monkeypatch.delenv("LOCAL", raising=False)
    assert chinese.get("/mailbox").status_code == 404


def test_a_template_that_asks_for_what_is_not_there_fails() -> None:
    """A missing field of our own objects raises `UndefinedError`; an omitted parameter is empty."""
    template = pages._environment("en").from_string("{{ left_out }}{{ run.named_no_more }}")
    assert template.render(run={}) == ""
    with pytest.raises(UndefinedError, match="named_no_more"):
        template.render(run=Option("", ""))


def test_sent_message_is_confirmed_in_its_own_words(browser: Browser, scenario: Scenario) -> None:
    """The confirmation of a message has its own words, different from those of a registered form."""
    ref = scenario.submit().ref
    browser.get(link(scenario, ref))
    form = browser.get("/case/moves/message")
    page = text(browser.post("/case/moves/message", {**hidden(form), "text": "发票找到了。"}))
    assert own(browser, "case.received.message") in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_names_of_acts_can_stand_in_a_list(language: str) -> None:
    """The status box lists what the reader can do, so no name has a separator of a list in it."""
    declared = texts(language)["page"]["consumer"]["move"]
    named = {move: declared[move]["name"] for move in MOVES if move in declared}
    assert {move: name for move, name in named.items() if re.search("[，、,;；]", name)} == {}
