"""Server facts: the parameters of a move that the server fills in, each by the provider of its name.

A provider is defined next to the move that needs it, so that a new move with a new fact touches no use case.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Contents
from chalicelib.domain.model.codes import Cause
from chalicelib.domain.roster import Roster

Days = tuple[date, date]
"""The first and the last day of a local period."""
Pair = tuple[int, int]
"""Two counts: the complaints with a cause as their main one, and all complaints with a main cause."""


class Server(Protocol):
    """The look-ups of the server for a move.

    `hashes` gives the keyed hashes of addresses, `words` the words of every entry by its number. `reread`
    returns facts in the types of their move's parameters. `recurrences` counts a cause on the days before and
    after an action; it returns None where these are not counted yet.
    """

    def number(self) -> str: ...
    def roster(self) -> Roster: ...
    def load(self, ref: str) -> Case: ...
    def people(self, case: Case) -> Mapping[str, Mapping[str, Any]]: ...
    def words(self, case: Case) -> Mapping[int, Mapping[str, Any]]: ...
    def contents(self, case: Case) -> Contents: ...
    def hashes(self, *addresses: str | None) -> tuple[str, ...]: ...
    def reread(self, move: str, facts: Mapping[str, Any]) -> Mapping[str, Any]: ...
    def recurrences(self, cause: Cause, before: Days, after: Days) -> tuple[Pair, Pair] | None: ...


class FactContext(NamedTuple):
    """The occasion of a server fact: the case, the facts of the request, the moment (UTC), and the acting
    party. `party` is "" for other actors."""

    case: Case
    body: Mapping[str, Any]
    at: datetime
    party: str = ""


Provider = Callable[[Server, FactContext], Any]
P = TypeVar("P", bound=Provider)
FILLS: dict[str, Provider] = {}
"""The provider of each server fact, by the name of the parameter."""


def fills(fact: str) -> Callable[[P], P]:
    """Register the provider of a server fact."""

    def register(provider: P) -> P:
        assert fact not in FILLS, fact
        FILLS[fact] = provider
        return provider

    return register


def filled(move: str, server: Server, context: FactContext) -> dict[str, Any]:
    """Return the server facts of a move; facts without a provider, given only to a first move, are
    omitted."""
    return {fact: FILLS[fact](server, context) for fact in MOVES[move].given if fact in FILLS}


def origins(server: Server, case: Case) -> list[Case]:
    """Return the chain of cases from which this one was split off, the first one first, and then the case
    itself."""
    found = [case]
    while (of := found[0].together.origin) and of[0] not in [each.ref for each in found]:
        found.insert(0, server.load(of[0]))
    return found


fills("roster")(lambda server, wanted: server.roster())
fills("ref")(lambda server, wanted: server.number())
fills("people")(lambda server, wanted: server.people(wanted.case))
fills("said")(lambda server, wanted: server.words(wanted.case))
