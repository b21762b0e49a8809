"""Photos and files on the complaint form: optional, and added before it is sent."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.rows import Row
from chalicelib.cases.casework import Unavailable
from chalicelib.evidence.uploads import LARGEST, PART
from chalicelib.locale import formats
from chalicelib.web import drafts
from tests.scenario import Scenario
from tests.store import PDF, Store, photograph
from tests.web.browser import Browser, hidden, text

SAID = {
    "hurt": "no",
    "account.business": "某某电器",
    "matters.0.sub_type": "quality/defect",
    "account.story": "洗衣机漏水，商家不退。",
    "asked_business": "no",
    "wishes": "refund",
    "wish_amount": "1655",
    "person.name": "王芳",
    "person.phone": "13800138000",
    "consents.truthful": "true",
    "consents.data_use": "true",
}
"""A complaint as form input."""


@pytest.fixture
def store(scenario: Scenario) -> Store:
    """Return a store that knows the test signature."""
    return Store(scenario, "signature")


def added(browser: Browser, store: Store, shows: str, content: bytes) -> str:
    """Add a file on the page, let it arrive, and return its id."""
    key = hidden(browser.get("/complain/files"))["key"]
    there = browser.post("/complain/files/add", {"key": key, "shows": shows}, follow=False)
    id = str(there.headers["Location"]).split("/")[-2]
    fields = hidden(browser.get(f"/complain/files/{id}/upload"))
    assert "/complain/files?sent=" in fields["success_action_redirect"]
    store.enclose(fields["key"].split("/")[1], id, content)
    return id


def cases(scenario: Scenario) -> list[Any]:
    """Return every stored complaint."""
    refs = [row.pk.partition("#")[2] for row in Row.scan() if row.sk == "CASE"]
    return [scenario.product.file.load(ref) for ref in refs]


def test_photos_go_with_a_complaint_without_script(
    browser: Browser, scenario: Scenario, store: Store
) -> None:
    """Typed text survives the way to the files. The check page, the confirmation and the case name them; a
    refused file is named before and left out."""
    words = formats.texts(browser.headers["accept-language"])["page"]["files"]
    browser.complain(SAID, stop="problem")
    story = {"account.story": SAID["account.story"], "files": "true"}
    assert browser.post("/complain/story", story, follow=False).headers["Location"] == "/complain/files"
    added(browser, store, "裂开的内胆", photograph())
    bad = added(browser, store, "程序", b"MZ" + bytes(99))
    browser.post("/complain/files/add", {"key": "k", "shows": "没有传到的"})
    page = browser.get(f"/complain/files?sent={bad}")
    assert words["enclosed"]["arrived"] in text(page)
    assert words["why"]["file_type_unknown"] in text(page)
    assert SAID["account.story"] in text(browser.get("/complain/story"))
    browser.complain(SAID, stop="you")
    check = text(browser.get("/complain/check"))
    assert all(said in check for said in ("裂开的内胆", "程序", words["enclosed"]["expected"]))
    done = text(browser.complain(SAID))
    assert "裂开的内胆" in done
    assert "程序" not in done
    assert words["enclosed"]["came"] in done
    [case] = cases(scenario)
    store.tell_all(case)
    assert [piece.file is not None for piece in scenario.product.file.load(case.ref).evidence] == [
        False,
        True,
    ]
    assert "裂开的内胆" in text(browser.get("/case/files"))
    assert browser.get("/complain/files").status_code == 409


def test_the_script_declares_several_files_of_a_draft(
    chinese: Browser, scenario: Scenario, store: Store
) -> None:
    """Each file gets a form of its own. A file that is too large is refused alone."""
    chinese.post("/complain/safety", {"hurt": "no"})

    def declare(n: int, size: int) -> Any:
        said = {"key": f"k-{n}", "shows": "裂缝", "name": f"{n}.jpg", "size": str(size)}
        return chinese.post("/complain/files/add", said, accept="application/json")

    answers = [declare(1, 2048), declare(2, LARGEST + 1), declare(3, 4096)]
    assert [answer.status_code for answer in answers] == [200, 422, 200]
    assert "200MB" in json.loads(answers[1].body)["wrong"]
    keys = {json.loads(answer.body)["form"]["fields"]["key"] for answer in (answers[0], answers[2])}
    assert all(re.fullmatch(r"drafts/[0-9a-f]{64}/[0-9a-f]{26}", key) for key in keys)
    assert len(keys) == 2
    assert chinese.cookies[drafts.COOKIE] not in str(keys)


def test_a_large_file_of_a_draft_goes_in_parts(chinese: Browser, scenario: Scenario, store: Store) -> None:
    """Its links lead into the folder of the draft; a file of another draft gets none."""
    chinese.post("/complain/safety", {"hurt": "no"})
    said = {"key": "k", "shows": "", "name": "film.mp4", "size": str(PART + 1)}
    told = json.loads(chinese.post("/complain/files/add", said, accept="application/json").body)
    assert told == {"id": told["id"], "parts": True}
    asked = {"size": str(PART + 1)}
    answer = chinese.post(f"/complain/files/{told['id']}/parts", asked, accept="application/json")
    links = [one["url"] for one in json.loads(answer.body)["parts"]]
    assert len(links) == 2
    assert all(re.search(rf"/drafts/[0-9a-f]{{64}}/{told['id']}\?", link) for link in links)
    unknown = f"/complain/files/{'0' * 26}/parts"
    assert chinese.post(unknown, asked, accept="application/json").status_code == 404


def test_a_file_is_removed_where_everything_is_checked_and_all_go_with_the_draft(
    chinese: Browser, scenario: Scenario, store: Store
) -> None:
    """A second click removes nothing else. A deleted draft leaves no file."""
    chinese.complain(SAID, stop="you")
    first, _ = added(chinese, store, "甲", PDF), added(chinese, store, "乙", PDF)
    for _ in range(2):
        page = chinese.post(f"/complain/files/{first}/remove", {"check": "true"})
    assert "甲" not in text(page)
    assert "乙" in text(page)
    assert "核对" in text(page)
    assert len(store.objects("drafts")) == 1
    chinese.post("/complain/forget", {"for_good": "all"})
    assert store.objects("drafts") == []
    assert "/complain/files" not in chinese.get("/complain/files").body.decode()


@pytest.mark.parametrize("hurt", ["no", "could_be"])
def test_a_report_of_danger_does_not_wait_for_files(
    chinese: Browser, scenario: Scenario, store: Store, hurt: str
) -> None:
    """While the store is away, a danger report is filed without its files. Any other complaint is completed
    by sending again and remains one complaint."""
    chinese.complain({**SAID, "hurt": hurt}, stop="you")
    added(chinese, store, "裂开的内胆", photograph())
    whole, last = scenario.product.enclosures, {"consents.truthful": "true", "consents.data_use": "true"}
    chinese.get("/complain/check")

    class Away:
        """A store that cannot be reached."""

        def hand_over(self, *said: object) -> None:
            raise Unavailable("file store")

    scenario.product.__dict__["enclosures"] = replace(whole, store=Away())  # type: ignore[arg-type]
    answer = chinese.post("/complain/check", last)
    scenario.product.__dict__["enclosures"] = whole
    [case] = cases(scenario)
    assert answer.status_code == (503 if hurt == "no" else 200)
    if hurt == "no":
        assert "裂开的内胆" in text(chinese.post("/complain/check", last))
    assert [one.ref for one in cases(scenario)] == [case.ref]
    assert len(scenario.product.file.whole(case.ref).files) == (hurt == "no")


def test_a_draft_and_its_files_are_whose_cookie_it_is(
    chinese: Browser, client: Any, scenario: Scenario, store: Store
) -> None:
    """Another browser cannot find, send or remove the files of a draft. Without a draft, the form begins at
    its start."""
    chinese.post("/complain/safety", {"hurt": "no"})
    id, other = added(chinese, store, "甲", PDF), Browser(client, "zh")
    assert other.get("/complain/files", follow=False).headers["Location"] == "/complain"
    other.post("/complain/safety", {"hurt": "no"})
    assert other.get(f"/complain/files/{id}/upload").status_code == 404
    other.post(f"/complain/files/{id}/remove", {})
    assert "甲" in text(chinese.get("/complain/files"))
