"""The store of cases in DynamoDB. A change of a case is saved in one transaction, on one condition: the next
timeline entry does not exist yet. The head of a case is the row with its current state. Its timeline has one
row per entry."""

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

from chalicelib.access.authorization import STAFF, NotFound
from chalicelib.aws import filed_rows, find_rows, letter_rows, rows
from chalicelib.aws.changed_rows import ChangedRows
from chalicelib.aws.macs import Macs
from chalicelib.aws.outage_rows import OutageRows
from chalicelib.aws.rows import Lists, Pool, Row, Write, changes
from chalicelib.aws.versions import OURS, Body, RowShape, Step, readable
from chalicelib.cases.casework import Newer, Once, Repeated, Unreadable, WriteConflict, work_lists
from chalicelib.cases.dossier import Dossier, Entries, Head, LazyMapping, Letters, OtherRow, Partition
from chalicelib.cases.waiting import IDLE, UNDATED, LinesRead, ListLine, PooledLine
from chalicelib.domain.assigning import wants_owner
from chalicelib.domain.calendar import instant, published, stamp
from chalicelib.domain.engine.deadlines import look_again
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.lateness import with_outages
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, refuse_if, required
from chalicelib.domain.model.case_records import LostCase
from chalicelib.domain.model.change import Change, Entry, Lookup, TeamTurns
from chalicelib.domain.model.codes import Fault, Role, Stage
from chalicelib.domain.moves.mentions import mentioned
from chalicelib.domain.register import Register
from chalicelib.domain.roster import Roster
from chalicelib.domain.routing import RoutingChange
from chalicelib.domain.timeline import brief_words, canonical, digest, is_bound, line_content
from chalicelib.domain.work_queues import LISTED
from chalicelib.view.calendar_feed import meetings
from chalicelib.view.expected import (
    KEPT_AS,
    MEETINGS,
    Awaited,
    awaited_of_staff,
    first_act,
    lists_left_out,
    stored,
)

REMEMBERED = timedelta(days=30)
"""How long an idempotency key is remembered. Within this time a repeated request is not done twice."""
HEADS_KEPT = timedelta(days=400)
"""How long the head of a case is stored as it was after a move that owes letters to parties. Most of these
letters leave within seconds. Staff may have to read one out for months."""
FENCES_MET = 4
"""The maximum number of tries to save a change whose moment readers of a feed have passed."""
HEAD_REFUSED = 128 * 1024
"""The size in bytes above which a person's move may not enlarge the head of a case. DynamoDB allows 400 KB.
The rest is left for moves of the clock, which are never refused because of size."""
LINE = {f"#{name}": name for name in ("seat", "ref", "next_due", "stage", "card")}
"""The attributes of a row of which a line of a work list is made, by their names in a query."""
OF_LINES = {"ProjectionExpression": ", ".join(LINE), "ExpressionAttributeNames": LINE}
"""The part of a query that asks for these attributes."""
REGISTER_REFUSED = 320 * 1024
"""The size in bytes above which the register of mediators is not saved."""
BESIDE = 2_000
"""The number of characters above which an entry's free text is stored in a row of its own, because a page of
the timeline must be readable without long texts."""
SALT = 16
"""The number of random bytes that are hashed with a person's row, so that an erased name cannot be guessed
from the digest."""
MARK = 16
"""The number of characters that are stored of a digest of a work list row. They tell whether the row has
changed."""
ROSTER_CACHED = timedelta(seconds=60)
MOST_FOUND = 20
EMPTY = Row(body="{}")
"""A row without content. It is used in place of a row that was never written: of the roster, the register of
mediators, or a free text."""
NOT_DUE = {"shard": None, "look_at": None}
"""The index attributes of a case for which the clock has nothing to do."""
FAR = "9999"
"""The date on a work list of a case without a running deadline. It sorts last."""
MOST_APART = 20
"""The maximum number of people that a row of a work list names as people who may not read the case."""
ON_LISTS = {role.code: role for role in LISTED}
"""The roles that have a work list, by their code in the names of lists."""
AFTER = re.compile(r"([0-9TZ:-]{4,20})_([0-9]{12})(?:_([A-Z]+:[a-z0-9_:-]+))?")
"""The pattern of the cursor of a work list. A cursor holds the due time and the case number of the last item
of a page. The next page begins after that item. If several lists are read together, the cursor also holds the
list of the item."""
IN = 100
"""The maximum number of values that DynamoDB compares in one list of a filter."""
PAGE = 1_000
"""The maximum number of index keys read in one query."""
READ_ONLY = ("kept", "altered", "row_version", "outages", "uncertain")
"""The fields of a case that `load` fills in. They are not stored in its head."""


def _stages(body: Body) -> Body:
    """Return the body of a head of version 1 in version 2."""
    history = body.pop("spells", ())
    return body | {"stages": [{k: v for k, v in one.items() if k != "until"} for one in history]}


OLDER = {1: Step(_stages)}
"""The changes of the head of a case between two versions of rows."""
CASE, ROSTER, REGISTER, RULED, TURNS, LOST = (
    RowShape(Case, older=OLDER, leaves=READ_ONLY),
    RowShape(Roster, leaves=["mediators"]),
    RowShape(Register),
    RowShape(RoutingChange),
    RowShape(TeamTurns),
    RowShape(LostCase),
)


class ReleasedStory(NamedTuple):
    """A public story: when it was published, its text, and the type of its complaint (None if unknown)."""

    released: datetime
    text: str
    type: str | None


class Gist(NamedTuple):
    """The row of the first person of a case, and the words of the complaint; {} for either that is not
    stored."""

    person: Mapping[str, Any]
    account: Mapping[str, Any]


