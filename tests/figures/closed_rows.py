"""Rows of closed complaints, as the nightly statement finds them."""

from __future__ import annotations

from typing import Any


def row(n: int, redress: int | None = None, **changes: Any) -> dict[str, Any]:
    """Return a row of the statement."""
    return {
        "ref": f"{n:012}",
        "team": "general",
        "type": "quality",
        "sub_type": "defect",
        "class": "appliance",
        "outcome": "answered_accepted",
        "month": "2026-02-01",
        "redress": redress,
        "newest": "2026-03-01",
        **changes,
    }
