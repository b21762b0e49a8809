"""Server facts: those parameters of a move that the server fills in, and a request does not give. Each server
fact has a provider, a function that returns its value. The provider is registered under the name of the
parameter.

A provider is defined next to the move that needs it. So a new server fact needs no change anywhere else.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Contents, Counted
from chalicelib.domain.recurrence import Pair
from chalicelib.domain.roster import Roster

Days = tuple[date, date]
"""The first and the last day of a period. They are local days."""


@frozen
class CauseCounts:
    """How many complaints had the cause of an improvement action, before the action and after it. `others`
    are the counts of each other cause. `outside` are those of the same cause outside the action's scope; None
    for an action without a scope. `parallel` are the numbers of other actions against the same cause
    that were done in the same time. `growth`: the growth factors of the customers whom the action reaches,
    and of the others; None if they are not known."""

    before: Counted
    after: Counted
    others: tuple[Pair, ...] = ()
    outside: Pair | None = None
    parallel: tuple[str, ...] = ()
    growth: tuple[float, float] | None = None


class Server(Protocol):
    """The functions of the server that fact providers call. `number` returns a new case number. `load`
    returns the case with the number `ref`. `complaint` returns it too, or None if no complaint has this
    number. `people` returns the personal rows of a case, by the id of the person. `words` returns the words
    of each entry, by the number of the entry.

    `hashes` returns the keyed hashes of addresses. `reread` returns stored facts of a move in the types of
    its parameters. `recurrences` returns the counts of complaints with the cause of an improvement action, in
    the days before and after. It returns None if the figures are not complete up to the day `through`. `sign`
    returns the newest day after `since` with an early sign of the cause of an action, or None. `read_out`
    returns the text that staff read out for a call task at a moment, or None if the case has no such call
    task.
    """

    def number(self) -> str: ...
    def roster(self) -> Roster: ...
    def load(self, ref: str) -> Case: ...
    def complaint(self, ref: str) -> Case | None: ...
    def people(self, case: Case) -> Mapping[str, Mapping[str, Any]]: ...
    def words(self, case: Case) -> Mapping[int, Mapping[str, Any]]: ...
    def contents(self, case: Case) -> Contents: ...
    def hashes(self, *addresses: str | None) -> tuple[str, ...]: ...
    def reread(self, move: str, facts: Mapping[str, Any]) -> Mapping[str, Any]: ...
    def read_out(self, case: Case, telling: str, at: datetime) -> str | None: ...
    def recurrences(self, action: Case, before: Days, after: Days, through: date) -> CauseCounts | None: ...
    def sign(self, action: Case, since: date) -> date | None: ...


class FactContext(NamedTuple):
    """What a provider gets besides the server. `case`: the case. `body`: the facts that the request gives.
    `at`: the moment of the move (UTC). `party`: the id of the acting party; "" if the actor is no party."""

    case: Case
    body: Mapping[str, Any]
    at: datetime
    party: str = ""


Provider = Callable[[Server, FactContext], Any]
P = TypeVar("P", bound=Provider)
FILLS: dict[str, Provider] = {}
"""The providers of server facts. The key is the name of the parameter that the provider fills."""


def fills(fact: str) -> Callable[[P], P]:
    """Return a decorator that registers a function as the provider of the server fact named `fact`."""

    def register(provider: P) -> P:
        assert fact not in FILLS, fact
        FILLS[fact] = provider
        return provider

    return register


def filled(move: str, server: Server, context: FactContext) -> dict[str, Any]:
    """Return the server facts of the move named `move`, by parameter. A fact that has no provider is left
    out; only the move that creates a case has such facts."""
    return {fact: FILLS[fact](server, context) for fact in MOVES[move].given if fact in FILLS}


def origins(server: Server, case: Case) -> list[Case]:
    """Return the cases from which `case` was split off, the oldest first. The last one is `case` itself."""
    found = [case]
    while (of := found[0].together.origin) and of[0] not in [each.ref for each in found]:
        found.insert(0, server.load(of[0]))
    return found


fills("roster")(lambda server, wanted: server.roster())
fills("ref")(lambda server, wanted: server.number())
fills("people")(lambda server, wanted: server.people(wanted.case))
fills("said")(lambda server, wanted: server.words(wanted.case))
