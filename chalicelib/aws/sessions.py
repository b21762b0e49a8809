"""What belongs to a secret that only its holder has (a sign-in under way, a session, a partner's key):
short-lived rows under the hash of the secret, in the table that only the site reaches."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.access.authorization import Held
from chalicelib.aws import rows
from chalicelib.aws.rows import Secret
from chalicelib.cases.casework import Conflict


class Sessions:
    """Keeps what belongs to a secret, until its time is over or somebody ends it."""

    def keep(self, kind: str, secret: str, kept: Mapping[str, Any], until: datetime, of: str = "") -> None:
        """Keep something under a secret. `of`: whose it is, where its holder can list what they hold and end
        it."""
        body, ttl = json.dumps(kept, ensure_ascii=False), int(until.timestamp())
        if of:  # the holder's list is written first, so that nothing exists that its holder cannot end
            Secret(rows.holder(of), rows.held(kind, secret), body=body, ttl=ttl).save()
        Secret(rows.secret(kind, secret), kind, body=body, ttl=ttl).save()

    def change(self, kind: str, secret: str, kept: Mapping[str, Any]) -> None:
        """Keep something else under a secret for as long as before; nothing is written when it was ended
        meanwhile."""
        body = Secret.body.set(json.dumps(kept))
        Secret(rows.secret(kind, secret), kind).updated([body], Secret.pk.exists())

    def find(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None:
        """What is kept under a secret; None when there is nothing, or when its time is over though the row
        has not been deleted yet."""
        row = Secret.find(rows.secret(kind, secret), kind)
        return json.loads(row.body or "{}") if row and int(row.ttl or 0) > now.timestamp() else None

    def take(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None:
        """Find it and remove it: of two who come with the same secret, only one gets it."""
        kept = self.find(kind, secret, now)
        try:
            Secret(rows.secret(kind, secret), kind).delete(condition=Secret.pk.exists())
        except Conflict:
            return None
        return kept

    def held(self, kind: str, of: str, now: datetime) -> list[Held]:
        """Everything of a kind that somebody holds, in no order."""
        of_kind = Secret.sk.startswith(rows.every(kind))
        found = Secret.query(rows.holder(of), of_kind, consistent_read=True)
        return [
            Held(rows.kind(row.sk)[1], json.loads(row.body or "{}"))
            for row in found
            if int(row.ttl or 0) > now.timestamp()
        ]

    def id(self, secret: str) -> str:
        """The id under which a secret is in its holder's list."""
        return rows.hashed(secret)

    def end(self, kind: str, secret: str, of: str = "") -> None:
        """Forget what is kept under a secret, and that somebody holds it."""
        self.forget(kind, self.id(secret), of)

    def forget(self, kind: str, id: str, of: str = "") -> None:
        """End by its id what somebody holds. Nothing happens if it is somebody else's or gone already."""
        if of and Secret.find(rows.holder(of), rows.key(kind, id)) is None:
            return
        Secret(rows.key(kind, id), kind).delete()
        if of:  # removed from the list last: if we crash before, its holder can end it again
            Secret(rows.holder(of), rows.key(kind, id)).delete()
