"""What the interface answers with: a type for each answer. The document makes its schemas of them, so that
none can say anything else than what is sent; what a type does not name is in no answer."""

from typing import Annotated, Literal, NotRequired

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.access.authorization import Reader, Thing
from chalicelib.documents.seal_marks import State as Validity
from chalicelib.domain.model.codes import Channel, Fault, Severity, Stage
from chalicelib.domain.register import Mediator
from chalicelib.evidence.uploads import State, Verdict
from chalicelib.web.api.values import DeadlineName, Moment, MoveName
from chalicelib.web.partners import Key

Judgement = Annotated[str, WithJsonSchema({"type": "string", "enum": [*Validity]})]
ThingRead = Annotated[str, WithJsonSchema({"type": "string", "enum": [thing.code for thing in Thing]})]


class Next(TypedDict):
    """What happens next on a case, and by when."""

    what: DeadlineName
    by: Moment


class Lacking(TypedDict):
    """A part of a complaint that is still asked for, and what it is called."""

    pointer: str
    label: str


class Warned(TypedDict):
    """What somebody who reported a danger is told first of all: what to do now, and what is still asked."""

    advice: list[str]
    asked: list[Lacking]


class Filed(TypedDict):
    """A complaint as whoever filed it is told of it. `link` and `token` are for somebody who filed for
    themselves, `hand_over` for a partner; `advice` and `asked` come with a report of danger."""

    advice: NotRequired[list[str]]
    asked: NotRequired[list[Lacking]]
    number: str
    stage: Stage
    next: list[Next]
    link: NotRequired[str]
    token: NotRequired[str]
    passphrase: NotRequired[str]
    hand_over: NotRequired[str]


class LinkSent(TypedDict):
    """That a link was sent, if there is such a complaint."""

    sent: Literal["if_known"]


class CodeSent(TypedDict):
    """That a one-time code was sent, and until when it is good."""

    sent: Literal[True]
    until: Moment


class WorkItem(TypedDict):
    """A case on a work list; it has no owner before somebody took it, and no severity before it was set.
    `next` is the act that answers what is due, where the caller takes it."""

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
    """A case on the work list of somebody who may not look into it: it waits for their department (`asked`),
    for their vote (`panel`), or for their word whether they mediate (`mediator`)."""

    ref: str
    next_due: Moment | None
    asked: NotRequired[Literal[True]]
    panel: NotRequired[Literal[True]]
    mediator: NotRequired[Literal[True]]


class Work(TypedDict):
    """A page of a work list, and the `cursor` of the page after it."""

    items: list[WorkItem | ClosedItem]
    next: str | None


class GivenKey(Key):
    """A key that was given: its secret is shown this once."""

    key: str


class Keys(TypedDict):
    """Every key that is good now."""

    items: list[Key]
    next: None


class Revoked(TypedDict):
    """That a key opens nothing any more."""

    revoked: Literal[True]


class UploadForm(TypedDict):
    """A form for the store: `fields` stand before the file, which has at most `largest` bytes."""

    url: str
    fields: dict[str, str]
    until: NotRequired[Moment]
    largest: int


class ListedFile(TypedDict):
    """A file of a case: what it shows, and where it stands; `why` is the code of the reason for which it was
    refused. Of a kept photograph it is `file_undrawn` when no small picture could be made."""

    id: str
    state: State
    shows: str
    name: str | None
    type: str
    at: Moment
    size: int | None
    sha256: str | None
    verdict: Verdict | None
    why: str | None


class KeptFile(ListedFile):
    """A file that was checked and kept, with links that download it, for five minutes."""

    download: str
    small: str | None


class ExpectedFile(ListedFile):
    """A file that is expected from the caller, with the form to upload it with."""

    upload: UploadForm


File = ListedFile | KeptFile | ExpectedFile


class Files(TypedDict):
    """The files of a case that the caller may see, the newest first."""

    items: list[ListedFile]
    next: None


class TimeAway(TypedDict):
    """A time for which somebody is away, its end exclusive."""

    since: Moment
    until: Moment


class Absences(TypedDict):
    """When somebody is away."""

    who: str
    absent: list[TimeAway]


class HandedOver(TypedDict):
    """How many cases passed on, the numbers of those that did not, and how many were not tried yet."""

    moved: int
    failed: list[str]
    left: int


class MediatorList(TypedDict):
    """Everybody on the register of mediators."""

    mediators: list[Mediator]


class VerifiedDocument(TypedDict):
    """What a document is; of an authentic one which agreement, and by how many it was signed."""

    verdict: Judgement
    sha256: str
    agreement: str | None
    in_force: Moment | None
    sealed: Moment | None
    signatures: int | None


class VerifiedLetter(TypedDict):
    """A letter of ours: to which complaint it belongs, which one it is, and when it was sent."""

    verdict: Judgement
    sha256: str
    number: str | None
    letter: str
    sent: Moment | None


class VerifyUpload(TypedDict):
    """Under which id an uploaded document is asked for, and the form to upload it with."""

    id: str
    upload: UploadForm


class PublishedStory(TypedDict):
    """What a consumer agreed to have published, in which month it was, and the type of the complaint, which
    older ones do not have."""

    month: str
    type: str | None
    text: str


class Stories(TypedDict):
    """A page of stories, the newest first, and the `cursor` of the page after it."""

    items: list[PublishedStory]
    next: str | None


class FiguresColumn(TypedDict):
    """A column of a published table, and the field of the CFPB's database that says the same."""

    name: str
    says: str
    cfpb: str | None


class FiguresListed(TypedDict):
    """A published table."""

    table: str
    says: str
    columns: list[FiguresColumn]


class Figures(TypedDict):
    """What is published: the months (YYYY-MM, China) and the tables."""

    months: list[str]
    tables: list[FiguresListed]


class FiguresRow(TypedDict):
    """A row of a published table; of these columns it has those of its table."""

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
    """A published table."""

    table: str
    items: list[FiguresRow]
    next: None


Read = TypedDict("Read", {"number": str, "at": Moment, "who": str, "as": Reader, "thing": ThingRead})
Read.__doc__ = "That somebody read something of a case, and as whom."


class Reads(TypedDict):
    """A page of who read what, the newest first, and the `cursor` of the page after it."""

    items: list[Read]
    next: str | None


class FaultFound(TypedDict):
    """A place of a record that was changed from outside: the number of its entry."""

    entry: int
    fault: Fault


class Checked(TypedDict):
    """Whether the record of a case is whole, and every place at which it is not."""

    number: str | None
    whole: bool
    faults: list[FaultFound]
