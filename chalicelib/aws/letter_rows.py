"""The rows of letters. A letter to several recipients is first a single row, called a post. A worker then
makes a letter's row for each recipient. `LetterRows` describes the states of such a row."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import Any

from chalicelib.access.authorization import NotFound
from chalicelib.aws import rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.rows import Row, Write
from chalicelib.aws.versions import OURS, readable
from chalicelib.cases.casework import Forged, Unavailable, WriteConflict
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.sending_limits import this_morning
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Addressee, Change, Post
from chalicelib.domain.model.codes import AUTOMATIC, Undelivered
from chalicelib.domain.model.letters import DIGEST, letter_of
from chalicelib.domain.timeline import canonical, digest

NUDGED_WITHIN = timedelta(seconds=90)
"""How long after a move its letters become due for the clock. Usually a message in the queue has them sent
before; the clock then finds only letters whose message was lost."""
CLAIMED = timedelta(minutes=5)
"""How long a worker's claim on a letter lasts. Then another worker may claim the letter."""
PARKED_AFTER = 8
"""If the text of a letter could not be made this many times, the letter is parked: it is not tried again
until a person has looked at it."""
BACK_OFF = timedelta(minutes=1)
UNTOUCHED = timedelta(minutes=10)
"""How long before its due time a digest takes no more lines, because a worker may already be sending it
then."""
TOGETHER = 50
"""The maximum number of letters to recipients of the same post that are written in one transaction. A post is
a letter to several recipients."""
UNEXPANDED = 10
"""A letter to several recipients is first a single row, called a post. This is the number of a case's newest
posts in which we look for letters that have no row of their own yet. A few are enough, because these rows are
made within seconds."""
WAITING, FARTHEST = frozenset({"owed", "sending", "failing"}), timedelta(days=2)
"""The states of a letter that is still to be sent, and how far in the future its due time may lie at most.
The latest possible due time is the next morning, for a letter to an address over its daily limit."""
SAID = ("subject", "text", "short", "whole")
"""The parts of a record of sending that a letter said. `whole` is the text with the words that the mail left
out; without such words it is missing. The parts are stored apart from the record, each with a salt, so that
they can be erased. The record holds their salted digests, under `said`."""
SALT = 16
"""The number of random bytes of such a salt. Because of it, an erased text cannot be guessed from its
digest."""
OWED = {
    "email": "owed",
    "sms": "owed",
    "telling": "told by staff",
    "fetch": "to be fetched",
    "page": "skipped",
}
"""The first state of a letter, by its channel of delivery."""


def owed_rows(change: Change, now: datetime, macs: Macs | None = None) -> Iterator[Row]:
    """Yield a row for each letter that a move causes. A letter to several recipients is a single row, called
    a post.

    The row also stores the deadlines and the state of the case at this time, because the letter reports them
    as they are now. `as_of` is the number of entries of the case after the move. The attribute `entries` of
    the row is the number of the move's timeline entry.
    """
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
    """Yield two rows for each line that a move adds to a staff digest: the row of the line, and the row of
    the digest. The digest's row is the same for all lines of one digest, so it may be written several
    times."""
    for who, run, deadline, at in change.repeated:
        line = {"ref": change.case.ref, "run": run, "deadline": deadline, "due": at, "at": now}
        yield from digested(who, line, now, macs)


def digested(who: str, line: Mapping[str, Any], now: datetime, macs: Macs | None) -> tuple[Row, Row]:
    """Return two rows: one that stores a line for the next digest of the member of staff `who`, and the
    letter's row of that digest. `line` holds what the digest says of one deadline or training."""
    leaves = this_morning(now + UNTOUCHED)
    row = Row(rows.digest(who), rows.repeated(line["ref"], line["run"]), body=canonical(line))
    return (
        macs.body(row) if macs else row,
        staff_letter(who, f"{DIGEST}.{leaves.date()}", DIGEST, {}, leaves, macs),
    )


