"""The view of evidence: the pieces of evidence, the expert tests, and the information that was requested,
with the files sent since."""

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
"""The word fields of an entry that hold the text of a piece of evidence: what it shows, an answer, a note of
an interview, or a test result."""
PROPOSED = ("laboratory", "question", "custody", "cost")
"""The word fields of a proposed expert test that both sides see."""


@frozen(kw_only=True)
class PieceView(Evidence):
    """A piece of evidence. `says`: its text; for the complaint itself, the consumer's story; "" if it was
    erased."""

    says: str


@frozen(kw_only=True)
class AppraisalView(Appraisal):
    """An expert test. `proposed`: the proposal to both sides, by field, as far as the reader may know it.
    `ends`: the end of the day on which the result is expected; None without such a day."""

    state: Literal["proposed", "started", "ended", "refused"]
    proposed: Mapping[str, str]
    ends: datetime | None


class SentFile(NamedTuple):
    """A file that was sent. `shows`: what it shows. `kept`: it passed its check and is kept as evidence;
    otherwise the check is still to come."""

    shows: str
    kept: bool


class InformationRequest(NamedTuple):
    """A request for information: what is missing, and when we asked."""

    items: tuple[Missing, ...]
    at: datetime


def pieces(reader: Staff) -> list[PieceView]:
    """Return all pieces of evidence, with their texts."""
    return [PieceView(**values(one), says=_said(reader.words(one.entry))) for one in reader.case.evidence]


def _said(words: Mapping[str, Any]) -> str:
    account = words.get("account") or {}
    return str(next((words[name] for name in SAID if name in words), account.get("story", "")))


def appraisals(reader: Reader) -> list[AppraisalView]:
    """Return the expert tests, the latest last. A party gets only the one that is proposed or under way. A
    partner gets none."""
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


def information_request(reader: Reader, until: int | None = None) -> InformationRequest | None:
    """Return the last request for information from a consumer; None for any other reader, or without a
    request. For a letter, `until` is a timeline entry: return the last request as of that entry."""
    case, whose = reader.case, reader.principal
    if whose in (None, BUSINESS) or not reader.authorised:
        return None
    then = instant(reader.dossier.line(until)["at"]) if until else reader.now
    asked = next((one for one in reversed(case.requests) if one.at <= then), None)
    return InformationRequest(asked.items, asked.at) if asked else None


def sent_since(reader: Reader, request: InformationRequest) -> Iterator[SentFile]:
    """Yield the files that the reader, or an agent of the reader, has sent since `request`."""
    if reader.principal and reader.authorised:
        for file in reader.dossier.sent(circle_of(reader.case, reader.principal), request.at):
            yield SentFile(file["shows"], file["state"] == KEPT)
