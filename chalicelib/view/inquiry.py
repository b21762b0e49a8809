"""The view of the inquiry. A party sees interviews to which they are invited, and the last report on
progress. Staff see the questions to departments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case_records import Question
from chalicelib.domain.model.codes import Stage, Talk
from chalicelib.domain.moves.investigation import HEARING, cancel_interview, invite_interview, tell_progress
from chalicelib.view.party import PartyReader
from chalicelib.view.staff import Staff


class Interview(NamedTuple):
    """An interview to which a party is invited. `at`: when it begins (UTC). `how`: by which means, such as
    the telephone. `where`: the place. `purpose`: what it is about."""

    at: datetime
    how: Talk
    where: str
    purpose: str


class Progress(NamedTuple):
    """A report to the consumer on the progress of the inquiry. `at`: when it was given. `done`: what was
    done. `upcoming`: what comes next."""

    at: datetime
    done: str
    upcoming: str


@frozen(kw_only=True)
class QuestionView(Question):
    """A question to a department. `by`: until when (UTC) the department must answer; None if it has answered.
    `late`: whether that moment has passed. `said`: the words of the question, by field; empty if the reader
    may not read them. The department that was asked may read them until it has answered."""

    by: datetime | None
    late: bool
    said: Mapping[str, Any]


def questions(reader: Staff, own: bool = False) -> list[QuestionView]:
    """Return the questions to departments, with their words as far as the reader may know them. If `own` is
    true, return only unanswered questions to the reader's own departments."""
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
    """Return the coming interviews to which this party is invited. An interview that was cancelled, or
    replaced by a later invitation, is left out. The result is empty at stages without interviews."""
    if reader.case.stage not in HEARING:
        return []
    last = {
        reader.made_by(line["move"], line, line["facts"]): (n, line, words)
        for n, (line, words) in reader.dossier.of(invite_interview, cancel_interview)
    }
    return [
        Interview(at, line["facts"]["how"], words.get("where") or "", words.get("purpose") or "")
        for who, (n, line, words) in last.items()
        if line["move"] == invite_interview.__name__
        and (at := instant(line["facts"]["meeting"])) > reader.now
        and n >= reader.since
        and who in reader.circle
    ]


def progress(reader: PartyReader) -> Progress | None:
    """Return the last report on the progress of the inquiry. Return None after the inquiry, or if there is no
    report. A party who joined the case after the report does not get it."""
    n = reader.dossier.last(tell_progress) if reader.case.stage == Stage.INVESTIGATING else 0
    if not n or n < reader.since:
        return None
    words, at = reader.words(n), instant(reader.dossier.line(n)["at"])
    return Progress(at, words.get("done", ""), words.get("upcoming", ""))
