"""Translation of errors: every exception of ours becomes a status, a code and a sentence in the caller's
language (RFC 9457)."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import date, datetime
from functools import wraps
from operator import methodcaller
from typing import Any, Generic, NamedTuple, TypeVar

from chalice import Response
from pydantic import ValidationError

from chalicelib.access.authorization import READS, NotFound
from chalicelib.access.rate_limits import Counted, TooMany, counted
from chalicelib.cases.casework import MovesHeld, Newer, Unavailable, Unreadable, WriteConflict
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import GroundCode
from chalicelib.locale.formats import date_called, joined, label, moment, money, section, texts
from chalicelib.logs import correlation, log
from chalicelib.web import conditions

served: ContextVar[Any] = ContextVar("request")
"""The request being served. `pages.observe` sets it."""
Headers = dict[str, str | list[str]]
Body = TypeVar("Body")
LOST = "case_lost"
"""The code of the refusal for a person whose case a restore of the table undid."""
PRIVATE = {"Cache-Control": "no-store"}
STATUS = {
    "unauthenticated": 401,
    "forbidden": 403,
    "code_needed": 403,
    "move_not_allowed_for_role": 403,
    "own_request": 403,
    "approver_level": 403,
    "not_own_team": 403,
    "promise_level": 403,
    "key_scope": 403,
    "link_ended": 410,
    "cursor_too_old": 410,
    LOST: 410,
    "your_data_destroyed": 410,
    "not_found": 404,
    "unknown_move": 404,
    "unknown_figure": 404,
    "no_such_path": 404,
    "method_not_allowed": 405,
    "body_too_large": 413,
    "wrong_content_type": 415,
    "bad_json": 400,
    "bad_if_match": 400,
    "if_match_needed": 428,
    "input_too_long": 400,
    "too_many_inputs": 400,
    "wrong_key_reuse": 422,
    "external_id_taken": 409,
    "rate_limited": 429,
    "unavailable": 503,
    "updating": 503,
    "record_unreadable": 503,
    "held": 503,
    "internal": 500,
    **dict.fromkeys((why for _, why in READS.values()), 403),
}
"""The HTTP status of an error code. A refusal that is not listed is answered with 422 if it names a field,
else with 409."""
LISTS = {
    "move": "move",
    "stage": "stage",
    "role": "role",
    "roles": "role",
    "consent": "label",
    "forbidden": "forbidden",
    "measure": "measure",
    "forwarded": "forwarded",
    "deadline": "deadline",
    "fact": "fact",
}
"""Name of a fact of a refusal → list of labels in `locale/`. The values of these facts are codes, and the
sentence shows their labels."""
SAME = {
    same: code
    for code, others in {
        "extra": "extra_forbidden",
        "int_type": "int_parsing int_from_float int_parsing_size",
        "list_type": "tuple_type",
        "dict_type": "model_type model_attributes_type dataclass_type mapping_type",
        "bool_type": "bool_parsing",
        "date_type": "date_parsing date_from_datetime_parsing date_from_datetime_inexact",
        "enum": "literal_error is_instance_of",
        "datetime_type": "datetime_parsing datetime_from_date_parsing datetime_object_invalid",
        "datetime_zone": "timezone_naive",
        "string_type": "string_unicode",
        "pattern": "string_pattern_mismatch",
    }.items()
    for same in others.split()
}
"""pydantic's error code → the code that callers see, for the codes where they differ."""


class Problem(NamedTuple):
    """An error, ready for a page or a JSON answer. `title`: the sentence for people. `errors`: {pointer,
    code, message} for each faulty field. `facts`: the values that the sentence contains. `heading`: what the
    error summary of a page says above its lines; "" for `title`."""

    status: int
    code: str
    title: str
    errors: list[dict[str, str]]
    facts: Mapping[str, Any] = {}
    heading: str = ""


class Unauthenticated(Exception):
    """The error for a request whose caller has not shown who they are."""


class AccessForbidden(Exception):
    """The error for a request that this caller may not make, whatever the case."""


def forbid_unless(allowed: object) -> None:
    """Raise AccessForbidden unless `allowed` is true."""
    if not allowed:
        raise AccessForbidden


class TooLarge(Exception):
    """The error for a body with more bytes or values than we accept."""


class WrongContentType(Exception):
    """The error for a body with a content type that the route does not accept."""


class NoSuchPath(Exception):
    """The error for a path that no route has, with any method."""


