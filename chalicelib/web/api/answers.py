"""The types of the interface's answers. The OpenAPI schemas are made from these types, so that the document
agrees with the answers. An answer has no field that its type does not name."""

from typing import Annotated, Literal, NotRequired

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.access.authorization import ReaderRole, Thing
from chalicelib.documents.seal_marks import CheckResult as Validity
from chalicelib.domain.model.codes import Channel, ConsentText, Fault, Language, Route, Severity, Stage
from chalicelib.domain.register import Mediator
from chalicelib.evidence.uploads import FileState, ScanVerdict
from chalicelib.web.api.cases import PartnerReads
from chalicelib.web.api.values import AnyMove, DeadlineName, Moment, MoveName
from chalicelib.web.partners import PartnerKey
from chalicelib.web.webhooks import EndpointAnswer, LoggedDelivery, SigningSecret

Judgement = Annotated[str, WithJsonSchema({"type": "string", "enum": [*Validity]})]
ThingRead = Annotated[str, WithJsonSchema({"type": "string", "enum": [thing.code for thing in Thing]})]


class Next(TypedDict):
    """A deadline that runs on a case. `what`: its name. `by`: when it ends."""

    what: DeadlineName
    by: Moment


class MissingPart(TypedDict):
    """A part of a complaint that is still needed: its JSON `pointer` and its `label`."""

    pointer: str
    label: str


class Warned(TypedDict):
    """The start of the answer to a report of danger. `advice`: what to do now. `asked`: the parts of the
    complaint that are still needed."""

    advice: list[str]
    asked: list[MissingPart]


class Reported(TypedDict):
    """The additional fields of the answer to a report of a violation. `report`: what we do with it. `routes`:
    the authorities that examine it."""

    report: str
    routes: list[Route]


class FiledComplaint(TypedDict):
    """A filed complaint. `next`: the deadlines that run. A consumer who filed for themselves gets `link` and
    `token`, their access link and its token. A partner gets `hand_over`, a link to give to the consumer.
    `passphrase` is given if the consumer gets no mail. After a report of danger, `advice` says what to do
    now, and `asked` names the parts still needed. After a report of a violation, `report` says what we do
    with it, and `routes` names the authorities that examine it. `external_id`: the sender's own number, if
    they gave one. `reads`: what the partner reads of the complaint."""

    advice: NotRequired[list[str]]
    asked: NotRequired[list[MissingPart]]
    number: str
    external_id: NotRequired[str]
    reads: NotRequired[PartnerReads]
    stage: Stage
    next: list[Next]
    link: NotRequired[str]
    token: NotRequired[str]
    passphrase: NotRequired[str]
    hand_over: NotRequired[str]
    report: NotRequired[str]
    routes: NotRequired[list[Route]]


class FiledItem(TypedDict):
    """A complaint on the list of the partner that filed it. `external_id`: the partner's own number.
    `filed_at`: when it was recorded."""

    number: str
    external_id: str | None
    state: Literal["open", "closed"]
    stage: Stage
    filed_at: Moment


class FiledCases(TypedDict):
    """A page of the complaints that a partner filed. `next` is the `cursor` of the page after it."""

    items: list[FiledItem]
    next: str | None


class CaseChange(TypedDict):
    """A change of a complaint that the partner filed. `number`: the number of the case. `external_id`: the
    partner's own number for it; None if it gave none. `move`: what was done. `entry`: the number of the
    timeline entry. `at`: when it was done. `stage`: the stage of the case after it."""

    number: str
    external_id: str | None
    move: AnyMove
    entry: int
    at: Moment
    stage: Stage


class ChangeFeed(TypedDict):
    """A page of the feed of changes. `next` is the `after` of the next request; it is always given, because
    the feed goes on."""

    items: list[CaseChange]
    next: str


class ConsentItem(TypedDict):
    """A text by which a person lets the partner read their complaint, in one language. `version`: its name,
    which a partner sends with the consent. `language`: the language of the words. `present`: whether it is
    the text to be shown now. `title`: the heading. `says`: what the partner asks, and that the person need
    not agree. `reads`: what the partner then reads. `never`: what it never reads. `reads_title`,
    `never_title`: the headings of these two lists. `ends`: how the consent is recorded, and how it ends."""

    version: ConsentText
    language: Language
    present: bool
    title: str
    says: str
    reads_title: str
    reads: list[str]
    never_title: str
    never: list[str]
    ends: str


class Consents(TypedDict):
    """All texts by which a person lets a partner read their complaint."""

    items: list[ConsentItem]
    next: None


class LinkSent(TypedDict):
    """The answer to a request for an access link. The link was sent if there is such a complaint. `sent`:
    always `if_known`."""

    sent: Literal["if_known"]


class CodeSent(TypedDict):
    """The answer after a one-time code was sent. `until`: the moment at which the code expires. `sent`:
    always true."""

    sent: Literal[True]
    until: Moment


