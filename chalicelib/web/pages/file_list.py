"""The files of a case on pages: caption, state in plain words, and possible actions."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import NamedTuple

from chalicelib.access.authorization import Caller, Thing, may_read
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import Sealed
from chalicelib.evidence.enclosures import Enclosure
from chalicelib.evidence.uploads import LARGEST, MEGABYTE, FileState, Upload, Uploads
from chalicelib.locale import formats
from chalicelib.web.pages import SCRIPT, root, say
from chalicelib.wiring import product

MOST = LARGEST // MEGABYTE
"""The size of the largest file, in megabytes."""
LONGEST_NAME = 100
"""The number of characters that are stored of a file name."""
TONES = {FileState.KEPT: "green", FileState.INFECTED: "red", FileState.REFUSED: "red"}


class FileEntry(NamedTuple):
    """A file as a page shows it. `picture`, `download` and `choose` are the possible actions. `checking`: the
    state will soon change. `number`: its number as evidence."""

    id: str
    shows: str
    name: str
    what: str
    state: str
    tone: str
    why: str
    picture: bool
    download: bool
    choose: bool
    checking: bool
    number: str = ""


class FileList(NamedTuple):
    """The files of a case for one caller. `home`: the address of the caller's page of the case. `adds`: they
    can add files now. `sees`: they may read the files that they sent."""

    home: str
    items: list[FileEntry]
    adds: bool
    sees: bool


def listed_files(
    uploads: Uploads, dossier: Dossier, caller: Caller, language: str, sent: str = ""
) -> FileList:
    """Return the files that a caller may see. `sent` has the ids of the files just sent, separated by full
    stops: they have arrived, even if the worker has not begun with them."""
    case = dossier.case
    more = adds(uploads, case, caller)
    numbers = {piece.file: piece.id for piece in case.evidence}
    items = [
        _item(upload, language, more and upload.by.who == caller.who, sent)._replace(
            number=numbers.get(upload.id, "")
        )
        for upload in uploads.seen(dossier, caller)
    ]
    return FileList(home(caller, case.ref), items, more, may_read(case, Thing.SENT, caller, uploads.now()))


def not_taken(uploads: Uploads, dossier: Dossier, caller: Caller, language: str) -> list[FileEntry]:
    """Return the refused files of a party, newest first, back to their last accepted file."""
    since = takewhile(lambda upload: upload.state != FileState.KEPT, uploads.seen(dossier, caller))
    return [_item(upload, language, False, "") for upload in since if upload.why]


class Enclosed(NamedTuple):
    """A file of a draft as a page shows it. `choose`: it has not arrived. `bad`: we cannot accept it."""

    id: str
    shows: str
    what: str
    state: str
    choose: bool
    bad: bool


def enclosed(language: str, files: Iterable[Enclosure]) -> list[Enclosed]:
    """Return the files of a draft, in the order in which they were added."""
    return [
        Enclosed(
            file.id,
            file.shows,
            " · ".join(filter(None, (file.name, size(file.size) if file.size else ""))),
            say(language, f"files.why.{file.why}", most=MOST)
            if file.why
            else say(language, f"files.enclosed.{'arrived' if file.goes else 'expected'}"),
            file.size is None,
            bool(file.why),
        )
        for file in files
    ]


def adds(uploads: Uploads, case: Case, caller: Caller) -> bool:
    """Return whether a caller can add files to a case now."""
    try:
        uploads.may_add(case, caller)
    except Refusal:
        return False
    return True


def _item(upload: Upload, language: str, adds: bool, sent: str) -> FileEntry:
    state = (
        FileState.SCANNING
        if upload.state == FileState.EXPECTED and upload.id in sent.split(".")
        else upload.state
    )
    verdict = say(language, f"files.verdict.{upload.verdict}") if state == FileState.KEPT else ""
    said = say(
        language, f"files.state.{state}", until=formats.moment(language, upload.until), verdict=verdict
    )
    found = type_label(language, upload.found) if upload.found else ""
    why = say(language, f"files.why.{upload.remark}", most=MOST, found=found) if upload.remark else ""
    what = type_label(language, upload.found or upload.type)
    if upload.size:
        what = say(language, "files.kept_says", type=what, size=size(upload.size))
    choose = adds and state == FileState.EXPECTED
    kept = state == FileState.KEPT
    return FileEntry(
        upload.id,
        upload.shows,
        upload.name,
        what,
        said,
        TONES.get(state, "grey"),
        why,
        kept and upload.small,
        kept,
        choose,
        state == FileState.SCANNING,
    )


def scripted() -> str:
    """Return the additions to the content security policy for adding files. Our script registers files with
    us and sends them to the store."""
    return f"{SCRIPT}connect-src 'self' {product.setting('STORE_ORIGIN')}; "


def called_as(name: str) -> str:
    """Return the stored part of a file name. Of a long name this is the end, which has the file type."""
    return name[-LONGEST_NAME:]


def home(caller: Caller, ref: str) -> str:
    """Return the address of a caller's page of a case."""
    return "/case" if caller.party else f"/desk/cases/{ref}"


def type_label(language: str, type: str) -> str:
    """Return the label of a media type or a kind."""
    return str(formats.texts(language)["page"]["files"]["type"][type])


def size(bytes: int) -> str:
    """Return a size in bytes as text."""
    return f"{bytes / MEGABYTE:.1f} MB" if bytes >= MEGABYTE else f"{max(1, round(bytes / 1024))} KB"


def document_link(sealed: Sealed | None, paper: str = "agreement") -> str | None:
    """Return the address of the sealed document, or of the court `application` with it; None if there is
    none."""
    if sealed is None or (paper == "application" and not sealed.application):
        return None
    return f"{root()}/case/agreement" + (f"?paper={paper}" if paper != "agreement" else "")


def referral_links(language: str, referrals: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the papers that a party can take to court as (address, label)."""
    for name, clause in referrals.items():
        paper = f"consumer.parts.agreement.{name.partition('-')[2]}"
        called = say(language, paper, clause=formats.clause(language, clause))
        yield f"{root()}/case/agreement?paper={name}", called
