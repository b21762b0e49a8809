"""The rows of letters. A letter that a move owes is one row, however many its recipients. From it each
recipient gets a row, which goes through the states of `LetterRows`."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from chalicelib.access.authorization import NotFound
from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row
from chalicelib.aws.versions import OURS, known
from chalicelib.cases.casework import Conflict, Forged, Unavailable
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.sending_limits import this_morning
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Addressee, Change, Post
from chalicelib.domain.model.codes import AUTOMATIC, Undelivered
from chalicelib.domain.model.letters import DIGEST, letter_of
from chalicelib.domain.timeline import canonical

NUDGED_WITHIN = timedelta(seconds=90)
"""How long after a move its letters become due in the index. A walk finds those that the queue's message has
not sent by then."""
CLAIMED = timedelta(minutes=5)
"""How long a worker's claim on a letter lasts. Afterwards another worker may claim it."""
PARKED_AFTER = 8
"""The number of failures to make its text after which a letter is parked for a person."""
BACK_OFF = timedelta(minutes=1)
UNTOUCHED = timedelta(minutes=10)
"""How long before its due time a digest is no longer changed, since a worker may soon be sending it."""
TOGETHER = 50
"""How many letters of a post are written in one transaction."""
UNEXPANDED = 10
"""How many of the newest posts are searched for those whose letters are not made yet. Letters are made within
seconds."""
WAITING, FARTHEST = frozenset({"owed", "sending", "failing"}), timedelta(days=2)
"""The states of a letter that waits to be sent, and how far ahead it is due at most. A letter to an address
over its daily limit waits for the next morning."""
OWED = {
    "email": "owed",
    "sms": "owed",
    "telling": "told by staff",
    "fetch": "to be fetched",
    "page": "skipped",
}
"""The first state of a letter, by its channel."""


def owed_rows(change: Change, now: datetime, macs: Macs | None = None) -> Iterator[Row]:
    """Yield the rows of the letters that a move owes, one for each letter however many its recipients. Each
    keeps the deadlines at the time of writing, since the letter states the facts of that time. `entries` is
    the number of the move's entry."""
    case = change.case
    true = _true(case, now) if change.posts else {}
    for post in change.posts:
        at = max(now + NUDGED_WITHIN, post.waits or now)
        if len(post.audience) == 1:
            row = _letter(case.ref, {**vars(post.letters[0]), **true}, at)
            row.entries = change.entry.n
        else:
            kept = {name: value for name, value in asdict(post).items() if name != "waits"}
            body = canonical({**kept, "audience": list(map(tuple, post.audience)), **true})
            row = Row(
                rows.case(case.ref),
                rows.post(post.id),
                body=body,
                state="owed",
                entries=change.entry.n,
                **_queued(case.ref, post.name, at),
            )
        yield macs.letter(row) if macs else row


def digests(change: Change, now: datetime, macs: Macs | None) -> Iterator[Row]:
    """Yield the lines that a move adds to digests, and the row of each reader's next digest. That row is
    rewritten until it is due."""
    for who, run, deadline, at in change.repeated:
        line = {"ref": change.case.ref, "run": run, "deadline": deadline, "due": at, "at": now}
        yield from digested(who, line, now, macs)


def digested(who: str, line: Mapping[str, Any], now: datetime, macs: Macs | None) -> tuple[Row, Row]:
    """Return a line for a person's digest, and the row of the digest that will carry it."""
    leaves = this_morning(now + UNTOUCHED)
    row = Row(rows.digest(who), rows.repeated(line["ref"], line["run"]), body=canonical(line))
    return (
        macs.body(row) if macs else row,
        staff_letter(who, f"{DIGEST}.{leaves.date()}", DIGEST, {}, leaves, macs),
    )


def staff_letter(
    who: str, id: str, name: str, facts: Mapping[str, Any], at: datetime, macs: Macs | None
) -> Row:
    """Return the row of a letter to a member of staff that belongs to no case and leaves at `at`. Each id has
    one row."""
    letter = {"id": id, "name": name, "to": f"staff:{who}", "way": "email", "at": at, "facts": facts}
    row = _letter(rows.staff_letters(who), letter, at)
    return macs.letter(row) if macs else row


def _true(case: Case, now: datetime) -> dict[str, Any]:
    return {
        "due": due(case),
        "promised": case.promised,
        "stage": case.stage,
        "outcome": case.outcome,
        "decided": [(matter.accepted, matter.ground) for matter in case.matters],
        "at": now,
    }