class DynamoCaseFile:
    """The store of cases in one table. Raises WriteConflict, Repeated, NotFound, Newer and Unavailable, never
    an error of AWS.

    `cases` reads and writes a case in its row. `macs` makes and checks the MACs of rows; without it, rows are
    neither checked nor given a MAC, as in an earlier release. `changed` is called with the number of each
    case whose head somebody changed in the table. `outages` is the register of outages."""

    def __init__(
        self,
        now: Any,
        cases: RowShape[Case] = CASE,
        macs: Macs | None = None,
        changed: Callable[[str], None] = lambda ref: None,
        outages: OutageRows | None = None,
    ) -> None:
        self._now, self._cases, self._macs, self._changed = now, cases, macs, changed
        self._outages = outages or OutageRows(macs)
        self._feeds = ChangedRows(now)
        self._roster: tuple[datetime, Roster] | None = None

    def load(self, ref: str) -> Case:
        """Return the case with this number, as stored in its head. `altered` is true if somebody changed the
        head in the table. `outages` and `uncertain` are filled in from the register of outages, because
        outages extend deadlines.

        Raises NotFound for an unknown number, Newer if a newer release wrote the head, and Unreadable if the
        head belongs to another case.
        """
        return self._loaded(ref, Row.find(rows.case(ref), rows.HEAD))

    def several(self, refs: Sequence[str]) -> list[Case]:
        """Return the cases with these numbers, in this order, as `load` returns them. Cases that do not exist
        or cannot be read are left out. It costs one batch read."""
        keys = [(rows.case(ref), rows.HEAD) for ref in refs]
        found = {rows.ref_of(row.pk): row for row in Row.several(keys)}
        cases = []
        for ref in refs:
            with suppress(NotFound, Newer, Unreadable):
                cases.append(self._loaded(ref, found.get(ref)))
        return cases

    def gists(self, refs: Sequence[str]) -> dict[str, Gist]:
        """Return the gist of each of these cases: the row of the first person, and the words of the
        complaint. A long text is shortened. It costs one batch read."""
        first = rows.party("p1"), rows.entry(1)
        keys = [(rows.case(ref), sk) for ref in refs for sk in first]
        found = {(row.pk, row.sk): row for row in Row.several(keys, consistent=False)}
        person, filing = ([found.get((rows.case(ref), sk), EMPTY) for ref in refs] for sk in first)
        accounts = [_salted(row.words).get("account", ("", "{}"))[1] for row in filing]
        return {
            ref: Gist(json.loads(row.body or "{}"), json.loads(account))
            for ref, row, account in zip(refs, person, accounts, strict=True)
        }

    def people(self, ids: Collection[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the stored data of people. `ids`: the number of the case and the id of the party, for each.
        It costs one batch read."""
        keys = {(rows.case(ref), rows.party(id)): (ref, id) for ref, id in ids}
        found = Row.several(keys)
        return {keys[row.pk, row.sk]: json.loads(row.body or "{}") for row in found}

    def _loaded(self, ref: str, row: Row | None) -> Case:
        """Return the case `ref` from the row of its head, as `load` does."""
        if row is None or not row.body:  # a row without a body: no case was ever saved under this number
            raise NotFound(ref)
        known = self._outages.known(self._now())
        case = replace(
            with_outages(self._cases.read(row), known.outages),
            kept=_digest(row.body),
            altered=False,
            row_version=int(row.v or 0),
            uncertain=known.doubted,
        )
        if case.ref != ref:
            self._changed(ref)
            raise Unreadable(row.sk)
        if self._macs and not self._written_by_us(self._macs, row, case):
            self._changed(ref)
            return replace(case, altered=True)
        return case

    def _written_by_us(self, macs: Macs, row: Row, case: Case) -> bool:
        """Return whether our application wrote both the head in `row` and the time at which the clock next
        looks at the case.

        An earlier release writes no MACs, so after its save the head's MACs are out of date. While such a
        release may have run, such a head also counts as ours, if two conditions hold. First, the case's last
        entry belongs to this head and has no MAC; to check this costs one read. Second, the clock looks at
        the case no later than its deadlines require.
        """
        head = macs.fits_head(row.mac, row.pk, case.entries, case.kept)
        clock = macs.fits_clock(row, case.entries)
        if (head and clock) or macs.strict(self._now()):
            return head and clock
        last = None if head else Row.find(row.pk, rows.entry(case.entries))
        saved = head or (last is not None and last.mac is None and is_bound(case, _entry(row.pk, last)))
        return saved and (clock or not self._late(row, case))

    def _late(self, row: Row, case: Case) -> bool:
        """Return whether the clock will look at a case later than its deadlines require. Return False for a
        case that was postponed or parked after an error."""
        at = None if row.faults or row.shard == rows.PARKED else self._look_again(case)
        return at is not None and (row.shard is None or not row.look_at or row.look_at > stamp(at))

    def lost(self, ref: str) -> LostCase | None:
        """Return what is known of a case that a restore of the table undid as a whole. Return None for any
        other number, and for a row that somebody changed in the table."""
        row = Row.find(rows.lost(ref), rows.LOST)
        if row is None or (self._macs and not self._macs.fits_body(row)):
            return None
        return LOST.read(row)

    def keep_lost(self, ref: str, lost: LostCase) -> None:
        """Record that a restore of the table undid a case as a whole. An earlier record stays."""
        row = Row(rows.lost(ref), rows.LOST, body=LOST.written(lost).decode())
        with suppress(WriteConflict):
            (self._macs.body(row) if self._macs else row).save(condition=Row.pk.does_not_exist())

    def caught_up(self, case: Case) -> Case | None:
        """Return None if the head of a case is as new as its newest timeline entry. If the head is older,
        somebody put back an older head. Then return the case with the number and the hash of the newest
        entry, because no move can be saved on an older head: the entry that the move would write exists
        already."""
        newest = Row.query(
            rows.case(case.ref),
            Row.sk.startswith(rows.every("ENTRY")),
            scan_index_forward=False,
            limit=1,
            consistent_read=True,
        )
        for row in newest:
            # The head is read after the entry, so it is older only if somebody put back an older head.
            n, head = int(rows.kind(row.sk)[1]), self.load(case.ref)
            return replace(head, entries=n, head=row.hash or "") if n > head.entries else None
        return None

    def whole(self, ref: str) -> Dossier:
        """Return the dossier of a case. The head is read now, all other parts at first use. Raises NotFound
        or Newer."""
        return self.dossier_of(self.load(ref))

    def dossier_of(self, case: Case) -> Dossier:
        """Return the dossier of a case that is loaded already."""
        pk = rows.case(case.ref)

        @cache
        def found(kind: str) -> dict[str, Row]:
            return {rows.kind(row.sk)[1]: row for row in _all(pk, kind)}

        def bodies(kind: str) -> dict[str, Any]:
            return {id: json.loads(row.body or "{}") for id, row in found(kind).items()}

        @cache
        def past(n: int) -> Case | None:
            row = Row.find(rows.heads(case.ref), rows.entry(n))
            if row is None:
                return None
            if self._macs and not self._macs.fits_head(row.mac, pk, n, _digest(row.body or "")):
                self._changed(case.ref)
                return None
            return replace(self._cases.read(row), outages=case.outages, uncertain=case.uncertain)

        def same(id: str) -> bool:
            kept, row = case.party(id).kept, found("PARTY").get(id, EMPTY)
            return not kept or kept == digest(row.salt or "", row.body or "")

        return Dossier(
            case,
            LazyMapping(lambda: bodies("PARTY")),
            Entries(case.entries, partial(_entries, pk)),
            Letters(partial(letter_rows.newest, case.ref), partial(letter_rows.letters_by_id, case.ref)),
            LazyMapping(lambda: bodies("FILE")),
            same,
            past,
        )

    def save(self, change: Change, once: Once | None = None) -> Case:
        """Save a change with its letters, work lists and idempotency record, all or nothing. Return the
        stored case. Raises Repeated for a known idempotency key or partner number, and WriteConflict if
        another write came first. Raises Refusal `external_id_taken` if the partner filed another complaint
        under its number. After an error nothing is written."""
        changed = (change, *change.also)
        told = [self._feeds.news(one, self._after(one)) for one in changed]
        news = [one for some in told for one in some]
        for _ in range(FENCES_MET):
            at = self._feeds.moment(changed, news)
            try:
                with Write() as write:
                    kept, *_ = [
                        self.put(write, one, at if tells else None)
                        for one, tells in zip(changed, told, strict=True)
                    ]
                    self._feeds.put(write, news, at)
                    if once:
                        ref = change.case.ref
                        made = canonical({"digest": once.digest, "ref": ref, "entry": change.entry.n})
                        ttl = int((self._now() + REMEMBERED).timestamp())
                        write.save(
                            Row(rows.once(once.key), rows.IDEM, body=made, ttl=ttl),
                            condition=Row.pk.does_not_exist() | (Row.ttl < int(self._now().timestamp())),
                        )
                return kept
            except WriteConflict:
                if self._feeds.met_fence(news, at):
                    continue
                if once and (before := self.remembered(once)):
                    raise before from None
                for lookup in change.lookups:
                    if lookup.unique:
                        self._refuse_repeated(lookup, once)
                raise
        raise WriteConflict

    def _refuse_repeated(self, lookup: Lookup, once: Once | None) -> None:
        """Raise Repeated if a case was filed under this number of a partner. Raise Refusal
        `external_id_taken` if that case has other content."""
        if first := Row.find(rows.lookup(lookup.kind, lookup.key), rows.ONE):
            differs = lookup.content and first.hash and first.hash not in lookup.content
            refuse_if(differs, "external_id_taken", field="external_id", number=first.ref)
            raise Repeated(first.ref or "", once.digest if once else "") from None

    def _after(self, change: Change) -> Dossier:
        """Return the dossier of a case as it will be after a change."""
        return self.dossier_of(change.case).after(change)

    def found(self, kind: str, key: str) -> list[str]:
        """Return the numbers of the cases that are stored under a lookup key. `kind` says what the key is,
        such as `person` or `external`."""
        return [row.ref or "" for row in Row.query(rows.lookup(kind, key), limit=MOST_FOUND)]

    def moved_on(self, day: date, shard: int) -> Iterator[str]:
        """Yield the numbers of the cases of a shard on which a move was taken on this day (UTC)."""
        yield from (row.sk for row in Row.query(rows.moved_on(str(day), shard)))

    def due_on(self, shard: int) -> Iterator[str]:
        """Yield the numbers of the cases of a shard that have a time at which the clock looks at them."""
        for row in Row.due.query(shard, page_size=PAGE):
            if row.sk == rows.HEAD:
                yield rows.ref_of(row.pk)

    def heads(self, listed: Mapping[str, tuple[int, str, str]]) -> dict[str, Head]:
        """Compare the heads of cases with a signed list, and return the results by case number. `listed`
        holds for each case number what the list says: number of entries, hash of the last entry, digest of
        the head. Cases without a head are left out."""
        keys = [(rows.case(ref), rows.HEAD) for ref in listed]
        keys += [(rows.case(ref), rows.entry(n)) for ref, (n, _, _) in listed.items()]
        asked = ["pk", "sk", "entries", "mac", "hash"]
        found = [*Row.several(keys, only=asked)]
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
        """Return whether entry number `entry` of a case has the hash `head`."""
        row = Row.find(rows.case(ref), rows.entry(entry))
        return row is not None and row.hash == head

    def renew(self, case: Case) -> None:
        """Write the MACs of a head that an earlier release left out, if nobody changed the head in the table.
        Correct the time at which the clock looks at the case if that time is too late, for example after a
        new calendar. A head that needs neither costs one read."""
        row = Row.find(rows.case(case.ref), rows.HEAD)
        if row is None or self._macs is None or _digest(row.body or "") != case.kept:
            return
        late, clock = self._late(row, case), self._macs.fits_clock(row, case.entries)
        if not late and clock and self._macs.fits_head(row.mac, row.pk, case.entries, case.kept):
            return
        at = self._look_again(case)
        due = (_due(case.ref, at) or NOT_DUE) if late else {"shard": row.shard, "look_at": row.look_at}
        mac = self._macs.head(row.pk, case.entries, case.kept)
        # Write only if nobody has saved, postponed or parked the case since it was read.
        same = (Row.entries == case.entries) & (
            Row.look_at == row.look_at if row.look_at else Row.look_at.does_not_exist()
        )
        row.updated(changes(**due, mac=mac, **self._clock(case, due)), same)

    def partition(self, case: Case) -> Partition:
        """Return all stored rows of a case."""
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
        unsigned = [found[sk] for sk, (kind, _) in apart.items() if kind in ("LETTER", "POST")]
        return Partition(
            entries,
            letters,
            others,
            [*self._unproven(found, apart, entries)],
            [] if self._macs is None or self._macs.strict(self._now()) else unsigned,
            [row for row in found.values() if row.seat and _pool(row.seat, case.team) and not row.pool],
        )

    def pool(self, unpooled: Iterable[Row]) -> None:
        """Add rows of work lists (`unpooled`) to the index of waiting lines. An earlier release wrote them
        without the attribute. Nothing is written for a row that is gone."""
        for row in unpooled:
            row.updated([Row.pool.set(rows.WAITS)], Row.seat.exists())

    def sign(self, unsigned: Iterable[Row]) -> None:
        """Write the missing or outdated MACs of these rows of letters (`unsigned`), which an earlier release
        wrote. A letter whose content somebody changed in the table gets no MAC."""
        for row in unsigned:
            macs = self._macs
            if macs is None or not (row.body and row.state) or (row.mac and not macs.fits_letter(row)):
                continue
            if not (row.mac and macs.fits_state(row)):
                signed = macs.letter(row)
                made = changes(mac=signed.mac, mac_state=signed.mac_state, mac_sent=signed.mac_sent)
                # Nothing is written if the letter's state has just changed.
                row.updated(made, Row.state == row.state)

    def _unproven(
        self, found: Mapping[str, Row], apart: Mapping[str, tuple[str, str]], entries: Iterable[Entry]
    ) -> Iterator[tuple[int, Fault]]:
        """Yield number and fault of each entry with a missing or wrong MAC, and of each entry with a faulty
        letter. A letter is faulty if its MAC is missing or wrong, or if the clock would not find it in time.

        `found` holds the rows of the case by sort key, `apart` their kind and id. Entries from the time
        before MACs were required are not checked. Letters of such entries are not checked while a release
        without MACs may still run.
        """
        if self._macs is None:
            return
        strict, now = {entry.n: self._strict(entry) for entry in entries}, self._now()
        for sk, (kind, id) in apart.items():
            row = found[sk]
            if kind == "ENTRY" and strict[int(id)]:
                if not self._macs.fits_head(row.mac, row.pk, int(id), row.kept):
                    yield int(id), Fault.ENTRY
            elif kind in ("LETTER", "POST"):
                n = int(row.entries or json.loads(row.body or "{}").get("entry", 1))
                proven = self._macs.fits_letter(row) and self._macs.fits_state(row)
                proven = proven and letter_rows.said_fits(row)
                wanted = n not in strict or self._macs.strict(now)
                if wanted and not (proven and letter_rows.comes_up(row, now)):
                    yield n, Fault.ROW

    def _strict(self, entry: Entry) -> bool:
        """Return whether an entry must have a MAC. This depends on the time of the entry. Nobody can change
        that time, because the hash of the entry covers it."""
        try:
            at = instant(line_content(entry.line)["at"])
        except (KeyError, TypeError, ValueError):
            return True
        return self._macs is None or self._macs.strict(at)

    def stories(self, most: int, since: str = "", before: str = FAR) -> list[ReleasedStory]:
        """Return at most `most` public stories, the newest first, published between `since` and `before`.
        These two are time stamps, or the first characters of a time stamp."""
        between = Row.sk.between(since or "0", before)
        found = Row.query(rows.STORIES, between, scan_index_forward=False, limit=most)
        return [_told(row) for row in found]

    def posted(self, ref: str, post: str) -> tuple[dict[str, Any], ...]:
        """Return a letter to several recipients: one letter for each recipient, with its present state.
        `post` is the id of the row that a move writes for all of them."""
        return letter_rows.posted(ref, post)

    def settle(self, case: Case, by: datetime | None = None) -> None:
        """Correct in the index the time at which the clock looks at a case. With `by`, it looks at the case
        at that time or earlier. Nothing is written if somebody changed the head in the table, or if another
        move was saved meanwhile."""
        if case.altered:
            return
        at = min(filter(None, (self._look_again(case), by)), default=None)
        due = _due(case.ref, at) or NOT_DUE
        Row(rows.case(case.ref), rows.HEAD).updated(
            changes(**due, **self._clock(case, due)), Row.entries == case.entries
        )

    def wake(self, refs: Sequence[str], at: datetime, unless: datetime) -> int:
        """Let the clock look at these cases at the time `at`, and return how many were changed. Left out are
        cases at which it looks by the time `unless` anyway, cases that failed, and parked cases. It costs a
        batch read, and a write for each changed case."""
        keys = [(rows.case(ref), rows.HEAD) for ref in refs]
        asked = ["pk", "sk", "entries", "shard", "look_at", "faults"]
        found = [*Row.several(keys, only=asked)]
        late = [row for row in found if not row.faults and (not row.look_at or row.look_at > stamp(unless))]
        woken = 0
        for row in late:
            due = _due(rows.ref_of(row.pk), at)
            mac = self._macs.clock(row.pk, int(row.entries or 0), **due) if self._macs else None
            made = changes(**due, **({"mac_state": mac} if mac else {}))
            woken += row.updated(made, (Row.entries == row.entries) & Row.faults.does_not_exist())
        return woken

    def _look_again(self, case: Case) -> datetime | None:
        """Return when the clock must next look at a case; None if never. A window does not lapse while the
        register of outages is in doubt. The case of such a window stays due, so that the window lapses soon
        after the doubt is settled."""
        return look_again(replace(case, uncertain=False) if case.uncertain else case, self._now())

    def _clock(self, case: Case, due: Mapping[str, Any]) -> dict[str, str]:
        """Return the MAC of the shard and the time in `due`, as the head's attribute `mac_state`. `due` says
        when the clock looks at the case. Return {} without MACs."""
        return {"mac_state": self._macs.clock(rows.case(case.ref), case.entries, **due)} if self._macs else {}

    def all_split_off(self, ref: str, id: str) -> None:
        """Delete the row `id` of a split, because all people who leave the joint case have a case of their
        own now."""
        Row(rows.case(ref), rows.key("SPLIT", id)).delete()

    def roster(self) -> Roster:
        """Return the roster with the register of mediators, read at most a minute ago, in one query."""
        if self._roster is None or self._now() - self._roster[0] > ROSTER_CACHED:
            kept = {row.sk: row for row in Row.query(rows.ROSTER, consistent_read=True)}
            register = REGISTER.read(kept.get(rows.REGISTER, EMPTY))
            self._roster = self._now(), replace(ROSTER.read(kept.get(rows.ROSTER, EMPTY)), mediators=register)
        return self._roster[1]

    def fresh_roster(self) -> tuple[Roster, int]:
        """Return the roster as stored now, without the mediators, and its version, which each write raises by
        one."""
        row = self._kept(rows.ROSTER)
        return ROSTER.read(row), int(row.entries or 0)

    def keep_roster(
        self, roster: Roster, seen: int | None = None, ruled: RoutingChange | None = None
    ) -> None:
        """Replace the roster; the register of mediators stays. `ruled` is the change of the rules, which is
        stored in the same transaction. Raises WriteConflict if the stored version is not `seen`."""
        body = RULED.written(ruled).decode() if ruled else None
        beside = Row(rows.ROUTING, rows.version(roster.routing.version), body=body)
        self._keep(rows.ROSTER, ROSTER.written(roster), seen, beside if ruled else None)

    def rule_changes(self, before: int, most: int) -> list[RoutingChange]:
        """Return at most `most` changes of the rules that made a version lower than `before`, the newest
        first. This costs one query."""
        older = Row.sk < rows.version(before)
        found = Row.query(rows.ROUTING, older, scan_index_forward=False, limit=most)
        return [RULED.read(row) for row in found]

    def fresh_register(self) -> tuple[Register, int]:
        """Return the register of mediators as stored now, and its version."""
        row = self._kept(rows.REGISTER)
        return REGISTER.read(row), int(row.entries or 0)

    def keep_register(self, register: Register, seen: int | None = None) -> None:
        """Replace the register of mediators. Raises WriteConflict if the stored version is not `seen`, and
        Refusal `register_full` if the register is too large."""
        body = REGISTER.written(register)
        refuse_if(len(body) > REGISTER_REFUSED, "register_full")
        self._keep(rows.REGISTER, body, seen)

    def owe(self, who: str, id: str, name: str, facts: Mapping[str, Any]) -> None:
        """Queue the letter `name` to the member of staff `who`, a letter that belongs to no case. `facts` is
        what its text is made from. Nothing happens if a letter with the same `id` was queued before."""
        with suppress(WriteConflict):
            letter = letter_rows.staff_letter(who, id, name, facts, self._now(), self._macs)
            letter.save(condition=Row.pk.does_not_exist())

    def repeat(self, who: str, line: Mapping[str, Any]) -> None:
        """Put a line that belongs to no case into the next digest of the member of staff `who`. The line
        replaces its version of an earlier hour."""
        listed, letter = letter_rows.digested(who, line, self._now(), self._macs)
        listed.save()
        with suppress(WriteConflict):
            letter.save(condition=Row.pk.does_not_exist())

    def _kept(self, sk: str) -> Row:
        """Return the row of the roster or of the register of mediators, by its sort key `sk`. Return an empty
        row if it was never written."""
        return Row.find(rows.ROSTER, sk) or EMPTY

    def _keep(self, sk: str, body: bytes, seen: int | None, beside: Row | None = None) -> None:
        untouched = Row.entries == seen if seen else Row.entries.does_not_exist()
        anew = [Row.body.set(body.decode()), rows.stamped(), Row.entries.set((Row.entries | 0) + 1)]
        same = OURS if seen is None else untouched & OURS
        if beside:
            with Write() as write:
                write.update(Row(rows.ROSTER, sk), anew, same)
                write.save(beside, condition=Row.pk.does_not_exist())
        elif not Row(rows.ROSTER, sk).updated(anew, same):
            raise WriteConflict if seen is not None else Newer(sk)
        self._roster = None

    def turns(self, team: str) -> TeamTurns:
        """Return the turns of a team as stored now."""
        row = Row.find(rows.TURNS, team)
        return TURNS.read(row) if row else TeamTurns()

    def open_cases(self, who: str) -> int:
        """Return the number of open cases that a person owns. Seats on a panel, cases that they mediate for
        another owner, and improvement actions do not count. The cases on their work list are counted, so a
        case that was assigned a moment ago may be missing."""
        owned = Row.card.contains(canonical({"owner": who})[1:-1]) & (Row.stage != Stage.IMPROVING)
        return int(Row.lists.count(f"PERSON#{who}", filter_condition=owned))

    def count(self, listed: str, most: int) -> int:
        """Return the number of cases on the work list `listed`. It is counted up to `most`, in one query that
        returns no rows."""
        found = 0
        for answer in rows.answers({**_on_list(listed), "Select": "COUNT", "Limit": most}):
            found += answer["Count"]
            if found >= most:
                break
        return found

    def work(self, listed: str, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of the work list `listed`, the next deadline first, and the cursor of the next page
        (None: this is the last). Raises Refusal `bad_cursor` for an invalid `after`."""
        found = self.lines(listed, after, limit)
        return [line.item for line in found.lines], found.end

    def lines(self, listed: str, after: str | None, limit: int, waiting: bool = False) -> LinesRead:
        """Read at most `limit` lines of the work list `listed`. `waiting`: leave out the cases at the end
        that wait for somebody else. It costs one query. Raises Refusal `bad_cursor` for an invalid
        `after`."""
        start = {"ExclusiveStartKey": _start(after, listed)} if after else {}
        asked = {**_on_list(listed, waiting), **OF_LINES, "Limit": limit, **start}
        found, more = list[dict[str, Any]](), False
        for answer in rows.answers(asked):
            found += answer["Items"]
            if more := len(found) > limit or (len(found) == limit and "LastEvaluatedKey" in answer):
                break
        lines = _lines(ListLine, found[:limit])
        return LinesRead(lines, lines[-1].cursor if more else None, len(lines))

    def pooled_lines(self, lists: Collection[str], after: str | None, limit: int) -> LinesRead:
        """Read at most `limit` of the lines that wait for a role or a department in any team, and return
        those of these lists. It costs one query, which reads at most 1 MB. Raises Refusal `bad_cursor` for an
        invalid `after`."""
        said = {f":{n}": {"S": listed} for n, listed in enumerate(lists)}
        parts = [[*said][at : at + IN] for at in range(0, len(said), IN)]
        asked = {
            "TableName": Row.Meta.table_name,
            "IndexName": Pool.Meta.index_name,
            "KeyConditionExpression": "#pool = :pool AND next_due < :idle",
            "FilterExpression": " OR ".join(f"seat IN ({', '.join(part)})" for part in parts),
            "ExpressionAttributeValues": {":pool": {"S": rows.WAITS}, ":idle": {"S": IDLE}, **said},
            **OF_LINES,
            "ExpressionAttributeNames": {**LINE, "#pool": "pool"},  # DynamoDB reserves the word
            "Limit": limit,
            **({"ExclusiveStartKey": _start(after)} if after else {}),
        }
        answer = next(rows.answers(asked))
        end = answer.get("LastEvaluatedKey")
        return LinesRead(
            _lines(PooledLine, answer["Items"]), _end(end) if end else None, answer["ScannedCount"]
        )

    def put(self, write: Write, change: Change, fed: datetime | None = None) -> Case:
        """Add the writes of one change to a transaction, and return the case as it will be stored. `fed` is
        the moment under which a feed has the change; None if no feed has it.

        Raises Refusal `case_full` if a person's move makes a head that is too large. A move that makes the
        head smaller is always allowed."""
        pk, now = rows.case(change.case.ref), self._now()
        entry, noted = change.entry, any(doubt.noted == change.entry.n for doubt in change.case.doubts)
        if change.before and change.before.altered and not noted:
            # Somebody changed the head in the table, so only the move that notes this may be saved.
            raise WriteConflict
        letters = [*letter_rows.owed_rows(change, now, self._macs)]
        people = {id: (token_hex(SALT), canonical(person)) for id, person in change.people.items()}
        listed = self._on_lists(change.case)
        case = change.case.kept_with(
            beside=(entry.n, _beside_it(letters)),
            listed=(entry.n, _marks(listed)),
            fed=fed or change.case.fed,
            parties=tuple(
                replace(party, kept=digest(*people[party.id])) if party.id in people else party
                for party in change.case.parties
            ),
        )
        # A row of a newer version stays in that version, because the older one may not hold all of it.
        version = max(case.row_version, self._cases.writes)
        body = self._cases.written(case, version).decode()
        # The clock looks at once at a case that a rule sends elsewhere. In a team in which the clock assigns
        # the cases, it also looks at once at a case without an owner.
        soon = case.goes_to or wants_owner(case, self.roster)
        at = now if soon else self._look_again(case)
        packed = rows.packed(body)
        if len(packed) > HEAD_REFUSED and json.loads(entry.line)["role"] != Role.CLOCK.code:
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
                Row.v.set(version),
            ],
        )
        if change.before and change.before.kept and not noted:
            # The head on which this move is based must be the head that was stored with the last entry. If it
            # is not, somebody changed one of the two in the table. Then only the move that notes it is saved.
            same = (Row.kept == change.before.kept) | Row.kept.does_not_exist()
            write.condition_check(
                Row, pk, rows.entry(entry.n - 1), condition=(Row.hash == change.before.head) & same
            )
        # Entry n must not exist yet. This one condition stops simultaneous moves, double clicks and repeated
        # messages.
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
                words=canonical(brief_words(entry.words)) if beside else words,
                mac=mac,
            ),
            condition=Row.pk.does_not_exist(),
        )
        if beside:
            write.save(Row(pk, rows.words(entry.n), words=words))
        for letter in letters:
            write.save(letter)
        if change.to_parties:
            ttl = int((now + HEADS_KEPT).timestamp())
            key = rows.heads(case.ref), rows.entry(entry.n)
            write.save(Row(*key, body=rows.compressed(packed, 1), mac=mac, v=version, ttl=ttl))
        for row in letter_rows.digests(change, now, self._macs):
            write.save(row)
        if change.splits:
            write.save(Row(pk, rows.split(entry.n), **_due(case.ref, now)))
        listed_before = change.before and change.before.retention.to_destroy
        if case.retention.to_destroy and not listed_before:
            write.save(Row(rows.DESTROY, case.ref))
        elif listed_before and not (case.retention.to_destroy or case.retention.destroyed):
            write.delete(Row(rows.DESTROY, case.ref))
        waited = change.before.retention.waiting if change.before else frozenset()
        for id in case.retention.waiting - waited:
            write.save(Row(rows.DESTROY, rows.part(case.ref, id)))
        for id in waited - {part.of for part in case.retention.parts}:
            write.delete(Row(rows.DESTROY, rows.part(case.ref, id)))
        for id, (salt, person) in people.items():
            write.update(Row(pk, rows.party(id)), [*changes(body=person, salt=salt), rows.stamped()])
        find_rows.put(write, case.ref, change.lookups)
        for lookup in change.lookups:
            if lookup.at:
                continue
            sk, alone = (rows.ONE, Row.pk.does_not_exist()) if lookup.unique else (case.ref, None)
            content = next(iter(lookup.content), None)
            found = Row(rows.lookup(lookup.kind, lookup.key), sk, ref=case.ref, hash=content)
            write.save(found, condition=alone)
        filed_rows.listed(write, change.before, case)
        if turns := change.turns:
            # If another case of the team was assigned meanwhile, somebody else may be next.
            seen = Row.entries == turns.made - 1 if turns.made > 1 else Row.entries.does_not_exist()
            made = changes(body=TURNS.written(turns).decode(), entries=turns.made)
            write.update(Row(rows.TURNS, case.team), [*made, rows.stamped()], condition=seen & OURS)
        write.save(Row(rows.moved(stamp(now), case.ref), case.ref, entries=case.entries))
        _stories(write, change)
        was, marks = self._listed(change.before), self._listed(case)
        for name in was.keys() - marks.keys():
            write.delete(Row(pk, rows.listed(name)))
        for name in marks:
            if was.get(name) != marks[name]:
                write.save(Row(pk, rows.listed(name), **listed[name], pool=_pool(name, case.team)))
        return case.kept_with(kept=kept, altered=False, row_version=version)

    def _listed(self, case: Case | None) -> Mapping[str, str]:
        """Return what the head stores of the case's rows on work lists: the name of each list, and the digest
        of the row on it. If an earlier release stored nothing, compute the digests. Return {} for a new case
        (None)."""
        if case is None:
            return {}
        n, marks = case.listed or (0, {})
        return marks if n == case.entries else _marks(self._on_lists(case))

    def _on_lists(self, case: Case) -> dict[str, dict[str, Any]]:
        """Return the rows of a case on its work lists. The key is the name of the list. A row holds the
        fields that the list shows, and no personal text."""
        facts = {"roster": self.roster, "handled": lambda: case.contents.handled if case.contents else {}}
        acts = awaited_of_staff(case, self._now(), facts)
        mentions = {one.who: one.by for one in mentioned(case)}
        fields = {
            "owner": case.owner,
            "type": case.matters[0].type if case.matters else None,
            "channel": case.channel,
            "received_at": case.received_at,
            "severity": case.severity,
            "unsafe": case.unsafe,
            "team": case.team,
            "cause": case.improvement.cause if case.improvement else None,
            "training": case.training or _asked(case),
            MEETINGS: meetings(case),
            KEPT_AS: stored(acts),
            **({"mentions": mentions} if mentions else {}),
            **_shown(case),
        }
        found = {}
        lists = work_lists(case)
        for name, at in (lists | lists_left_out(case, acts, lists)).items():
            key, due = self._place(name, at, acts, mentions, case)
            # an earlier release shows the row's own key, unless the card has the time by the same name
            card = canonical(fields | ({} if key == (due or FAR) else {"next_due": due}))
            row = {"seat": name, "next_due": key, "ref": case.ref, "stage": str(case.stage), "card": card}
            found[name] = row
        return found

    def _place(
        self, name: str, at: datetime | None, acts: Sequence[Awaited], mentions: Collection[str], case: Case
    ) -> tuple[str, str | None]:
        """Return the place of a case on the work list `name`: the sort key of its row, and the time that the
        row shows (None: none). `at`: the time by which work lists sort the case.

        On the list of a person or a role, a case that expects an act is sorted by the time of this act. A
        case in which the person is mentioned is sorted by `at`. Cases without such a time follow. Last come
        cases that expect nothing of the person, or of a role that only watches."""
        due = stamp(at) if at else None
        who = name.removeprefix("PERSON#") if name.startswith("PERSON#") else ""
        role = _role(name)
        if not who and role is None:
            return due or (UNDATED if _pool(name, case.team) else FAR), due
        act = first_act(acts, role or self.roster().roles(who) or STAFF, case.owner, who)
        if act:
            due = stamp(act.due) if act.due else None
        elif (who and who not in mentions) or role is Role.FOLLOWUP:
            return (f"{IDLE}{due[1:]}" if due else FAR), due
        return due or UNDATED, due

    def _size(self, case: Case) -> int:
        """Return the length of a head without the digests of its work list rows."""
        return len(self._cases.written(case.kept_with(listed=None)))

    def remembered(self, once: Once) -> Repeated | None:
        """Return what is stored of the first request with this idempotency key: its case and the digest of
        its body. Return None for a new key."""
        row = Row.find(rows.once(once.key), rows.IDEM)
        kept = json.loads(row.body or "{}") if row else {}
        return Repeated(kept["ref"], kept["digest"]) if row else None

    def filed_before(self, once: Once | None, external: Collection[str]) -> bool:
        """Return whether a case was filed under this idempotency key, or under the same number of a partner.
        `external` holds the keyed hashes of the partner's number. It costs one read."""
        keys = [(rows.lookup("external", key), rows.ONE) for key in external]
        if once:
            keys.append((rows.once(once.key), rows.IDEM))
        return any(True for _ in Row.several(keys))


