"""The link to a question, with which a person of a department answers without an account."""

from __future__ import annotations

import json
import logging
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.access.rate_limits import CEILINGS
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.moves.investigation import answer_department
from chalicelib.domain.reference import shown
from tests.life.contested import MA
from tests.scenario import DAY, SUN, WANG, ZHAO, Scenario
from tests.web.browser import unmarked
from tests.web.desk import FORM, visible
from tests.web.mediated import registered

LINK = re.compile(r"https?://\S+?(/question/(\d+)/([\w-]+))")
QUESTION = "这台机器修过几次？"


def question_asked(scenario: Scenario, question: str = QUESTION, case: Case | None = None) -> Case:
    """Return a case that Zhao investigates, with a question to the repair department."""
    if case is None:
        case = scenario.submit(account={"story": "洗衣机坏了，梧桐路八号"})
        scenario.move(WANG, "accept", case.ref)
        scenario.move(SUN, "assign", case.ref, to="zhao")
    return scenario.move(
        ZHAO, "ask_department", case.ref, department="repair", question=question, papers="维修单"
    )


def mails(scenario: Scenario, to: str = "he") -> list[str]:
    """Return the texts of the letters that somebody got with a link to a question."""
    scenario.post()
    return [
        mail["text"] for mail in scenario.sent() if mail["to"].startswith(to) and LINK.search(mail["text"])
    ]


def path(scenario: Scenario, case: Case, who: str = "he", question: str = "Q1") -> str:
    """Return the path of somebody's link."""
    return scenario.product.links.question_path(case.ref, question, who)


