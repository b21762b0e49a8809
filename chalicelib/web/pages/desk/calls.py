"""The next telephone calls of staff: up to ten letters of their teams to read out, each with its text and the
outcomes that can be recorded."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from datetime import datetime
from typing import Any

from chalicelib.access.authorization import Caller, NotFound, Thing
from chalicelib.cases.casework import Newer, Unreadable
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import CallTask
from chalicelib.domain.moves.call_tasks import next_try, shown_text
from chalicelib.domain.phone_hours import is_open
from chalicelib.locale.formats import phone_hours
from chalicelib.web import read_log
from chalicelib.web.pages import Form, say
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.wiring import product

MOST, READ = 10, 30
"""The most calls on a page, and the most cases that are read for them."""
TOLD, CALL_BACK, OVER = "told", "call_back", "over"
OUTCOMES = (TOLD, "not_reached", "wrong_number", CALL_BACK)
"""The outcomes of a call. A letter that is no longer true has the outcome `OVER` only."""


@frozen
class Call:
    """A letter to read out. `next`: when staff call next (UTC), at the earliest now. `text`: what they read;
    "" for a letter that is no longer true. `shown`: what the form posts about the text."""

    reading: Reading
    task: CallTask
    next: datetime
    text: str
    shown: str
    person: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that can be recorded."""
        return OUTCOMES if self.text else (OVER,)


@frozen
class Calls:
    """The calls of a page. `now`: those to make now, the oldest first. `later`: those to make later. `more`:
    whether more calls may be left."""

    now: tuple[Call, ...]
    later: tuple[Call, ...]
    more: bool


def calls(language: str, caller: Caller) -> Calls:
    """Return the calls of the caller's teams which the caller may make. Each case that is read for them is
    recorded as read."""
    rows = [
        item["ref"]
        for team in sorted(caller.teams)
        for item in product.file.work(f"TEAM#{team}#tellings", None, READ)[0]
    ]
    found, read = list[Call](), 0
    for ref in dict.fromkeys(rows[:READ]):
        if sum(one.next <= one.reading.now for one in found) >= MOST:
            break
        read += 1
        with suppress(NotFound, Refusal, Newer, Unreadable):
            found += _of_case(language, caller, ref)
    now = [one for one in found if one.next <= one.reading.now]
    later = sorted((one for one in found if one not in now), key=lambda one: one.next)
    return Calls(tuple(now[:MOST]), tuple(later), read < len(rows) or len(now) > MOST)


def _of_case(language: str, caller: Caller, ref: str) -> Iterator[Call]:
    """Yield the calls of a case, except letters that go by post, letters to a person without a telephone
    number, and letters that the caller may not read out."""
    case = read_log.load_and_log(ref, Thing.PEOPLE, caller)
    reading = Reading(product.file.dossier_of(case), caller, language, product)
    team = reading.roster.teams.get(case.team)
    for task in reading.calls:
        person = reading.dossier.people.get(task.party, {})
        if reading.tells(task) and person.get("phone") and not reading.reader.by_post(task):
            text = reading.script(task)
            shown = shown_text(reading.scripts[task.id].stored, reading.now) if text else ""
            at = next_try(task, team.hours if team else (), reading.now)
            yield Call(reading, task, at, text, shown, person)


def outcome_form(language: str, form: Form) -> Form:
    """Return the form of `record_telling` for a posted outcome. Its words are the outcome, then the officer's
    remark."""
    outcome = form["outcome"]
    words = [say(language, f"calls.said.{outcome}"), form["note"].strip()]
    pairs = {
        "telling": form["telling"],
        "how": "phone",
        "told": "true" if outcome == TOLD else "false",
        "said": "\n".join(filter(None, words)),
        "call_at": form["call_at"] if outcome == CALL_BACK else "",
        "on_page": form["on_page"],
    }
    return Form(pairs.items())


def hours(language: str, caller: Caller) -> Iterator[tuple[str, str, bool]]:
    """Yield the telephone hours of each of the caller's teams that has some: team, hours, and whether the
    line is open now."""
    roster = product.file.roster()
    for id in sorted(caller.teams):
        team = roster.teams.get(id)
        if team and team.hours:
            said_as = phone_hours(language, team.hours)
            yield roster.team_name(id, language), said_as, is_open(team.hours, product.now())
