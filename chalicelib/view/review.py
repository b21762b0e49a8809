"""A request to decide matters anew as it is told: what is asked, by when it is decided and by whom, and what
was last decided."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case_records import Reconsideration, Seat
from chalicelib.domain.model.codes import Conclusion, Dismissal, Result
from chalicelib.domain.moves.reconsideration import (
    admit_late_request,
    ask_reconsideration,
    decide_reconsideration,
    dismiss_request,
    vote,
    withdraw_request,
)
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

ABOUT = (ask_reconsideration, admit_late_request, dismiss_request, withdraw_request, decide_reconsideration)
"""Moves of which the last says what became of a request."""


@frozen(kw_only=True)
class Sitting(Seat):
    """A member of the panel; that they have `voted` staff know, how only the panel and who sees every
    case."""

    voted: bool


@frozen(kw_only=True)
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


class Dismissed(NamedTuple):
    """Why a request was not admitted."""

    at: datetime
    ground: Dismissal
    reason: str | None


class Apart(NamedTuple):
    """A request about matters, by their numbers, that became a case of its own, and its number."""

    number: str
    at: datetime
    matters: list[int]


def review_view(reader: Reader) -> ReviewView | None:
    """The request that is before us; None where there is none."""
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
        expected=run.due if run else None,
        stopped=run.stopped if run else "",
    )


def why_voted(reader: Staff, seat: Seat) -> Mapping[str, str]:
    """Why a member of the panel has last voted as they have, on each matter by its number, for whoever may
    know it."""
    n = reader.dossier.last(vote, fits=lambda line: line["who"] == seat.who)
    return reader.words(n, vote).get("reasons") or {}


def decided(reader: Reader) -> Decided | None:
    """What was last decided; None where nothing was."""
    line = reader.dossier.latest(decide_reconsideration)
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


def reasons(reader: PartyReader, n: int) -> Mapping[str, str]:
    """The reasons of the request that entry `n` makes, for whoever gave them and who speaks for them; of a
    joint complaint nobody else's words are shown."""
    line = reader.dossier.line(n)
    seen = reader.sees(n, line["move"], line, line["facts"])
    return reader.words(n, ask_reconsideration).get("reasons") or {} if seen else {}


def asked_until(reader: Reader, until: int) -> frozenset[int]:
    """The matters of the request that had last been made when entry `until` was written."""
    n = reader.dossier.last(ask_reconsideration, until=until)
    return frozenset(int(n) for n in reader.words(n).get("reasons") or {}) if n else frozenset()


def dismissed(reader: Reader) -> Dismissed | None:
    """Why the last request was not admitted; None when it was, or another has been made since."""
    line = reader.dossier.latest(*ABOUT)
    if line is None or line["move"] != dismiss_request.__name__:
        return None
    reason = reader.words(line["n"]).get("reason")
    return Dismissed(instant(line["at"]), line["facts"]["ground"], reason)


def apart(reader: Reader) -> Iterator[Apart]:
    """The requests that became a case of their own."""
    for _, (line, words) in reader.dossier.of(ask_reconsideration):
        if number := line["facts"].get("own"):
            yield Apart(number, instant(line["at"]), [int(n) for n in words.get("reasons") or {}])
