"""Meetings of a mediation: notice, change, cancellation, minutes, and absences with or without good
reason."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from chalicelib.domain.calendar import SHANGHAI, length, published
from chalicelib.domain.engine.declare import FOLLOWING, OF_TALKS, OFTEN, Done, Shows, move, where
from chalicelib.domain.engine.letters_owed import to_all, to_both_sides
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Absence, Mediation, Meeting
from chalicelib.domain.model.codes import MeetingWay, Power, Role as R, Side, Stage as S
from chalicelib.domain.model.field_marks import Choice, Future, MeetingId, OfficialText, Story, Text, YesNo
from chalicelib.domain.moves.dispute import Side_, side_of
from chalicelib.domain.moves.mediation import mediation_of, objecting
from chalicelib.domain.moves.offers import to_side
from chalicelib.domain.policy import policy

MOST_MINUTES = 480
"""The longest meeting, in minutes. A longer one is refused, because it must be a slip of the pen."""
MOST_MEETINGS = 20
"""The most meetings of one mediation."""
MOST_ASKS = 2
"""How often one side can ask for another time of the same meeting."""


def _ahead(case: Case) -> object:
    return case.talks.mediation and case.talks.mediation.meeting


def _called_off(before: Case | None, after: Case, done: Done, act: Act) -> tuple[Case, Done]:
    """Return the case and the result of a move, with the coming meeting cancelled if the move ended the
    mediation or the mediator left. Both sides and the mediator get a letter, so that nobody comes in vain.
    `before` is the case before the move, and `after` the case after the move."""
    meeting = before.talks.mediation.meeting if before and before.talks.mediation else None
    if (
        before is None
        or meeting is None
        or (after.stage == S.MEDIATING and after.mediator == before.mediator)
    ):
        return after, done
    mediation = mediation_of(after if after.talks.mediation else before)
    off = replace(meeting, cancelled=act.now, sequence=meeting.sequence + 1)
    meetings = tuple(off if other.id == off.id else other for other in mediation.meetings)
    letter = f"meeting_cancelled#{off.id}"
    told = (
        *done.tells,
        *to_both_sides(letter),
        *([(letter, f"staff:{before.mediator}")] if before.mediator else []),
    )
    return (
        replace(after, talks=replace(after.talks, mediation=replace(mediation, meetings=meetings))),
        replace(done, tells=told, facts={**done.facts, "called_off": off.id}),
    )


FOLLOWING.append(_called_off)


def meeting_of(mediation: Mediation, id: str) -> Meeting:
    """Return the meeting with this id, if it is still to be held or has no minutes yet. Raises Refusal
    `meeting_unknown` otherwise."""
    return required(
        next((meeting for meeting in mediation.meetings if meeting.id == id and meeting.upcoming), None),
        "meeting_unknown",
        field="meeting",
    )


def _with(case: Case, meeting: Meeting, *absences: Absence) -> Case:
    """Return the case with this meeting added, and with these absences added. A meeting with the same id is
    replaced."""
    mediation = mediation_of(case)
    known = any(other.id == meeting.id for other in mediation.meetings)
    meetings = tuple(meeting if other.id == meeting.id else other for other in mediation.meetings) + (
        () if known else (meeting,)
    )
    return replace(
        case,
        talks=replace(
            case.talks,
            mediation=replace(mediation, meetings=meetings, absences=(*mediation.absences, *absences)),
        ),
    )


def _in_time(case: Case, act: Act, at: datetime, minutes: int, waived: str | None) -> None:
    """Raise Refusal for a meeting that is too long. Raise Refusal if its time `at` is sooner than the notice
    that the policy requires. `waived` says how both sides gave up the notice; then the meeting may be
    sooner, but not before now."""
    refuse_if(not 1 <= minutes <= MOST_MINUTES, "meeting_length", field="minutes", most=MOST_MINUTES)
    soonest = published().shifted(act.now, length(policy(case.policy).meeting_notice), SHANGHAI)
    too_soon = at <= act.now if waived else at < soonest
    refuse_if(too_soon, "meeting_too_soon", field="at", soonest=soonest)


def _meetable(case: Case, act: Act) -> Mediation:
    """Return the mediation, if a meeting can be called now. Raises Refusal without a mediator, or while an
    objection to the mediator is open or possible. Raises Refusal while another meeting waits, or after too
    many meetings."""
    mediation = mediation_of(case)
    refuse_if(not mediation.accepted, "no_mediator")
    refuse_if(mediation.challenge, "challenge_waits")
    if mediation.meeting:
        raise Refusal("meeting_waits", meeting=mediation.meeting.id)
    refuse_if(objecting(case, act), "challenge_window_open")
    refuse_if(len(mediation.meetings) >= MOST_MEETINGS, "too_many_meetings", most=MOST_MEETINGS)
    return mediation


def _waiting(case: Case) -> str:
    """Return the id of the meeting that is to be held or has no minutes yet. Return "" if there is none."""
    meeting = mediation_of(case).meeting
    return meeting.id if meeting else ""


def _movable(case: Case, act: Act, id: str, side: Side | None = None) -> tuple[Meeting, Side]:
    found, whose = meeting_of(mediation_of(case), id), side_of(case, act, side)
    refuse_if(found.asks.get(whose, 0) >= MOST_ASKS, "asked_often", most=MOST_ASKS)
    return found, whose


def _moves(case: Case) -> set[Side]:
    """Return the sides that can still ask for another time of the coming meeting."""
    meeting = mediation_of(case).meeting if case.talks.mediation else None
    return {side for side in Side if meeting and meeting.asks.get(side, 0) < MOST_ASKS}


def _begun(meeting: Meeting, act: Act) -> None:
    refuse_if(meeting.at > act.now, "meeting_ahead", field="meeting", at=meeting.at)


@move(
    at=S.MEDIATING,
    by=R.NEGOTIATOR | R.MEDIATOR,
    tells="meeting_notice? → all",
    fits=lambda case: (
        case.talks.mediation
        and case.talks.mediation.accepted
        and not case.talks.mediation.challenge
        and not case.talks.mediation.meeting
    ),
    shows=Shows(words=("place", "papers"), facts=("meeting", "at", "minutes", "way")),
    kept=OFTEN,
    part="mediation",
    about=where(_meetable, R.NEGOTIATOR | R.MEDIATOR),
    answers=("first_meeting",),
)
def call_meeting(
    case: Case,
    act: Act,
    *,
    at: Annotated[datetime, Future()],
    minutes: int,
    way: MeetingWay,
    place: OfficialText,
    papers: OfficialText | None = None,
    both_waive: Text | None = None,
) -> Done:
    """Call both sides to a meeting, once neither side can object to the mediator any more. The sides get five
    working days' notice, unless both give up this notice; `both_waive` says how they did. `place` is an
    address, a link or a number. The letter explains what absence can lead to."""
    mediation = _meetable(case, act)
    _in_time(case, act, at, minutes, both_waive)
    called = Meeting(f"M{len(mediation.meetings) + 1}", case.said_by(act), at, minutes, way, act.now)
    return Done(_with(case, called), to_all(f"meeting_notice#{called.id}"), {"meeting": called.id})


@move(
    at=S.MEDIATING,
    by=R.C | R.BUSINESS_REP,
    recorded_by=R.NEGOTIATOR | R.MEDIATOR,
    power=Power.NEGOTIATE,
    tells="task → owner",
    fits=_ahead,
    shows=Shows(words=("reason",), facts=("meeting",), words_for="speaker"),
    confided="talks",
    part="mediation",
    about=where(lambda case, act: _movable(case, act, _waiting(case))),
    sides=_moves,
)
def ask_meeting_change(case: Case, act: Act, *, meeting: MeetingId, reason: Text, side: Side_ = None) -> Case:
    """Ask, for one side, for another time of a meeting. This needs a good reason, and each side can do it
    twice. The person who called the meeting decides."""
    found, whose = _movable(case, act, meeting, side)
    return _with(case, replace(found, asks={**found.asks, whose: found.asks.get(whose, 0) + 1}))


@move(
    at=S.MEDIATING,
    by=R.NEGOTIATOR | R.MEDIATOR,
    tells="meeting_changed? → all, meeting_cancelled? → all",
    fits=_ahead,
    shows=Shows(words=("reason", "place"), facts=("meeting", "at", "minutes", "way", "cancel")),
    kept=OFTEN,
    part="mediation",
    adds={"was": datetime},
)
def change_meeting(
    case: Case,
    act: Act,
    *,
    meeting: MeetingId,
    reason: OfficialText,
    cancel: bool = False,
    at: Annotated[datetime | None, Future()] = None,
    minutes: int | None = None,
    way: MeetingWay | None = None,
    place: OfficialText | None = None,
    both_waive: Text | None = None,
) -> Done:
    """Move a meeting to another time or place, or cancel it (`cancel`). The recipients' calendar entries
    change too. What is left out stays as it is. `both_waive` says how both sides gave up the notice."""
    found = meeting_of(mediation_of(case), meeting)
    if cancel:
        return Done(
            _with(case, replace(found, cancelled=act.now, sequence=found.sequence + 1)),
            to_all(f"meeting_cancelled#{meeting}"),
        )
    refuse_if(not (at or minutes or way or place), "nothing_changed", field="at")
    moved = replace(
        found,
        at=at or found.at,
        minutes=minutes or found.minutes,
        way=way or found.way,
        sequence=found.sequence + 1,
        called=act.now,
        entry=case.said_by(act) if place else found.entry,
    )
    _in_time(case, act, moved.at, moved.minutes, both_waive or ("" if at else meeting))
    return Done(_with(case, moved), to_all(f"meeting_changed#{meeting}"), {"was": found.at})


@move(
    at=S.MEDIATING,
    by=R.NEGOTIATOR | R.MEDIATOR,
    tells="minutes? → both, absence_asked? → absent side",
    fits=_ahead,
    shows=Shows(words=("minutes", "next_step"), facts=("meeting", "present")),
    confided="talks",
    kept=OFTEN,
    part="mediation",
    about=where(
        lambda case, act: _begun(meeting_of(mediation_of(case), _waiting(case)), act),
        R.NEGOTIATOR | R.MEDIATOR,
    ),
    reads_talks=OF_TALKS,
    answers=("meeting",),
)
def record_meeting(
    case: Case,
    act: Act,
    *,
    meeting: MeetingId,
    present: tuple[Side, ...] = (),
    nobody: bool = False,
    minutes: Story,
    next_step: Text,
) -> Done:
    """Record a meeting that was held: the sides present (or `nobody`), the minutes and the next step. Both
    sides get the minutes. A side that was absent is asked for its reason."""
    found = meeting_of(mediation_of(case), meeting)
    refuse_if(bool(present) == nobody, "present_needed", field="present")
    _begun(found, act)
    missed = tuple(Absence(meeting, side, act.now) for side in Side if side not in present)
    asked = tuple((absence.letter, to_side(absence.side)) for absence in missed)
    return Done(
        _with(case, replace(found, recorded=act.now), *missed),
        (*to_both_sides(f"minutes#{meeting}"), *asked),
        {"absent": [absence.side for absence in missed]},
    )


@move(
    at=S.MEDIATING,
    by=R.MEDIATOR,
    fits=lambda case: any(undecided(case)),
    decides=True,
    shows=Shows(words=("explained", "reason"), facts=("meeting", "good"), words_for="side"),
    confided="talks",
    kept=OFTEN,
    part="mediation",
    reads_talks=OF_TALKS,
)
def decide_absence(
    case: Case,
    act: Act,
    *,
    meeting: Annotated[MeetingId, Choice(lambda case, _: {a.meeting for a in undecided(case)})],
    side: Annotated[Side, Choice(lambda case, _: {a.side for a in undecided(case)})],
    good: YesNo,
    reason: Text,
    explained: Text | None = None,
) -> Case:
    """Decide whether a side had a good reason for its absence from a meeting (`good`). Either the side must
    have explained it, and `explained` says how, or its time to explain must be over."""
    found = required(
        next(
            (absence for absence in undecided(case) if (absence.meeting, absence.side) == (meeting, side)),
            None,
        ),
        "no_absence",
        field="meeting",
    )
    asked = (run for run in running_of(case, "party_reply") if run.id == found.letter)
    refuse_if(
        not explained and any(run.due is None or run.due > act.now for run in asked),
        "absence_open",
        field="explained",
    )
    mediation = mediation_of(case)
    absences = tuple(
        replace(absence, good=good) if absence == found else absence for absence in mediation.absences
    )
    return replace(case, talks=replace(case.talks, mediation=replace(mediation, absences=absences)))


def undecided(case: Case) -> Iterable[Absence]:
    """Return the absences for which the mediator has not yet decided whether there was a good reason."""
    return (
        (absence for absence in case.talks.mediation.absences if absence.good is None)
        if case.talks.mediation
        else ()
    )
