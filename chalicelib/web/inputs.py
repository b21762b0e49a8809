"""Reading of everything that a request contains. Its length is checked before anything else.

Path, query and headers are checked for every route before its view is called. Bodies, numbers and JSON are
checked where they are read. A refusal names the input that is too long. Thus the size of a request bounds its
cost."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import from_json

from chalicelib.access.authorization import NotFound
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.reference import read
from chalicelib.web.problems import TooLarge

JSON = ["application/json"]
"""The content type that the interface accepts."""
BODY, FORM = 512 * 1024, 700 * 1024
"""The largest body and the largest form, in bytes; API Gateway itself would accept 10 MB. A story of 50,000
emoji takes 600 kB in a percent-encoded form, and the form has other fields too."""
MOST_FIELDS = 4_000
"""The most fields of a form. The form of an agreement with an obligation for each of a hundred people has
some three thousand."""
MOST_FILES = 20
"""The most parts of a form with files. A part costs more to read than a field."""
MOST_VALUES, MOST_ENTRIES = 8_000, 60_000
"""The most values of a body, lists and objects included; and the most of a body that replaces a roster or
fills a register."""
MOST_LISTED = 1_000
"""The most values of one list or object. Each can be wrong in ten ways, and every error is reported."""
MOST_DIGITS = 9
"""The most digits of a whole number that a person types or that stands in a link."""
IN_PATH, IN_QUERY, IN_HEADER = 200, 2_000, 8_000
"""The longest part of a path, value of a query, and header, in bytes. A token with many groups has 4,000."""
SHORTER = {"idempotency-key": 200, "accept-language": 1_000, "content-type": 200}
"""Headers with a smaller limit, in bytes."""
MOST_QUERIES = 30
"""The most parameters of a query. The form for a shift has six."""
WHOLE = re.compile(rf"[0-9]{{1,{MOST_DIGITS}}}")


def check(request: Any) -> None:
    """Check path, query and headers. Raises NotFound for an impossible path. Raises Refusal for too many
    parameters, and for input that is too long or not text."""
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
    """Return whether a value is text of at most so many bytes. Half a surrogate pair is not text."""
    try:
        return len(value) <= most and len(value.encode()) <= most
    except UnicodeEncodeError:
        return False


def body(request: Any, most: int = MOST_VALUES) -> bytes:
    """Return the body of a request, of any type. Raises TooLarge for too many bytes, or, as JSON, too many
    values."""
    raw = _raw(request, BODY)
    bounded(raw, most)
    return raw


def bounded(raw: bytes | str, most: int) -> None:
    """Count the values of JSON. Raises TooLarge for too many."""
    try:
        left = [parsed(raw)]
    except ValueError:  # not JSON, or nested too deep: its reader refuses it
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
    """Return the bytes of a posted form. Raises TooLarge for too many bytes, and for more percent signs than
    encoded bytes can have. Each percent sign costs as much to read as an encoded byte."""
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
    """Return the value of JSON from outside. Raises ValueError for invalid JSON, for more than 200 levels of
    nesting, and for a number of more than 4,300 digits."""
    return from_json(raw)


def number(typed: str) -> str:
    """Return the number of a complaint in its normal form, from any spelling. Raises NotFound for an invalid
    one."""
    if (ref := read(typed)) is None:
        raise NotFound(typed)
    return ref


def whole_number(typed: str) -> int | None:
    """Return a whole number as a person typed it. Return None for an invalid number or too many digits."""
    typed = typed.strip()
    return int(typed) if WHOLE.fullmatch(typed) else None
