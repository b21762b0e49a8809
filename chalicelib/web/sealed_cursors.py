"""Cursors of lists that one caller may read. A cursor is opaque. A keyed hash binds it to its list, its
reader and this deployment, so that it cannot be used anywhere else."""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

from chalicelib.domain.model.case import Refusal, refuse_if
from chalicelib.wiring import product

MAC = 16
"""The number of bytes of a cursor's keyed hash."""


def sealed(name: str, who: str, position: str) -> str:
    """Return the cursor for a position in the list `name`, as its reader `who` gets it now."""
    said = f"{product.now().timestamp():.0f}|{position}"
    mac = product.links.keys.digest(_bound(name, who, said))[:MAC]
    return urlsafe_b64encode(mac + said.encode()).decode().rstrip("=")


def unsealed(name: str, who: str, cursor: str, field: str, lasts: timedelta) -> str:
    """Return the position in a cursor that `sealed` made for this list and this reader. `field`: the query
    parameter. `lasts`: how long a cursor can be used.

    Raises Refusal `foreign_cursor` for any other text, and `cursor_too_old` for a cursor that was
    made too long ago, because the list may lack items since."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mac, said = raw[:MAC], raw[MAC:].decode()
    except (binascii.Error, ValueError):
        raise Refusal("foreign_cursor", field=field) from None
    known = product.links.keys.digests(_bound(name, who, said))
    refuse_if(not any(hmac.compare_digest(mac, one[:MAC]) for one in known), "foreign_cursor", field=field)
    made, _, position = said.partition("|")
    refuse_if(
        product.now().timestamp() - int(made) >= lasts.total_seconds(),
        "cursor_too_old",
        field=field,
        days=lasts.days,
    )
    return position


def _bound(name: str, who: str, said: str) -> str:
    return f"cursor|{product.setting('STACK')}|{name}|{who}|{said}"
