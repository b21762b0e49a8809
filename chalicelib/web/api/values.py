"""Values of the domain as JSON has them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chalicelib.domain.calendar import stamp
from chalicelib.domain.timeline import canonical


def plain(value: Any) -> Any:
    """A value of the domain as JSON has it: codes, stamps, lists."""
    return json.loads(canonical(value))


def stamped(moment: datetime | None) -> str | None:
    """A moment as JSON has it."""
    return stamp(moment) if moment else None


def money(fen: int | None) -> dict[str, str] | None:
    """An amount in yuan, from fen."""
    return None if fen is None else {"amount": f"{fen // 100}.{fen % 100:02}", "currency": "CNY"}
