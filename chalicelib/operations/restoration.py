"""What a restore of the table undid. The cases in the restored table are compared with the signed lists and
with the ledger of letters, which both lie outside the table. Then each loss is recorded, so that no letter
leaves twice, and nobody takes a loss for tampering. Every function here may be called again."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from chalicelib.access.authorization import CLOCK, NotFound
from chalicelib.cases.casework import Casework, Dossier, KeptOther, Unreadable
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import LostCase, UndoneAct, departed
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.moves.integrity import record_restored
from chalicelib.domain.moves.retention import destroy_again
from chalicelib.domain.outages import Outage, Part, Snapshot
from chalicelib.operations.signed_lists import Listed, SignedLists

BEFORE = timedelta(hours=1)
"""How long before the moment of the restore the ledger is read too. A letter that left shortly before it may
not have been recorded as sent in the table yet."""
AT_ONCE = 1_000
"""The number of cases whose heads are compared in one call."""


class Departed(Protocol):
    """An entry of the ledger of letters that left: case number, id of the letter, name of its declaration,
    and when it left (UTC)."""

    @property
    def ref(self) -> str: ...
    @property
    def letter(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def at(self) -> datetime: ...


class Ledger(Protocol):
    """The ledger of letters that left, and of cases whose personal data were destroyed. `since` and
    `erased_since` yield those that were entered at a moment or later."""

    def since(self, at: datetime) -> Iterator[Departed]: ...
    def erased_since(self, at: datetime) -> Iterator[tuple[str, str]]: ...


class LetterStates(Protocol):
    """The rows of letters. `expand` makes a row for each recipient of a letter to several people. `mark`
    records that a letter was sent."""

    def letter(self, ref: str, id: str) -> Mapping[str, Any]: ...
    def expand(self, ref: str, post: str, now: datetime) -> Collection[str]: ...
    def mark(self, ref: str, id: str, event: str, body: dict[str, Any]) -> None: ...


class RestoredFile(Protocol):
    """The store of cases in the restored table. `lost` returns what is known of a case that is missing as a
    whole, or None. `keep_lost` records that."""

    def load(self, ref: str) -> Case: ...
    def dossier_of(self, case: Case) -> Dossier: ...
    def heads(self, listed: Mapping[str, tuple[int, str, str]]) -> Mapping[str, Any]: ...
    def has_entry(self, ref: str, entry: int, head: str) -> bool: ...
    def lost(self, ref: str) -> LostCase | None: ...
    def keep_lost(self, ref: str, lost: LostCase) -> None: ...


class OutageRegister(Protocol):
    """The register of outages. `restored` brings it up to date and enters an outage. `snapshot` returns its
    content, or None while it is in doubt."""

    def restored(self, listed: Snapshot | None, outage: Outage, now: datetime) -> None: ...
    def snapshot(self, now: datetime) -> Snapshot | None: ...


class Former(Protocol):
    """The table that the restored table replaces, by its name. `moved` returns the cases that moved on the
    day of a moment or later, with their numbers of entries. `undone` returns the contents of the lines of a
    case after an entry with this hash, and `letters` those of its letters with these ids. Both return None if
    the table does not prove them."""

    def moved(self, table: str, since: datetime) -> Mapping[str, int]: ...
    def undone(self, table: str, ref: str, entries: int, head: str) -> Sequence[Mapping[str, Any]] | None: ...
    def letters(self, table: str, ref: str, ids: Collection[str]) -> Sequence[Mapping[str, Any]] | None: ...


class Behind(NamedTuple):
    """A case whose newest entries are missing. `entries`: how many it has. `had`: how many it had at least.
    The other fields are those of `record_restored`."""

    ref: str
    entries: int
    had: int
    heads: tuple[str, ...]
    letters: tuple[str, ...]
    undone: tuple[str, ...] = ()
    concerned: tuple[str, ...] | None = None


class Lost(NamedTuple):
    """A case that is missing as a whole. `received`: when its first letter left (UTC); None if the ledger has
    no letter of it."""

    ref: str
    received: datetime | None


class Losses(NamedTuple):
    """What a restore undid. `whole`: the number of cases that lack nothing. `recorded`: the numbers of the
    cases of which a loss is recorded already. `changed`: the numbers of the cases that differ from the lists
    in another way than by missing entries, so that somebody changed them."""

    whole: int
    behind: tuple[Behind, ...]
    lost: tuple[Lost, ...]
    recorded: tuple[str, ...]
    changed: tuple[str, ...]


@frozen
class Restoration:
    """Compares a restored table with lists and ledger, and records each loss. `shards` returns the number of
    shards of cases."""

    casework: Casework
    file: RestoredFile
    outbox: LetterStates
    lists: SignedLists
    ledger: Ledger
    register: OutageRegister
    former: Former
    shards: Callable[[], int]
    now: Callable[[], datetime]

    def losses(self, moment: datetime, former: str = "") -> Losses:
        """Return what a restore to `moment` (UTC) undid. `former` is the name of the table that was replaced;
        empty if it cannot be read. Nothing is written."""
        moved = self.former.moved(former, moment) if former else {}
        listed, departures = self._listed(moment), defaultdict[str, list[Departed]](list)
        for one in self.ledger.since(moment):
            if one.ref.isdecimal():
                departures[one.ref].append(one)
        newer = {ref for ref, n in moved.items() if ref not in listed or listed[ref][-1].entries < n}
        rest = {*self._differing(listed), *departures, *newer}
        behind, lost, recorded, changed = list[Behind](), list[Lost](), list[str](), list[str]()
        whole = len(listed.keys() - rest)
        for ref in sorted(rest):
            try:
                case = self.file.load(ref)
            except NotFound:
                if self.file.lost(ref):
                    recorded.append(ref)
                else:
                    lost.append(Lost(ref, min((one.at for one in departures[ref]), default=None)))
                continue
            except Unreadable:
                changed.append(ref)
                continue
            undone = self._undone(case, listed.get(ref, ()), departures[ref], moved.get(ref, 0))
            if undone is None or case.altered:
                changed.append(ref)
            elif any(one.moment == moment for one in case.restored):
                recorded.append(ref)
            elif undone.heads or undone.letters or undone.had > undone.entries:
                behind.append(self._proved(undone, case, former, departures[ref]) if former else undone)
            else:
                whole += 1
        return Losses(whole, tuple(behind), tuple(lost), tuple(recorded), tuple(changed))

    def _listed(self, moment: datetime) -> dict[str, list[Listed]]:
        """Return the cases on the lists since `moment`, by number. Of each case there is one item for each
        head that a list names."""
        found = defaultdict[str, dict[str, Listed]](dict)
        for shard in range(self.shards()):
            for one in self.lists.since(shard, moment):
                found[one.ref][one.head] = one
        return {ref: sorted(of.values(), key=lambda one: one.entries) for ref, of in found.items()}

    def _differing(self, listed: Mapping[str, list[Listed]]) -> Iterator[str]:
        """Yield the numbers of the listed cases whose head is not the one that the newest list names."""
        refs = sorted(listed)
        for first in range(0, len(refs), AT_ONCE):
            some = {ref: listed[ref][-1] for ref in refs[first : first + AT_ONCE]}
            heads = self.file.heads({ref: (one.entries, one.head, one.kept) for ref, one in some.items()})
            for ref, one in some.items():
                head = heads.get(ref)
                if head is None or head.entries != one.entries or head.same is False:
                    yield ref

    def _undone(
        self, case: Case, listed: Iterable[Listed], left: Iterable[Departed], had: int
    ) -> Behind | None:
        """Return what a case lacks of the heads that lists name, of the letters that left, and of the `had`
        entries in the former table. Return None if it lacks an entry that it must have, because it has later
        ones."""
        missing = [one for one in listed if not case.undone(one.head)]
        ahead = [one for one in missing if one.entries > case.entries]
        if any(
            not self.file.has_entry(case.ref, one.entries, one.head) for one in missing if one not in ahead
        ):
            return None
        known = {entry.partition(" ")[2] for restored in case.restored for entry in restored.letters}
        departures = {one.letter: one for one in left}
        letters = self.file.dossier_of(case).letters
        letters.prefetch(departures)
        gone = [one for one in departures.values() if letters.get(one.letter) is None]
        names = sorted(f"{stamp(one.at)} {departed(one.name, one.letter)}" for one in gone)
        return Behind(
            case.ref,
            case.entries,
            max(had, case.entries, *(one.entries for one in ahead)),
            tuple(one.head for one in ahead),
            tuple(name for name in names if name.partition(" ")[2] not in known),
        )

    def _proved(self, one: Behind, case: Case, former: str, left: Iterable[Departed]) -> Behind:
        """Return `one` with the acts of people that it lacks, and with the parties whom they or their letters
        concern. Return it unchanged if the former table does not prove all of them."""
        lines = self.former.undone(former, case.ref, case.entries, case.head)
        if lines is None or case.entries + len(lines) < one.had:
            return one
        known = self.file.dossier_of(case).letters
        ids = {each.letter: None for each in left}
        known.prefetch(ids)
        letters = self.former.letters(former, case.ref, [id for id in ids if known.get(id) is None])
        if letters is None:
            return one
        acts = {
            line["n"]: UndoneAct(instant(line["at"]), line["move"], Role[line["role"].upper()], line["who"])
            for line in lines
            if line["role"] != Role.CLOCK.code
        }
        # The clock takes its steps again, so only its decisions are worth a letter.
        readers = (
            each["to"].removeprefix("party:")
            for each in letters
            if each["entry"] in acts or letter_of(each["name"]).decides or letter_of(each["name"]).encloses
        )
        concerned = {party.id for party in case.parties} & {*(act.who for act in acts.values()), *readers}
        return one._replace(undone=tuple(map(str, acts.values())), concerned=tuple(sorted(concerned)))

    def record(self, losses: Losses, moment: datetime) -> None:
        """Record on each case that entries are missing, and of each missing case that it is. Sign and store a
        list of them, without what people did."""
        for one in losses.behind:
            facts = {
                "moment": moment,
                "heads": one.heads,
                "letters": one.letters,
                "undone": one.undone,
                "concerned": one.concerned,
            }
            self.casework.move(record_restored.__name__, one.ref, CLOCK, facts)
        for lost in losses.lost:
            self.file.keep_lost(lost.ref, LostCase(lost.received, moment, self.now()))
        with suppress(KeptOther):  # the losses were listed in this second
            behind = tuple(one._replace(undone=(), concerned=None) for one in losses.behind)
            self.lists.keep_restored(moment, losses._replace(behind=behind), self.now())

    def outage(self, moment: datetime) -> None:
        """Enter in the register of outages that the site was away from `moment` until now, so that parties'
        windows end later. Put back the outages that the register lacks since the restore, and sign it."""
        now = self.now()
        self.register.restored(self.lists.register(now), Outage(Part.SITE, moment, now, now), now)
        if there := self.register.snapshot(now):
            with suppress(KeptOther):  # the register was listed in this second
                self.lists.keep_register(there, now)

    def seal_again(self, moment: datetime) -> None:
        """Ask for the document of each agreement in force whose seal a restore to `moment` undid. While moves
        were held, the worker could not record it, and its queue would try again only later."""
        for ref in self.losses(moment).recorded:
            with suppress(NotFound):
                if self.file.load(ref).unsealed:
                    self.casework.tasks.document(ref)

    def erased(self, moment: datetime, do: bool) -> tuple[list[str], list[str]]:
        """Decide again to destroy the personal data of the cases whose destruction a restore to `moment`
        undid. Return two lists of case numbers: those for which it was decided, and those that people must
        look at, since the case is open or its records are held now. With `do` false, nothing is written."""
        again, by_hand = list[str](), list[str]()
        for ref, party in sorted({*self.ledger.erased_since(moment)}):
            try:
                found = self.file.load(ref)
            except NotFound:
                continue
            parts = {part.of for part in found.retention.parts}
            if found.retention.destroyed or found.retention.to_destroy or party in parts:
                continue
            there = [one for one in found.parties if one.id == party] if party else found.consumers
            gone = party and all(one.left for one in there)
            if (
                not there
                or found.retention.held
                or found.doubted
                or not (gone or found.stage == Stage.CLOSED)
            ):
                by_hand.append(ref)
                continue
            again.append(ref)
            if do:
                self.casework.move(destroy_again.__name__, ref, CLOCK, {"party": party or None})
        return again, by_hand

    def sent(self, moment: datetime, do: bool) -> list[tuple[str, str, str]]:
        """Mark the owed letters as sent that the ledger has, so that they do not leave again. Return number,
        id and name of each. With `do` false, nothing is written, and a letter to several people whose rows
        are not made yet is left out."""
        found = []
        for one in {(one.ref, one.letter): one for one in self.ledger.since(moment - BEFORE)}.values():
            if do:
                self.outbox.expand(one.ref, one.letter.rpartition(".")[0], self.now())
            try:
                state = self.outbox.letter(one.ref, one.letter)["state"]
            except NotFound:
                continue
            if state in ("owed", "sending"):
                found.append((one.ref, one.letter, one.name))
                if do:
                    self.outbox.mark(one.ref, one.letter, "send", {"at": one.at, "message_id": ""})
        return found
