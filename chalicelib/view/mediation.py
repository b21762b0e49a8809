"""The view of a mediation, for one side and for staff: the mediator, objections to the mediator, meetings
with their minutes, absences, and the extension."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, NotRequired, cast

from typing_extensions import TypedDict

from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import Take
from chalicelib.domain.engine.running import Running
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, Absence, Mediation, Meeting
from chalicelib.domain.model.codes import AT_TABLE, MeetingWay, Side, Stage
from chalicelib.domain.moves.mediation import (
    LONGER,
    accept_appointment,
    appoint_mediator,
    challenge_mediator,
    decide_challenge,
    lapse_mediation,
)
from chalicelib.domain.moves.meetings import (
    MOST_ASKS,
    call_meeting,
    change_meeting,
    decide_absence,
    record_meeting,
)
from chalicelib.domain.policy import policy
from chalicelib.domain.register import Mediator
from chalicelib.domain.roster import Roster
from chalicelib.view.party import Facts, PartyReader, side_of
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

Runs = Mapping[tuple[str, str], Running]


class Mediates(TypedDict):
    """The mediator who has accepted the case, as the parties see them. `since`: when they accepted. `lawful`:
    whether they belong to a lawfully established body. `past`: the number of their earlier cases with the
    company. `past_cases`: what they said about these cases. If the mediator has left the register, the first
    six fields are missing. `body`: the mediation body. `qualification`: the name of their qualification.
    `experience`: their experience as a mediator."""

    name: NotRequired[str]
    body: NotRequired[str]
    qualification: NotRequired[str]
    number: NotRequired[str]
    experience: NotRequired[str]
    past: NotRequired[int]
    lawful: bool
    since: datetime | None
    past_cases: str | None


class Objection(NamedTuple):
    """An objection to the mediator that is not decided yet. `own`: whether the reader's side made it. `at`:
    when it was made. `by`: until when (UTC) it must be decided; None if there is no such time now. `late`:
    whether that moment has passed. `reason`: the reason, in words; "" unless the reader made the
    objection."""

    own: bool
    by: datetime | None
    late: bool
    at: datetime
    reason: str


class ObjectionDecision(NamedTuple):
    """The last decision on an objection to the mediator. `upheld`: True if the mediator had to leave, and
    False if they stay. `reason`: the reason for the decision."""

    upheld: bool
    reason: str


class Prolonged(NamedTuple):
    """The extension of a mediation. `agreed`: who has agreed to it; the values are the sides and "mediator".
    `extended`: whether it was granted."""

    agreed: list[str]
    extended: bool


MeetingState = Literal["ahead", "on", "past", "cancelled", "recorded"]
"""The states of a meeting. "ahead": it has not begun. "on": it takes place now. "past": it is over, but has
no minutes yet. "cancelled": it was cancelled. "recorded": it has minutes."""


@frozen(kw_only=True)
class MeetingView(Meeting):
    """A meeting, with the words about it that the reader may know. `place`: where it takes place. `papers`:
    what to bring. `why`: the reason for its last change or cancellation. Each of these is "" if there is none
    or the reader may not know it. `written`: the number of the timeline entry with its minutes; 0 if there
    are none or the reader may not read them. `present`: the people who attended, by the minutes."""

    state: MeetingState
    place: str
    papers: str
    why: str
    written: int
    present: tuple[str, ...]


class Appointed(NamedTuple):
    """The mediator who was asked to take the case. `mediator`: the entry in the register of mediators.
    `past_cases`: what the mediator said about earlier cases with this company; None before they accepted the
    case."""

    mediator: Mediator
    past_cases: str | None


class Called(NamedTuple):
    """A meeting as of one timeline entry. `minutes`: its length. `place`, `papers`: where it takes place, and
    what to bring. `was`: when it was to begin before its last change; None if that change left the time as it
    was. `sequence`: how often it was changed. Calendar programs need this number to follow the changes."""

    id: str
    at: datetime
    minutes: int
    way: MeetingWay
    place: str | None
    papers: str | None
    was: datetime | None
    sequence: int


class PartyMeeting(NamedTuple):
    """A meeting as one side sees it. `length`: its length in minutes. `papers`: what to bring. `why`: the
    reason for its last change or cancellation. `asks`: how often this side may still ask for another time.
    `present`: the people who attended. `minutes`: the text of its minutes. `upcoming`: the next step that the
    minutes name. `correct`: until when (UTC) this side may correct the minutes; None if it may not. `way`:
    how it is held. `place`: where it is held, or the link or number."""

    id: str
    at: datetime
    length: int
    way: MeetingWay
    place: str
    papers: str
    state: MeetingState
    why: str
    asks: int
    present: list[str]
    minutes: str
    upcoming: str
    correct: datetime | None


class Missed(NamedTuple):
    """The absence of a side from a meeting. `meeting`: the id of the meeting. `own`: whether it was the
    reader's side. `good`: whether the mediator accepted the reason; None if the mediator has not decided.

    The last three fields are only for the side that was absent. `until`: until when (UTC) it can explain its
    absence. `late`: whether that moment has passed. `reason`: the mediator's reason for the decision.
    """

    meeting: str
    own: bool
    good: bool | None
    until: datetime | None
    late: bool
    reason: str


@frozen
class MediationView:
    """A mediation as one side sees it.

    `mediator`: the mediator; None until one has accepted the case. `mediator_by`: until when one must have
    accepted. `objection_until`: until when this side may object to the mediator; None if it may not.
    `objected_late`: whether the time for that has passed. `objection`: an objection that is not decided yet.
    `decided`: the last decision on an objection.

    `ends`: when the mediation ends; None while it is paused. `stopped`: the reason for the pause.
    `more_days`: by how many days it could be extended; "" if the policy does not count in days. `lapse`: the
    stage that follows if there is no agreement when it ends. All moments are UTC. `meetings`: the meetings.
    `absences`: the absences from them that were examined. `extension`: whether it was extended."""

    since: datetime
    mediator: Mediates | None
    mediator_by: datetime | None
    objection_until: datetime | None
    objected_late: bool
    objection: Objection | None
    decided: ObjectionDecision | None
    meetings: list[PartyMeeting]
    absences: list[Missed]
    extension: Prolonged
    ends: datetime | None
    stopped: str | None
    more_days: str
    lapse: str


def mediation_view(reader: PartyReader, roster: Roster) -> MediationView | None:
    """Return the mediation as the reader's side sees it. Return None if the case has no mediation."""
    case, found = reader.case, reader.case.talks.mediation
    if found is None:
        return None
    longer = policy(case.policy).rules[LONGER].extensions[0]
    runs: Runs = {(run.name, run.id): run for run in deadlines(case).values()}
    ends, appointed = runs.get(("mediation", "")), runs.get(("mediator_appointment", ""))
    return MediationView(
        since=found.since,
        mediator=_mediator(reader, found, roster),
        mediator_by=appointed.due if appointed else None,
        objection_until=objects_until(reader),
        objected_late=any(reader.past(run.due) for run in _objects(reader)),
        objection=_objection(reader, found, runs),
        decided=_decided(reader, found),
        meetings=[_held(reader, found, meeting, runs) for meeting in found.meetings],
        absences=list(_missed(reader, found, runs)),
        extension=_extension(case, found),
        ends=ends.due if ends else None,
        stopped=(ends.stopped or None) if ends else None,
        more_days=longer[:-1] if longer.endswith("d") else "",
        lapse=reader.lapse(lapse_mediation, ends.due if ends else None)
        if case.stage == Stage.MEDIATING
        else "",
    )