def _stories(write: Write, change: Change) -> None:
    """Add to the transaction the publication of a story by the entry that releases it, or its removal by the
    entry that withdraws it."""
    was = {story.id for story in change.before.feedback.stories if story.public} if change.before else set()
    for story in change.case.feedback.stories:
        if story.released and story.public != (story.id in was):
            key = rows.STORIES, rows.story(stamp(story.released), change.case.ref, story.id)
            if story.public:
                coded = canonical({"type": change.case.matters[0].type})
                write.save(Row(*key, body=json.loads(change.entry.words["published"][1]), card=coded))
            else:
                write.delete(Row(*key))


def _told(row: Row) -> ReleasedStory:
    """Return the public story in a row. The type of its complaint is None if the story was published by a
    release that did not store the type."""
    coded = json.loads(row.card or "{}")
    return ReleasedStory(instant(row.sk.partition("#")[0]), row.body or "", coded.get("type"))


def _beside_it(letters: Iterable[Row]) -> str:
    return digest("", "\n".join(f"{row.sk} {row.body}" for row in sorted(letters, key=lambda row: row.sk)))


def _digest(body: str) -> str:
    """Return the digest of a stored head. It is stored in two places: in the row of the entry that was saved
    together with this head, and in the next entry, whose hash covers it."""
    return sha256(body.encode()).hexdigest()


