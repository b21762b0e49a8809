"""Builders and a reader of a meeting's calendar invitation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import vobject

from chalicelib.letters import ics
from chalicelib.letters.ics import Address

START = datetime(2026, 12, 8, 6, 30, tzinfo=UTC)
"""14:30 in Shanghai."""
HOUSE, WANG = Address("客户权益组", "complaints@redress.example"), Address("王芳", "wang.fang@mail.example")
AWKWARD = "上海市浦东新区世纪大道100号，“和解楼”三层; 东门\\北侧, A座"
"""A place with characters that the format escapes. Its line is over 75 bytes, though not over 75
characters."""


def invitation(method: str = "REQUEST", **changes: Any) -> bytes:
    """Return an ordinary invitation, with changes."""
    return ics.calendar(
        method,
        **{
            "uid": "482109365174-M1@redress.example",
            "sequence": 0,
            "start": START,
            "minutes": 90,
            "summary": "调解会议",
            "location": AWKWARD,
            "description": "第一行\n第二行",
            "organizer": HOUSE,
            "attendee": WANG,
            "stamp": START - timedelta(days=9),
            "url": "https://redress.example/case",
            **changes,
        },
    )


def read(content: bytes) -> Any:
    """Return the only event of a calendar, after the checks that hold for every calendar."""
    (made,) = vobject.readComponents(content.decode())
    assert made.version.value == "2.0"
    assert made.prodid.value
    assert len(made.vevent_list) == 1
    assert not hasattr(made, "vtimezone")
    return made.vevent