def _letter(ref: str, body: Mapping[str, Any], at: datetime) -> Row:
    again = _queued(ref, body["name"], at) if body["way"] in AUTOMATIC else {}
    why = _why(body["way"])
    return Row(
        rows.case(ref),
        rows.letter(body["id"]),
        body=canonical(body),
        state=OWED[body["way"]],
        tries=0,
        sent=canonical(why) if why else None,
        **again,
    )


def _why(way: str) -> dict[str, str] | None:
    """Return the reason for which a letter never leaves, by its channel; None where it leaves."""
    return {"why": Undelivered.UNCONFIRMED} if way == "page" else None


def _queued(ref: str, name: str, at: datetime) -> dict[str, Any]:
    return {"shard": rows.post_shard(ref, letter_of(name).rank), "look_at": stamp(at)}


def newest(ref: str, before: str, limit: int | None) -> list[dict[str, Any]]:
    """Return at most `limit` letters of a case, the newest first, from before the id `before` or from the
    newest on. Letters of a post without rows yet are given as they will be. A row without a body is left out.
    """
    pk = rows.case(ref)
    every = Row.sk.startswith(rows.letter(""))
    older = Row.sk.between(rows.letter(""), rows.letter(before)) if before else every
    down = partial(Row.query, pk, consistent_read=True, scan_index_forward=False)
    # The letter with that id is itself between the two keys.
    found = down(older, limit=limit and limit + bool(before))
    letters = {row.sk: _of(known(row)) for row in found if row.body and row.sk != rows.letter(before)}
    posts = down(Row.sk.startswith(rows.post("")), limit=limit and UNEXPANDED)
    coming = (body for row in posts if row.body for body in _coming(known(row)))
    for body in (body for body in coming if not before or body["id"] < before):
        letters.setdefault(rows.letter(body["id"]), body)
    return [letters[sk] for sk in sorted(letters, reverse=True)][:limit]


def letters_by_id(ref: str, ids: Collection[str]) -> list[dict[str, Any]]:
    """Return the letters of a case that have these ids."""
    pk = rows.case(ref)
    written = Row.batch_get([(pk, rows.letter(id)) for id in ids], consistent_read=True)
    found = [_of(known(row)) for row in written]
    if posts := {id.rpartition(".")[0] for id in {*ids} - {letter["id"] for letter in found}}:
        rest = Row.batch_get([(pk, rows.post(post)) for post in posts], consistent_read=True)
        found += [body for row in rest for body in _coming(known(row)) if body["id"] in ids]
    return found


def posted(ref: str, post: str) -> tuple[dict[str, Any], ...]:
    """Return every letter of one post with its present state."""
    pk = rows.case(ref)
    written = Row.query(pk, Row.sk.startswith(rows.letters(post)), consistent_read=True)
    letters = {row.sk: _of(known(row)) for row in written}
    for row in Row.batch_get([(pk, rows.post(post))], consistent_read=True):
        letters = {rows.letter(body["id"]): body for body in _coming(known(row))} | letters
    return tuple(letters.values())


def comes_up(row: Row, now: datetime) -> bool:
    """Return whether a letter or post that is still owed is in the index, so that a walk finds it in time."""
    if row.state not in WAITING:
        return True
    return row.shard is not None and bool(row.look_at) and row.look_at <= stamp(now + FARTHEST)


def _coming(row: Row) -> list[dict[str, Any]]:
    """Return the letters of a post without rows yet, as they will be."""
    new, bodies = {"tries": 0, "faults": 0, "parked": False}, _bodies(row) if row.state == "owed" else []
    return [{**body, **new, "state": OWED[body["way"]], "sent": _why(body["way"])} for body in bodies]


def _bodies(row: Row) -> list[dict[str, Any]]:
    """Return the bodies of a post's letter rows."""
    body = json.loads(row.body or "{}")
    of = {name: body.pop(name) for name in ("id", "name", "entry", "facts", "audience")}
    audience = tuple(Addressee(*one) for one in of["audience"])
    post = Post(of["id"], of["name"], of["entry"], audience, of["facts"])
    return [{**vars(letter), **body} for letter in post.letters]


def expanded(posts: Iterable[Row]) -> set[str]:
    """Return the bodies of the letter rows of these posts."""
    return {canonical(body) for post in posts for body in _bodies(post)}


def _of(row: Row) -> dict[str, Any]:
    return {
        **json.loads(row.body or "{}"),
        "state": row.state,
        "tries": int(row.tries or 0),
        "sent": json.loads(row.sent or "null"),
        "faults": int(row.faults or 0),
        "parked": row.shard == rows.PARKED,
    }


