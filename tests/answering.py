"""The answers of the interface in all tests fit its document: the operation has the status, and the body
fits the schema. The schema admits no field that the type does not name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import jsonschema_rs

from chalicelib.web.api.openapi import document


def held(request: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the client's `request` so that each answer is checked against the document."""

    @wraps(request)
    def checked_request(method: str, path: str, headers: Any = None, body: bytes = b"") -> Any:
        answer = request(method, path, headers=headers, body=body)
        fits(method, path, answer.status_code, answer.headers, answer.body, body)
        return answer

    return checked_request


def fits(method: str, path: str, status: int, headers: Any, body: bytes, sent: bytes = b"") -> None:
    """Raise AssertionError for an answer that its operation does not have. Requests without operation pass,
    and so do status 500, which tests provoke, and the old forms, which the document does not describe."""
    found = operation(method, path)
    if found is None or status == 500 or "Preference-Applied" in headers:
        return
    name = found["operationId"]
    assert str(status) in found["responses"], (name, status)
    if method != "HEAD" and status != 304:
        kind = headers["Content-Type"].partition(";")[0]
        told = json.loads(body) if kind.endswith("json") else body.decode()
        wrong = faults(name, str(status), kind, told)
        assert not wrong, (name, status, wrong, told)


def operation(method: str, path: str) -> dict[str, Any] | None:
    """Return the operation of a request, or None."""
    if not path.startswith(("/v1/", "/openapi.json")):
        return None
    asked = path.partition("?")[0]
    return next(
        (
            methods[said]
            for shape, methods in _paths()
            if (said := "get" if method == "HEAD" else method.lower()) in methods and shape.fullmatch(asked)
        ),
        None,
    )


def faults(name: str, status: str, kind: str, told: Any) -> list[str]:
    """Return where an answer breaks its schema, and why; for a union of types, why it fits none of them."""
    return (
        [
            f"{'/'.join(map(str, error.instance_path))}: {error.message[:500]}"
            for schema in _schemas(name, status, kind)
            for error in schema.iter_errors(told)
        ]
        if not _schema(name, status, kind).is_valid(told)
        else []
    )


@cache
def _document() -> dict[str, Any]:
    from app import app

    return document(app)


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Return each path as a pattern with its methods; paths without variables first."""
    known = sorted(_document()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), methods) for path, methods in known]


@cache
def _told(name: str, status: str, kind: str) -> dict[str, Any]:
    found = next(one for _, methods in _paths() for one in methods.values() if one["operationId"] == name)
    schema: dict[str, Any] = found["responses"][status]["content"][kind]["schema"]
    return schema


@cache
def _schema(name: str, status: str, kind: str) -> Any:
    return _compiled(json.dumps(_told(name, status, kind)))


@cache
def _schemas(name: str, status: str, kind: str) -> list[Any]:
    told = _told(name, status, kind)
    return [_compiled(json.dumps(one)) for one in told.get("anyOf", [told])]


@cache
def _compiled(schema: str) -> Any:
    components = {"schemas": _document()["components"]["schemas"]}
    return jsonschema_rs.validator_for({**json.loads(schema), "components": components})