class WorkItem(TypedDict):
    """A case on a work list. `owner` is missing until a member of staff takes the case. `severity` is missing
    until somebody sets it. `next`: the move that is expected of the caller. `next_due`: when the next
    deadline ends; None without one. `channel`: how the complaint came. `received_at`: when the consumer spoke
    or the letter arrived. `team`: the id of the team. `type`: the type of the problem. `unsafe`: whether
    somebody was hurt, or could be. `mentioned_by`: the id of the colleague who mentions the caller in a note
    that the caller has not opened."""

    ref: str
    stage: Stage
    next_due: Moment | None
    channel: Channel
    mentioned_by: NotRequired[str]
    owner: NotRequired[str]
    received_at: Moment
    severity: NotRequired[Severity]
    team: str
    type: NotRequired[str]
    unsafe: bool
    next: NotRequired[MoveName]


class ClosedItem(TypedDict):
    """A case on the work list of a person who may not open the case. `next`: the move that is expected of
    this person. One of three fields says what the case waits for. `asked`: an answer of the person's
    department. `panel`: the person's vote. `mediator`: the person's answer to the invitation to mediate.
    `next_due`: when the next deadline ends; None without one."""

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


class GivenKey(PartnerKey):
    """A new key of a partner. `key`: the secret, which is shown only this once."""

    key: str


class Keys(TypedDict):
    """The valid keys of all partners."""

    items: list[PartnerKey]
    next: None


class Revoked(TypedDict):
    """The answer after a key was revoked. `revoked`: always true."""

    revoked: Literal[True]


class Endpoints(TypedDict):
    """The endpoints of webhooks that the caller manages."""

    items: list[EndpointAnswer]
    next: None


class NewEndpoint(EndpointAnswer):
    """A new endpoint. `secret`: what verifies its webhooks, which is shown only this once."""

    secret: str


class NewSecret(TypedDict):
    """A new secret of an endpoint. `secret`: the secret, which is shown only this once. `secrets`: the
    secrets that sign webhooks now."""

    secret: str
    secrets: list[SigningSecret]


class TestSent(TypedDict):
    """The answer after a test event was asked for. `webhook_id`: the id that it will have."""

    webhook_id: str


class Deliveries(TypedDict):
    """A page of the log of an endpoint. `next` is the `cursor` of the page after it."""

    items: list[LoggedDelivery]
    next: str | None


class Deleted(TypedDict):
    """The answer after an endpoint was deleted. `deleted`: always true."""

    deleted: Literal[True]


class UploadForm(TypedDict):
    """A form for uploading a file. Post `fields` first and then the file, as multipart/form-data, to `url`.
    The file may have at most `largest` bytes."""

    url: str
    fields: dict[str, str]
    until: NotRequired[Moment]
    largest: int


class ListedFile(TypedDict):
    """A file of a case. `shows`: what the file shows. `why`: if the file was refused, the code of the reason.
    For a photograph that was kept, `why` is `file_undrawn` if no thumbnail could be made. `type`: the media
    type. `verdict`: the result of the check for malware; None before it."""

    id: str
    state: FileState
    shows: str
    name: str | None
    type: str
    at: Moment
    size: int | None
    sha256: str | None
    verdict: ScanVerdict | None
    why: str | None


class KeptFile(ListedFile):
    """A file that was checked and kept. `download` and `small` (the thumbnail) are links, valid for five
    minutes."""

    download: str
    small: str | None


class ExpectedFile(ListedFile):
    """A file that the caller has announced and not uploaded yet, with the form for the upload. `upload`: the
    form for the upload."""

    upload: UploadForm


File = ListedFile | KeptFile | ExpectedFile


class Files(TypedDict):
    """The files of a case that the caller may see, the newest first."""

    items: list[ListedFile]
    next: None


class TimeAway(TypedDict):
    """An absence from `since` until `until`; the end is not included."""

    since: Moment
    until: Moment


class Absences(TypedDict):
    """A person (`who`) and their absences. `absent`: the absences."""

    who: str
    absent: list[TimeAway]


class HandedOver(TypedDict):
    """The result of handing over cases. `moved`: how many cases were handed over. `failed`: the numbers of
    the cases that could not be handed over. `left`: how many cases were not tried yet."""

    moved: int
    failed: list[str]
    left: int


class HandedByRules(TypedDict):
    """The result of handing over cases by the rules. `moved`: the numbers of the cases that were handed over.
    `failed`: the numbers of those that could not be. `after`: where the next request continues; null at the
    end."""

    moved: list[str]
    failed: list[str]
    after: str | None


class MediatorList(TypedDict):
    """All mediators in the register. `mediators`: the mediators."""

    mediators: list[Mediator]


