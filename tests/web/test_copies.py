"""The copy of a complaint that its consumer can download as PDF."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from chalicelib.cases.casework import Unavailable
from chalicelib.documents import RenderFailed
from chalicelib.documents.copy import copy as made
from chalicelib.documents.paperwork import CopyFailed
from chalicelib.domain.calendar import stamp
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.copy import copy_data
from chalicelib.web.pages.consumer.own_view import View
from tests.documents.reader import words
from tests.scenario import WANG, Scenario
from tests.store import PDF, Store, photograph
from tests.web.browser import Browser
from tests.web.own import acting, open_case_page

STORY = "洗衣机坏了😡，商家不退。"


@pytest.fixture
def case(scenario: Scenario) -> Any:
    """Return an accepted complaint of a consumer with a passphrase."""
    person = {"name": "王芳", "phone": "13800138000"}
    return scenario.move(WANG, "accept", scenario.submit(person=person, account={"story": STORY}).ref)


def test_copy_states_the_complaint_and_holds_no_link(case: Any, scenario: Scenario, fonts: Path) -> None:
    """The copy gives name, phone and story in both languages, with 〓 for a character that cannot be set. It
    contains neither link nor passphrase."""
    dossier = scenario.product.file.dossier_of(scenario.product.file.load(case.ref))
    links = scenario.product.links
    token, phrase = links.token(case.ref, "p1", 1), links.phrase(case.ref, "p1", 1)
    for language in ("zh", "en"):
        view = View(dossier, scenario.time, acting(dossier.case), language, scenario.product)
        said = words(made(copy_data(view)))
        for one in (
            "王芳",
            "+8613800138000",
            "洗衣机坏了〓，商家不退。",
            say(language, "consumer.copy.note"),
        ):
            assert "".join(one.split()) in said
        assert token not in said
        assert phrase not in said
        assert "/case/" not in said


def test_copy_is_made_by_the_worker_and_kept_for_a_day(
    browser: Browser, scenario: Scenario, fonts: Path
) -> None:
    """A button requests the copy, and the page says that it is being made. Another person's link does not
    open it."""
    ref = scenario.submit().ref
    open_case_page(browser, scenario, ref)
    language = browser.headers["accept-language"]
    assert say(language, "consumer.copy.button") in browser.get("/case/copy").body.decode()
    at = browser.post("/case/copy", {}, follow=False).headers["Location"]
    assert say(language, "consumer.copy.making") in browser.get(at).body.decode()
    assert scenario.documents() == 1
    answer = browser.get(at, follow=False)
    assert answer.status_code == 303
    assert f"/copies/{ref}/p1/" in answer.headers["Location"]
    found = boto3.client("s3", "us-east-1").list_objects_v2(Bucket=scenario.product.setting("EVIDENCE"))
    assert {one["Key"].split("/")[0] for one in found["Contents"]} == {"copies"}
    open_case_page(browser, scenario, scenario.submit().ref)
    assert say(language, "consumer.copy.making") in browser.get(at).body.decode()


def test_a_copy_that_fails_is_told_on_its_page(
    browser: Browser, scenario: Scenario, fonts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page says at once that the copy failed, that the complaint is safe, and how to request it again.
    There is no retry, and the alarm of unsealed agreements is silent."""
    ref = scenario.submit().ref
    open_case_page(browser, scenario, ref)
    language = browser.headers["accept-language"]
    at = browser.post("/case/copy", {}, follow=False).headers["Location"]
    working = scenario.product.documents
    scenario.product.__dict__["documents"] = replace(working, office=_Broken(working.office))
    assert scenario.documents() == 1
    scenario.product.__dict__["documents"] = working
    assert scenario.documents() == 0, "the queue has nothing left"
    printed = capsys.readouterr().out
    assert ('"CopyFailed": 1' in printed, '"SealFailed": 1' in printed) == (True, False)
    page = unescape(browser.get(at).body.decode())
    for said in ("failed", "failed_says", "failed_next", "button"):
        assert say(language, f"consumer.copy.{said}") in page
    assert say(language, "consumer.copy.making") not in page
    scenario.later(timedelta(minutes=1))
    again = browser.post("/case/copy", {}, follow=False).headers["Location"]
    assert say(language, "consumer.copy.making") in unescape(browser.get(again).body.decode())
    assert scenario.documents() == 1
    assert browser.get(again, follow=False).status_code == 303


def test_a_copy_whose_store_is_away_is_tried_again(scenario: Scenario, fonts: Path) -> None:
    """The queue keeps the task. A copy reported as failed is available once it is made."""
    copies = scenario.product.copies
    told = {
        "language": "zh",
        "number": "1",
        "title": "副本",
        "at": stamp(scenario.time),
        "sections": [],
        "note": "。",
    }
    copies.ask("a/p1/b", json.dumps(told).encode())
    away = SimpleNamespace(read=copies.read, keep=_away, fail=copies.fail)
    with pytest.raises(CopyFailed, match=r"^Unavailable$"):
        replace(scenario.product.documents, copies=away).make("a", "a/p1/b")
    assert copies.failed("a/p1/b")
    assert scenario.product.documents.make("a", "a/p1/b")
    assert copies.link("a/p1/b", "copy.pdf")


def _away(name: str, content: bytes) -> None:
    raise Unavailable("file store")


class _Broken:
    """An office whose typesetter refuses every copy."""

    def __init__(self, office: Any) -> None:
        self._office = office

    def copy(self, told: Any) -> bytes:
        """Raise `RenderFailed`."""
        raise RenderFailed("error: maximum grouping depth exceeded")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._office, name)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_copy_lists_the_arrived_files(case: Any, scenario: Scenario, fonts: Path, language: str) -> None:
    """The copy lists each file that arrived with its description and its state. A file still to come is
    missing."""
    store = Store(scenario, "signature")
    torn, paper = (
        store.declare(case, shows="裂开的内胆"),
        store.declare(case, type="application/pdf", shows="发票"),
    )
    store.declare(case, shows="还没有传的照片")
    store.tell(store.put(torn, photograph()[:700]), store.put(paper, PDF))
    dossier = scenario.product.file.dossier_of(scenario.product.file.load(case.ref))
    said = words(
        made(copy_data(View(dossier, scenario.time, acting(dossier.case), language, scenario.product)))
    )
    assert [one in said for one in ("裂开的内胆", "发票", "还没有传的照片")] == [True, True, False]
    assert said.count("".join(say(language, "files.why.file_undrawn").split())) == 1
