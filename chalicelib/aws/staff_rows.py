"""The members of staff who may not come in: the disabled ones, and those signed out everywhere, with the
time. One row for each person, all in one partition."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import Conflict
from chalicelib.domain.calendar import instant, stamp

BELIEVED = timedelta(seconds=10)
"""How long a container relies on its last read of a person. Dismissed staff must be out within a minute in
all, and the provider is asked every half minute."""
BY_HAND, BY_PROVIDER = "disabled", "disabled_by_provider"
"""The two causes of a disabled account. The provider of accounts cannot undo what operations have done."""


class Standing(NamedTuple):
    """A member's standing: disabled or not, and since when sessions count. Those begun up to that moment
    (UTC) do not."""

    disabled: bool = False
    signed_out: datetime | None = None

    def refuses(self, since: datetime) -> bool:
        """Return whether a session or token issued at a moment is refused. Signing out also ends those issued
        in the same second."""
        return self.disabled or (self.signed_out is not None and since <= self.signed_out)


class StaffRows:
    """The rows of all members of staff who ever signed in at the desk or were disabled."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, Standing]] = {}

    def standing(self, who: str, now: datetime) -> Standing:
        """Return a member's standing, at most ten seconds old."""
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
        """Record a member's sign-in. From now on the provider is asked whether they still have an account."""
        with suppress(Conflict):
            Row(rows.STAFF, who).save(condition=Row.pk.does_not_exist())

    def sign_out(self, who: str, now: datetime) -> None:
        """End all sessions and tokens of a member until now."""
        Row(rows.STAFF, who).update(actions=[Row.signed_out.set(stamp(now))])

    def disable(self, who: str) -> None:
        """Disable a member, whatever the provider says."""
        Row(rows.STAFF, who).update(actions=[Row.state.set(BY_HAND)])

    def enable(self, who: str) -> None:
        """Enable a member again. One whom the provider has disabled is disabled again within a minute."""
        Row(rows.STAFF, who).update(actions=[Row.state.remove()])

    def heed(self, accounts: Mapping[str, bool]) -> None:
        """Disable the members whom the provider has disabled or removed, and enable those it has enabled
        again. `accounts` holds by subject whether the provider's account is enabled."""
        known = {row.sk: row.state for row in Row.query(rows.STAFF)}
        for who in known.keys() | accounts.keys():
            out, row = not accounts.get(who, False), Row(rows.STAFF, who)
            # A member whom operations have disabled meanwhile stays so.
            if out and known.get(who) is None:
                row.updated([Row.state.set(BY_PROVIDER)], Row.state.does_not_exist())
            elif not out and known.get(who) == BY_PROVIDER:
                row.updated([Row.state.remove()], Row.state == BY_PROVIDER)