class AbsenceView(NamedTuple):
    """The absence of a side from a meeting. `asked`: when the side was asked for its reason. `good`: whether
    the mediator accepted the reason; None if the mediator has not decided. `n`: the number of the timeline
    entry with the decision; 0 before the decision."""

    side: Side
    asked: datetime
    good: bool | None
    n: int


@frozen
class MediationInside:
    """A mediation as staff see it. `record`: its record on the case, without the parts that this reader may
    not know."""

    reader: Staff
    record: Mediation

    @property
    def state(self) -> Literal["over", "accepted", "asked", "sought"]:
        """Return how far the case is with its mediator. "sought": nobody was asked. "asked": a mediator was
        asked and has not accepted. "accepted": a mediator has accepted. "over": the talks are over."""
        if self.reader.case.stage not in AT_TABLE:
            return "over"
        return "accepted" if self.record.accepted else "asked" if self.record.mediator else "sought"

    @property
    def objection_entry(self) -> int:
        """Return the number of the timeline entry of the objection that is not decided yet. Return 0 if there
        is none, or if the entry is in the timeline of another case."""
        n = self.record.challenge.entry if self.record.challenge else 0
        return n if self.reader.has_entry(n) else 0

    @property
    def extension(self) -> Prolonged:
        """Return who has agreed to extend the mediation, and whether the extension was granted."""
        return _extension(self.reader.case, self.record)

    @property
    def meetings(self) -> list[MeetingView]:
        """Return all meetings of the mediation, with the words about them that the reader may know."""
        return [meeting_view(self.reader, self.record, meeting) for meeting in self.record.meetings]

    def absences(self, meeting: str) -> list[AbsenceView]:
        """Return the absences from the meeting with the id `meeting`."""
        return [
            AbsenceView(one.side, one.asked, one.good, decision_on(self.reader, self.record, one))
            for one in self.record.absences
            if one.meeting == meeting
        ]

    def mediator(self, roster: Roster) -> Mediator | None:
        """Return the mediator's entry in the register of mediators. Return None if there is no mediator, or
        if they have left the register."""
        return roster.mediators.member(self.record.mediator or "")


