"""The writing of forewords of reports: who may write them, and their refusals."""

from __future__ import annotations

from typing import Protocol

from chalicelib.access.authorization import Caller, teams_led
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.forewords import Foreword, refuse_overlong
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Role
from chalicelib.domain.roster import OVERSEES, Roster


class ForewordStore(Protocol):
    """The store of forewords. `add` raises WriteConflict if there is a version with this number."""

    def newest(self, period: str, team: str, language: str) -> Foreword | None: ...
    def add(self, new: Foreword) -> None: ...


def write_foreword(store: ForewordStore, new: Foreword, roster: Roster) -> None:
    """Store a new version of a foreword. Its number is one more than that of the version that its author saw.
    A version with the words of the newest one is not stored again.

    Raises Refusal for no words and for too many, and `foreword_changed` if somebody else wrote a version
    since."""
    refuse_overlong(new.language, [*new.texts.values()])
    newest = store.newest(new.period, new.team, new.language)
    if newest and newest.texts == new.texts:
        return None
    if new.version == (newest.version if newest else 0) + 1:
        try:
            return store.add(new)
        except WriteConflict:
            newest = store.newest(new.period, new.team, new.language)
    who = newest and roster.member(newest.who)
    raise Refusal("foreword_changed", who=who.name if who else newest and newest.who, at=newest and newest.at)


def may_write_foreword(caller: Caller, team: str, roster: Roster) -> bool:
    """Return whether a caller may write the foreword of a report: supervisors and executives that of the
    company (`team` ""), and leads those of the teams that they lead."""
    if not team:
        return bool(caller.roles & OVERSEES)
    return bool(caller.roles & Role.LEAD) and team in teams_led(caller, roster)
