"""Which members of staff may not come in: those who are disabled, and sessions from before somebody was
signed out everywhere. One row for each person, all in one partition."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import Conflict
from chalicelib.domain.calendar import instant, stamp

BELIEVED = timedelta(seconds=10)
"""How long a container believes what it last read of somebody: issue 14, point 4 allows a minute in all, and
the provider is asked every half minute."""
BY_HAND, BY_PROVIDER = "disabled", "disabled_by_provider"
"""Who has disabled somebody. What operations have done is not undone by what the provider of accounts
says."""


class Standing(NamedTuple):
    """Whether somebody is disabled, and since when sessions count: those begun up to that moment (UTC) do
    not."""

    disabled: bool = False
    signed_out: datetime | None = None

    def refuses(self, since: datetime) -> bool:
        """Whether a session or token issued at a moment is refused. Signing out also ends those issued in the
        same second."""
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
        row = Row.find(rows.STAFF, who)
        if row is None:
            return Standing()
        return Standing(row.state is not None, instant(row.signed_out) if row.signed_out else None)

    def came(self, who: str) -> None:
        """Record that somebody has signed in: from now on the provider is asked whether they still have an
        account."""
        with suppress(Conflict):
            Row(rows.STAFF, who).save(condition=Row.pk.does_not_exist())

    def sign_out(self, who: str, now: datetime) -> None:
        """End everything that somebody has signed in for until now."""
        Row(rows.STAFF, who).update(actions=[Row.signed_out.set(stamp(now))])

    def disable(self, who: str) -> None:
        """Disable somebody, whatever the provider says."""
        Row(rows.STAFF, who).update(actions=[Row.state.set(BY_HAND)])

    def enable(self, who: str) -> None:
        """Take back that somebody is disabled; if the provider has disabled them, they are disabled again
        within a minute."""
        Row(rows.STAFF, who).update(actions=[Row.state.remove()])

    def heed(self, accounts: Mapping[str, bool]) -> None:
        """Disable those whom the provider has disabled or who have no account there any more, and take that
        back for those who are enabled again. `accounts` tells for everybody at the provider whether they are
        enabled."""
        known = {row.sk: row.state for row in Row.query(rows.STAFF)}
        for who in known.keys() | accounts.keys():
            out, row = not accounts.get(who, False), Row(rows.STAFF, who)
            # not where operations have disabled them meanwhile
            if out and known.get(who) is None:
                row.updated([Row.state.set(BY_PROVIDER)], Row.state.does_not_exist())
            elif not out and known.get(who) == BY_PROVIDER:
                row.updated([Row.state.remove()], Row.state == BY_PROVIDER)
