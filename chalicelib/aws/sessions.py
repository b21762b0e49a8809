"""Data stored under a secret that only its holder has: sign-ins under way, sessions, and partners' keys. The
row's key is the hash of the secret. The rows are in a table that only the site may access."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.access.authorization import SessionRecord
from chalicelib.aws import rows
from chalicelib.aws.rows import Secret
from chalicelib.cases.casework import WriteConflict


class Sessions:
    """The data under secrets. `kind` is the kind of secret, such as a session. Data last until they expire,
    or until their holder or an operator ends them."""

    def keep(
        self,
        kind: str,
        secret: str,
        values: Mapping[str, Any],
        until: datetime,
        of: str = "",
        new: datetime | None = None,
        turn: int | None = None,
    ) -> None:
        """Store values under a secret until the moment `until`. `of`: the id of the secret's holder, or
        empty. With a holder, the secret is also put on the holder's list, from which the holder can end it.

        `new`: the present moment. With it, raises WriteConflict if the secret has values that have not
        expired. `turn`: how often the values had been stored when they were read. With it, raises
        WriteConflict if they were stored since then. An earlier release counts nothing."""
        body, ttl = json.dumps(values, ensure_ascii=False), int(until.timestamp())
        free = Secret.pk.does_not_exist() | (Secret.ttl <= int(new.timestamp())) if new else None
        if of:  # the list first: after a crash the holder can end all that exists
            Secret(rows.holder(of), rows.held(kind, secret), body=body, ttl=ttl).save()
        if turn is not None:
            free = Secret.tries == turn if turn else Secret.tries.does_not_exist()
        count = None if turn is None else turn + 1
        Secret(rows.secret(kind, secret), kind, body=body, ttl=ttl, tries=count).save(condition=free)

    def change(self, kind: str, secret: str, values: Mapping[str, Any]) -> None:
        """Replace the values under a secret; they expire at the same time as before. Nothing is written if
        the secret was ended meanwhile."""
        body = Secret.body.set(json.dumps(values))
        Secret(rows.secret(kind, secret), kind).updated([body], Secret.pk.exists())

    def find(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None:
        """Return the values under a secret. Return None if there are none, or if the secret has expired."""
        row = Secret.find(rows.secret(kind, secret), kind)
        return json.loads(row.body or "{}") if row and int(row.ttl or 0) > now.timestamp() else None

    def take(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None:
        """Return the values under a secret and remove them. Return None if there are none. Of two callers
        with the same secret, only one gets the values."""
        kept = self.find(kind, secret, now)
        try:
            Secret(rows.secret(kind, secret), kind).delete(condition=Secret.pk.exists())
        except WriteConflict:
            return None
        return kept

    def held(self, kind: str, of: str, now: datetime) -> list[SessionRecord]:
        """Return all secrets of a kind on the list of the holder `of`, in no particular order. Expired
        secrets are left out."""
        of_kind = Secret.sk.startswith(rows.every(kind))
        found = Secret.query(rows.holder(of), of_kind, consistent_read=True)
        return [
            SessionRecord(rows.kind(row.sk)[1], json.loads(row.body or "{}"))
            for row in found
            if int(row.ttl or 0) > now.timestamp()
        ]

    def id(self, secret: str) -> str:
        """Return the id that a secret has on its holder's list. The id reveals nothing about the secret."""
        return rows.hashed(secret)

    def end(self, kind: str, secret: str, of: str = "") -> None:
        """Remove the values under a secret, and its item on the list of the holder `of`."""
        self.forget(kind, self.id(secret), of)

    def forget(self, kind: str, id: str, of: str = "") -> None:
        """Remove the secret with this id and its values, also from the list of its holder `of`. Nothing
        happens if the secret is not on that list."""
        if of and Secret.find(rows.holder(of), rows.key(kind, id)) is None:
            return
        Secret(rows.key(kind, id), kind).delete()
        if of:  # the list last: after a crash in between, the holder can try again
            Secret(rows.holder(of), rows.key(kind, id)).delete()
