"""A draft: a form on a case that an officer has begun and not sent."""

from datetime import datetime, timedelta
from typing import NamedTuple

KEPT = timedelta(days=14)
"""How long a draft is stored after its officer last wrote in it."""


class Draft(NamedTuple):
    """The draft of a form on a case. `move`: the name of its move. `at`: when it was stored (UTC).
    `pairs`: the names and values of the form."""

    move: str
    at: datetime
    pairs: list[tuple[str, str]]
