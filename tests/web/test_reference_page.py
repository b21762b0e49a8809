"""Tests of the OpenAPI document and its page: every operation has types, answers and an example."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import jsonschema_rs
import pytest

from app import app
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Role
from chalicelib.web.api.descriptions import of_field, of_kind
from chalicelib.web.api.openapi import document
from tests.closed import complete
from tests.scenario import Scenario
from tests.web.calls import post
from tests.web.links import shop
from tests.web.provider import Provider

DOCUMENT = document(app)
OPERATIONS = {one["operationId"]: one for path in DOCUMENT["paths"].values() for one in path.values()}
SCHEMAS = DOCUMENT["components"]["schemas"]
JSON = "application/json"


def compiled(schema: Any) -> Any:
    """Return the validator of a schema of the document."""
    return jsonschema_rs.validator_for({**schema, "components": {"schemas": SCHEMAS}})


def success_answer(name: str) -> Any:
    """Return the success answer of an operation."""
    return next(said["content"][JSON] for code, said in OPERATIONS[name]["responses"].items() if code < "300")


def test_every_operation_has_a_tag_a_summary_and_schemas() -> None:
    """The tag has a description, the summary is a full sentence, the answer has a type."""
    tags = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
    for name, operation in OPERATIONS.items():
        assert {*operation["tags"]} <= tags, name
        assert operation["tags"], name
        assert operation["summary"].endswith((".", "`.")), name
        assert operation["summary"][0].isupper(), name
        assert success_answer(name)["schema"], name
        refused = [said["content"] for code, said in operation["responses"].items() if code >= "400"]
        assert refused, name
        assert all("application/problem+json" in content for content in refused), name


def test_every_parameter_is_described() -> None:
    """A header, a part of a path or a query parameter is described by the docstring of its view."""
    lacking = {
        f"{one['name']} of {name}"
        for name, operation in OPERATIONS.items()
        for one in operation["parameters"]
        if not complete_sentence(one["description"])
    }
    assert not lacking, "write `name`: what it is. in the docstring of the view, or in PARAMETERS"


def test_every_field_is_described() -> None:
    """A field of a body is described by the label of its form, any other by the docstring of its class."""
    lacking = {
        f"{place}.{field}"
        for place, fields in objects(SCHEMAS, "")
        for field, declared in fields.items()
        if not complete_sentence(declared.get("description", ""))
    }
    assert not lacking, "write `field`: what it is. in the docstring of the class, or in SHARED"


def objects(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the fields of every object in a schema, at any depth."""
    if isinstance(schema, list):
        for one in schema:
            yield from objects(one, place)
    elif isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield place, schema["properties"]
        for name, one in schema.items():
            yield from objects(one, f"{place}/{name}")


def complete_sentence(text: str) -> bool:
    """Return whether a text has letters, and the end of a sentence."""
    return any(letter.isalpha() for letter in text) and text.endswith((".", "?", "!", ":"))


@pytest.mark.parametrize(
    ("doc", "says"),
    [
        ("A thing. `a`: the first. It is red. `b` and `c`: two more.", {"a": "The first. It is red."}),
        ("A thing. `a`: the first. `b` and `c`: two more.", {"b": "Two more.", "c": "Two more."}),
        ("A thing with `a` and its price. `a` (UTC): when; None if never.", {"a": "When; null if never."}),
        ("A thing. `a` has a price in fen. It is red.", {"a": "`a` has a price in CNY."}),
        ("A thing. `a`: in fen; None without one.", {"a": "In CNY; null without one."}),
    ],
)
def test_docstring_describes_fields(doc: str, says: dict[str, str]) -> None:
    """The sentences after the name and a colon come before a sentence that only mentions the name."""
    kind = type("Thing", (), {"__doc__": doc})
    assert {name: of_field(kind, name, {}, sent=False) for name in says} == says


def test_type_is_described_without_its_fields() -> None:
    """The description of a type leaves out what stands beside each field."""
    assert of_kind("A thing. It is red.\n\n`a`: the first. It is blue. Of `b` and `c`.") == (
        "A thing. It is red. Of `b` and `c`."
    )


def test_every_header_that_is_answered_is_described() -> None:
    """A read has an ETag, a 401 its challenge, a 429 its limits; every reference leads to a description."""
    described = DOCUMENT["components"]["headers"]
    answers = OPERATIONS["get_case"]["responses"]
    assert {"ETag"} == {*answers["200"]["headers"]} == {*answers["304"]["headers"]}
    assert {*answers["401"]["headers"]} == {"WWW-Authenticate"}
    assert {*answers["429"]["headers"]} == {"Retry-After", "RateLimit", "RateLimit-Policy"}
    for name, operation in OPERATIONS.items():
        for answer in operation["responses"].values():
            assert {*answer.get("headers", ())} <= {*described}, name


def test_every_schema_has_a_title_of_its_own() -> None:
    """Generators name classes by the title, so it is the unique name of the schema, without module paths."""
    assert {name: schema["title"] for name, schema in SCHEMAS.items()} == {name: name for name in SCHEMAS}
    assert not [name for name in SCHEMAS if not re.fullmatch(r"[A-Z][A-Za-z]+", name)]


