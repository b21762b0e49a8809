"""The small AWS in the place of the network, under every botocore client of this process.

Without listeners it also replaces botocore, which takes most of the time, for every call that no road
disturbs.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Protocol, runtime_checkable

import botocore.endpoint
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session
from botocore.response import StreamingBody
from botocore.validate import ParamValidationDecorator

from tests.cloud import rest_xml
from tests.cloud.aws import Cloud
from tests.cloud.expressions import NotBuilt
from tests.cloud.refused import Refused

TARGETS = {
    "DynamoDB_20120810": "dynamodb",
    "AmazonSQS": "sqs",
    "secretsmanager": "secretsmanager",
    "TrentService": "kms",
    "AWSCognitoIdentityProviderService": "cognito-idp",
}
"""Services that name their operation in a header, by their own name there."""
PATHS = {
    ("POST", "/v2/email/outbound-emails"): ("sesv2", "SendEmail"),
    ("GET", "/v2/email/account"): ("sesv2", "GetAccount"),
}
INVOKED = re.compile(r"//lambda[.][^/]+/2015-03-31/functions/[\w-]+-(\w+)/invocations")
"""The address at which a function is invoked. Its name ends with that of the handler."""
AT_HAND = frozenset({"dynamodb", "sqs", "sesv2", "secretsmanager", "s3"})
"""Services that need no wire: their requests and answers are, except for bytes, the same in Python."""
Hears = Callable[..., Any]
HEARING: dict[str, list[tuple[Hears, frozenset[str]]]] = {"before-call": [], "after-call": []}
"""The present listeners at each of botocore's events, and the services that they skip (tests/aws_calls.py).
"""
SUMMED = {"PutObject": {"ChecksumAlgorithm": "CRC32"}, "GetObject": {"ChecksumMode": "ENABLED"}}
"""The parameters that botocore adds to requests to a store of files."""
SHAPES = {"dynamodb": "com.amazonaws.dynamodb.v20120810#", "sqs": "com.amazonaws.sqs#"}
"""The prefix of an error's name in the body of an answer."""


@dataclass(frozen=True)
class Call:
    """One call to AWS, as the network sees it."""

    service: str
    operation: str
    request: Mapping[str, Any]
    url: str
    method: str = "POST"


Apply = Callable[[], AWSResponse]
Beside = Callable[[AWSPreparedRequest], AWSResponse | None]
"""A handler of requests to other services; it returns None for those of the small AWS."""
Road = Callable[[Call, Apply], AWSResponse]
"""The road between the product and AWS.

It may apply the call or not, change its answer, or raise a network error.
"""


@runtime_checkable
class Foresees(Protocol):
    """A road that knows before a call whether it disturbs it, so that the others need no wire."""

    def foresees(self, call: Call) -> bool:
        """Return whether the first try of this call, which comes next, goes undisturbed."""

    def passed(self, call: Call) -> None:
        """Take note of a call that was answered without the wire."""


def straight(call: Call, apply: Apply) -> AWSResponse:
    """Apply the call, as a network without faults does."""
    return apply()


def nobody(request: AWSPreparedRequest) -> AWSResponse | None:
    """Answer no request: no other service is present."""
    return None


