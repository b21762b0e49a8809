"""Who of staff is out: disabled, or signed out with all that was opened before. One row a person, in one
partition."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from pynamodb.exceptions import DoesNotExist

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.aws.translated import translated
from chalicelib.casework import Conflict
from chalicelib.domain.calendar import instant, stamp

BELIEVED = timedelta(seconds=10)
"""How long a container believes what it last read of somebody: at most a minute by issue 14, point 4; short,
since the provider is asked once a minute only."""
BY_HAND, BY_PROVIDER = "disabled", "disabled_by_provider"
"""Who disabled somebody: what operations did, the provider of accounts does not undo."""


class Standing(NamedTuple):
    """Whether somebody is disabled, and up to when what they signed in for counts no more (UTC)."""

    disabled: bool = False
    signed_out: datetime | None = None

    def refuses(self, since: datetime) -> bool:
        """Whether what was issued to them at a moment is refused; signing out ends what is as old
        as itself."""
        return self.disabled or (self.signed_out is not None and since <= self.signed_out)


class StaffRows:
    """The rows of everybody who has ever signed in at the desk, or was disabled."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, Standing]] = {}

    def standing(self, who: str, now: datetime) -> Standing:
        """How somebody stands, as it was read at most ten seconds ago."""
        known = self._known.get(who)
        if known is None or not known[0] <= now < known[0] + BELIEVED:
            known = self._known[who] = now, self._read(who)
        return known[1]

    def _read(self, who: str) -> Standing:
        with translated():
            try:
                row = Row.get(rows.STAFF, who, consistent_read=True)
            except DoesNotExist:
                return Standing()
        return Standing(row.state is not None, instant(row.signed_out) if row.signed_out else None)

    def came(self, who: str) -> None:
        """Somebody has signed in: from now on the provider is asked whether they still have an account."""
        with suppress(Conflict), translated():
            Row(rows.STAFF, who).save(condition=Row.pk.does_not_exist())

    def sign_out(self, who: str, now: datetime) -> None:
        """End everything that somebody has signed in for until now."""
        with translated():
            Row(rows.STAFF, who).update(actions=[Row.signed_out.set(stamp(now))])

    def disable(self, who: str) -> None:
        """Let somebody in no more, whatever the provider says."""
        with translated():
            Row(rows.STAFF, who).update(actions=[Row.state.set(BY_HAND)])

    def enable(self, who: str) -> None:
        """Let somebody in again; if the provider has disabled them, they are out again within a minute."""
        with translated():
            Row(rows.STAFF, who).update(actions=[Row.state.remove()])

    def heed(self, accounts: Mapping[str, bool]) -> None:
        """Take over whom the provider has disabled or has no account of any more, and who is back.
        `accounts` says of everybody there whether they are enabled."""
        with translated():
            known = {row.sk: row.state for row in Row.query(rows.STAFF)}
            for who in known.keys() | accounts.keys():
                out, row = not accounts.get(who, False), Row(rows.STAFF, who)
                with suppress(Conflict):  # operations were faster
                    if out and known.get(who) is None:
                        row.update(actions=[Row.state.set(BY_PROVIDER)], condition=Row.state.does_not_exist())
                    elif not out and known.get(who) == BY_PROVIDER:
                        row.update(actions=[Row.state.remove()], condition=Row.state == BY_PROVIDER)
