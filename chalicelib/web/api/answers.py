"""Answers of the interface: a type for each answer. The OpenAPI document makes its schemas of these types, so
that it agrees with the answers sent. A field that a type does not name is in no answer."""

from typing import Annotated, Literal, NotRequired

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.access.authorization import ReaderRole, Thing
from chalicelib.documents.seal_marks import CheckResult as Validity
from chalicelib.domain.model.codes import Channel, Fault, Severity, Stage
from chalicelib.domain.register import Mediator
from chalicelib.evidence.uploads import FileState, Verdict
from chalicelib.web.api.values import DeadlineName, Moment, MoveName
from chalicelib.web.partners import Key

Judgement = Annotated[str, WithJsonSchema({"type": "string", "enum": [*Validity]})]
ThingRead = Annotated[str, WithJsonSchema({"type": "string", "enum": [thing.code for thing in Thing]})]


class Next(TypedDict):
    """A next step on a case: its deadline (`what`), and when it is due (`by`)."""

    what: DeadlineName
    by: Moment


class MissingPart(TypedDict):
    """A part of a complaint that is still asked for: its JSON `pointer` and its `label`."""

    pointer: str
    label: str


class Warned(TypedDict):
    """The first answer to a report of danger: `advice` on what to do now, and the parts still asked for
    (`asked`)."""

    advice: list[str]
    asked: list[MissingPart]


class FiledComplaint(TypedDict):
    """A filed complaint, as its sender sees it. `link` and `token` are for a consumer who filed for
    themselves, `hand_over` for a partner. `advice` and `asked` come with a report of danger."""

    advice: NotRequired[list[str]]
    asked: NotRequired[list[MissingPart]]
    number: str
    stage: Stage
    next: list[Next]
    link: NotRequired[str]
    token: NotRequired[str]
    passphrase: NotRequired[str]
    hand_over: NotRequired[str]


class LinkSent(TypedDict):
    """The notice that a link was sent, if there is such a complaint."""

    sent: Literal["if_known"]


class CodeSent(TypedDict):
    """The notice that a one-time code was sent. The code is valid until `until`."""

    sent: Literal[True]
    until: Moment


class WorkItem(TypedDict):
    """A case on a work list. `owner` is missing until a member of staff takes the case, `severity` until it
    is set. `next` is the act that is expected of the caller, as in the case."""

    ref: str
    stage: Stage
    next_due: Moment | None
    channel: Channel
    owner: NotRequired[str]
    received_at: Moment
    severity: NotRequired[Severity]
    team: str
    type: NotRequired[str]
    unsafe: bool
    next: NotRequired[MoveName]


class ClosedItem(TypedDict):
    """A case on the work list of a reader who may not look into it. It waits for their department (`asked`),
    for their vote (`panel`), or for their answer whether they mediate (`mediator`). `next` is the act that is
    expected of them."""

    ref: str
    next_due: Moment | None
    next: NotRequired[MoveName]
    asked: NotRequired[Literal[True]]
    panel: NotRequired[Literal[True]]
    mediator: NotRequired[Literal[True]]


class Work(TypedDict):
    """A page of a work list. `next` is the `cursor` of the page after it."""

    items: list[WorkItem | ClosedItem]
    next: str | None


class GivenKey(Key):
    """A new key. Its secret (`key`) is shown only this once."""

    key: str


class Keys(TypedDict):
    """Every valid key of all partners."""

    items: list[Key]
    next: None


class Revoked(TypedDict):
    """The notice that a key is revoked."""

    revoked: Literal[True]


class UploadForm(TypedDict):
    """A form for an upload to the store. Its `fields` stand before the file, which has at most `largest`
    bytes."""

    url: str
    fields: dict[str, str]
    until: NotRequired[Moment]
    largest: int


class ListedFile(TypedDict):
    """A file of a case: what it shows, and its state. `why` is the code of the reason for a refusal. For a
    kept photograph it is `file_undrawn` if no small picture could be made."""

    id: str
    state: FileState
    shows: str
    name: str | None
    type: str
    at: Moment
    size: int | None
    sha256: str | None
    verdict: Verdict | None
    why: str | None