@contextmanager
def plugged(cloud: Cloud, road: Road | None = None, beside: Beside = nobody) -> Iterator[None]:
    """Connect every botocore client to this cloud, by this road or without a network.

    Retries do not sleep.
    """

    def send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        cloud.calls += 1
        if (answered := beside(request)) is not None:
            cloud.elsewhere += 1
            return answered
        if found := INVOKED.search(request.url):
            return invoked(found[1], request)
        try:
            call = _call(request)
        except Refused as refused:
            return rest_xml.refused(request.url, request.method, refused)
        return (road or straight)(call, lambda: answer(cloud, call))

    def ask(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        heard = any(service not in but for hearing in HEARING.values() for _, but in hearing)
        call = Call(service, operation, params, client.meta.endpoint_url)
        # a road without foresight sees every call on the wire
        clear = road is None or (foresees is not None and service in AT_HAND and foresees.foresees(call))
        if clear and not heard:
            answered = at_hand(cloud, client, operation, params)
            if answered is not None:
                if foresees:
                    foresees.passed(call)
                return answered
        return asked(client, operation, params)

    foresees = road if isinstance(road, Foresees) else None
    was, asked = URLLib3Session.send, BaseClient._make_api_call
    botocore.endpoint.time = SimpleNamespace(sleep=lambda seconds: None)  # type: ignore[assignment]
    URLLib3Session.send, BaseClient._make_api_call = send, ask  # type: ignore[method-assign]
    try:
        yield
    finally:
        import time

        URLLib3Session.send, botocore.endpoint.time = was, time  # type: ignore[method-assign]
        BaseClient._make_api_call = asked


def at_hand(
    cloud: Cloud, client: BaseClient, operation: str, params: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the cloud's answer without botocore's work, or None for a call that needs the wire.

    A refused call needs it, so that its error is botocore's own.
    """
    model = client.meta.service_model
    if model.service_name not in AT_HAND:
        return None
    serializer = client._serializer
    if isinstance(serializer, ParamValidationDecorator):  # the table's client does not validate
        shape = model.operation_model(operation).input_shape
        if serializer._param_validator.validate(params, shape).has_errors():
            return None
    try:
        answered = (_files if model.service_name == "s3" else _carrying)(
            cloud, model.service_name, operation, params
        )
    except Refused:
        return None
    cloud.calls += 1
    return {**answered, "ResponseMetadata": {"HTTPHeaders": _headers(cloud)}}


def _headers(cloud: Cloud) -> dict[str, str]:
    """Return the headers of every answer: the time by the cloud's own clock."""
    return {"date": _date(cloud.now())}


@lru_cache(maxsize=1)
def _date(now: datetime) -> str:
    return format_datetime(now.astimezone(UTC), usegmt=True)


def _carrying(cloud: Cloud, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    return _carried(cloud.answer(service, operation, _carried(params)))  # type: ignore[no-any-return]


def _files(cloud: Cloud, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return a store's answer; botocore adds a checksum to content and reads it as a stream."""
    answered = cloud.answer(service, operation, SUMMED.get(operation, {}) | params)
    if "Body" in answered:
        answered["Body"] = StreamingBody(rest_xml.Raw(answered["Body"]), answered["ContentLength"])
    return answered


def _carried(said: Any) -> Any:
    """Return a copy as the receiver of the wire would see it. Most values are texts, which need no copy."""
    if isinstance(said, dict):
        if len(said) == 1:  # an attribute's value: {"S": "text"}
            [(name, one)] = said.items()
            return {name: one if one.__class__ is str else _carried(one)}
        return {name: one if one.__class__ is str else _carried(one) for name, one in said.items()}
    if isinstance(said, list | tuple):
        return [_carried(value) for value in said]
    return b64encode(said).decode() if isinstance(said, bytes) else said


def answer(cloud: Cloud, call: Call) -> AWSResponse:
    """Apply a call; return the response that AWS would send."""
    try:
        answered = cloud.answer(call.service, call.operation, call.request)
        if call.service == "s3":
            return rest_xml.written(call.url, call.operation, answered)
        return response(call, 200, answered, _headers(cloud))
    except Refused as refused:
        return error(call, refused)


def invoked(name: str, request: AWSPreparedRequest) -> AWSResponse:
    """Invoke the handler of this name in this process, and return the response with its answer."""
    from chalicelib.workers import handlers

    headers: dict[str, str] = {}
    try:
        answered = getattr(handlers, name)(
            json.loads(request.body), SimpleNamespace(aws_request_id="invoked")
        )
    except Exception as error:  # Lambda answers every error of a function with 200 and this header
        headers, answered = {"X-Amz-Function-Error": "Unhandled"}, {"errorType": type(error).__name__}
    body = json.dumps(answered).encode()
    return AWSResponse(request.url, 200, headers | {"Content-Length": str(len(body))}, BytesIO(body))


def error(call: Call, refused: Refused) -> AWSResponse:
    """Return the response that carries an error."""
    if call.service == "s3":
        return rest_xml.refused(call.url, call.method, refused)
    more = dict(refused.more)
    headers = {"x-amzn-ErrorType": refused.code}
    if query := more.pop("query", None):
        headers["x-amzn-query-error"] = query
    body = {"__type": SHAPES.get(call.service, "") + refused.code, "message": refused.message, **more}
    return response(call, refused.status, body, headers)


def response(
    call: Call, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> AWSResponse:
    """Return an HTTP response with this JSON."""
    made = AWSResponse(call.url, status, headers or {}, None)
    made._content = json.dumps(body).encode()
    return made


def _call(request: AWSPreparedRequest) -> Call:
    if rest_xml.HOST.match(request.url):
        asked = rest_xml.read(request.method, request.url, request.headers, request.body)
        return Call("s3", *asked, request.url, request.method)
    body = json.loads(request.body or b"{}")
    target = request.headers.get("X-Amz-Target")
    if target:
        name, _, operation = (target.decode() if isinstance(target, bytes) else target).partition(".")
        return Call(TARGETS[name], operation, body, request.url)
    path = "/" + request.url.partition("://")[2].partition("/")[2]
    if (request.method, path) not in PATHS:
        raise NotBuilt(request.method, request.url)
    return Call(*PATHS[request.method, path], body, request.url)
