"""A request to decide matters anew as it is told: what is asked, by when it is decided and by whom, and what
was last decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Conclusion, Result
from chalicelib.domain.model.parts import Reconsideration, Seat
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff


@dataclass(frozen=True, kw_only=True)
class Sitting(Seat):
    """A member of the panel; that they have `voted` staff know, how only the panel and who sees every
    case."""

    voted: bool


@dataclass(frozen=True, kw_only=True)
class ReviewView(Reconsideration):
    """The request that is before us. It is decided by `expected`, or stands still for a reason (`stopped`);
    parties, but no partner system, are told of the panel once it is complete."""

    panel: tuple[Sitting, ...]
    expected: datetime | None
    stopped: str


@frozen
class Decided:
    """What entry `n` decided on each matter by its number: the result, its new conclusion, why, and how many
    `of` the panel voted so; nobody is told whose votes these are."""

    n: int
    at: datetime
    results: Mapping[str, Result]
    conclusions: Mapping[str, Conclusion]
    reasons: Mapping[str, str]
    votes: Mapping[str, int]
    of: int


def review_view(reader: Reader) -> ReviewView | None:
    """The request that is before us; None where there is none."""
    asked = reader.case.recourse.reconsideration
    if asked is None:
        return None
    run = next(running_of(reader.case, "reconsideration"), None)
    votes = isinstance(reader, Staff) and reader.votes
    told = asked.complete and isinstance(reader, PartyReader)
    panel = [
        Sitting(**{**vars(seat), "votes": seat.votes if votes else {}}, voted=bool(seat.votes))
        for seat in (asked.panel if isinstance(reader, Staff) or told else ())
    ]
    return ReviewView(
        **{**vars(asked), "panel": tuple(panel)},
        expected=run.due if run else None,
        stopped=run.stopped if run else "",
    )


def decided(reader: Reader) -> Decided | None:
    """What was last decided; None where nothing was."""
    line = reader.dossier.latest("decide_reconsideration")
    if line is None:
        return None
    n, facts = line["n"], line["facts"]
    return Decided(
        n,
        instant(line["at"]),
        facts["results"],
        facts.get("conclusions") or {},
        reader.dossier.entry(n)[1].get("reasons") or {},
        facts["votes"],
        facts["of"],
    )
