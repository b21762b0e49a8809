"""One move on many lines of a work list: assignment to a person, or hand-over to another team."""

import json
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from chalicelib.access.authorization import Caller, NotFound, Thing
from chalicelib.cases.casework import Unavailable, WriteConflict, once
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case, Refusal, refuse_if
from chalicelib.domain.moves.assignment import assign
from chalicelib.domain.moves.team_change import change_team
from chalicelib.web import read_log, request_models
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.letter_preview import LETTERS, LetterPreview, letter_preview
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.problems import problem
from chalicelib.wiring import product

MOVES_OF_MANY = (assign.__name__, change_team.__name__)
"""The moves that can be taken on many cases at once."""
REFUSED = (Refusal, NotFound, WriteConflict, Unavailable)
"""The errors of one case that leave the others as they are."""
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


class BulkPreview(NamedTuple):
    """The letters to people outside that a move on many cases would send. `cases`: each case that has some,
    with its letters. `token`: what the form posts once an officer has seen them."""

    cases: list[tuple[Reading, LetterPreview]]
    token: str


def letters_of_many(
    caller: Caller,
    lines: Iterable[str],
    move: str,
    said: dict[str, str],
    key: str,
    language: str,
    at: datetime,
    revealed: Collection[str] = (),
) -> BulkPreview:
    """Return the letters that `take_on_many` would send at the moment `at` (UTC) with the same arguments.
    Cases that would be refused have none, and so have those on which the form has taken the move already.
    `revealed`: the numbers of the cases in whose letters the caller had masked details shown; each is
    recorded. Nothing else is written, and nothing is sent. Raises the same errors as `take_on_many`."""
    found = list[tuple[Reading, LetterPreview]]()
    for line in _ticked(lines, move, said):
        with suppress(*REFUSED):
            ref, body = line.split(" ")[0], json.dumps(said)
            record = once(caller, f"{ref}/{move}", key, body)
            if record and product.file.remembered(record):
                continue
            case = read_log.load_and_log(ref, Thing.CASE, caller, opens=False)
            _refuse_given(case, line, language)
            if shows := ref in revealed:
                read_log.log_reveal(case, LETTERS, caller)
            dossier = product.file.dossier_of(case)
            reading = Reading(dossier, caller, language, product, [LETTERS] if shows else [])
            shown = letter_preview(reading, move, request_models.arguments(move, body, at), at)
            if shown.letters:
                found.append((reading, shown))
    digest = sha256(repr([(reading.case.ref, shown.token) for reading, shown in found]).encode()).hexdigest()
    # the page posts one token for all of them
    found = [(reading, shown._replace(token="")) for reading, shown in found]
    return BulkPreview(found, f"{stamp(at)}.{digest[:16]}")


def take_on_many(
    caller: Caller, lines: Iterable[str], move: str, said: dict[str, str], key: str, language: str
) -> list[Outcome]:
    """Take a move on each of these cases, one after another, and return the result of each. A refusal of one
    case changes nothing for the others. A case that got another team or owner meanwhile is refused.

    `lines`: number, team and owner of each case, as the caller saw them. `said`: the facts of the move.
    `key`: the idempotency key of the form, so that a form sent twice repeats nothing. Raises ValidationError
    if the facts are invalid, and Refusal `bulk_too_many` for too many lines. Then nothing was written."""
    return [_taken(caller, one, move, said, key, language) for one in _ticked(lines, move, said)]


def _ticked(lines: Iterable[str], move: str, said: dict[str, str]) -> list[str]:
    ticked = list(dict.fromkeys(lines))
    refuse_if(len(ticked) > MOST, "bulk_too_many", field="line", most=MOST)
    request_models.arguments(move, json.dumps(said), product.now())
    return ticked


def _refuse_given(case: Case, line: str, language: str) -> None:
    """Raise Refusal if the case got another team or owner since its line was shown."""
    _, team, owner, *_ = [*line.split(" "), "", ""]
    if (case.team, case.owner or "") != (team, owner):
        now = product.file.roster().member(case.owner or "")
        name = now.name if now else case.owner or say(language, "desk.nobody")
        raise Refusal("given_meanwhile", name=name)


def _taken(caller: Caller, line: str, move: str, said: dict[str, str], key: str, language: str) -> Outcome:
    ref, body = line.split(" ")[0], json.dumps(said)
    record = once(caller, f"{ref}/{move}", key, body)
    try:
        if not (record and product.file.remembered(record)):
            case = product.casework.visible(product.file.load(ref), caller)
            _refuse_given(case, line, language)
        arguments: dict[str, Any] = request_models.arguments(move, body, product.now())
        after = product.casework.move(move, ref, caller, arguments, record)
    except REFUSED as error:
        return Outcome(line, ref, problem(language, error).title)
    return Outcome(
        line, ref, waits=any(asked.move == move and asked.by == caller.who for asked in after.approvals)
    )
