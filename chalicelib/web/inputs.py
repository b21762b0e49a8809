"""Reading of requests, within limits of size, so that no request can cost more than its size allows.

Path, query and headers are checked for every route before its view is called. Bodies, numbers and JSON are
checked where they are read. A refusal names the input that is too long."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import from_json

from chalicelib.access.authorization import NotFound
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.reference import read
from chalicelib.web.problems import TooLarge

DIGEST = re.compile(r"[0-9a-f]{64}")
"""The format of a SHA-256 in hex digits, and of ids that are one."""
JSON = ["application/json"]
"""The content type that the interface accepts."""
BODY, FORM = 512 * 1024, 700 * 1024
"""The most bytes of a JSON body (`BODY`) and of a form (`FORM`); API Gateway would accept 10 MB. A story of
50,000 emoji takes 600 kB in a percent-encoded form."""
MOST_FIELDS = 4_000
"""The most fields of a form. The form of an agreement with obligations for a hundred people has about
3,000."""
MOST_FILES = 20
"""The most parts of a multipart form. A part costs more to read than a field."""
MOST_VALUES, MOST_ENTRIES = 8_000, 60_000
"""`MOST_VALUES`: the most values in a JSON body, counting lists and objects too. `MOST_ENTRIES`: the same
limit for a body that replaces the roster or fills the register of mediators."""
MOST_LISTED = 1_000
"""The most values in one list or object of a JSON body. Each value can have ten errors, and the answer
reports every error."""
MOST_DIGITS = 9
"""The most digits of a whole number that is typed or stands in a link."""
IN_PATH, IN_QUERY, IN_HEADER = 200, 2_000, 8_000
"""The most bytes of a part of the path, of a query value, and of a header. A token of staff with many groups
has 4,000."""
SHORTER = {"idempotency-key": 200, "accept-language": 1_000, "content-type": 200}
"""The headers with a limit smaller than `IN_HEADER`: name → most bytes."""
MOST_QUERIES = 30
"""The most query parameters of a request. The form for a shift uses six."""
WHOLE = re.compile(rf"[0-9]{{1,{MOST_DIGITS}}}")


def check(request: Any) -> None:
    """Check the size of path, query and headers. Raises NotFound for a path that is too long or not text.
    Raises Refusal `too_many_inputs` for too many query parameters, `input_too_long` for any other input."""
    for value in (request.uri_params or {}).values():
        if not _fits(value, IN_PATH):
            raise NotFound
    query: Mapping[str, str] = request.query_params or {}
    refuse_if(len(query) > MOST_QUERIES, "too_many_inputs", most=MOST_QUERIES)
    _short(query.items(), IN_QUERY)
    _short(request.headers.items(), IN_HEADER)


def _short(values: Iterable[tuple[str, str]], most: int) -> None:
    for name, value in values:
        longest = SHORTER.get(name, most)
        refuse_if(not _fits(name, IN_PATH), "input_too_long", most=IN_PATH)
        refuse_if(not _fits(value, longest), "input_too_long", field=name, most=longest)


def _fits(value: str, most: int) -> bool:
    """Return whether a value is valid text of at most `most` bytes. Half a surrogate pair is not valid
    text."""
    try:
        return len(value) <= most and len(value.encode()) <= most
    except UnicodeEncodeError:
        return False


def body(request: Any, most: int = MOST_VALUES) -> bytes:
    """Return the body of a request, whatever its content type. `most`: how many JSON values it may have.
    Raises TooLarge for too many bytes or values."""
    raw = _raw(request, BODY)
    bounded(raw, most)
    return raw


def bounded(raw: bytes | str, most: int) -> None:
    """Check that a JSON text has not too many values. Raises TooLarge for more than `most` values, or for
    more than `MOST_LISTED` in one list or object. Invalid JSON passes, because the code that reads the body
    reports it."""
    try:
        left = [parsed(raw)]
    except ValueError:  # invalid JSON is reported by the code that reads the body
        return
    count = 0
    while left:
        value = left.pop()
        if isinstance(value, (list, dict)):
            count += len(value)
            if len(value) > MOST_LISTED or count > most:
                raise TooLarge
            left.extend(value.values() if isinstance(value, dict) else value)


def form(request: Any) -> bytes:
    """Return the bytes of a posted form. Raises TooLarge for too many bytes.

    Also raises TooLarge if more than a third of the bytes are percent signs. An encoded text cannot have
    more, and each percent sign takes time to decode."""
    raw = _raw(request, FORM)
    if raw.count(b"%") * 3 > len(raw):
        raise TooLarge
    return raw


def _raw(request: Any, most: int) -> bytes:
    raw: bytes = request.raw_body or b""
    if len(raw) > most:
        raise TooLarge
    return raw


def parsed(raw: bytes | str) -> Any:
    """Return the value of a JSON text from outside. Raises ValueError for invalid JSON, for more than 200
    levels of nesting, or for a number with more than 4,300 digits."""
    return from_json(raw)


def number(typed: str) -> str:
    """Return the case number in its normal form. `typed` may be any spelling of it. Raises NotFound for an
    invalid number."""
    if (ref := read(typed)) is None:
        raise NotFound(typed)
    return ref


def whole_number(typed: str) -> int | None:
    """Return the whole number that a person typed. Return None if it is not a number or has too many
    digits."""
    typed = typed.strip()
    return int(typed) if WHOLE.fullmatch(typed) else None
