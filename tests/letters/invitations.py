"""An invitation to a meeting, as a calendar reads it."""

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
"""A place with what the format escapes, longer than a line in bytes though not in characters."""


def invitation(method: str = "REQUEST", **changes: Any) -> bytes:
    """An ordinary invitation, with changes."""
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
    """The one event of a calendar, after the rules that hold for all of them."""
    (made,) = vobject.readComponents(content.decode())
    assert (
        made.version.value == "2.0"
        and made.prodid.value
        and len(made.vevent_list) == 1
        and not hasattr(made, "vtimezone")
    )
    return made.vevent
