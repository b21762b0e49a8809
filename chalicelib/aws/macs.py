"""The message authentication codes (MAC, RFC 2104) of a case's rows: HMAC-SHA256. Only the functions that
write moves may read its key, so a role that can only write to the table cannot make one.

Each MAC covers the key of its row, so that no row can stand in for another. `mac` covers what a row says and
no later write changes; `mac_state` covers what steers the row, and is written anew with it without a read;
`mac_sent` covers what was sent of a letter. A person's row has none: its salted digest stands in the head.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.rows import Row


class Keys(Protocol):
    """The keys of MACs, by their ids: MACs are made with the current one, and checked with any."""

    @property
    def current(self) -> str: ...
    @property
    def by_id(self) -> Mapping[str, str]: ...
    def digest(self, said: str, id: str = "") -> bytes: ...


class Macs:
    """Makes and checks the MACs of rows. `keys` gives the keys that this container has read, `anew` reads
    them again. `since` is the day (UTC) from which on every row has MACs; empty: all have."""

    def __init__(self, keys: Callable[[], Keys], anew: Callable[[], Keys], since: str = "") -> None:
        self._keys, self._anew = keys, anew
        self._since = date.fromisoformat(since) if since else None

    def strict(self, at: datetime) -> bool:
        """Whether a row of this moment (UTC) must have its MACs. Before that, one that an earlier release
        wrote or wrote over is accepted."""
        return self._since is None or at.date() >= self._since

    def head(self, pk: str, entries: int, kept: str) -> str:
        """The MAC of a head with so many entries and this digest. The entry that was saved with the head
        carries it too."""
        return self._made(pk, rows.HEAD, "head", entries, kept)

    def fits_head(self, mac: str | None, pk: str, entries: int, kept: str | None) -> bool:
        """Whether this is the MAC of such a head."""
        return self._fits(mac, pk, rows.HEAD, "head", entries, kept)

    def clock(self, pk: str, entries: int, shard: int | None, look_at: str | None) -> str:
        """The MAC of when the clock must look at a case that has so many entries, and on which shard."""
        return self._made(pk, rows.HEAD, "clock", entries, shard, look_at)

    def fits_clock(self, row: Row, entries: int) -> bool:
        """Whether the clock looks at a case when we said."""
        shard = None if row.shard is None else int(row.shard)
        return self._fits(row.mac_state, row.pk, rows.HEAD, "clock", entries, shard, row.look_at)

    def letter(self, row: Row) -> Row:
        """The row of a letter or a post with all its MACs, as it is written first."""
        row.mac = self._made(row.pk, row.sk, "body", _number(row), row.body)
        row.mac_state = self._made(row.pk, row.sk, "state", row.state)
        row.mac_sent = self._made(row.pk, row.sk, "sent", row.sent) if row.sent else None
        return row

    def fits_letter(self, row: Row) -> bool:
        """Whether a letter or a post says what we wrote."""
        return self._fits(row.mac, row.pk, row.sk, "body", _number(row), row.body)

    def fits_state(self, row: Row) -> bool:
        """Whether we put a letter or a post into its state, and sent the text that its row holds."""
        return self._fits(row.mac_state, row.pk, row.sk, "state", row.state) and (
            not row.sent or self._fits(row.mac_sent, row.pk, row.sk, "sent", row.sent)
        )

    def state(self, row: Row, state: str) -> list[Action]:
        """The update that puts a letter or a post into a state."""
        return [Row.state.set(state), Row.mac_state.set(self._made(row.pk, row.sk, "state", state))]

    def sent(self, row: Row, sent: str) -> list[Action]:
        """The update that keeps what was sent of a letter, or why nothing was."""
        return [Row.sent.set(sent), Row.mac_sent.set(self._made(row.pk, row.sk, "sent", sent))]

    def cursor(self, row: Row) -> str:
        """The MAC of how far the check of a shard is."""
        return self._made(row.pk, row.sk, "body", None, row.body)

    def fits_cursor(self, row: Row) -> bool:
        """Whether the check of a shard is as far as we wrote."""
        return self._fits(row.mac, row.pk, row.sk, "body", None, row.body)

    def _made(self, *said: Any) -> str:
        keys = self._keys()
        return f"{keys.current}.{keys.digest(_text(said)).hex()}"

    def _fits(self, mac: str | None, *said: Any) -> bool:
        id, _, digest = (mac or "").partition(".")
        if not digest:
            return False
        keys = self._keys()
        if id not in keys.by_id:  # the key may be new: it is read again before a row is called changed
            keys = self._anew()
        return id in keys.by_id and hmac.compare_digest(keys.digest(_text(said), id).hex(), digest)


def _number(row: Row) -> int | None:
    return None if row.entries is None else int(row.entries)


def _text(said: tuple[Any, ...]) -> str:
    """One text of several values: with the length of each, so that no two lists of values give the same."""
    return "".join(_told(said))


def _told(said: tuple[Any, ...]) -> Iterator[str]:
    for one in said:
        text = "" if one is None else str(one)
        yield f"{'-' if one is None else len(text)}:{text}"
