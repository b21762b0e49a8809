"""Letters and pages show the telephone hours of a team next to its number, in both languages, if it has
any."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from chalicelib.domain.phone_hours import PhoneHours
from tests.scenario import Scenario
from tests.web.desk import visible

HOURS = {
    "zh": "周一至周五09:00–17:30，法定节假日除外",
    "en": "Monday to Friday 09:00–17:30 Beijing time, not on public holidays",
}
LANGUAGE = {"zh": "zh-CN", "en": "en"}
BOTH = pytest.mark.parametrize("language", ["zh", "en"])
PERSON = {"name": "王芳", "phone": "13800138000", "email": "wang.fang@mail.example"}


def with_hours(scenario: Scenario) -> None:
    """Give the team telephone hours."""
    team = scenario.product.file.fresh_roster()[0].teams["general"]
    hours = tuple(PhoneHours(day, time(9), time(17, 30)) for day in range(1, 6))
    scenario.product.cover.edit(lambda found: found.with_team("general", team.label, team.phone, hours=hours))


def received(scenario: Scenario, language: str) -> str:
    """File a complaint and return the text of the receipt."""
    scenario.submit(person={**PERSON, "language": language})
    scenario.post()
    return str(scenario.sent()[-1]["text"])


@BOTH
def test_letter_names_the_hours_beside_the_number(scenario: Scenario, language: str) -> None:
    """The hours follow the number of the team at the end of each letter."""
    assert HOURS[language] not in received(scenario, language)
    with_hours(scenario)
    letter = received(scenario, language)
    beside = "电话400-800-1234（{}）" if language == "zh" else "phone 400-800-1234 ({})"
    assert beside.format(HOURS[language]) + "</li>" in " ".join(letter.split()).replace("> <", "><")


@BOTH
@pytest.mark.parametrize("path", ["/accessibility", "/privacy", "/case/link"])
def test_pages_that_help_name_the_hours(client: Any, scenario: Scenario, path: str, language: str) -> None:
    """People without an open complaint read when they can call."""

    def text() -> str:
        answer = client.http.get(path, headers={"Accept-Language": LANGUAGE[language]})
        assert answer.status_code == 200
        return visible(answer.body.decode())

    assert HOURS[language] not in text()
    with_hours(scenario)
    assert "400-800-1234" in text()
    assert HOURS[language] in text()


@BOTH
def test_case_page_names_the_hours(client: Any, scenario: Scenario, language: str) -> None:
    """The consumer's page names them where it names the team."""
    case = scenario.submit()
    path = scenario.product.links.path(case.ref, "p1", case.party("p1").generation)
    cookie = client.http.get(path, headers={}).headers["Set-Cookie"]
    kept = (cookie if isinstance(cookie, str) else cookie[0]).partition(";")[0]

    def text() -> str:
        headers = {"Cookie": kept, "Accept-Language": LANGUAGE[language]}
        return visible(client.http.get("/case", headers=headers).body.decode())

    assert HOURS[language] not in text()
    with_hours(scenario)
    assert HOURS[language] in text()
