"""The log: a line of JSON for each event, with what it belongs to, never the words of a person."""

from __future__ import annotations

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
"""The logger of the application, and of Chalice, which names its own after it: neither names a person."""
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
        "DocumentFailed",
        "GlyphMissing",
        "FontMissing",
        "RenderFailed",
        "RenderTimedOut",
        "SealRefused",
    }
)
"""Errors of ours whose text is a code or names a part of the system. Any other's may quote somebody."""
MOST_FRAMES = 40
"""So many frames of an error are kept, the innermost: a line of the log has an end."""
OWN = frozenset(vars(logging.makeLogRecord({})))
"""What every record has; whatever else it has was given to it as `extra`."""
_carried: ContextVar[Mapping[str, str]] = ContextVar("carried", default=MappingProxyType({}))


def set_up() -> None:
    """Write lines from now on: of the application from INFO, of libraries from WARNING."""
    logging.basicConfig(level=logging.WARNING, handlers=[Lines()], force=True)
    logging.getLogger(OURS).setLevel(logging.INFO)


@contextmanager
def carrying(**fields: str) -> Iterator[None]:
    """Give every line written within these fields, such as `correlation`, and none that were carried before:
    a warm function begins each request and message with nothing of the last."""
    token = _carried.set(fields)
    try:
        yield
    finally:
        _carried.reset(token)


def carry(**fields: str) -> None:
    """Give every line from here to the end of the innermost `carrying` these fields too."""
    _carried.set({**_carried.get(), **fields})


def correlation() -> str:
    """What all lines of this request or message have in common; empty outside one."""
    return _carried.get().get("correlation", "")


class Lines(logging.Handler):
    """Prints records, as metrics are printed: the runtime takes what is printed to the log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        print(line(record), flush=True)


def line(record: logging.LogRecord) -> str:
    """A record as JSON: time (UTC), level, logger, message, what is carried, what is `extra`, its errors."""
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
    """What the application says; of a library place and pattern: what it fills in may be anybody's."""
    if record.name == OURS:
        return {"message": record.getMessage()}
    return {"message": str(record.msg) if record.args else "", "place": f"{record.filename}:{record.lineno}"}


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it, the last first, as a traceback tells it."""
    while error:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _error(error: BaseException) -> dict[str, Any]:
    """An error without its text, which may quote a person, unless it is one of ours; of AWS's the code."""
    kind = type(error)
    found: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")}
    if kind.__module__.startswith("chalicelib.") and kind.__name__ in PLAIN:
        found["said"] = str(error)
    if isinstance(answer := getattr(error, "response", None), dict):
        found["code"] = answer.get("Error", {}).get("Code")
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return {**found, "stack": [f"{_file(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]}


def _file(name: str) -> str:
    """A file as it is known to whoever reads the log: from the package's own folder on."""
    return name.removeprefix(f"{HERE}/").rpartition("site-packages/")[2]
