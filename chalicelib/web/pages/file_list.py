"""How the files of a case are shown on pages: what each shows, its state in plain words, and what can be done
with it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import NamedTuple

from chalicelib.access.authorization import Caller, Thing, may_read
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import Sealed
from chalicelib.evidence.enclosures import Enclosure
from chalicelib.evidence.uploads import LARGEST, MEGABYTE, State, Upload, Uploads
from chalicelib.locale import formats
from chalicelib.web.pages import SCRIPT, root, say
from chalicelib.wiring import product

MOST = LARGEST // MEGABYTE
"""The size of the largest file as people read it, in megabytes."""
LONGEST_NAME = 100
"""How many characters of a file's name are kept."""
TONES = {State.KEPT: "green", State.INFECTED: "red", State.REFUSED: "red"}


class Item(NamedTuple):
    """A file as a page tells it; `picture`, `download` and `choose` are what can be done with it, `checking`
    says that this will soon change, `number` is its number as evidence."""

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


class Listed(NamedTuple):
    """The files of a case for one caller: the address that theirs stand under, and whether more can be added
    now."""

    home: str
    items: list[Item]
    adds: bool
    sees: bool


def listed(uploads: Uploads, dossier: Dossier, caller: Caller, language: str, sent: str = "") -> Listed:
    """The files that a caller may see; those just `sent`, with full stops between, have arrived, even before
    the worker has begun with them."""
    case = dossier.case
    more = adds(uploads, case, caller)
    numbers = {piece.file: piece.id for piece in case.evidence}
    items = [
        _item(upload, language, more and upload.by.who == caller.who, sent)._replace(
            number=numbers.get(upload.id, "")
        )
        for upload in uploads.seen(dossier, caller)
    ]
    return Listed(home(caller, case.ref), items, more, may_read(case, Thing.SENT, caller, uploads.now()))


def not_taken(uploads: Uploads, dossier: Dossier, caller: Caller, language: str) -> list[Item]:
    """The files of a party that could not be taken, the newest first, until one that could has come after
    them."""
    since = takewhile(lambda upload: upload.state != State.KEPT, uploads.seen(dossier, caller))
    return [_item(upload, language, False, "") for upload in since if upload.why]


class Enclosed(NamedTuple):
    """A file of a draft as a page tells it; `choose` while it has not arrived, `bad` where we cannot take
    it."""

    id: str
    shows: str
    what: str
    state: str
    choose: bool
    bad: bool


def enclosed(language: str, files: Iterable[Enclosure]) -> list[Enclosed]:
    """The files of a draft, in the order in which they were added."""
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
    """Whether somebody can add files to a case now."""
    try:
        uploads.may_add(case, caller)
    except Refusal:
        return False
    return True


def _item(upload: Upload, language: str, adds: bool, sent: str) -> Item:
    state = (
        State.SCANNING if upload.state == State.EXPECTED and upload.id in sent.split(".") else upload.state
    )
    verdict = say(language, f"files.verdict.{upload.verdict}") if state == State.KEPT else ""
    said = say(
        language, f"files.state.{state}", until=formats.moment(language, upload.until), verdict=verdict
    )
    found = called(language, upload.found) if upload.found else ""
    why = say(language, f"files.why.{upload.remark}", most=MOST, found=found) if upload.remark else ""
    what = called(language, upload.found or upload.type)
    if upload.size:
        what = say(language, "files.kept_says", type=what, size=size(upload.size))
    choose = adds and state == State.EXPECTED
    kept = state == State.KEPT
    return Item(
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
        state == State.SCANNING,
    )


def scripted() -> str:
    """What a page may do beside others on which files are added: run our script, which declares files with us
    and sends them to the store."""
    return f"{SCRIPT}connect-src 'self' {product.setting('STORE_ORIGIN')}; "


def called_as(name: str) -> str:
    """A file's name as far as it is kept: of a long one its end, which says what it is."""
    return name[-LONGEST_NAME:]


def home(caller: Caller, ref: str) -> str:
    """Where a caller's page of a case stands."""
    return "/case" if caller.party else f"/desk/cases/{ref}"


def called(language: str, type: str) -> str:
    """A media type, or a kind, as people call it."""
    return str(formats.texts(language)["page"]["files"]["type"][type])


def size(bytes: int) -> str:
    """A size as people read it."""
    return f"{bytes / MEGABYTE:.1f} MB" if bytes >= MEGABYTE else f"{max(1, round(bytes / 1024))} KB"


def document_link(sealed: Sealed | None, paper: str = "agreement") -> str | None:
    """Where whoever reads the case downloads the sealed document, or the `application` that goes with it;
    None while there is none."""
    if sealed is None or (paper == "application" and not sealed.application):
        return None
    return f"{root()}/case/agreement" + (f"?paper={paper}" if paper != "agreement" else "")


def referral_links(language: str, referrals: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What somebody can take to a court: where each paper is downloaded, and what it is called."""
    for name, clause in referrals.items():
        paper = f"consumer.parts.agreement.{name.partition('-')[2]}"
        called = say(language, paper, clause=formats.clause(language, clause))
        yield f"{root()}/case/agreement?paper={name}", called