def _on_list(listed: str, waiting: bool = False) -> dict[str, Any]:
    """Return the query for the rows of a work list. `waiting`: leave out the cases at the end that wait for
    somebody else."""
    idle = {":idle": {"S": IDLE}} if waiting else {}
    return {
        "TableName": Row.Meta.table_name,
        "IndexName": Lists.Meta.index_name,
        "KeyConditionExpression": "seat = :seat" + (" AND next_due < :idle" if waiting else ""),
        "ExpressionAttributeValues": {":seat": {"S": listed}, **idle},
    }


def _lines(kind: type[ListLine], items: Iterable[Mapping[str, Any]]) -> list[ListLine]:
    """Return the lines of these rows. No row of pynamodb is made of a line, because a page reads hundreds."""
    return [
        kind(
            item["seat"]["S"],
            item["ref"]["S"],
            item["next_due"]["S"],
            item["stage"]["S"],
            item["card"]["S"] if "card" in item else "",
        )
        for item in items
    ]


def _role(listed: str) -> Role | None:
    """Return the role whose work list this is; None for any other list."""
    of, _, rest = listed.partition("#")
    return ON_LISTS.get(rest.rpartition("#")[2]) if of == "ROLE" or "#" in rest else None


def _pool(listed: str, team: str) -> str | None:
    """Return the attribute `pool` of the row of a case of `team` on this work list. The row has one if the
    list is that of a role, or of a department that is to answer a question on the case."""
    asks = listed.startswith("TEAM#") and listed.count("#") == 1 and listed != f"TEAM#{team}"
    return rows.WAITS if asks or _role(listed) else None


