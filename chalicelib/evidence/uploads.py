"""Evidence files: declared, uploaded straight to the store, checked by a worker, kept or refused. Only kept
files can be downloaded.

A file has three places: a row of the case with its state; the upload in quarantine; the kept content, which
is never overwritten."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import cache, reduce
from hashlib import sha256
from operator import or_
from typing import Any, NamedTuple, Protocol

from chalicelib.access.authorization import CLOCK, STAFF, Caller, NotFound, Thing, acting, may_read
from chalicelib.cases.casework import Casework, Conflict, Dossier, Once
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.permission import permit
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, Refusal, refuse_if
from chalicelib.domain.model.case_records import CheckedFile
from chalicelib.domain.model.codes import Channel, Outcome, ReopenReason, Role
from chalicelib.domain.moves.closing import reopen
from chalicelib.domain.moves.evidence import add_evidence, most_pieces, room_for
from chalicelib.evidence import file_types as content, pictures
from chalicelib.evidence.confined import Room

MEGABYTE = 1024 * 1024
LARGEST = 20 * MEGABYTE
"""The largest accepted file, in bytes."""
CEILING = 500 * MEGABYTE
"""The largest upload that the store accepts, in bytes. For a file between the two sizes we give a plain
refusal without reading its content. The store itself rejects larger uploads with an error for programs; no
phone sends so much while a form is valid. The limit also bounds costs, since a scanner is paid by the
gigabyte."""
FORM_LASTS = timedelta(minutes=15)
"""The validity of one upload form. A second upload by it changes nothing; the page makes a new form at each
visit."""
EXPECTED_FOR = timedelta(hours=24)
"""The time limit after declaration. A file not arrived by then is forgotten; one not checked by then must be
sent again."""
LINK_LASTS = timedelta(minutes=5)
"""The validity of a download link."""
UNNAMED = re.compile(r"[/\\\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""The characters removed from a file's name: path separators, control characters, and marks that change the
writing direction."""
DECLARED = (*content.TYPES, *content.KINDS)
"""The possible declarations: a media type, or a kind of media types."""
ANY = "*/*"
"""The kind of a file whose sender does not state one."""
TAKES = MOVES[add_evidence.__name__]


class State(StrEnum):
    """The state of a file. `expected` and `scanning` are open; only a `kept` file can be downloaded."""

    EXPECTED, SCANNING, KEPT, INFECTED, REFUSED = (auto() for _ in range(5))


OPEN = frozenset({State.EXPECTED, State.SCANNING})


class Verdict(StrEnum):
    """The verdict of a malware scanner; `unscanned` without a scanner."""

    CLEAN, UNSCANNED, INFECTED, UNSCANNABLE = (auto() for _ in range(4))


Scanner = Callable[[bytes], Verdict | None]
"""A scanner returns a verdict on content, or None if the verdict comes later as an event."""
TEST_SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-" + b"FILE!$H+H*"
"""The harmless test text that every scanner reports as malware (EICAR). It is split in two so that no scanner
reports this source file."""
SCANNERS: Mapping[str, Scanner] = {
    "none": lambda _: Verdict.UNSCANNED,
    "signature": lambda said: Verdict.INFECTED if TEST_SIGNATURE in said else Verdict.CLEAN,
    "guardduty": lambda _: None,
}
"""The scanners by setting. `signature` recognises only the test text and is for trials."""


@frozen
class By:
    """The sender of a file as known at declaration. The file becomes evidence in their name."""

    who: str
    roles: tuple[str, ...]
    teams: tuple[str, ...] = ()
    ref: str = ""
    party: str = ""
    channel: Channel | None = None

    @property
    def caller(self) -> Caller:
        """Return the same sender as a caller."""
        roles = reduce(or_, (Role[code.upper()] for code in self.roles), Role(0))
        return Caller(self.who, roles, frozenset(self.teams), self.ref, self.party, self.channel)


@frozen
class Upload:
    """A file of a case, from its declaration on.

    `type` is the declared type, `found` the type by content. `sha256` pins the checked content. `why` is the
    code of the sentence that gives the reason of a refusal."""

    ref: str
    id: str
    type: str
    shows: str
    by: By
    at: datetime
    digest: str = ""
    name: str = ""
    state: State = State.EXPECTED
    size: int | None = None
    sha256: str = ""
    found: str = ""
    verdict: Verdict | None = None
    why: str = ""
    small: bool = False

    @property
    def undrawn(self) -> bool:
        """Return whether this is a kept photograph without a possible small picture."""
        return self.state == State.KEPT and self.found in content.IMAGES and not self.small

    @property
    def remark(self) -> str:
        """Return the code of the sentence next to the file on a page, also for a kept file; "" without
        one."""
        return self.why or ("file_undrawn" if self.undrawn else "")

    @property
    def until(self) -> datetime:
        """Return the end of waiting (UTC), for the file itself and for the verdict on it."""
        return self.at + EXPECTED_FOR


