"""The view of deadlines: their ends, owners and effect of silence, and the announced dates of the answer."""

from datetime import datetime
from typing import Literal, NamedTuple

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.running import DEADLINES, Running, rule_of
from chalicelib.domain.model.case_records import Promise
from chalicelib.domain.model.codes import AT_TABLE, Duty, Stage
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.moves.answer import final
from chalicelib.domain.outages import Part
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

INQUIRY = frozenset(name for name, declared in DEADLINES.items() if declared.inquiry)
"""The deadlines of our own inquiry. They run on during talks, but are then not the next step."""


def of_promise(deadline: str) -> bool:
    """Return whether a deadline belongs to one promise, which both of its sides see."""
    return DEADLINES[deadline].of_promise


def shown_beside(deadline: str) -> bool:
    """Return whether a page shows a deadline next to its subject: a promise, an offer, an invitation, a
    meeting, a text to sign."""
    return DEADLINES[deadline].of_promise or DEADLINES[deadline].beside


class AwayView(NamedTuple):
    """A time lost to an open window (UTC): an outage of a part of our system, or the delay of our
    `reminder`."""

    part: Part | Literal["reminder"]
    since: datetime
    until: datetime


class MovedView(NamedTuple):
    """A window extension caused by us: the `planned` end (UTC), and the outages, after them a late
    reminder."""

    planned: datetime
    outages: tuple[AwayView, ...]


class RunView(NamedTuple):
    """A running deadline and its subject (`about`). While it is suspended, `stopped` gives the reason and
    nothing is due. `ours` means that we monitor it; `mine` means that the reader must perform by then.
    `provisional` lasts until the calendar of its year is published. `moved` explains a later end. Only staff
    see `next_step`, the clock's next step, and `work_by`. Moments are UTC."""

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


class Says(NamedTuple):
    """The sentence keys of a deadline: what it is, and what silence means at its end."""

    what: str
    silence: str


def deadlines_view(reader: Reader) -> list[RunView]:
    """Return the running deadlines that this reader may see."""
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
            moved(run),
        )
        for run in reader.runs()
    ]


def moved(run: Running) -> MovedView | None:
    """Return the extension of a window; None without one."""
    if not (run.planned and run.moved):
        return None
    away = [AwayView(outage.part, outage.since, outage.until) for outage in run.outages]
    if run.late and run.late.until:
        away.append(AwayView("reminder", run.late.since, run.late.until))
    return MovedView(run.planned.at, tuple(away))


def says(reader: PartyReader, run: RunView) -> Says:
    """Return the sentence keys of a deadline for a party."""
    case, letter = reader.case, key_of(run.about or "").name
    owed = next(
        (o for o in reader.visible_obligations() if run.about in (o.id, f"change_proposed#{o.id}")), None
    )
    match run.deadline:
        case "party_reply":
            proposed = owed and owed.proposed and owed.proposed.by_side == reader.principal
            mine = "mine_" if proposed else ""
            return Says(f"{letter}.{mine}what", f"{letter}.{mine}silence")
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


def promised(reader: Reader) -> list[Promise]:
    """Return the announced dates of the answer, the latest first."""
    return [promise for promise in reversed(reader.case.promises) if promise.what == "answer"]
