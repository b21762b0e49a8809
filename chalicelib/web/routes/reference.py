"""The reference of the interface for developers: a quick start, a page for each operation and each type. The
pages are made from the OpenAPI document and need no script."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from chalice import Blueprint, Response

from chalicelib.access.authorization import NotFound
from chalicelib.access.rate_limits import CEILINGS
from chalicelib.web import pages
from chalicelib.web.api.openapi import REF, document
from chalicelib.web.conditions import DEPRECATED, SUNSET
from chalicelib.wiring import product

routes = Blueprint(__name__)
TYPES = REF.format(model="")
"""The beginning of a reference to a type in the document."""
MOST_CODES = 40
"""The number of codes of a list above which a field shows only the first ones."""


class Part(NamedTuple):
    """A part of the name of a type. `type`: the type that the part links to; "" if it links to none."""

    text: str
    type: str = ""


class Described(NamedTuple):
    """A field or a parameter. `place`: where a parameter is sent, such as `header`; "" for a field. `kind`:
    the name of its type. `needed`: whether it must be sent, or is always answered."""

    name: str
    place: str
    kind: tuple[Part, ...]
    needed: bool
    says: str


@routes.route("/reference", methods=pages.GET)
@pages.answered
def reference(request: Any) -> Response:
    """Show a quick start, and the operations in groups."""
    described = document(routes.current_app)
    groups: dict[str, list[dict[str, str]]] = {tag["name"]: [] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            shown = {"name": one["operationId"], "call": f"{method.upper()} {path}", "says": one["summary"]}
            groups[one["tags"][0]].append(shown)
    by_key = CEILINGS["filing"][("key",)].most
    about = {tag["name"]: tag["description"] for tag in described["tags"]}
    return pages.page(
        request,
        "reference.html",
        groups=groups,
        about=about,
        by_key=f"{by_key:,}",
        url=product.setting("PUBLIC_URL"),
        since=DEPRECATED.date(),
        ends=SUNSET.date(),
    )


@routes.route("/reference/operations/{name}", methods=pages.GET)
@pages.answered
def operation(request: Any, name: str) -> Response:
    """Show an operation: who may call it, what it takes and answers, and an example."""
    described = document(routes.current_app)
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            if one["operationId"] == name:
                return pages.page(
                    request,
                    "reference_operation.html",
                    **_operation(described, f"{method.upper()} {path}", one),
                )
    raise NotFound(name)


@routes.route("/reference/types/{name}", methods=pages.GET)
@pages.answered
def described_type(request: Any, name: str) -> Response:
    """Show a type: its meaning, and its fields or codes."""
    schema = document(routes.current_app)["components"]["schemas"].get(name)
    if schema is None:
        raise NotFound(name)
    return pages.page(
        request,
        "reference_type.html",
        name=name,
        says=schema.get("description", ""),
        fields=[*_fields(schema)],
        kind=() if "properties" in schema else tuple(_kind(schema)),
    )


def _operation(described: dict[str, Any], call: str, one: dict[str, Any]) -> dict[str, Any]:
    """Return what the page of an operation shows. `call`: its method and path."""
    status, answer = next((code, said) for code, said in one["responses"].items() if code < "300")
    content = answer["content"]["application/json"]
    example = next(iter(content["examples"].values()))["$ref"].rpartition("/")[2]
    shown = described["components"]["examples"].get(example, {}).get("value")
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "name": one["operationId"],
        "call": call,
        "says": one["description"],
        "everybody": {} in one["security"],
        "parameters": [
            Described(
                p["name"], p["in"], tuple(_kind(p["schema"])), p.get("required", False), p["description"]
            )
            for p in one["parameters"]
        ],
        "body": tuple(_kind(body["schema"])) if body else (),
        "fields": [*_fields(_resolved(described, body["schema"]))] if body else [],
        "sent": _json(body.get("example")),
        "done": status,
        "answer": tuple(_kind(content["schema"])),
        "answered": _json(shown),
        "refused": [code for code in one["responses"] if code >= "400"],
    }


def _resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    named = schema.get("$ref", "").removeprefix(TYPES)
    found: dict[str, Any] = described["components"]["schemas"][named] if named else schema
    return found


def _fields(schema: dict[str, Any]) -> Iterator[Described]:
    """Yield the fields of a schema."""
    for name, field in schema.get("properties", {}).items():
        needed = name in schema.get("required", ())
        yield Described(name, "", tuple(_kind(field)), needed, field["description"])


def _kind(schema: dict[str, Any]) -> Iterator[Part]:
    """Yield the parts of the name of a schema's type."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(TYPES)
        yield Part(name, name)
    elif choices := schema.get("anyOf", schema.get("oneOf")):
        for n, one in enumerate(choices):
            yield from [Part(" | ")] if n else []
            yield from _kind(one)
    elif "enum" in schema:
        codes = [json.dumps(code, ensure_ascii=False) for code in schema["enum"]]
        yield Part(" | ".join(codes[:MOST_CODES]) + (" | …" if len(codes) > MOST_CODES else ""))
    elif "const" in schema:
        yield Part(json.dumps(schema["const"]))
    elif schema.get("type") == "array":
        yield Part("[")
        yield from _kind(schema.get("items", {}))
        yield Part("]")
    elif "properties" in schema:
        yield Part(f"{{{', '.join(schema['properties'])}}}")
    elif isinstance(schema.get("additionalProperties"), dict):
        yield Part("{…: ")
        yield from _kind(schema["additionalProperties"])
        yield Part("}")
    else:
        yield Part(" ".join(str(schema[part]) for part in ("type", "format") if part in schema) or "any")


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
