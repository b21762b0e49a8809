"""The types of the facts in timeline entries. This module has the types of facts that the engine adds. The
type of any other fact is the type of the move's parameter, unless OWN has a clearer one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Side, Stage
from chalicelib.domain.model.field_marks import (
    ColleagueId,
    DepartmentId,
    Names,
    ObligationId,
    PartyId,
    SignerId,
    TeamId,
)
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.moves.investigation import ask_department
from chalicelib.domain.moves.meetings import change_meeting
from chalicelib.domain.moves.signing import sign
from chalicelib.domain.moves.team_change import change_team, follow_rules

ADDED: Mapping[str, Any] = {
    **dict.fromkeys(("party", "left", "leaving", "representative", "speak", "stay"), PartyId),
    **dict.fromkeys(("was", "to", "colleague", "mediator"), ColleagueId),
    **dict.fromkeys(("missing", "extends"), SignerId),
    **dict.fromkeys(("own", "from", "joined", "leading", "cases"), Case),
    **dict.fromkeys(("renewed", "waits", "called"), bool),
    **dict.fromkeys(("side", "absent"), Side),
    "obligation": ObligationId,
    "back": Stage,
    "move": Annotated[str, Names("move")],
    "role": Annotated[str, Names("role")],
    "deadline": Annotated[str, Names("deadline")],
    "verdict": Annotated[str, Names("verdict")],
    "letter": Annotated[str, Names("letter")],
}
"""The types of the facts that the engine adds. The key is the name of the fact. For a list, the value is the
type of an item."""
OWN: Mapping[tuple[str, str], Any] = {
    (ask_department.__name__, "by_rule"): DepartmentId,
    (change_meeting.__name__, "was"): datetime,
    (change_team.__name__, "was"): TeamId,
    (follow_rules.__name__, "was"): TeamId,
    (submit.__name__, "team"): TeamId,
    (sign.__name__, "in_force"): bool,
    (sign.__name__, "of"): SignerId,
}
"""The types of facts that one move alone adds, or that mean something else in it. In all other moves, ADDED
has the type. The key is (move, name of the fact)."""


def type_of(move: str, name: str) -> Any:
    """Return the type of the fact `name` in an entry of `move`: that in OWN, else that of the move's
    parameter, else that in ADDED. Return None for an unknown fact."""
    declared = MOVES[move].parameters.get(name, (None, None))[0] if move in MOVES else None
    return OWN.get((move, name)) or declared or ADDED.get(name)
