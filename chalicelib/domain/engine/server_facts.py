"""Server facts: parameters of a move that the server fills in. The value comes from the provider that is
registered under the name of the parameter.

A provider is defined next to the move that needs it, so a move with a new server fact changes no other code.
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
"""The first and the last day of a period, in local days."""
Pair = tuple[int, int]
"""Two counts of complaints: those whose main cause is the cause in question, and all with a known main
cause."""


class Server(Protocol):
    """What the server looks up for a move.

    `number` returns a new case number. `hashes` returns the keyed hashes of addresses. `words` returns the
    words of each entry, by its number. `reread` turns stored facts of a move into the types of its
    parameters. `recurrences` counts the complaints with a cause in the days before and after an action; None
    if these days are not counted yet.
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
    """The occasion for which a server fact is looked up: the case, the facts of the request (`body`), the
    moment `at` (UTC), and the id of the acting party. `party` is "" if the actor is no party."""

    case: Case
    body: Mapping[str, Any]
    at: datetime
    party: str = ""


Provider = Callable[[Server, FactContext], Any]
P = TypeVar("P", bound=Provider)
FILLS: dict[str, Provider] = {}
"""The provider of each server fact, by the name of the parameter."""


def fills(fact: str) -> Callable[[P], P]:
    """Return a decorator that registers a function as the provider of the server fact `fact`."""

    def register(provider: P) -> P:
        assert fact not in FILLS, fact
        FILLS[fact] = provider
        return provider

    return register


def filled(move: str, server: Server, context: FactContext) -> dict[str, Any]:
    """Return the server facts of a move, by parameter. A fact without a provider is left out; only the first
    move of a case has such facts."""
    return {fact: FILLS[fact](server, context) for fact in MOVES[move].given if fact in FILLS}


def origins(server: Server, case: Case) -> list[Case]:
    """Return the cases from which this one was split off, one after the other, the first one first. The case
    itself is the last."""
    found = [case]
    while (of := found[0].together.origin) and of[0] not in [each.ref for each in found]:
        found.insert(0, server.load(of[0]))
    return found


fills("roster")(lambda server, wanted: server.roster())
fills("ref")(lambda server, wanted: server.number())
fills("people")(lambda server, wanted: server.people(wanted.case))
fills("said")(lambda server, wanted: server.words(wanted.case))
