"""Evidence files. A sender declares a file and uploads it directly to the store. A worker checks the file,
and keeps or refuses it. Only kept files can be downloaded.

Three things exist of a file: a row of its case, which holds its state; the upload, in quarantine; and the
kept content, which is never overwritten.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import cache, reduce
from operator import or_
from typing import Any, NamedTuple, Protocol

from chalicelib.access.authorization import CLOCK, STAFF, Caller, NotFound, Thing, acting, may_read
from chalicelib.cases.casework import Casework, Dossier, Once, WriteConflict
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.permission import permit
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, Refusal, refuse_if
from chalicelib.domain.model.case_records import CheckedFile
from chalicelib.domain.model.codes import Channel, Outcome, ReopenReason, Role
from chalicelib.domain.moves.closing import reopen
from chalicelib.domain.moves.evidence import add_evidence, most_pieces, room_for
from chalicelib.evidence import file_types as content, pictures
from chalicelib.evidence.confined import MEGABYTE, Room

LARGEST = 200 * MEGABYTE
"""The size of the largest accepted file, in bytes."""
GIGABYTE = 1024 * MEGABYTE
MOST_OF_CASE = GIGABYTE
"""The size of all files of a case together, in bytes."""
WHOLE = 20 * MEGABYTE
"""The size in bytes up to which the worker holds a file in its memory. It reads a larger file in pieces and
makes no thumbnail of it."""
PART = 8 * MEGABYTE
"""The size in bytes of a part, if a file is uploaded in parts. The last part may be smaller. Of S3 a part has
at least 5 MB."""
CEILING = 500 * MEGABYTE
"""The size of the largest upload that the store accepts, in bytes. The store rejects a larger upload with an
error for programs. A file between `LARGEST` and this size is refused by us with a plain sentence, without
reading its content. The value is so high that few phones can send more while a form is valid. There is a
limit because a scanner is paid by the gigabyte."""
FORM_LASTS = timedelta(minutes=15)
"""How long an upload form can be used. A second upload through the same form changes nothing. The page makes
a new form at each visit."""
EXPECTED_FOR = timedelta(hours=24)
"""How long we wait for a declared file, from its declaration on. If the file has not arrived by then, it is
forgotten. If it has arrived and its check is not finished by then, the sender must send it again."""
LINK_LASTS = timedelta(minutes=5)
"""How long a download link can be used."""
UNNAMED = re.compile(r"[/\\\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""The characters that are removed from a file's name: path separators, control characters, and characters
that change the writing direction."""
DECLARED = (*content.TYPES, *content.KINDS)
"""What a sender can declare as the type of a file: a media type, or a kind such as `image/*`."""
ANY = "*/*"
"""The declared type of a file for which its sender named no type."""
TAKES = MOVES[add_evidence.__name__]


class FileState(StrEnum):
    """The state of a file. A file that is `expected` has not arrived. A file that is `scanning` is being
    checked. Only a `kept` file can be downloaded."""

    EXPECTED, SCANNING, KEPT, INFECTED, REFUSED = (auto() for _ in range(5))


OPEN = frozenset({FileState.EXPECTED, FileState.SCANNING})


class ScanVerdict(StrEnum):
    """The verdict of the scanner for malware. It is `unscanned` if there is no scanner."""

    CLEAN, UNSCANNED, INFECTED, UNSCANNABLE = (auto() for _ in range(4))


Scanner = Callable[[bytes], ScanVerdict | None]
"""A scanner. It gets the content and returns its verdict, or None if the verdict comes later as an event."""
TEST_SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-" + b"FILE!$H+H*"
"""The harmless text that every scanner reports as malware, for tests (EICAR). It is written in two parts, so
that no scanner reports this source file."""
SCANNERS: Mapping[str, Scanner] = {
    "none": lambda _: ScanVerdict.UNSCANNED,
    "signature": lambda said: ScanVerdict.INFECTED if TEST_SIGNATURE in said else ScanVerdict.CLEAN,
    "guardduty": lambda _: None,
}
"""The scanners; the key is the name that the settings use. `none` scans nothing. `signature` recognises only
the test text and is for trials. `guardduty` sends its verdict later, as an event."""


