"""The log: a line of JSON per event, with the id of its case or task. It never contains what a person
wrote."""

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

log = logging.getLogger("redress")
"""The application's logger. Chalice writes to it too. Neither logs what a person wrote."""
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
"""The names of our errors whose text may be logged, because it is a code or names a part of the system. The
text of any other error may quote a person and is not logged."""
MOST_FRAMES = 40
"""The maximum number of stack frames of an error that are logged. The innermost frames are taken. There is a
limit because a line of the log has a limited length."""
OWN = frozenset(vars(logging.makeLogRecord({})))
"""The names of the attributes that every log record has. Any other attribute was passed as `extra`, so it is
logged."""
_carried: ContextVar[Mapping[str, str]] = ContextVar("carried", default=MappingProxyType({}))


def set_up() -> None:
    """Start the log. The application logs from level INFO on, libraries from WARNING on."""
    logging.basicConfig(level=logging.WARNING, handlers=[Lines()], force=True)
    log.setLevel(logging.INFO)


@contextmanager
def carrying(**fields: str) -> Iterator[None]:
    """A context manager that adds these fields, such as `correlation`, to every line logged in its block.
    Fields from before the block are left out in it, so that a worker carries nothing over from its last
    request or message."""
    token = _carried.set(fields)
    try:
        yield
    finally:
        _carried.reset(token)


def carry(**fields: str) -> None:
    """Add more fields to every line logged until the end of the innermost `carrying` block."""
    _carried.set({**_carried.get(), **fields})


def correlation() -> str:
    """Return the id that all log lines of the present request or message carry; empty if there is none."""
    return _carried.get().get("correlation", "")


class Lines(logging.Handler):
    """Prints log records. The Lambda runtime writes printed lines to the log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        print(line(record), flush=True)


def line(record: logging.LogRecord) -> str:
    """Return a log record as a line of JSON: time (UTC), level, logger, message, the fields added by
    `carrying` and `carry`, `extra`, and errors."""
    extra = {name: value for name, value in vars(record).items() if name not in OWN}
    found: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
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
    """Return the message of a log record. For a message that a library logged, return only the place in the
    code and the pattern without its values, because the values may be what a person wrote."""
    if record.name == log.name:
        return {"message": record.getMessage()}
    return {"message": str(record.msg) if record.args else "", "place": f"{record.filename}:{record.lineno}"}


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and then its causes."""
    while error:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _error(error: BaseException) -> dict[str, Any]:
    """Return an error as JSON: its type and its stack, for an error of AWS also its code. The text of an
    error is included only for our errors in `PLAIN`, because any other text may quote a person."""
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