def _start(after: str, listed: str = "") -> dict[str, dict[str, str]]:
    """Return the index key after which a page of the work list `listed` begins, or one of all waiting lines.
    `after` is the cursor of the page. Raises Refusal `bad_cursor` for an invalid cursor."""
    told = required(AFTER.fullmatch(after), "bad_cursor", field="cursor")
    refuse_if(bool(listed) == bool(told[3]), "bad_cursor", field="cursor")
    of = {"seat": listed} if listed else {"pool": rows.WAITS}
    sk = rows.listed(listed or told[3].replace(":", "#"))
    start = {"pk": rows.case(told[2]), "sk": sk, **of, "next_due": told[1]}
    return {name: {"S": value} for name, value in start.items()}


def _end(key: Mapping[str, Mapping[str, str]]) -> str:
    """Return the cursor of the last line that a query of all waiting lines read, from its index key."""
    ref, (_, listed) = rows.ref_of(key["pk"]["S"]), rows.kind(key["sk"]["S"])
    return PooledLine(listed, ref, key["next_due"]["S"], "", "").cursor


def _all(pk: str, kind: str) -> Iterator[Row]:
    return map(readable, Row.beginning(pk, rows.every(kind)))


def _entries(pk: str, numbers: Sequence[int]) -> list[Entry]:
    """Return the entries with these numbers. The numbers must be ascending. Consecutive numbers are read in
    one query, all others by their keys."""
    first, last = numbers[0], numbers[-1]
    if last > first and len(numbers) == last - first + 1:
        found = Row.beginning(pk, rows.entry(first), rows.entry(last))
        return [_entry(pk, readable(row)) for row in found]
    single = Row.several([(pk, rows.entry(n)) for n in numbers])
    return [_entry(pk, readable(row)) for row in single]


