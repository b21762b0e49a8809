"""Sign-ins under way and sessions: short-lived rows under the hash of a secret that only the browser holds."""
from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist

from chalicelib.aws import rows
from chalicelib.aws.rows import Secret
from chalicelib.aws.translated import translated
from chalicelib.casework import Conflict


class Sessions:
    """Keeps what belongs to a secret, until its time is over or somebody ends it."""

    def keep(self, kind: str, secret: str, kept: Mapping[str, Any], until: datetime) -> None:
        """Keep something under a secret."""
        with translated():
            Secret(rows.secret(kind, secret), kind, body=json.dumps(kept), ttl=int(until.timestamp())).save()

    def change(self, kind: str, secret: str, kept: Mapping[str, Any]) -> None:
        """Keep something else under a secret for as long as before; nothing when it was ended meanwhile."""
        with suppress(Conflict), translated():
            Secret(rows.secret(kind, secret), kind).update(actions=[Secret.body.set(json.dumps(kept))],
                                                           condition=Secret.pk.exists())

    def find(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None:
        """What is kept under a secret; None when there is nothing, or its time is over though the row still stands."""
        with translated():
            try:
                row = Secret.get(rows.secret(kind, secret), kind, consistent_read=True)
            except DoesNotExist:
                return None
        return json.loads(row.body or "{}") if int(row.ttl or 0) > now.timestamp() else None

    def take(self, kind: str, secret: str, now: datetime) -> dict[str, Any] | None:
        """The same, once: of two who come with one secret, one gets it."""
        kept = self.find(kind, secret, now)
        try:
            with translated():
                Secret(rows.secret(kind, secret), kind).delete(condition=Secret.pk.exists())
        except Conflict:
            return None
        return kept

    def end(self, kind: str, secret: str) -> None:
        """Forget what is kept under a secret."""
        with translated():
            Secret(rows.secret(kind, secret), kind).delete()
