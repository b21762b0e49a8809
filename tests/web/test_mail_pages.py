"""Pages about mails: the mail that a person is to confirm, and the mailbox of the local run."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.locale.formats import moment
from chalicelib.web.pages import say
from tests.casework.arrived import SETTINGS, address, eml
from tests.scenario import WANG, Scenario
from tests.web.browser import Browser, hidden, text
from tests.web.desk import Desk, visible
from tests.web.own import open_case_page, own


def test_mail_is_read_before_it_is_confirmed(
    browser: Browser, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form shows the whole mail. After the answer it waits no more, and is a message."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    scenario.product.__dict__.pop("replies", None)
    case = scenario.submit()
    to = address(scenario.product, case.ref)
    words = "第一行。" * 60 + "最后一行。"
    scenario.product.replies.arrived(eml(to, words, sender="eve@other.example"))
    open_case_page(browser, scenario, case.ref)
    assert "/case/moves/confirm_mail" in browser.get("/case").body.decode()
    form = browser.get("/case/moves/confirm_mail")
    assert words in text(form)
    waits = scenario.product.file.load(case.ref).mails[0].id
    browser.post("/case/moves/confirm_mail", {**hidden(form), "mail": waits, "mine": "true"})
    after = scenario.product.file.load(case.ref)
    assert not after.mails
    assert [one.by for one in after.messages] == ["p1"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_desk_shows_a_mail_that_nobody_confirmed(
    client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """Staff see whose it is and when it came, until the person has answered."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    scenario.product.__dict__.pop("replies", None)
    case = scenario.submit()
    scenario.product.replies.arrived(
        eml(address(scenario.product, case.ref), "结果？", sender="eve@other.example")
    )
    (waits,) = scenario.product.file.load(case.ref).mails
    said = say(language, "desk.case.unconfirmed_mail", name="王芳", at=moment(language, waits.at, False))
    desk = Desk(client, scenario, "wang", language)
    assert said in visible(desk.get(f"/desk/cases/{case.ref}"))
    scenario.move(scenario.party(case), "confirm_mail", case.ref, mail=waits.id, mine=False)
    assert said not in visible(desk.get(f"/desk/cases/{case.ref}"))


def test_page_says_that_a_mail_holds_the_window(
    browser: Browser, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a mail has no reply, the page does not say that silence has an effect."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    scenario.product.__dict__.pop("replies", None)
    case = scenario.submit()
    scenario.move(
        WANG,
        "decline",
        case.ref,
        grounds={"1": "not_our_business", "2": "not_our_business"},
        reasons={"1": "不是我们的商品。", "2": "不是我们的商品。"},
        instead={"1": "某商场", "2": "某商场"},
        routes=["association"],
    )
    scenario.post()
    open_case_page(browser, scenario, case.ref)
    said = own(browser, "case.held_by_message")
    assert said not in text(browser.get("/case"))
    scenario.product.replies.arrived(eml(address(scenario.product, case.ref), "我不同意。"))
    assert said in text(browser.get("/case"))