def _entry(pk: str, row: Row) -> Entry:
    n, words = int(rows.kind(row.sk)[1]), _salted(row.words)
    if row.beside is None:
        return Entry(n, row.body or "", row.hash or "", words, kept=row.kept)
    return Entry(n, row.body or "", row.hash or "", LazyMapping(lambda: _beside(pk, n)), words, row.kept)


def _beside(pk: str, n: int) -> dict[str, tuple[str, str]]:
    """Return the free text of entry `n` from its own row; {} if it was erased."""
    found = Row.several([(pk, rows.words(n))])
    return next((_salted(row.words) for row in found), {})


def _salted(kept: str | None) -> dict[str, tuple[str, str]]:
    return {name: (salted[0], salted[1]) for name, salted in json.loads(kept or "{}").items()}


def _due(ref: str, at: datetime | None) -> dict[str, Any]:
    return {"shard": rows.shard(ref), "look_at": stamp(at)} if at else {}


def _asked(case: Case) -> dict[str, Any] | None:
    """Return topic and due day of the training that an improvement action asks for. The due day is that of
    the action. If the action has none, it is the day on which its present stage began. Return None if no
    training is asked for."""
    action = case.improvement
    if action is None or action.training is None:
        return None
    return {"topic": action.training, "due": action.due or published().day_of(action.since)}


