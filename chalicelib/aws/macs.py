"""The message authentication codes (MAC) of rows: HMAC-SHA256 (RFC 2104). Only functions that write moves,
letters or the register of outages may read the key. Somebody who can only write to the table cannot make a
valid MAC.

Each MAC covers the key of its row, so that no row can be put in place of another. `mac` covers the content
that is never changed later. `mac_state` covers the attributes that change, such as the state of a letter; it
is written with them, without reading the row. `mac_sent` covers the record of what was sent. The row of a
person has no MAC, because the head of the case has its salted digest.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from pynamodb.expressions.update import Action

from chalicelib.aws import rows
from chalicelib.aws.rows import Row


class MacKeys(Protocol):
    """The keys of MACs by id. The key `current` makes MACs; every key in `by_id` checks them."""

    @property
    def current(self) -> str: ...
    @property
    def by_id(self) -> Mapping[str, str]: ...
    def digest(self, text: str, id: str = "") -> bytes: ...


class Macs:
    """Makes and checks the MACs of rows. `keys` returns the keys that this container has read, `reread` reads
    them again. `since` is the day (UTC) from which all rows of cases have a MAC, and `others_since` the day
    for all other rows. If such a day is empty, all rows have one."""

    def __init__(
        self,
        keys: Callable[[], MacKeys],
        reread: Callable[[], MacKeys],
        since: str = "",
        others_since: str = "",
    ) -> None:
        self._keys, self._reread = keys, reread
        self._since = {True: since, False: others_since}

    def strict(self, at: datetime, of_case: bool = True) -> bool:
        """Return whether a row written at the moment `at` (UTC) must have its MACs. An earlier row may have
        none, because an earlier release may have written it. `of_case`: it is a row of a case."""
        since = self._since[of_case]
        return not since or at.date() >= date.fromisoformat(since)

    def head(self, pk: str, entries: int, head_digest: str) -> str:
        """Return the MAC of a head with this number of entries and this digest (`head_digest`). The entry
        that is saved with the head gets the same MAC."""
        return self._made(pk, rows.HEAD, "head", entries, head_digest)

    def fits_head(self, mac: str | None, pk: str, entries: int, head_digest: str | None) -> bool:
        """Return whether a MAC is that of a head with this number of entries and this digest
        (`head_digest`)."""
        return self._fits(mac, pk, rows.HEAD, "head", entries, head_digest)

    def clock(self, pk: str, entries: int, shard: int | None, look_at: str | None) -> str:
        """Return one MAC of three values of a case: its shard, the time at which the clock looks at it, and
        its number of entries."""
        return self._made(pk, rows.HEAD, "clock", entries, shard, look_at)

    def fits_clock(self, row: Row, entries: int) -> bool:
        """Return whether the MAC of a case's shard and due time is right: our application wrote them.
        `entries` is the case's number of entries."""
        shard = None if row.shard is None else int(row.shard)
        return self._fits(row.mac_state, row.pk, rows.HEAD, "clock", entries, shard, row.look_at)

    def letter(self, row: Row) -> Row:
        """Set all MACs of a new row of a letter, and return the row."""
        row.mac = self._made(row.pk, row.sk, "body", _number(row), row.body)
        row.mac_state = self._made(row.pk, row.sk, "state", row.state)
        row.mac_sent = self._made(row.pk, row.sk, "sent", row.sent) if row.sent else None
        return row

    def fits_letter(self, row: Row) -> bool:
        """Return whether the MAC of the content in this row of a letter is right: our application wrote the
        content."""
        return self._fits(row.mac, row.pk, row.sk, "body", _number(row), row.body)

    def fits_state(self, row: Row) -> bool:
        """Return whether two MACs in this row of a letter are right: that of its state, and that of the
        record of what was sent."""
        return self._fits(row.mac_state, row.pk, row.sk, "state", row.state) and (
            not row.sent or self._fits(row.mac_sent, row.pk, row.sk, "sent", row.sent)
        )

    def state(self, row: Row, state: str) -> list[Action]:
        """Return the update that sets the state of a letter, with the MAC of the state."""
        return [Row.state.set(state), Row.mac_state.set(self._made(row.pk, row.sk, "state", state))]

    def sent(self, row: Row, sent: str) -> list[Action]:
        """Return the update that stores what was sent of a letter, or why nothing was sent (`sent`), with its
        MAC."""
        return [Row.sent.set(sent), Row.mac_sent.set(self._made(row.pk, row.sk, "sent", sent))]

    def body(self, row: Row) -> Row:
        """Return the row with the MAC of its body set. This is for rows that belong to no case."""
        row.mac = self._made(row.pk, row.sk, "body", None, row.body)
        return row

    def fits_body(self, row: Row) -> bool:
        """Return whether the MAC of a row's body is right: our application wrote the body. This is for rows
        that belong to no case."""
        return self._fits(row.mac, row.pk, row.sk, "body", None, row.body)

    def beat(self, row: Row) -> Row:
        """Return the row of the clock's last run, with the MAC of its time set."""
        row.mac_state = self._made(row.pk, row.sk, "beat", row.look_at)
        return row

    def fits_beat(self, row: Row) -> bool:
        """Return whether the MAC in the row of the clock's last run is right: our application wrote its
        time."""
        return self._fits(row.mac_state, row.pk, row.sk, "beat", row.look_at)

    def _made(self, *said: Any) -> str:
        keys = self._keys()
        return f"{keys.current}.{keys.digest(_text(said)).hex()}"

    def _fits(self, mac: str | None, *said: Any) -> bool:
        id, _, digest = (mac or "").partition(".")
        if not digest:
            return False
        keys = self._keys()
        if id not in keys.by_id:  # the key may be new: read the keys again before the row counts as changed
            keys = self._reread()
        return id in keys.by_id and hmac.compare_digest(keys.digest(_text(said), id).hex(), digest)


def _number(row: Row) -> int | None:
    return None if row.entries is None else int(row.entries)


def _text(said: tuple[Any, ...]) -> str:
    """Return several values as one text. It contains the length of each value, so that two different lists of
    values never give the same text."""
    return "".join(_told(said))


def _told(said: tuple[Any, ...]) -> Iterator[str]:
    for one in said:
        text = "" if one is None else str(one)
        yield f"{'-' if one is None else len(text)}:{text}"
