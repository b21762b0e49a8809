"""The wire format of S3: parse requests and write answers by botocore's description of the service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from email.utils import format_datetime
from functools import cache
from hmac import compare_digest
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

import botocore.session
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.model import OperationModel, Shape

from tests.cloud.expressions import NotBuilt
from tests.cloud.refused import Refused
from tests.cloud.s3 import SECRET, unsigned

HOST = re.compile(r"https://(?:([\w.-]+)\.)?s3[\w.-]*\.amazonaws\.com(?:\.cn)?/")
TRAILING = re.compile(rb"\r\n(x-amz-checksum-\w+):([^\r]+)\r\n")
"""A checksum that follows chunked content."""
OPERATIONS = {
    ("PUT", True, ""): "PutObject",
    ("GET", True, ""): "GetObject",
    ("HEAD", True, ""): "HeadObject",
    ("DELETE", True, ""): "DeleteObject",
    ("GET", False, "list-type"): "ListObjectsV2",
    ("GET", False, "versions"): "ListObjectVersions",
}
"""The operations by method, whether a file is named, and the bucket's subresource."""


@cache
def model(operation: str) -> OperationModel:
    """Return botocore's description of an operation of S3."""
    return botocore.session.get_session().get_service_model("s3").operation_model(operation)


def read(method: str, url: str, headers: Mapping[str, Any], body: Any) -> tuple[str, dict[str, Any]]:
    """Return a request's operation and parameters; raise `Refused` for a link with a bad signature."""
    parts, named = urlsplit(url), HOST.match(url)
    assert named
    path = unquote(parts.path).lstrip("/")
    bucket, key = (named[1], path) if named[1] else (path.partition("/")[0], path.partition("/")[2])
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    headers = {name.lower(): _text(value) for name, value in headers.items()}
    content = body.read() if hasattr(body, "read") else body or b""
    content = content.encode() if isinstance(content, str) else content
    if method == "POST" and not key:
        return "POST", {"Bucket": bucket, **_form(headers["content-type"], content)}
    sub = next((name for name in ("list-type", "versions") if name in query), "")
    operation = OPERATIONS.get((method, bool(key), sub))
    if operation == "PutObject" and "x-amz-copy-source" in headers:
        operation = "CopyObject"
    if operation is None or query.keys() - _queries(operation):
        raise NotBuilt(method, url)
    if "X-Amz-Signature" in query:
        linked(method, url)
    request: dict[str, Any] = {"Bucket": bucket, **({"Key": key} if key else {})}
    if operation == "PutObject":
        request["Body"], checksum = _unchunked(headers, content)
        headers |= checksum
    for name, shape in model(operation).input_shape.members.items():
        place, called = shape.serialization.get("location"), shape.serialization.get("name", name)
        if place == "headers":
            prefix = called.lower()
            told = {key[len(prefix) :]: value for key, value in headers.items() if key.startswith(prefix)}
            request |= {name: told} if told else {}
        elif place == "header" and called.lower() in headers and name != "ContentLength":
            request[name] = _typed(shape, headers[called.lower()])
        elif place == "querystring" and called in query:
            request[name] = _typed(shape, query[called])
    if operation == "CopyObject":
        request["CopySource"] = unquote(request["CopySource"])
        request.pop("ChecksumAlgorithm", None)
    if request.get("ContentEncoding") == "aws-chunked":
        del request["ContentEncoding"]
    return operation, request


@cache
def _queries(operation: str) -> set[str]:
    """Return the permitted query parameters of an operation."""
    members = model(operation).input_shape.members.values()
    told = {shape.serialization.get("name") for shape in members} | {"list-type", "versions", "x-id"}
    signing = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    return told | {f"X-Amz-{part}" for part in signing}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _typed(shape: Shape, text: str) -> Any:
    return int(text) if shape.type_name in ("integer", "long") else text


def _unchunked(headers: Mapping[str, str], content: bytes) -> tuple[bytes, dict[str, str]]:
    """Return content without its chunks, and the checksum that follows it."""
    if "aws-chunked" not in headers.get("content-encoding", ""):
        return content, {}
    found, rest = b"", content
    while True:
        length, _, rest = rest.partition(b"\r\n")
        size = int(length.partition(b";")[0], 16)
        if size == 0:
            trailing = TRAILING.search(b"\r\n" + rest)
            return found, {trailing[1].decode(): trailing[2].decode()} if trailing else {}
        found, rest = found + rest[:size], rest[size + 2 :]