@cache
def kept_as() -> Any:
    """Return the adapter that reads a file from its row."""
    from pydantic import TypeAdapter

    return TypeAdapter(Upload)


class Form(NamedTuple):
    """A browser's upload to the store: its URL, and the form fields before the file."""

    url: str
    fields: Mapping[str, str]


class Arrived(NamedTuple):
    """One version of an uploaded object, as reported by the store, or by a scanner with its verdict."""

    ref: str
    id: str
    version: str
    etag: str
    verdict: Verdict | None = None


class Incoming(NamedTuple):
    """An arrived upload: its size, and its bytes unless it is too large."""

    size: int
    content: bytes


class FileRows(Protocol):
    """The rows of files. `save` writes an open file's next state. It raises Conflict for a decided file, or
    if the hash of other content was saved. `forget` raises Conflict once the file has arrived."""

    def declare(self, upload: Upload) -> None: ...
    def find(self, ref: str, id: str) -> Upload | None: ...
    def save(self, upload: Upload) -> None: ...
    def forget(self, upload: Upload) -> None: ...


class Vault(Protocol):
    """The store. From here kept files are never overwritten or deleted; an upload is removed once it is
    decided."""

    def form(self, upload: Upload, back: str) -> Form: ...
    def first(self, arrived: Arrived) -> bool: ...
    def read(self, arrived: Arrived) -> Incoming | None: ...
    def keep(self, upload: Upload, content: bytes, small: bytes | None) -> None: ...
    def remove(self, arrived: Arrived) -> None: ...
    def link(self, upload: Upload, name: str, small: bool) -> str: ...


