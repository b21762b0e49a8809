"""Tests that the worst request of a route costs at most ten times a plain one of its size. Every route has
its plain request here. The worst cases vary each part of its path, query, headers and body, by the schema of
the body.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import BaseModel

from app import app
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case_records import Matter
from chalicelib.web import inputs, request_models
from chalicelib.web.api import openapi
from chalicelib.web.callers import CASE_COOKIE, DESK_COOKIE
from chalicelib.web.forms import MOST_ROWS
from chalicelib.web.problems import TooLarge
from chalicelib.web.routes.api import BEGINS
from tests.scenario import T0, Scenario
from tests.web.desk import Desk
from tests.web.provider import Provider

TIMES, FLOOR = 10, 0.02
"""The factor by which a worst request may exceed a plain one, and the CPU seconds below which nothing is
compared. Shorter times depend on the machine.
"""
TRIES = 20
"""The largest number of measurements, because other work shares the machine; the least one counts."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
ROUTES = sorted(
    (path, method) for path, methods in app.routes.items() for method in methods if method != "HEAD"
)
LONG = 400_000
"""About the largest size of a body in bytes."""

TEXTS = {
    "marks": "a" + "\u0301" * 60_000 + "\u0323" * 60_000,
    "jamo": "\u1100\u1161\u11a8" * 40_000,
    "ligatures": "\ufdfa" * 100_000,
    "digits": "9" * LONG,
    "wide digits": "９" * 100_000,
    "spaces": " " * LONG,
    "lines": "\n" * LONG,
    "nul": "\0" * LONG,
    "address": "a" * 200_000 + "@" + "a." * 80_000 + "cn",
    "quoted": '"' * 100_000 + "@a.cn",
    "amount": "1," * 200_000,
    "number": "1e999999",
    "day": "2026-01-01T" + "0" * LONG,
    "brackets": "[" * LONG,
    "link": "https://" * 50_000,
    "dashes": "-" * LONG,
}
"""Texts for any field."""
UNASKED = {
    name: json.dumps({"hurt": "hurt"} | said).encode()
    for name, said in {
        "unknown": {f"k{n}": "" for n in range(inputs.MOST_LISTED - 1)},
        "long names": {f"{n}" + "k" * 100: "x" for n in range(LONG // 120)},
    }.items()
}
"""Bodies with fields that no model has."""
KEYS = json.dumps({f"{n}": 0 for n in range(LONG // 12)})


@dataclass(frozen=True)
class WorstRequest:
    """A request for the test client."""

    method: str
    path: str
    names: Mapping[str, str]
    headers: Mapping[str, str]
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def at(self, client: Any) -> Any:
        """Send the request; return the answer."""
        path = self.path.format(**self.names) + (f"?{urlencode(self.query)}" if self.query else "")
        return client.http.request(self.method, path, headers=dict(self.headers), body=self.body)


def least(do: Callable[[], Any], under: float, tries: int = TRIES) -> tuple[float, Any]:
    """Return the least CPU seconds of a call and its answer, measured until below a limit. A busy machine
    slows some measurements, never all.
    """
    found, answer = float("inf"), None
    for _ in range(tries):
        begun = process_time()
        answer = do()
        found = min(found, process_time() - begun)
        if found <= under:
            break
    return found, answer


def held(do: Callable[[], Any], plain: Callable[[], Any]) -> tuple[bool, Any]:
    """Return whether a call costs at most `TIMES` a plain one of its size, and its answer. A call below the
    floor needs no comparison.
    """
    took, answer = least(do, TIMES * FLOOR, 1)
    if took <= TIMES * FLOOR:
        return True, answer
    limit = TIMES * max(least(plain, FLOOR)[0], FLOOR)
    took, answer = least(do, limit)
    return took <= limit, answer


def body_with_text(schema: Mapping[str, Any], text: str, of: Mapping[str, Any]) -> Any:
    """Return a body with this text in every text field of its schema."""
    if "$ref" in schema:
        return body_with_text(of[schema["$ref"].rpartition("/")[2]], text, of)
    if choices := schema.get("anyOf"):
        return body_with_text(choices[0], text, of)
    kind = schema.get("type")
    if kind == "object":
        inside = {name: body_with_text(part, text, of) for name, part in schema.get("properties", {}).items()}
        more = schema.get("additionalProperties")
        return inside | ({"1": body_with_text(more, text, of)} if isinstance(more, dict) else {})
    if kind == "array":
        return [body_with_text(schema.get("items", {}), text, of)]
    return 1 if kind in ("integer", "number") else True if kind == "boolean" else text


def places(value: Any) -> int:
    """Return the number of texts in a body."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return sum(map(places, inside)) if inside is not None else isinstance(value, str)


def bodies(model: type[BaseModel] | None) -> Iterator[tuple[str, bytes]]:
    """Yield the worst bodies of a model."""
    schema = model.model_json_schema() if model else {"type": "object"}
    defined = schema.get("$defs", {})
    words = max(places(body_with_text(schema, "", defined)), 1)
    for name, text in TEXTS.items():
        yield (
            name,
            json.dumps(body_with_text(schema, text[: LONG // words], defined), ensure_ascii=False).encode(),
        )
    first = next(iter(schema.get("properties", {})), "a")
    for name, one in {
        "deep lists": "[" * LONG,
        "deep objects": '{"a":' * (LONG // 5),
        "just deep": "[" * 190 + "]" * 190,
        "digits as a number": "9" * LONG,
        "huge": "1e999999",
        "half a pair": '"\\ud800"',
        "many items": f"[{'{},' * (LONG // 3)}{{}}]",
        "as many as are listed": f"[{'{},' * (inputs.MOST_LISTED - 1)}{{}}]",
        "many numbers": f"[{'0,' * (LONG // 2)}0]",
        "many keys": KEYS,
        "as many as may be": f"[{','.join(['[0,0,0,0,0,0,0]'] * 990)}]",
    }.items():
        yield name, f'{{"hurt": "hurt", "{first}": {one}}}'.encode()
    yield from UNASKED.items()


def forms(named: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield the worst forms."""
    for name, text in TEXTS.items():
        each = text.encode()[: inputs.FORM // 12 // max(len(named), 1)].decode(errors="ignore")
        yield name, urlencode(dict.fromkeys(named, each)).encode()
    yield "many fields", b"&".join(b"k%d=" % n for n in range(inputs.MOST_FIELDS + 1))
    yield "as many as may be", b"&".join(b"matters.%d.sub_type=x" % n for n in range(inputs.MOST_FIELDS))
    yield (
        "as many rows as may be",
        b"&".join(b"matters.%d.sub_type=x" % n for n in range(MOST_ROWS[Matter])),
    )
    yield "many of one", b"seen=9&" * (inputs.FORM // 8)
    yield "no fields", b"&" * inputs.FORM
    yield "half percents", b"text=" + b"%" * (inputs.FORM - 10)


def parts() -> Iterator[tuple[str, bytes]]:
    """Yield the worst forms with files."""
    yield "many parts", b"--x\r\n\r\n\r\n" * 60_000 + b"--x--"
    yield "nested", b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 8_000
    yield "headers", b"--x\r\n" + b"a:\r\n" * 150_000 + b"\r\n\r\n--x--"
    yield "parameters", b"--x\r\nContent-Disposition: form-data" + b"; name" * 100_000 + b"\r\n\r\n\r\n--x--"
    for name, line in (("lines", b"\r\n"), ("commas", b","), ("quotes", b'"'), ("rows", b"a,b\r\n")):
        field = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
        yield name, field + line * (LONG // len(line)) + b"\r\n--x--"


def everywhere(plain: WorstRequest) -> Iterator[tuple[str, WorstRequest]]:
    """Yield the worst paths and queries of a request."""
    for name in plain.names:
        for said in (
            "9" * 5_000,
            "%ED%A0%80",
            "%F0%9F%92%A9" * 40,
            "W1tb" * 1_000,
            "1-1-" + "a" * 4_000,
            "%2E%2E%2F" * 50,
        ):
            yield f"path {name}", replace(plain, names={**plain.names, name: said})
    asked = [name for name, _ in plain.query] or ["lang"]
    for said in (
        "9" * 5_000,
        "W1tb" * 2_000,
        "[" * 1_900,
        "a\u0301" * 600,
        "1" * 8,
        "=&" * 900,
        "9999_" + "9" * 12,
    ):
        yield "query", replace(plain, query=tuple((name, said) for name in asked))
    yield "many queries", replace(plain, query=tuple((f"k{n}", "1") for n in range(2_000)))


def headed(plain: WorstRequest) -> Iterator[tuple[str, WorstRequest]]:
    """Yield a request with each of the worst headers."""
    nested = "W1tb" * 1_900 + ".e30.e30"
    for name, said in (
        ("If-Match", '"' + "9" * 5_000 + '"'),
        ("If-Match", "9" * 150),
        ("Idempotency-Key", "k" * 9_000),
        ("Accept-Language", "e," * 4_000),
        ("Cookie", "; ".join(f"c{n}=1" for n in range(1_500))),
        ("Cookie", f"{CASE_COOKIE}={'9' * 5_000}.{'a' * 2_000}"),
        ("Cookie", f"{DESK_COOKIE}={'a' * 7_000}"),
        ("Authorization", f"Bearer {nested}"),
        ("Authorization", f"Bearer {'.' * 7_000}"),
        ("Authorization", f"Bearer rk_{'a' * 7_000}"),
        ("Content-Type", plain.headers["Content-Type"] + ";a" * 4_000),
    ):
        yield name, replace(plain, headers={**plain.headers, name: said})


QUERIES = {
    ("/v1/work", "GET"): ("queue", "team", "cursor"),
    ("/v1/cases/{ref}/timeline", "GET"): ("cursor", "limit"),
    ("/case", "GET"): ("done", "about"),
    ("/case/history", "GET"): ("before", "whole"),
    ("/case/letters", "GET"): ("letters",),
    ("/desk", "GET"): (
        "list",
        "team",
        "after",
        "number",
        "done",
        "act",
        "right",
        "person",
        "late",
        "of",
        "saved",
        "waits",
    ),
    ("/case/moves/{move}", "GET"): ("obligation", "representative", "agrees", "statement", "step"),
    ("/desk/cases/{ref}", "GET"): ("done",),
    ("/desk/cases/{ref}/timeline", "GET"): ("before", "whole"),
    ("/desk/cases/{ref}/letters", "GET"): ("letters",),
    ("/desk/cases/{ref}/moves/{move}", "GET"): ("obligation",),
    ("/desk/next", "GET"): ("after",),
    ("/desk/report-foreword", "GET"): ("period", "team", "in", "before"),
    ("/desk/reports", "GET"): ("team",),
    ("/desk/reports/{period}/data", "GET"): ("format", "edition", "team"),
    ("/desk/reports/measures", "GET"): ("version",),
    ("/desk/reports/volumes", "GET"): ("period", "edition"),
    ("/desk/survey", "GET"): ("period", "team"),
    ("/desk/teams", "GET"): ("period", "team"),
    ("/desk/teams/csv", "GET"): ("period", "team"),
    ("/v1/team-figures/{period}", "GET"): ("format",),
    ("/desk/sign-in", "GET"): ("back",),
    ("/desk/callback", "GET"): ("code", "state"),
    ("/desk/roster", "GET"): ("done",),
    ("/desk/routing", "GET"): ("done", "before"),
    ("/desk/routing/{deed}", "GET"): ("n",),
    ("/v1/routing/changes", "GET"): ("before",),
    ("/desk/roster/{deed}", "GET"): ("team", "role", "who", "since", "until"),
    ("/desk/keys", "GET"): ("done",),
    ("/desk/keys/{deed}", "GET"): ("partner", "id"),
    ("/desk/webhooks", "GET"): ("done",),
    ("/desk/webhooks/{deed}", "GET"): ("partner", "id", "before"),
    ("/v1/webhooks/{id}/deliveries", "GET"): ("cursor",),
    ("/desk/mediators", "GET"): ("done", "n"),
    ("/desk/mediators/{deed}", "GET"): ("id",),
    ("/case/files", "GET"): ("sent",),
    ("/desk/cases/{ref}/files", "GET"): ("sent",),
    ("/case/agreement", "GET"): ("paper",),
    ("/desk/cases/{ref}/agreement", "GET"): ("paper",),
    ("/v1/cases/{ref}/reads", "GET"): ("cursor",),
    ("/v1/changes", "GET"): ("after", "limit"),
    ("/v1/reads/{who}", "GET"): ("cursor",),
    ("/desk/cases/{ref}/reads", "GET"): ("after",),
    ("/desk/cases/{ref}/record-json", "GET"): ("from",),
    ("/desk/reads/{who}", "GET"): ("after",),
    ("/desk/sessions", "GET"): ("who", "done"),
    ("/complain/{page}", "GET"): ("resumed",),
    ("/stories", "GET"): ("words", "type", "month", "cursor"),
    ("/v1/stories", "GET"): ("words", "type", "month", "cursor"),
    ("/desk/suggestions", "GET"): ("after",),
    ("/figures", "GET"): ("by", "from", "to"),
    ("/v1/figures/{table}", "GET"): ("from", "to", "format"),
}
"""The query parameters of pages and interface."""
MESSAGE = ("text", "key", "seen", "edit")
FORMS = {
    "/complain/files/{id}/parts": ("size",),
    "/complain/files/add": ("shows", "name", "size", "key"),
    "/complain/files/{id}/remove": ("check",),
    "/complain/forget": ("for_good",),
    "/complain/restore": (),
    "/complain/{page}": ("account.story", "happened_on", "account.where", "send"),
    "/desk/bulk": ("move", "line", "to", "team", "reason", "query", "key"),
    "/desk/filters": ("name", "query", "remove"),
    "/desk/complain": (
        "person.name",
        "person.phone",
        "person.email",
        "account.story",
        "wish_amount",
        "received_at",
        "matters.0.amount",
        "key",
        "channel",
    ),
    "/desk/draft": ("draft", "text", "auto"),
    "/desk/find": ("words", "after", "in"),
    "/desk/calls": ("ref", "telling", "outcome", "call_at", "note", "on_page", "key"),
    "/desk/record-training": ("what", "proof", "people", "held", "action", "key"),
    "/desk/open-action": ("why", "measure", "owner", "due", "complaint", "key"),
    "/case/moves/{move}": MESSAGE,
    "/desk/cases/{ref}": ("reveal",),
    "/desk/cases/{ref}/receipt": ("reveal",),
    "/desk/cases/{ref}/timeline": ("reveal",),
    "/desk/cases/{ref}/letters": ("reveal",),
    "/desk/cases/{ref}/moves/{move}": MESSAGE,
    "/desk/cases/{ref}/moves/{move}/texts": ("text", "party"),
    "/desk/cases/{ref}/moves/{move}/preview": MESSAGE,
    "/desk/cases/{ref}/moves/{move}/draft": MESSAGE,
    "/desk/cases/{ref}/record": (),
    "/case/copy": (),
    "/case/data": (),
    "/case/find": ("number", "phrase"),
    "/case/link": ("number", "contact"),
    "/case/leave": (),
    "/address/{ref}/{token}": (),
    "/texts/{key}": (),
    "/desk/calendar": ("do", "team"),
    "/desk/what-if": ("days", "length.acknowledgement", "length.signing"),
    "/desk/what-if/{id}": (),
    "/handed/{token}": (),
    "/question": ("answer", "key"),
    "/verify": ("sha256", "number"),
    "/case/files/add": ("shows", "name", "size", "key"),
    "/desk/cases/{ref}/files/add": ("shows", "name", "size", "key"),
    "/case/files/{id}/parts": ("size",),
    "/desk/cases/{ref}/files/{id}/parts": ("size",),
    "/case/files/{id}/remove": (),
    "/desk/cases/{ref}/files/{id}/remove": (),
    "/desk/sign-out": (),
    "/desk/record": ("number",),
    "/desk/reports/{period}": (),
    "/desk/report-foreword": ("heard", "changed", "asked", "version"),
    "/desk/roster/{deed}": ("team", "role", "who", "since", "until", "weeks"),
    "/desk/routing/{deed}": ("n", "version", "to", "goods", "reason", "try"),
    "/desk/administration": ("key",),
    "/desk/administration/hold": ("seen", "parts", "why", "confirmed"),
    "/desk/texts/{deed}": ("title", "team", "language", "text", "moves", "id", "version"),
    "/desk/keys/{deed}": ("partner", "channel", "scopes", "days", "key"),
    "/desk/webhooks/{deed}": ("partner", "url", "contact", "language", "id", "generation", "webhook"),
    "/desk/mediators/{deed}": ("past", "until", "text", "id"),
    "/desk/sessions": ("who", "id"),
    "/suggestions": ("text", "topic"),
    "/desk/suggestions": ("id", "follows"),
}
"""The form fields of the pages."""


@pytest.fixture
def asks(scenario: Scenario, client: Any, provider: Provider) -> Callable[[str, str], WorstRequest]:
    """Return a function that makes the plain request of a route, by an authorized caller."""
    case = scenario.submit()
    token = scenario.product.links.token(case.ref, "p1", 1)
    Desk(client, scenario, "zheng"), Desk(client, scenario, "sun")
    groups = [f"role:{role}" for role in ("lead", "supervisor", "administrator")] + ["team:general"]
    staff = provider.token(sub="sun", **{"cognito:groups": groups})
    names = {
        "ref": case.ref,
        "token": token,
        "secret": "a" * 26,
        "key": "0" * 40,
        "n": "1",
        "party": "p1",
        "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "move": "message",
        "name": "site.css",
        "page": "story",
        "deed": "entry",
        "who": "wang",
        "table": "received",
        "period": "2026-02",
        "webhook_id": "msg_1_1",
    }

    def plain(path: str, method: str) -> WorstRequest:
        for_one = ("/desk/roster", "/desk/routing", "/desk/mediators", "/desk/keys", "/desk/webhooks")
        administers = path.startswith(for_one)
        own = {"deed": "hours"} if "roster/{deed}" in path else {}
        own = {"deed": "rule"} if "routing/{deed}" in path else own
        own = {"deed": "give"} if "keys/{deed}" in path else own
        own = {"deed": "new"} if "webhooks/{deed}" in path else own
        cookie = (
            f"{CASE_COOKIE}={case.ref}.{token}; {DESK_COOKIE}={'zheng' if administers else 'sun'}; "
            f"__Host-lang=en"
        )
        bearer = token if "/cases/{ref}" in path else staff
        who = {"Authorization": f"Bearer {bearer}"} if path.startswith("/v1/") else {"Cookie": cookie}
        sent_as = FORM if not path.startswith("/v1/") else JSON
        used = {name: value for name, value in (names | own).items() if f"{{{name}}}" in path}
        query = tuple((name, "1") for name in QUERIES.get((path, method), ()))
        return WorstRequest(
            method, path, used, {"Content-Type": sent_as, "Accept-Language": "en", **who}, query
        )

    return plain


def reads_headers(path: str, method: str) -> bool:
    """Return whether this is the first route among those with the same method and kind of caller, because the
    same code reads their headers.
    """
    caller = ("/v1/cases/{ref}", "/v1/", "/case", "/desk", "/")

    def alike(route: tuple[str, str]) -> tuple[str, str]:
        return next(begin for begin in caller if route[0].startswith(begin)), route[1]

    return (path, method) == next(route for route in ROUTES if alike(route) == alike((path, method)))


def model_of(path: str, method: str) -> type[BaseModel] | None:
    """Return the model of a route's body in the interface."""
    if path in BEGINS:
        return request_models.body_of(BEGINS[path])
    return request_models.body_of("message") if "{move}" in path else openapi.bodies().get((method, path))


def test_every_route_has_its_worst_cases() -> None:
    """Every route with a body or a form has its worst cases here, and every entry here is a route."""
    for path, method in ROUTES:
        if method == "POST" and not path.startswith("/v1/"):
            assert path in FORMS, path
    assert {*FORMS} <= {path for path, method in ROUTES if method == "POST"}
    assert {*QUERIES} <= {*ROUTES}
    assert {(path, method) for method, path in openapi.bodies()} <= {*ROUTES}


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_no_request_costs_ten_times_a_plain_one_of_its_size(
    client: Any, asks: Callable[[str, str], WorstRequest], path: str, method: str
) -> None:
    """No answer is 500 or 503 either: input that is too long, deep or large is refused."""
    plain = asks(path, method)
    cases = [*everywhere(plain), *(headed(plain) if reads_headers(path, method) else ())]
    if method in ("POST", "PUT", "DELETE"):
        made = bodies(model_of(path, method)) if path.startswith("/v1/") else forms(FORMS[path])
        cases += [(name, replace(plain, body=body)) for name, body in made]
    if path in ("/desk/mediators/{deed}", "/v1/mediators") and method == "POST":
        loads = replace(
            plain,
            names={"deed": "load"} if plain.names else {},
            headers={
                **plain.headers,
                "Content-Type": "multipart/form-data; boundary=x" if plain.names else "text/csv",
            },
        )
        cases += [(name, replace(loads, body=body)) for name, body in parts()]
    for name, worst in cases:
        usual = sized(plain, round(len(worst.body), -5))
        cheap, answer = held(lambda worst=worst: worst.at(client), lambda usual=usual: usual.at(client))
        assert answer.status_code < 500, (name, answer.body[:300])
        assert cheap, name


def sized(plain: WorstRequest, size: int) -> WorstRequest:
    """Return a plain request with a body of this many letters."""
    if plain.method == "GET":
        return plain
    words = "a" * size
    return replace(
        plain,
        body=json.dumps({"text": words}).encode()
        if plain.path.startswith("/v1/")
        else f"text={words}".encode(),
    )


def saying_all() -> Iterator[str]:
    """Yield moves that together have every parameter type."""
    known = set[str]()
    for move in MOVES.values():
        types = {repr(hint) for hint, _ in move.parameters.values()}
        if (move.at or move.name == "submit") and not types <= known:
            known |= types
            yield move.name


@pytest.mark.parametrize("move", [*saying_all()])
def test_no_body_of_a_move_costs_ten_times_a_plain_one(move: str) -> None:
    """Bad bodies are refused within the time of a plain one of their size."""

    def read(raw: bytes) -> None:
        with suppress(ValueError, TooLarge):
            request_models.arguments(move, inputs.body(SimpleNamespace(raw_body=raw)), T0)

    usual = json.dumps({"a": "a" * LONG}).encode()
    for name, body in bodies(request_models.body_of(move)):
        assert held(lambda body=body: read(body), lambda: read(usual))[0], name


def test_bodies_and_json_from_outside_are_read_in_one_place() -> None:
    """Only this module reads raw bodies, so that every body is measured first."""
    web = Path(inputs.__file__).parent
    assert [file.name for file in web.rglob("*.py") if "raw_body" in file.read_text("utf-8")] == ["inputs.py"]
