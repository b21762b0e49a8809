"""What the facts of a complaint rest on, as it is told: the pieces of evidence, the expert tests, and the
information that was asked for with what was sent since."""

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
"""The words of a piece: what it shows, what was answered, said in an interview, or found by a test."""
PROPOSED = ("laboratory", "question", "custody", "cost")
"""What a test puts to both sides."""


@frozen(kw_only=True)
class PieceView(Evidence):
    """A piece of evidence, and what it `says`: of the complaint itself its story, of erased words nothing."""

    says: str


@frozen(kw_only=True)
class AppraisalView(Appraisal):
    """An expert test, and how it stands: what was `proposed` to both sides, by its name, as far as it is the
    reader's; its result is expected by the end of a day (`ends`)."""

    state: Literal["proposed", "started", "ended", "refused"]
    proposed: Mapping[str, str]
    ends: datetime | None


class Sent(NamedTuple):
    """A file that somebody sent: what it shows, and whether it is kept, or still on its way."""

    shows: str
    kept: bool


class Wanted(NamedTuple):
    """What was asked for, and when."""

    items: tuple[Missing, ...]
    at: datetime


def pieces(reader: Staff) -> list[PieceView]:
    """Every piece of evidence."""
    return [PieceView(**values(one), says=_said(reader.words(one.entry))) for one in reader.case.evidence]


def _said(words: Mapping[str, Any]) -> str:
    account = words.get("account") or {}
    return str(next((words[name] for name in SAID if name in words), account.get("story", "")))


def appraisals(reader: Reader) -> list[AppraisalView]:
    """The expert tests, the last one last; a party is told of the one that is proposed or under way."""
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


def wanted(reader: Reader, until: int | None = None) -> Wanted | None:
    """What a consumer was last asked for; for a letter as of its own entry. None where nothing was, and for
    whoever was not asked."""
    case, whose = reader.case, reader.principal
    if whose in (None, BUSINESS) or not reader.authorised:
        return None
    then = instant(reader.dossier.line(until)["at"]) if until else reader.now
    asked = next((one for one in reversed(case.requests) if one.at <= then), None)
    return Wanted(asked.items, asked.at) if asked else None


def sent_since(reader: Reader, asked: Wanted) -> Iterator[Sent]:
    """The files that whoever was asked has sent since, or somebody who speaks for them."""
    if reader.principal and reader.authorised:
        for file in reader.dossier.sent(circle_of(reader.case, reader.principal), asked.at):
            yield Sent(file["shows"], file["state"] == KEPT)
