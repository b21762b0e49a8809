"""Evidence files: declared, uploaded straight to the store, checked by a worker, kept or refused. Only what
is kept can be downloaded.

A file stands in three places: its row on the case, which tells its state; what arrived, in quarantine; what
was kept, never overwritten."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import reduce
from hashlib import sha256
from operator import or_
from typing import Any, NamedTuple, Protocol

from pydantic import TypeAdapter

from chalicelib import content
from chalicelib.access import CLOCK, STAFF, Caller, NotFound, Thing, acting, may_read
from chalicelib.casework import Casework, Conflict, Dossier, Once
from chalicelib.domain.engine.process import MOVES, allowed, empowered
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Channel, Outcome, ReopenReason, Role
from chalicelib.domain.model.parts import Filed
from chalicelib.domain.moves.evidence import most_pieces, room_for

MEGABYTE = 1024 * 1024
LARGEST = 20 * MEGABYTE
"""The largest file that is kept, in bytes."""
CEILING = 50 * MEGABYTE
"""The largest that the store takes in at all: what lies between is told in plain words on the page, above it
the store itself says no."""
FORM_LASTS = timedelta(minutes=15)
"""How long one upload form can be used, and what is sent by it again changes nothing; opening it again makes
a new one."""
EXPECTED_FOR = timedelta(hours=24)
"""A declared file that has not arrived by then is forgotten; one that arrived and has no verdict by then must
be sent again."""
LINK_LASTS = timedelta(minutes=5)
"""How long a download link can be used."""
UNNAMED = re.compile(r"[/\\\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""What no name of a file keeps: paths, control characters, marks that turn the reading round."""
DECLARED = (*content.TYPES, *content.KINDS)
"""What a file may be declared as: a media type, or a kind of them."""
TAKES = MOVES["add_evidence"]


class State(StrEnum):
    """Where a file stands. `expected` and `scanning` are open; only what is `kept` can be downloaded."""

    EXPECTED, SCANNING, KEPT, INFECTED, REFUSED = (auto() for _ in range(5))


OPEN = frozenset({State.EXPECTED, State.SCANNING})


class Verdict(StrEnum):
    """What a scanner for malware says; `unscanned` when there is none."""

    CLEAN, UNSCANNED, INFECTED, UNSCANNABLE = (auto() for _ in range(4))


Scanner = Callable[[bytes], Verdict | None]
"""A verdict on content; None when it comes later, as an event."""
TEST_SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-" + b"FILE!$H+H*"
"""The harmless text that every scanner takes for malware, in two parts so that this file is not taken for
it."""
SCANNERS: Mapping[str, Scanner] = {
    "none": lambda _: Verdict.UNSCANNED,
    "signature": lambda said: Verdict.INFECTED if TEST_SIGNATURE in said else Verdict.CLEAN,
    "guardduty": lambda _: None,
}
"""By the name of the setting. `signature` knows the test text only: it is there to try things out."""


@dataclass(frozen=True)
class By:
    """Who declared a file, as the server found out then: in their name it becomes evidence."""

    who: str
    roles: tuple[str, ...]
    teams: tuple[str, ...] = ()
    ref: str = ""
    party: str = ""
    channel: Channel | None = None

    @property
    def caller(self) -> Caller:
        """The same as a caller."""
        roles = reduce(or_, (Role[code.upper()] for code in self.roles), Role(0))
        return Caller(self.who, roles, frozenset(self.teams), self.ref, self.party, self.channel)


@dataclass(frozen=True)
class Upload:
    """A file of a case, from its declaration on.

    `type` is what was declared, `found` what it is by content; `sha256` pins what was checked; `why` is the
    code of a sentence."""

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
    def until(self) -> datetime:
        """Until when it is waited for: first for the file itself, then for the verdict on it."""
        return self.at + EXPECTED_FOR


KEPT_AS = TypeAdapter(Upload)


class Form(NamedTuple):
    """What a browser posts to the store: where to, and the fields that stand before the file."""

    url: str
    fields: Mapping[str, str]


class Arrived(NamedTuple):
    """One version of an uploaded object, as the store tells of it, or as a scanner tells its verdict on
    it."""

    ref: str
    id: str
    version: str
    etag: str
    verdict: Verdict | None = None


class Incoming(NamedTuple):
    """What arrived: its size, and its bytes when there are not too many."""

    size: int
    content: bytes


class FileRows(Protocol):
    """The rows of files. `save` writes an open file's next state; Conflict when it is decided or other
    content was pinned before."""

    def declare(self, upload: Upload) -> None: ...
    def find(self, ref: str, id: str) -> Upload | None: ...
    def save(self, upload: Upload) -> None: ...