@frozen
class Uploads:
    """Accepts, checks and shows evidence files. `room` returns the limits for drawing a small picture from
    the milliseconds left."""

    casework: Casework
    rows: FileRows
    vault: Vault
    scanner: Scanner
    now: Callable[[], datetime]
    room: Callable[[int], Room]

    def declare(
        self,
        ref: str,
        caller: Caller,
        declaration: Mapping[str, Any],
        once: Once | None = None,
        count: Callable[[], None] | None = None,
    ) -> Upload:
        """Declare a file for upload: its `type`, what it `shows`, and optionally its `name` and `size`. A
        repeated idempotency key returns the earlier file. For a new file, `count` is called first and may
        refuse it; this costs one more read. Raises NotFound, Refusal, and errors of `count`."""
        dossier = self.casework.file.whole(ref)
        self.may_add(self.casework.visible(dossier.case, caller), caller)
        if count:
            if once and (made := self.rows.find(ref, once.key[:26])):
                return _same(made, once.digest)
            count()
        if (size := declaration.get("size")) is not None and (wrong := wrong_size(size)):
            raise Refusal(wrong, field="size", most=LARGEST // MEGABYTE)
        most = most_pieces(dossier.case)
        sent = sum(1 for upload in self._alive(dossier) if upload.by.who == caller.who)
        # expected and refused files count as well
        refuse_if(sent >= most and not caller.roles & STAFF, "too_many_files", most=most)
        roles, teams = tuple(role.code for role in caller.roles), tuple(sorted(caller.teams))
        by = By(caller.who, roles, teams, caller.ref, caller.party, caller.channel)
        upload = Upload(
            ref,
            once.key[:26] if once else self.casework.fresh(),
            declaration["type"],
            declaration["shows"],
            by,
            self.now(),
            once.digest if once else "",
            safe_file_name(declaration.get("name", "")),
        )
        try:
            self.rows.declare(upload)
        except Conflict:
            return _same(self.rows.find(ref, upload.id), upload.digest)
        return upload

    def may_add(self, case: Case, caller: Caller) -> None:
        """Raise the Refusal if this caller cannot add evidence to the case now."""
        caller = acting(case, caller)
        role = next(iter(caller.roles & TAKES.takers or caller.roles))
        permit(TAKES, case, self.casework.act(caller, role, self.now(), case))
        if caller.party:
            room_for(case, caller.who)

    def answers(self, case: Case, caller: Caller) -> bool:
        """Return whether a file added now answers our information request."""
        return self.casework.answers(case, acting(case, caller))

    def form(self, upload: Upload, caller: Caller, back: str = "") -> Form:
        """Return the upload form of a declared file, for its sender, while the case takes evidence. Raises
        NotFound once it has arrived, and for other callers."""
        if upload.state != State.EXPECTED or upload.by.who != caller.who:
            raise NotFound(upload.id)
        self.may_add(self.casework.file.load(upload.ref), caller)
        return self.vault.form(upload, back)

    def forget(self, upload: Upload, caller: Caller) -> None:
        """Withdraw the declaration of a file that has not arrived, for its sender. A later upload then counts
        as undeclared. Raises NotFound for any other file or caller."""
        if upload.state != State.EXPECTED or upload.by.who != caller.who:
            raise NotFound(upload.id)
        with suppress(Conflict):  # it has just arrived, or was withdrawn by a double click
            self.rows.forget(upload)

    def seen(self, dossier: Dossier, caller: Caller) -> list[Upload]:
        """Return the files that a caller may see, the newest first. A party sees those sent by or for their
        principal; the case's staff see all. A caller without that right sees only their own files; by
        passphrase, only those still expected."""
        case, now = dossier.case, self.now()
        if not may_read(case, Thing.FILES, caller, now):
            sent = self._alive(dossier) if may_read(case, Thing.SENT, caller, now) else []
            own = (upload for upload in sent if upload.by.who == caller.who)
            return [upload for upload in own if upload.state == State.EXPECTED or not caller.by_phrase]
        if not caller.party:
            return [*self._alive(dossier), *self._brought(case)]
        whose = _whose(case, caller.party)
        found = [upload for upload in self._alive(dossier) if _whose(case, upload.by.party) == whose]
        return [*found, *(self._brought(case) if whose == case.consumers[0].id else ())]

    def _brought(self, case: Case) -> list[Upload]:
        """Return the files that the person sent to the joint case before leaving it. They stay there and
        belong to the person."""
        if case.together.origin is None:
            return []
        joint = self.casework.file.whole(case.together.origin[0])
        return [
            upload
            for upload in self._alive(joint)
            if _whose(joint.case, upload.by.party) == case.together.origin[1]
        ]

    def find(self, dossier: Dossier, caller: Caller, id: str) -> Upload:
        """Return one visible file; raises NotFound."""
        upload = next((upload for upload in self.seen(dossier, caller) if upload.id == id), None)
        if upload is None:
            raise NotFound(id)
        return upload

    def link(self, upload: Upload, case: Case, small: bool = False) -> str:
        """Return a download link for a kept file, valid for a few minutes. Raises NotFound for any other."""
        if upload.state != State.KEPT or (small and not upload.small):
            raise NotFound(upload.id)
        return self.vault.link(upload, called(upload, case), small)

    def arrived(self, arrival: Arrived, left_ms: Callable[[], int]) -> None:
        """Check an arrived object, or process a verdict on it. Events may repeat and come in any order; a
        file is decided once. `left_ms` are the worker's remaining milliseconds.

        Only the first upload by the form is checked, even if the event of a later one comes first. Every
        other upload under the same name is removed."""
        upload = self.rows.find(arrival.ref, arrival.id)
        if upload is None or upload.state not in OPEN:
            self._leave(upload, arrival)
            return
        if not self.vault.first(arrival):
            self.vault.remove(arrival)
            return
        came = self.vault.read(arrival)
        # this version is gone: another worker has handled and removed it
        if came is None:
            return
        digest = sha256(came.content).hexdigest() if came.content else ""
        pinned = replace(
            upload,
            state=State.SCANNING,
            size=came.size,
            sha256=digest,
            found=content.type_of(came.content) or "",
        )
        try:
            self.rows.save(pinned)
        except Conflict:
            self.vault.remove(arrival)
            return
        self._decide(pinned, arrival, came.content, left_ms)

    def _decide(self, upload: Upload, told: Arrived, came: bytes, left_ms: Callable[[], int]) -> None:
        why = wrong_size(upload.size or 0) or _type(upload)
        verdict = None if why else told.verdict or self.scanner(came)
        if verdict == Verdict.INFECTED:  # it stays in quarantine, where it expires
            self._end(replace(upload, state=State.INFECTED, verdict=verdict, why="file_infected"))
            return
        if verdict == Verdict.UNSCANNABLE:
            why = "file_unscannable"
        if not why and verdict:
            upload = replace(upload, verdict=verdict)
            why = self._keep(upload, came, left_ms)
        if why:
            self._end(replace(upload, state=State.REFUSED, why=why))
        if why or verdict:
            self.vault.remove(told)

    def _keep(self, upload: Upload, came: bytes, left_ms: Callable[[], int]) -> str:
        """Store the checked bytes, and make them evidence in the sender's name. Return the code of the reason
        if the case refuses evidence, else ""."""
        assert upload.size
        caller, filed = upload.by.caller, CheckedFile(upload.id, upload.sha256, upload.size, upload.found)
        small = pictures.small(came, upload.found, self.room(left_ms()))
        case = self.casework.file.load(upload.ref)
        try:
            # otherwise it became evidence before a crash
            if all(piece.file != upload.id for piece in case.evidence):
                self.may_add(self.casework.visible(self._taken_up_again(upload, case), caller), caller)
                self.vault.keep(upload, came, small)
                self.casework.move(TAKES.name, upload.ref, caller, {"shows": upload.shows, "file": filed})
        except NotFound:
            return "file_not_yours"
        except Refusal as refusal:
            if refusal.code != "evidence_known":  # another worker has just done the same
                return "file_case_closed" if refusal.code == "move_not_allowed_in_stage" else "file_not_yours"
        self._end(replace(upload, state=State.KEPT, small=small is not None))
        return ""

    def _taken_up_again(self, upload: Upload, case: Case) -> Case:
        """Return the case, reopened if necessary. A case closed for missing information while the answering
        file was still being checked is reopened as our error. So the consumer keeps their own right to have
        it reopened."""
        before = upload.at < case.spells[-1].since
        if case.outcome == Outcome.NOT_PURSUED and upload.by.caller.party and before:
            said = {"cause": ReopenReason.OUR_ERROR, "facts": upload.shows}
            return self.casework.move(reopen.__name__, upload.ref, CLOCK, said)
        return case

    def _end(self, upload: Upload) -> None:
        try:
            self.rows.save(upload)
        except Conflict:  # another worker has just decided the same
            return

    def _leave(self, upload: Upload | None, told: Arrived) -> None:
        """Remove an upload for a decided or undeclared file. Malware stays in quarantine, where it
        expires."""
        if upload is None or upload.state != State.INFECTED:
            self.vault.remove(told)

    def _alive(self, dossier: Dossier) -> list[Upload]:
        """Return the files of a case, without those that never arrived. A file whose check never ended
        appears as one to send again."""
        found = []
        for upload in map(kept_as().validate_python, dossier.files.values()):
            if upload.state in OPEN and upload.until <= self.now():
                if upload.state == State.EXPECTED:
                    continue
                upload = replace(upload, state=State.REFUSED, why="file_check_unfinished")
            found.append(upload)
        return sorted(found, key=lambda upload: (upload.at, upload.id), reverse=True)


def _same(made: Upload | None, digest: str) -> Upload:
    """Return the earlier file of an idempotency key. Raises Refusal `wrong_key_reuse` if the body differs."""
    if made is None or made.digest != digest:
        raise Refusal("wrong_key_reuse")
    return made


def to_row(upload: Upload) -> dict[str, Any]:
    """Return a file in the form of its row."""
    return {name: value for name, value in asdict(upload).items() if value not in ("", None)}


def called(upload: Upload, case: Case) -> str:
    """Return a file's name for download: its own, or its evidence number, with the extension of its media
    type."""
    piece = next((piece.id for piece in case.evidence if piece.file == upload.id), upload.id)
    name, ending = upload.name or f"{case.ref}-{piece}", content.TYPES[upload.found]
    return name if name.lower().endswith(f".{ending}") else f"{name}.{ending}"


def safe_file_name(name: str) -> str:
    """Return a file's name without characters that could mislead its reader or its storage."""
    return UNNAMED.sub("", name).strip(". ")


def _whose(case: Case, id: str) -> str:
    """Return the principal of this party: themselves, or the person they represent."""
    return next((party.represents for party in case.parties if party.id == id and party.represents), id)


def wrong_size(size: int) -> str:
    """Return the code of the sentence that rejects a file of this size; "" for an accepted one."""
    return "file_empty" if size <= 0 else "file_too_large" if size > LARGEST else ""


def _type(upload: Upload) -> str:
    if not upload.found:
        return "file_type_unknown"
    return "" if content.fits(upload.type, upload.found) else "file_of_another_type"
