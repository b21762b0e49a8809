"""Readers of everything that staff can see of a case."""

from __future__ import annotations

import json
import re
from typing import Any

from chalicelib.domain.model.case import Case
from tests.scenario import Scenario
from tests.web.desk import GROUPS, Desk
from tests.web.provider import Provider


def everything(desk: Desk, case: Case) -> str:
    """Return every page of a case that a staff member can open: the case, its forms and pages, the work
    lists. The copy of a person's data has tests of its own (`test_data_copy.py`)."""
    page = desk.get(f"/desk/cases/{case.ref}")
    for place in set(re.findall(rf"/desk/cases/{case.ref}/(?!data/)(moves/\w+|\w+)\b", page)):
        page += desk.get(f"/desk/cases/{case.ref}/{place}", 303 if place == "agreement" else 200)
    return page + desk.get("/desk?list=team") + desk.get("/desk?list=tellings")


def json_of(client: Any, provider: Provider, scenario: Scenario, who: str, ref: str) -> str:
    """Return everything that the interface gives a staff member of a case."""
    provider.now = scenario.time
    headers = {"Authorization": f"Bearer {provider.token(sub=who, **{'cognito:groups': GROUPS[who]})}"}
    answers = [
        client.http.get(f"/v1/cases/{ref}{path}", headers=headers)
        for path in ("", "/timeline?limit=100", "/deadlines")
    ]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(json.dumps(answer.json_body, ensure_ascii=False) for answer in answers)