class Vault(Protocol):
    """The store. Nothing that it keeps is ever overwritten or deleted from here; what arrived is removed once
    it is decided."""

    def form(self, upload: Upload, back: str) -> Form: ...
    def first(self, arrived: Arrived) -> bool: ...
    def read(self, arrived: Arrived) -> Incoming | None: ...
    def keep(self, upload: Upload, content: bytes, small: bytes | None) -> None: ...
    def remove(self, arrived: Arrived) -> None: ...
    def link(self, upload: Upload, name: str, small: bool) -> str: ...


@dataclass(frozen=True)
class Uploads:
    """The use cases of files, over the cases, the rows of files, the store and a scanner."""

    casework: Casework
    rows: FileRows
    vault: Vault
    scanner: Scanner
    now: Callable[[], datetime]

    def declare(self, ref: str, caller: Caller, said: Mapping[str, Any], once: Once | None = None) -> Upload:
        """Say that a file will come: `type`, `shows`, perhaps `name` and `size`. The same key again gives the
        file it made then."""
        dossier = self.casework.file.whole(ref)
        self.may_add(self.casework.visible(dossier.case, caller), caller)
        if (size := said.get("size")) is not None and (wrong := _size(size)):
            raise Refusal(wrong, field="size", most=LARGEST // MEGABYTE)
        most, sent = (
            most_pieces(dossier.case),
            sum(1 for upload in self._alive(dossier) if upload.by.who == caller.who),
        )
        if sent >= most and not caller.roles & STAFF:  # those expected and refused included
            raise Refusal("too_many_files", most=most)
        roles, teams = tuple(role.code for role in caller.roles), tuple(sorted(caller.teams))
        by = By(caller.who, roles, teams, caller.ref, caller.party, caller.channel)
        upload = Upload(
            ref,
            once.key[:26] if once else self.casework.fresh(),
            said["type"],
            said["shows"],
            by,
            self.now(),
            once.digest if once else "",
            UNNAMED.sub("", said.get("name", "")).strip(". "),
        )
        try:
            self.rows.declare(upload)
        except Conflict:
            before = self.rows.find(ref, upload.id)
            if before is None or before.digest != upload.digest:
                raise Refusal("wrong_key_reuse") from None
            return before
        return upload

    def may_add(self, case: Case, caller: Caller) -> None:
        """Raise the Refusal that keeps somebody from adding evidence to a case now, if any."""
        caller = acting(case, caller)
        role = next(iter(caller.roles & (TAKES.by | TAKES.recorded_by) or caller.roles))
        allowed(TAKES, case, role)
        empowered(TAKES, case, self.casework.act(caller, role, self.now()))
        if caller.party:
            room_for(case, caller.who)

    def form(self, upload: Upload, caller: Caller, back: str = "") -> Form:
        """The upload form of a declared file, for who declared it, while the case takes evidence; raises
        NotFound once it has arrived."""
        if upload.state != State.EXPECTED or upload.by.who != caller.who:
            raise NotFound(upload.id)
        self.may_add(self.casework.file.load(upload.ref), caller)
        return self.vault.form(upload, back)

    def seen(self, dossier: Dossier, caller: Caller) -> list[Upload]:
        """The files that a caller may see, the newest first: a party those sent by them or for them, the
        staff who handle the case all; whoever may not read them those that they sent themselves, by
        passphrase only while they are being sent."""
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
        """What somebody had sent to the joint case that they left: it lies there, and belongs to them."""
        if case.origin is None:
            return []
        joint = self.casework.file.whole(case.origin[0])
        return [
            upload for upload in self._alive(joint) if _whose(joint.case, upload.by.party) == case.origin[1]
        ]

    def find(self, dossier: Dossier, caller: Caller, id: str) -> Upload:
        """One of them; raises NotFound."""
        upload = next((upload for upload in self.seen(dossier, caller) if upload.id == id), None)
        if upload is None:
            raise NotFound(id)
        return upload

    def link(self, upload: Upload, case: Case, small: bool = False) -> str:
        """A link that downloads a kept file, for a few minutes; raises NotFound for any other."""
        if upload.state != State.KEPT or (small and not upload.small):
            raise NotFound(upload.id)
        return self.vault.link(upload, called(upload, case), small)

    def arrived(self, told: Arrived) -> None:
        """Check an object that arrived, or take in a verdict on it. However often, in whatever order: a file
        is decided once.

        What was sent first by its form is checked, whichever is heard of first; whatever else comes under the
        same name is removed."""
        upload = self.rows.find(told.ref, told.id)
        if upload is None or upload.state not in OPEN:
            self._leave(upload, told)
            return
        if not self.vault.first(told):
            self.vault.remove(told)
            return
        came = self.vault.read(told)
        # this version is gone: whoever took it away has dealt with it
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
            self.vault.remove(told)
            return
        self._decide(pinned, told, came.content)

    def _decide(self, upload: Upload, told: Arrived, came: bytes) -> None:
        why = _size(upload.size or 0) or _type(upload)
        verdict = None if why else told.verdict or self.scanner(came)
        if verdict == Verdict.INFECTED:  # it stays in quarantine, and ends there
            self._end(replace(upload, state=State.INFECTED, verdict=verdict, why="file_infected"))
            return
        if verdict == Verdict.UNSCANNABLE:
            why = "file_unscannable"
        if not why and verdict:
            upload = replace(upload, verdict=verdict)
            why = self._keep(upload, came)
        if why:
            self._end(replace(upload, state=State.REFUSED, why=why))
        if why or verdict:
            self.vault.remove(told)

    def _keep(self, upload: Upload, came: bytes) -> str:
        """Keep the very bytes that were checked, and make them evidence in the name of who sent them; why
        not, if the case says no."""
        assert upload.size
        caller, filed = upload.by.caller, Filed(upload.id, upload.sha256, upload.size, upload.found)
        case, small = self.casework.file.load(upload.ref), content.small(came, upload.found)
        try:
            # else it had become evidence before a crash
            if all(piece.file != upload.id for piece in case.evidence):
                self.may_add(self.casework.visible(self._taken_up_again(upload, case), caller), caller)
                self.vault.keep(upload, came, small)
                self.casework.move(TAKES.name, upload.ref, caller, {"shows": upload.shows, "file": filed})
        except NotFound:
            return "file_not_yours"
        except Refusal as refusal:
            if refusal.code != "evidence_known":  # somebody else has just done the same
                return "file_case_closed" if refusal.code == "move_not_allowed_in_stage" else "file_not_yours"
        self._end(replace(upload, state=State.KEPT, small=small is not None))
        return ""

    def _taken_up_again(self, upload: Upload, case: Case) -> Case:
        """The case; one that closed for want of information while the file that answers was still being
        checked is taken up again as our error, which uses up nobody's right to have it reopened."""
        before = upload.at < case.spells[-1].since
        if case.outcome == Outcome.NOT_PURSUED and upload.by.caller.party and before:
            said = {"cause": ReopenReason.OUR_ERROR, "facts": upload.shows}
            return self.casework.move("reopen", upload.ref, CLOCK, said)
        return case

    def _end(self, upload: Upload) -> None:
        try:
            self.rows.save(upload)
        except Conflict:  # somebody else has just decided the same
            return

    def _leave(self, upload: Upload | None, told: Arrived) -> None:
        """What comes for a file that is decided or that nobody declared is removed; malware is left to end in
        quarantine."""
        if upload is None or upload.state != State.INFECTED:
            self.vault.remove(told)

    def _alive(self, dossier: Dossier) -> list[Upload]:
        """The files of a case, without those that never came. A file whose check never ended is to be sent
        again."""
        found = []
        for upload in map(KEPT_AS.validate_python, dossier.files):
            if upload.state in OPEN and upload.until <= self.now():
                if upload.state == State.EXPECTED:
                    continue
                upload = replace(upload, state=State.REFUSED, why="file_check_unfinished")
            found.append(upload)
        return sorted(found, key=lambda upload: (upload.at, upload.id), reverse=True)


def kept(upload: Upload) -> dict[str, Any]:
    """A file as its row keeps it."""
    return {name: value for name, value in asdict(upload).items() if value not in ("", None)}


def called(upload: Upload, case: Case) -> str:
    """What a file is called when it is downloaded: its own name, else its number as evidence; always with the
    ending of what it is."""
    piece = next((piece.id for piece in case.evidence if piece.file == upload.id), upload.id)
    name, ending = upload.name or f"{case.ref}-{piece}", content.TYPES[upload.found]
    return name if name.lower().endswith(f".{ending}") else f"{name}.{ending}"


def _whose(case: Case, id: str) -> str:
    """Who is meant when this party acts: they themselves, or whom they represent."""
    return next((party.represents for party in case.parties if party.id == id and party.represents), id)


def _size(size: int) -> str:
    return "file_empty" if size <= 0 else "file_too_large" if size > LARGEST else ""


def _type(upload: Upload) -> str:
    if not upload.found:
        return "file_type_unknown"
    return "" if content.fits(upload.type, upload.found) else "file_of_another_type"
