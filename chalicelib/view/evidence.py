"""The view of evidence: the pieces, the appraisals, and the requested information with the files sent
since."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from chalicelib.cases.dossier import KEPT
from chalicelib.domain.calendar import day_end, instant
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case_records import BUSINESS, Appraisal, Evidence
from chalicelib.domain.model.codes import Missing
from chalicelib.domain.moves.investigation import propose_appraisal
from chalicelib.domain.moves.parties import circle_of
from chalicelib.view.party import Partner
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

SAID = ("shows", "answer", "note", "result")
"""The word fields of a piece: what it shows, an answer, an interview note, or an appraisal's result."""
PROPOSED = ("laboratory", "question", "custody", "cost")
"""The fields of an appraisal that both sides get as a proposal."""


@frozen(kw_only=True)
class PieceView(Evidence):
    """A piece of evidence with its text (`says`): for the complaint itself its story, for erased words
    nothing."""

    says: str


@frozen(kw_only=True)
class AppraisalView(Appraisal):
    """An appraisal and its state. `proposed` holds the proposal to both sides by field, as far as the reader
    may know it. The result is expected by the end of a day (`ends`)."""

    state: Literal["proposed", "started", "ended", "refused"]
    proposed: Mapping[str, str]
    ends: datetime | None


class SentFile(NamedTuple):
    """A sent file: what it shows, and whether it is kept as evidence or still pending."""

    shows: str
    kept: bool


class InformationRequest(NamedTuple):
    """The requested items, and when they were requested."""

    items: tuple[Missing, ...]
    at: datetime


def pieces(reader: Staff) -> list[PieceView]:
    """Return all pieces of evidence."""
    return [PieceView(**values(one), says=_said(reader.words(one.entry))) for one in reader.case.evidence]


def _said(words: Mapping[str, Any]) -> str:
    account = words.get("account") or {}
    return str(next((words[name] for name in SAID if name in words), account.get("story", "")))


def appraisals(reader: Reader) -> list[AppraisalView]:
    """Return the appraisals, the latest last. A party gets only the one that is proposed or under way."""
    case, house = reader.case, reader.principal is None
    if isinstance(reader, Partner) or not reader.authorised:
        return []
    return [_appraisal(reader, one) for one in case.inquiry.appraisals if house or one == case.appraisal]


def _appraisal(reader: Reader, found: Appraisal) -> AppraisalView:
    words = reader.words(found.entry, propose_appraisal)
    return AppraisalView(
        **values(found),
        state="refused"
        if found.refused
        else "ended"
        if found.ended
        else "started"
        if found.started
        else "proposed",
        proposed={name: words[name] for name in PROPOSED if name in words},
        ends=day_end(found.expected) if found.expected else None,
    )


def wanted(reader: Reader, until: int | None = None) -> InformationRequest | None:
    """Return the last information request to a consumer, as of entry `until` for a letter. Return None
    without one, and for other readers."""
    case, whose = reader.case, reader.principal
    if whose in (None, BUSINESS) or not reader.authorised:
        return None
    then = instant(reader.dossier.line(until)["at"]) if until else reader.now
    asked = next((one for one in reversed(case.requests) if one.at <= then), None)
    return InformationRequest(asked.items, asked.at) if asked else None


def sent_since(reader: Reader, request: InformationRequest) -> Iterator[SentFile]:
    """Yield the files that the reader, or the reader's agent, sent since a request."""
    if reader.principal and reader.authorised:
        for file in reader.dossier.sent(circle_of(reader.case, reader.principal), request.at):
            yield SentFile(file["shows"], file["state"] == KEPT)