class KeptFile(ListedFile):
    """A file that was checked and kept, with links that download it. The links are valid for five minutes."""

    download: str
    small: str | None


class ExpectedFile(ListedFile):
    """A file that the caller is to upload, with the form for it."""

    upload: UploadForm


File = ListedFile | KeptFile | ExpectedFile


class Files(TypedDict):
    """The files of a case that the caller may see, the newest first."""

    items: list[ListedFile]
    next: None


class TimeAway(TypedDict):
    """A time of absence. Its end is exclusive."""

    since: Moment
    until: Moment


class Absences(TypedDict):
    """The absences of one person."""

    who: str
    absent: list[TimeAway]


class HandedOver(TypedDict):
    """The result of a hand-over: how many cases moved, the numbers of those that failed, and how many were
    not tried yet."""

    moved: int
    failed: list[str]
    left: int


class MediatorList(TypedDict):
    """Every mediator in the register."""

    mediators: list[Mediator]


class VerifiedDocument(TypedDict):
    """The verdict on a document. For an authentic one it names the agreement and the number of its
    signatures."""

    verdict: Judgement
    sha256: str
    agreement: str | None
    in_force: Moment | None
    sealed: Moment | None
    signatures: int | None


class VerifiedLetter(TypedDict):
    """The verdict on a letter: its complaint, which letter it is, and when it was sent."""

    verdict: Judgement
    sha256: str
    number: str | None
    letter: str
    sent: Moment | None


class VerifyUpload(TypedDict):
    """The id under which an uploaded document is asked for, and the form to upload it with."""

    id: str
    upload: UploadForm


class PublishedStory(TypedDict):
    """A story that a consumer agreed to have published: its month, the type of the complaint, and its text.
    Older stories have no type."""

    month: str
    type: str | None
    text: str


class Stories(TypedDict):
    """A page of stories, the newest first. `next` is the `cursor` of the page after it."""

    items: list[PublishedStory]
    next: str | None


class FiguresColumn(TypedDict):
    """A column of a published table: its name, its meaning, and the field of the CFPB's database that says
    the same."""

    name: str
    says: str
    cfpb: str | None


class FiguresListed(TypedDict):
    """A published table: its name, its meaning and its columns."""

    table: str
    says: str
    columns: list[FiguresColumn]


class Figures(TypedDict):
    """The published months (YYYY-MM, China) and tables."""

    months: list[str]
    tables: list[FiguresListed]


class FiguresRow(TypedDict):
    """A row of a published table. It has only the columns of its table."""

    month: NotRequired[str]
    code: NotRequired[str]
    number: NotRequired[int | None]
    hidden: NotRequired[bool]
    step: NotRequired[str]
    median_hours: NotRequired[float]
    p90_hours: NotRequired[float]
    share: NotRequired[str]
    percent: NotRequired[int]
    rounded_to: NotRequired[int]
    question: NotRequired[str]
    mean: NotRequired[float]
    day: NotRequired[str]
    median_s: NotRequired[int]
    p99_s: NotRequired[int]
    most_s: NotRequired[int]


class FiguresTable(TypedDict):
    """The rows of a published table."""

    table: str
    items: list[FiguresRow]
    next: None


Read = TypedDict("Read", {"number": str, "at": Moment, "who": str, "as": ReaderRole, "thing": ThingRead})
Read.__doc__ = "That somebody read something of a case, and as whom."


class Reads(TypedDict):
    """A page of the record of reads, the newest first. `next` is the `cursor` of the page after it."""

    items: list[Read]
    next: str | None


class FaultFound(TypedDict):
    """A place of a record that was changed from outside, by the number of its entry."""

    entry: int
    fault: Fault


class Checked(TypedDict):
    """The result of a check: whether the record of a case is whole, and every place at which it is not."""

    number: str | None
    whole: bool
    faults: list[FaultFound]