def _form(kind: str, content: bytes) -> dict[str, Any]:
    """Return the fields of a form with its file, which comes last."""
    parsed = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
    fields, file = dict[str, str](), b""
    for part in parsed.iter_parts():  # type: ignore[attr-defined]
        assert isinstance(part, Message)
        name, said = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        assert isinstance(said, bytes)
        if name == "file":
            file = said
            break
        fields[str(name)] = said.decode()
    return {"Fields": fields, "File": file}


def linked(method: str, url: str, now: datetime | None = None) -> None:
    """Raise `Refused` unless our key signed the link and it is still valid; `now` is the signer's time."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if ((now or datetime.now(UTC)) - at).total_seconds() > int(query["X-Amz-Expires"]):
        raise Refused("AccessDenied", "Request has expired", 403)
    rest = "&".join(said for said in parts.query.split("&") if not said.startswith("X-Amz-Signature="))
    request = AWSRequest(method=method, url=parts._replace(query=rest).geturl())
    request.context["timestamp"] = query["X-Amz-Date"]
    auth = S3SigV4QueryAuth(Credentials("test", SECRET), "s3", query["X-Amz-Credential"].split("/")[2])
    request.headers["host"] = parts.netloc
    words = auth.string_to_sign(request, auth.canonical_request(request))
    if not compare_digest(auth.signature(words, request), query["X-Amz-Signature"]):
        raise unsigned()


def written(url: str, operation: str, answered: Mapping[str, Any]) -> AWSResponse:
    """Return the response that carries an answer."""
    if operation == "POST":
        status = 303 if "Location" in answered else 204
        return _response(url, status, answered, b"")
    described = model(operation)
    headers, body = dict[str, str](), b""
    shape = described.output_shape
    payload = shape.serialization.get("payload") if shape else None
    inside = list[str]()
    for name, value in answered.items():
        member = shape.members[name]
        place = member.serialization.get("location")
        if name == payload:
            body = value if member.type_name == "blob" else _document(member, value)
        elif place == "header":
            headers[member.serialization["name"]] = _written(member, value, header=True)
        elif place == "headers":
            headers |= {member.serialization["name"] + key: said for key, said in value.items()}
        else:
            inside += _elements(member, name, value)
    if inside:
        body = f"<{shape.name}>{''.join(inside)}</{shape.name}>".encode()
    status = 206 if "ContentRange" in answered else described.http.get("responseCode", 200)
    return _response(url, status, headers, body)


def refused(url: str, method: str, refused: Refused) -> AWSResponse:
    """Return the response that carries an error; a HEAD request gets only its status."""
    more = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in refused.more.items())
    said = f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message>{more}</Error>"
    return _response(url, refused.status, {}, b"" if method == "HEAD" else said.encode())


class Raw(BytesIO):
    """Content in transit, in the form that botocore reads."""

    def stream(self, amount: int = 1024, decode_content: bool = False) -> Iterator[bytes]:
        """Yield the content piece by piece."""
        while piece := self.read(amount):
            yield piece


def _response(url: str, status: int, headers: Mapping[str, str], body: bytes) -> AWSResponse:
    told = {"x-amz-request-id": "request", **headers}
    return AWSResponse(url, status, told, Raw(body))  # type: ignore[arg-type]


def _document(shape: Shape, value: Mapping[str, Any]) -> bytes:
    inner = "".join(piece for name in value for piece in _elements(shape.members[name], name, value[name]))
    return f"<{shape.name}>{inner}</{shape.name}>".encode()


def _elements(shape: Shape, name: str, value: Any) -> Iterator[str]:
    called = shape.serialization.get("name", name)
    if shape.type_name == "list":
        assert shape.serialization.get("flattened")
        for one in value:
            yield from _elements(shape.member, called, one)
    elif shape.type_name == "structure":
        inner = "".join(
            piece for part in value for piece in _elements(shape.members[part], part, value[part])
        )
        yield f"<{called}>{inner}</{called}>"
    else:
        yield f"<{called}>{escape(_written(shape, value))}</{called}>"


def _written(shape: Shape, value: Any, header: bool = False) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        if header and "timestampFormat" not in shape.serialization:
            return format_datetime(value, usegmt=True)
        return f"{value:%Y-%m-%dT%H:%M:%S}.000Z"
    return str(value)
