"""Letters that are no longer true. A letter may wait: because of a daily limit, an outage, or a call that
nobody has answered. What it asks or announces may be over by then. Such a letter is not sent and not read
out. A letter that says what happened, or what was decided, stays true.

The declaration of a letter names what it depends on, see `Letter.before`, `Letter.during`, `Letter.until` and
`Letter.of_owner`. Of the letters with `Letter.of_team`, only the newest is true. A letter that opens a
window, or reminds of one, depends on that window as well."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.lateness import announced_to, apology_at
from chalicelib.domain.engine.letters_owed import left
from chalicelib.domain.engine.running import (
    DEADLINES,
    UNREMINDED,
    UNTOLD,
    Running,
    in_stage,
    once_a_case,
    parts_of,
)
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import BUSINESS, CallTask
from chalicelib.domain.model.codes import PauseReason, Side, Stage
from chalicelib.domain.model.letters import key_of, letter_of, subject_of

NAMED_BY = ("id", "asked", "question", "obligation")
"""The facts of an entry that can be the id of the thing that its letter to staff is about."""


class Unsent(NamedTuple):
    """A letter that has not reached its reader yet. `id`, `key`, `to`: see `change.OwedLetter`. `written`:
    when it was written, or when its call task was made; None if that is unknown. `entry`: the line of its
    timeline entry; {} if it is not at hand. `due`: the ends of the deadlines when it was written, by name."""

    id: str
    key: str
    to: str
    written: datetime | None = None
    entry: Mapping[str, Any] = {}
    due: Mapping[str, Any] = {}

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of its timeline entry."""
        return self.entry.get("facts") or {}

    @property
    def to_party(self) -> bool:
        """Return whether a party gets the letter."""
        return self.to.startswith("party:")


def unsent(row: Mapping[str, Any], entry: Mapping[str, Any]) -> Unsent:
    """Return the stored letter `row` as one that has not reached its reader. `entry`: the line of its
    timeline entry."""
    return Unsent(
        row["id"], row["key"] or row["name"], row["to"], instant(row["at"]), entry, row.get("due") or {}
    )


@once_a_case
def waiting_calls(case: Case) -> tuple[CallTask, ...]:
    """Return the call tasks of a case whose letters are still true. The others need no call. If the thing
    that such a letter is about comes back, its call task comes back too."""
    return tuple(
        task
        for task in case.tellings
        if not overtaken(case, Unsent(task.id, task.letter, f"party:{task.party}", task.since))
    )


def overtaken(case: Case, letter: Unsent, now: datetime | None = None) -> bool:
    """Return whether a letter that has not reached its reader is no longer true of the case. `now`: when it
    would reach the reader (UTC). Without `now`, only what happened counts, and not the time that passed."""
    declared = letter_of(letter.key)
    if declared.apology:
        return not _missed(case, letter)
    if declared.of_owner:
        return (
            case.owner in (None, case.mediator) or case.stage == Stage.CLOSED or _holder_changed(case, letter)
        )
    if declared.of_team:
        return _holder_changed(case, letter)
    if declared.until:
        at = letter.facts.get(declared.until)
        return at is not None and now is not None and instant(at) <= now
    if not letter.to_party and "run" in letter.facts:
        return not letter.facts.get("review") and not any(
            run.key == letter.facts["run"] for run in in_stage(case, letter.facts["deadline"])
        )
    during, before = _depends_on(letter)
    if not (during or before):
        return False
    if letter.to_party and declared.of_window:
        if _renewed(case, letter):
            return True
        if now and letter.written:  # a window runs from the delivery of the letter that opens it
            case = left(case, letter.key, letter.id, letter.written, now)
    return not any(_runs_of(case, letter, during)) and not any(
        _ahead(case, run, letter, now) for run in _runs_of(case, letter, before)
    )


