"""The view of evidence: the pieces of evidence, the expert tests, the requests for information, and the files
that were sent in reply."""

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
"""The fields of an entry's words that can hold the text of a piece of evidence. `shows`: what a file shows.
`answer`: the answer of a department. `note`: the note of an interview. `result`: the result of a test."""
PROPOSED = ("laboratory", "question", "custody", "cost")
"""The fields of the words of a proposed expert test that both sides may read."""


@frozen(kw_only=True)
class PieceView(Evidence):
    """A piece of evidence. `says`: its text; "" if the text was erased. For the complaint itself, the text is
    the story that the consumer told."""

    says: str


@frozen(kw_only=True)
class AppraisalView(Appraisal):
    """An expert test. `proposed`: the words of the proposal that the reader may know, by field. `ends`: the
    end (UTC) of the day on which the result is expected; None if no day was agreed."""

    state: Literal["proposed", "started", "ended", "refused"]
    proposed: Mapping[str, str]
    ends: datetime | None


class SentFile(NamedTuple):
    """A file that a party sent. `shows`: what it shows, in the words of the party. `kept`: True if it passed
    its check and is now evidence; False if its check is not finished."""

    shows: str
    kept: bool


class InformationRequest(NamedTuple):
    """A request for information. `items`: the things that are missing. `at`: when we asked."""

    items: tuple[Missing, ...]
    at: datetime


def pieces(reader: Staff) -> list[PieceView]:
    """Return all pieces of evidence on the case, each with its text as far as the reader may know it. Their
    entries are read in one query."""
    reader.dossier.prefetch(one.entry for one in reader.case.evidence)
    return [PieceView(**values(one), says=_said(reader.words(one.entry))) for one in reader.case.evidence]


def _said(words: Mapping[str, Any]) -> str:
    account = words.get("account") or {}
    return str(next((words[name] for name in SAID if name in words), account.get("story", "")))


def appraisals(reader: Reader) -> list[AppraisalView]:
    """Return the expert tests on the case, the latest last. Staff get all of them. A party gets only a test
    that is proposed or under way. A partner system gets none."""
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
    """Return the last request for information from the consumer. Return None if there is none, or if the
    reader is not on the consumer's side. `until`: for a letter, the number of a timeline entry; the result is
    then the last request as of that entry."""
    case, whose = reader.case, reader.principal
    if whose in (None, BUSINESS) or not reader.authorised:
        return None
    then = instant(reader.dossier.line(until)["at"]) if until else reader.now
    asked = next((one for one in reversed(case.requests) if one.at <= then), None)
    return InformationRequest(asked.items, asked.at) if asked else None


def sent_since(reader: Reader, request: InformationRequest) -> Iterator[SentFile]:
    """Yield the files that were sent since `request` by the person whom the reader acts for, or by anybody
    who represents that person."""
    if reader.principal and reader.authorised:
        for file in reader.dossier.sent(circle_of(reader.case, reader.principal), request.at):
            yield SentFile(file["shows"], file["state"] == KEPT)
