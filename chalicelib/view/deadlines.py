"""The view of deadlines: when they end, who must act, what follows if nobody acts, and the dates that were
announced for the answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.lateness import apology_at
from chalicelib.domain.engine.running import DEADLINES, Running, rule_of
from chalicelib.domain.escalation import after_step, holders
from chalicelib.domain.model.case_records import Promise
from chalicelib.domain.model.codes import AT_TABLE, Duty, ObligationKind, PauseReason, Stage
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.moves.answer import final
from chalicelib.domain.outages import Part
from chalicelib.domain.roster import Roster
from chalicelib.view.obligation import obligation_view
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

INQUIRY = frozenset(name for name, declared in DEADLINES.items() if declared.inquiry)
"""The names of the deadlines of our own inquiry. They run during talks too, but pages then do not show them
as the next step."""


def of_promise(deadline: str) -> bool:
    """Return whether the deadline named `deadline` belongs to one obligation. Only the debtor and the
    creditor of the obligation see such a deadline."""
    return DEADLINES[deadline].of_promise


def shown_beside(deadline: str) -> bool:
    """Return whether pages show the deadline named `deadline` next to the thing that it concerns, such as an
    obligation, an offer or a meeting."""
    return DEADLINES[deadline].of_promise or DEADLINES[deadline].beside


class AwayView(NamedTuple):
    """A time in which a party could not use their window, so that the window ends later. `part`: the part of
    our system that was out, "reminder" if our reminder was late, or "late" if a duty of ours was. `since`,
    `until`: from when to when (UTC)."""

    part: Part | Literal["reminder", "late"]
    since: datetime
    until: datetime


class MovedView(NamedTuple):
    """Why a window ends later than planned. `planned`: the end (UTC) that was planned. `outages`: our outages
    in that window, then the times in which a duty of ours was late. If a reminder was late, it is the last of
    them."""

    planned: datetime
    outages: tuple[AwayView, ...]


class LatePromise(NamedTuple):
    """The obligation that a late duty of ours is about. `clause`: the id of its clause; None without an
    agreement. `matter`: the number of its matter. `amount`: in fen; None if it is no money. `kind`: what is
    owed, as a code."""

    clause: str | None
    matter: int
    kind: ObligationKind
    amount: int | None


class LateView(NamedTuple):
    """A duty of ours that is late, with the next steps. `what`: the key of the sentence that says what is
    late. `roles`: the codes of the roles who have it now; "owner" stands for the person who handles the case.
    `name`: the name of that person, if they have it; None if others do.

    `promised`: the new date (UTC) that we promised; None if there is none ahead. `broken`: the last new date
    that we missed too; None if there is none. `then`: when (UTC) the next step of its ladder is due; None if
    no step follows. `then_roles`: the codes of the roles who are notified then. `promise`: the obligation
    that the duty is about; None for any other duty.
    """

    what: str
    roles: tuple[str, ...]
    name: str | None
    promised: datetime | None
    broken: datetime | None
    then: datetime | None
    then_roles: tuple[str, ...]
    promise: LatePromise | None = None


class RunView(NamedTuple):
    """One run of a deadline. All moments are UTC. `deadline`: the name of the deadline. `about`: the id of
    the thing that the run concerns; None if it concerns the whole case. `due`: when it ends; None while it is
    paused. `stopped`: the reason for the pause; None if it runs. `provisional`: whether the end may move,
    because the calendar of its year is not published yet. `ours`: whether it is our duty. `mine`: whether the
    reader is the debtor who must perform by its end. `moved`: why it ends later than planned; None if it does
    not. `late`: what follows from it, if it is a duty of ours that is late; None otherwise.

    Only staff get the next two. `next_step`: when the clock takes its next step. `work_by`: when the work
    should be done.
    """

    deadline: str
    about: str | None
    since: datetime | None
    due: datetime | None
    stopped: str | None
    provisional: bool
    ours: bool
    mine: bool
    next_step: datetime | None
    work_by: datetime | None
    moved: MovedView | None = None
    late: LateView | None = None

    @property
    def held(self) -> bool:
        """Return whether the deadline is paused because we are late ourselves."""
        return self.stopped == PauseReason.LATE


class Says(NamedTuple):
    """The keys of two texts about a deadline. `what`: the text that says what is to be done. `silence`: the
    text that says what follows if nobody acts until the end."""

    what: str
    silence: str


def deadlines_view(reader: Reader, roster: Callable[[], Roster]) -> list[RunView]:
    """Return the deadline runs on the case that this reader may see, one view for each. `roster`: a function
    that returns the roster. It is called only if a duty of ours is late."""
    inside, theirs = (
        isinstance(reader, Staff),
        {o.id for o in reader.visible_obligations() if o.debtor == reader.principal},
    )
    return [
        RunView(
            run.name,
            run.id or None,
            run.start,
            run.due,
            run.stopped or None,
            bool(run.end and run.end.provisional),
            run.duty,
            run.id in theirs,
            run.at if inside else None,
            run.end.work_by if inside and run.end else None,
            extension_of(run),
            late_view(reader, run, roster()) if is_late(reader, run, reader.now) else None,
        )
        for run in reader.runs()
    ]


def is_late(reader: Reader, run: Running, at: datetime) -> bool:
    """Return whether a deadline run is a duty of ours that a party knows, and was late at the moment `at`."""
    return run.due is not None and run.due <= at and apology_at(reader.case.policy, run.name) is not None


def late_view(reader: Reader, run: Running, roster: Roster) -> LateView:
    """Return what follows from the duty `run`, which is late: who has it now, and the next date."""
    case, now = reader.case, reader.now
    owed = reader.visible_obligations() if of_promise(run.name) else ()
    dates = [promise.by for promise in case.new_dates(run.key)]
    run = after_step(case, run, now)
    have = holders(case, run, now, roster)
    names = (roster.member(who) for who, role in have if who and role == "owner")
    ahead = run.at if run.step and run.step.tell else None
    talks = run.name == "assignment" and case.stage == Stage.NEGOTIATING
    return LateView(
        f"{run.name}_talks" if talks else run.name,
        tuple(dict.fromkeys(role for _, role in have)),
        next((member.name for member in names if member), None),
        max((by for by in dates if by > now), default=None),
        max((by for by in dates if by <= now), default=None),
        ahead,
        tuple(run.step.tell.split(" + ")) if ahead and run.step else (),
        next((_late_promise(reader, o) for o in owed if o.id == run.id), None),
    )


def _late_promise(reader: Reader, obligation: Obligation) -> LatePromise:
    seen = obligation_view(reader, obligation)
    return LatePromise(seen.clause, seen.matter, seen.kind, seen.amount)


def extension_of(run: Running) -> MovedView | None:
    """Return why this deadline run ends later than planned, with the outages that moved it. Return None if it
    does not end later."""
    if not (run.planned and run.moved):
        return None
    away = [AwayView(outage.part, outage.since, outage.until) for outage in run.outages]
    away += [AwayView("late", span.since, span.until) for span in run.waited if span.until]
    if run.late and run.late.until:
        away.append(AwayView("reminder", run.late.since, run.late.until))
    return MovedView(run.planned.at, tuple(away))


def says(reader: PartyReader, run: RunView) -> Says:
    """Return the keys of the texts that explain the deadline `run` to a party."""
    case, letter = reader.case, key_of(run.about or "").name
    owed = next((o for o in reader.visible_obligations() if o.id == run.about), None)
    match run.deadline:
        case "party_reply":
            return Says(f"{letter}.what", f"{letter}.silence")
        case "change_reply":
            mine = "mine_" if owed and owed.answerer != reader.principal else ""
            return Says(f"{mine}what", f"{mine}silence")
        case "offer":
            talks = case.talks.dispute.offers if case.talks.dispute else ()
            made = next((one for one in talks if one.id == run.about), None)
            with_talks = run.due in (each.due for each in reader.around(run.deadline))
            whose = "own_" if made and made.side == reader.party.side else "theirs_"
            return Says(f"{whose}what", "talks_silence" if with_talks else "silence")
        case name if DEADLINES[name].answers_for is reader.party.side:
            return Says("own_what", "silence")
        case "breach_decision":
            breach = owed and owed.notice and owed.state == Duty.IN_CURE
            return Says("breach_what" if breach else "what", "silence")
        case name if DEADLINES[name].of_promise:
            role = "owe_" if run.mine else "agreed_" if owed and owed.term else ""
            return Says(f"{role}what", f"{role}silence")
        case name if DEADLINES[name].leads_on:
            ends = MOVES[str(rule_of(case.policy, name).ladder[-1].take)].do
            return Says("what", reader.lapse(ends, run.due))
        case "assignment" if case.stage == Stage.NEGOTIATING:
            return Says("talks", "talks_silence")
        case "information" if case.request:
            received = "shielded" if case.shielded else "received"
            return Says("what", received if case.request.stage == Stage.RECEIVED else "later")
        case "answer_window" if case.stage in AT_TABLE:
            return Says("answered", "paused")
        case "answer_window" if case.stage == Stage.ANSWERED:
            what, kept = (
                "final" if final(case) else "answered",
                any(not o.offer for o in case.open_obligations),
            )
            if case.shielded and not kept:
                return Says(what, "answered_shielded")
            return Says(what, f"{what}_silence" if case.open_obligations else f"{what}_nothing")
        case "answer_window" if case.shielded:
            return Says("what", "shielded")
    return Says("what", "silence")


def announced_dates(reader: Reader) -> list[Promise]:
    """Return the dates that we promised for the answer, the latest promise first."""
    return [promise for promise in reversed(reader.case.promises) if promise.what == "answer"]