def mediation_inside(reader: Staff) -> MediationInside | None:
    """Return the mediation as a member of staff or the mediator sees it. Return None if the case has no
    mediation."""
    found = reader.head.talks.mediation
    return MediationInside(reader, found) if found else None


def meeting_view(reader: Reader, found: Mediation, meeting: Meeting) -> MeetingView:
    """Return the meeting `meeting` of the mediation `found`, with the words about it that the reader may
    know."""
    said = [words for *_, words in _said(reader, found, call_meeting, change_meeting, meeting=meeting.id)]
    held = _said(reader, found, record_meeting, meeting=meeting.id)
    written, facts, _ = held[-1] if held else (0, {}, {})
    if written and isinstance(reader, Staff) and not reader.reads(reader.dossier.line(written)):
        written, facts = 0, {}
    return MeetingView(
        **values(meeting),
        state=_state(meeting, reader.now),
        place=next((words["place"] for words in reversed(said) if words.get("place")), ""),
        papers=said[0].get("papers") or "" if said else "",
        why=said[-1].get("reason") or "" if said else "",
        written=written,
        present=tuple(facts.get("present", ())),
    )


def mediator_until(reader: Reader, roster: Roster, until: int) -> Appointed | None:
    """Return the mediator who was last asked to take the case, as of entry `until`. Return None if nobody was
    asked, or if the mediator has left the register."""
    asked, taken = (reader.dossier.last(move, until=until) for move in (appoint_mediator, accept_appointment))
    known = roster.mediators.member(reader.dossier.line(asked)["facts"]["mediator"]) if asked else None
    if known is None:
        return None
    theirs = taken and reader.dossier.line(taken)["who"] == known.id
    return Appointed(known, reader.words(taken).get("past_cases") if theirs else None)


def objector_until(reader: Reader, until: int) -> Side | None:
    """Return the side that last objected to the mediator, as of entry `until`. Return None if neither side
    has."""
    n = reader.dossier.last(challenge_mediator, until=until)
    line = reader.dossier.line(n) if n else None
    return side_of(line, line["facts"]) if line else None


def meeting_until(reader: Reader, id: str, until: int) -> Called | None:
    """Return the meeting with this id, as of entry `until`. Return None if there was no such meeting yet. If
    entry `until` cancels the meeting, `sequence` counts the cancellation as a change."""
    found = None
    for n, (line, _) in reader.dossier.of(call_meeting, change_meeting, until=until):
        said = {**line["facts"], **reader.words(n)}
        if said["meeting"] != id:
            continue
        if line["move"] == call_meeting.__name__:
            at, way = instant(said["at"]), MeetingWay(said["way"])
            place, papers = said.get("place"), said.get("papers")
            found = Called(id, at, said["minutes"], way, place, papers, None, 0)
        elif found:
            new = {name: said[name] for name in ("minutes", "way", "place") if said.get(name)}
            moved = {name: instant(said[name]) for name in ("at", "was") if said.get("at")}
            found = found._replace(**{"was": None, **new, **moved}, sequence=found.sequence + 1)
    if found and reader.dossier.line(until)["facts"].get("called_off") == id:
        found = found._replace(sequence=found.sequence + 1)
    return found


def decision_on(reader: Reader, found: Mediation, absence: Absence) -> int:
    """Return the number of the timeline entry with the mediator's decision on the reason for `absence`.
    Return 0 before the decision."""
    about = {"meeting": absence.meeting, "side": absence.side}
    return max((n for n, *_ in _said(reader, found, decide_absence, **about)), default=0)