def test_every_object_that_is_answered_is_closed() -> None:
    """Objects are closed or declare the type of their values. Exceptions are the text of an agreement and the
    facts and words of an entry or a pending approval, whose names its move defines. The OpenAPI document
    itself is not checked.
    """
    free = set[str]()

    def look(schema: Any, at: str) -> None:
        if isinstance(schema, list):
            for one in schema:
                look(one, at)
        elif isinstance(schema, dict):
            if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
                free.add(at) if schema.get("additionalProperties") in (True, None) else None
            for name, one in schema.items():
                look(one, f"{at}.{name}" if name not in ("properties", "anyOf", "items") else at)

    seen, ahead = (
        set[str](),
        [json.dumps(success_answer(name)["schema"]) for name in OPERATIONS if name != "get_openapi"],
    )
    while ahead:
        for part in ahead.pop().split("#/components/schemas/")[1:]:
            model = part.partition('"')[0]
            if model not in seen:
                seen.add(model)
                look(DOCUMENT["components"]["schemas"][model], model)
                ahead.append(json.dumps(DOCUMENT["components"]["schemas"][model]))
    complete(
        {
            "Approval.facts",
            "PartyAgreement.text",
            "StaffAgreement.text",
            "TimelineEntry.facts",
            "TimelineEntry.words",
        },
        free,
        "the list of this test",
        "name its fields in a model, or list it here if each case or move has fields of its own",
    )


def wrong(schema: Any, example: Any) -> list[str]:
    """Return a sentence for each field of an example that does not fit a schema: its path and the fault."""
    found = compiled(schema).iter_errors(example)
    return [f"{'/'.join(map(str, one.instance_path)) or 'the whole'}: {one.message}" for one in found]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_an_example_that_is_one(name: str) -> None:
    """The example request and answer fit their schemas; `python -m tests.examples` regenerates them."""
    answer, again = success_answer(name), "run `python -m tests.examples`, which writes it anew"
    shown = next(iter(answer["examples"].values()))["$ref"].rpartition("/")[2]
    assert shown in DOCUMENT["components"]["examples"], again
    example = DOCUMENT["components"]["examples"][shown]["value"]
    assert not wrong(answer["schema"], example), again
    if "requestBody" in OPERATIONS[name]:
        body = OPERATIONS[name]["requestBody"]["content"][JSON]
        assert "example" in body, again
        assert not wrong(body["schema"], body["example"]), again


def test_moves_of_the_clock_are_no_operation() -> None:
    """A case does not offer these moves either."""
    by_clock = {name for name, move in MOVES.items() if move.takers == Role.CLOCK}
    assert by_clock
    assert not by_clock & {*OPERATIONS}
    offered = DOCUMENT["components"]["schemas"]["BareCase"]["properties"]["moves"]["items"]["enum"]
    assert not by_clock & {*offered}


def test_reference_needs_no_script_and_little_traffic(client: Any, scenario: Scenario) -> None:
    """The page opens with the quick start in both languages. It loads our own sheets only, and all of it has
    at most 150 kB as API Gateway sends it."""
    for language, title in (("zh", "第一件投诉"), ("en", "The first complaint")):
        page = client.http.get("/reference", headers={"Accept-Language": language})
        html, policy = page.body.decode(), page.headers["Content-Security-Policy"]
        assert title in html
        assert "script" not in html + policy
        assert " style=" not in html
        sheets = re.findall(r'rel="stylesheet" href="([^"]+)"', html)
        parts = [page.body, *(client.http.get(sheet).body for sheet in sheets)]
        assert len(sheets) == 3
        assert sum(len(gzip.compress(part)) for part in parts) <= 150_000
        assert len(page.body) <= 150_000
    assert client.http.get("/openapi.json").json_body["externalDocs"]["url"] == "reference"


def test_samples_of_the_quick_start_are_valid(client: Any, scenario: Scenario, provider: Provider) -> None:
    """The complaint in the quick start is accepted from a partner, and the problem fits its schema."""
    html = unescape(client.http.get("/reference").body.decode())
    decode = json.JSONDecoder().raw_decode
    complaint_, _ = decode(html, html.index("-d '") + len("-d '"))
    filed = post(client, "/v1/complaints", complaint_, shop(client, provider))
    assert filed.status_code == 201, filed.json_body
    problem, _ = decode(html, html.index('{"type": "/problems/fields"'))
    assert not wrong(SCHEMAS["Problem"], problem)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_a_page(name: str, client: Any, scenario: Scenario) -> None:
    """The page has each parameter with its description, and links to types that exist."""
    answer = client.http.get(f"/reference/operations/{name}")
    assert answer.status_code == 200
    page = answer.body.decode()
    text = unescape(page)
    for one in OPERATIONS[name]["parameters"]:
        assert one["description"] in text, one["name"]
    for linked in re.findall(r"/reference/types/(\w+)", page):
        assert linked in SCHEMAS, linked


def test_every_type_has_a_page(client: Any, scenario: Scenario) -> None:
    """The page has each field with its description; an unknown type or operation is not found."""
    for name, schema in SCHEMAS.items():
        text = unescape(client.http.get(f"/reference/types/{name}").body.decode())
        assert name in text
        for field, declared in schema.get("properties", {}).items():
            assert declared["description"] in text, (name, field)
    assert client.http.get("/reference/types/Nothing").status_code == 404
    assert client.http.get("/reference/operations/nothing").status_code == 404
