"""Assignment of cases by the clock, in teams that assign by rotation or by load. The next free person is
chosen here; the move that makes them the owner is in `moves/assignment.py`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.change import TeamTurns
from chalicelib.domain.model.codes import Assigns, Role, Stage
from chalicelib.domain.moves.dispute import neutral
from chalicelib.domain.moves.reconsideration import decide_reconsideration
from chalicelib.domain.roster import Member, Roster, Team

HANDLES = {
    Stage.INVESTIGATING: Role.INVESTIGATOR,
    Stage.NEGOTIATING: Role.NEGOTIATOR,
    Stage.SIGNING: Role.NEGOTIATOR,
}
"""The role whose people get a case from the clock, by the stage of the case. A mediator is not among them,
because the parties choose the mediator."""


LAG = timedelta(seconds=10)
"""The time after an assignment during which the stored number of a person's open cases may not include it."""


@frozen
class NextFree:
    """The person who gets a case next, and the reason. `load` is the number of their open cases; None if it
    was not counted."""

    member: Member
    why: Assigns
    load: int | None = None


def wants_owner(case: Case, roster: Callable[[], Roster]) -> bool:
    """Return whether the clock must give this case an owner. `roster` returns the roster; it is called only
    for a case that has no owner and needs one."""
    wants = case.stage in HANDLES and not case.owner and not case.together.joined
    return wants and roster().assigns_itself(case.team)


def next_free(
    case: Case, roster: Roster, now: datetime, loads: Callable[[str], int], turns: TeamTurns
) -> NextFree | None:
    """Return who gets this case next, or None if nobody is free. `loads` returns the number of open cases of
    a person, by id; it is called only where this number decides.

    With rotation it is the person whose last turn is longest ago. With load it is the person with the fewest
    open cases, and among equals again the one whose last turn is longest ago."""
    if not wants_owner(case, lambda: roster):
        return None
    why = _team(case, roster).assigns

    def counted(one: Member) -> NextFree:
        if one.most is None and why == Assigns.ROTATION:
            return NextFree(one, why)
        last = turns.last.get(one.id)
        known = last.load if last and now - last.at < LAG else None
        return NextFree(one, why, max(loads(one.id), known or 0))

    present = [one for one in _able(case, roster) if one.present(now)]
    able = map(counted, sorted(present, key=lambda one: turns.number(one.id)))
    free = (one for one in able if one.member.most is None or (one.load or 0) < one.member.most)
    return (
        next(free, None)
        if why == Assigns.ROTATION
        else min(free, key=lambda one: one.load or 0, default=None)
    )


def free_again(case: Case, roster: Roster, now: datetime) -> datetime | None:
    """Return the next moment at which somebody who may handle the case comes on duty or back from an absence.
    Return None if there is no such moment."""
    able = _able(case, roster)
    edges = (h.since for m in able for h in m.on), (h.until for m in able for h in m.absent)
    ahead = sorted({edge for some in edges for edge in some if edge > now})
    return next((edge for edge in ahead if any(one.present(edge) for one in able)), None)


def _able(case: Case, roster: Roster) -> list[Member]:
    """Return the people of the case's team who may handle it at its stage, in the order of the roster. If
    somebody in the role speaks the consumer's language, only those who speak it may. After a reconsideration,
    people who worked for the reviewed answer are left out."""
    people = _team(case, roster).duty.get(HANDLES[case.stage].code, ())
    language = next((party.language for party in case.consumers or case.parties), None)
    speak = [one for one in people if not one.languages or language in one.languages]
    reviewed = case.contents if decide_reconsideration.__name__ in case.taken else None
    never = {*case.inquiry.recused, *case.colleagues, *(reviewed.investigated if reviewed else ())}
    return [one for one in speak or people if one.id not in never and _neutral(case, one.id, roster)]


def _neutral(case: Case, who: str, roster: Roster) -> bool:
    with suppress(Refusal):
        neutral(case, who, roster)
        return True
    return False


def _team(case: Case, roster: Roster) -> Team:
    return roster.teams.get(case.team, Team({}))
