"""How the work on a complaint goes on: for a party the talks that they are invited to, and what was last told
of it; for staff the questions to departments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case_records import Question
from chalicelib.domain.model.codes import Stage, Way
from chalicelib.domain.moves.investigation import HEARING, invite_interview, tell_progress
from chalicelib.view.party import PartyReader
from chalicelib.view.staff import Staff


class Interview(NamedTuple):
    """A talk that somebody is invited to: when, how, where, and what about."""

    at: datetime
    how: Way
    where: str
    purpose: str


class Progress(NamedTuple):
    """What was told of the work, and when: what has been done, and what comes next."""

    at: datetime
    done: str
    upcoming: str


@frozen(kw_only=True)
class QuestionView(Question):
    """A question to a department: `by` when it is to be answered, and whether that has passed; `said` is what
    was asked, for the department that has not answered yet, and for whoever may know."""

    by: datetime | None
    late: bool
    said: Mapping[str, Any]


def questions(reader: Staff, own: bool = False) -> list[QuestionView]:
    """Every question to a department; of their `own` those that wait for an answer."""
    due = {run.id: run.due for run in reader.runs() if run.name == "department_answer"}
    found = (
        (one, one.department in reader.caller.teams and not one.answered)
        for one in reader.case.inquiry.questions
    )
    return [
        QuestionView(
            **values(one),
            by=(by := due.get(one.id)),
            late=reader.past(by),
            said=reader.dossier.entry(one.entry)[1] if theirs else reader.words(one.entry),
        )
        for one, theirs in found
        if theirs or not own
    ]


def interviews(reader: PartyReader) -> list[Interview]:
    """The talks that are still to come, while the facts are being found."""
    if reader.case.stage not in HEARING:
        return []
    return [
        Interview(at, line["facts"]["how"], words.get("where") or "", words.get("purpose") or "")
        for n, (line, words) in reader.dossier.of(invite_interview)
        if (at := instant(line["facts"]["meeting"])) > reader.now
        and n >= reader.since
        and reader.made_by(line["move"], line, line["facts"]) in reader.circle
    ]


def progress(reader: PartyReader) -> Progress | None:
    """What was last told of the work, while it goes on, since they came to the case."""
    n = reader.dossier.last(tell_progress) if reader.case.stage == Stage.INVESTIGATING else 0
    if not n or n < reader.since:
        return None
    words, at = reader.words(n), instant(reader.dossier.line(n)["at"])
    return Progress(at, words.get("done", ""), words.get("upcoming", ""))
