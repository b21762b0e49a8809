"""The log: a line of JSON for each event, with the ids of its case or task, and never with a person's
words."""

import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

OURS = "redress"
"""The logger of the application. Chalice writes to it too. Neither writes a person's words."""
HERE = Path(__file__).parents[1]
PLAIN = frozenset(
    {
        "Refusal",
        "Unavailable",
        "Newer",
        "Impossible",
        "Standstill",
        "Unreachable",
        "SealFailed",
        "CopyFailed",
        "DocumentFailed",
        "GlyphMissing",
        "FontMissing",
        "RenderFailed",
        "RenderTimedOut",
        "SealRefused",
        "SealInvalid",
        "KeptOther",
        "WrongSignature",
    }
)
"""Our errors whose text is a code or names a part of the system. The text of any other error may quote a
person, and is not logged."""
MOST_FRAMES = 40
"""How many innermost frames of an error are logged, because a line of the log has a limited length."""
OWN = frozenset(vars(logging.makeLogRecord({})))
"""The attributes that every log record has. All others came as `extra`."""
_carried: ContextVar[Mapping[str, str]] = ContextVar("carried", default=MappingProxyType({}))


def set_up() -> None:
    """Start the log: INFO for the application, WARNING for libraries."""
    logging.basicConfig(level=logging.WARNING, handlers=[Lines()], force=True)
    logging.getLogger(OURS).setLevel(logging.INFO)


@contextmanager
def carrying(**fields: str) -> Iterator[None]:
    """Add these fields, such as `correlation`, to every line written within. Earlier fields are dropped, so
    that a warm function keeps nothing of its last request or message."""
    token = _carried.set(fields)
    try:
        yield
    finally:
        _carried.reset(token)


def carry(**fields: str) -> None:
    """Add these fields too, until the innermost `carrying` ends."""
    _carried.set({**_carried.get(), **fields})


def correlation() -> str:
    """Return the id that all lines of this request or message carry; empty outside of one."""
    return _carried.get().get("correlation", "")


class Lines(logging.Handler):
    """The handler that prints log records. The Lambda runtime writes printed lines to the log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        print(line(record), flush=True)


def line(record: logging.LogRecord) -> str:
    """Return a record as JSON: time (UTC), level, logger, message, carried fields, `extra`, errors."""
    extra = {name: value for name, value in vars(record).items() if name not in OWN}
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    found: dict[str, Any] = {
        "time": at,
        "level": record.levelname,
        "logger": record.name,
        **_message(record),
        **_carried.get(),
        **extra,
    }
    if record.exc_info and record.exc_info[1]:
        found["errors"] = [_error(error) for error in _chain(record.exc_info[1])]
    return json.dumps(found, ensure_ascii=False, default=lambda value: type(value).__name__)


def _message(record: logging.LogRecord) -> dict[str, str]:
    """Return the message of our own record. A library's record gives only its place and pattern, since its
    values may be a person's words."""
    if record.name == OURS:
        return {"message": record.getMessage()}
    return {"message": str(record.msg) if record.args else "", "place": f"{record.filename}:{record.lineno}"}


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes, the last error first."""
    while error:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _error(error: BaseException) -> dict[str, Any]:
    """Return an error without its text, which may quote a person. An error of ours in `PLAIN` has its text,
    and an error of AWS its code."""
    kind = type(error)
    found: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")}
    if kind.__module__.startswith("chalicelib.") and kind.__name__ in PLAIN:
        found["said"] = str(error)
    if isinstance(answer := getattr(error, "response", None), dict):
        found["code"] = answer.get("Error", {}).get("Code")
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return {**found, "stack": [f"{_file(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]}


def _file(name: str) -> str:
    return name.removeprefix(f"{HERE}/").rpartition("site-packages/")[2]
