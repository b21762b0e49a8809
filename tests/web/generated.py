"""Generated requests to every operation of the interface, from four kinds of caller.

Each answer has a documented status and a body that fits its schema (`tests/answering.py` checks both). No
answer is an error of ours. `make check` runs these tests (`pytest tests/web/generated.py`); they take too
long for every test run.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import sampled_from

from app import app
from chalicelib.web import partners
from chalicelib.web.api.openapi import document
from tests.scenario import WANG, Scenario
from tests.web.bearer import bearing
from tests.web.provider import Provider

pytestmark = pytest.mark.usefixtures("nothing_of_a_person_is_where_it_does_not_belong")
BASE = "http://x"
EXAMPLES = 40
"""The number of requests for each operation."""
OPERATIONS = {
    f"{one.ok().method.upper()} {one.ok().path}": one.ok()
    for one in schemathesis.openapi.from_dict(document(app)).get_all_operations()
}
Callers = tuple[str, dict[str, dict[str, str]]]


@pytest.fixture
def callers_(scenario: Scenario, provider: Provider) -> Callers:
    """Return the number of a case, and the headers of each kind of caller who knows it."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    key, party = partners.KEY + "k" * 43, case.parties[0]
    partner = {"partner": "shop", "channel": "api", "absences": False}
    scenario.product.sessions.keep(partners.KEPT_AS, key, partner, scenario.time + timedelta(days=1))
    token = scenario.product.links.token(case.ref, party.id, party.generation)
    return case.ref, {
        "nobody": {},
        "consumer": {"Authorization": f"Bearer {token}"},
        "partner": {"Authorization": f"Bearer {key}"},
        "staff": bearing(provider, "sun"),
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_documented(name: str, client: Any, callers_: Callers) -> None:
    """Every answer to nobody, a consumer, a partner or a lead is documented."""
    operation, (ref, shown) = OPERATIONS[name], callers_

    @given(case=operation.as_strategy(), who=sampled_from(sorted(shown)))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def call_operation(case: Any, who: str) -> None:
        if "ref" in (case.path_parameters or {}):
            case.path_parameters["ref"] = ref
        sent = case.as_transport_kwargs(base_url=BASE)
        path = sent["url"].removeprefix(BASE) + (
            f"?{urlencode(sent['params'], True)}" if sent.get("params") else ""
        )
        said = {
            name: value for name, value in sent["headers"].items() if name in ("Idempotency-Key", "If-Match")
        }
        body = (
            sent["data"] if "data" in sent else json.dumps(sent["json"]).encode() if "json" in sent else b""
        )
        answer = client.http.request(
            sent["method"],
            path,
            headers={"Content-Type": "application/json", **said, **shown[who]},
            body=body,
        )
        assert answer.status_code < 500

    call_operation()