class MethodNotAllowed(Exception):
    """The error for a path that exists, but not with this method. The header `Allow` of the answer names the
    methods that exist."""


TRY_AGAIN_S = 60
"""The `Retry-After` of a 503, in seconds. The sentences of these errors name the same time."""
HELD_S = 900
"""The `Retry-After` while operators hold all changes, in seconds. The sentence names the same time."""
wait: ContextVar[int] = ContextVar("wait", default=TRY_AGAIN_S)
"""The `Retry-After` of the request being served, in seconds. For a 429, `problem` sets it to the time until
the limit allows the next request."""
PLAIN: dict[type[Exception], str] = {
    NotFound: "not_found",
    WriteConflict: "stage_or_version_changed",
    Newer: "updating",
    MovesHeld: "held",
    Unreadable: "record_unreadable",
    Unavailable: "unavailable",
    Unauthenticated: "unauthenticated",
    AccessForbidden: "forbidden",
    TooLarge: "body_too_large",
    WrongContentType: "wrong_content_type",
    NoSuchPath: "no_such_path",
    MethodNotAllowed: "method_not_allowed",
}


def problem(language: str, error: Exception) -> Problem:
    """Return an exception as a `Problem` with its sentence in a language. An exception that is not ours
    becomes a 500 that reveals nothing internal."""
    if isinstance(error, ValidationError):
        errors = field_errors(language, error)
        if errors[0]["code"] == "json_invalid":
            return Problem(400, "bad_json", _sentence(language, "bad_json"), [])
        return Problem(422, "fields", texts(language)["words"]["fields"], errors)
    if isinstance(error, TooMany):
        wait.set(error.wait)
    if isinstance(error, Refusal):
        said = sentence(language, error)
        errors = [{"pointer": f"/{error.field}", "code": error.code, "message": said}] if error.field else []
        status = STATUS.get(error.code, 422 if error.field else 409)
        # the line of the field says the sentence already
        heading = texts(language)["words"]["fields"] if error.field else ""
        return Problem(status, error.code, said, errors, error.facts, heading)
    code = next((code for kind, code in PLAIN.items() if isinstance(error, kind)), "internal")
    said = _sentence(language, code)
    if isinstance(error, MovesHeld):
        wait.set(HELD_S)
        said = _or_call(language, said)
    return Problem(STATUS.get(code, 409), code, said, [])


def _or_call(language: str, said: str) -> str:
    """Return the sentence `said`, followed by the telephone number that people can call instead. Return it
    alone if the roster has no number or cannot be read."""
    from chalicelib.web.pages.help import team_to_call  # imported here, since the pages import this module

    phone = ""
    with suppress(Unavailable):
        phone = team_to_call(language).phone
    join = "" if language == "zh" else " "
    return join.join([said, texts(language)["words"]["call"].format(phone=phone)]) if phone else said


def sentence(language: str, refusal: Refusal) -> str:
    """Return the sentence of a refusal in a language. Codes in the facts are replaced by their labels. If the
    refusal is TooMany (a rate limit) or about a lost case, the sentence also gives the number to call."""
    said = _sentence(
        language,
        refusal.code,
        **{name: _said(language, name, value) for name, value in refusal.facts.items()},
    )
    return _or_call(language, said) if isinstance(refusal, TooMany) or refusal.code == LOST else said


def field_errors(language: str, error: ValidationError) -> list[dict[str, str]]:
    """Return an error for each faulty field of a body: its JSON pointer, a stable code, and what to do about
    it."""
    found, raw = [], error.errors(include_url=False, include_input=False)
    for one in raw:
        if one["type"] == "too_short" and any(
            one["loc"] == other["loc"][: len(one["loc"])] != other["loc"] for other in raw
        ):
            continue  # the list only seems too short, because pydantic leaves out its faulty items
        code = SAME.get(one["type"], one["type"])
        sentences, facts = texts(language)["field"], one.get("ctx", {})
        # for an empty field, "please answer" helps more than "at least one character"
        empty = code == "string_too_short" and facts["min_length"] == 1
        found.append(
            {
                "pointer": "/" + "/".join(str(part) for part in one["loc"] if part != "[key]"),
                "code": code,
                "message": sentences.get("missing" if empty else code, sentences["enum"]).format(**facts),
            }
        )
    return found