@frozen
class Sender:
    """The sender of a file, as known when the file was declared, because the file becomes evidence in the
    sender's name. The fields are those of `Caller`."""

    who: str
    roles: tuple[str, ...]
    teams: tuple[str, ...] = ()
    ref: str = ""
    party: str = ""
    channel: Channel | None = None

    @property
    def caller(self) -> Caller:
        """The sender in the form of a caller."""
        roles = reduce(or_, (Role[code.upper()] for code in self.roles), Role(0))
        return Caller(self.who, roles, frozenset(self.teams), self.ref, self.party, self.channel)


@frozen
class Upload:
    """A file of a case, from its declaration on.

    `type`: the declared type. `shows`: what it shows, in the sender's words. `found`: the media type by
    content. `sha256`: the hash of the checked content. `digest`: the digest of the declaration. `why`: the
    code of the sentence that says why the file was refused. `small`: it has a thumbnail.
    """

    ref: str
    id: str
    type: str
    shows: str
    by: Sender
    at: datetime
    digest: str = ""
    name: str = ""
    state: FileState = FileState.EXPECTED
    size: int | None = None
    sha256: str = ""
    found: str = ""
    verdict: ScanVerdict | None = None
    why: str = ""
    small: bool = False

    @property
    def undrawn(self) -> bool:
        """Whether this is a kept photograph for which no thumbnail could be made."""
        return self.state == FileState.KEPT and self.found in content.IMAGES and not self.small

    @property
    def remark(self) -> str:
        """The code of a sentence shown next to the file: why it was refused, or that it has no thumbnail.
        Empty if there is nothing to say."""
        return self.why or ("file_undrawn" if self.undrawn else "")

    @property
    def until(self) -> datetime:
        """The time (UTC) until which we wait for the file to arrive and to be checked."""
        return self.at + EXPECTED_FOR


@cache
def kept_as() -> Any:
    """Return the adapter that reads an `Upload` from its row."""
    from pydantic import TypeAdapter

    return TypeAdapter(Upload)


class PresignedForm(NamedTuple):
    """A form with which a browser uploads a file to the store: the URL, and the fields that come before the
    file."""

    url: str
    fields: Mapping[str, str]


class Parts(NamedTuple):
    """How the next parts of a file are uploaded. `size`: the size of a part in bytes. `links`: the link for
    each part, by the number of the part, which begins with 1. No links: the file is complete."""

    size: int
    links: Mapping[int, str]


class Arrived(NamedTuple):
    """One version of an uploaded file, as an event reports it. `verdict` is the verdict that a scanner
    reports. It is None if the store reports only that the file has arrived."""

    ref: str
    id: str
    version: str
    etag: str
    verdict: ScanVerdict | None = None


class Incoming(NamedTuple):
    """An arrived upload. `size`: its size in bytes. `sha256`: the hash of its content, empty if it is empty
    or too large. `content`: the whole content up to `WHOLE` bytes, else only its first bytes."""

    size: int
    sha256: str
    content: bytes

    @property
    def whole(self) -> bool:
        """Whether `content` is the whole content."""
        return len(self.content) == self.size


class FileRows(Protocol):
    """The store of the rows of files. `save` writes the next state of a file. It raises WriteConflict if the
    file was kept or refused before, or if the hash of other content was saved for it. `forget` removes the
    row of a file that has not arrived; it raises WriteConflict if the file has arrived."""

    def declare(self, upload: Upload) -> None: ...
    def find(self, ref: str, id: str) -> Upload | None: ...
    def save(self, upload: Upload) -> None: ...
    def forget(self, upload: Upload) -> None: ...


