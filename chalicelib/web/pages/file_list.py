"""The files of a case as pages list them. For each file, the list has a caption, a state in plain words, and
what the caller can do with the file."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import NamedTuple

from chalicelib.access.authorization import Caller, Thing, may_read
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.conceal import concealed
from chalicelib.domain.model.case_records import Sealed
from chalicelib.evidence.confined import MEGABYTE
from chalicelib.evidence.enclosures import Enclosure
from chalicelib.evidence.uploads import GIGABYTE, LARGEST, MOST_OF_CASE, FileState, Upload, Uploads
from chalicelib.locale import formats
from chalicelib.web.pages import SCRIPT, root, say
from chalicelib.wiring import product

MOST, ALL = LARGEST // MEGABYTE, MOST_OF_CASE // GIGABYTE
"""The size of the largest file that we accept, in megabytes, and of all files of a case, in gigabytes."""
LONGEST_NAME = 100
"""The number of characters of a file name that we store."""
TONES = {FileState.KEPT: "green", FileState.INFECTED: "red", FileState.REFUSED: "red"}


class FileEntry(NamedTuple):
    """A file as a page lists it.

    `shows`: the caption. `what`: media type and size. `state`: the state as text. `tone`: the color of the
    state. `why`: the reason why we refused the file. `picture`: a small picture can be shown. `download`: the
    file can be downloaded. `choose`: the file has not arrived, and the caller can choose it again.
    `checking`: the scan is under way. `number`: the number of the file as evidence."""

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
    """The files of a case for one caller. `home`: the address of the caller's page of the case. `items`: the
    files. `adds`: the caller can add files now. `sees`: the caller may read the files that the parties
    sent."""

    home: str
    items: list[FileEntry]
    adds: bool
    sees: bool


def listed_files(
    uploads: Uploads, dossier: Dossier, caller: Caller, language: str, sent: str = ""
) -> FileList:
    """Return the files of a case that the caller may see. `sent`: the ids of the files that the browser has
    just sent, separated by full stops. The page shows these files as being scanned, because the scan may not
    have begun yet. Staff get captions and names with masks; the page of the case reveals the captions."""
    case = dossier.case
    more = uploads.takes(case, caller)
    numbers = {piece.file: piece.id for piece in case.evidence}

    def shown(text: str) -> str:
        return text if caller.party else concealed(text, language)

    found = [
        (upload, _item(upload, language, more and upload.by.who == caller.who, sent))
        for upload in uploads.seen(dossier, caller)
    ]
    items = [
        item._replace(number=numbers.get(upload.id, ""), shows=shown(item.shows), name=shown(item.name))
        for upload, item in found
    ]
    return FileList(
        home(caller, case.ref), items, more, may_read(case, Thing.SENT, caller, uploads.casework.now())
    )


def not_taken(uploads: Uploads, dossier: Dossier, caller: Caller, language: str) -> list[FileEntry]:
    """Return the files of this party that we refused to accept, newest first. Files older than the last
    accepted file are left out."""
    since = takewhile(lambda upload: upload.state != FileState.KEPT, uploads.seen(dossier, caller))
    return [_item(upload, language, False, "") for upload in since if upload.why]


class Enclosed(NamedTuple):
    """A file of a complaint that is not filed yet, as the form lists it. `shows`: the caption. `what`: name
    and size. `state`: the state as text, or why we cannot accept the file. `choose`: the file has not
    arrived, so the user can choose it again. `bad`: we cannot accept the file."""

    id: str
    shows: str
    what: str
    state: str
    choose: bool
    bad: bool


def enclosed(language: str, files: Iterable[Enclosure]) -> list[Enclosed]:
    """Return the files of a complaint that is not filed yet as the form lists them. They are in the order in
    which the user added them."""
    return [
        Enclosed(
            file.id,
            file.shows,
            " · ".join(filter(None, (file.name, size(file.size) if file.size else ""))),
            say(language, f"files.why.{file.why}", most=MOST, all=ALL)
            if file.why
            else say(language, f"files.enclosed.{'arrived' if file.goes else 'expected'}"),
            file.size is None,
            bool(file.why),
        )
        for file in files
    ]


def _item(upload: Upload, language: str, adds: bool, sent: str) -> FileEntry:
    state = (
        FileState.SCANNING
        if upload.state == FileState.EXPECTED and upload.id in sent.split(".")
        else upload.state
    )
    said = say(
        language,
        f"files.state.{state}",
        until=formats.moment(language, upload.until),
        verdict=say(language, f"files.verdict.{upload.verdict}") if state == FileState.KEPT else "",
    )
    found = type_label(language, upload.found) if upload.found else ""
    why = (
        say(language, f"files.why.{upload.remark}", most=MOST, all=ALL, found=found) if upload.remark else ""
    )
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
    """Return the additions to the content security policy for a page on which users add files. On such a page
    our script registers a file with us and sends the file to the store."""
    return f"{SCRIPT}connect-src 'self' {product.setting('STORE_ORIGIN')}; "


def called_as(name: str) -> str:
    """Return the part of a file name that we store. Of a long name it is the end, because the end tells the
    file type."""
    return name[-LONGEST_NAME:]


def home(caller: Caller, ref: str) -> str:
    """Return the address of the caller's page of the case `ref`. A party has a page of their own. Staff have
    a page at the desk."""
    return "/case" if caller.party else f"/desk/cases/{ref}"


def type_label(language: str, type: str) -> str:
    """Return the label of a media type, such as `image/jpeg`, or of a kind of file."""
    return str(formats.texts(language)["page"]["files"]["type"][type])


def size(bytes: int) -> str:
    """Return the size of a file as text. `bytes`: the number of bytes."""
    return f"{bytes / MEGABYTE:.1f} MB" if bytes >= MEGABYTE else f"{max(1, round(bytes / 1024))} KB"


def document_link(sealed: Sealed | None, paper: str = "agreement") -> str | None:
    """Return the address of a sealed document. It is the agreement; with `paper` "application", it is the
    application to the court. Return None if there is no such document."""
    if sealed is None or (paper == "application" and not sealed.application):
        return None
    return f"{root()}/case/agreement" + (f"?paper={paper}" if paper != "agreement" else "")


def referral_links(language: str, referrals: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (address, label) for each paper with which a party can go to court. `referrals`: the clause that
    each paper is about, by the name of the paper."""
    for name, clause in referrals.items():
        paper = f"consumer.parts.agreement.{name.partition('-')[2]}"
        called = say(language, paper, clause=formats.clause(language, clause))
        yield f"{root()}/case/agreement?paper={name}", called
