"""What people in a joint complaint are told that the others see of them, compared with what the others see:
pages, letters and the agreement, on the page and as a document."""

from __future__ import annotations

import pytest

from chalicelib.documents.agreement import attached
from chalicelib.letters import render
from chalicelib.web import pages
from tests.casework.joint import OTHER
from tests.letters.sample import facts, slots
from tests.life.contested import talking
from tests.scenario import SUN, Scenario
from tests.web.browser import Browser
from tests.web.mediated import ABOUT, MA, drafted, refund, registered
from tests.web.own import REFUND, acting, answered, everything, open_case_page
from tests.web.talks import load

NAME, SUM = "王芳", "800.00"
ACCOUNT = {"story": "滚筒不转了，等了三周。", "order": "HX-20251203"}
NEVER = ("13800138000", "wang.fang@mail.example", "王芳的私话", *ACCOUNT.values())
"""What the other complainants never see of the first: how to reach her, her order, message and story."""
PROMISES = {
    "zh": ("联系方式、订单、留言", "协议书写明每个人的姓名，以及写给每个人的内容、金额和日期"),
    "en": ("order", "gives the name of each person, and what each person gets, with sums and dates"),
}
"""By language: words of a sentence on what the others do not see, and its exception."""


def seen_by_the_other(browser: Browser, scenario: Scenario, ref: str) -> str:
    """Return all that the second person reads: every page, and every letter sent to them."""
    page = open_case_page(browser, scenario, ref, "p2") + everything(browser)
    dossier, roster = scenario.product.file.whole(ref), scenario.product.file.roster()
    letters = (row for row in dossier.letters if row["to"] == "party:p2")
    return page + "".join(
        scenario.product.correspondence.rendered(dossier, row, roster, scenario.time).text for row in letters
    )


def test_the_others_see_what_the_joint_texts_say(chinese: Browser, scenario: Scenario) -> None:
    """Until a text is drafted the others see neither name nor remedy; the agreement shows both, as a page and
    as a document. What is never shown stays out of all of it."""
    registered(scenario)
    ref, other = (scenario.submit(account=ACCOUNT).ref, scenario.submit(person=OTHER).ref)
    scenario.move(scenario.by_link(ref), "message", ref, text="王芳的私话")
    scenario.move(SUN, "invite_to_join", other, leading=ref)
    scenario.move(scenario.by_link(other), "join_case", other, own_wish=True)
    scenario.move(SUN, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    answered(scenario, ref, remedies=({**REFUND, "party": "p1", "amount": {"amount": SUM}},))
    before = seen_by_the_other(chinese, scenario, ref)
    assert not [word for word in (NAME, SUM, *NEVER) if word in before]
    scenario.move(acting(load(scenario, ref)), "raise_dispute", ref, nature="remedy", about=ABOUT)
    talking(scenario, ref)
    paid = {"by": None, "days": 10}
    drafted(
        scenario,
        ref,
        refund(scenario, **paid),
        refund(scenario, creditor="p2", what="退给赵敏。", **paid),
        by=MA,
    )
    after = seen_by_the_other(chinese, scenario, ref)
    dossier = scenario.product.file.whole(ref)
    text = next(
        words["text"]
        for _, words in map(dossier.entry, range(1, 99))
        if "text" in words and "parties" in words["text"]
    )
    document = attached(text, (), "", scenario.time)
    for read in (after, document.replace("80000", SUM)):
        assert NAME in read
        assert SUM in read
        assert not [word for word in NEVER if word in read]


@pytest.mark.parametrize("language", sorted(PROMISES))
def test_each_text_about_joining_says_what_the_others_will_see(language: str) -> None:
    """The letters of joining, the form, the case page and the page about privacy name the same exception."""
    hidden, exception = PROMISES[language]
    filled = slots(facts=facts(party="p2", about=None))
    texts = [render(name, language, filled).text for name in ("joint_invitation", "linked")]
    texts += [
        pages.say(language, "consumer.move.join_case.says"),
        pages.say(language, "consumer.parts.joint.people", n=2, number=1),
        pages.say(language, "privacy.readers.together"),
    ]
    consent = render("joint_consent", language, filled).text
    assert [exception in said for said in (*texts, consent)] == [True] * 6
    assert hidden in texts[0]