class Vault(Protocol):
    """The store of uploads and of kept files. An upload is removed once its file is kept or refused. A kept
    file is never overwritten or deleted here."""

    def form(self, upload: Upload, back: str, most: int) -> PresignedForm: ...
    def parts(self, upload: Upload, size: int) -> Parts: ...
    def put(self, upload: Upload, content: bytes) -> None: ...
    def first(self, arrived: Arrived) -> bool: ...
    def read(self, arrived: Arrived) -> Incoming | None: ...
    def keep(self, upload: Upload, arrived: Arrived, came: Incoming, small: bytes | None) -> None: ...
    def remove(self, arrived: Arrived) -> None: ...
    def link(self, upload: Upload, name: str, small: bool, shown: bool) -> str: ...


@frozen
class Uploads:
    """Accepts, checks and shows evidence files. `room` takes the worker's remaining milliseconds and returns
    the limits for drawing a thumbnail."""

    casework: Casework
    rows: FileRows
    vault: Vault
    scanner: Scanner
    room: Callable[[int], Room]

    def declare(
        self,
        ref: str,
        caller: Caller,
        declaration: Mapping[str, Any],
        once: Once | None = None,
        count: Callable[[], None] | None = None,
    ) -> Upload:
        """Declare a file for upload and return it. `declaration` holds its type (`type`), what it shows
        (`shows`), and perhaps its `name` and `size`. Raises NotFound and Refusal.

        For a known idempotency key (`once`), return the file that was declared first. `count` counts a new
        file for a rate limit. It is called before the file is declared, and may raise TooMany.
        """
        dossier = self.casework.file.whole(ref)
        self.may_add(self.casework.visible(dossier.case, caller), caller)
        if count:
            if once and (made := self.rows.find(ref, once.key[:26])):
                return _same(made, once.digest)
            count()
        if (size := declaration.get("size")) is not None:
            refuse_size(size)
        most = most_pieces(dossier.case)
        alive = self._alive(dossier)
        room_left(sum(upload.size or 0 for upload in alive if not upload.why), size or 0)
        sent = sum(1 for upload in alive if upload.by.who == caller.who)
        # Files that have not arrived and refused files count too.
        refuse_if(sent >= most and not caller.roles & STAFF, "too_many_files", most=most)
        roles, teams = tuple(role.code for role in caller.roles), tuple(sorted(caller.teams))
        upload = Upload(
            ref,
            once.key[:26] if once else self.casework.fresh(),
            declaration["type"],
            declaration["shows"],
            Sender(caller.who, roles, teams, caller.ref, caller.party, caller.channel),
            self.casework.now(),
            once.digest if once else "",
            safe_file_name(declaration.get("name", "")),
        )
        try:
            self.rows.declare(upload)
        except WriteConflict:
            return _same(self.rows.find(ref, upload.id), upload.digest)
        return upload

    def may_add(self, case: Case, caller: Caller) -> None:
        """Check that this caller can add evidence to the case now. If not, raise the Refusal that gives the
        reason."""
        caller = acting(case, caller)
        role = next(iter(caller.roles & TAKES.takers or caller.roles))
        permit(TAKES, case, self.casework.act(caller, role, self.casework.now(), case))
        if caller.party:
            room_for(case, caller.who)

    def takes(self, case: Case, caller: Caller) -> bool:
        """Return whether the caller can add files to the case now."""
        try:
            self.may_add(case, caller)
        except Refusal:
            return False
        return True

    def answers(self, case: Case, caller: Caller) -> bool:
        """Return whether a file that this caller adds now would answer our request for information."""
        return self.casework.answers(case, acting(case, caller))

    def form(self, upload: Upload, caller: Caller, back: str = "", most: int = CEILING) -> PresignedForm:
        """Return the upload form of a declared file of at most `most` bytes. After the upload the browser
        goes to the URL `back`.
        Raises NotFound if the file has arrived, or if the caller is not its sender. Raises Refusal if the
        case takes no evidence any more."""
        self._awaited(upload, caller)
        return self.vault.form(upload, back, most)

    def parts(self, upload: Upload, caller: Caller, size: int) -> Parts:
        """Return links for the next missing parts of a declared file of `size` bytes. If there are none, the
        file is complete and will be checked. Raises NotFound and Refusal like `form`, and Refusal for a wrong
        size."""
        self._awaited(upload, caller)
        refuse_size(size)
        return self.vault.parts(upload, size)

    def send(self, upload: Upload, content: bytes) -> None:
        """Store the content of a declared file that came by mail. It is then checked like any upload. A file
        that has arrived before is left as it is."""
        if upload.state == FileState.EXPECTED:
            self.vault.put(upload, content)

    def _awaited(self, upload: Upload, caller: Caller) -> None:
        """Raise NotFound if the file has arrived, or if the caller is not its sender. Raise Refusal if the
        case takes no evidence any more."""
        if upload.state != FileState.EXPECTED or upload.by.who != caller.who:
            raise NotFound(upload.id)
        self.may_add(self.casework.file.load(upload.ref), caller)

    def ended(self, upload: Upload) -> bool:
        """Return whether a declared file was refused, or its check was never finished. Its sender can then
        only declare it again."""
        return upload.state in (FileState.REFUSED, FileState.INFECTED) or (
            upload.state == FileState.SCANNING and upload.until <= self.casework.now()
        )

    def forget(self, upload: Upload, caller: Caller) -> None:
        """Withdraw the declaration of a file that has not arrived. If the file is uploaded afterwards, it is
        removed like any undeclared file. Raises NotFound if the file has arrived, or if the caller is not its
        sender."""
        if upload.state != FileState.EXPECTED or upload.by.who != caller.who:
            raise NotFound(upload.id)
        with suppress(WriteConflict):  # the file has just arrived, or a double click withdrew it
            self.rows.forget(upload)

    def seen(self, dossier: Dossier, caller: Caller) -> list[Upload]:
        """Return the files of a case that a caller may see, the newest first. Staff who may read the files
        see all of them. A party sees the files of one person: those sent by the person, and those sent by
        others in that person's name. The person is the party, or whom the party represents.

        A caller who may not read the files sees only files that the caller sent. A party who signed in with
        number and passphrase sees only those of them that have not arrived.
        """
        case, now = dossier.case, self.casework.now()
        if not may_read(case, Thing.FILES, caller, now):
            sent = self._alive(dossier) if may_read(case, Thing.SENT, caller, now) else []
            own = (upload for upload in sent if upload.by.who == caller.who)
            return [upload for upload in own if upload.state == FileState.EXPECTED or not caller.by_phrase]
        if not caller.party:
            return [*self._alive(dossier), *self._brought(case)]
        whose = _whose(case, caller.party)
        found = [upload for upload in self._alive(dossier) if _whose(case, upload.by.party) == whose]
        return [*found, *(self._brought(case) if whose == case.consumers[0].id else ())]

    def _brought(self, case: Case) -> list[Upload]:
        """Return the files that the person on a split-off case had sent to the joint case. They stay stored
        on the joint case. Return [] if the case was not split off."""
        if case.together.origin is None:
            return []
        joint = self.casework.file.whole(case.together.origin[0])
        return [
            upload
            for upload in self._alive(joint)
            if _whose(joint.case, upload.by.party) == case.together.origin[1]
        ]

    def find(self, dossier: Dossier, caller: Caller, id: str) -> Upload:
        """Return the file with this id, if the caller may see it. Raises NotFound."""
        upload = next((upload for upload in self.seen(dossier, caller) if upload.id == id), None)
        if upload is None:
            raise NotFound(id)
        return upload

    def link(self, upload: Upload, case: Case, small: bool = False, shown: bool = False) -> str:
        """Return a link that downloads a kept file, or its thumbnail if `small`. With `shown`, the browser
        shows or plays the file instead of saving it. The link is valid for a few minutes. Raises NotFound if
        the file is not kept, or if it has no thumbnail."""
        if upload.state != FileState.KEPT or (small and not upload.small):
            raise NotFound(upload.id)
        return self.vault.link(upload, download_name(upload, case), small, shown)

    def arrived(self, arrival: Arrived, left_ms: Callable[[], int]) -> None:
        """Check an arrived upload, or apply a scanner's verdict on it. Events may repeat and come in any
        order, but each file is kept or refused only once. `left_ms` returns the worker's remaining
        milliseconds.

        Only the first upload through a form counts, even if the event of a later upload comes first. Later
        uploads are removed.
        """
        upload = self.rows.find(arrival.ref, arrival.id)
        if upload is None or upload.state not in OPEN:
            self._leave(upload, arrival)
            return
        if not self.vault.first(arrival):
            self.vault.remove(arrival)
            return
        came = self.vault.read(arrival)
        # Another worker has handled this version of the upload and removed it.
        if came is None:
            return
        pinned = replace(
            upload,
            state=FileState.SCANNING,
            size=came.size,
            sha256=came.sha256,
            found=content.type_of(came.content) or "",
        )
        try:
            self.rows.save(pinned)
        except WriteConflict:
            self.vault.remove(arrival)
            return
        self._decide(pinned, arrival, came, left_ms)

    def _decide(self, upload: Upload, told: Arrived, came: Incoming, left_ms: Callable[[], int]) -> None:
        why = wrong_size(upload.size or 0) or _type(upload)
        verdict = None if why else told.verdict or self.scanner(came.content)
        if verdict == ScanVerdict.INFECTED:  # the upload stays in quarantine, where it expires
            self._end(replace(upload, state=FileState.INFECTED, verdict=verdict, why="file_infected"))
            return
        if verdict == ScanVerdict.UNSCANNABLE:
            why = "file_unscannable"
        if not why and verdict:
            upload = replace(upload, verdict=verdict)
            why = self._keep(upload, told, came, left_ms)
        if why:
            self._end(replace(upload, state=FileState.REFUSED, why=why))
        if why or verdict:
            self.vault.remove(told)

    def _keep(self, upload: Upload, told: Arrived, came: Incoming, left_ms: Callable[[], int]) -> str:
        """Make the checked file `came` evidence in the sender's name, then store it. Return the code of
        the reason if the case does not take the file. Return an empty text if it does.

        Evidence is recorded before the content is stored: nothing is stored for a case that closes meanwhile,
        because nobody could delete it. After a crash in between, the event is repeated and the content is
        stored then, because the upload is still there.
        """
        assert upload.size
        caller, filed = upload.by.caller, CheckedFile(upload.id, upload.sha256, upload.size, upload.found)
        small = pictures.small(came.content, upload.found, self.room(left_ms())) if came.whole else None
        case = self.casework.file.load(upload.ref)
        if not came.whole and self._full(upload):
            return "file_case_full"
        try:
            # If the file is evidence already, an earlier run crashed before it stored the content.
            if all(piece.file != upload.id for piece in case.evidence):
                self.may_add(self.casework.visible(self._taken_up_again(upload, case), caller), caller)
                self.casework.move(TAKES.name, upload.ref, caller, {"shows": upload.shows, "file": filed})
        except NotFound:
            return "file_not_yours"
        except Refusal as refusal:
            if refusal.code != "evidence_known":  # another worker has just made it evidence
                return "file_case_closed" if refusal.code == "move_not_allowed_in_stage" else "file_not_yours"
        self.vault.keep(upload, told, came, small)
        self._end(replace(upload, state=FileState.KEPT, small=small is not None))
        return ""

    def _full(self, upload: Upload) -> bool:
        """Return whether a large file does not fit in its case. Smaller files always fit, because a person
        can add only so many."""
        kept = (
            one for one in self._alive(self.casework.file.whole(upload.ref)) if one.state == FileState.KEPT
        )
        return sum(one.size or 0 for one in kept if one.id != upload.id) + (upload.size or 0) > MOST_OF_CASE

    def _taken_up_again(self, upload: Upload, case: Case) -> Case:
        """Return the case in a stage that takes the file. A case that was closed for missing information
        while this file was still being checked is reopened. The reason for reopening is our own error, so the
        consumer keeps the right to have the case reopened."""
        before = upload.at < case.stages[-1].since
        if case.outcome == Outcome.NOT_PURSUED and upload.by.caller.party and before:
            said = {"cause": ReopenReason.OUR_ERROR, "facts": upload.shows}
            return self.casework.move(reopen.__name__, upload.ref, CLOCK, said)
        return case

    def _end(self, upload: Upload) -> None:
        with suppress(WriteConflict):  # another worker has just saved this state
            self.rows.save(upload)

    def _leave(self, upload: Upload | None, told: Arrived) -> None:
        """Remove an upload whose file was never declared, or was kept or refused before. `upload` is the
        declared file, or None. The upload of an infected file stays in quarantine, where it expires."""
        if upload is None or upload.state != FileState.INFECTED:
            self.vault.remove(told)

    def _alive(self, dossier: Dossier) -> list[Upload]:
        """Return the files of a case, the newest first. A file that never arrived is left out. A file whose
        check was not finished in time is returned as refused, so that the sender sends it again. If such a
        file is evidence already, it is returned unchanged."""
        found, recorded = [], {piece.file for piece in dossier.case.evidence}
        for upload in map(kept_as().validate_python, dossier.files.values()):
            if upload.state in OPEN and upload.until <= self.casework.now() and upload.id not in recorded:
                if upload.state == FileState.EXPECTED:
                    continue
                upload = replace(upload, state=FileState.REFUSED, why="file_check_unfinished")
            found.append(upload)
        return sorted(found, key=lambda upload: (upload.at, upload.id), reverse=True)


