"""The suggestion box: one row per suggestion, grouped by month. A row holds the text and not its sender."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from ulid import ULID

from chalicelib.access.authorization import NotFound
from chalicelib.aws import rows
from chalicelib.aws.rows import Row, Write
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.model.codes import Follows
from chalicelib.domain.timeline import canonical

KEPT = timedelta(days=2 * 365)
"""How long a suggestion is stored: two years."""
ONCE = timedelta(days=1)
"""A suggestion that repeats the text of an earlier one by the same sender within this time is not stored."""
ID = re.compile(r"20\d\d-(0[1-9]|1[0-2])-\d\dT\d\d:\d\d:\d\dZ#[0-9A-Z]{26}")


class Suggestion(NamedTuple):
    """A suggestion. `follows`: what we do about it (None: not decided yet). `by`: the member of staff who
    recorded that."""

    id: str
    at: datetime
    text: str
    topic: str | None
    follows: Follows | None
    by: str | None


class SuggestionRows:
    """The store of suggestions."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def keep(self, text: str, topic: str | None, key: str) -> None:
        """Store a suggestion. `key` identifies the sender and the text together. If the same key was used
        within `ONCE`, nothing is stored."""
        now = self._now()
        at, over = stamp(now), int(now.timestamp())
        body = canonical({"text": text, "topic": topic})
        sent = Row(rows.once(key), rows.IDEM, ttl=over + int(ONCE.total_seconds()))
        made = Row(
            rows.suggestions(at[:7]),
            rows.suggestion(at, str(ULID())),
            body=body,
            ttl=over + int(KEPT.total_seconds()),
        )
        with suppress(WriteConflict), Write() as write:
            write.save(sent, condition=Row.pk.does_not_exist() | (Row.ttl < over))
            write.save(made)

    def newest(self, before: str, most: int) -> tuple[list[Suggestion], str | None]:
        """Return at most `most` suggestions, the newest first, and the cursor of the next page (None: this is
        the last). `before` is the cursor of this page; empty: the first page. Raises Refusal `bad_cursor` for
        an invalid cursor."""
        refuse_if(before and not ID.fullmatch(before), "bad_cursor", field="after")
        found = list(islice(self._before(before or stamp(self._now() + ONCE), most + 1), most + 1))
        return found[:most], found[most - 1].id if len(found) > most else None

    def mark(self, id: str, follows: str, by: str) -> None:
        """Record what we do about a suggestion (`follows`), as the member of staff `by` says. Raises NotFound
        if the suggestion or the value of `follows` is unknown."""
        seen = [Row.state.set(follows), Row.card.set(by)]
        known = follows in [*Follows] and ID.fullmatch(id)
        if not known or not Row(rows.suggestions(id[:7]), id).updated(seen, Row.pk.exists()):
            raise NotFound(id)

    def _before(self, before: str, most: int) -> Iterator[Suggestion]:
        month, oldest = before[:7], stamp(self._now() - KEPT)[:7]
        while month >= oldest:
            pk = rows.suggestions(month)
            yield from map(_read, Row.query(pk, Row.sk < before, scan_index_forward=False, limit=most))
            month = str(date.fromisoformat(f"{month}-01") - timedelta(days=1))[:7]


def _read(row: Row) -> Suggestion:
    said, follows = json.loads(row.body or "{}"), Follows(row.state) if row.state else None
    at = instant(row.sk.partition("#")[0])
    return Suggestion(row.sk, at, said["text"], said.get("topic"), follows, row.card)
