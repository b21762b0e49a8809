"""Whether mail can leave at all, and what is known of each e-mail address: whether it refuses our letters,
and how many letters it got each day."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pynamodb.expressions.condition import size

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.calendar import SHANGHAI, instant, stamp
from chalicelib.domain.timeline import canonical

if TYPE_CHECKING:
    from chalicelib.delivery.correspondence import MailOutage

REFUSES = "refuses"
"""The state of an address that bounces or refuses our letters. An address without such a row gets letters."""
FORGOTTEN = timedelta(days=2)
"""How long the daily count of letters to an address is kept."""
PROBED = timedelta(minutes=1)
"""The interval at which one letter is tried during an outage of all mail."""
KNOWN = timedelta(seconds=10)
"""How long a worker uses what it last read about the outage."""
ONE = (rows.MAIL, rows.MAIL)


class MailRows:
    """The outage of all mail: one row, which exists only while no mail can leave."""

    def __init__(self) -> None:
        self._known: tuple[datetime, MailOutage | None] | None = None

    def outage(self, now: datetime) -> MailOutage | None:
        """Return the present outage of all mail, with its start and reason; None if mail can leave."""
        from chalicelib.delivery.correspondence import MailOutage  # only functions that send mail need it

        if self._known is None or not self._known[0] <= now < self._known[0] + KNOWN:
            row = Row.find(*ONE)
            kept = json.loads(row.body or "{}") if row else None
            self._known = now, MailOutage(instant(kept["since"]), kept["why"]) if kept else None
        return self._known[1]

    def probe(self, now: datetime) -> bool:
        """Return whether this worker may try one letter during an outage. Only one worker per minute may."""
        return Row(*ONE).updated([Row.look_at.set(stamp(now + PROBED))], Row.look_at <= stamp(now))

    def stand(self, why: str, now: datetime) -> None:
        """Record that no mail can leave, for the reason `why`. If an outage is recorded already, only its
        reason is replaced."""
        from chalicelib.delivery.correspondence import MailOutage

        before = self.outage(now)
        outage = MailOutage(before.since if before else now, why)
        Row(*ONE, body=canonical(outage._asdict()), look_at=stamp(now + PROBED)).save()
        self._known = now, outage

    def goes(self, now: datetime) -> None:
        """Record that mail can leave again. It is called after each sent letter."""
        if self._known and self._known[1]:
            with suppress(WriteConflict):
                Row(*ONE).delete()
            self._known = now, None


class AddressRows:
    """The state of e-mail addresses over all cases: whether they refuse our letters, and the daily counts of
    letters. `key` is the keyed hash of an address."""

    def refusing(self, keys: Iterable[str]) -> frozenset[str]:
        """Return the keyed hashes, among `keys`, of the addresses to which we send nothing any more."""
        wanted = [(rows.address(key), rows.ONE) for key in dict.fromkeys(keys)]
        found = Row.several(wanted)
        return frozenset(rows.address_of(row.pk) for row in found)

    def refuses(self, key: str, why: str, now: datetime) -> None:
        """Record that we send nothing to the address `key` from now on. `why` is the provider's word for the
        reason. If this is recorded already, nothing changes."""
        with suppress(WriteConflict):
            told = canonical({"why": why, "at": now})
            row = Row(rows.address(key), rows.ONE, state=REFUSES, body=told)
            row.save(condition=Row.pk.does_not_exist())

    def counted(self, key: str, under: str, id: str, most: int, now: datetime) -> bool:
        """Count the letter `id` to the address `key` in today's counter named `under`, and return True. If
        the counter has reached `most`, count nothing and return False. A letter that is tried again is
        counted once."""
        row = Row(rows.address(key), rows.day(_local(now), under))
        sent = size(Row.letters)  # type: ignore[no-untyped-call]
        free = Row.letters.does_not_exist() | (sent < most) | Row.letters.contains(id)
        forgotten = Row.ttl.set(int((now + FORGOTTEN).timestamp()))
        return row.updated([Row.letters.add({id}), forgotten], free)

    def today(self, key: str, under: str, now: datetime) -> frozenset[str]:
        """Return the ids of the letters to the address `key` that today's counter named `under` has
        counted."""
        row = Row.find(rows.address(key), rows.day(_local(now), under))
        return frozenset(row.letters or ()) if row else frozenset()

    def release(self, keys: Iterable[str]) -> None:
        """Allow letters to these addresses again. Nothing happens for an address to which letters are
        allowed."""
        for key in keys:
            Row(rows.address(key), rows.ONE).delete()


def _local(now: datetime) -> date:
    """Return the day of a moment in local time."""
    return now.astimezone(SHANGHAI).date()
