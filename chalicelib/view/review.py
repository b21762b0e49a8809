"""The view of a reconsideration: the request, its panel, its end, and the last decision."""

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
"""The moves that change what becomes of a request for reconsideration. The last one that was taken shows its
state."""


@frozen(kw_only=True)
class Sitting(Seat):
    """A member of the panel. `voted`: they have voted, which staff may know. `votes` is empty, except for the
    panel and roles that see every case."""

    voted: bool


@frozen(kw_only=True)
class ReviewView(Reconsideration):
    """The request for reconsideration that is pending. `expected`: until when it must be decided; None while
    it is paused, for the reason `stopped`. `panel`: for parties, empty until the panel is complete; partner
    systems never see it."""

    panel: tuple[Sitting, ...]
    unmanned: bool
    expected: datetime | None
    stopped: str


@frozen
class Decided:
    """The decision of a reconsideration, in entry `n`. Its mappings are keyed by the number of the matter.
    `conclusions`: the new conclusions. `votes`: how many of the `of` panel members voted for the result.
    Nobody learns here who voted how."""

    n: int
    move: str
    at: datetime
    results: Mapping[str, Result]
    conclusions: Mapping[str, Conclusion]
    reasons: Mapping[str, str]
    votes: Mapping[str, int]
    of: int


class Dismissed(NamedTuple):
    """The refusal to admit a request for reconsideration, with its ground."""

    at: datetime
    ground: Dismissal
    reason: str | None


class SeparateCase(NamedTuple):
    """A request for reconsideration that became a case of its own. `number`: the number of that case.
    `matters`: the numbers of the matters that it is about."""

    number: str
    at: datetime
    matters: list[int]


class DecidedBy(NamedTuple):
    """The decider of a request. `office`: the policy has the executive decide, as the higher office.
    Otherwise a panel decides; `least` is the least number of its members."""

    office: bool
    least: int


def decided_by(reader: Reader) -> DecidedBy:
    """Return who decides on a request for reconsideration."""
    return DecidedBy(policy(reader.case.policy).higher_office, PANEL)


def decision_due(reader: Reader) -> datetime:
    """Return when (UTC) a request that is made now would be decided at the latest."""
    rule = policy(reader.case.policy).rules["reconsideration"]
    return ends(reader.case, DEADLINES["reconsideration"], rule, Run("", reader.now), []).at


def review_view(reader: Reader) -> ReviewView | None:
    """Return the request for reconsideration that is pending, as far as the reader may know it; None without
    one."""
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
    """Return the reasons of a panel member's last vote, by the number of the matter. The result is empty for
    a reader who may not know them."""
    n = reader.dossier.last(vote, fits=lambda line: line["who"] == seat.who)
    return reader.words(n, vote).get("reasons") or {}


def decided(reader: Reader) -> Decided | None:
    """Return the last decision of a reconsideration; None without one."""
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
    """Return the reasons of the request in entry `n`, by the number of the matter. In a joint complaint only
    its author and their agents see them; for others the result is empty."""
    line = reader.dossier.line(n)
    seen = reader.sees(n, line["move"], line, line["facts"])
    return reader.words(n, ask_reconsideration).get("reasons") or {} if seen else {}


def asked_until(reader: Reader, until: int) -> frozenset[int]:
    """Return the numbers of the matters of the last request for reconsideration, as of entry `until`."""
    n = reader.dossier.last(ask_reconsideration, until=until)
    return frozenset(int(n) for n in reader.words(n).get("reasons") or {}) if n else frozenset()


def dismissed(reader: Reader) -> Dismissed | None:
    """Return the refusal to admit the last request. Return None if the request was admitted, or another one
    followed."""
    line = reader.dossier.latest(*ABOUT)
    if line is None or line["move"] != dismiss_request.__name__:
        return None
    reason = reader.words(line["n"]).get("reason")
    return Dismissed(instant(line["at"]), line["facts"]["ground"], reason)


def separate_cases(reader: Reader) -> Iterator[SeparateCase]:
    """Yield the requests for reconsideration that became cases of their own."""
    for _, (line, words) in reader.dossier.of(ask_reconsideration):
        if number := line["facts"].get("own"):
            yield SeparateCase(number, instant(line["at"]), [int(n) for n in words.get("reasons") or {}])