def _same(made: Upload | None, digest: str) -> Upload:
    """Return the file that was declared first with an idempotency key. Raises Refusal `wrong_key_reuse` if
    `digest`, the digest of the new declaration, differs from that of the first."""
    if made is None or made.digest != digest:
        raise Refusal("wrong_key_reuse")
    return made


def to_row(upload: Upload) -> dict[str, Any]:
    """Return a file as it is stored in its row, without empty fields."""
    return {name: value for name, value in asdict(upload).items() if value not in ("", None)}


def download_name(upload: Upload, case: Case) -> str:
    """Return the name under which a file is downloaded: its own name, or else case number and evidence
    number. The name gets the extension of the file's media type."""
    piece = next((piece.id for piece in case.evidence if piece.file == upload.id), upload.id)
    name, ending = upload.name or f"{case.ref}-{piece}", content.TYPES[upload.found]
    return name if name.lower().endswith(f".{ending}") else f"{name}.{ending}"


def safe_file_name(name: str) -> str:
    """Return a file's name without the characters that could mislead a reader or a file system."""
    return UNNAMED.sub("", name).strip(". ")


def _whose(case: Case, id: str) -> str:
    """Return the id of the person whom the party `id` represents. If the party represents nobody, return
    `id`."""
    return next((party.represents for party in case.parties if party.id == id and party.represents), id)


def wrong_size(size: int) -> str:
    """Return the code of the sentence that says why a file of this size is refused; empty if the size is
    accepted."""
    return "file_empty" if size <= 0 else "file_too_large" if size > LARGEST else ""


def refuse_size(size: int) -> None:
    """Raise Refusal if a file of this size is not accepted."""
    if wrong := wrong_size(size):
        raise Refusal(wrong, field="size", most=LARGEST // MEGABYTE)


def room_left(taken: int, size: int, code: str = "case_files_full") -> None:
    """Raise Refusal with this code if a case has no room for a file. `taken`: the bytes of its other files.
    `size`: those of the file. A complaint that is not sent yet has nobody whom its sender could ask, so it
    has a code of its own."""
    refuse_if(taken + size > MOST_OF_CASE, code, field="size", most=MOST_OF_CASE // GIGABYTE)


def part_sizes(size: int) -> dict[int, int]:
    """Return the size in bytes of each part of a file of `size` bytes, by the number of the part."""
    return {n + 1: min(PART, size - n * PART) for n in range(-(-size // PART))}


def _type(upload: Upload) -> str:
    if not upload.found:
        return "file_type_unknown"
    return "" if content.fits(upload.type, upload.found) else "file_of_another_type"