def _said(
    reader: Reader, found: Mediation, *moves: Take, **about: str
) -> list[tuple[int, Facts, Mapping[str, Any]]]:
    """Return the entries of these moves since the mediation `found` began. Each is a tuple of the number, the
    facts, and the words that the reader may know. `about`: facts that an entry must have to be included."""
    return [
        (n, line["facts"], reader.words(n))
        for n, (line, _) in reader.dossier.of(*moves)
        if instant(line["at"]) >= found.since and about.items() <= line["facts"].items()
    ]


def _mediator(reader: PartyReader, found: Mediation, roster: Roster) -> Mediates | None:
    who = roster.mediators.member(found.mediator or "")
    if not found.accepted:
        return None
    past = _said(reader, found, accept_appointment)
    on_file = ("name", "body", "qualification", "number", "experience", "past") if who else ()
    told = {
        **{name: getattr(who, name) for name in on_file},
        "lawful": found.lawful,
        "since": found.accepted,
        "past_cases": past[-1][2].get("past_cases") if past else None,
    }
    return cast(Mediates, told)


def objects_until(reader: PartyReader) -> datetime | None:
    """Return until when (UTC) the reader's side may object to the mediator. Return None if it may not object
    yet, or no longer."""
    return next((run.due for run in _objects(reader) if run.due and not reader.past(run.due)), None)


def _objects(reader: PartyReader) -> list[Running]:
    """Return the deadline run in which the reader's side may object to the mediator, as a list. The run is
    included even if it has ended. The list is empty before it begins."""
    return [run for run in reader.runs() if run.name == "challenge"]


def _extension(case: Case, found: Mediation) -> Prolonged:
    agreed = [who for who in (*Side, MEDIATOR) if who in found.extends]
    return Prolonged(agreed, bool(case.extended(LONGER)))


def _objection(reader: PartyReader, found: Mediation, runs: Runs) -> Objection | None:
    if found.challenge is None:
        return None
    line, words = reader.dossier.entry(found.challenge.entry)
    decided = runs.get(("challenge_decision", ""))
    by = decided.due if decided else None
    reason = words.get("reason", "") if reader.is_own_statement(line, line["facts"]) else ""
    own = found.challenge.side == reader.party.side
    return Objection(own, by, reader.past(by), found.challenge.at, reason)


def _decided(reader: PartyReader, found: Mediation) -> ObjectionDecision | None:
    said = [] if found.challenge else _said(reader, found, decide_challenge)
    return ObjectionDecision(said[-1][1]["upheld"], said[-1][2].get("reason", "")) if said else None


def _held(reader: PartyReader, found: Mediation, meeting: Meeting, runs: Runs) -> PartyMeeting:
    told = meeting_view(reader, found, meeting)
    letter = f"minutes#{meeting.id}" + (f"#{BUSINESS}" if reader.company else "")
    minutes, correct = reader.words(told.written), runs.get(("party_reply", letter))
    return PartyMeeting(
        meeting.id,
        meeting.at,
        meeting.minutes,
        meeting.way,
        told.place,
        told.papers,
        told.state,
        told.why,
        MOST_ASKS - meeting.asks.get(reader.party.side, 0),
        [*told.present],
        minutes.get("minutes", ""),
        minutes.get("next_step", ""),
        correct.due if correct else None,
    )


def _state(meeting: Meeting, now: datetime) -> MeetingState:
    """Return the state of a meeting at the moment `now`. It is "on" from its beginning to its planned end, so
    that people who are late still see the place."""
    if meeting.cancelled or meeting.recorded:
        return "cancelled" if meeting.cancelled else "recorded"
    return (
        "ahead"
        if now < meeting.at
        else "on"
        if now < meeting.at + timedelta(minutes=meeting.minutes)
        else "past"
    )


def _missed(reader: PartyReader, found: Mediation, runs: Runs) -> Iterator[Missed]:
    side = reader.party.side
    for absence in found.absences:
        own, asked = absence.side == side, runs.get(("party_reply", absence.letter))
        why = reader.words(decision_on(reader, found, absence)).get("reason", "") if own else ""
        until = asked.due if asked and own and absence.good is None else None
        yield Missed(absence.meeting, own, absence.good, until, reader.past(until), why)
