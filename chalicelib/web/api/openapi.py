"""The OpenAPI 3.1 document, made from the routes and the request models, so it cannot say anything else than
what is served."""

from __future__ import annotations

import re
from functools import cache
from inspect import getdoc
from typing import Any

from chalice import Blueprint, Chalice
from pydantic import BaseModel

from chalicelib.domain.engine.process import MOVES
from chalicelib.domain.model.codes import Role
from chalicelib.models import body_of, link_of, register_of
from chalicelib.web.problems import STATUS, answers
from chalicelib.web.routes.api import AskedCode, NewKey, OldKey
from chalicelib.web.routes.files import new_file
from chalicelib.web.routes.mediators import Struck
from chalicelib.web.routes.roster import Away, Back, Duty, HandOver
from chalicelib.web.routes.verify import Digest

routes = Blueprint(__name__)
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/fields"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "instance": {"type": "string", "description": "name it when you ask us about this answer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}
QUERY = {
    "/v1/work": ["queue", "team", "cursor"],
    "/v1/cases/{ref}/reads": ["cursor"],
    "/v1/reads/{who}": ["cursor"],
    "/v1/cases/{ref}/timeline": ["cursor", "limit"],
}
DONE = {
    ("POST", "/v1/complaints"): "201",
    ("POST", "/v1/cases/{ref}/files"): "201",
    ("POST", "/v1/keys"): "201",
    ("POST", "/v1/verify/uploads"): "201",
    ("POST", "/v1/links"): "202",
}
"""The status of what makes something, and of what is only asked for: anything else that is done is answered
with 200."""
REF = "#/components/schemas/{model}"
PROBLEMS = sorted({409, 422, *STATUS.values()} - {500})
"""The statuses of problems that any operation may be answered with."""
OPEN = {
    ("POST", "/v1/complaints"),
    ("GET", "/openapi.json"),
    ("POST", "/v1/verify"),
    ("POST", "/v1/verify/uploads"),
    ("POST", "/v1/links"),
    ("GET", "/v1/verify/uploads/{id}"),
    ("GET", "/v1/stories"),
}
"""Routes that also answer callers who have not said who they are."""


@routes.route("/openapi.json", methods=["GET"])
@answers
def openapi() -> dict[str, Any]:
    """This document."""
    return document(routes.current_app)


@cache
def bodies() -> dict[tuple[str, str], type[BaseModel]]:
    """What the operations take that are no moves, by method and path."""
    return {
        ("POST", "/v1/cases/{ref}/files"): new_file(),
        ("POST", "/v1/cases/{ref}/codes"): AskedCode,
        ("POST", "/v1/verify"): Digest,
        ("POST", "/v1/links"): link_of(),
        ("POST", "/v1/keys"): NewKey,
        ("DELETE", "/v1/keys"): OldKey,
        ("PUT", "/v1/roster"): Duty,
        ("POST", "/v1/absences"): Away,
        ("DELETE", "/v1/absences"): Back,
        ("POST", "/v1/hand-overs"): HandOver,
        ("POST", "/v1/mediators"): register_of(),
        ("DELETE", "/v1/mediators"): Struck,
    }


@cache
def document(app: Chalice) -> dict[str, Any]:
    """The whole document; each move is a path of its own, since its parameters are its body."""
    from pydantic.json_schema import models_json_schema

    taken = [name for name, move in MOVES.items() if move.takers != Role.CLOCK]
    _, schemas = models_json_schema(
        [(body, "validation") for body in (*map(body_of, taken), *bodies().values())], ref_template=REF
    )
    paths: dict[str, dict[str, Any]] = {}
    for path, methods in app.routes.items():
        if path.startswith("/v1/") or path == "/openapi.json":
            for method, entry in methods.items():
                for real, move in _real(path, taken):
                    paths.setdefault(real, {})[method.lower()] = _operation(
                        method, real, entry.view_function, move
                    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Consumer complaints and dispute handling", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas["$defs"] | {"Problem": PROBLEM}, "securitySchemes": BEARER},
    }


def _real(path: str, moves: list[str]) -> list[tuple[str, str]]:
    """A route as the paths that callers use, each with the move that its body is the parameters of."""
    if "{move}" in path:
        return [(path.replace("{move}", name), name) for name in moves if name != "submit"]
    return [(path, "submit" if path == "/v1/complaints" else "")]


def _operation(method: str, path: str, view: Any, move: str) -> dict[str, Any]:
    said = MOVES[move].says if move else getdoc(view) or ""
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in QUERY.get(path, [])
    ]
    if method == "POST":
        parameters += [
            {"name": name, "in": "header", "schema": {"type": "string"}}
            for name in ("Idempotency-Key", "If-Match")
        ]
    if move and MOVES[move].gives_up:
        digits = {"type": "string", "pattern": r"^\d{6}$"}
        parameters.append({"name": "Confirmation-Code", "in": "header", "schema": digits})
    done = {"description": "done", "content": {"application/json": {}}}
    trouble = {
        "description": "a problem, in the caller's language",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    operation: dict[str, Any] = {
        "operationId": move or f"{method.lower()}_{view.__name__}",
        "summary": said.split("\n")[0].rstrip("."),
        "description": said,
        "parameters": parameters,
        "security": [{"bearer": []}] + ([{}] if (method, path) in OPEN else []),
        "responses": {DONE.get((method, path), "200"): done, **dict.fromkeys(map(str, PROBLEMS), trouble)},
    }
    body = body_of(move) if move else bodies().get((method, path))
    if body:
        schema = {"$ref": REF.format(model=body.__name__)}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation
