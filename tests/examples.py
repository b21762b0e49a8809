"""Examples for the API's document: one for each operation, from the lives and requests that tests play.

    python -m tests.examples

writes `chalicelib/web/api/examples.json` with request and answer under the operation's name, without
secrets. The first example counts, in the order of the tests, in whichever process it ran. An operation that
no test plays keeps its old example."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from chalicelib.domain.model.case import Case
from chalicelib.web.api.openapi import EXAMPLES
from tests import answering
from tests.scenario import Scenario, complaint, sure

SECRET = {"token", "secret", "link", "hand_over", "passphrase", "key", "url", "download", "small"}
"""Fields that open something to their holder."""
LONGEST = 9_000
"""The limit of an example in characters: nobody reads what a test fills to the brim."""
PLAYED = ["tests/life", "tests/web", "tests/casework"]
found: dict[tuple[str, str], tuple[int, Any]] = {}
"""The examples by operation and part (`sent`, `answered`), each with the place of its test among all."""
playing = 0
"""The place of the running test."""


@pytest.fixture(autouse=True)
def examples(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record each move and each answer of a test that is the first of its kind."""
    global playing
    playing = request.session.items.index(request.node)
    monkeypatch.setattr(Scenario, "move", _moved(Scenario.move))
    monkeypatch.setattr(Scenario, "submit", _submitted(Scenario.submit))
    monkeypatch.setattr(answering, "fits", _answered(answering.fits))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the examples, or send them to the xdist controller."""
    if (handed := getattr(session.config, "workeroutput", None)) is not None:
        handed["examples"] = [(*key, *kept) for key, kept in found.items()]
        return
    told = json.loads(EXAMPLES.read_text("utf-8"))
    for (name, part), (_, said) in found.items():
        told.setdefault(name, {})[part] = said
    EXAMPLES.write_text(
        json.dumps(dict(sorted(told.items())), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def pytest_testnodedown(node: Any) -> None:
    """Take over the examples of an xdist worker."""
    for name, part, place, said in node.workeroutput["examples"]:
        _first(name, part, place, said)


def _moved(take: Callable[..., Case]) -> Callable[..., Case]:
    @wraps(take)
    def taken(scenario: Scenario, caller: Any, name: str, *said: Any, **body: Any) -> Case:
        case = take(scenario, caller, name, *said, **body)
        _keep(name, "sent", sure(caller, name, body)[1])
        return case

    return taken


def _submitted(file: Callable[..., Case]) -> Callable[..., Case]:
    @wraps(file)
    def filed(scenario: Scenario, *said: Any, **changes: Any) -> Case:
        case = file(scenario, *said, **changes)
        _keep("submit", "sent", complaint())
        return case

    return filed


def _answered(fits: Callable[..., None]) -> Callable[..., None]:
    @wraps(fits)
    def held(method: str, path: str, status: int, headers: Any, body: bytes, sent: bytes | str) -> None:
        fits(method, path, status, headers, body, sent)
        operation = answering.operation(method, path)
        if operation is None or status >= 300 or body[:1] not in (b"{", b"["):
            return
        name, told = operation["operationId"], json.loads(body)
        if name not in NOT_KEPT and told.get("items", True):
            _keep(name, "answered", _without_secrets(told))
        if "requestBody" in operation and sent[:1] in (b"{", "{"):
            _keep(name, "sent", _without_secrets(json.loads(sent)))

    return held


NOT_KEPT = {"get_openapi"}
"""Operations whose answer is no useful example: the document itself."""


def _keep(name: str, part: str, said: Any) -> None:
    if len(text := json.dumps(said, default=str, ensure_ascii=False)) <= LONGEST:
        _first(name, part, playing, json.loads(text))


def _first(name: str, part: str, place: int, said: Any) -> None:
    if place < found.get((name, part), (place + 1,))[0]:
        found[name, part] = place, said


def _without_secrets(told: Any) -> Any:
    if isinstance(told, list):
        return [_without_secrets(one) for one in told]
    if not isinstance(told, dict):
        return told
    return {
        name: "…"
        if name in SECRET and one
        else dict.fromkeys(one, "…")
        if name == "fields" and isinstance(one, dict)
        else _without_secrets(one)
        for name, one in told.items()
    }


if __name__ == "__main__":
    sys.exit(
        pytest.main(
            ["-q", "-p", "tests.examples", "-p", "no:cacheprovider", "-n", "2", *(sys.argv[1:] or PLAYED)]
        )
    )
