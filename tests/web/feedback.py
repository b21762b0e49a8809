"""A closed complaint, of which is asked how we did."""

from __future__ import annotations

from tests.house import HOUR, House, once
from tests.web.own import acting, performing


@once
def closed(house: House) -> str:
    """A case of which everything promised is done; zhou, the supervisor, has had no part in it."""
    ref = performing(house)
    house.move(acting(house.product.file.load(ref)), "confirm_done", ref, obligation="O1")
    house.live(HOUR, ref)
    assert house.product.file.load(ref).stage == "closed"
    return ref