class DigestLines:
    """The lines that wait for a person's next digest, one for each deadline. It calls `changed` for a line
    that somebody changed in the table, and leaves it out."""

    def __init__(self, macs: Macs, now: Callable[[], datetime], changed: Callable[[str], None]) -> None:
        self._macs, self._now, self._changed = macs, now, changed

    def lines(self, who: str) -> list[Mapping[str, Any]]:
        """Return all lines of one person."""
        found = []
        for row in Row.query(rows.digest(who), consistent_read=True):
            if self._macs.fits_body(row) or _older(self._macs, row, self._now()):
                found.append(json.loads(row.body or "{}"))
            else:
                self._changed(row.pk)
        return found

    def drop(self, who: str, lines: Iterable[Mapping[str, Any]]) -> None:
        """Remove the lines that were sent, except those rewritten since."""
        for line in lines:
            with suppress(Conflict):
                row = Row(rows.digest(who), rows.repeated(line["ref"], line["run"]))
                row.delete(condition=Row.body == canonical(line))


class LetterRows:
    """The states of letters: owed, sending, failing, and at the end sent, skipped, given up or bounced."""

    def __init__(self, macs: Macs) -> None:
        self._macs = macs

    def drafts(self, change: Change, now: datetime) -> list[dict[str, Any]]:
        """Return the letters that a move would owe if it were saved, in the form of their rows."""
        true = _true(change.case, now)
        return [json.loads(canonical({**vars(letter), **true})) for letter in change.letters]

    def expand(self, ref: str, post: str, now: datetime) -> list[str]:
        """Make a letter for each recipient of a post, once however often this is called. Return the ids of
        the letters that can leave now. Raises Newer, and Forged for a post that was changed in the table,
        which is parked."""
        row = Row.find(rows.case(ref), rows.post(post))
        if row is None or known(row).state != "owed" or row.shard == rows.PARKED:
            return []
        if not self._ours(row, now):
            row.updated(_parked(now), Row.state == "owed")
            raise Forged(int(row.entries or 1))
        bodies = _bodies(row)
        for first in range(0, len(bodies), TOGETHER):
            self._write(ref, bodies[first : first + TOGETHER], now)
        row.updated([*self._macs.state(row, "expanded"), *GONE], Row.state == "owed")
        return [body["id"] for body in bodies if body["way"] in AUTOMATIC]

    def _ours(self, row: Row, now: datetime) -> bool:
        """Return whether a release of ours wrote this row of a letter or a post."""
        return self._macs.fits_letter(row) or _older(self._macs, row, now)

    def _write(self, ref: str, bodies: Iterable[Mapping[str, Any]], now: datetime) -> None:
        letters = [self._macs.letter(_letter(ref, body, now + NUDGED_WITHIN)) for body in bodies]
        try:
            with TransactWrite(connection=rows.connection()) as write:
                for letter in letters:
                    write.save(letter, condition=Row.pk.does_not_exist())
        # Either all letters were written before, or another worker is writing them; then the task is tried
        # again.
        except Conflict:
            if not list(Row.query(letters[-1].pk, Row.sk == letters[-1].sk, consistent_read=True)):
                raise Unavailable("case file") from None

    def claim(self, ref: str, id: str, claim: str, now: datetime) -> dict[str, Any] | None:
        """Claim a letter for sending and return it. Return None for a letter that was sent or skipped, that
        another worker has claimed, or that a newer release wrote. Raises Forged for one that was changed
        in the table, which is parked."""
        row = Row(rows.case(ref), rows.letter(id))
        free = (Row.state == "owed") | Row.state.is_in("sending", "failing") & (Row.look_at <= stamp(now))
        mine = [
            *self._macs.state(row, "sending"),
            Row.claim.set(claim),
            Row.look_at.set(stamp(now + CLAIMED)),
        ]
        if not row.updated([*mine, Row.tries.set((Row.tries | 0) + 1)], free & OURS):
            return None
        if not self._ours(row, now):
            self._end(ref, id, claim, [*self._macs.state(row, "owed"), Row.claim.remove(), *_parked(now)])
            raise Forged(int(row.entries or 1))
        return _of(row)

    def release(self, ref: str, id: str, claim: str, at: datetime) -> None:
        """Return a claimed letter to owed, due at `at`."""
        self._end(ref, id, claim, self._owed(ref, id, at))

    def wait(self, ref: str, id: str, claim: str, at: datetime) -> None:
        """Return a claimed letter to owed, due at `at`, and do not count this try."""
        self._end(ref, id, claim, [*self._owed(ref, id, at), Row.tries.set(Row.tries - 1)])

    def _owed(self, ref: str, id: str, at: datetime) -> list[Any]:
        row = Row(rows.case(ref), rows.letter(id))
        return [*self._macs.state(row, "owed"), Row.look_at.set(stamp(at)), Row.claim.remove()]

    def unmade(self, ref: str, id: str, claim: str, faults: int, now: datetime) -> bool:
        """Return a letter to owed after its text failed `faults` times, due later each time. Return True
        where this parks it."""
        parked = faults >= PARKED_AFTER
        owed = self._owed(ref, id, now if parked else now + BACK_OFF * 2 ** (faults - 1))
        apart = [Row.shard.set(rows.PARKED)] if parked else []
        self._end(ref, id, claim, [Row.faults.set(faults), *owed, *apart])
        return parked

    def failing(self, ref: str, id: str, claim: str, why: str) -> None:
        """Mark a letter that will not arrive, until it is known whether another recipient for the same person
        has it. The letter is due again if this worker dies."""
        self._end(ref, id, claim, self._with(ref, id, "failing", {"why": why}))

    def sent(self, ref: str, id: str, claim: str, body: dict[str, Any]) -> None:
        """Record a sent letter: its text is kept, and its row leaves the index."""
        self._end(ref, id, claim, [*self._with(ref, id, "sent", body), *GONE])
        if body.get("message_id"):
            found = rows.lookup("message", body["message_id"])
            Row(found, ref, ref=ref, body=json.dumps({"letter": id})).save()
        if body.get("digest"):
            self.printed(ref, id, body["digest"], body["at"])

    def printed(self, ref: str, id: str, digest: str, at: datetime) -> None:
        """Record the digest with which a letter was printed, so that it can be verified."""
        body = json.dumps({"letter": id, "at": stamp(at)})
        Row(rows.lookup("letter", digest), ref, ref=ref, body=body).save()

    def ended(self, ref: str, id: str, claim: str, state: str, why: str) -> None:
        """End a letter unsent: `skipped` or `given up`, and why."""
        self._end(ref, id, claim, [*self._with(ref, id, state, {"why": why}), *GONE])

    def _with(self, ref: str, id: str, state: str, kept: Mapping[str, Any]) -> list[Any]:
        """Return the update that puts a letter into a state and records the sent text or the reason."""
        row = Row(rows.case(ref), rows.letter(id))
        return [*self._macs.state(row, state), *self._macs.sent(row, canonical(kept))]

    def by_message(self, message_id: str) -> tuple[str, str] | None:
        """Return (ref, letter id) of a letter by the id from the mail provider; None for an unknown id."""
        found = self._found("message", message_id)
        return (found[0], found[1]["letter"]) if found else None

    def by_digest(self, digest: str) -> tuple[str, str, datetime] | None:
        """Return (ref, letter id, time of its text) of a letter by the digest printed in it. Return None for
        an unknown digest. Only letters sent by mail or on paper are found."""
        found = self._found("letter", digest)
        return (found[0], found[1]["letter"], instant(found[1]["at"])) if found else None

    def _found(self, by: str, key: str) -> tuple[str, dict[str, Any]] | None:
        row = next(iter(Row.query(rows.lookup(by, key), limit=1)), None)
        return (row.ref or "", json.loads(row.body or "{}")) if row else None

    def mark(self, ref: str, id: str, event: str, body: dict[str, Any]) -> None:
        """Record the provider's report on a letter. Its *send* event marks the letter as sent, even if the
        worker that sent it died."""
        row = Row(rows.case(ref), rows.letter(id))
        if event == "send":  # owed, yet sent: the provider's answer was lost
            sent = [*self._with(ref, id, "sent", body), *GONE]
            row.updated(sent, Row.state.is_in("sending", "owed"))
        else:
            row.updated(self._macs.state(row, event), Row.pk.exists())

    def letter(self, ref: str, id: str) -> dict[str, Any]:
        """Return a letter by its row. Raises NotFound or Newer."""
        row = Row.find(rows.case(ref), rows.letter(id))
        if row is None:
            raise NotFound(ref)
        return _of(known(row))

    def _end(self, ref: str, id: str, claim: str, actions: list[Any]) -> None:
        # After the claim has expired another worker has the letter, and its record counts.
        Row(rows.case(ref), rows.letter(id)).updated(actions, Row.claim == claim)


def _older(macs: Macs, row: Row, now: datetime) -> bool:
    """Return whether a row has no MAC because an earlier release wrote it."""
    return row.mac is None and not macs.strict(now, of_case=row.pk.startswith(rows.case("")))


def _parked(now: datetime) -> list[Any]:
    """Return the update that parks a row for a person."""
    return [Row.shard.set(rows.PARKED), Row.look_at.set(stamp(now))]


GONE = [Row.shard.remove(), Row.look_at.remove()]
"""The updates that take a row out of the index."""
