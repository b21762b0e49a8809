"""Cases in DynamoDB. A Change is saved in one transaction, whose one condition is that the next timeline
entry does not exist yet."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache, partial
from hashlib import sha256
from secrets import token_hex
from typing import Any, NamedTuple

from pynamodb.transactions import TransactWrite

from chalicelib.access.authorization import NotFound
from chalicelib.aws import letter_rows, rows
from chalicelib.aws.macs import Macs
from chalicelib.aws.outage_rows import OutageRows
from chalicelib.aws.rows import Row, changes
from chalicelib.aws.versions import OURS, Shape, known
from chalicelib.cases.casework import Conflict, Newer, Once, Repeated, Unreadable, work_lists
from chalicelib.cases.dossier import Dossier, Entries, Head, LazyMapping, Letters, OtherRow, Partition
from chalicelib.domain.calendar import instant, published, stamp
from chalicelib.domain.engine.deadlines import deadlines, look_again
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, refuse_if, required
from chalicelib.domain.model.change import Change, Entry
from chalicelib.domain.model.codes import Fault, Role
from chalicelib.domain.register import Register
from chalicelib.domain.roster import Roster
from chalicelib.domain.timeline import bound, brief, canonical, digest, said_in

REMEMBERED = timedelta(days=30)
"""How long an idempotency key is remembered."""
HEAD_REFUSED = 128 * 1024
"""A person's move that makes the head of a case larger than this, in bytes, is refused. An item may have 400
KB; what is left is for the clock, whose moves are never refused."""
REGISTER_REFUSED = 320 * 1024
"""A register of mediators larger than this, in bytes, is refused."""
BESIDE = 2_000
"""Words of an entry that have more characters than this together are kept in a row of their own, so that a
page of the timeline stays small."""
SALT = 16
"""How many random bytes are hashed with a name, so that an erased name cannot be guessed from its digest."""
MARK = 16
"""How many characters of its digest tell one row of a work list from the row before it."""
ROSTER_CACHED = timedelta(seconds=60)
MOST_FOUND = 20
EMPTY = Row(body="{}")
"""What stands for a row that was never written."""
NOT_DUE = {"shard": None, "look_at": None}
"""What stands in the index for a case at which the clock need not look."""
FAR = "9999"
"""The date of a case on which nothing runs: it sorts last on a work list."""
AFTER = re.compile(r"([0-9TZ:-]{4,20})_([0-9]{12})")
"""Where the next page of a work list starts: when the last line of this page is due, and the number of its
case."""
PAGE = 1_000
"""How many keys of the index are read in one query."""
READ_ONLY = ("kept", "altered", "outages")
"""The fields of a case that its head does not hold: they come from reading it."""
CASE, ROSTER, REGISTER = Shape(Case, leaves=READ_ONLY), Shape(Roster, leaves=["mediators"]), Shape(Register)


class Told(NamedTuple):
    """A public story: when it was released, its words, and the type of its complaint where that is known."""

    released: datetime
    text: str
    type: str | None


class DynamoCaseFile:
    """The case file on one table. Raises Conflict, Repeated, NotFound, Newer and Unavailable, never an error
    of AWS. Without `macs` it checks nothing that it reads, and writes as an earlier release does. `changed`
    is told the number of each case whose head was changed in the table."""

    def __init__(
        self,
        now: Any,
        cases: Shape[Case] = CASE,
        macs: Macs | None = None,
        changed: Callable[[str], None] = lambda ref: None,
        outages: OutageRows | None = None,
    ) -> None:
        self._now, self._cases, self._macs, self._changed = now, cases, macs, changed
        self._outages = outages or OutageRows()
        self._roster: tuple[datetime, Roster] | None = None

    def load(self, ref: str) -> Case:
        """The case head, as it stands, with the outages that its windows move by; `altered` where somebody
        has changed it in the table. Raises NotFound, Newer, and Unreadable for the head of another case that
        was put under this number."""
        row = Row.find(rows.case(ref), rows.HEAD)
        if row is None or not row.body:  # a row without a body: no case was ever saved under this number
            raise NotFound(ref)
        known = self._outages.known(self._now())
        case = replace(self._cases.read(row), kept=_digest(row.body), altered=False, outages=known)
        if case.ref != ref:
            self._changed(ref)
            raise Unreadable(row.sk)
        if self._macs and not self._written_by_us(self._macs, row, case):
            self._changed(ref)
            return replace(case, altered=True)
        return case

    def _written_by_us(self, macs: Macs, row: Row, case: Case) -> bool:
        """Whether a release of ours wrote a head, and when the clock looks at it. An earlier release wrote no
        MACs, and left those of the head before. While it may have run, its last entry, which has no MAC
        either, tells whether the head was saved with it. That costs one read. `look_again` tells whether the
        clock comes in time."""
        head = macs.fits_head(row.mac, row.pk, case.entries, case.kept)
        clock = macs.fits_clock(row, case.entries)
        if (head and clock) or macs.strict(self._now()):
            return head and clock
        last = None if head else Row.find(row.pk, rows.entry(case.entries))
        saved = head or (last is not None and last.mac is None and bound(case, _entry(row.pk, last)))
        return saved and (clock or not self._late(row, case))

    def _late(self, row: Row, case: Case) -> bool:
        """Whether the clock looks at a case later than its deadlines say. One that failed is put off, and
        later set aside for a person."""
        at = None if row.faults or row.shard == rows.PARKED else look_again(case, self._now())
        return at is not None and (row.shard is None or not row.look_at or row.look_at > stamp(at))

    def caught_up(self, case: Case) -> Case | None:
        """The case with the last entry of its timeline, where its head is an older one that somebody put
        back; None where the head is the newest. Nothing can be saved on such a head, since its next entry
        exists."""
        newest = Row.query(
            rows.case(case.ref),
            Row.sk.startswith(rows.every("ENTRY")),
            scan_index_forward=False,
            limit=1,
            consistent_read=True,
        )
        for row in newest:
            n, head = int(rows.kind(row.sk)[1]), self.load(case.ref)  # read after the entry
            return replace(head, entries=n, head=row.hash or "") if n > head.entries else None
        return None

    def whole(self, ref: str) -> Dossier:
        """A case with everything on it: its head is read now, the rest when it is first used; raises
        NotFound, or Newer."""
        return self.opened(self.load(ref))

    def opened(self, case: Case) -> Dossier:
        """The dossier of a case whose head has been read already."""
        pk = rows.case(case.ref)

        @cache
        def found(kind: str) -> dict[str, Row]:
            return {rows.kind(row.sk)[1]: row for row in _all(pk, kind)}

        def bodies(kind: str) -> dict[str, Any]:
            return {id: json.loads(row.body or "{}") for id, row in found(kind).items()}

        def same(id: str) -> bool:
            kept, row = case.party(id).kept, found("PARTY").get(id, EMPTY)
            return not kept or kept == digest(row.salt or "", row.body or "")

        return Dossier(
            case,
            LazyMapping(lambda: bodies("PARTY")),
            Entries(case.entries, partial(_entries, pk)),
            Letters(partial(letter_rows.newest, case.ref), partial(letter_rows.named, case.ref)),
            LazyMapping(lambda: bodies("FILE")),
            same,
        )

    def save(self, change: Change, once: Once | None = None) -> Case:
        """Write a change and everything it owes, all or nothing, and give the case as it is kept now. Raises
        Conflict or Repeated with nothing written."""
        try:
            with TransactWrite(connection=rows.connection()) as write:
                kept = self.put(write, change)
                for changed in change.also:
                    self.put(write, changed)
                if once:
                    made = canonical({"digest": once.digest, "ref": change.case.ref, "entry": change.entry.n})
                    ttl = int((self._now() + REMEMBERED).timestamp())
                    write.save(
                        Row(rows.once(once.key), rows.IDEM, body=made, ttl=ttl),
                        condition=Row.pk.does_not_exist() | (Row.ttl < int(self._now().timestamp())),
                    )
        except Conflict:
            if once and (before := self.remembered(once)):
                raise before from None
            for lookup in change.lookups:
                if lookup.unique and (refs := self.found(lookup.kind, lookup.key)):
                    raise Repeated(refs[0], once.digest if once else "") from None
            raise
        return kept

    def found(self, kind: str, key: str) -> list[str]:
        """The numbers of the cases under a lookup."""
        return [row.ref or "" for row in Row.query(rows.lookup(kind, key), limit=MOST_FOUND)]

    def moved_on(self, day: date, shard: int) -> Iterator[str]:
        """The numbers of the cases of a shard that moved on a day (UTC)."""
        yield from (row.sk for row in Row.query(rows.moved_on(str(day), shard)))

    def due_on(self, shard: int) -> Iterator[str]:
        """The numbers of the cases of a shard at which the clock will look."""
        for row in Row.due.query(shard, page_size=PAGE):
            if row.sk == rows.HEAD:
                yield rows.ref_of(row.pk)

    def heads(self, listed: Mapping[str, tuple[int, str, str]]) -> dict[str, Head]:
        """A quick look at the heads of these cases and at their last entries, as they were listed: how many
        entries, the hash of the last one, the digest of the head. Those that are gone are left out."""
        keys = [(rows.case(ref), rows.HEAD) for ref in listed]
        keys += [(rows.case(ref), rows.entry(n)) for ref, (n, _, _) in listed.items()]
        asked = ["pk", "sk", "entries", "mac", "hash"]
        found = [*Row.batch_get(keys, consistent_read=True, attributes_to_get=asked)] if keys else []
        last = {rows.ref_of(row.pk): row.hash for row in found if row.sk != rows.HEAD}
        return {
            rows.ref_of(row.pk): self._looked(row, last, *listed[rows.ref_of(row.pk)])
            for row in found
            if row.sk == rows.HEAD
        }

    def _looked(self, row: Row, last: Mapping[str, str | None], n: int, hash: str, kept: str) -> Head:
        entries, same = int(row.entries or 0), last.get(rows.ref_of(row.pk)) == hash
        if self._macs is None or row.mac is None:
            return Head(entries, None if same else False)
        return Head(entries, same and self._macs.fits_head(row.mac, row.pk, n, kept))

    def has_entry(self, ref: str, entry: int, head: str) -> bool:
        """Whether an entry of a case is the one with this hash."""
        row = Row.find(rows.case(ref), rows.entry(entry))
        return row is not None and row.hash == head

    def renew(self, case: Case) -> None:
        """Give a head that was found whole the MACs that an earlier release did not, and have the clock look
        at it in time, as after a new calendar was loaded. Most heads need neither: that costs one read."""
        row = Row.find(rows.case(case.ref), rows.HEAD)
        if row is None or self._macs is None or _digest(row.body or "") != case.kept:
            return
        late, clock = self._late(row, case), self._macs.fits_clock(row, case.entries)
        if not late and clock and self._macs.fits_head(row.mac, row.pk, case.entries, case.kept):
            return
        at = look_again(case, self._now())
        due = (_due(case.ref, at) or NOT_DUE) if late else {"shard": row.shard, "look_at": row.look_at}
        mac = self._macs.head(row.pk, case.entries, case.kept)
        # it has not been saved, put off or set aside since it was read
        same = (Row.entries == case.entries) & (
            Row.look_at == row.look_at if row.look_at else Row.look_at.does_not_exist()
        )
        row.updated(changes(**due, mac=mac, **self._clock(case, due)), same)

    def partition(self, case: Case) -> Partition:
        """Everything in the partition of a case."""
        found = {row.sk: row for row in Row.query(rows.case(case.ref), consistent_read=True)}
        apart = {sk: rows.kind(sk) for sk in found}
        posts = {id: found[sk] for sk, (kind, id) in apart.items() if kind == "POST"}
        expanded = letter_rows.expanded(posts.values())
        entries, owed, others = list[Entry](), defaultdict[int, list[Row]](list), list[OtherRow]()
        for sk, (kind, id) in apart.items():
            row = found[sk]
            if kind == "LETTER" and id.rpartition(".")[0] in posts and row.body in expanded:
                continue
            if kind in ("LETTER", "POST") and row.entries:
                owed[int(row.entries)].append(row)
            elif kind == "ENTRY":
                words = _salted((found.get(rows.words(int(id)), EMPTY) if row.beside else row).words)
                begun = _salted(row.words) if row.beside else None
                entries.append(Entry(int(id), row.body or "", row.hash or "", words, begun, row.kept))
            elif kind == "SEAT":
                others.append(OtherRow(kind, id, {}, _marked(row)))
            else:
                body = json.loads(row.body) if kind != rows.HEAD and row.body else {}
                own = {"hash": row.hash, "was": row.state} if kind == "FILE" else {}
                others.append(OtherRow(kind, id, body | own, digest(row.salt or "", row.body or "")))
        letters = {n: _beside_it(letters) for n, letters in owed.items()}
        return Partition(entries, letters, others, [*self._unproven(found, apart, entries)])

    def _unproven(
        self, found: Mapping[str, Row], apart: Mapping[str, tuple[str, str]], entries: Iterable[Entry]
    ) -> Iterator[tuple[int, Fault]]:
        """The places at which an entry or a letter lacks its MACs, or a letter that is still owed is not in
        the index. What is of a moment before every row had MACs is left out."""
        if self._macs is None:
            return
        strict = {entry.n: self._strict(entry) for entry in entries}
        for sk, (kind, id) in apart.items():
            row = found[sk]
            if kind == "ENTRY" and strict[int(id)]:
                if not self._macs.fits_head(row.mac, row.pk, int(id), row.kept):
                    yield int(id), Fault.ENTRY
            elif kind in ("LETTER", "POST"):
                n = int(row.entries or json.loads(row.body or "{}").get("entry", 1))
                proven = self._macs.fits_letter(row) and self._macs.fits_state(row)
                if strict.get(n, True) and not (proven and letter_rows.comes_up(row, self._now())):
                    yield n, Fault.ROW

    def _strict(self, entry: Entry) -> bool:
        """Whether an entry, and the letters that it owes, must have MACs: by its moment, which its hash
        binds."""
        try:
            at = instant(said_in(entry.line)["at"])
        except (KeyError, TypeError, ValueError):
            return True
        return self._macs is None or self._macs.strict(at)

    def stories(self, most: int, since: str = "", before: str = FAR) -> list[Told]:
        """So many stories that are public, the newest first, released since one moment and before another;
        both are stamps, or begin one."""
        between = Row.sk.between(since or "0", before)
        found = Row.query(rows.STORIES, between, scan_index_forward=False, limit=most)
        return [_told(row) for row in found]

    def posted(self, ref: str, post: str) -> tuple[dict[str, Any], ...]:
        """Every letter of one post, as it stands now."""
        return letter_rows.posted(ref, post)

    def settle(self, case: Case) -> None:
        """Write anew when the clock must look at a case, where the index was out of date. Nothing is written
        on a changed head, or if somebody else has saved the case meanwhile."""
        if case.altered:
            return
        at = look_again(case, self._now())
        due = _due(case.ref, at) or NOT_DUE
        Row(rows.case(case.ref), rows.HEAD).updated(
            changes(**due, **self._clock(case, due)), Row.entries == case.entries
        )

    def _clock(self, case: Case, due: Mapping[str, Any]) -> dict[str, str]:
        """The MAC of when the clock must look at a case."""
        return {"mac_state": self._macs.clock(rows.case(case.ref), case.entries, **due)} if self._macs else {}

    def all_split_off(self, ref: str, id: str) -> None:
        """Record that all whom an entry named have been split off."""
        Row(rows.case(ref), rows.key("SPLIT", id)).delete()

    def roster(self) -> Roster:
        """The roster with the register of mediators, read in one query and believed for a minute."""
        if self._roster is None or self._now() - self._roster[0] > ROSTER_CACHED:
            kept = {row.sk: row for row in Row.query(rows.ROSTER, consistent_read=True)}
            register = REGISTER.read(kept.get(rows.REGISTER, EMPTY))
            self._roster = self._now(), replace(ROSTER.read(kept.get(rows.ROSTER, EMPTY)), mediators=register)
        return self._roster[1]

    def fresh_roster(self) -> tuple[Roster, int]:
        """The roster as it is written now, without the mediators, and its version: how often it has been
        written."""
        row = self._kept(rows.ROSTER)
        return ROSTER.read(row), int(row.entries or 0)

    def keep_roster(self, roster: Roster, seen: int | None = None) -> None:
        """Replace the roster, but not the register of mediators; raises Conflict when its version is no
        longer `seen`."""
        self._keep(rows.ROSTER, ROSTER.written(roster), seen)

    def fresh_register(self) -> tuple[Register, int]:
        """The register of mediators as it is written now, and its version."""
        row = self._kept(rows.REGISTER)
        return REGISTER.read(row), int(row.entries or 0)

    def keep_register(self, register: Register, seen: int | None = None) -> None:
        """Replace the register of mediators; raises Conflict when its version is no longer `seen`, and
        Refusal when it is too large."""
        body = REGISTER.written(register)
        refuse_if(len(body) > REGISTER_REFUSED, "register_full")
        self._keep(rows.REGISTER, body, seen)

    def owe(self, who: str, id: str, name: str, facts: Mapping[str, Any]) -> None:
        """Owe somebody a letter that belongs to no case; under one id it is sent only once."""
        with suppress(Conflict):
            letter = letter_rows.staff_letter(who, id, name, facts, self._now())
            letter.save(condition=Row.pk.does_not_exist())

    def repeat(self, who: str, line: Mapping[str, Any]) -> None:
        """Put a line that belongs to no case into somebody's next digest, in place of the one that says the
        same of an earlier hour."""
        listed, letter = letter_rows.digested(who, line, self._now())
        listed.save()
        with suppress(Conflict):
            letter.save(condition=Row.pk.does_not_exist())

    def _kept(self, sk: str) -> Row:
        """The row of the roster or of the register; an empty one if it was never written."""
        return Row.find(rows.ROSTER, sk) or EMPTY

    def _keep(self, sk: str, body: bytes, seen: int | None) -> None:
        untouched = Row.entries == seen if seen else Row.entries.does_not_exist()
        anew = [Row.body.set(body.decode()), rows.stamped(), Row.entries.set((Row.entries | 0) + 1)]
        if not Row(rows.ROSTER, sk).updated(anew, OURS if seen is None else untouched & OURS):
            raise Conflict if seen is not None else Newer(sk)
        self._roster = None

    def work(self, listed: str, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """A page of a work list, the next deadline first, and where the next page starts; raises Refusal for
        a text that is no such start."""
        start = _start(listed, after) if after else None
        found = Row.lists.query(listed, limit=limit, last_evaluated_key=start)
        items = [
            {
                "ref": row.ref,
                "stage": row.stage,
                "next_due": None if row.next_due == FAR else row.next_due,
                **json.loads(row.card or "{}"),
            }
            for row in found
        ]
        last = found.last_evaluated_key
        return items, f"{last['next_due']['S']}_{rows.ref_of(last['pk']['S'])}" if last else None

    def put(self, write: TransactWrite, change: Change) -> Case:
        """Put every item of one change into a transaction; gives the case as it will be kept. Raises Refusal
        for a head that is too large, unless the move makes it smaller, as when a call task is done."""
        pk = rows.case(change.case.ref)
        entry, noted = change.entry, change.before and len(change.case.doubts) - len(change.before.doubts)
        if change.before and change.before.altered and not noted:
            raise Conflict  # only the move that notes it may be saved on a head that somebody has changed
        letters = [*letter_rows.owed_rows(change, self._now(), self._macs)]
        people = {id: (token_hex(SALT), canonical(person)) for id, person in change.people.items()}
        listed = _on_lists(change.case)
        case = change.case.kept_with(
            beside=(entry.n, _beside_it(letters)),
            listed=(entry.n, _marks(listed)),
            parties=tuple(
                replace(party, kept=digest(*people[party.id])) if party.id in people else party
                for party in change.case.parties
            ),
        )
        body, at = self._cases.written(case).decode(), look_again(case, self._now())
        packed = rows.packed(body)
        by_clock = json.loads(entry.line)["role"] == Role.CLOCK.code  # a move of the clock is never refused
        if len(packed) > HEAD_REFUSED and not by_clock:
            refuse_if(not change.before or self._size(case) >= self._size(change.before), "case_full")
        due, kept = _due(case.ref, at) or NOT_DUE, _digest(body)
        mac = self._macs.head(pk, case.entries, kept) if self._macs else None
        write.update(
            Row(pk, rows.HEAD),
            [
                *changes(
                    body=packed,
                    entries=case.entries,
                    faults=None,
                    **due,
                    **({"mac": mac} if mac else {}),
                    **self._clock(case, due),
                ),
                rows.stamped(self._cases.writes, self._cases.schema),
            ],
        )
        if change.before and change.before.kept and not noted:
            # the head on which the move was taken must be the one kept with the entry before it; if not,
            # somebody has changed one of them in the table, and only the move that notes this may be saved
            same = (Row.kept == change.before.kept) | Row.kept.does_not_exist()
            write.condition_check(
                Row, pk, rows.entry(entry.n - 1), condition=(Row.hash == change.before.head) & same
            )
        # entry n must not exist yet: by this one condition all but the first of rivals, double clicks and
        # repeated messages lose
        words = canonical(entry.words)
        beside = len(words) if len(words) > BESIDE else None
        write.save(
            Row(
                pk,
                rows.entry(entry.n),
                body=entry.line,
                hash=entry.hash,
                beside=beside,
                kept=kept,
                words=canonical(brief(entry.words)) if beside else words,
                mac=mac,
            ),
            condition=Row.pk.does_not_exist(),
        )
        if beside:
            write.save(Row(pk, rows.words(entry.n), words=words))
        for letter in letters:
            write.save(letter)
        for row in letter_rows.digests(change, self._now()):
            write.save(row)
        if change.splits:
            write.save(Row(pk, rows.split(entry.n), **_due(case.ref, self._now())))
        for id, (salt, person) in people.items():
            write.update(Row(pk, rows.party(id)), [*changes(body=person, salt=salt), rows.stamped()])
        for lookup in change.lookups:
            sk, alone = (rows.ONE, Row.pk.does_not_exist()) if lookup.unique else (case.ref, None)
            write.save(Row(rows.lookup(lookup.kind, lookup.key), sk, ref=case.ref), condition=alone)
        write.save(Row(rows.moved(stamp(self._now()), case.ref), case.ref))
        _stories(write, change)
        was, now = _listed(change.before), _listed(case)
        for name in was.keys() - now.keys():
            write.delete(Row(pk, rows.listed(name)))
        for name in now:
            if was.get(name) != now[name]:
                write.save(Row(pk, rows.listed(name), **listed[name]))
        return case.kept_with(kept=kept, altered=False)

    def _size(self, case: Case) -> int:
        """How long a head is, wherever its case stands on lists."""
        return len(self._cases.written(case.kept_with(listed=None)))

    def remembered(self, once: Once) -> Repeated | None:
        """What an idempotency key made before; None when it is new."""
        row = Row.find(rows.once(once.key), rows.IDEM)
        kept = json.loads(row.body or "{}") if row else {}
        return Repeated(kept["ref"], kept["digest"]) if row else None

    def filed_before(self, once: Once | None, external: Collection[str]) -> bool:
        """Whether there is a case under an idempotency key, or under a partner's own number of it. One
        read."""
        keys = [(rows.lookup("external", key), rows.ONE) for key in external]
        if once:
            keys.append((rows.once(once.key), rows.IDEM))
        return any(True for _ in Row.batch_get(keys, consistent_read=True))


def _stories(write: TransactWrite, change: Change) -> None:
    """A story becomes public with the entry that releases it, and is gone with the one that withdraws it."""
    was = {story.id for story in change.before.feedback.stories if story.public} if change.before else set()
    for story in change.case.feedback.stories:
        if story.released and story.public != (story.id in was):
            key = rows.STORIES, rows.story(stamp(story.released), change.case.ref, story.id)
            if story.public:
                coded = canonical({"type": change.case.matters[0].type})
                write.save(Row(*key, body=json.loads(change.entry.words["published"][1]), card=coded))
            else:
                write.delete(Row(*key))


def _told(row: Row) -> Told:
    """A story; one that was released before rows had codes is of no type."""
    coded = json.loads(row.card or "{}")
    return Told(instant(row.sk.partition("#")[0]), row.body or "", coded.get("type"))


def _beside_it(letters: Iterable[Row]) -> str:
    return digest("", "\n".join(f"{row.sk} {row.body}" for row in sorted(letters, key=lambda row: row.sk)))


def _digest(body: str) -> str:
    """The digest of a head as it is kept. It stands beside the entry that was saved with the head, and in the
    line of the next entry."""
    return sha256(body.encode()).hexdigest()


def _start(listed: str, after: str) -> dict[str, dict[str, str]]:
    """Where a page of a work list starts: after the line whose date and number the page before it gave."""
    told = required(AFTER.fullmatch(after), "bad_cursor", field="cursor")
    start = {"pk": rows.case(told[2]), "sk": rows.listed(listed), "seat": listed, "next_due": told[1]}
    return {name: {"S": value} for name, value in start.items()}


def _all(pk: str, kind: str) -> Iterator[Row]:
    return map(known, Row.query(pk, Row.sk.startswith(rows.every(kind)), consistent_read=True))


def _entries(pk: str, numbers: Sequence[int]) -> list[Entry]:
    """These entries: neighbours are read in one query, single ones by their keys."""
    first, last = numbers[0], numbers[-1]
    if last > first and len(numbers) == last - first + 1:
        found = Row.query(pk, Row.sk.between(rows.entry(first), rows.entry(last)), consistent_read=True)
        return [_entry(pk, known(row)) for row in found]
    single = Row.batch_get([(pk, rows.entry(n)) for n in numbers], consistent_read=True)
    return [_entry(pk, known(row)) for row in single]


def _entry(pk: str, row: Row) -> Entry:
    n, words = int(rows.kind(row.sk)[1]), _salted(row.words)
    if row.beside is None:
        return Entry(n, row.body or "", row.hash or "", words, kept=row.kept)
    return Entry(n, row.body or "", row.hash or "", LazyMapping(lambda: _beside(pk, n)), words, row.kept)


def _beside(pk: str, n: int) -> dict[str, tuple[str, str]]:
    """The words of an entry that have a row of their own; none once they were erased."""
    found = Row.batch_get([(pk, rows.words(n))], consistent_read=True)
    return next((_salted(row.words) for row in found), {})


def _salted(kept: str | None) -> dict[str, tuple[str, str]]:
    return {name: (salted[0], salted[1]) for name, salted in json.loads(kept or "{}").items()}


def _due(ref: str, at: datetime | None) -> dict[str, Any]:
    return {"shard": rows.shard(ref), "look_at": stamp(at)} if at else {}


def _asked(case: Case) -> dict[str, Any] | None:
    """The training that an improvement action asks of its team, until its day or, where it was opened again,
    until then."""
    action = case.improvement
    if action is None or action.training is None:
        return None
    return {"topic": action.training, "due": action.due or published().day_of(action.since)}


def _listed(case: Case | None) -> Mapping[str, str]:
    """By work list a digest of the row by which a case stands there, as its head keeps it; worked out where
    a release that kept none has written the head."""
    if case is None:
        return {}
    n, marks = case.listed or (0, {})
    return marks if n == case.entries else _marks(_on_lists(case))


def _marks(listed: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: digest("", canonical(row))[:MARK] for name, row in listed.items()}


def _marked(row: Row) -> str:
    """The mark of a row of a work list as it stands."""
    said = {name: getattr(row, name) for name in ("seat", "next_due", "ref", "stage", "card")}
    return digest("", canonical(said))[:MARK]


def _on_lists(case: Case) -> dict[str, dict[str, Any]]:
    """The rows by which a case stands on its work lists. Each holds what a list shows, no personal words."""
    card = {
        "owner": case.owner,
        "type": case.matters[0].type if case.matters else None,
        "channel": case.channel,
        "received_at": case.received_at,
        "severity": case.severity,
        "unsafe": case.unsafe,
        "team": case.team,
        "cause": case.improvement.cause if case.improvement else None,
        "training": case.training or _asked(case),
    }
    ends = {run.due: run.name for run in [*deadlines(case).values()][::-1]}
    return {
        name: {
            "seat": name,
            "next_due": stamp(at) if at else FAR,
            "ref": case.ref,
            "stage": str(case.stage),
            "card": canonical({**card, "deadline": ends.get(at)}),
        }
        for name, at in work_lists(case).items()
    }
