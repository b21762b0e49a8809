"""Cases in DynamoDB: one Change, one transaction, one condition."""
from __future__ import annotations

import json
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from chalicelib.access import NotFound
from chalicelib.aws import letter_rows, rows
from chalicelib.aws.rows import Row
from chalicelib.aws.translated import translated
from chalicelib.casework import Conflict, Dossier, Once, Repeated, seats
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.case import Case, Refusal
from chalicelib.domain.change import Change, Entry
from chalicelib.domain.deadlines import look_again
from chalicelib.domain.register import Register
from chalicelib.domain.roster import Roster
from chalicelib.domain.timeline import canonical

REMEMBERED = timedelta(days=30)
"""How long an idempotency key is remembered."""
HEAD_REFUSED = 320 * 1024
"""A case head larger than this is refused, well below the 400 KB of an item. What parties can add is limited long before."""
ROSTER_CACHED = timedelta(seconds=60)
MOST_FOUND = 20
FAR = "9999"
"""Sorts last on a work list: nothing runs."""
CASE, ROSTER, REGISTER = TypeAdapter(Case), TypeAdapter(Roster), TypeAdapter(Register)


class DynamoCaseFile:
    """The case file on one table. Raises Conflict, Repeated, NotFound and Unavailable, never an error of AWS."""

    def __init__(self, now: Any) -> None:
        self._now = now
        self._roster: tuple[datetime, Roster] | None = None

    def load(self, ref: str) -> Case:
        """The case head, as it stands; raises NotFound."""
        with translated():
            try:
                row = Row.get(rows.case(ref), rows.HEAD, consistent_read=True)
            except DoesNotExist:
                raise NotFound(ref) from None
        return CASE.validate_json(row.body or "")

    def whole(self, ref: str) -> Dossier:
        """Head, people, timeline, letters and files, in one query; raises NotFound."""
        with translated():
            found = list(Row.query(rows.case(ref), consistent_read=True))
        of = {name: [(rows.kind(row.sk)[1], row) for row in found if rows.kind(row.sk)[0] == name]
              for name in (rows.HEAD, "PARTY", "ENTRY", "FILE")}
        if not of[rows.HEAD]:
            raise NotFound(ref)
        people = {id: json.loads(row.body or "{}") for id, row in of["PARTY"]}
        return Dossier(CASE.validate_json(of[rows.HEAD][0][1].body or ""), people, tuple(_entry(int(n), row) for n, row in of["ENTRY"]),
                       letter_rows.letters_of(found), tuple(json.loads(row.body or "{}") for _, row in of["FILE"]))

    def save(self, change: Change, once: Once | None = None) -> None:
        """Write a change and everything it owes, all or nothing. Raises Conflict or Repeated with nothing written."""
        try:
            with translated(), TransactWrite(connection=rows.connection()) as write:
                for changed in (change, *change.also):
                    self.put(write, changed)
                if once:
                    kept = canonical({"digest": once.digest, "ref": change.case.ref, "entry": change.entry.n})
                    ttl = int((self._now() + REMEMBERED).timestamp())
                    write.save(Row(rows.once(once.key), rows.IDEM, body=kept, ttl=ttl),
                               condition=Row.pk.does_not_exist() | (Row.ttl < int(self._now().timestamp())))
        except Conflict:
            if once and (before := self.remembered(once)):
                raise before from None
            for find in change.finds:
                if find.unique and (refs := self.found(find.kind, find.key)):
                    raise Repeated(refs[0], once.digest if once else "") from None
            raise

    def found(self, kind: str, key: str) -> list[str]:
        """The numbers of the cases under a lookup."""
        with translated():
            return [row.ref or "" for row in Row.query(rows.lookup(kind, key), limit=MOST_FOUND)]

    def stories(self, limit: int) -> list[tuple[datetime, str]]:
        """The stories that are public, the newest first: when each was released, and its text."""
        with translated():
            found = Row.query(rows.STORIES, scan_index_forward=False, limit=limit)
            return [(instant(row.sk.partition("#")[0]), row.body or "") for row in found]

    def posted(self, ref: str, post: str) -> tuple[dict[str, Any], ...]:
        """Every letter of one post, as it stands now."""
        return letter_rows.posted(ref, post)

    def settle(self, case: Case) -> None:
        """Write when a case must be looked at anew, where the index was behind; somebody else's move makes this void."""
        at = look_again(case, self._now())
        gone: list[Any] = [Row.shard.remove(), Row.look_at.remove()]
        due_then = [Row.shard.set(rows.shard(case.ref)), Row.look_at.set(stamp(at))] if at else gone
        with suppress(Conflict), translated():
            Row(rows.case(case.ref), rows.HEAD).update(actions=due_then, condition=Row.entries == case.entries)

    def parted(self, ref: str, id: str) -> None:
        """Nobody is left to be split off of those whom an entry named."""
        with translated():
            Row(rows.case(ref), rows.key("SPLIT", id)).delete()

    def roster(self) -> Roster:
        """Who is on duty, and the mediators, cached for a minute: both rows in one query."""
        if self._roster is None or self._now() - self._roster[0] > ROSTER_CACHED:
            with translated():
                kept = {row.sk: row.body or "{}" for row in Row.query(rows.ROSTER, consistent_read=True)}
            register = REGISTER.validate_json(kept.get(rows.REGISTER, "{}"))
            self._roster = self._now(), replace(ROSTER.validate_json(kept.get(rows.ROSTER, "{}")), mediators=register)
        return self._roster[1]

    def fresh_roster(self) -> tuple[Roster, int]:
        """Who is on duty as it is written now, without the mediators, and its version: how often it has been written."""
        body, version = self._kept(rows.ROSTER)
        return ROSTER.validate_json(body), version

    def keep_roster(self, roster: Roster, seen: int | None = None) -> None:
        """Replace the roster; raises Conflict when it has been written since it was `seen`. The mediators are not touched."""
        self._keep(rows.ROSTER, ROSTER.dump_json(roster, exclude={"mediators"}), seen)

    def fresh_register(self) -> tuple[Register, int]:
        """The mediators as they are written now, and how often that has been."""
        body, version = self._kept(rows.REGISTER)
        return REGISTER.validate_json(body), version

    def keep_register(self, register: Register, seen: int | None = None) -> None:
        """Replace the register of mediators; raises Conflict when it has been written since it was `seen`, Refusal when it is too large."""
        body = REGISTER.dump_json(register)
        if len(body) > HEAD_REFUSED:
            raise Refusal("register_full")
        self._keep(rows.REGISTER, body, seen)

    def _kept(self, sk: str) -> tuple[str, int]:
        """One of the two rows: its body and its version."""
        with translated():
            try:
                row = Row.get(rows.ROSTER, sk, consistent_read=True)
            except DoesNotExist:
                return "{}", 0
        return row.body or "{}", int(row.entries or 0)

    def _keep(self, sk: str, body: bytes, seen: int | None) -> None:
        untouched = Row.entries == seen if seen else Row.entries.does_not_exist()
        with translated():
            Row(rows.ROSTER, sk).update(
                actions=[Row.body.set(body.decode()), Row.v.set(rows.SCHEMA), Row.entries.set((Row.entries | 0) + 1)],
                condition=None if seen is None else untouched)
        self._roster = None

    def work(self, seat: str, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """A page of a work list, the next deadline first, and where the next page starts; raises Refusal for a start that is none."""
        start = _start(after) if after else None
        with translated():
            found = Row.lists.query(seat, limit=limit, last_evaluated_key=start)
            items = [{"ref": row.ref, "stage": row.stage, "next_due": None if row.next_due == FAR else row.next_due,
                      **json.loads(row.card or "{}")} for row in found]
        last = found.last_evaluated_key
        return items, b64encode(json.dumps(last).encode(), b"-_").decode() if last else None

    def put(self, write: TransactWrite, change: Change) -> None:
        """Every item of one change, into a transaction that is being put together. Raises Refusal for a head that is
        full, unless there is less on it than before, as when somebody has been told."""
        case, pk, entry = change.case, rows.case(change.case.ref), change.entry
        body, at = CASE.dump_json(case).decode(), look_again(case, self._now())
        if len(rows.packed(body)) > HEAD_REFUSED and not _lightened(change, body):
            raise Refusal("case_full")
        write.save(Row(pk, rows.HEAD, body=body, entries=case.entries, **_due(case.ref, at)))
        # entry n may not exist yet: the one condition that makes rivals, double clicks and double fires lose
        write.save(Row(pk, rows.entry(entry.n), body=entry.line, hash=entry.hash, words=canonical(entry.words)),
                   condition=Row.pk.does_not_exist())
        for letter in letter_rows.owed(change, self._now()):
            write.save(letter)
        if change.parts:
            write.save(Row(pk, rows.split(entry.n), **_due(case.ref, self._now())))
        for id, person in change.people.items():
            write.save(Row(pk, rows.party(id), body=canonical(person)))
        for find in change.finds:
            sk, alone = (rows.ONE, Row.pk.does_not_exist()) if find.unique else (case.ref, None)
            write.save(Row(rows.lookup(find.kind, find.key), sk, ref=case.ref), condition=alone)
        write.save(Row(rows.moved(stamp(self._now()), case.ref), case.ref))
        _stories(write, change)
        self._seats(write, change)

    def _seats(self, write: TransactWrite, change: Change) -> None:
        was, now = _seated(change.before), _seated(change.case)
        for name in was.keys() - now.keys():
            write.delete(Row(rows.case(change.case.ref), rows.seat(name)))
        for name, row in now.items():
            if was.get(name) != row:
                write.save(Row(rows.case(change.case.ref), rows.seat(name), **row))

    def remembered(self, once: Once) -> Repeated | None:
        """What an idempotency key made before, if it did."""
        with translated():
            try:
                kept = json.loads(Row.get(rows.once(once.key), rows.IDEM, consistent_read=True).body or "{}")
            except DoesNotExist:
                return None
        return Repeated(kept["ref"], kept["digest"])


def _lightened(change: Change, body: str) -> bool:
    return change.before is not None and len(body) < len(CASE.dump_json(change.before).decode())


def _stories(write: TransactWrite, change: Change) -> None:
    """A story becomes public with the entry that releases it, and is gone with the one that withdraws it."""
    was = {story.id for story in change.before.stories if story.public} if change.before else set()
    for story in change.case.stories:
        if story.released and story.public != (story.id in was):
            key = rows.STORIES, rows.story(stamp(story.released), change.case.ref, story.id)
            if story.public:
                write.save(Row(*key, body=json.loads(change.entry.words["published"][1])))
            else:
                write.delete(Row(*key))


def _start(after: str) -> dict[str, dict[str, str]]:
    """Where a page starts, as the page before it said: the keys of its last row."""
    try:
        start = json.loads(b64decode(after, b"-_", validate=True))
    except ValueError:
        start = None
    keys = {"pk", "sk", "seat", "next_due"}
    if not (isinstance(start, dict) and start.keys() == keys and all(
            isinstance(key, dict) and [*key] == ["S"] and isinstance(key["S"], str) for key in start.values())):
        raise Refusal("bad_cursor", field="cursor")
    return start


def _entry(n: int, row: Row) -> Entry:
    words = {name: (salted[0], salted[1]) for name, salted in json.loads(row.words or "{}").items()}
    return Entry(n, row.body or "", row.hash or "", words)


def _due(ref: str, at: datetime | None) -> dict[str, Any]:
    return {"shard": rows.shard(ref), "look_at": stamp(at)} if at else {}


def _seated(case: Case | None) -> dict[str, dict[str, Any]]:
    """The rows of a case's seats; a card holds what a list shows, no personal words."""
    if case is None:
        return {}
    card = canonical({"owner": case.owner, "type": case.matters[0].type if case.matters else None, "channel": case.channel,
                      "received_at": case.received_at, "severity": case.severity, "unsafe": case.unsafe, "team": case.team})
    return {name: {"seat": name, "next_due": stamp(at) if at else FAR, "ref": case.ref, "stage": str(case.stage), "card": card}
            for name, at in seats(case).items()}
