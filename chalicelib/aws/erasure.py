"""The personal rows of a case: which cases are to lose them, and how they are deleted. What stays of a case
are codes, dates and digests, by which its record can still be checked."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from chalicelib.aws import rows
from chalicelib.aws.find_rows import FindRows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row, changes
from chalicelib.aws.word_rows import destroy_words
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case

DELETED = ("PARTY", "WORDS", "FILE")
"""The kinds of rows of a case that are deleted. Of the other kinds only the words are deleted."""
ADDRESSES = ("email", "phone")
"""The fields of a person's row by which a case is found."""


class ErasureRows:
    """The rows with personal data. The partition `DESTROY` lists the cases and the people of joint cases for
    which the destruction was decided. They are put on the list in the transaction of the move. `lookups`
    returns the keyed hashes of an address or telephone number. `macs` makes the MACs of heads."""

    def __init__(self, lookups: Callable[[str], Iterable[str]], macs: Macs) -> None:
        self._lookups, self._macs = lookups, macs

    def decided(self) -> Iterator[tuple[str, str]]:
        """Yield what is to be destroyed: the number of the case, and the id of the person; "" for all people
        of the case."""
        listed = (row.sk.partition("#") for row in [*Row.query(rows.DESTROY, consistent_read=True)])
        yield from ((ref, party) for ref, _, party in listed if ref.isdecimal())

    def reached(self, years: int) -> date | None:
        """Return the last day (UTC) whose cases were looked at, of those kept for so many years; None if
        none was."""
        row = Row.find(rows.DESTROY, rows.key(rows.CURSOR, str(years)))
        return date.fromisoformat(row.body) if row and row.body else None

    def reach(self, years: int, day: date) -> None:
        """Store the last day whose cases were looked at, of those kept for so many years."""
        Row(rows.DESTROY, rows.key(rows.CURSOR, str(years)), body=str(day)).save()

    def erase(self, case: Case, stays: Collection[str] = ()) -> None:
        """Delete all personal rows and texts of a case, and what finds a person by an address. The rows of
        the files with the ids `stays` are left. Then take the case off the list. What is known of an address
        stays if another case has the address too."""
        for row in [*Row.query(rows.case(case.ref), consistent_read=True)]:
            if row.sk not in {rows.key("FILE", id) for id in stays}:
                self._clear(row, case, frozenset())
        for row in [*Row.query(rows.heads(case.ref))]:
            self._forget(_known_by(json.loads(row.body or "{}")), case.ref, frozenset())
            Row(row.pk, row.sk).delete()
        _delete_all(rows.drafts(case.ref))
        for story in case.feedback.stories:
            if story.released:
                Row(rows.STORIES, rows.story(stamp(story.released), case.ref, story.id)).delete()
        FindRows().forget(case)
        Row(rows.DESTROY, case.ref).delete()
        for part in case.retention.parts:
            Row(rows.DESTROY, rows.part(case.ref, part.of)).delete()

    def erase_part(
        self, case: Case, party: str, ids: Collection[str], entries: Collection[int], files: Collection[str]
    ) -> None:
        """Delete the personal rows and texts of one person, and what finds them by an address. Then take the
        person off the list. `ids`: the ids of the person and their representatives. `entries`: the numbers of
        the entries whose words are theirs. `files`: the ids of their files. Earlier heads lose the keyed
        hashes of their addresses."""
        others = frozenset(key for one in case.parties for key in one.known_by)
        for row in [*Row.query(rows.case(case.ref), consistent_read=True)]:
            kind, id = rows.kind(row.sk)
            body = json.loads(row.body or "{}") if kind == "LETTER" else {}
            if (
                (kind in ("ENTRY", "WORDS") and int(id) in entries)
                or (kind == "PARTY" and id in ids)
                or (kind == "LETTER" and body["to"].removeprefix("party:") in ids)
                or (kind == "FILE" and id in files)
            ):
                self._clear(row, case, others)
        for row in [*Row.query(rows.heads(case.ref))]:
            self._forget(_known_by(json.loads(row.body or "{}"), ids), case.ref, others)
            self._without(row, case.ref, ids)
        _delete_all(rows.drafts(case.ref))  # nobody can tell whose words they repeat
        Row(rows.DESTROY, rows.part(case.ref, party)).delete()

    def forget(self, case: Case, stays: Collection[str]) -> None:
        """Delete the keys by which officers find a case, except those with the keyed hashes `stays`."""
        FindRows().forget(case, stays)

    def forget_words(self, ref: str, months: Iterable[str]) -> None:
        """List the case `ref` whose words are to leave the search files of these months (YYYY-MM)."""
        destroy_words(ref, months)

    def _clear(self, row: Row, case: Case, others: Collection[str]) -> None:
        """Delete a row of a case, or only its words, and what finds a person by it. `others`: the keyed
        hashes of the addresses of other people of the case, which stay."""
        kind = rows.kind(row.sk)[0]
        if kind == "PARTY":
            person = json.loads(row.body or "{}")
            found = [key for kind in ADDRESSES if person.get(kind) for key in self._lookups(person[kind])]
            self._forget(found, case.ref, others)
        if id := json.loads(row.sent or "{}").get("message_id") if kind == "LETTER" else None:
            Row(rows.lookup("message", id), case.ref).delete()
        if kind in DELETED:
            Row(row.pk, row.sk).delete()
        elif row.words:
            Row(row.pk, row.sk).update(changes(words=None))

    def _without(self, row: Row, ref: str, ids: Collection[str]) -> None:
        """Take the keyed hashes of the addresses of people out of an earlier head of a case."""
        head = json.loads(row.body or "{}")
        for party in head.get("parties", ()):
            if party["id"] in ids:
                party.pop("known_by", None)
        body = json.dumps(head, ensure_ascii=False)  # with its empty fields, some of which a reader needs
        digest = sha256(body.encode()).hexdigest()
        mac = self._macs.head(rows.case(ref), int(rows.kind(row.sk)[1]), digest)
        Row(row.pk, row.sk).update(changes(body=rows.compressed(body, 1), mac=mac))

    def _forget(self, known_by: Iterable[str], ref: str, others: Collection[str]) -> None:
        """Delete what finds a case by these keyed hashes of addresses. `others`: the keyed hashes that other
        people of the case have."""
        for key in {*known_by} - {*others}:
            Row(rows.lookup("person", key), ref).delete()
            if next(iter(Row.query(rows.lookup("person", key), limit=1)), None) is None:
                _delete_all(rows.address(key))


def _known_by(head: Mapping[str, Any], ids: Collection[str] | None = None) -> list[str]:
    """Return the keyed hashes of addresses in an earlier head of a case. So an address is found that its
    person has replaced. `ids`: only those of these people."""
    parties = head.get("parties", ())
    return [key for one in parties if ids is None or one["id"] in ids for key in one.get("known_by", ())]


def _delete_all(pk: str) -> None:
    for row in [*Row.query(pk)]:
        Row(pk, row.sk).delete()
