"""The OpenAPI 3.1 document. It is made from the routes, the request models and the types of the answers, so
that it agrees with the interface."""

import json
import re
from functools import cache
from inspect import getdoc, getmodule, unwrap
from pathlib import Path
from typing import Any, cast, get_args, get_origin, get_type_hints

from chalice import Blueprint, Chalice
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.codes import Role
from chalicelib.web.api.descriptions import of_field, of_kind, of_parameter
from chalicelib.web.api.values import MONEY, Money
from chalicelib.web.problems import STATUS, Answer, CreatedOnce, answers
from chalicelib.web.request_models import body_of, link_of, register_of
from chalicelib.web.routes.api import BEGINS, AskedCode, NewKey, OldKey
from chalicelib.web.routes.files import new_file
from chalicelib.web.routes.mediators import Struck
from chalicelib.web.routes.roster import Away, Back, HandOver, Reroute, Rota
from chalicelib.web.routes.routing import NewRules
from chalicelib.web.routes.verify import Digest
from chalicelib.web.routes.webhooks import EndpointAsked, EndpointWanted, RangeAsked

routes = Blueprint(__name__)
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "An answer to a request that was refused (RFC 9457).",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {
            "type": "string",
            "description": "The code of the problem. It stays the same in every language and release.",
            "examples": ["/problems/fields"],
        },
        "title": {"type": "string", "description": "What is wrong, in the caller's language."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "instance": {
            "type": "string",
            "description": "The id of this answer. Name it when you ask us about it.",
        },
        "number": {
            "type": "string",
            "description": "The number of the case that the refusal names, such as the complaint that has"
            " the sent `external_id` already.",
        },
        "errors": {
            "type": "array",
            "description": "Every field that is wrong, all at once.",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "The place of the field (JSON Pointer)."},
                    "code": {"type": "string", "description": "What is wrong with it, as a code."},
                    "message": {"type": "string", "description": "What to do, in the caller's language."},
                },
            },
        },
    },
}
EXAMPLES = Path(__file__).with_name("examples.json")
"""Requests and answers by operation, recorded from the cases that the tests play through. `python -m
tests.examples` writes the file."""
LIMITS = ("RateLimit-Policy", "RateLimit")
HEADERS = {
    "ETag": "The version of the answer, for `If-None-Match` and `If-Match`.",
    "RateLimit": "What is left of the limits that only the caller uses"
    " (draft-ietf-httpapi-ratelimit-headers-10).",
    "RateLimit-Policy": "The limits of the request, where it has any.",
    "Retry-After": "The seconds until the request can be sent again.",
    "WWW-Authenticate": "The scheme of the credentials. API Gateway renames it in an answer to invalid ones.",
}
"""The headers of answers that the document describes. `LIMITS` are those about limits."""
BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}
QUERY = {
    "/v1/cases": ["external_id", "partner", "state", "from", "to", "order", "limit", "cursor"],
    "/v1/work": ["queue", "team", "cursor"],
    "/v1/changes": ["after", "limit"],
    "/v1/cases/{ref}/reads": ["cursor"],
    "/v1/reads/{who}": ["cursor"],
    "/v1/webhooks/{id}/deliveries": ["cursor"],
    "/v1/cases/{ref}/timeline": ["cursor", "limit"],
    "/v1/stories": ["words", "type", "month", "cursor"],
    "/v1/figures/{table}": ["from", "to", "edition", "format"],
    "/v1/team-figures/{period}": ["format"],
    "/v1/routing/changes": ["before"],
}
REF = "#/components/schemas/{model}"
SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z`])")
"""The boundary between two sentences. The document uses the first sentence of a docstring as the summary of
an operation."""
PROBLEMS = sorted({409, 412, 422, *STATUS.values()} - {500})
"""The HTTP statuses that the document gives as possible errors of every operation."""
OPEN = {
    ("POST", "/v1/complaints"),
    ("GET", "/openapi.json"),
    ("POST", "/v1/verify"),
    ("POST", "/v1/verify/uploads"),
    ("POST", "/v1/links"),
    ("GET", "/v1/verify/uploads/{id}"),
    ("GET", "/v1/consents"),
    ("GET", "/v1/stories"),
    ("GET", "/v1/figures"),
    ("GET", "/v1/figures/{table}"),
}
"""The operations (method, path) that also serve callers without credentials."""


@routes.route("/openapi.json", methods=["GET"])
@answers
def openapi() -> dict[str, Any]:
    """Get the OpenAPI document of this interface."""
    return document(routes.current_app)


TAGS = {
    "links": "An access link asked for again.",
    "cases": "A case as its reader may know it: where it stands, what happened, what runs, its files.",
    "changes": "What changed on the complaints that a partner filed.",
    "consents": "The texts by which a person lets a partner read their complaint.",
    "work": "What waits for a member of staff.",
    "reads": "Who of the staff and partners read what.",
    "roster": "Who is on duty.",
    "routing": "Which team gets a complaint, and which department a question.",
    "absences": "Who is away.",
    "hand-overs": "All cases of one person, or of a team by the rules, given to others.",
    "mediators": "The register of those who mediate.",
    "verify": "Whether a document or a letter is one of ours.",
    "stories": "What consumers agreed to have published.",
    "figures": "What is published of complaints by month, rounded to 5, with no number under ten.",
    "team-figures": "Load, times and promises of teams and people, for supervisors and team leads.",
    "keys": "What partner systems show who they are with.",
    "webhooks": "Where a partner is told of changes, and what became of that.",
    "openapi.json": "This document.",
}
"""The description of each group of operations. The key is the first part of the path after `/v1`. A group of
moves is described by the docstring of the module that declares the moves."""


TERMS = {
    "AgreementTold": "PartyAgreement",
    "Away": "NewAbsence",
    "AwayView": "LostTime",
    "Back": "AbsenceRemoval",
    "ChoiceInside": "SpeakersChoice",
    "Cited": "CitedRule",
    "Counted": "ComplaintCount",
    "DecidedAnew": "ReconsiderationDecision",
    "Denied": "Denial",
    "Expected": "ExpectedMove",
    "Kind": "MatterKind",
    "LateView": "OverdueDuty",
    "Lesson": "TrainingTopic",
    "Look": "EffectCheck",
    "Mediates": "PartyMediator",
    "MediationTold": "PartyMediation",
    "Missed": "MeetingAbsence",
    "MovedView": "Postponement",
    "Offered": "PartyOffer",
    "Owed": "OwedRemedy",
    "Prolonged": "MediationExtension",
    "Reroute": "HandOverByRules",
    "Said": "PartyStatement",
    "SealedTold": "PartySealedAgreement",
    "SignatureTold": "PartySignature",
    "Stay": "StagePeriod",
    "Struck": "MediatorRemoval",
    "Version": "ObligationTerms",
}
"""Name of a type in the code → its term in the document, where the two differ."""


class Schemas(GenerateJsonSchema):
    """The generator of the schemas in the document. The schema of an answer allows no further fields. Fields
    have no titles."""

    def normalize_name(self, name: str) -> str:
        """Return the name that a type has in the document. `name`: the name that pydantic would give."""
        return super().normalize_name(TERMS.get(name, name))

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return False, because a field needs no title besides its name."""
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Return whether a field is always present. In an answer, a field of a dataclass that can be None may
        be missing, because `plain` leaves out None."""
        if self.mode == "validation" or field["type"] == "typed-dict-field":
            return super().field_is_required(field, total)
        inner = field["schema"]
        return bool(inner.get("schema", inner)["type"] != "nullable" and inner["type"] != "nullable")

    def typed_dict_schema(self, schema: Any) -> dict[str, Any]:
        """Return the schema of a TypedDict. It allows no further fields."""
        made = super().typed_dict_schema(schema) | {"additionalProperties": False}
        return self._described(schema["cls"], made)

    def named_tuple_schema(self, schema: Any) -> dict[str, Any]:
        """Return the schema of a NamedTuple: an object in which all fields are present and amounts are in
        yuan."""
        yuan = TypeAdapter(Money | None).core_schema
        fields = {one["name"]: yuan if one["name"] in MONEY else one["schema"] for one in schema["fields"]}
        properties = {name: self.generate_inner(cast(Any, inner)) for name, inner in fields.items()}
        about = {"type": "object", "description": getdoc(schema["cls"])}
        made = about | {"properties": properties, "required": [*fields]}
        return self._described(schema["cls"], self._closed(made))

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        """Return the schema of a dataclass. In an answer, amounts are in yuan, and it allows no further
        fields."""
        made = super().dataclass_schema(schema)
        if self.mode == "serialization":
            yuan = TypeAdapter(Money | None).core_schema
            amounts = {name: self.generate_inner(yuan) for name in MONEY if name in made["properties"]}
            made["properties"] |= amounts
        return self._described(schema["cls"], self._closed(made))

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Return the schema of a request model or another pydantic model. In an answer, it allows no further
        fields."""
        return self._described(schema["cls"], self._closed(super().model_schema(schema)))

    def _described(self, kind: Any, schema: dict[str, Any]) -> dict[str, Any]:
        """Add to the schema of a class the description of each field that has none."""
        for name, field in schema.get("properties", {}).items():
            if not field.get("description"):
                field["description"] = of_field(kind, name, _asking(), self.mode == "validation")
                if (most := _longest(field)) and "characters" not in field["description"]:
                    field["description"] += f" At most {most:,} characters."
        if "description" in schema:
            schema["description"] = of_kind(schema["description"])
        return schema

    def _closed(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema | ({"additionalProperties": False} if self.mode == "serialization" else {})


@cache
def bodies() -> dict[tuple[str, str], type[BaseModel]]:
    """Return the request model of each operation that is not a move: (method, path) → model."""
    return {
        ("POST", "/v1/cases/{ref}/files"): new_file(),
        ("POST", "/v1/cases/{ref}/codes"): AskedCode,
        ("POST", "/v1/verify"): Digest,
        ("POST", "/v1/links"): link_of(),
        ("POST", "/v1/keys"): NewKey,
        ("DELETE", "/v1/keys"): OldKey,
        ("POST", "/v1/webhooks"): EndpointAsked,
        ("PUT", "/v1/webhooks/{id}"): EndpointWanted,
        ("POST", "/v1/webhooks/{id}/replay"): RangeAsked,
        ("PUT", "/v1/roster"): Rota,
        ("PUT", "/v1/routing"): NewRules,
        ("POST", "/v1/absences"): Away,
        ("DELETE", "/v1/absences"): Back,
        ("POST", "/v1/hand-overs"): HandOver,
        ("POST", "/v1/hand-overs/by-rules"): Reroute,
        ("POST", "/v1/mediators"): register_of(),
        ("DELETE", "/v1/mediators"): Struck,
    }


@cache
def _asking() -> dict[type, str]:
    """Return the move of each request model that belongs to a move."""
    return {body_of(name): name for name, move in MOVES.items() if move.takers != Role.CLOCK}


@cache
def document(app: Chalice) -> dict[str, Any]:
    """Return the OpenAPI document of the app. Each move is a path of its own, because each has its own
    request body."""
    taken = [name for name, move in MOVES.items() if move.takers != Role.CLOCK]
    served = [
        (method, real, entry.view_function, move)
        for path, methods in app.routes.items()
        if path.startswith("/v1/") or path == "/openapi.json"
        for method, entry in methods.items()
        for real, move in _real(path, taken)
    ]
    types: dict[tuple[str, Any], Any] = {}
    for method, path, view, move in served:
        if body := _body(method, path, move):
            types[repr(body), "validation"] = body
        answer = _answer(view)[1]
        types[repr(answer), "serialization"] = answer
    schemas, definitions = TypeAdapter.json_schemas(
        [(name, mode, TypeAdapter(type)) for (name, mode), type in types.items()],
        ref_template=REF,
        schema_generator=Schemas,
    )
    schemas, known = _titled(schemas, definitions["$defs"])
    told = json.loads(EXAMPLES.read_text("utf-8"))
    paths: dict[str, dict[str, Any]] = {}
    for method, path, view, move in served:
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, view, move, schemas, told)
    used = {tag for operations in paths.values() for one in operations.values() for tag in one["tags"]}
    modules = {_subject(name): getdoc(getmodule(MOVES[name].do)) for name in taken}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Consumer complaints and dispute handling", "version": "1"},
        "externalDocs": {"url": "reference", "description": "The same to be read by people."},
        "tags": [
            {"name": name, "description": says} for name, says in (TAGS | modules).items() if name in used
        ],
        "paths": paths,
        "components": {
            "schemas": known | {"Problem": PROBLEM},
            "examples": {name: {"value": one["answered"]} for name, one in told.items() if "answered" in one},
            "headers": {
                name: {"description": says, "schema": {"type": "string"}} for name, says in HEADERS.items()
            },
            "securitySchemes": BEARER,
        },
    }


def _titled(schemas: Any, known: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the schemas of bodies and answers, and those that they refer to, with unique names. The title of
    a schema is its name. A field that is described by one or two words gets the meaning of its type. pydantic
    has two schemas for a type that is both sent and answered: the one to send gets the prefix New."""
    names = {f"{name}-Output": name for name in (one.removesuffix("-Input") for one in known)}
    names |= {one: f"New{one.removesuffix('-Input')}" for one in known if one.endswith("-Input")}

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(one) for one in value]
        if not isinstance(value, dict):
            start, _, name = value.rpartition("/") if isinstance(value, str) else ("", "", "")
            return f"{start}/{names.get(name, name)}" if start == REF.rpartition("/")[0] else value
        return {name: renamed(one) for name, one in value.items()}

    made = {
        names.get(name, name): {**renamed(one), "title": names.get(name, name)} for name, one in known.items()
    }
    for schema in made.values():
        for field in schema.get("properties", {}).values():
            named = re.search(r"/schemas/(\w+)", json.dumps(field))
            if named and field["description"].count(" ") <= 1 and "description" in made[named[1]]:
                meaning = " ".join(made[named[1]]["description"].split())
                field["description"] += f" {SENTENCE.split(meaning, maxsplit=1)[0]}"
    return {key: renamed(one) for key, one in schemas.items()}, made


def _longest(field: dict[str, Any]) -> int:
    """Return how many characters a text may have, also one that may be null; 0 for no limit or no text."""
    return max(int(one.get("maxLength", 0)) for one in (field, *field.get("anyOf", ())))


def _real(path: str, moves: list[str]) -> list[tuple[str, str]]:
    """Return (path, move) pairs for the route `path`. A route with `{move}` gives one pair for each of
    `moves`. Any other route gives one pair: its path, and the move that begins a case there, or "" if none
    does."""
    if "{move}" in path:
        return [(path.replace("{move}", name), name) for name in moves if MOVES[name].at]
    return [(path, BEGINS.get(path, ""))]


def _body(method: str, path: str, move: str) -> type[BaseModel] | None:
    return body_of(move) if move else bodies().get((method, path))


def _answer(view: Any) -> tuple[list[str], Any]:
    """Return the HTTP statuses and the type of a view's successful answer. Both are read from the return
    annotation of the view."""
    # imported here, since other requests do not need these modules
    from chalicelib.web.api import answers, case_answers

    names = vars(answers) | vars(case_answers) | unwrap(view).__globals__
    told = get_type_hints(view, None, names, include_extras=True)["return"]
    kind = get_origin(told)
    if isinstance(kind, type) and issubclass(kind, Answer):
        found = [Answer.status] if issubclass(kind, CreatedOnce) else []
        return [str(status) for status in (kind.status, *found)], get_args(told)[0]
    return [str(Answer.status)], told


def _subject(move: str) -> str:
    """Return the name of the module that declares a move. The operations of its moves form a group."""
    return MOVES[move].do.__module__.rpartition(".")[2]


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _operation(method: str, path: str, view: Any, move: str, schemas: Any, told: Any) -> dict[str, Any]:
    own = "/moves/" in path  # one view serves all moves; a view that begins a case serves only one
    said = " ".join((MOVES[move].says if own else getdoc(view) or "").split())
    text, digits = {"type": "string"}, {"type": "string", "pattern": r"^\d{6}$"}
    begins = path in BEGINS or path == "/v1/cases/{ref}/files"
    headers = ["Idempotency-Key"] if method == "POST" and (move or begins) else []
    headers += ["If-Match"] if method == "PUT" or "/moves/" in path else []
    headers += ["If-None-Match"] if method == "GET" else []
    headers += ["Prefer"] if "If-Match" in headers or path.startswith("/v1/cases/{ref}") else []
    asked = [(name, "path", text) for name in re.findall(r"{(\w+)}", path)]
    asked += [(name, "query", text) for name in QUERY.get(path, [])]
    asked += [(name, "header", text) for name in headers]
    if move and MOVES[move].gives_up:
        asked.append(("Confirmation-Code", "header", digits))
    parameters = [
        {
            "name": name,
            "in": place,
            "description": of_parameter(name, view),
            "schema": schema,
            **({"required": True} if place == "path" else {}),
        }
        for name, place, schema in asked
    ]
    statuses, type = _answer(view)
    name = move or f"{method.lower()}_{view.__name__}"
    shown = "get_case" if move and MOVES[move].at else name
    done: dict[str, Any] = {
        "description": "done",
        "content": {
            "application/json": {
                "schema": schemas[repr(type), "serialization"],
                "examples": {"life": {"$ref": f"#/components/examples/{shown}"}},
            }
        },
    }
    if "format" in QUERY.get(path, []):
        done["content"]["text/csv"] = {"schema": {"type": "string"}}
    trouble = {
        "description": "a problem, in the caller's language",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    done["headers"] = _headers(*(("ETag",) if method == "GET" or "/moves/" in path else LIMITS))
    told_with = {401: ("WWW-Authenticate",), 429: ("Retry-After", *LIMITS), 503: ("Retry-After",)}
    refused = {
        str(code): {**trouble, "headers": _headers(*told_with[code])} if code in told_with else trouble
        for code in PROBLEMS
    }
    operation: dict[str, Any] = {
        "operationId": name,
        "tags": [_subject(move) if move else path.split("/")[2 if path.startswith("/v1/") else 1]],
        "summary": SENTENCE.split(said, maxsplit=1)[0],
        "description": said,
        "parameters": parameters,
        "security": [{"bearer": []}] + ([{}] if (method, path) in OPEN else []),
        "responses": {**dict.fromkeys(statuses, done), **refused},
    }
    if method == "GET":
        operation["responses"]["304"] = {
            "description": "the caller has the answer already",
            "headers": _headers("ETag"),
        }
    if body := _body(method, path, move):
        example = {"example": told[name]["sent"]} if "sent" in told.get(name, {}) else {}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[repr(body), "validation"], **example}},
        }
    return operation