def staff_letter(
    who: str, id: str, name: str, facts: Mapping[str, Any], at: datetime, macs: Macs | None
) -> Row:
    """Return the row of the letter `name` to the member of staff `who`, a letter that belongs to no case.
    `facts` is what its text is made from. `id` identifies the letter: there is at most one row for an id. The
    letter is due at `at`."""
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
        "as_of": case.entries,
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


def _why(channel: str) -> dict[str, str] | None:
    """Return the stored reason why a letter is never sent; None if it is sent. `channel` is how the
    letter is delivered."""
    return {"why": Undelivered.UNCONFIRMED} if channel == "page" else None


def _queued(ref: str, name: str, at: datetime) -> dict[str, Any]:
    return {"shard": rows.post_shard(ref, letter_of(name).rank), "look_at": stamp(at)}


def newest(ref: str, before: str, limit: int | None) -> list[dict[str, Any]]:
    """Return at most `limit` letters of the case `ref`, the newest first. With `before`, only letters older
    than the letter with this id. A letter to several recipients whose rows are not made yet is included. Rows
    without a body are left out."""
    pk = rows.case(ref)
    every = Row.sk.startswith(rows.letter(""))
    older = Row.sk.between(rows.letter(""), rows.letter(before)) if before else every
    down = partial(Row.query, pk, consistent_read=True, scan_index_forward=False)
    # The query also finds the letter `before`, so it reads one more.
    found = down(older, limit=limit and limit + bool(before))
    letters = {row.sk: _of(readable(row)) for row in found if row.body and row.sk != rows.letter(before)}
    posts = down(Row.sk.startswith(rows.post("")), limit=limit and UNEXPANDED)
    coming = (body for row in posts if row.body for body in _coming(readable(row)))
    for body in (body for body in coming if not before or body["id"] < before):
        letters.setdefault(rows.letter(body["id"]), body)
    return [letters[sk] for sk in sorted(letters, reverse=True)][:limit]


def letters_by_id(ref: str, ids: Collection[str]) -> list[dict[str, Any]]:
    """Return the letters of the case `ref` with these ids. Unknown ids are left out."""
    pk = rows.case(ref)
    written = Row.several([(pk, rows.letter(id)) for id in ids])
    found = [_of(readable(row)) for row in written]
    if posts := {id.rpartition(".")[0] for id in {*ids} - {letter["id"] for letter in found}}:
        rest = Row.several([(pk, rows.post(post)) for post in posts])
        found += [body for row in rest for body in _coming(readable(row)) if body["id"] in ids]
    return found


def posted(ref: str, post: str) -> tuple[dict[str, Any], ...]:
    """Return all letters of the post with this id, each with its present state. A post is a letter to several
    recipients."""
    pk = rows.case(ref)
    written = Row.query(pk, Row.sk.startswith(rows.letters(post)), consistent_read=True)
    letters = {row.sk: _of(readable(row)) for row in written}
    for row in Row.several([(pk, rows.post(post))]):
        letters = {rows.letter(body["id"]): body for body in _coming(readable(row))} | letters
    return tuple(letters.values())


def comes_up(row: Row, now: datetime) -> bool:
    """Return whether the clock will find a letter in time: its row is in the index, and due within
    `FARTHEST`. Return True also for a letter that is not to be sent any more. `row` may also be the row of a
    letter to several recipients."""
    if row.state not in WAITING:
        return True
    return row.shard is not None and bool(row.look_at) and row.look_at <= stamp(now + FARTHEST)


def _coming(row: Row) -> list[dict[str, Any]]:
    """Return the letters to all recipients of a post, in the form that they will have once they have rows.
    Return [] if these rows are made already. `row` is the row of the post: a letter to several recipients."""
    new, bodies = {"tries": 0, "faults": 0, "parked": False}, _bodies(row) if row.state == "owed" else []
    return [{**body, **new, "state": OWED[body["way"]], "sent": _why(body["way"])} for body in bodies]


