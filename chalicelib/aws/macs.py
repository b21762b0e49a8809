"""The message authentication codes (MAC) of rows: HMAC-SHA256 (RFC 2104). Only functions that write moves,
letters or the register of outages may read the key. A role that can only write to the table cannot make one.

Each MAC covers the key of its row, so that no row can replace another. `mac` covers the content that no later
write changes. `mac_state` covers the attributes that steer the row, and is written with them without a read.
`mac_sent` covers what was sent of a letter. A person's row has no MAC: its salted digest is in the head.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.rows import Row


class Keys(Protocol):
    """The keys of MACs, by their ids. The current key makes MACs; each of them checks."""

    @property
    def current(self) -> str: ...
    @property
    def by_id(self) -> Mapping[str, str]: ...
    def digest(self, said: str, id: str = "") -> bytes: ...


class Macs:
    """The MACs of rows, made and checked. `keys` gives the keys that this container knows. `anew` reads all
    keys again. `since` is the day (UTC) from which every row of a case has MACs, `others_since` the one for
    rows of no case; empty: every row has them."""

    def __init__(
        self, keys: Callable[[], Keys], anew: Callable[[], Keys], since: str = "", others_since: str = ""
    ) -> None:
        self._keys, self._anew = keys, anew
        self._since = {True: since, False: others_since}

    def strict(self, at: datetime, of_case: bool = True) -> bool:
        """Return whether a row of this moment (UTC) must have its MACs. An earlier row may lack them, because
        an earlier release may have written it."""
        since = self._since[of_case]
        return not since or at.date() >= date.fromisoformat(since)

    def head(self, pk: str, entries: int, kept: str) -> str:
        """Return the MAC of a head with this number of entries and this digest. The entry saved with the head
        carries it too."""
        return self._made(pk, rows.HEAD, "head", entries, kept)

    def fits_head(self, mac: str | None, pk: str, entries: int, kept: str | None) -> bool:
        """Return whether this MAC fits such a head."""
        return self._fits(mac, pk, rows.HEAD, "head", entries, kept)

    def clock(self, pk: str, entries: int, shard: int | None, look_at: str | None) -> str:
        """Return the MAC of a case's shard and look time, with its number of entries."""
        return self._made(pk, rows.HEAD, "clock", entries, shard, look_at)

    def fits_clock(self, row: Row, entries: int) -> bool:
        """Return whether the clock looks at a case at the time that we wrote."""
        shard = None if row.shard is None else int(row.shard)
        return self._fits(row.mac_state, row.pk, rows.HEAD, "clock", entries, shard, row.look_at)

    def letter(self, row: Row) -> Row:
        """Return the row of a letter or a post with all its MACs, for its first write."""
        row.mac = self._made(row.pk, row.sk, "body", _number(row), row.body)
        row.mac_state = self._made(row.pk, row.sk, "state", row.state)
        row.mac_sent = self._made(row.pk, row.sk, "sent", row.sent) if row.sent else None
        return row

    def fits_letter(self, row: Row) -> bool:
        """Return whether the content of a letter or a post is the one that we wrote."""
        return self._fits(row.mac, row.pk, row.sk, "body", _number(row), row.body)

    def fits_state(self, row: Row) -> bool:
        """Return whether we wrote the state of a letter or a post, and the record of what was sent."""
        return self._fits(row.mac_state, row.pk, row.sk, "state", row.state) and (
            not row.sent or self._fits(row.mac_sent, row.pk, row.sk, "sent", row.sent)
        )

    def state(self, row: Row, state: str) -> list[Action]:
        """Return the update that puts a letter or a post into a state."""
        return [Row.state.set(state), Row.mac_state.set(self._made(row.pk, row.sk, "state", state))]

    def sent(self, row: Row, sent: str) -> list[Action]:
        """Return the update that records what was sent of a letter, or why nothing was."""
        return [Row.sent.set(sent), Row.mac_sent.set(self._made(row.pk, row.sk, "sent", sent))]

    def body(self, row: Row) -> Row:
        """Return a row of no case with the MAC of its body."""
        row.mac = self._made(row.pk, row.sk, "body", None, row.body)
        return row

    def fits_body(self, row: Row) -> bool:
        """Return whether we wrote the body of a row of no case."""
        return self._fits(row.mac, row.pk, row.sk, "body", None, row.body)

    def beat(self, row: Row) -> Row:
        """Return the row of the clock's last run with the MAC of its time."""
        row.mac_state = self._made(row.pk, row.sk, "beat", row.look_at)
        return row

    def fits_beat(self, row: Row) -> bool:
        """Return whether our clock ran at the time that the row says."""
        return self._fits(row.mac_state, row.pk, row.sk, "beat", row.look_at)

    def _made(self, *said: Any) -> str:
        keys = self._keys()
        return f"{keys.current}.{keys.digest(_text(said)).hex()}"

    def _fits(self, mac: str | None, *said: Any) -> bool:
        id, _, digest = (mac or "").partition(".")
        if not digest:
            return False
        keys = self._keys()
        if id not in keys.by_id:  # the key may be new: read again before the row counts as changed
            keys = self._anew()
        return id in keys.by_id and hmac.compare_digest(keys.digest(_text(said), id).hex(), digest)


def _number(row: Row) -> int | None:
    return None if row.entries is None else int(row.entries)


def _text(said: tuple[Any, ...]) -> str:
    """Return one text of several values. It holds the length of each, so that two different lists never give
    the same text."""
    return "".join(_told(said))


def _told(said: tuple[Any, ...]) -> Iterator[str]:
    for one in said:
        text = "" if one is None else str(one)
        yield f"{'-' if one is None else len(text)}:{text}"
