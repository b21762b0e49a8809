"""Cases in DynamoDB: one Change, one transaction, one condition."""
from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import TypeAdapter
from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, PynamoDBException, TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib.access import NotFound
from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.casework import Conflict, Once, Repeated, Unavailable, seats
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.case import Case, Refusal
from chalicelib.domain.change import Change, Entry, Letter
from chalicelib.domain.codes import Role
from chalicelib.domain.deadlines import due, look_again
from chalicelib.domain.register import Register
from chalicelib.domain.roster import Roster
from chalicelib.domain.timeline import brief, canonical
from chalicelib.dossier import Dossier, Entries, Files, Letters, Read

NUDGED_WITHIN = timedelta(seconds=90)
"""A letter that its nudge has not sent by then is found by the clock."""
REMEMBERED = timedelta(days=30)
"""How long an idempotency key is remembered."""
HEAD_REFUSED = 128 * 1024
"""A move of a person that makes the head of a case larger than this is refused: there are 400 KB in an item, and the clock goes on."""
REGISTER_REFUSED = 320 * 1024
"""A register of mediators larger than this is refused."""
BESIDE = 2_000
"""Words of an entry that are longer than this together, in characters, have a row of their own: a page of the timeline stays small."""
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
        """A case with everything on it: the head is read now, the rest where it is looked at; raises NotFound."""
        return self.opened(self.load(ref))

    def opened(self, case: Case) -> Dossier:
        """The same of a case whose head has been read."""
        pk = rows.case(case.ref)

        def bodies(kind: str) -> dict[str, Any]:
            with translated():
                return {rows.kind(row.sk)[1]: json.loads(row.body or "{}") for row in _all(pk, kind)}
        return Dossier(case, Read(lambda: bodies("PARTY")), Entries(case.entries, partial(_entries, pk)),
                       Letters(partial(_letters, pk), partial(_named, pk)), Files(lambda: tuple(bodies("FILE").values())))

    def save(self, change: Change, once: Once | None = None) -> None:
        """Write a change and everything it owes, all or nothing. Raises Conflict or Repeated with nothing written."""
        try:
            with translated(), TransactWrite(connection=rows.connection()) as write:
                for changed in (change, *change.also):
                    self._put(write, changed)
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

    def settle(self, case: Case) -> None:
        """Write when a case must be looked at anew, where the index was behind; somebody else's move makes this void."""
        at = look_again(case, self._now())
        gone: list[Any] = [Row.shard.remove(), Row.look_at.remove()]
        due_then = [Row.shard.set(rows.shard(case.ref)), Row.look_at.set(stamp(at))] if at else gone
        with suppress(Conflict), translated():
            Row(rows.case(case.ref), rows.HEAD).update(actions=due_then, condition=Row.entries == case.entries)

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
        if len(body) > REGISTER_REFUSED:
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

    def _put(self, write: TransactWrite, change: Change) -> None:
        case, pk, entry = change.case, rows.case(change.case.ref), change.entry
        body, at = CASE.dump_json(case).decode(), look_again(case, self._now())
        if len(body) > HEAD_REFUSED and json.loads(entry.line)["role"] != Role.CLOCK.code:
            raise Refusal("case_full")                          # what the clock owes is never refused
        write.save(Row(pk, rows.HEAD, body=body, entries=case.entries, **_due(case.ref, at)))
        # entry n may not exist yet: the one condition that makes rivals, double clicks and double fires lose
        words = canonical(entry.words)
        beside = len(words) if len(words) > BESIDE else None
        write.save(Row(pk, rows.entry(entry.n), body=entry.line, hash=entry.hash, words=canonical(brief(entry.words)) if beside else words,
                       beside=beside), condition=Row.pk.does_not_exist())
        if beside:
            write.save(Row(pk, rows.words(entry.n), words=words))
        for letter in change.letters:
            write.save(letter_row(case, letter, self._now()))
        for id, person in change.people.items():
            write.save(Row(pk, rows.party(id), body=canonical(person)))
        for find in change.finds:
            sk, alone = (rows.ONE, Row.pk.does_not_exist()) if find.unique else (case.ref, None)
            write.save(Row(rows.lookup(find.kind, find.key), sk, ref=case.ref), condition=alone)
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


