"""Which members of staff may not sign in or use earlier sessions: those who are disabled, and those whose
sessions were all ended. One row per person, all under one partition key."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.calendar import instant, stamp

BELIEVED = timedelta(seconds=10)
"""How long a container uses what it last read about a member of staff. The time is short, because dismissed
staff must lose access within a minute. The check of the identity provider takes up to half of that minute."""
BY_HAND, BY_PROVIDER = "disabled", "disabled_by_provider"
"""The two reasons why an account is disabled: by a decision of operators, or by the identity provider. If
operators disabled an account, the provider cannot enable it."""


class Standing(NamedTuple):
    """Whether a member of staff is disabled, and until when (UTC) all their sessions were ended. `signed_out`
    is None if their sessions were never ended."""

    disabled: bool = False
    signed_out: datetime | None = None

    def refuses(self, since: datetime) -> bool:
        """Return whether a session or token issued at the moment `since` is refused. It is also refused if
        all sessions of the member of staff were ended in that second."""
        return self.disabled or (self.signed_out is not None and since <= self.signed_out)


class StaffRows:
    """One row for each member of staff who ever signed in at the desk or was disabled. `who` is their subject
    at the identity provider."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, Standing]] = {}

    def standing(self, who: str, now: datetime) -> Standing:
        """Return whether a member of staff is disabled or their sessions were ended, read at most ten seconds
        ago."""
        known = self._known.get(who)
        if known is None or not known[0] <= now < known[0] + BELIEVED:
            known = self._known[who] = now, self._read(who)
        return known[1]

    def _read(self, who: str) -> Standing:
        row = Row.find(rows.STAFF, who)
        if row is None:
            return Standing()
        return Standing(row.state is not None, instant(row.signed_out) if row.signed_out else None)

    def came(self, who: str) -> None:
        """Record that a member of staff signed in. From now on `heed` checks whether the provider still has
        their account."""
        with suppress(WriteConflict):
            Row(rows.STAFF, who).save(condition=Row.pk.does_not_exist())

    def sign_out(self, who: str, now: datetime) -> None:
        """End all sessions and tokens of a member of staff that were issued until `now`."""
        Row(rows.STAFF, who).update(actions=[Row.signed_out.set(stamp(now))])

    def disable(self, who: str) -> None:
        """Disable a member of staff by decision of operators. The provider cannot undo this."""
        Row(rows.STAFF, who).update(actions=[Row.state.set(BY_HAND)])

    def enable(self, who: str) -> None:
        """Enable a member of staff again. If the provider has disabled their account, `heed` disables them
        again within a minute."""
        Row(rows.STAFF, who).update(actions=[Row.state.remove()])

    def heed(self, accounts: Mapping[str, bool]) -> None:
        """Disable the members of staff whom the provider has disabled or removed, and enable those it has
        enabled again. `accounts` says by subject whether the provider's account is enabled."""
        known = {row.sk: row.state for row in Row.query(rows.STAFF)}
        for who in known.keys() | accounts.keys():
            out, row = not accounts.get(who, False), Row(rows.STAFF, who)
            # The conditions keep a member disabled whom operators have disabled meanwhile.
            if out and known.get(who) is None:
                row.updated([Row.state.set(BY_PROVIDER)], Row.state.does_not_exist())
            elif not out and known.get(who) == BY_PROVIDER:
                row.updated([Row.state.remove()], Row.state == BY_PROVIDER)
