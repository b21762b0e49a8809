"""The deadlines of a complaint as its reader is told them: what, until when, what silence means.

Only what is named is told: a deadline that is not in RUNS (`view/party.py`) is for staff only."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.engine.running import Running
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import AT_TABLE, Duty, Stage
from chalicelib.domain.moves.answer import final
from chalicelib.domain.moves.mediation import lapse_mediation
from chalicelib.domain.moves.signing import lapse_signing
from chalicelib.letters.saying import label, late, texts
from chalicelib.view.party import OF_A_DUTY
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.lengths import lengths

OF_PARTS = (
    *OF_A_DUTY,
    "offer",
    "drafting",
    "mediation_consent",
    "company_consent",
    "company_silence",
    "challenge",
    "meeting",
    "signing",
    "judicial_confirmation",
    "survey",
    "opinion",
)
"""Deadlines that are shown beside what they are about: a promise, an offer, an invitation, a meeting, a text
to sign."""
LAPSES = {"signing": lapse_signing, "mediation": lapse_mediation}
"""Deadlines after which the case may go on at one stage or another, and the move by which it does."""


class Runs(NamedTuple):
    """A deadline as the page tells it: what, until when, what silence means; `ours` when we watch over it,
    `mine` when it is this party who must perform by then; `still` is why it stands still, `id` what it is
    about."""

    name: str
    id: str
    what: str
    silence: str
    ours: bool
    due: datetime | None
    left: str
    late: bool
    provisional: bool
    still: str
    mine: bool


def promised(case: Case, language: str) -> Iterator[tuple[datetime, datetime, str]]:
    """Each date that was promised for the answer, the latest first: (told when, by when, why it changed)."""
    for promise in (each for each in reversed(case.promises) if each.what == "answer"):
        why = promise.reason or ""
        listed = "extension_reason" if why in texts(language)["extension_reason"] else "move"
        yield promise.told, promise.by, label(language, why, listed) if why else ""


def runs(view: View) -> list[Runs]:
    """The running deadlines, the next one first; those that stand still last."""
    shown = view.authorised or view.caller.by_phrase
    found = [_runs(view, run) for run in view.runs() if shown]
    return sorted(found, key=lambda run: (run.due is None, run.due or view.case.received_at))


def elsewhere(view: View, running: Iterable[Runs] | None = None) -> list[Runs]:
    """Those that are told beside no promise, offer or text that they are about."""
    return [
        run
        for run in (runs(view) if running is None else running)
        if run.name not in OF_PARTS and not run.id.startswith("change_proposed#")
    ]


def _runs(view: View, run: Running) -> Runs:
    language = view.language
    still = label(language, run.stopped, "pause_reason") if run.stopped else ""
    left = _left(view, run)
    slots = lengths(language, view.case.policy)
    what, silent = (say(language, f"consumer.runs.{run.name}.{key}", **slots) for key in _texts(view, run))
    overdue, provisional = bool(run.due and run.due < view.now), bool(run.end and run.end.provisional)
    mine = any(owed.id == run.id and owed.debtor == view.principal for owed in view.owed())
    return Runs(run.name, run.id, what, silent, run.duty, run.due, left, overdue, provisional, still, mine)


def _left(view: View, run: Running) -> str:
    """How much time is left; once it has passed, that we are late, or that a window is closed."""
    if view.past(run.due):
        return say(view.language, f"consumer.case.{'late' if run.duty else 'closed'}")
    return late(view.language, view.now - run.due) if run.due else ""


def _texts(view: View, run: Running) -> tuple[str, str]:
    """Which sentences tell a deadline: what it is, and what silence means."""
    case, letter = view.case, run.id.partition("#")[0]
    if run.name == "party_reply":
        mine = (
            "mine_"
            if any(
                run.id == f"change_proposed#{o.id}" and o.proposed and o.proposed.by_side == view.principal
                for o in view.owed()
            )
            else ""
        )
        return f"{letter}.{mine}what", f"{letter}.{mine}silence"
    if run.name in OF_A_DUTY:
        owed = next(o for o in view.owed() if o.id == run.id)
        if run.name == "breach_decision":
            return ("breach_what" if owed.notice and owed.state == Duty.IN_CURE else "what"), "silence"
        role = "owe_" if owed.debtor == view.principal else "agreed_" if owed.term else ""
        return f"{role}what", f"{role}silence"
    if run.name in LAPSES:
        return "what", view.lapse(LAPSES[run.name], run.due)
    if run.name == "assignment" and case.stage == Stage.NEGOTIATING:
        return "talks", "talks_silence"
    if run.name == "information" and case.request:
        return (
            "what",
            "later" if case.request.stage != Stage.RECEIVED else "shielded" if case.shielded else "received",
        )
    if run.name == "answer_window" and case.stage in AT_TABLE:
        return "answered", "paused"
    if run.name == "answer_window" and case.stage == Stage.ANSWERED:
        kept, what = any(not o.offer for o in case.owed), "final" if final(case) else "answered"
        if case.shielded and not kept:
            return what, "answered_shielded"
        return what, f"{what}_silence" if case.owed else f"{what}_nothing"
    if run.name == "answer_window" and case.shielded:
        return "what", "shielded"
    return "what", "silence"