class Reader:
    """A browser that opened a link."""

    def __init__(self, client: Any, path: str, language: str = "en") -> None:
        self.http, self.language = client.http, f"__Host-lang={language}"
        got = self.http.get(path, headers={"Cookie": self.language})
        self.status, self.opened = got.status_code, got.body.decode()
        cookies = got.headers.get("Set-Cookie", [])
        self.cookie = "; ".join([self.language, *(one.partition(";")[0] for one in cookies)])
        self.set, self.to = cookies, got.headers.get("Location")

    def get(self, path: str = "/question", status: int = 200) -> str:
        """Return a page as text."""
        got = self.http.get(path, headers={"Cookie": self.cookie})
        assert got.status_code == status, got.body.decode()
        return unescape(unmarked(got.body.decode()))

    def post(self, status: int = 303, **fields: str) -> str:
        """Post the form of the answer; return the page, or the place it leads to."""
        headers = {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin", **FORM}
        got = self.http.post("/question", headers=headers, body=urlencode(fields).encode())
        assert got.status_code == status, got.body.decode()
        return str(got.headers["Location"]) if status == 303 else unescape(unmarked(got.body.decode()))


def answers(scenario: Scenario, case: Case) -> list[tuple[str, str]]:
    """Return who answered, and for which question."""
    lines = [json.loads(entry.line) for entry in scenario.product.file.whole(case.ref).entries]
    taken = answer_department.__name__
    return [(line["who"], line["facts"]["question"]) for line in lines if line["move"] == taken]


def test_the_letter_of_the_question_carries_a_link_for_its_reader(client: Any, scenario: Scenario) -> None:
    """The link opens a page without the token in its address, and the stored letter has no token."""
    case = question_asked(scenario)
    (text,) = mails(scenario)
    found = LINK.search(text)
    assert found
    assert found[1] == path(scenario, case)
    assert "不用登录" in text
    reader = Reader(client, found[1])
    assert (reader.status, reader.to) == (303, "/question")
    assert all("HttpOnly" in one and "Secure" in one and "SameSite=Lax" in one for one in reader.set)
    kept = [letter["sent"] for letter in scenario.product.file.whole(case.ref).letters]
    assert found[3] not in str(kept)
    told = "".join(sent["text"] for sent in kept if sent and QUESTION in sent["text"])
    assert "在这个网页上查看问题并答复：…\n- 链接只供您本人使用" in told
    assert "“部门答复”中答复\n- 不清楚、没有的，也请写明\n- 不办理" in told


def test_the_page_shows_the_question_and_nothing_else(client: Any, scenario: Scenario) -> None:
    """The page has the question, the papers, the last day and the result of silence, and nothing else of the
    case."""
    case = question_asked(scenario)
    scenario.move(ZHAO, "message", case.ref, text="正在调查")
    page = visible(Reader(client, path(scenario, case)).get())
    for said in (QUESTION, "维修单", "Please answer by", shown(case.ref), "Repairs", "If nothing is done"):
        assert said in page, said
    for hidden in ("王芳", "13800138000", "梧桐路", "正在调查", "Zhao", "Quality", "investigation"):
        assert hidden not in page, hidden
    assert "请您的部门答复" in Reader(client, path(scenario, case), "zh").get()


def test_the_answer_is_recorded_under_the_name_of_its_writer(client: Any, scenario: Scenario) -> None:
    """An empty answer comes back with the error. After the answer, the same link opens a page without a
    form."""
    case = question_asked(scenario)
    reader = Reader(client, path(scenario, case, "shi"))
    assert "Error: A question" in reader.post(422, key="k", answer="")
    assert reader.post(key="k", answer="修过两次。") == "/question"
    assert reader.post(key="k", answer="修过两次。") == "/question"
    assert answers(scenario, case) == [("shi", "Q1")]
    assert "There is nothing more to do" in reader.get()
    assert QUESTION not in reader.get()
    assert "您不用再办理" in Reader(client, path(scenario, case), "zh").get()
    reads, _ = scenario.product.reads.of_reader("shi", "", 10)
    assert [(read["number"], read["as"], read["thing"]) for read in reads] == [
        (case.ref, "department", "case")
    ]


def test_typed_words_are_kept_if_somebody_else_was_first(client: Any, scenario: Scenario) -> None:
    """The page shows the words for copying, and does not record them. The same goes for a person who left the
    department."""
    case = question_asked(scenario)
    he, shi = (Reader(client, path(scenario, case, who)) for who in ("he", "shi"))
    he.post(key="a", answer="修过两次。")
    assert "修过三次。" in shi.post(409, key="b", answer="修过三次。")
    left(scenario, "he")
    assert "修过四次。" in he.post(404, key="c", answer="修过四次。")
    assert answers(scenario, case) == [("he", "Q1")]


def test_a_too_long_answer_comes_back_whole(client: Any, scenario: Scenario) -> None:
    """The desk refuses it too, with the same words."""
    long = "a" * 60_000
    page = Reader(client, path(scenario, question_asked(scenario))).post(422, key="k", answer=long)
    assert long in page


def left(scenario: Scenario, who: str) -> None:
    """Take somebody off the roster of the repair department."""
    known = scenario.product.file.roster()
    repair = known.teams["repair"]
    duty = {role: tuple(one for one in people if one.id != who) for role, people in repair.duty.items()}
    scenario.product.file.keep_roster(
        replace(known, teams={**known.teams, "repair": replace(repair, duty=duty)})
    )


def test_dead_links_get_the_same_page(client: Any, scenario: Scenario) -> None:
    """The page does not say whether the case exists, in both languages."""
    case, other = question_asked(scenario), question_asked(scenario)
    own, token = path(scenario, case), path(scenario, case).rpartition("/")[2]
    nobody = replace(case, ref="100000000009")
    left(scenario, "shi")
    wrong = [
        f"{own}x",
        f"/question/{other.ref}/{token}",
        own.replace("Q1", "Q2"),
        path(scenario, case, question="Q9"),
        path(scenario, nobody),
        "/question/nothing/x",
        path(scenario, case, "shi"),
        path(scenario, case, "zhao"),
        scenario.product.links.path(case.ref, "p1", 1).replace("/case/", "/question/"),
    ]
    for language, said in (("en", "This link no longer works"), ("zh", "这个链接已经不能使用")):
        pages = {
            (reader.status, reader.opened) for one in wrong for reader in [Reader(client, one, language)]
        }
        assert [(status, said in page) for status, page in pages] == [(404, True)]
    assert Reader(client, own).status == 303


def test_a_link_dies_under_an_open_page(client: Any, scenario: Scenario) -> None:
    """The roster of today decides at each request."""
    case = question_asked(scenario)
    reader = Reader(client, path(scenario, case))
    left(scenario, "he")
    reader.get(status=404)
    assert answers(scenario, case) == []


def test_a_link_answers_its_own_question_only(client: Any, scenario: Scenario) -> None:
    """A second question to the same department is neither shown nor answered."""
    case = question_asked(scenario, "谁修的？", question_asked(scenario))
    reader = Reader(client, path(scenario, case))
    assert "谁修的？" not in reader.get()
    reader.post(key="k", answer="修过两次。", question="Q2")
    assert answers(scenario, case) == [("he", "Q1")]
    assert "谁修的？" in Reader(client, path(scenario, case, question="Q2")).get()


def test_a_person_with_another_part_in_the_case_answers_nothing(client: Any, scenario: Scenario) -> None:
    """A person who speaks for the company in the talks cannot answer. Their colleague can."""
    registered(scenario)
    case = question_asked(scenario)
    he, shi = (Reader(client, path(scenario, case, who)) for who in ("he", "shi"))
    scenario.move(scenario.by_link(case.ref), "raise_dispute", case.ref, nature="remedy", about="只肯修。")
    scenario.move(SUN, "assign_negotiator", case.ref, to="ma", severity="S4")
    person = {"name": "店长", "email": "he@house.example"}
    scenario.move(MA, "name_business_representative", case.ref, person=person)
    assert "no longer needs your answer" in he.get()
    he.post(409, key="k", answer="修过两次。")
    assert QUESTION in shi.get()
    scenario.move(SUN, "close_in_court", case.ref, body="court", number="民初1号")
    assert "no longer needs your answer" in shi.get()


def test_reminders_to_the_department_carry_the_link(client: Any, scenario: Scenario) -> None:
    """Letters to a department show nothing else of the case. Letters to the handler are as before."""
    case = question_asked(scenario)
    scenario.live(20 * DAY, case.ref)
    texts = mails(scenario)
    assert len(texts) >= 3
    assert [hidden for text in texts for hidden in ("王芳", "Zhao", "洗衣机") if hidden in text] == []
    assert [one for text in texts for one in LINK.findall(text) if one[0] != path(scenario, case)] == []
    assert mails(scenario, "zhao") == []
    assert mails(scenario, "shi")


def test_wrong_links_are_limited_by_network_and_right_ones_are_not(client: Any, scenario: Scenario) -> None:
    """A program that tries tokens locks out nobody else, and no valid link of the same network."""
    case = question_asked(scenario)
    most = CEILINGS["question"]["network",].most
    statuses = [Reader(client, f"{path(scenario, case)}x").status for _ in range(most + 1)]
    assert statuses == [404] * most + [429]
    assert Reader(client, path(scenario, case)).status == 303


def test_no_token_is_logged(client: Any, scenario: Scenario, caplog: pytest.LogCaptureFixture) -> None:
    """No log line, and no address that the browser passes on, has the token."""
    case = question_asked(scenario)
    caplog.set_level(logging.DEBUG)
    token = path(scenario, case).rpartition("/")[2]
    reader = Reader(client, path(scenario, case))
    reader.get()
    reader.post(key="k", answer="修过两次。")
    logged = "".join(str(record.__dict__) for record in caplog.records if record.name == "redress")
    assert "question" in logged
    assert token not in logged
    assert token not in reader.get()
