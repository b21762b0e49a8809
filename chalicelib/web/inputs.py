"""Reads everything that a request contains, and looks at its length before anything else is done with it
(issue 14, point 5; findings S16 and S23).

Path, query and headers are checked for every route before its view is called; bodies, numbers and JSON where
they are read. What is too long is refused by name, so that no request costs more than one of its size.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import from_json

from chalicelib.access.authorization import NotFound
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.reference import read
from chalicelib.web.problems import TooLarge

JSON = ["application/json"]
"""The type of what is sent to the interface."""
BODY, FORM = 512 * 1024, 700 * 1024
"""The largest body and the largest form we read, in bytes; API Gateway itself would take 10 MB. A story of
50,000 emoji takes 600 kB in a form, percent-encoded, and other words come with it."""
MOST_FIELDS = 4_000
"""How many fields a form may have: that of an agreement with a duty for each of a hundred people has some
three thousand."""
MOST_FILES = 20
"""How many parts a form with files may have; these cost more to read than fields do."""
MOST_VALUES, MOST_ENTRIES = 8_000, 60_000
"""How many values a body may have, lists and objects included; and how many a body that replaces a roster or
fills a register."""
MOST_LISTED = 1_000
"""How many values one list or object may have: each may be wrong in ten ways, and every one of these is
reported."""
MOST_DIGITS = 9
"""How many digits a whole number may have that somebody types or that stands in a link."""
IN_PATH, IN_QUERY, IN_HEADER = 200, 2_000, 8_000
"""The longest part of a path, value of a query, and header, in bytes; a token with many groups has 4,000."""
SHORTER = {"idempotency-key": 200, "accept-language": 1_000, "content-type": 200}
"""Headers for which a smaller limit holds, in bytes."""
MOST_QUERIES = 30
"""How many parameters a query may have: the form for a shift has six."""
WHOLE = re.compile(rf"[0-9]{{1,{MOST_DIGITS}}}")


def check(request: Any) -> None:
    """Check path, query and headers. Raises NotFound for a path that cannot be one of ours, and Refusal for
    what is too long or not text."""
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
    """Whether a value is text of at most so many bytes; half a surrogate pair is not text."""
    try:
        return len(value) <= most and len(value.encode()) <= most
    except UnicodeEncodeError:
        return False


def body(request: Any, most: int = MOST_VALUES) -> bytes:
    """The body of a request, of any type. Raises TooLarge for one of too many bytes, or, as JSON, of too many
    values."""
    raw = _raw(request, BODY)
    bounded(raw, most)
    return raw


def bounded(raw: bytes | str, most: int) -> None:
    """Count the values of JSON. Raises TooLarge for too many."""
    try:
        left = [parsed(raw)]
    except ValueError:  # not JSON, or nested too deep: whoever reads it as JSON refuses it
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
    """The bytes of a posted form. Raises TooLarge for too many, or for more percent signs than stand before
    encoded bytes: each costs as much to read as what it encodes."""
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
    """The value of JSON from outside; raises ValueError for what is not JSON, for one nested more than 200
    deep, and for a number of more than 4,300 digits."""
    return from_json(raw)


def number(said: str) -> str:
    """The number of a complaint however it was written; raises NotFound for what is none."""
    if (ref := read(said)) is None:
        raise NotFound(said)
    return ref


def whole(said: str) -> int | None:
    """A whole number as somebody typed it; None for what is not one, or has too many digits."""
    said = said.strip()
    return int(said) if WHOLE.fullmatch(said) else None
