"""The personal rows of a case: which cases are to lose them, and how they are deleted. What stays of a case
are codes, dates and digests, by which its record can still be checked."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from chalicelib.aws import rows
from chalicelib.aws.rows import Row, changes
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case

DELETED = ("PARTY", "WORDS", "FILE")
"""The kinds of rows of a case that are deleted. Of the other kinds only the words are deleted."""
ADDRESSES = ("email", "phone")
"""The fields of a person's row by which a case is found."""


class ErasureRows:
    """The rows with personal data. The partition `DESTROY` lists the cases for which the destruction was
    decided. A case is put on the list in the transaction of its move. `lookups` returns the keyed hashes of
    an address or telephone number."""

    def __init__(self, lookups: Callable[[str], Iterable[str]]) -> None:
        self._lookups = lookups

    def decided(self) -> Iterator[str]:
        """Yield the numbers of the cases for which the destruction was decided."""
        listed = [row.sk for row in Row.query(rows.DESTROY, consistent_read=True)]
        yield from (sk for sk in listed if sk.isdecimal())

    def reached(self, years: int) -> date | None:
        """Return the last day (UTC) whose cases were looked at, of those kept for so many years; None if
        none was."""
        row = Row.find(rows.DESTROY, rows.key(rows.CURSOR, str(years)))
        return date.fromisoformat(row.body) if row and row.body else None

    def reach(self, years: int, day: date) -> None:
        """Store the last day whose cases were looked at, of those kept for so many years."""
        Row(rows.DESTROY, rows.key(rows.CURSOR, str(years)), body=str(day)).save()

    def erase(self, case: Case) -> None:
        """Delete all personal rows and texts of a case, and what finds a person by an address. Then take the
        case off the list. What is known of an address stays if another case has the address too."""
        pk = rows.case(case.ref)
        for row in [*Row.query(pk, consistent_read=True)]:
            kind = rows.kind(row.sk)[0]
            if kind == "PARTY":
                self._forget(json.loads(row.body or "{}"), case.ref)
            if id := json.loads(row.sent or "{}").get("message_id") if kind == "LETTER" else None:
                Row(rows.lookup("message", id), case.ref).delete()
            if kind in DELETED:
                Row(pk, row.sk).delete()
            elif row.words:
                Row(pk, row.sk).update(changes(words=None))
        _delete_all(rows.heads(case.ref))
        for story in case.feedback.stories:
            if story.released:
                Row(rows.STORIES, rows.story(stamp(story.released), case.ref, story.id)).delete()
        Row(rows.DESTROY, case.ref).delete()

    def _forget(self, person: Mapping[str, Any], ref: str) -> None:
        """Delete what finds a case by the addresses of a person. `person`: the body of their row."""
        for address in filter(None, map(person.get, ADDRESSES)):
            for key in self._lookups(address):
                Row(rows.lookup("person", key), ref).delete()
                if next(iter(Row.query(rows.lookup("person", key), limit=1)), None) is None:
                    _delete_all(rows.address(key))


def _delete_all(pk: str) -> None:
    for row in [*Row.query(pk)]:
        Row(pk, row.sk).delete()
