"""Short-lived data of secrets that only their holder has: sign-ins under way, sessions, partners' keys. The
hash of the secret is the key of the row, in the table that only the site reaches."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.access.authorization import SessionRecord
from chalicelib.aws import rows
from chalicelib.aws.rows import Secret
from chalicelib.cases.casework import Conflict


class Sessions:
    """The data under secrets. Each lasts until it expires or its holder or an operator ends it."""

    def keep(self, kind: str, secret: str, values: Mapping[str, Any], until: datetime, of: str = "") -> None:
        """Store data under a secret. With `of`, the holder's id, the holder can list and end it."""
        body, ttl = json.dumps(values, ensure_ascii=False), int(until.timestamp())
        if of:  # the list first, so that the holder can end everything that exists
            Secret(rows.holder(of), rows.held(kind, secret), body=body, ttl=ttl).save()
        Secret(rows.secret(kind, secret), kind, body=body, ttl=ttl).save()

    def change(self, kind: str, secret: str, values: Mapping[str, Any]) -> None:
        """Replace the data under a secret until the same expiry. Nothing is written where it was ended
        meanwhile."""
        body = Secret.body.set(json.dumps(values))
        Secret(rows.secret(kind, secret), kind).updated([body], Secret.pk.exists())

    def find(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None:
        """Return the data under a secret. Return None without data, or after its expiry."""
        row = Secret.find(rows.secret(kind, secret), kind)
        return json.loads(row.body or "{}") if row and int(row.ttl or 0) > now.timestamp() else None

    def take(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None:
        """Return the data and remove it. Of two callers with the same secret only one gets it."""
        kept = self.find(kind, secret, now)
        try:
            Secret(rows.secret(kind, secret), kind).delete(condition=Secret.pk.exists())
        except Conflict:
            return None
        return kept

    def held(self, kind: str, of: str, now: datetime) -> list[SessionRecord]:
        """Return everything of a kind that a holder has, in no order."""
        of_kind = Secret.sk.startswith(rows.every(kind))
        found = Secret.query(rows.holder(of), of_kind, consistent_read=True)
        return [
            SessionRecord(rows.kind(row.sk)[1], json.loads(row.body or "{}"))
            for row in found
            if int(row.ttl or 0) > now.timestamp()
        ]

    def id(self, secret: str) -> str:
        """Return the id of a secret in its holder's list."""
        return rows.hashed(secret)

    def end(self, kind: str, secret: str, of: str = "") -> None:
        """Remove the data under a secret and its line in the holder's list."""
        self.forget(kind, self.id(secret), of)

    def forget(self, kind: str, id: str, of: str = "") -> None:
        """End an item of a holder's list by its id. Nothing happens where it is on another list or gone."""
        if of and Secret.find(rows.holder(of), rows.key(kind, id)) is None:
            return
        Secret(rows.key(kind, id), kind).delete()
        if of:  # the list last: after a crash in between, the holder can end it again
            Secret(rows.holder(of), rows.key(kind, id)).delete()
