"""The case page as each party sees it, and cases to open."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.case import Case
from chalicelib.web import callers, pages
from tests.scenario import SUN, WANG, ZHAO, Scenario, once
from tests.web.browser import Browser, text

AGENT = {
    "person": {"name": "李雷", "email": "li.lei@mail.example", "phone": "13900139000", "capacity": "agent"}
}
REFUND = {"matter": 1, "kind": "refund", "by": "2026-03-01", "amount": {"amount": "1655.00"}}
EVERYTHING = ["submit", "answer", "negotiate", "settle", "receive_money", "sign"]


def open_case_page(browser: Browser, scenario: Scenario, ref: str, party: str = "p1", *sections: str) -> str:
    """Return the case page that a party opens by their link, and these pages of the case."""
    generation = scenario.product.file.load(ref).party(party).generation
    answer = browser.get(scenario.product.links.path(ref, party, generation))
    assert answer.status_code == 200, text(answer)
    return text(answer) + case_pages(browser, *sections)


def case_pages(browser: Browser, *sections: str) -> str:
    """Return pages of the case that is open in a browser: its history, letters, promises, …"""
    answers = [browser.get(f"/case/{section}") for section in sections]
    assert {answer.status_code for answer in answers} <= {200}
    return "".join(map(text, answers))


def everything(browser: Browser) -> str:
    """Return every section page of the case that is open in a browser."""
    listed = browser.get("/case").body.decode().partition("site-sections")[2].partition("</nav>")[0]
    return case_pages(browser, *re.findall(r'href="/case/(\w+)"', listed))


def acting(case: Case, party: str = "p1") -> Caller:
    """Return a party of a case as a caller."""
    return callers.of_party(case, case.party(party))


def own(browser: Browser, path: str, **slots: Any) -> str:
    """Return a sentence of the pages in the browser's language, up to its first slot without a value."""
    return pages.say(browser.headers["accept-language"], f"consumer.{path}", **slots)


@once
def investigated(scenario: Scenario, **changes: Any) -> str:
    """Return an accepted case with an investigator."""
    ref = scenario.submit(**changes).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    return ref


@once
def answered(
    scenario: Scenario,
    ref: str = "",
    remedies: Any = (REFUND,),
    second: str = "not_upheld",
    first: str = "upheld",
) -> str:
    """Return an answered case: the first matter upheld with a refund, the second not upheld."""
    ref = ref or investigated(scenario)
    scenario.move(
        ZHAO,
        "file_report",
        ref,
        findings=[{"matter": n, "fact": f"查明第{n}项。", "evidence": ["E1"]} for n in (1, 2)],
        rights={
            "know": "not_infringed",
            "choose": "not_infringed",
            "fair_trade": "infringed",
            "safety": "not_examined",
        },
        rules=[{"law": "consumer_protection_2013", "article": "第二十四条"}],
        unexamined="没有涉及安全。",
        conclusions={"1": first, "2": second},
        reasons={"1": "机器确有缺陷。", "2": "保修期已过。"},
        causes=["manufacture"],
        remedies=list(remedies),
        terms="退到原付款账户。",
    )
    scenario.move(SUN, "answer", ref)
    return ref


@once
def performing(scenario: Scenario, **changes: Any) -> str:
    """Return a case whose answer was accepted and whose refund is not yet paid."""
    ref = answered(scenario, investigated(scenario, **changes))
    scenario.move(acting(scenario.product.file.load(ref)), "accept_answer", ref)
    return ref


@once
def joint(scenario: Scenario) -> str:
    """Return a joint complaint: 王芳 (p1) has private messages, 赵敏 (p2) has an account of her own."""
    ref = scenario.submit().ref
    scenario.move(acting(scenario.product.file.load(ref)), "message", ref, text="王芳的私话")
    scenario.move(SUN, "message", ref, text="只回王芳的话")
    other = scenario.submit(
        person={"name": "赵敏", "email": "zhao.min@mail.example", "phone": "13700137000"},
        account={"story": "赵敏的经过"},
    ).ref
    scenario.move(WANG, "invite_to_join", other, leading=ref)
    scenario.move(acting(scenario.product.file.load(other)), "join_case", other, own_wish=True)
    assert len(scenario.product.file.load(ref).consumers) == 2
    return ref
