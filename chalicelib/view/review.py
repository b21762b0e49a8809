"""The view of a reconsideration: the request, its panel, how it ended, and the last decision."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.running import DEADLINES, Run, ends, running_of
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case_records import Reconsideration, Seat
from chalicelib.domain.model.codes import Conclusion, Dismissal, Result
from chalicelib.domain.moves.reconsideration import (
    PANEL,
    admit_late_request,
    ask_reconsideration,
    decide_reconsideration,
    dismiss_request,
    vote,
    withdraw_request,
)
from chalicelib.domain.policy import policy
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

ABOUT = (ask_reconsideration, admit_late_request, dismiss_request, withdraw_request, decide_reconsideration)
"""The moves that change the state of a request for reconsideration. The one that was taken last shows the
state."""


@frozen(kw_only=True)
class Sitting(Seat):
    """A member of the panel. `voted`: whether the member has voted, which all staff may know. `votes`: how
    the member voted. It is empty for most readers: only the panel and roles that see every case get it."""

    voted: bool


@frozen(kw_only=True)
class ReviewView(Reconsideration):
    """The open request for reconsideration. `panel`: the members of the panel. For parties it is empty until
    the panel is complete, and for partner systems it is always empty. `unmanned`: whether a panel must be
    appointed. `expected`: until when (UTC) the request must be decided; None while that deadline is paused.
    `stopped`: the reason for the pause; "" if there is none. `matters`: the numbers of the matters. `late`:
    what follows from our delay; None without one."""

    panel: tuple[Sitting, ...]
    unmanned: bool
    expected: datetime | None
    stopped: str


@frozen
class Decided:
    """The decision of a reconsideration. `n`: the number of its timeline entry. `move`: the name of the move.
    The mappings have the number of the matter as key. `results`: the results. `conclusions`: the new
    conclusions. `reasons`: the reasons. `votes`: how many members voted for the result. `of`: how many
    members the panel had. It is not shown how each member voted."""

    n: int
    move: str
    at: datetime
    results: Mapping[str, Result]
    conclusions: Mapping[str, Conclusion]
    reasons: Mapping[str, str]
    votes: Mapping[str, int]
    of: int


class Dismissed(NamedTuple):
    """The decision not to admit a request for reconsideration. `ground`: the reason, as a code. `reason`: the
    reason in words; None if it was erased or not given."""

    at: datetime
    ground: Dismissal
    reason: str | None


class SeparateCase(NamedTuple):
    """A request for reconsideration that was continued as a case of its own. `number`: the number of that
    case. `matters`: the numbers of the matters that the request concerns."""

    number: str
    at: datetime
    matters: list[int]


class DecidedBy(NamedTuple):
    """Who decides on a request for reconsideration. `office`: True if the executive decides, as the higher
    office; False if a panel decides. `least`: how many members a panel must have at least."""

    office: bool
    least: int


def decided_by(reader: Reader) -> DecidedBy:
    """Return who decides on a request for reconsideration of this case."""
    return DecidedBy(policy(reader.case.policy).higher_office, PANEL)


def decision_due(reader: Reader) -> datetime:
    """Return by when (UTC) a request for reconsideration would have to be decided if it were made now."""
    rule = policy(reader.case.policy).rules["reconsideration"]
    return ends(reader.case, DEADLINES["reconsideration"], rule, Run("", reader.now), []).at


def review_view(reader: Reader) -> ReviewView | None:
    """Return the open request for reconsideration, as far as the reader may know it. Return None if there is
    no request."""
    asked = reader.case.recourse.reconsideration
    if asked is None:
        return None
    run = next(running_of(reader.case, "reconsideration"), None)
    votes = isinstance(reader, Staff) and reader.votes
    told = asked.complete and isinstance(reader, PartyReader)
    panel = [
        Sitting(**{**values(seat), "votes": seat.votes if votes else {}}, voted=bool(seat.votes))
        for seat in (asked.panel if isinstance(reader, Staff) or told else ())
    ]
    return ReviewView(
        **{**values(asked), "panel": tuple(panel)},
        unmanned=not (asked.panel or asked.late or policy(reader.case.policy).higher_office),
        expected=run.due if run else None,
        stopped=run.stopped if run else "",
    )


def why_voted(reader: Staff, seat: Seat) -> Mapping[str, str]:
    """Return the reasons that a panel member gave for their last vote, by the number of the matter. `seat`:
    the seat of the member. The result is empty if the reader may not know the reasons."""
    n = reader.dossier.last(vote, fits=lambda line: line["who"] == seat.who)
    return reader.words(n, vote).get("reasons") or {}


def decided(reader: Reader) -> Decided | None:
    """Return the last decision of a reconsideration. Return None if there is none."""
    line = reader.dossier.latest(decide_reconsideration)
    if line is None:
        return None
    n, facts = line["n"], line["facts"]
    return Decided(
        n,
        line["move"],
        instant(line["at"]),
        facts["results"],
        facts.get("conclusions") or {},
        reader.dossier.entry(n)[1].get("reasons") or {},
        facts["votes"],
        facts["of"],
    )


def reasons(reader: PartyReader, n: int) -> Mapping[str, str]:
    """Return the reasons of the request for reconsideration in entry `n`, by the number of the matter. In a
    joint case, they are shown only to the author of the request and the author's representatives; for others
    the result is empty."""
    line = reader.dossier.line(n)
    seen = reader.sees(n, line["move"], line, line["facts"])
    return reader.words(n, ask_reconsideration).get("reasons") or {} if seen else {}


def asked_until(reader: Reader, until: int) -> frozenset[int]:
    """Return the numbers of the matters that the last request for reconsideration concerns, as of entry
    `until`. The result is empty if there was no request."""
    n = reader.dossier.last(ask_reconsideration, until=until)
    return frozenset(int(n) for n in reader.words(n).get("reasons") or {}) if n else frozenset()


def dismissed(reader: Reader) -> Dismissed | None:
    """Return the decision not to admit the last request for reconsideration. Return None if the request was
    admitted, or if anything else happened to a request after that decision."""
    line = reader.dossier.latest(*ABOUT)
    if line is None or line["move"] != dismiss_request.__name__:
        return None
    return Dismissed(instant(line["at"]), line["facts"]["ground"], reader.words(line["n"]).get("reason"))


def separate_cases(reader: Reader) -> Iterator[SeparateCase]:
    """Yield the requests for reconsideration of this case that were continued as cases of their own."""
    for _, (line, words) in reader.dossier.of(ask_reconsideration):
        if number := line["facts"].get("own"):
            yield SeparateCase(number, instant(line["at"]), [int(n) for n in words.get("reasons") or {}])