def answers(view: Callable[..., Any]) -> Callable[..., Response]:
    """Decorate a view of the interface. Its result becomes a JSON answer. Its exception becomes a problem
    document in the caller's language. The headers say the version of the answer, the caller's limits, and
    whether the answer has an old form."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Response:
        request, limited = served.get(), list[Counted]()
        counting = counted.set(limited)
        try:
            result = view(*args, **kwargs)
            answer = _tagged(request, result if isinstance(result, Response) else Answer(result))
        except Exception as error:  # any error, because only this place turns errors into answers
            answer = document(error)
            if answer.status_code >= 500:
                log.exception("request failed")
        finally:
            counted.reset(counting)
        answer.headers.update(conditions.limits(limited))
        if conditions.old_forms(request):
            answer.headers.update(conditions.ending())
        return answer

    return answered


def _tagged(request: Any, answer: Response) -> Response:
    """Return an answer with its ETag, or 304 without a body if the caller has this answer already. The answer
    to a GET has an ETag, and so has any answer with a case."""
    version = getattr(answer, "version", None)
    if version is None and request.method != "GET":
        return answer
    tag = str(answer.headers.setdefault("ETag", conditions.entity_tag(answer.body, version)))
    if request.method == "GET" and conditions.not_modified(request, tag):
        kept: Headers = {"ETag": tag, "Cache-Control": answer.headers["Cache-Control"]}
        return Response("", kept, 304)
    return answer


def document(error: Exception) -> Response:
    """Return an exception as an answer: a problem document (RFC 9457) in the caller's language. Its
    `instance` is the id under which the log has the request."""
    reads = language(served.get())
    found = problem(reads, error)
    if conditions.failed(served.get(), found.code):
        found = found._replace(status=412)
    body: dict[str, Any] = {
        "type": f"/problems/{found.code}",
        "title": found.title,
        "status": found.status,
        "instance": f"urn:uuid:{correlation()}",
        **({"number": found.facts["number"]} if "number" in found.facts else {}),
    }
    said = json.dumps(body | ({"errors": found.errors} if found.errors else {}), ensure_ascii=False)
    headers: Headers = {
        "Content-Type": "application/problem+json; charset=utf-8",
        "Content-Language": reads,
        **PRIVATE,
    }
    if found.status == 401:
        headers["WWW-Authenticate"] = conditions.challenge(served.get())
    return Response(said, headers, found.status)


class Answer(Response, Generic[Body]):
    """A JSON answer that no cache stores. The type parameter is the type of the body. The OpenAPI document
    makes the schema of the answer from it."""

    status = 200

    def __init__(self, body: Body, **headers: str) -> None:
        sent: Headers = {"Content-Type": "application/json; charset=utf-8", **PRIVATE, **headers}
        said = json.dumps(body, ensure_ascii=False, default=methodcaller("model_dump", mode="json"))
        super().__init__(said, sent, self.status)
        self.version = body.get("etag") if isinstance(body, dict) else None
        """The version of the case in the answer; None for any other answer."""


class Created(Answer[Body]):
    """The answer (201) to a request that has created something."""

    status = 201


class CreatedOnce(Created[Body]):
    """The answer to a request that creates something under a name of the sender: 201, or 200 if it was there
    already (`found`)."""

    def __init__(self, body: Body, found: bool, **headers: str) -> None:
        super().__init__(body, **headers)
        self.status_code = Answer.status if found else self.status


class Accepted(Answer[Body]):
    """The answer (202) to a request that is accepted and will be carried out later."""

    status = 202


def language(request: Any) -> str:
    """Return the language of an answer: `en` or `zh`, whichever the header Accept-Language names first; by
    default `zh`."""
    wanted = (request.headers.get("accept-language") or "").lower()
    return (
        "en"
        if wanted.find("en") >= 0 and ("zh" not in wanted or wanted.find("en") < wanted.find("zh"))
        else "zh"
    )


def _sentence(language: str, code: str, **facts: str) -> str:
    return str(texts(language)["refusal"][code].format(**facts))


def _said(language: str, name: str, value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return joined(language, (_said(language, name, item) for item in value))
    if name in LISTS and value:
        code = getattr(value, "value", value)
        return (
            label(language, str(code), LISTS[name])
            if str(code) in texts(language)[LISTS[name]]
            else str(code)
        )
    if isinstance(value, GroundCode):
        return label(language, value, section(type(value)))
    if name == "penalty":
        return money(language, value)
    if isinstance(value, datetime):
        return moment(language, value, end=name == "until")
    if isinstance(value, date):
        return date_called(language, value)
    return "–" if value is None else str(value)