class VerifiedDocument(TypedDict):
    """The result of checking a document. If it is an authentic agreement: its number, when it entered into
    force, when it was sealed, and how many people signed it. Otherwise these fields are None. `verdict`:
    whether the document is authentic. `agreement`: the number of the agreement. `in_force`: when it came into
    force. `sealed`: when it was sealed. `signatures`: how many people signed it."""

    verdict: Judgement
    sha256: str
    agreement: str | None
    in_force: Moment | None
    sealed: Moment | None
    signatures: int | None


class VerifiedLetter(TypedDict):
    """The result of checking a letter. If it is authentic: the number of the complaint that it is about, the
    kind of letter, and when it was sent. `verdict`: whether the letter is authentic. `letter`: the kind of
    letter. `sent`: when it was sent; None if it is not authentic."""

    verdict: Judgement
    sha256: str
    number: str | None
    letter: str
    sent: Moment | None


class VerifyUpload(TypedDict):
    """The form for uploading a document to check. `id`: by it, the result is fetched after the upload.
    `upload`: the form."""

    id: str
    upload: UploadForm


class PublishedStory(TypedDict):
    """A story that a consumer agreed to have published. `month`: the month of publication. `type`: the type
    of the complaint, or None for old stories."""

    month: str
    type: str | None
    text: str


class Stories(TypedDict):
    """A page of stories, the newest first. `next` is the `cursor` of the page after it."""

    items: list[PublishedStory]
    next: str | None


class FiguresColumn(TypedDict):
    """A column of a published table. `says`: its meaning. `cfpb`: the field with the same meaning in the
    CFPB's complaint database, if any."""

    name: str
    says: str
    cfpb: str | None


class FiguresListed(TypedDict):
    """A published table: its name, its meaning (`says`) and its columns. `table`: the name of the table.
    `columns`: its columns."""

    table: str
    says: str
    columns: list[FiguresColumn]


class Figures(TypedDict):
    """The published months (YYYY-MM, China time) and tables. `months`: the months. `tables`: the tables."""

    months: list[str]
    tables: list[FiguresListed]


class FiguresRow(TypedDict):
    """A row of a published table. The row has only the fields that are columns of its table. `month`: the
    month, as YYYY-MM. `edition`: the edition of the month: provisional, final, or single if an earlier
    release published the month once. `code`: the code of what is counted. `number`: how many; None if it
    is hidden. `hidden`: whether the number is hidden, because it is below ten; so may be zero.
    `rounded_to`: the number to whose multiples `number` or `percent` is rounded; 1 for an exact or whole
    number. `step`: the step whose duration is counted. `median_hours`: the hours after which half of the
    complaints of the month had the step; None if that cannot be told yet. `p90_hours`: the same for nine
    of ten. `share`: the name of the share. `percent`: the share in per cent; None while it cannot be told.
    `question`: the question of the survey. `mean`: the mean of the answers; None if nearly all gave the same
    score. `low`, `high`: its 95 % confidence interval; None in months that an earlier release published."""

    month: NotRequired[str]
    edition: NotRequired[str]
    code: NotRequired[str]
    number: NotRequired[int | None]
    hidden: NotRequired[bool]
    step: NotRequired[str]
    median_hours: NotRequired[float | None]
    p90_hours: NotRequired[float | None]
    share: NotRequired[str]
    percent: NotRequired[int | None]
    rounded_to: NotRequired[int]
    question: NotRequired[str]
    mean: NotRequired[float | None]
    low: NotRequired[float | None]
    high: NotRequired[float | None]


class FiguresTable(TypedDict):
    """The rows of a published table. `table`: the name of the table."""

    table: str
    items: list[FiguresRow]
    next: None


class TeamFigures(TypedDict):
    """The figures of teams and people in a period. `until`: the last day that is counted. `items`: a row for
    each team (its `person` is empty) and for each person who owned complaints of the team. A time without a
    complaint is null. `period`: the period that was asked for."""

    period: str
    until: str
    items: list[dict[str, str | int | float | None]]
    next: None


Read = TypedDict(
    "Read",
    {
        "number": str,
        "at": Moment,
        "who": str,
        "as": ReaderRole,
        "thing": ThingRead,
        "revealed": NotRequired[str],
    },
)
Read.__doc__ = (
    "One reading of a part of a case. `who`: the id of the reader. `as`: the role in which they read. "
    "`thing`: the part of the case. `revealed`: where the reader had masked details shown on a page: the id "
    "of a person, the number of an entry, the name of a part, or the id of a letter."
)


class Reads(TypedDict):
    """A page of the record of reads, the newest first. `next` is the `cursor` of the page after it."""

    items: list[Read]
    next: str | None


class FaultFound(TypedDict):
    """A place where a case's record was changed from outside. `entry`: the number of the timeline entry.
    `fault`: what is wrong there."""

    entry: int
    fault: Fault


class Checked(TypedDict):
    """The result of checking a case's record. `whole`: whether nobody changed the record from outside.
    `faults`: every place that was changed."""

    number: str | None
    whole: bool
    faults: list[FaultFound]