def _depends_on(letter: Unsent) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the deadlines during which a letter is true, and of those before whose end it is
    true."""
    declared = letter_of(letter.key)
    if not letter.to_party:  # only a deadline that ran when the letter was written can have ended since
        move = MOVES.get(letter.entry.get("move") or "")
        task = ((move.task_due or move.name),) if move and declared.name == "task" else ()
        during, before = (
            tuple(name for name in names if name in letter.due)
            for names in ((*declared.during, *task), declared.before)
        )
        return during, before
    asked = (*declared.opens, *declared.reminds) if declared.asks else ()
    about = key_of(letter.key).about
    if declared.name == "authority_ending" and not about:  # the authority has ended, which stays true
        return (), ()
    return declared.during, (*declared.before, *asked)


def _renewed(case: Case, letter: Unsent) -> bool:
    """Return whether a later letter with the same key has replaced this letter, or the thing that it was
    about was withdrawn."""
    topic, post = key_of(letter.key).topic, letter.id.rpartition(".")[0]
    renewed = bool(post) and not letter_of(letter.key).own and case.posted.get(topic, post) != post
    return topic not in case.reached or renewed


def _runs_of(case: Case, letter: Unsent, names: tuple[str, ...]) -> Iterator[Running]:
    """Yield the runs of the deadlines `names` that concern this letter. A run that began after the letter was
    written concerns another letter, unless the letter itself opens it."""
    declared, key, whose = letter_of(letter.key), key_of(letter.key), letter.to[6:]
    side = Side.BUSINESS if key.about.endswith(BUSINESS) else Side.CONSUMER
    named = {str(letter.facts[name]) for name in NAMED_BY if name in letter.facts}
    ids = {"", key.about, subject_of(key.about), key.topic, *parts_of(str(letter.facts.get("run")))[1:2]}
    ids |= {whose, case.stands_for(whose)} if letter.to_party else named
    if key.name == "joint_consent" and case.party(case.stands_for(whose)).consents is not None:
        return
    for name in names:
        for run in in_stage(case, name):
            mine = (run.id in ids or not (letter.to_party or named)) and DEADLINES[name].answers_for in (
                None,
                side,
            )
            began = run.start if not declared.opens else None
            if DEADLINES[name].of_promise:
                owed = case.obligation(run.id)
                began = owed.proposed.at if owed.proposed and name == "change_reply" else owed.since
            later = began and letter.written and began > letter.written
            if mine and not later:
                yield run


def _ahead(case: Case, run: Running, letter: Unsent, now: datetime | None) -> bool:
    """Return whether the end of a run lies ahead. A window that waits for the letter itself has no end
    yet, and neither has one that is suspended because we are late."""
    if run.stopped:
        return run.stopped in (PauseReason.LATE, UNTOLD if letter_of(letter.key).opens else UNREMINDED)
    meeting = case.talks.mediation.meeting if case.talks.mediation else None
    end = meeting.at if meeting and run.name == "meeting" else run.due
    return now is None or end is None or end > now


def _missed(case: Case, letter: Unsent) -> bool:
    """Return whether a duty of ours whose end the reader of an apology knows was missed when it was written,
    and still is."""
    whom = key_of(letter.key).about
    return any(
        whom in known and (letter.written is None or due <= letter.written)
        for due, known in _ends_known(case)
    )


@once_a_case
def _ends_known(case: Case) -> tuple[tuple[datetime, tuple[str, ...]], ...]:
    """Return the ends of our duties for which we would apologise, each with the parties who know it."""
    return tuple(
        (run.due, announced_to(case, run))
        for name in DEADLINES
        if apology_at(case.policy, name)
        for run in in_stage(case, name)
        if run.due
    )


def _holder_changed(case: Case, letter: Unsent) -> bool:
    """Return whether the case has got another owner, or another team, since a letter that names the owner or
    the team was written."""
    named = _naming(letter_of(letter.key).of_team)
    return letter.written is not None and any(
        at > letter.written for move, at in case.taken.items() if move in named
    )


@cache
def _naming(of_team: bool) -> frozenset[str]:
    """Return the moves that write a letter which names the team of a case, or else its owner."""
    return frozenset(
        move.name
        for move in MOVES.values()
        for tell in move.tells
        for declared in map(letter_of, tell.letters)
        if (declared.of_team if of_team else declared.of_owner)
    )