def _bodies(row: Row) -> list[dict[str, Any]]:
    """Return the body of the letter's row for each recipient of a post. `row` is the row of the post: a
    letter to several recipients."""
    body = json.loads(row.body or "{}")
    of = {name: body.pop(name) for name in ("id", "name", "entry", "facts", "audience")}
    audience = tuple(Addressee(*one) for one in of["audience"])
    post = Post(of["id"], of["name"], of["entry"], audience, of["facts"])
    return [{**vars(letter), **body} for letter in post.letters]


def expanded(posts: Iterable[Row]) -> set[str]:
    """Return the bodies of all letters that are made from these posts. A post is the row of a letter to
    several recipients."""
    return {canonical(body) for post in posts for body in _bodies(post)}


def _of(row: Row) -> dict[str, Any]:
    said = {name: text for name, (_, text) in json.loads(row.words or "{}").items()}
    sent = json.loads(row.sent or "null")
    return {
        **json.loads(row.body or "{}"),
        "state": row.state,
        "tries": int(row.tries or 0),
        "sent": {**(sent or {}), **said} if said else sent,
        "faults": int(row.faults or 0),
        "parked": row.shard == rows.PARKED,
    }


def _apart(kept: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """Return the record of what was sent of a letter without its words, and these words, each with a new
    salt. The record has their digests."""
    words = {name: (token_hex(SALT), str(kept[name])) for name in SAID if kept.get(name)}
    record = {name: value for name, value in kept.items() if name not in SAID}
    said = {name: digest(*salted) for name, salted in words.items()}
    return {**record, "said": said} if said else record, words


def said_fits(row: Row) -> bool:
    """Return whether the stored words of a letter match their digests in the record of what was sent. Erased
    words match."""
    if not row.words:
        return True
    said = json.loads(row.sent or "{}").get("said", {})
    return all(said.get(name) == digest(*salted) for name, salted in json.loads(row.words).items())


class DigestLines:
    """The lines that wait for the next digest of a member of staff. There is one line for each deadline or
    training. A line that somebody changed in the table is left out, and `changed` is called for it."""

    def __init__(self, macs: Macs, now: Callable[[], datetime], changed: Callable[[str], None]) -> None:
        self._macs, self._now, self._changed = macs, now, changed

    def lines(self, who: str) -> list[Mapping[str, Any]]:
        """Return all lines that wait for the next digest of the person `who`."""
        found = []
        for row in Row.query(rows.digest(who), consistent_read=True):
            if self._macs.fits_body(row) or _older(self._macs, row, self._now()):
                found.append(json.loads(row.body or "{}"))
            else:
                self._changed(row.pk)
        return found

    def drop(self, who: str, lines: Iterable[Mapping[str, Any]]) -> None:
        """Remove these lines, because a digest with them was sent. A line that was written again since then
        stays."""
        for line in lines:
            with suppress(WriteConflict):
                row = Row(rows.digest(who), rows.repeated(line["ref"], line["run"]))
                row.delete(condition=Row.body == canonical(line))


class LetterRows:
    """The rows of letters and their states. A letter begins as `owed`. It is `sending` while a worker has
    claimed it. A letter that cannot be sent may be `failing` for a while, as `failing` tells. A letter ends
    as `sent`, `skipped`, `given up` or `bounced`. `claim` is the id of a worker's claim."""

    def __init__(self, macs: Macs) -> None:
        self._macs = macs

    def drafts(self, change: Change, now: datetime) -> list[dict[str, Any]]:
        """Return the letters that a move would cause if it were saved, each as it would be stored. Nothing is
        written."""
        true = _true(change.case, now)
        return [json.loads(canonical({**vars(letter), **true})) for letter in change.letters]

    def expand(self, ref: str, post: str, now: datetime) -> list[str]:
        """Make a letter's row for each recipient of a letter to several recipients. `post` is the id of that
        letter. Return the ids of the new letters that can be sent now. Return [] if the rows were made
        before, or if the letter is parked. Raises Newer. If somebody changed its row in the table, park it
        and raise Forged."""
        row = Row.find(rows.case(ref), rows.post(post))
        if row is None or readable(row).state != "owed" or row.shard == rows.PARKED:
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
        """Return whether our application wrote this row of a letter."""
        return self._macs.fits_letter(row) or _older(self._macs, row, now)

    def _write(self, ref: str, bodies: Iterable[Mapping[str, Any]], now: datetime) -> None:
        letters = [self._macs.letter(_letter(ref, body, now + NUDGED_WITHIN)) for body in bodies]
        try:
            with Write() as write:
                for letter in letters:
                    write.save(letter, condition=Row.pk.does_not_exist())
        # Either all letters were written before, or another worker is writing them. In the second case the
        # task fails, so that the queue repeats it.
        except WriteConflict:
            if not list(Row.query(letters[-1].pk, Row.sk == letters[-1].sk, consistent_read=True)):
                raise Unavailable("case file") from None

    def claim(self, ref: str, id: str, claim: str, now: datetime) -> dict[str, Any] | None:
        """Claim a letter for sending and return it. Return None if the letter was sent or skipped, if another
        worker has claimed it, or if a newer release wrote it. If somebody changed the letter in the table,
        park it and raise Forged."""
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
        """Put a claimed letter back to `owed`, due at `at`. The try is counted."""
        self._end(ref, id, claim, self._owed(ref, id, at))

    def wait(self, ref: str, id: str, claim: str, at: datetime) -> None:
        """Put a claimed letter back to `owed`, due at `at`. The try is not counted."""
        self._end(ref, id, claim, [*self._owed(ref, id, at), Row.tries.set(Row.tries - 1)])

    def _owed(self, ref: str, id: str, at: datetime) -> list[Any]:
        row = Row(rows.case(ref), rows.letter(id))
        return [*self._macs.state(row, "owed"), Row.look_at.set(stamp(at)), Row.claim.remove()]

    def unmade(self, ref: str, id: str, claim: str, faults: int, now: datetime) -> bool:
        """Put a letter back to `owed`, because its text could not be made. `faults`: how many times that has
        happened; each time doubles the delay until the next try. After `PARKED_AFTER` times park the letter
        and return True; else return False."""
        parked = faults >= PARKED_AFTER
        owed = self._owed(ref, id, now if parked else now + BACK_OFF * 2 ** (faults - 1))
        apart = [Row.shard.set(rows.PARKED)] if parked else []
        self._end(ref, id, claim, [Row.faults.set(faults), *owed, *apart])
        return parked

    def failing(self, ref: str, id: str, claim: str, why: str) -> None:
        """Set the state of a claimed letter to `failing`, because it cannot be sent, for the reason `why`.
        The worker then checks whether a letter reached another person who acts for the same party. If the
        worker dies before it ends the letter, the letter becomes due again."""
        self._end(ref, id, claim, self._with(ref, id, "failing", {"why": why}))

    def sent(self, ref: str, id: str, claim: str, body: dict[str, Any]) -> None:
        """Record that a claimed letter was sent. `body` describes what was sent. The clock does not look at
        the letter any more. From now on the letter can be found by the provider's message id, and by the
        digest printed in it."""
        record, words = _apart(body)
        said = [Row.words.set(canonical(words))] if words else []
        self._end(ref, id, claim, [*self._with(ref, id, "sent", record), *said, *GONE])
        if body.get("message_id"):
            found = rows.lookup("message", body["message_id"])
            Row(found, ref, ref=ref, body=json.dumps({"letter": id})).save()
        if body.get("digest"):
            self.printed(ref, id, body["digest"], body["at"])

    def fetched(self, ref: str, id: str, body: dict[str, Any]) -> bool:
        """Store the text of a letter that is not sent, because its recipient reads it on their page now.
        `body` describes what was read, and why nothing was sent. Return False if the letter has a text
        already, or has no row of its own yet."""
        row = Row(rows.case(ref), rows.letter(id))
        record, words = _apart(body)
        said = [*self._macs.sent(row, canonical(record)), Row.words.set(canonical(words))]
        return row.updated(said, Row.body.exists() & Row.words.does_not_exist() & OURS)

    def printed(self, ref: str, id: str, digest: str, at: datetime) -> None:
        """Record the digest that is printed in a letter, so that anybody can verify the paper. `at` is the
        time of the text."""
        body = json.dumps({"letter": id, "at": stamp(at)})
        Row(rows.lookup("letter", digest), ref, ref=ref, body=body).save()

    def ended(self, ref: str, id: str, claim: str, state: str, why: str) -> None:
        """End a claimed letter unsent, in the state `skipped` or `given up`. `why` is the reason."""
        self._end(ref, id, claim, [*self._with(ref, id, state, {"why": why}), *GONE])

    def _with(self, ref: str, id: str, state: str, kept: Mapping[str, Any]) -> list[Any]:
        """Return the update that sets the state of a letter and stores `kept`: what was sent, or why nothing
        was sent."""
        row = Row(rows.case(ref), rows.letter(id))
        return [*self._macs.state(row, state), *self._macs.sent(row, canonical(kept))]

    def by_message(self, message_id: str) -> tuple[str, str] | None:
        """Return case reference and letter id for a message id of the mail provider; None for an unknown
        one."""
        found = self._found("message", message_id)
        return (found[0], found[1]["letter"]) if found else None

    def by_digest(self, digest: str) -> tuple[str, str, datetime] | None:
        """Return case reference, letter id and time of the text for a digest printed in a letter; None for an
        unknown one. Only letters sent by mail or on paper have such a digest."""
        found = self._found("letter", digest)
        return (found[0], found[1]["letter"], instant(found[1]["at"])) if found else None

    def _found(self, by: str, key: str) -> tuple[str, dict[str, Any]] | None:
        row = next(iter(Row.query(rows.lookup(by, key), limit=1)), None)
        return (row.ref or "", json.loads(row.body or "{}")) if row else None

    def mark(self, ref: str, id: str, event: str, body: dict[str, Any]) -> None:
        """Record the mail provider's report (`event`) on a letter. For the event `send` the letter becomes
        `sent`, with `body` as what was sent, because the worker may have died before it recorded that. Any
        other event becomes the letter's state."""
        row = Row(rows.case(ref), rows.letter(id))
        if event == "send":  # the letter may be owed, since the provider's answer was lost
            sent = [*self._with(ref, id, "sent", body), *GONE]
            row.updated(sent, Row.state.is_in("sending", "owed"))
        else:
            row.updated(self._macs.state(row, event), Row.pk.exists())

    def arrived(self, ref: str, id: str, at: datetime) -> None:
        """Record that a sent letter reached its telephone at the moment `at`. Nothing changes if that is
        recorded already, or if somebody changed the row in the table."""
        row = Row.find(rows.case(ref), rows.letter(id))
        if row is None or row.state != "sent" or not self._macs.fits_state(row):
            return
        record = json.loads(row.sent or "{}")
        if "arrived" not in record:
            said = canonical({**record, "arrived": stamp(at)})
            row.updated(self._macs.sent(row, said), Row.sent == row.sent)

    def letter(self, ref: str, id: str) -> dict[str, Any]:
        """Return the letter with this id. Raises NotFound or Newer."""
        row = Row.find(rows.case(ref), rows.letter(id))
        if row is None:
            raise NotFound(ref)
        return _of(readable(row))

    def _end(self, ref: str, id: str, claim: str, actions: list[Any]) -> None:
        # When the claim has expired, another worker has the letter, and only that worker's record counts.
        Row(rows.case(ref), rows.letter(id)).updated(actions, Row.claim == claim)


def _older(macs: Macs, row: Row, now: datetime) -> bool:
    """Return whether a row has no MAC and need not have one, because an earlier release may have written
    it."""
    return row.mac is None and not macs.strict(now, of_case=row.pk.startswith(rows.case("")))


def _parked(now: datetime) -> list[Any]:
    """Return the update that parks the row of a letter. A parked letter is not tried again until a person has
    looked at it."""
    return [Row.shard.set(rows.PARKED), Row.look_at.set(stamp(now))]


GONE = [Row.shard.remove(), Row.look_at.remove()]
"""The updates that take a row out of the index of due rows."""
