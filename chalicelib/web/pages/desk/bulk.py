"""One move on many lines of a work list: assignment to a person, or hand-over to another team."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from chalicelib.access.authorization import Caller, NotFound
from chalicelib.cases.casework import Unavailable, WriteConflict, once
from chalicelib.domain.model.case import Refusal, refuse_if
from chalicelib.domain.moves.assignment import assign
from chalicelib.domain.moves.team_change import change_team
from chalicelib.web import request_models
from chalicelib.web.pages import say
from chalicelib.web.problems import problem
from chalicelib.wiring import product

MOVES_OF_MANY = (assign.__name__, change_team.__name__)
"""The moves that can be taken on many cases at once."""
MOST = 25
"""How many cases one request takes. Each is a move with a transaction of its own."""


class Outcome(NamedTuple):
    """The result for one line. `line`: the ticked line. `ref`: the number of the case. `refused`: the reason,
    as a sentence, if nothing was written; "" if the move was saved. `waits`: whether the move waits for a
    second person."""

    line: str
    ref: str
    refused: str = ""
    waits: bool = False


def take_on_many(
    caller: Caller, lines: Iterable[str], move: str, said: dict[str, str], key: str, language: str
) -> list[Outcome]:
    """Take a move on each of these cases, one after another, and return the result of each. A refusal of one
    case changes nothing for the others. A case that got another team or owner meanwhile is refused.

    `lines`: number, team and owner of each case, as the caller saw them. `said`: the facts of the move.
    `key`: the idempotency key of the form, so that a form sent twice repeats nothing. Raises ValidationError
    if the facts are invalid, and Refusal `bulk_too_many` for too many lines. Then nothing was written."""
    ticked = list(dict.fromkeys(lines))
    refuse_if(len(ticked) > MOST, "bulk_too_many", field="line", most=MOST)
    request_models.arguments(move, json.dumps(said), product.now())
    return [_taken(caller, one, move, said, key, language) for one in ticked]


def _taken(caller: Caller, line: str, move: str, said: dict[str, str], key: str, language: str) -> Outcome:
    ref, team, owner, *_ = [*line.split(" "), "", ""]
    body = json.dumps(said)
    record = once(caller, f"{ref}/{move}", key, body)
    try:
        if not (record and product.file.remembered(record)):
            case = product.casework.visible(product.file.load(ref), caller)
            now = product.file.roster().member(case.owner or "")
            name = now.name if now else case.owner or say(language, "desk.nobody")
            refuse_if((case.team, case.owner or "") != (team, owner), "given_meanwhile", name=name)
        arguments: dict[str, Any] = request_models.arguments(move, body, product.now())
        after = product.casework.move(move, ref, caller, arguments, record)
    except (Refusal, NotFound, WriteConflict, Unavailable) as error:
        return Outcome(line, ref, problem(language, error).title)
    return Outcome(
        line, ref, waits=any(asked.move == move and asked.by == caller.who for asked in after.approvals)
    )
