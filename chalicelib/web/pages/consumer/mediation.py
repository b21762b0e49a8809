"""The part of a case page about formal mediation: who mediates, objections, meetings and their minutes,
absence, more time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.deadlines import DEADLINES, deadlines
from chalicelib.domain.engine.running import Running, running_of
from chalicelib.domain.model.codes import Side, Stage
from chalicelib.domain.model.mediated import MEDIATOR, Mediation, Meeting
from chalicelib.domain.moves.mediation import LONGER
from chalicelib.domain.moves.meetings import MOST_ASKS
from chalicelib.domain.policy import policy
from chalicelib.letters.saying import label, moment
from chalicelib.view.party import Facts
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.wiring import product

NAMED = frozenset({"meeting"})
"""What a form of a mediation is about: shown on it, and not asked."""
Runs = Mapping[tuple[str, str], Running]


class Held(NamedTuple):
    """A meeting as its page tells it; `state` is ahead, on, past (not written down yet), cancelled or
    recorded; `why` it was moved or cancelled, `asks` how often this side may still ask for another time,
    `correct` until when it can correct the minutes."""

    id: str
    at: datetime
    length: int
    way: str
    place: str
    papers: str
    state: str
    why: str
    asks: int
    present: list[str]
    minutes: str
    upcoming: str
    correct: datetime | None


class Missed(NamedTuple):
    """A side that was not at a meeting; of one's own also until when to explain it, and why the mediator
    found as they did."""

    meeting: str
    own: bool
    good: bool | None
    until: datetime | None
    late: bool
    reason: str


def mediation(view: View) -> dict[str, Any] | None:
    """All there is to say about the mediation, to one side of it; None where there was none."""
    case, found = view.case, view.case.mediation
    if found is None:
        return None
    runs: Runs = {(run.name, run.id): run for run in deadlines(case).values()}
    moves = view.moves("mediation")
    ends, appointed = runs.get(("mediation", "")), runs.get(("mediator_appointment", ""))
    absences, named_by = list(_missed(view, found, runs)), appointed.due if appointed else None
    return {
        "on": case.stage == Stage.MEDIATING,
        "since": found.since,
        "mediator": _mediator(view, found),
        "named_by": named_by,
        "late": _over(named_by),
        "asked": bool(found.mediator and not found.accepted),
        "again": bool(found.past),
        "objects_until": objects_until(view),
        "objected_late": any(_over(run.due) for run in _objects(view)),
        "challenge": _challenge(view, found, runs),
        "decided": _decided(view, found),
        "meetings": [_held(view, found, meeting, runs) for meeting in found.meetings],
        "absences": absences,
        "waits": any(one.own and one.good is None for one in absences),
        "until": ends.due if ends else None,
        "stopped": ends.stopped if ends else "",
        "extended": bool(case.extended(LONGER)),
        "more_days": _more_days(view),
        "moves": moves,
        "agreed": {who: who in found.extends for who in (*map(str, Side), MEDIATOR)},
        "silent": bool(case.review),
        "lapse": view.lapse("lapse_mediation", ends.due if ends else None)
        if case.stage == Stage.MEDIATING
        else "",
    }


def _over(due: datetime | None) -> bool:
    return due is not None and due <= product.now()


def _more_days(view: View) -> str:
    """By how many days a mediation is prolonged; nothing where the policy counts in something else."""
    longer = policy(view.case.policy).rules[LONGER].extensions[0]
    return longer[:-1] if longer.endswith("d") else ""


def _said(view: View, found: Mediation, *moves: str) -> list[tuple[Facts, Mapping[str, Any]]]:
    """What these moves said since this mediation began: facts and words."""
    return [
        (line["facts"], words)
        for _, (line, words) in view.dossier.of(*moves)
        if instant(line["at"]) >= found.since
    ]


def _mediator(view: View, found: Mediation) -> dict[str, Any] | None:
    """Who mediates, as both sides are told once they have taken it on."""
    who = product.file.roster().mediators.member(found.mediator or "")
    if not found.accepted:
        return None
    told = (
        {
            name: getattr(who, name)
            for name in ("name", "body", "qualification", "number", "experience", "past")
        }
        if who
        else {}
    )
    past = _said(view, found, "accept_appointment")
    return {
        **told,
        "lawful": found.lawful,
        "since": found.accepted,
        "past_cases": past[-1][1].get("past_cases") if past else None,
    }


def objects_until(view: View) -> datetime | None:
    """Until when this side may object to the mediator; None when that is over, or its time has not begun."""
    return next((run.due for run in _objects(view) if run.due and not _over(run.due)), None)


def _objects(view: View) -> list[Running]:
    """The time of this side to object to the mediator, also once it is over."""
    runs = running_of(view.case, DEADLINES["challenge"]) if view.case.stage == Stage.MEDIATING else ()
    return [run for run in runs if view.concerns(run)]


def _challenge(view: View, found: Mediation, runs: Runs) -> dict[str, Any] | None:
    """The objection that waits to be decided; its reason only to the side that made it."""
    if found.challenge is None:
        return None
    line, words = view.dossier.said(found.challenge.entry)
    decided = runs.get(("challenge_decision", ""))
    by = decided.due if decided else None
    return {
        "own": found.challenge.side == view.party.side,
        "by": by,
        "late": _over(by),
        "at": found.challenge.at,
        "reason": words.get("reason", "") if view.said(line, line["facts"]) else "",
    }


def _decided(view: View, found: Mediation) -> dict[str, Any] | None:
    """What was last decided on an objection, and why."""
    said = _said(view, found, "decide_challenge")
    return (
        {"upheld": said[-1][0]["upheld"], "reason": said[-1][1].get("reason", "")}
        if said and not found.challenge
        else None
    )


def _held(view: View, found: Mediation, meeting: Meeting, runs: Runs) -> Held:
    def last(*moves: str) -> tuple[Facts, Mapping[str, Any]]:
        return next(
            (one for one in reversed(_said(view, found, *moves)) if one[0]["meeting"] == meeting.id), ({}, {})
        )

    places = [
        words["place"]
        for facts, words in _said(view, found, "call_meeting", "change_meeting")
        if facts["meeting"] == meeting.id and words.get("place")
    ]
    state = "cancelled" if meeting.cancelled else "recorded" if meeting.recorded else _when(meeting)
    (held, minutes), correct = last("record_meeting"), runs.get(("party_reply", f"minutes#{meeting.id}"))
    return Held(
        meeting.id,
        meeting.at,
        meeting.minutes,
        meeting.way,
        places[-1] if places else "",
        last("call_meeting")[1].get("papers") or "",
        state,
        last("change_meeting")[1].get("reason") or "",
        MOST_ASKS - meeting.asks.get(view.party.side, 0),
        list(held.get("present", ())),
        minutes.get("minutes", ""),
        minutes.get("next_step", ""),
        correct.due if correct else None,
    )


def _when(meeting: Meeting) -> str:
    """Whether a meeting is ahead, on, or past: whoever is late still finds the place."""
    now = product.now()
    return (
        "ahead"
        if now < meeting.at
        else "on"
        if now < meeting.at + timedelta(minutes=meeting.minutes)
        else "past"
    )


def _missed(view: View, found: Mediation, runs: Runs) -> Iterator[Missed]:
    side = view.party.side
    for absence in found.absences:
        own, asked = absence.side == side, runs.get(("party_reply", f"absence_asked#{absence.meeting}"))
        why = [
            words.get("reason", "")
            for facts, words in _said(view, found, "decide_absence")
            if own and (facts["meeting"], facts["side"]) == (absence.meeting, side)
        ]
        until = asked.due if asked and own and absence.good is None else None
        yield Missed(absence.meeting, own, absence.good, until, _over(until), (why or [""])[-1])


def named(view: View, move: str) -> dict[str, str]:
    """What the form of a move is about: the meeting that is still to be held."""
    meeting = view.case.mediation.meeting if view.case.mediation else None
    return {"meeting": meeting.id} if meeting and move == "ask_meeting_change" else {}


def sentences(language: str, facts: Facts) -> Iterator[str]:
    """What the facts of an entry of a mediation say."""
    if "conflict" in facts:
        yield label(language, facts["conflict"], "conflict")
    if "upheld" in facts:
        yield say(language, "consumer.parts.mediation." + ("upheld" if facts["upheld"] else "not_upheld"))
    if "meeting" in facts:
        at = moment(language, instant(facts["at"]), end=False) if facts.get("at") else ""
        kind = "meeting_cancelled" if facts.get("cancel") else "meeting_at" if at else "meeting"
        yield say(language, f"consumer.parts.mediation.{kind}", id=facts["meeting"], at=at)
    if "present" in facts:
        here = [label(language, side, "side") for side in facts["present"]]
        yield say(
            language,
            "consumer.parts.mediation.present" if here else "consumer.parts.mediation.nobody",
            sides=("、" if language == "zh" else ", ").join(here),
        )
    if "good" in facts:
        yield say(language, "consumer.parts.mediation." + ("good" if facts["good"] else "not_good"))


def told(view: View) -> dict[str, Any] | None:
    """The mediation as the interface tells it to one side."""
    found = mediation(view)
    if found is None:
        return None

    def at(moment_: datetime | None) -> str | None:
        return stamp(moment_) if moment_ else None

    challenge, mediator = found["challenge"], found["mediator"]
    meetings = [{**one._asdict(), "at": at(one.at), "correct": at(one.correct)} for one in found["meetings"]]
    return {
        "since": at(found["since"]),
        "mediator": mediator and {**mediator, "since": at(mediator["since"])},
        "mediator_by": at(found["named_by"]),
        "objection_until": at(found["objects_until"]),
        "objection": challenge and {**challenge, "by": at(challenge["by"]), "at": at(challenge["at"])},
        "decided": found["decided"],
        "meetings": meetings,
        "absences": [{**one._asdict(), "until": at(one.until)} for one in found["absences"]],
        "extension": {
            "agreed": [who for who, agrees in found["agreed"].items() if agrees],
            "extended": found["extended"],
        },
        "ends": at(found["until"]),
        "stopped": found["stopped"] or None,
    }
