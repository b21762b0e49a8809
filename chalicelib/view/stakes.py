"""What a party can lose, and when. The status box of the case page shows it, and so does the interface."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.access.offers import Offers
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.running import DEADLINES, deadline_of, rule_of, running_of
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.moves.dispute import raise_dispute
from chalicelib.domain.moves.feedback import answer_survey, give_opinion, opinion_until, survey_until
from chalicelib.domain.moves.reconsideration import GOING_ON
from chalicelib.view.expected import answering
from chalicelib.view.inquiry import interviews
from chalicelib.view.party import PartyReader

WINDOW = "answer_window"
"""The name of the window for contesting a decision. It also ends rights at stages in which it does not count,
such as the right to talk with the company after the answer was accepted."""


OTHERS = "others"
"""What a stake is about that ends when others have not signed in time."""


class Stake(NamedTuple):
    """Something that a party loses at a moment, unless they act before.

    `deadline`: the name of the deadline that ends it, or "interview" for an interview that begins. `about`:
    the id of the thing that it concerns; None for the whole case. `due`: the moment (UTC). `moves`: the names
    of the moves among which the party chooses until then. It is empty if only others can act, and for an
    appointment, which the party attends.
    """

    deadline: str
    about: str | None
    due: datetime
    moves: list[str]


def stakes(reader: PartyReader, offers: Offers) -> list[Stake]:
    """Return what the reader can lose, the soonest first. Nothing that the reader can do now ends before the
    first moment in the list. `offers`: the moves that the reader can take now."""
    own = reader.own_acts(offers)
    found = [*_appointments(reader), *_own(reader, own)]
    dated = {name for one in found for name in one.moves}
    undated = {name: about for name, about in own.items() if name not in dated}
    found += [*_contests(reader, undated), *_feedback(reader, undated)]
    ahead = (one for one in (*found, *_of_others(reader)) if one.due > reader.now)
    return sorted(ahead, key=lambda one: (one.due, not one.moves, deadline_of(one.deadline).right))


def _own(reader: PartyReader, offers: Offers) -> Iterator[Stake]:
    """Yield the windows of the reader, and the windows at whose end something ends for the reader."""
    term = running_of(reader.case, "authority_term", reader.party.id) if reader.party.represents else ()
    for run in (*(run for run in reader.runs() if run.name != "meeting"), *term):
        declared = DEADLINES[run.name]
        theirs = not run.duty or declared.of_promise or declared.answers_for is reader.party.side
        moves = answering(run, offers) if theirs else []
        lapses = any(step.lapses for step in rule_of(reader.case.policy, run.name).ladder)
        if run.due and (moves or (not declared.of_promise and (lapses or not run.duty))):
            yield Stake(run.name, run.id or None, run.due, moves)


def _appointments(reader: PartyReader) -> Iterator[Stake]:
    """Yield the meeting and the interviews that the reader should attend. A meeting that has begun ends when
    its planned time is over."""
    mediation = reader.case.talks.mediation if reader.case.stage == Stage.MEDIATING else None
    if mediation and (meeting := mediation.meeting):
        ends = meeting.at + timedelta(minutes=meeting.minutes)
        if reader.now < ends:
            due = meeting.at if reader.now < meeting.at else ends
            yield Stake("meeting", meeting.id, due, [])
    for one in interviews(reader):
        yield Stake("interview", None, one.at, [])


def _contests(reader: PartyReader, offers: Offers) -> Iterator[Stake]:
    """Yield the window for contesting a decision at a stage in which it does not count, for instance after
    the answer was accepted. `offers`: the moves whose end no other window gives."""
    window = DEADLINES[WINDOW]
    if reader.case.stage in window.during | window.still:
        return
    if reader.case.stage in GOING_ON:  # the parties can then ask for talks at any time
        offers = {name: about for name, about in offers.items() if name != raise_dispute.__name__}
    for run in running_of(reader.case, WINDOW):
        if run.due and (moves := answering(run, offers)):
            yield Stake(run.name, None, run.due, moves)


def _feedback(reader: PartyReader, offers: Offers) -> Iterator[Stake]:
    """Yield the survey and the opinion for a reader who gets no letters. They have no run of the
    deadline, but the same time."""
    for move, until in ((answer_survey, survey_until), (give_opinion, opinion_until)):
        if move.__name__ in offers and (due := until(reader.case)):
            yield Stake(MOVES[move.__name__].answers[0], reader.principal, due, [move.__name__])


def _of_others(reader: PartyReader) -> Iterator[Stake]:
    """Yield the end of a window in which others must sign, if the reader has signed, or has more time: at the
    first such end the text is given up."""
    runs = [*running_of(reader.case, "signing")] if reader.case.stage == Stage.SIGNING else []
    own = [run.due for run in runs if run.due and reader.own(run)]
    ends = min((run.due for run in runs if run.due and not reader.own(run)), default=None)
    if ends and all(ends < due for due in own):
        yield Stake("signing", OTHERS, ends, [])
