"""The next telephone calls of staff: up to ten letters of their teams to read out. A letter that is open has
its text and the outcomes that can be recorded."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from chalicelib.access.authorization import Caller, Thing
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import CallTask
from chalicelib.domain.moves.call_tasks import after_vain_call, by_post, next_try, shown_text, to_post
from chalicelib.domain.phone_hours import PhoneHours, is_open
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
OUTCOME = {"call_at": "moment", "note": "line"}
"""The fields into which an officer types the outcome of a call: name → kind."""


@frozen
class Call:
    """A letter to read out. `person`: the data of the person to call. `hours`: the telephone hours of the
    team."""

    reading: Reading
    task: CallTask
    person: Mapping[str, Any]
    hours: tuple[PhoneHours, ...]

    @cached_property
    def next(self) -> datetime:
        """When staff call next (UTC), at the earliest now."""
        return next_try(self.task, self.hours, self.reading.now)

    @property
    def again(self) -> datetime | None:
        """When staff call next (UTC) if nobody answers now; None if the letter is posted then."""
        later = after_vain_call(self.task, self.reading.now)
        return None if to_post(later) else next_try(later, self.hours, self.reading.now)

    @property
    def due(self) -> bool:
        """Whether the call is to be made now."""
        return self.next <= self.reading.now

    @cached_property
    def text(self) -> str:
        """The text that staff read; "" for a letter that is no longer true. It is read and set at first
        use."""
        return self.reading.script(self.task)

    @property
    def shown(self) -> str:
        """What the form posts about the text."""
        return shown_text(self.reading.scripts[self.task.id].stored, self.reading.now) if self.text else ""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that can be recorded."""
        return OUTCOMES if self.text else (OVER,)


@frozen
class Calls:
    """The calls of a page. `now`: those to make now, the oldest first. `open`: the one of them whose letter
    the page shows; None if there is none. `later`: those to make later. `more`: whether more calls may be
    left."""

    now: tuple[Call, ...]
    open: Call | None
    later: tuple[Call, ...]
    more: bool


def calls(language: str, caller: Caller, chosen: str = "", revealed: Collection[str] = ()) -> Calls:
    """Return the calls of the caller's teams which the caller may make. Each case that is read for them is
    recorded as read. `chosen`: the id of the call task whose letter the page shows; without it, the page
    shows the first. Only this letter is set, because setting ten took most of the time of the page.
    `revealed`: the ids of the call tasks whose masked details the caller had revealed."""
    rows = [
        line.ref
        for team in sorted(caller.teams)
        for line in product.file.lines(f"TEAM#{team}#tellings", None, READ).lines
    ]
    refs, found, read = [*dict.fromkeys(rows)], list[Call](), 0
    while read < min(len(refs), READ) and sum(one.due for one in found) < MOST:
        cases = read_log.log_several(refs[read : read + MOST], Thing.PEOPLE, caller)
        found += _of_cases(language, caller, cases, revealed)
        read += MOST
    now, later = ([one for one in found if one.due == due] for due in (True, False))
    wanted = sorted(now[:MOST], key=lambda one: one.task.id != chosen)
    return Calls(
        tuple(now[:MOST]),
        next((one for one in wanted if one.reading.tells(one.task)), None),
        tuple(sorted(later, key=lambda one: one.next)),
        read < len(refs) or len(now) > MOST,
    )


def call(language: str, caller: Caller, ref: str, id: str, revealed: Collection[str] = ()) -> Call | None:
    """Return the call of the call task `id` of the case `ref`, and record that the caller read the case.
    Return None if nobody reads this letter out by telephone any more, or if the caller may not. Raises
    NotFound and Refusal as `load_and_log` does."""
    case = read_log.load_and_log(ref, Thing.PEOPLE, caller)
    found = _of_cases(language, caller, [case], revealed)
    return next((one for one in found if one.task.id == id and one.reading.tells(one.task)), None)


def next_call(case: Case, id: str) -> datetime | None:
    """Return when staff call next (UTC) about the call task `id` of a case. Return None if its letter is
    posted, or if the case has no such call task any more."""
    task = next((one for one in case.tellings if one.id == id), None)
    return None if task is None or by_post(case, task) else next_try(task, _hours(case), product.now())


def _of_cases(
    language: str, caller: Caller, cases: Iterable[Case], revealed: Collection[str]
) -> Iterator[Call]:
    """Yield the calls of these cases, except letters that go by post, letters to a person without a telephone
    number, and letters that the caller may not read out. It costs a batch read."""
    files = map(product.file.dossier_of, cases)
    readings = [Reading(dossier, caller, language, product, revealed) for dossier in files]
    tasks = [
        (reading, task)
        for reading in readings
        for task in reading.calls
        if reading.reader.tells(task) and not reading.reader.by_post(task)
    ]
    people = product.file.people({(reading.case.ref, task.party) for reading, task in tasks})
    for reading, task in tasks:
        person = people.get((reading.case.ref, task.party), {})
        if person.get("phone"):
            yield Call(reading, task, person, _hours(reading.case))


def _hours(case: Case) -> tuple[PhoneHours, ...]:
    team = product.file.roster().teams.get(case.team)
    return team.hours if team else ()


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
