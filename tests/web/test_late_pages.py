"""What pages and interface say of a duty of ours that is late, and of the time that stands still."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.calendar import instant, stamp
from chalicelib.locale import formats
from chalicelib.locale.formats import texts
from tests.casework.joint import OTHER
from tests.scenario import DAY, SUN, ZHAO, Scenario
from tests.web.browser import Browser, text
from tests.web.mediated import appointed, consented, negotiating
from tests.web.own import investigated, open_case_page, own
from tests.web.talks import case_by_interface, load


def without_mediator(scenario: Scenario) -> str:
    """Return a mediation for which no mediator is appointed."""
    ref = negotiating(scenario)
    consented(scenario, ref)
    return ref


def late(scenario: Scenario) -> str:
    """Return a mediation for which no mediator was appointed in time."""
    ref = without_mediator(scenario)
    scenario.live(16 * DAY, ref)
    return ref


def run_of(browser: Browser, scenario: Scenario, ref: str, name: str) -> dict[str, Any]:
    """Return a deadline as the consumer gets it from the interface."""
    runs = case_by_interface(browser.client, scenario, ref, "p1")["deadlines"]
    return next(run for run in runs if run["deadline"] == name)


def test_status_box_says_what_is_late_who_has_it_and_where_else_to_go(
    browser: Browser, scenario: Scenario
) -> None:
    """It has a sentence on the duty, the role that the ladder has reached, the next step, and a link to the
    other ways. The time of the mediation stands still."""
    ref = late(scenario)
    language = browser.headers["accept-language"]
    open_case_page(browser, scenario, ref)
    page, said = text(browser.get("/case")), texts(language)["overdue"]
    run = run_of(browser, scenario, ref, "mediator_appointment")
    assert (
        said["what"]["mediator_appointment"].format(by=formats.moment(language, instant(run["due"]))) in page
    )
    assert said["who"].format(who=formats.label(language, "lead", "role")) in page
    at = formats.moment(language, instant(run["late"]["then"]))
    assert said["then"].format(by=at, who=formats.label(language, "supervisor", "role")) in page
    assert formats.label(language, "mediation", "deadline") in page
    assert own(browser, "section.rights.title") in page


def test_interface_names_who_has_it_and_when_we_act(scenario: Scenario, browser: Browser) -> None:
    """The late duty has its roles and the next step; the mediation has no end, and says why."""
    ref = late(scenario)
    found = run_of(browser, scenario, ref, "mediator_appointment")["late"]
    assert found["roles"] == ["lead"]
    assert found["then_roles"] == ["supervisor"]
    assert instant(found["then"]) > scenario.time
    assert found["promised"] is None
    mediation = run_of(browser, scenario, ref, "mediation")
    assert (mediation["stopped"], mediation["due"]) == ("late", None)


def test_interface_says_why_the_mediation_ends_later(scenario: Scenario, browser: Browser) -> None:
    """After the appointment the mediation runs again, with its planned end and the time of our delay."""
    ref = without_mediator(scenario)
    planned, due = (
        run_of(browser, scenario, ref, name)["due"] for name in ("mediation", "mediator_appointment")
    )
    scenario.live(16 * DAY, ref)
    appointed(scenario, ref)
    moved = run_of(browser, scenario, ref, "mediation")
    assert moved["moved"]["planned"] == planned
    assert moved["moved"]["outages"] == [{"part": "late", "since": due, "until": stamp(scenario.time)}]
    assert not load(scenario, ref).behind


def newest(scenario: Scenario, ref: str, party: str) -> str:
    """Return the newest letter to somebody."""
    dossier, roster = scenario.product.file.whole(ref), scenario.product.file.roster()
    row = next(row for row in reversed(dossier.letters) if row["to"] == f"party:{party}")
    return scenario.product.correspondence.rendered(dossier, row, roster, scenario.time).text


def test_letters_that_say_we_are_late_name_who_has_it_and_where_else_to_go(scenario: Scenario) -> None:
    """The report on progress after the promised day, and the letter to a person who goes on alone, do so
    too."""
    ref, other = investigated(scenario), scenario.submit(person=OTHER).ref
    scenario.move(SUN, "invite_to_join", other, leading=ref)
    scenario.move(scenario.by_link(other), "join_case", other, own_wish=True)
    scenario.live(20 * DAY, ref)
    has = texts("zh")["overdue"]["who"].format(who=formats.label("zh", "supervisor", "role"))
    scenario.move(ZHAO, "tell_progress", ref, done="问过维修部。", upcoming="等检测结果。")
    progress = newest(scenario, ref, "p1")
    scenario.move(scenario.by_link(ref, "p2"), "leave_case", ref)
    alone = newest(scenario, other, "p1")
    assert [has in letter for letter in (progress, alone)] == [True, True]
    assert ["12315" in letter for letter in (progress, alone)] == [True, True]