def letter_row(case: Case, letter: Letter, now: datetime) -> Row:
    """The row of a letter owed, with the dates that run as it is written: it will say what was true then."""
    state = {"email": "owed", "telling": "told by staff", "fetch": "to be fetched"}[letter.way]
    body = canonical({**asdict(letter), "due": due(case), "promised": case.promised, "stage": case.stage, "outcome": case.outcome,
                      "decided": [(matter.accepted, matter.ground) for matter in case.matters], "at": now})
    return Row(rows.case(case.ref), rows.letter(letter.id), body=body, state=state, tries=0,
               **(_due(case.ref, now + NUDGED_WITHIN) if letter.way == "email" else {}))


def letter_of(row: Row) -> dict[str, Any]:
    """A letter as its row tells it."""
    return {**json.loads(row.body or "{}"), "state": row.state, "tries": int(row.tries or 0), "sent": json.loads(row.sent or "null")}


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the database says into Conflict or Unavailable."""
    try:
        yield
    except DoesNotExist:
        raise
    except TransactWriteError as error:
        codes = {reason.code for reason in error.cancellation_reasons if reason}
        if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
            raise Conflict from error
        raise Unavailable("case file") from error
    except (PutError, UpdateError, DeleteError) as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise Conflict from error
        raise Unavailable("case file") from error
    except PynamoDBException as error:
        raise Unavailable("case file") from error


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


def _all(pk: str, kind: str) -> Iterator[Row]:
    return iter(Row.query(pk, Row.sk.startswith(rows.every(kind)), consistent_read=True))


def _entries(pk: str, numbers: Sequence[int]) -> list[Entry]:
    """These entries: a stretch of the timeline in one query, single ones by their keys."""
    first, last = numbers[0], numbers[-1]
    with translated():
        if last > first and len(numbers) == last - first + 1:
            return [_entry(pk, row) for row in Row.query(pk, Row.sk.between(rows.entry(first), rows.entry(last)), consistent_read=True)]
        return [_entry(pk, row) for row in Row.batch_get([(pk, rows.entry(n)) for n in numbers], consistent_read=True)]


def _letters(pk: str, before: str, limit: int | None) -> list[dict[str, Any]]:
    older = Row.sk.between(rows.letter(""), rows.letter(before)) if before else Row.sk.startswith(rows.letter(""))
    with translated():                                          # the one that is named is among those between
        found = Row.query(pk, older, consistent_read=True, scan_index_forward=False, limit=limit and limit + bool(before))
        return [letter_of(row) for row in found if row.sk != rows.letter(before)]


def _named(pk: str, ids: Collection[str]) -> list[dict[str, Any]]:
    with translated():
        return [letter_of(row) for row in Row.batch_get([(pk, rows.letter(id)) for id in ids], consistent_read=True)]


def _entry(pk: str, row: Row) -> Entry:
    n, words = int(rows.kind(row.sk)[1]), _salted(row.words)
    if row.beside is None:
        return Entry(n, row.body or "", row.hash or "", words)
    return Entry(n, row.body or "", row.hash or "", Read(lambda: _beside(pk, n)), words)


def _beside(pk: str, n: int) -> dict[str, tuple[str, str]]:
    """Words that have a row of their own; none once they were erased."""
    with translated():
        return next((_salted(row.words) for row in Row.batch_get([(pk, rows.words(n))], consistent_read=True)), {})


def _salted(kept: str | None) -> dict[str, tuple[str, str]]:
    return {name: (salted[0], salted[1]) for name, salted in json.loads(kept or "{}").items()}


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