def _shown(case: Case) -> dict[str, Any]:
    """Return the further fields of a row of a work list by which lines are shown and filtered. A field
    without a value is left out, so that the row stays small.

    `rights`: the rights that the matters touch. `goods`: the kind of the goods or of the service. `company`,
    `brand`: their names, which are stored only if the policy lists them. `people`: the number of
    complainants, if there are several. `party`: the id of the first of them. `apart`: the ids of staff who
    may not read the case; if these are too many, nobody sees a name on the line. `news`: when a person last
    did something on the case."""
    subject, people = case.intake.subject, case.consumers
    apart = sorted({*case.inquiry.recused, *case.colleagues})
    moved = [at for move, at in case.taken.items() if move in MOVES and MOVES[move].takers & ~Role.CLOCK]
    found = {
        "rights": sorted({right for matter in case.matters for right in matter.rights}),
        "goods": subject.goods_class or subject.service_class or subject.kind,
        "company": case.intake.company,
        "brand": case.intake.brand,
        "people": len(people) if len(people) > 1 else None,
        "party": people[0].id if people and len(apart) <= MOST_APART else None,
        "apart": apart[:MOST_APART],
        "news": max(moved, default=None),
    }
    return {name: had for name, had in found.items() if had}


def _marks(listed: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: digest("", canonical(row))[:MARK] for name, row in listed.items()}


def _marked(row: Row) -> str:
    """Return the shortened digest of a stored row of a work list, to be compared with the one in the head."""
    said = {name: getattr(row, name) for name in ("seat", "next_due", "ref", "stage", "card")}
    return digest("", canonical(said))[:MARK]
