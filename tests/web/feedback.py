"""A closed complaint whose parties are asked for feedback."""

from __future__ import annotations

from tests.house import HOUR, House, once
from tests.web.own import acting, performing


@once
def closed(house: House) -> str:
    """Return a closed case whose obligations are all performed. zhou, the supervisor, had no part in it."""
    ref = performing(house)
    house.move(acting(house.product.file.load(ref)), "confirm_done", ref, obligation="O1")
    house.live(HOUR, ref)
    assert house.product.file.load(ref).stage == "closed"
    return ref
