"""The state of mail as a whole, and of each address. Mail as a whole can leave, or cannot, with a reason. An
address may refuse our letters, and has a daily count."""

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta

from pynamodb.expressions.condition import size

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import Conflict
from chalicelib.delivery.correspondence import Outage
from chalicelib.domain.calendar import SHANGHAI, instant, stamp
from chalicelib.domain.timeline import canonical

REFUSES = "refuses"
"""The state of an address that returns or refuses our letters. Addresses without such a row get letters."""
FORGOTTEN = timedelta(days=2)
"""How long the count of letters to an address on one day is kept."""
PROBED = timedelta(minutes=1)
"""How often one letter is tried while no mail can leave."""
KNOWN = timedelta(seconds=10)
"""How long a worker relies on its last read of the state of mail."""
ONE = (rows.MAIL, rows.MAIL)


class MailRows:
    """The state of mail as a whole: one row, which exists only while no mail can leave."""

    def __init__(self) -> None:
        self._known: tuple[datetime, Outage | None] | None = None

    def outage(self, now: datetime) -> Outage | None:
        """Return since when and why no mail can leave; None while mail can."""
        if self._known is None or not self._known[0] <= now < self._known[0] + KNOWN:
            row = Row.find(*ONE)
            kept = json.loads(row.body or "{}") if row else None
            self._known = now, Outage(instant(kept["since"]), kept["why"]) if kept else None
        return self._known[1]

    def probe(self, now: datetime) -> bool:
        """Return whether this worker may try one letter now. One worker a minute may."""
        return Row(*ONE).updated([Row.look_at.set(stamp(now + PROBED))], Row.look_at <= stamp(now))

    def stand(self, why: str, now: datetime) -> None:
        """Record that no mail can leave, and why. A repeated call replaces only the reason."""
        before = self.outage(now)
        outage = Outage(before.since if before else now, why)
        Row(*ONE, body=canonical(outage._asdict()), look_at=stamp(now + PROBED)).save()
        self._known = now, outage

    def goes(self, now: datetime) -> None:
        """Record after a sent letter that mail can leave again."""
        if self._known and self._known[1]:
            with suppress(Conflict):
                Row(*ONE).delete()
            self._known = now, None


class AddressRows:
    """The state of e-mail addresses over all cases, by keyed hash: refusals, and the daily counts of
    letters."""

    def refusing(self, keys: Iterable[str]) -> frozenset[str]:
        """Return the addresses among these to which we send nothing any more."""
        wanted = [(rows.address(key), rows.ONE) for key in dict.fromkeys(keys)]
        found = Row.batch_get(wanted, consistent_read=True) if wanted else ()
        return frozenset(rows.address_of(row.pk) for row in found)

    def refuses(self, key: str, why: str, now: datetime) -> None:
        """Record that we send nothing to an address from now on, and why (the provider's word). An earlier
        record stays as it is."""
        with suppress(Conflict):
            told = canonical({"why": why, "at": now})
            row = Row(rows.address(key), rows.ONE, state=REFUSES, body=told)
            row.save(condition=Row.pk.does_not_exist())

    def counted(self, key: str, under: str, id: str, most: int, now: datetime) -> bool:
        """Count a letter to an address today under a name, once however often it is tried. Return False when
        `most` letters have been counted there today."""
        row = Row(rows.address(key), rows.day(_local(now), under))
        sent = size(Row.letters)  # type: ignore[no-untyped-call]
        free = Row.letters.does_not_exist() | (sent < most) | Row.letters.contains(id)
        forgotten = Row.ttl.set(int((now + FORGOTTEN).timestamp()))
        return row.updated([Row.letters.add({id}), forgotten], free)

    def today(self, key: str, under: str, now: datetime) -> frozenset[str]:
        """Return the ids of the letters that were counted for an address today under a name."""
        row = Row.find(rows.address(key), rows.day(_local(now), under))
        return frozenset(row.letters or ()) if row else frozenset()

    def release(self, keys: Iterable[str]) -> None:
        """Send to these addresses again. Addresses that refuse nothing stay as they are."""
        for key in keys:
            Row(rows.address(key), rows.ONE).delete()


def _local(now: datetime) -> date:
    """Return the local day of a moment."""
    return now.astimezone(SHANGHAI).date()
