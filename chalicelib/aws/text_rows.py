"""The store of canned texts and of their changes. Each text is a row of its own, so that two people can
change two texts at the same time. The rows hold nothing of a complaint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.aws import rows
from chalicelib.aws.rows import Row, Write
from chalicelib.aws.versions import OURS, RowShape
from chalicelib.domain.canned_texts import MOST_TEXTS, CannedText, TextChange

BELIEVED = timedelta(minutes=1)
"""How long a container offers the texts of its last read."""
TEXT, CHANGE = RowShape(CannedText), RowShape(TextChange)


class TextRows:
    """The store of canned texts."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: dict[str, tuple[datetime, list[CannedText]]] = {}

    def of_team(self, team: str) -> list[CannedText]:
        """Return the texts of a team, read at most a minute ago. The team "" has the texts for all teams.
        This costs one query."""
        known = self._known.get(team)
        if known is None or not known[0] <= self._now() < known[0] + BELIEVED:
            known = self._known[team] = self._now(), self.fresh(team)
        return known[1]

    def fresh(self, team: str) -> list[CannedText]:
        """Return the texts of a team as stored now, by title."""
        of = Row.sk.startswith(rows.text(team, ""))
        found = Row.query(rows.TEXTS, of, consistent_read=True, limit=MOST_TEXTS * 2)
        return sorted(map(TEXT.read, found), key=lambda text: (text.title, text.id))

    def find(self, team: str, id: str) -> CannedText | None:
        """Return the text with this id as stored now; None if the team has none."""
        row = Row.find(rows.TEXTS, rows.text(team, id))
        return TEXT.read(row) if row else None

    def keep(self, change: TextChange) -> None:
        """Store a changed text and its change, in one transaction. Raises WriteConflict if the stored text
        differs from `change.before`."""
        before, after = change.before, change.after
        same = (Row.entries == before.version) & OURS if before else Row.pk.does_not_exist()
        with Write() as write:
            if after:
                body = TEXT.written(after).decode()
                row = Row(rows.TEXTS, rows.text(after.team, after.id), body=body, entries=after.version)
                write.save(row, condition=same)
            elif before:
                write.delete(Row(rows.TEXTS, rows.text(before.team, before.id)), condition=same)
            kept = rows.text_change(change.at, change.id, change.version)
            write.save(Row(rows.TEXT_CHANGES, kept, body=CHANGE.written(change).decode()))
        self._known.clear()

    def changes(self, before: str, most: int) -> list[tuple[str, TextChange]]:
        """Return at most `most` changes of texts that are older than the cursor `before`, the newest first,
        each with its own cursor. "" begins with the newest."""
        older = Row.sk < before if before else None
        found = Row.query(rows.TEXT_CHANGES, older, scan_index_forward=False, limit=most)
        return [(row.sk, CHANGE.read(row)) for row in found]
